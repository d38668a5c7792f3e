//! `/v1/admin/log-level`: what is logged, changed while the service runs.

use std::fmt;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::ToSchema;

use super::Api;
use super::extract::ApiJson;
use super::problem::Problem;
use crate::app::Fault;
use crate::chain;

type Write = dyn Fn(&str) -> Result<(), String> + Send + Sync;

/// What the process logs. Cloning shares it.
#[derive(Clone)]
pub struct LogLevel {
    read: Arc<dyn Fn() -> String + Send + Sync>,
    write: Arc<Write>,
}

impl LogLevel {
    /// Read and changed so. A text that is no filter is refused with the reason.
    pub fn new(
        read: impl Fn() -> String + Send + Sync + 'static,
        write: impl Fn(&str) -> Result<(), String> + Send + Sync + 'static,
    ) -> Self {
        Self { read: Arc::new(read), write: Arc::new(write) }
    }
}

impl fmt::Debug for LogLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LogLevel").field(&(self.read)()).finish()
    }
}

/// What is logged.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LogLevelView {
    /// A level (`error`, `warn`, `info`, `debug`, `trace`), or a filter: levels of parts, separated by commas. `access=debug` has a
    /// line for every request.
    #[schema(example = "info,access=debug")]
    filter: String,
}

/// Read the log level
///
/// What this replica logs at present.
#[utoipa::path(get, path = "/v1/admin/log-level", operation_id = "get_log_level", tag = "operations", security(("permission" = ["manage"])),
    responses((status = 200, description = "What is logged", body = LogLevelView),
        (status = 409, description = "This process keeps no log")))]
pub(super) async fn get_log_level(State(api): State<Api>) -> Result<Json<LogLevelView>, Problem> {
    Ok(Json(LogLevelView { filter: (log_level(&api)?.read)() }))
}

/// Change the log level
///
/// Of this replica, until it is changed again or the process ends.
#[utoipa::path(put, path = "/v1/admin/log-level", operation_id = "set_log_level", tag = "operations", security(("permission" = ["manage"])),
    request_body = LogLevelView,
    responses((status = 200, description = "What is logged from now on", body = LogLevelView),
        (status = 409, description = "This process keeps no log")))]
pub(super) async fn set_log_level(
    State(api): State<Api>,
    ApiJson { value, .. }: ApiJson<LogLevelView>,
) -> Result<Json<LogLevelView>, Problem> {
    let level = log_level(&api)?;
    let before = (level.read)();
    (level.write)(&value.filter)
        .map_err(|message| Problem::invalid("invalid_filter", vec![Fault::new("/filter", message)]))?;
    let after = (level.read)();
    tracing::warn!(before, after, "the log level was changed");
    // Looking closer is wanted most while the database is away: the line above has to do then.
    if let Err(error) =
        api.app.audit("log_level.changed", "log-level".to_owned(), json!({ "before": before, "after": after })).await
    {
        tracing::warn!(error = chain::of(&error), "the change of the log level is not in the audit log");
    }
    Ok(Json(LogLevelView { filter: after }))
}

fn log_level(api: &Api) -> Result<&LogLevel, Problem> {
    let none = || Problem::new(StatusCode::CONFLICT, "no_log", "this process keeps no log");
    api.options.log_level.as_ref().ok_or_else(none)
}
