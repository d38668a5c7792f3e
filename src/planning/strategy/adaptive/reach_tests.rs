//! Decisions on the part of a network that can matter are those on all of it; and what they cost. Whoever reads real networks
//! brings them along (`commands/bench/reach_tests.rs`).

use std::ops::Range;
use std::time::Duration;

use super::judge::Judge;
use super::moves::choose;
use super::*;
use crate::domain::geometry::Point;
use crate::domain::ids::VehicleId;
use crate::domain::knowledge::Knowledge;
use crate::domain::network::{Network, Place};
use crate::domain::plan::{UavSituation, UgvSituation};
use crate::domain::report::Finding;
use crate::planning::generated::{self, Dice};
use crate::planning::rollout::Arena;
use crate::planning::sketch::{World, learn};

/// More than any decision takes: what differs in steps then changes nothing.
const AMPLE: u64 = 1 << 40;

/// A decision in an arena, with the junctions laid out and the arrivals of what was chosen.
fn decided(
    situation: &Situation<'_>,
    shortest: &[Step],
    arena: Arena<'_>,
    rollouts: u64,
) -> (Option<(Rule, Move)>, Vec<u64>, usize) {
    let mut budget = Budget::steps(Budget::DEFAULT_STEPS);
    let mut judge = Judge::over(situation, arena, 16, rollouts, AMPLE, &mut budget);
    let chosen = choose(&mut judge, shortest, 4);
    let (mut arrivals, junctions) = (Vec::new(), judge.arena.junctions());
    if let Some((rule, tried)) = &chosen {
        arrivals.extend((0..4).filter_map(|world| judge.play(world, *rule, tried)).map(f64::to_bits));
    }
    (chosen, arrivals, junctions)
}

/// Compares a decision with that on the whole network; returns the share of the junctions that it looked at.
fn compare(situation: &Situation<'_>, margin: Option<(f64, f64)>, rollouts: u64, name: &str) -> Option<f64> {
    let outcome = Search::new().outcome(situation, &mut Budget::steps(Budget::DEFAULT_STEPS));
    let shortest: Vec<Step> = outcome.route()?.legs.iter().map(step_of).collect();
    let whole = decided(situation, &shortest, Arena::new(situation, 0.0).prudent(0.5), rollouts);
    let arena = match margin {
        Some(margin) => Arena::within_margin(situation, 0.5, margin),
        None => Arena::within_reach(situation, 0.5),
    };
    let within = decided(situation, &shortest, arena, rollouts);
    assert_eq!((&within.0, &within.1), (&whole.0, &whole.1), "{name}");
    Some(within.2 as f64 / situation.network.state_count() as f64)
}

#[test]
fn decisions_in_towns_are_those_on_the_whole_network() {
    let (mut decisions, mut narrow) = (0, 0);
    for seed in 0..150 {
        let mut world = generated::town(seed, 8 + (seed % 7) as usize);
        if seed.is_multiple_of(3) {
            world.network = generated::forbidding(&mut Dice::new(seed), world.network);
        }
        let situation = Situation { seed, ..world.situation() };
        let share = compare(&situation, Some((0.0, 0.3)), 400, &format!("seed {seed}"));
        decisions += u32::from(share.is_some());
        narrow += u32::from(share.is_some_and(|share| share < 0.6));
    }
    assert!(decisions > 100 && narrow > 30, "{decisions} {narrow}");
}

/// A mission between places that far apart in a straight line, with UAVs at the UGV; the farther, the better.
fn mission(network: &Network, dice: &mut Dice, apart_m: Range<f64>, uavs: usize) -> World {
    let place = |dice: &mut Dice| {
        let segment = SegmentId(dice.below(network.segments().len()) as u32);
        Place { segment, offset_m: network.segment(segment).length_m() / 3.0 }
    };
    let apart = |a: Place, b: Place| network.point_at(a).distance_m(network.point_at(b));
    loop {
        let (from, goal) = (place(dice), place(dice));
        let uav = |i: usize| UavSituation {
            id: VehicleId(format!("uav-{i}")),
            point: network.point_at(from),
            speed_mps: 20.0,
            inspecting: None,
            bound_for: None,
        };
        let world = World {
            network: network.clone(),
            knowledge: Knowledge::unknown(network.segments().len()),
            ugv: UgvSituation { place: from, speed_mps: 10.0 },
            goals: vec![goal],
            stops: Vec::new(),
            uavs: (0..uavs).map(uav).collect(),
        };
        if apart_m.contains(&apart(from, goal))
            && Search::new().outcome(&world.situation(), &mut Budget::steps(AMPLE)).route().is_some()
        {
            return world;
        }
    }
}

