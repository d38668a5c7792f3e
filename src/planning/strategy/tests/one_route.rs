//! The strategies that look at the UGV's route only.

use super::{decide, expect, road, zigzag};
use crate::planning::search::Search;
use crate::planning::sketch::sketch;
use crate::planning::strategy::Strategies;

#[test]
fn alone_the_ugv_takes_the_shortest_route_and_uavs_do_nothing() {
    expect("ugv_only", &road("ugv a 10\ngoal e\nuav 0,0 20"), "400 m, 40 s: 0:a>b 1:b>c 2:c>d 3:d>e\nuav-1:");
    expect("ugv_only", &road("ugv a 10\ngoal e"), "400 m, 40 s: 0:a>b 1:b>c 2:c>d 3:d>e");
}

#[test]
fn a_closure_leads_to_a_detour_by_the_parallel_segment() {
    let closed = road("ugv a 10\ngoal e\nuav 0,0 20").replace("c-d\nd-e", "c-d blocked@10\nd-e");
    expect("ugv_only", &closed, "500 m, 50 s: 0:a>b 1:b>c 4:c>d 3:d>e\nuav-1:");
    expect(
        "shortest_path",
        &closed,
        "500 m, 50 s: 0:a>b 1:b>c 4:c>d 3:d>e\n\
         uav-1: 1:b>c 5..10 4:c>d 10..20 3:d>e 20..25",
    );
    expect(
        "bidirectional",
        &closed,
        "500 m, 50 s: 0:a>b 1:b>c 4:c>d 3:d>e\n\
         uav-1: 3:e>d 20..25 4:d>c 25..35",
    );
}

#[test]
fn of_parallel_segments_the_shorter_is_taken_and_of_equal_ones_the_first() {
    let text = "a 0,0\nb 100,0\na-b 50,50\na-b 50,-20\na-b 50,20\nugv b 10\ngoal a\nuav 100,0 20";
    expect("shortest_path", text, "107.7 m, 10.77 s: 1:b>a\nuav-1:");
}

#[test]
fn a_oneway_is_driven_forward_only_but_flown_either_way() {
    let text = "a 0,0\nb 100,0\nc 100,100\nb>a\na-c\nc>b\nugv a 10\ngoal b\nuav 0,0 40";
    expect("shortest_path", text, "241.42 m, 24.14 s: 1:a>c 2:c>b\nuav-1: 2:b>c 2.5..5");
    expect(
        "bidirectional",
        text,
        "241.42 m, 24.14 s: 1:a>c 2:c>b\n\
         uav-1: 2:b>c 2.5..5 1:c>a 5..8.54",
    );
}

#[test]
fn a_ugv_inside_a_segment_may_turn_round_and_uavs_leave_that_segment_to_it() {
    let text = "a 0,0\nb 100,0\nc 0,60\na-b\na-c\nb-c\nugv 0@30 10\ngoal c\nuav 30,0 20";
    expect("shortest_path", text, "90 m, 9 s: 0:30>a 1:a>c\nuav-1: 1:a>c 1.5..4.5");
    expect("bidirectional", text, "90 m, 9 s: 0:30>a 1:a>c\nuav-1: 1:c>a 3.35..6.35");
    let oneway = text.replace("a-b", "a>b");
    expect("shortest_path", &oneway, "186.62 m, 18.66 s: 0:30>b 2:b>c\nuav-1: 2:b>c 3.5..9.33");
}

#[test]
fn a_ugv_on_a_closed_segment_leaves_it_on_its_side_of_the_blockage() {
    let on =
        |offset| format!("a 0,0\nb 100,0\nc 50,80\na-b blocked@50\na-c\nb-c\nugv 0@{offset} 10\ngoal c\nuav 0,0 20");
    expect("ugv_only", &on(40), "134.34 m, 13.43 s: 0:40>a 1:a>c\nuav-1:");
    expect("ugv_only", &on(60), "134.34 m, 13.43 s: 0:60>b 2:b>c\nuav-1:");
    expect("shortest_path", &on(50), "144.34 m, 14.43 s: 0:50>a 1:a>c\nuav-1: 1:a>c 0..4.72");
}

