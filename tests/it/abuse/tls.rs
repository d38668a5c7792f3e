//! TLS: both protocols, a certificate that is exchanged, clients that do not shake hands.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Request;
use bytes::Bytes;
use outrider::api::server::ServerOptions;
use outrider::api::tls::{Tls, TlsFiles};
use rcgen::{CertifiedKey, KeyPair};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::connections::{connect, read};
use crate::service::{Client, SOON, Service, Setup, across, square};

type Pair = CertifiedKey<KeyPair>;

fn pair() -> Pair {
    rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap()
}

fn files(folder: &Path) -> TlsFiles {
    TlsFiles { certificate: folder.join("cert.pem"), key: folder.join("key.pem") }
}

fn write(files: &TlsFiles, certificate: &Pair, key: &Pair) {
    std::fs::write(&files.certificate, certificate.cert.pem()).unwrap();
    std::fs::write(&files.key, key.signing_key.serialize_pem()).unwrap();
}

/// A connection to a service that has this certificate.
async fn encrypted(service: &Client, trusted: &Pair, alpn: &[&[u8]]) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(trusted.cert.der().to_vec())).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = alpn.iter().map(|name| name.to_vec()).collect();
    let stream = connect(service).await;
    let handshake = TlsConnector::from(Arc::new(config)).connect(ServerName::try_from("localhost").unwrap(), stream);
    tokio::time::timeout(SOON, handshake).await.expect("a handshake in time")
}

async fn serve(folder: &Path, with: &Pair) -> (Service, TlsFiles) {
    let files = files(folder);
    write(&files, with, with);
    let tls = Some(Arc::new(Tls::load(files.clone()).await.unwrap()));
    let server = ServerOptions { tls, handshake_timeout: Duration::from_millis(500), ..ServerOptions::default() };
    (Service::with(Setup { server, ..Setup::default() }).await, files)
}

async fn call(stream: &mut TlsStream<TcpStream>, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut text = Vec::new();
    let reading = async {
        let mut buffer = [0; 4096];
        while !String::from_utf8_lossy(&text).contains("\r\n\r\n") {
            let count = stream.read(&mut buffer).await.unwrap();
            assert!(count > 0, "it ends without an answer");
            text.extend_from_slice(&buffer[..count]);
        }
    };
    tokio::time::timeout(SOON, reading).await.expect("an answer in time");
    String::from_utf8_lossy(&text).into_owned()
}

