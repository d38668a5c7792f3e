//! What browsers are told of every answer, and which pages of other origins may ask.
//!
//! A page of another origin may neither read answers nor, which no browser prevents by itself, send requests that change something: an
//! upload as a form, or a POST without a body, go out to wherever a page likes. Only origins that are named in the configuration may.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::access::PAGE_HEADER;
use super::problem::Problem;

/// For how long a browser may remember what it was told about an origin.
const PREFLIGHT_LASTS: Duration = Duration::from_secs(600);

const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

const NO_SNIFF: HeaderValue = HeaderValue::from_static("nosniff");
const NO_REFERRER: HeaderValue = HeaderValue::from_static("no-referrer");
const NO_FRAME: HeaderValue = HeaderValue::from_static("DENY");
const SAME_ORIGIN: HeaderValue = HeaderValue::from_static("same-origin");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const ASK_AGAIN: HeaderValue = HeaderValue::from_static("no-cache");
/// Of what could be asked for on a page: nothing.
const NO_FEATURES: HeaderValue = HeaderValue::from_static(
    "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), geolocation=(), gyroscope=(), \
     magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), screen-wake-lock=(), usb=(), \
     xr-spatial-tracking=()",
);
/// An answer of the API, should anybody open it as a page.
const API_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
/// The API's documentation: scripts of its own, styles also within elements, pictures within styles.
const DOCUMENTATION_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; \
     connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);
/// A year, the usual time.
pub(super) const ENCRYPTED_ONLY: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// Whose pages may use the service.
#[derive(Clone, Debug, Default)]
pub struct CorsOptions {
    /// Exact origins, such as `https://control.example.org`; none unless named.
    pub origins: Vec<HeaderValue>,
    /// Whether they may send cookies along.
    pub credentials: bool,
}

impl CorsOptions {
    /// What answers the browser's questions, if there is any origin that may ask.
    pub(super) fn layer(&self) -> Option<CorsLayer> {
        if self.origins.is_empty() {
            return None;
        }
        let mut sent = ["idempotency-key", "last-event-id", "x-request-id"].map(HeaderName::from_static).to_vec();
        if self.credentials {
            // What a cookie needs beside it to change something.
            sent.push(HeaderName::from_static(PAGE_HEADER));
        }
        let told = ["idempotent-replayed", "x-request-id"].map(HeaderName::from_static);
        let usual =
            [header::ACCEPT, header::AUTHORIZATION, header::CACHE_CONTROL, header::CONTENT_TYPE, header::IF_MATCH];
        let usually_told = [header::ETAG, header::LOCATION, header::RETRY_AFTER, header::CONTENT_DISPOSITION];
        let layer = CorsLayer::new()
            .allow_origin(AllowOrigin::list(self.origins.iter().cloned()))
            .allow_methods([Method::GET, Method::HEAD, Method::POST, Method::PATCH, Method::PUT, Method::DELETE])
            .allow_headers(usual.into_iter().chain(sent).collect::<Vec<_>>())
            .expose_headers(usually_told.into_iter().chain(told).collect::<Vec<_>>())
            .allow_credentials(self.credentials)
            .max_age(PREFLIGHT_LASTS);
        Some(layer)
    }

    /// Refuses what a page of an origin that is not named wants to change.
    ///
    /// # Errors
    /// When it does.
    pub fn check_origin<B>(&self, request: &Request<B>) -> Result<(), Problem> {
        if matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS) {
            return Ok(());
        }
        let origin = request.headers().get(header::ORIGIN);
        let is_ours = match (request.headers().get("sec-fetch-site"), origin) {
            (Some(site), _) => matches!(site.as_bytes(), b"same-origin" | b"none"),
            // No browser, or one that is too old to send either.
            (None, None) => true,
            (None, Some(origin)) => is_of_host(origin, request.headers(), request.uri()),
        };
        if is_ours || origin.is_some_and(|origin| self.origins.contains(origin)) {
            return Ok(());
        }
        let origin = origin.and_then(|origin| origin.to_str().ok()).unwrap_or("unknown");
        let detail = format!("a page of another origin ({origin}) may not do this; --cors-origin names those that may");
        Err(Problem::new(StatusCode::FORBIDDEN, "cross_origin", detail))
    }
}

