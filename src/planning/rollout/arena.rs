//! A situation laid out for rollouts.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::rc::Rc;

use smallvec::SmallVec;

use super::reach::{Growth, Reach};
use super::rule::Target;
use super::way::Step;
use crate::domain::geometry::Point;
use crate::domain::ids::{NodeIndex, SegmentId, StateIndex};
use crate::domain::knowledge::SegmentState;
use crate::domain::network::{Direction, Incidence, Network, Place};
use crate::planning::situation::Situation;

/// A segment as rollouts need it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Road {
    pub(super) first: u32,
    pub(super) last: u32,
    pub(super) length_m: f64,
    /// The probability that it is blocked, if it is unknown.
    pub(super) probability: f64,
    pub(super) first_point: Point,
    pub(super) last_point: Point,
    pub(super) oneway: bool,
}

/// A junction or somewhere inside a segment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Spot {
    Junction {
        /// The junction's state that follows from how the UGV has come; of an end, the junction.
        state: u32,
        /// The segment by which it has come, if turning back onto it is forbidden at the junction: it may turn just before.
        back: Option<u32>,
    },
    Inside {
        segment: u32,
        offset_m: f64,
    },
}

impl Spot {
    /// The spot of a UGV at an offset of a segment.
    pub(super) fn on(network: &Network, segment: u32, offset_m: f64) -> Self {
        let id = SegmentId(segment);
        let length_m = network.segment(id).length_m();
        let place = Place { segment: id, offset_m: offset_m.clamp(0.0, length_m) };
        let Some(state) = network.state_at(place) else { return Self::Inside { segment, offset_m } };
        Self::Junction { state: state.0, back: network.forbidden_turn_back(place).map(|_| segment) }
    }
}

/// What is known of each segment at some moment.
#[derive(Clone, Debug, Default)]
pub(super) struct View {
    pub(super) states: Vec<SegmentState>,
    /// What each segment counts for when the UGV chooses its way; infinite if it is blocked.
    pub(super) costs: Vec<f64>,
    /// Where each blocked segment is blocked, in metres from its first end; not a number if that is not known.
    blockages_m: Vec<f64>,
}

impl View {
    pub(super) fn state(&self, segment: u32) -> SegmentState {
        self.states[segment as usize]
    }

    /// Where a blocked segment is blocked, in metres from its first end, if that is known.
    pub(super) fn blockage_m(&self, segment: u32) -> Option<f64> {
        Some(self.blockages_m[segment as usize]).filter(|at_m| !at_m.is_nan())
    }

    /// Takes in what was found out about a segment.
    pub(super) fn learn(&mut self, segment: u32, length_m: f64, blockage_m: Option<f64>) {
        let i = segment as usize;
        match blockage_m {
            None => (self.states[i], self.costs[i]) = (SegmentState::Clear, length_m),
            Some(at_m) => {
                (self.states[i], self.costs[i], self.blockages_m[i]) = (SegmentState::Blocked, f64::INFINITY, at_m);
            }
        }
    }

    /// Makes it what another view says of a segment.
    pub(super) fn unlearn(&mut self, segment: u32, other: &View) {
        let i = segment as usize;
        (self.states[i], self.costs[i], self.blockages_m[i]) = (other.states[i], other.costs[i], other.blockages_m[i]);
    }

    pub(super) fn copy_from(&mut self, other: &View) {
        self.states.clone_from(&other.states);
        self.costs.clone_from(&other.costs);
        self.blockages_m.clone_from(&other.blockages_m);
    }
}

/// How far every junction is, in each of its states, from where a leg of the journey ends.
#[derive(Clone, Debug, Default)]
pub(super) struct Leg {
    /// A waypoint, or the goals, any of which will do.
    pub(super) ends: Vec<Spot>,
    /// The least cost of the way from each junction to the end, as far as is known; infinite where there is none.
    pub(super) costs: Vec<f64>,
    /// The first step of such a way: the segment and the junction it leads to, in its state; [`NOWHERE`] where the end is reached at
    /// once, or never.
    pub(super) onward: Vec<(u32, u32)>,
    /// How the costs of further junctions are found, in an arena that reaches no further than it must; till then they are infinite.
    pub(super) growth: Option<Growth>,
}

