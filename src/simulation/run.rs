//! One run: a trial driven by a strategy, from event to event.

use uuid::Uuid;

use super::coverage::Coverage;
use super::trace::{Entry, Trace, Vehicle};
use super::trial::Trial;
use super::uav::{Arrived, Uav};
use super::ugv::Ugv;
use crate::domain::ids::{ReportId, SegmentId, VehicleId};
use crate::domain::knowledge::Knowledge;
use crate::domain::plan::{Decision, Outcome, UavSituation, UgvSituation};
use crate::domain::report::{Finding, Report};
use crate::domain::timestamp::Timestamp;
use crate::planning::check::{Violation, check};
use crate::planning::situation::Situation;

/// What came of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    /// When the UGV arrived, in seconds; `None` if every way turned out to be blocked.
    pub arrival_s: Option<f64>,
    /// How often the strategy decided after the first time.
    pub replans: usize,
    /// All that happened.
    pub trace: Trace,
}

/// Why a run could not be brought to its end: always the strategy's fault.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum RunError {
    /// A decision breaks a rule.
    #[error("at {at_s} s the decision breaks a rule: {violation}")]
    Violation {
        /// When.
        at_s: f64,
        /// The rule.
        violation: Violation,
    },
    /// The strategy gave up.
    #[error("at {at_s} s the strategy gave up: {reason}")]
    BudgetSpent {
        /// When.
        at_s: f64,
        /// Its words.
        reason: String,
    },
    /// The strategy decides and decides, and the UGV does not arrive.
    #[error("after {decisions} decisions, at {at_s} s, the UGV has not arrived")]
    NoProgress {
        /// How many decisions there were.
        decisions: usize,
        /// When.
        at_s: f64,
    },
}

/// Runs a trial. `decide` is asked at the start and whenever a finding has changed the knowledge.
///
/// Everything that happens at one moment happens before the decision: first the UGV's finding, then those of the UAVs in their
/// order. A UAV without an inspection stays where it is.
///
/// # Errors
/// When the strategy breaks a rule, gives up, or makes no progress.
pub fn run(trial: &Trial, mut decide: impl FnMut(&Situation<'_>) -> Decision) -> Result<Run, RunError> {
    let mut world = World::new(trial);
    loop {
        if world.is_changed {
            world.is_changed = false;
            match world.decide(&mut decide)? {
                Course::Drive => {}
                Course::Arrived => return Ok(world.ended(true)),
                Course::NoWay => return Ok(world.ended(false)),
            }
        }
        if world.advance() {
            return Ok(world.ended(true));
        }
    }
}

enum Course {
    Drive,
    Arrived,
    NoWay,
}

struct World<'a> {
    trial: &'a Trial,
    now_s: f64,
    knowledge: Knowledge,
    ugv: Ugv,
    uavs: Vec<Uav>,
    ids: Vec<VehicleId>,
    /// Of the UGV, then of each UAV.
    coverage: Vec<Coverage>,
    reports: u128,
    decisions: usize,
    /// Whether anything has become known since the last decision.
    is_changed: bool,
    trace: Trace,
}

impl<'a> World<'a> {
    fn new(trial: &'a Trial) -> Self {
        let point = trial.network.point_at(trial.start);
        Self {
            trial,
            now_s: 0.0,
            knowledge: Knowledge::unknown(trial.network.segments().len()),
            ugv: Ugv::new(trial.start, trial.ugv_speed_mps),
            uavs: (0..trial.uav_count).map(|number| Uav::new(number, point, trial.uav_speed_mps)).collect(),
            ids: (1..=trial.uav_count).map(|number| VehicleId(format!("uav-{number}"))).collect(),
            coverage: vec![Coverage::default(); 1 + trial.uav_count],
            reports: 0,
            decisions: 0,
            is_changed: true,
            trace: Trace::default(),
        }
    }

