//! Plans that go along: reports that call for a plan and the plan itself in one commit, where the strategy is quick and the service is
//! not busy.
//!
//! Otherwise a plan is a commit later than what calls for it: the report is durable, then the mission is planned, then the plan is
//! durable. Here the mission is planned as it will be once the report is in its log, and both are written at once or not at all; if
//! somebody else has added to the log in between, the report is decided on anew and the plan was for nothing. Nobody's report waits
//! for long: a plan that is not there within [`PATIENCE`] is left to the replanner, as are those of missions whose last plan took
//! longer than [`QUICK`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use tracing::Instrument;

use super::cells::{Cell, Moment};
use super::journal::Part;
use super::replanner::{Job, outcome_name};
use super::{App, clock, trace};
use crate::domain::mission::EventBody;
use crate::domain::plan::Plan;
use crate::domain::timestamp::Timestamp;
use crate::engine::{Admission, admit};

/// With how many events a commit is one of a busy service: plans follow it then, several reports to each.
pub(super) const FEW_EVENTS: usize = 4;
/// How long the mission's last plan may have taken.
const QUICK: Duration = Duration::from_millis(1);
/// How long a commit waits for a plan.
const PATIENCE: Duration = Duration::from_millis(3);

impl App {
    /// Adds to each mission's part of a commit the plan that it calls for.
    pub(super) async fn plan_along(self: &Arc<Self>, parts: &mut [Part]) {
        for part in parts {
            if part.calls_for_plan() && self.is_quick(&part.cell) && self.holds(part.cell.id) {
                let span =
                    trace::plan_along(part.commands.iter().map(|command| command.span()), part.draft.mission().seq);
                let planning = self.plan_quickly(Arc::clone(&part.cell), Arc::new(part.job()));
                // Without traces the present span stays the present one.
                let plan = if span.is_none() { planning.await } else { planning.instrument(span).await };
                if let Some(plan) = plan {
                    part.take_along(plan, clock::now());
                }
            }
        }
    }

    /// Whether the mission's plan is likely to be there at once, and the mission is not planned very often.
    fn is_quick(&self, cell: &Cell) -> bool {
        cell.is_planned_within(QUICK) && cell.may_be_planned_again(self.options.plans_per_s)
    }

    async fn plan_quickly(self: &Arc<Self>, cell: Arc<Cell>, job: Arc<Job>) -> Option<Plan> {
        let (app, planned, begun) = (Arc::clone(self), Arc::clone(&job), Instant::now());
        let deciding = self.tasks.spawn(async move { app.decide(&planned, &planned.basis.strategy).await });
        // One that takes longer is left to itself: it has its time, and is called off after it like any other.
        let decided = tokio::time::timeout(PATIENCE, deciding).await;
        cell.planned_in(begun.elapsed());
        // Whatever went wrong goes wrong again in the replanner, which has a stand-in and says so.
        let decision = decided.ok()?.ok()?.ok()?;
        Some(Plan { basis: job.basis.clone(), provisional: false, decision })
    }

    /// What became of the plan that a part took along.
    pub(super) fn planned_along(&self, cell: &Cell, plan: &Plan) {
        // It counts for the mission's pace; that there is no need to rest was seen before.
        let _ = cell.rest(self.options.plans_per_s);
        let outcome = outcome_name(&plan.decision.outcome);
        metrics::counter!("outrider_plans_total", "outcome" => outcome).increment(1);
        metrics::counter!("outrider_plans_along_total").increment(1);
    }
}

impl Part {
    /// Whether this adds reports that call for a plan, to a mission that waited for none: one that did is being planned.
    ///
    /// Reports only: who changes a mission's settings is answered with the mission as it is then, and may take the length of its log
    /// for the number of the change.
    pub(super) fn calls_for_plan(&self) -> bool {
        let mut events = self.draft.events().iter();
        let are_reports = events.all(|event| matches!(event.body, EventBody::Report(_)));
        are_reports && self.draft.mission().needs_plan() && !self.draft.base().needs_plan()
    }

    /// What is to be planned, once this is in the log.
    pub(super) fn job(&self) -> Job {
        let positions = Arc::clone(&self.cell.lock().positions);
        let mission = Arc::new(self.draft.mission().clone());
        Job::of(Moment { mission, network: Arc::clone(&self.cell.network), positions })
    }

    /// The plan is written too, if it counts.
    pub(super) fn take_along(&mut self, plan: Plan, now: Timestamp) {
        if admit(self.draft.mission(), &plan) != Admission::Stored {
            return;
        }
        self.add_plan(Arc::new(plan), now);
    }
}
