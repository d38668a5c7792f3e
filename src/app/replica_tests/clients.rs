//! Those who use the service: they report, close, change and subscribe, at any replica, and try again at another when they
//! get no answer. What they were told is kept, to be held against the log.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::database::Database;
use super::executor::{MS, S, Sim, WORLD};
use super::mutations::Mutation;
use super::planner::Told;
use super::replica::{Replica, clock};
use super::world::World;
use crate::app::cells::{Cell, Decider};
use crate::app::closure_feeds::MatchedFeed;
use crate::app::missions::{cancel, change, pause};
use crate::app::reports::{Incoming, resolve_all};
use crate::app::{
    AppError, BlockagePoint, ClosureAction, ClosureRequest, ClosureTarget, FeedRequest, Location, MissionPatch,
    NewGoals, NewReport, PositionUpdate, RecordedReport, ReportTarget, closure_feeds, closures, reports,
};
use crate::domain::ids::{ClosureId, MissionId, ReportId, SegmentId, VehicleId};
use crate::domain::mission::EventBody;
use crate::domain::network::Place;
use crate::domain::plan::StrategyChoice;
use crate::domain::report::Finding;

/// How long a client waits for an answer.
const PATIENCE_US: u64 = 2 * S;

/// Where a report or a closure stands in the log, as a client was told.
type Standing = (u64, u64);

/// What clients were told.
#[derive(Default)]
pub(super) struct Ledger {
    sent: BTreeMap<(MissionId, Uuid), Fate>,
}

#[derive(Default)]
struct Fate {
    standing: Option<Standing>,
    /// How often the answer was that it had not been there before.
    firsts: u32,
    refused: bool,
    /// It was sent and the answer is not known.
    in_doubt: bool,
}

impl Ledger {
    /// Each that was acknowledged is in the log once, where the client was told; each that was refused is not; the others are
    /// there once or not at all.
    pub(super) fn check(&self, database: &Database, sim: &Sim) {
        let mut found: BTreeMap<(MissionId, Uuid), Vec<Standing>> = BTreeMap::new();
        for (id, row) in &database.missions {
            for event in row.log.iter().map(|logged| &logged.event) {
                if let Some(name) = name_of(&event.body) {
                    found.entry((*id, name)).or_default().push((event.seq, event.revision));
                }
            }
        }
        for (key, fate) in &self.sent {
            let found = found.get(key).map_or(&[][..], Vec::as_slice);
            let holds = match (fate.standing, found) {
                (Some(told), [one]) => told == *one,
                (None, []) => true,
                (None, [_]) => fate.in_doubt,
                _ => false,
            };
            if !holds {
                sim.violate(format!("{} was told {:?}, but the log has it at {found:?}", key.1, fate.standing));
            }
            if fate.standing.is_none() && !fate.refused {
                sim.violate(format!("{} never got an answer", key.1));
            }
            if fate.firsts > 1 {
                sim.violate(format!("{} was new {} times", key.1, fate.firsts));
            }
        }
    }
}

/// The id by which a client knows the event.
fn name_of(body: &EventBody) -> Option<Uuid> {
    match body {
        EventBody::Report(report) => Some(report.id.0),
        EventBody::Closure(closure) => closure.named().map(|(id, _)| id.0),
        _ => None,
    }
}

/// Whether the refusal is final. Of the rest, some say that nothing was stored.
fn is_refusal(error: &AppError) -> bool {
    matches!(error, AppError::Invalid { .. } | AppError::MissionEnded { .. } | AppError::VersionMismatch { .. })
}

impl World {
    /// Asks a replica; `None` without an answer.
    async fn ask<T, F>(self: &Rc<Self>, at: usize, work: impl FnOnce(Rc<Replica>) -> F) -> Option<Result<T, AppError>>
    where
        T: 'static,
        F: Future<Output = Result<T, AppError>> + 'static,
    {
        self.sim.sleep(self.sim.between(100, 2 * MS)).await;
        let replica = self.replicas.borrow().get(at).cloned().flatten()?;
        let (reply, answer) = oneshot::channel();
        let (owner, working) = (replica.owner, work(replica));
        self.sim.spawn(owner, async move {
            // The client may have given up.
            let _ = reply.send(working.await);
        });
        self.sim.timeout(PATIENCE_US, answer).await.and_then(Result::ok)
    }

    fn any_replica(&self) -> usize {
        self.sim.below(self.replicas.borrow().len() as u64) as usize
    }

    fn any_segment(&self) -> SegmentId {
        SegmentId(self.sim.below(self.surroundings.network.segments().len() as u64) as u32)
    }

