//! A graph that OSMnx 2 wrote of `tests/osm/town.osm`, and texts that no OSMnx would write.

use std::io::Cursor;

use proptest::prelude::*;

use super::*;
use crate::import::{Components, Merging, from_osm_xml};

const TOWN: &str = include_str!("../../../tests/osm/town.graphml");
const MAP: &str = include_str!("../../../tests/osm/town.osm");

fn options(profile: &str) -> MapOptions {
    MapOptions {
        profile: Profile::built_in(profile).unwrap(),
        components: Components::Largest,
        merging: Merging::Junctions,
    }
}

fn read(text: &str) -> Result<Imported, ImportError> {
    from_graphml(Cursor::new(text.as_bytes()), &options("car"), &ImportProgress::default())
}

/// Segments as ends, length and what else is known, in an order of their own.
fn shown(imported: &Imported) -> Vec<String> {
    let network = &imported.network;
    let mut shown: Vec<String> = network
        .segments()
        .iter()
        .map(|s| {
            let mut ends = [s.first(), s.last()].map(|n| network.node(n).id());
            if !s.oneway {
                ends.sort_unstable();
            }
            let way = if s.oneway { ">" } else { "-" };
            format!("{} {:.2} {:?} {}", ends.join(way), s.length_m(), s.name(), s.road.bridge)
        })
        .collect();
    shown.sort();
    shown
}

#[test]
fn a_graph_of_osmnx_is_the_network_of_its_map() {
    let graph = read(TOWN).unwrap();
    let map = from_osm_xml(Cursor::new(MAP.as_bytes()), &options("car"), &ImportProgress::default()).unwrap();
    assert_eq!(shown(&graph), shown(&map));
    assert_eq!(graph.summary.segments, 6);
    let bridge = graph.network.segments().iter().find(|s| s.name() == Some("Bridge Road")).unwrap();
    assert!(bridge.source_ids().collect::<Vec<_>>() == ["12"] && bridge.road.bridge);
    assert_eq!(bridge.blockage_probability, 0.2);
    let roads = graph.summary.roads.unwrap();
    assert_eq!(roads.ways_kept + roads.ways_dropped.other_class, roads.ways_read);
    assert_eq!(roads.ways_dropped.other_class, 2, "the footway, there and back");
}

#[test]
fn edges_cross_only_at_nodes() {
    let edge = |from: &str, to: &str, line: &str| {
        format!("<edge source=\"{from}\" target=\"{to}\"><data key=\"geometry\">LINESTRING ({line})</data></edge>")
    };
    let node = |id: &str, x: f64, y: f64| {
        format!("<node id=\"{id}\"><data key=\"x\">{x}</data><data key=\"y\">{y}</data></node>")
    };
    let graph = |edges: String| {
        let nodes = [node("a", 8.0, 50.0), node("b", 8.02, 50.0), node("c", 8.01, 50.01), node("d", 8.01, 49.99)];
        format!("<graphml><graph edgedefault=\"directed\">{edges}{}</graph></graphml>", nodes.concat())
    };
    // Both lines have a vertex at 8.01, 50.0: a road over another.
    let there_and_back = edge("a", "b", "8 50, 8.01 50, 8.02 50") + &edge("b", "a", "8.02 50, 8.01 50, 8 50");
    let below = edge("c", "d", "8.01 50.01, 8.01 50, 8.01 49.99") + &edge("d", "a", "8.01 49.99, 8 50");
    let network = read(&graph(there_and_back + &below)).unwrap().network;
    let lines: Vec<(usize, bool)> = network.segments().iter().map(|s| (s.nodes.len(), s.oneway)).collect();
    assert_eq!(lines, [(3, false), (4, true)], "{:?}", network.segments());
    let undirected = graph(edge("a", "b", "8 50, 8.02 50")).replace("\"directed\"", "\"undirected\"");
    assert!(!read(&undirected).unwrap().network.segments().iter().all(|s| s.oneway));
}

#[test]
fn lists_are_read_as_python_writes_them() {
    assert_eq!(items("['residential', 'service']"), ["residential", "service"]);
    assert_eq!(items("[10, 14]"), ["10", "14"]);
    assert_eq!(items(r#"["Paul's Way", 'B 3']"#), ["Paul's Way", "B 3"]);
    assert_eq!(items("plain"), ["plain"]);
    for empty in ["", "[]", "None", "nan"] {
        assert!(items(empty).is_empty(), "{empty}");
    }
    assert_eq!(items("['cut"), ["['cut"]);
    assert_eq!(items("['cut]"), ["cut"]);
}

#[test]
fn faults_are_named_with_their_line() {
    let error = |from: &str, to: &str| read(&TOWN.replacen(from, to, 1)).unwrap_err().to_string();
    let projected = error("epsg:4326", "epsg:32632");
    assert!(projected.contains("the graph is projected (epsg:32632)"), "{projected}");
    assert!(error("LINESTRING (", "POLYGON ((").contains("expected LINESTRING (longitude latitude, ...)"));
    let line = TOWN.lines().position(|line| line.contains(">50.0<")).unwrap() + 3;
    assert!(error(">50.0<", ">fifty<").starts_with(&format!("line {line} ")), "{}", error(">50.0<", ">fifty<"));
    assert!(error(">50.0<", ">95<").contains("latitude 95 is outside -90 to 90 degrees"));
    assert!(error("<graphml", "<gpx").contains("expected graphml"));
    for end in (0..TOWN.trim_end().len()).step_by(7) {
        let error = read(&TOWN[..end]).unwrap_err();
        assert!(error.location().is_some(), "{end}: {error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_bent_graph_upsets_the_reader(flips in prop::collection::vec((0_usize..7_000, any::<u8>()), 1..5)) {
        let mut text = TOWN.as_bytes().to_vec();
        for (at, bits) in flips {
            let at = at % text.len();
            text[at] ^= bits;
        }
        let _ = from_graphml(Cursor::new(text), &options("ugv"), &ImportProgress::default());
    }

    #[test]
    fn no_text_upsets_the_readers_of_lists_and_lines(text in "[\\['\", a-z0-9\\]]{0,24}|LINESTRING ?\\([0-9., -]{0,24}\\)?") {
        let _ = items(&text);
        let _ = line_string(&text);
    }
}
