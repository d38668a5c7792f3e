//! A mission as a fold over its event log.

use std::sync::Arc;

use rpds::RedBlackTreeMapSync;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::closure::Closure;
use super::destination::Goals;
use super::geometry::LonLat;
use super::ids::{ClosureId, MissionId, NetworkId, SegmentId};
use super::knowledge::Knowledge;
use super::network::Place;
use super::plan::{Plan, PlanBasis, StrategyChoice};
use super::recent_reports::RecentReports;
use super::report::Report;
use super::timestamp::Timestamp;
use super::vehicle::{Uav, Ugv, VehicleChange, VehicleEvent};

/// The start, a waypoint or a goal of a mission, and how it was found.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Endpoint {
    /// Where it is on the network.
    #[serde(flatten)]
    pub place: Place,
    /// Where that is on the Earth.
    pub lon_lat: LonLat,
    /// How far the place is from the position that was asked for, in metres; 0 for a node.
    pub snapped_m: f64,
}

/// What a mission is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MissionSettings {
    /// A name for people.
    pub name: String,
    /// The network it runs on.
    pub network: NetworkId,
    /// How many segments that network has.
    pub segment_count: u32,
    /// Where the UGV starts.
    pub start: Endpoint,
    /// Where it must get to: to any of the goals.
    pub goal: Goals<Endpoint>,
    /// The waypoints to visit before, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waypoints: Vec<Endpoint>,
    /// The ground vehicle.
    pub ugv: Ugv,
    /// The drones.
    pub uavs: Vec<Uav>,
    /// How it is planned.
    pub strategy: StrategyChoice,
    /// The seed of whatever planning draws at random.
    pub seed: u64,
}

/// Where a mission stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MissionStatus {
    /// Planned again with every change.
    Active,
    /// Takes reports but is not planned.
    Paused,
    /// Over: the UGV reached the goal.
    Arrived,
    /// Over: an operator ended it.
    Cancelled,
}

impl MissionStatus {
    /// Whether the mission is over for good.
    pub fn is_ended(self) -> bool {
        matches!(self, MissionStatus::Arrived | MissionStatus::Cancelled)
    }
}

/// A change of a mission's settings. What is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MissionChange {
    /// A new strategy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strategy: Option<StrategyChoice>,
    /// New goals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub goal: Option<Goals<Endpoint>>,
    /// New waypoints, none of them visited yet. Come with the goals, so that a version that does not know them refuses the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waypoints: Option<Vec<Endpoint>>,
    /// A new list of UAVs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uavs: Option<Vec<Uav>>,
    /// Paused or resumed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
}

/// How a mission ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MissionEnd {
    /// The UGV reached the goal.
    Arrived,
    /// An operator cancelled it.
    Cancelled,
}

/// What happened, by kind.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", content = "body", rename_all = "snake_case")]
pub enum EventBody {
    /// The first event of every mission.
    MissionCreated(MissionSettings),
    /// A vehicle's or an operator's report.
    Report(Arc<Report>),
    /// An operator's closing or reopening, or the expiry of one.
    Closure(Closure),
    /// A new plan.
    Plan(Arc<Plan>),
    /// A vehicle left its route, visited a waypoint or arrived.
    Vehicle(VehicleEvent),
    /// The settings changed.
    MissionChanged(MissionChange),
    /// The last event of a mission that is over.
    MissionEnded {
        /// How.
        outcome: MissionEnd,
    },
}

impl EventBody {
    /// The kind's name, as the log and the stream use it.
    pub fn kind(&self) -> &'static str {
        match self {
            EventBody::MissionCreated(_) => "mission_created",
            EventBody::Report(_) => "report",
            EventBody::Closure(_) => "closure",
            EventBody::Plan(_) => "plan",
            EventBody::Vehicle(_) => "vehicle",
            EventBody::MissionChanged(_) => "mission_changed",
            EventBody::MissionEnded { .. } => "mission_ended",
        }
    }
}

/// One entry of a mission's log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MissionEvent {
    /// Its number in the mission's log: 1, 2, 3 and so on without gaps.
    pub seq: u64,
    /// The revision of the knowledge after it.
    pub revision: u64,
    /// When the service took it in.
    pub recorded_at: Timestamp,
    /// What happened.
    #[serde(flatten)]
    pub body: EventBody,
}

