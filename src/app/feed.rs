//! What subscribers of one mission are told: log events as they are stored, and positions as they come.
//!
//! The feed keeps levels, not messages: how far the log reaches, and a version of the positions. A subscriber compares them
//! with its own place and fetches what it lacks, from the recent events kept here or from the log. So nothing is queued per
//! subscriber, a slow one costs nothing, and a missed wake-up loses nothing.
//!
//! What subscribers are told is written once for all of them: an event when it is published, a run of events, positions and
//! snapshots when the first subscriber asks. They share the bytes.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::{Bytes, BytesMut};
use tokio::sync::Semaphore;

use super::bell::{Bell, Bells};
use crate::domain::ids::VehicleId;
use crate::domain::vehicle::Fix;
use crate::store::StoredEvent;

/// How many recent events are kept, so that subscribers that keep up never touch the database: two of the largest batches of
/// reports.
const RECENT_EVENTS: usize = 2_000;
/// How many bytes of recent events are kept: one closing of 20,000 segments has 140 kB.
const RECENT_BYTES: usize = 1 << 20;
/// How many bytes of events make a batch; one event may have more. What a client that takes nothing keeps from being freed.
pub(super) const BATCH_BYTES: usize = 64 << 10;
/// How many subscribers of a mission read the log at a time. The first one's reading mostly serves the others too, and a
/// thousand that come back after a restart must not take all connections to the database.
const LOG_READERS: usize = 2;

/// A log event in the text of server-sent events, written once for all its subscribers.
#[derive(Clone, Debug)]
pub struct Frame {
    seq: u64,
    name: &'static str,
    text: Bytes,
    /// Where in `text` the members of the event's JSON object begin.
    members: usize,
}

impl Frame {
    /// The frame of a stored event.
    pub fn of(event: &StoredEvent) -> Self {
        let name = match event.kind.as_ref() {
            "report" => "report",
            "closure" => "closure",
            "plan" => "plan",
            "vehicle" => "vehicle",
            // Created, changed, ended.
            _ => "mission",
        };
        // Written by hand, so that it is one allocation of the size it needs; it is kept for as long as the mission is in memory. What
        // comes before the body is the event as it is written elsewhere.
        let StoredEvent { seq, revision, recorded_at, kind, body, .. } = event;
        let mut head = String::with_capacity(256);
        // Writing to a string does not fail.
        let _ = write!(head, "id: {seq}\nevent: {name}\ndata: {{");
        let members = head.len();
        let _ =
            write!(head, r#""seq":{seq},"revision":{revision},"recorded_at":"{recorded_at}","kind":"{kind}","body":"#);
        let text = Bytes::from([&head, body.get(), "}\n\n"].concat());
        Self { seq: *seq, name, text, members }
    }

    /// The event's number.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The name of its kind in streams.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The whole event with its number as id, up to the empty line that ends it.
    pub fn text(&self) -> &Bytes {
        &self.text
    }

    /// The text from after the `{` of its data on: for whoever has more to say in front.
    pub fn members(&self) -> Bytes {
        self.text.slice(self.members..)
    }
}

/// Log events one after the other, shared by all subscribers that are at the same place.
#[derive(Debug)]
pub struct Batch {
    frames: Vec<Arc<Frame>>,
    /// There could be more events, but not in this batch.
    full: bool,
    text: OnceLock<Bytes>,
}

impl Batch {
    /// The first of these frames, as many as a batch holds; `None` if there are none.
    pub(super) fn first_of<'a>(frames: impl Iterator<Item = &'a Arc<Frame>>) -> Option<Self> {
        let (mut taken, mut bytes, mut full) = (Vec::new(), 0, false);
        for frame in frames {
            bytes += frame.text.len();
            if bytes > BATCH_BYTES && !taken.is_empty() {
                full = true;
                break;
            }
            taken.push(Arc::clone(frame));
        }
        if taken.is_empty() { None } else { Some(Self { frames: taken, full, text: OnceLock::new() }) }
    }

