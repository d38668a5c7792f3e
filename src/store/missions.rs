//! Missions: creating and listing them.

use sqlx::postgres::PgRow;
use sqlx::{Connection, PgConnection, Row};
use time::OffsetDateTime;

use super::append::{LogAppend, Rows, append};
use super::audit::AuditEntry;
use super::connections::ANSWER_LIMIT;
use super::heads::head_of_log;
use super::idempotency::{Claim, IdempotencyKey, claim};
use super::log::{StoredEvent, unwritable};
use super::{Store, StoreError};
use crate::domain::access::TenantId;
use crate::domain::ids::{MissionId, NetworkId};
use crate::domain::mission::{Mission, MissionEvent, MissionStatus};
use crate::domain::timestamp::Timestamp;

/// What lists of missions show.
#[derive(Clone, Debug, PartialEq)]
pub struct MissionSummary {
    /// The mission.
    pub id: MissionId,
    /// The network it runs on.
    pub network: NetworkId,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub status: MissionStatus,
    /// The last event's number.
    pub seq: u64,
    /// The revision of the knowledge.
    pub revision: u64,
    /// The version of the settings.
    pub version: u64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its settings or status last changed.
    pub changed_at: Timestamp,
}

/// Which missions a list wants.
#[derive(Clone, Debug, Default)]
pub struct MissionFilter {
    /// Of this tenant only.
    pub tenant: TenantId,
    /// Of this status only.
    pub status: Option<MissionStatus>,
    /// On this network only.
    pub network: Option<NetworkId>,
    /// Older than this one.
    pub before: Option<MissionId>,
}

impl Store {
    /// Stores a new mission of a tenant with its first event. With a key that came before, nothing is stored and the claim says so.
    ///
    /// # Errors
    /// When the tenant has no such network, or the database fails.
    pub async fn insert_mission(
        &self,
        tenant: &TenantId,
        mission: &Mission,
        created: &MissionEvent,
        key: Option<&IdempotencyKey>,
        audit: &[AuditEntry],
    ) -> Result<Claim, StoreError> {
        let mut held = self.pool.acquire().await?;
        let generation = held.generation();
        let inserting = insert_mission(&mut held, tenant, mission, created, key, audit);
        let claim = self.pool.bounded(generation, ANSWER_LIMIT, inserting).await?;
        held.give_back();
        Ok(claim)
    }

    /// A page of missions, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_missions(&self, filter: MissionFilter, limit: u32) -> Result<Vec<MissionSummary>, StoreError> {
        let rows = sqlx::query(concat!(
            "SELECT missions.id, network_id, name, status, head.seq, head.revision, version, created_at, changed_at
             FROM (SELECT * FROM missions WHERE ($1::uuid IS NULL OR id < $1) AND ($2::text IS NULL OR status = $2)
                     AND ($3::uuid IS NULL OR network_id = $3) AND tenant = $5 ORDER BY id DESC LIMIT $4) AS missions",
            head_of_log!(),
            "ORDER BY missions.id DESC"
        ))
        .bind(filter.before.map(|id| id.0))
        .bind(filter.status.map(status_name))
        .bind(filter.network.map(|id| id.0))
        .bind(i64::from(limit))
        .bind(filter.tenant.as_str())
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(read_summary).collect()
    }
}

async fn insert_mission(
    connection: &mut PgConnection,
    tenant: &TenantId,
    mission: &Mission,
    created: &MissionEvent,
    key: Option<&IdempotencyKey>,
    audit: &[AuditEntry],
) -> Result<Claim, StoreError> {
    let mut transaction = connection.begin().await?;
    if let Some(key) = key {
        let claim = claim(&mut transaction, key, mission.id.0, created.recorded_at).await?;
        if claim != Claim::New {
            transaction.rollback().await?;
            return Ok(claim);
        }
    }
    sqlx::query(
        "INSERT INTO missions (id, network_id, name, status, seq, revision, version, planning_seq, planned_seq,
                                   created_at, changed_at, tenant)
             VALUES ($1, $2, $3, $4, 0, 0, 0, 0, 0, $5, $5, $6)",
    )
    .bind(mission.id.0)
    .bind(mission.settings.network.0)
    .bind(&mission.settings.name)
    .bind(status_name(mission.status))
    .bind(OffsetDateTime::from(mission.created_at))
    .bind(tenant.as_str())
    .execute(&mut *transaction)
    .await?;
    let created = StoredEvent::of(created).map_err(unwritable)?;
    let first = LogAppend { mission, expected_seq: 0, events: &[created], audit, known_in: None };
    append(&mut transaction, &[first], Rows::InOrder).await?;
    transaction.commit().await?;
    Ok(Claim::New)
}

fn read_summary(row: &PgRow) -> Result<MissionSummary, StoreError> {
    Ok(MissionSummary {
        id: MissionId(row.try_get(0)?),
        network: NetworkId(row.try_get(1)?),
        name: row.try_get(2)?,
        status: read_status(row.try_get(3)?)?,
        seq: row.try_get::<i64, _>(4)? as u64,
        revision: row.try_get::<i64, _>(5)? as u64,
        version: row.try_get::<i64, _>(6)? as u64,
        created_at: row.try_get::<OffsetDateTime, _>(7)?.into(),
        changed_at: row.try_get::<OffsetDateTime, _>(8)?.into(),
    })
}

/// The status as it is stored.
pub(super) fn status_name(status: MissionStatus) -> &'static str {
    match status {
        MissionStatus::Active => "active",
        MissionStatus::Paused => "paused",
        MissionStatus::Arrived => "arrived",
        MissionStatus::Cancelled => "cancelled",
    }
}

fn read_status(name: &str) -> Result<MissionStatus, StoreError> {
    Ok(match name {
        "active" => MissionStatus::Active,
        "paused" => MissionStatus::Paused,
        "arrived" => MissionStatus::Arrived,
        "cancelled" => MissionStatus::Cancelled,
        other => return Err(StoreError::Damaged { what: format!("mission status {other:?}") }),
    })
}
