//! Keeps every mission's plan up to date.
//!
//! A poke carries no data: the replanner reads the present state itself. Of each mission one run is under way and at most
//! one waits, so a burst of reports costs one replan, and missions take turns, so a noisy one does not delay another.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, Semaphore};
use tracing::Instrument;

use super::cells::{Decider, Moment};
use super::strays::Slot;
use super::{App, AppError};
use crate::domain::ids::{MissionId, VehicleId};
use crate::domain::knowledge::{Knowledge, SegmentState};
use crate::domain::mission::{EventBody, Mission};
use crate::domain::network::{Direction, Leg, Network, Place};
use crate::domain::plan::{Decision, Outcome, Plan, PlanBasis, StrategyChoice, UavSituation, UgvSituation};
use crate::domain::vehicle::{Fix, UgvFix};
use crate::engine::{Admission, Turns, admit, crosses_blockage};
use crate::planning::check::{Violation, check};
use crate::planning::situation::Situation;

/// The strategy that stands in when the chosen one is slow, panics or breaks a rule: the shortest safe route, no inspections.
pub(super) const STAND_IN: &str = "ugv_only";

/// How often a plan is thrown away because it is not safe by what became known while it was made, before other missions have
/// their turn.
pub(super) const MAX_UNSAFE_PLANS: u32 = 4;

/// How many missions may be waiting for their plan to be stored while others are planned.
const MISSIONS_BEING_STORED: usize = 8;

/// How long a job that was called off may take to notice.
const CALL_OFF_GRACE: Duration = Duration::from_secs(1);

/// Within how many metres of a blockage GPS does not tell on which side of it the UGV is.
const AT_BLOCKAGE_M: f64 = 10.0;
/// The same for a UGV that tells its segment and offset itself.
const AT_BLOCKAGE_MATCHED_M: f64 = 1.0;

/// How far short of a blockage a UGV that has driven up to it is planned from, in metres.
const SHORT_OF_BLOCKAGE_M: f64 = 0.01;

/// Which missions are to be planned again.
pub(super) struct Replanner {
    turns: Mutex<Turns<MissionId>>,
    /// For missions whose plan is being computed.
    places: Semaphore,
    pub(super) poked: Notify,
}

impl Replanner {
    /// Of which so many missions are planned at a time.
    pub(super) fn new(places: usize) -> Self {
        Self { turns: Mutex::default(), places: Semaphore::new(places.max(1)), poked: Notify::new() }
    }

    /// Has the mission planned again soon. Cheap, and harmless when not needed.
    pub(super) fn poke(&self, id: MissionId) {
        if self.lock().call(&id) {
            self.poked.notify_one();
        }
    }

    pub(super) fn queued(&self) -> usize {
        self.lock().waiting()
    }

    pub(super) fn take(&self) -> Option<MissionId> {
        let mut turns = self.lock();
        let id = turns.take()?;
        if turns.waiting() > 0 {
            // One notice may stand for several pokes.
            self.poked.notify_one();
        }
        Some(id)
    }

