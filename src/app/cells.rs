//! Missions in memory. A cell is the fold of a mission's log so far, and the one place in this process that appends to it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::TryStreamExt;
use tokio::sync::Mutex as AsyncMutex;

use super::feed::{Feed, Frame};
use super::{App, AppError, clock};
use crate::domain::ids::{MissionId, VehicleId};
use crate::domain::mission::{EventBody, Mission, MissionEvent};
use crate::domain::network::Network;
use crate::domain::vehicle::Fix;
use crate::store::{Appended, StoreError, StoredEvent};

/// How often a command is decided anew because somebody else appended in between.
const MAX_ATTEMPTS: u32 = 8;

/// A mission in memory.
pub(super) struct Cell {
    pub(super) network: Arc<Network>,
    pub(super) feed: Feed,
    state: AsyncMutex<CellState>,
    last_used: AtomicU64,
}

pub(super) struct CellState {
    pub(super) mission: Mission,
    pub(super) positions: BTreeMap<VehicleId, Fix>,
    /// The log may be ahead of `mission`, or `mission` ahead of the log: it must be folded again before it is used.
    stale: bool,
}

/// What a reader of a mission sees: all of one moment.
pub struct MissionView<'a> {
    /// The mission.
    pub mission: &'a Mission,
    /// Its network.
    pub network: &'a Network,
    /// The latest position of each vehicle that has told one.
    pub positions: &'a BTreeMap<VehicleId, Fix>,
}

/// The missions in memory, by id.
pub(super) struct Cells {
    cells: Mutex<BTreeMap<MissionId, Arc<Cell>>>,
    capacity: usize,
    uses: AtomicU64,
}

impl Cells {
    pub(super) fn new(capacity: usize) -> Self {
        Self { cells: Mutex::new(BTreeMap::new()), capacity, uses: AtomicU64::new(0) }
    }

    pub(super) fn len(&self) -> usize {
        self.lock().len()
    }

