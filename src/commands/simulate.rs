//! `outrider simulate`: scenario files run under strategies, a line of results for each.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use super::trials::{Selected, Timing, load_with, read_options, run_all};

#[derive(Debug, Args)]
pub(super) struct SimulateConfig {
    /// The folder of networks in the LineCoverage form: `large/tokyo` is the folder of that name below it, with `node_data` and
    /// `req_edge_list`
    #[arg(long, value_name = "DIR")]
    networks: PathBuf,

    /// A scenario file: a JSON object a line. May be given several times
    #[arg(long, value_name = "FILE", required = true)]
    scenarios: Vec<PathBuf>,

    /// A strategy, or a strategy with parameters such as `k_shortest_paths:{"k":5}`. May be given several times; without it,
    /// all strategies run
    #[arg(long = "strategy", value_name = "NAME")]
    strategies: Vec<String>,

    /// A JSON file with options: what the world has beyond the rules, for every scenario that has no "options" of its own.
    /// Without it, and without those, reports are certain, at once, and never lost, UAVs fly for ever in still air, and nothing
    /// changes. Fields, all of them optional: "report_delay_s"; "report_loss_probability"; "uav_sensor": {"false_clear",
    /// "false_blocked"}, with "blocked_above" and "clear_below"; "uav_endurance_s", with "swap_s"; "uav_starts": [node];
    /// "wind": {"x_mps", "y_mps"}; "changes": [{"at_s", "a", "b", "fraction" or null}]; "ugv_speeds": "constant" or "limits";
    /// "ugv_speed_factors": [{"a", "b", "factor"}]
    #[arg(long, value_name = "FILE")]
    options: Option<PathBuf>,

    /// How results are written: `jsonl` is a JSON object a line
    #[arg(long, value_enum, default_value = "jsonl")]
    format: Format,

    /// Where to write them; standard output without it
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,

    /// Run the same scenarios with other random draws of the strategies
    #[arg(long, default_value_t = 0)]
    seed: u64,

    /// How many threads to use; 0 is one a core. Results do not depend on it
    #[arg(long, default_value_t = 0)]
    threads: usize,

    /// Leave planning times out: the same scenarios then give the same bytes
    #[arg(long)]
    no_times: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Jsonl,
}

pub(super) fn run(config: &SimulateConfig) -> anyhow::Result<()> {
    let selected = Selected::all(&config.strategies)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(config.threads).build().context("threads cannot start")?;
    let mut output: BufWriter<Box<dyn Write>> = BufWriter::new(match &config.output {
        None => Box::new(std::io::stdout().lock()),
        Some(path) => Box::new(File::create(path).with_context(|| format!("{} cannot be written", path.display()))?),
    });
    let timing = if config.no_times { Timing::LeftOut } else { Timing::Written };
    let options = config.options.as_deref().map(read_options).transpose()?;
    let files = pool.install(|| load_with(&config.networks, &config.scenarios, options.as_ref()))?;
    let progress = progress_bar(files.iter().map(Vec::len).sum());
    for scenarios in &files {
        let ran = pool.install(|| run_all(scenarios, &selected, config.seed, timing, || progress.inc(1)))?;
        let Format::Jsonl = config.format;
        for outcome in ran.iter().flatten() {
            serde_json::to_writer(&mut output, &outcome.record)?;
            output.write_all(b"\n")?;
        }
        output.flush()?;
    }
    progress.finish_and_clear();
    Ok(())
}

/// A bar on a terminal, nothing elsewhere.
pub(super) fn progress_bar(scenarios: usize) -> ProgressBar {
    let progress = ProgressBar::new(scenarios as u64);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {pos}/{len} scenarios, {eta} left") {
        progress.set_style(style);
    }
    progress
}
