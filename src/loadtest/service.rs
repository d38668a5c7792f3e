//! What a load test asks of the service besides the load: its network and missions, its log, its memory.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use uuid::Uuid;

use super::http::{Connections, Target};
use super::source::Source;
use crate::domain::ids::{MissionId, NetworkId};
use crate::domain::network::Place;

/// How often a request is tried while the service is away or asks to come back later.
const ATTEMPTS: u32 = 5;
/// The wait before the second attempt; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// The most log events of a page.
pub(super) const LOG_PAGE: usize = 1_000;
const JSON: &str = "application/json";

/// Why a request failed for good.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// There is no answer.
    #[error("{url} does not answer. Does the service run? `outrider serve` starts one; --url says where it is")]
    Away {
        /// The service.
        url: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The service refused it.
    #[error("{method} {path} was answered with status {status}: {detail}")]
    Refused {
        /// The request's method.
        method: &'static str,
        /// The request's path.
        path: String,
        /// The answer's status.
        status: u16,
        /// The problem's stable name; empty if the answer is no problem document.
        code: String,
        /// The problem in words.
        detail: String,
    },
    /// The answer is not what the API documents.
    #[error("the answer to {path} cannot be read: is there an Outrider at {url}?")]
    Unreadable {
        /// The service.
        url: String,
        /// The request's path.
        path: String,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The service reads the network in another way than this program.
    #[error(
        "the service has {theirs} segments of this network, but this program reads {ours}: their versions differ; run the load \
         test with the service's version"
    )]
    OtherNetwork {
        /// As the service says.
        theirs: usize,
        /// As read here.
        ours: usize,
    },
}

/// What is known of an answer that is a problem.
#[derive(Default, Deserialize)]
pub(super) struct Problem {
    #[serde(default)]
    pub(super) code: String,
    #[serde(default)]
    pub(super) detail: String,
}

#[derive(Deserialize)]
struct NetworkItem {
    id: NetworkId,
    name: String,
    segment_count: usize,
}

#[derive(Deserialize)]
struct NetworkList {
    networks: Vec<NetworkItem>,
}

/// One event of the log.
#[derive(Debug, Deserialize)]
pub(super) struct LogEvent {
    pub(super) seq: u64,
    pub(super) kind: String,
    body: LogBody,
}

#[derive(Debug, Deserialize)]
struct LogBody {
    id: Option<Uuid>,
}

impl LogEvent {
    /// The report's id, if it is a report.
    pub(super) fn report(&self) -> Option<Uuid> {
        if self.kind == "report" { self.body.id } else { None }
    }
}

#[derive(Deserialize)]
struct LogPage {
    events: Vec<LogEvent>,
}

/// The service, which may be several processes.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) connections: Vec<Arc<Connections>>,
}

impl Service {
    pub(super) fn new(targets: Vec<Target>, connections: usize) -> Self {
        Self { connections: targets.into_iter().map(|target| Connections::to(target, connections)).collect() }
    }

    pub(super) fn targets(&self) -> Vec<Target> {
        self.connections.iter().map(|connections| connections.target.clone()).collect()
    }

    /// The version of the program, if every process answers and is ready.
    pub(super) async fn version(&self) -> Result<String, ServiceError> {
        #[derive(Deserialize)]
        struct Ready {
            version: String,
        }
        let mut versions = BTreeSet::new();
        for connections in &self.connections {
            versions.insert(ask::<Ready>(connections, "GET", "/readyz", "", &[]).await?.version);
        }
        Ok(versions.into_iter().collect::<Vec<_>>().join(", "))
    }

    /// The network of that source, which is uploaded unless an earlier run has left it.
    pub(super) async fn network(&self, source: &Source) -> Result<NetworkId, ServiceError> {
        let listed: NetworkList = self.ask("GET", "/v1/networks", "", &[]).await?;
        let network = match listed.networks.into_iter().find(|network| network.name == source.name) {
            Some(network) => network,
            None => {
                let path = format!("/v1/networks?name={}", source.name);
                self.ask::<NetworkItem>("POST", &path, &source.content_type, &source.body).await?
            }
        };
        let (theirs, ours) = (network.segment_count, source.network.segments().len());
        if theirs == ours { Ok(network.id) } else { Err(ServiceError::OtherNetwork { theirs, ours }) }
    }

