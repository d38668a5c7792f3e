//! Missions with several goals and with waypoints, over HTTP, until the UGV arrives.

use outrider::app::replay::replay;
use outrider::planning::strategy::Strategies;
use serde_json::{Value, json};

use crate::cluster;
use crate::program::Program;
use crate::service::{Client, Service, across, report, square};

/// The corners of the square.
const A: [f64; 2] = [8.0, 50.0];
const B: [f64; 2] = [8.01, 50.0];
const C: [f64; 2] = [8.01, 50.008];
const D: [f64; 2] = [8.0, 50.008];

fn at([lon, lat]: [f64; 2]) -> Value {
    json!({ "position": { "lon": lon, "lat": lat } })
}

/// A mission from a.
fn mission(network: &str, goals: &[[f64; 2]], waypoints: &[[f64; 2]]) -> Value {
    let mut body = across(network);
    body["start"] = at(A);
    body.as_object_mut().unwrap().remove("goal");
    body["goals"] = goals.iter().map(|goal| at(*goal)).collect();
    body["waypoints"] = waypoints.iter().map(|waypoint| at(*waypoint)).collect();
    body
}

fn segments(plan: &Value) -> Vec<u64> {
    let legs = plan["route"]["legs"].as_array().unwrap_or_else(|| panic!("no route: {plan}"));
    legs.iter().map(|leg| leg["segment"].as_u64().unwrap()).collect()
}

async fn blocked(service: &Client, id: &str, segment: u64) -> Value {
    let told = service.post(&format!("/v1/missions/{id}/reports"), &report(segment + 1, segment, "blocked", 1)).await;
    service.plan_after(id, told.expect(202)["seq"].as_u64().unwrap()).await
}

/// The UGV tells where it is, so many seconds after half past nine; the mission then.
async fn drive(service: &Client, id: &str, second: u32, mut place: Value) -> Value {
    place["vehicle"] = json!("ugv");
    place["observed_at"] = json!(format!("2026-05-04T09:3{}:{:02}Z", second / 60, second % 60));
    service.post(&format!("/v1/missions/{id}/positions"), &place).await.expect(202);
    service.get(&format!("/v1/missions/{id}")).await.expect(200)
}

/// The kinds of the log's events, those of vehicles by what they did; every plan is computed again.
async fn replayed(service: &Client, id: &str) -> Vec<String> {
    let log = service.get(&format!("/v1/missions/{id}/log/export")).await.text;
    replay(log.as_bytes(), &Strategies::built_in(), |_| {}).unwrap();
    let events = log.lines().skip(1).map(|line| serde_json::from_str::<Value>(line).unwrap());
    let name = |event: Value| event["body"]["change"].as_str().or(event["kind"].as_str()).unwrap().to_owned();
    events.map(name).collect()
}

#[tokio::test]
async fn the_nearest_goal_is_driven_to_and_another_one_when_the_way_is_closed() {
    let service = Service::start().await;
    let network = service.import_geojson("square", &square()).await;
    let told = service.create_mission(&mission(&network, &[D, B], &[])).await;
    let id = told["id"].as_str().unwrap();
    assert_eq!((told["goals"].as_array().unwrap().len(), &told["goal"]), (2, &told["goals"][0]));
    assert_eq!((&told["waypoints"], &told["waypoints_visited"]), (&json!([]), &json!(0)));
    let plan = service.plan_after(id, 1).await;
    assert_eq!(segments(&plan), [0], "to b, which is nearer");
    assert_eq!(plan["basis"]["goal"].as_array().unwrap().len(), 2);
    assert!(plan["basis"].get("waypoints").is_none());
    assert_eq!(segments(&blocked(&service, id, 0).await), [3], "to d");
    assert_eq!(segments(&blocked(&service, id, 3).await), [4, 2], "to d by c");
    let collection = service.get(&format!("/v1/missions/{id}/plan?format=geojson")).await.expect(200);
    let goals = collection["features"].as_array().unwrap().iter().filter(|it| it["properties"]["role"] == "goal");
    assert_eq!(goals.map(|it| it["properties"]["name"].as_str().unwrap()).collect::<Vec<_>>(), ["goal 1", "goal 2"]);
    let forecast = service.get(&format!("/v1/missions/{id}/forecast")).await.expect(200);
    assert!(forecast["reach_probability"].as_f64() > Some(0.0), "{forecast}");
    let others = service.get(&format!("/v1/missions/{id}/alternatives?max_stretch=10")).await.expect(200);
    assert_eq!(others["outcome"], "route");
    let arrived = drive(&service, id, 0, at(B)).await;
    assert_eq!(arrived["status"], "arrived", "at any of them");
    let kinds = replayed(&service, id).await;
    assert_eq!(kinds.last().unwrap(), "mission_ended");
    assert_eq!(kinds.iter().filter(|kind| *kind == "plan").count(), 3, "{kinds:?}");
}

