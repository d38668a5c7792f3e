//! The safety net: what a lost poke, a crash or an absent database left undone is found and done.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{App, AppError, clock};

/// How long a repeat with the same idempotency key is recognised, in seconds.
const KEYS_KEPT_S: f64 = 7.0 * 24.0 * 3600.0;
/// How often older keys are looked for.
const KEYS_FORGOTTEN_EVERY: Duration = Duration::from_secs(3600);

/// After how many sweeps what others may have written is looked for although nobody is known to have been there: a replica that was taken
/// for dead may have been at work all the same.
const LOOKED_FOR_EVERY: u64 = 60;

/// How many missions one sweep takes up; the rest waits for the next.
const SWEEP_LIMIT: u32 = 1_000;

impl App {
    /// Sweeps until the service stops.
    pub(super) async fn sweep_regularly(self: &Arc<Self>) {
        let mut ticks = tokio::time::interval(self.options.sweep_interval);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut database_was_there = true;
        let mut keys_forgotten: Option<Instant> = None;
        for count in 1_u64.. {
            tokio::select! {
                _ = ticks.tick() => {}
                () = self.stopping.cancelled() => return,
            }
            if count.is_multiple_of(LOOKED_FOR_EVERY) {
                self.doubt_all();
            }
            let mut swept = self.sweep().await;
            if swept.is_ok() && keys_forgotten.is_none_or(|at| at.elapsed() >= KEYS_FORGOTTEN_EVERY) {
                keys_forgotten = Some(Instant::now());
                swept = self.forget_keys().await;
            }
            match swept {
                Ok(()) => {
                    if !database_was_there {
                        tracing::info!("the database is back");
                    }
                    database_was_there = true;
                }
                Err(AppError::ShuttingDown) => return,
                Err(error) => {
                    if database_was_there {
                        tracing::warn!(error = crate::chain::of(&error), "the sweep failed; it goes on trying");
                    }
                    database_was_there = false;
                }
            }
        }
    }

    async fn forget_keys(&self) -> Result<(), AppError> {
        let count = self.store.forget_claims(clock::now().plus_seconds(-KEYS_KEPT_S)).await?;
        tracing::debug!(count, "old idempotency keys forgotten");
        Ok(())
    }

    async fn sweep(self: &Arc<Self>) -> Result<(), AppError> {
        self.bring_rows_up().await?;
        for id in self.store.missions_with_expiry(clock::now(), SWEEP_LIMIT).await? {
            self.expire_closures(id).await?;
        }
        for id in self.store.unplanned_missions(self.replica(), SWEEP_LIMIT).await? {
            self.replanner.poke(id);
        }
        self.behind.look(&self.store.missions_behind(SWEEP_LIMIT).await?);
        // Subscribers may lack events that were stored while a connection broke, or that another replica stored.
        self.look_for_longer_logs().await
    }
}
