//! A route in words, turn by turn.
//!
//! The route is cut into stretches, each begun by a maneuver. At a junction there is a new one only where a driver needs
//! to be told: where the road's name changes, where the route turns off, or where it goes another way than straight on and
//! there is a choice. Going on along a road of the same name is told only where it turns by [`TURN_DEG`] or more at a
//! junction with a choice; where there is none, bends are no turns.
//!
//! A turn is the angle between the directions of travel before and after the junction, each taken over up to
//! [`SIGHT_M`] of the segment's polyline, so that a crooked end of it does not decide. Up to [`SLIGHT_DEG`] it is
//! straight on, then slight, from [`TURN_DEG`] a turn, from [`SHARP_DEG`] sharp, and from [`BACK_DEG`] turning round.
//! Angles are those of the network's plane, whose north is that of its origin. The thresholds are ours.
//!
//! Networks do not say which segments are roundabouts, so these are told as the turns they consist of.

#[cfg(test)]
mod tests;
mod turn;

use self::turn::{bearing_deg, compass, turn_deg};
use crate::domain::geometry::LonLat;
use crate::domain::ids::SegmentId;
use crate::domain::network::{Leg, Network, Place};
use crate::domain::plan::Route;

pub use turn::{BACK_DEG, SHARP_DEG, SIGHT_M, SLIGHT_DEG, TURN_DEG};

/// What the driver does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Maneuver {
    /// Sets out.
    Depart,
    /// Goes straight on, onto a road of another name.
    Continue,
    /// Keeps to the left of straight on.
    SlightLeft,
    /// Turns left.
    Left,
    /// Turns left, and back by more than a right angle.
    SharpLeft,
    /// Keeps to the right of straight on.
    SlightRight,
    /// Turns right.
    Right,
    /// Turns right, and back by more than a right angle.
    SharpRight,
    /// Turns round.
    UTurn,
    /// Comes by a waypoint.
    Waypoint,
    /// Is there.
    Arrive,
}

/// One instruction: a maneuver, and the stretch that it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Instruction {
    /// What to do.
    pub maneuver: Maneuver,
    /// The same in words.
    pub text: String,
    /// The name of the road that the stretch is on, where known.
    pub road: Option<String>,
    /// Where.
    pub place: Place,
    /// The same on the Earth.
    pub lon_lat: LonLat,
    /// Degrees clockwise from north before the maneuver; none at the start.
    pub bearing_before_deg: Option<f64>,
    /// Degrees clockwise from north after it; none at the goal.
    pub bearing_after_deg: Option<f64>,
    /// From the route's start to the maneuver, in metres.
    pub begins_m: f64,
    /// The length of the stretch, in metres; 0 at the goal.
    pub length_m: f64,
    /// The segments of the stretch, in order.
    pub segments: Vec<SegmentId>,
}

/// Waypoints on a route.
#[derive(Clone, Copy, Debug)]
pub struct Waypoints<'a> {
    /// Where legs of the route end, in its order.
    pub places: &'a [Place],
    /// The number of the first.
    pub first: usize,
}

/// The instructions of a route: from departing by the waypoints to arriving, at least these two. None for a route without legs.
/// A waypoint has an instruction of its own, which begins a stretch if the UGV goes straight on.
pub fn instructions(network: &Network, route: &Route, waypoints: Waypoints<'_>) -> Vec<Instruction> {
    let Some(last) = route.legs.last() else { return Vec::new() };
    let mut told: Vec<Instruction> = Vec::new();
    let mut driven_m = 0.0;
    let mut visited = 0;
    let is_at_next = |visited: usize, at: Place| {
        waypoints.places.get(visited).is_some_and(|waypoint| network.is_same_place(*waypoint, at))
    };
    for (i, leg) in route.legs.iter().enumerate() {
        let before = i.checked_sub(1).map(|before| &route.legs[before]);
        while is_at_next(visited, Place { segment: leg.segment, offset_m: leg.from_m }) {
            if let Some(before) = before {
                told.push(at_waypoint(network, before, leg, waypoints.first + visited, driven_m));
            }
            visited += 1;
        }
        let maneuver = match before {
            None => Some(Maneuver::Depart),
            Some(before) => at_junction(network, before, leg),
        };
        if let Some(maneuver) = maneuver {
            let road = name(network, leg).map(str::to_owned);
            let place = Place { segment: leg.segment, offset_m: leg.from_m };
            let bearing_after_deg = bearing_deg(network, leg, false);
            let stays = before.is_some_and(|before| road.is_some() && name(network, before) == road.as_deref());
            told.push(Instruction {
                maneuver,
                text: text(maneuver, road.as_deref(), stays, bearing_after_deg),
                road,
                place,
                lon_lat: network.lon_lat_at(place),
                bearing_before_deg: before.map(|before| bearing_deg(network, before, true)),
                bearing_after_deg: Some(bearing_after_deg),
                begins_m: driven_m,
                length_m: 0.0,
                segments: Vec::new(),
            });
        }
        driven_m += leg.length_m();
        if let Some(stretch) = told.last_mut() {
            stretch.length_m += leg.length_m();
            stretch.segments.push(leg.segment);
        }
    }
    let place = Place { segment: last.segment, offset_m: last.to_m };
    while is_at_next(visited, place) {
        told.push(at_waypoint(network, last, last, waypoints.first + visited, driven_m));
        visited += 1;
    }
    let road = name(network, last).map(str::to_owned);
    told.push(Instruction {
        maneuver: Maneuver::Arrive,
        text: text(Maneuver::Arrive, road.as_deref(), false, 0.0),
        road,
        place,
        lon_lat: network.lon_lat_at(place),
        bearing_before_deg: Some(bearing_deg(network, last, true)),
        bearing_after_deg: None,
        begins_m: driven_m,
        length_m: 0.0,
        segments: Vec::new(),
    });
    told
}

