//! The UGV's way in a rollout: A* with the present distances to the goal as lower bounds.
//!
//! What a rollout learns makes ways longer, which keeps the bounds true, or shows a segment clear, which may make
//! them a little too high when the UGV is cautious; the way found may then cost that little more than the best. In return a search
//! settles hardly more junctions than lie on the way. And as soon as it is at a junction from which the present shortest way has lost
//! none of its segments, it is done: that way costs what the bound says, and is the rest.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::arena::{Arena, Leg, NOWHERE, Spot, View};
use crate::domain::ids::StateIndex;
use crate::domain::knowledge::SegmentState;
use crate::planning::budget::Budget;

/// Travel along part of a segment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::planning) struct Step {
    pub(in crate::planning) segment: u32,
    pub(in crate::planning) from_m: f64,
    pub(in crate::planning) to_m: f64,
}

impl Step {
    pub(super) fn length_m(&self) -> f64 {
        (self.to_m - self.from_m).abs()
    }

    pub(super) fn is_forward(&self) -> bool {
        self.to_m > self.from_m
    }
}

const NONE: u32 = u32::MAX;

/// After so many junctions, in an arena with a reach, a search that has found no way asks whether the end is cut off.
const FLOOD_AFTER: usize = 256;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Label {
    cost: f64,
    pub(super) generation: u32,
    from: u32,
    by: u32,
}

/// Scratch memory of the searches.
#[derive(Debug, Default)]
pub(super) struct Ways {
    pub(super) labels: Vec<Label>,
    pub(super) generation: u32,
    /// For each junction the rollout in which its present shortest way was found to be blocked.
    broken: Vec<u32>,
    /// For each junction a better bound than the present distance, and the rollout in which it was found.
    lifted: Vec<(f64, u32)>,
    rollout: u32,
    /// The junctions that the search has settled.
    settled: Vec<u32>,
    queue: BinaryHeap<Reverse<(u64, u32)>>,
    /// What the searches may cost; without one, whatever they do. One step a junction taken from the queue, and what is
    /// charged.
    pub(super) budget: Option<Budget>,
    /// Whether a search was given up because the budget ended.
    pub(super) is_spent: bool,
    /// Whether something was given up because the arena does not reach far enough; nothing that was found since is to be used.
    pub(super) is_short: bool,
    /// In an arena with a reach: what a way costs at least by the junctions that are beyond it and were offered in this search.
    horizon: f64,
}

impl Ways {
    /// What is known grows from one search to the next, until this is called.
    pub(super) fn start_over(&mut self, arena: &Arena<'_>) {
        if self.rollout == u32::MAX {
            self.broken.clear();
            self.lifted.clear();
            self.rollout = 0;
        }
        self.rollout += 1;
        let junctions = arena.network.state_count();
        if self.broken.len() < junctions {
            self.broken.resize(junctions, 0);
            self.lifted.resize(junctions, (0.0, 0));
        }
    }

    /// No way from the junction costs less than this.
    fn bound(&self, leg: &Leg, junction: u32) -> f64 {
        match self.lifted[junction as usize] {
            (bound, rollout) if rollout == self.rollout => bound,
            _ => leg.costs[junction as usize],
        }
    }

    /// From each junction settled on the way of that cost, the rest costs no less than the way beyond what led to the junction: a
    /// better bound for the searches to come (Koenig and Likhachev, Adaptive A*, AAMAS 2005).
    fn lift(&mut self, leg: &Leg, cost: f64) {
        for i in 0..self.settled.len() {
            let junction = self.settled[i];
            let rest = cost - self.labels[junction as usize].cost;
            if rest > self.bound(leg, junction) {
                self.lifted[junction as usize] = (rest, self.rollout);
            }
        }
    }

