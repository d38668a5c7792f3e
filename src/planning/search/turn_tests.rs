//! Forbidden turns: by hand on small worlds, and every search against a slow one over pairs of segments on generated ones.

use super::alternatives::AlternativeOptions;
use super::goal_tree::{Fit, GoalTree};
use super::oracle_tests::is_close;
use super::reachable::{Unknown, reachable};
use super::replan_tests::{an_interesting_segment, news};
use super::{Found, Search};
use crate::domain::ids::{SegmentId, StateIndex};
use crate::domain::network::{Leg, Place};
use crate::domain::plan::{Decision, Outcome, Route, UgvSituation};
use crate::planning::budget::Budget;
use crate::planning::check::{Violation, check};
use crate::planning::edge_oracle::shortest_m;
use crate::planning::generated::{self, Dice, a_place, forbidding, journey};
use crate::planning::sketch::{World, render, sketch};

fn budget() -> Budget {
    Budget::steps(Budget::DEFAULT_STEPS)
}

fn length_m(legs: &[Leg]) -> f64 {
    legs.iter().map(Leg::length_m).sum()
}

/// A generated world with forbidden turns and without drones, of which nothing is asked here.
fn restricted(seed: u64) -> World {
    World { uavs: Vec::new(), ..generated::restricted(seed) }
}

#[track_caller]
fn expect(text: &str, expected: &str) {
    let world = sketch(text);
    let outcome = Search::new().outcome(&world.situation(), &mut budget());
    let decision = Decision { outcome, tasking: vec![] };
    check(&world.situation(), &decision).unwrap();
    assert_eq!(render(&world.network, &decision), expected);
}

/// A crossing x of four streets of 100 m, and a street round the corner from the south to the west.
fn crossing(more: &str) -> String {
    format!(
        "x 0,0\nn 0,100\ne 100,0\ns 0,-100\nw -100,0\nsw -100,-100\n\
         s-x\nx-n\nx-e\nw-x\ns-sw\nsw-w\n{more}"
    )
}

#[test]
fn a_turn_that_is_forbidden_is_gone_round() {
    let left = "ugv 0@50 10\ngoal w";
    expect(&crossing(left), "150 m, 15 s: 0:50>x 3:x>w");
    // Turning round where it is and going round the corner is shorter than to turn at the next junction.
    expect(&crossing(&format!("no 0 x 3\n{left}")), "250 m, 25 s: 0:50>s 4:s>sw 5:sw>w");
    // With the corner closed it goes on, turns, and comes back: nothing is forbidden to who comes from there.
    let closed = crossing(&format!("no 0 x 3\n{left}")).replace("sw-w", "sw-w blocked");
    expect(&closed, "350 m, 35 s: 0:50>x 1:x>n 1:n>x 3:x>w");
    // From the other side the same turn is free.
    expect(&crossing("no 0 x 3\nugv 1@50 10\ngoal w"), "150 m, 15 s: 1:50>x 3:x>w");
}

#[test]
fn where_only_one_turn_is_allowed_no_other_is_taken_nor_is_turning_back() {
    let start = "sw-w blocked\nonly 0 x 1\nugv 0@50 10";
    let world = crossing(start).replace("sw-w\n", "");
    expect(&format!("{world}\ngoal n"), "150 m, 15 s: 0:50>x 1:x>n");
    expect(&format!("{world}\ngoal e"), "350 m, 35 s: 0:50>x 1:x>n 1:n>x 2:x>e");
    // A waypoint at the crossing: from there only straight on.
    expect(&format!("{world}\nvia x\ngoal s"), "350 m, 35 s: 0:50>x 1:x>n 1:n>x 0:x>s");
}

#[test]
fn a_vehicle_may_turn_round_on_its_segment_and_at_a_junction_unless_that_is_forbidden() {
    expect(&crossing("no 0 x 0\nugv 0@50 10\ngoal s"), "50 m, 5 s: 0:50>s");
    expect(&crossing("ugv s 10\nvia x\ngoal s"), "200 m, 20 s: 0:s>x 0:x>s");
    expect(&crossing("no 0 x 0\nugv s 10\nvia x\ngoal s"), "400 m, 40 s: 0:s>x 1:x>n 1:n>x 0:x>s");
}

