//! Judges moves by rollouts in the same worlds.

use crate::planning::budget::Budget;
use crate::planning::rollout::{Arena, BLOCK, FirstMove, Player, Policy, Rule, Step, Target, Worlds};
use crate::planning::situation::Situation;

/// What is to be done at once: the UGV's way, and each UAV's inspections in order.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Move {
    pub(super) way: Vec<Step>,
    pub(super) errands: Vec<Vec<Target>>,
}

/// A candidate stays in the race while it is no worse than so many standard errors, at the first comparison and later.
const HOPEFUL: (f64, f64) = (1.5, 0.2);

/// What a rollout may take on average, in steps of a [`Budget`]: so many, and one for so many junctions and segments of the
/// network, over which searches go and which are copied. Those with many vehicles and blockages take several times as long as those with
/// few, and then fewer are played.
const STEPS_A_ROLLOUT: (u64, u64) = (30, 50);

/// What a junction costs that is laid out, in steps.
const STEPS_A_JUNCTION: u64 = 1;

/// Other ways are looked for while the steps that are left would lay out so many arenas.
const LEAST_ARENAS: u64 = 4;

/// So many rollouts for each world is what a decision wants to play; fewer worlds are taken where they are long.
const ROLLOUTS_A_WORLD: u64 = 12;

/// Rollouts times junctions that a decision may cost at most.
const MOST_WORK: u64 = 8_000_000;

/// A network of more junctions is looked at no further than the rollouts ask for, and counts as one of so many.
const WHOLE: u64 = 1_333;

/// Plays moves against each other. Counts what it plays: the same situation ends at the same rollout on every machine.
pub(super) struct Judge<'a, 's> {
    pub(super) situation: &'s Situation<'a>,
    pub(super) arena: Arena<'a>,
    pub(super) player: Player,
    worlds: Worlds,
    pub(super) world_count: u32,
    pub(super) rollouts_left: u64,
    budget: &'s mut Budget,
}

/// The arrivals of a move, one a world.
pub(super) type Arrivals = Vec<f64>;

impl<'a, 's> Judge<'a, 's> {
    pub(super) fn new(
        situation: &'s Situation<'a>,
        world_count: u32,
        rollouts: u64,
        caution: f64,
        budget: &'s mut Budget,
    ) -> Self {
        let junctions = situation.network.junction_count().max(1) as u64;
        let segments = situation.network.segments().len() as u64;
        let counted = junctions.min(WHOLE);
        let rollouts = rollouts.min(MOST_WORK / counted);
        let (fixed, share) = STEPS_A_ROLLOUT;
        let steps = rollouts * (fixed + (junctions + segments) * counted / junctions / share);
        let arena = match junctions <= WHOLE {
            true => Arena::new(situation, 0.0).prudent(caution),
            false => Arena::within_reach(situation, caution),
        };
        Self::over(situation, arena, world_count, rollouts, steps, budget)
    }

    /// A judge of moves in an arena, with so many rollouts of so many steps in all.
    pub(super) fn over(
        situation: &'s Situation<'a>,
        arena: Arena<'a>,
        world_count: u32,
        rollouts_left: u64,
        steps: u64,
        budget: &'s mut Budget,
    ) -> Self {
        // At most half of the rollouts for the rules.
        let world_count = world_count.min((rollouts_left / 6) as u32);
        let (player, worlds) = (Player::within(Budget::steps(steps)), Worlds::new(situation.seed));
        Self { situation, arena, player, worlds, world_count, rollouts_left, budget }
    }

    /// The UGV's way, with what is charged for it.
    pub(super) fn first_way(&mut self) -> Option<Vec<Step>> {
        let Self { arena, player, .. } = self;
        way_in(player, arena)
    }

    /// Whether laying out another arena leaves enough for rollouts.
    fn affords_arena(&self) -> bool {
        let takes = LEAST_ARENAS * STEPS_A_JUNCTION * self.arena.junctions() as u64;
        !self.arena.has_reach() || self.player.steps_left().is_none_or(|left| left >= takes)
    }

    /// The way of a UGV with another degree of caution; none where that would take too much.
    pub(super) fn way_with_caution(&mut self, caution: f64) -> Option<Vec<Step>> {
        if !self.affords_arena() {
            return None;
        }
        let mut arena = match self.arena.has_reach() {
            true => self.arena.with_caution(caution),
            false => Arena::new(self.situation, 0.0).prudent(caution),
        };
        way_in(&mut self.player, &mut arena)
    }

    /// The way of a UGV that counts the unknown segments of other ways so many times; none where that would take too much.
    pub(super) fn way_avoiding(&mut self, ways: &[Step], times: f64) -> Option<Vec<Step>> {
        if !self.affords_arena() {
            return None;
        }
        let mut arena = self.arena.avoiding(ways, times);
        way_in(&mut self.player, &mut arena)
    }

    /// Whether there are enough worlds to tell anything.
    pub(super) fn can_judge(&self) -> bool {
        self.world_count >= BLOCK / 2
    }

    /// Takes as many worlds, in whole blocks, as can be afforded after what the rollouts so far have cost.
    fn limit_worlds(&mut self, rollouts: u64, steps: u64) {
        let affordable = self.player.steps_left().unwrap_or(0) * rollouts / (steps.max(1) * ROLLOUTS_A_WORLD);
        let blocks = (affordable.min(u64::from(self.world_count)) as u32 / BLOCK).max(1);
        self.world_count = self.world_count.min(blocks * BLOCK);
    }

