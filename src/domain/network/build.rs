//! Making networks from parts: validation, canonical order, measuring.

use std::cmp::Ordering;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::adjacency::{Adjacency, MOST_SEGMENTS};
use super::source_ids::SourceId;
use super::turns::{MOST_WAYS_AT_TURNS, Turn, Turns};
use super::{
    Network, NetworkIdentity, Node, NodeColumns, Road, SegmentColumns, SegmentProperties, SegmentsBuilder, ticks,
};
use crate::domain::geometry::{LocalPlane, LonLat};
use crate::domain::ids::NodeIndex;

/// A segment as a source gives it: node positions and properties, lengths not yet measured.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SegmentPart {
    /// Positions in the node list, from the first end to the last.
    pub nodes: Vec<u32>,
    /// See [`Segment::oneway`](super::Segment::oneway).
    pub oneway: bool,
    /// See [`Segment::speed_limit_mps`](super::Segment::speed_limit_mps).
    pub speed_limit_mps: Option<f64>,
    /// See [`Segment::name`](super::Segment::name).
    pub name: Option<String>,
    /// See [`Segment::source_ids`](super::Segment::source_ids).
    pub source_ids: Vec<String>,
    /// See [`Segment::blockage_probability`](super::Segment::blockage_probability).
    pub blockage_probability: f64,
    /// See [`Segment::road`](super::Segment::road). Logs exported by earlier builds do not have it.
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
    #[error("the network has more than {} nodes or {MOST_SEGMENTS} segments", u32::MAX)]
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
    /// A forbidden turn is none: its segments do not meet, or may not be driven in that direction.
    #[error("forbidden turn {turn} is no turn that could be taken")]
    NoTurn {
        /// The turn's position.
        turn: usize,
    },
    /// Turns are forbidden where more segments meet than at any crossing: what a search knows of them grows with the square.
    #[error("turns are forbidden at node number {node}, where more than {MOST_WAYS_AT_TURNS} segments end")]
    CrowdedTurns {
        /// The junction's position.
        node: u32,
    },
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
        if u32::try_from(nodes.len()).is_err() || parts.len() > MOST_SEGMENTS {
            return Err(NetworkFault::TooLarge);
        }
        for node in &nodes {
            if !(node.lon_lat.is_valid() && node.point.x_m.is_finite() && node.point.y_m.is_finite()) {
                return Err(NetworkFault::BadCoordinates { id: node.id.to_string() });
            }
        }
        check_parts(&nodes, &parts)?;
        let Order { order, junction_count, new_position } = canonical_order(nodes.len(), &parts);
        let columns: NodeColumns = order.iter().map(|old| &nodes[*old as usize]).collect();
        drop((order, nodes));
        let nodes_by_id = by_id(&columns);
        check_unique(&columns, &nodes_by_id)?;
        let line = parts.iter().map(|part| part.nodes.len()).sum();
        let mut segments = SegmentsBuilder::with_capacity(parts.len(), line);
        for part in parts {
            part.nodes.iter().for_each(|node| segments.push_node(NodeIndex(new_position[*node as usize])));
            part.source_ids.iter().for_each(|id| segments.push_source(SourceId::of(id)));
            let properties = SegmentProperties {
                name: part.name.map(|name| segments.name(&name)),
                speed_limit_mps: part.speed_limit_mps.map(|limit_mps| segments.number(limit_mps)),
                blockage_probability: segments.number(part.blockage_probability),
                road: part.road,
                oneway: part.oneway,
            };
            segments.end_segment(properties)?;
        }
        let network = Self::assemble(origin, columns, junction_count, segments.finish(), &[])?;
        // The table is there already.
        let _ = network.nodes_by_id.set(nodes_by_id);
        Ok(network)
    }

    /// A network from what [`Network::nodes`], [`Network::segments`] and [`Network::forbidden_turns`] of one that was stored said; the
    /// segments' offsets are measured anew. What [`Network::new`] has checked is believed, but for what could make anything panic.
    ///
    /// # Errors
    /// The first fault found.
    pub(crate) fn restored(
        origin: LonLat,
        nodes: NodeColumns,
        junction_count: usize,
        segments: SegmentColumns,
        turns: &[Turn],
    ) -> Result<Self, NetworkFault> {
        if segments.len() == 0 {
            return Err(NetworkFault::NoSegment);
        }
        let too_many = u32::try_from(nodes.len()).is_err() || segments.len() > MOST_SEGMENTS;
        if too_many || junction_count > nodes.len() {
            return Err(NetworkFault::TooLarge);
        }
        Self::assemble(origin, nodes, junction_count, segments, turns)
    }

    /// Measures the segments and makes what searches work with.
    fn assemble(
        origin: LonLat,
        mut nodes: NodeColumns,
        junction_count: usize,
        mut segments: SegmentColumns,
        turns: &[Turn],
    ) -> Result<Self, NetworkFault> {
        nodes.shrink_to_fit();
        let ticks_per_metre = ticks::ticks_per_metre(segments.measure(&nodes, junction_count)?);
        let turns = Turns::new(segments.all(), turns)?;
        let adjacency = Adjacency::build(junction_count, segments.all(), ticks_per_metre, &turns);
        Ok(Self {
            identity: NetworkIdentity::next(),
            ticks_per_metre,
            plane: LocalPlane::new(origin),
            turns,
            adjacency,
            nodes,
            junction_count,
            segments,
            nodes_by_id: OnceLock::new(),
            index: OnceLock::new(),
        })
    }
}

