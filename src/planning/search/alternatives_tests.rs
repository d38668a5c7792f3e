//! Alternatives: known ones on small worlds, and on generated worlds everything that an alternative promises.

use super::alternatives::{AlternativeOptions, Alternatives};
use super::covered::Covered;
use super::k_shortest_tests::ample;
use super::{Found, Search};
use crate::domain::ids::SegmentId;
use crate::domain::network::{Leg, Place};
use crate::domain::plan::{Decision, Outcome, Route, Tasking};
use crate::domain::report::Finding;
use crate::planning::budget::Budget;
use crate::planning::check::check;
use crate::planning::generated;
use crate::planning::sketch::{World, learn, render, sketch};

fn found(world: &World, options: &AlternativeOptions) -> Alternatives {
    Search::new().alternatives(&world.situation(), None, options, &mut ample())
}

fn shown(world: &World, route: &Route) -> String {
    let decision = Decision { outcome: Outcome::Route { route: route.clone() }, tasking: vec![] };
    render(&world.network, &decision)
}

fn all_shown(world: &World, options: &AlternativeOptions) -> Vec<String> {
    found(world, options).others.iter().map(|other| shown(world, &other.route)).collect()
}

/// Two ways round a park, one of them with a block that can be passed on either side, and a road far outside.
const PARK: &str = "
    a 0,0
    b 100,100
    b2 200,100
    c 300,0
    d 150,-120
    e 150,130
    f 150,900
    a-b
    b-b2
    b-e
    e-b2
    b2-c
    a-d
    d-c
    a-f
    f-c
    ugv a 10
    goal c";

#[test]
fn an_alternative_is_another_way_and_not_the_same_with_a_block_passed_otherwise() {
    let world = sketch(PARK);
    let found = found(&world, &AlternativeOptions::default());
    assert_eq!(shown(&world, found.outcome.route().unwrap()), "382.84 m, 38.28 s: 0:a>b 1:b>b2 4:b2>c");
    let others: Vec<String> = found.others.iter().map(|other| shown(&world, &other.route)).collect();
    assert_eq!(others, ["384.19 m, 38.42 s: 5:a>d 6:d>c"]);
    assert_eq!(found.others[0].shared_m, 0.0);

    // Whoever wants more of the same, or longer ones, says so.
    let alike = AlternativeOptions { max_sharing: 0.9, ..Default::default() };
    assert_eq!(
        all_shown(&world, &alike),
        ["384.19 m, 38.42 s: 5:a>d 6:d>c", "399.46 m, 39.95 s: 0:a>b 2:b>e 3:e>b2 4:b2>c"]
    );
    let far = AlternativeOptions { max_stretch: 6.0, ..Default::default() };
    assert_eq!(all_shown(&world, &far), ["384.19 m, 38.42 s: 5:a>d 6:d>c", "1824.83 m, 182.48 s: 7:a>f 8:f>c"]);
    let one = AlternativeOptions { count: 1, ..far };
    assert_eq!(all_shown(&world, &one), ["384.19 m, 38.42 s: 5:a>d 6:d>c"]);
}

#[test]
fn a_detour_is_no_longer_than_allowed_and_not_one_that_could_be_driven_straight() {
    // Above the straight road there is another by p and q, and from that a loop to e.
    let world = sketch(
        "
        a 0,0
        p 300,300
        e 500,500
        q 700,300
        d 1000,0
        a-d
        a-p
        p-q
        q-d
        p-e
        e-q
        ugv a 10
        goal d",
    );
    let stretched = |max_stretch| all_shown(&world, &AlternativeOptions { max_stretch, ..Default::default() });
    assert_eq!(stretched(1.2), [""; 0]);
    // By e it would be 1,414 m, and 0.6 of that shared, but between p and q it is only a loop.
    assert_eq!(stretched(1.5), ["1248.53 m, 124.85 s: 1:a>p 2:p>q 3:q>d"]);
    // With p-q closed it is none.
    let mut world = world;
    learn(&mut world.knowledge, SegmentId(2), Finding::Blocked, None);
    assert_eq!(all_shown(&world, &AlternativeOptions::default()), ["1414.21 m, 141.42 s: 1:a>p 4:p>e 5:e>q 3:q>d"]);
}

#[test]
fn what_is_blocked_is_not_driven_on_and_the_vehicle_may_be_inside_a_segment() {
    let world = sketch(&PARK.replace("ugv a 10", "ugv 5@50 10").replace("a-d\n", "a-d blocked@20\n"));
    let found = found(&world, &AlternativeOptions { max_stretch: 10.0, ..Default::default() });
    assert_eq!(shown(&world, found.outcome.route().unwrap()), "334.19 m, 33.42 s: 5:50>d 6:d>c");
    assert!(found.others.is_empty(), "the way back to a is blocked: {:?}", found.others);
    let world = sketch(
        &PARK.replace("d-c\n", "d-c blocked\n").replace("f-c\n", "f-c blocked\n").replace("b2-c\n", "b2-c blocked\n"),
    );
    assert!(matches!(
        Search::new().alternatives(&world.situation(), None, &AlternativeOptions::default(), &mut ample()),
        Alternatives { outcome: Outcome::NoWay { .. }, others } if others.is_empty()
    ));
}