/// A situation laid out for rollouts: flat arrays, and how far every junction is from the end of each leg of the journey.
#[derive(Clone, Debug)]
pub(in crate::planning) struct Arena<'a> {
    pub(super) network: &'a Network,
    pub(super) roads: Rc<[Road]>,
    pub(super) start: Spot,
    /// The legs of the journey; one at least.
    pub(super) legs: Vec<Leg>,
    pub(super) ugv_speed_mps: f64,
    /// The mean length of a segment.
    pub(super) mean_m: f64,
    /// What is known at the moment of the decision.
    pub(super) known: View,
    /// The first step of the best other way to the end of the first leg, which does not soon come back to the junction. Empty
    /// before [`Self::prudent`], and where there is a [`Self::reach`].
    pub(super) aside: Vec<(u32, u32)>,
    /// What the blockage of an unknown segment would cost the UGV, in metres; nothing before [`Self::prudent`].
    pub(super) lost_m: Vec<f64>,
    /// How far it is laid out; none if that is the whole network.
    pub(super) reach: Option<Box<Reach>>,
}

/// No step.
pub(super) const NOWHERE: (u32, u32) = (u32::MAX, u32::MAX);

/// No way round counts for more than so many mean segments: what is longer the UGV would rather leave earlier.
pub(super) const MOST_DETOUR: f64 = 4.0;

/// What a blockage costs beyond the drive and the way round, in mean segments: the way round may be blocked too.
pub(super) const SURCHARGE: f64 = 1.5;

/// A way that comes back to a junction within so many steps is no way round.
const NEARBY: usize = 8;

impl Leg {
    /// Whether the present way from a junction is at another one within some steps.
    pub(super) fn comes_by(&self, network: &Network, mut from: u32, junction: u32) -> bool {
        let node = |state: u32| network.node_of(StateIndex(state));
        for _ in 0..NEARBY {
            if node(from) == node(junction) {
                return true;
            }
            match self.onward[from as usize] {
                NOWHERE => return false,
                (_, next) => from = next,
            }
        }
        false
    }
}

impl<'a> Arena<'a> {
    pub(in crate::planning) fn new(situation: &Situation<'a>, caution: f64) -> Self {
        Self::unmeasured(situation, caution).measured()
    }

    /// The same without any distances.
    pub(super) fn unmeasured(situation: &Situation<'a>, caution: f64) -> Self {
        let network = situation.network;
        let road = |(i, segment): (usize, crate::domain::network::Segment<'_>)| {
            let id = SegmentId(i as u32);
            let point = |node: NodeIndex| network.node(node).point;
            Road {
                first: segment.first().0,
                last: segment.last().0,
                length_m: segment.length_m(),
                probability: situation.blockage_probability(id),
                first_point: point(segment.first()),
                last_point: point(segment.last()),
                oneway: segment.oneway,
            }
        };
        let end = |place: Place| match network.junction_at(place) {
            Some(junction) => Spot::Junction { state: junction.0, back: None },
            None => Spot::Inside { segment: place.segment.0, offset_m: place.offset_m },
        };
        let roads: Rc<[Road]> = network.segments().iter().enumerate().map(road).collect();
        let knowledge = situation.knowledge;
        let ids = || (0..roads.len()).map(|i| SegmentId(i as u32));
        let cost = |(id, road): (SegmentId, &Road)| match knowledge.state(id) {
            SegmentState::Unknown => road.length_m * (1.0 + caution * road.probability),
            SegmentState::Clear => road.length_m,
            SegmentState::Blocked => f64::INFINITY,
        };
        let known = View {
            states: ids().map(|id| knowledge.state(id)).collect(),
            costs: ids().zip(roads.iter()).map(cost).collect(),
            blockages_m: ids().map(|id| knowledge.blockage_offset_m(id).unwrap_or(f64::NAN)).collect(),
        };
        let mean_m = roads.iter().map(|road| road.length_m).sum::<f64>() / roads.len().max(1) as f64;
        let lost_m = vec![0.0; roads.len()];
        let leg = |goals: &[Place]| {
            let ends = goals.iter().map(|goal| end(*goal)).collect();
            Leg { ends, ..Leg::default() }
        };
        let legs = situation.stops_ahead().chunks(1).chain([situation.goals]).map(leg).collect();
        Self {
            network,
            roads,
            start: Spot::on(network, situation.ugv.place.segment.0, situation.ugv.place.offset_m),
            legs,
            ugv_speed_mps: situation.ugv.speed_mps,
            mean_m,
            known,
            aside: Vec::new(),
            lost_m,
            reach: None,
        }
    }

    /// The same arena with the bounds that follow from what is known.
    pub(super) fn measured(mut self) -> Self {
        for i in 0..self.legs.len() {
            (self.legs[i].costs, self.legs[i].onward) = self.costs_to_end(i);
        }
        self
    }

