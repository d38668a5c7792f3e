//! A replica's copy of a mission.

use std::sync::Arc;

use super::Draft;
use crate::domain::mission::{FoldError, Mission, MissionEvent};

/// A mission as one replica knows it: the fold of the log up to an event that is durable. The log may be longer.
#[derive(Clone, Debug)]
pub struct MissionCopy {
    mission: Arc<Mission>,
    /// The highest number that anybody said the log has.
    heard_of: u64,
    /// A write was refused, or its answer was lost: the log may be longer than anybody said.
    in_doubt: bool,
}

impl MissionCopy {
    /// A copy of what the log folds to.
    pub fn new(mission: Mission) -> Self {
        Self { heard_of: mission.seq, mission: Arc::new(mission), in_doubt: false }
    }

    /// The mission, with nothing in it that is not durable.
    pub fn mission(&self) -> &Arc<Mission> {
        &self.mission
    }

    /// Whether the log is or may be longer. What is decided now would only be refused.
    pub fn is_behind(&self) -> bool {
        self.in_doubt || self.heard_of > self.mission.seq
    }

    /// Somebody says that the log reaches this far.
    pub fn hear_of(&mut self, head: u64) {
        self.heard_of = self.heard_of.max(head);
    }

    /// Somebody else wrote in between, or nobody knows whether the last write counts.
    pub fn doubt(&mut self) {
        self.in_doubt = true;
    }

    /// A place to decide on commands, beginning with the mission as it is.
    pub fn draft(&self) -> Draft {
        Draft::of(&self.mission)
    }

    /// The draft is in the log: it becomes the mission. Returns the mission as it was. Only for a draft of this copy as it still is.
    pub fn stored(&mut self, draft: Draft) -> Arc<Mission> {
        debug_assert_eq!(draft.base_seq(), self.mission.seq, "a draft of this copy as it is");
        let before = std::mem::replace(&mut self.mission, Arc::new(draft.into_mission()));
        self.heard_of = self.heard_of.max(self.mission.seq);
        before
    }

    /// What others wrote is about to be read, from after the event whose number is returned. Until [`Self::catch_up`] the copy
    /// counts as behind; what is heard of meanwhile is not forgotten.
    pub fn begin_catch_up(&mut self) -> u64 {
        // Who spoke of more than the log turns out to have was wrong, and is not to be believed for ever.
        self.heard_of = self.mission.seq;
        self.in_doubt = true;
        self.mission.seq
    }

    /// Folds in what others wrote: all of the log after the copy's last event, as it was read after
    /// [`Self::begin_catch_up`]. Events that the copy has are passed over.
    ///
    /// # Errors
    /// When the events do not continue the log; the copy stays as it was.
    pub fn catch_up(&mut self, events: &[MissionEvent]) -> Result<(), FoldError> {
        let mut mission: Option<Mission> = None;
        for event in events.iter().skip_while(|event| event.seq <= self.mission.seq) {
            mission.get_or_insert_with(|| (*self.mission).clone()).apply(event)?;
        }
        if let Some(mission) = mission {
            self.mission = Arc::new(mission);
        }
        self.in_doubt = false;
        Ok(())
    }
}
