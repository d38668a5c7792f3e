//! What can go wrong with the database.

use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::migrate::MigrateError;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database is away, overloaded or restarting; trying again later helps.
    #[error("the database is not available")]
    Unavailable(#[source] sqlx::Error),
    /// The schema is older than this binary.
    #[error("{missing} migrations have not been applied; run `outrider migrate`")]
    SchemaBehind {
        /// How many.
        missing: usize,
    },
    /// The schema is newer than this binary, and not one that it works with.
    #[error(
        "the schema is newer than this program: migration {version} is of a later version that it does not work with"
    )]
    SchemaAhead {
        /// The migration.
        version: i64,
    },
    /// The migrations could not be applied.
    #[error("the schema could not be brought up to date")]
    Migration(#[source] Box<MigrateError>),
    /// Another network has the name.
    #[error("a network of this name exists already")]
    NameTaken,
    /// Missions run on the network.
    #[error("missions use this network")]
    NetworkInUse,
    /// A report is in its mission's log already.
    #[error("a report is in the log already")]
    ReportInLog,
    /// The import that the network comes from was called off, or given up for dead, before the network was stored.
    #[error("the import has ended")]
    ImportEnded,
    /// The network named by a mission does not exist (any more).
    #[error("the network does not exist")]
    NoSuchNetwork,
    /// What is stored cannot be read back.
    #[error("stored data is damaged: {what}")]
    Damaged {
        /// What and how.
        what: String,
    },
    /// Anything else the database refused: a fault in this program.
    #[error("the database refused a statement")]
    Refused(#[source] sqlx::Error),
}

impl StoreError {
    /// Whether trying again later helps.
    pub fn is_unavailable(&self) -> bool {
        match self {
            StoreError::Unavailable(_) | StoreError::SchemaBehind { .. } => true,
            StoreError::Migration(source) => match source.as_ref() {
                MigrateError::Execute(e) | MigrateError::ExecuteMigration(e, _) => is_unavailable(e),
                _ => false,
            },
            StoreError::SchemaAhead { .. }
            | StoreError::NameTaken
            | StoreError::ImportEnded
            | StoreError::NetworkInUse
            | StoreError::NoSuchNetwork
            | StoreError::ReportInLog
            | StoreError::Damaged { .. }
            | StoreError::Refused(_) => false,
        }
    }

    /// The database is away, in these words.
    pub fn unavailable(why: &'static str) -> Self {
        StoreError::Unavailable(sqlx::Error::Io(std::io::Error::other(why)))
    }

    /// Whether somebody else held a lock for too long.
    pub(super) fn is_lock_timeout(&self) -> bool {
        self.has_code("55P03")
    }

    /// Whether this and somebody else waited for each other's locks, and this gave way.
    pub(super) fn is_deadlock(&self) -> bool {
        self.has_code("40P01")
    }

    /// Whether somebody else has written an event of the same number.
    pub fn is_number_taken(&self) -> bool {
        let StoreError::Refused(error) = self else { return false };
        error.as_database_error().and_then(DatabaseError::constraint) == Some("mission_events_pkey")
    }

    fn has_code(&self, code: &str) -> bool {
        let error = match self {
            StoreError::Unavailable(error) | StoreError::Refused(error) => error,
            StoreError::Migration(source) => match source.as_ref() {
                MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error,
                _ => return false,
            },
            _ => return false,
        };
        error.as_database_error().and_then(DatabaseError::code).is_some_and(|found| found == code)
    }

    pub(super) fn from_migration(source: MigrateError) -> Self {
        match source {
            MigrateError::Execute(e) if is_unavailable(&e) => StoreError::Unavailable(e),
            other => StoreError::Migration(Box::new(other)),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(source: sqlx::Error) -> Self {
        if is_unavailable(&source) {
            return StoreError::Unavailable(source);
        }
        // The database decides about uniqueness and references, so that races cannot slip through; a constraint's name
        // says what was wrong.
        match source.as_database_error().and_then(DatabaseError::constraint) {
            Some("networks_name_key") => StoreError::NameTaken,
            Some("mission_events_report_id_key") => StoreError::ReportInLog,
            Some("missions_network_id_fkey") => match source.as_database_error().map(DatabaseError::message) {
                Some(message) if message.starts_with("update or delete") => StoreError::NetworkInUse,
                _ => StoreError::NoSuchNetwork,
            },
            _ => StoreError::Refused(source),
        }
    }
}

/// Whether the statement failed because of the database's state rather than because of what it said.
fn is_unavailable(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::Protocol(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => true,
        sqlx::Error::Database(e) if e.kind() == ErrorKind::Other => {
            let code = e.code().unwrap_or_default();
            // Connection trouble, transaction rollback (deadlock, serialisation), out of resources (disk, memory,
            // connections), operator intervention (shutdown, cancelled by timeout), lock timeout, read-only standby,
            // system error, invalid catalog name (database not created yet), and a schema not migrated yet.
            ["08", "40", "53", "57", "58"].iter().any(|class| code.starts_with(class))
                || matches!(code.as_ref(), "55P03" | "25006" | "3D000" | "42P01")
        }
        _ => false,
    }
}
