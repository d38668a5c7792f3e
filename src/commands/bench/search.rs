//! `outrider bench search`: the search for the shortest way beside other engines, on networks of many sizes.

use std::borrow::Cow;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use sqlx::postgres::PgConnectOptions;
use tokio::runtime::Handle;

use super::folder::Folder;
use crate::commands::import::read_network;
use crate::contest::engines::{
    DStarLite, Engine, Landmarks, Own, PetgraphAstar, PetgraphDijkstra, PgRoutingEngine, graph,
};
use crate::contest::{
    Clock, EngineResults, Limits, NetworkResults, Reference, ScriptOptions, Step, csv, join, markdown, measure, plot,
    write,
};
use crate::domain::network::Network;
use crate::simulation::benchmark::insert;
use crate::store::local::{Durability, LocalOptions, LocalPostgres};
use crate::store::pgrouting::{Algorithm, PgRouting};

#[derive(Debug, Args)]
pub(super) struct SearchConfig {
    /// A network to measure on: `.osm.pbf`, `.osm`, `.graphml`, `.geojson`, `.json`, a folder with `node_data` and
    /// `req_edge_list`, or a folder of such folders. May be given several times
    #[arg(long = "network", value_name = "FILE", required = true)]
    networks: Vec<PathBuf>,

    /// How many copies of a network are joined side by side, with a table for each number: `1,4` measures on the network itself and on
    /// four of it. The networks of a folder are measured by themselves and all joined, whatever is said here
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "1", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    copies: Vec<u32>,

    /// For maps: whose roads they are. `car`, `truck`, `ugv`, or a file in TOML
    #[arg(long, default_value = "car", value_name = "NAME|FILE")]
    profile: String,

    /// The folder to write to: search.md, search.csv, search.svg. It is made if it is not there
    #[arg(long, value_name = "DIR")]
    output: PathBuf,

    /// A Markdown file to write the tables into as well, between its lines `<!-- bench: begin -->` and `<!-- bench: end -->`
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,

    /// How many pairs of start and goal are drawn on each network; a fifth as many on each of the folders of a folder
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pairs: u32,

    /// How many times each pair is closed, moved and reopened
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    rounds: u32,

    /// Of the draws
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// An engine other than ours is asked no further once its answers on a network took so many seconds. pgRouting is asked the
    /// first round of each pair only
    #[arg(long, value_name = "S", default_value_t = 20.0)]
    seconds: f64,

    /// Count the time for which a processor worked for an engine instead of the time that passed: for a machine that others use, too.
    /// pgRouting works in another process, and is measured by the time that passes all the same
    #[arg(long)]
    processor_time: bool,

    /// Leave the other engines out
    #[arg(long)]
    alone: bool,

    /// The Postgres that pgRouting is asked in. Without it, one of the installed server's is started for the time being. pgRouting is
    /// left out, and said so, where the server does not have it
    #[arg(long, env = "OUTRIDER_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    database_url: Option<String>,
}

impl SearchConfig {
    fn clock(&self) -> Clock {
        if self.processor_time { Clock::Processor } else { Clock::Wall }
    }
}

