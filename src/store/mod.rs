//! Every SQL statement, and the local Postgres.
//!
//! Short methods on one handle, a file a subject. The store knows rows and domain values; it decides nothing.

mod access;
mod append;
mod append_statements;
mod audit;
mod connections;
mod durability;
mod error;
mod executor;
mod heads;
mod idempotency;
mod imports;
pub mod local;
mod log;
mod missions;
mod network_chunks;
mod network_pack;
mod network_rows;
mod networks;
pub mod pgrouting;
mod positions;
mod primary;
mod replicas;
mod retention;
mod schema;
mod sweep;

use sqlx::postgres::PgConnectOptions;

use connections::Connections;

pub use access::{AccessRecords, KeyRecord, SessionRecord};
pub use append::{Appended, LogAppend, Written};
pub use audit::{AuditEntry, AuditFilter, AuditRecord};
pub use connections::Generation;
pub use durability::{CommitProbe, CommitSettings};
pub use error::StoreError;
pub use idempotency::{Claim, IdempotencyKey};
pub use imports::{ImportRecord, ImportState};
pub use log::StoredEvent;
pub use missions::{MissionFilter, MissionSummary};
pub use network_chunks::PackedNetwork;
pub use networks::{NetworkRecord, StoredNetwork};
pub use positions::StoredPosition;
pub use primary::servers_of;
pub use replicas::{Company, MAX_NOTICE_BYTES, Notices};
pub use retention::EndedMission;
pub use schema::{MIGRATOR, SchemaState};
pub use sweep::MissionBehind;

/// How long the server works at a statement before it gives up, so that a stalled one does not hold a mission's row for ever. As
/// long as the slowest takes that is sent row by row, a large network; this side gives up earlier where no row comes.
const STATEMENT_LIMIT: &str = "30s";
/// How long it waits for a lock that somebody else holds: less than this side waits for an answer.
const LOCK_LIMIT: &str = "3s";

/// The handle on the database. Cloning it shares the connections.
#[derive(Clone, Debug)]
pub struct Store {
    pool: Connections,
}

impl Store {
    /// A store on the database. Nothing is connected yet: a database that is away is noticed by the first use. To be called within a
    /// tokio runtime.
    pub fn new(server: PgConnectOptions, max_connections: u32) -> Self {
        Self::over(vec![server], max_connections)
    }

    /// A store on the database that some servers keep together: the primary among them, whichever that is. To be called within a
    /// tokio runtime.
    pub fn over(servers: Vec<PgConnectOptions>, max_connections: u32) -> Self {
        let limited = servers.into_iter().map(|server| {
            server.application_name("outrider").options([
                ("statement_timeout", STATEMENT_LIMIT),
                ("lock_timeout", LOCK_LIMIT),
                ("idle_in_transaction_session_timeout", "30s"),
                // A replica that vanished without a word holds no locks for long: the server asks after it. Of no effect on a
                // unix socket.
                ("tcp_keepalives_idle", "5"),
                ("tcp_keepalives_interval", "2"),
                ("tcp_keepalives_count", "3"),
                ("tcp_user_timeout", "10s"),
                // Notices such as "already exists, skipping" are no news.
                ("client_min_messages", "warning"),
            ])
        });
        // One more listens to the other replicas.
        let pool = Connections::new(limited.collect(), max_connections.saturating_sub(1).max(1));
        Self { pool }
    }

    /// Closes all connections, waiting for those in use.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Connections open, of these idle, and how many may be open.
    pub fn connections(&self) -> (u32, usize, u32) {
        self.pool.count()
    }
}
