//! A plan as the steps that the vehicles take, which most formats are made of.

use crate::domain::geometry::LonLat;
use crate::domain::ids::VehicleId;
use crate::domain::network::{Leg, Network};
use crate::domain::plan::{Inspection, Plan, Route};
use crate::domain::vehicle::UgvFix;

/// One leg of the route, or one inspection.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) vehicle: VehicleId,
    pub(super) kind: StepKind,
    /// Counts the steps of the vehicle from 1.
    pub(super) number: usize,
    pub(super) leg: Leg,
    /// Seconds from the plan's basis until it begins.
    pub(super) begins_s: f64,
    /// Seconds from the plan's basis until it is done, if all goes well.
    pub(super) ends_s: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepKind {
    Route,
    Inspection,
}

impl StepKind {
    pub(super) fn name(self) -> &'static str {
        match self {
            StepKind::Route => "route",
            StepKind::Inspection => "inspection",
        }
    }
}

/// The UGV's legs, then the UAVs' inspections in the mission's order.
pub(super) fn steps(plan: &Plan) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut driven_m = 0.0;
    for leg in plan.decision.outcome.route().into_iter().flat_map(|route| &route.legs) {
        let begins_s = driven_m / plan.basis.ugv.speed_mps;
        driven_m += leg.length_m();
        let (vehicle, number) = (VehicleId::ugv(), steps.len() + 1);
        let ends_s = driven_m / plan.basis.ugv.speed_mps;
        steps.push(Step { vehicle, kind: StepKind::Route, number, leg: *leg, begins_s, ends_s });
    }
    for tasking in &plan.decision.tasking {
        for (i, Inspection { leg, begins_s, ends_s }) in tasking.inspections.iter().enumerate() {
            let (vehicle, number, kind) = (tasking.uav.clone(), i + 1, StepKind::Inspection);
            steps.push(Step { vehicle, kind, number, leg: *leg, begins_s: *begins_s, ends_s: *ends_s });
        }
    }
    steps
}

/// What is left of the route from where the UGV is now; all of it if it has not told where it is. `None` if it is not on the
/// route: a new plan follows then.
pub(super) fn remaining(network: &Network, route: &Route, speed_mps: f64, fix: Option<&UgvFix>) -> Option<Route> {
    match fix {
        Some(fix) => route.rest_from(network, fix.place, speed_mps),
        None => Some(route.clone()),
    }
}

/// The positions of legs that follow each other; where one ends and the next begins is one position.
pub(super) fn line(network: &Network, legs: &[Leg]) -> Vec<LonLat> {
    let mut line: Vec<LonLat> = Vec::new();
    for leg in legs {
        for at in network.line_of(*leg) {
            if line.last() != Some(&at) {
                line.push(at);
            }
        }
    }
    line
}
