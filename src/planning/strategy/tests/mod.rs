//! The strategies' decisions in worlds drawn as text, and on generated ones against the checker.

mod adaptive;
mod one_route;
mod promises;
mod several_routes;

use serde_json::{Map, Value, json};

use super::Strategies;
use crate::domain::plan::Decision;
use crate::planning::budget::Budget;
use crate::planning::check::check;
use crate::planning::search::Search;
use crate::planning::sketch::{World, render, sketch};

/// The strategy's decision with default parameters.
fn decide(strategy: &str, world: &World, search: &mut Search) -> Decision {
    let strategies = Strategies::built_in();
    let strategy = strategies.get(strategy).unwrap();
    strategy.decide(&world.situation(), &Map::new(), search, &mut Budget::steps(Budget::DEFAULT_STEPS))
}

/// What the strategy decides in the sketched world, as text; the checker must find it right.
#[track_caller]
fn expect(strategy: &str, text: &str, expected: &str) {
    expect_with(strategy, json!({}), text, expected);
}

/// Likewise with these parameters.
#[track_caller]
fn expect_with(strategy: &str, parameters: Value, text: &str, expected: &str) {
    let world = sketch(text);
    let strategies = Strategies::built_in();
    let chosen = strategies.get(strategy).unwrap();
    let Value::Object(parameters) = parameters else { panic!("{parameters} is no object") };
    assert_eq!(chosen.check_parameters(&parameters), Ok(()));
    let budget = &mut Budget::steps(Budget::DEFAULT_STEPS);
    let decision = chosen.decide(&world.situation(), &parameters, &mut Search::new(), budget);
    let lines: Vec<&str> = expected.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let rendered = render(&world.network, &decision);
    assert_eq!(rendered.lines().map(str::trim_end).collect::<Vec<_>>(), lines, "{strategy}:\n{rendered}\n");
    assert_eq!(check(&world.situation(), &decision), Ok(()));
}

/// A road of four segments, 100 m each, with a way round the third that is 200 m long.
fn road(more: &str) -> String {
    format!("a 0,0\nb 100,0\nc 200,0\nd 300,0\ne 400,0\na-b\nb-c\nc-d\nd-e\nc-d 200,50 300,50\n{more}")
}

/// A zigzag of four segments, 50 m each, whose ends lie 30 m apart along x.
fn zigzag(more: &str) -> String {
    format!("a 0,0\nb 30,40\nc 60,0\nd 90,40\ne 120,0\na-b\nb-c\nc-d\nd-e\n{more}")
}
