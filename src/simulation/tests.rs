//! What runs promise: arrivals worked out by hand, rules kept on drawn worlds, and a check that finds every rule broken.

use super::*;
use crate::domain::geometry::{LocalPlane, LonLat, Point};
use crate::domain::ids::SegmentId;
use crate::domain::network::{DEFAULT_BLOCKAGE_PROBABILITY, Leg, Network, Node, SegmentPart};
use crate::domain::plan::Decision;
use crate::domain::report::Finding;
use crate::planning::budget::Budget;
use crate::planning::search::Search;
use crate::planning::situation::Situation;
use crate::planning::strategy::Strategies;

const ORIGIN: LonLat = LonLat { lon: 8.0, lat: 50.0 };

pub(super) fn network(nodes: &[(&str, f64, f64)], segments: &[(&[u32], bool)]) -> Network {
    let nodes = nodes.iter().map(|(id, x_m, y_m)| {
        let point = Point { x_m: *x_m, y_m: *y_m };
        Node { id: (*id).into(), lon_lat: LocalPlane::new(ORIGIN).unproject(point), point }
    });
    let parts = segments.iter().map(|(nodes, oneway)| SegmentPart {
        nodes: nodes.to_vec(),
        oneway: *oneway,
        speed_limit_mps: None,
        name: None,
        source_ids: Vec::new(),
        blockage_probability: DEFAULT_BLOCKAGE_PROBABILITY,
        road: Default::default(),
    });
    Network::new(ORIGIN, nodes.collect(), parts.collect()).unwrap()
}

/// a - b - c along the x axis, 100 m each, with a bend m in the middle of b - c; and a way round from a to c over d, 300 m.
pub(super) fn town() -> Network {
    network(
        &[
            ("a", 0.0, 0.0),
            ("b", 100.0, 0.0),
            ("c", 200.0, 0.0),
            ("m", 150.0, 0.0),
            ("d", 0.0, 50.0),
            ("e", 200.0, 50.0),
        ],
        &[(&[0, 1], false), (&[1, 3, 2], false), (&[0, 4, 5, 2], false)],
    )
}

pub(super) fn scenario(uavs: usize, blockages: &[(&str, &str, f64)]) -> Scenario {
    let blockage =
        |(a, b, fraction): &(&str, &str, f64)| Blockage { a: (*a).to_owned(), b: (*b).to_owned(), fraction: *fraction };
    Scenario {
        id: "town".to_owned(),
        network: "town".to_owned(),
        start: "a".to_owned(),
        goal: "c".to_owned(),
        ugv_speed_mps: 10.0,
        uav_speed_mps: 20.0,
        uav_count: uavs,
        block_probability: 0.2,
        blockages: blockages.iter().map(blockage).collect(),
        options: None,
    }
}

pub(super) fn trial(uavs: usize, blockages: &[(&str, &str, f64)]) -> Trial {
    Trial::new(&scenario(uavs, blockages), &town(), 0).unwrap()
}

pub(super) fn decide_with(strategy: &str) -> impl FnMut(&Situation<'_>) -> Decision {
    let strategy = Strategies::built_in().get(strategy).unwrap().clone();
    let mut search = Search::new();
    move |situation| {
        let mut budget = Budget::steps(Budget::DEFAULT_STEPS);
        strategy.decide(situation, &serde_json::Map::new(), &mut search, &mut budget)
    }
}

/// Runs and verifies; the arrival in seconds.
pub(super) fn arrival_s(trial: &Trial, strategy: &str) -> Option<f64> {
    let run = run(trial, decide_with(strategy)).unwrap();
    assert_eq!(verify(trial, &run.trace, run.arrival_s, clairvoyant_s(trial)), Ok(()), "{strategy}");
    run.arrival_s
}

#[track_caller]
pub(super) fn expect(found_s: Option<f64>, expected_s: f64) {
    assert!(found_s.is_some_and(|s| (s - expected_s).abs() < 1e-6), "{found_s:?}, not {expected_s}");
}

