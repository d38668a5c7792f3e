//! GeoJSON (RFC 7946): a FeatureCollection, or a single Feature, of LineString and MultiLineString roads.
//!
//! Every vertex is a node, and vertices with the same longitude and latitude are the same node, so lines are joined where
//! they share a vertex and nowhere else: a bridge without a shared vertex is not connected to the road below it. Nodes are
//! named `0`, `1`, ... in the order in which they first appear. The plane touches the Earth in the middle of the box
//! around all vertices. Point features are skipped and counted. The properties read are:
//!
//! | property | values |
//! |---|---|
//! | `oneway` | `true`, `"yes"`, `"true"`, `"1"`, `1`: along the line; `"-1"`, `-1`, `"reverse"`: against it; `false`, `"no"`, `"false"`, `"0"`, `0`: both ways. `"reversible"` and `"alternating"` count as both ways, because each way is open at some time |
//! | `maxspeed` | a number or `"50"`, `"50 km/h"`: kilometres per hour; `"30 mph"`; `"walk"`: 5 km/h; `"none"`: no limit |
//! | `name` | text |
//! | `id` | text or a number; without it the feature's own `id` is taken |
//! | `blockage_probability` | a number from 0 to 1 |
//! | `highway`, `surface` | text, or a list of texts of which the first counts; see [`crate::domain::network::Road`] |
//! | `bridge`, `tunnel`, `ford` | `true`, or any text but `no`, `false` and `0` |
//! | `speed_limit_mps`, `source_ids` | as the service's own GeoJSON of a network has them, before `maxspeed` and `id` |
//!
//! A property that is missing, `null` or an empty text is unknown; other properties are ignored; any other value is a
//! fault.
//!
//! The text is read in layers without building a tree: the outermost object, then one feature, one line, one position at
//! a time, each from a slice of the text. This gives every fault its exact place, takes memory in proportion to the text
//! and never recurses.

mod properties;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Error as _, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::ImportProgress;
use super::error::{Fault, ImportError, Location, check_lon_lat, excerpt, middle};
use super::prepare::{Components, Imported, Merging, Piece, Source, Way, prepare};
use crate::domain::geometry::{LocalPlane, LonLat};
use crate::domain::network::Node;
use properties::{Oneway, Properties};

/// After how many features it is asked whether to go on.
const FEATURES_A_CHECK: usize = 1_024;

/// Imports a GeoJSON document; the module's documentation says what is read from it.
///
/// # Errors
/// The first fault found, with the feature and where it can the vertex or property; see [`ImportError::location`].
pub fn from_geojson(bytes: &[u8], components: Components) -> Result<Imported, ImportError> {
    from_geojson_watched(bytes, components, &ImportProgress::default())
}

/// As [`from_geojson`], for whoever may call it off.
///
/// # Errors
/// As there; also when it was called off.
pub fn from_geojson_watched(
    bytes: &[u8],
    components: Components,
    progress: &ImportProgress,
) -> Result<Imported, ImportError> {
    import(bytes, components, super::MAX_PIECES, progress)
}

fn import(
    bytes: &[u8],
    components: Components,
    limit: usize,
    progress: &ImportProgress,
) -> Result<Imported, ImportError> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = 1 + before.iter().filter(|b| **b == b'\n').count();
        let column = 1 + before.iter().rev().take_while(|b| **b != b'\n').count();
        Fault::NotUtf8.at(Location::Character { line, column })
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { limit, ..Reader::default() };
    reader.document(text, progress)?;
    progress.check()?;
    prepare(reader.into_source()?, components, Merging::Alike)
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
}

impl<'a> Object<'a> {
    /// The `type`, as text.
    fn kind(&self) -> Result<String, Fault> {
        let raw = self.kind.ok_or(Fault::Missing { what: "the member type" })?;
        let expected = "the name of a GeoJSON type";
        serde_json::from_str(raw.get()).map_err(|_| unexpected(raw, expected))
    }
}

/// Reads a JSON object. Serde would take an array for a struct, so the first character is looked at.
fn object<'a, T: Deserialize<'a>>(raw: &'a RawValue, expected: &'static str) -> Result<T, Fault> {
    if !raw.get().starts_with('{') {
        return Err(unexpected(raw, expected));
    }
    serde_json::from_str(raw.get()).map_err(|error| Fault::Json(without_position(&error)))
}

fn array<'a>(raw: &'a RawValue, expected: &'static str) -> Result<Vec<&'a RawValue>, Fault> {
    serde_json::from_str(raw.get()).map_err(|_| unexpected(raw, expected))
}

fn unexpected(raw: &RawValue, expected: &'static str) -> Fault {
    Fault::Unexpected { found: excerpt(raw.get()), expected }
}

