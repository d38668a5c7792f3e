//! The rules of the UGV's route, and a flood fill over all travel that they allow.

use std::collections::BTreeSet;

use super::{Violation, about_equal};
use crate::domain::ids::{NodeIndex, SegmentId};
use crate::domain::network::{Direction, Incidence, Leg, Network, Place, Turn};
use crate::domain::plan::Route;
use crate::planning::situation::Situation;

pub(super) fn check_route(situation: &Situation<'_>, route: &Route) -> Result<(), Violation> {
    let network = situation.network;
    for (i, leg) in route.legs.iter().enumerate() {
        check_exists(network, leg, || format!("route leg {i}"))?;
    }
    let (Some(first), Some(last)) = (route.legs.first(), route.legs.last()) else {
        return Err(Violation::RouteEnd);
    };
    if !network.is_same_place(begin_of(first), situation.ugv.place) {
        return Err(Violation::RouteStart);
    }
    if !situation.goals.iter().any(|goal| network.is_same_place(end_of(last), *goal)) {
        return Err(Violation::RouteEnd);
    }
    check_waypoints(situation, route)?;
    for (i, leg) in route.legs.iter().enumerate() {
        let before = i.checked_sub(1).map(|k| &route.legs[k]);
        if before.is_some_and(|before| !network.is_same_place(end_of(before), begin_of(leg))) {
            return Err(Violation::Gap { leg: i });
        }
        check_travel(situation, i, before, leg)?;
        check_turn(situation, i, before, leg)?;
    }
    let sum_m: f64 = route.legs.iter().map(Leg::length_m).sum();
    if !about_equal(route.length_m, sum_m) {
        return Err(Violation::RouteLength { stated_m: route.length_m, sum_m });
    }
    let driven_s = sum_m / situation.ugv.speed_mps;
    if !about_equal(route.duration_s, driven_s) {
        return Err(Violation::RouteDuration { stated_s: route.duration_s, driven_s });
    }
    Ok(())
}

/// Whether the UGV has nothing left to do: it is where all waypoints are, and at a goal.
pub(super) fn is_there(situation: &Situation<'_>) -> bool {
    let is_here = |place: &Place| situation.network.is_same_place(*place, situation.ugv.place);
    situation.stops.iter().all(is_here) && situation.goals.iter().any(is_here)
}

/// That legs end at the waypoints in their order, the UGV's place counting as the end of a leg before all.
fn check_waypoints(situation: &Situation<'_>, route: &Route) -> Result<(), Violation> {
    let mut visited = 0;
    for at in std::iter::once(situation.ugv.place).chain(route.legs.iter().map(end_of)) {
        while situation.stops.get(visited).is_some_and(|stop| situation.network.is_same_place(*stop, at)) {
            if is_closed_at(situation, situation.stops[visited]) && at != situation.ugv.place {
                return Err(Violation::BlockedWaypoint { stop: visited });
            }
            visited += 1;
        }
    }
    if visited < situation.stops.len() { Err(Violation::MissesWaypoint { stop: visited }) } else { Ok(()) }
}

/// Whether a place inside a segment is where that is blocked: no journey goes on from there, for a vehicle can only go back.
fn is_closed_at(situation: &Situation<'_>, place: Place) -> bool {
    let is_inside = place.offset_m > 0.0 && place.offset_m < situation.network.segment(place.segment).length_m();
    is_inside
        && situation.knowledge.is_blocked(place.segment)
        && situation.knowledge.blockage_offset_m(place.segment) == Some(place.offset_m)
}

/// That the leg is a part, of some length, of a segment of the network.
pub(super) fn check_exists(network: &Network, leg: &Leg, of: impl Fn() -> String) -> Result<(), Violation> {
    let exists = network.has_place(begin_of(leg)) && network.has_place(end_of(leg)) && leg.from_m != leg.to_m;
    let Leg { segment, from_m, to_m } = *leg;
    if exists { Ok(()) } else { Err(Violation::NoSuchLeg { of: of(), segment, from_m, to_m }) }
}

