//! A* with landmarks: "ALT" (Goldberg and Harrelson, *Computing the shortest path: A\* search meets graph theory*, 2005).
//!
//! The distances of every junction to and from a few landmarks on the open roads bound the way between any two by the triangle
//! inequality. Closures only make ways longer, so the bounds hold whatever is closed and nothing is prepared again. Each landmark is
//! the junction farthest from those before it (their "farthest" selection).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Engine, EngineFault, Length, Query};
use crate::domain::ids::NodeIndex;
use crate::domain::network::{Incidence, Network};

/// How many landmarks there are. The paper's usual number for road networks.
const LANDMARKS: usize = 16;

/// Of these the best for a query's start and goal are used, as in the paper.
const ACTIVE: usize = 4;

/// No way.
const FAR: u64 = u64::MAX;

#[derive(Clone, Copy, Debug, Default)]
struct Label {
    driven: u64,
    bound: u64,
    generation: u32,
    settled: bool,
}

/// Landmarks of a network.
#[derive(Debug)]
pub struct Landmarks<'n> {
    network: &'n Network,
    /// By junction and landmark: to it, and from it.
    distances: Vec<[(u64, u64); LANDMARKS]>,
    labels: Vec<Label>,
    generation: u32,
    queue: BinaryHeap<Reverse<(u64, u32)>>,
}

impl<'n> Landmarks<'n> {
    /// Chooses the landmarks and measures the distances.
    pub fn new(network: &'n Network) -> Self {
        let junctions = network.junction_count();
        let mut distances = vec![[(FAR, FAR); LANDMARKS]; junctions];
        let mut nearest = distances_of(network, NodeIndex(0), true);
        for i in 0..LANDMARKS {
            let apart = |junction: &usize| if nearest[*junction] == FAR { 0 } else { nearest[*junction] };
            let landmark = NodeIndex((0..junctions).max_by_key(apart).unwrap_or(0) as u32);
            let [to, from] = [false, true].map(|onward| distances_of(network, landmark, onward));
            for (junction, of) in distances.iter_mut().enumerate() {
                of[i] = (to[junction], from[junction]);
                // The first landmark is the farthest from an arbitrary junction, which is none itself.
                nearest[junction] = if i == 0 { from[junction] } else { nearest[junction].min(from[junction]) };
            }
        }
        let (labels, queue) = (vec![Label::default(); junctions], BinaryHeap::new());
        Self { network, distances, labels, generation: 0, queue }
    }

    /// A way between the junctions is no shorter, as far as this landmark tells.
    fn bound(&self, landmark: usize, junction: NodeIndex, goal: NodeIndex) -> u64 {
        let (to, from) = self.distances[junction.index()][landmark];
        let (goal_to, goal_from) = self.distances[goal.index()][landmark];
        let by_to = if to == FAR || goal_to == FAR { 0 } else { to.saturating_sub(goal_to) };
        let by_from = if from == FAR || goal_from == FAR { 0 } else { goal_from.saturating_sub(from) };
        by_to.max(by_from)
    }
}

/// The distances of all junctions from one, or to it.
fn distances_of(network: &Network, one: NodeIndex, onward: bool) -> Vec<u64> {
    let mut distances = vec![FAR; network.junction_count()];
    distances[one.index()] = 0;
    let mut queue = BinaryHeap::from([Reverse((0, one.0))]);
    while let Some(Reverse((distance, junction))) = queue.pop() {
        if distance > distances[junction as usize] {
            continue;
        }
        let junction = NodeIndex(junction);
        let mut offer = |way: Incidence| {
            let offered = distance + way.ticks;
            if offered < distances[way.other.index()] {
                distances[way.other.index()] = offered;
                queue.push(Reverse((offered, way.other.0)));
            }
        };
        if onward {
            network.outgoing(junction).for_each(&mut offer);
        } else {
            network.incoming(junction).for_each(&mut offer);
        }
    }
    distances
}

impl Engine for Landmarks<'_> {
    fn name(&self) -> &'static str {
        "A* with landmarks"
    }

    fn answer(&mut self, query: Query<'_>) -> Result<Option<Length>, EngineFault> {
        let Query { knowledge, start, goal, .. } = query;
        let mut active: [usize; LANDMARKS] = std::array::from_fn(|i| i);
        active.sort_by_key(|landmark| Reverse(self.bound(*landmark, start, goal)));
        self.generation += 1;
        self.queue.clear();
        let network = self.network;
        let mut offers = vec![(start, 0)];
        loop {
            for (junction, driven) in offers.drain(..) {
                let generation = self.generation;
                let mut label = self.labels[junction.index()];
                if label.generation != generation {
                    let bounds = active[..ACTIVE].iter().map(|landmark| self.bound(*landmark, junction, goal));
                    let straight_m = network.node(junction).point.distance_m(network.node(goal).point);
                    let bound = bounds.max().unwrap_or(0).max(network.least_ticks(straight_m));
                    label = Label { driven: FAR, bound, generation, settled: false };
                }
                if driven < label.driven {
                    (label.driven, label.settled) = (driven, false);
                    self.queue.push(Reverse((driven + label.bound, junction.0)));
                }
                self.labels[junction.index()] = label;
            }
            let Some(Reverse((_, junction))) = self.queue.pop() else { return Ok(None) };
            let label = &mut self.labels[junction as usize];
            if std::mem::replace(&mut label.settled, true) {
                continue;
            }
            let (driven, junction) = (label.driven, NodeIndex(junction));
            if junction == goal {
                return Ok(Some(Length::exact(network.metres(driven))));
            }
            let open = network.outgoing(junction).filter(|way| !knowledge.is_blocked(way.segment));
            offers.extend(open.map(|way| (way.other, driven + way.ticks)));
        }
    }
}
