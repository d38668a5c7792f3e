//! Missions as they are answered.

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::geometry::LonLat;
use crate::domain::ids::{MissionId, NetworkId, SegmentId, VehicleId};
use crate::domain::mission::{Endpoint, Mission, MissionStatus};
use crate::domain::plan::StrategyChoice;
use crate::domain::timestamp::Timestamp;
use crate::domain::vehicle::Uav;

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
    pub(super) version: u64,
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