    fn any_place(&self) -> Place {
        let segment = self.any_segment();
        let length_m = self.surroundings.network.segment(segment).length_m();
        Place { segment, offset_m: self.sim.below(length_m as u64 + 1) as f64 }
    }

    /// A client that does this many things, one after the other or several at once.
    pub(super) async fn client(self: Rc<Self>, things: u64) {
        for _ in 0..things {
            self.sim.sleep(self.sim.between(0, 2 * self.pace_us)).await;
            let id = self.missions[self.sim.below(self.missions.len() as u64) as usize];
            let it = Rc::clone(&self);
            match self.sim.below(100) {
                0..60 => self.sim.spawn(WORLD, async move { it.report(id).await }),
                60..72 => self.sim.spawn(WORLD, async move { it.close(id).await }),
                72..90 => self.sim.spawn(WORLD, async move { it.move_vehicle(id).await }),
                _ => self.sim.spawn(WORLD, async move { it.change_settings(id).await }),
            }
        }
    }

    fn new_report(&self) -> NewReport {
        let segment = self.any_segment();
        let blocked = self.sim.chance(60);
        let length_m = self.surroundings.network.segment(segment).length_m();
        let offset_m = self.sim.below(length_m as u64 + 1) as f64;
        let observed_us = self.sim.now_us().saturating_add_signed(self.sim.between(0, 3 * S) as i64 - 2 * S as i64);
        NewReport {
            id: ReportId(self.sim.uuid()),
            target: ReportTarget::Segment(segment),
            finding: if blocked { Finding::Blocked } else { Finding::Clear },
            blockage: (blocked && self.sim.chance(50)).then_some(BlockagePoint::Offset(offset_m)),
            observed_at: clock(observed_us),
            reported_by: VehicleId(if self.sim.chance(80) { "uav-1" } else { "operator.eve" }.to_owned()),
            confidence: 0.9,
        }
    }

    /// Reports until there is an answer, and sometimes again after it.
    async fn report(self: Rc<Self>, id: MissionId) {
        let mut batch: Vec<NewReport> = (0..1 + self.sim.below(3)).map(|_| self.new_report()).collect();
        if self.sim.chance(10) {
            batch.push(batch[0].clone());
        }
        let names: Vec<Uuid> = batch.iter().map(|report| report.id.0).collect();
        self.until_answered(id, &names, |replica| record_reports(replica, id, batch.clone())).await;
    }

    async fn close(self: Rc<Self>, id: MissionId) {
        if self.sim.chance(20) {
            return self.send_feed(id).await;
        }
        let segments = (0..1 + self.sim.below(3)).map(|_| self.any_segment()).collect();
        let expires_us = self.sim.now_us() + self.sim.between(100 * MS, 5 * S);
        let action = match self.sim.below(10) {
            0..6 => ClosureAction::Close { expires_at: Some(clock(expires_us)) },
            6 => ClosureAction::Close { expires_at: None },
            _ => ClosureAction::Reopen,
        };
        let request = ClosureRequest {
            id: ClosureId(self.sim.uuid()),
            action,
            target: ClosureTarget::Segments(segments),
            reason: "flood".to_owned(),
            decided_by: "operator".to_owned(),
        };
        let name = request.id.0;
        let send = |replica: Rc<Replica>| {
            let request = request.clone();
            async move {
                let recorded = replica.record(id, move |decider| closures::decide(decider, &request)).await?;
                Ok(vec![(recorded.id.0, (recorded.seq, recorded.revision), recorded.repeated)])
            }
        };
        self.until_answered(id, &[name], send).await;
    }

    async fn send_feed(self: Rc<Self>, id: MissionId) {
        let expires_us = self.sim.now_us() + self.sim.between(100 * MS, 5 * S);
        let segment = || vec![self.any_segment()];
        // One without an end, so that there is something to record whenever it is decided on.
        let matched = MatchedFeed::of(vec![(segment(), Some(clock(expires_us))), (segment(), None)]);
        let name = self.sim.uuid();
        let request = FeedRequest {
            id: ClosureId(name),
            document: Default::default(),
            tolerance_m: 15.0,
            expires_at: None,
            // No other feed has this one in force already.
            reason: name.to_string(),
            decided_by: None,
        };
        let send = |replica: Rc<Replica>| {
            let (request, matched) = (request.clone(), matched.clone());
            async move {
                let recorded =
                    replica.record(id, move |decider| closure_feeds::decide(decider, &request, &matched)).await?;
                let seq = recorded.seq.unwrap_or_default();
                Ok(vec![(recorded.id.0, (seq, recorded.revision), recorded.repeated)])
            }
        };
        self.until_answered(id, &[name], send).await;
    }

