//! What replicas tell each other: which missions have news. Ids and numbers only; whoever is told reads for himself.
//!
//! Sent after the commit and on a connection of its own, never within what stores reports: a notice holds a lock of the
//! whole cluster until its transaction is over. News go out at once, and together when there are many.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use uuid::Uuid;

use super::access::ACCESS_NOTICE;
use super::position_writer::apply_positions;
use super::{App, AppError};
use crate::domain::ids::{MissionId, ReplicaId, VehicleId};
use crate::domain::vehicle::Fix;
use crate::engine::Pace;
use crate::store::{MAX_NOTICE_BYTES, StoredPosition};

/// How many notices are sent a second when there are always news: what comes in between goes together.
pub(super) const NOTICES_PER_S: u32 = 300;
/// How long to wait before listening is tried again.
pub(super) const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// News of one mission.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct News {
    /// The log reaches at least this far.
    pub(super) head: u64,
    /// A vehicle has told a new position.
    pub(super) moved: bool,
}

/// News to be told to other replicas.
#[derive(Default)]
pub(super) struct Hints {
    news: Mutex<BTreeMap<MissionId, News>>,
    pub(super) called: Notify,
    /// How many others are alive: with none there is nobody to tell.
    others: AtomicU64,
}

impl Hints {
    /// A mission's log has grown.
    pub(super) fn log_grew(&self, id: MissionId, head: u64) {
        self.add(id, News { head, moved: false });
    }

    /// Vehicles of a mission have told where they are.
    pub(super) fn vehicles_moved(&self, id: MissionId, head: u64) {
        self.add(id, News { head, moved: true });
    }

    /// Returns how many they were before.
    pub(super) fn set_others(&self, others: u64) -> u64 {
        self.others.swap(others, Ordering::Relaxed)
    }

    pub(super) fn others(&self) -> u64 {
        self.others.load(Ordering::Relaxed)
    }

    fn add(&self, id: MissionId, news: News) {
        if self.others() == 0 {
            return;
        }
        let mut all = self.news.lock().unwrap_or_else(PoisonError::into_inner);
        let first = all.is_empty();
        let held = all.entry(id).or_default();
        held.head = held.head.max(news.head);
        held.moved |= news.moved;
        if first {
            self.called.notify_one();
        }
    }

