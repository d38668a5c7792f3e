//! The service's REST interface as a client uses it: every request is tried again, with the same ids, while the service is
//! away or asks to come back later.

use std::time::Duration;

use reqwest::{Method, StatusCode, header};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::streets::FeatureCollection;
use crate::domain::geometry::LonLat;
use crate::domain::ids::{MissionId, NetworkId, ReportId, SegmentId, VehicleId};
use crate::domain::mission::MissionStatus;
use crate::domain::network::{Direction, Place};
use crate::domain::report::Finding;
use crate::domain::timestamp::Timestamp;

/// How long one attempt may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The pause after the first failed attempt; it doubles with each.
pub(super) const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The longest pause between attempts.
pub(super) const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Why a request failed for good.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The service refused it. Its problem document says why.
    #[error("{method} {path} was refused with {status} ({code}): {detail}")]
    Refused {
        /// The request's method.
        method: Method,
        /// The request's path.
        path: String,
        /// The answer's status.
        status: StatusCode,
        /// The problem's stable name.
        code: String,
        /// The problem in words.
        detail: String,
    },
    /// The answer is not what the API documents.
    #[error("the answer to {path} cannot be read")]
    Unreadable {
        /// The request's path.
        path: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The HTTP client could not be set up.
    #[error("no HTTP client could be made")]
    Setup(#[from] reqwest::Error),
}

impl ClientError {
    /// Whether the mission is over and takes nothing more.
    pub(super) fn is_mission_over(&self) -> bool {
        matches!(self, ClientError::Refused { code, .. } if code == "mission_ended")
    }
}

#[derive(Deserialize)]
struct Problem {
    code: String,
    detail: String,
}

/// A mission in a list.
#[derive(Debug, Deserialize)]
pub(super) struct MissionItem {
    pub(super) id: MissionId,
    pub(super) name: String,
    pub(super) status: MissionStatus,
}

#[derive(Deserialize)]
struct MissionList {
    missions: Vec<MissionItem>,
}

/// A report to be sent.
#[derive(Clone, Debug, Serialize)]
pub(super) struct ReportBody {
    id: ReportId,
    pub(super) segment: SegmentId,
    pub(super) finding: Finding,
    #[serde(skip_serializing_if = "Option::is_none")]
    blockage_offset_m: Option<f64>,
    observed_at: Timestamp,
    reported_by: VehicleId,
}

impl ReportBody {
    pub(super) fn new(
        id: ReportId,
        segment: SegmentId,
        finding: Finding,
        blockage_offset_m: Option<f64>,
        observed_at: Timestamp,
        reported_by: VehicleId,
    ) -> Self {
        Self { id, segment, finding, blockage_offset_m, observed_at, reported_by }
    }
}

/// Where a report stands in the log.
#[derive(Debug, Deserialize)]
pub(super) struct ReportAccepted {
    pub(super) segment: SegmentId,
    pub(super) seq: u64,
}

#[derive(Deserialize)]
struct ReportsAccepted {
    reports: Vec<ReportAccepted>,
}

/// A position to be sent.
#[derive(Clone, Debug, Serialize)]
pub(super) struct PositionBody {
    vehicle: VehicleId,
    observed_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<LonLat>,
    #[serde(skip_serializing_if = "Option::is_none")]
    segment: Option<SegmentId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offset_m: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inspecting: Option<InspectingBody>,
}

#[derive(Clone, Debug, Serialize)]
struct InspectingBody {
    segment: SegmentId,
    direction: Direction,
}

impl PositionBody {
    /// The UGV, which knows its place on the map.
    pub(super) fn ugv(observed_at: Timestamp, place: Place) -> Self {
        let (segment, offset_m) = (Some(place.segment), Some(place.offset_m));
        Self { vehicle: VehicleId::ugv(), observed_at, position: None, segment, offset_m, inspecting: None }
    }

    /// A UAV.
    pub(super) fn uav(
        vehicle: VehicleId,
        observed_at: Timestamp,
        position: LonLat,
        inspecting: Option<(SegmentId, Direction)>,
    ) -> Self {
        let inspecting = inspecting.map(|(segment, direction)| InspectingBody { segment, direction });
        Self { vehicle, observed_at, position: Some(position), segment: None, offset_m: None, inspecting }
    }
}

/// A client of one service.
#[derive(Clone, Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    base_url: String,
}

