//! The distances of all junctions to a goal, or to the nearest of several, kept from one search to the next.
//!
//! A shortest-path tree rooted at the goal (a forest, where there are several: one search from all of them), built by Dijkstra's algorithm (1959). The UGV's moves concern nothing in
//! it. A reopening concerns the junctions that come nearer to the goal: Dijkstra's algorithm goes on from the segment's
//! ends. A closure is at first only remembered: the distances of the roads without it are lower bounds of those with
//! it, which is all that [`super::detour`] needs, and often the segment is reopened, or never asked about again. Once
//! detours have cost as much as it does, the closures are taken in, with the algorithm of Ramalingam and Reps ("On the
//! computational complexity of dynamic graph problems", 1996, section 3): junctions all of whose shortest ways are cut
//! are found by going up the tree from the closed segment, past whom another shortest way saves, and they alone are
//! searched again from their borders.
//!
//! The distances are whole numbers and each segment makes a way longer, so a junction's shortest ways lead through
//! junctions strictly nearer to the goal. No two junctions can thus save each other, and the distances follow from
//! roads, closures and goal alone, not from what was closed and reopened before.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::access::{self, Access};
use super::astar::PATIENCE;
use super::way::FAR;
use crate::domain::ids::{NodeIndex, SegmentId, StateIndex};
use crate::domain::knowledge::{Knowledge, SegmentState};
use crate::domain::network::{Direction, Network, Place};
use crate::planning::budget::{Budget, Spent};

/// No segment, and no junction.
pub(super) const NONE: u32 = u32::MAX;

/// A junction that has lost its ways costs twice what one of a new tree does (measured), so a tree is repaired only while no more
/// than this part of its junctions has.
const WORTHWHILE_SHARE: usize = 3;

/// How a tree stands to what is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fit {
    /// It is of no use for that.
    None,
    /// It fits, and all closures that were pending still are.
    Grown,
    /// It fits, and a pending closure was lifted.
    Lifted,
}

/// How a shortest way goes on from a junction. In the order of the rule for ties.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Onward {
    /// The distance to the goal, `FAR` where there is no way.
    pub(super) left: u64,
    /// Of the segments by which a shortest way goes on, the one with the lowest id; `NONE` where the goal is or no way
    /// is.
    pub(super) segment: u32,
    /// The junction at its other end, `NONE` where the goal is on the segment or is the junction.
    pub(super) other: u32,
}

/// A closure that the distances do not know of.
#[derive(Clone, Copy, Debug)]
struct Pending {
    segment: SegmentId,
    /// The least distance to the goal from which a shortest way may lead over the segment.
    tail: u64,
}

const AWAY: Onward = Onward { left: FAR, segment: NONE, other: NONE };

/// The distances of all junctions to the nearest goal. Nothing is allocated once it has grown to a network's size.
#[derive(Debug, Default)]
pub struct GoalTree {
    /// How the goals are reached.
    ends: Vec<Access>,
    /// By junction, on the roads without the pending closures.
    onward: Vec<Onward>,
    /// The segments' states when last looked at.
    states: Vec<SegmentState>,
    /// Which segments are closed and not pending.
    closed: Vec<bool>,
    /// Segments that are closed, but not yet for the distances.
    pending: Vec<Pending>,
    /// Segments whose state is another than when last looked at.
    changed: Vec<SegmentId>,
    /// Junctions that have lost all their shortest ways; their distance is `FAR` for now.
    cut: Vec<StateIndex>,
    /// Junctions whose distance fell, by distance.
    queue: BinaryHeap<Reverse<(u64, u32)>>,
}

impl GoalTree {
    /// The distance in metres from a junction to the nearest goal, over segments not known to be blocked, of a vehicle to which no
    /// turn is forbidden there; `None` where there is no way. The network must be the one that the tree is of.
    pub fn distance_m(&self, network: &Network, junction: NodeIndex) -> Option<f64> {
        let left = self.onward(StateIndex(junction.0)).left;
        (left < FAR).then(|| network.metres(left))
    }

    /// How the goals are reached.
    pub(super) fn ends(&self) -> &[Access] {
        &self.ends
    }

