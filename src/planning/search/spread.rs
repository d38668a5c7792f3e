//! The distances of junctions from one place, and the shortest ways there.
//!
//! One Dijkstra (1959) forward from the place, as far as a limit, over the segments that the caller calls open. Of
//! equally short ways to a junction the one whose last segment has the lowest id counts.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::access::{self, Access};
use super::way::FAR;
use crate::domain::ids::{SegmentId, StateIndex};
use crate::domain::knowledge::Knowledge;
use crate::domain::network::{Direction, Leg, Network, Place};
use crate::planning::budget::{Budget, Spent};

/// How the shortest way comes to a junction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Last {
    /// From the place itself, by one of the ways of leaving it.
    Start(u8),
    /// Along all of a segment.
    Segment(SegmentId, Direction),
}

#[derive(Clone, Copy, Debug)]
struct Label {
    /// The distance, `FAR` where there is no way within the limit.
    ticks: u64,
    last: Last,
}

/// The distances from one place.
#[derive(Debug)]
pub(super) struct Spread<'a> {
    network: &'a Network,
    starts: [Option<Access>; 2],
    labels: Vec<Label>,
    /// The junctions whose distance is known, nearest first.
    settled: Vec<StateIndex>,
}

/// Over what and how far.
pub(super) struct Extent<O, E> {
    /// Which segments may be entered.
    pub(super) is_open: O,
    /// Junctions further away than that are left out.
    pub(super) most_ticks: u64,
    /// Told each junction when its distance is known; the search ends when it says so.
    pub(super) is_enough: E,
}

impl<'a> Spread<'a> {
    /// Measures from a place. What the UGV stands on it may leave as far as the knowledge lets it.
    ///
    /// # Errors
    /// When the budget ends first.
    pub(super) fn measure(
        network: &'a Network,
        knowledge: &Knowledge,
        from: Place,
        extent: Extent<impl Fn(SegmentId) -> bool, impl FnMut(StateIndex) -> bool>,
        budget: &mut Budget,
    ) -> Result<Self, Spent> {
        let Extent { is_open, most_ticks, mut is_enough } = extent;
        let starts = access::ways_out(network, Some(knowledge), from);
        let labels = vec![Label { ticks: FAR, last: Last::Start(0) }; network.state_count()];
        let mut spread = Self { network, starts, labels, settled: Vec::new() };
        let mut queue = BinaryHeap::new();
        for (i, start) in (0_u8..).zip(&starts) {
            if let Some(start) = start.filter(|start| start.ticks(network) <= most_ticks) {
                spread.offer(start.junction, start.ticks(network), Last::Start(i), &mut queue);
            }
        }
        while let Some(Reverse((ticks, junction))) = queue.pop() {
            if ticks > spread.labels[junction as usize].ticks {
                continue;
            }
            budget.step()?;
            let junction = StateIndex(junction);
            spread.settled.push(junction);
            if is_enough(junction) {
                break;
            }
            for way in network.departures(junction) {
                let offered = ticks + way.ticks;
                if offered <= most_ticks && is_open(way.segment) {
                    spread.offer(way.other, offered, Last::Segment(way.segment, way.direction), &mut queue);
                }
            }
        }
        Ok(spread)
    }

    fn offer(&mut self, junction: StateIndex, ticks: u64, last: Last, queue: &mut BinaryHeap<Reverse<(u64, u32)>>) {
        let known = &mut self.labels[junction.index()];
        if ticks < known.ticks {
            *known = Label { ticks, last };
            queue.push(Reverse((ticks, junction.0)));
        } else if ticks == known.ticks && last < known.last {
            known.last = last;
        }
    }

    /// The junctions whose distance is known, nearest first.
    pub(super) fn settled(&self) -> &[StateIndex] {
        &self.settled
    }

    /// The distance of a junction; `FAR` if it is further than the limit, or further than the search went on. That of
    /// one that was not settled may be too large.
    pub(super) fn ticks(&self, junction: StateIndex) -> u64 {
        self.labels[junction.index()].ticks
    }

    /// How the shortest way comes to a junction that has a distance.
    pub(super) fn last(&self, junction: StateIndex) -> Last {
        self.labels[junction.index()].last
    }

    /// The junction before, on the shortest way to one that has a distance.
    pub(super) fn before(&self, junction: StateIndex) -> Option<StateIndex> {
        match self.last(junction) {
            Last::Start(_) => None,
            Last::Segment(segment, direction) => {
                // Of several states at its beginning that from which the way is so long; the first, if they are equals.
                self.network.tails(segment, direction).min_by_key(|state| self.ticks(*state))
            }
        }
    }

    /// The legs of the shortest way to a junction that has a distance.
    pub(super) fn legs_to(&self, junction: StateIndex) -> Vec<Leg> {
        let mut legs = Vec::new();
        let mut at = Some(junction);
        while let Some(junction) = at {
            match self.last(junction) {
                Last::Start(i) => legs.extend(self.starts[usize::from(i)].and_then(|start| start.leg)),
                Last::Segment(segment, direction) => legs.push(self.network.whole_leg(segment, direction)),
            }
            at = self.before(junction);
        }
        legs.reverse();
        legs
    }
}
