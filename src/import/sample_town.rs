//! The sample town: an invented town for whoever has no data at hand.
//!
//! A river winds through it from west to east. A ring road with a speed limit surrounds the town and crosses the river
//! twice; streets cross it on inner bridges, and nothing else does. North of the river lies an old centre of irregular
//! streets about the market, south-east a regular grid with pairs of one-way streets, elsewhere suburbs; few roads go out
//! into the country. Segments near the water are flood-prone: their blockage probability is higher.
//!
//! The town is drawn in whole steps: the sketch grows from fixed rules and a seeded ChaCha generator, in arithmetic
//! that every platform computes alike (sums, products, quotients and square roots of `f64`, no trigonometry), and its
//! points are rounded to decimetres. So the same seed gives the same nodes, positions in degrees, segments and properties
//! everywhere. Only plane coordinates and lengths pass through sines and may differ in the last digits between platforms.

mod plan;
mod sketch;

use super::prepare::{Components, Merging, Piece, Source, Way, prepare};
use crate::domain::geometry::{LocalPlane, LonLat, Point};
use crate::domain::ids::{NodeIndex, SegmentId};
use crate::domain::network::{Network, Node, Place, Road};
use sketch::Sketch;

/// The middle of the town: open heath, whose real roads are a few tracks.
const ORIGIN: LonLat = LonLat { lon: 9.94, lat: 53.15 };
/// Metres in a degree of latitude there, to about 0.1 %: the drawing needs no more.
const METRES_PER_DEGREE_OF_LATITUDE: f64 = 111_290.0;
/// Metres in a degree of longitude there.
const METRES_PER_DEGREE_OF_LONGITUDE: f64 = 66_900.0;

/// Blockage probabilities: the farthest a street's middle is from the river's centre line, in metres, and its probability.
const FLOOD_ZONES: [(f64, f64); 3] = [(110.0, 0.25), (230.0, 0.15), (f64::INFINITY, 0.05)];
/// The blockage probability of a bridge.
const BRIDGE_BLOCKAGE_PROBABILITY: f64 = 0.35;

/// The sample town of a seed: 300 to 500 segments about 9.94° E, 53.15° N, 3 km wide and 2.5 km high. Every junction can be
/// driven to from every other. The same seed gives the same town.
pub fn sample_town(seed: u64) -> Network {
    let prepared = prepare(source(&plan::draw(seed)), Components::Largest, Merging::Alike);
    #[expect(clippy::expect_used, reason = "the river's two quays and the bridges between them are always drawn")]
    prepared.expect("a town with bridges is a network").network
}

/// The bridges of a [`sample_town`]: the segments named so.
pub fn bridges(town: &Network) -> Vec<SegmentId> {
    let is_bridge = |i: &u32| town.segment(SegmentId(*i)).name().is_some_and(|name| name.ends_with(" Bridge"));
    (0..town.segments().len() as u32).filter(is_bridge).map(SegmentId).collect()
}

/// A start and a goal for a demonstration: the junctions farthest to the north-west and to the south-east, which in a
/// [`sample_town`] are on different sides of the river.
pub fn suggested_trip(town: &Network) -> Option<(Place, Place)> {
    let south_east_m = |n: &NodeIndex| {
        let point = town.node(*n).point;
        point.x_m - point.y_m
    };
    let junctions = || (0..town.junction_count() as u32).map(NodeIndex);
    let start = junctions().min_by(|a, b| south_east_m(a).total_cmp(&south_east_m(b)))?;
    let goal = junctions().max_by(|a, b| south_east_m(a).total_cmp(&south_east_m(b)))?;
    Some((town.place_of_node(start)?, town.place_of_node(goal)?))
}

