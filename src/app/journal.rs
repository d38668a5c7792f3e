//! The one place that adds to the logs of existing missions.
//!
//! Commands of a mission wait in its cell. A writer takes the missions whose turn it is, decides on what waits in each,
//! writes all of it in one commit, and only then answers, tells and pokes. While the commit is under way the next commands
//! gather: the busier it is, the more of them share one. No mission has two turns at once, and what it may write in one turn is
//! bounded, so that a busy mission does not delay another.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{MutexGuard as AsyncMutexGuard, Notify};

use super::cells::{Cell, Command, frame, stored_events};
use super::hints::Hints;
use super::replanner::Replanner;
use super::{App, AppError, clock};
use crate::domain::ids::VehicleId;
use crate::domain::network::Network;
use crate::domain::timestamp::Timestamp;
use crate::domain::vehicle::Fix;
use crate::engine::{Draft, Turns};
use crate::store::{Appended, LogAppend, StoreError, StoredEvent};

/// How many commits may be under way at once: while one waits for the disk, the next is sent.
pub(super) const WRITERS: usize = 2;
/// How many missions share a commit.
const MAX_MISSIONS: usize = 64;
/// After how many events a turn ends: a batch of the largest size, or some.
const MAX_EVENTS: usize = 1_000;
/// How often a command is decided anew because somebody else added to the log in between.
const MAX_ATTEMPTS: u32 = 20;
/// How long a mission waits at most before its commands are decided anew, a little longer after each time.
pub(super) const PAUSE_STEP: Duration = Duration::from_micros(500);

/// Whose commands are to be decided on.
#[derive(Default)]
pub(super) struct Journal {
    turns: Mutex<Turns<Arc<Cell>>>,
    pub(super) called: Notify,
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

    pub(super) fn take(&self) -> Vec<Arc<Cell>> {
        let mut turns = self.lock();
        let taken: Vec<_> = std::iter::from_fn(|| turns.take()).take(MAX_MISSIONS).collect();
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
pub(super) struct Part<'a> {
    pub(super) cell: &'a Arc<Cell>,
    pub(super) draft: Draft,
    pub(super) events: Vec<StoredEvent>,
    pub(super) commands: Vec<Box<dyn Command>>,
    _log: AsyncMutexGuard<'a, ()>,
}

impl App {
    /// Writes logs until the service is closed and nothing waits.
    pub(super) async fn write_logs(self: &Arc<Self>) {
        loop {
            let cells = self.journal.take();
            if cells.is_empty() {
                tokio::select! {
                    biased;
                    () = self.journal.called.notified() => {}
                    () = self.closed.cancelled() => return,
                }
            } else {
                self.take_turns(cells).await;
            }
        }
    }

    async fn take_turns(self: &Arc<Self>, cells: Vec<Arc<Cell>>) {
        let mut parts = Vec::with_capacity(cells.len());
        for cell in &cells {
            match open(cell, clock::now()) {
                Opening::Decided(part) => parts.push(part),
                Opening::Over => self.journal.done(cell),
                Opening::CatchUp => self.catch_up_first(Arc::clone(cell)),
            }
        }
        let (silent, parts): (Vec<_>, Vec<_>) = parts.into_iter().partition(|part| part.events.is_empty());
        tokio::join!(self.answer_silent(silent), self.write(parts));
    }

    /// What adds nothing to the log is no less decided on it: it holds if nobody else has added to it.
    async fn answer_silent(&self, parts: Vec<Part<'_>>) {
        if parts.is_empty() {
            return;
        }
        let known: Vec<_> = parts.iter().map(|part| (part.cell.id, part.draft.base_seq())).collect();
        let longer = self.store.longer_logs(&known).await.map_err(Arc::new);
        for part in parts {
            let answer = match &longer {
                Ok(longer) if longer.iter().any(|(id, _)| *id == part.cell.id) => Ok(Appended::Conflict),
                Ok(_) => Ok(Appended::Stored),
                Err(error) => Err(Arc::clone(error)),
            };
            part.settle(answer, &self.replanner, &self.hints, &self.journal);
        }
    }

