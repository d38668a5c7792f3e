//! Log lines to standard error.

use std::io::IsTerminal;
use std::sync::OnceLock;

use anyhow::Context;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

use super::config::{LogConfig, LogFormat};
use crate::api::LogLevel;

static LEVEL: OnceLock<LogLevel> = OnceLock::new();

/// Starts logging. Lines go to standard error, so that standard output has only what a command is asked for.
///
/// # Errors
/// When the filter is none.
pub(super) fn start(config: &LogConfig) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log_filter)
        .with_context(|| format!("OUTRIDER_LOG {:?} is not a log filter", config.log_filter))?;
    let (filter, handle) = reload::Layer::<_, Registry>::new(filter);
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = match config.log_format {
        LogFormat::Pretty => lines.compact().with_target(false).with_ansi(std::io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    tracing_subscriber::registry().with(lines.with_filter(filter)).init();
    let changed = handle.clone();
    let read = move || handle.with_current(ToString::to_string).unwrap_or_default();
    let write = move |text: &str| {
        let filter = EnvFilter::try_new(text).map_err(|error| format!("not a log filter: {error}"))?;
        changed.reload(filter).map_err(|error| error.to_string())
    };
    let _ = LEVEL.set(LogLevel::new(read, write));
    Ok(())
}

/// What this process logs, once it does.
pub(super) fn level() -> Option<LogLevel> {
    LEVEL.get().cloned()
}
