//! Replanning: what a search remembers of earlier ones never shows in what it finds.

use petgraph::algo::dijkstra;
use petgraph::graph::DiGraph;
use uuid::Uuid;

use super::goal_tree::{Fit, GoalTree};
use super::oracle_tests::{is_close, oracle_m, shuffled_grid};
use super::{FREE_AFTER, Found, GOALS, PATIENCE, Search, access};
use crate::domain::closure::Closure;
use crate::domain::ids::{ClosureId, NodeIndex, ReportId, SegmentId, VehicleId};
use crate::domain::knowledge::Knowledge;
use crate::domain::network::{Leg, Network, Place};
use crate::domain::plan::UgvSituation;
use crate::domain::report::{Finding, Report};
use crate::domain::timestamp::Timestamp;
use crate::planning::budget::{Budget, Spent};
use crate::planning::generated::{Dice, a_place, an_offset, world};
use crate::planning::sketch::{World, sketch};

fn budget() -> Budget {
    Budget::steps(Budget::DEFAULT_STEPS)
}

/// Something new about one segment: each later than the one before.
pub(super) fn news(dice: &mut Dice, network: &Network, knowledge: &mut Knowledge, segment: SegmentId, moment: usize) {
    let at = Timestamp::from_unix_micros(1 + moment as i64).unwrap();
    let finding = match dice.below(10) {
        0..3 => {
            knowledge.apply_closure(&close(segment, moment));
            return;
        }
        3..6 => {
            knowledge.apply_closure(&reopen(segment, moment));
            return;
        }
        6..9 => Finding::Blocked,
        _ => Finding::Clear,
    };
    let has_point = finding == Finding::Blocked && dice.chance(70);
    knowledge.apply_report(&Report {
        id: ReportId(Uuid::from_u128(moment as u128)),
        segment,
        finding,
        blockage_offset_m: has_point.then(|| an_offset(dice, network, segment, 10)),
        observed_at: at,
        reported_by: VehicleId("uav-1".into()),
        confidence: 1.0,
    });
}

fn close(segment: SegmentId, moment: usize) -> Closure {
    Closure::Close {
        id: ClosureId(Uuid::from_u128(1_000_000 + moment as u128)),
        segments: vec![segment],
        reason: "flood".into(),
        closed_by: "operator".into(),
        expires_at: None,
    }
}

fn reopen(segment: SegmentId, moment: usize) -> Closure {
    Closure::Reopen {
        id: ClosureId(Uuid::from_u128(2_000_000 + moment as u128)),
        segments: vec![segment],
        reason: "dry".into(),
        reopened_by: "operator".into(),
        at: Timestamp::from_unix_micros(1 + moment as i64).unwrap(),
    }
}

fn a_segment(dice: &mut Dice, network: &Network) -> SegmentId {
    SegmentId(dice.below(network.segments().len()) as u32)
}

/// A segment of the route if there is one, so that closing it matters.
pub(super) fn an_interesting_segment(dice: &mut Dice, network: &Network, found: &Found) -> SegmentId {
    match found {
        Found::Legs(legs) if dice.chance(70) => legs[dice.below(legs.len())].segment,
        _ => a_segment(dice, network),
    }
}

