//! Plans and taskings out in the formats of other programs, and closures in from feeds.

use outrider::app::replay::replay;
use outrider::planning::strategy::Strategies;
use reqwest::Method;
use serde_json::{Value, json};

use crate::service::{Answer, Service, across, report, square};
use crate::stream::EventStream;

const WZDX: &str = include_str!("../formats/closures.wzdx.geojson");

struct World {
    service: Service,
    id: String,
}

async fn world() -> World {
    let service = Service::start().await;
    let network = service.import_geojson("square", &square()).await;
    let id = service.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    service.plan_after(&id, 1).await;
    World { service, id }
}

impl World {
    async fn get(&self, rest: &str) -> Answer {
        self.service.get(&format!("/v1/missions/{}{rest}", self.id)).await
    }

    async fn accepting(&self, rest: &str, accept: &str) -> Answer {
        let path = format!("/v1/missions/{}{rest}", self.id);
        Answer::read(self.service.request(Method::GET, &path).header("accept", accept).send().await.unwrap()).await
    }

    async fn import(&self, query: &str, document: &str) -> Answer {
        let path = format!("/v1/missions/{}/closures/import{query}", self.id);
        let request = self.service.request(Method::POST, &path).header("content-type", "application/geo+json");
        Answer::read(request.body(document.to_owned()).send().await.unwrap()).await
    }

    async fn route_after(&self, answer: &Value) -> Vec<u64> {
        let plan = self.service.plan_after(&self.id, answer["seq"].as_u64().unwrap()).await;
        let legs = plan["route"]["legs"].as_array().cloned().unwrap_or_default();
        legs.iter().map(|leg| leg["segment"].as_u64().unwrap()).collect()
    }
}

fn outcomes(answer: &Value) -> Vec<(&str, &str, Vec<u64>)> {
    let features = answer["features"].as_array().unwrap();
    let segments =
        |feature: &Value| feature["segments"].as_array().unwrap().iter().map(|s| s.as_u64().unwrap()).collect();
    let told = features.iter().map(|f| (f["pointer"].as_str().unwrap(), f["outcome"].as_str().unwrap(), segments(f)));
    told.collect()
}

fn collection(features: &[(Value, Value)]) -> String {
    let feature = |(geometry, properties): &(Value, Value)| json!({ "type": "Feature", "geometry": geometry, "properties": properties });
    json!({ "type": "FeatureCollection", "features": features.iter().map(feature).collect::<Vec<_>>() }).to_string()
}

fn line(coordinates: &Value) -> Value {
    json!({ "type": "LineString", "coordinates": coordinates })
}

#[tokio::test]
async fn a_plan_is_to_be_had_in_every_format_by_name_and_by_header() {
    let world = world().await;
    for (format, accept, media_type, begins) in [
        ("json", "application/json", "application/json", "{"),
        ("geojson", "application/geo+json", "application/geo+json", "{"),
        ("gpx", "application/gpx+xml", "application/gpx+xml", "<?xml"),
        ("kml", "application/vnd.google-earth.kml+xml", "application/vnd.google-earth.kml+xml", "<?xml"),
        ("csv", "text/*;q=0.7", "text/csv; charset=utf-8", "vehicle,step,"),
    ] {
        let by_name = world.get(&format!("/plan?format={format}")).await;
        assert_eq!((by_name.status.as_u16(), by_name.header("content-type")), (200, media_type));
        assert!(by_name.text.starts_with(begins), "{format}: {}", by_name.text);
        let by_header = world.accepting("/plan", accept).await;
        assert_eq!(by_header.text, by_name.text, "{format}");
        let is_file = by_name.header("content-disposition").ends_with(&format!(".{format}\""));
        assert_eq!(is_file, !format.ends_with("json"), "{format}");
    }
    assert_eq!(world.get("/plan?format=shp").await.expect(400)["errors"][0]["pointer"], "format");
    let refused = world.accepting("/plan", "image/png").await.expect(406);
    assert!(refused["detail"].as_str().unwrap().contains("application/gpx+xml"), "{refused}");
}

