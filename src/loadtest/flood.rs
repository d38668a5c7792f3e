//! Bad requests beside the load: what a broken or hostile client sends, as fast as it is told to.
//!
//! They come from an address of their own where the service is on this machine (127.0.0.2), so that a service which limits addresses
//! (`--limit-loopback`) tells them from the vehicles. None of them changes anything: each is to be refused, or reads only.

use std::collections::BTreeMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde::Serialize;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::histogram::{Histogram, Summary};
use super::http::{Connections, Target};
use super::measures::{Measures, Tally, Window, add, get};
use super::mission::Mission;
use super::pacer::{Pace, keep_pace};
use super::service::Problem;

/// The most that are under way at a time.
const MOST: usize = 128;
/// Where they come from if the service is on this machine: another one of its own addresses.
const OTHER_LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
/// Larger than any body that is no network.
const OVERSIZED_BYTES: usize = 3 << 20;
/// How often one of these is sent: it costs the client as much as a hundred others.
const OVERSIZED_EVERY: u64 = 100;
const JSON: &str = "application/json";

/// Bad requests of a run.
#[derive(Debug)]
pub(super) struct Flood {
    targets: Vec<Arc<Connections>>,
    missions: Arc<[Arc<Mission>]>,
    seed: u64,
    sent: AtomicU64,
    left_out: AtomicU64,
    under_way: AtomicUsize,
    answers: Tally,
    answered: Histogram,
    accepted: AtomicU64,
    oversized: Mutex<Vec<u8>>,
}

/// What the bad requests came to, and what they did to the others.
#[derive(Clone, Debug, Serialize)]
pub struct FloodFigures {
    /// How many a second were to be sent.
    pub bad_requests_per_s: f64,
    /// How many were.
    pub sent: u64,
    /// How many were not, because too many were without an answer.
    pub left_out: u64,
    /// By status and code of the answer, or what went wrong.
    pub answers: BTreeMap<String, u64>,
    /// From when one was sent to its answer.
    pub answered_after: Summary,
    /// Those that should have been refused and were taken. Each is a broken promise.
    pub accepted: u64,
    /// Those that were answered with a fault of the service (500). Each is a broken promise.
    pub faults: u64,
    /// Report-to-acknowledged of the vehicles meanwhile.
    pub acknowledged_after: Summary,
    /// Report-to-plan of the vehicles meanwhile.
    pub plan_on_stream_after: Summary,
    /// p99 of report-to-acknowledged meanwhile, as a multiple of what it was before.
    pub ack_p99_ratio: Option<f64>,
    /// p99 of report-to-plan meanwhile, as a multiple of what it was before.
    pub plan_p99_ratio: Option<f64>,
}

/// What should become of a request.
#[derive(Clone, Copy, PartialEq)]
enum Expected {
    Refusal,
    /// Without keys, whoever asks may read.
    Anything,
}

impl Flood {
    pub(super) fn new(targets: Vec<Target>, missions: Arc<[Arc<Mission>]>, seed: u64) -> Arc<Self> {
        let elsewhere = |target: Target| Target { local: other_address(target.address), ..target };
        Arc::new(Self {
            targets: targets.into_iter().map(|target| Connections::to(elsewhere(target), MOST)).collect(),
            missions,
            seed,
            sent: AtomicU64::new(0),
            left_out: AtomicU64::new(0),
            under_way: AtomicUsize::new(0),
            answers: Tally::default(),
            answered: Histogram::default(),
            accepted: AtomicU64::new(0),
            oversized: Mutex::default(),
        })
    }

    /// Sends them at their rate, whatever is answered. Ends when all are answered.
    pub(super) async fn run(
        self: &Arc<Self>,
        per_s: f64,
        begin: Instant,
        window: Window,
        stop: &CancellationToken,
    ) -> io::Result<()> {
        let tracker = TaskTracker::new();
        let on_due = {
            let (flood, tracker) = (Arc::clone(self), tracker.clone());
            move |_, number: u64, _| {
                if flood.under_way.fetch_add(1, Ordering::Relaxed) >= MOST {
                    flood.under_way.fetch_sub(1, Ordering::Relaxed);
                    add(&flood.left_out, 1);
                    return;
                }
                let flood = Arc::clone(&flood);
                tracker.spawn(async move {
                    flood.send(number).await;
                    flood.under_way.fetch_sub(1, Ordering::Relaxed);
                });
            }
        };
        keep_pace(vec![Pace { per_s }], self.seed ^ 0xbad, begin, window.until, stop.clone(), on_due).await?;
        tracker.close();
        tracker.wait().await;
        Ok(())
    }

