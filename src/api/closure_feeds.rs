//! `/v1/missions/{id}/closures/import`: closures from feeds.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::closures::MAX_REASON;
use super::extract::{ApiPath, ApiQuery, BodyKind, Faults, read_body, require_media_type};
use super::problem::Problem;
use crate::app::clock;
use crate::app::{App, FeatureOutcome, FeedOutcome, FeedRequest, RecordedFeed};
use crate::domain::ids::{ClosureId, MissionId, SegmentId};
use crate::domain::timestamp::Timestamp;

/// How near a road must be unless the request says otherwise, in metres: GPS noise and the width of a broad road.
const DEFAULT_TOLERANCE_M: f64 = 15.0;
/// The reason of features that name none.
const DEFAULT_REASON: &str = "closed by a feed";

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct FeedQuery {
    /// Makes a repeat harmless; made up unless given.
    id: Option<ClosureId>,
    /// How near a road must be to a line or a point, in metres; 15 unless given.
    #[param(minimum = 1.0, maximum = 200.0)]
    tolerance_m: Option<f64>,
    /// When what names no end of its own reopens by itself. Never, unless given.
    #[param(value_type = Option<String>, format = DateTime, example = "2099-05-04T20:00:00Z")]
    expires_at: Option<Timestamp>,
    /// Why, for features that do not say.
    #[param(min_length = 1, max_length = 1000)]
    reason: Option<String>,
    /// Who decided it; the feed's publisher, or `operator`, unless given.
    #[param(min_length = 1, max_length = 200)]
    decided_by: Option<String>,
}

/// A FeatureCollection of road closures: a feed of the Work Zone Data Exchange (WZDx 4), or any GeoJSON. A single Feature is
/// taken, too.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the body, which is read by the import")]
pub(super) struct ClosureCollection {
    /// Always `FeatureCollection`.
    #[serde(rename = "type")]
    #[schema(pattern = "^FeatureCollection$")]
    kind: String,
    /// At most 20,000.
    #[schema(max_items = 20000)]
    features: Vec<ClosureFeature>,
}

/// A road closure.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the body, which is read by the import")]
pub(super) struct ClosureFeature {
    /// Always `Feature`.
    #[serde(rename = "type")]
    #[schema(pattern = "^Feature$")]
    kind: String,
    /// Where. Lines close the segments they run along, areas those of which any part lies in them, points the nearest one.
    geometry: Option<ClosureGeometry>,
    /// Of a WZDx road event `vehicle_impact` (`all-lanes-closed` closes, anything else is ignored), `start_date`, `end_date`,
    /// `core_details`; otherwise `starts_at`, `expires_at`, `reason`.
    #[schema(value_type = Option<Object>)]
    properties: Option<serde_json::Map<String, serde_json::Value>>,
}

/// A GeoJSON geometry.
#[derive(Debug, Deserialize, ToSchema)]
#[expect(dead_code, reason = "describes the body, which is read by the import")]
pub(super) struct ClosureGeometry {
    /// `LineString`, `Polygon`, `Point`, or one of them with `Multi` before it.
    #[serde(rename = "type")]
    kind: String,
    /// Positions, nested as the type says.
    coordinates: Vec<serde_json::Value>,
}

/// What became of a feed.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct FeedAccepted {
    /// The change: the id that was sent, or a new one.
    id: ClosureId,
    /// Its number in the log; absent if there was nothing to close.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    /// The revision of the knowledge after it.
    revision: u64,
    /// How many segments it closed.
    segment_count: usize,
    /// It was in the log already. What became of the features is then as it would be now.
    repeated: bool,
    /// How many features closed something.
    closed: usize,
    /// How many features matched no road.
    unmatched: usize,
    /// How many features say themselves that they close nothing; they are not listed.
    ignored: usize,
    /// The other features, in the order sent.
    features: Vec<FeatureView>,
}

/// What became of one feature.
#[derive(Debug, Serialize, ToSchema)]
struct FeatureView {
    /// A JSON pointer to it in the document.
    #[schema(example = "/features/3")]
    pointer: String,
    /// Its id there.
    #[serde(skip_serializing_if = "Option::is_none")]
    feature_id: Option<String>,
    /// What became of it.
    outcome: FeedOutcomeView,
    /// The segments that match it.
    segments: Vec<SegmentId>,
    /// When they reopen by themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    /// Its closing in the knowledge.
    #[serde(skip_serializing_if = "Option::is_none")]
    closure: Option<ClosureId>,
    /// More, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<String>,
}

