//! Missions that ended long ago leave the database: first the mission, whose log has been exported, then its events, a few at a
//! time.

use std::time::Duration;

use sqlx::postgres::types::PgInterval;
use time::OffsetDateTime;
use uuid::Uuid;

use super::connections::ANSWER_LIMIT;
use super::{AuditEntry, Store, StoreError, audit};
use crate::domain::ids::{MissionId, ReplicaId};
use crate::domain::timestamp::Timestamp;

/// A mission that is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndedMission {
    /// The mission.
    pub id: MissionId,
    /// How many events its log has.
    pub seq: u64,
}

impl Store {
    /// Takes a chore that one replica at a time does, for `lasts` by the database's clock, unless another one has it. Returns
    /// whether the replica has it now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_chore(&self, name: &str, replica: ReplicaId, lasts: Duration) -> Result<bool, StoreError> {
        let lasts = PgInterval::try_from(lasts).map_err(|_| StoreError::Damaged { what: "an odd interval".into() })?;
        let taken = sqlx::query(
            "INSERT INTO chores AS held (name, replica_id, held_until) VALUES ($1, $2, clock_timestamp() + $3)
             ON CONFLICT (name) DO UPDATE SET replica_id = excluded.replica_id, held_until = excluded.held_until
             WHERE held.replica_id = excluded.replica_id OR held.held_until < clock_timestamp()",
        )
        .bind(name)
        .bind(replica.0)
        .bind(lasts)
        .execute(&self.pool)
        .await?;
        Ok(taken.rows_affected() == 1)
    }

    /// Missions that ended before a time, the longest ago first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn missions_ended(&self, before: Timestamp, limit: u32) -> Result<Vec<EndedMission>, StoreError> {
        let rows: Vec<(Uuid, i64)> = sqlx::query_as(
            "SELECT id, seq FROM missions WHERE status IN ('arrived', 'cancelled') AND changed_at < $1
             ORDER BY changed_at LIMIT $2",
        )
        .bind(OffsetDateTime::from(before))
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        let ended = |(id, seq): (Uuid, i64)| EndedMission { id: MissionId(id), seq: seq.unsigned_abs() };
        Ok(rows.into_iter().map(ended).collect())
    }

    /// Takes an ended mission out of the missions if its log is still as long as it was, with its positions, its lease and the
    /// key it was created with; what remains are its events, which [`Store::delete_retired_events`] deletes. Returns whether it
    /// did.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn retire_mission(&self, mission: EndedMission, entry: &AuditEntry) -> Result<bool, StoreError> {
        let mut held = self.pool.acquire().await?;
        let generation = held.generation();
        let retiring = async {
            let mut transaction = sqlx::Connection::begin(&mut *held).await?;
            let retired = sqlx::query(
                "WITH gone AS (
                     DELETE FROM missions WHERE id = $1 AND seq = $2 AND status IN ('arrived', 'cancelled')
                     RETURNING id, seq
                 ), freed AS (
                     DELETE FROM idempotency_keys USING gone WHERE scope = 'mission' AND resource_id = gone.id
                 )
                 INSERT INTO retired_missions (id, seq, retired_at) SELECT id, seq, clock_timestamp() FROM gone",
            )
            .bind(mission.id.0)
            .bind(i64::try_from(mission.seq).unwrap_or(i64::MAX))
            .execute(&mut *transaction)
            .await?;
            let retired = retired.rows_affected() == 1;
            if retired {
                audit::write(&mut transaction, std::slice::from_ref(entry)).await?;
            }
            transaction.commit().await?;
            Ok::<_, StoreError>(retired)
        };
        let retired = self.pool.bounded(generation, ANSWER_LIMIT, retiring).await?;
        held.give_back();
        Ok(retired)
    }

    /// Deletes up to `limit` events of a retired mission. Returns whether there may be more to do.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_retired_events(&self, limit: u32) -> Result<bool, StoreError> {
        let oldest = "SELECT id FROM retired_missions ORDER BY retired_at, id LIMIT 1";
        let Some(id) = sqlx::query_scalar::<_, Uuid>(oldest).fetch_optional(&self.pool).await? else {
            return Ok(false);
        };
        let deleted = sqlx::query(
            "DELETE FROM mission_events WHERE mission_id = $1 AND seq IN (
                 SELECT seq FROM mission_events WHERE mission_id = $1 ORDER BY seq LIMIT $2)",
        )
        .bind(id)
        .bind(i64::from(limit))
        .execute(&self.pool)
        .await?;
        if deleted.rows_affected() < u64::from(limit) {
            sqlx::query("DELETE FROM retired_missions WHERE id = $1").bind(id).execute(&self.pool).await?;
        }
        Ok(true)
    }

    /// Those of the missions that are (still) there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn missions_there(&self, ids: &[MissionId]) -> Result<Vec<MissionId>, StoreError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let there = sqlx::query_scalar("SELECT id FROM missions WHERE id = ANY($1)").bind(ids).fetch_all(&self.pool);
        Ok(there.await?.into_iter().map(MissionId).collect())
    }

    /// How many bytes the database takes on its disk, without the write-ahead log.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn size_bytes(&self) -> Result<u64, StoreError> {
        let size: i64 = sqlx::query_scalar("SELECT pg_database_size(current_database())").fetch_one(&self.pool).await?;
        Ok(size.unsigned_abs())
    }
}
