//! The UGV's shortest route over segments not known to be blocked.
//!
//! The route is exact: lengths are metres along segments, one-way segments are driven forward only, and start and goal may
//! lie inside segments. The UGV may turn round anywhere. Of a segment known to be blocked it uses the part up to the
//! blockage, if the point is known, to leave it or to reach a goal on it; it never enters one whose point is not known. A
//! vehicle exactly at the blockage may leave either way, since a place does not tell from where it came: whoever follows a
//! vehicle that has met a blockage must keep its place short of it, on the side it came from. A place at an end of a segment is the junction,
//! and its segment's state does not matter.
//!
//! Ties: of several shortest routes, each junction, seen from the goal backwards, is reached by the segment with the lowest
//! id of those by which a shortest way arrives there; the goal directly rather than through a junction, and from its
//! segment's first end rather than from the last.
//!
//! The algorithm is A* (Hart, Nilsson, Raphael 1968); a search takes one budget step a settled junction.

mod access;
mod astar;
mod guided;
pub mod k_shortest;
#[cfg(test)]
mod k_shortest_tests;
pub mod most_probable;
#[cfg(test)]
mod most_probable_tests;
#[cfg(test)]
mod oracle_tests;
#[cfg(test)]
mod tests;

use super::budget::{Budget, Spent};
use super::situation::Situation;
use crate::domain::ids::{NodeIndex, SegmentId};
use crate::domain::knowledge::Knowledge;
use crate::domain::network::{Leg, Network, Place};
use crate::domain::plan::{Outcome, Route};

/// The UGV's shortest-route search, with scratch memory that is used again from one search to the next.
#[derive(Debug, Default)]
pub struct Search {
    labels: astar::Labels,
    guided: guided::Guided,
}

/// What a search came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// The travelled parts of segments, in order: contiguous, none of length zero.
    Legs(Vec<Leg>),
    /// Both places are the same point of the network.
    SamePlace,
    /// There is no way.
    NoWay(Obstacle),
}

/// Why there is no way.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum Obstacle {
    /// The goal lies inside a blocked segment, past the blockage, or the blockage may be anywhere on it.
    #[error("the goal lies on segment {segment}, which is blocked {}", place_in_words(*.blockage_m))]
    GoalOnBlockedSegment {
        /// The segment.
        segment: SegmentId,
        /// Where it is blocked, in metres from its first end, when known.
        blockage_m: Option<f64>,
    },
    /// The UGV cannot get past the junction it is at or next to.
    #[error("the vehicle is enclosed by closures: every segment by which it could leave is blocked ({blocked} in all)")]
    Enclosed {
        /// How many blocked segments border on where it can get.
        blocked: usize,
    },
    /// The goal is beyond blocked segments.
    #[error(
        "every way to the goal crosses a blocked segment (blocked segments at the edge: {blocked}, junctions within reach: \
         {junctions})"
    )]
    Closures {
        /// How many blocked segments border on where the UGV can get.
        blocked: usize,
        /// How many junctions it can get to.
        junctions: usize,
    },
    /// Even with every segment open there would be no way.
    #[error("no road leads from the vehicle to the goal, even with every segment open")]
    NotConnected,
}

fn place_in_words(blockage_m: Option<f64>) -> String {
    match blockage_m {
        Some(at_m) => format!("{at_m:.1} m from its first end, between the vehicle and the goal"),
        None => "at a point that is not known".to_owned(),
    }
}

impl Search {
    /// A search without scratch memory yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// The shortest way from one place to another over segments not known to be blocked.
    ///
    /// # Errors
    /// When the budget ends first.
    pub fn shortest_way(
        &mut self,
        network: &Network,
        knowledge: &Knowledge,
        from: Place,
        to: Place,
        budget: &mut Budget,
    ) -> Result<Found, Spent> {
        if network.is_same_place(from, to) {
            return Ok(Found::SamePlace);
        }
        match self.labels.search(network, Some(knowledge), from, to, budget)? {
            Some(legs) => Ok(Found::Legs(legs)),
            None => self.obstacle(network, knowledge, from, to, budget).map(Found::NoWay),
        }
    }

    /// Whether a UGV could get from one place to the other if no segment were blocked. Where it could not, no report will
    /// ever open a way.
    ///
    /// # Errors
    /// When the budget ends first.
    pub fn connects(&mut self, network: &Network, from: Place, to: Place, budget: &mut Budget) -> Result<bool, Spent> {
        Ok(network.is_same_place(from, to) || self.labels.search(network, None, from, to, budget)?.is_some())
    }

    /// The outcome of planning under the rule that the UGV takes the shortest route over segments not known to be blocked.
    pub fn outcome(&mut self, situation: &Situation<'_>, budget: &mut Budget) -> Outcome {
        let Situation { network, knowledge, ugv, goal, .. } = situation;
        match self.shortest_way(network, knowledge, ugv.place, *goal, budget) {
            Ok(Found::Legs(legs)) => {
                let length_m = legs.iter().map(Leg::length_m).sum();
                Outcome::Route { route: Route { legs, length_m, duration_s: length_m / ugv.speed_mps } }
            }
            Ok(Found::SamePlace) => Outcome::AlreadyThere,
            Ok(Found::NoWay(obstacle)) => Outcome::NoWay { reason: obstacle.to_string() },
            Err(Spent) => Outcome::BudgetSpent { reason: spent_in_words(budget).to_owned() },
        }
    }

    /// Why the search that has just ended found no way.
    fn obstacle(
        &mut self,
        network: &Network,
        knowledge: &Knowledge,
        from: Place,
        to: Place,
        budget: &mut Budget,
    ) -> Result<Obstacle, Spent> {
        let junctions = (0..network.junction_count()).filter(|i| self.labels.reached(NodeIndex(*i as u32))).count();
        let blocked = self.blocked_around(network, knowledge, from);
        let goal_is_cut_off = network.junction_at(to).is_none()
            && knowledge.is_blocked(to.segment)
            && (access::ways_in(network, None, to).iter().flatten().any(|way| self.labels.reached(way.junction))
                || access::ways_in(network, Some(knowledge), to).iter().all(Option::is_none)
                || access::direct(network, None, from, to).is_some());
        if !self.connects(network, from, to, budget)? {
            return Ok(Obstacle::NotConnected);
        }
        Ok(if goal_is_cut_off {
            let blockage_m = knowledge.blockage_offset_m(to.segment);
            Obstacle::GoalOnBlockedSegment { segment: to.segment, blockage_m }
        } else if junctions <= 1 {
            Obstacle::Enclosed { blocked }
        } else {
            Obstacle::Closures { blocked, junctions }
        })
    }

    /// How many blocked segments lead from where the latest search got to where it did not.
    fn blocked_around(&self, network: &Network, knowledge: &Knowledge, from: Place) -> usize {
        let stands_inside = |id: SegmentId| id == from.segment && network.junction_at(from).is_none();
        let leads_out = |id: SegmentId| {
            let road = network.segment(id);
            let (first, last) = (self.labels.reached(road.first()), self.labels.reached(road.last()));
            (first && !last) || (last && !first && !road.oneway)
        };
        (0..network.segments().len())
            .map(|i| SegmentId(i as u32))
            .filter(|id| knowledge.is_blocked(*id) && (leads_out(*id) || stands_inside(*id)))
            .count()
    }
}

fn spent_in_words(budget: &Budget) -> &'static str {
    if budget.is_cancelled() {
        "the planning was called off before a route was found"
    } else {
        "the search for a route took more steps than its budget allows"
    }
}
