//! Reports, closures and what they do to knowledge and plans.

use serde_json::{Value, json};

use crate::service::{Service, across, report, square};
use crate::stream::EventStream;

struct World {
    service: Service,
    path: String,
    id: String,
}

async fn world() -> World {
    let service = Service::start().await;
    let network = service.import_geojson("square", &square()).await;
    let id = service.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    service.plan_after(&id, 1).await;
    World { service, path: format!("/v1/missions/{id}"), id }
}

impl World {
    async fn report(&self, body: &Value) -> Value {
        self.service.post(&format!("{}/reports", self.path), body).await.expect(202)
    }

    async fn log_length(&self) -> u64 {
        self.service.get(&self.path).await.expect(200)["seq"].as_u64().unwrap()
    }

    async fn close(&self, body: &Value) -> Value {
        self.service.post(&format!("{}/closures", self.path), body).await.expect(202)
    }

    /// The state of a segment.
    async fn state(&self, segment: u64) -> String {
        let knowledge = self.service.get(&format!("{}/knowledge", self.path)).await.expect(200);
        let known = knowledge["segments"].as_array().unwrap().iter().find(|s| s["segment"] == segment);
        known.map_or("unknown".to_owned(), |s| s["state"].as_str().unwrap().to_owned())
    }

    /// The segments of the route planned for everything up to the answer.
    async fn route_after(&self, answer: &Value) -> Vec<u64> {
        let plan = self.service.plan_after(&self.id, answer["seq"].as_u64().unwrap()).await;
        let legs = plan["route"]["legs"].as_array().cloned().unwrap_or_default();
        legs.iter().map(|leg| leg["segment"].as_u64().unwrap()).collect()
    }
}

#[tokio::test]
async fn a_report_sent_again_changes_nothing_and_answers_as_the_first_time() {
    let world = world().await;
    let first = world.report(&report(1, 4, "blocked", 1)).await;
    world.route_after(&first).await;
    let second = world.report(&report(1, 4, "blocked", 1)).await;
    assert_eq!((&first["seq"], &first["revision"]), (&second["seq"], &second["revision"]));
    assert_eq!((&first["reports"][0]["repeated"], &second["reports"][0]["repeated"]), (&json!(false), &json!(true)));
    // What the copy says does not matter, nor whether it would be taken by now.
    let mut distorted = report(1, 2, "clear", 9);
    distorted["reported_by"] = json!("uav-of-yesterday");
    assert_eq!(world.report(&distorted).await["reports"][0], second["reports"][0]);
    let log = world.service.get(&format!("{}/log", world.path)).await.expect(200);
    let reports = log["events"].as_array().unwrap().iter().filter(|e| e["kind"] == "report").count();
    assert_eq!(reports, 1);
}

#[tokio::test]
async fn many_copies_of_one_report_at_the_same_time_are_one_event() {
    let world = world().await;
    let sending = (0..16).map(|_| async { world.report(&report(7, 2, "clear", 5)).await["seq"].clone() });
    let answers = futures_util::future::join_all(sending).await;
    assert!(answers.iter().all(|seq| seq == &answers[0]), "{answers:?}");
}

/// A mission remembers its latest reports only; the database knows them all.
#[tokio::test]
async fn a_report_sent_again_after_thousands_of_others_is_still_the_first_one() {
    let world = world().await;
    let first = world.report(&report(0, 1, "blocked", 0)).await;
    for batch in 0..5_u64 {
        let reports: Vec<Value> = (1..=1_000).map(|n| report(batch * 1_000 + n, n % 5, "clear", 1)).collect();
        world.report(&json!(reports)).await;
    }
    let count = world.log_length().await;
    // Alone, and in a batch with a new one; twice, for the second time it is known.
    for _ in 0..2 {
        let again = world.report(&report(0, 1, "blocked", 0)).await;
        assert_eq!((&again["seq"], &again["revision"]), (&first["seq"], &first["revision"]));
        assert_eq!(again["reports"][0]["repeated"], true);
    }
    let mixed = world.report(&json!([report(7, 2, "clear", 1), report(9_999, 2, "clear", 2)])).await;
    assert_eq!((&mixed["reports"][0]["repeated"], &mixed["reports"][1]["repeated"]), (&json!(true), &json!(false)));
    assert!(world.log_length().await <= count + 2, "one new report, and a plan at the most");
}

