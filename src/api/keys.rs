//! `/v1/keys`: API keys of the tenant.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{ApiJson, ApiPath};
use super::networks::created;
use super::problem::Problem;
use super::strict::word;
use crate::app::{App, KeyRecord, KeyRequest};
use crate::domain::access::{KeyId, Principal, Role, TenantId};
use crate::domain::ids::{MissionId, VehicleId};
use crate::domain::timestamp::Timestamp;

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"name": "control room", "role": "operator"}))]
pub(super) struct CreateKey {
    /// A name for people.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\u0000-\u001f\u007f-\u009f]*[^\u0000-\u001f\u007f-\u009f\s][^\u0000-\u001f\u007f-\u009f]*$"
    )]
    name: String,
    /// What it is for.
    #[serde(deserialize_with = "word")]
    role: Role,
    /// For a vehicle: its mission.
    mission_id: Option<MissionId>,
    /// For a vehicle: its name in the mission, `ugv` or a UAV's.
    vehicle: Option<VehicleId>,
    /// When it ends by itself; it does not unless given.
    expires_at: Option<Timestamp>,
}

/// A key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeyView {
    /// The key.
    id: KeyId,
    /// Its name for people.
    name: String,
    /// What it is for.
    role: Role,
    /// Whose networks and missions it opens.
    #[schema(value_type = String, example = "default")]
    tenant: TenantId,
    /// The mission of a vehicle's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    mission_id: Option<MissionId>,
    /// The vehicle of a vehicle's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    vehicle: Option<VehicleId>,
    /// When it was made.
    created_at: Timestamp,
    /// By whom.
    created_by: String,
    /// When it ends by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Timestamp>,
    /// When it was last used; up to half a minute may be missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<Timestamp>,
}

impl KeyView {
    fn of(key: KeyRecord) -> Self {
        Self {
            id: key.id,
            name: key.name,
            role: key.role,
            tenant: key.tenant,
            mission_id: key.binding.as_ref().map(|binding| binding.mission),
            vehicle: key.binding.as_ref().map(|binding| binding.vehicle.clone()),
            created_at: key.created_at,
            created_by: key.created_by,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            last_used_at: key.last_used_at,
        }
    }
}

/// A new key, with its secret.
#[derive(Serialize, ToSchema)]
pub(super) struct KeyCreated {
    /// The key itself, shown this once: whoever has it may do what it is for.
    #[schema(pattern = "^outrider_[0-9a-f]{32}_[0-9A-Za-z]{49}$")]
    secret: String,
    /// What is kept of it.
    #[serde(flatten)]
    key: KeyView,
}

/// The keys of a tenant.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KeyList {
    /// Newest first, revoked ones too.
    keys: Vec<KeyView>,
}

/// Make a key
///
/// The answer has the key itself, this once; what is kept is a hash of it. The first key of a service that was open closes it: from
/// then on everybody needs one. A vehicle's key is for one vehicle of one mission.
#[utoipa::path(post, path = "/v1/keys", operation_id = "create_key", tag = "access", security(("permission" = ["administer"])),
    request_body = CreateKey,
    responses((status = 201, description = "Made", body = KeyCreated, headers(("Location" = String, description = "The key's URL")))))]
pub(super) async fn create_key(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    body: ApiJson<CreateKey>,
) -> Result<Response, Problem> {
    let by = principal.label();
    let CreateKey { name, role, mission_id, vehicle, expires_at } = body.value;
    let request = KeyRequest { name, role, tenant: principal.tenant, mission: mission_id, vehicle, expires_at };
    let (secret, key) = app.create_key(request, &by).await?;
    let location = format!("/v1/keys/{}", key.id);
    created(&location, false, None, &KeyCreated { secret: secret.reveal().to_owned(), key: KeyView::of(key) })
}

/// List keys
///
/// The tenant's keys, newest first, without their secrets.
#[utoipa::path(get, path = "/v1/keys", operation_id = "list_keys", tag = "access", security(("permission" = ["administer"])),
    responses((status = 200, description = "The keys", body = KeyList)))]
pub(super) async fn list_keys(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
) -> Result<Json<KeyList>, Problem> {
    let keys = app.list_keys(Some(&principal.tenant)).await?.into_iter().map(KeyView::of).collect();
    Ok(Json(KeyList { keys }))
}

/// Revoke a key
///
/// From now on it opens nothing, on every replica; streams that are open with it end, and so do sessions. Doing it again changes
/// nothing.
#[utoipa::path(delete, path = "/v1/keys/{key_id}", operation_id = "revoke_key", tag = "access", security(("permission" = ["administer"])),
    params(("key_id" = KeyId, Path, description = "The key")),
    responses((status = 204, description = "Revoked")))]
pub(super) async fn revoke_key(
    State(app): State<Arc<App>>,
    Extension(principal): Extension<Principal>,
    ApiPath(id): ApiPath<KeyId>,
) -> Result<StatusCode, Problem> {
    app.revoke_key(id, Some(&principal.tenant)).await?;
    Ok(StatusCode::NO_CONTENT)
}
