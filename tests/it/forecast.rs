//! Forecasts: over HTTP and at the command line.

use std::process::Command;
use std::time::Instant;

use outrider::domain::timestamp::Timestamp;
use reqwest::Method;
use serde_json::{Value, json};

use crate::service::{Service, across, across_tokyo, report, shared, square};

/// A service with a mission across the square; the mission's path.
async fn with_mission(change: impl FnOnce(&mut Value)) -> (Service, String) {
    let service = Service::start().await;
    let network = service.import_geojson("square", &square()).await;
    let mut body = across(&network);
    change(&mut body);
    let mission = service.create_mission(&body).await["id"].as_str().unwrap().to_owned();
    service.plan_after(&mission, 1).await;
    (service, format!("/v1/missions/{mission}"))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// What of a forecast does not depend on when it was asked for.
fn timeless(mut forecast: Value) -> Value {
    for field in ["computed_at", "arrival_at"] {
        forecast.as_object_mut().unwrap().remove(field).unwrap();
    }
    forecast
}

#[tokio::test]
async fn a_mission_is_told_when_it_arrives_and_which_road_matters_most() {
    let (service, path) = with_mission(|_| {}).await;
    let plan = service.get(&format!("{path}/plan")).await.expect(200);
    let told = service.get(&format!("{path}/forecast")).await.expect(200);
    assert_eq!((&told["outcome"], &told["seq"], &told["revision"]), (&json!("route"), &json!(2), &json!(0)));
    assert_eq!((&told["worlds"], &told["critical_worlds"]), (&json!(200), &json!(200)));
    assert_eq!(told["optimistic_s"], plan["route"]["duration_s"]);
    // Three ways, each open with 0.9 or 0.81.
    let reach = number(&told["reach_probability"]);
    assert!((reach - (1.0 - 0.1 * 0.19 * 0.19)).abs() < 0.03, "{reach}");
    let arrival = &told["arrival_s"];
    let [p10, p50, p90, mean] = ["p10", "p50", "p90", "mean"].map(|name| number(&arrival[name]));
    let optimistic_s = number(&told["optimistic_s"]);
    assert!((p10 - optimistic_s).abs() < 1e-6 && p10 <= p50 && p50 <= p90 && mean > p10, "{arrival}");
    let at = |value: &Value| Timestamp::parse(value.as_str().unwrap()).unwrap();
    let after_s = at(&told["arrival_at"]["p50"]).seconds_since(at(&told["computed_at"]));
    assert!((after_s - p50).abs() < 1e-3, "{after_s} {p50}");

    let diagonal = &told["critical"][0];
    assert_eq!((&diagonal["segment"], &diagonal["name"]), (&json!(4), &json!("Road ac")));
    assert_eq!((&diagonal["used_probability"], &diagonal["blockage_probability"]), (&json!(1.0), &json!(0.1)));
    let [delay_s, criticality_s] = ["delay_s", "criticality_s"].map(|name| number(&diagonal[name]));
    assert!(delay_s > 40.0 && (criticality_s - 0.1 * delay_s).abs() < 1e-9, "{diagonal}");
    assert_eq!(diagonal["geometry"]["type"], "LineString");
    assert_eq!(diagonal["geometry"]["coordinates"][0], json!([8.0, 50.0]));
    assert_eq!(diagonal["geometry"]["coordinates"][2], json!([8.01, 50.008]));

    let again = service.get(&format!("{path}/forecast?worlds=200&critical=10")).await.expect(200);
    assert_eq!(timeless(again), timeless(told.clone()), "the same state has the same forecast");
    let small = service.get(&format!("{path}/forecast?worlds=7&critical=0")).await.expect(200);
    assert_eq!((&small["worlds"], &small["critical"]), (&json!(7), &json!([])));
    let one = service.get(&format!("{path}/forecast?critical=1")).await.expect(200);
    assert_eq!(one["critical"], json!([diagonal]));
}

#[tokio::test]
async fn a_forecast_follows_what_is_learnt_and_where_the_vehicle_is() {
    let (service, path) = with_mission(|_| {}).await;
    service.get(&format!("{path}/forecast")).await.expect(200);
    let answer = service.post(&format!("{path}/reports"), &report(1, 4, "clear", 1)).await.expect(202);
    let told = service.get(&format!("{path}/forecast")).await.expect(200);
    assert!(told["seq"].as_u64() >= answer["seq"].as_u64());
    assert_eq!((&told["revision"], &told["reach_probability"]), (&json!(1), &json!(1.0)));
    assert_eq!((&told["arrival_s"]["p10"], &told["critical"]), (&told["arrival_s"]["p90"], &json!([])));
    let position = json!({ "vehicle": "ugv", "observed_at": "2026-05-04T09:30:00Z", "segment": 4, "offset_m": 500.0 });
    service.post(&format!("{path}/positions"), &position).await.expect(202);
    let later = service.get(&format!("{path}/forecast")).await.expect(200);
    let nearer_s = number(&told["arrival_s"]["p50"]) - number(&later["arrival_s"]["p50"]);
    assert!((nearer_s - 50.0).abs() < 1e-6, "500 m at 10 m/s: {nearer_s}");
}

#[tokio::test]
async fn strategies_are_compared_for_the_mission_as_it_stands() {
    let (service, path) = with_mission(|_| {}).await;
    let own = service.get(&format!("{path}/forecast?critical=0")).await.expect(200);
    assert_eq!(own["strategy"], "shortest_path");
    let named = service.get(&format!("{path}/forecast?critical=0&strategy=shortest_path")).await.expect(200);
    assert_eq!(timeless(named), timeless(own.clone()), "the mission's own strategy is the one without a name");

    // Nobody looks ahead: the UGV finds every blockage itself, in the same worlds, and comes later.
    let alone = service.get(&format!("{path}/forecast?critical=0&strategy=ugv_only")).await.expect(200);
    assert_eq!((&alone["strategy"], &alone["seq"]), (&json!("ugv_only"), &own["seq"]));
    assert_eq!(alone["reach_probability"], own["reach_probability"], "the worlds are the same");
    assert!(number(&alone["arrival_s"]["mean"]) > number(&own["arrival_s"]["mean"]), "{alone} {own}");
    let again = service.get(&format!("{path}/forecast?critical=0&strategy=ugv_only")).await.expect(200);
    assert_eq!(timeless(again), timeless(alone));

    let mission = service.get(&path).await.expect(200);
    assert_eq!(mission["strategy"]["name"], "shortest_path", "asking changes nothing");
    let refused = service.get(&format!("{path}/forecast?strategy=magic")).await.expect(422);
    assert_eq!((&refused["code"], &refused["errors"][0]["pointer"]), (&json!("invalid_query"), &json!("strategy")));
    assert!(refused["errors"][0]["message"].as_str().unwrap().contains("ugv_only"), "{refused}");
}

#[tokio::test]
async fn no_way_and_being_there_are_outcomes_and_a_pause_changes_nothing() {
    let (service, path) = with_mission(|_| {}).await;
    let before = service.get(&format!("{path}/forecast")).await.expect(200);
    service.post(&format!("{path}/pause"), &json!(null)).await.expect(200);
    let paused = service.get(&format!("{path}/forecast")).await.expect(200);
    assert_eq!(paused["arrival_s"], before["arrival_s"]);
    let closed = [0, 3, 4].map(|segment| report(segment + 1, segment, "blocked", 1));
    service.post(&format!("{path}/reports"), &json!(closed)).await.expect(202);
    let told = service.get(&format!("{path}/forecast")).await.expect(200);
    assert_eq!((&told["outcome"], &told["reach_probability"]), (&json!("no_way"), &json!(0.0)));
    assert_eq!((&told["arrival_s"], &told["arrival_at"]), (&Value::Null, &Value::Null));
    assert!(told["reason"].as_str().unwrap().contains("blocked"), "{told}");

    let (service, path) = with_mission(|body| body["goal"] = body["start"].clone()).await;
    let told = service.get(&format!("{path}/forecast")).await.expect(200);
    assert_eq!((&told["outcome"], &told["reach_probability"]), (&json!("already_there"), &json!(1.0)));
    assert_eq!(told["arrival_s"]["p90"], 0.0);
}

#[tokio::test]
async fn a_forecast_that_nobody_waits_for_any_more_is_called_off() {
    let Some(folder) = shared("data/line-coverage/large/tokyo") else { return };
    let service = Service::start().await;
    let network = service.import_line_coverage("tokyo", &folder).await;
    let id = service.create_mission(&across_tokyo(&network)).await["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/missions/{id}/forecast");
    // Forecasts are made one at a time. One that is waited for says how long the work takes.
    let work = |worlds: u32| format!("{path}?worlds={worlds}&critical=30");
    let begun = Instant::now();
    service.get(&work(999)).await.expect(200);
    let whole = begun.elapsed();
    let request = service.request(Method::GET, &work(1_000)).timeout(whole / 10);
    assert!(request.send().await.is_err_and(|error| error.is_timeout()), "it takes longer than that");
    let begun = Instant::now();
    service.get(&format!("{path}?worlds=1&critical=0")).await.expect(200);
    assert!(begun.elapsed() < whole / 2, "{:?} of {whole:?}", begun.elapsed());
}

#[test]
fn scenarios_are_forecast_at_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let town = folder.path().join("tiny");
    std::fs::create_dir(&town).unwrap();
    // A street from 1 to 2 to 3, each piece twice: straight, and round by a corner.
    let nodes = "1 0 0 50 8 0\n2 1000 0 50 8.0139 0\n3 2000 0 50 8.0279 0\n4 500 300 50.0027 8.007 0\n5 1500 300 50.0027 8.0209 0\n\
                 6 0 900 50.0081 8 0\n7 2000 900 50.0081 8.0279 0\n";
    std::fs::write(town.join("node_data"), nodes).unwrap();
    std::fs::write(town.join("req_edge_list"), "1 2\n2 3\n1 4\n4 2\n2 5\n5 3\n1 6\n6 7\n7 3\n").unwrap();
    let file = folder.path().join("some.jsonl");
    let scenario = |id: &str, p: f64, blockages: Value| {
        json!({ "id": id, "network": "tiny", "start": "1", "goal": "3", "ugv_speed_mps": 10.0, "uav_speed_mps": 20.0,
                "uav_count": 1, "block_probability": p, "blockages": blockages })
    };
    let blocked = scenario("blocked", 0.2, json!([{ "a": "2", "b": "3", "fraction": 0.5 }]));
    let open = scenario("open", 0.0, json!([]));
    std::fs::write(&file, format!("{blocked}\n{open}\n")).unwrap();
    let run = |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_outrider"));
        command.args([
            "forecast",
            "--networks",
            folder.path().to_str().unwrap(),
            "--scenarios",
            file.to_str().unwrap(),
        ]);
        let output = command.args(more).output().unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };

    let (code, json_lines, complaints) = run(&["--format", "json", "--worlds", "100", "--critical", "2"]);
    assert_eq!(code, Some(0), "{complaints}");
    let told: Vec<Value> = json_lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(told.len(), 2);
    assert_eq!((&told[0]["scenario"], &told[0]["worlds"]), (&json!("blocked"), &json!(100)));
    // Round by the corner: 1,000 m and twice the root of 500² + 300².
    let clairvoyant_s = number(&told[0]["clairvoyant_s"]);
    assert!((clairvoyant_s - (100.0 + 0.2 * 340_000.0_f64.sqrt())).abs() < 1e-6, "{clairvoyant_s}");
    assert_eq!(told[0]["optimistic_s"], 200.0);
    assert_eq!(told[0]["critical"].as_array().unwrap().len(), 2);
    let sure = json!({ "p10": 200.0, "p50": 200.0, "p90": 200.0, "mean": 200.0 });
    assert_eq!((&told[1]["arrival_s"], &told[1]["critical"]), (&sure, &json!([])));

    let (code, table, complaints) = run(&["--id", "blocked", "--strategy", "bidirectional"]);
    assert_eq!(code, Some(0), "{complaints}");
    for expected in ["blocked: tiny, 1 UAV, bidirectional", "arrival p90", "216.6 s", "of 200 worlds", "criticality"] {
        assert!(table.contains(expected), "{expected:?} is not in\n{table}");
    }
    assert!(!table.contains("open:"), "{table}");

    for (arguments, complaint) in [
        (&["--id", "absent"][..], "no scenario has the id \"absent\""),
        (&["--strategy", "magic"], "there is no strategy \"magic\""),
        (&["--worlds", "0"], "--worlds"),
    ] {
        let (code, _, complaints) = run(arguments);
        assert!(code != Some(0) && complaints.contains(complaint), "{complaints}");
    }
    std::fs::write(
        &file,
        format!("{open}\n{}\n", scenario("lost", 0.2, json!([])).to_string().replace("\"3\"", "\"9\"")),
    )
    .unwrap();
    let (code, _, complaints) = run(&[]);
    assert_eq!(code, Some(1));
    assert!(complaints.contains("some.jsonl:2: scenario lost") && complaints.contains("\"9\""), "{complaints}");
}
