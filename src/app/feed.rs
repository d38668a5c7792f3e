//! What subscribers of one mission are told: log events as they are stored, and positions as they come.
//!
//! The feed keeps levels, not messages: how far the log reaches, and a version of the positions. A subscriber compares them
//! with its own place and fetches what it lacks, from the recent events kept here or from the log. So nothing is queued per
//! subscriber, a slow one costs nothing, and a missed wake-up loses nothing.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::domain::ids::VehicleId;
use crate::domain::vehicle::Fix;
use crate::store::StoredEvent;

/// How many recent events are kept, so that subscribers that keep up never touch the database.
const RECENT_EVENTS: usize = 256;
/// How many bytes of recent events are kept: one closing of 20,000 segments has 140 kB.
const RECENT_BYTES: usize = 1 << 20;

/// A log event, serialised once for all its subscribers.
#[derive(Debug)]
pub struct Frame {
    /// The event's number.
    pub seq: u64,
    /// Its kind.
    pub kind: String,
    /// The event as JSON text.
    pub json: Arc<str>,
}

impl Frame {
    /// The frame of a stored event.
    ///
    /// # Errors
    /// Never for events that were stored.
    pub fn of(event: &StoredEvent) -> Result<Self, serde_json::Error> {
        Ok(Self { seq: event.seq, kind: event.kind.clone(), json: serde_json::to_string(event)?.into() })
    }
}

/// The latest position of a vehicle, and when it came in the order of all.
#[derive(Clone, Debug)]
pub struct VehiclePosition {
    /// The vehicle.
    pub vehicle: VehicleId,
    /// Where it is.
    pub fix: Fix,
}

/// One mission's feed.
#[derive(Debug)]
pub struct Feed {
    level: watch::Sender<Level>,
    recent: Mutex<Recent>,
    positions: Mutex<BTreeMap<VehicleId, (u64, Fix)>>,
}

/// How far the mission has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// The last event's number.
    pub head: u64,
    /// Counts position updates.
    pub positions: u64,
}

#[derive(Debug, Default)]
struct Recent {
    frames: VecDeque<Arc<Frame>>,
    bytes: usize,
}

impl Feed {
    /// The feed of a mission whose log ends at `head`.
    pub fn new(head: u64, positions: &BTreeMap<VehicleId, Fix>) -> Self {
        let positions = positions.iter().map(|(id, fix)| (id.clone(), (0, fix.clone()))).collect();
        Self {
            level: watch::Sender::new(Level { head, positions: 0 }),
            recent: Mutex::new(Recent::default()),
            positions: Mutex::new(positions),
        }
    }

    /// Tells the events that were just stored. Events already told are passed over, so telling twice is harmless.
    pub fn publish(&self, frames: impl IntoIterator<Item = Frame>) {
        let head = {
            let mut recent = lock(&self.recent);
            let mut head = self.level.borrow().head;
            for frame in frames.into_iter().filter(|frame| frame.seq > head).collect::<Vec<_>>() {
                if frame.seq != head + 1 {
                    // What came between is in the log; kept frames must be without gaps.
                    *recent = Recent::default();
                }
                head = frame.seq;
                recent.bytes += frame.json.len();
                recent.frames.push_back(Arc::new(frame));
            }
            while recent.frames.len() > RECENT_EVENTS || recent.bytes > RECENT_BYTES {
                let Some(oldest) = recent.frames.pop_front() else { break };
                recent.bytes -= oldest.json.len();
            }
            head
        };
        self.level.send_if_modified(|level| {
            let grew = head > level.head;
            level.head = level.head.max(head);
            grew
        });
    }

    /// Tells new positions. Each vehicle has one, the latest.
    pub fn publish_positions(&self, updates: impl IntoIterator<Item = (VehicleId, Fix)>) {
        let mut positions = lock(&self.positions);
        self.level.send_modify(|level| {
            for (vehicle, fix) in updates {
                level.positions += 1;
                positions.insert(vehicle, (level.positions, fix));
            }
        });
    }

    /// How far the mission has got.
    pub fn level(&self) -> Level {
        *self.level.borrow()
    }

    /// How far the mission has got, and a wait for more.
    pub fn watch(&self) -> watch::Receiver<Level> {
        self.level.subscribe()
    }

    /// The kept events after `after`; `None` if some of them are not kept any more.
    pub fn recent_after(&self, after: u64) -> Option<Vec<Arc<Frame>>> {
        let recent = lock(&self.recent);
        let first = recent.frames.front()?.seq;
        let skip = usize::try_from((after + 1).checked_sub(first)?).ok()?;
        Some(recent.frames.iter().skip(skip).cloned().collect())
    }

    /// The positions that changed after position update `after`.
    pub fn positions_after(&self, after: u64) -> Vec<VehiclePosition> {
        lock(&self.positions)
            .iter()
            .filter(|(_, (version, _))| *version > after)
            .map(|(vehicle, (_, fix))| VehiclePosition { vehicle: vehicle.clone(), fix: fix.clone() })
            .collect()
    }

    /// How many subscribe or are about to.
    pub fn subscribers(&self) -> usize {
        self.level.receiver_count()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(seqs: std::ops::RangeInclusive<u64>) -> impl Iterator<Item = Frame> {
        seqs.map(|seq| Frame { seq, kind: "report".into(), json: "{}".into() })
    }

    fn seqs(feed: &Feed, after: u64) -> Option<Vec<u64>> {
        feed.recent_after(after).map(|frames| frames.iter().map(|f| f.seq).collect())
    }

    #[test]
    fn recent_events_are_told_from_any_kept_place_and_once() {
        let feed = Feed::new(10, &BTreeMap::new());
        assert_eq!(seqs(&feed, 10), None);
        feed.publish(frames(11..=13));
        feed.publish(frames(12..=14));
        assert_eq!(seqs(&feed, 10), Some(vec![11, 12, 13, 14]));
        assert_eq!(seqs(&feed, 13), Some(vec![14]));
        assert_eq!(seqs(&feed, 14), Some(vec![]));
        assert_eq!(seqs(&feed, 9), None, "event 10 is not kept");
    }

    #[test]
    fn a_gap_drops_what_was_kept() {
        let feed = Feed::new(0, &BTreeMap::new());
        feed.publish(frames(1..=2));
        feed.publish(frames(5..=5));
        assert_eq!(seqs(&feed, 2), None);
        assert_eq!(seqs(&feed, 4), Some(vec![5]));
        assert_eq!(feed.watch().borrow().head, 5);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let feed = Feed::new(0, &BTreeMap::new());
        feed.publish(frames(1..=1000));
        assert_eq!(seqs(&feed, 700), None);
        assert_eq!(seqs(&feed, 1000 - RECENT_EVENTS as u64).map(|s| s.len()), Some(RECENT_EVENTS));
    }
}
