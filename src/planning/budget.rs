//! How much work a decision may cost, and how it is called off.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A number of search steps, and a flag that ends the work early. What a search takes is told in [`super::search`].
///
/// Steps, not seconds: the same situation runs out at the same point on every machine. The flag is for shutdown and
/// ended missions, whose decision nobody will see.
#[derive(Clone, Debug)]
pub struct Budget {
    steps_left: u64,
    cancelled: Arc<AtomicBool>,
}

/// The work was ended before it was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spent;

impl Budget {
    /// Enough for ten thousand searches of a city, or eighty of a large province.
    pub const DEFAULT_STEPS: u64 = 20_000_000;

    /// A budget of so many steps that nothing else ends.
    pub fn steps(steps: u64) -> Self {
        Self { steps_left: steps, cancelled: Arc::new(AtomicBool::new(false)) }
    }

    /// A budget of so many steps that setting the flag ends.
    pub fn cancellable(steps: u64, cancelled: Arc<AtomicBool>) -> Self {
        Self { steps_left: steps, cancelled }
    }

    /// Takes one step.
    ///
    /// # Errors
    /// When no step is left, or the work was called off (looked at every 1,024 steps).
    pub fn step(&mut self) -> Result<(), Spent> {
        if self.steps_left == 0 || (self.steps_left.is_multiple_of(1024) && self.is_cancelled()) {
            return Err(Spent);
        }
        self.steps_left -= 1;
        Ok(())
    }

    /// Takes so many steps at once, in advance.
    ///
    /// # Errors
    /// When fewer are left (then none is), or the work was called off.
    pub fn take(&mut self, steps: u64) -> Result<(), Spent> {
        if self.is_cancelled() {
            return Err(Spent);
        }
        let left = self.steps_left.checked_sub(steps);
        self.steps_left = left.unwrap_or(0);
        left.map(|_| ()).ok_or(Spent)
    }

    /// How many steps are left.
    pub fn steps_left(&self) -> u64 {
        self.steps_left
    }

    /// Takes half of the steps away, for a part of the work that must leave something for the rest.
    #[must_use]
    pub fn split(&mut self) -> Self {
        let half = Self { steps_left: self.steps_left.div_ceil(2), cancelled: Arc::clone(&self.cancelled) };
        self.steps_left -= half.steps_left;
        half
    }

    /// Gets back what was left of a part.
    pub fn join(&mut self, part: Self) {
        self.steps_left += part.steps_left;
    }

    /// Whether the work was called off.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }
}
