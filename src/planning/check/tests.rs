//! A valid decision with one rule broken at a time.

use super::{Violation, check};
use crate::domain::ids::{SegmentId, VehicleId};
use crate::domain::network::{Leg, Place};
use crate::domain::plan::{Decision, Inspection, Outcome, Route, Tasking};
use crate::planning::sketch::{World, sketch};

/// A route of three segments with a one-way, an empty and two blocked segments beside it, and two UAVs.
fn world() -> World {
    sketch(
        "a 0,0
         b 100,0
         c 200,0
         d 300,0
         a-b
         b>c
         c-d
         b-c 150,50 blocked@60
         c-d 250,50 blocked
         b-d 200,-100
         ugv 0@20 10
         goal 2@70
         uav 0,0 20
         uav 300,0 20",
    )
}

fn leg(segment: u32, from_m: f64, to_m: f64) -> Leg {
    Leg { segment: SegmentId(segment), from_m, to_m }
}

fn inspection(leg: Leg, begins_s: f64, ends_s: f64) -> Inspection {
    Inspection { leg, begins_s, ends_s }
}

fn route(legs: &[Leg], speed_mps: f64) -> Outcome {
    let length_m: f64 = legs.iter().map(Leg::length_m).sum();
    Outcome::Route { route: Route { legs: legs.to_vec(), length_m, duration_s: length_m / speed_mps } }
}

fn valid() -> Decision {
    let first = vec![inspection(leg(1, 0.0, 100.0), 5.0, 10.0), inspection(leg(0, 100.0, 40.0), 15.0, 18.0)];
    let second = vec![inspection(leg(2, 100.0, 0.0), 0.0, 5.0)];
    Decision {
        outcome: route(&[leg(0, 20.0, 100.0), leg(1, 0.0, 100.0), leg(2, 0.0, 70.0)], 10.0),
        tasking: vec![
            Tasking { uav: VehicleId("uav-1".into()), inspections: first },
            Tasking { uav: VehicleId("uav-2".into()), inspections: second },
        ],
    }
}

fn legs_of(decision: &mut Decision) -> &mut Route {
    let Outcome::Route { route } = &mut decision.outcome else { panic!("a route") };
    route
}

/// Whether a decision with the legs is found right, in a world that may be changed first.
#[track_caller]
fn expect_legs(change: impl Fn(&mut World), legs: &[Leg], expected: Result<(), Violation>) {
    let mut world = world();
    change(&mut world);
    let decision = Decision { outcome: route(legs, world.ugv.speed_mps), ..valid() };
    assert_eq!(check(&world.situation(), &decision), expected);
}

/// What the checker says of the valid decision after a change.
#[track_caller]
fn expect(change: impl Fn(&mut Decision), expected: Violation) {
    let world = world();
    let mut decision = valid();
    assert_eq!(check(&world.situation(), &decision), Ok(()));
    change(&mut decision);
    assert_eq!(check(&world.situation(), &decision), Err(expected));
}

fn place(segment: u32, offset_m: f64) -> Place {
    Place { segment: SegmentId(segment), offset_m }
}

#[test]
fn a_route_begins_at_the_ugv_ends_at_the_goal_and_has_no_gap() {
    expect(|d| legs_of(d).legs[0].from_m = 21.0, Violation::RouteStart);
    expect(|d| legs_of(d).legs[2].to_m = 71.0, Violation::RouteEnd);
    expect(|d| legs_of(d).legs.clear(), Violation::RouteEnd);
    expect(|d| legs_of(d).legs.retain(|leg| leg.segment.0 != 1), Violation::Gap { leg: 1 });
    expect(|d| legs_of(d).legs[0].to_m = 90.0, Violation::Gap { leg: 1 });
}

#[test]
fn legs_are_parts_of_segments_and_have_a_length() {
    let no_such = |of: &str, segment, from_m, to_m| {
        let segment = SegmentId(segment);
        Violation::NoSuchLeg { of: of.into(), segment, from_m, to_m }
    };
    expect(|d| legs_of(d).legs[1] = leg(1, 0.0, 100.5), no_such("route leg 1", 1, 0.0, 100.5));
    expect(|d| legs_of(d).legs[1] = leg(77, 0.0, 100.0), no_such("route leg 1", 77, 0.0, 100.0));
    expect(|d| legs_of(d).legs.insert(1, leg(1, 0.0, 0.0)), no_such("route leg 1", 1, 0.0, 0.0));
    expect(|d| d.tasking[1].inspections[0].leg = leg(2, -1.0, 0.0), no_such("inspection 0 of uav-2", 2, -1.0, 0.0));
}

