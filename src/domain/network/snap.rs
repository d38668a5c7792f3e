//! From positions to places: the nearest segment, with the heading in mind.

use rstar::primitives::{GeomWithData, Line};
use rstar::{AABB, PointDistance, RTree};

use super::{Network, Place};
use crate::domain::geometry::{Point, heading_deg, heading_difference_deg};
use crate::domain::ids::SegmentId;

/// How many metres of extra distance one degree of wrong heading is worth when a segment is chosen: 40 degrees weigh as
/// much as 10 m, so a crossing road loses against the road driven on, and GPS noise on one road decides nothing.
const METRES_PER_DEGREE: f64 = 0.25;

/// A place found for a position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Snap {
    /// The nearest place.
    pub place: Place,
    /// How far the position is from it, in metres.
    pub distance_m: f64,
}

/// All polyline pieces, by where they are.
#[derive(Clone, Debug)]
pub(super) struct SegmentIndex {
    pub(super) tree: RTree<Piece>,
}

pub(super) type Piece = GeomWithData<Line<[f64; 2]>, (SegmentId, u32)>;

impl SegmentIndex {
    fn build(network: &Network) -> Self {
        let mut pieces = Vec::new();
        for (i, segment) in network.segments().iter().enumerate() {
            for (k, pair) in segment.nodes.windows(2).enumerate() {
                let [a, b] = [pair[0], pair[1]].map(|n| network.node(n).point);
                let line = Line::new([a.x_m, a.y_m], [b.x_m, b.y_m]);
                pieces.push(GeomWithData::new(line, (SegmentId(i as u32), k as u32)));
            }
        }
        Self { tree: RTree::bulk_load(pieces) }
    }
}

impl Network {
    pub(super) fn index(&self) -> &SegmentIndex {
        self.index.get_or_init(|| SegmentIndex::build(self))
    }

    /// The nearest place within `limit_m`. With a heading (degrees clockwise from north) a segment that runs that way is
    /// preferred to a slightly nearer one that does not; a one-way segment must run that way itself. Ties go to the lower
    /// segment id.
    pub fn nearest(&self, point: Point, heading: Option<f64>, limit_m: f64) -> Option<Snap> {
        let at = [point.x_m, point.y_m];
        let mut best: Option<(f64, Snap)> = None;
        for piece in self.index().tree.nearest_neighbor_iter(at) {
            let distance_m = piece.geom().distance_2(&at).sqrt();
            // Pieces come in order of distance, and a heading can only add to it.
            if distance_m > limit_m || best.is_some_and(|(score, _)| distance_m > score) {
                break;
            }
            let (segment, k) = piece.data;
            let (snap, bearing) = self.snap_to_piece(point, segment, k as usize);
            let turned = heading.map_or(0.0, |h| {
                let ahead = heading_difference_deg(h, bearing);
                if self.segment(segment).oneway { ahead } else { ahead.min(180.0 - ahead) }
            });
            let score = snap.distance_m + METRES_PER_DEGREE * turned;
            let wins = best.is_none_or(|(least, found)| {
                (score, segment, snap.place.offset_m) < (least, found.place.segment, found.place.offset_m)
            });
            if snap.distance_m <= limit_m && wins {
                best = Some((score, snap));
            }
        }
        best.map(|(_, snap)| snap)
    }

    /// The nearest place on one given segment.
    pub fn nearest_on(&self, segment: SegmentId, point: Point) -> Snap {
        let pieces = self.segment(segment).nodes.len() - 1;
        let mut best = self.snap_to_piece(point, segment, 0).0;
        for k in 1..pieces {
            let snap = self.snap_to_piece(point, segment, k).0;
            if snap.distance_m < best.distance_m {
                best = snap;
            }
        }
        best
    }

    /// The segments with a piece whose bounding box touches the box, ordered by id.
    pub fn segments_in_box(&self, low: Point, high: Point) -> Vec<SegmentId> {
        let envelope = AABB::from_corners([low.x_m, low.y_m], [high.x_m, high.y_m]);
        let mut found: Vec<SegmentId> =
            self.index().tree.locate_in_envelope_intersecting(envelope).map(|piece| piece.data.0).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn snap_to_piece(&self, point: Point, segment: SegmentId, k: usize) -> (Snap, f64) {
        let line = self.segment(segment);
        let [a, b] = [line.nodes[k], line.nodes[k + 1]].map(|n| self.node(n).point);
        let fraction = point.nearest_fraction(a, b);
        let distance_m = point.distance_m(a.towards(b, fraction));
        let offset_m = line.offsets_m[k] + (line.offsets_m[k + 1] - line.offsets_m[k]) * fraction;
        (Snap { place: Place { segment, offset_m }, distance_m }, heading_deg(a, b))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::geometry::{LocalPlane, LonLat};
    use crate::domain::network::{Node, SegmentPart};

    /// A cross: segment 0 runs east, segment 1 (one-way) runs north, both through the origin.
    fn cross() -> Network {
        let plane = LocalPlane::new(LonLat { lon: 8.0, lat: 50.0 });
        let nodes = [("w", -100.0, 0.0), ("e", 100.0, 0.0), ("s", 0.0, -100.0), ("n", 0.0, 100.0)]
            .map(|(id, x_m, y_m)| {
                let point = Point { x_m, y_m };
                Node { id: id.into(), lon_lat: plane.unproject(point), point }
            })
            .to_vec();
        let part = |nodes: &[u32], oneway| SegmentPart {
            nodes: nodes.to_vec(),
            oneway,
            speed_limit_mps: None,
            name: None,
            source_ids: vec![],
            blockage_probability: 0.1,
            road: Default::default(),
        };
        Network::new(LonLat { lon: 8.0, lat: 50.0 }, nodes, vec![part(&[0, 1], false), part(&[2, 3], true)]).unwrap()
    }

    #[test]
    fn the_nearest_segment_wins_without_a_heading() {
        let snap = cross().nearest(Point { x_m: 20.0, y_m: 3.0 }, None, 50.0).unwrap();
        assert_eq!(snap.place, Place { segment: SegmentId(0), offset_m: 120.0 });
        assert_eq!(snap.distance_m, 3.0);
    }

    #[test]
    fn a_heading_prefers_the_road_that_runs_that_way() {
        let network = cross();
        let near_the_crossing = Point { x_m: 4.0, y_m: 1.0 };
        let along = |heading| network.nearest(near_the_crossing, Some(heading), 50.0).unwrap().place.segment;
        assert_eq!(along(90.0), SegmentId(0));
        assert_eq!(along(270.0), SegmentId(0), "a two-way road serves both ways");
        assert_eq!(along(0.0), SegmentId(1));
        assert_eq!(along(180.0), SegmentId(0), "a one-way road does not serve the wrong way");
    }

    #[test]
    fn nothing_is_found_past_the_limit() {
        assert_eq!(cross().nearest(Point { x_m: 200.0, y_m: 0.0 }, None, 99.0), None);
    }

    #[test]
    fn ties_go_to_the_lower_segment() {
        let snap = cross().nearest(Point { x_m: 5.0, y_m: 5.0 }, None, 50.0).unwrap();
        assert_eq!(snap.place.segment, SegmentId(0));
    }
}