    /// Whether the present shortest way from the junction has lost none of its segments.
    fn is_intact(&mut self, leg: &Leg, view: &View, junction: u32) -> bool {
        let mut at = junction;
        let is_intact = loop {
            if self.broken[at as usize] == self.rollout {
                break false;
            }
            let (segment, next) = leg.onward[at as usize];
            if (segment, next) == NOWHERE {
                break true;
            }
            if view.costs[segment as usize].is_infinite() {
                break false;
            }
            at = next;
        };
        if !is_intact {
            let last = at;
            at = junction;
            self.broken[at as usize] = self.rollout;
            while at != last {
                at = leg.onward[at as usize].1;
                self.broken[at as usize] = self.rollout;
            }
        }
        is_intact
    }

    /// Writes the cheapest way from the spot by the ends of the legs, from leg number `first` on, into `steps`, and into `ends` after how
    /// many steps each of these legs ends; false if there is none, or the budget ended.
    pub(super) fn find(
        &mut self,
        arena: &Arena<'_>,
        first: usize,
        view: &View,
        mut from: Spot,
        steps: &mut Vec<Step>,
        ends: &mut Vec<usize>,
    ) -> bool {
        steps.clear();
        ends.clear();
        for i in first..arena.legs.len() {
            if i > first || arena.legs.len() > 1 {
                // What was found out of the bounds was of another leg.
                self.start_over(arena);
            }
            let Some(end) = self.find_leg(arena, i, view, from, steps) else { return false };
            ends.push(steps.len());
            from = end;
        }
        true
    }

    /// Appends the cheapest way from the spot to a leg's end, and returns which it is.
    fn find_leg(
        &mut self,
        arena: &Arena<'_>,
        number: usize,
        view: &View,
        from: Spot,
        steps: &mut Vec<Step>,
    ) -> Option<Spot> {
        let leg = &arena.legs[number];
        if leg.ends.iter().any(|end| arena.is_at(from, *end)) {
            return Some(from);
        }
        self.begin(leg.costs.len());
        // Its cost, and the leg's end with the step to it where that is the whole way.
        let mut best: Option<(f64, Option<(Spot, Step)>)> = None;
        match from {
            Spot::Junction { state, back } => {
                self.offer(arena, leg, state, Label { from: NONE, by: NONE, ..Label::default() });
                if let Some(segment) = back {
                    best = self.turn_back(arena, leg, view, segment, arena.node(state));
                }
            }
            Spot::Inside { segment, offset_m } => best = self.leave(arena, leg, view, segment, offset_m),
        }
        let may_shortcut = leg.ends.iter().all(|end| match end {
            Spot::Junction { .. } => true,
            Spot::Inside { segment, .. } => view.state(*segment) == arena.known.state(*segment),
        });
        let (mut last, mut reached, mut is_whole) = (NONE, None, true);
        let mut looked_at = 0;
        while let Some(Reverse((bits, junction))) = self.queue.pop() {
            if f64::from_bits(bits) >= self.horizon && best.as_ref().is_none_or(|(cost, _)| *cost > self.horizon) {
                break;
            }
            looked_at += 1;
            if looked_at == FLOOD_AFTER
                && leg.growth.is_some()
                && best.is_none()
                && self.is_cut_off(arena, number, view)
            {
                return None;
            }
            if let Some(budget) = &mut self.budget
                && budget.step().is_err()
            {
                self.is_spent = true;
                return None;
            }
            if best.as_ref().is_some_and(|(cost, _)| f64::from_bits(bits) >= *cost) {
                break;
            }
            let label = self.labels[junction as usize];
            if f64::from_bits(bits) > label.cost + self.bound(leg, junction) {
                continue;
            }
            if may_shortcut && self.is_intact(leg, view, junction) {
                best = Some((label.cost + leg.costs[junction as usize], None));
                (last, is_whole) = (junction, false);
                break;
            }
            self.settled.push(junction);
            for (i, end_junction, more) in arena.last_steps(number, view) {
                if end_junction == junction && best.as_ref().is_none_or(|(cost, _)| label.cost + more < *cost) {
                    best = Some((label.cost + more, None));
                    (last, reached) = (junction, Some(leg.ends[i]));
                }
            }
            for way in arena.network.departures(StateIndex(junction)) {
                let cost = label.cost + view.costs[way.segment.index()];
                if cost.is_finite() {
                    self.offer(
                        arena,
                        leg,
                        way.other.0,
                        Label { cost, from: junction, by: way.segment.0, ..Label::default() },
                    );
                }
            }
        }
        if self.horizon < f64::INFINITY && best.as_ref().is_none_or(|(cost, _)| *cost > self.horizon) {
            self.is_short = best.is_some() || !self.is_cut_off(arena, number, view);
            return None;
        }
        if let Some((cost, _)) = best {
            self.lift(leg, cost);
        }
        match best? {
            (_, Some((end, direct))) => {
                steps.push(direct);
                Some(end)
            }
            (_, None) => Some(self.read_off(arena, number, from, last, is_whole, reached, steps)),
        }
    }

