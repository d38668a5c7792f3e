//! `outrider import`: a road network from files into the database.

mod read;
mod report;

use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use bytes::Bytes;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use super::config::DatabaseConfig;
use super::database::Database;
use crate::app::audit::{Origin, asked_by};
use crate::app::{App, AppOptions, MapData, MapFormat, NetworkSource, NewNetwork};
use crate::domain::access::TenantId;
use crate::import::profile::MAX_PROFILE_BYTES;
use crate::import::{
    Components, ImportProgress, ImportStep, ImportSummary, MapOptions, Merging, Profile, is_overpass_json,
};
use crate::planning::strategy::Strategies;
use crate::store::NetworkRecord;

/// How often the progress bar is drawn anew.
const TICK: Duration = Duration::from_millis(100);

#[derive(Debug, Args)]
pub(super) struct ImportConfig {
    /// The file or folder: `.osm.pbf`, `.osm`, `.graphml`, `.geojson`, `.json` (GeoJSON, or an answer of the Overpass API), or a
    /// folder with `node_data` and `req_edge_list`
    path: Option<PathBuf>,

    /// A name for the network, unique; the file's own unless given
    #[arg(long)]
    name: Option<String>,

    /// What PATH is, where its name does not say: `line-coverage` is a folder, `sample-town` a town made up on the spot (no PATH)
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// For maps: whose roads they are. `car`, `truck`, `ugv`, or a file in TOML; docs/NETWORKS.md has the tables of tags
    #[arg(long, default_value = "car", value_name = "NAME|FILE")]
    profile: String,

    /// For geojson and maps: which connected parts of the network to keep
    #[arg(long, value_enum, default_value = "largest")]
    components: KeptComponents,

    /// For maps: where segments end. `junctions`: at junctions only; `alike`: also where name, speed, surface, bridge, tunnel, ford
    /// or blockage probability change
    #[arg(long, value_enum, default_value = "junctions")]
    merge: MergedWhere,

    /// For sample-town: which town
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// Print the summary as JSON
    #[arg(long)]
    json: bool,

    /// Whose the network is to be
    #[arg(long, env = "OUTRIDER_TENANT", default_value = TenantId::DEFAULT, value_name = "TENANT")]
    tenant: TenantId,

    #[command(flatten)]
    database: DatabaseConfig,
}

