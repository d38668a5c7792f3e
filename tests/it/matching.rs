//! From positions to roads: the nearest segments, headings, and tracks.

use outrider::domain::geometry::Point;
use outrider::domain::ids::NodeIndex;
use outrider::domain::knowledge::Knowledge;
use outrider::domain::network::{Leg, Network, Place};
use outrider::import;
use outrider::planning::budget::Budget;
use outrider::planning::matching::{FixMatch, MatchOptions, TrackFix, match_track};
use outrider::planning::search::{Found, Search};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::{Value, json};

use crate::service::{Service, report, shared, square};

/// A one-way road that runs east, and 11 m north of it, from its one end to the other, a road for both directions.
fn one_way_and_back() -> Value {
    let line = |coordinates: Value, oneway: bool| {
        json!({
            "type": "Feature",
            "geometry": { "type": "LineString", "coordinates": coordinates },
            "properties": { "oneway": oneway }
        })
    };
    json!({ "type": "FeatureCollection", "features": [
        line(json!([[8.0, 50.0], [8.004, 50.0]]), true),
        line(json!([[8.0, 50.0], [8.0, 50.0001], [8.004, 50.0001], [8.004, 50.0]]), false),
    ] })
}

#[tokio::test]
async fn the_nearest_segments_come_in_order_and_one_way_roads_only_in_their_direction() {
    let service = Service::start().await;
    let network = service.import_geojson("roads", &one_way_and_back()).await;
    let path = format!("/v1/networks/{network}/nearest?lon=8.002&lat=50.00002");
    let alone = service.get(&path).await.expect(200);
    assert_eq!((&alone["direction"], &alone["others"]), (&json!("forward"), &json!([])));
    let both = service.get(&format!("{path}&count=5")).await.expect(200);
    assert_eq!(both["segment"], alone["segment"]);
    assert_eq!((both["others"].as_array().unwrap().len(), &both["others"][0]["direction"]), (1, &Value::Null));
    let other = &both["others"][0]["segment"];
    let west = service.get(&format!("{path}&count=5&heading_deg=270")).await.expect(200);
    assert_eq!((&west["segment"], west["others"].as_array().unwrap().len()), (other, 0));
    assert!((west["bearing_deg"].as_f64().unwrap() - 270.0).abs() < 1.0, "{west}");
    let north = service.get(&format!("{path}&heading_deg=0&heading_tolerance_deg=30&limit_m=20")).await;
    assert_eq!(north.expect(422)["code"], "off_network");
}

#[tokio::test]
async fn a_report_by_position_is_of_the_road_that_its_reporter_moves_along() {
    let service = Service::start().await;
    let network = service.import_geojson("roads", &one_way_and_back()).await;
    let near = format!("/v1/networks/{network}/nearest?lon=8.002&lat=50.00002&count=2");
    let near = service.get(&near).await.expect(200);
    let (one_way, other) = (near["segment"].clone(), near["others"][0]["segment"].clone());
    let mission = json!({
        "network_id": network, "name": "there and back",
        "start": { "position": { "lon": 8.0, "lat": 50.0 } }, "goal": { "position": { "lon": 8.004, "lat": 50.0 } },
        "ugv": { "speed_mps": 10 }, "uavs": [{ "speed_mps": 15 }]
    });
    let id = service.create_mission(&mission).await["id"].as_str().unwrap().to_owned();
    let seen = |number: u64, by: &str, heading_deg: f64| {
        let mut seen = report(number, 0, "clear", 1);
        seen.as_object_mut().unwrap().remove("segment");
        seen["position"] = json!({ "lon": 8.002, "lat": 50.00002 });
        seen["heading_deg"] = json!(heading_deg);
        seen["reported_by"] = json!(by);
        seen
    };
    let reports = json!([seen(1, "ugv", 270.0), seen(2, "uav-1", 270.0), seen(3, "ugv", 90.0)]);
    let accepted = service.post(&format!("/v1/missions/{id}/reports"), &reports).await.expect(202);
    let segments: Vec<&Value> = (0..3).map(|i| &accepted["reports"][i]["segment"]).collect();
    assert_eq!(segments, [&other, &one_way, &one_way], "who flies goes along a one-way road either way");

    // Where nothing else is near, the compass is not believed.
    let position = json!({
        "vehicle": "ugv", "observed_at": "2026-05-04T09:00:00Z",
        "position": { "lon": 8.002, "lat": 49.9995 }, "heading_deg": 270
    });
    let told = service.post(&format!("/v1/missions/{id}/positions"), &position).await.expect(202);
    assert!(told["positions"][0]["understood"]["segment"].is_u64(), "{told}");
}

