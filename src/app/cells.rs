//! Missions in memory. A cell is this replica's copy of a mission, with what it needs to decide on commands and to tell
//! subscribers.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use tokio::sync::{Mutex as AsyncMutex, oneshot};

use super::audit::{self, Origin};
use super::dues::Dues;
use super::feed::{Feed, Frame};
use super::trace::{self, Causes};
use super::{App, AppError, clock};
use crate::domain::ids::{MissionId, ReportId, VehicleId};
use crate::domain::mission::{EventBody, FoldError, Mission, MissionEvent, ReportRecord};
use crate::domain::network::Network;
use crate::domain::timestamp::Timestamp;
use crate::domain::vehicle::Fix;
use crate::engine::{Draft, MissionCopy, Pace, Turn};
use crate::store::{AuditEntry, Generation, StoreError, StoredEvent};

/// How many commands of one mission may wait for being decided on.
const MAX_WAITING: usize = 1_024;
/// How many reports are kept that were sent again so late that they had to be looked up.
const MAX_OLD_REPORTS: usize = 4_096;

/// A mission in memory.
pub(super) struct Cell {
    pub(super) id: MissionId,
    pub(super) network: Arc<Network>,
    pub(super) feed: Feed,
    state: Mutex<CellState>,
    /// Held by whoever adds to the log, or reads what others added.
    pub(super) log: Arc<AsyncMutex<()>>,
    /// What waits for a plan, for the metrics.
    pub(super) dues: Dues,
    /// The same, for traces.
    pub(super) causes: Causes,
    last_used: AtomicU64,
    /// When it came into memory.
    begun: Instant,
}

/// What changes of a cell. Never locked across a wait.
pub(super) struct CellState {
    pub(super) copy: MissionCopy,
    pub(super) positions: Arc<BTreeMap<VehicleId, Fix>>,
    /// Newer positions may be kept: nobody knows whether the last write counts.
    pub(super) positions_in_doubt: bool,
    /// Commands to be decided on, in the order in which they came.
    pub(super) waiting: VecDeque<Box<dyn Command>>,
    /// Reports older than the mission remembers that were sent again: looked up before they were
    /// refused.
    pub(super) old_reports: Arc<BTreeMap<ReportId, ReportRecord>>,
    /// On which connections the log is known to end where the copy does.
    pub(super) known_in: Option<Generation>,
    pace: Pace,
    /// How long the last plan took, from when it was asked for; none until there was one.
    planned_in: Option<Duration>,
}

/// A mission at one moment, and what is known besides.
#[derive(Clone)]
pub(super) struct Moment {
    pub(super) mission: Arc<Mission>,
    pub(super) network: Arc<Network>,
    pub(super) positions: Arc<BTreeMap<VehicleId, Fix>>,
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

impl Moment {
    pub(super) fn view(&self) -> MissionView<'_> {
        MissionView { mission: &self.mission, network: &self.network, positions: &self.positions }
    }
}

impl Turn for Arc<Cell> {
    fn mission(&self) -> MissionId {
        self.id
    }
}

impl Cell {
    /// The cell of a mission that was just folded from its log.
    pub(super) fn new(mission: Mission, network: Arc<Network>, positions: BTreeMap<VehicleId, Fix>) -> Self {
        let (id, feed) = (mission.id, Feed::new(mission.seq, &positions));
        let state = CellState {
            copy: MissionCopy::new(mission),
            positions: Arc::new(positions),
            // What was told between the look into the database and now, nobody here has heard: the sweep looks once more.
            positions_in_doubt: true,
            waiting: VecDeque::new(),
            old_reports: Arc::default(),
            known_in: None,
            pace: Pace::default(),
            planned_in: None,
        };
        let (state, log, dues, last_used) = (Mutex::new(state), Arc::default(), Dues::default(), AtomicU64::new(0));
        let causes = Causes::default();
        Self { id, network, feed, state, log, dues, causes, last_used, begun: Instant::now() }
    }

    /// Has the command wait for its turn.
    ///
    /// # Errors
    /// When too many wait.
    pub(super) fn submit(&self, command: Box<dyn Command>) -> Result<(), AppError> {
        let mut state = self.lock();
        if state.waiting.len() >= MAX_WAITING {
            return Err(AppError::TooMany("too many commands of this mission are waiting"));
        }
        state.waiting.push_back(command);
        Ok(())
    }

