//! What uploads of networks look like, for the document: the imports read them (`import`).

use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use crate::app::MAX_TEXT_LENGTH;

/// Roads as GeoJSON (RFC 7946).
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which the import reads")]
pub(super) struct RoadCollection {
    /// Always `FeatureCollection`.
    #[schema(rename = "type", example = "FeatureCollection", pattern = "^FeatureCollection$")]
    kind: String,
    /// LineString and MultiLineString features, at least one. Point features are passed over.
    #[schema(value_type = Vec<Object>, min_items = 1)]
    features: Vec<Value>,
}

/// An answer of the Overpass API, of `out body; >; out skel;` or `out geom;`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes the body, which the import reads")]
pub(super) struct OverpassAnswer {
    /// Nodes, ways and relations.
    #[schema(value_type = Vec<Object>)]
    elements: Vec<Value>,
}

/// The two files of a LineCoverage network.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "describes the multipart body, which is read part by part")]
pub(super) struct LineCoverageUpload {
    /// A line per node: `id x_m y_m lat lon altitude`.
    #[schema(format = Binary, example = "0 0 0 50.000 8.000 0\n1 715 0 50.000 8.010 0\n2 715 889 50.008 8.010 0\n")]
    node_data: String,
    /// A line per undirected street piece: `id id`.
    #[schema(format = Binary, example = "0 1\n1 2\n")]
    req_edge_list: String,
}

/// Completes the schemas with what the types above leave open: what a feature is.
pub(super) fn complete_schemas(schemas: &mut Map<String, Value>) {
    if let Some(collection) = schemas.get_mut("RoadCollection") {
        collection["properties"]["features"]["items"] = json!({ "$ref": "#/components/schemas/RoadFeature" });
    }
    let position = json!({
        "description": "Longitude and latitude in degrees; what follows them is passed over",
        "type": "array",
        "prefixItems": [
            { "type": "number", "minimum": -180, "maximum": 180 },
            { "type": "number", "minimum": -90, "maximum": 90 },
        ],
        "minItems": 2,
    });
    let line = json!({ "type": "array", "items": position, "minItems": 2 });
    let geometry = |kind: &str, coordinates: Value| {
        json!({ "type": "object", "title": kind, "required": ["type", "coordinates"], "properties": {
            "type": { "enum": [kind], "description": "The kind of geometry" },
            "coordinates": coordinates,
        } })
    };
    let lines = json!({ "type": "array", "items": line, "minItems": 1, "description": "Its lines" });
    let mut one_line = line.clone();
    one_line["description"] = json!("Its positions, in the order of travel if it is one-way");
    let point = json!({ "type": "array", "items": { "type": "number" }, "description": "Passed over" });
    schemas.insert(
        "RoadGeometry".into(),
        json!({
            "description": "The course of a road; lines meet where they share a position. Points are passed over",
            "oneOf": [geometry("LineString", one_line), geometry("MultiLineString", lines), geometry("Point", point)],
        }),
    );
    schemas.insert("RoadProperties".into(), properties());
    schemas.insert(
        "RoadFeature".into(),
        json!({
            "description": "A road",
            "type": "object",
            "required": ["type", "geometry"],
            "properties": {
                "type": { "enum": ["Feature"], "description": "Always `Feature`" },
                "geometry": { "$ref": "#/components/schemas/RoadGeometry", "description": "Its course" },
                "properties": {
                    "description": "What is known of it",
                    "oneOf": [{ "$ref": "#/components/schemas/RoadProperties" }, { "type": "null" }],
                },
            },
        }),
    );
}

/// Completes the body of an upload: what `application/json` may be, that PBF is bytes, and an example of each text.
pub(super) fn complete_upload(content: &mut Value) {
    let of = |name: &str| json!({ "$ref": format!("#/components/schemas/{name}") });
    content["application/json"]["schema"] = json!({ "anyOf": [of("RoadCollection"), of("OverpassAnswer")] });
    content["application/vnd.openstreetmap.data+pbf"]["schema"] = json!({ "type": "string", "format": "binary" });
    content["application/vnd.openstreetmap.data+xml"]["example"] = json!(OSM_XML);
    content["application/graphml+xml"]["example"] = json!(GRAPHML);
    content["application/vnd.openstreetmap.data+json"]["example"] = json!({ "elements": [
        { "type": "node", "id": 1, "lat": 50.0, "lon": 8.0 },
        { "type": "node", "id": 2, "lat": 50.0, "lon": 8.01 },
        { "type": "way", "id": 7, "nodes": [1, 2], "tags": { "highway": "residential", "name": "Harbour Street" } },
    ] });
}

/// A map of one street.
const OSM_XML: &str = r#"<osm version="0.6">
<node id="1" lat="50.0" lon="8.0"/>
<node id="2" lat="50.0" lon="8.01"/>
<way id="7"><nd ref="1"/><nd ref="2"/><tag k="highway" v="residential"/></way>
</osm>"#;
/// The same as OSMnx saves it.
const GRAPHML: &str = r#"<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="d7" for="edge" attr.name="highway" attr.type="string"/>
<key id="d5" for="node" attr.name="x" attr.type="string"/>
<key id="d4" for="node" attr.name="y" attr.type="string"/>
<graph edgedefault="directed">
<node id="1"><data key="d4">50.0</data><data key="d5">8.0</data></node>
<node id="2"><data key="d4">50.0</data><data key="d5">8.01</data></node>
<edge source="1" target="2"><data key="d7">residential</data></edge>
</graph>
</graphml>"#;

/// What counts of a feature's properties. Others are passed over, and so is what describes no road under those that have no type here.
fn properties() -> Value {
    let text = |what: &str, kinds: &[&str]| {
        json!({
            "type": kinds,
            "maxLength": MAX_TEXT_LENGTH,
            "pattern": r"^[^\u0000-\u001f\u007f-\u009f]*$",
            "description": what,
        })
    };
    let speed = r"^(([1-9][0-9]?|[1-4][0-9]{2}|500)( ?km/h)?|([1-9][0-9]?|[12][0-9]{2}) ?mph|walk|none)$";
    let flag = |what: &str| json!({ "description": format!("{what}: `true`, or a text but `no`, `false` and `0`") });
    json!({
        "description": "What is known of a road; null is unknown. Further properties are passed over",
        "type": "object",
        "properties": {
            "oneway": {
                "enum": [true, false, "yes", "no", "1", "0", "-1", 1, 0, -1, "reversible", null],
                "description": "Along the line, or against it (`-1`)",
            },
            "maxspeed": {
                "oneOf": [
                    { "type": "number", "exclusiveMinimum": 0, "maximum": 500 },
                    { "type": "string", "pattern": speed },
                    { "type": "null" },
                ],
                "description": "The speed limit in km/h, or in mph with that unit",
            },
            "name": text("The road's name", &["string", "null"]),
            "id": text("Its id in the source data", &["string", "number", "null"]),
            "blockage_probability": {
                "type": ["number", "null"], "minimum": 0, "maximum": 1,
                "description": "How likely it is blocked",
            },
            "highway": { "description": "OpenStreetMap's class of the road, or a list of which the first counts" },
            "surface": { "description": "Its surface, or a list of which the first counts" },
            "bridge": flag("Whether it is a bridge"),
            "tunnel": flag("Whether it is a tunnel"),
            "ford": flag("Whether it is a ford"),
        },
    })
}