#[tokio::test]
async fn late_reports_never_override_newer_ones() {
    let world = world().await;
    world.report(&report(1, 4, "blocked", 60)).await;
    let late = world.report(&report(2, 4, "clear", 30)).await;
    assert_eq!(late["revision"], 1, "in the log, but no change of knowledge");
    assert_eq!(world.state(4).await, "blocked");
    let newer = world.report(&report(3, 4, "clear", 90)).await;
    assert_eq!(newer["revision"], 2);
    assert_eq!(world.route_after(&newer).await, [4], "a segment reported clear again is used again");
}

#[tokio::test]
async fn a_batch_is_stored_whole_or_not_at_all() {
    let world = world().await;
    let bad = json!([report(1, 0, "clear", 1), report(2, 99, "clear", 1), report(3, 1, "clear", 1)]);
    let refused = world.service.post(&format!("{}/reports", world.path), &bad).await.expect(422);
    assert_eq!(refused["errors"][0]["pointer"], "/1/segment");
    let good = json!([report(1, 0, "clear", 1), report(2, 1, "clear", 1), report(1, 0, "clear", 1)]);
    let answer = world.report(&good).await;
    let seqs: Vec<u64> = answer["reports"].as_array().unwrap().iter().map(|r| r["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, [3, 4, 3]);
    assert_eq!((&answer["seq"], &answer["revision"]), (&json!(4), &json!(2)));
}

#[tokio::test]
async fn a_report_by_position_and_heading_finds_its_segment() {
    let world = world().await;
    let mut by_position = report(1, 0, "blocked", 1);
    by_position.as_object_mut().unwrap().remove("segment");
    by_position["position"] = json!({ "lon": 8.0003, "lat": 50.00015 });
    by_position["heading_deg"] = json!(39);
    by_position["blockage_position"] = json!({ "lon": 8.005, "lat": 50.004 });
    let answer = world.report(&by_position).await;
    assert_eq!(answer["reports"][0]["segment"], 4, "near the corner, the heading chooses the diagonal");
    let knowledge = world.service.get(&format!("{}/knowledge", world.path)).await.expect(200);
    let offset_m = knowledge["segments"][0]["blockage_offset_m"].as_f64().unwrap();
    assert!((offset_m - 570.0).abs() < 20.0, "in the middle of the diagonal: {offset_m}");
    assert_ne!(world.route_after(&answer).await, [4]);
}

#[tokio::test]
async fn no_way_is_an_answer_and_reopening_finds_the_way_again() {
    let world = world().await;
    let mut stream = EventStream::open(&world.service, &world.id, None).await;
    let closed = world.close(&json!({ "action": "close", "segments": [0, 3, 4], "reason": "the river" })).await;
    assert_eq!(closed["segment_count"], 3);
    let no_way = stream.find(|e| e.name == "plan").await;
    assert_eq!(no_way.data["body"]["outcome"], "no_way", "{no_way:?}");
    assert!(no_way.data["body"]["reason"].as_str().is_some_and(|reason| !reason.is_empty()));
    assert_eq!(world.service.get(&world.path).await.expect(200)["status"], "active", "it stays open");
    world.close(&json!({ "action": "reopen", "segments": [3], "reason": "water gone" })).await;
    let plan = stream.find(|e| e.name == "plan").await;
    assert_eq!(plan.data["body"]["outcome"], "route");
}

#[tokio::test]
async fn a_closing_holds_against_reports_and_ends_by_itself() {
    let world = world().await;
    let mut stream = EventStream::open(&world.service, &world.id, None).await;
    let expires_at = outrider::app::clock::now().plus_seconds(1.5).to_string();
    let closing =
        json!({ "action": "close", "segments": [4], "reason": "works", "decided_by": "ops", "expires_at": expires_at });
    let closed = world.close(&closing).await;
    assert_ne!(world.route_after(&closed).await, [4]);
    world.report(&report(1, 4, "clear", 1)).await;
    assert_eq!(world.state(4).await, "blocked", "closed whatever is reported");
    let expired = stream.find(|e| e.name == "closure" && e.data["body"]["action"] == "expire").await;
    assert_eq!(world.state(4).await, "clear", "what was reported meanwhile shows");
    assert_eq!(world.route_after(&expired.data).await, [4]);
}

#[tokio::test]
async fn a_closing_survives_a_restart_and_still_ends_by_itself() {
    let world = world().await;
    let expires_at = outrider::app::clock::now().plus_seconds(2.0).to_string();
    world.close(&json!({ "action": "close", "segments": [4], "reason": "works", "expires_at": expires_at })).await;
    let database = world.service.stop().await;
    let service = Service::over(database, crate::service::Setup::default()).await;
    let mut stream = EventStream::open(&service, &world.id, Some(2)).await;
    stream.find(|e| e.name == "closure" && e.data["body"]["action"] == "expire").await;
}

#[tokio::test]
async fn a_polygon_closes_what_it_touches_in_one_change() {
    let world = world().await;
    let area = json!({ "type": "Polygon", "coordinates": [[
        [8.004, 50.003], [8.0115, 50.003], [8.0115, 50.0045], [8.004, 50.0045], [8.004, 50.003]
    ]] });
    let closing =
        json!({ "action": "close", "area": area, "reason": "flood", "id": "01938a6e-0000-7000-8000-00000000abcd" });
    let closed = world.close(&closing).await;
    assert_eq!(
        (&closed["segment_count"], &closed["revision"]),
        (&json!(2), &json!(1)),
        "the diagonal and the east road"
    );
    assert_eq!(world.state(4).await, "blocked");
    assert_eq!(world.route_after(&closed).await, [3, 2]);
    let again = world.close(&closing).await;
    assert_eq!((&again["repeated"], &again["seq"]), (&json!(true), &closed["seq"]));
    let elsewhere = json!({ "action": "close", "segments": [0], "reason": "another", "id": closing["id"] });
    assert_eq!(world.close(&elsewhere).await, again, "what the copy says does not matter");
    let knowledge = world.service.get(&format!("{}/knowledge", world.path)).await.expect(200);
    assert_eq!(knowledge["closures"][0]["reason"], "flood");
}

#[tokio::test]
async fn twenty_thousand_segments_close_in_one_change_and_one_replan() {
    let service = Service::start().await;
    let network = service.import_geojson("grid", &grid(101)).await;
    let mut body = across(&network);
    body["goal"] = json!({ "position": { "lon": 8.1, "lat": 50.1 } });
    let id = service.create_mission(&body).await["id"].as_str().unwrap().to_owned();
    service.plan_after(&id, 1).await;
    let mut stream = EventStream::open(&service, &id, None).await;
    let count = service.get(&format!("/v1/networks/{network}")).await.expect(200)["segment_count"].as_u64().unwrap();
    assert!(count > 20_000, "{count}");
    let segments: Vec<u64> = (0..20_000).collect();
    let closing = json!({ "action": "close", "segments": segments, "reason": "a province under water" });
    let closed = service.post(&format!("/v1/missions/{id}/closures"), &closing).await.expect(202);
    assert_eq!((&closed["segment_count"], &closed["revision"]), (&json!(20_000), &json!(1)));
    let plan = stream.find(|e| e.name == "plan").await;
    assert_eq!((&plan.data["seq"], &plan.data["revision"]), (&json!(4), &json!(1)), "one change, one replan");
    assert_eq!(plan.data["body"]["outcome"], "no_way");
    let reopening = json!({ "action": "reopen", "segments": segments, "reason": "dry again" });
    service.post(&format!("/v1/missions/{id}/closures"), &reopening).await.expect(202);
    let plan = stream.find(|e| e.name == "plan").await;
    assert_eq!(plan.data["body"]["outcome"], "route");
}

/// A square grid of roads about 7 by 11 km, with `n` junctions a side.
fn grid(n: usize) -> Value {
    let at = |i: usize, j: usize| [8.0 + i as f64 * 0.001, 50.0 + j as f64 * 0.001];
    let line = |from: [f64; 2], to: [f64; 2]| json!({ "type": "Feature", "properties": {}, "geometry": { "type": "LineString", "coordinates": [from, to] } });
    let mut features = Vec::new();
    for i in 0..n {
        for j in 0..n {
            if i + 1 < n {
                features.push(line(at(i, j), at(i + 1, j)));
            }
            if j + 1 < n {
                features.push(line(at(i, j), at(i, j + 1)));
            }
        }
    }
    json!({ "type": "FeatureCollection", "features": features })
}
