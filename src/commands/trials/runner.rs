//! Runs scenarios under strategies on all cores, with results that do not depend on how many there are.

use std::time::{Duration, Instant};

use anyhow::Context;
use rayon::prelude::*;

use super::{Loaded, Selected};
use crate::planning::budget::Budget;
use crate::planning::search::Search;
use crate::simulation::{Record, Run, RunError, Trial, clairvoyant_s, run, verify};

/// What came of one scenario under one strategy.
pub(in crate::commands) struct Outcome {
    pub(in crate::commands) record: Record,
    /// How long each decision took, in the order of the decisions.
    pub(in crate::commands) decisions: Vec<Duration>,
}

/// Whether times are written: without them the same input gives the same bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::commands) enum Timing {
    Written,
    LeftOut,
}

/// Runs every scenario under every strategy and verifies every run: for each scenario, in order, the outcomes in the strategies'
/// order. `each` is called after every scenario, from any thread.
pub(in crate::commands) fn run_all(
    scenarios: &[Loaded],
    strategies: &[Selected],
    seed: u64,
    timing: Timing,
    each: impl Fn() + Sync,
) -> anyhow::Result<Vec<Vec<Outcome>>> {
    scenarios
        .par_iter()
        .with_max_len(1)
        .map_init(Search::new, |search, loaded| {
            let trial = loaded.trial(seed)?;
            let clairvoyant_s = clairvoyant_s(&trial);
            let mut outcomes = Vec::with_capacity(strategies.len());
            for selected in strategies {
                let (ran, decisions) = run_one(&trial, selected, search).with_context(|| at(loaded, selected))?;
                verify(&trial, &ran.trace, ran.arrival_s, clairvoyant_s).with_context(|| at(loaded, selected))?;
                let ms = |time: Duration| (timing == Timing::Written).then(|| (time.as_secs_f64() * 1e6).round() / 1e3);
                outcomes.push(Outcome {
                    record: Record {
                        scenario: trial.id.clone(),
                        strategy: selected.label.clone(),
                        arrival_s: ran.arrival_s,
                        clairvoyant_s,
                        replans: ran.replans,
                        planning_ms_total: ms(decisions.iter().sum()),
                        planning_ms_max: ms(decisions.iter().max().copied().unwrap_or_default()),
                    },
                    decisions,
                });
            }
            each();
            Ok(outcomes)
        })
        .collect()
}

/// Runs one trial under a strategy; with the run come the times its decisions took.
pub(in crate::commands) fn run_one(
    trial: &Trial,
    selected: &Selected,
    search: &mut Search,
) -> Result<(Run, Vec<Duration>), RunError> {
    let mut decisions = Vec::new();
    let ran = run(trial, |situation| {
        let mut budget = Budget::steps(Budget::DEFAULT_STEPS);
        let begun = Instant::now();
        let decision = selected.strategy.decide(situation, &selected.parameters, search, &mut budget);
        decisions.push(begun.elapsed());
        decision
    })?;
    Ok((ran, decisions))
}

fn at(loaded: &Loaded, selected: &Selected) -> String {
    format!("{} under {}", loaded.at(), selected.label)
}
