//! Which of several goals is the nearest by road.
//!
//! One search forward from the UGV, until the ways to all goals are known; not a search for each. Distances are those
//! of the shortest ways over segments not known to be blocked. Why there is no way to one is asked of a search of its own.

use super::access::{self, Access, WaysIn};
use super::spread::{Extent, Spread};
use super::way::FAR;
use super::{Found, Search};
use crate::domain::ids::StateIndex;
use crate::domain::network::{Leg, Network, Place};
use crate::domain::plan::{Outcome, Route};
use crate::planning::budget::{Budget, Spent};
use crate::planning::situation::Situation;

/// So many steps suffice for the distances in a network of millions of junctions.
pub const BUDGET_STEPS: u64 = 50_000_000;

impl Search {
    /// What the way from the UGV to each of the places comes to, in their order. The situation's own goal does not matter.
    pub fn ways_to(&mut self, situation: &Situation<'_>, goals: &[Place], budget: &mut Budget) -> Vec<Outcome> {
        let Situation { network, knowledge, ugv, .. } = *situation;
        let ends: Vec<WaysIn> = goals.iter().map(|goal| access::ways_in(network, Some(knowledge), *goal)).collect();
        // Of the states in which a goal is reached from one side, the one that is settled first is the nearest.
        let mut awaited: Vec<(StateIndex, usize)> = Vec::new();
        let mut sides = 0;
        for ends in &ends {
            for (i, end) in ends.iter().enumerate() {
                let is_other_side = i == 0 || ends[i - 1].leg != end.leg;
                sides += usize::from(is_other_side);
                awaited.push((end.junction, sides - 1));
            }
        }
        awaited.sort_unstable();
        let mut is_awaited = vec![true; sides];
        let mut left = sides;
        let extent = Extent {
            is_open: |segment| !knowledge.is_blocked(segment),
            most_ticks: FAR - 1,
            is_enough: |junction: StateIndex| {
                let begin = awaited.partition_point(|(state, _)| *state < junction);
                for (_, side) in awaited[begin..].iter().take_while(|(state, _)| *state == junction) {
                    left -= usize::from(std::mem::replace(&mut is_awaited[*side], false));
                }
                left == 0
            },
        };
        let Ok(spread) = Spread::measure(network, knowledge, ugv.place, extent, budget) else {
            let reason = "the search for the ways took more steps than its budget allows".to_owned();
            return vec![Outcome::BudgetSpent { reason }; goals.len()];
        };
        let route = |legs: Vec<Leg>| {
            let length_m = legs.iter().map(Leg::length_m).sum();
            Outcome::Route { route: Route { legs, length_m, duration_s: length_m / ugv.speed_mps } }
        };
        let outcome = |(goal, ends): (&Place, &WaysIn)| {
            if network.is_same_place(ugv.place, *goal) {
                return Outcome::AlreadyThere;
            }
            let direct = access::direct(network, Some(knowledge), ugv.place, *goal);
            match (direct, nearest_end(network, &spread, ends)) {
                (Some(leg), around) if around.is_none_or(|(ticks, _)| network.ticks(leg.length_m()) <= ticks) => {
                    route(vec![leg])
                }
                (_, Some((_, end))) => {
                    let mut legs = spread.legs_to(end.junction);
                    legs.extend(end.leg);
                    route(legs)
                }
                (_, None) => match self.shortest_way(network, knowledge, ugv.place, *goal, budget) {
                    Ok(Found::NoWay(obstacle)) => Outcome::NoWay { reason: obstacle.to_string() },
                    Ok(Found::Legs(_) | Found::SamePlace) | Err(Spent) => {
                        Outcome::NoWay { reason: "no way leads there as far as is known".to_owned() }
                    }
                },
            }
        };
        goals.iter().zip(&ends).map(outcome).collect()
    }
}

/// By which end the goal is reached first; of equals by the first.
fn nearest_end(network: &Network, spread: &Spread<'_>, ends: &[Access]) -> Option<(u64, Access)> {
    let reached = ends.iter().filter(|end| spread.ticks(end.junction) < FAR);
    reached.map(|end| (spread.ticks(end.junction) + end.ticks(network), *end)).min_by_key(|(ticks, _)| *ticks)
}
