//! A row of the table: what scenarios say of a strategy when they are taken together.

use super::results::{Results, Sample, Scope};
use super::statistics::{Estimate, mean, mean_over_clusters, quantile, ratio_over_clusters};

/// How a strategy did over the scenarios of a scope. A scenario without a way is counted, and left out of all averages.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    /// Which scenarios.
    pub scope: Scope,
    /// The strategy's position in [`Results::strategies`].
    pub strategy: usize,
    /// How many scenarios there are.
    pub scenarios: usize,
    /// In how many of them the UGV does not arrive.
    pub not_arrived: usize,
    /// The mean arrival, in seconds.
    pub arrival_s: Option<f64>,
    /// The mean of the arrival divided by the clairvoyant's.
    pub ratio: Option<f64>,
    /// The share of what `ugv_only` loses against the clairvoyant that the strategy wins back:
    /// (mean `ugv_only` - mean strategy) / (mean `ugv_only` - mean clairvoyant). `None` if nothing is lost.
    pub share_won: Option<Estimate>,
    /// The comparison with the best other strategy.
    pub against: Option<Against>,
    /// The median time of a decision, in milliseconds; `None` if times were not kept.
    pub decision_p50_ms: Option<f64>,
    /// The time within which 99 % of the decisions were made, in milliseconds.
    pub decision_p99_ms: Option<f64>,
}

/// A strategy and the best other one over the same scenarios, compared scenario by scenario.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Against {
    /// The other strategy: of all but this one, the one with the least mean arrival; the first such.
    pub other: usize,
    /// The mean of this one's arrival minus the other's, in seconds; below 0 where this one is the better.
    pub difference_s: Estimate,
}

/// The rows of a scope, one for each strategy.
pub fn rows(results: &Results, scope: &Scope) -> Vec<Row> {
    let samples: Vec<&Sample> = results.samples_of(scope).collect();
    let count = results.strategies.len();
    let arrivals_s: Vec<Option<f64>> =
        (0..count).map(|strategy| mean(samples.iter().filter_map(|sample| sample.arrival_s(strategy)))).collect();
    (0..count)
        .map(|strategy| {
            let mut times_ms: Vec<f64> = samples
                .iter()
                .filter_map(|sample| sample.outcomes.get(strategy))
                .flat_map(|outcome| outcome.decisions_ms.iter().copied())
                .collect();
            times_ms.sort_by(f64::total_cmp);
            Row {
                scope: scope.clone(),
                strategy,
                scenarios: samples.len(),
                not_arrived: samples.iter().filter(|sample| sample.arrival_s(strategy).is_none()).count(),
                arrival_s: arrivals_s[strategy],
                ratio: mean(samples.iter().filter_map(|sample| sample.arrival_ratio(strategy))),
                share_won: share_won(&samples, strategy, results.reference),
                against: against(&samples, strategy, &arrivals_s),
                decision_p50_ms: quantile(&times_ms, 0.5),
                decision_p99_ms: quantile(&times_ms, 0.99),
            }
        })
        .collect()
}

/// See [`Row::share_won`].
pub fn share_won(samples: &[&Sample], strategy: usize, reference: usize) -> Option<Estimate> {
    let pairs: Vec<(&str, f64, f64)> = samples
        .iter()
        .filter_map(|sample| {
            let reference_s = sample.arrival_s(reference)?;
            let (arrival_s, clairvoyant_s) = (sample.arrival_s(strategy)?, sample.clairvoyant_s?);
            Some((sample.network.as_str(), reference_s - arrival_s, reference_s - clairvoyant_s))
        })
        .collect();
    ratio_over_clusters(&pairs)
}

fn against(samples: &[&Sample], strategy: usize, arrivals_s: &[Option<f64>]) -> Option<Against> {
    let others = arrivals_s.iter().enumerate().filter(|(other, _)| *other != strategy);
    let (other, _) = others.filter_map(|(other, s)| Some((other, (*s)?))).min_by(|a, b| a.1.total_cmp(&b.1))?;
    let differences_s: Vec<(&str, f64)> = samples
        .iter()
        .filter_map(|sample| Some((sample.network.as_str(), sample.arrival_s(strategy)? - sample.arrival_s(other)?)))
        .collect();
    Some(Against { other, difference_s: mean_over_clusters(&differences_s)? })
}
