//! One rollout: the rest of the mission in one sampled world.

use std::collections::BTreeSet;

use super::arena::{Arena, Spot, View};
use super::dispatch::Uav;
use super::rota::Rota;
use super::rule::{Ahead, FreeUav, Policy, Target};
use super::way::{Step, Ways};
use super::worlds::World;
use crate::domain::knowledge::SegmentState;
use crate::planning::budget::Budget;
use crate::planning::situation::Situation;

/// What is done at once; after it the policy decides.
#[derive(Clone, Copy, Debug)]
pub(in crate::planning) struct FirstMove<'m> {
    /// The UGV's way, of a journey of one leg; the policy's own if there is none.
    pub(in crate::planning) way: Option<&'m [Step]>,
    /// For each UAV what it inspects first, one after the other until it comes to a blockage; the policy's own choice where
    /// there is nothing.
    pub(in crate::planning) errands: &'m [Vec<Target>],
}

/// As many segments of which a rollout notes what is known count as one step of a search.
const COPIES_PER_STEP: u64 = 64;

/// How far short of a blockage the UGV stops.
const SHORT_OF_BLOCKAGE_M: f64 = 1e-6;

/// A step that is not known yet.
pub(super) const UNASKED: (u32, u32) = (u32::MAX, 0);

/// Plays rollouts; keeps the scratch memory from one to the next.
#[derive(Debug, Default)]
pub(in crate::planning) struct Player {
    pub(super) ways: Ways,
    /// What is known at the moment the rollout has got to.
    pub(super) seen: View,
    pub(super) steps: Vec<Step>,
    /// After how many of the steps each leg of the journey ends that has not ended yet.
    leg_ends: Vec<usize>,
    /// The segments of the steps, while they are gone through.
    on_way: BTreeSet<u32>,
    /// When the way begins, in seconds from the decision.
    pub(super) set_out_s: f64,
    /// When each step of it ends.
    pub(super) ends_s: Vec<f64>,
    pub(super) ahead: Vec<Ahead>,
    /// For [`Rule::Worth`]: what lies on the ways round what is ahead, with the number of its step there, and who inspects what.
    pub(super) aside: Vec<(Ahead, u8)>,
    pub(super) rota: Rota,
    /// For each segment the look around at which it was last seen, so that it is noted once.
    pub(super) noted: Vec<u32>,
    pub(super) look: u32,
    pub(super) uavs: Vec<Uav>,
    pub(super) fleet: Vec<FreeUav>,
    /// What each UAV is given at a dispatch.
    pub(super) given: Vec<Option<Target>>,
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
    /// In an arena with a reach: of which edition of it `seen` is a copy but for `learned`, and what [`Arena::first_aside_in_reach`]
    /// has said in that edition, by junction.
    edition: Option<u64>,
    learned: Vec<u32>,
    pub(super) asides: Vec<(u32, u32)>,
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

    /// The way the UGV takes at first, to the end of the journey, if there is one.
    pub(in crate::planning) fn first_way(&mut self, arena: &Arena<'_>) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        self.ways.is_short = false;
        self.ways.start_over(arena);
        let is_found = self.ways.find(arena, 0, &arena.known, arena.start, &mut steps, &mut self.leg_ends);
        is_found.then_some(steps)
    }

    /// Whether the arena did not reach far enough for what was played or searched last, which then says nothing.
    pub(in crate::planning) fn falls_short(&self) -> bool {
        self.ways.is_short
    }

    /// Takes steps of the budget, if there is one, for work beside the rollouts.
    pub(in crate::planning) fn charge(&mut self, steps: u64) {
        self.ways.charge(steps);
    }

    /// Forgets what the last rollout has learned. Of an arena with a reach all but that is kept: the player plays only one such arena.
    fn begin(&mut self, arena: &Arena<'_>) {
        self.ways.is_short = false;
        let edition = arena.reach.as_ref().map(|reach| reach.edition());
        if edition.is_some() && edition == self.edition {
            self.ways.charge(1);
            for segment in self.learned.drain(..) {
                self.seen.unlearn(segment, &arena.known);
            }
            return;
        }
        self.ways.charge(arena.roads.len() as u64 / COPIES_PER_STEP);
        self.seen.copy_from(&arena.known);
        self.edition = edition;
        self.learned.clear();
        self.asides.clear();
        if edition.is_some() {
            self.asides.resize(arena.network.state_count(), UNASKED);
        }
    }

