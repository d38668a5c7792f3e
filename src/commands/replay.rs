//! `outrider replay`: an exported log, planned again.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
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
    let (lines, progress) = open_log(&config.file)?;
    let replayed = replay(lines, &Strategies::built_in(), |found| {
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

/// A log's lines, packed or not, and a bar that says how far they are read.
pub(super) fn open_log(path: &Path) -> anyhow::Result<(impl BufRead, ProgressBar)> {
    let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    let progress = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes} {msg}") {
        progress.set_style(style);
    }
    let lines = BufReader::new(progress.wrap_read(file));
    Ok((lines, progress))
}
