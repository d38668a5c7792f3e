//! `k_shortest_paths`: the UAVs inspect the k shortest routes ahead of the UGV, what several of them share first.
//!
//! That UAVs should inspect several of the shortest paths, so that the UGV has somewhere to turn to, is from assisted path
//! planning (Bhadoriya et al., arXiv 2312.17340: dynamic k-shortest paths) and from Nguyen and Akella (arXiv 2604.25267); the
//! papers' texts were not at hand, so the details are ours. The routes are the k shortest loopless ones
//! ([`crate::planning::search::k_shortest`]), the UGV's own being the first. Their unknown segments are gone through in this
//! order: those that more of the routes have come first; of these, those of a shorter route, from the UGV forward. Each is given
//! to the UAV that completes it earliest, from either end, of those that are ahead of the UGV on some route that has it
//! (as in `shortest_path`, which this is with k = 1).
//!
//! The UGV drives the first route. The segment on which it stands, partly driven, is left to it unless a UAV is already flying
//! along it. The goal's segment is inspected whole, also past the goal: only then does it become known as clear.
//!
//! Parameters: `k`. The shortest routes of a city differ by a block here and there, so a small k looks at the nearest ways
//! round, a large k at more of them.
//!
//! Cost: two searches and some small ones, then segments of the routes times UAVs. To be chosen with several UAVs that are no
//! faster than the UGV where blockages are common: what lies at hand they cannot reach in time, and the first way round may be
//! blocked too. UAVs twice as fast see all of the UGV's route in time, and should (`shortest_path`), or fit the other routes
//! in around it (`priority_assignment`).

use std::cmp::Reverse;

use serde_json::{Map, Value};

use super::Strategy;
use super::candidates::{candidates, present_routes};
use super::parameters::{Integer, Parameter};
use super::schedule::Schedule;
use crate::domain::plan::Decision;
use crate::planning::budget::Budget;
use crate::planning::search::Search;
use crate::planning::situation::Situation;

/// How many routes the UAVs look at.
pub(super) const K: Integer = Integer {
    name: "k",
    default: 3,
    minimum: 1,
    maximum: 10,
    description: "How many of the shortest routes are looked at. 1 is the UGV's own route only; more finds ways round before \
                  they are needed, and spreads the UAVs thinner.",
};

/// See the [module](self).
#[derive(Clone, Copy, Debug, Default)]
pub struct KShortestPaths;

impl Strategy for KShortestPaths {
    fn name(&self) -> &'static str {
        "k_shortest_paths"
    }

    fn summary(&self) -> &'static str {
        "UAVs inspect the unknown segments of the k shortest routes that they can reach before the UGV, those that most \
         of the routes share first. Best with several UAVs no faster than the UGV where blockages are common."
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[Parameter::Integer(K)]
    }

    fn decide(
        &self,
        situation: &Situation<'_>,
        parameters: &Map<String, Value>,
        search: &mut Search,
        budget: &mut Budget,
    ) -> Decision {
        let outcome = search.outcome(situation, budget);
        let k = K.of(parameters) as usize;
        let routes = present_routes(situation, outcome.route(), k, search, budget);
        let mut schedule = Schedule::new(situation, routes.iter().chain(outcome.route()));
        let mut candidates = candidates(situation, &routes);
        candidates.sort_by_key(|candidate| Reverse(candidate.passages.len()));
        for candidate in candidates {
            schedule.give_ahead_on_some(&candidate.passages);
        }
        schedule.give_later_legs(outcome.route());
        Decision { outcome, tasking: schedule.into_tasking() }
    }
}
