//! Stored road networks.

use std::sync::atomic::{AtomicU64, Ordering};

use sqlx::postgres::PgRow;
use sqlx::{Connection, PgConnection, Row};
use uuid::Uuid;

use super::connections::PATIENT_LIMIT;
use super::idempotency::{Claim, IdempotencyKey, claim};
use super::network_chunks::{PackedNetwork, insert_chunks};
use super::network_rows::{copy_nodes, copy_segments};
use super::{AuditEntry, Store, StoreError, audit, imports};
use crate::domain::access::TenantId;
use crate::domain::geometry::LonLat;
use crate::domain::ids::{ImportId, NetworkId};
use crate::domain::network::{Network, Node, SegmentPart};
use crate::domain::timestamp::Timestamp;

/// What is kept of a network beside its roads.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkRecord {
    /// The network.
    pub id: NetworkId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Its name, unique within the tenant.
    pub name: String,
    /// The format it came in.
    pub source: String,
    /// What the import read, merged and left out: JSON text.
    pub summary: String,
    /// How many nodes.
    pub node_count: u32,
    /// How many of these are junctions.
    pub junction_count: u32,
    /// How many segments.
    pub segment_count: u32,
    /// The sum of their lengths in metres.
    pub length_m: f64,
    /// South-west corner.
    pub south_west: LonLat,
    /// North-east corner.
    pub north_east: LonLat,
    /// When it was stored.
    pub created_at: Timestamp,
}

impl NetworkRecord {
    /// The record of a network about to be stored, of the default tenant unless that is changed.
    pub fn of(
        network: &Network,
        id: NetworkId,
        name: String,
        source: &str,
        summary: String,
        created_at: Timestamp,
    ) -> Self {
        let (south_west, north_east) = network.bounds();
        Self {
            id,
            tenant: TenantId::default(),
            name,
            source: source.to_owned(),
            summary,
            node_count: network.nodes().len() as u32,
            junction_count: network.junction_count() as u32,
            segment_count: network.segments().len() as u32,
            length_m: network.length_m(),
            south_west,
            north_east,
            created_at,
        }
    }
}

/// The roads of a network as they are stored.
#[derive(Debug)]
pub enum StoredNetwork {
    /// In chunks.
    Packed(PackedNetwork),
    /// In rows only, by an earlier program.
    Rows {
        /// The network.
        id: NetworkId,
        /// Where its plane touches the Earth.
        origin: LonLat,
        /// Its nodes.
        nodes: Vec<Node>,
        /// Its segments.
        parts: Vec<SegmentPart>,
    },
}

impl StoredNetwork {
    /// The network. Takes seconds for millions of segments: not for the async threads.
    ///
    /// # Errors
    /// When what is stored is no network.
    pub fn assemble(self) -> Result<Network, StoreError> {
        match self {
            Self::Packed(packed) => packed.unpack(),
            Self::Rows { id, origin, nodes, parts } => Network::new(origin, nodes, parts)
                .map_err(|fault| StoreError::Damaged { what: format!("network {id}: {fault}") }),
        }
    }
}

const RECORD_COLUMNS: &str = "id, tenant, name, source, summary::text AS summary, node_count, junction_count, segment_count, \
                              length_m, west, south, east, north, created_at";

impl Store {
    /// Stores a network whole, or not at all. With a key that came before, nothing is stored and the claim says so.
    ///
    /// # Errors
    /// When the name is taken, or the database fails.
    pub async fn insert_network(
        &self,
        record: &NetworkRecord,
        network: &Network,
        key: Option<&IdempotencyKey>,
    ) -> Result<Claim, StoreError> {
        self.insert_network_counting(record, network, key, None, &[], &AtomicU64::new(0)).await
    }

