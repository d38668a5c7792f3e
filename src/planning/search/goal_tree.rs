//! The distances of all junctions to one goal, kept right while segments are closed and reopened.
//!
//! A shortest-path tree rooted at the goal, with the algorithms of Ramalingam and Reps ("On the computational complexity of
//! dynamic graph problems", 1996, section 3): a closure only concerns the junctions all of whose shortest ways it cuts. They
//! are found by going up the tree from the closed segment, past whom another shortest way saves; then they alone
//! take part in a search by Dijkstra (1959) that starts at their borders. A reopening concerns the junctions that
//! come nearer to the goal, and the same search begins at its ends. The UGV's moves concern nothing: a way is read off
//! the distances wherever it begins.
//!
//! The distances are whole numbers and each segment makes a way longer, so a junction's shortest ways lead through junctions
//! strictly nearer to the goal. No two junctions can thus save each other, and the distances follow from roads,
//! closures and goal alone, not from what was closed and reopened before.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::access::{self, Access};
use super::astar::PATIENCE;
use super::way::{FAR, Question};
use crate::domain::ids::{NodeIndex, SegmentId};
use crate::domain::knowledge::{Knowledge, SegmentState};
use crate::domain::network::{Leg, Network, Place};
use crate::planning::budget::{Budget, Spent};

/// No segment.
const NONE: u32 = u32::MAX;

#[derive(Clone, Copy, Debug)]
struct Junction {
    /// The distance to the goal, `FAR` where there is no way.
    left: u64,
    /// The segment by which a shortest way goes on, not always the one that the rule for ties says; `NONE` where the goal is on
    /// a segment of the junction, or no way is.
    next: u32,
}

const AWAY: Junction = Junction { left: FAR, next: NONE };

/// See the [module](self). Nothing is allocated once it has grown to a network's size.
#[derive(Debug, Default)]
pub struct GoalTree {
    /// How the goal is reached.
    ends: [Option<Access>; 2],
    junctions: Vec<Junction>,
    /// The state of each segment that the distances take in.
    states: Vec<SegmentState>,
    /// Segments whose state is another now.
    changed: Vec<SegmentId>,
    /// Junctions that have lost all their shortest ways; their distance is `FAR` for now.
    cut: Vec<NodeIndex>,
    /// Junctions whose distance fell, by distance.
    queue: BinaryHeap<Reverse<(u64, u32)>>,
}

impl GoalTree {
    /// The distance in metres from a junction to the goal, over segments not known to be blocked; `None` where there is no way.
    /// The network must be the one that the tree is of.
    pub fn distance_m(&self, network: &Network, junction: NodeIndex) -> Option<f64> {
        let left = self.left(junction);
        (left < FAR).then(|| network.metres(left))
    }

    /// Writes the legs of the shortest way, and returns whether there is one. The knowledge must be what the tree has taken in,
    /// and the question about its goal.
    pub(super) fn write_way(
        &self,
        network: &Network,
        knowledge: &Knowledge,
        question: &Question,
        legs: &mut Vec<Leg>,
    ) -> bool {
        question.write_way(network, knowledge, |junction| self.left(junction), legs)
    }

    /// Begins anew with a goal.
    ///
    /// # Errors
    /// When the work was called off; the distances are then wrong.
    pub(super) fn build(
        &mut self,
        network: &Network,
        knowledge: &Knowledge,
        goal: Place,
        budget: &Budget,
    ) -> Result<(), Spent> {
        self.ends = access::ways_in(network, Some(knowledge), goal);
        self.junctions.clear();
        self.junctions.resize(network.junction_count(), AWAY);
        self.states.clear();
        self.states.extend_from_slice(knowledge.states());
        self.cut.clear();
        self.queue.clear();
        for end in self.ends.into_iter().flatten() {
            self.lower(end.junction, end.ticks(network), NONE);
        }
        self.settle(network, budget)
    }

    /// Takes in what has changed, unless more than `most` segments were closed or reopened, or the goal is reached in another
    /// way than before: then it does nothing. Returns whether the distances are right.
    ///
    /// # Errors
    /// When the work was called off; the distances are then wrong.
    pub(super) fn update(
        &mut self,
        network: &Network,
        knowledge: &Knowledge,
        goal: Place,
        most: usize,
        budget: &Budget,
    ) -> Result<bool, Spent> {
        if access::ways_in(network, Some(knowledge), goal) != self.ends {
            return Ok(false);
        }
        self.find_changes(knowledge.states());
        let changed = std::mem::take(&mut self.changed);
        let turned = |segment: &&SegmentId| knowledge.is_blocked(**segment) != self.is_closed(**segment);
        let turned_count = changed.iter().filter(turned).count();
        if turned_count > 0 && turned_count <= most {
            // All closures before the first reopening: distances may only fall once nothing is to be cut any more.
            for segment in &changed {
                let closes = knowledge.is_blocked(*segment) && !self.is_closed(*segment);
                if closes {
                    self.close(network, *segment);
                }
            }
            self.reattach(network);
            for segment in &changed {
                let reopens = !knowledge.is_blocked(*segment) && self.is_closed(*segment);
                if reopens {
                    self.reopen(network, *segment);
                }
            }
        }
        if turned_count <= most {
            for segment in &changed {
                self.states[segment.index()] = knowledge.state(*segment);
            }
        }
        self.changed = changed;
        if turned_count > 0 && turned_count <= most {
            self.settle(network, budget)?;
        }
        Ok(turned_count <= most)
    }

