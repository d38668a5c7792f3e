//! What every strategy promises, on generated worlds against the checker.

use serde_json::{Map, Value, json};

use super::{decide, road};
use crate::domain::ids::SegmentId;
use crate::domain::knowledge::SegmentState;
use crate::domain::plan::{Decision, Outcome, Route};
use crate::planning::budget::Budget;
use crate::planning::check::check;
use crate::planning::generated;
use crate::planning::search::Search;
use crate::planning::sketch::{World, render, sketch};
use crate::planning::strategy::Strategies;

const STRATEGIES: usize = 8;

#[test]
fn the_checker_finds_every_decision_right_on_generated_worlds() {
    let mut search = Search::new();
    let mut inspections = [0; STRATEGIES];
    for seed in 0..10_000 {
        let world = generated::world(seed);
        for (i, strategy) in Strategies::built_in().iter().enumerate() {
            if seed % 10 > 0 && is_slow(strategy.name()) {
                continue;
            }
            let decision = decide(strategy.name(), &world, &mut search);
            let context = || format!("seed {seed}, {}:\n{}", strategy.name(), render(&world.network, &decision));
            assert_eq!(check(&world.situation(), &decision), Ok(()), "{}", context());
            let flown = decision.tasking.iter().flat_map(|tasks| &tasks.inspections).map(|it| it.leg.segment);
            let flown: Vec<SegmentId> = flown.collect();
            if flown.is_empty() {
                continue;
            }
            let routes = routes_looked_at(strategy.name(), &world, &decision, &mut search);
            for segment in &flown {
                assert_eq!(world.knowledge.state(*segment), SegmentState::Unknown, "{}", context());
                let mut legs = routes.iter().flat_map(|route| &route.legs);
                let looks_anywhere = strategy.name() == "adaptive";
                assert!(looks_anywhere || legs.any(|leg| leg.segment == *segment), "{}", context());
            }
            inspections[i] += flown.len();
        }
    }
    assert_eq!(inspections[0], 0, "ugv_only");
    assert!(inspections[1..].iter().all(|count| *count > 300), "{inspections:?} are too few to prove anything");
}

#[test]
fn no_strategy_takes_a_forbidden_turn() {
    let mut search = Search::new();
    let mut routes = [0; STRATEGIES];
    for seed in 0..1_500 {
        let world = generated::restricted(seed);
        for (i, strategy) in Strategies::built_in().iter().enumerate() {
            if seed % 10 > 0 && is_slow(strategy.name()) {
                continue;
            }
            let decision = decide(strategy.name(), &world, &mut search);
            let context = || format!("seed {seed}, {}:\n{}", strategy.name(), render(&world.network, &decision));
            assert_eq!(check(&world.situation(), &decision), Ok(()), "{}", context());
            routes[i] += usize::from(decision.outcome.route().is_some_and(|route| route.legs.len() > 1));
        }
    }
    assert!(routes.iter().all(|count| *count > 30), "{routes:?} are too few to prove anything");
}

/// The routes whose segments the strategy may have inspected.
fn routes_looked_at(strategy: &str, world: &World, decision: &Decision, search: &mut Search) -> Vec<Route> {
    let own = decision.outcome.route().cloned().unwrap_or_default();
    let budget = &mut Budget::steps(Budget::DEFAULT_STEPS);
    match strategy {
        "k_shortest_paths" | "priority_assignment" => search.k_shortest_routes(&world.situation(), &own, 3, budget),
        "most_probable_path" => {
            search.most_probable_route(&world.situation(), 64, budget).into_iter().chain([own]).collect()
        }
        _ => vec![own],
    }
}

/// Whether a decision costs so much that fewer worlds must do.
fn is_slow(strategy: &str) -> bool {
    ["most_probable_path", "adaptive"].contains(&strategy)
}

#[test]
fn the_same_situation_gives_the_same_decision_whatever_was_decided_before() {
    let mut warm = Search::new();
    for seed in 0..1_000 {
        let (world, again) = (generated::world(seed), generated::world(seed));
        for strategy in Strategies::built_in().iter() {
            let strategy = strategy.name();
            let decision = decide(strategy, &world, &mut Search::new());
            assert_eq!(decide(strategy, &again, &mut warm), decision, "seed {seed}, {strategy}");
            assert_eq!(decide(strategy, &world, &mut warm), decision, "seed {seed}, {strategy}");
        }
    }
}

#[test]
fn all_strategies_but_the_adaptive_one_take_the_shortest_route() {
    let mut search = Search::new();
    for seed in 0..1_000 {
        let world = generated::world(seed);
        let alone = decide("ugv_only", &world, &mut search).outcome;
        for strategy in Strategies::built_in().iter().filter(|strategy| strategy.name() != "adaptive") {
            let strategy = strategy.name();
            assert_eq!(decide(strategy, &world, &mut search).outcome, alone, "seed {seed}, {strategy}");
        }
    }
}

#[test]
fn the_strategies_are_listed_from_the_plainest_on() {
    let names: Vec<&str> = Strategies::built_in().iter().map(|strategy| strategy.name()).collect();
    let expected = [
        "ugv_only",
        "shortest_path",
        "k_shortest_paths",
        "most_probable_path",
        "bidirectional",
        "partition",
        "priority_assignment",
        "adaptive",
    ];
    assert_eq!(names, expected);
}

