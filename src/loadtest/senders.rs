//! The vehicles' side: reports and positions, sent at a pace or one after the other.

use std::sync::Arc;
use std::time::Instant;

use serde::Deserialize;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use super::http::{Answer, Connections};
use super::measures::{Measures, Window, add};
use super::mission::Mission;
use super::pacer::{Pace, keep_pace};
use super::service::{Problem, Service};
use super::settings::Amount;

/// Connections that are opened beforehand, so that the first requests do not wait for them.
const WARM_CONNECTIONS: usize = 8;

/// All that senders share.
#[derive(Clone, Debug)]
pub(super) struct Senders {
    pub(super) service: Service,
    pub(super) missions: Arc<[Arc<Mission>]>,
    pub(super) measures: Arc<Measures>,
    pub(super) window: Window,
}

#[derive(Deserialize)]
struct Accepted {
    reports: Vec<AcceptedReport>,
}

#[derive(Deserialize)]
struct AcceptedReport {
    id: Uuid,
    seq: u64,
    repeated: bool,
}

impl Senders {
    /// Reports and positions at their rates, whatever is answered. Ends when all are answered.
    pub(super) async fn steady(
        &self,
        amount: &Amount,
        begin: Instant,
        stop: &CancellationToken,
    ) -> std::io::Result<()> {
        for connections in &self.service.connections {
            connections.warm(WARM_CONNECTIONS).await?;
        }
        let tracker = TaskTracker::new();
        let paces = vec![Pace { per_s: amount.reports_per_s }, Pace { per_s: amount.positions_per_s }];
        let on_due = {
            let (senders, tracker) = (self.clone(), tracker.clone());
            move |kind: usize, number: u64, due: Instant| {
                let senders = senders.clone();
                tracker.spawn(async move {
                    if senders.window.has(due) {
                        senders.measures.latencies(due).lag.record(due.elapsed());
                    }
                    match kind {
                        0 => senders.reports(number as usize, 1, due, true).await,
                        _ => senders.position(number as usize, due).await,
                    }
                });
            }
        };
        keep_pace(paces, amount.seed, begin, self.window.until, stop.clone(), on_due).await?;
        tracker.close();
        tracker.wait().await;
        Ok(())
    }

    /// Clients that send `batch` reports at a time, each as soon as the ones before are answered; without a batch one.
    pub(super) async fn closed(&self, clients: usize, batch: Option<usize>, stop: &CancellationToken) {
        let tracker = TaskTracker::new();
        for client in 0..clients {
            let (senders, stop) = (self.clone(), stop.clone());
            tracker.spawn(async move {
                // Every client goes round all missions, so that they all get as many.
                let mut number = client;
                while Instant::now() < senders.window.until && !stop.is_cancelled() {
                    senders.reports(number, batch.unwrap_or(1), Instant::now(), batch.is_none()).await;
                    number += 1;
                }
            });
        }
        tracker.close();
        tracker.wait().await;
    }

    /// One request with reports.
    async fn reports(&self, number: usize, count: usize, due: Instant, one: bool) {
        let Some((mission, connections)) = self.choose(number) else { return };
        let measured = self.window.has(due);
        let (body, ids) = mission.reports(count, due, measured, one);
        let path = format!("/v1/missions/{}/reports", mission.id);
        add(&self.measures.reports_sent, ids.len());
        let request = connections.target.request("POST", &path, "application/json", body.as_bytes());
        let answer = self.expect(connections.call(&request).await, 202);
        let answered = Instant::now();
        let accepted = answer.and_then(|answer| serde_json::from_slice::<Accepted>(&answer.body).ok());
        let Some(accepted) = accepted else {
            add(&self.measures.reports_failed, ids.len());
            return;
        };
        if accepted.reports.len() != ids.len() {
            self.measures.errors.count("an answer has not one entry for each report");
        }
        for (report, sent) in accepted.reports.iter().zip(&ids) {
            if report.id != *sent || !mission.ledger.acknowledge(report.id, report.seq) {
                self.measures.errors.count("an answer is about a report that was not in the request");
            }
            if report.repeated {
                self.measures.errors.count("a new report was answered as a repeated one");
            }
        }
        add(&self.measures.reports_acknowledged, accepted.reports.len());
        if self.window.has(answered) {
            add(&self.measures.reports_in_time, accepted.reports.len());
        }
        if measured {
            self.measures.latencies(due).acknowledged.record(answered.saturating_duration_since(due));
        }
    }

    /// One request with a position.
    async fn position(&self, number: usize, due: Instant) {
        let Some((mission, connections)) = self.choose(number) else { return };
        let body = mission.position((number / self.missions.len().max(1)) as u64);
        let path = format!("/v1/missions/{}/positions", mission.id);
        add(&self.measures.positions_sent, 1);
        let request = connections.target.request("POST", &path, "application/json", body.as_bytes());
        match self.expect(connections.call(&request).await, 202) {
            Some(_) if self.window.has(due) => self.measures.latencies(due).positions.record(due.elapsed()),
            Some(_) => {}
            None => add(&self.measures.positions_failed, 1),
        }
    }

    /// Missions in turn; services in turn, but not in step with the missions.
    fn choose(&self, number: usize) -> Option<(&Arc<Mission>, &Arc<Connections>)> {
        let missions = self.missions.len().max(1);
        let mission = self.missions.get(number % missions)?;
        let services = self.service.connections.len().max(1);
        let connections = self.service.connections.get((number + number / missions) % services)?;
        Some((mission, connections))
    }

    /// The answer, if it has the status; otherwise it is counted as an error.
    fn expect(&self, answer: std::io::Result<Answer>, status: u16) -> Option<Answer> {
        match answer {
            Ok(answer) if answer.status == status => Some(answer),
            Ok(answer) => {
                let problem: Problem = serde_json::from_slice(&answer.body).unwrap_or_default();
                self.measures.errors.count(&format!("status {} {}", answer.status, problem.code));
                None
            }
            Err(error) => {
                self.measures.errors.count(&format!("request: {error}"));
                None
            }
        }
    }
}
