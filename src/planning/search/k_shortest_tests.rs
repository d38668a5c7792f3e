//! The k shortest routes against the list of all routes, on generated worlds.
//!
//! The oracle cuts every segment at the places that matter (start, goal, blockage), walks every way from start to goal that
//! comes to no vertex twice, and sorts what it found.

use super::Search;
use super::guided::{Step, micrometres};
use crate::domain::ids::SegmentId;
use crate::domain::network::{Direction, Place};
use crate::domain::plan::{Decision, Route};
use crate::planning::budget::Budget;
use crate::planning::check::check;
use crate::planning::generated;
use crate::planning::sketch::{World, render, sketch};

pub(super) fn ample() -> Budget {
    Budget::steps(Budget::DEFAULT_STEPS)
}

/// The UGV's route and the k shortest, if there is any.
fn routes(world: &World, k: usize, search: &mut Search) -> Vec<Route> {
    let outcome = search.outcome(&world.situation(), &mut ample());
    outcome.route().map_or(vec![], |route| search.k_shortest_routes(&world.situation(), route, k, &mut ample()))
}

pub(super) fn steps(route: &Route) -> Vec<Step> {
    route.legs.iter().map(|leg| Step { segment: leg.segment, direction: leg.direction() }).collect()
}

/// A way as the oracle sorts it: length in micrometres, then steps.
pub(super) type Way = (u64, Vec<Step>);

struct Piece {
    from: usize,
    to: usize,
    step: Step,
    length_um: u64,
}

/// The pieces between junctions, start and goal, and where the latter two are.
fn pieces(world: &World) -> (Vec<Piece>, usize, usize) {
    let World { network, knowledge, ugv, goals, .. } = world;
    let vertex = |place: Place, inside: usize| network.junction_at(place).map_or(inside, |junction| junction.index());
    let junctions = network.junction_count();
    let (start_vertex, goal_vertex) = (vertex(ugv.place, junctions), vertex(goals[0], junctions + 1));
    let mut next = junctions + 2;
    let mut pieces = Vec::new();
    for (i, road) in network.segments().iter().enumerate() {
        let segment = SegmentId(i as u32);
        let is_inside = |place: Place| place.segment == segment && network.junction_at(place).is_none();
        let mut cuts = vec![(0.0, road.first().index(), road.first().index())];
        if is_inside(ugv.place) {
            cuts.push((ugv.place.offset_m, start_vertex, start_vertex));
        }
        let closed = knowledge.is_blocked(segment) && knowledge.blockage_offset_m(segment).is_none();
        if is_inside(goals[0]) && !closed {
            cuts.push((goals[0].offset_m, goal_vertex, goal_vertex));
        }
        if let Some(at_m) =
            knowledge.blockage_offset_m(segment).filter(|at_m| cuts[1..].iter().all(|cut| cut.0 != *at_m))
        {
            cuts.push((at_m, next, next + 1));
            next += 2;
        }
        cuts.push((road.length_m(), road.last().index(), road.last().index()));
        // Stable: of a blockage at an end the side without travel is that of the junction.
        cuts.sort_by(|a, b| a.0.total_cmp(&b.0));
        for pair in cuts.windows(2) {
            let ((from_m, _, from), (to_m, to, _)) = (pair[0], pair[1]);
            let length_um = micrometres(to_m - from_m);
            let forward = Piece { from, to, step: Step { segment, direction: Direction::Forward }, length_um };
            let step = Step { segment, direction: Direction::Backward };
            let backward = Piece { from: to, to: from, step, length_um };
            let both = [(forward, true), (backward, !road.oneway)];
            let open = both
                .into_iter()
                .filter(|(piece, open)| *open && (!closed || is_inside(ugv.place) && piece.from == start_vertex));
            pieces.extend(open.map(|(piece, _)| piece));
        }
    }
    (pieces, start_vertex, goal_vertex)
}

