//! `/v1/missions/{id}/log`: the event log, in pages or as a file.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{ApiPath, ApiQuery, Faults};
use super::problem::Problem;
use crate::app::App;
use crate::app::StoredEvent;
use crate::app::replay::LogHeader;
use crate::chain;
use crate::domain::ids::MissionId;
use crate::domain::mission::MissionEvent;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct LogQuery {
    /// The events after this one; from the beginning unless given.
    #[serde(default)]
    after: u64,
    /// How many; 100 unless given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
}

/// A page of the log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct LogPage {
    /// In the order of their numbers.
    #[schema(value_type = Vec<MissionEvent>)]
    events: Vec<StoredEvent>,
    /// Asks for the next page as `after`; absent at the end of the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_after: Option<u64>,
}

/// Read the event log
///
/// The whole history of the mission, page by page. Numbers have no gaps.
#[utoipa::path(get, path = "/v1/missions/{mission_id}/log", operation_id = "list_log_events", tag = "log", security(("permission" = ["read_mission"])),
    params(("mission_id" = MissionId, Path, description = "The mission"), LogQuery),
    responses((status = 200, description = "A page of the log", body = LogPage)))]
pub(super) async fn list_log_events(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
    ApiQuery(query): ApiQuery<LogQuery>,
) -> Result<Json<LogPage>, Problem> {
    let limit = query.limit.unwrap_or(100);
    let mut faults = Faults::default();
    faults.require((1..=1000).contains(&limit), "limit", "expected 1 to 1000");
    faults.require_number(Some(query.after), "after");
    faults.into_result("invalid_query")?;
    let mut events = app.log_page(id, query.after, limit + 1).await?;
    let more = events.len() > limit as usize;
    events.truncate(limit as usize);
    let next_after = if more { events.last().map(|last| last.seq) } else { None };
    Ok(Json(LogPage { events, next_after }))
}

/// Export the event log
///
/// A file of JSON lines: the network first, then every event. `outrider replay FILE` computes every plan in it again.
#[utoipa::path(get, path = "/v1/missions/{mission_id}/log/export", operation_id = "export_log", tag = "log", security(("permission" = ["read_mission"])),
    params(("mission_id" = MissionId, Path, description = "The mission")),
    responses((status = 200, description = "The log", body = String, content_type = "application/x-ndjson")))]
pub(super) async fn export_log(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
) -> Result<Response, Problem> {
    let network_id = app.read_mission(id, |view| view.mission.settings.network).await?;
    let network = app.network(network_id).await?;
    let header = line(&LogHeader::of(id, &network)).map_err(|e| Problem::internal(e.to_string()))?;
    let (sender, receiver) = tokio::sync::mpsc::channel::<Result<Bytes, std::io::Error>>(16);
    tokio::spawn(async move {
        // Read as fast as the client takes it: the channel is short, and a client that goes away ends the query.
        let lines =
            stream::once(std::future::ready(Ok(header))).chain(app.log_stream(id).map(|event| {
                event.map_err(|e| chain::of(&e)).and_then(|event| line(&event).map_err(|e| e.to_string()))
            }));
        let mut lines = std::pin::pin!(lines.map_err(std::io::Error::other));
        while let Some(line) = lines.next().await {
            if let Err(error) = &line {
                tracing::warn!(mission.id = %id, %error, "the export of a log broke off");
            }
            if sender.send(line).await.is_err() {
                return;
            }
        }
    });
    let lines =
        stream::unfold(receiver, |mut receiver| async move { receiver.recv().await.map(|line| (line, receiver)) });
    // Compression asks once more after the end.
    let body = Body::from_stream(lines.fuse());
    let name = format!("attachment; filename=\"mission-{id}.jsonl\"");
    let headers = [(header::CONTENT_TYPE, "application/x-ndjson".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, body).into_response())
}

fn line(value: &impl Serialize) -> Result<Bytes, serde_json::Error> {
    let mut text = serde_json::to_vec(value)?;
    text.push(b'\n');
    Ok(text.into())
}