    pub(super) fn done(&self, id: MissionId) {
        if self.lock().done(&id) {
            self.poked.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Turns<MissionId>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A planning job: everything it needs, of one moment.
pub(super) struct Job {
    moment: Moment,
    pub(super) basis: PlanBasis,
    /// The current route crosses a segment known to be blocked.
    pub(super) route_is_blocked: bool,
}

impl App {
    /// Plans missions as they are poked, until the service stops. More missions are under way than plans are computed at a
    /// time, so that planning never waits for a commit.
    pub(super) async fn replan_missions(self: &Arc<Self>) {
        let places = Arc::new(Semaphore::new(self.options.planner_threads + MISSIONS_BEING_STORED));
        loop {
            let place = tokio::select! {
                place = Arc::clone(&places).acquire_owned() => place,
                () = self.stopping.cancelled() => return,
            };
            let id = loop {
                if let Some(id) = self.replanner.take() {
                    break id;
                }
                tokio::select! {
                    () = self.replanner.poked.notified() => {}
                    () = self.stopping.cancelled() => return,
                }
            };
            let app = Arc::clone(self);
            let span = tracing::info_span!("replan", mission.id = %id);
            let turn = async move {
                let _turn = TurnOver { app: Arc::clone(&app), id };
                let replanned = app.replan(id).await;
                drop(place);
                match replanned {
                    Ok(()) => app.rest(id).await,
                    Err(AppError::ShuttingDown) => {}
                    // The sweep finds the mission again.
                    Err(error) => {
                        metrics::counter!("outrider_replan_failures_total").increment(1);
                        tracing::warn!(
                            error = crate::chain::of(&error),
                            "the mission could not be planned; will try again"
                        );
                    }
                }
            };
            self.tasks.spawn(turn.instrument(span));
        }
    }

    /// Leaves the processors to others if the mission was planned very often: what it is called for meanwhile gathers. For twice as
    /// long where reports come in faster than they can be written one by one, for a plan costs as much as a dozen of them.
    async fn rest(&self, id: MissionId) {
        let plans_per_s = if self.journal.is_busy() { self.options.plans_per_s / 2 } else { self.options.plans_per_s };
        let rest = self.cells.find(id).map(|cell| cell.rest(plans_per_s)).unwrap_or_default();
        if !rest.is_zero() {
            tokio::select! {
                () = tokio::time::sleep(rest) => {}
                () = self.stopping.cancelled() => {}
            }
        }
    }

    /// A plan that newer knowledge has overtaken goes out all the same if it is still safe, and the next one follows: a flood
    /// of reports does not keep plans from vehicles. One that is not is planned again at once.
    async fn replan(self: &Arc<Self>, id: MissionId) -> Result<(), AppError> {
        for _ in 0..MAX_UNSAFE_PLANS {
            // No more than the pool has threads for: the time of who waits here does not run yet.
            let place = self.replanner.places.acquire().await;
            let Some(job) = self.planning_job(id).await? else { return Ok(()) };
            let span = self.cell(id).await?.causes.plan(job.basis.seq);
            let planning = async {
                let plan = self.plan(id, Arc::new(job)).await?;
                drop(place);
                self.store_plan(id, plan).await
            };
            // Without traces the replan's own span stays the present one.
            let stored = if span.is_none() { planning.await } else { planning.instrument(span).await };
            if stored? {
                return Ok(());
            }
            metrics::counter!("outrider_plans_overtaken_total").increment(1);
        }
        self.replanner.poke(id);
        Ok(())
    }

    async fn planning_job(self: &Arc<Self>, id: MissionId) -> Result<Option<Job>, AppError> {
        let moment = self.moment(&self.cell(id).await?).await?;
        if !moment.mission.needs_plan() || !self.may_plan(id).await? {
            return Ok(None);
        }
        Ok(Some(Job::of(moment)))
    }

    /// The chosen strategy's plan, or the stand-in's where that fails. Sends a provisional plan ahead where the vehicle would
    /// otherwise be left on a road known to be closed.
    async fn plan(self: &Arc<Self>, id: MissionId, job: Arc<Job>) -> Result<Plan, AppError> {
        let (choice, begun) = (job.basis.strategy.clone(), Instant::now());
        let deciding = self.decide(&job, &choice);
        tokio::pin!(deciding);
        let decided = if job.route_is_blocked {
            match tokio::time::timeout(self.options.provisional_after, &mut deciding).await {
                Ok(decided) => decided,
                Err(_) => {
                    // Both go on: a strategy that waits for a thread must not be kept from taking it.
                    tokio::select! {
                        biased;
                        decided = &mut deciding => decided,
                        sent_ahead = self.send_stand_in_ahead(id, &job) => {
                            if let Err(error) = sent_ahead {
                                tracing::warn!(error = crate::chain::of(&error), "no plan could be sent ahead");
                            }
                            deciding.await
                        }
                    }
                }
            }
        } else {
            deciding.await
        };
        match decided {
            Ok(decision) => {
                if let Some(cell) = self.cells.find(id) {
                    cell.planned_in(begun.elapsed());
                }
                Ok(Plan { basis: job.basis.clone(), provisional: false, decision })
            }
            Err(AppError::ShuttingDown) => Err(AppError::ShuttingDown),
            Err(error) => {
                metrics::counter!("outrider_strategy_failures_total", "strategy" => choice.name.clone()).increment(1);
                tracing::error!(
                    strategy = choice.name,
                    error = crate::chain::of(&error),
                    "the strategy failed; the shortest safe route stands in for its plan"
                );
                self.stand_in(&job, false).await
            }
        }
    }

    async fn send_stand_in_ahead(self: &Arc<Self>, id: MissionId, job: &Arc<Job>) -> Result<(), AppError> {
        let plan = self.stand_in(job, true).await?;
        if self.store_plan(id, plan).await? {
            metrics::counter!("outrider_plans_provisional_total").increment(1);
        }
        Ok(())
    }

    async fn stand_in(self: &Arc<Self>, job: &Arc<Job>, provisional: bool) -> Result<Plan, AppError> {
        let choice = StrategyChoice { name: STAND_IN.to_owned(), parameters: serde_json::Map::new() };
        let decision = self.decide(job, &choice).await?;
        Ok(Plan { basis: PlanBasis { strategy: choice, ..job.basis.clone() }, provisional, decision })
    }

    /// Runs a strategy on the planner pool, within its time, and checks what it decided.
    pub(super) async fn decide(
        self: &Arc<Self>,
        job: &Arc<Job>,
        choice: &StrategyChoice,
    ) -> Result<Decision, AppError> {
        let strategy = self.strategies.get(&choice.name).cloned().ok_or_else(|| {
            AppError::Panicked(format!("the mission's strategy {:?} does not exist in this version", choice.name))
        })?;
        if self.strays.are_too_many(&choice.name) {
            return Err(AppError::Panicked(
                "it does not end when it is called off, and is not asked for now".to_owned(),
            ));
        }
        let cancelled = Arc::new(AtomicBool::new(false));
        let slot = Slot::new(&choice.name, &self.strays);
        let (job, parameters, name) = (Arc::clone(job), choice.parameters.clone(), choice.name.clone());
        let running = self.pool.plan_in(slot.clone(), Arc::clone(&cancelled), move |search, budget| {
            let started = Instant::now();
            let situation = job.basis_situation();
            let decision = strategy.decide(&situation, &parameters, search, budget);
            let took = started.elapsed();
            metrics::histogram!("outrider_planning_seconds", "strategy" => name).record(took.as_secs_f64());
            if budget.is_cancelled() {
                return Err(Failure::CalledOff(took));
            }
            check(&situation, &decision).map_err(Failure::Violation)?;
            Ok(decision)
        });
        tokio::pin!(running);
        let decided = tokio::select! {
            decided = &mut running => decided?,
            () = tokio::time::sleep(self.options.planner_time_limit) => {
                cancelled.store(true, Ordering::Relaxed);
                match tokio::time::timeout(CALL_OFF_GRACE, &mut running).await {
                    Ok(decided) => decided?,
                    Err(_) => {
                        slot.abandon();
                        Err(Failure::CalledOff(self.options.planner_time_limit + CALL_OFF_GRACE))
                    }
                }
            }
            () = self.stopping.cancelled() => {
                cancelled.store(true, Ordering::Relaxed);
                return Err(AppError::ShuttingDown);
            }
        };
        decided.map_err(|failure| AppError::Panicked(failure.to_string()))
    }

    /// Stores the plan if it still counts. Returns whether it did.
    async fn store_plan(self: &Arc<Self>, id: MissionId, plan: Plan) -> Result<bool, AppError> {
        let (outcome, provisional) = (outcome_name(&plan.decision.outcome), plan.provisional);
        let plan = Arc::new(plan);
        let admission = self.record(id, move |decider| record_plan(decider, &plan)).await?;
        let stored = admission == Admission::Stored;
        if stored {
            metrics::counter!("outrider_plans_total", "outcome" => outcome).increment(1);
            tracing::debug!(outcome, provisional, "plan stored");
        }
        Ok(admission != Admission::Overtaken)
    }
}

/// Adds the plan if it still counts.
pub(super) fn record_plan(decider: &mut Decider<'_>, plan: &Arc<Plan>) -> Result<Admission, AppError> {
    let admission = admit(decider.mission(), plan);
    if admission == Admission::Stored {
        decider.add(EventBody::Plan(Arc::clone(plan)));
    }
    Ok(admission)
}

/// A mission's turn is over when this is dropped, also by a panic: no mission is ever left waiting for a turn that is gone.
struct TurnOver {
    app: Arc<App>,
    id: MissionId,
}

impl Drop for TurnOver {
    fn drop(&mut self) {
        self.app.replanner.done(self.id);
    }
}

impl Job {
    /// What is to be planned of this moment.
    pub(super) fn of(moment: Moment) -> Self {
        let mission = &moment.mission;
        let old_route = mission.plan.as_ref().and_then(|p| p.plan.decision.outcome.route());
        let route_is_blocked = old_route.is_some_and(|route| crosses_blockage(&mission.knowledge, &route.legs));
        let basis = basis_of(&moment.network, mission, &moment.positions);
        Self { moment, basis, route_is_blocked }
    }

    pub(super) fn basis_situation(&self) -> Situation<'_> {
        Situation::from_basis(&self.moment.network, &self.moment.mission.knowledge, &self.basis)
    }
}

/// Why a strategy's decision is not used.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("it was called off after {0:?}")]
    CalledOff(Duration),
    #[error("its decision breaks a rule: {0}")]
    Violation(Violation),
}

/// What a plan made now would be made from.
pub(super) fn basis_of(network: &Network, mission: &Mission, positions: &BTreeMap<VehicleId, Fix>) -> PlanBasis {
    let settings = &mission.settings;
    let place = match positions.get(&VehicleId::ugv()) {
        Some(Fix::Ugv(fix)) => on_its_side(network, &mission.knowledge, fix),
        Some(Fix::Uav(_)) | None => settings.start.place,
    };
    let uavs = settings.uavs.iter().map(|uav| {
        let (point, inspecting) = match positions.get(&uav.id) {
            Some(Fix::Uav(fix)) => (fix.position.point, fix.inspecting),
            Some(Fix::Ugv(_)) | None => (uav.start.point, None),
        };
        let bound_for = if inspecting.is_none() { bound_for(mission, &uav.id) } else { None };
        UavSituation { id: uav.id.clone(), point, speed_mps: uav.speed_mps, inspecting, bound_for }
    });
    PlanBasis {
        seq: mission.seq,
        revision: mission.revision,
        seed: settings.seed,
        strategy: settings.strategy.clone(),
        goal: settings.goal.map(|goal| goal.place),
        waypoints: mission.waypoints_ahead().iter().map(|waypoint| waypoint.place).collect(),
        ugv: UgvSituation { place, speed_mps: settings.ugv.speed_mps },
        uavs: uavs.collect(),
    }
}

/// The first inspection of the current plan's tasking whose finding is still to come.
fn bound_for(mission: &Mission, uav: &VehicleId) -> Option<Leg> {
    let tasking = mission.plan.as_ref()?.plan.decision.tasking.iter().find(|tasking| tasking.uav == *uav)?;
    let legs = tasking.inspections.iter().map(|inspection| inspection.leg);
    legs.into_iter().find(|leg| mission.knowledge.state(leg.segment) == SegmentState::Unknown)
}

/// The UGV's place, on the side of a blockage from which it came. A vehicle that has driven up to a blockage stands at the
/// very point as far as GPS can tell, or seemingly beyond, and must not be planned through it.
fn on_its_side(network: &Network, knowledge: &Knowledge, fix: &UgvFix) -> Place {
    let place = fix.place;
    let (Some(entered), Some(blockage_m)) = (fix.entered, knowledge.blockage_offset_m(place.segment)) else {
        return place;
    };
    let doubt_m = if fix.snapped_m > 0.0 { AT_BLOCKAGE_M } else { AT_BLOCKAGE_MATCHED_M };
    if (place.offset_m - blockage_m).abs() > doubt_m {
        return place;
    }
    let offset_m = match entered {
        Direction::Forward => place.offset_m.min((blockage_m - SHORT_OF_BLOCKAGE_M).max(0.0)),
        Direction::Backward => {
            let length_m = network.segment(place.segment).length_m();
            place.offset_m.max((blockage_m + SHORT_OF_BLOCKAGE_M).min(length_m))
        }
    };
    Place { offset_m, ..place }
}

pub(super) fn outcome_name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Route { .. } => "route",
        Outcome::AlreadyThere => "already_there",
        Outcome::NoWay { .. } => "no_way",
        Outcome::BudgetSpent { .. } => "budget_spent",
    }
}
