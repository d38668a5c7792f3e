//! What handlers take out of requests, with a precise problem where that fails.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, MatchedPath, Path, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use bytes::{Bytes, BytesMut};
use http_body::Body as _;
use http_body_util::BodyExt;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::limits::Caller;
use super::problem::Problem;
use super::strict::Object;
use crate::app::Fault;
use crate::app::IdempotencyKey;
use crate::domain::access::Principal;

/// How much of a refused body is read and thrown away, so that the client gets to see the answer.
const MAX_DRAINED_BYTES: usize = 128 << 20;
/// How long that may take.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(5);

/// The bytes of a JSON body, not read yet.
pub(super) struct JsonBytes(pub(super) Bytes);

impl<S: Send + Sync> FromRequest<S> for JsonBytes {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        require_media_type(request.headers(), "application/json", |essence| {
            essence == "application/json" || essence.ends_with("+json")
        })?;
        Ok(Self(read_body(request, BodyKind::Json).await?))
    }
}

/// A JSON body.
pub(super) struct ApiJson<T> {
    /// What it says.
    pub(super) value: T,
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for ApiJson<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let JsonBytes(bytes) = JsonBytes::from_request(request, state).await?;
        Ok(Self { value: read_object(&bytes)? })
    }
}

/// Reads a body that is one JSON object.
pub(super) fn read_object<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    parse_json(body).map(|Object(value)| value)
}

/// One JSON object, or an array of them. Pointers into an array begin with the index, those into a single object do not.
pub(super) struct OneOrMany<T> {
    pub(super) items: Vec<T>,
    pub(super) is_array: bool,
}

impl<T: DeserializeOwned> OneOrMany<T> {
    /// Reads a body.
    pub(super) fn read(body: &[u8]) -> Result<Self, Problem> {
        let is_array = body.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'[');
        let items: Vec<Object<T>> = if is_array { parse_json(body)? } else { vec![parse_json(body)?] };
        Ok(Self { items: items.into_iter().map(|item| item.0).collect(), is_array })
    }
}

impl<T> OneOrMany<T> {
    /// Faults with pointers `/INDEX/…` as they stand in the request.
    pub(super) fn faults_as_sent(is_array: bool, mut faults: Vec<Fault>) -> Vec<Fault> {
        if !is_array {
            for fault in &mut faults {
                if let Some(rest) = fault.pointer.strip_prefix("/0") {
                    fault.pointer = rest.to_owned();
                }
            }
        }
        faults
    }
}

/// Reads JSON; what is wrong is named by a JSON pointer, or by line and column where it is no JSON at all.
fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // To keep account of where the reader is costs something; it is done for those who are to be told.
    match serde_json::from_slice(bytes) {
        Ok(value) => Ok(value),
        Err(_) => parse_json_with_care(bytes),
    }
}

fn parse_json_with_care<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let pointer = pointer_of(error.path());
        json_problem(error.into_inner(), pointer)
    })?;
    deserializer.end().map_err(|error| json_problem(error, String::new()))?;
    Ok(value)
}

fn json_problem(error: serde_json::Error, pointer: String) -> Problem {
    // "…at line 1 column 5" helps nobody who has a pointer.
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(text, _)| text).to_owned();
    // The reader calls a number such as 1e999 a fault of syntax; it is JSON, only too large.
    if error.is_data() || message == "number out of range" {
        return Problem::invalid("invalid_body", vec![Fault::new(pointer, message)]);
    }
    Problem::new(StatusCode::BAD_REQUEST, "malformed_json", format!("the body is not JSON: {error}"))
        .at(pointer, error.to_string())
}

fn pointer_of(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path.iter() {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

/// Refuses other content types.
pub(super) fn require_media_type(
    headers: &HeaderMap,
    expected: &'static str,
    fits: impl Fn(&str) -> bool,
) -> Result<String, Problem> {
    let essence = media_type(headers);
    if fits(&essence) {
        return Ok(essence);
    }
    let got = if essence.is_empty() { "none".to_owned() } else { format!("{essence:?}") };
    let message = format!("expected content type {expected}, got {got}");
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_media_type", message.clone())
        .at("Content-Type", message))
}

/// The content type without its parameters, in lower case; empty without one.
pub(super) fn media_type(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

/// What a body is: the limits on it differ. A closing of 20,000 segments takes 140 kB, a batch of 1,000 reports 300 kB, a network
/// megabytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum BodyKind {
    Json,
    Network,
}

/// Refuses compressed bodies: a kilobyte may unpack to a gigabyte.
fn require_plain(headers: &HeaderMap) -> Result<(), Problem> {
    let mut codings = headers.get_all(header::CONTENT_ENCODING).into_iter();
    if codings.all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Ok(());
    }
    let message = "compressed bodies are not taken; send it as it is";
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_content_encoding", message)
        .at("Content-Encoding", message))
}

