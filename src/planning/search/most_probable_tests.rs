//! The most probable route against a list of all routes in each sampled world, on generated worlds.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::Search;
use super::guided::Step;
use super::k_shortest_tests::{all_ways, ample, steps};
use super::most_probable::is_blocked;
use crate::domain::ids::SegmentId;
use crate::domain::knowledge::SegmentState;
use crate::domain::report::Finding;
use crate::planning::budget::Budget;
use crate::planning::generated;
use crate::planning::situation::Situation;
use crate::planning::sketch::{World, learn, sketch};

/// The world in which everything is known, some segments being blocked.
fn sampled(world: &World, seed: u64, number: u32) -> World {
    let mut sampled = world.clone();
    for i in 0..world.network.segments().len() {
        let segment = SegmentId(i as u32);
        if world.knowledge.state(segment) == SegmentState::Unknown
            && is_blocked(&Situation { seed, ..world.situation() }, number, segment)
        {
            learn(&mut sampled.knowledge, segment, Finding::Blocked, None);
        }
    }
    sampled
}

#[test]
fn the_route_is_the_one_that_is_most_often_first_of_all_routes() {
    const WORLDS: u32 = 15;
    let mut search = Search::new();
    let (mut compared, mut none, mut not_the_own) = (0, 0, 0);
    'worlds: for seed in 0..1_500 {
        let world = generated::world(seed);
        if world.network.is_same_place(world.ugv.place, world.goals[0]) || all_ways(&world).is_none() {
            continue;
        }
        let mut counts: BTreeMap<Vec<Step>, (u32, u64)> = BTreeMap::new();
        for number in 0..WORLDS {
            let Some(ways) = all_ways(&sampled(&world, seed, number)) else { continue 'worlds };
            if let Some((length_um, steps)) = ways.into_iter().next() {
                counts.entry(steps).or_insert((0, length_um)).0 += 1;
            }
        }
        let most =
            counts.into_iter().min_by_key(|(steps, (count, length_um))| (Reverse(*count), *length_um, steps.clone()));
        let situation = Situation { seed, ..world.situation() };
        let found = search.most_probable_route(&situation, WORLDS, &mut ample());
        assert_eq!(found.as_ref().map(steps), most.map(|(steps, _)| steps), "seed {seed}");
        compared += 1;
        none += usize::from(found.is_none());
        let outcome = search.outcome(&situation, &mut ample());
        not_the_own += usize::from(found.is_some() && found.as_ref() != outcome.route());
    }
    let seen = [compared, none, not_the_own];
    assert!(seen.iter().all(|count| *count > 50), "every kind of world must be common: {seen:?}");
}

#[test]
fn a_segment_is_blocked_as_often_as_its_probability_says() {
    let world = sketch(
        "a 0,0\nb 100,0\na-b risk@0\na-b 50,10 risk@0.25\na-b 50,20 risk@1\na-b 50,30 clear risk@1\nugv a 10\ngoal b",
    );
    for seed in [0, 1, u64::MAX] {
        let situation = Situation { seed, ..world.situation() };
        let count = |segment| (0..10_000).filter(|number| is_blocked(&situation, *number, SegmentId(segment))).count();
        assert_eq!(count(0), 0);
        assert!((2_300..2_700).contains(&count(1)), "{}", count(1));
        assert_eq!(count(2), 10_000);
        assert_eq!(count(3), 0, "what is known to be clear stays so");
    }
    // Its worlds are the same on every machine.
    let many: Vec<bool> = (0..32).map(|number| is_blocked(&world.situation(), number, SegmentId(1))).collect();
    let blocked: Vec<usize> = (0..32).filter(|i| many[*i]).collect();
    assert_eq!(blocked, [0, 6, 12, 18, 19, 24, 30]);
}

#[test]
fn a_short_way_that_is_probably_blocked_is_not_the_most_probable() {
    let most_probable = |risks: [&str; 3]| {
        let [short, long, last] = risks;
        let text = format!("a 0,0\nb 100,0\nc 200,0\na-b {short}\na-b 50,50 {long}\nb-c {last}\nugv a 10\ngoal c");
        Search::new().most_probable_route(&sketch(&text).situation(), 200, &mut ample())
    };
    let first = |risks| most_probable(risks).unwrap().legs[0].segment;
    assert_eq!(first(["risk@0.3", "risk@0.1", ""]), SegmentId(0));
    assert_eq!(first(["risk@0.7", "risk@0.1", ""]), SegmentId(1));
    assert_eq!(first(["risk@0.7 clear", "risk@0.1", ""]), SegmentId(0));
    assert_eq!(most_probable(["", "", "risk@1"]), None);
}

#[test]
fn a_spent_budget_leaves_the_worlds_looked_at_until_then() {
    let world = sketch("a 0,0\nb 100,0\nc 200,0\na-b risk@0.4\na-b 50,50\nb-c\nugv a 10\ngoal c");
    let mut search = Search::new();
    let mut within = |steps| search.most_probable_route(&world.situation(), 100, &mut Budget::steps(steps));
    assert_eq!(within(0), None);
    let first = (1..50).find_map(&mut within).unwrap();
    let last = within(10_000).unwrap();
    assert_eq!((first.length_m, last.length_m), (200.0, 200.0));
}
