//! One rollout: the rest of the mission in one sampled world.

use super::arena::{Arena, NOWHERE, Spot, View};
use super::rule::{Ahead, FreeUav, Policy, Rule, Target, suffix};
use super::way::{Step, Ways};
use super::worlds::World;
use crate::domain::geometry::Point;
use crate::domain::ids::SegmentId;
use crate::domain::knowledge::SegmentState;
use crate::domain::network::Place;
use crate::planning::budget::Budget;
use crate::planning::situation::Situation;

/// What is done at once; after it the policy decides.
#[derive(Clone, Copy, Debug)]
pub(in crate::planning) struct FirstMove<'m> {
    /// The UGV's way; the policy's own if there is none.
    pub(in crate::planning) way: Option<&'m [Step]>,
    /// For each UAV what it inspects first, one after the other until it comes to a blockage; the policy's own choice where
    /// there is nothing.
    pub(in crate::planning) errands: &'m [Vec<Target>],
}

/// As many looks of a UAV that chooses, at a segment ahead and another UAV, count as one step of a search.
const LOOKS_PER_STEP: u64 = 16;

/// As many segments of which a rollout notes what is known count as one step of a search.
const COPIES_PER_STEP: u64 = 64;

/// Of how many unknown segments ahead the ways round are looked at, and of how many segments each.
const MOST_ASIDE: usize = 8;
const DEPTH_ASIDE: usize = 3;

/// How far short of a blockage the UGV stops.
const SHORT_OF_BLOCKAGE_M: f64 = 1e-6;

/// Plays rollouts; keeps the scratch memory from one to the next.
#[derive(Debug, Default)]
pub(in crate::planning) struct Player {
    ways: Ways,
    /// What is known at the moment the rollout has got to.
    seen: View,
    steps: Vec<Step>,
    /// When the way begins, in seconds from the decision.
    set_out_s: f64,
    /// When each step of it ends.
    ends_s: Vec<f64>,
    ahead: Vec<Ahead>,
    /// For [`Rule::Wide`]: what is ahead and what lies on the ways round it, in the order in which it is due.
    around: Vec<Ahead>,
    uavs: Vec<Uav>,
    fleet: Vec<FreeUav>,
    /// What each UAV is given at a dispatch.
    given: Vec<Option<Target>>,
    /// Where the UGV was stopped by a blockage that nobody had seen, one entry each: the segment, and for how long it drove back
    /// and forth on it.
    pub(in crate::planning) surprises: Vec<(u32, f64)>,
    /// What each UAV inspected first.
    pub(in crate::planning) first_targets: Vec<Option<Target>>,
    /// The segments that the UGV drove while they were unknown.
    pub(in crate::planning) driven: Vec<u32>,
    /// The segments, unknown at the decision, that the UGV drove on, or that blocked its way; some of them several times.
    pub(in crate::planning) relied_on: Vec<u32>,
    /// The segments that a UAV was sent to inspect; some of them several times.
    pub(in crate::planning) inspected: Vec<u32>,
}

#[derive(Clone, Copy, Debug)]
struct Uav {
    speed_mps: f64,
    /// Where and when its flight began.
    point: Point,
    since_s: f64,
    flight: Option<Flight>,
    /// Whether it completes the inspection whatever happens to the UGV's way.
    is_committed: bool,
    /// How much of its errand it has flown.
    errand: usize,
    /// For [`Rule::Suffix`]: the part of the way that is its own, as positions in `ahead`.
    part: (usize, usize),
}

#[derive(Clone, Copy, Debug)]
struct Flight {
    target: Target,
    from: Point,
    to: Point,
    begins_s: f64,
    /// When it has seen enough: at the end, or at the blockage.
    ends_s: f64,
    stop_m: f64,
    blockage_m: Option<f64>,
}

impl Uav {
    /// Where and when it is free if its inspection finds nothing.
    fn free_after(&self, now_s: f64) -> FreeUav {
        let speed_mps = self.speed_mps;
        match self.flight {
            None => FreeUav { point: self.point, at_s: now_s, speed_mps },
            Some(flight) => {
                let length_m = (flight.target.to_m - flight.target.from_m).abs();
                FreeUav { point: flight.to, at_s: flight.begins_s + length_m / speed_mps, speed_mps }
            }
        }
    }

