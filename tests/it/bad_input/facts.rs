//! Reports, closures, positions, and goals to choose from.

use reqwest::Method;
use serde_json::{Value, json};

use super::{Case, text_with, with, without};
use crate::service::report;

const REPORTS: &str = "/v1/missions/{mission}/reports";
const CLOSURES: &str = "/v1/missions/{mission}/closures";
const GOALS: &str = "/v1/missions/{mission}/nearest-goals";
const POSITIONS: &str = "/v1/missions/{mission}/positions";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = reports();
    cases.extend(closures());
    cases.extend(positions());
    cases.extend(goals());
    cases
}

/// Times that no event can have.
const NO_TIMES: [&str; 6] =
    ["", "yesterday", "2026-05-04", "0000-01-01T00:00:00Z", "99999-01-01T00:00:00Z", "2026-02-30T00:00:00Z"];

fn reports() -> Vec<Case> {
    let good = with(&report(9, 1, "blocked", 1), "/blockage_offset_m", json!(5));
    let mut cases = Vec::new();
    let mut add = |name: &str, body: Value, code, pointer: &str| {
        cases.push(Case::post(format!("report: {name}"), REPORTS, &body).is(422, code, pointer));
    };
    let (body, report_fault) = ("invalid_body", "invalid_report");
    let mut set = |pointer: &str, value: Value, code, at: &str| {
        add(&format!("{pointer} = {value}"), with(&good, pointer, value.clone()), code, at);
        // The same in a batch, after a good one: the pointer begins with the index, and the good one is not stored.
        let batch = json!([report(8, 0, "clear", 1), with(&good, pointer, value.clone())]);
        add(&format!("in a batch, {pointer} = {value}"), batch, code, &format!("/1{at}"));
    };
    set("/id", json!("7"), body, "/id");
    set("/id", json!("{01938a6e-0000-7000-8000-00000000000"), body, "/id");
    set("/segment", json!(7), report_fault, "/segment");
    set("/segment", json!(4_294_967_295_u32), report_fault, "/segment");
    set("/segment", json!(1.5), body, "/segment");
    set("/position", json!({"lon": 8.0, "lat": 50.0}), report_fault, "/segment");
    set("/heading_deg", json!(5), report_fault, "/heading_deg");
    set("/finding", json!("flooded"), body, "/finding");
    set("/finding", json!({"clear": null}), body, "/finding");
    set("/finding", json!("clear"), report_fault, "/blockage_offset_m");
    set("/blockage_offset_m", json!(1e6), report_fault, "/blockage_offset_m");
    set("/blockage_offset_m", json!(-1), report_fault, "/blockage_offset_m");
    set("/blockage_position", json!({"lon": 8.0, "lat": 50.0}), report_fault, "/blockage_offset_m");
    set("/blockage", json!({}), body, "/blockage");
    set("/blockage_offset_m", json!([5]), body, "/blockage_offset_m");
    for time in NO_TIMES {
        set("/observed_at", json!(time), body, "/observed_at");
    }
    set("/observed_at", json!(1_770_000_000), body, "/observed_at");
    set("/observed_at", json!("9999-12-31T23:59:59Z"), report_fault, "/observed_at");
    for reporter in ["uav-3", "UGV", "", "operators", "uav-1\u{0}", "'; DROP TABLE missions; --"] {
        set("/reported_by", json!(reporter), report_fault, "/reported_by");
    }
    for confidence in [0.0, -1.0, 2.0] {
        set("/confidence", json!(confidence), report_fault, "/confidence");
    }
    set("/confidence", json!("high"), body, "/confidence");
    set("/colour", json!("red"), body, "/colour");
    let unlocated = without(&good, "/blockage_offset_m");
    for at in [json!({"lon": 8.5, "lat": 50.0}), json!({"lon": 8.0, "lat": 91}), json!({"lon": -172.0, "lat": -50.0})] {
        let body = with(&unlocated, "/blockage_position", at.clone());
        add(&format!("blockage at {at}"), body, report_fault, "/blockage_position");
    }
    let by_position = with(
        &without(&without(&good, "/segment"), "/blockage_offset_m"),
        "/position",
        json!({"lon": 8.0, "lat": 50.0}),
    );
    add("neither segment nor position", without(&by_position, "/position"), report_fault, "/segment");
    add("position off the network", with(&by_position, "/position/lat", json!(49.0)), report_fault, "/position");
    add("latitude 91", with(&by_position, "/position/lat", json!(91)), report_fault, "/position");
    add("heading 400", with(&by_position, "/heading_deg", json!(400)), report_fault, "/heading_deg");
    add("position with an altitude", with(&by_position, "/position/alt", json!(5)), body, "/position/alt");
    for field in ["/id", "/finding", "/observed_at", "/reported_by"] {
        add(&format!("without {field}"), without(&good, field), body, "");
    }
    add("an empty batch", json!([]), report_fault, "");
    add("1,001 of them", json!(vec![report(8, 0, "clear", 1); 1_001]), report_fault, "");
    add("a batch in a batch", json!([[report(8, 0, "clear", 1)]]), body, "/0");
    add("a batch with a number", json!([report(8, 0, "clear", 1), 17]), body, "/1");
    let ended = Case::post("report to an ended mission", "/v1/missions/{ended}/reports", &report(8, 0, "clear", 1));
    cases.push(ended.is(409, "mission_ended", "-"));
    let not_a_number = Case::new("confidence NaN", Method::POST, REPORTS).json(text_with(&good, "/confidence", "NaN"));
    cases.push(not_a_number.is(400, "malformed_json", "/confidence"));
    cases
}

