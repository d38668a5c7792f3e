//! Single requests that are too much: bodies that dawdle, never end, or are packed; nesting; heads, paths and queries.

use std::time::{Duration, Instant};

use outrider::api::limits::LimitOptions;
use outrider::api::server::ServerOptions;
use reqwest::Method;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::connections::{connect, read};
use crate::service::{Answer, Client, SOON, Service, Setup, across, square};

async fn limited(limits: LimitOptions) -> Service {
    let server = ServerOptions { limits, ..ServerOptions::default() };
    Service::with(Setup { server, ..Setup::default() }).await
}

async fn post(service: &Client, path: &str, content_type: &str, body: impl Into<reqwest::Body>) -> Answer {
    let request = service.request(Method::POST, path).header("content-type", content_type).body(body);
    Answer::read(request.send().await.unwrap()).await
}

const JSON: &str = "application/json";

#[tokio::test]
async fn a_body_that_dawdles_is_given_up() {
    let limits = LimitOptions {
        body_timeout: Duration::from_millis(300),
        upload_timeout: Duration::from_millis(300),
        ..LimitOptions::default()
    };
    let service = limited(limits).await;
    for (path, kind) in [("/v1/missions", JSON), ("/v1/networks?name=x", "application/geo+json")] {
        let mut connection = connect(&service).await;
        let head = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-type: {kind}\r\ncontent-length: 1000\r\n\r\n{{");
        connection.write_all(head.as_bytes()).await.unwrap();
        // One byte after the other makes it no better: the time is for all of it.
        let (mut reading, mut writing) = connection.split();
        let dripping = async {
            while writing.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            std::future::pending::<()>().await;
        };
        let mut answer = Vec::new();
        let answered = async {
            let mut buffer = [0; 1024];
            while !String::from_utf8_lossy(&answer).contains("body_timeout") {
                match reading.read(&mut buffer).await {
                    Ok(count) if count > 0 => answer.extend_from_slice(&buffer[..count]),
                    _ => break,
                }
            }
        };
        tokio::select! {
            () = dripping => {}
            answered = tokio::time::timeout(SOON, answered) => answered.expect("an answer in time"),
        }
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("\"body_timeout\""), "{path}: {answer}");
    }
}

#[tokio::test]
async fn a_body_without_end_is_refused_while_it_still_comes() {
    let service = Service::start().await;
    let mut connection = connect(&service).await;
    let head =
        "POST /v1/missions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n";
    connection.write_all(head.as_bytes()).await.unwrap();
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    let (mut reading, mut writing) = connection.split();
    let mut sent = 0_usize;
    let sending = async {
        while writing.write_all(chunk.as_bytes()).await.is_ok() {
            sent += chunk.len();
        }
    };
    let mut answer = Vec::new();
    let both = async { tokio::join!(sending, reading.read_to_end(&mut answer)) };
    let (_, read) = tokio::time::timeout(SOON, both).await.expect("it is cut off");
    let answer = String::from_utf8_lossy(&answer);
    // Whoever sends on and on may see the connection broken before it has read the answer.
    assert!(answer.starts_with("HTTP/1.1 413 ") || read.is_err(), "{answer}");
    assert!(sent > 2 << 20, "{sent} bytes");
    service.get("/readyz").await.expect(200);
}

#[tokio::test]
async fn the_size_of_a_body_is_limited_by_what_it_is_for() {
    let limits = LimitOptions { body_bytes: 10_000, upload_bytes: 20_000, ..LimitOptions::default() };
    let service = limited(limits).await;
    let network = service.import_geojson("square", &square()).await;
    let mission = service.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    let routes =
        ["reports", "positions", "closures"].map(|end| (Method::POST, format!("/v1/missions/{mission}/{end}")));
    let others = [(Method::POST, "/v1/missions".to_owned()), (Method::PATCH, format!("/v1/missions/{mission}"))];
    for (method, path) in routes.into_iter().chain(others) {
        let send = async |size: usize| {
            let request = service.request(method.clone(), &path).header("content-type", JSON).body(" ".repeat(size));
            Answer::read(request.send().await.unwrap()).await
        };
        assert_eq!(send(10_001).await.expect(413)["code"], "body_too_large", "{method} {path}");
        assert_eq!(send(10_000).await.expect(400)["code"], "malformed_json", "{method} {path}");
    }
    let upload =
        async |size: usize| post(&service, "/v1/networks?name=x", "application/geo+json", " ".repeat(size)).await;
    assert_eq!(upload(20_001).await.expect(413)["code"], "body_too_large");
    assert_eq!(upload(20_000).await.expect(422)["code"], "invalid_network");
}

#[tokio::test]
async fn packed_bodies_are_not_unpacked() {
    let service = Service::start().await;
    // A gigabyte of spaces.
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    for _ in 0..64 {
        std::io::Write::write_all(&mut packed, &vec![b' '; 1 << 20]).unwrap();
    }
    let packed = packed.finish().unwrap();
    for coding in ["gzip", "deflate", "br", "zstd", "identity, gzip"] {
        let request = service.request(Method::POST, "/v1/missions").header("content-type", JSON);
        let request = request.header("content-encoding", coding).body(packed.clone());
        let answer = Answer::read(request.send().await.unwrap()).await;
        assert_eq!(answer.expect(415)["code"], "unsupported_content_encoding", "{coding}");
    }
    let request = service.request(Method::POST, "/v1/missions").header("content-type", JSON);
    let plain = Answer::read(request.header("content-encoding", "identity").body("[]").send().await.unwrap()).await;
    assert_eq!(plain.expect(422)["code"], "invalid_body");
}

#[tokio::test]
async fn nesting_without_end_is_refused_wherever_json_is_read() {
    let service = Service::start().await;
    let network = service.import_geojson("square", &square()).await;
    let mission = service.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    let deep = |n: usize| "[".repeat(n);
    let deep_object = "{\"a\":".repeat(100_000);
    let closed = format!("{}{}", deep(100_000), "]".repeat(100_000));
    let strategy = |parameters: &str| {
        let mut body = across(&network);
        body["strategy"] = Value::from("HERE");
        body.to_string().replace("\"HERE\"", &format!("{{\"name\": \"shortest_path\", \"parameters\": {parameters}}}"))
    };
    let feature = |properties: &str, coordinates: &str| {
        format!(
            "{{\"type\":\"FeatureCollection\",\"features\":[{{\"type\":\"Feature\",\"properties\":{properties},\
             \"geometry\":{{\"type\":\"LineString\",\"coordinates\":{coordinates}}}}}]}}"
        )
    };
    let missions = format!("/v1/missions/{mission}");
    let geo = "application/geo+json";
    let overpass = "application/vnd.openstreetmap.data+json";
    for (path, kind, body) in [
        (format!("{missions}/reports"), JSON, deep(100_000)),
        (format!("{missions}/reports"), JSON, deep_object.clone()),
        (format!("{missions}/positions"), JSON, closed.clone()),
        (
            format!("{missions}/closures"),
            JSON,
            format!("{{\"action\":\"close\",\"area\":{{\"type\":\"Polygon\",\"coordinates\":{closed}}}}}"),
        ),
        ("/v1/missions".to_owned(), JSON, strategy(&format!("{{\"k\":{closed}}}"))),
        ("/v1/missions".to_owned(), JSON, deep_object.clone()),
        ("/v1/networks?name=a".to_owned(), geo, deep(100_000)),
        ("/v1/networks?name=b".to_owned(), geo, feature(&format!("{{\"name\":{closed}}}"), "[[8,50],[8.1,50]]")),
        ("/v1/networks?name=c".to_owned(), geo, feature("{}", &closed)),
        ("/v1/networks?name=d".to_owned(), overpass, format!("{{\"elements\":{closed}}}")),
        ("/v1/networks?name=e".to_owned(), overpass, format!("{{\"version\":{closed},\"elements\":[]}}")),
    ] {
        let answer = post(&service, &path, kind, body).await;
        let status = answer.status.as_u16();
        assert!(matches!(status, 400 | 422), "{path}: {answer:?}");
        assert!(answer.text.len() < 10_000, "{path}: an answer of {} bytes", answer.text.len());
    }
    service.get("/readyz").await.expect(200);
}

#[tokio::test]
async fn paths_queries_and_heads_have_their_lengths() {
    let service = Service::start().await;
    let http2 = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    for client in [service.client.clone(), http2] {
        let client = Client { url: service.url.clone(), client };
        let long = client.get(&format!("/v1/{}", "x".repeat(1_100))).await;
        assert_eq!(long.expect(414)["code"], "uri_too_long");
        let long = client.get(&format!("/v1/networks?{}", "x".repeat(6_200))).await;
        assert_eq!(long.expect(414)["code"], "uri_too_long");
        client.get(&format!("/v1/networks?{}", "x".repeat(6_100))).await.expect(200);
    }
    // Beyond what is read at all there is no document, only the status.
    for (request, status) in [
        (format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "x".repeat(100_000)), ["414", "431"]),
        (format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(101)), ["431", "431"]),
        (format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(100_000)), ["431", "431"]),
        (format!("GET / HTTP/1.1\r\nhost: x\r\n{}: b\r\n\r\n", "a".repeat(20_000)), ["431", "431"]),
    ] {
        let mut connection = connect(&service).await;
        let _ = connection.write_all(request.as_bytes()).await;
        let answer = read(&mut connection, "\r\n\r\n").await;
        let got = answer.split(' ').nth(1).unwrap_or_default();
        assert!(status.contains(&got), "{}: {answer}", &request[..30]);
    }
    let many =
        (0..120).fold(service.request(Method::GET, "/v1/networks"), |request, i| request.header(format!("x-{i}"), "y"));
    let http2 = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let answer = Answer::read(http2.execute(many.build().unwrap()).await.unwrap()).await;
    assert_eq!(answer.expect(431)["code"], "too_many_headers");
    service.get("/readyz").await.expect(200);
}

