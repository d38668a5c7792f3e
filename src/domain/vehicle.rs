//! The vehicles of a mission and where they are.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::geometry::{LonLat, Point};
use super::ids::VehicleId;
use super::network::{Direction, Leg, Place};
use super::timestamp::Timestamp;

/// The ground vehicle of a mission.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Ugv {
    /// Its constant speed in metres per second.
    pub speed_mps: f64,
}

/// A drone of a mission.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Uav {
    /// Its name, unique in the mission.
    pub id: VehicleId,
    /// Its speed in metres per second, when deadheading and when inspecting.
    pub speed_mps: f64,
    /// Where it starts; the UGV's start unless given.
    pub start: UavPosition,
}

/// Where a drone is: on the Earth, and in the network's plane in which it is planned.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UavPosition {
    /// WGS 84.
    pub lon_lat: LonLat,
    /// In the network's local plane.
    pub point: Point,
}

/// The latest position of a UGV, on the network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UgvFix {
    /// When it was there, by its own clock.
    pub observed_at: Timestamp,
    /// Where it is on the network.
    pub place: Place,
    /// The direction in which it came onto this segment, when an earlier fix tells: forward means by the first end. It is
    /// still on that side of a blockage, whatever GPS says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub entered: Option<Direction>,
    /// The waypoint that lies on the planned route between an earlier fix and this one, where there was time to drive by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed: Option<Place>,
    /// Where it said it is.
    pub lon_lat: LonLat,
    /// How far the place is from where it said it is, in metres.
    pub snapped_m: f64,
}

/// The latest position of a UAV.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UavFix {
    /// When it was there, by its own clock.
    pub observed_at: Timestamp,
    /// Where it is.
    pub position: UavPosition,
    /// The inspection it is flying, from where it has got to; `None` while it deadheads or idles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inspecting: Option<Leg>,
}

/// Something a vehicle did that matters for planning, so that it belongs in the log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct VehicleEvent {
    /// What happened.
    pub change: VehicleChange,
    /// The vehicle.
    pub vehicle: VehicleId,
    /// Where on the network.
    pub place: Place,
    /// When, by the vehicle's clock.
    pub observed_at: Timestamp,
}

/// What a vehicle did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VehicleChange {
    /// The UGV is not on its route any more.
    Deviated,
    /// The UGV has come by the next of the waypoints.
    VisitedWaypoint,
    /// The UGV has reached a goal.
    Arrived,
}

/// A vehicle's latest position.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Fix {
    /// Of the UGV.
    Ugv(UgvFix),
    /// Of a UAV.
    Uav(UavFix),
}

impl Fix {
    /// When the vehicle was there, by its own clock.
    pub fn observed_at(&self) -> Timestamp {
        match self {
            Fix::Ugv(fix) => fix.observed_at,
            Fix::Uav(fix) => fix.observed_at,
        }
    }
}