#[test]
fn the_ugv_alone_drives_up_to_a_blockage_and_turns_round() {
    expect(arrival_s(&trial(0, &[]), "ugv_only"), 20.0);
    // 160 m to the blockage, 160 m back, 300 m round.
    expect(arrival_s(&trial(0, &[("m", "c", 0.2)]), "ugv_only"), 62.0);
    // The same point, said from the other end.
    expect(arrival_s(&trial(0, &[("c", "m", 0.8)]), "ugv_only"), 62.0);
    // At the junction itself: b - c is closed at b, and b stays free.
    expect(arrival_s(&trial(0, &[("b", "m", 0.0)]), "ugv_only"), 50.0);
}

#[test]
fn a_finding_turns_the_ugv_round_at_once_in_the_middle_of_a_segment() {
    // The UAV is at b after 5 s and at the blockage after 8 s, when the UGV is at 80 m: back, and 300 m round.
    expect(arrival_s(&trial(1, &[("m", "c", 0.2)]), "shortest_path"), 8.0 + 8.0 + 30.0);
    // From the goal backwards it is there after 10 s + 2 s; the UGV has driven 120 m.
    expect(arrival_s(&trial(1, &[("m", "c", 0.2)]), "bidirectional"), 12.0 + 12.0 + 30.0);
}

#[test]
fn where_every_way_is_blocked_the_run_ends_without_arrival() {
    let both = trial(1, &[("a", "b", 0.5), ("d", "e", 0.5)]);
    for strategy in Strategies::built_in().iter() {
        assert_eq!(arrival_s(&both, strategy.name()), None);
    }
    assert_eq!(clairvoyant_m(&both), None);
}

#[test]
fn two_blockages_on_one_segment_are_met_one_from_each_side() {
    let twice = trial(0, &[("b", "m", 0.4), ("m", "c", 0.6)]);
    assert_eq!(twice.blockages.on(SegmentId(1)), [20.0, 80.0]);
    assert_eq!(twice.blockages.first_between(SegmentId(1), 0.0, 100.0), Some(20.0));
    assert_eq!(twice.blockages.first_between(SegmentId(1), 100.0, 0.0), Some(80.0));
    expect(arrival_s(&twice, "ugv_only"), 12.0 + 12.0 + 30.0);
}

#[test]
fn the_bound_is_the_shortest_way_past_all_blockages() {
    assert_eq!(clairvoyant_m(&trial(0, &[])), Some(200.0));
    assert_eq!(clairvoyant_m(&trial(0, &[("m", "c", 0.2)])), Some(300.0));
    let there = Scenario { goal: "a".to_owned(), ..scenario(1, &[]) };
    let there = Trial::new(&there, &town(), 0).unwrap();
    assert_eq!(clairvoyant_m(&there), Some(0.0));
    expect(arrival_s(&there, "shortest_path"), 0.0);
}

#[test]
fn a_goal_inside_a_segment_is_reached_from_the_open_side() {
    let inside = Scenario { goal: "m".to_owned(), ..scenario(0, &[("b", "m", 0.5)]) };
    let inside = Trial::new(&inside, &town(), 0).unwrap();
    // 125 m, back, 300 m round to c and 50 m back to m.
    expect(arrival_s(&inside, "ugv_only"), 12.5 + 12.5 + 35.0);
    assert_eq!(clairvoyant_m(&inside), Some(350.0));
}

#[test]
fn what_a_scenario_names_and_the_network_lacks_is_said() {
    let fault = |scenario: Scenario| Trial::new(&scenario, &town(), 0).unwrap_err().to_string();
    let lost = Scenario { start: "z".to_owned(), ..scenario(0, &[]) };
    assert_eq!(fault(lost), "start: network town has no node \"z\" once it is prepared");
    assert_eq!(
        fault(scenario(0, &[("m", "c", 0.1), ("a", "c", 0.1)])),
        "blockages/1: no segment of network town has a piece from node \"a\" to node \"c\""
    );
}

