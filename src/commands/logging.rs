//! Log lines to standard error.

use anyhow::Context;
use tracing_subscriber::EnvFilter;

use super::config::{LogConfig, LogFormat};

/// Starts logging. Lines go to standard error, so that standard output has only what a command is asked for.
///
/// # Errors
/// When the filter is none.
pub(super) fn start(config: &LogConfig) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.filter)
        .with_context(|| format!("OUTRIDER_LOG {:?} is not a log filter", config.filter))?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match config.format {
        LogFormat::Pretty => lines.compact().with_target(false).init(),
        LogFormat::Json => lines.json().flatten_event(true).init(),
    }
    Ok(())
}