#[tokio::test]
async fn waypoints_are_visited_in_order_whatever_process_serves_and_replay_agrees() {
    let database = cluster::database().await;
    let mut program = Program::over(database.url());
    let service = &program.client;
    let network = service.import_geojson("square", &square()).await;
    let told = service.create_mission(&mission(&network, &[C], &[B, D])).await;
    let id = told["id"].as_str().unwrap().to_owned();
    assert_eq!(told["waypoints"].as_array().unwrap().len(), 2);
    let plan = service.plan_after(&id, 1).await;
    assert_eq!(plan["basis"]["waypoints"].as_array().unwrap().len(), 2);
    assert_eq!((segments(&plan)[0], *segments(&plan).last().unwrap()), (0, 2), "by b, and from d to c");
    let text = service.get(&format!("/v1/missions/{id}/plan?format=gpx")).await.text;
    assert!(text.contains("<name>waypoint 2</name>") && text.contains("<name>goal</name>"), "{text}");
    let told = service.get(&format!("/v1/missions/{id}/plan/instructions")).await.expect(200);
    let texts: Vec<&str> =
        told["instructions"].as_array().unwrap().iter().map(|told| told["text"].as_str().unwrap()).collect();
    assert!(texts.contains(&"Come by waypoint 1") && texts.contains(&"Come by waypoint 2"), "{texts:?}");
    let not_yet = drive(service, &id, 0, at(C)).await;
    assert_eq!((&not_yet["status"], &not_yet["waypoints_visited"]), (&json!("active"), &json!(0)), "{not_yet}");
    let visited = drive(service, &id, 100, at(B)).await;
    assert_eq!(visited["waypoints_visited"], 1);
    program.kill();

    let program = Program::over(database.url());
    let service = &program.client;
    let again = service.get(&format!("/v1/missions/{id}")).await.expect(200);
    assert_eq!((&again["waypoints_visited"], &again["status"]), (&json!(1), &json!("active")));
    let plan = blocked(service, &id, 1).await;
    assert_eq!(plan["basis"]["waypoints"].as_array().unwrap().len(), 1, "d is left");
    assert_eq!(segments(&plan), [0, 3, 2], "back to a, to d, to c");
    let place = |segment: u64, offset_m: f64| json!({ "segment": segment, "offset_m": offset_m });
    drive(service, &id, 200, place(3, 400.0)).await;
    let short_cut = drive(service, &id, 205, place(2, 300.0)).await;
    assert_eq!(short_cut["waypoints_visited"], 1, "800 m in five seconds were not driven by d");
    drive(service, &id, 300, place(3, 400.0)).await;
    let passed = drive(service, &id, 390, place(2, 300.0)).await;
    assert_eq!((&passed["waypoints_visited"], &passed["status"]), (&json!(2), &json!("active")));
    // The plan may have been made before the mission was asked for, so its number says nothing.
    let plan = service.plan_where(&id, |basis| basis.get("waypoints").is_none()).await;
    assert_eq!(segments(&plan), [2]);
    let arrived = drive(service, &id, 450, at(C)).await;
    assert_eq!(arrived["status"], "arrived");
    let kinds = replayed(service, &id).await;
    assert_eq!(kinds.iter().filter(|kind| *kind == "visited_waypoint").count(), 2, "{kinds:?}");
    assert!(kinds.ends_with(&["arrived".to_owned(), "mission_ended".to_owned()]), "{kinds:?}");
}

#[tokio::test]
async fn goals_and_waypoints_are_changed_and_old_clients_see_a_goal() {
    let service = Service::start().await;
    let network = service.import_geojson("square", &square()).await;
    let id = service.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/missions/{id}");
    let log = service.get(&format!("{path}/log")).await.expect(200);
    assert!(log["events"][0]["body"]["goal"]["segment"].is_u64(), "as versions before wrote it: {log}");
    let told = service.patch(&path, &json!({ "waypoints": [at(D)] })).await.expect(200);
    assert_eq!((told["waypoints"].as_array().unwrap().len(), &told["version"]), (1, &json!(2)));
    let plan = service.plan_after(&id, told["seq"].as_u64().unwrap()).await;
    assert_eq!(segments(&plan), [3, 2]);
    let same = service.patch(&path, &json!({ "waypoints": [at(D)] })).await.expect(200);
    assert_eq!(same["version"], 2, "no change");
    let told = service.patch(&path, &json!({ "waypoints": [], "goals": [at(B), at(C)] })).await.expect(200);
    let plan = service.plan_after(&id, told["seq"].as_u64().unwrap()).await;
    assert_eq!((segments(&plan), &told["goal"]), (vec![0], &told["goals"][0]));
    let both = service.patch(&path, &json!({ "goal": at(B), "goals": [at(B)] })).await.expect(422);
    assert_eq!(both["errors"][0]["pointer"], "/goals");
    let island = json!({ "position": { "lon": 8.035, "lat": 50.0 } });
    let refused = service.patch(&path, &json!({ "waypoints": [at(B), island] })).await.expect(422);
    assert_eq!(
        (&refused["code"], &refused["errors"][0]["pointer"]),
        (&json!("waypoint_not_connected"), &json!("/waypoints/1"))
    );
    let refused = service.patch(&path, &json!({ "goals": [at(B), island] })).await.expect(422);
    assert_eq!(
        (&refused["code"], &refused["errors"][0]["pointer"]),
        (&json!("goal_not_connected"), &json!("/goals/1"))
    );
    assert_eq!(service.get(&path).await.expect(200)["version"], 3, "nothing half stored");
    replayed(&service, &id).await;
}