    /// As [`Store::insert_network`], counting the rows that the database has taken so far. If it comes from an import in the
    /// background, that ends with it.
    ///
    /// # Errors
    /// As there; also when the import has ended before.
    pub async fn insert_network_counting(
        &self,
        record: &NetworkRecord,
        network: &Network,
        key: Option<&IdempotencyKey>,
        import: Option<ImportId>,
        audit: &[AuditEntry],
        rows: &AtomicU64,
    ) -> Result<Claim, StoreError> {
        let mut held = self.pool.acquire().await?;
        let generation = held.generation();
        let inserting = insert_network(&mut held, record, network, key, import, audit, rows);
        let claim = self.pool.bounded(generation, PATIENT_LIMIT, inserting).await?;
        held.give_back();
        Ok(claim)
    }

    /// A tenant's networks, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_networks(&self, tenant: &TenantId) -> Result<Vec<NetworkRecord>, StoreError> {
        let sql = format!("SELECT {RECORD_COLUMNS} FROM networks WHERE tenant = $1 ORDER BY name");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(tenant.as_str()).fetch_all(&self.pool).await?;
        rows.iter().map(read_record).collect()
    }

    /// One network's record.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_network(&self, id: NetworkId) -> Result<Option<NetworkRecord>, StoreError> {
        let sql = format!("SELECT {RECORD_COLUMNS} FROM networks WHERE id = $1");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(id.0).fetch_optional(&self.pool).await?;
        row.as_ref().map(read_record).transpose()
    }

    /// The tenant's network of that name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find_network_by_name(
        &self,
        tenant: &TenantId,
        name: &str,
    ) -> Result<Option<NetworkRecord>, StoreError> {
        let sql = format!("SELECT {RECORD_COLUMNS} FROM networks WHERE tenant = $1 AND name = $2");
        let row =
            sqlx::query(sqlx::AssertSqlSafe(sql)).bind(tenant.as_str()).bind(name).fetch_optional(&self.pool).await?;
        row.as_ref().map(read_record).transpose()
    }

    /// The roads of a network, equal to those that were stored. Puts them together at once: of a large network not for the async
    /// threads, see [`Store::read_network`].
    ///
    /// # Errors
    /// When the database fails or what it holds is no network.
    pub async fn load_network(&self, id: NetworkId) -> Result<Option<Network>, StoreError> {
        self.read_network(id).await?.map(StoredNetwork::assemble).transpose()
    }

    /// The roads of a network as they are stored.
    ///
    /// # Errors
    /// When the database fails, or a checksum is not right.
    pub async fn read_network(&self, id: NetworkId) -> Result<Option<StoredNetwork>, StoreError> {
        let Some(row) = sqlx::query(
            "SELECT origin_lon, origin_lat, node_count, junction_count, segment_count FROM networks WHERE id = $1",
        )
        .bind(id.0)
        .fetch_optional(&self.pool)
        .await?
        else {
            return Ok(None);
        };
        let origin = LonLat { lon: row.try_get(0)?, lat: row.try_get(1)? };
        let counts = [row.try_get::<i32, _>(2)?, row.try_get(3)?, row.try_get(4)?];
        let mut packed = PackedNetwork::new(id, origin, counts.map(|count| count.max(0) as usize));
        if self.read_chunks(&mut packed).await? {
            return Ok(Some(StoredNetwork::Packed(packed)));
        }
        let [node_count, _, segment_count] = counts;
        let nodes = self.load_nodes(id, node_count).await?;
        let parts = self.load_segments(id, segment_count).await?;
        Ok(Some(StoredNetwork::Rows { id, origin, nodes, parts }))
    }

    /// Deletes a network that no mission uses, and frees the key it was created with: a repeat has nothing to answer with any
    /// more. Returns whether there was one.
    ///
    /// # Errors
    /// When missions use it, or the database fails.
    pub async fn delete_network(&self, id: NetworkId, entries: &[AuditEntry]) -> Result<bool, StoreError> {
        let mut held = self.pool.acquire().await?;
        let generation = held.generation();
        let deleting = async {
            let mut transaction = held.begin().await?;
            take_time(&mut transaction).await?;
            let deleted = sqlx::query(
                "WITH freed AS (DELETE FROM idempotency_keys WHERE scope = 'network' AND resource_id = $1),
                      nodes AS (DELETE FROM network_nodes WHERE network_id = $1),
                      segments AS (DELETE FROM network_segments WHERE network_id = $1)
                 DELETE FROM networks WHERE id = $1",
            )
            .bind(id.0)
            .execute(&mut *transaction)
            .await?;
            let deleted = deleted.rows_affected() == 1;
            if deleted {
                audit::write(&mut transaction, entries).await?;
            }
            transaction.commit().await?;
            Ok::<_, StoreError>(deleted)
        };
        let deleted = self.pool.bounded(generation, PATIENT_LIMIT, deleting).await?;
        held.give_back();
        Ok(deleted)
    }
}

