//! The UGV's shortest route over segments not known to be blocked.
//!
//! The route is exact: lengths are metres along segments, one-way segments are driven forward only, and start and goal
//! may lie inside segments. The UGV may turn round anywhere. Of a segment known to be blocked it uses the part up to
//! the blockage, if the point is known, to leave it or to reach a goal on it; it never enters one whose point is not
//! known. A vehicle exactly at the blockage may leave either way, since a place does not tell from where it came:
//! whoever follows a vehicle that has met a blockage must keep its place short of it, on the side it came from. A place
//! at an end of a segment is the junction, and its segment's state does not matter.
//!
//! Ties: of several shortest routes, from the UGV on, each junction is left by the segment with the lowest id of those
//! by which a shortest way goes on, the goal's own segment among them; the UGV's place inside a segment is left
//! straight to the goal rather than through a junction, and by the segment's first end rather than by the last. Which
//! way is the shortest is decided in whole numbers ([`Network::ticks`]), so that it does not depend on how it was
//! found.
//!
//! Turns that the network forbids are not taken. Where they depend on how a junction was reached, the junction has several states
//! ([`Network::node_of`]), and what is said of junctions here is true of each of them. A UGV at a junction has come along the segment that
//! its place names; one inside a segment, and one at a segment's end that it has not passed, may turn round.
//!
//! There are two algorithms that find the same: a [`GoalTree`] with a search for the detour past what was closed since, and A*
//! from scratch where many goals take turns or too much has changed. Which one answers is a matter of what the answers have
//! cost; `docs/SEARCH.md` has the measurements.
//!
//! A search takes as many budget steps as its network has junctions, by four, and one: somewhat more than A* settles of
//! a city on average (15 to 18 %). Neither what was searched before nor which algorithm answers changes that, so a
//! decision that runs out of steps does so every time. The reasons why there is no way take as many again.

mod access;
pub mod alternatives;
#[cfg(test)]
mod alternatives_tests;
mod astar;
mod covered;
mod detour;
mod goal_tree;
mod guided;
pub mod k_shortest;
#[cfg(test)]
mod k_shortest_tests;
pub mod most_probable;
#[cfg(test)]
mod most_probable_tests;
pub mod nearest;
#[cfg(test)]
mod nearest_tests;
#[cfg(test)]
mod oracle_tests;
mod reach;
pub mod reachable;
#[cfg(test)]
mod reachable_tests;
#[cfg(test)]
mod replan_tests;
mod spread;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod turn_tests;
mod way;

use self::detour::Task;
use self::goal_tree::Fit;
use self::way::Question;
use super::budget::{Budget, Spent};
use super::situation::Situation;
use crate::domain::ids::SegmentId;
use crate::domain::knowledge::Knowledge;
use crate::domain::network::{Direction, Leg, Network, NetworkIdentity, Place};
use crate::domain::plan::{Outcome, Route};

pub use goal_tree::GoalTree;

/// How many goals a search remembers if nobody says otherwise. A tree takes 16 bytes a junction and three a segment.
const GOALS: usize = 4;

/// A journey by waypoints has as many goals as legs, which take turns for every plan. All of them are remembered, as far as their trees
/// have no more than so many junctions together.
const TREE_JUNCTIONS: usize = 1 << 22;

/// A goal gets a tree at once if a place for one is free, so that the first closure finds it there. A place is free whose tree was not
/// asked in so many searches.
const FREE_AFTER: u64 = 64;

/// Where no place is free, it gets one once the searches for it from scratch have settled so many junctions for each of the
/// network: many missions that take turns do not build trees for each other to drop.
const TREE_AFTER: f64 = 0.1;

/// A tree takes closures in once detours past them have settled so many junctions for each of the network: as many as
/// it would search again at most. Measured: detours are so cheap that less patience costs more.
const TAKEN_IN_AFTER: f64 = 1.0;

/// The share of segments that may have been closed or reopened before a search from scratch is cheaper than taking it
/// all in.
const CHANGED_SHARE: usize = 32;

/// Every so many searches in a row for which a tree was of no use, it is built anew: what changed may change back.
const PATIENCE: u32 = 2;

