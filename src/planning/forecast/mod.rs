//! What is to be expected of a mission from here on: when the UGV arrives, whether it gets there at all, and which segments
//! matter most.
//!
//! The rest of the mission is played through in many worlds sampled from the knowledge (see `planning/rollout`): unknown segments are
//! blocked with their prior probability, each on its own, at a point anywhere alike along them; what is known stays. The UGV takes the shortest
//! way over segments not known to be blocked, the UAVs follow the [`Rule`] of the mission's strategy. Quantiles are of the worlds in which
//! the goal is reached, by the nearest rank: of n arrivals in order, the p-th percentile is number ⌈np/100⌉.
//!
//! How much a segment matters is measured in pairs of worlds that differ in nothing else (common random numbers): one has it
//! blocked, the other clear. The mean difference of the arrivals, times the probability that it is blocked, is what it is expected to
//! cost; how often the goal is reached in the second but not in the first says whether there is a way round it.
//!
//! What was seen of a part of a segment does not count here: it is unknown until one vehicle has gone along all of it.
//!
//! Cost: a rollout a world, and one more for each candidate and world in which the candidate was looked at. The budget is
//! taken one step a junction of the rollouts' searches; half of it is kept for the critical segments. When it ends, the forecast is
//! of the worlds played so far.

mod critical;
#[cfg(test)]
mod tests;

use serde::Serialize;

use self::critical::{Sample, most_critical};
use super::budget::Budget;
pub use super::rollout::Rule;
use super::rollout::{Arena, FirstMove, Player, Policy, Target, World, Worlds};
use super::search::Search;
use super::situation::Situation;
use crate::domain::ids::SegmentId;
use crate::domain::knowledge::SegmentState;
use crate::domain::plan::Outcome;

/// A budget that is enough for a city and a few hundred worlds many times over. On a network of 90,000 junctions it is spent in
/// about five seconds, on some hundred worlds.
pub const BUDGET_STEPS: u64 = 3 * Budget::DEFAULT_STEPS;

/// How thorough a forecast is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ForecastOptions {
    /// In how many worlds the mission is played through.
    pub worlds: u32,
    /// How many critical segments are named at most; with none, that part of the work is not done.
    pub critical: usize,
}

impl Default for ForecastOptions {
    fn default() -> Self {
        Self { worlds: 200, critical: 10 }
    }
}

/// What a forecast came to, in the words of a plan's outcome.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Prospect {
    /// There is a way as far as is known.
    Route {
        /// How long the UGV takes if nothing else turns out to be blocked, in seconds: no arrival is earlier.
        optimistic_s: f64,
    },
    /// The UGV is at the goal.
    AlreadyThere,
    /// Every way to the goal crosses a segment known to be blocked.
    NoWay {
        /// In words.
        reason: String,
    },
    /// The work was ended before a single world was played to its end.
    BudgetSpent {
        /// In words.
        reason: String,
    },
}

/// When the UGV arrives, in seconds from now, over the worlds in which it does.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Arrival {
    /// It is that early with a chance of a tenth.
    pub p10: f64,
    /// The median.
    pub p50: f64,
    /// It is later than that with a chance of a tenth.
    pub p90: f64,
    /// The mean.
    pub mean: f64,
}

/// A segment on which much depends.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CriticalSegment {
    /// The segment.
    pub segment: SegmentId,
    /// The probability that it is blocked.
    pub blockage_probability: f64,
    /// The share of worlds in which the UGV drives on it, or has its way blocked by it.
    pub used_probability: f64,
    /// By how much later the UGV is expected if it is blocked than if it is clear, in seconds, over the worlds in which the goal is
    /// reached either way; none if there is no such world.
    pub delay_s: Option<f64>,
    /// That delay times the probability that it is blocked, in seconds.
    pub criticality_s: Option<f64>,
    /// Of the worlds in which the goal is reached if it is clear, the share in which it is not if it is blocked.
    pub cuts_off_probability: f64,
}

/// A forecast.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Forecast {
    /// What it came to.
    #[serde(flatten)]
    pub prospect: Prospect,
    /// How many worlds the numbers are from; 0 where there was nothing to sample. Fewer than asked for if the budget ended.
    pub worlds: u32,
    /// When the UGV arrives, in seconds; none if it does so in no world.
    pub arrival_s: Option<Arrival>,
    /// The share of worlds in which it arrives; none if none was played.
    pub reach_probability: Option<f64>,
    /// How many of the worlds the critical segments are from.
    pub critical_worlds: u32,
    /// The segments on which most depends, most of all first.
    pub critical: Vec<CriticalSegment>,
}

impl Forecast {
    /// A forecast that needs no sampling.
    fn certain(prospect: Prospect, arrival_s: Option<f64>, reach_probability: Option<f64>) -> Self {
        let arrival_s = arrival_s.map(|at_s| Arrival { p10: at_s, p50: at_s, p90: at_s, mean: at_s });
        Self { prospect, worlds: 0, arrival_s, reach_probability, critical_worlds: 0, critical: Vec::new() }
    }
}

