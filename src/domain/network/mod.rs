//! Road networks: junctions joined by segments, immutable once built.

mod along;
mod area;
mod place;
mod road;
mod snap;
mod ticks;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

use crate::domain::geometry::{LocalPlane, LonLat, Point};
use crate::domain::ids::{NodeIndex, SegmentId};

pub use along::Tolerance;
pub use place::{Direction, Leg, Place};
pub use road::{Road, RoadClass, Surface};
pub use snap::{Heading, Snap};

/// The blockage probability assumed for a segment whose source says nothing.
pub const DEFAULT_BLOCKAGE_PROBABILITY: f64 = 0.1;

/// A point of the source data that some segment passes through.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Node {
    /// The source's name of the node, unique in the network.
    pub id: String,
    /// Where it is on the Earth.
    pub lon_lat: LonLat,
    /// Where it is in the network's plane.
    pub point: Point,
}

/// A road piece between two junctions.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// The polyline, from the first end to the last: at least two nodes.
    pub nodes: Box<[NodeIndex]>,
    /// Distance along the polyline of each node, in metres, starting at 0; the last one is the length.
    pub offsets_m: Box<[f64]>,
    /// Whether it may be driven from its first to its last end only. UAVs do not care.
    pub oneway: bool,
    /// The speed limit in metres per second, where known.
    pub speed_limit_mps: Option<f64>,
    /// The road's name, where known.
    pub name: Option<String>,
    /// The ids of the source features it was merged from.
    pub source_ids: Vec<String>,
    /// The probability that it is blocked while nothing is known of it.
    pub blockage_probability: f64,
    /// What kind of road it is, where known.
    pub road: Road,
}

impl Segment {
    /// The length in metres.
    pub fn length_m(&self) -> f64 {
        self.offsets_m[self.offsets_m.len() - 1]
    }

    /// The junction at offset 0.
    pub fn first(&self) -> NodeIndex {
        self.nodes[0]
    }

    /// The junction at the far end.
    pub fn last(&self) -> NodeIndex {
        self.nodes[self.nodes.len() - 1]
    }
}

/// A segment as a source gives it: node positions and properties, lengths not yet measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SegmentPart {
    /// Positions in the node list, from the first end to the last.
    pub nodes: Vec<u32>,
    /// See [`Segment::oneway`].
    pub oneway: bool,
    /// See [`Segment::speed_limit_mps`].
    pub speed_limit_mps: Option<f64>,
    /// See [`Segment::name`].
    pub name: Option<String>,
    /// See [`Segment::source_ids`].
    pub source_ids: Vec<String>,
    /// See [`Segment::blockage_probability`].
    pub blockage_probability: f64,
    /// See [`Segment::road`]. Logs exported by earlier builds do not have it.
    #[serde(default, skip_serializing_if = "Road::is_unknown")]
    pub road: Road,
}

/// What is wrong with the parts of a network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum NetworkFault {
    /// There is nothing to drive on.
    #[error("the network has no segment")]
    NoSegment,
    /// There are more nodes or segments than their numbers can count.
    #[error("the network has more than {} nodes or segments", u32::MAX)]
    TooLarge,
    /// A coordinate is not a number or out of range.
    #[error("node {id}: coordinates must be finite, longitude within ±180 and latitude within ±90")]
    BadCoordinates {
        /// The node.
        id: String,
    },
    /// Two nodes have the same id.
    #[error("node {id} occurs twice")]
    DuplicateNode {
        /// The node.
        id: String,
    },
    /// A segment names a node that does not exist.
    #[error("segment {segment} names node number {node}, which does not exist")]
    UnknownNode {
        /// The segment's position.
        segment: usize,
        /// The missing node's position.
        node: u32,
    },
    /// A segment has fewer than two nodes, or no length.
    #[error("segment {segment} has no positive length")]
    NoLength {
        /// The segment's position.
        segment: usize,
    },
    /// A segment returns to the junction it left.
    #[error("segment {segment} returns to its own start")]
    Loop {
        /// The segment's position.
        segment: usize,
    },
    /// A speed limit or probability is out of range.
    #[error("segment {segment}: {property} is out of range")]
    BadProperty {
        /// The segment's position.
        segment: usize,
        /// The property's name.
        property: &'static str,
    },
}

/// One way of leaving (or reaching) a junction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Incidence {
    /// The segment.
    pub segment: SegmentId,
    /// The direction of travel along it.
    pub direction: Direction,
    /// The junction at the other end.
    pub other: NodeIndex,
    /// The segment's length in metres.
    pub length_m: f64,
    /// The same in ticks; see [`Network::ticks`].
    pub ticks: u64,
}

