//! The part of a network that can matter to a decision, laid out bit by bit as the rollouts ask for it.
//!
//! Rollouts need the costs from junctions to the goal, as the UGV counts segments that are unknown. On a large network few junctions
//! are ever asked about: those on the UGV's way, and on ways round. So Dijkstra's search from the goal backwards stops as soon as
//! nobody can tell whether there is more, and goes on from there when somebody can (Reverse Resumable A*: Silver, Cooperative
//! Pathfinding, AIIDE 2005). What comes of it is, bit by bit, what comes of a search of the whole network.
//!
//! **The corridor.** With the straight distance `e(v)` of a junction `v` from the UGV's place at the decision, junctions are settled by
//! their key `c(v) + e(v)`, where `c` is the cost to the goal. No segment is shorter than the straight line between its ends and none costs less
//! than it is long, so on a cheapest way to the goal keys fall: who is settled has the cost that the whole network would
//! give. (`e` is taken a thousandth shorter than it is: so keys fall by more than rounding.) Up to a key `K`, these junctions lie in the
//! ellipse about UGV and goal of the ways that are no longer than `K`. Of several equally cheap ways on, Dijkstra's search takes that whose
//! next junction it settles first, the cheapest to the goal and of these the one with the lowest number; here that is compared, as the
//! order is another.
//!
//! **The certificate.** Of a junction `w` outside it is known that `c(w) ≥ K − e(w)`. A search for a way from anywhere, with `c` as
//! the lower bounds that order its queue, leaves such junctions out and remembers the least that any of them would have been queued
//! with: its *horizon*. All that it takes from the queue below the horizon, the search of the whole network would have taken in the same
//! order, as what is missing in the queue is dearer. When it would have to go beyond, or nothing is left in the queue, the arena is too
//! small: it is widened, and the one rollout that found it so is played again. Rollouts before that have all had their certificates,
//! so none of them is lost. It ends, as the whole network has no outside. Where a way is asked for and there is
//! none, every junction would have to be looked at to be sure; so it is first asked whether the goal is cut off all around, in
//! few steps back from it.
//!
//! **Prudence.** What an unknown segment counts for when the UGV is prudent ([`Arena::prudent`]) follows from costs under a first guess,
//! for which there is a search of the same kind. A segment is priced when the search from the goal comes to its end, and as ways round count
//! for no more than some mean segments, no more than that is asked of the guess: a bound tells when a way round is longer. What is not priced
//! counts as long as it is, which is no more than its price, and leads to junctions outside only.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use smallvec::SmallVec;

use super::arena::{Arena, Leg, MOST_DETOUR, NOWHERE, Road, SURCHARGE, Spot, View};
use super::way::{Step, Ways};
use crate::domain::geometry::Point;
use crate::domain::ids::{SegmentId, StateIndex};
use crate::domain::knowledge::SegmentState;
use crate::domain::network::{Direction, Incidence, Network};
use crate::planning::situation::Situation;

/// The straight distance from the focus counts for so much, so that keys fall along a way by more than rounding.
const SHARE: f64 = 0.999;

/// More than sums of metres are rounded by.
const ROUNDING_M: f64 = 1e-6;

/// How far an arena is laid out at first, and is then widened by at least: a share of the key of the UGV's way, and mean segments. Each
/// widening is twice as wide as the one before.
const MARGIN: (f64, f64) = (0.1, 8.0);

/// Whether the goal is cut off is asked no further than that many junctions around it.
const MOST_FLOODED: usize = 256;

/// How a search from a leg's end goes on.
#[derive(Clone, Debug)]
pub(super) struct Growth {
    focus: Point,
    /// By junction, what is known of those that are not settled.
    offers: Vec<Offer>,
    queue: BinaryHeap<Reverse<(u64, u32)>>,
    /// No junction that is not settled has a key below that; infinite when all are that can be.
    key_m: f64,
    settled: u64,
}

/// The cheapest way from a junction so far: its cost, that of the junction after the first step, and that step.
#[derive(Clone, Copy, Debug)]
struct Offer {
    cost: f64,
    after: f64,
    onward: (u32, u32),
}

const NO_OFFER: Offer = Offer { cost: f64::INFINITY, after: f64::INFINITY, onward: NOWHERE };

/// How far an arena is laid out, and what it takes to lay out more of it.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    caution: f64,
    /// The costs under the first guess, which makes each unknown segment dearer alike.
    guess: Leg,
    /// By segment, whether it is known what it counts for.
    is_priced: Vec<bool>,
    /// See [`MARGIN`].
    margin: (f64, f64),
    /// By how much it is widened next.
    margin_m: f64,
    edition: u64,
    /// How many settled junctions have been told to [`Arena::take_work`].
    told: u64,
}

