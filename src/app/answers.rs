//! Questions about a mission as it stands: other routes, what can be reached, which of several goals is the nearest. Answered
//! when asked, from where the vehicles were last known to be, and nothing of the log.

use std::sync::Arc;

use super::cells::Moment;
use super::locate::locate;
use super::missions::check_open;
use super::pool::CallOff;
use super::replanner::basis_of;
use super::{App, AppError, Location};
use crate::domain::ids::MissionId;
use crate::domain::mission::Endpoint;
use crate::domain::network::{Network, Place};
use crate::domain::plan::{Outcome, PlanBasis, Route};
use crate::domain::reach::Band;
use crate::engine::crosses_blockage;
use crate::planning::budget::{Budget, Spent};
use crate::planning::odds::Odds;
use crate::planning::search::Search;
use crate::planning::search::alternatives::{self, AlternativeOptions};
use crate::planning::search::nearest;
use crate::planning::search::reachable::{self, Unknown, reachable};
use crate::planning::situation::Situation;

/// What an answer was found from.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The log's last event that was taken into account.
    pub seq: u64,
    /// The revision of the knowledge.
    pub revision: u64,
    /// The network.
    pub network: Arc<Network>,
    /// Where the UGV is.
    pub ugv: Place,
    /// The UGV's speed in metres per second.
    pub speed_mps: f64,
}

/// A way, and what is not known of it.
#[derive(Clone, Debug)]
pub struct AssessedRoute {
    /// The way.
    pub route: Route,
    /// What is not known of it.
    pub odds: Odds,
}

/// Another route than the current one.
#[derive(Clone, Debug)]
pub struct AssessedAlternative {
    /// The route.
    pub assessed: AssessedRoute,
    /// How much of it lies on the current route, in metres.
    pub shared_m: f64,
}

/// The current route and others.
#[derive(Clone, Debug)]
pub struct MissionAlternatives {
    /// What it was found from.
    pub standing: Standing,
    /// The current route, or why there is none.
    pub outcome: Outcome,
    /// What is not known of the current route, if there is one.
    pub odds: Option<Odds>,
    /// The others, best first.
    pub others: Vec<AssessedAlternative>,
}

/// What the way to a goal comes to.
#[derive(Clone, Debug)]
pub struct GoalProspect {
    /// Which of the goals asked for.
    pub index: usize,
    /// Where it is.
    pub goal: Endpoint,
    /// The way, or why there is none.
    pub outcome: Outcome,
    /// What is not known of the way, if there is one.
    pub odds: Option<Odds>,
}

/// The goals, the nearest first, those that cannot be reached last.
#[derive(Clone, Debug)]
pub struct MissionGoals {
    /// What it was found from.
    pub standing: Standing,
    /// The goals.
    pub prospects: Vec<GoalProspect>,
}

/// A mission at the moment of a question.
struct Asked {
    moment: Moment,
    basis: PlanBasis,
}

impl Asked {
    fn situation(&self) -> Situation<'_> {
        Situation::from_basis(&self.moment.network, &self.moment.mission.knowledge, &self.basis)
    }

    fn standing(&self) -> Standing {
        Standing {
            seq: self.basis.seq,
            revision: self.basis.revision,
            network: Arc::clone(&self.moment.network),
            ugv: self.basis.ugv.place,
            speed_mps: self.basis.ugv.speed_mps,
        }
    }

    /// What is left of the plan's route, if the UGV is on it and it is not known to be blocked.
    fn current_route(&self) -> Option<Route> {
        let plan = &self.moment.mission.plan.as_ref()?.plan;
        let planned = plan.decision.outcome.route()?;
        let rest = planned.rest_from(&self.moment.network, self.basis.ugv.place, self.basis.ugv.speed_mps)?;
        let is_of_these_stops = plan.basis.waypoints == self.basis.waypoints;
        let ends_at_goal = rest.legs.last().is_some_and(|leg| {
            let end = Place { segment: leg.segment, offset_m: leg.to_m };
            self.basis.goal.as_slice().iter().any(|goal| self.moment.network.is_same_place(end, *goal))
        });
        let is_open = !crosses_blockage(&self.moment.mission.knowledge, &rest.legs);
        Some(rest).filter(|rest| is_of_these_stops && ends_at_goal && is_open && rest.length_m > 0.0)
    }
}