impl Arrival {
    /// Of arrivals in any order; none of none.
    fn of(mut arrivals_s: Vec<f64>) -> Option<Self> {
        arrivals_s.sort_by(f64::total_cmp);
        let percentile = |percent: usize| {
            let rank = (arrivals_s.len() * percent).div_ceil(100).max(1);
            arrivals_s.get(rank - 1).copied()
        };
        let mean = arrivals_s.iter().sum::<f64>() / arrivals_s.len() as f64;
        Some(Self { p10: percentile(10)?, p50: percentile(50)?, p90: percentile(90)?, mean })
    }
}

/// Forecasts the rest of a mission whose UAVs follow the rule. The same situation has the same forecast on every machine.
///
/// When the work is called off, what was played so far is returned; nobody should look at it.
pub fn forecast(
    situation: &Situation<'_>,
    rule: Rule,
    options: &ForecastOptions,
    search: &mut Search,
    budget: &mut Budget,
) -> Forecast {
    let optimistic_s = match search.outcome(situation, budget) {
        Outcome::Route { route } => route.duration_s,
        Outcome::AlreadyThere => return Forecast::certain(Prospect::AlreadyThere, Some(0.0), Some(1.0)),
        Outcome::NoWay { reason } => return Forecast::certain(Prospect::NoWay { reason }, None, Some(0.0)),
        Outcome::BudgetSpent { reason } => return Forecast::certain(Prospect::BudgetSpent { reason }, None, None),
    };
    let first_half = if options.critical > 0 { budget.split() } else { std::mem::replace(budget, Budget::steps(0)) };
    let mut stage = Stage::new(situation, rule, first_half);
    let sample = Sample::draw(&mut stage, options.worlds);
    let played = sample.arrivals_s.len();
    let reached: Vec<f64> = sample.arrivals_s.iter().copied().filter(|at_s| at_s.is_finite()).collect();
    let reach_probability = (played > 0).then(|| reached.len() as f64 / played as f64);
    stage.player.replace_budget(Budget::steps(0)).into_iter().for_each(|rest| budget.join(rest));
    let (mut critical_worlds, mut critical) = (0, Vec::new());
    if options.critical > 0 && played > 0 {
        stage.player.replace_budget(std::mem::replace(budget, Budget::steps(0)));
        (critical_worlds, critical) = most_critical(&mut stage, &sample, options.critical);
        stage.player.replace_budget(Budget::steps(0)).into_iter().for_each(|rest| *budget = rest);
    }
    let prospect = match played {
        0 => Prospect::BudgetSpent { reason: "not one world could be played to its end".to_owned() },
        _ => Prospect::Route { optimistic_s },
    };
    let arrival_s = Arrival::of(reached);
    Forecast { prospect, worlds: played as u32, arrival_s, reach_probability, critical_worlds, critical }
}

/// Where worlds are played.
struct Stage<'a, 's> {
    situation: &'s Situation<'a>,
    arena: Arena<'a>,
    worlds: Worlds,
    policy: Policy,
    player: Player,
    /// What each UAV is flying already and goes on with.
    errands: Vec<Vec<Target>>,
}

impl<'a, 's> Stage<'a, 's> {
    fn new(situation: &'s Situation<'a>, rule: Rule, budget: Budget) -> Self {
        // Strategies but `adaptive` have the UGV take the shortest way, with no regard to what may be blocked.
        let arena = Arena::new(situation, 0.0);
        let mut player = Player::within(budget);
        let way = player.first_way(&arena).unwrap_or_default();
        let mut errands: Vec<Vec<Target>> = Vec::with_capacity(situation.uavs.len());
        for uav in situation.uavs {
            let target = uav
                .inspecting
                .map(|leg| Target { segment: leg.segment.0, from_m: leg.from_m, to_m: leg.to_m })
                .filter(|target| {
                    let is_free = errands.iter().flatten().all(|other| other.segment != target.segment);
                    let is_open = situation.network.has_segment(SegmentId(target.segment))
                        && situation.knowledge.state(SegmentId(target.segment)) == SegmentState::Unknown;
                    let is_on_way = way.iter().any(|step| step.segment == target.segment);
                    rule != Rule::Rest && is_free && is_open && is_on_way
                });
            errands.push(target.into_iter().collect());
        }
        Self { situation, arena, worlds: Worlds::new(situation.seed), policy: Policy { rule }, player, errands }
    }

    /// When the UGV arrives in the world, in seconds; infinite if it does not, nothing if the budget ended.
    fn play(&mut self, world: World) -> Option<f64> {
        let first = FirstMove { way: None, errands: &self.errands };
        let arrival_s = self.player.play(&self.arena, self.situation, world, self.policy, first);
        (!self.player.is_spent()).then_some(arrival_s)
    }
}
