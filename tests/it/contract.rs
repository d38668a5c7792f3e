//! The contract: the OpenAPI document is committed, complete, and what the service does.

use std::collections::BTreeSet;
use std::path::Path;

use reqwest::Method;
use serde_json::{Map, Value, json};

use crate::service::{Answer, Service, across, square};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];
/// What the router answers beside the documented operations: pages and their files.
const PAGES: [&str; 5] = ["/openapi.json", "/", "/favicon.svg", "/page.json", "/assets/{*path}"];

fn document() -> Value {
    serde_json::from_str(&outrider::api::openapi_json()).unwrap()
}

/// All operations: path, method and what the document says.
fn operations(document: &Value) -> Vec<(String, String, Map<String, Value>)> {
    let of_path = |(path, item): (&String, &Value)| {
        let operations = item.as_object().unwrap().iter();
        operations.map(|(method, o)| (path.clone(), method.clone(), o.as_object().unwrap().clone())).collect::<Vec<_>>()
    };
    document["paths"].as_object().unwrap().iter().flat_map(of_path).collect()
}

/// Calls `look` with every value of the document and its pointer.
fn walk(value: &Value, pointer: &str, look: &mut impl FnMut(&str, &Value)) {
    look(pointer, value);
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| {
            walk(value, &format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")), look);
        }),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, value)| walk(value, &format!("{pointer}/{i}"), look));
        }
        _ => {}
    }
}

#[test]
fn the_committed_document_is_that_of_the_routes() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/openapi.json");
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let present = outrider::api::openapi_json();
    let differs = committed.lines().zip(present.lines()).position(|(a, b)| a != b);
    assert!(
        committed == present,
        "openapi/openapi.json is not what the routes say (first at line {}); run `make openapi` and look at the difference",
        differs.map_or(committed.lines().count().min(present.lines().count()), |i| i) + 1
    );
}