fn closures() -> Vec<Case> {
    let good = json!({ "action": "close", "segments": [0, 1], "reason": "flood", "decided_by": "ops" });
    let ring = json!([[7.99, 49.99], [8.02, 49.99], [8.02, 50.01], [7.99, 49.99]]);
    let area = with(&without(&good, "/segments"), "/area", json!({ "type": "Polygon", "coordinates": [ring] }));
    let reopening = with(&good, "/action", json!("reopen"));
    let mut cases = Vec::new();
    let mut add = |name: &str, body: Value, code, pointer: &str| {
        cases.push(Case::post(format!("closure: {name}"), CLOSURES, &body).is(422, code, pointer));
    };
    let (body, fault) = ("invalid_body", "invalid_closure");
    let mut set = |base: &Value, pointer: &str, value: Value, code, at: &str| {
        add(&format!("{pointer} = {value:.99}"), with(base, pointer, value), code, at);
    };
    set(&good, "/id", json!("none"), body, "/id");
    set(&good, "/action", json!("burn"), body, "/action");
    set(&good, "/action", json!({"close": null}), body, "/action");
    set(&good, "/segments", json!([]), fault, "/segments");
    set(&good, "/segments", json!([0, 7]), fault, "/segments/1");
    set(&good, "/segments", json!([0, -7]), body, "/segments/1");
    set(&good, "/segments", json!("0"), body, "/segments");
    let mut many: Vec<u32> = (0..20_000).map(|i| i % 7).collect();
    many[19_998] = 7;
    set(&good, "/segments", json!(many), fault, "/segments/19998");
    set(&good, "/segments", json!(vec![0; 100_001]), fault, "/segments");
    set(&good, "/reason", json!(""), fault, "/reason");
    set(&good, "/reason", json!("x".repeat(1_001)), fault, "/reason");
    set(&good, "/reason", json!("a\0"), fault, "/reason");
    set(&good, "/decided_by", json!(""), fault, "/decided_by");
    set(&good, "/decided_by", json!("a\0"), fault, "/decided_by");
    set(&good, "/decided_by", json!("x".repeat(201)), fault, "/decided_by");
    set(&good, "/expires_at", json!("2020-01-01T00:00:00Z"), fault, "/expires_at");
    for time in NO_TIMES {
        set(&good, "/expires_at", json!(time), body, "/expires_at");
    }
    set(&reopening, "/expires_at", json!("2099-01-01T00:00:00Z"), fault, "/expires_at");
    set(&good, "/area", area["area"].clone(), fault, "");
    set(&good, "/colour", json!("red"), body, "/colour");
    set(&area, "/area/type", json!("MultiPolygon"), body, "/area/type");
    set(&area, "/area/coordinates", json!([]), fault, "/area/coordinates");
    let ring = "/area/coordinates/0";
    set(&area, ring, json!([]), fault, ring);
    set(&area, ring, json!([[8.0, 50.0], [8.01, 50.0]]), fault, ring);
    set(&area, ring, json!([[8.0, 50.0], [8.01, 50.0], [8.01, 50.01], [8.0, 50.01]]), fault, ring);
    set(
        &area,
        ring,
        json!([[8.0, 50.0, 3.0, 0.0], [8.01, 50.0], [8.01, 50.01], [8.0, 50.0]]),
        body,
        "/area/coordinates/0/0",
    );
    set(&area, ring, json!([[8.0, 50.0], [8.01, 91.0], [8.01, 50.01], [8.0, 50.0]]), fault, "/area/coordinates/0/1");
    let bow_tie = json!([[7.99, 49.99], [8.02, 50.01], [8.02, 49.99], [7.99, 50.01], [7.99, 49.99]]);
    set(&area, ring, bow_tie, fault, ring);
    set(&area, ring, json!([[9.0, 51.0], [9.1, 51.0], [9.1, 51.1], [9.0, 51.0]]), fault, "/area");
    let whole_world = json!([[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]);
    set(&area, ring, whole_world, fault, "/area/coordinates/0/0");
    let corner = json!([8.0, 50.0]);
    set(&area, ring, json!(vec![corner.clone(); 20_000]), fault, "/area/coordinates");
    set(&area, "/area/coordinates", json!(vec![json!([]); 100_000]), fault, "/area/coordinates");
    add("neither segments nor area", without(&good, "/segments"), fault, "");
    add("without a reason", without(&good, "/reason"), body, "");
    add("without an action", without(&good, "/action"), body, "");
    add("a list of closures", json!([good]), body, "");
    let ended = Case::post("closure of an ended mission", "/v1/missions/{ended}/closures", &good);
    cases.push(ended.is(409, "mission_ended", "-"));
    cases
}

fn positions() -> Vec<Case> {
    let good =
        json!({ "vehicle": "ugv", "observed_at": "2026-05-04T09:30:00Z", "position": {"lon": 8.0, "lat": 50.0} });
    let scout = with(&good, "/vehicle", json!("uav-1"));
    let placed = with(&with(&without(&good, "/position"), "/segment", json!(1)), "/offset_m", json!(5));
    let mut cases = Vec::new();
    let mut add = |name: &str, body: Value, code, pointer: &str| {
        cases.push(Case::post(format!("position: {name}"), POSITIONS, &body).is(422, code, pointer));
    };
    let (body, fault) = ("invalid_body", "invalid_position");
    let mut set = |base: &Value, pointer: &str, value: Value, code, at: &str| {
        add(&format!("{pointer} = {value}"), with(base, pointer, value.clone()), code, at);
        let batch = json!([good, with(base, pointer, value.clone())]);
        add(&format!("in a batch, {pointer} = {value}"), batch, code, &format!("/1{at}"));
    };
    for vehicle in ["uav-3", "", "UGV", "a b", "uav-1\u{0}", "operator"] {
        set(&good, "/vehicle", json!(vehicle), fault, "/vehicle");
    }
    for time in NO_TIMES {
        set(&good, "/observed_at", json!(time), body, "/observed_at");
    }
    set(&good, "/observed_at", json!("9999-12-31T23:59:59Z"), fault, "/observed_at");
    set(&good, "/position", json!({"lon": 8.0, "lat": 50.1}), fault, "/position");
    set(&good, "/position", json!({"lon": 8.0, "lat": -91}), fault, "/position");
    set(&good, "/position", json!({"lon": -172.0, "lat": -50.0}), fault, "/position");
    set(&good, "/position", json!([8.0, 50.0]), body, "/position");
    set(&good, "/heading_deg", json!(400), fault, "/heading_deg");
    set(&good, "/segment", json!(1), fault, "/position");
    set(&good, "/inspecting", json!({"segment": 1, "direction": "forward"}), fault, "/inspecting");
    set(&placed, "/segment", json!(7), fault, "/segment");
    set(&placed, "/offset_m", json!(1e6), fault, "/offset_m");
    set(&placed, "/offset_m", json!(-1), fault, "/offset_m");
    set(&placed, "/heading_deg", json!(5), fault, "/heading_deg");
    set(&scout, "/inspecting", json!({"segment": 7, "direction": "forward"}), fault, "/inspecting/segment");
    set(&scout, "/inspecting", json!({"segment": 1, "direction": "up"}), body, "/inspecting/direction");
    set(&scout, "/inspecting", json!({"segment": 1}), body, "/inspecting");
    set(&scout, "/position", json!({"lon": -172.0, "lat": -50.0}), fault, "/position");
    set(&scout, "/colour", json!("red"), body, "/colour");
    add("UAV on a segment", with(&placed, "/vehicle", json!("uav-1")), fault, "/position");
    add("nowhere", without(&good, "/position"), fault, "/position");
    add("segment without offset", without(&placed, "/offset_m"), fault, "/position");
    add("an empty batch", json!([]), fault, "");
    add("201 of them", json!(vec![good.clone(); 201]), fault, "");
    let ended = Case::post("position in an ended mission", "/v1/missions/{ended}/positions", &good);
    cases.push(ended.is(409, "mission_ended", "-"));
    cases
}

fn goals() -> Vec<Case> {
    let good =
        json!({ "goals": [{ "name": "clinic", "at": { "node": "1" } }, { "at": { "segment": 0, "offset_m": 1.0 } }] });
    let mut cases = Vec::new();
    let (body, fault) = ("invalid_body", "invalid_goals");
    for (pointer, value, code, at) in [
        ("/goals", json!([]), fault, "/goals"),
        ("/goals", json!(vec![good["goals"][1].clone(); 101]), fault, "/goals"),
        ("/goals", json!({}), body, "/goals"),
        ("/goals/1", json!(7), body, "/goals/1"),
        ("/goals/0/name", json!(7), body, "/goals/0/name"),
        ("/goals/0/name", json!("x".repeat(201)), fault, "/goals/0/name"),
        ("/goals/0/at", json!({}), fault, "/goals/0/at"),
        ("/goals/0/at", json!(null), body, "/goals/0/at"),
        ("/goals/0/at/node", json!("no such node"), fault, "/goals/0/at/node"),
        ("/goals/1/at/segment", json!(7), fault, "/goals/1/at/segment"),
        ("/goals/1/at/offset_m", json!(1e9), fault, "/goals/1/at/offset_m"),
        ("/goals/1/at/offset_m", json!(-1), fault, "/goals/1/at/offset_m"),
        ("/goals/1/colour", json!("red"), body, "/goals/1/colour"),
    ] {
        let name = format!("goals: {pointer} = {value:.99}");
        cases.push(Case::post(name, GOALS, &with(&good, pointer, value)).is(422, code, at));
    }
    cases.push(Case::post("no goals", GOALS, &without(&good, "/goals")).is(422, body, ""));
    cases.push(Case::post("goals in a list", GOALS, &json!([good])).is(422, body, ""));
    cases.push(Case::post("goals of an ended mission", "/v1/missions/{ended}/nearest-goals", &good).is(
        409,
        "mission_ended",
        "-",
    ));
    cases
}
