//! `/v1/missions/{id}/alternatives`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{ApiPath, ApiQuery, Faults};
use super::problem::Problem;
use super::route::{WayOutcome, WayView};
use crate::app::{AlternativeOptions, App, MOST_ALTERNATIVES, MissionAlternatives};
use crate::domain::ids::MissionId;
use crate::export::difference;

/// The most that an alternative may be stretched.
const MAX_STRETCH: f64 = 10.0;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AlternativesQuery {
    /// How many alternatives at most; 3 unless given.
    #[param(minimum = 1, maximum = 8)]
    k: Option<usize>,
    /// How many times as long as the part of the current route that it leaves out the part of an alternative may be that is not on
    /// the current route; 1.5 unless given.
    #[param(minimum = 1.0, maximum = 10.0)]
    max_stretch: Option<f64>,
    /// What part of its length an alternative may share with the current route and the alternatives before it; 0.7 unless given.
    #[param(minimum = 0.0, maximum = 1.0)]
    max_sharing: Option<f64>,
}

/// Another route.
#[derive(Debug, Serialize, ToSchema)]
struct AlternativeView {
    /// The route.
    way: WayView,
    /// By how much it is longer than the current route, in metres; negative if it is shorter.
    longer_by_m: f64,
    /// By how much the UGV takes longer, in seconds.
    later_by_s: f64,
    /// How much of it lies on the current route, in metres.
    shared_m: f64,
    /// The same as a part of its length, 0 to 1.
    shared_fraction: f64,
    /// What differs, in words.
    #[schema(example = "by Mill Street and Ring instead of Quay")]
    difference: String,
}

/// The current route and others.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct AlternativesView {
    /// What it came to.
    outcome: WayOutcome,
    /// Why there is no route, in words, when the outcome is `no_way` or `budget_spent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The log's last event that was taken into account.
    seq: u64,
    /// The revision of the knowledge.
    revision: u64,
    /// What is left of the current plan's route from where the UGV is; the shortest one, if that is blocked by now, or the UGV is not
    /// on it. Absent without a route.
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<WayView>,
    /// The others, best first. Fewer than asked for if there are no more that keep to the bounds.
    alternatives: Vec<AlternativeView>,
}

impl AlternativesView {
    fn of(found: &MissionAlternatives) -> Self {
        let (outcome, reason) = WayOutcome::of(&found.outcome);
        let (standing, current) = (&found.standing, found.outcome.route());
        let alternatives = current.into_iter().flat_map(|current| {
            found.others.iter().map(|other| {
                let route = &other.assessed.route;
                AlternativeView {
                    way: WayView::of(standing, route, other.assessed.odds),
                    longer_by_m: route.length_m - current.length_m,
                    later_by_s: route.duration_s - current.duration_s,
                    shared_m: other.shared_m,
                    shared_fraction: other.shared_m / route.length_m,
                    difference: difference::in_words(&standing.network, &route.legs, &current.legs),
                }
            })
        });
        Self {
            outcome,
            reason,
            seq: standing.seq,
            revision: standing.revision,
            alternatives: alternatives.collect(),
            current: current.zip(found.odds).map(|(route, odds)| WayView::of(standing, route, odds)),
        }
    }
}

/// Find alternative routes
///
/// Routes other than the current one, from where the UGV is to the goal, over roads not known to be blocked: each with its length and
/// duration, by how much it is longer, how much it shares with the current route, the probability that it is clear, and the roads that
/// differ. They are real alternatives and not the next shortest routes: each has enough of its own (`max_sharing`), no long way round
/// (`max_stretch`), and no detour within that could be driven straight. Single-via paths after Abraham, Delling, Goldberg and Werneck
/// (2013). Having no way, or no alternative, is an outcome, not an error.
#[utoipa::path(get, path = "/v1/missions/{mission_id}/alternatives", operation_id = "list_alternatives", tag = "plans", security(("permission" = ["read_mission"])),
    params(("mission_id" = MissionId, Path, description = "The mission"), AlternativesQuery),
    responses((status = 200, description = "The current route and others", body = AlternativesView),
        (status = 409, description = "The mission is over")))]
pub(super) async fn list_alternatives(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
    ApiQuery(query): ApiQuery<AlternativesQuery>,
) -> Result<Json<AlternativesView>, Problem> {
    let default = AlternativeOptions::default();
    let options = AlternativeOptions {
        count: query.k.unwrap_or(default.count),
        max_stretch: query.max_stretch.unwrap_or(default.max_stretch),
        max_sharing: query.max_sharing.unwrap_or(default.max_sharing),
    };
    let mut faults = Faults::default();
    faults.require((1..=MOST_ALTERNATIVES).contains(&options.count), "k", format!("expected 1 to {MOST_ALTERNATIVES}"));
    let stretch_ok = (1.0..=MAX_STRETCH).contains(&options.max_stretch);
    faults.require(stretch_ok, "max_stretch", format!("expected 1 to {MAX_STRETCH}"));
    faults.require((0.0..=1.0).contains(&options.max_sharing), "max_sharing", "expected 0 to 1");
    faults.into_result("invalid_query")?;
    Ok(Json(AlternativesView::of(&app.alternatives(id, options).await?)))
}
