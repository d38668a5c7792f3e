//! Which junctions a UGV can get to at all.

use super::access;
use crate::domain::ids::NodeIndex;
use crate::domain::knowledge::Knowledge;
use crate::domain::network::{Network, Place};

/// Marks on junctions, used again from one time to the next.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// The latest time that each junction was reached.
    marks: Vec<u32>,
    time: u32,
    /// The junctions reached, in any order.
    reached: Vec<NodeIndex>,
}

impl Reach {
    /// Marks the junctions that can be reached from a place over segments not known to be blocked (all segments,
    /// without knowledge), and returns how many there are.
    pub(super) fn mark(&mut self, network: &Network, knowledge: Option<&Knowledge>, from: Place) -> usize {
        if self.time == u32::MAX {
            self.marks.clear();
            self.time = 0;
        }
        self.time += 1;
        if self.marks.len() < network.junction_count() {
            self.marks.resize(network.junction_count(), 0);
        }
        self.reached.clear();
        for start in access::ways_out(network, knowledge, from).into_iter().flatten() {
            self.reach(start.junction);
        }
        let mut next = 0;
        while let Some(junction) = self.reached.get(next) {
            next += 1;
            for way in network.outgoing(*junction) {
                if knowledge.is_none_or(|known| !known.is_blocked(way.segment)) {
                    self.reach(way.other);
                }
            }
        }
        self.reached.len()
    }

    fn reach(&mut self, junction: NodeIndex) {
        let mark = &mut self.marks[junction.index()];
        if *mark != self.time {
            *mark = self.time;
            self.reached.push(junction);
        }
    }

    /// Whether the junction was marked the last time.
    pub(super) fn reached(&self, junction: NodeIndex) -> bool {
        self.marks.get(junction.index()).is_some_and(|mark| *mark == self.time)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planning::sketch::sketch;

    #[test]
    fn marks_of_long_ago_are_not_taken_for_new_ones_when_the_count_starts_over() {
        let world = sketch("a 0,0\nb 100,0\nc 200,0\nd 300,0\na>b\nb>c\nc>d\nugv a 10\ngoal c");
        let mut reach = Reach::default();
        assert_eq!(reach.mark(&world.network, None, world.ugv.place), 4);
        reach.time = u32::MAX;
        assert_eq!(reach.mark(&world.network, None, world.goals[0]), 2);
        assert_eq!(reach.time, 1);
        let marked = [0, 1, 2, 3].map(|junction| reach.reached(NodeIndex(junction)));
        assert_eq!(marked, [false, false, true, true]);
    }
}
