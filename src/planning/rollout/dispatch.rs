//! What the UAVs of a rollout do: they run their errands, then choose by the rule.

use super::arena::{Arena, NOWHERE, View};
use super::play::{Player, UNASKED};
use super::rota::Weights;
use super::rule::{Ahead, FreeUav, Rule, Target, suffix};
use super::way::Step;
use crate::domain::geometry::Point;
use crate::domain::ids::SegmentId;
use crate::domain::knowledge::SegmentState;
use crate::domain::network::Place;

/// As many looks of a UAV that chooses, at a segment ahead and another UAV, count as one step of a search.
const LOOKS_PER_STEP: u64 = 16;

/// Of how many unknown segments ahead the ways round are looked at, and of how many segments each.
const MOST_ASIDE: usize = 8;
const DEPTH_ASIDE: usize = 3;

#[derive(Clone, Copy, Debug)]
pub(super) struct Uav {
    pub(super) speed_mps: f64,
    /// Where and when its flight began.
    pub(super) point: Point,
    pub(super) since_s: f64,
    pub(super) flight: Option<Flight>,
    /// Whether it completes the inspection whatever happens to the UGV's way.
    pub(super) is_committed: bool,
    /// How much of its errand it has flown.
    pub(super) errand: usize,
    /// For [`Rule::Suffix`]: the part of the way that is its own, as positions in `ahead`.
    pub(super) part: (usize, usize),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Flight {
    pub(super) target: Target,
    pub(super) from: Point,
    pub(super) to: Point,
    pub(super) begins_s: f64,
    /// When it has seen enough: at the end, or at the blockage.
    pub(super) ends_s: f64,
    pub(super) stop_m: f64,
    pub(super) blockage_m: Option<f64>,
}

impl Uav {
    /// Where and when it is free if its inspection finds nothing.
    pub(super) fn free_after(&self, now_s: f64) -> FreeUav {
        let speed_mps = self.speed_mps;
        match self.flight {
            None => FreeUav { point: self.point, at_s: now_s, speed_mps },
            Some(flight) => {
                let length_m = (flight.target.to_m - flight.target.from_m).abs();
                FreeUav { point: flight.to, at_s: flight.begins_s + length_m / speed_mps, speed_mps }
            }
        }
    }

    pub(super) fn point_at(&self, now_s: f64) -> Point {
        match self.flight {
            None => self.point,
            Some(flight) if now_s < flight.begins_s => {
                self.point.towards(flight.from, (now_s - self.since_s) / (flight.begins_s - self.since_s))
            }
            Some(flight) => {
                let target = flight.target;
                let flown_m = (now_s - flight.begins_s) * self.speed_mps;
                let length_m = (target.to_m - target.from_m).abs();
                let fraction = if length_m > 0.0 { (flown_m / length_m).min(1.0) } else { 1.0 };
                flight.from.towards(flight.to, fraction)
            }
        }
    }
}

impl Player {
    /// Looks at the ways round the next segments ahead: at the junction before each the UGV would turn into the next best way.
    fn look_around(&mut self, arena: &Arena<'_>) {
        self.aside.clear();
        if self.look == u32::MAX {
            self.noted.clear();
            self.look = 0;
        }
        self.look += 1;
        if self.noted.len() < arena.roads.len() {
            self.noted.resize(arena.roads.len(), 0);
        }
        for ahead in &self.ahead {
            self.noted[ahead.step.segment as usize] = self.look;
        }
        for ahead in self.ahead.iter().take(MOST_ASIDE) {
            let road = &arena.roads[ahead.step.segment as usize];
            let turns_at = if ahead.step.is_forward() { road.first } else { road.last };
            // There it comes back along the segment.
            let (mut at, mut at_s) = (arena.arrival(ahead.step.segment, !ahead.step.is_forward()), ahead.begins_s);
            for i in 0..DEPTH_ASIDE {
                if !arena.legs[0].is_final(at) {
                    self.ways.is_short = true;
                    return;
                }
                let onward = arena.legs[0].onward[at as usize];
                let leads_back = |next: u32| onward != NOWHERE && arena.node(next) == turns_at;
                let is_back = if i == 0 { onward.0 == ahead.step.segment } else { leads_back(onward.1) };
                let (segment, next) = if is_back { Self::aside_from(&mut self.asides, arena, at) } else { onward };
                if (segment, next) == UNASKED {
                    self.ways.is_short = true;
                    return;
                }
                if (segment, next) == NOWHERE
                    || self.noted[segment as usize] == self.look
                    || self.seen.state(segment) == SegmentState::Blocked
                {
                    break;
                }
                let length_m = arena.roads[segment as usize].length_m;
                let ends_s = at_s + length_m / arena.ugv_speed_mps;
                if self.seen.state(segment) == SegmentState::Unknown {
                    let to_m = if arena.roads[segment as usize].last == arena.node(next) { length_m } else { 0.0 };
                    let step = Step { segment, from_m: length_m - to_m, to_m };
                    self.aside.push((Ahead::new(arena, step, at_s, ends_s), i as u8 + 1));
                    self.noted[segment as usize] = self.look;
                }
                (at, at_s) = (next, ends_s);
            }
        }
    }