    async fn send(&self, number: u64) {
        let missions = self.missions.len().max(1) as u64;
        let (Some(mission), Some(connections)) = (
            self.missions.get((number % missions) as usize),
            self.targets.get((number % self.targets.len().max(1) as u64) as usize),
        ) else {
            return;
        };
        let (request, expected) = self.request(number, mission, &connections.target);
        add(&self.sent, 1);
        let began = Instant::now();
        let name = match connections.call(&request).await {
            Ok(answer) => {
                self.answered.record(began.elapsed());
                if expected == Expected::Refusal && answer.status < 400 {
                    add(&self.accepted, 1);
                }
                let problem: Problem = serde_json::from_slice(&answer.body).unwrap_or_default();
                format!("{} {}", answer.status, problem.code).trim_end().to_owned()
            }
            // The service may close on who sends too much.
            Err(error) => format!("connection: {}", error.kind()),
        };
        self.answers.count(&name);
    }

    /// One of the kinds in turn; ids are never those of anything.
    fn request(&self, number: u64, mission: &Mission, target: &Target) -> (Vec<u8>, Expected) {
        let nobody = Uuid::from_u128(u128::from(self.seed) << 64 | 1 << 79 | u128::from(number)).hyphenated();
        let reports = format!("/v1/missions/{}/reports", mission.id);
        if number % OVERSIZED_EVERY == OVERSIZED_EVERY - 1 {
            return (self.oversized(target, &reports), Expected::Refusal);
        }
        let post = |path: &str, body: &str| (target.request("POST", path, JSON, body.as_bytes()), Expected::Refusal);
        let get = |path: &str| (target.request("GET", path, "", b""), Expected::Refusal);
        match number % 10 {
            0 => post(&reports, "{\"id\": "),
            1 => post(&reports, "[{\"id\": 7, \"segment\": \"x\"}, {}]"),
            2 => post(&reports, &format!("[{}]", format!("{{\"id\":\"{nobody}\"}},").repeat(50).trim_end_matches(','))),
            3 => post(&format!("/v1/missions/{nobody}/reports"), &mission.foreign_report(nobody.into_uuid())),
            4 => get(&format!("/v1/missions/{nobody}/plan")),
            5 => get(&format!("/v1/networks/{nobody}/nearest?lon=1&lat=2")),
            6 => get(&format!("/v1/missions?cursor={}", "x".repeat(200))),
            7 => get(&format!("/v1/{}", "x".repeat(4_000))),
            8 => {
                let mut request = format!("GET /v1/missions/{} HTTP/1.1\r\nhost: {}\r\n", mission.id, target.authority);
                request.push_str(&format!("authorization: Bearer {nobody}\r\ncontent-length: 0\r\n\r\n"));
                (request.into_bytes(), Expected::Anything)
            }
            _ => post("/v1/missions", "{\"network_id\": \"x\", \"uavs\": 7}"),
        }
    }

    /// A body that is too large, made once.
    fn oversized(&self, target: &Target, path: &str) -> Vec<u8> {
        let mut made = self.oversized.lock().unwrap_or_else(PoisonError::into_inner);
        if made.is_empty() {
            *made = target.request("POST", path, JSON, &vec![b' '; OVERSIZED_BYTES]);
        }
        made.clone()
    }

    /// What it came to, beside what was measured of the vehicles.
    pub(super) fn figures(&self, per_s: f64, measures: &Measures) -> FloodFigures {
        let ratio = |calm: Summary, flooded: Summary| {
            (calm.p99_ms > 0.0 && flooded.p99_ms > 0.0).then(|| flooded.p99_ms / calm.p99_ms)
        };
        let (calm, flooded) = (&measures.calm, &measures.flooded);
        let answers = self.answers.all();
        let faults = answers.iter().filter(|(answer, _)| answer.starts_with("500")).map(|(_, count)| *count).sum();
        FloodFigures {
            bad_requests_per_s: per_s,
            sent: get(&self.sent),
            left_out: get(&self.left_out),
            answers,
            answered_after: self.answered.summary(),
            accepted: get(&self.accepted),
            faults,
            acknowledged_after: flooded.acknowledged.summary(),
            plan_on_stream_after: flooded.planned.summary(),
            ack_p99_ratio: ratio(calm.acknowledged.summary(), flooded.acknowledged.summary()),
            plan_p99_ratio: ratio(calm.planned.summary(), flooded.planned.summary()),
        }
    }
}

/// Another address of this machine, if that is where the service is.
fn other_address(service: SocketAddr) -> Option<IpAddr> {
    // Other systems know one address of the whole network 127.0.0.0/8 only.
    (cfg!(target_os = "linux") && service.is_ipv4() && service.ip().is_loopback()).then_some(OTHER_LOOPBACK)
}
