//! What every request passes: request id, access log and metrics, rendering of problems, a time limit, panics contained.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::body::HttpBody;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument;

use super::access_log::Line;
use super::headers::{self, CorsOptions, Kind};
use super::limits::{Bucket, Caller, Rate, nanoseconds};
use super::problem::Problem;
use super::server::BeyondLimit;
use crate::app::audit::{Origin, asked_by};
use crate::app::clock;
use crate::app::trace::{self, CallersTrace};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// How long a handler may take. Streams answer at once and go on in their body; imports have times of their own.
const HANDLER_TIMEOUT: Duration = Duration::from_secs(60);
/// How many refused requests a second are told in the log, and ten times as many at once.
const TOLD_REFUSALS_PER_S: u32 = 20;
/// The longest path. Those there are have 80 bytes at the most.
const MAX_PATH_BYTES: usize = 1 << 10;
/// The longest query: a stream of 64 missions with its cursor has 4.5 kB.
const MAX_QUERY_BYTES: usize = 6 << 10;
/// The most headers; hyper's own limit where it speaks HTTP/1.
const MAX_HEADERS: usize = 100;

/// What all requests share here.
pub(super) struct Gate {
    cors: CorsOptions,
    begun: Instant,
    refusals: Bucket,
    untold: AtomicU64,
}

impl Gate {
    pub(super) fn new(cors: CorsOptions) -> Arc<Self> {
        Arc::new(Self { cors, begun: Instant::now(), refusals: Bucket::default(), untold: AtomicU64::new(0) })
    }

    /// How many refusals were not told in the log since the last that was, if this one is to be: a flood of bad requests is to fill
    /// neither disk nor processor.
    fn may_tell(&self) -> Option<u64> {
        let rate = Rate::new(TOLD_REFUSALS_PER_S, Duration::from_secs(1), TOLD_REFUSALS_PER_S * 10);
        match self.refusals.take(rate, nanoseconds(self.begun.elapsed())) {
            Ok(()) => Some(self.untold.swap(0, Ordering::Relaxed)),
            Err(_) => {
                self.untold.fetch_add(1, Ordering::Relaxed);
                None
            }
        }
    }
}

/// The outermost layer.
pub(super) async fn observe(State(gate): State<Arc<Gate>>, mut request: Request, next: Next) -> Response {
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
    let kind = Kind::of(&path);
    let mission =
        path.strip_prefix("/v1/missions/").and_then(|rest| rest.split('/').next()).filter(|id| !id.is_empty());
    let span = tracing::info_span!("request", request.id = request_id, mission.id = mission, method = %method, path);
    let headers = request.headers();
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let caller = CallersTrace { parent: said("traceparent"), state: said("tracestate") };
    trace::begin_request(&span, &method_label, &route, caller);
    let address = request.extensions().get::<Caller>().map(|caller| caller.address);
    let origin = Origin::new(address, request_id.clone());
    let serving = asked_by(Arc::clone(&origin), run_limited(&gate.cors, request, next));
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
    headers::complete(kind, response.headers_mut());
    let (status, took) = (response.status(), started.elapsed());
    let labels = [("method", method_label), ("route", route.clone()), ("status", status.as_u16().to_string())];
    metrics::counter!("outrider_http_requests_total", &labels).increment(1);
    metrics::histogram!("outrider_http_request_seconds", &labels[..2]).record(took.as_secs_f64());
    trace::end_request(&span, status.as_u16());
    let line = Line { method, route, path, origin, started };
    match &problem {
        Some(problem) => {
            let bytes = response.body().size_hint().exact().unwrap_or(0);
            if problem.is_of_service() {
                line.failed(problem, bytes);
            } else if let Some(untold) = gate.may_tell() {
                line.refused(problem, bytes, untold);
            }
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

async fn run_limited(cors: &CorsOptions, request: Request, next: Next) -> Response {
    if let Err(refusal) = admit(&request).and_then(|()| cors.check_origin(&request)) {
        return refusal.into_response();
    }
    let timeout = match request.extensions().get::<Caller>() {
        // Networks have times of their own for each part; this is beyond them.
        Some(caller) if is_import(&request) => {
            HANDLER_TIMEOUT + caller.limits().upload_timeout + caller.limits().import_timeout
        }
        _ => HANDLER_TIMEOUT,
    };
    match tokio::time::timeout(timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Problem {
            retry_after_s: Some(5),
            ..Problem::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "timeout",
                format!("the request was not answered within {} s", timeout.as_secs()),
            )
        }
        .into_response(),
    }
}

fn is_import(request: &Request) -> bool {
    request.method() == Method::POST && request.uri().path() == "/v1/networks"
}

/// Whether the request is one that is looked at at all.
fn admit(request: &Request) -> Result<(), Problem> {
    let uri = request.uri();
    // Health and metrics are answered in any case, or else a service at its limit would be taken for dead.
    if !matches!(uri.path(), "/healthz" | "/readyz" | "/metrics") {
        if let Some(BeyondLimit(refusal)) = request.extensions().get::<BeyondLimit>() {
            return Err(Problem::clone(refusal));
        }
        if let Some(caller) = request.extensions().get::<Caller>() {
            caller.admit()?;
        }
    }
    let query = uri.query().unwrap_or_default();
    for (what, length, most) in [("path", uri.path().len(), MAX_PATH_BYTES), ("query", query.len(), MAX_QUERY_BYTES)] {
        if length > most {
            let detail = format!("the {what} has {length} bytes; at most {most} are taken");
            return Err(Problem::new(StatusCode::URI_TOO_LONG, "uri_too_long", detail));
        }
    }
    let headers = request.headers();
    if headers.len() > MAX_HEADERS {
        let detail = format!("the request has {} headers; at most {MAX_HEADERS} are taken", headers.len());
        return Err(Problem::new(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE, "too_many_headers", detail));
    }
    Ok(())
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
    not_allowed(&method, &uri)
}

pub(super) fn not_allowed(method: &Method, uri: &Uri) -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", format!("{} does not take {method}", uri.path()))
}
