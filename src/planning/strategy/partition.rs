//! `partition`: the UGV finds out the first part of its route by driving it, while the UAVs inspect the rest, forward to the
//! goal.
//!
//! The idea is that of Nguyen and Akella (arXiv 2604.25284), who part a path between a UGV and a UAV; the paper's text was not
//! at hand, so the details are ours. The route is split before one of its unknown segments: the UGV has the prefix, the UAVs
//! have the unknown segments of the suffix. The split is the first for which the UAV, flight to the suffix and
//! deadheading over known segments counted, is through with it by the time the UGV is through the suffix's first segment; so the
//! point at which the two balance lies on that segment. A later split would leave the UAV idle, an earlier one the UGV
//! ahead of it. A single UAV is granted as long again as the UGV is on that segment, since nobody else looks at what is before.
//!
//! Several UAVs part the route one after the other: of the free UAVs the one that can take the longest suffix has it (ties go to
//! the one that is through its first segment earliest, then to the one that comes first in the mission), and what is left of the route is parted in the same way between the UGV and the
//! others. So the far part is looked at by the time the UGV is near it, not all of it at once. A UAV first completes the
//! inspection it is flying, and that segment is nobody else's. If no split balances, because the UGV is at the goal before any
//! UAV could have inspected the last segment, the UAVs have nothing else to do. Nor does a UAV inspect a segment whose
//! near end it would not reach before the UGV: that happens only at the split.
//!
//! The segment on which the UGV stands, partly driven, is left to the UGV unless a UAV is already flying along it. The
//! goal's segment is inspected whole, also past the goal: only then does it become known as clear.
//!
//! Cost: one search, then at most the square of the route's unknown segments times the UAVs. To be chosen with UAVs about as
//! fast as the UGV, where `shortest_path` cannot get ahead of it; the UAVs never fly a road twice, as those of
//! `bidirectional` do with their flight to the goal.

use serde_json::{Map, Value};

use super::schedule::{Schedule, unknown_ahead};
use super::{Rule, Strategy};
use crate::domain::plan::Decision;
use crate::planning::budget::Budget;
use crate::planning::passage::Passage;
use crate::planning::search::Search;
use crate::planning::situation::Situation;

/// See the [module](self).
#[derive(Clone, Copy, Debug, Default)]
pub struct Partition;

impl Strategy for Partition {
    fn name(&self) -> &'static str {
        "partition"
    }

    fn summary(&self) -> &'static str {
        "The UGV drives the first part of its route while UAVs inspect the rest, forward to the goal; the split is where both \
         take as long. Best with UAVs about as fast as the UGV."
    }

    fn scouting(&self) -> Rule {
        Rule::Suffix
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
        let mut ahead = unknown_ahead(situation, outcome.route());
        ahead.retain(|passage| !schedule.holds(passage.leg.segment));
        let mut free: Vec<usize> = (0..schedule.uav_count()).collect();
        let mut prefix = &ahead[..];
        while let Some((position, split)) = best_split(&schedule, &free, prefix) {
            let uav = free.remove(position);
            for passage in &prefix[split..] {
                schedule.give_to(uav, passage);
            }
            prefix = &prefix[..split];
        }
        schedule.give_later_legs(outcome.route());
        Decision { outcome, tasking: schedule.into_tasking() }
    }
}

/// A single UAV may take until the UGV has been on the suffix's first segment for so many times as long as it drives there:
/// nobody else would look at the part before. Chosen by simulation, where it is earlier in most settings.
const GRACE_OF_ONE: f64 = 2.0;

/// The longest suffix of the passages that one of the free UAVs can inspect by the time the UGV is through its first
/// segment: the UAV's position among the free ones, and where the suffix begins.
fn best_split(schedule: &Schedule<'_>, free: &[usize], passages: &[Passage]) -> Option<(usize, usize)> {
    let grace = if schedule.uav_count() == 1 { GRACE_OF_ONE } else { 1.0 };
    let is_balanced = |uav: usize, split: usize| {
        let suffix = &passages[split..];
        let Passage { begins_s, ends_s, .. } = suffix[0];
        let deadline_s = begins_s + grace * (ends_s - begins_s);
        schedule.inspected_until(uav, suffix, deadline_s) == suffix.len()
    };
    (0..passages.len()).find_map(|split| {
        let balanced = free.iter().enumerate().filter(|(_, uav)| is_balanced(**uav, split));
        let begins = balanced.map(|(position, uav)| (schedule.completes_s(*uav, &passages[split]), position));
        begins.min_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, position)| (position, split))
    })
}
