//! Open and closed: who may come in before there is a key, and from when on one is needed.

use std::process::{Command, Output};

use outrider::app::{AccessOptions, AppOptions};
use outrider::domain::access::Role;
use serde_json::{Value, json};

use super::{key_of, make, mission_of};
use crate::cluster::{self, TestDatabase};
use crate::service::{SOON, Service, Setup};
use crate::stream::EventStream;

fn outrider(database: &TestDatabase, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_outrider"))
        .args(arguments)
        .env("OUTRIDER_DATABASE_URL", database.url())
        .env("OUTRIDER_LOG", "warn")
        .output()
        .unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_service_closes_when_the_first_key_is_made_and_stays_closed() {
    let service = Service::start().await;
    let anybody = service.get("/v1/session").await.expect(200);
    assert_eq!(
        (&anybody["kind"], &anybody["role"], &anybody["tenant"]),
        (&json!("anonymous"), &json!("admin"), &json!("default"))
    );
    let (_, mission) = mission_of(&service, "town").await;
    let mut stream = EventStream::open(&service, &mission, None).await;
    assert_eq!(stream.next().await.unwrap().name, "snapshot");

    let made = outrider(service.database(), &["keys", "create", "--name", "first", "--role", "admin", "--json"]);
    assert!(made.status.success(), "{}", said(&made));
    let made: Value = serde_json::from_slice(&made.stdout).unwrap();
    tokio::time::timeout(SOON, stream.end()).await.expect("streams of the open service end");
    assert_eq!(service.get("/v1/missions").await.status, 401);
    let admin = service.with_key(made["secret"].as_str().unwrap());
    assert_eq!(admin.get(&format!("/v1/missions/{mission}")).await.expect(200)["id"], *mission);

    let id = made["id"].as_str().unwrap();
    let listed = said(&outrider(service.database(), &["keys", "list"]));
    assert!(listed.contains(id) && listed.contains("admin") && listed.contains("valid"), "{listed}");
    let revoked = outrider(service.database(), &["keys", "revoke", id]);
    assert!(revoked.status.success(), "{}", said(&revoked));
    let closing = async {
        while admin.get("/v1/session").await.status != 401 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(SOON, closing).await.expect("the revoked key opens nothing");
    assert_eq!(service.get("/v1/session").await.status, 401, "losing the last key opens nothing");
    let listed: Value =
        serde_json::from_slice(&outrider(service.database(), &["keys", "list", "--json"]).stdout).unwrap();
    assert!(listed["keys"][0]["revoked_at"].is_string(), "{listed}");
    let unknown = outrider(service.database(), &["keys", "revoke", "01938a6e-0000-7000-8000-000000000001"]);
    assert!(!unknown.status.success() && said(&unknown).contains("there is no key"), "{}", said(&unknown));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_without_a_key_listens_on_this_machine_only_unless_told_otherwise() {
    let database = cluster::database().await;
    let refused = outrider(&database, &["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(refused.status.code(), Some(1), "{}", said(&refused));
    for way in ["outrider keys create", "--oidc-issuer", "127.0.0.1", "--open"] {
        assert!(said(&refused).contains(way), "{way}: {}", said(&refused));
    }
    // Where the database was away at the start, nobody comes in either until there is a key.
    let access = AccessOptions { may_be_open: false, ..AccessOptions::default() };
    let setup = Setup { app: AppOptions { access, ..AppOptions::default() }, ..Setup::default() };
    let service = Service::over(database, setup).await;
    assert_eq!(service.get("/v1/missions").await.status, 401);
    assert_eq!(service.get("/healthz").await.status, 200);
    let key = make(service.app(), key_of(Role::Viewer)).await;
    service.with_key(&key).get("/v1/missions").await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_process_itself_comes_in_without_a_key_that_others_could_have() {
    let service = Service::start().await;
    let admin = service.with_key(&make(service.app(), key_of(Role::Admin)).await);
    let internal = service.app().internal_key(Role::Operator).unwrap();
    let demo = service.with_key(internal.reveal());
    assert_eq!(demo.get("/v1/session").await.expect(200)["role"], "operator");
    assert_eq!(demo.get("/v1/keys").await.status, 403);
    let keys = admin.get("/v1/keys").await.expect(200);
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1, "it is not stored");
    let other = Service::on(service.database().connect_options(), Setup::default()).await;
    assert_eq!(other.with_key(internal.reveal()).get("/v1/session").await.status, 401);
}

#[test]
fn the_help_of_keys_teaches_how_to_use_them() {
    let help = Command::new(env!("CARGO_BIN_EXE_outrider")).args(["keys", "--help"]).output().unwrap();
    for words in ["create", "list", "revoke", "viewer", "vehicle", "operator", "admin", "Authorization: Bearer"] {
        assert!(said(&help).contains(words), "{words}: {}", said(&help));
    }
}
