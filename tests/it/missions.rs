//! Missions over HTTP: what a client is promised from creation to end.

use reqwest::Method;
use serde_json::{Value, json};

use crate::service::{Answer, Service, Setup, across, report, square};
use crate::stream::EventStream;

/// A service with the square network; its id, and a mission across it that has its first plan.
async fn with_mission() -> (Service, String, String) {
    let service = Service::start().await;
    let network = service.import_geojson("square", &square()).await;
    let mission = service.create_mission(&across(&network)).await;
    let id = mission["id"].as_str().unwrap().to_owned();
    service.plan_after(&id, 1).await;
    (service, network, id)
}

fn segments(plan: &Value) -> Vec<u64> {
    plan["route"]["legs"].as_array().unwrap().iter().map(|leg| leg["segment"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn a_report_that_blocks_the_route_is_followed_by_a_plan_that_avoids_it() {
    let (service, _, id) = with_mission().await;
    let mut stream = EventStream::open(&service, &id, Some(0)).await;
    let first = stream.find(|e| e.name == "plan").await;
    assert_eq!(segments(&first.data["body"]), [4], "straight along the diagonal");

    let answer = service.post(&format!("/v1/missions/{id}/reports"), &report(1, 4, "blocked", 1)).await.expect(202);
    assert_eq!((&answer["seq"], &answer["revision"]), (&json!(3), &json!(1)));
    let second = stream.find(|e| e.name == "plan").await;
    let around = segments(&second.data["body"]);
    assert!(around.len() == 2 && !around.contains(&4), "{second:?}");
    assert_eq!(second.data["body"]["basis"]["revision"], 1);
}

#[tokio::test]
async fn the_answer_to_a_creation_says_where_start_and_goal_were_taken_to() {
    let service = Service::start().await;
    let network = service.import_geojson("square", &square()).await;
    let mut body = across(&network);
    body["start"] = json!({ "position": { "lon": 8.004, "lat": 50.0030 }, "heading_deg": 45 });
    body["goal"] = json!({ "segment": 1, "offset_m": 12.5 });
    let mission = service.create_mission(&body).await;
    assert_eq!(mission["start"]["segment"], 4);
    let snapped_m = mission["start"]["snapped_m"].as_f64().unwrap();
    assert!((5.0..50.0).contains(&snapped_m), "{snapped_m}");
    assert_eq!((&mission["goal"]["segment"], &mission["goal"]["offset_m"]), (&json!(1), &json!(12.5)));
    assert_eq!(mission["uavs"][1]["id"], "uav-2");
    body["start"] = json!({ "node": "0" });
    let mission = service.create_mission(&body).await;
    assert_eq!(mission["start"]["position"], json!({ "lon": 8.0, "lat": 50.0 }));
    body["start"] = json!({ "position": { "lon": 8.0, "lat": 49.99 }, "snap_limit_m": 2000 });
    service.create_mission(&body).await;
}

#[tokio::test]
async fn every_strategy_that_is_listed_plans_with_the_parameters_its_schema_names() {
    let service = Service::start().await;
    let network = service.import_geojson("square", &square()).await;
    let listed = service.get("/v1/strategies").await.expect(200);
    let listed = listed["strategies"].as_array().unwrap();
    let mut with_parameters = 0;
    for strategy in listed {
        let properties = strategy["parameters_schema"]["properties"].as_object().unwrap();
        let most = properties.iter().map(|(name, property)| (name.clone(), property["maximum"].clone()));
        let parameters = Value::Object(most.collect());
        with_parameters += usize::from(!properties.is_empty());
        let mut body = across(&network);
        body["strategy"] = json!({ "name": strategy["name"], "parameters": parameters });
        let id = service.create_mission(&body).await["id"].as_str().unwrap().to_owned();
        let plan = service.plan_after(&id, 1).await;
        assert_eq!(plan["basis"]["strategy"], body["strategy"]);
        assert_eq!(segments(&plan), [4], "{strategy}");
    }
    assert!(with_parameters >= 3, "{listed:?}");
    let k = listed.iter().find(|strategy| strategy["name"] == "k_shortest_paths").unwrap();
    let k = &k["parameters_schema"]["properties"]["k"];
    assert_eq!((&k["default"], &k["minimum"], &k["maximum"]), (&json!(3), &json!(1), &json!(10)));
}

#[tokio::test]
async fn a_repeated_creation_answers_as_the_first_did() {
    let (service, network, _) = with_mission().await;
    let create = |body: Value| {
        let request = service.request(Method::POST, "/v1/missions").header("idempotency-key", "once").json(&body);
        async { Answer::read(request.send().await.unwrap()).await }
    };
    let first = create(across(&network)).await;
    let id = first.expect(201)["id"].as_str().unwrap().to_owned();
    service.plan_after(&id, 1).await;
    service.post(&format!("/v1/missions/{id}/cancel"), &Value::Null).await.expect(200);
    let second = create(across(&network)).await;
    assert_eq!(second.text, first.text);
    assert_eq!(second.header("idempotent-replayed"), "true");
    let mut other = across(&network);
    other["name"] = json!("another");
    assert_eq!(create(other).await.expect(422)["code"], "idempotency_key_reused");
    // Two at the same time create one.
    let both = [0, 1].map(|_| {
        let request = service.request(Method::POST, "/v1/missions").header("idempotency-key", "twins");
        let request = request.json(&across(&network));
        async { Answer::read(request.send().await.unwrap()).await.expect(201)["id"].clone() }
    });
    let [one, two] = both;
    let (one, two) = tokio::join!(one, two);
    assert_eq!(one, two);
}

#[tokio::test]
async fn missions_are_listed_newest_first_page_by_page() {
    let (service, network, first) = with_mission().await;
    let mut ids = vec![first];
    for _ in 0..4 {
        ids.push(service.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned());
    }
    ids.reverse();
    let mut listed = Vec::new();
    let mut path = "/v1/missions?limit=2".to_owned();
    loop {
        let page = service.get(&path).await.expect(200);
        let missions = page["missions"].as_array().unwrap();
        assert!(missions.len() <= 2);
        listed.extend(missions.iter().map(|m| m["id"].as_str().unwrap().to_owned()));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/v1/missions?limit=2&cursor={cursor}");
    }
    assert_eq!(listed, ids);
    service.post(&format!("/v1/missions/{}/cancel", ids[0]), &Value::Null).await.expect(200);
    let cancelled = service.get("/v1/missions?status=cancelled").await.expect(200);
    assert_eq!(cancelled["missions"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_change_is_refused_to_whoever_decided_on_an_older_version() {
    let (service, _, id) = with_mission().await;
    let path = format!("/v1/missions/{id}");
    let read = service.get(&path).await;
    assert_eq!(read.header("etag"), "\"1\"");
    let patch = |etag: &'static str, body: Value| {
        let request = service.request(Method::PATCH, &path).header("if-match", etag).json(&body);
        async { Answer::read(request.send().await.unwrap()).await }
    };
    let changed = patch("\"1\"", json!({ "strategy": { "name": "bidirectional" } })).await;
    changed.expect(200);
    assert_eq!(changed.header("etag"), "\"2\"");
    let refused = patch("\"1\"", json!({ "strategy": { "name": "ugv_only" } })).await;
    assert_eq!(refused.expect(412)["code"], "version_mismatch");
    // The same again is no change.
    let same = patch("\"2\"", json!({ "strategy": { "name": "bidirectional" } })).await;
    same.expect(200);
    assert_eq!(same.header("etag"), "\"2\"");
    let plan = service.plan_after(&id, 3).await;
    assert_eq!(plan["basis"]["strategy"]["name"], "bidirectional");
}

#[tokio::test]
async fn a_new_goal_or_new_uavs_are_planned_for() {
    let (service, _, id) = with_mission().await;
    let path = format!("/v1/missions/{id}");
    let goal = json!({ "goal": { "position": { "lon": 8.01, "lat": 50.0 } } });
    let changed = service.patch(&path, &goal).await.expect(200);
    let plan = service.plan_after(&id, changed["seq"].as_u64().unwrap()).await;
    assert_eq!(segments(&plan), [0]);
    let uavs = json!({ "uavs": [{ "id": "scout", "speed_mps": 15, "start": { "lon": 8.005, "lat": 50.0 } }] });
    let changed = service.patch(&path, &uavs).await.expect(200);
    assert_eq!(changed["uavs"][0]["id"], "scout");
    let plan = service.plan_after(&id, changed["seq"].as_u64().unwrap()).await;
    assert_eq!(plan["basis"]["uavs"][0]["id"], "scout");
}

#[tokio::test]
async fn a_paused_mission_takes_reports_and_is_planned_when_resumed() {
    let (service, _, id) = with_mission().await;
    let path = format!("/v1/missions/{id}");
    assert_eq!(service.post(&format!("{path}/pause"), &Value::Null).await.expect(200)["status"], "paused");
    let again = service.post(&format!("{path}/pause"), &Value::Null).await.expect(200);
    assert_eq!(again["version"], 2, "pausing again changes nothing");
    service.post(&format!("{path}/reports"), &report(1, 4, "blocked", 1)).await.expect(202);
    let resumed = service.post(&format!("{path}/resume"), &Value::Null).await.expect(200);
    assert_eq!((&resumed["status"], &resumed["seq"]), (&json!("active"), &json!(5)), "nothing was planned meanwhile");
    let plan = service.plan_after(&id, 5).await;
    assert!(!segments(&plan).contains(&4));
}

#[tokio::test]
async fn a_cancelled_mission_takes_no_more_changes() {
    let (service, _, id) = with_mission().await;
    let path = format!("/v1/missions/{id}");
    assert_eq!(service.post(&format!("{path}/cancel"), &Value::Null).await.expect(200)["status"], "cancelled");
    service.post(&format!("{path}/cancel"), &Value::Null).await.expect(200);
    let refused = [
        service.post(&format!("{path}/reports"), &report(1, 4, "blocked", 1)).await,
        service.post(&format!("{path}/pause"), &Value::Null).await,
        service.post(&format!("{path}/resume"), &Value::Null).await,
        service.patch(&path, &json!({ "strategy": { "name": "ugv_only" } })).await,
        service.post(&format!("{path}/closures"), &json!({ "action": "close", "segments": [1], "reason": "x" })).await,
    ];
    for answer in refused {
        assert_eq!(answer.expect(409)["code"], "mission_ended");
    }
}

#[tokio::test]
async fn a_mission_outlives_its_service() {
    let (service, network, id) = with_mission().await;
    let path = format!("/v1/missions/{id}");
    let first = service.post(&format!("{path}/reports"), &report(1, 4, "blocked", 1)).await.expect(202);
    let plan = service.plan_after(&id, first["seq"].as_u64().unwrap()).await;
    let before = service.get(&path).await.expect(200);
    let knowledge = service.get(&format!("{path}/knowledge")).await.expect(200);
    let database = service.stop().await;
    let service = Service::over(database, Setup::default()).await;
    assert_eq!(service.get(&path).await.expect(200), before);
    assert_eq!(service.get(&format!("{path}/knowledge")).await.expect(200), knowledge);
    assert_eq!(service.get(&format!("{path}/plan")).await.expect(200), plan);
    assert_eq!(service.get(&format!("/v1/networks/{network}")).await.expect(200)["name"], "square");
    let answer = service.post(&format!("{path}/reports"), &report(1, 4, "blocked", 1)).await.expect(202);
    assert_eq!((&answer["seq"], &answer["reports"][0]["repeated"]), (&first["seq"], &json!(true)));
}

#[tokio::test]
async fn the_plan_is_to_be_had_as_lines_on_the_map() {
    let (service, _, id) = with_mission().await;
    let path = format!("/v1/missions/{id}/plan");
    let by_query = service.get(&format!("{path}?format=geojson")).await;
    assert_eq!(by_query.header("content-type"), "application/geo+json");
    let request = service.request(Method::GET, &path).header("accept", "application/geo+json;q=0.9, text/html;q=0.2");
    let by_header = Answer::read(request.send().await.unwrap()).await;
    assert_eq!(by_header.text, by_query.text);
    let document = by_query.expect(200);
    let route = &document["features"][0];
    assert_eq!(route["properties"]["role"], "route");
    let line = route["geometry"]["coordinates"].as_array().unwrap();
    assert_eq!((&line[0], &line[line.len() - 1]), (&json!([8.0, 50.0]), &json!([8.01, 50.008])));
}