    /// The same arena with a UGV that is prudent: an unknown segment counts longer by what its blockage would cost there, times its
    /// probability, times `caution`. That is the drive to the blockage and back, the way round from the junction where the UGV
    /// would turn into the segment, at most [`MOST_DETOUR`], and [`SURCHARGE`], both in mean segments. With no caution nothing
    /// changes.
    pub(in crate::planning) fn prudent(mut self, caution: f64) -> Self {
        if caution > 0.0 {
            // To know which way the UGV would go round, first a guess that makes each unknown segment dearer alike.
            for (i, road) in self.roads.iter().enumerate() {
                if self.known.states[i] == SegmentState::Unknown {
                    self.known.costs[i] = road.length_m + road.probability * self.mean_m;
                }
            }
            self = self.measured();
            (self.known.costs, self.lost_m) = self.prudent_costs(caution);
            self = self.measured();
        }
        self.aside = (0..self.network.state_count() as u32).map(|junction| self.first_aside(junction)).collect();
        self
    }

    /// See [`Self::prudent`]: what each segment counts for, and [`Self::lost_m`]. A segment is taken in the direction that leads closer to
    /// the goal.
    fn prudent_costs(&self, caution: f64) -> (Vec<f64>, Vec<f64>) {
        let mut costs = self.known.costs.clone();
        let mut lost_m = vec![0.0; costs.len()];
        let mut is_done = vec![false; costs.len()];
        let to_end = &self.legs[0].costs;
        for from in 0..to_end.len() as u32 {
            for way in self.network.departures(StateIndex(from)) {
                let i = way.segment.index();
                let (here_m, there_m) = (to_end[from as usize], to_end[way.other.index()]);
                if self.known.states[i] != SegmentState::Unknown || (is_done[i] && there_m >= here_m) {
                    continue;
                }
                let road = &self.roads[i];
                let others = self.network.departures(StateIndex(from)).filter(|other| other.segment != way.segment);
                let round_m = others.map(|other| self.cost_by(from, other)).fold(f64::INFINITY, f64::min);
                let more_m = (round_m - (road.length_m + there_m)).min(MOST_DETOUR * self.mean_m);
                // Where no way leads to the goal the difference is no number.
                let detour_m = if more_m > 0.0 { more_m } else { 0.0 };
                lost_m[i] = road.length_m + detour_m + SURCHARGE * self.mean_m;
                costs[i] = road.length_m + caution * road.probability * lost_m[i];
                is_done[i] = true;
            }
        }
        (costs, lost_m)
    }

    /// What the way to the goal costs that leaves the junction by this segment and does not soon come back to it.
    fn cost_by(&self, from: u32, by: Incidence<StateIndex>) -> f64 {
        let next = by.other.0;
        let to_end = &self.legs[0].costs;
        let rest = if !self.comes_by(next, from) {
            to_end[next as usize]
        } else {
            let ways = self.network.departures(StateIndex(next));
            let ways = ways.filter(|way| {
                let far = way.other.0;
                far != next && !self.comes_by(far, from) && !self.comes_by(far, next)
            });
            ways.map(|way| self.known.costs[way.segment.index()] + to_end[way.other.index()])
                .fold(f64::INFINITY, f64::min)
        };
        self.known.costs[by.segment.index()] + rest
    }

    fn comes_by(&self, from: u32, junction: u32) -> bool {
        self.legs[0].comes_by(self.network, from, junction)
    }

    /// See [`Self::aside`].
    fn first_aside(&self, from: u32) -> (u32, u32) {
        let onward = self.legs[0].onward[from as usize].0;
        let mut best = (f64::INFINITY, NOWHERE);
        for way in self.network.departures(StateIndex(from)) {
            if way.segment.0 != onward && self.node(way.other.0) != self.node(from) {
                let cost = self.cost_by(from, way);
                if cost < best.0 {
                    best = (cost, (way.segment.0, way.other.0));
                }
            }
        }
        best.1
    }

    /// The junction of a state.
    pub(super) fn node(&self, state: u32) -> u32 {
        self.network.node_of(StateIndex(state)).0
    }

    /// The state of a UGV that has driven a segment forward or backward.
    pub(super) fn arrival(&self, segment: u32, is_forward: bool) -> u32 {
        let direction = if is_forward { Direction::Forward } else { Direction::Backward };
        self.network.arrival(SegmentId(segment), direction).0
    }

