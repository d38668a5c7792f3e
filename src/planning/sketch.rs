//! Worlds for tests, written as text, and decisions rendered as text.
//!
//! A sketch has one thing a line, in any order but for segments, which are numbered as they come:
//!
//! ```text
//! a 0,0                          a junction at x, y metres
//! a-b                            a segment; a>b is one-way; bends follow as x,y
//! a-b 50,50 blocked@20           ... and what is known: clear, blocked, blocked@ metres from the first end
//! a-b risk@0.7                   ... or its blockage probability, if that is not the usual one
//! ugv a 10                       the UGV at a junction, 10 m/s; or at 0@25, 25 m along segment 0
//! goal c                         likewise; several if any will do
//! via d                          likewise: a waypoint before
//! no 0 b 1                       at b, the turn from segment 0 onto segment 1 is forbidden
//! only 0 b 1                     ... every turn from segment 0 but that is
//! uav 0,0 20                     a UAV at x, y, 20 m/s; and what it is flying: inspecting 2@10..50
//! ```

use uuid::Uuid;

use super::situation::Situation;
use crate::domain::geometry::{LocalPlane, LonLat, Point};
use crate::domain::ids::{ReportId, SegmentId, VehicleId};
use crate::domain::knowledge::Knowledge;
use crate::domain::network::{DEFAULT_BLOCKAGE_PROBABILITY, Leg, Network, Node, Place, SegmentPart, Turn};
use crate::domain::plan::{Decision, Outcome, UavSituation, UgvSituation};
use crate::domain::report::{Finding, Report};
use crate::domain::timestamp::Timestamp;

/// What a situation borrows from.
#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) network: Network,
    pub(super) knowledge: Knowledge,
    pub(super) ugv: UgvSituation,
    pub(super) goals: Vec<Place>,
    pub(super) stops: Vec<Place>,
    pub(super) uavs: Vec<UavSituation>,
}

impl World {
    pub(super) fn situation(&self) -> Situation<'_> {
        let Self { network, knowledge, ugv, goals, stops, uavs } = self;
        Situation { network, knowledge, beliefs: None, ugv: *ugv, goals, stops, uavs, seed: 0 }
    }
}

pub(super) const ORIGIN: LonLat = LonLat { lon: 8.0, lat: 50.0 };

pub(super) fn node(id: &str, point: Point) -> Node {
    Node { id: id.into(), lon_lat: LocalPlane::new(ORIGIN).unproject(point), point }
}

pub(super) fn part(nodes: Vec<u32>, oneway: bool) -> SegmentPart {
    SegmentPart {
        nodes,
        oneway,
        speed_limit_mps: None,
        name: None,
        source_ids: vec![],
        blockage_probability: DEFAULT_BLOCKAGE_PROBABILITY,
        road: Default::default(),
    }
}

/// Reports the segment clear, or blocked at a point if that is known.
pub(super) fn learn(knowledge: &mut Knowledge, segment: SegmentId, finding: Finding, blockage_offset_m: Option<f64>) {
    knowledge.apply_report(&Report {
        id: ReportId(Uuid::from_u128(u128::from(segment.0))),
        segment,
        finding,
        blockage_offset_m,
        observed_at: Timestamp::from_unix_micros(0).unwrap(),
        reported_by: VehicleId("uav-1".into()),
        confidence: 1.0,
    });
}

