//! What browsers are told, and pages of other origins.

use axum::http::HeaderValue;
use outrider::api::ApiOptions;
use outrider::api::headers::CorsOptions;
use reqwest::Method;

use crate::service::{Answer, Service, Setup, square};

async fn ask(service: &Service, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let mut request = service.request(method, path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Answer::read(request.send().await.unwrap()).await
}

#[tokio::test]
async fn every_answer_says_what_browsers_must_not_do_with_it() {
    let service = Service::start().await;
    for path in ["/", "/page.json", "/docs/", "/openapi.json", "/v1/networks", "/v1/nothing", "/healthz", "/metrics"] {
        let answer = service.get(path).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(answer.header(name), value, "{name} of {path}");
        }
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        let is_document = matches!(path, "/" | "/docs/");
        if is_document {
            assert_eq!(answer.header("cross-origin-opener-policy"), "same-origin", "{path}");
            assert!(answer.header("permissions-policy").contains("geolocation=()"), "{path}");
        }
        let is_ours_for_now = ["/v1", "/he", "/me"].iter().any(|start| path.starts_with(start));
        let lasts = if is_ours_for_now { "no-store" } else { "no-cache" };
        assert_eq!(answer.header("cache-control"), lasts, "{path}");
        assert_eq!(answer.header("strict-transport-security"), "", "nothing is encrypted here");
    }
}

#[tokio::test]
async fn pages_of_other_origins_may_do_nothing() {
    let service = Service::start().await;
    let evil = [("origin", "https://evil.example"), ("sec-fetch-site", "cross-site")];
    let read = ask(&service, Method::GET, "/v1/networks", &evil).await;
    assert_eq!((read.status.as_u16(), read.header("access-control-allow-origin")), (200, ""));
    // A form of any page could send this.
    let form = reqwest::multipart::Form::new().text("node_data", "").text("req_edge_list", "");
    let upload = service.request(Method::POST, "/v1/networks?name=x").multipart(form).header(evil[0].0, evil[0].1);
    let answer = Answer::read(upload.send().await.unwrap()).await;
    assert_eq!(answer.expect(403)["code"], "cross_origin");
    let preflight = [evil[0], ("access-control-request-method", "PATCH")];
    let asked = ask(&service, Method::OPTIONS, "/v1/missions", &preflight).await;
    assert_eq!(asked.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn pages_of_origins_that_are_named_may_use_the_api_as_the_own_page_does() {
    let friend = "https://control.example.org";
    let cors = CorsOptions { origins: vec![HeaderValue::from_static(friend)], credentials: true };
    let service = Service::with(Setup { api: ApiOptions { cors, ..ApiOptions::default() }, ..Setup::default() }).await;
    let preflight = [
        ("origin", friend),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "authorization,content-type,idempotency-key,last-event-id,if-match"),
    ];
    let asked = ask(&service, Method::OPTIONS, "/v1/missions", &preflight).await;
    assert_eq!(asked.header("access-control-allow-origin"), friend);
    assert_eq!(asked.header("access-control-allow-credentials"), "true");
    for name in ["authorization", "content-type", "idempotency-key", "last-event-id", "if-match"] {
        assert!(asked.header("access-control-allow-headers").contains(name), "{asked:?}");
    }
    assert!(asked.header("access-control-allow-methods").contains("PATCH"));
    let headers = [("origin", friend), ("sec-fetch-site", "cross-site"), ("content-type", "application/geo+json")];
    let mut upload =
        service.request(Method::POST, "/v1/networks?name=square&components=all").body(square().to_string());
    for (name, value) in headers {
        upload = upload.header(name, value);
    }
    Answer::read(upload.send().await.unwrap()).await.expect(201);
    // Refusals can be read as well, with what they say.
    let refused = ask(&service, Method::GET, "/v1/nothing", &headers[..2]).await;
    assert_eq!((refused.status.as_u16(), refused.header("access-control-allow-origin")), (404, friend));
    for name in ["etag", "retry-after", "location", "x-request-id"] {
        assert!(refused.header("access-control-expose-headers").contains(name), "{refused:?}");
    }
    assert!(refused.header("vary").to_lowercase().contains("origin"), "{refused:?}");
    let other =
        ask(&service, Method::GET, "/v1/networks", &[("origin", "https://control.example.org.evil.example")]).await;
    assert_eq!(other.header("access-control-allow-origin"), "");
}