#[test]
fn every_operation_says_all_there_is_to_say() {
    let document = document();
    let mut faults = Vec::new();
    let mut ids = BTreeSet::new();
    let tags: BTreeSet<&str> = document["tags"].as_array().unwrap().iter().filter_map(|t| t["name"].as_str()).collect();
    for (path, method, operation) in operations(&document) {
        let mut require = |holds: bool, what: &str| {
            if !holds {
                faults.push(format!("{method} {path}: {what}"));
            }
        };
        let operation = Value::Object(operation);
        let has_text = |value: &Value| value.as_str().is_some_and(|text| !text.is_empty());
        require(operation["operationId"].as_str().is_some_and(|id| ids.insert(id.to_owned())), "a unique operationId");
        require(has_text(&operation["summary"]), "a summary");
        require(operation["tags"][0].as_str().is_some_and(|tag| tags.contains(tag)), "a declared tag");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            require(has_text(&parameter["description"]), &format!("a description of {}", parameter["name"]));
            require(parameter["schema"].is_object(), &format!("a schema of {}", parameter["name"]));
        }
        if let Some(body) = operation.get("requestBody") {
            let contents = body["content"].as_object().unwrap();
            require(contents.values().all(|content| content["schema"].is_object()), "a schema of every body");
            for status in ["400", "408", "413", "415", "422"] {
                require(operation["responses"][status].is_object(), &format!("a response {status} to a bad body"));
            }
        }
        if path.contains('{') {
            require(operation["responses"]["404"].is_object(), "a response 404");
        }
        let responses = operation["responses"].as_object().unwrap();
        require(responses.contains_key("500"), "a response 500");
        require(responses.keys().any(|status| status.starts_with('2')), "a response of success");
        for (status, response) in responses {
            let at = |what: &str| format!("{what} in response {status}");
            require(has_text(&response["description"]), &at("a description"));
            require(response["headers"]["X-Request-Id"].is_object(), &at("X-Request-Id"));
            if status.starts_with('2') {
                let has_schemas = |contents: &Map<String, Value>| contents.values().all(|c| c["schema"].is_object());
                let content = response["content"].as_object();
                require(status == "204" || content.is_some_and(|c| !c.is_empty() && has_schemas(c)), &at("content"));
                require(status != "201" || response["headers"]["Location"].is_object(), &at("Location"));
            } else {
                let content = &response["content"]["application/problem+json"];
                let schema = &content["schema"]["$ref"];
                require(schema == "#/components/schemas/ProblemDocument", &at("the problem document"));
                require(content["example"]["status"].as_u64() == status.parse().ok(), &at("an example of the status"));
                require(status != "503" || response["headers"]["Retry-After"].is_object(), &at("Retry-After"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_reference_leads_somewhere_and_every_field_is_described() {
    let document = document();
    let mut faults = Vec::new();
    walk(&document, "", &mut |pointer, value| {
        if let Some(target) = value.get("$ref").and_then(Value::as_str)
            && document.pointer(target.trim_start_matches('#')).is_none()
        {
            faults.push(format!("{pointer}: {target} is not there"));
        }
        // A line break is where the source's line ended, not where a sentence does.
        if let (true, Some(text)) = (pointer.ends_with("/description"), value.as_str()) {
            let broken = text.split("\n\n").any(|paragraph| paragraph.contains('\n'));
            if broken || text.trim().is_empty() {
                faults.push(format!("{pointer}: {text:?}"));
            }
        }
    });
    let described = |field: &Value| {
        let variants = field["oneOf"].as_array().into_iter().flatten();
        field["description"].is_string() || variants.into_iter().any(|variant| variant["description"].is_string())
    };
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let named = schema["allOf"].as_array().into_iter().flatten().chain([schema]);
        for (field, value) in named.filter_map(|part| part["properties"].as_object()).flatten() {
            if !described(value) {
                faults.push(format!("{name}.{field} has no description"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test]
async fn the_router_answers_what_is_documented_and_nothing_else() {
    let service = Service::start().await;
    let document = service.get("/openapi.json").await.expect(200);
    assert_eq!(document, self::document(), "the served document");
    let operations = operations(&document);
    for path in document["paths"].as_object().unwrap().keys() {
        let documented: BTreeSet<&str> =
            operations.iter().filter(|(p, _, _)| p == path).map(|(_, method, _)| method.as_str()).collect();
        let concrete = path.replace("{mission_id}", "none").replace("{network_id}", "none");
        for method in METHODS {
            let name = method.to_ascii_uppercase();
            let answer = service.request(Method::from_bytes(name.as_bytes()).unwrap(), &concrete).send().await.unwrap();
            let answer = Answer::read(answer).await;
            if documented.contains(method) {
                assert!(!matches!(answer.status.as_u16(), 404 | 405), "{method} {path}: {answer:?}");
                continue;
            }
            assert_eq!(answer.status, 405, "{method} {path}: {answer:?}");
            let allowed: BTreeSet<String> =
                answer.header("allow").split(',').map(|m| m.trim().to_lowercase()).collect();
            let with_head = documented.iter().copied().chain(documented.contains("get").then_some("head"));
            assert_eq!(allowed, with_head.map(str::to_owned).collect(), "{method} {path}: Allow");
        }
    }
    // Documented routes are registered together with their documentation; only `route` registers without it.
    let source = [include_str!("../../src/api/mod.rs"), include_str!("../../src/api/page.rs")].concat();
    let undocumented: Vec<&str> = source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    assert_eq!(undocumented, PAGES);
}

#[tokio::test]
async fn the_examples_in_the_document_are_taken() {
    let service = Service::start().await;
    let network = service.import_geojson("square", &square()).await;
    let mission = service.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    let document = document();
    let example = |schema: &str| document["components"]["schemas"][schema]["example"].clone();
    let place = |rest: &str| format!("/v1/missions/{mission}{rest}");

    let mut create = example("CreateMission");
    create["network_id"] = json!(network);
    create["start"]["position"] = json!({ "lon": 8.0, "lat": 50.0 });
    create["goal"]["position"] = json!({ "lon": 8.01, "lat": 50.008 });
    service.post("/v1/missions", &create).await.expect(201);
    service.patch(&place(""), &example("PatchMission")).await.expect(200);
    let mut report = example("ReportRequest");
    report["segment"] = json!(2);
    service.post(&place("/reports"), &report).await.expect(202);
    let mut closure = example("CreateClosure");
    closure["segments"] = json!([1, 2]);
    service.post(&place("/closures"), &closure).await.expect(202);
    let mut position = example("PositionRequest");
    position["position"] = json!({ "lon": 8.004, "lat": 50.0 });
    service.post(&place("/positions"), &json!([position])).await.expect(202);
    let feed = &document["paths"]["/v1/missions/{mission_id}/closures/import"]["post"]["requestBody"]["content"]["application/geo+json"]
        ["example"];
    service.post(&place("/closures/import"), feed).await.expect(202);
    let geojson =
        &document["paths"]["/v1/networks"]["post"]["requestBody"]["content"]["application/geo+json"]["example"];
    service.import_geojson("example", geojson).await;
}

#[tokio::test]
async fn every_answer_of_a_mission_comes_whole_also_when_it_is_compressed() {
    let service = Service::start().await;
    let network = service.import_geojson("square", &square()).await;
    let mission = service.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    service.plan_after(&mission, 1).await;
    let import = service.request(Method::POST, "/v1/networks?name=alone").header("prefer", "respond-async");
    let import = Answer::read(import.json(&square()).send().await.unwrap()).await.expect(202);
    let import = import["id"].as_str().unwrap();
    let document = document();
    let mut compressed = 0;
    for path in document["paths"].as_object().unwrap().keys().filter(|path| !path.ends_with("/events")) {
        let concrete = path.replace("{mission_id}", &mission).replace("{network_id}", &network);
        let concrete = concrete.replace("{import_id}", import).replace("/nearest", "/nearest?lon=8&lat=50");
        let concrete = concrete.replace("/tasking", "/tasking?uav=uav-1");
        let concrete = concrete.replace("/reachability", "/reachability?within_s=60");
        if document["paths"][path].get("get").is_none() {
            continue;
        }
        let request = service.request(Method::GET, &concrete).header("accept-encoding", "gzip");
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        let is_gzip = response.headers().get("content-encoding").is_some_and(|encoding| encoding == "gzip");
        let bytes = response.bytes().await;
        assert!(bytes.is_ok(), "{path} breaks off: {bytes:?}");
        assert_eq!(bytes.unwrap().starts_with(&[0x1f, 0x8b]), is_gzip, "{path}");
        // Compressing what fits into a packet helps nobody.
        assert!(!is_gzip || !matches!(path.as_str(), "/healthz" | "/readyz"), "{path}");
        compressed += u32::from(is_gzip);
    }
    assert!(compressed >= 6, "{compressed}");
}

#[tokio::test]
async fn the_documentation_needs_no_other_host() {
    let service = Service::start().await;
    let page = service.get("/docs/").await;
    assert_eq!(page.status, 200);
    let mut files = BTreeSet::new();
    for attribute in ["src=\"", "href=\""] {
        files.extend(page.text.split(attribute).skip(1).filter_map(|rest| rest.split('"').next()));
    }
    assert!(files.len() >= 5, "{files:?}");
    for file in files {
        assert!(!file.contains("//"), "{file} is on another host");
        let answer = service.client.get(format!("{}/docs/{file}", service.url)).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{file}");
        assert!(!answer.bytes().await.unwrap().is_empty(), "{file}");
    }
    let settings = service.get("/docs/swagger-initializer.js").await;
    assert!(
        settings.text.contains("\"url\": \"/openapi.json\"") && !settings.text.contains("http"),
        "{}",
        settings.text
    );
    let redirect = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let answer = redirect.get(format!("{}/docs", service.url)).send().await.unwrap();
    assert_eq!((answer.status().as_u16(), &answer.headers()["location"]), (303, &"/docs/".parse().unwrap()));
}
