//! Who changed what: entries written in the transaction of the change.

use sqlx::{PgConnection, Row};
use time::OffsetDateTime;

use super::{Store, StoreError};
use crate::domain::access::TenantId;
use crate::domain::timestamp::Timestamp;

/// One change, and who made it.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// Who: the name of a caller, or `outrider` for the service itself.
    pub principal: String,
    /// Whose; none where there are no tenants.
    pub tenant: Option<String>,
    /// Where the request came from.
    pub address: Option<String>,
    /// The request, as the access log has it.
    pub request_id: Option<String>,
    /// What was done, such as `mission.cancelled`.
    pub action: &'static str,
    /// To what, such as `mission/01938a6e-...`.
    pub object: String,
    /// Particulars, small.
    pub detail: serde_json::Value,
}

/// An entry as it is read back.
#[derive(Clone, Debug, PartialEq)]
pub struct AuditRecord {
    /// Its number. Numbers ascend, but not without gaps.
    pub id: u64,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub principal: String,
    /// Whose.
    pub tenant: Option<String>,
    /// Where the request came from.
    pub address: Option<String>,
    /// The request.
    pub request_id: Option<String>,
    /// What was done.
    pub action: String,
    /// To what.
    pub object: String,
    /// Particulars.
    pub detail: serde_json::Value,
}

/// Which entries are wanted. What is absent does not matter.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Of this caller.
    pub principal: Option<String>,
    /// What this tenant may see: its own entries; the default one also those of no tenant. None: all of them.
    pub visible_to: Option<TenantId>,
    /// Of this tenant.
    pub tenant: Option<String>,
    /// Of this action, or of all that begin with it and a dot: `mission` and `mission.cancelled`.
    pub action: Option<String>,
    /// Of this object.
    pub object: Option<String>,
    /// Not before this time.
    pub since: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
    /// Older than this one.
    pub before: Option<u64>,
}

/// Entries as the columns of a statement.
#[derive(Default)]
pub(super) struct AuditColumns<'a> {
    pub(super) times: Vec<OffsetDateTime>,
    pub(super) principals: Vec<&'a str>,
    pub(super) tenants: Vec<Option<&'a str>>,
    pub(super) addresses: Vec<Option<&'a str>>,
    pub(super) requests: Vec<Option<&'a str>>,
    pub(super) actions: Vec<&'a str>,
    pub(super) objects: Vec<&'a str>,
    pub(super) details: Vec<String>,
}

impl<'a> AuditColumns<'a> {
    pub(super) fn push(&mut self, entry: &'a AuditEntry) {
        self.times.push(OffsetDateTime::from(entry.at));
        self.principals.push(&entry.principal);
        self.tenants.push(entry.tenant.as_deref());
        self.addresses.push(entry.address.as_deref());
        self.requests.push(entry.request_id.as_deref());
        self.actions.push(entry.action);
        self.objects.push(&entry.object);
        self.details.push(entry.detail.to_string());
    }
}

/// Writes entries within the transaction of whatever they are about.
pub(super) async fn write(connection: &mut PgConnection, entries: &[AuditEntry]) -> Result<(), StoreError> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut columns = AuditColumns::default();
    entries.iter().for_each(|entry| columns.push(entry));
    sqlx::query(
        "INSERT INTO audit (at, principal, tenant, address, request_id, action, object, detail)
         SELECT at, principal, tenant, address, request_id, action, object, detail::json
         FROM unnest($1::timestamptz[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[])
              AS entry (at, principal, tenant, address, request_id, action, object, detail)",
    )
    .bind(columns.times)
    .bind(columns.principals)
    .bind(columns.tenants)
    .bind(columns.addresses)
    .bind(columns.requests)
    .bind(columns.actions)
    .bind(columns.objects)
    .bind(columns.details)
    .execute(connection)
    .await?;
    Ok(())
}

impl Store {
    /// Writes an entry about something that is not in the database.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_audit(&self, entry: &AuditEntry) -> Result<(), StoreError> {
        let mut held = self.pool.acquire().await?;
        let generation = held.generation();
        let writing = write(&mut held, std::slice::from_ref(entry));
        self.pool.bounded(generation, super::connections::ANSWER_LIMIT, writing).await?;
        held.give_back();
        Ok(())
    }

    /// A page of entries, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_audit(&self, filter: &AuditFilter, limit: u32) -> Result<Vec<AuditRecord>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, at, principal, tenant, address, request_id, action, object, detail::text FROM audit
             WHERE ($1::text IS NULL OR principal = $1) AND ($2::text IS NULL OR tenant = $2)
               AND ($3::text IS NULL OR action = $3 OR starts_with(action, $3 || '.'))
               AND ($4::text IS NULL OR object = $4)
               AND ($5::timestamptz IS NULL OR at >= $5) AND ($6::timestamptz IS NULL OR at < $6)
               AND ($7::bigint IS NULL OR id < $7)
               AND ($9::text IS NULL OR coalesce(tenant, 'default') = $9)
             ORDER BY id DESC LIMIT $8",
        )
        .bind(&filter.principal)
        .bind(&filter.tenant)
        .bind(&filter.action)
        .bind(&filter.object)
        .bind(filter.since.map(OffsetDateTime::from))
        .bind(filter.until.map(OffsetDateTime::from))
        .bind(filter.before.map(|id| i64::try_from(id).unwrap_or(i64::MAX)))
        .bind(i64::from(limit))
        .bind(filter.visible_to.as_ref().map(TenantId::as_str))
        .fetch_all(&self.pool)
        .await?;
        let read = |row: &sqlx::postgres::PgRow| {
            let detail: String = row.try_get(8)?;
            Ok(AuditRecord {
                id: row.try_get::<i64, _>(0)?.unsigned_abs(),
                at: row.try_get::<OffsetDateTime, _>(1)?.into(),
                principal: row.try_get(2)?,
                tenant: row.try_get(3)?,
                address: row.try_get(4)?,
                request_id: row.try_get(5)?,
                action: row.try_get(6)?,
                object: row.try_get(7)?,
                detail: serde_json::from_str(&detail)
                    .map_err(|e| StoreError::Damaged { what: format!("the detail of an audit entry: {e}") })?,
            })
        };
        rows.iter().map(read).collect()
    }

    /// Forgets up to `limit` of the entries made before a time, the oldest first. Returns how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn forget_audit(&self, before: Timestamp, limit: u32) -> Result<u64, StoreError> {
        let deleted =
            sqlx::query("DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < $1 ORDER BY at LIMIT $2)")
                .bind(OffsetDateTime::from(before))
                .bind(i64::from(limit))
                .execute(&self.pool)
                .await?;
        Ok(deleted.rows_affected())
    }
}
