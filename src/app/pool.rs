//! The one door to blocking threads: permits, a place to wait of stated length, and panics contained.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Semaphore;

use super::error::AppError;
use super::strays::{Slot, Strays};
use crate::planning::budget::Budget;
use crate::planning::search::Search;

/// How many jobs may wait for a permit. Replanning never has more than one job a worker here; the rest is imports, of which
/// more than these would hold too many request bodies in memory.
const MAX_WAITING: usize = 16;

/// Runs planning, imports and other long computations off the async threads.
#[derive(Debug)]
pub(super) struct PlannerPool {
    permits: Arc<Semaphore>,
    threads: usize,
    waiting: AtomicUsize,
    /// Scratch memory of past searches, to be used again.
    searches: Mutex<Vec<Search>>,
}

impl PlannerPool {
    /// A pool that runs at most `permits` jobs at a time.
    pub(super) fn new(permits: usize) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(permits.max(1))),
            threads: permits.max(1),
            waiting: AtomicUsize::new(0),
            searches: Mutex::new(Vec::new()),
        }
    }

    /// Runs a planning job with scratch memory and a budget. `cancelled` ends the budget early.
    ///
    /// # Errors
    /// When the service is stopping or the job panicked.
    pub(super) async fn plan<T: Send + 'static>(
        self: &Arc<Self>,
        cancelled: Arc<AtomicBool>,
        job: impl FnOnce(&mut Search, &mut Budget) -> T + Send + 'static,
    ) -> Result<T, AppError> {
        self.plan_in(Slot::new("", &Strays::default()), cancelled, job).await
    }

    /// The same in a slot, to be abandoned when the job goes on although it was called off.
    pub(super) async fn plan_in<T: Send + 'static>(
        self: &Arc<Self>,
        slot: Slot,
        cancelled: Arc<AtomicBool>,
        job: impl FnOnce(&mut Search, &mut Budget) -> T + Send + 'static,
    ) -> Result<T, AppError> {
        let pool = Arc::clone(self);
        self.run_in(slot, move || {
            let mut search = pool.searches.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
            let mut budget = Budget::cancellable(Budget::DEFAULT_STEPS, cancelled);
            let result = job(&mut search, &mut budget);
            // A job that panics takes its scratch memory with it.
            pool.searches.lock().unwrap_or_else(PoisonError::into_inner).push(search);
            result
        })
        .await
    }

    /// Runs a blocking job.
    ///
    /// # Errors
    /// When too many wait already, the service is stopping, or the job panicked.
    pub(super) async fn run<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, AppError> {
        self.run_in(Slot::new("", &Strays::default()), job).await
    }

    async fn run_in<T: Send + 'static>(
        &self,
        slot: Slot,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, AppError> {
        if self.is_closed() {
            return Err(AppError::ShuttingDown);
        }
        let _waiting = Waiting::enter(&self.waiting)?;
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| AppError::ShuttingDown)?;
        let under_way = slot.begin(permit);
        let span = tracing::Span::current();
        #[expect(clippy::disallowed_methods, reason = "this is the one door to blocking threads")]
        let handle = tokio::task::spawn_blocking(move || {
            // The permit goes with the job: a caller that stops waiting does not free the thread.
            let _under_way = under_way;
            span.in_scope(job)
        });
        handle.await.map_err(|error| match error.try_into_panic() {
            Ok(panic) => AppError::Panicked(panic_text(panic.as_ref())),
            Err(_) => AppError::ShuttingDown,
        })
    }

    /// Lets nobody in any more. Blocking threads cannot be aborted: whoever waits for one calls its budget off.
    pub(super) fn close(&self) {
        self.permits.close();
    }

    /// How many jobs are under way, and how many wait for a thread.
    pub(super) fn load(&self) -> (usize, usize) {
        let running = self.threads - self.permits.available_permits().min(self.threads);
        // Whoever is under way is also counted as waiting, for the place to wait is kept until the end.
        (running, self.waiting.load(Ordering::Relaxed).saturating_sub(running))
    }

    fn is_closed(&self) -> bool {
        self.permits.is_closed()
    }
}

/// Calls the work off when nobody waits for it any more.
#[derive(Default)]
pub(super) struct CallOff(Arc<AtomicBool>);

impl CallOff {
    /// What the work looks at.
    pub(super) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}

impl Drop for CallOff {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn enter(waiting: &'a AtomicUsize) -> Result<Self, AppError> {
        if waiting.fetch_add(1, Ordering::Relaxed) >= MAX_WAITING {
            waiting.fetch_sub(1, Ordering::Relaxed);
            return Err(AppError::Busy("too many long computations are waiting"));
        }
        Ok(Self(waiting))
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without words".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_contained_and_the_pool_goes_on() {
        let pool = Arc::new(PlannerPool::new(1));
        let result = pool.run(|| -> u32 { panic!("a strategy with a hole") }).await;
        assert!(matches!(result, Err(AppError::Panicked(text)) if text == "a strategy with a hole"));
        assert_eq!(pool.run(|| 7).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn a_closed_pool_lets_nobody_in() {
        let pool = PlannerPool::new(1);
        pool.close();
        assert!(matches!(pool.run(|| 7).await, Err(AppError::ShuttingDown)));
    }

    #[tokio::test]
    async fn the_place_to_wait_has_an_end() {
        let pool = Arc::new(PlannerPool::new(1));
        let (release, held) = std::sync::mpsc::channel::<()>();
        let held = Mutex::new(held);
        let mut jobs = vec![];
        {
            let pool = Arc::clone(&pool);
            jobs.push(tokio::spawn(
                async move { pool.run(move || held.lock().unwrap().recv().is_ok()).await.map(drop) },
            ));
        }
        for _ in 1..MAX_WAITING {
            let pool = Arc::clone(&pool);
            jobs.push(tokio::spawn(async move { pool.run(|| ()).await }));
        }
        while pool.waiting.load(Ordering::Relaxed) < MAX_WAITING {
            tokio::task::yield_now().await;
        }
        assert!(matches!(pool.run(|| ()).await, Err(AppError::Busy(_))));
        drop(release);
        for job in jobs {
            job.await.unwrap().unwrap();
        }
    }
}
