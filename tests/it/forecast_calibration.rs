//! Forecasts against what then happens: the strategies themselves in the simulator, in worlds drawn from the same probabilities.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::Map;

use outrider::domain::ids::{SegmentId, VehicleId};
use outrider::domain::knowledge::Knowledge;
use outrider::domain::plan::{UavSituation, UgvSituation};
use outrider::import::{bridges, sample_town, suggested_trip};
use outrider::planning::budget::Budget;
use outrider::planning::forecast::{Forecast, ForecastOptions, forecast};
use outrider::planning::search::Search;
use outrider::planning::situation::Situation;
use outrider::planning::strategy::{Strategies, Strategy};
use outrider::simulation::{Blockages, Conditions, Trial, run};

/// A trip through the sample town, across the river, with nothing blocked yet.
fn trip(uav_count: usize) -> Trial {
    let network = sample_town(1);
    let (start, goal) = suggested_trip(&network).unwrap();
    let node = |place| network.junction_at(place).unwrap();
    Trial {
        id: "town".to_owned(),
        start_node: node(start),
        goal_node: node(goal),
        network,
        start,
        goal,
        ugv_speed_mps: 10.0,
        uav_speed_mps: 15.0,
        uav_count,
        blockages: Blockages::default(),
        conditions: Conditions::default(),
        seed: 5,
    }
}

fn forecast_at_start(trial: &Trial, strategy: &dyn Strategy, options: ForecastOptions) -> Forecast {
    let knowledge = Knowledge::unknown(trial.network.segments().len());
    let uav = |number: usize| UavSituation {
        id: VehicleId(format!("uav-{number}")),
        point: trial.network.point_at(trial.start),
        speed_mps: trial.uav_speed_mps,
        inspecting: None,
        bound_for: None,
    };
    let uavs: Vec<UavSituation> = (1..=trial.uav_count).map(uav).collect();
    let situation = Situation {
        network: &trial.network,
        knowledge: &knowledge,
        beliefs: None,
        ugv: UgvSituation { place: trial.start, speed_mps: trial.ugv_speed_mps },
        goals: &[trial.goal],
        stops: &[],
        uavs: &uavs,
        seed: trial.seed,
    };
    let mut budget = Budget::steps(10 * Budget::DEFAULT_STEPS);
    forecast(&situation, strategy.scouting(), &options, &mut Search::new(), &mut budget)
}

/// Blocks every segment with its own probability, anywhere along it.
fn flood(trial: &mut Trial, dice: &mut ChaCha8Rng) {
    let mut share = || (dice.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
    trial.blockages = Blockages::default();
    for (i, segment) in trial.network.segments().iter().enumerate() {
        let (drawn, at) = (share(), share());
        if drawn < segment.blockage_probability {
            trial.blockages.insert(SegmentId(i as u32), at * segment.length_m());
        }
    }
}

#[test]
fn arrivals_come_as_often_and_as_late_as_forecast() {
    const RUNS: usize = 400;
    // The rollouts follow `ugv_only` exactly, the other strategies by a rule of thumb.
    for (name, uav_count, tolerance) in [
        ("ugv_only", 0, 0.07),
        ("shortest_path", 1, 0.09),
        ("shortest_path", 3, 0.09),
        ("bidirectional", 1, 0.09),
        ("partition", 2, 0.09),
    ] {
        let mut trial = trip(uav_count);
        let strategy = Strategies::built_in().get(name).unwrap().clone();
        let told = forecast_at_start(&trial, &*strategy, ForecastOptions { worlds: 1_000, critical: 0 });
        let quantiles = told.arrival_s.unwrap();
        let (mut dice, mut search) = (ChaCha8Rng::seed_from_u64(11), Search::new());
        let mut arrivals_s = Vec::new();
        for _ in 0..RUNS {
            flood(&mut trial, &mut dice);
            let decide = |situation: &Situation<'_>| {
                let mut budget = Budget::steps(Budget::DEFAULT_STEPS);
                strategy.decide(situation, &Map::new(), &mut search, &mut budget)
            };
            arrivals_s.extend(run(&trial, decide).unwrap().arrival_s);
        }
        let reached = arrivals_s.len() as f64 / RUNS as f64;
        let until =
            |at_s: f64| arrivals_s.iter().filter(|a| **a <= at_s + 1e-3).count() as f64 / arrivals_s.len() as f64;
        let shares = [until(quantiles.p10), until(quantiles.p50), until(quantiles.p90)];
        println!(
            "{name} {uav_count}: reached {reached}, forecast {:?}; until p10, p50, p90: {shares:?}",
            told.reach_probability
        );
        assert!((reached - told.reach_probability.unwrap()).abs() < 0.07, "{name}: {reached}, {told:?}");
        assert!((shares[1] - 0.5).abs() < tolerance && (shares[2] - 0.9).abs() < tolerance, "{name}: {shares:?}");
        // The earliest arrivals may be all alike: the way without a blockage.
        assert!(shares[0] >= 0.1 - tolerance, "{name}: {shares:?}");
    }
}

#[test]
fn in_a_town_on_a_river_the_bridge_on_the_way_is_what_matters_most() {
    let trial = trip(1);
    let strategy = Strategies::built_in().get("shortest_path").unwrap().clone();
    let told = forecast_at_start(&trial, &*strategy, ForecastOptions { worlds: 200, critical: 3 });
    let bridges = bridges(&trial.network);
    println!("{:?}", told.critical);
    assert!(bridges.contains(&told.critical[0].segment), "{:?} of {bridges:?}", told.critical);
}
