//! The networks that are measured on.

use std::fs;
use std::path::Path;

use anyhow::Context;
use outrider::domain::geometry::{LocalPlane, LonLat, Point};
use outrider::domain::ids::NodeIndex;
use outrider::domain::network::{DEFAULT_BLOCKAGE_PROBABILITY, Network, Node, SegmentPart};
use outrider::import::from_line_coverage;

/// So many streets lead from one city to the next one beside it.
const STREETS_BETWEEN: usize = 8;

/// All networks below a folder that has one folder a network, by name.
pub(crate) fn load(folder: &Path) -> anyhow::Result<Vec<(String, Network)>> {
    let mut networks = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let folder = entry?.path();
        let read = |file: &str| fs::read(folder.join(file)).with_context(|| format!("{}: {file}", folder.display()));
        let imported = from_line_coverage(&read("node_data")?, &read("req_edge_list")?)?;
        let name = folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        networks.push((name, imported.network));
    }
    networks.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(networks)
}

/// One large city made of many: side by side in a square, each joined with the next ones by a few streets.
pub(crate) fn join(networks: &[(String, Network)]) -> anyhow::Result<Network> {
    let columns = (1..).find(|n| n * n >= networks.len()).unwrap_or(1);
    let boxes: Vec<(Point, Point)> = networks.iter().map(|(_, network)| bounds(network)).collect();
    let pitch_m = boxes.iter().fold(0.0_f64, |m, (low, high)| m.max(high.x_m - low.x_m).max(high.y_m - low.y_m)) + 50.0;
    let origin = LonLat { lon: 8.0, lat: 50.0 };
    let plane = LocalPlane::new(origin);
    let (mut nodes, mut parts, mut begins): (Vec<Node>, Vec<SegmentPart>, Vec<u32>) = (vec![], vec![], vec![]);
    for (i, (name, network)) in networks.iter().enumerate() {
        let begin = nodes.len() as u32;
        begins.push(begin);
        let (east_m, north_m) = ((i % columns) as f64 * pitch_m, (i / columns) as f64 * pitch_m);
        nodes.extend(network.nodes().iter().map(|node| {
            let point =
                Point { x_m: node.point.x_m - boxes[i].0.x_m + east_m, y_m: node.point.y_m - boxes[i].0.y_m + north_m };
            Node { id: format!("{name} {}", node.id).into(), lon_lat: plane.unproject(point), point }
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
                let from = begins[i] + nearest(&networks[i].1, boxes[i], from).0;
                let to = begins[j] + nearest(&networks[j].1, boxes[j], to).0;
                parts.push(SegmentPart {
                    nodes: vec![from, to],
                    oneway: false,
                    speed_limit_mps: None,
                    name: None,
                    source_ids: vec![],
                    blockage_probability: DEFAULT_BLOCKAGE_PROBABILITY,
                    road: Default::default(),
                });
            }
        }
    }
    Ok(Network::new(origin, nodes, parts)?)
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
