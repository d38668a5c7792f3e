//! What the database itself can do: durable commits of single rows, for load tests to compare the service with.
//!
//! Everything lies in a schema of its own, `outrider_loadtest`, which is dropped afterwards: no table of the service is touched.

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgPool, Row};

use super::StoreError;
use crate::domain::ids::MissionId;

/// The bytes of a row's text: about those of a report's event.
const TEXT_BYTES: usize = 240;

/// Connections to a database, and a scratch table in it.
#[derive(Clone, Debug)]
pub struct CommitProbe {
    pool: PgPool,
    text: String,
}

/// How durable a commit of this database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitSettings {
    /// The setting `fsync`.
    pub fsync: String,
    /// The setting `synchronous_commit`.
    pub synchronous_commit: String,
    /// The server's version.
    pub server_version: String,
}

impl CommitProbe {
    /// A probe of a database. Nothing is connected yet.
    pub fn new(options: PgConnectOptions, max_connections: u32) -> Self {
        let options = options
            .application_name("outrider loadtest")
            .options([("statement_timeout", "30s"), ("client_min_messages", "warning")]);
        let pool = PgPoolOptions::new()
            .max_connections(max_connections)
            .acquire_timeout(std::time::Duration::from_secs(10))
            // As the service does: a round trip to ask would count as the database's.
            .test_before_acquire(false)
            .connect_lazy_with(options);
        Self { pool, text: "r".repeat(TEXT_BYTES) }
    }

    /// Whether this is the database of the service that has this mission.
    ///
    /// # Errors
    /// When the database fails or is none of ours.
    pub async fn has_mission(&self, id: MissionId) -> Result<bool, StoreError> {
        let found = sqlx::query_scalar("SELECT EXISTS (SELECT FROM missions WHERE id = $1)").bind(id.0);
        Ok(found.fetch_one(&self.pool).await?)
    }

    /// Makes the scratch table, anew if an earlier run has left one.
    ///
    /// # Errors
    /// When the database fails or its user may not make a schema.
    pub async fn prepare(&self) -> Result<(), StoreError> {
        for statement in [
            "DROP SCHEMA IF EXISTS outrider_loadtest CASCADE",
            "CREATE SCHEMA outrider_loadtest",
            "CREATE TABLE outrider_loadtest.rows (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, text text NOT NULL)",
        ] {
            sqlx::query(statement).execute(&self.pool).await?;
        }
        Ok(())
    }

    /// Stores one row in a transaction of its own.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn commit_row(&self) -> Result<(), StoreError> {
        let insert = sqlx::query("INSERT INTO outrider_loadtest.rows (text) VALUES ($1)").bind(&self.text);
        insert.execute(&self.pool).await?;
        Ok(())
    }

    /// The same as a script for `pgbench`.
    pub fn pgbench_script(&self) -> String {
        format!("INSERT INTO outrider_loadtest.rows (text) VALUES ('{}');\n", self.text)
    }

    /// How durable commits are.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settings(&self) -> Result<CommitSettings, StoreError> {
        let statement = "SELECT current_setting('fsync'), current_setting('synchronous_commit'), \
                         current_setting('server_version')";
        let row = sqlx::query(statement).fetch_one(&self.pool).await?;
        Ok(CommitSettings {
            fsync: row.try_get(0)?,
            synchronous_commit: row.try_get(1)?,
            server_version: row.try_get(2)?,
        })
    }

    /// Drops the scratch table and closes the connections.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove(&self) -> Result<(), StoreError> {
        let dropped = sqlx::query("DROP SCHEMA IF EXISTS outrider_loadtest CASCADE").execute(&self.pool).await;
        self.pool.close().await;
        dropped?;
        Ok(())
    }
}