/// The UGV's shortest-route search, with memory that is used again from one search to the next. What it remembers makes
/// it faster and never changes what it finds.
#[derive(Debug)]
pub struct Search {
    question: Question,
    labels: astar::Labels,
    guided: guided::Guided,
    detour: detour::Detour,
    reach: reach::Reach,
    /// The way between two stops.
    part: Vec<Leg>,
    /// The latest first.
    goals: Vec<Goal>,
    most_goals: usize,
    /// How many legs the present journey has.
    legs: usize,
    /// Whether the way sought is to go on after another, which ends where it begins.
    is_under_way: bool,
    /// How many searches there were.
    searches: u64,
}

impl Default for Search {
    fn default() -> Self {
        Self::new()
    }
}

/// A goal, or several of which any will do, that was asked for.
#[derive(Debug)]
struct Goal {
    network: NetworkIdentity,
    /// Any of these will do.
    places: Vec<Place>,
    /// Whether the tree is of this goal, or only left over from another.
    has_tree: bool,
    /// For how many searches in a row too much had changed.
    missed: u32,
    /// How many junctions were settled in searches for it since the tree was last made right.
    settled: usize,
    /// Whether it gets a tree without having to be asked for again.
    at_once: bool,
    /// Which search was the latest for it.
    asked: u64,
    tree: GoalTree,
}

/// What a search came to.
#[derive(Clone, Debug, PartialEq)]
pub enum Found {
    /// The travelled parts of segments, in order: contiguous, none of length zero.
    Legs(Vec<Leg>),
    /// Both places are the same point of the network.
    SamePlace,
    /// There is no way.
    NoWay(Obstacle),
}

/// Why there is no way.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum Obstacle {
    /// The goal lies inside a blocked segment, past the blockage, or the blockage may be anywhere on it.
    #[error("the goal lies on segment {segment}, which is blocked {}", place_in_words(*.blockage_m))]
    GoalOnBlockedSegment {
        /// The segment.
        segment: SegmentId,
        /// Where it is blocked, in metres from its first end, when known.
        blockage_m: Option<f64>,
    },
    /// The UGV cannot get past the junction it is at or next to.
    #[error("the vehicle is enclosed by closures: every segment by which it could leave is blocked ({blocked} in all)")]
    Enclosed {
        /// How many blocked segments border on where it can get.
        blocked: usize,
    },
    /// The goal is beyond blocked segments.
    #[error(
        "every way to the goal crosses a blocked segment (blocked segments at the edge: {blocked}, junctions within reach: \
         {junctions})"
    )]
    Closures {
        /// How many blocked segments border on where the UGV can get.
        blocked: usize,
        /// How many junctions it can get to.
        junctions: usize,
    },
    /// A waypoint is the very point at which its segment is blocked, so that no vehicle gets past it.
    #[error("the waypoint is the point at which segment {segment} is blocked")]
    BlockageAtWaypoint {
        /// The segment.
        segment: SegmentId,
    },
    /// Even with every segment open there would be no way.
    #[error("no road leads from the vehicle to the goal, even with every segment open")]
    NotConnected,
}

fn place_in_words(blockage_m: Option<f64>) -> String {
    match blockage_m {
        Some(at_m) => format!("{at_m:.1} m from its first end, between the vehicle and the goal"),
        None => "at a point that is not known".to_owned(),
    }
}

impl Search {
    /// A search without scratch memory yet.
    pub fn new() -> Self {
        Self::remembering(GOALS)
    }

    /// A search that remembers so many goals. With none, every search is one from scratch.
    pub fn remembering(most_goals: usize) -> Self {
        let (question, labels, guided, detour, reach, part) = Default::default();
        let (goals, is_under_way) = (Vec::new(), false);
        Self { question, labels, guided, detour, reach, part, goals, most_goals, legs: 1, is_under_way, searches: 0 }
    }

    /// The shortest way from one place to another over segments not known to be blocked.
    ///
    /// # Errors
    /// When the budget ends first.
    pub fn shortest_way(
        &mut self,
        network: &Network,
        knowledge: &Knowledge,
        from: Place,
        to: Place,
        budget: &mut Budget,
    ) -> Result<Found, Spent> {
        let mut legs = Vec::new();
        Ok(match self.write_shortest_way(network, knowledge, from, &[to], budget, &mut legs)? {
            Some(obstacle) => Found::NoWay(obstacle),
            None if legs.is_empty() => Found::SamePlace,
            None => Found::Legs(legs),
        })
    }

