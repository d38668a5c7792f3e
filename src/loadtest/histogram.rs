//! Durations counted in buckets that are at most 1.6 % wide, so that an hour of them takes no more room than a second.
//!
//! The buckets are those of HdrHistogram: every power of two of nanoseconds is divided into 64 equal parts. A quantile is
//! the upper edge of its bucket (never told too small), the largest value is kept exactly. Recording is one addition to an atomic
//! counter: any number of tasks share one histogram without waiting for each other.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::Serialize;

/// Parts of each power of two, as a power of two.
const PART_BITS: u32 = 6;
/// Values are cut at 2^42 ns, which is more than an hour.
const TOP_BITS: u32 = 42;
const BUCKETS: usize = ((TOP_BITS - PART_BITS + 1) as usize) << PART_BITS;

/// Counts of durations.
#[derive(Debug)]
pub(super) struct Histogram {
    buckets: Box<[AtomicU64]>,
    sum_ns: AtomicU64,
    max_ns: AtomicU64,
}

/// What is told of many durations, in milliseconds. All of them are 0 when there was none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// How many there were.
    pub count: u64,
    /// Their mean.
    pub mean_ms: f64,
    /// Half of them took no longer.
    pub p50_ms: f64,
    /// Nine in ten took no longer.
    pub p90_ms: f64,
    /// 99 in 100 took no longer.
    pub p99_ms: f64,
    /// 999 in 1,000 took no longer.
    pub p999_ms: f64,
    /// The longest.
    pub max_ms: f64,
}

impl Default for Histogram {
    fn default() -> Self {
        let buckets = (0..BUCKETS).map(|_| AtomicU64::new(0)).collect();
        Self { buckets, sum_ns: AtomicU64::new(0), max_ns: AtomicU64::new(0) }
    }
}

fn bucket_of(ns: u64) -> usize {
    let bits = u64::BITS - ns.leading_zeros();
    let shift = bits.saturating_sub(PART_BITS + 1);
    // Below 2^7 every value has a bucket; above, the leading seven bits choose one.
    (((shift as usize) << PART_BITS) + (ns >> shift) as usize).min(BUCKETS - 1)
}

/// The largest value that falls into the bucket.
fn upper_edge_ns(bucket: usize) -> u64 {
    let parts = 1_usize << PART_BITS;
    if bucket < 2 * parts {
        return bucket as u64;
    }
    let shift = (bucket >> PART_BITS) - 1;
    let leading = (bucket - (shift << PART_BITS)) as u64;
    ((leading + 1) << shift) - 1
}

impl Histogram {
    /// Counts one duration.
    pub(super) fn record(&self, took: Duration) {
        let ns = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        if let Some(bucket) = self.buckets.get(bucket_of(ns)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
        self.sum_ns.fetch_add(ns, Ordering::Relaxed);
        self.max_ns.fetch_max(ns, Ordering::Relaxed);
    }

    /// Counts all that another one has counted.
    pub(super) fn add(&self, other: &Histogram) {
        for (ours, theirs) in self.buckets.iter().zip(&other.buckets) {
            ours.fetch_add(theirs.load(Ordering::Relaxed), Ordering::Relaxed);
        }
        self.sum_ns.fetch_add(other.sum_ns.load(Ordering::Relaxed), Ordering::Relaxed);
        self.max_ns.fetch_max(other.max_ns.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// What is told of them.
    pub(super) fn summary(&self) -> Summary {
        let counts: Vec<u64> = self.buckets.iter().map(|bucket| bucket.load(Ordering::Relaxed)).collect();
        let count: u64 = counts.iter().sum();
        if count == 0 {
            return Summary::default();
        }
        let max_ns = self.max_ns.load(Ordering::Relaxed);
        let quantile = |q: f64| {
            // The smallest value that at least a share of q does not exceed (type 1 of Hyndman and Fan, 1996).
            let rank = ((q * count as f64).ceil() as u64).clamp(1, count);
            let mut seen = 0;
            let bucket = counts.iter().position(|n| {
                seen += n;
                seen >= rank
            });
            // The last bucket has no upper edge: what is in it is no more than the largest value.
            in_ms(upper_edge_ns(bucket.unwrap_or(BUCKETS - 1)).min(max_ns))
        };
        Summary {
            count,
            mean_ms: in_ms(self.sum_ns.load(Ordering::Relaxed)) / count as f64,
            p50_ms: quantile(0.5),
            p90_ms: quantile(0.9),
            p99_ms: quantile(0.99),
            p999_ms: quantile(0.999),
            max_ms: in_ms(max_ns),
        }
    }
}

fn in_ms(ns: u64) -> f64 {
    ns as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(values_ns: &[u64]) -> Summary {
        let histogram = Histogram::default();
        values_ns.iter().for_each(|ns| histogram.record(Duration::from_nanos(*ns)));
        histogram.summary()
    }

    #[test]
    fn buckets_follow_each_other_without_gap_and_are_narrow() {
        for bucket in 0..BUCKETS - 1 {
            let edge = upper_edge_ns(bucket);
            assert_eq!((bucket_of(edge), bucket_of(edge + 1)), (bucket, bucket + 1), "{edge} ns");
            let width = upper_edge_ns(bucket + 1) - edge;
            assert!(width == 1 || (width as f64) < edge as f64 / 63.0, "{width} wide at {edge} ns");
        }
        assert_eq!(bucket_of(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn the_longest_is_exact_and_nothing_is_all_zero() {
        assert_eq!(of(&[]), Summary::default());
        let one = of(&[1_234_567]);
        assert_eq!((one.count, one.p50_ms, one.p999_ms, one.max_ms), (1, 1.234567, 1.234567, 1.234567));
        assert_eq!(of(&[1, u64::MAX >> 10]).max_ms, (u64::MAX >> 10) as f64 / 1e6);
    }

    #[test]
    fn a_quantile_counts_what_is_at_or_below_it() {
        let values: Vec<u64> = (1..=100).collect();
        let of = of(&values);
        assert_eq!((of.p50_ms, of.p90_ms, of.p99_ms, of.p999_ms), (50e-6, 90e-6, 99e-6, 100e-6));
        assert!((of.mean_ms - 50.5e-6).abs() < 1e-15);
    }

    #[test]
    fn adding_is_recording_in_one() {
        let (one, two, both) = (Histogram::default(), Histogram::default(), Histogram::default());
        for ns in [5, 7_000, 1_000_000, 123_456_789] {
            (if ns % 2 == 0 { &one } else { &two }).record(Duration::from_nanos(ns));
            both.record(Duration::from_nanos(ns));
        }
        one.add(&two);
        assert_eq!(one.summary(), both.summary());
    }

    proptest! {
        #[test]
        fn quantiles_are_those_of_the_sorted_values_to_one_part_in_sixty(
            mut values in prop::collection::vec(1_u64..4_000_000_000_000, 1..300),
        ) {
            let summary = of(&values);
            values.sort_unstable();
            for (q, told_ms) in [(0.5, summary.p50_ms), (0.9, summary.p90_ms), (0.99, summary.p99_ms)] {
                let rank = (q * values.len() as f64).ceil() as usize;
                let exact_ms = values[rank - 1] as f64 / 1e6;
                prop_assert!(told_ms >= exact_ms && told_ms <= exact_ms * (1.0 + 1.0 / 60.0), "{} {}", exact_ms, told_ms);
            }
        }
    }
}
