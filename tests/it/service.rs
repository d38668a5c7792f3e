//! A service for each test: the real router on a loopback port over a database of its own, and a client.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use outrider::api::server::ServerOptions;
use outrider::api::{self, ApiOptions, LogLevel, server};
use outrider::app::{App, AppOptions};
use outrider::commands::serve::metrics_handle;
use outrider::planning::strategy::Strategies;
use outrider::store::Store;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sqlx::postgres::PgConnectOptions;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::cluster::{self, TestDatabase};

/// How long anything that should happen may take on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// How a test's service differs from the usual one.
pub(crate) struct Setup {
    pub(crate) app: AppOptions,
    pub(crate) api: ApiOptions,
    pub(crate) strategies: Strategies,
    pub(crate) server: ServerOptions,
}

impl Default for Setup {
    fn default() -> Self {
        Self {
            app: AppOptions { sweep_interval: Duration::from_millis(100), ..AppOptions::default() },
            // What the test program logs is nobody's to change.
            api: ApiOptions {
                log_level: Some(LogLevel::new(|| "off".to_owned(), |_| Err("not in a test".to_owned()))),
                ..ApiOptions::default()
            },
            strategies: Strategies::built_in(),
            server: ServerOptions::default(),
        }
    }
}

/// A running service. It stops when dropped, and orderly with [`Service::stop`].
pub(crate) struct Service {
    client: Client,
    app: Arc<App>,
    /// There until [`Service::stop`] gives it back; not there when somebody else has it.
    database: Option<TestDatabase>,
    stop: CancellationToken,
    serving: Option<JoinHandle<()>>,
}

impl std::ops::Deref for Service {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// A client of a service.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) url: String,
    pub(crate) client: reqwest::Client,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status(), response.headers().clone());
        Self { status, headers, text: response.text().await.unwrap() }
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("no JSON ({e}): {self:?}"))
    }

    /// The body, if the status is the expected one.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    /// The header's text; empty without it.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Service {
    /// The usual service over a new database.
    pub(crate) async fn start() -> Self {
        Self::with(Setup::default()).await
    }

    pub(crate) async fn with(setup: Setup) -> Self {
        Self::over(cluster::database().await, setup).await
    }

    /// A service over an existing database, such as that of one that was stopped.
    pub(crate) async fn over(database: TestDatabase, setup: Setup) -> Self {
        let mut service = Self::on(database.connect_options(), setup).await;
        service.database = Some(database);
        service
    }

    /// A service on a database of whoever calls.
    pub(crate) async fn on(database: PgConnectOptions, setup: Setup) -> Self {
        let store = Store::new(database, 8);
        let app = App::new(store, setup.strategies, setup.app);
        app.start();
        let listener = server::listen(([127, 0, 0, 1], 0).into()).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let stop = CancellationToken::new();
        let routes = api::Routes::new(Arc::clone(&app), setup.api, metrics_handle().unwrap());
        let stopped = stop.clone().cancelled_owned();
        let serving = tokio::spawn(server::serve(listener, routes, Arc::clone(&app), setup.server, stopped));
        Self { client: Client::new(url), app, database: None, stop, serving: Some(serving) }
    }

    /// Stops the service in order and gives its database back.
    pub(crate) async fn stop(mut self) -> TestDatabase {
        self.stop.cancel();
        self.serving.take().unwrap().await.unwrap();
        self.database.take().unwrap()
    }

    /// The use cases behind it, for what HTTP does not offer.
    pub(crate) fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// The service's database.
    pub(crate) fn database(&self) -> &TestDatabase {
        self.database.as_ref().unwrap()
    }
}

impl Client {
    pub(crate) fn new(url: String) -> Self {
        let client = reqwest::Client::builder().no_proxy().timeout(SOON * 3).build().unwrap();
        Self { url, client }
    }

    /// The same client with a key.
    pub(crate) fn with_key(&self, key: &str) -> Self {
        let mut headers = reqwest::header::HeaderMap::new();
        headers.insert("authorization", format!("Bearer {key}").parse().unwrap());
        let builder = reqwest::Client::builder().no_proxy().timeout(SOON * 3).default_headers(headers);
        Self { url: self.url.clone(), client: builder.build().unwrap() }
    }

