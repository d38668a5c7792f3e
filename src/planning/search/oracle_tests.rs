//! The search against petgraph's Dijkstra on generated worlds.
//!
//! The oracle cuts every segment at the places that matter (start, goal, blockage) and gives petgraph the pieces as
//! edges; a blockage is a cut whose two sides are different vertices. So it shares neither code nor idea with the
//! search, which never looks inside segments.

use petgraph::algo::dijkstra;
use petgraph::graph::{DiGraph, NodeIndex as Vertex};

use super::{Found, Obstacle, Search};
use crate::domain::ids::SegmentId;
use crate::domain::knowledge::Knowledge;
use crate::domain::network::{Leg, Network, Place};
use crate::planning::budget::Budget;
use crate::planning::generated::{Dice, world};
use crate::planning::sketch::{ORIGIN, World, node, part};

const WORLDS: u64 = 20_000;

/// The shortest distance from the UGV to the goal.
pub(super) fn oracle_m(world: &World, knowledge: &Knowledge) -> Option<f64> {
    let network = &world.network;
    let mut graph = DiGraph::new();
    let junctions: Vec<Vertex> = (0..network.junction_count()).map(|_| graph.add_node(())).collect();
    let (start, goal) = (graph.add_node(()), graph.add_node(()));
    if let Some(junction) = network.junction_at(world.ugv.place) {
        graph.add_edge(start, junctions[junction.index()], 0.0);
    }
    if let Some(junction) = network.junction_at(world.goals[0]) {
        graph.add_edge(junctions[junction.index()], goal, 0.0);
    }
    for (i, road) in network.segments().iter().enumerate() {
        let id = SegmentId(i as u32);
        let inside =
            |place: Place| (place.segment == id && network.junction_at(place).is_none()).then_some(place.offset_m);
        let (start_m, goal_m, blockage_m) =
            (inside(world.ugv.place), inside(world.goals[0]), knowledge.blockage_offset_m(id));
        let (first, last) = (junctions[road.first().index()], junctions[road.last().index()]);
        if knowledge.is_blocked(id) && blockage_m.is_none() {
            if let Some(start_m) = start_m {
                graph.add_edge(start, last, road.length_m() - start_m);
                if !road.oneway {
                    graph.add_edge(start, first, start_m);
                }
            }
            continue;
        }
        let mut cuts_m: Vec<f64> = [start_m, goal_m, blockage_m].into_iter().flatten().collect();
        cuts_m.sort_by(f64::total_cmp);
        cuts_m.dedup();
        // Offset, the vertex towards the first end, the vertex towards the last end.
        let mut stations = vec![(0.0, first, first)];
        for cut_m in cuts_m {
            let low = graph.add_node(());
            let high = if blockage_m == Some(cut_m) { graph.add_node(()) } else { low };
            for side in [low, high] {
                if start_m == Some(cut_m) {
                    graph.add_edge(start, side, 0.0);
                }
                if goal_m == Some(cut_m) {
                    graph.add_edge(side, goal, 0.0);
                }
            }
            stations.push((cut_m, low, high));
        }
        stations.push((road.length_m(), last, last));
        for pair in stations.windows(2) {
            let ((from_m, _, from), (to_m, to, _)) = (pair[0], pair[1]);
            graph.add_edge(from, to, to_m - from_m);
            if !road.oneway {
                graph.add_edge(to, from, to_m - from_m);
            }
        }
    }
    dijkstra(&graph, start, Some(goal), |edge| *edge.weight()).get(&goal).copied()
}

pub(super) fn is_close(a_m: f64, b_m: f64) -> bool {
    (a_m - b_m).abs() <= 1e-9 * a_m.max(b_m).max(1.0)
}