#[test]
fn a_goal_inside_a_segment_is_driven_to_and_its_segment_inspected_whole() {
    let text = road("ugv a 10\ngoal 3@40\nuav 0,0 20");
    expect(
        "shortest_path",
        &text,
        "340 m, 34 s: 0:a>b 1:b>c 2:c>d 3:d>40\n\
         uav-1: 1:b>c 5..10 2:c>d 10..15 3:d>e 15..20",
    );
    expect(
        "bidirectional",
        &text,
        "340 m, 34 s: 0:a>b 1:b>c 2:c>d 3:d>40\n\
         uav-1: 3:e>d 20..25 2:d>c 25..30",
    );
}

#[test]
fn with_no_way_or_nowhere_to_go_there_is_nothing_to_inspect() {
    let cut = road("ugv a 10\ngoal e\nuav 0,0 20").replace("d-e", "d-e blocked");
    for strategy in Strategies::built_in().iter() {
        let strategy = strategy.name();
        expect(
            strategy,
            &cut,
            "no way: every way to the goal crosses a blocked segment (blocked segments at the edge: 1, junctions within reach: 4)\nuav-1:",
        );
        expect(strategy, &road("ugv 1@0 10\ngoal b\nuav 0,0 20"), "already there\nuav-1:");
    }
}

#[test]
fn at_equal_speed_a_uav_passes_over_what_it_cannot_reach_before_the_ugv() {
    expect("shortest_path", &road("ugv a 10\ngoal e\nuav 0,0 10"), "400 m, 40 s: 0:a>b 1:b>c 2:c>d 3:d>e\nuav-1:");
    expect(
        "shortest_path",
        &zigzag("ugv a 10\ngoal e\nuav 0,0 10"),
        "200 m, 20 s: 0:a>b 1:b>c 2:c>d 3:d>e\n\
         uav-1: 2:c>d 6..11 3:d>e 11..16",
    );
}

#[test]
fn a_lead_that_is_only_rounding_is_no_reason_to_fly() {
    for k in 1..200 {
        let x = |i: usize| 0.1 * (i * i * k) as f64 / 3.0;
        let text =
            format!("a 0,0\nb {},0\nc {},0\nd {},0\na-b\nb-c\nc-d\nugv a 7\ngoal d\nuav 0,0 7", x(2), x(3), x(5));
        let world = sketch(&text);
        let decision = decide("shortest_path", &world, &mut Search::new());
        assert_eq!(decision.tasking[0].inspections, [], "{text}");
    }
}

#[test]
fn what_is_known_is_not_inspected_again() {
    let text = zigzag("ugv a 10\ngoal e\nuav 0,0 20").replace("b-c", "b-c clear");
    expect(
        "shortest_path",
        &text,
        "200 m, 20 s: 0:a>b 1:b>c 2:c>d 3:d>e\n\
         uav-1: 2:c>d 3..5.5 3:d>e 5.5..8",
    );
    expect(
        "bidirectional",
        &text,
        "200 m, 20 s: 0:a>b 1:b>c 2:c>d 3:d>e\n\
         uav-1: 3:e>d 6..8.5 2:d>c 8.5..11",
    );
}

#[test]
fn a_uav_that_comes_from_ahead_begins_at_the_far_end() {
    expect(
        "shortest_path",
        &zigzag("ugv a 10\ngoal e\nuav 90,40 40").replace("d-e", "d-e clear"),
        "200 m, 20 s: 0:a>b 1:b>c 2:c>d 3:d>e\n\
         uav-1: 1:c>b 1.25..2.5 2:c>d 3.75..5",
    );
}

