//! Bodies in general, and creating and changing missions.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Case, World, text_with, with, without};
use crate::service::across;

pub(super) fn cases(world: &World) -> Vec<Case> {
    let mut cases = bodies(&across(&world.network));
    cases.extend(created(&across(&world.network)));
    cases.extend(changed());
    cases
}

/// What every route that takes JSON refuses.
fn bodies(good: &Value) -> Vec<Case> {
    let mut cases = Vec::new();
    let text = good.to_string();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for path in ["/v1/missions", "/v1/missions/{mission}/reports", "/v1/missions/{mission}/closures"] {
        let request = |name: &str, body: Vec<u8>| Case::new(format!("{name} at {path}"), Method::POST, path).json(body);
        let kind = |kind: &str| request("content type", text.clone().into_bytes()).header("content-type", kind);
        cases.push(request("nothing", vec![]).is(400, "malformed_json", ""));
        cases.push(request("no JSON", b"speed=10".to_vec()).is(400, "malformed_json", ""));
        cases.push(request("truncated", b"{".to_vec()).is(400, "malformed_json", ""));
        cases.push(request("two values", b"{} {}".to_vec()).is(422, "invalid_body", ""));
        cases.push(request("null", b"null".to_vec()).is(422, "invalid_body", ""));
        cases.push(request("a number", b"17".to_vec()).is(422, "invalid_body", ""));
        cases.push(kind("text/plain").is(415, "unsupported_media_type", "Content-Type"));
        cases.push(kind("multipart/form-data; boundary=x").is(415, "unsupported_media_type", "Content-Type"));
        let untyped = Case { headers: vec![], ..request("no content type", text.clone().into_bytes()) };
        cases.push(untyped.is(415, "unsupported_media_type", "Content-Type"));
        let place = if path.ends_with("reports") { "/0" } else { "" };
        cases.push(request("deep arrays", deep.clone().into_bytes()).is(422, "invalid_body", place));
    }
    let mission = |name: &str, body: Vec<u8>| Case::new(name, Method::POST, "/v1/missions").json(body);
    let bad_utf_8 = text.replace("across", "PLACE").into_bytes();
    let at = bad_utf_8.windows(5).position(|w| w == b"PLACE").unwrap();
    let bad_utf_8 = [&bad_utf_8[..at], b"\xff\xfe", &bad_utf_8[at + 5..]].concat();
    let deep_object = format!("{}0{}", "{\"a\":".repeat(100_000), "}".repeat(100_000));
    let whole_as_list = json!([good["network_id"], "across", good["start"], good["goal"], good["ugv"], [], null, 0]);
    cases.extend([
        mission("bad UTF-8 in a name", bad_utf_8).is(400, "malformed_json", "/name"),
        mission("half a surrogate pair", text.replace("across", "\\ud800").into_bytes()).is(
            400,
            "malformed_json",
            "/name",
        ),
        mission("a key twice", text.replacen('{', "{\"seed\":1,\"seed\":2,", 1).into_bytes()).is(
            422,
            "invalid_body",
            "",
        ),
        mission("a byte order mark", format!("\u{feff}{text}").into_bytes()).is(400, "malformed_json", ""),
        mission("deep parameters", text_with(good, "/strategy/parameters", &deep_object).into_bytes()).is(
            400,
            "malformed_json",
            format!("/strategy/parameters{}", "/a".repeat(125)),
        ),
        mission("a mission as a list", whole_as_list.to_string().into_bytes()).is(422, "invalid_body", ""),
    ]);
    cases
}

