//! `/v1/session`: who one is, and logging in and out of the page.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::access::{SECURE_SESSION_COOKIE, SESSION_COOKIE, refused};
use super::extract::ApiJson;
use super::limits::Caller;
use super::problem::Problem;
use crate::app::{App, Credential, Grant};
use crate::domain::access::{Identity, KeyId, Principal, Role, TenantId};
use crate::domain::ids::{MissionId, VehicleId};
use crate::domain::timestamp::Timestamp;

/// How somebody has come in.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum SessionKind {
    /// The service is open to everybody.
    Anonymous,
    /// With an API key.
    Key,
    /// With the cookie of a login.
    Session,
    /// With a token of the identity provider.
    Token,
}

/// Who one is.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SessionView {
    /// How one has come in.
    kind: SessionKind,
    /// Whose networks and missions one sees.
    #[schema(value_type = String, example = "default")]
    tenant: TenantId,
    /// What one may do.
    role: Role,
    /// The key's name, or whom the token is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The key.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_id: Option<KeyId>,
    /// The mission of a vehicle.
    #[serde(skip_serializing_if = "Option::is_none")]
    mission_id: Option<MissionId>,
    /// The name of a vehicle.
    #[serde(skip_serializing_if = "Option::is_none")]
    vehicle: Option<VehicleId>,
    /// When this ends by itself, however much it is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
}

impl SessionView {
    fn of(principal: &Principal) -> Self {
        let (kind, name, key_id) = match &principal.identity {
            Identity::Anonymous => (SessionKind::Anonymous, None, None),
            Identity::Internal => (SessionKind::Key, Some("internal".to_owned()), None),
            Identity::Key { id, name, session: false } => (SessionKind::Key, Some(name.to_string()), Some(*id)),
            Identity::Key { id, name, session: true } => (SessionKind::Session, Some(name.to_string()), Some(*id)),
            Identity::Subject { subject } => (SessionKind::Token, Some(subject.to_string()), None),
        };
        let binding = principal.binding.as_deref();
        Self {
            kind,
            tenant: principal.tenant.clone(),
            role: principal.role,
            name,
            key_id,
            mission_id: binding.map(|binding| binding.mission),
            vehicle: binding.map(|binding| binding.vehicle.clone()),
            expires_at: principal.expires_at,
        }
    }
}

/// A key to log in with.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LoginRequest {
    /// An API key.
    #[schema(
        example = "outrider_01938a6e000070008000000000000001_7Zq0nR5mC2xK8vT4bY6wS1dF3gH9jL0pQaWeRtYuIoPAsDfGhJ",
        max_length = 200
    )]
    key: String,
}

/// Log in
///
/// For the page in a browser: answers with a cookie (`HttpOnly`, `SameSite=Strict`, over TLS `Secure`) that stands for the key from
/// then on. It lasts as long as it is used, an open stream counts as use, and ends with the key. Programs send the key itself as
/// `Authorization: Bearer KEY` with each request instead.
#[utoipa::path(post, path = "/v1/session", operation_id = "begin_session", tag = "access", security(("permission" = ["public"])),
    request_body = LoginRequest,
    responses((status = 201, description = "Logged in", body = SessionView,
        headers(("Set-Cookie" = String, description = "The session's cookie"), ("Location" = String, description = "Says who one is"))),
        (status = 401, description = "There is no such key, or it was revoked or has expired")))]
pub(super) async fn begin_session(
    State(app): State<Arc<App>>,
    caller: Caller,
    headers: HeaderMap,
    body: ApiJson<LoginRequest>,
) -> Result<Response, Problem> {
    let shown = app.authenticate(Credential::Bearer(body.value.key.trim())).await;
    let grant = shown.map_err(|denied| refused(denied, Some(&caller)))?;
    let value = app.begin_session(&grant).await?;
    let view = SessionView { kind: SessionKind::Session, ..SessionView::of(&grant.principal) };
    let mut response = (StatusCode::CREATED, Json(view)).into_response();
    let set = response.headers_mut();
    set.insert(header::LOCATION, HeaderValue::from_static("/v1/session"));
    set.insert(header::SET_COOKIE, cookie(is_secure(&headers), &value, "")?);
    Ok(response)
}

/// Who am I?
///
/// The role and tenant of whoever asks. On an open service everybody is the admin of the default tenant.
#[utoipa::path(get, path = "/v1/session", operation_id = "get_session", tag = "access", security(("permission" = ["present"])),
    responses((status = 200, description = "Who one is", body = SessionView)))]
pub(super) async fn get_session(Extension(principal): Extension<Principal>) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], Json(SessionView::of(&principal))).into_response()
}

/// Log out
///
/// Ends the session of the cookie, and closes the streams that are open with it. Without a session nothing changes.
#[utoipa::path(delete, path = "/v1/session", operation_id = "end_session", tag = "access", security(("permission" = ["present"])),
    responses((status = 204, description = "Logged out")))]
pub(super) async fn end_session(
    State(app): State<Arc<App>>,
    Extension(grant): Extension<Grant>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Some(session) = grant.session() else { return Ok(StatusCode::NO_CONTENT.into_response()) };
    app.end_session(&session).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookie(is_secure(&headers), "", "; Max-Age=0")?);
    Ok(response)
}

/// Whether the browser talks to the service over TLS, directly or through a proxy: it says itself where its page comes from.
fn is_secure(headers: &HeaderMap) -> bool {
    headers.get(header::ORIGIN).is_some_and(|origin| origin.as_bytes().starts_with(b"https://"))
}

/// A cookie without an end of its own: the browser forgets it when it is closed, the service earlier if nobody uses it.
fn cookie(secure: bool, value: &str, more: &str) -> Result<HeaderValue, Problem> {
    let (name, secure) = if secure { (SECURE_SESSION_COOKIE, "; Secure") } else { (SESSION_COOKIE, "") };
    let text = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{more}");
    HeaderValue::from_str(&text).map_err(|e| Problem::internal(e.to_string()))
}
