//! Traces across tasks: which requests a plan follows from.
//!
//! A trace goes from the request of a report to the event of the plan that follows: `request`, `commit` (the report in the log),
//! `plan` (when a replanner takes the mission up), `commit` (the plan in the log), `told` (on its way to subscribers). Between a
//! commit and the plan nobody waits for anybody: the commit leaves a cause, and the plan takes the causes that it takes into account.
//! The first is its parent; a plan that follows from several is linked to the others. A plan that goes along with what calls for it
//! is a child of the request as well: `request`, `plan`, `commit` (both in the log), `told`.
//!
//! The spans are of the target [`TARGET`] and of a level that nobody logs: without `--otlp-endpoint` they cost a comparison each.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use opentelemetry::propagation::{Extractor, TextMapPropagator};
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// The target of spans that are only there for traces.
pub const TARGET: &str = "outrider_trace";

/// How many causes of one plan are kept.
const MAX_CAUSES: usize = 64;

static IS_ON: AtomicBool = AtomicBool::new(false);

/// Traces are exported from now on.
pub fn switch_on() {
    IS_ON.store(true, Ordering::Relaxed);
}

/// Whether traces are exported.
pub fn is_on() -> bool {
    IS_ON.load(Ordering::Relaxed)
}

/// What a caller's headers say of its trace (W3C Trace Context).
struct CallersTrace<'a> {
    parent: Option<&'a str>,
    state: Option<&'a str>,
}

/// The span is of a request of this method and route, and continues the caller's trace if its headers speak of one.
pub fn begin_request<'a>(span: &Span, method: &str, route: &str, header: impl Fn(&str) -> Option<&'a str>) {
    if !is_on() {
        return;
    }
    let caller = CallersTrace { parent: header("traceparent"), state: header("tracestate") };
    if caller.parent.is_some() {
        // Only fails for a span that has begun; this one has not.
        let _ = span.set_parent(TraceContextPropagator::new().extract(&caller));
    }
    let context = span.context();
    let begun = context.span();
    begun.update_name(format!("{method} {route}"));
    begun.set_attribute(KeyValue::new("http.request.method", method.to_owned()));
    begun.set_attribute(KeyValue::new("http.route", route.to_owned()));
}

/// How the request of the span ended.
pub fn end_request(span: &Span, status: u16) {
    if is_on() {
        span.set_attribute("http.response.status_code", i64::from(status));
    }
}

impl Extractor for CallersTrace<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        match key {
            "traceparent" => self.parent,
            "tracestate" => self.state,
            _ => None,
        }
    }

    fn keys(&self) -> Vec<&str> {
        Vec::new()
    }
}

/// The span of whoever asks, to follow from; none without traces.
pub(super) fn asking() -> Span {
    if is_on() { Span::current() } else { Span::none() }
}

/// A span of one mission's part in a commit, which follows from the commands' spans.
pub(super) fn commit<'a>(mut commands: impl Iterator<Item = &'a Span>, events: usize) -> Span {
    if !is_on() {
        return Span::none();
    }
    let parent = commands.next().and_then(Span::id);
    let span = tracing::trace_span!(target: TARGET, parent: parent, "commit", events);
    commands.for_each(|command| {
        span.follows_from(command);
    });
    span
}

/// A span of planning along with what the commands add, which follows from their spans.
pub(super) fn plan_along<'a>(mut commands: impl Iterator<Item = &'a Span>, seq: u64) -> Span {
    if !is_on() {
        return Span::none();
    }
    let parent = commands.next().and_then(Span::id);
    let span = tracing::trace_span!(target: TARGET, parent: parent, "plan", seq);
    commands.for_each(|command| {
        span.follows_from(command);
    });
    span
}

/// What the next plan of a mission follows from.
#[derive(Debug, Default)]
pub(super) struct Causes(Mutex<VecDeque<(u64, SpanContext)>>);

impl Causes {
    /// What the span has stored, up to the event `seq`, calls for a plan.
    pub(super) fn note(&self, seq: u64, span: &Span) {
        if !is_on() || span.is_disabled() {
            return;
        }
        let context = span.context().span().span_context().clone();
        let mut causes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if causes.len() < MAX_CAUSES && context.is_valid() {
            causes.push_back((seq, context));
        }
    }

    /// A span of planning with the log up to `seq` taken into account.
    pub(super) fn plan(&self, seq: u64) -> Span {
        if !is_on() {
            return Span::none();
        }
        let span = tracing::trace_span!(target: TARGET, parent: None, "plan", seq);
        let mut causes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut is_first = true;
        while let Some((_, context)) = causes.pop_front_if(|(noted, _)| *noted <= seq) {
            if std::mem::take(&mut is_first) {
                let _ = span.set_parent(Context::new().with_remote_span_context(context));
            } else {
                span.add_link(context);
            }
        }
        span
    }
}
