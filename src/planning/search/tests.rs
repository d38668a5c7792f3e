//! What the search promises at the places where rules meet, and the words it has when there is no way.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::{Found, Obstacle, Search};
use crate::domain::ids::SegmentId;
use crate::domain::network::Place;
use crate::domain::plan::{Decision, Outcome};
use crate::planning::budget::{Budget, Spent};
use crate::planning::sketch::{World, render, sketch};

fn outcome(world: &World, budget: &mut Budget) -> Outcome {
    Search::new().outcome(&world.situation(), budget)
}

#[track_caller]
fn expect(text: &str, expected: &str) {
    let world = sketch(text);
    let decision = Decision { outcome: outcome(&world, &mut Budget::steps(1_000)), tasking: vec![] };
    assert_eq!(render(&world.network, &decision), expected);
}

/// a--b--c--d in a line, 100 m each, and a long way round from b to d.
fn line(more: &str, segments: [&str; 3]) -> String {
    let [ab, bc, cd] = segments;
    format!("a 0,0\nb 100,0\nc 200,0\nd 300,0\na-b {ab}\nb-c {bc}\nc-d {cd}\nb-d 200,100\n{more}")
}

#[test]
fn a_blockage_is_where_a_vehicle_may_stand_but_not_pass() {
    expect(&line("ugv 1@40 10\ngoal b", ["", "blocked@40", ""]), "40 m, 4 s: 1:40>b");
    expect(&line("ugv 1@40 10\ngoal c", ["", "blocked@40", ""]), "60 m, 6 s: 1:40>c");
    expect(&line("ugv 1@30 10\ngoal 1@40", ["", "blocked@40", ""]), "10 m, 1 s: 1:30>40");
    expect(&line("ugv 1@30 10\ngoal 1@50", ["", "blocked@40", ""]), "462.84 m, 46.28 s: 1:30>b 3:b>d 2:d>c 1:c>50");
    expect(&line("ugv a 10\ngoal 1@40", ["", "blocked@40", ""]), "140 m, 14 s: 0:a>b 1:b>40");
    expect(&line("ugv d 10\ngoal 1@40", ["", "blocked@40", ""]), "160 m, 16 s: 2:d>c 1:c>40");
}

#[test]
fn a_segment_blocked_at_an_unknown_point_is_left_but_never_entered() {
    expect(&line("ugv 1@90 10\ngoal b", ["", "blocked", ""]), "90 m, 9 s: 1:90>b");
    expect(
        &line("ugv a 10\ngoal 1@10", ["", "blocked", ""]),
        "no way: the goal lies on segment 1, which is blocked at a point that is not known",
    );
    expect(
        &line("ugv 1@20 10\ngoal 1@10", ["", "blocked", ""]),
        "no way: the goal lies on segment 1, which is blocked at a point that is not known",
    );
    expect(&line("ugv 1@10 10\ngoal 1@10", ["", "blocked", ""]), "already there");
}

#[test]
fn places_at_ends_are_junctions_whatever_their_segment_is_like() {
    expect(&line("ugv 0@100 10\ngoal 2@0", ["blocked", "", "blocked"]), "100 m, 10 s: 1:b>c");
    expect(&line("ugv 0@100 10\ngoal 1@0", ["blocked", "blocked", ""]), "already there");
}

#[test]
fn why_there_is_no_way_is_said_in_words() {
    let cut = "a 0,0\nb 100,0\nc 200,0\nd 300,0\n";
    expect(
        &format!("{cut}a-b\nb-c blocked@20\nc-d\nugv a 10\ngoal 1@50"),
        "no way: the goal lies on segment 1, which is blocked 20.0 m from its first end, between the vehicle and the goal",
    );
    expect(
        &format!("{cut}a-b\nb-c blocked@20\nb-c 150,50 blocked\nc-d\nugv a 10\ngoal d"),
        "no way: every way to the goal crosses a blocked segment (blocked segments at the edge: 2, junctions within reach: 2)",
    );
    expect(
        &format!("{cut}a-b blocked\na-b 50,50 blocked\nb-c\nc-d\nugv a 10\ngoal d"),
        "no way: the vehicle is enclosed by closures: every segment by which it could leave is blocked (2 in all)",
    );
    expect(
        &format!("{cut}a>b blocked@70\nb-c\nc-d\nugv 0@50 10\ngoal d"),
        "no way: the vehicle is enclosed by closures: every segment by which it could leave is blocked (1 in all)",
    );
    expect(
        &format!("{cut}a-b\nc-d\nugv a 10\ngoal d"),
        "no way: no road leads from the vehicle to the goal, even with every segment open",
    );
    expect(
        &format!("{cut}b>a\nb-c\nc-d\nugv a 10\ngoal d"),
        "no way: no road leads from the vehicle to the goal, even with every segment open",
    );
}

