//! This replica among others: that it is alive, and which missions it may plan.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{App, AppError, clock};
use crate::domain::ids::{MissionId, ReplicaId};
use crate::engine::Leases;

/// How long a beat lasts: how long a dead replica's missions wait for another one to plan them, with the sweep's interval.
pub(super) const LASTS: Duration = Duration::from_millis(2_500);
/// How often the replica says that it is alive.
pub(super) const BEAT_EVERY: Duration = Duration::from_millis(700);

/// This replica's standing.
pub(super) struct Standing {
    started: Instant,
    leases: Mutex<Leases>,
}

impl Standing {
    pub(super) fn new() -> Self {
        let leases = Mutex::new(Leases::new(ReplicaId(clock::new_uuid())));
        Self { started: Instant::now(), leases }
    }

    /// Time that only goes forward, whatever happens to the machine's clock.
    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn lock(&self) -> MutexGuard<'_, Leases> {
        self.leases.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl App {
    /// Under which id this replica is alive.
    pub(super) fn replica(&self) -> ReplicaId {
        self.standing.lock().replica()
    }

    /// Says again and again that this replica is alive, until the service is closed; then that it is gone.
    pub(super) async fn beat_regularly(self: &Arc<Self>) {
        let mut ticks = tokio::time::interval(BEAT_EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = self.closing.cancelled() => break,
            }
            // The sweep says when the database is away.
            let beat = self.beat().await;
            metrics::gauge!("outrider_database_up").set(if beat.is_ok() { 1.0 } else { 0.0 });
            if let Err(error) = beat {
                tracing::debug!(error = crate::chain::of(&error), "no beat");
            }
        }
        let gone = tokio::time::timeout(Duration::from_secs(1), self.store.leave(self.replica())).await;
        if !matches!(gone, Ok(Ok(()))) {
            tracing::debug!("the other replicas will notice that this one is gone");
        }
    }

    async fn beat(self: &Arc<Self>) -> Result<(), AppError> {
        let sent_at = self.standing.now();
        let replica = self.standing.lock().begin_beat(sent_at, ReplicaId(clock::new_uuid()));
        let others = self.store.beat(replica, LASTS).await?.others;
        let answered_at = self.standing.now();
        let was_alive = self.standing.lock().beat(replica, sent_at, answered_at, LASTS);
        let had_company = self.hints.set_others(others) > 0;
        if !was_alive || had_company != (others > 0) {
            self.doubt_all();
            self.look_for_longer_logs().await?;
        }
        Ok(())
    }

    /// Others may have written what nobody told this replica, and left rows behind their logs.
    pub(super) fn doubt_all(&self) {
        for cell in self.cells.all() {
            cell.lock().positions_in_doubt = true;
        }
        self.rows.doubt();
    }

    /// Says first that this replica is alive if it was taken for dead: the others look for what it writes only while they know of it.
    pub(super) async fn be_alive(self: &Arc<Self>) -> Result<(), AppError> {
        if !self.standing.lock().is_alive(self.standing.now()) {
            self.beat().await?;
        }
        Ok(())
    }

    /// Whether this replica may plan the mission: it holds the mission's lease, or nobody alive does and it takes it.
    pub(super) async fn may_plan(self: &Arc<Self>, id: MissionId) -> Result<bool, AppError> {
        if self.holds(id) {
            return Ok(true);
        }
        self.be_alive().await?;
        let (replica, asked_at) = (self.replica(), self.standing.now());
        let taken = self.store.take_lease(id, replica).await?;
        if taken {
            self.standing.lock().taken(replica, id, asked_at);
        }
        Ok(taken && self.standing.lock().holds(id, self.standing.now()))
    }

    /// Whether this replica holds the mission's lease, as far as it knows itself.
    pub(super) fn holds(&self, id: MissionId) -> bool {
        self.standing.lock().holds(id, self.standing.now())
    }

    /// How many missions this replica holds.
    pub(super) fn leases_held(&self) -> usize {
        self.standing.lock().held()
    }
}
