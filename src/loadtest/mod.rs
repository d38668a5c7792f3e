//! The load test: real clients over HTTP against a running service, which judge it.
//!
//! Vehicles report and tell positions, subscribers follow the streams, and everything that the service promises is checked on what
//! they get: every acknowledged report is in the log once, every subscriber gets every event once and in order, whatever becomes of
//! its connection. Beside each figure stands what the same Postgres can do at best (`bound.rs`), measured in the same run, because
//! figures of one machine say nothing of another, but ratios do.
//!
//! The clients are bare (`http.rs`, `subscriber.rs`): they share the machine with the service.

mod audience;
mod bound;
mod checker;
mod chunked;
mod draw;
mod findings;
mod flood;
mod histogram;
mod http;
mod idle;
mod ledger;
mod measures;
mod memory;
mod mission;
mod pacer;
mod report;
mod senders;
mod service;
mod settings;
mod source;
mod sse;
mod subscriber;
mod table;
mod verify;

use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::ProgressBar;
use tokio_util::sync::CancellationToken;

use self::audience::Audience;
use self::bound::{Bounding, Compared};
use self::findings::Roads;
use self::flood::Flood;
use self::http::Target;
use self::measures::{Measures, Window, get};
use self::memory::{Gauge, Watch};
use self::mission::Mission;
use self::report::{Ratios, requirements};
use self::senders::Senders;
use self::service::Service;
use crate::app::clock;
use crate::chain;
use crate::domain::access::Secret;
use crate::domain::ids::NetworkId;

pub use self::bound::{Bound, BoundError, BoundSettings};
pub use self::flood::FloodFigures;
pub use self::histogram::Summary;
pub use self::http::TargetError;
pub use self::memory::MemoryUse;
pub use self::report::{IdleFigures, PlanFigures, PositionFigures, Report, ReportFigures, Requirement, StreamFigures};
pub use self::service::ServiceError;
pub use self::settings::{Amount, Load, Required, Settings};
pub use self::source::Source;
pub use self::verify::LogCheck;

/// The version of the report's form.
const FORMAT: u32 = 1;
/// The most requests that are under way at a time: more would be no load but an avalanche.
const MAX_REQUESTS: usize = 512;

/// How long plans may take to come once nothing more is sent.
const PLANS_LIMIT: Duration = Duration::from_secs(60);

/// Why a load test broke off.
#[derive(Debug, thiserror::Error)]
pub enum LoadtestError {
    /// A URL is no target.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The service refuses what the load test needs.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The bound is required but cannot be had.
    #[error("the bound is required but is not to be had: {0}")]
    Bound(String),
    /// No trip can be drawn on the network.
    #[error("the network has no two junctions to drive between")]
    NoTrip,
    /// Not all streams could be opened.
    #[error(
        "only {opened} of {wanted} streams could be opened{seen}. The service may be limited in streams \
         (OUTRIDER_MAX_SUBSCRIBERS) or in open files (`ulimit -n` where it runs)"
    )]
    Streams {
        /// How many were.
        opened: usize,
        /// How many should have been.
        wanted: usize,
        /// What was answered instead, as the end of a clause.
        seen: String,
    },
    /// The system gives no thread or connection.
    #[error("the load test cannot go on")]
    System(#[from] std::io::Error),
}

impl Report {
    /// The report as aligned text.
    pub fn to_text(&self) -> String {
        table::render(self)
    }
}

/// Runs a load test: makes its network and missions, measures, checks, and ends the missions again, also when it is told to stop
/// half way. What it does meanwhile is told to `progress`.
///
/// # Errors
/// When the service does not answer or refuses what every run needs.
pub async fn run(
    settings: &Settings,
    source: &Source,
    progress: &ProgressBar,
    stop: &CancellationToken,
) -> Result<Report, LoadtestError> {
    let mut targets = Vec::new();
    for url in &settings.urls {
        targets.push(Target::resolve(url).await?.with_key(settings.key.as_ref().map(Secret::reveal)));
    }
    let service = Service::new(targets, MAX_REQUESTS);
    let service_version = service.version().await?;
    let network = service.network(source).await?;
    let mut stage = Stage { settings, source, progress, stop, service, service_version, network, missions: Vec::new() };
    let played = stage.play().await;
    let left_behind = stage.clear().await;
    played.map(|report| Report { left_behind, ..report })
}

/// A run's network and missions in the service.
struct Stage<'a> {
    settings: &'a Settings,
    source: &'a Source,
    progress: &'a ProgressBar,
    stop: &'a CancellationToken,
    service: Service,
    service_version: String,
    network: NetworkId,
    missions: Vec<Arc<Mission>>,
}