    /// Whether a UGV at a spot is at an end of a leg.
    pub(super) fn is_at(&self, spot: Spot, end: Spot) -> bool {
        match (spot, end) {
            (Spot::Junction { state, .. }, Spot::Junction { state: junction, .. }) => self.node(state) == junction,
            (spot, end) => spot == end,
        }
    }

    pub(in crate::planning) fn is_unknown(&self, segment: u32) -> bool {
        self.known.state(segment) == SegmentState::Unknown
    }

    /// The inspection of the whole segment in the direction of a step.
    pub(in crate::planning) fn whole(&self, step: &Step) -> Target {
        let length_m = self.roads[step.segment as usize].length_m;
        let (from_m, to_m) = if step.is_forward() { (0.0, length_m) } else { (length_m, 0.0) };
        Target { segment: step.segment, from_m, to_m }
    }

    /// The inspection of the whole segment from the end that is nearer.
    pub(in crate::planning) fn nearest_target(&self, segment: u32, point: Point) -> Target {
        let road = &self.roads[segment as usize];
        let forward = point.distance_m(road.first_point) <= point.distance_m(road.last_point);
        let (from_m, to_m) = if forward { (0.0, road.length_m) } else { (road.length_m, 0.0) };
        Target { segment, from_m, to_m }
    }

    /// The same arena with the unknown segments of a way counted so many times.
    pub(in crate::planning) fn avoiding(&self, way: &[Step], times: f64) -> Self {
        if self.reach.is_some() {
            return self.avoiding_within_reach(way, times);
        }
        let mut arena = self.clone();
        for step in way {
            if self.known.state(step.segment) == SegmentState::Unknown {
                arena.known.costs[step.segment as usize] = self.known.costs[step.segment as usize] * times;
            }
        }
        arena.measured()
    }

    /// The junctions from which a leg's end is reached at once: which of its ends that is, the junction, and what it costs, as far as
    /// is known of their segments.
    pub(super) fn last_steps<'v>(&'v self, leg: usize, view: &'v View) -> impl Iterator<Item = (usize, u32, f64)> + 'v {
        let ends = self.legs[leg].ends.iter().enumerate();
        ends.flat_map(|(i, end)| self.steps_to(*end, view).into_iter().map(move |(junction, cost)| (i, junction, cost)))
    }

    fn steps_to(&self, end: Spot, view: &View) -> SmallVec<[(u32, f64); 2]> {
        match end {
            Spot::Junction { state, .. } => {
                self.network.states_at(NodeIndex(state)).map(|state| (state.0, 0.0)).collect()
            }
            Spot::Inside { segment, offset_m } => {
                let road = &self.roads[segment as usize];
                let (share, from_first, from_last) = match (view.state(segment), view.blockage_m(segment)) {
                    (SegmentState::Blocked, None) => return SmallVec::new(),
                    (SegmentState::Blocked, Some(at_m)) => (1.0, offset_m <= at_m, offset_m >= at_m),
                    _ => (view.costs[segment as usize] / road.length_m, true, true),
                };
                let tails = |direction, is_open, cost: f64| {
                    let states = self.network.tails(SegmentId(segment), direction).filter(move |_| is_open);
                    states.map(move |state| (state.0, cost))
                };
                let by_first = tails(Direction::Forward, from_first, share * offset_m);
                by_first.chain(tails(Direction::Backward, from_last, share * (road.length_m - offset_m))).collect()
            }
        }
    }

    /// Dijkstra's algorithm from a leg's end backwards.
    fn costs_to_end(&self, leg: usize) -> (Vec<f64>, Vec<(u32, u32)>) {
        let mut costs = vec![f64::INFINITY; self.network.state_count()];
        let mut onward = vec![NOWHERE; costs.len()];
        let mut queue = BinaryHeap::new();
        for (_, junction, cost) in self.last_steps(leg, &self.known) {
            if cost < costs[junction as usize] {
                costs[junction as usize] = cost;
                queue.push(Reverse((cost.to_bits(), junction)));
            }
        }
        while let Some(Reverse((bits, junction))) = queue.pop() {
            let so_far = f64::from_bits(bits);
            if so_far > costs[junction as usize] {
                continue;
            }
            for way in self.network.arrivals(StateIndex(junction)) {
                let cost = so_far + self.known.costs[way.segment.index()];
                if cost < costs[way.other.index()] {
                    costs[way.other.index()] = cost;
                    onward[way.other.index()] = (way.segment.0, junction);
                    queue.push(Reverse((cost.to_bits(), way.other.0)));
                }
            }
        }
        (costs, onward)
    }
}
