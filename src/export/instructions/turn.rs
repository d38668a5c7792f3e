//! Directions of travel, and what turning from one to another is called.

use super::Maneuver;
use crate::domain::geometry::heading_deg;
use crate::domain::network::{Direction, Leg, Network, Place};

/// Over how much of a leg its direction at an end is taken, in metres.
pub const SIGHT_M: f64 = 20.0;
/// A turn by more than this is not going straight on any more, in degrees.
pub const SLIGHT_DEG: f64 = 20.0;
/// From here on it is a turn, in degrees.
pub const TURN_DEG: f64 = 50.0;
/// From here on it is a sharp one, in degrees.
pub const SHARP_DEG: f64 = 120.0;
/// From here on it is turning round, in degrees.
pub const BACK_DEG: f64 = 170.0;

/// What a turn by so many degrees is called, positive ones to the right.
pub(super) fn maneuver(turned_deg: f64) -> Maneuver {
    let is_left = turned_deg < 0.0;
    let (left, right) = match turned_deg.abs() {
        size if size <= SLIGHT_DEG => (Maneuver::Continue, Maneuver::Continue),
        size if size < TURN_DEG => (Maneuver::SlightLeft, Maneuver::SlightRight),
        size if size < SHARP_DEG => (Maneuver::Left, Maneuver::Right),
        size if size < BACK_DEG => (Maneuver::SharpLeft, Maneuver::SharpRight),
        _ => (Maneuver::UTurn, Maneuver::UTurn),
    };
    if is_left { left } else { right }
}

/// From one direction to another, in degrees: positive to the right, more than -180, no more than 180.
pub(super) fn turn_deg(before_deg: f64, after_deg: f64) -> f64 {
    let turned_deg = (after_deg - before_deg).rem_euclid(360.0);
    if turned_deg > 180.0 { turned_deg - 360.0 } else { turned_deg }
}

/// The direction of travel at the begin or the end of a leg, in degrees clockwise from north.
pub(super) fn bearing_deg(network: &Network, leg: &Leg, at_end: bool) -> f64 {
    let sight_m = leg.length_m().min(SIGHT_M);
    let ahead = |from_m: f64, by_m: f64| match leg.direction() {
        Direction::Forward => from_m + by_m,
        Direction::Backward => from_m - by_m,
    };
    let (from_m, to_m) =
        if at_end { (ahead(leg.to_m, -sight_m), leg.to_m) } else { (leg.from_m, ahead(leg.from_m, sight_m)) };
    let point = |offset_m| network.point_at(Place { segment: leg.segment, offset_m });
    heading_deg(point(from_m), point(to_m))
}

/// The direction in words.
pub(super) fn compass(bearing_deg: f64) -> &'static str {
    const WORDS: [&str; 8] = ["north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west"];
    WORDS[((bearing_deg / 45.0).round() as usize) % 8]
}
