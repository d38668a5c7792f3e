//! `/v1/missions/{id}/nearest-goals`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{ApiJson, ApiPath, Faults};
use super::location::LocationRequest;
use super::mission_views::EndpointView;
use super::problem::Problem;
use super::route::{WayOutcome, WayView};
use super::strict::{object, objects};
use crate::app::{App, MissionGoals};
use crate::domain::ids::MissionId;

/// The most goals of one question.
const MAX_GOALS: usize = 100;
/// The most characters of a goal's name.
const MAX_NAME: usize = 200;

/// A goal that may be headed for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct GoalRequest {
    /// A name for people, to find it again in the answer.
    #[serde(default)]
    #[schema(max_length = 200)]
    name: Option<String>,
    /// Where it is.
    #[serde(deserialize_with = "object")]
    at: LocationRequest,
}

/// Several goals, such as shelters or hospitals.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"goals": [
    {"name": "clinic", "at": {"position": {"lon": 139.8200, "lat": 35.6720}}},
    {"name": "school", "at": {"position": {"lon": 139.8100, "lat": 35.6650}}}
]}))]
pub(super) struct FindNearestGoals {
    /// The goals, 1 to 100.
    #[serde(deserialize_with = "objects")]
    #[schema(min_items = 1, max_items = 100)]
    goals: Vec<GoalRequest>,
}

/// A goal, and what the way there comes to.
#[derive(Debug, Serialize, ToSchema)]
struct GoalProspectView {
    /// Its position in the request, from 0.
    index: usize,
    /// Its name, if it was given one.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// Where it is.
    goal: EndpointView,
    /// What the way there comes to.
    outcome: WayOutcome,
    /// Why there is none, in words, when the outcome is `no_way` or `budget_spent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The shortest way there; absent unless the outcome is `route`.
    #[serde(skip_serializing_if = "Option::is_none")]
    way: Option<WayView>,
}

/// The goals, nearest first.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct NearestGoalsView {
    /// The log's last event that was taken into account.
    seq: u64,
    /// The revision of the knowledge.
    revision: u64,
    /// The goals, the nearest by road first; those that cannot be reached last, in the order of the request.
    goals: Vec<GoalProspectView>,
}

impl NearestGoalsView {
    fn of(found: MissionGoals, names: &[Option<String>]) -> Self {
        let standing = &found.standing;
        let goals = found.prospects.iter().map(|prospect| {
            let (outcome, reason) = WayOutcome::of(&prospect.outcome);
            GoalProspectView {
                index: prospect.index,
                name: names.get(prospect.index).cloned().flatten(),
                goal: EndpointView::of(&prospect.goal),
                outcome,
                reason,
                way: prospect
                    .outcome
                    .route()
                    .zip(prospect.odds)
                    .map(|(route, odds)| WayView::of(standing, route, odds)),
            }
        });
        Self { seq: standing.seq, revision: standing.revision, goals: goals.collect() }
    }
}

/// Find the nearest of several goals
///
/// For each of the goals (shelters, hospitals) how far it is by road from where the UGV is, how long that takes, and whether it can be
/// reached at all, over roads not known to be blocked; the nearest first. The mission does not change.
#[utoipa::path(post, path = "/v1/missions/{mission_id}/nearest-goals", operation_id = "find_nearest_goals", tag = "plans", security(("permission" = ["read_mission"])),
    params(("mission_id" = MissionId, Path, description = "The mission")),
    request_body = FindNearestGoals,
    responses((status = 200, description = "The goals, nearest first", body = NearestGoalsView),
        (status = 409, description = "The mission is over")))]
pub(super) async fn find_nearest_goals(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
    ApiJson { value: FindNearestGoals { goals } }: ApiJson<FindNearestGoals>,
) -> Result<Json<NearestGoalsView>, Problem> {
    let mut faults = Faults::default();
    faults.require((1..=MAX_GOALS).contains(&goals.len()), "/goals", format!("expected 1 to {MAX_GOALS} goals"));
    let (mut names, mut locations) = (Vec::with_capacity(goals.len()), Vec::with_capacity(goals.len()));
    for (i, GoalRequest { name, at }) in goals.into_iter().enumerate() {
        let name_ok = name.as_ref().is_none_or(|name| name.chars().count() <= MAX_NAME);
        faults.require(name_ok, format!("/goals/{i}/name"), format!("at most {MAX_NAME} characters"));
        locations.extend(at.read(&format!("/goals/{i}/at"), &mut faults));
        names.push(name);
    }
    faults.into_result("invalid_goals")?;
    Ok(Json(NearestGoalsView::of(app.nearest_goals(id, &locations).await?, &names)))
}
