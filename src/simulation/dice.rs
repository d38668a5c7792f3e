//! What a world draws at random: losses and sensor errors.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// The draws of one run, in the order of its events.
#[derive(Clone, Debug)]
pub(super) struct Dice(ChaCha8Rng);

/// Strategies draw from the same seed; what they draw should have nothing to do with what the world does.
const OF_THE_WORLD: u64 = 0x6f75_7472_6964_6572;

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed ^ OF_THE_WORLD))
    }

    /// From 0 to below 1, anywhere alike.
    pub(super) fn share(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Whether something of that probability happens. What cannot happen draws nothing.
    pub(super) fn happens(&mut self, probability: f64) -> bool {
        probability > 0.0 && self.share() < probability
    }
}
