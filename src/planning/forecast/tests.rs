//! Forecasts against numbers worked out by hand, and what holds for any.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::{Arrival, Forecast, ForecastOptions, Prospect, Rule, forecast};
use crate::planning::budget::Budget;
use crate::planning::generated;
use crate::planning::search::Search;
use crate::planning::sketch::{World, sketch};
use crate::planning::strategy::Strategies;

const MANY: ForecastOptions = ForecastOptions { worlds: 4_000, critical: 5 };

fn forecast_of(world: &World, rule: Rule, options: ForecastOptions) -> Forecast {
    let mut budget = Budget::steps(Budget::DEFAULT_STEPS);
    forecast(&world.situation(), rule, &options, &mut Search::new(), &mut budget)
}

/// Within four standard errors of a share of so many worlds.
#[track_caller]
fn is_about(share: f64, expected: f64, worlds: u32) {
    let error = (expected * (1.0 - expected) / f64::from(worlds)).sqrt();
    assert!((share - expected).abs() <= 4.0 * error, "{share} is not about {expected}");
}

#[test]
fn a_single_road_is_passed_as_often_as_it_is_open() {
    let world = sketch(
        "a 0,0
         b 1000,0
         a-b risk@0.3
         ugv a 10
         goal b",
    );
    let found = forecast_of(&world, Rule::Forward, MANY);
    assert_eq!(found.prospect, Prospect::Route { optimistic_s: 100.0 });
    assert_eq!((found.worlds, found.critical_worlds), (4_000, 4_000));
    assert_eq!(found.arrival_s, Some(Arrival { p10: 100.0, p50: 100.0, p90: 100.0, mean: 100.0 }));
    is_about(found.reach_probability.unwrap(), 0.7, 4_000);
    let [road] = found.critical[..] else { panic!("{found:?}") };
    assert_eq!((road.segment.0, road.blockage_probability, road.used_probability), (0, 0.3, 1.0));
    assert_eq!(
        (road.delay_s, road.criticality_s, road.cuts_off_probability),
        (None, None, 1.0),
        "there is no way round"
    );
}

#[test]
fn the_delay_of_a_road_with_a_way_round_is_the_way_back_and_the_detour() {
    // Straight 1,000 m; round it 1,500 m, sure to be clear. A blockage at x is met at x and costs x back and the detour.
    let world = sketch(
        "a 0,0
         b 1000,0
         a-b risk@0.4
         a-b 0,250 1000,250 clear
         ugv a 10
         goal b",
    );
    let found = forecast_of(&world, Rule::Forward, MANY);
    assert_eq!(found.reach_probability, Some(1.0));
    let arrival_s = found.arrival_s.unwrap();
    assert_eq!((arrival_s.p10, arrival_s.p50), (100.0, 100.0));
    // Blocked with 0.4: arrival 150 + 2x/10 s, x anywhere alike. The latest tenth begins at three quarters of that.
    assert!((arrival_s.p90 - 300.0).abs() < 10.0, "{arrival_s:?}");
    assert!((arrival_s.mean - (0.6 * 100.0 + 0.4 * 250.0)).abs() < 5.0, "{arrival_s:?}");
    let [road] = found.critical[..] else { panic!("{found:?}") };
    assert_eq!((road.segment.0, road.used_probability, road.cuts_off_probability), (0, 1.0, 0.0));
    // 50 s more to drive, and 100 s in the mean to the blockage and back.
    assert!((road.delay_s.unwrap() - 150.0).abs() < 4.0, "{road:?}");
    assert_eq!(road.criticality_s, road.delay_s.map(|delay_s| delay_s * 0.4));
}