impl App {
    /// Routes other than the current one, from where the UGV is.
    ///
    /// # Errors
    /// When there is no such mission, it is over, too much waits already, or the service is stopping.
    pub async fn alternatives(
        &self,
        id: MissionId,
        options: AlternativeOptions,
    ) -> Result<MissionAlternatives, AppError> {
        let asked = self.asked(id).await?;
        self.work_apart(alternatives::BUDGET_STEPS, move |search, budget| {
            let situation = asked.situation();
            let found = search.alternatives(&situation, asked.current_route(), &options, budget);
            let assess = |route: Route| AssessedRoute { odds: Odds::of(&situation, &route.legs), route };
            MissionAlternatives {
                standing: asked.standing(),
                odds: found.outcome.route().map(|route| Odds::of(&situation, &route.legs)),
                outcome: found.outcome,
                others: found
                    .others
                    .into_iter()
                    .map(|other| AssessedAlternative { assessed: assess(other.route), shared_m: other.shared_m })
                    .collect(),
            }
        })
        .await
    }

    /// What the UGV can reach within each of the times, which ascend, from where it is; `write` makes a document of it, off the
    /// async threads, and nothing when what it is given last says that nobody waits any more.
    ///
    /// # Errors
    /// As for [`App::alternatives`]; also when the work exceeds its bounds.
    pub async fn reachability<T: Send + 'static>(
        &self,
        id: MissionId,
        within_s: Vec<f64>,
        unknown: Unknown,
        write: impl FnOnce(&Standing, &[Band], &dyn Fn() -> bool) -> Option<T> + Send + 'static,
    ) -> Result<T, AppError> {
        let asked = self.asked(id).await?;
        self.work_apart(reachable::BUDGET_STEPS, move |_, budget| {
            let bands = reachable(&asked.situation(), &within_s, unknown, budget);
            bands.and_then(|bands| write(&asked.standing(), &bands, &|| budget.is_cancelled()).ok_or(Spent))
        })
        .await?
        .map_err(|_| AppError::Busy("the network is too large for this question"))
    }

    /// How far each of the goals is, and whether the UGV gets there as far as is known; the mission's own goal does not matter.
    ///
    /// # Errors
    /// As for [`App::alternatives`]; also when a goal is not on the network.
    pub async fn nearest_goals(&self, id: MissionId, goals: &[Location]) -> Result<MissionGoals, AppError> {
        let asked = self.asked(id).await?;
        let (mut places, mut faults) = (Vec::with_capacity(goals.len()), Vec::new());
        for (i, goal) in goals.iter().enumerate() {
            match locate(&asked.moment.network, goal, &format!("/goals/{i}/at")) {
                Ok(endpoint) => places.push(endpoint),
                Err(fault) => faults.push(fault),
            }
        }
        if !faults.is_empty() {
            return Err(AppError::Invalid { code: "invalid_goals", faults });
        }
        self.work_apart(nearest::BUDGET_STEPS, move |search, budget| {
            let situation = asked.situation();
            let at: Vec<Place> = places.iter().map(|endpoint| endpoint.place).collect();
            let outcomes = search.ways_to(&situation, &at, budget);
            let mut prospects: Vec<GoalProspect> = outcomes
                .into_iter()
                .zip(places)
                .enumerate()
                .map(|(index, (outcome, goal))| {
                    let odds = outcome.route().map(|route| Odds::of(&situation, &route.legs));
                    GoalProspect { index, goal, outcome, odds }
                })
                .collect();
            let far = |prospect: &GoalProspect| match &prospect.outcome {
                Outcome::AlreadyThere => 0.0,
                Outcome::Route { route } => route.length_m,
                Outcome::NoWay { .. } | Outcome::BudgetSpent { .. } => f64::INFINITY,
            };
            prospects.sort_by(|a, b| far(a).total_cmp(&far(b)).then(a.index.cmp(&b.index)));
            MissionGoals { standing: asked.standing(), prospects }
        })
        .await
    }

    async fn asked(&self, id: MissionId) -> Result<Asked, AppError> {
        let cell = self.cell(id).await?;
        let moment = self.moment(&cell).await?;
        check_open(&moment.mission, None)?;
        let basis = basis_of(&moment.network, &moment.mission, &moment.positions);
        Ok(Asked { moment, basis })
    }

    /// Runs a computation that no plan has to wait for: one at a time, on a thread of its own. It is called off when its client
    /// goes away.
    ///
    /// # Errors
    /// When too many wait already, the service is stopping, or the computation panicked.
    pub(super) async fn work_apart<T: Send + 'static>(
        &self,
        steps: u64,
        job: impl FnOnce(&mut Search, &mut Budget) -> T + Send + 'static,
    ) -> Result<T, AppError> {
        let called_off = CallOff::default();
        let flag = called_off.flag();
        let running = self.forecast_pool.plan(called_off.flag(), move |search, budget| {
            *budget = Budget::cancellable(steps, flag);
            job(search, budget)
        });
        tokio::select! {
            made = running => made,
            () = self.stopping.cancelled() => Err(AppError::ShuttingDown),
        }
    }
}
