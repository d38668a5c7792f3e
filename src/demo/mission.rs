//! One demo mission, driven to its end.

use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use super::client::{ClientError, ReportBody};
use super::events::{Snapshot, Told, follow};
use super::fleet::Fleet;
use super::notice::{Chronicle, Notice};
use super::radio::{Message, transmit};
use super::world::World;
use super::{DemoError, Scene};
use crate::app::clock;
use crate::domain::ids::{MissionId, SegmentId};
use crate::domain::mission::{EventBody, MissionEnd, MissionStatus};
use crate::domain::network::Place;
use crate::domain::plan::{Outcome, Plan};
use crate::domain::report::Finding;
use crate::domain::timestamp::Timestamp;

/// How often the vehicles move.
const TICK: Duration = Duration::from_millis(50);
/// The longest step that vehicles make: after a pause of the machine they do not jump.
const LONGEST_STEP: Duration = Duration::from_millis(500);
/// How often positions are told.
const TELL_EVERY: Duration = Duration::from_millis(250);
/// After how long without a way the mission is given up.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long the last findings may take when the demo stops.
const FAREWELL: Duration = Duration::from_secs(2);
/// How many events may wait to be looked at.
const EVENTS_AHEAD: usize = 64;

/// Drives a mission until it is over or the demo is to stop.
pub(super) async fn drive(
    scene: &Scene,
    id: MissionId,
    resumed: bool,
    stop: &CancellationToken,
) -> Result<(), DemoError> {
    let (told_sender, mut told) = mpsc::channel(EVENTS_AHEAD);
    let _following = AbortOnDropHandle::new(tokio::spawn(follow(scene.client.clone(), id, told_sender)));
    let first = tokio::select! {
        first = told.recv() => first,
        () = stop.cancelled() => return Ok(()),
    };
    let Some(Told::Snapshot(snapshot)) = first else { return Err(DemoError::StreamEnded) };

    let (outgoing, messages) = mpsc::unbounded_channel();
    let (accepted_sender, mut accepted) = mpsc::unbounded_channel();
    let radio = tokio::spawn(transmit(scene.client.clone(), id, messages, accepted_sender));

    let mut driver = Driver::new(scene, id, resumed, &snapshot);
    driver.take_snapshot(&snapshot);
    let mut ticks = tokio::time::interval(TICK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let (mut moved_at, mut told_at) = (Instant::now(), None::<Instant>);
    while !driver.ended {
        tokio::select! {
            biased;
            () = stop.cancelled() => break,
            item = told.recv() => match item {
                Some(Told::Snapshot(snapshot)) => driver.take_snapshot(&snapshot),
                Some(Told::Event(event)) => {
                    if let Some(notice) = driver.chronicle.of(&event, &scene.streets) {
                        scene.tell(notice);
                    }
                    match &event.body {
                        EventBody::Plan(plan) => driver.take_plan(event.seq, plan),
                        EventBody::MissionEnded { outcome } => driver.end(*outcome == MissionEnd::Arrived),
                        _ => {}
                    }
                }
                None => return Err(DemoError::StreamEnded),
            },
            Some(report) = accepted.recv() => driver.fleet.acknowledged(report.segment, report.seq),
            _ = ticks.tick() => {
                let step = moved_at.elapsed().min(LONGEST_STEP);
                moved_at = Instant::now();
                let was_at_rest = driver.fleet.is_at_rest();
                let reports = driver.advance(step);
                let has_stopped = driver.fleet.is_at_rest() && !was_at_rest;
                if !reports.is_empty() || has_stopped || told_at.is_none_or(|at| at.elapsed() >= TELL_EVERY) {
                    told_at = Some(moved_at);
                    let positions = driver.fleet.positions(&scene.streets);
                    let is_last = has_stopped && reports.iter().all(|report| report.finding == Finding::Clear);
                    // The radio goes off when the mission is over: then its end is on the stream as well.
                    let _ = outgoing.send(Message { positions, reports, is_last });
                }
                driver.lose_patience(stop).await?;
            }
        }
    }
    drop(outgoing);
    if tokio::time::timeout(FAREWELL, radio).await.is_err() {
        tracing::warn!("the service did not take the last findings in time");
    }
    Ok(())
}

/// A mission under way.
struct Driver<'a> {
    scene: &'a Scene,
    id: MissionId,
    resumed: bool,
    name: String,
    created_at: Timestamp,
    goal: Place,
    world: World,
    fleet: Fleet,
    chronicle: Chronicle,
    has_plan: bool,
    no_way_since: Option<Instant>,
    ended: bool,
}

