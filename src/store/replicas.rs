//! The replicas over one database: who is alive, who plans which mission, and what they tell each other.

use std::time::Duration;

use sqlx::Executor;
use sqlx::postgres::types::PgInterval;
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::time::timeout;
use uuid::Uuid;

use super::connections::{ANSWER_LIMIT, Connections};
use super::{Store, StoreError};
use crate::domain::ids::{MissionId, ReplicaId};

/// The channel on which replicas tell each other which missions have news.
const CHANNEL: &str = "outrider_missions";
/// The longest notice Postgres takes is one byte short of 8,000.
pub const MAX_NOTICE_BYTES: usize = 7_900;
/// After how much silence the connection on which notices come is asked whether it still is one.
const ASKED_AFTER_SILENCE: Duration = Duration::from_secs(2);
/// How long the row of a dead replica stays, in seconds: for people who look.
const DEAD_KEPT_S: f64 = 60.0;

/// Who else is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Company {
    /// How many other replicas are alive.
    pub others: u64,
}

impl Store {
    /// The replica is alive from now on for `lasts`, by the database's clock.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn beat(&self, replica: ReplicaId, lasts: Duration) -> Result<Company, StoreError> {
        let lasts = PgInterval::try_from(lasts).map_err(|_| StoreError::Damaged { what: "an odd interval".into() })?;
        let others: i64 = sqlx::query_scalar(
            "WITH own AS (
                 INSERT INTO replicas (id, alive_until) VALUES ($1, clock_timestamp() + $2)
                 ON CONFLICT (id) DO UPDATE SET alive_until = excluded.alive_until
             ), dead AS (
                 DELETE FROM replicas WHERE alive_until < clock_timestamp() - make_interval(secs => $3)
             )
             SELECT count(*) FROM replicas WHERE id <> $1 AND alive_until > clock_timestamp()",
        )
        .bind(replica.0)
        .bind(lasts)
        .bind(DEAD_KEPT_S)
        .fetch_one(&self.pool)
        .await?;
        Ok(Company { others: others.unsigned_abs() })
    }

    /// The replica is gone; what it held is free.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn leave(&self, replica: ReplicaId) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM replicas WHERE id = $1").bind(replica.0).execute(&self.pool).await?;
        Ok(())
    }

    /// The replicas that are alive.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn replicas_alive(&self) -> Result<Vec<ReplicaId>, StoreError> {
        let alive: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM replicas WHERE alive_until > clock_timestamp()")
            .fetch_all(&self.pool)
            .await?;
        Ok(alive.into_iter().map(ReplicaId).collect())
    }

    /// No replica is alive: for whoever knows that the database is its own, and what came before it dead.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_replicas(&self) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM replicas").execute(&self.pool).await?;
        Ok(())
    }

    /// Takes the lease of a mission, unless another replica that is alive has it. Returns whether the replica has it now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn take_lease(&self, id: MissionId, replica: ReplicaId) -> Result<bool, StoreError> {
        let taken = sqlx::query(
            "INSERT INTO mission_leases AS lease (mission_id, replica_id) VALUES ($1, $2)
             ON CONFLICT (mission_id) DO UPDATE SET replica_id = excluded.replica_id
             WHERE lease.replica_id = excluded.replica_id OR NOT EXISTS (
                 SELECT FROM replicas WHERE replicas.id = lease.replica_id AND alive_until > clock_timestamp())",
        )
        .bind(id.0)
        .bind(replica.0)
        .execute(&self.pool)
        .await?;
        Ok(taken.rows_affected() == 1)
    }

    /// Tells all replicas something of up to [`MAX_NOTICE_BYTES`]. Nobody waits for the disk: a notice that is lost is made
    /// good by the sweep.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn notify(&self, notices: &[String]) -> Result<(), StoreError> {
        // Nothing is stored, so the disk need not be waited for.
        sqlx::query(
            "SELECT set_config('synchronous_commit', 'off', true), pg_notify($1, notice)
             FROM unnest($2::text[]) AS notice",
        )
        .bind(CHANNEL)
        .bind(notices)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// Begins to listen to what replicas tell each other, on a connection of its own.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn listen(&self) -> Result<Notices, StoreError> {
        // A pool of this one connection, so that one that answers no more takes no other's place.
        let (primary, generation) = self.pool.primary();
        let own = PgPoolOptions::new().max_connections(1).acquire_timeout(ANSWER_LIMIT).connect_lazy_with(primary);
        let mut listener = PgListener::connect_with(&own).await?;
        listener.eager_reconnect(false);
        bounded(listener.listen(CHANNEL)).await?;
        Ok(Notices { listener, connections: self.pool.clone(), generation })
    }
}

/// What replicas tell each other.
pub struct Notices {
    listener: PgListener,
    connections: Connections,
    generation: u64,
}

impl Notices {
    /// The next notice. In silence the connection is asked again and again whether it still is one.
    ///
    /// # Errors
    /// When the connection is lost, or no longer leads to the primary: notices may be lost too. Listen anew, and look at what
    /// was missed.
    pub async fn next(&mut self) -> Result<String, StoreError> {
        loop {
            match timeout(ASKED_AFTER_SILENCE, self.listener.try_recv()).await {
                Ok(Ok(Some(notice))) => return Ok(notice.payload().to_owned()),
                Ok(Ok(None)) => return Err(StoreError::Unavailable(sqlx::Error::WorkerCrashed)),
                Ok(Err(error)) => return Err(error.into()),
                Err(_) if !self.connections.is_trusted(self.generation) => {
                    return Err(StoreError::Unavailable(sqlx::Error::WorkerCrashed));
                }
                // Notices that come before the answer are kept for the next look.
                Err(_) => bounded((&mut self.listener).execute("SELECT 1")).await.map(drop)?,
            }
        }
    }
}

/// Waits for the listening connection's answer, for as long as for any.
async fn bounded<T>(work: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, StoreError> {
    match timeout(ANSWER_LIMIT, work).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(StoreError::Unavailable(sqlx::Error::WorkerCrashed)),
    }
}