/// That the UGV may drive the leg, number `i` of its route, after the leg `before`.
fn check_travel(situation: &Situation<'_>, i: usize, before: Option<&Leg>, leg: &Leg) -> Result<(), Violation> {
    let segment = leg.segment;
    let road = situation.network.segment(segment);
    if road.oneway && leg.to_m < leg.from_m {
        return Err(Violation::AgainstOneway { leg: i, segment });
    }
    if !situation.knowledge.is_blocked(segment) {
        return Ok(());
    }
    let length_m = road.length_m();
    let inside = |offset_m: f64| offset_m > 0.0 && offset_m < length_m;
    match situation.knowledge.blockage_offset_m(segment) {
        Some(blockage_m) => {
            // A vehicle that stands exactly at the blockage may leave it either way; one that drove up to it may not go on.
            // A blockage at an end of the segment closes that end: no vehicle can stand between the two.
            let goes_on = before.is_some_and(|before| {
                before.segment == segment
                    && before.to_m == blockage_m
                    && (before.to_m > before.from_m) == (leg.to_m > leg.from_m)
            });
            let (low_m, high_m) = (leg.from_m.min(leg.to_m), leg.from_m.max(leg.to_m));
            let passes = low_m < blockage_m && blockage_m < high_m;
            if passes || goes_on || (leg.covers(blockage_m) && !inside(blockage_m)) {
                return Err(Violation::PassesBlockage { leg: i, segment, blockage_m });
            }
        }
        None if i == 0 && inside(leg.from_m) && !inside(leg.to_m) => {}
        None => return Err(Violation::UsesBlockedSegment { leg: i, segment }),
    }
    Ok(())
}

/// That the turn by which the leg, number `i` of its route, is begun is not forbidden.
fn check_turn(situation: &Situation<'_>, i: usize, before: Option<&Leg>, leg: &Leg) -> Result<(), Violation> {
    let network = situation.network;
    let arrival = match before {
        Some(before) => arrival_at(network, before.segment, before.to_m, before.to_m > before.from_m),
        // It has not passed the junction, so it may turn back as anywhere on its segment.
        None => arrival_of(network, situation.ugv.place).filter(|(_, segment, _)| *segment != leg.segment),
    };
    let Some((_, from, arriving)) = arrival else { return Ok(()) };
    let leaving = if leg.to_m > leg.from_m { Direction::Forward } else { Direction::Backward };
    let turn = Turn { from, arriving, to: leg.segment, leaving };
    if network.is_forbidden(turn) {
        return Err(Violation::ForbiddenTurn { leg: i, from, segment: leg.segment });
    }
    Ok(())
}

/// The junction at which travel on a segment ends, and how it got there; none inside the segment.
type Arrival = (NodeIndex, SegmentId, Direction);

fn arrival_at(network: &Network, segment: SegmentId, to_m: f64, is_forward: bool) -> Option<Arrival> {
    let road = network.segment(segment);
    if is_forward && to_m >= road.length_m() {
        Some((road.last(), segment, Direction::Forward))
    } else {
        (!is_forward && to_m <= 0.0).then_some((road.first(), segment, Direction::Backward))
    }
}

/// How a vehicle at a place has come to the junction there.
fn arrival_of(network: &Network, place: Place) -> Option<Arrival> {
    arrival_at(network, place.segment, place.offset_m, place.offset_m > 0.0)
}

/// Whether legs that [`check_travel`] and [`check_turn`] allow lead from the UGV by the waypoints to a goal, however it comes to each
/// waypoint.
pub(super) fn a_way_exists(situation: &Situation<'_>) -> bool {
    let network = situation.network;
    let mut at = situation.ugv.place;
    let mut is_under_way = false;
    let leads = |at: Place, is_under_way: bool, goal: Place| {
        if !is_under_way {
            return a_way_leads(situation, at, arrival_of(network, at), true, goal);
        }
        match network.junction_at(at) {
            None => a_way_leads(situation, at, None, false, goal),
            Some(junction) => {
                let by = |way: Incidence| (junction, way.segment, way.direction);
                // Where no turn is forbidden, one way of coming is like another.
                let count = if network.has_forbidden_turns() { usize::MAX } else { 1 };
                network.incoming(junction).take(count).all(|way| a_way_leads(situation, at, Some(by(way)), false, goal))
            }
        }
    };
    for stop in situation.stops {
        if !network.is_same_place(at, *stop) {
            if is_closed_at(situation, *stop) || !leads(at, is_under_way, *stop) {
                return false;
            }
            (at, is_under_way) = (*stop, true);
        }
    }
    situation.goals.iter().any(|goal| network.is_same_place(at, *goal) || leads(at, is_under_way, *goal))
}