/// Counts the networks built in this process.
static BUILT: AtomicU64 = AtomicU64::new(0);

/// Which network it is that somebody remembers something of: every one built has an identity that no other in the
/// process ever has, but for its clones, which are as immutable as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkIdentity(u64);

/// An immutable road network. Junctions (segment ends) are the first nodes, in source order.
#[derive(Clone, Debug)]
pub struct Network {
    identity: NetworkIdentity,
    ticks_per_metre: f64,
    plane: LocalPlane,
    nodes: Vec<Node>,
    junction_count: usize,
    segments: Vec<Segment>,
    /// Positions of nodes, ordered by [`id_hash`] and node id.
    nodes_by_id: Vec<u32>,
    outgoing: Adjacency,
    incoming: Adjacency,
    index: OnceLock<snap::SegmentIndex>,
}

#[derive(Clone, Debug)]
struct Adjacency {
    starts: Vec<u32>,
    incidences: Vec<Incidence>,
}

impl Adjacency {
    /// The incidences that `each` tells of, by junction and within one in the order told. `each` is called twice: to count
    /// first, and then to fill, so that a network of millions of segments needs no second copy.
    fn build(junction_count: usize, each: impl Fn(&mut dyn FnMut(NodeIndex, Incidence))) -> Self {
        let mut starts = vec![0_u32; junction_count + 1];
        each(&mut |junction, _| starts[junction.index() + 1] += 1);
        for i in 0..junction_count {
            starts[i + 1] += starts[i];
        }
        let nothing = Incidence {
            segment: SegmentId(0),
            direction: Direction::Forward,
            other: NodeIndex(0),
            length_m: 0.0,
            ticks: 0,
        };
        let mut incidences = vec![nothing; starts[junction_count] as usize];
        let mut next = starts.clone();
        each(&mut |junction, incidence| {
            incidences[next[junction.index()] as usize] = incidence;
            next[junction.index()] += 1;
        });
        Self { starts, incidences }
    }

    fn of(&self, junction: NodeIndex) -> &[Incidence] {
        let i = junction.index();
        &self.incidences[self.starts[i] as usize..self.starts[i + 1] as usize]
    }
}

impl PartialEq for Network {
    fn eq(&self, other: &Self) -> bool {
        self.plane == other.plane && self.nodes == other.nodes && self.segments == other.segments
    }
}

impl Network {
    /// Validates the parts and measures the segments. Nodes are put in canonical order: segment ends first, then the
    /// rest, each in the given order; nodes that no segment passes are left out.
    ///
    /// # Errors
    /// The first fault found, nodes before segments.
    pub fn new(origin: LonLat, nodes: Vec<Node>, parts: Vec<SegmentPart>) -> Result<Self, NetworkFault> {
        if parts.is_empty() {
            return Err(NetworkFault::NoSegment);
        }
        if u32::try_from(nodes.len()).is_err() || u32::try_from(parts.len()).is_err() {
            return Err(NetworkFault::TooLarge);
        }
        for node in &nodes {
            if !(node.lon_lat.is_valid() && node.point.x_m.is_finite() && node.point.y_m.is_finite()) {
                return Err(NetworkFault::BadCoordinates { id: node.id.clone() });
            }
        }
        check_parts(&nodes, &parts)?;
        let (nodes, junction_count, new_position) = in_canonical_order(nodes, &parts);
        let nodes_by_id = by_id(&nodes)?;
        let mut segments = Vec::with_capacity(parts.len());
        for (position, part) in parts.into_iter().enumerate() {
            segments.push(measure(position, part, &nodes, &new_position)?);
        }
        let ticks_per_metre = ticks::ticks_per_metre(segments.iter().map(Segment::length_m).sum());
        // In the order of the segments, so that a junction's incidences are, too.
        let each_way = |tell: &mut dyn FnMut(NodeIndex, NodeIndex, Incidence)| {
            for (i, segment) in segments.iter().enumerate() {
                let (segment_id, length_m) = (SegmentId(i as u32), segment.length_m());
                let ticks = ticks::ticks(length_m, ticks_per_metre);
                let mut connect = |from: NodeIndex, to: NodeIndex, direction| {
                    tell(from, to, Incidence { segment: segment_id, direction, other: to, length_m, ticks });
                };
                connect(segment.first(), segment.last(), Direction::Forward);
                if !segment.oneway {
                    connect(segment.last(), segment.first(), Direction::Backward);
                }
            }
        };
        let outgoing = Adjacency::build(junction_count, |tell| each_way(&mut |from, _, way| tell(from, way)));
        let incoming = Adjacency::build(junction_count, |tell| {
            each_way(&mut |from, to, way| tell(to, Incidence { other: from, ..way }));
        });
        Ok(Self {
            identity: NetworkIdentity(BUILT.fetch_add(1, Ordering::Relaxed)),
            ticks_per_metre,
            plane: LocalPlane::new(origin),
            outgoing,
            incoming,
            nodes,
            junction_count,
            segments,
            nodes_by_id,
            index: OnceLock::new(),
        })
    }