async fn insert_network(
    connection: &mut PgConnection,
    record: &NetworkRecord,
    network: &Network,
    key: Option<&IdempotencyKey>,
    import: Option<ImportId>,
    audit_entries: &[AuditEntry],
    rows: &AtomicU64,
) -> Result<Claim, StoreError> {
    let mut transaction = connection.begin().await?;
    take_time(&mut transaction).await?;
    if let Some(key) = key {
        let claim = claim(&mut transaction, key, record.id.0, record.created_at).await?;
        if claim != Claim::New {
            transaction.rollback().await?;
            return Ok(claim);
        }
    }
    let origin = network.plane().origin();
    sqlx::query(
        "INSERT INTO networks (id, name, source, summary, origin_lon, origin_lat, node_count, junction_count,
                                   segment_count, length_m, west, south, east, north, created_at, tenant)
             VALUES ($1, $2, $3, $4::json, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
    )
    .bind(record.id.0)
    .bind(&record.name)
    .bind(&record.source)
    .bind(&record.summary)
    .bind(origin.lon)
    .bind(origin.lat)
    .bind(record.node_count as i32)
    .bind(record.junction_count as i32)
    .bind(record.segment_count as i32)
    .bind(record.length_m)
    .bind(record.south_west.lon)
    .bind(record.south_west.lat)
    .bind(record.north_east.lon)
    .bind(record.north_east.lat)
    .bind(time::OffsetDateTime::from(record.created_at))
    .bind(record.tenant.as_str())
    .execute(&mut *transaction)
    .await?;
    if network.has_forbidden_turns() {
        // Programs that know rows only would drive those turns.
        rows.fetch_add((network.nodes().len() + network.segments().len()) as u64, Ordering::Relaxed);
    } else {
        copy_nodes(&mut transaction, record.id, network, rows).await?;
        copy_segments(&mut transaction, record.id, network, rows).await?;
    }
    insert_chunks(&mut transaction, record.id, network).await?;
    audit::write(&mut transaction, audit_entries).await?;
    if let Some(import) = import {
        imports::end_with(&mut transaction, import, record.id).await?;
    }
    transaction.commit().await?;
    Ok(Claim::New)
}

/// Lets the transaction's statements take as long as a large network needs.
async fn take_time(connection: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query("SET LOCAL statement_timeout = '60s'").execute(connection).await?;
    Ok(())
}

fn read_record(row: &PgRow) -> Result<NetworkRecord, StoreError> {
    Ok(NetworkRecord {
        id: NetworkId(row.try_get::<Uuid, _>("id")?),
        tenant: super::access::read_tenant(row.try_get("tenant")?)?,
        name: row.try_get("name")?,
        source: row.try_get("source")?,
        summary: row.try_get("summary")?,
        node_count: row.try_get::<i32, _>("node_count")? as u32,
        junction_count: row.try_get::<i32, _>("junction_count")? as u32,
        segment_count: row.try_get::<i32, _>("segment_count")? as u32,
        length_m: row.try_get("length_m")?,
        south_west: LonLat { lon: row.try_get("west")?, lat: row.try_get("south")? },
        north_east: LonLat { lon: row.try_get("east")?, lat: row.try_get("north")? },
        created_at: row.try_get::<time::OffsetDateTime, _>("created_at")?.into(),
    })
}
