//! GeoJSON (RFC 7946) of networks and plans.

use serde_json::{Value, json};

use super::decimals::{self, measure_number};
use super::{Scene, steps};
use crate::domain::geometry::LonLat;
use crate::domain::ids::{SegmentId, VehicleId};
use crate::domain::mission::CurrentPlan;
use crate::domain::network::{Leg, Network, Place};
use crate::domain::plan::{Outcome, Plan, Route};
use crate::domain::vehicle::Fix;

/// A feature collection with a LineString for each of the segments: its id, length, and what the source said of it.
pub fn segments(network: &Network, ids: impl IntoIterator<Item = SegmentId>) -> Value {
    let features: Vec<Value> = ids
        .into_iter()
        .map(|id| {
            let segment = network.segment(id);
            let line: Vec<[f64; 2]> = segment.nodes.iter().map(|n| position(network.node(*n).lon_lat())).collect();
            let mut feature = json!({
                "type": "Feature",
                "id": id.0,
                "geometry": { "type": "LineString", "coordinates": line },
                "properties": {
                    "segment": id.0,
                    "length_m": segment.length_m(),
                    "oneway": segment.oneway,
                    "speed_limit_mps": segment.speed_limit_mps,
                    "name": segment.name(),
                    "source_ids": segment.source_ids().collect::<Vec<_>>(),
                    "blockage_probability": segment.blockage_probability,
                    "first_node": network.node(segment.first()).id(),
                    "last_node": network.node(segment.last()).id(),
                },
            });
            // What is not known of a road is not written: most networks have little of it.
            let road = segment.road;
            let properties = &mut feature["properties"];
            for (name, word) in [("highway", road.class.map(|c| c.name())), ("surface", road.surface.map(|s| s.name()))]
            {
                if let Some(word) = word {
                    properties[name] = json!(word);
                }
            }
            for (name, holds) in [("bridge", road.bridge), ("tunnel", road.tunnel), ("ford", road.ford)] {
                if holds {
                    properties[name] = json!(true);
                }
            }
            feature
        })
        .collect();
    json!({ "type": "FeatureCollection", "features": features })
}

/// A feature collection of a plan; each feature's `role` says what it is:
///
/// - `route`: the UGV's route as it was planned; `remaining`: what is left of it from where the UGV is now.
/// - `inspection`: one flight of a UAV along a segment, in the order of its tasking.
/// - `start`, `waypoint`, `goal`, `vehicle`: points; where the plan begins and ends, and where the vehicles last said they are.
///
/// Lengths and offsets are in metres, times in seconds from the plan's basis.
pub fn plan(scene: Scene<'_>, current: &CurrentPlan) -> Value {
    let (network, plan) = (scene.network, &*current.plan);
    let mut features = Vec::new();
    if let Some(route) = plan.decision.outcome.route() {
        features.push(way("route", network, route, plan));
        let fix = match scene.positions.get(&VehicleId::ugv()) {
            Some(Fix::Ugv(fix)) => Some(fix),
            Some(Fix::Uav(_)) | None => None,
        };
        if let Some(rest) = steps::remaining(network, route, plan.basis.ugv.speed_mps, fix) {
            features.push(way("remaining", network, &rest, plan));
        }
    }
    for tasking in &plan.decision.tasking {
        for (order, inspection) in tasking.inspections.iter().enumerate() {
            let segment = network.segment(inspection.leg.segment);
            features.push(json!({
                "type": "Feature",
                "geometry": { "type": "LineString", "coordinates": fixed_line(network, &[inspection.leg]) },
                "properties": {
                    "role": "inspection",
                    "vehicle": tasking.uav,
                    "order": order + 1,
                    "segment": inspection.leg.segment.0,
                    "name": segment.name(),
                    "direction": inspection.leg.direction(),
                    "from_m": measure_number(inspection.leg.from_m),
                    "to_m": measure_number(inspection.leg.to_m),
                    "length_m": measure_number(inspection.leg.length_m()),
                    "begins_s": measure_number(inspection.begins_s),
                    "ends_s": measure_number(inspection.ends_s),
                },
            }));
        }
    }
    features.push(place("start", network, plan.basis.ugv.place));
    for stop in scene.stops(&plan.basis) {
        let mut feature = place(stop.role, network, stop.place);
        if stop.name != stop.role {
            feature["properties"]["name"] = json!(stop.name);
        }
        features.push(feature);
    }
    for (vehicle, fix) in scene.positions {
        let at = match fix {
            Fix::Ugv(fix) => fix.lon_lat,
            Fix::Uav(fix) => fix.position.lon_lat,
        };
        let properties = json!({ "role": "vehicle", "vehicle": vehicle, "observed_at": fix.observed_at() });
        features.push(point(at, properties));
    }
    json!({
        "type": "FeatureCollection",
        "mission": scene.mission.id,
        "plan_seq": current.seq,
        "revision": plan.basis.revision,
        "recorded_at": current.recorded_at,
        "outcome": outcome(&plan.decision.outcome),
        "features": features,
    })
}

/// A Point of the UGV's, by its role.
pub fn place(role: &str, network: &Network, place: Place) -> Value {
    let offset_m = measure_number(place.offset_m);
    let properties = json!({ "role": role, "vehicle": "ugv", "segment": place.segment.0, "offset_m": offset_m });
    point(network.lon_lat_at(place), properties)
}

fn point(at: LonLat, properties: Value) -> Value {
    let geometry = json!({ "type": "Point", "coordinates": decimals::position(at) });
    json!({ "type": "Feature", "geometry": geometry, "properties": properties })
}

fn way(role: &str, network: &Network, route: &Route, plan: &Plan) -> Value {
    json!({
        "type": "Feature",
        "geometry": { "type": "LineString", "coordinates": fixed_line(network, &route.legs) },
        "properties": {
            "role": role,
            "vehicle": "ugv",
            "length_m": measure_number(route.length_m),
            "duration_s": measure_number(route.duration_s),
            "speed_mps": plan.basis.ugv.speed_mps,
            "segments": route.legs.iter().map(|leg| leg.segment.0).collect::<Vec<_>>(),
        },
    })
}

fn outcome(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Route { .. } => "route",
        Outcome::AlreadyThere => "already_there",
        Outcome::NoWay { .. } => "no_way",
        Outcome::BudgetSpent { .. } => "budget_spent",
    }
}

/// The positions of legs that follow each other; where one ends and the next begins is one position.
pub fn line(network: &Network, legs: &[Leg]) -> Vec<[f64; 2]> {
    steps::line(network, legs).into_iter().map(position).collect()
}

/// The same with fixed decimals, and with two positions at least: a LineString has as many, also one without length.
fn fixed_line(network: &Network, legs: &[Leg]) -> Vec<[f64; 2]> {
    let mut line: Vec<[f64; 2]> = steps::line(network, legs).into_iter().map(decimals::position).collect();
    if let [only] = *line.as_slice() {
        line.push(only);
    }
    line
}

fn position(at: LonLat) -> [f64; 2] {
    [at.lon, at.lat]
}
