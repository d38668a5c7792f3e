//! The replicas over one database: who is alive, who plans which mission, and what they tell each other.

use std::time::Duration;

use sqlx::postgres::PgListener;
use sqlx::postgres::types::PgInterval;

use super::{Store, StoreError};
use crate::domain::ids::{MissionId, ReplicaId};

/// The channel on which replicas tell each other which missions have news.
const CHANNEL: &str = "outrider_missions";
/// The longest notice Postgres takes is one byte short of 8,000.
pub const MAX_NOTICE_BYTES: usize = 7_900;
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
        let mut transaction = self.pool.begin().await?;
        sqlx::query("SET LOCAL synchronous_commit = off").execute(&mut *transaction).await?;
        sqlx::query("SELECT pg_notify($1, notice) FROM unnest($2::text[]) AS notice")
            .bind(CHANNEL)
            .bind(notices)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Begins to listen to what replicas tell each other, on a connection of its own.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn listen(&self) -> Result<Notices, StoreError> {
        let mut listener = PgListener::connect_with(&self.pool).await?;
        listener.ignore_pool_close_event(true);
        listener.eager_reconnect(false);
        listener.listen(CHANNEL).await?;
        Ok(Notices(listener))
    }
}

/// What replicas tell each other.
pub struct Notices(PgListener);

impl Notices {
    /// The next notice.
    ///
    /// # Errors
    /// When the connection is lost: notices may be too. Listen anew, and look at what was missed.
    pub async fn next(&mut self) -> Result<String, StoreError> {
        match self.0.try_recv().await? {
            Some(notice) => Ok(notice.payload().to_owned()),
            None => Err(StoreError::Unavailable(sqlx::Error::WorkerCrashed)),
        }
    }
}
