//! What a run came to, for people's programs: stable names, units at their ends.

use std::collections::BTreeMap;

use serde::Serialize;

use super::bound::{Bound, around};
use super::flood::FloodFigures;
use super::histogram::Summary;
use super::memory::MemoryUse;
use super::settings::{Amount, Load, Required};
use super::verify::LogCheck;
use crate::domain::timestamp::Timestamp;

/// The result of a load test.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The version of this form.
    pub format: u32,
    /// The kind of load.
    pub load: Load,
    /// How much of it.
    pub settings: Amount,
    /// The services' URLs.
    pub urls: Vec<String>,
    /// The service's version.
    pub service_version: String,
    /// How many processors this machine has, which the load test shares with a service on the same one.
    pub processors: usize,
    /// When the load began.
    pub began_at: Timestamp,
    /// How long it was measured, in seconds.
    pub measured_s: f64,
    /// Whether it was told to stop before its time.
    pub stopped_early: bool,
    /// Reports. Absent when idle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reports: Option<ReportFigures>,
    /// Plans as they came on the streams. Absent when idle.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plans: Option<PlanFigures>,
    /// Positions, if any were sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub positions: Option<PositionFigures>,
    /// Idle streams and an event to all of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idle: Option<IdleFigures>,
    /// Bad requests, if any were sent, and what they did to the others. What stands elsewhere of latencies is from before them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flood: Option<FloodFigures>,
    /// What subscribers saw.
    pub streams: StreamFigures,
    /// What the log has. Absent if it was not read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log: Option<LogCheck>,
    /// Failed requests and connections, by what was answered.
    pub errors: BTreeMap<String, u64>,
    /// The service's memory, one entry a process.
    pub memory: Vec<MemoryUse>,
    /// What the database can do at best; absent if it was not measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bound: Option<Bound>,
    /// Why there is no bound.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bound_left_out: Option<String>,
    /// The service compared with the bound.
    pub ratios: Ratios,
    /// What was required, and whether it is met.
    pub requirements: Vec<Requirement>,
    /// What the load test leaves behind in the service.
    pub left_behind: Vec<String>,
    /// No promise was broken and all requirements are met.
    pub passed: bool,
}

/// Reports that were sent.
#[derive(Clone, Debug, Serialize)]
pub struct ReportFigures {
    /// All of them, the warm-up's too.
    pub sent: u64,
    /// Those that were acknowledged.
    pub acknowledged: u64,
    /// Those that were refused or not answered.
    pub failed: u64,
    /// Acknowledged reports a second while it was measured.
    pub per_s: f64,
    /// The same of each part of the load.
    pub per_s_each: Vec<f64>,
    /// Report-to-acknowledged: from when a request was due to its answer.
    pub acknowledged_after: Summary,
    /// How late the load test itself began its requests. What is in here is not the service's fault, but it is counted.
    pub client_lag: Summary,
    /// From when a report was due to when an ordinary subscriber had it.
    pub on_stream_after: Summary,
}

/// Plans that came on the streams.
#[derive(Clone, Debug, Serialize)]
pub struct PlanFigures {
    /// Report-to-plan: from when a report was due to the first plan on its mission's stream that takes it into account.
    pub on_stream_after: Summary,
    /// How many plans came.
    pub count: u64,
    /// Those that were provisional.
    pub provisional: u64,
    /// Those that say that there is no way.
    pub without_way: u64,
    /// Reports that changed nothing, so that no plan was due.
    pub reports_without_effect: u64,
    /// Reports that changed something, but no plan came that takes them into account.
    pub reports_never_planned: u64,
    /// Reports whose plan could not be timed, because a snapshot took its place.
    pub reports_passed_over: u64,
}

/// Positions that were sent.
#[derive(Clone, Debug, Serialize)]
pub struct PositionFigures {
    /// All of them.
    pub sent: u64,
    /// Those that were refused or not answered.
    pub failed: u64,
    /// From when one was due to its answer.
    pub acknowledged_after: Summary,
}

/// Streams on which nothing comes, and one event to all.
#[derive(Clone, Debug, Serialize)]
pub struct IdleFigures {
    /// How many streams were open.
    pub streams: usize,
    /// How long it took to open all of them, each with its snapshot, in seconds.
    pub opened_in_s: f64,
    /// The service's memory for each of them, in bytes; absent where memory cannot be read.
    pub bytes_per_stream: Option<f64>,
    /// For each event: from when it was sent to when the last stream had it, in milliseconds.
    pub last_has_it_after_ms: Vec<f64>,
    /// The median of these.
    pub fan_out_ms: f64,
    /// Over all events and streams: from when it was sent to when one had it.
    pub has_it_after: Summary,
    /// Streams that did not get an event in time, over all events.
    pub missed: u64,
}

/// What subscribers saw.
#[derive(Clone, Debug, Serialize)]
pub struct StreamFigures {
    /// Subscribers that read what comes.
    pub ordinary: usize,
    /// Subscribers that read little by little.
    pub slow: usize,
    /// Subscribers that drop their connection and come back.
    pub vanishing: usize,
    /// Connections that were made.
    pub connections: u64,
    /// Those of them that resumed after an event.
    pub resumed: u64,
    /// Streams that the service ended.
    pub ended_by_service: u64,
    /// Log events that came.
    pub events: u64,
    /// Snapshots that came.
    pub snapshots: u64,
    /// Positions that came.
    pub positions: u64,
    /// Heartbeats that came.
    pub heartbeats: u64,
    /// Subscribers that did not have the whole log in time after the end.
    pub behind_at_end: usize,
    /// Broken promises, by kind.
    pub violations: BTreeMap<String, u64>,
    /// The first of them, in words.
    pub examples: Vec<String>,
}

