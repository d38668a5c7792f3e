//! Ways to several goals, against a search for each.

use super::k_shortest_tests::ample;
use super::{Found, Search};
use crate::domain::network::{Leg, Place};
use crate::domain::plan::Outcome;
use crate::planning::budget::Budget;
use crate::planning::generated::{self, Dice};
use crate::planning::sketch::{World, sketch};

#[test]
fn the_way_to_each_of_several_goals_is_as_short_as_that_of_a_search_of_its_own() {
    let mut search = Search::new();
    let mut seen = [0_usize; 3];
    for seed in 0..4_000 {
        let world = generated::world(seed);
        let World { network, knowledge, ugv, .. } = &world;
        let dice = &mut Dice::new(seed ^ 0x60a1);
        let goals: Vec<Place> = (0..dice.below(6)).map(|_| generated::a_place(dice, network, knowledge)).collect();
        let outcomes = search.ways_to(&world.situation(), &goals, &mut ample());
        assert_eq!(outcomes.len(), goals.len());
        for (goal, outcome) in goals.iter().zip(outcomes) {
            let alone = Search::new().shortest_way(network, knowledge, ugv.place, *goal, &mut ample()).unwrap();
            match (&outcome, alone) {
                (Outcome::Route { route }, Found::Legs(legs)) => {
                    seen[0] += 1;
                    let alone_m: f64 = legs.iter().map(Leg::length_m).sum();
                    assert!((route.length_m - alone_m).abs() < 1e-6, "seed {seed}: {} {alone_m}", route.length_m);
                    let (first, last) = (route.legs[0], route.legs[route.legs.len() - 1]);
                    let [from, to] = [(first.segment, first.from_m), (last.segment, last.to_m)]
                        .map(|(segment, offset_m)| Place { segment, offset_m });
                    assert!(network.is_same_place(from, ugv.place) && network.is_same_place(to, *goal), "seed {seed}");
                    for pair in route.legs.windows(2) {
                        let [end, begin] = [(pair[0].segment, pair[0].to_m), (pair[1].segment, pair[1].from_m)]
                            .map(|(segment, offset_m)| Place { segment, offset_m });
                        assert!(network.is_same_place(end, begin), "seed {seed}");
                    }
                }
                (Outcome::AlreadyThere, Found::SamePlace) => seen[1] += 1,
                (Outcome::NoWay { reason }, Found::NoWay(obstacle)) => {
                    seen[2] += 1;
                    assert_eq!(*reason, obstacle.to_string(), "seed {seed}");
                }
                (outcome, alone) => panic!("seed {seed}: {outcome:?} {alone:?}"),
            }
        }
    }
    assert!(seen.iter().all(|count| *count > 200), "{seen:?}");
}

#[test]
fn a_budget_that_ends_is_an_outcome() {
    let world = sketch("a 0,0\nb 100,0\nc 200,0\na-b\nb-c\nugv a 10\ngoal c");
    let outcomes = Search::new().ways_to(&world.situation(), &[world.goals[0], world.goals[0]], &mut Budget::steps(1));
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::BudgetSpent { .. })), "{outcomes:?}");
}
