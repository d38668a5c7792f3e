//! The moves that are tried, and the one that is chosen.

use super::judge::{Judge, Move};
use crate::domain::network::{Leg, Place};
use crate::planning::rollout::{Rule, Step, Target, Weights};

/// How the UAVs may act after the first move. Which is the best depends on the UAVs' speed and number, on what is blocked, and on
/// the moment. Each was found by an evolution strategy (separable CMA-ES: Ros and Hansen 2008) that made the mean arrival of the base policy
/// earliest, over missions and worlds drawn for it on the large networks of the benchmark with one setting of UAVs and blockage
/// probabilities of 0.1, 0.2 and 0.3: three and one UAV as fast as the UGV, three and one that are twice as fast.
const RULES: [Rule; 4] = [
    Rule::Worth(&Weights {
        due: -0.52,
        done: -2.14,
        deadhead: -0.14,
        short_deadhead: -0.38,
        slack: 0.57,
        aside: -17.7,
        depth: -0.16,
        lost: 0.15,
        length: 0.56,
        lead_share: -0.24,
        lead: 0.54,
    }),
    Rule::Worth(&Weights {
        due: -0.47,
        done: -1.53,
        deadhead: -0.25,
        short_deadhead: -0.22,
        slack: 0.85,
        aside: -27.4,
        depth: -2.5,
        lost: 0.08,
        length: 0.46,
        lead_share: 0.01,
        lead: 0.4,
    }),
    Rule::Worth(&Weights {
        due: -0.37,
        done: -2.29,
        deadhead: -0.71,
        short_deadhead: -0.29,
        slack: 0.24,
        aside: -13.8,
        depth: -1.2,
        lost: 0.11,
        length: 0.21,
        lead_share: -0.27,
        lead: 0.07,
    }),
    Rule::Worth(&Weights {
        due: -0.5,
        done: -2.41,
        deadhead: -0.71,
        short_deadhead: 0.25,
        slack: 0.01,
        aside: -12.7,
        depth: -0.93,
        lost: 0.12,
        length: 0.21,
        lead_share: -0.22,
        lead: 0.22,
    }),
];

/// A departure from the base policy must be better by so many standard errors of the paired differences, as if worlds were drawn without
/// regard to each other: as they are drawn in blocks, the true errors are smaller. It may be luck, and costs what the base policy
/// would have found out.
const SURE: f64 = 0.5;

/// A UAV that would have nothing to do has nothing to lose: it takes the errand that is best in the mean, and where no difference
/// shows the first, which is the inspection it was bound for or the segment that mattered most.
const IDLE_SURE: f64 = 0.0;

/// Of the rules the one is followed that is best in the mean: none of them is a departure.
const RULE_SURE: f64 = 0.0;

/// Other degrees of caution whose ways are tried for the UGV.
const CAUTIONS: [f64; 3] = [0.2, 1.0, 2.0];

/// How many alternatives to the UGV's way are looked for, and by how much the unknown segments of those found so far are made
/// longer for it.
const ALTERNATIVES: (usize, f64) = (4, 1.6);

/// What a surprise (the UGV at a blockage nobody had seen) weighs at least, in seconds, where driving a segment unknown weighs one.
const SURPRISE_S: f64 = 10.0;

/// The rule that is followed and the move it begins with; `None` if the UGV has no way.
pub(super) fn choose(judge: &mut Judge<'_, '_>, shortest: &[Step], candidates: usize) -> Option<(Rule, Move)> {
    let way = judge.first_way()?;
    let (kept, soft) = under_way(judge, &way);
    let mut chosen = Move { errands: kept, way };
    if judge.situation.uavs.is_empty() || !judge.can_judge() {
        return Some((Rule::Forward, chosen));
    }
    let mut weights = vec![0.0; judge.situation.network.segments().len()];
    let judged = judge.play_first(RULES[0], &chosen, |player| {
        for (segment, wasted_s) in &player.surprises {
            weights[*segment as usize] += SURPRISE_S + wasted_s;
        }
        for segment in &player.driven {
            weights[*segment as usize] += 1.0;
        }
    });
    let Some(mut arrivals) = judged else { return Some((Rule::Forward, chosen)) };
    let mut rule = RULES[0];
    let others: Vec<(Rule, Move)> = RULES[1..].iter().map(|rule| (*rule, chosen.clone())).collect();
    if let Some((i, better)) = judge.race(&arrivals, &others, RULE_SURE) {
        (rule, arrivals) = (others[i].0, better);
    }
    let ways = other_ways(judge, rule, shortest, &chosen);
    if let Some((i, better)) = judge.race(&arrivals, &ways, SURE) {
        (chosen, arrivals) = (ways[i].1.clone(), better);
    }
    let mattered = by_weight(&weights);
    let alternatives = alternatives(judge, &chosen.way);
    for i in 0..judge.situation.uavs.len() {
        if !chosen.errands[i].is_empty() && !soft[i] {
            continue;
        }
        let Some(own) = judge.first_targets(rule, &chosen).map(|targets| targets[i]) else { break };
        let mut errands = errands(judge, &chosen, i, own, &mattered, &alternatives, candidates);
        if soft[i] {
            let mut freed = chosen.clone();
            freed.errands[i].clear();
            let Some(free) = judge.first_targets(rule, &freed).map(|targets| targets[i]) else { break };
            if free.is_none_or(|free| own.is_none_or(|own| own.segment != free.segment)) {
                errands.insert(0, free.into_iter().collect());
            }
        }
        let with = |errand: Vec<Target>| {
            let mut tried = chosen.clone();
            tried.errands[i] = errand;
            tried
        };
        let tried: Vec<(Rule, Move)> = errands.into_iter().map(|errand| (rule, with(errand))).collect();
        let sure = if own.is_some() { SURE } else { IDLE_SURE };
        match judge.race(&arrivals, &tried, sure) {
            Some((best, better)) => (chosen, arrivals) = (tried[best].1.clone(), better),
            None if own.is_none() && !tried.is_empty() => chosen = tried[0].1.clone(),
            None => chosen.errands[i] = own.into_iter().collect(),
        }
    }
    Some((rule, chosen))
}