pub(super) fn run(config: &SearchConfig, runtime: &Handle) -> anyhow::Result<()> {
    anyhow::ensure!(config.seconds.is_finite() && config.seconds >= 0.0, "--seconds must be a number, 0 or more");
    let document = match &config.document {
        Some(path) => Some(super::grid::read_document(path)?),
        None => None,
    };
    let folder = Folder::make(&config.output)?;
    let postgres = if config.alone { None } else { Postgres::open(config.database_url.as_deref(), runtime)? };
    let pgrouting = postgres.as_ref().map(|postgres| &postgres.pgrouting);
    let measured = measure_all(config, pgrouting, runtime);
    if let Some(postgres) = postgres {
        postgres.close(runtime);
    }
    let results = measured?;
    let tables = markdown(&results);
    folder.write("search.md", &tables)?;
    folder.write("search.csv", &csv(&results))?;
    if let Some(plot) = plot(&results) {
        folder.write("search.svg", &plot)?;
    }
    if let (Some(path), Some(document)) = (&config.document, document) {
        let with_tables = insert(&document, &tables).with_context(|| path.display().to_string())?;
        std::fs::write(path, with_tables).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    let told = format!("{tables}Tables, figures and plot are in {}.\n", config.output.display());
    match std::io::stdout().write_all(told.as_bytes()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("standard output cannot be written"),
    }
}

fn measure_all(
    config: &SearchConfig,
    pgrouting: Option<&PgRouting>,
    runtime: &Handle,
) -> anyhow::Result<Vec<NetworkResults>> {
    let mut results = Vec::new();
    for path in &config.networks {
        let read = read_all(path, &config.profile)?;
        for line in lines(path, &read, &config.copies)? {
            let pairs = if line.networks.len() > 1 { config.pairs.div_ceil(5) } else { config.pairs };
            let mut total: Option<NetworkResults> = None;
            for (i, network) in line.networks.iter().enumerate() {
                let seed = config.seed.wrapping_add(i as u64);
                let options = ScriptOptions { pairs: pairs as usize, rounds: config.rounds as usize, seed };
                let of_one = measure_one(&line.name, network, options, config, pgrouting, runtime)?;
                match &mut total {
                    None => total = Some(of_one),
                    Some(total) => total.add(of_one),
                }
            }
            results.extend(total);
        }
    }
    Ok(results)
}

/// What is one line of the tables: a network, or several of which the answers are counted together.
struct Line<'n> {
    name: String,
    networks: Vec<Cow<'n, Network>>,
}

/// A network by itself and in so many copies; networks of a folder by themselves and all joined.
fn lines<'n>(path: &Path, read: &'n [Network], copies: &[u32]) -> anyhow::Result<Vec<Line<'n>>> {
    let file = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
    let stem = file.split('.').next().unwrap_or(&file);
    let joined = |networks: &[&Network], name: String| -> anyhow::Result<Line<'n>> {
        let network = join(networks).with_context(|| format!("{name} cannot be joined"))?;
        Ok(Line { name, networks: vec![Cow::Owned(network)] })
    };
    let [network] = read else {
        let (count, all): (usize, Vec<&Network>) = (read.len(), read.iter().collect());
        let apart = read.iter().map(Cow::Borrowed).collect();
        let apart = Line { name: format!("{stem}, {count} networks, the largest"), networks: apart };
        return Ok(vec![apart, joined(&all, format!("{stem}, all {count} joined"))?]);
    };
    let of = |copies: &u32| match copies {
        1 => Ok(Line { name: stem.to_owned(), networks: vec![Cow::Borrowed(network)] }),
        copies => joined(&vec![network; *copies as usize], format!("{stem} × {copies}")),
    };
    copies.iter().map(of).collect()
}

/// The network of a file, or those of a folder's folders; without turn restrictions, of which the other engines know nothing.
fn read_all(path: &Path, profile: &str) -> anyhow::Result<Vec<Network>> {
    if !path.is_dir() || path.join("node_data").exists() {
        return Ok(vec![read_network(path, profile)?.with_forbidden_turns(&[])?]);
    }
    let mut folders = Vec::new();
    for entry in std::fs::read_dir(path).with_context(|| format!("{} cannot be read", path.display()))? {
        let folder = entry.with_context(|| format!("{} cannot be read", path.display()))?.path();
        if folder.is_dir() {
            folders.push(folder);
        }
    }
    folders.sort();
    anyhow::ensure!(!folders.is_empty(), "{} has neither node_data nor folders that do", path.display());
    folders.iter().map(|folder| Ok(read_network(folder, profile)?.with_forbidden_turns(&[])?)).collect()
}

