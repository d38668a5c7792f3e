//! The options of a scenario put onto its network.

use super::options::{Options, Sensor, UgvSpeedRule, Wind};
use super::trial::{Blockages, Pieces, Trial, TrialFault};
use crate::domain::geometry::Point;
use crate::domain::ids::SegmentId;
use crate::domain::network::Network;

/// How a trial's world differs from that of the rules; by default not at all.
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
    /// Where UAVs start, in their order; those for which there is no place start with the UGV.
    pub uav_starts: Vec<Point>,
    /// The wind.
    pub wind: Option<Wind>,
    /// What becomes blocked or free, in the order of time.
    pub changes: Vec<WorldChange>,
    /// The UGV's speed by segment, in metres per second; empty if it is the same everywhere.
    pub ugv_speeds_mps: Vec<f64>,
}

impl Default for Conditions {
    fn default() -> Self {
        Self::of(&Options::default())
    }
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

impl Conditions {
    pub(super) fn new(
        options: &Options,
        ugv_speed_mps: f64,
        network: &Network,
        pieces: &Pieces<'_>,
    ) -> Result<Self, TrialFault> {
        let mut uav_starts = Vec::with_capacity(options.uav_starts.len());
        for (i, id) in options.uav_starts.iter().enumerate() {
            uav_starts.push(network.node(pieces.node(&format!("options/uav_starts/{i}"), id)?).point);
        }
        let mut changes = Vec::with_capacity(options.changes.len());
        for (i, change) in options.changes.iter().enumerate() {
            let fraction = change.fraction.unwrap_or_default();
            let (segment, at_m) = pieces.find(&format!("options/changes/{i}"), &change.a, &change.b, fraction)?;
            changes.push(WorldChange { at_s: change.at_s, segment, blockage_m: change.fraction.map(|_| at_m) });
        }
        let ugv_speeds_mps = ugv_speeds_mps(options, ugv_speed_mps, network, pieces)?;
        Ok(Self { uav_starts, changes, ugv_speeds_mps, ..Self::of(options) })
    }

    /// What does not depend on a network.
    fn of(options: &Options) -> Self {
        Self {
            report_delay_s: options.report_delay_s,
            report_loss_probability: options.report_loss_probability,
            uav_sensor: options.uav_sensor,
            blocked_above: options.blocked_above,
            clear_below: options.clear_below,
            endurance: options.uav_endurance_s.map(|full_s| Endurance { full_s, swap_s: options.swap_s }),
            uav_starts: Vec::new(),
            wind: options.wind,
            changes: Vec::new(),
            ugv_speeds_mps: Vec::new(),
        }
    }
}

/// The UGV's speed by segment; none if it is the same everywhere.
fn ugv_speeds_mps(
    options: &Options,
    usual_mps: f64,
    network: &Network,
    pieces: &Pieces<'_>,
) -> Result<Vec<f64>, TrialFault> {
    if options.ugv_speeds == UgvSpeedRule::Constant && options.ugv_speed_factors.is_empty() {
        return Ok(Vec::new());
    }
    let limit_mps = |limit_mps: Option<f64>| match (options.ugv_speeds, limit_mps) {
        (UgvSpeedRule::Limits, Some(limit_mps)) => usual_mps.min(limit_mps),
        _ => usual_mps,
    };
    let mut speeds_mps: Vec<f64> = network.segments().iter().map(|road| limit_mps(road.speed_limit_mps)).collect();
    let mut has_factor = vec![false; speeds_mps.len()];
    for (i, slower) in options.ugv_speed_factors.iter().enumerate() {
        let field = format!("options/ugv_speed_factors/{i}");
        let (segment, _) = pieces.find(&field, &slower.a, &slower.b, 0.0)?;
        if std::mem::replace(&mut has_factor[segment.index()], true) {
            return Err(TrialFault::FactorTwice { field, a: slower.a.clone(), b: slower.b.clone() });
        }
        speeds_mps[segment.index()] *= slower.factor;
    }
    Ok(speeds_mps)
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
