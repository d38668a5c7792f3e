//! Missions' event logs.

use std::borrow::Cow;

use futures_util::{Stream, TryStreamExt, stream};
use serde::Serialize;
use serde_json::value::RawValue;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use sqlx::{PgConnection, Row};
use time::OffsetDateTime;
use uuid::Uuid;

use super::audit::{AuditColumns, AuditEntry};
use super::connections::ANSWER_LIMIT;
use super::missions::status_name;
use super::{Store, StoreError};
use crate::domain::ids::{MissionId, ReportId, SegmentId};
use crate::domain::mission::{EventBody, Mission, MissionEvent, Recorded, ReportRecord};
use crate::domain::timestamp::Timestamp;

/// How many events of a log are read at a time. One closing of 20,000 segments has 140 kB.
const PAGE: u32 = 200;

/// One entry of a log as it is stored; the body is passed on unparsed.
#[derive(Debug, Serialize)]
pub struct StoredEvent {
    /// Its number.
    pub seq: u64,
    /// The revision after it.
    pub revision: u64,
    /// When it was taken in.
    pub recorded_at: Timestamp,
    /// Its kind.
    pub kind: Cow<'static, str>,
    /// Its body.
    pub body: Box<RawValue>,
    /// Which report it is; only known of events that are being written.
    #[serde(skip)]
    report: Option<ReportId>,
}

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

impl StoredEvent {
    /// The event in its stored form: what reading it back from the database gives.
    ///
    /// # Errors
    /// When a number in it cannot be written as JSON.
    pub fn of(event: &MissionEvent) -> Result<Self, serde_json::Error> {
        Ok(Self {
            seq: event.seq,
            revision: event.revision,
            recorded_at: event.recorded_at,
            kind: event.body.kind().into(),
            body: serde_json::value::to_raw_value(&BodyOnly(&event.body))?,
            report: match &event.body {
                EventBody::Report(report) => Some(report.id),
                _ => None,
            },
        })
    }

    /// The event as it is read back.
    pub fn read(seq: u64, revision: u64, recorded_at: Timestamp, kind: String, body: Box<RawValue>) -> Self {
        Self { seq, revision, recorded_at, kind: kind.into(), body, report: None }
    }

    /// The event, understood.
    ///
    /// # Errors
    /// When the stored text is not an event of a kind we know.
    pub fn parse(&self) -> Result<MissionEvent, StoreError> {
        #[derive(Serialize)]
        struct Tagged<'a> {
            kind: &'a str,
            body: &'a RawValue,
        }
        let damaged = |e: serde_json::Error| StoreError::Damaged { what: format!("event {}: {e}", self.seq) };
        let text = serde_json::to_string(&Tagged { kind: &self.kind, body: &self.body }).map_err(damaged)?;
        let body = serde_json::from_str(&text).map_err(damaged)?;
        Ok(MissionEvent { seq: self.seq, revision: self.revision, recorded_at: self.recorded_at, body })
    }
}

/// Serialises what is inside an event body, without the kind.
struct BodyOnly<'a>(&'a EventBody);

