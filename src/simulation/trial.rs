//! A scenario put onto its network.

use std::collections::BTreeMap;

use super::scenario::Scenario;
use crate::domain::ids::{NodeIndex, SegmentId};
use crate::domain::network::{Direction, Network, Place};

/// How far short of a blockage the UGV stops, in metres: a place at the very blockage would not tell from which side the
/// UGV came. Far below what any arrival is compared to.
pub(super) const SHORT_OF_BLOCKAGE_M: f64 = 1e-7;

/// What one run needs: the network with its prior, the true state of the world, and the vehicles.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The scenario's name.
    pub id: String,
    /// The roads; every segment has the scenario's blockage probability.
    pub network: Network,
    /// The node where all vehicles start.
    pub start_node: NodeIndex,
    /// The node that the UGV must get to.
    pub goal_node: NodeIndex,
    /// The place of the start.
    pub start: Place,
    /// The place of the goal.
    pub goal: Place,
    /// The UGV's speed in metres per second.
    pub ugv_speed_mps: f64,
    /// The UAVs' speed in metres per second.
    pub uav_speed_mps: f64,
    /// How many UAVs there are.
    pub uav_count: usize,
    /// What is truly blocked.
    pub blockages: Blockages,
    /// The seed of whatever a strategy draws at random.
    pub seed: u64,
}

/// What of a scenario does not fit its network.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum TrialFault {
    /// A node is not in the network.
    #[error("{field}: network {network} has no node {node:?} once it is prepared")]
    NoSuchNode {
        /// Where the node is named.
        field: String,
        /// The network.
        network: String,
        /// The node.
        node: String,
    },
    /// Two nodes are not neighbours.
    #[error("blockages/{blockage}: no segment of network {network} has a piece from node {a:?} to node {b:?}")]
    NoSuchPiece {
        /// The blockage, counted from 0.
        blockage: usize,
        /// The network.
        network: String,
        /// One end.
        a: String,
        /// The other end.
        b: String,
    },
}

impl Trial {
    /// Puts the scenario onto its network, which is copied. `more_seed` draws again: see [`Scenario::seed`].
    ///
    /// # Errors
    /// The first thing in the scenario that the network does not have.
    pub fn new(scenario: &Scenario, network: &Network, more_seed: u64) -> Result<Self, TrialFault> {
        let node = |field: &str, id: &str| {
            network.node_by_id(id).ok_or_else(|| TrialFault::NoSuchNode {
                field: field.to_owned(),
                network: scenario.network.clone(),
                node: id.to_owned(),
            })
        };
        let place = |field: &str, id: &str| {
            let node = node(field, id)?;
            // Every node of a network is on some segment.
            network.place_of_node(node).map(|place| (node, place)).ok_or_else(|| TrialFault::NoSuchNode {
                field: field.to_owned(),
                network: scenario.network.clone(),
                node: id.to_owned(),
            })
        };
        let (start_node, start) = place("start", &scenario.start)?;
        let (goal_node, goal) = place("goal", &scenario.goal)?;
        Ok(Self {
            id: scenario.id.clone(),
            start_node,
            goal_node,
            start,
            goal,
            ugv_speed_mps: scenario.ugv_speed_mps,
            uav_speed_mps: scenario.uav_speed_mps,
            uav_count: scenario.uav_count,
            blockages: Blockages::of(scenario, network)?,
            seed: scenario.seed(more_seed),
            network: network.with_blockage_probability(scenario.block_probability),
        })
    }
}

/// The blockages of a world, by segment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Blockages {
    /// Metres from the first end, ascending.
    offsets_m: BTreeMap<SegmentId, Vec<f64>>,
}

impl Blockages {
    fn of(scenario: &Scenario, network: &Network) -> Result<Self, TrialFault> {
        let pieces = pieces(network);
        let mut blockages = Self::default();
        for (i, blockage) in scenario.blockages.iter().enumerate() {
            let ends = (network.node_by_id(&blockage.a), network.node_by_id(&blockage.b));
            let at = |(a, b): (NodeIndex, NodeIndex)| {
                let (segment, piece) = *pieces.get(&(a.min(b), a.max(b)))?;
                let road = network.segment(segment);
                let fraction = if road.nodes[piece] == a { blockage.fraction } else { 1.0 - blockage.fraction };
                let (from_m, to_m) = (road.offsets_m[piece], road.offsets_m[piece + 1]);
                Some((segment, (from_m + (to_m - from_m) * fraction).clamp(0.0, road.length_m())))
            };
            let found = ends.0.zip(ends.1).and_then(at);
            let (segment, offset_m) = found.ok_or_else(|| TrialFault::NoSuchPiece {
                blockage: i,
                network: scenario.network.clone(),
                a: blockage.a.clone(),
                b: blockage.b.clone(),
            })?;
            blockages.insert(segment, offset_m);
        }
        Ok(blockages)
    }

    /// Blocks a segment at a point, in metres from its first end.
    pub fn insert(&mut self, segment: SegmentId, offset_m: f64) {
        let offsets_m = self.offsets_m.entry(segment).or_default();
        let position = offsets_m.partition_point(|other_m| *other_m < offset_m);
        offsets_m.insert(position, offset_m);
    }

    /// Frees a segment of all blockages.
    pub fn remove(&mut self, segment: SegmentId) {
        self.offsets_m.remove(&segment);
    }

    /// Where the segment is blocked: metres from its first end, ascending.
    pub fn on(&self, segment: SegmentId) -> &[f64] {
        self.offsets_m.get(&segment).map_or(&[], Vec::as_slice)
    }

    /// The first blockage on the way from one offset of a segment to another, both included.
    pub fn first_between(&self, segment: SegmentId, from_m: f64, to_m: f64) -> Option<f64> {
        let offsets_m = self.on(segment);
        let between = |offset_m: &f64| (from_m.min(to_m)..=from_m.max(to_m)).contains(offset_m);
        match to_m < from_m {
            true => offsets_m.iter().rev().copied().find(between),
            false => offsets_m.iter().copied().find(between),
        }
    }

    /// The blocked segments, ascending.
    pub fn segments(&self) -> impl Iterator<Item = SegmentId> + '_ {
        self.offsets_m.keys().copied()
    }
}

/// The straight pieces of all segments by their ends, the lower one first: the segment with the lowest id, and the number of the
/// piece on it.
fn pieces(network: &Network) -> BTreeMap<(NodeIndex, NodeIndex), (SegmentId, usize)> {
    let mut pieces = BTreeMap::new();
    for (i, road) in network.segments().iter().enumerate() {
        for (piece, ends) in road.nodes.windows(2).enumerate() {
            let ends = (ends[0].min(ends[1]), ends[0].max(ends[1]));
            pieces.entry(ends).or_insert((SegmentId(i as u32), piece));
        }
    }
    pieces
}

/// The direction's sign along a segment.
pub(super) fn sign(direction: Direction) -> f64 {
    match direction {
        Direction::Forward => 1.0,
        Direction::Backward => -1.0,
    }
}
