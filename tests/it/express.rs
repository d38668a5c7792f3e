//! Reports take a way of their own past the router, unless origins are named: either way the answers are the same.

use axum::http::{HeaderMap, HeaderValue};
use bytes::Bytes;
use outrider::api::ApiOptions;
use outrider::api::headers::CorsOptions;
use outrider::api::limits::LimitOptions;
use outrider::api::server::ServerOptions;
use outrider::app::KeyRequest;
use outrider::domain::access::Role;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::access::{key_of, key_of_vehicle, make};
use crate::service::{SOON, Service, Setup, report, square};

/// The largest body that either service takes.
const MOST_BYTES: usize = 20_000;
/// Where the usual case goes; `{mission}` and `{ended}` stand for what each service calls its own.
const PATH: &str = "/v1/missions/{mission}/reports";
/// A mission that nobody has.
const NO_MISSION: &str = "01938a6e-1111-7000-8000-000000000001";

/// A request, and the status of its answer.
struct Case {
    name: &'static str,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    /// Whose key it shows.
    key: &'static str,
    status: u16,
}

impl Case {
    fn new(name: &'static str, status: u16, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self { name, method: Method::POST, path: PATH.to_owned(), headers, body: body.into(), key: "", status }
    }

    /// A usual report.
    fn usual(name: &'static str, status: u16) -> Self {
        Self::new(name, status, report(1, 0, "clear", 1).to_string())
    }

    fn to(self, path: impl Into<String>) -> Self {
        Self { path: path.into(), ..self }
    }

    fn method(self, method: Method) -> Self {
        Self { method, ..self }
    }

    fn key(self, key: &'static str) -> Self {
        Self { key, ..self }
    }

    fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(known, _)| known != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A service with a mission under way, one that is over, and keys.
struct World {
    service: Service,
    clients: [reqwest::Client; 2],
    mission: String,
    ended: String,
    keys: Vec<(&'static str, String)>,
}

/// An answer without what differs from service to service.
#[derive(Debug, PartialEq)]
struct Told {
    status: StatusCode,
    headers: Vec<(String, String)>,
    body: Value,
}

impl World {
    async fn new(origins: Vec<HeaderValue>) -> Self {
        let limits = LimitOptions { body_bytes: MOST_BYTES, ..LimitOptions::default() };
        let cors = CorsOptions { origins, credentials: false };
        let setup = Setup {
            api: ApiOptions { cors, ..ApiOptions::default() },
            server: ServerOptions { limits, ..ServerOptions::default() },
            ..Setup::default()
        };
        let service = Service::with(setup).await;
        let network = service.import_geojson("square", &square()).await;
        let (mission, ended) = service.open_and_ended_mission(&network).await;
        let builder = || reqwest::Client::builder().no_proxy().timeout(SOON * 3);
        let clients = [builder().build().unwrap(), builder().http2_prior_knowledge().build().unwrap()];
        Self { service, clients, mission, ended, keys: vec![("nobody", "outrider_x".to_owned())] }
    }

    /// From here on only those are let in who show a key.
    async fn make_keys(&mut self) {
        let stranger = KeyRequest { tenant: "other".parse().unwrap(), ..key_of(Role::Operator) };
        for (name, request) in [
            ("operator", key_of(Role::Operator)),
            ("viewer", key_of(Role::Viewer)),
            ("stranger", stranger),
            ("vehicle", key_of_vehicle(&self.mission, "uav-1")),
            ("other vehicle", key_of_vehicle(&self.mission, "uav-2")),
            ("elsewhere", key_of_vehicle(&self.ended, "uav-1")),
        ] {
            self.keys.push((name, make(self.service.app(), request).await));
        }
    }

    async fn send(&self, client: &reqwest::Client, case: &Case, request_id: Option<&str>) -> Told {
        let path = case.path.replace("{mission}", &self.mission).replace("{ended}", &self.ended);
        let mut request = client.request(case.method.clone(), format!("{}{path}", self.service.url));
        for (name, value) in &case.headers {
            request = request.header(name, value);
        }
        if let Some(id) = request_id {
            request = request.header("x-request-id", id);
        }
        if let Some((_, key)) = self.keys.iter().find(|(name, _)| *name == case.key) {
            request = request.bearer_auth(key);
        }
        let answer = request.body(case.body.clone()).send().await.unwrap();
        let (status, mut headers) = (answer.status(), answer.headers().clone());
        let body = answer.bytes().await.unwrap();
        let told_id = headers.remove("x-request-id").expect("an id of the request");
        assert!(request_id.map_or(told_id.len() == 36, |id| told_id == id), "{}: {told_id:?}", case.name);
        Told {
            status,
            body: self.bare(&body, &headers, told_id.to_str().unwrap()),
            headers: comparable(headers, &body),
        }
    }

