//! One large network made of several: for measuring on more roads than one map has.

use crate::domain::geometry::{LocalPlane, LonLat, Point};
use crate::domain::ids::NodeIndex;
use crate::domain::network::{DEFAULT_BLOCKAGE_PROBABILITY, Network, NetworkFault, Node, SegmentPart};

/// So many streets lead from one network to the next one beside it.
const STREETS_BETWEEN: usize = 8;

/// Free ground between two networks, in metres.
const APART_M: f64 = 50.0;

/// The networks side by side in a square, each joined with the next ones to the east and to the north by eight two-way streets between
/// their borders. The same network may be there several times. Where they lie on the Earth is made up.
///
/// # Errors
/// When there are none, or they have more nodes than can be counted.
pub fn join(networks: &[&Network]) -> Result<Network, NetworkFault> {
    let columns = (1..).find(|n| n * n >= networks.len()).unwrap_or(1);
    let boxes: Vec<(Point, Point)> = networks.iter().map(|network| bounds(network)).collect();
    let pitch_m =
        boxes.iter().fold(0.0_f64, |m, (low, high)| m.max(high.x_m - low.x_m).max(high.y_m - low.y_m)) + APART_M;
    let plane = LocalPlane::new(LonLat { lon: 8.0, lat: 0.0 });
    let (mut nodes, mut parts, mut begins): (Vec<Node>, Vec<SegmentPart>, Vec<u32>) = (vec![], vec![], vec![]);
    for (i, (network, (low, _))) in networks.iter().zip(&boxes).enumerate() {
        let begin = u32::try_from(nodes.len()).map_err(|_| NetworkFault::TooLarge)?;
        begins.push(begin);
        let (east_m, north_m) = ((i % columns) as f64 * pitch_m, (i / columns) as f64 * pitch_m);
        nodes.extend(network.nodes().iter().map(|node| {
            let point = Point { x_m: node.point.x_m - low.x_m + east_m, y_m: node.point.y_m - low.y_m + north_m };
            Node { id: format!("{i}/{}", node.id()).into(), lon_lat: plane.unproject(point), point }
        }));
        parts.extend(
            network
                .parts()
                .map(|part| SegmentPart { nodes: part.nodes.iter().map(|node| node + begin).collect(), ..part }),
        );
    }
    for i in 0..networks.len() {
        let beside = [(i % columns + 1 < columns).then_some(i + 1), Some(i + columns)];
        for j in beside.into_iter().flatten().filter(|j| *j < networks.len()) {
            for street in 0..STREETS_BETWEEN {
                let share = (street as f64 + 0.5) / STREETS_BETWEEN as f64;
                let (from, to) = if j == i + 1 { ((1.0, share), (0.0, share)) } else { ((share, 1.0), (share, 0.0)) };
                let from = begins[i] + nearest(networks[i], boxes[i], from).0;
                let to = begins[j] + nearest(networks[j], boxes[j], to).0;
                parts.push(street_between(from, to));
            }
        }
    }
    Network::new(plane.origin(), nodes, parts)
}

fn street_between(from: u32, to: u32) -> SegmentPart {
    SegmentPart {
        nodes: vec![from, to],
        oneway: false,
        speed_limit_mps: None,
        name: None,
        source_ids: vec![],
        blockage_probability: DEFAULT_BLOCKAGE_PROBABILITY,
        road: Default::default(),
    }
}

fn bounds(network: &Network) -> (Point, Point) {
    let far = f64::INFINITY;
    network.nodes().iter().map(|node| node.point).fold(
        (Point { x_m: far, y_m: far }, Point { x_m: -far, y_m: -far }),
        |(low, high), point| {
            (
                Point { x_m: low.x_m.min(point.x_m), y_m: low.y_m.min(point.y_m) },
                Point { x_m: high.x_m.max(point.x_m), y_m: high.y_m.max(point.y_m) },
            )
        },
    )
}

/// The junction nearest to a point of the box, given as shares of its width and height.
fn nearest(network: &Network, (low, high): (Point, Point), (x, y): (f64, f64)) -> NodeIndex {
    let point = Point { x_m: low.x_m + x * (high.x_m - low.x_m), y_m: low.y_m + y * (high.y_m - low.y_m) };
    let distance_m = |junction: &u32| network.node(NodeIndex(*junction)).point.distance_m(point);
    let junctions = 0..network.junction_count() as u32;
    NodeIndex(junctions.min_by(|a, b| distance_m(a).total_cmp(&distance_m(b))).unwrap_or(0))
}
