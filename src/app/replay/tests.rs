//! Logs that nobody exported.

use std::io::Write;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::domain::destination::Goals;
use crate::domain::geometry::{LocalPlane, Point};
use crate::domain::ids::{NetworkId, ReportId, SegmentId, VehicleId};
use crate::domain::mission::{Endpoint, MissionSettings};
use crate::domain::network::DEFAULT_BLOCKAGE_PROBABILITY;
use crate::domain::plan::{StrategyChoice, UavSituation, UgvSituation};
use crate::domain::report::{Finding, Report};
use crate::domain::timestamp::Timestamp;
use crate::domain::vehicle::{Uav, UavPosition, Ugv};

const ORIGIN: LonLat = LonLat { lon: 8.0, lat: 50.0 };

/// A square with a diagonal.
fn network() -> Network {
    let node = |(id, x_m, y_m): (&str, f64, f64)| {
        let point = Point { x_m, y_m };
        Node { id: id.into(), lon_lat: LocalPlane::new(ORIGIN).unproject(point), point }
    };
    let nodes = [("a", 0.0, 0.0), ("b", 100.0, 0.0), ("c", 100.0, 100.0), ("d", 0.0, 100.0)].map(node);
    let part = |ends: [u32; 2]| SegmentPart {
        nodes: ends.to_vec(),
        oneway: false,
        speed_limit_mps: None,
        name: None,
        source_ids: Vec::new(),
        blockage_probability: DEFAULT_BLOCKAGE_PROBABILITY,
        road: Default::default(),
    };
    Network::new(ORIGIN, nodes.to_vec(), [[0, 1], [1, 2], [0, 3], [3, 2], [0, 2]].map(part).to_vec()).unwrap()
}

/// The log of a mission from `a` to `c`: created, planned, the way reported blocked, planned again.
fn log() -> Vec<Value> {
    let network = network();
    let (start, goal) =
        (Place { segment: SegmentId(0), offset_m: 0.0 }, Place { segment: SegmentId(1), offset_m: 100.0 });
    let endpoint = |place| Endpoint { place, lon_lat: network.lon_lat_at(place), snapped_m: 0.0 };
    let strategy = StrategyChoice { name: "bidirectional".into(), parameters: serde_json::Map::new() };
    let (point, uav) = (network.point_at(start), VehicleId("uav-1".into()));
    let settings = MissionSettings {
        name: "trial".into(),
        network: NetworkId(Uuid::nil()),
        segment_count: 5,
        start: endpoint(start),
        goal: Goals::One(endpoint(goal)),
        waypoints: vec![],
        ugv: Ugv { speed_mps: 5.0 },
        uavs: vec![Uav { id: uav.clone(), speed_mps: 10.0, start: UavPosition { lon_lat: ORIGIN, point } }],
        strategy: strategy.clone(),
        seed: 7,
    };
    let created =
        MissionEvent { seq: 1, revision: 0, recorded_at: Timestamp::EPOCH, body: EventBody::MissionCreated(settings) };
    let mut mission = Mission::created(MissionId(Uuid::nil()), &created).unwrap();
    let plan = |mission: &Mission| {
        let inspecting = Leg { segment: SegmentId(1), from_m: 10.0, to_m: 100.0 };
        let basis = PlanBasis {
            seq: mission.seq,
            revision: mission.revision,
            seed: 7,
            strategy: strategy.clone(),
            goal: Goals::One(goal),
            waypoints: vec![],
            ugv: UgvSituation { place: start, speed_mps: 5.0 },
            uavs: vec![UavSituation {
                id: uav.clone(),
                point,
                speed_mps: 10.0,
                inspecting: Some(inspecting),
                bound_for: None,
            }],
        };
        let situation = Situation::from_basis(&network, &mission.knowledge, &basis);
        let strategies = Strategies::built_in();
        let strategy = strategies.get("bidirectional").unwrap();
        let mut budget = Budget::steps(Budget::DEFAULT_STEPS);
        let decision = strategy.decide(&situation, &serde_json::Map::new(), &mut Search::default(), &mut budget);
        EventBody::Plan(Arc::new(Plan { basis, provisional: false, decision }))
    };
    let report = Report {
        id: ReportId(Uuid::nil()),
        segment: SegmentId(4),
        finding: Finding::Blocked,
        blockage_offset_m: Some(40.0),
        observed_at: Timestamp::EPOCH,
        reported_by: uav.clone(),
        confidence: 1.0,
    };
    let mut events = vec![created];
    for body in [None, Some(EventBody::Report(report.into())), None] {
        let body = body.unwrap_or_else(|| plan(&mission));
        events.push(mission.append(body, Timestamp::EPOCH));
    }
    let header = serde_json::to_value(LogHeader::of(mission.id, &network)).unwrap();
    [header].into_iter().chain(events.iter().map(|event| serde_json::to_value(event).unwrap())).collect()
}

fn text(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn replayed(log: &[u8]) -> Result<Replayed, ReplayError> {
    replay(log, &Strategies::built_in(), |_| {})
}

fn packed(log: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::best());
    packed.write_all(log).unwrap();
    packed.finish().unwrap()
}

#[test]
fn a_log_is_confirmed_as_it_is_and_compressed() {
    let log = text(&log());
    let found = Replayed { events: 4, plans: 2 };
    assert_eq!(replayed(log.as_bytes()).unwrap(), found);
    assert_eq!(replayed(&packed(log.as_bytes())).unwrap(), found);
}

#[test]
fn a_mission_of_more_segments_than_the_network_has_is_refused_before_there_is_room_for_them() {
    let mut log = log();
    log[1]["body"]["segment_count"] = json!(u32::MAX);
    let error = replayed(text(&log).as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "line 2: the mission expects another network than the header has");
    let error = fold(text(&log).as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "line 2: the mission expects another network than the header has");
}

#[test]
fn a_plan_from_what_cannot_be_is_refused() {
    let leg = |segment: u32, to_m: f64| json!({"segment": segment, "from_m": 0.0, "to_m": to_m});
    for (pointer, value, complaint) in [
        ("/body/basis/uavs/0/inspecting", leg(99, 1.0), "a place that the network does not have"),
        ("/body/basis/uavs/0/inspecting", leg(0, 1e9), "a place that the network does not have"),
        ("/body/basis/uavs/0/bound_for", leg(u32::MAX, 1.0), "a place that the network does not have"),
        ("/body/basis/ugv/place/segment", json!(5), "a place that the network does not have"),
        ("/body/basis/ugv/speed_mps", json!(0.0), "a vehicle that does not move"),
        ("/body/basis/uavs/0/speed_mps", json!(-1.0), "a vehicle that does not move"),
    ] {
        let mut log = log();
        let (parent, member) = pointer.rsplit_once('/').unwrap();
        log[2].pointer_mut(parent).unwrap()[member] = value;
        let error = replayed(text(&log).as_bytes()).unwrap_err().to_string();
        assert!(error.starts_with("event 2: the plan's basis") && error.ends_with(complaint), "{pointer}: {error}");
    }
}

#[test]
fn a_line_without_an_end_is_refused_at_its_limit() {
    let mut lines = Lines { log: "12345\n1234567\n".as_bytes(), read: 1, limits: [9, 6] };
    assert_eq!(lines.next().unwrap().unwrap(), (2, "12345\n".to_owned()));
    let error = lines.next().unwrap().unwrap_err();
    assert_eq!(crate::chain::of(&error), "line 3: cannot be read: it has more than 6 bytes");
}
