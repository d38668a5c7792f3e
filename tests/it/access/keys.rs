//! Keys: made once, revoked at once, everywhere.

use std::time::Duration;

use outrider::app::{AccessOptions, AppOptions, clock};
use outrider::domain::access::{Role, Secret};
use outrider::store::Store;
use reqwest::Method;
use serde_json::json;

use super::{closed, key_of, make, mission_of};
use crate::cluster;
use crate::service::{Answer, SOON, Service, Setup};
use crate::stream::EventStream;

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_shown_once_and_only_its_hash_is_kept() {
    let (service, admin) = closed().await;
    let body = json!({ "name": "control room", "role": "operator", "expires_at": "2999-01-01T00:00:00Z" });
    let made = admin.post("/v1/keys", &body).await;
    let view = made.expect(201);
    let secret = view["secret"].as_str().unwrap();
    assert_eq!(made.header("location"), format!("/v1/keys/{}", view["id"].as_str().unwrap()));
    assert_eq!((&view["role"], &view["tenant"]), (&json!("operator"), &json!("default")));
    let whoami = service.with_key(secret).get("/v1/session").await.expect(200);
    assert_eq!(
        (&whoami["role"], &whoami["kind"], &whoami["name"]),
        (&json!("operator"), &json!("key"), &json!("control room"))
    );
    let list = admin.get("/v1/keys").await;
    assert!(!list.text.contains("secret") && !list.text.contains(secret), "{}", list.text);
    let pool = service.database().pool().await;
    let kept: Vec<String> = sqlx::query_scalar("SELECT api_keys::text FROM api_keys").fetch_all(&pool).await.unwrap();
    let hidden = secret.rsplit_once('_').unwrap().1;
    assert!(kept.iter().all(|row| !row.contains(hidden)), "{kept:?}");

    for (body, pointer) in [
        (json!({ "name": "", "role": "viewer" }), "/name"),
        (json!({ "name": "x", "role": "vehicle" }), "/mission_id"),
        (json!({ "name": "x", "role": "viewer", "vehicle": "ugv" }), "/vehicle"),
        (json!({ "name": "x", "role": "viewer", "expires_at": "2001-01-01T00:00:00Z" }), "/expires_at"),
        (json!({ "name": "x", "role": "king" }), "/role"),
        (
            json!({ "name": "x", "role": "vehicle", "vehicle": "operator",
                 "mission_id": "01938a6e-0000-7000-8000-000000000001" }),
            "/vehicle",
        ),
        (
            json!({ "name": "x", "role": "vehicle", "vehicle": "ugv",
                 "mission_id": "01938a6e-0000-7000-8000-000000000001" }),
            "/mission_id",
        ),
    ] {
        let refused = admin.post("/v1/keys", &body).await.expect(422);
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{body}");
    }
    let unknown = admin.request(Method::DELETE, "/v1/keys/01938a6e-0000-7000-8000-000000000001").send().await.unwrap();
    assert_eq!(Answer::read(unknown).await.expect(404)["code"], "no_such_key");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_opens_nothing_is_refused_with_the_reason() {
    let (service, _) = closed().await;
    let stranger = Secret::new(outrider::domain::access::KeyId(clock::new_uuid()), [3; 32]);
    let mut typo = stranger.reveal().to_owned();
    typo.replace_range(60..61, if &typo[60..61] == "a" { "b" } else { "a" });
    for (key, reason) in [
        (stranger.reveal(), "no such key"),
        (typo.as_str(), "copied wrongly"),
        ("outrider_x", "expected outrider_"),
        ("x.y.z", "no identity provider"),
    ] {
        let refused = service.with_key(key).get("/v1/missions").await;
        assert!(refused.expect(401)["detail"].as_str().unwrap().contains(reason), "{refused:?}");
        assert!(refused.header("www-authenticate").contains("error=\"invalid_token\""), "{refused:?}");
    }
    let none = service.get("/v1/missions").await;
    assert_eq!(none.expect(401)["code"], "unauthenticated");
    assert_eq!(none.header("www-authenticate"), "Bearer realm=\"outrider\"");
}

/// Told by the replica that revokes it, and found out where nobody told.
#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_opens_nothing_on_any_replica_and_its_streams_end() {
    let database = cluster::database().await;
    let (one, two) = (
        Service::on(database.connect_options(), Setup::default()).await,
        Service::on(database.connect_options(), Setup::default()).await,
    );
    let admin = one.with_key(&make(one.app(), key_of(Role::Admin)).await);
    let (_, mission) = mission_of(&admin, "town").await;
    for told in [true, false] {
        let key = make(one.app(), key_of(Role::Viewer)).await;
        let id = key.parse::<Secret>().unwrap().id();
        // Known at the other one without waiting for anything.
        two.with_key(&key).get("/v1/session").await.expect(200);
        let url = |service: &Service| format!("{}/v1/missions/{mission}/events", service.url);
        let mut here = EventStream::open_with(&one.with_key(&key).client, &url(&one), None).await;
        let mut there = EventStream::open_with(&two.with_key(&key).client, &url(&two), None).await;
        assert_eq!(
            (here.next().await.unwrap().name, there.next().await.unwrap().name),
            ("snapshot".into(), "snapshot".into())
        );
        if told {
            let path = format!("/v1/keys/{id}");
            assert_eq!(admin.request(Method::DELETE, &path).send().await.unwrap().status(), 204);
            // At once where it was revoked.
            assert_eq!(one.with_key(&key).get("/v1/session").await.status, 401);
        } else {
            let store = Store::new(database.connect_options(), 2);
            assert!(store.revoke_key(id, None, clock::now(), &[]).await.unwrap());
            store.close().await;
        }
        let begun = std::time::Instant::now();
        here.end().await;
        there.end().await;
        assert!(begun.elapsed() < SOON / 2, "{:?}", begun.elapsed());
        assert!(there.retry_ms.is_some_and(|ms| ms <= 500), "an orderly end: {:?}", there.retry_ms);
        for service in [&one, &two] {
            assert_eq!(service.with_key(&key).get("/v1/session").await.status, 401);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_looked_up_without_the_database_and_their_use_is_written_down_now_and_then() {
    let access = AccessOptions {
        write_every: Duration::from_millis(50),
        look_every: Duration::from_millis(50),
        ..AccessOptions::default()
    };
    let setup = Setup { app: AppOptions { access, ..AppOptions::default() }, ..Setup::default() };
    let service = Service::with(setup).await;
    let admin = service.with_key(&make(service.app(), key_of(Role::Admin)).await);
    admin.get("/v1/strategies").await.expect(200);
    let written = async {
        loop {
            let keys = admin.get("/v1/keys").await.expect(200);
            if keys["keys"][0]["last_used_at"].is_string() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, written).await.expect("the use written down in time");
    // The database is locked: whoever asked it would wait.
    let pool = service.database().pool().await;
    let mut locking = pool.begin().await.unwrap();
    sqlx::query("LOCK TABLE api_keys, sessions, access_changes IN ACCESS EXCLUSIVE MODE")
        .execute(&mut *locking)
        .await
        .unwrap();
    let asked = std::time::Instant::now();
    for _ in 0..50 {
        admin.get("/v1/strategies").await.expect(200);
    }
    assert!(asked.elapsed() < Duration::from_secs(3), "longer than the lock is waited for: {:?}", asked.elapsed());
    locking.rollback().await.unwrap();
}
