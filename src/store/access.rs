//! Keys and sessions.

use std::sync::Arc;

use sqlx::postgres::PgRow;
use sqlx::{Connection, PgConnection, Row};
use time::OffsetDateTime;
use uuid::Uuid;

use super::connections::ANSWER_LIMIT;
use super::{AuditEntry, Store, StoreError, audit};
use crate::domain::access::{Binding, KeyDigest, KeyId, Role, TenantId};
use crate::domain::ids::{MissionId, NetworkId, VehicleId};
use crate::domain::timestamp::Timestamp;

/// What is kept of an API key.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyRecord {
    /// The key.
    pub id: KeyId,
    /// Whose networks and missions it opens.
    pub tenant: TenantId,
    /// A name for people.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// The mission and vehicle of a vehicle's key.
    pub binding: Option<Arc<Binding>>,
    /// SHA-256 of the whole key.
    pub digest: KeyDigest,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, as far as has been written down.
    pub last_used_at: Option<Timestamp>,
}

/// A login of the page.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionRecord {
    /// SHA-256 of the cookie's value.
    pub digest: KeyDigest,
    /// Whose networks and missions it opens.
    pub tenant: TenantId,
    /// The key that was used.
    pub key: KeyId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, as far as has been written down.
    pub last_used_at: Timestamp,
}

/// All that decides on who comes in.
#[derive(Clone, Debug, Default)]
pub struct AccessRecords {
    /// The number of changes that it contains at least.
    pub version: u64,
    /// How many keys were ever made.
    pub keys_made: u64,
    /// The keys that are not revoked; expired ones among them.
    pub keys: Vec<KeyRecord>,
    /// The sessions that were used since the given time.
    pub sessions: Vec<SessionRecord>,
}

const KEY_COLUMNS: &str = "id, tenant, name, role, mission_id, vehicle, digest, created_at, created_by, expires_at, \
                           revoked_at, last_used_at";

