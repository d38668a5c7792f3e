//! Road closures from others: feeds by the Work Zone Data Exchange (WZDx, version 4,
//! <https://github.com/usdot-jpo-ode/wzdx>) and plain GeoJSON (RFC 7946).
//!
//! | feature | closes | from | until |
//! |---|---|---|---|
//! | a WZDx road event with `vehicle_impact` `all-lanes-closed` | what its geometry matches | `start_date` | `end_date` |
//! | any other WZDx road event, and devices | nothing: it is ignored | | |
//! | any other feature | what its geometry matches | `starts_at` | `expires_at` |
//!
//! A feature is a WZDx one if it has `core_details` or `vehicle_impact`, or if the collection has `feed_info` (before 4.1
//! `road_event_feed_info`). The reason is the event's name and description and the names of its roads; of plain features the
//! property `reason`, else `description`, else `name`.
//!
//! What is no FeatureCollection or Feature is refused as a whole. A feature whose geometry or times cannot be used is told of
//! by itself and holds up no other: feeds of whole states have some.

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::geojson::{Position, is_wgs_84};
use crate::domain::geometry::{LonLat, crosses_itself};
use crate::domain::timestamp::Timestamp;

/// The most features of a feed.
pub const MAX_FEATURES: usize = 20_000;
/// The most corners of one area, over all its rings.
const MAX_CORNERS: usize = 2_000;
/// The longest reason, in characters; what is longer is cut.
const MAX_REASON: usize = 1_000;
/// The longest name of a publisher, in characters; what is longer is cut.
const MAX_PUBLISHER: usize = 200;
/// The impact that closes a road.
const ALL_CLOSED: &str = "all-lanes-closed";

/// What a document says.
#[derive(Clone, Debug, PartialEq)]
pub struct ClosureFeed {
    /// Who publishes the feed, if it says so.
    pub publisher: Option<String>,
    /// Its features, in its order.
    pub features: Vec<FeedFeature>,
}

/// One feature.
#[derive(Clone, Debug, PartialEq)]
pub struct FeedFeature {
    /// A JSON pointer to it in the document.
    pub pointer: String,
    /// Its id there.
    pub id: Option<String>,
    /// What it closes.
    pub content: Content,
    /// Why, in the feed's words.
    pub reason: Option<String>,
    /// From when on.
    pub starts_at: Option<Timestamp>,
    /// Until when.
    pub ends_at: Option<Timestamp>,
    /// Its lines run in the direction of travel, as those of WZDx do.
    pub is_directed: bool,
}

/// What a feature closes.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Nothing, by what it says.
    Ignored,
    /// It cannot be used; in words, why.
    NotValid(String),
    /// What matches this.
    Shape(Shape),
}

/// A geometry, its parts put together.
#[derive(Clone, Debug, PartialEq)]
pub enum Shape {
    /// Places.
    Points(Vec<LonLat>),
    /// Lines of two positions or more.
    Lines(Vec<Vec<LonLat>>),
    /// Areas: rings, the outer one first, without the closing repeat.
    Areas(Vec<Vec<Vec<LonLat>>>),
}

/// Why a document is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// It is no JSON.
    #[error("the body is not JSON: {0}")]
    Malformed(String),
    /// It is JSON, but no GeoJSON.
    #[error("{message}")]
    At {
        /// A JSON pointer to the place.
        pointer: String,
        /// What is wrong, and what would be right.
        message: String,
    },
}

impl FeedError {
    fn at(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        FeedError::At { pointer: pointer.into(), message: message.into() }
    }
}

/// A GeoJSON object whose members are still text. Members with the value `null` count as missing.
#[derive(Deserialize)]
struct Object<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<&'a RawValue>,
    #[serde(borrow)]
    features: Option<&'a RawValue>,
    #[serde(borrow)]
    geometry: Option<&'a RawValue>,
    #[serde(borrow)]
    coordinates: Option<&'a RawValue>,
    #[serde(borrow)]
    properties: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    crs: Option<&'a RawValue>,
    #[serde(borrow)]
    feed_info: Option<&'a RawValue>,
    #[serde(borrow)]
    road_event_feed_info: Option<&'a RawValue>,
}

