//! `/v1/missions/{id}/plan` and `/knowledge`, in the formats they are to be had in.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{ApiPath, ApiQuery};
use super::negotiation::{Offer, choose, document};
use super::networks::geo_json;
use super::problem::Problem;
use crate::app::{App, MissionView};
use crate::domain::ids::{ClosureId, MissionId, SegmentId};
use crate::domain::knowledge::{Knowledge, SegmentState};
use crate::domain::mission::CurrentPlan;
use crate::domain::plan::Plan;
use crate::domain::report::Report;
use crate::domain::timestamp::Timestamp;
use crate::export::{Scene, csv, geojson, gpx, kml, knowledge};

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
    /// Route, what is left of it, and inspections as LineStrings; start, goal and vehicles as Points.
    Geojson,
    /// GPX 1.1: a route for the UGV and one for each UAV, waypoints for start, goal and blockages.
    Gpx,
    /// KML 2.2: styled lines and placemarks.
    Kml,
    /// A row for each leg of the route and each inspection.
    Csv,
}

const PLAN_FORMATS: [Offer<PlanFormat>; 5] = [
    (PlanFormat::Json, "application/json"),
    (PlanFormat::Geojson, GEOJSON),
    (PlanFormat::Gpx, GPX),
    (PlanFormat::Kml, KML),
    (PlanFormat::Csv, CSV),
];
const GEOJSON: &str = "application/geo+json";
const GPX: &str = "application/gpx+xml";
const KML: &str = "application/vnd.google-earth.kml+xml";
const CSV: &str = "text/csv; charset=utf-8";

/// What is shown of a mission in other programs' formats.
pub(super) fn scene<'a>(view: &MissionView<'a>) -> Scene<'a> {
    Scene { mission: view.mission, network: view.network, positions: view.positions }
}

/// There is no plan. Not 404, which would look like a mission that is not there.
pub(super) fn no_plan_yet() -> Problem {
    Problem::new(StatusCode::CONFLICT, "no_plan_yet", "the mission has no plan yet; it follows shortly")
}

/// Get the current plan
///
/// The UGV's route, the UAVs' tasking and what they were planned from; as JSON, or for other programs as GeoJSON (route,
/// what is left of it, inspections), GPX 1.1, KML 2.2, or CSV with the columns `vehicle`, `step`, `kind`, `segment`, `name`,
/// `direction`, `from_m`, `to_m`, `length_m`, `begins_s`, `ends_s`, `start_lon`, `start_lat`, `end_lon`, `end_lat`, `wkt`.
#[utoipa::path(get, path = "/v1/missions/{mission_id}/plan", operation_id = "get_plan", tag = "plans", security(("permission" = ["read_mission"])),
    params(("mission_id" = MissionId, Path, description = "The mission"), PlanQuery),
    responses((status = 200, description = "The current plan", content(
        (PlanView = "application/json"),
        (Object = "application/geo+json", example = json!({"type": "FeatureCollection", "plan_seq": 2, "revision": 0, "outcome": "route", "features": [
            {"type": "Feature", "geometry": {"type": "LineString", "coordinates": [[139.8, 35.66], [139.81, 35.66]]},
             "properties": {"role": "route", "vehicle": "ugv", "length_m": 905.1, "duration_s": 90.51, "speed_mps": 10.0, "segments": [17]}}]})),
        (String = "application/gpx+xml", example = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx version=\"1.1\" creator=\"Outrider\" xmlns=\"http://www.topografix.com/GPX/1/1\">…</gpx>\n"),
        (String = "application/vnd.google-earth.kml+xml", example = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<kml xmlns=\"http://www.opengis.net/kml/2.2\">…</kml>\n"),
        (String = "text/csv", example = "vehicle,step,kind,segment,name,direction,from_m,to_m,length_m,begins_s,ends_s,start_lon,start_lat,end_lon,end_lat,wkt\r\nugv,1,route,17,Harbour Street,forward,0.000,905.100,905.100,0.000,90.510,139.8000000,35.6600000,139.8100000,35.6600000,\"LINESTRING (139.8000000 35.6600000, 139.8100000 35.6600000)\"\r\n"))),
        (status = 406, description = "None of the accepted formats is to be had"),
        (status = 409, description = "There is no plan yet")))]
pub(super) async fn get_plan(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
    ApiQuery(query): ApiQuery<PlanQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let format = choose(query.format, &headers, &PLAN_FORMATS, "a plan")?;
    let render = |view: MissionView<'_>| -> Result<Response, Problem> {
        let current = view.mission.plan.as_ref().ok_or_else(no_plan_yet)?;
        let scene = scene(&view);
        let file = |ending: &str| Some(format!("outrider-plan-{id}.{ending}"));
        Ok(match format {
            PlanFormat::Json => Json(PlanView::of(current)).into_response(),
            PlanFormat::Geojson => return geo_json(&geojson::plan(scene, current)),
            PlanFormat::Gpx => document(GPX, gpx::plan(scene, current), file("gpx")),
            PlanFormat::Kml => document(KML, kml::plan(scene, current), file("kml")),
            PlanFormat::Csv => document(CSV, csv::plan(scene, &current.plan), file("csv")),
        })
    };
    app.read_mission(id, render).await?
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

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct KnowledgeQuery {
    /// Overrides the `Accept` header.
    #[param(inline)]
    format: Option<KnowledgeFormat>,
}

/// The formats knowledge is to be had in.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum KnowledgeFormat {
    /// Segments by id.
    Json,
    /// Segments as LineStrings, with times; known blockages as Points.
    Geojson,
}

const KNOWLEDGE_FORMATS: [Offer<KnowledgeFormat>; 2] =
    [(KnowledgeFormat::Json, "application/json"), (KnowledgeFormat::Geojson, GEOJSON)];

/// Get the knowledge
///
/// What is known of each segment, by whom and since when, and the closings in force. As GeoJSON each segment is a LineString
/// with `state`, `since`, `until` (when closings end by themselves), `said_by`, `confidence` and `blockage_probability`.
#[utoipa::path(get, path = "/v1/missions/{mission_id}/knowledge", operation_id = "get_knowledge", tag = "reports", security(("permission" = ["read_mission"])),
    params(("mission_id" = MissionId, Path, description = "The mission"), KnowledgeQuery),
    responses((status = 200, description = "The knowledge", content(
        (KnowledgeView = "application/json"),
        (Object = "application/geo+json", example = json!({"type": "FeatureCollection", "revision": 1, "features": [
            {"type": "Feature", "id": "segment-17", "geometry": {"type": "LineString", "coordinates": [[139.8, 35.66], [139.81, 35.66]]},
             "properties": {"role": "segment", "segment": 17, "state": "blocked", "since": "2026-05-04T09:30:00Z", "until": null,
                            "said_by": "uav-1", "confidence": 1.0, "blockage_probability": 1.0}}]})))),
        (status = 406, description = "None of the accepted formats is to be had")))]
pub(super) async fn get_knowledge(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
    ApiQuery(query): ApiQuery<KnowledgeQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    match choose(query.format, &headers, &KNOWLEDGE_FORMATS, "knowledge")? {
        KnowledgeFormat::Json => {
            let view = app.read_mission(id, |v| KnowledgeView::of(v.mission.revision, &v.mission.knowledge)).await?;
            Ok(Json(view).into_response())
        }
        // A large one is a large document: not for the async threads.
        KnowledgeFormat::Geojson => app.study_mission(id, |view| geo_json(&knowledge::knowledge(scene(&view)))).await?,
    }
}
