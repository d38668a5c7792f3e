//! The one place that reads the clock.

use uuid::Uuid;

use crate::domain::timestamp::Timestamp;

/// The present, at the precision of the database.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
pub fn now() -> Timestamp {
    time::OffsetDateTime::now_utc().into()
}

/// A new id, ordered by time.
pub fn new_uuid() -> Uuid {
    Uuid::now_v7()
}