#[test]
fn length_and_duration_follow_from_the_legs_and_the_speed() {
    expect(|d| legs_of(d).length_m += 0.01, Violation::RouteLength { stated_m: 250.01, sum_m: 250.0 });
    expect(|d| legs_of(d).duration_s += 0.01, Violation::RouteDuration { stated_s: 25.01, driven_s: 25.0 });
    let mut decision = valid();
    legs_of(&mut decision).duration_s = f64::NAN;
    assert!(matches!(check(&world().situation(), &decision), Err(Violation::RouteDuration { .. })));
}

#[test]
fn no_leg_runs_against_a_oneway() {
    let legs = [leg(0, 20.0, 100.0), leg(5, 0.0, 200.0 * 2.0_f64.sqrt()), leg(2, 100.0, 0.0), leg(1, 100.0, 0.0)];
    expect_legs(
        |world| world.goals[0] = place(1, 0.0),
        &legs,
        Err(Violation::AgainstOneway { leg: 3, segment: SegmentId(1) }),
    );
}

#[test]
fn no_leg_passes_a_blockage_but_one_may_end_or_begin_there() {
    let whole_m = 5000.0_f64.sqrt() * 2.0;
    let passes = |leg, at_m| Err(Violation::PassesBlockage { leg, segment: SegmentId(3), blockage_m: at_m });
    let through = [leg(0, 20.0, 100.0), leg(3, 0.0, whole_m), leg(2, 0.0, 70.0)];
    expect_legs(|_| {}, &through, passes(1, 60.0));
    let in_two = [leg(0, 20.0, 100.0), leg(3, 0.0, 60.0), leg(3, 60.0, whole_m), leg(2, 0.0, 70.0)];
    expect_legs(|_| {}, &in_two, passes(2, 60.0));
    expect_legs(|world| world.goals[0] = place(3, 60.0), &in_two[..2], Ok(()));
    expect_legs(|world| world.ugv.place = place(3, 60.0), &in_two[2..], Ok(()));
    expect_legs(|world| world.ugv.place = place(3, 59.0), &[leg(3, 59.0, whole_m), leg(2, 0.0, 70.0)], passes(0, 60.0));
    let there_and_back =
        [leg(0, 20.0, 100.0), leg(3, 0.0, 60.0), leg(3, 60.0, 0.0), leg(1, 0.0, 100.0), leg(2, 0.0, 70.0)];
    expect_legs(|_| {}, &there_and_back, Ok(()));
}

#[test]
fn a_blockage_at_an_end_closes_that_end() {
    let at_the_end = |world: &mut World| {
        *world = sketch("a 0,0\nb 100,0\na-b blocked@0\na-b 50,50\nugv a 10\ngoal 0@50\nuav 0,0 20\nuav 300,0 20");
    };
    let passes = Violation::PassesBlockage { leg: 0, segment: SegmentId(0), blockage_m: 0.0 };
    expect_legs(at_the_end, &[leg(0, 0.0, 50.0)], Err(passes));
}

#[test]
fn a_segment_blocked_at_an_unknown_point_is_only_left() {
    let uses = |leg| Err(Violation::UsesBlockedSegment { leg, segment: SegmentId(4) });
    let whole_m = 5000.0_f64.sqrt() * 2.0;
    expect_legs(|world| world.ugv.place = place(4, 30.0), &[leg(4, 30.0, 0.0), leg(2, 0.0, 70.0)], Ok(()));
    expect_legs(|world| world.ugv.place = place(4, 30.0), &[leg(4, 30.0, whole_m), leg(2, 100.0, 70.0)], Ok(()));
    expect_legs(|world| world.ugv.place = place(4, 0.0), &[leg(4, 0.0, whole_m), leg(2, 100.0, 70.0)], uses(0));
    let later = [leg(0, 20.0, 100.0), leg(1, 0.0, 100.0), leg(4, 0.0, whole_m), leg(2, 100.0, 70.0)];
    expect_legs(|_| {}, &later, uses(2));
    let within = |world: &mut World| (world.ugv.place, world.goals[0]) = (place(4, 30.0), place(4, 40.0));
    expect_legs(within, &[leg(4, 30.0, 40.0)], uses(0));
}

