//! `/v1/missions/{id}/forecast`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::extract::{ApiPath, ApiQuery, Faults};
use super::line_string::LineStringView;
use super::problem::Problem;
use super::route::WayOutcome;
use crate::app::{App, CriticalSegment, ForecastOptions, MissionForecast, Prospect};
use crate::domain::ids::{MissionId, SegmentId};
use crate::domain::network::{Direction, Network};
use crate::domain::timestamp::Timestamp;

/// The most worlds of one forecast.
const MAX_WORLDS: u32 = 1_000;
/// The most critical segments of one forecast.
const MAX_CRITICAL: usize = 50;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ForecastQuery {
    /// In how many sampled worlds the mission is played through; 200 unless given. A probability is then known
    /// to within 0.07, of 1,000 worlds to within 0.03 (two standard errors).
    #[param(minimum = 1, maximum = 1000)]
    worlds: Option<u32>,
    /// How many critical segments are named at most; 10 unless given. Most of the work is for them.
    #[param(minimum = 0, maximum = 50)]
    critical: Option<usize>,
    /// As if the mission went on under this strategy (with its default parameters), one of `/v1/strategies`; the mission's own
    /// unless given. The mission itself does not change.
    #[param(example = "bidirectional")]
    strategy: Option<String>,
}

/// When the UGV arrives, in seconds, over the worlds in which it does.
#[derive(Debug, Serialize, ToSchema)]
struct ArrivalSecondsView {
    /// Earlier in one world of ten.
    p10: f64,
    /// The median.
    p50: f64,
    /// Later in one world of ten.
    p90: f64,
    /// The mean.
    mean: f64,
}

/// When the UGV arrives, as times of day.
#[derive(Debug, Serialize, ToSchema)]
struct ArrivalTimesView {
    /// Earlier in one world of ten.
    p10: Timestamp,
    /// The median.
    p50: Timestamp,
    /// Later in one world of ten.
    p90: Timestamp,
}

/// A segment on which much depends.
#[derive(Debug, Serialize, ToSchema)]
struct CriticalSegmentView {
    /// The segment.
    segment: SegmentId,
    /// The road's name, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    /// The probability that it is blocked.
    blockage_probability: f64,
    /// The share of worlds in which the UGV drives on it, or has its way blocked by it.
    used_probability: f64,
    /// By how much later the UGV is expected if it is blocked than if it is clear, in seconds, over the worlds in which the goal is
    /// reached either way; null if there is none.
    delay_s: Option<f64>,
    /// That delay times the probability that it is blocked, in seconds; null if there is no delay.
    criticality_s: Option<f64>,
    /// Of the worlds in which the goal is reached if it is clear, the share in which it is not if it is blocked.
    cuts_off_probability: f64,
    /// The whole segment, from its first end.
    geometry: LineStringView,
}

/// A forecast of the rest of a mission.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ForecastView {
    /// What it came to.
    outcome: WayOutcome,
    /// Why there are no arrivals, in words, when the outcome is `no_way` or `budget_spent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    /// The log's last event that was taken into account.
    seq: u64,
    /// The revision of the knowledge.
    revision: u64,
    /// The strategy by which the UAVs scout.
    strategy: String,
    /// The moment that the seconds count from.
    computed_at: Timestamp,
    /// The share of worlds in which the UGV arrives: 0 when there is no way, null when the budget is spent.
    reach_probability: Option<f64>,
    /// How long the UGV takes if nothing else turns out to be blocked, in seconds; absent without a route.
    #[serde(skip_serializing_if = "Option::is_none")]
    optimistic_s: Option<f64>,
    /// When the UGV arrives, in seconds from `computed_at`; null if it does so in no world.
    arrival_s: Option<ArrivalSecondsView>,
    /// The same as times.
    arrival_at: Option<ArrivalTimesView>,
    /// In how many worlds the mission was played through: fewer than asked for when the budget ended, none when there was nothing
    /// to sample.
    worlds: u32,
    /// How many of the worlds the critical segments are from.
    critical_worlds: u32,
    /// The segments on which most depends, most of all first. One that cuts off the goal counts for three times the arrival in this order.
    critical: Vec<CriticalSegmentView>,
}

