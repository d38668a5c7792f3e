//! How many requests there were, and how long they took, by route.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use metrics::{Counter, Histogram};
use rustc_hash::FxHashMap;

/// The counters of all routes that were asked for. Looking one up by its labels in the recorder takes several allocations, so
/// each is looked up once.
#[derive(Default)]
pub(super) struct RequestCounts(RwLock<FxHashMap<String, Vec<Series>>>);

/// One method of a route.
struct Series {
    method: &'static str,
    took: Histogram,
    /// By the answer's status. There are few.
    answers: Vec<(u16, Counter)>,
}

impl RequestCounts {
    /// A request was answered.
    pub(super) fn count(&self, method: &'static str, route: &str, status: u16, took: Duration) {
        let took_s = took.as_secs_f64();
        {
            let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
            let series = known.get(route).and_then(|all| all.iter().find(|series| series.method == method));
            let counter = series.and_then(|series| series.answers.iter().find(|(known, _)| *known == status));
            if let (Some(series), Some((_, counter))) = (series, counter) {
                series.took.record(took_s);
                counter.increment(1);
                return;
            }
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let all = known.entry(route.to_owned()).or_default();
        let at = all.iter().position(|series| series.method == method).unwrap_or_else(|| {
            let labels = [("method", method.to_owned()), ("route", route.to_owned())];
            let took = metrics::histogram!("outrider_http_request_seconds", &labels);
            all.push(Series { method, took, answers: Vec::new() });
            all.len() - 1
        });
        let Some(series) = all.get_mut(at) else { return };
        series.took.record(took_s);
        let labels = [("method", method.to_owned()), ("route", route.to_owned()), ("status", status.to_string())];
        let counter = metrics::counter!("outrider_http_requests_total", &labels);
        counter.increment(1);
        if series.answers.iter().all(|(known, _)| *known != status) {
            series.answers.push((status, counter));
        }
    }
}