fn fault(strategy: &str, name: &str, value: Value) -> String {
    let strategies = Strategies::built_in();
    let given = Map::from_iter([(name.to_owned(), value)]);
    let fault = strategies.get(strategy).unwrap().check_parameters(&given).unwrap_err();
    assert_eq!(fault.parameter, name);
    fault.message
}

#[test]
fn a_parameter_that_a_strategy_does_not_take_is_named() {
    for strategy in ["ugv_only", "shortest_path", "bidirectional", "partition"] {
        assert_eq!(
            fault(strategy, "k", json!(3)),
            format!("{strategy} takes no parameters, so it has none named \"k\"")
        );
    }
    for strategy in ["k_shortest_paths", "priority_assignment"] {
        assert_eq!(fault(strategy, "K", json!(3)), format!("{strategy} has no parameter \"K\"; it has k"));
        assert_eq!(fault(strategy, "k", json!(0)), "k must be an integer from 1 to 10, but is 0");
        assert_eq!(fault(strategy, "k", json!("3")), "k must be an integer from 1 to 10, but is \"3\"");
    }
    assert_eq!(fault("most_probable_path", "k", json!(3)), "most_probable_path has no parameter \"k\"; it has worlds");
    assert_eq!(
        fault("most_probable_path", "worlds", json!(513)),
        "worlds must be an integer from 8 to 512, but is 513"
    );
}

#[test]
fn the_schema_says_which_parameters_there_are_and_the_check_agrees_with_it() {
    let mut counts = Vec::new();
    for strategy in Strategies::built_in().iter() {
        assert_eq!(strategy.check_parameters(&Map::new()), Ok(()));
        let schema = strategy.parameters_schema();
        assert_eq!(schema["additionalProperties"], json!(false));
        let properties = schema["properties"].as_object().unwrap();
        counts.push(properties.len());
        for (name, property) in properties {
            for limit in ["default", "minimum", "maximum"] {
                let given = Map::from_iter([(name.clone(), property[limit].clone())]);
                assert_eq!(strategy.check_parameters(&given), Ok(()), "{}: {limit} of {name}", strategy.name());
            }
            assert!(property["description"].as_str().is_some_and(|text| text.ends_with('.')), "{name}: {property}");
        }
    }
    assert_eq!(counts, [0, 0, 1, 1, 0, 0, 1, 4]);
}

#[test]
fn more_routes_or_worlds_change_what_is_inspected_and_one_route_is_what_shortest_path_does() {
    let mut search = Search::new();
    let mut changed = [0; 3];
    for seed in 0..1_000 {
        let world = generated::world(seed);
        let situation = world.situation();
        let mut decide_with = |strategy: &str, name: &str, value: u64| {
            let parameters = Map::from_iter([(name.to_owned(), json!(value))]);
            let budget = &mut Budget::steps(Budget::DEFAULT_STEPS);
            Strategies::built_in().get(strategy).unwrap().decide(&situation, &parameters, &mut search, budget)
        };
        let one = decide_with("k_shortest_paths", "k", 1);
        changed[0] += usize::from(decide_with("k_shortest_paths", "k", 10) != one);
        let priority = decide_with("priority_assignment", "k", 1);
        changed[1] += usize::from(decide_with("priority_assignment", "k", 10) != priority);
        let few = decide_with("most_probable_path", "worlds", 8);
        changed[2] += usize::from(decide_with("most_probable_path", "worlds", 40) != few);
        assert_eq!(one, decide("shortest_path", &world, &mut search), "seed {seed}");
    }
    assert!(changed.iter().all(|count| *count > 10), "{changed:?}");
}

#[test]
fn a_spent_budget_leaves_the_uavs_without_inspections() {
    let world = sketch(&road("ugv a 10\ngoal e\nuav 0,0 20"));
    for strategy in Strategies::built_in().iter() {
        let decision = strategy.decide(&world.situation(), &Map::new(), &mut Search::new(), &mut Budget::steps(1));
        assert!(matches!(decision.outcome, Outcome::BudgetSpent { .. }), "{:?}", decision.outcome);
        assert_eq!(check(&world.situation(), &decision), Ok(()));
    }
}

#[test]
fn a_budget_that_is_enough_for_the_route_only_leaves_the_inspections_of_the_route() {
    let world = sketch(&road("ugv a 10\ngoal e\nuav 0,0 20"));
    let decide_within = |strategy: &str, steps| {
        let strategies = Strategies::built_in();
        let budget = &mut Budget::steps(steps);
        strategies.get(strategy).unwrap().decide(&world.situation(), &Map::new(), &mut Search::new(), budget)
    };
    let route_only = decide("shortest_path", &world, &mut Search::new());
    let enough = (0..100).find(|steps| decide_within("ugv_only", *steps).outcome.route().is_some()).unwrap();
    for strategy in ["k_shortest_paths", "most_probable_path", "priority_assignment"] {
        for steps in [enough, enough + 1] {
            assert_eq!(decide_within(strategy, steps), route_only, "{strategy}");
        }
    }
}
