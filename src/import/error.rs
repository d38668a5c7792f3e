//! What can be wrong with a file, and where.

use std::fmt;

use crate::domain::geometry::LonLat;
use crate::domain::network::NetworkFault;

/// Why a file gave no network. The message is meant for the user as it is.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ImportError {
    /// One place in the file is wrong.
    #[error("{location}: {fault}")]
    At {
        /// Where.
        location: Location,
        /// What is wrong there.
        fault: Fault,
    },
    /// The file is larger than this service takes.
    #[error("the file has more than {limit} {what}; cut it to the area that is needed")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The longitudes span more than half the globe, as they do where a network crosses the antimeridian.
    #[error(
        "the longitudes reach from {west} to {east}, more than 180 degrees: a network across the antimeridian, or two \
         networks far apart, must be cut in two"
    )]
    TooWide {
        /// The least longitude in degrees.
        west: f64,
        /// The greatest longitude in degrees.
        east: f64,
    },
    /// All pieces are loops, or every component (the largest one, where only that is kept) has no chain between two
    /// different junctions.
    #[error(
        "nothing is left to drive on: the roads that were kept only form loops and rings without a second junction, and \
         those are dropped"
    )]
    OnlyRings,
    /// The map has no road for the vehicle.
    #[error("the file has no road for the profile {profile}: of {ways} ways, {highways} have the tag highway")]
    NoRoad {
        /// The profile's name.
        profile: String,
        /// How many ways were read.
        ways: usize,
        /// How many of them have the tag `highway`.
        highways: usize,
    },
    /// None of the nodes of the roads is in the file.
    #[error("the file has no position for any node of its roads")]
    NoPosition,
    /// The file cannot be read.
    #[error("the file cannot be read: {message}")]
    Unreadable {
        /// The words of the operating system.
        message: String,
    },
    /// Somebody called the import off.
    #[error("the import was called off")]
    Cancelled,
    /// The prepared network was refused.
    #[error(transparent)]
    Network(#[from] NetworkFault),
}

impl ImportError {
    pub(super) fn unreadable(error: std::io::Error) -> Self {
        Self::Unreadable { message: error.to_string() }
    }

    /// Where the fault is, if it is in one place.
    pub fn location(&self) -> Option<&Location> {
        match self {
            Self::At { location, .. } => Some(location),
            _ => None,
        }
    }
}

/// One of the two files of a LineCoverage network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceFile {
    /// The nodes.
    NodeData,
    /// The pieces.
    ReqEdgeList,
}

impl SourceFile {
    /// The file's name in the data set.
    pub fn name(self) -> &'static str {
        match self {
            Self::NodeData => "node_data",
            Self::ReqEdgeList => "req_edge_list",
        }
    }
}

impl fmt::Display for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Location {
    /// A whole file of a LineCoverage pair.
    File(SourceFile),
    /// A line of a LineCoverage file.
    Line {
        /// The file.
        file: SourceFile,
        /// The line, from 1.
        line: usize,
    },
    /// A character of a JSON text.
    Character {
        /// The line, from 1.
        line: usize,
        /// The column in bytes, from 1 (0 before the first character).
        column: usize,
    },
    /// A blob of a PBF file.
    Blob {
        /// Which, from 0.
        blob: usize,
        /// The byte of the file at which it begins, from 0.
        offset: u64,
    },
    /// A place in an XML text.
    Byte {
        /// The line, from 1.
        line: usize,
        /// The byte of the file, from 0.
        offset: u64,
    },
    /// A member of the outermost JSON object; the empty string is the object itself.
    Member(&'static str),
    /// A GeoJSON feature or a part of it.
    Feature {
        /// The feature's position in the collection, from 0; `None` where the document is a single feature.
        feature: Option<usize>,
        /// The line's position in a MultiLineString, from 0.
        line: Option<usize>,
        /// The position's index in its line, from 0.
        vertex: Option<usize>,
        /// The name of the property.
        property: Option<&'static str>,
    },
}

impl Location {
    /// The feature as a whole.
    pub(super) fn feature(feature: Option<usize>) -> Self {
        Self::Feature { feature, line: None, vertex: None, property: None }
    }

