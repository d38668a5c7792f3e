//! The state of a run, and how it goes on from event to event.

use std::collections::VecDeque;

use super::awareness::{Awareness, Message, Sight};
use super::beliefs::Trust;
use super::conditions::WorldChange;
use super::coverage::Coverage;
use super::dice::Dice;
use super::run::{Run, RunError};
use super::trace::{Entry, Trace, Vehicle};
use super::trial::{Blockages, SHORT_OF_BLOCKAGE_M, Trial, sign};
use super::uav::{Arrived, Uav};
use super::ugv::Ugv;
use crate::domain::ids::SegmentId;
use crate::domain::network::Place;
use crate::domain::plan::{Decision, Outcome, UavSituation, UgvSituation};
use crate::domain::report::Finding;
use crate::planning::check::check;
use crate::planning::situation::Situation;

/// What a decision comes to.
pub(super) enum Course {
    Drive,
    Arrived,
    NoWay,
}

/// What an event comes to.
pub(super) enum Advance {
    /// The run goes on.
    On,
    /// The UGV has arrived.
    Arrived,
    /// Nothing will ever happen again.
    Over,
}

/// How many times more decisions a run may take where findings are lost, wrong or out of date, so that inspections are
/// repeated.
const REPEATS: usize = 50;
/// More events than this at one moment are taken for an endless loop.
const MAX_EVENTS_AT_ONCE: usize = 100_000;
/// A UAV this close to a blockage, in metres, stands at it.
const AT_BLOCKAGE_M: f64 = 1e-6;

pub(super) struct World<'a> {
    trial: &'a Trial,
    now_s: f64,
    blockages: Blockages,
    /// What is yet to change.
    changes: VecDeque<WorldChange>,
    awareness: Awareness,
    /// Reports on their way, with the times of their arrival.
    under_way: VecDeque<(f64, Message)>,
    dice: Dice,
    ugv: Ugv<'a>,
    /// Whether the UGV has no way, and stays where it is.
    stands: bool,
    uavs: Vec<Uav>,
    /// For each UAV, whether it has inspected something since the last decision that the planner will not hear of.
    in_vain: Vec<bool>,
    /// Of the UGV, then of each UAV.
    coverage: Vec<Coverage>,
    decisions: usize,
    events_at_once: usize,
    /// Whether the strategy is to be asked: anything has become known since the last decision, or a UAV has gone or
    /// come back, or has nothing left to do and flew in vain.
    pub(super) is_changed: bool,
    trace: Trace,
}

impl<'a> World<'a> {
    pub(super) fn new(trial: &'a Trial) -> Self {
        let conditions = &trial.conditions;
        let uavs = trial.uav_starts().into_iter().enumerate();
        Self {
            trial,
            now_s: 0.0,
            blockages: trial.blockages.clone(),
            changes: conditions.changes.iter().copied().collect(),
            awareness: Awareness::new(trial),
            under_way: VecDeque::new(),
            dice: Dice::new(trial.seed),
            ugv: Ugv::new(trial),
            stands: false,
            uavs: uavs.map(|(number, home)| Uav::new(number, home, trial.uav_speed_mps, conditions)).collect(),
            in_vain: vec![false; trial.uav_count],
            coverage: vec![Coverage::default(); 1 + trial.uav_count],
            decisions: 0,
            events_at_once: 0,
            is_changed: true,
            trace: Trace::default(),
        }
    }

