//! Every metric of the service: its name, its labels and what it means; and the levels of the process itself.
//!
//! The table is what `/metrics` says as `# HELP`, what `docs/operations/METRICS.md` shows, and what a test holds against the names
//! in the source text, in the alerts and in the dashboard.

use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};

/// What a metric does.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// Only goes up, until the process ends.
    Counter,
    /// A level.
    Gauge,
    /// How often values fell below each of these bounds.
    Histogram(&'static [f64]),
}

impl Kind {
    /// Prometheus's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram(_) => "histogram",
        }
    }
}

/// One metric.
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    /// Its name, units at the end.
    pub name: &'static str,
    /// What it does.
    pub kind: Kind,
    /// The labels that tell its series apart.
    pub labels: &'static [&'static str],
    /// What it means.
    pub meaning: &'static str,
}

/// From a commit on a fast disk to the longest request.
const SECONDS: &[f64] = &[0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 10.0];
/// From a vehicle that is online to one that was out of touch for an hour.
const LAG_SECONDS: &[f64] = &[0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0];
/// From a sample town to a country.
const IMPORT_SECONDS: &[f64] = &[0.01, 0.05, 0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0];
/// Missions of one commit, and events.
const COUNTS: &[f64] = &[1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0, 2048.0];

const fn counter(name: &'static str, labels: &'static [&'static str], meaning: &'static str) -> Metric {
    Metric { name, kind: Kind::Counter, labels, meaning }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], meaning: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, labels, meaning }
}

const fn histogram(
    name: &'static str,
    bounds: &'static [f64],
    labels: &'static [&'static str],
    meaning: &'static str,
) -> Metric {
    Metric { name, kind: Kind::Histogram(bounds), labels, meaning }
}