    fn point_at(&self, now_s: f64) -> Point {
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
    /// A player whose work ends with the budget: a step is a junction of a search, or as much work of UAVs that choose.
    pub(in crate::planning) fn within(budget: Budget) -> Self {
        let mut player = Self::default();
        player.ways.budget = Some(budget);
        player
    }

    /// Whether the budget has ended; what was played last then says nothing.
    pub(in crate::planning) fn is_spent(&self) -> bool {
        self.ways.is_spent
    }

    /// How many steps of the budget are left, if there is one.
    pub(in crate::planning) fn steps_left(&self) -> Option<u64> {
        self.ways.budget.as_ref().map(Budget::steps_left)
    }

    /// What is left of the budget, if there was one, in exchange for another.
    pub(in crate::planning) fn replace_budget(&mut self, budget: Budget) -> Option<Budget> {
        self.ways.is_spent = false;
        self.ways.budget.replace(budget)
    }

    /// The way the UGV takes at first, if there is one.
    pub(in crate::planning) fn first_way(&mut self, arena: &Arena<'_>) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        self.ways.start_over(arena);
        self.ways.find(arena, &arena.known, arena.start, &mut steps).then_some(steps)
    }

    /// When the UGV arrives, in seconds from the decision; infinite if in this world there is no way.
    pub(in crate::planning) fn play(
        &mut self,
        arena: &Arena<'_>,
        situation: &Situation<'_>,
        world: World,
        policy: Policy,
        first: FirstMove<'_>,
    ) -> f64 {
        self.ways.charge(arena.roads.len() as u64 / COPIES_PER_STEP);
        self.seen.copy_from(&arena.known);
        self.ways.start_over(arena);
        self.surprises.clear();
        self.driven.clear();
        self.relied_on.clear();
        self.inspected.clear();
        let blockage_m = |segment: u32| -> Option<f64> {
            let road = &arena.roads[segment as usize];
            (arena.known.state(segment) == SegmentState::Unknown)
                .then(|| world.blockage(segment, road.probability).map(|fraction| fraction * road.length_m))
                .flatten()
        };
        let mut spot = arena.start;
        let mut now_s = 0.0;
        match first.way {
            Some(way) => {
                self.steps.clear();
                self.steps.extend_from_slice(way);
            }
            None => {
                if !self.ways.find(arena, &self.seen, spot, &mut self.steps) {
                    return f64::INFINITY;
                }
            }
        }
        self.uavs.clear();
        self.uavs.extend(situation.uavs.iter().map(|uav| Uav {
            speed_mps: uav.speed_mps,
            point: uav.point,
            since_s: 0.0,
            flight: None,
            is_committed: false,
            errand: 0,
            part: (0, 0),
        }));
        let mut hit = self.set_out(arena, spot, now_s, &blockage_m);
        for i in 0..self.uavs.len() {
            self.run_errand(arena, first.errands, i, now_s, &blockage_m);
        }
        self.dispatch_all(arena, policy.rule, now_s, &blockage_m);
        self.first_targets.clear();
        self.first_targets.extend(self.uavs.iter().map(|uav| uav.flight.map(|flight| flight.target)));
        loop {
            let ugv_s = hit.map_or_else(|| self.ends_s.last().copied().unwrap_or(now_s), |(_, at_s, _)| at_s);
            let next = self
                .uavs
                .iter()
                .enumerate()
                .filter_map(|(i, uav)| uav.flight.map(|flight| (flight.ends_s, i)))
                .min_by(|a, b| a.0.total_cmp(&b.0));
            let is_way_blocked = match next {
                Some((at_s, i)) if at_s < ugv_s => {
                    now_s = at_s;
                    let Some(flight) = self.uavs[i].flight.take() else { continue };
                    let uav = &mut self.uavs[i];
                    uav.since_s = now_s;
                    let length_m = (flight.target.to_m - flight.target.from_m).abs();
                    let fraction =
                        if length_m > 0.0 { (flight.stop_m - flight.target.from_m).abs() / length_m } else { 1.0 };
                    uav.point = flight.from.towards(flight.to, fraction);
                    let segment = flight.target.segment;
                    // The UGV may have found out before, of an inspection that began inside the segment even more.
                    let is_new = self.seen.state(segment) == SegmentState::Unknown;
                    if is_new {
                        self.seen.learn(segment, arena.roads[segment as usize].length_m, flight.blockage_m);
                    }
                    let is_way_blocked = is_new && flight.blockage_m.is_some() && self.is_ahead(segment, now_s);
                    if flight.blockage_m.is_some() {
                        self.uavs[i].errand = usize::MAX;
                    }
                    self.run_errand(arena, first.errands, i, now_s, &blockage_m);
                    if is_way_blocked {
                        self.relied_on.push(segment);
                        spot = self.spot_at(arena, now_s);
                    } else if self.uavs[i].flight.is_none() {
                        self.dispatch(arena, policy.rule, i, now_s, &blockage_m);
                    }
                    is_way_blocked
                }
                _ => {
                    now_s = ugv_s;
                    let Some((step, _, at_m)) = hit else {
                        self.note_driven(arena, now_s);
                        return now_s;
                    };
                    let Step { segment, from_m, to_m } = self.steps[step];
                    self.seen.learn(segment, arena.roads[segment as usize].length_m, Some(at_m));
                    let back = if to_m > from_m { -SHORT_OF_BLOCKAGE_M } else { SHORT_OF_BLOCKAGE_M };
                    let length_m = arena.roads[segment as usize].length_m;
                    let offset_m = (at_m + back).clamp(0.0, length_m);
                    spot = spot_on(arena, segment, offset_m);
                    self.surprises.push((segment, 2.0 * (at_m - from_m).abs() / arena.ugv_speed_mps));
                    true
                }
            };
            if is_way_blocked {
                self.note_driven(arena, now_s);
                self.mark_driven(arena, now_s);
                if !self.ways.find(arena, &self.seen, spot, &mut self.steps) {
                    return f64::INFINITY;
                }
                hit = self.set_out(arena, spot, now_s, &blockage_m);
                self.dispatch_all(arena, policy.rule, now_s, &blockage_m);
            }
        }
    }

    /// Lays the new way out in time. Returns the first blockage on it: the step, when the UGV is there, and where it is.
    fn set_out(
        &mut self,
        arena: &Arena<'_>,
        spot: Spot,
        now_s: f64,
        blockage_m: &impl Fn(u32) -> Option<f64>,
    ) -> Option<(usize, f64, f64)> {
        let view = &self.seen;
        self.set_out_s = now_s;
        self.ends_s.clear();
        self.ahead.clear();
        let (mut at_s, mut hit) = (now_s, None);
        for (i, step) in self.steps.iter().enumerate() {
            let begins_s = at_s;
            at_s += step.length_m() / arena.ugv_speed_mps;
            self.ends_s.push(at_s);
            if view.state(step.segment) != SegmentState::Unknown {
                continue;
            }
            let blocked_m = blockage_m(step.segment)
                .filter(|at_m| (step.from_m.min(step.to_m)..=step.from_m.max(step.to_m)).contains(at_m));
            if let (None, Some(at_m)) = (hit, blocked_m) {
                hit = Some((i, begins_s + (at_m - step.from_m).abs() / arena.ugv_speed_mps, at_m));
            }
            let is_under_way = i == 0 && matches!(spot, Spot::Inside { .. });
            if !is_under_way {
                self.ahead.push(Ahead::new(arena, *step, begins_s, at_s));
            }
        }
        hit
    }

    /// Whether the UGV has yet to drive over some of the segment.
    fn is_ahead(&self, segment: u32, now_s: f64) -> bool {
        self.steps
            .iter()
            .zip(&self.ends_s)
            .rev()
            .take_while(|(_, ends_s)| **ends_s > now_s)
            .any(|(s, _)| s.segment == segment)
    }

    /// Looks at the ways round the next segments ahead: at the junction before each the UGV would turn into the next best way.
    fn look_around(&mut self, arena: &Arena<'_>, patience: u8) {
        self.around.clear();
        self.around.extend_from_slice(&self.ahead);
        let later_s = f64::from(patience) * arena.mean_m / arena.ugv_speed_mps;
        for ahead in self.ahead.iter().take(MOST_ASIDE) {
            let road = &arena.roads[ahead.step.segment as usize];
            let turns_at = if ahead.step.is_forward() { road.first } else { road.last };
            let (mut at, mut at_s) = (turns_at, ahead.begins_s);
            for i in 0..DEPTH_ASIDE {
                let onward = arena.onward[at as usize];
                let is_back = if i == 0 { onward.0 == ahead.step.segment } else { onward.1 == turns_at };
                let (segment, next) = if is_back { arena.aside[at as usize] } else { onward };
                let is_known = (segment, next) != NOWHERE && self.around.iter().all(|a| a.step.segment != segment);
                if !is_known || self.seen.state(segment) == SegmentState::Blocked {
                    break;
                }
                let length_m = arena.roads[segment as usize].length_m;
                let ends_s = at_s + length_m / arena.ugv_speed_mps;
                if self.seen.state(segment) == SegmentState::Unknown {
                    let to_m = if arena.roads[segment as usize].last == next { length_m } else { 0.0 };
                    let step = Step { segment, from_m: length_m - to_m, to_m };
                    self.around.push(Ahead { due_s: at_s + later_s, ..Ahead::new(arena, step, at_s, ends_s) });
                }
                (at, at_s) = (next, ends_s);
            }
        }
        self.around.sort_by(|a, b| a.due_s.total_cmp(&b.due_s));
    }

    /// Where the UGV is on its way.
    fn spot_at(&self, arena: &Arena<'_>, now_s: f64) -> Spot {
        let i = self.ends_s.partition_point(|ends_s| *ends_s <= now_s).min(self.steps.len() - 1);
        let step = self.steps[i];
        let begins_s = if i == 0 { self.set_out_s } else { self.ends_s[i - 1] };
        let fraction = ((now_s - begins_s) / (self.ends_s[i] - begins_s)).clamp(0.0, 1.0);
        spot_on(arena, step.segment, step.from_m + (step.to_m - step.from_m) * fraction)
    }

    /// Notes what of its way the UGV has driven on by now, of what was unknown at the decision.
    fn note_driven(&mut self, arena: &Arena<'_>, now_s: f64) {
        let mut begins_s = self.set_out_s;
        for (step, ends_s) in self.steps.iter().zip(&self.ends_s) {
            // A blockage may stand right where a step begins.
            if begins_s > now_s {
                break;
            }
            if arena.known.state(step.segment) == SegmentState::Unknown {
                self.relied_on.push(step.segment);
            }
            begins_s = *ends_s;
        }
    }

    /// Marks clear what the UGV has driven all of.
    fn mark_driven(&mut self, arena: &Arena<'_>, now_s: f64) {
        for (step, ends_s) in self.steps.iter().zip(&self.ends_s) {
            if *ends_s > now_s {
                break;
            }
            let is_unknown = self.seen.state(step.segment) == SegmentState::Unknown;
            if is_unknown {
                self.driven.push(step.segment);
                if step.length_m() >= arena.roads[step.segment as usize].length_m {
                    self.seen.learn(step.segment, step.length_m(), None);
                }
            }
        }
    }

    /// Sends a UAV to the next unknown segment of its errand, if there is one left.
    fn run_errand(
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
    fn dispatch_all(&mut self, arena: &Arena<'_>, rule: Rule, now_s: f64, blockage_m: &impl Fn(u32) -> Option<f64>) {
        if let Rule::Wide { patience, .. } = rule {
            self.look_around(arena, patience);
        }
        for i in 0..self.uavs.len() {
            let uav = &self.uavs[i];
            let keeps = uav.flight.is_some_and(|flight| {
                uav.is_committed
                    || (flight.begins_s <= now_s
                        && (self.is_ahead(flight.target.segment, now_s)
                            || matches!(rule, Rule::Wide { .. })
                                && self.around.iter().any(|a| a.step.segment == flight.target.segment)))
            });
            let point = uav.point_at(now_s);
            let uav = &mut self.uavs[i];
            uav.part = (usize::MAX, usize::MAX);
            if !keeps {
                (uav.point, uav.since_s, uav.flight) = (point, now_s, None);
            }
        }
        if rule == Rule::Suffix {
            for i in 0..self.uavs.len() {
                if self.uavs[i].flight.is_none() {
                    self.dispatch(arena, rule, i, now_s, blockage_m);
                }
            }
        } else {
            self.dispatch_free(arena, rule, None, now_s, blockage_m);
        }
    }

    /// Lets a free UAV choose its next inspection.
    fn dispatch(
        &mut self,
        arena: &Arena<'_>,
        rule: Rule,
        i: usize,
        now_s: f64,
        blockage_m: &impl Fn(u32) -> Option<f64>,
    ) {
        if rule == Rule::Suffix {
            self.dispatch_to_suffix(arena, i, now_s, blockage_m);
        } else {
            self.dispatch_free(arena, rule, Some(i), now_s, blockage_m);
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
        let ahead = if matches!(rule, Rule::Wide { .. }) { &self.around } else { &self.ahead };
        let (view, uavs, given) = (&self.seen, &self.uavs, &mut self.given);
        given.clear();
        given.resize(uavs.len(), None);
        rule.give_away(
            now_s,
            &mut self.fleet,
            ahead,
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

/// The spot at an offset of a segment.
fn spot_on(arena: &Arena<'_>, segment: u32, offset_m: f64) -> Spot {
    let road = &arena.roads[segment as usize];
    if offset_m <= 0.0 {
        Spot::Junction(road.first)
    } else if offset_m >= road.length_m {
        Spot::Junction(road.last)
    } else {
        Spot::Inside { segment, offset_m }
    }
}