#[test]
fn at_a_junction_a_vehicle_has_come_by_the_segment_that_its_place_names() {
    expect(&crossing("no 0 x 3\nugv 0@100 10\ngoal w"), "300 m, 30 s: 0:x>s 4:s>sw 5:sw>w");
    expect(&crossing("no 0 x 3\nugv 1@0 10\ngoal w"), "100 m, 10 s: 3:x>w");
    // It has not passed the junction: turning back short of it is not turning at it.
    expect(&crossing("only 0 x 1\nugv 0@100 10\ngoal 0@30"), "70 m, 7 s: 0:x>30");
    expect(&crossing("only 0 x 1\nugv 0@100 10\ngoal s"), "100 m, 10 s: 0:x>s");
}

#[test]
fn where_the_only_turn_allowed_is_closed_there_is_no_way() {
    let world = "a 0,0\nx 100,0\nb 200,0\nc 100,100\na>x\nx-b\nx-c blocked\nonly 0 x 2\nugv 0@50 10\ngoal b";
    let enclosed =
        "no way: the vehicle is enclosed by closures: every segment by which it could leave is blocked (1 in all)";
    expect(world, enclosed);
}

#[test]
fn the_checker_finds_a_forbidden_turn() {
    let world = sketch(&crossing("no 0 x 3\nugv 0@50 10\ngoal w"));
    let legs = vec![
        Leg { segment: SegmentId(0), from_m: 50.0, to_m: 100.0 },
        Leg { segment: SegmentId(3), from_m: 100.0, to_m: 0.0 },
    ];
    let decision = Decision { outcome: Outcome::Route { route: Route::of(legs, 10.0) }, tasking: vec![] };
    let fault = check(&world.situation(), &decision).unwrap_err();
    assert_eq!(fault, Violation::ForbiddenTurn { leg: 1, from: SegmentId(0), segment: SegmentId(3) });
    assert_eq!(fault.to_string(), "route leg 1 leaves segment 0 by a turn onto segment 3 that is forbidden there");
    // Likewise from the junction, for who has come by that segment.
    let world = sketch(&crossing("no 0 x 3\nugv 0@100 10\ngoal w"));
    let legs = vec![Leg { segment: SegmentId(3), from_m: 100.0, to_m: 0.0 }];
    let decision = Decision { outcome: Outcome::Route { route: Route::of(legs, 10.0) }, tasking: vec![] };
    let fault = check(&world.situation(), &decision).unwrap_err();
    assert_eq!(fault, Violation::ForbiddenTurn { leg: 0, from: SegmentId(0), segment: SegmentId(3) });
}

#[test]
fn after_closures_reopenings_and_moves_all_searches_find_a_way_as_short_as_over_pairs_of_segments() {
    let mut warm = Search::new();
    let (mut ways, mut longer, mut no_ways, mut detours, mut at_junctions) = (0, 0, 0, 0, 0);
    for seed in 0..4_000 {
        let mut world = restricted(seed);
        let dice = &mut Dice::new(seed ^ 0x5eed);
        let mut found = Found::SamePlace;
        for moment in 0..12 {
            match dice.below(10) {
                0..6 => {
                    let segment = an_interesting_segment(dice, &world.network, &found);
                    news(dice, &world.network, &mut world.knowledge, segment, moment);
                }
                6..9 => match &found {
                    Found::Legs(legs) => {
                        let driven_m = length_m(legs) * dice.below(100) as f64 / 100.0;
                        let (_, place) = world.network.place_along(legs, driven_m).unwrap();
                        world.ugv = UgvSituation { place, ..world.ugv };
                    }
                    _ => world.ugv.place = a_place(dice, &world.network, &world.knowledge),
                },
                _ => world.ugv.place = a_place(dice, &world.network, &world.knowledge),
            }
            let World { network, knowledge, ugv, goals, .. } = &world;
            at_junctions += usize::from(network.junction_at(ugv.place).is_some());
            found = warm.shortest_way(network, knowledge, ugv.place, goals[0], &mut budget()).unwrap();
            let fresh =
                Search::remembering(0).shortest_way(network, knowledge, ugv.place, goals[0], &mut budget()).unwrap();
            assert_eq!(found, fresh, "seed {seed}, moment {moment}");
            let expected_m = shortest_m(network, knowledge, ugv.place, goals);
            match &found {
                Found::Legs(legs) => {
                    let found_m = length_m(legs);
                    assert!(
                        expected_m.is_some_and(|m| is_close(m, found_m)),
                        "seed {seed}, moment {moment}: {expected_m:?} {legs:?}"
                    );
                    let outcome = Outcome::Route { route: Route::of(legs.clone(), ugv.speed_mps) };
                    check(&world.situation(), &Decision { outcome, tasking: vec![] }).unwrap();
                    ways += 1;
                    detours += usize::from(warm.detour.settled() > 1);
                    let free = network.clone().with_forbidden_turns(&[]).unwrap();
                    let free =
                        Search::remembering(0).shortest_way(&free, knowledge, ugv.place, goals[0], &mut budget());
                    let Ok(Found::Legs(free)) = free else { panic!("a way without restrictions") };
                    longer += usize::from(length_m(&free) < found_m - 1e-6);
                }
                Found::SamePlace => assert_eq!(expected_m, Some(0.0), "seed {seed}, moment {moment}"),
                Found::NoWay(obstacle) => {
                    no_ways += 1;
                    assert_eq!(expected_m, None, "seed {seed}, moment {moment}");
                    let outcome = Outcome::NoWay { reason: obstacle.to_string() };
                    check(&world.situation(), &Decision { outcome, tasking: vec![] }).unwrap();
                }
            }
        }
    }
    assert!(
        ways > 10_000 && longer > 500 && no_ways > 3_000 && detours > 300 && at_junctions > 5_000,
        "{ways} {longer} {no_ways} {detours} {at_junctions}"
    );
}

