//! Good bodies with something broken, thousands of them, and text that only looks dangerous.

use std::collections::BTreeSet;

use outrider::app::replay::replay;
use outrider::planning::strategy::Strategies;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use reqwest::Method;
use serde_json::{Value, json};

use super::{World, with};
use crate::service::{Answer, Service, Setup, across, report, square};

const SEED: u64 = 20_260_504;
const REQUESTS: usize = 5_000;

/// Something to put where it does not belong, or where it is on the border of what does.
fn strange(rng: &mut ChaCha8Rng, known: &[Value]) -> Value {
    let values = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1),
        json!(0.1),
        json!(150),
        json!(6.0),
        json!(4_294_967_296_u64),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(1e308),
        json!(5e-324),
        json!(-0.0),
        json!(1e15),
        json!(180),
        json!(360),
        json!(""),
        json!("\0"),
        json!("clear"),
        json!("blocked"),
        json!("ugv"),
        json!("uav-1"),
        json!("operator.x"),
        json!("'; DROP TABLE missions; --"),
        json!("\u{202e}\u{feff}\u{10ffff}"),
        json!("x".repeat(5_000)),
        json!("\\u0000"),
        json!("0001-01-01T00:00:00Z"),
        json!("9999-12-31T23:59:60Z"),
        json!("2026-05-04T09:30:00+23:59"),
        json!("00000000-0000-0000-0000-000000000000"),
        json!([]),
        json!({}),
        json!([[]]),
        json!({"lon": 8.005, "lat": 50.004}),
        json!({"segment": 3, "offset_m": 0}),
        json!({"node": "0"}),
        json!({"offset_m": 0}),
        json!([0, 1, 2, 3, 4, 5, 6]),
    ];
    let i = below(rng, values.len() + known.len());
    values.get(i).or_else(|| known.get(i - values.len())).cloned().unwrap_or_default()
}

fn below(rng: &mut ChaCha8Rng, limit: usize) -> usize {
    (rng.next_u64() % limit.max(1) as u64) as usize
}

/// The pointers to all values within one.
fn places(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.to_owned());
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| places(value, &format!("{here}/{key}"), found)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, value)| places(value, &format!("{here}/{i}"), found))
        }
        _ => {}
    }
}

/// The body with one to three things changed; now and then it is no JSON any more.
fn mutated(rng: &mut ChaCha8Rng, good: &Value, known: &[Value]) -> Vec<u8> {
    let mut body = good.clone();
    for _ in 0..=below(rng, 2) {
        let mut pointers = Vec::new();
        places(&body, "", &mut pointers);
        let pointer = &pointers[below(rng, pointers.len())];
        let place = body.pointer_mut(pointer).unwrap();
        match (below(rng, 6), &mut *place) {
            (0, Value::Object(fields)) if !fields.is_empty() => {
                let key = fields.keys().nth(below(rng, fields.len())).unwrap().clone();
                fields.remove(&key);
            }
            (1, Value::Object(fields)) => *place = Value::Array(fields.values().cloned().collect()),
            (2, Value::Array(items)) => items.extend(items.clone()),
            (3, Value::Object(fields)) => {
                let name = ["segment", "position", "node", "colour", "id", "offset_m"][below(rng, 6)];
                fields.insert(name.to_owned(), strange(rng, known));
            }
            (4, Value::Number(number)) => *place = json!(number.as_f64().unwrap() * [-1.0, 1e3, 1e-9][below(rng, 3)]),
            _ => *place = strange(rng, known),
        }
    }
    let mut text = body.to_string().into_bytes();
    if below(rng, 10) == 0 {
        let at = below(rng, text.len());
        match below(rng, 3) {
            0 => text.truncate(at),
            1 => text[at] = rng.next_u64() as u8,
            _ => text.insert(at, b"{}[]\",:\\\0e9\xff"[below(rng, 12)]),
        }
    }
    text
}