impl Reach {
    /// Another number whenever any price or cost was added.
    pub(super) fn edition(&self) -> u64 {
        self.edition
    }
}

impl Growth {
    fn new(network: &Network, focus: Point) -> Self {
        let offers = vec![NO_OFFER; network.state_count()];
        Self { focus, offers, queue: BinaryHeap::new(), key_m: 0.0, settled: 0 }
    }

    fn to_focus_m(&self, network: &Network, junction: u32) -> f64 {
        SHARE * network.node(network.node_of(StateIndex(junction))).point.distance_m(self.focus)
    }

    /// No way from a junction that is not settled costs less than this.
    pub(super) fn floor(&self, network: &Network, junction: u32) -> f64 {
        (self.key_m - self.to_focus_m(network, junction) - ROUNDING_M).max(0.0)
    }

    fn offer(&mut self, network: &Network, junction: u32, offered: Offer) {
        let known = self.offers[junction as usize];
        let is_sooner =
            offered.after < known.after || offered.after == known.after && offered.onward.1 < known.onward.1;
        if offered.cost < known.cost {
            let key_m = offered.cost + self.to_focus_m(network, junction);
            self.queue.push(Reverse((key_m.to_bits(), junction)));
            self.offers[junction as usize] = offered;
        } else if offered.cost == known.cost && offered.cost.is_finite() && is_sooner {
            self.offers[junction as usize] = offered;
        }
    }
}

impl Leg {
    /// The same leg before any junction is settled. From the junctions given its end is reached at once, at that cost.
    fn begun(ends: Vec<Spot>, network: &Network, focus: Point, last_steps: &[(u32, f64)]) -> Self {
        let mut growth = Growth::new(network, focus);
        for (junction, cost) in last_steps {
            growth.offer(network, *junction, Offer { cost: *cost, after: -1.0, onward: NOWHERE });
        }
        let costs = vec![f64::INFINITY; network.state_count()];
        let onward = vec![NOWHERE; costs.len()];
        Self { ends, costs, onward, growth: Some(growth) }
    }

    /// Whether the cost from a junction, if any, is known, and not only bounded.
    pub(super) fn is_final(&self, junction: u32) -> bool {
        self.costs[junction as usize].is_finite()
            || self.growth.as_ref().is_none_or(|growth| growth.key_m.is_infinite())
    }

    fn key_m(&self) -> f64 {
        self.growth.as_ref().map_or(f64::INFINITY, |growth| growth.key_m)
    }

    fn settled(&self) -> u64 {
        self.growth.as_ref().map_or(0, |growth| growth.settled)
    }

    /// Settles the next junction; returns which. Nothing is left to be settled if none.
    fn settle(&mut self, network: &Network, mut cost_of: impl FnMut(u32) -> f64) -> Option<u32> {
        let growth = self.growth.as_mut()?;
        loop {
            let Some(Reverse((bits, junction))) = growth.queue.pop() else {
                growth.key_m = f64::INFINITY;
                return None;
            };
            if self.costs[junction as usize].is_finite() {
                continue;
            }
            growth.key_m = growth.key_m.max(f64::from_bits(bits));
            growth.settled += 1;
            let Offer { cost, onward, .. } = growth.offers[junction as usize];
            (self.costs[junction as usize], self.onward[junction as usize]) = (cost, onward);
            for way in network.arrivals(StateIndex(junction)) {
                // Priced even if who stands at its beginning is settled: it may be on a way round.
                let by = cost_of(way.segment.0);
                if self.costs[way.other.index()].is_infinite() {
                    let offered = Offer { cost: cost + by, after: cost, onward: (way.segment.0, junction) };
                    growth.offer(network, way.other.0, offered);
                }
            }
            return Some(junction);
        }
    }

    /// The cost from a junction; none if it is no less than `enough`, or no way leads to the end.
    fn cost_below(
        &mut self,
        network: &Network,
        junction: u32,
        enough: f64,
        mut cost_of: impl FnMut(u32) -> f64,
    ) -> Option<f64> {
        if !self.is_final(junction) {
            let to_focus_m = self.growth.as_ref().map_or(0.0, |growth| growth.to_focus_m(network, junction));
            let key_m = enough + to_focus_m + ROUNDING_M;
            while self.costs[junction as usize].is_infinite() && self.key_m() < key_m {
                if self.settle(network, &mut cost_of).is_none() {
                    break;
                }
            }
        }
        Some(self.costs[junction as usize]).filter(|cost| cost.is_finite())
    }
}

