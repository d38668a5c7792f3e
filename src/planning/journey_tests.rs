//! Journeys: several goals of which any will do, and waypoints in their order.

use serde_json::Map;

use super::budget::Budget;
use super::check::{Violation, check};
use super::forecast::{ForecastOptions, forecast};
use super::generated::{self, Dice};
use super::search::{Found, Search};
use super::situation::Situation;
use super::sketch::{World, learn, render, sketch};
use super::strategy::{Rule, Strategies};
use crate::domain::ids::SegmentId;
use crate::domain::knowledge::SegmentState;
use crate::domain::network::{Leg, Place};
use crate::domain::plan::{Decision, Outcome, Route};
use crate::domain::report::Finding;

fn ample() -> Budget {
    Budget::steps(Budget::DEFAULT_STEPS)
}

fn decide(strategy: &str, world: &World, search: &mut Search) -> Decision {
    let strategies = Strategies::built_in();
    strategies.get(strategy).unwrap().decide(&world.situation(), &Map::new(), search, &mut ample())
}

/// The decision as text; the checker must find it right.
#[track_caller]
fn expect(strategy: &str, text: &str, expected: &str) {
    let world = sketch(text);
    let decision = decide(strategy, &world, &mut Search::new());
    let rendered = render(&world.network, &decision);
    let lines = |text: &str| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>();
    assert_eq!(lines(&rendered), lines(expected), "{strategy}:\n{rendered}\n");
    assert_eq!(check(&world.situation(), &decision), Ok(()));
}

const FORK: &str = "a 0,0\nb 100,0\nc 200,0\nd -150,0\na-b\nb-c\n";

#[test]
fn the_nearest_of_several_goals_is_driven_to_and_another_one_once_the_way_there_is_closed() {
    expect("ugv_only", &format!("{FORK}a-d\nugv a 10\ngoal c\ngoal d"), "150 m, 15 s: 2:a>d");
    expect("ugv_only", &format!("{FORK}a-d blocked@20\nugv a 10\ngoal c\ngoal d"), "200 m, 20 s: 0:a>b 1:b>c");
    expect("ugv_only", &format!("{FORK}a-d\nugv a 10\ngoal d\ngoal 2@0"), "already there");
    expect(
        "ugv_only",
        &format!("{FORK}a-d blocked\nugv a 10\ngoal d\ngoal 2@50"),
        "no way: every way to the goal crosses a blocked segment (blocked segments at the edge: 1, junctions within reach: 3)",
    );
}

#[test]
fn goals_around_the_vehicle_on_its_own_segment_are_told_apart() {
    for goals in ["goal 0@80\ngoal 0@30", "goal 0@30\ngoal 0@80"] {
        expect("ugv_only", &format!("a 0,0\nb 100,0\na-b\nugv 0@50 10\n{goals}"), "20 m, 2 s: 0:50>30");
        let blocked = format!("a 0,0\nb 100,0\na-b blocked@40\nugv 0@50 10\n{goals}");
        expect("ugv_only", &blocked, "30 m, 3 s: 0:50>80");
    }
    for goals in ["goal 0@70\ngoal 0@30", "goal 0@30\ngoal 0@70"] {
        expect("ugv_only", &format!("a 0,0\nb 100,0\na-b\nugv 0@50 10\n{goals}"), "20 m, 2 s: 0:50>30");
    }
}

#[test]
fn of_goals_as_near_the_one_by_the_lowest_segment_counts_in_whatever_order_they_come() {
    let town = "a 0,0\nb 100,0\nc 0,100\nd -100,0\na-d\na-c\na-b\nugv a 10\n";
    for goals in ["goal b\ngoal c\ngoal d", "goal d\ngoal c\ngoal b", "goal c\ngoal 2@100\ngoal d"] {
        expect("ugv_only", &format!("{town}{goals}"), "100 m, 10 s: 0:a>d");
    }
    for goals in ["goal 2@40\ngoal 1@40", "goal 1@40\ngoal 2@40"] {
        expect("ugv_only", &format!("{town}{goals}"), "40 m, 4 s: 1:a>40");
    }
}

#[test]
fn waypoints_are_visited_in_their_order_before_the_goal() {
    let town = format!("{FORK}a-d\nugv a 10\n");
    expect("ugv_only", &format!("{town}goal d\nvia b"), "350 m, 35 s: 0:a>b 0:b>a 2:a>d");
    expect("ugv_only", &format!("{town}goal a\nvia d\nvia b"), "500 m, 50 s: 2:a>d 2:d>a 0:a>b 0:b>a");
    expect("ugv_only", &format!("{town}goal b\nvia a\nvia a"), "100 m, 10 s: 0:a>b");
    expect("ugv_only", &format!("{town}goal a\nvia a"), "already there");
    expect("ugv_only", &format!("{town}goal d\ngoal c\nvia b"), "200 m, 20 s: 0:a>b 1:b>c");
    let inside = format!("{town}goal c\nvia 0@60\nvia 0@20");
    expect("ugv_only", &inside, "280 m, 28 s: 0:a>60 0:60>20 0:20>b 1:b>c");
}