/// All of them, by subject.
pub const METRICS: &[Metric] = &[
    // Plans.
    gauge(
        "outrider_plan_behind_seconds",
        &[],
        "For how long the mission whose plan has been behind its log for longest has had no new plan, as this replica's sweep sees \
         the database; 0 if every active mission's plan takes everything into account. The same on every replica: take the maximum",
    ),
    gauge(
        "outrider_missions_behind",
        &[],
        "Active missions whose plan is behind their log at the sweep; at most 1,000",
    ),
    gauge(
        "outrider_missions_behind_unheld",
        &[],
        "Those among them whose lease no living replica holds: nobody plans them",
    ),
    histogram(
        "outrider_report_to_plan_seconds",
        SECONDS,
        &[],
        "From when something that calls for a plan was recorded by this replica to when a plan that takes it into account was in \
         the log; one value a turn of the journal",
    ),
    histogram(
        "outrider_report_lag_seconds",
        LAG_SECONDS,
        &[],
        "From `observed_at` of a report to when it was recorded: the radio, the vehicle's queue, and how wrong its clock is",
    ),
    counter("outrider_plans_total", &["outcome"], "Plans stored: `route`, `already_there`, `no_way`, `budget_spent`"),
    counter("outrider_plans_provisional_total", &[], "Plans sent ahead while a strategy was still thinking"),
    counter("outrider_plans_along_total", &[], "Plans written in one commit with what called for them"),
    counter("outrider_plans_overtaken_total", &[], "Plans thrown away because newer knowledge made them unsafe"),
    histogram("outrider_planning_seconds", SECONDS, &["strategy"], "How long a strategy thought about one plan"),
    counter(
        "outrider_replan_failures_total",
        &[],
        "Replans that failed and are tried again, such as without a database",
    ),
    counter(
        "outrider_strategy_failures_total",
        &["strategy"],
        "Plans in whose place the shortest safe route stands, as the strategy panicked, broke a rule or took too long",
    ),
    gauge("outrider_planning_jobs_strayed", &[], "Threads lost to a strategy that does not end when it is called off"),
    histogram("outrider_forecast_seconds", SECONDS, &[], "How long a forecast took to compute"),
    // What comes in.
    counter("outrider_missions_created_total", &[], "Missions created"),
    counter("outrider_reports_total", &[], "Reports recorded"),
    counter("outrider_reports_repeated_total", &[], "Reports that were in the log already"),
    counter("outrider_closures_total", &[], "Closings and reopenings recorded"),
    counter(
        "outrider_positions_total",
        &[],
        "Positions written; those that newer ones replaced before are not counted",
    ),
    counter(
        "outrider_imports_total",
        &["format", "outcome"],
        "Networks read: `stored`, `repeated`, `refused`, `failed`",
    ),
    histogram("outrider_import_seconds", IMPORT_SECONDS, &["format"], "How long an import took, storing included"),
    // HTTP.
    counter("outrider_http_requests_total", &["method", "route", "status"], "Requests answered, by route template"),
    histogram(
        "outrider_http_request_seconds",
        SECONDS,
        &["method", "route"],
        "From a request's head to the beginning of its answer",
    ),
    gauge("outrider_connections", &[], "Connections of clients open"),
    counter("outrider_connections_refused_total", &[], "Connections beyond the limit"),
    counter("outrider_accept_errors_total", &[], "Times no connection could be accepted, such as for want of files"),
    counter("outrider_slow_clients_cut_off_total", &[], "Clients cut off because they took nothing for too long"),
    counter(
        "outrider_limited_total",
        &["limit"],
        "Requests refused because a client took too much: `requests`, `connections`, `streams`, `authentications`, `imports`, `bodies`",
    ),
    counter("outrider_authentication_failures_total", &[], "Credentials that were none"),
    counter("outrider_handshakes_failed_total", &[], "TLS handshakes that failed or took too long"),
    counter("outrider_certificates_loaded_total", &[], "Times a changed certificate was taken into use"),
    counter(
        "outrider_certificates_refused_total",
        &[],
        "Times a changed certificate or its key was not usable; the old one stays",
    ),
    gauge("outrider_subscribers", &[], "Event streams open"),
    gauge("outrider_subscribers_limit", &[], "How many may be"),
    // Queues.
    gauge("outrider_replan_queue", &[], "Missions that wait for their turn to be planned"),
    gauge("outrider_journal_queue", &[], "Missions whose commands wait for their turn to be decided on"),
    gauge("outrider_jobs_running", &["pool"], "Blocking jobs under way: `planner`, `import`, `forecast`, `format`"),
    gauge("outrider_jobs_waiting", &["pool"], "Blocking jobs that wait for a thread"),
    gauge("outrider_tasks", &[], "Tasks of the process's runtime: connections, streams, and the service's own"),
    histogram("outrider_commit_missions", COUNTS, &[], "Missions that shared a commit"),
    histogram("outrider_commit_events", COUNTS, &[], "Events of a commit"),
    histogram("outrider_commit_seconds", SECONDS, &[], "How long adding to the logs took, one value a commit"),
    counter("outrider_append_conflicts_total", &[], "Commands decided anew, as another replica was faster at the log"),
    gauge("outrider_missions_in_memory", &[], "Missions of which this replica has a copy"),
    // Replicas.
    gauge("outrider_leases_held", &[], "Missions that this replica plans"),
    gauge("outrider_other_replicas", &[], "Other replicas that are alive, as the last beat found them"),
    // The database.
    gauge("outrider_database_up", &[], "1 if the last beat reached the database, else 0; every 0.7 s"),
    gauge("outrider_database_connections", &[], "Connections to the database open"),
    gauge("outrider_database_connections_idle", &[], "Those not in use"),
    gauge("outrider_database_connections_limit", &[], "How many may be open"),
    histogram("outrider_database_wait_seconds", SECONDS, &[], "How long a statement waited for a connection"),
    counter("outrider_database_reconnects_total", &[], "Doubts: times that all connections were opened anew"),
    counter(
        "outrider_database_errors_total",
        &["kind"],
        "Statements that failed: `no_connection` (none free or none to be had), `broken`, `silent` (no answer in time), \
         `disk_full`, `too_many` (sessions), `locked`, `stopping`, `other`. Expected refusals such as a name that is taken are not counted",
    ),
    gauge("outrider_database_size_bytes", &[], "Size of the database, looked at every minute"),
    gauge(
        "outrider_data_dir_free_bytes",
        &[],
        "Room on the disk of the private Postgres; absent for a database elsewhere",
    ),
    gauge("outrider_data_dir_size_bytes", &[], "Size of that disk"),
    // What is kept.
    counter("outrider_audit_entries_total", &["action"], "Entries made for the audit log, such as `mission.cancelled`"),
    counter("outrider_retention_missions_total", &[], "Ended missions exported and deleted"),
    counter("outrider_retention_bytes_total", &[], "Bytes of their files"),
    counter(
        "outrider_retention_failures_total",
        &[],
        "Times that exporting or deleting failed; it is tried again every minute",
    ),
    // The process.
    gauge("outrider_build_info", &["version", "commit"], "1, with what was built"),
    gauge("process_resident_memory_bytes", &[], "Memory in use"),
    gauge("process_virtual_memory_bytes", &[], "Address space"),
    gauge("process_open_fds", &[], "Files open, connections among them"),
    gauge("process_max_fds", &[], "How many may be"),
    gauge("process_threads", &[], "Threads"),
    counter("process_cpu_seconds_total", &[], "Processor time used, in whole seconds"),
    gauge("process_start_time_seconds", &[], "When the process started, in seconds since 1970"),
];

