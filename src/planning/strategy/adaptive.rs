//! `adaptive`

use serde_json::{Map, Value};

use super::Strategy;
use super::schedule::{Schedule, reversed, unknown_ahead};
use crate::domain::ids::SegmentId;
use crate::domain::knowledge::SegmentState;
use crate::domain::network::Leg;
use crate::domain::plan::{Decision, Outcome, Route};
use crate::planning::budget::Budget;
use crate::planning::rollout::{Arena, FirstMove, Player, Policy, Rule, Step, Target, Worlds};
use crate::planning::search::Search;
use crate::planning::situation::Situation;

/// See the [module](self).
#[derive(Clone, Copy, Debug, Default)]
pub struct Adaptive;

fn par(parameters: &Map<String, Value>, name: &str, default: f64) -> f64 {
    parameters.get(name).and_then(Value::as_f64).unwrap_or(default)
}

impl Strategy for Adaptive {
    fn name(&self) -> &'static str {
        "adaptive"
    }

    fn summary(&self) -> &'static str {
        "x"
    }

    fn check_parameters(&self, _parameters: &Map<String, Value>) -> Result<(), super::ParameterFault> {
        Ok(())
    }

    fn decide(
        &self,
        situation: &Situation<'_>,
        parameters: &Map<String, Value>,
        search: &mut Search,
        budget: &mut Budget,
    ) -> Decision {
        let outcome = search.outcome(situation, budget);
        if outcome.route().is_none() {
            return Decision { outcome, tasking: super::schedule::idle(situation.uavs) };
        }
        let mut judge = Judge::new(situation, parameters);
        judge.decide(outcome)
    }
}

struct Judge<'a, 's> {
    situation: &'s Situation<'a>,
    arena: Arena<'a>,
    player: Player,
    worlds: Worlds,
    count: u32,
    candidates: usize,
    z: f64,
    flags: u32,
    horizon: usize,
}

impl<'a, 's> Judge<'a, 's> {
    fn new(situation: &'s Situation<'a>, parameters: &Map<String, Value>) -> Self {
        Self {
            situation,
            arena: Arena::new(situation, par(parameters, "caution", 2.0)),
            player: Player::default(),
            worlds: Worlds::new(situation.seed),
            count: par(parameters, "worlds", 48.0) as u32,
            candidates: par(parameters, "candidates", 10.0) as usize,
            z: par(parameters, "z", 1.5),
            flags: par(parameters, "flags", 7.0) as u32,
            horizon: par(parameters, "horizon", 2000.0) as usize,
        }
    }

    fn play(&mut self, world: u32, rule: Rule, way: Option<&[Step]>, targets: &[Option<Target>]) -> f64 {
        let world = self.worlds.world(world);
        self.player.play(
            &self.arena,
            self.situation,
            world,
            Policy { rule, horizon: self.horizon },
            FirstMove { way, targets },
        )
    }

    fn race(
        &mut self,
        rule: Rule,
        arrivals: &[f64],
        candidates: &[(Vec<Step>, Vec<Option<Target>>)],
    ) -> Option<(usize, Vec<f64>)> {
        let mut sums: Vec<(f64, f64, f64)> = vec![(0.0, 0.0, 0.0); candidates.len()];
        let mut alive: Vec<usize> = (0..candidates.len()).collect();
        let mut new_arrivals: Vec<Vec<f64>> = vec![Vec::new(); candidates.len()];
        for block in 0..self.count.div_ceil(8) {
            for option in &alive {
                let (way, targets) = &candidates[*option];
                for world in block * 8..(block * 8 + 8).min(self.count) {
                    let a = self.play(world, rule, Some(way), targets);
                    new_arrivals[*option].push(a);
                    let b = arrivals[world as usize];
                    if a.is_finite() && b.is_finite() {
                        let d = &mut sums[*option];
                        *d = (d.0 + 1.0, d.1 + a - b, d.2 + (a - b) * (a - b));
                    }
                }
            }
            alive.retain(|option| {
                let (mean, error) = stats(sums[*option]);
                block == 0 && mean < 2.0 * error || mean < 0.3 * error
            });
        }
        let (_, best) = alive
            .iter()
            .map(|option| (stats(sums[*option]), *option))
            .filter(|((mean, error), _)| *mean < -self.z * error && *mean < -1e-6)
            .min_by(|a, b| a.0.0.total_cmp(&b.0.0))?;
        Some((best, new_arrivals.swap_remove(best)))
    }

