//! `shortest_path`: the UAVs inspect the UGV's route ahead of it, from the UGV forward.
//!
//! The strategy is that of Nguyen and Akella (arXiv 2604.25267), where the UAVs inspect the UGV's current shortest path; its
//! text was not at hand, so the details are ours. The unknown segments of the route are gone through from the UGV to
//! the goal, and each is given to the UAV that completes it earliest (list scheduling; ties go to the flight in the route's
//! direction, then to the UAV that comes first in the mission). Either end may be the first, whichever completes it
//! earlier. A segment is left out if no UAV is at its near end before the UGV: flying along above the UGV, or behind
//! it, finds nothing that the UGV does not find itself. So at equal speed a UAV passes over what lies at hand and begins where a
//! straight flight is shorter than the road.
//!
//! The segment on which the UGV stands, partly driven, is left to the UGV unless a UAV is already flying along it. The
//! goal's segment is inspected whole, also past the goal: only then does it become known as clear.
//!
//! Cost: one search, then segments of the route times UAVs. To be chosen when UAVs are faster than the UGV, or
//! several.

use serde_json::{Map, Value};

use super::Strategy;
use super::schedule::{Schedule, unknown_ahead};
use crate::domain::plan::Decision;
use crate::planning::budget::Budget;
use crate::planning::search::Search;
use crate::planning::situation::Situation;

/// See the [module](self).
#[derive(Clone, Copy, Debug, Default)]
pub struct ShortestPath;

impl Strategy for ShortestPath {
    fn name(&self) -> &'static str {
        "shortest_path"
    }

    fn summary(&self) -> &'static str {
        "UAVs inspect the unknown segments of the UGV's route from the UGV forward, those they can reach before it. Best with \
         UAVs faster than the UGV, or several."
    }

    fn decide(
        &self,
        situation: &Situation<'_>,
        _parameters: &Map<String, Value>,
        search: &mut Search,
        budget: &mut Budget,
    ) -> Decision {
        let outcome = search.outcome(situation, budget);
        let mut schedule = Schedule::new(situation, outcome.route());
        for passage in unknown_ahead(situation, outcome.route()) {
            schedule.give_ahead(&passage);
        }
        schedule.give_later_legs(outcome.route());
        Decision { outcome, tasking: schedule.into_tasking() }
    }
}
