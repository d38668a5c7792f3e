//! Paths, methods, queries and headers.

use reqwest::Method;
use serde_json::json;

use super::{Case, World};
use crate::service::{across, report};

pub(super) fn cases(world: &World) -> Vec<Case> {
    let mut cases = Vec::new();
    // Every route with an id in its path.
    let patch = json!({ "goal": { "segment": 0, "offset_m": 1 } });
    let goals = json!({ "goals": [{ "at": { "segment": 0, "offset_m": 1 } }] });
    let closure = json!({ "action": "close", "segments": [0], "reason": "flood" });
    let position = json!({ "vehicle": "ugv", "observed_at": "2026-05-04T09:30:00Z", "segment": 0, "offset_m": 1 });
    for (method, rest, body) in [
        (Method::GET, "", None),
        (Method::PATCH, "", Some(patch)),
        (Method::POST, "/pause", None),
        (Method::POST, "/resume", None),
        (Method::POST, "/cancel", None),
        (Method::POST, "/reports", Some(report(1, 0, "clear", 1))),
        (Method::POST, "/closures", Some(closure)),
        (Method::POST, "/positions", Some(position)),
        (Method::GET, "/positions", None),
        (Method::GET, "/knowledge", None),
        (Method::GET, "/plan", None),
        (Method::GET, "/plan/instructions", None),
        (Method::GET, "/forecast", None),
        (Method::GET, "/alternatives", None),
        (Method::GET, "/reachability?within_s=60", None),
        (Method::POST, "/nearest-goals", Some(goals)),
        (Method::GET, "/events", None),
        (Method::GET, "/log", None),
        (Method::GET, "/log/export", None),
    ] {
        let request = |name: &str, id: &str| {
            let case =
                Case::new(format!("{name}: {method} {rest}"), method.clone(), format!("/v1/missions/{id}{rest}"));
            body.as_ref().map_or(Case::new(&case.name, method.clone(), &case.path), |body| case.json(body.to_string()))
        };
        cases.push(request("no uuid", "7").is(400, "malformed_path", "mission_id"));
        cases.push(request("no such mission", &world.network).is(404, "no_such_mission", "-"));
    }
    for (method, rest) in
        [(Method::GET, ""), (Method::DELETE, ""), (Method::GET, "/geojson"), (Method::GET, "/nearest?lon=8&lat=50")]
    {
        let request = |name: &str, id: &str| {
            Case::new(format!("{name}: {method} {rest}"), method.clone(), format!("/v1/networks/{id}{rest}"))
        };
        cases.push(request("no uuid", "x'%20OR%201=1").is(400, "malformed_path", "network_id"));
        cases.push(request("bad UTF-8", "%FF%FE").is(400, "malformed_path", "network_id"));
        cases.push(request("no such network", &world.mission).is(404, "no_such_network", "-"));
    }
    for path in ["/v1", "/v1/missions/", "/v1/../etc/passwd", "/v1/missions/{mission}/plans", "/docs/nothing.js"] {
        cases.push(Case::get(format!("unknown route {path}"), path).is(404, "no_such_route", "-"));
    }
    cases.push(Case::get("unknown file", "/assets/nothing.js").is(404, "no_such_file", "-"));
    cases.push(Case::get("a file outside", "/assets/..%2f..%2fCargo.toml").is(404, "no_such_file", "-"));
    cases.push(Case::get("a file name in bad UTF-8", "/assets/%FF").is(400, "malformed_path", "path"));
    for (method, path) in [
        (Method::PUT, "/v1/missions"),
        (Method::DELETE, "/v1/missions/{mission}"),
        (Method::GET, "/v1/missions/{mission}/reports"),
        (Method::PATCH, "/v1/networks/{network}"),
        (Method::POST, "/v1/missions/{mission}/plan"),
        (Method::POST, "/v1/missions/{mission}/forecast"),
        (Method::POST, "/v1/missions/{mission}/alternatives"),
        (Method::GET, "/v1/missions/{mission}/nearest-goals"),
        (Method::OPTIONS, "/v1/strategies"),
        (Method::POST, "/healthz"),
        (Method::POST, "/openapi.json"),
        (Method::from_bytes(b"PROPFIND").unwrap(), "/v1/missions"),
    ] {
        let case = Case::new(format!("wrong method {method} {path}"), method, path);
        cases.push(case.is(405, "method_not_allowed", "-"));
    }

    let query = |path: &str, status, code, pointer: &str| Case::get(path, path).is(status, code, pointer);
    let list = "/v1/missions";
    let (log, events) = ("/v1/missions/{mission}/log", "/v1/missions/{mission}/events");
    let forecast = "/v1/missions/{mission}/forecast";
    let alternatives = "/v1/missions/{mission}/alternatives";
    let (reachability, instructions) =
        ("/v1/missions/{mission}/reachability", "/v1/missions/{mission}/plan/instructions");
    let (nearest, box_of) = ("/v1/networks/{network}/nearest", "/v1/networks/{network}/geojson");
    cases.extend([
        query(&format!("{list}?limit=0"), 422, "invalid_query", "limit"),
        query(&format!("{list}?limit=1000000000"), 422, "invalid_query", "limit"),
        query(&format!("{list}?limit=-1"), 400, "malformed_query", "limit"),
        query(&format!("{list}?limit=99999999999999999999"), 400, "malformed_query", "limit"),
        query(&format!("{list}?limit=1&limit=2"), 400, "malformed_query", ""),
        query(&format!("{list}?cursor=garbage"), 400, "malformed_query", "cursor"),
        query(&format!("{list}?status=sunk"), 400, "malformed_query", "status"),
        query(&format!("{list}?network_id=%27;DROP%20TABLE%20missions"), 400, "malformed_query", "network_id"),
        query(&format!("{list}?colour=red"), 400, "malformed_query", "colour"),
        query(&format!("{log}?after=-1"), 400, "malformed_query", "after"),
        query(&format!("{log}?after=9223372036854775808"), 422, "invalid_query", "after"),
        query(&format!("{events}?after=9223372036854775808"), 422, "invalid_query", "after"),
        query(&format!("{log}?limit=0"), 422, "invalid_query", "limit"),
        query(&format!("{log}?limit=1001"), 422, "invalid_query", "limit"),
        query(&format!("{events}?after=garbage"), 400, "malformed_query", "after"),
        query(&format!("{events}?after=1e3"), 400, "malformed_query", "after"),
        query(&format!("{events}?since=1"), 400, "malformed_query", "since"),
        query("/v1/missions/{mission}/plan?format=pdf", 400, "malformed_query", "format"),
        query(&format!("{forecast}?worlds=0"), 422, "invalid_query", "worlds"),
        query(&format!("{forecast}?worlds=1001"), 422, "invalid_query", "worlds"),
        query(&format!("{forecast}?worlds=-1"), 400, "malformed_query", "worlds"),
        query(&format!("{forecast}?worlds=many"), 400, "malformed_query", "worlds"),
        query(&format!("{forecast}?worlds=99999999999999999999"), 400, "malformed_query", "worlds"),
        query(&format!("{forecast}?critical=51"), 422, "invalid_query", "critical"),
        query(&format!("{forecast}?critical=1.5"), 400, "malformed_query", "critical"),
        query(&format!("{forecast}?seed=1"), 400, "malformed_query", "seed"),
        query("/v1/missions/{ended}/forecast", 409, "mission_ended", "-"),
        query(&format!("{alternatives}?k=0"), 422, "invalid_query", "k"),
        query(&format!("{alternatives}?k=9"), 422, "invalid_query", "k"),
        query(&format!("{alternatives}?k=-1"), 400, "malformed_query", "k"),
        query(&format!("{alternatives}?max_stretch=0.9"), 422, "invalid_query", "max_stretch"),
        query(&format!("{alternatives}?max_stretch=NaN"), 422, "invalid_query", "max_stretch"),
        query(&format!("{alternatives}?max_stretch=1e999"), 422, "invalid_query", "max_stretch"),
        query(&format!("{alternatives}?max_sharing=1.1"), 422, "invalid_query", "max_sharing"),
        query(&format!("{alternatives}?count=3"), 400, "malformed_query", "count"),
        query("/v1/missions/{ended}/alternatives", 409, "mission_ended", "-"),
        query(reachability, 400, "malformed_query", ""),
        query(&format!("{reachability}?within_s="), 400, "malformed_query", "within_s"),
        query(&format!("{reachability}?within_s=60,soon"), 400, "malformed_query", "within_s"),
        query(&format!("{reachability}?within_s=0"), 422, "invalid_query", "within_s"),
        query(&format!("{reachability}?within_s=86401"), 422, "invalid_query", "within_s"),
        query(&format!("{reachability}?within_s=NaN"), 422, "invalid_query", "within_s"),
        query(&format!("{reachability}?within_s=1e999"), 422, "invalid_query", "within_s"),
        query(&format!("{reachability}?within_s=60,60"), 422, "invalid_query", "within_s"),
        query(&format!("{reachability}?within_s=1,2,3,4,5,6,7,8,9"), 422, "invalid_query", "within_s"),
        query(&format!("{reachability}?within_s=60&unknown=perhaps"), 400, "malformed_query", "unknown"),
        query(&format!("{reachability}?within_s=60&areas=1"), 400, "malformed_query", "areas"),
        query("/v1/missions/{ended}/reachability?within_s=60", 409, "mission_ended", "-"),
        query(&format!("{instructions}?part=half"), 400, "malformed_query", "part"),
        query(nearest, 400, "malformed_query", ""),
        query(&format!("{nearest}?lon=8&lat=ninety"), 400, "malformed_query", "lat"),
        query(&format!("{nearest}?lon=8&lat=91"), 422, "invalid_query", "lat"),
        query(&format!("{nearest}?lon=NaN&lat=50"), 422, "invalid_query", "lon"),
        query(&format!("{nearest}?lon=inf&lat=50"), 422, "invalid_query", "lon"),
        query(&format!("{nearest}?lon=8&lat=50&heading_deg=400"), 422, "invalid_query", "heading_deg"),
        query(&format!("{nearest}?lon=8&lat=50&limit_m=-1"), 422, "invalid_query", "limit_m"),
        query(&format!("{nearest}?lon=8&lat=50&limit_m=1e999"), 422, "invalid_query", "limit_m"),
        query(&format!("{nearest}?lon=8&lat=50&count=0"), 422, "invalid_query", "count"),
        query(&format!("{nearest}?lon=8&lat=50&count=51"), 422, "invalid_query", "count"),
        query(&format!("{nearest}?lon=8&lat=50&count=-1"), 400, "malformed_query", "count"),
        query(
            &format!("{nearest}?lon=8&lat=50&heading_tolerance_deg=20"),
            422,
            "invalid_query",
            "heading_tolerance_deg",
        ),
        query(
            &format!("{nearest}?lon=8&lat=50&heading_deg=5&heading_tolerance_deg=181"),
            422,
            "invalid_query",
            "heading_tolerance_deg",
        ),
        query(&format!("{nearest}?lon=9&lat=51"), 422, "off_network", "lon"),
        query(&format!("{nearest}?lon=-172&lat=-50"), 422, "off_network", "lon"),
        query(&format!("{box_of}?bbox=1,2,3"), 400, "malformed_query", "bbox"),
        query(&format!("{box_of}?bbox=9,50,8,51"), 422, "invalid_query", "bbox"),
        query(&format!("{box_of}?bbox=8,50,NaN,51"), 422, "invalid_query", "bbox"),
        query(&format!("{box_of}?box=8,50,9,51"), 400, "malformed_query", "box"),
    ]);

    // Streams of several missions.
    let (this, other) = ("mission_id={mission}", "mission_id={ended}");
    let many: Vec<String> = (0..65).map(|n| format!("mission_id=01938a6e-0000-7000-8000-{n:012x}")).collect();
    cases.extend([
        query("/v1/events", 422, "invalid_query", "mission_id"),
        query("/v1/events?mission_id=", 400, "malformed_query", "mission_id"),
        query("/v1/events?mission_id=7", 400, "malformed_query", "mission_id"),
        query(&format!("/v1/events?{this}&{other}&{this}"), 422, "invalid_query", "mission_id"),
        query(&format!("/v1/events?{}", many.join("&")), 422, "invalid_query", "mission_id"),
        query("/v1/events?mission_id={network}", 404, "no_such_mission", "-"),
        query(&format!("/v1/events?{this}&mission_id={{network}}"), 404, "no_such_mission", "-"),
        query(&format!("/v1/events?{this}&{other}&after=1"), 400, "malformed_query", "after"),
        query(&format!("/v1/events?{this}&{other}&after=1.2.3"), 400, "malformed_query", "after"),
        query(&format!("/v1/events?{this}&{other}&after=1.-2"), 400, "malformed_query", "after"),
        query(&format!("/v1/events?{this}&after=1&after=1"), 400, "malformed_query", "after"),
        query(&format!("/v1/events?{this}&since=1"), 400, "malformed_query", "since"),
        query("/v1/events?mission_id=%FF", 400, "malformed_query", ""),
    ]);
    for id in ["garbage", "1", "1.2.3", "1.x", "1.2.", "1.99999999999999999999"] {
        let path = format!("/v1/events?{this}&{other}");
        let case = Case::get(format!("Last-Event-ID {id} for two missions"), path).header("last-event-id", id);
        cases.push(case.is(400, "malformed_header", "Last-Event-ID"));
    }
    for id in ["garbage", "-1", "1.5", "99999999999999999999", "0x10"] {
        let case = Case::get(format!("Last-Event-ID {id}"), events).header("last-event-id", id);
        cases.push(case.is(400, "malformed_header", "Last-Event-ID"));
    }
    for tag in ["3", "\"x\"", "\"1\", \"2\"", "", "\"-1\"", "\"99999999999999999999\""] {
        let case = Case::new(format!("If-Match {tag}"), Method::PATCH, "/v1/missions/{mission}").json("{}");
        cases.push(case.header("if-match", tag).is(400, "malformed_header", "If-Match"));
    }
    for (method, rest) in [(Method::PATCH, ""), (Method::POST, "/pause"), (Method::POST, "/cancel")] {
        let case =
            Case::new(format!("stale If-Match {method} {rest}"), method, format!("/v1/missions/{{mission}}{rest}"));
        cases.push(case.json("{}").header("if-match", "\"77\"").is(412, "version_mismatch", "-"));
    }
    for (name, key) in [("empty", String::new()), ("too long", "k".repeat(256))] {
        let case = Case::post(format!("{name} Idempotency-Key"), list, &across(&world.network));
        cases.push(case.header("idempotency-key", key).is(400, "malformed_header", "Idempotency-Key"));
    }
    for accept in ["text/html", "image/*", "application/json;q=0", "application/json;q=0.0, application/xml"] {
        let case = Case::get(format!("Accept {accept}"), "/v1/missions/{mission}/plan").header("accept", accept);
        cases.push(case.is(406, "not_acceptable", "Accept"));
    }
    cases
}
