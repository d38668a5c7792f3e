//! A UAV of a run: where it is, what it inspects, what it comes to next.

mod air;
mod battery;

use std::collections::VecDeque;

use self::air::Air;
use self::battery::{Away, Battery};
use super::conditions::Conditions;
use super::dice::Dice;
use super::options::Sensor;
use super::trace::{Entry, Trace};
use super::trial::{Blockages, sign};
use crate::domain::geometry::Point;
use crate::domain::network::{Leg, Network, Place};

#[derive(Clone, Debug)]
pub(super) struct Uav {
    number: usize,
    pub(super) point: Point,
    air: Air,
    /// The time for which `point` holds.
    at_s: f64,
    /// Inspections to fly, in order; of the one under way what is left.
    tasks: VecDeque<Leg>,
    is_inspecting: bool,
    sensor: Option<Sensor>,
    /// What its sensor gets wrong on the inspection under way.
    error: SensorError,
    /// Where it started.
    home: Point,
    battery: Option<Battery>,
    away: Option<Away>,
}

/// What a sensor gets wrong on one inspection.
#[derive(Clone, Copy, Debug, Default)]
struct SensorError {
    /// The last blockage that it missed.
    missed_m: Option<f64>,
    /// Where it will see one that is not there.
    imagined_m: Option<f64>,
}

/// What the UAV comes to next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct UavStop {
    pub(super) at_s: f64,
    end: End,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum End {
    Deadhead,
    Inspection { offset_m: f64, blockage: Option<Sight> },
    Return,
    Swap,
}

/// A blockage as a sensor comes to it.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Sight {
    at_m: f64,
    is_there: bool,
}

/// What has happened at a stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Arrived {
    /// It can begin to inspect, has come to a blockage and missed it, or has come home: nothing that anyone is told.
    OnTheWay,
    /// It has flown an inspection to its end.
    Through(Leg),
    /// It has seen a blockage, at so many metres.
    Blocked(Leg, f64),
    /// Its battery has been swapped.
    Back,
}

impl Uav {
    pub(super) fn new(number: usize, home: Point, speed_mps: f64, conditions: &Conditions) -> Self {
        Self {
            number,
            point: home,
            air: Air { speed_mps, wind: conditions.wind },
            at_s: 0.0,
            tasks: VecDeque::new(),
            is_inspecting: false,
            sensor: conditions.uav_sensor,
            error: SensorError::default(),
            home,
            battery: conditions.endurance.map(Battery::full),
            away: None,
        }
    }

    /// The inspection it is flying, from where it has got to.
    pub(super) fn inspecting(&self) -> Option<Leg> {
        self.tasks.front().filter(|_| self.is_inspecting).copied()
    }

    /// The inspection that it is flying to.
    pub(super) fn bound_for(&self) -> Option<Leg> {
        self.tasks.front().filter(|_| !self.is_inspecting).copied()
    }

    /// Whether it has nothing to do, and stays where it is.
    pub(super) fn is_idle(&self) -> bool {
        self.tasks.is_empty() && self.away.is_none()
    }

    pub(super) fn take_tasks(&mut self, tasks: impl Iterator<Item = Leg>) {
        let under_way = self.inspecting();
        self.tasks.clear();
        self.tasks.extend(tasks);
        self.is_inspecting = under_way.is_some() && self.tasks.front() == under_way.as_ref();
    }

    pub(super) fn next_stop(&self, network: &Network, blockages: &Blockages) -> Option<UavStop> {
        match self.away {
            None => {}
            Some(Away::Returning) => {
                let at_s = self.at_s + self.air.straight_s(self.point, self.home);
                return Some(UavStop { at_s, end: End::Return });
            }
            Some(Away::Swapped { until_s }) => return Some(UavStop { at_s: until_s, end: End::Swap }),
        }
        let leg = self.tasks.front()?;
        Some(if self.is_inspecting {
            let blockage = self.first_sight(leg, blockages);
            let offset_m = blockage.map_or(leg.to_m, |sight| sight.at_m);
            let at_s = self.at_s + self.air.along_s(network, &Leg { to_m: offset_m, ..*leg });
            UavStop { at_s, end: End::Inspection { offset_m, blockage } }
        } else {
            let to = network.point_at(Place { segment: leg.segment, offset_m: leg.from_m });
            UavStop { at_s: self.at_s + self.air.straight_s(self.point, to), end: End::Deadhead }
        })
    }

