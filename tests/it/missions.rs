//! Missions over HTTP: what a client is promised from creation to end.

use serde_json::json;

use crate::service::{Service, across, report, square};
use crate::stream::EventStream;

#[tokio::test]
async fn a_report_that_blocks_the_route_is_followed_by_a_plan_that_avoids_it() {
    let service = Service::start().await;
    let network = service.import_geojson("square", &square()).await;
    let mission = service.create_mission(&across(&network)).await;
    let id = mission["id"].as_str().unwrap();
    let mut stream = EventStream::open(&service, id, Some(0)).await;
    let first = stream.find(|e| e.name == "plan").await;
    let legs = first.data["body"]["route"]["legs"].as_array().unwrap();
    assert_eq!(legs.len(), 1, "straight along the diagonal: {first:?}");
    assert_eq!(legs[0]["segment"], 4);

    let answer = service.post(&format!("/v1/missions/{id}/reports"), &report(1, 4, "blocked", 1)).await.expect(202);
    assert_eq!((&answer["seq"], &answer["revision"]), (&json!(3), &json!(1)));
    let second = stream.find(|e| e.name == "plan").await;
    let legs = second.data["body"]["route"]["legs"].as_array().unwrap();
    assert!(legs.len() == 2 && legs.iter().all(|leg| leg["segment"] != 4), "{second:?}");
    assert_eq!(second.data["body"]["basis"]["revision"], 1);
}
