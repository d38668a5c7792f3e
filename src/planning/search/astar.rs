//! One search from scratch: A* (Hart, Nilsson, Raphael 1968) from the goal back to the UGV, with labels that are used
//! again from one search to the next.
//!
//! The lower bound is the straight distance to the UGV in the network's plane, which no polyline undercuts, made
//! smaller by a little more than rounding can make it too large. A junction whose distance falls after it was settled
//! is settled again, so rounding cannot make a distance wrong either. The search goes on until every label left
//! promises more than the way found: then the distances of all junctions on shortest ways are right, whatever the order
//! in which the queue gave them out.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::way::{FAR, Question};
use crate::domain::geometry::Point;
use crate::domain::ids::StateIndex;
use crate::domain::knowledge::Knowledge;
use crate::domain::network::{Leg, Network};
use crate::planning::budget::{Budget, Spent};

/// How many junctions are settled between two looks at whether the work was called off.
pub(super) const PATIENCE: usize = 1024;

/// The shortest way known from a junction.
#[derive(Clone, Copy, Debug, Default)]
struct Label {
    /// Its length.
    left: u64,
    /// The way from the UGV to the junction is at least so long.
    bound: u64,
    /// The search that wrote the label; those of earlier searches count for nothing.
    generation: u32,
    /// Whether the length fell since the junction was last settled.
    open: bool,
}

/// Labels and queue, kept from search to search: nothing is allocated once these have grown to the network's size.
#[derive(Debug, Default)]
pub(super) struct Labels {
    labels: Vec<Label>,
    generation: u32,
    /// Lower bound of the whole way, then the junction.
    queue: BinaryHeap<Reverse<(u64, u32)>>,
    settled: usize,
}

impl Labels {
    /// Writes the legs of the shortest way over segments not known to be blocked, and returns whether there is one.
    ///
    /// # Errors
    /// When the work was called off. (The steps are the caller's matter.)
    pub(super) fn search(
        &mut self,
        network: &Network,
        knowledge: &Knowledge,
        question: &Question,
        budget: &Budget,
        legs: &mut Vec<Leg>,
    ) -> Result<bool, Spent> {
        let start = network.point_at(question.from());
        let mut shortest = question.direct_ticks(network);
        self.begin(network.state_count());
        for end in question.ends() {
            self.offer(network, start, end.junction, end.ticks(network));
        }
        while let Some(Reverse((bound, junction))) = self.queue.pop() {
            if bound > shortest {
                break;
            }
            let label = &mut self.labels[junction as usize];
            if !label.open {
                continue;
            }
            self.settled += 1;
            if self.settled.is_multiple_of(PATIENCE) && budget.is_cancelled() {
                return Err(Spent);
            }
            label.open = false;
            let left = label.left;
            let junction = StateIndex(junction);
            shortest = shortest.min(question.ticks_by(network, junction, left));
            for way in network.arrivals(junction) {
                if !knowledge.is_blocked(way.segment) {
                    self.offer(network, start, way.other, left + way.ticks);
                }
            }
        }
        Ok(question.write_way(network, knowledge, |junction| self.left(junction), legs))
    }

    /// How many junctions the latest search settled.
    pub(super) fn settled(&self) -> usize {
        self.settled
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
        self.settled = 0;
    }

    /// Takes a way from a junction if it is shorter than the one known.
    fn offer(&mut self, network: &Network, start: Point, junction: StateIndex, left: u64) {
        let label = &mut self.labels[junction.index()];
        if label.generation != self.generation {
            let bound = network.least_ticks(network.node(network.node_of(junction)).point.distance_m(start));
            *label = Label { left: FAR, bound, generation: self.generation, open: false };
        }
        if left < label.left {
            (label.left, label.open) = (left, true);
            self.queue.push(Reverse((left + label.bound, junction.0)));
        }
    }

    fn left(&self, junction: StateIndex) -> u64 {
        let label = &self.labels[junction.index()];
        if label.generation == self.generation { label.left } else { FAR }
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
            let (network, knowledge) = (&world.network, &world.knowledge);
            let question = Question::new(network, knowledge, world.ugv.place, world.goals[0]);
            let mut legs = Vec::new();
            labels.search(network, knowledge, &question, &Budget::steps(100), &mut legs).unwrap();
            legs
        };
        let mut labels = Labels::default();
        let first = search(&mut labels);
        assert_eq!(first.len(), 2);
        labels.generation = u32::MAX;
        assert_eq!(search(&mut labels), first);
        assert_eq!(labels.generation, 1);
    }
}
