//! Who inspects what next, of what lies ahead of the UGV and on the ways round it: a rota of all UAVs, by worth.
//!
//! It is a list schedule. Of all UAVs and segments the inspection with the greatest worth is noted down, then the next from where that
//! UAV will be by then, and so on. What a UAV is given so depends on what the others will do meanwhile, several inspections ahead, and they
//! spread over what is ahead. (Without that look ahead three UAVs lost two to three per cent, by simulation.)
//!
//! The rota is written no further than somebody asks for, and holds until the UGV's way changes or a UAV is not where it says: worths
//! change alike for all as time goes by.

use super::arena::Arena;
use super::rule::{Ahead, FreeUav, Target};

/// What an inspection is worth: a sum. Lengths count in mean segments, times in what the UGV takes for one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Weights {
    /// For each unit of time until the UGV is at the segment.
    pub due: f64,
    /// For each until it is known.
    pub done: f64,
    /// For each that the UAV flies to get there, and for that below one unit.
    pub deadhead: f64,
    pub short_deadhead: f64,
    /// For each by which it is known before the UGV is there, up to two.
    pub slack: f64,
    /// If it lies on a way round, and for each step of that way.
    pub aside: f64,
    pub depth: f64,
    /// For each unit of length that its blockage would cost the UGV; see [`Arena::lost_m`].
    pub lost: f64,
    /// For each of its own length.
    pub length: f64,
    /// By how much the UAV must be there before the UGV: a share of the time that the UGV takes for the segment, and units of time.
    pub lead_share: f64,
    pub lead: f64,
}

impl Weights {
    /// What a bound leaves out must not make anything worth more.
    fn is_bounded(&self) -> bool {
        self.done <= 0.0 && self.deadhead <= 0.0 && self.slack >= 0.0
    }
}

/// What is known earlier than this before the UGV is there is worth no more, in units of time.
const MOST_SLACK: f64 = 2.0;

/// A segment that may be inspected.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    ahead: Ahead,
    /// When a UAV must have been at the end where the UGV enters.
    latest_s: f64,
    /// What it is worth whoever inspects it.
    worth: f64,
    /// What it is worth at most, to a UAV that is there at once.
    bound: f64,
}

/// An inspection by a certain UAV.
#[derive(Clone, Copy, Debug)]
struct Offer {
    worth: f64,
    /// A position among the candidates.
    candidate: usize,
    is_against: bool,
    ends_s: f64,
}

/// What the best offer of a UAV is.
#[derive(Clone, Copy, Debug)]
enum Best {
    NotLookedFor,
    Nothing,
    Offer(Offer),
}

/// See the [module](self).
#[derive(Debug, Default)]
pub(super) struct Rota {
    unit_s: f64,
    /// Those that may be worth most come first.
    candidates: Vec<Candidate>,
    /// Where and when each UAV is free after all that is noted down.
    fleet: Vec<FreeUav>,
    best: Vec<Best>,
    /// What is noted down and nobody has asked for, in the order of its beginning for each UAV.
    noted: Vec<(usize, Target, Candidate)>,
}

impl Rota {
    /// Begins anew with what may be inspected: how the UGV gets there, which step of a way round it is (none of the UGV's own way),
    /// and what its blockage would cost, in metres. No UAV is faster than `fastest_mps`.
    pub(super) fn begin<'a>(
        &mut self,
        weights: &Weights,
        arena: &Arena<'_>,
        fastest_mps: f64,
        candidates: impl Iterator<Item = (&'a Ahead, u8, f64)>,
    ) {
        let unit_s = arena.mean_m / arena.ugv_speed_mps;
        self.unit_s = unit_s;
        debug_assert!(weights.is_bounded(), "{weights:?}");
        self.noted.clear();
        self.candidates.clear();
        self.candidates.extend(candidates.map(|(ahead, depth, lost_m)| {
            let aside = if depth > 0 { weights.aside + weights.depth * f64::from(depth) } else { 0.0 };
            let lead_s = weights.lead_share * (ahead.ends_s - ahead.begins_s) + weights.lead * unit_s;
            let lengths = (weights.lost * lost_m + weights.length * ahead.length_m) / arena.mean_m;
            let worth = weights.due * ahead.begins_s / unit_s + aside + lengths;
            let most = weights.slack * MOST_SLACK + weights.short_deadhead.max(0.0);
            let bound = worth + weights.done * ahead.length_m / fastest_mps / unit_s + most;
            Candidate { ahead: *ahead, latest_s: ahead.begins_s - lead_s, worth, bound }
        }));
    }

