//! Chunks of nodes.

use super::PackFault;
use super::bytes::{Reader, Writer};
use crate::domain::geometry::{LonLat, Point};
use crate::domain::network::{NodeColumns, NodeRef, Nodes, degrees_of, in_units};

/// How a column of degrees is written: as they are, or in units of 1e-7.
const AS_THEY_ARE: u8 = 0;
const IN_UNITS: u8 = 1;

/// The least bytes of a node: an id, two coordinates of the Earth and two of the plane.
pub(in super::super) const LEAST_NODE_BYTES: usize = 19;

/// The bytes of these nodes.
pub(in super::super) fn pack_nodes(nodes: Nodes<'_>) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.bytes.reserve(32 * nodes.len());
    writer.number(nodes.len() as u64);
    nodes.iter().for_each(|node| writer.id(node.source_id()));
    degrees(&mut writer, nodes, |node| node.lon_lat().lon);
    degrees(&mut writer, nodes, |node| node.lon_lat().lat);
    nodes.iter().for_each(|node| writer.float(node.point.x_m));
    nodes.iter().for_each(|node| writer.float(node.point.y_m));
    writer.bytes
}

fn degrees(writer: &mut Writer, nodes: Nodes<'_>, of: impl Fn(NodeRef<'_>) -> f64) {
    if !nodes.iter().all(|node| in_units(of(node)).is_some()) {
        writer.bytes.push(AS_THEY_ARE);
        nodes.iter().for_each(|node| writer.float(of(node)));
        return;
    }
    writer.bytes.push(IN_UNITS);
    let mut last = 0;
    for units in nodes.iter().filter_map(|node| in_units(of(node))) {
        writer.step(last, i64::from(units));
        last = i64::from(units);
    }
}

/// Appends the nodes of a chunk.
///
/// # Errors
/// When the bytes are no such chunk. Some of them may have been appended then, to some of the columns.
pub(in super::super) fn unpack_nodes(bytes: &[u8], nodes: &mut NodeColumns) -> Result<(), PackFault> {
    let mut reader = Reader::new(bytes);
    let count = reader.count(LEAST_NODE_BYTES)?;
    for _ in 0..count {
        nodes.push_id(reader.id()?);
    }
    match (read_degrees(&mut reader, count)?, read_degrees(&mut reader, count)?) {
        (Degrees::InUnits(lon), Degrees::InUnits(lat)) => {
            lon.into_iter().zip(lat).for_each(|(lon, lat)| nodes.push_units([lon, lat]));
        }
        (lon, lat) => {
            let both = lon.into_floats().into_iter().zip(lat.into_floats());
            both.for_each(|(lon, lat)| nodes.push_lon_lat(LonLat { lon, lat }));
        }
    }
    let points = reader.floats(count)?.zip(reader.floats(count)?);
    nodes.extend_points(points.map(|(x_m, y_m)| Point { x_m, y_m }));
    reader.end()
}

/// A column of degrees.
enum Degrees {
    AsTheyAre(Vec<f64>),
    InUnits(Vec<i32>),
}

impl Degrees {
    fn into_floats(self) -> Vec<f64> {
        match self {
            Self::AsTheyAre(floats) => floats,
            Self::InUnits(units) => units.into_iter().map(degrees_of).collect(),
        }
    }
}

fn read_degrees(reader: &mut Reader<'_>, count: usize) -> Result<Degrees, PackFault> {
    match reader.byte()? {
        AS_THEY_ARE => Ok(Degrees::AsTheyAre(reader.floats(count)?.collect())),
        IN_UNITS => {
            let mut last = 0;
            let mut units = Vec::with_capacity(count);
            for _ in 0..count {
                last = reader.step(last)?;
                units.push(i32::try_from(last).map_err(|_| PackFault::OutOfRange)?);
            }
            Ok(Degrees::InUnits(units))
        }
        _ => Err(PackFault::OutOfRange),
    }
}