    pub(super) async fn create_mission(
        &self,
        network: NetworkId,
        name: &str,
        [start, goal]: [Place; 2],
        uavs: usize,
        strategy: &Value,
        seed: u64,
    ) -> Result<MissionId, ServiceError> {
        #[derive(Deserialize)]
        struct Created {
            id: MissionId,
        }
        let body = json!({
            "network_id": network,
            "name": name,
            "start": start,
            "goal": goal,
            "ugv": { "speed_mps": 10 },
            "uavs": vec![json!({ "speed_mps": 20 }); uavs],
            "strategy": strategy,
            "seed": seed,
        });
        Ok(self.ask::<Created>("POST", "/v1/missions", JSON, body.to_string().as_bytes()).await?.id)
    }

    /// The number of a mission's last event.
    pub(super) async fn last_seq(&self, mission: MissionId) -> Result<u64, ServiceError> {
        #[derive(Deserialize)]
        struct Mission {
            seq: u64,
        }
        Ok(self.ask::<Mission>("GET", &format!("/v1/missions/{mission}"), "", &[]).await?.seq)
    }

    /// The events after `after`, at the most [`LOG_PAGE`].
    pub(super) async fn log(&self, mission: MissionId, after: u64) -> Result<Vec<LogEvent>, ServiceError> {
        let path = format!("/v1/missions/{mission}/log?after={after}&limit={LOG_PAGE}");
        Ok(self.ask::<LogPage>("GET", &path, "", &[]).await?.events)
    }

    /// Ends a mission.
    pub(super) async fn cancel(&self, mission: MissionId) -> Result<(), ServiceError> {
        self.ask::<Value>("POST", &format!("/v1/missions/{mission}/cancel"), JSON, b"{}").await.map(drop)
    }

    /// Deletes a network. Whether it is gone: the service keeps one that missions refer to, also missions that are over.
    pub(super) async fn delete_network(&self, network: NetworkId) -> Result<bool, ServiceError> {
        match self.ask::<Value>("DELETE", &format!("/v1/networks/{network}"), "", &[]).await {
            Err(ServiceError::Refused { status: 409, .. }) => Ok(false),
            Err(error) => Err(error),
            Ok(_) => Ok(true),
        }
    }

    async fn ask<T: DeserializeOwned>(
        &self,
        method: &'static str,
        path: &str,
        content_type: &str,
        body: &[u8],
    ) -> Result<T, ServiceError> {
        let Some(first) = self.connections.first() else {
            let source = std::io::Error::other("no URL is given");
            return Err(ServiceError::Away { url: String::new(), source });
        };
        ask(first, method, path, content_type, body).await
    }
}

/// One request, tried again while the service is away or asks to come back later. Repeats are harmless but for creations, of
/// which a lost answer leaves one too many.
async fn ask<T: DeserializeOwned>(
    connections: &Connections,
    method: &'static str,
    path: &str,
    content_type: &str,
    body: &[u8],
) -> Result<T, ServiceError> {
    let target = &connections.target;
    let request = target.request(method, path, content_type, body);
    let mut pause = FIRST_PAUSE;
    for attempt in 1.. {
        let last = attempt == ATTEMPTS;
        match connections.call(&request).await {
            Ok(answer) if (200..300).contains(&answer.status) => {
                let read: &[u8] = if answer.body.is_empty() { b"null" } else { &answer.body };
                return serde_json::from_slice(read).map_err(|source| ServiceError::Unreadable {
                    url: target.url.clone(),
                    path: path.to_owned(),
                    source,
                });
            }
            Ok(answer) if last || !matches!(answer.status, 429 | 503) => {
                let problem: Problem = serde_json::from_slice(&answer.body).unwrap_or_default();
                let (code, detail) = (problem.code, problem.detail);
                return Err(ServiceError::Refused {
                    method,
                    path: path.to_owned(),
                    status: answer.status,
                    code,
                    detail,
                });
            }
            Err(source) if last => return Err(ServiceError::Away { url: target.url.clone(), source }),
            Ok(_) | Err(_) => {}
        }
        tokio::time::sleep(pause).await;
        pause *= 2;
    }
    Err(ServiceError::Away { url: target.url.clone(), source: std::io::Error::other("no attempt was made") })
}
