//! Waypoints that a UGV drives by between two positions.
//!
//! A UGV stops at its goal, so one of its positions is near it. By a waypoint it drives on, and may tell a position before it and the
//! next one beyond. It has come by then, if both lie on the planned route, one before and one behind the waypoint, and there was
//! time enough to drive the route from one to the other: who takes a short cut to a later part of the route has not. A road that the
//! route takes both before and after the waypoint tells nothing, so at a dead end it takes a position near the waypoint.

use crate::domain::mission::Mission;
use crate::domain::network::{Leg, Network, Place};
use crate::domain::timestamp::Timestamp;
use crate::domain::vehicle::UgvFix;

/// How much faster than planned a UGV may have driven.
const HASTE: f64 = 1.5;
/// By how many metres positions may be off, both together.
const DOUBT_M: f64 = 25.0;

/// The mission's next waypoint, if the UGV has come by it on its way from the fix before.
pub(super) fn waypoint_passed(
    mission: &Mission,
    network: &Network,
    before: &UgvFix,
    now: Place,
    observed_at: Timestamp,
) -> Option<Place> {
    let next = mission.waypoints_ahead().first()?.place;
    if before.passed == Some(next) {
        // Nobody has taken note of it yet.
        return Some(next);
    }
    let (to, beyond) = part_at_next_waypoint(mission, network)?;
    let to_m: f64 = to.iter().map(Leg::length_m).sum();
    let driven_m = match (along_m(to, before.place), along_m(to, now), along_m(beyond, now)) {
        (Some(before_m), None, Some(after_m)) => to_m - before_m + after_m,
        _ => return None,
    };
    let elapsed_s = observed_at.seconds_since(before.observed_at);
    (driven_m <= elapsed_s * mission.settings.ugv.speed_mps * HASTE + DOUBT_M).then_some(next)
}

/// The planned route's legs up to the mission's next waypoint, and those beyond it; nothing where the plan has other waypoints.
fn part_at_next_waypoint<'m>(mission: &'m Mission, network: &Network) -> Option<(&'m [Leg], &'m [Leg])> {
    let plan = &mission.plan.as_ref()?.plan;
    let (stops, legs) = (&plan.basis.waypoints, &plan.decision.outcome.route()?.legs);
    let ahead = mission.waypoints_ahead();
    let visited = stops.len().checked_sub(ahead.len())?;
    if !ahead.iter().map(|waypoint| waypoint.place).eq(stops[visited..].iter().copied()) {
        return None;
    }
    let end = |leg: &Leg| Place { segment: leg.segment, offset_m: leg.to_m };
    let mut reached = 0;
    for (i, at) in std::iter::once(plan.basis.ugv.place).chain(legs.iter().map(end)).enumerate() {
        while stops.get(reached).is_some_and(|stop| network.is_same_place(*stop, at)) {
            reached += 1;
        }
        if reached > visited {
            return Some(legs.split_at(i));
        }
    }
    None
}

/// How far along the legs the place is first passed.
fn along_m(legs: &[Leg], place: Place) -> Option<f64> {
    let mut driven_m = 0.0;
    for leg in legs {
        if leg.segment == place.segment && leg.covers(place.offset_m) {
            return Some(driven_m + (place.offset_m - leg.from_m).abs());
        }
        driven_m += leg.length_m();
    }
    None
}