#[tokio::test]
async fn what_is_left_of_the_route_follows_the_vehicle() {
    let world = world().await;
    let place = json!({ "vehicle": "ugv", "observed_at": "2026-05-04T09:30:00Z", "segment": 4, "offset_m": 400.0 });
    world.service.post(&format!("/v1/missions/{}/positions", world.id), &place).await.expect(202);
    let document = world.get("/plan?format=geojson").await.expect(200);
    let of = |role: &str| {
        let features = document["features"].as_array().unwrap();
        features.iter().find(|feature| feature["properties"]["role"] == role).unwrap_or_else(|| panic!("{role}"))
    };
    let length_m = |role: &str| of(role)["properties"]["length_m"].as_f64().unwrap();
    assert!((length_m("route") - length_m("remaining") - 400.0).abs() < 0.01);
    assert_eq!(of("vehicle")["properties"]["vehicle"], "ugv");
    assert_eq!(of("goal")["geometry"]["coordinates"], json!([8.01, 50.008]));
}

#[tokio::test]
async fn a_tasking_is_to_be_had_as_a_flight() {
    let world = world().await;
    // From the middle of a road, so that there is something ahead to inspect.
    let middle = json!({ "vehicle": "ugv", "observed_at": "2026-05-04T09:30:00Z", "segment": 0, "offset_m": 300.0 });
    world.service.post(&format!("/v1/missions/{}/positions", world.id), &middle).await.expect(202);
    let blocked = world.service.post(&format!("/v1/missions/{}/reports", world.id), &report(1, 4, "blocked", 1)).await;
    assert_eq!(world.route_after(&blocked.expect(202)).await, [0, 1]);
    let items = world.get("/tasking?uav=uav-1&altitude_m=55").await.expect(200);
    let commands: Vec<u64> =
        items["items"].as_array().unwrap().iter().map(|i| i["command"].as_u64().unwrap()).collect();
    assert_eq!((commands[0], commands[1], commands.last().unwrap()), (22, 178, &20));
    assert!(commands[2..commands.len() - 1].iter().all(|command| *command == 16), "{commands:?}");
    assert_eq!((&items["items"][0]["z"], &items["items"][0]["x"]), (&json!(55.0), &json!(500_000_000)));
    let plan = world.accepting("/tasking?uav=uav-1", "application/vnd.qgroundcontrol.plan+json").await;
    assert_eq!(plan.expect(200)["fileType"], "Plan");
    assert!(plan.header("content-disposition").contains("outrider-uav-1-"), "{plan:?}");
    let list = world.get("/tasking?uav=uav-1&format=qgc_wpl").await;
    assert_eq!(list.header("content-type"), "text/plain; charset=utf-8");
    assert_eq!(list.text.lines().count(), commands.len() + 2, "{}", list.text);

    for (query, status, code, pointer) in [
        ("", 400, "malformed_query", ""),
        ("?uav=uav-9", 404, "no_such_vehicle", "uav"),
        ("?uav=ugv", 404, "no_such_vehicle", "uav"),
        ("?uav=a%20b", 422, "invalid_query", "uav"),
        ("?uav=uav-1&altitude_m=0", 422, "invalid_query", "altitude_m"),
        ("?uav=uav-1&altitude_m=NaN", 422, "invalid_query", "altitude_m"),
        ("?uav=uav-1&altitude_reference=sea", 400, "malformed_query", "altitude_reference"),
    ] {
        let refused = world.get(&format!("/tasking{query}")).await.expect(status);
        assert_eq!((&refused["code"], &refused["errors"][0]["pointer"]), (&json!(code), &json!(pointer)), "{query}");
    }
    // Once the road ahead is known to be clear there is nothing to inspect any more.
    let clear = json!([report(2, 0, "clear", 1), report(3, 1, "clear", 1)]);
    let clear = world.service.post(&format!("/v1/missions/{}/reports", world.id), &clear).await.expect(202);
    world.route_after(&clear).await;
    assert_eq!(world.get("/tasking?uav=uav-1").await.expect(200)["items"], json!([]));
}

