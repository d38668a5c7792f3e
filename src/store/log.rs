//! Missions' event logs, and reading them.

use std::borrow::Cow;

use futures_util::{Stream, TryStreamExt, stream};
use serde::Serialize;
use serde_json::value::RawValue;
use sqlx::Row;
use sqlx::postgres::PgRow;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Store, StoreError};
use crate::domain::ids::{MissionId, ReportId, SegmentId};
use crate::domain::mission::{EventBody, MissionEvent, Recorded, ReportRecord};
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
    pub(super) report: Option<ReportId>,
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

impl Store {
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
            "SELECT known.id, head.seq FROM unnest($1::uuid[], $2::bigint[]) AS known (id, seq)
             CROSS JOIN LATERAL (SELECT max(event.seq) AS seq FROM mission_events AS event WHERE event.mission_id = known.id)
                  AS head WHERE head.seq > known.seq",
        )
        .bind(ids)
        .bind(seqs)
        .fetch_all(&self.pool)
        .await?;
        Ok(rows.into_iter().map(|(id, seq)| (MissionId(id), seq as u64)).collect())
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
pub(super) fn as_number(counter: u64) -> i64 {
    i64::try_from(counter).unwrap_or(i64::MAX)
}
