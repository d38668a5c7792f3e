//! `/v1/missions/{id}/tasking` and `/cot`: a UAV's tasking for its autopilot, and the picture for TAK clients.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{ApiPath, ApiQuery, Faults};
use super::negotiation::{Offer, choose, document};
use super::plan::{no_plan_yet, scene};
use super::problem::Problem;
use crate::app::{App, MissionView, clock};
use crate::domain::geometry::LonLat;
use crate::domain::ids::{MissionId, VehicleId};
use crate::export::cot::{self, Validity};
use crate::export::flight::{AltitudeReference, Flight, FlightOptions};
use crate::export::qgc;

/// The height of a flight unless the request says another, in metres.
const DEFAULT_ALTITUDE_M: f64 = 40.0;
/// The greatest height that is taken, in metres. Drones are allowed 120 m in most places.
const MAX_ALTITUDE_M: f64 = 1_000.0;
/// After how many seconds events are stale unless the request says otherwise.
const DEFAULT_STALE_S: f64 = 300.0;
/// The longest that events may be good, in seconds.
const MAX_STALE_S: f64 = 86_400.0;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct TaskingQuery {
    /// The UAV's name.
    #[param(example = "uav-1", min_length = 1, max_length = 40, pattern = "^[A-Za-z0-9._-]+$", value_type = String)]
    uav: VehicleId,
    /// Overrides the `Accept` header.
    #[param(inline)]
    format: Option<TaskingFormat>,
    /// The height to fly at, in metres; 40 unless given.
    #[param(minimum = 1.0, maximum = 1000.0)]
    altitude_m: Option<f64>,
    /// What the height is counted from; `takeoff` unless given.
    #[param(inline)]
    altitude_reference: Option<ReferenceQuery>,
}

/// The formats a tasking is to be had in.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum TaskingFormat {
    /// MAVLink mission items, with the fields of MISSION_ITEM_INT.
    Json,
    /// A plan of QGroundControl, version 1.
    QgcPlan,
    /// A waypoint list, `QGC WPL 110`.
    QgcWpl,
}

const TASKING_FORMATS: [Offer<TaskingFormat>; 3] =
    [(TaskingFormat::Json, "application/json"), (TaskingFormat::QgcPlan, QGC_PLAN), (TaskingFormat::QgcWpl, QGC_WPL)];
const QGC_PLAN: &str = "application/vnd.qgroundcontrol.plan+json";
const QGC_WPL: &str = "text/plain; charset=utf-8";

/// What a height is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ReferenceQuery {
    /// The ground where the UAV takes off.
    Takeoff,
    /// The ground below it, by the autopilot's model of the terrain.
    Terrain,
}

/// A UAV's tasking as MAVLink mission items. It is what the documentation promises of [`Flight::mission_items`].
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MissionItems {
    /// The UAV.
    uav: VehicleId,
    /// The number of the plan in the log.
    plan_seq: u64,
    /// The revision of the knowledge the plan is for.
    revision: u64,
    /// The UAV's speed in metres per second.
    speed_mps: f64,
    /// The height of the flight in metres.
    altitude_m: f64,
    /// Where the UAV is, from where it takes off. ArduPilot wants it before the items, as number 0.
    home: LonLat,
    /// Take-off, speed, the inspections' lines, return to launch.
    items: Vec<MissionItem>,
}

/// One item, with the fields of MAVLink's MISSION_ITEM_INT.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MissionItem {
    /// Its number, from 0.
    seq: u32,
    /// MAV_FRAME: 3 above the take-off, 10 above the terrain, 2 without a position.
    frame: u8,
    /// MAV_CMD: 22 take-off, 178 speed, 16 waypoint, 20 return to launch.
    command: u16,
    /// 1 for the first, else 0.
    current: u8,
    /// Always 1: the next one follows by itself.
    autocontinue: u8,
    /// As the command has it; null is NaN, the autopilot's own choice.
    #[schema(required)]
    param1: Option<f64>,
    /// As the command has it.
    #[schema(required)]
    param2: Option<f64>,
    /// As the command has it.
    #[schema(required)]
    param3: Option<f64>,
    /// As the command has it; of a waypoint the heading.
    #[schema(required)]
    param4: Option<f64>,
    /// Latitude in ten-millionths of a degree; 0 without a position.
    x: i32,
    /// Longitude in ten-millionths of a degree; 0 without a position.
    y: i32,
    /// Height in metres, by the frame.
    z: f64,
    /// MAV_MISSION_TYPE: always 0, a mission.
    mission_type: u8,
}

