//! Every error as a problem document (RFC 9457).

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::{AppError, Fault, FeedError};
use crate::chain;

/// The most fields at fault that one answer names.
const MAX_ERRORS: usize = 50;
/// The most characters of a text in an answer. What was sent is quoted in it, and may be megabytes.
const MAX_TEXT: usize = 500;

/// The media type of problem documents.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// One thing that is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldProblem {
    /// A JSON pointer (RFC 6901) into the request's body, or the name of a query parameter or header.
    #[schema(example = "/goal/position")]
    pub pointer: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl FieldProblem {
    fn new(pointer: String, message: String) -> Self {
        Self { pointer: shortened(pointer), message: shortened(message) }
    }
}

/// The text, cut where it is far too long.
fn shortened(mut text: String) -> String {
    if let Some((end, _)) = text.char_indices().nth(MAX_TEXT) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// A problem document.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProblemDocument {
    /// Names the kind of problem: `urn:outrider:problem:` and the code.
    #[serde(rename = "type")]
    #[schema(example = "urn:outrider:problem:invalid_mission")]
    pub kind: String,
    /// The status in words.
    #[schema(example = "Unprocessable Entity")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 422, minimum = 400, maximum = 599)]
    pub status: u16,
    /// What happened, in a sentence.
    pub detail: String,
    /// A stable name to decide on.
    #[schema(example = "invalid_mission")]
    pub code: String,
    /// The request, as the log has it.
    pub request_id: String,
    /// The fields at fault, at most 50 of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
}

/// An error on its way out. The outermost layer adds the request id, writes the document and logs what is ours to mend.
#[derive(Clone, Debug)]
pub struct Problem {
    /// The HTTP status.
    pub status: StatusCode,
    /// The stable code.
    pub code: &'static str,
    /// What happened.
    pub detail: String,
    /// The fields at fault.
    pub errors: Vec<FieldProblem>,
    /// What the `WWW-Authenticate` header says.
    pub authenticate: Option<Box<str>>,
    /// After how many seconds trying again may help.
    pub retry_after_s: Option<u32>,
    /// The cause, for the log only.
    pub cause: Option<String>,
}

