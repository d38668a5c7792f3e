//! The latest reports of a mission, so that one that is sent again is recognised.

use rpds::{QueueSync, RedBlackTreeMapSync};

use super::ids::ReportId;
use super::mission::ReportRecord;

/// How many reports a mission remembers. Older ones are in the log, and the database knows their ids: a mission of days must
/// not take more and more memory. A vehicle that was out of touch sends fewer than these before it hears that all is well.
#[cfg(not(test))]
const REMEMBERED: usize = 4_096;
/// Few, so that small worlds come to forgetting.
#[cfg(test)]
const REMEMBERED: usize = 6;

/// The latest reports by id. Copies share what they have in common.
#[derive(Clone, Debug, PartialEq)]
pub struct RecentReports {
    by_id: RedBlackTreeMapSync<ReportId, ReportRecord>,
    /// Oldest first.
    order: QueueSync<ReportId>,
}

impl RecentReports {
    /// None yet.
    pub(super) fn none() -> Self {
        Self { by_id: RedBlackTreeMapSync::new_sync(), order: QueueSync::new_sync() }
    }

    /// Where the report stands in the log, if it is one of the latest.
    pub fn get(&self, id: ReportId) -> Option<ReportRecord> {
        self.by_id.get(&id).copied()
    }

    /// Remembers a report, and forgets the oldest where they are too many.
    pub(super) fn remember(&mut self, id: ReportId, record: ReportRecord) {
        self.by_id.insert_mut(id, record);
        self.order.enqueue_mut(id);
        while self.order.len() > REMEMBERED {
            if let Some(oldest) = self.order.peek() {
                self.by_id.remove_mut(oldest);
            }
            self.order.dequeue_mut();
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::domain::ids::SegmentId;
    use crate::domain::mission::Recorded;

    #[test]
    fn the_latest_are_remembered_and_copies_do_not_disturb_each_other() {
        let id = |n: usize| ReportId(Uuid::from_u128(n as u128));
        let record =
            |n: usize| ReportRecord { recorded: Recorded { seq: n as u64, revision: 0 }, segment: SegmentId(0) };
        let mut reports = RecentReports::none();
        for n in 0..REMEMBERED {
            reports.remember(id(n), record(n));
        }
        let before = reports.clone();
        reports.remember(id(REMEMBERED), record(REMEMBERED));
        assert_eq!(reports.get(id(0)), None);
        assert_eq!(reports.get(id(1)), Some(record(1)));
        assert_eq!(reports.get(id(REMEMBERED)), Some(record(REMEMBERED)));
        assert_eq!((before.get(id(0)), before.get(id(REMEMBERED))), (Some(record(0)), None));
    }
}