/// What pricing looks at.
struct Survey<'s> {
    network: &'s Network,
    roads: &'s [Road],
    known: &'s View,
    mean_m: f64,
}

impl Survey<'_> {
    /// What a segment counts for at first.
    fn guess(&self, segment: u32) -> f64 {
        let road = &self.roads[segment as usize];
        match self.known.state(segment) {
            SegmentState::Unknown => road.length_m + road.probability * self.mean_m,
            SegmentState::Clear => road.length_m,
            SegmentState::Blocked => f64::INFINITY,
        }
    }

    fn guessed_below(&self, guess: &mut Leg, junction: u32, enough: f64) -> Option<f64> {
        guess.cost_below(self.network, junction, enough, |segment| self.guess(segment))
    }

    /// What an unknown segment counts for, and what its blockage would cost: see [`Arena::prudent`], which says the same of all of them.
    fn price(&self, caution: f64, guess: &mut Leg, segment: u32) -> (f64, f64) {
        let road = &self.roads[segment as usize];
        if caution <= 0.0 {
            return (road.length_m, 0.0);
        }
        let id = SegmentId(segment);
        let both = [Direction::Forward, Direction::Backward].into_iter();
        let mut tails: SmallVec<[StateIndex; 4]> =
            both.flat_map(|direction| self.network.tails(id, direction)).collect();
        tails.sort_unstable();
        tails.dedup();
        let mut lost_m = None;
        for from in tails {
            for way in self.network.departures(from).filter(|way| way.segment == id) {
                let [here_m, there_m] = [from.0, way.other.0]
                    .map(|junction| self.guessed_below(guess, junction, f64::INFINITY).unwrap_or(f64::INFINITY));
                if lost_m.is_some() && there_m >= here_m {
                    continue;
                }
                // A way round that costs that much counts as one that is too long.
                let enough_m = road.length_m + there_m + MOST_DETOUR * self.mean_m + ROUNDING_M;
                let others = self.network.departures(from).filter(|other| other.segment != id);
                let round_m =
                    others.map(|other| self.cost_by(guess, from.0, other, enough_m)).fold(f64::INFINITY, f64::min);
                let more_m = (round_m - (road.length_m + there_m)).min(MOST_DETOUR * self.mean_m);
                let detour_m = if more_m > 0.0 { more_m } else { 0.0 };
                lost_m = Some(road.length_m + detour_m + SURCHARGE * self.mean_m);
            }
        }
        // Nobody can enter it.
        let Some(lost_m) = lost_m else { return (self.guess(segment), 0.0) };
        (road.length_m + caution * road.probability * lost_m, lost_m)
    }

    /// As [`Arena::cost_by`] under the guess; infinite if it is no less than `enough`.
    fn cost_by(&self, guess: &mut Leg, from: u32, by: Incidence<StateIndex>, enough: f64) -> f64 {
        let (next, cost) = (by.other.0, self.guess(by.segment.0));
        if cost >= enough {
            return f64::INFINITY;
        }
        let Some(rest) = self.guessed_below(guess, next, enough - cost) else { return f64::INFINITY };
        if !guess.comes_by(self.network, next, from) {
            return cost + rest;
        }
        let mut least = f64::INFINITY;
        for way in self.network.departures(StateIndex(next)) {
            let (far, more) = (way.other.0, self.guess(way.segment.0));
            if far == next || more.is_infinite() {
                continue;
            }
            if let Some(rest) = self.guessed_below(guess, far, enough - cost - more)
                && !guess.comes_by(self.network, far, from)
                && !guess.comes_by(self.network, far, next)
            {
                least = least.min(more + rest);
            }
        }
        cost + least
    }
}

impl<'a> Arena<'a> {
    /// The arena of a prudent UGV, as [`Self::new`] and [`Self::prudent`] lay it out, of a journey of one leg and as far as its way goes
    /// and somewhat further.
    pub(in crate::planning) fn within_reach(situation: &Situation<'a>, caution: f64) -> Self {
        Self::within_margin(situation, caution, MARGIN)
    }

    /// The same, laid out further by this share of the key of the UGV's way and so many mean segments.
    pub(in crate::planning) fn within_margin(situation: &Situation<'a>, caution: f64, margin: (f64, f64)) -> Self {
        let mut arena = Self::unmeasured(situation, 0.0);
        let focus = situation.network.point_at(situation.ugv.place);
        let ends = inside(&arena.legs[0].ends);
        for segment in &ends {
            arena.known.costs[*segment as usize] = arena.survey().guess(*segment);
        }
        let guess = arena.begun(focus);
        for segment in ends.into_iter().filter(|segment| arena.is_unknown(*segment)).collect::<Vec<_>>() {
            arena.known.costs[segment as usize] = arena.roads[segment as usize].length_m;
        }
        arena.lay_out(Reach { caution, guess, is_priced: Vec::new(), margin, margin_m: 0.0, edition: 0, told: 0 });
        arena
    }

