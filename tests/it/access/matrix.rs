//! Every route times everybody who may come along: what they are answered.
//!
//! The routes are those of the OpenAPI document: one that has no line here fails the test.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use outrider::app::{KeyRecord, KeyRequest, clock};
use outrider::domain::access::{KeyId, Role, Secret, TenantId};
use outrider::store::Store;
use reqwest::Method;
use serde_json::{Value, json};

use super::{closed, key_of, key_of_vehicle, make, mission_of};
use crate::service::{Answer, Client, SOON, across, report, square};

/// What a route needs, and what it answers to whoever may. In `who` are `e` for vehicles, `v`iewers, `o`perators, `a`dmins, `p` for
/// the public.
struct Line {
    route: &'static str,
    who: &'static str,
    through: u16,
}

const fn line(route: &'static str, who: &'static str, through: u16) -> Line {
    Line { route, who, through }
}

const LINES: &[Line] = &[
    line("GET /healthz", "p", 200),
    line("GET /readyz", "p", 200),
    line("GET /metrics", "voa", 200),
    line("POST /v1/session", "p", 201),
    line("GET /v1/session", "evoa", 200),
    line("DELETE /v1/session", "evoa", 204),
    line("GET /v1/keys", "a", 200),
    line("POST /v1/keys", "a", 201),
    line("DELETE /v1/keys/{key_id}", "a", 204),
    line("GET /v1/audit", "a", 200),
    // Tests keep the log as it is.
    line("GET /v1/admin/log-level", "a", 200),
    line("PUT /v1/admin/log-level", "a", 422),
    line("GET /v1/strategies", "evoa", 200),
    line("GET /v1/networks", "voa", 200),
    line("POST /v1/networks", "oa", 201),
    line("GET /v1/imports", "voa", 200),
    line("GET /v1/imports/{import_id}", "voa", 200),
    // It is over.
    line("POST /v1/imports/{import_id}/cancel", "oa", 409),
    line("GET /v1/imports/{import_id}/events", "voa", 200),
    line("GET /v1/networks/{network_id}", "evoa", 200),
    // A mission uses it.
    line("DELETE /v1/networks/{network_id}", "oa", 409),
    line("GET /v1/networks/{network_id}/geojson", "evoa", 200),
    line("GET /v1/networks/{network_id}/nearest", "evoa", 200),
    line("POST /v1/networks/{network_id}/match", "evoa", 200),
    line("GET /v1/missions", "voa", 200),
    line("POST /v1/missions", "oa", 201),
    line("GET /v1/missions/{mission_id}", "evoa", 200),
    line("PATCH /v1/missions/{mission_id}", "oa", 200),
    line("POST /v1/missions/{mission_id}/pause", "oa", 200),
    line("POST /v1/missions/{mission_id}/resume", "oa", 200),
    line("POST /v1/missions/{mission_id}/cancel", "oa", 200),
    line("POST /v1/missions/{mission_id}/reports", "eoa", 202),
    line("POST /v1/missions/{mission_id}/closures", "oa", 202),
    line("POST /v1/missions/{mission_id}/closures/import", "oa", 202),
    line("POST /v1/missions/{mission_id}/positions", "eoa", 202),
    line("GET /v1/missions/{mission_id}/positions", "evoa", 200),
    line("GET /v1/missions/{mission_id}/knowledge", "evoa", 200),
    line("GET /v1/missions/{mission_id}/plan", "evoa", 200),
    line("GET /v1/missions/{mission_id}/tasking", "evoa", 200),
    line("GET /v1/missions/{mission_id}/cot", "evoa", 200),
    line("GET /v1/missions/{mission_id}/plan/instructions", "evoa", 200),
    line("GET /v1/missions/{mission_id}/forecast", "evoa", 200),
    line("GET /v1/missions/{mission_id}/alternatives", "evoa", 200),
    line("GET /v1/missions/{mission_id}/reachability", "evoa", 200),
    line("POST /v1/missions/{mission_id}/nearest-goals", "evoa", 200),
    line("GET /v1/missions/{mission_id}/events", "evoa", 200),
    line("GET /v1/missions/{mission_id}/log", "evoa", 200),
    line("GET /v1/missions/{mission_id}/log/export", "evoa", 200),
    line("GET /v1/events", "evoa", 200),
];

/// What the requests are about.
struct Scene {
    network: String,
    mission: String,
    /// Only to be cancelled.
    doomed: String,
    /// Only to be revoked.
    spare: String,
    /// Stored already.
    import: String,
    viewer: String,
}

