//! What is known of the segments that anything was ever said about, kept so that copies are cheap.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::ids::SegmentId;
use super::knowledge::SegmentKnowledge;

/// How many segments share a shelf: a change of a copy copies one shelf, a copy costs a count a shelf.
const SHELF: usize = 128;

/// A map by segment in shelves, which copies share until one of them writes to it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Details {
    shelves: Vec<Option<Arc<BTreeMap<SegmentId, SegmentKnowledge>>>>,
}

impl Details {
    /// Nothing said of any of `segment_count` segments.
    pub(super) fn of_none(segment_count: usize) -> Self {
        Self { shelves: vec![None; segment_count.div_ceil(SHELF)] }
    }

    /// What is known of the segment; `None` if nothing was ever said about it.
    pub(super) fn get(&self, segment: SegmentId) -> Option<&SegmentKnowledge> {
        self.shelves.get(segment.index() / SHELF)?.as_ref()?.get(&segment)
    }

    /// What is known of the segment, to be changed.
    pub(super) fn edit(&mut self, segment: SegmentId) -> &mut SegmentKnowledge {
        let shelf = self.shelves[segment.index() / SHELF].get_or_insert_default();
        Arc::make_mut(shelf).entry(segment).or_default()
    }

    /// The segments that anything was ever said about, ascending.
    pub(super) fn iter(&self) -> impl Iterator<Item = (SegmentId, &SegmentKnowledge)> {
        self.shelves.iter().flatten().flat_map(|shelf| shelf.iter().map(|(segment, known)| (*segment, known)))
    }
}
