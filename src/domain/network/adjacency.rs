//! Which segments meet at a junction, in as few bytes as a search can do with.
//!
//! One list serves the searches forward and those backward: each segment is in it twice, once at each end, and whether it can be left
//! or reached there follows from its end and from whether it is one-way. The ticks follow from the length. An entry takes 16 bytes and a
//! junction 4, so a directed edge takes 16 and a junction's share where roads are two-way; and as no network has more than two
//! junctions a segment, it is 40 at most where all are one-way.
//!
//! Where turns are forbidden, the junctions' further states follow with entries of their own, and a segment can be in a list more than
//! once: to be left into one state, and to be reached from several.

use super::turns::Turns;
use super::{Direction, Incidence, Segments, ticks};
use crate::domain::ids::{NodeIndex, SegmentId, StateIndex};

/// The greatest number of segments: an entry has four bits for other things.
pub(super) const MOST_SEGMENTS: usize = 1 << 28;

/// Set at the segment's far end.
const AT_LAST: u32 = 1;
/// Set where the segment is one-way.
const ONEWAY: u32 = 2;
/// Set where the segment cannot be left to from here.
const NO_LEAVING: u32 = 4;
/// Set where nobody comes here by the segment.
const NO_COMING: u32 = 8;
/// How many bits there are below the segment's number.
const BITS: u32 = 4;

/// A segment as one of its ends sees it.
#[derive(Clone, Copy, Debug)]
struct Entry {
    length_m: f64,
    /// The state at the other end.
    other: StateIndex,
    /// The segment's number above four bits.
    segment: u32,
}

/// The segments at each state, the junctions first.
#[derive(Clone, Debug)]
pub(super) struct Adjacency {
    /// Where each junction's entries begin, and where the last one's end.
    starts: Vec<u32>,
    entries: Vec<Entry>,
    ticks_per_metre: f64,
}

impl Adjacency {
    /// There must be no more than [`MOST_SEGMENTS`].
    pub(super) fn build(junction_count: usize, segments: Segments<'_>, ticks_per_metre: f64, turns: &Turns) -> Self {
        let junctions = Self::of_junctions(junction_count, segments, ticks_per_metre);
        if turns.bound_count() == 0 { junctions } else { junctions.with_states(junction_count, segments, turns) }
    }

    fn of_junctions(junction_count: usize, segments: Segments<'_>, ticks_per_metre: f64) -> Self {
        let mut starts = vec![0_u32; junction_count + 1];
        for segment in segments.iter() {
            starts[segment.first().index() + 1] += 1;
            starts[segment.last().index() + 1] += 1;
        }
        for i in 0..junction_count {
            starts[i + 1] += starts[i];
        }
        let nothing = Entry { length_m: 0.0, other: StateIndex(0), segment: 0 };
        let mut entries = vec![nothing; starts[junction_count] as usize];
        // In the order of the segments, so that a junction's entries are, too. Each start goes on to where the next one was.
        for (number, segment) in (0_u32..).zip(segments.iter()) {
            let (first, last) = (segment.first(), segment.last());
            let at_first = if segment.oneway { ONEWAY | NO_COMING } else { 0 };
            let at_last = AT_LAST | if segment.oneway { ONEWAY | NO_LEAVING } else { 0 };
            for (at, other, bits) in [(first, last, at_first), (last, first, at_last)] {
                let next = &mut starts[at.index()];
                let other = StateIndex(other.0);
                entries[*next as usize] =
                    Entry { length_m: segment.length_m(), other, segment: (number << BITS) | bits };
                *next += 1;
            }
        }
        starts.rotate_right(1);
        starts[0] = 0;
        Self { starts, entries, ticks_per_metre }
    }

