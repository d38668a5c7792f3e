//! The simulated ground vehicle: it drives the current route at constant speed, turns round when told, and stops short of
//! blockages.

use std::collections::VecDeque;

use super::streets::Streets;
use crate::domain::ids::SegmentId;
use crate::domain::network::{Leg, Place};

/// How far short of a blockage the vehicle stops, in metres.
const STOPS_SHORT_M: f64 = 0.5;

/// How far back the vehicle remembers its way, in metres: as far as it may get while a plan is made.
const TRAIL_M: f64 = 1_000.0;

/// What a vehicle finds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Sight {
    /// It went along all of the segment.
    Clear(SegmentId),
    /// It stands before a blockage.
    Blocked {
        /// The segment.
        segment: SegmentId,
        /// Where, in metres from the segment's first end.
        offset_m: f64,
    },
}

/// The vehicle.
#[derive(Debug)]
pub(super) struct Ugv {
    place: Place,
    /// The end by which it came onto its segment, as an offset; `None` where it began inside the segment.
    entered_m: Option<f64>,
    /// What is still to be driven.
    route: VecDeque<Leg>,
    /// How many legs at the front of the route lead back to the route proper.
    returning: usize,
    /// What it has driven, latest last.
    trail: VecDeque<Leg>,
}

fn begin_of(leg: &Leg) -> Place {
    Place { segment: leg.segment, offset_m: leg.from_m }
}

impl Ugv {
    /// A vehicle that stands at a place.
    pub(super) fn at(place: Place, streets: &Streets) -> Self {
        let entered_m = streets.is_end(place).then_some(place.offset_m);
        Self { place, entered_m, route: VecDeque::new(), returning: 0, trail: VecDeque::new() }
    }

    pub(super) fn place(&self) -> Place {
        self.place
    }

    /// Whether there is nothing left to drive.
    pub(super) fn is_idle(&self) -> bool {
        self.route.is_empty()
    }

    /// Stops where it is.
    pub(super) fn halt(&mut self) {
        self.route.clear();
        self.returning = 0;
    }

    /// Takes up a route at once, mid-segment included. The vehicle may have moved on since the place that the route was
    /// planned from: it joins the route where it is, or turns back to where it left it. If it cannot, it drives on, and
    /// the service will notice.
    pub(super) fn follow(&mut self, legs: &[Leg], streets: &Streets) {
        if let Some(rest) = joined_at(legs, self.place, streets) {
            self.route = rest;
            self.returning = 0;
            return;
        }
        let mut back: Vec<Leg> = Vec::new();
        for driven in self.trail.iter().rev() {
            let reversed = Leg { segment: driven.segment, from_m: driven.to_m, to_m: driven.from_m };
            if let Some(met_m) = first_common_m(&reversed, legs) {
                back.push(Leg { to_m: met_m, ..reversed });
            } else {
                back.push(reversed);
            }
            let reached = Place { segment: driven.segment, offset_m: back[back.len() - 1].to_m };
            if let Some(rest) = joined_at(legs, reached, streets) {
                self.returning = back.len();
                self.route = back.into_iter().chain(rest).collect();
                return;
            }
        }
    }