impl Problem {
    /// A problem without particulars.
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            status,
            code,
            detail: shortened(detail.into()),
            errors: Vec::new(),
            authenticate: None,
            retry_after_s: None,
            cause: None,
        }
    }

    /// The same with one field at fault.
    #[must_use]
    pub fn at(mut self, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        self.errors.push(FieldProblem::new(pointer.into(), message.into()));
        self
    }

    /// Fields at fault: 422 with the first one's message.
    pub fn invalid(code: &'static str, faults: Vec<Fault>) -> Self {
        let detail = match faults.as_slice() {
            [] => "the request is not valid".to_owned(),
            [one] => format!("{}: {}", if one.pointer.is_empty() { "the body" } else { &one.pointer }, one.message),
            [first, rest @ ..] => format!("{}: {} (and {} more)", first.pointer, first.message, rest.len()),
        };
        let errors = faults.into_iter().take(MAX_ERRORS).map(|f| FieldProblem::new(f.pointer, f.message)).collect();
        Self { errors, ..Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, detail) }
    }

    /// Nobody that the service knows: 401. The error is one of RFC 6750, where something was shown.
    pub(super) fn unauthenticated(detail: impl Into<String>, error: Option<&str>) -> Self {
        let error = error.map_or(String::new(), |error| format!(", error=\"{error}\""));
        let authenticate = Some(format!("Bearer realm=\"outrider\"{error}").into());
        Self { authenticate, ..Self::new(StatusCode::UNAUTHORIZED, "unauthenticated", detail) }
    }

    /// Somebody who may not do this: 403, with the roles that may.
    pub(super) fn forbidden(code: &'static str, detail: impl Into<String>, roles: Option<&str>) -> Self {
        let scope = roles.map_or(String::new(), |roles| format!(", scope=\"{roles}\""));
        let authenticate = Some(format!("Bearer realm=\"outrider\", error=\"insufficient_scope\"{scope}").into());
        Self { authenticate, ..Self::new(StatusCode::FORBIDDEN, code, detail) }
    }

    pub(super) fn later(detail: impl Into<String>, code: &'static str, retry_after_s: u32) -> Self {
        Self { retry_after_s: Some(retry_after_s), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, code, detail) }
    }

    /// What is told of it.
    pub fn document(&self, request_id: &str) -> ProblemDocument {
        ProblemDocument {
            kind: format!("urn:outrider:problem:{}", self.code),
            title: self.status.canonical_reason().unwrap_or("Error").to_owned(),
            status: self.status.as_u16(),
            detail: self.detail.clone(),
            code: self.code.to_owned(),
            request_id: request_id.to_owned(),
            errors: self.errors.clone(),
        }
    }

    /// The whole answer.
    pub fn render(&self, request_id: &str) -> Response {
        let document = serde_json::to_vec(&self.document(request_id)).unwrap_or_default();
        let mut response = Response::new(Body::from(document));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(challenge) = self.authenticate.as_deref().and_then(|text| HeaderValue::from_str(text).ok()) {
            headers.insert(header::WWW_AUTHENTICATE, challenge);
        }
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// Rendered by the outermost layer, which finds the problem among the response's extensions.
impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<AppError> for Problem {
    fn from(error: AppError) -> Self {
        let detail = error.to_string();
        match error {
            AppError::NoSuchMission(_) => Problem::new(StatusCode::NOT_FOUND, "no_such_mission", detail),
            AppError::NoSuchNetwork(_) => Problem::new(StatusCode::NOT_FOUND, "no_such_network", detail),
            AppError::NoSuchImport(_) => Problem::new(StatusCode::NOT_FOUND, "no_such_import", detail),
            AppError::NoSuchKey(_) => Problem::new(StatusCode::NOT_FOUND, "no_such_key", detail),
            AppError::NotYours(_) => Problem::forbidden("not_yours", detail, None),
            AppError::Invalid { code, faults } => Problem::invalid(code, faults),
            AppError::Import(source) => {
                let detail = chain::of(&source);
                Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid_network", detail.clone())
                    .at(source.location().and_then(|at| at.json_pointer()).unwrap_or_default(), detail)
            }
            AppError::Feed(FeedError::Malformed(_)) => {
                Problem::new(StatusCode::BAD_REQUEST, "malformed_json", detail.clone()).at("", detail)
            }
            AppError::Feed(FeedError::At { pointer, message }) => {
                Problem::invalid("invalid_closure", vec![Fault::new(pointer, message)])
            }
            AppError::ImportTooLong { .. } => Problem::later(detail, "import_timeout", 30),
            AppError::ImportEnded { .. } => Problem::new(StatusCode::CONFLICT, "import_ended", detail),
            AppError::ImportLost => Problem::later(detail, "import_lost", 1),
            AppError::MissionEnded { .. } => Problem::new(StatusCode::CONFLICT, "mission_ended", detail),
            AppError::VersionMismatch { .. } => {
                Problem::new(StatusCode::PRECONDITION_FAILED, "version_mismatch", detail)
            }
            AppError::NetworkNameTaken => {
                Problem::new(StatusCode::CONFLICT, "network_name_taken", detail.clone()).at("name", detail)
            }
            AppError::NetworkInUse => Problem::new(StatusCode::CONFLICT, "network_in_use", detail),
            AppError::IdempotencyKeyReused => {
                Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "idempotency_key_reused", detail.clone())
                    .at("Idempotency-Key", detail)
            }
            AppError::Contended => Problem::later(detail, "contended", 1),
            AppError::Busy(_) => Problem::later(detail, "busy", 1),
            AppError::TooMany(_) => {
                Self { status: StatusCode::TOO_MANY_REQUESTS, ..Problem::later(detail, "too_many_requests", 1) }
            }
            AppError::ShuttingDown => Problem::later(detail, "shutting_down", 2),
            AppError::Unavailable(source) => Self {
                cause: Some(chain::of(&source)),
                ..Problem::later(format!("{detail}; try again shortly"), "database_unavailable", 2)
            },
            AppError::Panicked(cause) => Self::internal(cause),
            AppError::Disk { ref source, .. } => Self::internal(format!("{detail}: {}", chain::of(source))),
            AppError::DamagedLog(source) => Self::internal(chain::of(&source)),
            AppError::Store(source) => Self::internal(chain::of(&source)),
        }
    }
}

