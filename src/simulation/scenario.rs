//! Scenario files: a JSON object a line, in the form of the benchmark.

use std::io::BufRead;

use serde::{Deserialize, Serialize};

use super::options::Options;

/// One line of a scenario file. Fields that are not named here are ignored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scenario {
    /// The scenario's name, unique in its file.
    pub id: String,
    /// The network's name, which is its folder below that of all networks, such as `large/tokyo`.
    pub network: String,
    /// The node where all vehicles start, but for UAVs that [`Options::uav_starts`] has elsewhere.
    pub start: String,
    /// The node that the UGV must get to.
    pub goal: String,
    /// The UGV's speed in metres per second.
    pub ugv_speed_mps: f64,
    /// The UAVs' speed in metres per second.
    pub uav_speed_mps: f64,
    /// How many UAVs there are.
    pub uav_count: usize,
    /// The probability with which each segment is blocked, as far as a strategy may know.
    pub block_probability: f64,
    /// Where segments are blocked.
    pub blockages: Vec<Blockage>,
    /// What the world has beyond the rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub options: Option<Options>,
}

/// A point on the straight piece between two neighbouring nodes that no UGV can pass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blockage {
    /// One end of the piece.
    pub a: String,
    /// The other end.
    pub b: String,
    /// The fraction of the way from `a` to `b`, 0 to 1.
    pub fraction: f64,
}

/// More UAVs than this are taken for a mistake.
const MAX_UAVS: usize = 64;

/// What is wrong with a line of a scenario file.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct LineFault {
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub message: String,
}

/// Reads a scenario file, with the number of each scenario's line. Empty lines are passed over.
///
/// # Errors
/// The first line that is no scenario, that cannot be read, or whose id an earlier line has.
pub fn read_scenarios(text: impl BufRead) -> Result<Vec<(usize, Scenario)>, LineFault> {
    let mut scenarios: Vec<(usize, Scenario)> = Vec::new();
    let mut lines_by_id = std::collections::BTreeMap::new();
    for (i, text) in text.lines().enumerate() {
        let line = i + 1;
        let fault = |message: String| LineFault { line, message };
        let text = text.map_err(|error| fault(format!("it cannot be read: {error}")))?;
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            continue;
        }
        let scenario: Scenario = serde_json::from_str(text).map_err(|error| {
            let column = error.column();
            let what = error.to_string();
            let what = what.split(" at line ").next().unwrap_or_default();
            fault(format!("column {column}: {what}"))
        })?;
        scenario.check().map_err(fault)?;
        if let Some(earlier) = lines_by_id.insert(scenario.id.clone(), line) {
            return Err(fault(format!("the id {:?} is that of line {earlier} too", scenario.id)));
        }
        scenarios.push((line, scenario));
    }
    Ok(scenarios)
}

impl Scenario {
    /// The seed of whatever a strategy draws at random: the scenario's name hashed (FNV-1a, 64 bits), and a number with
    /// which the same scenarios can be run again with other draws.
    pub fn seed(&self, more: u64) -> u64 {
        let bytes = self.id.bytes().chain(more.to_le_bytes());
        bytes
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3))
    }

    /// Whether the values are possible, whatever the network.
    ///
    /// # Errors
    /// The first that is not, in words that begin with its field.
    pub fn check(&self) -> Result<(), String> {
        for (field, speed_mps) in [("ugv_speed_mps", self.ugv_speed_mps), ("uav_speed_mps", self.uav_speed_mps)] {
            if !(speed_mps.is_finite() && speed_mps > 0.0) {
                return Err(format!("{field} is {speed_mps}, but a speed is above 0"));
            }
        }
        if self.uav_count > MAX_UAVS {
            return Err(format!("uav_count is {}, but at most {MAX_UAVS} can be simulated", self.uav_count));
        }
        if !(0.0..=1.0).contains(&self.block_probability) {
            return Err(format!("block_probability is {}, but must be 0 to 1", self.block_probability));
        }
        for (i, blockage) in self.blockages.iter().enumerate() {
            if !(0.0..=1.0).contains(&blockage.fraction) {
                return Err(format!("blockages/{i}/fraction is {}, but must be 0 to 1", blockage.fraction));
            }
        }
        match &self.options {
            None => Ok(()),
            Some(options) => {
                options.check(self.uav_count, self.uav_speed_mps).map_err(|fault| format!("options/{fault}"))
            }
        }
    }
}
