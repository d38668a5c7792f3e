//! Other routes that are worth a look: short, each on roads of its own, and without pointless turns.
//!
//! The k shortest routes differ by a block or two. What people want is described by Abraham, Delling, Goldberg and
//! Werneck ("Alternative routes in road networks", ACM Journal of Experimental Algorithmics 18, 2013), whose *single-via
//! paths* these are: the shortest way to some junction, and the shortest way on to the goal. Such a route is admissible
//! if
//!
//! - it shares no more than a given part of its length with the current route and the alternatives before it, taken
//!   together (`max_sharing`);
//! - what it does not share with the current route is at most so many times as long as what it leaves out of that
//!   (`max_stretch`), and the whole at most so many times as long as the shortest route;
//! - around the junction it is itself a shortest way: from a quarter of the length that it does not share before the
//!   junction to as much after it (their T-test; with it no piece of that length is a detour). Here the pieces are cut
//!   inside segments, as segments of small networks are long;
//! - it comes to no junction twice and does not lead over the UGV's place or a goal.
//!
//! Several goals are as one: an alternative leads to any of them. With waypoints ahead, alternatives are to the way to the
//! next one, and each goes on by the current route's later legs.
//!
//! Bounds, test and order are as we know them from the paper, whose text was not at hand; numbers are ours. What differs
//! in nothing but which of two segments it takes between the same junctions is no alternative.
//!
//! Of several, the one with the least twice its length, plus what it shares, less the length of its plateau (the part
//! that is both on a shortest way from the UGV and on one to the goal) is taken first, then the others are weighed
//! again; ties go to the junction with the lower number. Distances are those of two searches over all junctions that can
//! be on a route short enough; of these the most promising 500 are looked at closely. The T-test is an exact search.

use super::access::Access;
use super::covered::Covered;
use super::goal_tree::{GoalTree, NONE};
use super::spread::{Extent, Last, Spread};
use super::way::{Question, whole_leg};
use super::{Search, astar};
use crate::domain::ids::{NodeIndex, SegmentId, StateIndex};
use crate::domain::network::{Leg, Network, Place};
use crate::domain::plan::{Outcome, Route};
use crate::planning::budget::{Budget, Spent};
use crate::planning::situation::Situation;

/// So many steps suffice for [`MOST_ALTERNATIVES`] in a network of some million junctions.
pub const BUDGET_STEPS: u64 = 50_000_000;
/// The most alternatives of one question.
pub const MOST_ALTERNATIVES: usize = 8;
/// So many junctions are looked at closely for each alternative, the most promising first.
const MOST_TRIED: usize = 500;
/// The part of the length not shared that must be a shortest way on either side of the junction.
const LOCAL: f64 = 0.25;
/// What lengths may differ by and still be the same: much more than rounding, much less than any road.
const SAME_M: f64 = 0.001;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AlternativeOptions {
    /// How many alternatives at most.
    pub count: usize,
    /// How many times as long as the current route's part the differing part may be; 1 or more.
    pub max_stretch: f64,
    /// What part of its length an alternative may share with the routes before it; 0 to 1.
    pub max_sharing: f64,
}

impl Default for AlternativeOptions {
    fn default() -> Self {
        Self { count: 3, max_stretch: 1.5, max_sharing: 0.7 }
    }
}

/// Another route.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternative {
    /// The route.
    pub route: Route,
    /// How much of it lies on the current route, in metres.
    pub shared_m: f64,
}

/// The current route and others.
#[derive(Clone, Debug, PartialEq)]
pub struct Alternatives {
    /// The current route, or why there is none.
    pub outcome: Outcome,
    /// The others, best first. Fewer than asked for if no more are admissible or the budget is spent.
    pub others: Vec<Alternative>,
}

