//! A UAV's tasking as a flight an autopilot can take: MAVLink mission items (<https://mavlink.io/en/services/mission.html>).
//!
//! Take-off where the UAV is, its own speed, the inspections' lines in order, and a return to launch. The simulator's UAV flies
//! straight between inspections, and so does an autopilot between two waypoints.

use serde_json::{Value, json};

use super::Scene;
use super::decimals::{degrees_e7, measure_number, position};
use super::steps::line;
use crate::domain::geometry::LonLat;
use crate::domain::ids::VehicleId;
use crate::domain::mission::CurrentPlan;

/// `MAV_CMD_NAV_WAYPOINT`.
pub(super) const WAYPOINT: u16 = 16;
/// `MAV_CMD_NAV_RETURN_TO_LAUNCH`.
const RETURN_TO_LAUNCH: u16 = 20;
/// `MAV_CMD_NAV_TAKEOFF`.
const TAKEOFF: u16 = 22;
/// `MAV_CMD_DO_CHANGE_SPEED`.
const CHANGE_SPEED: u16 = 178;
/// `MAV_FRAME_GLOBAL`: above mean sea level.
pub(super) const FRAME_GLOBAL: u8 = 0;
/// `MAV_FRAME_MISSION`: the item has no position.
const FRAME_MISSION: u8 = 2;
/// `MAV_FRAME_GLOBAL_RELATIVE_ALT`.
pub(super) const FRAME_RELATIVE: u8 = 3;
/// `MAV_FRAME_GLOBAL_TERRAIN_ALT`.
pub(super) const FRAME_TERRAIN: u8 = 10;
/// `SPEED_TYPE_GROUNDSPEED`.
const GROUND_SPEED: f64 = 1.0;

/// What heights are counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AltitudeReference {
    /// The ground where the UAV takes off: right over flat land, and every autopilot knows it.
    Takeoff,
    /// The ground below the UAV: needs an autopilot with a model of the terrain.
    Terrain,
}

/// How it is to be flown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FlightOptions {
    /// The height in metres.
    pub altitude_m: f64,
    /// Above what.
    pub reference: AltitudeReference,
}

/// One mission item.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Item {
    pub(super) command: u16,
    pub(super) frame: u8,
    /// `None` is MAVLink's NaN: the autopilot's own choice.
    pub(super) params: [Option<f64>; 4],
    pub(super) at: Option<LonLat>,
    /// Metres; 0 without a position.
    pub(super) altitude_m: f64,
}

/// A UAV's flight.
#[derive(Clone, Debug, PartialEq)]
pub struct Flight {
    /// The UAV.
    pub uav: VehicleId,
    /// The number of the plan in the log.
    pub plan_seq: u64,
    /// The revision of the knowledge the plan is for.
    pub revision: u64,
    /// Its speed in metres per second.
    pub speed_mps: f64,
    /// Where it is now, from where it takes off.
    pub home: LonLat,
    /// How it is to be flown.
    pub options: FlightOptions,
    pub(super) items: Vec<Item>,
}

impl Flight {
    /// The UAV's flight by the plan; without any item if the plan has nothing for it to inspect, as then it need not take off.
    /// `None` if the plan does not know the UAV.
    pub fn of(scene: Scene<'_>, current: &CurrentPlan, uav: &VehicleId, options: FlightOptions) -> Option<Self> {
        let tasking = current.plan.decision.tasking.iter().find(|tasking| tasking.uav == *uav)?;
        let situation = current.plan.basis.uavs.iter().find(|situation| situation.id == *uav)?;
        let home = scene.position_of(uav)?;
        let altitude_m = options.altitude_m;
        let frame = match options.reference {
            AltitudeReference::Takeoff => FRAME_RELATIVE,
            AltitudeReference::Terrain => FRAME_TERRAIN,
        };
        let zero = Some(0.0);
        let go_to = |at: LonLat| {
            let params = [zero, zero, zero, None];
            Item { command: WAYPOINT, frame, params, at: Some(at), altitude_m }
        };
        // Where it takes off there is no ground but that.
        let (params, at) = ([zero, zero, zero, None], Some(home));
        let mut items = vec![Item { command: TAKEOFF, frame: FRAME_RELATIVE, params, at, altitude_m }];
        // A throttle of -1 leaves it as it is.
        let params = [Some(GROUND_SPEED), Some(situation.speed_mps), Some(-1.0), zero];
        let no_place = Item { command: CHANGE_SPEED, frame: FRAME_MISSION, params, at: None, altitude_m: 0.0 };
        items.push(no_place);
        let legs = tasking.inspections.iter().map(|inspection| inspection.leg).collect::<Vec<_>>();
        items.extend(line(scene.network, &legs).into_iter().map(go_to));
        items.push(Item { command: RETURN_TO_LAUNCH, params: [zero; 4], ..no_place });
        if tasking.inspections.is_empty() {
            items.clear();
        }
        let (plan_seq, revision) = (current.seq, current.plan.basis.revision);
        Some(Self { uav: uav.clone(), plan_seq, revision, speed_mps: situation.speed_mps, home, options, items })
    }

    /// The items with the fields of `MISSION_ITEM_INT`: `x` is the latitude and `y` the longitude in ten-millionths of a degree,
    /// `z` the height in metres, and `null` stands for NaN. Who uploads them adds the target, and for ArduPilot `home` before them.
    pub fn mission_items(&self) -> Value {
        let items: Vec<Value> = self.items.iter().enumerate().map(|(seq, item)| item_int(seq, item)).collect();
        let [lon, lat] = position(self.home);
        json!({
            "uav": self.uav,
            "plan_seq": self.plan_seq,
            "revision": self.revision,
            "speed_mps": self.speed_mps,
            "altitude_m": self.options.altitude_m,
            "home": { "lon": lon, "lat": lat },
            "items": items,
        })
    }
}

fn item_int(seq: usize, item: &Item) -> Value {
    let [param1, param2, param3, param4] = item.params.map(|param| param.map(measure_number));
    json!({
        "seq": seq,
        "frame": item.frame,
        "command": item.command,
        "current": u8::from(seq == 0),
        "autocontinue": 1,
        "param1": param1,
        "param2": param2,
        "param3": param3,
        "param4": param4,
        "x": item.at.map_or(0, |at| degrees_e7(at.lat)),
        "y": item.at.map_or(0, |at| degrees_e7(at.lon)),
        "z": measure_number(item.altitude_m),
        "mission_type": 0,
    })
}