    /// Asks the strategy, and does what it says.
    pub(super) fn decide(&mut self, decide: &mut impl FnMut(&Situation<'_>) -> Decision) -> Result<Course, RunError> {
        self.is_changed = false;
        self.in_vain.fill(false);
        let mut decision = self.ask(Trust::Usual, decide)?;
        if matches!(decision.outcome, Outcome::NoWay { .. }) && self.awareness.has_doubts() {
            decision = self.ask(Trust::OnlyTheUgv, decide)?;
        }
        self.carry_out(&decision);
        match decision.outcome {
            Outcome::Route { .. } => Ok(Course::Drive),
            Outcome::AlreadyThere => Ok(Course::Arrived),
            Outcome::NoWay { .. } => Ok(Course::NoWay),
            Outcome::BudgetSpent { reason } => Err(RunError::BudgetSpent { at_s: self.now_s, reason }),
        }
    }

    fn ask(&mut self, trust: Trust, decide: &mut impl FnMut(&Situation<'_>) -> Decision) -> Result<Decision, RunError> {
        let at_s = self.now_s;
        let present = self.uavs.iter().zip(self.awareness.ids()).filter(|(uav, _)| !uav.is_away());
        let uavs: Vec<UavSituation> = present
            .map(|(uav, id)| UavSituation {
                id: id.clone(),
                point: uav.point,
                speed_mps: self.trial.uav_speed_mps,
                inspecting: uav.inspecting(),
                bound_for: uav.bound_for(),
            })
            .collect();
        let (trial, place) = (self.trial, self.ugv.place);
        let decision = self.awareness.seen_with(trust, |knowledge, beliefs| {
            let situation = Situation {
                network: &trial.network,
                knowledge,
                beliefs,
                ugv: UgvSituation { place, speed_mps: trial.ugv_speed_mps },
                goals: &[trial.goal],
                stops: &[],
                uavs: &uavs,
                seed: trial.seed,
            };
            let decision = decide(&situation);
            check(&situation, &decision).map(|()| decision)
        });
        decision.map_err(|violation| RunError::Violation { at_s, violation })
    }

    fn carry_out(&mut self, decision: &Decision) {
        self.decisions += 1;
        let legs = decision.outcome.route().map_or(&[][..], |route| &route.legs);
        let mut tasking = decision.tasking.iter();
        let mut flown = vec![Vec::new(); self.uavs.len()];
        for (i, uav) in self.uavs.iter_mut().enumerate().filter(|(_, uav)| !uav.is_away()) {
            flown[i] = tasking.next().map_or_else(Vec::new, |tasks| tasks.inspections.iter().map(|i| i.leg).collect());
            uav.take_tasks(flown[i].iter().copied());
            self.is_changed |= uav.returns_instead(&self.trial.network);
        }
        self.trace.entries.push(Entry::Decision { at_s: self.now_s, route: legs.to_vec(), tasking: flown });
        self.ugv.take_route(legs);
        self.stands = matches!(decision.outcome, Outcome::NoWay { .. });
    }

    /// Whether anything may yet become known though no vehicle moves.
    pub(super) fn may_yet_learn(&self) -> bool {
        !(self.under_way.is_empty() && self.changes.is_empty())
    }

    /// Goes on to the next event.
    pub(super) fn advance(&mut self) -> Result<Advance, RunError> {
        let network = &self.trial.network;
        let ugv_stop = self.ugv.next_stop(&self.blockages);
        let uav_stops: Vec<_> = self.uavs.iter().map(|uav| uav.next_stop(network, &self.blockages)).collect();
        let times = ugv_stop
            .iter()
            .map(|stop| stop.at_s)
            .chain(uav_stops.iter().flatten().map(|stop| stop.at_s))
            .chain(self.under_way.front().map(|(at_s, _)| *at_s))
            .chain(self.changes.front().map(|change| change.at_s));
        // While the UGV has a route it has a stop.
        let Some(now_s) = times.min_by(f64::total_cmp) else {
            return Ok(if self.stands { Advance::Over } else { Advance::Arrived });
        };
        self.take_time(now_s)?;
        let entries = self.trace.entries.len();
        self.ugv.drive_until(now_s, ugv_stop, &mut self.trace);
        if let Some(Entry::Drive { leg, .. }) = self.trace.entries.get(entries) {
            self.coverage[0].add(leg.segment, leg.from_m, leg.to_m);
        }
        if let Some(stop) = ugv_stop.filter(|stop| stop.at_s <= now_s) {
            match stop.blockage {
                Some((segment, at_m)) => self.tell(Vehicle::Ugv, segment, Sight::Blocked(at_m)),
                None => {
                    if let Some(segment) = self.ugv.end_leg() {
                        self.tell_if_whole(Vehicle::Ugv, segment);
                    }
                }
            }
        }
        for (i, stop) in uav_stops.into_iter().enumerate() {
            let entries = self.trace.entries.len();
            let world = (network, &self.blockages);
            let arrived = self.uavs[i].fly_until(now_s, stop, world, &mut self.dice, &mut self.trace);
            if let Some(Entry::Inspect { leg, .. }) = self.trace.entries.get(entries) {
                self.coverage[i + 1].add(leg.segment, leg.from_m, leg.to_m);
            }
            match arrived {
                None | Some(Arrived::OnTheWay) => continue,
                Some(Arrived::Through(leg)) => self.tell_if_whole(Vehicle::Uav(i), leg.segment),
                Some(Arrived::Blocked(leg, at_m)) => self.tell(Vehicle::Uav(i), leg.segment, Sight::Blocked(at_m)),
                Some(Arrived::Back) => self.is_changed = true,
            }
        }
        while let Some((_, message)) = self.under_way.pop_front_if(|(at_s, _)| *at_s <= now_s) {
            self.hear(&message);
        }
        self.change_world();
        if !self.is_changed {
            // Otherwise they are given something else first.
            for uav in &mut self.uavs {
                self.is_changed |= uav.returns_instead(network);
            }
        }
        self.is_changed |= self.uavs.iter().zip(&self.in_vain).any(|(uav, in_vain)| *in_vain && uav.is_idle());
        Ok(if !self.stands && self.ugv.has_arrived() { Advance::Arrived } else { Advance::On })
    }

    /// Goes on to that time, unless there have been too many decisions, or events at one moment.
    fn take_time(&mut self, now_s: f64) -> Result<(), RunError> {
        self.events_at_once = if now_s > self.now_s { 0 } else { self.events_at_once + 1 };
        self.now_s = now_s;
        let conditions = &self.trial.conditions;
        let repeats = conditions.report_loss_probability > 0.0
            || conditions.uav_sensor.is_some()
            || conditions.endurance.is_some()
            || !conditions.changes.is_empty();
        let enough = 1_000 + 20 * self.trial.network.segments().len();
        let most = if repeats { REPEATS * enough } else { enough };
        if self.decisions > most || self.events_at_once > MAX_EVENTS_AT_ONCE {
            return Err(RunError::NoProgress { decisions: self.decisions, at_s: now_s });
        }
        Ok(())
    }

    /// What the world has in store for this moment, after all that vehicles do in it. Nobody is told, but for those who
    /// stand at a blockage that goes. A vehicle's travel along a segment before a change says nothing of the segment
    /// after it.
    fn change_world(&mut self) {
        let mut gone = Vec::new();
        while let Some(change) = self.changes.pop_front_if(|change| change.at_s <= self.now_s) {
            let segment = change.segment;
            gone.extend(self.blockages.on(segment).iter().map(|at_m| (segment, *at_m)));
            self.blockages.change(segment, change.blockage_m.map(|at_m| self.clear_of_ugv(segment, at_m)));
            for coverage in &mut self.coverage {
                coverage.forget(segment);
            }
        }
        gone.retain(|(segment, at_m)| !self.blockages.on(*segment).contains(at_m));
        for (segment, at_m) in gone {
            let Place { segment: stands_on, offset_m } = self.ugv.place;
            if stands_on == segment && (offset_m - at_m).abs() <= 2.0 * SHORT_OF_BLOCKAGE_M {
                self.tell(Vehicle::Ugv, segment, Sight::Gone);
            }
            let point = self.trial.network.point_at(Place { segment, offset_m: at_m });
            for i in 0..self.uavs.len() {
                if self.uavs[i].is_idle() && self.uavs[i].point.distance_m(point) <= AT_BLOCKAGE_M {
                    self.tell(Vehicle::Uav(i), segment, Sight::Gone);
                }
            }
        }
    }

    /// Where a blockage comes up. At the very place of the UGV it does right behind it, so that it has a side.
    fn clear_of_ugv(&self, segment: SegmentId, at_m: f64) -> f64 {
        let Place { segment: on, offset_m } = self.ugv.place;
        let length_m = self.trial.network.segment(segment).length_m();
        let is_inside = offset_m > 0.0 && offset_m < length_m;
        if on != segment || !is_inside || (offset_m - at_m).abs() > SHORT_OF_BLOCKAGE_M {
            return at_m;
        }
        let heading = self.ugv.leg().map_or(1.0, |leg| sign(leg.direction()));
        (offset_m - heading * 2.0 * SHORT_OF_BLOCKAGE_M).clamp(0.0, length_m)
    }

    /// Tells that a segment is clear if the vehicle has gone along all of it.
    fn tell_if_whole(&mut self, vehicle: Vehicle, segment: SegmentId) {
        let number = match vehicle {
            Vehicle::Ugv => 0,
            Vehicle::Uav(number) => number + 1,
        };
        if self.coverage[number].is_whole(segment, self.trial.network.segment(segment).length_m()) {
            self.tell(vehicle, segment, Sight::Clear);
        } else if let Vehicle::Uav(number) = vehicle
            && !self.trial.conditions.changes.is_empty()
        {
            // The segment changed under way: what it saw before does not count.
            self.in_vain[number] = true;
        }
    }

    /// Sends what a vehicle has found out on its way to the planner.
    fn tell(&mut self, vehicle: Vehicle, segment: SegmentId, sight: Sight) {
        let message = Message { seen_at_s: self.now_s, vehicle, segment, sight };
        let conditions = &self.trial.conditions;
        if let Vehicle::Uav(number) = vehicle {
            if self.dice.happens(conditions.report_loss_probability) {
                self.in_vain[number] = true;
                return;
            }
            if conditions.report_delay_s > 0.0 {
                self.under_way.push_back((self.now_s + conditions.report_delay_s, message));
                return;
            }
        }
        self.hear(&message);
    }

    /// What reaches the planner is known to everyone.
    fn hear(&mut self, message: &Message) {
        if !self.awareness.take_in(message) {
            return;
        }
        self.is_changed = true;
        let (finding, blockage_offset_m) = match message.sight {
            Sight::Clear => (Finding::Clear, None),
            Sight::Blocked(at_m) => (Finding::Blocked, Some(at_m)),
            Sight::Gone => return,
        };
        let Message { vehicle, segment, .. } = *message;
        self.trace.entries.push(Entry::Finding { at_s: self.now_s, vehicle, segment, finding, blockage_offset_m });
    }

    pub(super) fn ended(self, has_arrived: bool) -> Run {
        Run {
            arrival_s: has_arrived.then_some(self.now_s),
            replans: self.decisions.saturating_sub(1),
            trace: self.trace,
        }
    }
}
