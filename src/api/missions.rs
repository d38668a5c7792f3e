//! `/v1/missions`: creating, listing, changing, ending.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{ApiPath, Faults, JsonBytes, etag, idempotency_key, if_match, read_object, read_query};
use super::location::{LocationRequest, check_position};
use super::networks::{MAX_NAME, created};
use super::problem::Problem;
use super::strict::{object, objects, optional_object, optional_objects, whole};
use crate::app::{App, AppError, Location, MissionPatch, NewGoals, NewMission, NewUav};
use crate::app::{MissionFilter, MissionSummary};
use crate::domain::access::{Principal, TenantId};
use crate::domain::geometry::LonLat;
use crate::domain::ids::{MissionId, NetworkId, SegmentId, VehicleId};
use crate::domain::mission::{Endpoint, Mission, MissionStatus};
use crate::domain::plan::StrategyChoice;
use crate::domain::timestamp::Timestamp;
use crate::domain::vehicle::Uav;

/// The most UAVs of one mission.
const MAX_UAVS: usize = 100;
/// The most goals of one mission.
const MAX_GOALS: usize = 50;
/// The most waypoints of one mission: each is a search more for every plan.
const MAX_WAYPOINTS: usize = 20;
/// No vehicle is slower; what is would take longer than numbers reach.
const MIN_SPEED_MPS: f64 = 0.1;
/// No vehicle is faster; what is has a wrong unit.
const MAX_SPEED_MPS: f64 = 150.0;
/// Seeds that every JSON reader keeps exactly.
const MAX_SEED: u64 = (1 << 53) - 1;

/// A mission to be created.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "network_id": "01938a6e-0000-7000-8000-000000000000",
    "name": "clinic run",
    "start": {"position": {"lon": 139.8000, "lat": 35.6650}},
    "goal": {"position": {"lon": 139.8200, "lat": 35.6720}},
    "ugv": {"speed_mps": 10},
    "uavs": [{"speed_mps": 20}, {"speed_mps": 20}],
    "strategy": {"name": "shortest_path"}
}))]
pub(super) struct CreateMission {
    /// The network to run on.
    network_id: NetworkId,
    /// A name for people.
    #[serde(default)]
    #[schema(max_length = 200, pattern = r"^[^\u0000]*$")]
    name: String,
    /// Where the UGV starts.
    #[serde(deserialize_with = "object")]
    start: LocationRequest,
    /// Where it must get to. Either this or `goals`.
    #[serde(default, deserialize_with = "optional_object")]
    goal: Option<LocationRequest>,
    /// 1 to 50 places, any of which will do: the UGV goes to the one that it can reach soonest as far as is known, and to another one
    /// when that changes. Either this or `goal`.
    #[serde(default, deserialize_with = "optional_objects")]
    #[schema(min_items = 1, max_items = 50)]
    goals: Option<Vec<LocationRequest>>,
    /// Places to visit before the goal, in this order; at most 20.
    #[serde(default, deserialize_with = "objects")]
    #[schema(max_items = 20)]
    waypoints: Vec<LocationRequest>,
    /// The ground vehicle.
    #[serde(deserialize_with = "object")]
    ugv: UgvRequest,
    /// The drones, at most 100.
    #[serde(default, deserialize_with = "objects")]
    #[schema(max_items = 100)]
    uavs: Vec<UavRequest>,
    /// `shortest_path` unless given.
    #[serde(default, deserialize_with = "optional_object")]
    strategy: Option<StrategyRequest>,
    /// The seed of whatever planning draws at random; 0 unless given.
    #[serde(default, deserialize_with = "whole")]
    #[schema(maximum = 9007199254740991_u64)]
    seed: u64,
}

/// The ground vehicle.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UgvRequest {
    /// Its constant speed in metres per second.
    #[schema(minimum = 0.1, maximum = 150.0)]
    speed_mps: f64,
}

/// A drone.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UavRequest {
    /// Its name; `uav-1`, `uav-2` and so on unless given.
    id: Option<VehicleId>,
    /// Its speed in metres per second, when deadheading and when inspecting.
    #[schema(minimum = 0.1, maximum = 150.0)]
    speed_mps: f64,
    /// Where it starts; with the UGV unless given.
    #[serde(default, deserialize_with = "optional_object")]
    start: Option<LonLat>,
}

