//! A simulated replica: the tasks of [`App`](crate::app::App) around the service's own cells, journal, replanner queue, hints
//! and leases. Each task here is one of `src/app`, with a simulated database and time in the place of the real ones.

use std::cell::{Cell as Flag, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::database::{Append, Connection, Logged};
use super::executor::{MS, Owner, S, Sim};
use super::mutations::Mutation;
use crate::app::AppError;
use crate::app::cells::{Cell, Cells, Decider, Moment, command};
use crate::app::closures::expire;
use crate::app::feed::Frame;
use crate::app::hints::{Hints, NOTICES_PER_S, News, RETRY_PAUSE, read, written};
use crate::app::journal::{Journal, Opening, PAUSE_STEP, Part, fail_all, open};
use crate::app::leases::{BEAT_EVERY, LASTS};
use crate::app::position_writer::apply_positions;
use crate::app::replanner::Replanner;
use crate::app::told::Untold;
use crate::domain::ids::{MissionId, ReplicaId, VehicleId};
use crate::domain::network::Network;
use crate::domain::timestamp::Timestamp;
use crate::domain::vehicle::Fix;
use crate::engine::{Leases, Pace};
use crate::planning::strategy::Strategies;
use crate::store::Appended;

/// How often the sweep looks, as the service does unless told otherwise.
const SWEEP_EVERY_US: u64 = S;

/// What all replicas of a world share.
pub(super) struct Surroundings {
    pub(super) network: Arc<Network>,
    pub(super) strategies: Strategies,
    pub(super) mutation: Option<Mutation>,
    /// How many missions a replica keeps in memory.
    pub(super) cached_missions: usize,
    /// How far a subscriber may be behind before it gets a snapshot.
    pub(super) max_replayed_events: u64,
    /// Notices of replicas, and whose they are not yet.
    pub(super) mailboxes: RefCell<BTreeMap<Owner, Rc<Mailbox>>>,
}

/// Notices that a replica has yet to hear.
#[derive(Default)]
pub(super) struct Mailbox {
    pub(super) notices: RefCell<VecDeque<String>>,
    pub(super) arrived: Notify,
    /// The connection broke; what was in it is lost.
    pub(super) broken: Flag<bool>,
}

/// One replica between its start and its end.
pub(super) struct Replica {
    pub(super) owner: Owner,
    pub(super) sim: Sim,
    pub(super) database: Connection,
    pub(super) world: Rc<Surroundings>,
    pub(super) cells: Cells,
    pub(super) journal: Journal,
    pub(super) replanner: Replanner,
    hints: Hints,
    leases: RefCell<Leases>,
    mailbox: Rc<Mailbox>,
    started_us: u64,
    /// How far its clock is from the true time, in microseconds.
    pub(super) clock_error_us: Flag<i64>,
}

impl Replica {
    pub(super) fn start(database: Connection, world: &Rc<Surroundings>, clock_error_us: i64) -> Rc<Self> {
        let (sim, owner) = (database.sim.clone(), database.owner);
        let mailbox = Rc::new(Mailbox::default());
        world.mailboxes.borrow_mut().insert(owner, Rc::clone(&mailbox));
        let replica = Rc::new(Self {
            owner,
            cells: Cells::new(world.cached_missions),
            journal: Journal::default(),
            replanner: Replanner::new(2),
            hints: Hints::default(),
            leases: RefCell::new(Leases::new(ReplicaId(sim.uuid()))),
            mailbox,
            started_us: sim.now_us(),
            clock_error_us: Flag::new(clock_error_us),
            world: Rc::clone(world),
            database,
            sim,
        });
        for _ in 0..crate::app::journal::WRITERS {
            replica.spawn(|it| async move { it.write_logs().await });
        }
        replica.spawn(|it| async move { it.replan_missions().await });
        replica.spawn(|it| async move { it.beat_regularly().await });
        replica.spawn(|it| async move { it.sweep_regularly().await });
        replica.spawn(|it| async move { it.send_hints().await });
        replica.spawn(|it| async move { it.hear_hints().await });
        replica
    }

    pub(super) fn spawn<F: Future<Output = ()> + 'static>(self: &Rc<Self>, work: impl FnOnce(Rc<Self>) -> F) {
        self.sim.spawn(self.owner, work(Rc::clone(self)));
    }

    pub(super) fn has(&self, mutation: Mutation) -> bool {
        self.world.mutation == Some(mutation)
    }

    /// The time by the replica's clock, which may jump.
    pub(super) fn now(&self) -> Timestamp {
        clock(self.sim.now_us().saturating_add_signed(self.clock_error_us.get()))
    }

    /// The time since the replica's start, which does not.
    fn elapsed(&self) -> Duration {
        Duration::from_micros(self.sim.now_us() - self.started_us)
    }

    pub(super) fn id(&self) -> ReplicaId {
        self.leases.borrow().replica()
    }

    /// As `App::cell`.
    pub(super) async fn cell(&self, id: MissionId) -> Result<Arc<Cell>, AppError> {
        if let Some(cell) = self.cells.find_to_use(id) {
            return Ok(cell);
        }
        let mission =
            self.database.call("fold", move |db| db.missions.get(&id).map(|row| row.mission().clone())).await?;
        let mission = mission.ok_or(AppError::NoSuchMission(id))?;
        let positions = self.database.call("positions", move |db| db.positions_of(id)).await?;
        Ok(self.cells.keep(Cell::new(mission, Arc::clone(&self.world.network), positions)))
    }

    /// As `App::moment`.
    pub(super) async fn moment(&self, cell: &Arc<Cell>) -> Result<Moment, AppError> {
        if cell.lock().copy.is_behind() {
            self.catch_up(cell).await?;
        }
        Ok(cell.moment())
    }

    /// As `App::moment_of_log`.
    pub(super) async fn moment_of_log(&self, cell: &Arc<Cell>) -> Result<Moment, AppError> {
        let known = [(cell.id, cell.lock().copy.mission().seq)];
        for (_, head) in self.database.call("longer logs", move |db| db.longer_logs(&known)).await? {
            cell.lock().copy.hear_of(head);
        }
        self.moment(cell).await
    }

    /// As `App::catch_up`.
    pub(super) async fn catch_up(&self, cell: &Arc<Cell>) -> Result<(), AppError> {
        let _log = cell.log.lock().await;
        if !cell.lock().copy.is_behind() {
            return Ok(());
        }
        let (id, after) = (cell.id, cell.lock().copy.begin_catch_up());
        let logged = self.database.call("read log", move |db| db.events_after(id, after)).await?;
        let frames = logged.iter().map(Logged::frame).collect();
        let events: Vec<_> = logged.into_iter().map(|logged| logged.event).collect();
        if cell.caught_up(&events, frames)? {
            self.replanner.poke(cell.id);
        }
        Ok(())
    }

    /// As `App::record`.
    pub(super) async fn record<T, D>(&self, id: MissionId, decide: D) -> Result<T, AppError>
    where
        T: Send + 'static,
        D: FnMut(&mut Decider<'_>) -> Result<T, AppError> + Send + 'static,
    {
        let cell = self.cell(id).await?;
        let (command, answer) = command(decide);
        cell.submit(command)?;
        self.journal.call(&cell);
        answer.await.unwrap_or(Err(AppError::ShuttingDown))
    }

    async fn write_logs(self: Rc<Self>) {
        let mut untold = Vec::new();
        loop {
            match self.journal.take() {
                None => {
                    self.tell(std::mem::take(&mut untold));
                    self.journal.called.notified().await;
                }
                Some(first) => untold = self.take_turns(first, untold).await,
            }
        }
    }

    fn tell(&self, stored: Vec<Untold>) {
        stored.into_iter().for_each(|untold| untold.tell(&self.replanner, &self.hints));
    }

    /// As `App::take_turns`.
    async fn take_turns(self: &Rc<Self>, first: Arc<Cell>, untold: Vec<Untold>) -> Vec<Untold> {
        let mut parts = Vec::new();
        let mut next = Some(first);
        while let Some(cell) = next {
            match open(&cell, self.now()) {
                Opening::Decided(part) => parts.push(part),
                Opening::Over => self.journal.done(&cell),
                Opening::CatchUp => self.catch_up_first(cell),
            }
            next = self.journal.take();
        }
        let (silent, mut parts): (Vec<_>, Vec<_>) = parts.into_iter().partition(|part| part.events.is_empty());
        let is_busy = self.sim.chance(50);
        let (before, after) = if is_busy { (Vec::new(), untold) } else { (untold, Vec::new()) };
        self.tell(before);
        let after = if self.has(Mutation::NotTold) { Vec::new() } else { after };
        let at_once = !silent.is_empty();
        let writing = async {
            if !is_busy {
                self.plan_along(&mut parts).await;
            }
            let mut stored = self.write(parts).await;
            if at_once {
                self.tell(std::mem::take(&mut stored));
            }
            stored
        };
        let (stored, (), ()) = tokio::join!(biased; writing, async { self.tell(after) }, self.answer_silent(silent));
        stored
    }

    /// As `App::answer_silent`.
    async fn answer_silent(&self, parts: Vec<Part>) {
        if parts.is_empty() {
            return;
        }
        let known: Vec<_> = parts.iter().map(|part| (part.cell.id, part.draft.base_seq())).collect();
        let checks = !self.has(Mutation::NoCheckOfRefusals);
        let longer = match checks {
            true => self.database.call("longer logs", move |db| db.longer_logs(&known)).await,
            false => Ok(Vec::new()),
        };
        for part in parts {
            self.tell(part.settle_silent(&longer, &self.journal).into_iter().collect());
        }
    }

    /// As `App::write`.
    async fn write(&self, parts: Vec<Part>) -> Vec<Untold> {
        if parts.is_empty() {
            return Vec::new();
        }
        if self.has(Mutation::ToldBeforeDurable) {
            for part in &parts {
                part.cell.feed.publish(part.events.iter().map(Frame::of));
            }
        }
        let appends: Vec<Append> = parts.iter().map(append_of).collect();
        for append in &appends {
            self.sim.note("append", &[self.owner, append.expected_seq, append.events.len() as u64]);
        }
        let answer = self.database.call("appended", move |db| db.append_events(&appends)).await;
        match answer {
            Ok(Some(appended)) => {
                let settled = parts.into_iter().zip(appended);
                return settled.filter_map(|(part, appended)| part.settle(Ok(appended), &self.journal)).collect();
            }
            Ok(None) => {
                for part in parts {
                    self.write_alone(part).await;
                }
            }
            Err(error) if self.has(Mutation::NoDoubt) => {
                for Part { cell, commands, .. } in parts {
                    fail_all(commands, &AppError::from(Arc::clone(&error)));
                    self.journal.done(&cell);
                }
            }
            Err(error) => {
                for part in parts {
                    let _nothing = part.settle(Err(Arc::clone(&error)), &self.journal);
                }
            }
        }
        Vec::new()
    }

    /// A report is in the log that its mission does not remember: which, is seen when each goes alone.
    async fn write_alone(&self, part: Part) {
        let appends = [append_of(&part)];
        let answer = match self.database.call("appended alone", move |db| db.append_events(&appends)).await {
            Ok(None) => {
                let (id, sent) = (part.cell.id, part.reports());
                let found = self.database.call("reports in log", move |db| db.reports_in_log(id, &sent)).await;
                part.recall(found, &self.journal);
                return;
            }
            Ok(Some(appended)) => Ok(appended.first().copied().unwrap_or(Appended::Conflict)),
            Err(error) => Err(error),
        };
        self.tell(part.settle(answer, &self.journal).into_iter().collect());
    }

    /// As `App::catch_up_first`.
    fn catch_up_first(self: &Rc<Self>, cell: Arc<Cell>) {
        self.spawn(|it| async move {
            let attempts = cell.lock().waiting.front().map_or(0, |command| command.attempts());
            if attempts > 0 {
                let most_us = PAUSE_STEP.as_micros() as u64 * u64::from(attempts);
                it.sim.sleep(it.sim.between(0, most_us)).await;
            }
            if let Err(error) = it.catch_up(&cell).await {
                let waiting = std::mem::take(&mut cell.lock().waiting);
                fail_all(waiting, &error);
            }
            it.journal.done(&cell);
        });
    }

    async fn beat_regularly(self: Rc<Self>) {
        loop {
            let _ = self.beat().await;
            self.sim.sleep(BEAT_EVERY.as_micros() as u64).await;
        }
    }

    /// As `App::beat`.
    async fn beat(self: &Rc<Self>) -> Result<(), AppError> {
        let sent_at = self.elapsed();
        let replica = self.leases.borrow_mut().begin_beat(sent_at, ReplicaId(self.sim.uuid()));
        let others = self.database.call("beat", move |db| db.beat(replica, LASTS.as_micros() as u64)).await?;
        let answered_at = if self.has(Mutation::LateBeatCounts) { sent_at } else { self.elapsed() };
        let was_alive = self.leases.borrow_mut().beat(replica, sent_at, answered_at, LASTS);
        let had_company = self.hints.set_others(others) > 0;
        if !was_alive || had_company != (others > 0) {
            for cell in self.cells.all() {
                cell.lock().positions_in_doubt = true;
            }
            self.look_for_longer_logs().await?;
        }
        Ok(())
    }

    /// As `App::holds`.
    pub(super) fn holds(&self, id: MissionId) -> bool {
        self.leases.borrow().holds(id, self.elapsed())
    }

    /// As `App::be_alive`.
    pub(super) async fn be_alive(self: &Rc<Self>) -> Result<(), AppError> {
        let is_alive = self.leases.borrow().is_alive(self.elapsed());
        if !is_alive {
            self.beat().await?;
        }
        Ok(())
    }

    /// As `App::may_plan`.
    pub(super) async fn may_plan(self: &Rc<Self>, id: MissionId) -> Result<bool, AppError> {
        if self.has(Mutation::NoLease) {
            return Ok(true);
        }
        if self.leases.borrow().holds(id, self.elapsed()) {
            return Ok(true);
        }
        self.be_alive().await?;
        let (replica, asked_at) = (self.id(), self.elapsed());
        let taken = self.database.call("take lease", move |db| db.take_lease(id, replica)).await?;
        if taken {
            self.leases.borrow_mut().taken(replica, id, asked_at);
        }
        Ok(taken && self.leases.borrow().holds(id, self.elapsed()))
    }

    async fn sweep_regularly(self: Rc<Self>) {
        loop {
            if self.sweep().await.is_err() {
                self.sim.note("no sweep", &[self.owner]);
            }
            self.sim.sleep(SWEEP_EVERY_US).await;
        }
    }

    /// As `App::sweep`.
    async fn sweep(self: &Rc<Self>) -> Result<(), AppError> {
        if !self.has(Mutation::NoExpiry) {
            let now = self.now();
            for id in self.database.call("expiries", move |db| db.missions_with_expiry(now)).await? {
                self.record(id, expire).await?;
            }
        }
        if !self.has(Mutation::NoUnplannedSweep) {
            let replica = self.id();
            for id in self.database.call("unplanned", move |db| db.unplanned_missions(replica)).await? {
                self.replanner.poke(id);
            }
        }
        self.look_for_longer_logs().await
    }

    /// As `App::look_for_longer_logs`.
    async fn look_for_longer_logs(self: &Rc<Self>) -> Result<(), AppError> {
        let cells = self.cells.all();
        for cell in cells.iter().filter(|cell| cell.lock().copy.is_behind()) {
            self.journal.call(cell);
        }
        if cells.is_empty() || self.has(Mutation::NoHintsNorSweep) {
            return Ok(());
        }
        let alone = self.hints.others() == 0;
        let known: Vec<(MissionId, u64)> = cells.iter().map(|cell| (cell.id, cell.lock().copy.mission().seq)).collect();
        let looks = !alone || !(self.has(Mutation::NoLookWhenAlone) || self.has(Mutation::NoDoubt));
        if looks {
            for (id, head) in self.database.call("longer logs", move |db| db.longer_logs(&known)).await? {
                if let Some(cell) = self.cells.find(id) {
                    self.journal.hear_of(&cell, head);
                }
            }
        }
        let may_have_moved = cells.iter().filter(|cell| !alone || cell.lock().positions_in_doubt);
        self.read_positions(may_have_moved.map(|cell| cell.id).collect()).await
    }

    async fn read_positions(&self, ids: Vec<MissionId>) -> Result<(), AppError> {
        if ids.is_empty() {
            return Ok(());
        }
        let cells: Vec<_> = ids.iter().filter_map(|id| self.cells.find(*id)).collect();
        let doubts = |doubted: bool| cells.iter().for_each(|cell| cell.lock().positions_in_doubt = doubted);
        doubts(false);
        let read = move |db: &mut super::database::Database| -> Vec<(MissionId, BTreeMap<VehicleId, Fix>)> {
            ids.iter().map(|id| (*id, db.positions_of(*id))).collect()
        };
        for (id, fixes) in self.database.call("positions", read).await.inspect_err(|_| doubts(true))? {
            if let Some(cell) = self.cells.find(id) {
                apply_positions(&cell, fixes);
            }
        }
        Ok(())
    }

    /// Vehicles have moved; see `App::write_updates`.
    pub(super) fn tell_positions(&self, cell: &Arc<Cell>, fixes: BTreeMap<VehicleId, Fix>) {
        apply_positions(cell, fixes);
        self.hints.vehicles_moved(cell.id, cell.lock().copy.mission().seq);
    }

    async fn send_hints(self: Rc<Self>) {
        let mut pace = Pace::default();
        loop {
            self.hints.called.notified().await;
            let notices = written(self.id(), &self.hints.take());
            for notice in notices {
                self.post(&notice);
            }
            let rest = pace.rest(Duration::from_micros(self.sim.now_us()), NOTICES_PER_S);
            self.sim.sleep(rest.as_micros() as u64).await;
        }
    }

    /// A notice goes to everybody, each by a way of its own.
    fn post(&self, notice: &str) {
        if self.has(Mutation::NoHintsNorSweep) {
            return;
        }
        let weather = &self.database.weather;
        let stormy = !weather.calm.get();
        for mailbox in self.world.mailboxes.borrow().values() {
            if weather.away.get() || (stormy && self.sim.chance(weather.notice_lost_percent)) {
                continue;
            }
            let slow = stormy && self.sim.chance(weather.slow_percent);
            let way_us = if slow { self.sim.between(10 * MS, 2 * S) } else { self.sim.between(100, 3 * MS) };
            let (sim, mailbox, notice) = (self.sim.clone(), Rc::clone(mailbox), notice.to_owned());
            self.sim.spawn(super::executor::WORLD, async move {
                sim.sleep(way_us).await;
                mailbox.notices.borrow_mut().push_back(notice);
                mailbox.arrived.notify_one();
            });
        }
    }

    async fn hear_hints(self: Rc<Self>) {
        loop {
            let _ = self.listen().await;
            self.sim.sleep(RETRY_PAUSE.as_micros() as u64).await;
        }
    }

    /// As `App::listen`, until the connection breaks.
    async fn listen(self: &Rc<Self>) -> Result<(), AppError> {
        self.mailbox.notices.borrow_mut().clear();
        self.mailbox.broken.set(false);
        self.look_for_longer_logs().await?;
        loop {
            let notice = self.mailbox.notices.borrow_mut().pop_front();
            if self.mailbox.broken.get() {
                return Ok(());
            }
            match notice.map(|notice| read(&notice)) {
                None => self.mailbox.arrived.notified().await,
                Some(Some((from, _))) if from == self.id() => {}
                Some(Some((_, news))) => self.take_hints(news).await?,
                Some(None) => self.sim.violate("a notice that nobody can read".to_owned()),
            }
        }
    }

    /// As `App::take_hints`.
    async fn take_hints(self: &Rc<Self>, news: Vec<(MissionId, News)>) -> Result<(), AppError> {
        let moved: Vec<MissionId> =
            news.iter().filter(|(id, news)| news.moved && self.cells.find(*id).is_some()).map(|(id, _)| *id).collect();
        self.read_positions(moved).await?;
        for (id, news) in news {
            if let Some(cell) = self.cells.find(id) {
                self.sim.note("heard", &[self.owner, news.head]);
                self.journal.hear_of(&cell, news.head);
            }
        }
        Ok(())
    }

    /// Whether the database thinks as the replica does that it may plan the mission.
    pub(super) fn check_lease(&self, id: MissionId) {
        if !self.database.database.borrow().has_lease(id, self.id()) {
            self.sim.violate(format!("replica {} plans {id} without its lease", self.owner));
        }
    }
}

fn append_of(part: &Part) -> Append {
    let logged = |(event, stored)| {
        let frame = Frame::of(stored);
        Logged { event: crate::domain::mission::MissionEvent::clone(event), frame }
    };
    Append {
        mission: part.draft.mission().clone(),
        expected_seq: part.draft.base_seq(),
        events: part.draft.events().iter().zip(&part.events).map(logged).collect(),
    }
}

/// The true time as a clock shows it.
pub(super) fn clock(since_start_us: u64) -> Timestamp {
    Timestamp::from_unix_micros(1_800_000_000_000_000 + since_start_us as i64).expect("a time in this millennium")
}