    fn decide(&mut self, outcome: Outcome) -> Decision {
        let uavs = self.situation.uavs.len();
        let Some(way) = self.player.first_way(&self.arena) else {
            return Decision { outcome, tasking: super::schedule::idle(self.situation.uavs) };
        };
        let is_on_way = |segment: u32| way.iter().any(|step| step.segment == segment);
        let mut targets: Vec<Option<Target>> = vec![None; uavs];
        for (i, uav) in self.situation.uavs.iter().enumerate() {
            if let Some(leg) = uav.inspecting
                && self.situation.knowledge.state(leg.segment) == SegmentState::Unknown
                && is_on_way(leg.segment.0)
                && !targets.iter().flatten().any(|t: &Target| t.segment == leg.segment.0)
            {
                targets[i] = Some(Target { segment: leg.segment.0, from_m: leg.from_m, to_m: leg.to_m });
            }
            if let Some(leg) = uav.bound_for
                && self.flags & 8 != 0
                && self.situation.knowledge.state(leg.segment) == SegmentState::Unknown
                && (is_on_way(leg.segment.0) || self.flags & 64 != 0)
                && !targets.iter().flatten().any(|t: &Target| t.segment == leg.segment.0)
            {
                targets[i] = Some(Target { segment: leg.segment.0, from_m: leg.from_m, to_m: leg.to_m });
            }
        }
        // The rule.
        let rules = match self.flags >> 8 {
            1 => vec![Rule::Forward],
            2 => vec![Rule::Backward],
            3 => vec![Rule::Suffix],
            _ => vec![Rule::Forward, Rule::Backward, Rule::Suffix],
        };
        let mut best: Option<(f64, Rule, Vec<f64>)> = None;
        let mut scores: Vec<(f64, u32)> = Vec::new();
        let mut weight = vec![0.0; self.arena.segment_count()];
        for rule in rules {
            let mut arrivals = Vec::new();
            for world in 0..self.count {
                arrivals.push(self.play(world, rule, None, &targets));
                for (segment, wasted_s) in &self.player.surprises {
                    weight[*segment as usize] += 10.0 + wasted_s;
                }
                for segment in &self.player.driven {
                    weight[*segment as usize] += 1.0;
                }
            }
            let finite: Vec<f64> = arrivals.iter().copied().filter(|a| a.is_finite()).collect();
            let mean = finite.iter().sum::<f64>() / (finite.len().max(1) as f64);
            if best.as_ref().is_none_or(|(least, _, _)| mean < *least) {
                best = Some((mean, rule, arrivals));
            }
        }
        let Some((_, rule, mut arrivals)) = best else {
            return Decision { outcome, tasking: super::schedule::idle(self.situation.uavs) };
        };
        for (i, w) in weight.iter().enumerate() {
            if *w > 0.0 {
                scores.push((*w, i as u32));
            }
        }
        scores.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        // The way.
        let mut chosen_way = way.clone();
        let plain: Vec<Step> = outcome
            .route()
            .map(|route| {
                route
                    .legs
                    .iter()
                    .map(|leg| Step { segment: leg.segment.0, from_m: leg.from_m, to_m: leg.to_m })
                    .collect()
            })
            .unwrap_or_default();
        let mut is_other_way = false;
        if self.flags & 2 != 0 {
            let mut ways: Vec<Vec<Step>> = vec![plain.clone()];
            for caution in [1.0, 4.0, 8.0] {
                let arena = Arena::new(self.situation, caution);
                ways.extend(self.player.first_way(&arena));
            }
            if self.flags & 128 != 0 {
                let mut avoided = way.clone();
                for _ in 0..3 {
                    let arena = self.arena.avoiding(&avoided, 1.5);
                    let Some(other) = self.player.first_way(&arena) else { break };
                    avoided.extend_from_slice(&other);
                    ways.push(other);
                }
            }
            let mut candidates: Vec<(Vec<Step>, Vec<Option<Target>>)> = Vec::new();
            for other in ways {
                if other != way && candidates.iter().all(|(known, _)| *known != other) {
                    candidates.push((other, targets.clone()));
                }
            }
            if let Some((i, better)) = self.race(rule, &arrivals, &candidates) {
                chosen_way = candidates.swap_remove(i).0;
                arrivals = better;
                is_other_way = true;
            }
        } else if self.flags & 4 == 0 {
            chosen_way = plain;
        }
        // The UAVs.
        for i in 0..uavs {
            let is_flying = targets[i].is_some();
            if self.flags & 1 == 0 || (is_flying && self.flags & 32 == 0) {
                continue;
            }
            let first_way = is_other_way.then_some(&chosen_way[..]);
            self.play(0, rule, first_way, &targets);
            let own = self.player.first_targets[i];
            let held: Vec<u32> = targets.iter().flatten().map(|t| t.segment).collect();
            let mut options: Vec<Target> = Vec::new();
            for leg in [self.situation.uavs[i].inspecting, self.situation.uavs[i].bound_for].into_iter().flatten() {
                if self.flags & 16 != 0
                    && self.situation.knowledge.state(leg.segment) == SegmentState::Unknown
                    && !held.contains(&leg.segment.0)
                    && own.is_none_or(|t| t.segment != leg.segment.0)
                {
                    options.push(Target { segment: leg.segment.0, from_m: leg.from_m, to_m: leg.to_m });
                }
            }
            for (_, segment) in &scores {
                if options.len() >= self.candidates {
                    break;
                }
                if held.contains(segment)
                    || own.is_some_and(|t| t.segment == *segment)
                    || options.iter().any(|t| t.segment == *segment)
                {
                    continue;
                }
                options.push(self.arena.nearest_target(*segment, self.situation.uavs[i].point));
            }
            let with = |target: Target| {
                let mut with = targets.clone();
                with[i] = Some(target);
                (first_way.unwrap_or(&way).to_vec(), with)
            };
            let candidates: Vec<_> = options.iter().map(|target| with(*target)).collect();
            let raced = self.race(rule, &arrivals, &candidates);
            targets[i] = own;
            if let Some((chosen, better)) = raced {
                targets[i] = Some(options[chosen]);
                arrivals = better;
            }
        }
        if self.flags & 1 == 0 {
            self.play(0, rule, is_other_way.then_some(&chosen_way[..]), &targets);
            targets.clone_from(&self.player.first_targets);
        }
        let legs: Vec<Leg> = chosen_way
            .iter()
            .map(|step| Leg { segment: SegmentId(step.segment), from_m: step.from_m, to_m: step.to_m })
            .collect();
        let length_m = legs.iter().map(Leg::length_m).sum::<f64>();
        let route = Route { legs, length_m, duration_s: length_m / self.situation.ugv.speed_mps };
        let mut schedule = Schedule::empty(self.situation);
        for (i, target) in targets.iter().enumerate() {
            if let Some(target) = target {
                let leg = Leg { segment: SegmentId(target.segment), from_m: target.from_m, to_m: target.to_m };
                schedule.give_leg(i, leg);
            }
        }
        let ahead = unknown_ahead(self.situation, Some(&route));
        if rule == Rule::Forward {
            for passage in ahead {
                schedule.give_ahead(&passage);
            }
        } else {
            for passage in ahead.into_iter().rev() {
                let against = reversed(passage.leg.direction());
                let leg = self.situation.network.whole_leg(passage.leg.segment, against);
                schedule.give_to_earliest(&[leg], |inspection| inspection.begins_s < passage.ends_s);
            }
        }
        Decision { outcome: Outcome::Route { route }, tasking: schedule.into_tasking() }
    }
}

/// Mean and its standard error.
fn stats((n, sum, squares): (f64, f64, f64)) -> (f64, f64) {
    if n < 2.0 {
        return (0.0, f64::INFINITY);
    }
    let mean = sum / n;
    let variance = ((squares - n * mean * mean) / (n - 1.0)).max(0.0);
    (mean, (variance / n).sqrt())
}
