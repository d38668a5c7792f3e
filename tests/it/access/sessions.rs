//! Logging in at the page: a cookie that stands for a key.

use std::time::Duration;

use outrider::api::ApiOptions;
use outrider::app::{AccessOptions, AppOptions};
use outrider::domain::access::Role;
use reqwest::Method;
use serde_json::json;

use super::{closed, key_of, make, mission_of};
use crate::service::{Answer, Client, Service, Setup, across};
use crate::stream::EventStream;

/// Logs in; what the cookie is, and the whole answer.
async fn log_in(client: &Client, key: &str, headers: &[(&str, &str)]) -> (String, Answer) {
    let mut request = client.request(Method::POST, "/v1/session").json(&json!({ "key": key }));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = Answer::read(request.send().await.unwrap()).await;
    (answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned(), answer)
}

/// A client that sends the cookie, as a browser does.
fn with_cookie(client: &Client, cookie: &str) -> Client {
    let headers = [("cookie".parse().unwrap(), cookie.parse().unwrap())].into_iter().collect();
    let builder = reqwest::Client::builder().no_proxy().default_headers(headers);
    Client { url: client.url.clone(), client: builder.build().unwrap() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_is_a_cookie_that_no_script_and_no_other_site_gets_hold_of() {
    let (service, _) = closed().await;
    let key = make(service.app(), key_of(Role::Operator)).await;
    let (cookie, answer) = log_in(&service, &key, &[]).await;
    let view = answer.expect(201);
    assert_eq!((&view["kind"], &view["role"]), (&json!("session"), &json!("operator")));
    let set = answer.header("set-cookie");
    assert!(set.starts_with("outrider_session=") && set.ends_with("; Path=/; HttpOnly; SameSite=Strict"), "{set}");
    assert!(!key.contains(cookie.split_once('=').unwrap().1), "the cookie is not the key");
    let (_, answer) =
        log_in(&service, &key, &[("origin", "https://outrider.example"), ("host", "outrider.example")]).await;
    let set = answer.header("set-cookie");
    assert!(set.starts_with("__Host-outrider_session=") && set.contains("; Secure"), "{set}");
    // A page of another site cannot even try.
    for headers in [[("sec-fetch-site", "cross-site")], [("origin", "https://evil.example")]] {
        let (_, refused) = log_in(&service, &key, &headers).await;
        assert_eq!(refused.expect(403)["code"], "cross_origin");
        assert_eq!(refused.header("set-cookie"), "");
    }
    let (_, wrong) = log_in(&service, "outrider_wrong", &[]).await;
    assert_eq!(wrong.expect(401)["code"], "unauthenticated");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cookie_changes_nothing_for_pages_of_other_origins() {
    let (service, admin) = closed().await;
    let (network, _) = mission_of(&admin, "town").await;
    let (cookie, _) = log_in(&service, &make(service.app(), key_of(Role::Operator)).await, &[]).await;
    let page = with_cookie(&service, &cookie);
    page.get("/v1/missions").await.expect(200);
    let post = |headers: &[(&'static str, &'static str)]| {
        let mut request = page.request(Method::POST, "/v1/missions").json(&across(&network));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        async { Answer::read(request.send().await.unwrap()).await }
    };
    for headers in [&[][..], &[("sec-fetch-site", "same-origin")]] {
        assert_eq!(post(headers).await.expect(403)["code"], "page_header_missing", "{headers:?}");
    }
    for headers in [
        &[("x-outrider-page", "1"), ("sec-fetch-site", "same-site")][..],
        &[("x-outrider-page", "1"), ("sec-fetch-site", "cross-site")],
        &[("x-outrider-page", "1"), ("origin", "http://127.0.0.1:1")],
    ] {
        assert_eq!(post(headers).await.expect(403)["code"], "cross_origin", "{headers:?}");
    }
    post(&[("x-outrider-page", "1"), ("sec-fetch-site", "same-origin")]).await.expect(201);
}

#[tokio::test(flavor = "multi_thread")]
async fn logging_out_ends_the_session_and_its_streams_and_so_does_revoking_the_key() {
    let (service, admin) = closed().await;
    let (_, mission) = mission_of(&admin, "town").await;
    let made = admin.post("/v1/keys", &json!({ "name": "desk", "role": "viewer" })).await.expect(201);
    let key = made["secret"].as_str().unwrap();
    let url = format!("{}/v1/missions/{mission}/events", service.url);
    for log_out in [true, false] {
        let (cookie, _) = log_in(&service, key, &[]).await;
        let page = with_cookie(&service, &cookie);
        assert_eq!(page.get("/v1/session").await.expect(200)["kind"], "session");
        let mut stream = EventStream::open_with(&page.client, &url, None).await;
        assert_eq!(stream.next().await.unwrap().name, "snapshot");
        if log_out {
            let out = page.request(Method::DELETE, "/v1/session").header("x-outrider-page", "1").send().await.unwrap();
            let out = Answer::read(out).await;
            assert_eq!(out.status, 204);
            assert!(out.header("set-cookie").contains("Max-Age=0"), "{out:?}");
            service.with_key(key).get("/v1/session").await.expect(200);
        } else {
            let path = format!("/v1/keys/{}", made["id"].as_str().unwrap());
            admin.request(Method::DELETE, &path).send().await.unwrap();
        }
        stream.end().await;
        assert_eq!(page.get("/v1/session").await.status, 401);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_lasts_while_a_stream_is_open_and_ends_when_nobody_uses_it() {
    let access = AccessOptions {
        session_idle: Duration::from_secs(2),
        write_every: Duration::from_millis(100),
        ..AccessOptions::default()
    };
    let api = ApiOptions { heartbeat: Duration::from_millis(250), ..ApiOptions::default() };
    let setup = Setup { app: AppOptions { access, ..AppOptions::default() }, api, ..Setup::default() };
    let service = Service::with(setup).await;
    let key = make(service.app(), key_of(Role::Operator)).await;
    let (_, mission) = mission_of(&service.with_key(&key), "town").await;
    let (used, _) = log_in(&service, &key, &[]).await;
    let (unused, _) = log_in(&service, &key, &[]).await;
    let page = with_cookie(&service, &used);
    let url = format!("{}/v1/missions/{mission}/events", service.url);
    let mut stream = EventStream::open_with(&page.client, &url, None).await;
    // Longer than an unused session lasts.
    for _ in 0..12 {
        stream.find(|event| event.name == "heartbeat").await;
    }
    page.get("/v1/session").await.expect(200);
    let over = with_cookie(&service, &unused).get("/v1/session").await;
    assert!(over.expect(401)["detail"].as_str().unwrap().contains("log in again"), "{over:?}");
}
