//! Instructions of routes on sketched towns, word for word.

use super::{Maneuver, Waypoints, instructions, turn};
use crate::domain::geometry::{LocalPlane, LonLat, Point};
use crate::domain::ids::SegmentId;
use crate::domain::network::{Direction, Leg, Network, Node, Place, SegmentPart};
use crate::domain::plan::Route;

const NONE: Waypoints<'_> = Waypoints { places: &[], first: 1 };

/// A town: lines `name x,y` are nodes, and `name-name road` (or `name>name road`, one-way) segments, numbered as they come; further
/// nodes between are bends.
fn town(text: &str) -> Network {
    let plane = LocalPlane::new(LonLat { lon: 8.0, lat: 50.0 });
    let (mut nodes, mut parts): (Vec<Node>, Vec<SegmentPart>) = (Vec::new(), Vec::new());
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (first, rest) = line.split_once(' ').unwrap_or((line, ""));
        if let Some((x_m, y_m)) = rest.split_once(',') {
            let point = Point { x_m: x_m.parse().unwrap(), y_m: y_m.parse().unwrap() };
            nodes.push(Node { id: first.into(), lon_lat: plane.unproject(point), point });
            continue;
        }
        let number = |id: &str| nodes.iter().position(|node| node.id == id).unwrap() as u32;
        parts.push(SegmentPart {
            nodes: first.split(['-', '>']).map(number).collect(),
            oneway: first.contains('>'),
            speed_limit_mps: None,
            name: Some(rest.to_owned()).filter(|name| !name.is_empty()),
            source_ids: vec![],
            blockage_probability: 0.1,
            road: Default::default(),
        });
    }
    Network::new(plane.origin(), nodes, parts).unwrap()
}

/// The route along segments, given as numbers, backward ones with a minus behind: `0 3- 2`.
fn route(network: &Network, steps: &str) -> Route {
    let leg = |step: &str| {
        let direction = if step.ends_with('-') { Direction::Backward } else { Direction::Forward };
        network.whole_leg(SegmentId(step.trim_end_matches('-').parse().unwrap()), direction)
    };
    let legs: Vec<Leg> = steps.split(' ').map(leg).collect();
    let length_m = legs.iter().map(Leg::length_m).sum();
    Route { legs, length_m, duration_s: length_m / 10.0 }
}

fn told(network: &Network, steps: &str) -> Vec<String> {
    let told = instructions(network, &route(network, steps), NONE);
    told.iter().map(|told| format!("{:.0} m: {}, {:.0} m", told.begins_m, told.text, told.length_m)).collect()
}

/// A main street from west to east with a bend and a side street at each junction, and one that turns off at the end.
const STREET: &str = "
    a 0,0
    b 100,0
    c 200,30
    d 300,30
    e 300,130
    n 100,100
    s 200,-100
    f 400,30
    g 350,-56.6
    h 250,80
    a-b Main Street
    b-c Main Street
    c-d Main Street
    b-n North Lane
    c-s South Lane
    d-e Church Road
    d-f
    d-g Mill Road
    d-h Back Lane";

#[test]
fn a_road_that_goes_on_is_one_stretch_and_turns_are_told_by_their_angle() {
    let town = town(STREET);
    assert_eq!(
        told(&town, "0 1 2 5"),
        [
            "0 m: Head east on Main Street, 304 m",
            "304 m: Turn left onto Church Road, 100 m",
            "404 m: Arrive at the goal, on Church Road, 0 m"
        ]
    );
    assert_eq!(told(&town, "0 1 2 6")[1], "304 m: Continue straight on, 100 m", "the name ends");
    assert_eq!(told(&town, "0 1 2 7")[1], "304 m: Turn right onto Mill Road, 100 m");
    assert_eq!(told(&town, "2 8")[1], "100 m: Turn sharply left onto Back Lane, 71 m");
    assert_eq!(
        told(&town, "3- 1")[..2],
        ["0 m: Head south on North Lane, 100 m", "100 m: Turn left onto Main Street, 104 m"]
    );
    let along = instructions(&town, &route(&town, "0 1 2 5"), NONE);
    assert_eq!(along[0].segments, [SegmentId(0), SegmentId(1), SegmentId(2)]);
    assert_eq!((along[0].bearing_before_deg, along[2].bearing_after_deg), (None, None));
    assert_eq!((along[1].bearing_before_deg, along[1].bearing_after_deg), (Some(90.0), Some(0.0)));
    let at = town.plane().project(along[1].lon_lat);
    assert!(at.distance_m(Point { x_m: 300.0, y_m: 30.0 }) < 0.001, "{at:?}");
}

#[test]
fn staying_on_a_road_that_turns_at_a_junction_is_told() {
    let town = town(
        "
        a 0,0
        b 100,0
        c 100,100
        d 200,0
        e 200,100
        a-b Ring
        b-c Ring
        b-d Quay
        c-e Ring",
    );
    assert_eq!(
        told(&town, "0 1 3"),
        [
            "0 m: Head east on Ring, 100 m",
            "100 m: Turn left to stay on Ring, 200 m",
            "300 m: Arrive at the goal, on Ring, 0 m"
        ],
        "at c there is nothing to choose, so the bend is none"
    );
    assert_eq!(told(&town, "0 2")[1], "100 m: Continue onto Quay, 100 m");
    assert_eq!(told(&town, "1- 2")[1], "100 m: Turn left onto Quay, 100 m");
}