#[test]
fn a_road_inspected_in_time_delays_only_by_the_detour() {
    // The unknown bridge b-c lies 2,000 m on; the UAV has seen it long before the UGV is at b, where the detour begins.
    let world = sketch(
        "a 0,0
         b 2000,0
         c 3000,0
         a-b clear
         b-c risk@0.2
         b-c 2000,250 3000,250 clear
         ugv a 10
         goal c
         uav 0,0 40",
    );
    let found = forecast_of(&world, Rule::Forward, MANY);
    let [bridge] = found.critical[..] else { panic!("{found:?}") };
    assert_eq!((bridge.segment.0, bridge.used_probability), (1, 1.0), "the way leads over it until it is seen blocked");
    assert!((bridge.delay_s.unwrap() - 50.0).abs() < 1e-9, "{bridge:?}");
    let arrival_s = found.arrival_s.unwrap();
    assert_eq!((arrival_s.p10, arrival_s.p50, arrival_s.p90), (300.0, 300.0, 350.0));
    let alone = forecast_of(&world, Rule::Rest, MANY);
    assert!((alone.critical[0].delay_s.unwrap() - 150.0).abs() < 4.0, "without the UAV it is driven into: {alone:?}");
}

#[test]
fn the_bridge_without_a_way_round_comes_first_and_says_what_it_cuts_off() {
    // Two roads to b of which the longer one is 200 m more, then a bridge to c that is all there is.
    let world = sketch(
        "a 0,0
         b 1000,0
         c 2000,0
         a-b risk@0.5
         a-b 0,100 1000,100 risk@0.2
         b-c risk@0.3
         ugv a 10
         goal c",
    );
    let found = forecast_of(&world, Rule::Forward, MANY);
    is_about(found.reach_probability.unwrap(), (1.0 - 0.5 * 0.2) * 0.7, 4_000);
    let of = |segment: u32| *found.critical.iter().find(|c| c.segment.0 == segment).unwrap();
    let (short, long, bridge) = (of(0), of(1), of(2));
    assert_eq!(bridge.cuts_off_probability, 1.0);
    is_about(bridge.used_probability, 0.9, 4_000);
    is_about(short.cuts_off_probability, 0.2, 2_800);
    is_about(long.cuts_off_probability, 0.5, 2_800);
    assert!((short.delay_s.unwrap() - 120.0).abs() < 5.0, "{short:?}");
    assert_eq!(short.used_probability, 1.0);
    is_about(long.used_probability, 0.5, 4_000);
    // The goal is lost by the bridge with 0.3, by each of the roads with 0.1.
    assert_eq!(found.critical[0].segment.0, 2, "{:?}", found.critical);
    assert_eq!(found.critical.len(), 3);
}

#[test]
fn where_all_is_known_nothing_is_critical() {
    let world = sketch(
        "a 0,0
         b 1000,0
         c 500,300
         a-b clear
         a-c
         c-b blocked
         ugv a 10
         goal b
         uav 0,0 20",
    );
    let found = forecast_of(&world, Rule::Forward, ForecastOptions::default());
    assert_eq!(found.reach_probability, Some(1.0));
    assert_eq!(found.arrival_s, Some(Arrival { p10: 100.0, p50: 100.0, p90: 100.0, mean: 100.0 }));
    assert_eq!(found.critical, []);
}

#[test]
fn no_way_and_already_there_are_outcomes() {
    let text = "a 0,0
         b 1000,0
         a-b blocked
         goal b";
    let found = forecast_of(&sketch(&format!("{text}\nugv a 10")), Rule::Forward, ForecastOptions::default());
    assert!(matches!(&found.prospect, Prospect::NoWay { reason } if !reason.is_empty()), "{found:?}");
    assert_eq!((found.reach_probability, found.arrival_s, found.worlds), (Some(0.0), None, 0));
    let found = forecast_of(&sketch(&format!("{text}\nugv b 10")), Rule::Forward, ForecastOptions::default());
    assert_eq!((&found.prospect, found.reach_probability), (&Prospect::AlreadyThere, Some(1.0)));
    assert_eq!(found.arrival_s.map(|a| (a.p10, a.p90)), Some((0.0, 0.0)));
}

