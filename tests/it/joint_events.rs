//! The stream of several missions: each event once, from every mission, whenever the client comes back.

use std::collections::BTreeMap;
use std::time::Duration;

use outrider::api::ApiOptions;
use outrider::app::AppOptions;
use serde_json::{Value, json};

use crate::service::{Answer, Service, Setup, across, report, square};
use crate::stream::EventStream;

async fn with_missions(setup: Setup, count: usize) -> (Service, Vec<String>) {
    let service = Service::with(setup).await;
    let network = service.import_geojson("square", &square()).await;
    let mut missions = Vec::new();
    for _ in 0..count {
        missions.push(service.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned());
    }
    for mission in &missions {
        service.plan_after(mission, 1).await;
    }
    (service, missions)
}

/// The whole log as it is exported, without the network.
async fn log_of(service: &Service, mission: &str) -> Vec<Value> {
    let export = service.get(&format!("/v1/missions/{mission}/log/export")).await.text;
    export.lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Takes the mission's id out of an event's data.
fn mission_of(data: &mut Value) -> String {
    let object = data.as_object_mut().unwrap();
    object.remove("mission_id").unwrap().as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_joint_stream_begins_with_a_snapshot_of_each_mission_and_continues_from_them() {
    let (service, missions) = with_missions(Setup::default(), 3).await;
    let mut stream = EventStream::open_joint(&service, &missions, None).await;
    for (i, mission) in missions.iter().enumerate() {
        let snapshot = stream.next().await.unwrap();
        assert_eq!(
            (snapshot.name.as_str(), snapshot.data["mission_id"].as_str()),
            ("snapshot", Some(mission.as_str()))
        );
        assert_eq!((&snapshot.data["reason"], &snapshot.data["seq"]), (&json!("connected"), &json!(2)));
        let expected = if i == 2 { Some("2.2.2") } else { None };
        assert_eq!(snapshot.cursor.as_deref(), expected, "ids begin when every mission has begun");
    }
    service.post(&format!("/v1/missions/{}/reports", missions[1]), &report(1, 1, "clear", 1)).await.expect(202);
    let mut event = stream.next().await.unwrap();
    assert_eq!((event.name.as_str(), event.cursor.as_deref()), ("report", Some("2.3.2")));
    assert_eq!(mission_of(&mut event.data), missions[1]);
    assert_eq!(event.data, log_of(&service, &missions[1]).await[2], "the same JSON as in the log");
    let position = json!({ "vehicle": "uav-1", "observed_at": "2026-05-04T09:00:00Z", "position": { "lon": 8.001, "lat": 50.001 } });
    service.post(&format!("/v1/missions/{}/positions", missions[2]), &position).await.expect(202);
    let event = stream.find(|event| event.name == "position").await;
    assert_eq!((event.cursor, event.data["mission_id"].as_str()), (None, Some(missions[2].as_str())));
    assert_eq!(event.data["vehicle"], "uav-1");
}

#[tokio::test]
async fn the_mission_is_the_first_member_of_an_event() {
    let (service, missions) = with_missions(Setup::default(), 2).await;
    let request = service.request(reqwest::Method::GET, &format!("/v1/events?mission_id={}", missions[0]));
    let mut response = request.header("last-event-id", "0").send().await.unwrap();
    let (mut text, start) = (String::new(), format!("data: {{\"mission_id\":\"{}\",\"seq\":1,", missions[0]));
    while !text.contains("recorded_at") {
        text.push_str(std::str::from_utf8(&response.chunk().await.unwrap().unwrap()).unwrap());
    }
    assert!(text.contains(&start), "{text}");
}

/// The promise of the joint stream: whoever reconnects with the id of the last event gets every event of every mission once.
#[tokio::test]
async fn reconnecting_at_random_points_gives_every_log_without_gap_or_double() {
    // A small heartbeat and lifetime, so that streams also end by themselves in the middle.
    let api = ApiOptions {
        heartbeat: Duration::from_millis(20),
        stream_lifetime: Duration::from_millis(300),
        ..ApiOptions::default()
    };
    let (service, missions) = with_missions(Setup { api, ..Setup::default() }, 3).await;
    let reporting = async {
        for number in 0..90 {
            let (mission, finding) =
                (&missions[number as usize % 3], if number % 4 == 0 { "blocked" } else { "clear" });
            let body = report(number, number % 5, finding, number as u32);
            service.post(&format!("/v1/missions/{mission}/reports"), &body).await.expect(202);
        }
        for mission in &missions {
            service.post(&format!("/v1/missions/{mission}/cancel"), &Value::Null).await.expect(200);
        }
    };
    let following = async {
        let mut random = 11_u64;
        let mut seen: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        let (mut cursor, mut ended) = ("0.0.0".to_owned(), 0);
        while ended < 3 {
            let mut stream = EventStream::open_joint(&service, &missions, Some(&cursor)).await;
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            for _ in 0..(random >> 33) % 12 {
                let Some(mut event) = stream.next().await else { break };
                if event.name == "heartbeat" {
                    assert_eq!(event.data["cursor"], cursor.as_str(), "a heartbeat says where the stream is");
                    continue;
                }
                let Some(id) = event.cursor.clone() else { continue };
                let seen = seen.entry(mission_of(&mut event.data)).or_default();
                assert_eq!(event.data["seq"], seen.len() as u64 + 1, "no gap and no double: {event:?}");
                ended += usize::from(event.data["kind"] == "mission_ended");
                seen.push(event.data);
                cursor = id;
            }
        }
        (seen, cursor)
    };
    let ((), (seen, cursor)) = tokio::join!(reporting, following);
    let mut lengths = Vec::new();
    for mission in &missions {
        let log = log_of(&service, mission).await;
        lengths.push(log.len().to_string());
        assert_eq!(seen[mission], log);
    }
    assert_eq!(cursor, lengths.join("."));
}

#[tokio::test]
async fn a_gap_in_one_mission_gives_a_snapshot_of_this_one_only() {
    let app = AppOptions { max_replayed_events: 10, ..Setup::default().app };
    let (service, missions) = with_missions(Setup { app, ..Setup::default() }, 2).await;
    let batch: Vec<Value> = (0..20).map(|n| report(n, n % 5, "clear", 1)).collect();
    service.post(&format!("/v1/missions/{}/reports", missions[1]), &json!(batch)).await.expect(202);
    service.plan_after(&missions[1], 22).await;
    let mut stream = EventStream::open_joint(&service, &missions, Some("1.1")).await;
    let mut found = BTreeMap::new();
    while found.len() < 2 {
        let event = stream.next().await.unwrap();
        let mission = event.data["mission_id"].as_str().unwrap().to_owned();
        found.entry(mission).or_insert(event);
    }
    let (replayed, snapshot) = (&found[&missions[0]], &found[&missions[1]]);
    assert_eq!((replayed.name.as_str(), &replayed.data["seq"]), ("plan", &json!(2)));
    assert_eq!((snapshot.name.as_str(), &snapshot.data["reason"]), ("snapshot", &json!("gap_too_long")));
    assert!(snapshot.cursor.as_ref().unwrap().ends_with(&format!(".{}", snapshot.data["seq"])), "{snapshot:?}");
}

/// A stream of 64 missions is one stream: it takes one place, and events of the first and the last mission reach it.
#[tokio::test]
async fn a_stream_of_64_missions_takes_one_place() {
    let app = AppOptions { max_subscribers: 1, ..Setup::default().app };
    let (service, missions) = with_missions(Setup { app, ..Setup::default() }, 64).await;
    let mut stream = EventStream::open_joint(&service, &missions, None).await;
    for _ in 0..64 {
        assert_eq!(stream.next().await.unwrap().name, "snapshot");
    }
    let refused = service.get(&format!("/v1/events?mission_id={}", missions[0])).await;
    assert_eq!(refused.expect(503)["code"], "busy");
    for (number, mission) in [(1, &missions[0]), (2, &missions[63])] {
        service.post(&format!("/v1/missions/{mission}/reports"), &report(number, 1, "clear", 1)).await.expect(202);
        let event = stream.find(|event| event.name == "report").await;
        assert_eq!(event.data["mission_id"], mission.as_str());
        assert_eq!(event.cursor.unwrap().split('.').count(), 64);
    }
}

#[tokio::test]
async fn a_cursor_of_other_missions_is_refused_with_the_reason() {
    let (service, missions) = with_missions(Setup::default(), 2).await;
    let path = format!("/v1/events?mission_id={}&mission_id={}", missions[0], missions[1]);
    let request = service.request(reqwest::Method::GET, &path).header("last-event-id", "3.4.5");
    let problem = Answer::read(request.send().await.unwrap()).await.expect(400);
    assert_eq!(
        (&problem["code"], &problem["errors"][0]["pointer"]),
        (&json!("malformed_header"), &json!("Last-Event-ID"))
    );
    assert!(problem["detail"].as_str().unwrap().contains("2 numbers with dots in between; got 3"), "{problem}");
}
