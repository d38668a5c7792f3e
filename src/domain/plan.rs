//! A plan: the UGV's route, the UAVs' tasking, and what both were planned from.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::destination::Goals;
use super::geometry::Point;
use super::ids::VehicleId;
use super::network::{Leg, Network, Place};

/// The chosen strategy and its parameters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct StrategyChoice {
    /// The strategy's name.
    #[schema(example = "shortest_path")]
    pub name: String,
    /// Its parameters; an empty object chooses the defaults.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub parameters: serde_json::Map<String, serde_json::Value>,
}

/// Where the UGV is and how fast it goes, as a planner sees it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UgvSituation {
    /// Where it is.
    pub place: Place,
    /// Its constant speed in metres per second.
    pub speed_mps: f64,
}

/// Where a UAV is and what it is doing, as a planner sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct UavSituation {
    /// The UAV.
    pub id: VehicleId,
    /// Where it is, in the network's plane.
    pub point: Point,
    /// Its speed in metres per second.
    pub speed_mps: f64,
    /// The inspection it is flying, from where it has got to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inspecting: Option<Leg>,
    /// The inspection that the plan before this one gave it first and that it has yet to begin, if it still holds one. A
    /// strategy may prefer it, so that UAVs are not sent here and there by choices that are as good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bound_for: Option<Leg>,
}

/// Everything a plan follows from, but for the knowledge and the mission's settings, which are those of the log up to
/// `seq`. Planning again from the same basis gives the same plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanBasis {
    /// The log's last event that was taken into account.
    pub seq: u64,
    /// The revision of the knowledge.
    pub revision: u64,
    /// The seed of whatever is drawn at random.
    pub seed: u64,
    /// The strategy that planned.
    pub strategy: StrategyChoice,
    /// Where the UGV must get to: to any of the goals.
    pub goal: Goals<Place>,
    /// The waypoints that it has yet to visit before, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waypoints: Vec<Place>,
    /// The ground vehicle.
    pub ugv: UgvSituation,
    /// The UAVs, in the mission's order.
    pub uavs: Vec<UavSituation>,
}

/// The UGV's way to a goal, by the waypoints before it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Route {
    /// The travelled parts of segments in order; each begins where the one before ends.
    pub legs: Vec<Leg>,
    /// The sum of their lengths in metres.
    pub length_m: f64,
    /// How long the UGV takes, in seconds.
    pub duration_s: f64,
}

impl Route {
    /// The route with these legs, driven at a constant speed.
    pub fn of(legs: Vec<Leg>, speed_mps: f64) -> Self {
        let length_m = legs.iter().map(Leg::length_m).sum();
        Self { legs, length_m, duration_s: length_m / speed_mps }
    }

    /// What is left of it from a place on it. `None` if the place is not on it.
    #[must_use]
    pub fn rest_from(&self, network: &Network, place: Place, speed_mps: f64) -> Option<Self> {
        let on = self.legs.iter().position(|leg| leg.segment == place.segment && leg.covers(place.offset_m));
        let legs: Vec<Leg> = match on {
            Some(i) => {
                let rest = Leg { from_m: place.offset_m, ..self.legs[i] };
                let later = self.legs[i + 1..].iter().copied();
                // Nothing is left of a leg at its end; of the last one that nothing is the answer.
                let is_last = i + 1 == self.legs.len();
                Some(rest).filter(|leg| is_last || leg.length_m() > 0.0).into_iter().chain(later).collect()
            }
            // At a junction a place may be told by another segment than the route's.
            None => {
                let begins_here =
                    |leg: &Leg| network.is_same_place(place, Place { segment: leg.segment, offset_m: leg.from_m });
                self.legs[self.legs.iter().position(begins_here)?..].to_vec()
            }
        };
        let length_m = legs.iter().map(Leg::length_m).sum::<f64>();
        Some(Self { legs, length_m, duration_s: length_m / speed_mps })
    }
}

/// What planning came to. Having no way is an answer, not an error.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// There is a route.
    Route {
        /// The route.
        route: Route,
    },
    /// The UGV is at the goal.
    AlreadyThere,
    /// Every way to the goal crosses a segment known to be blocked. The mission stays open and is planned again when a
    /// segment reopens.
    NoWay {
        /// In words.
        reason: String,
    },
    /// The search gave up before it knew.
    BudgetSpent {
        /// In words.
        reason: String,
    },
}

impl Outcome {
    /// The route, if there is one.
    pub fn route(&self) -> Option<&Route> {
        match self {
            Outcome::Route { route } => Some(route),
            Outcome::AlreadyThere | Outcome::NoWay { .. } | Outcome::BudgetSpent { .. } => None,
        }
    }
}

/// One UAV's inspections in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Tasking {
    /// The UAV.
    pub uav: VehicleId,
    /// What it inspects, in order.
    pub inspections: Vec<Inspection>,
}

/// One flight along a segment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Inspection {
    /// The part of the segment to fly along, and in which direction: all of it, or what is left of an inspection under way.
    pub leg: Leg,
    /// Seconds from the plan's basis until the UAV begins it.
    pub begins_s: f64,
    /// Seconds from the plan's basis until the UAV has finished it, if it finds nothing.
    pub ends_s: f64,
}

/// What a strategy decided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Decision {
    /// The UGV's route, or why there is none.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// One entry a UAV, in the mission's order.
    pub tasking: Vec<Tasking>,
}

/// A decision and what it was planned from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Plan {
    /// What it was planned from.
    pub basis: PlanBasis,
    /// A quick safe route sent ahead because the old one was blocked; the chosen strategy's plan follows.
    pub provisional: bool,
    /// What was decided.
    #[serde(flatten)]
    pub decision: Decision,
}