fn measure_one(
    name: &str,
    network: &Network,
    options: ScriptOptions,
    config: &SearchConfig,
    pgrouting: Option<&PgRouting>,
    runtime: &Handle,
) -> anyhow::Result<NetworkResults> {
    let bar = ProgressBar::new_spinner();
    bar.enable_steady_tick(Duration::from_millis(100));
    bar.set_message(format!("{name}: drawing pairs and closures"));
    let steps = write(network, options);
    let mut course = Course {
        network,
        steps: &steps,
        reference: Reference::default(),
        limits: Limits { clock: config.clock(), per_engine: Duration::from_secs_f64(config.seconds) },
        results: NetworkResults::new(name, network),
        bar,
    };
    course.take(|| Ok(Own::incremental(network)))?;
    course.take(|| Ok(Own::from_scratch(network)))?;
    if !config.alone {
        course.take(|| Ok(DStarLite::new(network)))?;
        course.take(|| Ok(Landmarks::new(network)))?;
        #[cfg(feature = "cch")]
        course.take(|| Ok(crate::contest::engines::Hierarchy::new(network)))?;
        let graph = graph(network);
        course.take(|| Ok(PetgraphAstar { network, graph: &graph }))?;
        course.take(|| Ok(PetgraphDijkstra { graph: &graph }))?;
        for (pgrouting, algorithm) in
            pgrouting.into_iter().flat_map(|pgrouting| [Algorithm::AStar, Algorithm::Dijkstra].map(|a| (pgrouting, a)))
        {
            let make = || PgRoutingEngine::new(network, pgrouting, algorithm, runtime.clone());
            course.take(|| make().context("pgRouting"))?;
        }
    }
    course.bar.finish_and_clear();
    Ok(course.results)
}

/// A network's steps, through which one engine after the other is taken.
struct Course<'n> {
    network: &'n Network,
    steps: &'n [Step],
    reference: Reference,
    limits: Limits,
    results: NetworkResults,
    bar: ProgressBar,
}

impl Course<'_> {
    fn take<E: Engine>(&mut self, make: impl FnOnce() -> anyhow::Result<E>) -> anyhow::Result<()> {
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            self.bar.set_style(style);
        }
        let begun = Instant::now();
        let mut engine = make()?;
        let preparation = begun.elapsed();
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} queries, {eta} left") {
            self.bar.set_style(style);
        }
        self.bar.set_message(format!("{}: {}", self.results.name, engine.name()));
        self.bar.set_length(self.steps.len() as u64);
        self.bar.set_position(0);
        let bar = &self.bar;
        let results: EngineResults =
            measure(self.network, self.steps, &mut engine, preparation, &mut self.reference, self.limits, || {
                bar.inc(1)
            })
            .with_context(|| self.results.name.clone())?;
        self.results.engines.push(results);
        Ok(())
    }
}

/// A Postgres that has pgRouting.
struct Postgres {
    pgrouting: PgRouting,
    /// One started for the time being, with its folder.
    local: Option<(LocalPostgres, PathBuf)>,
}

impl Postgres {
    fn open(url: Option<&str>, runtime: &Handle) -> anyhow::Result<Option<Self>> {
        let (options, local) = match url {
            Some(url) => (url.parse::<PgConnectOptions>().context("--database-url is no Postgres URL")?, None),
            None => {
                let data_dir = std::env::temp_dir().join(format!("outrider-bench-{}", std::process::id()));
                let mut options = LocalOptions::new(data_dir.clone());
                options.durability = Durability::Throwaway;
                match runtime.block_on(LocalPostgres::start(options)) {
                    Ok(local) => (local.connect_options(), Some((local, data_dir))),
                    Err(error) => {
                        eprintln!("pgRouting is left out: {}", crate::chain::of(&error));
                        return Ok(None);
                    }
                }
            }
        };
        match runtime.block_on(PgRouting::open(options)) {
            Ok(Some(pgrouting)) => {
                let (version, postgres) = runtime.block_on(pgrouting.versions())?;
                eprintln!("pgRouting {version} on Postgres {postgres}");
                Ok(Some(Self { pgrouting, local }))
            }
            other => {
                remove(local, runtime);
                other.context("pgRouting cannot be asked")?;
                eprintln!("pgRouting is left out: this Postgres does not have it");
                Ok(None)
            }
        }
    }

    fn close(self, runtime: &Handle) {
        if let Err(error) = runtime.block_on(self.pgrouting.remove()) {
            eprintln!("the schema outrider_bench is left behind: {}", crate::chain::of(&error));
        }
        remove(self.local, runtime);
    }
}

fn remove(local: Option<(LocalPostgres, PathBuf)>, runtime: &Handle) {
    if let Some((local, data_dir)) = local {
        runtime.block_on(local.stop());
        // What is left of a throwaway cluster harms nobody.
        let _ = std::fs::remove_dir_all(data_dir);
    }
}
