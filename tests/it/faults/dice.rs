//! Chance from a seed, and which seeds are run.

use std::time::Duration;

/// How many seeded runs there are by default, over all kinds of faults.
const RUNS: u64 = 20;
/// How many kinds there are.
const KINDS: u64 = 12;

/// Random numbers that follow from a seed: splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators", OOPSLA 2014).
#[derive(Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.roll() % end
    }

    /// A duration from `from_ms` to below `to_ms`.
    pub(crate) fn millis(&mut self, from_ms: u64, to_ms: u64) -> Duration {
        Duration::from_millis(from_ms + self.below(to_ms - from_ms))
    }

    /// Waits for so long.
    pub(crate) async fn pause(&mut self, from_ms: u64, to_ms: u64) {
        tokio::time::sleep(self.millis(from_ms, to_ms)).await;
    }
}

/// The seeds of one kind of faults: the one of `OUTRIDER_FAULT_SEED`, or this kind's part of `OUTRIDER_FAULT_RUNS`.
pub(crate) fn seeds() -> Vec<u64> {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    if let Some(seed) = number("OUTRIDER_FAULT_SEED") {
        return vec![seed];
    }
    let runs = number("OUTRIDER_FAULT_RUNS").unwrap_or(RUNS);
    (1..=runs.div_ceil(KINDS)).collect()
}

/// Says how to run a seed again if its run fails.
pub(crate) struct Rerun {
    pub(crate) kind: &'static str,
    pub(crate) seed: u64,
}

impl Drop for Rerun {
    fn drop(&mut self) {
        let Self { kind, seed } = self;
        if std::thread::panicking() {
            eprintln!("run it again: OUTRIDER_FAULT_SEED={seed} cargo test --test it faults::{kind} -- --nocapture");
        }
    }
}