impl Scene {
    /// The request of a route, valid in every respect; each time with other names, so that it can be repeated.
    fn request(&self, client: &Client, route: &str, number: usize) -> reqwest::RequestBuilder {
        let (method, path) = route.split_once(' ').unwrap();
        let mission = if path.ends_with("/cancel") { &self.doomed } else { &self.mission };
        let mut path = path
            .replace("{mission_id}", mission)
            .replace("{network_id}", &self.network)
            .replace("{key_id}", &self.spare)
            .replace("{import_id}", &self.import);
        match route {
            "POST /v1/networks" => path.push_str(&format!("?name=again-{number}&components=all")),
            "GET /v1/networks/{network_id}/nearest" => path.push_str("?lon=8.0&lat=50.0"),
            "GET /v1/missions/{mission_id}/tasking" => path.push_str("?uav=uav-1"),
            "GET /v1/missions/{mission_id}/forecast" => path.push_str("?worlds=16"),
            "GET /v1/missions/{mission_id}/reachability" => path.push_str("?within_s=60"),
            "GET /v1/events" => path.push_str(&format!("?mission_id={mission}")),
            _ => {}
        }
        let body = match route {
            "POST /v1/session" => Some(json!({ "key": self.viewer })),
            "PUT /v1/admin/log-level" => Some(json!({ "filter": "info" })),
            "POST /v1/keys" => Some(json!({ "name": "one more", "role": "viewer" })),
            "POST /v1/networks" => Some(square()),
            "POST /v1/networks/{network_id}/match" => Some(json!({ "fixes": [
                { "position": { "lon": 8.0, "lat": 50.0 }, "observed_at": "2026-05-04T09:30:00Z" }
            ] })),
            "POST /v1/missions" => Some(across(&self.network)),
            "PATCH /v1/missions/{mission_id}" => Some(json!({ "strategy": { "name": "bidirectional" } })),
            "POST /v1/missions/{mission_id}/reports" => Some(report(number as u64, 0, "clear", 1)),
            "POST /v1/missions/{mission_id}/positions" => Some(json!({
                "vehicle": "uav-1", "observed_at": "2026-05-04T09:30:00Z", "position": { "lon": 8.0, "lat": 50.0 }
            })),
            "POST /v1/missions/{mission_id}/nearest-goals" => {
                Some(json!({ "goals": [{ "at": { "segment": 1, "offset_m": 10 } }] }))
            }
            "POST /v1/missions/{mission_id}/closures/import" => {
                Some(json!({ "type": "FeatureCollection", "features": [] }))
            }
            "POST /v1/missions/{mission_id}/closures" => {
                Some(json!({ "action": "close", "segments": [5], "reason": "a test", "decided_by": "operator" }))
            }
            _ => None,
        };
        let request = client.request(Method::from_bytes(method.as_bytes()).unwrap(), &path);
        match body {
            Some(body) => request.json(&body),
            None => request,
        }
    }
}

