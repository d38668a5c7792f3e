//! A* on the junctions, with labels that are used again from one search to the next.
//!
//! Costs are sums of leg lengths in travel order, as the route's length is. The lower bound is the straight distance in
//! the network's plane, which no polyline undercuts, made smaller by a little more than rounding can make it too large.
//! A junction whose cost falls after it was settled is settled again, so rounding cannot make a cost wrong either. The search
//! goes on until every label left promises more than the route found: then all shortest routes have been seen and ties can be
//! broken by rule, whatever the order in which the queue gave the junctions out.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::access::{self, Access};
use crate::domain::geometry::Point;
use crate::domain::ids::{NodeIndex, SegmentId};
use crate::domain::knowledge::Knowledge;
use crate::domain::network::{Leg, Network, Place};
use crate::planning::budget::{Budget, Spent};

/// How much smaller than the straight distance the lower bound is: relative, and in metres.
const BOUND_SLACK: (f64, f64) = (1e-9, 1e-4);

/// No junction.
const NONE: u32 = u32::MAX;

/// The cheapest way known to a junction.
#[derive(Clone, Copy, Debug, Default)]
struct Label {
    cost_m: f64,
    /// At least so much is left to the goal.
    bound_m: f64,
    /// The search that wrote the label; those of earlier searches count for nothing.
    generation: u32,
    /// The junction before, or `NONE` where the way begins inside segment `by`, or here.
    from: u32,
    /// The segment by which the way arrives.
    by: u32,
    /// Whether the cost fell since the junction was last settled.
    open: bool,
}

/// Labels and queue, kept from search to search: a search allocates only the legs it returns, once these have grown to
/// the network's size.
#[derive(Debug, Default)]
pub(super) struct Labels {
    labels: Vec<Label>,
    generation: u32,
    /// Lower bound of the whole way as bits (they order like the numbers, none being negative), then the junction.
    queue: BinaryHeap<Reverse<(u64, u32)>>,
}

/// The best way to the goal so far: its cost, its place in the order of ties, and how it ends.
#[derive(Clone, Copy)]
struct Best {
    cost_m: f64,
    rank: usize,
    end: End,
}

#[derive(Clone, Copy)]
enum End {
    Direct(Leg),
    Through(Access),
}

impl Labels {
    /// The shortest way between two different places over segments not known to be blocked (all segments, without
    /// knowledge); `None` if there is none, and then the labels tell which junctions can be reached.
    pub(super) fn search(
        &mut self,
        network: &Network,
        knowledge: Option<&Knowledge>,
        from: Place,
        to: Place,
        budget: &mut Budget,
    ) -> Result<Option<Vec<Leg>>, Spent> {
        let goal = network.point_at(to);
        let starts = access::ways_out(network, knowledge, from);
        let ends = access::ways_in(network, knowledge, to);
        let mut best = access::direct(network, knowledge, from, to).map(|leg| Best {
            cost_m: leg.length_m(),
            rank: 0,
            end: End::Direct(leg),
        });
        self.begin(network.junction_count());
        for start in starts.iter().flatten() {
            let by = start.leg.map_or(NONE, |leg| leg.segment.0);
            self.offer(
                network,
                goal,
                start.junction,
                Label { cost_m: start.length_m(), from: NONE, by, ..Label::default() },
            );
        }
        while let Some(Reverse((bound_bits, junction))) = self.queue.pop() {
            if best.is_some_and(|best| f64::from_bits(bound_bits) > best.cost_m) {
                break;
            }
            let label = &mut self.labels[junction as usize];
            if !label.open {
                continue;
            }
            budget.step()?;
            label.open = false;
            let cost_m = label.cost_m;
            let junction = NodeIndex(junction);
            for (i, end) in ends.iter().enumerate() {
                let Some(end) = end.filter(|end| end.junction == junction) else { continue };
                let found = Best { cost_m: cost_m + end.length_m(), rank: i + 1, end: End::Through(end) };
                if best.is_none_or(|best| (found.cost_m, found.rank) < (best.cost_m, best.rank)) {
                    best = Some(found);
                }
            }
            for way in network.outgoing(junction) {
                if knowledge.is_none_or(|known| !known.is_blocked(way.segment)) {
                    let cost_m = cost_m + way.length_m;
                    let reached = Label { cost_m, from: junction.0, by: way.segment.0, ..Label::default() };
                    self.offer(network, goal, way.other, reached);
                }
            }
        }
        Ok(best.map(|best| match best.end {
            End::Direct(leg) => vec![leg],
            End::Through(end) => self.legs(network, &starts, end),
        }))
    }