    /// The events.
    pub fn frames(&self) -> &[Arc<Frame>] {
        &self.frames
    }

    /// The last one's number.
    pub fn last(&self) -> u64 {
        self.frames.last().map_or(0, |frame| frame.seq)
    }

    /// The events' texts in one piece.
    pub fn text(&self) -> Bytes {
        if let [one] = self.frames.as_slice() {
            return one.text.clone();
        }
        let join = || {
            let mut text = BytesMut::with_capacity(self.frames.iter().map(|frame| frame.text.len()).sum());
            self.frames.iter().for_each(|frame| text.extend_from_slice(&frame.text));
            text.freeze()
        };
        self.text.get_or_init(join).clone()
    }
}

/// The latest position of a vehicle.
#[derive(Clone, Debug)]
pub struct VehiclePosition {
    /// The vehicle.
    pub vehicle: VehicleId,
    /// Where it is.
    pub fix: Fix,
}

/// In which of the wordings of a stream a text is: the caller's to number.
pub type Wording = u8;

/// One mission's feed.
#[derive(Debug)]
pub struct Feed {
    head: AtomicU64,
    position_version: AtomicU64,
    recent: Mutex<Recent>,
    positions: Mutex<Positions>,
    snapshot: Mutex<Option<(SnapshotKey, Bytes)>>,
    bells: Bells,
    /// Taken by who reads the log.
    pub(super) log_readers: Semaphore,
    /// What was read from the log last, and after which event: many who fell behind together are at the same place.
    read_last: Mutex<Option<(u64, VecDeque<Arc<Batch>>)>>,
}

/// How far the mission has got.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// The last event's number.
    pub head: u64,
    /// Counts position updates.
    pub positions: u64,
}

/// What a snapshot was made from, and in which wording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SnapshotKey {
    pub(super) seq: u64,
    pub(super) positions: u64,
    pub(super) wording: Wording,
}

#[derive(Debug, Default)]
struct Recent {
    frames: VecDeque<Arc<Frame>>,
    bytes: usize,
    /// The batch that was asked for last, and after which event.
    batch: Option<(u64, Arc<Batch>)>,
}

impl Recent {
    fn push(&mut self, frame: Arc<Frame>) {
        self.bytes += frame.text.len();
        self.frames.push_back(frame);
    }
}

#[derive(Debug, Default)]
struct Positions {
    latest: BTreeMap<VehicleId, (u64, Fix)>,
    /// What was asked for last: after which version, up to which one, in which wording.
    text: Option<(u64, u64, Wording, Bytes)>,
}

impl Feed {
    /// The feed of a mission whose log ends at `head`.
    pub fn new(head: u64, positions: &BTreeMap<VehicleId, Fix>) -> Self {
        // The first version, not none: who resumes here has been elsewhere, and may not know them.
        let latest: BTreeMap<_, _> = positions.iter().map(|(id, fix)| (id.clone(), (1, fix.clone()))).collect();
        Self {
            head: AtomicU64::new(head),
            position_version: AtomicU64::new(u64::from(!latest.is_empty())),
            recent: Mutex::default(),
            positions: Mutex::new(Positions { latest, text: None }),
            snapshot: Mutex::default(),
            bells: Bells::default(),
            log_readers: Semaphore::new(LOG_READERS),
            read_last: Mutex::default(),
        }
    }

    /// Tells the events that were just stored. Events already told are passed over, so telling twice is harmless.
    pub fn publish(&self, frames: impl IntoIterator<Item = Frame>) {
        let grew = {
            let mut recent = lock(&self.recent);
            let before = self.head.load(Ordering::Acquire);
            let mut head = before;
            for frame in frames.into_iter().filter(|frame| frame.seq > before) {
                if frame.seq <= head {
                    continue;
                }
                if frame.seq != head + 1 {
                    // What came between is in the log; kept frames must be without gaps.
                    *recent = Recent::default();
                }
                head = frame.seq;
                recent.push(Arc::new(frame));
            }
            while recent.frames.len() > RECENT_EVENTS || recent.bytes > RECENT_BYTES {
                let Some(oldest) = recent.frames.pop_front() else { break };
                recent.bytes -= oldest.text.len();
            }
            // Published under the lock: two who publish cannot pass each other.
            self.head.store(head, Ordering::Release);
            head > before
        };
        if grew {
            *lock(&self.snapshot) = None;
            self.bells.ring();
        }
    }

