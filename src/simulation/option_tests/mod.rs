//! What options promise: arrivals worked out by hand.

mod drawn;

use super::tests::{arrival_s, decide_with, expect, scenario, town, trial};
use super::*;
use crate::domain::ids::SegmentId;
use crate::domain::network::{Direction, Network, Node, Place};
use crate::domain::plan::{Decision, Inspection};
use crate::domain::report::Finding;
use crate::planning::situation::Situation;

/// The town under options, written as they are in a file.
fn with(uavs: usize, blockages: &[(&str, &str, f64)], options: &str) -> Trial {
    seeded(uavs, blockages, options, 0)
}

fn seeded(uavs: usize, blockages: &[(&str, &str, f64)], options: &str, seed: u64) -> Trial {
    let options = Some(serde_json::from_str(options).unwrap());
    let scenario = Scenario { options, ..scenario(uavs, blockages) };
    scenario.check().unwrap();
    Trial::new(&scenario, &town(), seed).unwrap()
}

/// Findings of blockages by UAVs: when, and on which segment.
fn blocked_findings(trace: &Trace) -> Vec<(f64, u32)> {
    let found = trace.entries.iter().filter_map(|entry| match entry {
        Entry::Finding { at_s, vehicle: Vehicle::Uav(_), segment, finding: Finding::Blocked, .. } => {
            Some((*at_s, segment.0))
        }
        _ => None,
    });
    found.collect()
}

