//! Networks, plans, taskings and knowledge in the formats other programs read. Domain values in, documents out: no clock, no
//! HTTP, and the same text for the same values.
//!
//! Positions are WGS 84 longitude and latitude with seven decimals (a centimetre), lengths in metres and times in seconds
//! with three. `docs/FORMATS.md` says which program reads what.

pub mod cot;
pub mod csv;
mod decimals;
pub mod difference;
pub mod flight;
pub mod geojson;
pub mod gpx;
pub mod instructions;
pub mod kml;
pub mod knowledge;
mod markup;
mod outline;
pub mod qgc;
pub mod reachability;
mod simplify;
mod steps;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::domain::geometry::LonLat;
use crate::domain::ids::VehicleId;
use crate::domain::mission::{CurrentPlan, Mission};
use crate::domain::network::{Network, Place};
use crate::domain::plan::PlanBasis;
use crate::domain::vehicle::Fix;

/// What a document shows: a mission at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The mission.
    pub mission: &'a Mission,
    /// Its network.
    pub network: &'a Network,
    /// The latest position of each vehicle that has told one.
    pub positions: &'a BTreeMap<VehicleId, Fix>,
}

/// A waypoint or a goal.
struct Stop {
    role: &'static str,
    name: String,
    place: Place,
}

impl<'a> Scene<'a> {
    /// What people call the mission: its name, or its id if it has none.
    pub fn title(&self) -> String {
        let name = self.mission.settings.name.trim();
        if name.is_empty() { format!("mission {}", self.mission.id) } else { name.to_owned() }
    }

    /// The mission's current plan.
    pub fn plan(&self) -> Option<&'a CurrentPlan> {
        self.mission.plan.as_ref()
    }

    /// The waypoints that a plan was made with, each with its number among all of the mission's, from 1; then the goals, likewise
    /// with their numbers where there are several.
    fn stops(&self, basis: &PlanBasis) -> Vec<Stop> {
        let first = self.mission.settings.waypoints.len().saturating_sub(basis.waypoints.len()) + 1;
        let waypoints = basis.waypoints.iter().zip(first..);
        let goals = basis.goal.as_slice();
        let name = |i: usize| if goals.len() == 1 { "goal".to_owned() } else { format!("goal {}", i + 1) };
        let waypoints = waypoints.map(|(place, number)| Stop {
            role: "waypoint",
            name: format!("waypoint {number}"),
            place: *place,
        });
        waypoints
            .chain(goals.iter().enumerate().map(|(i, place)| Stop { role: "goal", name: name(i), place: *place }))
            .collect()
    }

    /// Where a vehicle is: where it said so last, else where the plan had it, else where it starts. `None` for a vehicle that
    /// is not of the mission.
    pub fn position_of(&self, vehicle: &VehicleId) -> Option<LonLat> {
        match self.positions.get(vehicle) {
            Some(Fix::Ugv(fix)) => return Some(fix.lon_lat),
            Some(Fix::Uav(fix)) => return Some(fix.position.lon_lat),
            None => {}
        }
        let settings = &self.mission.settings;
        let basis = self.plan().map(|current| &current.plan.basis);
        if vehicle.is_ugv() {
            return Some(basis.map_or(settings.start.lon_lat, |basis| self.network.lon_lat_at(basis.ugv.place)));
        }
        let planned = basis.and_then(|basis| basis.uavs.iter().find(|uav| uav.id == *vehicle));
        let start = settings.uavs.iter().find(|uav| uav.id == *vehicle).map(|uav| uav.start);
        match (planned, start) {
            // Not by way of the plane, when it has not moved: the same position comes out as went in.
            (Some(planned), Some(start)) if planned.point == start.point => Some(start.lon_lat),
            (Some(planned), _) => Some(self.network.plane().unproject(planned.point)),
            (None, start) => start.map(|start| start.lon_lat),
        }
    }
}
