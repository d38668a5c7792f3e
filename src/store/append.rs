//! Adding to missions' event logs.

use sqlx::postgres::PgArguments;
use sqlx::query::QueryScalar;
use sqlx::{PgConnection, Postgres};
use time::OffsetDateTime;
use uuid::Uuid;

use super::append_statements::{ADVANCE, APPEND, APPEND_AUDITED, CONTINUE};
use super::audit::{AuditColumns, AuditEntry};
use super::connections::{ANSWER_LIMIT, Generation};
use super::log::{StoredEvent, as_number};
use super::missions::status_name;
use super::{Store, StoreError};
use crate::domain::ids::MissionId;
use crate::domain::mission::Mission;

/// What is to be added to one mission's log.
#[derive(Clone, Copy, Debug)]
pub struct LogAppend<'a> {
    /// The mission with these events in it.
    pub mission: &'a Mission,
    /// Where the log must end for them to be added.
    pub expected_seq: u64,
    /// The events, which continue the log there.
    pub events: &'a [StoredEvent],
    /// Who changed what by them, where that is audited: written if they are.
    pub audit: &'a [AuditEntry],
    /// On connections of which generation the log was last known to end there, if that is known: by an append that was stored.
    pub known_in: Option<Generation>,
}

/// What became of an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// The events are in the log, durably.
    Stored,
    /// The log had grown meanwhile, or the mission does not exist: nothing was stored.
    Conflict,
}

/// What became of some appends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// Of each of them, in their order.
    pub appended: Vec<Appended>,
    /// On which connections the logs that have grown are known to end where they do now.
    pub known_in: Generation,
    /// Rows of missions were left behind their logs.
    pub left_rows: bool,
}

/// How often the same is tried, each time after somebody else was faster.
const ATTEMPTS: u32 = 3;

impl Store {
    /// Appends to the logs of some missions, to each if it still ends where it is expected to: one statement, one commit. Each mission
    /// comes once.
    ///
    /// The missions' rows are written with their new states under their locks, taken in the order of the ids, so that two replicas never
    /// wait for each other. But where `alone` says that no other replica is alive, reports and plans are added without the rows, which
    /// spares the database a good part of the work; [`Store::rows_follow_logs`] makes good for it. Should somebody else be there all the same,
    /// and be faster or wait for this too, nothing is stored, and it is done once more with the rows.
    ///
    /// # Errors
    /// When the database fails; nothing is stored then. But when the connection broke while the answer was under way,
    /// everything may be stored nevertheless: read the logs before deciding again.
    pub async fn append_events(&self, appends: &[LogAppend<'_>], alone: bool) -> Result<Written, StoreError> {
        let mut rows = match appends.iter().all(LogAppend::only_advances) {
            true if alone => Rows::Left,
            true if appends.len() == 1 => Rows::AsTheyCome,
            _ => Rows::InOrder,
        };
        for _ in 1..ATTEMPTS {
            match self.append_in(appends, rows).await {
                Err(error) if error.is_number_taken() || error.is_deadlock() => rows = Rows::InOrder,
                done => return done,
            }
        }
        self.append_in(appends, rows).await
    }

    async fn append_in(&self, appends: &[LogAppend<'_>], mut rows: Rows) -> Result<Written, StoreError> {
        let mut held = self.pool.acquire().await?;
        let (generation, known_in) = (held.generation(), held.trusted_since());
        if rows == Rows::Left && appends.iter().any(|append| append.known_in != Some(known_in)) {
            // The database may have been put back to an older state meanwhile: the log is to be looked at.
            rows = Rows::AsTheyCome;
        }
        let appending = append(&mut held, appends, rows);
        let appended = self.pool.bounded(generation, ANSWER_LIMIT, appending).await?;
        held.give_back();
        Ok(Written { appended, known_in, left_rows: rows == Rows::Left })
    }
}

/// What is done with the rows of missions whose logs grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rows {
    /// They are written, each locked before in the order of the ids.
    InOrder,
    /// They are written in whatever order the database finds quickest; only for what [only advances](LogAppend::only_advances).
    AsTheyCome,
    /// They are left as they are; only for what only advances a log that is known to end where it is expected to.
    Left,
}

impl LogAppend<'_> {
    /// Whether there are reports and plans only. They are nearly all there is, and change nothing of the mission's row but how far its
    /// log, its knowledge and its plans have come.
    fn only_advances(&self) -> bool {
        self.audit.is_empty() && self.events.iter().all(|event| matches!(&*event.kind, "report" | "plan"))
    }
}

/// Adds to logs, if they end where they are expected to.
pub(super) async fn append(
    connection: &mut PgConnection,
    appends: &[LogAppend<'_>],
    rows: Rows,
) -> Result<Vec<Appended>, StoreError> {
    let stored: Vec<Uuid> = match rows {
        Rows::InOrder => append_in_order(connection, appends).await?,
        Rows::AsTheyCome => advance(connection, appends).await?,
        Rows::Left => {
            continue_logs(connection, appends).await?;
            return Ok(vec![Appended::Stored; appends.len()]);
        }
    };
    let appended = |append: &LogAppend<'_>| {
        if stored.contains(&append.mission.id.0) { Appended::Stored } else { Appended::Conflict }
    };
    Ok(appends.iter().map(appended).collect())
}