    /// The events after `after` in batches, if they are in memory: just told, or just read from the log by somebody else.
    pub(super) fn batches_after(&self, after: u64) -> Option<VecDeque<Arc<Batch>>> {
        let read = lock(&self.read_last).as_ref().filter(|(from, _)| *from == after).map(|(_, read)| read.clone());
        read.or_else(|| self.batch_after(after).map(|batch| VecDeque::from([batch])))
    }

    /// Takes in the events that follow `after`, as they were read from the log, so that what one subscriber had to read
    /// serves all; gives them back in batches.
    pub(super) fn keep_read(&self, after: u64, frames: &[Arc<Frame>]) -> VecDeque<Arc<Batch>> {
        self.keep_older(frames);
        let (mut batches, mut rest) = (VecDeque::new(), frames);
        while let Some(batch) = Batch::first_of(rest.iter()) {
            rest = rest.get(batch.frames.len()..).unwrap_or_default();
            batches.push_back(Arc::new(batch));
        }
        *lock(&self.read_last) = Some((after, batches.clone()));
        batches
    }

    /// Keeps older events as if they had just been told, if the kept ones follow them without a gap.
    fn keep_older(&self, frames: &[Arc<Frame>]) {
        let mut recent = lock(&self.recent);
        let next = recent.frames.front().map_or(self.head.load(Ordering::Acquire) + 1, |first| first.seq);
        for frame in frames.iter().rev().skip_while(|frame| frame.seq >= next) {
            let follows = recent.frames.front().map_or(next, |first| first.seq) == frame.seq + 1;
            if !follows || recent.frames.len() >= RECENT_EVENTS || recent.bytes + frame.text.len() > RECENT_BYTES {
                break;
            }
            recent.bytes += frame.text.len();
            recent.frames.push_front(Arc::clone(frame));
        }
    }

    /// Tells new positions. Each vehicle has one, the latest.
    pub fn publish_positions(&self, updates: impl IntoIterator<Item = (VehicleId, Fix)>) {
        {
            let mut positions = lock(&self.positions);
            let mut version = self.position_version.load(Ordering::Acquire);
            for (vehicle, fix) in updates {
                version += 1;
                positions.latest.insert(vehicle, (version, fix));
            }
            self.position_version.store(version, Ordering::Release);
        }
        *lock(&self.snapshot) = None;
        self.bells.ring();
    }

    /// How far the mission has got.
    pub fn level(&self) -> Level {
        Level { head: self.head.load(Ordering::Acquire), positions: self.position_version.load(Ordering::Acquire) }
    }

    /// The kept events after `after`, as many as a batch holds; `None` if there are none, or if some of them are not kept any
    /// more.
    pub(super) fn batch_after(&self, after: u64) -> Option<Arc<Batch>> {
        let mut recent = lock(&self.recent);
        let (first, last) = (recent.frames.front()?.seq, recent.frames.back()?.seq);
        if let Some((from, batch)) = &recent.batch
            && *from == after
            && (batch.full || batch.last() == last)
        {
            return Some(Arc::clone(batch));
        }
        let skip = usize::try_from((after + 1).checked_sub(first)?).ok()?;
        let batch = Arc::new(Batch::first_of(recent.frames.iter().skip(skip))?);
        recent.batch = Some((after, Arc::clone(&batch)));
        Some(batch)
    }

