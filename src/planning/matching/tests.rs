//! Tracks drawn on generated networks, with noise, and what the matcher makes of them.

use super::*;
use crate::domain::ids::SegmentId;
use crate::domain::knowledge::Knowledge;
use crate::domain::network::Direction;
use crate::planning::generated::{Dice, an_offset};
use crate::planning::search::{Found, Search};
use crate::planning::sketch::{ORIGIN, node, part};

/// A grid of streets of 100 by 80 m, a fifth of them one-way, with a bend in each.
fn town(seed: u64, side: usize) -> Network {
    let dice = &mut Dice::new(seed);
    let at = |i: usize| Point { x_m: (i % side) as f64 * 100.0, y_m: (i / side) as f64 * 80.0 };
    let mut nodes: Vec<_> = (0..side * side).map(|i| node(&format!("n{i}"), at(i))).collect();
    let mut parts = Vec::new();
    for i in 0..side * side {
        let right = (i % side + 1 < side).then_some(i + 1);
        let up = (i / side + 1 < side).then_some(i + side);
        for j in [right, up].into_iter().flatten() {
            let middle = at(i).towards(at(j), 0.5);
            let shift = |dice: &mut Dice| dice.below(17) as f64 - 8.0;
            let bend = Point { x_m: middle.x_m + shift(dice), y_m: middle.y_m + shift(dice) };
            let k = nodes.len() as u32;
            nodes.push(node(&format!("bend{k}"), bend));
            let (a, b) = if dice.chance(50) { (i, j) } else { (j, i) };
            parts.push(part(vec![a as u32, k, b as u32], dice.chance(20)));
        }
    }
    Network::new(ORIGIN, nodes, parts).unwrap()
}

/// The shortest way between two places that are at least so far apart.
fn drive(network: &Network, dice: &mut Dice, least_m: f64) -> Vec<Leg> {
    let knowledge = Knowledge::unknown(network.segments().len());
    let place = |dice: &mut Dice| {
        let segment = SegmentId(dice.below(network.segments().len()) as u32);
        Place { segment, offset_m: an_offset(dice, network, segment, 0) }
    };
    loop {
        let (from, to) = (place(dice), place(dice));
        let mut budget = Budget::steps(1_000_000);
        let found = Search::new().shortest_way(network, &knowledge, from, to, &mut budget).unwrap();
        if let Found::Legs(legs) = found
            && legs.iter().map(Leg::length_m).sum::<f64>() >= least_m
        {
            return legs;
        }
    }
}

/// A number from the normal distribution, by Box and Muller.
fn normal(dice: &mut Dice) -> f64 {
    let unit = |dice: &mut Dice| (dice.below(1 << 30) as f64 + 0.5) / f64::from(1 << 30);
    (-2.0 * unit(dice).ln()).sqrt() * (std::f64::consts::TAU * unit(dice)).cos()
}

/// Fixes every so many seconds of a drive at 12 m/s, and where the vehicle really was.
fn track(network: &Network, legs: &[Leg], every_s: f64, noise_m: f64, dice: &mut Dice) -> (Vec<TrackFix>, Vec<Place>) {
    let (mut fixes, mut places) = (Vec::new(), Vec::new());
    while let Some((_, place)) = network.place_along(legs, 12.0 * every_s * fixes.len() as f64) {
        let at = network.point_at(place);
        let point = Point { x_m: at.x_m + noise_m * normal(dice), y_m: at.y_m + noise_m * normal(dice) };
        fixes.push(TrackFix { point, at_s: every_s * fixes.len() as f64, accuracy_m: None, heading_deg: None });
        places.push(place);
    }
    (fixes, places)
}

fn matched(network: &Network, fixes: &[TrackFix], options: &MatchOptions) -> Matching {
    let matching = match_track(network, fixes, options, &mut Budget::steps(50_000_000)).unwrap();
    for pair in matching.stretches.iter().flat_map(|stretch| stretch.legs.windows(2)) {
        let at = |segment, offset_m| Place { segment, offset_m };
        let (end, begin) = (at(pair[0].segment, pair[0].to_m), at(pair[1].segment, pair[1].from_m));
        assert!(network.is_same_place(end, begin), "the legs do not meet: {pair:?}");
        assert!(!network.segment(pair[0].segment).oneway || pair[0].direction() == Direction::Forward, "{pair:?}");
    }
    matching
}