#[tokio::test]
async fn cursor_on_target_has_an_event_a_line_with_the_same_uids_each_time() {
    let world = world().await;
    let blocked = world.service.post(&format!("/v1/missions/{}/reports", world.id), &report(1, 4, "blocked", 1)).await;
    world.route_after(&blocked.expect(202)).await;
    let uids = |answer: &Answer| -> Vec<String> {
        let uid = |line: &str| line.split("uid=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        answer.text.lines().map(uid).collect()
    };
    let first = world.get("/cot").await;
    assert_eq!(first.header("content-type"), "application/xml-external-parsed-entity");
    assert!(first.text.lines().all(|line| line.starts_with("<event ") && line.ends_with("</event>")), "{}", first.text);
    let expected = |element: &str| format!("outrider.{}.{element}", world.id);
    let uids_now = uids(&first);
    assert!(uids_now.contains(&expected("route")) && uids_now.contains(&expected("blockage.4")), "{uids_now:?}");
    assert_eq!(uids(&world.get("/cot?stale_s=10").await), uids_now);
    assert_eq!(world.get("/cot?stale_s=0").await.expect(422)["errors"][0]["pointer"], "stale_s");
}

#[tokio::test]
async fn knowledge_is_to_be_had_with_times_and_authors() {
    let world = world().await;
    world.import("", WZDX).await.expect(202);
    world.service.post(&format!("/v1/missions/{}/reports", world.id), &report(1, 2, "clear", 5)).await.expect(202);
    let document = world.get("/knowledge?format=geojson").await.expect(200);
    let of = |segment: u64| {
        let features = document["features"].as_array().unwrap();
        features.iter().map(|f| &f["properties"]).find(|p| p["segment"] == segment).unwrap().clone()
    };
    let closed = of(4);
    assert_eq!((&closed["state"], &closed["said_by"]), (&json!("blocked"), &json!("Test Roads Agency")));
    assert_eq!((&closed["until"], &closed["blockage_probability"]), (&json!("2099-06-30T01:00:00Z"), &json!(1.0)));
    assert!(closed["since"].is_string(), "{closed}");
    let seen = of(2);
    assert_eq!((&seen["since"], &seen["said_by"]), (&json!("2026-05-04T09:00:05Z"), &json!("uav-1")));
    let by_header = world.accepting("/knowledge", "application/geo+json").await;
    assert_eq!(by_header.expect(200), document);
    assert_eq!(world.accepting("/knowledge", "text/html").await.status, 406);
}

#[tokio::test]
async fn a_work_zone_feed_closes_what_it_says_in_one_change_and_one_replan() {
    let world = world().await;
    let mut stream = EventStream::open(&world.service, &world.id, None).await;
    let id = "01938a6e-0000-7000-8000-00000000feed";
    let taken = world.import(&format!("?id={id}"), WZDX).await.expect(202);
    assert_eq!(
        outcomes(&taken),
        [("/features/0", "closed", vec![4]), ("/features/3", "closed", vec![1]), ("/features/4", "no_match", vec![])]
    );
    let counts =
        ["closed", "unmatched", "ignored", "segment_count", "revision"].map(|name| taken[name].as_u64().unwrap());
    assert_eq!(counts, [2, 1, 2, 2, 1], "one change of knowledge");
    let plan = stream.find(|e| e.name == "plan").await;
    assert_eq!(plan.data["seq"].as_u64().unwrap(), taken["seq"].as_u64().unwrap() + 1, "one replan");
    assert_eq!(world.route_after(&taken).await, [3, 2]);

    let again = world.import(&format!("?id={id}"), WZDX).await.expect(202);
    assert_eq!((&again["repeated"], &again["seq"], &again["segment_count"]), (&json!(true), &taken["seq"], &json!(2)));
    // The next look at the same feed finds it in force.
    let next = world.import("", WZDX).await.expect(202);
    assert_eq!((&next["seq"], &next["revision"], &next["closed"]), (&Value::Null, &json!(1), &json!(0)));
    assert_eq!(outcomes(&next)[0], ("/features/0", "already_closed", vec![4]));
    assert_eq!(next["features"][0]["closure"], taken["features"][0]["closure"]);
    // What an operator reopened is closed again when the feed is sent again.
    let reopening = json!({ "action": "reopen", "segments": [4], "reason": "seen open" });
    world.service.post(&format!("/v1/missions/{}/closures", world.id), &reopening).await.expect(202);
    let later = world.import("", WZDX).await.expect(202);
    assert_eq!((outcomes(&later)[0].1, outcomes(&later)[1].1), ("closed", "already_closed"));

    let log = world.get("/log/export").await;
    let replayed = replay(log.text.as_bytes(), &Strategies::built_in(), |_| {}).unwrap();
    assert!(replayed.plans >= 2, "{replayed:?}");
    let knowledge = world.get("/knowledge").await.expect(200);
    let reasons: Vec<&Value> = knowledge["closures"].as_array().unwrap().iter().map(|c| &c["reason"]).collect();
    assert!(reasons.contains(&&json!("Bridge works; Full closure of the diagonal.; Road ac")), "{reasons:?}");
    let audit = world.service.get("/v1/audit").await.expect(200);
    assert_eq!(audit["entries"].as_array().unwrap().iter().filter(|e| e["detail"]["feed"] == true).count(), 2);
}

#[tokio::test]
async fn plain_geojson_closes_lines_areas_and_points_each_until_its_own_end() {
    let world = world().await;
    let mut stream = EventStream::open(&world.service, &world.id, None).await;
    let now = outrider::app::clock::now();
    let (soon, later) = (now.plus_seconds(2.0).to_string(), now.plus_seconds(3_600.0).to_string());
    let document = collection(&[
        // Against the road's own direction.
        (line(&json!([[8.0085, 50.0068], [8.002, 50.0016]])), json!({ "expires_at": soon, "reason": "a tree" })),
        (
            json!({ "type": "Polygon", "coordinates": [[[8.003, 50.0075], [8.006, 50.0075], [8.006, 50.009], [8.003, 50.009], [8.003, 50.0075]]] }),
            json!({}),
        ),
        (json!({ "type": "Point", "coordinates": [8.0001, 50.004] }), json!({ "starts_at": later })),
        (json!({ "type": "Point", "coordinates": [8.02, 50.02] }), Value::Null),
        (line(&json!([[8.0, 50.0], [8.01, 50.0]])), json!({ "expires_at": "2026-01-01T00:00:00Z" })),
        (line(&json!([[8.0, 50.0]])), json!({})),
        (Value::Null, json!({})),
    ]);
    let taken = world.import(&format!("?expires_at={later}&reason=water&decided_by=ops"), &document).await.expect(202);
    let told = outcomes(&taken);
    let kinds: Vec<&str> = told.iter().map(|(_, outcome, _)| *outcome).collect();
    assert_eq!(kinds, ["closed", "closed", "not_begun", "no_match", "over", "not_valid", "not_valid"], "{taken:#}");
    assert_eq!((&told[0].2, &told[1].2, &told[2].2), (&vec![4], &vec![2], &vec![3]));
    assert_eq!((&taken["features"][1]["expires_at"], &taken["revision"]), (&json!(later), &json!(1)));
    assert_eq!(world.route_after(&taken).await, [0, 1]);
    let expired = stream.find(|e| e.name == "closure" && e.data["body"]["action"] == "expire").await;
    assert_eq!(expired.data["body"]["id"], taken["features"][0]["closure"]);
    assert_eq!(world.route_after(&expired.data).await, [4], "the tree is gone, the north stays closed");
    let knowledge = world.get("/knowledge").await.expect(200);
    assert_eq!(
        (&knowledge["closures"][0]["reason"], &knowledge["closures"][0]["closed_by"]),
        (&json!("water"), &json!("ops"))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_commands_in_the_documentation_work_as_pasted_and_the_program_exports_the_same() {
    let world = world().await;
    let folder = tempfile::tempdir().unwrap();
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/FORMATS.md")).unwrap();
    let blocks: Vec<&str> = page.split("```sh\n").skip(1).filter_map(|rest| rest.split("\n```").next()).collect();
    assert!(blocks.len() >= 5, "{blocks:?}");
    std::fs::write(folder.path().join("closures.geojson"), WZDX).unwrap();
    let run = |commands: String| {
        let mut shell = std::process::Command::new("bash");
        shell.args(["-euc", &commands]).current_dir(folder.path());
        shell.env("URL", &world.service.url).env("ID", &world.id).env("PROGRAM", env!("CARGO_BIN_EXE_outrider"));
        let output = shell.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{commands}\n{said}\n{}", String::from_utf8_lossy(&output.stderr));
        said
    };
    assert!(run(blocks.join("\n")).contains("\"closed\":2"));
    for file in ["plan.geojson", "plan.gpx", "plan.kml", "plan.csv", "uav-1.json", "uav-1.plan", "uav-1.waypoints"] {
        assert!(folder.path().join(file).metadata().unwrap().len() > 50, "{file}");
    }
    // The plan that follows the closings: nothing else happens after it.
    world.service.plan_for(&world.id, &json!(1)).await;
    run("curl -sf \"$URL/v1/missions/$ID/log/export\" > mission.jsonl".to_owned());
    for (format, rest) in [
        ("geojson", "plan?format=geojson"),
        ("gpx", "plan?format=gpx"),
        ("kml", "plan?format=kml"),
        ("csv", "plan?format=csv"),
        ("knowledge", "knowledge?format=geojson"),
        ("mission-items", "tasking?uav=uav-2"),
        ("qgc-plan", "tasking?uav=uav-2&format=qgc_plan"),
        ("qgc-wpl", "tasking?uav=uav-2&format=qgc_wpl"),
    ] {
        let exported = run(format!("\"$PROGRAM\" export mission.jsonl --format {format} --uav uav-2"));
        let served = world.get(&format!("/{rest}")).await.text;
        match serde_json::from_str::<Value>(&served) {
            Ok(served) => assert_eq!(serde_json::from_str::<Value>(&exported).unwrap(), served, "{format}"),
            Err(_) => assert_eq!(exported, served, "{format}"),
        }
    }
    run("\"$PROGRAM\" export mission.jsonl --format cot --output events.cot && grep -q blockage.4 events.cot"
        .to_owned());
    let refused = std::process::Command::new(env!("CARGO_BIN_EXE_outrider"))
        .args(["export", "mission.jsonl", "--format", "qgc-wpl"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&refused.stderr).contains("uav-1, uav-2"), "{refused:?}");
}

#[tokio::test]
async fn a_document_that_is_no_feed_is_refused_with_the_place() {
    let world = world().await;
    let post = async |query: &str, kind: &str, body: &str| {
        let path = format!("/v1/missions/{}/closures/import{query}", world.id);
        let request = world.service.request(Method::POST, &path).header("content-type", kind).body(body.to_owned());
        let answer = Answer::read(request.send().await.unwrap()).await;
        let problem = answer.json();
        let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        (answer.status.as_u16(), word(&problem["code"]), word(&problem["errors"][0]["pointer"]))
    };
    let empty = r#"{"type": "FeatureCollection", "features": []}"#;
    let geo = "application/geo+json";
    for (query, kind, body, status, code, pointer) in [
        ("", geo, "{", 400, "malformed_json", ""),
        ("", geo, "[]", 422, "invalid_closure", ""),
        (
            "",
            geo,
            r#"{"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": 3}]}"#,
            422,
            "invalid_closure",
            "/features/0/geometry",
        ),
        ("", "text/plain", empty, 415, "unsupported_media_type", "Content-Type"),
        ("?tolerance_m=0", geo, empty, 422, "invalid_closure", "tolerance_m"),
        ("?expires_at=2020-01-01T00:00:00Z", geo, empty, 422, "invalid_closure", "expires_at"),
        ("?expires_at=soon", geo, empty, 400, "malformed_query", "expires_at"),
        ("?reason=", geo, empty, 422, "invalid_closure", "reason"),
        ("?id=7", geo, empty, 400, "malformed_query", "id"),
    ] {
        let expected = (status, code.to_owned(), pointer.to_owned());
        assert_eq!(post(query, kind, body).await, expected, "{query} {body}");
    }
    let nothing = world.import("", empty).await.expect(202);
    assert_eq!((&nothing["seq"], &nothing["revision"]), (&Value::Null, &json!(0)));
    // More than may be compared: an operator is told to send it in parts.
    let scribble: Vec<[f64; 2]> = (0..20_000).map(|i| [8.0 + f64::from(i % 2) * 0.01, 50.004]).collect();
    let huge = collection(&[(line(&json!(scribble)), json!({}))]);
    assert_eq!(post("", geo, &huge).await, (422, "invalid_closure".into(), "/features/0".into()));
    world.service.post(&format!("/v1/missions/{}/cancel", world.id), &json!({})).await.expect(200);
    assert_eq!(post("", geo, WZDX).await, (409, "mission_ended".into(), String::new()));
}
