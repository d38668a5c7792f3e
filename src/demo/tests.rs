//! What is promised of the simulated vehicles' movement.

use proptest::prelude::*;

use super::streets::Streets;
use super::streets::tests::streets_of;
use super::uav::Uav;
use super::ugv::{Sight, Ugv};
use crate::domain::geometry::{LonLat, Point};
use crate::domain::ids::{SegmentId, VehicleId};
use crate::domain::network::{Leg, Network, Node, Place, SegmentPart};

/// ```text
///        2        segments: 0 from a to b, 100 m east; 1 from b to c, 100 m east with a bend;
///  a──0──b──1──c  2 from b to d, 100 m north
/// ```
fn crossing() -> Streets {
    let plane = crate::domain::geometry::LocalPlane::new(LonLat { lon: 9.94, lat: 53.15 });
    let nodes = [("a", 0.0, 0.0), ("b", 100.0, 0.0), ("bend", 130.0, 40.0), ("c", 160.0, 0.0), ("d", 100.0, 100.0)]
        .map(|(id, x_m, y_m)| {
            let point = Point { x_m, y_m };
            Node { id: id.into(), lon_lat: plane.unproject(point), point }
        })
        .to_vec();
    let part = |nodes: &[u32]| SegmentPart {
        nodes: nodes.to_vec(),
        oneway: false,
        speed_limit_mps: None,
        name: None,
        source_ids: vec![],
        blockage_probability: 0.1,
        road: Default::default(),
    };
    streets_of(&Network::new(plane.origin(), nodes, vec![part(&[0, 1]), part(&[1, 2, 3]), part(&[1, 4])]).unwrap())
}

fn at(segment: u32, offset_m: f64) -> Place {
    Place { segment: SegmentId(segment), offset_m }
}

fn leg(segment: u32, from_m: f64, to_m: f64) -> Leg {
    Leg { segment: SegmentId(segment), from_m, to_m }
}

fn open(_: SegmentId) -> Option<f64> {
    None
}

/// Drives in steps of a metre and checks that every step is one: on the ground, no vehicle jumps or hurries.
fn drive(ugv: &mut Ugv, streets: &Streets, steps: usize, blocked: impl Fn(SegmentId) -> Option<f64>) -> Vec<Sight> {
    let mut sights = Vec::new();
    for _ in 0..steps {
        let before = streets.point_at(ugv.place());
        sights.extend(ugv.advance(1.0, streets, &blocked));
        let moved_m = streets.point_at(ugv.place()).distance_m(before);
        assert!(moved_m <= 1.0 + 1e-6, "{moved_m} m in a step of 1 m, to {:?}", ugv.place());
    }
    sights
}

#[test]
fn the_ugv_keeps_its_speed_along_the_route_and_over_bends() {
    let streets = crossing();
    let mut ugv = Ugv::at(at(0, 20.0), &streets);
    ugv.follow(&[leg(0, 20.0, 100.0), leg(1, 0.0, 100.0)], &streets);
    assert_eq!(ugv.advance(110.0, &streets, open), []);
    assert_eq!(ugv.place().segment, SegmentId(1));
    assert!((ugv.place().offset_m - 30.0).abs() < 1e-9);
    assert_eq!(ugv.advance(200.0, &streets, open), [Sight::Clear(SegmentId(1))], "segment 0 was begun in its middle");
    assert!((ugv.place().offset_m - 100.0).abs() < 1e-9 && ugv.is_idle());
}

#[test]
fn the_ugv_turns_round_mid_segment_and_reports_nothing_half_driven() {
    let streets = crossing();
    let mut ugv = Ugv::at(at(0, 0.0), &streets);
    ugv.follow(&[leg(0, 0.0, 100.0), leg(1, 0.0, 100.0)], &streets);
    let sights = drive(&mut ugv, &streets, 130, open);
    assert_eq!(sights, [Sight::Clear(SegmentId(0))]);
    // Planned from 25 m, but the vehicle is at 30 m by now.
    ugv.follow(&[leg(1, 25.0, 0.0), leg(2, 0.0, 100.0)], &streets);
    assert_eq!(drive(&mut ugv, &streets, 40, open), []);
    assert!((ugv.place().offset_m - 10.0).abs() < 1e-6 && ugv.place().segment == SegmentId(2), "{:?}", ugv.place());
    assert_eq!(drive(&mut ugv, &streets, 100, open), [Sight::Clear(SegmentId(2))]);
}

#[test]
fn the_ugv_goes_back_to_a_turning_that_it_has_passed() {
    let streets = crossing();
    let mut ugv = Ugv::at(at(0, 0.0), &streets);
    ugv.follow(&[leg(0, 0.0, 100.0), leg(1, 0.0, 100.0)], &streets);
    drive(&mut ugv, &streets, 110, open);
    ugv.follow(&[leg(0, 90.0, 100.0), leg(2, 0.0, 100.0)], &streets);
    drive(&mut ugv, &streets, 30, open);
    assert!((ugv.place().offset_m - 20.0).abs() < 1e-6 && ugv.place().segment == SegmentId(2), "{:?}", ugv.place());
}

#[test]
fn the_ugv_stops_short_of_a_blockage_and_waits_for_the_plan_that_knows_of_it() {
    let streets = crossing();
    let blocked = |segment: SegmentId| (segment == SegmentId(1)).then_some(40.0);
    let mut ugv = Ugv::at(at(0, 0.0), &streets);
    let route = [leg(0, 0.0, 100.0), leg(1, 0.0, 100.0)];
    ugv.follow(&route, &streets);
    let sights = drive(&mut ugv, &streets, 200, blocked);
    assert_eq!(sights, [Sight::Clear(SegmentId(0)), Sight::Blocked { segment: SegmentId(1), offset_m: 40.0 }]);
    assert!(ugv.place().offset_m < 40.0 && ugv.place().offset_m > 39.0, "{:?}", ugv.place());
    // A plan that does not know yet does not get it any further.
    ugv.follow(&route, &streets);
    drive(&mut ugv, &streets, 20, blocked);
    assert!(ugv.place().offset_m < 40.0);
}