#[test]
fn a_uav_that_starts_elsewhere_is_there_sooner() {
    // From the goal back to the blockage it takes 2 s; the UGV has driven 20 m.
    let there = with(1, &[("m", "c", 0.2)], r#"{"uav_starts": ["c"]}"#);
    expect(arrival_s(&there, "bidirectional"), 2.0 + 2.0 + 30.0);
    // The second UAV starts with the UGV.
    let two = with(2, &[], r#"{"uav_starts": ["c"]}"#);
    let starts = [200.0, 0.0].map(|x_m| crate::domain::geometry::Point { x_m, y_m: 0.0 });
    assert_eq!(two.uav_starts(), starts);
}

#[test]
fn a_delayed_report_turns_the_ugv_round_later() {
    // Seen after 8 s, known after 11 s.
    let delayed = |s: u32| with(1, &[("m", "c", 0.2)], &format!(r#"{{"report_delay_s": {s}}}"#));
    expect(arrival_s(&delayed(3), "shortest_path"), 11.0 + 11.0 + 30.0);
    // The UGV is at the blockage after 16 s, and what it finds is known at once.
    expect(arrival_s(&delayed(20), "shortest_path"), 16.0 + 16.0 + 30.0);
}

#[test]
fn an_inspection_whose_report_is_lost_is_flown_again() {
    // Reported after 4 s; or lost, and flown again from c: 1 s there and 1 s back; the third time too, and the fourth
    // from b, the only end where it is before the UGV. Then the UGV is on the segment itself.
    let known_s = [4.0, 6.0, 8.0, 11.0, 16.0];
    let mut count = [0; 5];
    for seed in 0..400 {
        let options = Some(serde_json::from_str(r#"{"report_loss_probability": 0.5}"#).unwrap());
        let fast = Scenario { options, uav_speed_mps: 40.0, ..scenario(1, &[("m", "c", 0.2)]) };
        let arrival_s = arrival_s(&Trial::new(&fast, &town(), seed).unwrap(), "shortest_path").unwrap();
        count[known_s.iter().position(|s| (2.0 * s + 30.0 - arrival_s).abs() < 1e-6).unwrap()] += 1;
    }
    // A half, a quarter, and so on; about four standard deviations either way.
    let bounds = [160..240, 65..135, 24..76, 6..45, 6..45];
    assert!(count.iter().zip(bounds).all(|(count, bounds)| bounds.contains(count)), "{count:?}");
}

#[test]
fn a_sensor_misses_as_many_blockages_as_it_should() {
    let mut missed = 0;
    for seed in 0..400 {
        let options = r#"{"uav_sensor": {"false_clear": 0.3, "false_blocked": 0}}"#;
        let poor = seeded(1, &[("m", "c", 0.2)], options, seed);
        let arrival_s = arrival_s(&poor, "shortest_path").unwrap();
        let is_missed = (arrival_s - 62.0).abs() < 1e-6;
        assert!(is_missed || (arrival_s - 46.0).abs() < 1e-6, "{arrival_s}");
        missed += u32::from(is_missed);
    }
    assert!((85..155).contains(&missed), "{missed}");
}

#[test]
fn a_blockage_that_is_only_imagined_is_driven_round_or_when_no_way_is_left_tried() {
    let mut count = [0; 3];
    for seed in 0..200 {
        // Odds of 0.25, times 1 / 0.2: one such report is believed.
        let options = r#"{"uav_sensor": {"false_clear": 0, "false_blocked": 0.2}}"#;
        let nervous = seeded(2, &[], options, seed);
        let arrival_s = arrival_s(&nervous, "shortest_path");
        let run = run(&nervous, decide_with("shortest_path")).unwrap();
        match blocked_findings(&run.trace)[..] {
            [] => expect(arrival_s, 20.0),
            [(at_s, 1)] if at_s < 10.0 => expect(arrival_s, 2.0 * at_s + 30.0),
            // Both ways are believed to be blocked, and neither is.
            _ => assert!(arrival_s.is_some()),
        }
        count[blocked_findings(&run.trace).len().min(2)] += 1;
    }
    assert!(count.iter().all(|count| *count > 2), "{count:?}");
}

#[test]
fn a_blockage_that_comes_up_is_found_by_who_comes_after_it() {
    let change = |at_s: u32| format!(r#"{{"changes": [{{"at_s": {at_s}, "a": "m", "b": "c", "fraction": 0.2}}]}}"#);
    // Before the UAV begins, and while it is on the segment but not there yet.
    for at_s in [4, 6] {
        expect(arrival_s(&with(1, &[], &change(at_s)), "shortest_path"), 8.0 + 8.0 + 30.0);
    }
    // Behind the UAV, which does not say that the segment is clear; the UGV meets it after 16 s.
    let behind = with(1, &[], &change(9));
    expect(arrival_s(&behind, "shortest_path"), 16.0 + 16.0 + 30.0);
    assert_eq!(blocked_findings(&run(&behind, decide_with("shortest_path")).unwrap().trace), []);
    // Behind the UGV.
    expect(arrival_s(&with(0, &[], &change(17)), "ugv_only"), 20.0);
    // On a segment that is known to be clear.
    let known = with(1, &[], &change(11));
    expect(arrival_s(&known, "shortest_path"), 16.0 + 16.0 + 30.0);
}

#[test]
fn a_blockage_at_the_very_place_of_the_ugv_comes_up_behind_it() {
    let options = r#"{"changes": [{"at_s": 16, "a": "m", "b": "c", "fraction": 0.2}]}"#;
    expect(arrival_s(&with(0, &[], options), "ugv_only"), 20.0);
}

#[test]
fn a_blockage_that_goes_is_not_there_for_who_comes_after() {
    let freed = |at_s: u32| format!(r#"{{"changes": [{{"at_s": {at_s}, "a": "b", "b": "m", "fraction": null}}]}}"#);
    let goes = |uavs, at_s| with(uavs, &[("m", "c", 0.2)], &freed(at_s));
    expect(arrival_s(&goes(0, 12), "ugv_only"), 20.0);
    expect(arrival_s(&goes(1, 7), "shortest_path"), 20.0);
    // The UAV has reported it and stays there: it sees it go, and the UGV, on its way back, turns round at 40 m.
    expect(arrival_s(&goes(1, 12), "shortest_path"), 12.0 + 16.0);
    // The UAV is not there any more.
    let mut inspects = inspecting(&[(1, Direction::Forward), (2, Direction::Backward)]);
    expect(run(&goes(1, 12), &mut inspects).unwrap().arrival_s, 8.0 + 8.0 + 30.0);
}

#[test]
fn without_a_way_the_ugv_goes_on_when_the_blockage_goes_at_which_it_stands() {
    let both = [("a", "b", 0.5), ("d", "e", 0.5)];
    let freed = |a: &str, b: &str| {
        let options = format!(r#"{{"changes": [{{"at_s": 40, "a": "{a}", "b": "{b}", "fraction": null}}]}}"#);
        with(0, &both, &options)
    };
    // 50 m and back, then 150 m of the way round: it stands there from 25 s on, and has 150 m to go after 40 s.
    let seen = freed("d", "e");
    expect(arrival_s(&seen, "ugv_only"), 40.0 + 15.0);
    expect(clairvoyant_s(&seen), 40.0 + 15.0);
    // Nobody sees the other.
    let unseen = freed("a", "b");
    assert_eq!(arrival_s(&unseen, "ugv_only"), None);
    expect(clairvoyant_s(&unseen), 40.0 + 15.0);
}

#[test]
fn wind_carries_a_uav_and_holds_it_back() {
    let windy = |x, y| with(1, &[("m", "c", 0.2)], &format!(r#"{{"wind": {{"x_mps": {x}, "y_mps": {y}}}}}"#));
    // 160 m at 32 m/s, at 8 m/s, and with 16 m/s left of 20 m/s across the wind.
    expect(arrival_s(&windy(12, 0), "shortest_path"), 5.0 + 5.0 + 30.0);
    expect(arrival_s(&windy(-12, 0), "shortest_path"), 16.0 + 16.0 + 30.0);
    expect(arrival_s(&windy(0, 12), "shortest_path"), 10.0 + 10.0 + 30.0);
    expect(arrival_s(&windy(0, -12), "shortest_path"), 10.0 + 10.0 + 30.0);
}

#[test]
fn along_a_bend_the_wind_is_another_on_each_piece() {
    // Up from a to d against the wind, 50 m at 10 m/s, and east, 20 m at the square root of 300 m/s.
    let bend = with(1, &[("d", "e", 0.1)], r#"{"wind": {"x_mps": 0, "y_mps": -10}}"#);
    let mut inspects = inspecting(&[(2, Direction::Forward)]);
    let run = run(&bend, &mut inspects).unwrap();
    assert_eq!(verify(&bend, &run.trace, run.arrival_s, clairvoyant_s(&bend)), Ok(()));
    let [(at_s, 2)] = blocked_findings(&run.trace)[..] else { panic!("{:?}", blocked_findings(&run.trace)) };
    expect(Some(at_s), 5.0 + 20.0 / 300.0_f64.sqrt());
}

/// A strategy that has the first UAV inspect what is unknown of these segments.
fn inspecting(legs: &[(u32, Direction)]) -> impl FnMut(&Situation<'_>) -> Decision {
    let mut ugv_only = decide_with("ugv_only");
    move |situation| {
        let mut decision = ugv_only(situation);
        let Some((uav, tasks)) = situation.uavs.first().zip(decision.tasking.first_mut()) else { return decision };
        let (mut point, mut free_s) = (uav.point, 0.0);
        for (segment, direction) in legs {
            let segment = SegmentId(*segment);
            if situation.knowledge.state(segment) != crate::domain::knowledge::SegmentState::Unknown {
                continue;
            }
            let whole = situation.network.whole_leg(segment, *direction);
            let leg = uav.inspecting.filter(|leg| leg.segment == segment).unwrap_or(whole);
            let at = |offset_m| situation.network.point_at(Place { segment, offset_m });
            let begins_s = free_s + point.distance_m(at(leg.from_m)) / uav.speed_mps;
            free_s = begins_s + leg.length_m() / uav.speed_mps;
            point = at(leg.to_m);
            tasks.inspections.push(Inspection { leg, begins_s, ends_s: free_s });
        }
        decision
    }
}

#[test]
fn a_uav_flies_only_what_its_battery_is_enough_for() {
    // To b, along to c, and back to a: 5 s + 5 s + 10 s.
    let lasting = |s: f64| with(1, &[("m", "c", 0.2)], &format!(r#"{{"uav_endurance_s": {s}}}"#));
    expect(arrival_s(&lasting(20.0), "shortest_path"), 8.0 + 8.0 + 30.0);
    expect(arrival_s(&lasting(19.9), "shortest_path"), 16.0 + 16.0 + 30.0);
}

#[test]
fn a_uav_returns_for_a_swap_and_comes_back() {
    let options = Some(serde_json::from_str(r#"{"uav_endurance_s": 25, "swap_s": 7}"#).unwrap());
    let slow = Scenario { options, ugv_speed_mps: 1.0, ..scenario(1, &[("m", "c", 0.2), ("d", "e", 0.5)]) };
    let slow = Trial::new(&slow, &town(), 0).unwrap();
    let legs = [(1, Direction::Forward), (2, Direction::Forward)];
    let mut inspects = inspecting(&legs);
    let mut present = Vec::new();
    let run = run(&slow, |situation| {
        present.push(situation.uavs.len());
        inspects(situation)
    });
    let run = run.unwrap();
    assert_eq!(verify(&slow, &run.trace, run.arrival_s, clairvoyant_s(&slow)), Ok(()));
    // At the first blockage after 8 s. The second inspection takes 8 s + 15 s + 10 s, which only a full battery is
    // enough for: back after 16 s, ready after 23 s, and 150 m further after 30.5 s.
    let found = blocked_findings(&run.trace);
    assert_eq!(found.len(), 2);
    expect(Some(found[0].0), 8.0);
    expect(Some(found[1].0), 23.0 + 7.5);
    // Asked at the start, when the blockage is known, without the UAV, with it again, and when no way is left.
    assert_eq!(present, [1, 1, 0, 1, 1]);
    let lasts = Trial {
        conditions: Conditions { endurance: Some(Endurance { full_s: 15.0, swap_s: 7.0 }), ..slow.conditions.clone() },
        ..slow.clone()
    };
    let breach = verify(&lasts, &run.trace, run.arrival_s, None).unwrap_err();
    assert!(matches!(breach, Breach::Endurance { uav: 0, .. }), "{breach:?}");
}

#[test]
fn the_ugv_is_slower_where_it_must_be_though_routes_go_by_length() {
    let slow = with(0, &[], r#"{"ugv_speed_factors": [{"a": "b", "b": "a", "factor": 0.25}]}"#);
    expect(arrival_s(&slow, "ugv_only"), 40.0 + 10.0);
    expect(clairvoyant_s(&slow), 30.0);
    let network = town();
    let parts = network.parts().map(|mut part| {
        part.speed_limit_mps = Some(if part.nodes.len() == 3 { 4.0 } else { 100.0 });
        part
    });
    let limited =
        Network::new(network.plane().origin(), network.nodes().iter().map(Node::from).collect(), parts.collect())
            .unwrap();
    for (options, expected_s) in [(r#"{"ugv_speeds": "limits"}"#, 10.0 + 25.0), ("{}", 20.0)] {
        let options = Some(serde_json::from_str(options).unwrap());
        let limited = Trial::new(&Scenario { options, ..scenario(0, &[]) }, &limited, 0).unwrap();
        expect(arrival_s(&limited, "ugv_only"), expected_s);
    }
}

#[test]
fn impossible_options_are_refused_and_named() {
    let line = serde_json::to_string(&scenario(1, &[])).unwrap();
    let fault = |options: &str| {
        let line = line.replace("\"blockages\"", &format!("\"options\":{options},\"blockages\""));
        read_scenarios(line.as_bytes()).unwrap_err().message
    };
    for (options, message) in [
        (r#"{"report_delay_s":-1}"#, "options/report_delay_s is -1, but must be 0 or more"),
        (r#"{"report_loss_probability":1}"#, "options/report_loss_probability is 1, but must be 0 to below 1"),
        (
            r#"{"uav_sensor":{"false_clear":1.5,"false_blocked":0}}"#,
            "options/uav_sensor/false_clear is 1.5, but must be 0 to below 1",
        ),
        (
            r#"{"uav_sensor":{"false_clear":0.5,"false_blocked":0.5}}"#,
            "options/uav_sensor/false_clear and false_blocked are 0.5 and 0.5, but a sensor whose rates add up to 1 or more \
             tells nothing",
        ),
        (r#"{"clear_below":0.6}"#, "options/clear_below is 0.6, but must be above 0 and below blocked_above"),
        (r#"{"uav_endurance_s":0}"#, "options/uav_endurance_s is 0, but must be above 0"),
        (r#"{"uav_starts":["a","b"]}"#, "options/uav_starts has 2 nodes, but the scenario's uav_count is 1"),
        (
            r#"{"wind":{"x_mps":12,"y_mps":16}}"#,
            "options/wind is 20 m/s, but must be weaker than the UAVs' speed of 20 m/s",
        ),
        (
            r#"{"changes":[{"at_s":5,"a":"a","b":"b","fraction":null},{"at_s":4,"a":"a","b":"b","fraction":0}]}"#,
            "options/changes/1/at_s is 4, but must be 0 or more, and no earlier than the change before it",
        ),
        (
            r#"{"ugv_speed_factors":[{"a":"a","b":"b","factor":0}]}"#,
            "options/ugv_speed_factors/0/factor is 0, but must be above 0 and up to 1",
        ),
    ] {
        assert_eq!(fault(options), message);
    }
    assert!(fault(r#"{"changes":[{"at_s":5,"a":"a","b":"b"}]}"#).contains("missing field `fraction`"));
    assert!(fault(r#"{"swap":5}"#).contains("unknown field `swap`"));
    let lost = |options: &str| {
        let options = Some(serde_json::from_str(options).unwrap());
        Trial::new(&Scenario { options, ..scenario(1, &[]) }, &town(), 0).unwrap_err().to_string()
    };
    assert_eq!(
        lost(r#"{"uav_starts": ["z"]}"#),
        "options/uav_starts/0: network town has no node \"z\" once it is prepared"
    );
    assert_eq!(
        lost(r#"{"changes": [{"at_s": 5, "a": "a", "b": "c", "fraction": null}]}"#),
        "options/changes/0: no segment of network town has a piece from node \"a\" to node \"c\""
    );
    let twice = r#"{"ugv_speed_factors": [{"a": "b", "b": "m", "factor": 1}, {"a": "m", "b": "c", "factor": 1}]}"#;
    assert_eq!(
        lost(twice),
        "options/ugv_speed_factors/1: the segment of the piece from node \"m\" to node \"c\" has a speed factor already"
    );
}

#[test]
fn a_run_is_verified_in_its_own_world_only() {
    let still = trial(1, &[("m", "c", 0.2)]);
    let still = run(&still, decide_with("shortest_path")).unwrap();
    let windy = with(1, &[("m", "c", 0.2)], r#"{"wind": {"x_mps": 3, "y_mps": 4}}"#);
    let breach = verify(&windy, &still.trace, still.arrival_s, None).unwrap_err();
    assert!(matches!(breach, Breach::Speed { vehicle: Vehicle::Uav(0), .. }), "{breach:?}");
    let changed = with(1, &[("m", "c", 0.2)], r#"{"changes": [{"at_s": 7, "a": "m", "b": "c", "fraction": null}]}"#);
    let breach = verify(&changed, &still.trace, still.arrival_s, None).unwrap_err();
    assert!(matches!(breach, Breach::Untrue { vehicle: Vehicle::Uav(0), .. }), "{breach:?}");
    let free = run(&trial(0, &[]), decide_with("ugv_only")).unwrap();
    let closed = with(0, &[], r#"{"changes": [{"at_s": 4, "a": "m", "b": "c", "fraction": 0.2}]}"#);
    let breach = verify(&closed, &free.trace, free.arrival_s, clairvoyant_s(&closed)).unwrap_err();
    assert!(matches!(breach, Breach::PassesBlockage { segment: SegmentId(1), .. }), "{breach:?}");
    let slow = with(0, &[], r#"{"ugv_speed_factors": [{"a": "b", "b": "a", "factor": 0.5}]}"#);
    let breach = verify(&slow, &free.trace, free.arrival_s, clairvoyant_s(&slow)).unwrap_err();
    assert!(matches!(breach, Breach::Speed { vehicle: Vehicle::Ugv, .. }), "{breach:?}");
    let delayed = with(0, &[], r#"{"report_delay_s": 4}"#);
    assert!(matches!(verify(&delayed, &free.trace, None, Some(9.0)).unwrap_err(), Breach::GivesUp { .. }));
}