    pub(super) fn take(&self) -> BTreeMap<MissionId, News> {
        std::mem::take(&mut *self.news.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl App {
    /// Tells other replicas the news until the service stops.
    pub(super) async fn send_hints(&self) {
        let (begun, mut pace) = (Instant::now(), Pace::default());
        loop {
            tokio::select! {
                () = self.hints.called.notified() => {}
                () = self.closing.cancelled() => return,
            }
            let notices = written(self.replica(), &self.hints.take());
            if notices.is_empty() {
                continue;
            }
            if let Err(error) = self.store.notify(&notices).await {
                // The others look for themselves every second.
                tracing::debug!(error = crate::chain::of(&error), "other replicas could not be told the news");
            }
            tokio::time::sleep(pace.rest(begun.elapsed(), NOTICES_PER_S)).await;
        }
    }

    /// Takes in what other replicas tell, until the service stops.
    pub(super) async fn hear_hints(self: &Arc<Self>) {
        while !self.stopping.is_cancelled() {
            tokio::select! {
                lost = self.listen() => {
                    if let Err(error) = lost {
                        tracing::debug!(error = crate::chain::of(&error), "listening was interrupted; it is taken up again");
                    }
                }
                () = self.stopping.cancelled() => return,
            }
            tokio::select! {
                () = tokio::time::sleep(RETRY_PAUSE) => {}
                () = self.stopping.cancelled() => return,
            }
        }
    }

    async fn listen(self: &Arc<Self>) -> Result<(), AppError> {
        let mut notices = self.store.listen().await?;
        // What was told while nobody listened.
        self.access.hear();
        self.look_for_longer_logs().await?;
        loop {
            let notice = notices.next().await?;
            if notice == ACCESS_NOTICE {
                self.access.hear();
                continue;
            }
            match read(&notice) {
                Some((from, _)) if from == self.replica() => {}
                Some((_, news)) => self.take_hints(news).await?,
                None => tracing::warn!(notice, "a notice that no replica of this version writes"),
            }
        }
    }

    async fn take_hints(self: &Arc<Self>, news: Vec<(MissionId, News)>) -> Result<(), AppError> {
        // Positions first: the plan that an event calls for is made from where the vehicles are.
        let moved: Vec<MissionId> =
            news.iter().filter(|(id, news)| news.moved && self.cells.find(*id).is_some()).map(|(id, _)| *id).collect();
        self.read_positions(moved).await?;
        for (id, news) in news {
            let Some(cell) = self.cells.find(id) else {
                continue;
            };
            self.journal.hear_of(&cell, news.head);
        }
        Ok(())
    }

    /// Reads the positions of missions in memory, and tells those that are new.
    async fn read_positions(&self, ids: Vec<MissionId>) -> Result<(), AppError> {
        if ids.is_empty() {
            return Ok(());
        }
        // Before the look: a write that fails meanwhile is looked for the next time.
        let doubts = |doubted: bool| {
            for cell in ids.iter().filter_map(|id| self.cells.find(*id)) {
                cell.lock().positions_in_doubt = doubted;
            }
        };
        doubts(false);
        let read = self.store.positions_of(&ids).await.inspect_err(|_| doubts(true))?;
        let mut by_mission: BTreeMap<MissionId, BTreeMap<VehicleId, Fix>> = BTreeMap::new();
        for (id, StoredPosition { vehicle, fix }) in read {
            by_mission.entry(id).or_default().insert(vehicle, fix);
        }
        for (id, fixes) in by_mission {
            if let Some(cell) = self.cells.find(id) {
                apply_positions(&cell, fixes);
            }
        }
        Ok(())
    }

    /// Has the logs read that others have added to: of missions in memory, whatever was or was not told of them.
    pub(super) async fn look_for_longer_logs(self: &Arc<Self>) -> Result<(), AppError> {
        let cells = self.cells.all();
        for cell in cells.iter().filter(|cell| cell.lock().copy.is_behind()) {
            self.journal.call(cell);
        }
        if cells.is_empty() {
            return Ok(());
        }
        // Also when nobody else is alive: whoever was may have written last.
        let known: Vec<(MissionId, u64)> = cells.iter().map(|cell| (cell.id, cell.lock().copy.mission().seq)).collect();
        for (id, head) in self.store.longer_logs(&known).await? {
            if let Some(cell) = self.cells.find(id) {
                self.journal.hear_of(&cell, head);
            }
        }
        let alone = self.hints.others() == 0;
        let may_have_moved = cells.iter().filter(|cell| !alone || cell.lock().positions_in_doubt);
        let ids = may_have_moved.map(|cell| cell.id).collect();
        self.read_positions(ids).await
    }
}

/// Notices of the news, each `REPLICA ID:HEAD ID:HEAD:moved …`.
pub(super) fn written(replica: ReplicaId, news: &BTreeMap<MissionId, News>) -> Vec<String> {
    let mut notices: Vec<String> = Vec::new();
    for (id, News { head, moved }) in news {
        let entry = format!(" {}:{head}{}", id.0.simple(), if *moved { ":moved" } else { "" });
        match notices.last_mut() {
            Some(notice) if notice.len() + entry.len() <= MAX_NOTICE_BYTES => notice.push_str(&entry),
            _ => notices.push(format!("{}{entry}", replica.0.simple())),
        }
    }
    notices
}

/// Who wrote the notice, and the news; `None` if it is no notice.
pub(super) fn read(notice: &str) -> Option<(ReplicaId, Vec<(MissionId, News)>)> {
    let mut words = notice.split(' ');
    let replica = ReplicaId(Uuid::try_parse(words.next()?).ok()?);
    let news = words.map(|word| {
        let mut parts = word.split(':');
        let id = MissionId(Uuid::try_parse(parts.next()?).ok()?);
        let head = parts.next()?.parse().ok()?;
        let moved = match parts.next() {
            None => false,
            Some("moved") => true,
            Some(_) => return None,
        };
        Some((id, News { head, moved }))
    });
    Some((replica, news.collect::<Option<_>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_are_read_as_they_were_written_and_no_notice_is_too_long() {
        let replica = ReplicaId(Uuid::from_u128(1));
        let all: BTreeMap<MissionId, News> = (0..1_000)
            .map(|i| (MissionId(Uuid::from_u128(i)), News { head: u64::MAX - i as u64, moved: i % 2 == 0 }))
            .collect();
        let notices = written(replica, &all);
        assert!(notices.iter().all(|notice| notice.len() <= MAX_NOTICE_BYTES));
        let read: BTreeMap<MissionId, News> = notices
            .iter()
            .flat_map(|notice| {
                let (from, news) = read(notice).unwrap();
                assert_eq!(from, replica);
                news
            })
            .collect();
        assert_eq!(read, all);
    }

    #[test]
    fn what_is_no_notice_is_not_read_as_one() {
        for text in ["", "hello", "0", "00000000000000000000000000000001 x:1", "00000000000000000000000000000001 1"] {
            assert_eq!(read(text), None, "{text:?}");
        }
    }
}
