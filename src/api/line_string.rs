//! Lines as documents have them.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::network::{Leg, Network};
use crate::export::geojson;

/// A line in the form of a GeoJSON geometry (RFC 7946).
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LineStringView {
    /// `LineString`.
    #[serde(rename = "type")]
    #[schema(example = "LineString")]
    kind: &'static str,
    /// Longitude and latitude of each point.
    coordinates: Vec<[f64; 2]>,
}

impl LineStringView {
    /// The line of legs in a row, of which there is at least one.
    pub(super) fn of(network: &Network, legs: &[Leg]) -> Self {
        Self { kind: "LineString", coordinates: geojson::line(network, legs) }
    }
}
