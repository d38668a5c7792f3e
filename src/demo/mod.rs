//! The demo: one mission after another on the sample town, whose simulated vehicles drive and report as real ones would,
//! through the public HTTP API and the event stream only.
//!
//! It is also an example of a client: `client.rs` has the requests, `events.rs` the stream, `radio.rs` how findings survive
//! a service that is away. What the vehicles do not know until they see it is in `world.rs`.

mod client;
mod events;
mod fleet;
mod mission;
mod notice;
mod radio;
mod streets;
#[cfg(test)]
mod tests;
mod uav;
mod ugv;
mod world;

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use self::client::{Client, MissionItem};
use self::streets::Streets;
use crate::app::clock;
use crate::chain;
use crate::domain::ids::{MissionId, NetworkId};
use crate::domain::network::Network;

pub use self::client::ClientError;
pub use self::notice::Notice;

/// How demo missions are named; a number follows.
const NAME: &str = "Flood demo";
/// The ground vehicle's speed in metres per second.
const UGV_SPEED_MPS: f64 = 12.0;
/// The drones' speed in metres per second.
const UAV_SPEED_MPS: f64 = 18.0;
/// How many drones there are.
const UAVS: usize = 3;
/// The strategies in turn.
const STRATEGIES: [&str; 2] = ["shortest_path", "bidirectional"];
/// How long the end of a mission can be looked at before the next one begins.
const INTERMISSION: Duration = Duration::from_secs(10);
/// The largest seed that the API takes.
const MAX_SEED: u64 = (1 << 53) - 1;

/// What to drive, and where.
#[derive(Clone, Debug)]
pub struct DemoOptions {
    /// The service, such as `http://127.0.0.1:8080`.
    pub base_url: String,
    /// A key of an operator, if the service is not open.
    pub key: Option<String>,
    /// The sample town as the service has it.
    pub network: NetworkId,
    /// The same town, of which the hidden world is made.
    pub town: Arc<Network>,
    /// How many times faster than the clock the vehicles move.
    pub speed_up: f64,
    /// Which floods there will be.
    pub seed: u64,
}

/// Why the demo, or a mission of it, broke off.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// A request was refused.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The network is not what it should be.
    #[error("the network cannot be driven on: {0}")]
    Network(String),
    /// The stream of a mission is gone for good.
    #[error("the mission's stream ended; the log says why")]
    StreamEnded,
}

/// What all missions share.
struct Scene {
    client: Client,
    network: NetworkId,
    town: Arc<Network>,
    streets: Streets,
    speed_up: f64,
    notices: mpsc::UnboundedSender<Notice>,
}

impl Scene {
    fn tell(&self, notice: Notice) {
        // Nobody may be listening.
        let _ = self.notices.send(notice);
    }
}

/// Runs demo missions one after the other until it is told to stop. A demo mission that is under way already is taken up
/// again. What is worth telling goes to `notices`.
///
/// # Errors
/// When the service refuses what every mission needs. A single mission that fails is told, and followed by another.
pub async fn run(
    options: DemoOptions,
    notices: mpsc::UnboundedSender<Notice>,
    stop: CancellationToken,
) -> Result<(), DemoError> {
    let DemoOptions { base_url, key, network, town, speed_up, seed } = options;
    let client = Client::new(&base_url, key.as_deref())?;
    let segments = tokio::select! {
        segments = client.segments(network) => segments?,
        () = stop.cancelled() => return Ok(()),
    };
    let streets = Streets::read(segments).map_err(|e| DemoError::Network(e.to_string()))?;
    let scene = Scene { client, network, town, streets, speed_up, notices };
    loop {
        let driving = async {
            let (id, resumed) = tokio::select! {
                next = next_mission(&scene, seed) => next?,
                () = stop.cancelled() => return Ok(()),
            };
            // Looks after the token itself, so that the last findings go out.
            mission::drive(&scene, id, resumed, &stop).await
        };
        if let Err(error) = driving.await {
            tracing::warn!(error = chain::of(&error), "a demo mission broke off");
            scene.tell(Notice::Failed { reason: chain::of(&error) });
        }
        tokio::select! {
            () = tokio::time::sleep(INTERMISSION) => {}
            () = stop.cancelled() => return Ok(()),
        }
    }
}

/// The mission to drive, and whether it was under way already. Of several the newest is kept.
async fn next_mission(scene: &Scene, seed: u64) -> Result<(MissionId, bool), DemoError> {
    let mut missions = scene.client.missions(scene.network, None).await?;
    missions.retain(|mission| number_of(&mission.name).is_some());
    let mut open = missions.iter().filter(|mission| !mission.status.is_ended());
    if let Some(newest) = open.next() {
        for older in open {
            scene.client.cancel_mission(older.id).await?;
        }
        return Ok((newest.id, true));
    }
    let number = 1 + highest_number(&missions);
    Ok((create_mission(scene, number, seed).await?, false))
}

fn highest_number(missions: &[MissionItem]) -> u64 {
    missions.iter().filter_map(|mission| number_of(&mission.name)).max().unwrap_or(0)
}

/// The number in a demo mission's name.
fn number_of(name: &str) -> Option<u64> {
    name.strip_prefix(NAME)?.trim().parse().ok()
}

async fn create_mission(scene: &Scene, number: u64, seed: u64) -> Result<MissionId, DemoError> {
    let (there, back) =
        world::trip(&scene.town).ok_or_else(|| DemoError::Network("it has no two junctions".to_owned()))?;
    let (start, goal) = if number.is_multiple_of(2) { (back, there) } else { (there, back) };
    let strategy = STRATEGIES[(number as usize + 1) % STRATEGIES.len()];
    let body = json!({
        "network_id": scene.network,
        "name": format!("{NAME} {number}"),
        "start": { "segment": start.segment, "offset_m": start.offset_m },
        "goal": { "segment": goal.segment, "offset_m": goal.offset_m },
        "ugv": { "speed_mps": UGV_SPEED_MPS },
        "uavs": vec![json!({ "speed_mps": UAV_SPEED_MPS }); UAVS],
        "strategy": { "name": strategy },
        "seed": seed.wrapping_add(number) & MAX_SEED,
    });
    Ok(scene.client.create_mission(&body, &clock::new_uuid().to_string()).await?)
}
