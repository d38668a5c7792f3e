//! Liveness, readiness, metrics.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::problem::Problem;
use super::{Api, measures};
use crate::{chain, release};

/// The process is alive.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    /// `ok` or `ready`.
    #[schema(example = "ok")]
    status: &'static str,
    /// The version of the program.
    version: &'static str,
    /// The commit it was built from.
    #[schema(example = "4666b2e0c9d1f7a35b2c8e64f0a1d9b7c3e5f812")]
    commit: &'static str,
}

impl Health {
    fn new(status: &'static str) -> Self {
        Self { status, version: release::VERSION, commit: release::COMMIT }
    }
}

/// Liveness
///
/// The process answers. Does not look at the database: restarting the process would not bring that back.
#[utoipa::path(get, path = "/healthz", operation_id = "get_liveness", tag = "operations", security(("permission" = ["public"])),
    responses((status = 200, description = "Alive", body = Health)))]
pub(super) async fn get_liveness() -> Json<Health> {
    Json(Health::new("ok"))
}

/// Readiness
///
/// The database answers and its schema is one that this version works with.
#[utoipa::path(get, path = "/readyz", operation_id = "get_readiness", tag = "operations", security(("permission" = ["public"])),
    responses((status = 200, description = "Ready", body = Health)))]
pub(super) async fn get_readiness(State(api): State<Api>) -> Result<Json<Health>, Problem> {
    if api.app.stopping().is_cancelled() {
        return Err(Problem {
            retry_after_s: Some(2),
            ..Problem::new(StatusCode::SERVICE_UNAVAILABLE, "shutting_down", "the service is stopping")
        });
    }
    match api.app.check_ready().await {
        Ok(()) => Ok(Json(Health::new("ready"))),
        Err(error) => Err(Problem {
            retry_after_s: Some(2),
            cause: Some(chain::of(&error)),
            ..Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", error.to_string())
        }),
    }
}

/// Metrics
///
/// Prometheus text. docs/operations/METRICS.md has a table of all of them.
#[utoipa::path(get, path = "/metrics", operation_id = "get_metrics", tag = "operations", security(("permission" = ["measure"])),
    responses((status = 200, description = "Prometheus text format 0.0.4", body = String, content_type = "text/plain")))]
pub(super) async fn get_metrics(State(api): State<Api>) -> Response {
    api.app.measure();
    measures::measure_process();
    let text = api.metrics.render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}