/// The share of fixes put on the right segment, and the length of what is driven wrongly or not at all for each metre driven,
/// which is the measure of Newson and Krumm.
fn score(network: &Network, legs: &[Leg], places: &[Place], found: &Matching) -> (f64, f64) {
    let right = found.fixes.iter().zip(places).filter(|(fix, truth)| match fix {
        FixMatch::Matched { place, .. } => place.segment == truth.segment || network.is_same_place(*place, **truth),
        FixMatch::OffNetwork | FixMatch::Outlier => false,
    });
    let lengths = |legs: &[Leg]| {
        let mut lengths = vec![0.0; network.segments().len()];
        legs.iter().for_each(|leg| lengths[leg.segment.index()] += leg.length_m());
        lengths
    };
    let driven: Vec<Leg> = found.stretches.iter().flat_map(|stretch| stretch.legs.iter().copied()).collect();
    let wrong_m: f64 = lengths(legs).iter().zip(lengths(&driven)).map(|(truth, found)| (truth - found).abs()).sum();
    let length_m: f64 = legs.iter().map(Leg::length_m).sum();
    (right.count() as f64 / places.len() as f64, wrong_m / length_m)
}

#[test]
fn noisy_tracks_are_matched_to_what_was_driven_however_sparse() {
    let bounds = [
        (1.0, 5.0, 0.88, 0.06),
        (5.0, 5.0, 0.88, 0.06),
        (15.0, 5.0, 0.85, 0.12),
        (30.0, 5.0, 0.80, 0.3),
        (5.0, 12.0, 0.75, 0.2),
    ];
    let mut missed = Vec::new();
    for (every_s, noise_m, least, most_wrong) in bounds {
        let (mut right, mut wrong, count) = (0.0, 0.0, 60);
        for seed in 0..count {
            let network = town(seed, 12);
            let dice = &mut Dice::new(seed + 77);
            let legs = drive(&network, dice, 1_000.0);
            let (fixes, places) = track(&network, &legs, every_s, noise_m, dice);
            let options = MatchOptions { sigma_m: noise_m, ..MatchOptions::default() };
            let found = matched(&network, &fixes, &options);
            let (share, error) = score(&network, &legs, &places, &found);
            right += share / count as f64;
            wrong += error / count as f64;
        }
        println!("every {every_s} s, noise {noise_m} m: {right:.3} right, {wrong:.3} of the way wrong");
        if right < least || wrong > most_wrong {
            missed.push((every_s, noise_m, right, wrong));
        }
    }
    assert!(missed.is_empty(), "{missed:?}");
}

/// Two parallel streets 20 m apart that meet at both ends, 600 m away.
fn parallels(oneway: bool) -> Network {
    let at = |x_m, y_m| Point { x_m, y_m };
    let points = [at(0.0, 0.0), at(600.0, 0.0), at(0.0, 20.0), at(600.0, 20.0)];
    let nodes = points.iter().enumerate().map(|(i, point)| node(&format!("n{i}"), *point)).collect();
    let parts =
        vec![part(vec![0, 1], oneway), part(vec![3, 2], oneway), part(vec![0, 2], false), part(vec![1, 3], false)];
    Network::new(ORIGIN, nodes, parts).unwrap()
}

fn segments(found: &Matching) -> Vec<u32> {
    found.stretches.iter().flat_map(|stretch| &stretch.legs).map(|leg| leg.segment.0).collect()
}

fn fixes_at(points: &[(f64, f64)]) -> Vec<TrackFix> {
    let fix = |(i, &(x_m, y_m)): (usize, &(f64, f64))| TrackFix {
        point: Point { x_m, y_m },
        at_s: 3.0 * i as f64,
        accuracy_m: None,
        heading_deg: None,
    };
    points.iter().enumerate().map(fix).collect()
}

#[test]
fn a_stray_fix_does_not_change_to_the_parallel_road() {
    let network = parallels(false);
    let mut points: Vec<(f64, f64)> = (0..12).map(|i| (50.0 + 40.0 * f64::from(i), 2.0)).collect();
    points[5].1 = 14.0;
    assert_eq!(segments(&matched(&network, &fixes_at(&points), &MatchOptions::default())), [0]);
}

#[test]
fn the_direction_of_travel_chooses_between_the_sides_of_a_divided_road() {
    let network = parallels(true);
    let westward: Vec<(f64, f64)> = (0..12).map(|i| (550.0 - 40.0 * f64::from(i), 8.0)).collect();
    let found = matched(&network, &fixes_at(&westward), &MatchOptions::default());
    assert_eq!(segments(&found), [1], "nearer to the other side, which runs the other way");
    let mut alone = fixes_at(&[(300.0, 8.0)]);
    alone[0].heading_deg = Some(265.0);
    let found = matched(&network, &alone, &MatchOptions::default());
    assert!(matches!(found.fixes[0], FixMatch::Matched { place, .. } if place.segment == SegmentId(1)), "{found:?}");
}

