//! A subscriber's way through the events of one mission or several: what it lacks first, then what comes.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;

use super::bell::Bell;
use super::cells::{Cell, MissionView};
use super::feed::{Batch, Frame, SnapshotKey, VehiclePosition, Wording};
use super::{App, AppError};
use crate::domain::ids::MissionId;

pub use super::bell::MAX_PLACES;

/// How many events are read from the log at a time: of the largest closings, 9 MB.
const PAGE: u32 = 64;
/// How long to wait before the database is asked again.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

/// Where a subscriber wants to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resume {
    /// With a snapshot of the present.
    Fresh,
    /// With the event after this one.
    After(u64),
}

/// What a subscriber gets next. `place` is the mission's place in the list that was subscribed to.
#[derive(Debug)]
pub enum StreamItem {
    /// A snapshot is due: take it with [`Subscription::snapshot`]. So a subscription begins that does not resume, and so it
    /// goes on where the gap is too long to replay.
    SnapshotDue {
        /// Of which mission.
        place: usize,
    },
    /// The log's next events.
    Events {
        /// Of which mission.
        place: usize,
        /// The events.
        batch: Arc<Batch>,
    },
    /// There are new positions: take them with [`Subscription::positions`].
    PositionsDue {
        /// Of which mission.
        place: usize,
    },
}

/// A snapshot as it was taken. The subscription goes on from it when it is handed back to [`Subscription::begin_with`].
#[derive(Debug)]
pub struct Snapshot {
    place: usize,
    seq: u64,
    positions: u64,
    /// What was made of it.
    pub text: Bytes,
}

type LogReading = Pin<Box<dyn Future<Output = Result<(usize, VecDeque<Arc<Batch>>), AppError>> + Send>>;

/// One subscriber's place in its missions. Holds no queue: what the subscriber has not taken yet is fetched when it does.
pub struct Subscription {
    app: Arc<App>,
    bell: Arc<Bell>,
    places: Box<[Place]>,
    /// The places that must be looked at, a bit each.
    due: u64,
    /// The place that is looked at next, so that a busy mission does not keep the others waiting.
    turn: u32,
    /// What was read from the log, and the place it is for.
    replay: (usize, VecDeque<Arc<Batch>>),
    /// Boxed, because it is large and rarely there.
    reading: Option<LogReading>,
    _counted: Counted,
}

/// The place in one mission.
struct Place {
    id: MissionId,
    cell: Arc<Cell>,
    key: u64,
    after: u64,
    positions_after: u64,
    snapshot_due: bool,
    begun: bool,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.cell.feed.unsubscribe(self.key);
    }
}

struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl App {
    /// Subscribes to missions, at most [`MAX_PLACES`] and each of them once. However many they are, it counts as one
    /// subscriber: it is one connection, and each further mission costs it about 150 bytes.
    ///
    /// # Errors
    /// When one of the missions does not exist, too many subscribe already, or a mission is not in memory and the database is
    /// away.
    pub async fn subscribe(self: &Arc<Self>, missions: &[(MissionId, Resume)]) -> Result<Subscription, AppError> {
        if self.stopping.is_cancelled() {
            return Err(AppError::ShuttingDown);
        }
        let counted = Counted(Arc::clone(&self.subscribers));
        if self.subscribers.fetch_add(1, Ordering::Relaxed) >= self.options.max_subscribers {
            return Err(AppError::Busy("too many streams are open"));
        }
        let bell = Arc::new(Bell::default());
        let (mut places, mut over) = (Vec::with_capacity(missions.len().min(MAX_PLACES)), 0);
        for (i, (id, resume)) in missions.iter().take(MAX_PLACES).enumerate() {
            let cell = self.cell(*id).await?;
            // First the subscription, then the look at how far the log reaches: what comes in between is seen.
            let key = cell.feed.subscribe(&bell, i);
            // A place from here on, so that the bell is taken down whatever becomes of this.
            let mut place = Place {
                id: *id,
                cell: Arc::clone(&cell),
                key,
                after: 0,
                positions_after: 0,
                snapshot_due: true,
                begun: false,
            };
            if let Resume::After(after) = *resume {
                if after > cell.feed.level().head {
                    // Another replica may have told it.
                    cell.lock().copy.hear_of(after);
                    self.catch_up(&cell).await?;
                }
                let head = cell.feed.level().head;
                place.after = after;
                // A position the log never had, or one too far back.
                place.snapshot_due = after > head || head - after > self.options.max_replayed_events;
                place.begun = true;
                over += usize::from(after == head && cell.lock().copy.mission().status.is_ended());
            }
            places.push(place);
        }
        if over == places.len() {
            // Nothing follows on the end of missions that are over. Whoever resumes there begins anew, and so is told that they are.
            for place in &mut places {
                (place.after, place.snapshot_due, place.begun) = (0, true, false);
            }
        }
        Ok(Subscription {
            app: Arc::clone(self),
            bell,
            due: u64::MAX >> (MAX_PLACES - places.len().max(1)),
            places: places.into(),
            turn: 0,
            replay: (0, VecDeque::new()),
            reading: None,
            _counted: counted,
        })
    }
}

