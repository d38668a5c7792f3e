//! `/v1/imports`: networks that are imported after their upload was answered.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use bytes::Bytes;
use futures_util::Stream;
use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;
use tokio::time::{Instant, sleep};
use utoipa::ToSchema;

use super::Api;
use super::extract::ApiPath;
use super::limits::{Caller, StreamPlace};
use super::problem::{Problem, ProblemDocument};
use crate::app::audit::Origin;
use crate::app::{
    App, AppError, BackgroundImport, Grant, IdempotencyKey, ImportRecord, ImportState, NewNetwork, clock,
};
use crate::domain::access::Principal;
use crate::domain::ids::{ImportId, NetworkId};
use crate::domain::timestamp::Timestamp;

/// How often a stream looks for news.
const LOOKED_EVERY: Duration = Duration::from_millis(250);
/// How soon a client comes back whose stream broke off.
const RETRY_MS: u32 = 1_000;

/// An import that goes on, or went on, in the background.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ImportView {
    /// The import.
    id: ImportId,
    /// The name of the network to be.
    #[schema(example = "porto")]
    name: String,
    /// The format of the upload.
    #[schema(example = "osm-pbf")]
    source: String,
    /// Whether it goes on, or how it ended.
    state: StateView,
    /// What it is at, or was at when it ended.
    step: StepView,
    /// How much of the step is done: bytes where roads and nodes are read, rows where they are stored.
    done: u64,
    /// How much there is to the step in all; 0 where that is not known.
    total: u64,
    /// The network, once it is stored. Somebody may have deleted it since.
    #[serde(skip_serializing_if = "Option::is_none")]
    network_id: Option<NetworkId>,
    /// Why it failed: what the upload would have been answered if it had been waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ProblemDocument>)]
    problem: Option<Box<RawValue>>,
    /// When it began.
    created_at: Timestamp,
    /// When it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended_at: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum StateView {
    /// It goes on.
    Running,
    /// The network is there.
    Stored,
    /// Nothing is stored.
    Failed,
    /// It was called off. Nothing is stored.
    Cancelled,
}

#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum StepView {
    /// Others are imported first.
    Waiting,
    /// Roads are read.
    Roads,
    /// Their nodes are read.
    Nodes,
    /// The network is made.
    Network,
    /// It is stored.
    Storing,
}

/// The tenant's imports.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ImportList {
    /// The latest hundred, newest first.
    imports: Vec<ImportView>,
}

impl ImportView {
    fn of(record: ImportRecord) -> Result<Self, Problem> {
        let problem = record.problem.map(RawValue::from_string).transpose();
        let state = match record.state {
            ImportState::Running => StateView::Running,
            ImportState::Stored => StateView::Stored,
            ImportState::Failed => StateView::Failed,
            ImportState::Cancelled => StateView::Cancelled,
        };
        let step = match record.step.as_str() {
            "waiting" => StepView::Waiting,
            "roads" => StepView::Roads,
            "nodes" => StepView::Nodes,
            "network" => StepView::Network,
            _ => StepView::Storing,
        };
        Ok(Self {
            id: record.id,
            name: record.name,
            source: record.format,
            state,
            step,
            done: record.done,
            total: record.total,
            network_id: record.network,
            problem: problem.map_err(|e| Problem::internal(e.to_string()))?,
            created_at: record.created_at,
            ended_at: record.ended_at,
        })
    }
}

/// An error as whoever uploaded the network would have been told it.
fn describe(error: AppError) -> String {
    let request_id = Origin::current().and_then(|origin| origin.request_id.clone()).unwrap_or_default();
    serde_json::to_string(&Problem::from(error).document(&request_id)).unwrap_or_else(|_| "null".to_owned())
}

/// Whether the client would rather not wait (RFC 7240, section 4.1).
pub(super) fn is_to_go_on_alone(headers: &HeaderMap) -> bool {
    let preferences = headers.get_all("prefer").iter().filter_map(|value| value.to_str().ok());
    preferences.flat_map(|line| line.split(',')).any(|text| text.trim().eq_ignore_ascii_case("respond-async"))
}

/// 202 with the import's URL. `held` is held until the import ends.
pub(super) async fn begin(
    app: &Arc<App>,
    new: NewNetwork,
    key: Option<IdempotencyKey>,
    limit: Duration,
    held: impl Send + 'static,
) -> Result<Response, Problem> {
    let import = BackgroundImport { new, key, limit, describe: Box::new(describe) };
    let record = app.begin_import(import, held).await?;
    let location = format!("/v1/imports/{}", record.id);
    let mut response = (StatusCode::ACCEPTED, Json(ImportView::of(record)?)).into_response();
    let headers = response.headers_mut();
    let location = HeaderValue::from_str(&location).map_err(|e| Problem::internal(e.to_string()))?;
    headers.insert(header::LOCATION, location);
    headers.insert("preference-applied", HeaderValue::from_static("respond-async"));
    Ok(response)
}

/// List imports
///
/// The tenant's latest hundred imports in the background, newest first. What ended is kept for a week.
#[utoipa::path(get, path = "/v1/imports", operation_id = "list_imports", tag = "networks", security(("permission" = ["read_tenant"])),
    responses((status = 200, description = "The imports", body = ImportList)))]
