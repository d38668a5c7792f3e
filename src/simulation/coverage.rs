//! Which parts of which segments a vehicle has gone along.

use std::collections::BTreeMap;

use crate::domain::ids::SegmentId;

/// Parts that are this close together are one: sums of offsets are rounded. Far smaller than the gap that the UGV
/// leaves on both sides of a blockage.
const JOINED_M: f64 = 1e-9;

/// The travelled parts of segments, for one vehicle.
#[derive(Clone, Debug, Default)]
pub(super) struct Coverage {
    /// Disjoint intervals, ascending.
    parts: BTreeMap<SegmentId, Vec<(f64, f64)>>,
}

impl Coverage {
    /// Adds a travelled part.
    pub(super) fn add(&mut self, segment: SegmentId, from_m: f64, to_m: f64) {
        let (mut low_m, mut high_m) = (from_m.min(to_m), from_m.max(to_m));
        let parts = self.parts.entry(segment).or_default();
        parts.retain(|(other_low_m, other_high_m)| {
            let apart = *other_low_m > high_m + JOINED_M || *other_high_m < low_m - JOINED_M;
            if !apart {
                (low_m, high_m) = (low_m.min(*other_low_m), high_m.max(*other_high_m));
            }
            apart
        });
        let position = parts.partition_point(|(other_low_m, _)| *other_low_m < low_m);
        parts.insert(position, (low_m, high_m));
    }

    /// Forgets a segment, because it is not what it was.
    pub(super) fn forget(&mut self, segment: SegmentId) {
        self.parts.remove(&segment);
    }

    /// Whether all of a segment of that length was travelled.
    pub(super) fn is_whole(&self, segment: SegmentId, length_m: f64) -> bool {
        self.parts.get(&segment).is_some_and(
            |parts| matches!(parts[..], [(low_m, high_m)] if low_m <= JOINED_M && high_m >= length_m - JOINED_M),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_whole_once_its_parts_join() {
        let (mut coverage, segment) = (Coverage::default(), SegmentId(3));
        coverage.add(segment, 0.0, 40.0);
        coverage.add(segment, 100.0, 60.0);
        assert!(!coverage.is_whole(segment, 100.0));
        coverage.add(segment, 50.0, 60.0);
        assert!(!coverage.is_whole(segment, 100.0));
        coverage.add(segment, 40.0, 50.0);
        assert!(coverage.is_whole(segment, 100.0));
        coverage.forget(segment);
        assert!(!coverage.is_whole(segment, 100.0));
    }

    #[test]
    fn the_two_sides_of_a_blockage_never_join() {
        let (mut coverage, segment) = (Coverage::default(), SegmentId(0));
        coverage.add(segment, 0.0, 50.0 - 1e-7);
        coverage.add(segment, 100.0, 50.0 + 1e-7);
        assert!(!coverage.is_whole(segment, 100.0));
    }
}
