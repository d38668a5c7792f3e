//! Networks and plans in the formats other programs read. Domain values in, documents out.

pub mod geojson;
