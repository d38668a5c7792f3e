//! The event stream: nothing lost, nothing doubled, nobody waits for a slow one.

use std::time::{Duration, Instant};

use outrider::api::ApiOptions;
use outrider::api::server::ServerOptions;
use outrider::app::AppOptions;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::service::{Answer, SOON, Service, Setup, across, report, square};
use crate::stream::EventStream;

async fn with_mission(setup: Setup) -> (Service, String) {
    let service = Service::with(setup).await;
    let network = service.import_geojson("square", &square()).await;
    let id = service.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    service.plan_after(&id, 1).await;
    (service, id)
}

/// The whole log, page by page.
async fn log_of(service: &Service, id: &str) -> Vec<Value> {
    let (mut events, mut after) = (Vec::new(), 0);
    loop {
        let page = service.get(&format!("/v1/missions/{id}/log?after={after}&limit=7")).await.expect(200);
        events.extend(page["events"].as_array().unwrap().iter().cloned());
        match page["next_after"].as_u64() {
            Some(next) => after = next,
            None => return events,
        }
    }
}

#[tokio::test]
async fn a_stream_begins_with_a_snapshot_and_continues_from_it() {
    let (service, id) = with_mission(Setup::default()).await;
    let path = format!("/v1/missions/{id}");
    service.post(&format!("{path}/reports"), &report(1, 0, "clear", 1)).await.expect(202);
    service.plan_after(&id, 3).await;
    let mut stream = EventStream::open(&service, &id, None).await;
    let snapshot = stream.next().await.unwrap();
    assert_eq!((snapshot.name.as_str(), snapshot.id), ("snapshot", Some(4)));
    let data = &snapshot.data;
    assert_eq!((&data["seq"], &data["reason"], &data["mission"]["id"]), (&json!(4), &json!("connected"), &json!(id)));
    assert_eq!(data["knowledge"]["segments"][0]["state"], "clear");
    assert_eq!(data["plan"]["basis"]["seq"], 3);
    service.post(&format!("{path}/reports"), &report(2, 1, "clear", 1)).await.expect(202);
    let event = stream.next().await.unwrap();
    assert_eq!((event.name.as_str(), event.id), ("report", Some(5)));
    assert_eq!(event.data, log_of(&service, &id).await[4], "the same JSON as in the log");
}

/// The promise of the stream: whoever reconnects with the id of the last event gets every event once.
#[tokio::test]
async fn reconnecting_at_random_points_gives_the_log_without_gap_or_double() {
    let (service, id) = with_mission(Setup::default()).await;
    let reporting = async {
        for number in 0..60 {
            let finding = if number % 3 == 0 { "blocked" } else { "clear" };
            let body = report(number, number % 5, finding, number as u32);
            service.post(&format!("/v1/missions/{id}/reports"), &body).await.expect(202);
        }
        service.post(&format!("/v1/missions/{id}/cancel"), &Value::Null).await.expect(200);
    };
    let following = async {
        let mut random = 7_u64;
        let mut seen: Vec<Value> = Vec::new();
        'connections: loop {
            let mut stream = EventStream::open(&service, &id, Some(seen.len() as u64)).await;
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            for _ in 0..(random >> 33) % 9 {
                let Some(event) = stream.next().await else { break };
                if let Some(seq) = event.id {
                    assert_eq!(seq, seen.len() as u64 + 1, "no gap and no double: {event:?}");
                    let ended = event.data["kind"] == "mission_ended";
                    seen.push(event.data);
                    if ended {
                        break 'connections;
                    }
                }
            }
        }
        seen
    };
    let ((), seen) = tokio::join!(reporting, following);
    let log = log_of(&service, &id).await;
    assert_eq!(seen.len(), log.len());
    assert_eq!(seen, log);
}