    /// The body with the same names for whatever has other ones in each service. Where a report stands in the log depends on how soon a
    /// plan came, so it is left out.
    fn bare(&self, body: &Bytes, headers: &HeaderMap, request_id: &str) -> Value {
        let text = match headers.get("content-encoding") {
            Some(_) => std::io::read_to_string(flate2::read::GzDecoder::new(body.as_ref())).unwrap(),
            None => String::from_utf8(body.to_vec()).unwrap(),
        };
        let named = [(self.mission.as_str(), "MISSION"), (&self.ended, "ENDED"), (request_id, "REQUEST")];
        let text = named.iter().fold(text, |text, (id, name)| text.replace(id, name));
        let mut value: Value = serde_json::from_str(&text).unwrap_or(Value::String(text));
        for place in value.get_mut("reports").and_then(Value::as_array_mut).into_iter().flatten() {
            assert!(place["seq"].take().is_u64());
        }
        if let Some(seq) = value.get_mut("seq") {
            assert!(seq.take().is_u64());
        }
        value
    }
}

/// The headers in order, but for those that are another one's in each answer, and those that are for pages of other origins.
fn comparable(headers: HeaderMap, body: &Bytes) -> Vec<(String, String)> {
    let for_pages = |name: &str, value: &str| {
        name.starts_with("access-control-") || name == "vary" && value.to_lowercase().contains("origin")
    };
    let all = headers.iter().map(|(name, value)| (name.as_str().to_owned(), value.to_str().unwrap().to_owned()));
    let mut kept: Vec<_> = all.filter(|(name, value)| name != "date" && !for_pages(name, value)).collect();
    for (name, value) in &mut kept {
        // Where only a head is asked for there is none.
        if name == "content-length" && !body.is_empty() {
            // As long as this body, before what differs from service to service was taken out.
            assert_eq!(*value, body.len().to_string());
            "right".clone_into(value);
        }
    }
    kept.sort_unstable();
    kept
}

/// What anybody may send to a service without keys. The number makes the reports other ones than before.
fn of_anybody(number: u64) -> Vec<Case> {
    let new = |i: u64, segment: u64| report(number + i, segment, "clear", 1);
    let with = |field: &str, value: Value| {
        let mut changed = new(99, 0);
        changed[field] = value;
        changed.to_string()
    };
    let batch = json!([new(2, 0), new(3, 1), new(2, 0)]);
    let long: Value = (10..40).map(|i| new(i, i % 5)).collect();
    let faulty = json!([new(50, 0), new(51, 99), new(52, 1)]);
    let spoilt = with("finding", json!("blocked")).replace("\"segment\":0", "\"segment\":00");
    vec![
        Case::new("one report", 202, new(1, 0).to_string()),
        Case::new("the same again", 202, new(1, 0).to_string()),
        Case::new(
            "one that changes what is known",
            202,
            report(number + 4, 4, "blocked", number as u32 % 600).to_string(),
        ),
        Case::new("with a character set", 202, new(5, 0).to_string())
            .header("content-type", "application/json; charset=utf-8"),
        Case::new("with a query", 202, new(6, 0).to_string()).to(format!("{PATH}?x=%20&mission_id={{mission}}")),
        Case::new("a batch", 202, batch.to_string()),
        Case::new("a long batch", 202, long.to_string()),
        Case::new("a long answer, packed", 202, long.to_string()).header("accept-encoding", "br, gzip"),
        Case::new("not packed here", 202, new(7, 0).to_string()).header("content-encoding", "identity"),
        Case::new("an empty batch", 422, "[]"),
        Case::new("a batch with a fault", 422, faulty.to_string()),
        Case::new("no JSON", 400, "{\"id\": "),
        Case::new("spoilt JSON", 400, spoilt),
        Case::new("nothing", 400, ""),
        Case::new("no object", 422, "17"),
        Case::new("a field that is none", 422, with("colour", json!("red"))),
        Case::new("a word that is none", 422, with("finding", json!("gone"))),
        Case::new("a segment that is none", 422, with("segment", json!(99))),
        Case::new("a vehicle that is none", 422, with("reported_by", json!("uav-9"))),
        Case::usual("another content type", 415).header("content-type", "text/plain"),
        Case::usual("a packed body", 415).header("content-encoding", "gzip"),
        Case::new("too large a body", 413, vec![b' '; MOST_BYTES + 1]),
        Case::usual("too long a query", 414).to(format!("{PATH}?x={}", "x".repeat(6 << 10))),
        Case::usual("a page of another origin", 403)
            .header("origin", "https://evil.example")
            .header("sec-fetch-site", "cross-site"),
        Case::usual("a mission that is none", 404).to(PATH.replace("{mission}", NO_MISSION)),
        Case::usual("one in the query that is none", 404).to(format!("{PATH}?mission_id={NO_MISSION}")),
        Case::usual("too many in the query", 422).to(format!("{PATH}?{}", "mission_id=1&".repeat(65))),
        Case::usual("a mission that is over", 409).to(PATH.replace("{mission}", "{ended}")),
        Case::usual("no id", 400).to(PATH.replace("{mission}", "town")),
        Case::usual("an id in capitals", 404).to(PATH.replace("{mission}", &NO_MISSION.to_uppercase())),
        Case::usual("an id with an escape", 404).to(PATH.replace("{mission}", &NO_MISSION.replace("01", "%301"))),
        Case::usual("an id that is no text", 400).to(PATH.replace("{mission}", "%ff")),
        Case::usual("a slash at the end", 404).to(format!("{PATH}/")),
        Case::usual("another method", 405).method(Method::PUT),
        Case::new("nothing to get", 405, "").method(Method::GET),
        Case::new("nothing to look at", 405, "").method(Method::HEAD),
    ]
}

/// What the gate is there for.
fn of_holders(number: u64) -> Vec<Case> {
    let new = |i: u64| report(number + i, 1, "clear", 2).to_string();
    let over = PATH.replace("{mission}", "{ended}");
    vec![
        Case::usual("no key", 401),
        Case::usual("no bearer", 401).header("authorization", "Basic eDp5"),
        Case::usual("a key that is none", 401).key("nobody"),
        Case::usual("a viewer", 403).key("viewer"),
        Case::usual("somebody of another tenant", 404).key("stranger"),
        Case::usual("a vehicle of another mission", 403).key("elsewhere"),
        Case::usual("a vehicle that names another mission", 403)
            .key("vehicle")
            .to(format!("{PATH}?mission_id={{ended}}")),
        Case::usual("a vehicle in the name of another", 403).key("other vehicle"),
        Case::usual("a vehicle whose mission is over", 409).key("elsewhere").to(over),
        Case::usual("a mission that is none", 404).key("operator").to(PATH.replace("{mission}", NO_MISSION)),
        Case::new("no JSON of somebody who may not", 403, "{").key("viewer"),
        Case::new("a vehicle", 202, new(1)).key("vehicle"),
        Case::new("an operator", 202, new(2)).key("operator"),
    ]
}

/// Sends the same to both, by either version of HTTP, with an id of the request and without. Gives what is wrong.
async fn differences(one: &World, other: &World, cases: fn(u64) -> Vec<Case>, from: u64) -> Vec<String> {
    let mut found = Vec::new();
    for (version, from) in [from, from + 100].into_iter().enumerate() {
        for case in cases(from) {
            let id = format!("sent by client {version}: {}", case.name);
            for id in [Some(id.as_str()), None] {
                let told = one.send(&one.clients[version], &case, id).await;
                let told_too = other.send(&other.clients[version], &case, id).await;
                if told.status != case.status || told != told_too {
                    let wanted = case.status;
                    found.push(format!("{}, {id:?}: wanted {wanted}, got\n  {told:?}\n  {told_too:?}", case.name));
                }
            }
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_are_answered_the_same_past_the_router_and_by_it() {
    let friend = HeaderValue::from_static("https://control.example.org");
    let (mut past, mut by) = tokio::join!(World::new(vec![]), World::new(vec![friend]));
    let mut found = differences(&past, &by, of_anybody, 1_000).await;
    past.make_keys().await;
    by.make_keys().await;
    found.extend(differences(&past, &by, of_holders, 2_000).await);
    assert!(found.is_empty(), "{}", found.join("\n"));
}