fn created(good: &Value) -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name: &str, body: Value, code, pointer: &str| {
        cases.push(Case::post(format!("mission: {name}"), "/v1/missions", &body).is(422, code, pointer));
    };
    let mut set = |name: &str, pointer: &str, value: Value, code, at: &str| {
        add(name, with(good, pointer, value), code, at);
    };
    // Wrong types.
    set("network as number", "/network_id", json!(7), "invalid_body", "/network_id");
    set("network malformed", "/network_id", json!("7"), "invalid_body", "/network_id");
    set(
        "network unknown",
        "/network_id",
        json!("01938a6e-0000-7000-8000-000000000000"),
        "unknown_network",
        "/network_id",
    );
    set("name as list", "/name", json!(["a"]), "invalid_body", "/name");
    set("name null", "/name", json!(null), "invalid_body", "/name");
    set("speed as text", "/ugv/speed_mps", json!("10"), "invalid_body", "/ugv/speed_mps");
    set("position as list", "/start/position", json!([8.0, 50.0]), "invalid_body", "/start/position");
    set("UGV as list", "/ugv", json!([10.0]), "invalid_body", "/ugv");
    set("location as list", "/start", json!(["1"]), "invalid_body", "/start");
    set("UAV as number", "/uavs/0", json!(20.0), "invalid_body", "/uavs/0");
    set("UAVs as object", "/uavs", json!({}), "invalid_body", "/uavs");
    set("strategy as text", "/strategy", json!("shortest_path"), "invalid_body", "/strategy");
    set("parameters as list", "/strategy/parameters", json!([]), "invalid_body", "/strategy/parameters");
    set("unknown field", "/colour", json!("red"), "invalid_body", "/colour");
    set("unknown field within", "/ugv/colour", json!("red"), "invalid_body", "/ugv/colour");
    set("seed negative", "/seed", json!(-1), "invalid_body", "/seed");
    set("seed fractional", "/seed", json!(0.5), "invalid_body", "/seed");
    // Goals and waypoints.
    set("goal and goals", "/goals", json!([good["goal"]]), "invalid_mission", "/goals");
    set("goals as object", "/goals", json!({}), "invalid_body", "/goals");
    set("goal of a list as list", "/goals", json!([["1"]]), "invalid_body", "/goals/0");
    set("waypoints as object", "/waypoints", json!({}), "invalid_body", "/waypoints");
    set("waypoints null", "/waypoints", json!(null), "invalid_body", "/waypoints");
    set("waypoint without a place", "/waypoints", json!([good["goal"], {}]), "invalid_mission", "/waypoints/1");
    set("too many waypoints", "/waypoints", json!(vec![&good["goal"]; 21]), "invalid_mission", "/waypoints");
    set("waypoint unknown", "/waypoints", json!([{"node": "nowhere"}]), "invalid_mission", "/waypoints/0/node");
    let island = json!({"position": {"lon": 8.035, "lat": 50.0}});
    set("waypoint on an island", "/waypoints", json!([island]), "waypoint_not_connected", "/waypoints/0");
    // Values.
    for (name, speed) in [
        ("negative", -1.0),
        ("zero", 0.0),
        ("absurd", 151.0),
        ("huge", 1e300),
        ("next to nothing", 1e-300),
        ("tiny", 0.01),
    ] {
        set(&format!("UGV speed {name}"), "/ugv/speed_mps", json!(speed), "invalid_mission", "/ugv/speed_mps");
        set(&format!("UAV speed {name}"), "/uavs/1/speed_mps", json!(speed), "invalid_mission", "/uavs/1/speed_mps");
    }
    set("seed that JavaScript rounds", "/seed", json!(1_u64 << 53), "invalid_mission", "/seed");
    set("name too long", "/name", json!("ä".repeat(201)), "invalid_mission", "/name");
    set("NUL in a name", "/name", json!("a\0b"), "invalid_mission", "/name");
    set("latitude 91", "/start/position/lat", json!(91), "invalid_mission", "/start/position");
    set("longitude -181", "/goal/position/lon", json!(-181), "invalid_mission", "/goal/position");
    set("heading 400", "/start/heading_deg", json!(400), "invalid_mission", "/start/heading_deg");
    set("limit negative", "/start/snap_limit_m", json!(-1), "invalid_mission", "/start/snap_limit_m");
    set("start off the network", "/start/position/lat", json!(49.9), "invalid_mission", "/start/position");
    set(
        "start on the other side of the Earth",
        "/start/position",
        json!({"lon": -172.0, "lat": -50.0}),
        "invalid_mission",
        "/start/position",
    );
    set(
        "UAV on the other side of the Earth",
        "/uavs/0/start",
        json!({"lon": -172.0, "lat": -50.0}),
        "invalid_mission",
        "/uavs/0/start",
    );
    set("UAV start off the Earth", "/uavs/0/start", json!({"lon": 8.0, "lat": 91}), "invalid_mission", "/uavs/0/start");
    set("goal on the island", "/goal/position/lon", json!(8.03), "goal_not_connected", "/goal");
    set("no way to name a location", "/goal", json!({}), "invalid_mission", "/goal");
    set("location null", "/start", json!(null), "invalid_body", "/start");
    set("no goal", "/goal", json!(null), "invalid_mission", "/goal");
    set("two ways to name a location", "/goal/node", json!("1"), "invalid_mission", "/goal");
    set("heading without position", "/goal", json!({"node": "1", "heading_deg": 5}), "invalid_mission", "/goal");
    set("segment without offset", "/goal", json!({"segment": 1}), "invalid_mission", "/goal");
    set(
        "segment of another network",
        "/goal",
        json!({"segment": 7, "offset_m": 0}),
        "invalid_mission",
        "/goal/segment",
    );
    set("segment negative", "/goal", json!({"segment": -1, "offset_m": 0}), "invalid_body", "/goal/segment");
    set(
        "segment beyond 32 bits",
        "/goal",
        json!({"segment": 1_u64 << 32, "offset_m": 0}),
        "invalid_body",
        "/goal/segment",
    );
    set(
        "offset beyond the segment",
        "/goal",
        json!({"segment": 1, "offset_m": 1e5}),
        "invalid_mission",
        "/goal/offset_m",
    );
    set("offset negative", "/goal", json!({"segment": 1, "offset_m": -0.1}), "invalid_mission", "/goal/offset_m");
    set("unknown node", "/start", json!({"node": "'; DROP TABLE missions; --"}), "invalid_mission", "/start/node");
    set("NUL in a node", "/start", json!({"node": "1\0"}), "invalid_mission", "/start/node");
    set("a node of a megabyte", "/start", json!({"node": "\u{1}".repeat(300_000)}), "invalid_mission", "/start/node");
    set("101 UAVs", "/uavs", json!(vec![json!({"speed_mps": 20}); 101]), "invalid_mission", "/uavs");
    set("20,000 bad UAVs", "/uavs", json!(vec![json!({"speed_mps": 0}); 20_000]), "invalid_mission", "/uavs");
    for id in ["", "a b", "uav\u{0}", "'; --", "ü", &"x".repeat(41), "ugv", "operator", "operator.anna"] {
        set(&format!("UAV named {id:?}"), "/uavs/0/id", json!(id), "invalid_mission", "/uavs/0/id");
    }
    let twice = json!([{"id": "scout", "speed_mps": 20}, {"id": "scout", "speed_mps": 20}]);
    set("two UAVs of one name", "/uavs", twice, "invalid_mission", "/uavs/1/id");
    set("unknown strategy", "/strategy/name", json!("fastest\0"), "invalid_mission", "/strategy/name");
    set(
        "unknown parameter",
        "/strategy/parameters",
        json!({"a/b~": 1}),
        "invalid_mission",
        "/strategy/parameters/a~1b~0",
    );
    set(
        "parameter out of range",
        "/strategy",
        json!({"name": "k_shortest_paths", "parameters": {"k": 11}}),
        "invalid_mission",
        "/strategy/parameters/k",
    );
    for field in ["/network_id", "/start", "/ugv", "/ugv/speed_mps", "/uavs/0/speed_mps", "/start/position/lat"] {
        let parent = field.rsplit_once('/').unwrap().0;
        add(&format!("without {field}"), without(good, field), "invalid_body", parent);
    }
    // Numbers that are none.
    for (number, status, code) in [
        ("NaN", 400, "malformed_json"),
        ("Infinity", 400, "malformed_json"),
        ("1e999", 422, "invalid_body"),
        ("-1e999", 422, "invalid_body"),
        ("01", 400, "malformed_json"),
    ] {
        let case = Case::new(format!("speed {number}"), Method::POST, "/v1/missions");
        let case = case.json(text_with(good, "/ugv/speed_mps", number));
        cases.push(case.is(status, code, "/ugv/speed_mps"));
    }
    let digits = Case::new("seed of 1,000 digits", Method::POST, "/v1/missions");
    let digits = digits.json(text_with(good, "/seed", &"9".repeat(1_000)));
    cases.push(digits.is(422, "invalid_body", "/seed"));
    cases
}