#[test]
fn after_closures_reopenings_and_moves_a_search_finds_what_a_new_one_finds_and_the_oracle_too() {
    let mut warm = Search::new();
    let (mut by_tree, mut detours, mut no_ways) = (0, 0, 0);
    for seed in 0..4_000 {
        let mut world = world(seed);
        let dice = &mut Dice::new(seed ^ 0x5eed);
        let mut found = Found::SamePlace;
        let goals: Vec<Place> =
            (0..3).map(|_| a_place(dice, &world.network, &world.knowledge)).chain([world.goals[0]]).collect();
        for moment in 0..16 {
            match dice.below(10) {
                0..6 => {
                    let segment = an_interesting_segment(dice, &world.network, &found);
                    news(dice, &world.network, &mut world.knowledge, segment, moment);
                }
                6..9 => match &found {
                    Found::Legs(legs) => {
                        let length_m: f64 = legs.iter().map(Leg::length_m).sum();
                        let driven_m = length_m * dice.below(100) as f64 / 100.0;
                        let (_, place) = world.network.place_along(legs, driven_m).unwrap();
                        world.ugv = UgvSituation { place, ..world.ugv };
                    }
                    _ => world.ugv.place = a_place(dice, &world.network, &world.knowledge),
                },
                _ => world.goals[0] = goals[dice.below(goals.len())],
            }
            let World { network, knowledge, ugv, goals, .. } = &world;
            found = warm.shortest_way(network, knowledge, ugv.place, goals[0], &mut budget()).unwrap();
            let fresh =
                Search::remembering(0).shortest_way(network, knowledge, ugv.place, goals[0], &mut budget()).unwrap();
            assert_eq!(found, fresh, "seed {seed}, moment {moment}");
            let expected_m = oracle_m(&world, knowledge);
            match &found {
                Found::Legs(legs) => {
                    let length_m: f64 = legs.iter().map(Leg::length_m).sum();
                    assert!(expected_m.is_some_and(|m| is_close(m, length_m)), "seed {seed}, moment {moment}");
                    by_tree += usize::from(warm.goals[0].has_tree && warm.goals[0].missed == 0);
                    detours += usize::from(warm.detour.settled() > 1);
                }
                Found::SamePlace => assert!(network.is_same_place(ugv.place, goals[0]), "seed {seed}, moment {moment}"),
                Found::NoWay(_) => {
                    no_ways += 1;
                    assert_eq!(expected_m, None, "seed {seed}, moment {moment}");
                }
            }
        }
    }
    assert!(by_tree > 10_000 && detours > 300 && no_ways > 3_000, "{by_tree} {detours} {no_ways}");
}

/// The distance of each junction to a goal.
fn distances_m(network: &Network, knowledge: &Knowledge, goal: Place) -> Vec<Option<f64>> {
    let mut graph = DiGraph::new();
    let junctions: Vec<_> = (0..network.junction_count()).map(|_| graph.add_node(())).collect();
    let root = graph.add_node(());
    for (i, road) in network.segments().iter().enumerate() {
        if !knowledge.is_blocked(SegmentId(i as u32)) {
            let (first, last) = (junctions[road.first().index()], junctions[road.last().index()]);
            graph.add_edge(last, first, road.length_m());
            if !road.oneway {
                graph.add_edge(first, last, road.length_m());
            }
        }
    }
    for end in access::ways_in(network, Some(knowledge), goal) {
        graph.add_edge(root, junctions[end.junction.index()], end.leg.map_or(0.0, |leg| leg.length_m()));
    }
    let found = dijkstra(&graph, root, None, |edge| *edge.weight());
    junctions.iter().map(|junction| found.get(junction).copied()).collect()
}

fn all_distances_m(tree: &GoalTree, network: &Network) -> Vec<Option<f64>> {
    (0..network.junction_count()).map(|i| tree.distance_m(network, NodeIndex(i as u32))).collect()
}

/// Takes in one lot of news after the other, of which `lot` is the largest, and compares all distances each time.
fn check_distances(dice: &mut Dice, network: &Network, mut knowledge: Knowledge, goal: Place, lot: usize) {
    let (mut tree, mut again) = (GoalTree::default(), GoalTree::default());
    tree.build(network, &knowledge, &[goal], &budget()).unwrap();
    for moment in 0..12 {
        for i in 0..1 + dice.below(lot) {
            let segment = a_segment(dice, network);
            news(dice, network, &mut knowledge, segment, 100 * moment + i);
        }
        let fits = tree.update(network, &knowledge, &[goal], usize::MAX, &budget()).unwrap() != Fit::None;
        if fits && dice.chance(30) {
            continue; // closures pend
        }
        if !(fits && tree.take_in_closures(network, &budget()).unwrap()) {
            tree.build(network, &knowledge, &[goal], &budget()).unwrap();
        }
        again.build(network, &knowledge, &[goal], &budget()).unwrap();
        let found_m = all_distances_m(&tree, network);
        assert_eq!(found_m, all_distances_m(&again, network));
        for (found_m, expected_m) in found_m.into_iter().zip(distances_m(network, &knowledge, goal)) {
            match (found_m, expected_m) {
                (Some(found_m), Some(expected_m)) => assert!(is_close(found_m, expected_m)),
                (found_m, expected_m) => assert_eq!(found_m, expected_m),
            }
        }
    }
}

