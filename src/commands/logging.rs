//! Log lines to standard error, and traces to a collector.

use std::io::IsTerminal;
use std::sync::OnceLock;

use anyhow::Context;
use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, reload};

use super::config::{LogConfig, LogFormat};
use crate::api::LogLevel;
use crate::app::trace;
use crate::release;

static LEVEL: OnceLock<LogLevel> = OnceLock::new();

/// Starts logging, and exporting traces if told where to; what is returned is to be shut down in the end. Lines go to standard error, so that standard output has only what a command is asked for.
///
/// # Errors
/// When the filter is none, or the collector's address is not one.
pub(super) fn start(config: &LogConfig) -> anyhow::Result<Option<SdkTracerProvider>> {
    let filter = EnvFilter::try_new(&config.log_filter)
        .with_context(|| format!("OUTRIDER_LOG {:?} is not a log filter", config.log_filter))?;
    let (filter, handle) = reload::Layer::<_, Registry>::new(filter);
    let lines = fmt::layer().with_writer(std::io::stderr);
    let lines = match config.log_format {
        LogFormat::Pretty => lines.compact().with_target(false).with_ansi(std::io::stderr().is_terminal()).boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    let provider = config.otlp_endpoint.as_deref().map(exporting).transpose()?;
    let traces = provider.as_ref().map(|provider| {
        let kept =
            Targets::new().with_target(trace::TARGET, LevelFilter::TRACE).with_target(REQUESTS, LevelFilter::INFO);
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer("outrider"))
            .with_location(false)
            .with_threads(false)
            .with_tracked_inactivity(false)
            .with_filter(kept)
    });
    tracing_subscriber::registry().with(lines.with_filter(filter)).with(traces).init();
    if provider.is_some() {
        trace::switch_on();
    }
    let changed = handle.clone();
    let read = move || handle.with_current(ToString::to_string).unwrap_or_default();
    let write = move |text: &str| {
        let filter = EnvFilter::try_new(text).map_err(|error| format!("not a log filter: {error}"))?;
        changed.reload(filter).map_err(|error| error.to_string())
    };
    let _ = LEVEL.set(LogLevel::new(read, write));
    Ok(provider)
}

/// Where the spans of requests are.
const REQUESTS: &str = "outrider::api::layers";

/// Exports spans to a collector, in batches, from a thread of its own. What the collector does not take is lost, and nobody waits.
fn exporting(endpoint: &str) -> anyhow::Result<SdkTracerProvider> {
    let exporter = SpanExporter::builder()
        .with_http()
        .with_protocol(Protocol::HttpBinary)
        .with_endpoint(format!("{}/v1/traces", endpoint.trim_end_matches('/')))
        .build()
        .context("traces cannot be exported")?;
    let service = Resource::builder()
        .with_service_name("outrider")
        .with_attribute(KeyValue::new("service.version", release::VERSION))
        .build();
    Ok(SdkTracerProvider::builder().with_batch_exporter(exporter).with_resource(service).build())
}

/// What this process logs, once it does.
pub(super) fn level() -> Option<LogLevel> {
    LEVEL.get().cloned()
}
