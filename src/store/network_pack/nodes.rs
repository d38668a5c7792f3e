//! Chunks of nodes.

use super::PackFault;
use super::bytes::{Reader, Writer};
use crate::domain::geometry::{LonLat, Point};
use crate::domain::network::Node;

/// How many of OpenStreetMap's units a degree has.
const UNITS: f64 = 1e7;

/// How a column of degrees is written.
const AS_THEY_ARE: u8 = 0;
const IN_UNITS: u8 = 1;

/// The bytes of these nodes.
pub(in super::super) fn pack_nodes(nodes: &[Node]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.bytes.reserve(32 * nodes.len());
    writer.number(nodes.len() as u64);
    nodes.iter().for_each(|node| writer.id(&node.id));
    degrees(&mut writer, nodes, |node| node.lon_lat.lon);
    degrees(&mut writer, nodes, |node| node.lon_lat.lat);
    nodes.iter().for_each(|node| writer.float(node.point.x_m));
    nodes.iter().for_each(|node| writer.float(node.point.y_m));
    writer.bytes
}

fn degrees(writer: &mut Writer, nodes: &[Node], of: impl Fn(&Node) -> f64) {
    let in_units = |node: &Node| {
        let units = (of(node) * UNITS).round() as i64;
        (from_units(units).to_bits() == of(node).to_bits()).then_some(units)
    };
    if !nodes.iter().all(|node| in_units(node).is_some()) {
        writer.bytes.push(AS_THEY_ARE);
        nodes.iter().for_each(|node| writer.float(of(node)));
        return;
    }
    writer.bytes.push(IN_UNITS);
    let mut last = 0;
    for units in nodes.iter().filter_map(in_units) {
        writer.step(last, units);
        last = units;
    }
}

fn from_units(units: i64) -> f64 {
    units as f64 / UNITS
}

/// Appends the nodes of a chunk.
pub(in super::super) fn unpack_nodes(bytes: &[u8], nodes: &mut Vec<Node>) -> Result<(), PackFault> {
    let mut reader = Reader::new(bytes);
    // An id, two coordinates of the Earth and two of the plane.
    let count = reader.count(19)?;
    nodes.reserve(count);
    let begin = nodes.len();
    for _ in 0..count {
        let id = reader.id()?;
        nodes.push(Node { id, lon_lat: LonLat { lon: 0.0, lat: 0.0 }, point: Point { x_m: 0.0, y_m: 0.0 } });
    }
    let new = &mut nodes[begin..];
    read_degrees(&mut reader, new, |node, degrees| node.lon_lat.lon = degrees)?;
    read_degrees(&mut reader, new, |node, degrees| node.lon_lat.lat = degrees)?;
    for node in new.iter_mut() {
        node.point.x_m = reader.float()?;
    }
    for node in new.iter_mut() {
        node.point.y_m = reader.float()?;
    }
    reader.end()
}

fn read_degrees(reader: &mut Reader<'_>, nodes: &mut [Node], put: impl Fn(&mut Node, f64)) -> Result<(), PackFault> {
    let mut last = 0;
    match reader.byte()? {
        AS_THEY_ARE => {
            for node in nodes {
                put(node, reader.float()?);
            }
        }
        IN_UNITS => {
            for node in nodes {
                last = reader.step(last)?;
                put(node, from_units(last));
            }
        }
        _ => return Err(PackFault::OutOfRange),
    }
    Ok(())
}
