//! `/v1/missions/{id}/closures`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{ApiJson, ApiPath, Faults};
use super::problem::Problem;
use super::strict::{GeoJsonPosition, optional_object, word};
use crate::app::clock;
use crate::app::{App, ClosureAction, ClosureRequest, ClosureTarget, RecordedClosure};
use crate::domain::geometry::{LonLat, crosses_itself};
use crate::domain::ids::{ClosureId, MissionId, SegmentId};
use crate::domain::timestamp::Timestamp;

/// The most segments of one change.
const MAX_SEGMENTS: usize = 100_000;
/// The most corners of an area, over all its rings.
const MAX_CORNERS: usize = 2_000;
/// The longest reason, in characters.
pub(super) const MAX_REASON: usize = 1_000;

/// What an operator decides about segments.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"action": "close", "segments": [17, 18], "reason": "bridge under water", "decided_by": "ops"}))]
pub(super) struct CreateClosure {
    /// Makes a repeat harmless; made up unless given.
    id: Option<ClosureId>,
    /// Whether they are closed or reopened.
    #[serde(deserialize_with = "word")]
    action: Action,
    /// The segments; or give `area`.
    #[schema(max_items = 100000, min_items = 1)]
    segments: Option<Vec<SegmentId>>,
    /// A GeoJSON Polygon: every segment with any part in it; or give `segments`.
    #[serde(default, deserialize_with = "optional_object")]
    area: Option<PolygonRequest>,
    /// Why.
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
    /// Who decided it; `operator` unless given.
    #[schema(min_length = 1, max_length = 200)]
    decided_by: Option<String>,
    /// For `close`: when the segments reopen by themselves. Never, unless given.
    expires_at: Option<Timestamp>,
}

/// What happens to the segments.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Action {
    /// No route enters them until they are reopened or the closing expires, whatever is reported.
    Close,
    /// All closings of them are lifted, and blocked findings up to now are void.
    Reopen,
}

/// A GeoJSON Polygon (RFC 7946).
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PolygonRequest {
    /// Always `Polygon`.
    #[serde(rename = "type", deserialize_with = "word")]
    kind: PolygonType,
    /// Rings of `[lon, lat]`: the outer one, then holes; the first position is repeated at the end, and no ring crosses itself.
    /// At most 2,000 positions altogether.
    #[schema(example = json!([[[139.80, 35.66], [139.81, 35.66], [139.81, 35.67], [139.80, 35.66]]]))]
    coordinates: Vec<Vec<GeoJsonPosition>>,
}

/// The one type of area.
#[derive(Debug, Deserialize, ToSchema)]
enum PolygonType {
    Polygon,
}

/// Where the change stands in the log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClosureAccepted {
    /// The change: the id that was sent, or a new one.
    id: ClosureId,
    /// Its number in the log.
    seq: u64,
    /// The revision of the knowledge after it.
    revision: u64,
    /// How many segments it concerns.
    segment_count: usize,
    /// It was in the log already.
    repeated: bool,
}

impl ClosureAccepted {
    fn of(recorded: RecordedClosure) -> Self {
        Self {
            id: recorded.id,
            seq: recorded.seq,
            revision: recorded.revision,
            segment_count: recorded.segment_count,
            repeated: recorded.repeated,
        }
    }
}

/// Close or reopen segments
///
/// One atomic change of a list of segments or of an area, and one replan. A closing holds, whatever is reported, until it is
/// lifted by a reopening or its expiry; expiry reopens by itself, within about a second.
#[utoipa::path(post, path = "/v1/missions/{mission_id}/closures", operation_id = "create_closure", tag = "closures", security(("permission" = ["operate"])),
    params(("mission_id" = MissionId, Path, description = "The mission")),
    request_body = CreateClosure,
    responses((status = 202, description = "Stored; a plan follows if the knowledge changed", body = ClosureAccepted),
              (status = 409, description = "The mission is over")))]
pub(super) async fn create_closure(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
    body: ApiJson<CreateClosure>,
) -> Result<(StatusCode, Json<ClosureAccepted>), Problem> {
    let new = body.value;
    let mut faults = Faults::default();
    let reason_length = new.reason.chars().count();
    faults.require(
        (1..=MAX_REASON).contains(&reason_length),
        "/reason",
        format!("expected 1 to {MAX_REASON} characters"),
    );
    faults.require(!new.reason.contains('\0'), "/reason", "the character U+0000 is not allowed");
    let decided_by = new.decided_by.unwrap_or_else(|| "operator".to_owned());
    let name_ok = (1..=200).contains(&decided_by.chars().count()) && !decided_by.contains('\0');
    faults.require(name_ok, "/decided_by", "expected 1 to 200 characters");
    let stray_expiry = new.action == Action::Reopen && new.expires_at.is_some();
    faults.require(!stray_expiry, "/expires_at", "a reopening does not expire");
    let target = match (new.segments, new.area) {
        (Some(segments), None) => {
            let fits = (1..=MAX_SEGMENTS).contains(&segments.len());
            faults.require(fits, "/segments", format!("expected 1 to {MAX_SEGMENTS} segments"));
            Some(ClosureTarget::Segments(segments))
        }
        (None, Some(area)) => Some(ClosureTarget::Area(read_area(&area, &mut faults))),
        _ => {
            faults.require(false, "", "expected exactly one of segments and area");
            None
        }
    };
    faults.into_result("invalid_closure")?;
    let request = ClosureRequest {
        id: new.id.unwrap_or_else(|| ClosureId(clock::new_uuid())),
        action: match new.action {
            Action::Close => ClosureAction::Close { expires_at: new.expires_at },
            Action::Reopen => ClosureAction::Reopen,
        },
        target: target.ok_or_else(|| Problem::internal("a target was refused without a word".into()))?,
        reason: new.reason,
        decided_by,
    };
    let recorded = app.record_closure(id, request).await?;
    Ok((StatusCode::ACCEPTED, Json(ClosureAccepted::of(recorded))))
}

fn read_area(area: &PolygonRequest, faults: &mut Faults) -> Vec<Vec<LonLat>> {
    let PolygonType::Polygon = area.kind;
    let corners: usize = area.coordinates.iter().map(|ring| ring.len().max(1)).sum();
    faults.require(!area.coordinates.is_empty(), "/area/coordinates", "expected at least one ring");
    faults.require(corners <= MAX_CORNERS, "/area/coordinates", format!("at most {MAX_CORNERS} positions"));
    let mut rings = Vec::new();
    if corners > MAX_CORNERS {
        return rings;
    }
    for (i, ring) in area.coordinates.iter().enumerate() {
        let positions: Vec<LonLat> = ring.iter().map(|at| LonLat { lon: at.lon, lat: at.lat }).collect();
        let closed = positions.len() >= 4 && positions.first() == positions.last();
        let message = "expected at least four positions, the last equal to the first";
        faults.require(closed, format!("/area/coordinates/{i}"), message);
        if let Some(bad) = positions.iter().position(|at| !at.is_valid()) {
            let message = "expected [longitude, latitude] within ±180 and ±90";
            faults.require(false, format!("/area/coordinates/{i}/{bad}"), message);
        }
        let simple = !closed || !crosses_itself(&positions);
        faults.require(
            simple,
            format!("/area/coordinates/{i}"),
            "the ring crosses itself, so what it holds is not clear",
        );
        rings.push(positions[..positions.len().saturating_sub(1)].to_vec());
    }
    rings
}
