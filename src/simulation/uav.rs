//! A UAV of a run: where it is, what it inspects, what it comes to next.

use std::collections::VecDeque;

use super::trace::{Entry, Trace};
use super::trial::{Blockages, sign};
use crate::domain::geometry::Point;
use crate::domain::network::{Leg, Network, Place};

#[derive(Clone, Debug)]
pub(super) struct Uav {
    number: usize,
    pub(super) point: Point,
    pub(super) speed_mps: f64,
    /// The time for which `point` holds.
    at_s: f64,
    /// Inspections to fly, in order; of the one under way what is left.
    tasks: VecDeque<Leg>,
    is_inspecting: bool,
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
    Inspection { offset_m: f64, blockage_m: Option<f64> },
}

/// What has happened at a stop.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Arrived {
    /// It can begin to inspect.
    AtInspection,
    /// It has flown an inspection to its end.
    Through(Leg),
    /// It has come to a blockage, at so many metres.
    Blocked(Leg, f64),
}

impl Uav {
    pub(super) fn new(number: usize, point: Point, speed_mps: f64) -> Self {
        Self { number, point, speed_mps, at_s: 0.0, tasks: VecDeque::new(), is_inspecting: false }
    }

    /// The inspection it is flying, from where it has got to.
    pub(super) fn inspecting(&self) -> Option<Leg> {
        self.tasks.front().filter(|_| self.is_inspecting).copied()
    }

    /// The inspection that it is flying to.
    pub(super) fn bound_for(&self) -> Option<Leg> {
        self.tasks.front().filter(|_| !self.is_inspecting).copied()
    }

    pub(super) fn take_tasks(&mut self, tasks: impl Iterator<Item = Leg>) {
        let under_way = self.inspecting();
        self.tasks.clear();
        self.tasks.extend(tasks);
        self.is_inspecting = under_way.is_some() && self.tasks.front() == under_way.as_ref();
    }

    pub(super) fn next_stop(&self, network: &Network, blockages: &Blockages) -> Option<UavStop> {
        let leg = self.tasks.front()?;
        Some(if self.is_inspecting {
            let blockage_m = blockages.first_between(leg.segment, leg.from_m, leg.to_m);
            let offset_m = blockage_m.unwrap_or(leg.to_m);
            let at_s = self.at_s + (offset_m - leg.from_m).abs() / self.speed_mps;
            UavStop { at_s, end: End::Inspection { offset_m, blockage_m } }
        } else {
            let to = network.point_at(Place { segment: leg.segment, offset_m: leg.from_m });
            UavStop { at_s: self.at_s + self.point.distance_m(to) / self.speed_mps, end: End::Deadhead }
        })
    }

    /// Flies on until then, which is no later than the next stop. Returns what has happened if it is the stop.
    pub(super) fn fly_until(
        &mut self,
        now_s: f64,
        stop: Option<UavStop>,
        network: &Network,
        trace: &mut Trace,
    ) -> Option<Arrived> {
        let (from_s, from) = (self.at_s, self.point);
        self.at_s = now_s;
        let (Some(stop), Some(leg)) = (stop, self.tasks.front_mut()) else { return None };
        let is_there = stop.at_s <= now_s;
        let at = |offset_m| network.point_at(Place { segment: leg.segment, offset_m });
        match stop.end {
            End::Deadhead => {
                let to = at(leg.from_m);
                let fraction = if is_there { 1.0 } else { (now_s - from_s) / (stop.at_s - from_s) };
                self.point = if is_there { to } else { from.towards(to, fraction) };
                if now_s > from_s {
                    let to = self.point;
                    trace.entries.push(Entry::Deadhead { uav: self.number, from_s, to_s: now_s, from, to });
                }
                self.is_inspecting = is_there;
                is_there.then_some(Arrived::AtInspection)
            }
            End::Inspection { offset_m, blockage_m } => {
                let sign = sign(leg.direction());
                let flown_m = leg.from_m + sign * (now_s - from_s) * self.speed_mps;
                // Rounding must not carry it past the stop.
                let to_m = if is_there || (offset_m - flown_m) * sign < 0.0 { offset_m } else { flown_m };
                self.point = at(to_m);
                let flown = Leg { to_m, ..*leg };
                if to_m != leg.from_m {
                    trace.entries.push(Entry::Inspect { uav: self.number, from_s, to_s: now_s, leg: flown });
                }
                leg.from_m = to_m;
                if !is_there {
                    return None;
                }
                self.tasks.pop_front();
                self.is_inspecting = false;
                Some(blockage_m.map_or(Arrived::Through(flown), |at_m| Arrived::Blocked(flown, at_m)))
            }
        }
    }
}
