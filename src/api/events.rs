//! `/v1/missions/{id}/events`: server-sent events.

use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use utoipa::{IntoParams, ToSchema};

use super::extract::{ApiPath, ApiQuery};
use super::missions::MissionView;
use super::plan::{KnowledgeView, PlanView};
use super::positions::PositionView;
use super::problem::Problem;
use super::{Api, ApiOptions};
use crate::app::clock;
use crate::app::feed::Frame;
use crate::app::{MissionView as Moment, Resume, StreamItem, Subscription};
use crate::chain;
use crate::domain::ids::MissionId;
use crate::domain::timestamp::Timestamp;

/// How long clients wait before they connect again.
const RETRY_MS: u64 = 2_000;

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

#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SnapshotReason {
    /// The stream begins.
    Connected,
    /// Some events were passed over: what was known before is void.
    GapTooLong,
}

/// The data of a `heartbeat` event.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Heartbeat {
    /// The service's clock.
    time: Timestamp,
    /// The last event this stream has sent.
    seq: u64,
}

/// Follow a mission
///
/// Server-sent events. Without `Last-Event-ID` (or `?after=`) the stream begins with a `snapshot`; with it, with the event after
/// that one, so that nothing is lost or doubled. Log events have their number as id and come as `plan`, `report`, `closure`,
/// `vehicle` and `mission` (created, changed, ended), with the same JSON as in the log. `position` events tell a vehicle's
/// latest position and have no id. A `heartbeat` comes every 15 s. Where the gap is too long, or the client is too slow, a new
/// `snapshot` takes the place of what was passed over. The stream ends after about an hour and at shutdown: connect again.
#[utoipa::path(get, path = "/v1/missions/{mission_id}/events", operation_id = "stream_events", tag = "events",
    params(("mission_id" = MissionId, Path, description = "The mission"), EventsQuery,
           ("Last-Event-ID" = Option<u64>, Header, description = "The last event the client has")),
    responses((status = 200, description = "A stream that does not end by itself for about an hour", body = String, content_type = "text/event-stream",
        headers(("X-Accel-Buffering" = String, description = "`no`: proxies must pass events on at once")))))]
pub(super) async fn stream_events(
    State(api): State<Api>,
    ApiPath(id): ApiPath<MissionId>,
    ApiQuery(query): ApiQuery<EventsQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let resume = match last_event_id(&headers)?.or(query.after) {
        Some(after) => Resume::After(after),
        None => Resume::Fresh,
    };
    let subscription = api.app.subscribe(id, resume).await?;
    let stream = EventStream::new(subscription, resume, &api);
    let chunks = stream::unfold(stream, |mut stream| async move {
        let chunk = stream.next().await?;
        Some((Ok::<_, std::convert::Infallible>(chunk), stream))
    });
    let body = Body::from_stream(chunks.fuse());
    let headers = [
        (header::CONTENT_TYPE.as_str(), "text/event-stream"),
        (header::CACHE_CONTROL.as_str(), "no-cache, no-store, no-transform"),
        ("x-accel-buffering", "no"),
    ];
    Ok((headers, body).into_response())
}

fn last_event_id(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get("last-event-id") else { return Ok(None) };
    let text = value.to_str().unwrap_or("?").trim();
    if text.is_empty() {
        // A browser that has seen no id yet.
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| {
        let message = "expected the id of an event of this stream, a number";
        Problem::new(StatusCode::BAD_REQUEST, "malformed_header", format!("Last-Event-ID: {message}"))
            .at("Last-Event-ID", message)
    })
}

/// One client's stream. It is polled only when the client takes what it has been given, so nothing piles up for a slow one.
struct EventStream {
    subscription: Subscription,
    reason: SnapshotReason,
    heartbeat: tokio::time::Interval,
    ends_at: Instant,
    stopping: tokio_util::sync::CancellationToken,
    begun: bool,
}

