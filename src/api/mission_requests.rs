//! What creates and changes missions, read and checked as far as that goes without the network.

use serde::Deserialize;
use utoipa::ToSchema;

use super::extract::{Faults, read_object};
use super::location::{LocationRequest, check_position};
use super::networks::MAX_NAME;
use super::problem::Problem;
use super::strict::{object, objects, optional_object, optional_objects, whole};
use crate::app::{Location, MissionPatch, NewGoals, NewMission, NewUav};
use crate::domain::access::TenantId;
use crate::domain::geometry::LonLat;
use crate::domain::ids::{NetworkId, VehicleId};
use crate::domain::plan::StrategyChoice;

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