    /// See [`Arena::aside`]; [`UNASKED`] if the arena does not reach far enough to tell.
    fn aside_from(asides: &mut [(u32, u32)], arena: &Arena<'_>, junction: u32) -> (u32, u32) {
        if arena.reach.is_none() {
            return arena.aside[junction as usize];
        }
        let known = &mut asides[junction as usize];
        if *known == UNASKED
            && let Some(aside) = arena.first_aside_in_reach(junction)
        {
            *known = aside;
        }
        *known
    }

    /// Sends a UAV to the next unknown segment of its errand, if there is one left.
    pub(super) fn run_errand(
        &mut self,
        arena: &Arena<'_>,
        errands: &[Vec<Target>],
        i: usize,
        now_s: f64,
        blockage_m: &impl Fn(u32) -> Option<f64>,
    ) {
        self.uavs[i].is_committed = false;
        let Some(errand) = errands.get(i) else { return };
        while let Some(target) = errand.get(self.uavs[i].errand) {
            self.uavs[i].errand += 1;
            if self.seen.state(target.segment) == SegmentState::Unknown {
                self.launch(arena, i, *target, now_s, blockage_m(target.segment));
                self.uavs[i].is_committed = true;
                return;
            }
        }
    }

    /// Lets every UAV choose anew whose inspection no longer lies on the way.
    pub(super) fn dispatch_all(
        &mut self,
        arena: &Arena<'_>,
        rule: Rule,
        now_s: f64,
        blockage_m: &impl Fn(u32) -> Option<f64>,
    ) {
        if let Rule::Worth(_) = rule {
            self.look_around(arena);
        }
        for i in 0..self.uavs.len() {
            let uav = &self.uavs[i];
            let keeps = uav.flight.is_some_and(|flight| {
                uav.is_committed
                    || (flight.begins_s <= now_s
                        && (self.is_ahead(flight.target.segment, now_s)
                            || matches!(rule, Rule::Worth(_))
                                && self.noted[flight.target.segment as usize] == self.look))
            });
            let point = uav.point_at(now_s);
            let uav = &mut self.uavs[i];
            uav.part = (usize::MAX, usize::MAX);
            if !keeps {
                (uav.point, uav.since_s, uav.flight) = (point, now_s, None);
            }
        }
        if let Rule::Worth(weights) = rule {
            self.begin_rota(arena, weights, now_s);
        }
        match rule {
            Rule::Worth(_) | Rule::Suffix => {
                for i in 0..self.uavs.len() {
                    if self.uavs[i].flight.is_none() {
                        self.dispatch(arena, rule, i, now_s, blockage_m);
                    }
                }
            }
            Rule::Rest | Rule::Forward | Rule::Backward => {
                self.dispatch_free(arena, rule, None, now_s, blockage_m);
            }
        }
    }

    /// Lets a free UAV choose its next inspection.
    pub(super) fn dispatch(
        &mut self,
        arena: &Arena<'_>,
        rule: Rule,
        i: usize,
        now_s: f64,
        blockage_m: &impl Fn(u32) -> Option<f64>,
    ) {
        match rule {
            Rule::Worth(weights) => self.dispatch_by_rota(arena, weights, i, now_s, blockage_m),
            Rule::Suffix => self.dispatch_to_suffix(arena, i, now_s, blockage_m),
            Rule::Rest | Rule::Forward | Rule::Backward => {
                self.dispatch_free(arena, rule, Some(i), now_s, blockage_m);
            }
        }
    }

    /// Lays out what may be inspected, for a rota that begins now.
    fn begin_rota(&mut self, arena: &Arena<'_>, weights: &Weights, now_s: f64) {
        let seen = &self.seen;
        let aside = self.aside.iter().map(|(a, depth)| (a, *depth));
        let candidates = self.ahead.iter().map(|a| (a, 0)).chain(aside);
        let unknown = candidates
            .filter(|(a, _)| a.begins_s > now_s && seen.state(a.step.segment) == SegmentState::Unknown)
            .map(|(a, depth)| (a, depth, arena.lost_m[a.step.segment as usize]));
        let fastest_mps = self.uavs.iter().map(|uav| uav.speed_mps).fold(0.0, f64::max);
        self.rota.begin(weights, arena, fastest_mps, unknown);
        self.go_on_with_rota(now_s);
    }

    /// Makes the rota true again: somebody is elsewhere, or free sooner or later, than it says.
    pub(super) fn revise_rota(&mut self, rule: Rule, now_s: f64) {
        if let Rule::Worth(_) = rule {
            self.go_on_with_rota(now_s);
        }
    }

    fn go_on_with_rota(&mut self, now_s: f64) {
        let (seen, uavs) = (&self.seen, &self.uavs);
        self.rota.go_on(uavs.iter().map(|uav| uav.free_after(now_s)), |a| is_open(seen, uavs, a));
    }