    /// The same with the states that follow from forbidden turns.
    fn with_states(self, junction_count: usize, segments: Segments<'_>, turns: &Turns) -> Self {
        let state = |bound: usize| (junction_count + bound) as u32;
        let mut starts = vec![0];
        let mut entries = Vec::with_capacity(self.entries.len());
        for here in 0..state(turns.bound_count()) {
            let bound = (here as usize).checked_sub(junction_count);
            let junction = bound.map_or(NodeIndex(here), |bound| turns.node(bound));
            for entry in self.of(StateIndex(junction.0)) {
                let segment = SegmentId(entry.segment >> BITS);
                let (leaving, coming) = if entry.segment & AT_LAST == 0 {
                    (Direction::Forward, Direction::Backward)
                } else {
                    (Direction::Backward, Direction::Forward)
                };
                let may_leave = entry.segment & NO_LEAVING == 0
                    && !bound.is_some_and(|bound| turns.forbids(bound, segment, leaving));
                let comes_here = entry.segment & NO_COMING == 0 && turns.arrival(segment, coming) == bound;
                let next = turns.arrival(segment, leaving).map_or(entry.other, |bound| StateIndex(state(bound)));
                let from = turns.tails(segments, junction_count, segment, coming).filter(|_| comes_here);
                let known = entry.segment & !(NO_LEAVING | NO_COMING);
                let mut push = |other, bits| entries.push(Entry { other, segment: known | bits, ..*entry });
                // Each junction has an entry for each of its segments, even if that neither leads here nor away.
                let is_both = from.clone().any(|other| other == next);
                if may_leave || bound.is_none() {
                    let leaving = if may_leave { 0 } else { NO_LEAVING };
                    push(next, leaving | if is_both { 0 } else { NO_COMING });
                }
                for other in from.filter(|other| *other != next || !(may_leave || bound.is_none())) {
                    push(other, NO_LEAVING);
                }
            }
            starts.push(entries.len() as u32);
        }
        entries.shrink_to_fit();
        Self { starts, entries, ..self }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val(self.starts.as_slice()) + size_of_val(self.entries.as_slice())
    }

    fn of(&self, state: StateIndex) -> &[Entry] {
        let i = state.index();
        &self.entries[self.starts[i] as usize..self.starts[i + 1] as usize]
    }

    /// The ways of leaving a state, ordered by segment.
    #[inline]
    pub(super) fn departures(
        &self,
        state: StateIndex,
    ) -> impl Iterator<Item = Incidence<StateIndex>> + Clone + use<'_> {
        let can_be_left = |entry: &&Entry| entry.segment & NO_LEAVING == 0;
        self.of(state).iter().filter(can_be_left).map(|entry| self.incidence(entry, entry.segment & AT_LAST != 0))
    }

    /// The ways of reaching a state, ordered by segment.
    #[inline]
    pub(super) fn arrivals(&self, state: StateIndex) -> impl Iterator<Item = Incidence<StateIndex>> + Clone + use<'_> {
        let can_be_reached = |entry: &&Entry| entry.segment & NO_COMING == 0;
        self.of(state).iter().filter(can_be_reached).map(|entry| self.incidence(entry, entry.segment & AT_LAST == 0))
    }

    /// The ways of reaching a junction in any state, ordered by segment, each once; `other` is any state of the junction at its other
    /// end.
    pub(super) fn incoming(
        &self,
        junction: NodeIndex,
    ) -> impl Iterator<Item = Incidence<StateIndex>> + Clone + use<'_> {
        let of = self.of(StateIndex(junction.0));
        let end = |entry: &Entry| entry.segment & !(NO_LEAVING | NO_COMING);
        let is_first = move |i: usize| i == 0 || end(&of[i - 1]) != end(&of[i]);
        let leads_here = |entry: &&Entry| entry.segment & (ONEWAY | AT_LAST) != ONEWAY;
        let firsts = of.iter().enumerate().filter(move |(i, _)| is_first(*i)).map(|(_, entry)| entry);
        firsts.filter(leads_here).map(|entry| self.incidence(entry, entry.segment & AT_LAST == 0))
    }

    #[inline]
    fn incidence(&self, entry: &Entry, is_backward: bool) -> Incidence<StateIndex> {
        let Entry { length_m, other, segment } = *entry;
        let direction = if is_backward { Direction::Backward } else { Direction::Forward };
        let ticks = ticks::ticks(length_m, self.ticks_per_metre);
        Incidence { segment: SegmentId(segment >> BITS), direction, other, length_m, ticks }
    }
}
