//! `outrider loadtest`: load on a running service, and a judgement of it.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use sqlx::postgres::PgConnectOptions;

use super::config::DatabaseConfig;
use super::open_files;
use super::serve::stop_signal;
use crate::chain;
use crate::domain::access::Secret;
use crate::loadtest::{self, Amount, BoundSettings, Load, Required, Settings, Source};
use crate::store::local;

/// Files besides streams: connections of senders and to the database.
const OTHER_FILES: u64 = 600;

/// How long a part of a load is unless it is told otherwise, in seconds, and how many there are then at the most.
const PART_S: f64 = 5.0;
const MOST_PARTS: usize = 12;

const EXAMPLES: &str = "\
Examples:
  # Against `outrider serve` on this machine, with its private Postgres: 20 missions, 200 reports a second, for 30 s
  outrider loadtest

  # More of it, on a city, with slow and vanishing subscribers, and a file with all figures
  outrider loadtest --network tokyo/node_data --network tokyo/req_edge_list --reports-per-s 500 --subscribers 100 --slow 10 \\
      --vanishing 20 --output figures.json

  # How many reports a second are taken in: single ones by 32 clients, and in batches of 100
  outrider loadtest --load reports
  outrider loadtest --load batches

  # What 10,000 idle streams cost, and how soon all of them have one event
  outrider loadtest --load idle --subscribers 10000

  # Two replicas over one Postgres; exits with 1 if a plan takes more than 3 times a commit at p50, or 5 times at p99
  outrider loadtest --url http://10.0.0.1:8080 --url http://10.0.0.2:8080 --database-url postgres://outrider@db/outrider \\
      --max-plan-p50-ratio 3 --max-plan-p99-ratio 5

  # What 1,000 bad requests a second do to the vehicles: exits with 1 if their p99 becomes more than twice what it was
  outrider loadtest --bad-requests 1000 --max-flood-p99-ratio 2

