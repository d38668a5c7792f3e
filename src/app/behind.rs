//! For how long plans have been behind their logs, for the metrics: as the sweep sees it, whoever should have planned.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::ids::MissionId;
use crate::store::MissionBehind;

/// Since when each mission that is behind has had the same plan.
#[derive(Debug, Default)]
pub(super) struct Behind(Mutex<BTreeMap<MissionId, (u64, Instant)>>);

impl Behind {
    /// Takes in what a sweep saw, and puts it into the gauges.
    pub(super) fn look(&self, seen: &[MissionBehind]) {
        let longest = self.longest(seen, Instant::now());
        metrics::gauge!("outrider_plan_behind_seconds").set(longest.as_secs_f64());
        metrics::gauge!("outrider_missions_behind").set(seen.len() as f64);
        let unheld = seen.iter().filter(|mission| !mission.is_held).count();
        metrics::gauge!("outrider_missions_behind_unheld").set(unheld as f64);
    }

    /// For how long the mission that has been behind for longest has had no new plan. One that is planned again and again and is
    /// behind each time is busy, not behind.
    fn longest(&self, seen: &[MissionBehind], now: Instant) -> Duration {
        let mut since = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let before = std::mem::take(&mut *since);
        for mission in seen {
            let same = before.get(&mission.id).filter(|(planned_seq, _)| *planned_seq == mission.planned_seq);
            since.insert(mission.id, same.copied().unwrap_or((mission.planned_seq, now)));
        }
        since.values().map(|(_, at)| now.duration_since(*at)).max().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mission(id: u128, planned_seq: u64) -> MissionBehind {
        MissionBehind { id: MissionId(uuid::Uuid::from_u128(id)), planned_seq, is_held: true }
    }

    #[test]
    fn a_mission_is_behind_from_the_first_sweep_that_sees_it_until_a_newer_plan() {
        let (behind, start) = (Behind::default(), Instant::now());
        let at = |s: u64| start + Duration::from_secs(s);
        assert_eq!(behind.longest(&[mission(1, 5)], at(0)), Duration::ZERO);
        assert_eq!(behind.longest(&[mission(1, 5), mission(2, 0)], at(3)), Duration::from_secs(3));
        // The first has a newer plan and is behind again; the second is not planned at all.
        assert_eq!(behind.longest(&[mission(1, 9), mission(2, 0)], at(4)), Duration::from_secs(1));
        assert_eq!(behind.longest(&[mission(1, 9)], at(9)), Duration::from_secs(5));
        assert_eq!(behind.longest(&[], at(10)), Duration::ZERO);
        assert_eq!(behind.longest(&[mission(1, 9)], at(11)), Duration::ZERO);
    }
}