/// Whether the origin is that which was asked.
fn is_of_host(origin: &HeaderValue, headers: &HeaderMap, uri: &Uri) -> bool {
    let asked =
        headers.get(header::HOST).and_then(|host| host.to_str().ok()).or(uri.authority().map(|host| host.as_str()));
    let of_origin = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    matches!((asked, of_origin), (Some(asked), Some(of_origin)) if asked.eq_ignore_ascii_case(of_origin))
}

/// What an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Api,
    Documentation,
    Page,
}

impl Kind {
    pub(super) fn of(path: &str) -> Self {
        match path {
            "/" | "/favicon.svg" | "/page.json" => Kind::Page,
            _ if path.starts_with("/assets/") => Kind::Page,
            "/openapi.json" | "/docs" => Kind::Documentation,
            _ if path.starts_with("/docs/") => Kind::Documentation,
            _ => Kind::Api,
        }
    }
}

/// As many as are added here, and by the server after it.
const HEADERS: usize = 10;

/// Adds what every answer has; what the answer says itself stays.
pub(super) fn complete(kind: Kind, headers: &mut HeaderMap) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, NO_SNIFF);
    headers.insert(RESOURCE_POLICY, SAME_ORIGIN);
    if headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream") {
        // Never shown as a page, and hyper keeps room for as many headers as an answer had while its connection lasts: with the
        // others an idle stream would cost two thirds of a kilobyte more.
        return;
    }
    headers.reserve(HEADERS);
    let (policy, lasts) = match kind {
        Kind::Api => (API_POLICY, NO_STORE),
        Kind::Documentation => (DOCUMENTATION_POLICY, ASK_AGAIN),
        Kind::Page => (API_POLICY, ASK_AGAIN),
    };
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    headers.entry(header::CACHE_CONTROL).or_insert(lasts);
    headers.insert(header::X_FRAME_OPTIONS, NO_FRAME);
    headers.insert(header::REFERRER_POLICY, NO_REFERRER);
    if kind != Kind::Api {
        headers.insert(OPENER_POLICY, SAME_ORIGIN);
        headers.insert(PERMISSIONS_POLICY, NO_FEATURES);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn may(method: &str, headers: &[(&str, &str)]) -> bool {
        let options =
            CorsOptions { origins: vec![HeaderValue::from_static("https://control.example.org")], credentials: false };
        let mut request = Request::builder().method(method).uri("/v1/networks?name=x").header("host", "outrider:8080");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        options.check_origin(&request.body(()).unwrap()).is_ok()
    }

    #[test]
    fn pages_of_other_origins_change_nothing() {
        assert!(may("POST", &[]), "a vehicle is no browser");
        assert!(may("POST", &[("origin", "http://outrider:8080")]));
        assert!(may("POST", &[("origin", "http://outrider:8080"), ("sec-fetch-site", "same-origin")]));
        assert!(may("POST", &[("origin", "https://control.example.org"), ("sec-fetch-site", "cross-site")]));
        assert!(
            may("GET", &[("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")]),
            "it cannot read it"
        );
        for method in ["POST", "PATCH", "DELETE", "PUT"] {
            assert!(!may(method, &[("origin", "https://evil.example")]));
            assert!(!may(method, &[("origin", "null")]));
            assert!(!may(method, &[("sec-fetch-site", "cross-site")]));
            assert!(!may(method, &[("origin", "http://outrider:8081"), ("sec-fetch-site", "same-site")]));
            assert!(!may(method, &[("origin", "https://control.example.org.evil.example")]));
        }
    }
}
