//! Who changed what: the audit log, the access log, and the log level.

use reqwest::Method;
use serde_json::{Value, json};

use crate::program::Program;
use crate::service::{Answer, Service, across, report, square};

async fn entries(service: &Service, query: &str) -> Vec<Value> {
    service.get(&format!("/v1/audit{query}")).await.expect(200)["entries"].as_array().unwrap().clone()
}

fn actions(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["action"].as_str().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_changes_something_is_written_down_with_what_and_to_what() {
    let service = Service::start().await;
    let network = service.import_geojson("audited", &square()).await;
    let created = service.request(Method::POST, "/v1/missions").header("x-request-id", "the-first-one");
    let created = Answer::read(created.json(&across(&network)).send().await.unwrap()).await.expect(201);
    let id = created["id"].as_str().unwrap();
    let at = |rest: &str| format!("/v1/missions/{id}{rest}");
    service.plan_after(id, 1).await;
    service.patch(&at(""), &json!({ "strategy": { "name": "ugv_only" } })).await.expect(200);
    // What is so already is no change; what is refused is none either.
    service.patch(&at(""), &json!({ "strategy": { "name": "ugv_only" } })).await.expect(200);
    service.patch(&at(""), &json!({ "strategy": { "name": "no such" } })).await.expect(422);
    service.post(&at("/pause"), &json!({})).await.expect(200);
    service.post(&at("/resume"), &json!({})).await.expect(200);
    service.post(&at("/reports"), &report(1, 4, "blocked", 1)).await.expect(202);
    let closing = json!({ "action": "close", "segments": [0, 1], "reason": "flood", "decided_by": "operator" });
    service.post(&at("/closures"), &closing).await.expect(202);
    service.post(&at("/cancel"), &json!({})).await.expect(200);
    service.post(&at("/cancel"), &json!({})).await.expect(200);
    service.request(Method::DELETE, &format!("/v1/networks/{network}")).send().await.unwrap();
    let spare = service.import_geojson("spare", &square()).await;
    service.request(Method::DELETE, &format!("/v1/networks/{spare}")).send().await.unwrap();

    let all = entries(&service, "").await;
    let expected = [
        "network.deleted",
        "network.created",
        "mission.cancelled",
        "closure.closed",
        "mission.resumed",
        "mission.paused",
        "mission.changed",
        "mission.created",
        "network.created",
    ];
    assert_eq!(actions(&all), expected);
    for entry in &all {
        assert_eq!((&entry["principal"], &entry["address"]), (&json!("anonymous"), &json!("127.0.0.1")), "{entry}");
        assert!(entry["request_id"].is_string() && entry["at"].is_string(), "{entry}");
    }
    let object = format!("mission/{id}");
    assert_eq!((&all[7]["object"], &all[7]["request_id"]), (&json!(object), &json!("the-first-one")));
    assert_eq!((&all[3]["detail"]["segments"], &all[3]["detail"]["reason"]), (&json!(2), &json!("flood")));
    assert_eq!(all[6]["detail"]["strategy"], "ugv_only");
    assert_eq!(all[0]["object"], format!("network/{spare}"));

    // Filters, alone and together, and pages.
    assert_eq!(
        actions(&entries(&service, "?action=network").await),
        ["network.deleted", "network.created", "network.created"]
    );
    assert_eq!(entries(&service, &format!("?object={object}")).await.len(), 6);
    assert_eq!(
        actions(&entries(&service, &format!("?object={object}&action=mission.paused")).await),
        ["mission.paused"]
    );
    assert!(entries(&service, "?principal=somebody").await.is_empty());
    assert!(entries(&service, "?action=net").await.is_empty(), "a word is not cut");
    let middle = all[4]["at"].as_str().unwrap();
    assert_eq!(entries(&service, &format!("?since={middle}")).await.len(), 5);
    assert_eq!(entries(&service, &format!("?until={middle}")).await.len(), 4);
    let (mut paged, mut before) = (Vec::new(), String::new());
    loop {
        let page = service.get(&format!("/v1/audit?limit=2{before}")).await.expect(200);
        paged.extend(page["entries"].as_array().unwrap().clone());
        let Some(next) = page["next_before"].as_u64() else { break };
        before = format!("&before={next}");
    }
    assert_eq!(paged, all);
    service.get("/v1/audit?limit=0").await.expect(422);
    service.get("/v1/audit?since=yesterday").await.expect(400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_cannot_be_written_down_is_not_made() {
    let service = Service::start().await;
    let network = service.import_geojson("unwritten", &square()).await;
    let id = service.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    service.plan_after(&id, 1).await;
    let pool = service.database().pool().await;
    sqlx::raw_sql("ALTER TABLE audit ADD CHECK (false) NOT VALID").execute(&pool).await.unwrap();
    service.post(&format!("/v1/missions/{id}/cancel"), &json!({})).await.expect(500);
    service.post("/v1/missions", &across(&network)).await.expect(500);
    let missions = service.get("/v1/missions").await.expect(200);
    assert_eq!(missions["missions"].as_array().unwrap().len(), 1, "{missions}");
    assert_eq!(service.get(&format!("/v1/missions/{id}")).await.expect(200)["status"], "active");
    // The hot path is not audited, and goes on.
    service.post(&format!("/v1/missions/{id}/reports"), &report(1, 4, "blocked", 1)).await.expect(202);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_level_is_changed_while_the_service_runs_and_every_request_gets_one_line() {
    let database = crate::cluster::database().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    let log = std::fs::File::create(&path).unwrap();
    let mut command = Program::command();
    let mut program =
        Program::run(command.args(["--database-url", database.url(), "--log-format", "json"]).stderr(log));
    let client = &program.client;
    assert!(client.get("/v1/admin/log-level").await.expect(200)["filter"].is_string());
    client.get("/v1/missions?limit=1").await.expect(200);
    let put = async |body: Value| {
        let request = client.request(Method::PUT, "/v1/admin/log-level").json(&body);
        Answer::read(request.send().await.unwrap()).await
    };
    let refused = put(json!({ "filter": "loud=very" })).await.expect(422);
    assert_eq!(refused["errors"][0]["pointer"], "/filter");
    assert_eq!(put(json!({ "filter": "warn,access=debug" })).await.expect(200)["filter"], "access=debug,warn");

    let request = client.request(Method::GET, "/v1/missions?limit=2").header("x-request-id", "seen");
    let answer = Answer::read(request.send().await.unwrap()).await;
    // Long enough to be compressed, so that nobody knows beforehand how long it is.
    let request = client.request(Method::GET, "/openapi.json").header("x-request-id", "long");
    let long = request.header("accept-encoding", "gzip").send().await.unwrap().bytes().await.unwrap();
    let request = client.request(Method::GET, "/v1/missions/none").header("x-request-id", "bad");
    Answer::read(request.send().await.unwrap()).await.expect(400);
    put(json!({ "filter": "error" })).await.expect(200);
    let request = client.request(Method::GET, "/v1/missions?limit=3").header("x-request-id", "unseen");
    Answer::read(request.send().await.unwrap()).await.expect(200);
    let changes = client.get("/v1/audit?action=log_level").await.expect(200);
    assert_eq!(changes["entries"][1]["detail"]["after"], "access=debug,warn", "{changes}");
    program.stop();

    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |id: &str| lines.iter().filter(|line| line["request.id"] == id).collect::<Vec<_>>();
    let [seen] = of("seen")[..] else { panic!("one line of it: {text}") };
    assert_eq!((&seen["message"], &seen["target"]), (&json!("request served"), &json!("access")));
    assert_eq!(
        (&seen["method"], &seen["route"], &seen["path"]),
        (&json!("GET"), &json!("/v1/missions"), &json!("/v1/missions"))
    );
    assert_eq!((&seen["status"], &seen["bytes"]), (&json!(200), &json!(answer.text.len())));
    assert_eq!((&seen["who"], &seen["address"]), (&json!("anonymous"), &json!("127.0.0.1")));
    assert!(seen["ms"].as_f64().unwrap() > 0.0, "{seen}");
    let [counted] = of("long")[..] else { panic!("one line of it: {text}") };
    assert_eq!(counted["bytes"], json!(long.len()), "{counted}");
    let [bad] = of("bad")[..] else { panic!("one line of it: {text}") };
    assert_eq!(
        (&bad["message"], &bad["status"], &bad["level"]),
        (&json!("request refused"), &json!(400), &json!("INFO"))
    );
    assert!(of("unseen").is_empty());
    assert!(!text.contains("limit=1"));
    // The second change was to a level that shows no warnings.
    assert_eq!(lines.iter().filter(|line| line["message"] == "the log level was changed").count(), 1, "{text}");
}
