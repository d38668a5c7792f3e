//! `outrider bench --networks`: the whole grid of scenario files and strategies, as tables and plots.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;

use super::folder::Folder;
use crate::commands::simulate::progress_bar;
use crate::commands::trials::{Loaded, Outcome, Selected, Timing, load, run_all, run_one};
use crate::planning::search::Search;
use crate::simulation::benchmark::{
    Factor, Film, Results, Sample, SampleOutcome, arrival_ratio, csv, files_markdown, film_strip, gain, insert,
    overview_markdown, planning_time,
};
use crate::simulation::{clairvoyant_s, verify};

#[derive(Debug, Args)]
pub(super) struct GridConfig {
    /// The folder of networks in the LineCoverage form: `large/tokyo` is the folder of that name below it, with `node_data` and
    /// `req_edge_list`
    #[arg(long, value_name = "DIR")]
    networks: PathBuf,

    /// Scenario files: a JSON object a line. Several may follow
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    scenarios: Vec<PathBuf>,

    /// A strategy, or a strategy with parameters such as `k_shortest_paths:{"k":5}`. May be given several times; without it,
    /// all strategies run. `ugv_only` always runs: the others are measured against it
    #[arg(long = "strategy", value_name = "NAME")]
    strategies: Vec<String>,

    /// The folder to write to: table.md, table.csv, results.jsonl, the plots and film strips as SVG. It is made if it is not there
    #[arg(long, value_name = "DIR")]
    output: PathBuf,

    /// A Markdown file to write the tables into as well, between its lines `<!-- bench: begin -->` and `<!-- bench: end -->`
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,

    /// A scenario to draw as a film strip, perhaps with a strategy. May be given several times; without it, the first scenario of
    /// the first file with three UAVs or more is drawn. Without a strategy it is `adaptive`, or the last one that runs
    #[arg(long = "film", value_name = "SCENARIO[:STRATEGY]")]
    films: Vec<String>,

    /// How many moments a film strip shows
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u8).range(2..=24))]
    frames: u8,

    /// Run the same scenarios with other random draws of the strategies
    #[arg(long, default_value_t = 0)]
    seed: u64,

    /// How many threads to use; 0 is one a core. Results do not depend on it, but planning times suffer from many
    #[arg(long, default_value_t = 0)]
    threads: usize,

    /// Leave planning times out: the same scenarios then give the same bytes
    #[arg(long)]
    no_times: bool,
}

const REFERENCE: &str = "ugv_only";

pub(super) fn run(config: &GridConfig) -> anyhow::Result<()> {
    let (selected, reference) = with_reference(Selected::all(&config.strategies)?)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(config.threads).build().context("threads cannot start")?;
    let timing = if config.no_times { Timing::LeftOut } else { Timing::Written };
    let document = config.document.as_deref().map(read_document).transpose()?;
    let files = pool.install(|| load(&config.networks, &config.scenarios))?;
    let films = films(&config.films, &files, &selected)?;
    let folder = Folder::make(&config.output)?;

    let mut results = Results {
        files: names(&config.scenarios),
        strategies: selected.iter().map(|selected| selected.label.clone()).collect(),
        reference,
        samples: Vec::new(),
    };
    let mut lines = folder.create("results.jsonl")?;
    let progress = progress_bar(files.iter().map(Vec::len).sum());
    for (file, scenarios) in files.iter().enumerate() {
        let ran = pool.install(|| run_all(scenarios, &selected, config.seed, timing, || progress.inc(1)))?;
        for (loaded, outcomes) in scenarios.iter().zip(ran) {
            for outcome in &outcomes {
                serde_json::to_writer(&mut lines, &outcome.record)?;
                lines.write_all(b"\n")?;
            }
            results.samples.push(sample(file, loaded, outcomes, timing));
        }
        lines.flush()?;
    }
    progress.finish_and_clear();

    let overview = overview_markdown(&results);
    let table = format!("{overview}\nAll columns, by file:\n\n{}", files_markdown(&results));
    folder.write("table.md", &table)?;
    folder.write("table.csv", &csv(&results))?;
    folder.write("arrival_ratio.svg", &arrival_ratio(&results))?;
    folder.write("gain_by_uavs.svg", &gain(&results, Factor::Uavs))?;
    folder.write("gain_by_speed_ratio.svg", &gain(&results, Factor::SpeedRatio))?;
    folder.write("gain_by_blockage_rate.svg", &gain(&results, Factor::BlockageRate))?;
    if let Some(plot) = planning_time(&results) {
        folder.write("planning_time.svg", &plot)?;
    }
    for (i, (loaded, strategy)) in films.iter().enumerate() {
        let strip = strip(loaded, strategy, config.seed, usize::from(config.frames))?;
        folder.write(&format!("film_{}.svg", i + 1), &strip)?;
    }
    if let (Some(path), Some(document)) = (&config.document, document) {
        let with_tables = insert(&document, &overview).with_context(|| path.display().to_string())?;
        std::fs::write(path, with_tables).with_context(|| format!("{} cannot be written", path.display()))?;
    }
    let told = format!("{overview}\nTables, plots and results are in {}.\n", config.output.display());
    match std::io::stdout().write_all(told.as_bytes()) {
        // Who reads only the first lines has what they want, and everything is written.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        written => written.context("standard output cannot be written"),
    }
}

