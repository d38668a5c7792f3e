//! How much memory the service takes, looked at again and again while it works.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::sync::oneshot;

use super::http::Connections;

/// How often it is looked at.
const EVERY: Duration = Duration::from_millis(500);
/// The metric that says it.
const METRIC: &str = "process_resident_memory_bytes ";

/// Where the memory of one process is read.
#[derive(Clone, Debug)]
pub(super) enum Gauge {
    /// From the service's own metrics.
    Metrics(Arc<Connections>),
    /// From the system, by the process's id.
    Process(u32, String),
}

/// The resident memory of one process of the service.
#[derive(Clone, Debug, Serialize)]
pub struct MemoryUse {
    /// The process.
    pub url: String,
    /// Where it was read: `metrics` or `process ID`.
    pub read_from: String,
    /// Before the load.
    pub before_bytes: Option<u64>,
    /// At the end of the load.
    pub after_bytes: Option<u64>,
    /// The most that was seen in between, every half second.
    pub peak_bytes: Option<u64>,
}

impl Gauge {
    /// The resident memory now; none where it cannot be read.
    pub(super) async fn read(&self) -> Option<u64> {
        match self {
            Self::Metrics(connections) => {
                let request = connections.target.request("GET", "/metrics", "", &[]);
                let answer = connections.call(&request).await.ok().filter(|answer| answer.status == 200)?;
                let text = String::from_utf8(answer.body).ok()?;
                let value = text.lines().find_map(|line| line.strip_prefix(METRIC))?;
                value.trim().parse::<f64>().ok().map(|bytes| bytes as u64)
            }
            Self::Process(pid, _) => {
                let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
                let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
                line.split_whitespace().next()?.parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
            }
        }
    }

    fn url(&self) -> &str {
        match self {
            Self::Metrics(connections) => &connections.target.url,
            Self::Process(_, url) => url,
        }
    }

    fn read_from(&self) -> String {
        match self {
            Self::Metrics(_) => "metrics".to_owned(),
            Self::Process(pid, _) => format!("process {pid}"),
        }
    }
}

/// Watches the memory of all processes until it is asked for the result.
#[derive(Debug)]
pub(super) struct Watch {
    stop: oneshot::Sender<()>,
    watching: tokio::task::JoinHandle<Vec<MemoryUse>>,
}

impl Watch {
    /// Looks a first time, and begins.
    pub(super) async fn begin(gauges: Vec<Gauge>) -> Self {
        let mut uses = Vec::new();
        for gauge in &gauges {
            let before_bytes = gauge.read().await;
            let (url, read_from) = (gauge.url().to_owned(), gauge.read_from());
            uses.push(MemoryUse { url, read_from, before_bytes, after_bytes: before_bytes, peak_bytes: before_bytes });
        }
        let (stop, mut stopped) = oneshot::channel();
        let watching = tokio::spawn(async move {
            loop {
                let last = tokio::select! {
                    _ = &mut stopped => true,
                    () = tokio::time::sleep(EVERY) => false,
                };
                for (gauge, of) in gauges.iter().zip(&mut uses) {
                    of.after_bytes = gauge.read().await;
                    of.peak_bytes = of.peak_bytes.max(of.after_bytes);
                }
                if last {
                    return uses;
                }
            }
        });
        Self { stop, watching }
    }

    /// Looks a last time.
    pub(super) async fn end(self) -> Vec<MemoryUse> {
        let _ = self.stop.send(());
        self.watching.await.unwrap_or_default()
    }
}
