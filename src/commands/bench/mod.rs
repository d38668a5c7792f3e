//! `outrider bench`: how soon the UGV arrives under each strategy, and how long its search takes beside others.

mod folder;
mod grid;
#[cfg(test)]
mod reach_tests;
mod search;

use anyhow::Context;
use clap::{Args, Subcommand};
use tokio::runtime::Handle;

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(super) struct BenchConfig {
    #[command(subcommand)]
    what: Option<What>,

    #[command(flatten)]
    grid: Option<grid::GridConfig>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Measure the search for the shortest way after closures, beside other engines on the same network
    ///
    /// `outrider bench search --network porto.osm.pbf --copies 1,4 --output results`. Every engine answers the same queries after the
    /// same closures, moves and reopenings, and all lengths are compared. The engines: the service's own search, with and
    /// without its memory; D* Lite; A* with landmarks; petgraph's A* and Dijkstra; pgRouting, where a Postgres has it; and
    /// RoutingKit's customizable contraction hierarchies in a program built with `--features cch`. docs/SEARCH.md explains what
    /// is measured.
    Search(search::SearchConfig),
}

pub(super) fn run(config: &BenchConfig, runtime: &Handle) -> anyhow::Result<()> {
    match (&config.what, &config.grid) {
        (Some(What::Search(config)), _) => search::run(config, runtime),
        (None, grid) => grid::run(grid.as_ref().context("--networks, --scenarios and --output are needed")?),
    }
}
