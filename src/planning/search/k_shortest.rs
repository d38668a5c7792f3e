//! The k shortest loopless routes from the UGV to the goal.
//!
//! Yen's algorithm (Yen, "Finding the K shortest loopless paths in a network", Management Science 17, 1971) with Lawler's
//! refinement (Lawler 1972): the routes not yet found fall into classes, each of those that share a found route's beginning up
//! to some junction and leave it there by a segment that no found route takes from there; the next route is the shortest of the
//! classes' shortest. What a class's shortest would be is searched for only once no other class can have a shorter one, by the
//! bound that exact distances to the goal give; so most classes are never searched.
//!
//! No route is twice at the same junction, and none leads over the UGV's place or the goal if these lie inside segments.
//! Parallel segments make different routes. The first route is the UGV's own; the others come in order of length, equal
//! ones in the order of their sequences of segments. Lengths are counted in whole micrometres.
//!
//! Cost: one search backward from the goal, then some searches of a few junctions each; no more than [`MOST_SEARCHES`].

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::Search;
use super::guided::{Guided, Roads, Step, Vertex};
use crate::domain::plan::Route;
use crate::planning::budget::{Budget, Spent};
use crate::planning::situation::Situation;

/// After so many searches for deviations the routes found so far are all that are given.
pub const MOST_SEARCHES: usize = 5_000;

/// A found route.
struct Path {
    steps: Vec<Step>,
    /// Where each step begins, and how far that is from the start.
    stations: Vec<(Vertex, u64)>,
}

/// What may come next; ordered by length. Of the same length those still to be searched for come first, so that equal routes are
/// all there before one of them is taken.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    length_um: u64,
    stage: Stage,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    /// The class of the routes that leave a path at a step, none of them shorter than the candidate.
    Class { path: usize, at: usize },
    /// The shortest of a class.
    Found { steps: Vec<Step>, deviates_at: usize },
}

impl Search {
    /// Up to `k` routes from the UGV to the goal, beginning with the UGV's own, which must be the one that
    /// [`Search::outcome`] gives for the situation. There are fewer than `k` if there are no more, or if the budget or
    /// [`MOST_SEARCHES`] is spent.
    pub fn k_shortest_routes(
        &mut self,
        situation: &Situation<'_>,
        route: &Route,
        k: usize,
        budget: &mut Budget,
    ) -> Vec<Route> {
        self.routes_within(MOST_SEARCHES, situation, route, k, budget)
    }

    pub(super) fn routes_within(
        &mut self,
        most_searches: usize,
        situation: &Situation<'_>,
        route: &Route,
        k: usize,
        budget: &mut Budget,
    ) -> Vec<Route> {
        let roads = Roads::new(situation);
        let own = route.legs.iter().map(|leg| Step { segment: leg.segment, direction: leg.direction() }).collect();
        let mut found = vec![route.clone()];
        if k > 1 && self.guided.measure(&roads, budget) == Ok(true) {
            let mut deviations = Deviations {
                guided: &mut self.guided,
                paths: Vec::new(),
                candidates: BinaryHeap::new(),
                on_root: vec![false; roads.vertex_count()],
                searches_left: most_searches,
                roads: &roads,
            };
            deviations.accept(own, 0);
            while found.len() < k
                && let Ok(Some(steps)) = deviations.next(budget)
            {
                found.push(roads.route(&steps, situation.ugv.speed_mps));
            }
        }
        found
    }
}

struct Deviations<'a> {
    roads: &'a Roads<'a>,
    guided: &'a mut Guided,
    paths: Vec<Path>,
    candidates: BinaryHeap<Reverse<Candidate>>,
    /// Which vertices are on the part that a class shares with its path.
    on_root: Vec<bool>,
    searches_left: usize,
}