    /// Takes in and tells what others added, as it was read after `begin_catch_up`. Returns whether a plan is due.
    pub(super) fn caught_up(&self, events: &[MissionEvent], frames: Vec<Frame>) -> Result<bool, FoldError> {
        let needs_plan = {
            let mut state = self.lock();
            state.copy.catch_up(events)?;
            state.known_in = None;
            state.copy.mission().needs_plan()
        };
        self.feed.publish(frames);
        Ok(needs_plan)
    }

    /// The mission was planned. Returns for how long it is not to be planned again.
    pub(super) fn rest(&self, plans_per_s: u32) -> Duration {
        self.lock().pace.rest(self.begun.elapsed(), plans_per_s)
    }

    /// Whether a plan made now is followed by no rest.
    pub(super) fn may_be_planned_again(&self, plans_per_s: u32) -> bool {
        self.lock().pace.is_even(self.begun.elapsed(), plans_per_s)
    }

    /// A plan took so long, or was not there after it.
    pub(super) fn planned_in(&self, took: Duration) {
        self.lock().planned_in = Some(took);
    }

    /// Whether the last plan took no longer than this.
    pub(super) fn is_planned_within(&self, limit: Duration) -> bool {
        self.lock().planned_in.is_some_and(|took| took <= limit)
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, CellState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Where a report stands in the log that the mission itself does not remember, if it was looked up.
    pub(super) fn old_report(&self, id: ReportId) -> Option<ReportRecord> {
        self.lock().old_reports.get(&id).copied()
    }

    /// Keeps where reports stand in the log that the mission itself does not remember.
    pub(super) fn keep_old_reports(&self, found: Vec<(ReportId, ReportRecord)>) {
        let mut state = self.lock();
        if state.old_reports.len() + found.len() > MAX_OLD_REPORTS {
            state.old_reports = Arc::default();
        }
        Arc::make_mut(&mut state.old_reports).extend(found);
    }

    /// The mission as this replica knows it now.
    pub(super) fn moment(&self) -> Moment {
        let state = self.lock();
        Moment {
            mission: Arc::clone(state.copy.mission()),
            network: Arc::clone(&self.network),
            positions: Arc::clone(&state.positions),
        }
    }
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

    /// The mission's cell, if it is in memory. Does not count as a use.
    pub(super) fn find(&self, id: MissionId) -> Option<Arc<Cell>> {
        self.lock().get(&id).cloned()
    }

    pub(super) fn find_to_use(&self, id: MissionId) -> Option<Arc<Cell>> {
        let cell = self.find(id)?;
        cell.last_used.store(self.uses.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        Some(cell)
    }

    /// Keeps the cell, unless another one of the mission came first: then that one counts.
    pub(super) fn keep(&self, cell: Cell) -> Arc<Cell> {
        cell.last_used.store(self.uses.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        let mut cells = self.lock();
        let kept = Arc::clone(cells.entry(cell.id).or_insert_with(|| Arc::new(cell)));
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

    /// The mission is no more: it is not answered from memory.
    pub(super) fn forget(&self, id: MissionId) {
        self.lock().remove(&id);
    }

    /// All cells in memory.
    pub(super) fn all(&self) -> Vec<Arc<Cell>> {
        self.lock().values().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<MissionId, Arc<Cell>>> {
        self.cells.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// The mission's cell, loaded from the log if need be.
    pub(super) async fn cell(&self, id: MissionId) -> Result<Arc<Cell>, AppError> {
        if let Some(cell) = self.cells.find_to_use(id) {
            return Ok(cell);
        }
        let mission = self.fold_log(id).await?;
        let network = self.network(mission.settings.network).await?;
        if network.segments().len() != mission.knowledge.segment_count() {
            let what = format!("mission {id} expects {} segments", mission.knowledge.segment_count());
            return Err(AppError::Store(StoreError::Damaged { what }.into()));
        }
        let positions: BTreeMap<VehicleId, Fix> =
            self.store.positions_of(&[id]).await?.into_iter().map(|(_, p)| (p.vehicle, p.fix)).collect();
        Ok(self.cells.keep(Cell::new(mission, network, positions)))
    }

    /// Folds the log from its beginning.
    async fn fold_log(&self, id: MissionId) -> Result<Mission, AppError> {
        let mut events = std::pin::pin!(self.store.stream_events(id, 0));
        let mut mission: Option<Mission> = None;
        while let Some(stored) = events.try_next().await? {
            let event = stored.parse()?;
            match &mut mission {
                None => mission = Some(Mission::created(id, &event)?),
                Some(mission) => mission.apply(&event)?,
            }
        }
        mission.ok_or(AppError::NoSuchMission(id))
    }

    /// Looks at a mission as it is at one moment.
    ///
    /// # Errors
    /// When there is no such mission, or it is not in memory and the database is away.
    pub async fn read_mission<T>(&self, id: MissionId, look: impl FnOnce(MissionView<'_>) -> T) -> Result<T, AppError> {
        let cell = self.cell(id).await?;
        Ok(look(self.moment(&cell).await?.view()))
    }

    /// As [`App::read_mission`], for a look that takes long: off the async threads, and apart from those that plan.
    ///
    /// # Errors
    /// As there; also when too much waits already, or the service is stopping.
    pub async fn study_mission<T: Send + 'static>(
        &self,
        id: MissionId,
        look: impl FnOnce(MissionView<'_>) -> T + Send + 'static,
    ) -> Result<T, AppError> {
        let cell = self.cell(id).await?;
        let moment = self.moment(&cell).await?;
        self.format_pool.run(move || look(moment.view())).await
    }

    /// The mission as it is now; reads first what others are known to have added.
    pub(super) async fn moment(&self, cell: &Arc<Cell>) -> Result<Moment, AppError> {
        if cell.lock().copy.is_behind() {
            self.catch_up(cell).await?;
        }
        Ok(cell.moment())
    }

    /// The mission as its log says now, whatever was or was not told of it: nobody is refused for what this replica has not
    /// heard of.
    pub(super) async fn moment_of_log(&self, cell: &Arc<Cell>) -> Result<Moment, AppError> {
        let known = (cell.id, cell.lock().copy.mission().seq);
        for (_, head) in self.store.longer_logs(&[known]).await? {
            cell.lock().copy.hear_of(head);
        }
        self.moment(cell).await
    }

    /// Reads what others added to the log, and tells it.
    ///
    /// # Errors
    /// When the database is away, or the log is damaged; the cell stays behind then.
    pub(super) async fn catch_up(&self, cell: &Arc<Cell>) -> Result<(), AppError> {
        let _log = cell.log.lock().await;
        if !cell.lock().copy.is_behind() {
            // Somebody else has just done it.
            return Ok(());
        }
        let after = cell.lock().copy.begin_catch_up();
        let mut stored_events = std::pin::pin!(self.store.stream_events(cell.id, after));
        let (mut events, mut frames) = (Vec::new(), Vec::new());
        while let Some(stored) = stored_events.try_next().await? {
            frames.push(Frame::of(&stored));
            events.push(stored.parse()?);
        }
        let needs_plan = cell.caught_up(&events, frames)?;
        cell.dues.planned(&cell.lock().copy, clock::now());
        if needs_plan {
            self.replanner.poke(cell.id);
        }
        Ok(())
    }

    /// Decides on a mission and records what follows: `decide` sees the present state and returns what happened, or why the
    /// command is refused; a refused command stores nothing. It may be called several times, when somebody else added to the
    /// log in between. What it says holds only once the answer is there.
    ///
    /// The recording goes on when the caller goes away: an event is never stored without being told.
    ///
    /// # Errors
    /// The refusal; or the mission does not exist, too many commands of it wait already, or the database fails.
    pub(super) async fn record<T, D>(&self, id: MissionId, decide: D) -> Result<T, AppError>
    where
        T: Send + 'static,
        D: FnMut(&mut Decider<'_>) -> Result<T, AppError> + Send + 'static,
    {
        self.record_in(&self.cell(id).await?, decide).await
    }

    /// As [`App::record`], for a mission that was found already.
    pub(super) async fn record_in<T, D>(&self, cell: &Arc<Cell>, decide: D) -> Result<T, AppError>
    where
        T: Send + 'static,
        D: FnMut(&mut Decider<'_>) -> Result<T, AppError> + Send + 'static,
    {
        let (command, answer) = command(decide);
        cell.submit(command)?;
        self.journal.call(cell);
        tokio::select! {
            biased;
            answer = answer => answer.unwrap_or(Err(AppError::ShuttingDown)),
            // Nobody decides any more.
            () = self.closed.cancelled() => Err(AppError::ShuttingDown),
        }
    }
}

/// What commands look at besides the mission.
pub(super) struct Surroundings {
    pub(super) network: Arc<Network>,
    pub(super) positions: Arc<BTreeMap<VehicleId, Fix>>,
    pub(super) old_reports: Arc<BTreeMap<ReportId, ReportRecord>>,
    /// The time by the replica's clock.
    pub(super) now: Timestamp,
}

/// A command that waits for being decided on, and for its answer.
pub(super) trait Command: Send {
    /// Decides on the draft; a refused command leaves no trace in it.
    fn decide(&mut self, draft: &mut Draft, surroundings: &Surroundings);

    /// How often it was decided on.
    fn attempts(&self) -> u32;

    /// The span of whoever asked.
    fn span(&self) -> &tracing::Span;

    /// Who did what, if what was decided is to be audited.
    fn take_audit(&mut self) -> Option<AuditEntry>;

    /// What was decided holds.
    fn confirm(self: Box<Self>);

    /// Nothing was decided, or it does not hold.
    fn fail(self: Box<Self>, error: AppError);
}

/// What a command's caller waits for.
pub(super) type Answer<T> = oneshot::Receiver<Result<T, AppError>>;

/// A command that decides so, and where its answer comes.
pub(super) fn command<T, D>(decide: D) -> (Box<dyn Command>, Answer<T>)
where
    T: Send + 'static,
    D: FnMut(&mut Decider<'_>) -> Result<T, AppError> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    let (span, origin) = (trace::asking(), Origin::current());
    (Box::new(Asked { decide, decided: None, audit: None, reply, attempts: 0, span, origin }), answer)
}

struct Asked<T, D> {
    decide: D,
    decided: Option<Result<T, AppError>>,
    audit: Option<AuditEntry>,
    reply: oneshot::Sender<Result<T, AppError>>,
    attempts: u32,
    span: tracing::Span,
    origin: Option<Arc<Origin>>,
}

impl<T, D> Command for Asked<T, D>
where
    T: Send,
    D: FnMut(&mut Decider<'_>) -> Result<T, AppError> + Send,
{
    fn decide(&mut self, draft: &mut Draft, surroundings: &Surroundings) {
        let Self { decide, span, .. } = self;
        let mut audited = None;
        let decided = span.in_scope(|| {
            draft.command(|draft| {
                let mut decider = Decider::new(draft, surroundings);
                let decided = decide(&mut decider);
                audited = decider.audited.take();
                decided
            })
        });
        let audited = audited.filter(|_| decided.is_ok());
        self.audit = audited.map(|(action, detail)| {
            let object = format!("mission/{}", draft.mission().id);
            AuditEntry { at: surroundings.now, ..audit::entry(self.origin.as_deref(), action, object, detail) }
        });
        self.decided = Some(decided);
        self.attempts += 1;
    }

    fn attempts(&self) -> u32 {
        self.attempts
    }

    fn span(&self) -> &tracing::Span {
        &self.span
    }

    fn take_audit(&mut self) -> Option<AuditEntry> {
        self.audit.take()
    }

    fn confirm(self: Box<Self>) {
        let decided = self.decided.unwrap_or_else(|| Err(AppError::Panicked("a command was not decided on".into())));
        // The caller may have gone away.
        let _ = self.reply.send(decided);
    }

    fn fail(self: Box<Self>, error: AppError) {
        let _ = self.reply.send(Err(error));
    }
}

/// A command at work: the mission as it is, and what the command adds to it.
pub(super) struct Decider<'a> {
    draft: &'a mut Draft,
    pub(super) network: &'a Network,
    pub(super) positions: &'a BTreeMap<VehicleId, Fix>,
    old_reports: &'a BTreeMap<ReportId, ReportRecord>,
    /// When it is decided, by the replica's clock.
    pub(super) now: Timestamp,
    audited: Option<(&'static str, serde_json::Value)>,
}

impl<'a> Decider<'a> {
    pub(super) fn new(draft: &'a mut Draft, surroundings: &'a Surroundings) -> Self {
        let Surroundings { network, positions, old_reports, now } = surroundings;
        Self { draft, network, positions, old_reports, now: *now, audited: None }
    }

    /// Where a report stands in the log, if it is there as far as is known.
    pub(super) fn report(&self, id: ReportId) -> Option<ReportRecord> {
        self.draft.mission().reports.get(id).or_else(|| self.old_reports.get(&id).copied())
    }

    /// The mission, with everything this command added so far.
    pub(super) fn mission(&self) -> &Mission {
        self.draft.mission()
    }

    /// Has it written down who did this, with what the command adds.
    pub(super) fn audit(&mut self, action: &'static str, detail: serde_json::Value) {
        self.audited = Some((action, detail));
    }

    /// Adds what happened to the log.
    pub(super) fn add(&mut self, body: EventBody) {
        self.draft.add(body, self.now);
    }
}

/// The events as they are written.
pub(super) fn stored_events(events: &[MissionEvent]) -> Result<Vec<StoredEvent>, AppError> {
    events.iter().map(|event| StoredEvent::of(event).map_err(unwritable)).collect()
}

fn unwritable(error: serde_json::Error) -> AppError {
    AppError::Store(StoreError::Damaged { what: error.to_string() }.into())
}
