//! What a load test is told: which load, how much of it, and what must come out.

use std::time::Duration;

use serde::Serialize;
use serde_json::Value;

use super::bound::BoundSettings;
use crate::domain::access::Secret;

/// How long load is made before a part counts that is not the first, in seconds.
const WARM_AGAIN_S: f64 = 1.0;

/// The kind of load.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Load {
    /// Reports and positions at a rate, whatever the service answers.
    Steady,
    /// Clients that send one report after the other, as fast as they are answered.
    Reports,
    /// The same with batches of reports.
    Batches,
    /// Many streams on which nothing comes, and then one event.
    Idle,
}

/// How much of it.
#[derive(Clone, Debug, Serialize)]
pub struct Amount {
    /// Missions at the same time.
    pub missions: usize,
    /// UAVs of each mission.
    pub uavs: usize,
    /// Reports a second over all missions, for `steady`.
    pub reports_per_s: f64,
    /// Positions a second over all missions, for `steady`.
    pub positions_per_s: f64,
    /// Bad requests a second beside the load, for `steady`, in a second part of the run; 0 for none.
    pub bad_requests_per_s: f64,
    /// Clients that send reports, for `reports` and `batches`.
    pub clients: usize,
    /// Reports of a request, for `batches`.
    pub batch: usize,
    /// Subscribers that read what comes; every mission has at least one.
    pub subscribers: usize,
    /// Subscribers that read little by little.
    pub slow: usize,
    /// Subscribers that drop their connection and come back.
    pub vanishing: usize,
    /// How long load is made before anything counts, in seconds.
    pub warmup_s: f64,
    /// How long it is measured, in seconds.
    pub duration_s: f64,
    /// In how many parts, all as long, with the bound measured between them; for `reports` and `batches`.
    pub parts: usize,
    /// Events that are sent to all, for `idle`.
    pub rounds: usize,
    /// The missions' strategy: an object with a name and parameters.
    pub strategy: Value,
    /// The seed of trips, findings and times.
    pub seed: u64,
}

impl Amount {
    /// How long load is made before the part counts. After the first there are connections and caches already.
    pub(super) fn warmup(&self, part: usize) -> Duration {
        Duration::from_secs_f64(if part == 0 { self.warmup_s } else { self.warmup_s.min(WARM_AGAIN_S) })
    }

    /// How long a part is measured.
    pub(super) fn part(&self) -> Duration {
        Duration::from_secs_f64(self.duration_s / self.parts.max(1) as f64)
    }

    /// How many streams will be open at a time.
    pub fn streams(&self) -> usize {
        self.subscribers.max(self.missions) + self.slow + self.vanishing
    }
}

/// What must come out, or the run has failed. Ratios are of the service to the bound.
#[derive(Clone, Copy, Debug, Default)]
pub struct Required {
    /// The largest ratio of p50 report-to-acknowledged.
    pub max_ack_p50_ratio: Option<f64>,
    /// The largest ratio of p99 report-to-acknowledged.
    pub max_ack_p99_ratio: Option<f64>,
    /// The largest ratio of p50 report-to-plan-on-the-stream.
    pub max_plan_p50_ratio: Option<f64>,
    /// The largest ratio of p99 report-to-plan-on-the-stream.
    pub max_plan_p99_ratio: Option<f64>,
    /// The largest ratio of p99 report-to-plan among bad requests to that without.
    pub max_flood_p99_ratio: Option<f64>,
    /// The smallest ratio of acknowledged reports a second.
    pub min_rate_ratio: Option<f64>,
    /// The most memory of the service for each idle stream, in kB (1,000 bytes).
    pub max_kb_per_stream: Option<f64>,
    /// The longest until everybody has an event, in milliseconds.
    pub max_fan_out_ms: Option<f64>,
}

impl Required {
    /// Whether anything is required that only a bound can show.
    pub fn needs_bound(&self) -> bool {
        let ratios = [
            self.max_ack_p50_ratio,
            self.max_ack_p99_ratio,
            self.max_plan_p50_ratio,
            self.max_plan_p99_ratio,
            self.min_rate_ratio,
        ];
        ratios.iter().any(Option::is_some)
    }
}

/// Everything a run is told.
#[derive(Debug)]
pub struct Settings {
    /// The services' URLs: replicas of one service.
    pub urls: Vec<String>,
    /// The key to use, if the service is not open.
    pub key: Option<Secret>,
    /// The processes to look at for memory, in the order of the URLs; empty to read the service's metrics.
    pub pids: Vec<u32>,
    /// The kind of load.
    pub load: Load,
    /// How much of it.
    pub amount: Amount,
    /// What must come out.
    pub required: Required,
    /// Where the bound is measured, or why it is left out.
    pub bound: Result<BoundSettings, String>,
}
