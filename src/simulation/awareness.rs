//! What the planner knows of the world: the findings that have reached it.

use uuid::Uuid;

use super::beliefs::{Beliefs, Trust};
use super::trace::Vehicle;
use super::trial::Trial;
use crate::domain::closure::Closure;
use crate::domain::ids::{ClosureId, ReportId, SegmentId, VehicleId};
use crate::domain::knowledge::Knowledge;
use crate::domain::report::{Finding, Report};
use crate::domain::timestamp::Timestamp;

/// What a vehicle has to tell of a segment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sight {
    /// It went along all of it.
    Clear,
    /// It came to a blockage at so many metres.
    Blocked(f64),
    /// It stood at a blockage, and that went.
    Gone,
}

/// A sight on its way to the planner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Message {
    pub(super) seen_at_s: f64,
    pub(super) vehicle: Vehicle,
    pub(super) segment: SegmentId,
    pub(super) sight: Sight,
}

#[derive(Clone, Debug)]
pub(super) struct Awareness {
    /// What strategies see where sensors do not err.
    knowledge: Knowledge,
    /// What it follows from where they do.
    beliefs: Option<Beliefs>,
    ids: Vec<VehicleId>,
    messages: u128,
}

/// Moments closer than this are one in a report.
const TICK_S: f64 = 1e-6;

impl Awareness {
    pub(super) fn new(trial: &Trial) -> Self {
        Self {
            knowledge: Knowledge::unknown(trial.network.segments().len()),
            beliefs: Beliefs::new(&trial.network, &trial.conditions),
            ids: (1..=trial.uav_count).map(|number| VehicleId(format!("uav-{number}"))).collect(),
            messages: 0,
        }
    }

    /// The UAVs' ids.
    pub(super) fn ids(&self) -> &[VehicleId] {
        &self.ids
    }

    /// What strategies see: the knowledge, and the probabilities of what is unknown if they are not the prior.
    pub(super) fn seen_with<T>(&self, trust: Trust, look: impl FnOnce(&Knowledge, Option<&[f64]>) -> T) -> T {
        match &self.beliefs {
            None => look(&self.knowledge, None),
            Some(beliefs) => look(&beliefs.knowledge(trust), Some(beliefs.probabilities())),
        }
    }

    /// Whether anything is only believed to be blocked.
    pub(super) fn has_doubts(&self) -> bool {
        self.beliefs.as_ref().is_some_and(Beliefs::has_doubts)
    }

    /// Takes in what a vehicle has to tell. Returns whether it changes anything.
    pub(super) fn take_in(&mut self, message: &Message) -> bool {
        self.messages += 1;
        let Message { seen_at_s, vehicle, segment, sight } = *message;
        let reported_by = match vehicle {
            Vehicle::Ugv => VehicleId::ugv(),
            Vehicle::Uav(number) => self.ids[number].clone(),
        };
        let (finding, blockage_offset_m) = match sight {
            Sight::Clear => (Finding::Clear, None),
            Sight::Blocked(at_m) => (Finding::Blocked, Some(at_m)),
            Sight::Gone => return self.void(segment, seen_at_s, reported_by),
        };
        if let Some(beliefs) = &mut self.beliefs {
            return match vehicle {
                Vehicle::Ugv => beliefs.met(segment, finding, blockage_offset_m),
                Vehicle::Uav(_) => beliefs.seen(segment, finding, blockage_offset_m),
            };
        }
        self.knowledge.apply_report(&Report {
            id: ReportId(Uuid::from_u128(self.messages)),
            segment,
            finding,
            blockage_offset_m,
            observed_at: Timestamp::EPOCH.plus_seconds(seen_at_s),
            reported_by,
            confidence: 1.0,
        })
    }

    fn void(&mut self, segment: SegmentId, at_s: f64, reported_by: VehicleId) -> bool {
        if let Some(beliefs) = &mut self.beliefs {
            return beliefs.void(segment);
        }
        self.knowledge.apply_closure(&Closure::Reopen {
            id: ClosureId(Uuid::from_u128(self.messages)),
            segments: vec![segment],
            reason: "the blockage was seen to go".to_owned(),
            reopened_by: reported_by.0,
            // What is found in the same moment counts again: a vehicle must not meet for ever what nobody believes.
            at: Timestamp::EPOCH.plus_seconds(at_s - TICK_S),
        })
    }
}
