//! The rows of missions, which reports and plans leave behind their logs where a replica is alone, follow before each sweep.
//!
//! The sweep goes by the rows; so do programs from before migration 10, which may serve beside this one or after it.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use super::{App, AppError};

/// How many sweeps at the most before rows are looked at although nothing says that any is behind: a replica that the others took for dead
/// may have been at work all the same.
const LOOKED_AT_AFTER: u32 = 60;

/// Whether rows may be behind their logs.
pub(super) struct Rows {
    behind: AtomicBool,
    sweeps: AtomicU32,
}

impl Default for Rows {
    /// Whoever was there before may have left them so.
    fn default() -> Self {
        Self { behind: AtomicBool::new(true), sweeps: AtomicU32::new(0) }
    }
}

impl Rows {
    /// Some may be behind from now on.
    pub(super) fn doubt(&self) {
        self.behind.store(true, Ordering::Relaxed);
    }
}

impl App {
    /// Has rows follow their logs if any may be behind, and now and then if not.
    pub(super) async fn bring_rows_up(&self) -> Result<(), AppError> {
        let is_time = self.rows.sweeps.fetch_add(1, Ordering::Relaxed) % LOOKED_AT_AFTER == 0;
        // Before the look: a commit that ends meanwhile is seen to the next time.
        if self.rows.behind.swap(false, Ordering::Relaxed) || is_time {
            let followed = self.store.rows_follow_logs().await.inspect_err(|_| self.rows.doubt())?;
            tracing::trace!(followed, "rows of missions follow their logs");
        }
        Ok(())
    }
}