#[tokio::test]
async fn a_resume_survives_a_restart_of_the_service() {
    let (service, id) = with_mission(Setup::default()).await;
    let mut stream = EventStream::open(&service, &id, Some(0)).await;
    assert_eq!(stream.next().await.unwrap().id, Some(1));
    service.post(&format!("/v1/missions/{id}/reports"), &report(1, 0, "clear", 1)).await.expect(202);
    service.plan_after(&id, 3).await;
    let database = service.stop().await;
    let service = Service::over(database, Setup::default()).await;
    let mut stream = EventStream::open(&service, &id, Some(1)).await;
    for seq in 2..=4 {
        assert_eq!(stream.next().await.unwrap().id, Some(seq));
    }
}

#[tokio::test]
async fn a_gap_too_long_to_replay_is_said_so_with_a_snapshot() {
    let app = AppOptions { max_replayed_events: 10, ..Setup::default().app };
    let (service, id) = with_mission(Setup { app, ..Setup::default() }).await;
    let batch: Vec<Value> = (0..20).map(|n| report(n, n % 5, "clear", 1)).collect();
    service.post(&format!("/v1/missions/{id}/reports"), &json!(batch)).await.expect(202);
    let mut stream = EventStream::open(&service, &id, Some(3)).await;
    let first = stream.next().await.unwrap();
    assert_eq!((first.name.as_str(), &first.data["reason"]), ("snapshot", &json!("gap_too_long")));
    assert!(first.id.unwrap() >= 22);
    // A position that the log never had, say of another mission, is a gap too.
    let mut stream = EventStream::open(&service, &id, Some(1_000_000)).await;
    assert_eq!(stream.next().await.unwrap().name, "snapshot");
}

#[tokio::test]
async fn a_heartbeat_tells_that_the_link_is_alive() {
    let api = ApiOptions { heartbeat: Duration::from_millis(50), ..ApiOptions::default() };
    let (service, id) = with_mission(Setup { api, ..Setup::default() }).await;
    let mut stream = EventStream::open(&service, &id, None).await;
    let snapshot = stream.next().await.unwrap();
    let beat = stream.find(|e| e.name == "heartbeat").await;
    assert_eq!((beat.id, &beat.data["seq"]), (None, &snapshot.data["seq"]));
    assert_eq!(beat.data["interval_s"], json!(0.05));
}

#[tokio::test]
async fn whoever_resumes_at_the_end_of_a_mission_that_is_over_is_told_so() {
    let (service, id) = with_mission(Setup::default()).await;
    service.post(&format!("/v1/missions/{id}/cancel"), &Value::Null).await.expect(200);
    let last = log_of(&service, &id).await.len() as u64;
    let mut stream = EventStream::open(&service, &id, Some(last)).await;
    let first = stream.next().await.unwrap();
    assert_eq!((first.name.as_str(), first.id), ("snapshot", Some(last)));
    assert_eq!((&first.data["reason"], &first.data["mission"]["status"]), (&json!("connected"), &json!("cancelled")));
    let mut stream = EventStream::open(&service, &id, Some(last - 1)).await;
    assert_eq!(stream.next().await.unwrap().data["kind"], "mission_ended", "nobody is told twice");
}

#[tokio::test]
async fn positions_reach_subscribers_without_an_id() {
    let (service, id) = with_mission(Setup::default()).await;
    let mut stream = EventStream::open(&service, &id, None).await;
    stream.next().await.unwrap();
    let position = json!({ "vehicle": "uav-1", "observed_at": "2026-05-04T09:00:00Z", "position": { "lon": 8.001, "lat": 50.001 } });
    service.post(&format!("/v1/missions/{id}/positions"), &position).await.expect(202);
    let event = stream.find(|e| e.name == "position").await;
    assert_eq!((event.id, &event.data["vehicle"]), (None, &json!("uav-1")));
}

