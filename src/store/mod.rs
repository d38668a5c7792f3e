//! Every SQL statement, and the local Postgres.
//!
//! Short methods on one handle, a file a subject. The store knows rows and domain values; it decides nothing.

mod durability;
mod error;
mod idempotency;
pub mod local;
mod missions;
mod networks;
mod positions;
mod replicas;

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgPool};

pub use durability::{CommitProbe, CommitSettings};
pub use error::StoreError;
pub use idempotency::{Claim, IdempotencyKey};
pub use missions::{Appended, LogAppend, MissionFilter, MissionSummary, StoredEvent};
pub use networks::NetworkRecord;
pub use positions::StoredPosition;
pub use replicas::{Company, MAX_NOTICE_BYTES, Notices};

/// The schema's migrations, in order.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();

/// How long a request waits for a connection before it is answered with "unavailable".
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(2);

/// After how long an idle connection is asked whether it still is one.
const ASKED_AFTER_IDLE: Duration = Duration::from_secs(1);

/// The handle on the database. Cloning it shares the pool.
#[derive(Clone, Debug)]
pub struct Store {
    pool: PgPool,
}

impl Store {
    /// A store on the database. Nothing is connected yet: a database that is away is noticed by the first use.
    pub fn new(options: PgConnectOptions, max_connections: u32) -> Self {
        let options = options.application_name("outrider").options([
            // A stalled statement must not hold a mission's row for ever.
            ("statement_timeout", "30s"),
            ("idle_in_transaction_session_timeout", "30s"),
            ("lock_timeout", "10s"),
            // Notices such as "already exists, skipping" are no news.
            ("client_min_messages", "warning"),
        ]);
        let pool = PgPoolOptions::new()
            .max_connections(max_connections)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // In the thick of work a round trip to ask would cost a third of the rate; a connection that has lain idle is
            // asked, so that a database that was away costs no request after it is back.
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for >= ASKED_AFTER_IDLE {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .idle_timeout(Duration::from_secs(300))
            .connect_lazy_with(options);
        Self { pool }
    }

    /// Brings the schema up to date. Concurrent callers wait for each other.
    ///
    /// # Errors
    /// When the database is away, or its schema is not one of ours.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        MIGRATOR.run(&self.pool).await.map_err(StoreError::from_migration)
    }

    /// Whether the database answers and has exactly this binary's migrations.
    ///
    /// # Errors
    /// When it does not answer, or a migration is missing or unknown.
    pub async fn check_ready(&self) -> Result<(), StoreError> {
        let applied: Vec<i64> =
            sqlx::query_scalar("SELECT version FROM _sqlx_migrations WHERE success ORDER BY version")
                .fetch_all(&self.pool)
                .await?;
        let missing = MIGRATOR.iter().filter(|m| !applied.contains(&m.version)).count();
        if missing > 0 {
            return Err(StoreError::SchemaBehind { missing });
        }
        Ok(())
    }

    /// Closes all connections, waiting for those in use.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Connections open and, of these, idle.
    pub fn connections(&self) -> (u32, usize) {
        (self.pool.size(), self.pool.num_idle())
    }
}
