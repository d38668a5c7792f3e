//! What a strategy sees.

use crate::domain::ids::SegmentId;
use crate::domain::knowledge::{Knowledge, SegmentState};
use crate::domain::network::{Network, Place};
use crate::domain::plan::{PlanBasis, UavSituation, UgvSituation};

/// Everything a decision may depend on. The live service and the simulator build the same one, and the same situation
/// gives the same decision on every machine.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The roads.
    pub network: &'a Network,
    /// What is known of them; as long as the network has segments.
    pub knowledge: &'a Knowledge,
    /// The probability with which each segment is blocked, as far as it is unknown; `None` if that is the network's prior. With
    /// sensors that err, findings move it up and down before they are enough to know.
    pub beliefs: Option<&'a [f64]>,
    /// The ground vehicle, at a place of the network.
    pub ugv: UgvSituation,
    /// Where it must get to, a place of the network.
    pub goal: Place,
    /// The drones, in the mission's order; each id once.
    pub uavs: &'a [UavSituation],
    /// The seed of whatever is drawn at random.
    pub seed: u64,
}

impl<'a> Situation<'a> {
    /// The probability that the segment is blocked, as far as is known.
    pub fn blockage_probability(&self, segment: SegmentId) -> f64 {
        match self.knowledge.state(segment) {
            SegmentState::Unknown => match self.beliefs {
                Some(beliefs) => beliefs[segment.index()],
                None => self.network.segment(segment).blockage_probability,
            },
            SegmentState::Clear => 0.0,
            SegmentState::Blocked => 1.0,
        }
    }

    /// The situation that a plan's basis describes, with the network and the knowledge it refers to. The live service takes
    /// findings as certain, so what is unknown has its prior.
    pub fn from_basis(network: &'a Network, knowledge: &'a Knowledge, basis: &'a PlanBasis) -> Self {
        Self {
            network,
            knowledge,
            beliefs: None,
            ugv: basis.ugv,
            goal: basis.goal,
            uavs: &basis.uavs,
            seed: basis.seed,
        }
    }
}
