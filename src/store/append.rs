//! Adding to missions' event logs.

use sqlx::postgres::PgArguments;
use sqlx::query::QueryScalar;
use sqlx::{PgConnection, Postgres};
use time::OffsetDateTime;
use uuid::Uuid;

use super::audit::{AuditColumns, AuditEntry};
use super::connections::ANSWER_LIMIT;
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
}

/// What became of an append.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Appended {
    /// The events are in the log, durably.
    Stored,
    /// The log had grown meanwhile, or the mission does not exist: nothing was stored.
    Conflict,
}

impl Store {
    /// Appends to the logs of some missions, to each if it still ends where it is expected to, together with the missions' new
    /// states: one statement, one commit, under the mission rows' locks. Each mission comes once. The answers are in the order of the
    /// appends.
    ///
    /// The locks are taken in the order of the ids, so that two replicas never wait for each other; but where `alone` says that no
    /// other replica is alive, as they come, which is less work. Should there be one all the same, and both wait, it is done once
    /// more in order, after the second that the database takes to notice.
    ///
    /// # Errors
    /// When the database fails; nothing is stored then. But when the connection broke while the answer was under way,
    /// everything may be stored nevertheless: read the logs before deciding again.
    pub async fn append_events(&self, appends: &[LogAppend<'_>], alone: bool) -> Result<Vec<Appended>, StoreError> {
        let may_advance = (alone || appends.len() == 1) && appends.iter().all(LogAppend::only_advances);
        match self.append_in(appends, if may_advance { Order::Any } else { Order::Ids }).await {
            Err(error) if may_advance && error.is_deadlock() => self.append_in(appends, Order::Ids).await,
            appended => appended,
        }
    }

    async fn append_in(&self, appends: &[LogAppend<'_>], order: Order) -> Result<Vec<Appended>, StoreError> {
        let mut held = self.pool.acquire().await?;
        let generation = held.generation();
        let appending = append(&mut held, appends, order);
        let appended = self.pool.bounded(generation, ANSWER_LIMIT, appending).await?;
        held.give_back();
        Ok(appended)
    }
}

/// In which order missions' rows are locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// As their ids are ordered.
    Ids,
    /// Whatever the database finds quickest; only for what [only advances](LogAppend::only_advances).
    Any,
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
    order: Order,
) -> Result<Vec<Appended>, StoreError> {
    let stored: Vec<Uuid> = match order {
        Order::Ids => append_in_order(connection, appends).await?,
        Order::Any => advance(connection, appends).await?,
    };
    let appended = |append: &LogAppend<'_>| {
        if stored.contains(&append.mission.id.0) { Appended::Stored } else { Appended::Conflict }
    };
    Ok(appends.iter().map(appended).collect())
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
    for LogAppend { mission, expected_seq, events: added, audit: entries } in appends {
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

/// The part of a statement that adds the events of those logs that have grown; [`EventColumns::bind`] binds its parameters, the first
/// seven.
macro_rules! added {
    () => {
        "added AS (
             INSERT INTO mission_events (mission_id, seq, kind, revision, body, recorded_at, report_id)
             SELECT event.mission_id, event.seq, event.kind, event.revision, event.body::json, event.recorded_at,
                    event.report_id
             FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::timestamptz[], $7::uuid[])
                  AS event (mission_id, seq, kind, revision, body, recorded_at, report_id)
             JOIN grown ON grown.id = event.mission_id
         )"
    };
}

/// The statement for what only advances: no lock before the change, and no column that stays as it is.
const ADVANCE: &str = concat!(
    "WITH grown AS (
         UPDATE missions SET seq = new.seq, revision = new.revision, planning_seq = new.planning_seq,
                             planned_seq = new.planned_seq
         FROM unnest($8::uuid[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[])
              AS new (id, expected_seq, seq, revision, planning_seq, planned_seq)
         WHERE missions.id = new.id AND missions.seq = new.expected_seq RETURNING missions.id
     ), ",
    added!(),
    " SELECT id FROM grown"
);

/// The statement that adds to logs, with what else it is to do.
macro_rules! append_statement {
    ($also:literal) => {
        concat!(
            "WITH new AS MATERIALIZED (
             SELECT * FROM unnest($8::uuid[], $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::bigint[],
                                  $14::bigint[], $15::bigint[], $16::bigint[], $17::timestamptz[], $18::timestamptz[])
             AS new (id, name, status, expected_seq, seq, revision, version, planning_seq, planned_seq,
                     next_expiry_at, changed_at)
         ), held AS MATERIALIZED (
             SELECT missions.id FROM missions JOIN new ON missions.id = new.id AND missions.seq = new.expected_seq
             ORDER BY missions.id FOR UPDATE OF missions
         ), grown AS (
             UPDATE missions SET name = new.name, status = new.status, seq = new.seq, revision = new.revision,
                                 version = new.version, planning_seq = new.planning_seq,
                                 planned_seq = new.planned_seq, next_expiry_at = new.next_expiry_at,
                                 changed_at = new.changed_at
             FROM new JOIN held ON held.id = new.id WHERE missions.id = new.id RETURNING missions.id
         ), ",
            added!(),
            $also,
            " SELECT id FROM grown"
        )
    };
}

const APPEND: &str = append_statement!("");
const APPEND_AUDITED: &str = append_statement!(
    ", audited AS (
         INSERT INTO audit (at, principal, tenant, address, request_id, action, object, detail)
         SELECT entry.at, entry.principal, entry.tenant, entry.address, entry.request_id, entry.action, entry.object,
                entry.detail::json
         FROM unnest($19::uuid[], $20::timestamptz[], $21::text[], $22::text[], $23::text[], $24::text[], $25::text[],
                     $26::text[], $27::text[])
              AS entry (mission_id, at, principal, tenant, address, request_id, action, object, detail)
         JOIN grown ON grown.id = entry.mission_id
     )"
);

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
    /// The statement's first parameters; see `added`.
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