#[tokio::test]
async fn thousands_of_broken_bodies_break_neither_the_service_nor_the_log() {
    let World { service, network, mission, .. } = World::new().await;
    let known = [json!(network), json!(mission)];
    let position =
        json!({ "vehicle": "ugv", "observed_at": "2026-05-04T09:30:00Z", "position": {"lon": 8.004, "lat": 50.0} });
    let inspecting = json!({ "vehicle": "uav-1", "observed_at": "2026-05-04T09:30:00Z",
        "position": {"lon": 8.004, "lat": 50.0}, "inspecting": {"segment": 2, "direction": "backward"} });
    let closure = json!({ "action": "close", "segments": [1, 5], "reason": "flood", "decided_by": "ops" });
    let ring = json!([[8.004, 49.99], [8.02, 49.99], [8.02, 50.001], [8.004, 49.99]]);
    let area = json!({ "action": "reopen", "reason": "dry", "area": {"type": "Polygon", "coordinates": [ring]} });
    let blocked = with(&report(7, 2, "blocked", 5), "/blockage_offset_m", json!(8.5));
    let place = |rest: &str| format!("/v1/missions/{mission}{rest}");
    let patch = json!({ "strategy": {"name": "bidirectional"}, "goal": {"segment": 1, "offset_m": 8.0},
        "uavs": [{"id": "uav-1", "speed_mps": 20.0, "start": {"lon": 8.0, "lat": 50.0}}] });
    let goals = json!({ "goals": [{ "name": "clinic", "at": {"segment": 2, "offset_m": 8.0} },
        { "at": {"position": {"lon": 8.004, "lat": 50.0}, "snap_limit_m": 50.0} }] });
    let targets = [
        (Method::POST, "/v1/missions".to_owned(), across(&network)),
        (Method::POST, place("/reports"), blocked.clone()),
        (Method::POST, place("/reports"), json!([report(8, 0, "clear", 9), blocked])),
        (Method::POST, place("/closures"), with(&closure, "/expires_at", json!("2099-01-01T00:00:00Z"))),
        (Method::POST, place("/closures"), area),
        (Method::POST, place("/positions"), json!([position, inspecting])),
        (Method::PATCH, place(""), patch),
        (Method::POST, place("/nearest-goals"), goals),
    ];
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let mut statuses = BTreeSet::new();
    for i in 0..REQUESTS {
        let (method, path, good) = &targets[i % targets.len()];
        let body = mutated(&mut rng, good, &known);
        let shown = String::from_utf8_lossy(&body).into_owned();
        let request = service.request(method.clone(), path).header("content-type", "application/json").body(body);
        let answer = Answer::read(request.send().await.unwrap()).await;
        let status = answer.status.as_u16();
        assert!(status < 500 && status != 404, "seed {SEED}, request {i}: {method} {path} {shown}\n{answer:?}");
        assert_eq!(status >= 400, answer.header("content-type") == "application/problem+json", "{answer:?}");
        statuses.insert(status);
    }
    assert!(statuses.is_superset(&BTreeSet::from([200, 201, 202, 400, 422])), "{statuses:?}");

    // Every log folds again and every plan in it can be computed again.
    let database = service.stop().await;
    let service = Service::over(database, Setup::default()).await;
    let list = service.get("/v1/missions?limit=200").await.expect(200);
    let missions = list["missions"].as_array().unwrap();
    println!("{} missions, {statuses:?}", missions.len());
    for mission in missions.iter().take(40).chain(missions.iter().filter(|m| m["id"] == mission.as_str())) {
        let id = mission["id"].as_str().unwrap();
        let log = service.get(&format!("/v1/missions/{id}/log/export")).await;
        assert_eq!(log.status, 200, "{log:?}");
        let replayed = replay(log.text.as_bytes(), &Strategies::built_in(), |_| ());
        assert!(replayed.is_ok(), "{id}: {replayed:?}");
    }
    let view = service.get(&format!("/v1/missions/{mission}")).await.expect(200);
    service.plan_after(&mission, 1).await;
    assert!(view["seq"].as_u64().unwrap() > 50, "{view}");
}

#[tokio::test]
async fn text_that_looks_like_sql_is_stored_as_it_is() {
    const TEXT: &str = "Robert'); DROP TABLE missions;-- \" \\ $1 %s ${x} {{y}} <script> é漢\u{1f681}\t\n\u{7}";
    let service = Service::start().await;
    let name = "'); DROP TABLE networks; --";
    let escaped: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
    let mut town = square();
    town["features"][0]["properties"]["name"] = json!("it's \"Main\" \\ {St}, NULL");
    town["features"][0]["properties"]["id"] = json!("\\N{\",}'");
    let network = service.import_geojson(&escaped, &town).await;
    let networks = service.get("/v1/networks").await.expect(200);
    assert_eq!(networks["networks"][0]["name"], name);
    let request = with(&across(&network), "/name", json!(TEXT));
    let create = async |body: &Value| {
        let request = service.request(Method::POST, "/v1/missions").header("idempotency-key", "' OR ''='").json(body);
        Answer::read(request.send().await.unwrap()).await
    };
    let mission = create(&request).await.expect(201);
    let again = create(&request).await;
    assert_eq!((again.header("idempotent-replayed"), &again.expect(201)["id"]), ("true", &mission["id"]));
    let other = create(&across(&network)).await;
    assert_eq!(other.expect(422)["code"], "idempotency_key_reused");
    let id = mission["id"].as_str().unwrap();
    let closure = json!({ "action": "close", "segments": [1], "reason": TEXT, "decided_by": TEXT });
    service.post(&format!("/v1/missions/{id}/closures"), &closure).await.expect(202);

    // Read by a process that has nothing in memory.
    let database = service.stop().await;
    let service = Service::over(database, Setup::default()).await;
    assert_eq!(service.get(&format!("/v1/missions/{id}")).await.expect(200)["name"], TEXT);
    let known = service.get(&format!("/v1/missions/{id}/knowledge")).await.expect(200);
    assert_eq!((&known["closures"][0]["reason"], &known["closures"][0]["closed_by"]), (&json!(TEXT), &json!(TEXT)));
    let segments = service.get(&format!("/v1/networks/{network}/geojson?bbox=-180,-90,180,90")).await.expect(200);
    assert_eq!(segments["features"].as_array().unwrap().len(), 7, "a box around the whole world has them all");
    assert_eq!(segments["features"][0]["properties"]["name"], "it's \"Main\" \\ {St}, NULL");
}

