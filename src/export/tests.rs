//! Every format on one small mission, word for word: the files in `tests/formats/expected`, which `.ci/formats` gives to the
//! programs that are to read them. `OUTRIDER_WRITE_DOCS=1` writes them anew.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use super::cot::{self, Validity};
use super::flight::{AltitudeReference, Flight, FlightOptions};
use super::{Scene, csv, geojson, gpx, kml, knowledge, qgc};
use crate::domain::closure::{Closing, Closure};
use crate::domain::destination::Goals;
use crate::domain::geometry::LonLat;
use crate::domain::ids::{ClosureId, MissionId, NetworkId, ReportId, SegmentId, VehicleId};
use crate::domain::mission::{Endpoint, EventBody, Mission, MissionEvent, MissionSettings};
use crate::domain::network::{Direction, Leg, Network, Place};
use crate::domain::plan::{
    Decision, Inspection, Outcome, Plan, PlanBasis, Route, StrategyChoice, Tasking, UavSituation, UgvSituation,
};
use crate::domain::report::{Finding, Report};
use crate::domain::timestamp::Timestamp;
use crate::domain::vehicle::{Fix, Uav, UavFix, UavPosition, Ugv, UgvFix};
use crate::import::{Components, from_geojson};

/// Four roads round a block and one across it, with names that try the writers.
fn network() -> Network {
    let (a, b, c, d) = ("[8.0, 50.0]", "[8.004, 50.0]", "[8.004, 50.003]", "[8.0, 50.003]");
    let road = |name: &str, line: &str| {
        let name = Value::from(name);
        format!(
            r#"{{"type": "Feature", "properties": {{"name": {name}}}, "geometry": {{"type": "LineString", "coordinates": [{line}]}}}}"#
        )
    };
    let roads = [
        road("Quay, \"Old\" & <New>", &format!("{a}, [8.002, 49.9997], {b}")),
        road("Žitná 🚗", &format!("{b}, {c}")),
        road("", &format!("{c}, {d}")),
        road("=1+1", &format!("{d}, {a}")),
        road("Diagonal", &format!("{a}, {c}")),
    ];
    let document = format!(r#"{{"type": "FeatureCollection", "features": [{}]}}"#, roads.join(", "));
    from_geojson(document.as_bytes(), Components::All).unwrap().network
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn uav(n: u32) -> VehicleId {
    VehicleId(format!("uav-{n}"))
}

/// From a to c: along the quay, as the diagonal is blocked; the first UAV inspects Žitná against its line and the north road,
/// the second has nothing to do. One road is closed until the evening.
fn mission(network: &Network) -> Mission {
    let node = |id: &str| network.place_of_node(network.node_by_id(id).unwrap()).unwrap();
    let (start, goal) = (node("0"), node("3"));
    let end = |place: Place| Endpoint { place, lon_lat: network.lon_lat_at(place), snapped_m: 0.0 };
    let position = |place: Place| UavPosition { lon_lat: network.lon_lat_at(place), point: network.point_at(place) };
    let uavs: Vec<Uav> =
        [(1, 18.0), (2, 12.5)].map(|(n, speed_mps)| Uav { id: uav(n), speed_mps, start: position(start) }).into();
    let settings = MissionSettings {
        name: "Clinic run <1>".into(),
        network: NetworkId(Uuid::from_u128(0x0193_8a6e_0000_7000_8000_0000_0000_0001)),
        segment_count: network.segments().len() as u32,
        start: end(start),
        goal: Goals::One(end(goal)),
        waypoints: vec![],
        ugv: Ugv { speed_mps: 8.0 },
        uavs: uavs.clone(),
        strategy: StrategyChoice { name: "shortest_path".into(), parameters: serde_json::Map::new() },
        seed: 0,
    };
    let body = EventBody::MissionCreated(settings);
    let created = MissionEvent { seq: 1, revision: 0, recorded_at: at("2026-05-04T09:00:00Z"), body };
    let id = MissionId(Uuid::from_u128(0x0193_8a6e_0000_7000_8000_0000_0000_0002));
    let mut mission = Mission::created(id, &created).unwrap();
    let report = |n: u128, segment: u32, finding, blockage_offset_m| Report {
        id: ReportId(Uuid::from_u128(n)),
        segment: SegmentId(segment),
        finding,
        blockage_offset_m,
        observed_at: at("2026-05-04T09:10:00.5Z"),
        reported_by: uav(2),
        confidence: 0.9,
    };
    mission.append(EventBody::Report(report(1, 4, Finding::Blocked, Some(120.0)).into()), at("2026-05-04T09:10:01Z"));
    mission.append(EventBody::Report(report(2, 0, Finding::Clear, None).into()), at("2026-05-04T09:10:02Z"));
    let closing = Closing {
        id: ClosureId(Uuid::from_u128(11)),
        segments: vec![SegmentId(3)],
        reason: "burst main & \"flood\"".into(),
        expires_at: Some(at("2026-05-04T20:00:00Z")),
    };
    let (id, closed_by) = (ClosureId(Uuid::from_u128(10)), "roads".to_owned());
    let closing = Closure::CloseEach { id, closings: vec![closing], closed_by };
    mission.append(EventBody::Closure(closing), at("2026-05-04T09:11:00Z"));
    mission.append(EventBody::Plan(Arc::new(plan(network, &mission, start, goal))), at("2026-05-04T09:11:00.25Z"));
    mission
}

fn plan(network: &Network, mission: &Mission, start: Place, goal: Place) -> Plan {
    let whole = |segment: u32, direction| network.whole_leg(SegmentId(segment), direction);
    let legs = vec![whole(0, Direction::Forward), whole(1, Direction::Forward)];
    let length_m = legs.iter().map(Leg::length_m).sum::<f64>();
    let first = whole(1, Direction::Backward);
    let second = Leg { segment: SegmentId(2), from_m: 0.0, to_m: 100.0 };
    let inspections = vec![
        Inspection { leg: first, begins_s: 20.0, ends_s: 20.0 + first.length_m() / 18.0 },
        Inspection { leg: second, begins_s: 60.0, ends_s: 60.0 + 100.0 / 18.0 },
    ];
    let situation = |known: &Uav| UavSituation {
        id: known.id.clone(),
        point: known.start.point,
        speed_mps: known.speed_mps,
        inspecting: None,
        bound_for: None,
    };
    Plan {
        basis: PlanBasis {
            seq: mission.seq,
            revision: mission.revision,
            seed: 0,
            strategy: mission.settings.strategy.clone(),
            goal: Goals::One(goal),
            waypoints: vec![],
            ugv: UgvSituation { place: start, speed_mps: 8.0 },
            uavs: mission.settings.uavs.iter().map(situation).collect(),
        },
        provisional: false,
        decision: Decision {
            outcome: Outcome::Route { route: Route { legs, length_m, duration_s: length_m / 8.0 } },
            tasking: vec![Tasking { uav: uav(1), inspections }, Tasking { uav: uav(2), inspections: vec![] }],
        },
    }
}

fn positions(network: &Network) -> BTreeMap<VehicleId, Fix> {
    let place = Place { segment: SegmentId(0), offset_m: 100.0 };
    let ugv = UgvFix {
        passed: None,
        observed_at: at("2026-05-04T09:11:10Z"),
        place,
        entered: None,
        lon_lat: network.lon_lat_at(place),
        snapped_m: 0.0,
    };
    let lon_lat = LonLat { lon: 8.0021, lat: 50.0004 };
    let position = UavPosition { lon_lat, point: network.plane().project(lon_lat) };
    let fix = UavFix { observed_at: at("2026-05-04T09:11:12.75Z"), position, inspecting: None };
    [(VehicleId::ugv(), Fix::Ugv(ugv)), (uav(1), Fix::Uav(fix))].into()
}

/// Compares with the committed file, or writes it.
#[track_caller]
fn expect(file: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/formats/expected").join(file);
    if std::env::var_os("OUTRIDER_WRITE_DOCS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let differs = expected.lines().zip(text.lines()).find(|(a, b)| a != b);
    assert!(expected == text, "{file} is not as it was; the first difference: {differs:#?}");
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap() + "\n"
}

#[test]
fn every_format_has_the_mission_word_for_word() {
    let network = network();
    let mission = mission(&network);
    let positions = positions(&network);
    let scene = Scene { mission: &mission, network: &network, positions: &positions };
    let current = scene.plan().unwrap();
    expect("plan.geojson", &pretty(&geojson::plan(scene, current)));
    expect("plan.gpx", &gpx::plan(scene, current));
    expect("plan.kml", &kml::plan(scene, current));
    expect("plan.csv", &csv::plan(scene, &current.plan));
    expect("knowledge.geojson", &pretty(&knowledge::knowledge(scene)));
    let options = FlightOptions { altitude_m: 40.0, reference: AltitudeReference::Takeoff };
    let flight = Flight::of(scene, current, &uav(1), options).unwrap();
    expect("uav-1.json", &pretty(&flight.mission_items()));
    expect("uav-1.plan", &pretty(&qgc::plan(&flight)));
    expect("uav-1.waypoints", &qgc::waypoints(&flight));
    let validity = Validity { now: at("2026-05-04T09:11:15Z"), stale_s: 300.0 };
    expect("events.cot", &cot::events(scene, validity));
}

#[test]
fn a_uav_without_inspections_stays_down_and_terrain_is_followed_where_asked() {
    let network = network();
    let mission = mission(&network);
    let scene = Scene { mission: &mission, network: &network, positions: &BTreeMap::new() };
    let current = scene.plan().unwrap();
    let options = FlightOptions { altitude_m: 55.5, reference: AltitudeReference::Terrain };
    let idle = Flight::of(scene, current, &uav(2), options).unwrap();
    assert_eq!(idle.mission_items()["items"], Value::Array(vec![]), "it does not take off for nothing");
    assert_eq!(qgc::waypoints(&idle).lines().count(), 2, "the home position only");
    assert_eq!(Flight::of(scene, current, &uav(3), options), None);
    let flight = Flight::of(scene, current, &uav(1), options).unwrap();
    assert_eq!(flight.home, mission.settings.start.lon_lat, "no position was told, so it is where it starts");
    let plan = qgc::plan(&flight);
    assert_eq!(plan["mission"]["globalPlanAltitudeMode"], 4);
    let items = plan["mission"]["items"].as_array().unwrap();
    assert_eq!((&items[0]["frame"], &items[2]["frame"]), (&Value::from(3), &Value::from(10)));
    assert_eq!(items[2]["params"][6], 55.5);
}

#[test]
fn what_is_left_of_the_route_begins_where_the_ugv_is() {
    let network = network();
    let mission = mission(&network);
    let mut positions = positions(&network);
    let remaining = |positions: &BTreeMap<VehicleId, Fix>| {
        let scene = Scene { mission: &mission, network: &network, positions };
        let document = geojson::plan(scene, scene.plan().unwrap());
        let features = document["features"].as_array().unwrap().clone();
        features.into_iter().find(|f| f["properties"]["role"] == "remaining").map(|f| f["properties"].clone())
    };
    let whole = mission.plan.as_ref().unwrap().plan.decision.outcome.route().unwrap().length_m;
    let length_m = |left: Option<Value>| left.unwrap()["length_m"].as_f64().unwrap();
    assert!((length_m(remaining(&positions)) - (whole - 100.0)).abs() < 1e-3);
    let mut put = |segment: u32, offset_m: f64| {
        if let Some(Fix::Ugv(fix)) = positions.get_mut(&VehicleId::ugv()) {
            fix.place = Place { segment: SegmentId(segment), offset_m };
        }
        remaining(&positions)
    };
    // The start of the diagonal is the start of the quay.
    assert!((length_m(put(4, 0.0)) - whole).abs() < 1e-3);
    assert_eq!(put(4, 50.0), None, "off the route");
    let last = network.segment(SegmentId(1)).length_m();
    assert!(length_m(put(1, last)).abs() < 1e-3);
    assert!((length_m(remaining(&BTreeMap::new())) - whole).abs() < 1e-3, "nobody has told where it is");
}
