//! What is reached, by hand on small worlds, and against the plain search on generated ones.

use super::reachable::{Unknown, reachable};
use super::{Found, Search};
use crate::domain::ids::SegmentId;
use crate::domain::knowledge::SegmentState;
use crate::domain::network::{Leg, Place};
use crate::domain::reach::Band;
use crate::domain::report::Finding;
use crate::planning::budget::{Budget, Spent};
use crate::planning::generated::{self, Dice};
use crate::planning::search::k_shortest_tests::ample;
use crate::planning::sketch::{World, learn, sketch};

fn shown(bands: &[Band]) -> Vec<String> {
    let round = |m: f64| (m * 100.0).round() / 100.0;
    let part = |leg: &Leg| format!("{}:{}>{}", leg.segment.0, round(leg.from_m), round(leg.to_m));
    let parts = |band: &Band| band.parts.iter().map(part).collect::<Vec<_>>().join(" ");
    bands
        .iter()
        .map(|band| format!("{}..{} s: {} ({} m)", band.after_s, band.within_s, parts(band), round(band.length_m)))
        .collect()
}

fn within(text: &str, within_s: &[f64], unknown: Unknown) -> Vec<String> {
    shown(&reachable(&sketch(text).situation(), within_s, unknown, &mut ample()).unwrap())
}

#[test]
fn segments_are_cut_where_the_time_ends_and_met_from_both_ends() {
    // A ring of 400 m, from a corner of it.
    let ring = "
        a 0,0
        b 100,0
        c 100,100
        d 0,100
        a-b
        b-c
        c-d
        d-a
        ugv a 10
        goal c";
    assert_eq!(
        within(ring, &[5.0, 15.0, 30.0], Unknown::Open),
        [
            "0..5 s: 0:0>50 3:100>50 (100 m)",
            "5..15 s: 0:50>100 1:0>50 2:100>50 3:50>0 (200 m)",
            "15..30 s: 1:50>100 2:50>0 (100 m)"
        ]
    );
    // From inside a segment both ways, and round the ring to where the two meet.
    let inside = ring.replace("ugv a 10", "ugv 0@30 10");
    assert_eq!(
        within(&inside, &[2.0, 60.0], Unknown::Open),
        ["0..2 s: 0:30>10 0:30>50 (40 m)", "2..60 s: 0:10>0 0:50>100 1:0>100 2:0>30 2:100>30 3:100>0 (360 m)"]
    );
}

#[test]
fn one_way_roads_blockages_and_roads_of_which_nothing_is_known() {
    let town = "
        a 0,0
        b 100,0
        c 200,0
        d 100,100
        e 0,100
        a-b clear
        b-c blocked@40
        b>d clear
        e>a clear
        b-e
        ugv a 10
        goal c";
    assert_eq!(
        within(town, &[100.0], Unknown::Open),
        ["0..100 s: 0:0>100 1:0>40 2:0>100 3:0>100 4:0>141.42 (481.42 m)"],
        "up to the blockage, along the one-way roads, and to them by the unknown one"
    );
    assert_eq!(within(town, &[100.0], Unknown::Closed), ["0..100 s: 0:0>100 1:0>40 2:0>100 (240 m)"]);
    let closed = town.replace("blocked@40", "blocked");
    assert_eq!(within(&closed, &[100.0], Unknown::Closed), ["0..100 s: 0:0>100 2:0>100 (200 m)"]);
    // On a blocked road the vehicle gets to the blockage, and away from it.
    let stuck = town.replace("ugv a 10", "ugv 1@30 10");
    assert_eq!(within(&stuck, &[3.5], Unknown::Closed), ["0..3.5 s: 0:100>95 1:30>0 1:30>40 2:0>5 (50 m)"]);
}

#[test]
fn generated_worlds_are_reached_as_the_plain_search_says() {
    let mut search = Search::remembering(0);
    let (mut reached, mut missed) = (0, 0);
    for seed in 0..2_000 {
        let world = generated::world(seed);
        let dice = &mut Dice::new(seed ^ 0x5eed);
        let unknown = if dice.chance(50) { Unknown::Open } else { Unknown::Closed };
        let World { network, knowledge, ugv, .. } = &world;
        let within_s = [1.0 + dice.below(5) as f64, 7.0, 20.0];
        let bands = reachable(&world.situation(), &within_s, unknown, &mut ample()).unwrap();
        // To be careful is to take what is unknown for blocked, wherever on it.
        let mut careful = knowledge.clone();
        if unknown == Unknown::Closed {
            for i in (0..network.segments().len() as u32).map(SegmentId) {
                if knowledge.state(i) == SegmentState::Unknown {
                    learn(&mut careful, i, Finding::Blocked, None);
                }
            }
        }
        for _ in 0..40 {
            let segment = SegmentId(dice.below(network.segments().len()) as u32);
            let offset_m = generated::an_offset(dice, network, segment, 0) + 0.123;
            let place = Place { segment, offset_m: offset_m.min(network.segment(segment).length_m() - 0.001) };
            let driven_m: f64 = match search.shortest_way(network, &careful, ugv.place, place, &mut ample()).unwrap() {
                Found::Legs(legs) => legs.iter().map(Leg::length_m).sum(),
                Found::SamePlace => 0.0,
                Found::NoWay(_) => f64::INFINITY,
            };
            let at_s = driven_m / ugv.speed_mps;
            // Careful or not, on its own segment the vehicle may go both ways; which the plain search does not, if that is closed.
            if segment == ugv.place.segment && careful.is_blocked(segment) {
                continue;
            }
            let holds =
                |band: &&Band| band.parts.iter().any(|part| part.segment == segment && part.covers(place.offset_m));
            let told = bands.iter().find(holds).map(|band| band.within_s);
            let expected = within_s.iter().copied().find(|limit_s| at_s <= *limit_s);
            let is_close_call = within_s.iter().any(|limit_s| (at_s - limit_s).abs() < 1e-6);
            assert!(told == expected || is_close_call, "seed {seed}: {place:?} at {at_s} s, told {told:?}");
            if told.is_some() { reached += 1 } else { missed += 1 }
        }
        let mut parts: Vec<(SegmentId, f64, f64)> = bands
            .iter()
            .flat_map(|band| &band.parts)
            .map(|part| (part.segment, part.from_m.min(part.to_m), part.from_m.max(part.to_m)))
            .collect();
        parts.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        for pair in parts.windows(2) {
            assert!(pair[0].0 != pair[1].0 || pair[0].2 <= pair[1].1, "seed {seed}: told twice, {pair:?}");
        }
    }
    assert!(reached > 10_000 && missed > 10_000, "{reached} {missed}");
}

#[test]
fn the_lengths_are_those_of_the_parts_and_a_budget_ends() {
    let world = sketch("a 0,0\nb 100,0\nc 200,0\na-b clear\nb-c\nugv a 10\ngoal c");
    let bands = reachable(&world.situation(), &[15.0], Unknown::Open, &mut ample()).unwrap();
    assert_eq!((bands[0].length_m, bands[0].unknown_m), (150.0, 50.0));
    assert_eq!(reachable(&world.situation(), &[15.0], Unknown::Open, &mut Budget::steps(1)), Err(Spent));
}