#[test]
fn a_tree_that_is_kept_has_the_distances_of_a_new_one_in_every_state() {
    let mut kept = GoalTree::default();
    let (mut lifted, mut compared) = (0, 0);
    for seed in 0..2_000 {
        let mut world = restricted(seed);
        let dice = &mut Dice::new(seed ^ 0x7ee);
        kept.build(&world.network, &world.knowledge, &world.goals, &budget()).unwrap();
        for moment in 0..12 {
            let segment = SegmentId(dice.below(world.network.segments().len()) as u32);
            news(dice, &world.network, &mut world.knowledge, segment, moment);
            let World { network, knowledge, goals, .. } = &world;
            let fit = kept.update(network, knowledge, goals, network.segments().len(), &budget()).unwrap();
            lifted += usize::from(fit == Fit::Lifted);
            if fit == Fit::None {
                kept.build(network, knowledge, goals, &budget()).unwrap();
            }
            if dice.chance(60) {
                continue;
            }
            if !kept.take_in_closures(network, &budget()).unwrap() {
                kept.build(network, knowledge, goals, &budget()).unwrap();
            }
            let mut anew = GoalTree::default();
            anew.build(network, knowledge, goals, &budget()).unwrap();
            for state in (0..network.state_count()).map(|i| StateIndex(i as u32)) {
                assert_eq!(kept.onward(state), anew.onward(state), "seed {seed}, moment {moment}, {state:?}");
            }
            compared += network.state_count() - network.junction_count();
        }
    }
    assert!(lifted > 300 && compared > 10_000, "{lifted} {compared}");
}

