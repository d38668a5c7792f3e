//! Sources of a few lettered nodes, and thousands of generated ones against a slower statement of the rules.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::domain::geometry::{LocalPlane, Point};
use crate::domain::ids::SegmentId;

/// Pieces such as `a-b`, `a>b` or `a-b:Elm`, the last one belonging to a way named and identified `Elm`. Nodes are
/// letters, in the order of the alphabet, on a curve on which no two pieces have the same direction.
fn source(pieces: &str) -> Source {
    let origin = LonLat { lon: 8.0, lat: 50.0 };
    let nodes = ('a'..='z').enumerate().map(|(i, id)| {
        let point = Point { x_m: 10.0 * i as f64, y_m: (i * i) as f64 };
        Node { id: id.to_string().into(), lon_lat: LocalPlane::new(origin).unproject(point), point }
    });
    let mut ways = Vec::new();
    let mut read = Vec::new();
    for text in pieces.split_whitespace() {
        let (ends, name) = text.split_once(':').map_or((text, None), |(ends, name)| (ends, Some(name.to_owned())));
        let bytes = ends.as_bytes();
        let way = Way {
            ids: name.iter().cloned().collect(),
            speed_limit_mps: None,
            name,
            blockage_probability: 0.1,
            rule: 0,
            road: Road::default(),
        };
        let (from, to) = (u32::from(bytes[0] - b'a'), u32::from(bytes[2] - b'a'));
        read.push(Piece { from, to, way: ways.len() as u32, oneway: bytes[1] == b'>' });
        ways.push(way);
    }
    Source {
        origin,
        nodes: nodes.collect(),
        ways,
        pieces: read,
        marks: Vec::new(),
        restrictions: Vec::new(),
        points_ignored: 0,
    }
}

fn show(network: &Network) -> String {
    let segment = |s: crate::domain::network::Segment<'_>| {
        let ids: Vec<_> = s.nodes.iter().map(|n| network.node(*n).id()).collect();
        let line = ids.join(if s.oneway { ">" } else { "-" });
        if s.source_ids().len() == 0 {
            line
        } else {
            format!("{line}:{}", s.source_ids().collect::<Vec<_>>().join("+"))
        }
    };
    network.segments().iter().map(segment).collect::<Vec<_>>().join(" ")
}

fn check(pieces: &str, expected: &str) -> ImportSummary {
    let Imported { network, summary } = prepare(source(pieces), Components::Largest, Merging::Alike).unwrap();
    assert_eq!(show(&network), expected, "{pieces}");
    summary
}

#[test]
fn chains_become_segments_in_the_order_and_direction_of_their_earliest_pieces() {
    let summary = check("b-c d-c a-b d-e d-f", "a-b-c-d d-e d-f");
    assert_eq!((summary.merged_chains, summary.junctions, summary.nodes), (1, 4, 6));
    check("d-e c-d c-b b-a d-f", "d-e a-b-c-d d-f");
    check("d-e d-c c-b b-a d-f", "d-e d-c-b-a d-f");
}

#[test]
fn duplicates_and_loops_are_dropped_and_counted() {
    let summary = check("a-b b-a b-b a-b b-c b-d", "a-b b-c b-d");
    assert_eq!((summary.pieces_read, summary.duplicate_pieces, summary.loop_pieces), (6, 2, 1));
}

#[test]
fn a_duplicate_piece_keeps_the_first_attributes_and_adds_only_directions() {
    assert_eq!(check("a>b:Elm b>a:Oak", "a-b:Elm").oneway_pairs_joined, 1);
    assert_eq!(check("a>b:Elm a>b:Oak", "a>b:Elm").oneway_pairs_joined, 0);
    assert_eq!(check("a>b:Elm a-b:Oak", "a-b:Elm").oneway_pairs_joined, 0);
    assert_eq!(check("a-b:Elm b>a:Oak", "a-b:Elm").oneway_pairs_joined, 0);
    assert_eq!(check("a>b:Elm b>a:Oak a>b:Ash", "a-b:Elm").duplicate_pieces, 2);
}

#[test]
fn chains_end_where_attributes_or_directions_change() {
    check("a-b:Elm b-c:Elm c-d:Oak", "a-b-c:Elm c-d:Oak");
    check("a>b b>c c-d", "a>b>c c-d");
    check("a>b c>b c>d", "a>b c>b c>d");
    check("b>c a>b c>d", "a>b>c>d");
}