    pub(super) fn onward(&self, junction: StateIndex) -> Onward {
        self.onward[junction.index()]
    }

    /// The least distance to the goal from which a shortest way may lead over a pending closure. The ways of junctions
    /// nearer than that are open.
    pub(super) fn open_below(&self) -> u64 {
        self.pending.iter().map(|pending| pending.tail).min().unwrap_or(u64::MAX)
    }

    /// The least distance to the goal from which a shortest way may lead over the segment.
    fn tail(&self, network: &Network, segment: SegmentId) -> u64 {
        let ticks = network.ticks(network.segment(segment).length_m());
        let tails = passages(network, segment).map(|(tail, head)| {
            let (tail, head) = (self.onward(tail).left, self.onward(head).left);
            if head + ticks == tail { tail } else { u64::MAX }
        });
        tails.min().unwrap_or(u64::MAX)
    }

    /// Begins anew with these goals.
    ///
    /// # Errors
    /// When the work was called off; the distances are then wrong.
    pub(super) fn build(
        &mut self,
        network: &Network,
        knowledge: &Knowledge,
        goals: &[Place],
        budget: &Budget,
    ) -> Result<(), Spent> {
        self.ends.clear();
        self.ends.extend(ways_in(network, knowledge, goals));
        self.onward.clear();
        self.onward.resize(network.state_count(), AWAY);
        self.states.clear();
        self.states.extend_from_slice(knowledge.states());
        self.closed.clear();
        self.closed.extend(knowledge.states().iter().map(|state| *state == SegmentState::Blocked));
        self.pending.clear();
        self.cut.clear();
        self.queue.clear();
        for i in 0..self.ends.len() {
            let end = self.ends[i];
            self.lower(end.junction, end_onward(network, &end));
        }
        self.settle(network, budget)
    }

    /// Takes in what has changed, closures as pending ones, unless more than `most` segments were closed or reopened,
    /// or a goal is reached in another way than before: then it does nothing.
    ///
    /// # Errors
    /// When the work was called off; the distances are then wrong.
    pub(super) fn update(
        &mut self,
        network: &Network,
        knowledge: &Knowledge,
        goals: &[Place],
        most: usize,
        budget: &Budget,
    ) -> Result<Fit, Spent> {
        if !ways_in(network, knowledge, goals).eq(self.ends.iter().copied()) {
            return Ok(Fit::None);
        }
        self.find_changes(knowledge.states());
        let was_blocked = |tree: &Self, segment: SegmentId| tree.states[segment.index()] == SegmentState::Blocked;
        let turned = |segment: &&SegmentId| knowledge.is_blocked(**segment) != was_blocked(self, **segment);
        if self.changed.iter().filter(turned).count() > most {
            return Ok(Fit::None);
        }
        let mut fit = Fit::Grown;
        for i in 0..self.changed.len() {
            let segment = self.changed[i];
            match (was_blocked(self, segment), knowledge.is_blocked(segment)) {
                (false, true) => self.pending.push(Pending { segment, tail: self.tail(network, segment) }),
                (true, false) => match self.pending.iter().position(|pending| pending.segment == segment) {
                    Some(position) => {
                        self.pending.swap_remove(position);
                        fit = Fit::Lifted;
                    }
                    None => self.reopen(network, segment),
                },
                _ => {}
            }
            self.states[segment.index()] = knowledge.state(segment);
        }
        if !self.queue.is_empty() {
            self.settle(network, budget)?;
            for i in 0..self.pending.len() {
                self.pending[i].tail = self.tail(network, self.pending[i].segment);
            }
        }
        Ok(fit)
    }