    /// Like [`Search::shortest_way`], but to the nearest of several goals, in one search, and the legs take the place of
    /// what `legs` holds, so that nothing need be allocated: none if the place is one of the goals, or there is an obstacle.
    ///
    /// # Errors
    /// When the budget ends first; `legs` then holds anything.
    pub fn write_shortest_way(
        &mut self,
        network: &Network,
        knowledge: &Knowledge,
        from: Place,
        to: &[Place],
        budget: &mut Budget,
        legs: &mut Vec<Leg>,
    ) -> Result<Option<Obstacle>, Spent> {
        legs.clear();
        if to.iter().any(|goal| network.is_same_place(from, *goal)) {
            return Ok(None);
        }
        budget.take(steps(network))?;
        self.question.ask(network, knowledge, from, to);
        if self.is_under_way {
            self.question.come_from_a_leg(network);
        }
        let remembers = self.most_goals > 0;
        let fits = remembers && {
            self.remember(network, to);
            self.goals[0].update(network, knowledge, budget)?
        };
        let (found, settled) = if fits {
            let task = Task { network, knowledge, tree: &self.goals[0].tree, question: &self.question };
            (self.detour.search(task, budget, legs)?, self.detour.settled())
        } else {
            (self.labels.search(network, knowledge, &self.question, budget, legs)?, self.labels.settled())
        };
        if remembers {
            self.goals[0].settled += settled;
        }
        if found { Ok(None) } else { self.obstacle(network, knowledge, from, to, budget).map(Some) }
    }

    /// The distances of all junctions to a goal over segments not known to be blocked. Takes the steps of a search.
    ///
    /// # Errors
    /// When the budget ends first.
    pub fn distances(
        &mut self,
        network: &Network,
        knowledge: &Knowledge,
        to: Place,
        budget: &mut Budget,
    ) -> Result<&GoalTree, Spent> {
        budget.take(steps(network))?;
        self.remember(network, &[to]);
        let goal = &mut self.goals[0];
        if goal.has_tree && goal.update(network, knowledge, budget)? {
            goal.take_in_closures(network, knowledge, budget)?;
        } else {
            goal.build(network, knowledge, budget)?;
        }
        Ok(&goal.tree)
    }

    /// Whether a UGV could get from one place to the other if no segment were blocked. Where it could not, no report
    /// will ever open a way.
    ///
    /// # Errors
    /// When the budget ends first.
    pub fn connects(&mut self, network: &Network, from: Place, to: Place, budget: &mut Budget) -> Result<bool, Spent> {
        Ok(self.first_apart(network, from, &[to], budget)?.is_none())
    }

    /// The first of the goals that a UGV could not get to from the place if no segment were blocked, as its position among
    /// them. One search serves them all.
    ///
    /// # Errors
    /// When the budget ends first.
    pub fn first_apart(
        &mut self,
        network: &Network,
        from: Place,
        goals: &[Place],
        budget: &mut Budget,
    ) -> Result<Option<usize>, Spent> {
        if goals.iter().all(|goal| network.is_same_place(from, *goal)) {
            return Ok(None);
        }
        budget.take(steps(network))?;
        self.reach.mark(network, None, from);
        let leads_to = |goal: Place| network.is_same_place(from, goal) || self.is_in_reach(network, from, goal);
        Ok(goals.iter().position(|goal| !leads_to(*goal)))
    }

    /// Whether the junctions marked last, those that can be reached from the place over all segments, lead to the goal.
    fn is_in_reach(&self, network: &Network, from: Place, goal: Place) -> bool {
        let mut ends = access::ways_in(network, None, goal).into_iter();
        access::direct(network, None, from, goal).is_some() || ends.any(|end| self.reach.reached(end.junction))
    }

