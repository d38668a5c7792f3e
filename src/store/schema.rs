//! The schema's migrations: what is applied, what is pending, and whether a newer schema is one that this program works with.
//!
//! docs/operations/UPGRADES.md has the rule that migrations follow so that replicas of two versions may run side by side.

use std::time::Duration;

use sqlx::migrate::{Migration, Migrator};
use sqlx::postgres::PgPoolOptions;
use tokio::time::{sleep, timeout};

use super::connections::ANSWER_LIMIT;
use super::{Store, StoreError};

/// The schema's migrations, in order.
pub static MIGRATOR: Migrator = sqlx::migrate!();

/// How long migrations may take altogether.
const MIGRATION_LIMIT: Duration = Duration::from_secs(3600);
/// How long a migration waits for a lock before it lets others pass and tries again. Whoever waits for a table's lock holds up
/// everybody who comes after, also those who only read.
const LOCK_LIMIT: &str = "3s";
/// How long it lets them pass.
const LOCK_PAUSE: Duration = Duration::from_secs(1);
/// The first migration that says which programs work with it. Those before it come with every program that can ask.
const FIRST_MARKED: i64 = 6;

/// How the database's schema stands to this program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SchemaState {
    /// Exactly this program's migrations, and perhaps later ones that it works with.
    Fit {
        /// The later ones.
        later: Vec<i64>,
    },
    /// Migrations of this program are not applied.
    Behind {
        /// Their numbers and names.
        pending: Vec<(i64, String)>,
    },
    /// Later migrations are applied that this program does not work with.
    Ahead {
        /// The first of them.
        version: i64,
    },
    /// An applied migration is not the one that this program has under its number.
    Altered {
        /// Which.
        version: i64,
    },
}

impl SchemaState {
    /// Whether a program with this schema can serve.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn into_result(self) -> Result<(), StoreError> {
        match self {
            SchemaState::Fit { .. } => Ok(()),
            SchemaState::Behind { pending } => Err(StoreError::SchemaBehind { missing: pending.len() }),
            SchemaState::Ahead { version } => Err(StoreError::SchemaAhead { version }),
            SchemaState::Altered { version } => {
                Err(StoreError::Damaged { what: format!("migration {version} is not the one of this program") })
            }
        }
    }
}

impl Store {
    /// Brings the schema up to date. Concurrent callers wait for each other. A newer schema that this program works with is left
    /// as it is.
    ///
    /// # Errors
    /// When the database is away, or its schema is not one of ours.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        // Whether there is a primary, and which.
        self.pool.acquire().await?.give_back();
        let (primary, _) = self.pool.primary();
        let limited = primary.options([("statement_timeout", "0"), ("lock_timeout", LOCK_LIMIT)]);
        let own = PgPoolOptions::new().max_connections(1).acquire_timeout(ANSWER_LIMIT).connect_lazy_with(limited);
        let migrating = async {
            loop {
                let state = self.schema().await?;
                if !matches!(state, SchemaState::Behind { .. }) {
                    return state.into_result();
                }
                match tolerant(MIGRATOR.iter().cloned().collect()).run(&own).await.map_err(StoreError::from_migration) {
                    // Others are let through, then it is tried again.
                    Err(error) if error.is_lock_timeout() => {
                        tracing::info!("a migration waits for a lock; trying again");
                        sleep(LOCK_PAUSE).await;
                    }
                    done => return done,
                }
            }
        };
        let migrated = timeout(MIGRATION_LIMIT, migrating).await;
        own.close().await;
        migrated.unwrap_or(Err(StoreError::Unavailable(sqlx::Error::PoolTimedOut)))
    }

    /// How the schema stands to this program.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn schema(&self) -> Result<SchemaState, StoreError> {
        let there = "SELECT to_regclass('_sqlx_migrations') IS NOT NULL";
        let applied: Vec<(i64, Vec<u8>)> = if sqlx::query_scalar(there).fetch_one(&self.pool).await? {
            sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations WHERE success ORDER BY version")
                .fetch_all(&self.pool)
                .await?
        } else {
            Vec::new()
        };
        let own = |version: i64| MIGRATOR.iter().find(|migration| migration.version == version);
        for (version, checksum) in &applied {
            if own(*version).is_some_and(|migration| migration.checksum.as_ref() != checksum.as_slice()) {
                return Ok(SchemaState::Altered { version: *version });
            }
        }
        let later: Vec<i64> =
            applied.iter().map(|(version, _)| *version).filter(|version| own(*version).is_none()).collect();
        if let Some(version) = self.first_unfit(&later).await? {
            return Ok(SchemaState::Ahead { version });
        }
        let is_pending = |migration: &&Migration| !applied.iter().any(|(version, _)| *version == migration.version);
        let pending: Vec<_> =
            MIGRATOR.iter().filter(is_pending).map(|m| (m.version, m.description.to_string())).collect();
        Ok(if pending.is_empty() { SchemaState::Fit { later } } else { SchemaState::Behind { pending } })
    }

    /// The first of these migrations, which this program does not have, that it does not work with.
    async fn first_unfit(&self, later: &[i64]) -> Result<Option<i64>, StoreError> {
        if later.is_empty() {
            return Ok(None);
        }
        let there = "SELECT to_regclass('schema_compatibility') IS NOT NULL";
        if later.iter().all(|version| *version < FIRST_MARKED)
            || !sqlx::query_scalar::<_, bool>(there).fetch_one(&self.pool).await?
        {
            return Ok(later.first().copied());
        }
        let newest = MIGRATOR.iter().map(|migration| migration.version).max().unwrap_or(0);
        let unfit = sqlx::query_scalar(
            "SELECT min(later.version) FROM unnest($1::bigint[]) AS later (version)
             LEFT JOIN schema_compatibility AS mark ON mark.version = later.version
             WHERE mark.works_from IS NULL OR mark.works_from > $2",
        );
        Ok(unfit.bind(later).bind(newest).fetch_one(&self.pool).await?)
    }

    /// Whether the database answers and has a schema that this program works with.
    ///
    /// # Errors
    /// When it does not answer, a migration is missing, or a later one is not fit.
    pub async fn check_ready(&self) -> Result<(), StoreError> {
        self.schema().await?.into_result()
    }
}

/// A migrator that leaves alone what it does not know: whether it may has been found out before.
fn tolerant(migrations: Vec<Migration>) -> Migrator {
    let mut migrator = Migrator::with_migrations(migrations);
    migrator.set_ignore_missing(true);
    migrator
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_migration_says_which_programs_work_with_it() {
        let statements: String = MIGRATOR.iter().map(|migration| migration.sql.as_str()).collect();
        let mut before = 0;
        for migration in MIGRATOR.iter() {
            assert!(migration.version > before, "numbers ascend");
            before = migration.version;
            let mark = format!("INSERT INTO schema_compatibility (version, works_from) VALUES ({},", migration.version);
            let is_marked = statements.contains(&mark);
            assert_eq!(is_marked, migration.version >= FIRST_MARKED, "{} {}", migration.version, migration.description);
        }
    }
}