fn changed() -> Vec<Case> {
    let mut cases = Vec::new();
    let mut add = |name: &str, mission: &str, body: Value, status, code, pointer: &str| {
        let case = Case::new(format!("change: {name}"), Method::PATCH, format!("/v1/missions/{{{mission}}}"));
        cases.push(case.json(body.to_string()).is(status, code, pointer));
    };
    let goal = |goal: Value| json!({ "goal": goal });
    add("unknown strategy", "mission", json!({"strategy": {"name": "x"}}), 422, "invalid_mission", "/strategy/name");
    let parameters = json!({"strategy": {"name": "ugv_only", "parameters": {"k": 1}}});
    add("unknown parameter", "mission", parameters, 422, "invalid_mission", "/strategy/parameters/k");
    let parameters = json!({"strategy": {"name": "most_probable_path", "parameters": {"worlds": "many"}}});
    add("parameter of another kind", "mission", parameters, 422, "invalid_mission", "/strategy/parameters/worlds");
    add("what cannot change", "mission", json!({"ugv": {"speed_mps": 1}}), 422, "invalid_body", "/ugv");
    add(
        "goal on the island",
        "mission",
        goal(json!({"segment": 6, "offset_m": 1})),
        422,
        "goal_not_connected",
        "/goal",
    );
    add("unknown node", "mission", goal(json!({"node": "x"})), 422, "invalid_mission", "/goal/node");
    add("two ways", "mission", goal(json!({"node": "1", "segment": 1})), 422, "invalid_mission", "/goal");
    add("bad UAV", "mission", json!({"uavs": [{"speed_mps": 0}]}), 422, "invalid_mission", "/uavs/0/speed_mps");
    let far = json!({"uavs": [{"speed_mps": 9, "start": {"lon": -172.0, "lat": -50.0}}]});
    add("UAV far away", "mission", far, 422, "invalid_mission", "/uavs/0/start");
    add("of an ended mission", "ended", json!({"strategy": {"name": "ugv_only"}}), 409, "mission_ended", "-");
    for rest in ["pause", "resume"] {
        let path = format!("/v1/missions/{{ended}}/{rest}");
        cases.push(Case::new(format!("{rest} an ended mission"), Method::POST, path).is(409, "mission_ended", "-"));
    }
    cases
}