impl Store {
    /// How often keys or sessions were changed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn access_version(&self) -> Result<u64, StoreError> {
        let version: i64 = sqlx::query_scalar("SELECT version FROM access_changes").fetch_one(&self.pool).await?;
        Ok(version as u64)
    }

    /// All keys and sessions that count.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load_access(&self, used_since: Timestamp) -> Result<AccessRecords, StoreError> {
        // Before the rest: what changes meanwhile is read again.
        let version = self.access_version().await?;
        let sql = format!("SELECT {KEY_COLUMNS} FROM api_keys WHERE revoked_at IS NULL ORDER BY id");
        let keys = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_all(&self.pool).await?;
        let keys = keys.iter().map(read_key).collect::<Result<_, _>>()?;
        let keys_made: i64 = sqlx::query_scalar("SELECT count(*) FROM api_keys").fetch_one(&self.pool).await?;
        let sessions = sqlx::query(
            "SELECT digest, tenant, key_id, created_at, last_used_at FROM sessions WHERE last_used_at >= $1",
        )
        .bind(OffsetDateTime::from(used_since))
        .fetch_all(&self.pool)
        .await?;
        let sessions = sessions.iter().map(read_session).collect::<Result<_, _>>()?;
        Ok(AccessRecords { version, keys_made: keys_made as u64, keys, sessions })
    }

    /// Stores a new key, with an entry of the audit log.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_key(&self, key: &KeyRecord, entries: &[AuditEntry]) -> Result<(), StoreError> {
        let mut held = self.pool.acquire().await?;
        let generation = held.generation();
        let inserting = async {
            let mut transaction = held.begin().await?;
            sqlx::query(
                "INSERT INTO api_keys (id, tenant, name, role, mission_id, vehicle, digest, created_at, created_by, expires_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            )
            .bind(key.id.0)
            .bind(key.tenant.as_str())
            .bind(&key.name)
            .bind(key.role.as_str())
            .bind(key.binding.as_ref().map(|binding| binding.mission.0))
            .bind(key.binding.as_ref().map(|binding| binding.vehicle.0.as_str()))
            .bind(key.digest.as_slice())
            .bind(OffsetDateTime::from(key.created_at))
            .bind(&key.created_by)
            .bind(key.expires_at.map(OffsetDateTime::from))
            .execute(&mut *transaction)
            .await?;
            count_change(&mut transaction).await?;
            audit::write(&mut transaction, entries).await?;
            Ok::<_, StoreError>(transaction.commit().await?)
        };
        self.pool.bounded(generation, ANSWER_LIMIT, inserting).await?;
        held.give_back();
        Ok(())
    }

    /// A tenant's keys, revoked ones too, newest first; of all tenants without one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_keys(&self, tenant: Option<&TenantId>) -> Result<Vec<KeyRecord>, StoreError> {
        let sql = format!("SELECT {KEY_COLUMNS} FROM api_keys WHERE $1::text IS NULL OR tenant = $1 ORDER BY id DESC");
        let rows =
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(tenant.map(TenantId::as_str)).fetch_all(&self.pool).await?;
        rows.iter().map(read_key).collect()
    }

    /// Revokes a key, of this tenant if one is given, and ends its sessions. Returns whether there is such a key; one that was
    /// revoked before stays revoked since then.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_key(
        &self,
        id: KeyId,
        tenant: Option<&TenantId>,
        now: Timestamp,
        entries: &[AuditEntry],
    ) -> Result<bool, StoreError> {
        let mut held = self.pool.acquire().await?;
        let generation = held.generation();
        let revoking = async {
            let mut transaction = held.begin().await?;
            let revoked = sqlx::query(
                "UPDATE api_keys SET revoked_at = coalesce(revoked_at, $3)
                 WHERE id = $1 AND ($2::text IS NULL OR tenant = $2)",
            )
            .bind(id.0)
            .bind(tenant.map(TenantId::as_str))
            .bind(OffsetDateTime::from(now))
            .execute(&mut *transaction)
            .await?;
            let found = revoked.rows_affected() == 1;
            if found {
                sqlx::query("DELETE FROM sessions WHERE key_id = $1").bind(id.0).execute(&mut *transaction).await?;
                count_change(&mut transaction).await?;
                audit::write(&mut transaction, entries).await?;
            }
            transaction.commit().await?;
            Ok::<_, StoreError>(found)
        };
        let found = self.pool.bounded(generation, ANSWER_LIMIT, revoking).await?;
        held.give_back();
        Ok(found)
    }

    /// Stores a new session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn insert_session(&self, session: &SessionRecord) -> Result<(), StoreError> {
        let mut held = self.pool.acquire().await?;
        let generation = held.generation();
        let inserting = async {
            let mut transaction = held.begin().await?;
            sqlx::query(
                "INSERT INTO sessions (digest, tenant, key_id, created_at, last_used_at) VALUES ($1, $2, $3, $4, $5)",
            )
            .bind(session.digest.as_slice())
            .bind(session.tenant.as_str())
            .bind(session.key.0)
            .bind(OffsetDateTime::from(session.created_at))
            .bind(OffsetDateTime::from(session.last_used_at))
            .execute(&mut *transaction)
            .await?;
            count_change(&mut transaction).await?;
            Ok::<_, StoreError>(transaction.commit().await?)
        };
        self.pool.bounded(generation, ANSWER_LIMIT, inserting).await?;
        held.give_back();
        Ok(())
    }

    /// Ends a session.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_session(&self, digest: &KeyDigest) -> Result<(), StoreError> {
        let mut held = self.pool.acquire().await?;
        let generation = held.generation();
        let deleting = async {
            let mut transaction = held.begin().await?;
            sqlx::query("DELETE FROM sessions WHERE digest = $1")
                .bind(digest.as_slice())
                .execute(&mut *transaction)
                .await?;
            count_change(&mut transaction).await?;
            Ok::<_, StoreError>(transaction.commit().await?)
        };
        self.pool.bounded(generation, ANSWER_LIMIT, deleting).await?;
        held.give_back();
        Ok(())
    }

    /// Writes down when keys and sessions were last used, and forgets sessions that nobody used since `forgotten_before`. None of
    /// this counts as a change.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn write_uses(
        &self,
        keys: &[(KeyId, Timestamp)],
        sessions: &[(KeyDigest, Timestamp)],
        forgotten_before: Timestamp,
    ) -> Result<(), StoreError> {
        if !keys.is_empty() {
            let (ids, times): (Vec<Uuid>, Vec<OffsetDateTime>) =
                keys.iter().map(|(id, at)| (id.0, OffsetDateTime::from(*at))).unzip();
            sqlx::query(
                "UPDATE api_keys SET last_used_at = greatest(last_used_at, used.at)
                 FROM unnest($1::uuid[], $2::timestamptz[]) AS used (id, at) WHERE api_keys.id = used.id",
            )
            .bind(ids)
            .bind(times)
            .execute(&self.pool)
            .await?;
        }
        if !sessions.is_empty() {
            let (digests, times): (Vec<&[u8]>, Vec<OffsetDateTime>) =
                sessions.iter().map(|(digest, at)| (digest.as_slice(), OffsetDateTime::from(*at))).unzip();
            sqlx::query(
                "UPDATE sessions SET last_used_at = greatest(last_used_at, used.at)
                 FROM unnest($1::bytea[], $2::timestamptz[]) AS used (digest, at) WHERE sessions.digest = used.digest",
            )
            .bind(digests)
            .bind(times)
            .execute(&self.pool)
            .await?;
        }
        sqlx::query("DELETE FROM sessions WHERE last_used_at < $1")
            .bind(OffsetDateTime::from(forgotten_before))
            .execute(&self.pool)
            .await?;
        Ok(())
    }

    /// Whose a mission is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tenant_of_mission(&self, id: MissionId) -> Result<Option<TenantId>, StoreError> {
        let found: Option<String> = sqlx::query_scalar("SELECT tenant FROM missions WHERE id = $1")
            .bind(id.0)
            .fetch_optional(&self.pool)
            .await?;
        found.map(read_tenant).transpose()
    }

    /// Whose a network is.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tenant_of_network(&self, id: NetworkId) -> Result<Option<TenantId>, StoreError> {
        let found: Option<String> = sqlx::query_scalar("SELECT tenant FROM networks WHERE id = $1")
            .bind(id.0)
            .fetch_optional(&self.pool)
            .await?;
        found.map(read_tenant).transpose()
    }
}

