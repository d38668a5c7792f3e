//! What a vehicle saw of a segment.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::ids::{ReportId, SegmentId, VehicleId};
use super::timestamp::Timestamp;

/// What was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// A vehicle went along all of the segment.
    Clear,
    /// There is a point that no UGV can pass.
    Blocked,
}

/// One inspection result of one segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Report {
    /// Chosen by the reporter; makes a repeat harmless.
    pub id: ReportId,
    /// The inspected segment.
    pub segment: SegmentId,
    /// What was seen.
    pub finding: Finding,
    /// Where the blockage is, in metres from the segment's first end, when known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blockage_offset_m: Option<f64>,
    /// When it was seen, by the reporter's clock.
    pub observed_at: Timestamp,
    /// Who saw it: a vehicle of the mission, or an operator's name.
    pub reported_by: VehicleId,
    /// How sure the reporter is, above 0 and up to 1. Kept for the record; findings count as certain.
    #[schema(exclusive_minimum = 0.0, maximum = 1.0)]
    pub confidence: f64,
}