#[test]
fn they_are_other_than_the_current_route_whatever_that_is() {
    let world = sketch(PARK);
    let options = AlternativeOptions { max_stretch: 6.0, ..Default::default() };
    let by_f = found(&world, &options).others.pop().unwrap().route;
    let found = Search::new().alternatives(&world.situation(), Some(by_f.clone()), &options, &mut ample());
    assert_eq!(found.outcome, Outcome::Route { route: by_f });
    let others: Vec<String> = found.others.iter().map(|other| shown(&world, &other.route)).collect();
    assert_eq!(others, ["382.84 m, 38.28 s: 0:a>b 1:b>b2 4:b2>c", "384.19 m, 38.42 s: 5:a>d 6:d>c"]);
}

#[test]
fn every_alternative_of_generated_worlds_keeps_its_promises() {
    let mut count = 0;
    let mut warm = Search::new();
    for seed in 0..6_000 {
        let world = generated::world(seed);
        let situation = world.situation();
        let options = [
            AlternativeOptions::default(),
            AlternativeOptions { count: 8, max_stretch: 4.0, max_sharing: 0.9 },
            AlternativeOptions { count: 2, max_stretch: 2.0, max_sharing: 0.0 },
        ][seed as usize % 3];
        let found = warm.alternatives(&situation, None, &options, &mut ample());
        assert_eq!(found, Search::new().alternatives(&situation, None, &options, &mut ample()), "seed {seed}");
        assert!(found.others.len() <= options.count, "seed {seed}");
        let Some(current) = found.outcome.route() else {
            assert!(found.others.is_empty());
            continue;
        };
        let mut taken = Covered::by(&current.legs);
        for other in &found.others {
            count += 1;
            let route = &other.route;
            let decision = Decision {
                outcome: Outcome::Route { route: route.clone() },
                tasking: world.uavs.iter().map(|uav| Tasking { uav: uav.id.clone(), inspections: vec![] }).collect(),
            };
            assert_eq!(check(&situation, &decision), Ok(()), "seed {seed}");
            let own_m = route.length_m - Covered::by(&current.legs).shared_m(&route.legs);
            let left_out_m = current.length_m - Covered::by(&route.legs).shared_m(&current.legs);
            assert!(
                own_m > 0.0 && own_m <= left_out_m * options.max_stretch + 0.01,
                "seed {seed}: {own_m} {left_out_m}"
            );
            assert!((other.shared_m - (route.length_m - own_m)).abs() < 1e-6, "seed {seed}");
            assert!(taken.shared_m(&route.legs) <= route.length_m * options.max_sharing + 0.01, "seed {seed}");
            taken.add(&route.legs);
            loopless(&world, route, seed);
            via_is_local(&world, route, own_m, seed);
        }
    }
    assert!(count > 1_200, "alternatives must be common: {count}");
}

fn loopless(world: &World, route: &Route, seed: u64) {
    let ends = |leg: &Leg| {
        [leg.from_m, leg.to_m].map(|offset_m| world.network.junction_at(Place { segment: leg.segment, offset_m }))
    };
    let mut junctions: Vec<_> = route.legs.iter().filter_map(|leg| ends(leg)[0]).collect();
    junctions.extend(route.legs.last().and_then(|leg| ends(leg)[1]));
    let count = junctions.len();
    junctions.sort_unstable();
    junctions.dedup();
    assert_eq!(junctions.len(), count, "seed {seed}: {}", shown(world, route));
}

/// Some junction divides the route into two shortest ways, around which it is one as well. Where the UGV or the goal is inside a
/// segment, the two are the shortest of those that do not lead over it, which the plain search does not tell.
fn via_is_local(world: &World, route: &Route, own_m: f64, seed: u64) {
    let World { network, knowledge, ugv, goals, .. } = world;
    let mut search = Search::remembering(0);
    let mut length_m = |from, to| match search.shortest_way(network, knowledge, from, to, &mut ample()).unwrap() {
        Found::Legs(legs) => legs.iter().map(|leg| leg.length_m()).sum(),
        Found::SamePlace => 0.0,
        Found::NoWay(_) => f64::INFINITY,
    };
    let are_junctions = [ugv.place, goals[0]].iter().all(|place| network.junction_at(*place).is_some());
    let mut driven_m = 0.0;
    let holds = route.legs.iter().any(|leg| {
        let via = Place { segment: leg.segment, offset_m: leg.from_m };
        let at_m = driven_m;
        driven_m += leg.length_m();
        let place = |along_m: f64| network.place_along(&route.legs, along_m).map_or(goals[0], |(_, place)| place);
        let (from_m, to_m) = ((at_m - own_m / 4.0).max(0.0), (at_m + own_m / 4.0).min(route.length_m));
        let is_close = |a_m: f64, b_m: f64| (a_m - b_m).abs() < 0.01;
        network.junction_at(via).is_some()
            && (!are_junctions
                || is_close(length_m(ugv.place, via), at_m) && is_close(length_m(via, goals[0]), route.length_m - at_m))
            && is_close(length_m(place(from_m), place(to_m)), to_m - from_m)
    });
    assert!(holds, "seed {seed}: {} {world:?}", shown(world, route));
}

#[test]
fn a_budget_that_ends_leaves_what_was_found() {
    let world = sketch(PARK);
    let options = AlternativeOptions { max_stretch: 6.0, ..Default::default() };
    let mut counts: Vec<usize> = (0..200)
        .map(|steps| {
            Search::new().alternatives(&world.situation(), None, &options, &mut Budget::steps(steps)).others.len()
        })
        .collect();
    assert!(counts.is_sorted());
    counts.dedup();
    assert_eq!(counts, [0, 1, 2]);
}