#[test]
fn a_scenario_file_is_read_line_by_line_and_a_mistake_is_found_where_it_is() {
    let line = serde_json::to_string(&scenario(1, &[("m", "c", 0.2)])).unwrap();
    let read = read_scenarios(format!("\u{feff}{line}\n\n").as_bytes()).unwrap();
    assert_eq!(read, [(1, scenario(1, &[("m", "c", 0.2)]))]);
    let fault = |text: String| read_scenarios(text.as_bytes()).unwrap_err().to_string();
    assert_eq!(fault(format!("{line}\n{line}")), "line 2: the id \"town\" is that of line 1 too");
    assert_eq!(fault(format!("\n{}", &line[..40])), "line 2: column 40: EOF while parsing a string");
    assert_eq!(fault(line.replace("\"start\"", "\"begin\"")), "line 1: column 180: missing field `start`");
    assert_eq!(fault(line.replace(":20.0", ":0")), "line 1: uav_speed_mps is 0, but a speed is above 0");
    assert_eq!(
        fault(line.replace("\"fraction\":0.2", "\"fraction\":7")),
        "line 1: blockages/0/fraction is 7, but must be 0 to 1"
    );
}

/// A grid with some streets missing.
pub(super) fn grid(side: u32) -> Network {
    let names: Vec<String> = (0..side * side).map(|i| format!("n{i}")).collect();
    let bent = |i: u32| f64::from((i * 7919) % 31);
    let nodes: Vec<(&str, f64, f64)> = (0..side * side)
        .map(|i| {
            let (x, y) = (f64::from(i % side) * 100.0 + bent(i), f64::from(i / side) * 100.0 + bent(i + 13));
            (names[i as usize].as_str(), x, y)
        })
        .collect();
    let mut pairs = Vec::new();
    for i in 0..side * side {
        pairs.extend((i % side + 1 < side && i % 11 != 4).then_some([i, i + 1]));
        pairs.extend((i / side + 1 < side && i % 13 != 5).then_some([i, i + side]));
    }
    let segments: Vec<(&[u32], bool)> = pairs.iter().map(|pair| (&pair[..], false)).collect();
    network(&nodes, &segments)
}

#[test]
fn every_strategy_keeps_the_rules_on_drawn_worlds_and_the_same_run_comes_out_again() {
    let network = grid(7);
    for number in 0..12 {
        let draw = Draw {
            ugv_speed_mps: 10.0,
            uav_speed_mps: [10.0, 25.0][number % 2],
            uav_count: number % 4,
            block_probability: 0.25,
            seed: 5,
        };
        let scenario = draw.scenario("grid", &network, number).unwrap();
        let trial = Trial::new(&scenario, &network, 0).unwrap();
        for strategy in Strategies::built_in().iter() {
            let first = arrival_s(&trial, strategy.name());
            assert!(first.is_some(), "{}: {}", scenario.id, strategy.name());
            let again = run(&trial, decide_with(strategy.name())).unwrap();
            assert_eq!(again, run(&trial, decide_with(strategy.name())).unwrap());
            assert_eq!(again.arrival_s, first);
        }
    }
}

#[test]
fn drawn_scenarios_with_other_vehicles_are_about_the_same_worlds() {
    let network = grid(6);
    let draw = |uav_count, uav_speed_mps| {
        let draw = Draw { ugv_speed_mps: 10.0, uav_speed_mps, uav_count, block_probability: 0.2, seed: 1 };
        draw.scenario("grid", &network, 3).unwrap()
    };
    let (one, three) = (draw(1, 10.0), draw(3, 40.0));
    assert_eq!((&one.start, &one.goal, &one.blockages), (&three.start, &three.goal, &three.blockages));
    assert_ne!(one.id, three.id);
}