#[test]
fn source_ids_are_collected_in_order_and_once() {
    let mut source = source("a-b:Elm b-c:Elm c-d:Elm");
    for (way, id) in source.ways.iter_mut().zip(["w1", "w2", "w1"]) {
        way.ids = vec![id.to_owned()];
    }
    assert_eq!(show(&prepare(source, Components::All, Merging::Alike).unwrap().network), "a-b-c-d:w1+w2");
}

#[test]
fn rings_are_dropped_and_parallel_segments_stay() {
    let summary = check("a-b b-c c-d d-b", "a-b");
    assert_eq!((summary.dropped_rings.count, summary.dropped_rings.pieces), (1, 3));
    check("a-b b-c c-d b-e e-c", "a-b b-c c-d b-e-c");
    assert_eq!(
        prepare(source("a-b b-c c-a"), Components::Largest, Merging::Alike).unwrap_err(),
        ImportError::OnlyRings
    );
    check("a-b:Elm b-c:Oak c-a:Oak", "a-b:Elm b-c-a:Oak");
}

#[test]
fn the_largest_component_stays_and_of_equals_the_earliest() {
    let summary = check("d-e a-b b-c", "a-b-c");
    let dropped = &summary.dropped_components;
    assert_eq!((summary.components_read, dropped.count, dropped.nodes, dropped.segments), (2, 1, 2, 1));
    assert!((dropped.length_m - 149_f64.sqrt()).abs() < 1e-9, "{dropped:?}");
    check("d-c a-b", "a-b");
    check("d>e e-f a-b", "d>e e-f");
    let all = prepare(source("d-c a-b"), Components::All, Merging::Alike).unwrap();
    assert_eq!(show(&all.network), "d-c a-b");
    assert_eq!(all.summary.dropped_components.count, 0);
}

