//! Alternatives, instructions, reachability and the nearest of several goals, over HTTP.

use serde_json::{Value, json};

use crate::service::{Service, across, report, square};

/// A service with a mission across the square; the mission's path.
async fn with_mission() -> (Service, String) {
    let service = Service::start().await;
    let network = service.import_geojson("square", &square()).await;
    let mission = service.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    service.plan_after(&mission, 1).await;
    (service, format!("/v1/missions/{mission}"))
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

async fn report_blocked(service: &Service, path: &str, segment: u64) {
    let told = service.post(&format!("{path}/reports"), &report(segment + 1, segment, "blocked", 1)).await.expect(202);
    service.plan_after(path.rsplit('/').next().unwrap(), told["seq"].as_u64().unwrap()).await;
}

#[tokio::test]
async fn alternatives_are_told_with_what_they_cost_and_what_differs() {
    let (service, path) = with_mission().await;
    let plan = service.get(&format!("{path}/plan")).await.expect(200);
    let told = service.get(&format!("{path}/alternatives")).await.expect(200);
    assert_eq!((&told["outcome"], &told["seq"], &told["revision"]), (&json!("route"), &json!(2), &json!(0)));
    let current = &told["current"];
    assert_eq!((&current["legs"], &current["length_m"]), (&plan["route"]["legs"], &plan["route"]["length_m"]));
    assert_eq!((&current["unknown_segments"], &current["clear_probability"]), (&json!(1), &json!(0.9)));
    let others = told["alternatives"].as_array().unwrap();
    let differences: Vec<&str> = others.iter().map(|other| other["difference"].as_str().unwrap()).collect();
    let mut sorted = differences.clone();
    sorted.sort_unstable();
    assert_eq!(
        sorted,
        ["by Road ab and Road bc instead of Road ac", "by Road da and Road cd instead of Road ac"],
        "one on each side of the square"
    );
    for other in others {
        let way = &other["way"];
        let longer_m = number(&way["length_m"]) - number(&current["length_m"]);
        assert!((number(&other["longer_by_m"]) - longer_m).abs() < 1e-9 && longer_m > 400.0, "{other}");
        assert!((number(&other["later_by_s"]) - longer_m / 10.0).abs() < 1e-9, "{other}");
        assert_eq!((&other["shared_m"], &other["shared_fraction"]), (&json!(0.0), &json!(0.0)));
        assert_eq!(way["unknown_segments"], 2);
        assert!((number(&way["clear_probability"]) - 0.81).abs() < 1e-12, "{way}");
        assert_eq!(way["geometry"]["coordinates"].as_array().unwrap().len(), 5, "two roads with a bend each");
    }
    let one = service.get(&format!("{path}/alternatives?k=1")).await.expect(200);
    assert_eq!(one["alternatives"], json!([others[0]]));
    let strict = service.get(&format!("{path}/alternatives?max_stretch=1.3&max_sharing=0.5")).await.expect(200);
    assert_eq!(strict["alternatives"], json!([]), "they are 1.4 times as long");

    report_blocked(&service, &path, 4).await;
    let position = json!({ "vehicle": "ugv", "observed_at": "2026-05-04T09:30:00Z", "segment": 0, "offset_m": 100.0 });
    service.post(&format!("{path}/positions"), &position).await.expect(202);
    let told = service.get(&format!("{path}/alternatives")).await.expect(200);
    assert_eq!(told["revision"], 1);
    assert_eq!(told["current"]["main_roads"], json!(["Road ab", "Road bc"]));
    assert_eq!(told["current"]["legs"][0]["from_m"], 100.0, "from where the vehicle is");
    let back = &told["alternatives"][0];
    assert_eq!(back["way"]["legs"][0]["to_m"], 0.0, "back to the corner and round the other side: {back}");
    assert_eq!(back["difference"], "by Road da and Road cd instead of Road bc");
    for segment in [1, 2] {
        report_blocked(&service, &path, segment).await;
    }
    let told = service.get(&format!("{path}/alternatives")).await.expect(200);
    assert_eq!((&told["outcome"], &told["alternatives"]), (&json!("no_way"), &json!([])));
    assert!(told.get("current").is_none() && told["reason"].as_str().unwrap().contains("blocked"), "{told}");
}

#[tokio::test]
async fn the_route_is_told_turn_by_turn() {
    let (service, path) = with_mission().await;
    let path = format!("{path}/plan/instructions");
    let mission = path.trim_end_matches("/plan/instructions");
    let straight = service.get(&path).await.expect(200);
    let texts = |told: &Value| -> Vec<String> {
        let told = told["instructions"].as_array().unwrap().iter();
        told.map(|told| told["text"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(texts(&straight), ["Head north-east on Road ac", "Arrive at the goal, on Road ac"]);
    report_blocked(&service, mission, 4).await;
    let plan = service.get(&format!("{mission}/plan")).await.expect(200);
    let told = service.get(&path).await.expect(200);
    assert_eq!((&told["plan_seq"], &told["outcome"], &told["revision"]), (&plan["seq"], &json!("route"), &json!(1)));
    assert_eq!((&told["length_m"], &told["duration_s"]), (&plan["route"]["length_m"], &plan["route"]["duration_s"]));
    let around = told["instructions"].as_array().unwrap();
    let maneuvers: Vec<&str> = around.iter().map(|told| told["maneuver"].as_str().unwrap()).collect();
    assert_eq!(maneuvers, ["depart", "continue", "arrive"], "no other road leaves the corner");
    let total_m: f64 = around.iter().map(|told| number(&told["length_m"])).sum();
    assert!((total_m - number(&told["length_m"])).abs() < 1e-6);
    assert!((number(&around[2]["begins_s"]) - number(&told["duration_s"])).abs() < 1e-6);
    assert_eq!(around[1]["begins_m"], around[0]["length_m"]);
    assert!(around[0].get("bearing_before_deg").is_none() && around[2].get("bearing_after_deg").is_none());
    assert_eq!(around[2]["position"], json!({ "lon": 8.01, "lat": 50.008 }));

    let first = &plan["route"]["legs"][0];
    let position = json!({ "vehicle": "ugv", "observed_at": "2026-05-04T09:30:00Z", "segment": first["segment"],
        "offset_m": (number(&first["from_m"]) - 100.0).abs() });
    service.post(&format!("{mission}/positions"), &position).await.expect(202);
    let left = service.get(&format!("{path}?part=remaining")).await.expect(200);
    assert!((number(&told["length_m"]) - number(&left["length_m"]) - 100.0).abs() < 1e-6, "{left}");
    assert_eq!(left["instructions"].as_array().unwrap().len(), 3);
    assert_eq!(texts(&left)[1..], texts(&told)[1..]);
    assert_eq!(service.get(&path).await.expect(200), told, "the whole route stays what it was");
}

fn roads(told: &Value) -> Vec<&Value> {
    told["features"].as_array().unwrap().iter().filter(|feature| feature["properties"]["role"] == "roads").collect()
}

#[tokio::test]
async fn what_can_be_reached_is_told_as_lines_and_areas() {
    let (service, path) = with_mission().await;
    let answer = service.get(&format!("{path}/reachability?within_s=10,60")).await;
    assert_eq!(answer.header("content-type"), "application/geo+json");
    let told = answer.expect(200);
    assert_eq!(
        (&told["type"], &told["speed_mps"], &told["unknown"]),
        (&json!("FeatureCollection"), &json!(10.0), &json!("open"))
    );
    let roles: Vec<&str> =
        told["features"].as_array().unwrap().iter().map(|f| f["properties"]["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["area", "area", "roads", "roads", "start"]);
    let bands = roads(&told);
    // 100 m along each of three roads, then 500 m more.
    let measures =
        |band: &Value| [&band["length_m"], &band["unknown_m"], &band["after_s"], &band["within_s"]].map(number);
    assert_eq!(measures(&bands[0]["properties"]), [300.0, 300.0, 0.0, 10.0]);
    assert_eq!(measures(&bands[1]["properties"]), [1500.0, 1500.0, 10.0, 60.0]);
    assert_eq!(bands[0]["geometry"]["coordinates"].as_array().unwrap().len(), 3);
    let wide = &told["features"][0];
    assert_eq!(wide["properties"], json!({ "role": "area", "within_s": 60.0, "buffer_m": 40.0, "cell_m": 20.0 }));
    let ring = wide["geometry"]["coordinates"][0][0].as_array().unwrap();
    assert!(ring.len() > 50 && ring.first() == ring.last());
    for at in ring {
        assert!((7.99..8.009).contains(&number(&at[0])) && (49.99..50.0065).contains(&number(&at[1])), "{at}");
    }

    let careful = service.get(&format!("{path}/reachability?within_s=60&unknown=closed&areas=false")).await.expect(200);
    assert_eq!(careful["features"].as_array().unwrap().len(), 2, "no area");
    assert_eq!(roads(&careful)[0]["properties"]["length_m"], 0.0, "nothing is known to be clear");
    service.post(&format!("{path}/reports"), &report(1, 0, "clear", 1)).await.expect(202);
    let careful = service.get(&format!("{path}/reachability?within_s=60&unknown=closed")).await.expect(200);
    assert_eq!((&roads(&careful)[0]["properties"]["length_m"], &careful["revision"]), (&json!(600.0), &json!(1)));
    assert_eq!(roads(&careful)[0]["properties"]["unknown_m"], 0.0);
    let refused = service.get(&format!("{path}/reachability?within_s=60,10")).await.expect(422);
    assert_eq!((&refused["code"], &refused["errors"][0]["pointer"]), (&json!("invalid_query"), &json!("within_s")));
}

#[tokio::test]
async fn the_nearest_of_several_goals_is_found() {
    let (service, path) = with_mission().await;
    let at = |lon: f64, lat: f64| json!({ "position": { "lon": lon, "lat": lat } });
    let body = json!({ "goals": [
        { "name": "clinic", "at": at(8.01, 50.008) },
        { "name": "school", "at": at(8.01, 50.0) },
        { "at": at(8.0, 50.0) },
    ] });
    let order = |told: &Value| -> Vec<(u64, String)> {
        let goals = told["goals"].as_array().unwrap().iter();
        goals.map(|goal| (goal["index"].as_u64().unwrap(), goal["outcome"].as_str().unwrap().to_owned())).collect()
    };
    let told = service.post(&format!("{path}/nearest-goals"), &body).await.expect(200);
    let named = |pairs: &[(u64, &str)]| pairs.iter().map(|(i, word)| (*i, (*word).to_owned())).collect::<Vec<_>>();
    assert_eq!(order(&told), named(&[(2, "already_there"), (1, "route"), (0, "route")]));
    assert_eq!((&told["goals"][1]["name"], told["goals"][0].get("name")), (&json!("school"), None));
    let school = &told["goals"][1]["way"];
    assert_eq!((&school["main_roads"], &school["unknown_segments"]), (&json!(["Road ab"]), &json!(1)));
    assert!((number(&school["duration_s"]) - number(&school["length_m"]) / 10.0).abs() < 1e-9);
    let before = service.get(&path).await.expect(200);

    // The school is cut off, and the clinic farther away.
    for segment in [0, 1, 4] {
        report_blocked(&service, &path, segment).await;
    }
    let told = service.post(&format!("{path}/nearest-goals"), &body).await.expect(200);
    assert_eq!(order(&told), named(&[(2, "already_there"), (0, "route"), (1, "no_way")]));
    assert!(told["goals"][2]["reason"].as_str().unwrap().contains("blocked"), "{told}");
    let after = service.get(&path).await.expect(200);
    assert_eq!((&after["goal"], &after["version"]), (&before["goal"], &before["version"]), "asking changes nothing");

    let away = json!({ "goals": [{ "at": at(8.0, 50.0) }, { "at": at(9.0, 51.0) }] });
    let refused = service.post(&format!("{path}/nearest-goals"), &away).await.expect(422);
    assert_eq!(
        (&refused["code"], &refused["errors"][0]["pointer"]),
        (&json!("invalid_goals"), &json!("/goals/1/at/position"))
    );
}

#[tokio::test]
async fn a_mission_that_is_over_has_no_more_answers() {
    let (service, path) = with_mission().await;
    service.post(&format!("{path}/cancel"), &Value::Null).await.expect(200);
    for rest in ["alternatives", "reachability?within_s=60"] {
        assert_eq!(service.get(&format!("{path}/{rest}")).await.expect(409)["code"], "mission_ended", "{rest}");
    }
    let goals = json!({ "goals": [{ "at": { "segment": 0, "offset_m": 1.0 } }] });
    assert_eq!(service.post(&format!("{path}/nearest-goals"), &goals).await.expect(409)["code"], "mission_ended");
    assert_eq!(service.get(&format!("{path}/plan/instructions")).await.expect(200)["outcome"], "route");
}
