//! `outrider import`: a road network from files into the database.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use clap::{Args, ValueEnum};
use indicatif::ProgressBar;

use super::config::DatabaseConfig;
use super::database::Database;
use crate::app::{App, AppOptions, NetworkSource, NewNetwork};
use crate::import::Components;
use crate::planning::strategy::Strategies;

#[derive(Debug, Args)]
pub(super) struct ImportConfig {
    /// A name for the network, unique
    #[arg(long)]
    name: String,

    /// What PATH is: `line-coverage` for a folder with `node_data` and `req_edge_list`, `geojson` for a feature collection of
    /// LineStrings, `sample-town` for a town made up on the spot (no PATH)
    #[arg(long, value_enum)]
    format: Format,

    /// The file or folder
    path: Option<PathBuf>,

    /// For geojson: which connected parts of the network to keep
    #[arg(long, value_enum, default_value = "largest")]
    components: KeptComponents,

    /// For sample-town: which town
    #[arg(long, default_value_t = 1)]
    seed: u64,

    #[command(flatten)]
    database: DatabaseConfig,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Format {
    LineCoverage,
    Geojson,
    SampleTown,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum KeptComponents {
    Largest,
    All,
}

pub(super) async fn run(config: ImportConfig) -> anyhow::Result<()> {
    let source = read(&config)?;
    let progress = ProgressBar::new_spinner();
    progress.enable_steady_tick(Duration::from_millis(100));
    progress.set_message("opening the database");
    let database = Database::open(&config.database).await.context(
        "the network is not imported. Where a service runs with the private Postgres, upload to it instead: \
         curl -H 'content-type: application/geo+json' --data-binary @FILE 'http://127.0.0.1:8080/v1/networks?name=NAME'",
    )?;
    let imported = store(&config, source, &database, &progress).await;
    database.close().await;
    progress.finish_and_clear();
    let record = imported?;
    println!(
        "network {} ({}): {} segments, {} junctions, {:.1} km\n{}",
        record.name,
        record.id,
        record.segment_count,
        record.junction_count,
        record.length_m / 1000.0,
        record.summary
    );
    Ok(())
}

async fn store(
    config: &ImportConfig,
    source: NetworkSource,
    database: &Database,
    progress: &ProgressBar,
) -> anyhow::Result<crate::store::NetworkRecord> {
    database.store.migrate().await?;
    progress.set_message("reading and storing the network");
    let app = App::new(database.store.clone(), Strategies::built_in(), AppOptions::default());
    let (record, _) = app.import_network(NewNetwork { name: config.name.clone(), source }, None).await?;
    Ok(record)
}

fn read(config: &ImportConfig) -> anyhow::Result<NetworkSource> {
    let path = || config.path.as_deref().context("a PATH is needed: the file or folder to import");
    let bytes = |path: &Path| {
        std::fs::read(path).map(Bytes::from).with_context(|| format!("{} cannot be read", path.display()))
    };
    Ok(match config.format {
        Format::SampleTown => NetworkSource::SampleTown { seed: config.seed },
        Format::Geojson => {
            let components = match config.components {
                KeptComponents::Largest => Components::Largest,
                KeptComponents::All => Components::All,
            };
            NetworkSource::GeoJson { document: bytes(path()?)?, components }
        }
        Format::LineCoverage => NetworkSource::LineCoverage {
            node_data: bytes(&path()?.join("node_data"))?,
            req_edge_list: bytes(&path()?.join("req_edge_list"))?,
        },
    })
}