#[test]
fn a_vehicle_that_turns_round_is_followed_and_one_that_stands_drives_nothing() {
    let network = parallels(false);
    let there = (0..8).map(|i| (100.0 + 40.0 * f64::from(i), 1.0));
    let back = (0..8).map(|i| (400.0 - 40.0 * f64::from(i), -1.0));
    let points: Vec<(f64, f64)> = there.chain(back).collect();
    let found = matched(&network, &fixes_at(&points), &MatchOptions::default());
    let legs: Vec<(u32, f64, f64)> =
        found.stretches[0].legs.iter().map(|leg| (leg.segment.0, leg.from_m, leg.to_m)).collect();
    assert_eq!(legs, [(0, 100.0, 400.0), (0, 400.0, 120.0)]);

    for oneway in [false, true] {
        let dice = &mut Dice::new(5);
        let points: Vec<(f64, f64)> = (0..200).map(|_| (300.0 + 3.0 * normal(dice), 3.0 * normal(dice))).collect();
        let found = matched(&parallels(oneway), &fixes_at(&points), &MatchOptions::default());
        assert_eq!(found.stretches.len(), 1, "{:?}", found.gaps);
        assert!(found.stretches[0].length_m < 20.0, "{} m, one-way {oneway}", found.stretches[0].length_m);
    }
}

#[test]
fn breaks_are_told_and_outliers_left_out() {
    let network = town(3, 12);
    let dice = &mut Dice::new(9);
    let legs = drive(&network, dice, 1_600.0);
    let (mut fixes, _) = track(&network, &legs, 5.0, 3.0, dice);
    let x_m = fixes[10].point.x_m;
    fixes[10].point.x_m += if x_m < 550.0 { 400.0 } else { -400.0 };
    fixes[20].point = Point { x_m: -5_000.0, y_m: -5_000.0 };
    let found = matched(&network, &fixes, &MatchOptions::default());
    let outcome = (found.fixes[10], found.fixes[20], found.stretches.len());
    assert_eq!(outcome, (FixMatch::Outlier, FixMatch::OffNetwork, 1), "{:?}", found.gaps);

    // From the eighth fix on somewhere else: nobody can drive there in five seconds.
    let (mut fixes, _) = track(&network, &legs, 5.0, 3.0, dice);
    for fix in &mut fixes[8..] {
        fix.at_s += 100.0;
    }
    let gap_m = fixes[7].point.distance_m(fixes[8].point) - 1.0;
    let found = matched(&network, &fixes, &MatchOptions { gap_m, ..MatchOptions::default() });
    assert!(
        found.gaps.contains(&Gap { after_fix: 7, before_fix: 8, cause: Break::TooFar }) || gap_m < 30.0,
        "{found:?}"
    );

    let islands = {
        let points = [(0.0, 0.0), (500.0, 0.0), (0.0, 300.0), (500.0, 300.0)];
        let nodes =
            points.iter().enumerate().map(|(i, &(x_m, y_m))| node(&format!("n{i}"), Point { x_m, y_m })).collect();
        Network::new(ORIGIN, nodes, vec![part(vec![0, 1], false), part(vec![2, 3], false)]).unwrap()
    };
    let points: Vec<(f64, f64)> = (0..10).map(|i| (50.0 * f64::from(i), if i < 5 { 1.0 } else { 299.0 })).collect();
    let mut fixes = fixes_at(&points);
    fixes.iter_mut().for_each(|fix| fix.at_s *= 100.0);
    let found = matched(&islands, &fixes, &MatchOptions::default());
    assert_eq!(found.gaps, [Gap { after_fix: 4, before_fix: 5, cause: Break::NoWay }]);
    let ends: Vec<_> = found.stretches.iter().map(|s| (s.first_fix, s.last_fix, s.legs.len())).collect();
    assert_eq!(ends, [(0, 4, 1), (5, 9, 1)]);
}

#[test]
fn the_budget_ends_the_work() {
    let network = town(1, 12);
    let dice = &mut Dice::new(1);
    let legs = drive(&network, dice, 1_600.0);
    let (fixes, _) = track(&network, &legs, 5.0, 3.0, dice);
    assert_eq!(match_track(&network, &fixes, &MatchOptions::default(), &mut Budget::steps(100)), Err(Spent));
    assert_eq!(match_track(&network, &[], &MatchOptions::default(), &mut Budget::steps(0)), Ok(Matching::default()));
}
