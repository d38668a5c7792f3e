//! What every request passes: request id, access log and metrics, rendering of problems, a time limit, panics contained.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::body::HttpBody;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use tracing::{Instrument, Span};

use super::access::{Gate, Named};
use super::access_log::{self, Line};
use super::compression::{compressed, is_sent_as_it_is};
use super::headers::{self, CorsOptions, Kind};
use super::limits::{Bucket, Caller, Rate, nanoseconds};
use super::problem::Problem;
use super::reports;
use super::request_counts::RequestCounts;
use super::server::BeyondLimit;
use crate::app::audit::{Origin, asked_by};
use crate::app::clock;
use crate::app::trace;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// What stands for the route where there is none.
const NO_ROUTE: &str = "none";

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
pub(super) struct Front {
    doorkeeper: Gate,
    cors: CorsOptions,
    counts: RequestCounts,
    begun: Instant,
    refusals: Bucket,
    untold: AtomicU64,
}

impl Front {
    pub(super) fn new(doorkeeper: Gate, cors: CorsOptions) -> Arc<Self> {
        let (counts, begun) = (RequestCounts::default(), Instant::now());
        Arc::new(Self { doorkeeper, cors, counts, begun, refusals: Bucket::default(), untold: AtomicU64::new(0) })
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

/// The layer around every route. There is one, as each costs a request several allocations and a copy of all that it is around.
pub(super) async fn observe(State(front): State<Arc<Front>>, request: Request, next: Next) -> Response {
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map(MatchedPath::as_str);
    observed(&front, request, route, Named::ByRouter, |request| next.run(request)).await
}

/// All that is done with every request, around what answers it: the rest of the router, or `express`. It knows nothing of either, so that
/// neither can leave anything out.
pub(super) async fn observed<R: Future<Output = Response>>(
    front: &Front,
    request: Request,
    route: Option<&str>,
    named: Named,
    answer: impl FnOnce(Request) -> R,
) -> Response {
    let started = Instant::now();
    let headers = request.headers();
    let request_id = headers
        .get(&REQUEST_ID)
        .and_then(|id| id.to_str().ok())
        .filter(|id| (1..=100).contains(&id.len()))
        .map_or_else(|| clock::new_request_id().to_string(), str::to_owned);
    let id_told = HeaderValue::from_str(&request_id).ok();
    let accepted_encodings: Vec<HeaderValue> = headers.get_all(header::ACCEPT_ENCODING).iter().cloned().collect();
    let route_label = route.unwrap_or(NO_ROUTE);
    let method = request.method().clone();
    // Shares the request's own bytes, and is gone before the answer goes out.
    let uri = request.uri().clone();
    let path = uri.path();
    let kind = Kind::of(path);
    let span = if has_span(route_label) { span_of(&request_id, &method, path) } else { Span::none() };
    let said = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    trace::begin_request(&span, method_label(&method), route_label, said);
    let address = request.extensions().get::<Caller>().map(|caller| caller.address);
    let origin = Origin::new(address, request_id);
    // Pinned here and passed on by reference: these are kilobytes, which would be copied into whatever is around them.
    let running = pin!(run_limited(front, request, route, named, answer));
    let mut response = asked_by(Arc::clone(&origin), running).instrument(span.clone()).await;
    if !is_sent_as_it_is(&response) {
        response = compressed(accepted_encodings, response).await;
    }
    let problem = response.extensions_mut().remove::<Problem>().or_else(|| unspoken(&response));
    if let Some(problem) = &problem {
        let allow = response.headers_mut().remove(header::ALLOW);
        response = problem.render(origin.request_id.as_deref().unwrap_or_default());
        if let Some(allow) = allow {
            response.headers_mut().insert(header::ALLOW, allow);
        }
    }
    if let Some(id) = id_told {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    headers::complete(kind, response.headers_mut());
    let status = response.status().as_u16();
    front.counts.count(method_label(&method), route_label, status, started.elapsed());
    trace::end_request(&span, status);
    let line = || Line { method, route: route_label.to_owned(), path: path.to_owned(), origin, started };
    match &problem {
        Some(problem) => {
            let bytes = response.body().size_hint().exact().unwrap_or(0);
            if problem.is_of_service() {
                line().failed(problem, bytes);
            } else if let Some(untold) = front.may_tell() {
                line().refused(problem, bytes, untold);
            }
            response
        }
        None if access_log::tells_all() => line().served(response),
        None => response,
    }
}

/// Whether what is logged in a request of this route is to name the request. To make a span that does takes longer than to read a report, and
/// there are thousands a second: theirs is only made for traces, or where all requests are logged. What is logged while one is taken in, such as that
/// its network was loaded, then names the network only; the line of a request that was refused or failed has its id in any case.
fn has_span(route: &str) -> bool {
    route != reports::ROUTE || trace::is_on() || access_log::tells_all()
}

fn span_of(request_id: &str, method: &Method, path: &str) -> Span {
    let mission =
        path.strip_prefix("/v1/missions/").and_then(|rest| rest.split('/').next()).filter(|id| !id.is_empty());
    // As they are displayed: neither has anything that would have to be escaped, and looking for it takes long.
    let mission = mission.map(tracing::field::display);
    tracing::info_span!("request", request.id = %request_id, mission.id = mission, method = %method, path = %path)
}

/// The method as it is counted. Anybody can make methods up; each would be a time series of its own.
fn method_label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PATCH => "PATCH",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
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

/// Admits the request and has it answered, within the time that it has.
async fn run_limited<R: Future<Output = Response>>(
    front: &Front,
    mut request: Request,
    route: Option<&str>,
    named: Named,
    answer: impl FnOnce(Request) -> R,
) -> Response {
    if let Err(refusal) = admit(&request).and_then(|()| front.cors.check_origin(&request)) {
        return refusal.into_response();
    }
    let timeout = match request.extensions().get::<Caller>() {
        // Networks have times of their own for each part; this is beyond them.
        Some(caller) if is_import(&request) => {
            HANDLER_TIMEOUT + caller.limits().upload_timeout + caller.limits().import_timeout
        }
        _ => HANDLER_TIMEOUT,
    };
    let running = pin!(async {
        match front.doorkeeper.admit(&mut request, route, named).await {
            Ok(()) => answer(request).await,
            Err(refusal) => refusal,
        }
    });
    match tokio::time::timeout(timeout, AssertUnwindSafe(running).catch_unwind()).await {
        Ok(Ok(response)) => response,
        Ok(Err(panic)) => on_panic(panic),
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
fn on_panic(panic: Box<dyn Any + Send>) -> Response {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_route_without_a_span_is_one_that_there_is() {
        let document: serde_json::Value = serde_json::from_str(&crate::api::openapi_json()).unwrap();
        assert!(document["paths"][reports::ROUTE]["post"].is_object());
        assert!(!has_span(reports::ROUTE) && has_span("/v1/missions"));
    }
}
