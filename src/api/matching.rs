//! `/v1/networks/{id}/match`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{ApiPath, Faults, JsonBytes, read_object};
use super::line_string::LineStringView;
use super::location::{check_heading, check_position};
use super::problem::Problem;
use super::strict::{object, objects};
use crate::app::{App, Break, FixMatch, Gap, MatchOptions, Matching, Stretch, TrackPosition};
use crate::domain::geometry::LonLat;
use crate::domain::ids::{NetworkId, SegmentId};
use crate::domain::network::{Leg, Network};
use crate::domain::timestamp::Timestamp;

/// The most fixes of one track.
const MOST_FIXES: usize = 10_000;

/// A track: where a vehicle was, in order of time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"fixes": [
    {"position": {"lon": 139.8113, "lat": 35.6681}, "observed_at": "2026-05-04T09:30:00Z"},
    {"position": {"lon": 139.8118, "lat": 35.6684}, "observed_at": "2026-05-04T09:30:10Z", "accuracy_m": 8, "heading_deg": 60}
]}))]
pub(super) struct TrackRequest {
    /// The positions, each not before the one before it.
    #[serde(deserialize_with = "objects")]
    #[schema(min_items = 1, max_items = 10000)]
    fixes: Vec<FixRequest>,
    /// The standard deviation of positions without `accuracy_m`, in metres; 5 unless given.
    #[schema(minimum = 1.0, maximum = 100.0)]
    sigma_m: Option<f64>,
    /// By how much the way driven between two fixes usually differs from the straight distance, in metres; 5 unless given. 15 % of
    /// the straight distance is added.
    #[schema(minimum = 0.1, maximum = 1000.0)]
    beta_m: Option<f64>,
    /// How far a road may be from a fix, in metres; 50 unless given, and never less than three standard deviations.
    #[schema(minimum = 1.0, maximum = 300.0)]
    radius_m: Option<f64>,
    /// The longest straight distance between two fixes that is bridged, in metres; 2,000 unless given.
    #[schema(minimum = 1.0, maximum = 10000.0)]
    gap_m: Option<f64>,
    /// The greatest speed that is believed, in metres per second; 50 unless given.
    #[schema(minimum = 0.1, maximum = 200.0)]
    max_speed_mps: Option<f64>,
}

/// One position of a track.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FixRequest {
    /// A WGS 84 position.
    #[serde(deserialize_with = "object")]
    position: LonLat,
    /// When the vehicle was there.
    observed_at: Timestamp,
    /// The standard deviation of the position, in metres, where known; from 1 to 100 m it is believed.
    #[schema(exclusive_minimum = 0.0, maximum = 10000.0)]
    accuracy_m: Option<f64>,
    /// The direction of travel in degrees clockwise from north, where known. One-way roads that run the other way are then left out.
    #[schema(minimum = 0.0, maximum = 360.0)]
    heading_deg: Option<f64>,
}

/// Reads the body of `POST /v1/networks/{network_id}/match`.
///
/// # Errors
/// All that is wrong with it without knowing the network.
pub fn read_track(body: &[u8]) -> Result<(Vec<TrackPosition>, MatchOptions), Problem> {
    let request: TrackRequest = read_object(body)?;
    let mut faults = Faults::default();
    let default = MatchOptions::default();
    let mut within = |value: Option<f64>, default: f64, least: f64, most: f64, name: &str| {
        let value = value.unwrap_or(default);
        faults.require((least..=most).contains(&value), format!("/{name}"), format!("expected {least} to {most}"));
        value
    };
    let options = MatchOptions {
        sigma_m: within(request.sigma_m, default.sigma_m, 1.0, 100.0, "sigma_m"),
        beta_m: within(request.beta_m, default.beta_m, 0.1, 1_000.0, "beta_m"),
        radius_m: within(request.radius_m, default.radius_m, 1.0, 300.0, "radius_m"),
        gap_m: within(request.gap_m, default.gap_m, 1.0, 10_000.0, "gap_m"),
        max_speed_mps: within(request.max_speed_mps, default.max_speed_mps, 0.1, 200.0, "max_speed_mps"),
    };
    let count = request.fixes.len();
    faults.require((1..=MOST_FIXES).contains(&count), "/fixes", format!("expected 1 to {MOST_FIXES} fixes"));
    let mut track: Vec<TrackPosition> = Vec::with_capacity(count.min(MOST_FIXES));
    for (i, fix) in request.fixes.into_iter().enumerate().take(MOST_FIXES) {
        check_position(fix.position, &format!("/fixes/{i}/position"), &mut faults);
        check_heading(fix.heading_deg, &format!("/fixes/{i}/heading_deg"), &mut faults);
        let accuracy_ok = fix.accuracy_m.is_none_or(|m| m > 0.0 && m <= 10_000.0);
        faults.require(accuracy_ok, format!("/fixes/{i}/accuracy_m"), "expected above 0 and up to 10000");
        let in_order = track.last().is_none_or(|before| before.observed_at <= fix.observed_at);
        faults.require(in_order, format!("/fixes/{i}/observed_at"), "before the fix before it");
        track.push(TrackPosition {
            lon_lat: fix.position,
            observed_at: fix.observed_at,
            accuracy_m: fix.accuracy_m,
            heading_deg: fix.heading_deg,
        });
    }
    faults.into_result("invalid_track")?;
    Ok((track, options))
}

