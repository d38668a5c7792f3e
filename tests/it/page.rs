//! The page in a browser: what an operator is promised.

use serde_json::{Value, json};

use crate::browser::Page;
use crate::service::{Answer, Service, across, report, square};

/// The text of an element of the page.
async fn text(page: &mut Page, id: &str) -> String {
    page.evaluate(&format!("document.getElementById('{id}').innerText")).await.as_str().unwrap().to_owned()
}

/// No complaint of the browser, and no request to anybody but the service.
#[track_caller]
fn assert_clean(page: &Page, service: &Service) {
    assert_eq!(page.complaints, Vec::<String>::new());
    let foreign: Vec<&String> =
        page.requests.iter().filter(|url| !url.starts_with(&format!("{}/", service.url))).collect();
    assert!(foreign.is_empty() && !page.requests.is_empty(), "{foreign:?}");
}

#[tokio::test]
async fn the_page_shows_the_first_mission_and_says_why_its_route_changes() {
    let service = Service::start().await;
    let Some(mut page) = Page::open().await else { return };
    page.visit(&format!("{}/", service.url)).await;
    page.wait_for("document.getElementById('lesson').innerText.includes('/v1/networks')").await;

    let network = service.import_geojson("square", &square()).await;
    let lesson = format!("document.getElementById('lesson').innerText.includes('\"network_id\": \"{network}\"')");
    page.wait_for(&lesson).await;

    let mission = service.create_mission(&across(&network)).await;
    let id = mission["id"].as_str().unwrap();
    page.wait_for(&format!("document.body.dataset.mission === '{id}' && document.body.dataset.segments === '4'")).await;
    assert!(text(&mut page, "missions").await.contains("across"));
    assert!(page.evaluate("document.getElementById('lesson').hidden").await == json!(true));

    service.post(&format!("/v1/missions/{id}/reports"), &report(1, 4, "blocked", 1)).await.expect(202);
    let plan = service.plan_after(id, 3).await;
    page.wait_for(&format!("document.body.dataset.planSeq === '{}'", plan["seq"])).await;
    let legs = plan["route"]["legs"].as_array().unwrap();
    let segments: Vec<String> = legs.iter().map(|leg| leg["segment"].to_string()).collect();
    assert_eq!(page.evaluate("document.body.dataset.segments").await, segments.join(" "));
    let first = page.evaluate("document.querySelector('#events li p').innerText").await;
    let first = first.as_str().unwrap();
    assert!(first.starts_with("Segment 4 (Road ac) blocked: route +"), "{first}");
    assert_clean(&page, &service);
    page.close().await;
}

#[tokio::test]
async fn the_page_says_what_is_to_be_expected_and_asks_again_after_each_plan() {
    let service = Service::start().await;
    let network = service.import_geojson("square", &square()).await;
    let id = service.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    service.plan_after(&id, 1).await;
    let Some(mut page) = Page::open().await else { return };
    page.visit(&format!("{}/", service.url)).await;
    page.wait_for("document.body.dataset.forecastSeq === '2'").await;
    let told = text(&mut page, "forecast").await;
    assert!(told.contains("Arrival") && told.contains("Segment 4 (Road ac): +"), "{told}");

    let answer = service.post(&format!("/v1/missions/{id}/reports"), &report(1, 4, "blocked", 1)).await.expect(202);
    let seq = service.plan_after(&id, answer["seq"].as_u64().unwrap()).await["seq"].clone();
    page.wait_for(&format!("document.body.dataset.forecastSeq === '{seq}'")).await;
    let told = text(&mut page, "forecast").await;
    assert!(told.contains("Depends most on") && !told.contains("Road ac"), "{told}");

    service.post(&format!("/v1/missions/{id}/cancel"), &json!(null)).await.expect(200);
    page.wait_for("document.getElementById('forecast').hidden").await;
    assert_clean(&page, &service);
    page.close().await;
}

#[tokio::test]
async fn an_operator_closes_and_reopens_a_segment_and_cancels_on_the_page() {
    let service = Service::start().await;
    let network = service.import_geojson("square", &square()).await;
    let mission = service.create_mission(&across(&network)).await;
    let id = mission["id"].as_str().unwrap();
    let Some(mut page) = Page::open().await else { return };
    page.visit(&format!("{}/", service.url)).await;
    page.wait_for("document.body.dataset.segments === '4' && document.getElementById('strategy').value").await;

    page.evaluate(
        "document.getElementById('find-text').value = 'Road ac'; document.querySelector('#find button').click()",
    )
    .await;
    page.wait_for("document.getElementById('segment-title').innerText === 'Segment 4 (Road ac)'").await;
    page.evaluate("document.getElementById('segment-reason').value = '<b>flood</b>'; document.getElementById('segment-close').click()")
        .await;
    page.wait_for("document.body.dataset.segments.split(' ').length === 2").await;
    let card = text(&mut page, "segment-facts").await;
    assert!(card.contains("closed by an operator") && card.contains("<b>flood</b>"), "{card}");
    page.evaluate(
        "document.getElementById('segment-reason').value = 'dry'; document.getElementById('segment-reopen').click()",
    )
    .await;
    page.wait_for("document.body.dataset.segments === '4'").await;

    page.evaluate(
        "(strategy => { strategy.value = 'bidirectional'; strategy.dispatchEvent(new Event('change')); })(document.getElementById('strategy'))",
    )
    .await;
    page.wait_for("document.getElementById('events').innerText.includes('Strategy changed to bidirectional')").await;
    assert_eq!(service.get(&format!("/v1/missions/{id}")).await.json()["strategy"]["name"], "bidirectional");

    page.evaluate("document.getElementById('cancel').click()").await;
    assert_eq!(service.get(&format!("/v1/missions/{id}")).await.json()["status"], "active", "not before a yes");
    page.evaluate("document.getElementById('confirm-yes').click()").await;
    page.wait_for("document.body.dataset.status === 'cancelled' && document.getElementById('cancel').disabled").await;
    assert_eq!(service.get(&format!("/v1/missions/{id}")).await.json()["status"], "cancelled");
    assert_clean(&page, &service);
    page.close().await;
}

#[tokio::test]
async fn the_pages_files_are_asked_for_again_only_when_they_change() {
    let service = Service::start().await;
    for path in ["/", "/assets/main.js", "/assets/style.css", "/favicon.svg"] {
        let answer = service.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "no-cache"), "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{path}: {policy}");
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
    assert_eq!(service.get("/assets/%2e%2e%2fCargo.toml").await.expect(404)["code"], "no_such_file");
}