/// Reports and plans, without the rows.
async fn continue_logs(connection: &mut PgConnection, appends: &[LogAppend<'_>]) -> Result<(), sqlx::Error> {
    let mut events = EventColumns::default();
    // What the row would say stands with the last event of each mission.
    let (mut planning, mut planned): (Vec<Option<i64>>, Vec<Option<i64>>) = (Vec::new(), Vec::new());
    for LogAppend { mission, events: added, .. } in appends {
        for event in *added {
            events.push(mission.id, event);
            let is_last = event.seq == mission.seq;
            planning.push(is_last.then(|| as_number(mission.planning_seq)));
            planned.push(is_last.then(|| as_number(mission.planned_seq())));
        }
    }
    // It answers with no row: what is not stored is an error.
    events.bind(sqlx::query_scalar(CONTINUE)).bind(planning).bind(planned).fetch_all(connection).await.map(drop)
}

/// Reports and plans.
async fn advance(connection: &mut PgConnection, appends: &[LogAppend<'_>]) -> Result<Vec<Uuid>, sqlx::Error> {
    let count = appends.len();
    let mut ids: Vec<Uuid> = Vec::with_capacity(count);
    let mut numbers: [Vec<i64>; 5] = std::array::from_fn(|_| Vec::with_capacity(count));
    let mut events = EventColumns::default();
    for LogAppend { mission, expected_seq, events: added, .. } in appends {
        ids.push(mission.id.0);
        let values = [*expected_seq, mission.seq, mission.revision, mission.planning_seq, mission.planned_seq()];
        for (column, value) in numbers.iter_mut().zip(values) {
            column.push(as_number(value));
        }
        for event in *added {
            events.push(mission.id, event);
        }
    }
    let [expected, seqs, revisions, planning, planned] = numbers;
    events
        .bind(sqlx::query_scalar(ADVANCE))
        .bind(ids)
        .bind(expected)
        .bind(seqs)
        .bind(revisions)
        .bind(planning)
        .bind(planned)
        .fetch_all(connection)
        .await
}

/// Whatever there is, with what is audited.
async fn append_in_order(connection: &mut PgConnection, appends: &[LogAppend<'_>]) -> Result<Vec<Uuid>, sqlx::Error> {
    let count = appends.len();
    let mut ids: Vec<Uuid> = Vec::with_capacity(count);
    let (mut names, mut statuses) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let mut numbers: [Vec<i64>; 6] = std::array::from_fn(|_| Vec::with_capacity(count));
    let (mut expiries, mut changes) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let mut events = EventColumns::default();
    let mut audit = AuditColumns::default();
    let mut audited: Vec<Uuid> = Vec::new();
    for LogAppend { mission, expected_seq, events: added, audit: entries, .. } in appends {
        ids.push(mission.id.0);
        names.push(mission.settings.name.as_str());
        statuses.push(status_name(mission.status));
        let values = [
            *expected_seq,
            mission.seq,
            mission.revision,
            mission.version,
            mission.planning_seq,
            mission.planned_seq(),
        ];
        for (column, value) in numbers.iter_mut().zip(values) {
            column.push(as_number(value));
        }
        expiries.push(mission.knowledge.next_expiry().map(OffsetDateTime::from));
        changes.push(OffsetDateTime::from(mission.changed_at));
        for event in *added {
            events.push(mission.id, event);
        }
        for entry in *entries {
            audited.push(mission.id.0);
            audit.push(entry);
        }
    }
    let [expected, seqs, revisions, versions, planning, planned] = numbers;
    // Nearly always there is nothing to audit, and the statement is spared the work.
    let statement = if audited.is_empty() { APPEND } else { APPEND_AUDITED };
    let mut appending = events
        .bind(sqlx::query_scalar(statement))
        .bind(ids)
        .bind(names)
        .bind(statuses)
        .bind(expected)
        .bind(seqs)
        .bind(revisions)
        .bind(versions)
        .bind(planning)
        .bind(planned)
        .bind(expiries)
        .bind(changes);
    if !audited.is_empty() {
        appending = appending
            .bind(audited)
            .bind(audit.times)
            .bind(audit.principals)
            .bind(audit.tenants)
            .bind(audit.addresses)
            .bind(audit.requests)
            .bind(audit.actions)
            .bind(audit.objects)
            .bind(audit.details);
    }
    appending.fetch_all(connection).await
}

/// Events as the columns of one statement.
#[derive(Default)]
struct EventColumns<'a> {
    missions: Vec<Uuid>,
    seqs: Vec<i64>,
    kinds: Vec<&'a str>,
    revisions: Vec<i64>,
    bodies: Vec<&'a str>,
    times: Vec<OffsetDateTime>,
    reports: Vec<Option<Uuid>>,
}

/// A statement that tells which logs have grown.
type Adding<'a> = QueryScalar<'a, Postgres, Uuid, PgArguments>;

impl<'a> EventColumns<'a> {
    /// The statement's first parameters.
    fn bind(self, statement: Adding<'a>) -> Adding<'a> {
        statement
            .bind(self.missions)
            .bind(self.seqs)
            .bind(self.kinds)
            .bind(self.revisions)
            .bind(self.bodies)
            .bind(self.times)
            .bind(self.reports)
    }

    fn push(&mut self, mission: MissionId, event: &'a StoredEvent) {
        self.missions.push(mission.0);
        self.seqs.push(as_number(event.seq));
        self.kinds.push(&event.kind);
        self.revisions.push(as_number(event.revision));
        self.bodies.push(event.body.get());
        self.times.push(OffsetDateTime::from(event.recorded_at));
        self.reports.push(event.report.map(|id| id.0));
    }
}