/// The inspections that UAVs are flying: those on the UGV's way they complete; of the others it is asked whether to.
fn under_way(judge: &Judge<'_, '_>, way: &[Step]) -> (Vec<Vec<Target>>, Vec<bool>) {
    let mut errands: Vec<Vec<Target>> = Vec::with_capacity(judge.situation.uavs.len());
    let mut soft = Vec::new();
    for uav in judge.situation.uavs {
        let kept = uav
            .inspecting
            .and_then(|leg| target_of(judge, &leg))
            .filter(|target| judge.arena.is_unknown(target.segment) && !holds(&errands, target.segment));
        soft.push(kept.is_some_and(|target| way.iter().all(|step| step.segment != target.segment)));
        errands.push(kept.into_iter().collect());
    }
    (errands, soft)
}

fn holds(errands: &[Vec<Target>], segment: u32) -> bool {
    errands.iter().flatten().any(|target| target.segment == segment)
}

/// The leg as a target, if it is on the network and something is left of it.
fn target_of(judge: &Judge<'_, '_>, leg: &Leg) -> Option<Target> {
    let place = |offset_m| Place { segment: leg.segment, offset_m };
    let network = judge.situation.network;
    let exists = network.has_place(place(leg.from_m)) && network.has_place(place(leg.to_m));
    (exists && leg.from_m != leg.to_m).then_some(Target { segment: leg.segment.0, from_m: leg.from_m, to_m: leg.to_m })
}

/// The same move with other ways for the UGV.
fn other_ways(judge: &mut Judge<'_, '_>, rule: Rule, shortest: &[Step], chosen: &Move) -> Vec<(Rule, Move)> {
    let mut ways = vec![shortest.to_vec()];
    for caution in CAUTIONS {
        ways.extend(judge.way_with_caution(caution));
    }
    let mut moves: Vec<(Rule, Move)> = Vec::new();
    for way in ways {
        if way != chosen.way && moves.iter().all(|(_, known)| known.way != way) {
            judge.arena.price(&way);
            moves.push((rule, Move { way, errands: chosen.errands.clone() }));
        }
    }
    moves
}

/// Ways that the UGV might turn to, each shunning the unknown segments of those before.
fn alternatives(judge: &mut Judge<'_, '_>, way: &[Step]) -> Vec<Vec<Step>> {
    let mut shunned = way.to_vec();
    let mut found: Vec<Vec<Step>> = Vec::new();
    for _ in 0..ALTERNATIVES.0 {
        let Some(other) = judge.way_avoiding(&shunned, ALTERNATIVES.1) else { break };
        shunned.extend_from_slice(&other);
        if other != way && !found.contains(&other) {
            found.push(other);
        }
    }
    found
}

/// The segments that mattered, the weightiest first.
fn by_weight(weights: &[f64]) -> Vec<u32> {
    let mut mattered: Vec<u32> = (0..weights.len() as u32).filter(|i| weights[*i as usize] > 0.0).collect();
    mattered.sort_by(|a, b| weights[*b as usize].total_cmp(&weights[*a as usize]).then(a.cmp(b)));
    mattered
}

/// What UAV number `i` might do instead of its own choice.
fn errands(
    judge: &Judge<'_, '_>,
    chosen: &Move,
    i: usize,
    own: Option<Target>,
    mattered: &[u32],
    alternatives: &[Vec<Step>],
    candidates: usize,
) -> Vec<Vec<Target>> {
    let uav = &judge.situation.uavs[i];
    let mut tried: Vec<Vec<Target>> = Vec::new();
    if candidates == 0 {
        return tried;
    }
    let is_open = |segment: u32| judge.arena.is_unknown(segment) && !holds(&chosen.errands, segment);
    for target in [uav.inspecting, uav.bound_for].into_iter().flatten().filter_map(|leg| target_of(judge, &leg)) {
        if is_open(target.segment)
            && own.is_none_or(|own| own.segment != target.segment)
            && !holds(&tried, target.segment)
        {
            tried.push(vec![target]);
        }
    }
    for segment in mattered {
        if tried.len() >= candidates {
            break;
        }
        if is_open(*segment) && own.is_none_or(|own| own.segment != *segment) && !holds(&tried, *segment) {
            tried.push(vec![judge.arena.nearest_target(*segment, uav.point)]);
        }
    }
    for other in alternatives {
        let is_new =
            |step: &&Step| is_open(step.segment) && chosen.way.iter().all(|driven| driven.segment != step.segment);
        let errand: Vec<Target> = other.iter().filter(is_new).map(|step| judge.arena.whole(step)).collect();
        if !errand.is_empty() {
            tried.push(errand);
        }
    }
    tried
}