#[test]
fn being_there_and_having_no_way_are_verified() {
    expect(|d| d.outcome = Outcome::AlreadyThere, Violation::NotThere);
    expect(|d| d.outcome = Outcome::NoWay { reason: "tired".into() }, Violation::ThereIsAWay);
    let mut there = world();
    there.goals[0] = there.ugv.place;
    let no_way = Decision { outcome: Outcome::NoWay { reason: "tired".into() }, ..valid() };
    assert_eq!(check(&there.situation(), &no_way), Err(Violation::IsThere));
    assert_eq!(check(&there.situation(), &valid()), Err(Violation::IsThere));
    let closed = sketch("a 0,0\nb 100,0\nc 200,0\na-b\nb-c blocked@30\nugv a 10\ngoal 1@40\nuav 0,0 20\nuav 300,0 20");
    let no_way = Decision { outcome: Outcome::NoWay { reason: "closed".into() }, tasking: vec![] };
    let expected = Violation::TaskingOrder { entry: 0, expected: Some(VehicleId("uav-1".into())), found: None };
    assert_eq!(check(&closed.situation(), &no_way), Err(expected), "there is no way, only the tasking is missing");
}

#[test]
fn every_uav_has_its_entry_in_the_order_of_the_mission() {
    let uav = |name: &str| Some(VehicleId(name.into()));
    expect(|d| d.tasking.reverse(), Violation::TaskingOrder { entry: 0, expected: uav("uav-1"), found: uav("uav-2") });
    expect(|d| d.tasking.truncate(1), Violation::TaskingOrder { entry: 1, expected: uav("uav-2"), found: None });
    let third = Tasking { uav: VehicleId("uav-3".into()), inspections: vec![] };
    expect(
        |d| d.tasking.push(third.clone()),
        Violation::TaskingOrder { entry: 2, expected: None, found: uav("uav-3") },
    );
}

#[test]
fn no_segment_is_inspected_twice() {
    let twice = |uav: &str, holder: &str, segment| Violation::SegmentTwice {
        segment: SegmentId(segment),
        uav: VehicleId(uav.into()),
        holder: VehicleId(holder.into()),
    };
    expect(|d| d.tasking[1].inspections.push(inspection(leg(1, 100.0, 0.0), 5.0, 10.0)), twice("uav-2", "uav-1", 1));
    expect(|d| d.tasking[1].inspections.push(inspection(leg(2, 0.0, 100.0), 5.0, 10.0)), twice("uav-2", "uav-2", 2));
}

#[test]
fn uavs_cannot_be_in_two_places_or_faster_than_they_are() {
    let uav = || VehicleId("uav-1".into());
    let too_early =
        |inspection, begins_s, earliest_s| Violation::TooEarly { uav: uav(), inspection, begins_s, earliest_s };
    expect(|d| d.tasking[0].inspections[0] = inspection(leg(1, 0.0, 100.0), 4.9, 9.9), too_early(0, 4.9, 5.0));
    expect(|d| d.tasking[0].inspections[1] = inspection(leg(0, 100.0, 40.0), 14.0, 17.0), too_early(1, 14.0, 15.0));
    expect(
        |d| d.tasking[0].inspections[1].ends_s = 17.5,
        Violation::InspectionDuration { uav: uav(), inspection: 1, stated_s: 2.5, flown_s: 3.0 },
    );
    let mut decision = valid();
    decision.tasking[0].inspections[0].begins_s = f64::NAN;
    assert!(matches!(check(&world().situation(), &decision), Err(Violation::TooEarly { .. })));
    decision.tasking[0].inspections[0] = inspection(leg(1, 0.0, 100.0), 6.0, 11.0);
    decision.tasking[0].inspections[1] = inspection(leg(0, 100.0, 40.0), 16.0, 19.0);
    assert_eq!(check(&world().situation(), &decision), Ok(()), "waiting is allowed");
}

#[test]
fn violations_say_what_is_wrong_and_where() {
    let twice = Violation::SegmentTwice {
        segment: SegmentId(4),
        uav: VehicleId("uav-2".into()),
        holder: VehicleId("uav-1".into()),
    };
    assert_eq!(twice.to_string(), "segment 4 is given to uav-2, but already held by uav-1");
    let order = Violation::TaskingOrder { entry: 1, expected: Some(VehicleId("uav-2".into())), found: None };
    assert_eq!(order.to_string(), "tasking entry 1 should be that of uav-2, but is that of no UAV");
}
