//! `adaptive`: the UAVs' next inspections and the UGV's way are those with the earliest expected arrival over sampled worlds.
//!
//! Ours. It is policy improvement by rollouts (Bertsekas, Tsitsiklis, Wu 1997), which Eyerich, Keller and Helmert (AAAI 2010)
//! found strong for the Canadian Traveller Problem, here with inspections (Bnaya, Felner, Shimony, IJCAI 2009). A
//! rollout plays the mission to its end in a world drawn from the knowledge: a first move, then a
//! base policy. All moves are judged in the same worlds (common random numbers), so their differences are known far better than the
//! arrivals themselves.
//!
//! 1. The **base policy**: the UGV takes a prudent way, on which an unknown segment counts longer by a share (`caution`) of what
//!    its blockage would cost at that place: the drive there and back, and the way round. The UAVs inspect what is worth most, of
//!    what lies on it and on the ways round the next segments: what a UAV can know soon, in time for the UGV, and nobody else is about to
//!    (see `rollout/rota.rs`). There are four sets of weights for it, found by simulation for slow and fast UAVs, one and several;
//!    the one with the earliest mean arrival is the base from here on, and what is done if nothing better is found.
//! 2. The **UGV's way**: the shortest way and those of other degrees of caution are played against the base's.
//! 3. The **UAVs**, one after the other: the segments that mattered most in the rollouts so far (the UGV ran into a blockage
//!    there, or drove them unknown), the inspection that the UAV is flying or bound for, and errands along whole alternatives to
//!    the way, are played against what the base policy would have it do. So UAVs split up over alternatives where that pays.
//!
//! A departure from the base is taken only if it is better by half a standard error of the paired differences; a UAV that the base
//! policy would leave idle takes what looks best, since it has nothing to lose. Rules and candidates
//! race: after every eight worlds those that do not look better are dropped. A UAV that is flying an inspection on the UGV's way
//! completes it; one that is flying another does so unless something is surely better.
//!
//! The UGV never waits: the rules of the world do not let it. A decision is made anew at every finding, so only the first step of
//! each choice is ever carried out unseen.
//!
//! Parameters: `worlds`, `rollouts`, `candidates`, `caution`. Rollouts are paid in steps (a junction of a search, sixteen looks of a
//! UAV that chooses), and the budget is that of `rollouts` ordinary ones, some 300,000 steps unless told otherwise: a tenth of a
//! second at most. The first eight rollouts tell how many worlds it suffices for, `worlds` at most; so a mission with one UAV and
//! few blockages is judged in hundreds of worlds and one with many in fewer. Over the large files of the benchmark a
//! decision took 11 ms in the median and 84 ms at the 99th percentile.
//! On networks of more than 1,333 junctions only those junctions are looked at that the rollouts ask for, about the ways between UGV and goal,
//! which changes no decision (`rollout/reach.rs` has the proof), and the budget is that of a network of 1,333. Each junction that is looked at takes
//! a step of it. Where what is left does not suffice for a single comparison the UAVs inspect the UGV's way forward.
//!
//! What was measured on the way here, on scenarios drawn for it: a better base policy gains more than a larger budget. Without any
//! rollouts, the weights of the rota make the mean arrival on the large networks earlier by 0.5 to 5 per cent than the best of the fixed rules that
//! were the base before them (forward along the way, with a lead or without, and by suffixes), by most where UAVs are slow and
//! much is blocked, and by nothing for one fast UAV; with departures from it tried by rollouts, about half of that is left. Of a single decision,
//! judged in worlds that it had not seen, balanced worlds (see `rollout/worlds.rs`) gained between next to nothing and as much as twice as many
//! independent ones (two samples of some hundred decisions), and less certainty asked of departures (half a standard error
//! instead of 1.5) a little; more kinds of candidates (whole alternatives for the UGV, errands that begin anywhere on a way) gained
//! nothing that could be told from noise, nor did how often a segment mattered in rollouts before, as a weight of the rota.
//!
//! Cost: the rollouts. To be chosen where that time is affordable, most of all with UAVs no faster than the UGV. With few
//! blockages and several fast UAVs little is left to win, and `shortest_path` does as well: docs/BENCHMARK.md has the figures.

mod judge;
mod moves;
#[cfg(test)]
pub(crate) mod reach_tests;

use serde_json::{Map, Value};

use self::judge::{Judge, Move};
use super::Strategy;
use super::parameters::{Integer, Number, Parameter};
use super::schedule::{Schedule, idle, reversed, unknown_ahead};
use crate::domain::ids::SegmentId;
use crate::domain::network::Leg;
use crate::domain::plan::{Decision, Outcome, Route};
use crate::planning::budget::Budget;
use crate::planning::rollout::{Rule, Step, Target};
use crate::planning::search::Search;
use crate::planning::situation::Situation;

