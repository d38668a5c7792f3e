//! All subscribers of a run: opened together, and waited for at the end.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use indicatif::ProgressBar;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::draw::Draw;
use super::http::Target;
use super::measures::{Measures, get};
use super::mission::Mission;
use super::report::StreamFigures;
use super::settings::Amount;
use super::subscriber::{Arrivals, Crowd, Manner, Role, Subscriber};

/// How many connect at the same time.
const OPENING: usize = 64;
/// How long all may take until they are there.
const OPEN_LIMIT: Duration = Duration::from_secs(120);
/// How long all may take at the end until they have the whole log.
const DRAIN_LIMIT: Duration = Duration::from_secs(60);

/// The subscribers of a run.
#[derive(Debug)]
pub(super) struct Audience {
    pub(super) crowd: Arc<Crowd>,
    tasks: JoinSet<()>,
    draining: watch::Sender<bool>,
    counts: [usize; 3],
}

impl Audience {
    /// Subscribers as the amount says, spread over missions and services. `idle` ones look at numbers only.
    pub(super) fn begin(
        targets: Vec<Target>,
        missions: &[Arc<Mission>],
        measures: Arc<Measures>,
        amount: &Amount,
        idle: bool,
    ) -> Self {
        let services = targets.len().max(1);
        let crowd = Arc::new(Crowd {
            targets,
            measures,
            gate: Semaphore::new(OPENING),
            connected: AtomicUsize::new(0),
            newly_connected: Notify::new(),
            arrivals: Arrivals::default(),
        });
        let (draining, drained) = watch::channel(false);
        let ordinary = amount.subscribers.max(missions.len());
        let counts = [ordinary, amount.slow, amount.vanishing];
        let mut tasks = JoinSet::new();
        let manners = [Manner::Ordinary, Manner::Slow, Manner::Vanishing].into_iter().zip(counts);
        for (i, (manner, place)) in manners.flat_map(|(manner, n)| (0..n).map(move |i| (manner, i))).enumerate() {
            // Fewer than missions are spread from the first one on.
            let Some(mission) = missions.get(place % missions.len().max(1)) else { continue };
            let role = match (idle, manner) {
                (true, _) => Role::Counter,
                (false, Manner::Ordinary) if place < missions.len() => Role::Observer,
                (false, _) => Role::Reader,
            };
            let subscriber = Subscriber {
                crowd: Arc::clone(&crowd),
                mission: Arc::clone(mission),
                manner,
                role,
                // Not in step with the missions.
                first_target: (i + i / missions.len().max(1)) % services,
                draw: Draw::new(amount.seed, (1 << 33) + i as u64),
                draining: drained.clone(),
            };
            tasks.spawn(subscriber.follow());
        }
        Self { crowd, tasks, draining, counts }
    }

    /// Waits until all have had their first snapshot. Returns how many have.
    pub(super) async fn connected(&self, progress: &ProgressBar, stop: &CancellationToken) -> usize {
        let wanted: usize = self.counts.iter().sum();
        let waiting = async {
            loop {
                let connected = self.crowd.connected.load(Ordering::Acquire);
                progress.set_position(connected as u64);
                if connected >= wanted {
                    return;
                }
                self.crowd.newly_connected.notified().await;
            }
        };
        tokio::select! {
            _ = tokio::time::timeout(OPEN_LIMIT, waiting) => {}
            () = stop.cancelled() => {}
        }
        self.crowd.connected.load(Ordering::Acquire)
    }

    /// Has all read to the end of their missions' logs, which must be known, and says what they saw.
    pub(super) async fn end(mut self) -> StreamFigures {
        let _ = self.draining.send(true);
        let ending = async { while self.tasks.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(DRAIN_LIMIT, ending).await;
        let behind_at_end = self.tasks.len();
        let streams = &self.crowd.measures.streams;
        let [ordinary, slow, vanishing] = self.counts;
        StreamFigures {
            ordinary,
            slow,
            vanishing,
            connections: get(&streams.connections),
            resumed: get(&streams.resumed),
            ended_by_service: get(&streams.ended_by_service),
            events: get(&streams.events),
            snapshots: get(&streams.snapshots),
            positions: get(&streams.positions),
            heartbeats: get(&streams.heartbeats),
            behind_at_end,
            violations: streams.violations.all(),
            examples: streams.examples(),
        }
    }
}
