//! The contest is fair: all engines agree, and whoever does not is found out.

use std::time::Duration;

use super::engines::{
    DStarLite, Engine, EngineFault, Landmarks, Length, Own, PetgraphAstar, PetgraphDijkstra, Query, graph,
};
use super::*;
use crate::domain::ids::NodeIndex;
use crate::domain::network::Network;
use crate::import::sample_town;

const LIMITS: Limits = Limits { clock: Clock::Wall, per_engine: Duration::MAX };

fn options(seed: u64) -> ScriptOptions {
    ScriptOptions { pairs: 6, rounds: 4, seed }
}

fn run(network: &Network, steps: &[Step], engine: &mut dyn Engine, reference: &mut Reference) -> EngineResults {
    measure(network, steps, engine, Duration::ZERO, reference, LIMITS, || ()).unwrap()
}

#[test]
fn all_engines_find_the_same_lengths_through_closures_moves_reopenings_and_storms() {
    for seed in 0..3 {
        let town = sample_town(seed);
        let networks = [town.clone(), join(&[&town, &town, &town]).unwrap()];
        for network in &networks {
            let steps = write(network, options(seed));
            let graph = graph(network);
            let reference = &mut Reference::default();
            let first = run(network, &steps, &mut Own::incremental(network), reference);
            assert_eq!(KINDS.iter().map(|kind| first.count(*kind)).sum::<usize>(), steps.len());
            assert!(KINDS.iter().all(|kind| first.count(*kind) > 0), "each kind is asked");
            run(network, &steps, &mut Own::from_scratch(network), reference);
            run(network, &steps, &mut DStarLite::new(network), reference);
            run(network, &steps, &mut Landmarks::new(network), reference);
            run(network, &steps, &mut PetgraphAstar { network, graph: &graph }, reference);
            run(network, &steps, &mut PetgraphDijkstra { graph: &graph }, reference);
        }
    }
}

#[cfg(feature = "cch")]
#[test]
fn the_hierarchy_finds_ways_as_short_to_the_millimetre() {
    for seed in 0..4 {
        let network = &sample_town(seed);
        let steps = write(network, options(seed));
        let reference = &mut Reference::default();
        run(network, &steps, &mut Own::incremental(network), reference);
        run(network, &steps, &mut engines::Hierarchy::new(network), reference);
    }
}

/// Wrong by a metre at one query.
struct Wrong<'n>(Own<'n>, usize);

impl Engine for Wrong<'_> {
    fn name(&self) -> &'static str {
        "wrong"
    }

    fn answer(&mut self, query: Query<'_>) -> Result<Option<Length>, EngineFault> {
        self.1 = self.1.wrapping_sub(1);
        let right = self.0.answer(query)?;
        Ok(right.map(|right| Length { length_m: right.length_m + f64::from(u8::from(self.1 == 0)), ..right }))
    }
}

#[test]
fn an_engine_that_is_wrong_once_is_found_out() {
    let network = &sample_town(1);
    let steps = write(network, options(1));
    let reference = &mut Reference::default();
    run(network, &steps, &mut Own::incremental(network), reference);
    let mut wrong = Wrong(Own::from_scratch(network), 5);
    let error = measure(network, &steps, &mut wrong, Duration::ZERO, reference, LIMITS, || ()).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("wrong says ") && text.contains(", outrider says ") && text.ends_with("step 4"), "{text}");
}

#[test]
fn an_engine_that_is_slow_is_asked_no_further_than_its_time() {
    let network = &sample_town(1);
    let steps = write(network, options(1));
    let reference = &mut Reference::default();
    run(network, &steps, &mut Own::incremental(network), reference);
    let limits = Limits { per_engine: Duration::from_nanos(1), ..LIMITS };
    let mut engine = Own::from_scratch(network);
    let results = measure(network, &steps, &mut engine, Duration::ZERO, reference, limits, || ()).unwrap();
    assert_eq!(KINDS.iter().map(|kind| results.count(*kind)).sum::<usize>(), 1);
}

#[test]
fn joined_copies_have_all_roads_of_each_and_are_one_part() {
    let town = &sample_town(3);
    for copies in [1_usize, 2, 4, 5] {
        let joined = join(&vec![town; copies]).unwrap();
        let columns = [1, 2, 2, 2, 2, 3][copies];
        let (rows, rest) = (copies / columns, copies % columns);
        let to_the_east = rows * (columns - 1) + rest.saturating_sub(1);
        let to_the_north = copies.saturating_sub(columns);
        let streets = 8 * (to_the_east + to_the_north);
        assert_eq!(joined.segments().len(), copies * town.segments().len() + streets, "{copies}");
        let steps = write(&joined, ScriptOptions { pairs: 20, rounds: 1, seed: 1 });
        let pairs = steps.iter().filter(|step| step.kind == Kind::NewGoal).count();
        assert!(pairs >= 19, "{pairs} of 20 pairs connect");
        let last = joined.node_by_id(&format!("{}/{}", copies - 1, town.node(NodeIndex(0)).id()));
        assert!(last.is_some());
    }
}

fn results() -> NetworkResults {
    let mut results = NetworkResults::new("porto, \"all\"", &sample_town(1));
    for (name, us) in [("ours", 2_u64), ("theirs", 50)] {
        let mut engine = EngineResults::new(name, Duration::from_millis(us));
        for of in &mut engine.answers_ns {
            of.extend((1..=100).map(|i| i * us * 20));
        }
        results.engines.push(engine);
    }
    results
}

#[test]
fn the_tables_tell_medians_ratios_and_distributions() {
    let results = results();
    let text = markdown(std::slice::from_ref(&results));
    assert!(text.contains("| after | ours | theirs |\n|---|--:|--:|\n| a new goal | 2.0 | 51 (25) |\n"), "{text}");
    assert!(text.contains("| a closure on the route | theirs | 100 | 51 | 90 | 99 | 100 |\n"), "{text}");
    assert!(text.contains("| getting ready, once (ms) | 2.0 | 50 |\n"), "{text}");
    let lines = csv(std::slice::from_ref(&results));
    assert_eq!(lines.lines().count(), 1 + 2 * KINDS.len());
    assert!(lines.lines().nth(3).is_some_and(|line| line.starts_with("\"porto, \"\"all\"\"\",")), "{lines}");
}

#[test]
fn results_of_several_networks_of_one_kind_are_one_line() {
    let mut total = results();
    total.add(results());
    assert_eq!(total.engines.len(), 2);
    assert!(total.engines.iter().all(|engine| engine.count(Kind::Move) == 200));
    let plot = plot(&[total]).unwrap();
    assert!(plot.starts_with("<svg") && plot.contains("theirs") && plot.contains("99 % take no longer"), "{plot}");
    assert_eq!(super::plot(&[NetworkResults::new("nothing", &sample_town(1))]), None);
}