impl Deviations<'_> {
    /// The steps of the next route.
    fn next(&mut self, budget: &mut Budget) -> Result<Option<Vec<Step>>, Spent> {
        while let Some(Reverse(candidate)) = self.candidates.pop() {
            match candidate.stage {
                Stage::Found { steps, deviates_at } => {
                    self.accept(steps.clone(), deviates_at);
                    return Ok(Some(steps));
                }
                Stage::Class { path, at } => {
                    self.searches_left = self.searches_left.checked_sub(1).ok_or(Spent)?;
                    self.search(path, at, budget)?;
                }
            }
        }
        Ok(None)
    }

    /// Takes a route as found, and as candidates the classes of those that leave it at step `deviates_at` or later; the others
    /// belong to the classes of earlier paths.
    fn accept(&mut self, steps: Vec<Step>, deviates_at: usize) {
        let (mut stations, mut vertex, mut travelled_um) = (Vec::new(), self.roads.start_vertex, 0_u64);
        for step in &steps {
            stations.push((vertex, travelled_um));
            let Some(edge) = self.roads.edge(vertex, *step) else { return };
            (vertex, travelled_um) = (edge.to, travelled_um.saturating_add(edge.length_um));
        }
        let path = self.paths.len();
        self.paths.push(Path { steps, stations });
        let (found, shared) = (&self.paths[path], self.shared(path));
        for (at, (vertex, travelled_um)) in found.stations.iter().enumerate() {
            self.on_root[*vertex as usize] = true;
            if at < deviates_at {
                continue;
            }
            let ways = self.roads.outgoing(*vertex).filter(|edge| !self.is_taken(&shared, at, edge.step));
            let ways = ways.filter(|edge| !self.on_root[edge.to as usize]);
            let least_um = ways.map(|edge| edge.length_um.saturating_add(self.guided.bound_um(edge.to))).min();
            if let Some(least_um) = least_um {
                let length_um = travelled_um.saturating_add(least_um);
                self.candidates.push(Reverse(Candidate { length_um, stage: Stage::Class { path, at } }));
            }
        }
        found.stations.iter().for_each(|(vertex, _)| self.on_root[*vertex as usize] = false);
    }

    /// How many first steps each found path shares with this one.
    fn shared(&self, path: usize) -> Vec<usize> {
        let of = |other: &Path| other.steps.iter().zip(&self.paths[path].steps).take_while(|(a, b)| a == b).count();
        self.paths.iter().map(of).collect()
    }

    /// Whether a found path that shares the steps before `at` takes this one next.
    fn is_taken(&self, shared: &[usize], at: usize, step: Step) -> bool {
        self.paths.iter().zip(shared).any(|(other, shared)| *shared >= at && other.steps.get(at) == Some(&step))
    }

    /// Looks for the shortest route of a class, to be a candidate.
    fn search(&mut self, path: usize, at: usize, budget: &mut Budget) -> Result<(), Spent> {
        let (found, shared) = (&self.paths[path], self.shared(path));
        let (spur, travelled_um) = found.stations[at];
        let ways = self.roads.outgoing(spur).map(|edge| edge.step);
        let taken: Vec<Step> = ways.filter(|step| self.is_taken(&shared, at, *step)).collect();
        let root = &found.stations[..=at];
        root.iter().for_each(|(vertex, _)| self.on_root[*vertex as usize] = true);
        let on_root = &self.on_root;
        let mut steps = found.steps[..at].to_vec();
        let result = self.guided.shortest(
            self.roads,
            spur,
            |edge| !on_root[edge.to as usize] && (edge.from != spur || !taken.contains(&edge.step)),
            &mut steps,
            budget,
        );
        root.iter().for_each(|(vertex, _)| self.on_root[*vertex as usize] = false);
        if let Some(length_um) = result? {
            let length_um = travelled_um.saturating_add(length_um);
            self.candidates.push(Reverse(Candidate { length_um, stage: Stage::Found { steps, deviates_at: at } }));
        }
        Ok(())
    }
}