#[test]
fn a_journey_has_no_way_if_one_of_its_legs_has_none() {
    let town = "a 0,0\nb 100,0\nc 200,0\na-b\nb-c blocked\nugv a 10\n";
    let closed =
        "every way to the goal crosses a blocked segment (blocked segments at the edge: 1, junctions within reach: 2)";
    expect(
        "ugv_only",
        &format!("{town}goal c\nvia b"),
        &format!("no way: from the last waypoint to the goal: {closed}"),
    );
    expect(
        "ugv_only",
        &format!("{town}goal a\nvia c"),
        &format!("no way: to the next waypoint, as the goal of this leg: {closed}"),
    );
    expect(
        "ugv_only",
        &format!("{town}goal a\nvia b\nvia c"),
        &format!("no way: to waypoint 2 of 2 to come, as the goal of this leg: {closed}"),
    );
    expect(
        "ugv_only",
        "a 0,0\nb 100,0\na-b blocked@50\nugv a 10\ngoal a\nvia 0@50",
        "no way: to the next waypoint, as the goal of this leg: the waypoint is the point at which segment 0 is blocked",
    );
}

#[test]
fn drones_look_at_the_present_leg_first_and_then_at_the_later_ones() {
    // The UGV is at c after 20 s, back at b after 30 s, and at d after 40 s.
    let town = "a 0,0\nb 100,0\nc 200,0\nd 100,100\na-b\nb-c\nb-d\nugv a 10\ngoal d\nvia c\nuav 0,0 20";
    expect(
        "shortest_path",
        town,
        "400 m, 40 s: 0:a>b 1:b>c 1:c>b 2:b>d
         uav-1: 1:b>c 5..10 2:b>d 15..20",
    );
    expect(
        "bidirectional",
        town,
        "400 m, 40 s: 0:a>b 1:b>c 1:c>b 2:b>d
         uav-1: 1:c>b 10..15 2:b>d 15..20",
    );
    expect("ugv_only", town, "400 m, 40 s: 0:a>b 1:b>c 1:c>b 2:b>d\nuav-1:");
}

/// What a route should come to, by single searches; nothing where there is no way.
fn expected_m(world: &World) -> Option<f64> {
    let World { network, knowledge, ugv, goals, stops, .. } = world;
    let length_m = |from: Place, to: Place| {
        let mut search = Search::remembering(0);
        match search.shortest_way(network, knowledge, from, to, &mut ample()).unwrap() {
            Found::Legs(legs) => Some(legs.iter().map(Leg::length_m).sum::<f64>()),
            Found::SamePlace => Some(0.0),
            Found::NoWay(_) => None,
        }
    };
    let (mut at, mut sum_m) = (ugv.place, 0.0);
    for stop in stops {
        let is_blockage = network.junction_at(*stop).is_none()
            && knowledge.is_blocked(stop.segment)
            && knowledge.blockage_offset_m(stop.segment) == Some(stop.offset_m);
        if is_blockage && !network.is_same_place(at, *stop) {
            return None;
        }
        sum_m += length_m(at, *stop)?;
        at = *stop;
    }
    let last_m = goals.iter().filter_map(|goal| length_m(at, *goal)).min_by(f64::total_cmp)?;
    Some(sum_m + last_m)
}

#[track_caller]
fn compare(world: &World, outcome: &Outcome, context: &str) {
    match (outcome, expected_m(world)) {
        (Outcome::AlreadyThere, Some(expected_m)) => assert_eq!(expected_m, 0.0, "{context}"),
        (Outcome::Route { route }, Some(expected_m)) => {
            assert!((route.length_m - expected_m).abs() < 1e-6, "{context}: {} m, not {expected_m} m", route.length_m);
        }
        (Outcome::NoWay { .. }, None) => {}
        (found, expected) => panic!("{context}: {found:?}, not {expected:?}"),
    }
}