/// What the load itself came to.
struct Played {
    measured: Duration,
    /// Acknowledged reports a second of each part.
    per_s_each: Vec<f64>,
    idle: Option<IdleFigures>,
    flood: Option<FloodFigures>,
    streams: StreamFigures,
    memory: Vec<MemoryUse>,
}

impl Stage<'_> {
    async fn play(&mut self) -> Result<Report, LoadtestError> {
        let (settings, stop) = (self.settings, self.stop);
        self.create_missions().await?;
        let mut bounding = self.begin_bound().await?;
        self.measure_bound(&mut bounding).await;
        let began_at = clock::now();
        let measures = Arc::new(Measures::default());
        let played = match settings.load {
            Load::Idle => self.idle(&measures).await,
            Load::Steady | Load::Reports | Load::Batches => self.busy(&measures, &mut bounding).await,
        };
        if !stop.is_cancelled() && played.is_ok() {
            self.measure_bound(&mut bounding).await;
        }
        let (bound, bound_left_out) = match bounding {
            Ok(bounding) => (Some(bounding.end().await), None),
            Err(why) => (None, Some(why)),
        };
        let Played { measured, per_s_each, idle, flood, streams, memory } = played?;
        let log = self.verify().await?;
        let busy = settings.load != Load::Idle;
        let reports = busy.then(|| report_figures(&measures, measured, per_s_each));
        let plans = busy.then(|| plan_figures(&measures));
        let positions = (get(&measures.positions_sent) > 0).then(|| PositionFigures {
            sent: get(&measures.positions_sent),
            failed: get(&measures.positions_failed),
            acknowledged_after: measures.calm.positions.summary(),
        });
        let ratios = Ratios::of(reports.as_ref(), plans.as_ref(), bound.as_ref());
        let mut report = Report {
            format: FORMAT,
            load: settings.load,
            settings: settings.amount.clone(),
            urls: settings.urls.clone(),
            service_version: self.service_version.clone(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            began_at,
            measured_s: measured.as_secs_f64(),
            stopped_early: stop.is_cancelled(),
            requirements: requirements(&settings.required, &ratios, idle.as_ref(), flood.as_ref()),
            reports,
            plans,
            positions,
            idle,
            flood,
            streams,
            log: Some(log),
            errors: measures.errors.all(),
            memory,
            bound,
            bound_left_out,
            ratios,
            left_behind: Vec::new(),
            passed: false,
        };
        report.passed = report.violations() == 0 && report.requirements.iter().all(|requirement| requirement.met);
        Ok(report)
    }

    async fn create_missions(&mut self) -> Result<(), LoadtestError> {
        let amount = &self.settings.amount;
        let roads = Arc::new(Roads::of(&self.source.network));
        self.say("creating missions", amount.missions as u64);
        for number in 0..amount.missions {
            if self.stop.is_cancelled() {
                break;
            }
            let trip = self.source.trip(amount.seed, number).ok_or(LoadtestError::NoTrip)?;
            let (name, seed) = (format!("load test, mission {}", number + 1), number as u64);
            let creating = self.service.create_mission(self.network, &name, trip, amount.uavs, &amount.strategy, seed);
            let mission = Mission::new(number, creating.await?, amount.seed, trip, amount.uavs, Arc::clone(&roads));
            self.missions.push(Arc::new(mission));
            self.progress.inc(1);
        }
        Ok(())
    }

    /// The bound, or why there is none.
    async fn begin_bound(&self) -> Result<Result<Bounding, String>, LoadtestError> {
        let amount = &self.settings.amount;
        let compared = match self.settings.load {
            Load::Steady => Compared::Latency { per_s: amount.reports_per_s },
            Load::Reports | Load::Batches => Compared::Rate { clients: amount.clients },
            Load::Idle => return Ok(Err("idle streams write nothing that could be compared".to_owned())),
        };
        let begun = match (&self.settings.bound, self.missions.first()) {
            (Ok(bound), Some(mission)) => {
                let begun = Bounding::begin(bound.clone(), compared, mission.id, amount.seed).await;
                begun.map_err(|error| chain::of(&error))
            }
            (Ok(_), None) => Err("there is no mission".to_owned()),
            (Err(why), _) => Err(why.clone()),
        };
        match begun {
            Err(why) if self.settings.required.needs_bound() => Err(LoadtestError::Bound(why)),
            begun => Ok(begun),
        }
    }

    async fn measure_bound(&self, bounding: &mut Result<Bounding, String>) {
        let Ok(of) = bounding else { return };
        self.say("measuring what the database can do", 0);
        if let Err(error) = of.measure(self.stop).await {
            tracing::warn!(error = chain::of(&error), "the bound could not be measured");
        }
    }

    fn gauges(&self) -> Vec<Gauge> {
        let connections = self.service.connections.iter().enumerate();
        let gauge = |(i, connections): (usize, &Arc<http::Connections>)| match self.settings.pids.get(i) {
            Some(pid) => Gauge::Process(*pid, connections.target.url.clone()),
            None => Gauge::Metrics(Arc::clone(connections)),
        };
        connections.map(gauge).collect()
    }

    /// The load in its parts, with the bound measured between them.
    async fn busy(
        &self,
        measures: &Arc<Measures>,
        bounding: &mut Result<Bounding, String>,
    ) -> Result<Played, LoadtestError> {
        let amount = &self.settings.amount;
        let watch = Watch::begin(self.gauges()).await;
        let audience = self.open_streams(measures, false).await?;
        let (mut measured, mut per_s_each) = (Duration::ZERO, Vec::new());
        for part in 0..amount.parts {
            if part > 0 {
                self.wait_for_plans(measures).await;
                self.measure_bound(bounding).await;
            }
            if self.stop.is_cancelled() {
                break;
            }
            let before = get(&measures.reports_in_time);
            let took = self.send(measures, part, None).await?;
            per_s_each.push(per_s(get(&measures.reports_in_time) - before, took));
            measured += took;
        }
        let flood = if amount.bad_requests_per_s > 0.0 && !self.stop.is_cancelled() {
            // What is left of the first part would be taken for a part of the second.
            self.wait_for_plans(measures).await;
            let flood = Flood::new(self.service.targets(), self.missions.clone().into(), amount.seed);
            measures.flood_begins(Instant::now());
            measured += self.send(measures, 0, Some(&flood)).await?;
            Some(flood.figures(amount.bad_requests_per_s, measures))
        } else {
            None
        };
        self.say("waiting until everybody has everything", 0);
        self.tell_ends(measures).await?;
        let memory = watch.end().await;
        let streams = audience.end().await;
        Ok(Played { measured, per_s_each, idle: None, flood, streams, memory })
    }

    /// A part of the load from its warm-up to its end, among bad requests or not. Returns for how long it was measured.
    async fn send(
        &self,
        measures: &Arc<Measures>,
        part: usize,
        flood: Option<&Arc<Flood>>,
    ) -> Result<Duration, LoadtestError> {
        let amount = &self.settings.amount;
        let begin = Instant::now();
        let from = begin + amount.warmup(part);
        let window = Window { from, until: from + amount.part() };
        let missions: Arc<[Arc<Mission>]> = self.missions.clone().into();
        let senders = Senders { service: self.service.clone(), missions, measures: Arc::clone(measures), window };
        self.say(
            if flood.is_some() { "load among bad requests" } else { "load" },
            (amount.warmup(part) + amount.part()).as_secs_f64().ceil() as u64,
        );
        let flooding = async {
            match flood {
                Some(flood) => flood.run(amount.bad_requests_per_s, begin, window, self.stop).await,
                None => Ok(()),
            }
        };
        let sending = async {
            match self.settings.load {
                Load::Reports => senders.closed(amount.clients, None, self.stop).await,
                Load::Batches => senders.closed(amount.clients, Some(amount.batch), self.stop).await,
                Load::Steady | Load::Idle => senders.steady(amount, begin, self.stop).await?,
            }
            Ok::<(), std::io::Error>(())
        };
        let both = async { tokio::try_join!(sending, flooding) };
        tokio::select! {
            sent = both => drop(sent?),
            () = self.tick(begin) => {}
        }
        Ok(Instant::now().min(window.until).saturating_duration_since(from))
    }

    async fn idle(&self, measures: &Arc<Measures>) -> Result<Played, LoadtestError> {
        let amount = &self.settings.amount;
        idle::quiet(&self.service, &self.missions).await?;
        let gauges = self.gauges();
        let watch = Watch::begin(gauges.clone()).await;
        let before = idle::memory_of_all(&gauges).await;
        let begin = Instant::now();
        let audience = self.open_streams(measures, true).await?;
        let opened_in_s = begin.elapsed().as_secs_f64();
        self.say("one event to all", 0);
        let bytes_per_stream = idle::bytes_per_stream(&gauges, before, amount.streams()).await;
        let figures = idle::one_event_to_all(
            &self.service,
            &self.missions,
            &audience,
            amount.streams(),
            amount.rounds,
            self.stop,
        );
        let figures = IdleFigures { opened_in_s, bytes_per_stream, ..figures.await? };
        let measured = begin.elapsed();
        self.tell_ends(measures).await?;
        let memory = watch.end().await;
        let streams = audience.end().await;
        Ok(Played { measured, per_s_each: Vec::new(), idle: Some(figures), flood: None, streams, memory })
    }

    async fn wait_for_plans(&self, measures: &Measures) {
        let limit = Instant::now() + PLANS_LIMIT;
        while get(&measures.streams.unplanned) > 0 && Instant::now() < limit {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Waits until all plans have come and the logs grow no more, and tells subscribers where they end.
    async fn tell_ends(&self, measures: &Measures) -> Result<(), LoadtestError> {
        self.wait_for_plans(measures).await;
        let ends = idle::quiet(&self.service, &self.missions).await?;
        self.missions.iter().zip(ends).for_each(|(mission, end)| mission.ends_at(end));
        Ok(())
    }

    async fn open_streams(&self, measures: &Arc<Measures>, idle: bool) -> Result<Audience, LoadtestError> {
        let amount = &self.settings.amount;
        self.say("opening streams", amount.streams() as u64);
        let audience = Audience::begin(self.service.targets(), &self.missions, Arc::clone(measures), amount, idle);
        let (opened, wanted) = (audience.connected(self.progress, self.stop).await, amount.streams());
        if opened < wanted && !self.stop.is_cancelled() {
            let errors = measures.errors.all();
            let seen =
                errors.iter().max_by_key(|(_, count)| **count).map(|(what, count)| format!(" ({what}, {count} times)"));
            return Err(LoadtestError::Streams { opened, wanted, seen: seen.unwrap_or_default() });
        }
        Ok(audience)
    }

    /// Reads all logs. One that was stopped early is verified as well.
    async fn verify(&self) -> Result<LogCheck, LoadtestError> {
        self.say("reading the logs", self.missions.len() as u64);
        let mut check = LogCheck::default();
        for mission in &self.missions {
            verify::verify_log(&self.service, mission, &mut check).await?;
            self.progress.inc(1);
        }
        Ok(check)
    }

    /// Ends the missions and deletes the network. What cannot be removed is told.
    async fn clear(&self) -> Vec<String> {
        self.say("ending the missions", self.missions.len() as u64);
        let mut left = Vec::new();
        for mission in &self.missions {
            if let Err(error) = self.service.cancel(mission.id).await {
                left.push(format!("mission {}: {}", mission.id, chain::of(&error)));
            }
            self.progress.inc(1);
        }
        match self.service.delete_network(self.network).await {
            Ok(true) => {}
            Ok(false) => left.push(format!(
                "network {} and {} cancelled missions on it, which the service keeps; the next run uses the network again",
                self.source.name,
                self.missions.len()
            )),
            Err(error) => left.push(format!("network {}: {}", self.source.name, chain::of(&error))),
        }
        left
    }

    fn say(&self, phase: &'static str, length: u64) {
        self.progress.set_message(phase);
        self.progress.set_length(length);
        self.progress.set_position(0);
    }

    /// Moves the bar with the clock, for ever.
    async fn tick(&self, begin: Instant) {
        let mut ticks = tokio::time::interval(Duration::from_secs(1));
        loop {
            ticks.tick().await;
            self.progress.set_position(begin.elapsed().as_secs());
        }
    }
}

fn per_s(count: u64, measured: Duration) -> f64 {
    count as f64 / measured.as_secs_f64().max(1e-9)
}

fn report_figures(measures: &Measures, measured: Duration, per_s_each: Vec<f64>) -> ReportFigures {
    ReportFigures {
        sent: get(&measures.reports_sent),
        acknowledged: get(&measures.reports_acknowledged),
        failed: get(&measures.reports_failed),
        per_s: per_s(get(&measures.reports_in_time), measured),
        per_s_each,
        acknowledged_after: measures.calm.acknowledged.summary(),
        client_lag: measures.calm.lag.summary(),
        on_stream_after: measures.calm.age.summary(),
    }
}

fn plan_figures(measures: &Measures) -> PlanFigures {
    let streams = &measures.streams;
    PlanFigures {
        on_stream_after: measures.calm.planned.summary(),
        count: get(&streams.plans),
        provisional: get(&streams.plans_provisional),
        without_way: get(&streams.plans_without_way),
        reports_never_planned: get(&streams.unplanned),
        reports_without_effect: get(&streams.without_effect),
        reports_passed_over: get(&streams.passed_over),
    }
}
