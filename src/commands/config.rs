//! What can be configured: every flag with its variable, in one place.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::protection::ProtectionConfig;
use crate::api::tls::Tls;

/// What is logged, and how.
#[derive(Clone, Debug, Args)]
pub struct LogConfig {
    /// How log lines look: `pretty` for people, `json` for machines
    #[arg(long, env = "OUTRIDER_LOG_FORMAT", value_enum, default_value = "pretty", global = true)]
    pub log_format: LogFormat,

    /// What is logged: a level (error, warn, info, debug, trace), or a filter such as `info,outrider::app=debug`
    #[arg(
        long = "log",
        id = "log_filter",
        env = "OUTRIDER_LOG",
        default_value = "info",
        global = true,
        value_name = "FILTER"
    )]
    pub log_filter: String,

    /// Where traces are sent, by OTLP over HTTP in protobuf, such as http://127.0.0.1:4318. Without it there are none. OTEL_TRACES_SAMPLER
    /// and the like are heeded
    #[arg(long, env = "OTEL_EXPORTER_OTLP_ENDPOINT", global = true, value_name = "URL", value_parser = collector_url)]
    pub otlp_endpoint: Option<String>,
}

/// A URL of a collector nearby: traces are not encrypted on their way to it.
fn collector_url(text: &str) -> Result<String, String> {
    let taken = text.starts_with("http://") && crate::api::page::origin(text).is_some();
    taken.then(|| text.to_owned()).ok_or_else(|| {
        "expected a URL that begins with http://; encryption is a matter of a collector on this machine".to_owned()
    })
}

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// One JSON object a line.
    Json,
}

/// Which database.
#[derive(Clone, Debug, Args)]
pub struct DatabaseConfig {
    /// The Postgres to use, such as postgres://user:password@host/outrider. Without it a private Postgres is run in the data
    /// folder. Of a primary and its standbys all hosts are given, postgres://user:password@one:5432,two:5432/outrider: the
    /// primary among them is found, also after a failover
    #[arg(long, env = "OUTRIDER_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<String>,

    /// The folder of the private Postgres. Default: /var/lib/outrider for root, else outrider in the user's data folder
    /// (~/.local/share)
    #[arg(long, env = "OUTRIDER_DATA_DIR", value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,

    /// The folder of the Postgres server programs (initdb, postgres). Found by itself where packages put them
    #[arg(long, env = "OUTRIDER_PG_BINDIR", value_name = "FOLDER")]
    pub pg_bindir: Option<PathBuf>,

    /// How many connections to the database are open at the most
    #[arg(long, env = "OUTRIDER_DATABASE_CONNECTIONS", default_value_t = 12, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1000))]
    pub database_connections: u32,
}

impl DatabaseConfig {
    /// The data folder: the one given, or the default.
    ///
    /// # Errors
    /// When none is given and the user has no home.
    pub fn data_dir(&self) -> anyhow::Result<PathBuf> {
        if let Some(folder) = &self.data_dir {
            return Ok(std::path::absolute(folder)?);
        }
        if nix::unistd::geteuid().is_root() {
            // Postgres does not run as root, and root's home is closed to whoever it runs as.
            return Ok(PathBuf::from("/var/lib/outrider"));
        }
        let from = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        from("XDG_DATA_HOME")
            .or_else(|| from("HOME").map(|home| home.join(".local/share")))
            .map(|folder| folder.join("outrider"))
            .ok_or_else(|| anyhow::anyhow!("there is no home folder for the data; set OUTRIDER_DATA_DIR"))
    }
}

/// The service.
#[derive(Clone, Debug, Args)]
pub struct ServeConfig {
    /// The address to listen on
    #[arg(long, env = "OUTRIDER_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub listen: SocketAddr,

    #[command(flatten)]
    #[expect(missing_docs, reason = "a doc comment would become the help's heading")]
    pub database: DatabaseConfig,