/// Why a log does not fold to a mission.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum FoldError {
    /// The log does not start with the mission's creation.
    #[error("event {seq}: a log starts with mission_created, and has it once")]
    Creation {
        /// The event.
        seq: u64,
    },
    /// A number is missing or comes twice.
    #[error("event {seq}: expected number {expected}")]
    Gap {
        /// The event.
        seq: u64,
        /// The number that should have come.
        expected: u64,
    },
    /// The event's revision is not what folding gives.
    #[error("event {seq}: says revision {stated}, but the knowledge is at revision {folded}")]
    Revision {
        /// The event.
        seq: u64,
        /// What the event says.
        stated: u64,
        /// What folding gives.
        folded: u64,
    },
    /// The event names a segment that the network does not have.
    #[error("event {seq}: names a segment that the network does not have")]
    UnknownSegment {
        /// The event.
        seq: u64,
    },
}

/// An already recorded closing or reopening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClosureRecord {
    /// Where it stands in the log.
    pub recorded: Recorded,
    /// How many segments it is of.
    pub segment_count: usize,
}

/// Where an already recorded report or closure stands in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The event's number.
    pub seq: u64,
    /// The revision after it.
    pub revision: u64,
}

/// An already recorded report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportRecord {
    /// Where it stands in the log.
    pub recorded: Recorded,
    /// The segment it is of.
    pub segment: SegmentId,
}

/// A plan in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct CurrentPlan {
    /// The plan event's number.
    pub seq: u64,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// The plan.
    pub plan: Arc<Plan>,
}

/// A mission after some number of events. A copy costs little: it shares nearly everything with its original.
#[derive(Clone, Debug, PartialEq)]
pub struct Mission {
    /// The mission.
    pub id: MissionId,
    /// What it is about, with all changes so far.
    pub settings: Arc<MissionSettings>,
    /// Where it stands.
    pub status: MissionStatus,
    /// How many of the waypoints the UGV has visited, in their order.
    pub visited: usize,
    /// The last event's number.
    pub seq: u64,
    /// Counts the changes of knowledge.
    pub revision: u64,
    /// Counts the changes of settings and status; the ETag.
    pub version: u64,
    /// The last event that calls for a new plan.
    pub planning_seq: u64,
    /// What is known of the segments.
    pub knowledge: Knowledge,
    /// The latest plan.
    pub plan: Option<CurrentPlan>,
    /// The latest reports, by id.
    pub reports: RecentReports,
    /// Operators' closings and reopenings so far, by id.
    pub closures: RedBlackTreeMapSync<ClosureId, ClosureRecord>,
    /// The number of a departure from the route that no plan has answered yet.
    pub open_deviation: Option<u64>,
    /// When it was created.
    pub created_at: Timestamp,
    /// When its settings or status last changed.
    pub changed_at: Timestamp,
}

impl Mission {
    /// The mission after its first event.
    ///
    /// # Errors
    /// When the event is not a creation with number 1 and revision 0.
    pub fn created(id: MissionId, event: &MissionEvent) -> Result<Self, FoldError> {
        let EventBody::MissionCreated(settings) = &event.body else {
            return Err(FoldError::Creation { seq: event.seq });
        };
        if event.seq != 1 {
            return Err(FoldError::Gap { seq: event.seq, expected: 1 });
        }
        if event.revision != 0 {
            return Err(FoldError::Revision { seq: 1, stated: event.revision, folded: 0 });
        }
        Ok(Self {
            id,
            knowledge: Knowledge::unknown(settings.segment_count as usize),
            settings: Arc::new(settings.clone()),
            status: MissionStatus::Active,
            visited: 0,
            seq: 1,
            revision: 0,
            version: 1,
            planning_seq: 1,
            plan: None,
            reports: RecentReports::none(),
            closures: RedBlackTreeMapSync::new_sync(),
            open_deviation: None,
            created_at: event.recorded_at,
            changed_at: event.recorded_at,
        })
    }

    /// Folds a stored event in, checking that it is the next one and says the right revision.
    ///
    /// # Errors
    /// When it does not continue this log; the mission is not to be used afterwards.
    pub fn apply(&mut self, event: &MissionEvent) -> Result<(), FoldError> {
        if event.seq != self.seq + 1 {
            return Err(FoldError::Gap { seq: event.seq, expected: self.seq + 1 });
        }
        if matches!(event.body, EventBody::MissionCreated(_)) {
            return Err(FoldError::Creation { seq: event.seq });
        }
        if !self.knows_segments_of(&event.body) {
            return Err(FoldError::UnknownSegment { seq: event.seq });
        }
        let folded = self.append(event.body.clone(), event.recorded_at);
        if folded.revision != event.revision {
            let (stated, folded) = (event.revision, folded.revision);
            return Err(FoldError::Revision { seq: event.seq, stated, folded });
        }
        Ok(())
    }

