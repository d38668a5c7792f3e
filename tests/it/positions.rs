//! Positions: where plans begin, and what the UGV's way says.

use serde_json::{Value, json};

use crate::service::{Service, across, report, square};
use crate::stream::EventStream;

async fn with_mission() -> (Service, String) {
    let service = Service::start().await;
    let network = service.import_geojson("square", &square()).await;
    let id = service.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    service.plan_after(&id, 1).await;
    (service, id)
}

/// Tells where the UGV is: by position.
async fn ugv_at(service: &Service, id: &str, second: u32, lon: f64, lat: f64) -> Value {
    let body = json!({
        "vehicle": "ugv",
        "observed_at": format!("2026-05-04T09:00:{second:02}Z"),
        "position": { "lon": lon, "lat": lat }
    });
    service.post(&format!("/v1/missions/{id}/positions"), &body).await.expect(202)
}

#[tokio::test]
async fn the_next_plan_begins_where_the_ugv_is() {
    let (service, id) = with_mission().await;
    let told = ugv_at(&service, &id, 10, 8.0025, 50.002).await;
    let understood = &told["positions"][0]["understood"];
    assert_eq!((&told["positions"][0]["applied"], &understood["segment"]), (&json!(true), &json!(4)));
    let answer = service.post(&format!("/v1/missions/{id}/reports"), &report(1, 1, "clear", 1)).await.expect(202);
    let plan = service.plan_after(&id, answer["seq"].as_u64().unwrap()).await;
    assert_eq!(plan["basis"]["ugv"]["place"]["offset_m"], understood["offset_m"]);
    assert_eq!(plan["route"]["legs"][0]["from_m"], understood["offset_m"]);
}

#[tokio::test]
async fn an_older_position_never_overrides_a_newer_one() {
    let (service, id) = with_mission().await;
    ugv_at(&service, &id, 20, 8.0025, 50.002).await;
    let late = ugv_at(&service, &id, 10, 8.001, 50.0008).await;
    assert_eq!(late["positions"][0]["applied"], false);
    let latest = service.get(&format!("/v1/missions/{id}/positions")).await.expect(200);
    assert_eq!(latest["positions"][0]["position"], json!({ "lon": 8.0025, "lat": 50.002 }));
}

#[tokio::test]
async fn a_ugv_that_leaves_its_route_is_noticed_and_planned_for_once() {
    let (service, id) = with_mission().await;
    let mut stream = EventStream::open(&service, &id, None).await;
    // On the southern road, 140 m from the diagonal that it should be on.
    ugv_at(&service, &id, 10, 8.003, 50.0002).await;
    let left = stream.find(|e| e.name == "vehicle").await;
    assert_eq!(left.data["body"]["change"], "deviated");
    let plan = stream.find(|e| e.name == "plan").await;
    assert_eq!(plan.data["body"]["basis"]["ugv"]["place"]["segment"], 0);
    let log = service.get(&format!("/v1/missions/{id}/log")).await.expect(200);
    let kinds: Vec<&str> = log["events"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["mission_created", "plan", "vehicle", "plan"]);
}

#[tokio::test]
async fn gps_noise_beside_the_route_is_no_deviation() {
    let (service, id) = with_mission().await;
    for second in 10..20 {
        let noise = f64::from(second % 3) * 0.00007;
        ugv_at(
            &service,
            &id,
            second,
            8.001 + f64::from(second) * 0.0001 + noise,
            50.0008 + f64::from(second) * 0.00008,
        )
        .await;
    }
    let log = service.get(&format!("/v1/missions/{id}/log")).await.expect(200);
    assert!(log["events"].as_array().unwrap().iter().all(|e| e["kind"] != "vehicle"), "{log}");
}

#[tokio::test]
async fn a_ugv_that_reaches_the_goal_ends_the_mission() {
    let (service, id) = with_mission().await;
    let mut stream = EventStream::open(&service, &id, None).await;
    ugv_at(&service, &id, 10, 8.00999, 50.00799).await;
    let arrived = stream.find(|e| e.name == "vehicle").await;
    assert_eq!(arrived.data["body"]["change"], "arrived");
    let ended = stream.find(|e| e.name == "mission").await;
    assert_eq!(ended.data["body"]["outcome"], "arrived");
    assert_eq!(service.get(&format!("/v1/missions/{id}")).await.expect(200)["status"], "arrived");
    let late =
        json!({ "vehicle": "ugv", "observed_at": "2026-05-04T09:00:30Z", "position": { "lon": 8.0, "lat": 50.0 } });
    let refused = service.post(&format!("/v1/missions/{id}/positions"), &late).await.expect(409);
    assert_eq!(refused["code"], "mission_ended");
}

#[tokio::test]
async fn a_ugv_that_has_run_into_a_blockage_is_not_planned_through_it() {
    let (service, id) = with_mission().await;
    ugv_at(&service, &id, 10, 8.0002, 50.0).await;
    ugv_at(&service, &id, 11, 8.0025, 50.002).await;
    let at = ugv_at(&service, &id, 12, 8.005, 50.004).await;
    let offset_m = at["positions"][0]["understood"]["offset_m"].as_f64().unwrap();
    let mut blocked = report(1, 4, "blocked", 1);
    blocked["reported_by"] = json!("ugv");
    // Two metres behind it, as far as GPS can tell.
    blocked["blockage_offset_m"] = json!(offset_m - 2.0);
    let answer = service.post(&format!("/v1/missions/{id}/reports"), &blocked).await.expect(202);
    let plan = service.plan_after(&id, answer["seq"].as_u64().unwrap()).await;
    let legs = plan["route"]["legs"].as_array().unwrap();
    assert_eq!((&legs[0]["segment"], &legs[0]["to_m"]), (&json!(4), &json!(0.0)), "back the way it came: {plan}");
}

#[tokio::test]
async fn a_uav_keeps_the_inspection_it_is_flying() {
    let service = Service::start().await;
    let network = service.import_geojson("square", &square()).await;
    let mut body = across(&network);
    body["goal"] = json!({ "segment": 2, "offset_m": 400.0 });
    let id = service.create_mission(&body).await["id"].as_str().unwrap().to_owned();
    let plan = service.plan_after(&id, 1).await;
    let holder = holders_of(&plan, 2)[0].clone();
    // The other UAV has begun it meanwhile, and has nearly done.
    let other = if holder == "uav-1" { "uav-2" } else { "uav-1" };
    let flying = json!({
        "vehicle": other,
        "observed_at": "2026-05-04T09:00:10Z",
        "position": { "lon": 8.003, "lat": 50.0081 },
        "inspecting": { "segment": 2, "direction": "forward" }
    });
    service.post(&format!("/v1/missions/{id}/positions"), &flying).await.expect(202);
    let answer = service.post(&format!("/v1/missions/{id}/reports"), &report(1, 1, "clear", 1)).await.expect(202);
    let plan = service.plan_after(&id, answer["seq"].as_u64().unwrap()).await;
    assert_eq!(holders_of(&plan, 2), [other]);
}

/// The UAVs that are to inspect a segment.
fn holders_of(plan: &Value, segment: u64) -> Vec<&Value> {
    let holds = |tasking: &&Value| {
        tasking["inspections"].as_array().unwrap().iter().any(|inspection| inspection["leg"]["segment"] == segment)
    };
    plan["tasking"].as_array().unwrap().iter().filter(holds).map(|tasking| &tasking["uav"]).collect()
}