/// All ways from start to goal in order; `None` if they are too many to list.
pub(super) fn all_ways(world: &World) -> Option<Vec<Way>> {
    struct Walk<'a> {
        pieces: &'a [Piece],
        goal: usize,
        visited: Vec<usize>,
        way: Way,
        found: Vec<Way>,
        patience: usize,
    }
    fn walk(w: &mut Walk<'_>, vertex: usize) -> Option<()> {
        w.patience = w.patience.checked_sub(1)?;
        if vertex == w.goal {
            w.found.push(w.way.clone());
            return Some(());
        }
        w.visited.push(vertex);
        for piece in w.pieces.iter().filter(|piece| piece.from == vertex) {
            if !w.visited.contains(&piece.to) {
                w.way.0 += piece.length_um;
                w.way.1.push(piece.step);
                walk(w, piece.to)?;
                w.way.0 -= piece.length_um;
                w.way.1.pop();
            }
        }
        w.visited.pop();
        Some(())
    }
    let (pieces, start, goal) = pieces(world);
    let mut w = Walk { pieces: &pieces, goal, visited: vec![], way: (0, vec![]), found: vec![], patience: 1_000 };
    walk(&mut w, start)?;
    w.found.sort();
    Some(w.found)
}

#[test]
fn the_routes_are_the_first_of_all_routes_in_their_order() {
    let mut search = Search::new();
    let (mut listed, mut more_than_ten, mut fewer, mut ties) = (0, 0, 0, 0);
    for seed in 0..5_000 {
        let world = generated::world(seed);
        let found = routes(&world, 10, &mut search);
        if world.network.is_same_place(world.ugv.place, world.goals[0]) {
            assert_eq!(found, []);
            continue;
        }
        let Some(mut all) = all_ways(&world) else { continue };
        listed += 1;
        let Some(own) = found.first().map(steps) else {
            assert_eq!(all, [], "seed {seed}: there is a way");
            continue;
        };
        let own = all.iter().position(|way| way.1 == own).unwrap_or_else(|| panic!("seed {seed}: {found:?}"));
        ties += usize::from(all.windows(2).take(9).any(|pair| pair[0].0 == pair[1].0));
        more_than_ten += usize::from(all.len() > 10);
        fewer += usize::from(all.len() < 10);
        all[..=own].rotate_right(1);
        all.truncate(10);
        let expected: Vec<&Vec<Step>> = all.iter().map(|way| &way.1).collect();
        assert_eq!(found.iter().map(steps).collect::<Vec<_>>().iter().collect::<Vec<_>>(), expected, "seed {seed}");
        for (route, (length_um, _)) in found.iter().zip(&all) {
            assert!((route.length_m * 1e6 - *length_um as f64).abs() < 100.0, "seed {seed}: {route:?}");
        }
    }
    let seen = [listed, more_than_ten, fewer, ties];
    assert!(seen.iter().all(|count| *count > 400), "every kind of world must be common: {seen:?}");
}

#[test]
fn every_route_can_be_driven_and_none_is_given_twice() {
    let (mut warm, mut most) = (Search::new(), 0);
    for seed in 0..2_000 {
        let world = generated::world(seed);
        let found = routes(&world, 10, &mut warm);
        assert_eq!(found, routes(&world, 10, &mut Search::new()), "seed {seed}: scratch memory changed the answer");
        for (i, route) in found.iter().enumerate() {
            let uavs = &[];
            let outcome = crate::domain::plan::Outcome::Route { route: route.clone() };
            let situation = crate::planning::situation::Situation { uavs, ..world.situation() };
            assert_eq!(check(&situation, &Decision { outcome, tasking: vec![] }), Ok(()), "seed {seed}: {route:?}");
            assert!(!found[..i].contains(route), "seed {seed}: {route:?}");
        }
        most += usize::from(found.len() == 10);
    }
    assert!(most > 300, "{most} worlds with ten routes prove little");
}

