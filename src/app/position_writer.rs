//! Keeps vehicles' positions: those that come while a commit is under way share the next one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, oneshot};

use super::cells::Cell;
use super::{App, AppError};
use crate::domain::ids::{MissionId, VehicleId};
use crate::domain::vehicle::Fix;
use crate::store::StoredPosition;

/// How many updates may wait.
const MAX_WAITING: usize = 4_096;
/// How many updates share a commit.
const MAX_UPDATES: usize = 512;

/// Positions of vehicles of one mission, on their way to the database.
struct Update {
    cell: Arc<Cell>,
    newest: BTreeMap<VehicleId, Fix>,
    reply: oneshot::Sender<Result<Vec<VehicleId>, AppError>>,
}

/// The positions that wait for being kept.
#[derive(Default)]
pub(super) struct PositionWriter {
    waiting: Mutex<Vec<Update>>,
    called: Notify,
}

impl App {
    /// Keeps positions durably and tells them. Returns the vehicles of which a newer one came in between. Goes on when the
    /// caller goes away: a position is never kept without being told.
    pub(super) async fn keep_positions(
        &self,
        cell: &Arc<Cell>,
        newest: BTreeMap<VehicleId, Fix>,
    ) -> Result<Vec<VehicleId>, AppError> {
        let (reply, answer) = oneshot::channel();
        {
            let mut waiting = self.position_writer.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            if waiting.len() >= MAX_WAITING {
                return Err(AppError::Busy("too many positions are waiting"));
            }
            waiting.push(Update { cell: Arc::clone(cell), newest, reply });
        }
        self.position_writer.called.notify_one();
        tokio::select! {
            biased;
            answer = answer => answer.unwrap_or(Err(AppError::ShuttingDown)),
            () = self.closed.cancelled() => Err(AppError::ShuttingDown),
        }
    }

    /// Keeps positions until the service is closed and none wait.
    pub(super) async fn write_positions(self: &Arc<Self>) {
        loop {
            let updates: Vec<Update> = {
                let mut waiting = self.position_writer.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                let count = waiting.len().min(MAX_UPDATES);
                waiting.drain(..count).collect()
            };
            if updates.is_empty() {
                tokio::select! {
                    biased;
                    () = self.position_writer.called.notified() => {}
                    () = self.closed.cancelled() => return,
                }
            } else {
                self.write_updates(updates).await;
            }
        }
    }

    async fn write_updates(self: &Arc<Self>, updates: Vec<Update>) {
        let mut newest: BTreeMap<(MissionId, &VehicleId), &Fix> = BTreeMap::new();
        for update in &updates {
            for (vehicle, fix) in &update.newest {
                let held = newest.entry((update.cell.id, vehicle)).or_insert(fix);
                if held.observed_at() <= fix.observed_at() {
                    *held = fix;
                }
            }
        }
        let rows: Vec<(MissionId, StoredPosition)> = newest
            .into_iter()
            .map(|((id, vehicle), fix)| (id, StoredPosition { vehicle: vehicle.clone(), fix: fix.clone() }))
            .collect();
        let kept = async {
            self.be_alive().await?;
            Ok::<_, AppError>(self.store.upsert_positions(&rows).await?)
        };
        match kept.await {
            Ok(()) => {
                metrics::counter!("outrider_positions_total").increment(rows.len() as u64);
                for Update { cell, newest, reply } in updates {
                    let overtaken = apply_positions(&cell, newest);
                    self.hints.vehicles_moved(cell.id, cell.lock().copy.mission().seq);
                    // The caller may have gone away.
                    let _ = reply.send(Ok(overtaken));
                }
            }
            Err(error) => {
                for Update { cell, reply, .. } in updates {
                    // They may be kept all the same.
                    cell.lock().positions_in_doubt = true;
                    let _ = reply.send(Err(error.for_another()));
                }
            }
        }
    }
}

/// Takes positions that are kept into the cell and tells them; returns the vehicles of which it has a newer one.
pub(super) fn apply_positions(cell: &Cell, newest: BTreeMap<VehicleId, Fix>) -> Vec<VehicleId> {
    let (mut told, mut overtaken) = (Vec::new(), Vec::new());
    let mut state = cell.lock();
    for (vehicle, fix) in newest {
        match state.positions.get(&vehicle) {
            Some(held) if held.observed_at() > fix.observed_at() => overtaken.push(vehicle),
            Some(held) if *held == fix => {}
            _ => {
                Arc::make_mut(&mut state.positions).insert(vehicle.clone(), fix.clone());
                told.push((vehicle, fix));
            }
        }
    }
    // Under the lock, so that subscribers hear of them in this order.
    cell.feed.publish_positions(told);
    overtaken
}