/// A track on the network.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MatchView {
    /// One entry a fix, in the order sent.
    fixes: Vec<FixView>,
    /// What was driven, in order: one part of the track without a break each.
    stretches: Vec<StretchView>,
    /// What lies between the stretches: of these parts nobody knows what was driven.
    gaps: Vec<GapView>,
}

/// What became of a fix.
#[derive(Debug, Serialize, ToSchema)]
struct FixView {
    /// What became of it.
    outcome: FixOutcome,
    /// The segment that the vehicle was on. This and what follows: only if it is matched.
    #[serde(skip_serializing_if = "Option::is_none")]
    segment: Option<SegmentId>,
    /// Metres from the segment's first end.
    #[serde(skip_serializing_if = "Option::is_none")]
    offset_m: Option<f64>,
    /// Where that is.
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<LonLat>,
    /// How far it is from the fix, in metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    snapped_m: Option<f64>,
    /// How probable this segment is, among those around and given all fixes of the stretch, by the model that matches: a road that
    /// the network does not have is not reckoned with.
    #[serde(skip_serializing_if = "Option::is_none")]
    confidence: Option<f64>,
    /// The position of its stretch in `stretches`.
    #[serde(skip_serializing_if = "Option::is_none")]
    stretch: Option<usize>,
}

/// What became of a fix.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum FixOutcome {
    /// The vehicle was on the network.
    Matched,
    /// No road is near enough.
    OffNetwork,
    /// The fixes around it fit together, and not with this one.
    Outlier,
}

/// A part of the track without a break.
#[derive(Debug, Serialize, ToSchema)]
struct StretchView {
    /// The position of its first fix in `fixes`.
    first_fix: usize,
    /// The position of its last fix in `fixes`.
    last_fix: usize,
    /// What was driven, in order: of each segment the part from one offset to another.
    legs: Vec<Leg>,
    /// The length of that, in metres.
    length_m: f64,
    /// The line of that; null if the vehicle stood.
    geometry: Option<LineStringView>,
}

/// A part of the track of which nobody knows what was driven.
#[derive(Debug, Serialize, ToSchema)]
struct GapView {
    /// The position of the last fix before it in `fixes`.
    after_fix: usize,
    /// The position of the first fix behind it in `fixes`.
    before_fix: usize,
    /// Why.
    cause: BreakView,
}

/// Why a track was broken.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum BreakView {
    /// The fixes are further apart than `gap_m`.
    TooFar,
    /// No way leads from one to the other that could have been driven in the time.
    NoWay,
}

impl MatchView {
    fn of(network: &Network, matching: &Matching) -> Self {
        Self {
            fixes: matching.fixes.iter().map(|fix| FixView::of(network, fix)).collect(),
            stretches: matching.stretches.iter().map(|stretch| StretchView::of(network, stretch)).collect(),
            gaps: matching.gaps.iter().map(GapView::of).collect(),
        }
    }
}

impl FixView {
    fn of(network: &Network, fix: &FixMatch) -> Self {
        let unmatched = |outcome| Self {
            outcome,
            segment: None,
            offset_m: None,
            position: None,
            snapped_m: None,
            confidence: None,
            stretch: None,
        };
        match *fix {
            FixMatch::Matched { place, distance_m, confidence, stretch } => Self {
                outcome: FixOutcome::Matched,
                segment: Some(place.segment),
                offset_m: Some(place.offset_m),
                position: Some(network.lon_lat_at(place)),
                snapped_m: Some(distance_m),
                confidence: Some(confidence),
                stretch: Some(stretch),
            },
            FixMatch::OffNetwork => unmatched(FixOutcome::OffNetwork),
            FixMatch::Outlier => unmatched(FixOutcome::Outlier),
        }
    }
}

impl StretchView {
    fn of(network: &Network, stretch: &Stretch) -> Self {
        Self {
            first_fix: stretch.first_fix,
            last_fix: stretch.last_fix,
            legs: stretch.legs.clone(),
            length_m: stretch.length_m,
            geometry: (!stretch.legs.is_empty()).then(|| LineStringView::of(network, &stretch.legs)),
        }
    }
}

impl GapView {
    fn of(gap: &Gap) -> Self {
        let cause = match gap.cause {
            Break::TooFar => BreakView::TooFar,
            Break::NoWay => BreakView::NoWay,
        };
        Self { after_fix: gap.after_fix, before_fix: gap.before_fix, cause }
    }
}

/// Match a track
///
/// From positions in order of time, with their noise, to the roads that were driven: the most likely way over the network, by a
/// hidden Markov model (Newson and Krumm 2009). Where the fixes do not connect the way has gaps. Nothing is stored.
#[utoipa::path(post, path = "/v1/networks/{network_id}/match", operation_id = "match_track", tag = "networks", security(("permission" = ["read_mission"])),
    params(("network_id" = NetworkId, Path, description = "The network")),
    request_body(content = TrackRequest, content_type = "application/json"),
    responses((status = 200, description = "The track on the network", body = MatchView)))]
pub(super) async fn match_track(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<NetworkId>,
    JsonBytes(body): JsonBytes,
) -> Result<Json<MatchView>, Problem> {
    let (track, options) = read_track(&body)?;
    let view = app.match_track(id, track, options, MatchView::of).await?;
    Ok(Json(view))
}
