//! The one place that adds to the logs of existing missions.
//!
//! Commands of a mission wait in its cell. A writer takes the missions whose turn it is, decides on what waits in each,
//! writes all of it in one commit, and only then answers, tells and pokes. While the commit is under way the next commands
//! gather: the busier it is, the more of them share one; and where it is busy the next commit is sent before the one before is told,
//! so that the database need not wait for that. No mission has two turns at once, and what it may write in one turn is
//! bounded, so that a busy mission does not delay another.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Notify, OwnedMutexGuard};
use tracing::Span;

use super::along::FEW_EVENTS;
use super::cells::{Cell, Command, Surroundings, stored_events};
use super::told::Untold;
use super::{App, AppError, clock, trace};
use crate::domain::ids::{MissionId, ReportId};
use crate::domain::mission::{EventBody, ReportRecord};
use crate::domain::plan::Plan;
use crate::domain::timestamp::Timestamp;
use crate::engine::{Draft, Turns};
use crate::store::{Appended, AuditEntry, LogAppend, StoreError, StoredEvent, Written};

/// How many commits may be under way at once: while one waits for the disk, the next is sent.
pub(super) const WRITERS: usize = 2;
/// From how many events on a commit under way has the next one wait for its end, so that more of them share it: the
/// processors are busy then, and a commit costs the database several times what an event in it costs.
const GATHERED_FROM: usize = 4;
/// How many missions share a commit.
const MAX_MISSIONS: usize = 64;
/// After how many events a turn ends: a batch of the largest size, or some.
const MAX_EVENTS: usize = 1_000;
/// After how many events a commit takes in no more missions.
const MAX_COMMIT_EVENTS: usize = 2_000;
/// How often a command is decided anew because somebody else added to the log in between.
const MAX_ATTEMPTS: u32 = 20;
/// How long a mission waits at most before its commands are decided anew, a little longer after each time.
pub(super) const PAUSE_STEP: Duration = Duration::from_micros(500);

/// Whose commands are to be decided on.
#[derive(Default)]
pub(super) struct Journal {
    turns: Mutex<Turns<Arc<Cell>>>,
    pub(super) called: Notify,
    /// How many large commits are under way.
    large: AtomicUsize,
}

/// A large commit that is under way.
struct Large<'a>(&'a Journal);

impl<'a> Large<'a> {
    fn begin(journal: &'a Journal) -> Self {
        journal.large.fetch_add(1, Ordering::Relaxed);
        Self(journal)
    }
}

impl Drop for Large<'_> {
    fn drop(&mut self) {
        self.0.large.fetch_sub(1, Ordering::Relaxed);
        self.0.called.notify_one();
    }
}

impl Journal {
    /// Has the mission's commands decided on soon. Cheap, and harmless when there are none.
    pub(super) fn call(&self, cell: &Arc<Cell>) {
        if self.lock().call(cell) {
            self.called.notify_one();
        }
    }

    /// The log is said to reach this far: if that is further than the copy, what others added is read soon.
    pub(super) fn hear_of(&self, cell: &Arc<Cell>, head: u64) {
        let is_behind = {
            let mut state = cell.lock();
            state.copy.hear_of(head);
            state.copy.is_behind()
        };
        if is_behind {
            self.call(cell);
        }
    }

    pub(super) fn queued(&self) -> usize {
        self.lock().waiting()
    }

    /// Whether a large commit is under way: reports come faster than each could have a commit of its own.
    pub(super) fn is_busy(&self) -> bool {
        self.large.load(Ordering::Relaxed) > 0
    }

    /// The mission whose turn is next, to begin a commit with, unless it is better to let more gather.
    fn begin(&self) -> Option<Arc<Cell>> {
        if self.is_busy() { None } else { self.take() }
    }

    pub(super) fn take(&self) -> Option<Arc<Cell>> {
        let mut turns = self.lock();
        let taken = turns.take();
        if turns.waiting() > 0 {
            // One notice may stand for several calls.
            self.called.notify_one();
        }
        taken
    }