    /// One rollout: seconds until the UGV arrives, infinite where there is no way. `None` if no rollout is left.
    pub(super) fn play(&mut self, world: u32, rule: Rule, tried: &Move) -> Option<f64> {
        if self.rollouts_left == 0 || self.budget.is_cancelled() {
            return None;
        }
        self.rollouts_left -= 1;
        let first = FirstMove { way: Some(&tried.way), errands: &tried.errands };
        let world = self.worlds.world(world);
        loop {
            let arrival_s = self.player.play(&self.arena, self.situation, world, Policy { rule }, first);
            if self.player.is_spent() {
                return None;
            }
            if !self.player.falls_short() {
                return Some(arrival_s);
            }
            widen(&mut self.player, &mut self.arena);
        }
    }

    /// Plays the first move in all worlds, of which there are as many as its first rollouts say can be afforded; `each` sees the
    /// player after each. `None` if the rollouts do not suffice.
    pub(super) fn play_first(&mut self, rule: Rule, tried: &Move, mut each: impl FnMut(&Player)) -> Option<Arrivals> {
        let steps = self.player.steps_left().unwrap_or(0);
        let mut arrivals = Vec::with_capacity(self.world_count as usize);
        let mut world = 0;
        while world < self.world_count {
            arrivals.push(self.play(world, rule, tried)?);
            each(&self.player);
            world += 1;
            if world == BLOCK {
                self.limit_worlds(u64::from(BLOCK), steps - self.player.steps_left().unwrap_or(0));
            }
        }
        Some(arrivals)
    }

    /// What each UAV does first if everybody starts with this move and follows the rule.
    pub(super) fn first_targets(&mut self, rule: Rule, tried: &Move) -> Option<&[Option<Target>]> {
        self.play(0, rule, tried)?;
        Some(&self.player.first_targets)
    }

    /// The candidate that is better than the base's arrivals by so many standard errors of the paired differences, and of these the
    /// best in the mean; with its arrivals.
    pub(super) fn race(
        &mut self,
        base: &Arrivals,
        candidates: &[(Rule, Move)],
        sure: f64,
    ) -> Option<(usize, Arrivals)> {
        let mut runners: Vec<(usize, Arrivals, Paired)> =
            (0..candidates.len()).map(|i| (i, Vec::new(), Paired::default())).collect();
        let mut played = 0;
        while played < self.world_count && !runners.is_empty() {
            let block = played..(played + BLOCK).min(self.world_count);
            for (i, arrivals, paired) in &mut runners {
                for world in block.clone() {
                    let (rule, tried) = &candidates[*i];
                    let arrival_s = self.play(world, *rule, tried)?;
                    arrivals.push(arrival_s);
                    paired.add(arrival_s, base[world as usize]);
                }
            }
            let hopeful = if played == 0 { HOPEFUL.0 } else { HOPEFUL.1 };
            played = block.end;
            runners.retain(|(_, _, paired)| {
                let (mean_s, error_s) = paired.mean_and_error();
                mean_s < hopeful * error_s
            });
        }
        let surely_better = |paired: &Paired| {
            let (mean_s, error_s) = paired.mean_and_error();
            (mean_s < -sure * error_s).then_some(mean_s)
        };
        runners
            .into_iter()
            .filter_map(|(i, arrivals, paired)| surely_better(&paired).map(|mean_s| (mean_s, i, arrivals)))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, i, arrivals)| (i, arrivals))
    }
}

/// The UGV's way in an arena, which is widened until it can be told.
fn way_in(player: &mut Player, arena: &mut Arena<'_>) -> Option<Vec<Step>> {
    player.charge(arena.take_work() * STEPS_A_JUNCTION);
    loop {
        let way = player.first_way(arena);
        if !player.falls_short() {
            return way;
        }
        widen(player, arena);
    }
}

fn widen(player: &mut Player, arena: &mut Arena<'_>) {
    arena.widen();
    player.charge(arena.take_work() * STEPS_A_JUNCTION);
}

/// Differences of arrivals in the same worlds, summed up.
#[derive(Clone, Copy, Debug, Default)]
struct Paired {
    count: f64,
    sum_s: f64,
    squares: f64,
}

impl Paired {
    /// A world without a way tells nothing: there is none for either.
    fn add(&mut self, arrival_s: f64, base_s: f64) {
        // What is less than a microsecond is rounding, and no reason for a departure.
        let difference_s = ((arrival_s - base_s) * 1e6).round() / 1e6;
        if difference_s.is_finite() {
            self.count += 1.0;
            self.sum_s += difference_s;
            self.squares += difference_s * difference_s;
        }
    }

    /// The mean difference and its standard error.
    fn mean_and_error(&self) -> (f64, f64) {
        if self.count < 2.0 {
            return (0.0, f64::INFINITY);
        }
        let mean_s = self.sum_s / self.count;
        let variance = ((self.squares - self.count * mean_s * mean_s) / (self.count - 1.0)).max(0.0);
        (mean_s, (variance / self.count).sqrt())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paired_differences_have_the_textbook_mean_and_standard_error() {
        let mut paired = Paired::default();
        for (arrival_s, base_s) in [(10.0, 12.0), (20.0, 24.0), (7.0, f64::INFINITY), (30.0, 30.0)] {
            paired.add(arrival_s, base_s);
        }
        // -2, -4, 0: mean -2, variance 4.
        let (mean_s, error_s) = paired.mean_and_error();
        assert_eq!(mean_s, -2.0);
        assert!((error_s - (4.0_f64 / 3.0).sqrt()).abs() < 1e-12);
        assert_eq!(Paired::default().mean_and_error(), (0.0, f64::INFINITY));
    }
}