    #[command(flatten)]
    #[expect(missing_docs, reason = "a doc comment would become the help's heading")]
    pub access: super::AccessConfig,

    /// How many threads answer requests and carry streams. Default: one less than there are processors, at least 1
    #[arg(long, env = "OUTRIDER_REQUEST_THREADS", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub request_threads: Option<u16>,

    /// How many plans are computed at a time. Default: one less than there are processors, at least 1
    #[arg(long, env = "OUTRIDER_PLANNER_THREADS", value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub planner_threads: Option<u16>,

    /// How long a strategy may think before, with the current route blocked, the shortest safe route goes out first, in
    /// milliseconds
    #[arg(long, env = "OUTRIDER_PROVISIONAL_AFTER_MS", default_value_t = 20, value_name = "MS")]
    pub provisional_after_ms: u64,

    /// How long a strategy may think at all before the shortest safe route stands in for its plan, in seconds
    #[arg(long, env = "OUTRIDER_PLANNER_TIME_LIMIT_S", default_value_t = 10, value_name = "S", value_parser = clap::value_parser!(u64).range(1..=600))]
    pub planner_time_limit_s: u64,

    /// How many plans of one mission are made a second for long, half as many where the service is busy; as many may follow each
    /// other at once
    #[arg(long, env = "OUTRIDER_PLANS_PER_S", default_value_t = 25, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub plans_per_s: u32,

    /// How many event streams may be open
    #[arg(long, env = "OUTRIDER_MAX_SUBSCRIBERS", default_value_t = 12_000, value_name = "N")]
    pub max_subscribers: usize,

    /// How many connections may be open, streams among them; further ones are answered with 503
    #[arg(long, env = "OUTRIDER_MAX_CONNECTIONS", default_value_t = 16_000, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_connections: u32,

    /// How often event streams carry a heartbeat, in seconds
    #[arg(long, env = "OUTRIDER_HEARTBEAT_S", default_value_t = 15, value_name = "S", value_parser = clap::value_parser!(u64).range(1..=300))]
    pub heartbeat_s: u64,

    /// After about how many seconds event streams end, so that clients spread over replicas again (80 to 120 % of it)
    #[arg(long, env = "OUTRIDER_STREAM_LIFETIME_S", default_value_t = 3600, value_name = "S", value_parser = clap::value_parser!(u64).range(1..))]
    pub stream_lifetime_s: u64,

    /// After how many seconds a client that takes nothing is cut off
    #[arg(long, env = "OUTRIDER_WRITE_STALL_LIMIT_S", default_value_t = 30, value_name = "S", value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub write_stall_limit_s: u64,

    #[command(flatten)]
    #[expect(missing_docs, reason = "a doc comment would become the help's heading")]
    pub protection: ProtectionConfig,

    /// A MapLibre style that the page's map is drawn on. The page then asks its host
    #[arg(long, env = "OUTRIDER_MAP_STYLE", value_name = "URL", value_parser = map_url)]
    pub map_style: Option<String>,

    /// Raster tiles that the page's map is drawn on, such as `https://tiles.example.org/{z}/{x}/{y}.png`. The page then asks their
    /// host
    #[arg(long, env = "OUTRIDER_MAP_TILES", value_name = "URL", value_parser = map_url, conflicts_with = "map_style")]
    pub map_tiles: Option<String>,

    /// Whom the map's makers want to be named on it
    #[arg(long, env = "OUTRIDER_MAP_ATTRIBUTION", value_name = "TEXT")]
    pub map_attribution: Option<String>,

    /// Further origins that the style's tiles, fonts and images come from, separated by commas
    #[arg(long, env = "OUTRIDER_MAP_ORIGINS", value_name = "ORIGINS", value_delimiter = ',', value_parser = map_url)]
    pub map_origins: Vec<String>,

    #[command(flatten)]
    #[expect(missing_docs, reason = "a doc comment would become the help's heading")]
    pub retention: RetentionConfig,
}

