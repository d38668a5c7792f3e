//! What the same Postgres can do at best, measured in the same run: how long one durable commit of a row takes at the same rate,
//! and how many such commits a second as many clients get.
//!
//! It is measured before, between and after the parts of the load, not during them: commits that run together share one flush of the
//! disk, and the machine's cores, so a measurement beside the load would change both. A machine that becomes faster or slower does so
//! for both in turn; how far the measurements are apart shows how far it drifted.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde::Serialize;
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use tokio::io::AsyncWriteExt;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::histogram::{Histogram, Summary};
use super::pacer::{Pace, keep_pace};
use crate::chain;
use crate::domain::ids::MissionId;
use crate::store::{CommitProbe, StoreError};

/// What of a measurement is not counted: connections are opened then.
const WARMUP: Duration = Duration::from_millis(500);
/// Connections for the open loop. The service has twelve unless told otherwise.
const CONNECTIONS: u32 = 12;

/// Where the bound is measured, and for how long.
#[derive(Clone, Debug)]
pub struct BoundSettings {
    /// The service's database.
    pub database: PgConnectOptions,
    /// `pgbench`, if it is installed.
    pub pgbench: Option<PathBuf>,
    /// How long each measurement takes.
    pub duration: Duration,
}

/// Why the bound cannot be measured.
#[derive(Debug, thiserror::Error)]
pub enum BoundError {
    /// The database fails.
    #[error("the bound cannot be measured on the database")]
    Store(#[from] StoreError),
    /// It is not the service's database.
    #[error("the database does not have the load test's missions: it is not that of the service")]
    OtherDatabase,
    /// The system gives no thread or process.
    #[error("the bound cannot be measured")]
    System(#[from] std::io::Error),
    /// `pgbench` did not do its work.
    #[error("pgbench failed: {0}")]
    Pgbench(String),
}

/// What the database can do at best.
#[derive(Clone, Debug, Serialize)]
pub struct Bound {
    /// The server's version and how durable its commits are.
    pub database: String,
    /// One row a commit, at the reports' rate: from when it was due to when it was durable. Before the load.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit_before: Option<Summary>,
    /// The same after the load.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit_after: Option<Summary>,
    /// Both together: what the service is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<Summary>,
    /// Commits of one row a second by as many clients, before the load.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inserts_per_s_before: Option<f64>,
    /// The same after the load.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inserts_per_s_after: Option<f64>,
    /// The same each time: before, between and after the parts of the load.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub inserts_per_s_each: Vec<f64>,
    /// Over the parts, the mean of what was measured before and after each: what the service is compared with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inserts_per_s: Option<f64>,
    /// What counted the inserts: `pgbench`, or connections of this program.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub measured_by: Option<&'static str>,
}

/// What is compared with the service.
#[derive(Clone, Copy, Debug)]
pub(super) enum Compared {
    /// The latency of commits at a rate.
    Latency { per_s: f64 },
    /// The rate of commits of so many clients.
    Rate { clients: usize },
}

/// A bound that is being measured.
pub(super) struct Bounding {
    probe: CommitProbe,
    settings: BoundSettings,
    compared: Compared,
    seed: u64,
    latencies: Vec<Histogram>,
    rates: Vec<f64>,
    database: String,
}

impl Bounding {
    /// Makes the scratch table, if this is the database that has the mission.
    pub(super) async fn begin(
        settings: BoundSettings,
        compared: Compared,
        mission: MissionId,
        seed: u64,
    ) -> Result<Self, BoundError> {
        let connections = match compared {
            Compared::Rate { clients } if settings.pgbench.is_none() => clients as u32,
            _ => CONNECTIONS,
        };
        let probe = CommitProbe::new(settings.database.clone(), connections);
        if !probe.has_mission(mission).await? {
            return Err(BoundError::OtherDatabase);
        }
        let found = probe.settings().await?;
        let database = format!(
            "PostgreSQL {}, fsync {}, synchronous_commit {}",
            found.server_version, found.fsync, found.synchronous_commit
        );
        probe.prepare().await?;
        Ok(Self { probe, settings, compared, seed, latencies: Vec::new(), rates: Vec::new(), database })
    }

    /// Measures once.
    pub(super) async fn measure(&mut self, stop: &CancellationToken) -> Result<(), BoundError> {
        match self.compared {
            Compared::Latency { per_s } => {
                let latency = self.latency(per_s, stop).await?;
                self.latencies.push(latency);
            }
            Compared::Rate { clients } => {
                let per_s = match &self.settings.pgbench {
                    Some(program) => self.pgbench(program, clients, stop).await?,
                    None => self.own_clients(clients, stop).await?,
                };
                self.rates.push(per_s);
            }
        }
        Ok(())
    }

    /// Removes the scratch table, and says what was measured.
    pub(super) async fn end(self) -> Bound {
        if let Err(error) = self.probe.remove().await {
            tracing::warn!(error = chain::of(&error), "the schema outrider_loadtest could not be dropped");
        }
        let both = Histogram::default();
        self.latencies.iter().for_each(|latency| both.add(latency));
        let rates = &self.rates;
        Bound {
            database: self.database,
            commit_before: self.latencies.first().map(Histogram::summary),
            commit_after: self.latencies.get(1).map(Histogram::summary),
            commit: (!self.latencies.is_empty()).then(|| both.summary()),
            inserts_per_s_before: rates.first().copied(),
            inserts_per_s_after: rates.get(1..).and_then(<[f64]>::last).copied(),
            inserts_per_s: mean(&around(rates)),
            measured_by: (!rates.is_empty()).then_some(if self.settings.pgbench.is_some() {
                "pgbench"
            } else {
                "own connections"
            }),
            inserts_per_s_each: self.rates,
        }
    }

    async fn latency(&self, per_s: f64, stop: &CancellationToken) -> Result<Histogram, BoundError> {
        let (tracker, probe) = (TaskTracker::new(), self.probe.clone());
        let (histogram, failed) = (Arc::new(Histogram::default()), Arc::new(AtomicU64::new(0)));
        let begin = Instant::now();
        let (counted_from, end) = (begin + WARMUP, begin + WARMUP + self.settings.duration);
        let commit = {
            let (tracker, histogram, failed) = (tracker.clone(), Arc::clone(&histogram), Arc::clone(&failed));
            move |_, _, due: Instant| {
                let (probe, histogram, failed) = (probe.clone(), Arc::clone(&histogram), Arc::clone(&failed));
                tracker.spawn(async move {
                    match probe.commit_row().await {
                        Ok(()) if due >= counted_from => histogram.record(due.elapsed()),
                        Ok(()) => {}
                        Err(_) => drop(failed.fetch_add(1, Ordering::Relaxed)),
                    }
                });
            }
        };
        keep_pace(vec![Pace { per_s }], self.seed, begin, end, stop.clone(), commit).await?;
        tracker.close();
        tracker.wait().await;
        if failed.load(Ordering::Relaxed) > 0 {
            // Asked once more, the database says why.
            self.probe.commit_row().await?;
        }
        let latency = Histogram::default();
        latency.add(&histogram);
        Ok(latency)
    }

    async fn own_clients(&self, clients: usize, stop: &CancellationToken) -> Result<f64, BoundError> {
        let mut tasks = tokio::task::JoinSet::new();
        let begin = Instant::now();
        let (counted_from, end) = (begin + WARMUP, begin + WARMUP + self.settings.duration);
        for _ in 0..clients {
            let (probe, stop) = (self.probe.clone(), stop.clone());
            tasks.spawn(async move {
                let mut count = 0_u64;
                while Instant::now() < end && !stop.is_cancelled() {
                    probe.commit_row().await?;
                    count += u64::from(Instant::now() >= counted_from);
                }
                Ok::<u64, StoreError>(count)
            });
        }
        let mut count = 0;
        while let Some(ended) = tasks.join_next().await {
            count += ended.map_err(std::io::Error::other)??;
        }
        Ok(count as f64 / counted_from.elapsed().as_secs_f64())
    }

    /// Whole seconds, as `pgbench` wants it.
    async fn pgbench(&self, program: &Path, clients: usize, stop: &CancellationToken) -> Result<f64, BoundError> {
        let seconds = (self.settings.duration.as_secs_f64().ceil() as u64).max(1);
        let threads = clients.min(std::thread::available_parallelism().map_or(2, usize::from));
        let mut command = tokio::process::Command::new(program);
        command.args(["--no-vacuum", "--protocol=prepared", "--file=-"]);
        command.args([format!("--client={clients}"), format!("--jobs={threads}"), format!("--time={seconds}")]);
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("PG")) {
            command.env_remove(name);
        }
        // As a URL on the command line, everybody on the machine could read a password.
        command.envs(connection_variables(&self.settings.database));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(self.probe.pgbench_script().as_bytes()).await?;
        }
        let output = tokio::select! {
            output = child.wait_with_output() => output?,
            () = stop.cancelled() => return Err(BoundError::Pgbench("stopped".to_owned())),
        };
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        read_tps(&said).filter(|_| output.status.success()).ok_or_else(|| {
            let errors = String::from_utf8_lossy(&output.stderr).into_owned();
            BoundError::Pgbench(format!("{}: {}", output.status, errors.lines().last().unwrap_or("no word")))
        })
    }
}