    /// The positions that changed after version `after`, in words, and the version they are of.
    pub(super) fn positions_after(
        &self,
        after: u64,
        wording: Wording,
        write: impl FnOnce(&[VehiclePosition]) -> Bytes,
    ) -> (u64, Bytes) {
        let mut positions = lock(&self.positions);
        let version = self.position_version.load(Ordering::Acquire);
        if let Some((from, to, in_words, text)) = &positions.text
            && (*from, *to, *in_words) == (after, version, wording)
        {
            return (version, text.clone());
        }
        let changed = positions.latest.iter().filter(|(_, (changed, _))| *changed > after);
        let changed: Vec<VehiclePosition> =
            changed.map(|(vehicle, (_, fix))| VehiclePosition { vehicle: vehicle.clone(), fix: fix.clone() }).collect();
        let text = write(&changed);
        positions.text = Some((after, version, wording, text.clone()));
        (version, text)
    }

    /// The snapshot's text, written anew unless it is the one that was asked for last.
    pub(super) fn snapshot(&self, key: SnapshotKey, write: impl FnOnce() -> Bytes) -> Bytes {
        if let Some((kept, text)) = &*lock(&self.snapshot)
            && *kept == key
        {
            return text.clone();
        }
        let text = write();
        *lock(&self.snapshot) = Some((key, text.clone()));
        text
    }

    /// Rings the bell for this place from now on. The key is for [`Feed::unsubscribe`].
    pub(super) fn subscribe(&self, bell: &Arc<Bell>, place: usize) -> u64 {
        self.bells.hang(bell, place)
    }

    /// Rings that bell no more.
    pub(super) fn unsubscribe(&self, key: u64) {
        if self.bells.take_down(key) {
            // Nobody is there to share them with.
            *lock(&self.snapshot) = None;
            *lock(&self.read_last) = None;
        }
    }