    /// Goes on from where UAVs are, with what is still open.
    pub(super) fn go_on(&mut self, fleet: impl Iterator<Item = FreeUav>, is_open: impl Fn(&Ahead) -> bool) {
        self.candidates.extend(self.noted.drain(..).map(|(_, _, candidate)| candidate));
        self.candidates.retain(|candidate| is_open(&candidate.ahead));
        self.candidates.sort_by(|a, b| b.bound.total_cmp(&a.bound));
        self.fleet.clear();
        self.fleet.extend(fleet);
        self.best.clear();
        self.best.resize(self.fleet.len(), Best::NotLookedFor);
    }

    /// How many segments are not noted down.
    pub(super) fn len(&self) -> usize {
        self.candidates.len()
    }

    /// What the UAV inspects next, which nobody will be given any more.
    pub(super) fn next(&mut self, uav: usize, weights: &Weights) -> Option<Target> {
        if let Some(i) = self.noted.iter().position(|(k, ..)| *k == uav) {
            return Some(self.noted.remove(i).1);
        }
        loop {
            let (k, offer) = self.best_of_all(weights)?;
            let candidate = self.candidates.remove(offer.candidate);
            for (i, best) in self.best.iter_mut().enumerate() {
                match best {
                    Best::Offer(other) if i == k || other.candidate == offer.candidate => *best = Best::NotLookedFor,
                    Best::Offer(other) if other.candidate > offer.candidate => other.candidate -= 1,
                    _ => {}
                }
            }
            let ahead = &candidate.ahead;
            let (target, point) =
                if offer.is_against { (ahead.against(), ahead.from) } else { (ahead.along(), ahead.to) };
            (self.fleet[k].at_s, self.fleet[k].point) = (offer.ends_s, point);
            if k == uav {
                return Some(target);
            }
            self.noted.push((k, target, candidate));
        }
    }

    /// The inspection that is worth most; of several that are alike that of the first UAV.
    fn best_of_all(&mut self, weights: &Weights) -> Option<(usize, Offer)> {
        let mut best_of_all: Option<(usize, Offer)> = None;
        for k in 0..self.fleet.len() {
            if let Best::NotLookedFor = self.best[k] {
                self.best[k] = self.best_of(k, weights).map_or(Best::Nothing, Best::Offer);
            }
            if let Best::Offer(offer) = self.best[k]
                && best_of_all.is_none_or(|(_, best)| offer.worth > best.worth)
            {
                best_of_all = Some((k, offer));
            }
        }
        best_of_all
    }

    fn best_of(&self, k: usize, weights: &Weights) -> Option<Offer> {
        let uav = self.fleet[k];
        let a_unit = 1.0 / self.unit_s;
        // Beyond rounding.
        let at_most = weights.done * uav.at_s * a_unit + 1e-9;
        let mut best: Option<Offer> = None;
        for (i, candidate) in self.candidates.iter().enumerate() {
            if best.is_some_and(|best| candidate.bound + at_most < best.worth) {
                break;
            }
            let Some(flight) = uav.flight_before(&candidate.ahead, candidate.latest_s) else { continue };
            let deadhead = flight.deadhead_s * a_unit;
            let slack = (candidate.ahead.begins_s - flight.ends_s) * a_unit;
            let worth = candidate.worth
                + weights.done * flight.ends_s * a_unit
                + weights.deadhead * deadhead
                + weights.short_deadhead * deadhead.min(1.0)
                + weights.slack * slack.min(MOST_SLACK);
            if best.is_none_or(|best| worth > best.worth) {
                best = Some(Offer { worth, candidate: i, is_against: flight.is_against, ends_s: flight.ends_s });
            }
        }
        best
    }
}
