//! `outrider serve`.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use anyhow::Context;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use nix::sys::statvfs::statvfs;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::access;
use super::config::ServeConfig;
use super::database::Database;
use super::open_files;
use crate::api::measures::{self, Kind};
use crate::api::tls::Tls;
use crate::api::{self, server};
use crate::app::{App, clock};
use crate::domain::timestamp::Timestamp;
use crate::planning::strategy::Strategies;
use crate::{chain, release};

/// How often what gathers in histograms is put into their buckets, and levels that change by themselves are looked at.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

pub(super) async fn run(config: ServeConfig) -> anyhow::Result<()> {
    let stop = stop_signal()?;
    if open_files::raise() < config.max_subscribers as u64 {
        tracing::warn!(
            "this process may not open as many files as it may have streams; raise `ulimit -n` or lower --max-subscribers"
        );
    }
    let service = Service::start(&config).await?;
    println!("Outrider listens on {}  (page /, API documentation /docs, readiness /readyz)", service.url());
    service.run_until(stop).await
}

/// A service that is about to serve: its database is migrated and its port is open.
pub struct Service {
    /// The use cases.
    pub app: Arc<App>,
    /// Where it listens.
    pub address: SocketAddr,
    config: ServeConfig,
    listener: TcpListener,
    tls: Option<Arc<Tls>>,
    database: Database,
}

impl Service {
    /// Opens the port and the database. A database of a URL that is away does not keep the service from starting: it serves
    /// 503 until the database is there, and migrates then.
    ///
    /// # Errors
    /// When the port is taken, everybody could come in from anywhere, the certificate cannot be used, the private Postgres does not
    /// start, or the schema cannot be migrated.
    pub async fn start(config: &ServeConfig) -> anyhow::Result<Self> {
        Self::start_with(config, Strategies::built_in()).await
    }

    /// The same with these strategies for missions to choose from.
    ///
    /// # Errors
    /// As those of [`Service::start`].
    pub async fn start_with(config: &ServeConfig, strategies: Strategies) -> anyhow::Result<Self> {
        let listener = server::listen(config.listen)
            .with_context(|| format!("cannot listen on {}; choose another address with --listen", config.listen))?;
        let address = listener.local_addr()?;
        let tls = match config.protection.tls_files() {
            Some(files) => Some(Arc::new(Tls::load(files).await?)),
            None => None,
        };
        let database = Database::open(&config.database).await?;
        match database.store.migrate().await {
            Ok(()) => {}
            Err(error) if error.is_unavailable() => {
                tracing::warn!(error = chain::of(&error), "the database is away; will go on trying to reach it");
            }
            Err(error) => return Err(error.into()),
        }
        if database.is_private() {
            // Nobody else can be there, so nobody is waited for whose process was killed.
            database.store.forget_replicas().await?;
        }
        let options = config.app_options();
        let app = App::new(database.store.clone(), strategies, options.clone());
        if let Err(refused) = access::check(&app, &options.access, config.listen).await {
            database.close().await;
            return Err(refused);
        }
        app.start();
        Ok(Self { app, address, config: config.clone(), listener, tls, database })
    }

    /// Its URL, by the address it listens on.
    pub fn url(&self) -> String {
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// Serves until the token is cancelled, then stops in order; the private Postgres last.
    ///
    /// # Errors
    /// When something else records metrics already.
    pub async fn run_until(self, stop: CancellationToken) -> anyhow::Result<()> {
        let metrics = metrics_handle()?;
        let routes = api::Routes::new(Arc::clone(&self.app), self.config.api_options(), metrics.clone());
        let upkeep = tokio::spawn(keep_metrics_up(metrics, self.database.data_dir().map(ToOwned::to_owned)));
        let migrating = tokio::spawn(migrate_when_there(self.database.store.clone(), stop.clone()));
        let options = self.config.server_options(self.tls);
        server::serve(self.listener, routes, self.app, options, stop.cancelled_owned()).await;
        migrating.abort();
        upkeep.abort();
        self.database.close().await;
        tracing::info!("stopped");
        Ok(())
    }
}

/// Values of histograms gather until somebody asks for them; whoever is never asked would keep all of them.
async fn keep_metrics_up(metrics: PrometheusHandle, data_dir: Option<PathBuf>) {
    let mut ticks = tokio::time::interval(UPKEEP_EVERY);
    loop {
        ticks.tick().await;
        metrics.run_upkeep();
        if let Some(disk) = data_dir.as_deref().and_then(|folder| statvfs(folder).ok()) {
            let bytes = |blocks: u64| blocks as f64 * disk.fragment_size() as f64;
            metrics::gauge!("outrider_data_dir_free_bytes").set(bytes(disk.blocks_available()));
            metrics::gauge!("outrider_data_dir_size_bytes").set(bytes(disk.blocks()));
        }
    }
}

/// Migrates a database that was away at the start.
async fn migrate_when_there(store: crate::store::Store, stop: CancellationToken) {
    while !stop.is_cancelled() {
        match store.check_ready().await {
            Ok(()) => return,
            Err(_) => {
                if let Err(error) = store.migrate().await
                    && !error.is_unavailable()
                {
                    tracing::error!(error = chain::of(&error), "the schema could not be migrated");
                }
            }
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Within this time a second signal is the first one again: supervisors tell a process and its group.
const SAME_SIGNAL: Duration = Duration::from_secs(1);

/// Cancelled by SIGINT or SIGTERM; a second one ends the process at once.
///
/// # Errors
/// When the signals cannot be listened to.
pub fn stop_signal() -> anyhow::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let told = stop.clone();
    tokio::spawn(async move {
        let mut first: Option<Instant> = None;
        loop {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            if first.get_or_insert_with(Instant::now).elapsed() > SAME_SIGNAL {
                tracing::warn!("told twice to stop: ending at once");
                std::process::exit(1);
            }
            told.cancel();
        }
    });
    Ok(stop)
}

/// The process's metrics. There is one recorder a process, however many services run in it.
///
/// # Errors
/// When something else records metrics already.
pub fn metrics_handle() -> anyhow::Result<PrometheusHandle> {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    if let Some(handle) = HANDLE.get() {
        return Ok(handle.clone());
    }
    let mut builder = PrometheusBuilder::new();
    for metric in measures::METRICS {
        if let Kind::Histogram(bounds) = metric.kind {
            builder = builder.set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), bounds)?;
        }
    }
    let recorder = builder.build_recorder();
    let handle = HANDLE.get_or_init(|| recorder.handle());
    // Losing the race to another thread of this process is fine: its handle counts.
    if metrics::set_global_recorder(recorder).is_ok() {
        measures::describe();
        metrics::gauge!("process_start_time_seconds").set(clock::now().seconds_since(Timestamp::EPOCH).floor());
        metrics::gauge!("outrider_build_info", "version" => release::VERSION, "commit" => release::COMMIT).set(1.0);
    }
    Ok(handle.clone())
}
