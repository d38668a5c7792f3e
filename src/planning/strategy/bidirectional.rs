//! `bidirectional`: the UAVs inspect the UGV's route from the goal back towards the UGV, so that the two meet.
//!
//! The strategy is the one proposed by Nguyen and Akella (arXiv 2604.25267); its text was not at hand, so the details are
//! ours. The unknown segments of the route are gone through from the goal back to the UGV, each is inspected against the
//! route's direction, and given to the UAV that completes it earliest (list scheduling; ties go to the UAV that comes first in
//! the mission). One UAV thus flies to the goal and back along the route; several leapfrog. A segment is left out if the UGV
//! is through it before any UAV could begin.
//!
//! The segment on which the UGV stands, partly driven, is left to the UGV unless a UAV is already flying along it. The
//! goal's segment is inspected whole, beginning past the goal: only then does it become known as clear.
//!
//! Cost: one search, then segments of the route times UAVs. To be chosen with one UAV that is no faster than the
//! UGV: it flies straight to where the UGV takes longest to get, and a blockage near the goal turns the UGV round early.

use serde_json::{Map, Value};

use super::schedule::{Schedule, reversed, unknown_ahead};
use super::{Rule, Strategy};
use crate::domain::plan::Decision;
use crate::planning::budget::Budget;
use crate::planning::search::Search;
use crate::planning::situation::Situation;

/// See the [module](self).
#[derive(Clone, Copy, Debug, Default)]
pub struct Bidirectional;

impl Strategy for Bidirectional {
    fn name(&self) -> &'static str {
        "bidirectional"
    }

    fn summary(&self) -> &'static str {
        "UAVs inspect the unknown segments of the UGV's route from the goal back towards the UGV, so that the two meet. Best \
         with one UAV that is no faster than the UGV."
    }

    fn scouting(&self) -> Rule {
        Rule::Backward
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
        for passage in unknown_ahead(situation, outcome.route()).into_iter().rev() {
            let against = reversed(passage.leg.direction());
            let leg = situation.network.whole_leg(passage.leg.segment, against);
            schedule.give_to_earliest(&[leg], |inspection| inspection.begins_s < passage.ends_s);
        }
        schedule.give_later_legs(outcome.route());
        Decision { outcome, tasking: schedule.into_tasking() }
    }
}