    /// The place as a JSON pointer (RFC 6901) into a GeoJSON document; `None` where it is no JSON value.
    pub fn json_pointer(&self) -> Option<String> {
        match self {
            Self::File(_) | Self::Line { .. } | Self::Character { .. } | Self::Blob { .. } | Self::Byte { .. } => None,
            Self::Member("") => Some(String::new()),
            Self::Member(name) => Some(format!("/{name}")),
            Self::Feature { feature, line, vertex, property } => {
                let mut pointer = feature.map(|i| format!("/features/{i}")).unwrap_or_default();
                if line.is_some() || vertex.is_some() {
                    pointer.push_str("/geometry/coordinates");
                }
                for i in [line, vertex].into_iter().flatten() {
                    pointer.push_str(&format!("/{i}"));
                }
                if let Some(property) = property {
                    pointer.push_str(&format!("/properties/{property}"));
                }
                Some(pointer)
            }
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => write!(f, "{file}"),
            Self::Line { file, line } => write!(f, "{file} line {line}"),
            Self::Character { line, column } => write!(f, "line {line}, column {column}"),
            Self::Blob { blob, offset } => write!(f, "blob {blob} at byte {offset}"),
            Self::Byte { line, offset } => write!(f, "line {line} (byte {offset})"),
            Self::Member("") => f.write_str("GeoJSON"),
            Self::Member(name) => write!(f, "member {name}"),
            Self::Feature { feature, line, vertex, property } => {
                match feature {
                    Some(i) => write!(f, "feature {i}")?,
                    None => f.write_str("the feature")?,
                }
                for (part, position) in [("line", line), ("vertex", vertex)] {
                    if let Some(i) = position {
                        write!(f, ", {part} {i}")?;
                    }
                }
                match property {
                    Some(name) => write!(f, ", property {name}"),
                    None => Ok(()),
                }
            }
        }
    }
}

/// What is wrong at a [`Location`]. Positions in the messages count from 0, lines of text from 1.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Fault {
    /// The bytes are no text.
    #[error("the text is not valid UTF-8")]
    NotUtf8,
    /// A line has too few or too many fields.
    #[error("expected {expected}, found {found} fields")]
    FieldCount {
        /// The fields of such a line.
        expected: &'static str,
        /// How many there are.
        found: usize,
    },
    /// A field is no finite number.
    #[error("{field} is {found}; expected a finite number")]
    NotANumber {
        /// The field's name.
        field: &'static str,
        /// Its beginning.
        found: String,
    },
    /// A latitude is outside -90 to 90, or a longitude outside -180 to 180.
    #[error("{coordinate} {found} is outside -{limit} to {limit} degrees")]
    OutOfRange {
        /// `latitude` or `longitude`.
        coordinate: &'static str,
        /// Its value in degrees.
        found: f64,
        /// The largest value in degrees.
        limit: f64,
    },
    /// An id or a name is too long.
    #[error("{field} has more than {limit} characters")]
    TooLong {
        /// The field's name.
        field: &'static str,
        /// The limit.
        limit: usize,
    },
    /// An id or a name has a control character, which no database or display can be trusted with.
    #[error("{field} has a control character (U+{code:04X})")]
    ControlCharacter {
        /// The field's name.
        field: &'static str,
        /// The character's code point.
        code: u32,
    },
    /// Two lines describe the same node.
    #[error("node {id} is already on line {first_line}")]
    DuplicateNode {
        /// The node's id.
        id: String,
        /// The line that has it, from 1.
        first_line: usize,
    },
    /// A piece names a node that is not there.
    #[error("node {id} is not in node_data")]
    UnknownNode {
        /// The node's id.
        id: String,
    },
    /// Two different nodes lie at the same point of the plane.
    #[error("{a} and {b} are different nodes at the same point, so the piece between them has no length")]
    NoLength {
        /// One node: its id, or its position.
        a: String,
        /// The other.
        b: String,
    },
    /// A node's plane coordinates do not belong to its latitude and longitude.
    #[error(
        "x_m {x_m} and y_m {y_m} do not fit the latitude and longitude: seen from the origin of the other nodes, they are \
         {distance_m:.1} m apart"
    )]
    Misplaced {
        /// Metres east, as given.
        x_m: f64,
        /// Metres north, as given.
        y_m: f64,
        /// How far the projected position is from there.
        distance_m: f64,
    },
    /// A file has no entry.
    #[error("there is no {what}")]
    Empty {
        /// What there should be.
        what: &'static str,
    },
    /// The JSON is malformed, nests too deep or repeats a member.
    #[error("{0}")]
    Json(String),
    /// The file ends too early.
    #[error("the file ends in the middle of {what}")]
    Truncated {
        /// What is there in part only.
        what: &'static str,
    },
    /// The file breaks the rules of its format.
    #[error("{what}")]
    Malformed {
        /// How so.
        what: String,
    },
    /// The file cannot be read; becomes [`ImportError::Unreadable`].
    #[error("{message}")]
    Unreadable {
        /// The words of the operating system.
        message: String,
    },
    /// A JSON value is not what belongs there.
    #[error("found {found}; expected {expected}")]
    Unexpected {
        /// The beginning of what is there.
        found: String,
        /// What should be there.
        expected: &'static str,
    },
    /// A member is not there.
    #[error("{what} is missing")]
    Missing {
        /// The member.
        what: &'static str,
    },
    /// A line has fewer than two positions.
    #[error("a line needs at least two positions, this one has {found}")]
    TooFewPositions {
        /// How many it has.
        found: usize,
    },
}

