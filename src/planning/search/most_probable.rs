//! The route that is most often the shortest in worlds sampled from the knowledge.
//!
//! In a sampled world clear segments are open, blocked ones blocked, and each unknown one is blocked with its blockage
//! probability, at a point that nobody knows: as for the other searches, such a segment may be left, but not
//! entered. Whether it is blocked is a hash of seed, world and segment against the probability, so nothing is drawn that no
//! search asks for, and a world is the same whatever is asked of it first.
//!
//! Each world's shortest route is an A* with distances over the segments not known to be blocked as its lower bound. Of
//! routes that are the shortest equally often the shorter one counts, then the one with the lower sequence of segments.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Search;
use super::guided::{Edge, Roads, Step};
use crate::domain::ids::SegmentId;
use crate::domain::knowledge::SegmentState;
use crate::domain::plan::Route;
use crate::planning::budget::Budget;
use crate::planning::situation::Situation;

impl Search {
    /// The route that is the shortest in most of so many worlds; `None` if none of them has a way to the goal. If the budget
    /// ends first, the worlds looked at until then count.
    pub fn most_probable_route(
        &mut self,
        situation: &Situation<'_>,
        worlds: u32,
        budget: &mut Budget,
    ) -> Option<Route> {
        let roads = Roads::new(situation);
        if self.guided.measure(&roads, budget) != Ok(true) {
            return None;
        }
        let mut routes: BTreeMap<Vec<Step>, (u32, u64)> = BTreeMap::new();
        let mut steps = Vec::new();
        for world in 0..worlds {
            let may_use = |edge: &Edge| {
                // Whatever the UGV stands on, it may leave.
                roads.leaves_start(edge) || !is_blocked(situation, world, edge.step.segment)
            };
            steps.clear();
            match self.guided.shortest(&roads, roads.start_vertex, may_use, &mut steps, budget) {
                Ok(Some(length_um)) => match routes.get_mut(&steps) {
                    Some((count, _)) => *count += 1,
                    None => drop(routes.insert(steps.clone(), (1, length_um))),
                },
                Ok(None) => {}
                Err(_) => break,
            }
        }
        let often = routes.iter().min_by_key(|(steps, (count, length_um))| (Reverse(*count), *length_um, *steps));
        often.map(|(steps, _)| roads.route(steps, situation.ugv.speed_mps))
    }
}

/// Whether the segment is blocked in that world.
pub(super) fn is_blocked(situation: &Situation<'_>, world: u32, segment: SegmentId) -> bool {
    situation.knowledge.state(segment) == SegmentState::Unknown
        && fraction(situation.seed, world, segment) < situation.blockage_probability(segment)
}

/// A number from 0 to below 1 that the three determine and that looks random.
fn fraction(seed: u64, world: u32, segment: SegmentId) -> f64 {
    let key = mixed(seed) ^ (u64::from(world) << 32 | u64::from(segment.0));
    // 53 bits, which a floating-point number holds exactly.
    (mixed(key) >> 11) as f64 / 9_007_199_254_740_992.0
}

/// SplitMix64's step and output function (Steele, Lea, Flood 2014; its constants are Stafford's variant 13).
fn mixed(key: u64) -> u64 {
    let mut z = key.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}
