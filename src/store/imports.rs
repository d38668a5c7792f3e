//! Imports that go on in the background: how far each is, and what came of it. Whoever ends one does so where it still runs; the
//! database decides between an import that is stored, called off and given up for dead at the same moment.

use std::time::Duration;

use sqlx::postgres::PgRow;
use sqlx::postgres::types::PgInterval;
use sqlx::{PgConnection, Row};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Store, StoreError};
use crate::domain::access::TenantId;
use crate::domain::ids::{ImportId, NetworkId};
use crate::domain::timestamp::Timestamp;

/// An import in the background.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportRecord {
    /// The import.
    pub id: ImportId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The name of the network to be.
    pub name: String,
    /// The format of the upload.
    pub format: String,
    /// Whether it goes on, or how it ended.
    pub state: ImportState,
    /// What it is at, or was at when it ended.
    pub step: String,
    /// How much of the step is done.
    pub done: u64,
    /// How much there is to the step in all; 0 where that is not known.
    pub total: u64,
    /// The network, once it is stored.
    pub network: Option<NetworkId>,
    /// Why it failed: JSON text.
    pub problem: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

/// Whether an import goes on, or how it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportState {
    /// It goes on.
    Running,
    /// The network is there.
    Stored,
    /// Nothing is stored.
    Failed,
    /// It was called off. Nothing is stored.
    Cancelled,
}

impl ImportState {
    /// As it is stored and told.
    pub fn as_str(self) -> &'static str {
        match self {
            ImportState::Running => "running",
            ImportState::Stored => "stored",
            ImportState::Failed => "failed",
            ImportState::Cancelled => "cancelled",
        }
    }

    fn parse(text: &str) -> Option<Self> {
        use ImportState::{Cancelled, Failed, Running, Stored};
        [Running, Stored, Failed, Cancelled].into_iter().find(|state| state.as_str() == text)
    }
}

const COLUMNS: &str =
    "id, tenant, name, format, state, step, done, total, network_id, problem::text AS problem, created_at, ended_at";

impl Store {
    /// Writes down that an import begins, and forgets those that ended longer than `kept` ago.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_import(&self, import: &ImportRecord, kept: Duration) -> Result<(), StoreError> {
        sqlx::query(
            "WITH forgotten AS (DELETE FROM imports WHERE ended_at < clock_timestamp() - $7)
             INSERT INTO imports (id, tenant, name, format, state, step, done, total, created_at, heard_at)
             VALUES ($1, $2, $3, $4, 'running', $5, 0, 0, $6, clock_timestamp())",
        )
        .bind(import.id.0)
        .bind(import.tenant.as_str())
        .bind(&import.name)
        .bind(&import.format)
        .bind(&import.step)
        .bind(OffsetDateTime::from(import.created_at))
        .bind(interval(kept)?)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Tells how far an import is. Returns whether it is to go on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn report_import(&self, id: ImportId, step: &str, done: u64, total: u64) -> Result<bool, StoreError> {
        let told = sqlx::query(
            "UPDATE imports SET step = $2, done = $3, total = $4, heard_at = clock_timestamp()
             WHERE id = $1 AND state = 'running'",
        )
        .bind(id.0)
        .bind(step)
        .bind(count(done))
        .bind(count(total))
        .execute(&self.pool)
        .await?;
        Ok(told.rows_affected() == 1)
    }

    /// Ends an import that still runs. Returns whether it did.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_import(
        &self,
        id: ImportId,
        state: ImportState,
        network: Option<NetworkId>,
        problem: Option<&str>,
    ) -> Result<bool, StoreError> {
        let ended = sqlx::query(
            "UPDATE imports SET state = $2, network_id = $3, problem = $4::json, ended_at = clock_timestamp()
             WHERE id = $1 AND state = 'running'",
        )
        .bind(id.0)
        .bind(state.as_str())
        .bind(network.map(|network| network.0))
        .bind(problem)
        .execute(&self.pool)
        .await?;
        Ok(ended.rows_affected() == 1)
    }

    /// Gives up imports of which nothing was heard for so long. What their replicas have begun to store is not taken any more.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn give_up_imports(&self, silence: Duration, problem: &str) -> Result<u64, StoreError> {
        let ended = sqlx::query(
            "UPDATE imports SET state = 'failed', problem = $2::json, ended_at = clock_timestamp()
             WHERE state = 'running' AND heard_at < clock_timestamp() - $1",
        )
        .bind(interval(silence)?)
        .bind(problem)
        .execute(&self.pool)
        .await?;
        Ok(ended.rows_affected())
    }

    /// One import.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_import(&self, id: ImportId) -> Result<Option<ImportRecord>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM imports WHERE id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.0).fetch_optional(&self.pool).await?;
        row.as_ref().map(read).transpose()
    }

    /// A tenant's imports, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_imports(&self, tenant: &TenantId, limit: u32) -> Result<Vec<ImportRecord>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM imports WHERE tenant = $1 ORDER BY created_at DESC, id DESC LIMIT $2");
        let query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(tenant.as_str()).bind(i64::from(limit));
        query.fetch_all(&self.pool).await?.iter().map(read).collect()
    }
}

/// Within the transaction that stores the network: its import ends with it, or neither is so.
pub(super) async fn end_with(
    connection: &mut PgConnection,
    import: ImportId,
    network: NetworkId,
) -> Result<(), StoreError> {
    let ended = sqlx::query(
        "UPDATE imports SET state = 'stored', network_id = $2, ended_at = clock_timestamp()
         WHERE id = $1 AND state = 'running'",
    )
    .bind(import.0)
    .bind(network.0)
    .execute(connection)
    .await?;
    if ended.rows_affected() == 1 { Ok(()) } else { Err(StoreError::ImportEnded) }
}

fn interval(duration: Duration) -> Result<PgInterval, StoreError> {
    PgInterval::try_from(duration).map_err(|_| StoreError::Damaged { what: "an odd interval".into() })
}

fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn read(row: &PgRow) -> Result<ImportRecord, StoreError> {
    let state: String = row.try_get("state")?;
    let state = ImportState::parse(&state)
        .ok_or_else(|| StoreError::Damaged { what: format!("an import in the state {state}") })?;
    Ok(ImportRecord {
        id: ImportId(row.try_get::<Uuid, _>("id")?),
        tenant: super::access::read_tenant(row.try_get("tenant")?)?,
        name: row.try_get("name")?,
        format: row.try_get("format")?,
        state,
        step: row.try_get("step")?,
        done: row.try_get::<i64, _>("done")?.unsigned_abs(),
        total: row.try_get::<i64, _>("total")?.unsigned_abs(),
        network: row.try_get::<Option<Uuid>, _>("network_id")?.map(NetworkId),
        problem: row.try_get("problem")?,
        created_at: row.try_get::<OffsetDateTime, _>("created_at")?.into(),
        ended_at: row.try_get::<Option<OffsetDateTime>, _>("ended_at")?.map(Into::into),
    })
}
