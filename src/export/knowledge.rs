//! What is known of the segments, as GeoJSON with times.

use serde_json::{Value, json};

use super::Scene;
use super::decimals::{measure_number, position};
use crate::domain::ids::SegmentId;
use crate::domain::knowledge::{Knowledge, SegmentKnowledge, SegmentState};
use crate::domain::network::Place;
use crate::domain::timestamp::Timestamp;

/// A feature collection with a LineString for each segment that anything was ever said about, by id, and after each a Point
/// where its blockage is, when that is known.
///
/// `since` is when the observation that counts was made, or when the segment was closed or reopened; `until` is when the last
/// closing of it ends by itself. `blockage_probability` is the chance that it is blocked: 0 and 1 for what is known, the
/// network's prior otherwise.
pub fn knowledge(scene: Scene<'_>) -> Value {
    let mut features = Vec::new();
    for (id, known) in scene.mission.knowledge.details() {
        features.push(segment(scene, id, known));
        if let Some(offset_m) = known.blockage_offset_m() {
            let at = scene.network.lon_lat_at(Place { segment: id, offset_m });
            features.push(json!({
                "type": "Feature",
                "id": format!("blockage-{id}"),
                "geometry": { "type": "Point", "coordinates": position(at) },
                "properties": { "role": "blockage", "segment": id.0, "blockage_offset_m": measure_number(offset_m) },
            }));
        }
    }
    let (mission, revision) = (scene.mission.id, scene.mission.revision);
    json!({ "type": "FeatureCollection", "mission": mission, "revision": revision, "features": features })
}

fn segment(scene: Scene<'_>, id: SegmentId, known: &SegmentKnowledge) -> Value {
    let segment = scene.network.segment(id);
    let line: Vec<[f64; 2]> = segment.nodes.iter().map(|n| position(scene.network.node(*n).lon_lat())).collect();
    let closures = closures_of(&scene.mission.knowledge, known);
    let state = known.state();
    let ends: Option<Vec<Timestamp>> = closures.iter().map(|closure| closure.until).collect();
    let probability = match state {
        SegmentState::Blocked => 1.0,
        SegmentState::Clear => 0.0,
        SegmentState::Unknown => segment.blockage_probability,
    };
    let told: Vec<Value> = closures.iter().map(|closure| closure.value.clone()).collect();
    let observation = known.observation.as_ref();
    json!({
        "type": "Feature",
        "id": format!("segment-{id}"),
        "geometry": { "type": "LineString", "coordinates": line },
        "properties": {
            "role": "segment",
            "segment": id.0,
            "name": segment.name(),
            "length_m": measure_number(segment.length_m()),
            "state": state,
            "since": since(known, &closures),
            "until": ends.and_then(|ends| ends.into_iter().max()),
            "said_by": said_by(known, &closures),
            "blockage_probability": probability,
            "blockage_offset_m": known.blockage_offset_m().map(measure_number),
            "observed_at": observation.map(|report| report.observed_at),
            "reported_by": observation.map(|report| &report.reported_by),
            "finding": observation.map(|report| report.finding),
            "confidence": observation.map(|report| report.confidence),
            "reopened_at": known.reopened_at,
            "closures": told,
        },
    })
}

/// A closing in force on a segment.
struct InForce {
    since: Option<Timestamp>,
    until: Option<Timestamp>,
    closed_by: String,
    value: Value,
}

fn closures_of(knowledge: &Knowledge, known: &SegmentKnowledge) -> Vec<InForce> {
    let in_force = known.closed_by.iter().filter_map(|id| knowledge.closure(*id).map(|closure| (id, closure)));
    let told = in_force.map(|(id, closure)| InForce {
        since: closure.closed_at,
        until: closure.expires_at,
        closed_by: closure.closed_by.clone(),
        value: json!({
            "id": id,
            "reason": closure.reason,
            "closed_by": closure.closed_by,
            "closed_at": closure.closed_at,
            "expires_at": closure.expires_at,
        }),
    });
    told.collect()
}

/// Since when the state holds: of several closings the first.
fn since(known: &SegmentKnowledge, closures: &[InForce]) -> Option<Timestamp> {
    if !closures.is_empty() {
        return closures.iter().filter_map(|closure| closure.since).min();
    }
    match known.state() {
        SegmentState::Unknown => known.reopened_at,
        SegmentState::Clear | SegmentState::Blocked => known.observation.as_ref().map(|report| report.observed_at),
    }
}

/// Who the state is owed to; nobody for one that a reopening left unknown.
fn said_by(known: &SegmentKnowledge, closures: &[InForce]) -> Option<String> {
    if let Some(first) = closures.iter().min_by_key(|closure| closure.since) {
        return Some(first.closed_by.clone());
    }
    match known.state() {
        SegmentState::Unknown => None,
        SegmentState::Clear | SegmentState::Blocked => {
            known.observation.as_ref().map(|report| report.reported_by.0.clone())
        }
    }
}

/// The blocked segments whose blockage has a known point, by id, with its offset in metres.
pub(super) fn blockage_points(knowledge: &Knowledge) -> impl Iterator<Item = (SegmentId, f64)> + '_ {
    knowledge.details().filter_map(|(id, known)| known.blockage_offset_m().map(|offset_m| (id, offset_m)))
}
