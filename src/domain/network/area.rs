//! Which segments an area touches.

use super::Network;
use crate::domain::geometry::{LonLat, Point, Polygon};
use crate::domain::ids::SegmentId;

/// Into how many pieces a box's sides are cut before they are projected, as their projections are curved.
const PIECES: u32 = 16;

impl Network {
    /// The segments with a piece whose bounding box touches the box between two corners of the Earth, ordered by id.
    pub fn segments_between(&self, south_west: LonLat, north_east: LonLat) -> Vec<SegmentId> {
        // What lies outside the network decides nothing, and may be too far away to be projected.
        let (low, high) = self.bounds();
        let (west, east) = (south_west.lon.max(low.lon), north_east.lon.min(high.lon));
        let (south, north) = (south_west.lat.max(low.lat), north_east.lat.min(high.lat));
        if west > east || south > north {
            return Vec::new();
        }
        let mut corner = [Point { x_m: f64::INFINITY, y_m: f64::INFINITY }; 2];
        corner[1] = Point { x_m: f64::NEG_INFINITY, y_m: f64::NEG_INFINITY };
        for i in 0..=PIECES {
            let part = f64::from(i) / f64::from(PIECES);
            let (lon, lat) = (west + (east - west) * part, south + (north - south) * part);
            for (lon, lat) in [(lon, south), (lon, north), (west, lat), (east, lat)] {
                let Point { x_m, y_m } = self.plane().project(LonLat { lon, lat });
                corner[0] = Point { x_m: corner[0].x_m.min(x_m), y_m: corner[0].y_m.min(y_m) };
                corner[1] = Point { x_m: corner[1].x_m.max(x_m), y_m: corner[1].y_m.max(y_m) };
            }
        }
        self.segments_in_box(corner[0], corner[1])
    }

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
