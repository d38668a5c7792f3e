//! What rollouts promise where it can be told by other means.

use super::arena::{Arena, Spot};
use super::play::{FirstMove, Player};
use super::rota::{Rota, Weights};
use super::rule::{Ahead, FreeUav, Policy, Rule};
use super::way::{Step, Ways};
use super::worlds::Worlds;
use crate::domain::geometry::Point;
use crate::domain::ids::SegmentId;
use crate::domain::knowledge::SegmentState;
use crate::domain::network::{Leg, Network};
use crate::planning::edge_oracle::shortest_m;
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
            if seen.state(segment) == SegmentState::Unknown
                && !arena.legs[0].ends.iter().any(|end| arena.is_at(arena.start, *end))
            {
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

#[test]
fn a_way_takes_no_forbidden_turn_and_is_as_short_as_over_pairs_of_segments() {
    let mut ways_found = 0;
    for seed in 0..3_000 {
        let mut world = generated::restricted(seed);
        let dice = &mut Dice::new(seed);
        for i in 0..3 {
            let (from, goals) = (world.ugv.place, world.goals.clone());
            let arena = Arena::new(&world.situation(), 0.0);
            let (mut steps, mut ends) = (Vec::new(), Vec::new());
            let mut ways = Ways::default();
            ways.start_over(&arena);
            let found = ways.find(&arena, 0, &arena.known, arena.start, &mut steps, &mut ends);
            let expected_m = shortest_m(&world.network, &world.knowledge, from, &goals);
            assert_eq!(found, expected_m.is_some(), "seed {seed}, {i}");
            if let Some(expected_m) = expected_m {
                assert!((length_m(&steps) - expected_m).abs() < 1e-6, "seed {seed}, {i}: {expected_m} {steps:?}");
                let turns = steps.windows(2).filter(|pair| takes_forbidden_turn(&world.network, pair));
                assert_eq!(turns.count(), 0, "seed {seed}, {i}: {steps:?}");
                ways_found += 1;
            }
            world.ugv.place = generated::a_place(dice, &world.network, &world.knowledge);
        }
    }
    assert!(ways_found > 2_000, "{ways_found}");
}

fn takes_forbidden_turn(network: &Network, pair: &[Step]) -> bool {
    let leg = |step: &Step| Leg { segment: SegmentId(step.segment), from_m: step.from_m, to_m: step.to_m };
    network.is_forbidden_between(&leg(&pair[0]), &leg(&pair[1]))
}

#[test]
fn rollouts_of_journeys_and_blockages_end_where_turns_are_forbidden() {
    let mut arrivals = 0;
    for seed in 0..400 {
        let mut world = generated::journey(seed);
        world.network = generated::forbidding(&mut Dice::new(seed), world.network);
        let situation = world.situation();
        let arena = Arena::new(&situation, 0.0).prudent(0.5);
        let mut player = Player::default();
        for (number, rule) in (0..).zip([Rule::Forward, Rule::Backward, Rule::Suffix, Rule::Worth(&SOONEST)]) {
            let policy = Policy { rule };
            let world = Worlds::new(seed).world(number);
            let first = FirstMove { way: None, errands: &[] };
            arrivals += usize::from(player.play(&arena, &situation, world, policy, first).is_finite());
        }
    }
    assert!(arrivals > 200, "{arrivals}");
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

/// First what is known soonest, on the UGV's way before what is not.
pub(super) const SOONEST: Weights = Weights {
    due: 0.0,
    done: -1.0,
    deadhead: 0.0,
    short_deadhead: 0.0,
    slack: 0.0,
    aside: -100.0,
    depth: 0.0,
    lost: 0.0,
    length: 0.0,
    lead_share: 0.0,
    lead: 0.0,
};

#[test]
fn with_a_lead_to_keep_a_uav_leaves_what_lies_at_hand_to_the_ugv() {
    // It is at a with the UGV; at b it is 2.5 s before the UGV, a quarter of the time that the UGV takes for a segment.
    let world = sketch(&format!("{ROAD}\nuav 0,0 13.3333"));
    static LEADS: [Weights; 3] = [
        Weights { lead_share: 0.2, ..SOONEST },
        Weights { lead_share: 0.3, ..SOONEST },
        Weights { lead: 0.9, lead_share: 0.2, ..SOONEST },
    ];
    assert_eq!(first_flights(&world, Rule::Forward), [Some((1, true))]);
    let flights: Vec<_> = LEADS.iter().flat_map(|weights| first_flights(&world, Rule::Worth(weights))).collect();
    assert_eq!(flights, [Some((1, true)), Some((2, true)), None]);
}

#[test]
fn one_uav_flies_along_the_way_and_another_looks_at_the_way_round() {
    let world = sketch(&format!("{ROAD}\nuav 90,0 40\nuav 120,50 40"));
    let forward = first_flights(&world, Rule::Forward);
    assert_eq!(forward, [Some((1, true)), Some((2, true))]);
    static ANYWHERE: Weights = Weights { aside: 0.0, length: 0.5, ..SOONEST };
    let worth = first_flights(&world, Rule::Worth(&ANYWHERE));
    assert_eq!(worth, [Some((1, true)), Some((3, true))]);
}

/// All that the rules of a rota say, by looking at everything anew before each inspection that is noted down.
fn rota_by_oracle(w: &Weights, arena: &Arena<'_>, ahead: &[Ahead], fleet: &[FreeUav]) -> Vec<Vec<u32>> {
    let unit_s = arena.mean_m / arena.ugv_speed_mps;
    let mut fleet = fleet.to_vec();
    let mut open = ahead.to_vec();
    let mut given = vec![Vec::new(); fleet.len()];
    loop {
        let mut best: Option<(f64, usize, usize, f64, Point)> = None;
        for (k, uav) in fleet.iter().enumerate() {
            for (i, a) in open.iter().enumerate() {
                let latest_s = a.begins_s - w.lead_share * (a.ends_s - a.begins_s) - w.lead * unit_s - 1e-3;
                let inspects_s = a.length_m / uav.speed_mps;
                let (along_s, against_s) =
                    (uav.point.distance_m(a.from) / uav.speed_mps, uav.point.distance_m(a.to) / uav.speed_mps);
                let along = (uav.at_s + along_s < latest_s).then_some((along_s, a.to));
                let against = (uav.at_s + against_s + inspects_s < latest_s).then_some((against_s, a.from));
                let Some((flies_s, end)) = [along, against].into_iter().flatten().min_by(|a, b| a.0.total_cmp(&b.0))
                else {
                    continue;
                };
                let ends_s = uav.at_s + flies_s + inspects_s;
                let worth = w.due * a.begins_s / unit_s
                    + w.done * ends_s / unit_s
                    + w.deadhead * flies_s / unit_s
                    + w.short_deadhead * (flies_s / unit_s).min(1.0)
                    + w.slack * ((a.begins_s - ends_s) / unit_s).min(2.0)
                    + w.lost * arena.lost_m[a.step.segment as usize] / arena.mean_m
                    + w.length * a.length_m / arena.mean_m;
                if best.is_none_or(|(most, ..)| worth > most + 1e-9) {
                    best = Some((worth, k, i, ends_s, end));
                }
            }
        }
        let Some((_, k, i, ends_s, end)) = best else { return given };
        given[k].push(open.remove(i).step.segment);
        (fleet[k].at_s, fleet[k].point) = (ends_s, end);
    }
}

#[test]
fn a_rota_is_the_list_schedule_however_far_it_is_written_when_somebody_asks() {
    // Numbers of which no few make up for each other: where segments are alike in length, there are no ties.
    static WEIGHTS: Weights = Weights {
        due: -0.4871,
        done: -1.0193,
        deadhead: -0.3137,
        short_deadhead: 0.2113,
        slack: 0.3671,
        lost: 0.1019,
        length: 0.2917,
        lead: 0.1,
        ..SOONEST
    };
    let (mut asked, mut several) = (0, 0);
    for seed in 0..4_000 {
        let world = generated::world(seed);
        let situation = world.situation();
        let arena = Arena::new(&situation, 0.0).prudent(0.5);
        let dice = &mut Dice::new(seed);
        // All segments, as if the UGV drove one after the other.
        let mut at_s = 0.0;
        let ahead: Vec<Ahead> = (0..arena.roads.len())
            .map(|segment| {
                let length_m = arena.roads[segment].length_m;
                let (begins_s, step) = (at_s, Step { segment: segment as u32, from_m: 0.0, to_m: length_m });
                at_s += length_m / arena.ugv_speed_mps;
                Ahead::new(&arena, step, begins_s, at_s)
            })
            .collect();
        // Places of which no two are as far from anything, so that there are no ties.
        let fleet: Vec<FreeUav> = (0..3)
            .map(|k| FreeUav {
                point: arena.roads[dice.below(arena.roads.len())]
                    .first_point
                    .towards(ahead[0].to, 0.137 * f64::from(k)),
                at_s: 0.731 * f64::from(k) + dice.below(4) as f64,
                speed_mps: (2.0 + 0.173 * f64::from(k)) * arena.ugv_speed_mps,
            })
            .collect();
        let expected = rota_by_oracle(&WEIGHTS, &arena, &ahead, &fleet);
        let rota = || {
            let mut rota = Rota::default();
            let fastest_mps = fleet[2].speed_mps;
            rota.begin(
                &WEIGHTS,
                &arena,
                fastest_mps,
                ahead.iter().map(|a| (a, 0, arena.lost_m[a.step.segment as usize])),
            );
            rota.go_on(fleet.iter().copied(), |_| true);
            rota
        };
        let mut one_by_one = rota();
        let all_of = |k| std::iter::from_fn(|| one_by_one.next(k, &WEIGHTS).map(|target| target.segment)).collect();
        let by_uav: Vec<Vec<u32>> = (0..3).map(all_of).collect();
        assert_eq!(by_uav, expected, "seed {seed}");
        let (mut in_turns, mut turns) = (rota(), vec![Vec::new(); 3]);
        while let Some((k, target)) = (0..3).rev().find_map(|k| Some((k, in_turns.next(k, &WEIGHTS)?))) {
            turns[k].push(target.segment);
            turns[(k + 1) % 3].extend(in_turns.next((k + 1) % 3, &WEIGHTS).map(|target| target.segment));
        }
        assert_eq!(turns, expected, "seed {seed}");
        asked += expected.iter().map(Vec::len).sum::<usize>();
        several += usize::from(expected.iter().all(|given| given.len() > 1));
    }
    assert!(asked > 10_000 && several > 500, "{asked} {several}");
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
        assert!(matches!(prudent.start, Spot::Junction { .. } | Spot::Inside { .. }));
    }
}
