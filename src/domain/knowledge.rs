//! What is known of each segment, folded from reports and operators' closures.
//!
//! Reports fold in any order to the same knowledge: of two observations the one with the later `observed_at` counts, at
//! the same moment the blocked one, then the one with the larger report id. Closures lie over the reports: a closed
//! segment is blocked whatever is reported, until the closing is lifted.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::closure::{Closing, Closure};
use super::details::Details;
use super::ids::{ClosureId, SegmentId};
use super::report::{Finding, Report};
use super::timestamp::Timestamp;

/// Whether a UGV can pass a segment, as far as is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SegmentState {
    /// Nobody has looked, or what was seen no longer counts.
    #[default]
    Unknown,
    /// A vehicle went along all of it.
    Clear,
    /// It cannot be passed.
    Blocked,
}

/// A closing in force.
#[derive(Clone, Debug, PartialEq)]
pub struct ActiveClosure {
    /// The segments it closed. Some may have been reopened since.
    pub segments: Vec<SegmentId>,
    /// Why.
    pub reason: String,
    /// Who decided it.
    pub closed_by: String,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was recorded; not known of one that no log has.
    pub closed_at: Option<Timestamp>,
}

/// All that is known of one segment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SegmentKnowledge {
    /// The observation that counts, if any was made.
    pub observation: Option<Arc<Report>>,
    /// The closings in force.
    pub closed_by: BTreeSet<ClosureId>,
    /// When an operator last reopened it: blocked findings up to then are void.
    pub reopened_at: Option<Timestamp>,
}

impl SegmentKnowledge {
    /// Whether a UGV can pass.
    pub fn state(&self) -> SegmentState {
        if !self.closed_by.is_empty() {
            return SegmentState::Blocked;
        }
        match &self.observation {
            None => SegmentState::Unknown,
            Some(report) if report.finding == Finding::Clear => SegmentState::Clear,
            Some(report) if self.reopened_at.is_some_and(|at| report.observed_at <= at) => SegmentState::Unknown,
            Some(_) => SegmentState::Blocked,
        }
    }

    /// Where the blockage is, in metres from the first end. A closing closes the whole segment, so it has no point.
    pub fn blockage_offset_m(&self) -> Option<f64> {
        if self.state() != SegmentState::Blocked || !self.closed_by.is_empty() {
            return None;
        }
        self.observation.as_ref().and_then(|report| report.blockage_offset_m)
    }
}

/// The knowledge of a whole network. A copy shares the details with its original until one of them changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Knowledge {
    /// One state a segment: what searches read.
    states: Vec<SegmentState>,
    /// What the states follow from, for the segments that anything was ever said about.
    details: Details,
    closures: BTreeMap<ClosureId, Arc<ActiveClosure>>,
}

impl Knowledge {
    /// Nothing known of any of `segment_count` segments.
    pub fn unknown(segment_count: usize) -> Self {
        Self {
            states: vec![SegmentState::Unknown; segment_count],
            details: Details::of_none(segment_count),
            closures: BTreeMap::new(),
        }
    }

    /// One segment's state.
    pub fn state(&self, segment: SegmentId) -> SegmentState {
        self.states[segment.index()]
    }

    /// All states, by segment.
    pub fn states(&self) -> &[SegmentState] {
        &self.states
    }

    /// Whether the segment is known to be blocked.
    pub fn is_blocked(&self, segment: SegmentId) -> bool {
        self.state(segment) == SegmentState::Blocked
    }

    /// Where a blocked segment's blockage is, when the point is known.
    pub fn blockage_offset_m(&self, segment: SegmentId) -> Option<f64> {
        self.details.get(segment).and_then(SegmentKnowledge::blockage_offset_m)
    }

    /// How many segments knowledge is kept for.
    pub fn segment_count(&self) -> usize {
        self.states.len()
    }

    /// The segments that anything was ever said about, ascending.
    pub fn details(&self) -> impl Iterator<Item = (SegmentId, &SegmentKnowledge)> {
        self.details.iter()
    }

    /// All that is known of one segment; `None` if nothing was ever said about it.
    pub fn detail(&self, segment: SegmentId) -> Option<&SegmentKnowledge> {
        self.details.get(segment)
    }