fn fix(lon: f64, lat: f64, second: u32) -> Value {
    json!({ "position": { "lon": lon, "lat": lat }, "observed_at": format!("2026-05-04T09:{:02}:{:02}Z", second / 60, second % 60) })
}

#[tokio::test]
async fn a_track_becomes_legs_and_lines() {
    let service = Service::start().await;
    let network = service.import_geojson("square", &square()).await;
    let path = format!("/v1/networks/{network}/match");
    let roads = service.get(&format!("/v1/networks/{network}/geojson")).await.expect(200);
    let line = roads["features"][0]["geometry"]["coordinates"].as_array().unwrap();
    let (a, b) = (&line[0], &line[line.len() - 1]);
    let between = |share: f64, i: usize| {
        let (from, to) = (a[i].as_f64().unwrap(), b[i].as_f64().unwrap());
        from + (to - from) * share
    };
    let mut fixes: Vec<Value> = (0..9)
        .map(|i| {
            fix(between(0.1 + 0.1 * f64::from(i), 0), between(0.1 + 0.1 * f64::from(i), 1) + 0.00001, 20 * i as u32)
        })
        .collect();
    fixes.push(fix(9.0, 51.0, 200));
    let matched = service.post(&path, &json!({ "fixes": fixes })).await.expect(200);
    let outcomes: Vec<&str> =
        matched["fixes"].as_array().unwrap().iter().map(|fix| fix["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, [vec!["matched"; 9], vec!["off_network"]].concat());
    assert!(matched["fixes"][4]["confidence"].as_f64().unwrap() > 0.9, "{matched}");
    let stretch = &matched["stretches"][0];
    assert_eq!((matched["stretches"].as_array().unwrap().len(), &matched["gaps"]), (1, &json!([])));
    assert_eq!((stretch["legs"].as_array().unwrap().len(), &stretch["legs"][0]["segment"]), (1, &json!(0)));
    assert_eq!(stretch["geometry"]["type"], "LineString");
    assert!(stretch["geometry"]["coordinates"].as_array().unwrap().len() >= 2);

    let disorder = json!({ "fixes": [fix(8.0, 50.0, 5), fix(8.0, 50.0, 4)] });
    assert_eq!(service.post(&path, &disorder).await.expect(422)["errors"][0]["pointer"], "/fixes/1/observed_at");
    let far = json!({ "fixes": [fix(8.0, 50.0, 5), fix(-172.0, -50.0, 6)] });
    let problem = service.post(&path, &far).await.expect(422);
    assert_eq!(
        (&problem["code"], &problem["errors"][0]["pointer"]),
        (&json!("off_network"), &json!("/fixes/1/position"))
    );
    for (body, pointer) in [
        (json!({ "fixes": [] }), "/fixes"),
        (json!({ "fixes": vec![fix(8.0, 50.0, 5); 10_001] }), "/fixes"),
        (json!({ "fixes": [fix(8.0, 50.0, 5)], "sigma_m": 0 }), "/sigma_m"),
        (json!({ "fixes": [fix(8.0, 50.0, 5)], "beta_m": -1 }), "/beta_m"),
        (json!({ "fixes": [fix(8.0, 50.0, 5)], "radius_m": 1e9 }), "/radius_m"),
        (json!({ "fixes": [fix(8.0, 95.0, 5)] }), "/fixes/0/position"),
        (json!({ "fixes": [[8.0, 50.0]] }), "/fixes/0"),
    ] {
        let problem = service.post(&path, &body).await.expect(422);
        assert_eq!(problem["errors"][0]["pointer"], pointer, "{problem}");
    }
}

/// The shortest way between two junctions that are at least so far apart.
fn drive(network: &Network, dice: &mut ChaCha8Rng, least_m: f64) -> Vec<Leg> {
    let knowledge = Knowledge::unknown(network.segments().len());
    let place = |dice: &mut ChaCha8Rng| {
        let junction = NodeIndex((dice.next_u64() % network.junction_count() as u64) as u32);
        network.place_of_node(junction).unwrap()
    };
    loop {
        let (from, to) = (place(dice), place(dice));
        let mut budget = Budget::steps(10_000_000);
        let found = Search::new().shortest_way(network, &knowledge, from, to, &mut budget).unwrap();
        if let Found::Legs(legs) = found
            && legs.iter().map(Leg::length_m).sum::<f64>() >= least_m
        {
            return legs;
        }
    }
}

fn normal(dice: &mut ChaCha8Rng) -> f64 {
    let mut unit = || (dice.next_u32() as f64 + 0.5) / f64::from(u32::MAX);
    (-2.0 * unit().ln()).sqrt() * (std::f64::consts::TAU * unit()).cos()
}

#[test]
fn tracks_through_real_cities_are_matched() {
    for (city, least) in [("tokyo", 0.80), ("london", 0.80), ("cairo", 0.80)] {
        let Some(folder) = shared(&format!("data/line-coverage/large/{city}")) else { return };
        let read = |file: &str| std::fs::read(folder.join(file)).unwrap();
        let network = import::from_line_coverage(&read("node_data"), &read("req_edge_list")).unwrap().network;
        for (every_s, noise_m) in [(1.0, 5.0), (10.0, 5.0), (30.0, 5.0)] {
            let (mut right, mut all, mut wrong_m, mut driven_m) = (0, 0, 0.0, 0.0);
            for seed in 0..10 {
                let dice = &mut ChaCha8Rng::seed_from_u64(seed);
                let legs = drive(&network, dice, 2_000.0);
                let (mut fixes, mut places): (Vec<TrackFix>, Vec<Place>) = (Vec::new(), Vec::new());
                while let Some((_, place)) = network.place_along(&legs, 10.0 * every_s * fixes.len() as f64) {
                    let at = network.point_at(place);
                    let point = Point { x_m: at.x_m + noise_m * normal(dice), y_m: at.y_m + noise_m * normal(dice) };
                    fixes.push(TrackFix {
                        point,
                        at_s: every_s * fixes.len() as f64,
                        accuracy_m: None,
                        heading_deg: None,
                    });
                    places.push(place);
                }
                let found =
                    match_track(&network, &fixes, &MatchOptions::default(), &mut Budget::steps(50_000_000)).unwrap();
                let is_right = |(fix, truth): &(&FixMatch, &Place)| match fix {
                    FixMatch::Matched { place, .. } => place.segment == truth.segment,
                    FixMatch::OffNetwork | FixMatch::Outlier => false,
                };
                right += found.fixes.iter().zip(&places).filter(is_right).count();
                all += places.len();
                let mut lengths = vec![0.0; network.segments().len()];
                legs.iter().for_each(|leg| lengths[leg.segment.index()] += leg.length_m());
                driven_m += legs.iter().map(Leg::length_m).sum::<f64>();
                let matched = found.stretches.iter().flat_map(|stretch| &stretch.legs);
                matched.for_each(|leg| lengths[leg.segment.index()] -= leg.length_m());
                wrong_m += lengths.iter().map(|m: &f64| m.abs()).sum::<f64>();
            }
            let (share, wrong) = (f64::from(right as u32) / f64::from(all as u32), wrong_m / driven_m);
            println!("{city}, every {every_s} s: {share:.3} of the fixes right, {wrong:.3} of the way wrong");
            assert!(share >= least && wrong <= 0.30, "{city} {every_s}: {share} {wrong}");
        }
    }
}
