//! The OpenAPI document: from the same registration as the routes, and completed with what every operation shares.

use serde_json::{Map, Value, json};
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;

use super::problem::{FieldProblem, ProblemDocument};
use crate::domain::access::Permission;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Outrider",
        description = "Plans a ground vehicle's way through roads that may be broken, while drones scout ahead.\n\nUnits end names: `_m` metres, `_s` seconds, `_mps` metres per second. Positions are WGS 84, times RFC 3339, ids UUIDs. Every error is a problem document (RFC 9457) with a stable `code`, the request id, and JSON pointers to the fields at fault.\n\nEach request needs a credential, unless the service was left open: an API key or a token of the identity provider as `Authorization: Bearer …`, or the cookie of a login. What it may do follows from its role; what belongs to another tenant is answered as if it did not exist.",
        contact()
    ),
    servers((url = "/", description = "This service")),
    tags(
        (name = "networks", description = "Road networks: junctions and segments, immutable once stored"),
        (name = "missions", description = "One UGV, its start and goal, its UAVs and a strategy, on one network"),
        (name = "reports", description = "What vehicles saw of segments, and the knowledge that follows"),
        (name = "closures", description = "Operators' closings and reopenings"),
        (name = "positions", description = "Where the vehicles are"),
        (name = "plans", description = "The UGV's route and the UAVs' tasking, and what is to be expected"),
        (name = "events", description = "The live stream"),
        (name = "log", description = "The event log: the mission's truth"),
        (name = "strategies", description = "How missions can be planned"),
        (name = "access", description = "Keys, and who one is"),
        (name = "operations", description = "Health, metrics, the audit log, the log level")
    ),
    components(schemas(
        ProblemDocument, FieldProblem,
        super::events::SnapshotView, super::events::Heartbeat, super::events::JointHeartbeat, super::positions::PositionView,
        crate::domain::mission::MissionEvent
    ))
)]
pub(super) struct ApiDocument;

/// The finished document.
pub(super) fn complete(document: &Document) -> Value {
    let mut document = serde_json::to_value(document).unwrap_or_default();
    unwrap_lines(&mut document);
    document["components"]["securitySchemes"] = json!({
        "key": {
            "type": "http", "scheme": "bearer", "bearerFormat": "outrider_…",
            "description": "An API key. `outrider keys create` makes the first one",
        },
        "token": {
            "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
            "description": "A token of the identity provider that the service was set up with",
        },
        "session": {
            "type": "apiKey", "in": "cookie", "name": super::access::SESSION_COOKIE,
            "description": "The cookie of a login (over TLS it is called `__Host-outrider_session`). Requests that change \
                            something need the header `X-Outrider-Page` as well, with any value",
        },
    });
    if let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) {
        if let Some(rings) = schemas.get_mut("PolygonRequest").map(|area| &mut area["properties"]["coordinates"]) {
            rings["minItems"] = json!(1);
            rings["items"]["minItems"] = json!(4);
        }
        for (goals, one) in [("Goals_Endpoint", "Endpoint"), ("Goals_Place", "Place")] {
            if let Some(goals) = schemas.get_mut(goals) {
                // Generics come with their parameter written out.
                let one = json!({ "$ref": format!("#/components/schemas/{one}") });
                goals["oneOf"] = json!([one, { "type": "array", "minItems": 1, "items": one }]);
            }
        }
        super::roads::complete_schemas(schemas);
    }
    if let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) {
        for (path, item) in paths {
            let Some(item) = item.as_object_mut() else { continue };
            for (method, operation) in item {
                if let Some(operation) = operation.as_object_mut() {
                    complete_operation(path, method, operation);
                }
            }
        }
    }
    document
}

/// Takes the line breaks of the source out of descriptions; some viewers show them.
fn unwrap_lines(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                match field {
                    Value::String(text) if name == "description" => {
                        let paragraphs = text.split("\n\n").map(|paragraph| paragraph.replace('\n', " "));
                        *text = paragraphs.collect::<Vec<_>>().join("\n\n");
                    }
                    other => unwrap_lines(other),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(unwrap_lines),
        _ => {}
    }
}