/// The service compared with the bound: 1 is as good as the database can do.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Ratios {
    /// p50 of report-to-acknowledged to p50 of a commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ack_p50: Option<f64>,
    /// p99 of report-to-acknowledged to p99 of a commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ack_p99: Option<f64>,
    /// p50 of report-to-plan to p50 of a commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan_p50: Option<f64>,
    /// p99 of report-to-plan to p99 of a commit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan_p99: Option<f64>,
    /// Acknowledged reports a second to inserts a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rate: Option<f64>,
    /// The same of each part of the load, to what was measured before and after it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rate_each: Vec<f64>,
}

/// One requirement.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Requirement {
    /// The option that requires it.
    pub name: &'static str,
    /// The limit.
    pub limit: f64,
    /// What was measured; absent if it was not.
    pub measured: Option<f64>,
    /// Whether it is met.
    pub met: bool,
}

impl Ratios {
    /// The ratios to a bound. What was not measured has none.
    pub(super) fn of(reports: Option<&ReportFigures>, plans: Option<&PlanFigures>, bound: Option<&Bound>) -> Self {
        let ratio = |a: f64, b: f64| (a > 0.0 && b > 0.0).then(|| a / b);
        let commit = bound.and_then(|bound| bound.commit);
        let to_commit = |of: Option<Summary>, pick: fn(&Summary) -> f64| {
            let (of, commit) = (of?, commit?);
            ratio(pick(&of), pick(&commit))
        };
        let acknowledged = reports.map(|reports| reports.acknowledged_after);
        let planned = plans.map(|plans| plans.on_stream_after);
        Self {
            ack_p50: to_commit(acknowledged, |of| of.p50_ms),
            ack_p99: to_commit(acknowledged, |of| of.p99_ms),
            plan_p50: to_commit(planned, |of| of.p50_ms),
            plan_p99: to_commit(planned, |of| of.p99_ms),
            rate: reports
                .zip(bound.and_then(|bound| bound.inserts_per_s))
                .and_then(|(of, bound)| ratio(of.per_s, bound)),
            rate_each: reports.zip(bound).map_or_else(Vec::new, |(reports, bound)| {
                let around = around(&bound.inserts_per_s_each);
                // One that failed is not there, and nobody knows which it was.
                let all = around.len() == reports.per_s_each.len();
                let pairs = reports.per_s_each.iter().zip(around).filter(|_| all);
                pairs.filter_map(|(of, bound)| ratio(*of, bound)).collect()
            }),
        }
    }
}

/// What was required, and whether it is met. What was not measured is not met.
pub(super) fn requirements(
    required: &Required,
    ratios: &Ratios,
    idle: Option<&IdleFigures>,
    flood: Option<&FloodFigures>,
) -> Vec<Requirement> {
    let at_most = |name, limit: Option<f64>, measured: Option<f64>| {
        limit.map(|limit| Requirement { name, limit, measured, met: measured.is_some_and(|value| value <= limit) })
    };
    let at_least = |name, limit: Option<f64>, measured: Option<f64>| {
        limit.map(|limit| Requirement { name, limit, measured, met: measured.is_some_and(|value| value >= limit) })
    };
    let kb_per_stream = idle.and_then(|idle| idle.bytes_per_stream).map(|bytes| bytes / 1_000.0);
    [
        at_most("max-ack-p50-ratio", required.max_ack_p50_ratio, ratios.ack_p50),
        at_most("max-ack-p99-ratio", required.max_ack_p99_ratio, ratios.ack_p99),
        at_most("max-plan-p50-ratio", required.max_plan_p50_ratio, ratios.plan_p50),
        at_most("max-plan-p99-ratio", required.max_plan_p99_ratio, ratios.plan_p99),
        at_most("max-flood-p99-ratio", required.max_flood_p99_ratio, flood.and_then(|flood| flood.plan_p99_ratio)),
        at_least("min-rate-ratio", required.min_rate_ratio, ratios.rate),
        at_most("max-kb-per-stream", required.max_kb_per_stream, kb_per_stream),
        at_most("max-fan-out-ms", required.max_fan_out_ms, idle.map(|idle| idle.fan_out_ms)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

impl Report {
    /// How many promises were broken.
    pub fn violations(&self) -> u64 {
        let streams: u64 = self.streams.violations.values().sum();
        let missed = self.idle.as_ref().map_or(0, |idle| idle.missed);
        let flood = self.flood.as_ref().map_or(0, |flood| flood.accepted + flood.faults);
        let unplanned = self.plans.as_ref().map_or(0, |plans| plans.reports_never_planned);
        streams
            + flood
            + unplanned
            + self.streams.behind_at_end as u64
            + missed
            + self.log.as_ref().map_or(0, LogCheck::violations)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_required_is_met_or_not_and_what_was_not_measured_is_not() {
        let required = Required {
            max_plan_p50_ratio: Some(3.0),
            max_plan_p99_ratio: Some(5.0),
            min_rate_ratio: Some(0.8),
            ..Default::default()
        };
        let ratios = Ratios { plan_p50: Some(2.9), plan_p99: Some(5.1), ..Default::default() };
        let met: Vec<(&str, bool)> =
            requirements(&required, &ratios, None, None).iter().map(|r| (r.name, r.met)).collect();
        assert_eq!(met, [("max-plan-p50-ratio", true), ("max-plan-p99-ratio", false), ("min-rate-ratio", false)]);
        assert!(required.needs_bound() && !Required { max_fan_out_ms: Some(1.0), ..Default::default() }.needs_bound());
    }
}