/// At the end of a stream's time, and at shutdown, the client is told when to come back, each another time, and the body ends
/// as it should: a client that reads to the end sees no broken connection.
#[tokio::test]
async fn streams_end_cleanly_and_clients_are_told_when_to_come_back() {
    let api = ApiOptions { stream_lifetime: Duration::from_millis(200), ..ApiOptions::default() };
    let (service, id) = with_mission(Setup { api, ..Setup::default() }).await;
    let mut stream = EventStream::open(&service, &id, None).await;
    stream.next().await.unwrap();
    assert!((1_000..=3_000).contains(&stream.retry_ms.unwrap()), "{:?}", stream.retry_ms);
    stream.end().await;
    assert!((50..=500).contains(&stream.retry_ms.unwrap()), "{:?}", stream.retry_ms);
    let database = service.stop().await;
    let service = Service::over(database, Setup::default()).await;
    let mut streams = Vec::new();
    for _ in 0..20 {
        let mut stream = EventStream::open(&service, &id, None).await;
        stream.next().await.unwrap();
        streams.push(stream);
    }
    let whole = service.request(Method::GET, &format!("/v1/missions/{id}/events")).send().await.unwrap();
    let ending = async {
        assert!(whole.bytes().await.is_ok(), "the body ends, it does not break off");
        for stream in &mut streams {
            stream.end().await;
        }
    };
    tokio::join!(service.stop(), ending);
    let mut told: Vec<u32> = streams.iter().map(|stream| stream.retry_ms.unwrap()).collect();
    assert!(told.iter().all(|told| (200..=3_000).contains(told)), "{told:?}");
    told.sort_unstable();
    assert!(told[19] - told[0] > 500, "20 clients do not come back at once: {told:?}");
}

#[tokio::test]
async fn too_many_streams_are_refused_for_now() {
    let app = AppOptions { max_subscribers: 2, ..Setup::default().app };
    let (service, id) = with_mission(Setup { app, ..Setup::default() }).await;
    let mut streams = vec![EventStream::open(&service, &id, None).await, EventStream::open(&service, &id, None).await];
    let refused = service.get(&format!("/v1/missions/{id}/events")).await;
    assert_eq!(refused.expect(503)["code"], "busy");
    assert_ne!(refused.header("retry-after"), "");
    streams.pop();
    let opening = async {
        loop {
            let request = service.request(Method::GET, &format!("/v1/missions/{id}/events"));
            if request.send().await.unwrap().status() == 200 {
                return;
            }
        }
    };
    tokio::time::timeout(SOON, opening).await.expect("the place of a stream that went away is free again");
}

