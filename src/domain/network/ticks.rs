//! Lengths as whole numbers, for comparing ways.
//!
//! Sums of floating-point lengths depend on the order in which they are added, so two searches that come from different
//! ends, or one that repairs what another began, could call different ways the shortest. Sums of whole numbers do not:
//! every way has one length, equal ways are equal, and each segment makes a way longer, however short it is.

use super::Network;

/// Ticks a metre, in networks of less than a thousand million metres: a tick is a quarter of a nanometre.
const FINEST: f64 = 4_294_967_296.0;
/// All segments together have no more ticks than about this, so no way's length overflows.
const MOST: f64 = 4_611_686_018_427_387_904.0;
/// The fewest ticks a metre, for lengths that no place on Earth has.
const COARSEST: f64 = 1e-300;

/// How many ticks a metre has in a network of this total length: a power of two.
pub(super) fn ticks_per_metre(total_m: f64) -> f64 {
    let mut ticks_per_metre = FINEST;
    while total_m * ticks_per_metre > MOST && ticks_per_metre > COARSEST {
        ticks_per_metre /= 2.0;
    }
    ticks_per_metre
}

/// The smallest whole number of ticks that is no less than the length, and at least one.
#[inline]
pub(super) fn ticks(length_m: f64, ticks_per_metre: f64) -> u64 {
    let exact = length_m * ticks_per_metre;
    // Signed, as that is one instruction where the other way is several: searches do this for every way they look at.
    let whole = exact as i64 as u64;
    (whole + u64::from((whole as f64) < exact)).max(1)
}

impl Network {
    /// A positive length in the network's ticks, rounded up. A tick is so short that a way of a thousand segments is
    /// off by less than a thousandth of a millimetre, and the ticks of all segments together fit well into the type.
    pub fn ticks(&self, length_m: f64) -> u64 {
        ticks(length_m, self.ticks_per_metre)
    }

    /// A number of ticks that no way between two points is shorter than, given their straight distance: a little less
    /// than the distance, so that the rounding of it and of the points does not matter.
    pub fn least_ticks(&self, straight_m: f64) -> u64 {
        let (share, share_m) = (1e-9, 1e-4);
        ((straight_m * (1.0 - share) - share_m) * self.ticks_per_metre) as u64
    }

    /// So many ticks in metres.
    pub fn metres(&self, ticks: u64) -> f64 {
        ticks as f64 / self.ticks_per_metre
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_rounded_up_and_never_to_nothing() {
        assert_eq!(ticks(2.0, FINEST), 2 << 32);
        assert_eq!(ticks(2.0 + f64::EPSILON * 2.0, FINEST), (2 << 32) + 1);
        assert_eq!(ticks(f64::MIN_POSITIVE, FINEST), 1);
        assert_eq!(ticks(f64::MIN_POSITIVE, COARSEST), 1);
    }

    #[test]
    fn the_ticks_of_the_longest_networks_still_fit() {
        assert_eq!(ticks_per_metre(1e9), FINEST);
        for total_m in [2e9, 1e12, 1e100, 1e300] {
            let all = ticks(total_m, ticks_per_metre(total_m));
            assert!((MOST / 2.0..=MOST).contains(&(all as f64)), "{total_m}: {all}");
        }
        let segments = u64::from(u32::MAX);
        assert!(ticks(f64::MAX / segments as f64, ticks_per_metre(f64::INFINITY)).checked_mul(segments).is_some());
    }
}