#[test]
fn the_route_is_as_short_as_the_oracle_says_and_missing_only_where_there_is_none() {
    let mut warm = Search::new();
    let mut seen = [0_usize; 3];
    for seed in 0..WORLDS {
        let world = world(seed);
        let World { network, knowledge, ugv, goals, .. } = &world;
        let budget = &mut Budget::steps(Budget::DEFAULT_STEPS);
        let found = warm.shortest_way(network, knowledge, ugv.place, goals[0], budget).unwrap();
        let fresh = Search::remembering(0).shortest_way(network, knowledge, ugv.place, goals[0], budget).unwrap();
        assert_eq!(found, fresh, "seed {seed}: scratch memory changed the answer");
        let expected_m = oracle_m(&world, knowledge);
        match &found {
            Found::Legs(legs) => {
                seen[0] += 1;
                let length_m: f64 = legs.iter().map(Leg::length_m).sum();
                assert!(
                    expected_m.is_some_and(|m| is_close(m, length_m)),
                    "seed {seed}: {length_m}, oracle {expected_m:?}"
                );
            }
            Found::SamePlace => {
                seen[1] += 1;
                assert!(network.is_same_place(ugv.place, goals[0]), "seed {seed}");
            }
            Found::NoWay(obstacle) => {
                seen[2] += 1;
                assert_eq!(expected_m, None, "seed {seed}: {obstacle}");
                let open_m = oracle_m(&world, &Knowledge::unknown(network.segments().len()));
                assert_eq!(*obstacle == Obstacle::NotConnected, open_m.is_none(), "seed {seed}: {obstacle}");
            }
        }
    }
    assert!(seen.iter().all(|count| *count > 300), "every outcome must be common: {seen:?}");
}

#[test]
fn whether_places_connect_agrees_with_the_oracle() {
    let mut search = Search::new();
    for seed in 0..WORLDS / 10 {
        let world = world(seed);
        let open = Knowledge::unknown(world.network.segments().len());
        let budget = &mut Budget::steps(Budget::DEFAULT_STEPS);
        let connects = search.connects(&world.network, world.ugv.place, world.goals[0], budget).unwrap();
        let expected =
            world.network.is_same_place(world.ugv.place, world.goals[0]) || oracle_m(&world, &open).is_some();
        assert_eq!(connects, expected, "seed {seed}");
    }
}

/// A full grid of equal segments, numbered and directed at random.
pub(super) fn shuffled_grid(dice: &mut Dice, side: usize) -> Network {
    let at = |i: usize| crate::domain::geometry::Point { x_m: (i % side) as f64 * 10.0, y_m: (i / side) as f64 * 10.0 };
    let nodes = (0..side * side).map(|i| node(&format!("n{i}"), at(i))).collect();
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for i in 0..side * side {
        pairs.extend((i % side + 1 < side).then_some((i, i + 1)));
        pairs.extend((i / side + 1 < side).then_some((i, i + side)));
    }
    let mut parts = Vec::new();
    while !pairs.is_empty() {
        let (a, b) = pairs.swap_remove(dice.below(pairs.len()));
        let (a, b) = if dice.chance(50) { (a, b) } else { (b, a) };
        parts.push(part(vec![a as u32, b as u32], false));
    }
    Network::new(ORIGIN, nodes, parts).unwrap()
}

#[test]
fn of_many_shortest_routes_each_junction_is_left_by_the_lowest_segment() {
    for seed in 0..300 {
        let dice = &mut Dice::new(seed);
        let side = 3 + dice.below(6);
        let network = shuffled_grid(dice, side);
        let knowledge = Knowledge::unknown(network.segments().len());
        let corners: Vec<_> = ["n0".to_owned(), format!("n{}", side * side - 1)]
            .iter()
            .map(|name| network.node_by_id(name).unwrap())
            .collect();
        let [from, to] = [0, 1].map(|i| network.place_of_node(corners[i]).unwrap());
        let budget = &mut Budget::steps(10_000);
        let found = Search::new().shortest_way(&network, &knowledge, from, to, budget).unwrap();
        let from_scratch = Search::remembering(0).shortest_way(&network, &knowledge, from, to, budget).unwrap();
        assert_eq!(found, from_scratch, "side {side}");
        // On a full grid the distance to a corner is the number of columns and rows: every segment that leads nearer is
        // on a shortest way.
        let to_corner = |junction| {
            let point = network.node(junction).point;
            -(point.x_m + point.y_m) as i64
        };
        let (mut expected, mut junction) = (Vec::new(), corners[0]);
        while junction != corners[1] {
            let way = network.outgoing(junction).find(|way| to_corner(way.other) < to_corner(junction)).unwrap();
            expected.push(network.whole_leg(way.segment, way.direction));
            junction = way.other;
        }
        assert_eq!(found, Found::Legs(expected), "seed {seed}");
    }
}