/// A stream as bytes, of which the system takes in little for the client.
async fn open_bare(service: &Service, id: &str) -> TcpStream {
    let address = service.url.strip_prefix("http://").unwrap();
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let mut stream = socket.connect(address.parse().unwrap()).await.unwrap();
    let request = format!("GET /v1/missions/{id}/events HTTP/1.1\r\nhost: x\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

/// Changes something, and says so at length.
async fn close_or_reopen(service: &Service, id: &str, count: usize) {
    let action = if count.is_multiple_of(2) { "close" } else { "reopen" };
    let body = json!({ "action": action, "segments": [0, 1, 2], "reason": "🚧".repeat(1000) });
    service.post(&format!("/v1/missions/{id}/closures"), &body).await.expect(202);
}

async fn has_cut_off(service: &Service) -> bool {
    let metrics = service.get("/metrics").await.text;
    metrics.lines().any(|line| line.starts_with("outrider_slow_clients_cut_off_total") && !line.ends_with(" 0"))
}

#[tokio::test]
async fn a_client_that_stops_reading_is_cut_off_and_nobody_else_notices() {
    let server = ServerOptions { write_stall_limit: Duration::from_millis(300), ..ServerOptions::default() };
    let setup = Setup { server, ..Setup::default() };
    let (service, id) = with_mission(setup).await;
    // A client that reads the beginning and then nothing any more.
    let mut lazy = open_bare(&service, &id).await;
    let mut start = [0; 64];
    lazy.read_exact(&mut start).await.unwrap();
    let mut eager = EventStream::open(&service, &id, Some(0)).await;
    let reading = tokio::spawn(async move {
        let mut last = 0;
        while let Some(event) = eager.next().await {
            if let Some(seq) = event.id {
                assert_eq!(seq, last + 1);
                last = seq;
            }
            if event.data["kind"] == "mission_ended" {
                break;
            }
        }
        last
    });
    let mut count = 0;
    let cut_off = async {
        loop {
            close_or_reopen(&service, &id, count).await;
            count += 1;
            if has_cut_off(&service).await {
                return;
            }
        }
    };
    tokio::time::timeout(SOON * 3, cut_off).await.expect("the client that reads nothing is cut off");
    service.post(&format!("/v1/missions/{id}/cancel"), &Value::Null).await.expect(200);
    let last = service.get(&format!("/v1/missions/{id}")).await.expect(200)["seq"].as_u64().unwrap();
    assert_eq!(reading.await.unwrap(), last, "the one that reads has everything");
}

/// More happens than it reads, for longer than a client may take or acknowledge nothing. Most of the time it has no room for more.
#[tokio::test]
async fn a_client_that_reads_slowly_is_not_cut_off() {
    let server = ServerOptions { write_stall_limit: Duration::from_secs(3), ..ServerOptions::default() };
    let (service, id) = with_mission(Setup { server, ..Setup::default() }).await;
    let mut slow = open_bare(&service, &id).await;
    let (stop, mut stopped) = tokio::sync::oneshot::channel::<()>();
    let reading = tokio::spawn(async move {
        let (mut text, mut pauses) = (Vec::new(), tokio::time::interval(Duration::from_millis(50)));
        while stopped.try_recv().is_err() {
            pauses.tick().await;
            let mut piece = [0; 512];
            let read = slow.read(&mut piece).await.expect("it is not cut off");
            assert_ne!(read, 0, "the stream goes on");
            text.extend_from_slice(&piece[..read]);
        }
        text
    });
    let (begun, mut count) = (Instant::now(), 0);
    // Several times as much as the system would keep for it if it were let.
    while begun.elapsed() < Duration::from_secs(12) || count < 1_500 {
        close_or_reopen(&service, &id, count).await;
        count += 1;
        assert!(!reading.is_finished(), "{:?}", reading.await);
    }
    stop.send(()).unwrap();
    let text = String::from_utf8_lossy(&reading.await.unwrap()).into_owned();
    let ids: Vec<u64> = text.lines().filter_map(|line| line.strip_prefix("id: ")?.parse().ok()).collect();
    assert!(ids.windows(2).all(|pair| pair[1] == pair[0] + 1), "nothing is left out: {ids:?}");
    assert!(ids.len() > 10, "it reads all the time: {ids:?}");
}

/// As if its battery was pulled: nothing that is sent to it arrives, and nothing says so.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_client_that_is_gone_without_a_word_is_cut_off() {
    let server = ServerOptions { write_stall_limit: Duration::from_millis(500), ..ServerOptions::default() };
    let api = ApiOptions { heartbeat: Duration::from_millis(100), ..ApiOptions::default() };
    let app = AppOptions { max_subscribers: 1, ..Setup::default().app };
    let (service, id) = with_mission(Setup { server, api, app, ..Setup::default() }).await;
    let mut gone = open_bare(&service, &id).await;
    gone.read_exact(&mut [0; 64]).await.unwrap();
    // Takes in no byte of any packet (BPF_RET | BPF_K).
    socket2::SockRef::from(&gone).attach_filter(&[socket2::SockFilter::new(0x06, 0, 0, 0)]).unwrap();
    let path = format!("/v1/missions/{id}/events");
    service.get(&path).await.expect(503);
    let opening = async { while service.request(Method::GET, &path).send().await.unwrap().status() != 200 {} };
    tokio::time::timeout(SOON, opening).await.expect("its place is free again");
}

#[tokio::test]
async fn the_events_of_a_mission_that_does_not_exist_are_a_problem_not_a_stream() {
    let service = Service::start().await;
    let answer = service.get("/v1/missions/01938a6e-0000-7000-8000-000000000000/events").await;
    assert_eq!(answer.expect(404)["code"], "no_such_mission");
    let network = service.import_geojson("square", &square()).await;
    let id = service.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    let request = service.request(Method::GET, &format!("/v1/missions/{id}/events"));
    let answer = Answer::read(request.header("last-event-id", "abc").send().await.unwrap()).await;
    assert_eq!(answer.expect(400)["code"], "malformed_header");
}