#[test]
fn three_uavs_share_the_route() {
    let three = zigzag("ugv a 10\ngoal e\nuav 0,0 20\nuav 0,0 20\nuav 0,0 20");
    expect(
        "shortest_path",
        &three,
        "200 m, 20 s: 0:a>b 1:b>c 2:c>d 3:d>e\n\
         uav-1: 1:b>c 2.5..5\n\
         uav-2: 2:c>d 3..5.5\n\
         uav-3: 3:d>e 4.92..7.42",
    );
    expect(
        "bidirectional",
        &three,
        "200 m, 20 s: 0:a>b 1:b>c 2:c>d 3:d>e\n\
         uav-1: 3:e>d 6..8.5\n\
         uav-2: 2:d>c 4.92..7.42\n\
         uav-3: 1:c>b 3..5.5",
    );
}

#[test]
fn one_uav_flies_to_the_goal_and_back_until_it_meets_the_ugv() {
    expect(
        "bidirectional",
        &zigzag("ugv a 10\ngoal e\nuav 0,0 10"),
        "200 m, 20 s: 0:a>b 1:b>c 2:c>d 3:d>e\nuav-1: 3:e>d 12..17",
    );
}

#[test]
fn the_ugv_drives_the_first_part_of_a_partition_and_the_uav_has_inspected_the_rest_by_then() {
    // From b the UAV would be done at 10 s: too late, with the UGV at c at 5 s and granted 2.5 s. From c it is done at 8 s, when the
    // UGV has just passed d, where it is at 7.5 s.
    expect(
        "partition",
        &zigzag("ugv a 20\ngoal e\nuav 0,0 20"),
        "200 m, 10 s: 0:a>b 1:b>c 2:c>d 3:d>e\nuav-1: 2:c>d 3..5.5 3:d>e 5.5..8",
    );
    expect(
        "partition",
        &zigzag("ugv a 10\ngoal e\nuav 0,0 20"),
        "200 m, 20 s: 0:a>b 1:b>c 2:c>d 3:d>e\nuav-1: 1:b>c 2.5..5 2:c>d 5..7.5 3:d>e 7.5..10",
    );
    // What is known is only flown over, and that takes its time too.
    expect(
        "partition",
        &zigzag("ugv a 10\ngoal e\nuav 0,0 20").replace("c-d", "c-d clear"),
        "200 m, 20 s: 0:a>b 1:b>c 2:c>d 3:d>e\nuav-1: 1:b>c 2.5..5 3:d>e 7.5..10",
    );
    // A UAV too slow to be of use.
    expect("partition", &zigzag("ugv a 20\ngoal e\nuav 0,0 5"), "200 m, 10 s: 0:a>b 1:b>c 2:c>d 3:d>e\nuav-1:");
}

#[test]
fn three_uavs_have_consecutive_parts_of_a_partition() {
    let long = |more: &str| {
        let junctions: String = (0..10).map(|i| format!("n{i} {},{}\n", 30 * i, 40 * (i % 2))).collect();
        let segments: String = (0..9).map(|i| format!("n{i}-n{}\n", i + 1)).collect();
        format!("{junctions}{segments}ugv n0 10\ngoal n9\n{more}")
    };
    let route = "450 m, 45 s: 0:n0>n1 1:n1>n2 2:n2>n3 3:n3>n4 4:n4>n5 5:n5>n6 6:n6>n7 7:n7>n8 8:n8>n9\n";
    expect(
        "partition",
        &long("uav 0,0 10\nuav 0,0 10\nuav 0,0 10"),
        &format!(
            "{route}uav-1: 6:n6>n7 18..23 7:n7>n8 23..28 8:n8>n9 28..33\n\
             uav-2: 4:n4>n5 12..17 5:n5>n6 17..22\nuav-3: 3:n3>n4 9.85..14.85"
        ),
    );
    // The one that flies 4 takes all that comes after it, being there soonest; another what the UGV would drive before. Nothing is
    // left for the third.
    expect(
        "partition",
        &long("uav 240,0 10\nuav 0,0 10\nuav 126,8 10 inspecting 4@10..50"),
        &format!(
            "{route}uav-1:\nuav-2: 3:n3>n4 9.85..14.85\n\
             uav-3: 4:10>n5 0..4 5:n5>n6 4..9 6:n6>n7 9..14 7:n7>n8 14..19 8:n8>n9 19..24"
        ),
    );
}