#[test]
fn a_ugv_whose_way_back_is_cut_off_drives_away_from_the_blockage() {
    let streets = crossing();
    let mut ugv = Ugv::at(at(0, 0.0), &streets);
    ugv.follow(&[leg(0, 0.0, 100.0), leg(1, 0.0, 100.0)], &streets);
    drive(&mut ugv, &streets, 145, open);
    // The road fails behind it, and the service believes it to be on the other side.
    let blocked = |segment: SegmentId| (segment == SegmentId(1)).then_some(40.0);
    ugv.follow(&[leg(1, 39.9, 0.0), leg(2, 0.0, 100.0)], &streets);
    drive(&mut ugv, &streets, 70, blocked);
    assert!((ugv.place().offset_m - 100.0).abs() < 1e-9 && ugv.place().segment == SegmentId(1), "{:?}", ugv.place());
}

#[test]
fn a_uav_flies_straight_to_its_task_and_along_the_segment() {
    let streets = crossing();
    let start = streets.point_at(at(2, 100.0));
    let mut uav = Uav::at(VehicleId("uav-1".into()), 18.0, start, None);
    uav.follow([leg(1, 0.0, 100.0), leg(0, 100.0, 0.0)], &streets);
    assert_eq!(uav.advance(60.0, &streets, open), []);
    assert_eq!(uav.inspecting(), None, "still on its way");
    uav.advance(90.0, &streets, open);
    assert_eq!(uav.inspecting().map(|(segment, _)| segment), Some(SegmentId(1)));
    let halfway = streets.point_at(at(1, 50.0));
    assert!(uav.point().distance_m(halfway) < 0.05, "{:?}", uav.point());
    assert_eq!(uav.advance(49.0, &streets, open), []);
    assert_eq!(uav.advance(2.0, &streets, open), [Sight::Clear(SegmentId(1))]);
    assert_eq!(uav.advance(1_000.0, &streets, open), [Sight::Clear(SegmentId(0))]);
}

#[test]
fn a_uav_is_free_at_a_blockage_and_flies_on_from_there() {
    let streets = crossing();
    let mut uav = Uav::at(VehicleId("uav-1".into()), 18.0, streets.point_at(at(0, 0.0)), None);
    uav.follow([leg(0, 0.0, 100.0), leg(2, 0.0, 100.0)], &streets);
    let blocked = |segment: SegmentId| (segment == SegmentId(0)).then_some(60.0);
    let found = uav.advance(60.0, &streets, blocked);
    assert_eq!(found, [Sight::Blocked { segment: SegmentId(0), offset_m: 60.0 }]);
    assert_eq!(uav.advance(139.9, &streets, blocked), []);
    assert_eq!(uav.advance(0.2, &streets, blocked), [Sight::Clear(SegmentId(2))]);
}

#[test]
fn a_uav_that_is_redirected_goes_on_only_with_the_same_flight() {
    let streets = crossing();
    let mut uav = Uav::at(VehicleId("uav-1".into()), 18.0, streets.point_at(at(0, 0.0)), None);
    uav.follow([leg(0, 0.0, 100.0)], &streets);
    uav.advance(30.0, &streets, open);
    uav.follow([leg(0, 25.0, 100.0), leg(2, 0.0, 100.0)], &streets);
    assert_eq!(uav.advance(70.0, &streets, open), [Sight::Clear(SegmentId(0))], "flown along in one go");
    uav.advance(50.0, &streets, open);
    // Given up half-way, then begun anew from its end: what is left of it would not make the segment clear.
    uav.follow([leg(1, 0.0, 100.0)], &streets);
    uav.follow([leg(2, 50.0, 100.0)], &streets);
    assert_eq!(uav.advance(149.9, &streets, open), []);
    assert_eq!(uav.advance(0.2, &streets, open), [Sight::Clear(SegmentId(2))]);
}

proptest! {
    #[test]
    fn no_vehicle_passes_a_blockage_or_jumps_whatever_it_is_told(
        blockage_m in 1.0..99.0_f64,
        moves in prop::collection::vec((0..4_usize, 1..60_usize), 1..30),
    ) {
        let streets = crossing();
        let blocked = |segment: SegmentId| (segment == SegmentId(1)).then_some(blockage_m);
        let mut ugv = Ugv::at(at(0, 0.0), &streets);
        for (way, steps) in moves {
            let place = ugv.place();
            let to_b = match place.segment.0 {
                0 => leg(0, place.offset_m, 100.0),
                segment => leg(segment, place.offset_m, 0.0),
            };
            match way {
                0 => ugv.follow(&[to_b, leg(1, 0.0, 100.0)], &streets),
                1 => ugv.follow(&[to_b, leg(2, 0.0, 100.0)], &streets),
                2 => ugv.follow(&[to_b, leg(0, 100.0, 0.0)], &streets),
                _ => ugv.halt(),
            }
            let sights = drive(&mut ugv, &streets, steps, blocked);
            prop_assert!(!sights.contains(&Sight::Clear(SegmentId(1))));
            prop_assert!(ugv.place().segment != SegmentId(1) || ugv.place().offset_m < blockage_m);
        }
    }
}
