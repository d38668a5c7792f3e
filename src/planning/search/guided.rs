//! Many searches from one UGV to one goal, or to any of several, each guided by exact distances to the goal.
//!
//! One Dijkstra backward from the goal gives every junction its distance over the segments not known to be blocked, as far
//! as the UGV is away. A search that may use fewer segments than that (a deviation of Yen's algorithm, a sampled world) has it
//! as its lower bound: A* then goes straight to the goal wherever the best way is still allowed.
//!
//! Here start and goal are vertices as the junctions are: one that lies inside a segment cuts it, so no way leads over the
//! start or over a goal. Where there are several, all of them are one vertex. Lengths are counted in whole micrometres (at least one a step), so that sums do not depend on their
//! order: bounds are exact and equal lengths are equal. Of several shortest ways a search gives the one whose sequence of
//! segments is the least (and at the same segment the one that goes along it forward).
//!
//! From the goal a flood runs backward alongside, a junction for a junction: where there is no way, the search ends when the smaller
//! side has been seen. A search takes one budget step a settled and a flooded junction.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::access;
use crate::domain::ids::{NodeIndex, SegmentId, StateIndex};
use crate::domain::knowledge::Knowledge;
use crate::domain::network::{Direction, Leg, Network, Place};
use crate::domain::plan::Route;
use crate::planning::budget::{Budget, Spent};
use crate::planning::situation::Situation;

/// A junction's state by its number, the start or the goal.
pub(super) type Vertex = u32;

/// From one vertex to the next, along all of a segment or what lies between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Step {
    pub(super) segment: SegmentId,
    pub(super) direction: Direction,
}

/// A step and where it leads.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Edge {
    pub(super) from: Vertex,
    pub(super) to: Vertex,
    pub(super) step: Step,
    pub(super) length_um: u64,
}

/// A length in whole micrometres.
pub(super) fn micrometres(length_m: f64) -> u64 {
    ((length_m * 1e6 + 0.5) as u64).max(1)
}

/// The roads that are not known to be blocked, as a graph of junctions, start and goal.
#[derive(Debug)]
pub(super) struct Roads<'a> {
    network: &'a Network,
    knowledge: &'a Knowledge,
    start: Place,
    /// The goals inside segments.
    goals_inside: Vec<Place>,
    /// The junctions that are goals, in all their states, ascending. All are the goal's vertex.
    goal_junctions: Vec<Vertex>,
    /// The junction at which the start lies, or a vertex after all junctions.
    pub(super) start_vertex: Vertex,
    /// Likewise; of several junctions the first.
    pub(super) goal_vertex: Vertex,
    /// Edges at a start or goal inside a segment, which is then no edge itself.
    partial: Vec<Edge>,
    /// These segments, ascending.
    cut: Vec<SegmentId>,
}

impl<'a> Roads<'a> {
    pub(super) fn new(situation: &Situation<'a>) -> Self {
        let Situation { network, knowledge, goals, .. } = *situation;
        let start = situation.ugv.place;
        let start_junction = network.state_at(start);
        let after = network.state_count() as Vertex;
        let start_vertex = start_junction.map_or(after, |junction| junction.0);
        let is_inside = |place: &Place| network.junction_at(*place).is_none();
        let goals_inside: Vec<Place> = goals.iter().copied().filter(is_inside).collect();
        let mut goal_junctions: Vec<Vertex> =
            goals.iter().filter_map(|goal| network.junction_at(*goal)).flat_map(|goal| states(network, goal)).collect();
        goal_junctions.sort_unstable();
        goal_junctions.dedup();
        let goal_vertex = goal_junctions.first().copied().unwrap_or(after + 1);
        let mut cut: Vec<SegmentId> = goals_inside.iter().map(|goal| goal.segment).collect();
        cut.extend(start_junction.is_none().then_some(start.segment));
        cut.sort_unstable();
        cut.dedup();
        let partial = Vec::new();
        let mut roads =
            Self { network, knowledge, start, goals_inside, goal_junctions, start_vertex, goal_vertex, partial, cut };
        roads.partial = roads.edges_inside();
        roads
    }