pub(super) fn sketch(text: &str) -> World {
    let lines: Vec<Vec<&str>> = text
        .lines()
        .map(|line| line.split_whitespace().collect())
        .filter(|words: &Vec<&str>| !words.is_empty())
        .collect();
    let mut nodes: Vec<Node> = Vec::new();
    let mut parts = Vec::new();
    let mut findings = Vec::new();
    for words in &lines {
        let vehicle = ["ugv", "uav", "goal", "via", "no", "only"].contains(&words[0]);
        if let Some(at) = words[0].find(['-', '>']) {
            let number =
                |name: &str| nodes.iter().position(|n| n.id == name).expect("junctions before segments") as u32;
            let (first, last) = (number(&words[0][..at]), number(&words[0][at + 1..]));
            let (mut line, mut risk) = (vec![first], DEFAULT_BLOCKAGE_PROBABILITY);
            for word in &words[1..] {
                match word.split_once('@').unwrap_or((word, "")) {
                    ("clear", _) => findings.push((parts.len(), Finding::Clear, None)),
                    ("blocked", at_m) => findings.push((parts.len(), Finding::Blocked, at_m.parse().ok())),
                    ("risk", probability) => risk = probability.parse().expect("a probability"),
                    _ => {
                        line.push(nodes.len() as u32);
                        nodes.push(node(&format!("bend {}", nodes.len()), point(word)));
                    }
                }
            }
            line.push(last);
            parts.push(SegmentPart { blockage_probability: risk, ..part(line, words[0].contains('>')) });
        } else if !vehicle {
            nodes.push(node(words[0], point(words[1])));
        }
    }
    let network = Network::new(ORIGIN, nodes, parts).unwrap();
    let turns: Vec<Turn> = lines
        .iter()
        .filter(|words| ["no", "only"].contains(&words[0]))
        .flat_map(|words| forbidden(&network, words))
        .collect();
    let network = network.with_forbidden_turns(&turns).unwrap();
    let mut knowledge = Knowledge::unknown(network.segments().len());
    for (segment, finding, at_m) in findings {
        learn(&mut knowledge, SegmentId(segment as u32), finding, at_m);
    }
    let line_of = |kind: &str| lines.iter().find(|words| words[0] == kind).expect("a sketch has a ugv");
    let ugv = UgvSituation { place: place(&network, line_of("ugv")[1]), speed_mps: line_of("ugv")[2].parse().unwrap() };
    let places = |kind: &str| -> Vec<Place> {
        lines.iter().filter(|words| words[0] == kind).map(|words| place(&network, words[1])).collect()
    };
    let (goals, stops) = (places("goal"), places("via"));
    assert!(!goals.is_empty(), "a sketch has a goal");
    let uavs = lines.iter().filter(|words| words[0] == "uav").enumerate().map(|(i, words)| UavSituation {
        id: VehicleId(format!("uav-{}", i + 1)),
        point: point(words[1]),
        speed_mps: words[2].parse().unwrap(),
        inspecting: words.get(4).map(|leg| {
            let (segment, (from_m, to_m)) = leg.split_once('@').map(|(s, o)| (s, o.split_once("..").unwrap())).unwrap();
            let segment = SegmentId(segment.parse().unwrap());
            Leg { segment, from_m: from_m.parse().unwrap(), to_m: to_m.parse().unwrap() }
        }),
        bound_for: None,
    });
    World { uavs: uavs.collect(), network, knowledge, ugv, goals, stops }
}

/// The turns that a line forbids.
fn forbidden(network: &Network, words: &[&str]) -> Vec<Turn> {
    let junction = network.node_by_id(words[2]).expect("a known junction");
    let [from, to] = [words[1], words[3]].map(|word| SegmentId(word.parse().expect("a segment")));
    let by = network.incoming(junction).find(|way| way.segment == from).expect("a segment that leads there");
    let ways = network.outgoing(junction).filter(|way| (way.segment == to) == (words[0] == "no"));
    ways.map(|way| Turn { from, arriving: by.direction, to: way.segment, leaving: way.direction }).collect()
}

fn point(word: &str) -> Point {
    let (x_m, y_m) = word.split_once(',').expect("a point is x,y");
    Point { x_m: x_m.parse().unwrap(), y_m: y_m.parse().unwrap() }
}

fn place(network: &Network, word: &str) -> Place {
    match word.split_once('@') {
        Some((segment, offset_m)) => {
            Place { segment: SegmentId(segment.parse().unwrap()), offset_m: offset_m.parse().unwrap() }
        }
        None => network.place_of_node(network.node_by_id(word).expect("a known junction")).unwrap(),
    }
}

/// The decision as text: the outcome, then a line a UAV. A leg is its segment's number and where it leads from and to, a
/// junction's name or metres along the segment. Numbers are rounded to hundredths.
pub(super) fn render(network: &Network, decision: &Decision) -> String {
    let round = |x: f64| (x * 100.0).round() / 100.0;
    let end = |leg: &Leg, offset_m: f64| {
        let place = Place { segment: leg.segment, offset_m };
        network
            .junction_at(place)
            .map_or_else(|| round(offset_m).to_string(), |junction| network.node(junction).id().to_string())
    };
    let leg = |leg: &Leg| format!("{}:{}>{}", leg.segment, end(leg, leg.from_m), end(leg, leg.to_m));
    let mut lines = vec![match &decision.outcome {
        Outcome::Route { route } => {
            let legs: Vec<String> = route.legs.iter().map(leg).collect();
            format!("{} m, {} s: {}", round(route.length_m), round(route.duration_s), legs.join(" "))
        }
        Outcome::AlreadyThere => "already there".to_owned(),
        Outcome::NoWay { reason } => format!("no way: {reason}"),
        Outcome::BudgetSpent { reason } => format!("budget spent: {reason}"),
    }];
    for tasks in &decision.tasking {
        let flights =
            tasks.inspections.iter().map(|i| format!(" {} {}..{}", leg(&i.leg), round(i.begins_s), round(i.ends_s)));
        lines.push(format!("{}:{}", tasks.uav, flights.collect::<String>()));
    }
    lines.join("\n")
}