#[test]
fn a_uav_keeps_the_inspection_it_is_flying_while_that_looks_ahead_of_the_ugv() {
    let flying = |leg, x| road(&format!("ugv 0@50 10\ngoal e\nuav 0,0 20\nuav {x},0 20 inspecting {leg}"));
    // Ahead of the UGV on its own segment.
    expect(
        "shortest_path",
        &flying("0@70..100", 70),
        "350 m, 35 s: 0:50>b 1:b>c 2:c>d 3:d>e\n\
         uav-1:\n\
         uav-2: 0:70>b 0..1.5 1:b>c 1.5..6.5 2:c>d 6.5..11.5 3:d>e 11.5..16.5",
    );
    expect(
        "bidirectional",
        &flying("0@70..100", 70),
        "350 m, 35 s: 0:50>b 1:b>c 2:c>d 3:d>e\n\
         uav-1: 2:d>c 15..20\n\
         uav-2: 0:70>b 0..1.5 3:e>d 16.5..21.5",
    );
    // Behind it.
    expect(
        "shortest_path",
        &flying("0@30..100", 30),
        "350 m, 35 s: 0:50>b 1:b>c 2:c>d 3:d>e\n\
         uav-1:\n\
         uav-2: 1:b>c 3.5..8.5 2:c>d 8.5..13.5 3:d>e 13.5..18.5",
    );
    expect(
        "bidirectional",
        &flying("0@30..100", 30),
        "350 m, 35 s: 0:50>b 1:b>c 2:c>d 3:d>e\n\
         uav-1: 2:d>c 15..20\n\
         uav-2: 3:e>d 18.5..23.5",
    );
    // Further on, from either end.
    expect(
        "shortest_path",
        &flying("2@40..100", 240),
        "350 m, 35 s: 0:50>b 1:b>c 2:c>d 3:d>e\n\
         uav-1:\n\
         uav-2: 2:40>d 0..3 3:d>e 3..8",
    );
    expect(
        "bidirectional",
        &flying("2@40..100", 240),
        "350 m, 35 s: 0:50>b 1:b>c 2:c>d 3:d>e\n\
         uav-1: 1:c>b 10..15\n\
         uav-2: 2:40>d 0..3 3:e>d 8..13",
    );
    expect(
        "shortest_path",
        &flying("2@40..0", 240),
        "350 m, 35 s: 0:50>b 1:b>c 2:c>d 3:d>e\n\
         uav-1:\n\
         uav-2: 2:40>c 0..2 3:d>e 7..12",
    );
    expect(
        "bidirectional",
        &flying("2@40..0", 240),
        "350 m, 35 s: 0:50>b 1:b>c 2:c>d 3:d>e\n\
         uav-1: 1:c>b 10..15\n\
         uav-2: 2:40>c 0..2 3:e>d 12..17",
    );
    // Not on the route.
    expect(
        "shortest_path",
        &flying("4@0..200", 200),
        "350 m, 35 s: 0:50>b 1:b>c 2:c>d 3:d>e\n\
         uav-1:\n\
         uav-2: 2:c>d 0..5 3:d>e 5..10",
    );
    expect(
        "bidirectional",
        &flying("4@0..200", 200),
        "350 m, 35 s: 0:50>b 1:b>c 2:c>d 3:d>e\n\
         uav-1: 2:d>c 15..20\n\
         uav-2: 3:e>d 10..15",
    );
}

#[test]
fn an_inspection_under_way_is_dropped_once_its_segment_is_known() {
    let text = road("ugv a 10\ngoal e\nuav 240,0 20 inspecting 2@40..100").replace("c-d\nd-e", "c-d clear\nd-e");
    expect(
        "shortest_path",
        &text,
        "400 m, 40 s: 0:a>b 1:b>c 2:c>d 3:d>e\n\
         uav-1: 1:c>b 2..7 3:d>e 17..22",
    );
}
