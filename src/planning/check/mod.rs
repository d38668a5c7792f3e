//! Verifies a decision against the rules of the world, sharing no code with the planner.
//!
//! The checker knows what a decision may be, not what a good one is: a route must be drivable, not shortest.

mod route;
mod tasking;
#[cfg(test)]
mod tests;

use super::situation::Situation;
use crate::domain::ids::{SegmentId, VehicleId};
use crate::domain::plan::{Decision, Outcome};

/// How much sums may differ for rounding, relative to their size (and at least in these units).
const TOLERANCE: f64 = 1e-6;

/// A rule that a decision breaks. Legs and inspections are counted from 0.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Violation {
    /// A leg is on a segment that the network does not have, is not within it, or has no length.
    #[error("{of} is from {from_m} m to {to_m} m of segment {segment}, which is no part of a segment of the network")]
    NoSuchLeg {
        /// Whose leg it is, such as `route leg 3`.
        of: String,
        /// The segment.
        segment: SegmentId,
        /// Where the leg begins.
        from_m: f64,
        /// Where it ends.
        to_m: f64,
    },
    /// The route does not begin where the UGV is.
    #[error("the route does not begin where the UGV is")]
    RouteStart,
    /// The route does not end at a goal.
    #[error("the route does not end at the goal")]
    RouteEnd,
    /// The route does not visit a waypoint when it should.
    #[error("the route does not come by waypoint {stop} of those to come, after the ones before it")]
    MissesWaypoint {
        /// Which of the waypoints to come, counted from 0.
        stop: usize,
    },
    /// A waypoint that the route visits is the very point at which its segment is blocked.
    #[error("the route comes by waypoint {stop} of those to come, which is where its segment is blocked")]
    BlockedWaypoint {
        /// Which of the waypoints to come, counted from 0.
        stop: usize,
    },
    /// A leg does not begin where the one before ends.
    #[error("route leg {leg} does not begin where the leg before it ends")]
    Gap {
        /// The leg.
        leg: usize,
    },
    /// From one leg to the next a turn is taken that is forbidden. The first leg comes after the segment that the UGV's place names, if
    /// that is at a junction; back on that it may turn.
    #[error("route leg {leg} leaves segment {from} by a turn onto segment {segment} that is forbidden there")]
    ForbiddenTurn {
        /// The leg after the turn.
        leg: usize,
        /// The segment before the turn.
        from: SegmentId,
        /// The segment after it.
        segment: SegmentId,
    },
    /// A leg runs against a one-way segment.
    #[error("route leg {leg} runs against the one-way segment {segment}")]
    AgainstOneway {
        /// The leg.
        leg: usize,
        /// The segment.
        segment: SegmentId,
    },
    /// A leg passes the point where its segment is known to be blocked.
    #[error("route leg {leg} passes the blockage at {blockage_m} m of segment {segment}")]
    PassesBlockage {
        /// The leg.
        leg: usize,
        /// The segment.
        segment: SegmentId,
        /// Where it is blocked.
        blockage_m: f64,
    },
    /// A leg uses a segment that is blocked at an unknown point, other than to leave it.
    #[error("route leg {leg} uses segment {segment}, which is blocked at an unknown point, other than to leave it")]
    UsesBlockedSegment {
        /// The leg.
        leg: usize,
        /// The segment.
        segment: SegmentId,
    },
    /// The route's length is not the sum of its legs.
    #[error("the route is said to be {stated_m} m long, but its legs add up to {sum_m} m")]
    RouteLength {
        /// What the route says.
        stated_m: f64,
        /// What the legs add up to.
        sum_m: f64,
    },
    /// The route's duration is not its length at the UGV's speed.
    #[error("the route is said to take {stated_s} s, but at the UGV's speed it takes {driven_s} s")]
    RouteDuration {
        /// What the route says.
        stated_s: f64,
        /// What driving it takes.
        driven_s: f64,
    },
    /// The UGV is said to be at the goal, and is not.
    #[error("the UGV is said to be at the goal, but it is not")]
    NotThere,
    /// There is said to be no way, or a route is given, but the UGV is at the goal.
    #[error("the UGV is at the goal, but the decision does not say so")]
    IsThere,
    /// There is said to be no way, and there is one.
    #[error("there is said to be no way to the goal, but there is one")]
    ThereIsAWay,
    /// The tasking does not have one entry for each UAV in the mission's order.
    #[error("tasking entry {entry} should be that of {}, but is that of {}", or_none(.expected), or_none(.found))]
    TaskingOrder {
        /// The entry, from 0.
        entry: usize,
        /// Whose it should be; `None` if there should be none.
        expected: Option<VehicleId>,
        /// Whose it is; `None` if it is missing.
        found: Option<VehicleId>,
    },
    /// A segment is to be inspected twice.
    #[error("segment {segment} is given to {uav}, but already held by {holder}")]
    SegmentTwice {
        /// The segment.
        segment: SegmentId,
        /// The UAV with the second inspection.
        uav: VehicleId,
        /// The UAV with the first.
        holder: VehicleId,
    },
    /// An inspection begins before its UAV can be there.
    #[error("inspection {inspection} of {uav} begins at {begins_s} s, but the UAV can be there at {earliest_s} s only")]
    TooEarly {
        /// The UAV.
        uav: VehicleId,
        /// The inspection.
        inspection: usize,
        /// When it is said to begin.
        begins_s: f64,
        /// When the UAV can be there.
        earliest_s: f64,
    },
    /// An inspection does not take as long as the flight along its leg.
    #[error("inspection {inspection} of {uav} is said to take {stated_s} s, but the flight takes {flown_s} s")]
    InspectionDuration {
        /// The UAV.
        uav: VehicleId,
        /// The inspection.
        inspection: usize,
        /// How long it is said to take.
        stated_s: f64,
        /// How long the flight takes.
        flown_s: f64,
    },
}

fn or_none(uav: &Option<VehicleId>) -> &str {
    uav.as_ref().map_or("no UAV", |uav| uav.0.as_str())
}

/// Verifies that the decision keeps the rules in the situation it was made for:
///
/// - a route leads from the UGV by the waypoints, in their order, to a goal without a gap, runs against no one-way segment, passes no known blockage and
///   uses a segment blocked at an unknown point only to leave it; its length and duration are right;
/// - "already there" and "no way" are true;
/// - every UAV has its entry, no segment is held twice, and the UAVs can fly their inspections in the times given.
///
/// # Errors
/// The first rule it breaks.
pub fn check(situation: &Situation<'_>, decision: &Decision) -> Result<(), Violation> {
    let is_there = route::is_there(situation);
    match &decision.outcome {
        Outcome::AlreadyThere if !is_there => return Err(Violation::NotThere),
        Outcome::Route { .. } | Outcome::NoWay { .. } if is_there => return Err(Violation::IsThere),
        Outcome::Route { route } => route::check_route(situation, route)?,
        Outcome::NoWay { .. } if route::a_way_exists(situation) => return Err(Violation::ThereIsAWay),
        Outcome::AlreadyThere | Outcome::NoWay { .. } | Outcome::BudgetSpent { .. } => {}
    }
    tasking::check_tasking(situation, &decision.tasking)
}

/// Whether two numbers are equal but for rounding; never true of what is not a number.
fn about_equal(a: f64, b: f64) -> bool {
    (a - b).abs() <= TOLERANCE * a.abs().max(b.abs()).max(1.0)
}
