//! The options of a scenario put onto its network.

use super::options::{Options, Sensor, UgvSpeedRule, Wind};
use super::trial::{Blockages, Pieces, Trial, TrialFault};
use crate::domain::geometry::Point;
use crate::domain::ids::SegmentId;
use crate::domain::network::Network;

/// How a trial's world differs from that of the rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Conditions {
    /// How long a UAV's report takes to the planner, in seconds.
    pub report_delay_s: f64,
    /// The probability with which a UAV's report is lost.
    pub report_loss_probability: f64,
    /// How often the UAVs' sensors are wrong, if they ever are.
    pub uav_sensor: Option<Sensor>,
    /// From this probability on a segment that was reported on counts as blocked.
    pub blocked_above: f64,
    /// Below this probability a segment that was reported on counts as clear.
    pub clear_below: f64,
    /// How long a UAV can fly, and how long a swap takes, in seconds.
    pub endurance: Option<Endurance>,
    /// Where each UAV starts.
    pub uav_starts: Vec<Point>,
    /// The wind.
    pub wind: Option<Wind>,
    /// What becomes blocked or free, in the order of time.
    pub changes: Vec<WorldChange>,
    /// How fast the UGV is.
    pub ugv_speeds: UgvSpeeds,
}

/// How long a UAV can fly.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Endurance {
    /// With a full battery, in seconds.
    pub full_s: f64,
    /// How long a swap takes, in seconds.
    pub swap_s: f64,
}

/// A segment that becomes blocked or free.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WorldChange {
    /// When, in seconds from the start of the mission.
    pub at_s: f64,
    /// The segment.
    pub segment: SegmentId,
    /// Where it is blocked from then on, in metres from its first end; `None` if it is free.
    pub blockage_m: Option<f64>,
}

/// The UGV's speed on each segment.
#[derive(Clone, Debug, PartialEq)]
pub struct UgvSpeeds {
    /// Everywhere, but for the segments that have their own.
    usual_mps: f64,
    /// By segment; empty if all are alike.
    by_segment_mps: Vec<f64>,
}

impl UgvSpeeds {
    /// The speed on a segment in metres per second.
    pub fn on(&self, segment: SegmentId) -> f64 {
        self.by_segment_mps.get(segment.index()).copied().unwrap_or(self.usual_mps)
    }

    /// Whether the speed is the same everywhere.
    pub fn are_alike(&self) -> bool {
        self.by_segment_mps.is_empty()
    }

    fn new(options: &Options, usual_mps: f64, network: &Network, pieces: &Pieces<'_>) -> Result<Self, TrialFault> {
        if options.ugv_speeds == UgvSpeedRule::Constant && options.ugv_speed_factors.is_empty() {
            return Ok(Self { usual_mps, by_segment_mps: Vec::new() });
        }
        let limit_mps = |limit_mps: Option<f64>| match (options.ugv_speeds, limit_mps) {
            (UgvSpeedRule::Limits, Some(limit_mps)) => usual_mps.min(limit_mps),
            _ => usual_mps,
        };
        let mut by_segment_mps: Vec<f64> =
            network.segments().iter().map(|road| limit_mps(road.speed_limit_mps)).collect();
        let mut has_factor = vec![false; by_segment_mps.len()];
        for (i, slower) in options.ugv_speed_factors.iter().enumerate() {
            let field = format!("options/ugv_speed_factors/{i}");
            let (segment, _) = pieces.find(&field, &slower.a, &slower.b, 0.0)?;
            if std::mem::replace(&mut has_factor[segment.index()], true) {
                return Err(TrialFault::FactorTwice { field, a: slower.a.clone(), b: slower.b.clone() });
            }
            by_segment_mps[segment.index()] *= slower.factor;
        }
        Ok(Self { usual_mps, by_segment_mps })
    }
}

impl Conditions {
    pub(super) fn new(
        options: &Options,
        (uav_count, start): (usize, Point),
        ugv_speed_mps: f64,
        network: &Network,
        pieces: &Pieces<'_>,
    ) -> Result<Self, TrialFault> {
        let mut uav_starts = Vec::with_capacity(uav_count);
        for (i, id) in options.uav_starts.iter().enumerate() {
            uav_starts.push(network.node(pieces.node(&format!("options/uav_starts/{i}"), id)?).point);
        }
        uav_starts.resize(uav_count, start);
        let mut changes = Vec::with_capacity(options.changes.len());
        for (i, change) in options.changes.iter().enumerate() {
            let fraction = change.fraction.unwrap_or_default();
            let (segment, at_m) = pieces.find(&format!("options/changes/{i}"), &change.a, &change.b, fraction)?;
            changes.push(WorldChange { at_s: change.at_s, segment, blockage_m: change.fraction.map(|_| at_m) });
        }
        Ok(Self {
            report_delay_s: options.report_delay_s,
            report_loss_probability: options.report_loss_probability,
            uav_sensor: options.uav_sensor,
            blocked_above: options.blocked_above,
            clear_below: options.clear_below,
            endurance: options.uav_endurance_s.map(|full_s| Endurance { full_s, swap_s: options.swap_s }),
            uav_starts,
            wind: options.wind,
            changes,
            ugv_speeds: UgvSpeeds::new(options, ugv_speed_mps, network, pieces)?,
        })
    }
}

/// The blockages of a trial's world in the course of time: from when on, and which. The first are those of the start.
pub(super) fn worlds(trial: &Trial) -> Vec<(f64, Blockages)> {
    let mut worlds = vec![(0.0, trial.blockages.clone())];
    for change in &trial.conditions.changes {
        let mut blockages = worlds.last().map(|(_, blockages)| blockages.clone()).unwrap_or_default();
        blockages.change(change.segment, change.blockage_m);
        worlds.push((change.at_s, blockages));
    }
    worlds
}