    /// Which network this is. Equal networks built apart differ in it.
    pub fn identity(&self) -> NetworkIdentity {
        self.identity
    }

    /// The plane in which distances are measured.
    pub fn plane(&self) -> &LocalPlane {
        &self.plane
    }

    /// All nodes, junctions first.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// One node.
    pub fn node(&self, index: NodeIndex) -> &Node {
        &self.nodes[index.index()]
    }

    /// How many of the nodes are junctions; they are the first ones.
    pub fn junction_count(&self) -> usize {
        self.junction_count
    }

    /// All segments, in the order of their ids.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }

    /// One segment. The id must be of this network: see [`Network::has_segment`] for ids from outside.
    pub fn segment(&self, id: SegmentId) -> &Segment {
        &self.segments[id.index()]
    }

    /// Whether the id is of this network.
    pub fn has_segment(&self, id: SegmentId) -> bool {
        id.index() < self.segments.len()
    }

    /// The node with the source's id.
    pub fn node_by_id(&self, id: &str) -> Option<NodeIndex> {
        let sought = (id_hash(id), id);
        let key = |i: &u32| {
            let id = self.nodes[*i as usize].id.as_str();
            (id_hash(id), id)
        };
        let found = self.nodes_by_id.binary_search_by(|i| key(i).cmp(&sought)).ok()?;
        Some(NodeIndex(self.nodes_by_id[found]))
    }

    /// The ways of leaving a junction, ordered by segment.
    pub fn outgoing(&self, junction: NodeIndex) -> &[Incidence] {
        self.outgoing.of(junction)
    }

    /// The ways of reaching a junction, ordered by segment; `other` is where each comes from and `direction` that of
    /// travel towards the junction.
    pub fn incoming(&self, junction: NodeIndex) -> &[Incidence] {
        self.incoming.of(junction)
    }

    /// The sum of all segment lengths, in metres.
    pub fn length_m(&self) -> f64 {
        self.segments.iter().map(Segment::length_m).sum()
    }

    /// South-west and north-east corners of the smallest box around all nodes.
    pub fn bounds(&self) -> (LonLat, LonLat) {
        let mut low = LonLat { lon: f64::INFINITY, lat: f64::INFINITY };
        let mut high = LonLat { lon: f64::NEG_INFINITY, lat: f64::NEG_INFINITY };
        for node in &self.nodes {
            low = LonLat { lon: low.lon.min(node.lon_lat.lon), lat: low.lat.min(node.lon_lat.lat) };
            high = LonLat { lon: high.lon.max(node.lon_lat.lon), lat: high.lat.max(node.lon_lat.lat) };
        }
        (low, high)
    }

    /// The segments as parts, with which (and [`Network::nodes`]) [`Network::new`] makes an equal network again.
    pub fn parts(&self) -> impl Iterator<Item = SegmentPart> + '_ {
        self.segments.iter().map(|segment| SegmentPart {
            nodes: segment.nodes.iter().map(|n| n.0).collect(),
            oneway: segment.oneway,
            speed_limit_mps: segment.speed_limit_mps,
            name: segment.name.clone(),
            source_ids: segment.source_ids.clone(),
            blockage_probability: segment.blockage_probability,
            road: segment.road,
        })
    }

    /// The same roads with another prior: every segment is blocked with this probability while nothing is known of it.
    #[must_use]
    pub fn with_blockage_probability(&self, probability: f64) -> Self {
        let mut network = self.clone();
        for segment in &mut network.segments {
            segment.blockage_probability = probability;
        }
        network
    }

    /// A rough size in bytes, for caches.
    pub fn heap_bytes(&self) -> usize {
        let nodes: usize = self.nodes.iter().map(|n| size_of::<Node>() + n.id.len()).sum();
        let segments: usize = self.segments.iter().map(|s| size_of::<Segment>() + s.nodes.len() * 12 + 32).sum();
        nodes + segments + (self.outgoing.incidences.len() + self.incoming.incidences.len()) * size_of::<Incidence>()
    }
}

