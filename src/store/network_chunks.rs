//! The chunks of packed networks, in and out.

use futures_util::TryStreamExt;
use sqlx::postgres::PgRow;
use sqlx::{Connection, PgConnection, Row};

use super::connections::PATIENT_LIMIT;
use super::network_pack::{
    CHUNK, FORM, LEAST_NODE_BYTES, LEAST_SEGMENT_BYTES, pack_nodes, pack_segments, pack_turns, unpack_nodes,
    unpack_segments, unpack_turns,
};
use super::{Store, StoreError};
use crate::domain::geometry::LonLat;
use crate::domain::ids::NetworkId;
use crate::domain::network::{Network, NodeColumns, SegmentsBuilder, Turn};

const NODES: i16 = 0;
const SEGMENTS: i16 = 1;
/// Forbidden turns. A network that has any is in chunks only, without rows: no program that does not know this kind can load it, and
/// so none drives turns that are forbidden.
const TURNS: i16 = 2;

/// A network as it is stored packed.
#[derive(Debug)]
pub struct PackedNetwork {
    id: NetworkId,
    origin: LonLat,
    nodes: usize,
    junctions: usize,
    segments: usize,
    chunks: Vec<Chunk>,
}

/// A row with the bytes of a chunk. They stay where the answer was read to: all chunks of a large network are a hundred megabytes.
#[derive(Debug)]
struct Chunk {
    kind: i16,
    row: PgRow,
}

impl Chunk {
    fn bytes(&self) -> Result<&[u8], sqlx::Error> {
        self.row.try_get(2)
    }
}

impl PackedNetwork {
    /// What a network has, before its chunks are there: where its plane touches, how many nodes, junctions and segments.
    pub(super) fn new(id: NetworkId, origin: LonLat, [nodes, junctions, segments]: [usize; 3]) -> Self {
        Self { id, origin, nodes, junctions, segments, chunks: Vec::new() }
    }

    /// The network. Takes half a second for a million segments: not for the async threads.
    ///
    /// # Errors
    /// When the bytes are no network.
    pub fn unpack(self) -> Result<Network, StoreError> {
        let damaged = |what: String| StoreError::Damaged { what: format!("network {}: {what}", self.id) };
        // Memory is set aside for no more than the chunks can have.
        let most = |kind: i16, least_bytes: usize| {
            let of_kind = self.chunks.iter().filter(|chunk| chunk.kind == kind);
            of_kind.map(|chunk| chunk.bytes().map_or(0, <[u8]>::len) / least_bytes).sum::<usize>()
        };
        let node_count = self.nodes.min(most(NODES, LEAST_NODE_BYTES));
        let segment_count = self.segments.min(most(SEGMENTS, LEAST_SEGMENT_BYTES));
        // Nearly every node that is no junction is on one line, once.
        let on_lines = node_count.saturating_sub(self.junctions) + 2 * segment_count;
        let mut nodes = NodeColumns::with_capacity(node_count);
        let mut segments = SegmentsBuilder::with_capacity(segment_count, on_lines);
        let mut turns: Vec<Turn> = Vec::new();
        for chunk in self.chunks {
            let bytes = chunk.bytes()?;
            let unpacked = match chunk.kind {
                NODES => unpack_nodes(bytes, &mut nodes),
                SEGMENTS => unpack_segments(bytes, &mut segments),
                TURNS => unpack_turns(bytes, &mut turns),
                kind => return Err(damaged(format!("chunks of kind {kind}, which this program does not know"))),
            };
            unpacked.map_err(|fault| damaged(fault.to_string()))?;
        }
        if (nodes.len(), segments.len()) != (self.nodes, self.segments) {
            return Err(damaged(format!(
                "{} nodes and {} segments instead of {} and {}",
                nodes.len(),
                segments.len(),
                self.nodes,
                self.segments
            )));
        }
        let network = Network::restored(self.origin, nodes, self.junctions, segments.finish(), &turns);
        network.map_err(|fault| damaged(fault.to_string()))
    }
}

impl Store {
    /// Reads the chunks of a network; whether there are any.
    pub(super) async fn read_chunks(&self, packed: &mut PackedNetwork) -> Result<bool, StoreError> {
        let query = sqlx::query(
            "SELECT kind, checksum, bytes FROM network_chunks WHERE network_id = $1 AND form = $2 ORDER BY kind, position",
        );
        let mut rows = query.bind(packed.id.0).bind(FORM).fetch(&self.pool);
        while let Some(row) = rows.try_next().await? {
            let checksum: i64 = row.try_get(1)?;
            let chunk = Chunk { kind: row.try_get(0)?, row };
            if i64::from(crc32fast::hash(chunk.bytes()?)) != checksum {
                return Err(StoreError::Damaged { what: format!("network {}: a checksum is not right", packed.id) });
            }
            packed.chunks.push(chunk);
        }
        Ok(!packed.chunks.is_empty())
    }

    /// Stores a network packed that an earlier program stored in rows only. Does nothing if it is already, or was deleted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pack_network(&self, id: NetworkId, network: &Network) -> Result<(), StoreError> {
        let mut held = self.pool.acquire().await?;
        let generation = held.generation();
        let packing = async {
            let mut transaction = held.begin().await?;
            // Until the end nobody deletes it, and nobody else packs it.
            let stands = sqlx::query("SELECT 1 FROM networks WHERE id = $1 FOR UPDATE").bind(id.0);
            let stands = stands.fetch_optional(&mut *transaction).await?.is_some();
            let packed = sqlx::query("SELECT 1 FROM network_chunks WHERE network_id = $1 AND form = $2 LIMIT 1");
            let packed = packed.bind(id.0).bind(FORM).fetch_optional(&mut *transaction).await?.is_some();
            if stands && !packed {
                insert_chunks(&mut transaction, id, network).await?;
            }
            transaction.commit().await?;
            Ok::<_, StoreError>(())
        };
        self.pool.bounded(generation, PATIENT_LIMIT, packing).await?;
        held.give_back();
        Ok(())
    }
}

/// Packs a network and sends its chunks, each packed when the one before it is sent.
pub(super) async fn insert_chunks(
    connection: &mut PgConnection,
    id: NetworkId,
    network: &Network,
) -> Result<(), StoreError> {
    for (position, nodes) in network.nodes().chunks(CHUNK).enumerate() {
        insert_chunk(connection, id, NODES, position, pack_nodes(nodes)).await?;
    }
    for (position, segments) in network.segments().chunks(CHUNK).enumerate() {
        insert_chunk(connection, id, SEGMENTS, position, pack_segments(segments)).await?;
    }
    let turns: Vec<Turn> = network.forbidden_turns().collect();
    for (position, turns) in turns.chunks(CHUNK).enumerate() {
        insert_chunk(connection, id, TURNS, position, pack_turns(turns)).await?;
    }
    Ok(())
}

async fn insert_chunk(
    connection: &mut PgConnection,
    id: NetworkId,
    kind: i16,
    position: usize,
    bytes: Vec<u8>,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO network_chunks (network_id, form, kind, position, checksum, bytes) VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(id.0)
    .bind(FORM)
    .bind(kind)
    .bind(position as i32)
    .bind(i64::from(crc32fast::hash(&bytes)))
    .bind(bytes)
    .execute(connection)
    .await?;
    Ok(())
}
