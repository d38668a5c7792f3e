//! HTTP/2: windows that stay shut, streams begun and broken off, heads without end, connections on which nothing goes on.

use std::time::Duration;

use bytes::Bytes;
use h2::client::SendRequest;
use outrider::api::server::ServerOptions;
use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::connections::connect;
use crate::service::{Client, SOON, Service, Setup, across, report, square};

/// A connection of HTTP/2 whose streams have windows of this size.
async fn http2(service: &Client, window_bytes: u32) -> SendRequest<Bytes> {
    let stream = connect(service).await;
    let mut builder = h2::client::Builder::new();
    builder.initial_window_size(window_bytes).initial_connection_window_size(10 << 20);
    let (sender, connection) = builder.handshake(stream).await.unwrap();
    tokio::spawn(connection);
    sender
}

async fn get(sender: &mut SendRequest<Bytes>, path: &str) -> Result<h2::RecvStream, h2::Error> {
    let request = axum::http::Request::get(format!("http://outrider{path}")).body(()).unwrap();
    std::future::poll_fn(|context| sender.poll_ready(context)).await?;
    let (response, _) = sender.send_request(request, true)?;
    let response = tokio::time::timeout(SOON, response).await.expect("an answer in time")?;
    assert_eq!(response.status(), 200);
    Ok(response.into_body())
}

/// Reads without opening the window again, until the stream is broken off; gives how much came and why it ended.
async fn take(body: &mut h2::RecvStream) -> (usize, Option<h2::Reason>) {
    let mut taken = 0;
    let taking = async {
        loop {
            match body.data().await {
                Some(Ok(data)) => taken += data.len(),
                Some(Err(error)) => return error.reason(),
                None => return None,
            }
        }
    };
    let reason = tokio::time::timeout(SOON, taking).await.expect("an end within the time for anything");
    (taken, reason)
}

async fn with_mission(server: ServerOptions) -> (Service, String) {
    let service = Service::with(Setup { server, ..Setup::default() }).await;
    let network = service.import_geojson("square", &square()).await;
    let mission = service.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    service.plan_after(&mission, 1).await;
    (service, mission)
}

#[tokio::test]
async fn a_stream_whose_window_stays_shut_is_cut_off_and_the_others_of_its_connection_go_on() {
    let server = ServerOptions { write_stall_limit: Duration::from_millis(400), ..ServerOptions::default() };
    let (service, mission) = with_mission(server).await;
    let events = format!("/v1/missions/{mission}/events");
    let mut sender = http2(&service, 300).await;
    // One that is read, on the same connection.
    let mut read = get(&mut sender, &events).await.unwrap();
    let reading = tokio::spawn(async move {
        let mut text = String::new();
        while !text.contains("event: plan") {
            let data = read.data().await.expect("the stream goes on").expect("it is not cut off");
            read.flow_control().release_capacity(data.len()).unwrap();
            text.push_str(&String::from_utf8_lossy(&data));
        }
    });
    // Answers of every kind: a stream, a large document, a small one of which the last byte does not fit.
    for path in [events.as_str(), "/openapi.json", "/v1/strategies"] {
        let mut body = get(&mut sender, path).await.unwrap();
        assert_eq!(take(&mut body).await, (300, Some(h2::Reason::CANCEL)), "{path}");
    }
    service.post(&format!("/v1/missions/{mission}/reports"), &report(1, 4, "blocked", 1)).await.expect(202);
    tokio::time::timeout(SOON, reading).await.expect("an event in time").unwrap();
    // A window of nothing at all.
    let mut shut = http2(&service, 0).await;
    let mut body = get(&mut shut, "/healthz").await.unwrap();
    assert_eq!(take(&mut body).await, (0, Some(h2::Reason::CANCEL)));
}

#[tokio::test]
async fn a_client_that_opens_its_window_little_by_little_gets_everything() {
    let server = ServerOptions { write_stall_limit: Duration::from_secs(2), ..ServerOptions::default() };
    let (service, _) = with_mission(server).await;
    let whole = service.get("/openapi.json").await.text;
    let mut sender = http2(&service, 5_000).await;
    let mut body = get(&mut sender, "/openapi.json").await.unwrap();
    let mut came = Vec::new();
    let reading = async {
        while let Some(data) = body.data().await {
            let data = data.expect("it is not cut off");
            came.extend_from_slice(&data);
            body.flow_control().release_capacity(data.len()).unwrap();
        }
    };
    tokio::time::timeout(SOON, reading).await.expect("all of it in time");
    assert!(came == whole.as_bytes(), "{} of {} bytes", came.len(), whole.len());
}

