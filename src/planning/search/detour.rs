//! The shortest way past closures that a goal's tree does not know of yet.
//!
//! A* (Hart, Nilsson, Raphael 1968) from the UGV forward, its lower bounds the tree's distances: they are exact but for
//! the junctions all of whose shortest ways the closures cut, so the search looks at hardly anything but those, and of
//! those only at such as a detour of the length that is needed can pass. (That earlier distances are the best bounds
//! for later searches is the idea of Adaptive A*: Koenig and Likhachev 2005.) A junction with an open shortest way is
//! not gone on from: the rest is read off the tree.
//!
//! As in [`super::astar`] the search goes on until every junction left promises more than the way found. The junctions
//! on shortest ways are then marked from their ends back, and the rule for ties chooses among them from the UGV on.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::astar::PATIENCE;
use super::goal_tree::{GoalTree, NONE};
use super::way::{FAR, Question, whole_leg};
use crate::domain::ids::{SegmentId, StateIndex};
use crate::domain::knowledge::Knowledge;
use crate::domain::network::{Leg, Network};
use crate::planning::budget::{Budget, Spent};

/// Whether a junction's distance in the tree is the true one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Ways {
    #[default]
    Unseen,
    /// It is: one of its shortest ways is open.
    Open,
    /// All of them are cut.
    Cut,
}

#[derive(Clone, Copy, Debug, Default)]
struct Label {
    /// The length of the way from the UGV.
    driven: u64,
    /// The search that wrote the label; those of earlier searches count for nothing.
    generation: u32,
    ways: Ways,
    settled: bool,
    /// Whether a shortest way leads over the junction.
    marked: bool,
}

/// Labels and queues, kept from search to search: nothing is allocated once these have grown to the network's size.
#[derive(Debug, Default)]
pub(super) struct Detour {
    labels: Vec<Label>,
    generation: u32,
    /// Lower bound of the whole way, then the junction.
    queue: BinaryHeap<Reverse<(u64, u32)>>,
    /// The bound of the junction settled last, and those of the same bound, which need no queue: along what was the shortest way
    /// until now, all have the same.
    bound: u64,
    now: Vec<u32>,
    /// Settled junctions whose ways are open.
    exits: Vec<StateIndex>,
    stack: Vec<StateIndex>,
    /// How many junctions the latest search settled whose ways are cut.
    settled: usize,
}

/// What one search is about.
#[derive(Clone, Copy)]
pub(super) struct Task<'a> {
    pub(super) network: &'a Network,
    pub(super) knowledge: &'a Knowledge,
    /// Of the question's goals, and fit for the knowledge.
    pub(super) tree: &'a GoalTree,
    pub(super) question: &'a Question,
}

impl Detour {
    /// Writes the legs of the shortest way, and returns whether there is one.
    ///
    /// # Errors
    /// When the work was called off.
    pub(super) fn search(&mut self, task: Task<'_>, budget: &Budget, legs: &mut Vec<Leg>) -> Result<bool, Spent> {
        let Task { network, knowledge, tree, question } = task;
        let open_below = tree.open_below();
        let mut shortest = question.direct_ticks(network);
        self.begin(network.state_count());
        for start in question.starts() {
            self.offer(tree, start.junction, start.ticks(network));
        }
        while let Some((bound, junction)) = self.next() {
            if bound > shortest {
                break;
            }
            let junction = StateIndex(junction);
            let label = self.label(junction);
            if std::mem::replace(&mut label.settled, true) {
                continue;
            }
            let driven = label.driven;
            if self.is_open(task, open_below, junction) {
                shortest = bound;
                self.exits.push(junction);
                continue;
            }
            self.settled += 1;
            if self.settled.is_multiple_of(PATIENCE) && budget.is_cancelled() {
                return Err(Spent);
            }
            for end in question.ends().filter(|end| end.junction == junction) {
                shortest = shortest.min(driven + end.ticks(network));
            }
            for way in network.departures(junction) {
                if !knowledge.is_blocked(way.segment) {
                    self.offer(tree, way.other, driven + way.ticks);
                }
            }
        }
        legs.clear();
        if shortest >= FAR {
            return Ok(false);
        }
        if shortest == question.direct_ticks(network) {
            legs.extend(question.direct());
            return Ok(true);
        }
        self.mark(task, shortest);
        self.write(task, open_below, shortest, legs);
        Ok(true)
    }

