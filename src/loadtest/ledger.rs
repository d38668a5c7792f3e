//! What was sent to a mission and what became of it: which reports were acknowledged, and when a plan that takes them into account
//! was on the stream.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use uuid::Uuid;

/// The bits of a report's id that hold its number within the mission.
const NUMBER_BITS: u32 = 40;
/// The bits of a report's id that hold the mission's number.
const MISSION_BITS: u32 = 22;

/// One report that was sent.
#[derive(Clone, Copy, Debug)]
struct Sent {
    /// When it was due: latencies count from there.
    due: Instant,
    /// Its number in the log, once the service has said it.
    acknowledged: Option<u64>,
    measured: bool,
}

/// All reports of one mission, by number.
#[derive(Debug)]
pub(super) struct Ledger {
    mission: u64,
    seed: u64,
    sent: Mutex<Vec<Sent>>,
}

impl Ledger {
    pub(super) fn new(mission: usize, seed: u64) -> Self {
        Self { mission: mission as u64, seed, sent: Mutex::default() }
    }

    /// Notes a report that is about to be sent, and gives it an id. `measured` says whether its latencies count.
    pub(super) fn send(&self, due: Instant, measured: bool) -> Uuid {
        let mut sent = self.lock();
        sent.push(Sent { due, acknowledged: None, measured });
        self.id_of(sent.len() as u64 - 1)
    }

    /// The id of the report of a number: a UUID of version 8 (ours to fill), the same for the same seed.
    fn id_of(&self, number: u64) -> Uuid {
        let high = u128::from(self.seed & 0xffff_ffff_ffff) << 80 | 0x8 << 76;
        let low = (self.mission & ((1 << MISSION_BITS) - 1)) << NUMBER_BITS | number;
        Uuid::from_u128(high | 1 << 63 | u128::from(low))
    }

    /// The number of a report of this mission; none if the id is not one that was sent.
    pub(super) fn number_of(&self, id: Uuid) -> Option<usize> {
        let number = id.as_u128() as u64 & ((1 << NUMBER_BITS) - 1);
        let known = (number as usize) < self.lock().len() && self.id_of(number) == id;
        known.then_some(number as usize)
    }

    /// Notes that the service has acknowledged a report.
    pub(super) fn acknowledge(&self, id: Uuid, seq: u64) -> bool {
        let Some(number) = self.number_of(id) else { return false };
        match self.lock().get_mut(number) {
            Some(sent) => {
                sent.acknowledged = Some(seq);
                true
            }
            None => false,
        }
    }

    /// When a report was due; none if it is not ours or is not to be measured.
    pub(super) fn measured_from(&self, id: Uuid) -> Option<Instant> {
        let number = self.number_of(id)?;
        self.lock().get(number).filter(|sent| sent.measured).map(|sent| sent.due)
    }

    /// What the log must have: for each report the number that was acknowledged, if any was.
    pub(super) fn acknowledged(&self) -> Vec<Option<u64>> {
        self.lock().iter().map(|sent| sent.acknowledged).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Sent>> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The reports that no plan on the stream has taken into account yet, as one subscriber sees it.
#[derive(Debug, Default)]
pub(super) struct Unplanned {
    revision: Option<u64>,
    /// Ascending by number in the log.
    waiting: VecDeque<(u64, Option<Instant>)>,
}

/// What a report event says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It changed what is known: a plan follows.
    Changed,
    /// It did not: a newer observation was there already, or it says nothing new.
    Nothing,
}

impl Unplanned {
    /// A snapshot of that revision: what came before cannot be measured any more. Returns how many were waiting.
    pub(super) fn restart(&mut self, revision: u64) -> usize {
        self.revision = Some(revision);
        std::mem::take(&mut self.waiting).len()
    }

    /// A report came on the stream, due at `due` if its latency is measured.
    pub(super) fn report(&mut self, seq: u64, revision: u64, due: Option<Instant>) -> Effect {
        let changed = self.revision.is_some_and(|before| revision > before);
        self.revision = Some(revision);
        if changed {
            self.waiting.push_back((seq, due));
            Effect::Changed
        } else {
            Effect::Nothing
        }
    }

    /// A plan came that takes the log up to `basis` into account. Gives out when each report was due that waited for it.
    pub(super) fn plan(&mut self, basis: u64, mut on_planned: impl FnMut(Instant)) {
        while let Some((seq, due)) = self.waiting.front().copied()
            && seq <= basis
        {
            self.waiting.pop_front();
            if let Some(due) = due {
                on_planned(due);
            }
        }
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn ids_are_uuids_that_lead_back_to_their_report() {
        let (one, other) = (Ledger::new(3, u64::MAX), Ledger::new(4, u64::MAX));
        let now = Instant::now();
        let ids: Vec<Uuid> = (0..5).map(|i| one.send(now, i > 0)).collect();
        for (i, id) in ids.iter().enumerate() {
            assert_eq!((id.get_version_num(), id.get_variant()), (8, uuid::Variant::RFC4122));
            assert_eq!((one.number_of(*id), other.number_of(*id)), (Some(i), None));
        }
        assert_eq!(one.id_of(5), Ledger::new(3, u64::MAX).id_of(5), "the same seed, the same ids");
        assert_eq!(one.number_of(one.id_of(5)), None, "it was not sent");
        assert_eq!((one.measured_from(ids[0]), one.measured_from(ids[1])), (None, Some(now)));
    }

    #[test]
    fn what_was_acknowledged_is_kept_with_its_number_in_the_log() {
        let ledger = Ledger::new(0, 1);
        let ids: Vec<Uuid> = (0..3).map(|_| ledger.send(Instant::now(), true)).collect();
        assert!(ledger.acknowledge(ids[2], 17) && ledger.acknowledge(ids[0], 19));
        assert!(!ledger.acknowledge(Uuid::nil(), 20));
        assert_eq!(ledger.acknowledged(), [Some(19), None, Some(17)]);
    }

    #[test]
    fn a_report_waits_for_the_first_plan_that_covers_it_if_it_changed_anything() {
        let (begin, mut unplanned) = (Instant::now(), Unplanned::default());
        let ms = |ms: u64| begin + Duration::from_millis(ms);
        assert_eq!(unplanned.restart(5), 0);
        assert_eq!(unplanned.report(11, 6, Some(ms(0))), Effect::Changed);
        assert_eq!(unplanned.report(12, 6, Some(ms(1))), Effect::Nothing);
        assert_eq!(unplanned.report(13, 7, None), Effect::Changed);
        assert_eq!(unplanned.report(14, 8, Some(ms(2))), Effect::Changed);
        let mut planned = Vec::new();
        unplanned.plan(10, |due| planned.push(due));
        assert_eq!((planned.as_slice(), unplanned.waiting()), ([].as_slice(), 3));
        unplanned.plan(13, |due| planned.push(due));
        assert_eq!((planned.as_slice(), unplanned.waiting()), ([ms(0)].as_slice(), 1));
        unplanned.plan(20, |due| planned.push(due));
        assert_eq!((planned.as_slice(), unplanned.waiting()), ([ms(0), ms(2)].as_slice(), 0));
        unplanned.report(21, 9, Some(ms(10)));
        assert_eq!(unplanned.restart(12), 1, "what a snapshot passed over is not measured");
    }
}