impl Serialize for BodyOnly<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Ended {
            outcome: crate::domain::mission::MissionEnd,
        }
        match self.0 {
            EventBody::MissionCreated(settings) => settings.serialize(serializer),
            EventBody::Report(report) => report.serialize(serializer),
            EventBody::Closure(closure) => closure.serialize(serializer),
            EventBody::Plan(plan) => plan.serialize(serializer),
            EventBody::Vehicle(event) => event.serialize(serializer),
            EventBody::MissionChanged(change) => change.serialize(serializer),
            EventBody::MissionEnded { outcome } => Ended { outcome: *outcome }.serialize(serializer),
        }
    }
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
    /// states: one statement, one commit, under the mission rows' locks, which are taken in the order of the ids. Each mission
    /// comes once. The answers are in the order of the appends.
    ///
    /// # Errors
    /// When the database fails; nothing is stored then. But when the connection broke while the answer was under way,
    /// everything may be stored nevertheless: read the logs before deciding again.
    pub async fn append_events(&self, appends: &[LogAppend<'_>]) -> Result<Vec<Appended>, StoreError> {
        let mut held = self.pool.acquire().await?;
        let generation = held.generation();
        let appending = append(&mut held, appends);
        let appended = self.pool.bounded(generation, ANSWER_LIMIT, appending).await?;
        held.give_back();
        Ok(appended)
    }

    /// A page of a mission's log, from after `after` on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn events_after(&self, id: MissionId, after: u64, limit: u32) -> Result<Vec<StoredEvent>, StoreError> {
        let rows = sqlx::query(
            "SELECT seq, revision, recorded_at, kind, body FROM mission_events
             WHERE mission_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
        )
        .bind(id.0)
        .bind(as_number(after))
        .bind(i64::from(limit))
        .fetch_all(&self.pool)
        .await?;
        rows.iter().map(read_event).collect()
    }

    /// The whole log from after `after` on, as it is taken. It is read page by page, so that whoever takes it slowly keeps no
    /// connection from others.
    pub fn stream_events(
        &self,
        id: MissionId,
        after: u64,
    ) -> impl Stream<Item = Result<StoredEvent, StoreError>> + Send + '_ {
        let pages = stream::try_unfold(Some(after), move |after| async move {
            let Some(after) = after else { return Ok(None) };
            let page = self.events_after(id, after, PAGE).await?;
            let next = page.last().filter(|_| page.len() == PAGE as usize).map(|last| last.seq);
            Ok::<_, StoreError>(Some((stream::iter(page.into_iter().map(Ok)), next)))
        });
        pages.try_flatten()
    }

    /// Those of the reports that are in the mission's log, with where they stand.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reports_in_log(
        &self,
        id: MissionId,
        reports: &[ReportId],
    ) -> Result<Vec<(ReportId, ReportRecord)>, StoreError> {
        let reports: Vec<Uuid> = reports.iter().map(|id| id.0).collect();
        let rows: Vec<(Uuid, i64, i64, i64)> = sqlx::query_as(
            "SELECT report_id, seq, revision, (body ->> 'segment')::bigint FROM mission_events
             WHERE mission_id = $1 AND report_id = ANY($2)",
        )
        .bind(id.0)
        .bind(reports)
        .fetch_all(&self.pool)
        .await?;
        let record = |(id, seq, revision, segment): (Uuid, i64, i64, i64)| {
            let segment = u32::try_from(segment)
                .map(SegmentId)
                .map_err(|_| StoreError::Damaged { what: format!("the segment of report {id}") })?;
            let recorded = Recorded { seq: seq as u64, revision: revision as u64 };
            Ok((ReportId(id), ReportRecord { recorded, segment }))
        };
        rows.into_iter().map(record).collect()
    }

    /// Of these missions, each with the number of the last event known of it, those whose log is longer, with its length.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn longer_logs(&self, known: &[(MissionId, u64)]) -> Result<Vec<(MissionId, u64)>, StoreError> {
        let (ids, seqs): (Vec<Uuid>, Vec<i64>) = known.iter().map(|(id, seq)| (id.0, as_number(*seq))).unzip();
        let rows: Vec<(Uuid, i64)> = sqlx::query_as(
            "SELECT missions.id, missions.seq FROM unnest($1::uuid[], $2::bigint[]) AS known (id, seq)
             JOIN missions ON missions.id = known.id AND missions.seq > known.seq",
        )
        .bind(ids)
        .bind(seqs)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|(id, seq)| (MissionId(id), seq as u64)).collect())
    }
}

/// Adds to logs, if they end where they are expected to.
pub(super) async fn append(
    connection: &mut PgConnection,
    appends: &[LogAppend<'_>],
) -> Result<Vec<Appended>, StoreError> {
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
    let mut appending = sqlx::query_scalar(statement)
        .bind(&ids)
        .bind(names)
        .bind(statuses)
        .bind(expected)
        .bind(seqs)
        .bind(revisions)
        .bind(versions)
        .bind(planning)
        .bind(planned)
        .bind(expiries)
        .bind(changes)
        .bind(events.missions)
        .bind(events.seqs)
        .bind(events.kinds)
        .bind(events.revisions)
        .bind(events.bodies)
        .bind(events.times)
        .bind(events.reports);
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
    let stored: Vec<Uuid> = appending.fetch_all(connection).await?;
    Ok(ids.iter().map(|id| if stored.contains(id) { Appended::Stored } else { Appended::Conflict }).collect())
}

/// The statement that adds to logs, with what else it is to do.
macro_rules! append_statement {
    ($also:literal) => {
        concat!(
            "WITH new AS MATERIALIZED (
             SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::bigint[], $6::bigint[],
                                  $7::bigint[], $8::bigint[], $9::bigint[], $10::timestamptz[], $11::timestamptz[])
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
         ), added AS (
             INSERT INTO mission_events (mission_id, seq, kind, revision, body, recorded_at, report_id)
             SELECT event.mission_id, event.seq, event.kind, event.revision, event.body::json, event.recorded_at,
                    event.report_id
             FROM unnest($12::uuid[], $13::bigint[], $14::text[], $15::bigint[], $16::text[], $17::timestamptz[],
                         $18::uuid[])
                  AS event (mission_id, seq, kind, revision, body, recorded_at, report_id)
             JOIN grown ON grown.id = event.mission_id
         )",
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

impl<'a> EventColumns<'a> {
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

pub(super) fn unwritable(error: serde_json::Error) -> StoreError {
    StoreError::Damaged { what: format!("an event cannot be written: {error}") }
}

fn read_event(row: &PgRow) -> Result<StoredEvent, StoreError> {
    let (seq, revision): (i64, i64) = (row.try_get(0)?, row.try_get(1)?);
    let recorded_at = row.try_get::<OffsetDateTime, _>(2)?.into();
    let body = row.try_get::<Json<Box<RawValue>>, _>(4)?.0;
    Ok(StoredEvent::read(seq as u64, revision as u64, recorded_at, row.try_get(3)?, body))
}

/// Counters stay far below 2⁶³.
fn as_number(counter: u64) -> i64 {
    i64::try_from(counter).unwrap_or(i64::MAX)
}