impl Fault {
    pub(super) fn unreadable(error: std::io::Error) -> Self {
        Self::Unreadable { message: error.to_string() }
    }

    /// The fault at its place.
    pub(super) fn at(self, location: Location) -> ImportError {
        ImportError::At { location, fault: self }
    }
}

/// Whether an id or name can be stored and shown.
pub(super) fn check_text(field: &'static str, text: &str) -> Result<(), Fault> {
    if text.chars().nth(super::MAX_TEXT_LENGTH).is_some() {
        return Err(Fault::TooLong { field, limit: super::MAX_TEXT_LENGTH });
    }
    match text.chars().find(|c| c.is_control()) {
        Some(c) => Err(Fault::ControlCharacter { field, code: u32::from(c) }),
        None => Ok(()),
    }
}

/// The beginning of a text, short enough for a message.
pub(super) fn excerpt(text: &str) -> String {
    const LENGTH: usize = 60;
    let shown: String = text.chars().take(LENGTH).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(LENGTH).is_some() { format!("{shown}…") } else { shown }
}

/// Whether both coordinates are within their range.
pub(super) fn check_lon_lat(lon_lat: LonLat) -> Result<(), Fault> {
    for (coordinate, found, limit) in [("longitude", lon_lat.lon, 180.0), ("latitude", lon_lat.lat, 90.0)] {
        if !(-limit..=limit).contains(&found) {
            return Err(Fault::OutOfRange { coordinate, found, limit });
        }
    }
    Ok(())
}

/// The middle of the box around positions, where the plane is to touch the Earth.
pub(super) fn middle(positions: impl Iterator<Item = LonLat>) -> Result<LonLat, ImportError> {
    let (mut low, mut high) = (LonLat { lon: 180.0, lat: 90.0 }, LonLat { lon: -180.0, lat: -90.0 });
    let mut any = false;
    for LonLat { lon, lat } in positions {
        any = true;
        low = LonLat { lon: low.lon.min(lon), lat: low.lat.min(lat) };
        high = LonLat { lon: high.lon.max(lon), lat: high.lat.max(lat) };
    }
    if !any {
        return Err(ImportError::NoPosition);
    }
    if high.lon - low.lon > 180.0 {
        return Err(ImportError::TooWide { west: low.lon, east: high.lon });
    }
    Ok(LonLat { lon: (low.lon + high.lon) / 2.0, lat: (low.lat + high.lat) / 2.0 })
}
