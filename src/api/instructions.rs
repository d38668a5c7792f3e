//! `/v1/missions/{id}/plan/instructions`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{ApiPath, ApiQuery};
use super::plan::no_plan_yet;
use super::problem::Problem;
use super::route::WayOutcome;
use crate::app::{App, MissionView};
use crate::domain::geometry::LonLat;
use crate::domain::ids::{MissionId, SegmentId, VehicleId};
use crate::domain::plan::Route;
use crate::domain::vehicle::Fix;
use crate::export::instructions::{Instruction, Maneuver, Waypoints, instructions};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct InstructionsQuery {
    /// Of which part of the route; `route` unless given.
    #[serde(default)]
    #[param(inline)]
    part: Part,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Part {
    /// The route as it was planned.
    #[default]
    Route,
    /// What is left of it from where the UGV is now.
    Remaining,
}

/// What the driver does.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ManeuverView {
    /// Sets out.
    Depart,
    /// Goes straight on.
    Continue,
    /// Keeps to the left of straight on: by 20 to 50 degrees.
    SlightLeft,
    /// Turns left: by 50 to 120 degrees.
    Left,
    /// Turns sharply left: by 120 to 170 degrees.
    SharpLeft,
    /// Keeps to the right of straight on: by 20 to 50 degrees.
    SlightRight,
    /// Turns right: by 50 to 120 degrees.
    Right,
    /// Turns sharply right: by 120 to 170 degrees.
    SharpRight,
    /// Turns round: by 170 degrees or more.
    UTurn,
    /// Comes by a waypoint.
    Waypoint,
    /// Is there.
    Arrive,
}

impl From<Maneuver> for ManeuverView {
    fn from(maneuver: Maneuver) -> Self {
        match maneuver {
            Maneuver::Depart => ManeuverView::Depart,
            Maneuver::Continue => ManeuverView::Continue,
            Maneuver::SlightLeft => ManeuverView::SlightLeft,
            Maneuver::Left => ManeuverView::Left,
            Maneuver::SharpLeft => ManeuverView::SharpLeft,
            Maneuver::SlightRight => ManeuverView::SlightRight,
            Maneuver::Right => ManeuverView::Right,
            Maneuver::SharpRight => ManeuverView::SharpRight,
            Maneuver::UTurn => ManeuverView::UTurn,
            Maneuver::Waypoint => ManeuverView::Waypoint,
            Maneuver::Arrive => ManeuverView::Arrive,
        }
    }
}

/// A maneuver, and the stretch of road that it begins.
#[derive(Debug, Serialize, ToSchema)]
struct InstructionView {
    /// What to do.
    maneuver: ManeuverView,
    /// The same in English.
    #[schema(example = "Turn left onto Mill Street")]
    text: String,
    /// The name of the road that the stretch is on; absent where it is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    road: Option<String>,
    /// Where.
    position: LonLat,
    /// The direction of travel before, in degrees clockwise from north; absent at the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    bearing_before_deg: Option<f64>,
    /// The direction of travel after, in degrees clockwise from north; absent at the goal.
    #[serde(skip_serializing_if = "Option::is_none")]
    bearing_after_deg: Option<f64>,
    /// How far it is to here from the beginning, in metres.
    begins_m: f64,
    /// How long it takes to here from the beginning, in seconds.
    begins_s: f64,
    /// The length of the stretch, in metres; 0 at the goal.
    length_m: f64,
    /// How long the stretch takes, in seconds.
    duration_s: f64,
    /// The segments of the stretch, in order.
    segments: Vec<SegmentId>,
}

impl InstructionView {
    fn of(instruction: Instruction, speed_mps: f64) -> Self {
        Self {
            maneuver: instruction.maneuver.into(),
            text: instruction.text,
            road: instruction.road,
            position: instruction.lon_lat,
            bearing_before_deg: instruction.bearing_before_deg,
            bearing_after_deg: instruction.bearing_after_deg,
            begins_m: instruction.begins_m,
            begins_s: instruction.begins_m / speed_mps,
            length_m: instruction.length_m,
            duration_s: instruction.length_m / speed_mps,
            segments: instruction.segments,
        }
    }
}

/// The route of the current plan, turn by turn.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct InstructionsView {
    /// The plan's number in the log.
    plan_seq: u64,
    /// The revision of the knowledge that it was planned for.
    revision: u64,
    /// What the plan came to.
    outcome: WayOutcome,
    /// Why there is no route, in words, when the outcome is `no_way` or `budget_spent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The length of the whole, in metres; 0 without a route.
    length_m: f64,
    /// How long the UGV takes, in seconds.
    duration_s: f64,
    /// From departing to arriving; none without a route.
    instructions: Vec<InstructionView>,
}

impl InstructionsView {
    fn of(view: &MissionView<'_>, part: Part) -> Result<Self, Problem> {
        let current = view.mission.plan.as_ref().ok_or_else(no_plan_yet)?;
        let (plan, network) = (&current.plan, view.network);
        let speed_mps = plan.basis.ugv.speed_mps;
        let (outcome, reason) = WayOutcome::of(&plan.decision.outcome);
        let planned = plan.decision.outcome.route();
        let route = match (planned, part, view.positions.get(&VehicleId::ugv())) {
            (Some(route), Part::Remaining, Some(Fix::Ugv(fix))) => {
                Some(route.rest_from(network, fix.place, speed_mps).ok_or_else(off_route)?)
            }
            (route, _, _) => route.cloned(),
        };
        let Route { legs: _, length_m, duration_s } = route.clone().unwrap_or_default();
        let all = &plan.basis.waypoints;
        // Of what is left of the route, those are left that the UGV has yet to visit.
        let left = match part {
            Part::Route => all.len(),
            Part::Remaining => view.mission.waypoints_ahead().len().min(all.len()),
        };
        let first = view.mission.settings.waypoints.len().saturating_sub(left) + 1;
        let waypoints = Waypoints { places: &all[all.len() - left..], first };
        let told = route.map(|route| instructions(network, &route, waypoints)).unwrap_or_default();
        Ok(Self {
            plan_seq: current.seq,
            revision: plan.basis.revision,
            outcome,
            reason,
            length_m,
            duration_s,
            instructions: told.into_iter().map(|told| InstructionView::of(told, speed_mps)).collect(),
        })
    }
}

fn off_route() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "off_route",
        "the UGV is not on the plan's route, so nothing of it is left; a new plan follows",
    )
}

/// Get turn-by-turn instructions
///
/// The current plan's route in words: where to set out, where to turn and onto which road, and where to arrive, each with its
/// position, the directions before and after, and how far and how long it is. Roads of the same name that go on are one
/// stretch, and bends of a road without a choice are no turns. Waypoints are told where the route comes by them. A turn is the angle between the directions of travel over up to 20 m
/// before and after the junction: straight on up to 20 degrees, slight up to 50, sharp from 120, turning round from 170. Networks do not
/// say what is a roundabout, so one is told as the turns it consists of. Without a route there are none.
#[utoipa::path(get, path = "/v1/missions/{mission_id}/plan/instructions", operation_id = "list_instructions", tag = "plans", security(("permission" = ["read_mission"])),
    params(("mission_id" = MissionId, Path, description = "The mission"), InstructionsQuery),
    responses((status = 200, description = "The instructions", body = InstructionsView)))]
pub(super) async fn list_instructions(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
    ApiQuery(query): ApiQuery<InstructionsQuery>,
) -> Result<Json<InstructionsView>, Problem> {
    Ok(Json(app.read_mission(id, |view| InstructionsView::of(&view, query.part)).await??))
}
