//! Which junctions a UGV can get to at all.

use super::access;
use crate::domain::ids::{NodeIndex, SegmentId, StateIndex};
use crate::domain::knowledge::Knowledge;
use crate::domain::network::{Direction, Network, Place};

/// Marks on junctions, used again from one time to the next.
#[derive(Debug, Default)]
pub(super) struct Reach {
    /// The latest time that each state was reached.
    marks: Vec<u32>,
    time: u32,
    /// The states reached, in any order.
    reached: Vec<StateIndex>,
}

impl Reach {
    /// Marks the junctions that can be reached from a place over segments not known to be blocked (all segments,
    /// without knowledge), in which states, and returns how many junctions there are.
    pub(super) fn mark(&mut self, network: &Network, knowledge: Option<&Knowledge>, from: Place) -> usize {
        if self.time == u32::MAX {
            self.marks.clear();
            self.time = 0;
        }
        self.time += 1;
        if self.marks.len() < network.state_count() {
            self.marks.resize(network.state_count(), 0);
        }
        self.reached.clear();
        for start in access::ways_out(network, knowledge, from).into_iter().flatten() {
            self.reach(start.junction);
        }
        let mut next = 0;
        while let Some(junction) = self.reached.get(next) {
            next += 1;
            for way in network.departures(*junction) {
                if knowledge.is_none_or(|known| !known.is_blocked(way.segment)) {
                    self.reach(way.other);
                }
            }
        }
        if !network.has_forbidden_turns() {
            return self.reached.len();
        }
        let mut junctions: Vec<NodeIndex> = self.reached.iter().map(|state| network.node_of(*state)).collect();
        junctions.sort_unstable();
        junctions.dedup();
        junctions.len()
    }

    fn reach(&mut self, junction: StateIndex) {
        let mark = &mut self.marks[junction.index()];
        if *mark != self.time {
            *mark = self.time;
            self.reached.push(junction);
        }
    }

    /// Whether the segment could be entered in that direction the last time, or could if it were not blocked.
    pub(super) fn leads_onto(&self, network: &Network, segment: SegmentId, direction: Direction) -> bool {
        network.tails(segment, direction).any(|state| self.reached(state))
    }

    /// Whether the junction was marked the last time, in any state.
    pub(super) fn reached_junction(&self, network: &Network, junction: NodeIndex) -> bool {
        network.states_at(junction).any(|state| self.reached(state))
    }

    /// Whether the state was marked the last time.
    pub(super) fn reached(&self, junction: StateIndex) -> bool {
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
        let marked = [0, 1, 2, 3].map(|junction| reach.reached(StateIndex(junction)));
        assert_eq!(marked, [false, false, true, true]);
    }
}