Exits with 0 if every promise was kept and every requirement is met, with 1 otherwise. Ctrl-C ends the load, and the missions.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct LoadtestConfig {
    /// The kind of load
    #[arg(long, value_enum, default_value = "steady")]
    load: LoadKind,

    /// The service. May be given several times: replicas over one database
    #[arg(
        long = "url",
        env = "OUTRIDER_URL",
        default_value = "http://127.0.0.1:8080",
        value_name = "URL",
        value_delimiter = ' '
    )]
    urls: Vec<String>,

    /// The key of an operator, if the service is not open; a viewer's is not enough
    #[arg(long, env = "OUTRIDER_KEY", value_name = "KEY", hide_env_values = true)]
    key: Option<Secret>,

    /// The network: a GeoJSON file, or node_data and req_edge_list of the LineCoverage data set (twice, or their folder).
    /// Without it the built-in sample town
    #[arg(long = "network", value_name = "FILE")]
    networks: Vec<PathBuf>,

    /// How many missions there are at the same time
    #[arg(long, value_name = "N", help = "How many missions there are at the same time [default: 20; idle: 1]", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    missions: Option<u32>,

    /// How many UAVs each mission has
    #[arg(long, default_value_t = 3, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=100))]
    uavs: u32,

    /// The missions' strategy, or a strategy with parameters such as `k_shortest_paths:{"k":5}`
    #[arg(long, default_value = "shortest_path", value_name = "NAME", value_parser = strategy)]
    strategy: Value,

    /// For steady: reports a second over all missions
    #[arg(long, default_value_t = 200.0, value_name = "N", value_parser = per_s)]
    reports_per_s: f64,

    /// For steady: positions a second over all missions
    #[arg(long, default_value_t = 100.0, value_name = "N", value_parser = per_s)]
    positions_per_s: f64,

    /// For steady: bad requests a second (bad bodies, unknown ids, wrong keys, too large ones) beside the load, in a second part of
    /// the run as long as the first; what they do to the others is the ratio of the two
    #[arg(long = "bad-requests", default_value_t = 0.0, value_name = "N", value_parser = per_s)]
    bad_requests_per_s: f64,

    /// For reports and batches: how many clients send one request after the other
    #[arg(long, default_value_t = 32, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=500))]
    clients: u32,

    /// For batches: reports of a request
    #[arg(long, default_value_t = 100, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    batch: u32,

    /// Subscribers that read what comes, spread over the missions; each mission has at least one
    #[arg(
        long,
        value_name = "N",
        help = "Subscribers that read what comes, spread over the missions; each mission has at least one [default: two a mission; idle: 10000]"
    )]
    subscribers: Option<u32>,

    /// Subscribers that read little by little
    #[arg(long, default_value_t = 0, value_name = "N")]
    slow: u32,

    /// Subscribers that drop their connection at any moment, come back, and resume
    #[arg(long, default_value_t = 0, value_name = "N")]
    vanishing: u32,

    /// How long it is measured, in seconds
    #[arg(long, default_value_t = 30.0, value_name = "S", value_parser = seconds)]
    duration_s: f64,

    #[arg(
        long,
        value_name = "N",
        value_parser = clap::value_parser!(u32).range(1..=1_000),
        help = "For reports and batches: in how many parts they are measured, all as long, with the bound before, between and after them, so that a machine whose speed changes does so for both [default: one for each 5 s of --duration-s, 12 at most]"
    )]
    parts: Option<u32>,

    /// How long load is made before anything counts, in seconds
    #[arg(long, default_value_t = 2.0, value_name = "S", value_parser = seconds_or_none)]
    warmup_s: f64,

    /// For idle: how many events are sent to all, one after the other
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rounds: u32,

    /// The same seed, the same trips, findings and times
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,

    /// Write all figures to this file, as JSON
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// The service's database, for the bound: what it can do at best, in a schema of its own that is dropped afterwards. Without
    /// it the private Postgres of the data folder is used if it runs and is that of the service
    #[arg(long, env = "OUTRIDER_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    database_url: Option<String>,

    /// The service's data folder, if it has a private Postgres that is not in the default one
    #[arg(long, env = "OUTRIDER_DATA_DIR", value_name = "FOLDER")]
    data_dir: Option<PathBuf>,

    /// The folder of `pgbench`. Found by itself where packages put it; without it this program's own connections measure
    #[arg(long, env = "OUTRIDER_PG_BINDIR", value_name = "FOLDER")]
    pg_bindir: Option<PathBuf>,

    /// How long the bound is measured each time, before and after the load or its parts, in seconds
    #[arg(long, default_value_t = 5.0, value_name = "S", value_parser = seconds)]
    bound_s: f64,

    /// Leave the bound out
    #[arg(long)]
    no_bound: bool,

    /// The service's process on this machine, whose memory is read. Once for each URL. Without it the service's metrics say it
    #[arg(long = "pid", value_name = "PID")]
    pids: Vec<u32>,

    #[command(flatten)]
    required: RequiredConfig,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum LoadKind {
    /// Reports and positions at a rate, whatever the service answers; latencies count from when they were due
    Steady,
    /// Clients that send one report after the other, as fast as they are answered
    Reports,
    /// The same with batches of reports
    Batches,
    /// Many streams on which nothing comes, and then one event to all
    Idle,
}

/// Exit with 1 unless these are met. Ratios are of the service to the bound.
#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "Requirements")]
struct RequiredConfig {
    /// Report-to-acknowledged at p50, as a multiple of a commit's
    #[arg(long, value_name = "RATIO", value_parser = limit)]
    max_ack_p50_ratio: Option<f64>,
    /// Report-to-acknowledged at p99, as a multiple of a commit's
    #[arg(long, value_name = "RATIO", value_parser = limit)]
    max_ack_p99_ratio: Option<f64>,
    /// Report-to-plan-on-the-stream at p50, as a multiple of a commit's
    #[arg(long, value_name = "RATIO", value_parser = limit)]
    max_plan_p50_ratio: Option<f64>,
    /// Report-to-plan-on-the-stream at p99, as a multiple of a commit's
    #[arg(long, value_name = "RATIO", value_parser = limit)]
    max_plan_p99_ratio: Option<f64>,
    /// Report-to-plan-on-the-stream at p99 among --bad-requests, as a multiple of that without them
    #[arg(long, value_name = "RATIO", value_parser = limit)]
    max_flood_p99_ratio: Option<f64>,
    /// Acknowledged reports a second, as a share of inserts a second by as many clients
    #[arg(long, value_name = "RATIO", value_parser = limit)]
    min_rate_ratio: Option<f64>,
    /// The service's memory for each idle stream, in kB (1,000 bytes)
    #[arg(long, value_name = "KB", value_parser = limit)]
    max_kb_per_stream: Option<f64>,
    /// Until the last idle stream has an event, in milliseconds
    #[arg(long, value_name = "MS", value_parser = limit)]
    max_fan_out_ms: Option<f64>,
}