    /// Charges the budget for work beside the searches.
    pub(super) fn charge(&mut self, steps: u64) {
        if let Some(budget) = &mut self.budget
            && budget.take(steps).is_err()
        {
            self.is_spent = true;
        }
    }

    /// Begins inside a segment; returns the direct way to an end of the leg on the same segment.
    fn leave(
        &mut self,
        arena: &Arena<'_>,
        leg: &Leg,
        view: &View,
        segment: u32,
        offset_m: f64,
    ) -> Option<(f64, Option<(Spot, Step)>)> {
        let road = &arena.roads[segment as usize];
        let known = view.state(segment);
        let blocked_m = view.blockage_m(segment).filter(|_| known == SegmentState::Blocked);
        // To leave a blocked segment costs what it is long.
        let is_blocked = known == SegmentState::Blocked;
        let share = if is_blocked { 1.0 } else { view.costs[segment as usize] / road.length_m };
        let oneway = road.oneway;
        if !oneway && blocked_m.is_none_or(|at_m| offset_m <= at_m) {
            let cost = share * offset_m;
            self.offer(
                arena,
                leg,
                arena.arrival(segment, false),
                Label { cost, from: NONE, by: segment, ..Label::default() },
            );
        }
        if blocked_m.is_none_or(|at_m| offset_m >= at_m) {
            let cost = share * (road.length_m - offset_m);
            self.offer(
                arena,
                leg,
                arena.arrival(segment, true),
                Label { cost, from: NONE, by: segment, ..Label::default() },
            );
        }
        let direct = |end: &Spot| {
            let Spot::Inside { segment: goal_segment, offset_m: goal_m } = *end else { return None };
            // Who stands at the very blockage may leave either way, and a goal there is reached from both sides.
            let passes = |at_m: f64| offset_m.min(goal_m) < at_m && at_m < offset_m.max(goal_m);
            let is_open = !is_blocked || blocked_m.is_some_and(|at_m| !passes(at_m));
            let is_direct = goal_segment == segment && is_open && !(oneway && goal_m < offset_m);
            let step = Step { segment, from_m: offset_m, to_m: goal_m };
            is_direct.then_some((share * step.length_m(), Some((*end, step))))
        };
        leg.ends.iter().filter_map(direct).min_by(|a, b| a.0.total_cmp(&b.0))
    }

    /// Begins at a junction from which the UGV may go back along its segment, which it does just before the junction; returns the
    /// way to an end of the leg there.
    fn turn_back(
        &mut self,
        arena: &Arena<'_>,
        leg: &Leg,
        view: &View,
        segment: u32,
        junction: u32,
    ) -> Option<(f64, Option<(Spot, Step)>)> {
        let (road, cost) = (&arena.roads[segment as usize], view.costs[segment as usize]);
        let is_forward = road.first == junction;
        let blocked_m = match view.state(segment) {
            SegmentState::Blocked => Some(view.blockage_m(segment)?),
            SegmentState::Unknown | SegmentState::Clear => None,
        };
        if blocked_m.is_none() {
            let label = Label { cost, from: NONE, by: segment, ..Label::default() };
            self.offer(arena, leg, arena.arrival(segment, is_forward), label);
        }
        let share = if blocked_m.is_some() { 1.0 } else { cost / road.length_m };
        let direct = |end: &Spot| {
            let Spot::Inside { segment: goal_segment, offset_m: to_m } = *end else { return None };
            let is_open = blocked_m.is_none_or(|at_m| if is_forward { to_m <= at_m } else { to_m >= at_m });
            let step = Step { segment, from_m: if is_forward { 0.0 } else { road.length_m }, to_m };
            (goal_segment == segment && is_open).then_some((share * step.length_m(), Some((*end, step))))
        };
        leg.ends.iter().filter_map(direct).min_by(|a, b| a.0.total_cmp(&b.0))
    }

