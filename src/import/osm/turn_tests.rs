//! Turn restrictions of a map, as turns of the network.

use std::io::Cursor;

use super::tests::options;
use super::*;
use crate::domain::network::{Network, Place, Turn};
use crate::import::summary::TurnRestrictions;

/// A crossing, 5, of four streets that end there; the one to the east goes on by another name at 2, and ends at 6.
const CROSSING: &str = r#"<?xml version="1.0"?>
<osm version="0.6">
 <node id="1" lat="50.001" lon="8.000"/><node id="2" lat="50.001" lon="8.004"/><node id="3" lat="50.000" lon="8.002"/>
 <node id="4" lat="50.002" lon="8.002"/><node id="5" lat="50.001" lon="8.002"/><node id="6" lat="50.001" lon="8.006"/>
 <way id="10"><nd ref="3"/><nd ref="5"/><tag k="highway" v="residential"/></way>
 <way id="11"><nd ref="5"/><nd ref="4"/><tag k="highway" v="residential"/></way>
 <way id="12"><nd ref="1"/><nd ref="5"/><tag k="highway" v="residential"/></way>
 <way id="13"><nd ref="5"/><nd ref="2"/><tag k="highway" v="residential"/></way>
 <way id="14"><nd ref="2"/><nd ref="6"/><tag k="highway" v="residential"/></way>
 <way id="15"><nd ref="4"/><nd ref="3"/><tag k="highway" v="residential"/><tag k="oneway" v="yes"/></way>
 RELATIONS
</osm>"#;