    /// Sends until there is an answer, from one replica or another; what was answered must hold at once and stay so.
    async fn until_answered<F>(self: &Rc<Self>, id: MissionId, names: &[Uuid], send: impl Fn(Rc<Replica>) -> F)
    where
        F: Future<Output = Result<Vec<(Uuid, Standing, bool)>, AppError>> + 'static,
    {
        for name in names {
            self.ledger.borrow_mut().sent.entry((id, *name)).or_default();
        }
        let mut at = self.any_replica();
        loop {
            let answer = self.ask(at, &send).await;
            match answer {
                Some(Ok(standings)) => {
                    for (name, standing, repeated) in standings {
                        self.acknowledged(id, name, standing, repeated);
                    }
                    if !self.sim.chance(25) {
                        return;
                    }
                }
                Some(Err(error)) if is_refusal(&error) => {
                    self.sim.note("refused", &[at as u64]);
                    for name in names {
                        let mut ledger = self.ledger.borrow_mut();
                        if let Some(fate) = ledger.sent.get_mut(&(id, *name)) {
                            if fate.standing.is_some() {
                                self.sim.violate(format!("{name} is refused after it was acknowledged: {error}"));
                            }
                            fate.refused = true;
                        }
                    }
                    return;
                }
                // Nothing was stored.
                Some(Err(AppError::Contended | AppError::TooMany(_))) => {}
                Some(Err(_)) | None => {
                    for name in names {
                        if let Some(fate) = self.ledger.borrow_mut().sent.get_mut(&(id, *name)) {
                            fate.in_doubt = true;
                        }
                    }
                }
            }
            self.sim.sleep(self.sim.between(MS, 200 * MS)).await;
            if self.sim.chance(60) {
                at = self.any_replica();
            }
        }
    }

    fn acknowledged(&self, id: MissionId, name: Uuid, standing: Standing, repeated: bool) {
        self.sim.note("acknowledged", &[standing.0, standing.1, u64::from(repeated)]);
        let mut ledger = self.ledger.borrow_mut();
        let fate = ledger.sent.entry((id, name)).or_default();
        fate.firsts += u32::from(!repeated);
        if fate.standing.is_some_and(|told| told != standing) {
            self.sim.violate(format!("{name} was told {:?} first and then {standing:?}", fate.standing));
        }
        fate.standing = Some(standing);
        let database = self.database.borrow();
        let event = database.missions.get(&id).and_then(|row| row.log.get(standing.0 as usize - 1));
        if event.and_then(|logged| name_of(&logged.event.body)) != Some(name) {
            self.sim.violate(format!("{name} was acknowledged, but is not event {} of the log", standing.0));
        }
    }

