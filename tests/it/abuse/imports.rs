//! Imports: so many at a time, for so long, and not for somebody who is gone.

use std::time::Duration;

use outrider::api::limits::LimitOptions;
use outrider::api::server::ServerOptions;
use reqwest::Method;
use serde_json::json;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::connections::connect;
use crate::service::{Answer, SOON, Service, Setup, square};

async fn limited(limits: LimitOptions) -> Service {
    let server = ServerOptions { limits, ..ServerOptions::default() };
    Service::with(Setup { server, ..Setup::default() }).await
}

/// Roads along a line, of about 150 bytes each.
fn line(roads: u32) -> String {
    let at = |n: u32| [8.0 + f64::from(n) * 1e-6, 50.0];
    let road = |n: u32| {
        json!({
            "type": "Feature", "properties": { "id": n },
            "geometry": { "type": "LineString", "coordinates": [at(n), at(n + 1)] }
        })
    };
    json!({ "type": "FeatureCollection", "features": (0..roads).map(road).collect::<Vec<_>>() }).to_string()
}

async fn upload(service: &Service, name: &str, body: String) -> Answer {
    let request = service.request(Method::POST, &format!("/v1/networks?name={name}&components=all"));
    Answer::read(request.header("content-type", "application/geo+json").body(body).send().await.unwrap()).await
}

/// Sends the whole upload and leaves the connection open.
async fn begin(service: &Service, name: &str, body: &str) -> TcpStream {
    let mut connection = connect(service).await;
    let head = format!(
        "POST /v1/networks?name={name} HTTP/1.1\r\nhost: x\r\ncontent-type: application/geo+json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    connection.write_all(head.as_bytes()).await.unwrap();
    connection.write_all(body.as_bytes()).await.unwrap();
    connection
}

async fn names(service: &Service) -> Vec<String> {
    let networks = service.get("/v1/networks").await.expect(200);
    networks["networks"].as_array().unwrap().iter().map(|n| n["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn who_goes_away_takes_the_import_along() {
    let service = limited(LimitOptions { imports: 1, ..LimitOptions::default() }).await;
    let connection = begin(&service, "large", &line(150_000)).await;
    let busy = upload(&service, "small", square().to_string()).await;
    assert_eq!(busy.expect(503)["code"], "busy");
    assert!(!busy.header("retry-after").is_empty());
    drop(connection);
    // The place is free when the client is gone, and the thread, on which one import goes at a time, soon after.
    let imported = async { while upload(&service, "small", square().to_string()).await.status != 201 {} };
    tokio::time::timeout(SOON, imported).await.expect("a place, and a thread");
    assert_eq!(names(&service).await, ["small"]);
}

#[tokio::test]
async fn an_import_that_takes_too_long_is_given_up_and_not_stored() {
    let service = limited(LimitOptions { import_timeout: Duration::from_millis(100), ..LimitOptions::default() }).await;
    let answer = upload(&service, "large", line(150_000)).await;
    assert_eq!(answer.expect(503)["code"], "import_timeout");
    assert!(!answer.header("retry-after").is_empty());
    let service = limited(LimitOptions::default()).await;
    upload(&service, "small", square().to_string()).await.expect(201);
    assert_eq!(names(&service).await, ["small"]);
}

#[tokio::test]
async fn an_upload_that_waits_for_the_rest_of_itself_keeps_a_place_for_others() {
    let limits = LimitOptions { imports: 4, limit_loopback: true, ..LimitOptions::default() };
    let service = limited(limits).await;
    let mut dawdling = Vec::new();
    for i in 0..2 {
        let mut connection = connect(&service).await;
        let head = format!(
            "POST /v1/networks?name=slow-{i} HTTP/1.1\r\nhost: x\r\ncontent-type: application/geo+json\r\ncontent-length: 99\r\n\r\n{{"
        );
        connection.write_all(head.as_bytes()).await.unwrap();
        dawdling.push(connection);
    }
    let refused = async { while upload(&service, "third", square().to_string()).await.status != 503 {} };
    tokio::time::timeout(SOON, refused).await.expect("half of the places are for others");
}
