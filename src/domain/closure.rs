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
