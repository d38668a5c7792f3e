//! What is known of the segments that anything was ever said about, kept so that copies and changes of them are cheap.

use std::sync::Arc;

use super::ids::SegmentId;
use super::knowledge::SegmentKnowledge;

/// How many segments share a shelf.
const SHELF: usize = 8;
/// How many shelves share a rack.
const RACK: usize = 16;

type Shelf = [Option<SegmentKnowledge>; SHELF];
type Rack = [Option<Arc<Shelf>>; RACK];

/// A map by segment in racks of shelves, which copies share until one of them writes to it. A mission is copied for every few reports,
/// so both count: a copy costs a count a rack, and the first change of one copies a rack and a shelf.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Details {
    racks: Vec<Option<Arc<Rack>>>,
}

impl Details {
    /// Nothing said of any of `segment_count` segments.
    pub(super) fn of_none(segment_count: usize) -> Self {
        Self { racks: vec![None; segment_count.div_ceil(SHELF * RACK)] }
    }

    /// What is known of the segment; `None` if nothing was ever said about it.
    pub(super) fn get(&self, segment: SegmentId) -> Option<&SegmentKnowledge> {
        let (rack, shelf, place) = place_of(segment);
        self.racks.get(rack)?.as_ref()?.get(shelf)?.as_ref()?.get(place)?.as_ref()
    }

    /// What is known of the segment, to be changed.
    pub(super) fn edit(&mut self, segment: SegmentId) -> &mut SegmentKnowledge {
        let (rack, shelf, place) = place_of(segment);
        let rack = Arc::make_mut(self.racks[rack].get_or_insert_default());
        let shelf = Arc::make_mut(rack[shelf].get_or_insert_default());
        shelf[place].get_or_insert_default()
    }

    /// The segments that anything was ever said about, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = (SegmentId, &SegmentKnowledge)> {
        let racks = self.racks.iter().enumerate().filter_map(|(i, rack)| Some((i * RACK, rack.as_ref()?)));
        let shelves = racks.flat_map(|(first, rack)| {
            rack.iter().enumerate().filter_map(move |(i, shelf)| Some(((first + i) * SHELF, shelf.as_ref()?)))
        });
        shelves.flat_map(|(first, shelf)| {
            shelf
                .iter()
                .enumerate()
                .filter_map(move |(i, known)| Some((SegmentId((first + i) as u32), known.as_ref()?)))
        })
    }
}

/// The rack, the shelf in it, and the place on that.
fn place_of(segment: SegmentId) -> (usize, usize, usize) {
    let index = segment.index();
    (index / (SHELF * RACK), index / SHELF % RACK, index % SHELF)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::domain::timestamp::Timestamp;

    proptest! {
        #[test]
        fn what_was_written_is_found_in_order_and_copies_do_not_disturb_each_other(
            edits in prop::collection::vec((0..600_u32, 0..1_000_i64), 0..60), copied_after in 0..60_usize
        ) {
            let (mut details, mut expected) = (Details::of_none(600), BTreeMap::new());
            let mut copy = (details.clone(), expected.clone());
            for (i, (segment, second)) in edits.into_iter().enumerate() {
                if i == copied_after {
                    copy = (details.clone(), expected.clone());
                }
                let at = Timestamp::from_unix_micros(second);
                details.edit(SegmentId(segment)).reopened_at = at;
                expected.insert(SegmentId(segment), at);
            }
            for (details, expected) in [(details, expected), copy] {
                let all: Vec<_> = details.iter().map(|(segment, known)| (segment, known.reopened_at)).collect();
                prop_assert_eq!(all, expected.iter().map(|(segment, at)| (*segment, *at)).collect::<Vec<_>>());
                for segment in (0..600).map(SegmentId) {
                    let known = details.get(segment).map(|known| known.reopened_at);
                    prop_assert_eq!(known, expected.get(&segment).copied());
                }
            }
        }
    }
}
