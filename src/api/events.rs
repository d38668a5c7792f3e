//! `/v1/missions/{id}/events` and `/v1/events`: server-sent events of one mission, or of several in one stream.

use axum::Extension;
use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::Api;
use super::cursor::{Cursor, read_number};
use super::extract::{ApiPath, Faults, is_utf_8, read_query};
use super::limits::Caller;
use super::mission_views::MissionView;
use super::plan::{KnowledgeView, PlanView};
use super::positions::PositionView;
use super::problem::Problem;
use super::stream::{EventStream, Form};
use crate::app::{Grant, MAX_PLACES, MissionView as Moment, Resume};
use crate::domain::ids::MissionId;
use crate::domain::timestamp::Timestamp;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct EventsQuery {
    /// Resume after this event, as `Last-Event-ID` does; the header counts if both are there. 0 replays the whole log.
    after: Option<u64>,
}

/// The data of a `snapshot` event: the mission at one moment. The events that follow continue from it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SnapshotView {
    /// The log's last event that the snapshot contains; the event's id.
    seq: u64,
    /// Why there is a snapshot: the stream begins, or the gap is too long to replay.
    reason: SnapshotReason,
    /// The mission.
    mission: MissionView,
    /// What is known of the network.
    knowledge: KnowledgeView,
    /// The current plan; absent until there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<PlanView>,
    /// The latest position of each vehicle that has told one.
    positions: Vec<PositionView>,
}

impl SnapshotView {
    pub(super) fn of(moment: &Moment<'_>, reason: SnapshotReason) -> Self {
        let mission = moment.mission;
        Self {
            seq: mission.seq,
            reason,
            mission: MissionView::of(mission),
            knowledge: KnowledgeView::of(mission.revision, &mission.knowledge),
            plan: mission.plan.as_ref().map(PlanView::of),
            positions: moment.positions.iter().map(|(vehicle, fix)| PositionView::of(vehicle, fix)).collect(),
        }
    }
}

#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum SnapshotReason {
    /// The stream begins.
    Connected,
    /// Some events were passed over: what was known before is void.
    GapTooLong,
}

/// The data of a `heartbeat` event.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Heartbeat {
    /// The service's clock.
    pub(super) time: Timestamp,
    /// The last event this stream has sent.
    pub(super) seq: u64,
    /// After how many seconds at the latest the next one comes. Of a stream that is silent for much longer, the link is dead.
    pub(super) interval_s: f64,
}

/// The data of a `heartbeat` event in a stream of several missions.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct JointHeartbeat {
    /// The service's clock.
    pub(super) time: Timestamp,
    /// The id of the last event this stream has sent; absent until every mission's snapshot was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cursor: Option<String>,
    /// After how many seconds at the latest the next one comes. Of a stream that is silent for much longer, the link is dead.
    pub(super) interval_s: f64,
}

/// Follow a mission
///
/// Server-sent events. Without `Last-Event-ID` (or `?after=`) the stream begins with a `snapshot`; with it, with the event after
/// that one, so that nothing is lost or doubled. Log events have their number as id and come as `plan`, `report`, `closure`,
/// `vehicle` and `mission` (created, changed, ended), with the same JSON as in the log. `position` events tell a vehicle's
/// latest position and have no id. A `heartbeat` comes every 15 s, or as often as its `interval_s` says. Whoever resumes at the end of
/// a mission that is over gets a `snapshot`, as nothing else will follow. Where the gap is too long, or the client is too slow, a new
/// `snapshot` takes the place of what was passed over. The stream ends after about an hour and at shutdown: connect again, after
/// the time that the last `retry` line says.
#[utoipa::path(get, path = "/v1/missions/{mission_id}/events", operation_id = "stream_events", tag = "events", security(("permission" = ["read_mission"])),
    params(("mission_id" = MissionId, Path, description = "The mission"), EventsQuery,
           ("Last-Event-ID" = Option<String>, Header, description = "The last event the client has", pattern = "^([0-9]{1,19})?$")),
    responses((status = 200, description = "A stream that does not end by itself for about an hour", body = String, content_type = "text/event-stream",
        headers(("X-Accel-Buffering" = String, description = "`no`: proxies must pass events on at once")))))]
pub(super) async fn stream_events(
    State(api): State<Api>,
    Extension(grant): Extension<Grant>,
    caller: Caller,
    ApiPath(id): ApiPath<MissionId>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let resume = read_resume(query.as_deref(), &headers)?;
    // The request is done with before the stream begins: what it holds is not kept for an hour.
    drop(headers);
    let place = caller.open_stream()?;
    let subscription = api.app.subscribe(&[(id, resume)]).await?;
    Ok(respond(EventStream::new(subscription, Form::Single, place, &api, grant)))
}

