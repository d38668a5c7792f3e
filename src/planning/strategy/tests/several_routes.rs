//! The strategies that look at several routes.

use serde_json::json;

use super::{expect, expect_with, road};

/// Two roads from a to e, the lower one by b, c, d and the upper one by x, y, z, with rungs between them.
fn ladder(more: &str) -> String {
    let junctions = "a 0,0\nb 100,0\nc 200,0\nd 300,0\ne 400,0\nx 100,100\ny 200,100\nz 300,100\n";
    let roads = "a-b\nb-c\nc-d\nd-e\na-x\nx-y\ny-z\nz-e\nb-x\nc-y\nd-z\n";
    format!("{junctions}{roads}ugv a 10\ngoal e\n{more}")
}

const STRAIGHT: &str = "400 m, 40 s: 0:a>b 1:b>c 2:c>d 3:d>e\n";

#[test]
fn what_several_routes_share_is_inspected_first() {
    // Two routes, by either segment from c to d. Of these neither is left to inspect before the UGV is at c.
    expect(
        "k_shortest_paths",
        &road("ugv a 10\ngoal e\nuav 0,0 20"),
        &format!("{STRAIGHT}uav-1: 1:b>c 5..10 3:d>e 15..20"),
    );
    expect_with(
        "k_shortest_paths",
        json!({ "k": 1 }),
        &road("ugv a 10\ngoal e\nuav 0,0 20"),
        &format!("{STRAIGHT}uav-1: 1:b>c 5..10 2:c>d 10..15 3:d>e 15..20"),
    );
    // What is known is not inspected, on any route.
    expect(
        "k_shortest_paths",
        &road("ugv a 10\ngoal e\nuav 0,0 20").replace("b-c", "b-c clear"),
        &format!("{STRAIGHT}uav-1: 3:d>e 15..20"),
    );
}

#[test]
fn segments_of_longer_routes_come_after_those_of_shorter_ones() {
    // The routes are abcde, axyze and abcdze: ab, bc, cd and ze are on two of them.
    expect(
        "k_shortest_paths",
        &ladder("uav 0,0 20"),
        &format!("{STRAIGHT}uav-1: 1:b>c 5..10 2:c>d 10..15 7:z>e 20..27.07"),
    );
    expect_with(
        "k_shortest_paths",
        json!({ "k": 2 }),
        &ladder("uav 0,0 20"),
        &format!("{STRAIGHT}uav-1: 1:b>c 5..10 2:c>d 10..15 3:d>e 15..20 7:e>z 20..27.07"),
    );
    expect(
        "k_shortest_paths",
        &ladder("uav 0,0 20\nuav 0,0 20\nuav 0,0 20"),
        &format!(
            "{STRAIGHT}uav-1: 1:b>c 5..10 2:c>d 10..15 3:d>e 15..20\n\
             uav-2: 7:z>e 15.81..22.88\n\
             uav-3: 5:x>y 7.07..12.07 6:y>z 12.07..17.07 10:z>d 17.07..22.07"
        ),
    );
}