/// Whether legs that [`check_travel`] and [`check_turn`] allow lead from one place to another. A vehicle at a junction has come by an
/// arrival, and may perhaps turn back short of the junction.
fn a_way_leads(
    situation: &Situation<'_>,
    start: Place,
    arrival: Option<Arrival>,
    may_turn_back: bool,
    goal: Place,
) -> bool {
    let network = situation.network;
    let may = |i: usize, segment: SegmentId, from_m: f64, to_m: f64| {
        check_travel(situation, i, None, &Leg { segment, from_m, to_m }).is_ok()
    };
    let ends_of = |segment: SegmentId| {
        let road = network.segment(segment);
        [(road.first(), 0.0), (road.last(), road.length_m())]
    };
    let goal_inside = network.junction_at(goal).is_none();
    let mut flood = Flood::new(network);
    match arrival {
        Some(arrival) => flood.reach(arrival),
        None => {
            for (k, (_, offset_m)) in ends_of(start.segment).into_iter().enumerate() {
                if may(0, start.segment, start.offset_m, offset_m) {
                    flood.drive(start.segment, k == 1);
                }
            }
            if goal_inside && goal.segment == start.segment && may(0, start.segment, start.offset_m, goal.offset_m) {
                return true;
            }
        }
    }
    let mut is_first = true;
    while let Some((junction, by, arriving)) = flood.to_visit.pop() {
        let may_turn = |segment: SegmentId, from_m: f64| {
            let leaving = if from_m == 0.0 { Direction::Forward } else { Direction::Backward };
            !network.is_forbidden(Turn { from: by, arriving, to: segment, leaving })
                || (is_first && may_turn_back && arrival.is_some() && segment == by)
        };
        if network.junction_at(goal) == Some(junction) {
            return true;
        }
        for (end, offset_m) in ends_of(goal.segment) {
            if end == junction
                && goal_inside
                && may_turn(goal.segment, offset_m)
                && may(1, goal.segment, offset_m, goal.offset_m)
            {
                return true;
            }
        }
        let mut next = Vec::new();
        for way in network.outgoing(junction) {
            let [(_, first_m), (_, last_m)] = ends_of(way.segment);
            let is_forward = way.direction == Direction::Forward;
            let (from_m, to_m) = if is_forward { (first_m, last_m) } else { (last_m, first_m) };
            if may_turn(way.segment, from_m) && may(1, way.segment, from_m, to_m) {
                next.push((way.segment, is_forward));
            }
        }
        next.into_iter().for_each(|(segment, is_forward)| flood.drive(segment, is_forward));
        is_first = false;
    }
    false
}

/// What has been reached: junctions, and apart from these the arrivals to which some turn is forbidden.
struct Flood<'a> {
    network: &'a Network,
    junctions: Vec<bool>,
    bound: BTreeSet<(SegmentId, Direction)>,
    reached: BTreeSet<(SegmentId, Direction)>,
    to_visit: Vec<Arrival>,
}

impl<'a> Flood<'a> {
    fn new(network: &'a Network) -> Self {
        let junctions = vec![false; network.junction_count()];
        let bound = network.forbidden_turns().map(|turn| (turn.from, turn.arriving)).collect();
        Self { network, junctions, bound, reached: BTreeSet::new(), to_visit: Vec::new() }
    }

    /// All of a segment is driven.
    fn drive(&mut self, segment: SegmentId, is_forward: bool) {
        let road = self.network.segment(segment);
        self.reach(if is_forward {
            (road.last(), segment, Direction::Forward)
        } else {
            (road.first(), segment, Direction::Backward)
        });
    }

    fn reach(&mut self, arrival: Arrival) {
        let (junction, segment, direction) = arrival;
        let is_new = if self.bound.contains(&(segment, direction)) {
            self.reached.insert((segment, direction))
        } else {
            !std::mem::replace(&mut self.junctions[junction.index()], true)
        };
        if is_new {
            self.to_visit.push(arrival);
        }
    }
}

fn begin_of(leg: &Leg) -> Place {
    Place { segment: leg.segment, offset_m: leg.from_m }
}

fn end_of(leg: &Leg) -> Place {
    Place { segment: leg.segment, offset_m: leg.to_m }
}
