//! A run's line in a result file.

use serde::{Deserialize, Serialize};

/// What came of one scenario under one strategy: a line of `simulate`'s output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The scenario's name.
    pub scenario: String,
    /// The strategy's name.
    pub strategy: String,
    /// When the UGV arrived, in seconds; null if every way is blocked.
    pub arrival_s: Option<f64>,
    /// The bound that no strategy can beat, in seconds; null if every way is blocked.
    pub clairvoyant_s: Option<f64>,
    /// How often the strategy decided after the first time.
    pub replans: usize,
    /// The time all decisions took together, in milliseconds; null if times were not to be written.
    pub planning_ms_total: Option<f64>,
    /// The time the longest decision took, in milliseconds; null if times were not to be written.
    pub planning_ms_max: Option<f64>,
}
