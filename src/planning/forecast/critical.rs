//! Which segments matter most: the same worlds with a segment blocked and clear.

use super::{CriticalSegment, Stage};
use crate::domain::ids::SegmentId;

/// How many candidates are looked at for each segment asked for. Those that the UGV relies on most often, weighed with the probability
/// that they are blocked, are nearly always among the most critical, but not in that order.
const CANDIDATES_PER_SEGMENT: usize = 3;

/// Where the budget is short, fewer candidates are looked at in at least so many pairs of worlds, but never fewer than the least: a
/// few that are measured well tell more than many that are not.
const LEAST_PAIRS: u64 = 25;
const LEAST_CANDIDATES: u64 = 4;

/// For the order only, a goal that is not reached counts as a delay of so many times the arrival: to lose it is worse than any
/// detour, but a detour that is likely is worse than a loss in one world of a thousand.
const LOST_GOAL_FACTOR: f64 = 3.0;

/// A delay that is no more than this is rounding.
const LEAST_DELAY_S: f64 = 1e-6;

/// Worlds played to their ends, nothing forced.
pub(super) struct Sample {
    /// When the UGV arrives in each; infinite where it does not.
    pub(super) arrivals_s: Vec<f64>,
    /// The segments of which anybody saw the state, of each world, ascending. The other segments' states made no difference.
    looked_at: Vec<Vec<u32>>,
    /// What all of it cost.
    steps: u64,
    /// In how many worlds the UGV relied on each segment.
    uses: Vec<u32>,
}

impl Sample {
    /// Plays so many worlds, or until the budget ends.
    pub(super) fn draw(stage: &mut Stage<'_, '_>, worlds: u32) -> Self {
        let mut sample = Self {
            arrivals_s: Vec::new(),
            looked_at: Vec::new(),
            steps: 0,
            uses: vec![0; stage.situation.network.segments().len()],
        };
        let steps_before = stage.player.steps_left().unwrap_or_default();
        for number in 0..worlds {
            let Some(arrival_s) = stage.play(stage.worlds.world(number)) else { break };
            sample.arrivals_s.push(arrival_s);
            let mut relied_on = stage.player.relied_on.clone();
            relied_on.sort_unstable();
            relied_on.dedup();
            for segment in &relied_on {
                sample.uses[*segment as usize] += 1;
            }
            let mut looked_at = relied_on;
            looked_at.extend_from_slice(&stage.player.inspected);
            looked_at.sort_unstable();
            looked_at.dedup();
            sample.looked_at.push(looked_at);
        }
        sample.steps = steps_before - stage.player.steps_left().unwrap_or_default();
        sample
    }
}

/// What pairs of worlds say of one segment.
#[derive(Clone, Debug)]
struct Candidate {
    segment: u32,
    blockage_probability: f64,
    /// The worlds in which the goal is reached either way, and the sum of the delays.
    both: u32,
    delay_s: f64,
    /// The worlds in which it is reached only if the segment is clear, and the sum of the arrivals then.
    cut_off: u32,
    cut_off_arrival_s: f64,
}

impl Candidate {
    fn add(&mut self, blocked_s: f64, clear_s: f64) {
        match (blocked_s.is_finite(), clear_s.is_finite()) {
            (true, true) => {
                self.both += 1;
                self.delay_s += blocked_s - clear_s;
            }
            (false, true) => {
                self.cut_off += 1;
                self.cut_off_arrival_s += clear_s;
            }
            // Out of reach either way; or a one-way road into a trap, which the blockage kept the UGV from.
            (_, false) => {}
        }
    }

    /// What the segment is expected to cost, for the order.
    fn weight_s(&self) -> f64 {
        let reached = f64::from((self.both + self.cut_off).max(1));
        self.blockage_probability * (self.delay_s + LOST_GOAL_FACTOR * self.cut_off_arrival_s) / reached
    }

    fn critical(&self, used_probability: f64) -> CriticalSegment {
        let delay_s = (self.both > 0).then(|| self.delay_s / f64::from(self.both));
        CriticalSegment {
            segment: SegmentId(self.segment),
            blockage_probability: self.blockage_probability,
            used_probability,
            delay_s,
            criticality_s: delay_s.map(|delay_s| delay_s * self.blockage_probability),
            cuts_off_probability: f64::from(self.cut_off) / f64::from((self.both + self.cut_off).max(1)),
        }
    }
}

/// The segments on which most depends, at most so many, and how many worlds that is from.
pub(super) fn most_critical(stage: &mut Stage<'_, '_>, sample: &Sample, count: usize) -> (u32, Vec<CriticalSegment>) {
    let rollouts =
        stage.player.steps_left().unwrap_or_default() / (sample.steps / sample.arrivals_s.len().max(1) as u64).max(1);
    let affordable = (rollouts / LEAST_PAIRS).max(LEAST_CANDIDATES);
    let most = count.saturating_mul(CANDIDATES_PER_SEGMENT).min(usize::try_from(affordable).unwrap_or(usize::MAX));
    let mut candidates = candidates(stage, sample, most);
    let mut worlds = 0;
    let mut pairs = Vec::with_capacity(candidates.len());
    'worlds: for (number, (own_s, looked_at)) in (0_u32..).zip(sample.arrivals_s.iter().zip(&sample.looked_at)) {
        let world = stage.worlds.world(number);
        pairs.clear();
        for candidate in &candidates {
            let is_blocked = world.blockage(candidate.segment, candidate.blockage_probability).is_some();
            let other_s = match looked_at.binary_search(&candidate.segment) {
                Ok(_) => stage.play(world.with(candidate.segment, !is_blocked)),
                // Nobody would notice.
                Err(_) => Some(*own_s),
            };
            let Some(other_s) = other_s else { break 'worlds };
            pairs.push(if is_blocked { (*own_s, other_s) } else { (other_s, *own_s) });
        }
        for (candidate, (blocked_s, clear_s)) in candidates.iter_mut().zip(&pairs) {
            candidate.add(*blocked_s, *clear_s);
        }
        worlds += 1;
    }
    candidates.retain(|candidate| candidate.weight_s() > LEAST_DELAY_S);
    candidates.sort_by(|a, b| b.weight_s().total_cmp(&a.weight_s()).then(a.segment.cmp(&b.segment)));
    candidates.truncate(count);
    let played = sample.arrivals_s.len().max(1) as f64;
    let used = |candidate: &Candidate| f64::from(sample.uses[candidate.segment as usize]) / played;
    (worlds, candidates.iter().map(|candidate| candidate.critical(used(candidate))).collect())
}

/// The segments that may matter most; ties go to the lower id.
fn candidates(stage: &Stage<'_, '_>, sample: &Sample, count: usize) -> Vec<Candidate> {
    let mut candidates: Vec<Candidate> = (0_u32..)
        .zip(&sample.uses)
        .filter(|(_, uses)| **uses > 0)
        .map(|(segment, _)| Candidate {
            segment,
            blockage_probability: stage.situation.blockage_probability(SegmentId(segment)),
            both: 0,
            delay_s: 0.0,
            cut_off: 0,
            cut_off_arrival_s: 0.0,
        })
        .filter(|candidate| candidate.blockage_probability > 0.0)
        .collect();
    let weight = |c: &Candidate| f64::from(sample.uses[c.segment as usize]) * c.blockage_probability;
    candidates.sort_by(|a, b| weight(b).total_cmp(&weight(a)).then(a.segment.cmp(&b.segment)));
    candidates.truncate(count);
    candidates
}
