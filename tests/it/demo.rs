//! The demo's vehicles against the real service, through HTTP alone.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use outrider::app::replay::replay;
use outrider::app::{NetworkSource, NewNetwork};
use outrider::demo::{self, DemoOptions, Notice};
use outrider::domain::access::TenantId;
use outrider::planning::strategy::Strategies;
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::service::{SOON, Service};

/// How long a mission of some minutes may take, twenty times as fast.
const MISSION: Duration = Duration::from_secs(40);

struct Demo {
    notices: mpsc::UnboundedReceiver<Notice>,
    stop: CancellationToken,
    running: JoinHandle<Result<(), demo::DemoError>>,
}

impl Demo {
    async fn start(service: &Service, seed: u64) -> Self {
        Self::at(service, service.url.clone(), seed).await
    }

    /// A demo that reaches the service at another address.
    async fn at(service: &Service, base_url: String, seed: u64) -> Self {
        let network = match service.app().find_network_by_name(&TenantId::default(), "town").await.unwrap() {
            Some(record) => record.id,
            None => {
                let new = NewNetwork {
                    tenant: TenantId::default(),
                    name: "town".to_owned(),
                    source: NetworkSource::SampleTown { seed: 1 },
                };
                service.app().import_network(new, None).await.unwrap().0.id
            }
        };
        let town = service.app().network(network).await.unwrap();
        let (sender, notices) = mpsc::unbounded_channel();
        let stop = CancellationToken::new();
        let options = DemoOptions { base_url, key: None, network, town, speed_up: 20.0, seed };
        let running = tokio::spawn(demo::run(options, sender, stop.clone()));
        Self { notices, stop, running }
    }

    /// What the first notice that is wanted says.
    async fn find<T>(&mut self, wanted: impl Fn(&Notice) -> Option<T>) -> T {
        let finding = async {
            loop {
                let notice = self.notices.recv().await.expect("the demo goes on");
                println!("{notice}");
                if let Some(found) = wanted(&notice) {
                    return found;
                }
            }
        };
        tokio::time::timeout(MISSION, finding).await.expect("the demo gets there in time")
    }

    async fn begun(&mut self) -> (String, bool) {
        self.find(|notice| match notice {
            Notice::Begun { id, resumed, .. } => Some((id.to_string(), *resumed)),
            _ => None,
        })
        .await
    }

    async fn stop(self) {
        self.stop.cancel();
        tokio::time::timeout(SOON, self.running).await.unwrap().unwrap().unwrap();
    }
}

