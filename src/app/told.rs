//! What a commit has stored and who is to hear of it.

use std::sync::Arc;

use tracing::Span;

use super::cells::{Cell, Command};
use super::feed::Frame;
use super::hints::Hints;
use super::replanner::Replanner;
use super::trace;
use crate::domain::mission::Mission;
use crate::store::StoredEvent;

/// One mission's stored part of a commit. The mission has it already, and its next turn may have begun; subscribers, those who wait for
/// answers, the replanner and other replicas hear of it by [`Self::tell`].
///
/// That is another step because the next commit need not wait for it: it is sent before this one is told.
pub(super) struct Untold {
    pub(super) cell: Arc<Cell>,
    pub(super) events: Vec<StoredEvent>,
    pub(super) commands: Vec<Box<dyn Command>>,
    pub(super) needs_plan: bool,
    /// The mission as it was: what nobody else holds of it is given back when all is told.
    pub(super) before: Arc<Mission>,
}

impl Untold {
    /// Tells subscribers first, then who waits: what was answered is on the stream.
    pub(super) fn tell(self, replanner: &Replanner, hints: &Hints) {
        let Self { cell, events, commands, needs_plan, before } = self;
        let head = events.last().map(|event| event.seq);
        let told = match head {
            None => Span::none(),
            Some(seq) => tracing::trace_span!(target: trace::TARGET, "told", seq, events = events.len()),
        };
        let _told = told.enter();
        cell.feed.publish(events.iter().map(Frame::of).collect::<Vec<_>>());
        commands.into_iter().for_each(Command::confirm);
        if let Some(head) = head {
            if needs_plan {
                replanner.poke(cell.id);
            }
            hints.log_grew(cell.id, head);
        }
        drop(before);
    }
}
