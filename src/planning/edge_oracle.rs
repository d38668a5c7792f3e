//! The shortest way where turns are forbidden, found slowly: Dijkstra's algorithm over directed segments (an edge-based graph), with
//! nothing of the network's states.

use std::collections::BTreeMap;

use crate::domain::ids::SegmentId;
use crate::domain::knowledge::{Knowledge, SegmentState};
use crate::domain::network::{Direction, Network, Place, Turn};

/// A segment driven to its end.
type Arrival = (SegmentId, Direction);

/// Where a segment is blocked: infinite where nobody knows.
fn blockage_m(knowledge: &Knowledge, segment: SegmentId) -> Option<f64> {
    let is_blocked = knowledge.state(segment) == SegmentState::Blocked;
    is_blocked.then(|| knowledge.blockage_offset_m(segment).unwrap_or(f64::INFINITY))
}

fn end_m(network: &Network, (segment, direction): Arrival) -> f64 {
    if direction == Direction::Forward { network.segment(segment).length_m() } else { 0.0 }
}

/// The length in metres of the shortest way from a place to the nearest of the goals; `None` if there is none.
pub(super) fn shortest_m(network: &Network, knowledge: &Knowledge, from: Place, goals: &[Place]) -> Option<f64> {
    goals.iter().filter_map(|goal| to_goal_m(network, knowledge, from, *goal)).min_by(f64::total_cmp)
}

fn to_goal_m(network: &Network, knowledge: &Knowledge, from: Place, goal: Place) -> Option<f64> {
    if network.is_same_place(from, goal) {
        return Some(0.0);
    }
    let is_inside = |place: Place| network.junction_at(place).is_none();
    let oneway = |segment: SegmentId| network.segment(segment).oneway;
    let mut best_m = f64::INFINITY;
    let mut least: BTreeMap<Arrival, f64> = BTreeMap::new();
    let mut open: Vec<(f64, Arrival)> = Vec::new();
    let segment = from.segment;
    // A vehicle at a junction has come by its segment, even if nobody can.
    let mut first = None;
    if is_inside(from) {
        let at_m = blockage_m(knowledge, segment).filter(|m| m.is_finite());
        for direction in [Direction::Forward, Direction::Backward] {
            let forward = direction == Direction::Forward;
            let passes = at_m.is_some_and(|m| if forward { from.offset_m < m } else { from.offset_m > m });
            if !passes && (forward || !oneway(segment)) {
                let arrival = (segment, direction);
                open.push(((end_m(network, arrival) - from.offset_m).abs(), arrival));
            }
        }
    } else {
        let direction = if from.offset_m <= 0.0 { Direction::Backward } else { Direction::Forward };
        first = Some((segment, direction));
        open.push((0.0, (segment, direction)));
    }
    // Along its own segment, inside.
    if is_inside(goal) && goal.segment == segment && is_inside(from) {
        let (low_m, high_m) = (from.offset_m.min(goal.offset_m), from.offset_m.max(goal.offset_m));
        let passes = match blockage_m(knowledge, segment) {
            None => false,
            Some(m) => m.is_infinite() || (low_m < m && m < high_m),
        };
        let is_against = oneway(segment) && goal.offset_m < from.offset_m;
        if !passes && !is_against {
            best_m = high_m - low_m;
        }
    }
    while let Some(next) = (0..open.len()).min_by(|a, b| open[*a].0.total_cmp(&open[*b].0)) {
        let (so_far_m, arrival) = open.swap_remove(next);
        // The first arrival is one that may turn back, so it counts for itself.
        let is_first = first.take_if(|first| *first == arrival && so_far_m == 0.0).is_some();
        if !is_first && least.get(&arrival).is_some_and(|known| *known <= so_far_m) {
            continue;
        }
        if !is_first {
            least.insert(arrival, so_far_m);
        }
        let end = Place { segment: arrival.0, offset_m: end_m(network, arrival) };
        let Some(junction) = network.junction_at(end) else { continue };
        if network.junction_at(goal) == Some(junction) {
            best_m = best_m.min(so_far_m);
        }
        for way in network.outgoing(junction) {
            let turn = Turn { from: arrival.0, arriving: arrival.1, to: way.segment, leaving: way.direction };
            let turns_short_of_it = is_first && way.segment == arrival.0;
            if network.forbidden_turns().any(|forbidden| forbidden == turn) && !turns_short_of_it {
                continue;
            }
            let begin_m = if way.direction == Direction::Forward { 0.0 } else { way.length_m };
            if is_inside(goal) && goal.segment == way.segment {
                let (low_m, high_m) = (begin_m.min(goal.offset_m), begin_m.max(goal.offset_m));
                let passes = match blockage_m(knowledge, way.segment) {
                    None => false,
                    Some(m) if m.is_infinite() => true,
                    Some(m) if way.direction == Direction::Forward => goal.offset_m > m,
                    Some(m) => goal.offset_m < m,
                };
                if !passes {
                    best_m = best_m.min(so_far_m + high_m - low_m);
                }
            }
            if blockage_m(knowledge, way.segment).is_none() {
                open.push((so_far_m + way.length_m, (way.segment, way.direction)));
            }
        }
    }
    best_m.is_finite().then_some(best_m)
}