    /// The mission's turn is over; another one follows if anything waits.
    pub(super) fn done(&self, cell: &Arc<Cell>) {
        let more = !cell.lock().waiting.is_empty();
        if more {
            self.call(cell);
        }
        if self.lock().done(cell) {
            self.called.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Turns<Arc<Cell>>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One mission's part of a commit.
pub(super) struct Part {
    pub(super) cell: Arc<Cell>,
    pub(super) draft: Draft,
    pub(super) events: Vec<StoredEvent>,
    pub(super) commands: Vec<Box<dyn Command>>,
    pub(super) audit: Vec<AuditEntry>,
    /// The plan that is written with what calls for it.
    along: Option<Arc<Plan>>,
    log: OwnedMutexGuard<()>,
}

/// What a commit has stored of one mission, and what is measured and traced of it.
struct Stored {
    untold: Untold,
    /// The last event that calls for a plan, and when it was recorded.
    due: Option<(u64, Timestamp)>,
    along: Option<Arc<Plan>>,
    span: Span,
}

/// How a mission's turn begins.
#[expect(clippy::large_enum_variant, reason = "there is one at a time, and it is taken apart at once")]
pub(super) enum Opening {
    /// Something was decided. It may add nothing.
    Decided(Part),
    /// Nothing waited, or what did has failed.
    Over,
    /// What others added must be read first.
    CatchUp,
}

impl App {
    /// Writes logs until the service is closed and nothing waits.
    pub(super) async fn write_logs(self: &Arc<Self>) {
        let mut untold = Vec::new();
        loop {
            let Some(first) = self.journal.begin() else {
                self.tell(std::mem::take(&mut untold));
                tokio::select! {
                    biased;
                    () = self.journal.called.notified() => continue,
                    () = self.closed.cancelled() => return,
                }
            };
            untold = self.take_turns(first, untold).await;
        }
    }

    /// One commit: the mission's turn, and those of others that wait. Tells what the commit before has stored, and returns what this one has.
    async fn take_turns(self: &Arc<Self>, first: Arc<Cell>, untold: Vec<Stored>) -> Vec<Stored> {
        let mut parts: Vec<Part> = Vec::new();
        let mut event_count = 0;
        let mut next = Some(first);
        while let Some(cell) = next {
            match open(&cell, clock::now()) {
                Opening::Decided(part) => {
                    event_count += part.events.len();
                    parts.push(part);
                }
                Opening::Over => self.journal.done(&cell),
                Opening::CatchUp => self.catch_up_first(cell),
            }
            let full = parts.len() >= MAX_MISSIONS || event_count >= MAX_COMMIT_EVENTS;
            next = if full { None } else { self.journal.take() };
        }
        let (silent, mut parts): (Vec<_>, Vec<_>) = parts.into_iter().partition(|part| part.events.is_empty());
        let is_busy = event_count >= FEW_EVENTS;
        let (before, after) = if is_busy { (Vec::new(), untold) } else { (untold, Vec::new()) };
        self.tell(before);
        let at_once = !silent.is_empty();
        let writing = async {
            if !is_busy {
                self.plan_along(&mut parts).await;
            }
            let mut stored = self.write(parts).await;
            if at_once {
                // The look at the log for the silent ones may take longer.
                self.tell(std::mem::take(&mut stored));
            }
            stored
        };
        // The commit is on its way once the first of them has been polled.
        let (stored, (), ()) = tokio::join!(biased; writing, async { self.tell(after) }, self.answer_silent(silent));
        stored
    }

    /// Tells what a commit has stored.
    fn tell(&self, stored: Vec<Stored>) {
        let now = clock::now();
        for Stored { untold, due, along, span } in stored {
            let cell = Arc::clone(&untold.cell);
            match (&along, due) {
                (Some(plan), Some(_)) => self.planned_along(&cell, plan),
                (None, Some((seq, _))) => cell.causes.note(seq, &span),
                (_, None) => {}
            }
            span.in_scope(|| untold.tell(&self.replanner, &self.hints));
            cell.dues.stored(due, &cell.lock().copy, now);
        }
    }

    /// What adds nothing to the log is no less decided on it: it holds if nobody else has added to it.
    async fn answer_silent(&self, parts: Vec<Part>) {
        if parts.is_empty() {
            return;
        }
        let known: Vec<_> = parts.iter().map(|part| (part.cell.id, part.draft.base_seq())).collect();
        let longer = self.store.longer_logs(&known).await.map_err(Arc::new);
        for part in parts {
            if let Some(untold) = part.settle_silent(&longer, &self.journal) {
                untold.tell(&self.replanner, &self.hints);
            }
        }
    }

    async fn write(&self, parts: Vec<Part>) -> Vec<Stored> {
        if parts.is_empty() {
            return Vec::new();
        }
        let event_count: usize = parts.iter().map(|part| part.events.len()).sum();
        metrics::histogram!("outrider_commit_missions").record(parts.len() as f64);
        metrics::histogram!("outrider_commit_events").record(event_count as f64);
        let appends: Vec<LogAppend<'_>> = parts.iter().map(Part::append).collect();
        let commit = |part: &Part| trace::commit(part.commands.iter().map(|command| command.span()), part.events.len());
        let spans: Vec<Span> = parts.iter().map(commit).collect();
        let begun = Instant::now();
        // Until the turns are over: the next commit is for whoever waits then.
        let large = (event_count >= GATHERED_FROM).then(|| Large::begin(&self.journal));
        let answer = self.store.append_events(&appends, self.hints.others() == 0).await;
        metrics::histogram!("outrider_commit_seconds").record(begun.elapsed().as_secs_f64());
        drop(appends);
        let Written { appended, known_in, left_rows } = match answer {
            Ok(written) => written,
            Err(error) => {
                drop(large);
                self.not_written(parts, error).await;
                return Vec::new();
            }
        };
        if left_rows {
            self.rows.doubt();
        }
        let settle = |((part, span), appended): ((Part, Span), Appended)| {
            let (due, along) = (part.due(), part.along.clone());
            part.cell.lock().known_in = (appended == Appended::Stored).then_some(known_in);
            let untold = part.settle(Ok(appended), &self.journal)?;
            Some(Stored { untold, due, along, span })
        };
        parts.into_iter().zip(spans).zip(appended).filter_map(settle).collect()
    }

    /// The commit has failed.
    async fn not_written(&self, parts: Vec<Part>, error: StoreError) {
        if error.is_unavailable() {
            let error = Arc::new(error);
            for part in parts {
                let _nothing = part.settle(Err(Arc::clone(&error)), &self.journal);
            }
            return;
        }
        // One of them is at fault; the others shall not suffer for it.
        let mut known = (parts.len() == 1).then_some(error);
        for part in parts {
            let answer = match known.take() {
                Some(error) => Err(error),
                None => self.store.append_events(&[part.append()], false).await,
            };
            self.settle_alone(part, answer).await;
        }
    }

    /// What became of a part that was written by itself.
    async fn settle_alone(&self, part: Part, answer: Result<Written, StoreError>) {
        if matches!(answer, Err(StoreError::ReportInLog)) {
            let found = self.store.reports_in_log(part.cell.id, &part.reports()).await;
            part.recall(found.map_err(Arc::new), &self.journal);
            return;
        }
        let answer = match answer {
            // Whoever was faster each time is read first.
            Err(error) if error.is_number_taken() => Ok(Appended::Conflict),
            answer => answer.map(|written| written.appended.first().copied().unwrap_or(Appended::Conflict)),
        };
        if let Some(untold) = part.settle(answer.map_err(Arc::new), &self.journal) {
            untold.tell(&self.replanner, &self.hints);
        }
    }

    /// Reads what others added before the mission's commands are decided on; the turn goes on meanwhile.
    fn catch_up_first(self: &Arc<Self>, cell: Arc<Cell>) {
        let app = Arc::clone(self);
        self.tasks.spawn(async move {
            let attempts = cell.lock().waiting.front().map_or(0, |command| command.attempts());
            if attempts > 0 {
                // Two replicas that write to the same mission do not run into each other again and again.
                let noise = u32::from(clock::new_uuid().as_bytes().last().copied().unwrap_or(0));
                tokio::time::sleep(PAUSE_STEP * attempts * noise / 255).await;
            }
            if let Err(error) = app.catch_up(&cell).await {
                let waiting = std::mem::take(&mut cell.lock().waiting);
                fail_all(waiting, &error);
            }
            app.journal.done(&cell);
        });
    }
}

/// Begins a mission's turn: decides on what waits.
pub(super) fn open(cell: &Arc<Cell>, now: Timestamp) -> Opening {
    // While somebody reads what others added, this waits.
    let log = Arc::clone(&cell.log).try_lock_owned().ok().filter(|_| !cell.lock().copy.is_behind());
    let Some(log) = log else { return Opening::CatchUp };
    let Some((draft, mut commands)) = decide_all(cell, now) else { return Opening::Over };
    let audit: Vec<AuditEntry> = commands.iter_mut().filter_map(|command| command.take_audit()).collect();
    match stored_events(draft.events()) {
        Ok(_) if commands.is_empty() => Opening::Over,
        Ok(events) => {
            Opening::Decided(Part { cell: Arc::clone(cell), draft, events, commands, audit, along: None, log })
        }
        Err(error) => {
            fail_all(commands, &error);
            Opening::Over
        }
    }
}

impl Part {
    /// What was written holds, or is decided anew, or has failed; the turn is over. What holds is to be told.
    #[must_use = "what is not told is never answered"]
    pub(super) fn settle(self, answer: Result<Appended, Arc<StoreError>>, journal: &Journal) -> Option<Untold> {
        let Self { cell, draft, events, commands, log, .. } = self;
        let untold = match answer {
            Ok(Appended::Stored) => {
                let needs_plan = draft.mission().needs_plan();
                let before = cell.lock().copy.stored(draft);
                Some(Untold { cell: Arc::clone(&cell), events, commands, needs_plan, before })
            }
            Ok(Appended::Conflict) => {
                metrics::counter!("outrider_append_conflicts_total").increment(1);
                cell.lock().copy.doubt();
                decide_again(&cell, commands);
                None
            }
            Err(error) => {
                // It may be in the log all the same.
                cell.lock().copy.doubt();
                fail_all(commands, &AppError::from(error));
                None
            }
        };
        drop(log);
        journal.done(&cell);
        untold
    }

    /// What adds nothing holds unless the log is one of those that turned out to be longer; the turn is over.
    #[must_use = "what is not told is never answered"]
    pub(super) fn settle_silent(
        self,
        longer: &Result<Vec<(MissionId, u64)>, Arc<StoreError>>,
        journal: &Journal,
    ) -> Option<Untold> {
        let answer = match longer {
            Ok(longer) if longer.iter().any(|(id, _)| *id == self.cell.id) => Ok(Appended::Conflict),
            Ok(_) => Ok(Appended::Stored),
            Err(error) => Err(Arc::clone(error)),
        };
        self.settle(answer, journal)
    }

    /// The reports that are to be written.
    pub(super) fn reports(&self) -> Vec<ReportId> {
        let report = |body: &EventBody| match body {
            EventBody::Report(report) => Some(report.id),
            _ => None,
        };
        self.draft.events().iter().filter_map(|event| report(&event.body)).collect()
    }

    /// A report is in the log that the mission does not remember: where it stands was looked up, and the commands are decided
    /// anew; the turn is over.
    pub(super) fn recall(self, found: Result<Vec<(ReportId, ReportRecord)>, Arc<StoreError>>, journal: &Journal) {
        let Self { cell, commands, log, .. } = self;
        match found {
            Ok(found) => {
                cell.keep_old_reports(found);
                decide_again(&cell, commands);
            }
            Err(error) => fail_all(commands, &AppError::from(error)),
        }
        drop(log);
        journal.done(&cell);
    }

    /// The last event of this part that calls for a plan, and when it was recorded.
    fn due(&self) -> Option<(u64, Timestamp)> {
        let mission = self.draft.mission();
        let seq = mission.planning_seq;
        let event = self.events.iter().rfind(|event| event.seq == seq)?;
        (mission.needs_plan() || self.along.is_some()).then_some((seq, event.recorded_at))
    }

    /// Adds a plan for what this adds, to be written with it.
    pub(super) fn add_plan(&mut self, plan: Arc<Plan>, now: Timestamp) {
        let kept = self.draft.events().len();
        self.draft.add(EventBody::Plan(Arc::clone(&plan)), now);
        match stored_events(&self.draft.events()[kept..]) {
            Ok(written) => {
                self.events.extend(written);
                self.along = Some(plan);
            }
            // The replanner makes it again, and says why it cannot be written.
            Err(_) => self.draft.keep_only(kept),
        }
    }

    fn append(&self) -> LogAppend<'_> {
        LogAppend {
            mission: self.draft.mission(),
            expected_seq: self.draft.base_seq(),
            events: &self.events,
            audit: &self.audit,
            known_in: self.cell.lock().known_in,
        }
    }
}

/// Decides on what waits, up to what one turn may write.
fn decide_all(cell: &Cell, now: Timestamp) -> Option<(Draft, Vec<Box<dyn Command>>)> {
    let (mut draft, surroundings) = {
        let state = cell.lock();
        if state.waiting.is_empty() {
            return None;
        }
        let surroundings = Surroundings {
            network: Arc::clone(&cell.network),
            positions: Arc::clone(&state.positions),
            old_reports: Arc::clone(&state.old_reports),
            now,
        };
        (state.copy.draft(), surroundings)
    };
    let mut decided = Vec::new();
    while draft.events().len() < MAX_EVENTS {
        let Some(command) = cell.lock().waiting.pop_front() else { break };
        decided.extend(decide(command, &mut draft, &surroundings));
    }
    Some((draft, decided))
}

/// Decides on one command, unless it panics: then it has failed, and the others go on.
fn decide(mut command: Box<dyn Command>, draft: &mut Draft, surroundings: &Surroundings) -> Option<Box<dyn Command>> {
    let kept = draft.events().len();
    // The command is dropped and the draft set right again: nothing half done is seen by anybody.
    match catch_unwind(AssertUnwindSafe(|| command.decide(draft, surroundings))) {
        Ok(()) => Some(command),
        Err(_) => {
            draft.keep_only(kept);
            command.fail(AppError::Panicked("a command panicked".to_owned()));
            None
        }
    }
}

/// Puts commands back to where they came from, unless that has been done too often.
fn decide_again(cell: &Cell, commands: Vec<Box<dyn Command>>) {
    for command in commands.into_iter().rev() {
        if command.attempts() < MAX_ATTEMPTS {
            cell.lock().waiting.push_front(command);
        } else {
            command.fail(AppError::Contended);
        }
    }
}

pub(super) fn fail_all(commands: impl IntoIterator<Item = Box<dyn Command>>, error: &AppError) {
    for command in commands {
        command.fail(error.for_another());
    }
}
