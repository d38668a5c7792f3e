//! Use cases: the only place where storage, planning and events meet.
//!
//! A command on a mission waits in the mission's cell for its turn; the journal decides on what waits, adds what follows to
//! the logs in one conditional statement, and then answers, tells the feed and pokes the replanner. Knows no status code and
//! no JSON of requests.

mod access;
mod along;
mod answers;
pub mod audit;
mod behind;
mod bell;
mod cells;
pub mod clock;
mod closure_feeds;
mod closures;
mod dues;
mod error;
pub mod feed;
mod forecast;
mod hints;
mod imports;
mod journal;
mod leases;
mod locate;
mod matching;
mod missions;
mod networks;
mod passing;
mod pool;
mod position_writer;
mod positions;
mod replanner;
pub mod replay;
#[cfg(test)]
mod replica_tests;
mod reports;
mod retention;
mod rows;
mod strays;
mod subscription;
mod sweep;
mod told;
pub mod trace;

use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

pub use access::{
    ACCESS_NOTICE, AccessOptions, Credential, Denied, Grant, KeyRequest, ProviderError, ProviderKeys, ProviderOptions,
    ShownToken, Usage,
};
pub use answers::{AssessedAlternative, AssessedRoute, GoalProspect, MissionAlternatives, MissionGoals, Standing};
pub use cells::MissionView;
pub use closure_feeds::{FeatureOutcome, FeedOutcome, FeedRequest, RecordedFeed};
pub use closures::{ClosureAction, ClosureRequest, ClosureTarget, RecordedClosure};
pub use error::{AppError, Fault};
pub use forecast::MissionForecast;
pub use imports::BackgroundImport;
pub use locate::{Location, locate};
pub use matching::TrackPosition;
pub use missions::{MissionPatch, NewGoals, NewMission, NewUav, check_strategy};
pub use networks::{MapData, MapFormat, NetworkSource, NewNetwork};
pub use positions::{PositionOutcome, PositionUpdate};
pub use reports::{BlockagePoint, NewReport, RecordedReport, ReportTarget};
pub use retention::RetentionOptions;
pub use subscription::{MAX_PLACES, Resume, Snapshot, StreamItem, Subscription};

// What callers of use cases name.
pub use crate::engine::Pace;
pub use crate::import::closure_feed::FeedError;
pub use crate::import::{
    Components, ImportError, ImportProgress, ImportStep, ImportSummary, MAX_TEXT_LENGTH, MapOptions, Merging, Profile,
    is_overpass_json,
};
pub use crate::planning::forecast::{CriticalSegment, Forecast, ForecastOptions, Prospect};
pub use crate::planning::matching::{Break, FixMatch, Gap, MatchOptions, Matching, Stretch};
pub use crate::planning::odds::Odds;
pub use crate::planning::search::alternatives::{AlternativeOptions, MOST_ALTERNATIVES};
pub use crate::planning::search::reachable::Unknown;
pub use crate::planning::strategy::{Strategies, Strategy};
pub use crate::store::{
    AuditFilter, AuditRecord, IdempotencyKey, ImportRecord, ImportState, KeyRecord, MissionFilter, MissionSummary,
    NetworkRecord, Store, StoreError, StoredEvent,
};

/// What can be set about the use cases.
#[derive(Clone, Debug)]
pub struct AppOptions {
    /// How many planning jobs run at a time.
    pub planner_threads: usize,
    /// How long the chosen strategy may take before, with the current route blocked, the shortest safe route goes out first.
    pub provisional_after: Duration,
    /// How long a strategy may take before it is called off and the shortest safe route stands in for it.
    pub planner_time_limit: Duration,
    /// How many plans of one mission are made a second for long, half as many where the service is busy. As many may follow each
    /// other at once.
    pub plans_per_s: u32,
    /// How often missions whose plan is behind, and closings that expired, are looked for.
    pub sweep_interval: Duration,
    /// How many streams may be open.
    pub max_subscribers: usize,
    /// By how many events a resuming subscriber may be behind before it gets a snapshot instead.
    pub max_replayed_events: u64,
    /// How many bytes of networks are kept in memory when no mission in memory uses them.
    pub network_cache_bytes: usize,
    /// How many missions are kept in memory when nobody subscribes to them.
    pub cached_missions: usize,
    /// Who comes in.
    pub access: AccessOptions,
    /// What becomes of what is old.
    pub retention: RetentionOptions,
}

