//! The rows of missions, which reports and plans leave behind their logs where a replica is alone, follow before each sweep.
//!
//! The sweep goes by the rows; so do programs from before migration 10, which may serve beside this one or after it.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{App, AppError};

/// Whether rows may be behind their logs.
pub(super) struct Rows {
    behind: AtomicBool,
}

impl Default for Rows {
    /// Whoever was there before may have left them so.
    fn default() -> Self {
        Self { behind: AtomicBool::new(true) }
    }
}

impl Rows {
    /// Some may be behind from now on.
    pub(super) fn doubt(&self) {
        self.behind.store(true, Ordering::Relaxed);
    }
}

impl App {
    /// Has rows follow their logs, if any may be behind.
    pub(super) async fn bring_rows_up(&self) -> Result<(), AppError> {
        // Before the look: a commit that ends meanwhile is seen to the next time.
        if self.rows.behind.swap(false, Ordering::Relaxed) {
            let followed = self.store.rows_follow_logs().await.inspect_err(|_| self.rows.doubt())?;
            tracing::trace!(followed, "rows of missions follow their logs");
        }
        Ok(())
    }
}
