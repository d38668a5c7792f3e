//! `/v1/missions/{id}/plan` and `/knowledge`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{ApiPath, ApiQuery};
use super::networks::geo_json;
use super::problem::Problem;
use crate::app::{App, MissionView};
use crate::domain::ids::{ClosureId, MissionId, SegmentId};
use crate::domain::knowledge::{Knowledge, SegmentState};
use crate::domain::mission::CurrentPlan;
use crate::domain::plan::Plan;
use crate::domain::report::Report;
use crate::domain::timestamp::Timestamp;
use crate::export::geojson;

/// The current plan.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct PlanView {
    /// Its number in the log.
    pub(super) seq: u64,
    /// When it was made.
    pub(super) recorded_at: Timestamp,
    /// What was decided, and from what.
    #[serde(flatten)]
    pub(super) plan: Plan,
}

impl PlanView {
    pub(super) fn of(current: &CurrentPlan) -> Self {
        Self { seq: current.seq, recorded_at: current.recorded_at, plan: Plan::clone(&current.plan) }
    }
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct PlanQuery {
    /// Overrides the `Accept` header.
    #[param(inline)]
    format: Option<PlanFormat>,
}

/// The formats a plan is to be had in.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum PlanFormat {
    /// The plan with its basis; segments by id.
    Json,
    /// The route and the inspections as LineStrings.
    Geojson,
}

/// Get the current plan
///
/// The UGV's route, the UAVs' tasking and what they were planned from; as JSON, or with lines on the map as GeoJSON.
#[utoipa::path(get, path = "/v1/missions/{mission_id}/plan", operation_id = "get_plan", tag = "plans", security(("permission" = ["read_mission"])),
    params(("mission_id" = MissionId, Path, description = "The mission"), PlanQuery),
    responses((status = 200, description = "The current plan", content(
        (PlanView = "application/json"), (Object = "application/geo+json"))),
        (status = 406, description = "None of the accepted formats is to be had")))]
pub(super) async fn get_plan(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
    ApiQuery(query): ApiQuery<PlanQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let format = match query.format {
        Some(format) => format,
        None => accepted_format(&headers)?,
    };
    let none_yet =
        || Problem::new(StatusCode::NOT_FOUND, "no_plan_yet", "the mission has no plan yet; it follows shortly");
    let render = |view: MissionView<'_>| -> Result<Response, Problem> {
        let current = view.mission.plan.as_ref().ok_or_else(none_yet)?;
        match format {
            PlanFormat::Json => Ok(Json(PlanView::of(current)).into_response()),
            PlanFormat::Geojson => geo_json(&geojson::plan(view.network, &current.plan)),
        }
    };
    app.read_mission(id, render).await?
}

/// The first acceptable format in the order we prefer; quality values choose nothing else between two.
fn accepted_format(headers: &HeaderMap) -> Result<PlanFormat, Problem> {
    let accept = headers.get(header::ACCEPT).and_then(|v| v.to_str().ok()).unwrap_or("*/*");
    let ranges: Vec<&str> = accept
        .split(',')
        .filter(|range| {
            let quality = range.split(';').skip(1).find_map(|parameter| parameter.trim().strip_prefix("q="));
            quality.and_then(|text| text.trim().parse::<f64>().ok()) != Some(0.0)
        })
        .map(|range| range.split(';').next().unwrap_or_default().trim())
        .collect();
    if ranges.iter().any(|range| matches!(*range, "*/*" | "application/*" | "application/json")) {
        return Ok(PlanFormat::Json);
    }
    if ranges.contains(&"application/geo+json") {
        return Ok(PlanFormat::Geojson);
    }
    let message = "a plan is to be had as application/json and as application/geo+json";
    Err(Problem::new(StatusCode::NOT_ACCEPTABLE, "not_acceptable", message).at("Accept", message))
}

/// What is known of one segment.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SegmentKnowledgeView {
    /// The segment.
    segment: SegmentId,
    /// Whether a UGV can pass it, as far as is known.
    state: SegmentState,
    /// Where it is blocked, in metres from its first end, when the point is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    blockage_offset_m: Option<f64>,
    /// The observation that counts: who saw what, when, and how sure.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Report>)]
    observation: Option<Arc<Report>>,
    /// The closings in force on it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    closed_by: Vec<ClosureId>,
    /// When an operator last reopened it.
    #[serde(skip_serializing_if = "Option::is_none")]
    reopened_at: Option<Timestamp>,
}

/// A closing in force.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ClosureView {
    /// The closing.
    id: ClosureId,
    /// Why, in the operator's words.
    reason: String,
    /// Who decided it.
    closed_by: String,
    /// How many segments it closed.
    segment_count: usize,
    /// When it ends by itself; absent if it does not.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
}

/// What is known of the network.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct KnowledgeView {
    /// Counts the changes of knowledge.
    revision: u64,
    /// The segments that anything was ever said about, by id. All others are unknown.
    segments: Vec<SegmentKnowledgeView>,
    /// The closings in force, by id.
    closures: Vec<ClosureView>,
}

impl KnowledgeView {
    pub(super) fn of(revision: u64, knowledge: &Knowledge) -> Self {
        let segments = knowledge.details().map(|(segment, known)| SegmentKnowledgeView {
            segment,
            state: known.state(),
            blockage_offset_m: known.blockage_offset_m(),
            observation: known.observation.clone(),
            closed_by: known.closed_by.iter().copied().collect(),
            reopened_at: known.reopened_at,
        });
        let closures = knowledge.closures().map(|(id, closure)| ClosureView {
            id,
            reason: closure.reason.clone(),
            closed_by: closure.closed_by.clone(),
            segment_count: closure.segments.len(),
            expires_at: closure.expires_at,
        });
        Self { revision, segments: segments.collect(), closures: closures.collect() }
    }
}

/// Get the knowledge
///
/// What is known of each segment, by whom and since when, and the closings in force.
#[utoipa::path(get, path = "/v1/missions/{mission_id}/knowledge", operation_id = "get_knowledge", tag = "reports", security(("permission" = ["read_mission"])),
    params(("mission_id" = MissionId, Path, description = "The mission")),
    responses((status = 200, description = "The knowledge", body = KnowledgeView)))]
pub(super) async fn get_knowledge(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
) -> Result<Json<KnowledgeView>, Problem> {
    let view = app.read_mission(id, |v| KnowledgeView::of(v.mission.revision, &v.mission.knowledge)).await?;
    Ok(Json(view))
}
