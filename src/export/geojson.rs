//! GeoJSON (RFC 7946) of networks and plans.

use serde_json::{Value, json};

use crate::domain::geometry::LonLat;
use crate::domain::ids::SegmentId;
use crate::domain::network::{Leg, Network};
use crate::domain::plan::Plan;

/// A feature collection with a LineString for each of the segments: its id, length, and what the source said of it.
pub fn segments(network: &Network, ids: impl IntoIterator<Item = SegmentId>) -> Value {
    let features: Vec<Value> = ids
        .into_iter()
        .map(|id| {
            let segment = network.segment(id);
            let line: Vec<[f64; 2]> = segment.nodes.iter().map(|n| position(network.node(*n).lon_lat)).collect();
            let mut feature = json!({
                "type": "Feature",
                "id": id.0,
                "geometry": { "type": "LineString", "coordinates": line },
                "properties": {
                    "segment": id.0,
                    "length_m": segment.length_m(),
                    "oneway": segment.oneway,
                    "speed_limit_mps": segment.speed_limit_mps,
                    "name": segment.name,
                    "source_ids": segment.source_ids,
                    "blockage_probability": segment.blockage_probability,
                    "first_node": network.node(segment.first()).id,
                    "last_node": network.node(segment.last()).id,
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

/// A feature collection with the UGV's route as one LineString, and one LineString for each inspection of a UAV.
pub fn plan(network: &Network, plan: &Plan) -> Value {
    let mut features = Vec::new();
    if let Some(route) = plan.decision.outcome.route() {
        features.push(json!({
            "type": "Feature",
            "geometry": { "type": "LineString", "coordinates": line(network, &route.legs) },
            "properties": {
                "role": "route",
                "vehicle": "ugv",
                "length_m": route.length_m,
                "duration_s": route.duration_s,
                "segments": route.legs.iter().map(|leg| leg.segment.0).collect::<Vec<_>>(),
            },
        }));
    }
    for tasking in &plan.decision.tasking {
        for (order, inspection) in tasking.inspections.iter().enumerate() {
            features.push(json!({
                "type": "Feature",
                "geometry": { "type": "LineString", "coordinates": line(network, &[inspection.leg]) },
                "properties": {
                    "role": "inspection",
                    "vehicle": tasking.uav,
                    "order": order + 1,
                    "segment": inspection.leg.segment.0,
                    "direction": inspection.leg.direction(),
                    "begins_s": inspection.begins_s,
                    "ends_s": inspection.ends_s,
                },
            }));
        }
    }
    json!({ "type": "FeatureCollection", "features": features })
}

/// The positions of legs that follow each other; where one ends and the next begins is one position.
pub fn line(network: &Network, legs: &[Leg]) -> Vec<[f64; 2]> {
    let mut line: Vec<[f64; 2]> = Vec::new();
    for leg in legs {
        for at in network.line_of(*leg) {
            if line.last() != Some(&position(at)) {
                line.push(position(at));
            }
        }
    }
    line
}

fn position(at: LonLat) -> [f64; 2] {
    [at.lon, at.lat]
}