    fn left(&self, junction: NodeIndex) -> u64 {
        self.junctions[junction.index()].left
    }

    fn is_closed(&self, segment: SegmentId) -> bool {
        self.states[segment.index()] == SegmentState::Blocked
    }

    fn find_changes(&mut self, states: &[SegmentState]) {
        /// So many states are compared without a branch, hence many at a time.
        const AT_ONCE: usize = 64;
        self.changed.clear();
        for (i, (old, new)) in self.states.chunks(AT_ONCE).zip(states.chunks(AT_ONCE)).enumerate() {
            let differs = old.iter().zip(new).fold(0, |differs, (a, b)| differs | (*a as u8 ^ *b as u8));
            if differs != 0 {
                let changed = (0..old.len()).filter(|j| old[*j] != new[*j]);
                self.changed.extend(changed.map(|j| SegmentId((i * AT_ONCE + j) as u32)));
            }
        }
    }

    /// Closes an open segment, and cuts off the junctions that have no shortest way left.
    fn close(&mut self, network: &Network, segment: SegmentId) {
        self.states[segment.index()] = SegmentState::Blocked;
        let road = network.segment(segment);
        let mut next = self.cut.len();
        self.cut_off(network, road.first(), segment);
        self.cut_off(network, road.last(), segment);
        while let Some(junction) = self.cut.get(next).copied() {
            next += 1;
            for way in network.incoming(junction) {
                self.cut_off(network, way.other, way.segment);
            }
        }
    }

    /// Finds another shortest way for a junction whose own goes on by the segment, or cuts it off.
    fn cut_off(&mut self, network: &Network, junction: NodeIndex, segment: SegmentId) {
        let Junction { left, next } = self.junctions[junction.index()];
        if next != segment.0 || left >= FAR {
            return;
        }
        let mut ways = network.outgoing(junction).iter();
        let saved = ways.find(|way| self.left(way.other) + way.ticks == left && !self.is_closed(way.segment));
        if let Some(way) = saved {
            self.junctions[junction.index()].next = way.segment.0;
        } else {
            self.junctions[junction.index()] = AWAY;
            self.cut.push(junction);
        }
    }

    /// Gives the junctions that were cut off their best way over others.
    fn reattach(&mut self, network: &Network) {
        while let Some(junction) = self.cut.pop() {
            let open = network.outgoing(junction).iter().filter(|way| !self.is_closed(way.segment));
            let onward = open.map(|way| (self.left(way.other) + way.ticks, way.segment.0));
            let ends = self.ends.iter().flatten().filter(|end| end.junction == junction);
            let here = ends.map(|end| (end.ticks(network), NONE));
            if let Some((left, next)) = onward.chain(here).min() {
                self.lower(junction, left, next);
            }
        }
    }

    /// Opens a closed segment.
    fn reopen(&mut self, network: &Network, segment: SegmentId) {
        self.states[segment.index()] = SegmentState::Unknown;
        let road = network.segment(segment);
        let (first, last, ticks) = (road.first(), road.last(), network.ticks(road.length_m()));
        self.lower(first, self.left(last) + ticks, segment.0);
        if !road.oneway {
            self.lower(last, self.left(first) + ticks, segment.0);
        }
    }

    /// Takes a way from a junction if it is shorter than the one known.
    fn lower(&mut self, junction: NodeIndex, left: u64, next: u32) {
        let known = &mut self.junctions[junction.index()];
        if left < known.left {
            *known = Junction { left, next };
            self.queue.push(Reverse((left, junction.0)));
        }
    }

    /// Passes the distances that fell on to those for whom they matter.
    fn settle(&mut self, network: &Network, budget: &Budget) -> Result<(), Spent> {
        let mut settled = 0_usize;
        while let Some(Reverse((left, junction))) = self.queue.pop() {
            let junction = NodeIndex(junction);
            if left != self.left(junction) {
                continue;
            }
            settled += 1;
            if settled.is_multiple_of(PATIENCE) && budget.is_cancelled() {
                return Err(Spent);
            }
            for way in network.incoming(junction) {
                if !self.is_closed(way.segment) {
                    self.lower(way.other, left + way.ticks, way.segment.0);
                }
            }
        }
        Ok(())
    }
}