impl EventStream {
    fn new(subscription: Subscription, resume: Resume, api: &Api) -> Self {
        let ApiOptions { heartbeat, stream_lifetime, .. } = api.options;
        let mut heartbeat = tokio::time::interval_at(Instant::now() + heartbeat, heartbeat);
        heartbeat.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        Self {
            subscription,
            reason: if resume == Resume::Fresh { SnapshotReason::Connected } else { SnapshotReason::GapTooLong },
            heartbeat,
            ends_at: Instant::now() + jittered(stream_lifetime),
            stopping: api.app.stopping().clone(),
            begun: false,
        }
    }

    async fn next(&mut self) -> Option<Bytes> {
        if !self.begun {
            self.begun = true;
            return Some(format!("retry: {RETRY_MS}\n\n").into());
        }
        loop {
            let item = tokio::select! {
                biased;
                () = self.stopping.cancelled() => return None,
                () = tokio::time::sleep_until(self.ends_at) => return None,
                _ = self.heartbeat.tick() => return self.heartbeat(),
                item = self.subscription.next() => item,
            };
            let chunk = match item {
                Ok(StreamItem::Event(frame)) => Some(log_event(&frame)),
                Ok(StreamItem::Positions(updates)) => {
                    let events = updates.iter().filter_map(|update| {
                        let data = serde_json::to_string(&PositionView::of_update(update)).ok()?;
                        Some(format!("event: position\ndata: {data}\n\n"))
                    });
                    Some(events.collect::<String>().into())
                }
                Ok(StreamItem::SnapshotDue) => {
                    let reason = self.reason;
                    self.reason = SnapshotReason::GapTooLong;
                    let taking = self.subscription.snapshot(|moment| snapshot(&moment, reason));
                    let taken = tokio::select! {
                        () = self.stopping.cancelled() => return None,
                        taken = taking => taken,
                    };
                    match taken {
                        Ok(taken) => taken,
                        Err(error) => {
                            tracing::error!(error = chain::of(&error), "a stream ended: no snapshot to be had");
                            return None;
                        }
                    }
                }
                Err(error) => {
                    tracing::error!(error = chain::of(&error), "a stream ended: the log cannot be read");
                    return None;
                }
            };
            if let Some(chunk) = chunk {
                return Some(chunk);
            }
        }
    }

    fn heartbeat(&self) -> Option<Bytes> {
        let beat = Heartbeat { time: clock::now(), seq: self.subscription.position() };
        let data = serde_json::to_string(&beat).ok()?;
        Some(format!("event: heartbeat\ndata: {data}\n\n").into())
    }
}

fn log_event(frame: &Frame) -> Bytes {
    let name = match frame.kind.as_str() {
        "mission_created" | "mission_changed" | "mission_ended" => "mission",
        kind => kind,
    };
    format!("id: {}\nevent: {name}\ndata: {}\n\n", frame.seq, frame.json).into()
}

fn snapshot(moment: &Moment<'_>, reason: SnapshotReason) -> Option<Bytes> {
    let mission = moment.mission;
    let view = SnapshotView {
        seq: mission.seq,
        reason,
        mission: MissionView::of(mission),
        knowledge: KnowledgeView::of(mission.revision, &mission.knowledge),
        plan: mission.plan.as_ref().map(PlanView::of),
        positions: moment.positions.iter().map(|(vehicle, fix)| PositionView::of(vehicle, fix)).collect(),
    };
    let data = serde_json::to_string(&view).ok()?;
    Some(format!("id: {}\nevent: snapshot\ndata: {data}\n\n", view.seq).into())
}

/// 80 to 120 % of it, so that clients which connected together do not all come back together.
fn jittered(lifetime: Duration) -> Duration {
    let noise = u32::from(*clock::new_uuid().as_bytes().last().unwrap_or(&0));
    lifetime.mul_f64(0.8 + 0.4 * f64::from(noise) / 255.0)
}
