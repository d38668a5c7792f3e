//! `/v1/audit`: who changed what.

use std::sync::Arc;

use axum::extract::State;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{ApiQuery, Faults};
use super::problem::Problem;
use crate::app::{App, AuditFilter, AuditRecord};
use crate::domain::access::Principal;
use crate::domain::timestamp::Timestamp;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AuditQuery {
    /// What this caller did.
    #[param(pattern = r"^[^\u0000]*$")]
    principal: Option<String>,
    /// What was done for this tenant.
    #[param(pattern = r"^[^\u0000]*$")]
    tenant: Option<String>,
    /// This action, or all that begin with it and a dot: `mission` stands for `mission.created`, `mission.cancelled` and so on.
    #[param(pattern = r"^[^\u0000]*$")]
    action: Option<String>,
    /// What was done to this, such as `mission/01938a6e-0000-7000-8000-000000000000`.
    #[param(pattern = r"^[^\u0000]*$")]
    object: Option<String>,
    /// Not before this time.
    since: Option<Timestamp>,
    /// Before this time.
    until: Option<Timestamp>,
    /// How many; 100 unless given.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// The `next_before` of the page before.
    before: Option<u64>,
}

/// One change.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditEntryView {
    /// Its number; later entries have higher ones, with gaps.
    id: u64,
    /// When.
    at: Timestamp,
    /// Who: a caller, `anonymous`, `terminal` (somebody at the command line), or `outrider` (the service itself).
    principal: String,
    /// Whose.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenant: Option<String>,
    /// Where the request came from.
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<String>,
    /// The request, as its answer and the access log have it.
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<String>,
    /// What was done.
    #[schema(example = "mission.cancelled")]
    action: String,
    /// To what.
    #[schema(example = "mission/01938a6e-0000-7000-8000-000000000000")]
    object: String,
    /// Particulars; what is in it depends on the action.
    #[schema(value_type = Object)]
    detail: serde_json::Value,
}

/// A page of changes.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AuditPage {
    /// Newest first.
    entries: Vec<AuditEntryView>,
    /// Asks for the next page as `before`; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_before: Option<u64>,
}

/// Read the audit log
///
/// Who created, changed, ended or deleted what, closed and reopened roads, or changed how the service runs; newest first. Reports and
/// positions are not here: a mission's own log has every report with its reporter.
#[utoipa::path(get, path = "/v1/audit", operation_id = "list_audit_entries", tag = "operations", security(("permission" = ["administer"])),
    params(AuditQuery),
    responses((status = 200, description = "A page of changes", body = AuditPage),
        (status = 422, description = "A parameter is out of range")))]
pub(super) async fn list_audit_entries(
    State(app): State<Arc<App>>,
    Extension(caller): Extension<Principal>,
    ApiQuery(query): ApiQuery<AuditQuery>,
) -> Result<Json<AuditPage>, Problem> {
    let AuditQuery { principal, tenant, action, object, since, until, limit, before } = query;
    let limit = limit.unwrap_or(100);
    let mut faults = Faults::default();
    faults.require((1..=1000).contains(&limit), "limit", "expected 1 to 1000");
    faults.require_number(before, "before");
    for (name, text) in [("principal", &principal), ("tenant", &tenant), ("action", &action), ("object", &object)] {
        // The database takes no text with one in it.
        faults.require(!text.as_ref().is_some_and(|text| text.contains('\0')), name, "expected no zero character");
    }
    faults.into_result("invalid_query")?;
    let filter =
        AuditFilter { visible_to: Some(caller.tenant), principal, tenant, action, object, since, until, before };
    let mut records = app.list_audit(&filter, limit + 1).await?;
    let more = records.len() > limit as usize;
    records.truncate(limit as usize);
    let next_before = if more { records.last().map(|last| last.id) } else { None };
    Ok(Json(AuditPage { entries: records.into_iter().map(view).collect(), next_before }))
}

fn view(record: AuditRecord) -> AuditEntryView {
    let AuditRecord { id, at, principal, tenant, address, request_id, action, object, detail } = record;
    AuditEntryView { id, at, principal, tenant, address, request_id, action, object, detail }
}
