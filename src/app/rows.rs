//! The rows of missions, which reports and plans leave behind their logs where this replica is alone, follow once a second.
//!
//! Nothing here depends on them; programs from before migration 10 do, which may serve beside this one or after it.

use std::sync::atomic::{AtomicBool, Ordering};

use super::{App, AppError};

/// Whether rows may be behind their logs.
pub(super) struct Rows(AtomicBool);

impl Default for Rows {
    /// Whoever was there before may have left them so.
    fn default() -> Self {
        Self(AtomicBool::new(true))
    }
}

impl App {
    /// A commit is over that left rows behind, or none.
    pub(super) fn note_rows(&self, left_behind: bool) {
        if left_behind {
            self.rows.0.store(true, Ordering::Relaxed);
        }
    }

    /// Has rows follow their logs, if any may be behind.
    pub(super) async fn bring_rows_up(&self) -> Result<(), AppError> {
        // Before the look: a commit that ends meanwhile is seen to the next time.
        if self.rows.0.swap(false, Ordering::Relaxed) {
            let followed = self.store.rows_follow_logs().await.inspect_err(|_| self.note_rows(true))?;
            tracing::trace!(followed, "rows of missions follow their logs");
        }
        Ok(())
    }
}
