//! Planning jobs that go on although they were called off.
//!
//! A thread cannot be ended from outside. A job that does not heed its call keeps its thread, but not its permit, so that other
//! missions are planned; and a strategy of which some jobs have strayed is not asked again until they come back, so that no
//! more than a few threads are ever lost to it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::OwnedSemaphorePermit;

/// How many jobs of one strategy may have strayed before it is not asked any more.
const MAX_STRAYS: usize = 2;

/// How many jobs of each strategy have strayed and not come back.
#[derive(Clone, Debug, Default)]
pub(super) struct Strays(Arc<Mutex<BTreeMap<String, usize>>>);

impl Strays {
    /// Whether so many jobs of the strategy have strayed that it is not to be asked.
    pub(super) fn are_too_many(&self, strategy: &str) -> bool {
        self.lock().get(strategy).is_some_and(|count| *count >= MAX_STRAYS)
    }

    /// How many there are of all strategies.
    pub(super) fn count(&self) -> usize {
        self.lock().values().sum()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job's permit, which its caller can give back while the job goes on.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    state: Arc<Mutex<SlotState>>,
    strategy: String,
    strays: Strays,
}

#[derive(Debug)]
enum SlotState {
    Waiting,
    UnderWay(#[expect(dead_code, reason = "held, not looked at")] OwnedSemaphorePermit),
    Strayed,
    Over,
}

impl Slot {
    /// For a job of a strategy.
    pub(super) fn new(strategy: &str, strays: &Strays) -> Self {
        let state = Arc::new(Mutex::new(SlotState::Waiting));
        Self { state, strategy: strategy.to_owned(), strays: strays.clone() }
    }

    /// The job begins. What is returned says that it is over, when dropped.
    pub(super) fn begin(&self, permit: OwnedSemaphorePermit) -> UnderWay {
        *self.lock() = SlotState::UnderWay(permit);
        UnderWay(self.clone())
    }

    /// The job was called off and goes on: nobody waits for it any more.
    pub(super) fn abandon(&self) {
        let mut state = self.lock();
        if matches!(*state, SlotState::UnderWay(_)) {
            *state = SlotState::Strayed;
            *self.strays.lock().entry(self.strategy.clone()).or_default() += 1;
        }
    }

    fn lock(&self) -> MutexGuard<'_, SlotState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job at work.
pub(super) struct UnderWay(Slot);

impl Drop for UnderWay {
    fn drop(&mut self) {
        let state = std::mem::replace(&mut *self.0.lock(), SlotState::Over);
        if matches!(state, SlotState::Strayed)
            && let Some(count) = self.0.strays.lock().get_mut(&self.0.strategy)
        {
            *count = count.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::Semaphore;

    use super::*;

    fn permit(permits: &Arc<Semaphore>) -> OwnedSemaphorePermit {
        Arc::clone(permits).try_acquire_owned().unwrap()
    }

    #[test]
    fn a_stray_gives_its_permit_back_and_its_strategy_is_asked_again_when_it_has_come_back() {
        let (strays, permits) = (Strays::default(), Arc::new(Semaphore::new(1)));
        let mut under_way = Vec::new();
        for _ in 0..MAX_STRAYS {
            assert!(!strays.are_too_many("stubborn"));
            let slot = Slot::new("stubborn", &strays);
            under_way.push(slot.begin(permit(&permits)));
            slot.abandon();
        }
        assert!(strays.are_too_many("stubborn") && !strays.are_too_many("another"));
        assert_eq!((strays.count(), permits.available_permits()), (MAX_STRAYS, 1));
        under_way.pop();
        assert!(!strays.are_too_many("stubborn"));
    }

    #[test]
    fn a_job_that_ends_just_as_it_is_given_up_is_no_stray() {
        let (strays, permits) = (Strays::default(), Arc::new(Semaphore::new(1)));
        let slot = Slot::new("late", &strays);
        drop(slot.begin(permit(&permits)));
        slot.abandon();
        assert_eq!((strays.count(), permits.available_permits()), (0, 1));
    }
}
