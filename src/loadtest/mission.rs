//! A mission under load, as its clients share it.

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use uuid::Uuid;

use super::draw::Draw;
use super::findings::{Findings, Roads};
use super::ledger::Ledger;
use crate::app::clock;
use crate::domain::ids::{MissionId, SegmentId};
use crate::domain::network::Place;
use crate::domain::report::Finding;
use crate::domain::timestamp::Timestamp;

/// One mission.
#[derive(Debug)]
pub(super) struct Mission {
    pub(super) id: MissionId,
    pub(super) ledger: Ledger,
    /// The log's last event once nothing more is sent; 0 before.
    final_seq: AtomicU64,
    start: Place,
    uavs: usize,
    roads: Arc<Roads>,
    vehicles: Mutex<Vehicles>,
}

#[derive(Debug)]
struct Vehicles {
    findings: Findings,
    /// Observations are made one after the other, so that a later one always counts.
    observed_at: Timestamp,
    next_uav: usize,
}

impl Vehicles {
    fn observe(&mut self) -> Timestamp {
        self.observed_at = clock::now().max(self.observed_at.plus_seconds(2e-6));
        self.observed_at
    }
}

impl Mission {
    /// A mission of that number, just created.
    pub(super) fn new(
        number: usize,
        id: MissionId,
        seed: u64,
        [start, goal]: [Place; 2],
        uavs: usize,
        roads: Arc<Roads>,
    ) -> Self {
        let ends = [start.segment.0, goal.segment.0];
        let findings = Findings::new(Draw::new(seed, number as u64), ends);
        let vehicles = Vehicles { findings, observed_at: Timestamp::EPOCH, next_uav: 0 };
        Self {
            id,
            ledger: Ledger::new(number, seed),
            final_seq: AtomicU64::new(0),
            start,
            uavs,
            roads,
            vehicles: Mutex::new(vehicles),
        }
    }

    /// The body of a request with the next reports: an object for one, an array for several. Their ids as well.
    pub(super) fn reports(&self, count: usize, due: Instant, measured: bool, one: bool) -> (String, Vec<Uuid>) {
        let mut body = String::with_capacity(160 * count + 2);
        let mut ids = Vec::with_capacity(count);
        let mut vehicles = self.lock();
        for i in 0..count {
            let (segment, finding) = vehicles.findings.next(&self.roads);
            let observed_at = vehicles.observe();
            let id = self.ledger.send(due, measured);
            let finding = match finding {
                Finding::Clear => "clear",
                Finding::Blocked => "blocked",
            };
            let uav = 1 + vehicles.next_uav;
            vehicles.next_uav = uav % self.uavs.max(1);
            let by = if self.uavs == 0 { "ugv".to_owned() } else { format!("uav-{uav}") };
            body.push(if i == 0 { '[' } else { ',' });
            // Writing to a string does not fail.
            let _ = write!(
                body,
                r#"{{"id":"{id}","segment":{segment},"finding":"{finding}","observed_at":"{observed_at}","reported_by":"{by}"}}"#
            );
            ids.push(id);
        }
        drop(vehicles);
        if one {
            body.remove(0);
        } else {
            body.push(']');
        }
        (body, ids)
    }

    /// The body of a request with one position: of the UAVs in turn and the UGV, which stands at its start.
    pub(super) fn position(&self, number: u64) -> String {
        let mut vehicles = self.lock();
        let observed_at = vehicles.observe();
        let vehicle = number as usize % (self.uavs + 1);
        if vehicle == 0 {
            let Place { segment: SegmentId(segment), offset_m } = self.start;
            return format!(
                r#"{{"vehicle":"ugv","observed_at":"{observed_at}","segment":{segment},"offset_m":{offset_m}}}"#
            );
        }
        let at = vehicles.findings.somewhere(&self.roads);
        let (lon, lat) = (at.lon, at.lat);
        format!(
            r#"{{"vehicle":"uav-{vehicle}","observed_at":"{observed_at}","position":{{"lon":{lon:.7},"lat":{lat:.7}}}}}"#
        )
    }

    /// A report that a segment is clear, which it is already after the first of them: an event without a plan.
    pub(super) fn clear_report(&self, due: Instant) -> (String, Uuid) {
        let mut vehicles = self.lock();
        let observed_at = vehicles.observe();
        let id = self.ledger.send(due, true);
        let segment = self.start.segment;
        let body = format!(
            r#"{{"id":"{id}","segment":{segment},"finding":"clear","observed_at":"{observed_at}","reported_by":"ugv"}}"#
        );
        (body, id)
    }

    /// A report as it should be, which no mission is waiting for.
    pub(super) fn foreign_report(&self, id: Uuid) -> String {
        let observed_at = clock::now();
        let segment = self.start.segment;
        format!(
            r#"{{"id":"{id}","segment":{segment},"finding":"clear","observed_at":"{observed_at}","reported_by":"nobody"}}"#
        )
    }

    /// The plan on the stream has this route.
    pub(super) fn set_route(&self, route: impl IntoIterator<Item = u32>) {
        self.lock().findings.set_route(route);
    }

    /// Nothing more is sent: the log ends here.
    pub(super) fn ends_at(&self, seq: u64) {
        self.final_seq.store(seq, Ordering::Release);
    }

    /// Whether a subscriber that has come so far has everything. Not before the end is known.
    pub(super) fn is_complete(&self, last: Option<u64>) -> bool {
        let end = self.final_seq.load(Ordering::Acquire);
        end > 0 && last.is_some_and(|last| last >= end)
    }

    fn lock(&self) -> MutexGuard<'_, Vehicles> {
        self.vehicles.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
