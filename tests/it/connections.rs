//! Connections: HTTP/2, clients that dawdle, too many of them, heads that are too large, no file descriptors left.

use std::process::Command;
use std::time::{Duration, Instant};

use outrider::api::server::ServerOptions;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::cluster::ThrowawayFolder;
use crate::program::Program;
use crate::service::{Answer, Client, SOON, Service, Setup, across, report, square};
use crate::stream::EventStream;

pub(crate) async fn connect(service: &Client) -> TcpStream {
    TcpStream::connect(service.url.strip_prefix("http://").unwrap()).await.unwrap()
}

/// What comes on a connection up to its end, or up to the end of one answer.
pub(crate) async fn read(connection: &mut TcpStream, until: &str) -> String {
    let mut text = Vec::new();
    let reading = async {
        let mut buffer = [0; 4096];
        while !String::from_utf8_lossy(&text).contains(until) || until.is_empty() {
            // A connection that is cut off is at its end too.
            let count = connection.read(&mut buffer).await.unwrap_or(0);
            if count == 0 {
                break;
            }
            text.extend_from_slice(&buffer[..count]);
        }
    };
    tokio::time::timeout(SOON, reading).await.expect("an answer or an end within the time for anything");
    String::from_utf8_lossy(&text).into_owned()
}

/// Sends a request and leaves the connection open.
pub(crate) async fn ask(connection: &mut TcpStream, path: &str) -> String {
    connection.write_all(format!("GET {path} HTTP/1.1\r\nhost: x\r\n\r\n").as_bytes()).await.unwrap();
    read(connection, "\r\n\r\n").await
}

/// Opens connections, each with an answer, until one is refused, which must be after so many at the most; what that one is told.
pub(crate) async fn connect_until_refused(service: &Client, most: usize) -> (Vec<TcpStream>, String) {
    let mut open = Vec::new();
    loop {
        let mut connection = connect(service).await;
        let answer = ask(&mut connection, "/v1/strategies").await;
        if !answer.starts_with("HTTP/1.1 200 ") {
            return (open, answer + &read(&mut connection, "").await);
        }
        open.push(connection);
        assert!(open.len() <= most);
    }
}

/// Waits until there are places again.
pub(crate) async fn until_served(service: &Client) {
    let served =
        async { while !ask(&mut connect(service).await, "/v1/strategies").await.starts_with("HTTP/1.1 200 ") {} };
    tokio::time::timeout(SOON, served).await.expect("there are places again");
}

#[tokio::test]
async fn requests_and_many_streams_share_one_connection_of_http_2() {
    let service = Service::start().await;
    let client = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let http2 = Client { url: service.url.clone(), client };
    let network = http2.import_geojson("square", &square()).await;
    let created = http2.request(reqwest::Method::POST, "/v1/missions").json(&across(&network)).send().await.unwrap();
    assert_eq!((created.status().as_u16(), created.version()), (201, reqwest::Version::HTTP_2));
    let id = Answer::read(created).await.json()["id"].as_str().unwrap().to_owned();
    http2.plan_after(&id, 1).await;
    let mut streams = Vec::new();
    for _ in 0..50 {
        let url = format!("{}/v1/missions/{id}/events", http2.url);
        let mut stream = EventStream::open_with(&http2.client, &url, None).await;
        assert_eq!(stream.next().await.unwrap().name, "snapshot");
        streams.push(stream);
    }
    http2.post(&format!("/v1/missions/{id}/reports"), &report(1, 4, "blocked", 1)).await.expect(202);
    for stream in &mut streams {
        let plan = stream.find(|event| event.name == "plan").await;
        assert!(plan.data["body"]["route"]["legs"].as_array().unwrap().iter().all(|leg| leg["segment"] != 4));
    }
    let large = http2.request(reqwest::Method::GET, "/healthz").header("x-large", "x".repeat(20_000)).send().await;
    assert_eq!(large.unwrap().status(), 431);
    // The streams end in order, each with its time to come back.
    let ending = async {
        for stream in &mut streams {
            stream.end().await;
            assert!((200..=3_000).contains(&stream.retry_ms.unwrap()));
        }
    };
    let stopped = Instant::now();
    tokio::join!(service.stop(), ending);
    assert!(stopped.elapsed() < Duration::from_secs(8), "nobody has to be cut off: {:?}", stopped.elapsed());
}

