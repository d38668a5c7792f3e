//! Road networks from files, and the sample town. Formats in, networks out: no database, no HTTP.
//!
//! Every format is read into the same loose form (nodes, straight pieces between them, the ways they belong to), and one
//! preparation turns that into junctions and segments; see [`from_line_coverage`] and [`from_geojson`]. The summary that
//! comes with a network says what was left out on the way.

pub mod closure_feed;
mod error;
pub mod geojson;
pub mod graphml;
pub mod line_coverage;
mod markup;
pub mod osm;
pub mod prepare;
pub mod profile;
mod progress;
pub mod sample_town;
mod summary;
#[cfg(test)]
mod tests;

pub use error::{Fault, ImportError, Location, SourceFile};
pub use geojson::{from_geojson, from_geojson_watched};
pub use graphml::from_graphml;
pub use line_coverage::from_line_coverage;
pub use osm::{MapOptions, from_osm_pbf, from_osm_xml, from_overpass_json, is_overpass_json};
pub use prepare::{Components, Imported, Merging};
pub use profile::{Profile, ProfileFault};
pub use progress::{ImportProgress, ImportStep};
pub use sample_town::{bridges, sample_town, suggested_trip};
pub use summary::{
    DroppedComponents, DroppedRings, ImportSummary, Island, RoadSummary, RuleCount, Speeds, TurnRestrictions,
    WaysDropped,
};

/// The most nodes, and the most straight pieces between nodes, that a file may have.
pub const MAX_PIECES: usize = 5_000_000;

/// The most characters a name or an id may have: the limit OpenStreetMap sets for its own.
pub const MAX_TEXT_LENGTH: usize = 255;