#[tokio::test]
async fn bodies_that_arrive_share_their_memory() {
    let limits = LimitOptions { bodies_bytes: 3 << 20, ..LimitOptions::default() };
    let service = limited(limits).await;
    let (mut waiting, mut refused) = (Vec::new(), None);
    let begun = Instant::now();
    // Each sends nearly all of two megabytes and then nothing; the second or third is too much.
    while refused.is_none() && begun.elapsed() < SOON {
        let mut connection = connect(&service).await;
        let head = "POST /v1/missions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2000000\r\n\r\n";
        connection.write_all(head.as_bytes()).await.unwrap();
        connection.write_all(" ".repeat(1_999_999).as_bytes()).await.unwrap();
        let answer = tokio::time::timeout(Duration::from_millis(500), read(&mut connection, "\r\n\r\n")).await;
        match answer {
            Ok(answer) => refused = Some(answer),
            Err(_) => waiting.push(connection),
        }
        assert!(waiting.len() < 3, "too much memory");
    }
    let refused = refused.unwrap();
    assert!(refused.starts_with("HTTP/1.1 503 ") && refused.to_lowercase().contains("retry-after: "), "{refused}");
    assert!(!waiting.is_empty());
    drop(waiting);
    let fits = async { while post(&service, "/v1/missions", JSON, " ".repeat(2_000_000)).await.status == 503 {} };
    tokio::time::timeout(SOON, fits).await.expect("their memory is free again");
}
