//! A subscriber's way through a mission's events: what it lacks first, then what comes.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use super::cells::{Cell, MissionView, frame};
use super::feed::{Frame, Level, VehiclePosition};
use super::{App, AppError};
use crate::domain::ids::MissionId;

/// How many events are read from the log at a time.
const PAGE: u32 = 200;
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

/// What a subscriber gets next.
#[derive(Debug)]
pub enum StreamItem {
    /// A snapshot is due: take it with [`Subscription::snapshot`]. So a subscription begins that does not resume, and so it
    /// goes on where the gap is too long to replay.
    SnapshotDue,
    /// The log's next event.
    Event(Arc<Frame>),
    /// Vehicles' latest positions.
    Positions(Vec<VehiclePosition>),
}

/// One subscriber's place in a mission. Holds no queue: what the subscriber has not taken yet is fetched when it does.
pub struct Subscription {
    app: Arc<App>,
    id: MissionId,
    cell: Arc<Cell>,
    level: watch::Receiver<Level>,
    after: u64,
    positions_after: u64,
    fetched: VecDeque<Arc<Frame>>,
    snapshot_due: bool,
    _counted: Counted,
}

struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl App {
    /// Subscribes to a mission.
    ///
    /// # Errors
    /// When there is no such mission, too many subscribe already, or the mission is not in memory and the database is away.
    pub async fn subscribe(self: &Arc<Self>, id: MissionId, resume: Resume) -> Result<Subscription, AppError> {
        if self.stopping.is_cancelled() {
            return Err(AppError::ShuttingDown);
        }
        let counted = Counted(Arc::clone(&self.subscribers));
        if self.subscribers.fetch_add(1, Ordering::Relaxed) >= self.options.max_subscribers {
            return Err(AppError::Busy("too many streams are open"));
        }
        let cell = self.cell(id).await?;
        // First the subscription, then the look at how far the log reaches: what comes in between is seen.
        let level = cell.feed.watch();
        if let Resume::After(after) = resume
            && after > level.borrow().head
        {
            // Another replica may have told it.
            cell.lock().copy.hear_of(after);
            self.catch_up(&cell).await?;
        }
        let now = *level.borrow();
        let (after, snapshot_due) = match resume {
            Resume::Fresh => (0, true),
            // A position the log never had, or one too far back.
            Resume::After(after) => (after, after > now.head || now.head - after > self.options.max_replayed_events),
        };
        Ok(Subscription {
            app: Arc::clone(self),
            id,
            cell,
            level,
            after,
            positions_after: 0,
            fetched: VecDeque::new(),
            snapshot_due,
            _counted: counted,
        })
    }
}

impl Subscription {
    /// The last event the subscriber got.
    pub fn position(&self) -> u64 {
        self.after
    }

    /// What comes next. May be dropped and called again without losing anything.
    ///
    /// # Errors
    /// When the log cannot be read although the database is there.
    pub async fn next(&mut self) -> Result<StreamItem, AppError> {
        loop {
            if let Some(frame) = self.fetched.pop_front() {
                self.after = frame.seq;
                return Ok(StreamItem::Event(frame));
            }
            if self.snapshot_due {
                return Ok(StreamItem::SnapshotDue);
            }
            let level = *self.level.borrow_and_update();
            if level.head > self.after {
                if level.head - self.after > self.app.options.max_replayed_events {
                    self.snapshot_due = true;
                    continue;
                }
                self.fetched = self.fetch().await?;
                continue;
            }
            if level.positions > self.positions_after {
                let positions = self.cell.feed.positions_after(self.positions_after);
                self.positions_after = level.positions;
                return Ok(StreamItem::Positions(positions));
            }
            // The sender lives in the cell that this subscription holds.
            self.level.changed().await.map_err(|_| AppError::ShuttingDown)?;
        }
    }

    /// Takes the snapshot that is due: `look` makes of the present state whatever the subscriber is to get.
    ///
    /// # Errors
    /// When the mission must be folded again and the log cannot be read.
    pub async fn snapshot<T>(&mut self, look: impl Fn(MissionView<'_>) -> T) -> Result<T, AppError> {
        loop {
            let taken = {
                // Before the look: a position that comes in between is told twice rather than never.
                let positions = self.cell.feed.level().positions;
                match self.app.moment(&self.cell).await {
                    Ok(moment) => Some((moment.mission.seq, positions, look(moment.view()))),
                    Err(AppError::Unavailable(_)) => None,
                    Err(error) => return Err(error),
                }
            };
            if let Some((seq, positions, taken)) = taken {
                self.after = seq;
                self.positions_after = positions;
                self.snapshot_due = false;
                self.fetched.clear();
                return Ok(taken);
            }
            tokio::time::sleep(RETRY_PAUSE).await;
        }
    }

    async fn fetch(&self) -> Result<VecDeque<Arc<Frame>>, AppError> {
        if let Some(frames) = self.cell.feed.recent_after(self.after).filter(|frames| !frames.is_empty()) {
            return Ok(frames.into());
        }
        loop {
            match self.app.store.events_after(self.id, self.after, PAGE).await.map_err(AppError::from) {
                Ok(events) => return events.iter().map(|event| frame(event).map(Arc::new)).collect(),
                // The stream stays open while the database is away.
                Err(AppError::Unavailable(_)) => tokio::time::sleep(RETRY_PAUSE).await,
                Err(error) => return Err(error),
            }
        }
    }
}
