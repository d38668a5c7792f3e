//! Tenants see nothing of each other.

use outrider::app::KeyRequest;
use outrider::domain::access::Role;
use reqwest::Method;
use serde_json::{Value, json};

use super::{closed, key_of, make, mission_of};
use crate::service::{Answer, across, square};

/// The answer without what is of the one request: its id, and the ids that it names.
fn bare(answer: &Answer, ids: &[&str]) -> Value {
    let mut text = answer.text.clone();
    for id in ids {
        text = text.replace(id, "ID");
    }
    let mut value: Value = serde_json::from_str(&text).unwrap();
    value["request_id"] = json!("-");
    value
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_names_and_idempotency_keys_are_of_one_tenant() {
    let (service, ours) = closed().await;
    let other = KeyRequest { tenant: "other".parse().unwrap(), ..key_of(Role::Operator) };
    let theirs = service.with_key(&make(service.app(), other).await);
    let (our_network, our_mission) = mission_of(&ours, "town").await;
    // The same name, as nobody knows of the other.
    let (their_network, their_mission) = mission_of(&theirs, "town").await;
    for (client, network, mission) in [(&ours, &our_network, &our_mission), (&theirs, &their_network, &their_mission)] {
        let networks = client.get("/v1/networks").await.expect(200);
        assert_eq!(networks["networks"].as_array().unwrap().len(), 1);
        assert_eq!(networks["networks"][0]["id"], **network);
        let missions = client.get("/v1/missions").await.expect(200);
        assert_eq!(missions["missions"].as_array().unwrap().len(), 1);
        assert_eq!(missions["missions"][0]["id"], **mission);
    }
    let foreign = theirs.get(&format!("/v1/missions?network_id={our_network}")).await.expect(200);
    assert_eq!(foreign["missions"], json!([]));
    let create = |client: &crate::service::Client, network: &str| {
        client.request(Method::POST, "/v1/missions").header("idempotency-key", "monday").json(&across(network))
    };
    let first = Answer::read(create(&ours, &our_network).send().await.unwrap()).await.expect(201);
    let second = Answer::read(create(&theirs, &their_network).send().await.unwrap()).await.expect(201);
    assert_ne!(first["id"], second["id"]);
    let again = Answer::read(create(&ours, &our_network).send().await.unwrap()).await;
    assert_eq!(again.expect(201)["id"], first["id"]);
    // Keys, too.
    assert_eq!(theirs.get("/v1/keys").await.status, 403);
    let keys = ours.get("/v1/keys").await.expect(200);
    assert!(keys["keys"].as_array().unwrap().iter().all(|key| key["tenant"] == "default"), "{keys}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_another_tenant_has_is_answered_exactly_as_what_nobody_has() {
    let (service, ours) = closed().await;
    let (network, mission) = mission_of(&ours, "town").await;
    let other = KeyRequest { tenant: "other".parse().unwrap(), ..key_of(Role::Admin) };
    let theirs = service.with_key(&make(service.app(), other).await);
    let unknown = "01938a6e-0000-7000-8000-00000000abcd";
    let ids = [mission.as_str(), network.as_str(), unknown];
    for (method, path) in [
        (Method::GET, "/v1/missions/ID"),
        (Method::GET, "/v1/missions/ID/events"),
        (Method::GET, "/v1/missions/ID/log"),
        (Method::GET, "/v1/missions/ID/log/export"),
        (Method::GET, "/v1/events?mission_id=ID"),
        (Method::POST, "/v1/missions/ID/cancel"),
        (Method::POST, "/v1/missions/ID/reports"),
        (Method::GET, "/v1/networks/ID"),
        (Method::GET, "/v1/networks/ID/geojson"),
        (Method::DELETE, "/v1/networks/ID"),
    ] {
        let real = if path.contains("networks") { &network } else { &mission };
        let ask = |id: &str| theirs.request(method.clone(), &path.replace("ID", id)).json(&json!({})).send();
        let (there, nowhere) =
            (Answer::read(ask(real).await.unwrap()).await, Answer::read(ask(unknown).await.unwrap()).await);
        assert_eq!(there.status, 404, "{method} {path}: {there:?}");
        assert_eq!(bare(&there, &ids), bare(&nowhere, &ids), "{method} {path}");
        let names = |answer: &Answer| answer.headers.keys().map(|name| name.to_string()).collect::<Vec<_>>();
        assert_eq!(names(&there), names(&nowhere), "{method} {path}");
    }
    let foreign = theirs.post("/v1/missions", &across(&network)).await;
    let nowhere = theirs.post("/v1/missions", &across(unknown)).await;
    assert_eq!(foreign.expect(422)["code"], "unknown_network");
    assert_eq!(bare(&foreign, &ids), bare(&nowhere, &ids));
    // Nothing of all this has touched it.
    assert_eq!(ours.get(&format!("/v1/missions/{mission}")).await.expect(200)["status"], "active");
    // One foreign mission closes the joint stream to all of them.
    let own = theirs.import_geojson("own", &square()).await;
    let own = theirs.create_mission(&across(&own)).await["id"].as_str().unwrap().to_owned();
    assert_eq!(theirs.get(&format!("/v1/events?mission_id={own}&mission_id={mission}")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_log_names_the_key_and_shows_ones_own_tenant_only() {
    let (service, ours) = closed().await;
    let other = KeyRequest { tenant: "other".parse().unwrap(), ..key_of(Role::Admin) };
    let theirs = service.with_key(&make(service.app(), other).await);
    mission_of(&ours, "town").await;
    mission_of(&theirs, "village").await;
    for (client, tenant, name) in [(&ours, "default", "town"), (&theirs, "other", "village")] {
        let id = client.get("/v1/session").await.expect(200)["key_id"].as_str().unwrap().to_owned();
        let log = client.get("/v1/audit").await.expect(200);
        let entries = log["entries"].as_array().unwrap();
        assert!(entries.iter().all(|entry| entry["tenant"] == tenant), "{log}");
        let network = entries.iter().find(|entry| entry["action"] == "network.created").unwrap();
        assert_eq!((&network["principal"], &network["detail"]["name"]), (&json!(format!("key:{id}")), &json!(name)));
        let made = entries.iter().find(|entry| entry["action"] == "key.created").unwrap();
        assert_eq!(made["object"], format!("key/{id}"));
        let foreign = client.get("/v1/audit?tenant=somebody").await.expect(200);
        assert_eq!(foreign["entries"], json!([]));
    }
}
