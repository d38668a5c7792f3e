//! What `adaptive` does where the right choice can be told without sampling.

use serde_json::{Map, Value, json};

use super::decide;
use crate::domain::plan::{Decision, Outcome};
use crate::planning::budget::Budget;
use crate::planning::check::check;
use crate::planning::generated;
use crate::planning::search::Search;
use crate::planning::sketch::{World, sketch};
use crate::planning::strategy::Strategies;

fn decide_with(world: &World, parameters: &Value) -> Decision {
    let strategy = Strategies::built_in().get("adaptive").unwrap().clone();
    let parameters: Map<String, Value> = parameters.as_object().unwrap().clone();
    assert_eq!(strategy.check_parameters(&parameters), Ok(()));
    let mut budget = Budget::steps(Budget::DEFAULT_STEPS);
    strategy.decide(&world.situation(), &parameters, &mut Search::new(), &mut budget)
}

fn segments(decision: &Decision) -> Vec<u32> {
    decision.outcome.route().map_or(Vec::new(), |route| route.legs.iter().map(|leg| leg.segment.0).collect())
}

/// From a to d: 300 m over b, whose second road is blocked as likely as said, or 320 m over c, which is surely open.
fn fork(risk: &str, more: &str) -> World {
    sketch(&format!(
        "a 0,0\nb 150,0\nd 300,0\nc 150,-50\na-b clear\nb-d {risk}\na-c clear\nc-d clear\nugv a 10\ngoal d\n{more}"
    ))
}

#[test]
fn the_ugv_takes_the_safer_of_two_ways_where_the_shorter_one_is_likely_to_be_blocked() {
    for uavs in ["", "uav 0,-200 1"] {
        let risky = fork("risk@0.6", uavs);
        assert_eq!(segments(&decide("shortest_path", &risky, &mut Search::new())), [0, 1]);
        assert_eq!(segments(&decide("adaptive", &risky, &mut Search::new())), [2, 3]);
        let safe = fork("risk@0.01", uavs);
        assert_eq!(segments(&decide("adaptive", &safe, &mut Search::new())), [0, 1]);
    }
}

#[test]
fn a_uav_looks_at_the_one_road_that_matters() {
    // The UGV has to know at b, and the UAV can tell it in time.
    let world = fork("risk@0.03", "uav 0,0 20");
    let decision = decide("adaptive", &world, &mut Search::new());
    let flown: Vec<u32> = decision.tasking[0].inspections.iter().map(|it| it.leg.segment.0).collect();
    assert_eq!(flown, [1]);
}

#[test]
fn where_all_is_known_the_way_is_the_shortest_and_nobody_flies() {
    let world = fork("clear", "uav 0,0 20\nuav 0,0 20");
    let decision = decide("adaptive", &world, &mut Search::new());
    assert_eq!(segments(&decision), [0, 1]);
    assert!(decision.tasking.iter().all(|tasks| tasks.inspections.is_empty()));
}

#[test]
fn any_parameters_within_their_limits_make_decisions_that_keep_the_rules() {
    let all = [
        json!({"rollouts": 24}),
        json!({"worlds": 8, "candidates": 0, "caution": 0}),
        json!({"worlds": 16, "rollouts": 200, "candidates": 64, "caution": 20}),
    ];
    for seed in 0..300 {
        let world = generated::world(seed);
        for parameters in &all {
            let decision = decide_with(&world, parameters);
            assert_eq!(check(&world.situation(), &decision), Ok(()), "seed {seed}, {parameters}");
            assert_eq!(decide_with(&world, parameters), decision, "seed {seed}, {parameters}");
        }
    }
}

#[test]
fn a_decision_that_is_called_off_says_so() {
    let world = fork("risk@0.6", "uav 0,0 20");
    let cancelled = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let strategy = Strategies::built_in().get("adaptive").unwrap().clone();
    let mut budget = Budget::cancellable(Budget::DEFAULT_STEPS, cancelled);
    let decision = strategy.decide(&world.situation(), &Map::new(), &mut Search::new(), &mut budget);
    assert!(matches!(decision.outcome, Outcome::BudgetSpent { .. }), "{:?}", decision.outcome);
    assert_eq!(check(&world.situation(), &decision), Ok(()));
}
