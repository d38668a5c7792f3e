//! The page: files in the binary. It asks no other host, unless whoever runs the service names one for its map.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use rust_embed::RustEmbed;
use serde::Serialize;

use super::extract::ApiPath;
use super::problem::Problem;

/// The page's own scripts, styles and data, and nothing else; the hosts of its map are added where they are.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; worker-src 'self'; \
                                       base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

#[derive(RustEmbed)]
#[folder = "dashboard/dist/"]
struct Files;

/// What can be set about the page's map. Without any of it the map is drawn on plain ground, from the network alone.
#[derive(Clone, Debug, Default, Serialize)]
pub struct PageOptions {
    /// The URL of a MapLibre style to draw on.
    #[serde(rename = "map_style_url")]
    pub style_url: Option<String>,
    /// The URL of raster tiles to draw on, with `{z}`, `{x}` and `{y}`.
    #[serde(rename = "map_tiles_url")]
    pub tiles_url: Option<String>,
    /// Whom the map's makers want to be named.
    #[serde(rename = "map_attribution")]
    pub attribution: Option<String>,
    /// Further origins, such as `https://fonts.example.org`, from which the style takes tiles, fonts and images.
    #[serde(skip)]
    pub origins: Vec<String>,
}

impl PageOptions {
    /// What the page's files may ask of whom.
    fn policy(&self) -> String {
        let named = [&self.style_url, &self.tiles_url].into_iter().flatten().chain(&self.origins);
        let origins: Vec<&str> = named.filter_map(|url| origin(url)).collect();
        let others = origins.iter().fold(String::new(), |all, origin| all + " " + origin);
        let images = if origins.is_empty() { "" } else { " data: blob:" };
        format!("{CONTENT_SECURITY_POLICY}; connect-src 'self'{others}; img-src 'self'{images}{others}")
    }
}

/// The scheme and host of a URL; none of a path on this service, and none of what does not belong into a policy.
pub fn origin(url: &str) -> Option<&str> {
    let after_scheme = url.find("://").filter(|i| matches!(url.get(..*i), Some("http" | "https")))? + 3;
    let end = url.get(after_scheme..)?.find('/').map_or(url.len(), |i| after_scheme + i);
    let origin = url.get(..end)?;
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ".-:[]/_".contains(c);
    (end > after_scheme && origin.chars().all(is_plain)).then_some(origin)
}

struct Page {
    options: PageOptions,
    policy: HeaderValue,
}

/// The page's routes.
pub(super) fn routes(options: PageOptions) -> Router {
    let policy = HeaderValue::from_str(&options.policy())
        .unwrap_or(HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"));
    Router::new()
        .route("/", get(index))
        .route("/favicon.svg", get(favicon))
        .route("/page.json", get(settings))
        .route("/assets/{*path}", get(asset))
        .with_state(Arc::new(Page { options, policy }))
}

async fn index(State(page): State<Arc<Page>>, headers: HeaderMap) -> Response {
    page.file("index.html", &headers)
}

async fn favicon(State(page): State<Arc<Page>>, headers: HeaderMap) -> Response {
    page.file("favicon.svg", &headers)
}

async fn asset(State(page): State<Arc<Page>>, ApiPath(path): ApiPath<String>, headers: HeaderMap) -> Response {
    // Assets lie flat in one folder: what leads out of it is none.
    page.file(&format!("assets/{}", path.replace('/', "|")), &headers)
}

async fn settings(State(page): State<Arc<Page>>) -> Response {
    ([(header::CACHE_CONTROL, "no-cache")], Json(&page.options)).into_response()
}

impl Page {
    /// The file, or 304 if the browser has it: it asks each time, since the next release may bring another, but for assets, whose
    /// names change with their content.
    fn file(&self, path: &str, request: &HeaderMap) -> Response {
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
        headers.insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
        let lasts = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(lasts));
        response
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_names_the_maps_hosts_and_nobody_else() {
        let plain = PageOptions::default().policy();
        assert!(plain.ends_with("connect-src 'self'; img-src 'self'"), "{plain}");
        assert!(!plain.contains("unsafe") && !plain.contains("http"), "{plain}");
        let options = PageOptions {
            tiles_url: Some("https://tiles.example.org:8443/{z}/{x}/{y}.png?key=1".to_owned()),
            origins: vec!["http://fonts.example.org".to_owned(), "http://a; script-src *".to_owned()],
            ..PageOptions::default()
        };
        let policy = options.policy();
        assert!(
            policy.contains("connect-src 'self' https://tiles.example.org:8443 http://fonts.example.org;"),
            "{policy}"
        );
        assert!(!policy.contains('*'), "{policy}");
    }

    #[test]
    fn only_a_plain_origin_is_taken_from_a_url() {
        assert_eq!(origin("https://a.example/b/{z}"), Some("https://a.example"));
        assert_eq!(origin("http://[::1]:8080"), Some("http://[::1]:8080"));
        for url in ["/tiles/{z}", "ftp://a.example", "https://", "https:///x", "https://a b", "https://a'b/"] {
            assert_eq!(origin(url), None, "{url}");
        }
    }
}