#[test]
fn fewer_routes_are_the_first_ones_whatever_ends_the_search() {
    let mut search = Search::new();
    let mut kinds = [0; 10];
    for seed in 0..200 {
        let world = generated::world(seed);
        let Some(route) = search.outcome(&world.situation(), &mut ample()).route().cloned() else { continue };
        let all = search.k_shortest_routes(&world.situation(), &route, 10, &mut ample());
        for k in 1..=10 {
            let some = search.k_shortest_routes(&world.situation(), &route, k, &mut ample());
            assert_eq!(some, all[..k.min(all.len())], "seed {seed}, k {k}");
        }
        let mut shortened = |some: Vec<Route>| {
            assert_eq!(some, all[..some.len()], "seed {seed}");
            kinds[some.len() - 1] += 1;
        };
        for budget in (0..300).step_by(7) {
            shortened(search.k_shortest_routes(&world.situation(), &route, 10, &mut Budget::steps(budget)));
        }
        for most_searches in 0..20 {
            shortened(search.routes_within(most_searches, &world.situation(), &route, 10, &mut ample()));
        }
    }
    assert!(kinds.iter().all(|count| *count > 30), "{kinds:?}");
}

/// The routes as text, a line each.
fn listed(text: &str, k: usize) -> Vec<String> {
    let world = sketch(text);
    let outcome = |route| crate::domain::plan::Outcome::Route { route };
    let line = |route| render(&world.network, &Decision { outcome: outcome(route), tasking: vec![] });
    routes(&world, k, &mut Search::new()).into_iter().map(line).collect()
}

#[test]
fn parallel_segments_make_different_routes_and_equal_ones_come_by_segment_numbers() {
    let text = "a 0,0\nb 100,0\nc 200,0\na-b 50,50\na-b\na-b 50,-50\nb-c\nb-c 150,50\nugv a 10\ngoal c";
    assert_eq!(
        listed(text, 10),
        [
            "200 m, 20 s: 1:a>b 3:b>c",
            "241.42 m, 24.14 s: 0:a>b 3:b>c",
            "241.42 m, 24.14 s: 1:a>b 4:b>c",
            "241.42 m, 24.14 s: 2:a>b 3:b>c",
            "282.84 m, 28.28 s: 0:a>b 4:b>c",
            "282.84 m, 28.28 s: 2:a>b 4:b>c",
        ]
    );
}

#[test]
fn from_inside_a_segment_both_ways_out_and_into_one_both_ways_in_count() {
    let text = "a 0,0\nb 100,0\nc 100,100\nd 0,100\na-b\nb-c\nc-d\nd-a\nugv 0@30 10\ngoal 2@40";
    assert_eq!(
        listed(text, 10),
        ["190 m, 19 s: 0:30>a 3:a>d 2:d>40", "210 m, 21 s: 0:30>b 1:b>c 2:c>40"].map(str::to_owned)
    );
    // On one segment: straight on, or round by the other side, but never past the goal to come back to it.
    let same = text.replace("goal 2@40", "goal 0@70");
    assert_eq!(
        listed(&same, 10),
        ["40 m, 4 s: 0:30>70", "360 m, 36 s: 0:30>a 3:a>d 2:d>c 1:c>b 0:b>70"].map(str::to_owned)
    );
}

#[test]
fn a_goal_at_the_end_of_its_only_road_has_but_the_routes_to_that_road() {
    let text = "a 0,0\nb 100,0\nc 200,0\nd 100,100\ne 300,0\na-b\nb-c\nb-d\nd-c\nc-e\nugv a 10\ngoal e";
    assert_eq!(
        listed(text, 10),
        ["300 m, 30 s: 0:a>b 1:b>c 4:c>e", "441.42 m, 44.14 s: 0:a>b 2:b>d 3:d>c 4:c>e"].map(str::to_owned)
    );
}