    /// How many subscribe.
    pub fn subscribers(&self) -> usize {
        self.bells.len()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::timestamp::Timestamp;

    fn event(seq: u64, body: &str) -> StoredEvent {
        let recorded_at = Timestamp::from_unix_micros(1_777_887_000_000_000).unwrap();
        let body = serde_json::value::RawValue::from_string(body.to_owned()).unwrap();
        StoredEvent::read(seq, 1, recorded_at, "report".into(), body)
    }

    #[test]
    fn a_frame_has_the_event_as_it_is_written_elsewhere() {
        let event = event(7, r#"{"a":[1,"x\"y"]}"#);
        let frame = Frame::of(&event);
        let json = serde_json::to_string(&event).unwrap();
        assert_eq!(frame.text(), &format!("id: 7\nevent: report\ndata: {json}\n\n"));
        assert_eq!(frame.members(), format!("{}\n\n", &json[1..]));
    }

    fn frames(seqs: std::ops::RangeInclusive<u64>) -> impl Iterator<Item = Frame> {
        seqs.map(|seq| Frame::of(&event(seq, "{}")))
    }

    fn seqs(feed: &Feed, after: u64) -> Option<Vec<u64>> {
        feed.batch_after(after).map(|batch| batch.frames().iter().map(|f| f.seq).collect())
    }

    #[test]
    fn a_frame_is_an_event_as_streams_carry_it() {
        let stored = event(7, r#"{"a":1}"#);
        let frame = Frame::of(&stored);
        let json = serde_json::to_string(&stored).unwrap();
        assert_eq!(frame.text(), &format!("id: 7\nevent: report\ndata: {json}\n\n"));
        assert_eq!(frame.members(), format!("{}\n\n", &json[1..]));
    }

    #[test]
    fn recent_events_are_told_from_any_kept_place_and_once() {
        let feed = Feed::new(10, &BTreeMap::new());
        assert_eq!(seqs(&feed, 10), None);
        feed.publish(frames(11..=13));
        feed.publish(frames(12..=14));
        assert_eq!(seqs(&feed, 10), Some(vec![11, 12, 13, 14]));
        assert_eq!(seqs(&feed, 13), Some(vec![14]));
        assert_eq!(seqs(&feed, 14), None);
        assert_eq!(seqs(&feed, 9), None, "event 10 is not kept");
    }

    #[test]
    fn subscribers_at_the_same_place_share_the_bytes_and_later_events_are_not_lost_by_it() {
        let feed = Feed::new(0, &BTreeMap::new());
        feed.publish(frames(1..=3));
        let (one, other) = (feed.batch_after(1).unwrap(), feed.batch_after(1).unwrap());
        assert_eq!(one.text().as_ptr(), other.text().as_ptr());
        assert_eq!(one.text(), frames(2..=3).map(|f| f.text.to_vec()).collect::<Vec<_>>().concat());
        assert_eq!(
            feed.batch_after(2).unwrap().text().as_ptr(),
            one.frames()[1].text.as_ptr(),
            "one event is not copied"
        );
        feed.batch_after(1);
        feed.publish(frames(4..=4));
        assert_eq!(seqs(&feed, 1), Some(vec![2, 3, 4]));
    }

    #[test]
    fn a_batch_is_bounded_and_goes_on_where_it_ended() {
        let feed = Feed::new(0, &BTreeMap::new());
        let body = format!("\"{}\"", "x".repeat(20_000));
        feed.publish((1..=10).map(|seq| Frame::of(&event(seq, &body))));
        assert_eq!(seqs(&feed, 0), Some(vec![1, 2, 3]));
        feed.publish([Frame::of(&event(11, &format!("\"{}\"", "x".repeat(100_000))))]);
        assert_eq!(seqs(&feed, 0), Some(vec![1, 2, 3]));
        assert_eq!(seqs(&feed, 9), Some(vec![10]));
        assert_eq!(seqs(&feed, 10), Some(vec![11]), "an event larger than a batch goes alone");
    }

    #[test]
    fn a_gap_drops_what_was_kept() {
        let feed = Feed::new(0, &BTreeMap::new());
        feed.publish(frames(1..=2));
        assert_eq!(seqs(&feed, 0), Some(vec![1, 2]));
        feed.publish(frames(5..=5));
        assert_eq!(seqs(&feed, 0), None);
        assert_eq!(seqs(&feed, 2), None);
        assert_eq!(seqs(&feed, 4), Some(vec![5]));
        assert_eq!(feed.level().head, 5);
    }

    #[test]
    fn what_one_read_from_the_log_serves_all_if_it_joins_on() {
        let feed = Feed::new(10, &BTreeMap::new());
        let read = |seqs| frames(seqs).map(Arc::new).collect::<Vec<_>>();
        assert_eq!(feed.keep_read(2, &read(3..=9)).len(), 1);
        assert_eq!(seqs(&feed, 5), None, "10 is missing");
        assert_eq!(feed.batches_after(2).unwrap()[0].last(), 9, "but who is at the same place gets the same");
        assert!(feed.batches_after(3).is_none());
        feed.keep_read(6, &read(7..=10));
        assert_eq!(seqs(&feed, 7), Some(vec![8, 9, 10]));
        feed.publish(frames(11..=11));
        feed.keep_read(4, &read(5..=8));
        assert_eq!(seqs(&feed, 4), Some(vec![5, 6, 7, 8, 9, 10, 11]));
        assert_eq!(feed.level().head, 11);
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let feed = Feed::new(0, &BTreeMap::new());
        feed.publish(frames(1..=3_000));
        assert_eq!(seqs(&feed, 999), None);
        assert_eq!(seqs(&feed, 1_000).unwrap()[0], 1_001);
        feed.keep_read(899, &frames(900..=1_000).map(Arc::new).collect::<Vec<_>>());
        assert_eq!(seqs(&feed, 999), None);
    }

    #[test]
    fn a_snapshot_is_written_once_for_a_moment() {
        let feed = Feed::new(1, &BTreeMap::new());
        let key = SnapshotKey { seq: 1, positions: 0, wording: 0 };
        assert_eq!(feed.snapshot(key, || "one".into()), "one");
        assert_eq!(feed.snapshot(key, || "two".into()), "one");
        assert_eq!(feed.snapshot(SnapshotKey { wording: 1, ..key }, || "three".into()), "three");
        feed.publish(frames(2..=2));
        assert_eq!(feed.snapshot(SnapshotKey { wording: 1, ..key }, || "four".into()), "four", "not kept for nothing");
    }
}
