//! What GeoJSON documents become, and what is said of those that are none.

use proptest::prelude::*;

use super::*;
use crate::domain::ids::SegmentId;
use crate::import::ImportSummary;

/// A collection of features, each given as `geometry` and `properties`.
fn collection(features: &[(&str, &str)]) -> String {
    let feature = |(geometry, properties): &(&str, &str)| {
        format!(r#"{{"type": "Feature", "geometry": {geometry}, "properties": {properties}}}"#)
    };
    let features: Vec<String> = features.iter().map(feature).collect();
    format!(r#"{{"type": "FeatureCollection", "features": [{}]}}"#, features.join(",\n"))
}

fn line(coordinates: &str) -> String {
    format!(r#"{{"type": "LineString", "coordinates": {coordinates}}}"#)
}

/// Two streets that cross at a shared vertex, and one that passes over the first without one.
fn crossing() -> String {
    collection(&[
        (
            &line("[[8.0, 50.0, 120], [8.001, 50.0], [8.002, 50.0]]"),
            r#"{"id": "elm", "name": "Elm Street", "maxspeed": 36}"#,
        ),
        (&line("[[8.001, 49.999], [8.001, 50.0], [8.001, 50.001]]"), r#"{"id": 7, "oneway": "-1"}"#),
        (&line("[[8.0005, 49.999], [8.0005, 50.001]]"), r#"{"name": "Bridge"}"#),
    ])
}

fn imported(text: &str) -> Result<Imported, ImportError> {
    from_geojson(text.as_bytes(), Components::Largest)
}

#[test]
fn lines_join_at_shared_vertices_only() {
    let Imported { network, summary } = imported(&crossing()).unwrap();
    assert_eq!((network.segments().len(), network.junction_count()), (4, 5));
    assert_eq!((summary.components_read, summary.dropped_components.count), (2, 1));
    let all = from_geojson(crossing().as_bytes(), Components::All).unwrap().network;
    assert_eq!((all.segments().len(), all.junction_count()), (5, 7));
    let origin = all.plane().origin();
    assert!((origin.lon - 8.001).abs() < 1e-12 && origin.lat == 50.0, "{origin:?}");
}

#[test]
fn properties_reach_the_segments_and_backward_lines_are_turned() {
    let network = imported(&crossing()).unwrap().network;
    let (elm, oneway) = (network.segment(SegmentId(0)), network.segment(SegmentId(2)));
    assert_eq!(elm.name(), Some("Elm Street"));
    assert_eq!(elm.speed_limit_mps, Some(10.0));
    assert_eq!(elm.source_ids().collect::<Vec<_>>(), ["elm"]);
    assert!((elm.length_m() - 71.7).abs() < 0.1, "{}", elm.length_m());
    assert!(oneway.oneway);
    assert_eq!(oneway.source_ids().collect::<Vec<_>>(), ["7"]);
    let ends = [oneway.first(), oneway.last()].map(|n| network.node(n).id());
    assert_eq!(ends, ["4", "1"], "it is driven from north to south");
}

#[test]
fn a_single_feature_and_a_multi_line_string_are_networks_too() {
    let feature = r#"{"type": "Feature", "id": 5, "properties": null, "geometry":
        {"type": "MultiLineString", "coordinates": [[[8, 50], [8.1, 50]], [[8.1, 50], [8.1, 50.1]]]}}"#;
    let network = imported(feature).unwrap().network;
    assert_eq!(network.segments().len(), 1, "the lines share a vertex and their attributes");
    assert_eq!(network.segment(SegmentId(0)).source_ids().collect::<Vec<_>>(), ["5"]);
    assert_eq!(network.segment(SegmentId(0)).nodes.len(), 3);
}

#[test]
fn points_are_skipped_and_counted_and_repeated_vertices_are_loops() {
    let point = r#"{"type": "Point", "coordinates": [8, 50]}"#;
    let road = line("[[8, 50], [8, 50], [8.1, -0.0], [8.2, 0.0], [8.1, 0.0]]");
    let summary: ImportSummary = imported(&collection(&[(point, "{}"), (&road, "null")])).unwrap().summary;
    assert_eq!((summary.points_ignored, summary.loop_pieces, summary.duplicate_pieces), (1, 1, 1));
    assert_eq!((summary.nodes_read, summary.pieces_read, summary.segments), (3, 4, 1));
}

#[test]
fn crs_members_that_say_wgs_84_are_accepted() {
    for name in ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4326", "EPSG:4326", "OGC:CRS84"] {
        let crs = format!(r#"{{"crs": {{"type": "name", "properties": {{"name": "{name}"}}}}, "type""#);
        let text = format!("\u{feff}{}", crossing().replacen(r#"{"type""#, &crs, 1));
        assert!(imported(&text).is_ok(), "{name}");
    }
}

#[test]
fn every_fault_names_its_feature_and_vertex() {
    const CRS: &str = r#"{"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": "EPSG:3857"}}, "features": []}"#;
    let good = line("[[8, 50], [8.1, 50]]");
    let second = |geometry: &str| collection(&[(&good, "{}"), (geometry, "{}")]);
    let cases = [
        (
            second(r#"{"type": "Polygon", "coordinates": []}"#),
            "feature 1: found Polygon; expected a LineString or MultiLineString (Point features are skipped)",
            "/features/1",
        ),
        (second("null"), "feature 1: the geometry is missing", "/features/1"),
        (second(r#"{"type": "LineString"}"#), "feature 1: the member coordinates is missing", "/features/1"),
        (
            second("[1, 2]"),
            "feature 1: found [1, 2]; expected a LineString or MultiLineString (Point features are skipped)",
            "/features/1",
        ),
        (second(&line("[[8, 50]]")), "feature 1: a line needs at least two positions, this one has 1", "/features/1"),
        (second(&line("{}")), "feature 1: found {}; expected a list of positions", "/features/1"),
        (
            second(&line("[[8, 50], [8]]")),
            "feature 1, vertex 1: found [8]; expected [longitude, latitude] in numbers",
            "/features/1/geometry/coordinates/1",
        ),
        (
            second(&line(r#"[[8, "50"], [8, 51]]"#)),
            r#"feature 1, vertex 0: found [8, "50"]; expected [longitude, latitude] in numbers"#,
            "/features/1/geometry/coordinates/0",
        ),
        (
            second(&line("[[8, 1e999], [8, 51]]")),
            "feature 1, vertex 0: found [8, 1e999]; expected [longitude, latitude] in numbers",
            "/features/1/geometry/coordinates/0",
        ),
        (
            second(&line("[[8, 50], [8, 50.1], [8, 95.5]]")),
            "feature 1, vertex 2: latitude 95.5 is outside -90 to 90 degrees",
            "/features/1/geometry/coordinates/2",
        ),
        (
            second(&line("[[-181, 50], [8, 50.1]]")),
            "feature 1, vertex 0: longitude -181 is outside -180 to 180 degrees",
            "/features/1/geometry/coordinates/0",
        ),
        (
            second(r#"{"type": "MultiLineString", "coordinates": [[[8, 50], [8.1, 50]], [[8, 50], [8, 100]]]}"#),
            "feature 1, line 1, vertex 1: latitude 100 is outside -90 to 90 degrees",
            "/features/1/geometry/coordinates/1/1",
        ),
        (
            second(r#"{"type": "MultiLineString", "coordinates": []}"#),
            "feature 1: there is no line in the MultiLineString",
            "/features/1",
        ),
        (
            collection(&[(&good, r#"{"oneway": 5}"#)]),
            "feature 0, property oneway: found 5; expected true, false, \"yes\", \"no\", \"1\", \"-1\" or \"reversible\"",
            "/features/0/properties/oneway",
        ),
        (collection(&[(&good, r#"{"name": "a", "name": "b"}"#)]), "feature 0: duplicate field `name`", "/features/0"),
        (
            second(&line("[[8, 90], [9, 90]]")),
            "feature 1: [8, 90] and [9, 90] are different nodes at the same point, so the piece between them has no length",
            "/features/1",
        ),
        (collection(&[]), "GeoJSON: there is no LineString or MultiLineString feature", ""),
        (
            CRS.to_owned(),
            "member crs: found {\"type\": \"name\", \"properties\": {\"name\": \"EPSG:3857\"}}; expected coordinates in WGS 84 longitude and latitude (urn:ogc:def:crs:OGC:1.3:CRS84, or no crs)",
            "/crs",
        ),
        (
            r#"{"type": "FeatureCollection", "features": [{"type": "Thing"}]}"#.into(),
            "feature 0: found Thing; expected a Feature",
            "/features/0",
        ),
        (
            r#"{"type": "FeatureCollection", "features": [17]}"#.into(),
            "feature 0: found 17; expected a GeoJSON Feature",
            "/features/0",
        ),
        (r#"{"type": "FeatureCollection"}"#.into(), "member features: the list of features is missing", "/features"),
        (r#"{"features": []}"#.into(), "member type: the member type is missing", "/type"),
        (
            good.clone(),
            "member type: found LineString; expected a FeatureCollection or a Feature of LineString or MultiLineString roads",
            "/type",
        ),
        (
            "[]".into(),
            "GeoJSON: found []; expected a FeatureCollection or a Feature of LineString or MultiLineString roads",
            "",
        ),
        (
            r#"{"type": "Feature", "geometry": {"type": "LineString", "coordinates": [[8, 50], [8, 91]]}}"#.into(),
            "the feature, vertex 1: latitude 91 is outside -90 to 90 degrees",
            "/geometry/coordinates/1",
        ),
    ];
    for (text, message, pointer) in cases {
        let error = imported(&text).unwrap_err();
        assert_eq!(error.to_string(), message);
        assert_eq!(error.location().unwrap().json_pointer().as_deref(), Some(pointer), "{message}");
    }
}

#[test]
fn broken_texts_name_line_and_column() {
    for (bytes, message) in [
        (&b""[..], "line 1, column 0: EOF while parsing a value"),
        (b"{\"type\":\n \"Feature\",}", "line 2, column 12: key must be a string"),
        (b"{\"type\": NaN}", "line 1, column 10: expected value"),
        (b"{}\n{}", "line 2, column 1: trailing characters"),
        (b"{\"a\":\n \"\xff\"}", "line 2, column 3: the text is not valid UTF-8"),
    ] {
        assert_eq!(from_geojson(bytes, Components::All).unwrap_err().to_string(), message);
    }
}

#[test]
fn a_network_across_the_antimeridian_is_refused() {
    let error = imported(&collection(&[(&line("[[179.9, -17], [-179.9, -17]]"), "{}")])).unwrap_err();
    assert_eq!(error, ImportError::TooWide { west: -179.9, east: 179.9 });
}

#[test]
fn more_vertices_or_pieces_than_the_limit_are_refused() {
    let text = collection(&[(&line("[[8, 50], [9, 50], [8, 50], [9, 51]]"), "{}")]);
    let with_limit = |limit| {
        import(text.as_bytes(), Components::Largest, limit, &ImportProgress::default()).map(|i| i.summary.pieces_read)
    };
    assert_eq!(with_limit(3), Ok(3));
    assert_eq!(with_limit(2), Err(ImportError::TooLarge { what: "vertices", limit: 2 }));
    let text = collection(&[(&line("[[8, 50], [9, 50], [8, 50], [9, 50]]"), "{}")]);
    let error = import(text.as_bytes(), Components::Largest, 2, &ImportProgress::default()).unwrap_err();
    assert_eq!(error.to_string(), "the file has more than 2 pieces; cut it to the area that is needed");
}

#[test]
fn deep_nesting_is_no_danger() {
    let deep = |n: usize| "[".repeat(n) + &"]".repeat(n);
    let nested = deep(200_000);
    let objects = r#"{"a":"#.repeat(100_000) + "1" + &"}".repeat(100_000);
    for text in [
        nested.clone(),
        "[".repeat(200_000),
        objects.clone(),
        collection(&[(&line(&nested), "{}")]),
        collection(&[(&line("[[8, 50], [8, 51]]"), &format!(r#"{{"name": {nested}}}"#))]),
        collection(&[(&line(&format!("[[8, 50, {nested}], [8, 51]]")), "[]")]),
        format!(r#"{{"type": {nested}}}"#),
        format!(r#"{{"type": "FeatureCollection", "crs": {objects}, "features": []}}"#),
    ] {
        assert!(imported(&text).is_err());
    }
    let ignored = collection(&[(&line("[[8, 50], [8, 51]]"), &format!(r#"{{"other": {nested}}}"#))]);
    assert!(imported(&ignored).is_ok(), "what is not read may be as deep as it likes");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = from_geojson(&bytes, Components::All);
    }

    #[test]
    fn mutated_documents_never_panic_and_never_give_an_invalid_network(
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0_u8..4, any::<u8>(), prop::sample::select(vec![
            "[", "]", "{", "}", "null", "-", "9", "1e308", "\"", ",", "0.0", "[8,50]", "\"oneway\":", "\\u0000", "Multi", "180",
        ])), 1..6),
    ) {
        let mut bytes = crossing().into_bytes();
        for (at, kind, byte, token) in edits {
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => { bytes.remove(at); }
                2 => { bytes.splice(at..at, token.bytes()); }
                _ => {
                    let end = (at + token.len()).min(bytes.len());
                    bytes.splice(at..end, token.bytes());
                }
            }
        }
        if let Ok(Imported { network, summary }) = from_geojson(&bytes, Components::All) {
            prop_assert!(network.segments().iter().all(|s| s.length_m() > 0.0 && s.length_m().is_finite()));
            prop_assert_eq!(summary.segments, network.segments().len());
        }
    }

    #[test]
    fn random_lines_import_or_say_why(
        lines in prop::collection::vec(prop::collection::vec((-4_i32..4, -4_i32..4), 0..6), 1..8),
        scale in prop::sample::select(vec![1e-300, 1e-9, 1e-3, 1.0, 22.0, 45.0]),
    ) {
        let text = |line: &Vec<(i32, i32)>| {
            let at: Vec<String> = line.iter().map(|(x, y)| format!("[{},{}]", f64::from(*x) * scale, f64::from(*y) * scale)).collect();
            format!("[{}]", at.join(","))
        };
        let coordinates: Vec<String> = lines.iter().map(text).collect();
        let geometry = format!(r#"{{"type": "MultiLineString", "coordinates": [{}]}}"#, coordinates.join(","));
        match imported(&collection(&[(&geometry, "{}")])) {
            Ok(imported) => prop_assert!(imported.network.length_m() > 0.0),
            Err(error) => prop_assert!(!matches!(error, ImportError::Network(_)), "{}", error),
        }
    }
}