impl Default for AppOptions {
    fn default() -> Self {
        Self {
            planner_threads: 2,
            provisional_after: Duration::from_millis(20),
            planner_time_limit: Duration::from_secs(10),
            plans_per_s: 25,
            sweep_interval: Duration::from_secs(1),
            max_subscribers: 12_000,
            max_replayed_events: 5_000,
            network_cache_bytes: 256 << 20,
            cached_missions: 512,
            access: AccessOptions::default(),
            retention: RetentionOptions::default(),
        }
    }
}

/// The service's state and its use cases.
pub struct App {
    store: Store,
    access: access::Access,
    strategies: Strategies,
    options: AppOptions,
    /// Plans. Two permits a replanner: a provisional plan need not wait for the slow one it goes ahead of.
    pool: Arc<pool::PlannerPool>,
    /// Reads uploads, one at a time, so that they never keep a plan waiting.
    imports: pool::PlannerPool,
    /// Makes forecasts, one at a time, for the same reason.
    forecast_pool: Arc<pool::PlannerPool>,
    forecasts: Arc<forecast::Forecasts>,
    /// Matches feeds of closures and writes large documents, one at a time, for the same reason.
    format_pool: pool::PlannerPool,
    /// Puts loaded networks together.
    loading_pool: pool::PlannerPool,
    /// Matches tracks, one at a time, for the same reason.
    matching_pool: pool::PlannerPool,
    cells: cells::Cells,
    networks: networks::NetworkCache,
    journal: journal::Journal,
    rows: rows::Rows,
    position_writer: position_writer::PositionWriter,
    replanner: replanner::Replanner,
    behind: behind::Behind,
    strays: strays::Strays,
    standing: leases::Standing,
    hints: hints::Hints,
    subscribers: Arc<AtomicUsize>,
    /// The service begins to stop.
    stopping: CancellationToken,
    /// No requests are open any more.
    closing: CancellationToken,
    /// Nothing is written any more.
    closed: CancellationToken,
    tasks: TaskTracker,
    writers: TaskTracker,
}

impl App {
    /// The use cases over a store, with background work not yet started.
    pub fn new(store: Store, strategies: Strategies, options: AppOptions) -> Arc<Self> {
        let stopping = CancellationToken::new();
        Arc::new(Self {
            access: access::Access::new(options.access.clone(), stopping.clone()),
            pool: Arc::new(pool::PlannerPool::new(options.planner_threads.max(1) * 2)),
            imports: pool::PlannerPool::new(1),
            forecast_pool: Arc::new(pool::PlannerPool::new(1)),
            forecasts: Arc::default(),
            format_pool: pool::PlannerPool::new(1),
            loading_pool: pool::PlannerPool::new(2),
            matching_pool: pool::PlannerPool::new(1),
            cells: cells::Cells::new(options.cached_missions),
            networks: networks::NetworkCache::new(options.network_cache_bytes),
            journal: journal::Journal::default(),
            rows: rows::Rows::default(),
            position_writer: position_writer::PositionWriter::default(),
            replanner: replanner::Replanner::new(options.planner_threads),
            behind: behind::Behind::default(),
            strays: strays::Strays::default(),
            standing: leases::Standing::new(),
            hints: hints::Hints::default(),
            subscribers: Arc::new(AtomicUsize::new(0)),
            stopping,
            closing: CancellationToken::new(),
            closed: CancellationToken::new(),
            tasks: TaskTracker::new(),
            writers: TaskTracker::new(),
            store,
            strategies,
            options,
        })
    }

