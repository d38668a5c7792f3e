//! Operators' closings and reopenings, and their expiry.

use std::sync::Arc;

use serde_json::json;

use super::cells::Decider;
use super::error::Fault;
use super::locate::{check_faces, check_segment};
use super::missions::check_open;
use super::{App, AppError};
use crate::domain::closure::Closure;
use crate::domain::geometry::{LonLat, Polygon};
use crate::domain::ids::{ClosureId, MissionId, SegmentId};
use crate::domain::mission::{ClosureRecord, EventBody};
use crate::domain::network::Network;
use crate::domain::timestamp::Timestamp;

/// An operator's change.
#[derive(Clone, Debug)]
pub struct ClosureRequest {
    /// Chosen by the operator, or made up; a repeat changes nothing.
    pub id: ClosureId,
    /// Close or reopen.
    pub action: ClosureAction,
    /// Which segments.
    pub target: ClosureTarget,
    /// Why.
    pub reason: String,
    /// Who decided it.
    pub decided_by: String,
}

/// What happens to the segments.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ClosureAction {
    /// They are closed, for good or until a time.
    Close {
        /// When they reopen by themselves.
        expires_at: Option<Timestamp>,
    },
    /// All closings of them are lifted.
    Reopen,
}

/// Which segments a change concerns.
#[derive(Clone, Debug)]
pub enum ClosureTarget {
    /// These.
    Segments(Vec<SegmentId>),
    /// Those of which any part lies in a polygon: an outer ring, then holes, each without the closing repeat.
    Area(Vec<Vec<LonLat>>),
}

/// Where a change stands in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedClosure {
    /// The change.
    pub id: ClosureId,
    /// Its number in the log.
    pub seq: u64,
    /// The revision of the knowledge after it.
    pub revision: u64,
    /// How many segments it concerns.
    pub segment_count: usize,
    /// It was in the log already.
    pub repeated: bool,
}

impl App {
    /// Closes or reopens segments in one atomic change; a new plan follows.
    ///
    /// # Errors
    /// When a segment does not exist, the area holds none, the expiry has passed, the mission is over, or the database fails.
    pub async fn record_closure(
        self: &Arc<Self>,
        id: MissionId,
        request: ClosureRequest,
    ) -> Result<RecordedClosure, AppError> {
        let recorded = self.record(id, move |decider| decide(decider, &request)).await?;
        if !recorded.repeated {
            metrics::counter!("outrider_closures_total").increment(1);
        }
        Ok(recorded)
    }

    /// Lifts the closings of a mission whose expiry has come.
    pub(super) async fn expire_closures(self: &Arc<Self>, id: MissionId) -> Result<(), AppError> {
        self.record(id, expire).await
    }
}

/// Lifts the closings whose expiry has come.
pub(super) fn expire(decider: &mut Decider<'_>) -> Result<(), AppError> {
    for id in decider.mission().knowledge.expired_at(decider.now) {
        decider.add(EventBody::Closure(Closure::Expire { id }));
    }
    Ok(())
}

/// Adds the change, unless it is in the log already.
pub(super) fn decide(decider: &mut Decider<'_>, request: &ClosureRequest) -> Result<RecordedClosure, AppError> {
    let now = decider.now;
    // A repeat is answered as the first was, even if the mission would refuse it by now.
    if let Some(ClosureRecord { recorded, segment_count }) = decider.mission().closures.get(&request.id).copied() {
        let (seq, revision) = (recorded.seq, recorded.revision);
        return Ok(RecordedClosure { id: request.id, seq, revision, segment_count, repeated: true });
    }
    let segments = resolve(decider.network, &request.target)
        .map_err(|faults| AppError::Invalid { code: "invalid_closure", faults })?;
    let segment_count = segments.len();
    check_open(decider.mission(), None)?;
    let (id, reason) = (request.id, request.reason.clone());
    let closure = match request.action {
        ClosureAction::Close { expires_at: Some(at) } if at <= now => {
            return Err(AppError::invalid("invalid_closure", "/expires_at", "the expiry has passed already"));
        }
        ClosureAction::Close { expires_at } => {
            Closure::Close { id, segments, reason, closed_by: request.decided_by.clone(), expires_at }
        }
        ClosureAction::Reopen => {
            Closure::Reopen { id, segments, reason, reopened_by: request.decided_by.clone(), at: now }
        }
    };
    let action = match closure {
        Closure::Close { .. } | Closure::CloseEach { .. } => "closure.closed",
        Closure::Reopen { .. } | Closure::Expire { .. } => "closure.reopened",
    };
    decider.audit(action, json!({ "closure": id, "segments": segment_count, "reason": request.reason }));
    decider.add(EventBody::Closure(closure));
    let mission = decider.mission();
    Ok(RecordedClosure { id, seq: mission.seq, revision: mission.revision, segment_count, repeated: false })
}

/// The segments, ascending, each once.
fn resolve(network: &Network, target: &ClosureTarget) -> Result<Vec<SegmentId>, Vec<Fault>> {
    match target {
        ClosureTarget::Segments(segments) => {
            let faults: Vec<Fault> = segments
                .iter()
                .enumerate()
                .filter_map(|(i, segment)| check_segment(network, *segment, &format!("/segments/{i}")).err())
                .take(20)
                .collect();
            if !faults.is_empty() {
                return Err(faults);
            }
            let mut segments = segments.clone();
            segments.sort_unstable();
            segments.dedup();
            Ok(segments)
        }
        ClosureTarget::Area(rings) => {
            let faults: Vec<Fault> = (rings.iter().enumerate())
                .flat_map(|(i, ring)| ring.iter().enumerate().map(move |(k, at)| (i, k, *at)))
                .filter_map(|(i, k, at)| check_faces(network, at, format!("/area/coordinates/{i}/{k}")).err())
                .collect();
            if !faults.is_empty() {
                return Err(faults);
            }
            let project = |ring: &Vec<LonLat>| ring.iter().map(|at| network.plane().project(*at)).collect();
            let polygon = Polygon { rings: rings.iter().map(project).collect() };
            let segments = network.segments_touching(&polygon);
            if segments.is_empty() {
                return Err(vec![Fault::new("/area", "no segment of the network lies in this area")]);
            }
            Ok(segments)
        }
    }
}
