//! The vehicles of one mission together: they share their findings and take up every new plan at once.

use std::collections::BTreeMap;

use super::client::{PositionBody, ReportBody};
use super::events::Snapshot;
use super::streets::Streets;
use super::uav::Uav;
use super::ugv::{Sight, Ugv};
use super::world::World;
use crate::app::clock;
use crate::domain::ids::{ReportId, SegmentId, VehicleId};
use crate::domain::network::{Leg, Place};
use crate::domain::plan::{Outcome, Plan};
use crate::domain::report::Finding;

/// What the fleet knows of a segment that a vehicle has inspected itself.
#[derive(Clone, Copy, Debug)]
struct Known {
    finding: Finding,
    /// The report's number in the mission's log; `None` until the service has answered.
    seq: Option<u64>,
}

/// The vehicles.
pub(super) struct Fleet {
    ugv: Ugv,
    ugv_speed_mps: f64,
    uavs: Vec<Uav>,
    known: BTreeMap<SegmentId, Known>,
    /// How far into the log the current plan looks.
    plan_basis_seq: u64,
    plan_seq: u64,
}

impl Fleet {
    /// The vehicles as the mission's snapshot has them: where they last said they were, or at the start.
    pub(super) fn of(snapshot: &Snapshot, streets: &Streets) -> Self {
        let mission = &snapshot.mission;
        let latest = |id: &VehicleId| snapshot.positions.iter().find(|position| position.vehicle == *id);
        let place = latest(&VehicleId::ugv())
            .and_then(|position| Some(Place { segment: position.segment?, offset_m: position.offset_m? }))
            .unwrap_or(mission.start.place());
        let uavs = mission.uavs.iter().map(|uav| {
            let position = latest(&uav.id);
            let at = position.map_or(uav.start, |position| position.position);
            Uav::at(uav.id.clone(), uav.speed_mps, streets.project(at), position.and_then(|p| p.inspecting))
        });
        Self {
            ugv: Ugv::at(place, streets),
            ugv_speed_mps: mission.ugv_speed_mps,
            uavs: uavs.collect(),
            known: BTreeMap::new(),
            plan_basis_seq: 0,
            plan_seq: 0,
        }
    }

    /// Takes up a plan, unless it is not newer than the one that is followed.
    pub(super) fn take(&mut self, seq: u64, plan: &Plan, streets: &Streets) {
        if seq <= self.plan_seq {
            return;
        }
        self.plan_seq = seq;
        self.plan_basis_seq = plan.basis.seq;
        match &plan.decision.outcome {
            Outcome::Route { route } => self.ugv.follow(&route.legs, streets),
            Outcome::AlreadyThere | Outcome::NoWay { .. } | Outcome::BudgetSpent { .. } => self.ugv.halt(),
        }
        for uav in &mut self.uavs {
            let tasking = plan.decision.tasking.iter().find(|tasking| tasking.uav == *uav.id());
            let inspections = tasking.map_or(&[][..], |tasking| &tasking.inspections);
            // What was inspected while the plan was made is not inspected again.
            let legs = inspections
                .iter()
                .map(|inspection| inspection.leg)
                .filter(|leg| !self.known.get(&leg.segment).is_some_and(|known| is_new_to(known, plan.basis.seq)));
            uav.follow(legs.collect::<Vec<Leg>>(), streets);
        }
    }

    /// Moves every vehicle for so many seconds of the mission, and gives the reports of what they found.
    pub(super) fn advance(&mut self, seconds: f64, now_s: f64, world: &World, streets: &Streets) -> Vec<ReportBody> {
        let blockage_m = |segment| world.blockage_m(segment, now_s);
        let mut found: Vec<(VehicleId, Sight)> = Vec::new();
        for uav in &mut self.uavs {
            let sights = uav.advance(uav.speed_mps() * seconds, streets, blockage_m);
            found.extend(sights.into_iter().map(|sight| (uav.id().clone(), sight)));
        }
        let sights = self.ugv.advance(self.ugv_speed_mps * seconds, streets, blockage_m);
        found.extend(sights.into_iter().map(|sight| (VehicleId::ugv(), sight)));
        found.into_iter().filter_map(|(vehicle, sight)| self.report(vehicle, sight)).collect()
    }

    /// The report of what a vehicle sees, if it is news to the plan that is followed.
    fn report(&mut self, vehicle: VehicleId, sight: Sight) -> Option<ReportBody> {
        let (segment, finding, blockage_m) = match sight {
            Sight::Clear(segment) => (segment, Finding::Clear, None),
            Sight::Blocked { segment, offset_m } => (segment, Finding::Blocked, Some(offset_m)),
        };
        if let Some(known) = self.known.get(&segment) {
            // What was blocked after a vehicle had passed the point is not clear.
            let contradicted = finding == Finding::Clear && known.finding == Finding::Blocked;
            if contradicted || (known.finding == finding && is_new_to(known, self.plan_basis_seq)) {
                return None;
            }
        }
        self.known.insert(segment, Known { finding, seq: None });
        let (id, observed_at) = (ReportId(clock::new_uuid()), clock::now());
        Some(ReportBody::new(id, segment, finding, blockage_m, observed_at, vehicle))
    }

    /// The service has taken a report in.
    pub(super) fn acknowledged(&mut self, segment: SegmentId, seq: u64) {
        if let Some(known) = self.known.get_mut(&segment) {
            known.seq = Some(seq);
        }
    }

    /// Where everybody is.
    pub(super) fn positions(&self, streets: &Streets) -> Vec<PositionBody> {
        let now = clock::now();
        let ugv = std::iter::once(PositionBody::ugv(now, self.ugv.place()));
        let uavs = self
            .uavs
            .iter()
            .map(|uav| PositionBody::uav(uav.id().clone(), now, streets.unproject(uav.point()), uav.inspecting()));
        ugv.chain(uavs).collect()
    }

    /// Whether the UGV has nowhere to go.
    pub(super) fn is_at_rest(&self) -> bool {
        self.ugv.is_idle()
    }
}

/// Whether a plan that looks so far into the log does not know of the finding.
fn is_new_to(known: &Known, basis_seq: u64) -> bool {
    known.seq.is_none_or(|seq| seq > basis_seq)
}