    /// The first blockage, real or imagined, that it comes to on the rest of the inspection.
    fn first_sight(&self, leg: &Leg, blockages: &Blockages) -> Option<Sight> {
        let SensorError { missed_m, imagined_m } = self.error;
        let real = blockages.on(leg.segment).iter().filter(|at_m| Some(**at_m) != missed_m);
        let real = real.map(|at_m| Sight { at_m: *at_m, is_there: true });
        let imagined = imagined_m.map(|at_m| Sight { at_m, is_there: false });
        real.chain(imagined)
            .filter(|sight| leg.covers(sight.at_m))
            .min_by(|a, b| (a.at_m - leg.from_m).abs().total_cmp(&(b.at_m - leg.from_m).abs()))
    }

    /// Flies on until then, which is no later than the next stop. Returns what has happened if it is the stop.
    pub(super) fn fly_until(
        &mut self,
        now_s: f64,
        stop: Option<UavStop>,
        (network, blockages): (&Network, &Blockages),
        dice: &mut Dice,
        trace: &mut Trace,
    ) -> Option<Arrived> {
        let from_s = std::mem::replace(&mut self.at_s, now_s);
        let stop = stop?;
        let is_there = stop.at_s <= now_s;
        if let (Some(battery), false) = (&mut self.battery, stop.end == End::Swap) {
            battery.fly(now_s - from_s);
        }
        match stop.end {
            End::Deadhead => {
                let leg = *self.tasks.front()?;
                let to = network.point_at(Place { segment: leg.segment, offset_m: leg.from_m });
                self.fly_straight(to, (from_s, now_s), stop.at_s, trace);
                self.is_inspecting = is_there;
                if is_there {
                    self.error = self.draw_error(&leg, blockages, dice);
                }
                is_there.then_some(Arrived::OnTheWay)
            }
            End::Inspection { offset_m, blockage } => {
                let leg = self.tasks.front_mut()?;
                let sign = sign(leg.direction());
                let flown_m = self.air.along_after_m(network, leg, now_s - from_s);
                // Rounding must not carry it past the stop.
                let to_m = if is_there || (offset_m - flown_m) * sign < 0.0 { offset_m } else { flown_m };
                self.point = network.point_at(Place { segment: leg.segment, offset_m: to_m });
                let flown = Leg { to_m, ..*leg };
                if to_m != leg.from_m {
                    trace.entries.push(Entry::Inspect { uav: self.number, from_s, to_s: now_s, leg: flown });
                }
                leg.from_m = to_m;
                if !is_there {
                    return None;
                }
                let is_at_end = flown.to_m == self.tasks.front()?.to_m;
                let can_miss = self.sensor.filter(|_| blockage.is_some_and(|sight| sight.is_there));
                let is_missed = can_miss.is_some_and(|sensor| dice.happens(sensor.false_clear));
                if is_missed && !is_at_end {
                    self.error.missed_m = Some(flown.to_m);
                    return Some(Arrived::OnTheWay);
                }
                self.tasks.pop_front();
                self.is_inspecting = false;
                let seen = blockage.filter(|_| !is_missed);
                Some(seen.map_or(Arrived::Through(flown), |sight| Arrived::Blocked(flown, sight.at_m)))
            }
            End::Return => {
                self.fly_straight(self.home, (from_s, now_s), stop.at_s, trace);
                if is_there {
                    self.begin_swap();
                }
                is_there.then_some(Arrived::OnTheWay)
            }
            End::Swap => {
                if is_there {
                    self.end_swap();
                }
                is_there.then_some(Arrived::Back)
            }
        }
    }

    /// Flies towards a point where it will be at the time `there_s`.
    fn fly_straight(&mut self, to: Point, (from_s, now_s): (f64, f64), there_s: f64, trace: &mut Trace) {
        let from = self.point;
        self.point = if there_s <= now_s { to } else { from.towards(to, (now_s - from_s) / (there_s - from_s)) };
        if now_s > from_s {
            trace.entries.push(Entry::Deadhead { uav: self.number, from_s, to_s: now_s, from, to: self.point });
        }
    }

    /// What the sensor will get wrong on the inspection that begins now.
    fn draw_error(&self, leg: &Leg, blockages: &Blockages, dice: &mut Dice) -> SensorError {
        let is_clear = blockages.on(leg.segment).is_empty();
        let imagines = self.sensor.is_some_and(|sensor| is_clear && dice.happens(sensor.false_blocked));
        let imagined_m = imagines.then(|| leg.from_m + (leg.to_m - leg.from_m) * dice.share());
        SensorError { missed_m: None, imagined_m }
    }
}