    /// A request to a path.
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url))
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::read(self.request(Method::GET, path).send().await.unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::read(self.request(Method::POST, path).json(body).send().await.unwrap()).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        Answer::read(self.request(Method::PATCH, path).json(body).send().await.unwrap()).await
    }

    /// Imports a GeoJSON network and returns its id.
    pub(crate) async fn import_geojson(&self, name: &str, document: &Value) -> String {
        let request = self
            .request(Method::POST, &format!("/v1/networks?name={name}&components=all"))
            .header("content-type", "application/geo+json")
            .body(document.to_string());
        let answer = Answer::read(request.send().await.unwrap()).await;
        answer.expect(201)["id"].as_str().unwrap().to_owned()
    }

    /// Imports a LineCoverage folder of the shared data and returns the network's id.
    pub(crate) async fn import_line_coverage(&self, name: &str, folder: &std::path::Path) -> String {
        let part = |file: &str| {
            reqwest::multipart::Part::bytes(std::fs::read(folder.join(file)).unwrap()).file_name(file.to_owned())
        };
        let form = reqwest::multipart::Form::new()
            .part("node_data", part("node_data"))
            .part("req_edge_list", part("req_edge_list"));
        let request = self.request(Method::POST, &format!("/v1/networks?name={name}")).multipart(form);
        let answer = Answer::read(request.send().await.unwrap()).await;
        answer.expect(201)["id"].as_str().unwrap().to_owned()
    }

    /// Creates a mission and returns it.
    pub(crate) async fn create_mission(&self, body: &Value) -> Value {
        self.post("/v1/missions", body).await.expect(201)
    }

    /// Creates a mission across the [`square`] that is under way and planned, and one that is over. Returns their ids.
    pub(crate) async fn open_and_ended_mission(&self, network: &str) -> (String, String) {
        let create = async || {
            let mission = self.create_mission(&across(network)).await["id"].as_str().unwrap().to_owned();
            self.plan_after(&mission, 1).await;
            mission
        };
        let (open, ended) = (create().await, create().await);
        self.post(&format!("/v1/missions/{ended}/cancel"), &Value::Null).await.expect(200);
        (open, ended)
    }

    /// Asks until the mission's plan takes the whole log up to `seq` into account, and returns it.
    pub(crate) async fn plan_after(&self, mission: &str, seq: u64) -> Value {
        self.plan_where(mission, |basis| basis["seq"].as_u64() >= Some(seq)).await
    }

    /// Asks until the mission's plan is made for the revision, and returns it.
    pub(crate) async fn plan_for(&self, mission: &str, revision: &Value) -> Value {
        self.plan_where(mission, |basis| basis["revision"] == *revision).await
    }

    /// Asks until the mission's plan has such a basis, and returns it.
    pub(crate) async fn plan_where(&self, mission: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let asking = async {
            loop {
                let answer = self.get(&format!("/v1/missions/{mission}/plan")).await;
                if answer.status == StatusCode::OK {
                    let plan = answer.json();
                    if wanted(&plan["basis"]) && plan["provisional"] == false {
                        return plan;
                    }
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(SOON, asking).await.unwrap_or_else(|_| panic!("the wanted plan of {mission} in time"))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// A small network: a square of roads with a diagonal, about 1 km wide. Junctions a (south-west), b (south-east), c
/// (north-east), d (north-west); every road has a bend, and there is an island of two roads to the east.
///
/// ```text
///  d ──2── c      x
///  │     ╱ │      │
///  3   4   1      5
///  │ ╱     │      │
///  a ──0── b      y ──6── z
/// ```
pub(crate) fn square() -> Value {
    let (a, b, c, d) = ([8.0, 50.0], [8.01, 50.0], [8.01, 50.008], [8.0, 50.008]);
    let (x, y, z) = ([8.03, 50.008], [8.03, 50.0], [8.04, 50.0]);
    let road = |id: &str, from: [f64; 2], to: [f64; 2], bend: f64| {
        let middle = [(from[0] + to[0]) / 2.0 + bend, (from[1] + to[1]) / 2.0 + bend];
        json!({
            "type": "Feature",
            "properties": { "id": id, "name": format!("Road {id}") },
            "geometry": { "type": "LineString", "coordinates": [from, middle, to] }
        })
    };
    json!({ "type": "FeatureCollection", "features": [
        road("ab", a, b, 0.0002), road("bc", b, c, 0.0002), road("cd", c, d, 0.0002), road("da", d, a, 0.0002),
        road("ac", a, c, 0.0), road("xy", x, y, 0.0002), road("yz", y, z, 0.0002),
    ] })
}

/// A mission across [`square`], from near a to near c, with two UAVs.
pub(crate) fn across(network: &str) -> Value {
    json!({
        "network_id": network,
        "name": "across",
        "start": { "position": { "lon": 8.0, "lat": 50.0 } },
        "goal": { "position": { "lon": 8.01, "lat": 50.008 } },
        "ugv": { "speed_mps": 10.0 },
        "uavs": [{ "speed_mps": 20.0 }, { "speed_mps": 20.0 }],
        "strategy": { "name": "shortest_path" }
    })
}

/// A mission across the centre of Tokyo, with one UAV and the usual strategy.
pub(crate) fn across_tokyo(network: &str) -> Value {
    json!({
        "network_id": network,
        "name": "across Tokyo",
        "start": { "position": { "lon": 139.7970, "lat": 35.6610 }, "snap_limit_m": 500 },
        "goal": { "position": { "lon": 139.8250, "lat": 35.6770 }, "snap_limit_m": 500 },
        "ugv": { "speed_mps": 10 },
        "uavs": [{ "speed_mps": 15 }]
    })
}

/// A report with an id made of a number.
pub(crate) fn report(number: u64, segment: u64, finding: &str, second: u32) -> Value {
    json!({
        "id": format!("01938a6e-0000-7000-8000-{number:012x}"),
        "segment": segment,
        "finding": finding,
        "observed_at": format!("2026-05-04T09:{:02}:{:02}Z", second / 60, second % 60),
        "reported_by": "uav-1"
    })
}

/// A folder of the shared data beside the repository. Without it the test is skipped, but not on CI.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    if path.exists() {
        return Some(path);
    }
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{} is missing", path.display());
    eprintln!("skipped: {} is missing", path.display());
    None
}
