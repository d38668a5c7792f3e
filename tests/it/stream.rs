//! A client of event streams, as a browser's is.

use reqwest::Method;
use serde_json::Value;

use crate::service::{Client, SOON};

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StreamEvent {
    pub(crate) name: String,
    /// The id as a number; none in streams of several missions, where it is not one.
    pub(crate) id: Option<u64>,
    /// The id as it is sent.
    pub(crate) cursor: Option<String>,
    pub(crate) data: Value,
}

/// An open stream.
pub(crate) struct EventStream {
    response: reqwest::Response,
    buffer: Vec<u8>,
    /// After how many milliseconds the stream last said to connect again.
    pub(crate) retry_ms: Option<u32>,
}

impl EventStream {
    /// Opens a mission's stream, resuming after an event if one is given.
    pub(crate) async fn open(service: &Client, mission: &str, last_event_id: Option<u64>) -> Self {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let last_event_id = last_event_id.map(|id| id.to_string());
        Self::open_with(&client, &format!("{}/v1/missions/{mission}/events", service.url), last_event_id.as_deref())
            .await
    }

    /// Opens the stream of several missions.
    pub(crate) async fn open_joint(service: &Client, missions: &[String], last_event_id: Option<&str>) -> Self {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let query: Vec<String> = missions.iter().map(|mission| format!("mission_id={mission}")).collect();
        Self::open_with(&client, &format!("{}/v1/events?{}", service.url, query.join("&")), last_event_id).await
    }

    /// Opens a stream with a client of whoever calls.
    pub(crate) async fn open_with(client: &reqwest::Client, url: &str, last_event_id: Option<&str>) -> Self {
        let mut request = client.request(Method::GET, url);
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id);
        }
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        assert_eq!(response.headers()["x-accel-buffering"], "no");
        Self { response, buffer: Vec::new(), retry_ms: None }
    }

    /// Opens a mission's stream after an event, if it can be had now.
    pub(crate) async fn try_open(client: &reqwest::Client, url: &str, mission: &str, after: u64) -> Option<Self> {
        let request =
            client.get(format!("{url}/v1/missions/{mission}/events")).header("last-event-id", after.to_string());
        let response = tokio::time::timeout(SOON, request.send()).await.ok()?.ok()?;
        let status = response.status().as_u16();
        assert!(matches!(status, 200 | 502 | 503 | 504), "{status}: {:?}", response.text().await);
        (status == 200).then(|| Self { response, buffer: Vec::new(), retry_ms: None })
    }

    /// The next event; `None` at the end of the stream. Fails if nothing comes for long.
    pub(crate) async fn next(&mut self) -> Option<StreamEvent> {
        tokio::time::timeout(SOON, self.next_ever()).await.expect("an event within the time for anything")
    }

    /// The first event that is wanted, passing over others.
    pub(crate) async fn find(&mut self, wanted: impl Fn(&StreamEvent) -> bool) -> StreamEvent {
        let finding = async {
            loop {
                let event = self.next_ever().await.expect("the stream goes on");
                if wanted(&event) {
                    return event;
                }
            }
        };
        tokio::time::timeout(SOON, finding).await.expect("the wanted event within the time for anything")
    }

    /// Reads to the end of the stream.
    pub(crate) async fn end(&mut self) {
        while self.next().await.is_some() {}
    }

    /// The next event, however long it takes; `None` at the end of the stream.
    pub(crate) async fn next_ever(&mut self) -> Option<StreamEvent> {
        loop {
            while let Some(end) = self.buffer.windows(2).position(|w| w == b"\n\n") {
                let block: Vec<u8> = self.buffer.drain(..end + 2).collect();
                if let Some(event) = self.parse(std::str::from_utf8(&block).unwrap()) {
                    return Some(event);
                }
            }
            // A stream that breaks off is at its end, as for a browser.
            let chunk = self.response.chunk().await.ok().flatten()?;
            self.buffer.extend_from_slice(&chunk);
        }
    }

    fn parse(&mut self, block: &str) -> Option<StreamEvent> {
        let (mut name, mut cursor, mut data) = (String::from("message"), None, String::new());
        for line in block.lines() {
            match line.split_once(": ") {
                Some(("event", value)) => name = value.to_owned(),
                Some(("id", value)) => cursor = Some(value.to_owned()),
                Some(("data", value)) => data.push_str(value),
                Some(("retry", value)) => self.retry_ms = Some(value.parse().unwrap()),
                _ => assert_eq!(line, "", "a line no client expects"),
            }
        }
        if data.is_empty() {
            return None;
        }
        let id = cursor.as_ref().and_then(|cursor: &String| cursor.parse().ok());
        Some(StreamEvent { name, id, cursor, data: serde_json::from_str(&data).unwrap() })
    }
}