/// A relation from a way over a node (`n5`) or a way (`w12`) to a way, with these tags.
fn relation(from: &str, via: &str, to: &str, tags: &[(&str, &str)]) -> String {
    let (kind, via) = if let Some(node) = via.strip_prefix('n') { ("node", node) } else { ("way", &via[1..]) };
    let tag = |(key, value): &(&str, &str)| format!(r#"<tag k="{key}" v="{value}"/>"#);
    let typed = if tags.iter().any(|(key, _)| *key == "type") { "" } else { r#"<tag k="type" v="restriction"/>"# };
    format!(
        r#"<relation id="20"><member type="way" ref="{from}" role="from"/><member type="{kind}" ref="{via}" role="via"/>
           <member type="way" ref="{to}" role="to"/>{typed}{}</relation>"#,
        tags.iter().map(tag).collect::<String>()
    )
}

fn import(relations: &[String], profile: &str) -> Imported {
    let map = CROSSING.replace("RELATIONS", &relations.concat());
    let options = options(profile, Components::All);
    let progress = ImportProgress::default();
    let imported = from_osm_xml(Cursor::new(map.as_bytes()), &options, &progress).unwrap();
    let pbf = from_osm_pbf(Cursor::new(pbf::tests::encode(&map)), &options, &progress).unwrap();
    assert_eq!(pbf.network, imported.network);
    assert_eq!(pbf.summary, imported.summary);
    imported
}

/// Turns by the nodes before, at and after the junction.
fn shown(network: &Network) -> Vec<String> {
    let node = |segment, at_end: bool| {
        let road = network.segment(segment);
        let place = Place { segment, offset_m: if at_end { road.length_m() } else { 0.0 } };
        network.node(network.junction_at(place).unwrap()).id().to_string()
    };
    let show = |turn: Turn| {
        let ahead = |direction| direction == crate::domain::network::Direction::Forward;
        let (before, at) = (node(turn.from, !ahead(turn.arriving)), node(turn.from, ahead(turn.arriving)));
        assert_eq!(at, node(turn.to, !ahead(turn.leaving)));
        format!("{before}-{at}-{}", node(turn.to, ahead(turn.leaving)))
    };
    network.forbidden_turns().map(show).collect()
}

fn turns(imported: &Imported) -> TurnRestrictions {
    imported.summary.roads.clone().unwrap().turn_restrictions
}

#[track_caller]
fn expect(relations: &[String], profile: &str, forbidden: &[&str]) -> TurnRestrictions {
    let imported = import(relations, profile);
    let mut found = shown(&imported.network);
    found.sort();
    assert_eq!(found, forbidden);
    let counted = turns(&imported);
    assert_eq!(counted.read, relations.len());
    assert_eq!(counted.applied + counted.not_applied, counted.read);
    assert_eq!(counted.turns_forbidden, forbidden.len());
    counted
}

#[test]
fn a_turn_that_is_forbidden_or_demanded_at_a_node_is_applied() {
    let left = relation("10", "n5", "12", &[("restriction", "no_left_turn")]);
    assert_eq!(expect(std::slice::from_ref(&left), "car", &["3-5-1"]).applied, 1);
    // Whatever is said twice holds once.
    assert_eq!(expect(&[left.clone(), left], "car", &["3-5-1"]).applied, 2);
    let straight = relation("10", "n5", "11", &[("restriction", "only_straight_on")]);
    let all_others = ["3-5-1", "3-5-3", "3-5-6"];
    assert_eq!(expect(&[straight], "car", &all_others).only_via_node, 1);
    let back = relation("10", "n5", "10", &[("restriction", "no_u_turn")]);
    expect(&[back], "car", &["3-5-3"]);
    // No entry from any of several roads.
    let entry = relation("10", "n5", "12", &[("restriction", "no_entry")])
        .replace("<member type=\"node\"", "<member type=\"way\" ref=\"11\" role=\"from\"/><member type=\"node\"");
    assert_eq!(expect(&[entry], "car", &["3-5-1", "4-5-1"]).applied, 1);
}

#[test]
fn a_node_with_a_restriction_stays_a_junction() {
    let ends = |relations: &[String]| import(relations, "car").network.junction_count();
    let without = ends(&[]);
    let back = relation("13", "n2", "13", &[("restriction", "no_u_turn")]);
    assert_eq!(ends(std::slice::from_ref(&back)), without + 1);
    expect(&[back], "car", &["5-2-5"]);
    // Not where the restriction does not bind.
    let buses = relation("13", "n2", "13", &[("restriction:bus", "no_u_turn")]);
    assert_eq!(ends(&[buses]), without);
}

#[test]
fn restrictions_bind_whom_they_are_for() {
    let no = ("restriction", "no_left_turn");
    let of = |tags: &[(&str, &str)]| relation("10", "n5", "12", tags);
    for (tags, car, truck) in [
        (vec![no], true, true),
        (vec![("restriction:hgv", "no_left_turn")], false, true),
        (vec![("restriction:motor_vehicle", "no_left_turn")], true, true),
        (vec![("restriction:bus", "no_left_turn")], false, false),
        (vec![no, ("except", "bus;hgv")], true, false),
        (vec![no, ("except", "motorcar")], false, true),
        (vec![no, ("except", "psv; bicycle")], true, true),
        (vec![no, ("type", "restriction:hgv")], false, true),
    ] {
        for (profile, is_bound) in [("car", car), ("truck", truck), ("ugv", false)] {
            let imported = import(&[of(&tags)], profile);
            let counted = turns(&imported);
            assert_eq!(imported.network.has_forbidden_turns(), is_bound, "{profile}: {tags:?}");
            assert_eq!(counted.not_for_vehicle, usize::from(!is_bound), "{profile}: {tags:?}");
        }
    }
    let own =
        Profile::from_toml("name = \"tram\"\nturn_restrictions = false\n[speeds_kmh]\nresidential = 30\n").unwrap();
    let map = CROSSING.replace("RELATIONS", &of(&[no]));
    let options = MapOptions { profile: own, ..options("car", Components::All) };
    let imported = from_osm_xml(Cursor::new(map.as_bytes()), &options, &ImportProgress::default()).unwrap();
    assert!(!imported.network.has_forbidden_turns());
}

#[test]
fn what_is_not_applied_is_counted_with_its_reason() {
    let via_way = relation("10", "w11", "15", &[("restriction", "no_u_turn")]);
    assert_eq!(expect(&[via_way], "car", &[]).via_way, 1);
    for tags in [
        [("restriction:conditional", "no_left_turn @ (Mo-Fr 07:00-19:00)")].as_slice(),
        &[("restriction", "no_left_turn @ (07:00-19:00)")],
        &[("restriction", "no_left_turn"), ("hour_on", "07:00"), ("hour_off", "19:00")],
        &[("restriction:motorcar:conditional", "no_left_turn @ (07:00-19:00)")],
    ] {
        assert_eq!(expect(&[relation("10", "n5", "12", tags)], "car", &[]).conditional, 1, "{tags:?}");
    }
    for incomplete in [
        relation("10", "n5", "12", &[("restriction", "give_way")]),
        relation("10", "n5", "12", &[]),
        relation("10", "n5", "12", &[("restriction", "no_left_turn")]).replace("role=\"to\"", "role=\"\""),
        relation("10", "n5", "12", &[("restriction", "no_left_turn")])
            .replace("role=\"via\"", "role=\"location_hint\""),
    ] {
        assert_eq!(expect(std::slice::from_ref(&incomplete), "car", &[]).incomplete, 1, "{incomplete}");
    }
    for without_effect in [
        // The way from is one-way from the node on; the one to is; one is not in the map; they do not meet.
        relation("15", "n4", "11", &[("restriction", "no_left_turn")]),
        relation("10", "n3", "15", &[("restriction", "no_straight_on")]),
        relation("99", "n5", "11", &[("restriction", "no_left_turn")]),
        relation("10", "n5", "14", &[("restriction", "no_left_turn")]),
    ] {
        assert_eq!(expect(std::slice::from_ref(&without_effect), "car", &[]).without_effect, 1, "{without_effect}");
    }
}

#[test]
fn where_a_way_passes_the_node_nobody_knows_which_side_is_meant() {
    let map = CROSSING
        .replace(
            r#"<way id="10"><nd ref="3"/><nd ref="5"/>"#,
            r#"<way id="10"><nd ref="3"/><nd ref="5"/><nd ref="4"/>"#,
        )
        .replace(r#"<way id="11"><nd ref="5"/><nd ref="4"/>"#, r#"<way id="11"><nd ref="4"/><nd ref="6"/>"#);
    let of = |text: String| {
        let map = map.replace("RELATIONS", &text);
        from_osm_xml(Cursor::new(map.as_bytes()), &options("car", Components::All), &ImportProgress::default()).unwrap()
    };
    let left = of(relation("10", "n5", "12", &[("restriction", "no_left_turn")]));
    assert_eq!((turns(&left).incomplete, turns(&left).applied), (1, 0));
    // Turning back is forbidden from both sides.
    let back = of(relation("10", "n5", "10", &[("restriction", "no_u_turn")]));
    assert_eq!((turns(&back).applied, turns(&back).turns_forbidden), (1, 2));
}

#[test]
fn where_more_roads_meet_than_at_any_crossing_no_restriction_is_applied() {
    let more: String = (100..130)
        .map(|i| {
            format!(
                r#"<node id="{i}" lat="50.003" lon="8.0{i}"/>
                   <way id="{i}"><nd ref="5"/><nd ref="{i}"/><tag k="highway" v="residential"/></way>"#
            )
        })
        .collect();
    let left = relation("10", "n5", "12", &[("restriction", "no_left_turn")]);
    let map = CROSSING.replace("RELATIONS", &(more + &left));
    let imported =
        from_osm_xml(Cursor::new(map.as_bytes()), &options("car", Components::All), &ImportProgress::default())
            .unwrap();
    assert!(!imported.network.has_forbidden_turns());
    let turns = turns(&imported);
    assert_eq!((turns.applied, turns.incomplete, turns.not_applied), (0, 1, 1));
}

#[test]
fn so_many_restrictions_are_read_and_no_more() {
    let left = relation("10", "n5", "12", &[("restriction", "no_left_turn")]);
    let (profile, progress) = (options("car", Components::All).profile, ImportProgress::default());
    let read = |count: usize| {
        let map = CROSSING.replace("RELATIONS", &left.repeat(count));
        let mut xml = xml::Xml::new(Cursor::new(map.as_bytes()), &progress);
        roads::read_limited(&mut xml, 0, &profile, &progress, 12).map(|(source, _)| source.restrictions.len())
    };
    assert_eq!(read(12).unwrap(), 12);
    assert_eq!(read(13).unwrap_err(), ImportError::TooLarge { what: "turn restrictions", limit: 12 });
}