/// Follow several missions in one stream
///
/// Server-sent events of 1 to 64 missions, as `GET /v1/missions/{mission_id}/events` has them of one, with three differences.
/// The data of every event but `heartbeat` has `mission_id` as its first member. The stream begins with one `snapshot` for each
/// mission, in the order of the request. An event's id is a cursor over all the missions: the numbers of their last events, in
/// the order of the request, such as `12.40.7`; sent back as `Last-Event-ID` (or `?after=`) with the same missions in the same
/// order, it resumes all of them with nothing lost or doubled. Ids begin with the last of the first snapshots: whoever loses
/// the connection before gets the snapshots again. Each mission's events are in the order of its log; between missions there
/// is no order. The stream counts as one towards the limit on streams. A `heartbeat` names the present cursor.
#[utoipa::path(get, path = "/v1/events", operation_id = "stream_joint_events", tag = "events", security(("permission" = ["read_mission"])),
    params(("mission_id" = Vec<MissionId>, Query, min_items = 1, max_items = 64, style = Form, explode,
                description = "The missions, `mission_id=A&mission_id=B`: 1 to 64, none of them twice"),
           ("after" = Option<String>, Query, description = "Resume after this event, as `Last-Event-ID` does; the header counts if both are there",
                pattern = r"^[0-9]{1,19}(\.[0-9]{1,19}){0,63}$"),
           ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event the client has",
                pattern = r"^([0-9]{1,19}(\.[0-9]{1,19}){0,63})?$")),
    responses((status = 200, description = "A stream that does not end by itself for about an hour", body = String, content_type = "text/event-stream",
        headers(("X-Accel-Buffering" = String, description = "`no`: proxies must pass events on at once"))),
        (status = 404, description = "One of the missions does not exist"),
        (status = 422, description = "No mission, more than 64, or one of them twice")))]
pub(super) async fn stream_joint_events(
    State(api): State<Api>,
    Extension(grant): Extension<Grant>,
    caller: Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let places = read_places(query.as_deref(), &headers)?;
    drop(headers);
    let place = caller.open_stream()?;
    let subscription = api.app.subscribe(&places).await?;
    Ok(respond(EventStream::new(subscription, Form::Joint, place, &api, grant)))
}

/// Where a stream of one mission is to begin, by the query and the headers of the request for it.
///
/// # Errors
/// When either says what is no event's id.
pub fn read_resume(query: Option<&str>, headers: &HeaderMap) -> Result<Resume, Problem> {
    let EventsQuery { after } = read_query(query)?;
    let mut faults = Faults::default();
    faults.require_number(after, "after");
    faults.into_result("invalid_query")?;
    let after = match last_event_id(headers) {
        Some(text) => {
            let expected = || malformed_last_event_id("expected the id of an event of this stream, a number");
            Some(read_number(text).ok_or_else(expected)?)
        }
        None => after,
    };
    Ok(after.map_or(Resume::Fresh, Resume::After))
}

/// The missions of a joint stream and where each is to begin, by the query and the headers of the request for it.
///
/// # Errors
/// When missions are missing, too many or there twice, or what is to be resumed is no cursor for as many.
pub fn read_places(query: Option<&str>, headers: &HeaderMap) -> Result<Vec<(MissionId, Resume)>, Problem> {
    let JointQuery { missions, after } = JointQuery::read(query.unwrap_or_default())?;
    let cursor = match (last_event_id(headers), after) {
        (Some(text), _) => Some(Cursor::read(text, missions.len()).map_err(malformed_last_event_id)?),
        (None, Some(text)) => {
            Some(Cursor::read(&text, missions.len()).map_err(|message| malformed_query("after", message))?)
        }
        (None, None) => None,
    };
    Ok(match cursor {
        Some(Cursor(seqs)) => missions.into_iter().zip(seqs.into_iter().map(Resume::After)).collect(),
        None => missions.into_iter().map(|mission| (mission, Resume::Fresh)).collect(),
    })
}

/// The query of a stream of several missions. The usual extractor knows no repeated parameters.
#[derive(Debug)]
struct JointQuery {
    missions: Vec<MissionId>,
    after: Option<String>,
}

impl JointQuery {
    fn read(query: &str) -> Result<Self, Problem> {
        if !is_utf_8(query) {
            return Err(malformed_query("", "the query is not UTF-8"));
        }
        let (mut missions, mut after, mut faults) = (Vec::<MissionId>::new(), None, Faults::default());
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "mission_id" => {
                    let mission = value.parse().map_err(|error| {
                        malformed_query("mission_id", format!("expected a mission's id, got {value:?}: {error}"))
                    })?;
                    let twice = missions.len() < MAX_PLACES && missions.contains(&mission);
                    faults.require(!twice, "mission_id", format!("{mission} is there twice"));
                    missions.push(mission);
                }
                "after" if after.is_some() => return Err(malformed_query("after", "is there twice")),
                "after" => after = Some(value.into_owned()),
                other => {
                    let message = format!("unknown parameter {other:?}; expected mission_id or after");
                    return Err(malformed_query(other, message));
                }
            }
        }
        let count = missions.len();
        let message = format!("expected 1 to {MAX_PLACES} missions, got {count}");
        faults.require((1..=MAX_PLACES).contains(&count), "mission_id", message);
        faults.into_result("invalid_query")?;
        Ok(Self { missions, after })
    }
}

fn malformed_query(name: &str, message: impl Into<String>) -> Problem {
    let message = message.into();
    let place = if name.is_empty() { String::new() } else { format!("{name}: ") };
    Problem::new(StatusCode::BAD_REQUEST, "malformed_query", format!("the query is not valid: {place}{message}"))
        .at(name, message)
}

fn malformed_last_event_id(message: impl Into<String>) -> Problem {
    let message = message.into();
    Problem::new(StatusCode::BAD_REQUEST, "malformed_header", format!("Last-Event-ID: {message}"))
        .at("Last-Event-ID", message)
}

/// The header, unless it is empty: a browser that has seen no id yet may send it so.
fn last_event_id(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get("last-event-id")?;
    Some(value.to_str().unwrap_or("?").trim()).filter(|text| !text.is_empty())
}

fn respond(stream: EventStream) -> Response {
    let headers = [
        (header::CONTENT_TYPE.as_str(), "text/event-stream"),
        (header::CACHE_CONTROL.as_str(), "no-cache, no-store, no-transform"),
        ("x-accel-buffering", "no"),
    ];
    (headers, Body::from_stream(stream)).into_response()
}
