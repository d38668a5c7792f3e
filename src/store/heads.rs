//! Where missions stand by their logs, and the rows of missions that follow them.
//!
//! A replica that is alone adds reports and plans to a log without touching the mission's row ([`super::append`]). What the row would
//! say (`seq`, `revision`, `planning_seq`, `planned_seq`) is then told by the log's last event. Whoever asks how far a log reaches asks the
//! log; the sweep goes by the rows, which it has follow first. Status, name, version and expiry change with events of other kinds, which
//! always write the row.

use super::{Store, StoreError};

/// Joins each of `missions` with the last event of its log, as `head`. Every mission has one.
macro_rules! head_of_log {
    () => {
        " CROSS JOIN LATERAL (
             SELECT event.seq, event.revision, COALESCE(event.planning_seq, missions.planning_seq) AS planning_seq,
                    COALESCE(event.planned_seq, missions.planned_seq) AS planned_seq
             FROM mission_events AS event WHERE event.mission_id = missions.id ORDER BY event.seq DESC LIMIT 1
         ) AS head "
    };
}
pub(super) use head_of_log;

/// Rows only ever go forward: one that somebody has written meanwhile is left alone. The disk need not be waited for: what is lost by a
/// crash is done again. Nor is anybody: a row that is locked is being written, or followed by the time all are looked at again; the sweep goes
/// on meanwhile.
const FOLLOW: &str = concat!(
    "WITH hurried AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true))
     UPDATE missions SET seq = behind.seq, revision = behind.revision, planning_seq = behind.planning_seq,
                         planned_seq = behind.planned_seq
     FROM (SELECT missions.id, head.* FROM missions",
    head_of_log!(),
    "WHERE missions.status IN ('active', 'paused') AND head.seq > missions.seq ORDER BY missions.id
           FOR NO KEY UPDATE OF missions SKIP LOCKED) AS behind, hurried
     WHERE missions.id = behind.id AND missions.seq < behind.seq"
);

impl Store {
    /// Has the rows of missions say what their logs say. Returns how many were behind.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn rows_follow_logs(&self) -> Result<u64, StoreError> {
        Ok(sqlx::query(FOLLOW).execute(&self.pool).await?.rows_affected())
    }
}