    /// The edges at a start and goals inside segments: none leads over the start or over another goal.
    fn edges_inside(&self) -> Vec<Edge> {
        let Self { network, start, .. } = *self;
        let known = Some(self.knowledge);
        let edge = |from, to, leg: Leg| {
            let step = Step { segment: leg.segment, direction: leg.direction() };
            Edge { from, to, step, length_um: micrometres(leg.length_m()) }
        };
        let mut edges = Vec::new();
        for way in access::ways_out(network, known, start).iter().flatten() {
            let leg = way.leg.filter(|leg| self.goal_ahead_m(leg.segment, leg.from_m, leg.direction()).is_none());
            edges.extend(leg.map(|leg| edge(self.start_vertex, self.vertex(way.junction), leg)));
        }
        let is_first = |leg: &Leg| self.goal_ahead_m(leg.segment, leg.from_m, leg.direction()) == Some(leg.to_m);
        let passes_start = |leg: &Leg| {
            network.junction_at(start).is_none() && leg.segment == start.segment && leg.covers(start.offset_m)
        };
        for goal in &self.goals_inside {
            for way in access::ways_in(network, known, *goal) {
                let leg = way.leg.filter(|leg| is_first(leg) && !passes_start(leg));
                edges.extend(leg.map(|leg| edge(self.vertex(way.junction), self.goal_vertex, leg)));
            }
            let direct = access::direct(network, known, start, *goal).filter(is_first);
            edges.extend(direct.map(|leg| edge(self.start_vertex, self.goal_vertex, leg)));
        }
        edges
    }

    /// The first goal beyond a point of a segment, in metres from its first end.
    fn goal_ahead_m(&self, segment: SegmentId, from_m: f64, direction: Direction) -> Option<f64> {
        let offsets_m = self.goals_inside.iter().filter(|goal| goal.segment == segment).map(|goal| goal.offset_m);
        match direction {
            Direction::Forward => offsets_m.filter(|at_m| *at_m > from_m).min_by(f64::total_cmp),
            Direction::Backward => offsets_m.filter(|at_m| *at_m < from_m).max_by(f64::total_cmp),
        }
    }

    fn vertex(&self, junction: StateIndex) -> Vertex {
        let is_goal = self.goal_junctions.len() > 1 && self.goal_junctions.binary_search(&junction.0).is_ok();
        if is_goal { self.goal_vertex } else { junction.0 }
    }

    /// More than any vertex's number.
    pub(super) fn vertex_count(&self) -> usize {
        self.network.state_count() + 2
    }

    /// Whether the edge leaves the segment inside which the start lies.
    pub(super) fn leaves_start(&self, edge: &Edge) -> bool {
        !self.is_junction(edge.from) && self.is_junction(edge.to)
    }

    fn is_open(&self, segment: SegmentId) -> bool {
        !self.knowledge.is_blocked(segment) && self.cut.binary_search(&segment).is_err()
    }

    fn is_junction(&self, vertex: Vertex) -> bool {
        (vertex as usize) < self.network.state_count()
    }

    /// The edges by which a vertex is left.
    pub(super) fn outgoing(&self, from: Vertex) -> impl Iterator<Item = Edge> + '_ {
        let junction = self.is_junction(from).then_some(StateIndex(from)).into_iter();
        let ways = junction.flat_map(|junction| self.network.departures(junction));
        let whole = ways.filter(|way| self.is_open(way.segment)).map(move |way| {
            let step = Step { segment: way.segment, direction: way.direction };
            Edge { from, to: self.vertex(way.other), step, length_um: micrometres(way.length_m) }
        });
        whole.chain(self.partial.iter().filter(move |edge| edge.from == from).copied())
    }

    /// The edges by which a vertex is reached.
    fn incoming(&self, to: Vertex) -> impl Iterator<Item = Edge> + '_ {
        let other_goals = self.goal_junctions.iter().skip(1).filter(move |_| to == self.goal_vertex);
        let others = other_goals.flat_map(|junction| self.network.arrivals(StateIndex(*junction)));
        let junction = self.is_junction(to).then_some(StateIndex(to)).into_iter();
        let ways = junction.flat_map(|junction| self.network.arrivals(junction));
        let whole = ways.chain(others).filter(|way| self.is_open(way.segment)).map(move |way| {
            let step = Step { segment: way.segment, direction: way.direction };
            Edge { from: self.vertex(way.other), to, step, length_um: micrometres(way.length_m) }
        });
        whole.chain(self.partial.iter().filter(move |edge| edge.to == to).copied())
    }

    /// The edge by which a step leaves a vertex.
    pub(super) fn edge(&self, from: Vertex, step: Step) -> Option<Edge> {
        self.outgoing(from).find(|edge| edge.step == step)
    }

    /// The route that takes these steps from the start to the goal.
    pub(super) fn route(&self, steps: &[Step], speed_mps: f64) -> Route {
        let leg = |(i, step): (usize, &Step)| {
            let length_m = self.network.segment(step.segment).length_m();
            let (mut from_m, mut to_m) = match step.direction {
                Direction::Forward => (0.0, length_m),
                Direction::Backward => (length_m, 0.0),
            };
            if i == 0 && step.segment == self.start.segment && self.network.junction_at(self.start).is_none() {
                from_m = self.start.offset_m;
            }
            if i + 1 == steps.len() {
                to_m = self.goal_ahead_m(step.segment, from_m, step.direction).unwrap_or(to_m);
            }
            Leg { segment: step.segment, from_m, to_m }
        };
        Route::of(steps.iter().enumerate().map(leg).collect(), speed_mps)
    }
}