#[test]
fn whether_two_places_connect_does_not_depend_on_closures() {
    let world = sketch("a 0,0\nb 100,0\nc 200,0\nd 300,0\na>b blocked\nc-d\nugv a 10\ngoal b");
    let (mut search, budget) = (Search::new(), &mut Budget::steps(100));
    let place = |name: &str| world.network.place_of_node(world.network.node_by_id(name).unwrap()).unwrap();
    let mut connects = |from, to| search.connects(&world.network, place(from), place(to), budget).unwrap();
    assert!(connects("a", "b"));
    assert!(!connects("b", "a"));
    assert!(!connects("a", "c"));
    assert!(connects("c", "c"));
}

#[test]
fn the_first_of_many_goals_that_no_road_leads_to_is_found_in_one_search() {
    let world = sketch("a 0,0\nb 100,0\nc 200,0\nd 300,0\na>b blocked\nc-d\nugv a 10\ngoal b");
    let places = |names: &str| -> Vec<Place> {
        let place = |name| world.network.place_of_node(world.network.node_by_id(name).unwrap()).unwrap();
        names.split(' ').map(place).collect()
    };
    // Enough for one search and not for two.
    let first_apart = |from, goals| {
        let budget = &mut Budget::steps(3);
        Search::new().first_apart(&world.network, places(from)[0], &places(goals), budget)
    };
    assert_eq!(first_apart("a", "a b"), Ok(None));
    assert_eq!(first_apart("a", "b c d"), Ok(Some(1)));
    assert_eq!(first_apart("b", "b a"), Ok(Some(1)));
    assert_eq!(first_apart("c", "d c d c"), Ok(None));
}

#[test]
fn a_budget_that_is_spent_is_no_answer_about_the_roads() {
    let world = sketch(&line("ugv a 10\ngoal d", ["", "", ""]));
    let reason = |budget: &mut Budget| match outcome(&world, budget) {
        Outcome::BudgetSpent { reason } => reason,
        other => panic!("{other:?}"),
    };
    assert_eq!(reason(&mut Budget::steps(1)), "the search for a route took more steps than its budget allows");
    let called_off = &mut Budget::cancellable(1024, Arc::new(AtomicBool::new(true)));
    assert_eq!(reason(called_off), "the planning was called off before a route was found");
    let blocked = sketch(&line("ugv a 10\ngoal d", ["blocked", "", ""]));
    let way = |steps| {
        let (network, knowledge) = (&blocked.network, &blocked.knowledge);
        Search::new().shortest_way(network, knowledge, blocked.ugv.place, blocked.goals[0], &mut Budget::steps(steps))
    };
    assert_eq!(way(3), Err(Spent), "the reason why there is no way takes steps too");
    assert_eq!(way(4), Ok(Found::NoWay(Obstacle::Enclosed { blocked: 1 })));
}

#[test]
fn one_search_serves_networks_of_any_size_in_turn() {
    let small = sketch("a 0,0\nb 100,0\na-b\nugv a 10\ngoal b");
    let large = sketch(&line("ugv a 10\ngoal d", ["", "", ""]));
    let mut search = Search::new();
    for world in [&large, &small, &large, &small] {
        let budget = &mut Budget::steps(100);
        let found = search.shortest_way(&world.network, &world.knowledge, world.ugv.place, world.goals[0], budget);
        let Ok(Found::Legs(legs)) = found else { panic!("{found:?}") };
        assert_eq!(legs[0].segment, SegmentId(0));
    }
}