/// From what the handler says it needs to what a client must show, and which roles may: in the words of OpenAPI, and in the
/// description for people. An operation that says nothing is open to nobody, and promises nothing.
fn complete_security(operation: &mut Map<String, Value>) {
    let permission = super::access::permission_of(&Value::Object(operation.clone()));
    let Some(permission) = permission.filter(|permission| *permission != Permission::Public) else {
        operation.insert("security".into(), json!([]));
        return;
    };
    let roles: Vec<&str> = permission.roles().iter().map(|role| role.as_str()).collect();
    operation.insert("security".into(), json!([{ "key": roles }, { "token": roles }, { "session": roles }]));
    let own = if permission.is_of_service() { " of the tenant `default`" } else { "" };
    let limits = match permission {
        Permission::ReadMission => " A vehicle may read its own mission, and the network that runs on.",
        Permission::Report => " A vehicle may speak for itself, in its own mission.",
        _ => "",
    };
    let needs = match permission {
        Permission::Present => "Needs any role.".to_owned(),
        _ => format!("Needs {}{own}.{limits}", permission.needed()),
    };
    let said = operation.get("description").and_then(Value::as_str).filter(|text| !text.is_empty());
    let said = said.map_or_else(|| needs.clone(), |text| format!("{text}\n\n{needs}"));
    operation.insert("description".into(), said.into());
    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    let challenge = json!({ "WWW-Authenticate": {
        "description": "What is expected (RFC 6750)", "schema": { "type": "string" },
    } });
    if let Some(responses) = responses.as_object_mut() {
        for (status, description) in
            [("401", "There is no credential, or it opens nothing (any more)"), ("403", "The role may not do this")]
        {
            responses.insert(status.into(), json!({ "description": description, "headers": challenge }));
        }
    }
}

