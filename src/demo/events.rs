//! A mission's event stream as a client follows it: connected again whenever it ends, resumed after the last event seen.

use std::time::Duration;

use serde::Deserialize;
use tokio::sync::mpsc;

use super::client::{Client, FIRST_PAUSE, LONGEST_PAUSE};
use crate::domain::geometry::LonLat;
use crate::domain::ids::{MissionId, SegmentId, VehicleId};
use crate::domain::mission::{MissionEvent, MissionStatus};
use crate::domain::network::{Leg, Place};
use crate::domain::plan::Plan;
use crate::domain::timestamp::Timestamp;

/// After how long without a byte the connection counts as broken. Heartbeats come every 15 s.
const SILENCE: Duration = Duration::from_secs(60);
/// The most bytes of one event.
const MAX_EVENT_BYTES: usize = 16 << 20;

/// What a client sees.
#[derive(Debug)]
pub(super) enum Told {
    /// The mission at one moment: what comes before is void.
    Snapshot(Box<Snapshot>),
    /// The log's next event.
    Event(Box<MissionEvent>),
}

/// The data of a `snapshot` event, as far as it is used.
#[derive(Debug, Deserialize)]
pub(super) struct Snapshot {
    pub(super) mission: MissionBody,
    pub(super) plan: Option<PlanBody>,
    pub(super) positions: Vec<VehicleBody>,
}

#[derive(Debug, Deserialize)]
pub(super) struct MissionBody {
    pub(super) name: String,
    pub(super) status: MissionStatus,
    pub(super) start: EndpointBody,
    pub(super) goal: EndpointBody,
    pub(super) ugv_speed_mps: f64,
    pub(super) uavs: Vec<UavBody>,
    pub(super) seed: u64,
    pub(super) created_at: Timestamp,
}

#[derive(Debug, Deserialize)]
pub(super) struct EndpointBody {
    segment: SegmentId,
    offset_m: f64,
}

impl EndpointBody {
    pub(super) fn place(&self) -> Place {
        Place { segment: self.segment, offset_m: self.offset_m }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct UavBody {
    pub(super) id: VehicleId,
    pub(super) speed_mps: f64,
    pub(super) start: LonLat,
}

#[derive(Debug, Deserialize)]
pub(super) struct PlanBody {
    pub(super) seq: u64,
    #[serde(flatten)]
    pub(super) plan: Plan,
}

#[derive(Debug, Deserialize)]
pub(super) struct VehicleBody {
    pub(super) vehicle: VehicleId,
    pub(super) position: LonLat,
    pub(super) segment: Option<SegmentId>,
    pub(super) offset_m: Option<f64>,
    pub(super) inspecting: Option<Leg>,
}

/// Follows a mission until the receiver is dropped or the service says that there is no such mission.
pub(super) async fn follow(client: Client, mission: MissionId, told: mpsc::Sender<Told>) {
    let mut last_event_id: Option<u64> = None;
    let mut pause = FIRST_PAUSE;
    while !told.is_closed() {
        let mut request = client.open(&format!("/v1/missions/{mission}/events"));
        if let Some(id) = last_event_id {
            request = request.header("last-event-id", id.to_string());
        }
        match request.send().await {
            Ok(response) if response.status().is_success() => {
                let before = last_event_id;
                read(response, &mut last_event_id, &told).await;
                if last_event_id != before {
                    pause = FIRST_PAUSE;
                }
            }
            Ok(response) if response.status().is_client_error() && response.status().as_u16() != 429 => {
                tracing::error!(mission.id = %mission, status = %response.status(), "the stream was refused");
                return;
            }
            // Away, or asks to come back later.
            Ok(_) | Err(_) => {}
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = told.closed() => return,
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// Reads one connection to its end.
async fn read(mut response: reqwest::Response, last_event_id: &mut Option<u64>, told: &mpsc::Sender<Told>) {
    let mut blocks = Blocks::default();
    loop {
        let chunk = tokio::select! {
            chunk = tokio::time::timeout(SILENCE, response.chunk()) => chunk,
            () = told.closed() => return,
        };
        let Ok(Ok(Some(chunk))) = chunk else { return };
        blocks.push(&chunk);
        while let Some(block) = blocks.next() {
            let (id, item) = parse(&block);
            if let Some(item) = item
                && told.send(item).await.is_err()
            {
                return;
            }
            *last_event_id = id.or(*last_event_id);
        }
        if blocks.rest.len() > MAX_EVENT_BYTES {
            return;
        }
    }
}

/// The stream cut into events, which end with an empty line.
#[derive(Default)]
struct Blocks {
    rest: Vec<u8>,
    /// Up to where no end was found.
    searched: usize,
}

impl Blocks {
    fn push(&mut self, chunk: &[u8]) {
        self.rest.extend_from_slice(chunk);
    }

    fn next(&mut self) -> Option<String> {
        let from = self.searched.saturating_sub(1);
        let Some(end) = self.rest[from..].windows(2).position(|pair| pair == b"\n\n") else {
            self.searched = self.rest.len();
            return None;
        };
        self.searched = 0;
        let block: Vec<u8> = self.rest.drain(..from + end + 2).collect();
        Some(String::from_utf8_lossy(&block).into_owned())
    }
}

/// The event's id, and what it says if it is of use here.
fn parse(block: &str) -> (Option<u64>, Option<Told>) {
    let (mut name, mut id, mut data) = ("", None, String::new());
    for line in block.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => name = value,
            "id" => id = value.parse().ok(),
            "data" => data.push_str(value),
            _ => {}
        }
    }
    let item = match name {
        "snapshot" => serde_json::from_str(&data).map(|snapshot| Some(Told::Snapshot(Box::new(snapshot)))),
        "plan" | "report" | "closure" | "vehicle" | "mission" => {
            serde_json::from_str(&data).map(|event| Some(Told::Event(Box::new(event))))
        }
        // Positions are our own, heartbeats are for the connection, and what is new in later versions is passed over.
        _ => Ok(None),
    };
    let item = item.unwrap_or_else(|error| {
        tracing::error!(event = name, %error, "an event of the stream cannot be read");
        None
    });
    (id, item)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_found_however_the_bytes_come() {
        let text = "retry: 2000\n\nid: 7\nevent: mission\ndata: {\"seq\":7,\"revision\":2,\"recorded_at\":\"2026-05-04T09:30:00Z\",\"kind\":\"mission_ended\",\"body\":{\"outcome\":\"arrived\"}}\n\nevent: heartbeat\ndata: {}\n\n";
        for size in 1..text.len() {
            let mut blocks = Blocks::default();
            let mut found = Vec::new();
            for chunk in text.as_bytes().chunks(size) {
                blocks.push(chunk);
                while let Some(block) = blocks.next() {
                    found.push(parse(&block));
                }
            }
            assert_eq!(found.len(), 3, "chunks of {size} bytes");
            assert!(matches!(&found[1], (Some(7), Some(Told::Event(event))) if event.seq == 7));
            assert!(matches!(found[2], (None, None)));
        }
    }
}
