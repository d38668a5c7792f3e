//! Which segments meet at a junction, in as few bytes as a search can do with.
//!
//! One list serves the searches forward and those backward: each segment is in it twice, once at each end, and whether it can be left
//! or reached there follows from its end and from whether it is one-way. The ticks follow from the length. An entry takes 16 bytes and a
//! junction 4, so a directed edge takes 16 and a junction's share where roads are two-way; and as no network has more than two
//! junctions a segment, it is 40 at most where all are one-way.

use super::{Direction, Incidence, Segment, ticks};
use crate::domain::ids::{NodeIndex, SegmentId};

/// The greatest number of segments: an entry has two bits for other things.
pub(super) const MOST_SEGMENTS: usize = 1 << 30;

/// Set at the segment's far end.
const AT_LAST: u32 = 1;
/// Set where the segment is one-way.
const ONEWAY: u32 = 2;

/// A segment as one of its ends sees it.
#[derive(Clone, Copy, Debug)]
struct Entry {
    length_m: f64,
    /// The junction at the other end.
    other: NodeIndex,
    /// The segment's number above two bits.
    segment: u32,
}

/// The segments at each junction.
#[derive(Clone, Debug)]
pub(super) struct Adjacency {
    /// Where each junction's entries begin, and where the last one's end.
    starts: Vec<u32>,
    entries: Vec<Entry>,
    ticks_per_metre: f64,
}

impl Adjacency {
    /// There must be no more than [`MOST_SEGMENTS`].
    pub(super) fn build(junction_count: usize, segments: &[Segment], ticks_per_metre: f64) -> Self {
        let mut starts = vec![0_u32; junction_count + 1];
        for segment in segments {
            starts[segment.first().index() + 1] += 1;
            starts[segment.last().index() + 1] += 1;
        }
        for i in 0..junction_count {
            starts[i + 1] += starts[i];
        }
        let nothing = Entry { length_m: 0.0, other: NodeIndex(0), segment: 0 };
        let mut entries = vec![nothing; starts[junction_count] as usize];
        // In the order of the segments, so that a junction's entries are, too. Each start goes on to where the next one was.
        for (number, segment) in (0_u32..).zip(segments) {
            let (first, last) = (segment.first(), segment.last());
            let ways = if segment.oneway { ONEWAY } else { 0 };
            for (at, other, end) in [(first, last, 0), (last, first, AT_LAST)] {
                let next = &mut starts[at.index()];
                entries[*next as usize] =
                    Entry { length_m: segment.length_m(), other, segment: (number << 2) | ways | end };
                *next += 1;
            }
        }
        starts.rotate_right(1);
        starts[0] = 0;
        Self { starts, entries, ticks_per_metre }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val(self.starts.as_slice()) + size_of_val(self.entries.as_slice())
    }

    fn of(&self, junction: NodeIndex) -> &[Entry] {
        let i = junction.index();
        &self.entries[self.starts[i] as usize..self.starts[i + 1] as usize]
    }

    /// The ways of leaving a junction, ordered by segment.
    #[inline]
    pub(super) fn outgoing(&self, junction: NodeIndex) -> impl Iterator<Item = Incidence> + Clone + use<'_> {
        let can_be_left = |entry: &&Entry| entry.segment & (ONEWAY | AT_LAST) != (ONEWAY | AT_LAST);
        self.of(junction).iter().filter(can_be_left).map(|entry| self.incidence(entry, entry.segment & AT_LAST != 0))
    }

    /// The ways of reaching a junction, ordered by segment.
    #[inline]
    pub(super) fn incoming(&self, junction: NodeIndex) -> impl Iterator<Item = Incidence> + Clone + use<'_> {
        let can_be_reached = |entry: &&Entry| entry.segment & (ONEWAY | AT_LAST) != ONEWAY;
        self.of(junction).iter().filter(can_be_reached).map(|entry| self.incidence(entry, entry.segment & AT_LAST == 0))
    }

    #[inline]
    fn incidence(&self, entry: &Entry, is_backward: bool) -> Incidence {
        let Entry { length_m, other, segment } = *entry;
        let direction = if is_backward { Direction::Backward } else { Direction::Forward };
        let ticks = ticks::ticks(length_m, self.ticks_per_metre);
        Incidence { segment: SegmentId(segment >> 2), direction, other, length_m, ticks }
    }
}
