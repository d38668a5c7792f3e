//! A model of the store: the rules of its statements, each at one moment, and the way to it, which is slow and loses things.
//!
//! `missions` and their logs, leases, beats and positions follow `src/store`; what a statement there says in its conditions,
//! the method of the same name says here. The database's clock is the simulated time. A row here stands where its log does: rows that
//! are left behind (`store/heads`) decide nothing there either.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::oneshot;

use super::checks::check_plan;
use super::executor::{MS, Owner, S, Sim, WORLD};
use super::mutations::Mutation;
use crate::app::feed::Frame;
use crate::domain::ids::{MissionId, ReplicaId, ReportId, VehicleId};
use crate::domain::mission::{EventBody, Mission, MissionEvent, MissionStatus, Recorded, ReportRecord};
use crate::domain::timestamp::Timestamp;
use crate::domain::vehicle::Fix;
use crate::store::{Appended, StoreError};

/// The database's contents.
pub(super) struct Database {
    sim: Sim,
    mutation: Option<Mutation>,
    pub(super) missions: BTreeMap<MissionId, Row>,
    alive_until_us: BTreeMap<ReplicaId, u64>,
    leases: BTreeMap<MissionId, ReplicaId>,
    pub(super) positions: BTreeMap<(MissionId, VehicleId), Fix>,
    /// Missions of which a position was kept for a replica that was dead by then, or taken for dead. One that is left alone looks for it
    /// much later only.
    pub(super) posthumous: BTreeSet<MissionId>,
    /// How many plans were stored.
    pub(super) plans: u64,
}

/// A mission's row and its log.
pub(super) struct Row {
    status: MissionStatus,
    seq: u64,
    pub(super) planning_seq: u64,
    pub(super) planned_seq: u64,
    next_expiry: Option<Timestamp>,
    pub(super) log: Vec<Logged>,
    /// What the log folds to after each of its events.
    pub(super) folds: Vec<Mission>,
    reports: BTreeSet<ReportId>,
    /// Since when no plan was stored although one is due.
    pub(super) unplanned_since_us: Option<u64>,
}

/// An event of a log, as it is read and as it is told.
#[derive(Clone)]
pub(super) struct Logged {
    pub(super) event: MissionEvent,
    pub(super) frame: Frame,
}

impl Logged {
    pub(super) fn frame(&self) -> Frame {
        self.frame.clone()
    }
}

/// One mission's part of a commit.
pub(super) struct Append {
    pub(super) mission: Mission,
    pub(super) expected_seq: u64,
    pub(super) events: Vec<Logged>,
}

impl Row {
    pub(super) fn mission(&self) -> &Mission {
        &self.folds[self.folds.len() - 1]
    }

    pub(super) fn needs_plan(&self) -> bool {
        self.status == MissionStatus::Active && self.planned_seq < self.planning_seq
    }
}

impl Database {
    pub(super) fn new(sim: &Sim, mutation: Option<Mutation>) -> Self {
        Self {
            sim: sim.clone(),
            mutation,
            missions: BTreeMap::new(),
            alive_until_us: BTreeMap::new(),
            leases: BTreeMap::new(),
            positions: BTreeMap::new(),
            posthumous: BTreeSet::new(),
            plans: 0,
        }
    }

    pub(super) fn insert_mission(&mut self, mission: Mission, created: Logged) {
        let row = Row {
            status: mission.status,
            seq: mission.seq,
            planning_seq: mission.planning_seq,
            planned_seq: 0,
            next_expiry: None,
            log: vec![created],
            folds: vec![mission.clone()],
            reports: BTreeSet::new(),
            unplanned_since_us: Some(self.sim.now_us()),
        };
        self.missions.insert(mission.id, row);
    }