    fn begin(&mut self, junctions: usize) {
        if self.generation == u32::MAX {
            self.labels.clear();
            self.generation = 0;
        }
        self.generation += 1;
        if self.labels.len() < junctions {
            self.labels.resize(junctions, Label::default());
        }
        self.queue.clear();
        self.settled.clear();
        self.horizon = f64::INFINITY;
    }

    fn offer(&mut self, arena: &Arena<'_>, leg: &Leg, junction: u32, offered: Label) {
        let label = self.labels[junction as usize];
        if label.generation != self.generation || offered.cost < label.cost {
            self.labels[junction as usize] = Label { generation: self.generation, ..offered };
            let bound = offered.cost + self.bound(leg, junction);
            if bound.is_finite() {
                self.queue.push(Reverse((bound.to_bits(), junction)));
            } else if let Some(growth) = &leg.growth {
                self.horizon = self.horizon.min(offered.cost + growth.floor(arena.network, junction));
            }
        }
    }

    /// Appends the way whose last junction with a label this is, and returns the leg's end. A way that is not whole goes on as the
    /// present shortest one does; of a whole one it is known which end was `reached`.
    #[expect(clippy::too_many_arguments, reason = "the findings of one search")]
    fn read_off(
        &self,
        arena: &Arena<'_>,
        number: usize,
        from: Spot,
        end: u32,
        is_whole: bool,
        reached: Option<Spot>,
        steps: &mut Vec<Step>,
    ) -> Spot {
        let leg = &arena.legs[number];
        let begins = steps.len();
        let mut junction = end;
        loop {
            let label = &self.labels[junction as usize];
            if label.by == NONE {
                break;
            }
            let road = &arena.roads[label.by as usize];
            let to_m = if road.last == arena.node(junction) { road.length_m } else { 0.0 };
            if label.from == NONE {
                let from_m = match from {
                    Spot::Inside { offset_m, .. } => offset_m,
                    Spot::Junction { .. } => road.length_m - to_m,
                };
                steps.push(Step { segment: label.by, from_m, to_m });
                break;
            }
            steps.push(Step { segment: label.by, from_m: road.length_m - to_m, to_m });
            junction = label.from;
        }
        steps[begins..].reverse();
        let mut last = end;
        if !is_whole {
            while leg.onward[last as usize] != NOWHERE {
                let (segment, next) = leg.onward[last as usize];
                let road = &arena.roads[segment as usize];
                let to_m = if road.last == arena.node(next) { road.length_m } else { 0.0 };
                steps.push(Step { segment, from_m: road.length_m - to_m, to_m });
                last = next;
            }
        }
        let reached = reached.filter(|_| is_whole).unwrap_or_else(|| {
            let near = arena.last_steps(number, &arena.known).filter(|(_, junction, _)| *junction == last);
            let nearest = near.min_by(|a, b| a.2.total_cmp(&b.2));
            nearest.map_or(Spot::Junction { state: last, back: None }, |(i, ..)| leg.ends[i])
        });
        match reached {
            Spot::Inside { segment, offset_m } => {
                let road = &arena.roads[segment as usize];
                let from_m = if road.first == arena.node(last) { 0.0 } else { road.length_m };
                steps.push(Step { segment, from_m, to_m: offset_m });
                reached
            }
            // How it has come there matters for the next leg.
            Spot::Junction { .. } => match steps[begins..].last() {
                Some(step) => {
                    let state = arena.arrival(step.segment, step.is_forward());
                    Spot::Junction { state, back: None }
                }
                None => from,
            },
        }
    }
}
