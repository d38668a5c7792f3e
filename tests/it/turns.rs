//! Turn restrictions of a map over HTTP: what is planned on it, and what its logs say elsewhere.

use outrider::app::replay::replay;
use outrider::planning::strategy::Strategies;
use reqwest::Method;
use serde_json::{Value, json};

use crate::service::{Answer, Service, report};

/// A crossing, 5, of four streets. Who comes from 3 must not turn right there, to 2.
const CROSSING: &str = r#"<?xml version="1.0"?>
<osm version="0.6">
 <node id="1" lat="50.001" lon="8.000"/><node id="2" lat="50.001" lon="8.004"/><node id="3" lat="50.000" lon="8.002"/>
 <node id="4" lat="50.002" lon="8.002"/><node id="5" lat="50.001" lon="8.002"/>
 <way id="10"><nd ref="3"/><nd ref="5"/><tag k="highway" v="residential"/></way>
 <way id="11"><nd ref="5"/><nd ref="4"/><tag k="highway" v="residential"/></way>
 <way id="12"><nd ref="1"/><nd ref="5"/><tag k="highway" v="residential"/></way>
 <way id="13"><nd ref="5"/><nd ref="2"/><tag k="highway" v="residential"/></way>
 <relation id="20"><member type="way" ref="10" role="from"/><member type="node" ref="5" role="via"/>
  <member type="way" ref="13" role="to"/><tag k="type" v="restriction"/><tag k="restriction" v="no_right_turn"/></relation>
</osm>"#;

async fn import(service: &Service, profile: &str) -> Value {
    let request = service.request(Method::POST, &format!("/v1/networks?name={profile}&profile={profile}"));
    let sent = request.header("content-type", "application/vnd.openstreetmap.data+xml").body(CROSSING).send().await;
    Answer::read(sent.unwrap()).await.expect(201)
}

fn mission(network: &Value, strategy: &str) -> Value {
    json!({
        "network_id": network["id"], "start": {"node": "3"}, "goal": {"node": "2"}, "ugv": {"speed_mps": 10},
        "uavs": [{"speed_mps": 20}], "strategy": {"name": strategy}
    })
}

/// The segments of the route.
fn streets(plan: &Value) -> Vec<u64> {
    let legs = plan["route"]["legs"].as_array().unwrap_or_else(|| panic!("no route: {plan}"));
    legs.iter().map(|leg| leg["segment"].as_u64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forbidden_turn_is_in_no_plan_and_an_exported_log_says_so_too() {
    let service = Service::start().await;
    let network = import(&service, "car").await;
    let told = &network["import_summary"]["roads"]["turn_restrictions"];
    assert_eq!(
        (&told["read"], &told["applied"], &told["turns_forbidden"]),
        (&json!(1), &json!(1), &json!(1)),
        "{network}"
    );
    for strategy in Strategies::built_in().iter().map(|strategy| strategy.name()) {
        let created = service.create_mission(&mission(&network, strategy)).await;
        let id = created["id"].as_str().unwrap();
        let plan = service.plan_after(id, 1).await;
        let first = streets(&plan);
        assert_eq!(first.len(), 4, "{strategy}: up to another end, and back to turn left or go straight on: {first:?}");
        assert_eq!((first[1], first[0] != first[3]), (first[2], true), "{strategy}: {first:?}");
        let blocked = report(first[1] + 1, first[1], "blocked", 1);
        let seq =
            service.post(&format!("/v1/missions/{id}/reports"), &blocked).await.expect(202)["seq"].as_u64().unwrap();
        let second = streets(&service.plan_after(id, seq).await);
        assert_eq!((second.len(), second[1] == first[1]), (4, false), "{strategy}: by the other end: {second:?}");
        let log = service.get(&format!("/v1/missions/{id}/log/export")).await.text;
        assert!(replay(log.as_bytes(), &Strategies::built_in(), |_| {}).unwrap().plans >= 2, "{strategy}");
        let forecast = service.get(&format!("/v1/missions/{id}/forecast")).await.expect(200);
        assert!(forecast["reach_probability"].as_f64() > Some(0.0), "{strategy}: {forecast}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vehicle_that_no_restriction_binds_turns_there() {
    let service = Service::start().await;
    let network = import(&service, "ugv").await;
    assert_eq!(network["import_summary"]["roads"]["turn_restrictions"]["not_for_vehicle"], 1, "{network}");
    let created = service.create_mission(&mission(&network, "shortest_path")).await;
    assert_eq!(streets(&service.plan_after(created["id"].as_str().unwrap(), 1).await).len(), 2);
}