    /// Appends to each mission whose log still ends where it is expected to; `None` if the statement breaks a unique index:
    /// then nothing is stored.
    pub(super) fn append_events(&mut self, appends: &[Append]) -> Option<Vec<Appended>> {
        let unconditional = self.mutation == Some(Mutation::NoCondition);
        let holds = |row: &Row, append: &Append| unconditional || row.seq == append.expected_seq;
        if self.mutation != Some(Mutation::NoDedupAtAll) {
            for append in appends {
                let Some(row) = self.missions.get(&append.mission.id).filter(|row| holds(row, append)) else {
                    continue;
                };
                let mut reports = row.reports.clone();
                if !append.events.iter().filter_map(report_of).all(|report| reports.insert(report)) {
                    return None;
                }
            }
        }
        let mut answers = Vec::with_capacity(appends.len());
        for append in appends {
            let row = self.missions.get_mut(&append.mission.id).filter(|row| holds(row, append));
            let Some(row) = row else {
                answers.push(Appended::Conflict);
                continue;
            };
            for logged in &append.events {
                let before = row.mission();
                if let EventBody::Plan(plan) = &logged.event.body {
                    self.plans += 1;
                    if let Err(broken) = check_plan(&row.folds, plan) {
                        self.sim.violate(format!("plan {} of {}: {broken}", logged.event.seq, before.id));
                    }
                }
                let mut mission = before.clone();
                if let Err(error) = mission.apply(&logged.event) {
                    self.sim.violate(format!("the log does not fold any more: {error}"));
                }
                row.reports.extend(report_of(logged));
                row.log.push(logged.clone());
                row.folds.push(mission);
            }
            let mission = &append.mission;
            if row.mission() != mission {
                self.sim.violate(format!("the row of {} does not follow from its log", mission.id));
            }
            let planned_more = mission.planned_seq() > row.planned_seq;
            (row.status, row.seq) = (mission.status, mission.seq);
            (row.planning_seq, row.planned_seq) = (mission.planning_seq, mission.planned_seq());
            row.next_expiry = mission.knowledge.next_expiry();
            row.unplanned_since_us = match row.unplanned_since_us {
                _ if !row.needs_plan() => None,
                Some(since_us) if !planned_more => Some(since_us),
                _ => Some(self.sim.now_us()),
            };
            answers.push(Appended::Stored);
        }
        Some(answers)
    }

    pub(super) fn reports_in_log(&self, id: MissionId, sent: &[ReportId]) -> Vec<(ReportId, ReportRecord)> {
        let Some(row) = self.missions.get(&id) else { return Vec::new() };
        let record = |event: &MissionEvent| match &event.body {
            EventBody::Report(report) if sent.contains(&report.id) => {
                let recorded = Recorded { seq: event.seq, revision: event.revision };
                Some((report.id, ReportRecord { recorded, segment: report.segment }))
            }
            _ => None,
        };
        row.log.iter().filter_map(|logged| record(&logged.event)).collect()
    }

    pub(super) fn events_after(&self, id: MissionId, after: u64) -> Vec<Logged> {
        self.missions.get(&id).map_or(Vec::new(), |row| row.log.iter().skip(after as usize).cloned().collect())
    }

    pub(super) fn unplanned_missions(&self, replica: ReplicaId) -> Vec<MissionId> {
        let of_another = |id: &MissionId| self.leases.get(id).is_some_and(|by| *by != replica && self.is_alive(*by));
        self.missions.iter().filter(|(id, row)| row.needs_plan() && !of_another(id)).map(|(id, _)| *id).collect()
    }

    pub(super) fn longer_logs(&self, known: &[(MissionId, u64)]) -> Vec<(MissionId, u64)> {
        let seq_of = |id: &MissionId| self.missions.get(id).map_or(0, |row| row.seq);
        known.iter().filter(|(id, seq)| seq_of(id) > *seq).map(|(id, _)| (*id, seq_of(id))).collect()
    }

    pub(super) fn missions_with_expiry(&self, now: Timestamp) -> Vec<MissionId> {
        let is_due = |row: &Row| !row.status.is_ended() && row.next_expiry.is_some_and(|at| at <= now);
        self.missions.iter().filter(|(_, row)| is_due(row)).map(|(id, _)| *id).collect()
    }

    /// The replica is alive; how many others are.
    pub(super) fn beat(&mut self, replica: ReplicaId, lasts_us: u64) -> u64 {
        self.alive_until_us.insert(replica, self.sim.now_us() + lasts_us);
        self.alive_until_us.keys().filter(|id| **id != replica && self.is_alive(**id)).count() as u64
    }

