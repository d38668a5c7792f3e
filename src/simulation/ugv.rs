//! The UGV of a run: where it is, where its route leads, what it meets next.

use std::collections::VecDeque;

use super::trace::{Entry, Trace};
use super::trial::{Blockages, SHORT_OF_BLOCKAGE_M, Trial, sign};
use crate::domain::ids::SegmentId;
use crate::domain::network::{Leg, Place};

#[derive(Clone, Debug)]
pub(super) struct Ugv<'a> {
    trial: &'a Trial,
    pub(super) place: Place,
    /// The time for which `place` holds.
    at_s: f64,
    /// What is left of the route; the first leg begins at `place`.
    legs: VecDeque<Leg>,
}

/// What the UGV comes to next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct UgvStop {
    pub(super) at_s: f64,
    /// The offset on the first leg's segment.
    offset_m: f64,
    /// The blockage it has come to, if it is not the leg's end.
    pub(super) blockage: Option<(SegmentId, f64)>,
}

impl<'a> Ugv<'a> {
    pub(super) fn new(trial: &'a Trial) -> Self {
        Self { trial, place: trial.start, at_s: 0.0, legs: VecDeque::new() }
    }

    pub(super) fn take_route(&mut self, legs: &[Leg]) {
        self.legs.clear();
        self.legs.extend(legs);
    }

    pub(super) fn next_stop(&self, blockages: &Blockages) -> Option<UgvStop> {
        let leg = self.legs.front()?;
        let blockage_m = blockages.first_between(leg.segment, leg.from_m, leg.to_m);
        let offset_m = match blockage_m {
            None => leg.to_m,
            Some(at_m) => {
                let sign = sign(leg.direction());
                // Not behind where it is: a blockage may be at the very beginning.
                leg.from_m.max_towards(at_m - sign * SHORT_OF_BLOCKAGE_M, sign)
            }
        };
        let at_s = self.at_s + (offset_m - leg.from_m).abs() / self.trial.ugv_speed_mps_on(leg.segment);
        Some(UgvStop { at_s, offset_m, blockage: blockage_m.map(|at_m| (leg.segment, at_m)) })
    }

    /// Drives on until then, which is no later than the next stop.
    pub(super) fn drive_until(&mut self, now_s: f64, stop: Option<UgvStop>, trace: &mut Trace) {
        let Some(leg) = self.legs.front_mut() else {
            self.at_s = now_s;
            return;
        };
        let offset_m = match stop {
            Some(stop) if stop.at_s <= now_s => stop.offset_m,
            _ => {
                let sign = sign(leg.direction());
                let to_m = leg.from_m + sign * (now_s - self.at_s) * self.trial.ugv_speed_mps_on(leg.segment);
                // Rounding must not carry it past the stop.
                if (leg.to_m - to_m) * sign < 0.0 { leg.to_m } else { to_m }
            }
        };
        if offset_m != leg.from_m {
            let driven = Leg { to_m: offset_m, ..*leg };
            trace.entries.push(Entry::Drive { from_s: self.at_s, to_s: now_s, leg: driven });
        }
        // Where no metre of the leg is driven yet, it stands where it has come to, by the segment before: that decides where it may turn.
        if offset_m != leg.from_m || !self.trial.network.has_forbidden_turns() {
            self.place = Place { segment: leg.segment, offset_m };
        }
        leg.from_m = offset_m;
        self.at_s = now_s;
    }

    /// Ends the leg at whose end it stands; returns its segment. The next leg is where it is then.
    pub(super) fn end_leg(&mut self) -> Option<SegmentId> {
        let leg = self.legs.pop_front()?;
        if let Some(next) = self.legs.front().filter(|_| !self.trial.network.has_forbidden_turns()) {
            self.place = Place { segment: next.segment, offset_m: next.from_m };
        }
        Some(leg.segment)
    }

    /// Whether its route has come to its end.
    pub(super) fn has_arrived(&self) -> bool {
        self.legs.is_empty()
    }

    /// The leg that it drives, from where it has got to.
    pub(super) fn leg(&self) -> Option<&Leg> {
        self.legs.front()
    }
}

/// The larger of two offsets, seen in a direction.
trait Further {
    fn max_towards(self, other: f64, sign: f64) -> f64;
}

impl Further for f64 {
    fn max_towards(self, other: f64, sign: f64) -> f64 {
        if (other - self) * sign > 0.0 { other } else { self }
    }
}