impl Search {
    /// Alternatives to the current route, which leads from the UGV to the goal over segments not known to be blocked; to
    /// the shortest one, if none is given.
    pub fn alternatives(
        &mut self,
        situation: &Situation<'_>,
        current: Option<Route>,
        options: &AlternativeOptions,
        budget: &mut Budget,
    ) -> Alternatives {
        let outcome = self.outcome(situation, budget);
        let Outcome::Route { route: shortest } = outcome else { return Alternatives { outcome, others: Vec::new() } };
        let whole = current.unwrap_or_else(|| shortest.clone());
        let speed_mps = situation.ugv.speed_mps;
        let present = |route: &Route| Route::of(situation.part(&route.legs).0.to_vec(), speed_mps);
        let (shortest, current) = (present(&shortest), present(&whole));
        let later = situation.part(&whole.legs).1;
        let situation = &situation.present();
        let mut others = match Junctions::measure(situation, &shortest, options, budget) {
            Ok(junctions) => {
                let mut choice = Choice {
                    situation,
                    options,
                    labels: &mut self.labels,
                    junctions: &junctions,
                    current: &current,
                    taken: Covered::by(&current.legs),
                    budget,
                };
                let mut others = Vec::new();
                while others.len() < options.count
                    && let Some(next) = choice.next()
                {
                    choice.taken.add(&next.route.legs);
                    others.push(next);
                }
                others
            }
            Err(Spent) => Vec::new(),
        };
        if !later.is_empty() {
            let ground = Covered::by(&whole.legs);
            for Alternative { route, shared_m } in &mut others {
                route.legs.extend_from_slice(later);
                *route = Route::of(std::mem::take(&mut route.legs), speed_mps);
                *shared_m = ground.shared_m(&route.legs);
            }
        }
        Alternatives { outcome: Outcome::Route { route: whole }, others }
    }
}

/// The junctions by which an alternative may lead, in each of their states.
struct Junctions<'a> {
    network: &'a Network,
    spread: Spread<'a>,
    tree: GoalTree,
    /// Those through which a route is short enough, from the UGV on, and from the goal back.
    from_ugv: Vec<StateIndex>,
    from_goal: Vec<StateIndex>,
    /// By junction: the length of its plateau if it is the first on it, else nothing.
    plateau: Vec<Option<u64>>,
}

impl<'a> Junctions<'a> {
    fn measure(
        situation: &Situation<'a>,
        shortest: &Route,
        options: &AlternativeOptions,
        budget: &mut Budget,
    ) -> Result<Self, Spent> {
        let Situation { network, knowledge, goals, .. } = *situation;
        let start = situation.ugv.place;
        let ends = goals.iter().copied().chain([start]).filter(|place| network.junction_at(*place).is_none());
        let mut cut: Vec<SegmentId> = ends.map(|place| place.segment).collect();
        cut.sort_unstable();
        let most_ticks = network.ticks(shortest.length_m * options.max_stretch + SAME_M);
        let extent = Extent {
            is_open: |segment| !knowledge.is_blocked(segment) && cut.binary_search(&segment).is_err(),
            most_ticks,
            is_enough: |_| false,
        };
        let spread = Spread::measure(network, knowledge, start, extent, budget)?;
        budget.take(network.state_count() as u64)?;
        let mut tree = GoalTree::default();
        tree.build(network, knowledge, goals, budget)?;
        let total = |junction: &StateIndex| spread.ticks(*junction).saturating_add(tree.onward(*junction).left);
        let from_ugv: Vec<StateIndex> =
            spread.settled().iter().copied().filter(|junction| total(junction) <= most_ticks).collect();
        let mut from_goal = from_ugv.clone();
        from_goal.sort_by_key(|junction| (tree.onward(*junction).left, *junction));
        let mut junctions = Self { network, spread, tree, from_ugv, from_goal, plateau: Vec::new() };
        junctions.find_plateaus();
        Ok(junctions)
    }