/// Adds the errors that the shared layers and extractors answer with, and the headers that every answer carries.
fn complete_operation(path: &str, method: &str, operation: &mut Map<String, Value>) {
    complete_security(operation);
    let has_body = operation.contains_key("requestBody");
    let has_parameters = operation.contains_key("parameters");
    let stores = path.starts_with("/v1/") && path != "/v1/strategies" || path == "/readyz";
    let mut errors = vec![("500", "A fault of the service; the log has the cause under the request id")];
    if stores {
        errors.push(("503", "The database is away or a limit is reached; `Retry-After` says when to try again"));
    }
    errors.push(("414", "The path or the query is too long"));
    errors.push(("431", "The head is too large, or has too many headers"));
    if path.starts_with("/v1/") {
        errors.push(("429", "Too much from this address; `Retry-After` says when to try again"));
    }
    if method != "get" {
        errors.push(("403", "A page of an origin that is not allowed asks for it"));
    }
    if has_parameters {
        errors.push(("400", "A path, query or header parameter (or the JSON) is malformed"));
    }
    if path.contains('{') {
        errors.push(("404", "There is no such resource"));
    }
    if has_body {
        errors.push(("400", "The body is not what the content type says, or a parameter is malformed"));
        errors.push(("408", "The body did not arrive in time"));
        errors.push(("413", "The body is too large"));
        errors.push(("415", "The content type is not one of those listed, or the body is compressed"));
        errors.push(("422", "The request is understood but not valid; `errors` points at the fields"));
    }
    let ends =
        ["/nearest", "/log", "/forecast", "/alternatives", "/reachability", "/geojson", "/events", "/tasking", "/cot"];
    let has_ranges = ends.iter().any(|end| path.ends_with(end));
    if has_ranges || (path == "/v1/missions" && method == "get") {
        errors.push(("422", "A parameter is out of range, or nothing is near"));
    }
    if path == "/v1/networks" && method == "post" {
        errors.push(("409", "Another network has the name"));
    }
    for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
        // A header that is not sent is absent, not null.
        if let Some(kind) = parameter.pointer("/schema/type/0").cloned() {
            parameter["schema"]["type"] = kind;
        }
        match parameter["name"].as_str() {
            Some("If-Match") => {
                parameter["schema"] = json!({ "type": "string", "minLength": 1, "pattern": r#"^(\*|"[0-9]{1,19}")$"# });
                parameter["example"] = json!("\"3\"");
            }
            Some("bbox") => {
                let within = |limit: u8| json!({ "type": "number", "minimum": -f64::from(limit), "maximum": limit });
                let corners = [within(180), within(90), within(180), within(90)];
                parameter["schema"] = json!({ "type": "array", "prefixItems": corners, "minItems": 4, "maxItems": 4 });
            }
            _ => {}
        }
    }
    let most = match operation.get("operationId").and_then(Value::as_str) {
        Some("create_reports") => Some(super::reports::MAX_BATCH),
        Some("update_positions") => Some(super::positions::MAX_BATCH),
        _ => None,
    };
    if operation.get("operationId").is_some_and(|id| id == "create_network")
        && let Some(content) = operation.get_mut("requestBody").and_then(|body| body.get_mut("content"))
    {
        super::roads::complete_upload(content);
    }
    let batch =
        operation.get_mut("requestBody").and_then(|b| b.pointer_mut("/content/application~1json/schema/oneOf/1"));
    if let (Some(most), Some(batch)) = (most, batch) {
        batch["minItems"] = json!(1);
        batch["maxItems"] = json!(most);
    }
    let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default().to_owned();
    let responses = operation.entry("responses").or_insert_with(|| json!({}));
    if let Some(stream) = responses.pointer_mut("/200/content/text~1event-stream") {
        stream["schema"] = match id.as_str() {
            "stream_import_events" => super::stream_schema::import_event(),
            id => super::stream_schema::stream_event(id == "stream_joint_events"),
        };
    }
    let Some(responses) = responses.as_object_mut() else { return };
    for (status, description) in errors {
        responses.entry(status).or_insert_with(|| json!({ "description": description }));
    }
    for (status, response) in responses.iter_mut() {
        let Some(response) = response.as_object_mut() else { continue };
        let is_error = status.starts_with(['4', '5']);
        if is_error {
            response.insert(
                "content".into(),
                json!({ "application/problem+json": {
                    "schema": { "$ref": "#/components/schemas/ProblemDocument" },
                    "example": example(status),
                } }),
            );
        }
        let headers = response.entry("headers").or_insert_with(|| json!({}));
        if let Some(headers) = headers.as_object_mut() {
            headers.insert(
                "X-Request-Id".into(),
                json!({ "description": "The request's id: the one sent, or a new one", "schema": { "type": "string" } }),
            );
            if matches!(status.as_str(), "429" | "503") {
                headers.insert(
                    "Retry-After".into(),
                    json!({ "description": "Seconds after which to try again", "schema": { "type": "integer" } }),
                );
            }
            if status == "201" {
                headers.insert(
                    "Idempotent-Replayed".into(),
                    json!({ "description": "`true` when the Idempotency-Key came before", "schema": { "type": "string" } }),
                );
            }
        }
    }
}

fn example(status: &str) -> Value {
    let (title, code, detail) = match status {
        "400" => ("Bad Request", "malformed_json", "the body is not JSON: expected value at line 1 column 1"),
        "401" => ("Unauthorized", "unauthenticated", "there is no such key, or it was revoked"),
        "403" => (
            "Forbidden",
            "role_required",
            "this needs the role operator or admin; this is the role viewer of the tenant default",
        ),
        "404" => ("Not Found", "no_such_mission", "there is no mission 01938a6e-0000-7000-8000-000000000000"),
        "406" => {
            ("Not Acceptable", "not_acceptable", "knowledge is to be had as application/json, application/geo+json")
        }
        "408" => ("Request Timeout", "body_timeout", "the body did not arrive within 20 s"),
        "409" => ("Conflict", "mission_ended", "the mission is over (arrived); it takes no more changes"),
        "412" => (
            "Precondition Failed",
            "version_mismatch",
            "the mission is at version 4, not 3; read it again and decide anew",
        ),
        "413" => ("Payload Too Large", "body_too_large", "the body is larger than 2097152 bytes"),
        "414" => ("URI Too Long", "uri_too_long", "the path has 2000 bytes; at most 1024 are taken"),
        "415" => {
            ("Unsupported Media Type", "unsupported_media_type", "expected content type application/json, got none")
        }
        "422" => (
            "Unprocessable Entity",
            "invalid_report",
            "/segment: the network has no segment 9999; its segments are 0 to 411",
        ),
        "429" => ("Too Many Requests", "rate_limited", "more than 1000 requests a second from this address"),
        "431" => (
            "Request Header Fields Too Large",
            "too_many_headers",
            "the request has 120 headers; at most 100 are taken",
        ),
        "503" => ("Service Unavailable", "database_unavailable", "the database is not available; try again shortly"),
        _ => (
            "Internal Server Error",
            "internal",
            "something went wrong inside the service; the log has the cause under this request id",
        ),
    };
    let mut problem = json!({
        "type": format!("urn:outrider:problem:{code}"),
        "title": title,
        "status": status.parse::<u16>().unwrap_or(500),
        "detail": detail,
        "code": code,
        "request_id": "01938a6e-2222-7000-8000-000000000000",
    });
    if status == "422"
        && let Some(problem) = problem.as_object_mut()
    {
        problem.insert(
            "errors".into(),
            json!([{ "pointer": "/segment", "message": "the network has no segment 9999; its segments are 0 to 411" }]),
        );
    }
    problem
}
