//! Repeated creates are answered as the first one was.

use sqlx::{PgConnection, Row};
use uuid::Uuid;

use super::connections::ANSWER_LIMIT;
use super::{Store, StoreError};
use crate::domain::access::TenantId;
use crate::domain::timestamp::Timestamp;

/// A client's key for one create request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Whose key it is; keys of different tenants do not meet.
    pub tenant: TenantId,
    /// What is created; keys of different kinds do not meet.
    pub scope: &'static str,
    /// The client's key.
    pub key: String,
    /// A digest of the request, so that a key used for something else is noticed.
    pub request_digest: [u8; 32],
}

/// What a key stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It was not used before.
    New,
    /// The same request came before and created this.
    Repeat(Uuid),
    /// The key came before with another request.
    Conflict,
}

impl Store {
    /// What the key was used for, if it was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_claim(&self, key: &IdempotencyKey) -> Result<Claim, StoreError> {
        let mut held = self.pool.acquire().await?;
        let generation = held.generation();
        let claim = self.pool.bounded(generation, ANSWER_LIMIT, read_claim(&mut held, key)).await?;
        held.give_back();
        Ok(claim)
    }

    /// Forgets the keys that were claimed before a time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_claims(&self, before: Timestamp) -> Result<u64, StoreError> {
        let deleted = sqlx::query("DELETE FROM idempotency_keys WHERE created_at < $1")
            .bind(time::OffsetDateTime::from(before))
            .execute(&self.pool)
            .await?;
        Ok(deleted.rows_affected())
    }
}

/// Claims the key within the transaction that creates the resource. A concurrent claim of the same key is waited for.
pub(super) async fn claim(
    connection: &mut PgConnection,
    key: &IdempotencyKey,
    resource: Uuid,
    now: Timestamp,
) -> Result<Claim, StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO idempotency_keys (scope, key, request_digest, resource_id, created_at, tenant)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant, scope, key) DO NOTHING",
    )
    .bind(key.scope)
    .bind(&key.key)
    .bind(key.request_digest.as_slice())
    .bind(resource)
    .bind(time::OffsetDateTime::from(now))
    .bind(key.tenant.as_str())
    .execute(&mut *connection)
    .await?;
    if inserted.rows_affected() == 1 {
        return Ok(Claim::New);
    }
    read_claim(connection, key).await
}

async fn read_claim(connection: &mut PgConnection, key: &IdempotencyKey) -> Result<Claim, StoreError> {
    let row = sqlx::query(
        "SELECT request_digest, resource_id FROM idempotency_keys WHERE tenant = $1 AND scope = $2 AND key = $3",
    )
    .bind(key.tenant.as_str())
    .bind(key.scope)
    .bind(&key.key)
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(Claim::New) };
    let digest: Vec<u8> = row.try_get(0)?;
    Ok(if digest == key.request_digest { Claim::Repeat(row.try_get(1)?) } else { Claim::Conflict })
}
