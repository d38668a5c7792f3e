//! The page and the API documentation: files in the binary, no remote host.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;

use super::extract::ApiPath;
use super::problem::Problem;

/// The page's own scripts, styles and data, and nothing else.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                                       connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[derive(RustEmbed)]
#[folder = "dashboard/"]
struct Files;

pub(super) async fn index() -> Response {
    file("index.html")
}

pub(super) async fn asset(ApiPath(path): ApiPath<String>) -> Response {
    file(&path)
}

fn file(path: &str) -> Response {
    let Some(file) = Files::get(path) else {
        return Problem::new(StatusCode::NOT_FOUND, "no_such_file", format!("the page has no file {path:?}"))
            .into_response();
    };
    let kind = HeaderValue::from_str(file.metadata.mimetype()).ok();
    let mut response = file.data.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, kind.unwrap_or(HeaderValue::from_static("application/octet-stream")));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
