//! Closures as others tell them: a feed's features are matched to the network's segments, and what is closed now goes into
//! the log as one change.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;
use sha2::{Digest, Sha256};
use uuid::Builder;

use super::cells::Decider;
use super::missions::check_open;
use super::{App, AppError};
use crate::domain::closure::{Closing, Closure};
use crate::domain::geometry::{LonLat, Point, Polygon};
use crate::domain::ids::{ClosureId, MissionId, SegmentId};
use crate::domain::mission::EventBody;
use crate::domain::network::{Heading, Network, Tolerance};
use crate::domain::timestamp::Timestamp;
use crate::import::closure_feed::{self, ClosureFeed, Content, FeedFeature, Shape};

/// The most segments that one feed may close, counted once for each feature.
const MAX_SEGMENTS: usize = 100_000;
/// How many comparisons of places with pieces of roads one feed may cost: about a second, or 3,500 km of lines.
const MAX_STEPS: u64 = 500_000;
/// How many comparisons of a road's corner with an area's are as much.
const CORNERS_A_STEP: u64 = 1_000;
/// What looking for the road nearest to a point costs.
const STEPS_A_POINT: u64 = 10;

/// A feed to be taken in.
#[derive(Clone, Debug)]
pub struct FeedRequest {
    /// Chosen by the operator, or made up; a repeat changes nothing.
    pub id: ClosureId,
    /// The document.
    pub document: bytes::Bytes,
    /// How near a road must be to a line or a point, in metres.
    pub tolerance_m: f64,
    /// When what names no end of its own ends by itself.
    pub expires_at: Option<Timestamp>,
    /// Why, for features that do not say.
    pub reason: String,
    /// Who decided it; the feed's publisher, or `operator`, unless given.
    pub decided_by: Option<String>,
}

/// What became of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeedOutcome {
    /// It closed its segments.
    Closed,
    /// A closing with the same segments, reason, author and end is in force already.
    AlreadyClosed,
    /// No road lies or runs there.
    NoMatch,
    /// It has not begun.
    NotBegun,
    /// It is over.
    Over,
    /// It cannot be used.
    NotValid,
}

/// What became of one feature that would close something.
#[derive(Clone, Debug, PartialEq)]
pub struct FeatureOutcome {
    /// A JSON pointer to it in the document.
    pub pointer: String,
    /// Its id there.
    pub id: Option<String>,
    /// What became of it.
    pub outcome: FeedOutcome,
    /// The segments that it closes, or closed.
    pub segments: Vec<SegmentId>,
    /// When they reopen by themselves.
    pub expires_at: Option<Timestamp>,
    /// The closing, if it made one.
    pub closure: Option<ClosureId>,
    /// More, in words.
    pub message: Option<String>,
}

/// What became of a feed.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedFeed {
    /// The change.
    pub id: ClosureId,
    /// Its number in the log; `None` if there was nothing to close.
    pub seq: Option<u64>,
    /// The revision of the knowledge after it.
    pub revision: u64,
    /// How many segments it closed.
    pub segment_count: usize,
    /// It was in the log already.
    pub repeated: bool,
    /// How many features say themselves that they close nothing.
    pub ignored: usize,
    /// The others, in the feed's order.
    pub features: Vec<FeatureOutcome>,
}

/// A feature and the segments it closes.
#[derive(Clone, Debug)]
struct Matched {
    feature: FeedFeature,
    segments: Vec<SegmentId>,
    message: Option<String>,
}

/// A feed whose features are matched.
#[derive(Clone, Debug)]
pub(super) struct MatchedFeed {
    ignored: usize,
    features: Vec<Matched>,
    closed_by: String,
}

#[cfg(test)]
impl MatchedFeed {
    /// As if features had matched these segments.
    pub(super) fn of(parts: Vec<(Vec<SegmentId>, Option<Timestamp>)>) -> Self {
        let matched = |(segments, ends_at)| Matched {
            feature: FeedFeature {
                pointer: String::new(),
                id: None,
                content: Content::Shape(Shape::Points(vec![])),
                reason: None,
                starts_at: None,
                ends_at,
                is_directed: false,
            },
            segments,
            message: None,
        };
        Self { ignored: 0, features: parts.into_iter().map(matched).collect(), closed_by: "roads".to_owned() }
    }
}