/// What became of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum FeedOutcomeView {
    /// It closed its segments.
    Closed,
    /// The same closing is in force already.
    AlreadyClosed,
    /// No road lies or runs there, within the tolerance.
    NoMatch,
    /// It has not begun; send it again when it has.
    NotBegun,
    /// It is over.
    Over,
    /// Its geometry or a time of it cannot be used; the message says why.
    NotValid,
}

impl FeatureView {
    fn of(feature: FeatureOutcome) -> Self {
        let outcome = match feature.outcome {
            FeedOutcome::Closed => FeedOutcomeView::Closed,
            FeedOutcome::AlreadyClosed => FeedOutcomeView::AlreadyClosed,
            FeedOutcome::NoMatch => FeedOutcomeView::NoMatch,
            FeedOutcome::NotBegun => FeedOutcomeView::NotBegun,
            FeedOutcome::Over => FeedOutcomeView::Over,
            FeedOutcome::NotValid => FeedOutcomeView::NotValid,
        };
        let FeatureOutcome { pointer, id, segments, expires_at, closure, message, .. } = feature;
        Self { pointer, feature_id: id, outcome, segments, expires_at, closure, message }
    }
}

impl FeedAccepted {
    fn of(recorded: RecordedFeed) -> Self {
        let count = |outcome| recorded.features.iter().filter(|feature| feature.outcome == outcome).count();
        Self {
            id: recorded.id,
            seq: recorded.seq,
            revision: recorded.revision,
            segment_count: recorded.segment_count,
            repeated: recorded.repeated,
            closed: count(FeedOutcome::Closed),
            unmatched: count(FeedOutcome::NoMatch),
            ignored: recorded.ignored,
            features: recorded.features.into_iter().map(FeatureView::of).collect(),
        }
    }
}

/// Close segments by a feed
///
/// Takes a feed of the Work Zone Data Exchange (WZDx 4) or plain GeoJSON, and closes what it says is closed now: one atomic
/// change, and one replan. Of WZDx road events those with the impact `all-lanes-closed` close, from their `start_date` to their
/// `end_date`; others are ignored and counted. A line closes the segments that it runs along, an area those of which any part
/// lies in it, a point the nearest one. The answer says of each feature what it closed. The same feed may be sent again and
/// again: a closing that is in force is not made twice.
#[utoipa::path(post, path = "/v1/missions/{mission_id}/closures/import", operation_id = "import_closures", tag = "closures", security(("permission" = ["operate"])),
    params(("mission_id" = MissionId, Path, description = "The mission"), FeedQuery),
    request_body(content(
        (ClosureCollection = "application/geo+json", example = json!({"type": "FeatureCollection", "features": [
            {"type": "Feature", "properties": {"reason": "river over its banks", "expires_at": "2099-05-04T20:00:00Z"},
             "geometry": {"type": "LineString", "coordinates": [[139.80, 35.66], [139.81, 35.66]]}}]})),
        (ClosureCollection = "application/json"),
    ), description = "The feed"),
    responses((status = 202, description = "Taken in; a plan follows if the knowledge changed", body = FeedAccepted),
              (status = 409, description = "The mission is over")))]
pub(super) async fn import_closures(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
    ApiQuery(query): ApiQuery<FeedQuery>,
    request: Request,
) -> Result<(StatusCode, Json<FeedAccepted>), Problem> {
    let tolerance_m = query.tolerance_m.unwrap_or(DEFAULT_TOLERANCE_M);
    let mut faults = Faults::default();
    faults.require((1.0..=200.0).contains(&tolerance_m), "tolerance_m", "expected 1 to 200");
    let reason = query.reason.unwrap_or_else(|| DEFAULT_REASON.to_owned());
    let fits = |text: &str, most: usize| (1..=most).contains(&text.chars().count()) && !text.contains('\0');
    faults.require(fits(&reason, MAX_REASON), "reason", format!("expected 1 to {MAX_REASON} characters"));
    let name_ok = query.decided_by.as_deref().is_none_or(|name| fits(name, 200));
    faults.require(name_ok, "decided_by", "expected 1 to 200 characters");
    faults.into_result("invalid_closure")?;
    require_media_type(request.headers(), "application/geo+json or application/json", |essence| {
        matches!(essence, "application/geo+json" | "application/json")
    })?;
    let document = read_body(request, BodyKind::Json).await?;
    let request = FeedRequest {
        id: query.id.unwrap_or_else(|| ClosureId(clock::new_uuid())),
        document,
        tolerance_m,
        expires_at: query.expires_at,
        reason,
        decided_by: query.decided_by,
    };
    let recorded = app.record_closure_feed(id, request).await?;
    Ok((StatusCode::ACCEPTED, Json(FeedAccepted::of(recorded))))
}
