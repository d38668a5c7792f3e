//! Commands decided on, before the log has them.

use std::sync::Arc;

use crate::domain::mission::{EventBody, Mission, MissionEvent};
use crate::domain::timestamp::Timestamp;

/// A mission some events ahead of its log: what commands add when each is decided on the state that the one before it left.
/// All of it is written at once, on the condition that the log still ends where the draft begins, or none of it.
#[derive(Clone, Debug)]
pub struct Draft {
    base: Arc<Mission>,
    mission: Mission,
    events: Vec<MissionEvent>,
}

impl Draft {
    /// A draft that adds nothing yet.
    pub fn of(base: &Arc<Mission>) -> Self {
        Self { base: Arc::clone(base), mission: (**base).clone(), events: Vec::new() }
    }

    /// Where the log must end for this to be written.
    pub fn base_seq(&self) -> u64 {
        self.base.seq
    }

    /// The mission as its log has it.
    pub fn base(&self) -> &Mission {
        &self.base
    }

    /// The mission with everything added so far.
    pub fn mission(&self) -> &Mission {
        &self.mission
    }

    /// What is to be written.
    pub fn events(&self) -> &[MissionEvent] {
        &self.events
    }

    /// Adds what happened.
    pub fn add(&mut self, body: EventBody, recorded_at: Timestamp) {
        let event = self.mission.append(body, recorded_at);
        self.events.push(event);
    }

    /// Decides on a command. A refused one leaves no trace.
    ///
    /// # Errors
    /// The refusal.
    pub fn command<T, E>(&mut self, decide: impl FnOnce(&mut Self) -> Result<T, E>) -> Result<T, E> {
        let kept = self.events.len();
        let decided = decide(self);
        if decided.is_err() {
            self.keep_only(kept);
        }
        decided
    }

    /// Takes back all but the first events, and whatever a command that panicked left half done.
    pub fn keep_only(&mut self, count: usize) {
        if self.mission.seq == self.base.seq + count as u64 {
            return;
        }
        self.events.truncate(count);
        self.mission = (*self.base).clone();
        for event in &self.events {
            self.mission.append(event.body.clone(), event.recorded_at);
        }
    }

    /// The mission with everything added.
    pub fn into_mission(self) -> Mission {
        self.mission
    }
}
