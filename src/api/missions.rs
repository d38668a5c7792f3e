//! `/v1/missions`: creating, listing, changing, ending.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{ApiPath, Faults, JsonBytes, etag, idempotency_key, if_match, read_query};
use super::mission_requests::{CreateMission, PatchMission, read_mission, read_patch};
use super::mission_views::MissionView;
use super::networks::created;
use super::problem::Problem;
use crate::app::{App, AppError, MissionFilter, MissionSummary};
use crate::domain::access::{Principal, TenantId};
use crate::domain::ids::{MissionId, NetworkId};
use crate::domain::mission::MissionStatus;
use crate::domain::timestamp::Timestamp;

/// Create a mission
///
/// Start, waypoints and goals are nodes, positions (taken to the nearest segment; the answer says how far that was) or places on
/// segments. The first plan follows at once, on the stream and under `plan`.
#[utoipa::path(post, path = "/v1/missions", operation_id = "create_mission", tag = "missions", security(("permission" = ["operate"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes a repeat of this request answer as the first did", min_length = 1, max_length = 255, pattern = "^[!-~]([ -~]*[!-~])?$")),
    request_body = CreateMission,
    responses((status = 201, description = "Created", body = MissionView,
        headers(("Location" = String, description = "The mission's URL"), ("ETag" = String, description = "The mission's version")))))]
pub(super) async fn create_mission(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    headers: HeaderMap,
    JsonBytes(body): JsonBytes,
) -> Result<Response, Problem> {
    let key = idempotency_key(&principal, &headers, "mission", &[&body])?;
    let new = read_mission(&body, principal.tenant)?;
    let (mission, _, repeated) = app.create_mission(new, key).await?;
    created(&format!("/v1/missions/{}", mission.id), repeated, Some(etag(mission.version)), &MissionView::of(&mission))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListMissions {
    /// Of this status only.
    #[param(inline)]
    status: Option<MissionStatus>,
    /// On this network only.
    network_id: Option<NetworkId>,
    /// `next_cursor` of the page before.
    cursor: Option<MissionId>,
    /// How many; 50 unless given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// A mission in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MissionListItem {
    /// The mission.
    id: MissionId,
    /// Its name for people.
    name: String,
    /// The network it runs on.
    network_id: NetworkId,
    /// Where it stands.
    status: MissionStatus,
    /// Counts the changes of settings and status.
    version: u64,
    /// The number of the log's last event.
    seq: u64,
    /// Counts the changes of knowledge.
    revision: u64,
    /// When it was created.
    created_at: Timestamp,
    /// When settings or status last changed.
    changed_at: Timestamp,
}

impl MissionListItem {
    fn of(summary: MissionSummary) -> Self {
        Self {
            id: summary.id,
            name: summary.name,
            network_id: summary.network,
            status: summary.status,
            version: summary.version,
            seq: summary.seq,
            revision: summary.revision,
            created_at: summary.created_at,
            changed_at: summary.changed_at,
        }
    }
}

/// A page of missions.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct MissionList {
    /// Newest first.
    missions: Vec<MissionListItem>,
    /// Asks for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<MissionId>,
}

/// List missions
///
/// Newest first, page by page.
#[utoipa::path(get, path = "/v1/missions", operation_id = "list_missions", tag = "missions", security(("permission" = ["read_tenant"])),
    params(ListMissions), responses((status = 200, description = "A page of missions", body = MissionList)))]
pub(super) async fn list_missions(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    RawQuery(query): RawQuery,
) -> Result<Json<MissionList>, Problem> {
    let (filter, limit) = read_mission_filter(query.as_deref(), principal.tenant)?;
    let mut found = app.list_missions(filter, limit + 1).await?;
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next_cursor = if more { found.last().map(|last| last.id) } else { None };
    Ok(Json(MissionList { missions: found.into_iter().map(MissionListItem::of).collect(), next_cursor }))
}

/// Reads the query of `GET /v1/missions`, of a caller of this tenant: which missions, and how many.
///
/// # Errors
/// The first parameter that is not valid.
pub fn read_mission_filter(query: Option<&str>, tenant: TenantId) -> Result<(MissionFilter, u32), Problem> {
    let query: ListMissions = read_query(query)?;
    let limit = query.limit.unwrap_or(50);
    let mut faults = Faults::default();
    faults.require((1..=200).contains(&limit), "limit", "expected 1 to 200");
    faults.into_result("invalid_query")?;
    let filter = MissionFilter { tenant, status: query.status, network: query.network_id, before: query.cursor };
    Ok((filter, limit))
}

