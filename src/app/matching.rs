//! From tracks to the roads that were driven. Nothing is stored.

use std::sync::Arc;

use super::error::Fault;
use super::locate::check_faces;
use super::pool::CallOff;
use super::{App, AppError};
use crate::domain::geometry::LonLat;
use crate::domain::ids::NetworkId;
use crate::domain::network::Network;
use crate::domain::timestamp::Timestamp;
use crate::planning::budget::{Budget, Spent};
use crate::planning::matching::{MatchOptions, Matching, TrackFix, match_track};

/// What one track may cost, in junctions looked at: some seconds, or ten thousand fixes of a city a few hundred metres apart.
const BUDGET_STEPS: u64 = 50_000_000;

/// One position of a track as it comes in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrackPosition {
    /// Where.
    pub lon_lat: LonLat,
    /// When; never before the position before.
    pub observed_at: Timestamp,
    /// The standard deviation of the position, in metres, where known.
    pub accuracy_m: Option<f64>,
    /// The direction of travel, in degrees clockwise from north, where known.
    pub heading_deg: Option<f64>,
}

impl App {
    /// Matches a track to a network, and what `look` makes of it. Tracks are matched one at a time, on a thread of their own, so that
    /// no plan waits for one; the work is called off when nobody waits for it any more.
    ///
    /// # Errors
    /// When there is no such network, a position is on the other side of the Earth, the track takes too much work, too many wait
    /// already, or the database fails.
    pub async fn match_track<T: Send + 'static>(
        self: &Arc<Self>,
        id: NetworkId,
        track: Vec<TrackPosition>,
        options: MatchOptions,
        look: impl FnOnce(&Network, &Matching) -> T + Send + 'static,
    ) -> Result<T, AppError> {
        let network = self.network(id).await?;
        let called_off = CallOff::default();
        let flag = called_off.flag();
        let running = self.matching_pool.run(move || {
            let mut budget = Budget::cancellable(BUDGET_STEPS, flag);
            let fixes = on_plane(&network, &track)?;
            match match_track(&network, &fixes, &options, &mut budget) {
                Ok(matching) => Ok(look(&network, &matching)),
                Err(Spent) if budget.is_cancelled() => Err(AppError::ShuttingDown),
                Err(Spent) => {
                    let message = "matching this track takes more work than one request may cost; send it in parts";
                    Err(AppError::invalid("track_too_long", "/fixes", message))
                }
            }
        });
        tokio::select! {
            matched = running => matched?,
            () = self.stopping.cancelled() => Err(AppError::ShuttingDown),
        }
    }
}

fn on_plane(network: &Network, track: &[TrackPosition]) -> Result<Vec<TrackFix>, AppError> {
    let mut faults: Vec<Fault> = Vec::new();
    let begin = track.first().map(|position| position.observed_at);
    let mut fixes = Vec::with_capacity(track.len());
    for (i, position) in track.iter().enumerate() {
        if let Err(fault) = check_faces(network, position.lon_lat, format!("/fixes/{i}/position")) {
            faults.push(fault);
        }
        fixes.push(TrackFix {
            point: network.plane().project(position.lon_lat),
            at_s: begin.map_or(0.0, |begin| position.observed_at.seconds_since(begin)),
            accuracy_m: position.accuracy_m,
            heading_deg: position.heading_deg,
        });
    }
    if faults.is_empty() { Ok(fixes) } else { Err(AppError::Invalid { code: "off_network", faults }) }
}
