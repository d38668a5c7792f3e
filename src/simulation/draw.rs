//! Draws scenarios in the form of the benchmark.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::clairvoyant::clairvoyant_m;
use super::scenario::{Blockage, Scenario};
use super::trial::Trial;
use crate::domain::ids::NodeIndex;
use crate::domain::network::Network;

/// What the scenarios of a draw have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw {
    /// The UGV's speed in metres per second.
    pub ugv_speed_mps: f64,
    /// The UAVs' speed in metres per second.
    pub uav_speed_mps: f64,
    /// How many UAVs there are.
    pub uav_count: usize,
    /// The probability with which each segment is blocked.
    pub block_probability: f64,
    /// The seed.
    pub seed: u64,
}

/// How often a world is drawn again because it has no way from start to goal.
const MAX_TRIES: usize = 1_000;

impl Draw {
    /// The scenario with that number on a network: start and goal are junctions at least half of the network's diagonal apart,
    /// each segment is blocked with the probability at a point anywhere alike along it, and there is a way. `None` if no such
    /// world turns up.
    ///
    /// Start, goal and blockages follow from seed, network name, probability and number, so draws that differ in speeds and UAVs
    /// are about the same worlds.
    pub fn scenario(&self, name: &str, network: &Network, number: usize) -> Option<Scenario> {
        let label = name.replace('/', "-");
        let (p, v, u) = (self.block_probability, self.uav_speed_mps, self.uav_count);
        let mut scenario = Scenario {
            id: format!("{label}-p{p}-v{v}-u{u}-s{}-{number}", self.seed),
            network: name.to_owned(),
            start: String::new(),
            goal: String::new(),
            ugv_speed_mps: self.ugv_speed_mps,
            uav_speed_mps: self.uav_speed_mps,
            uav_count: self.uav_count,
            block_probability: self.block_probability,
            blockages: Vec::new(),
            options: None,
        };
        let world = Scenario { id: format!("{label}-p{p}-{number}"), ..scenario.clone() };
        let mut dice = ChaCha8Rng::seed_from_u64(world.seed(self.seed));
        let points: Vec<_> = network.nodes().iter().take(network.junction_count()).map(|node| node.point).collect();
        let low = points.iter().fold((f64::MAX, f64::MAX), |low, p| (low.0.min(p.x_m), low.1.min(p.y_m)));
        let high = points.iter().fold((f64::MIN, f64::MIN), |high, p| (high.0.max(p.x_m), high.1.max(p.y_m)));
        let (width_m, height_m) = (high.0 - low.0, high.1 - low.1);
        let least_m = 0.5 * (width_m * width_m + height_m * height_m).sqrt();
        for _ in 0..MAX_TRIES {
            let [start, goal] = [0, 1].map(|_| (dice.next_u64() % points.len() as u64) as usize);
            if points[start].distance_m(points[goal]) < least_m {
                continue;
            }
            let id = |i: usize| network.node(NodeIndex(i as u32)).id().to_string();
            (scenario.start, scenario.goal) = (id(start), id(goal));
            scenario.blockages = self.blockages(network, &mut dice);
            if Trial::new(&scenario, network, 0).ok().and_then(|trial| clairvoyant_m(&trial)).is_some() {
                return Some(scenario);
            }
        }
        None
    }

    fn blockages(&self, network: &Network, dice: &mut ChaCha8Rng) -> Vec<Blockage> {
        let mut blockages = Vec::new();
        let mut share = || (dice.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        for road in network.segments().iter() {
            let (drawn, at) = (share(), share());
            if drawn >= self.block_probability {
                continue;
            }
            let at_m = at * road.length_m();
            let piece = road.offsets_m.partition_point(|m| *m <= at_m).clamp(1, road.nodes.len() - 1) - 1;
            let (from_m, to_m) = (road.offsets_m[piece], road.offsets_m[piece + 1]);
            // Six digits are enough and easier to read; pieces without length do not occur at a drawn point.
            let fraction = (((at_m - from_m) / (to_m - from_m)).clamp(0.0, 1.0) * 1e6).round() / 1e6;
            let id = |i: usize| network.node(road.nodes[i]).id().to_string();
            blockages.push(Blockage { a: id(piece), b: id(piece + 1), fraction });
        }
        blockages
    }
}
