//! HTTP: routes, what requests and answers look like, problem documents, the OpenAPI document, the stream.
//!
//! A handler reads the request, makes one call of [`crate::app`], and writes the answer.

mod access;
mod access_log;
mod acknowledged;
mod alternatives;
mod audit;
mod closure_feeds;
mod closures;
mod compression;
mod connection;
mod cursor;
mod events;
mod express;
mod extract;
mod flights;
mod forecast;
pub mod headers;
mod health;
mod http2;
mod imports;
mod instructions;
mod keys;
mod layers;
pub mod limits;
mod line_string;
mod location;
mod log;
mod log_level;
mod matching;
pub mod measures;
mod mission_requests;
mod mission_views;
mod missions;
mod nearest;
mod nearest_goals;
mod negotiation;
mod networks;
mod openapi;
pub mod page;
mod plan;
mod positions;
pub mod problem;
mod reachability;
mod reports;
mod request_counts;
pub mod requests;
mod roads;
mod route;
pub mod server;
mod session;
mod strategies;
mod stream;
mod stream_schema;
mod strict;
pub mod tls;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{FromRef, Request};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use tower_service::Service as _;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::SwaggerUi;

use self::access::{Gate, Permissions};
use self::express::Express;
use self::headers::CorsOptions;
pub use self::log_level::LogLevel;
use self::page::PageOptions;
use crate::app::App;

/// What can be set about HTTP.
#[derive(Clone, Debug)]
pub struct ApiOptions {
    /// How often streams carry a heartbeat.
    pub heartbeat: Duration,
    /// After about how long streams end; 80 to 120 % of it.
    pub stream_lifetime: Duration,
    /// The page's map.
    pub page: PageOptions,
    /// Whose pages may use the service besides its own.
    pub cors: CorsOptions,
    /// What the process logs, if it can be changed.
    pub log_level: Option<LogLevel>,
}

impl Default for ApiOptions {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_secs(15),
            stream_lifetime: Duration::from_secs(3600),
            page: PageOptions::default(),
            cors: CorsOptions::default(),
            log_level: None,
        }
    }
}

/// What handlers work with. Copied with each request, and more than once: so it is one pointer.
#[derive(Clone)]
struct Api(Arc<Parts>);

struct Parts {
    app: Arc<App>,
    options: ApiOptions,
    metrics: PrometheusHandle,
}

impl Deref for Api {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl FromRef<Api> for Arc<App> {
    fn from_ref(api: &Api) -> Self {
        Arc::clone(&api.app)
    }
}

/// All documented routes, grouped by what they are about.
fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(openapi::ApiDocument::openapi())
        .routes(routes!(networks::create_network, networks::list_networks))
        .routes(routes!(networks::get_network, networks::delete_network))
        .routes(routes!(networks::get_network_geojson))
        .routes(routes!(nearest::find_nearest_segment))
        .routes(routes!(matching::match_track))
        .routes(routes!(imports::list_imports))
        .routes(routes!(imports::get_import))
        .routes(routes!(imports::cancel_import))
        .routes(routes!(imports::stream_import_events))
        .routes(routes!(missions::create_mission, missions::list_missions))
        .routes(routes!(missions::get_mission, missions::update_mission))
        .routes(routes!(missions::pause_mission))
        .routes(routes!(missions::resume_mission))
        .routes(routes!(missions::cancel_mission))
        .routes(routes!(reports::create_reports))
        .routes(routes!(closures::create_closure))
        .routes(routes!(closure_feeds::import_closures))
        .routes(routes!(positions::update_positions, positions::list_positions))
        .routes(routes!(plan::get_knowledge))
        .routes(routes!(plan::get_plan))
        .routes(routes!(flights::get_tasking))
        .routes(routes!(flights::get_cot))
        .routes(routes!(forecast::get_forecast))
        .routes(routes!(alternatives::list_alternatives))
        .routes(routes!(instructions::list_instructions))
        .routes(routes!(reachability::get_reachability))
        .routes(routes!(nearest_goals::find_nearest_goals))
        .routes(routes!(events::stream_events))
        .routes(routes!(events::stream_joint_events))
        .routes(routes!(log::list_log_events))
        .routes(routes!(log::export_log))
        .routes(routes!(strategies::list_strategies))
        .routes(routes!(session::begin_session, session::get_session, session::end_session))
        .routes(routes!(keys::create_key, keys::list_keys))
        .routes(routes!(keys::revoke_key))
        .routes(routes!(audit::list_audit_entries))
        .routes(routes!(log_level::get_log_level, log_level::set_log_level))
        .routes(routes!(health::get_liveness))
        .routes(routes!(health::get_readiness))
        .routes(routes!(health::get_metrics))
}

/// The OpenAPI document, as it is committed under `openapi/`.
pub fn openapi_json() -> String {
    let (_, document) = routes().split_for_parts();
    let mut text = serde_json::to_string_pretty(&openapi::complete(&document)).unwrap_or_default();
    text.push('\n');
    text
}

/// The whole service: what answers each request.
pub struct Routes {
    router: Router,
    /// Not there where pages of other origins may ask: what answers them stands around the router, and must see all of it.
    express: Option<Express>,
}

impl Routes {
    /// Puts all of it together.
    pub fn new(app: Arc<App>, options: ApiOptions, metrics: PrometheusHandle) -> Self {
        let (routes, document) = routes().split_for_parts();
        let permissions = Permissions::of(&serde_json::to_value(&document).unwrap_or_default());
        let doorkeeper = Gate::new(&app, permissions);
        let page = options.page.clone();
        let document = openapi::complete(&document);
        let text: Arc<str> = serde_json::to_string(&document).unwrap_or_default().into();
        let serve_document = move || {
            let text = Arc::clone(&text);
            async move { ([("content-type", "application/json")], text.to_string()).into_response() }
        };
        let front = layers::Front::new(doorkeeper, options.cors.clone());
        let answers_origins = options.cors.layer();
        let express = answers_origins.is_none().then(|| Express::new(Arc::clone(&front), Arc::clone(&app)));
        let router = routes
            .with_state(Api(Arc::new(Parts { app, options, metrics })))
            .merge(SwaggerUi::new("/docs").config(utoipa_swagger_ui::Config::from("/openapi.json")))
            .route("/openapi.json", get(serve_document))
            .merge(page::routes(page))
            .fallback(layers::no_such_route)
            .method_not_allowed_fallback(layers::method_not_allowed)
            .layer(middleware::from_fn_with_state(front, layers::observe));
        // Outermost, so that also a refusal can be read by those who may read at all.
        let router = match answers_origins {
            Some(layer) => router.layer(layer),
            None => router,
        };
        Self { router, express }
    }

    /// Answers a request, past the router where there is a shorter way.
    async fn answer(&self, request: Request) -> Response {
        if let Some(express) = &self.express
            && let Some(mission) = express::mission_of(&request)
        {
            return express.answer(request, mission).await;
        }
        let Ok(answer) = self.router.clone().call(request).await;
        answer
    }
}
