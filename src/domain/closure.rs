//! An operator's atomic change of passability.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ids::{ClosureId, SegmentId};
use super::timestamp::Timestamp;

/// What happens to the named segments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Closure {
    /// They are closed as a whole, whatever reports say, until reopened or expired.
    Close {
        /// Names this closing; its expiry lifts it and no other.
        id: ClosureId,
        /// The segments, ascending, each once.
        segments: Vec<SegmentId>,
        /// Why, in the operator's words.
        reason: String,
        /// Who decided it.
        closed_by: String,
        /// When it ends by itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        expires_at: Option<Timestamp>,
    },
    /// Several closings decided together, as a feed of road closures tells them: one change, each with its own reason and expiry.
    CloseEach {
        /// Names this change.
        id: ClosureId,
        /// The closings, in the order of the feed.
        closings: Vec<Closing>,
        /// Who decided them.
        closed_by: String,
    },
    /// All closings of these segments are lifted, and blocked findings up to the time `at` are void.
    Reopen {
        /// Names this change.
        id: ClosureId,
        /// The segments, ascending, each once.
        segments: Vec<SegmentId>,
        /// Why, in the operator's words.
        reason: String,
        /// Who decided it.
        reopened_by: String,
        /// When it was decided: later findings count again.
        at: Timestamp,
    },
    /// A closing has reached its expiry.
    Expire {
        /// The closing.
        id: ClosureId,
    },
}

impl Closure {
    /// The id by which a repeat of the change is known, and how many segments the change is of; `None` of an expiry, which
    /// repeats nothing.
    pub fn named(&self) -> Option<(ClosureId, usize)> {
        match self {
            Closure::Close { id, segments, .. } | Closure::Reopen { id, segments, .. } => Some((*id, segments.len())),
            Closure::CloseEach { id, closings, .. } => {
                let mut segments: Vec<SegmentId> = closings.iter().flat_map(|c| c.segments.iter().copied()).collect();
                segments.sort_unstable();
                segments.dedup();
                Some((*id, segments.len()))
            }
            Closure::Expire { .. } => None,
        }
    }
}

/// One closing of several that were decided together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Closing {
    /// Names this closing; its expiry lifts it and no other.
    pub id: ClosureId,
    /// The segments, ascending, each once.
    pub segments: Vec<SegmentId>,
    /// Why, in the feed's words.
    pub reason: String,
    /// When it ends by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
}
