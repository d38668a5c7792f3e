//! Whether a plan that has just been made still counts.

use crate::domain::knowledge::Knowledge;
use crate::domain::mission::{Mission, MissionStatus};
use crate::domain::network::Leg;
use crate::domain::plan::Plan;

/// What becomes of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// It is the mission's next event.
    Stored,
    /// The mission has changed since the plan's basis, and the plan is not safe or leads elsewhere: it must be planned again.
    Overtaken,
    /// Nobody waits for it any more.
    NotNeeded,
}

/// Whether the plan counts for the mission as it is now. One that newer knowledge has overtaken counts too if it is still
/// safe: the next one is due all the same, but a flood of reports does not keep plans from vehicles.
pub fn admit(mission: &Mission, plan: &Plan) -> Admission {
    let planned_elsewhere = mission.planned_seq() >= plan.basis.seq;
    if mission.status != MissionStatus::Active || planned_elsewhere {
        return Admission::NotNeeded;
    }
    if mission.planning_seq > plan.basis.seq && !is_still_safe(mission, plan) {
        return Admission::Overtaken;
    }
    Admission::Stored
}

/// Whether a plan made for older knowledge may go out: it leads by the mission's waypoints to come to its goals, from where the UGV still is as far as
/// is known, and crosses nothing that is known by now.
fn is_still_safe(mission: &Mission, plan: &Plan) -> bool {
    let legs = plan.decision.outcome.route().map(|route| route.legs.as_slice());
    mission.leads_as(&plan.basis)
        && plan.basis.strategy == mission.settings.strategy
        && mission.open_deviation.is_none_or(|seq| seq <= plan.basis.seq)
        && legs.is_some_and(|legs| !crosses_blockage(&mission.knowledge, legs))
}

/// Whether the legs pass a blockage, or go along a blocked segment whose blockage is not located.
pub fn crosses_blockage(knowledge: &Knowledge, legs: &[Leg]) -> bool {
    legs.iter().any(|leg| {
        knowledge.is_blocked(leg.segment)
            && knowledge.blockage_offset_m(leg.segment).is_none_or(|offset_m| leg.covers(offset_m))
    })
}
