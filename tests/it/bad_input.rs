//! Bad input: every malformed or hostile request has a precise answer, and leaves nothing behind.

mod addresses;
mod facts;
mod missions;
mod mutations;
mod networks;

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::service::{Answer, Service, report, square};

/// Where an error's pointer is not asked for, because there is no field to point at.
const NOWHERE: &str = "-";

/// A request that must be refused, and how.
struct Case {
    name: String,
    method: Method,
    path: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    status: u16,
    code: &'static str,
    pointer: String,
}

impl Case {
    fn new(name: impl Into<String>, method: Method, path: impl Into<String>) -> Self {
        let (name, path) = (name.into(), path.into());
        Self { name, method, path, headers: vec![], body: vec![], status: 0, code: "", pointer: NOWHERE.into() }
    }

    fn post(name: impl Into<String>, path: impl Into<String>, body: &Value) -> Self {
        Self::new(name, Method::POST, path).json(body.to_string())
    }

    fn get(name: impl Into<String>, path: impl Into<String>) -> Self {
        Self::new(name, Method::GET, path)
    }

    /// A body that says it is JSON.
    fn json(self, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..self.header("content-type", "application/json") }
    }

    fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, value.into()));
        self
    }

    fn is(self, status: u16, code: &'static str, pointer: impl Into<String>) -> Self {
        Self { status, code, pointer: pointer.into(), ..self }
    }
}

/// The value with the field at the pointer set.
fn with(base: &Value, pointer: &str, value: Value) -> Value {
    let mut changed = base.clone();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match changed.pointer_mut(parent).unwrap() {
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
        object => object[key] = value,
    }
    changed
}

/// The value without the field at the pointer.
fn without(base: &Value, pointer: &str) -> Value {
    let mut changed = base.clone();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    changed.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key).unwrap();
    changed
}

/// The JSON text with one value replaced by text that need not be JSON.
fn text_with(base: &Value, pointer: &str, text: &str) -> String {
    with(base, pointer, json!("PLACE")).to_string().replace("\"PLACE\"", text)
}

/// A service with what requests can refer to.
struct World {
    service: Service,
    network: String,
    mission: String,
    ended: String,
}

impl World {
    async fn new() -> Self {
        let service = Service::start().await;
        let network = service.import_geojson("square", &square()).await;
        let (mission, ended) = service.open_and_ended_mission(&network).await;
        Self { service, network, mission, ended }
    }

    async fn send(&self, case: &Case) -> Answer {
        let path = case.path.replace("{mission}", &self.mission).replace("{ended}", &self.ended);
        let mut request = self.service.request(case.method.clone(), &path.replace("{network}", &self.network));
        for (name, value) in &case.headers {
            request = request.header(*name, value);
        }
        Answer::read(request.body(case.body.clone()).send().await.unwrap()).await
    }

    /// How many rows each table has.
    async fn rows(&self) -> BTreeMap<String, i64> {
        let pool = self.service.database().pool().await;
        let tables: Vec<String> =
            sqlx::query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")
                .fetch_all(&pool)
                .await
                .unwrap();
        let mut rows = BTreeMap::new();
        for table in tables {
            let count = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {table}")));
            rows.insert(table, count.fetch_one(&pool).await.unwrap());
        }
        rows
    }
}

/// What is wrong with the answer to a request that must be refused; `None` if nothing is.
fn fault(case: &Case, answer: &Answer) -> Option<String> {
    let document: Value = serde_json::from_str(&answer.text).unwrap_or_default();
    let pointer = document["errors"][0]["pointer"].as_str().unwrap_or(NOWHERE);
    let is_as_expected = (answer.status.as_u16(), document["code"].as_str(), pointer)
        == (case.status, Some(case.code), case.pointer.as_str());
    let is_a_problem = answer.header("content-type") == "application/problem+json"
        && document["status"] == answer.status.as_u16()
        && document["type"] == format!("urn:outrider:problem:{}", case.code)
        && document["title"].as_str().is_some_and(|title| !title.is_empty())
        && document["detail"].as_str().is_some_and(|detail| !detail.is_empty())
        && document["request_id"].as_str().is_some_and(|id| !id.is_empty() && id == answer.header("x-request-id"))
        && answer.text.len() < 20_000;
    let wanted = (case.status, case.code, &case.pointer);
    let (name, kind) = (&case.name, answer.header("content-type"));
    let shown: String = format!("{} {kind:?} {}", answer.status, answer.text).chars().take(500).collect();
    (!is_as_expected || !is_a_problem).then(|| format!("{name:.99}: wanted {wanted:?}, got {shown}"))
}

#[tokio::test]
async fn every_bad_request_has_its_precise_answer_and_leaves_nothing_behind() {
    let world = World::new().await;
    let mut cases = addresses::cases(&world);
    cases.extend(missions::cases(&world));
    cases.extend(facts::cases());
    cases.extend(networks::cases());
    let before = world.rows().await;
    let mut faults = Vec::new();
    for case in &cases {
        faults.extend(fault(case, &world.send(case).await));
    }
    println!("{} requests", cases.len());
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), cases.len(), faults.join("\n"));
    assert_eq!(world.rows().await, before);
    world.service.get("/readyz").await.expect(200);
    let metrics = world.service.get("/metrics").await;
    assert!(
        metrics.text.contains("method=\"other\"") && !metrics.text.contains("PROPFIND"),
        "made-up methods are no labels"
    );
    world.service.post(&format!("/v1/missions/{}/reports", world.mission), &report(1, 0, "clear", 1)).await.expect(202);
}

#[tokio::test]
async fn a_body_far_too_large_is_refused_in_words_whether_its_length_is_told_or_not() {
    const CHUNK: usize = 1 << 20;
    const CHUNKS: usize = 100;
    let world = World::new().await;
    let before = world.rows().await;
    for (path, kind) in [
        ("/v1/missions", "application/json"),
        ("/v1/missions/{mission}/reports", "application/json"),
        ("/v1/networks?name=huge", "application/geo+json"),
        ("/v1/networks?name=huge", "multipart/form-data; boundary=x"),
    ] {
        for told in [true, false] {
            let case =
                Case::new(format!("{path} {kind} {told}"), Method::POST, path).is(413, "body_too_large", NOWHERE);
            let chunks = (0..CHUNKS).map(|_| Ok::<_, std::io::Error>(bytes::Bytes::from(vec![b' '; CHUNK])));
            let body = reqwest::Body::wrap_stream(futures_util::stream::iter(chunks));
            let mut request = world.service.request(Method::POST, &path.replace("{mission}", &world.mission));
            request = request.header("content-type", kind).body(body);
            if told {
                request = request.header("content-length", CHUNK * CHUNKS);
            }
            let answer = Answer::read(request.send().await.unwrap()).await;
            assert_eq!(fault(&case, &answer), None);
        }
    }
    assert_eq!(world.rows().await, before);
    world.service.get("/readyz").await.expect(200);
}
