//! The rows of a network's nodes and segments, in and out. They go in with COPY in its binary form: a network has millions
//! of them, and neither side has to write or read a number as text.

use std::sync::atomic::{AtomicU64, Ordering};

use ecow::EcoString;
use futures_util::TryStreamExt;
use smallvec::SmallVec;
use sqlx::{PgConnection, Row};

use super::{Store, StoreError};
use crate::domain::geometry::{LonLat, Point};
use crate::domain::ids::NetworkId;
use crate::domain::network::{Network, Node, Road, RoadClass, SegmentPart, Surface};

/// How many bytes are sent at a time.
const CHUNK_BYTES: usize = 256 * 1024;
/// What a binary COPY begins with: its signature, no flags, no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// The object ids of types that arrays name.
const INT4: u32 = 23;
const TEXT: u32 = 25;

/// How many rows are asked for at a time. Each question is answered from the primary key in a moment; one for all rows may be
/// answered by sorting them first, and no row comes for longer than anybody waits.
const BATCH_ROWS: i32 = 50_000;

/// A statement that reads rows.
type RowQuery = sqlx::query::Query<'static, sqlx::Postgres, sqlx::postgres::PgArguments>;

/// The query for one batch of a network's rows, from a position on.
fn batch(query: RowQuery, id: NetworkId, from: i32) -> RowQuery {
    query.bind(id.0).bind(from).bind(from.saturating_add(BATCH_ROWS))
}

impl Store {
    /// A network's nodes, of which there should be so many.
    pub(super) async fn load_nodes(&self, id: NetworkId, count: i32) -> Result<Vec<Node>, StoreError> {
        let mut nodes = Vec::with_capacity(count.max(0) as usize);
        for from in (0..count).step_by(BATCH_ROWS as usize) {
            let query = sqlx::query(
                "SELECT source_id, lon, lat, x_m, y_m FROM network_nodes
                 WHERE network_id = $1 AND position >= $2 AND position < $3 ORDER BY position",
            );
            let mut rows = batch(query, id, from).fetch(&self.pool);
            while let Some(row) = rows.try_next().await? {
                nodes.push(Node {
                    id: row.try_get::<&str, _>(0)?.into(),
                    lon_lat: LonLat { lon: row.try_get(1)?, lat: row.try_get(2)? },
                    point: Point { x_m: row.try_get(3)?, y_m: row.try_get(4)? },
                });
            }
        }
        Ok(nodes)
    }

    /// A network's segments, of which there should be so many.
    pub(super) async fn load_segments(&self, id: NetworkId, count: i32) -> Result<Vec<SegmentPart>, StoreError> {
        let mut parts = Vec::with_capacity(count.max(0) as usize);
        for from in (0..count).step_by(BATCH_ROWS as usize) {
            let query = sqlx::query(
                "SELECT nodes, oneway, speed_limit_mps, name, source_ids, blockage_probability,
                        highway, surface, bridge, tunnel, ford
                 FROM network_segments
                 WHERE network_id = $1 AND position >= $2 AND position < $3 ORDER BY position",
            );
            let mut rows = batch(query, id, from).fetch(&self.pool);
            while let Some(row) = rows.try_next().await? {
                let line: Vec<i32> = row.try_get(0)?;
                parts.push(SegmentPart {
                    nodes: line.into_iter().map(|n| n as u32).collect(),
                    oneway: row.try_get(1)?,
                    speed_limit_mps: row.try_get(2)?,
                    name: row.try_get(3)?,
                    source_ids: row.try_get(4)?,
                    blockage_probability: row.try_get(5)?,
                    road: Road {
                        class: row.try_get::<Option<&str>, _>(6)?.map(RoadClass::named),
                        surface: row.try_get::<Option<&str>, _>(7)?.map(Surface::named),
                        bridge: row.try_get(8)?,
                        tunnel: row.try_get(9)?,
                        ford: row.try_get(10)?,
                    },
                });
            }
        }
        Ok(parts)
    }
}

/// Fields of rows, as Postgres sends and takes them.
#[derive(Default)]
struct Rows {
    bytes: Vec<u8>,
}

impl Rows {
    fn new() -> Self {
        let mut bytes = Vec::with_capacity(CHUNK_BYTES + 4096);
        bytes.extend_from_slice(HEADER);
        Self { bytes }
    }

    /// Begins a row with so many fields.
    fn row(&mut self, fields: i16) {
        self.bytes.extend_from_slice(&fields.to_be_bytes());
    }

    fn field(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
        self.bytes.extend_from_slice(bytes);
    }

    fn null(&mut self) {
        self.bytes.extend_from_slice(&(-1_i32).to_be_bytes());
    }