    async fn change_settings(self: Rc<Self>, id: MissionId) {
        let any_places = |count| (0..count).map(|_| Location::Place(self.any_place())).collect();
        let patch = match self.sim.below(4) {
            0 => MissionPatch { goals: Some(NewGoals::One(Location::Place(self.any_place()))), ..Default::default() },
            1 => MissionPatch { goals: Some(NewGoals::Any(any_places(2))), ..Default::default() },
            2 => MissionPatch { waypoints: Some(any_places(self.sim.below(3))), ..Default::default() },
            _ => MissionPatch { strategy: Some(self.any_strategy()), ..Default::default() },
        };
        let kind = self.sim.below(10);
        let expected_version = self.sim.chance(20).then(|| self.sim.between(1, 4));
        let strategies = self.surroundings.strategies.clone();
        let decide = move |decider: &mut Decider<'_>| {
            let before = decider.mission().seq;
            match kind {
                0..3 => pause(decider, true, expected_version)?,
                3..6 => pause(decider, false, expected_version)?,
                6 if before > 20 => cancel(decider, expected_version)?,
                _ => change(decider, &strategies, &patch, expected_version)?,
            }
            Ok((before, decider.mission().seq))
        };
        let at = self.any_replica();
        if let Some(Ok((before, seq))) = self.ask(at, |replica| async move { replica.record(id, decide).await }).await
            && seq > before
        {
            let database = self.database.borrow();
            let kind = database
                .missions
                .get(&id)
                .and_then(|row| row.log.get(seq as usize - 1))
                .map(|logged| logged.event.body.kind());
            if !matches!(kind, Some("mission_changed" | "mission_ended")) {
                self.sim.violate(format!("a change was acknowledged as event {seq}, which is {kind:?}"));
            }
        }
    }

    pub(super) fn any_strategy(&self) -> StrategyChoice {
        let name = ["ugv_only", "shortest_path", "bidirectional"][self.sim.below(3) as usize];
        StrategyChoice { name: name.to_owned(), parameters: serde_json::Map::new() }
    }

    async fn move_vehicle(self: Rc<Self>, id: MissionId) {
        let update = PositionUpdate {
            vehicle: VehicleId::ugv(),
            observed_at: clock(self.sim.now_us()),
            location: Location::Place(self.any_place()),
            inspecting: None,
        };
        let at = self.any_replica();
        let _ = self.ask(at, |replica| async move { replica.update_position(id, update).await }).await;
    }

    /// Follows a mission's stream, at one replica after the other, and holds what it brings against the log.
    pub(super) async fn subscriber(self: Rc<Self>, id: MissionId) {
        let mut last: Option<u64> = None;
        loop {
            self.sim.sleep(self.sim.between(MS, 300 * MS)).await;
            let at = self.any_replica();
            let Some(replica) = self.replicas.borrow().get(at).cloned().flatten() else { continue };
            let (tell, mut told) = mpsc::unbounded_channel();
            let owner = replica.owner;
            self.sim.spawn(owner, async move {
                let _ = replica.stream(id, last, tell).await;
            });
            let ends_us = self.sim.now_us() + self.sim.between(100 * MS, 6 * S);
            loop {
                let left_us = ends_us.saturating_sub(self.sim.now_us());
                let calm = self.weather.calm.get();
                let next =
                    if calm { told.recv().await } else { self.sim.timeout(left_us, told.recv()).await.flatten() };
                let Some(told) = next else { break };
                self.take(id, &mut last, &told);
                self.heads.borrow_mut().insert((id, owner), last.unwrap_or(0));
            }
            self.heads.borrow_mut().remove(&(id, owner));
        }
    }

    fn take(&self, id: MissionId, last: &mut Option<u64>, told: &Told) {
        let database = self.database.borrow();
        let Some(row) = database.missions.get(&id) else { return };
        match told {
            Told::Snapshot(seq) => {
                if last.is_some_and(|last| *seq < last) || *seq > row.log.len() as u64 {
                    self.sim.violate(format!("a subscriber at event {last:?} gets a snapshot of event {seq}"));
                }
                *last = Some(*seq);
            }
            Told::Event(frame) => {
                let is_next = last.is_some_and(|last| last + 1 == frame.seq());
                let is_logged =
                    row.log.get(frame.seq() as usize - 1).is_some_and(|logged| logged.frame.text() == frame.text());
                if !is_next || !is_logged {
                    let seq = frame.seq();
                    self.sim.violate(format!(
                        "a subscriber at event {last:?} is told event {seq}, in the log: {is_logged}"
                    ));
                }
                *last = Some(frame.seq());
            }
        }
    }

    /// Subscribers whose streams stay know all of the log.
    pub(super) fn check_subscribers(&self) {
        let database = self.database.borrow();
        for ((id, owner), head) in &*self.heads.borrow() {
            let log = database.missions.get(id).map_or(0, |row| row.log.len() as u64);
            if *head != log {
                self.sim.violate(format!("a subscriber of replica {owner} has seen {head} events of {log}"));
            }
        }
    }
}

/// As `App::record_reports`.
async fn record_reports(
    replica: Rc<Replica>,
    id: MissionId,
    batch: Vec<NewReport>,
) -> Result<Vec<(Uuid, Standing, bool)>, AppError> {
    let cell = replica.cell(id).await?;
    let recorded = match try_reports(&replica, &cell, &batch).await {
        Err(AppError::Invalid { .. } | AppError::MissionEnded { .. }) if !replica.has(Mutation::NoCheckOfRefusals) => {
            replica.moment_of_log(&cell).await?;
            let sent: Vec<ReportId> = batch.iter().map(|report| report.id).collect();
            cell.keep_old_reports(replica.database.call("recall", move |db| db.reports_in_log(id, &sent)).await?);
            try_reports(&replica, &cell, &batch).await?
        }
        tried => tried?,
    };
    Ok(recorded.into_iter().map(|r| (r.id.0, (r.seq, r.revision), r.repeated)).collect())
}

/// As `App::try_reports`.
async fn try_reports(
    replica: &Replica,
    cell: &Arc<Cell>,
    batch: &[NewReport],
) -> Result<Vec<RecordedReport>, AppError> {
    let incoming = resolve_all(&replica.moment(cell).await?, batch, cell, replica.now())?;
    let dedup = !replica.has(Mutation::NoDedup) && !replica.has(Mutation::NoDedupAtAll);
    let decide = move |decider: &mut Decider<'_>| {
        if !dedup {
            for incoming in &incoming {
                if let Incoming::New(report) = incoming {
                    decider.add(EventBody::Report(report.clone()));
                }
            }
        }
        reports::decide(decider, &incoming)
    };
    replica.record(cell.id, decide).await
}