    /// Drives so far, and tells what it finds on the way. `blockage_m` tells where a segment is blocked at present.
    pub(super) fn advance(
        &mut self,
        distance_m: f64,
        streets: &Streets,
        blockage_m: impl Fn(SegmentId) -> Option<f64>,
    ) -> Vec<Sight> {
        let mut left_m = distance_m;
        let mut sights = Vec::new();
        while left_m > 0.0 {
            let Some(leg) = self.route.front().copied() else { break };
            if leg.segment != self.place.segment {
                self.place = begin_of(&leg);
                self.entered_m = Some(leg.from_m);
            }
            let here_m = self.place.offset_m;
            let sign = if leg.to_m < here_m { -1.0 } else { 1.0 };
            let blockage_m = blockage_m(leg.segment)
                .filter(|at_m| sign * (at_m - here_m) > 0.0 && sign * (leg.to_m - at_m) >= -STOPS_SHORT_M);
            let stop_m = match blockage_m {
                // Not backwards, if the way was blocked right before the vehicle.
                Some(at_m) if sign * (at_m - sign * STOPS_SHORT_M - here_m) > 0.0 => at_m - sign * STOPS_SHORT_M,
                Some(_) => here_m,
                None => leg.to_m,
            };
            let to_go_m = (stop_m - here_m).abs();
            if to_go_m > left_m {
                self.drive_to(here_m + sign * left_m);
                break;
            }
            left_m -= to_go_m;
            self.drive_to(stop_m);
            if let Some(offset_m) = blockage_m {
                sights.push(Sight::Blocked { segment: leg.segment, offset_m });
                self.turn_at_blockage(leg.segment, sign, streets);
                break;
            }
            self.route.pop_front();
            self.returning = self.returning.saturating_sub(1);
            if streets.is_end(self.place) {
                if self.entered_m.is_some_and(|entered_m| (entered_m - stop_m).abs() > 0.0) {
                    sights.push(Sight::Clear(leg.segment));
                }
                self.entered_m = Some(stop_m);
            }
        }
        sights
    }

    fn drive_to(&mut self, offset_m: f64) {
        let Place { segment, offset_m: from_m } = self.place;
        self.place.offset_m = offset_m;
        if from_m == offset_m {
            return;
        }
        match self.trail.back_mut() {
            // The same way on.
            Some(last)
                if last.segment == segment
                    && last.to_m == from_m
                    && (last.to_m > last.from_m) == (offset_m > from_m) =>
            {
                last.to_m = offset_m;
            }
            _ => self.trail.push_back(Leg { segment, from_m, to_m: offset_m }),
        }
        let mut length_m: f64 = self.trail.iter().map(Leg::length_m).sum();
        while length_m > TRAIL_M && self.trail.len() > 1 {
            length_m -= self.trail.pop_front().map_or(0.0, |leg| leg.length_m());
        }
    }

    /// Waits for the plan that knows of the blockage. But when it was on its way back to a route, the way back is cut off:
    /// then it drives away from the blockage, off the route, so that the service plans from where it really is.
    fn turn_at_blockage(&mut self, segment: SegmentId, sign: f64, streets: &Streets) {
        let is_returning = self.returning > 0;
        self.halt();
        if is_returning {
            let to_m = if sign > 0.0 { 0.0 } else { streets.length_m(segment) };
            self.route.push_back(Leg { segment, from_m: self.place.offset_m, to_m });
        }
    }
}

/// What is left of the legs from the place on, if they pass it.
fn joined_at(legs: &[Leg], place: Place, streets: &Streets) -> Option<VecDeque<Leg>> {
    let rest = |i: usize| legs[i..].iter().copied();
    if let Some(i) = legs.iter().position(|leg| leg.segment == place.segment && leg.covers(place.offset_m)) {
        let mut rest: VecDeque<Leg> = rest(i).collect();
        rest[0].from_m = place.offset_m;
        return Some(rest);
    }
    legs.iter().position(|leg| streets.is_same(begin_of(leg), place)).map(|i| rest(i).collect())
}

/// The first offset on the way back that a leg covers as well.
fn first_common_m(back: &Leg, legs: &[Leg]) -> Option<f64> {
    let on_back = |leg: &&Leg| leg.segment == back.segment;
    let nearest_m = |leg: &Leg| back.from_m.clamp(leg.from_m.min(leg.to_m), leg.from_m.max(leg.to_m));
    let met = legs.iter().filter(on_back).map(nearest_m).filter(|offset_m| back.covers(*offset_m));
    met.min_by(|a, b| (a - back.from_m).abs().total_cmp(&(b - back.from_m).abs()))
}