/// What is told at a waypoint between two legs.
fn at_waypoint(network: &Network, before: &Leg, after: &Leg, number: usize, begins_m: f64) -> Instruction {
    let place = Place { segment: before.segment, offset_m: before.to_m };
    Instruction {
        maneuver: Maneuver::Waypoint,
        text: format!("Come by waypoint {number}"),
        road: name(network, after).map(str::to_owned),
        place,
        lon_lat: network.lon_lat_at(place),
        bearing_before_deg: Some(bearing_deg(network, before, true)),
        bearing_after_deg: Some(bearing_deg(network, after, false)),
        begins_m,
        length_m: 0.0,
        segments: Vec::new(),
    }
}

fn name<'a>(network: &'a Network, leg: &Leg) -> Option<&'a str> {
    network.segment(leg.segment).name().filter(|name| !name.trim().is_empty())
}

/// What is to be told where one leg meets the next, if anything.
fn at_junction(network: &Network, before: &Leg, after: &Leg) -> Option<Maneuver> {
    if before.segment == after.segment {
        return (before.direction() != after.direction()).then_some(Maneuver::UTurn);
    }
    let incoming_deg = bearing_deg(network, before, true);
    let turned_deg = turn_deg(incoming_deg, bearing_deg(network, after, false));
    let maneuver = turn::maneuver(turned_deg);
    let (old, new) = (name(network, before), name(network, after));
    let junction = network.junction_at(Place { segment: after.segment, offset_m: after.from_m });
    let mut others = junction
        .into_iter()
        .flat_map(|junction| network.outgoing(junction))
        .filter(|way| way.segment != before.segment && way.segment != after.segment)
        .map(|way| turn_deg(incoming_deg, bearing_deg(network, &network.whole_leg(way.segment, way.direction), false)))
        .peekable();
    if others.peek().is_none() {
        // There is nothing to choose, but somebody who looks for names should not wonder.
        return (old != new && new.is_some()).then_some(Maneuver::Continue);
    }
    if old == new && new.is_some() {
        return (turned_deg.abs() >= TURN_DEG).then_some(maneuver);
    }
    if maneuver == Maneuver::Continue && new.is_none() {
        // Straight on without a name: to be told only if another road goes as straight.
        let is_clear = others.all(|other_deg| other_deg.abs() > turned_deg.abs() + SLIGHT_DEG);
        return (!is_clear || old.is_some()).then_some(Maneuver::Continue);
    }
    Some(maneuver)
}

fn text(maneuver: Maneuver, road: Option<&str>, stays: bool, bearing_deg: f64) -> String {
    let onto = match road {
        Some(road) if stays => format!(" to stay on {road}"),
        Some(road) => format!(" onto {road}"),
        None => String::new(),
    };
    match maneuver {
        Maneuver::Depart => match road {
            Some(road) => format!("Head {} on {road}", compass(bearing_deg)),
            None => format!("Head {}", compass(bearing_deg)),
        },
        Maneuver::Continue if road.is_none() => "Continue straight on".to_owned(),
        Maneuver::Continue => format!("Continue{onto}"),
        Maneuver::SlightLeft => format!("Keep slightly left{onto}"),
        Maneuver::Left => format!("Turn left{onto}"),
        Maneuver::SharpLeft => format!("Turn sharply left{onto}"),
        Maneuver::SlightRight => format!("Keep slightly right{onto}"),
        Maneuver::Right => format!("Turn right{onto}"),
        Maneuver::SharpRight => format!("Turn sharply right{onto}"),
        Maneuver::UTurn => format!("Turn round{onto}"),
        Maneuver::Waypoint => "Come by the waypoint".to_owned(),
        Maneuver::Arrive => match road {
            Some(road) => format!("Arrive at the goal, on {road}"),
            None => "Arrive at the goal".to_owned(),
        },
    }
}