#[tokio::test]
async fn streams_begun_and_broken_off_without_end_end_the_connection() {
    let service = Service::start().await;
    let mut sender = http2(&service, 65_535).await;
    let attacking = async {
        loop {
            if let Err(error) = std::future::poll_fn(|context| sender.poll_ready(context)).await {
                return error;
            }
            let request = axum::http::Request::get("http://outrider/v1/networks").body(()).unwrap();
            match sender.send_request(request, true) {
                Ok((_, mut stream)) => stream.send_reset(h2::Reason::CANCEL),
                Err(error) => return error,
            }
            tokio::task::yield_now().await;
        }
    };
    // What is broken off before it is sent costs the service nothing, and so there may be no end to it.
    if let Ok(error) = tokio::time::timeout(Duration::from_secs(5), attacking).await {
        // The goodbye may be lost in what is still on its way.
        assert!(matches!(error.reason(), None | Some(h2::Reason::ENHANCE_YOUR_CALM)), "{error}");
    }
    // The same by hand, each frame of which arrives.
    let mut raw = open(&service).await;
    let mut frames = Vec::new();
    for i in 0..5_000_u32 {
        // :method GET, :scheme http, :path /, of the static table (RFC 7541, appendix A), and an authority.
        frames.extend(frame(1, 0x5, 2 * i + 1, b"\x82\x86\x84\x01\x01x"));
        frames.extend(frame(3, 0, 2 * i + 1, &8_u32.to_be_bytes()));
    }
    let _ = raw.write_all(&frames).await;
    let said = rest(&mut raw).await;
    assert!(has_goaway(&said, 0xb), "ENHANCE_YOUR_CALM, and the end of the connection");
    service.get("/readyz").await.expect(200);
}

#[tokio::test]
async fn a_head_that_goes_on_and_on_ends_the_connection() {
    let service = Service::start().await;
    let mut raw = open(&service).await;
    // A literal header of 4 kB again and again, and never the last frame.
    let mut block = vec![0x00, 0x01, b'a', 0x7f, 0x81, 0x1f];
    block.extend(vec![b'x'; 4_096]);
    let _ = raw.write_all(&frame(1, 0x1, 1, b"\x82\x86\x84\x01\x01x")).await;
    let sending = async {
        let mut sent = 0_usize;
        while sent < 64 << 20 && raw.write_all(&frame(9, 0, 1, &block)).await.is_ok() {
            sent += block.len();
        }
        sent
    };
    let sent = tokio::time::timeout(SOON, sending).await.expect("it comes to an end");
    assert!(sent < 32 << 20, "{sent} bytes of one head were taken");
    service.get("/readyz").await.expect(200);
}

#[tokio::test]
async fn a_connection_on_which_nothing_goes_on_is_closed_and_one_with_a_stream_is_not() {
    let server = ServerOptions {
        header_timeout: Duration::from_millis(300),
        write_stall_limit: Duration::from_millis(300),
        ..ServerOptions::default()
    };
    let (service, mission) = with_mission(server).await;
    let mut busy = http2(&service, 65_535).await;
    let mut body = get(&mut busy, &format!("/v1/missions/{mission}/events")).await.unwrap();
    let mut idle = open(&service).await;
    rest(&mut idle).await;
    // A head that never comes to its end is nothing either.
    let mut dawdling = open(&service).await;
    dawdling.write_all(&frame(1, 0x1, 1, b"\x82\x86\x84\x01\x01x")).await.unwrap();
    rest(&mut dawdling).await;
    service.request(Method::POST, &format!("/v1/missions/{mission}/cancel")).send().await.unwrap();
    let mut text = String::new();
    let reading = async {
        while !text.contains("event: mission") {
            let data = body.data().await.expect("the stream goes on").unwrap();
            body.flow_control().release_capacity(data.len()).unwrap();
            text.push_str(&String::from_utf8_lossy(&data));
        }
    };
    tokio::time::timeout(SOON, reading).await.expect("the stream has lived on");
}

/// A connection after the preface and empty settings.
async fn open(service: &Client) -> TcpStream {
    let mut raw = connect(service).await;
    raw.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await.unwrap();
    raw.write_all(&frame(4, 0, 0, b"")).await.unwrap();
    raw
}

/// A frame (RFC 9113, section 4.1).
fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let mut frame = (payload.len() as u32).to_be_bytes()[1..].to_vec();
    frame.extend([kind, flags]);
    frame.extend(stream.to_be_bytes());
    frame.extend(payload);
    frame
}

/// What comes until the connection ends.
async fn rest(raw: &mut TcpStream) -> Vec<u8> {
    let mut said = Vec::new();
    let reading = async {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = raw.read(&mut buffer).await {
            said.extend_from_slice(&buffer[..count]);
        }
    };
    tokio::time::timeout(SOON, reading).await.expect("the connection ends");
    said
}

/// Whether one of the frames says goodbye for this reason.
fn has_goaway(mut said: &[u8], reason: u8) -> bool {
    while let Some((head, rest)) = said.split_first_chunk::<9>() {
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
        if head[3] == 7 && rest.get(7) == Some(&reason) {
            return true;
        }
        said = rest.get(length..).unwrap_or_default();
    }
    false
}
