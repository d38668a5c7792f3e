//! What every request passes: request id, access log and metrics, rendering of problems, a time limit, panics contained.

use std::any::Any;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::HttpBody;
use axum::extract::{MatchedPath, Request};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use super::access_log::Line;
use super::problem::Problem;
use super::server::BeyondLimit;
use crate::app::audit::{Origin, asked_by};
use crate::app::clock;
use crate::app::trace::{self, CallersTrace};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How long a handler may take. Streams answer at once and go on in their body; imports of the largest uploads take seconds.
const HANDLER_TIMEOUT: Duration = Duration::from_secs(60);

/// Goes with every request: where it came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClientAddress(pub(super) IpAddr);

/// The outermost layer.
pub(super) async fn observe(mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let request_id = request
        .headers()
        .get(&REQUEST_ID)
        .and_then(|id| id.to_str().ok())
        .filter(|id| (1..=100).contains(&id.len()))
        .map_or_else(|| clock::new_uuid().to_string(), str::to_owned);
    let route = request.extensions().get::<MatchedPath>().map_or("none", MatchedPath::as_str).to_owned();
    let method = request.method().clone();
    // Anybody can make methods up; each would be a time series of its own.
    let known = [Method::GET, Method::HEAD, Method::POST, Method::PATCH, Method::PUT, Method::DELETE, Method::OPTIONS];
    let method_label = if known.contains(&method) { method.to_string() } else { "other".to_owned() };
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        request.headers_mut().insert(REQUEST_ID, id);
    }
    let path = request.uri().path().to_owned();
    let mission =
        path.strip_prefix("/v1/missions/").and_then(|rest| rest.split('/').next()).filter(|id| !id.is_empty());
    let span = tracing::info_span!("request", request.id = request_id, mission.id = mission, method = %method, path);
    let headers = request.headers();
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let caller = CallersTrace { parent: said("traceparent"), state: said("tracestate") };
    trace::begin_request(&span, &method_label, &route, caller);
    let address = request.extensions().get::<ClientAddress>().map(|address| address.0);
    let origin = Origin::new(address, request_id.clone());
    let serving = asked_by(Arc::clone(&origin), run_limited(request, next));
    let mut response = serving.instrument(span.clone()).await;
    let problem = response.extensions_mut().remove::<Problem>().or_else(|| unspoken(&response));
    if let Some(problem) = &problem {
        let allow = response.headers_mut().remove(header::ALLOW);
        response = problem.render(&request_id);
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    if let Ok(id) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response.headers_mut().entry(header::X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    let (status, took) = (response.status(), started.elapsed());
    let labels = [("method", method_label), ("route", route.clone()), ("status", status.as_u16().to_string())];
    metrics::counter!("outrider_http_requests_total", &labels).increment(1);
    metrics::histogram!("outrider_http_request_seconds", &labels[..2]).record(took.as_secs_f64());
    trace::end_request(&span, status.as_u16());
    let line = Line { method, route, path, origin, started };
    match &problem {
        Some(problem) => {
            line.failed(problem, response.body().size_hint().exact().unwrap_or(0));
            response
        }
        None => line.served(response),
    }
}

/// The problem behind an error that some other part answered in words of its own.
fn unspoken(response: &Response) -> Option<Problem> {
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return None;
    }
    Some(match status {
        StatusCode::NOT_FOUND => {
            Problem::new(status, "no_such_route", "there is nothing here; /docs lists what there is")
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            Problem::new(status, "method_not_allowed", "this path does not take this method")
        }
        _ if status.is_server_error() => Problem::internal(format!("an answer of {status} without a problem")),
        _ => Problem::new(status, "bad_request", "the request is not valid"),
    })
}

async fn run_limited(request: Request, next: Next) -> Response {
    // Health and metrics are answered in any case, or else a service at its limit would be taken for dead.
    let always = matches!(request.uri().path(), "/healthz" | "/readyz" | "/metrics");
    if request.extensions().get::<BeyondLimit>().is_some() && !always {
        return Problem {
            retry_after_s: Some(5),
            ..Problem::new(StatusCode::SERVICE_UNAVAILABLE, "too_many_connections", "too many connections are open")
        }
        .into_response();
    }
    match tokio::time::timeout(HANDLER_TIMEOUT, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem {
            retry_after_s: Some(5),
            ..Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "timeout",
                format!("the request was not answered within {} s", HANDLER_TIMEOUT.as_secs()),
            )
        }
        .into_response(),
    }
}

/// What a panicking handler answers.
pub(super) fn on_panic(panic: Box<dyn Any + Send>) -> Response {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without words".to_owned());
    Problem::internal(format!("a handler panicked: {text}")).into_response()
}

/// What an unknown path answers.
pub(super) async fn no_such_route(method: Method, uri: Uri) -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "no_such_route",
        format!("there is nothing at {method} {}; /docs lists what there is", uri.path()),
    )
}

/// What a known path answers to a method it does not have. The router adds the `Allow` header.
pub(super) async fn method_not_allowed(method: Method, uri: Uri) -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", format!("{} does not take {method}", uri.path()))
}
