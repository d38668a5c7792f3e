//! The page: files in the binary, no remote host.

use std::fmt::Write;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::extract::ApiPath;
use super::problem::Problem;

/// The page's own scripts, styles and data, and nothing else.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
                                       connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[derive(RustEmbed)]
#[folder = "dashboard/"]
struct Files;

pub(super) async fn index(headers: HeaderMap) -> Response {
    file("index.html", &headers)
}

pub(super) async fn favicon(headers: HeaderMap) -> Response {
    file("favicon.svg", &headers)
}

pub(super) async fn asset(ApiPath(path): ApiPath<String>, headers: HeaderMap) -> Response {
    file(&path, &headers)
}

/// The file, or 304 if the browser has it: it asks each time, since the next release may bring another.
fn file(path: &str, request: &HeaderMap) -> Response {
    let Some(file) = Files::get(path) else {
        return Problem::new(StatusCode::NOT_FOUND, "no_such_file", format!("the page has no file {path:?}"))
            .into_response();
    };
    let etag = etag(&file.metadata.sha256_hash());
    let held = request.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let is_held = held.flat_map(|list| list.split(',')).any(|held| held.trim() == etag);
    let mut response = if is_held { StatusCode::NOT_MODIFIED.into_response() } else { file.data.into_response() };
    let headers = response.headers_mut();
    if !is_held {
        let kind = HeaderValue::from_str(file.metadata.mimetype()).ok();
        headers.insert(header::CONTENT_TYPE, kind.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    }
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, etag);
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// A weak one: compression on the way makes other bytes of the same file.
fn etag(hash: &[u8]) -> String {
    let mut etag = String::from("W/\"");
    for byte in hash.iter().take(16) {
        // Writing to a string does not fail.
        let _ = write!(etag, "{byte:02x}");
    }
    etag.push('"');
    etag
}