    /// The outcome of planning under the rule that the UGV takes the shortest route over segments not known to be
    /// blocked: to the nearest goal, or by the waypoints to come, each by a shortest way from the one before, and from the
    /// last to the goal nearest to it.
    pub fn outcome(&mut self, situation: &Situation<'_>, budget: &mut Budget) -> Outcome {
        let Situation { network, knowledge, ugv, goals, .. } = situation;
        let stops = situation.stops_ahead();
        self.legs = stops.len() + 1;
        let mut part = std::mem::take(&mut self.part);
        let mut legs = Vec::new();
        let mut fault = None;
        let mut from = ugv.place;
        for i in 0..=stops.len() {
            let to = stops.get(i..=i).unwrap_or(goals);
            let found = match stops.get(i).filter(|stop| is_closed_at(network, knowledge, **stop)) {
                Some(stop) => Ok(Some(Obstacle::BlockageAtWaypoint { segment: stop.segment })),
                None => self.write_shortest_way(network, knowledge, from, to, budget, &mut part),
            };
            fault = match found {
                Ok(None) => None,
                Ok(Some(obstacle)) if stops.is_empty() => Some(Outcome::NoWay { reason: obstacle.to_string() }),
                Ok(Some(obstacle)) => Some(Outcome::NoWay { reason: format!("{}: {obstacle}", stage(i, stops.len())) }),
                Err(Spent) => Some(Outcome::BudgetSpent { reason: spent_in_words(budget).to_owned() }),
            };
            if fault.is_some() {
                break;
            }
            legs.extend_from_slice(&part);
            // Not the waypoint itself: at a junction it matters by which segment the UGV has come.
            from = part.last().map_or(from, |leg| Place { segment: leg.segment, offset_m: leg.to_m });
            self.is_under_way = !legs.is_empty();
        }
        (self.part, self.legs, self.is_under_way) = (part, 1, false);
        match fault {
            Some(fault) => fault,
            None if legs.is_empty() => Outcome::AlreadyThere,
            None => Outcome::Route { route: Route::of(legs, ugv.speed_mps) },
        }
    }

    /// Makes the goals the first of those remembered.
    fn remember(&mut self, network: &Network, to: &[Place]) {
        self.searches += 1;
        let asked = self.searches;
        let position = self.goals.iter().position(|goal| goal.network == network.identity() && goal.places == to);
        if let Some(position) = position {
            self.goals[..=position].rotate_right(1);
            self.goals[0].asked = asked;
            return;
        }
        let affordable = TREE_JUNCTIONS / network.state_count().max(1);
        let most = self.most_goals.max(self.legs.min(affordable)).max(1);
        self.goals.truncate(affordable.max(most));
        let left_over = if self.goals.len() < most { None } else { self.goals.pop() };
        let at_once = left_over.as_ref().is_none_or(|goal| !goal.has_tree || goal.asked + FREE_AFTER < asked);
        let (mut places, tree) = left_over.map(|goal| (goal.places, goal.tree)).unwrap_or_default();
        places.clear();
        places.extend_from_slice(to);
        let network = network.identity();
        let goal = Goal { network, places, has_tree: false, missed: 0, settled: 0, at_once, asked, tree };
        self.goals.insert(0, goal);
    }

    /// Why there is no way.
    fn obstacle(
        &mut self,
        network: &Network,
        knowledge: &Knowledge,
        from: Place,
        to: &[Place],
        budget: &mut Budget,
    ) -> Result<Obstacle, Spent> {
        let junctions = self.reach.mark(network, Some(knowledge), from);
        let blocked = self.blocked_around(network, knowledge, from);
        let is_cut_off = |to: Place| {
            network.junction_at(to).is_none()
                && knowledge.is_blocked(to.segment)
                && (access::ways_in(network, None, to).iter().any(|way| self.reach.reached(way.junction))
                    || access::ways_in(network, Some(knowledge), to).is_empty()
                    || access::direct(network, None, from, to).is_some())
        };
        let all_are_cut_off = to.iter().all(|goal| is_cut_off(*goal));
        budget.take(steps(network))?;
        self.reach.mark(network, None, from);
        if !to.iter().any(|goal| self.is_in_reach(network, from, *goal)) {
            return Ok(Obstacle::NotConnected);
        }
        Ok(if let Some(Place { segment, .. }) = to.first().filter(|_| all_are_cut_off) {
            Obstacle::GoalOnBlockedSegment { segment: *segment, blockage_m: knowledge.blockage_offset_m(*segment) }
        } else if junctions <= 1 {
            Obstacle::Enclosed { blocked }
        } else {
            Obstacle::Closures { blocked, junctions }
        })
    }

