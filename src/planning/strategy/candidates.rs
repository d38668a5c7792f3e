//! What is worth inspecting when there are several routes that the UGV may come to take.

use std::collections::BTreeMap;

use super::schedule::unknown_ahead;
use crate::domain::ids::SegmentId;
use crate::domain::plan::Route;
use crate::planning::budget::Budget;
use crate::planning::passage::Passage;
use crate::planning::search::Search;
use crate::planning::situation::Situation;

/// The k shortest routes of the present leg, beginning with the UGV's own; none without a route.
pub(super) fn present_routes(
    situation: &Situation<'_>,
    route: Option<&Route>,
    k: usize,
    search: &mut Search,
    budget: &mut Budget,
) -> Vec<Route> {
    let Some(route) = route else { return Vec::new() };
    let own = Route::of(situation.part(&route.legs).0.to_vec(), situation.ugv.speed_mps);
    search.k_shortest_routes(&situation.present(), &own, k, budget)
}

/// An unknown segment that some of the routes have.
pub(super) struct Candidate {
    /// The UGV's passage of it on each route that has it, in the order of the routes.
    pub(super) passages: Vec<Passage>,
}

/// The unknown segments of the routes: those of the first from the UGV forward, then those that only the second has, and so
/// on; without the one on which the UGV stands, partly driven.
pub(super) fn candidates(situation: &Situation<'_>, routes: &[Route]) -> Vec<Candidate> {
    let mut positions: BTreeMap<SegmentId, usize> = BTreeMap::new();
    let mut candidates: Vec<Candidate> = Vec::new();
    for passage in routes.iter().flat_map(|route| unknown_ahead(situation, Some(route))) {
        let position = *positions.entry(passage.leg.segment).or_insert(candidates.len());
        match candidates.get_mut(position) {
            Some(candidate) => candidate.passages.push(passage),
            None => candidates.push(Candidate { passages: vec![passage] }),
        }
    }
    candidates
}
