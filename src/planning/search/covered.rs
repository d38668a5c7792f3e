//! Which ground a way covers, to compare ways with each other.

use std::collections::BTreeMap;

use crate::domain::ids::SegmentId;
use crate::domain::network::Leg;

/// Parts of segments, by segment, in metres from its first end: apart from each other and in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Covered(BTreeMap<SegmentId, Vec<(f64, f64)>>);

impl Covered {
    pub(super) fn by(legs: &[Leg]) -> Self {
        let mut covered = Self::default();
        covered.add(legs);
        covered
    }

    pub(super) fn add(&mut self, legs: &[Leg]) {
        for leg in legs {
            let (mut low_m, mut high_m) = ends(leg);
            let parts = self.0.entry(leg.segment).or_default();
            parts.retain(|(low, high)| {
                let is_apart = *high < low_m || *low > high_m;
                if !is_apart {
                    (low_m, high_m) = (low_m.min(*low), high_m.max(*high));
                }
                is_apart
            });
            let place = parts.partition_point(|(low, _)| *low < low_m);
            parts.insert(place, (low_m, high_m));
        }
    }

    pub(super) fn has(&self, segment: SegmentId) -> bool {
        self.0.contains_key(&segment)
    }

    /// How many metres of the legs lie on it.
    pub(super) fn shared_m(&self, legs: &[Leg]) -> f64 {
        let of = |leg: &Leg| {
            let (low_m, high_m) = ends(leg);
            let parts = self.0.get(&leg.segment).into_iter().flatten();
            parts.map(|(low, high)| (high_m.min(*high) - low_m.max(*low)).max(0.0)).sum::<f64>()
        };
        legs.iter().map(of).sum()
    }
}

fn ends(leg: &Leg) -> (f64, f64) {
    (leg.from_m.min(leg.to_m), leg.from_m.max(leg.to_m))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leg(segment: u32, from_m: f64, to_m: f64) -> Leg {
        Leg { segment: SegmentId(segment), from_m, to_m }
    }

    #[test]
    fn ground_that_is_covered_twice_counts_once() {
        let mut covered = Covered::by(&[leg(3, 10.0, 0.0), leg(3, 40.0, 60.0)]);
        covered.add(&[leg(3, 5.0, 20.0), leg(4, 0.0, 7.0)]);
        assert_eq!(covered.0[&SegmentId(3)], [(0.0, 20.0), (40.0, 60.0)]);
        assert_eq!(covered.shared_m(&[leg(3, 100.0, 0.0), leg(4, 3.0, 5.0), leg(5, 0.0, 9.0)]), 42.0);
        assert!(covered.has(SegmentId(4)) && !covered.has(SegmentId(5)));
        covered.add(&[leg(3, 20.0, 40.0)]);
        assert_eq!(covered.0[&SegmentId(3)], [(0.0, 60.0)]);
    }
}
