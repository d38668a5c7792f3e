//! Uploads of networks, and deleting them.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Case, with};
use crate::service::square;

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new("network in use", Method::DELETE, "/v1/networks/{network}").is(409, "network_in_use", "-"),
        upload("name=square", &square()).is(409, "network_name_taken", "name"),
        upload("", &square()).is(400, "malformed_query", ""),
        upload("name=", &square()).is(422, "invalid_network", "name"),
        upload("name=%20%20", &square()).is(422, "invalid_network", "name"),
        upload(&format!("name={}", "n".repeat(300)), &square()).is(422, "invalid_network", "name"),
        upload("name=a%00b", &square()).is(422, "invalid_network", "name"),
        upload("name=a%0Ab", &square()).is(422, "invalid_network", "name"),
        upload("name=a%FFb", &square()).is(400, "malformed_query", ""),
        upload("name=a&name=b", &square()).is(400, "malformed_query", ""),
        upload("name=a&components=most", &square()).is(400, "malformed_query", "components"),
        upload("name=a&colour=red", &square()).is(400, "malformed_query", "colour"),
    ];
    let unsupported = |kind: &str| upload("name=a", &square()).header("content-type", kind);
    for kind in ["text/plain", "application/xml", "application/x-www-form-urlencoded"] {
        cases.push(unsupported(kind).is(415, "unsupported_media_type", "Content-Type"));
    }
    let untyped = Case { headers: vec![], ..upload("name=a", &square()) };
    cases.push(untyped.is(415, "unsupported_media_type", "Content-Type"));
    cases.extend(geojson());
    cases.extend(multipart());
    cases
}

fn upload(query: &str, document: &Value) -> Case {
    raw_upload(query, document.to_string())
}

fn raw_upload(query: &str, body: impl Into<Vec<u8>>) -> Case {
    let path = format!("/v1/networks?{query}");
    Case::new(format!("upload {query:.60}"), Method::POST, path)
        .json(body)
        .header("content-type", "application/geo+json")
}

fn geojson() -> Vec<Case> {
    let good = square();
    let mut cases = Vec::new();
    let mut add = |name: &str, document: Value, pointer: &str| {
        let case = Case { name: format!("GeoJSON: {name}"), ..upload("name=a", &document) };
        cases.push(case.is(422, "invalid_network", pointer));
    };
    let mut set = |pointer: &str, value: Value, at: &str| {
        add(&format!("{pointer} = {value:.60}"), with(&good, pointer, value), at);
    };
    let first = "/features/0";
    let coordinates = "/features/0/geometry/coordinates";
    set("/type", json!("Topology"), "/type");
    set("/features", json!([]), "");
    set("/features", json!({}), "/features");
    set("/features/0", json!(17), first);
    set("/features/0/type", json!("Road"), first);
    set("/features/0/geometry", json!(null), first);
    set("/features/0/geometry/type", json!("Polygon"), first);
    set(coordinates, json!([[8.0, 50.0]]), first);
    set(coordinates, json!([]), first);
    set(coordinates, json!("8,50"), first);
    set(&format!("{coordinates}/1"), json!([181.0, 50.0]), &format!("{coordinates}/1"));
    set(&format!("{coordinates}/1"), json!([8.0, -90.5]), &format!("{coordinates}/1"));
    set(&format!("{coordinates}/1"), json!([8.0]), &format!("{coordinates}/1"));
    set(&format!("{coordinates}/1"), json!([null, 50.0]), &format!("{coordinates}/1"));
    for (property, value) in [
        ("name", json!("a\0b")),
        ("name", json!("x".repeat(100_000))),
        ("id", json!("a\0b")),
        ("oneway", json!("perhaps")),
        ("maxspeed", json!("-50")),
        ("maxspeed", json!("fast")),
        ("blockage_probability", json!(1.5)),
        ("blockage_probability", json!(-1)),
    ] {
        let pointer = format!("/features/0/properties/{property}");
        set(&pointer, value, &pointer);
    }
    set("/crs", json!({"type": "name", "properties": {"name": "EPSG:3857"}}), "/crs");
    set("/features/0/geometry/coordinates/0", json!([-179.0, 50.0]), "");
    let text = good.to_string();
    let mut raw = |name: &str, body: Vec<u8>, pointer: &str| {
        let case = Case { name: format!("GeoJSON: {name}"), ..raw_upload("name=a", body) };
        cases.push(case.is(422, "invalid_network", pointer));
    };
    raw("nothing", vec![], "");
    raw("truncated", text.as_bytes()[..text.len() / 2].to_vec(), "");
    raw("bad UTF-8", [text.as_bytes(), b"\xff"].concat(), "");
    raw("no JSON", b"id,lon,lat\n1,8,50\n".to_vec(), "");
    raw("a key twice", text.replacen('{', "{\"type\":\"FeatureCollection\",", 1).into_bytes(), "");
    raw("deep arrays", format!("{}{}", "[".repeat(100_000), "]".repeat(100_000)).into_bytes(), "");
    let deep =
        format!("{{\"type\":\"FeatureCollection\",\"features\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    raw("deep features", deep.into_bytes(), "/features/0");
    raw("a coordinate of 1e999", text.replacen("8.01", "1e999", 1).into_bytes(), &format!("{coordinates}/2"));
    cases
}

fn multipart() -> Vec<Case> {
    let nodes = ("node_data", "1 0 0 50.0 8.0 0\n2 500 0 50.0 8.007 0\n");
    let edges = ("req_edge_list", "1 2\n");
    let mut cases = Vec::new();
    let mut add = |name: &str, kind: &str, body: String, status, code, pointer: &str| {
        let case = raw_upload("name=a", body).header("content-type", kind);
        cases.push(Case { name: format!("multipart: {name}"), ..case }.is(status, code, pointer));
    };
    let typed = "multipart/form-data; boundary=XX";
    let malformed = "malformed_multipart";
    let whole = parts(&[nodes, edges]);
    add("without boundary", "multipart/form-data", whole.clone(), 400, malformed, "Content-Type");
    add("another boundary", "multipart/form-data; boundary=YY", whole.clone(), 400, malformed, "-");
    add("empty", typed, String::new(), 400, malformed, "-");
    add("truncated", typed, whole[..whole.len() - 12].to_owned(), 400, malformed, "-");
    add("a part missing", typed, parts(&[nodes]), 400, malformed, "req_edge_list");
    add("an unknown part", typed, parts(&[nodes, edges, ("evil", "x")]), 400, malformed, "evil");
    add("a part twice", typed, parts(&[nodes, nodes, edges]), 400, malformed, "node_data");
    for (name, nodes, edges) in [
        ("empty files", "", ""),
        ("too few fields", "1 0 0\n", "1 2\n"),
        ("NaN", "1 NaN 0 50.0 8.0 0\n2 500 0 50.0 8.007 0\n", "1 2\n"),
        ("latitude 91", "1 0 0 91.0 8.0 0\n2 500 0 50.0 8.007 0\n", "1 2\n"),
        ("an unknown node", nodes.1, "1 3\n"),
        ("a NUL", "1\u{0} 0 0 50.0 8.0 0\n", "1 2\n"),
    ] {
        let body = parts(&[("node_data", nodes), ("req_edge_list", edges)]);
        add(name, typed, body, 422, "invalid_network", "");
    }
    cases
}

/// A multipart body with the boundary XX.
fn parts(parts: &[(&str, &str)]) -> String {
    let part = |(name, text): &(&str, &str)| {
        format!("--XX\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"{name}\"\r\n\r\n{text}\r\n")
    };
    parts.iter().map(part).collect::<String>() + "--XX--\r\n"
}