/// What becomes of what is old.
#[derive(Clone, Debug, Args)]
pub struct RetentionConfig {
    /// After how many days missions that ended leave the database. Their logs are kept as files in --retention-dir, which
    /// `outrider replay` reads. Without it all missions stay
    #[arg(long, env = "OUTRIDER_RETAIN_ENDED_DAYS", value_name = "DAYS", requires = "retention_dir", value_parser = clap::value_parser!(u32).range(1..=36500))]
    pub retain_ended_days: Option<u32>,

    /// The folder for the logs of missions that leave the database
    #[arg(long, env = "OUTRIDER_RETENTION_DIR", value_name = "FOLDER")]
    pub retention_dir: Option<PathBuf>,

    /// After how many days entries of the audit log are deleted. Without it all stay
    #[arg(long, env = "OUTRIDER_RETAIN_AUDIT_DAYS", value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36500))]
    pub retain_audit_days: Option<u32>,
}

impl RetentionConfig {
    fn options(&self) -> crate::app::RetentionOptions {
        let days = |days: u32| Duration::from_secs(u64::from(days) * 24 * 3600);
        crate::app::RetentionOptions {
            ended_kept: self.retain_ended_days.map(days),
            folder: self.retention_dir.clone(),
            audit_kept: self.retain_audit_days.map(days),
            ..Default::default()
        }
    }
}

/// A URL of a host whose name may stand in the page's content security policy, or a path on this service.
fn map_url(text: &str) -> Result<String, String> {
    let is_path = text.starts_with('/') && !text.starts_with("//");
    let taken = is_path || crate::api::page::origin(text).is_some();
    taken.then(|| text.to_owned()).ok_or_else(|| "expected a URL that begins with http:// or https://".to_owned())
}

/// One thread less than there are processors: the database wants one as well, and threads that wait for it and for each other on the same
/// few processors spend them on waking each other.
fn all_processors_but_one() -> usize {
    std::thread::available_parallelism().map_or(1, |processors| (processors.get() - 1).max(1))
}

impl ServeConfig {
    /// How many threads answer requests and carry streams.
    pub(super) fn request_threads(&self) -> usize {
        self.request_threads.map_or_else(all_processors_but_one, usize::from)
    }

    /// The use cases' options.
    pub fn app_options(&self) -> crate::app::AppOptions {
        crate::app::AppOptions {
            planner_threads: self.planner_threads.map_or_else(all_processors_but_one, usize::from),
            provisional_after: Duration::from_millis(self.provisional_after_ms),
            planner_time_limit: Duration::from_secs(self.planner_time_limit_s),
            plans_per_s: self.plans_per_s,
            max_subscribers: self.max_subscribers,
            access: self.access.options(self.listen),
            retention: self.retention.options(),
            ..Default::default()
        }
    }

    /// The options of connections, with the certificate that is in use.
    pub fn server_options(&self, tls: Option<Arc<Tls>>) -> crate::api::server::ServerOptions {
        crate::api::server::ServerOptions {
            max_connections: usize::try_from(self.max_connections).unwrap_or(usize::MAX),
            write_stall_limit: Duration::from_secs(self.write_stall_limit_s),
            header_timeout: Duration::from_secs(self.protection.header_timeout_s),
            handshake_timeout: Duration::from_secs(self.protection.handshake_timeout_s),
            tls,
            limits: self.protection.limits(),
        }
    }

    /// The HTTP options.
    pub fn api_options(&self) -> crate::api::ApiOptions {
        crate::api::ApiOptions {
            heartbeat: Duration::from_secs(self.heartbeat_s),
            stream_lifetime: Duration::from_secs(self.stream_lifetime_s),
            log_level: super::logging::level(),
            page: crate::api::page::PageOptions {
                style_url: self.map_style.clone(),
                tiles_url: self.map_tiles.clone(),
                attribution: self.map_attribution.clone(),
                origins: self.map_origins.clone(),
            },
            cors: self.protection.cors(),
        }
    }
}