/// A strategy and its parameters.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StrategyRequest {
    /// One of `/v1/strategies`.
    #[schema(example = "shortest_path")]
    name: String,
    /// As the strategy's schema has them; absent ones have their defaults.
    #[serde(default)]
    #[schema(value_type = Object)]
    parameters: serde_json::Map<String, serde_json::Value>,
}

/// A change of a mission. What is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"strategy": {"name": "bidirectional"}}))]
pub(super) struct PatchMission {
    /// Another strategy.
    #[serde(default, deserialize_with = "optional_object")]
    strategy: Option<StrategyRequest>,
    /// Another goal, in place of all goals.
    #[serde(default, deserialize_with = "optional_object")]
    goal: Option<LocationRequest>,
    /// 1 to 50 other goals, in place of all. Either this or `goal`.
    #[serde(default, deserialize_with = "optional_objects")]
    #[schema(min_items = 1, max_items = 50)]
    goals: Option<Vec<LocationRequest>>,
    /// The whole new list of waypoints, in place of all that are still to be visited; at most 20.
    #[serde(default, deserialize_with = "optional_objects")]
    #[schema(max_items = 20)]
    waypoints: Option<Vec<LocationRequest>>,
    /// The whole new list of drones, at most 100.
    #[schema(max_items = 100)]
    #[serde(default, deserialize_with = "optional_objects")]
    uavs: Option<Vec<UavRequest>>,
}

/// The start, a waypoint or a goal of a mission.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EndpointView {
    /// The segment it is on.
    segment: SegmentId,
    /// Metres from the segment's first end.
    offset_m: f64,
    /// Where that is.
    position: LonLat,
    /// How far it is from the position that was asked for, in metres; 0 for a node or a place.
    snapped_m: f64,
}

impl EndpointView {
    pub(super) fn of(endpoint: &Endpoint) -> Self {
        Self {
            segment: endpoint.place.segment,
            offset_m: endpoint.place.offset_m,
            position: endpoint.lon_lat,
            snapped_m: endpoint.snapped_m,
        }
    }
}

/// A drone of a mission.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct UavView {
    /// Its name.
    id: VehicleId,
    /// Its speed in metres per second.
    speed_mps: f64,
    /// Where it starts.
    start: LonLat,
}

/// A mission.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MissionView {
    /// The mission.
    id: MissionId,
    /// Its name for people.
    name: String,
    /// The network it runs on.
    network_id: NetworkId,
    /// Where it stands.
    status: MissionStatus,
    /// Counts the changes of settings and status; the ETag.
    version: u64,
    /// The number of the log's last event.
    seq: u64,
    /// Counts the changes of knowledge.
    revision: u64,
    /// Where the UGV starts.
    start: EndpointView,
    /// Where it must get to; of several goals the first of the list.
    goal: EndpointView,
    /// All goals; the UGV goes to the one that it can reach soonest.
    goals: Vec<EndpointView>,
    /// The places to visit before the goal, in order.
    waypoints: Vec<EndpointView>,
    /// How many of the waypoints the UGV has visited.
    waypoints_visited: usize,
    /// The UGV's constant speed in metres per second.
    ugv_speed_mps: f64,
    /// The drones.
    uavs: Vec<UavView>,
    /// How it is planned.
    strategy: StrategyChoice,
    /// The seed of whatever planning draws at random.
    seed: u64,
    /// The number of the current plan's event; absent until there is a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan_seq: Option<u64>,
    /// When it was created.
    created_at: Timestamp,
    /// When settings or status last changed.
    changed_at: Timestamp,
}

impl MissionView {
    pub(super) fn of(mission: &Mission) -> Self {
        let settings = &mission.settings;
        let uav = |uav: &Uav| UavView { id: uav.id.clone(), speed_mps: uav.speed_mps, start: uav.start.lon_lat };
        Self {
            id: mission.id,
            name: settings.name.clone(),
            network_id: settings.network,
            status: mission.status,
            version: mission.version,
            seq: mission.seq,
            revision: mission.revision,
            start: EndpointView::of(&settings.start),
            goal: EndpointView::of(&settings.goal.as_slice()[0]),
            goals: settings.goal.as_slice().iter().map(EndpointView::of).collect(),
            waypoints: settings.waypoints.iter().map(EndpointView::of).collect(),
            waypoints_visited: mission.visited,
            ugv_speed_mps: settings.ugv.speed_mps,
            uavs: settings.uavs.iter().map(uav).collect(),
            strategy: settings.strategy.clone(),
            seed: settings.seed,
            plan_seq: mission.plan.as_ref().map(|plan| plan.seq),
            created_at: mission.created_at,
            changed_at: mission.changed_at,
        }
    }
}

