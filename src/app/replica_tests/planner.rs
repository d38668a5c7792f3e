//! How a simulated replica plans, and how it tells its subscribers.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::mpsc::UnboundedSender;

use super::database::Database;
use super::executor::MS;
use super::mutations::Mutation;
use super::replica::Replica;
use crate::app::AppError;
use crate::app::bell::Bell;
use crate::app::cells::Cell;
use crate::app::feed::Frame;
use crate::app::journal::Part;
use crate::app::positions::{PositionUpdate, consequence, decide, resolve_all};
use crate::app::replanner::{Job, MAX_UNSAFE_PLANS, STAND_IN, record_plan};
use crate::domain::ids::{MissionId, VehicleId};
use crate::domain::mission::EventBody;
use crate::domain::plan::{Decision, Plan, PlanBasis, StrategyChoice};
use crate::engine::Admission;
use crate::planning::budget::Budget;
use crate::planning::check::check;
use crate::planning::search::Search;

/// After how long the shortest safe route goes ahead, as the service does unless told otherwise.
const PROVISIONAL_AFTER_US: u64 = 20 * MS;

/// What a stream brings.
pub(super) enum Told {
    /// The state of the mission up to this event.
    Snapshot(u64),
    /// The next event.
    Event(Arc<Frame>),
}

/// A subscriber's bell, taken down when nobody listens any more.
struct Listening<'a> {
    cell: &'a Cell,
    bell: Arc<Bell>,
    key: u64,
}

impl<'a> Listening<'a> {
    fn to(cell: &'a Cell) -> Self {
        let bell = Arc::new(Bell::default());
        let key = cell.feed.subscribe(&bell, 0);
        Self { cell, bell, key }
    }

