//! `/v1/networks/{id}/nearest`.

use std::sync::Arc;

use axum::Json;
use axum::extract::{RawQuery, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{ApiPath, Faults, read_query};
use super::problem::Problem;
use crate::app::App;
use crate::domain::geometry::LonLat;
use crate::domain::ids::{NetworkId, SegmentId};
use crate::domain::network::{Direction, Heading, Snap};

/// The most segments of one answer.
const MOST_SEGMENTS: usize = 50;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct NearestQuery {
    /// Longitude in degrees.
    #[param(minimum = -180.0, maximum = 180.0)]
    lon: f64,
    /// Latitude in degrees.
    #[param(minimum = -90.0, maximum = 90.0)]
    lat: f64,
    /// Direction of travel in degrees clockwise from north, to choose between roads: one that turns from it counts as further
    /// away, 1 m for 4 degrees, and a one-way road only counts in its own direction.
    #[param(minimum = 0.0, maximum = 360.0)]
    heading_deg: Option<f64>,
    /// With `heading_deg`: by how many degrees a road may turn from it; 90 unless given.
    #[param(minimum = 0.0, maximum = 180.0)]
    heading_tolerance_deg: Option<f64>,
    /// How far the segment may be, in metres; 100 unless given.
    #[param(minimum = 0.0, maximum = 10000.0)]
    limit_m: Option<f64>,
    /// How many segments are wanted; 1 unless given.
    #[param(minimum = 1, maximum = 50)]
    count: Option<usize>,
}

/// Of which position the nearest segments are asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Near {
    /// The position.
    pub lon_lat: LonLat,
    /// The direction of travel.
    pub heading: Option<Heading>,
    /// How far the segments may be, in metres.
    pub limit_m: Option<f64>,
    /// How many are wanted.
    pub count: usize,
}

/// Reads the query of `GET /v1/networks/{network_id}/nearest`.
///
/// # Errors
/// What is wrong with it.
pub fn read_near(query: Option<&str>) -> Result<Near, Problem> {
    let query: NearestQuery = read_query(query)?;
    let (heading_deg, tolerance_deg) = (query.heading_deg, query.heading_tolerance_deg);
    let count = query.count.unwrap_or(1);
    let mut faults = Faults::default();
    faults.require((-180.0..=180.0).contains(&query.lon), "lon", "expected -180 to 180");
    faults.require((-90.0..=90.0).contains(&query.lat), "lat", "expected -90 to 90");
    faults.require(heading_deg.is_none_or(|h| (0.0..=360.0).contains(&h)), "heading_deg", "expected 0 to 360");
    let tolerance_ok = tolerance_deg.is_none_or(|t| (0.0..=180.0).contains(&t));
    faults.require(tolerance_ok, "heading_tolerance_deg", "expected 0 to 180");
    let stray = tolerance_deg.is_some() && heading_deg.is_none();
    faults.require(!stray, "heading_tolerance_deg", "goes with heading_deg");
    faults.require(query.limit_m.is_none_or(|l| (0.0..=10_000.0).contains(&l)), "limit_m", "expected 0 to 10000");
    faults.require((1..=MOST_SEGMENTS).contains(&count), "count", format!("expected 1 to {MOST_SEGMENTS}"));
    faults.into_result("invalid_query")?;
    let lon_lat = LonLat { lon: query.lon, lat: query.lat };
    let heading = heading_deg.map(|heading_deg| {
        let tolerance_deg = tolerance_deg.unwrap_or(Heading::TOLERANCE_DEG);
        Heading { tolerance_deg, ..Heading::driven(heading_deg) }
    });
    Ok(Near { lon_lat, heading, limit_m: query.limit_m, count })
}

/// The nearest place on a network, and the next ones.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NearestView {
    /// The best of them.
    #[serde(flatten)]
    best: NearestPlace,
    /// The places on the next segments, in order; none unless `count` asks for them.
    others: Vec<NearestPlace>,
}

/// The nearest place of a segment.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NearestPlace {
    /// The segment.
    segment: SegmentId,
    /// Metres from the segment's first end.
    offset_m: f64,
    /// Where the place is.
    position: LonLat,
    /// How far it is from the asked position, in metres.
    snapped_m: f64,
    /// The direction of travel along the segment, where the heading or a one-way road tells it.
    direction: Option<Direction>,
    /// The road's direction there, in degrees clockwise from north: that of travel, or from the first end on where it is not known.
    #[schema(minimum = 0.0, maximum = 360.0)]
    bearing_deg: f64,
}

impl NearestPlace {
    fn of((snap, position): (Snap, LonLat)) -> Self {
        Self {
            segment: snap.place.segment,
            offset_m: snap.place.offset_m,
            position,
            snapped_m: snap.distance_m,
            direction: snap.direction,
            bearing_deg: snap.bearing_deg,
        }
    }
}

/// Find the nearest segments
///
/// Takes a position to the nearest place on the network, preferring roads that run along the heading. With `count` also to the
/// nearest places of the next segments. Ties go to the nearer place, then to the lower segment id.
#[utoipa::path(get, path = "/v1/networks/{network_id}/nearest", operation_id = "find_nearest_segment", tag = "networks", security(("permission" = ["read_mission"])),
    params(("network_id" = NetworkId, Path, description = "The network"), NearestQuery),
    responses((status = 200, description = "The nearest place", body = NearestView)))]
pub(super) async fn find_nearest_segment(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<NetworkId>,
    RawQuery(query): RawQuery,
) -> Result<Json<NearestView>, Problem> {
    let Near { lon_lat, heading, limit_m, count } = read_near(query.as_deref())?;
    let found = app.nearest_segments(id, lon_lat, heading, limit_m, count).await?;
    let mut places = found.into_iter().map(NearestPlace::of);
    let best = places.next().ok_or_else(|| Problem::internal("nothing is nearest".to_owned()))?;
    Ok(Json(NearestView { best, others: places.collect() }))
}
