//! `outrider healthcheck`: for containers, which have no curl.

use std::net::{SocketAddr, ToSocketAddrs};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// The longest answer that is read.
const MAX_ANSWER_BYTES: u64 = 64 << 10;

#[derive(Debug, Args)]
pub(super) struct HealthcheckConfig {
    /// The readiness URL to ask. With https only of this machine, whose certificate is taken as it is
    #[arg(long, env = "OUTRIDER_HEALTHCHECK_URL", default_value = "http://127.0.0.1:8080/readyz", value_name = "URL")]
    url: String,

    /// How long to wait for the answer, in seconds
    #[arg(long, default_value_t = 3, value_name = "S")]
    timeout_s: u64,
}

pub(super) async fn run(config: HealthcheckConfig) -> anyhow::Result<ExitCode> {
    let limit = Duration::from_secs(config.timeout_s);
    let (is_well, said) = match config.url.strip_prefix("https://") {
        Some(rest) => tokio::time::timeout(limit, ask_encrypted(rest)).await.context("no answer in time")??,
        None => {
            let client = reqwest::Client::builder().timeout(limit).no_proxy().build()?;
            let answer = client.get(&config.url).send().await?;
            let (status, text) = (answer.status(), answer.text().await?);
            (status.is_success(), format!("{status}: {text}"))
        }
    };
    println!("{said}");
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Asks a service on this machine over TLS: whether it is well, and what it says. Nothing is sent that would need protection.
async fn ask_encrypted(rest: &str) -> anyhow::Result<(bool, String)> {
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
    let with_port = if has_port { authority.to_owned() } else { format!("{authority}:443") };
    let address: SocketAddr =
        with_port.to_socket_addrs()?.next().with_context(|| format!("{authority} has no address"))?;
    if !address.ip().is_loopback() {
        bail!("https is asked of this machine only, by an address such as https://127.0.0.1:8080/readyz");
    }
    let provider = Arc::new(ring::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(OfThisMachine(provider)))
        .with_no_client_auth();
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::from(address.ip());
    let mut stream = TlsConnector::from(Arc::new(config)).connect(name, stream).await?;
    let request = format!("GET /{path} HTTP/1.1\r\nhost: {authority}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    // How it ends does not matter once it has answered.
    let _ = stream.take(MAX_ANSWER_BYTES).read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    let (head, body) = answer.split_once("\r\n\r\n").context("the answer is no answer of HTTP/1.1")?;
    let status = head.lines().next().and_then(|line| line.strip_prefix("HTTP/1.1 ")).unwrap_or_default();
    Ok((status.starts_with('2'), format!("{status}: {body}")))
}

/// Takes any certificate, as it is this machine's own and made for another name; that its owner has the key is verified.
#[derive(Debug)]
struct OfThisMachine(Arc<CryptoProvider>);

impl ServerCertVerifier for OfThisMachine {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signed, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
