//! Too many at once: connections, streams, requests, of one address; thousands that say nothing.

use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use outrider::api::limits::LimitOptions;
use outrider::api::server::ServerOptions;
use outrider::domain::access::Role;
use reqwest::Method;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::access::{key_of, make};
use crate::cluster::ThrowawayFolder;
use crate::connections::{ask, connect, connect_until_refused, read, until_served};
use crate::program::Program;
use crate::service::{Answer, Client, SOON, Service, Setup, across, square};

fn strict() -> LimitOptions {
    LimitOptions { limit_loopback: true, ..LimitOptions::default() }
}

async fn limited(limits: LimitOptions) -> Service {
    let server = ServerOptions { limits, ..ServerOptions::default() };
    Service::with(Setup { server, ..Setup::default() }).await
}

#[tokio::test]
async fn an_address_that_asks_too_much_is_told_when_to_come_again() {
    let service = limited(LimitOptions { requests_per_s: 20, ..strict() }).await;
    let (mut served, mut refused) = (0, None);
    for _ in 0..500 {
        let answer = service.get("/v1/networks").await;
        match answer.status.as_u16() {
            200 => served += 1,
            _ => refused = Some(answer),
        }
        if refused.is_some() {
            break;
        }
    }
    let refused = refused.expect("it is refused");
    assert_eq!(refused.expect(429)["code"], "rate_limited");
    assert_eq!(refused.header("retry-after"), "1");
    assert!(served >= 40, "as many at once as come in two seconds: {served}");
    for path in ["/healthz", "/readyz", "/metrics"] {
        service.get(path).await.expect_status(200, path);
    }
    let again = async { while service.get("/v1/networks").await.status != 200 {} };
    tokio::time::timeout(SOON, again).await.expect("it may ask again");
}

impl Answer {
    #[track_caller]
    fn expect_status(&self, status: u16, what: &str) {
        assert_eq!(self.status.as_u16(), status, "{what}: {self:?}");
    }
}

#[tokio::test]
async fn behind_a_trusted_proxy_only_the_one_who_asks_too_much_is_refused() {
    let proxies = vec!["127.0.0.1".parse::<std::net::IpAddr>().unwrap().into()];
    let service =
        limited(LimitOptions { requests_per_s: 10, connections: 2, trusted_proxies: proxies, ..strict() }).await;
    let from = async |client: &str| {
        let request = service.request(Method::GET, "/v1/networks").header("x-forwarded-for", client);
        Answer::read(request.send().await.unwrap()).await.status.as_u16()
    };
    let mut asked = 0;
    while from("6.6.6.6, 192.0.2.1").await == 200 {
        asked += 1;
        assert!(asked < 500, "it is refused some time");
    }
    assert_eq!(from("192.0.2.1").await, 429, "whatever it writes in front of its address");
    assert_eq!(from("192.0.2.2").await, 200);
    assert_eq!(from("2001:db8::1").await, 200);
    // All of them come over the proxy's connections.
    let mut open = Vec::new();
    for _ in 0..10 {
        let mut connection = connect(&service).await;
        assert!(ask(&mut connection, "/healthz").await.starts_with("HTTP/1.1 200 "));
        open.push(connection);
    }
}

#[tokio::test]
async fn a_key_that_asks_too_much_is_refused_wherever_it_asks_from() {
    let proxies = vec!["127.0.0.1".parse::<std::net::IpAddr>().unwrap().into()];
    let service = limited(LimitOptions { requests_per_s: 10, trusted_proxies: proxies, ..strict() }).await;
    let busy = service.with_key(&make(service.app(), key_of(Role::Viewer)).await);
    let other = service.with_key(&make(service.app(), key_of(Role::Viewer)).await);
    let from = async |client: &Client, address: &str| {
        let request = client.request(Method::GET, "/v1/networks").header("x-forwarded-for", address);
        Answer::read(request.send().await.unwrap()).await
    };
    // Each time from another address, of which none asks too much.
    let mut addresses = (1..=250).map(|n| format!("192.0.2.{n}"));
    let refused = loop {
        let address = addresses.next().expect("it is refused some time");
        let answer = from(&busy, &address).await;
        if answer.status != 200 {
            break answer;
        }
    };
    assert_eq!(refused.expect(429)["code"], "rate_limited");
    assert_eq!(refused.header("retry-after"), "1");
    from(&other, "192.0.2.251").await.expect(200);
}