/// Closes some segments of the shortest way, in turn.
fn close_some(world: &mut World, closures: usize) {
    for i in 0..closures {
        let outcome = Search::new().outcome(&world.situation(), &mut Budget::steps(AMPLE));
        let Some(route) = outcome.route() else { return };
        let leg = route.legs[(route.legs.len() - 1).min(2 + 5 * i)];
        let blocked_m = world.network.segment(leg.segment).length_m() / 2.0;
        let before = world.knowledge.clone();
        learn(&mut world.knowledge, leg.segment, Finding::Blocked, Some(blocked_m));
        if Search::new().outcome(&world.situation(), &mut Budget::steps(AMPLE)).route().is_none() {
            world.knowledge = before;
        }
    }
}

/// Compares some decisions on a network.
pub(crate) fn compare_in(network: &Network, apart_m: Range<f64>, name: &str) {
    let dice = &mut Dice::new(1);
    for i in 0..4 {
        let mut world = mission(network, dice, apart_m.clone(), 1 + 2 * (i % 2));
        close_some(&mut world, 3 * (i / 2));
        let situation = Situation { seed: i as u64, ..world.situation() };
        let share = compare(&situation, None, 120, &format!("{name} {i}")).unwrap();
        eprintln!("{name} {i}: {share:.2} of {} looked at", network.state_count());
    }
}

/// Medians over some missions a line: of the time by a clock, the junctions laid out, rollouts and worlds. `whole` is with all of the
/// network laid out, and as many rollouts as were played before there was a corridor.
pub(crate) fn measure_in(network: &Network, missions: u64, clock: &dyn Fn() -> Duration) {
    let (mut low, mut high) = (Point { x_m: f64::INFINITY, y_m: f64::INFINITY }, Point { x_m: -1e9, y_m: -1e9 });
    for node in network.nodes().iter() {
        low = Point { x_m: low.x_m.min(node.point.x_m), y_m: low.y_m.min(node.point.y_m) };
        high = Point { x_m: high.x_m.max(node.point.x_m), y_m: high.y_m.max(node.point.y_m) };
    }
    let across_m = low.distance_m(high);
    println!("{} junctions, {} segments, {across_m:.0} m across", network.junction_count(), network.segments().len());
    for apart_m in [1_000.0..2_000.0, 3_000.0..6_000.0, 0.5 * across_m..across_m] {
        if apart_m.start > 0.6 * across_m {
            continue;
        }
        for (uavs, closures) in [(1, 0), (3, 0), (3, 6)] {
            let dice = &mut Dice::new(7);
            let mut told: [Vec<[f64; 4]>; 2] = Default::default();
            for seed in 0..missions {
                let mut world = mission(network, dice, apart_m.clone(), uavs);
                close_some(&mut world, closures);
                let situation = Situation { seed, ..world.situation() };
                for (is_whole, told) in [true, false].into_iter().zip(&mut told) {
                    told.push(measured(&situation, is_whole, clock));
                }
            }
            for (name, told) in ["whole", "reach"].into_iter().zip(&mut told) {
                let median = |column: usize| {
                    let mut values: Vec<f64> = told.iter().map(|row| row[column]).collect();
                    values.sort_by(f64::total_cmp);
                    (values[values.len() / 2], values[values.len() - 1])
                };
                let ((ms, most_ms), [junctions, rollouts, worlds]) =
                    (median(0), [1, 2, 3].map(|column| median(column).0));
                println!(
                    "{apart_m:?} m, {uavs} UAVs, {closures} closures, {name}: {ms:.0} ms ({most_ms:.0} at most), \
                     {junctions} junctions, {rollouts} rollouts, {worlds} worlds"
                );
            }
        }
    }
}

/// Milliseconds, junctions laid out, rollouts, worlds.
fn measured(situation: &Situation<'_>, is_whole: bool, clock: &dyn Fn() -> Duration) -> [f64; 4] {
    let outcome = Search::new().outcome(situation, &mut Budget::steps(AMPLE));
    let shortest: Vec<Step> = outcome.route().map_or(Vec::new(), |route| route.legs.iter().map(step_of).collect());
    let mut budget = Budget::steps(Budget::DEFAULT_STEPS);
    let begun = clock();
    let mut judge = if is_whole {
        // As many as were played before networks were laid out bit by bit.
        let (junctions, segments) =
            (situation.network.junction_count() as u64, situation.network.segments().len() as u64);
        let rollouts = 6_000.min(8_000_000 / junctions);
        let steps = rollouts * (30 + (junctions + segments) / 50);
        let arena = Arena::new(situation, 0.0).prudent(0.5);
        Judge::over(situation, arena, 384, rollouts, steps, &mut budget)
    } else {
        Judge::new(situation, 384, 6_000, 0.5, &mut budget)
    };
    let granted = judge.rollouts_left;
    choose(&mut judge, &shortest, 10);
    let ms = 1_000.0 * (clock() - begun).as_secs_f64();
    let played = granted - judge.rollouts_left;
    [ms, judge.arena.junctions() as f64, played as f64, f64::from(judge.world_count)]
}