    /// Until there may be something new.
    async fn rung(&self) {
        std::future::poll_fn(|context| {
            self.bell.wake(context.waker());
            if self.bell.take() == 0 { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }
}

impl Drop for Listening<'_> {
    fn drop(&mut self) {
        self.cell.feed.unsubscribe(self.key);
    }
}

impl Replica {
    /// As `App::replan_missions`; there are never as many missions as may be under way.
    pub(super) async fn replan_missions(self: Rc<Self>) {
        loop {
            let Some(id) = self.replanner.take() else {
                self.replanner.poked.notified().await;
                continue;
            };
            self.spawn(|it| async move {
                if it.replan(id).await.is_err() {
                    it.sim.note("no plan", &[it.owner]);
                }
                it.replanner.done(id);
            });
        }
    }

    /// As `App::replan`.
    async fn replan(self: &Rc<Self>, id: MissionId) -> Result<(), AppError> {
        for _ in 0..MAX_UNSAFE_PLANS {
            let Some(job) = self.planning_job(id).await? else { return Ok(()) };
            let plan = self.plan(id, &job).await?;
            if self.store_plan(id, plan).await? {
                return Ok(());
            }
        }
        self.replanner.poke(id);
        Ok(())
    }

    async fn planning_job(self: &Rc<Self>, id: MissionId) -> Result<Option<Job>, AppError> {
        let moment = self.moment(&self.cell(id).await?).await?;
        if !moment.mission.needs_plan() || !self.may_plan(id).await? {
            return Ok(None);
        }
        self.check_lease(id);
        Ok(Some(Job::of(moment)))
    }

    /// As `App::plan_along`. Whether the plan is there in time is drawn.
    pub(super) async fn plan_along(&self, parts: &mut [Part]) {
        for part in parts.iter_mut().filter(|part| part.calls_for_plan()) {
            let id = part.cell.id;
            if !self.has(Mutation::NoLease) && !self.holds(id) {
                continue;
            }
            self.check_lease(id);
            let job = part.job();
            self.sim.sleep(self.sim.between(50, 3 * MS)).await;
            if self.sim.chance(80) {
                self.sim.note("plans along", &[self.owner, job.basis.seq]);
                let decision = self.decide_on(&job, &job.basis.strategy);
                part.take_along(Plan { basis: job.basis.clone(), provisional: false, decision }, self.now());
            }
        }
    }

    /// As `App::plan`. How long it takes is drawn; now and then the strategy fails.
    async fn plan(self: &Rc<Self>, id: MissionId, job: &Job) -> Result<Plan, AppError> {
        let weather = &self.database.weather;
        let stormy = weather.slow_plans && !weather.calm.get();
        let takes_us = match self.sim.below(10) {
            0 if stormy => self.sim.between(100 * MS, 2_000 * MS),
            0..3 => self.sim.between(15 * MS, 200 * MS),
            _ => self.sim.between(MS, 10 * MS),
        };
        self.sim.note("plans", &[self.owner, job.basis.seq, takes_us]);
        let fails = stormy && self.sim.chance(3);
        if job.route_is_blocked && takes_us > PROVISIONAL_AFTER_US {
            self.sim.sleep(PROVISIONAL_AFTER_US).await;
            self.store_plan(id, self.stand_in(job, true)).await?;
        }
        self.sim.sleep(takes_us).await;
        if fails {
            return Ok(self.stand_in(job, false));
        }
        let decision = self.decide_on(job, &job.basis.strategy);
        Ok(Plan { basis: job.basis.clone(), provisional: false, decision })
    }

    fn stand_in(&self, job: &Job, provisional: bool) -> Plan {
        let choice = StrategyChoice { name: STAND_IN.to_owned(), parameters: serde_json::Map::new() };
        let decision = self.decide_on(job, &choice);
        Plan { basis: PlanBasis { strategy: choice, ..job.basis.clone() }, provisional, decision }
    }

    fn decide_on(&self, job: &Job, choice: &StrategyChoice) -> Decision {
        let strategy = self.world.strategies.get(&choice.name).expect("a strategy that exists");
        let (mut search, mut budget) = (Search::default(), Budget::steps(Budget::DEFAULT_STEPS));
        let situation = job.basis_situation();
        let decision = strategy.decide(&situation, &choice.parameters, &mut search, &mut budget);
        if let Err(violation) = check(&situation, &decision) {
            self.sim.violate(format!("{} breaks a rule: {violation}", choice.name));
        }
        decision
    }

    /// As `App::store_plan`.
    async fn store_plan(self: &Rc<Self>, id: MissionId, plan: Plan) -> Result<bool, AppError> {
        let plan = Arc::new(plan);
        if self.has(Mutation::NoAdmission) {
            self.record(id, move |decider| {
                decider.add(EventBody::Plan(Arc::clone(&plan)));
                Ok(())
            })
            .await?;
            return Ok(true);
        }
        let admission = self.record(id, move |decider| record_plan(decider, &plan)).await?;
        self.sim.note("admission", &[self.owner, admission as u64]);
        Ok(admission != Admission::Overtaken)
    }

    /// As `App::update_positions` and what keeps them, for one position.
    pub(super) async fn update_position(
        self: &Rc<Self>,
        id: MissionId,
        update: PositionUpdate,
    ) -> Result<(), AppError> {
        let cell = self.cell(id).await?;
        let moment = self.moment(&cell).await?;
        crate::app::missions::check_open(&moment.mission, None)?;
        for (vehicle, fix) in resolve_all(&moment.view(), &[update], self.now())? {
            if moment.positions.get(&vehicle).is_some_and(|held| held.observed_at() > fix.observed_at()) {
                continue;
            }
            let (of, kept) = (vehicle.clone(), fix.clone());
            let keep = async {
                self.be_alive().await?;
                let (world, owner, replica) = (Rc::clone(&self.world), self.owner, self.id());
                let upsert = move |db: &mut Database| {
                    if !world.mailboxes.borrow().contains_key(&owner) || !db.is_alive(replica) {
                        db.posthumous.insert(id);
                    }
                    db.upsert_position(id, of, kept);
                };
                Ok::<_, AppError>(self.database.call("keep position", upsert).await?)
            };
            let kept = keep.await;
            kept.inspect_err(|_| cell.lock().positions_in_doubt = !self.has(Mutation::NoPositionDoubt))?;
            self.tell_positions(&cell, BTreeMap::from([(vehicle, fix)]));
        }
        let moment = cell.moment();
        let ugv = moment.positions.get(&VehicleId::ugv());
        if ugv.is_some_and(|fix| consequence(&moment.mission, &moment.network, fix).is_some()) {
            self.record(id, decide).await?;
        }
        Ok(())
    }

    /// As `App::subscribe` and `Subscription::next`, until nobody listens any more.
    pub(super) async fn stream(
        self: Rc<Self>,
        id: MissionId,
        resume: Option<u64>,
        tell: UnboundedSender<Told>,
    ) -> Result<(), AppError> {
        let cell = self.cell(id).await?;
        let listening = Listening::to(&cell);
        let known = cell.feed.level().head;
        if let Some(after) = resume.filter(|after| *after > known) {
            cell.lock().copy.hear_of(after);
            self.catch_up(&cell).await?;
        }
        let most = self.world.max_replayed_events;
        let head = cell.feed.level().head;
        let (mut after, mut snapshot_due) = match resume {
            None => (0, true),
            Some(_) if self.has(Mutation::NoReplay) => (head, false),
            Some(after) => (after, after > head || head - after > most),
        };
        let mut fetched: VecDeque<Arc<Frame>> = VecDeque::new();
        loop {
            if let Some(frame) = fetched.pop_front() {
                after = frame.seq();
                if tell.send(Told::Event(frame)).is_err() {
                    return Ok(());
                }
                continue;
            }
            if snapshot_due {
                after = self.moment(&cell).await?.mission.seq;
                snapshot_due = false;
                if tell.send(Told::Snapshot(after)).is_err() {
                    return Ok(());
                }
                continue;
            }
            let head = cell.feed.level().head;
            if head > after + most {
                snapshot_due = true;
            } else if head > after {
                fetched = match cell.feed.batch_after(after) {
                    Some(batch) => batch.frames().iter().cloned().collect(),
                    None => {
                        let logged = self.database.call("read page", move |db| db.events_after(id, after)).await?;
                        logged.iter().map(|logged| Arc::new(logged.frame())).collect()
                    }
                };
            } else {
                tokio::select! {
                    biased;
                    () = listening.rung() => {}
                    () = tell.closed() => return Ok(()),
                }
            }
        }
    }
}