#[derive(Clone, Copy, Debug, PartialEq, ValueEnum)]
enum Format {
    /// OpenStreetMap's PBF
    OsmPbf,
    /// OpenStreetMap's XML
    OsmXml,
    /// An answer of the Overpass API
    OverpassJson,
    /// GraphML as OSMnx writes it
    Graphml,
    /// LineStrings (RFC 7946)
    Geojson,
    /// A folder with `node_data` and `req_edge_list`
    LineCoverage,
    /// A town made up on the spot
    SampleTown,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum KeptComponents {
    Largest,
    All,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum MergedWhere {
    Junctions,
    Alike,
}

pub(super) use read::read_network;

pub(super) async fn run(config: ImportConfig) -> anyhow::Result<()> {
    let begun = Instant::now();
    let new = NewNetwork { tenant: config.tenant.clone(), name: name(&config)?, source: source(&config)? };
    let bar = ProgressBar::new_spinner();
    bar.enable_steady_tick(TICK);
    bar.set_message("opening the database");
    let database = Database::open(&config.database).await.context(
        "the network is not imported. Where a service runs with the private Postgres, upload to it instead: \
         curl -H 'content-type: application/geo+json' --data-binary @FILE 'http://127.0.0.1:8080/v1/networks?name=NAME'",
    )?;
    let imported = store(new, &database, &bar).await;
    database.close().await;
    bar.finish_and_clear();
    let record = imported?;
    if config.json {
        println!("{}", record.summary);
        return Ok(());
    }
    let summary: Option<ImportSummary> =
        serde_json::from_str(&record.summary).context("the summary is not readable")?;
    print!("{}", report::report(&record, summary.as_ref(), begun.elapsed()));
    Ok(())
}

async fn store(new: NewNetwork, database: &Database, bar: &ProgressBar) -> anyhow::Result<NetworkRecord> {
    database.store.migrate().await?;
    let app = App::new(database.store.clone(), Strategies::built_in(), AppOptions::default());
    let progress = Arc::new(ImportProgress::default());
    let importing = app.import_network_watched(new, None, None, Arc::clone(&progress));
    let import = asked_by(Origin::terminal(), importing);
    tokio::pin!(import);
    let mut tick = tokio::time::interval(TICK);
    let mut shown = None;
    loop {
        tokio::select! {
            imported = &mut import => return Ok(imported?.0),
            _ = tick.tick() => show(&progress, &mut shown, bar),
            // What was written so far is rolled back with the connection.
            stopped = tokio::signal::ctrl_c() => {
                stopped.context("signals cannot be heard")?;
                progress.cancel();
                bail!("stopped; nothing is stored");
            }
        }
    }
}

/// Draws how far the import is.
fn show(progress: &ImportProgress, shown: &mut Option<ImportStep>, bar: &ProgressBar) {
    let (step, done, total) = progress.now();
    if *shown != Some(step) {
        *shown = Some(step);
        let (words, what) = match step {
            ImportStep::Waiting => ("waiting", ""),
            ImportStep::Roads => ("reading roads", "{bytes}/{total_bytes}"),
            ImportStep::Nodes => ("reading their nodes", "{bytes}/{total_bytes}"),
            ImportStep::Network => ("making the network", ""),
            ImportStep::Storing => ("storing", "{human_pos}/{human_len} rows"),
        };
        let template = match total {
            0 => "{spinner} {msg} {elapsed}".to_owned(),
            _ => format!("{{spinner}} {{msg:<20}} {{bar:32}} {what} {{eta}}"),
        };
        if let Ok(style) = ProgressStyle::with_template(&template) {
            bar.set_style(style);
        }
        bar.set_message(words);
        if !std::io::stderr().is_terminal() {
            tracing::info!(step = words, "importing");
        }
    }
    bar.set_length(total);
    bar.set_position(done.min(total));
}

/// The network's name: the one given, or the file's.
fn name(config: &ImportConfig) -> anyhow::Result<String> {
    if let Some(name) = &config.name {
        return Ok(name.clone());
    }
    if config.format == Some(Format::SampleTown) {
        return Ok(format!("sample-town-{}", config.seed));
    }
    let file = path(config)?.file_name().and_then(|name| name.to_str()).context("a --name is needed")?;
    let endings = [".osm.pbf", ".pbf", ".osm.xml", ".osm", ".xml", ".graphml", ".geojson", ".json"];
    let stem = endings.iter().find_map(|ending| file.strip_suffix(ending)).unwrap_or(file);
    Ok(stem.to_owned())
}

fn path(config: &ImportConfig) -> anyhow::Result<&Path> {
    config.path.as_deref().context("a PATH is needed: the file or folder to import")
}

fn source(config: &ImportConfig) -> anyhow::Result<NetworkSource> {
    let format = match config.format {
        Some(format) => format,
        None => format_of(path(config)?)?,
    };
    let components = match config.components {
        KeptComponents::Largest => Components::Largest,
        KeptComponents::All => Components::All,
    };
    let map = |format: MapFormat| -> anyhow::Result<NetworkSource> {
        let merging = match config.merge {
            MergedWhere::Junctions => Merging::Junctions,
            MergedWhere::Alike => Merging::Alike,
        };
        let options = Box::new(MapOptions { profile: profile(&config.profile)?, components, merging });
        let path = path(config)?;
        std::fs::File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
        Ok(NetworkSource::Map { format, data: MapData::File(path.to_owned()), options })
    };
    match format {
        Format::OsmPbf => map(MapFormat::OsmPbf),
        Format::OsmXml => map(MapFormat::OsmXml),
        Format::OverpassJson => map(MapFormat::OverpassJson),
        Format::Graphml => map(MapFormat::Graphml),
        Format::SampleTown => Ok(NetworkSource::SampleTown { seed: config.seed }),
        Format::Geojson => Ok(NetworkSource::GeoJson { document: bytes(path(config)?)?, components }),
        Format::LineCoverage => Ok(NetworkSource::LineCoverage {
            node_data: bytes(&path(config)?.join("node_data"))?,
            req_edge_list: bytes(&path(config)?.join("req_edge_list"))?,
        }),
    }
}

fn bytes(path: &Path) -> anyhow::Result<Bytes> {
    std::fs::read(path).map(Bytes::from).with_context(|| format!("{} cannot be read", path.display()))
}

/// The format that a file's name, or its beginning, says it has.
fn format_of(path: &Path) -> anyhow::Result<Format> {
    if path.is_dir() {
        return Ok(Format::LineCoverage);
    }
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    match extension.to_ascii_lowercase().as_str() {
        "pbf" => Ok(Format::OsmPbf),
        "osm" | "xml" => Ok(Format::OsmXml),
        "graphml" => Ok(Format::Graphml),
        "geojson" => Ok(Format::Geojson),
        "json" => {
            let mut beginning = Vec::new();
            let file = std::fs::File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
            file.take(4096)
                .read_to_end(&mut beginning)
                .with_context(|| format!("{} cannot be read", path.display()))?;
            Ok(if is_overpass_json(&beginning) { Format::OverpassJson } else { Format::Geojson })
        }
        _ => bail!("{} has no ending that tells its format; say it with --format", path.display()),
    }
}

/// A profile that is built in, or one from a file.
fn profile(name: &str) -> anyhow::Result<Profile> {
    if let Some(profile) = Profile::built_in(name) {
        return Ok(profile);
    }
    let mut text = String::new();
    let file = std::fs::File::open(name).with_context(|| {
        format!("there is no profile {name}, and no such file; built in are {}", Profile::built_in_names().join(", "))
    })?;
    file.take(MAX_PROFILE_BYTES as u64 + 1)
        .read_to_string(&mut text)
        .with_context(|| format!("the profile {name} cannot be read"))?;
    Profile::from_toml(&text).with_context(|| format!("the profile {name}"))
}
