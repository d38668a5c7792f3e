//! How requests name a location.

use serde::Deserialize;
use utoipa::ToSchema;

use super::extract::Faults;
use super::strict::optional_object;
use crate::app::Location;
use crate::domain::geometry::LonLat;
use crate::domain::ids::SegmentId;
use crate::domain::network::{Heading, Place};

/// A location, in exactly one way: `node`; or `position` (with `heading_deg` and `snap_limit_m` if wanted), taken to the
/// nearest segment; or `segment` and `offset_m`.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"position": {"lon": 139.8113, "lat": 35.6681}}))]
pub(super) struct LocationRequest {
    /// The id of a node in the source data.
    node: Option<String>,
    /// A WGS 84 position.
    #[serde(default, deserialize_with = "optional_object")]
    position: Option<LonLat>,
    /// Direction of travel in degrees clockwise from north, to choose between roads near the position.
    #[schema(minimum = 0.0, maximum = 360.0)]
    heading_deg: Option<f64>,
    /// How far the nearest segment may be from the position; 100 m unless given.
    #[schema(minimum = 0.0, maximum = 10000.0)]
    snap_limit_m: Option<f64>,
    /// A segment.
    segment: Option<SegmentId>,
    /// Metres from the segment's first end.
    #[schema(minimum = 0.0)]
    offset_m: Option<f64>,
}

impl LocationRequest {
    /// The location, if the request names it in exactly one way.
    pub(super) fn read(self, pointer: &str, faults: &mut Faults) -> Option<Location> {
        let ways = [self.node.is_some(), self.position.is_some(), self.segment.is_some() || self.offset_m.is_some()];
        if ways.iter().filter(|way| **way).count() != 1 {
            faults.require(false, pointer, "expected exactly one of node, position, or segment with offset_m");
            return None;
        }
        let only_for_positions = self.position.is_some() || (self.heading_deg.is_none() && self.snap_limit_m.is_none());
        faults.require(only_for_positions, pointer, "heading_deg and snap_limit_m go with position");
        if let Some(lon_lat) = self.position {
            check_position(lon_lat, &format!("{pointer}/position"), faults);
            check_heading(self.heading_deg, &format!("{pointer}/heading_deg"), faults);
            let limit_ok = self.snap_limit_m.is_none_or(|limit_m| (0.0..=10_000.0).contains(&limit_m));
            faults.require(limit_ok, format!("{pointer}/snap_limit_m"), "expected 0 to 10000");
            return Some(match (Location::near(lon_lat), self.snap_limit_m) {
                (Location::Position { limit_m, .. }, given) => {
                    let heading = self.heading_deg.map(Heading::driven);
                    Location::Position { lon_lat, heading, limit_m: given.unwrap_or(limit_m) }
                }
                (other, _) => other,
            });
        }
        if let Some(node) = self.node {
            return Some(Location::Node(node));
        }
        let (Some(segment), Some(offset_m)) = (self.segment, self.offset_m) else {
            faults.require(false, pointer, "segment and offset_m go together");
            return None;
        };
        Some(Location::Place(Place { segment, offset_m }))
    }
}

/// Notes a position that is none.
pub(super) fn check_position(lon_lat: LonLat, pointer: &str, faults: &mut Faults) {
    faults.require(lon_lat.is_valid(), pointer, "expected longitude within ±180 and latitude within ±90");
}

/// Notes a heading that is none.
pub(super) fn check_heading(heading_deg: Option<f64>, pointer: &str, faults: &mut Faults) {
    faults.require(heading_deg.is_none_or(|h| (0.0..=360.0).contains(&h)), pointer, "expected 0 to 360");
}
