//! `outrider replay`: an exported log, planned again.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use flate2::read::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressStyle};

use crate::app::replay::{ReplayError, replay};
use crate::chain;
use crate::planning::strategy::Strategies;

/// How files of gzip begin (RFC 1952, section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

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

/// A log's lines, unpacked if they are packed, and a bar that says how far they are read.
pub(super) fn open_log(path: &Path) -> anyhow::Result<(Box<dyn BufRead>, ProgressBar)> {
    let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let length = file.metadata().map_or(0, |metadata| metadata.len());
    let progress = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template("{wide_bar} {bytes}/{total_bytes} {msg}") {
        progress.set_style(style);
    }
    let mut lines = BufReader::new(progress.wrap_read(file));
    let is_compressed = lines.fill_buf().is_ok_and(|beginning| beginning.starts_with(&GZIP));
    let lines: Box<dyn BufRead> =
        if is_compressed { Box::new(BufReader::new(MultiGzDecoder::new(lines))) } else { Box::new(lines) };
    Ok((lines, progress))
}
