//! After the load: the log is read from beginning to end and compared with what was acknowledged.

use serde::Serialize;
use uuid::Uuid;

use super::ledger::Ledger;
use super::mission::Mission;
use super::service::{Service, ServiceError};

/// What the logs of all missions have.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LogCheck {
    /// How many events were read.
    pub events: u64,
    /// How many reports are in the logs.
    pub reports: u64,
    /// Reports that were acknowledged but are in no log: lost.
    pub lost: u64,
    /// Reports that are in the log more than once.
    pub doubled: u64,
    /// Reports whose number in the log is not the one that was acknowledged.
    pub renumbered: u64,
    /// Reports in the log that nobody sent.
    pub unknown: u64,
    /// Places where the log's numbers are not one after the other.
    pub gaps: u64,
    /// Reports in the log whose acknowledgement did not reach the sender: an answer that was lost, which is no fault.
    pub unacknowledged: u64,
}

impl LogCheck {
    /// How many promises the logs break.
    pub fn violations(&self) -> u64 {
        self.lost + self.doubled + self.renumbered + self.unknown + self.gaps
    }
}

/// One mission's log as it is read.
struct Reading<'a> {
    ledger: &'a Ledger,
    found: Vec<bool>,
    expected: Vec<Option<u64>>,
    last: u64,
}

impl<'a> Reading<'a> {
    fn of(ledger: &'a Ledger) -> Self {
        let expected = ledger.acknowledged();
        Self { ledger, found: vec![false; expected.len()], expected, last: 0 }
    }

    fn event(&mut self, seq: u64, report: Option<Uuid>, check: &mut LogCheck) {
        check.events += 1;
        check.gaps += u64::from(seq != self.last + 1);
        self.last = seq;
        let Some(id) = report else { return };
        check.reports += 1;
        let number = self.ledger.number_of(id);
        let (Some(found), Some(expected)) =
            (number.and_then(|i| self.found.get_mut(i)), number.and_then(|i| self.expected.get(i)))
        else {
            check.unknown += 1;
            return;
        };
        if std::mem::replace(found, true) {
            check.doubled += 1;
            return;
        }
        match expected {
            None => check.unacknowledged += 1,
            Some(acknowledged) => check.renumbered += u64::from(*acknowledged != seq),
        }
    }

    fn end(self, check: &mut LogCheck) {
        let lost = self.found.iter().zip(&self.expected).filter(|(found, expected)| !**found && expected.is_some());
        check.lost += lost.count() as u64;
    }
}

/// Reads one mission's log and adds what it has to `check`.
pub(super) async fn verify_log(service: &Service, mission: &Mission, check: &mut LogCheck) -> Result<(), ServiceError> {
    let mut reading = Reading::of(&mission.ledger);
    loop {
        let page = service.log(mission.id, reading.last).await?;
        if page.is_empty() {
            break;
        }
        for event in page {
            reading.event(event.seq, event.report(), check);
        }
    }
    reading.end(check);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    /// Three reports, of which the first two were acknowledged as events 2 and 4; then what the log says.
    fn check(log: impl Fn(&[Uuid]) -> Vec<(u64, Option<Uuid>)>) -> LogCheck {
        let ledger = Ledger::new(0, 1);
        let ids: Vec<Uuid> = (0..3).map(|_| ledger.send(Instant::now(), true)).collect();
        assert!(ledger.acknowledge(ids[0], 2) && ledger.acknowledge(ids[1], 4));
        let (mut reading, mut check) = (Reading::of(&ledger), LogCheck::default());
        log(&ids).into_iter().for_each(|(seq, report)| reading.event(seq, report, &mut check));
        reading.end(&mut check);
        check
    }

    #[test]
    fn a_log_with_every_acknowledged_report_once_is_in_order() {
        let honest = check(|ids| vec![(1, None), (2, Some(ids[0])), (3, None), (4, Some(ids[1])), (5, Some(ids[2]))]);
        assert_eq!((honest.violations(), honest.reports, honest.unacknowledged), (0, 3, 1));
        let refused = check(|ids| vec![(1, None), (2, Some(ids[0])), (3, None), (4, Some(ids[1]))]);
        assert_eq!((refused.violations(), refused.unacknowledged), (0, 0));
    }

    #[test]
    fn a_log_that_lost_doubled_moved_or_invented_a_report_is_noticed() {
        let lost = check(|ids| vec![(1, None), (2, Some(ids[0])), (3, None), (4, None)]);
        assert_eq!((lost.lost, lost.violations()), (1, 1));
        let doubled = check(|ids| vec![(1, None), (2, Some(ids[0])), (3, Some(ids[0])), (4, Some(ids[1]))]);
        assert_eq!((doubled.doubled, doubled.violations()), (1, 1));
        let moved = check(|ids| vec![(1, None), (2, Some(ids[0])), (3, Some(ids[1]))]);
        assert_eq!((moved.renumbered, moved.violations()), (1, 1));
        let gap = check(|ids| vec![(1, None), (2, Some(ids[0])), (4, Some(ids[1]))]);
        assert_eq!((gap.gaps, gap.violations()), (1, 1));
        let invented = check(|ids| vec![(1, None), (2, Some(ids[0])), (3, Some(Uuid::nil())), (4, Some(ids[1]))]);
        assert_eq!((invented.unknown, invented.violations()), (1, 1));
    }
}