    fn dispatch_by_rota(
        &mut self,
        arena: &Arena<'_>,
        weights: &Weights,
        i: usize,
        now_s: f64,
        blockage_m: &impl Fn(u32) -> Option<f64>,
    ) {
        self.ways.charge(1 + self.rota.len() as u64 / LOOKS_PER_STEP);
        if let Some(target) = self.rota.next(i, weights) {
            self.launch(arena, i, target, now_s, blockage_m(target.segment));
        }
    }

    /// Lets the free UAVs, or one of them, choose their next inspections, when the rule gives segments to UAVs in some order.
    fn dispatch_free(
        &mut self,
        arena: &Arena<'_>,
        rule: Rule,
        only: Option<usize>,
        now_s: f64,
        blockage_m: &impl Fn(u32) -> Option<f64>,
    ) {
        self.take_stock(now_s);
        let mut missing = match only {
            Some(_) => 1,
            None => self.uavs.iter().filter(|uav| uav.flight.is_none()).count(),
        };
        if missing == 0 {
            return;
        }
        let (view, uavs, given) = (&self.seen, &self.uavs, &mut self.given);
        given.clear();
        given.resize(uavs.len(), None);
        rule.give_away(
            now_s,
            &mut self.fleet,
            self.ahead.iter(),
            |a| is_open(view, uavs, a),
            |k, target| {
                let waits = only.map_or(uavs[k].flight.is_none(), |i| i == k) && given[k].is_none();
                if waits {
                    given[k] = Some(target);
                    missing -= 1;
                }
                missing == 0
            },
        );
        for i in 0..self.uavs.len() {
            if let Some(target) = self.given[i] {
                self.launch(arena, i, target, now_s, blockage_m(target.segment));
            }
        }
    }

    /// The same for [`Rule::Suffix`]: a UAV goes on with its own part, and when that is done takes another.
    fn dispatch_to_suffix(
        &mut self,
        arena: &Arena<'_>,
        i: usize,
        now_s: f64,
        blockage_m: &impl Fn(u32) -> Option<f64>,
    ) {
        self.take_stock(now_s);
        let (view, uavs) = (&self.seen, &self.uavs);
        let is_free = |a: &Ahead| is_open(view, uavs, a);
        let (low, high) = uavs[i].part;
        let mut part = uavs[i].part;
        let mut target = None;
        if low < self.ahead.len() {
            let own = &self.ahead[low..high.min(self.ahead.len())];
            target = own.iter().find(|a| is_free(a)).map(Ahead::along);
        }
        if target.is_none() {
            let others = uavs.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, uav)| uav.part.0);
            let limit = others.min().unwrap_or(usize::MAX).min(self.ahead.len());
            target = suffix(i, &self.fleet, &self.ahead[..limit], is_free);
            let begins = target.and_then(|t| self.ahead.iter().position(|a| a.step.segment == t.segment));
            part = begins.map_or((usize::MAX, usize::MAX), |begins| (begins, limit));
        }
        self.uavs[i].part = part;
        if let Some(target) = target {
            self.launch(arena, i, target, now_s, blockage_m(target.segment));
        }
    }

    /// Notes where and when each UAV is free, and charges for the choice that follows.
    fn take_stock(&mut self, now_s: f64) {
        self.ways.charge((self.ahead.len() * self.uavs.len()) as u64 / LOOKS_PER_STEP);
        self.fleet.clear();
        self.fleet.extend(self.uavs.iter().map(|uav| uav.free_after(now_s)));
    }

    fn launch(&mut self, arena: &Arena<'_>, i: usize, target: Target, now_s: f64, blockage_m: Option<f64>) {
        let road = &arena.roads[target.segment as usize];
        let end = |offset_m: f64| {
            if offset_m <= 0.0 {
                road.first_point
            } else if offset_m >= road.length_m {
                road.last_point
            } else {
                arena.network.point_at(Place { segment: SegmentId(target.segment), offset_m })
            }
        };
        self.inspected.push(target.segment);
        let uav = &mut self.uavs[i];
        let (from, to) = (end(target.from_m), end(target.to_m));
        let begins_s = now_s + uav.point.distance_m(from) / uav.speed_mps;
        let on_flight = |at_m: &f64| (target.from_m.min(target.to_m)..=target.from_m.max(target.to_m)).contains(at_m);
        let blockage_m = blockage_m.filter(on_flight);
        let stop_m = blockage_m.unwrap_or(target.to_m);
        let ends_s = begins_s + (stop_m - target.from_m).abs() / uav.speed_mps;
        uav.since_s = now_s;
        uav.flight = Some(Flight { target, from, to, begins_s, ends_s, stop_m, blockage_m });
    }
}

/// Whether the segment is unknown and no UAV is on its way to it or along it.
fn is_open(view: &View, uavs: &[Uav], a: &Ahead) -> bool {
    view.state(a.step.segment) == SegmentState::Unknown
        && !uavs.iter().any(|uav| uav.flight.is_some_and(|f| f.target.segment == a.step.segment))
}