/// Reads a body within its limits of size and time.
pub(super) async fn read_body(request: Request, kind: BodyKind) -> Result<Bytes, Problem> {
    require_plain(request.headers())?;
    let caller = request.extensions().get::<Caller>().cloned().unwrap_or_else(Caller::unknown);
    let (limit, body_timeout) = match kind {
        BodyKind::Json => (caller.limits().body_bytes, caller.limits().body_timeout),
        BodyKind::Network => (caller.limits().upload_bytes, caller.limits().upload_timeout),
    };
    let declared = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|v| v.to_str().ok())
        .and_then(|text| text.parse::<usize>().ok());
    let mut memory = caller.body_memory();
    let mut body = request.into_body();
    let reading = async {
        let mut too_large = declared.is_some_and(|length| length > limit);
        let mut read = BytesMut::new();
        while !too_large {
            let Some(chunk) = next_data(&mut body).await? else { return Ok::<_, Problem>(Some(read.freeze())) };
            too_large = read.len() + chunk.len() > limit;
            if too_large {
                break;
            }
            memory.grow_to(read.len() + chunk.len())?;
            if read.is_empty() && body.is_end_stream() {
                // Most bodies are small and come in one piece, which need not be copied.
                return Ok(Some(chunk));
            }
            if read.is_empty() {
                read.reserve(declared.unwrap_or(0).min(limit).min(1 << 14));
            }
            read.extend_from_slice(&chunk);
        }
        Ok(None)
    };
    let complete = tokio::time::timeout(body_timeout, reading).await.map_err(|_| {
        let detail = format!("the body did not arrive within {} s", body_timeout.as_secs_f64());
        Problem::new(StatusCode::REQUEST_TIMEOUT, "body_timeout", detail)
    })??;
    if let Some(body) = complete {
        return Ok(body);
    }
    let mut drained = 0;
    let draining = async {
        while let Ok(Some(chunk)) = next_data(&mut body).await {
            drained += chunk.len();
            if drained > MAX_DRAINED_BYTES {
                break;
            }
        }
    };
    // A client that goes on sending past this sees a closed connection instead of the answer.
    let _ = tokio::time::timeout(DRAIN_TIMEOUT, draining).await;
    let detail = format!("the body is larger than {limit} bytes");
    Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", detail))
}

/// What comes next of a body; none at its end.
async fn next_data(body: &mut Body) -> Result<Option<Bytes>, Problem> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            Problem::new(StatusCode::BAD_REQUEST, "broken_body", format!("the body could not be read: {error}"))
        })?;
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

/// Path parameters.
pub(super) struct ApiPath<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for ApiPath<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match Path::<T>::from_request_parts(parts, state).await {
            Ok(Path(value)) => Ok(Self(value)),
            Err(rejection) => {
                // No path has more than one parameter.
                let route = parts.extensions.get::<MatchedPath>().map_or("", MatchedPath::as_str);
                let name = route.split(['{', '}']).nth(1).unwrap_or_default().trim_start_matches('*');
                let message = rejection.body_text();
                Err(Problem::new(
                    StatusCode::BAD_REQUEST,
                    "malformed_path",
                    format!("the path is not valid: {message}"),
                )
                .at(name, message))
            }
        }
    }
}

/// Query parameters.
pub(super) struct ApiQuery<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        read_query(parts.uri.query()).map(Self)
    }
}

/// Reads a query.
pub(super) fn read_query<T: DeserializeOwned>(query: Option<&str>) -> Result<T, Problem> {
    let query = query.unwrap_or_default();
    if !is_utf_8(query) {
        let message = "the query is not UTF-8";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "malformed_query", message).at("", message));
    }
    let pairs = serde_urlencoded::Deserializer::new(form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| {
        let pointer = pointer_of(error.path()).trim_start_matches('/').to_owned();
        let message = error.into_inner().to_string();
        let place = if pointer.is_empty() { String::new() } else { format!("{pointer}: ") };
        Problem::new(StatusCode::BAD_REQUEST, "malformed_query", format!("the query is not valid: {place}{message}"))
            .at(pointer, message)
    })
}

