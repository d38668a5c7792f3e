//! From positions to places: the nearest segments, with the heading in mind.

use super::index::{NearPiece, SegmentIndex};
use super::{Direction, Network, Place};
use crate::domain::geometry::{Point, heading_deg, heading_difference_deg};
use crate::domain::ids::SegmentId;

/// How many metres of extra distance one degree of wrong heading is worth when a segment is chosen: 40 degrees weigh as
/// much as 10 m, so a crossing road loses against the road driven on, and GPS noise on one road decides nothing.
const METRES_PER_DEGREE: f64 = 0.25;

/// How many polyline pieces are looked at for one position: a square kilometre of a dense city has some thousands.
const MOST_PIECES: usize = 20_000;

/// The direction in which whoever is at a position is going.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heading {
    /// Degrees clockwise from north.
    pub heading_deg: f64,
    /// By how many degrees a road may turn from it, 0 to 180.
    pub tolerance_deg: f64,
    /// Whether one-way roads count in both directions, as for whoever flies.
    pub flies: bool,
}

impl Heading {
    /// The tolerance if nobody says otherwise. A two-way road then always fits in one of its directions.
    pub const TOLERANCE_DEG: f64 = 90.0;

    /// The heading of a vehicle on the road.
    pub fn driven(heading_deg: f64) -> Self {
        Self { heading_deg, tolerance_deg: Self::TOLERANCE_DEG, flies: false }
    }

    /// The heading of a UAV.
    pub fn flown(heading_deg: f64) -> Self {
        Self { flies: true, ..Self::driven(heading_deg) }
    }

    /// In which direction a piece of road with this bearing is travelled, and by how much it turns from the heading; `None` if it
    /// turns too far or may not be driven so.
    fn along(&self, bearing_deg: f64, oneway: bool) -> Option<(Direction, f64)> {
        let ahead = heading_difference_deg(self.heading_deg, bearing_deg);
        let (direction, turned) = if ahead <= 90.0 || (oneway && !self.flies) {
            (Direction::Forward, ahead)
        } else {
            (Direction::Backward, 180.0 - ahead)
        };
        (turned <= self.tolerance_deg).then_some((direction, turned))
    }
}

/// A place found for a position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Snap {
    /// The nearest place.
    pub place: Place,
    /// How far the position is from it, in metres.
    pub distance_m: f64,
    /// The direction of travel along the segment, where the heading or a one-way road tells it.
    pub direction: Option<Direction>,
    /// Degrees clockwise from north of the road there, in the direction of travel; of one that is not known, from the first end on.
    pub bearing_deg: f64,
}

impl Network {
    pub(super) fn index(&self) -> &SegmentIndex {
        self.index.get_or_init(|| SegmentIndex::build(self))
    }

    /// The nearest place within `limit_m`: the first of [`Network::nearest_segments`].
    pub fn nearest(&self, point: Point, heading: Option<Heading>, limit_m: f64) -> Option<Snap> {
        self.nearest_segments(point, heading, limit_m, 1).pop()
    }

    /// The nearest place of each of the nearest segments within `limit_m`, at most `count`, the best first. With a heading a
    /// segment that runs that way is preferred to a slightly nearer one that does not, one that turns further than its tolerance
    /// is left out, and a one-way segment must run that way itself. Ties go to the nearer place, then to the lower segment id.
    /// Nothing is found past the 20,000 polyline pieces that are nearest.
    pub fn nearest_segments(&self, point: Point, heading: Option<Heading>, limit_m: f64, count: usize) -> Vec<Snap> {
        let mut best: Vec<(f64, Snap)> = Vec::with_capacity(count.min(64));
        for NearPiece { distance_m, segment, piece } in self.index().nearest_pieces(self, point).take(MOST_PIECES) {
            // Pieces come in order of distance, and a heading can only add to it.
            let full = best.len() >= count;
            if distance_m > limit_m || (full && best.last().is_none_or(|(score, _)| distance_m > *score)) {
                break;
            }
            let (mut snap, oneway) = self.snap_to_piece(point, segment, piece);
            let mut score = snap.distance_m;
            if let Some(heading) = heading {
                let Some((direction, turned)) = heading.along(snap.bearing_deg, oneway) else { continue };
                score += METRES_PER_DEGREE * turned;
                snap.direction = Some(direction);
                if direction == Direction::Backward {
                    snap.bearing_deg = (snap.bearing_deg + 180.0).rem_euclid(360.0);
                }
            }
            let key = |(score, snap): &(f64, Snap)| (*score, snap.distance_m, snap.place.segment, snap.place.offset_m);
            let found = (score, snap);
            if let Some(held) = best.iter().position(|(_, held)| held.place.segment == segment) {
                if key(&best[held]) <= key(&found) {
                    continue;
                }
                best.remove(held);
            }
            best.insert(best.partition_point(|held| key(held) < key(&found)), found);
            best.truncate(count);
        }
        best.into_iter().map(|(_, snap)| snap).collect()
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
        self.index().segments_in_box(self, low, high)
    }

    /// The nearest place on one piece of a segment, and whether that is one-way.
    fn snap_to_piece(&self, point: Point, segment: SegmentId, k: usize) -> (Snap, bool) {
        let line = self.segment(segment);
        let [a, b] = [line.nodes[k], line.nodes[k + 1]].map(|n| self.node(n).point);
        let fraction = point.nearest_fraction(a, b);
        let distance_m = point.distance_m(a.towards(b, fraction));
        let offset_m = line.offsets_m[k] + (line.offsets_m[k + 1] - line.offsets_m[k]) * fraction;
        let direction = line.oneway.then_some(Direction::Forward);
        let place = Place { segment, offset_m };
        (Snap { place, distance_m, direction, bearing_deg: heading_deg(a, b) }, line.oneway)
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
        let along =
            |heading| network.nearest(near_the_crossing, Some(Heading::driven(heading)), 50.0).unwrap().place.segment;
        assert_eq!(along(90.0), SegmentId(0));
        assert_eq!(along(270.0), SegmentId(0), "a two-way road serves both ways");
        assert_eq!(along(0.0), SegmentId(1));
        assert_eq!(along(180.0), SegmentId(0), "a one-way road does not serve the wrong way");
    }

    #[test]
    fn several_answers_come_in_order_with_their_directions() {
        let network = cross();
        let near_the_crossing = Point { x_m: 4.0, y_m: 1.0 };
        let found = |heading| {
            let snaps = network.nearest_segments(near_the_crossing, heading, 50.0, 5);
            snaps.iter().map(|s| (s.place.segment.0, s.direction, s.bearing_deg)).collect::<Vec<_>>()
        };
        let (forward, backward) = (Some(Direction::Forward), Some(Direction::Backward));
        assert_eq!(found(None), [(0, None, 90.0), (1, forward, 0.0)]);
        assert_eq!(found(Some(Heading::driven(10.0))), [(1, forward, 0.0), (0, forward, 90.0)]);
        assert_eq!(found(Some(Heading::driven(190.0))), [(0, backward, 270.0)], "not against the one-way road");
        assert_eq!(found(Some(Heading::flown(190.0))), [(1, backward, 180.0), (0, backward, 270.0)]);
        assert_eq!(found(Some(Heading { tolerance_deg: 20.0, ..Heading::driven(10.0) })), [(1, forward, 0.0)]);
        assert_eq!(found(Some(Heading { tolerance_deg: 5.0, ..Heading::driven(45.0) })), []);
        assert_eq!(network.nearest_segments(near_the_crossing, None, 50.0, 1).len(), 1);
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
