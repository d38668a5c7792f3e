//! The rules of the UGV's route, and a flood fill over all travel that they allow.

use super::{Violation, about_equal};
use crate::domain::ids::{NodeIndex, SegmentId};
use crate::domain::network::{Leg, Network, Place};
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

/// Whether legs that [`check_travel`] allows lead from the UGV by the waypoints to a goal.
pub(super) fn a_way_exists(situation: &Situation<'_>) -> bool {
    let mut at = situation.ugv.place;
    for stop in situation.stops {
        if !situation.network.is_same_place(at, *stop) {
            if is_closed_at(situation, *stop) || !a_way_leads(situation, at, *stop) {
                return false;
            }
            at = *stop;
        }
    }
    situation.goals.iter().any(|goal| situation.network.is_same_place(at, *goal) || a_way_leads(situation, at, *goal))
}

/// Whether legs that [`check_travel`] allows lead from one place to another.
fn a_way_leads(situation: &Situation<'_>, start: Place, goal: Place) -> bool {
    let network = situation.network;
    let may = |i: usize, segment: SegmentId, from_m: f64, to_m: f64| {
        check_travel(situation, i, None, &Leg { segment, from_m, to_m }).is_ok()
    };
    let ends_of = |segment: SegmentId| {
        let road = network.segment(segment);
        [(road.first(), 0.0), (road.last(), road.length_m())]
    };
    let mut reached = vec![false; network.junction_count()];
    let mut to_visit: Vec<NodeIndex> = Vec::new();
    let mut reach = |junction: NodeIndex, to_visit: &mut Vec<NodeIndex>| {
        if !std::mem::replace(&mut reached[junction.index()], true) {
            to_visit.push(junction);
        }
    };
    match network.junction_at(start) {
        Some(junction) => reach(junction, &mut to_visit),
        None => {
            for (junction, offset_m) in ends_of(start.segment) {
                if may(0, start.segment, start.offset_m, offset_m) {
                    reach(junction, &mut to_visit);
                }
            }
            let goal_inside = network.junction_at(goal).is_none();
            if goal_inside && goal.segment == start.segment && may(0, start.segment, start.offset_m, goal.offset_m) {
                return true;
            }
        }
    }
    while let Some(junction) = to_visit.pop() {
        if network.junction_at(goal) == Some(junction) {
            return true;
        }
        for (end, offset_m) in ends_of(goal.segment) {
            if end == junction && network.junction_at(goal).is_none() && may(1, goal.segment, offset_m, goal.offset_m) {
                return true;
            }
        }
        for way in network.outgoing(junction).chain(network.incoming(junction)) {
            let [(first, first_m), (last, last_m)] = ends_of(way.segment);
            let (other, from_m, to_m) =
                if first == junction { (last, first_m, last_m) } else { (first, last_m, first_m) };
            if may(1, way.segment, from_m, to_m) {
                reach(other, &mut to_visit);
            }
        }
    }
    false
}

fn begin_of(leg: &Leg) -> Place {
    Place { segment: leg.segment, offset_m: leg.from_m }
}

fn end_of(leg: &Leg) -> Place {
    Place { segment: leg.segment, offset_m: leg.to_m }
}
