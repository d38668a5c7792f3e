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
use super::{App, AppError};
use crate::domain::ids::VehicleId;
use crate::domain::network::Network;
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
const PAUSE_STEP: Duration = Duration::from_micros(500);

/// Whose commands are to be decided on.
#[derive(Default)]
pub(super) struct Journal {
    turns: Mutex<Turns<Arc<Cell>>>,
    called: Notify,
}

impl Journal {
    /// Has the mission's commands decided on soon. Cheap, and harmless when there are none.
    pub(super) fn call(&self, cell: &Arc<Cell>) {
        if self.lock().call(cell) {
            self.called.notify_one();
        }
    }

    pub(super) fn queued(&self) -> usize {
        self.lock().waiting()
    }

    fn take(&self) -> Vec<Arc<Cell>> {
        let mut turns = self.lock();
        let taken: Vec<_> = std::iter::from_fn(|| turns.take()).take(MAX_MISSIONS).collect();
        if turns.waiting() > 0 {
            // One notice may stand for several calls.
            self.called.notify_one();
        }
        taken
    }

    fn done(&self, cell: &Arc<Cell>) {
        if self.lock().done(cell) {
            self.called.notify_one();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Turns<Arc<Cell>>> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One mission's part of a commit.
struct Part<'a> {
    cell: &'a Arc<Cell>,
    draft: Draft,
    events: Vec<StoredEvent>,
    commands: Vec<Box<dyn Command>>,
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
            // Somebody is reading what others added: afterwards.
            let log = cell.log.try_lock().ok().filter(|_| !cell.lock().copy.is_behind());
            let Some(log) = log else {
                self.catch_up_first(Arc::clone(cell));
                continue;
            };
            if let Some((draft, commands)) = decide_all(cell) {
                match stored_events(draft.events()) {
                    Ok(events) if !events.is_empty() => {
                        parts.push(Part { cell, draft, events, commands, _log: log });
                        continue;
                    }
                    Ok(_) => commands.into_iter().for_each(Command::confirm),
                    Err(error) => fail_all(commands, &error),
                }
            }
            drop(log);
            self.turn_over(cell);
        }
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
                    self.settle(part, Ok(appended));
                }
            }
            Err(error) if error.is_unavailable() || parts.len() == 1 => {
                let error = Arc::new(error);
                for part in parts {
                    self.settle(part, Err(Arc::clone(&error)));
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
                    self.settle(part, answer.map_err(Arc::new));
                }
            }
        }
    }

    /// What was written holds, or is decided anew, or has failed.
    fn settle(self: &Arc<Self>, part: Part<'_>, answer: Result<Appended, Arc<StoreError>>) {
        let Part { cell, draft, events, commands, _log: log } = part;
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
                if needs_plan {
                    self.replanner.poke(cell.id);
                }
                self.hints.log_grew(cell.id, head);
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
        self.turn_over(cell);
    }

    /// The turn is over; another one follows if anything waits.
    fn turn_over(&self, cell: &Arc<Cell>) {
        let more = {
            let state = cell.lock();
            !state.waiting.is_empty()
        };
        if more {
            self.journal.call(cell);
        }
        self.journal.done(cell);
    }

    /// Reads what others added before the mission's commands are decided on; the turn goes on meanwhile.
    fn catch_up_first(self: &Arc<Self>, cell: Arc<Cell>) {
        let app = Arc::clone(self);
        self.tasks.spawn(async move {
            let attempts = cell.lock().waiting.front().map_or(0, |command| command.attempts());
            if attempts > 0 {
                // Two replicas that write to the same mission do not run into each other again and again.
                let noise = u32::from(super::clock::new_uuid().as_bytes().last().copied().unwrap_or(0));
                tokio::time::sleep(PAUSE_STEP * attempts * noise / 255).await;
            }
            if let Err(error) = app.catch_up(&cell).await {
                let waiting = std::mem::take(&mut cell.lock().waiting);
                fail_all(waiting, &error);
            }
            app.turn_over(&cell);
        });
    }
}

impl Part<'_> {
    fn append(&self) -> LogAppend<'_> {
        LogAppend { mission: self.draft.mission(), expected_seq: self.draft.base_seq(), events: &self.events }
    }
}

/// Decides on what waits, up to what one turn may write.
fn decide_all(cell: &Cell) -> Option<(Draft, Vec<Box<dyn Command>>)> {
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
        decided.extend(decide(command, &mut draft, &cell.network, &positions));
    }
    Some((draft, decided))
}

/// Decides on one command, unless it panics: then it has failed, and the others go on.
fn decide(
    mut command: Box<dyn Command>,
    draft: &mut Draft,
    network: &Network,
    positions: &BTreeMap<VehicleId, Fix>,
) -> Option<Box<dyn Command>> {
    let kept = draft.events().len();
    // The command is dropped and the draft set right again: nothing half done is seen by anybody.
    match catch_unwind(AssertUnwindSafe(|| command.decide(draft, network, positions))) {
        Ok(()) => Some(command),
        Err(_) => {
            draft.keep_only(kept);
            command.fail(AppError::Panicked("a command panicked".to_owned()));
            None
        }
    }
}

fn fail_all(commands: impl IntoIterator<Item = Box<dyn Command>>, error: &AppError) {
    for command in commands {
        command.fail(error.for_another());
    }
}
