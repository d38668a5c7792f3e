//! Which segments an area touches.

use super::Network;
use crate::domain::geometry::Polygon;
use crate::domain::ids::SegmentId;

impl Network {
    /// The segments of which any part lies in or touches the polygon, ordered by id.
    pub fn segments_touching(&self, polygon: &Polygon) -> Vec<SegmentId> {
        let (low, high) = polygon.bounds();
        let mut found = self.segments_in_box(low, high);
        found.retain(|id| {
            self.segment(*id)
                .nodes
                .windows(2)
                .any(|pair| polygon.touches(self.node(pair[0]).point, self.node(pair[1]).point))
        });
        found
    }
}
