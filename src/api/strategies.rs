//! `/v1/strategies`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;

/// A strategy that missions can choose.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StrategyView {
    /// What missions choose it by.
    #[schema(example = "bidirectional")]
    name: &'static str,
    /// What it does and when to choose it.
    summary: &'static str,
    /// The JSON Schema (2020-12) of its parameters.
    #[schema(value_type = Object)]
    parameters_schema: serde_json::Value,
}

/// The strategies.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StrategyList {
    /// In the order in which they are best read.
    strategies: Vec<StrategyView>,
}

/// List strategies
///
/// The strategies that missions can choose, with the schemas of their parameters.
#[utoipa::path(get, path = "/v1/strategies", operation_id = "list_strategies", tag = "strategies", security(("permission" = ["present"])),
    responses((status = 200, description = "All strategies", body = StrategyList)))]
pub(super) async fn list_strategies(State(app): State<Arc<App>>) -> Json<StrategyList> {
    let view = |strategy: &Arc<dyn crate::app::Strategy>| StrategyView {
        name: strategy.name(),
        summary: strategy.summary(),
        parameters_schema: strategy.parameters_schema(),
    };
    Json(StrategyList { strategies: app.strategies().iter().map(view).collect() })
}