/// Whether what the query stands for is UTF-8: reading it puts U+FFFD where it is not.
pub(super) fn is_utf_8(query: &str) -> bool {
    const REPLACEMENT: &str = "%EF%BF%BD";
    let meant = query.matches('\u{FFFD}').count() + query.to_ascii_uppercase().matches(REPLACEMENT).count();
    let read: usize = form_urlencoded::parse(query.as_bytes())
        .map(|(name, value)| name.matches('\u{FFFD}').count() + value.matches('\u{FFFD}').count())
        .sum();
    read <= meant
}

/// The version in `If-Match`: `"3"`, or `*` for any.
///
/// # Errors
/// When it is anything else.
pub fn if_match(headers: &HeaderMap) -> Result<Option<u64>, Problem> {
    let Some(value) = headers.get(header::IF_MATCH) else { return Ok(None) };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let version = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')).and_then(|t| t.parse().ok());
    // Tags are compared character by character: `"+3"` and `"03"` were never given to anybody.
    let version = version.filter(|version| etag(*version) == text);
    version.map(Some).ok_or_else(|| {
        let message = "expected one ETag of a mission, such as \"3\", or *";
        Problem::new(StatusCode::BAD_REQUEST, "malformed_header", format!("If-Match: {message}"))
            .at("If-Match", message)
    })
}

/// The ETag of a version.
pub fn etag(version: u64) -> HeaderValue {
    HeaderValue::from_str(&format!("\"{version}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

/// The key of a create, with a digest of what the request says.
///
/// # Errors
/// When there is a key that none can be.
pub fn idempotency_key(
    principal: &Principal,
    headers: &HeaderMap,
    scope: &'static str,
    says: &[&[u8]],
) -> Result<Option<IdempotencyKey>, Problem> {
    let Some(value) = headers.get("idempotency-key") else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=255).contains(&key.len()));
    let Some(key) = key else {
        let message = "expected 1 to 255 visible ASCII characters";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "malformed_header", format!("Idempotency-Key: {message}"))
            .at("Idempotency-Key", message));
    };
    let mut digest = Sha256::new();
    for part in says {
        digest.update((part.len() as u64).to_be_bytes());
        digest.update(part);
    }
    Ok(Some(IdempotencyKey {
        tenant: principal.tenant.clone(),
        scope,
        key: key.to_owned(),
        request_digest: digest.finalize().into(),
    }))
}

/// Collects what is wrong with a request, so that all of it is told at once.
#[derive(Default)]
pub(super) struct Faults(pub(super) Vec<Fault>);

impl Faults {
    /// As [`Self::require`], for what is asked thousands of times a second: the field is named only where it is at fault.
    pub(super) fn require_at(&mut self, holds: bool, pointer: impl FnOnce() -> String, message: &str) {
        if !holds {
            self.0.push(Fault::new(pointer(), message));
        }
    }

    pub(super) fn require(&mut self, holds: bool, pointer: impl Into<String>, message: impl Into<String>) {
        if !holds {
            self.0.push(Fault::new(pointer, message));
        }
    }

    /// Refuses a number of an entry that is larger than any can be: the database counts with 63 bits.
    pub(super) fn require_number(&mut self, number: Option<u64>, pointer: &str) {
        let fits = number.is_none_or(|number| i64::try_from(number).is_ok());
        self.require(fits, pointer, format!("expected 0 to {}", i64::MAX));
    }

    pub(super) fn into_result(self, code: &'static str) -> Result<(), Problem> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem::invalid(code, self.0)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_etag_is_taken_as_it_was_given_and_in_no_other_way() {
        let read =
            |text: &'static str| if_match(&HeaderMap::from_iter([(header::IF_MATCH, HeaderValue::from_static(text))]));
        assert!(matches!(read("\"3\""), Ok(Some(3))));
        assert!(matches!(read(" \"18446744073709551615\" "), Ok(Some(u64::MAX))));
        assert!(matches!(read("*"), Ok(None)));
        for text in ["3", "\"\"", "\"+3\"", "\"03\"", "\"-3\"", "W/\"3\"", "\"3\", \"4\"", "\"18446744073709551616\""] {
            assert_eq!(read(text).unwrap_err().code, "malformed_header", "{text}");
        }
    }
}