/// The goals, if any are named and nothing is wrong with them.
fn read_goals(
    goal: Option<LocationRequest>,
    goals: Option<Vec<LocationRequest>>,
    faults: &mut Faults,
) -> Option<NewGoals> {
    faults.require(goal.is_none() || goals.is_none(), "/goals", "expected either goal or goals");
    let Some(goals) = goals else { return goal?.read("/goal", faults).map(NewGoals::One) };
    faults.require((1..=MAX_GOALS).contains(&goals.len()), "/goals", format!("expected 1 to {MAX_GOALS} goals"));
    let read: Vec<_> =
        goals.into_iter().enumerate().map(|(i, goal)| goal.read(&format!("/goals/{i}"), faults)).collect();
    read.into_iter().collect::<Option<Vec<_>>>().map(NewGoals::Any)
}

fn read_waypoints(waypoints: Vec<LocationRequest>, faults: &mut Faults) -> Vec<Location> {
    faults.require(waypoints.len() <= MAX_WAYPOINTS, "/waypoints", format!("at most {MAX_WAYPOINTS} waypoints"));
    let waypoints = waypoints.into_iter().enumerate();
    waypoints.filter_map(|(i, waypoint)| waypoint.read(&format!("/waypoints/{i}"), faults)).collect()
}

fn read_uavs(uavs: Vec<UavRequest>, faults: &mut Faults) -> Vec<NewUav> {
    faults.require(uavs.len() <= MAX_UAVS, "/uavs", format!("at most {MAX_UAVS} UAVs"));
    let mut read = Vec::with_capacity(uavs.len());
    for (i, uav) in uavs.into_iter().enumerate() {
        check_speed(uav.speed_mps, &format!("/uavs/{i}/speed_mps"), faults);
        let name_ok = uav.id.as_ref().is_none_or(VehicleId::is_well_formed);
        faults.require(name_ok, format!("/uavs/{i}/id"), "expected 1 to 40 letters, digits, '-', '_' or '.'");
        if let Some(start) = uav.start {
            check_position(start, &format!("/uavs/{i}/start"), faults);
        }
        read.push(NewUav { id: uav.id, speed_mps: uav.speed_mps, start: uav.start });
    }
    read
}

fn check_speed(speed_mps: f64, pointer: &str, faults: &mut Faults) {
    let ok = (MIN_SPEED_MPS..=MAX_SPEED_MPS).contains(&speed_mps);
    faults.require(ok, pointer, format!("expected {MIN_SPEED_MPS} to {MAX_SPEED_MPS} metres per second"));
}

fn read_strategy(strategy: StrategyRequest) -> StrategyChoice {
    StrategyChoice { name: strategy.name, parameters: strategy.parameters }
}

/// Create a mission
///
/// Start, waypoints and goals are nodes, positions (taken to the nearest segment; the answer says how far that was) or places on
/// segments. The first plan follows at once, on the stream and under `plan`.
#[utoipa::path(post, path = "/v1/missions", operation_id = "create_mission", tag = "missions", security(("permission" = ["operate"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat of this request answer as the first did", min_length = 1, max_length = 255, pattern = "^[!-~]([ -~]*[!-~])?$")),
    request_body = CreateMission,
    responses((status = 201, description = "Created", body = MissionView,
        headers(("Location" = String, description = "The mission's URL"), ("ETag" = String, description = "The mission's version")))))]
pub(super) async fn create_mission(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    headers: HeaderMap,
    JsonBytes(body): JsonBytes,
) -> Result<Response, Problem> {
    let key = idempotency_key(&principal, &headers, "mission", &[&body])?;
    let new = read_mission(&body, principal.tenant)?;
    let (mission, _, repeated) = app.create_mission(new, key).await?;
    created(&format!("/v1/missions/{}", mission.id), repeated, Some(etag(mission.version)), &MissionView::of(&mission))
}

