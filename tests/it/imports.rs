//! Imports that go on after their upload was answered: told how far they are, called off, and never half stored.

use std::time::Duration;

use outrider::api::limits::LimitOptions;
use outrider::api::server::ServerOptions;
use reqwest::Method;
use serde_json::{Value, json};

use crate::cluster;
use crate::program::Program;
use crate::service::{Answer, Client, SOON, Service, Setup, square};
use crate::stream::EventStream;

/// Roads along a line, so many that they take a while.
fn line(roads: u32) -> String {
    let at = |n: u32| [8.0 + f64::from(n) * 1e-6, 50.0];
    let road = |n: u32| {
        json!({
            "type": "Feature", "properties": { "id": n, "name": format!("{n}") },
            "geometry": { "type": "LineString", "coordinates": [at(n), at(n + 1)] }
        })
    };
    json!({ "type": "FeatureCollection", "features": (0..roads).map(road).collect::<Vec<_>>() }).to_string()
}

async fn upload(client: &Client, name: &str, body: impl Into<String>, key: Option<&str>) -> Answer {
    let request = client.request(Method::POST, &format!("/v1/networks?name={name}&components=all"));
    let request = request.header("content-type", "application/geo+json").header("prefer", "respond-async");
    let request = key.into_iter().fold(request, |request, key| request.header("idempotency-key", key));
    Answer::read(request.body(body.into()).send().await.unwrap()).await
}

/// Begins an import and returns its URL.
async fn begin(client: &Client, name: &str, body: impl Into<String>) -> String {
    let answer = upload(client, name, body, None).await;
    let import = answer.expect(202);
    assert_eq!(answer.header("preference-applied"), "respond-async");
    assert_eq!(import["state"], "running", "{import}");
    let url = answer.header("location").to_owned();
    assert_eq!(url, format!("/v1/imports/{}", import["id"].as_str().unwrap()));
    url
}

/// What the stream tells until the import is over.
async fn follow(client: &Client, import: &str) -> Vec<Value> {
    let mut stream = EventStream::open_with(&client.client, &format!("{}{import}/events", client.url), None).await;
    let mut told = Vec::new();
    while let Some(event) = stream.next_ever().await {
        match event.name.as_str() {
            "import" => told.push(event.data),
            "heartbeat" => assert!(event.data["time"].is_string()),
            other => panic!("{other}"),
        }
    }
    told
}

