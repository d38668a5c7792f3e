//! Many streams on which nothing comes: what each of them costs the service, and how soon all of them have one event.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use super::audience::Audience;
use super::http::Connections;
use super::memory::Gauge;
use super::mission::Mission;
use super::report::IdleFigures;
use super::service::{Service, ServiceError};

#[derive(Deserialize)]
struct Accepted {
    seq: u64,
}

/// How long the service may settle before its memory is read.
const SETTLE: Duration = Duration::from_secs(2);
/// How long an event may take to all.
const LIMIT: Duration = Duration::from_secs(30);

/// The memory of all processes together; none if one of them does not tell it.
pub(super) async fn memory_of_all(gauges: &[Gauge]) -> Option<u64> {
    let mut sum = 0;
    for gauge in gauges {
        sum += gauge.read().await?;
    }
    Some(sum)
}

/// Waits until nothing is written to the missions' logs any more, and returns their last numbers.
pub(super) async fn quiet(service: &Service, missions: &[Arc<Mission>]) -> Result<Vec<u64>, ServiceError> {
    const LOOKS: u32 = 100;
    const PAUSE: Duration = Duration::from_millis(300);
    let mut last = Vec::new();
    for _ in 0..LOOKS {
        let mut now = Vec::with_capacity(missions.len());
        for mission in missions {
            now.push(service.last_seq(mission.id).await?);
        }
        if now == last {
            break;
        }
        last = now;
        tokio::time::sleep(PAUSE).await;
    }
    Ok(last)
}

/// Sends events to `streams` streams that are open, one after the other, and waits for each until all have it.
pub(super) async fn one_event_to_all(
    service: &Service,
    missions: &[Arc<Mission>],
    audience: &Audience,
    streams: usize,
    rounds: usize,
    stop: &CancellationToken,
) -> Result<IdleFigures, ServiceError> {
    let (Some(connections), Some(mission)) = (service.connections.first(), missions.first()) else {
        return Err(ServiceError::Away { url: String::new(), source: std::io::Error::other("no URL is given") });
    };
    // The first report makes the segment clear, and a plan follows. The others say the same again: an event each, no more.
    send(connections, mission, Instant::now()).await?;
    let arrivals = &audience.crowd.arrivals;
    let (mut last_has_it_after_ms, mut missed) = (Vec::new(), 0);
    for _ in 0..rounds {
        if stop.is_cancelled() {
            break;
        }
        let last = quiet(service, missions).await?;
        let expected = last.first().map_or(0, |last| last + 1);
        let sent_at = Instant::now();
        arrivals.await_event(expected, sent_at);
        send(connections, mission, sent_at).await?;
        let waiting = async {
            while arrivals.count.load(Ordering::Acquire) < streams {
                arrivals.changed.notified().await;
            }
        };
        let _ = tokio::time::timeout(LIMIT, waiting).await;
        missed += streams.saturating_sub(arrivals.count.load(Ordering::Acquire)) as u64;
        last_has_it_after_ms.push(arrivals.last_took().as_secs_f64() * 1e3);
    }
    let mut sorted = last_has_it_after_ms.clone();
    sorted.sort_by(f64::total_cmp);
    Ok(IdleFigures {
        streams,
        opened_in_s: 0.0,
        bytes_per_stream: None,
        fan_out_ms: sorted.get(sorted.len() / 2).copied().unwrap_or_default(),
        last_has_it_after_ms,
        has_it_after: arrivals.took.summary(),
        missed,
    })
}

async fn send(connections: &Arc<Connections>, mission: &Mission, due: Instant) -> Result<(), ServiceError> {
    let path = format!("/v1/missions/{}/reports", mission.id);
    let (body, id) = mission.clear_report(due);
    let request = connections.target.request("POST", &path, "application/json", body.as_bytes());
    let url = connections.target.url.clone();
    let away = |source| ServiceError::Away { url: url.clone(), source };
    let answer = connections.call(&request).await.map_err(away)?;
    if answer.status == 202 {
        let accepted: Accepted =
            serde_json::from_slice(&answer.body).map_err(|source| ServiceError::Unreadable { url, path, source })?;
        mission.ledger.acknowledge(id, accepted.seq);
        return Ok(());
    }
    let (status, code) = (answer.status, String::new());
    let detail = String::from_utf8_lossy(&answer.body).into_owned();
    Err(ServiceError::Refused { method: "POST", path, status, code, detail })
}

/// Lets the service settle, and returns what each of so many streams takes of its memory.
pub(super) async fn bytes_per_stream(gauges: &[Gauge], before: Option<u64>, streams: usize) -> Option<f64> {
    tokio::time::sleep(SETTLE).await;
    let after = memory_of_all(gauges).await?;
    Some((after as f64 - before? as f64) / streams.max(1) as f64)
}