    /// The closings in force, by id.
    pub fn closures(&self) -> impl ExactSizeIterator<Item = (ClosureId, &ActiveClosure)> {
        self.closures.iter().map(|(id, closure)| (*id, closure.as_ref()))
    }

    /// One closing in force.
    pub fn closure(&self, id: ClosureId) -> Option<&ActiveClosure> {
        self.closures.get(&id).map(Arc::as_ref)
    }

    /// When the next closing expires.
    pub fn next_expiry(&self) -> Option<Timestamp> {
        self.closures.values().filter_map(|closure| closure.expires_at).min()
    }

    /// The closings whose expiry has come, in the order of their expiry.
    pub fn expired_at(&self, now: Timestamp) -> Vec<ClosureId> {
        let mut expired: Vec<(Timestamp, ClosureId)> = self
            .closures
            .iter()
            .filter_map(|(id, closure)| closure.expires_at.filter(|at| *at <= now).map(|at| (at, *id)))
            .collect();
        expired.sort_unstable();
        expired.into_iter().map(|(_, id)| id).collect()
    }

    /// Takes a report in. Returns whether it changed what a planner sees: a state, or the point of a blockage.
    pub fn apply_report(&mut self, report: &Report) -> bool {
        self.take_report(report, || Arc::new(report.clone()))
    }

    /// As [`Knowledge::apply_report`], for a report that a log has: it is shared with it.
    pub fn apply_recorded_report(&mut self, report: &Arc<Report>) -> bool {
        self.take_report(report, || Arc::clone(report))
    }

    fn take_report(&mut self, report: &Report, kept: impl FnOnce() -> Arc<Report>) -> bool {
        let known = self.details.edit(report.segment);
        let rank = |r: &Report| (r.observed_at, r.finding, r.id);
        if known.observation.as_ref().is_some_and(|held| rank(held) >= rank(report)) {
            return false;
        }
        let before = (known.state(), known.blockage_offset_m());
        known.observation = Some(kept());
        self.states[report.segment.index()] = known.state();
        before != (known.state(), known.blockage_offset_m())
    }

    /// Takes an operator's change in. Returns whether it changed what a planner sees.
    pub fn apply_closure(&mut self, closure: &Closure) -> bool {
        self.take_in(closure, None)
    }

    /// As [`Knowledge::apply_closure`], for a change that was recorded at a time, which is kept with what it closes.
    pub fn apply_recorded_closure(&mut self, closure: &Closure, recorded_at: Timestamp) -> bool {
        self.take_in(closure, Some(recorded_at))
    }

    fn take_in(&mut self, closure: &Closure, closed_at: Option<Timestamp>) -> bool {
        match closure {
            Closure::Close { id, segments, reason, closed_by, expires_at } => {
                let (segments, reason, closed_by) = (segments.clone(), reason.clone(), closed_by.clone());
                self.close(*id, ActiveClosure { segments, reason, closed_by, expires_at: *expires_at, closed_at })
            }
            Closure::CloseEach { closings, closed_by, .. } => {
                let mut changed = false;
                for Closing { id, segments, reason, expires_at } in closings {
                    let (segments, reason, closed_by) = (segments.clone(), reason.clone(), closed_by.clone());
                    let closure = ActiveClosure { segments, reason, closed_by, expires_at: *expires_at, closed_at };
                    changed |= self.close(*id, closure);
                }
                changed
            }
            Closure::Reopen { segments, at, .. } => {
                let changed = self.change_each(segments, |known| {
                    known.closed_by.clear();
                    known.reopened_at = known.reopened_at.max(Some(*at));
                });
                self.drop_empty_closures();
                changed
            }
            Closure::Expire { id } => {
                let Some(closure) = self.closures.remove(id) else { return false };
                self.change_each(&closure.segments, |known| {
                    known.closed_by.remove(id);
                })
            }
        }
    }

    fn close(&mut self, id: ClosureId, closure: ActiveClosure) -> bool {
        let closure = Arc::new(closure);
        self.closures.insert(id, Arc::clone(&closure));
        self.change_each(&closure.segments, |known| {
            known.closed_by.insert(id);
        })
    }