#[tokio::test]
async fn a_storm_of_subscriptions_gets_the_places_of_its_address_and_no_more() {
    let service = limited(LimitOptions { streams: 20, ..strict() }).await;
    let network = service.import_geojson("square", &square()).await;
    let mission = service.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/missions/{mission}/events");
    let (mut open, mut refused) = (Vec::new(), 0);
    for _ in 0..60 {
        let mut connection = connect(&service).await;
        let answer = ask(&mut connection, &path).await;
        if answer.starts_with("HTTP/1.1 200 ") {
            open.push(connection);
            continue;
        }
        assert!(answer.starts_with("HTTP/1.1 429 ") && answer.contains("retry-after: "), "{answer}");
        refused += 1;
    }
    assert_eq!((open.len(), refused), (20, 40));
    drop(open);
    let again = async { while !ask(&mut connect(&service).await, &path).await.starts_with("HTTP/1.1 200 ") {} };
    tokio::time::timeout(SOON, again).await.expect("places that are free again are given away");
}

#[tokio::test]
async fn an_address_with_too_many_connections_is_told_so() {
    let service = limited(LimitOptions { connections: 8, ..strict() }).await;
    let (open, refused) = connect_until_refused(&service, 8).await;
    assert!(refused.starts_with("HTTP/1.1 429 ") && refused.contains("\"too_many_connections\""), "{refused}");
    assert!(refused.to_lowercase().contains("connection: close"), "{refused}");
    assert!(ask(&mut connect(&service).await, "/healthz").await.starts_with("HTTP/1.1 200 "));
    drop(open);
    until_served(&service).await;
}

/// How many connections say nothing more; with their other ends they are twice as many open files of two processes.
const SILENT: usize = 3_000;
/// What each may cost, in bytes: more than it does, less than would hurt.
const SILENT_BYTES: u64 = 20_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn thousands_who_never_finish_their_head_cost_little_and_are_cut_off() {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
    let wanted = SILENT as u64 + 1_000;
    if soft < wanted && setrlimit(Resource::RLIMIT_NOFILE, wanted.min(hard), hard).is_err() {
        eprintln!("skipped: this user may not open {wanted} files");
        return;
    }
    let folder = ThrowawayFolder::new();
    let mut command = Program::command();
    command.arg("--data-dir").arg(folder.path()).args(["--header-timeout-s", "15"]);
    let program = Program::run(&mut command);
    program.client.get("/readyz").await.expect(200);
    let (before_kb, begun) = (program.resident_kb(), Instant::now());
    let address = program.client.url.strip_prefix("http://").unwrap().to_owned();
    let mut silent = Vec::new();
    for _ in 0..SILENT {
        let mut connection = TcpStream::connect(&address).await.unwrap();
        connection.write_all(b"GET /v1/networks HTTP/1.1\r\nhost: x\r\nx-slow: ").await.unwrap();
        silent.push(connection);
    }
    let opened = begun.elapsed();
    // Everybody else is served as ever.
    program.client.get("/v1/networks").await.expect(200);
    let each_bytes = (program.resident_kb().saturating_sub(before_kb)) * 1_024 / SILENT as u64;
    eprintln!("{SILENT} connections within {opened:?}, {each_bytes} bytes each");
    assert!(each_bytes < SILENT_BYTES, "{each_bytes} bytes each");
    let mut cut_off = 0;
    for connection in &mut silent {
        let answer = tokio::time::timeout(SOON + Duration::from_secs(15), read(connection, "")).await;
        assert!(!answer.expect("it is cut off").contains(" 200 "));
        cut_off += 1;
    }
    assert_eq!(cut_off, SILENT);
}