    fn number(&mut self, number: f64) {
        self.field(&number.to_be_bytes());
    }

    fn position(&mut self, position: usize) {
        self.field(&(position as u32).to_be_bytes());
    }

    fn flag(&mut self, flag: bool) {
        self.field(&[u8::from(flag)]);
    }

    fn text_or_null(&mut self, text: Option<&str>) {
        match text {
            Some(text) => self.field(text.as_bytes()),
            None => self.null(),
        }
    }

    /// An array of one dimension, of fields that have so many bytes altogether.
    fn array(&mut self, kind: u32, count: usize, bytes: usize, items: impl FnOnce(&mut Self)) {
        let dimensions = u32::from(count > 0);
        let head = if count > 0 { 20 } else { 12 };
        let begin = [(head + 4 * count + bytes) as u32, dimensions, 0, kind];
        begin.iter().for_each(|number| self.bytes.extend_from_slice(&number.to_be_bytes()));
        if count > 0 {
            // So many items, of which the first is number one.
            self.bytes.extend_from_slice(&(count as u32).to_be_bytes());
            self.bytes.extend_from_slice(&1_u32.to_be_bytes());
        }
        items(self);
    }

    /// Ends the rows.
    fn end(&mut self) {
        self.bytes.extend_from_slice(&(-1_i16).to_be_bytes());
    }
}

/// Sends a network's nodes, counting them.
pub(super) async fn copy_nodes(
    connection: &mut PgConnection,
    id: NetworkId,
    network: &Network,
    rows: &AtomicU64,
) -> Result<(), StoreError> {
    let mut copy = connection
        .copy_in_raw(
            "COPY network_nodes (network_id, position, source_id, lon, lat, x_m, y_m) FROM STDIN (FORMAT binary)",
        )
        .await?;
    let mut sent = Rows::new();
    for (position, node) in network.nodes().iter().enumerate() {
        sent.row(7);
        sent.field(id.0.as_bytes());
        sent.position(position);
        sent.field(node.id().as_bytes());
        let LonLat { lon, lat } = node.lon_lat();
        for number in [lon, lat, node.point.x_m, node.point.y_m] {
            sent.number(number);
        }
        if sent.bytes.len() >= CHUNK_BYTES {
            copy.send(sent.bytes.as_slice()).await?;
            sent.bytes.clear();
            rows.store(position as u64, Ordering::Relaxed);
        }
    }
    sent.end();
    copy.send(sent.bytes.as_slice()).await?;
    copy.finish().await?;
    Ok(())
}

/// Sends a network's segments, counting them after the nodes.
pub(super) async fn copy_segments(
    connection: &mut PgConnection,
    id: NetworkId,
    network: &Network,
    rows: &AtomicU64,
) -> Result<(), StoreError> {
    let mut copy = connection
        .copy_in_raw(
            "COPY network_segments (network_id, position, nodes, oneway, speed_limit_mps, name, source_ids,
                                    blockage_probability, highway, surface, bridge, tunnel, ford)
             FROM STDIN (FORMAT binary)",
        )
        .await?;
    let before = network.nodes().len() as u64;
    let mut sent = Rows::new();
    for (position, segment) in network.segments().iter().enumerate() {
        sent.row(13);
        sent.field(id.0.as_bytes());
        sent.position(position);
        sent.array(INT4, segment.nodes.len(), 4 * segment.nodes.len(), |sent| {
            segment.nodes.iter().for_each(|node| sent.position(node.index()));
        });
        sent.flag(segment.oneway);
        match segment.speed_limit_mps {
            Some(limit_mps) => sent.number(limit_mps),
            None => sent.null(),
        }
        sent.text_or_null(segment.name());
        let sources: SmallVec<[EcoString; 2]> = segment.source_ids().collect();
        let bytes = sources.iter().map(|id| id.len()).sum();
        sent.array(TEXT, sources.len(), bytes, |sent| {
            sources.iter().for_each(|id| sent.field(id.as_bytes()));
        });
        sent.number(segment.blockage_probability);
        let road = segment.road;
        sent.text_or_null(road.class.map(|class| class.name()));
        sent.text_or_null(road.surface.map(|surface| surface.name()));
        [road.bridge, road.tunnel, road.ford].into_iter().for_each(|holds| sent.flag(holds));
        if sent.bytes.len() >= CHUNK_BYTES {
            copy.send(sent.bytes.as_slice()).await?;
            sent.bytes.clear();
            rows.store(before + position as u64, Ordering::Relaxed);
        }
    }
    sent.end();
    copy.send(sent.bytes.as_slice()).await?;
    copy.finish().await?;
    Ok(())
}
