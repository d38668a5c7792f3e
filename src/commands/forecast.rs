//! `outrider forecast`: what is to be expected of scenarios at their start, when nothing is known.

use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};
use rayon::prelude::*;
use serde::Serialize;

use super::trials::{Loaded, Selected, load};
use crate::domain::geometry::Point;
use crate::domain::ids::VehicleId;
use crate::domain::knowledge::Knowledge;
use crate::domain::network::Network;
use crate::domain::plan::{UavSituation, UgvSituation};
use crate::planning::budget::Budget;
use crate::planning::forecast::{BUDGET_STEPS, Forecast, ForecastOptions, Prospect, forecast};
use crate::planning::search::Search;
use crate::planning::situation::Situation;
use crate::simulation::clairvoyant_s;

#[derive(Debug, Args)]
pub(super) struct ForecastConfig {
    /// The folder of networks in the LineCoverage form: `large/tokyo` is the folder of that name below it, with `node_data` and
    /// `req_edge_list`
    #[arg(long, value_name = "DIR")]
    networks: PathBuf,

    /// A scenario file: a JSON object a line. May be given several times
    #[arg(long, value_name = "FILE", required = true)]
    scenarios: Vec<PathBuf>,

    /// The scenario of that id only
    #[arg(long, value_name = "SCENARIO")]
    id: Option<String>,

    /// The strategy whose way of scouting is assumed
    #[arg(long, value_name = "NAME", default_value = "shortest_path")]
    strategy: String,

    /// In how many sampled worlds each scenario is played through
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    worlds: u32,

    /// How many critical segments are named at most; 0 saves most of the work
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(0..=1_000))]
    critical: u16,

    /// How forecasts are written: `json` is a JSON object a scenario and line
    #[arg(long, value_enum, default_value = "table")]
    format: Format,

    /// Sample other worlds
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    Table,
    Json,
}

/// A scenario's forecast, and what it is compared to.
#[derive(Serialize)]
struct Told<'a> {
    scenario: &'a str,
    network: &'a str,
    strategy: &'a str,
    uav_count: usize,
    /// The arrival of a UGV that knows every blockage of the scenario; null if every way is blocked.
    clairvoyant_s: Option<f64>,
    #[serde(flatten)]
    forecast: Forecast,
}

pub(super) fn run(config: &ForecastConfig) -> anyhow::Result<()> {
    let selected = Selected::all(std::slice::from_ref(&config.strategy))?;
    let strategy = selected.first().context("a strategy is given")?;
    let files = load(&config.networks, &config.scenarios)?;
    let is_asked_for = |loaded: &&Loaded| config.id.as_ref().is_none_or(|id| *id == loaded.scenario.id);
    let asked: Vec<&Loaded> = files.iter().flatten().filter(is_asked_for).collect();
    if let (true, Some(id)) = (asked.is_empty(), &config.id) {
        let names: Vec<String> = config.scenarios.iter().map(|file| file.display().to_string()).collect();
        bail!("no scenario has the id {id:?} in {}", names.join(", "));
    }
    let told: Vec<Told<'_>> =
        asked.par_iter().map(|loaded| tell(loaded, strategy, config)).collect::<anyhow::Result<_>>()?;
    let mut output = BufWriter::new(std::io::stdout().lock());
    for (loaded, told) in asked.iter().zip(&told) {
        match config.format {
            Format::Table => output.write_all(table(told, loaded.network()).as_bytes())?,
            Format::Json => {
                serde_json::to_writer(&mut output, told)?;
                output.write_all(b"\n")?;
            }
        }
    }
    output.flush()?;
    Ok(())
}