/// Serde's words without its "at line 1 column 5", which counts from the start of the slice.
fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rfind(" at line ").map_or(text.as_str(), |end| &text[..end]).to_owned()
}

/// The first two numbers of a position.
pub(super) struct Position(pub(super) LonLat);

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Numbers;
        impl<'de> Visitor<'de> for Numbers {
            type Value = Position;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("[longitude, latitude]")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<Position, A::Error> {
                let lon: f64 = numbers.next_element()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
                let lat: f64 = numbers.next_element()?.ok_or_else(|| A::Error::invalid_length(1, &self))?;
                while numbers.next_element::<IgnoredAny>()?.is_some() {}
                // Adding zero turns -0 into 0, so that both are the same node.
                Ok(Position(LonLat { lon: lon + 0.0, lat: lat + 0.0 }))
            }
        }
        deserializer.deserialize_seq(Numbers)
    }
}

/// What has been read so far.
#[derive(Default)]
struct Reader {
    /// The most vertices, and the most pieces.
    limit: usize,
    vertices: Vec<LonLat>,
    /// Nodes by the bits of longitude and latitude. Only looked up, never iterated over; a keyed hash, because the
    /// positions come from outside.
    node_at: HashMap<(u64, u64), u32>,
    ways: Vec<Way>,
    /// For each way its feature, as in [`Location::Feature`].
    features: Vec<Option<usize>>,
    pieces: Vec<Piece>,
    points_ignored: usize,
}

impl Reader {
    fn document(&mut self, text: &str, progress: &ImportProgress) -> Result<(), ImportError> {
        const EXPECTED: &str = "a FeatureCollection or a Feature of LineString or MultiLineString roads";
        let whole: &RawValue = serde_json::from_str(text).map_err(|error| {
            let location = Location::Character { line: error.line(), column: error.column() };
            Fault::Json(without_position(&error)).at(location)
        })?;
        let document: Object<'_> = object(whole, EXPECTED).map_err(|fault| fault.at(Location::Member("")))?;
        let at_type = |fault: Fault| fault.at(Location::Member("type"));
        match document.kind().map_err(at_type)?.as_str() {
            "FeatureCollection" => {
                check_crs(&document, Location::Member("crs"))?;
                let at = |fault: Fault| fault.at(Location::Member("features"));
                let raw = document.features.ok_or_else(|| at(Fault::Missing { what: "the list of features" }))?;
                let features = array(raw, "a list of features").map_err(at)?;
                for (i, raw) in features.iter().enumerate() {
                    if i.is_multiple_of(FEATURES_A_CHECK) {
                        progress.check()?;
                    }
                    let at = |fault: Fault| fault.at(Location::feature(Some(i)));
                    let feature: Object<'_> = object(raw, "a GeoJSON Feature").map_err(at)?;
                    match feature.kind().map_err(at)?.as_str() {
                        "Feature" => self.feature(&feature, Some(i))?,
                        kind => return Err(at(Fault::Unexpected { found: excerpt(kind), expected: "a Feature" })),
                    }
                }
            }
            "Feature" => self.feature(&document, None)?,
            kind => return Err(at_type(Fault::Unexpected { found: excerpt(kind), expected: EXPECTED })),
        }
        if self.ways.is_empty() {
            return Err(Fault::Empty { what: "LineString or MultiLineString feature" }.at(Location::Member("")));
        }
        Ok(())
    }

    fn feature(&mut self, feature: &Object<'_>, index: Option<usize>) -> Result<(), ImportError> {
        const EXPECTED: &str = "a LineString or MultiLineString (Point features are skipped)";
        let here = Location::feature(index);
        let at = |fault: Fault| fault.at(here.clone());
        check_crs(feature, here.clone())?;
        let raw = feature.geometry.ok_or_else(|| at(Fault::Missing { what: "the geometry" }))?;
        let geometry: Object<'_> = object(raw, EXPECTED).map_err(at)?;
        let kind = geometry.kind().map_err(at)?;
        let lines = match kind.as_str() {
            "Point" => {
                self.points_ignored += 1;
                return Ok(());
            }
            "LineString" | "MultiLineString" => {
                geometry.coordinates.ok_or_else(|| at(Fault::Missing { what: "the member coordinates" }))?
            }
            _ => return Err(at(Fault::Unexpected { found: excerpt(&kind), expected: EXPECTED })),
        };
        let road = properties::read(feature.properties, feature.id).map_err(|(property, fault)| {
            fault.at(Location::Feature { feature: index, line: None, vertex: None, property })
        })?;
        let Properties { way, oneway } = road;
        self.ways.push(way);
        self.features.push(index);
        if kind == "LineString" {
            return self.line(lines, oneway, &here);
        }
        let lines = array(lines, "a list of lines").map_err(at)?;
        if lines.is_empty() {
            return Err(at(Fault::Empty { what: "line in the MultiLineString" }));
        }
        for (i, line) in lines.into_iter().enumerate() {
            let here = Location::Feature { feature: index, line: Some(i), vertex: None, property: None };
            self.line(line, oneway, &here)?;
        }
        Ok(())
    }