#[test]
fn each_strategy_says_what_its_uavs_do() {
    let rule = |name: &str| Strategies::built_in().get(name).unwrap().scouting();
    assert_eq!(rule("ugv_only"), Rule::Rest);
    assert_eq!(rule("bidirectional"), Rule::Backward);
    assert_eq!(rule("partition"), Rule::Suffix);
    for name in ["shortest_path", "k_shortest_paths", "most_probable_path", "priority_assignment"] {
        assert_eq!(rule(name), Rule::Forward, "{name}");
    }
}

#[test]
fn an_inspection_under_way_goes_on() {
    // Free, the UAV sees both bridges in time, the near one first: 30 s, and 10 s for each that is blocked. Flying along the far
    // one, it is too late for the near one, and if that is blocked the UGV drives up to the blockage and back, 5 s each way in the
    // mean; unless the far one is blocked in its near half, from where the UAV is back in time.
    let mean = |inspecting: &str| {
        let text = format!(
            "a 0,0
             b 100,0
             c 200,0
             d 300,0
             a-b clear
             b-c risk@0.5
             c-d risk@0.5
             b-c 100,50 200,50 clear
             c-d 200,50 300,50 clear
             ugv a 10
             goal d
             uav 200,0 20 {inspecting}"
        );
        forecast_of(&sketch(&text), Rule::Forward, MANY).arrival_s.map(|arrival_s| arrival_s.mean).unwrap()
    };
    assert!((mean("") - 40.0).abs() < 0.5, "{}", mean(""));
    let under_way_s = mean("inspecting 2@0..100");
    assert!((under_way_s - (40.0 + 0.5 * 10.0 * 0.75)).abs() < 0.6, "{under_way_s}");
}

#[test]
fn where_nothing_unknown_can_be_blocked_the_ugv_arrives_as_planned() {
    let mut wrong = Vec::new();
    for seed in 0..3_000 {
        let mut world = generated::world(seed);
        world.network = world.network.with_blockage_probability(0.0);
        let found = forecast_of(&world, Rule::Forward, ForecastOptions { worlds: 1, critical: 1 });
        let Prospect::Route { optimistic_s } = found.prospect else { continue };
        let arrival_s = found.arrival_s.map_or(f64::INFINITY, |arrival_s| arrival_s.p50);
        if (arrival_s - optimistic_s).abs() > 1e-9 {
            wrong.push((seed, optimistic_s, arrival_s));
        }
    }
    assert!(wrong.is_empty(), "{} {wrong:?}", wrong.len());
}

#[test]
fn work_called_off_ends_at_once() {
    let world = generated::world(3);
    let mut budget = Budget::cancellable(Budget::DEFAULT_STEPS, Arc::new(AtomicBool::new(true)));
    let found = forecast(&world.situation(), Rule::Forward, &MANY, &mut Search::new(), &mut budget);
    assert!(found.worlds < 10 && found.critical_worlds == 0, "{found:?}");
}

#[test]
fn quantiles_are_those_of_the_nearest_rank() {
    let of = |n: u32| Arrival::of((1..=n).rev().map(f64::from).collect()).map(|a| (a.p10, a.p50, a.p90, a.mean));
    assert_eq!(of(0), None);
    assert_eq!(of(1), Some((1.0, 1.0, 1.0, 1.0)));
    assert_eq!(of(10), Some((1.0, 5.0, 9.0, 5.5)));
    assert_eq!(of(11), Some((2.0, 6.0, 10.0, 6.0)));
    assert_eq!(of(200), Some((20.0, 100.0, 180.0, 100.5)));
}