#[test]
fn the_distances_of_all_junctions_are_right_after_any_lot_of_closures_and_reopenings() {
    for seed in 0..2_000 {
        let world = world(seed);
        let dice = &mut Dice::new(seed);
        let lot = [1, 4, 20][dice.below(3)];
        check_distances(dice, &world.network, world.knowledge, world.goals[0], lot);
    }
}

#[test]
fn many_equal_ways_save_each_others_junctions_only_where_they_lead_to_the_goal() {
    for seed in 0..200 {
        let dice = &mut Dice::new(seed);
        let side = 4 + dice.below(9);
        let network = shuffled_grid(dice, side);
        let mut knowledge = Knowledge::unknown(network.segments().len());
        let goal = a_place(dice, &network, &knowledge);
        for moment in 0..dice.below(side * side) {
            let segment = a_segment(dice, &network);
            knowledge.apply_closure(&close(segment, moment));
        }
        let lot = [1, 2, 30][dice.below(3)];
        check_distances(dice, &network, knowledge, goal, lot);
    }
}

#[test]
fn of_many_shortest_detours_the_same_is_taken_whether_the_closures_are_taken_in_or_pend() {
    let (mut detours, mut ties) = (0, 0);
    for seed in 0..600 {
        let dice = &mut Dice::new(seed);
        let side = 8 + dice.below(9);
        let network = shuffled_grid(dice, side);
        let mut knowledge = Knowledge::unknown(network.segments().len());
        for segment in 0..network.segments().len() {
            if dice.chance(25) {
                knowledge.apply_closure(&close(SegmentId(segment as u32), segment));
            }
        }
        let [goal, mut from] = [0, 1].map(|_| a_place(dice, &network, &knowledge));
        let mut search = Search::new();
        search.distances(&network, &knowledge, goal, &mut budget()).unwrap();
        for moment in 0..10 {
            let found = search.shortest_way(&network, &knowledge, from, goal, &mut budget()).unwrap();
            let fresh = Search::remembering(0).shortest_way(&network, &knowledge, from, goal, &mut budget()).unwrap();
            assert_eq!(found, fresh, "seed {seed}, moment {moment}");
            let settled = search.detour.settled();
            detours += usize::from(settled > 1);
            ties += usize::from(matches!(&found, Found::Legs(legs) if settled > legs.len()));
            if dice.chance(20) {
                from = a_place(dice, &network, &knowledge);
            }
            let segment = an_interesting_segment(dice, &network, &found);
            news(dice, &network, &mut knowledge, segment, 1_000 + moment);
        }
    }
    assert!(detours > 500 && ties > 100, "{detours} {ties}");
}

/// Two squares side by side.
const SQUARES: &str =
    "a 0,0\nb 100,0\nc 200,0\nd 0,100\ne 100,100\nf 200,100\na-b\nb-c\na-d\nb-e\nc-f\nd-e\ne-f\nugv a 10\ngoal f";

#[test]
fn a_search_of_a_goal_asked_for_again_is_answered_by_its_tree_and_costs_the_same_steps() {
    let mut world = sketch(SQUARES);
    let mut search = Search::new();
    for moment in 0..20 {
        let segment = SegmentId(moment as u32 % 7);
        world.knowledge.apply_closure(&close(segment, moment));
        let World { network, knowledge, ugv, goals, .. } = &world;
        for steps in [1, 2] {
            let fresh =
                Search::remembering(0).shortest_way(network, knowledge, ugv.place, goals[0], &mut Budget::steps(steps));
            let warm = search.shortest_way(network, knowledge, ugv.place, goals[0], &mut Budget::steps(steps));
            assert_eq!(warm, fresh, "with {steps} steps");
            assert_eq!(warm == Err(Spent), steps == 1);
        }
        world.knowledge.apply_closure(&reopen(segment, moment));
    }
    assert!(search.goals[0].has_tree);
}