/// Reads a document.
///
/// # Errors
/// When it is no JSON, or no FeatureCollection or Feature; with a pointer to the first place that is wrong.
pub fn read(bytes: &[u8]) -> Result<ClosureFeed, FeedError> {
    let text = std::str::from_utf8(bytes).map_err(|error| FeedError::Malformed(error.to_string()))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let whole: &RawValue = serde_json::from_str(text).map_err(|error| FeedError::Malformed(error.to_string()))?;
    let document = object(whole, "")?;
    if document.crs.is_some_and(|crs| !is_wgs_84(crs)) {
        return Err(FeedError::at("/crs", "expected coordinates in WGS 84 longitude and latitude, or no crs"));
    }
    let info = document.feed_info.or(document.road_event_feed_info);
    match word(document.kind, "/type")?.as_str() {
        "FeatureCollection" => {}
        "Feature" => {
            let feature = feature(&document, String::new(), false)?;
            return Ok(ClosureFeed { publisher: None, features: vec![feature] });
        }
        _ => return Err(FeedError::at("/type", "expected FeatureCollection or Feature")),
    }
    let raw = document.features.ok_or_else(|| FeedError::at("/features", "is missing; expected a list of features"))?;
    let list: Vec<&RawValue> =
        serde_json::from_str(raw.get()).map_err(|_| FeedError::at("/features", "expected a list of features"))?;
    if list.len() > MAX_FEATURES {
        return Err(FeedError::at("/features", format!("at most {MAX_FEATURES} features")));
    }
    let mut features = Vec::with_capacity(list.len());
    for (i, raw) in list.into_iter().enumerate() {
        let pointer = format!("/features/{i}");
        let one = object(raw, &pointer)?;
        if word(one.kind, &format!("{pointer}/type"))? != "Feature" {
            return Err(FeedError::at(format!("{pointer}/type"), "expected Feature"));
        }
        features.push(feature(&one, pointer, info.is_some())?);
    }
    Ok(ClosureFeed { publisher: info.and_then(publisher), features })
}

/// Serde would take a list for a struct, so the first character is looked at.
fn object<'a>(raw: &'a RawValue, pointer: &str) -> Result<Object<'a>, FeedError> {
    if !raw.get().starts_with('{') {
        return Err(FeedError::at(pointer, "expected an object"));
    }
    serde_json::from_str(raw.get()).map_err(|error| FeedError::at(pointer, error.to_string()))
}

fn word(raw: Option<&RawValue>, pointer: &str) -> Result<String, FeedError> {
    let expected = || FeedError::at(pointer, "expected the name of a GeoJSON type");
    serde_json::from_str(raw.ok_or_else(expected)?.get()).map_err(|_| expected())
}

fn publisher(info: &RawValue) -> Option<String> {
    let info: Value = serde_json::from_str(info.get()).ok()?;
    tidy(info.get("publisher")?.as_str()?, MAX_PUBLISHER)
}

fn feature(feature: &Object<'_>, pointer: String, in_feed: bool) -> Result<FeedFeature, FeedError> {
    let at = |member: &str| format!("{pointer}/{member}");
    let id = match feature.id.map(|raw| serde_json::from_str::<Value>(raw.get())) {
        Some(Ok(Value::String(text))) => tidy(&text, MAX_REASON),
        Some(Ok(Value::Number(number))) => Some(number.to_string()),
        _ => None,
    };
    let expected = "expected an object or null";
    let properties = match feature.properties.map(|raw| serde_json::from_str::<Value>(raw.get())) {
        None => Value::Null,
        Some(Ok(properties @ Value::Object(_))) => properties,
        Some(_) => return Err(FeedError::at(at("properties"), expected)),
    };
    let content = match feature.geometry {
        None => Content::NotValid("it has no geometry".to_owned()),
        Some(raw) => geometry(&object(raw, &at("geometry"))?, &at("geometry"))?,
    };
    let details = &properties["core_details"];
    let impact = properties.get("vehicle_impact");
    let is_road_event = in_feed || details.is_object() || impact.is_some();
    let mut read = FeedFeature {
        pointer,
        id,
        content,
        reason: reason(&properties, is_road_event),
        starts_at: None,
        ends_at: None,
        is_directed: is_road_event,
    };
    if is_road_event && impact.and_then(Value::as_str) != Some(ALL_CLOSED) {
        read.content = Content::Ignored;
        return Ok(read);
    }
    let (start, end) = if is_road_event { ("start_date", "end_date") } else { ("starts_at", "expires_at") };
    for (name, place) in [(start, &mut read.starts_at), (end, &mut read.ends_at)] {
        // Before 4.0 times stood there too, and some feeds go on so.
        let value = properties.get(name).or_else(|| details.get(name)).filter(|value| !value.is_null());
        let Some(value) = value else { continue };
        match value.as_str().map(Timestamp::parse) {
            Some(Ok(time)) => *place = Some(time),
            Some(Err(error)) => read.content = Content::NotValid(format!("{name}: {error}")),
            None => read.content = Content::NotValid(format!("{name}: expected a text with a time")),
        }
    }
    Ok(read)
}

fn reason(properties: &Value, is_road_event: bool) -> Option<String> {
    let text = |value: &Value| value.as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let said = if is_road_event {
        let details = &properties["core_details"];
        let roads =
            details["road_names"].as_array().into_iter().flatten().filter_map(text).collect::<Vec<_>>().join(", ");
        let parts =
            [text(&details["name"]), text(&details["description"]), Some(roads).filter(|roads| !roads.is_empty())];
        parts.into_iter().flatten().collect::<Vec<_>>().join("; ")
    } else {
        ["reason", "description", "name"].iter().find_map(|name| text(&properties[*name])).unwrap_or_default()
    };
    tidy(&said, MAX_REASON)
}

