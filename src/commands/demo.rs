//! `outrider demo`: the service, the sample town, and a mission that is always running.

use std::io::Write;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::config::ServeConfig;
use super::serve::{Service, stop_signal};
use crate::app::{App, AppError, NetworkSource, NewNetwork};
use crate::chain;
use crate::demo::{self, DemoOptions, Notice};
use crate::domain::access::{Role, TenantId};
use crate::domain::ids::NetworkId;

/// The network that the demo runs on.
const TOWN: &str = "sample-town";
/// Which sample town it is.
const TOWN_SEED: u64 = 1;
/// How long to wait before a database that is away is asked again.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

#[derive(Debug, Args)]
pub(super) struct DemoConfig {
    /// How many times faster than the clock the vehicles move
    #[arg(long, default_value_t = 1.0, value_name = "FACTOR", value_parser = speed_up)]
    speed_up: f64,

    /// Which floods there will be: the same seed, the same floods
    #[arg(long, default_value_t = 1, value_name = "N")]
    seed: u64,

    #[command(flatten)]
    pub(super) serve: ServeConfig,
}

fn speed_up(text: &str) -> Result<f64, String> {
    let factor: Option<f64> = text.parse().ok();
    factor.filter(|factor| (1.0..=20.0).contains(factor)).ok_or_else(|| "expected a number from 1 to 20".to_owned())
}

pub(super) async fn run(config: DemoConfig) -> anyhow::Result<()> {
    if config.serve.protection.tls_files().is_some() {
        anyhow::bail!("the demo's vehicles speak plain HTTP; `outrider serve` takes --tls-cert");
    }
    let stop = stop_signal()?;
    let service = Service::start(&config.serve).await?;
    let base_url = format!("http://{}", reachable(service.address));
    say(&format!("Outrider is at {base_url}/ (the page) and {base_url}/docs (the API). Ctrl-C stops it."));
    let (app, stop_service) = (Arc::clone(&service.app), CancellationToken::new());
    let demo = async {
        // Whatever becomes of the demo, the service goes on until it is told to stop.
        if let Err(error) = play(&app, base_url, &config, &stop).await {
            tracing::error!(error = chain::of(error.as_ref()), "the demo ended; the service goes on");
        }
        stop.cancelled().await;
        stop_service.cancel();
    };
    let serving = service.run_until(stop_service.clone());
    tokio::pin!(serving, demo);
    tokio::select! {
        served = &mut serving => served,
        () = &mut demo => serving.await,
    }
}

async fn play(app: &Arc<App>, base_url: String, config: &DemoConfig, stop: &CancellationToken) -> anyhow::Result<()> {
    let network = tokio::select! {
        network = import_town(app) => network?,
        () = stop.cancelled() => return Ok(()),
    };
    let town = app.network(network).await?;
    // Its own process lets the demo in, whatever keys there are.
    let key = app.internal_key(Role::Operator)?;
    let (notices, mut told) = mpsc::unbounded_channel::<Notice>();
    let options = DemoOptions {
        base_url,
        key: Some(key.reveal().to_owned()),
        network,
        town,
        speed_up: config.speed_up,
        seed: config.seed,
    };
    let telling = async {
        while let Some(notice) = told.recv().await {
            say(&notice.to_string());
        }
    };
    let (ended, ()) = tokio::join!(demo::run(options, notices, stop.clone()), telling);
    Ok(ended?)
}

/// The sample town, imported if it is not there yet; waits for a database that is away.
async fn import_town(app: &Arc<App>) -> Result<NetworkId, AppError> {
    loop {
        match find_or_import_town(app).await {
            Err(AppError::Unavailable(_)) => tokio::time::sleep(RETRY_PAUSE).await,
            // Somebody else was quicker.
            Err(AppError::NetworkNameTaken) => {}
            found => return found,
        }
    }
}

async fn find_or_import_town(app: &Arc<App>) -> Result<NetworkId, AppError> {
    if let Some(record) = app.find_network_by_name(&TenantId::default(), TOWN).await? {
        return Ok(record.id);
    }
    let source = NetworkSource::SampleTown { seed: TOWN_SEED };
    let new = NewNetwork { tenant: TenantId::default(), name: TOWN.to_owned(), source };
    let (record, _) = app.import_network(new, None).await?;
    Ok(record.id)
}

/// An address to which this machine can connect, where the service listens on all of them.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

/// A line for the person at the terminal, who may have closed it.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}
