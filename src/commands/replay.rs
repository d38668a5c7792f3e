//! `outrider replay`: an exported log, planned again.

use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::app::replay::{ReplayError, replay};
use crate::chain;
use crate::planning::strategy::Strategies;

#[derive(Debug, Args)]
pub(super) struct ReplayConfig {
    /// A log as `GET /v1/missions/ID/log/export` gives it, or as --retain-ended-days leaves it (compressed with gzip)
    file: PathBuf,
}

pub(super) fn run(config: &ReplayConfig) -> anyhow::Result<ExitCode> {
    let file = File::open(&config.file).with_context(|| format!("{} cannot be read", config.file.display()))?;
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    let progress = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes} {msg}") {
        progress.set_style(style);
    }
    let log = BufReader::new(progress.wrap_read(file));
    let replayed = replay(log, &Strategies::built_in(), |found| {
        progress.set_message(format!("{} plans", found.plans));
    });
    progress.finish_and_clear();
    match replayed {
        Ok(found) => {
            println!("{} events, {} plans: all computed again, all the same", found.events, found.plans);
            Ok(ExitCode::SUCCESS)
        }
        Err(error @ ReplayError::Read { .. }) => Err(error.into()),
        Err(error) => {
            println!("{}", chain::of(&error));
            Ok(ExitCode::FAILURE)
        }
    }
}