pub(super) async fn list_imports(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
) -> Result<Json<ImportList>, Problem> {
    let records = app.list_imports(&principal.tenant, describe).await?;
    Ok(Json(ImportList { imports: records.into_iter().map(ImportView::of).collect::<Result<_, _>>()? }))
}

/// Get an import
///
/// How far it is, from whichever replica does it.
#[utoipa::path(get, path = "/v1/imports/{import_id}", operation_id = "get_import", tag = "networks", security(("permission" = ["read_tenant"])),
    params(("import_id" = ImportId, Path, description = "The import")),
    responses((status = 200, description = "The import", body = ImportView)))]
pub(super) async fn get_import(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<ImportId>,
) -> Result<Json<ImportView>, Problem> {
    Ok(Json(ImportView::of(app.find_import(id, describe).await?)?))
}

/// Cancel an import
///
/// It stores nothing after that, whichever replica does it. One that is cancelled already stays so.
#[utoipa::path(post, path = "/v1/imports/{import_id}/cancel", operation_id = "cancel_import", tag = "networks", security(("permission" = ["operate"])),
    params(("import_id" = ImportId, Path, description = "The import")),
    responses((status = 200, description = "Cancelled", body = ImportView), (status = 409, description = "It is over")))]
pub(super) async fn cancel_import(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<ImportId>,
) -> Result<Json<ImportView>, Problem> {
    Ok(Json(ImportView::of(app.cancel_import(id).await?)?))
}

/// Follow an import
///
/// Server-sent events: `import` with the import as `GET` has it, at first and then whenever it has got further, and `heartbeat`
/// with the service's time when it has not for long. The stream ends with the import. Whoever loses it connects again and is
/// told how things stand.
#[utoipa::path(get, path = "/v1/imports/{import_id}/events", operation_id = "stream_import_events", tag = "networks", security(("permission" = ["read_tenant"])),
    params(("import_id" = ImportId, Path, description = "The import")),
    responses((status = 200, description = "A stream that ends with the import", body = String, content_type = "text/event-stream")))]
pub(super) async fn stream_import_events(
    State(api): State<Api>,
    Extension(grant): Extension<Grant>,
    caller: Caller,
    ApiPath(id): ApiPath<ImportId>,
) -> Result<Response, Problem> {
    let place = caller.open_stream()?;
    let record = api.app.find_import(id, describe).await?;
    let follower = Follower {
        heartbeat: api.options.heartbeat,
        app: Arc::clone(&api.app),
        grant,
        id,
        record,
        told: None,
        _place: place,
    };
    let headers = [
        (header::CONTENT_TYPE.as_str(), "text/event-stream"),
        (header::CACHE_CONTROL.as_str(), "no-cache, no-store, no-transform"),
        ("x-accel-buffering", "no"),
    ];
    Ok((headers, Body::from_stream(follower.texts())).into_response())
}

/// A client that follows an import.
struct Follower {
    app: Arc<App>,
    grant: Grant,
    heartbeat: Duration,
    id: ImportId,
    /// As it was when last looked at.
    record: ImportRecord,
    /// What the client was told last, and when it was told anything.
    told: Option<(ImportRecord, Instant)>,
    _place: StreamPlace,
}

impl Follower {
    fn texts(self) -> impl Stream<Item = Result<Bytes, Infallible>> {
        futures_util::stream::unfold(self, |mut follower| async {
            let text = follower.next().await?;
            Some((Ok(text), follower))
        })
    }

    /// The next text; none when there is nothing more to tell, or nobody who may hear it.
    async fn next(&mut self) -> Option<Bytes> {
        let Some((told, at)) = &self.told else {
            return self.tell(format!("retry: {RETRY_MS}\n\n"));
        };
        if told.state != ImportState::Running {
            return None;
        }
        let quiet_from = *at + self.heartbeat;
        loop {
            tokio::select! {
                () = sleep(LOOKED_EVERY) => {}
                () = self.grant.ended().cancelled() => return None,
            }
            // The client comes back, and is told what is wrong if it still is.
            self.record = self.app.find_import(self.id, describe).await.ok()?;
            if self.told.as_ref().is_none_or(|(told, _)| *told != self.record) {
                return self.tell(String::new());
            }
            if Instant::now() >= quiet_from {
                self.told = Some((self.record.clone(), Instant::now()));
                return Some(format!("event: heartbeat\ndata: {}\n\n", json!({ "time": clock::now() })).into());
            }
        }
    }

    fn tell(&mut self, before: String) -> Option<Bytes> {
        let view = ImportView::of(self.record.clone()).ok()?;
        let text = serde_json::to_string(&view).ok()?;
        self.told = Some((self.record.clone(), Instant::now()));
        Some(format!("{before}event: import\ndata: {text}\n\n").into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_prefers_not_to_wait_where_it_says_so_among_other_things() {
        let says = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("prefer", HeaderValue::from_static(value));
            }
            is_to_go_on_alone(&headers)
        };
        assert!(
            says(&["respond-async"])
                && says(&["wait=10, Respond-Async"])
                && says(&["handling=lenient", "respond-async"])
        );
        assert!(!says(&[]) && !says(&["return=minimal"]) && !says(&["respond-async-not"]));
    }
}
