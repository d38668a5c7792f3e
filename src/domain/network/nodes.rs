//! The nodes of a network in columns: a search reads points and nothing else, and what a node is called, or where it is on the Earth,
//! is kept apart in fewer bytes.

use std::fmt;

use ecow::EcoString;
use serde::{Deserialize, Serialize};

use super::source_ids::{SourceId, SourceIds};
use crate::domain::geometry::{LonLat, Point};

/// How many of OpenStreetMap's units a degree has.
const UNITS: f64 = 1e7;

/// A point of the source data that some segment passes through.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// The source's name of the node, unique in the network.
    pub id: EcoString,
    /// Where it is on the Earth.
    pub lon_lat: LonLat,
    /// Where it is in the network's plane.
    pub point: Point,
}

impl From<NodeRef<'_>> for Node {
    fn from(node: NodeRef<'_>) -> Self {
        Self { id: node.id(), lon_lat: node.lon_lat(), point: node.point }
    }
}

/// A node of a network. Made when it is asked for: the network keeps each property of all nodes together.
#[derive(Clone, Copy)]
pub struct NodeRef<'a> {
    /// Where it is in the network's plane.
    pub point: Point,
    columns: &'a NodeColumns,
    position: usize,
}

impl NodeRef<'_> {
    /// The source's name of the node, unique in the network.
    pub fn id(&self) -> EcoString {
        self.source_id().text()
    }

    /// Where it is on the Earth.
    #[inline]
    pub fn lon_lat(&self) -> LonLat {
        self.columns.lon_lats.get(self.position)
    }

    pub(crate) fn source_id(&self) -> SourceId<'_> {
        self.columns.ids.get(self.position)
    }
}

impl fmt::Debug for NodeRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Node::from(*self).fmt(f)
    }
}

impl PartialEq for NodeRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.point == other.point && self.lon_lat() == other.lon_lat() && self.source_id() == other.source_id()
    }
}

/// Some nodes of a network in a row.
#[derive(Clone, Copy)]
pub struct Nodes<'a> {
    columns: &'a NodeColumns,
    begin: usize,
    end: usize,
}

impl<'a> Nodes<'a> {
    /// How many there are.
    #[expect(clippy::len_without_is_empty, reason = "no network is without nodes")]
    pub fn len(&self) -> usize {
        self.end - self.begin
    }

    /// One after the other.
    pub fn iter(self) -> impl ExactSizeIterator<Item = NodeRef<'a>> + DoubleEndedIterator + Clone + use<'a> {
        (self.begin..self.end).map(move |position| self.columns.node(position))
    }

    /// In runs of so many, the last of which may be shorter.
    pub(crate) fn chunks(self, length: usize) -> impl Iterator<Item = Nodes<'a>> {
        let Self { columns, begin, end } = self;
        (begin..end).step_by(length).map(move |begin| Nodes { columns, begin, end: end.min(begin + length) })
    }
}

impl fmt::Debug for Nodes<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Positions on the Earth.
#[derive(Clone, Debug)]
enum LonLats {
    /// All are whole multiples of 1e-7 degrees, as OpenStreetMap's are.
    Units(Vec<[i32; 2]>),
    Degrees(Vec<LonLat>),
}

impl LonLats {
    #[inline]
    fn get(&self, position: usize) -> LonLat {
        match self {
            Self::Units(units) => of_units(units[position]),
            Self::Degrees(degrees) => degrees[position],
        }
    }

    fn push(&mut self, lon_lat: LonLat) {
        match (in_units(lon_lat.lon), in_units(lon_lat.lat)) {
            (Some(lon), Some(lat)) => self.push_units([lon, lat]),
            _ => self.push_degrees(lon_lat),
        }
    }

    #[inline]
    fn push_units(&mut self, both: [i32; 2]) {
        match self {
            Self::Units(units) => units.push(both),
            Self::Degrees(degrees) => degrees.push(of_units(both)),
        }
    }

    #[cold]
    fn push_degrees(&mut self, lon_lat: LonLat) {
        if let Self::Units(units) = self {
            let mut degrees = Vec::with_capacity(units.capacity());
            degrees.extend(units.iter().copied().map(of_units));
            *self = Self::Degrees(degrees);
        }
        if let Self::Degrees(degrees) = self {
            degrees.push(lon_lat);
        }
    }
}

/// The multiple of 1e-7 that the degrees are, bit by bit; `None` if they are none, or no place on Earth has so many.
pub(crate) fn in_units(degrees: f64) -> Option<i32> {
    let units = (degrees * UNITS).round() as i32;
    (degrees_of(units).to_bits() == degrees.to_bits()).then_some(units)
}

/// So many times 1e-7 degrees.
#[inline]
pub(crate) fn degrees_of(units: i32) -> f64 {
    f64::from(units) / UNITS
}

