//! What rollouts promise where it can be told by other means.

use super::arena::{Arena, Spot};
use super::play::{FirstMove, Player};
use super::rule::{Policy, Rule};
use super::way::{Step, Ways};
use super::worlds::Worlds;
use crate::domain::knowledge::SegmentState;
use crate::domain::network::Network;
use crate::planning::generated::{self, Dice};
use crate::planning::sketch::{World, sketch};

fn length_m(steps: &[Step]) -> f64 {
    steps.iter().map(Step::length_m).sum()
}

#[test]
fn a_way_found_after_blockages_is_as_short_as_one_searched_with_new_bounds() {
    let (mut compared, mut longer) = (0, 0);
    for seed in 0..3_000 {
        let world = generated::world(seed);
        let arena = Arena::new(&world.situation(), 0.0);
        let dice = &mut Dice::new(seed);
        let mut seen = arena.known.clone();
        let mut ways = Ways::default();
        let mut steps = Vec::new();
        ways.start_over(&arena);
        let mut ends = Vec::new();
        let found = ways.find(&arena, 0, &seen, arena.start, &mut steps, &mut ends);
        let at_first_m = length_m(&steps);
        for _ in 0..12 {
            let segment = dice.below(arena.roads.len()) as u32;
            let road = arena.roads[segment as usize];
            if seen.state(segment) == SegmentState::Unknown && !arena.legs[0].ends.contains(&arena.start) {
                seen.learn(segment, road.length_m, Some(road.length_m * 0.5));
            }
            let is_way = ways.find(&arena, 0, &seen, arena.start, &mut steps, &mut ends);
            assert!(found || !is_way, "seed {seed}");
            let anew = Arena { known: seen.clone(), ..arena.clone() }.measured();
            let mut expected = Vec::new();
            let mut oracle = Ways::default();
            oracle.start_over(&anew);
            let is_expected = oracle.find(&anew, 0, &seen, anew.start, &mut expected, &mut ends);
            assert_eq!(is_expected, is_way, "seed {seed}");
            if is_way {
                assert!((length_m(&steps) - length_m(&expected)).abs() < 1e-9, "seed {seed}: {steps:?} {expected:?}");
                assert!(
                    steps.windows(2).all(|pair| end_of(&arena, &pair[0]) == begin_of(&arena, &pair[1])),
                    "seed {seed}"
                );
                compared += 1;
                longer += usize::from(length_m(&steps) > at_first_m + 1e-9);
            }
        }
    }
    assert!(compared > 10_000 && longer > 2_000, "{compared} {longer}");
}

fn end_of(arena: &Arena<'_>, step: &Step) -> Option<u32> {
    let road = arena.roads[step.segment as usize];
    if step.to_m == 0.0 { Some(road.first) } else { (step.to_m == road.length_m).then_some(road.last) }
}

fn begin_of(arena: &Arena<'_>, step: &Step) -> Option<u32> {
    let road = arena.roads[step.segment as usize];
    if step.from_m == 0.0 { Some(road.first) } else { (step.from_m == road.length_m).then_some(road.last) }
}

/// What each UAV is sent to first, and in which direction.
fn first_flights(world: &World, rule: Rule) -> Vec<Option<(u32, bool)>> {
    let situation = world.situation();
    let arena = Arena::new(&situation, 0.0).prudent(0.5);
    let mut player = Player::default();
    let world = Worlds::new(1).world(0);
    player.play(&arena, &situation, world, Policy { rule }, FirstMove { way: None, errands: &[] });
    player.first_targets.iter().map(|target| target.map(|it| (it.segment, it.from_m < it.to_m))).collect()
}

/// A road of three segments of 100 m, and a way round the last that is longer.
const ROAD: &str = "a 0,0
    b 100,0
    c 200,0
    d 300,0
    a-b risk@0.1
    b-c risk@0.1
    c-d risk@0.1
    c-d 200,80 300,80 risk@0.1
    ugv a 10
    goal d";

#[test]
fn with_a_lead_to_keep_a_uav_leaves_what_lies_at_hand_to_the_ugv() {
    // It is at a with the UGV; at b it is 2.5 s before the UGV, a quarter of the time that the UGV takes for a segment.
    let world = sketch(&format!("{ROAD}\nuav 0,0 13.3333"));
    let flights = |lead| first_flights(&world, Rule::Wide { lead, patience: 10 });
    assert_eq!(first_flights(&world, Rule::Forward), [Some((1, true))]);
    assert_eq!(flights(2), [Some((1, true))]);
    assert_eq!(flights(3), [Some((2, true))]);
    assert_eq!(flights(9), [None]);
}

#[test]
fn one_uav_flies_along_the_way_and_another_looks_at_the_way_round() {
    let world = sketch(&format!("{ROAD}\nuav 90,0 40\nuav 120,50 40"));
    let forward = first_flights(&world, Rule::Forward);
    assert_eq!(forward, [Some((1, true)), Some((2, true))]);
    let wide = first_flights(&world, Rule::Wide { lead: 0, patience: 1 });
    assert_eq!(wide[1], Some((3, true)), "{wide:?}");
}

#[test]
fn a_prudent_ugv_shuns_the_road_without_a_way_round_and_changes_nothing_where_all_is_known() {
    // Over b 200 m and over c 210 m. Behind b there is one road, behind c there are two.
    let text = "a 0,0
        b 100,0
        c 100,-40
        d 200,0
        a-b clear
        b-d risk@0.2
        a-c clear
        c-d risk@0.2
        c-d 150,-25 risk@0.2
        ugv a 10
        goal d";
    let first = |text: &str, caution: f64| {
        let world = sketch(text);
        let arena = Arena::new(&world.situation(), 0.0).prudent(caution);
        Player::default().first_way(&arena).unwrap()[0].segment
    };
    assert_eq!((first(text, 0.0), first(text, 0.5)), (0, 2));
    let known = text.replace("risk@0.2", "clear");
    assert_eq!((first(&known, 0.0), first(&known, 0.5)), (0, 0));
}

#[test]
fn prudence_makes_no_way_and_takes_none_away() {
    for seed in 0..2_000 {
        let world = generated::world(seed);
        let situation = world.situation();
        let (plain, prudent) = (Arena::new(&situation, 0.0), Arena::new(&situation, 0.0).prudent(0.5));
        let ways = [&plain, &prudent].map(|arena| Player::default().first_way(arena));
        assert_eq!(ways[0].is_some(), ways[1].is_some(), "seed {seed}");
        if let [Some(shortest), Some(way)] = &ways {
            assert!(length_m(shortest) <= length_m(way) + 1e-9, "seed {seed}");
        }
        let all_known = |network: &Network| (0..network.segments().len() as u32).all(|i| !prudent.is_unknown(i));
        if all_known(situation.network) {
            assert_eq!(plain.legs[0].costs, prudent.legs[0].costs, "seed {seed}");
        }
        assert!(matches!(prudent.start, Spot::Junction(_) | Spot::Inside { .. }));
    }
}