async fn until_over(client: &Client, import: &str) -> Value {
    let over = async {
        loop {
            let import = client.get(import).await.expect(200);
            if import["state"] != "running" {
                return import;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(SOON, over).await.expect("the import ends")
}

async fn names(client: &Client) -> Vec<String> {
    let networks = client.get("/v1/networks").await.expect(200);
    networks["networks"].as_array().unwrap().iter().map(|n| n["name"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_nobody_waits_for_tells_how_far_it_is_and_where_its_network_is() {
    let service = Service::start().await;
    let import = begin(&service, "large", line(30_000)).await;
    let told = follow(&service, &import).await;
    let ended = told.last().unwrap();
    assert_eq!(
        (&ended["state"], &ended["name"], &ended["source"]),
        (&json!("stored"), &json!("large"), &json!("geojson"))
    );
    assert!(told.iter().rev().skip(1).all(|import| import["state"] == "running"), "{told:?}");
    assert!(ended["ended_at"].as_str() >= ended["created_at"].as_str(), "{ended}");
    let network = service.get(&format!("/v1/networks/{}", ended["network_id"].as_str().unwrap())).await.expect(200);
    assert_eq!((&network["name"], &network["segment_count"]), (&json!("large"), &json!(30_000)));
    assert_eq!(service.get(&import).await.expect(200), *ended, "what is over stays as it was told");
    assert_eq!(follow(&service, &import).await, std::slice::from_ref(ended), "also to who comes late");
    assert_eq!(service.get("/v1/imports").await.expect(200)["imports"], json!([ended]));
    let over = service.post(&format!("{import}/cancel"), &json!({})).await;
    assert_eq!(over.expect(409)["code"], "import_ended");
    assert_eq!(
        service.get("/v1/imports/0190a5c0-0000-7000-8000-000000000000").await.expect(404)["code"],
        "no_such_import"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_network_is_told_as_it_would_have_been_to_who_waits() {
    let service = Service::start().await;
    let mut broken = square();
    broken["features"][1]["geometry"]["coordinates"][0] = json!([500, 1]);
    let waited = service.request(Method::POST, "/v1/networks?name=broken&components=all").json(&broken);
    let waited = Answer::read(waited.send().await.unwrap()).await.expect(422);
    let failed = until_over(&service, &begin(&service, "broken", broken.to_string()).await).await;
    assert_eq!(failed["state"], "failed");
    for member in ["type", "title", "status", "detail", "code", "errors"] {
        assert_eq!(failed["problem"][member], waited[member], "{member}");
    }
    // What can be said at once is.
    assert_eq!(upload(&service, "", "{}", None).await.expect(422)["code"], "invalid_network");
    service.import_geojson("taken", &square()).await;
    let taken = until_over(&service, &begin(&service, "taken", square().to_string()).await).await;
    assert_eq!((&taken["problem"]["code"], &taken["problem"]["status"]), (&json!("network_name_taken"), &json!(409)));
    assert_eq!(names(&service).await, ["taken"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_can_be_called_off_through_any_replica_and_stores_nothing() {
    let database = cluster::database().await;
    let (one, two) = (Program::over(database.url()), Program::over(database.url()));
    let import = begin(&one.client, "large", line(150_000)).await;
    let cancelled = two.client.post(&format!("{import}/cancel"), &json!({})).await.expect(200);
    assert_eq!(cancelled["state"], "cancelled");
    two.client.post(&format!("{import}/cancel"), &json!({})).await.expect(200);
    assert_eq!(follow(&one.client, &import).await, [cancelled]);
    // The replica's thread is free again long before it could have read that much.
    let small = until_over(&one.client, &begin(&one.client, "small", square().to_string()).await).await;
    assert_eq!(small["state"], "stored", "{small}");
    assert_eq!(names(&two.client).await, ["small"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_whose_replica_dies_is_given_up_and_its_network_is_not_there() {
    let database = cluster::database().await;
    let (mut one, two) = (Program::over(database.url()), Program::over(database.url()));
    let import = begin(&one.client, "large", line(150_000)).await;
    one.kill();
    // As if it had been silent for long.
    let silent = "UPDATE imports SET heard_at = heard_at - interval '1 minute'";
    sqlx::raw_sql(silent).execute(&database.pool().await).await.unwrap();
    let lost = two.client.get(&import).await.expect(200);
    assert_eq!((&lost["state"], &lost["problem"]["code"]), (&json!("failed"), &json!("import_lost")));
    assert!(names(&two.client).await.is_empty());
    let again = until_over(&two.client, &begin(&two.client, "large", square().to_string()).await).await;
    assert_eq!(again["state"], "stored", "{again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_is_given_up_for_dead_by_mistake_stores_nothing_afterwards() {
    let database = cluster::database().await;
    let service = Service::over(database, Setup::default()).await;
    let import = begin(&service, "large", line(60_000)).await;
    let pool = service.database().pool().await;
    let given_up = "UPDATE imports SET state = 'failed', ended_at = now() WHERE state = 'running'";
    assert_eq!(sqlx::raw_sql(given_up).execute(&pool).await.unwrap().rows_affected(), 1);
    // The place on the thread is free when it has heard.
    let small = until_over(&service, &begin(&service, "small", square().to_string()).await).await;
    assert_eq!(small["state"], "stored");
    assert_eq!(service.get(&import).await.expect(200)["state"], "failed");
    assert_eq!(names(&service).await, ["small"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeat_with_the_same_key_ends_at_the_same_network() {
    let service = Service::start().await;
    let mut networks = Vec::new();
    for _ in 0..2 {
        let answer = upload(&service, "once", square().to_string(), Some("import-1")).await;
        answer.expect(202);
        let import = until_over(&service, answer.header("location")).await;
        assert_eq!(import["state"], "stored", "{import}");
        networks.push(import["network_id"].clone());
    }
    assert_eq!(networks[0], networks[1]);
    assert_eq!(names(&service).await, ["once"]);
}

async fn limited(limits: LimitOptions) -> Service {
    let server = ServerOptions { limits, ..ServerOptions::default() };
    Service::with(Setup { server, ..Setup::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_in_the_background_keeps_its_place_until_it_ends() {
    let service = limited(LimitOptions { imports: 1, ..LimitOptions::default() }).await;
    let import = begin(&service, "large", line(150_000)).await;
    assert_eq!(upload(&service, "small", square().to_string(), None).await.expect(503)["code"], "busy");
    service.post(&format!("{import}/cancel"), &json!({})).await.expect(200);
    let freed = async { while upload(&service, "small", square().to_string(), None).await.status != 202 {} };
    tokio::time::timeout(SOON, freed).await.expect("the place is free again");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_in_the_background_has_so_much_time() {
    let limit = Duration::from_millis(100);
    let service = limited(LimitOptions { background_import_timeout: limit, ..LimitOptions::default() }).await;
    let failed = until_over(&service, &begin(&service, "large", line(150_000)).await).await;
    assert_eq!((&failed["state"], &failed["problem"]["code"]), (&json!("failed"), &json!("import_timeout")));
    assert!(names(&service).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_stops_says_so_of_what_it_was_importing() {
    let database = cluster::database().await;
    let (mut one, two) = (Program::over(database.url()), Program::over(database.url()));
    let import = begin(&one.client, "large", line(150_000)).await;
    assert!(one.stop().success());
    let failed = two.client.get(&import).await.expect(200);
    assert_eq!((&failed["state"], &failed["problem"]["code"]), (&json!("failed"), &json!("shutting_down")));
    assert!(names(&two.client).await.is_empty());
}
