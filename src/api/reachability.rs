//! `/v1/missions/{id}/reachability`.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use utoipa::{IntoParams, ToSchema};

use super::extract::{ApiPath, Faults, read_query};
use super::networks::geo_json;
use super::problem::Problem;
use crate::app::{App, Unknown};
use crate::domain::ids::MissionId;
use crate::export::{geojson, reachability};

/// The most times of one question.
const MAX_TIMES: usize = 8;
/// The longest time, in seconds: a day.
const MAX_WITHIN_S: f64 = 86_400.0;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ReachabilityQuery {
    /// The times in seconds, ascending, at most eight.
    #[param(value_type = Vec<f64>, style = Form, explode = false, min_items = 1, max_items = 8, example = json!([300.0, 600.0]))]
    within_s: String,
    /// Whether the UGV enters segments of which nothing is known; `open` unless given.
    #[serde(default)]
    #[param(inline)]
    unknown: UnknownQuery,
    /// Whether there are polygons around what is reached; there are unless this is false.
    areas: Option<bool>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum UnknownQuery {
    /// It does, as on its route.
    #[default]
    Open,
    /// Only segments known to be clear are entered.
    Closed,
}

fn read_times(text: &str) -> Result<Vec<f64>, Problem> {
    let numbers: Option<Vec<f64>> = text.split(',').map(|number| number.trim().parse().ok()).collect();
    let Some(within_s) = numbers else {
        let message = "expected numbers of seconds: 300,600";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "malformed_query", format!("within_s: {message}"))
            .at("within_s", message));
    };
    let mut faults = Faults::default();
    let in_range = within_s.iter().all(|at_s| *at_s > 0.0 && *at_s <= MAX_WITHIN_S);
    faults.require(within_s.len() <= MAX_TIMES, "within_s", format!("expected at most {MAX_TIMES} times"));
    faults.require(in_range, "within_s", format!("expected more than 0 and at most {MAX_WITHIN_S} seconds"));
    let ascend = within_s.windows(2).all(|pair| pair[0] < pair[1]);
    faults.require(ascend || !in_range, "within_s", "expected the times in ascending order");
    faults.into_result("invalid_query")?;
    Ok(within_s)
}

/// Find what the UGV can reach
///
/// The roads that the UGV can reach within the given times from where it is, over roads not known to be blocked, at its own speed, as
/// GeoJSON. For each time there is a feature with `role` `roads`: a MultiLineString of what is reached between the time before
/// (`after_s`) and this one (`within_s`), cut where the time ends, with `length_m` and how much of it nothing is known of
/// (`unknown_m`). With it goes one with `role` `area`: a MultiPolygon of the ground within `buffer_m` of a road that is reached within
/// the time, as far as no road that is not reached is nearer. So it claims no far bank of a river and no quarter behind a
/// closure; its border is right to less than `cell_m`. A Point with `role` `start` is where the UGV is.
#[utoipa::path(get, path = "/v1/missions/{mission_id}/reachability", operation_id = "get_reachability", tag = "plans", security(("permission" = ["read_mission"])),
    params(("mission_id" = MissionId, Path, description = "The mission"), ReachabilityQuery),
    responses((status = 200, description = "A feature collection (RFC 7946)", body = Object, content_type = "application/geo+json",
        example = json!({"type": "FeatureCollection", "mission": "01938a6e-0000-7000-8000-000000000002", "seq": 2, "revision": 0, "speed_mps": 10.0, "unknown": "open", "features": [
            {"type": "Feature", "geometry": {"type": "MultiLineString", "coordinates": [[[139.8, 35.66], [139.81, 35.66]]]},
             "properties": {"role": "roads", "after_s": 0.0, "within_s": 300.0, "length_m": 905.1, "unknown_m": 905.1}}]})),
        (status = 409, description = "The mission is over")))]
pub(super) async fn get_reachability(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let query: ReachabilityQuery = read_query(query.as_deref())?;
    let within_s = read_times(&query.within_s)?;
    let (unknown, word) = match query.unknown {
        UnknownQuery::Open => (Unknown::Open, "open"),
        UnknownQuery::Closed => (Unknown::Closed, "closed"),
    };
    let has_areas = query.areas.unwrap_or(true);
    app.reachability(id, within_s, unknown, move |standing, bands, is_called_off| {
        let network = &standing.network;
        let mut features = reachability::features(network, bands, has_areas, is_called_off)?;
        features.push(geojson::place("start", network, standing.ugv));
        Some(geo_json(&json!({
            "type": "FeatureCollection",
            "mission": id,
            "seq": standing.seq,
            "revision": standing.revision,
            "speed_mps": standing.speed_mps,
            "unknown": word,
            "features": features,
        })))
    })
    .await?
}