    fn change_each(&mut self, segments: &[SegmentId], change: impl Fn(&mut SegmentKnowledge)) -> bool {
        let mut changed = false;
        for segment in segments {
            let known = self.details.edit(*segment);
            let before = (known.state(), known.blockage_offset_m());
            change(known);
            self.states[segment.index()] = known.state();
            changed |= before != (known.state(), known.blockage_offset_m());
        }
        changed
    }

    /// A closing none of whose segments is closed by it any more has nothing left to expire.
    fn drop_empty_closures(&mut self) {
        let details = &self.details;
        self.closures.retain(|id, closure| {
            closure.segments.iter().any(|s| details.get(*s).is_some_and(|known| known.closed_by.contains(id)))
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::domain::ids::{ReportId, VehicleId};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_unix_micros(second * 1_000_000).unwrap()
    }

    fn report(id: u128, segment: u32, finding: Finding, second: i64) -> Report {
        Report {
            id: ReportId(Uuid::from_u128(id)),
            segment: SegmentId(segment),
            finding,
            blockage_offset_m: None,
            observed_at: at(second),
            reported_by: VehicleId("uav-1".into()),
            confidence: 1.0,
        }
    }

    fn close(id: u128, segments: &[u32], expires: Option<i64>) -> Closure {
        Closure::Close {
            id: ClosureId(Uuid::from_u128(id)),
            segments: segments.iter().map(|s| SegmentId(*s)).collect(),
            reason: "flood".into(),
            closed_by: "operator".into(),
            expires_at: expires.map(at),
        }
    }

    fn reopen(segments: &[u32], second: i64) -> Closure {
        Closure::Reopen {
            id: ClosureId(Uuid::from_u128(99)),
            segments: segments.iter().map(|s| SegmentId(*s)).collect(),
            reason: "water gone".into(),
            reopened_by: "operator".into(),
            at: at(second),
        }
    }

    fn state(knowledge: &Knowledge, segment: u32) -> SegmentState {
        knowledge.state(SegmentId(segment))
    }

    #[test]
    fn an_older_observation_never_overrides_a_newer_one() {
        let mut knowledge = Knowledge::unknown(2);
        assert!(knowledge.apply_report(&report(1, 0, Finding::Blocked, 20)));
        assert!(!knowledge.apply_report(&report(2, 0, Finding::Clear, 10)));
        assert_eq!(state(&knowledge, 0), SegmentState::Blocked);
        assert!(knowledge.apply_report(&report(3, 0, Finding::Clear, 30)));
        assert_eq!(state(&knowledge, 0), SegmentState::Clear);
        assert_eq!(state(&knowledge, 1), SegmentState::Unknown);
    }

    #[test]
    fn the_same_state_again_is_no_change_but_a_new_point_is() {
        let mut knowledge = Knowledge::unknown(1);
        assert!(knowledge.apply_report(&report(1, 0, Finding::Blocked, 10)));
        assert!(!knowledge.apply_report(&report(2, 0, Finding::Blocked, 20)));
        let mut with_point = report(3, 0, Finding::Blocked, 30);
        with_point.blockage_offset_m = Some(12.5);
        assert!(knowledge.apply_report(&with_point));
        assert_eq!(knowledge.blockage_offset_m(SegmentId(0)), Some(12.5));
    }

    #[test]
    fn a_closing_lies_over_reports_and_its_expiry_shows_them_again() {
        let mut knowledge = Knowledge::unknown(2);
        knowledge.apply_report(&report(1, 0, Finding::Clear, 10));
        assert!(knowledge.apply_closure(&close(7, &[0, 1], Some(60))));
        assert!(!knowledge.apply_report(&report(2, 0, Finding::Clear, 20)), "closed whatever is reported");
        assert_eq!(knowledge.next_expiry(), Some(at(60)));
        assert!(knowledge.expired_at(at(59)).is_empty());
        let due = knowledge.expired_at(at(60));
        assert!(knowledge.apply_closure(&Closure::Expire { id: due[0] }));
        assert_eq!((state(&knowledge, 0), state(&knowledge, 1)), (SegmentState::Clear, SegmentState::Unknown));
        assert_eq!(knowledge.next_expiry(), None);
    }

    #[test]
    fn the_expiry_of_one_closing_leaves_another_in_force() {
        let mut knowledge = Knowledge::unknown(1);
        knowledge.apply_closure(&close(1, &[0], None));
        assert!(!knowledge.apply_closure(&close(2, &[0], Some(60))));
        assert!(!knowledge.apply_closure(&Closure::Expire { id: ClosureId(Uuid::from_u128(2)) }));
        assert_eq!(state(&knowledge, 0), SegmentState::Blocked);
    }

    #[test]
    fn reopening_voids_older_blocked_findings_only() {
        let mut knowledge = Knowledge::unknown(2);
        knowledge.apply_report(&report(1, 0, Finding::Blocked, 10));
        knowledge.apply_closure(&close(2, &[0, 1], Some(500)));
        assert!(knowledge.apply_closure(&reopen(&[0, 1], 100)));
        assert_eq!(state(&knowledge, 0), SegmentState::Unknown);
        assert_eq!(knowledge.next_expiry(), None, "nothing is left to expire");
        assert!(!knowledge.apply_report(&report(3, 0, Finding::Blocked, 90)), "a late report of before the reopening");
        assert!(knowledge.apply_report(&report(4, 0, Finding::Blocked, 110)));
        assert_eq!(state(&knowledge, 0), SegmentState::Blocked);
    }

    #[test]
    fn closings_decided_together_are_one_change_and_end_each_by_itself() {
        let closing = |id: u128, segments: &[u32], expires: Option<i64>| Closing {
            id: ClosureId(Uuid::from_u128(id)),
            segments: segments.iter().map(|s| SegmentId(*s)).collect(),
            reason: format!("works {id}"),
            expires_at: expires.map(at),
        };
        let mut knowledge = Knowledge::unknown(4);
        let together = Closure::CloseEach {
            id: ClosureId(Uuid::from_u128(50)),
            closings: vec![closing(51, &[0, 1], Some(100)), closing(52, &[1, 2], None)],
            closed_by: "roads".into(),
        };
        assert!(knowledge.apply_recorded_closure(&together, at(7)));
        assert_eq!([0, 1, 2, 3].map(|s| state(&knowledge, s) == SegmentState::Blocked), [true, true, true, false]);
        assert!(knowledge.closures().all(|(_, closure)| closure.closed_at == Some(at(7))));
        let mut apart = Knowledge::unknown(4);
        for Closing { id, segments, reason, expires_at } in
            [closing(51, &[0, 1], Some(100)), closing(52, &[1, 2], None)]
        {
            let closed_by = "roads".to_owned();
            apart.apply_recorded_closure(&Closure::Close { id, segments, reason, closed_by, expires_at }, at(7));
        }
        assert_eq!(knowledge, apart, "they are known as if each had been decided by itself");
        assert!(!knowledge.apply_recorded_closure(&together, at(8)), "the same again changes nothing");
        assert_eq!(knowledge.expired_at(at(100)), [ClosureId(Uuid::from_u128(51))]);
        assert!(knowledge.apply_closure(&Closure::Expire { id: ClosureId(Uuid::from_u128(51)) }));
        assert_eq!([0, 1, 2, 3].map(|s| state(&knowledge, s) == SegmentState::Blocked), [false, true, true, false]);
    }

    proptest! {
        #[test]
        fn reports_fold_to_the_same_knowledge_in_any_order_and_repeated(
            reports in prop::collection::vec((0..8u128, 0..3u32, any::<bool>(), 0..4i64), 1..12),
            seed in any::<u64>(),
        ) {
            let reports: Vec<Report> = reports
                .into_iter()
                .enumerate()
                .map(|(i, (id, segment, blocked, second))| {
                    let finding = if blocked { Finding::Blocked } else { Finding::Clear };
                    report(id + 8 * i as u128, segment, finding, second)
                })
                .collect();
            let mut in_order = Knowledge::unknown(3);
            for report in &reports {
                in_order.apply_report(report);
            }
            let mut shuffled: Vec<&Report> = reports.iter().chain(&reports).collect();
            let mut state = seed;
            for i in (1..shuffled.len()).rev() {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                shuffled.swap(i, (state >> 33) as usize % (i + 1));
            }
            let mut otherwise = Knowledge::unknown(3);
            for report in shuffled {
                otherwise.apply_report(report);
            }
            prop_assert_eq!(in_order, otherwise);
        }
    }
}