impl Problem {
    /// Whether the service is at fault, or what it depends on, and its operators want to know why.
    pub(super) fn is_of_service(&self) -> bool {
        self.cause.is_some() && self.status.is_server_error()
    }

    /// A fault of ours: the cause goes to the log, not out.
    pub fn internal(cause: String) -> Self {
        Self {
            cause: Some(cause),
            ..Problem::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "internal",
                "something went wrong inside the service; the log has the cause under this request id",
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::StoreError;
    use crate::domain::ids::MissionId;
    use crate::domain::mission::FoldError;
    use uuid::Uuid;

    #[test]
    fn every_error_has_its_status_and_code() {
        let damaged = || StoreError::Damaged { what: "x".into() };
        let table = [
            (AppError::NoSuchMission(MissionId(Uuid::nil())), 404, "no_such_mission"),
            (AppError::NoSuchNetwork(crate::domain::ids::NetworkId(Uuid::nil())), 404, "no_such_network"),
            (AppError::NoSuchImport(crate::domain::ids::ImportId(Uuid::nil())), 404, "no_such_import"),
            (AppError::NoSuchKey(crate::domain::access::KeyId(Uuid::nil())), 404, "no_such_key"),
            (AppError::NotYours("no"), 403, "not_yours"),
            (AppError::invalid("invalid_report", "/0/segment", "no"), 422, "invalid_report"),
            (AppError::ImportTooLong { limit: std::time::Duration::from_secs(60) }, 503, "import_timeout"),
            (AppError::Feed(FeedError::Malformed("no".into())), 400, "malformed_json"),
            (AppError::Feed(FeedError::At { pointer: "/type".into(), message: "no".into() }), 422, "invalid_closure"),
            (AppError::ImportEnded { state: "stored" }, 409, "import_ended"),
            (AppError::ImportLost, 503, "import_lost"),
            (AppError::MissionEnded { status: "arrived" }, 409, "mission_ended"),
            (AppError::VersionMismatch { expected: 1, actual: 2 }, 412, "version_mismatch"),
            (AppError::NetworkNameTaken, 409, "network_name_taken"),
            (AppError::NetworkInUse, 409, "network_in_use"),
            (AppError::IdempotencyKeyReused, 422, "idempotency_key_reused"),
            (AppError::Contended, 503, "contended"),
            (AppError::Busy("busy"), 503, "busy"),
            (AppError::TooMany("too many"), 429, "too_many_requests"),
            (AppError::ShuttingDown, 503, "shutting_down"),
            (AppError::from(StoreError::SchemaBehind { missing: 1 }), 503, "database_unavailable"),
            (AppError::Panicked("at night".into()), 500, "internal"),
            (AppError::DamagedLog(FoldError::Creation { seq: 2 }), 500, "internal"),
            (AppError::from(damaged()), 500, "internal"),
        ];
        for (error, status, code) in table {
            let shown = format!("{error:?}");
            let problem = Problem::from(error);
            assert_eq!((problem.status.as_u16(), problem.code), (status, code), "{shown}");
            assert_eq!(problem.retry_after_s.is_some(), matches!(status, 429 | 503), "{shown}");
            assert_eq!(problem.cause.is_some(), status == 500 || code == "database_unavailable", "{shown}");
        }
    }
}
