//! A scenario put onto its network.

use std::collections::BTreeMap;

use super::conditions::Conditions;
use super::options::Options;
use super::scenario::Scenario;
use crate::domain::geometry::Point;
use crate::domain::ids::{NodeIndex, SegmentId};
use crate::domain::network::{Direction, Network, Place};

/// How far short of a blockage the UGV stops, in metres: a place at the very blockage would not tell from which side
/// the UGV came. Far below what any arrival is compared to.
pub(super) const SHORT_OF_BLOCKAGE_M: f64 = 1e-7;

/// What one run needs: the network with its prior, the true state of the world, and the vehicles.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The scenario's name.
    pub id: String,
    /// The roads; every segment has the scenario's blockage probability.
    pub network: Network,
    /// The node where the UGV starts.
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
    /// What is truly blocked, at the start.
    pub blockages: Blockages,
    /// How the world differs from that of the rules.
    pub conditions: Conditions,
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
    #[error("{field}: no segment of network {network} has a piece from node {a:?} to node {b:?}")]
    NoSuchPiece {
        /// Where the piece is named.
        field: String,
        /// The network.
        network: String,
        /// One end.
        a: String,
        /// The other end.
        b: String,
    },
    /// A segment has two speed factors.
    #[error("{field}: the segment of the piece from node {a:?} to node {b:?} has a speed factor already")]
    FactorTwice {
        /// Where the second is.
        field: String,
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
        let pieces = Pieces::new(&scenario.network, network);
        let place = |field: &str, id: &str| {
            let node = pieces.node(field, id)?;
            // Every node of a network is on some segment.
            network.place_of_node(node).map(|place| (node, place)).ok_or_else(|| pieces.no_such_node(field, id))
        };
        let (start_node, start) = place("start", &scenario.start)?;
        let (goal_node, goal) = place("goal", &scenario.goal)?;
        let off = Options::default();
        let options = scenario.options.as_ref().unwrap_or(&off);
        let conditions = Conditions::new(options, scenario.ugv_speed_mps, network, &pieces)?;
        Ok(Self {
            id: scenario.id.clone(),
            start_node,
            goal_node,
            start,
            goal,
            ugv_speed_mps: scenario.ugv_speed_mps,
            uav_speed_mps: scenario.uav_speed_mps,
            uav_count: scenario.uav_count,
            blockages: Blockages::of(scenario, &pieces)?,
            conditions,
            seed: scenario.seed(more_seed),
            network: network.with_blockage_probability(scenario.block_probability),
        })
    }

    /// Where each UAV starts.
    pub fn uav_starts(&self) -> Vec<Point> {
        let mut starts = self.conditions.uav_starts.clone();
        starts.resize(self.uav_count, self.network.point_at(self.start));
        starts
    }

    /// The UGV's speed on a segment in metres per second.
    pub fn ugv_speed_mps_on(&self, segment: SegmentId) -> f64 {
        self.conditions.ugv_speeds_mps.get(segment.index()).copied().unwrap_or(self.ugv_speed_mps)
    }
}

/// The blockages of a world, by segment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Blockages {
    /// Metres from the first end, ascending.
    offsets_m: BTreeMap<SegmentId, Vec<f64>>,
}

impl Blockages {
    fn of(scenario: &Scenario, pieces: &Pieces<'_>) -> Result<Self, TrialFault> {
        let mut blockages = Self::default();
        for (i, blockage) in scenario.blockages.iter().enumerate() {
            let (segment, offset_m) =
                pieces.find(&format!("blockages/{i}"), &blockage.a, &blockage.b, blockage.fraction)?;
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

    /// Blocks a segment at a point and nowhere else, or frees it.
    pub fn change(&mut self, segment: SegmentId, blockage_m: Option<f64>) {
        self.remove(segment);
        if let Some(offset_m) = blockage_m {
            self.insert(segment, offset_m);
        }
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

/// A network's nodes and straight pieces as scenarios name them.
pub(super) struct Pieces<'a> {
    name: &'a str,
    network: &'a Network,
    /// By their ends, the lower one first: the segment with the lowest id, and the number of the piece on it.
    by_ends: BTreeMap<(NodeIndex, NodeIndex), (SegmentId, usize)>,
}

impl<'a> Pieces<'a> {
    fn new(name: &'a str, network: &'a Network) -> Self {
        let mut by_ends = BTreeMap::new();
        for (i, road) in network.segments().iter().enumerate() {
            for (piece, ends) in road.nodes.windows(2).enumerate() {
                let ends = (ends[0].min(ends[1]), ends[0].max(ends[1]));
                by_ends.entry(ends).or_insert((SegmentId(i as u32), piece));
            }
        }
        Self { name, network, by_ends }
    }

    /// The node that `field` names.
    pub(super) fn node(&self, field: &str, id: &str) -> Result<NodeIndex, TrialFault> {
        self.network.node_by_id(id).ok_or_else(|| self.no_such_node(field, id))
    }

    fn no_such_node(&self, field: &str, id: &str) -> TrialFault {
        TrialFault::NoSuchNode { field: field.to_owned(), network: self.name.to_owned(), node: id.to_owned() }
    }

    /// The segment with the piece from `a` to `b` that `field` names, and the point at a fraction of the piece, in
    /// metres from the segment's first end.
    pub(super) fn find(&self, field: &str, a: &str, b: &str, fraction: f64) -> Result<(SegmentId, f64), TrialFault> {
        let at = |(a, b): (NodeIndex, NodeIndex)| {
            let (segment, piece) = *self.by_ends.get(&(a.min(b), a.max(b)))?;
            let road = self.network.segment(segment);
            let fraction = if road.nodes[piece] == a { fraction } else { 1.0 - fraction };
            let (from_m, to_m) = (road.offsets_m[piece], road.offsets_m[piece + 1]);
            Some((segment, (from_m + (to_m - from_m) * fraction).clamp(0.0, road.length_m())))
        };
        let ends = self.network.node_by_id(a).zip(self.network.node_by_id(b));
        ends.and_then(at).ok_or_else(|| TrialFault::NoSuchPiece {
            field: field.to_owned(),
            network: self.name.to_owned(),
            a: a.to_owned(),
            b: b.to_owned(),
        })
    }
}

/// The direction's sign along a segment.
pub(super) fn sign(direction: Direction) -> f64 {
    match direction {
        Direction::Forward => 1.0,
        Direction::Backward => -1.0,
    }
}