/// All events of a mission's log, after `replay` has confirmed them: every plan is computed again and obeys the rules, so
/// none crosses what was known to be blocked.
async fn confirmed_log(service: &Service, mission: &str) -> Vec<Value> {
    let export = service.get(&format!("/v1/missions/{mission}/log/export")).await;
    assert_eq!(export.status, 200);
    let replayed = replay(export.text.as_bytes(), &Strategies::built_in(), |_| {}).unwrap();
    assert!(replayed.plans > 1, "{replayed:?}");
    export.text.lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn a_demo_mission_meets_blockages_and_arrives() {
    let service = Service::start().await;
    let mut demo = Demo::start(&service, 1).await;
    let (mission, resumed) = demo.begun().await;
    assert!(!resumed);
    let arrived = demo.find(|notice| match notice {
        Notice::Ended { arrived, .. } => Some(*arrived),
        _ => None,
    });
    assert!(arrived.await);
    demo.stop().await;

    let log = confirmed_log(&service, &mission).await;
    let of_kind = |kind: &str| log.iter().filter(|event| event["kind"] == kind).map(|e| e["body"].clone()).collect();
    let (plans, reports): (Vec<Value>, Vec<Value>) = (of_kind("plan"), of_kind("report"));
    let segments = |finding: &str| -> BTreeSet<u64> {
        let found = reports.iter().filter(|report| report["finding"] == finding);
        found.map(|report| report["segment"].as_u64().unwrap()).collect()
    };
    assert!(segments("clear").len() >= 10 && segments("blocked").len() >= 2, "{reports:?}");
    let uavs_report = reports.iter().any(|report| report["reported_by"] != "ugv");
    assert!(uavs_report && reports.iter().any(|report| report["reported_by"] == "ugv"));
    let route_of = |plan: &Value| -> BTreeSet<u64> {
        let legs = plan["route"]["legs"].as_array().unwrap();
        legs.iter().map(|leg| leg["segment"].as_u64().unwrap()).collect()
    };
    let first = route_of(&plans[0]);
    assert!(segments("blocked").intersection(&first).count() >= 1, "the first route was blocked and bent");
    let last = log.last().unwrap();
    assert_eq!((last["kind"].as_str(), &last["body"]["outcome"]), (Some("mission_ended"), &Value::from("arrived")));
}

#[tokio::test]
async fn a_demo_that_was_stopped_goes_on_with_its_mission() {
    let service = Service::start().await;
    let mut demo = Demo::start(&service, 2).await;
    let (mission, _) = demo.begun().await;
    demo.find(|notice| matches!(notice, Notice::PlanChanged { .. }).then_some(())).await;
    demo.stop().await;
    let before = service.get(&format!("/v1/missions/{mission}/positions")).await.expect(200);

    let mut demo = Demo::start(&service, 2).await;
    assert_eq!(demo.begun().await, (mission.clone(), true));
    demo.find(|notice| matches!(notice, Notice::Ended { arrived: true, .. }).then_some(())).await;
    demo.stop().await;
    let after = service.get(&format!("/v1/missions/{mission}/positions")).await.expect(200);
    assert_ne!(before, after);
    let log = confirmed_log(&service, &mission).await;
    let created = log.iter().filter(|event| event["kind"] == "mission_created").count();
    assert_eq!(created, 1);
    let missions = service.get("/v1/missions").await.expect(200);
    assert_eq!(missions["missions"].as_array().unwrap().len(), 1);
}

/// A bad connection to a service: some requests never reach it, some answers are lost on their way back (both look like a
/// service that asks to come back later), and streams break off after some chunks.
struct BadConnection {
    url: String,
    client: reqwest::Client,
    requests: AtomicUsize,
    /// Every finding that was sent while the service still took findings.
    sent: Mutex<BTreeSet<String>>,
    /// How often an answer to reports was lost after the service had taken them in.
    lost_answers: AtomicUsize,
}

impl BadConnection {
    async fn to(service: &Service) -> (Arc<Self>, String) {
        let connection = Arc::new(Self {
            url: service.url.clone(),
            client: reqwest::Client::builder().no_proxy().build().unwrap(),
            requests: AtomicUsize::new(0),
            sent: Mutex::default(),
            lost_answers: AtomicUsize::new(0),
        });
        let router = Router::new().fallback(Self::pass).with_state(Arc::clone(&connection));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (connection, url)
    }

    async fn pass(State(connection): State<Arc<Self>>, request: Request) -> Response {
        let later = || (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "0")]).into_response();
        let number = connection.requests.fetch_add(1, Ordering::Relaxed);
        let (parts, body) = request.into_parts();
        let body: Bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        let reports = parts.uri.path().ends_with("/reports");
        let ids: Vec<String> = match serde_json::from_slice::<Value>(&body) {
            Ok(Value::Array(sent)) if reports => sent.iter().map(|r| r["id"].as_str().unwrap().to_owned()).collect(),
            _ => vec![],
        };
        connection.sent.lock().unwrap().extend(ids.iter().cloned());
        if number % 4 == 1 {
            return later();
        }
        let url = format!("{}{}", connection.url, parts.uri);
        let answer =
            connection.client.request(parts.method, url).headers(parts.headers).body(body).send().await.unwrap();
        if answer.status() == 409 {
            // Too late: the mission is over.
            connection.sent.lock().unwrap().retain(|id| !ids.contains(id));
        }
        if reports && answer.status() == 202 && number % 4 == 2 {
            connection.lost_answers.fetch_add(1, Ordering::Relaxed);
            return later();
        }
        let (status, headers) = (answer.status(), answer.headers().clone());
        let chunks = if parts.uri.path().ends_with("/events") { 40 } else { usize::MAX };
        (status, headers, Body::from_stream(answer.bytes_stream().take(chunks))).into_response()
    }
}

#[tokio::test]
async fn a_bad_connection_loses_and_doubles_no_finding() {
    let service = Service::start().await;
    let (connection, url) = BadConnection::to(&service).await;
    let mut demo = Demo::at(&service, url, 3).await;
    let (mission, _) = demo.begun().await;
    demo.find(|notice| matches!(notice, Notice::Ended { arrived: true, .. }).then_some(())).await;
    demo.stop().await;
    assert!(connection.lost_answers.load(Ordering::Relaxed) > 0, "no answer was lost: nothing is shown");
    let log = confirmed_log(&service, &mission).await;
    let reports = log.iter().filter(|event| event["kind"] == "report");
    let ids: Vec<&str> = reports.map(|event| event["body"]["id"].as_str().unwrap()).collect();
    let sent = connection.sent.lock().unwrap();
    assert_eq!(ids.len(), sent.len(), "every finding is in the log once");
    assert!(ids.iter().all(|id| sent.contains(*id)));
    let clear = |by: &str| log.iter().any(|e| e["body"]["finding"] == "clear" && e["body"]["reported_by"] == by);
    assert!(clear("ugv") && clear("uav-1") && clear("uav-2") && clear("uav-3"));
}