impl Subscription {
    /// The mission at a place of the list.
    pub fn mission(&self, place: usize) -> Option<MissionId> {
        self.places.get(place).map(|place| place.id)
    }

    /// The last event the subscriber got of each mission. For a mission it has got nothing of yet: 0.
    pub fn cursor(&self) -> impl Iterator<Item = u64> + '_ {
        self.places.iter().map(|place| place.after)
    }

    /// Whether the subscriber knows where it is in every mission: it has resumed there, or got a snapshot.
    pub fn has_begun(&self) -> bool {
        self.places.iter().all(|place| place.begun)
    }

    /// The same of one mission.
    pub fn has_begun_at(&self, place: usize) -> bool {
        self.places.get(place).is_some_and(|place| place.begun)
    }

    /// Whether reports come in faster than each could have a commit of its own.
    pub fn is_in_flood(&self) -> bool {
        self.app.journal.is_busy()
    }

    /// What comes next.
    ///
    /// # Errors
    /// When the log cannot be read although the database is there.
    pub fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Result<StreamItem, AppError>> {
        loop {
            if let Some(reading) = &mut self.reading {
                let read = ready!(reading.as_mut().poll(context));
                self.reading = None;
                self.replay = read?;
            }
            if let Some(batch) = self.replay.1.pop_front() {
                let place = self.replay.0;
                if self.replay.1.is_empty() {
                    self.replay.1 = VecDeque::new();
                }
                if let Some(item) = self.tell(place, batch) {
                    return Poll::Ready(Ok(item));
                }
                continue;
            }
            self.due |= self.bell.take();
            while let Some(place) = self.next_due() {
                match self.look(place) {
                    Look::Item(item) => return Poll::Ready(Ok(item)),
                    Look::InTheLog => break,
                    Look::Nothing => self.due &= !(1 << place),
                }
            }
            if self.reading.is_some() {
                continue;
            }
            self.bell.wake(context.waker());
            self.due |= self.bell.take();
            if self.due == 0 {
                return Poll::Pending;
            }
        }
    }

    /// The next place to look at, in turn.
    fn next_due(&mut self) -> Option<usize> {
        let from_turn = self.due.rotate_right(self.turn);
        if from_turn == 0 {
            return None;
        }
        let place = (from_turn.trailing_zeros() + self.turn) % u64::BITS;
        self.turn = (place + 1) % u64::BITS;
        Some(place as usize)
    }

    fn look(&mut self, index: usize) -> Look {
        let Some(place) = self.places.get_mut(index) else { return Look::Nothing };
        if place.snapshot_due {
            return Look::Item(StreamItem::SnapshotDue { place: index });
        }
        let level = place.cell.feed.level();
        if level.head > place.after {
            if level.head - place.after > self.app.options.max_replayed_events {
                place.snapshot_due = true;
                return Look::Item(StreamItem::SnapshotDue { place: index });
            }
            let Some(batch) = place.cell.feed.batch_after(place.after) else {
                let reading = read_log(Arc::clone(&self.app), Arc::clone(&place.cell), place.id, place.after);
                self.reading = Some(Box::pin(async move { Ok((index, reading.await?)) }));
                return Look::InTheLog;
            };
            return self.tell(index, batch).map_or(Look::Nothing, Look::Item);
        }
        if level.positions > place.positions_after {
            return Look::Item(StreamItem::PositionsDue { place: index });
        }
        Look::Nothing
    }

    fn tell(&mut self, index: usize, batch: Arc<Batch>) -> Option<StreamItem> {
        let place = self.places.get_mut(index)?;
        place.after = batch.last();
        Some(StreamItem::Events { place: index, batch })
    }

    /// Takes the positions that are due: `write` makes the text of them, unless another subscriber had the same written.
    pub fn positions(
        &mut self,
        place: usize,
        wording: Wording,
        write: impl FnOnce(&[VehiclePosition]) -> Bytes,
    ) -> Bytes {
        let Some(place) = self.places.get_mut(place) else { return Bytes::new() };
        let (version, text) = place.cell.feed.positions_after(place.positions_after, wording, write);
        place.positions_after = version;
        text
    }

    /// Takes the snapshot that is due: `write` makes the text of the present state, unless another subscriber had the same
    /// written. Waits while the mission must be folded again and the database is away.
    ///
    /// # Errors
    /// When the mission must be folded again and the log cannot be read.
    pub fn snapshot<W>(
        &self,
        place: usize,
        wording: Wording,
        write: W,
    ) -> impl Future<Output = Result<Snapshot, AppError>> + Send + 'static
    where
        W: Fn(MissionView<'_>) -> Bytes + Send + Sync + 'static,
    {
        let app = Arc::clone(&self.app);
        let of = self.places.get(place).map(|place| (place.id, Arc::clone(&place.cell)));
        async move {
            let Some((id, cell)) = of else { return Err(AppError::ShuttingDown) };
            loop {
                // Read first: positions that come in between are told again rather than not at all.
                let positions = cell.feed.level().positions;
                let taken = app.read_mission(id, |view| {
                    let seq = view.mission.seq;
                    let text = cell.feed.snapshot(SnapshotKey { seq, positions, wording }, || write(view));
                    Snapshot { place, seq, positions, text }
                });
                match taken.await {
                    Err(AppError::Unavailable(_)) => tokio::time::sleep(RETRY_PAUSE).await,
                    taken => return taken,
                }
            }
        }
    }

    /// Goes on from a snapshot.
    pub fn begin_with(&mut self, snapshot: &Snapshot) {
        if let Some(place) = self.places.get_mut(snapshot.place) {
            place.after = snapshot.seq;
            place.positions_after = snapshot.positions;
            place.snapshot_due = false;
            place.begun = true;
            self.due |= 1 << snapshot.place;
        }
    }
}

enum Look {
    Item(StreamItem),
    /// It is being read.
    InTheLog,
    Nothing,
}

/// The events after `after`, from the log, or from memory if another subscriber had them read in the meantime. The stream
/// stays open while the database is away.
async fn read_log(app: Arc<App>, cell: Arc<Cell>, id: MissionId, after: u64) -> Result<VecDeque<Arc<Batch>>, AppError> {
    loop {
        {
            let _reader = cell.feed.log_readers.acquire().await;
            if let Some(batches) = cell.feed.batches_after(after) {
                return Ok(batches);
            }
            match app.store.events_after(id, after, PAGE).await.map_err(AppError::from) {
                // What the feed tells is in the log. Should it not be (a database put back to an older state), it is waited for.
                Ok(events) if !events.is_empty() => {
                    let frames: Vec<_> = events.iter().map(|event| Arc::new(Frame::of(event))).collect();
                    return Ok(cell.feed.keep_read(after, &frames));
                }
                Ok(_) | Err(AppError::Unavailable(_)) => {}
                Err(error) => return Err(error),
            }
        }
        tokio::time::sleep(RETRY_PAUSE).await;
    }
}