impl Client {
    /// A client of the service at a URL such as `http://127.0.0.1:8080`, with a key if it needs one.
    pub(super) fn new(base_url: &str, key: Option<&str>) -> Result<Self, ClientError> {
        let mut headers = header::HeaderMap::new();
        if let Some(mut value) = key.and_then(|key| header::HeaderValue::from_str(&format!("Bearer {key}")).ok()) {
            value.set_sensitive(true);
            headers.insert(header::AUTHORIZATION, value);
        }
        let http = reqwest::Client::builder().no_proxy().connect_timeout(TIMEOUT).default_headers(headers).build()?;
        Ok(Self { http, base_url: base_url.trim_end_matches('/').to_owned() })
    }

    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }

    /// A request that is not answered at once but goes on, such as a stream.
    pub(super) fn open(&self, path: &str) -> reqwest::RequestBuilder {
        self.http.get(format!("{}{path}", self.base_url))
    }

    /// The missions of a network and status, newest first.
    pub(super) async fn missions(
        &self,
        network: NetworkId,
        status: Option<&str>,
    ) -> Result<Vec<MissionItem>, ClientError> {
        let status = status.map_or(String::new(), |status| format!("&status={status}"));
        let path = format!("/v1/missions?network_id={network}&limit=200{status}");
        Ok(self.call::<MissionList>(Method::GET, &path, None).await?.missions)
    }

    /// The roads of a network.
    pub(super) async fn segments(&self, network: NetworkId) -> Result<FeatureCollection, ClientError> {
        self.call(Method::GET, &format!("/v1/networks/{network}/geojson"), None).await
    }

    /// Creates a mission. The key makes a second attempt harmless if the answer to the first was lost.
    pub(super) async fn create_mission(&self, mission: &Value, key: &str) -> Result<MissionId, ClientError> {
        #[derive(Deserialize)]
        struct Created {
            id: MissionId,
        }
        Ok(self.call::<Created>(Method::POST, "/v1/missions", Some((mission, Some(key)))).await?.id)
    }

    /// Ends a mission. One that is over already is fine.
    pub(super) async fn cancel_mission(&self, mission: MissionId) -> Result<(), ClientError> {
        let path = format!("/v1/missions/{mission}/cancel");
        match self.call::<Value>(Method::POST, &path, Some((&json!({}), None))).await {
            Err(error) if !error.is_mission_over() => Err(error),
            _ => Ok(()),
        }
    }

    /// Sends findings until they are taken in.
    pub(super) async fn report(
        &self,
        mission: MissionId,
        reports: &[ReportBody],
    ) -> Result<Vec<ReportAccepted>, ClientError> {
        let body = json!(reports);
        let path = format!("/v1/missions/{mission}/reports");
        Ok(self.call::<ReportsAccepted>(Method::POST, &path, Some((&body, None))).await?.reports)
    }

    /// Sends positions, once: the next ones come soon.
    pub(super) async fn tell_positions(
        &self,
        mission: MissionId,
        positions: &[PositionBody],
    ) -> Result<(), ClientError> {
        let body = json!(positions);
        let path = format!("/v1/missions/{mission}/positions");
        match self.attempt(&Method::POST, &path, Some((&body, None))).await {
            Attempt::Answered(_) | Attempt::Later(_) => Ok(()),
            Attempt::Refused(error) => Err(error),
        }
    }

    async fn call<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<(&Value, Option<&str>)>,
    ) -> Result<T, ClientError> {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.attempt(&method, path, body).await {
                Attempt::Answered(bytes) => {
                    return serde_json::from_slice(&bytes)
                        .map_err(|source| ClientError::Unreadable { path: path.to_owned(), source });
                }
                Attempt::Refused(error) => return Err(error),
                Attempt::Later(wanted) => {
                    tokio::time::sleep(wanted.unwrap_or(pause).min(LONGEST_PAUSE)).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    async fn attempt(&self, method: &Method, path: &str, body: Option<(&Value, Option<&str>)>) -> Attempt {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.base_url)).timeout(TIMEOUT);
        if let Some((body, key)) = body {
            request = request.json(body);
            if let Some(key) = key {
                request = request.header("idempotency-key", key);
            }
        }
        let Ok(response) = request.send().await else { return Attempt::Later(None) };
        let status = response.status();
        let retry_after = response
            .headers()
            .get(header::RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse().ok())
            .map(Duration::from_secs);
        let Ok(bytes) = response.bytes().await else { return Attempt::Later(None) };
        if status.is_success() {
            return Attempt::Answered(bytes);
        }
        if matches!(status, StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS) {
            return Attempt::Later(retry_after);
        }
        let problem: Option<Problem> = serde_json::from_slice(&bytes).ok();
        let (code, detail) = problem.map_or_else(Default::default, |problem| (problem.code, problem.detail));
        Attempt::Refused(ClientError::Refused { method: method.clone(), path: path.to_owned(), status, code, detail })
    }
}

/// What one attempt came to.
enum Attempt {
    Answered(bytes::Bytes),
    Refused(ClientError),
    /// Worth another attempt; after the time that the service asks for, if it does.
    Later(Option<Duration>),
}