fn states(network: &Network, junction: NodeIndex) -> impl Iterator<Item = Vertex> {
    network.states_at(junction).map(|state| state.0)
}

/// What a search knows of a vertex. The numbers are those of the search that found it out.
#[derive(Clone, Copy, Debug, Default)]
struct Label {
    cost_um: u64,
    reached: u32,
    settled: u32,
    /// The flood from the goal got here.
    flooded: u32,
    /// On a shortest way.
    shortest: u32,
}

/// Distances to the goal and labels, kept from search to search.
#[derive(Debug, Default)]
pub(super) struct Guided {
    /// Distance to the goal, no more than `horizon_um` wherever it is known exactly.
    distances_um: Vec<u64>,
    /// The start's distance: of vertices further away than that nothing more is known.
    horizon_um: u64,
    labels: Vec<Label>,
    number: u32,
    queue: BinaryHeap<Reverse<(u64, Vertex)>>,
    stack: Vec<Vertex>,
}

impl Guided {
    /// Measures the distances to the goal, as far as the start is away. Returns whether there is a way.
    pub(super) fn measure(&mut self, roads: &Roads<'_>, budget: &mut Budget) -> Result<bool, Spent> {
        self.distances_um.clear();
        self.distances_um.resize(roads.vertex_count(), u64::MAX);
        self.queue.clear();
        self.distances_um[roads.goal_vertex as usize] = 0;
        self.queue.push(Reverse((0, roads.goal_vertex)));
        while let Some(Reverse((distance_um, vertex))) = self.queue.pop() {
            if distance_um > self.distances_um[vertex as usize] {
                continue;
            }
            if vertex == roads.start_vertex {
                self.horizon_um = distance_um;
                return Ok(true);
            }
            budget.step()?;
            for edge in roads.incoming(vertex) {
                let offered_um = distance_um.saturating_add(edge.length_um);
                let known_um = &mut self.distances_um[edge.from as usize];
                if offered_um < *known_um {
                    *known_um = offered_um;
                    self.queue.push(Reverse((offered_um, edge.from)));
                }
            }
        }
        Ok(false)
    }

    /// No way from the vertex to the goal is shorter than this.
    pub(super) fn bound_um(&self, vertex: Vertex) -> u64 {
        self.distances_um[vertex as usize].min(self.horizon_um)
    }

