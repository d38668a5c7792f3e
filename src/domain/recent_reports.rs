//! The latest reports of a mission, so that one that is sent again is recognised.

use std::sync::Arc;

use super::ids::ReportId;
use super::mission::ReportRecord;

/// How many reports a mission remembers at the least, and half as many as it remembers at the most. Older ones are in the log, and
/// the database knows their ids: a mission of days must not take more and more memory. A vehicle that was out of touch sends fewer
/// than these before it hears that all is well.
#[cfg(not(test))]
const REMEMBERED: usize = 4_096;
/// Few, so that small worlds come to forgetting.
#[cfg(test)]
const REMEMBERED: usize = 6;

/// How many of the latest stand unsorted: a copy copies them, and every so many the others are merged with them.
#[cfg(not(test))]
const UNSORTED: usize = 64;
#[cfg(test)]
const UNSORTED: usize = 2;

type Entry = (ReportId, ReportRecord);

/// The latest reports by id. Copies share all but the last few.
///
/// A mission is copied with every turn of its log, and what was said last is looked up and added to all the time. A balanced tree
/// whose copies share their nodes takes dozens of allocations for each report; sorted runs, which are written anew now and then as
/// a whole, take less than one.
#[derive(Clone, Debug, PartialEq)]
pub struct RecentReports {
    /// In the order in which they came.
    latest: Vec<Entry>,
    /// By id.
    young: Arc<Vec<Entry>>,
    /// By id: as many as are remembered, all of them older than the young ones.
    old: Arc<Vec<Entry>>,
}

impl RecentReports {
    /// None yet.
    pub(super) fn none() -> Self {
        Self { latest: Vec::new(), young: Arc::default(), old: Arc::default() }
    }

    /// Where the report stands in the log, if it is one of the latest.
    pub fn get(&self, id: ReportId) -> Option<ReportRecord> {
        let sorted = |run: &[Entry]| {
            // Ids of version 7 grow with time: one that is new is beyond all that are held, which is seen at once.
            run.last().filter(|last| last.0 >= id)?;
            run.binary_search_by_key(&id, |entry| entry.0).ok().map(|at| run[at].1)
        };
        let latest = self.latest.iter().rfind(|entry| entry.0 == id).map(|entry| entry.1);
        latest.or_else(|| sorted(&self.young)).or_else(|| sorted(&self.old))
    }

    /// Remembers a report, and forgets the oldest where they are too many.
    pub(super) fn remember(&mut self, id: ReportId, record: ReportRecord) {
        if self.latest.len() == self.latest.capacity() {
            self.latest.reserve_exact(UNSORTED);
        }
        self.latest.push((id, record));
        if self.latest.len() < UNSORTED {
            return;
        }
        // Of two with the same id the later one counts, and stands behind the other.
        self.latest.sort_by_key(|entry| entry.0);
        self.young = Arc::new(merged(&self.young, &self.latest));
        self.latest.clear();
        if self.young.len() >= REMEMBERED {
            self.old = std::mem::take(&mut self.young);
        }
    }
}

/// Both runs in one. Of entries with the same id the last one of `newer` counts.
fn merged(older: &[Entry], newer: &[Entry]) -> Vec<Entry> {
    let mut all: Vec<Entry> = Vec::with_capacity(older.len() + newer.len());
    let mut rest = older;
    for entry in newer {
        let (before, behind) = rest.split_at(rest.partition_point(|held| held.0 < entry.0));
        all.extend_from_slice(before);
        rest = behind;
        if rest.first().is_some_and(|held| held.0 == entry.0) {
            rest = &rest[1..];
        }
        match all.last_mut() {
            Some(last) if last.0 == entry.0 => *last = *entry,
            _ => all.push(*entry),
        }
    }
    all.extend_from_slice(rest);
    all
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::domain::ids::SegmentId;
    use crate::domain::mission::Recorded;

    fn id(n: usize) -> ReportId {
        ReportId(Uuid::from_u128(n as u128))
    }

    fn record(n: usize) -> ReportRecord {
        ReportRecord { recorded: Recorded { seq: n as u64, revision: 0 }, segment: SegmentId(0) }
    }

    #[test]
    fn the_latest_are_remembered_and_copies_do_not_disturb_each_other() {
        let mut reports = RecentReports::none();
        for n in 0..2 * REMEMBERED {
            reports.remember(id(n), record(n));
        }
        let before = reports.clone();
        for n in 2 * REMEMBERED..3 * REMEMBERED {
            reports.remember(id(n), record(n));
        }
        assert_eq!((before.get(id(REMEMBERED)), before.get(id(2 * REMEMBERED))), (Some(record(REMEMBERED)), None));
        assert_eq!((reports.get(id(0)), before.get(id(0))), (None, None), "none is remembered for ever");
    }

    proptest! {
        /// Ids in any order, and some of them again: the last word counts, and nothing of the latest is forgotten.
        #[test]
        fn the_last_word_of_each_of_the_latest_counts(ids in prop::collection::vec(0..40_usize, 0..200)) {
            let mut reports = RecentReports::none();
            let mut last = BTreeMap::new();
            for (n, name) in ids.iter().enumerate() {
                reports.remember(id(*name), record(n));
                last.insert(*name, n);
                let latest = last.iter().filter(|(_, at)| n - **at < REMEMBERED);
                for (name, at) in latest {
                    prop_assert_eq!(reports.get(id(*name)), Some(record(*at)));
                }
                for (name, at) in &last {
                    let held = reports.get(id(*name));
                    prop_assert!(held.is_none() || held == Some(record(*at)), "an old word never takes the place of a new one");
                }
                let held = reports.latest.len() + reports.young.len() + reports.old.len();
                prop_assert!(held <= 2 * REMEMBERED + UNSORTED);
            }
        }
    }
}