#[test]
fn on_roads_without_names_only_what_is_not_plain_is_told() {
    let town = town(
        "
        a 0,0
        b 100,0
        c 200,0
        d 300,0
        n 100,100
        f 290,60
        g 400,40
        x 500,40
        a-b
        b-c
        c-d
        b-n
        c-f
        d-g
        g>x",
    );
    assert_eq!(
        told(&town, "0 1 2 5 6"),
        ["0 m: Head east, 508 m", "508 m: Arrive at the goal, 0 m"],
        "straight on at b and, c-f being off by 34 degrees, at c; nothing else to take at d and g"
    );
    assert_eq!(told(&town, "0 1 4")[1], "200 m: Keep slightly left, 108 m");
    assert_eq!(told(&town, "0 3")[1], "100 m: Turn left, 100 m");
}

#[test]
fn a_fork_of_roads_as_straight_is_told() {
    let town = town(
        "
        a 0,0
        b 100,0
        c 200,20
        d 200,-20
        a-b
        b-c
        b-d",
    );
    assert_eq!(told(&town, "0 1")[1], "100 m: Continue straight on, 102 m");
}

#[test]
fn a_crooked_end_of_a_segment_does_not_decide() {
    // The street leaves the junction by a metre to the right before it goes straight on.
    let town = town(
        "
        a 0,0
        b 100,0
        k 100,-1
        m 104,-1
        c 200,0
        n 100,100
        a-b Main Street
        b-k-m-c Long Street
        b-n North Lane",
    );
    assert_eq!(told(&town, "0 1")[1], "100 m: Continue onto Long Street, 101 m");
}

#[test]
fn turning_round_is_told_and_the_shortest_route_has_two_instructions() {
    let town = town("a 0,0\nb 100,0\nc 200,0\na-b Quay\nb-c Quay");
    let back = Route {
        legs: vec![
            Leg { segment: SegmentId(0), from_m: 40.0, to_m: 100.0 },
            Leg { segment: SegmentId(0), from_m: 100.0, to_m: 10.0 },
        ],
        length_m: 150.0,
        duration_s: 15.0,
    };
    let texts: Vec<String> = instructions(&town, &back, NONE).into_iter().map(|told| told.text).collect();
    assert_eq!(texts, ["Head east on Quay", "Turn round to stay on Quay", "Arrive at the goal, on Quay"]);
    assert_eq!(told(&town, "1-"), ["0 m: Head west on Quay, 100 m", "100 m: Arrive at the goal, on Quay, 0 m"]);
    assert_eq!(instructions(&town, &Route::default(), NONE), []);
}

#[test]
fn turns_are_measured_the_short_way_round_and_named_by_the_thresholds() {
    use super::Maneuver::*;
    for (before_deg, after_deg, turned_deg, name) in [
        (350.0, 10.0, 20.0, Continue),
        (10.0, 350.0, -20.0, Continue),
        (350.0, 11.0, 21.0, SlightRight),
        (0.0, 311.0, -49.0, SlightLeft),
        (90.0, 140.0, 50.0, Right),
        (90.0, 331.0, -119.0, Left),
        (0.0, 120.0, 120.0, SharpRight),
        (0.0, 191.0, -169.0, SharpLeft),
        (0.0, 180.0, 180.0, UTurn),
        (180.0, 0.0, 180.0, UTurn),
        (0.0, 190.0, -170.0, UTurn),
    ] {
        let turned = turn::turn_deg(before_deg, after_deg);
        assert_eq!((turned, turn::maneuver(turned)), (turned_deg, name), "{before_deg} {after_deg}");
    }
    for (bearing_deg, word) in
        [(0.0, "north"), (22.0, "north"), (23.0, "north-east"), (337.6, "north"), (270.0, "west")]
    {
        assert_eq!(turn::compass(bearing_deg), word);
    }
}

#[test]
fn waypoints_are_told_where_the_route_comes_by_them_and_a_stretch_goes_on_behind() {
    let town = town("a 0,0\nb 100,0\nc 200,0\na-b Quay\nb-c Quay");
    let route = route(&town, "0 1 1- 1");
    let place = |segment, offset_m| Place { segment: SegmentId(segment), offset_m };
    let places = [place(1, 0.0), place(1, 100.0), place(1, 100.0)];
    let told = instructions(&town, &route, Waypoints { places: &places, first: 2 });
    let texts: Vec<String> =
        told.iter().map(|told| format!("{:.0} m: {}, {:.0} m", told.begins_m, told.text, told.length_m)).collect();
    assert_eq!(
        texts,
        [
            "0 m: Head east on Quay, 100 m",
            "100 m: Come by waypoint 2, 100 m",
            "200 m: Come by waypoint 3, 0 m",
            "200 m: Come by waypoint 4, 0 m",
            "200 m: Turn round to stay on Quay, 100 m",
            "300 m: Turn round to stay on Quay, 100 m",
            "400 m: Arrive at the goal, on Quay, 0 m",
        ]
    );
    assert_eq!(told[1].maneuver, Maneuver::Waypoint);
}