/// Reads the body of `POST /v1/missions`, of a caller of this tenant.
///
/// # Errors
/// All that is wrong with it without knowing the network.
pub fn read_mission(body: &[u8], tenant: TenantId) -> Result<NewMission, Problem> {
    let new: CreateMission = read_object(body)?;
    let mut faults = Faults::default();
    faults.require(new.name.chars().count() <= MAX_NAME, "/name", format!("at most {MAX_NAME} characters"));
    faults.require(!new.name.contains('\0'), "/name", "the character U+0000 is not allowed");
    faults.require(new.seed <= MAX_SEED, "/seed", format!("at most {MAX_SEED}"));
    check_speed(new.ugv.speed_mps, "/ugv/speed_mps", &mut faults);
    let start = new.start.read("/start", &mut faults);
    let names_goals = new.goal.is_some() || new.goals.is_some();
    faults.require(names_goals, "/goal", "expected a goal, or several as goals");
    let goals = read_goals(new.goal, new.goals, &mut faults);
    let waypoints = read_waypoints(new.waypoints, &mut faults);
    let uavs = read_uavs(new.uavs, &mut faults);
    faults.into_result("invalid_mission")?;
    let (Some(start), Some(goals)) = (start, goals) else {
        return Err(Problem::internal("a location was refused without a word".into()));
    };
    let strategy = match new.strategy {
        Some(strategy) => read_strategy(strategy),
        None => StrategyChoice { name: "shortest_path".into(), parameters: serde_json::Map::new() },
    };
    Ok(NewMission {
        tenant,
        name: new.name,
        network: new.network_id,
        start,
        goals,
        waypoints,
        ugv_speed_mps: new.ugv.speed_mps,
        uavs,
        strategy,
        seed: new.seed,
    })
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListMissions {
    /// Of this status only.
    #[param(inline)]
    status: Option<MissionStatus>,
    /// On this network only.
    network_id: Option<NetworkId>,
    /// `next_cursor` of the page before.
    cursor: Option<MissionId>,
    /// How many; 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// A mission in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MissionListItem {
    /// The mission.
    id: MissionId,
    /// Its name for people.
    name: String,
    /// The network it runs on.
    network_id: NetworkId,
    /// Where it stands.
    status: MissionStatus,
    /// Counts the changes of settings and status.
    version: u64,
    /// The number of the log's last event.
    seq: u64,
    /// Counts the changes of knowledge.
    revision: u64,
    /// When it was created.
    created_at: Timestamp,
    /// When settings or status last changed.
    changed_at: Timestamp,
}

impl MissionListItem {
    fn of(summary: MissionSummary) -> Self {
        Self {
            id: summary.id,
            name: summary.name,
            network_id: summary.network,
            status: summary.status,
            version: summary.version,
            seq: summary.seq,
            revision: summary.revision,
            created_at: summary.created_at,
            changed_at: summary.changed_at,
        }
    }
}

/// A page of missions.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MissionList {
    /// Newest first.
    missions: Vec<MissionListItem>,
    /// Asks for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<MissionId>,
}

/// List missions
///
/// Newest first, page by page.
#[utoipa::path(get, path = "/v1/missions", operation_id = "list_missions", tag = "missions", security(("permission" = ["read_tenant"])),
    params(ListMissions), responses((status = 200, description = "A page of missions", body = MissionList)))]
pub(super) async fn list_missions(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    RawQuery(query): RawQuery,
) -> Result<Json<MissionList>, Problem> {
    let (filter, limit) = read_mission_filter(query.as_deref(), principal.tenant)?;
    let mut found = app.list_missions(filter, limit + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next_cursor = if more { found.last().map(|last| last.id) } else { None };
    Ok(Json(MissionList { missions: found.into_iter().map(MissionListItem::of).collect(), next_cursor }))
}

/// Reads the query of `GET /v1/missions`, of a caller of this tenant: which missions, and how many.
///
/// # Errors
/// The first parameter that is not valid.
pub fn read_mission_filter(query: Option<&str>, tenant: TenantId) -> Result<(MissionFilter, u32), Problem> {
    let query: ListMissions = read_query(query)?;
    let limit = query.limit.unwrap_or(50);
    let mut faults = Faults::default();
    faults.require((1..=200).contains(&limit), "limit", "expected 1 to 200");
    faults.into_result("invalid_query")?;
    let filter = MissionFilter { tenant, status: query.status, network: query.network_id, before: query.cursor };
    Ok((filter, limit))
}

/// The mission as it is now, with its ETag.
async fn present(app: &App, id: MissionId) -> Result<Response, Problem> {
    let view = app.read_mission(id, |view| MissionView::of(view.mission)).await?;
    Ok(([(header::ETAG, etag(view.version))], Json(view)).into_response())
}

/// Get a mission
#[utoipa::path(get, path = "/v1/missions/{mission_id}", operation_id = "get_mission", tag = "missions", security(("permission" = ["read_mission"])),
    params(("mission_id" = MissionId, Path, description = "The mission")),
    responses((status = 200, description = "The mission", body = MissionView, headers(("ETag" = String, description = "The mission's version")))))]
