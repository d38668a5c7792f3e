//! A storm over a large map: thousands of segments closed in one call are one change and one plan, soon.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::service::{Answer, Service, shared};
use crate::stream::EventStream;

/// How many segments are closed, as a call may name them.
const CLOSED: u64 = 13_000;

/// How soon the plan must be on the stream, counted from the sending of the call. A debug build is several times slower.
const SOON_ENOUGH: Duration = Duration::from_secs(if cfg!(debug_assertions) { 5 } else { 1 });

#[tokio::test(flavor = "multi_thread")]
async fn a_storm_of_closures_is_one_change_and_one_plan_on_the_stream_within_a_second() {
    let Some(map) = shared("data/osm/porto.osm.pbf") else { return };
    let service = Service::start().await;
    let request = service
        .request(Method::POST, "/v1/networks?name=porto")
        .header("content-type", "application/vnd.openstreetmap.data+pbf")
        .timeout(Duration::from_secs(300))
        .body(std::fs::read(map).unwrap());
    let network = Answer::read(request.send().await.unwrap()).await.expect(201);
    let segments = network["segment_count"].as_u64().unwrap();
    assert!(segments > 5 * CLOSED, "{segments}");
    for strategy in ["ugv_only", "shortest_path", "bidirectional", "adaptive"] {
        strike(&service, &network, segments, strategy).await;
    }
}

async fn strike(service: &Service, network: &Value, segments: u64, strategy: &str) {
    let corner = |i: usize| network["bbox"][i].as_f64().unwrap();
    let at = |share: f64| {
        let [lon, lat] = [0, 1].map(|i| corner(i) + share * (corner(i + 2) - corner(i)));
        json!({ "position": { "lon": lon, "lat": lat }, "snap_limit_m": 5000 })
    };
    let mission = service
        .create_mission(&json!({
            "network_id": network["id"],
            "name": format!("through the storm, {strategy}"),
            "start": at(0.35),
            "goal": at(0.65),
            "ugv": { "speed_mps": 15 },
            "uavs": [{ "speed_mps": 20 }, { "speed_mps": 20 }],
            "strategy": { "name": strategy }
        }))
        .await;
    let id = mission["id"].as_str().unwrap();
    let before = service.plan_after(id, 1).await;
    let route: Vec<u64> = legs(&before);
    let log = service.get(&format!("/v1/missions/{id}/log?limit=100")).await.expect(200);
    let seq = log["events"].as_array().unwrap().last().unwrap()["seq"].as_u64().unwrap();
    let mut stream = EventStream::open(service, id, Some(seq)).await;
    // Every so many, from all over the map, and one of the route: what was planned does not hold.
    let middle = route[route.len() / 2];
    let mut closed: Vec<u64> =
        (0..CLOSED).map(|i| i * segments / CLOSED).filter(|segment| *segment != middle).collect();
    closed.truncate(CLOSED as usize - 1);
    closed.push(middle);
    let storm = json!({ "action": "close", "segments": closed, "reason": "storm", "decided_by": "ops" });
    let begun = Instant::now();
    let answer = service.post(&format!("/v1/missions/{id}/closures"), &storm).await.expect(202);
    let answered = begun.elapsed();
    let revision = &answer["revision"];
    let first = stream.find(|event| event.name == "plan" && event.data["revision"] == *revision).await;
    let on_stream = begun.elapsed();
    assert!(on_stream < SOON_ENOUGH, "{strategy}: on the stream after {on_stream:?}");
    let last = match first.data["body"]["provisional"] == json!(false) {
        true => first,
        false => stream.find(|event| event.name == "plan" && event.data["body"]["provisional"] == json!(false)).await,
    };
    let planned = begun.elapsed();
    let crossed = legs(&last.data["body"]).into_iter().find(|segment| closed.contains(segment));
    assert_eq!(crossed, None, "{strategy}");
    // What comes after the next change's plan would have come before it, had the storm led to more.
    let reopening = json!({ "action": "reopen", "segments": [middle], "reason": "dry", "decided_by": "ops" });
    let after = service.post(&format!("/v1/missions/{id}/closures"), &reopening).await.expect(202);
    service.plan_for(id, &after["revision"]).await;
    let log = service.get(&format!("/v1/missions/{id}/log?after={seq}&limit=100")).await.expect(200);
    let events = log["events"].as_array().unwrap();
    let of_storm: Vec<&Value> = events.iter().filter(|event| event["revision"] == *revision).collect();
    let is_final = |event: &&&Value| event["kind"] == "plan" && event["body"]["provisional"] == json!(false);
    let changes = of_storm.iter().filter(|event| event["kind"] != "plan").count();
    assert_eq!((changes, of_storm.iter().filter(is_final).count()), (1, 1), "{strategy}: {:?}", kinds(events));
    assert_eq!(after["revision"].as_u64(), revision.as_u64().map(|revision| revision + 1), "{strategy}");
    eprintln!(
        "{strategy}: {} segments closed, answered after {} ms, on the stream after {} ms, planned in full after {} ms ({})",
        closed.len(),
        answered.as_millis(),
        on_stream.as_millis(),
        planned.as_millis(),
        last.data["body"]["outcome"]
    );
}

fn kinds(events: &[Value]) -> Vec<String> {
    events.iter().map(|event| format!("{} {}", event["seq"], event["kind"])).collect()
}

fn legs(plan: &Value) -> Vec<u64> {
    let legs = plan["route"]["legs"].as_array();
    legs.into_iter().flatten().map(|leg| leg["segment"].as_u64().unwrap()).collect()
}