/// Positions of nodes, in the [order of their ids](order_of_ids).
pub(super) fn by_id(nodes: &NodeColumns) -> Vec<u32> {
    let mut order: Vec<(u64, u32)> = nodes.ids().zip(0..).map(|(id, i)| (id.key(), i)).collect();
    order.sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| order_of_ids(nodes.id(a.1), nodes.id(b.1))));
    order.into_iter().map(|(_, i)| i).collect()
}

/// By [key](SourceId::key) and text; numbers differ where their keys do.
pub(super) fn order_of_ids(a: SourceId<'_>, b: SourceId<'_>) -> Ordering {
    a.key().cmp(&b.key()).then_with(|| match (a, b) {
        (SourceId::Text(a), SourceId::Text(b)) => a.cmp(b),
        _ => Ordering::Equal,
    })
}

/// Whether no two nodes have one id, given their order by it.
fn check_unique(nodes: &NodeColumns, by_id: &[u32]) -> Result<(), NetworkFault> {
    match by_id.windows(2).find(|pair| nodes.id(pair[0]) == nodes.id(pair[1])) {
        Some(pair) => Err(NetworkFault::DuplicateNode { id: nodes.id(pair[0]).text().to_string() }),
        None => Ok(()),
    }
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

/// The nodes in use, segment ends first.
struct Order {
    /// Where each of them was given.
    order: Vec<u32>,
    /// How many are ends.
    junction_count: usize,
    /// Where each given node went.
    new_position: Vec<u32>,
}

/// There must be no more nodes than `u32` can count, and the parts must name no others.
fn canonical_order(node_count: usize, parts: &[SegmentPart]) -> Order {
    const UNUSED: u8 = 2;
    let mut class = vec![UNUSED; node_count];
    for part in parts {
        for node in &part.nodes {
            class[*node as usize] = class[*node as usize].min(1);
        }
        class[part.nodes[0] as usize] = 0;
        class[part.nodes[part.nodes.len() - 1] as usize] = 0;
    }
    let of_class = |sought: u8| (0_u32..).zip(&class).filter(move |(_, class)| **class == sought).map(|(i, _)| i);
    let mut order: Vec<u32> = of_class(0).collect();
    let junction_count = order.len();
    order.extend(of_class(1));
    let mut new_position = vec![u32::MAX; node_count];
    for (new, old) in (0_u32..).zip(&order) {
        new_position[*old as usize] = new;
    }
    Order { order, junction_count, new_position }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::geometry::Point;
    use crate::domain::ids::SegmentId;
    use crate::domain::network::{DEFAULT_BLOCKAGE_PROBABILITY, Direction, Incidence};

    fn node(id: &str, x_m: f64, y_m: f64) -> Node {
        let plane = LocalPlane::new(LonLat { lon: 8.0, lat: 50.0 });
        let point = Point { x_m, y_m };
        Node { id: id.into(), lon_lat: plane.unproject(point), point }
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
        let ids: Vec<_> = network.nodes().iter().map(|n| n.id()).collect();
        assert_eq!(ids, ["a", "b", "bend"]);
        assert_eq!(network.junction_count(), 2);
        assert_eq!(network.segment(SegmentId(0)).offsets_m, [0.0, 50.0, 90.0]);
        let a = network.node_by_id("a").unwrap();
        let ways: Vec<_> = network.outgoing(a).map(|i| (i.segment.0, i.direction)).collect();
        assert_eq!(ways, [(0, Direction::Forward), (1, Direction::Backward)]);
        assert_eq!(network.node_by_id("unused"), None);
    }

    #[test]
    fn a_network_restored_from_what_it_says_is_equal_and_faults_are_found() {
        let nodes = vec![node("a", 0.0, 0.0), node("bend", 30.0, 40.0), node("b", 30.0, 0.0)];
        let network = build(nodes, vec![part(&[0, 1, 2]), part(&[2, 0])]).unwrap();
        let origin = network.plane().origin();
        let restored =
            |junctions, nodes: NodeColumns, segments| Network::restored(origin, nodes, junctions, segments, &[]);
        let again = restored(2, network.nodes.clone(), network.segments.clone()).unwrap();
        assert_eq!(again, network);
        assert_eq!(again.node_by_id("b"), network.node_by_id("b"));
        assert!(again.outgoing(NodeIndex(0)).eq(network.outgoing(NodeIndex(0))));
        assert_eq!(again.heap_bytes(), network.heap_bytes());
        let fault = |junctions, lines: &[&[u32]]| {
            let mut segments = SegmentsBuilder::with_capacity(0, 0);
            for line in lines {
                line.iter().for_each(|node| segments.push_node(NodeIndex(*node)));
                segments.end_segment(SegmentProperties::default()).unwrap();
            }
            restored(junctions, network.nodes.clone(), segments.finish()).unwrap_err()
        };
        assert_eq!(fault(1, &[&[0, 2, 1]]), NetworkFault::UnknownNode { segment: 0, node: 1 });
        assert_eq!(fault(2, &[&[0, 1], &[0, 9, 1]]), NetworkFault::UnknownNode { segment: 1, node: 9 });
        assert_eq!(fault(2, &[&[0, 1], &[9, 1]]), NetworkFault::UnknownNode { segment: 1, node: 9 });
        assert_eq!(fault(2, &[&[0, 1], &[0]]), NetworkFault::NoLength { segment: 1 });
        assert_eq!(fault(2, &[&[0, 1], &[]]), NetworkFault::NoLength { segment: 1 });
        assert_eq!(fault(2, &[&[0, 0]]), NetworkFault::NoLength { segment: 0 });
        assert_eq!(fault(4, &[&[0, 1]]), NetworkFault::TooLarge);
        assert_eq!(fault(2, &[]), NetworkFault::NoSegment);
    }

    #[test]
    fn oneway_segments_are_left_by_their_first_end_only() {
        let mut oneway = part(&[0, 1]);
        oneway.oneway = true;
        let network = build(vec![node("a", 0.0, 0.0), node("b", 9.0, 0.0)], vec![oneway]).unwrap();
        assert_eq!(network.outgoing(NodeIndex(0)).count(), 1);
        assert_eq!(network.outgoing(NodeIndex(1)).count(), 0);
        assert_eq!(network.incoming(NodeIndex(1)).next().unwrap().other, NodeIndex(0));
    }

    /// A row of roads from each junction to the next, so many of them one-way, from alternate ends.
    fn row(length: u32, oneways: u32) -> Network {
        let nodes = (0..=length).map(|i| node(&i.to_string(), f64::from(i) * 9.5, 0.0)).collect();
        let road = |i: u32| {
            let ends = if i.is_multiple_of(2) { [i, i + 1] } else { [i + 1, i] };
            SegmentPart { oneway: i < oneways, ..part(&ends) }
        };
        build(nodes, (0..length).map(road).collect()).unwrap()
    }

    #[test]
    fn a_search_needs_at_most_40_bytes_for_each_directed_edge() {
        // Pairs of junctions that nothing joins, which a map's largest part never has, are the most for one-way roads.
        let nodes = (0..200).map(|i| node(&i.to_string(), f64::from(i) * 9.5, 0.0)).collect();
        let apart = |i: u32| SegmentPart { oneway: true, ..part(&[2 * i, 2 * i + 1]) };
        let apart = build(nodes, (0..100).map(apart).collect()).unwrap();
        for (network, most) in [(row(1000, 0), 19), (row(1000, 440), 24), (row(1000, 1000), 37), (apart, 41)] {
            let junctions = (0..network.junction_count() as u32).map(NodeIndex);
            let (out, back) = (junctions.clone().flat_map(|j| network.outgoing(j)), junctions.clone());
            let (edges, back) = (out.count(), back.flat_map(|j| network.incoming(j)).count());
            let oneways = network.segments().iter().filter(|segment| segment.oneway).count();
            assert_eq!((edges, back), (2 * network.segments().len() - oneways, edges));
            // The list of where each junction's begin has one number more than there are junctions.
            let bytes = network.search_bytes() - size_of::<u32>();
            assert!(bytes <= 40 * edges && bytes < most * edges, "{bytes} bytes for {edges} edges");
        }
    }

    #[test]
    fn ways_out_of_a_junction_and_into_it_tell_the_direction_of_travel_and_the_length() {
        let network = row(2, 2);
        let ways = |ways: &mut dyn Iterator<Item = Incidence>| -> Vec<(u32, Direction, u32, f64, u64)> {
            ways.map(|way| (way.segment.0, way.direction, way.other.0, way.length_m, way.ticks)).collect()
        };
        let ticks = network.ticks(9.5);
        let forward = |segment, other| (segment, Direction::Forward, other, 9.5, ticks);
        // Both lead to the junction in the middle.
        assert_eq!(ways(&mut network.incoming(NodeIndex(1))), [forward(0, 0), forward(1, 2)]);
        assert_eq!(ways(&mut network.outgoing(NodeIndex(1))), []);
        assert_eq!(ways(&mut network.outgoing(NodeIndex(2))), [forward(1, 1)]);
        let two_way = row(2, 1);
        let backward = |segment, other| (segment, Direction::Backward, other, 9.5, ticks);
        assert_eq!(ways(&mut two_way.outgoing(NodeIndex(1))), [backward(1, 2)]);
        assert_eq!(ways(&mut two_way.incoming(NodeIndex(2))), [backward(1, 1)]);
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
