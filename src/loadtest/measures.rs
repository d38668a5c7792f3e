//! What all clients of a run count together.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Instant;

use super::checker::Violation;
use super::histogram::Histogram;

/// How many violations are told in words.
const MAX_EXAMPLES: usize = 10;

/// Durations of the vehicles' requests.
#[derive(Debug, Default)]
pub(super) struct Latencies {
    /// From when a report was due to when it was acknowledged; one a request.
    pub(super) acknowledged: Histogram,
    /// From when a report was due to when a plan that takes it into account was on the stream.
    pub(super) planned: Histogram,
    /// From when a report was due to when an ordinary subscriber had it.
    pub(super) age: Histogram,
    /// From when a position was due to when it was answered.
    pub(super) positions: Histogram,
    /// By how much the client itself was late: from when a request was due to when it was begun.
    pub(super) lag: Histogram,
}

/// Counts and durations of one run.
#[derive(Debug, Default)]
pub(super) struct Measures {
    /// What was due before bad requests came, which is all if none do.
    pub(super) calm: Latencies,
    /// What was due while they came.
    pub(super) flooded: Latencies,
    flood_from: OnceLock<Instant>,
    pub(super) reports_sent: AtomicU64,
    pub(super) reports_acknowledged: AtomicU64,
    /// Those acknowledged within the time that is measured.
    pub(super) reports_in_time: AtomicU64,
    pub(super) reports_failed: AtomicU64,
    pub(super) positions_sent: AtomicU64,
    pub(super) positions_failed: AtomicU64,
    pub(super) errors: Tally,
    pub(super) streams: Streams,
}

impl Measures {
    /// Bad requests come from now on.
    pub(super) fn flood_begins(&self, at: Instant) {
        // It begins once in a run.
        let _ = self.flood_from.set(at);
    }

    /// Where the durations of something belong that was due then.
    pub(super) fn latencies(&self, due: Instant) -> &Latencies {
        match self.flood_from.get() {
            Some(from) if due >= *from => &self.flooded,
            _ => &self.calm,
        }
    }
}

/// What subscribers count.
#[derive(Debug, Default)]
pub(super) struct Streams {
    pub(super) connections: AtomicU64,
    pub(super) resumed: AtomicU64,
    pub(super) ended_by_service: AtomicU64,
    pub(super) events: AtomicU64,
    pub(super) snapshots: AtomicU64,
    pub(super) positions: AtomicU64,
    pub(super) heartbeats: AtomicU64,
    /// As the observers saw them: each plan once.
    pub(super) plans: AtomicU64,
    pub(super) plans_provisional: AtomicU64,
    pub(super) plans_without_way: AtomicU64,
    /// Reports that changed nothing, so that no plan follows from them.
    pub(super) without_effect: AtomicU64,
    /// Reports that a snapshot passed over, so that their plan cannot be timed.
    pub(super) passed_over: AtomicU64,
    /// Reports that changed something and whose plan has not come yet, as the observers see it.
    pub(super) unplanned: AtomicU64,
    pub(super) violations: Tally,
    examples: Mutex<Vec<String>>,
}

/// Counts by name.
#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<BTreeMap<String, u64>>);

impl Tally {
    pub(super) fn count(&self, name: &str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match counts.get_mut(name) {
            Some(count) => *count += 1,
            None => drop(counts.insert(name.to_owned(), 1)),
        }
    }

    pub(super) fn all(&self) -> BTreeMap<String, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Streams {
    /// Notes a broken promise.
    pub(super) fn violated(&self, mission: &str, violation: Violation) {
        self.violations.count(match violation {
            Violation::Gap { .. } => "gap",
            Violation::Double { .. } => "double",
            Violation::Disorder { .. } => "disorder",
            Violation::WithoutId => "without_id",
            Violation::OldSnapshot { .. } => "old_snapshot",
            Violation::NoSnapshot { .. } => "no_snapshot",
            Violation::Heartbeat { .. } => "heartbeat",
            Violation::Unreadable => "unreadable",
        });
        let mut examples = self.examples.lock().unwrap_or_else(PoisonError::into_inner);
        if examples.len() < MAX_EXAMPLES {
            examples.push(format!("mission {mission}: {violation}"));
        }
    }

    /// The first violations, in words.
    pub(super) fn examples(&self) -> Vec<String> {
        self.examples.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Adds to a counter.
pub(super) fn add(counter: &AtomicU64, count: usize) {
    counter.fetch_add(count as u64, Ordering::Relaxed);
}

/// Reads a counter.
pub(super) fn get(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

/// The time that is measured: what is due before or after it is sent but not counted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Window {
    pub(super) from: Instant,
    pub(super) until: Instant,
}

impl Window {
    pub(super) fn has(&self, at: Instant) -> bool {
        self.from <= at && at < self.until
    }
}
