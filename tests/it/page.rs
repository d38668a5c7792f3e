//! The page as the service hands it out. What it does is tested in a browser: dashboard/tests.

use outrider::api::ApiOptions;
use outrider::api::page::PageOptions;
use serde_json::{Value, json};

use crate::service::{Answer, Service, Setup};

/// The addresses of the page's assets, as its document names them.
fn assets(document: &str) -> Vec<String> {
    let mut parts = document.split("\"/assets/");
    parts.next();
    parts.filter_map(|part| part.split('"').next()).map(|name| format!("/assets/{name}")).collect()
}

#[tokio::test]
async fn the_page_is_asked_for_again_only_when_it_changes_and_its_assets_never() {
    let service = Service::start().await;
    let index = service.get("/").await;
    let assets = assets(&index.text);
    assert!(assets.len() >= 2, "a script and a style: {}", index.text);
    assert!(!index.text.contains("<script>") && !index.text.contains("style="), "nothing is inline: {}", index.text);
    for path in ["/", "/favicon.svg"].into_iter().chain(assets.iter().map(String::as_str)) {
        let answer = service.get(path).await;
        let lasts = if path.starts_with("/assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
        assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, lasts), "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{path}: {policy}");
        assert!(policy.contains("connect-src 'self';") && !policy.contains("http"), "{path}: {policy}");
        let held = answer.header("etag").to_owned();
        let again = service.request(reqwest::Method::GET, path).header("if-none-match", &held).send().await.unwrap();
        let again = Answer::read(again).await;
        assert_eq!(
            (again.status.as_u16(), again.text.as_str(), again.header("etag")),
            (304, "", held.as_str()),
            "{path}"
        );
    }
    let missing: Value = service.get("/assets/../Cargo.toml").await.expect(404);
    assert_eq!(missing["code"], "no_such_route");
    for path in ["/assets/%2e%2e%2fCargo.toml", "/assets/%2e%2e%2findex.html", "/assets/none.js"] {
        assert_eq!(service.get(path).await.expect(404)["code"], "no_such_file", "{path}");
    }
}

#[tokio::test]
async fn the_page_asks_other_hosts_only_where_a_map_of_theirs_is_set() {
    let service = Service::start().await;
    let settings = service.get("/page.json").await.expect(200);
    assert_eq!(settings, json!({ "map_style_url": null, "map_tiles_url": null, "map_attribution": null }));

    let tiles = "https://tiles.example.org/{z}/{x}/{y}.png";
    let page = PageOptions {
        tiles_url: Some(tiles.to_owned()),
        attribution: Some("OpenStreetMap contributors".to_owned()),
        ..PageOptions::default()
    };
    let service = Service::with(Setup { api: ApiOptions { page, ..ApiOptions::default() }, ..Setup::default() }).await;
    let settings = service.get("/page.json").await.expect(200);
    assert_eq!(settings["map_tiles_url"], tiles);
    assert_eq!(settings["map_attribution"], "OpenStreetMap contributors");
    let answer = service.get("/").await;
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("connect-src 'self' https://tiles.example.org;"), "{policy}");
    assert!(policy.contains("script-src 'self';"), "{policy}");
}