/// For each part of a load, the mean of what was measured before and after it. What was measured once stands for all.
pub(super) fn around(measured: &[f64]) -> Vec<f64> {
    match measured {
        [once] => vec![*once],
        several => several.windows(2).map(|pair| (pair[0] + pair[1]) / 2.0).collect(),
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The transactions a second in what `pgbench` says.
fn read_tps(said: &str) -> Option<f64> {
    let line = said.lines().find_map(|line| line.strip_prefix("tps = "))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The connection as libpq's environment variables.
fn connection_variables(database: &PgConnectOptions) -> Vec<(&'static str, String)> {
    let socket = database.get_socket().map(|folder| folder.display().to_string());
    let mut variables = vec![
        ("PGHOST", socket.unwrap_or_else(|| database.get_host().to_owned())),
        ("PGPORT", database.get_port().to_string()),
        ("PGUSER", database.get_username().to_owned()),
    ];
    variables.extend(database.get_database().map(|name| ("PGDATABASE", name.to_owned())));
    // Percent signs are not allowed in what a form encodes but as escapes, so this undoes the URL's.
    let url = database.to_url_lossy();
    let password = url.password().map(|password| {
        form_urlencoded::parse(password.replace('+', "%2B").as_bytes()).next().map(|(text, _)| text.into_owned())
    });
    variables.extend(password.flatten().map(|password| ("PGPASSWORD", password)));
    variables
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    #[test]
    fn a_machine_that_slows_down_does_so_for_the_service_and_its_bound() {
        // It does 0.8 of whatever the machine does, which is half of it at the end.
        let bound = [10_000.0, 10_000.0, 9_000.0, 7_000.0, 5_000.0];
        let parts = around(&bound);
        assert_eq!(parts, [10_000.0, 9_500.0, 8_000.0, 6_000.0]);
        let service = parts.iter().map(|part| part * 0.8).sum::<f64>() / parts.len() as f64;
        assert!((service / mean(&parts).unwrap() - 0.8).abs() < 1e-9);
        assert_eq!((around(&[7.0]), around(&[]), mean(&[])), (vec![7.0], vec![], None));
    }

    #[test]
    fn what_pgbench_says_is_read() {
        let said =
            "transaction type: -\nlatency average = 1.341 ms\ntps = 23861.552 (without initial connection time)\n";
        assert_eq!(read_tps(said), Some(23_861.552));
        assert_eq!(read_tps("pgbench: error: connection refused"), None);
    }

    #[test]
    fn pgbench_connects_to_the_same_database() {
        let of = |url: &str| connection_variables(&PgConnectOptions::from_str(url).unwrap());
        let text = |v: Vec<(&str, String)>| v.iter().map(|(n, v)| format!("{n}={v} ")).collect::<String>();
        let local = text(of("postgres://outrider@%2Fdata%20dir%2Fsocket:5432/outrider?sslmode=disable"));
        assert_eq!(local, "PGHOST=/data dir/socket PGPORT=5432 PGUSER=outrider PGDATABASE=outrider ");
        let remote = text(of("postgres://me:a%2Bb+c%20%25%3D%26@db.example:6000/other"));
        assert_eq!(remote, "PGHOST=db.example PGPORT=6000 PGUSER=me PGDATABASE=other PGPASSWORD=a+b+c %=& ");
    }
}
