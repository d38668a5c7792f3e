//! Liveness, readiness, metrics.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::Api;
use super::problem::Problem;
use crate::chain;

/// The process is alive.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Health {
    /// `ok` or `ready`.
    #[schema(example = "ok")]
    status: &'static str,
    /// The version of the program.
    version: &'static str,
}

/// Liveness
///
/// The process answers. Does not look at the database: restarting the process would not bring that back.
#[utoipa::path(get, path = "/healthz", operation_id = "get_liveness", tag = "operations", security(("permission" = ["public"])),
    responses((status = 200, description = "Alive", body = Health)))]
pub(super) async fn get_liveness() -> Json<Health> {
    Json(Health { status: "ok", version: env!("CARGO_PKG_VERSION") })
}

/// Readiness
///
/// The database answers and its schema is this version's.
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
        Ok(()) => Ok(Json(Health { status: "ready", version: env!("CARGO_PKG_VERSION") })),
        Err(error) => Err(Problem {
            retry_after_s: Some(2),
            cause: Some(chain::of(&error)),
            ..Problem::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", error.to_string())
        }),
    }
}

/// Metrics
///
/// Prometheus text: requests, reports, plans, planning time, the replan queue, subscribers, database connections, the
/// process's memory.
#[utoipa::path(get, path = "/metrics", operation_id = "get_metrics", tag = "operations", security(("permission" = ["measure"])),
    responses((status = 200, description = "Prometheus text format 0.0.4", body = String, content_type = "text/plain")))]
pub(super) async fn get_metrics(State(api): State<Api>) -> Response {
    api.app.measure();
    if let Some(bytes) = resident_memory_bytes() {
        metrics::gauge!("process_resident_memory_bytes").set(bytes as f64);
    }
    let text = api.metrics.render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response()
}

/// The process's memory in use; none where the system does not say (only Linux does, in a file).
fn resident_memory_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}