/// The status, and the body unless it is one of a stream that goes on.
async fn ask(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    if response.status() == 200 {
        return Answer { status: response.status(), headers: response.headers().clone(), text: String::new() };
    }
    Answer::read(response).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_everybody_as_the_matrix_says() {
    let (service, admin) = closed().await;
    let app = service.app();
    let (network, mission) = mission_of(&admin, "one").await;
    let (_, foreign) = mission_of(&admin, "two").await;
    let doomed = admin.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    let viewer = make(app, key_of(Role::Viewer)).await;
    let spare = admin.post("/v1/keys", &json!({ "name": "spare", "role": "viewer" })).await.expect(201);
    let import = admin.request(Method::POST, "/v1/networks?name=alone").header("prefer", "respond-async");
    let import = Answer::read(import.json(&square()).send().await.unwrap()).await.expect(202);
    let import = import["id"].as_str().unwrap().to_owned();
    let begun = Instant::now();
    while admin.get(&format!("/v1/imports/{import}")).await.expect(200)["state"] == "running" {
        assert!(begun.elapsed() < SOON, "the import ends");
    }
    let spare = spare["id"].as_str().unwrap().to_owned();
    let scene = Scene { network, mission: mission.clone(), doomed, spare, import, viewer };

    let revoked = make(app, key_of(Role::Admin)).await;
    app.revoke_key(revoked.parse::<Secret>().unwrap().id(), None).await.unwrap();
    let elsewhere = KeyRequest { tenant: "other".parse().unwrap(), ..key_of(Role::Admin) };
    let keys: BTreeMap<&str, String> = [
        ("v", scene.viewer.clone()),
        ("o", make(app, key_of(Role::Operator)).await),
        ("a", make(app, key_of(Role::Admin)).await),
        ("e", make(app, key_of_vehicle(&mission, "uav-1")).await),
        ("foreign mission", make(app, key_of_vehicle(&foreign, "uav-1")).await),
        ("foreign vehicle", make(app, key_of_vehicle(&mission, "uav-2")).await),
        ("elsewhere", make(app, elsewhere).await),
        ("revoked", revoked),
        ("expired", expired(service.database().connect_options()).await),
        ("none", String::new()),
    ]
    .into();

    let document = service.get("/openapi.json").await.expect(200);
    let mut routes: BTreeMap<String, Value> = BTreeMap::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            routes.insert(format!("{} {path}", method.to_uppercase()), operation.clone());
        }
    }
    let lines: BTreeMap<&str, &Line> = LINES.iter().map(|line| (line.route, line)).collect();
    let without: Vec<&String> = routes.keys().filter(|route| !lines.contains_key(route.as_str())).collect();
    assert!(without.is_empty(), "routes without a line in the matrix: {without:?}");
    assert_eq!(lines.len(), routes.len(), "lines of routes that there are not");

    let mut wrong = Vec::new();
    let mut number = 0;
    // Cancelling last: it is of no other use.
    for Line { route, who, through } in LINES {
        let public = who.contains('p');
        let named = ["{mission_id}", "{network_id}", "{import_id}", "{key_id}", "/v1/events"]
            .iter()
            .any(|name| route.contains(name));
        for (holder, key) in &keys {
            number += 1;
            let speaks = route.ends_with("/reports") || route.starts_with("POST") && route.ends_with("/positions");
            let expected = match *holder {
                _ if public => *through,
                "none" | "revoked" | "expired" => 401,
                "elsewhere" if named => 404,
                // Its network is another tenant's.
                "elsewhere" if *route == "POST /v1/missions" => 422,
                "elsewhere" if *route == "GET /metrics" || route.ends_with("log-level") => 403,
                "elsewhere" => *through,
                "foreign mission" if who.contains('e') && named => 403,
                "foreign vehicle" if who.contains('e') && speaks => 403,
                "foreign mission" | "foreign vehicle" if who.contains('e') => *through,
                holder if who.contains(holder) => *through,
                _ => 403,
            };
            let client = if *holder == "none" { (*service).clone() } else { service.with_key(key) };
            let answer = ask(scene.request(&client, route, number)).await;
            let status = answer.status.as_u16();
            if status != expected {
                wrong.push(format!("{route} for {holder}: {status}, not {expected}: {}", answer.text));
            }
            if status == 401 || status == 403 {
                let problem = answer.json();
                assert_eq!(answer.header("content-type"), "application/problem+json");
                assert!(answer.header("www-authenticate").starts_with("Bearer realm=\"outrider\""), "{answer:?}");
                assert_eq!(problem["status"], status);
                if problem["code"] == "role_required" {
                    let needed = if *who == "a" { "the role admin" } else { "operator or admin" };
                    assert!(problem["detail"].as_str().unwrap().contains(needed), "{problem}");
                    assert!(answer.header("www-authenticate").contains("insufficient_scope"), "{answer:?}");
                }
            }
        }
        // The document says the same.
        let operation = &routes[*route];
        let roles: Vec<&str> = [("e", "vehicle"), ("v", "viewer"), ("o", "operator"), ("a", "admin")]
            .iter()
            .filter(|(letter, _)| who.contains(letter))
            .map(|(_, role)| *role)
            .collect();
        if public {
            assert_eq!(operation["security"], json!([]), "{route}");
        } else {
            let security = json!([{ "key": roles }, { "token": roles }, { "session": roles }]);
            assert_eq!(operation["security"], security, "{route}");
            assert!(operation["responses"]["401"].is_object() && operation["responses"]["403"].is_object(), "{route}");
            assert!(operation["description"].as_str().unwrap().contains("Needs "), "{route}");
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// A key that has expired: made so long ago, as none is made that has.
async fn expired(database: sqlx::postgres::PgConnectOptions) -> String {
    let now = clock::now();
    let secret = Secret::new(KeyId(clock::new_uuid()), [7; 32]);
    let record = KeyRecord {
        id: secret.id(),
        tenant: TenantId::default(),
        name: "old".to_owned(),
        role: Role::Admin,
        binding: None::<Arc<_>>,
        digest: secret.digest(),
        created_at: now.plus_seconds(-10.0),
        created_by: "a test".to_owned(),
        expires_at: Some(now.plus_seconds(-1.0)),
        revoked_at: None,
        last_used_at: None,
    };
    let store = Store::new(database, 2);
    store.insert_key(&record, &[]).await.unwrap();
    store.close().await;
    secret.reveal().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_and_the_documentation_are_open_and_what_does_not_exist_stays_unknown() {
    let (service, _) = closed().await;
    for path in ["/", "/page.json", "/openapi.json", "/docs/", "/favicon.svg"] {
        assert_eq!(service.get(path).await.status, 200, "{path}");
    }
    assert_eq!(service.get("/v1/nothing").await.expect(404)["code"], "no_such_route");
    let not_allowed = Answer::read(service.request(Method::PUT, "/v1/missions").send().await.unwrap()).await;
    assert_eq!(not_allowed.expect(405)["code"], "method_not_allowed");
    assert_eq!(not_allowed.header("allow"), "GET,POST,HEAD");
}
