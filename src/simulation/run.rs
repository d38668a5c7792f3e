//! One run: a trial driven by a strategy, from event to event.

use super::trace::Trace;
use super::trial::Trial;
use super::world::{Advance, Course, World};
use crate::domain::plan::Decision;
use crate::planning::check::Violation;
use crate::planning::situation::Situation;

/// What came of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// When the UGV arrived, in seconds; `None` if every way turned out to be blocked.
    pub arrival_s: Option<f64>,
    /// How often the strategy decided after the first time.
    pub replans: usize,
    /// All that happened.
    pub trace: Trace,
}

/// Why a run could not be brought to its end: always the strategy's fault.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RunError {
    /// A decision breaks a rule.
    #[error("at {at_s} s the decision breaks a rule: {violation}")]
    Violation {
        /// When.
        at_s: f64,
        /// The rule.
        violation: Violation,
    },
    /// The strategy gave up.
    #[error("at {at_s} s the strategy gave up: {reason}")]
    BudgetSpent {
        /// When.
        at_s: f64,
        /// Its words.
        reason: String,
    },
    /// The strategy decides and decides, and the UGV does not arrive.
    #[error("after {decisions} decisions, at {at_s} s, the UGV has not arrived")]
    NoProgress {
        /// How many decisions there were.
        decisions: usize,
        /// When.
        at_s: f64,
    },
}

/// Runs a trial. `decide` is asked at the start and whenever a finding has changed the knowledge.
///
/// Everything that happens at one moment happens before the decision: first the UGV's finding, then those of the UAVs
/// in their order, then the delayed reports that arrive, then the changes of the world. A UAV without an inspection
/// stays where it is.
///
/// With options, `decide` is also asked when a UAV leaves to have its battery swapped and when it is back, and when a
/// UAV has flown its last inspection and one of those since the last decision was in vain: the report was lost, or the
/// segment changed meanwhile. Where sensors err and `decide` finds no way, it is asked again at once with trust in the
/// UGV's findings alone; the two count as one decision. Without a way the UGV waits as long as reports are on their way
/// or the world is yet to change.
///
/// # Errors
/// When the strategy breaks a rule, gives up, or makes no progress.
pub fn run(trial: &Trial, mut decide: impl FnMut(&Situation<'_>) -> Decision) -> Result<Run, RunError> {
    let mut world = World::new(trial);
    loop {
        while world.is_changed {
            match world.decide(&mut decide)? {
                Course::Drive => {}
                Course::Arrived => return Ok(world.ended(true)),
                Course::NoWay if world.may_yet_learn() => {}
                Course::NoWay => return Ok(world.ended(false)),
            }
        }
        match world.advance()? {
            Advance::On => {}
            Advance::Arrived => return Ok(world.ended(true)),
            Advance::Over => return Ok(world.ended(false)),
        }
    }
}