fn of_units([lon, lat]: [i32; 2]) -> LonLat {
    LonLat { lon: degrees_of(lon), lat: degrees_of(lat) }
}

/// The nodes of a network, also while it is made.
#[derive(Clone, Debug)]
pub(crate) struct NodeColumns {
    points: Vec<Point>,
    lon_lats: LonLats,
    ids: SourceIds,
}

impl NodeColumns {
    /// None yet, and room for so many.
    pub(crate) fn with_capacity(count: usize) -> Self {
        let mut ids = SourceIds::default();
        ids.reserve(count);
        let lon_lats = LonLats::Units(Vec::with_capacity(count));
        Self { points: Vec::with_capacity(count), lon_lats, ids }
    }

    pub(super) fn push(&mut self, node: &Node) {
        self.points.push(node.point);
        self.lon_lats.push(node.lon_lat);
        self.ids.push(SourceId::of(&node.id));
    }

    // Whoever reads nodes column by column puts the same number into each of the three.

    #[inline]
    pub(crate) fn push_id(&mut self, id: SourceId<'_>) {
        self.ids.push(id);
    }

    #[inline]
    pub(crate) fn push_units(&mut self, lon_lat: [i32; 2]) {
        self.lon_lats.push_units(lon_lat);
    }

    pub(crate) fn push_lon_lat(&mut self, lon_lat: LonLat) {
        self.lon_lats.push(lon_lat);
    }

    pub(crate) fn extend_points(&mut self, points: impl Iterator<Item = Point>) {
        self.points.extend(points);
    }

    pub(crate) fn len(&self) -> usize {
        self.points.len()
    }

    pub(crate) fn all(&self) -> Nodes<'_> {
        Nodes { columns: self, begin: 0, end: self.len() }
    }

    #[inline]
    pub(super) fn node(&self, position: usize) -> NodeRef<'_> {
        NodeRef { point: self.points[position], columns: self, position }
    }

    pub(super) fn points(&self) -> &[Point] {
        &self.points
    }

    pub(super) fn ids(&self) -> impl Iterator<Item = SourceId<'_>> {
        (0..self.ids.len()).map(|position| self.ids.get(position))
    }

    pub(super) fn id(&self, position: u32) -> SourceId<'_> {
        self.ids.get(position as usize)
    }

    /// Gives back what was set aside for more than there are.
    pub(super) fn shrink_to_fit(&mut self) {
        self.points.shrink_to_fit();
        match &mut self.lon_lats {
            LonLats::Units(units) => units.shrink_to_fit(),
            LonLats::Degrees(degrees) => degrees.shrink_to_fit(),
        }
        self.ids.shrink_to_fit();
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let lon_lats = match &self.lon_lats {
            LonLats::Units(units) => size_of_val(units.as_slice()),
            LonLats::Degrees(degrees) => size_of_val(degrees.as_slice()),
        };
        size_of_val(self.points.as_slice()) + lon_lats + self.ids.heap_bytes()
    }
}

impl PartialEq for NodeColumns {
    fn eq(&self, other: &Self) -> bool {
        self.all().iter().eq(other.all().iter())
    }
}

impl<'a> FromIterator<&'a Node> for NodeColumns {
    fn from_iter<I: IntoIterator<Item = &'a Node>>(nodes: I) -> Self {
        let nodes = nodes.into_iter();
        let mut columns = Self::with_capacity(nodes.size_hint().0);
        nodes.for_each(|node| columns.push(node));
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(lon: f64, lat: f64) -> Node {
        Node { id: "17".into(), lon_lat: LonLat { lon, lat }, point: Point { x_m: lon, y_m: -0.0 } }
    }

    #[test]
    fn positions_come_back_bit_by_bit_whether_or_not_they_are_openstreetmaps() {
        let of_maps = [node(8.000_000_1, 50.0), node(-180.0, 90.0), node(180.0, -90.0), node(-8.123_456_7, 0.0)];
        let others = [node(1.0 / 3.0, 50.0), node(8.0, -0.0), node(8.000_000_15, 1e-9), node(1e300, f64::MAX)];
        for count in 0..=others.len() {
            let nodes = [&of_maps, &others[..count], &of_maps].concat();
            let columns: NodeColumns = nodes.iter().collect();
            let bits = |at: LonLat| [at.lon, at.lat].map(f64::to_bits);
            for (node, back) in nodes.iter().zip(columns.all().iter()) {
                assert_eq!(bits(back.lon_lat()), bits(node.lon_lat));
                assert_eq!(Node::from(back), *node);
            }
        }
    }

    #[test]
    fn a_node_of_openstreetmap_takes_32_bytes() {
        let columns: NodeColumns = [node(8.000_000_1, 50.0), node(8.0, 50.0)].iter().collect();
        assert_eq!(columns.heap_bytes(), 2 * 32);
    }
}