/// Get a UAV's tasking for its autopilot
///
/// The inspections that the current plan has for the UAV, as a flight: take-off where it is, its speed, the segments' lines in
/// order, return to launch. As MAVLink mission items, as a plan of QGroundControl, or as a waypoint list (`QGC WPL 110`), whose
/// first row is the home position. There are no items if the plan has nothing for it to inspect.
#[utoipa::path(get, path = "/v1/missions/{mission_id}/tasking", operation_id = "get_tasking", tag = "plans", security(("permission" = ["read_mission"])),
    params(("mission_id" = MissionId, Path, description = "The mission"), TaskingQuery),
    responses((status = 200, description = "The flight", content(
        (MissionItems = "application/json"),
        (Object = "application/vnd.qgroundcontrol.plan+json", example = json!({"fileType": "Plan", "version": 1, "groundStation": "QGroundControl",
            "mission": {"version": 2, "firmwareType": 0, "vehicleType": 2, "cruiseSpeed": 20.0, "hoverSpeed": 20.0, "globalPlanAltitudeMode": 1,
                "plannedHomePosition": [35.66, 139.8, 0], "items": [{"type": "SimpleItem", "autoContinue": true, "command": 22, "doJumpId": 1, "frame": 3,
                "params": [0.0, 0.0, 0.0, null, 35.66, 139.8, 40.0], "Altitude": 40.0, "AltitudeMode": 1, "AMSLAltAboveTerrain": null}]},
            "geoFence": {"version": 2, "circles": [], "polygons": []}, "rallyPoints": {"version": 2, "points": []}})),
        (String = "text/plain", example = "QGC WPL 110\n0\t1\t0\t16\t0.000000\t0.000000\t0.000000\t0.000000\t35.66000000\t139.80000000\t0.000000\t1\n"))),
        (status = 406, description = "None of the accepted formats is to be had"),
        (status = 409, description = "There is no plan yet, or none that knows the UAV")))]
pub(super) async fn get_tasking(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
    ApiQuery(query): ApiQuery<TaskingQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let format = choose(query.format, &headers, &TASKING_FORMATS, "a tasking")?;
    let altitude_m = query.altitude_m.unwrap_or(DEFAULT_ALTITUDE_M);
    let mut faults = Faults::default();
    faults.require((1.0..=MAX_ALTITUDE_M).contains(&altitude_m), "altitude_m", "expected 1 to 1000");
    faults.require(query.uav.is_well_formed(), "uav", "expected 1 to 40 letters, digits, '-', '_' or '.'");
    faults.into_result("invalid_query")?;
    let reference = match query.altitude_reference {
        None | Some(ReferenceQuery::Takeoff) => AltitudeReference::Takeoff,
        Some(ReferenceQuery::Terrain) => AltitudeReference::Terrain,
    };
    let options = FlightOptions { altitude_m, reference };
    let uav = query.uav;
    let render = |view: MissionView<'_>| -> Result<Response, Problem> {
        if !view.mission.settings.uavs.iter().any(|known| known.id == uav) {
            let detail = format!("{uav} is no UAV of this mission");
            return Err(Problem::new(StatusCode::NOT_FOUND, "no_such_vehicle", detail.clone()).at("uav", detail));
        }
        let current = view.mission.plan.as_ref().ok_or_else(no_plan_yet)?;
        // A UAV that came after the plan gets its tasking with the next one.
        let flight = Flight::of(scene(&view), current, &uav, options).ok_or_else(no_plan_yet)?;
        let file = |ending: &str| Some(format!("outrider-{uav}-{id}.{ending}"));
        Ok(match format {
            TaskingFormat::Json => Json(flight.mission_items()).into_response(),
            TaskingFormat::QgcPlan => document(QGC_PLAN, qgc::plan(&flight).to_string(), file("plan")),
            TaskingFormat::QgcWpl => document(QGC_WPL, qgc::waypoints(&flight), file("waypoints")),
        })
    };
    app.read_mission(id, render).await?
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct CotQuery {
    /// After how many seconds the events are stale; 300 unless given.
    #[param(minimum = 1.0, maximum = 86400.0)]
    stale_s: Option<f64>,
}

/// The media type of a sequence of elements without a root (RFC 7303).
const COT: &str = "application/xml-external-parsed-entity";

/// Get the picture as Cursor on Target
///
/// The vehicles that have told a position, the route, the taskings and the blocked segments as CoT 2.0 events, one a line and
/// without a root element or XML declaration, as TAK servers and pytak take them. Uids stay the same from one answer to the next.
#[utoipa::path(get, path = "/v1/missions/{mission_id}/cot", operation_id = "get_cot", tag = "plans", security(("permission" = ["read_mission"])),
    params(("mission_id" = MissionId, Path, description = "The mission"), CotQuery),
    responses((status = 200, description = "The events", body = String, content_type = "application/xml-external-parsed-entity",
        example = json!("<event version=\"2.0\" uid=\"outrider.01938a6e-0000-7000-8000-000000000000.ugv\" type=\"a-f-G-E-V\" how=\"m-g\" time=\"2026-05-04T09:30:00.000Z\" start=\"2026-05-04T09:29:58.000Z\" stale=\"2026-05-04T09:35:00.000Z\"><point lat=\"35.6681000\" lon=\"139.8113000\" hae=\"9999999.0\" ce=\"9999999.0\" le=\"9999999.0\"/><detail><contact callsign=\"clinic run ugv\"/><remarks>on segment 17</remarks></detail></event>\n"))))]
pub(super) async fn get_cot(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
    ApiQuery(query): ApiQuery<CotQuery>,
) -> Result<Response, Problem> {
    let stale_s = query.stale_s.unwrap_or(DEFAULT_STALE_S);
    let mut faults = Faults::default();
    faults.require((1.0..=MAX_STALE_S).contains(&stale_s), "stale_s", "expected 1 to 86400");
    faults.into_result("invalid_query")?;
    let validity = Validity { now: clock::now(), stale_s };
    let events = app.study_mission(id, move |view| cot::events(scene(&view), validity)).await?;
    Ok(document(COT, events, None))
}
