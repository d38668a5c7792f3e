//! How long what calls for a plan waits for it, for the metrics.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use crate::domain::timestamp::Timestamp;
use crate::engine::MissionCopy;

/// How many turns of one mission may wait for a plan and be measured; in a flood, those beyond are not.
const MAX_DUES: usize = 64;

/// The turns of a mission that called for a plan and have none yet, as this replica recorded them: the event's number and its time.
#[derive(Debug, Default)]
pub(super) struct Dues(Mutex<VecDeque<(u64, Timestamp)>>);

impl Dues {
    /// Events were stored; `due` is the last of them that calls for a plan.
    pub(super) fn stored(&self, due: Option<(u64, Timestamp)>, copy: &MissionCopy, now: Timestamp) {
        if let Some(due) = due {
            let mut dues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if dues.len() < MAX_DUES {
                dues.push_back(due);
            }
        }
        self.planned(copy, now);
    }

    /// The copy may have a newer plan: what it takes into account has waited long enough.
    pub(super) fn planned(&self, copy: &MissionCopy, now: Timestamp) {
        let planned_seq = copy.mission().planned_seq();
        let mut dues = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((_, recorded_at)) = dues.pop_front_if(|(seq, _)| *seq <= planned_seq) {
            let waited_s = now.seconds_since(recorded_at).max(0.0);
            metrics::histogram!("outrider_report_to_plan_seconds").record(waited_s);
        }
    }
}
