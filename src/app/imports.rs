//! Imports that go on after their upload was answered.
//!
//! The replica that took the upload does the import and tells the database how far it is; any replica says so, and calls it off. An
//! import ends once, in the database: the network is stored in the transaction that ends it, so one that was called off, or given
//! up because its replica was not heard of any more, stores nothing afterwards.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};

use super::audit::{self, Origin};
use super::{App, AppError, ImportError, ImportProgress, ImportStep, NewNetwork, clock};
use crate::chain;
use crate::domain::access::TenantId;
use crate::domain::ids::ImportId;
use crate::store::{IdempotencyKey, ImportRecord, ImportState, NetworkRecord};

/// How often the database is told how far an import is.
const TOLD_EVERY: Duration = Duration::from_millis(250);
/// After how long without a word a replica is taken for dead.
const GIVEN_UP_AFTER: Duration = Duration::from_secs(15);
/// For how long imports that are over can be asked for.
const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);
/// How many a list has.
const LISTED: u32 = 100;
/// How often, and with what pauses, the end of an import is tried to be written down; after that it is given up for dead.
const END_TRIES: u32 = 10;
const END_PAUSE: Duration = Duration::from_secs(1);

/// How the upload is to be read, and who is told what.
pub struct BackgroundImport {
    /// The network to be.
    pub new: NewNetwork,
    /// What makes a repeat of it answer as the first did.
    pub key: Option<IdempotencyKey>,
    /// After how long it is given up.
    pub limit: Duration,
    /// Tells of an error as whoever asks is told: JSON text.
    pub describe: Box<dyn Fn(AppError) -> String + Send + Sync>,
}

impl App {
    /// Begins an import and returns at once. `held` is dropped at its end.
    ///
    /// # Errors
    /// When the service is stopping, or the database fails.
    pub async fn begin_import(
        self: &Arc<Self>,
        import: BackgroundImport,
        held: impl Send + 'static,
    ) -> Result<ImportRecord, AppError> {
        if self.stopping.is_cancelled() {
            return Err(AppError::ShuttingDown);
        }
        let record = ImportRecord {
            id: ImportId(clock::new_uuid()),
            tenant: import.new.tenant.clone(),
            name: import.new.name.clone(),
            format: import.new.source.name().to_owned(),
            state: ImportState::Running,
            step: ImportStep::Waiting.as_str().to_owned(),
            done: 0,
            total: 0,
            network: None,
            problem: None,
            created_at: clock::now(),
            ended_at: None,
        };
        self.store.insert_import(&record, KEPT).await?;
        let (app, id, origin) = (Arc::clone(self), record.id, Origin::current());
        let work = async move {
            app.carry_out(id, import).await;
            drop(held);
        };
        match origin {
            Some(origin) => self.tasks.spawn(audit::asked_by(origin, work)),
            None => self.tasks.spawn(work),
        };
        Ok(record)
    }

    /// Does it, and writes down how it ended.
    async fn carry_out(self: &Arc<Self>, id: ImportId, import: BackgroundImport) {
        let BackgroundImport { new, key, limit, describe } = import;
        let Some(outcome) = self.import_telling(id, new, key, limit).await else {
            tracing::info!(import.id = %id, "import called off");
            return;
        };
        let (state, network, problem) = match outcome {
            Ok(record) => (ImportState::Stored, Some(record.id), None),
            Err(error) => {
                tracing::info!(import.id = %id, error = chain::of(&error), "import failed");
                (ImportState::Failed, None, Some(describe(error)))
            }
        };
        for _ in 0..END_TRIES {
            // A network that was stored has ended its import already.
            match self.store.end_import(id, state, network, problem.as_deref()).await {
                Ok(_) => return,
                Err(error) => tracing::warn!(import.id = %id, error = chain::of(&error), "the end is not written down"),
            }
            sleep(END_PAUSE).await;
        }
    }

    /// The network, or why there is none; nothing if somebody else has ended the import.
    async fn import_telling(
        self: &Arc<Self>,
        id: ImportId,
        new: NewNetwork,
        key: Option<IdempotencyKey>,
        limit: Duration,
    ) -> Option<Result<NetworkRecord, AppError>> {
        let progress = Arc::new(ImportProgress::default());
        let importing = self.import_network_watched(new, key, Some(id), Arc::clone(&progress));
        tokio::pin!(importing);
        let mut ticks = interval(TOLD_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let deadline = sleep_until(Instant::now() + limit);
        tokio::pin!(deadline);
        loop {
            let ended = tokio::select! {
                imported = &mut importing => {
                    return match imported {
                        // Called off at the last moment: the transaction found its import ended.
                        Err(AppError::Import(ImportError::Cancelled)) => None,
                        imported => Some(imported.map(|(record, _)| record)),
                    };
                }
                _ = ticks.tick() => {
                    let (step, done, total) = progress.now();
                    match self.store.report_import(id, step.as_str(), done, total).await {
                        Ok(true) => continue,
                        Ok(false) => None,
                        // A database that is away says nothing about the import; the next word may get through.
                        Err(error) => {
                            tracing::debug!(import.id = %id, error = chain::of(&error), "progress is not told");
                            continue;
                        }
                    }
                }
                () = &mut deadline => Some(Err(AppError::ImportTooLong { limit })),
                () = self.stopping.cancelled() => Some(Err(AppError::ShuttingDown)),
            };
            // The thread hears it soon; what was written so far is rolled back with the connection.
            progress.cancel();
            return ended;
        }
    }

    /// One import as it is now.
    ///
    /// # Errors
    /// When there is none, or the database fails.
    pub async fn find_import(
        &self,
        id: ImportId,
        describe: impl Fn(AppError) -> String,
    ) -> Result<ImportRecord, AppError> {
        self.give_up_imports(describe).await?;
        self.store.find_import(id).await?.ok_or(AppError::NoSuchImport(id))
    }

    /// A tenant's latest imports, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_imports(
        &self,
        tenant: &TenantId,
        describe: impl Fn(AppError) -> String,
    ) -> Result<Vec<ImportRecord>, AppError> {
        self.give_up_imports(describe).await?;
        Ok(self.store.list_imports(tenant, LISTED).await?)
    }

    /// Calls an import off. It stores nothing, whichever replica does it.
    ///
    /// # Errors
    /// When there is none, it is over, or the database fails.
    pub async fn cancel_import(&self, id: ImportId) -> Result<ImportRecord, AppError> {
        let cancelled = self.store.end_import(id, ImportState::Cancelled, None, None).await?;
        let import = self.store.find_import(id).await?.ok_or(AppError::NoSuchImport(id))?;
        if cancelled || import.state == ImportState::Cancelled {
            return Ok(import);
        }
        Err(AppError::ImportEnded { state: import.state.as_str() })
    }

    /// Whoever asks is not told for ever that a replica is at work which is gone.
    async fn give_up_imports(&self, describe: impl Fn(AppError) -> String) -> Result<(), AppError> {
        self.store.give_up_imports(GIVEN_UP_AFTER, &describe(AppError::ImportLost)).await?;
        Ok(())
    }
}