    /// The shortest way from a vertex to the goal over edges that may be used: its steps are appended, its length returned.
    /// The distances must have been measured on the same roads, and there must be a way from their start.
    pub(super) fn shortest(
        &mut self,
        roads: &Roads<'_>,
        from: Vertex,
        may_use: impl Fn(&Edge) -> bool,
        steps: &mut Vec<Step>,
        budget: &mut Budget,
    ) -> Result<Option<u64>, Spent> {
        self.begin(roads, from);
        let number = self.number;
        let (mut found_um, mut connected) = (None, false);
        while let Some(Reverse((least_um, vertex))) = self.queue.pop() {
            if found_um.is_some_and(|found_um| least_um > found_um) {
                break;
            }
            let label = &mut self.labels[vertex as usize];
            if label.settled == number {
                continue;
            }
            budget.step()?;
            label.settled = number;
            let cost_um = label.cost_um;
            if vertex == roads.goal_vertex {
                found_um = Some(cost_um);
                continue;
            }
            for edge in roads.outgoing(vertex).filter(&may_use) {
                let bound_um = self.bound_um(edge.to);
                let offered_um = cost_um.saturating_add(edge.length_um);
                let label = &mut self.labels[edge.to as usize];
                connected |= label.flooded == number;
                if label.reached != number || offered_um < label.cost_um {
                    (label.cost_um, label.reached) = (offered_um, number);
                    self.queue.push(Reverse((offered_um.saturating_add(bound_um), edge.to)));
                }
            }
            if !connected {
                let Some(flooded) = self.stack.pop() else { return Ok(None) };
                budget.step()?;
                for edge in roads.incoming(flooded).filter(&may_use) {
                    let label = &mut self.labels[edge.from as usize];
                    connected |= label.reached == number;
                    if label.flooded != number {
                        label.flooded = number;
                        self.stack.push(edge.from);
                    }
                }
            }
        }
        if found_um.is_some() {
            self.append_least(roads, from, may_use, steps);
        }
        Ok(found_um)
    }

    fn begin(&mut self, roads: &Roads<'_>, from: Vertex) {
        if self.number == u32::MAX {
            self.labels.clear();
            self.number = 0;
        }
        self.number += 1;
        if self.labels.len() < roads.vertex_count() {
            self.labels.resize(roads.vertex_count(), Label::default());
        }
        self.queue.clear();
        self.stack.clear();
        self.stack.push(roads.goal_vertex);
        self.labels[roads.goal_vertex as usize].flooded = self.number;
        let label = &mut self.labels[from as usize];
        (label.cost_um, label.reached) = (0, self.number);
        self.queue.push(Reverse((self.bound_um(from), from)));
    }

    /// Of the shortest ways that the search has just found, the one with the least sequence of steps.
    fn append_least(
        &mut self,
        roads: &Roads<'_>,
        from: Vertex,
        may_use: impl Fn(&Edge) -> bool,
        steps: &mut Vec<Step>,
    ) {
        let number = self.number;
        self.labels[roads.goal_vertex as usize].shortest = number;
        self.stack.clear();
        self.stack.push(roads.goal_vertex);
        while let Some(vertex) = self.stack.pop() {
            let cost_um = self.labels[vertex as usize].cost_um;
            for edge in roads.incoming(vertex).filter(&may_use) {
                let label = &mut self.labels[edge.from as usize];
                let is_tight = label.settled == number && label.cost_um.saturating_add(edge.length_um) == cost_um;
                if is_tight && label.shortest != number {
                    label.shortest = number;
                    self.stack.push(edge.from);
                }
            }
        }
        let mut vertex = from;
        while vertex != roads.goal_vertex {
            let cost_um = self.labels[vertex as usize].cost_um;
            let is_tight = |edge: &Edge| {
                let label = &self.labels[edge.to as usize];
                label.shortest == number && cost_um.saturating_add(edge.length_um) == label.cost_um
            };
            let edges = roads.outgoing(vertex).filter(&may_use).filter(is_tight);
            let Some(edge) = edges.min_by_key(|edge| edge.step) else { break };
            steps.push(edge.step);
            vertex = edge.to;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::planning::sketch::sketch;

    #[test]
    fn labels_of_long_ago_are_not_taken_for_new_ones_when_the_count_of_searches_starts_over() {
        let world = sketch("a 0,0\nb 100,0\nc 200,0\na-b\nb-c\na-c 100,100\nugv a 10\ngoal c");
        let situation = world.situation();
        let roads = Roads::new(&situation);
        let mut guided = Guided::default();
        assert_eq!(guided.measure(&roads, &mut Budget::steps(100)), Ok(true));
        let without_bc = |edge: &Edge| edge.step.segment != SegmentId(1);
        let search = |guided: &mut Guided| {
            let mut steps = Vec::new();
            let length = guided.shortest(&roads, 0, without_bc, &mut steps, &mut Budget::steps(100));
            (length, steps.len())
        };
        let first = search(&mut guided);
        assert_eq!(first, (Ok(Some(282_842_712)), 1));
        guided.number = u32::MAX;
        assert_eq!(search(&mut guided), first);
        assert_eq!(guided.number, 1);
    }
}
