//! `most_probable_path`: the UAVs first inspect the route that will most probably turn out to be the shortest.
//!
//! After the most probable shortest path of Saha, Brokkelkamp, Velaj, Khan and Bonchi, "Shortest Paths and Centrality in Uncertain
//! Networks" (PVLDB 14, 2021), estimated by sampling as there; the paper's text was not at hand, so the details are ours. Worlds
//! are drawn from the knowledge ([`crate::planning::search::most_probable`]): clear stays clear, blocked stays blocked, an
//! unknown segment is blocked with its blockage probability. The route that is the shortest in most of them is inspected from
//! the UGV forward, then the UGV's own, which differs from it where a short way is likely to be blocked. Each unknown
//! segment is given to the UAV that completes it earliest, from either end, of those that are ahead of the UGV on a route that has
//! it. If there is no way in any world, only the UGV's route is inspected.
//!
//! The segment on which the UGV stands, partly driven, is left to it unless a UAV is already flying along it. The goal's
//! segment is inspected whole, also past the goal: only then does it become known as clear.
//!
//! Parameters: `worlds`. On a long way through a dense network most worlds have a shortest route of their own; then more worlds are
//! needed for the count to mean anything, and of routes equally often the shortest the shorter one counts.
//!
//! Cost: two searches and one a world. To be chosen where blockage probabilities differ much between segments: where they are
//! all alike it does about what `shortest_path` does.

use serde_json::{Map, Value};

use super::Strategy;
use super::candidates::candidates;
use super::parameters::{Integer, Parameter};
use super::schedule::Schedule;
use crate::domain::plan::{Decision, Route};
use crate::planning::budget::Budget;
use crate::planning::search::Search;
use crate::planning::situation::Situation;

/// How many worlds are sampled.
const WORLDS: Integer = Integer {
    name: "worlds",
    default: 64,
    minimum: 8,
    maximum: 512,
    description: "How many worlds are sampled. More give a surer choice and take proportionally longer.",
};

/// See the [module](self).
#[derive(Clone, Copy, Debug, Default)]
pub struct MostProbablePath;

impl Strategy for MostProbablePath {
    fn name(&self) -> &'static str {
        "most_probable_path"
    }

    fn summary(&self) -> &'static str {
        "UAVs inspect the route that is the shortest in most of the worlds sampled from the blockage probabilities, then the \
         UGV's own, as far as they can reach it before the UGV. Best where these probabilities differ much."
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[Parameter::Integer(WORLDS)]
    }

    fn decide(
        &self,
        situation: &Situation<'_>,
        parameters: &Map<String, Value>,
        search: &mut Search,
        budget: &mut Budget,
    ) -> Decision {
        let outcome = search.outcome(situation, budget);
        let mut routes = Vec::new();
        if let Some(own) = outcome.route() {
            let worlds = WORLDS.of(parameters) as u32;
            let present = situation.present();
            let own = Route::of(situation.part(&own.legs).0.to_vec(), situation.ugv.speed_mps);
            routes.extend(search.most_probable_route(&present, worlds, budget).filter(|route| *route != own));
            routes.push(own);
        }
        let mut schedule = Schedule::new(situation, routes.iter().chain(outcome.route()));
        for candidate in candidates(situation, &routes) {
            schedule.give_ahead_on_some(&candidate.passages);
        }
        schedule.give_later_legs(outcome.route());
        Decision { outcome, tasking: schedule.into_tasking() }
    }
}