fn source(sketch: &Sketch) -> Source {
    let plane = LocalPlane::new(ORIGIN);
    let place = |(i, drawn): (usize, Point)| {
        let in_ten_millionths = |degrees: f64| (degrees * 1e7).round() / 1e7;
        let lon_lat = LonLat {
            lon: in_ten_millionths(ORIGIN.lon + drawn.x_m / METRES_PER_DEGREE_OF_LONGITUDE),
            lat: in_ten_millionths(ORIGIN.lat + drawn.y_m / METRES_PER_DEGREE_OF_LATITUDE),
        };
        Node { id: i.to_string().into(), lon_lat, point: plane.project(lon_lat) }
    };
    let mut drawn = sketch.nodes.clone();
    let (mut ways, mut pieces) = (Vec::new(), Vec::new());
    for street in &sketch.streets {
        let way = ways.len() as u32;
        let [a, b] = street.ends.map(|n| n as u32);
        let middle = sketch.nodes[street.ends[0]].towards(sketch.nodes[street.ends[1]], 0.5);
        let river_m = sketch.river.offset_m(middle).abs();
        let zone = FLOOD_ZONES.iter().find(|(reach_m, _)| river_m < *reach_m).map_or(0.05, |zone| zone.1);
        ways.push(Way {
            ids: Vec::new(),
            speed_limit_mps: Some(street.road.limit_kmh / 3.6),
            name: street.road.name.clone(),
            blockage_probability: if street.road.is_bridge { BRIDGE_BLOCKAGE_PROBABILITY } else { zone },
            rule: 0,
            road: Road { bridge: street.road.is_bridge, ..Road::default() },
        });
        let oneway = street.oneway;
        match street.bend {
            Some(bend) => {
                let middle = drawn.len() as u32;
                drawn.push(bend);
                pieces.push(Piece { from: a, to: middle, way, oneway });
                pieces.push(Piece { from: middle, to: b, way, oneway });
            }
            None => pieces.push(Piece { from: a, to: b, way, oneway }),
        }
    }
    let nodes = drawn.into_iter().enumerate().map(place).collect();
    Source { origin: ORIGIN, nodes, ways, pieces, marks: Vec::new(), restrictions: Vec::new(), points_ignored: 0 }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::OnceLock;

    use petgraph::algo::kosaraju_scc;
    use petgraph::graphmap::DiGraphMap;
    use sha2::{Digest, Sha256};

    use super::sketch::{River, pieces_cross};
    use super::*;

    /// The towns of the first seeds, drawn once for all tests.
    fn towns() -> impl Iterator<Item = (u64, &'static Network)> {
        static TOWNS: OnceLock<Vec<Network>> = OnceLock::new();
        (0..).zip(TOWNS.get_or_init(|| (0..12).map(sample_town).collect()))
    }

    /// Everything that is promised to be the same on every platform.
    fn digest(town: &Network) -> String {
        let mut hash = Sha256::new();
        for node in town.nodes().iter() {
            hash.update(format!("{} {} {}\n", node.id(), node.lon_lat().lon, node.lon_lat().lat));
        }
        for s in town.segments().iter() {
            let line: Vec<u32> = s.nodes.iter().map(|n| n.0).collect();
            let properties = (s.oneway, s.speed_limit_mps, s.name(), s.blockage_probability);
            hash.update(format!("{line:?} {properties:?}\n"));
        }
        hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }

    fn junction_graph(town: &Network, without: &[SegmentId]) -> DiGraphMap<u32, ()> {
        let mut graph = DiGraphMap::new();
        for junction in 0..town.junction_count() as u32 {
            graph.add_node(junction);
            for way in town.outgoing(NodeIndex(junction)).filter(|w| !without.contains(&w.segment)) {
                graph.add_edge(junction, way.other.0, ());
            }
        }
        graph
    }

    #[test]
    fn the_same_seed_gives_the_same_town() {
        assert_eq!(sample_town(1), sample_town(1));
        assert_ne!(digest(&sample_town(1)), digest(&sample_town(2)));
        assert_eq!(digest(&sample_town(1)), "ad3a39e53e9d8885");
    }

    #[test]
    fn every_town_has_the_promised_size_and_features() {
        for (seed, town) in towns() {
            let segments = town.segments();
            assert!((300..=500).contains(&segments.len()), "seed {seed}: {} segments", segments.len());
            assert!((4..=6).contains(&bridges(town).len()), "seed {seed}");
            let (low, high) = town.bounds();
            let extent = town.plane().project(high).distance_m(town.plane().project(low));
            assert!((3_000.0..4_000.0).contains(&extent), "seed {seed}: {extent} m from corner to corner");
            assert!(segments.iter().filter(|s| s.oneway).count() >= 5, "seed {seed}: few one-way streets");
            assert!(segments.iter().filter(|s| s.nodes.len() > 2).count() >= 100, "seed {seed}: few bends");
            let ring = segments.iter().filter(|s| s.name() == Some("Ring Road"));
            assert!(ring.clone().count() >= 20 && ring.clone().all(|s| s.speed_limit_mps == Some(70.0 / 3.6)));
            for bridge in bridges(town) {
                assert_eq!(town.segment(bridge).blockage_probability, BRIDGE_BLOCKAGE_PROBABILITY);
            }
            let wet = segments.iter().filter(|s| (0.1..0.3).contains(&s.blockage_probability)).count();
            assert!(wet >= 40 && wet < segments.len() / 2, "seed {seed}: {wet} flood-prone segments");
        }
    }

    #[test]
    fn every_junction_can_be_driven_to_from_every_other() {
        for (seed, town) in towns() {
            let parts = kosaraju_scc(&junction_graph(town, &[]));
            assert_eq!(parts.len(), 1, "seed {seed}");
        }
    }

    #[test]
    fn the_suggested_trip_needs_a_bridge() {
        for (seed, town) in towns() {
            let (start, goal) = suggested_trip(town).unwrap();
            let [start, goal] = [start, goal].map(|place| town.junction_at(place).unwrap().0);
            let cut = junction_graph(town, &bridges(town));
            let part = kosaraju_scc(&cut).into_iter().find(|part| part.contains(&start)).unwrap();
            assert!(!part.contains(&goal), "seed {seed}");
        }
    }

    #[test]
    fn streets_meet_at_junctions_only_and_keep_out_of_the_river_but_for_bridges() {
        for (seed, town) in towns() {
            let river = plan::draw(seed).river;
            let mut pieces = Vec::new();
            for (i, segment) in town.segments().iter().enumerate() {
                for pair in segment.nodes.windows(2) {
                    pieces.push((SegmentId(i as u32), pair[0], pair[1]));
                }
            }
            let bridges: BTreeSet<SegmentId> = bridges(town).into_iter().collect();
            let at = |n: NodeIndex| town.node(n).point;
            for (k, (segment, a, b)) in pieces.iter().enumerate() {
                for (other, c, d) in &pieces[k + 1..] {
                    let meets = [a, b].iter().any(|n| *n == c || *n == d);
                    let crosses = !meets && pieces_cross(at(*a), at(*b), at(*c), at(*d));
                    assert!(!crosses, "seed {seed}: segments {segment} and {other} cross at {:?}", at(*a));
                }
                let is_wet = (0..=10).any(|t| {
                    let offset_m = river.offset_m(at(*a).towards(at(*b), f64::from(t) / 10.0));
                    offset_m.abs() < River::HALF_WIDTH_M
                });
                assert_eq!(is_wet, bridges.contains(segment), "seed {seed}: segment {segment}");
            }
        }
    }
}