    fn knows_segments_of(&self, body: &EventBody) -> bool {
        let known = |segment: SegmentId| segment.index() < self.knowledge.segment_count();
        match body {
            EventBody::Report(report) => known(report.segment),
            EventBody::Closure(Closure::Close { segments, .. } | Closure::Reopen { segments, .. }) => {
                segments.iter().all(|s| known(*s))
            }
            EventBody::Closure(Closure::CloseEach { closings, .. }) => {
                closings.iter().flat_map(|closing| &closing.segments).all(|s| known(*s))
            }
            _ => true,
        }
    }

    /// Makes the next event of the log out of what happened, and folds it in. Segments named by the body must be of the
    /// mission's network.
    pub fn append(&mut self, body: EventBody, recorded_at: Timestamp) -> MissionEvent {
        self.seq += 1;
        match &body {
            // A second creation is refused by `apply` and made by nobody.
            EventBody::MissionCreated(_) => {}
            EventBody::Report(report) => {
                if self.knowledge.apply_recorded_report(report) {
                    self.knowledge_changed();
                }
                let recorded = Recorded { seq: self.seq, revision: self.revision };
                self.reports.remember(report.id, ReportRecord { recorded, segment: report.segment });
            }
            EventBody::Closure(closure) => {
                if self.knowledge.apply_recorded_closure(closure, recorded_at) {
                    self.knowledge_changed();
                }
                if let Some((id, segment_count)) = closure.named() {
                    let recorded = Recorded { seq: self.seq, revision: self.revision };
                    self.closures.insert_mut(id, ClosureRecord { recorded, segment_count });
                }
            }
            EventBody::Plan(plan) => {
                if self.open_deviation.is_some_and(|seq| plan.basis.seq >= seq) {
                    self.open_deviation = None;
                }
                self.plan = Some(CurrentPlan { seq: self.seq, recorded_at, plan: Arc::clone(plan) });
            }
            EventBody::Vehicle(event) => match event.change {
                VehicleChange::Deviated => {
                    self.open_deviation = Some(self.seq);
                    self.planning_seq = self.seq;
                }
                VehicleChange::VisitedWaypoint => {
                    self.visited = (self.visited + 1).min(self.settings.waypoints.len());
                    self.planning_seq = self.seq;
                }
                VehicleChange::Arrived => {}
            },
            EventBody::MissionChanged(change) => self.change(change, recorded_at),
            EventBody::MissionEnded { outcome } => {
                self.status = match outcome {
                    MissionEnd::Arrived => MissionStatus::Arrived,
                    MissionEnd::Cancelled => MissionStatus::Cancelled,
                };
                self.version += 1;
                self.changed_at = recorded_at;
            }
        }
        MissionEvent { seq: self.seq, revision: self.revision, recorded_at, body }
    }

    fn knowledge_changed(&mut self) {
        self.revision += 1;
        self.planning_seq = self.seq;
    }

    fn change(&mut self, change: &MissionChange, recorded_at: Timestamp) {
        let settings = Arc::make_mut(&mut self.settings);
        if let Some(strategy) = &change.strategy {
            settings.strategy = strategy.clone();
        }
        if let Some(goal) = &change.goal {
            settings.goal = goal.clone();
        }
        if let Some(waypoints) = &change.waypoints {
            settings.waypoints = waypoints.clone();
            self.visited = 0;
        }
        if let Some(uavs) = &change.uavs {
            settings.uavs = uavs.clone();
        }
        if let Some(paused) = change.paused {
            self.status = if paused { MissionStatus::Paused } else { MissionStatus::Active };
        }
        self.version += 1;
        self.changed_at = recorded_at;
        self.planning_seq = self.seq;
    }

    /// The waypoints that the UGV has yet to visit.
    pub fn waypoints_ahead(&self) -> &[Endpoint] {
        &self.settings.waypoints[self.visited..]
    }

    /// Whether a basis has the mission's goals, and its waypoints to come.
    pub fn leads_as(&self, basis: &PlanBasis) -> bool {
        let place = |endpoint: &Endpoint| endpoint.place;
        basis.goal == self.settings.goal.map(place)
            && self.waypoints_ahead().iter().map(place).eq(basis.waypoints.iter().copied())
    }

    /// Whether the current plan does not take everything into account that it should.
    pub fn needs_plan(&self) -> bool {
        self.status == MissionStatus::Active && self.planned_seq() < self.planning_seq
    }

    /// Up to where the log is taken into account by the chosen strategy's latest plan; 0 without one. A provisional plan
    /// does not count.
    pub fn planned_seq(&self) -> u64 {
        self.plan.as_ref().filter(|current| !current.plan.provisional).map_or(0, |current| current.plan.basis.seq)
    }
}