    /// Makes the distances those with the pending closures, unless so many junctions lose their ways that the tree is
    /// sooner built anew: then it returns false, and the distances are wrong.
    ///
    /// # Errors
    /// When the work was called off; the distances are then wrong.
    pub(super) fn take_in_closures(&mut self, network: &Network, budget: &Budget) -> Result<bool, Spent> {
        while let Some(Pending { segment, .. }) = self.pending.pop() {
            self.close(network, segment);
            if self.cut.len() > network.state_count() / WORTHWHILE_SHARE {
                self.cut.clear();
                return Ok(false);
            }
        }
        while let Some(junction) = self.cut.pop() {
            let best = self.best(network, junction);
            self.lower(junction, best);
        }
        self.settle(network, budget).map(|()| true)
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
        self.closed[segment.index()] = true;
        let mut next = self.cut.len();
        for (tail, head) in passages(network, segment) {
            self.cut_off(network, tail, segment, head);
        }
        while let Some(junction) = self.cut.get(next).copied() {
            next += 1;
            for way in network.arrivals(junction) {
                self.cut_off(network, way.other, way.segment, junction);
            }
        }
    }

    /// If a junction's way goes on by the segment to the other junction, finds another as short, or cuts it off.
    fn cut_off(&mut self, network: &Network, junction: StateIndex, segment: SegmentId, other: StateIndex) {
        let known = self.onward(junction);
        if (known.segment, known.other) != (segment.0, other.0) {
            return;
        }
        let best = self.best(network, junction);
        if best.left == known.left {
            self.onward[junction.index()] = best;
        } else {
            self.onward[junction.index()] = AWAY;
            self.cut.push(junction);
        }
    }

    /// The best way from a junction as far as its neighbours' ways are known.
    fn best(&self, network: &Network, junction: StateIndex) -> Onward {
        let open = network.departures(junction).filter(|way| !self.closed[way.segment.index()]);
        let onward = open.map(|way| Onward {
            left: self.onward(way.other).left + way.ticks,
            segment: way.segment.0,
            other: way.other.0,
        });
        let ends = self.ends.iter().filter(|end| end.junction == junction);
        onward.chain(ends.map(|end| end_onward(network, end))).min().unwrap_or(AWAY)
    }

    /// Opens a closed segment.
    fn reopen(&mut self, network: &Network, segment: SegmentId) {
        self.closed[segment.index()] = false;
        let ticks = network.ticks(network.segment(segment).length_m());
        for (tail, head) in passages(network, segment) {
            let left = self.onward(head).left + ticks;
            self.lower(tail, Onward { left, segment: segment.0, other: head.0 });
        }
    }

    /// Takes a way from a junction if it is better than the one known.
    fn lower(&mut self, junction: StateIndex, offered: Onward) {
        let known = &mut self.onward[junction.index()];
        if offered.left < known.left {
            self.queue.push(Reverse((offered.left, junction.0)));
        }
        if offered.left < FAR && offered < *known {
            *known = offered;
        }
    }

    /// Passes the distances that fell on to those for whom they matter.
    fn settle(&mut self, network: &Network, budget: &Budget) -> Result<(), Spent> {
        let mut settled = 0_usize;
        while let Some(Reverse((left, junction))) = self.queue.pop() {
            let junction = StateIndex(junction);
            if left != self.onward(junction).left {
                continue;
            }
            settled += 1;
            if settled.is_multiple_of(PATIENCE) && budget.is_cancelled() {
                return Err(Spent);
            }
            for way in network.arrivals(junction) {
                if !self.closed[way.segment.index()] {
                    let by = Onward { left: left + way.ticks, segment: way.segment.0, other: junction.0 };
                    self.lower(way.other, by);
                }
            }
        }
        Ok(())
    }
}

/// From which state to which the segment leads, in both directions.
fn passages(network: &Network, segment: SegmentId) -> impl Iterator<Item = (StateIndex, StateIndex)> {
    [Direction::Forward, Direction::Backward].into_iter().flat_map(move |direction| {
        let head = network.arrival(segment, direction);
        network.tails(segment, direction).map(move |tail| (tail, head))
    })
}

/// How the goals are reached, in their order.
fn ways_in(network: &Network, knowledge: &Knowledge, goals: &[Place]) -> impl Iterator<Item = Access> {
    goals.iter().flat_map(|goal| access::ways_in(network, Some(knowledge), *goal))
}

/// How a way goes on that has come to one of the ends of the goal's segment, or to the goal.
fn end_onward(network: &Network, end: &Access) -> Onward {
    Onward { left: end.ticks(network), segment: end.leg.map_or(NONE, |leg| leg.segment.0), other: NONE }
}