/// Positions of nodes, ordered by [`id_hash`] and id: numbers are compared faster than texts.
fn by_id(nodes: &[Node]) -> Result<Vec<u32>, NetworkFault> {
    let mut order: Vec<(u64, u32)> = nodes.iter().zip(0..).map(|(node, i)| (id_hash(&node.id), i)).collect();
    let id = |i: u32| nodes[i as usize].id.as_str();
    order.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| id(a.1).cmp(id(b.1))));
    match order.windows(2).find(|pair| pair[0].0 == pair[1].0 && id(pair[0].1) == id(pair[1].1)) {
        Some(pair) => Err(NetworkFault::DuplicateNode { id: id(pair[0].1).to_owned() }),
        None => Ok(order.into_iter().map(|(_, i)| i).collect()),
    }
}

/// A number for an id: FNV-1a. It only orders [`Network::node_by_id`]'s table; ids made to collide make that a search by text.
fn id_hash(id: &str) -> u64 {
    id.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

fn check_parts(nodes: &[Node], parts: &[SegmentPart]) -> Result<(), NetworkFault> {
    for (position, part) in parts.iter().enumerate() {
        if let Some(&node) = part.nodes.iter().find(|n| **n as usize >= nodes.len()) {
            return Err(NetworkFault::UnknownNode { segment: position, node });
        }
        if part.nodes.len() < 2 {
            return Err(NetworkFault::NoLength { segment: position });
        }
        if part.nodes.first() == part.nodes.last() {
            return Err(NetworkFault::Loop { segment: position });
        }
        if part.speed_limit_mps.is_some_and(|v| !(v.is_finite() && v > 0.0)) {
            return Err(NetworkFault::BadProperty { segment: position, property: "speed limit" });
        }
        if !(0.0..=1.0).contains(&part.blockage_probability) {
            return Err(NetworkFault::BadProperty { segment: position, property: "blockage probability" });
        }
    }
    Ok(())
}

/// Segment ends first, then the other nodes in use; also how many ends there are, and where each old position went.
fn in_canonical_order(nodes: Vec<Node>, parts: &[SegmentPart]) -> (Vec<Node>, usize, Vec<u32>) {
    const UNUSED: u8 = 2;
    let mut class = vec![UNUSED; nodes.len()];
    for part in parts {
        for node in &part.nodes {
            class[*node as usize] = class[*node as usize].min(1);
        }
        class[part.nodes[0] as usize] = 0;
        class[part.nodes[part.nodes.len() - 1] as usize] = 0;
    }
    let mut order: Vec<usize> = (0..nodes.len()).filter(|i| class[*i] != UNUSED).collect();
    order.sort_by_key(|i| (class[*i], *i));
    let junction_count = order.iter().filter(|i| class[**i] == 0).count();
    let mut new_position = vec![u32::MAX; nodes.len()];
    for (new, old) in order.iter().enumerate() {
        new_position[*old] = new as u32;
    }
    drop(order);
    // Each node goes to its place by swaps along the cycles of the permutation: no second copy of millions of nodes.
    let mut nodes = nodes;
    let mut kept = 0;
    nodes.retain(|_| {
        kept += 1;
        class[kept - 1] != UNUSED
    });
    let mut place: Vec<u32> = new_position.iter().copied().filter(|new| *new != u32::MAX).collect();
    for i in 0..nodes.len() {
        while place[i] as usize != i {
            let target = place[i] as usize;
            nodes.swap(i, target);
            place.swap(i, target);
        }
    }
    (nodes, junction_count, new_position)
}

fn measure(position: usize, part: SegmentPart, nodes: &[Node], new_position: &[u32]) -> Result<Segment, NetworkFault> {
    let line: Box<[NodeIndex]> = part.nodes.iter().map(|n| NodeIndex(new_position[*n as usize])).collect();
    let mut offsets_m = Vec::with_capacity(line.len());
    let mut length_m = 0.0;
    offsets_m.push(0.0);
    for pair in line.windows(2) {
        length_m += nodes[pair[0].index()].point.distance_m(nodes[pair[1].index()].point);
        offsets_m.push(length_m);
    }
    if !(length_m.is_finite() && length_m > 0.0) {
        return Err(NetworkFault::NoLength { segment: position });
    }
    Ok(Segment {
        nodes: line,
        offsets_m: offsets_m.into(),
        oneway: part.oneway,
        speed_limit_mps: part.speed_limit_mps,
        name: part.name,
        source_ids: part.source_ids,
        blockage_probability: part.blockage_probability,
        road: part.road,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(id: &str, x_m: f64, y_m: f64) -> Node {
        let plane = LocalPlane::new(LonLat { lon: 8.0, lat: 50.0 });
        let point = Point { x_m, y_m };
        Node { id: id.to_owned(), lon_lat: plane.unproject(point), point }
    }

    fn part(nodes: &[u32]) -> SegmentPart {
        SegmentPart {
            nodes: nodes.to_vec(),
            oneway: false,
            speed_limit_mps: None,
            name: None,
            source_ids: Vec::new(),
            blockage_probability: DEFAULT_BLOCKAGE_PROBABILITY,
            road: Road::default(),
        }
    }

    fn build(nodes: Vec<Node>, parts: Vec<SegmentPart>) -> Result<Network, NetworkFault> {
        Network::new(LonLat { lon: 8.0, lat: 50.0 }, nodes, parts)
    }

    #[test]
    fn junctions_come_first_and_lengths_follow_the_polyline() {
        let nodes = vec![node("a", 0.0, 0.0), node("bend", 30.0, 40.0), node("unused", 1.0, 1.0), node("b", 30.0, 0.0)];
        let network = build(nodes, vec![part(&[0, 1, 3]), part(&[3, 0])]).unwrap();
        let ids: Vec<&str> = network.nodes().iter().map(|n| n.id.as_str()).collect();
        assert_eq!(ids, ["a", "b", "bend"]);
        assert_eq!(network.junction_count(), 2);
        assert_eq!(network.segments()[0].offsets_m.as_ref(), [0.0, 50.0, 90.0]);
        let a = network.node_by_id("a").unwrap();
        let ways: Vec<_> = network.outgoing(a).iter().map(|i| (i.segment.0, i.direction)).collect();
        assert_eq!(ways, [(0, Direction::Forward), (1, Direction::Backward)]);
        assert_eq!(network.node_by_id("unused"), None);
    }

    #[test]
    fn oneway_segments_are_left_by_their_first_end_only() {
        let mut oneway = part(&[0, 1]);
        oneway.oneway = true;
        let network = build(vec![node("a", 0.0, 0.0), node("b", 9.0, 0.0)], vec![oneway]).unwrap();
        assert_eq!(network.outgoing(NodeIndex(0)).len(), 1);
        assert_eq!(network.outgoing(NodeIndex(1)).len(), 0);
        assert_eq!(network.incoming(NodeIndex(1))[0].other, NodeIndex(0));
    }

    #[test]
    fn every_fault_is_named() {
        let two = || vec![node("a", 0.0, 0.0), node("b", 9.0, 0.0)];
        assert_eq!(build(two(), vec![]).unwrap_err(), NetworkFault::NoSegment);
        assert_eq!(build(two(), vec![part(&[0, 7])]).unwrap_err(), NetworkFault::UnknownNode { segment: 0, node: 7 });
        assert_eq!(build(two(), vec![part(&[0])]).unwrap_err(), NetworkFault::NoLength { segment: 0 });
        assert_eq!(build(two(), vec![part(&[0, 1, 0])]).unwrap_err(), NetworkFault::Loop { segment: 0 });
        let same_place = vec![node("a", 5.0, 0.0), node("b", 5.0, 0.0)];
        assert_eq!(build(same_place, vec![part(&[0, 1])]).unwrap_err(), NetworkFault::NoLength { segment: 0 });
        let twins = vec![node("a", 0.0, 0.0), node("a", 9.0, 0.0)];
        assert_eq!(build(twins, vec![part(&[0, 1])]).unwrap_err(), NetworkFault::DuplicateNode { id: "a".into() });
        let mut nowhere = two();
        nowhere[1].lon_lat.lat = f64::NAN;
        assert_eq!(build(nowhere, vec![part(&[0, 1])]).unwrap_err(), NetworkFault::BadCoordinates { id: "b".into() });
        let mut sure = part(&[0, 1]);
        sure.blockage_probability = 1.5;
        let fault = NetworkFault::BadProperty { segment: 0, property: "blockage probability" };
        assert_eq!(build(two(), vec![sure]).unwrap_err(), fault);
    }
}