#[test]
fn a_run_that_breaks_a_rule_is_found_out() {
    let trial = trial(2, &[("m", "c", 0.2)]);
    let good = run(&trial, decide_with("shortest_path")).unwrap();
    let bound_s = clairvoyant_m(&trial).map(|m| m / 10.0);
    let broken = |change: &dyn Fn(&mut Vec<Entry>)| {
        let mut trace = good.trace.clone();
        change(&mut trace.entries);
        verify(&trial, &trace, good.arrival_s, bound_s).unwrap_err()
    };
    let first_drive = |entries: &[Entry]| entries.iter().position(|e| matches!(e, Entry::Drive { .. })).unwrap();
    let drive = |change: &dyn Fn(&mut f64, &mut f64, &mut Leg)| {
        broken(&|entries: &mut Vec<Entry>| {
            let i = first_drive(entries);
            if let Entry::Drive { from_s, to_s, leg } = &mut entries[i] {
                change(from_s, to_s, leg);
            }
        })
    };
    assert!(matches!(drive(&|_, to_s, _| *to_s -= 0.1), Breach::Speed { .. }));
    assert!(matches!(drive(&|from_s, to_s, _| (*from_s, *to_s) = (*from_s + 1.0, *to_s + 1.0)), Breach::Waits { .. }));
    assert!(matches!(
        drive(&|_, _, leg| (leg.from_m, leg.to_m) = (leg.from_m + 9.0, leg.to_m + 9.0)),
        Breach::Jump { .. }
    ));
    assert!(matches!(
        broken(&|entries| drop(entries.remove(first_drive(entries)))),
        Breach::Jump { .. } | Breach::Waits { .. }
    ));
    let untrue = broken(&|entries| {
        for entry in entries {
            if let Entry::Finding { finding, .. } = entry {
                *finding = Finding::Clear;
            }
        }
    });
    assert!(matches!(untrue, Breach::Untrue { .. }));
    let together = broken(&|entries| {
        let looked = |entry: &Entry| match entry {
            Entry::Inspect { uav, from_s, to_s, leg } => Some((*uav, *from_s, *to_s, *leg)),
            _ => None,
        };
        let (uav, from_s, to_s, leg) = entries.iter().find_map(looked).unwrap();
        let place = |offset_m| crate::domain::network::Place { segment: leg.segment, offset_m };
        let start = trial.network.point_at(trial.start);
        let begin = trial.network.point_at(place(leg.from_m));
        let arrives_s = start.distance_m(begin) / trial.uav_speed_mps;
        let other = 1 - uav;
        entries.retain(|e| !matches!(e, Entry::Deadhead { uav, .. } | Entry::Inspect { uav, .. } if *uav == other));
        entries.push(Entry::Deadhead { uav: other, from_s: 0.0, to_s: arrives_s, from: start, to: begin });
        entries.push(Entry::Inspect { uav: other, from_s, to_s, leg });
    });
    assert!(matches!(together, Breach::Together { .. }), "{together:?}");
    let verdict = |arrival_s, bound_s| verify(&trial, &good.trace, arrival_s, bound_s).unwrap_err();
    assert!(matches!(verdict(Some(1.0), bound_s), Breach::NotThere { .. }));
    assert!(matches!(verdict(good.arrival_s, Some(1e3)), Breach::BeatsClairvoyant { .. }));
    assert!(matches!(verdict(None, bound_s), Breach::GivesUp { .. }));
    let through = Blockages::default();
    let free = Trial { blockages: through, ..trial.clone() };
    let through = run(&free, decide_with("ugv_only")).unwrap();
    assert!(matches!(
        verify(&trial, &through.trace, through.arrival_s, Some(1.0)).unwrap_err(),
        Breach::Untrue { .. } | Breach::PassesBlockage { .. }
    ));
}