/// The mission as it is now, with its ETag.
async fn present(app: &App, id: MissionId) -> Result<Response, Problem> {
    let view = app.read_mission(id, |view| MissionView::of(view.mission)).await?;
    Ok(([(header::ETAG, etag(view.version))], Json(view)).into_response())
}

/// Get a mission
#[utoipa::path(get, path = "/v1/missions/{mission_id}", operation_id = "get_mission", tag = "missions", security(("permission" = ["read_mission"])),
    params(("mission_id" = MissionId, Path, description = "The mission")),
    responses((status = 200, description = "The mission", body = MissionView, headers(("ETag" = String, description = "The mission's version")))))]
pub(super) async fn get_mission(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
) -> Result<Response, Problem> {
    present(&app, id).await
}

/// Change a mission
///
/// Changes strategy, goals, waypoints or UAVs; a new plan follows. With `If-Match`, only if nobody changed the mission since it was read.
#[utoipa::path(patch, path = "/v1/missions/{mission_id}", operation_id = "update_mission", tag = "missions", security(("permission" = ["operate"])),
    params(("mission_id" = MissionId, Path, description = "The mission"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the mission as it was read")),
    request_body = PatchMission,
    responses((status = 200, description = "The mission", body = MissionView, headers(("ETag" = String, description = "The mission's version"))),
              (status = 409, description = "The mission is over"), (status = 412, description = "The mission has changed since")))]
pub(super) async fn update_mission(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
    headers: HeaderMap,
    JsonBytes(body): JsonBytes,
) -> Result<Response, Problem> {
    let expected = if_match(&headers)?;
    app.change_mission(id, read_patch(&body)?, expected).await?;
    present(&app, id).await
}

/// Pause a mission
///
/// Reports are still taken in, but nothing is planned. Pausing again changes nothing.
#[utoipa::path(post, path = "/v1/missions/{mission_id}/pause", operation_id = "pause_mission", tag = "missions", security(("permission" = ["operate"])),
    params(("mission_id" = MissionId, Path, description = "The mission"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the mission as it was read")),
    responses((status = 200, description = "The mission", body = MissionView, headers(("ETag" = String, description = "The mission's version"))),
              (status = 409, description = "The mission is over"), (status = 412, description = "The mission has changed since")))]
pub(super) async fn pause_mission(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    app.pause_mission(id, true, if_match(&headers)?).await?;
    present(&app, id).await
}

/// Resume a mission
///
/// A plan on the present knowledge follows. Resuming again changes nothing.
#[utoipa::path(post, path = "/v1/missions/{mission_id}/resume", operation_id = "resume_mission", tag = "missions", security(("permission" = ["operate"])),
    params(("mission_id" = MissionId, Path, description = "The mission"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the mission as it was read")),
    responses((status = 200, description = "The mission", body = MissionView, headers(("ETag" = String, description = "The mission's version"))),
              (status = 409, description = "The mission is over"), (status = 412, description = "The mission has changed since")))]
pub(super) async fn resume_mission(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    app.pause_mission(id, false, if_match(&headers)?).await?;
    present(&app, id).await
}

/// Cancel a mission
///
/// Ends it for good. Cancelling again changes nothing.
#[utoipa::path(post, path = "/v1/missions/{mission_id}/cancel", operation_id = "cancel_mission", tag = "missions", security(("permission" = ["operate"])),
    params(("mission_id" = MissionId, Path, description = "The mission"),
           ("If-Match" = Option<String>, Header, description = "The ETag of the mission as it was read")),
    responses((status = 200, description = "The mission", body = MissionView, headers(("ETag" = String, description = "The mission's version"))),
              (status = 409, description = "The UGV has arrived already"), (status = 412, description = "The mission has changed since")))]
pub(super) async fn cancel_mission(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let expected = if_match(&headers)?;
    app.cancel_mission(id, expected).await.map_err(|error: AppError| Problem::from(error))?;
    present(&app, id).await
}