    /// How many blocked segments lead from where the latest marks are to where none is.
    fn blocked_around(&self, network: &Network, knowledge: &Knowledge, from: Place) -> usize {
        let stands_inside = |id: SegmentId| id == from.segment && network.junction_at(from).is_none();
        let leads_out = |id: SegmentId| {
            let road = network.segment(id);
            let is_unreached = |junction| !self.reach.reached_junction(network, junction);
            (self.reach.leads_onto(network, id, Direction::Forward) && is_unreached(road.last()))
                || (self.reach.leads_onto(network, id, Direction::Backward) && is_unreached(road.first()))
        };
        (0..network.segments().len())
            .map(|i| SegmentId(i as u32))
            .filter(|id| knowledge.is_blocked(*id) && (leads_out(*id) || stands_inside(*id)))
            .count()
    }
}

impl Goal {
    /// Makes the tree fit the knowledge if that is worth it; returns whether it does.
    fn update(&mut self, network: &Network, knowledge: &Knowledge, budget: &Budget) -> Result<bool, Spent> {
        let settled_share = self.settled as f64 / network.state_count() as f64;
        if !self.has_tree {
            if !self.at_once && settled_share < TREE_AFTER {
                return Ok(false);
            }
            return self.build(network, knowledge, budget).map(|()| true);
        }
        self.has_tree = false;
        let most = network.segments().len() / CHANGED_SHARE + 1;
        let fit = self.tree.update(network, knowledge, &self.places, most, budget)?;
        self.has_tree = true;
        match fit {
            Fit::None => {
                self.missed += 1;
                if self.missed < PATIENCE {
                    return Ok(false);
                }
                self.build(network, knowledge, budget)?;
            }
            // What detours have cost is no sign of what they will cost.
            Fit::Lifted => self.settled = 0,
            Fit::Grown if settled_share >= TAKEN_IN_AFTER => self.take_in_closures(network, knowledge, budget)?,
            Fit::Grown => {}
        }
        self.missed = 0;
        Ok(true)
    }

    fn build(&mut self, network: &Network, knowledge: &Knowledge, budget: &Budget) -> Result<(), Spent> {
        self.has_tree = false;
        self.tree.build(network, knowledge, &self.places, budget)?;
        (self.has_tree, self.missed, self.settled) = (true, 0, 0);
        Ok(())
    }

    fn take_in_closures(&mut self, network: &Network, knowledge: &Knowledge, budget: &Budget) -> Result<(), Spent> {
        self.has_tree = false;
        if !self.tree.take_in_closures(network, budget)? {
            return self.build(network, knowledge, budget);
        }
        (self.has_tree, self.settled) = (true, 0);
        Ok(())
    }
}

/// Whether the place, inside a segment, is the very point at which that is blocked. A vehicle that comes to it can only go back, so
/// no way may be planned by it as by a waypoint.
fn is_closed_at(network: &Network, knowledge: &Knowledge, place: Place) -> bool {
    network.junction_at(place).is_none()
        && knowledge.is_blocked(place.segment)
        && knowledge.blockage_offset_m(place.segment) == Some(place.offset_m)
}

/// Which part of a journey by waypoints is meant.
fn stage(i: usize, stops: usize) -> String {
    match i {
        i if i == stops => "from the last waypoint to the goal".to_owned(),
        0 => "to the next waypoint, as the goal of this leg".to_owned(),
        i => format!("to waypoint {} of {stops} to come, as the goal of this leg", i + 1),
    }
}

/// What a search costs. The same for every search of a network: see the [module](self).
fn steps(network: &Network) -> u64 {
    network.state_count() as u64 / 4 + 1
}

fn spent_in_words(budget: &Budget) -> &'static str {
    if budget.is_cancelled() {
        "the planning was called off before a route was found"
    } else {
        "the search for a route took more steps than its budget allows"
    }
}
