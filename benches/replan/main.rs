//! Replanning the UGV's route after one closure, beside petgraph's Dijkstra and A* on the same graph and closures, in
//! one run.
//!
//! ```text
//! cargo bench --bench replan [-- FOLDER ...]
//! ```
//!
//! Each folder has networks of the LineCoverage data set, a folder a network; `../shared/data/line-coverage/large`
//! unless others are given, or `OUTRIDER_LINE_COVERAGE` names the data set's. The protocol is in `docs/BENCHMARK.md`,
//! and so is the table that this prints.

mod engines;
mod networks;
mod script;

use std::path::PathBuf;
use std::time::Instant;

use outrider::domain::knowledge::Knowledge;
use outrider::domain::network::Network;

use engines::{Engine, Own, PetgraphAstar, PetgraphDijkstra};
use script::{Event, Step};

/// The kinds of events that are reported, with their place in a list of samples.
const KINDS: [&str; 6] =
    ["a new goal", "the same again", "a closure on the route", "a move", "a reopening", "one closure more"];

fn kind(event: Event) -> usize {
    match event {
        Event::NewGoal => 0,
        Event::Nothing => 1,
        Event::Closed(_) => 2,
        Event::Moved => 3,
        Event::Reopened(_) => 4,
        Event::ClosedToo(_) => 5,
    }
}

/// Nanoseconds, by engine and kind of event.
type Samples = Vec<(&'static str, [Vec<u64>; KINDS.len()])>;

fn main() -> anyhow::Result<()> {
    let given: Vec<PathBuf> = std::env::args().skip(1).filter(|a| !a.starts_with("--")).map(PathBuf::from).collect();
    let data_set = std::env::var_os("OUTRIDER_LINE_COVERAGE").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/line-coverage")),
        PathBuf::from,
    );
    let folders = if given.is_empty() { vec![data_set.join("large")] } else { given };
    for folder in folders {
        if !folder.is_dir() {
            println!("{} is not there: nothing is measured on it.", folder.display());
            continue;
        }
        let networks = networks::load(&folder)?;
        let mut samples = Samples::new();
        for (seed, (_, network)) in networks.iter().enumerate() {
            measure(network, &script::write(network, 20, 10, seed as u64)?, &mut samples)?;
        }
        let largest = networks.iter().map(|(_, network)| network).max_by_key(|network| network.junction_count());
        let Some(largest) = largest else { continue };
        report(&format!("{} networks of {}, the largest", networks.len(), folder.display()), largest, &samples);
        if networks.len() > 1 {
            let joined = networks::join(&networks)?;
            let mut samples = Samples::new();
            measure(&joined, &script::write(&joined, 100, 10, 1)?, &mut samples)?;
            report("All of them joined", &joined, &samples);
        }
    }
    Ok(())
}

/// Runs one engine after the other through the same steps and compares their answers.
fn measure(network: &Network, steps: &[Step], samples: &mut Samples) -> anyhow::Result<()> {
    let graph = &engines::graph(network);
    let mut engines: [Box<dyn Engine + '_>; 4] = [
        Box::new(Own::incremental(network)),
        Box::new(Own::from_scratch(network)),
        Box::new(PetgraphAstar { network, graph }),
        Box::new(PetgraphDijkstra { graph }),
    ];
    let mut expected_m: Vec<Option<f64>> = Vec::new();
    for (i, engine) in engines.iter_mut().enumerate() {
        if samples.len() <= i {
            samples.push((engine.name(), Default::default()));
        }
        let mut knowledge = Knowledge::unknown(network.segments().len());
        for (n, step) in steps.iter().enumerate() {
            script::apply(&mut knowledge, step.event);
            let begun = Instant::now();
            let length_m = engine.answer(&knowledge, step.start, step.goal);
            samples[i].1[kind(step.event)].push(begun.elapsed().as_nanos() as u64);
            if i == 0 {
                expected_m.push(length_m);
            }
            let agrees = match (length_m, expected_m[n]) {
                (Some(a_m), Some(b_m)) => (a_m - b_m).abs() <= 1e-9 * a_m.max(1.0),
                (a_m, b_m) => a_m == b_m,
            };
            anyhow::ensure!(agrees, "{} says {length_m:?}, others {:?}: {step:?}", engine.name(), expected_m[n]);
        }
    }
    Ok(())
}

fn quantile_us(sorted_ns: &[u64], share: f64) -> f64 {
    let last = sorted_ns.len().saturating_sub(1);
    sorted_ns.get((last as f64 * share) as usize).map_or(f64::NAN, |ns| *ns as f64 / 1000.0)
}

/// A Markdown table.
fn report(name: &str, network: &Network, samples: &Samples) {
    println!("\n{name} ({} junctions, {} segments)\n", network.junction_count(), network.segments().len());
    for (i, kind) in KINDS.iter().enumerate() {
        let sorted = samples.iter().map(|(name, by_kind)| {
            let mut sorted_ns = by_kind[i].clone();
            sorted_ns.sort_unstable();
            (name, sorted_ns)
        });
        let sorted: Vec<_> = sorted.collect();
        let first_us = sorted.first().map_or(f64::NAN, |(_, ns)| quantile_us(ns, 0.5));
        let count = sorted.first().map_or(0, |(_, ns)| ns.len());
        println!("| after {kind} ({count} queries) | median µs | p90 µs | p99 µs | median, times the first |");
        println!("|---|---|---|---|---|");
        for (name, ns) in &sorted {
            let [median, p90, p99] = [0.5, 0.9, 0.99].map(|share| quantile_us(ns, share));
            println!("| {name} | {median:.1} | {p90:.1} | {p99:.1} | {:.1} |", median / first_us);
        }
        println!();
    }
}