    /// The same arena of a UGV with another degree of caution, no further than its way goes.
    pub(in crate::planning) fn with_caution(&self, caution: f64) -> Self {
        let mut arena = self.clone();
        if let Some(reach) = arena.reach.take() {
            for (i, road) in arena.roads.iter().enumerate() {
                if arena.known.states[i] == SegmentState::Unknown {
                    arena.known.costs[i] = road.length_m;
                }
            }
            arena.lay_out(Reach { caution, told: reach.guess.settled(), ..*reach });
        }
        arena
    }

    /// See [`Self::avoiding`].
    pub(super) fn avoiding_within_reach(&self, way: &[Step], times: f64) -> Self {
        let mut arena = self.clone();
        arena.price(way);
        let known: Vec<f64> = way.iter().map(|step| arena.known.costs[step.segment as usize]).collect();
        for (step, cost) in way.iter().zip(known) {
            if self.known.state(step.segment) == SegmentState::Unknown {
                arena.known.costs[step.segment as usize] = cost * times;
            }
        }
        if let Some(reach) = &mut arena.reach {
            reach.told = reach.guess.settled();
        }
        arena.begin_leg();
        arena.reach_start();
        arena
    }

    /// Lays everything out that follows from the caution, no further than the UGV's way goes.
    fn lay_out(&mut self, mut reach: Reach) {
        reach.is_priced = self.known.states.iter().map(|state| *state != SegmentState::Unknown).collect();
        self.lost_m = vec![0.0; self.roads.len()];
        self.reach = Some(Box::new(reach));
        let mut own = inside(&self.legs[0].ends);
        own.extend(inside(&[self.start]));
        if let Spot::Junction { back: Some(segment), .. } = self.start {
            own.push(segment);
        }
        own.into_iter().for_each(|segment| self.price_segment(segment));
        self.begin_leg();
        self.reach_start();
    }

    fn begun(&self, focus: Point) -> Leg {
        let last_steps: Vec<(u32, f64)> =
            self.last_steps(0, &self.known).map(|(_, junction, cost)| (junction, cost)).collect();
        Leg::begun(self.legs[0].ends.clone(), self.network, focus, &last_steps)
    }

    fn begin_leg(&mut self) {
        if let Some(focus) =
            self.reach.as_ref().and_then(|reach| reach.guess.growth.as_ref()).map(|growth| growth.focus)
        {
            self.legs[0] = self.begun(focus);
        }
    }

    /// Settles the junctions to which the UGV comes first, as far as one of them tells how far its way goes.
    fn reach_start(&mut self) {
        let first: SmallVec<[u32; 2]> = match self.start {
            Spot::Junction { state, .. } => SmallVec::from_slice(&[state]),
            Spot::Inside { segment, .. } => [true, false].map(|is_forward| self.arrival(segment, is_forward)).into(),
        };
        self.grow(|leg| first.iter().any(|junction| leg.costs[*junction as usize].is_finite()));
        let key_m = Some(self.legs[0].key_m()).filter(|key_m| key_m.is_finite()).unwrap_or(0.0);
        if let Some(reach) = &mut self.reach {
            let (share, segments) = reach.margin;
            reach.margin_m = share * key_m + segments * self.mean_m;
        }
    }

    /// Lays more of the network out. Nothing changes where it has all been.
    pub(in crate::planning) fn widen(&mut self) {
        let Some(reach) = &mut self.reach else { return };
        let key_m = self.legs[0].key_m() + reach.margin_m;
        reach.margin_m *= 2.0;
        self.grow(|leg| leg.key_m() >= key_m);
    }

    /// Whether it is laid out no further than is asked for.
    pub(in crate::planning) fn has_reach(&self) -> bool {
        self.reach.is_some()
    }

    /// How many junctions are laid out.
    pub(in crate::planning) fn junctions(&self) -> usize {
        if self.reach.is_some() { self.legs[0].settled() as usize } else { self.network.state_count() }
    }

    /// How many junctions were settled since this was asked last, or the arena made from another.
    pub(in crate::planning) fn take_work(&mut self) -> u64 {
        let Some(reach) = &mut self.reach else { return 0 };
        let settled = self.legs[0].settled() + reach.guess.settled();
        let untold = settled.saturating_sub(reach.told);
        reach.told = reach.told.max(settled);
        untold
    }