#[tokio::test]
async fn a_client_that_dawdles_over_its_request_is_cut_off() {
    let server = ServerOptions { header_timeout: Duration::from_millis(300), ..ServerOptions::default() };
    let service = Service::with(Setup { server, ..Setup::default() }).await;
    for beginning in ["", "G", "PRI * HTTP", "GET /healthz HTTP/1.1\r\nhost: x\r\nx-slow:"] {
        let mut connection = connect(&service).await;
        connection.write_all(beginning.as_bytes()).await.unwrap();
        let answer = read(&mut connection, "").await;
        assert!(!answer.contains(" 200 "), "{beginning:?}: {answer}");
    }
    // Nor does one stay that was in order once and says no more.
    let mut connection = connect(&service).await;
    assert!(ask(&mut connection, "/healthz").await.starts_with("HTTP/1.1 200 "));
    read(&mut connection, "").await;
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let service = Service::start().await;
    for (size, status) in [(6_000, "200"), (9_000, "431"), (200_000, "431")] {
        let mut connection = connect(&service).await;
        let request = format!("GET /healthz HTTP/1.1\r\nhost: x\r\nx-large: {}\r\n\r\n", "x".repeat(size));
        // It may hang up before it has all of it.
        let _ = connection.write_all(request.as_bytes()).await;
        let answer = read(&mut connection, "\r\n\r\n").await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{size}: {answer}");
    }
}

/// Beyond the limit a client is told so, health is answered all the same, and a place that is free again is given away.
#[tokio::test]
async fn connections_beyond_the_limit_are_refused_for_now() {
    let server = ServerOptions { max_connections: 8, ..ServerOptions::default() };
    let service = Service::with(Setup { server, ..Setup::default() }).await;
    let (open, refused) = connect_until_refused(&service, 8).await;
    assert_eq!(open.len(), 8);
    let lower = refused.to_lowercase();
    assert!(refused.starts_with("HTTP/1.1 503 ") && refused.contains("\"too_many_connections\""), "{refused}");
    assert!(lower.contains("retry-after: ") && lower.contains("connection: close"), "{refused}");
    for path in ["/healthz", "/readyz", "/metrics"] {
        let answer = ask(&mut connect(&service).await, path).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{path}: {answer}");
    }
    drop(open);
    until_served(&service).await;
}

/// For want of file descriptors nothing can be accepted; when there are some again, the service goes on.
#[tokio::test]
async fn a_service_without_file_descriptors_goes_on_when_there_are_some_again() {
    let folder = ThrowawayFolder::new();
    let program = Program::start(folder.path());
    program.client.get("/readyz").await.expect(200);
    let used = std::fs::read_dir(format!("/proc/{}/fd", program.id())).unwrap().count();
    let limit = |files: usize| {
        let argument = format!("--nofile={files}:4096");
        let status = Command::new("prlimit").args(["--pid", &program.id().to_string(), &argument]).status();
        assert!(status.expect("prlimit, of util-linux").success());
    };
    limit(used + 20);
    let mut connections = Vec::new();
    for _ in 0..100 {
        connections.push(connect(&program.client).await);
    }
    let mut waiting = connect(&program.client).await;
    waiting.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let unanswered = tokio::time::timeout(Duration::from_millis(500), waiting.readable()).await;
    assert!(unanswered.is_err(), "the limit holds");
    limit(4096);
    assert!(read(&mut waiting, "\r\n\r\n").await.starts_with("HTTP/1.1 200 "));
    let metrics = program.client.get("/metrics").await.text;
    assert!(metrics.lines().any(|line| line.starts_with("outrider_accept_errors_total ")), "{metrics}");
}

/// The read buffer is small; what is uploaded need not be.
#[tokio::test]
async fn a_large_upload_arrives_whole() {
    let service = Service::start().await;
    // 12,000 roads along a line, 3 MB.
    let road = |n: u32| {
        let at = |n: u32| [8.0 + f64::from(n) * 1e-5, 50.0];
        json!({
            "type": "Feature", "properties": { "id": n, "note": "x".repeat(80) },
            "geometry": { "type": "LineString", "coordinates": [at(n), at(n + 1)] }
        })
    };
    let document = json!({ "type": "FeatureCollection", "features": (0..12_000).map(road).collect::<Vec<_>>() });
    let network = service.import_geojson("line", &document).await;
    let answer = service.get(&format!("/v1/networks/{network}/geojson?bbox=7.9,49.9,8.2,50.1")).await;
    assert!(answer.expect(200)["features"].as_array().is_some_and(|features| !features.is_empty()));
}
