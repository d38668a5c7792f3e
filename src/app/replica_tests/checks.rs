//! What must hold whatever happens. Written against the log, sharing no rules with the engine.

use super::database::{Database, Row};
use super::replica::Replica;
use super::world::World;
use crate::domain::ids::MissionId;
use crate::domain::mission::{EventBody, Mission, MissionStatus};
use crate::domain::network::{Leg, Network};
use crate::domain::plan::Plan;
use crate::planning::budget::Budget;
use crate::planning::search::Search;
use crate::planning::situation::Situation;
use crate::planning::strategy::Strategies;

/// How late a plan may be when nothing goes wrong but that replicas die, in microseconds.
pub(super) const PLAN_DUE_US: u64 = 5_000_000;

/// A plan that is about to be the log's next event, after `folds`.
pub(super) fn check_plan(folds: &[Mission], plan: &Plan) -> Result<(), String> {
    let now = &folds[folds.len() - 1];
    let basis = &plan.basis;
    let Some(at_basis) = (basis.seq as usize).checked_sub(1).and_then(|i| folds.get(i)) else {
        return Err(format!("its basis, event {}, is not in the log before it", basis.seq));
    };
    if at_basis.revision != basis.revision {
        return Err(format!("its basis has revision {}, not {}", at_basis.revision, basis.revision));
    }
    if !at_basis.leads_as(basis) || at_basis.settings.seed != basis.seed {
        return Err("its basis has another goal or seed".to_owned());
    }
    if now.status != MissionStatus::Active {
        return Err(format!("nobody waits for it: the mission is {:?}", now.status));
    }
    let planned = now.plan.as_ref().filter(|current| !current.plan.provisional);
    if let Some(planned) = planned.filter(|planned| planned.plan.basis.seq >= basis.seq) {
        return Err(format!("plan {} had taken as much into account", planned.seq));
    }
    if now.planning_seq > basis.seq {
        let route = plan.decision.outcome.route().ok_or("it is overtaken, and has no route")?;
        if !now.leads_as(basis) {
            return Err("it is overtaken, and leads elsewhere".to_owned());
        }
        if now.open_deviation.is_some_and(|seq| seq > basis.seq) {
            return Err("it is overtaken, and the UGV has left its route since".to_owned());
        }
        if let Some(leg) = route.legs.iter().find(|leg| !can_be_driven(now, leg)) {
            return Err(format!("it is overtaken, and crosses the blockage of segment {}", leg.segment));
        }
    }
    Ok(())
}

fn can_be_driven(mission: &Mission, leg: &Leg) -> bool {
    let (low_m, high_m) = (leg.from_m.min(leg.to_m), leg.from_m.max(leg.to_m));
    !mission.knowledge.is_blocked(leg.segment)
        || mission.knowledge.blockage_offset_m(leg.segment).is_some_and(|at_m| at_m < low_m || at_m > high_m)
}

impl Replica {
    /// What the replica holds and tells is in the log, and nothing else. `checked` has what was looked at already.
    pub(super) fn check_copies(&self, checked: &mut std::collections::BTreeMap<(u64, MissionId), u64>) {
        let database = self.database.database.borrow();
        for cell in self.cells.all() {
            let Some(row) = database.missions.get(&cell.id) else { continue };
            let told = cell.feed.level().head;
            if told > row.log.len() as u64 {
                self.sim.violate(format!("replica {} tells event {told}, which is not durable", self.owner));
            }
            let copy = std::sync::Arc::clone(cell.lock().copy.mission());
            if checked.insert((self.owner, cell.id), copy.seq) == Some(copy.seq) {
                continue;
            }
            if row.folds.get(copy.seq as usize - 1) != Some(&*copy) {
                self.sim.violate(format!("replica {}'s copy is no prefix of the log", self.owner));
            }
        }
    }
}

/// Each plan of the log is what planning from its basis gives.
fn check_replay(network: &Network, strategies: &Strategies, row: &Row) -> Result<(), String> {
    let mut search = Search::default();
    for logged in &row.log {
        let EventBody::Plan(plan) = &logged.event.body else { continue };
        let basis = &plan.basis;
        let at_basis = &row.folds[basis.seq as usize - 1];
        let situation = Situation::from_basis(network, &at_basis.knowledge, basis);
        let strategy = strategies.get(&basis.strategy.name).ok_or("no such strategy")?;
        let mut budget = Budget::steps(Budget::DEFAULT_STEPS);
        if strategy.decide(&situation, &basis.strategy.parameters, &mut search, &mut budget) != plan.decision {
            return Err(format!("planning again gives another plan than event {}", logged.event.seq));
        }
    }
    Ok(())
}

impl World {
    /// No plan is due for longer than it may take another replica to take over.
    pub(super) fn check_punctual(&self, since_us: u64) {
        let now_us = self.sim.now_us();
        for (id, row) in &self.database.borrow().missions {
            let due_us = row.unplanned_since_us.map(|due_us| due_us.max(since_us) + PLAN_DUE_US);
            if due_us.is_some_and(|due_us| now_us > due_us) {
                let (planned, due) = (row.planned_seq, row.planning_seq);
                self.sim.violate(format!("{id} is planned up to event {planned}, not {due}, for too long"));
            }
        }
    }

    /// What must be true when nothing has gone wrong for a while.
    pub(super) fn check_settled(&self) {
        let database = &*self.database.borrow();
        for (id, row) in &database.missions {
            if let Err(wrong) = self.settled(*id, row) {
                self.sim.violate(wrong);
            }
        }
        for replica in self.replicas.borrow().iter().flatten() {
            if let Err(wrong) = caught_up(database, replica) {
                self.sim.violate(wrong);
            }
        }
        self.ledger.borrow().check(database, &self.sim);
    }

    fn settled(&self, id: MissionId, row: &Row) -> Result<(), String> {
        if row.needs_plan() || row.mission().needs_plan() {
            return Err(format!("{id} has no plan that takes everything into account"));
        }
        let numbers = row.log.iter().map(|logged| logged.event.seq);
        if !numbers.eq(1..=row.log.len() as u64) {
            return Err(format!("the log of {id} has gaps or doubles"));
        }
        check_replay(&self.surroundings.network, &self.surroundings.strategies, row)
            .map_err(|w| format!("{id}: {w}"))?;
        let earliest = self.replicas.borrow().iter().flatten().map(|replica| replica.now()).min();
        let overdue = |now: crate::domain::timestamp::Timestamp| {
            row.mission().knowledge.next_expiry().is_some_and(|at| at <= now.plus_seconds(-4.0))
        };
        if !row.mission().status.is_ended() && earliest.is_some_and(overdue) {
            return Err(format!("a closing of {id} has expired and is still in force"));
        }
        Ok(())
    }
}

fn caught_up(database: &Database, replica: &Replica) -> Result<(), String> {
    for cell in replica.cells.all() {
        let log = database.missions.get(&cell.id).map_or(0, |row| row.log.len() as u64);
        let moment = cell.moment();
        if moment.mission.seq != log || cell.feed.level().head != log {
            return Err(format!("replica {} has not heard of all events of {}", replica.owner, cell.id));
        }
        if *moment.positions != database.positions_of(cell.id) && !database.posthumous.contains(&cell.id) {
            return Err(format!("replica {} does not know where the vehicles of {} are", replica.owner, cell.id));
        }
    }
    Ok(())
}
