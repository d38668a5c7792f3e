//! What protects the service: its certificate, whose pages may use it, and how much one client may take.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::http::HeaderValue;
use clap::Args;

use crate::api::headers::CorsOptions;
use crate::api::limits::{IpNet, LimitOptions};
use crate::api::page;
use crate::api::tls::TlsFiles;

/// The protection of a service.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "Protection")]
pub struct ProtectionConfig {
    /// The certificate as PEM, those that it depends on behind it: connections are then encrypted. Read again when the file changes
    #[arg(long, env = "OUTRIDER_TLS_CERT", value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,

    /// The certificate's private key as PEM. Read again when the file changes
    #[arg(long, env = "OUTRIDER_TLS_KEY", value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,

    /// How long a client may take until its connection is encrypted, in seconds
    #[arg(long, env = "OUTRIDER_HANDSHAKE_TIMEOUT_S", default_value_t = 10, value_name = "S", value_parser = clap::value_parser!(u64).range(1..=300))]
    pub handshake_timeout_s: u64,

    /// How long a client may take to send a request's head, and how long a connection may lie idle, in seconds
    #[arg(long, env = "OUTRIDER_HEADER_TIMEOUT_S", default_value_t = 30, value_name = "S", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub header_timeout_s: u64,

    /// An origin whose pages may use the API besides the service's own, such as `https://control.example.org`. May be given several
    /// times
    #[arg(long = "cors-origin", env = "OUTRIDER_CORS_ORIGINS", value_name = "ORIGIN", value_delimiter = ',', value_parser = cors_origin)]
    pub cors_origins: Vec<HeaderValue>,

    /// Pages of those origins may send cookies along
    #[arg(long, env = "OUTRIDER_CORS_CREDENTIALS", requires = "cors_origins")]
    pub cors_credentials: bool,

    /// A proxy, or a network of proxies, whose word on the client's address counts (Forwarded, X-Forwarded-For), such as 10.0.0.0/8.
    /// May be given several times
    #[arg(long = "trusted-proxy", env = "OUTRIDER_TRUSTED_PROXIES", value_name = "CIDR", value_delimiter = ',', value_parser = network)]
    pub trusted_proxies: Vec<IpNet>,

    /// How many requests a second an address may send, and twice as many at once; 0 for no limit. An IPv6 address counts with its /64
    #[arg(long, env = "OUTRIDER_ADDRESS_REQUESTS_PER_S", default_value_t = 1_000, value_name = "N")]
    pub address_requests_per_s: u32,

    /// How many connections an address may have open; 0 for no limit
    #[arg(long, env = "OUTRIDER_ADDRESS_CONNECTIONS", default_value_t = 1_000, value_name = "N")]
    pub address_connections: u32,

    /// How many event streams an address may have open; 0 for no limit
    #[arg(long, env = "OUTRIDER_ADDRESS_STREAMS", default_value_t = 1_000, value_name = "N")]
    pub address_streams: u32,

    /// How many wrong credentials a minute an address may send, after the first 20; 0 for no limit
    #[arg(long, env = "OUTRIDER_ADDRESS_FAILURES_PER_MIN", default_value_t = 10, value_name = "N")]
    pub address_failures_per_min: u32,

    /// Have the limits of an address hold for 127.0.0.1 and ::1 as well, which have none otherwise
    #[arg(long, env = "OUTRIDER_LIMIT_LOOPBACK")]
    pub limit_loopback: bool,

    /// How many addresses are remembered at the most; about 150 bytes each
    #[arg(long, env = "OUTRIDER_REMEMBERED_ADDRESSES", default_value_t = 65_536, value_name = "N", value_parser = clap::value_parser!(u32).range(64..))]
    pub remembered_addresses: u32,

    /// The largest body but for networks, in kB (1,024 bytes)
    #[arg(long, env = "OUTRIDER_MAX_BODY_KB", default_value_t = 2_048, value_name = "KB", value_parser = clap::value_parser!(u32).range(16..=1_048_576))]
    pub max_body_kb: u32,

    /// The largest network that is uploaded, in MB (1,048,576 bytes)
    #[arg(long, env = "OUTRIDER_MAX_UPLOAD_MB", default_value_t = 64, value_name = "MB", value_parser = clap::value_parser!(u32).range(1..=4_096))]
    pub max_upload_mb: u32,

    /// How much memory all bodies may take together while they arrive, in MB
    #[arg(long, env = "OUTRIDER_MAX_BODIES_MB", default_value_t = 512, value_name = "MB", value_parser = clap::value_parser!(u32).range(8..=65_536))]
    pub max_bodies_mb: u32,