/// Puts the reference first if it was not chosen; returns where it is.
fn with_reference(mut selected: Vec<Selected>) -> anyhow::Result<(Vec<Selected>, usize)> {
    if let Some(position) = selected.iter().position(|selected| selected.strategy.name() == REFERENCE) {
        return Ok((selected, position));
    }
    eprintln!("{REFERENCE} runs too: the share won is measured against it");
    selected.splice(0..0, Selected::all(&[REFERENCE.to_owned()])?);
    Ok((selected, 0))
}

/// The files as tables name them: without folder and ending, unless two would then be one.
fn names(files: &[PathBuf]) -> Vec<String> {
    let stems: Vec<String> =
        files.iter().map(|file| file.file_stem().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()).collect();
    let is_shared = |stem: &String| stems.iter().filter(|other| *other == stem).count() > 1;
    let name = |(file, stem): (&PathBuf, &String)| {
        if is_shared(stem) { file.display().to_string() } else { stem.clone() }
    };
    files.iter().zip(&stems).map(name).collect()
}

pub(super) fn read_document(path: &Path) -> anyhow::Result<String> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    // Better now than after hours.
    insert(&text, "").with_context(|| path.display().to_string())?;
    Ok(text)
}

fn sample(file: usize, loaded: &Loaded, outcomes: Vec<Outcome>, timing: Timing) -> Sample {
    let scenario = &loaded.scenario;
    let ms = |time: &Duration| time.as_secs_f64() * 1e3;
    Sample {
        file,
        network: scenario.network.clone(),
        segment_count: loaded.network().segments().len(),
        uav_count: scenario.uav_count,
        speed_ratio: scenario.uav_speed_mps / scenario.ugv_speed_mps,
        block_probability: scenario.block_probability,
        clairvoyant_s: outcomes.first().and_then(|outcome| outcome.record.clairvoyant_s),
        outcomes: outcomes
            .into_iter()
            .map(|outcome| SampleOutcome {
                arrival_s: outcome.record.arrival_s,
                decisions_ms: match timing {
                    Timing::Written => outcome.decisions.iter().map(ms).collect(),
                    Timing::LeftOut => Vec::new(),
                },
            })
            .collect(),
    }
}

/// The scenarios to draw, each with its strategy.
fn films<'a>(
    wanted: &[String],
    files: &'a [Vec<Loaded>],
    selected: &[Selected],
) -> anyhow::Result<Vec<(&'a Loaded, Selected)>> {
    let usual = selected.iter().find(|selected| selected.label == "adaptive").or(selected.last());
    let usual = usual.context("a strategy runs")?;
    if wanted.is_empty() {
        let with_three = files.iter().flatten().find(|loaded| loaded.scenario.uav_count >= 3);
        return Ok(with_three.map(|loaded| (loaded, usual.clone())).into_iter().collect());
    }
    let find = |text: &String| {
        // A name may have a colon itself.
        let rest = |loaded: &&Loaded| {
            let rest = text.strip_prefix(loaded.scenario.id.as_str())?;
            (rest.is_empty() || rest.starts_with(':')).then_some(rest.len())
        };
        let found = files.iter().flatten().filter(|loaded| rest(loaded).is_some()).min_by_key(rest);
        let Some(loaded) = found else { bail!("--film {text}: no scenario file has a scenario of this name") };
        let strategy = match text[loaded.scenario.id.len()..].strip_prefix(':') {
            None => usual.clone(),
            Some(name) => {
                let named = Selected::all(&[name.to_owned()]).with_context(|| format!("--film {text}"))?;
                named.into_iter().next().context("a strategy was named")?
            }
        };
        Ok((loaded, strategy))
    };
    wanted.iter().map(find).collect()
}

fn strip(loaded: &Loaded, strategy: &Selected, seed: u64, frames: usize) -> anyhow::Result<String> {
    let trial = loaded.trial(seed)?;
    let context = || format!("{} under {}", loaded.at(), strategy.label);
    let (run, _) = run_one(&trial, strategy, &mut Search::new()).with_context(context)?;
    let clairvoyant_s = clairvoyant_s(&trial);
    verify(&trial, &run.trace, run.arrival_s, clairvoyant_s).with_context(context)?;
    let (network, label) = (&loaded.scenario.network, &strategy.label);
    let film = Film { trial: &trial, network, strategy: label, run: &run, clairvoyant_s };
    Ok(film_strip(&film, frames))
}
