//! Scratch.
#![allow(missing_docs, unreachable_pub)]
use super::*;
use crate::planning::situation::Situation;

/// Arrivals of a policy from a situation, one a world.
#[allow(private_interfaces)]
pub fn arrivals(situation: &Situation<'_>, rule: Rule, caution: f64, worlds: std::ops::Range<u32>, seed: u64) -> Vec<f64> {
    let mut arena = Arena::new(situation, 0.0).prudent(caution);
    let mut player = Player::default();
    let drawn = Worlds::new(seed);
    worlds.map(|w| player.play(&arena, situation, drawn.world(w), Policy { rule }, FirstMove { way: None, errands: &[] })).collect()
}

/// What adaptive decides, and its arrivals in other worlds; with the rollouts spent and milliseconds.
pub fn decide(situation: &Situation<'_>, worlds: u32, rollouts: u64, candidates: usize, caution: f64, oos: u32, seed: u64) -> Option<(Vec<f64>, u64, f64)> {
    let t = std::time::Instant::now();
    let (rule, way, errands, spent) = crate::planning::strategy::adaptive::lab_choose(situation, worlds, rollouts, candidates, caution)?;
    let ms = t.elapsed().as_secs_f64() * 1e3;
    let arena = Arena::new(situation, 0.0).prudent(caution);
    let mut player = Player::default();
    let drawn = Worlds::new(seed);
    let first = FirstMove { way: Some(&way), errands: &errands };
    Some(((0..oos).map(|w| player.play(&arena, situation, drawn.world(w), Policy { rule }, first)).collect(), spent, ms))
}