impl<'a> Driver<'a> {
    fn new(scene: &'a Scene, id: MissionId, resumed: bool, snapshot: &Snapshot) -> Self {
        let mission = &snapshot.mission;
        let (start, goal) = (mission.start.place(), mission.goal.place());
        Self {
            scene,
            id,
            resumed,
            name: mission.name.clone(),
            created_at: mission.created_at,
            goal,
            world: World::flooded(&scene.town, start, goal, mission.seed),
            fleet: Fleet::of(snapshot, &scene.streets),
            chronicle: Chronicle::default(),
            has_plan: false,
            no_way_since: None,
            ended: false,
        }
    }

    /// The mission's time in seconds.
    fn now_s(&self) -> f64 {
        clock::now().seconds_since(self.created_at) * self.scene.speed_up
    }

    fn advance(&mut self, step: Duration) -> Vec<ReportBody> {
        let (seconds, now_s) = (step.as_secs_f64() * self.scene.speed_up, self.now_s());
        self.fleet.advance(seconds, now_s, &self.world, &self.scene.streets)
    }

    fn take_snapshot(&mut self, snapshot: &Snapshot) {
        if let Some(current) = &snapshot.plan {
            if let Some(notice) = self.chronicle.of_plan(&current.plan, &self.scene.streets) {
                self.scene.tell(notice);
            }
            self.take_plan(current.seq, &current.plan);
        }
        match snapshot.mission.status {
            MissionStatus::Arrived => self.end(true),
            MissionStatus::Cancelled => self.end(false),
            MissionStatus::Active | MissionStatus::Paused => {}
        }
    }

    fn take_plan(&mut self, seq: u64, plan: &Plan) {
        self.fleet.take(seq, plan, &self.scene.streets);
        self.no_way_since = match plan.decision.outcome {
            Outcome::Route { .. } | Outcome::AlreadyThere => None,
            Outcome::NoWay { .. } | Outcome::BudgetSpent { .. } => self.no_way_since.or(Some(Instant::now())),
        };
        if !std::mem::replace(&mut self.has_plan, true) {
            self.scene.tell(Notice::Begun {
                id: self.id,
                name: self.name.clone(),
                base_url: self.scene.client.base_url().to_owned(),
                strategy: plan.basis.strategy.name.clone(),
                resumed: self.resumed,
                length_m: plan.decision.outcome.route().map_or(0.0, |route| route.length_m),
                closable: self.closable(plan),
            });
        }
    }

    /// A segment in the middle of the route that can be closed, so that everybody can watch the route change.
    fn closable(&self, plan: &Plan) -> Option<SegmentId> {
        let route = plan.decision.outcome.route()?;
        let mut driven_m = 0.0;
        let ahead = route.legs.iter().filter(|leg| {
            driven_m += leg.length_m();
            (0.4..0.9).contains(&(driven_m / route.length_m))
        });
        let (town, here) = (&self.scene.town, plan.basis.ugv.place);
        self.world.worth_closing(town, here, self.goal, ahead.map(|leg| leg.segment))
    }

    fn end(&mut self, arrived: bool) {
        self.ended = true;
        self.scene.tell(Notice::Ended { id: self.id, arrived, after_s: self.now_s() });
    }

    /// Gives the mission up after a long time without a way. Its end comes on the stream.
    async fn lose_patience(&mut self, stop: &CancellationToken) -> Result<(), ClientError> {
        if self.no_way_since.is_none_or(|since| since.elapsed() < PATIENCE) {
            return Ok(());
        }
        self.no_way_since = None;
        tokio::select! {
            cancelled = self.scene.client.cancel_mission(self.id) => cancelled,
            () = stop.cancelled() => Ok(()),
        }
    }
}