    /// Finds out what the segments of a way count for, wherever they are.
    pub(in crate::planning) fn price(&mut self, way: &[Step]) {
        way.iter().for_each(|step| self.price_segment(step.segment));
    }

    fn price_segment(&mut self, segment: u32) {
        let Some(mut reach) = self.reach.take() else { return };
        if !reach.is_priced[segment as usize] {
            reach.is_priced[segment as usize] = true;
            reach.edition += 1;
            let price = self.survey().price(reach.caution, &mut reach.guess, segment);
            (self.known.costs[segment as usize], self.lost_m[segment as usize]) = price;
        }
        self.reach = Some(reach);
    }

    fn survey(&self) -> Survey<'_> {
        Survey { network: self.network, roads: &self.roads, known: &self.known, mean_m: self.mean_m }
    }

    /// Settles junctions of the leg until that is enough, or all are.
    fn grow(&mut self, is_enough: impl Fn(&Leg) -> bool) {
        if self.reach.is_none() {
            return;
        }
        let network = self.network;
        let mut leg = std::mem::take(&mut self.legs[0]);
        while !is_enough(&leg) {
            let cost_of = |segment: u32| {
                self.price_segment(segment);
                self.known.costs[segment as usize]
            };
            if leg.settle(network, cost_of).is_none() {
                break;
            }
        }
        self.legs[0] = leg;
        if let Some(reach) = &mut self.reach {
            reach.edition += 1;
        }
    }

    /// See [`Self::aside`]; none if the arena does not reach far enough to tell.
    pub(super) fn first_aside_in_reach(&self, from: u32) -> Option<(u32, u32)> {
        let leg = &self.legs[0];
        let onward = leg.onward[from as usize].0;
        let (mut best, mut floor) = ((f64::INFINITY, NOWHERE), f64::INFINITY);
        for way in self.network.departures(StateIndex(from)) {
            if way.segment.0 != onward && self.node(way.other.0) != self.node(from) {
                let (cost, least) = self.cost_by_in_reach(from, way);
                floor = floor.min(least);
                if cost < best.0 {
                    best = (cost, (way.segment.0, way.other.0));
                }
            }
        }
        (leg.is_final(from) && (floor > best.0 || floor.is_infinite())).then_some(best.1)
    }

    /// As [`Self::cost_by`] of the ways that are known, and the least that others may cost.
    fn cost_by_in_reach(&self, from: u32, by: Incidence<StateIndex>) -> (f64, f64) {
        let leg = &self.legs[0];
        let (next, cost) = (by.other.0, self.known.costs[by.segment.index()]);
        let floor = |junction| leg.growth.as_ref().map_or(0.0, |growth| growth.floor(self.network, junction));
        if !leg.is_final(next) {
            return (f64::INFINITY, cost + floor(next));
        }
        if !leg.comes_by(self.network, next, from) {
            return (cost + leg.costs[next as usize], f64::INFINITY);
        }
        let (mut best, mut least) = (f64::INFINITY, f64::INFINITY);
        for way in self.network.departures(StateIndex(next)) {
            let (far, more) = (way.other.0, self.known.costs[way.segment.index()]);
            if far == next {
                continue;
            }
            if !leg.is_final(far) {
                least = least.min(more + floor(far));
            } else if !leg.comes_by(self.network, far, from) && !leg.comes_by(self.network, far, next) {
                best = best.min(more + leg.costs[far as usize]);
            }
        }
        (cost + best, cost + least)
    }
}

/// The segments in which spots are.
fn inside(spots: &[Spot]) -> Vec<u32> {
    let segment = |spot: &Spot| match spot {
        Spot::Inside { segment, .. } => Some(*segment),
        Spot::Junction { .. } => None,
    };
    spots.iter().filter_map(segment).collect()
}

impl Ways {
    /// Whether few junctions lead to the leg's end, and the search has come to none of them: then there is no way.
    pub(super) fn is_cut_off(&mut self, arena: &Arena<'_>, number: usize, view: &View) -> bool {
        let (mut found, mut next) = (BTreeSet::new(), Vec::new());
        for (_, junction, _) in arena.last_steps(number, view) {
            if found.insert(junction) {
                next.push(junction);
            }
        }
        while let Some(junction) = next.pop() {
            if found.len() > MOST_FLOODED || self.labels[junction as usize].generation == self.generation {
                return false;
            }
            for way in arena.network.arrivals(StateIndex(junction)) {
                if view.costs[way.segment.index()].is_finite() && found.insert(way.other.0) {
                    next.push(way.other.0);
                }
            }
        }
        self.charge(found.len() as u64);
        true
    }
}
