//! What a load test draws at random: from a seed, with a stream of numbers of its own for each mission and subscriber, so that
//! one more of them reshuffles nothing.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Odd, so that numbers of who draws never meet (the golden ratio in 64 bits, as in SplitMix64).
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// One stream of random numbers.
#[derive(Clone, Debug)]
pub(super) struct Draw(ChaCha8Rng);

impl Draw {
    /// The stream of `who` under a seed.
    pub(super) fn new(seed: u64, who: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed ^ who.wrapping_add(1).wrapping_mul(STEP)))
    }

    /// From 0 to below 1, anywhere alike.
    pub(super) fn share(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// From `low` to below `high`.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.share()
    }

    /// From 0 to below `count`; 0 of nothing.
    pub(super) fn below(&mut self, count: usize) -> usize {
        ((self.share() * count as f64) as usize).min(count.saturating_sub(1))
    }

    /// One of them, if there is any.
    pub(super) fn one_of<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let i = self.below(of.len());
        of.get(i)
    }
}