pub(super) async fn get_mission(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
) -> Result<Response, Problem> {
    present(&app, id).await
}

/// Change a mission
///
/// Changes strategy, goals, waypoints or UAVs; a new plan follows. With `If-Match`, only if nobody changed the mission since it was read.
#[utoipa::path(patch, path = "/v1/missions/{mission_id}", operation_id = "update_mission", tag = "missions", security(("permission" = ["operate"])),
    params(("mission_id" = MissionId, Path, description = "The mission"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the mission as it was read")),
    request_body = PatchMission,
    responses((status = 200, description = "The mission", body = MissionView, headers(("ETag" = String, description = "The mission's version"))),
              (status = 409, description = "The mission is over"), (status = 412, description = "The mission has changed since")))]
pub(super) async fn update_mission(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
    headers: HeaderMap,
    JsonBytes(body): JsonBytes,
) -> Result<Response, Problem> {
    let expected = if_match(&headers)?;
    app.change_mission(id, read_patch(&body)?, expected).await?;
    present(&app, id).await
}

/// Reads the body of `PATCH /v1/missions/{mission_id}`.
///
/// # Errors
/// All that is wrong with it without knowing the mission.
pub fn read_patch(body: &[u8]) -> Result<MissionPatch, Problem> {
    let PatchMission { strategy, goal, goals, waypoints, uavs } = read_object(body)?;
    let mut faults = Faults::default();
    let patch = MissionPatch {
        strategy: strategy.map(read_strategy),
        goals: read_goals(goal, goals, &mut faults),
        waypoints: waypoints.map(|waypoints| read_waypoints(waypoints, &mut faults)),
        uavs: uavs.map(|uavs| read_uavs(uavs, &mut faults)),
    };
    faults.into_result("invalid_mission")?;
    Ok(patch)
}

/// Pause a mission
///
/// Reports are still taken in, but nothing is planned. Pausing again changes nothing.
#[utoipa::path(post, path = "/v1/missions/{mission_id}/pause", operation_id = "pause_mission", tag = "missions", security(("permission" = ["operate"])),
    params(("mission_id" = MissionId, Path, description = "The mission"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the mission as it was read")),
    responses((status = 200, description = "The mission", body = MissionView, headers(("ETag" = String, description = "The mission's version"))),
              (status = 409, description = "The mission is over"), (status = 412, description = "The mission has changed since")))]
pub(super) async fn pause_mission(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    app.pause_mission(id, true, if_match(&headers)?).await?;
    present(&app, id).await
}

/// Resume a mission
///
/// A plan on the present knowledge follows. Resuming again changes nothing.
#[utoipa::path(post, path = "/v1/missions/{mission_id}/resume", operation_id = "resume_mission", tag = "missions", security(("permission" = ["operate"])),
    params(("mission_id" = MissionId, Path, description = "The mission"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the mission as it was read")),
    responses((status = 200, description = "The mission", body = MissionView, headers(("ETag" = String, description = "The mission's version"))),
              (status = 409, description = "The mission is over"), (status = 412, description = "The mission has changed since")))]
pub(super) async fn resume_mission(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    app.pause_mission(id, false, if_match(&headers)?).await?;
    present(&app, id).await
}

/// Cancel a mission
///
/// Ends it for good. Cancelling again changes nothing.
#[utoipa::path(post, path = "/v1/missions/{mission_id}/cancel", operation_id = "cancel_mission", tag = "missions", security(("permission" = ["operate"])),
    params(("mission_id" = MissionId, Path, description = "The mission"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the mission as it was read")),
    responses((status = 200, description = "The mission", body = MissionView, headers(("ETag" = String, description = "The mission's version"))),
              (status = 409, description = "The UGV has arrived already"), (status = 412, description = "The mission has changed since")))]
pub(super) async fn cancel_mission(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let expected = if_match(&headers)?;
    app.cancel_mission(id, expected).await.map_err(|error: AppError| Problem::from(error))?;
    present(&app, id).await
}