#[tokio::test]
async fn what_is_only_unusual_is_taken() {
    let world = World::new().await;
    let place = |rest: &str| format!("/v1/missions/{}{rest}", world.mission);
    let twice = json!([report(1, 0, "clear", 1), report(1, 0, "clear", 1)]);
    let answer = world.service.post(&place("/reports"), &twice).await.expect(202);
    let [first, second] = [&answer["reports"][0], &answer["reports"][1]];
    assert_eq!((&first["seq"], &first["repeated"]), (&second["seq"], &json!(false)));
    assert_eq!(second["repeated"], true, "it was new once");
    let again = world.service.post(&place("/reports"), &twice).await.expect(202);
    assert_eq!((&again["seq"], &again["reports"][1]["repeated"]), (&answer["seq"], &json!(true)));
    let ring = json!([[7.99, 49.99, 5.0], [8.02, 49.99, 5.0], [8.02, 50.01, 5.0], [7.99, 49.99, 5.0]]);
    let area = json!({ "action": "close", "reason": "flood", "area": {"type": "Polygon", "coordinates": [ring]} });
    world.service.post(&place("/closures"), &area).await.expect(202);
    world.service.patch(&place(""), &json!({})).await.expect(200);
    for path in ["/log?after=9223372036854775807", "/positions", "/knowledge"] {
        world.service.get(&place(path)).await.expect(200);
    }
}

#[tokio::test]
async fn a_key_stands_for_the_query_as_much_as_for_the_body() {
    let service = Service::start().await;
    let upload = async |query: &str| {
        let request = service.request(Method::POST, &format!("/v1/networks?{query}")).header("idempotency-key", "k");
        let request = request.header("content-type", "application/geo+json").body(square().to_string());
        Answer::read(request.send().await.unwrap()).await
    };
    let first = upload("name=a&components=largest").await.expect(201);
    assert_eq!(upload("name=a").await.expect(201)["id"], first["id"], "the default said outright is the same request");
    for other in ["name=a&components=all", "name=b&components=largest"] {
        assert_eq!(upload(other).await.expect(422)["code"], "idempotency_key_reused");
    }
    let path = format!("/v1/networks/{}", first["id"].as_str().unwrap());
    Answer::read(service.request(Method::DELETE, &path).send().await.unwrap()).await.expect(204);
    assert_ne!(upload("name=a").await.expect(201)["id"], first["id"], "with the network goes its key");
}

#[tokio::test]
async fn a_line_coverage_upload_may_be_far_larger_than_a_json_body() {
    const NODES: usize = 60_000;
    let service = Service::start().await;
    // A street due east along the equator, where a degree of longitude is longest.
    let degree_m = 6_378_137.0 * std::f64::consts::PI / 180.0;
    let node = |i: usize| format!("{i} {:.6} 0 0.0 {:.9} 0{}\n", i as f64, i as f64 / degree_m, " ".repeat(20));
    let nodes: String = (0..NODES).map(node).collect();
    assert!(nodes.len() > 3 << 20);
    let edges: String = (1..NODES).map(|i| format!("{} {i}\n", i - 1)).collect();
    let form = reqwest::multipart::Form::new().text("node_data", nodes).text("req_edge_list", edges);
    let request = service.request(Method::POST, "/v1/networks?name=long").multipart(form);
    let answer = Answer::read(request.send().await.unwrap()).await;
    assert_eq!(answer.expect(201)["node_count"], NODES);
}