    /// A step on a shortest way from the UGV is on a plateau if it is also one on a shortest way to the goal.
    fn find_plateaus(&mut self) {
        let mut plateau = vec![None; self.network.state_count()];
        for junction in &self.from_ugv {
            plateau[junction.index()] = Some(0);
        }
        for junction in self.from_ugv.iter().rev() {
            if let (Some(before), Last::Segment(segment, _)) =
                (self.spread.before(*junction), self.spread.last(*junction))
            {
                let onward = self.tree.onward(before);
                if (onward.segment, onward.other) == (segment.0, junction.0) {
                    let length = self.network.ticks(self.network.segment(segment).length_m());
                    plateau[before.index()] = plateau[junction.index()].map(|rest: u64| rest + length);
                    plateau[junction.index()] = None;
                }
            }
        }
        self.plateau = plateau;
    }

    /// For each junction, how much of the shortest way there, and of the one on from it, lies on segments that are
    /// taken; parts of segments at the ends left out. Junctions from which the way leads over the UGV's place have none.
    fn shared(&self, taken: &Covered) -> (Vec<u64>, Vec<Option<u64>>) {
        let count = self.network.state_count();
        let length = |segment| {
            if taken.has(segment) { self.network.ticks(self.network.segment(segment).length_m()) } else { 0 }
        };
        let mut there = vec![0; count];
        for junction in &self.from_ugv {
            if let (Some(before), Last::Segment(segment, _)) =
                (self.spread.before(*junction), self.spread.last(*junction))
            {
                there[junction.index()] = there[before.index()] + length(segment);
            }
        }
        let mut onward = vec![None; count];
        for junction in &self.from_goal {
            let step = self.tree.onward(*junction);
            onward[junction.index()] = match step.other {
                NONE => Some(0),
                other => onward[other as usize].map(|rest| rest + length(SegmentId(step.segment))),
            };
        }
        (there, onward)
    }

    /// The route by a junction.
    fn legs_by(&self, via: StateIndex) -> Vec<Leg> {
        let mut legs = self.spread.legs_to(via);
        let mut junction = via;
        loop {
            let onward = self.tree.onward(junction);
            let segment = SegmentId(onward.segment);
            if onward.other == NONE {
                let is_end = |end: &&Access| {
                    end.junction == junction
                        && end.ticks(self.network) == onward.left
                        && end.leg.map_or(NONE, |leg| leg.segment.0) == onward.segment
                };
                legs.extend(self.tree.ends().iter().find(is_end).and_then(|end| end.leg));
                return legs;
            }
            let way =
                self.network.departures(junction).find(|way| way.segment == segment && way.other.0 == onward.other);
            let Some(way) = way else { return Vec::new() };
            legs.push(whole_leg(way));
            junction = way.other;
        }
    }
}

struct Choice<'a, 's> {
    situation: &'s Situation<'a>,
    options: &'s AlternativeOptions,
    labels: &'s mut astar::Labels,
    junctions: &'s Junctions<'a>,
    current: &'s Route,
    /// The ground of all routes so far.
    taken: Covered,
    budget: &'s mut Budget,
}

impl Choice<'_, '_> {
    /// The best alternative to the routes so far.
    fn next(&mut self) -> Option<Alternative> {
        let Junctions { spread, tree, from_ugv, plateau, .. } = self.junctions;
        self.budget.take(2 * from_ugv.len() as u64).ok()?;
        let (there, onward) = self.junctions.shared(&self.taken);
        let mut promising: Vec<(u64, StateIndex)> = Vec::new();
        for via in from_ugv {
            let (Some(plateau), Some(onward)) = (plateau[via.index()], onward[via.index()]) else { continue };
            let length = spread.ticks(*via) + tree.onward(*via).left;
            let shared = there[via.index()] + onward;
            // Where too much of whole segments is shared, a look at the parts at the ends changes nothing.
            if shared as f64 <= length as f64 * self.options.max_sharing {
                promising.push(((2 * length + shared).saturating_sub(plateau), *via));
            }
        }
        let tried = MOST_TRIED.min(promising.len());
        if tried < promising.len() {
            promising.select_nth_unstable(tried);
            promising.truncate(tried);
        }
        promising.sort_unstable();
        for (_, via) in promising {
            match self.try_by(via) {
                Ok(None) => {}
                Ok(found) => return found,
                Err(Spent) => return None,
            }
        }
        None
    }