    /// Starts the background work: writers, replanners, the sweep, and what replicas tell each other.
    pub fn start(self: &Arc<Self>) {
        self.spawn(|app| async move { app.replan_missions().await });
        for _ in 0..journal::WRITERS {
            let app = Arc::clone(self);
            self.writers.spawn(async move { app.write_logs().await });
        }
        let app = Arc::clone(self);
        self.writers.spawn(async move { app.write_positions().await });
        self.spawn(|app| async move { app.sweep_regularly().await });
        self.spawn(|app| async move { app.retain_regularly().await });
        self.spawn(|app| async move { app.beat_regularly().await });
        self.spawn(|app| async move { app.send_hints().await });
        self.spawn(|app| async move { app.hear_hints().await });
        self.spawn(|app| async move { app.watch_access().await });
    }

    fn spawn<F: Future<Output = ()> + Send + 'static>(self: &Arc<Self>, work: impl FnOnce(Arc<Self>) -> F) {
        self.tasks.spawn(work(Arc::clone(self)));
    }

    /// Cancelled when the service begins to stop: streams end then.
    pub fn stopping(&self) -> &CancellationToken {
        &self.stopping
    }

    /// Stops in order: streams end, replanners and sweep finish, plans under way are called off, connections close. What was
    /// not planned is found by the sweep at the next start.
    pub async fn stop(&self) {
        self.stopping.cancel();
        self.pool.close();
        self.imports.close();
        self.forecast_pool.close();
        self.format_pool.close();
        self.loading_pool.close();
        self.matching_pool.close();
        self.tasks.close();
        self.closing.cancel();
        self.tasks.wait().await;
        // Only now: whoever has just finished may have had something to write.
        self.closed.cancel();
        self.writers.close();
        self.writers.wait().await;
        if let Err(error) = self.bring_rows_up().await {
            tracing::debug!(
                error = crate::chain::of(&error),
                "rows of missions are behind their logs; the next to start sees to it"
            );
        }
        self.store.close().await;
    }

    /// The strategies that missions can choose from.
    pub fn strategies(&self) -> &Strategies {
        &self.strategies
    }

    /// Whether requests can be served: the database answers and its schema is ours.
    ///
    /// # Errors
    /// Why not.
    pub async fn check_ready(&self) -> Result<(), StoreError> {
        self.store.check_ready().await
    }

    /// Runs a long computation of a caller off the async threads.
    ///
    /// # Errors
    /// When too much waits already, the service is stopping, or the computation panicked.
    pub async fn compute<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> Result<T, AppError> {
        self.pool.run(job).await
    }

    /// Puts the present levels into the gauges: queues, subscribers, missions in memory, database connections.
    pub fn measure(&self) {
        let (connections, idle, limit) = self.store.connections();
        let pools = [
            ("planner", &*self.pool),
            ("import", &self.imports),
            ("forecast", &*self.forecast_pool),
            ("format", &self.format_pool),
            ("loading", &self.loading_pool),
            ("matching", &self.matching_pool),
        ];
        for (pool, jobs) in pools {
            let (running, waiting) = jobs.load();
            metrics::gauge!("outrider_jobs_running", "pool" => pool).set(running as f64);
            metrics::gauge!("outrider_jobs_waiting", "pool" => pool).set(waiting as f64);
        }
        metrics::gauge!("outrider_subscribers_limit").set(self.options.max_subscribers as f64);
        metrics::gauge!("outrider_database_connections_limit").set(f64::from(limit));
        metrics::gauge!("outrider_replan_queue").set(self.replanner.queued() as f64);
        metrics::gauge!("outrider_journal_queue").set(self.journal.queued() as f64);
        metrics::gauge!("outrider_planning_jobs_strayed").set(self.strays.count() as f64);
        metrics::gauge!("outrider_leases_held").set(self.leases_held() as f64);
        metrics::gauge!("outrider_other_replicas").set(self.hints.others() as f64);
        metrics::gauge!("outrider_subscribers").set(self.subscribers.load(std::sync::atomic::Ordering::Relaxed) as f64);
        metrics::gauge!("outrider_missions_in_memory").set(self.cells.len() as f64);
        metrics::gauge!("outrider_database_connections").set(f64::from(connections));
        metrics::gauge!("outrider_database_connections_idle").set(idle as f64);
        // Including those of open connections.
        let tasks = tokio::runtime::Handle::try_current().map_or(0, |runtime| runtime.metrics().num_alive_tasks());
        metrics::gauge!("outrider_tasks").set(tasks as f64);
    }
}