#[test]
fn whatever_the_world_the_numbers_make_sense_and_come_again() {
    let options = ForecastOptions { worlds: 40, critical: 6 };
    let (mut routes, mut criticals, mut losses) = (0, 0, 0);
    for seed in 0..3_000 {
        let world = generated::world(seed);
        let rule = [Rule::Rest, Rule::Forward, Rule::Backward, Rule::Suffix][seed as usize % 4];
        let found = forecast_of(&world, rule, options);
        assert_eq!(forecast_of(&world, rule, options), found, "seed {seed}");
        let Prospect::Route { optimistic_s } = found.prospect else { continue };
        routes += 1;
        assert_eq!((found.worlds, found.critical_worlds), (40, 40), "seed {seed}");
        let reach = found.reach_probability.unwrap();
        assert!((0.0..=1.0).contains(&reach), "seed {seed}");
        assert_eq!(found.arrival_s.is_some(), reach > 0.0, "seed {seed}");
        if let Some(arrival_s) = found.arrival_s {
            assert!(optimistic_s <= arrival_s.p10 + 1e-9, "seed {seed}: {found:?}");
            assert!(arrival_s.p10 <= arrival_s.p50 && arrival_s.p50 <= arrival_s.p90, "seed {seed}: {found:?}");
            assert!(arrival_s.p90.is_finite() && arrival_s.mean.is_finite(), "seed {seed}: {found:?}");
        }
        criticals += found.critical.len();
        losses += usize::from(found.critical.iter().any(|c| c.cuts_off_probability > 0.0));
        for critical in &found.critical {
            let shares = [critical.blockage_probability, critical.used_probability, critical.cuts_off_probability];
            assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)), "seed {seed}: {critical:?}");
            assert!(
                critical.used_probability > 0.0 && critical.blockage_probability > 0.0,
                "seed {seed}: {critical:?}"
            );
            assert!(critical.delay_s.is_some() || critical.cuts_off_probability == 1.0, "seed {seed}: {critical:?}");
            assert!(!world.knowledge.is_blocked(critical.segment), "seed {seed}: {critical:?}");
        }
    }
    assert!(routes > 1_500 && criticals > 2_000 && losses > 300, "{routes} {criticals} {losses}");
}

#[test]
fn the_shortcut_for_segments_nobody_looked_at_changes_nothing() {
    // All pairs played out, against the forecast that plays those that differ.
    let options = ForecastOptions { worlds: 30, critical: 50 };
    for seed in 0..600 {
        let world = generated::world(seed);
        let situation = world.situation();
        let found = forecast_of(&world, Rule::Forward, options);
        if found.critical.is_empty() {
            continue;
        }
        let mut stage = super::Stage::new(&situation, Rule::Forward, Budget::steps(Budget::DEFAULT_STEPS));
        for critical in &found.critical {
            let (mut both, mut delay_s, mut reached) = (0, 0.0, 0);
            for number in 0..30 {
                let world = stage.worlds.world(number);
                let [blocked_s, clear_s] =
                    [true, false].map(|blocked| stage.play(world.with(critical.segment.0, blocked)).unwrap());
                reached += u32::from(clear_s.is_finite());
                if blocked_s.is_finite() && clear_s.is_finite() {
                    both += 1;
                    delay_s += blocked_s - clear_s;
                }
            }
            let expected = (both > 0).then(|| delay_s / f64::from(both));
            assert_eq!(critical.delay_s, expected, "seed {seed}: {critical:?}");
            let cuts_off = f64::from(reached - both) / f64::from(reached);
            assert_eq!(critical.cuts_off_probability, cuts_off, "seed {seed}: {critical:?}");
        }
    }
}

#[test]
fn a_budget_that_ends_leaves_a_forecast_of_fewer_worlds() {
    let world = (0..).map(generated::world).find(|w| {
        w.network.segments().len() > 30
            && forecast_of(w, Rule::Forward, ForecastOptions::default()).critical_worlds == 200
    });
    let world = world.unwrap();
    let run = |steps: u64| {
        let mut budget = Budget::steps(steps);
        forecast(&world.situation(), Rule::Forward, &ForecastOptions::default(), &mut Search::new(), &mut budget)
    };
    let whole = run(Budget::DEFAULT_STEPS);
    let cut = run(1_200);
    assert!(cut.worlds < whole.worlds && cut.critical_worlds < cut.worlds, "{cut:?}");
    assert_eq!(run(1_200), cut, "it ends at the same point each time");
    let nothing = run(1);
    assert!(matches!(nothing.prospect, Prospect::BudgetSpent { .. }), "{nothing:?}");
    assert_eq!((nothing.reach_probability, nothing.arrival_s), (None, None));
}
