//! `/v1/missions/{id}/positions`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{ApiPath, Faults, JsonBytes, OneOrMany};
use super::location::{check_heading, check_position};
use super::problem::Problem;
use super::reports::{Batch, as_sent, speak_for};
use super::strict::{optional_object, word};
use crate::app::feed::VehiclePosition;
use crate::app::{App, Location, PositionOutcome, PositionUpdate};
use crate::domain::access::Principal;
use crate::domain::geometry::LonLat;
use crate::domain::ids::{MissionId, SegmentId, VehicleId};
use crate::domain::network::{Direction, Heading, Leg, Place};
use crate::domain::timestamp::Timestamp;
use crate::domain::vehicle::Fix;

/// The most positions of one batch.
pub(super) const MAX_BATCH: usize = 200;

/// Where a vehicle is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"vehicle": "ugv", "observed_at": "2026-05-04T09:30:00Z", "position": {"lon": 139.8113, "lat": 35.6681}, "heading_deg": 90}))]
pub(super) struct PositionRequest {
    /// `ugv`, or a UAV's name.
    vehicle: VehicleId,
    /// When it was there. An older position never overrides a newer one.
    observed_at: Timestamp,
    /// A WGS 84 position. The UGV's is taken to the nearest segment; or, for the UGV, give `segment` and `offset_m`.
    #[serde(default, deserialize_with = "optional_object")]
    position: Option<LonLat>,
    /// The UGV's direction of travel in degrees clockwise from north, to choose between roads.
    #[schema(minimum = 0.0, maximum = 360.0)]
    heading_deg: Option<f64>,
    /// The segment the UGV is on.
    segment: Option<SegmentId>,
    /// Metres from that segment's first end.
    #[schema(minimum = 0.0)]
    offset_m: Option<f64>,
    /// What a UAV is inspecting right now.
    #[serde(default, deserialize_with = "optional_object")]
    inspecting: Option<InspectingRequest>,
}

/// An inspection under way.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct InspectingRequest {
    /// The segment.
    segment: SegmentId,
    /// The direction of flight along the segment.
    #[serde(deserialize_with = "word")]
    direction: Direction,
}

/// A vehicle's latest position.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PositionView {
    /// The vehicle.
    vehicle: VehicleId,
    /// When it was there, by its own clock.
    observed_at: Timestamp,
    /// Where it said it is.
    position: LonLat,
    /// The UGV's segment.
    #[serde(skip_serializing_if = "Option::is_none")]
    segment: Option<SegmentId>,
    /// Metres from that segment's first end.
    #[serde(skip_serializing_if = "Option::is_none")]
    offset_m: Option<f64>,
    /// How far the place on the segment is from where the UGV said it is, in metres.
    #[serde(skip_serializing_if = "Option::is_none")]
    snapped_m: Option<f64>,
    /// The part of a segment that the UAV is still to fly along in its inspection.
    #[serde(skip_serializing_if = "Option::is_none")]
    inspecting: Option<Leg>,
}

impl PositionView {
    pub(super) fn of(vehicle: &VehicleId, fix: &Fix) -> Self {
        let vehicle = vehicle.clone();
        match fix {
            Fix::Ugv(fix) => Self {
                vehicle,
                observed_at: fix.observed_at,
                position: fix.lon_lat,
                segment: Some(fix.place.segment),
                offset_m: Some(fix.place.offset_m),
                snapped_m: Some(fix.snapped_m),
                inspecting: None,
            },
            Fix::Uav(fix) => Self {
                vehicle,
                observed_at: fix.observed_at,
                position: fix.position.lon_lat,
                segment: None,
                offset_m: None,
                snapped_m: None,
                inspecting: fix.inspecting,
            },
        }
    }

    pub(super) fn of_update(update: &VehiclePosition) -> Self {
        Self::of(&update.vehicle, &update.fix)
    }
}

/// What became of the updates.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PositionsAccepted {
    /// One entry an update, in the order sent.
    positions: Vec<PositionAccepted>,
}

/// What became of one update.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PositionAccepted {
    /// Whether it is the vehicle's latest now. A newer one may have been held already.
    applied: bool,
    /// The position as it was understood.
    understood: PositionView,
}

/// The latest positions.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PositionList {
    /// One entry for each vehicle that has told one.
    positions: Vec<PositionView>,
}