    fn decide(&mut self, decide: &mut impl FnMut(&Situation<'_>) -> Decision) -> Result<Course, RunError> {
        let at_s = self.now_s;
        let uavs: Vec<UavSituation> = self
            .uavs
            .iter()
            .zip(&self.ids)
            .map(|(uav, id)| UavSituation {
                id: id.clone(),
                point: uav.point,
                speed_mps: uav.speed_mps,
                inspecting: uav.inspecting(),
                bound_for: uav.bound_for(),
            })
            .collect();
        let situation = Situation {
            network: &self.trial.network,
            knowledge: &self.knowledge,
            ugv: UgvSituation { place: self.ugv.place, speed_mps: self.trial.ugv_speed_mps },
            goal: self.trial.goal,
            uavs: &uavs,
            seed: self.trial.seed,
        };
        let decision = decide(&situation);
        check(&situation, &decision).map_err(|violation| RunError::Violation { at_s, violation })?;
        self.decisions += 1;
        if self.decisions > 1_000 + 20 * self.trial.network.segments().len() {
            return Err(RunError::NoProgress { decisions: self.decisions, at_s });
        }
        let legs = decision.outcome.route().map_or(&[][..], |route| &route.legs);
        let tasking = decision.tasking.iter().map(|tasks| tasks.inspections.iter().map(|i| i.leg).collect());
        self.trace.entries.push(Entry::Decision { at_s, route: legs.to_vec(), tasking: tasking.collect() });
        self.ugv.take_route(legs);
        for (uav, tasks) in self.uavs.iter_mut().zip(&decision.tasking) {
            uav.take_tasks(tasks.inspections.iter().map(|inspection| inspection.leg));
        }
        match decision.outcome {
            Outcome::Route { .. } => Ok(Course::Drive),
            Outcome::AlreadyThere => Ok(Course::Arrived),
            Outcome::NoWay { .. } => Ok(Course::NoWay),
            Outcome::BudgetSpent { reason } => Err(RunError::BudgetSpent { at_s, reason }),
        }
    }

    /// Goes on to the next event; returns whether the UGV has arrived.
    fn advance(&mut self) -> bool {
        let (network, blockages) = (&self.trial.network, &self.trial.blockages);
        let ugv_stop = self.ugv.next_stop(blockages);
        let uav_stops: Vec<_> = self.uavs.iter().map(|uav| uav.next_stop(network, blockages)).collect();
        let times = ugv_stop.iter().map(|stop| stop.at_s).chain(uav_stops.iter().flatten().map(|stop| stop.at_s));
        // While the UGV has a route it has a stop.
        let Some(now_s) = times.min_by(f64::total_cmp) else { return true };
        self.now_s = now_s;
        let entries = self.trace.entries.len();
        self.ugv.drive_until(now_s, ugv_stop, &mut self.trace);
        if let Some(Entry::Drive { leg, .. }) = self.trace.entries.get(entries) {
            self.coverage[0].add(leg.segment, leg.from_m, leg.to_m);
        }
        if let Some(stop) = ugv_stop.filter(|stop| stop.at_s <= now_s) {
            match stop.blockage {
                Some((segment, at_m)) => self.report(Vehicle::Ugv, segment, Finding::Blocked, Some(at_m)),
                None => {
                    if let Some(segment) = self.ugv.end_leg() {
                        self.report_if_whole(Vehicle::Ugv, segment);
                    }
                }
            }
        }
        for (i, stop) in uav_stops.into_iter().enumerate() {
            let entries = self.trace.entries.len();
            let arrived = self.uavs[i].fly_until(now_s, stop, network, &mut self.trace);
            if let Some(Entry::Inspect { leg, .. }) = self.trace.entries.get(entries) {
                self.coverage[i + 1].add(leg.segment, leg.from_m, leg.to_m);
            }
            match arrived {
                None | Some(Arrived::AtInspection) => {}
                Some(Arrived::Through(leg)) => self.report_if_whole(Vehicle::Uav(i), leg.segment),
                Some(Arrived::Blocked(leg, at_m)) => {
                    self.report(Vehicle::Uav(i), leg.segment, Finding::Blocked, Some(at_m));
                }
            }
        }
        self.ugv.has_arrived()
    }

    /// Reports a segment clear if the vehicle has gone along all of it.
    fn report_if_whole(&mut self, vehicle: Vehicle, segment: SegmentId) {
        let number = match vehicle {
            Vehicle::Ugv => 0,
            Vehicle::Uav(number) => number + 1,
        };
        if self.coverage[number].is_whole(segment, self.trial.network.segment(segment).length_m()) {
            self.report(vehicle, segment, Finding::Clear, None);
        }
    }

    fn report(&mut self, vehicle: Vehicle, segment: SegmentId, finding: Finding, blockage_offset_m: Option<f64>) {
        self.reports += 1;
        let reported_by = match vehicle {
            Vehicle::Ugv => VehicleId::ugv(),
            Vehicle::Uav(number) => self.ids[number].clone(),
        };
        let report = Report {
            id: ReportId(Uuid::from_u128(self.reports)),
            segment,
            finding,
            blockage_offset_m,
            observed_at: Timestamp::EPOCH.plus_seconds(self.now_s),
            reported_by,
            confidence: 1.0,
        };
        if self.knowledge.apply_report(&report) {
            self.is_changed = true;
            let at_s = self.now_s;
            self.trace.entries.push(Entry::Finding { at_s, vehicle, segment, finding, blockage_offset_m });
        }
    }

    fn ended(self, has_arrived: bool) -> Run {
        Run {
            arrival_s: has_arrived.then_some(self.now_s),
            replans: self.decisions.saturating_sub(1),
            trace: self.trace,
        }
    }
}