    /// The route by a junction, if it is admissible.
    fn try_by(&mut self, via: StateIndex) -> Result<Option<Alternative>, Spent> {
        let network = self.situation.network;
        let legs = self.junctions.legs_by(via);
        self.budget.take(legs.len() as u64)?;
        let length_m: f64 = legs.iter().map(Leg::length_m).sum();
        let shared_m = Covered::by(&self.current.legs).shared_m(&legs);
        let (own_m, left_out_m) = (length_m - shared_m, self.current.length_m - shared_m);
        let taken_m = self.taken.shared_m(&legs);
        // Somewhere it must be where no other is.
        if own_m < SAME_M
            || length_m - taken_m < SAME_M
            || own_m > left_out_m * self.options.max_stretch + SAME_M
            || taken_m > length_m * self.options.max_sharing + SAME_M
            || !self.is_loopless(&legs)
        {
            return Ok(None);
        }
        let via_m = network.metres(self.junctions.spread.ticks(via));
        if !self.is_locally_shortest(&legs, length_m, via_m, own_m * LOCAL)? {
            return Ok(None);
        }
        let duration_s = length_m / self.situation.ugv.speed_mps;
        Ok(Some(Alternative { route: Route { legs, length_m, duration_s }, shared_m }))
    }

    /// Whether the way comes to no junction twice, and not to the UGV's place or the goal on its way.
    fn is_loopless(&self, legs: &[Leg]) -> bool {
        let Situation { network, goals, .. } = *self.situation;
        let start = self.situation.ugv.place;
        let place_of = |place: Place| network.junction_at(place);
        let mut junctions: Vec<NodeIndex> = Vec::with_capacity(legs.len() + 1);
        for leg in legs {
            junctions.extend(place_of(Place { segment: leg.segment, offset_m: leg.from_m }));
        }
        junctions.extend(legs.last().and_then(|leg| place_of(Place { segment: leg.segment, offset_m: leg.to_m })));
        let count = junctions.len();
        // The last is the goal itself if that is a junction; no way is longer for one more look.
        let ends_at_junction =
            legs.last().is_some_and(|leg| place_of(Place { segment: leg.segment, offset_m: leg.to_m }).is_some());
        let on_way = &junctions[..count - usize::from(ends_at_junction)];
        let passes_goal_junction = goals.len() > 1
            && goals.iter().any(|goal| place_of(*goal).is_some_and(|junction| on_way.contains(&junction)));
        junctions.sort_unstable();
        junctions.dedup();
        let passes = |place: Place| {
            let is_inside = |leg: &Leg| {
                leg.segment == place.segment
                    && leg.covers(place.offset_m)
                    && ![leg.from_m, leg.to_m].contains(&place.offset_m)
            };
            legs.iter().any(is_inside)
        };
        count == junctions.len() && !passes(start) && goals.iter().all(|goal| !passes(*goal)) && !passes_goal_junction
    }

    /// Whether the piece of the way that lies around a point of it is a shortest way.
    fn is_locally_shortest(&mut self, legs: &[Leg], length_m: f64, at_m: f64, around_m: f64) -> Result<bool, Spent> {
        let Situation { network, knowledge, .. } = *self.situation;
        let Some(last) = legs.last() else { return Ok(false) };
        let end = Place { segment: last.segment, offset_m: last.to_m };
        let (from_m, to_m) = ((at_m - around_m).max(0.0), (at_m + around_m).min(length_m));
        // Past the end is a rounding.
        let place = |along_m: f64| network.place_along(legs, along_m).map_or(end, |(_, place)| place);
        let (from, to) = (place(from_m), place(to_m));
        if network.is_same_place(from, to) {
            return Ok(true);
        }
        let question = Question::new(network, knowledge, from, to);
        let mut shortest = Vec::new();
        let is_found = self.labels.search(network, knowledge, &question, self.budget, &mut shortest)?;
        self.budget.take(self.labels.settled() as u64)?;
        let shortest_m: f64 = shortest.iter().map(Leg::length_m).sum();
        Ok(is_found && to_m - from_m <= shortest_m + SAME_M)
    }
}