impl PositionRequest {
    fn read(self, i: usize, faults: &mut Faults) -> Option<PositionUpdate> {
        let at = |field: &str| format!("/{i}/{field}");
        faults.require(
            self.vehicle.is_well_formed(),
            at("vehicle"),
            "expected 1 to 40 letters, digits, '-', '_' or '.'",
        );
        check_heading(self.heading_deg, &at("heading_deg"), faults);
        let stray = self.heading_deg.is_some() && self.position.is_none();
        faults.require(!stray, at("heading_deg"), "goes with position");
        let location = match (self.position, self.segment, self.offset_m) {
            (Some(lon_lat), None, None) => {
                check_position(lon_lat, &at("position"), faults);
                Some(match Location::near(lon_lat) {
                    Location::Position { lon_lat, limit_m, .. } => {
                        Location::Position { lon_lat, heading: self.heading_deg.map(Heading::driven), limit_m }
                    }
                    other => other,
                })
            }
            (None, Some(segment), Some(offset_m)) => Some(Location::Place(Place { segment, offset_m })),
            _ => {
                faults.require(false, at("position"), "expected either position, or segment and offset_m");
                None
            }
        };
        Some(PositionUpdate {
            vehicle: self.vehicle,
            observed_at: self.observed_at,
            location: location?,
            inspecting: self.inspecting.map(|i| (i.segment, i.direction)),
        })
    }
}

/// Reads the body of `POST /v1/missions/{mission_id}/positions`.
///
/// # Errors
/// All that is wrong with it without knowing the mission.
pub fn read_positions(body: &[u8]) -> Result<Batch<PositionUpdate>, Problem> {
    let OneOrMany { items, is_array } = OneOrMany::<PositionRequest>::read(body)?;
    let mut faults = Faults::default();
    faults.require((1..=MAX_BATCH).contains(&items.len()), "", format!("expected 1 to {MAX_BATCH} positions"));
    let items = items.into_iter().enumerate().filter_map(|(i, position)| position.read(i, &mut faults)).collect();
    Faults(OneOrMany::<PositionRequest>::faults_as_sent(is_array, faults.0)).into_result("invalid_position")?;
    Ok(Batch { items, is_array })
}

/// Either of both forms.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes the body, which is told apart by its first character")]
pub(super) enum OneOrManyPositions {
    /// One position.
    #[schema(title = "One position")]
    One(PositionRequest),
    /// Up to 200.
    #[schema(title = "A batch")]
    Many(Vec<PositionRequest>),
}

/// Tell positions
///
/// One position, or an array of up to 200. The UGV's latest position is where its next plan begins; when it has left its
/// route a new plan follows by itself, and near the goal the mission ends as arrived. Positions are no log entries.
#[utoipa::path(post, path = "/v1/missions/{mission_id}/positions", operation_id = "update_positions", tag = "positions", security(("permission" = ["report"])),
    params(("mission_id" = MissionId, Path, description = "The mission")),
    request_body(content = inline(OneOrManyPositions), content_type = "application/json"),
    responses((status = 202, description = "Kept", body = PositionsAccepted),
              (status = 409, description = "The mission is over")))]
pub(super) async fn update_positions(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
    Extension(principal): Extension<Principal>,
    JsonBytes(body): JsonBytes,
) -> Result<(StatusCode, Json<PositionsAccepted>), Problem> {
    let Batch { items: updates, is_array } = read_positions(&body)?;
    speak_for(&principal, is_array, "vehicle", updates.iter().map(|update| &update.vehicle))?;
    let outcomes = app.update_positions(id, updates).await.map_err(|error| as_sent(is_array, error))?;
    let accepted = |outcome: &PositionOutcome| PositionAccepted {
        applied: outcome.applied,
        understood: PositionView::of(&outcome.vehicle, &outcome.fix),
    };
    Ok((StatusCode::ACCEPTED, Json(PositionsAccepted { positions: outcomes.iter().map(accepted).collect() })))
}

/// Get the latest positions
#[utoipa::path(get, path = "/v1/missions/{mission_id}/positions", operation_id = "list_positions", tag = "positions", security(("permission" = ["read_mission"])),
    params(("mission_id" = MissionId, Path, description = "The mission")),
    responses((status = 200, description = "The latest position of each vehicle that has told one", body = PositionList)))]
pub(super) async fn list_positions(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
) -> Result<Json<PositionList>, Problem> {
    let positions = app
        .read_mission(id, |view| view.positions.iter().map(|(vehicle, fix)| PositionView::of(vehicle, fix)).collect())
        .await?;
    Ok(Json(PositionList { positions }))
}