    /// How long a body may take to arrive, but for networks, in seconds
    #[arg(long, env = "OUTRIDER_BODY_TIMEOUT_S", default_value_t = 20, value_name = "S", value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub body_timeout_s: u64,

    /// How long a network may take to arrive, in seconds
    #[arg(long, env = "OUTRIDER_UPLOAD_TIMEOUT_S", default_value_t = 120, value_name = "S", value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub upload_timeout_s: u64,

    /// How many networks may be uploaded and imported at the same time; an address may have half of them
    #[arg(long, env = "OUTRIDER_MAX_IMPORTS", default_value_t = 4, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=16))]
    pub max_imports: u32,

    /// How long an uploaded network may take to be imported, in seconds
    #[arg(long, env = "OUTRIDER_IMPORT_TIMEOUT_S", default_value_t = 60, value_name = "S", value_parser = clap::value_parser!(u64).range(1..=3_600))]
    pub import_timeout_s: u64,

    /// The same for one that goes on after its upload was answered (`Prefer: respond-async`), in seconds
    #[arg(long, env = "OUTRIDER_BACKGROUND_IMPORT_TIMEOUT_S", default_value_t = 1_800, value_name = "S", value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub background_import_timeout_s: u64,
}

/// An origin as browsers send it: scheme, host in small letters, and the port if it is not the usual one.
fn cors_origin(text: &str) -> Result<HeaderValue, String> {
    let expected = || format!("expected an origin such as https://control.example.org, without a path; got {text:?}");
    let is_origin = page::origin(text) == Some(text) && !text.ends_with(":443") && !text.ends_with(":80");
    if !is_origin || text.chars().any(|c| c.is_ascii_uppercase()) {
        return Err(expected());
    }
    HeaderValue::from_str(text).map_err(|_| expected())
}

/// A network such as 10.0.0.0/8, or a single address.
fn network(text: &str) -> Result<IpNet, String> {
    let single = |address: IpAddr| IpNet::from(address.to_canonical());
    text.parse::<IpNet>()
        .or_else(|_| text.parse::<IpAddr>().map(single))
        .map_err(|_| "expected an address, or a network such as 10.0.0.0/8".to_owned())
}

impl ProtectionConfig {
    /// Where the certificate is, if there is one.
    pub fn tls_files(&self) -> Option<TlsFiles> {
        let (certificate, key) = self.tls_cert.clone().zip(self.tls_key.clone())?;
        Some(TlsFiles { certificate, key })
    }

    /// Whose pages may use the API.
    pub fn cors(&self) -> CorsOptions {
        CorsOptions { origins: self.cors_origins.clone(), credentials: self.cors_credentials }
    }

    /// The limits.
    pub fn limits(&self) -> LimitOptions {
        let size = |amount: u32, shift: u32| usize::try_from(u64::from(amount) << shift).unwrap_or(usize::MAX);
        LimitOptions {
            requests_per_s: self.address_requests_per_s,
            failed_authentications_per_min: self.address_failures_per_min,
            connections: self.address_connections,
            streams: self.address_streams,
            addresses: size(self.remembered_addresses, 0),
            limit_loopback: self.limit_loopback,
            trusted_proxies: self.trusted_proxies.clone(),
            body_bytes: size(self.max_body_kb, 10),
            upload_bytes: size(self.max_upload_mb, 20),
            bodies_bytes: size(self.max_bodies_mb, 20),
            body_timeout: Duration::from_secs(self.body_timeout_s),
            upload_timeout: Duration::from_secs(self.upload_timeout_s),
            imports: self.max_imports,
            import_timeout: Duration::from_secs(self.import_timeout_s),
            background_import_timeout: Duration::from_secs(self.background_import_timeout_s),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_taken_as_browsers_send_it_or_not_at_all() {
        for origin in ["https://control.example.org", "http://10.0.0.7:3000", "http://[::1]:5173"] {
            assert_eq!(cors_origin(origin).unwrap(), origin);
        }
        for text in
            ["*", "null", "control.example.org", "https://a.example/", "https://A.example", "https://a.example:443"]
        {
            assert!(cors_origin(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_proxy_is_an_address_or_a_network() {
        assert_eq!(network("10.0.0.7").unwrap().to_string(), "10.0.0.7/32");
        assert_eq!(network("2001:db8::/32").unwrap().to_string(), "2001:db8::/32");
        assert!(network("10.0.0.0/33").is_err() && network("proxy").is_err());
    }
}