#[test]
fn a_few_goals_are_remembered_and_the_one_longest_not_asked_for_is_forgotten() {
    let world = sketch(SQUARES);
    let World { network, knowledge, ugv, .. } = &world;
    let mut search = Search::new();
    let goal = |i: usize| Place { segment: SegmentId(i as u32), offset_m: 50.0 };
    let ask = |search: &mut Search, i| {
        search.shortest_way(network, knowledge, ugv.place, goal(i), &mut budget()).unwrap();
        search.goals.iter().map(|remembered| remembered.places[0].segment.index()).collect::<Vec<_>>()
    };
    for i in 0..GOALS {
        search.distances(network, knowledge, goal(i), &mut budget()).unwrap();
    }
    assert_eq!(ask(&mut search, 0), [0, 3, 2, 1]);
    assert!(search.goals.iter().all(|remembered| remembered.has_tree));
    assert_eq!(ask(&mut search, 5), [5, 0, 3, 2]);
    assert!(!search.goals[0].has_tree, "the tree of 1 is none of 5");
    assert_eq!(ask(&mut search, 2), [2, 5, 0, 3]);
}

#[test]
fn a_goal_gets_its_tree_at_once_where_no_other_that_is_asked_for_has_its_place() {
    let world = sketch(SQUARES);
    let World { network, knowledge, ugv, .. } = &world;
    let goal = |i: usize| Place { segment: SegmentId(i as u32), offset_m: 50.0 };
    let mut search = Search::new();
    let mut ask = |i: usize| {
        search.shortest_way(network, knowledge, ugv.place, goal(i), &mut budget()).unwrap();
        search.goals[0].has_tree
    };
    assert!((1..=GOALS).all(&mut ask), "all places are free");
    assert!(!ask(0), "one more waits until it has cost something");
    assert!(ask(0));
    for _ in 0..=FREE_AFTER {
        assert!(ask(0));
    }
    assert!(ask(5), "those before have not been asked for in long");
}

#[test]
fn an_equal_network_built_apart_is_another_network_but_a_clone_is_the_same() {
    let (world, twin) = (sketch(SQUARES), sketch(SQUARES));
    assert_eq!(world.network, twin.network);
    let mut search = Search::new();
    let mut goals_after = |network: &Network| {
        search.shortest_way(network, &world.knowledge, world.ugv.place, world.goals[0], &mut budget()).unwrap();
        search.goals.len()
    };
    assert_eq!([&world.network, &twin.network, &world.network.clone()].map(&mut goals_after), [1, 2, 2]);
}

#[test]
fn distances_are_those_of_the_ways_found() {
    let world = sketch(&SQUARES.replace("a-b", "a-b blocked").replace("goal f", "goal 6@30"));
    let mut search = Search::new();
    for _ in 0..2 {
        let tree = search.distances(&world.network, &world.knowledge, world.goals[0], &mut budget()).unwrap();
        let of = |name: &str| tree.distance_m(&world.network, world.network.node_by_id(name).unwrap());
        assert_eq!(["a", "b", "f"].map(of), [Some(230.0), Some(130.0), Some(70.0)]);
    }
    let spent = search.distances(&world.network, &world.knowledge, world.goals[0], &mut Budget::steps(1)).map(|_| ());
    assert_eq!(spent, Err(Spent));
}

#[test]
fn a_tree_for_which_too_much_has_changed_is_left_alone_until_that_has_become_the_rule() {
    let dice = &mut Dice::new(1);
    let network = shuffled_grid(dice, 10);
    let open = Knowledge::unknown(network.segments().len());
    let [from, to] = [NodeIndex(0), NodeIndex(99)].map(|junction| network.place_of_node(junction).unwrap());
    let mut closed = open.clone();
    for segment in (0..network.segments().len()).step_by(5) {
        closed.apply_closure(&close(SegmentId(segment as u32), segment));
    }
    let mut search = Search::new();
    search.distances(&network, &open, to, &mut budget()).unwrap();
    let mut ask = |knowledge: &Knowledge| {
        let found = search.shortest_way(&network, knowledge, from, to, &mut budget()).unwrap();
        assert_eq!(found, Search::remembering(0).shortest_way(&network, knowledge, from, to, &mut budget()).unwrap());
        search.goals[0].missed
    };
    assert_eq!([&open, &closed, &open].map(&mut ask), [0, 1, 0], "what changed may change back");
    for missed in 1..PATIENCE {
        assert_eq!(ask(&closed), missed);
    }
    assert_eq!([&closed, &closed, &open].map(&mut ask), [0, 0, 1], "the tree is of the closures now");
}