    async fn write(&self, parts: Vec<Part<'_>>) {
        if parts.is_empty() {
            return;
        }
        metrics::histogram!("outrider_commit_missions").record(parts.len() as f64);
        metrics::histogram!("outrider_commit_events")
            .record(parts.iter().map(|p| p.events.len()).sum::<usize>() as f64);
        let appends: Vec<LogAppend<'_>> = parts.iter().map(Part::append).collect();
        let answer = self.store.append_events(&appends).await;
        drop(appends);
        match answer {
            Ok(appended) => {
                for (part, appended) in parts.into_iter().zip(appended) {
                    part.settle(Ok(appended), &self.replanner, &self.hints, &self.journal);
                }
            }
            Err(error) if error.is_unavailable() || parts.len() == 1 => {
                let error = Arc::new(error);
                for part in parts {
                    part.settle(Err(Arc::clone(&error)), &self.replanner, &self.hints, &self.journal);
                }
            }
            // One of them is at fault; the others shall not suffer for it.
            Err(error) => {
                tracing::error!(
                    error = crate::chain::of(&error),
                    "a commit of several missions was refused; each goes alone"
                );
                for part in parts {
                    let answer = self.store.append_events(&[part.append()]).await;
                    let answer = answer.map(|answers| answers.first().copied().unwrap_or(Appended::Conflict));
                    part.settle(answer.map_err(Arc::new), &self.replanner, &self.hints, &self.journal);
                }
            }
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

/// How a mission's turn begins.
#[expect(clippy::large_enum_variant, reason = "there is one at a time, and it is taken apart at once")]
pub(super) enum Opening<'a> {
    /// Something was decided. It may add nothing.
    Decided(Part<'a>),
    /// Nothing waited, or what did has failed.
    Over,
    /// What others added must be read first.
    CatchUp,
}

/// Begins a mission's turn: decides on what waits.
pub(super) fn open(cell: &Arc<Cell>, now: Timestamp) -> Opening<'_> {
    // Somebody is reading what others added: afterwards.
    let log = cell.log.try_lock().ok().filter(|_| !cell.lock().copy.is_behind());
    let Some(log) = log else { return Opening::CatchUp };
    let Some((draft, commands)) = decide_all(cell, now) else { return Opening::Over };
    match stored_events(draft.events()) {
        Ok(_) if commands.is_empty() => Opening::Over,
        Ok(events) => Opening::Decided(Part { cell, draft, events, commands, _log: log }),
        Err(error) => {
            fail_all(commands, &error);
            Opening::Over
        }
    }
}

impl Part<'_> {
    /// What was written holds, or is decided anew, or has failed; the turn is over.
    pub(super) fn settle(
        self,
        answer: Result<Appended, Arc<StoreError>>,
        replanner: &Replanner,
        hints: &Hints,
        journal: &Journal,
    ) {
        let Part { cell, draft, events, commands, _log: log } = self;
        match answer {
            Ok(Appended::Stored) => {
                let needs_plan = draft.mission().needs_plan();
                let head = draft.mission().seq;
                cell.lock().copy.stored(draft);
                match events.iter().map(frame).collect::<Result<Vec<_>, _>>() {
                    Ok(frames) => cell.feed.publish(frames),
                    // It was written, so this cannot be; the sweep would tell it.
                    Err(error) => tracing::error!(error = crate::chain::of(&error), "an event cannot be told"),
                }
                commands.into_iter().for_each(Command::confirm);
                if !events.is_empty() {
                    if needs_plan {
                        replanner.poke(cell.id);
                    }
                    hints.log_grew(cell.id, head);
                }
            }
            Ok(Appended::Conflict) => {
                metrics::counter!("outrider_append_conflicts_total").increment(1);
                let mut state = cell.lock();
                state.copy.doubt();
                for command in commands.into_iter().rev() {
                    if command.attempts() < MAX_ATTEMPTS {
                        state.waiting.push_front(command);
                    } else {
                        command.fail(AppError::Contended);
                    }
                }
            }
            Err(error) => {
                // It may be in the log all the same.
                cell.lock().copy.doubt();
                fail_all(commands, &AppError::from(error));
            }
        }
        drop(log);
        journal.done(cell);
    }

    fn append(&self) -> LogAppend<'_> {
        LogAppend { mission: self.draft.mission(), expected_seq: self.draft.base_seq(), events: &self.events }
    }
}

/// Decides on what waits, up to what one turn may write.
fn decide_all(cell: &Cell, now: Timestamp) -> Option<(Draft, Vec<Box<dyn Command>>)> {
    let (mut draft, positions) = {
        let state = cell.lock();
        if state.waiting.is_empty() {
            return None;
        }
        (state.copy.draft(), Arc::clone(&state.positions))
    };
    let mut decided = Vec::new();
    while draft.events().len() < MAX_EVENTS {
        let Some(command) = cell.lock().waiting.pop_front() else { break };
        decided.extend(decide(command, &mut draft, &cell.network, &positions, now));
    }
    Some((draft, decided))
}

/// Decides on one command, unless it panics: then it has failed, and the others go on.
fn decide(
    mut command: Box<dyn Command>,
    draft: &mut Draft,
    network: &Network,
    positions: &BTreeMap<VehicleId, Fix>,
    now: Timestamp,
) -> Option<Box<dyn Command>> {
    let kept = draft.events().len();
    // The command is dropped and the draft set right again: nothing half done is seen by anybody.
    match catch_unwind(AssertUnwindSafe(|| command.decide(draft, network, positions, now))) {
        Ok(()) => Some(command),
        Err(_) => {
            draft.keep_only(kept);
            command.fail(AppError::Panicked("a command panicked".to_owned()));
            None
        }
    }
}

pub(super) fn fail_all(commands: impl IntoIterator<Item = Box<dyn Command>>, error: &AppError) {
    for command in commands {
        command.fail(error.for_another());
    }
}