impl ForecastView {
    fn of(made: &MissionForecast) -> Self {
        let forecast = &made.forecast;
        let (outcome, reason, optimistic_s) = match &forecast.prospect {
            Prospect::Route { optimistic_s } => (WayOutcome::Route, None, Some(*optimistic_s)),
            Prospect::AlreadyThere => (WayOutcome::AlreadyThere, None, None),
            Prospect::NoWay { reason } => (WayOutcome::NoWay, Some(reason.clone()), None),
            Prospect::BudgetSpent { reason } => (WayOutcome::BudgetSpent, Some(reason.clone()), None),
        };
        let at = |seconds: f64| made.computed_at.plus_seconds(seconds);
        Self {
            outcome,
            reason,
            seq: made.seq,
            revision: made.revision,
            strategy: made.strategy.clone(),
            computed_at: made.computed_at,
            reach_probability: forecast.reach_probability,
            optimistic_s,
            arrival_s: forecast.arrival_s.map(|a| ArrivalSecondsView {
                p10: a.p10,
                p50: a.p50,
                p90: a.p90,
                mean: a.mean,
            }),
            arrival_at: forecast.arrival_s.map(|a| ArrivalTimesView { p10: at(a.p10), p50: at(a.p50), p90: at(a.p90) }),
            worlds: forecast.worlds,
            critical_worlds: forecast.critical_worlds,
            critical: forecast.critical.iter().map(|c| CriticalSegmentView::of(&made.network, c)).collect(),
        }
    }
}

impl CriticalSegmentView {
    fn of(network: &Network, critical: &CriticalSegment) -> Self {
        let whole = network.whole_leg(critical.segment, Direction::Forward);
        Self {
            segment: critical.segment,
            name: network.segment(critical.segment).name().map(str::to_owned),
            blockage_probability: critical.blockage_probability,
            used_probability: critical.used_probability,
            delay_s: critical.delay_s,
            criticality_s: critical.criticality_s,
            cuts_off_probability: critical.cuts_off_probability,
            geometry: LineStringView::of(network, &[whole]),
        }
    }
}

/// Forecast a mission
///
/// When the UGV arrives (p10, p50 and p90 over the worlds in which it does), whether it gets there at all, and the segments on which
/// most depends: the rest of the mission is played through in worlds sampled from the knowledge, from where the vehicles were last
/// known to be, with UAVs that scout as the mission's strategy would have them, or another one that is named: so strategies can be
/// compared for the mission as it stands, in the same worlds. Each segment is blocked with its own probability,
/// independently of others.
///
/// Having no way is an outcome, not an error. The same state of the mission has the same forecast.
#[utoipa::path(get, path = "/v1/missions/{mission_id}/forecast", operation_id = "get_forecast", tag = "plans", security(("permission" = ["read_mission"])),
    params(("mission_id" = MissionId, Path, description = "The mission"), ForecastQuery),
    responses((status = 200, description = "The forecast", body = ForecastView),
        (status = 409, description = "The mission is over")))]
pub(super) async fn get_forecast(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
    ApiQuery(query): ApiQuery<ForecastQuery>,
) -> Result<Json<ForecastView>, Problem> {
    let default = ForecastOptions::default();
    let options = ForecastOptions {
        worlds: query.worlds.unwrap_or(default.worlds),
        critical: query.critical.unwrap_or(default.critical),
    };
    let mut faults = Faults::default();
    faults.require((1..=MAX_WORLDS).contains(&options.worlds), "worlds", format!("expected 1 to {MAX_WORLDS}"));
    faults.require(options.critical <= MAX_CRITICAL, "critical", format!("expected 0 to {MAX_CRITICAL}"));
    faults.into_result("invalid_query")?;
    let made = app.forecast_mission(id, query.strategy, options).await?;
    Ok(Json(ForecastView::of(&made)))
}