/// Forecasts a scenario as it is at its start: all vehicles there, nothing known.
fn tell<'a>(loaded: &'a Loaded, strategy: &'a Selected, config: &ForecastConfig) -> anyhow::Result<Told<'a>> {
    let trial = loaded.trial(config.seed)?;
    let knowledge = Knowledge::unknown(trial.network.segments().len());
    let uav = |(i, point): (usize, Point)| UavSituation {
        id: VehicleId(format!("uav-{}", i + 1)),
        point,
        speed_mps: trial.uav_speed_mps,
        inspecting: None,
        bound_for: None,
    };
    let uavs: Vec<UavSituation> = trial.uav_starts().into_iter().enumerate().map(uav).collect();
    let situation = Situation {
        network: &trial.network,
        knowledge: &knowledge,
        beliefs: None,
        ugv: UgvSituation { place: trial.start, speed_mps: trial.ugv_speed_mps },
        goals: &[trial.goal],
        stops: &[],
        uavs: &uavs,
        seed: trial.seed,
    };
    let options = ForecastOptions { worlds: config.worlds, critical: usize::from(config.critical) };
    // Whoever asks for more worlds at a terminal is ready to wait for them.
    let mut budget = Budget::steps(BUDGET_STEPS * u64::from(config.worlds.div_ceil(200)));
    let rule = strategy.strategy.scouting();
    Ok(Told {
        scenario: &loaded.scenario.id,
        network: &loaded.scenario.network,
        strategy: &strategy.label,
        uav_count: trial.uav_count,
        clairvoyant_s: clairvoyant_s(&trial),
        forecast: forecast(&situation, rule, &options, &mut Search::new(), &mut budget),
    })
}

/// The forecast as a page of text.
fn table(told: &Told<'_>, network: &Network) -> String {
    let forecast = &told.forecast;
    let mut lines = vec![format!(
        "{}: {}, {} UAV{}, {}",
        told.scenario,
        told.network,
        told.uav_count,
        if told.uav_count == 1 { "" } else { "s" },
        told.strategy
    )];
    let mut row = |name: &str, value: Option<f64>| {
        let value = value.map_or_else(|| "never".to_owned(), |value_s| format!("{value_s:.1} s"));
        lines.push(format!("  {name:<26}{value:>12}"));
    };
    match &forecast.prospect {
        Prospect::Route { optimistic_s } => row("arrival if all is clear", Some(*optimistic_s)),
        Prospect::AlreadyThere => row("arrival: already there", Some(0.0)),
        Prospect::NoWay { .. } | Prospect::BudgetSpent { .. } => {}
    }
    if let Prospect::Route { .. } = forecast.prospect {
        row("arrival p10", forecast.arrival_s.map(|a| a.p10));
        row("arrival p50", forecast.arrival_s.map(|a| a.p50));
        row("arrival p90", forecast.arrival_s.map(|a| a.p90));
        row("arrival mean", forecast.arrival_s.map(|a| a.mean));
    }
    row("clairvoyant, as it is", told.clairvoyant_s);
    match &forecast.prospect {
        Prospect::NoWay { reason } => lines.push(format!("  no way: {reason}")),
        Prospect::BudgetSpent { reason } => lines.push(format!("  budget spent: {reason}")),
        Prospect::Route { .. } | Prospect::AlreadyThere => {}
    }
    if let Some(reach) = forecast.reach_probability {
        let of = format!("of {} worlds", forecast.worlds);
        lines.push(format!("  {:<26}{:>10.1} % {of}", "the goal is reached in", 100.0 * reach));
    }
    if !forecast.critical.is_empty() {
        lines.push(format!(
            "  The arrival depends most on (from {} worlds, each with the segment blocked and clear):",
            forecast.critical_worlds
        ));
        let head = ["blocked", "used", "delay", "criticality", "cuts off"];
        lines.push(format!(
            "  {:>8}  {:<22}{:>9}{:>9}{:>11}{:>13}{:>10}",
            "segment", "between nodes", head[0], head[1], head[2], head[3], head[4]
        ));
    }
    for critical in &forecast.critical {
        let segment = network.segment(critical.segment);
        let ends = format!("{} and {}", network.node(segment.first()).id(), network.node(segment.last()).id());
        let percent = |share: f64| format!("{:.1} %", 100.0 * share);
        let seconds = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value_s| format!("{value_s:.1} s"));
        lines.push(format!(
            "  {:>8}  {:<22}{:>9}{:>9}{:>11}{:>13}{:>10}",
            critical.segment.0,
            ends,
            percent(critical.blockage_probability),
            percent(critical.used_probability),
            seconds(critical.delay_s),
            seconds(critical.criticality_s),
            percent(critical.cuts_off_probability),
        ));
    }
    lines.push(String::new());
    lines.push(String::new());
    lines.join("\n")
}
