//! The command line: one subcommand a role.

mod access;
mod bench;
mod config;
mod database;
mod demo;
mod export;
mod forecast;
mod healthcheck;
mod import;
mod keys;
mod loadtest;
mod logging;
mod open_files;
mod protection;
mod replay;
pub mod serve;
mod simulate;
mod trials;

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use clap::{Parser, Subcommand};

pub use access::AccessConfig;
pub use config::{DatabaseConfig, LogConfig, LogFormat, ServeConfig};
pub use protection::ProtectionConfig;

/// Plans a ground vehicle's way through roads that may be broken, while drones scout ahead.
///
/// `outrider serve` is the service: REST and a live stream over HTTP, missions in Postgres. Without a database URL it runs
/// a private Postgres of its own in the data folder. `outrider demo` is the same with a town and a mission to look at.
#[derive(Debug, Parser)]
#[command(name = "outrider", version = crate::release::FULL, max_term_width = 110)]
pub struct CommandLine {
    #[command(flatten)]
    log: LogConfig,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service
    Serve(ServeConfig),
    /// Run the service with a sample town and a mission that is always running
    ///
    /// Simulated vehicles drive and report through the public API while a flood closes roads. A mission that was under way when
    /// the process ended goes on when it starts again.
    Demo(demo::DemoConfig),
    /// Make, list and revoke API keys: who may do what
    Keys(keys::KeysConfig),
    /// Import a road network into the database
    Import(import::ImportConfig),
    /// Compute every plan of an exported log again, and compare
    ///
    /// Exits with 1 at the first plan that differs. Export a log with
    /// `curl http://127.0.0.1:8080/v1/missions/ID/log/export > mission.jsonl`.
    Replay(replay::ReplayConfig),
    /// Write the last plan of an exported log, or what was known, in a format another program reads
    ///
    /// `outrider export mission.jsonl --format gpx`, `outrider export mission.jsonl --format qgc-plan --uav uav-1`. docs/FORMATS.md
    /// says which program reads what; a running mission's are to be had from the API.
    Export(export::ExportConfig),
    /// Run scenario files under strategies, in the simulated world, and write a line of results for each
    ///
    /// `outrider simulate --networks line-coverage --scenarios large-p0.2-v20-u3.jsonl --strategy adaptive --format jsonl`
    Simulate(simulate::SimulateConfig),
    /// Forecast scenarios at their start: arrival, chance of getting there, critical segments
    ///
    /// `outrider forecast --networks line-coverage --scenarios large-p0.2-v20-u3.jsonl --id large-tokyo-0`
    Forecast(forecast::ForecastConfig),
    /// Run scenario files under strategies, and write tables, plots and the pictures of a run
    ///
    /// `outrider bench --networks line-coverage --scenarios bench/*.jsonl --output results`. Every file is a cell of the grid; what
    /// its scenarios are like is read from them. docs/BENCHMARK.md explains what is measured. `outrider bench search` measures the
    /// search alone.
    Bench(Box<bench::BenchConfig>),
    /// Put load on a running service, check all that it promises, and compare it with what its database can do
    ///
    /// Start `outrider serve` in one terminal and `outrider loadtest` in another. docs/LOADTEST.md explains what is measured.
    Loadtest(Box<loadtest::LoadtestConfig>),
    /// Bring the database's schema up to date, and exit
    ///
    /// With --check nothing is changed, and the exit code says how it stands: 0 fit for this program, 3 migrations are pending, 4 the
    /// schema is newer than this program works with, 1 anything else.
    Migrate(database::MigrateConfig),
    /// Print the OpenAPI document
    Openapi,
    /// Ask a running service whether it is ready; exits with 1 if not
    Healthcheck(healthcheck::HealthcheckConfig),
}

/// How many tasks a thread may take up in a row before it looks what has arrived. With tokio's 61 the answer to a commit, for which
/// everybody waits, waits for all requests that came while it was under way.
const TASKS_BETWEEN_LOOKS: u32 = 16;

/// How long blocking work may go on after a command is done.
const SHUTDOWN_LIMIT: Duration = Duration::from_secs(2);

impl Command {
    /// How many threads asynchronous work has, if not one a processor.
    fn threads(&self) -> Option<usize> {
        match self {
            Command::Serve(config) => Some(config.request_threads()),
            Command::Demo(config) => Some(config.serve.request_threads()),
            Command::Loadtest(config) => config.threads(),
            _ => None,
        }
    }
}

/// Does what the command line says.
///
/// # Errors
/// Why it could not, in words for the person at the terminal.
pub fn run(command_line: CommandLine) -> anyhow::Result<ExitCode> {
    let traces = logging::start(&command_line.log)?;
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime.event_interval(TASKS_BETWEEN_LOOKS);
    if let Some(threads) = command_line.command.threads() {
        runtime.worker_threads(threads);
    }
    let runtime = runtime.enable_all().build().context("the async runtime could not be started")?;
    let done = match command_line.command {
        Command::Serve(config) => runtime.block_on(serve::run(config)).map(|()| ExitCode::SUCCESS),
        Command::Demo(config) => runtime.block_on(demo::run(config)).map(|()| ExitCode::SUCCESS),
        Command::Keys(config) => runtime.block_on(keys::run(config)).map(|()| ExitCode::SUCCESS),
        Command::Import(config) => runtime.block_on(import::run(config)).map(|()| ExitCode::SUCCESS),
        Command::Replay(config) => replay::run(&config),
        Command::Export(config) => export::run(&config).map(|()| ExitCode::SUCCESS),
        Command::Simulate(config) => simulate::run(&config).map(|()| ExitCode::SUCCESS),
        Command::Forecast(config) => forecast::run(&config).map(|()| ExitCode::SUCCESS),
        Command::Bench(config) => bench::run(&config, runtime.handle()).map(|()| ExitCode::SUCCESS),
        Command::Loadtest(config) => runtime.block_on(loadtest::run(&config)),
        Command::Migrate(config) => runtime.block_on(database::migrate(&config)),
        Command::Openapi => {
            print!("{}", crate::api::openapi_json());
            Ok(ExitCode::SUCCESS)
        }
        Command::Healthcheck(config) => runtime.block_on(healthcheck::run(config)),
    };
    // A strategy that does not end when it is called off would keep the process for ever.
    runtime.shutdown_timeout(SHUTDOWN_LIMIT);
    if let Some(traces) = traces {
        // The last spans are sent; a collector that is away keeps nobody.
        let _ = traces.shutdown_with_timeout(SHUTDOWN_LIMIT);
    }
    done
}