/// Within the transaction that changes something, so that whoever sees the number sees the change.
async fn count_change(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query("UPDATE access_changes SET version = version + 1").execute(connection).await?;
    Ok(())
}

pub(super) fn read_tenant(name: String) -> Result<TenantId, StoreError> {
    name.parse().map_err(|_| StoreError::Damaged { what: format!("the tenant {name:?}") })
}

fn read_digest(bytes: &[u8]) -> Result<KeyDigest, StoreError> {
    bytes.try_into().map_err(|_| StoreError::Damaged { what: "the digest of a key or session".to_owned() })
}

fn read_key(row: &PgRow) -> Result<KeyRecord, StoreError> {
    let id = KeyId(row.try_get("id")?);
    let role: String = row.try_get("role")?;
    let role = role.parse().map_err(|_| StoreError::Damaged { what: format!("the role of key {id}") })?;
    let (mission, vehicle): (Option<Uuid>, Option<String>) = (row.try_get("mission_id")?, row.try_get("vehicle")?);
    let binding = mission
        .zip(vehicle)
        .map(|(mission, vehicle)| Arc::new(Binding { mission: MissionId(mission), vehicle: VehicleId(vehicle) }));
    let time = |column: &str| row.try_get::<Option<OffsetDateTime>, _>(column).map(|at| at.map(Timestamp::from));
    Ok(KeyRecord {
        id,
        tenant: read_tenant(row.try_get("tenant")?)?,
        name: row.try_get("name")?,
        role,
        binding,
        digest: read_digest(row.try_get("digest")?)?,
        created_at: row.try_get::<OffsetDateTime, _>("created_at")?.into(),
        created_by: row.try_get("created_by")?,
        expires_at: time("expires_at")?,
        revoked_at: time("revoked_at")?,
        last_used_at: time("last_used_at")?,
    })
}

fn read_session(row: &PgRow) -> Result<SessionRecord, StoreError> {
    Ok(SessionRecord {
        digest: read_digest(row.try_get("digest")?)?,
        tenant: read_tenant(row.try_get("tenant")?)?,
        key: KeyId(row.try_get("key_id")?),
        created_at: row.try_get::<OffsetDateTime, _>("created_at")?.into(),
        last_used_at: row.try_get::<OffsetDateTime, _>("last_used_at")?.into(),
    })
}