fn any_pieces() -> impl Strategy<Value = String> {
    let piece = (0_u8..12, 0_u8..12, prop::bool::weighted(0.3), prop::sample::select(vec!["", ":Elm", ":Oak"]));
    prop::collection::vec(piece, 1..24).prop_map(|pieces| {
        let letter = |n: u8| char::from(b'a' + n);
        let text = |(a, b, oneway, name): (u8, u8, bool, &str)| {
            format!("{}{}{}{name}", letter(a), if oneway { '>' } else { '-' }, letter(b))
        };
        pieces.into_iter().map(text).collect::<Vec<_>>().join(" ")
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// A second, slower statement of the rules: which directed steps remain, with which name, and where segments end.
    #[test]
    fn segments_cover_the_pieces_exactly_and_are_as_long_as_they_may_be(text in any_pieces()) {
        let source = source(&text);
        let mut name_of: BTreeMap<(u32, u32), Option<String>> = BTreeMap::new();
        let mut steps: BTreeSet<(u32, u32)> = BTreeSet::new();
        for piece in source.pieces.iter().filter(|p| p.from != p.to) {
            let ends = (piece.from.min(piece.to), piece.from.max(piece.to));
            name_of.entry(ends).or_insert_with(|| source.ways[piece.way as usize].name.clone());
            steps.insert((piece.from, piece.to));
            if !piece.oneway {
                steps.insert((piece.to, piece.from));
            }
        }
        let count = |node: u32| name_of.keys().filter(|(a, b)| *a == node || *b == node).count();
        let is_inner = |node: u32| {
            let at: Vec<_> = name_of.iter().filter(|((a, b), _)| *a == node || *b == node).collect();
            let way_in = steps.iter().filter(|(_, to)| *to == node).count();
            let way_out = steps.iter().filter(|(from, _)| *from == node).count();
            let passes = (way_in, way_out) == (2, 2) || {
                let from = steps.iter().find(|(_, to)| *to == node).map(|s| s.0);
                let to = steps.iter().find(|(from, _)| *from == node).map(|s| s.1);
                (way_in, way_out) == (1, 1) && from != to
            };
            at.len() == 2 && at[0].1 == at[1].1 && passes
        };
        match prepare(source.clone(), Components::All, Merging::Alike) {
            Err(error) => prop_assert_eq!(error, ImportError::OnlyRings),
            Ok(Imported { network, summary }) => {
                let number = |n: crate::domain::ids::NodeIndex| u32::from(network.node(n).id().as_bytes()[0] - b'a');
                let mut covered = BTreeSet::new();
                for segment in network.segments().iter() {
                    let line: Vec<u32> = segment.nodes.iter().map(|n| number(*n)).collect();
                    for (i, node) in line.iter().enumerate() {
                        let is_end = i == 0 || i + 1 == line.len();
                        prop_assert_eq!(is_inner(*node), !is_end, "node {} of {}", node, show(&network));
                    }
                    for pair in line.windows(2) {
                        let (a, b) = (pair[0], pair[1]);
                        prop_assert!(covered.insert((a.min(b), a.max(b))), "{} twice", show(&network));
                        prop_assert!(steps.contains(&(a, b)));
                        prop_assert_eq!(steps.contains(&(b, a)), !segment.oneway);
                        prop_assert_eq!(name_of[&(a.min(b), a.max(b))].as_deref(), segment.name());
                    }
                }
                prop_assert_eq!(covered.len() + summary.dropped_rings.pieces, name_of.len());
                let left = name_of.keys().filter(|ends| !covered.contains(ends));
                prop_assert!(left.into_iter().all(|(a, b)| count(*a) >= 2 && count(*b) >= 2), "a ring has no end");
            }
        }
    }
}

/// Ways a, b, ... in a line of three pieces of about the same length, which only [`Merging::Junctions`] makes one segment.
fn merged(edit: impl Fn(&mut [Way])) -> crate::domain::network::SegmentPart {
    let mut source = source("a-b:Elm b-c:Oak c-d:Elm d-e:Elm");
    edit(&mut source.ways);
    let network = prepare(source, Components::Largest, Merging::Junctions).unwrap().network;
    assert_eq!(network.segments().len(), 1);
    network.parts().next().unwrap()
}

#[test]
fn a_segment_from_junction_to_junction_has_the_longest_parts_name_and_every_parts_bridge() {
    use crate::domain::network::{RoadClass, Surface};
    let part = merged(|ways| {
        ways[0].road = Road { class: Some(RoadClass::named("track")), bridge: true, ..Road::default() };
        ways[1].road.surface = Some(Surface::named("mud"));
        ways[3].road.class = Some(RoadClass::named("residential"));
    });
    assert_eq!(part.name.as_deref(), Some("Elm"));
    assert_eq!(part.source_ids, ["Elm", "Oak"]);
    let road = part.road;
    assert_eq!((road.bridge, road.tunnel, road.ford), (true, false, false));
    assert_eq!(road.surface.unwrap().name(), "mud", "the longest part of which it is known");
    assert_eq!(road.class.unwrap().name(), "residential", "the last piece is the longest");
}

#[test]
fn a_merged_segment_takes_as_long_as_its_parts_and_is_as_dangerous_as_the_worst() {
    let part = merged(|ways| {
        for (way, speed_mps) in ways.iter_mut().zip([10.0, 20.0, 10.0, 20.0]) {
            way.speed_limit_mps = Some(speed_mps);
        }
        ways[2].blockage_probability = 0.4;
    });
    let lengths = [101_f64.sqrt(), 109_f64.sqrt(), 125_f64.sqrt(), 149_f64.sqrt()];
    let duration_s: f64 = lengths.iter().zip([10.0, 20.0, 10.0, 20.0]).map(|(m, mps)| m / mps).sum();
    let mean_mps = lengths.iter().sum::<f64>() / duration_s;
    assert!((part.speed_limit_mps.unwrap() - mean_mps).abs() < 1e-9);
    assert_eq!(part.blockage_probability, 0.4);
    let part = merged(|ways| ways[1].speed_limit_mps = Some(5.0));
    assert_eq!(part.speed_limit_mps, None, "a part of unknown speed leaves the whole unknown");
}

#[test]
fn a_ford_at_a_node_belongs_to_every_segment_there() {
    let mut source = source("a-b b-c c-d c-e");
    source.marks = vec![
        Mark { node: 1, ford: true, blockage_probability: 0.5, rule: 1 },
        Mark { node: 4, ford: false, blockage_probability: 0.05, rule: 2 },
    ];
    let Imported { network, summary } = prepare(source, Components::Largest, Merging::Alike).unwrap();
    assert_eq!(show(&network), "a-b-c c-d c-e");
    let of = |i: u32| (network.segment(SegmentId(i)).road.ford, network.segment(SegmentId(i)).blockage_probability);
    assert_eq!((of(0), of(1), of(2)), ((true, 0.5), (false, 0.1), (false, 0.1)));
    assert_eq!((summary.fords, summary.segments_by_rule), (1, vec![2, 1]));
}

#[test]
fn the_longest_islands_are_described() {
    let summary = check("a-b b-c c-d e-f h-i h-g", "a-b-c-d");
    let islands: Vec<(usize, bool)> =
        summary.dropped_components.longest.iter().map(|i| (i.nodes, i.length_m > 20.0)).collect();
    assert_eq!(islands, [(3, true), (2, false)]);
}