#[test]
fn the_ways_to_several_goals_and_the_ground_within_reach_are_as_far_as_over_pairs_of_segments() {
    let (mut ways, mut sides) = (0, 0);
    for seed in 0..3_000 {
        let world = restricted(seed);
        let World { network, knowledge, ugv, .. } = &world;
        let dice = &mut Dice::new(seed ^ 0x6e);
        let goals: Vec<Place> = (0..4).map(|_| a_place(dice, network, knowledge)).collect();
        let expected: Vec<Option<f64>> =
            goals.iter().map(|goal| shortest_m(network, knowledge, ugv.place, &[*goal])).collect();
        let outcomes = Search::new().ways_to(&world.situation(), &goals, &mut budget());
        for ((goal, outcome), expected_m) in goals.iter().zip(&outcomes).zip(&expected) {
            let found_m = match outcome {
                Outcome::Route { route } => {
                    let situation = crate::planning::situation::Situation { goals: &[*goal], ..world.situation() };
                    check(&situation, &Decision { outcome: outcome.clone(), tasking: vec![] }).unwrap();
                    Some(route.length_m)
                }
                Outcome::AlreadyThere => Some(0.0),
                _ => None,
            };
            let is_right = match (found_m, expected_m) {
                (Some(a), Some(b)) => is_close(a, *b),
                (a, b) => a.is_none() && b.is_none(),
            };
            assert!(is_right, "seed {seed}, {goal:?}: {found_m:?} instead of {expected_m:?}");
            ways += usize::from(found_m.is_some());
        }
        // A place inside a segment is within reach just when a way leads there.
        let within_s = [3.0, 1e9];
        let bands = reachable(&world.situation(), &within_s, Unknown::Open, &mut budget()).unwrap();
        for (goal, expected_m) in goals.iter().zip(&expected).filter(|(goal, _)| network.junction_at(**goal).is_none())
        {
            let is_near = |m: f64| (m - 3.0 * ugv.speed_mps).abs() < 1e-3;
            let at_cut = bands.iter().flat_map(|band| &band.parts).any(|part| {
                part.segment == goal.segment
                    && [part.from_m, part.to_m].iter().any(|m| (m - goal.offset_m).abs() < 1e-6)
            });
            // What the UGV passes when it leaves a blocked segment is within reach, but no goal.
            let leaves = goal.segment == ugv.place.segment && knowledge.is_blocked(goal.segment);
            if expected_m.is_some_and(is_near) || at_cut || leaves {
                continue;
            }
            let covers = |part: &Leg| part.segment == goal.segment && part.covers(goal.offset_m);
            let band = bands.iter().position(|band| band.parts.iter().any(covers));
            let expected = expected_m.map(|m| usize::from(m > 3.0 * ugv.speed_mps));
            assert_eq!(band, expected, "seed {seed}, {goal:?}, {expected_m:?}");
            sides += usize::from(band.is_some());
        }
    }
    assert!(ways > 3_000 && sides > 1_000, "{ways} {sides}");
}

#[test]
fn further_routes_take_no_forbidden_turn_and_the_first_is_as_short_as_can_be() {
    let (mut routes_seen, mut alternatives_seen, mut likely) = (0, 0, 0);
    for seed in 0..2_500 {
        let world = restricted(seed);
        let situation = world.situation();
        let mut search = Search::new();
        let Outcome::Route { route } = search.outcome(&situation, &mut budget()) else { continue };
        let valid = |route: &Route| {
            let decision = Decision { outcome: Outcome::Route { route: route.clone() }, tasking: vec![] };
            check(&situation, &decision).unwrap_or_else(|fault| panic!("seed {seed}: {fault}, {route:?}"));
        };
        let routes = search.k_shortest_routes(&situation, &route, 6, &mut budget());
        routes.iter().for_each(valid);
        assert!(routes.windows(2).all(|pair| pair[0].length_m <= pair[1].length_m + 1e-5), "seed {seed}");
        for (i, one) in routes.iter().enumerate() {
            assert!(routes[..i].iter().all(|other| other.legs != one.legs), "seed {seed}");
        }
        routes_seen += routes.len() - 1;
        let found = search.alternatives(&situation, None, &AlternativeOptions::default(), &mut budget());
        found.others.iter().for_each(|other| valid(&other.route));
        alternatives_seen += found.others.len();
        let probable = search.most_probable_route(&situation, 5, &mut budget());
        probable.iter().for_each(valid);
        likely += usize::from(probable.is_some());
    }
    assert!(
        routes_seen > 1_000 && alternatives_seen > 30 && likely > 500,
        "{routes_seen} {alternatives_seen} {likely}"
    );
}

#[test]
fn journeys_by_waypoints_take_no_forbidden_turn_at_them() {
    let mut routes = 0;
    for seed in 0..3_000 {
        let mut world = journey(seed);
        world.uavs.clear();
        world.network = forbidding(&mut Dice::new(seed ^ 0x7475_726e), world.network);
        let outcome = Search::new().outcome(&world.situation(), &mut budget());
        routes += usize::from(matches!(outcome, Outcome::Route { .. }));
        check(&world.situation(), &Decision { outcome, tasking: vec![] })
            .unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
    }
    assert!(routes > 800, "{routes}");
}