    fn line(&mut self, raw: &RawValue, oneway: Oneway, here: &Location) -> Result<(), ImportError> {
        let positions = array(raw, "a list of positions").map_err(|fault| fault.at(here.clone()))?;
        if positions.len() < 2 {
            return Err(Fault::TooFewPositions { found: positions.len() }.at(here.clone()));
        }
        let mut nodes = Vec::with_capacity(positions.len());
        for (i, raw) in positions.into_iter().enumerate() {
            let node = read_position(raw).map_err(|fault| {
                let mut there = here.clone();
                if let Location::Feature { vertex, .. } = &mut there {
                    *vertex = Some(i);
                }
                fault.at(there)
            })?;
            nodes.push(self.node(node)?);
        }
        if oneway == Oneway::Backward {
            nodes.reverse();
        }
        if self.pieces.len() + nodes.len() > self.limit + 1 {
            return Err(ImportError::TooLarge { what: "pieces", limit: self.limit });
        }
        let (way, oneway) = (self.ways.len() as u32 - 1, oneway != Oneway::No);
        self.pieces.extend(nodes.windows(2).map(|ends| Piece { from: ends[0], to: ends[1], way, oneway }));
        Ok(())
    }

    fn node(&mut self, lon_lat: LonLat) -> Result<u32, ImportError> {
        let next = self.vertices.len();
        let node = *self.node_at.entry((lon_lat.lon.to_bits(), lon_lat.lat.to_bits())).or_insert(next as u32);
        if node as usize == next {
            if next == self.limit {
                return Err(ImportError::TooLarge { what: "vertices", limit: self.limit });
            }
            self.vertices.push(lon_lat);
        }
        Ok(node)
    }

    fn into_source(self) -> Result<Source, ImportError> {
        let origin = middle(self.vertices.iter().copied())?;
        let plane = LocalPlane::new(origin);
        let node =
            |(i, lon_lat): (usize, LonLat)| Node { id: i.to_string().into(), lon_lat, point: plane.project(lon_lat) };
        let nodes: Vec<Node> = self.vertices.into_iter().enumerate().map(node).collect();
        for piece in self.pieces.iter().filter(|p| p.from != p.to) {
            let ends = [piece.from, piece.to].map(|n| &nodes[n as usize]);
            if ends[0].point.distance_m(ends[1].point) == 0.0 {
                let [a, b] = ends.map(|n| format!("[{}, {}]", n.lon_lat.lon, n.lon_lat.lat));
                return Err(Fault::NoLength { a, b }.at(Location::feature(self.features[piece.way as usize])));
            }
        }
        let Self { ways, pieces, points_ignored, .. } = self;
        Ok(Source { origin, nodes, ways, pieces, marks: Vec::new(), restrictions: Vec::new(), points_ignored })
    }
}

fn read_position(raw: &RawValue) -> Result<LonLat, Fault> {
    let position: Position =
        serde_json::from_str(raw.get()).map_err(|_| unexpected(raw, "[longitude, latitude] in numbers"))?;
    check_lon_lat(position.0)?;
    Ok(position.0)
}

/// Refuses a coordinate reference system other than WGS 84 in longitude, latitude. RFC 7946 has no such member any more,
/// but files by its 2008 predecessor do.
fn check_crs(object: &Object<'_>, location: Location) -> Result<(), ImportError> {
    const EXPECTED: &str = "coordinates in WGS 84 longitude and latitude (urn:ogc:def:crs:OGC:1.3:CRS84, or no crs)";
    match object.crs {
        Some(raw) if !is_wgs_84(raw) => Err(unexpected(raw, EXPECTED).at(location)),
        _ => Ok(()),
    }
}

/// Whether a member `crs` names WGS 84 in longitude and latitude.
pub(super) fn is_wgs_84(raw: &RawValue) -> bool {
    #[derive(Deserialize)]
    struct Named<'a> {
        #[serde(borrow)]
        properties: Option<&'a RawValue>,
    }
    #[derive(Deserialize)]
    struct Properties {
        name: String,
    }
    let name = self::object::<Named<'_>>(raw, "")
        .ok()
        .and_then(|named| self::object::<Properties>(named.properties?, "").ok())
        .map(|properties| properties.name.to_ascii_lowercase());
    name.is_some_and(|name| {
        let authority = name.starts_with("urn:ogc:def:crs:") || name.starts_with("ogc:") || name.starts_with("epsg:");
        authority && (name.ends_with(":crs84") || name.ends_with("epsg:4326") || name.ends_with("epsg::4326"))
    })
}
