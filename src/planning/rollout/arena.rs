//! A situation laid out for rollouts.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::rule::Target;
use super::way::Step;
use crate::domain::geometry::Point;
use crate::domain::ids::{NodeIndex, SegmentId};
use crate::domain::knowledge::SegmentState;
use crate::domain::network::{Network, Place};
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
    Junction(u32),
    Inside { segment: u32, offset_m: f64 },
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

    pub(super) fn copy_from(&mut self, other: &View) {
        self.states.clone_from(&other.states);
        self.costs.clone_from(&other.costs);
        self.blockages_m.clone_from(&other.blockages_m);
    }
}

/// A situation laid out for rollouts: flat arrays, and how far every junction is from the goal.
#[derive(Clone, Debug)]
pub(in crate::planning) struct Arena<'a> {
    pub(super) network: &'a Network,
    pub(super) roads: Vec<Road>,
    pub(super) start: Spot,
    pub(super) goal: Spot,
    pub(super) ugv_speed_mps: f64,
    /// What is known at the moment of the decision.
    pub(super) known: View,
    /// The least cost of the way from each junction to the goal, as far as is known; infinite where there is none.
    pub(super) to_goal: Vec<f64>,
}

impl<'a> Arena<'a> {
    pub(in crate::planning) fn new(situation: &Situation<'a>, caution: f64) -> Self {
        let network = situation.network;
        let road = |(i, segment): (usize, &crate::domain::network::Segment)| {
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
        let spot = |place: Place| match network.junction_at(place) {
            Some(junction) => Spot::Junction(junction.0),
            None => Spot::Inside { segment: place.segment.0, offset_m: place.offset_m },
        };
        let roads: Vec<Road> = network.segments().iter().enumerate().map(road).collect();
        let knowledge = situation.knowledge;
        let ids = || (0..roads.len()).map(|i| SegmentId(i as u32));
        let cost = |(id, road): (SegmentId, &Road)| match knowledge.state(id) {
            SegmentState::Unknown => road.length_m * (1.0 + caution * road.probability),
            SegmentState::Clear => road.length_m,
            SegmentState::Blocked => f64::INFINITY,
        };
        let known = View {
            states: ids().map(|id| knowledge.state(id)).collect(),
            costs: ids().zip(&roads).map(cost).collect(),
            blockages_m: ids().map(|id| knowledge.blockage_offset_m(id).unwrap_or(f64::NAN)).collect(),
        };
        let mut arena = Self {
            network,
            roads,
            start: spot(situation.ugv.place),
            goal: spot(situation.goal),
            ugv_speed_mps: situation.ugv.speed_mps,
            known,
            to_goal: Vec::new(),
        };
        arena.to_goal = arena.costs_to_goal();
        arena
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
        let mut arena = self.clone();
        for step in way {
            if self.known.state(step.segment) == SegmentState::Unknown {
                arena.known.costs[step.segment as usize] = self.known.costs[step.segment as usize] * times;
            }
        }
        arena.to_goal = arena.costs_to_goal();
        arena
    }

    /// The junctions from which the goal is reached at once, with what that costs, when its segment is in that state.
    pub(super) fn goal_ends(&self, view: &View) -> [Option<(u32, f64)>; 2] {
        match self.goal {
            Spot::Junction(junction) => [Some((junction, 0.0)), None],
            Spot::Inside { segment, offset_m } => {
                let road = &self.roads[segment as usize];
                let (share, from_first, from_last) = match (view.state(segment), view.blockage_m(segment)) {
                    (SegmentState::Blocked, None) => return [None, None],
                    (SegmentState::Blocked, Some(at_m)) => (1.0, offset_m <= at_m, offset_m >= at_m),
                    _ => (view.costs[segment as usize] / road.length_m, true, true),
                };
                let first = from_first.then_some((road.first, share * offset_m));
                let last = (from_last && !road.oneway).then_some((road.last, share * (road.length_m - offset_m)));
                [first, last]
            }
        }
    }

    /// Dijkstra's algorithm from the goal backwards.
    fn costs_to_goal(&self) -> Vec<f64> {
        let mut costs = vec![f64::INFINITY; self.network.junction_count()];
        let mut queue = BinaryHeap::new();
        for (junction, cost) in self.goal_ends(&self.known).into_iter().flatten() {
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
            for way in self.network.incoming(NodeIndex(junction)) {
                let cost = so_far + self.known.costs[way.segment.index()];
                if cost < costs[way.other.index()] {
                    costs[way.other.index()] = cost;
                    queue.push(Reverse((cost.to_bits(), way.other.0)));
                }
            }
        }
        costs
    }
}