impl App {
    /// Closes what a feed says is closed now, in one atomic change; a new plan follows.
    ///
    /// # Errors
    /// When the document is none, or too much, the mission is over, or the database fails.
    pub async fn record_closure_feed(
        self: &Arc<Self>,
        id: MissionId,
        request: FeedRequest,
    ) -> Result<RecordedFeed, AppError> {
        // Not for the async threads: a feed is some thousand features, and a road is looked for at every few metres of each.
        let (document, tolerance_m) = (request.document.clone(), request.tolerance_m);
        let decided_by = request.decided_by.clone();
        let matched =
            self.study_mission(id, move |view| match_feed(view.network, &document, tolerance_m, decided_by)).await??;
        let recorded = self.record(id, move |decider| decide(decider, &request, &matched)).await?;
        if recorded.seq.is_some() && !recorded.repeated {
            metrics::counter!("outrider_closures_total").increment(1);
        }
        Ok(recorded)
    }
}

fn match_feed(
    network: &Network,
    document: &[u8],
    tolerance_m: f64,
    decided_by: Option<String>,
) -> Result<MatchedFeed, AppError> {
    let ClosureFeed { publisher, features } = closure_feed::read(document)?;
    let count = features.len();
    let mut steps = MAX_STEPS;
    let (mut matched, mut segment_count) = (Vec::new(), 0);
    for feature in features.into_iter().filter(|feature| feature.content != Content::Ignored) {
        let (segments, message) = match &feature.content {
            Content::Ignored | Content::NotValid(_) => (Vec::new(), None),
            Content::Shape(shape) => match_shape(network, shape, tolerance_m, feature.is_directed, &mut steps)
                .ok_or_else(|| {
                    let message =
                        "the feed has too many or too long lines and areas near the network; send it in parts";
                    AppError::invalid("invalid_closure", feature.pointer.clone(), message)
                })?,
        };
        segment_count += segments.len();
        if segment_count > MAX_SEGMENTS {
            let message = format!("the features up to here close more than {MAX_SEGMENTS} segments");
            return Err(AppError::invalid("invalid_closure", feature.pointer, message));
        }
        matched.push(Matched { feature, segments, message });
    }
    let closed_by = decided_by.or(publisher).unwrap_or_else(|| "operator".to_owned());
    Ok(MatchedFeed { ignored: count - matched.len(), features: matched, closed_by })
}

/// The segments that a shape closes, ascending, each once, and a word about it. `None` if that takes too many steps.
fn match_shape(
    network: &Network,
    shape: &Shape,
    tolerance_m: f64,
    is_directed: bool,
    steps: &mut u64,
) -> Option<(Vec<SegmentId>, Option<String>)> {
    let faces = |at: &LonLat| network.plane().faces(*at);
    let project = |at: &LonLat| network.plane().project(*at);
    let mut found = BTreeSet::new();
    let mut message = None;
    match shape {
        Shape::Points(points) => {
            // Two points are the ends of something that runs from one to the other.
            let heading = match points.as_slice() {
                [a, b] => {
                    let heading_deg = crate::domain::geometry::heading_deg(project(a), project(b));
                    Some(Heading { flies: !is_directed, ..Heading::driven(heading_deg) })
                }
                _ => None,
            };
            for at in points.iter().filter(|at| faces(at)) {
                *steps = steps.checked_sub(STEPS_A_POINT)?;
                let near = network.nearest(project(at), heading, tolerance_m);
                // Between its ends it may bend as it likes.
                let near = near.or_else(|| network.nearest(project(at), None, tolerance_m));
                found.extend(near.map(|snap| snap.place.segment));
            }
            if found.len() > 1 && is_directed {
                let words = "the feed gives points only; roads between them are not closed";
                message = Some(words.to_owned());
            }
        }
        Shape::Lines(lines) => {
            let tolerance = Tolerance { distance_m: tolerance_m, is_directed };
            for line in lines {
                // Where a line leaves the half of the Earth that the plane knows, it is cut.
                for part in line.split(|at| !faces(at)) {
                    let points: Vec<Point> = part.iter().map(project).collect();
                    found.extend(network.segments_along(&points, tolerance, steps)?);
                }
            }
        }
        Shape::Areas(areas) => {
            for rings in areas {
                if !rings.iter().flatten().all(faces) {
                    message = Some("an area reaches to the other side of the Earth, and is passed over".to_owned());
                    continue;
                }
                let polygon = Polygon { rings: rings.iter().map(|ring| ring.iter().map(project).collect()).collect() };
                let (low, high) = polygon.bounds();
                let corners: u64 = rings.iter().map(|ring| ring.len() as u64).sum();
                let in_box = network.segments_in_box(low, high);
                let nodes: u64 = in_box.iter().map(|id| network.segment(*id).nodes.len() as u64).sum();
                *steps = steps.checked_sub(1 + nodes.saturating_mul(corners) / CORNERS_A_STEP)?;
                found.extend(network.segments_touching(&polygon));
            }
        }
    }
    Some((found.into_iter().collect(), message))
}