    /// How many junctions the latest search settled whose ways are cut.
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
        self.now.clear();
        self.bound = 0;
        self.exits.clear();
        self.settled = 0;
    }

    /// A junction of the least bound.
    fn next(&mut self) -> Option<(u64, u32)> {
        if let Some(junction) = self.now.pop() {
            return Some((self.bound, junction));
        }
        let Reverse((bound, junction)) = self.queue.pop()?;
        self.bound = bound;
        Some((bound, junction))
    }

    fn label(&mut self, junction: StateIndex) -> &mut Label {
        let label = &mut self.labels[junction.index()];
        if label.generation != self.generation {
            *label = Label { driven: FAR, generation: self.generation, ..Label::default() };
        }
        label
    }

    /// Takes a way to a junction if it is shorter than the one known.
    fn offer(&mut self, tree: &GoalTree, junction: StateIndex, driven: u64) {
        let left = tree.onward(junction).left;
        let label = self.label(junction);
        if left < FAR && driven < label.driven {
            label.driven = driven;
            match driven + left {
                bound if bound == self.bound => self.now.push(junction.0),
                bound => self.queue.push(Reverse((bound, junction.0))),
            }
        }
    }

    /// Whether one of the shortest ways that the tree has for the junction is open. The answer is kept for all
    /// junctions that were gone over to find it.
    fn is_open(&mut self, task: Task<'_>, open_below: u64, junction: StateIndex) -> bool {
        let Task { network, knowledge, tree, question } = task;
        self.stack.clear();
        self.stack.push(junction);
        'next: while let Some(junction) = self.stack.last().copied() {
            let onward = tree.onward(junction);
            if self.label(junction).ways == Ways::Unseen {
                let here = question.ends().any(|end| end.junction == junction && end.ticks(network) == onward.left);
                let mut ways = if here || onward.left < open_below { Ways::Open } else { Ways::Cut };
                if ways == Ways::Cut {
                    // Most have one shortest way: it is looked at first.
                    if onward.other != NONE && !knowledge.is_blocked(SegmentId(onward.segment)) {
                        let other = StateIndex(onward.other);
                        match self.label(other).ways {
                            Ways::Unseen => {
                                self.stack.push(other);
                                continue 'next;
                            }
                            seen => ways = seen,
                        }
                    }
                }
                if ways == Ways::Cut {
                    for way in network.departures(junction) {
                        let is_shortest = tree.onward(way.other).left + way.ticks == onward.left;
                        if is_shortest && !knowledge.is_blocked(way.segment) {
                            match self.label(way.other).ways {
                                Ways::Unseen => {
                                    self.stack.push(way.other);
                                    continue 'next;
                                }
                                Ways::Open => {
                                    ways = Ways::Open;
                                    break;
                                }
                                Ways::Cut => {}
                            }
                        }
                    }
                }
                self.label(junction).ways = ways;
            }
            self.stack.pop();
        }
        self.label(junction).ways == Ways::Open
    }

    /// Marks the junctions that shortest ways lead over, up to where they can be read off the tree.
    fn mark(&mut self, task: Task<'_>, shortest: u64) {
        let Task { network, knowledge, tree, question } = task;
        self.stack.clear();
        while let Some(junction) = self.exits.pop() {
            if self.label(junction).driven + tree.onward(junction).left == shortest {
                self.label(junction).marked = true;
                self.stack.push(junction);
            }
        }
        for end in question.ends() {
            let label = self.label(end.junction);
            if label.settled && !label.marked && label.driven + end.ticks(network) == shortest {
                label.marked = true;
                self.stack.push(end.junction);
            }
        }
        while let Some(junction) = self.stack.pop() {
            let driven = self.label(junction).driven;
            for way in network.arrivals(junction) {
                let label = self.label(way.other);
                if label.settled
                    && label.ways == Ways::Cut
                    && !label.marked
                    && label.driven + way.ticks == driven
                    && !knowledge.is_blocked(way.segment)
                {
                    label.marked = true;
                    self.stack.push(way.other);
                }
            }
        }
    }

    /// Writes the way over marked junctions, then that of the tree.
    fn write(&mut self, task: Task<'_>, open_below: u64, shortest: u64, legs: &mut Vec<Leg>) {
        let Task { network, knowledge, tree, question } = task;
        let is_first = |detour: &mut Self, junction, ticks| {
            let label = detour.label(junction);
            label.marked && label.driven == ticks
        };
        let Some(start) = question.starts().find(|start| is_first(self, start.junction, start.ticks(network))) else {
            debug_assert!(false, "no shortest way begins where the UGV is");
            return;
        };
        legs.extend(start.leg);
        let mut junction = start.junction;
        loop {
            if tree.onward(junction).left < open_below {
                follow(task, junction, legs);
                return;
            }
            let Label { driven, ways, .. } = *self.label(junction);
            let left = if ways == Ways::Cut { shortest - driven } else { tree.onward(junction).left };
            if left == 0 {
                return;
            }
            // Mostly the tree's own way is open: it is the first by the rule for ties.
            let onward = tree.onward(junction);
            if ways == Ways::Open && onward.other != NONE && !knowledge.is_blocked(SegmentId(onward.segment)) {
                let other = StateIndex(onward.other);
                let way = network.departures(junction).find(|way| way.segment.0 == onward.segment);
                if let Some(way) = way.filter(|_| self.is_open(task, open_below, other)) {
                    legs.push(whole_leg(way));
                    junction = other;
                    continue;
                }
            }
            let end = question.end_at(network, junction, left);
            let way = network.departures(junction).find(|way| {
                !knowledge.is_blocked(way.segment)
                    && if ways == Ways::Cut {
                        is_first(self, way.other, driven + way.ticks)
                    } else {
                        tree.onward(way.other).left + way.ticks == left && self.is_open(task, open_below, way.other)
                    }
            });
            match (end, way) {
                (Some(leg), way) if way.is_none_or(|way| leg.segment < way.segment) => {
                    legs.push(leg);
                    return;
                }
                (_, Some(way)) => {
                    legs.push(whole_leg(way));
                    junction = way.other;
                }
                _ => {
                    debug_assert!(false, "the way ends before the goal");
                    return;
                }
            }
        }
    }
}

/// Writes the tree's way from a junction on, none of whose shortest ways is cut: it is the first by the rule for ties.
fn follow(task: Task<'_>, mut junction: StateIndex, legs: &mut Vec<Leg>) {
    let Task { network, tree, question, .. } = task;
    loop {
        let onward = tree.onward(junction);
        if onward.left == 0 {
            return;
        }
        if onward.other == NONE {
            legs.extend(question.end_at(network, junction, onward.left));
            return;
        }
        let Some(way) = network.departures(junction).find(|way| way.segment.0 == onward.segment) else {
            debug_assert!(false, "the tree leads along a segment that is not there");
            return;
        };
        legs.push(whole_leg(way));
        junction = way.other;
    }
}