    /// Takes in what was found out about a segment.
    fn learn(&mut self, segment: u32, length_m: f64, blockage_m: Option<f64>) {
        self.seen.learn(segment, length_m, blockage_m);
        if self.edition.is_some() {
            self.learned.push(segment);
        }
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
        self.begin(arena);
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
                self.leg_ends.clear();
                self.leg_ends.push(way.len());
            }
            None => {
                if !self.ways.find(arena, 0, &self.seen, spot, &mut self.steps, &mut self.leg_ends) {
                    return f64::INFINITY;
                }
            }
        }
        let mut leg = 0;
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
            if self.ways.is_short {
                return f64::INFINITY;
            }
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
                        self.learn(segment, arena.roads[segment as usize].length_m, flight.blockage_m);
                    }
                    let is_way_blocked = is_new && flight.blockage_m.is_some() && self.is_ahead(segment, now_s);
                    if flight.blockage_m.is_some() {
                        self.uavs[i].errand = usize::MAX;
                    }
                    self.run_errand(arena, first.errands, i, now_s, &blockage_m);
                    let is_on_errand = self.uavs[i].flight.is_some();
                    if !is_way_blocked && (flight.blockage_m.is_some() || is_on_errand) {
                        self.revise_rota(policy.rule, now_s);
                    }
                    if is_way_blocked {
                        self.relied_on.push(segment);
                        spot = self.spot_at(arena, now_s);
                    } else if !is_on_errand {
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
                    self.learn(segment, arena.roads[segment as usize].length_m, Some(at_m));
                    let back = if to_m > from_m { -SHORT_OF_BLOCKAGE_M } else { SHORT_OF_BLOCKAGE_M };
                    let length_m = arena.roads[segment as usize].length_m;
                    let offset_m = (at_m + back).clamp(0.0, length_m);
                    // Stopped where the step begins, it has come by the step before.
                    spot = match (offset_m == from_m, step.checked_sub(1).map(|before| self.steps[before])) {
                        (true, Some(before)) => Spot::on(arena.network, before.segment, before.to_m),
                        (true, None) if from_m <= 0.0 || from_m >= length_m => spot,
                        _ => Spot::on(arena.network, segment, offset_m),
                    };
                    self.surprises.push((segment, 2.0 * (at_m - from_m).abs() / arena.ugv_speed_mps));
                    true
                }
            };
            if is_way_blocked {
                self.note_driven(arena, now_s);
                self.mark_driven(arena, now_s);
                leg += self.ended_legs(now_s);
                if !self.ways.find(arena, leg, &self.seen, spot, &mut self.steps, &mut self.leg_ends) {
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
        self.on_way.clear();
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
            let is_again = self.leg_ends.len() > 1 && !self.on_way.insert(step.segment);
            if !is_under_way && !is_again {
                self.ahead.push(Ahead::new(arena, *step, begins_s, at_s));
            }
        }
        hit
    }

    /// Whether the UGV has yet to drive over some of the segment.
    pub(super) fn is_ahead(&self, segment: u32, now_s: f64) -> bool {
        self.steps
            .iter()
            .zip(&self.ends_s)
            .rev()
            .take_while(|(_, ends_s)| **ends_s > now_s)
            .any(|(s, _)| s.segment == segment)
    }

    /// How many legs of the journey, but for the last, have ended.
    fn ended_legs(&self, now_s: f64) -> usize {
        let stops = &self.leg_ends[..self.leg_ends.len().saturating_sub(1)];
        let is_over = |steps: &&usize| steps.checked_sub(1).is_none_or(|last| self.ends_s[last] <= now_s);
        stops.iter().take_while(is_over).count()
    }

    /// Where the UGV is on its way.
    fn spot_at(&self, arena: &Arena<'_>, now_s: f64) -> Spot {
        let i = self.ends_s.partition_point(|ends_s| *ends_s <= now_s).min(self.steps.len() - 1);
        let step = self.steps[i];
        let begins_s = if i == 0 { self.set_out_s } else { self.ends_s[i - 1] };
        let fraction = ((now_s - begins_s) / (self.ends_s[i] - begins_s)).clamp(0.0, 1.0);
        match i.checked_sub(1).map(|before| self.steps[before]).filter(|_| fraction == 0.0) {
            // Where the step begins it has come by the step before.
            Some(before) => Spot::on(arena.network, before.segment, before.to_m),
            None => Spot::on(arena.network, step.segment, step.from_m + (step.to_m - step.from_m) * fraction),
        }
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
                    self.learned.push(step.segment);
                }
            }
        }
    }
}
