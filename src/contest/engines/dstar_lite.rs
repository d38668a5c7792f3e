//! D* Lite (Koenig and Likhachev, *D\* Lite*, 2002): the second, optimised version of the paper, figure 4.
//!
//! A search from the goal that is repaired from query to query while the start moves: LPA* with keys that are raised by how far the
//! start has moved, instead of a queue that is built anew. The queue is a binary heap in which entries that no longer hold are left
//! until they come up.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::{Engine, EngineFault, Length, Query};
use crate::domain::ids::{NodeIndex, SegmentId};
use crate::domain::knowledge::Knowledge;
use crate::domain::network::Network;

/// No way. Sums of two such still are numbers.
const FAR: u64 = 1 << 62;

type Key = (u64, u64);
const NOT_QUEUED: Key = (u64::MAX, u64::MAX);

#[derive(Clone, Copy, Debug)]
struct Vertex {
    /// The distance to the goal as last settled: the paper's g.
    settled: u64,
    /// The distance as the neighbours have it: the paper's rhs.
    offered: u64,
    key: Key,
    generation: u32,
}

const UNSEEN: Vertex = Vertex { settled: FAR, offered: FAR, key: NOT_QUEUED, generation: 0 };

/// D* Lite on a network.
#[derive(Debug)]
pub struct DStarLite<'n> {
    network: &'n Network,
    vertices: Vec<Vertex>,
    generation: u32,
    queue: BinaryHeap<Reverse<(Key, u32)>>,
    start: NodeIndex,
    goal: Option<NodeIndex>,
    /// How far the start has moved: the paper's k_m.
    moved: u64,
}

fn plus(a: u64, b: u64) -> u64 {
    (a + b).min(FAR)
}

impl<'n> DStarLite<'n> {
    /// On a network, with no goal yet.
    pub fn new(network: &'n Network) -> Self {
        let vertices = vec![UNSEEN; network.junction_count()];
        let (queue, start) = (BinaryHeap::new(), NodeIndex(0));
        Self { network, vertices, generation: 0, queue, start, goal: None, moved: 0 }
    }

    fn vertex(&mut self, junction: NodeIndex) -> &mut Vertex {
        let vertex = &mut self.vertices[junction.index()];
        if vertex.generation != self.generation {
            *vertex = Vertex { generation: self.generation, ..UNSEEN };
        }
        vertex
    }

    fn straight(&self, a: NodeIndex, b: NodeIndex) -> u64 {
        self.network.least_ticks(self.network.node(a).point.distance_m(self.network.node(b).point))
    }

    fn key(&mut self, junction: NodeIndex) -> Key {
        let straight = self.straight(self.start, junction);
        let moved = self.moved;
        let vertex = self.vertex(junction);
        let least = vertex.settled.min(vertex.offered);
        (least + straight + moved, least)
    }

    fn update(&mut self, junction: NodeIndex) {
        let key = self.key(junction);
        let vertex = self.vertex(junction);
        if vertex.settled == vertex.offered {
            vertex.key = NOT_QUEUED;
        } else if vertex.key != key {
            vertex.key = key;
            self.queue.push(Reverse((key, junction.0)));
        }
    }

    /// What the junctions beside offer.
    fn best(&mut self, knowledge: &Knowledge, junction: NodeIndex) -> u64 {
        let network = self.network;
        let open = network.outgoing(junction).filter(|way| !knowledge.is_blocked(way.segment));
        open.map(|way| plus(self.vertex(way.other).settled, way.ticks)).min().unwrap_or(FAR)
    }

    /// Takes in that a segment was closed or reopened.
    fn turn(&mut self, knowledge: &Knowledge, segment: SegmentId) {
        let road = self.network.segment(segment);
        let ticks = self.network.ticks(road.length_m());
        let ways = [(road.first(), road.last(), true), (road.last(), road.first(), !road.oneway)];
        for (from, to, may) in ways {
            if !may || Some(from) == self.goal {
                continue;
            }
            let by = plus(self.vertex(to).settled, ticks);
            if !knowledge.is_blocked(segment) {
                let vertex = self.vertex(from);
                vertex.offered = vertex.offered.min(by);
            } else if self.vertex(from).offered == by {
                self.vertex(from).offered = self.best(knowledge, from);
            }
            self.update(from);
        }
    }

    fn begin(&mut self, goal: NodeIndex) {
        self.generation += 1;
        self.queue.clear();
        (self.goal, self.moved) = (Some(goal), 0);
        self.vertex(goal).offered = 0;
        self.update(goal);
    }

    fn settle(&mut self, knowledge: &Knowledge, goal: NodeIndex) {
        let network = self.network;
        while let Some(Reverse((key, junction))) = self.queue.peek().copied() {
            let junction = NodeIndex(junction);
            if self.vertex(junction).key != key {
                self.queue.pop();
                continue;
            }
            let start_key = self.key(self.start);
            let start = *self.vertex(self.start);
            if key >= start_key && start.offered <= start.settled {
                break;
            }
            self.queue.pop();
            let now = self.key(junction);
            let vertex = self.vertex(junction);
            if key < now {
                vertex.key = now;
                self.queue.push(Reverse((now, junction.0)));
                continue;
            }
            vertex.key = NOT_QUEUED;
            if vertex.settled > vertex.offered {
                vertex.settled = vertex.offered;
                let settled = vertex.settled;
                for way in network.incoming(junction) {
                    if way.other != goal && !knowledge.is_blocked(way.segment) {
                        let vertex = self.vertex(way.other);
                        vertex.offered = vertex.offered.min(plus(settled, way.ticks));
                        self.update(way.other);
                    }
                }
            } else {
                let before = std::mem::replace(&mut vertex.settled, FAR);
                for way in network.incoming(junction) {
                    if way.other != goal
                        && !knowledge.is_blocked(way.segment)
                        && self.vertex(way.other).offered == plus(before, way.ticks)
                    {
                        self.vertex(way.other).offered = self.best(knowledge, way.other);
                        self.update(way.other);
                    }
                }
                self.update(junction);
            }
        }
    }
}

impl Engine for DStarLite<'_> {
    fn name(&self) -> &'static str {
        "D* Lite"
    }

    fn answer(&mut self, query: Query<'_>) -> Result<Option<Length>, EngineFault> {
        let Query { knowledge, turned, start, goal } = query;
        if self.goal == Some(goal) {
            self.moved += self.straight(self.start, start);
            self.start = start;
            for segment in turned {
                self.turn(knowledge, *segment);
            }
        } else {
            self.start = start;
            self.begin(goal);
        }
        self.settle(knowledge, goal);
        let left = self.vertex(start).offered;
        Ok((left < FAR).then(|| Length::exact(self.network.metres(left))))
    }
}
