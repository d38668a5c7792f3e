//! Traces: from a report's request to the event on its stream, sent to a collector that understands OTLP.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;
use reqwest::Method;
use serde_json::json;

use crate::cluster;
use crate::program::Program;
use crate::service::{Answer, across, report, square};

/// A collector on a port of this machine, and what came.
async fn collector() -> (String, Arc<Mutex<Vec<Span>>>) {
    let spans: Arc<Mutex<Vec<Span>>> = Arc::default();
    let kept = Arc::clone(&spans);
    let take = move |headers: HeaderMap, body: Bytes| {
        let kept = Arc::clone(&kept);
        async move {
            assert_eq!(headers["content-type"], "application/x-protobuf");
            let request = ExportTraceServiceRequest::decode(body).expect("an export in protobuf");
            for resource in request.resource_spans {
                let attributes = resource.resource.unwrap().attributes;
                assert!(attributes.iter().any(|a| a.key == "service.name" && format!("{a:?}").contains("outrider")));
                kept.lock().unwrap().extend(resource.scope_spans.into_iter().flat_map(|scope| scope.spans));
            }
            (StatusCode::OK, ExportTraceServiceResponse::default().encode_to_vec())
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, axum::Router::new().route("/v1/traces", post(take))).into_future());
    (url, spans)
}

fn attribute(span: &Span, key: &str) -> String {
    let found = span.attributes.iter().find(|attribute| attribute.key == key);
    format!("{:?}", found.and_then(|attribute| attribute.value.as_ref()).and_then(|value| value.value.as_ref()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_and_the_plan_on_the_stream_are_one_trace_that_the_caller_began() {
    let database = cluster::database().await;
    let (url, spans) = collector().await;
    let mut command = Program::command();
    let mut program = Program::run(command.args(["--database-url", database.url(), "--otlp-endpoint", &url]));
    let client = program.client.clone();
    let network = client.import_geojson("traced", &square()).await;
    let id = client.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    client.plan_after(&id, 1).await;

    let path = format!("/v1/missions/{id}/reports");
    let (trace, caller) = ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7");
    let request = client.request(Method::POST, &path).header("traceparent", format!("00-{trace}-{caller}-01"));
    let recorded = Answer::read(request.json(&report(1, 4, "blocked", 1)).send().await.unwrap()).await.expect(202);
    client.plan_for(&id, &recorded["revision"]).await;
    // Many at once: some share a plan. Each changes what is known, as those of a segment come one after the other.
    let mut sending = Vec::new();
    for segment in 0..4_u64 {
        let (client, path) = (client.clone(), path.clone());
        sending.push(tokio::spawn(async move {
            let mut revision = json!(0);
            for number in (2..=40_u64).filter(|number| number % 4 == segment) {
                let finding = if number / 4 % 2 == 0 { "clear" } else { "blocked" };
                let mut report = report(number, segment, finding, number as u32);
                report["confidence"] = json!(1.0 - number as f64 / 1000.0);
                revision = client.post(&path, &report).await.expect(202)["revision"].clone();
            }
            revision
        }));
    }
    let mut latest = 0;
    for sent in sending {
        latest = latest.max(sent.await.unwrap().as_u64().unwrap());
    }
    client.plan_for(&id, &json!(latest)).await;
    // What is left is sent at the end.
    assert!(program.stop().success());

    let spans = spans.lock().unwrap();
    let trace: Vec<u8> = (0..16).map(|i| u8::from_str_radix(&trace[2 * i..2 * i + 2], 16).unwrap()).collect();
    let ours: Vec<&Span> = spans.iter().filter(|span| span.trace_id == trace).collect();
    let by_id: BTreeMap<&[u8], &Span> = ours.iter().map(|span| (span.span_id.as_slice(), *span)).collect();
    let told: Vec<&&Span> = ours.iter().filter(|span| span.name == "told").collect();
    assert!((1..=2).contains(&told.len()), "the report, and the plan with it or by itself: {ours:?}");
    // One that was to go along with the report, and came too late for it, was made for nothing.
    let plans = ours.iter().filter(|span| span.name == "plan").count();
    assert!(plans == 1 || (plans == 2 && told.len() == 2), "{ours:?}");
    // From the plan's event back to the caller.
    let plan = told.iter().max_by_key(|span| span.start_time_unix_nano).unwrap();
    let (mut way, mut at) = (vec![plan.name.as_str()], **plan);
    while let Some(parent) = by_id.get(at.parent_span_id.as_slice()) {
        assert!(parent.start_time_unix_nano <= at.start_time_unix_nano);
        way.push(&parent.name);
        at = parent;
    }
    match told.len() {
        // One commit has both: the plan was made for it, within the request.
        1 => assert_eq!(way, ["told", "commit", "POST /v1/missions/{mission_id}/reports"]),
        _ => assert_eq!(way, ["told", "commit", "plan", "commit", "POST /v1/missions/{mission_id}/reports"]),
    }
    assert_eq!(at.parent_span_id, [0x00, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7], "the caller's span");
    assert!(attribute(at, "http.response.status_code").contains("202"), "{at:?}");

    // Whatever called for a plan led to one: as its parent, or linked to it; or the request did, where one commit has both.
    let mut led: BTreeSet<&[u8]> = BTreeSet::new();
    for plan in spans.iter().filter(|span| span.name == "plan") {
        led.insert(&plan.parent_span_id);
        led.extend(plan.links.iter().map(|link| link.span_id.as_slice()));
    }
    let requests: BTreeSet<&[u8]> =
        spans.iter().filter(|span| span.name.ends_with("/reports")).map(|span| span.span_id.as_slice()).collect();
    let commits = spans.iter().filter(|span| span.name == "commit");
    let of_reports: Vec<&Span> = commits.filter(|span| requests.contains(span.parent_span_id.as_slice())).collect();
    assert!(of_reports.len() > 1, "{}", of_reports.len());
    let has_led = |span: &Span| led.contains(span.span_id.as_slice()) || led.contains(span.parent_span_id.as_slice());
    let led_to_plans = of_reports.iter().filter(|commit| has_led(commit)).count();
    assert!(led_to_plans * 2 > of_reports.len(), "{led_to_plans} of {}", of_reports.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_away_is_no_hindrance() {
    let database = cluster::database().await;
    let mut command = Program::command();
    let nobody = "http://127.0.0.1:1";
    let mut program = Program::run(command.args(["--database-url", database.url(), "--otlp-endpoint", nobody]));
    let network = program.client.import_geojson("untraced", &square()).await;
    let id = program.client.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    program.client.plan_after(&id, 1).await;
    assert!(program.stop().success());
}