/// Tells the recorder what all metrics mean.
pub fn describe() {
    for metric in METRICS {
        match metric.kind {
            Kind::Counter => describe_counter!(metric.name, Unit::Count, metric.meaning),
            Kind::Gauge => describe_gauge!(metric.name, Unit::Count, metric.meaning),
            Kind::Histogram(_) => describe_histogram!(metric.name, Unit::Count, metric.meaning),
        }
    }
}

/// The table as Markdown.
pub fn markdown() -> String {
    let mut text = "| metric | kind | labels | meaning |\n|---|---|---|---|\n".to_owned();
    for Metric { name, kind, labels, meaning } in METRICS {
        let labels = labels.iter().map(|label| format!("`{label}`")).collect::<Vec<_>>().join(", ");
        text.push_str(&format!("| `{name}` | {} | {labels} | {meaning} |\n", kind.name()));
    }
    text
}

/// Puts the levels of the process into the gauges. Where the system does not say (only Linux has all of it, in files), they are
/// absent.
pub(super) fn measure_process() {
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        let number = |key: &str| {
            let rest = status.lines().find_map(|line| line.strip_prefix(key))?;
            rest.split_whitespace().next()?.parse::<u64>().ok()
        };
        if let Some(kilobytes) = number("VmRSS:") {
            metrics::gauge!("process_resident_memory_bytes").set((kilobytes * 1024) as f64);
        }
        if let Some(kilobytes) = number("VmSize:") {
            metrics::gauge!("process_virtual_memory_bytes").set((kilobytes * 1024) as f64);
        }
        if let Some(threads) = number("Threads:") {
            metrics::gauge!("process_threads").set(threads as f64);
        }
    }
    // With thousands of connections the folder is long; it is read once a scrape.
    if let Ok(files) = std::fs::read_dir("/proc/self/fd") {
        // One of them is the folder that is read.
        metrics::gauge!("process_open_fds").set(files.count().saturating_sub(1) as f64);
    }
    if let Ok((soft, _)) = nix::sys::resource::getrlimit(nix::sys::resource::Resource::RLIMIT_NOFILE) {
        metrics::gauge!("process_max_fds").set(soft as f64);
    }
    if let Ok(usage) = nix::sys::resource::getrusage(nix::sys::resource::UsageWho::RUSAGE_SELF) {
        let seconds = usage.user_time().tv_sec() + usage.system_time().tv_sec();
        metrics::counter!("process_cpu_seconds_total").absolute(seconds.unsigned_abs());
    }
}