    /// Whether the latest search, having found no way, reached the junction.
    pub(super) fn reached(&self, junction: NodeIndex) -> bool {
        self.labels.get(junction.index()).is_some_and(|label| label.generation == self.generation)
    }

    fn begin(&mut self, junction_count: usize) {
        if self.generation == u32::MAX {
            self.labels.clear();
            self.generation = 0;
        }
        self.generation += 1;
        if self.labels.len() < junction_count {
            self.labels.resize(junction_count, Label::default());
        }
        self.queue.clear();
    }

    /// Takes a way to a junction if it is shorter than the one known, or as long and better by the tie rule.
    fn offer(&mut self, network: &Network, goal: Point, junction: NodeIndex, offered: Label) {
        let label = &mut self.labels[junction.index()];
        if label.generation != self.generation {
            let straight_m = network.node(junction).point.distance_m(goal);
            let bound_m = (straight_m * (1.0 - BOUND_SLACK.0) - BOUND_SLACK.1).max(0.0);
            let generation = self.generation;
            *label = Label { cost_m: f64::INFINITY, bound_m, generation, from: NONE, by: NONE, open: false };
        }
        if offered.cost_m < label.cost_m {
            (label.cost_m, label.from, label.by, label.open) = (offered.cost_m, offered.from, offered.by, true);
            self.queue.push(Reverse(((label.cost_m + label.bound_m).to_bits(), junction.0)));
        } else if offered.cost_m == label.cost_m && offered.by < label.by {
            // A segment too short to change the sum could lead back to where it came from.
            let before_m = if offered.from == NONE { 0.0 } else { self.labels[offered.from as usize].cost_m };
            if before_m < offered.cost_m {
                let label = &mut self.labels[junction.index()];
                (label.from, label.by) = (offered.from, offered.by);
            }
        }
    }

    fn legs(&self, network: &Network, starts: &[Option<Access>; 2], end: Access) -> Vec<Leg> {
        let mut legs: Vec<Leg> = end.leg.into_iter().collect();
        let mut junction = end.junction;
        loop {
            let label = &self.labels[junction.index()];
            if label.from == NONE {
                let start = starts.iter().flatten().find(|start| start.junction == junction);
                legs.extend(start.and_then(|start| start.leg));
                break;
            }
            let segment = SegmentId(label.by);
            let road = network.segment(segment);
            let length_m = road.length_m();
            let forward = road.last() == junction;
            let (from_m, to_m) = if forward { (0.0, length_m) } else { (length_m, 0.0) };
            legs.push(Leg { segment, from_m, to_m });
            junction = NodeIndex(label.from);
        }
        legs.reverse();
        legs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planning::sketch::sketch;

    #[test]
    fn labels_of_long_ago_are_not_taken_for_new_ones_when_the_count_of_searches_starts_over() {
        let world = sketch("a 0,0\nb 100,0\nc 200,0\na-b\nb-c\nugv a 10\ngoal c");
        let search = |labels: &mut Labels| {
            let budget = &mut Budget::steps(100);
            labels.search(&world.network, None, world.ugv.place, world.goal, budget).unwrap().unwrap()
        };
        let mut labels = Labels::default();
        let first = search(&mut labels);
        labels.generation = u32::MAX;
        assert_eq!(search(&mut labels), first);
        assert_eq!(labels.generation, 1);
    }
}