#[test]
fn a_journey_is_the_sum_of_its_legs_and_several_goals_are_the_nearest_of_them_while_roads_close_and_reopen() {
    let mut warm = Search::new();
    let mut routes = 0;
    for seed in 0..3_000 {
        let mut world = generated::journey(seed);
        let dice = &mut Dice::new(seed);
        for round in 0..6 {
            let context = format!("seed {seed}, round {round}");
            let outcome = warm.outcome(&world.situation(), &mut ample());
            compare(&world, &outcome, &context);
            let fresh = Search::remembering(0).outcome(&world.situation(), &mut ample());
            assert_eq!(outcome, fresh, "{context}");
            let decision = Decision { outcome, tasking: decide("ugv_only", &world, &mut warm).tasking };
            assert_eq!(check(&world.situation(), &decision), Ok(()), "{context}");
            routes += usize::from(decision.outcome.route().is_some());
            let segment = SegmentId(dice.below(world.network.segments().len()) as u32);
            let length_m = world.network.segment(segment).length_m();
            let at_m = [None, Some(0.0), Some(length_m * 0.5)][dice.below(3)];
            let finding = if dice.chance(40) { Finding::Clear } else { Finding::Blocked };
            let at_m = at_m.filter(|_| finding == Finding::Blocked);
            learn(&mut world.knowledge, segment, finding, at_m);
        }
    }
    assert!(routes > 5_000, "{routes}");
}

#[test]
fn the_checker_finds_every_strategys_journeys_right_and_all_but_adaptive_take_the_shortest_way() {
    let mut search = Search::new();
    let mut later = 0;
    for seed in 0..2_000 {
        let world = generated::journey(seed);
        let situation = world.situation();
        for strategy in Strategies::built_in().iter() {
            let name = strategy.name();
            let is_slow = ["most_probable_path", "adaptive"].contains(&name);
            if is_slow && seed % 10 > 0 {
                continue;
            }
            let decision = decide(name, &world, &mut search);
            let context = || format!("seed {seed}, {name}:\n{}", render(&world.network, &decision));
            assert_eq!(check(&situation, &decision), Ok(()), "{}", context());
            let route = decision.outcome.route().cloned().unwrap_or_default();
            if name == "adaptive" {
                let shortest_m = expected_m(&world).unwrap_or_default();
                assert!(route.length_m > shortest_m - 1e-6, "{}", context());
            } else {
                compare(&world, &decision.outcome, &context());
            }
            let (present, _) = situation.part(&route.legs);
            for inspection in decision.tasking.iter().flat_map(|tasks| &tasks.inspections) {
                let segment = inspection.leg.segment;
                assert_eq!(world.knowledge.state(segment), SegmentState::Unknown, "{}", context());
                later += usize::from(present.iter().all(|leg| leg.segment != segment));
            }
        }
    }
    assert!(later > 1_000, "{later}");
}

#[test]
fn other_routes_of_a_journey_keep_the_rules_too() {
    let mut search = Search::new();
    let mut others = 0;
    for seed in 0..2_000 {
        let world = generated::journey(seed);
        let situation = world.situation();
        let outcome = search.outcome(&situation, &mut ample());
        let Some(route) = outcome.route() else { continue };
        let right = |route: &Route, what: &str| {
            let tasking = decide("ugv_only", &world, &mut Search::new()).tasking;
            let decision = Decision { outcome: Outcome::Route { route: route.clone() }, tasking };
            assert_eq!(check(&situation, &decision), Ok(()), "seed {seed}, {what}: {route:?}");
        };
        let (present, later) = situation.part(&route.legs);
        let own = Route::of(present.to_vec(), situation.ugv.speed_mps);
        let mut found = search.k_shortest_routes(&situation.present(), &own, 4, &mut ample());
        assert!(found.windows(2).all(|pair| pair[0].length_m <= pair[1].length_m + 1e-5), "seed {seed}: {found:?}");
        found.extend(search.most_probable_route(&situation.present(), 8, &mut ample()));
        for mut route in found {
            route.legs.extend_from_slice(later);
            right(&Route::of(route.legs, situation.ugv.speed_mps), "k shortest, most probable");
        }
        let options = Default::default();
        for other in search.alternatives(&situation, None, &options, &mut ample()).others {
            right(&other.route, "alternative");
            assert!(other.shared_m <= other.route.length_m + 1e-6, "seed {seed}");
            others += 1;
        }
    }
    assert!(others > 100, "{others}");
}