#[tokio::test]
async fn both_protocols_are_spoken_over_tls_as_the_client_likes() {
    let (folder, pair) = (tempfile::tempdir().unwrap(), pair());
    let (service, _) = serve(folder.path(), &pair).await;
    for alpn in [[b"http/1.1".as_slice()].as_slice(), &[]] {
        let mut stream = encrypted(&service, &pair, alpn).await.unwrap();
        let answer = call(&mut stream, "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
        assert!(answer.contains("strict-transport-security: max-age=31536000"), "{answer}");
    }
    let stream = encrypted(&service, &pair, &[b"h2", b"http/1.1"]).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(b"h2".as_slice()));
    let (mut sender, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let mut post = async |path: &str, kind: &str, body: String| {
        let request = Request::post(format!("https://localhost{path}")).header("content-type", kind).body(()).unwrap();
        std::future::poll_fn(|context| sender.poll_ready(context)).await.unwrap();
        let (answer, mut sending) = sender.send_request(request, false).unwrap();
        sending.send_data(Bytes::from(body), true).unwrap();
        let answer = tokio::time::timeout(SOON, answer).await.expect("an answer in time").unwrap();
        assert_eq!(answer.status(), 201);
        assert!(answer.headers().contains_key("strict-transport-security"));
        let mut body = answer.into_body();
        let mut text = Vec::new();
        while let Some(data) = body.data().await {
            text.extend_from_slice(&data.unwrap());
        }
        serde_json::from_slice::<serde_json::Value>(&text).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let network = post("/v1/networks?name=square&components=all", "application/geo+json", square().to_string()).await;
    let mission = post("/v1/missions", "application/json", across(&network).to_string()).await;
    // A stream, over HTTP/2 and TLS.
    let request = Request::get(format!("https://localhost/v1/missions/{mission}/events")).body(()).unwrap();
    std::future::poll_fn(|context| sender.poll_ready(context)).await.unwrap();
    let (answer, _) = sender.send_request(request, true).unwrap();
    let mut body = answer.await.unwrap().into_body();
    let mut text = String::new();
    let reading = async {
        while !text.contains("event: snapshot") {
            text.push_str(&String::from_utf8_lossy(&body.data().await.unwrap().unwrap()));
        }
    };
    tokio::time::timeout(SOON, reading).await.expect("an event in time");
}

#[tokio::test]
async fn who_does_not_shake_hands_is_cut_off() {
    let (folder, pair) = (tempfile::tempdir().unwrap(), pair());
    let (service, _) = serve(folder.path(), &pair).await;
    for beginning in [b"".as_slice(), b"\x16\x03\x01", b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"] {
        let mut connection = connect(&service).await;
        connection.write_all(beginning).await.unwrap();
        assert!(!read(&mut connection, "").await.contains("HTTP/1.1 "), "nothing is said in clear");
    }
    encrypted(&service, &pair, &[]).await.unwrap();
}

#[tokio::test]
async fn a_new_certificate_is_taken_up_and_a_broken_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second, third) = (pair(), pair(), pair());
    let (service, files) = serve(folder.path(), &first).await;
    let mut old = encrypted(&service, &first, &[]).await.unwrap();
    write(&files, &second, &second);
    let taken_up = async {
        while encrypted(&service, &second, &[]).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(SOON, taken_up).await.expect("the second certificate is in use");
    assert!(encrypted(&service, &first, &[]).await.is_err());
    let answer = call(&mut old, "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "a connection of before goes on: {answer}");
    // The certificate of one and the key of another.
    let refusals = async || {
        let mut stream = encrypted(&service, &second, &[]).await.unwrap();
        stream.write_all(b"GET /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n").await.unwrap();
        let mut text = Vec::new();
        let _ = stream.read_to_end(&mut text).await;
        let text = String::from_utf8_lossy(&text).into_owned();
        let line = text.lines().find_map(|line| line.strip_prefix("outrider_certificates_refused_total "));
        line.map_or(0, |count| count.parse().unwrap())
    };
    let before: u64 = refusals().await;
    write(&files, &third, &second);
    let refused = async {
        while refusals().await == before {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(SOON, refused).await.expect("the broken pair is refused, and the one before is in use");
    write(&files, &third, &third);
    let taken_up = async {
        while encrypted(&service, &third, &[]).await.is_err() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(SOON, taken_up).await.expect("and the next one that is in order is taken up");
}

#[test]
fn a_certificate_that_cannot_be_used_keeps_the_service_from_starting() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path());
    write(&files, &pair(), &pair());
    let mut outrider = Command::new(env!("CARGO_BIN_EXE_outrider"));
    outrider.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder.path().join("data"));
    outrider.arg("--tls-cert").arg(&files.certificate).arg("--tls-key").arg(&files.key);
    let output = outrider.env_remove("OUTRIDER_DATABASE_URL").output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && said.contains("cert.pem") && said.contains("cannot be used together"),
        "{said}"
    );
}

#[tokio::test]
async fn the_health_check_asks_an_encrypted_service_on_its_machine() {
    let (folder, pair) = (tempfile::tempdir().unwrap(), pair());
    let (service, _) = serve(folder.path(), &pair).await;
    let check = async |url: String| {
        let mut outrider = tokio::process::Command::new(env!("CARGO_BIN_EXE_outrider"));
        let output = outrider.args(["healthcheck", "--timeout-s", "20", "--url", &url]).output().await.unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let https = service.url.replace("http://", "https://");
    let (is_well, said) = check(format!("{https}/readyz")).await;
    assert!(is_well && said.starts_with("200 OK: "), "{said}");
    assert!(!check(format!("{https}/v1/nothing")).await.0);
    assert!(!check("https://192.0.2.1/readyz".to_owned()).await.0, "only of this machine");
}