#[test]
fn an_inspection_under_way_is_kept_if_any_of_the_routes_has_its_segment() {
    let flying = ladder("uav 250,100 20 inspecting 6@50..100\nuav 0,0 20");
    expect(
        "shortest_path",
        &flying,
        &format!("{STRAIGHT}uav-1: 2:c>d 5.59..10.59 3:d>e 10.59..15.59\nuav-2: 1:b>c 5..10"),
    );
    expect(
        "k_shortest_paths",
        &flying,
        &format!(
            "{STRAIGHT}uav-1: 6:50>z 0..2.5 2:d>c 7.5..12.5 3:d>e 17.5..22.5 10:d>z 27.5..32.5\n\
             uav-2: 1:b>c 5..10 7:z>e 17.07..24.14"
        ),
    );
    expect(
        "priority_assignment",
        &flying,
        &format!(
            "{STRAIGHT}uav-1: 6:50>z 0..2.5 5:y>x 7.5..12.5 7:z>e 22.5..29.57\n\
             uav-2: 1:b>c 5..10 2:c>d 10..15 10:d>z 15..20 3:d>e 25..30"
        ),
    );
    // With b-c likely to be blocked the upper road is the most probable one.
    expect(
        "most_probable_path",
        &flying.replace("b-c", "b-c risk@0.8"),
        &format!(
            "{STRAIGHT}uav-1: 6:50>z 0..2.5 7:z>e 2.5..9.57 2:d>c 14.57..19.57\nuav-2: 5:x>y 7.07..12.07 3:d>e 19.14..24.14"
        ),
    );
    expect(
        "most_probable_path",
        &flying,
        &format!("{STRAIGHT}uav-1: 2:c>d 5.59..10.59 3:d>e 10.59..15.59\nuav-2: 1:b>c 5..10"),
    );
}

#[test]
fn a_route_that_is_likely_to_be_blocked_is_inspected_after_the_most_probable_one() {
    let likely = |uavs| ladder(uavs).replace("b-c", "b-c risk@0.8");
    expect(
        "most_probable_path",
        &likely("uav 0,0 20"),
        &format!("{STRAIGHT}uav-1: 5:x>y 7.07..12.07 6:y>z 12.07..17.07 7:z>e 17.07..24.14 3:e>d 24.14..29.14"),
    );
    expect(
        "most_probable_path",
        &likely("uav 0,0 20\nuav 0,0 20\nuav 0,0 20"),
        &format!(
            "{STRAIGHT}uav-1: 5:x>y 7.07..12.07 2:c>d 17.07..22.07\n\
             uav-2: 6:y>z 11.18..16.18 3:d>e 21.18..26.18\n\
             uav-3: 7:z>e 15.81..22.88"
        ),
    );
    // If it was seen to be clear, or all are alike, the shortest route is the most probable one.
    let alone = format!("{STRAIGHT}uav-1: 1:b>c 5..10 2:c>d 10..15 3:d>e 15..20");
    expect("most_probable_path", &ladder("uav 0,0 20"), &alone);
    expect(
        "most_probable_path",
        &likely("uav 0,0 20").replace("risk@0.8", "clear"),
        &alone.replace("1:b>c 5..10 ", ""),
    );
    // No world has a way to e: the UGV goes on, and so do the UAVs.
    let cut_off = ladder("uav 0,0 20").replace("d-e", "d-e risk@1").replace("z-e", "z-e risk@1");
    expect("most_probable_path", &cut_off, &alone);
}

#[test]
fn what_the_ugv_could_come_to_soonest_is_given_out_first() {
    // In the order in which they are due: bc 10 s, xy 14.14 s, cd 20 s, yz 24.14 s, de and dz 30 s, ze 34.14 s.
    expect(
        "priority_assignment",
        &ladder("uav 0,0 20"),
        &format!("{STRAIGHT}uav-1: 1:b>c 5..10 2:c>d 10..15 6:y>z 22.07..27.07 7:z>e 27.07..34.14"),
    );
    expect(
        "priority_assignment",
        &ladder("uav 0,0 20\nuav 0,0 20\nuav 0,0 20"),
        &format!(
            "{STRAIGHT}uav-1: 1:b>c 5..10 2:c>d 10..15 10:d>z 15..20 3:d>e 25..30\n\
             uav-2: 5:x>y 7.07..12.07\n\
             uav-3: 6:y>z 11.18..16.18 7:z>e 16.18..23.25"
        ),
    );
    expect_with(
        "priority_assignment",
        json!({ "k": 1 }),
        &ladder("uav 0,0 12"),
        &format!("{STRAIGHT}uav-1: 1:b>c 8.33..16.67 2:c>d 16.67..25 3:d>e 25..33.33"),
    );
}