#[test]
fn a_forecast_plays_all_legs() {
    let mut played = 0;
    for seed in 0..1_500 {
        let world = generated::journey(seed);
        let sure = vec![0.0; world.network.segments().len()];
        let situation = Situation { beliefs: Some(&sure), ..world.situation() };
        let options = ForecastOptions { worlds: 2, critical: 0 };
        let found = forecast(&situation, Rule::Forward, &options, &mut Search::new(), &mut ample());
        let expected = expected_m(&world).map(|length_m| length_m / situation.ugv.speed_mps);
        match (found.arrival_s, expected) {
            (Some(arrival), Some(expected_s)) => {
                assert!((arrival.mean - expected_s).abs() < 1e-6, "seed {seed}: {arrival:?}, not {expected_s} s");
                played += 1;
            }
            (None, None) => {}
            (found, expected) => panic!("seed {seed}: {found:?}, not {expected:?}"),
        }
        // Whatever turns out to be blocked, nobody is earlier.
        let many = ForecastOptions { worlds: 20, critical: 3 };
        let doubtful = forecast(&world.situation(), Rule::Forward, &many, &mut Search::new(), &mut ample());
        if let (Some(arrival), Some(expected_s)) = (doubtful.arrival_s, expected) {
            assert!(arrival.p10 > expected_s - 1e-3, "seed {seed}: {arrival:?} is before {expected_s} s");
        }
    }
    assert!(played > 500, "{played}");
}

#[test]
fn a_blockage_on_a_later_leg_is_met_there_and_the_waypoint_is_not_visited_again() {
    // To b, back, and on to d by the road that may be blocked in its middle (1,000 m), or round by a longer one (1,600 m).
    let world = sketch(
        "a 0,0\nb 500,0\nd -1000,0\na-b clear\na-d risk@0.5\na-d -100,300 -900,300 clear\nugv a 10\ngoal d\nvia b",
    );
    let options = ForecastOptions { worlds: 400, critical: 1 };
    let found = forecast(&world.situation(), Rule::Rest, &options, &mut Search::new(), &mut ample());
    let arrival = found.arrival_s.unwrap();
    assert_eq!(arrival.p10, 200.0, "out, back and along the road that is clear");
    let round_s = 100.0 + world.network.segment(SegmentId(2)).length_m() / 10.0;
    assert!(arrival.p90 > round_s && arrival.p90 < round_s + 200.0, "{arrival:?}");
    assert_eq!((found.reach_probability, found.critical[0].segment), (Some(1.0), SegmentId(1)));
}

#[test]
fn the_checker_refuses_journeys_that_are_not_those_asked_for() {
    let town = "a 0,0\nb 100,0\nc 200,0\na-b\nb-c\nugv a 10\n";
    let along = |world: &World, legs: &[(u32, f64, f64)]| {
        let legs = legs.iter().map(|(segment, from_m, to_m)| Leg {
            segment: SegmentId(*segment),
            from_m: *from_m,
            to_m: *to_m,
        });
        let route = Route::of(legs.collect(), 10.0);
        check(&world.situation(), &Decision { outcome: Outcome::Route { route }, tasking: vec![] })
    };
    let world = sketch(&format!("{town}goal c\nvia b\nvia a"));
    let (there, back) = ((0, 0.0, 100.0), (0, 100.0, 0.0));
    assert_eq!(along(&world, &[there, back, there, (1, 0.0, 100.0)]), Ok(()));
    assert_eq!(along(&world, &[there, (1, 0.0, 100.0)]), Err(Violation::MissesWaypoint { stop: 1 }));
    assert_eq!(along(&world, &[there, back]), Err(Violation::RouteEnd));
    let world = sketch(&format!("{town}goal c\nvia 0@50"));
    assert_eq!(along(&world, &[there, (1, 0.0, 100.0)]), Err(Violation::MissesWaypoint { stop: 0 }));
    assert_eq!(along(&world, &[(0, 0.0, 50.0), (0, 50.0, 100.0), (1, 0.0, 100.0)]), Ok(()));
    let closed = sketch("a 0,0\nb 100,0\na-b blocked@50\nugv a 10\ngoal a\nvia 0@50");
    let turned = along(&closed, &[(0, 0.0, 50.0), (0, 50.0, 0.0)]);
    assert_eq!(turned, Err(Violation::BlockedWaypoint { stop: 0 }));
    let decided = |world: &World, outcome| check(&world.situation(), &Decision { outcome, tasking: vec![] });
    let world = sketch(&format!("{town}goal a\nvia b"));
    assert_eq!(decided(&world, Outcome::AlreadyThere), Err(Violation::NotThere));
    assert_eq!(decided(&world, Outcome::NoWay { reason: String::new() }), Err(Violation::ThereIsAWay));
    let world = sketch(&format!("{town}goal c\ngoal a"));
    assert_eq!(decided(&world, Outcome::AlreadyThere), Ok(()));
    assert_eq!(along(&world, &[there, (1, 0.0, 100.0)]), Err(Violation::IsThere));
}