/// Closings that are alike: segments, reason, author and end.
type Likeness = (Vec<SegmentId>, String, String, Option<Timestamp>);

/// Adds what is closed now, unless the feed is in the log already.
pub(super) fn decide(
    decider: &mut Decider<'_>,
    request: &FeedRequest,
    matched: &MatchedFeed,
) -> Result<RecordedFeed, AppError> {
    let now = decider.now;
    let mission = decider.mission();
    let known = mission.closures.get(&request.id).copied();
    if known.is_none() {
        check_open(mission, None)?;
        if request.expires_at.is_some_and(|at| at <= now) {
            return Err(AppError::invalid("invalid_closure", "expires_at", "the expiry has passed already"));
        }
    }
    let knowledge = &mission.knowledge;
    let mut in_force: BTreeMap<Likeness, Option<ClosureId>> = knowledge
        .closures()
        // Of one that was reopened in part not all would be closed.
        .filter(|(id, closure)| {
            let holds = |segment: &SegmentId| knowledge.detail(*segment).is_some_and(|k| k.closed_by.contains(id));
            closure.segments.iter().all(holds)
        })
        .map(|(id, closure)| {
            let likeness =
                (closure.segments.clone(), closure.reason.clone(), closure.closed_by.clone(), closure.expires_at);
            (likeness, Some(id))
        })
        .collect();
    let (mut closings, mut features) = (Vec::new(), Vec::new());
    for (i, Matched { feature, segments, message }) in matched.features.iter().enumerate() {
        let expires_at = feature.ends_at.or(request.expires_at);
        let reason = feature.reason.clone().unwrap_or_else(|| request.reason.clone());
        let (mut closure, mut message) = (None, message.clone());
        let outcome = if let Content::NotValid(words) = &feature.content {
            message = Some(words.clone());
            FeedOutcome::NotValid
        } else if expires_at.is_some_and(|at| at <= now) {
            FeedOutcome::Over
        } else if segments.is_empty() {
            FeedOutcome::NoMatch
        } else if feature.starts_at.is_some_and(|at| at > now) {
            FeedOutcome::NotBegun
        } else {
            let likeness = (segments.clone(), reason.clone(), matched.closed_by.clone(), expires_at);
            match in_force.get(&likeness) {
                Some(id) => {
                    closure = *id;
                    FeedOutcome::AlreadyClosed
                }
                None => {
                    let id = part_of(request.id, i);
                    closings.push(Closing { id, segments: segments.clone(), reason, expires_at });
                    in_force.insert(likeness, Some(id));
                    closure = Some(id);
                    FeedOutcome::Closed
                }
            }
        };
        let (pointer, id, segments) = (feature.pointer.clone(), feature.id.clone(), segments.clone());
        features.push(FeatureOutcome { pointer, id, outcome, segments, expires_at, closure, message });
    }
    let mut recorded = RecordedFeed {
        id: request.id,
        seq: None,
        revision: mission.revision,
        segment_count: 0,
        repeated: known.is_some(),
        ignored: matched.ignored,
        features,
    };
    let closure = Closure::CloseEach { id: request.id, closings, closed_by: matched.closed_by.clone() };
    match (known, &closure) {
        // A repeat is answered as the first was; what became of the features is as it would be now.
        (Some(record), _) => {
            (recorded.seq, recorded.revision) = (Some(record.recorded.seq), record.recorded.revision);
            recorded.segment_count = record.segment_count;
        }
        (None, Closure::CloseEach { closings, .. }) if !closings.is_empty() => {
            recorded.segment_count = closure.named().map_or(0, |(_, count)| count);
            let detail = json!({
                "closure": request.id, "segments": recorded.segment_count, "closings": closings.len(), "feed": true,
            });
            decider.audit("closure.closed", detail);
            decider.add(EventBody::Closure(closure));
            let mission = decider.mission();
            (recorded.seq, recorded.revision) = (Some(mission.seq), mission.revision);
        }
        (None, _) => {}
    }
    Ok(recorded)
}

/// The id of one of a change's closings: made of the change's id and the closing's place, so that deciding again gives the same.
fn part_of(change: ClosureId, place: usize) -> ClosureId {
    let mut digest = Sha256::new();
    digest.update(change.0.as_bytes());
    digest.update((place as u64).to_be_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest.finalize()[..16]);
    ClosureId(Builder::from_custom_bytes(bytes).into_uuid())
}