fn number(text: &str, from: f64, to: f64) -> Result<f64, String> {
    let number: Option<f64> = text.parse().ok();
    number.filter(|number| (from..=to).contains(number)).ok_or_else(|| format!("expected a number from {from} to {to}"))
}

fn per_s(text: &str) -> Result<f64, String> {
    number(text, 0.0, 100_000.0)
}

fn seconds(text: &str) -> Result<f64, String> {
    number(text, 0.5, 604_800.0)
}

fn seconds_or_none(text: &str) -> Result<f64, String> {
    number(text, 0.0, 3_600.0)
}

fn limit(text: &str) -> Result<f64, String> {
    number(text, 0.0, 1e9)
}

fn strategy(text: &str) -> Result<Value, String> {
    let (name, parameters) = text.split_once(':').unwrap_or((text, "{}"));
    let parameters: serde_json::Map<String, Value> =
        serde_json::from_str(parameters).map_err(|e| format!("the parameters are no JSON object: {e}"))?;
    Ok(json!({ "name": name, "parameters": parameters }))
}

pub(super) async fn run(config: &LoadtestConfig) -> anyhow::Result<ExitCode> {
    let source = read_network(&config.networks)?;
    let settings = config.settings()?;
    let streams = settings.amount.streams() as u64;
    let files = open_files::raise();
    if files < streams + OTHER_FILES {
        bail!(
            "{streams} streams need {} open files, but this process may have {files}. Raise the limit (as root: `ulimit -n \
             65536`; for a systemd unit: LimitNOFILE=65536; for a container: --ulimit nofile=65536:65536), for the service as \
             well, or choose at most {} --subscribers",
            streams + OTHER_FILES,
            files.saturating_sub(OTHER_FILES)
        );
    }
    if let Some(path) = &config.output {
        // Found out now, not after an hour.
        std::fs::write(path, "").with_context(|| format!("{} cannot be written", path.display()))?;
    }
    let stop = stop_signal()?;
    let progress = progress_bar();
    let ran = loadtest::run(&settings, &source, &progress, &stop).await;
    progress.finish_and_clear();
    let report = ran?;
    if let Some(path) = &config.output {
        let mut text = serde_json::to_string_pretty(&report)?;
        text.push('\n');
        std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    // The person at the terminal may have closed it.
    let _ = std::io::stdout().write_all(report.to_text().as_bytes());
    Ok(if report.passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

impl LoadtestConfig {
    /// How many threads the load test itself works with, if not one a processor: clients that wait for each answer keep one thread
    /// busy for a part of its time, and several would only wake each other, on processors that the service needs.
    pub(super) fn threads(&self) -> Option<usize> {
        (self.load == LoadKind::Reports).then_some(1)
    }

    fn settings(&self) -> anyhow::Result<Settings> {
        let load = match self.load {
            LoadKind::Steady => Load::Steady,
            LoadKind::Reports => Load::Reports,
            LoadKind::Batches => Load::Batches,
            LoadKind::Idle => Load::Idle,
        };
        let idle = load == Load::Idle;
        let missions = self.missions.unwrap_or(if idle { 1 } else { 20 });
        if idle && (missions, self.slow, self.vanishing) != (1, 0, 0) {
            bail!("--load idle has one mission, and neither slow nor vanishing subscribers");
        }
        if load == Load::Steady && self.reports_per_s == 0.0 {
            bail!("--reports-per-s 0 leaves nothing to be measured");
        }
        if load != Load::Steady && self.bad_requests_per_s > 0.0 {
            bail!("--bad-requests goes with --load steady only");
        }
        let in_parts = matches!(load, Load::Reports | Load::Batches);
        if !in_parts && self.parts.is_some() {
            bail!("--parts goes with --load reports and --load batches only");
        }
        if self.bad_requests_per_s == 0.0 && self.required.max_flood_p99_ratio.is_some() {
            bail!("--max-flood-p99-ratio needs --bad-requests");
        }
        if !self.pids.is_empty() && self.pids.len() != self.urls.len() {
            bail!("--pid is given {} times, but --url {} times: one process each", self.pids.len(), self.urls.len());
        }
        let required = self.required;
        let required = Required {
            max_ack_p50_ratio: required.max_ack_p50_ratio,
            max_ack_p99_ratio: required.max_ack_p99_ratio,
            max_plan_p50_ratio: required.max_plan_p50_ratio,
            max_plan_p99_ratio: required.max_plan_p99_ratio,
            max_flood_p99_ratio: required.max_flood_p99_ratio,
            min_rate_ratio: required.min_rate_ratio,
            max_kb_per_stream: required.max_kb_per_stream,
            max_fan_out_ms: required.max_fan_out_ms,
        };
        let bound = self.bound()?;
        // Parts are there to be compared.
        let parts =
            if in_parts && bound.is_ok() { ((self.duration_s / PART_S) as usize).clamp(1, MOST_PARTS) } else { 1 };
        if let (true, Err(why)) = (required.needs_bound(), &bound) {
            bail!("a ratio to the bound is required, but there is no bound: {why}");
        }
        Ok(Settings {
            urls: self.urls.clone(),
            key: self.key.clone(),
            pids: self.pids.clone(),
            load,
            amount: Amount {
                missions: missions as usize,
                uavs: self.uavs as usize,
                reports_per_s: self.reports_per_s,
                positions_per_s: self.positions_per_s,
                bad_requests_per_s: self.bad_requests_per_s,
                clients: self.clients as usize,
                batch: self.batch as usize,
                subscribers: self.subscribers.unwrap_or(if idle { 10_000 } else { 2 * missions }) as usize,
                slow: self.slow as usize,
                vanishing: self.vanishing as usize,
                warmup_s: self.warmup_s,
                duration_s: self.duration_s,
                parts: self.parts.map_or(parts, |parts| parts as usize),
                rounds: self.rounds as usize,
                strategy: self.strategy.clone(),
                seed: self.seed,
            },
            required,
            bound,
        })
    }

    /// Where the bound is measured, or why it is not.
    fn bound(&self) -> anyhow::Result<Result<BoundSettings, String>> {
        if self.no_bound {
            return Ok(Err("--no-bound".to_owned()));
        }
        let url = match &self.database_url {
            Some(url) => url.clone(),
            None => match self.private_url() {
                Ok(url) => url,
                // Whoever names the folder means it.
                Err(why) if self.data_dir.is_some() => bail!(why),
                Err(why) => return Ok(Err(why)),
            },
        };
        if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
            bail!("--database-url is not a Postgres URL, such as postgres://user:password@host/outrider");
        }
        let database = PgConnectOptions::from_str(&url).context("--database-url is not a Postgres URL")?;
        let pgbench = local::find_program("pgbench", self.pg_bindir.as_deref());
        Ok(Ok(BoundSettings { database, pgbench, duration: Duration::from_secs_f64(self.bound_s) }))
    }

    /// The private Postgres of the data folder, or why there is none.
    fn private_url(&self) -> Result<String, String> {
        let database = DatabaseConfig {
            database_url: None,
            data_dir: self.data_dir.clone(),
            pg_bindir: None,
            database_connections: 0,
        };
        let folder = database.data_dir().map_err(|e| e.to_string())?;
        match local::running_url(&folder) {
            Ok(Some(url)) => Ok(url),
            Ok(None) => Err(format!(
                "no private Postgres runs in {}; --database-url or --data-dir says which one the service uses",
                folder.display()
            )),
            Err(error) => Err(chain::of(&error)),
        }
    }
}

fn read_network(files: &[PathBuf]) -> anyhow::Result<Source> {
    let read = |path: &Path| std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()));
    let pair = |node_data: &Path, req_edge_list: &Path| -> anyhow::Result<Source> {
        let (nodes, edges) = (read(node_data)?, read(req_edge_list)?);
        Source::line_coverage(&nodes, &edges).context("the files are no LineCoverage network")
    };
    match files {
        [] => Ok(Source::sample_town()?),
        [folder] if folder.is_dir() => pair(&folder.join("node_data"), &folder.join("req_edge_list")),
        [file] => Source::geojson(read(file)?).with_context(|| format!("{} is no network", file.display())),
        [one, other] if other.ends_with("node_data") => pair(other, one),
        [one, other] => pair(one, other),
        _ => bail!("--network takes one GeoJSON file, or node_data and req_edge_list, or their folder"),
    }
}

/// A bar on a terminal, nothing elsewhere.
fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let progress = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {wide_bar} {pos}/{len} {elapsed}") {
        progress.set_style(style);
    }
    progress.enable_steady_tick(Duration::from_millis(200));
    progress
}