    fn find(&self, id: MissionId) -> Option<Arc<Cell>> {
        let cell = self.lock().get(&id).cloned()?;
        cell.last_used.store(self.uses.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        Some(cell)
    }

    /// Keeps the cell, unless another one of the mission came first: then that one counts.
    fn keep(&self, id: MissionId, cell: Cell) -> Arc<Cell> {
        cell.last_used.store(self.uses.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        let mut cells = self.lock();
        let kept = Arc::clone(cells.entry(id).or_insert_with(|| Arc::new(cell)));
        while cells.len() > self.capacity {
            // Cells in use (a command, a stream) stay: there must never be two of one mission.
            let unused = cells
                .iter()
                .filter(|(_, cell)| Arc::strong_count(cell) == 1)
                .min_by_key(|(_, cell)| cell.last_used.load(Ordering::Relaxed))
                .map(|(id, _)| *id);
            let Some(unused) = unused else { break };
            cells.remove(&unused);
        }
        kept
    }

    /// The missions whose cell must be folded again.
    pub(super) fn stale(&self) -> Vec<MissionId> {
        let cells: Vec<_> = self.lock().iter().map(|(id, cell)| (*id, Arc::clone(cell))).collect();
        cells.into_iter().filter(|(_, cell)| cell.state.try_lock().is_ok_and(|s| s.stale)).map(|(id, _)| id).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<MissionId, Arc<Cell>>> {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// The mission's cell, loaded from the log if need be.
    pub(super) async fn cell(&self, id: MissionId) -> Result<Arc<Cell>, AppError> {
        if let Some(cell) = self.cells.find(id) {
            return Ok(cell);
        }
        let (mission, _) = self.fold_log(id, u64::MAX).await?;
        let network = self.network(mission.settings.network).await?;
        if network.segments().len() != mission.knowledge.segment_count() {
            let what = format!("mission {id} expects {} segments", mission.knowledge.segment_count());
            return Err(AppError::Store(StoreError::Damaged { what }));
        }
        let positions: BTreeMap<VehicleId, Fix> =
            self.store.positions(id).await?.into_iter().map(|p| (p.vehicle, p.fix)).collect();
        let feed = Feed::new(mission.seq, &positions);
        let state = AsyncMutex::new(CellState { mission, positions, stale: false });
        Ok(self.cells.keep(id, Cell { network, feed, state, last_used: AtomicU64::new(0) }))
    }

    /// Folds the log from its beginning; also gives the events after `from`, for those who missed them.
    async fn fold_log(&self, id: MissionId, from: u64) -> Result<(Mission, Vec<Frame>), AppError> {
        let mut events = std::pin::pin!(self.store.stream_events(id, 0));
        let mut mission: Option<Mission> = None;
        let mut missed = Vec::new();
        while let Some(stored) = events.try_next().await? {
            if stored.seq > from {
                missed.push(frame(&stored)?);
            }
            let event = stored.parse()?;
            match &mut mission {
                None => mission = Some(Mission::created(id, &event)?),
                Some(mission) => mission.apply(&event)?,
            }
        }
        Ok((mission.ok_or(AppError::NoSuchMission(id))?, missed))
    }

    /// Looks at a mission as it is at one moment.
    ///
    /// # Errors
    /// When there is no such mission, or it is not in memory and the database is away.
    pub async fn read_mission<T>(&self, id: MissionId, look: impl FnOnce(MissionView<'_>) -> T) -> Result<T, AppError> {
        let cell = self.cell(id).await?;
        let state = self.lock_fresh(id, &cell).await?;
        Ok(look(MissionView { mission: &state.mission, network: &cell.network, positions: &state.positions }))
    }

    /// The cell's state, folded again first if need be.
    pub(super) async fn lock_fresh<'a>(
        &self,
        id: MissionId,
        cell: &'a Cell,
    ) -> Result<tokio::sync::MutexGuard<'a, CellState>, AppError> {
        let mut state = cell.state.lock().await;
        if state.stale {
            let (mission, missed) = self.fold_log(id, cell.feed.level().head).await?;
            state.mission = mission;
            state.stale = false;
            cell.feed.publish(missed);
        }
        Ok(state)
    }

    /// Decides on a mission and records what follows: `decide` sees the present state and returns what happened, or why the
    /// command is refused. Nothing is stored when it returns no event. It may be called several times, when somebody else
    /// appended in between.
    ///
    /// The recording goes on when the caller goes away: an event is never stored without being told.
    pub(super) async fn record<T, D>(self: &Arc<Self>, id: MissionId, decide: D) -> Result<T, AppError>
    where
        T: Send + 'static,
        D: FnMut(&mut Decider<'_>) -> Result<T, AppError> + Send + 'static,
    {
        let app = Arc::clone(self);
        let span = tracing::Span::current();
        let recording =
            self.tasks.spawn(tracing::Instrument::instrument(async move { app.record_here(id, decide).await }, span));
        recording.await.map_err(|error| AppError::Panicked(error.to_string()))?
    }

    async fn record_here<T, D>(&self, id: MissionId, mut decide: D) -> Result<T, AppError>
    where
        D: FnMut(&mut Decider<'_>) -> Result<T, AppError>,
    {
        let cell = self.cell(id).await?;
        for _ in 0..MAX_ATTEMPTS {
            let mut guard = self.lock_fresh(id, &cell).await?;
            let state = &mut *guard;
            let before = state.mission.seq;
            let mut decider = Decider {
                mission: &mut state.mission,
                network: &cell.network,
                positions: &state.positions,
                events: Vec::new(),
            };
            let decided = decide(&mut decider);
            let events = decider.events;
            if events.is_empty() {
                return decided;
            }
            // From here to the answer of the database the fold is ahead of the log.
            state.stale = true;
            let answer = decided?;
            if self.store.append_events(&state.mission, before, &events).await? == Appended::Conflict {
                metrics::counter!("outrider_append_conflicts_total").increment(1);
                continue;
            }
            state.stale = false;
            let frames = events.iter().map(|event| {
                StoredEvent::of(event)
                    .map_err(|e| AppError::Store(StoreError::Damaged { what: e.to_string() }))
                    .and_then(|stored| frame(&stored))
            });
            cell.feed.publish(frames.collect::<Result<Vec<_>, _>>()?);
            if state.mission.needs_plan() {
                self.replanner.poke(id);
            }
            return Ok(answer);
        }
        Err(AppError::Contended)
    }
}

/// A command at work: the mission as it is, and what the command adds to it.
pub(super) struct Decider<'a> {
    mission: &'a mut Mission,
    pub(super) network: &'a Network,
    pub(super) positions: &'a BTreeMap<VehicleId, Fix>,
    events: Vec<MissionEvent>,
}

impl Decider<'_> {
    /// The mission, with everything this command added so far.
    pub(super) fn mission(&self) -> &Mission {
        self.mission
    }

    /// Adds what happened to the log. A command that was refused after adding something stores nothing, but has the mission
    /// folded again: refuse first.
    pub(super) fn add(&mut self, body: EventBody) {
        let event = self.mission.append(body, clock::now());
        self.events.push(event);
    }
}

pub(super) fn frame(stored: &StoredEvent) -> Result<Frame, AppError> {
    Frame::of(stored).map_err(|e| AppError::Store(StoreError::Damaged { what: e.to_string() }))
}
