//! What the sweep looks for: missions in which something is due.

use time::OffsetDateTime;
use uuid::Uuid;

use super::{Store, StoreError};
use crate::domain::ids::{MissionId, ReplicaId};
use crate::domain::timestamp::Timestamp;

/// A mission whose plan does not take everything into account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissionBehind {
    /// The mission.
    pub id: MissionId,
    /// Up to where its plan takes the log into account.
    pub planned_seq: u64,
    /// A replica that is alive holds its lease.
    pub is_held: bool,
}

impl Store {
    /// Missions whose plan does not take everything into account, apart from those that another replica which is alive has
    /// taken: what the sweep repairs.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn unplanned_missions(&self, replica: ReplicaId, limit: u32) -> Result<Vec<MissionId>, StoreError> {
        let ids: Vec<Uuid> = sqlx::query_scalar(
            "SELECT id FROM missions
             WHERE status = 'active' AND planned_seq < planning_seq AND NOT EXISTS (
                 SELECT FROM mission_leases JOIN replicas ON replicas.id = mission_leases.replica_id
                 WHERE mission_leases.mission_id = missions.id AND replicas.id <> $2
                   AND replicas.alive_until > clock_timestamp())
             ORDER BY id LIMIT $1",
        )
        .bind(i64::from(limit))
        .bind(replica.0)
        .fetch_all(&self.pool)
        .await?;
        Ok(ids.into_iter().map(MissionId).collect())
    }

    /// Active missions whose plan does not take everything into account.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn missions_behind(&self, limit: u32) -> Result<Vec<MissionBehind>, StoreError> {
        let rows: Vec<(Uuid, i64, bool)> = sqlx::query_as(
            "SELECT id, planned_seq, EXISTS (
                 SELECT FROM mission_leases JOIN replicas ON replicas.id = mission_leases.replica_id
                 WHERE mission_leases.mission_id = missions.id AND replicas.alive_until > clock_timestamp())
             FROM missions WHERE status = 'active' AND planned_seq < planning_seq ORDER BY id LIMIT $1",
        )
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        let behind = |(id, planned, is_held): (Uuid, i64, bool)| MissionBehind {
            id: MissionId(id),
            planned_seq: planned.unsigned_abs(),
            is_held,
        };
        Ok(rows.into_iter().map(behind).collect())
    }

    /// Missions in which a closing has reached its expiry.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn missions_with_expiry(&self, now: Timestamp, limit: u32) -> Result<Vec<MissionId>, StoreError> {
        let ids: Vec<Uuid> = sqlx::query_scalar(
            "SELECT id FROM missions WHERE next_expiry_at <= $1 AND status IN ('active', 'paused')
             ORDER BY next_expiry_at, id LIMIT $2",
        )
        .bind(OffsetDateTime::from(now))
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        Ok(ids.into_iter().map(MissionId).collect())
    }
}