/// How many worlds are sampled.
const WORLDS: Integer = Integer {
    name: "worlds",
    default: 384,
    minimum: 8,
    maximum: 1_024,
    description: "How many worlds are sampled at most. More tell smaller differences apart and take proportionally longer.",
};

/// How many rollouts a decision may cost.
const ROLLOUTS: Integer = Integer {
    name: "rollouts",
    default: 6_000,
    minimum: 24,
    maximum: 1_000_000,
    description: "How many rollouts a decision may cost: some tens of microseconds each on a city of some hundred junctions; \
                  long ones count for several, and on large networks so does what has to be looked at of them.",
};

/// How many segments are tried as a UAV's next inspection.
const CANDIDATES: Integer = Integer {
    name: "candidates",
    default: 10,
    minimum: 0,
    maximum: 64,
    description: "How many segments are tried as each UAV's next inspection. With none the UAVs do what the best of the plain \
                  strategies would have them do.",
};

/// How prudent the UGV is; see `Arena::prudent`.
const CAUTION: Number = Number {
    name: "caution",
    default: 0.5,
    minimum: 0.0,
    maximum: 20.0,
    description: "How much of what its blockage would cost (the drive there and back, and the way round) an unknown segment \
                  counts longer when the UGV chooses its way, times its blockage probability. 0 is the shortest way.",
};

/// See the [module](self).
#[derive(Clone, Copy, Debug, Default)]
pub struct Adaptive;

impl Strategy for Adaptive {
    fn name(&self) -> &'static str {
        "adaptive"
    }

    fn summary(&self) -> &'static str {
        "Each UAV's next inspection and the UGV's way are those with the earliest expected arrival over worlds sampled from what is \
         known. Earliest on average in most settings, by most with UAVs no faster than the UGV; a decision takes milliseconds."
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[
            Parameter::Integer(WORLDS),
            Parameter::Integer(ROLLOUTS),
            Parameter::Integer(CANDIDATES),
            Parameter::Number(CAUTION),
        ]
    }

    fn decide(
        &self,
        situation: &Situation<'_>,
        parameters: &Map<String, Value>,
        search: &mut Search,
        budget: &mut Budget,
    ) -> Decision {
        let outcome = search.outcome(situation, budget);
        let Some(shortest) = outcome.route() else {
            return Decision { outcome, tasking: idle(situation.uavs) };
        };
        let (present, later) = situation.part(&shortest.legs);
        let shortest: Vec<Step> = present.iter().map(step_of).collect();
        let present = situation.present();
        let mut judge =
            Judge::new(&present, WORLDS.of(parameters) as u32, ROLLOUTS.of(parameters), CAUTION.of(parameters), budget);
        let candidates = CANDIDATES.of(parameters) as usize;
        match moves::choose(&mut judge, &shortest, candidates) {
            Some((rule, chosen)) => carry_out(situation, rule, &chosen, later),
            None => Decision { outcome, tasking: idle(situation.uavs) },
        }
    }
}

/// The decision that begins with the move and goes on as the rule would if nothing were found, then by the later legs.
fn carry_out(situation: &Situation<'_>, rule: Rule, chosen: &Move, later: &[Leg]) -> Decision {
    let legs = chosen.way.iter().map(leg_of).chain(later.iter().copied());
    let route = Route::of(legs.collect(), situation.ugv.speed_mps);
    let mut schedule = Schedule::empty(situation);
    for (i, errand) in chosen.errands.iter().enumerate() {
        for target in errand {
            let Target { segment, from_m, to_m } = *target;
            schedule.give_leg(i, Leg { segment: SegmentId(segment), from_m, to_m });
        }
    }
    let ahead = unknown_ahead(situation, Some(&route));
    match rule {
        Rule::Rest => {}
        Rule::Forward | Rule::Worth(_) => ahead.iter().for_each(|passage| schedule.give_ahead(passage)),
        Rule::Backward | Rule::Suffix => {
            for passage in ahead.into_iter().rev() {
                let against = reversed(passage.leg.direction());
                let leg = situation.network.whole_leg(passage.leg.segment, against);
                schedule.give_to_earliest(&[leg], |inspection| inspection.begins_s < passage.ends_s);
            }
        }
    }
    schedule.give_later_legs(Some(&route));
    Decision { outcome: Outcome::Route { route }, tasking: schedule.into_tasking() }
}

fn step_of(leg: &Leg) -> Step {
    Step { segment: leg.segment.0, from_m: leg.from_m, to_m: leg.to_m }
}

fn leg_of(step: &Step) -> Leg {
    Leg { segment: SegmentId(step.segment), from_m: step.from_m, to_m: step.to_m }
}