/// The text in one line and not too long; `None` if nothing is left.
fn tidy(text: &str, most: usize) -> Option<String> {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(most).collect();
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn geometry(geometry: &Object<'_>, pointer: &str) -> Result<Content, FeedError> {
    let kind = word(geometry.kind, &format!("{pointer}/type"))?;
    if kind == "GeometryCollection" {
        return Ok(Content::NotValid("its geometry is of a type that is not taken".to_owned()));
    }
    let raw = geometry
        .coordinates
        .filter(|raw| raw.get().starts_with('['))
        .ok_or_else(|| FeedError::at(format!("{pointer}/coordinates"), "expected a list"))?;
    let read: fn(&RawValue) -> Result<Shape, String> = match kind.as_str() {
        "Point" => |raw| Ok(Shape::Points(vec![list::<Position>(&format!("[{}]", raw.get()))?[0]])),
        "MultiPoint" => |raw| positions(raw, 1).map(Shape::Points),
        "LineString" => |raw| Ok(Shape::Lines(vec![positions(raw, 2)?])),
        "MultiLineString" => {
            |raw| parts(raw)?.into_iter().map(|line| positions(line, 2)).collect::<Result<_, _>>().map(Shape::Lines)
        }
        "Polygon" => |raw| Ok(Shape::Areas(vec![area(raw)?])),
        "MultiPolygon" => |raw| parts(raw)?.into_iter().map(area).collect::<Result<_, _>>().map(Shape::Areas),
        _ => return Ok(Content::NotValid("its geometry is of a type that is not taken".to_owned())),
    };
    Ok(read(raw).map_or_else(Content::NotValid, Content::Shape))
}

fn parts(raw: &RawValue) -> Result<Vec<&RawValue>, String> {
    serde_json::from_str(raw.get()).map_err(|_| "its coordinates are not nested as its type says".to_owned())
}

fn positions(raw: &RawValue, least: usize) -> Result<Vec<LonLat>, String> {
    let read = list::<Position>(raw.get())?;
    if read.len() < least {
        return Err(format!("it has fewer than {least} positions"));
    }
    Ok(read)
}

fn list<T>(text: &str) -> Result<Vec<LonLat>, String>
where
    T: for<'a> Deserialize<'a> + Into<LonLat>,
{
    let read: Vec<T> =
        serde_json::from_str(text).map_err(|_| "its coordinates are not nested as its type says".to_owned())?;
    let read: Vec<LonLat> = read.into_iter().map(Into::into).collect();
    if read.iter().all(|at| at.is_valid()) {
        Ok(read)
    } else {
        Err("a position is not [longitude, latitude] within ±180 and ±90".to_owned())
    }
}

impl From<Position> for LonLat {
    fn from(position: Position) -> Self {
        position.0
    }
}

fn area(raw: &RawValue) -> Result<Vec<Vec<LonLat>>, String> {
    let mut rings = Vec::new();
    let mut corners = 0;
    for ring in parts(raw)? {
        let mut ring = positions(ring, 4)?;
        corners += ring.len();
        if corners > MAX_CORNERS {
            return Err(format!("its area has more than {MAX_CORNERS} corners"));
        }
        if ring.first() != ring.last() {
            return Err("a ring does not end where it begins".to_owned());
        }
        if crosses_itself(&ring) {
            return Err("a ring crosses itself, so what it holds is not clear".to_owned());
        }
        ring.pop();
        rings.push(ring);
    }
    if rings.is_empty() { Err("its area has no ring".to_owned()) } else { Ok(rings) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn feed(text: &str) -> ClosureFeed {
        read(text.as_bytes()).unwrap()
    }

    /// One feature of a collection.
    fn one(feature: &str) -> FeedFeature {
        let document = format!(r#"{{"type": "FeatureCollection", "features": [{feature}]}}"#);
        feed(&document).features.remove(0)
    }

    const LINE: &str = r#""geometry": {"type": "LineString", "coordinates": [[8.0, 50.0], [8.01, 50.0, 120.5]]}"#;

    #[test]
    fn a_road_event_that_closes_all_lanes_closes_and_others_are_ignored() {
        let document = include_str!("../../tests/formats/closures.wzdx.geojson");
        let read = feed(document);
        assert_eq!(read.publisher.as_deref(), Some("Test Roads Agency"));
        let kinds: Vec<&str> = read
            .features
            .iter()
            .map(|feature| match &feature.content {
                Content::Ignored => "ignored",
                Content::NotValid(_) => "not valid",
                Content::Shape(Shape::Lines(_)) => "lines",
                Content::Shape(Shape::Points(_)) => "points",
                Content::Shape(Shape::Areas(_)) => "areas",
            })
            .collect();
        assert_eq!(kinds, ["lines", "ignored", "ignored", "points", "lines"]);
        let first = &read.features[0];
        assert_eq!((first.pointer.as_str(), first.id.as_deref()), ("/features/0", Some("event-all-closed")));
        assert_eq!(first.reason.as_deref(), Some("Bridge works; Full closure of the diagonal.; Road ac"));
        assert_eq!(first.ends_at, Some(Timestamp::parse("2099-06-30T01:00:00Z").unwrap()));
        assert!(first.is_directed);
    }

    #[test]
    fn a_plain_feature_closes_with_the_times_it_names() {
        let feature = one(&format!(
            r#"{{"type": "Feature", "id": 7, {LINE}, "properties": {{"name": "a\u0000b", "starts_at": null, "expires_at": "2026-05-04T20:00:00+02:00"}}}}"#
        ));
        assert_eq!((feature.id.as_deref(), feature.reason.as_deref()), (Some("7"), Some("a b")));
        assert_eq!(feature.ends_at, Some(Timestamp::parse("2026-05-04T18:00:00Z").unwrap()));
        assert!(!feature.is_directed);
        let single = feed(&format!(r#"{{"type": "Feature", {LINE}, "properties": null}}"#));
        assert_eq!((single.features.len(), single.features[0].pointer.as_str()), (1, ""));
    }

    #[test]
    fn what_cannot_be_used_is_told_of_by_itself() {
        for (geometry, words) in [
            ("null", "no geometry"),
            (r#"{"type": "GeometryCollection", "geometries": []}"#, "not taken"),
            (r#"{"type": "LineString", "coordinates": [[8.0, 50.0]]}"#, "fewer than 2"),
            (r#"{"type": "LineString", "coordinates": [[8.0, 50.0], [200.0, 50.0]]}"#, "within"),
            (r#"{"type": "LineString", "coordinates": [[[8.0, 50.0], [8.1, 50.0]]]}"#, "nested"),
            (r#"{"type": "Point", "coordinates": []}"#, "nested"),
            (r#"{"type": "Polygon", "coordinates": []}"#, "no ring"),
            (r#"{"type": "Polygon", "coordinates": [[[0,0],[1,0],[1,1],[0,1]]]}"#, "end where it begins"),
            (r#"{"type": "Polygon", "coordinates": [[[0,0],[1,1],[1,0],[0,1],[0,0]]]}"#, "crosses itself"),
        ] {
            let feature = one(&format!(r#"{{"type": "Feature", "geometry": {geometry}, "properties": {{}}}}"#));
            let Content::NotValid(message) = feature.content else { panic!("{geometry}: {feature:?}") };
            assert!(message.contains(words), "{geometry}: {message}");
        }
        let late = one(&format!(r#"{{"type": "Feature", {LINE}, "properties": {{"expires_at": "tomorrow"}}}}"#));
        assert!(
            matches!(late.content, Content::NotValid(message) if message.starts_with("expires_at: expected an RFC"))
        );
    }

    #[test]
    fn what_is_no_geojson_is_refused_with_the_place() {
        for (document, pointer) in [
            ("[]", ""),
            (r#"{"type": "LineString"}"#, "/type"),
            (r#"{"type": 3}"#, "/type"),
            (r#"{"type": "FeatureCollection"}"#, "/features"),
            (r#"{"type": "FeatureCollection", "features": {}}"#, "/features"),
            (r#"{"type": "FeatureCollection", "features": [3]}"#, "/features/0"),
            (r#"{"type": "FeatureCollection", "features": [{"type": "feature"}]}"#, "/features/0/type"),
            (r#"{"type": "Feature", "properties": 3}"#, "/properties"),
            (r#"{"type": "Feature", "geometry": []}"#, "/geometry"),
            (r#"{"type": "Feature", "geometry": {"type": "Point", "coordinates": 3}}"#, "/geometry/coordinates"),
            (
                r#"{"type": "FeatureCollection", "features": [], "crs": {"type": "name", "properties": {"name": "EPSG:3857"}}}"#,
                "/crs",
            ),
        ] {
            let error = read(document.as_bytes()).unwrap_err();
            assert!(matches!(&error, FeedError::At { pointer: p, .. } if p == pointer), "{document}: {error:?}");
        }
        for document in ["", "{", "{} {}", "\u{1}"] {
            assert!(matches!(read(document.as_bytes()), Err(FeedError::Malformed(_))), "{document}");
        }
        let deep =
            format!(r#"{{"type": "Feature", "properties": {{"a": {}1{}}}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert!(read(deep.as_bytes()).is_err());
    }
}