    pub(super) fn leave(&mut self, replica: ReplicaId) {
        self.alive_until_us.remove(&replica);
    }

    pub(super) fn take_lease(&mut self, id: MissionId, replica: ReplicaId) -> bool {
        if self.leases.get(&id).is_some_and(|by| *by != replica && self.is_alive(*by)) {
            return false;
        }
        self.leases.insert(id, replica);
        true
    }

    pub(super) fn is_alive(&self, replica: ReplicaId) -> bool {
        self.alive_until_us.get(&replica).is_some_and(|until_us| *until_us > self.sim.now_us())
    }

    /// Whether the replica may plan the mission, as the database sees it.
    pub(super) fn has_lease(&self, id: MissionId, replica: ReplicaId) -> bool {
        self.is_alive(replica) && self.leases.get(&id) == Some(&replica)
    }

    pub(super) fn upsert_position(&mut self, id: MissionId, vehicle: VehicleId, fix: Fix) {
        let held = self.positions.entry((id, vehicle)).or_insert_with(|| fix.clone());
        if held.observed_at() <= fix.observed_at() {
            *held = fix;
        }
    }

    pub(super) fn positions_of(&self, id: MissionId) -> BTreeMap<VehicleId, Fix> {
        let all = self.positions.iter().filter(|((of, _), _)| *of == id);
        all.map(|((_, vehicle), fix)| (vehicle.clone(), fix.clone())).collect()
    }
}

fn report_of(logged: &Logged) -> Option<ReportId> {
    match &logged.event.body {
        EventBody::Report(report) => Some(report.id),
        _ => None,
    }
}

/// What goes wrong on the way between replicas and their database, in percent of the statements.
pub(super) struct Weather {
    /// Not executed, and nobody says so.
    pub(super) lost_percent: u64,
    /// Executed, but the answer is lost.
    pub(super) answer_lost_percent: u64,
    /// On the way for up to two seconds, there or back.
    pub(super) slow_percent: u64,
    /// Told to a replica, but lost on the way.
    pub(super) notice_lost_percent: u64,
    /// Strategies now and then take seconds, or fail.
    pub(super) slow_plans: bool,
    /// The database cannot be reached.
    pub(super) away: Cell<bool>,
    /// Nothing goes wrong any more.
    pub(super) calm: Cell<bool>,
}

/// A replica's way to the database.
#[derive(Clone)]
pub(super) struct Connection {
    pub(super) sim: Sim,
    pub(super) database: Rc<RefCell<Database>>,
    pub(super) weather: Rc<Weather>,
    pub(super) owner: Owner,
}

impl Connection {
    /// Has the database execute a statement. It may be executed although nobody waits for it any more, or although this says
    /// that it failed.
    pub(super) async fn call<T: 'static>(
        &self,
        statement: &'static str,
        run: impl FnOnce(&mut Database) -> T + 'static,
    ) -> Result<T, Arc<StoreError>> {
        let (sim, weather) = (&self.sim, &self.weather);
        let stormy = !weather.calm.get();
        let way = || match stormy && sim.chance(weather.slow_percent) {
            true => sim.between(50 * MS, 2 * S),
            false => sim.between(100, 5 * MS),
        };
        let (there_us, back_us) = (way(), way());
        let lost = stormy && sim.chance(weather.lost_percent);
        let arrives = !lost && !weather.away.get();
        let answers = !(stormy && sim.chance(weather.answer_lost_percent));
        let (reply, answer) = oneshot::channel();
        let (database, owner) = (Rc::clone(&self.database), self.owner);
        sim.spawn(WORLD, {
            let sim = sim.clone();
            async move {
                sim.sleep(there_us).await;
                if !arrives {
                    sim.note("lost", &[owner]);
                    return;
                }
                sim.note(statement, &[owner]);
                let result = run(&mut database.borrow_mut());
                sim.sleep(back_us).await;
                if answers {
                    // The replica may be gone.
                    let _ = reply.send(result);
                } else {
                    sim.note("answer lost", &[owner]);
                }
            }
        });
        answer.await.map_err(|_| Arc::new(StoreError::Unavailable(sqlx::Error::PoolTimedOut)))
    }
}
