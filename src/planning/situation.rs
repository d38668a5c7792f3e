//! What a strategy sees.

use crate::domain::ids::SegmentId;
use crate::domain::knowledge::{Knowledge, SegmentState};
use crate::domain::network::{Leg, Network, Place};
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
    /// Where it must get to: to any of these places of the network, of which there is one at least.
    pub goals: &'a [Place],
    /// The waypoints to visit before, in order: places of the network.
    pub stops: &'a [Place],
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

    /// The waypoints without the first ones at which the UGV is already.
    pub fn stops_ahead(&self) -> &'a [Place] {
        let is_here = |stop: &Place| self.network.is_same_place(*stop, self.ugv.place);
        &self.stops[self.stops.iter().take_while(|stop| is_here(stop)).count()..]
    }

    /// The present leg of the journey by itself: to the next waypoint as its only goal; where none is ahead, to the goals.
    #[must_use]
    pub fn present(&self) -> Self {
        let goals = self.stops_ahead().get(..1).unwrap_or(self.goals);
        Self { goals, stops: &[], ..*self }
    }

    /// Parts the legs of a route that visits the waypoints into those of the present leg and those of the later ones.
    pub fn part<'r>(&self, legs: &'r [Leg]) -> (&'r [Leg], &'r [Leg]) {
        let Some(stop) = self.stops_ahead().first() else { return (legs, &[]) };
        let end = |leg: &Leg| Place { segment: leg.segment, offset_m: leg.to_m };
        let last = legs.iter().position(|leg| self.network.is_same_place(end(leg), *stop));
        legs.split_at(last.map_or(legs.len(), |last| last + 1))
    }

    /// The situation that a plan's basis describes, with the network and the knowledge it refers to. The live service takes
    /// findings as certain, so what is unknown has its prior.
    pub fn from_basis(network: &'a Network, knowledge: &'a Knowledge, basis: &'a PlanBasis) -> Self {
        Self {
            network,
            knowledge,
            beliefs: None,
            ugv: basis.ugv,
            goals: basis.goal.as_slice(),
            stops: &basis.waypoints,
            uavs: &basis.uavs,
            seed: basis.seed,
        }
    }
}
