//! Places on segments and movement between them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Network;
use crate::domain::geometry::{LonLat, Point};
use crate::domain::ids::{NodeIndex, SegmentId};

/// A place on the network: so many metres along a segment from its first end.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Place {
    /// The segment.
    pub segment: SegmentId,
    /// Metres from the segment's first end, 0 to its length.
    pub offset_m: f64,
}

/// A direction of travel along a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// From the first end to the last.
    Forward,
    /// From the last end to the first.
    Backward,
}

/// Travel along one segment, from one offset to another; backward where `to_m` is the smaller.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Leg {
    /// The segment.
    pub segment: SegmentId,
    /// Where the travel begins, in metres from the segment's first end.
    pub from_m: f64,
    /// Where it ends, in metres from the segment's first end.
    pub to_m: f64,
}

impl Leg {
    /// The distance travelled in metres.
    pub fn length_m(&self) -> f64 {
        (self.to_m - self.from_m).abs()
    }

    /// The direction of travel.
    pub fn direction(&self) -> Direction {
        if self.to_m < self.from_m { Direction::Backward } else { Direction::Forward }
    }

    /// Whether the offset lies on the travelled part, its ends included.
    pub fn covers(&self, offset_m: f64) -> bool {
        self.from_m.min(self.to_m) <= offset_m && offset_m <= self.from_m.max(self.to_m)
    }
}

impl Network {
    /// Where a node is: on the first segment that passes it.
    pub fn place_of_node(&self, node: NodeIndex) -> Option<Place> {
        if node.index() < self.junction_count() {
            let incidence = self.outgoing(node).chain(self.incoming(node)).min_by_key(|i| i.segment)?;
            let segment = self.segment(incidence.segment);
            let offset_m = if segment.first() == node { 0.0 } else { segment.length_m() };
            return Some(Place { segment: incidence.segment, offset_m });
        }
        self.segments().iter().enumerate().find_map(|(i, segment)| {
            let position = segment.nodes.iter().position(|n| *n == node)?;
            Some(Place { segment: SegmentId(i as u32), offset_m: segment.offsets_m[position] })
        })
    }

    /// Whether the place is on an existing segment, between its ends.
    pub fn has_place(&self, place: Place) -> bool {
        self.has_segment(place.segment)
            && place.offset_m >= 0.0
            && place.offset_m <= self.segment(place.segment).length_m()
    }

    /// The junction that the place is at, if it is at an end of its segment.
    pub fn junction_at(&self, place: Place) -> Option<NodeIndex> {
        let segment = self.segment(place.segment);
        if place.offset_m <= 0.0 {
            Some(segment.first())
        } else if place.offset_m >= segment.length_m() {
            Some(segment.last())
        } else {
            None
        }
    }

    /// Whether two places are the same point of the network: the same junction, or the same offset of one segment.
    pub fn is_same_place(&self, a: Place, b: Place) -> bool {
        a == b || matches!((self.junction_at(a), self.junction_at(b)), (Some(x), Some(y)) if x == y)
    }

    /// The place's position in the plane.
    pub fn point_at(&self, place: Place) -> Point {
        let (i, fraction) = self.piece_at(place);
        let nodes = self.segment(place.segment).nodes;
        self.node(nodes[i]).point.towards(self.node(nodes[i + 1]).point, fraction)
    }

    /// The place's WGS 84 position, interpolated between the polyline's nodes.
    pub fn lon_lat_at(&self, place: Place) -> LonLat {
        let (i, fraction) = self.piece_at(place);
        let nodes = self.segment(place.segment).nodes;
        let (a, b) = (self.node(nodes[i]).lon_lat(), self.node(nodes[i + 1]).lon_lat());
        LonLat { lon: a.lon + (b.lon - a.lon) * fraction, lat: a.lat + (b.lat - a.lat) * fraction }
    }

    /// The polyline piece that holds the place, and the fraction along it.
    fn piece_at(&self, place: Place) -> (usize, f64) {
        let offsets_m = self.segment(place.segment).offsets_m;
        let last = offsets_m.len() - 2;
        let i = offsets_m.partition_point(|o| *o <= place.offset_m).saturating_sub(1).min(last);
        let piece_m = offsets_m[i + 1] - offsets_m[i];
        let fraction = if piece_m > 0.0 { ((place.offset_m - offsets_m[i]) / piece_m).clamp(0.0, 1.0) } else { 0.0 };
        (i, fraction)
    }

    /// The whole of a segment as travel in one direction.
    pub fn whole_leg(&self, segment: SegmentId, direction: Direction) -> Leg {
        let length_m = self.segment(segment).length_m();
        match direction {
            Direction::Forward => Leg { segment, from_m: 0.0, to_m: length_m },
            Direction::Backward => Leg { segment, from_m: length_m, to_m: 0.0 },
        }
    }

    /// The positions a leg passes: its start, the nodes between, its end.
    pub fn line_of(&self, leg: Leg) -> Vec<LonLat> {
        let segment = self.segment(leg.segment);
        let (low_m, high_m) = (leg.from_m.min(leg.to_m), leg.from_m.max(leg.to_m));
        let inner = (0..segment.nodes.len())
            .filter(|i| segment.offsets_m[*i] > low_m && segment.offsets_m[*i] < high_m)
            .map(|i| self.node(segment.nodes[i]).lon_lat());
        let at = |offset_m| self.lon_lat_at(Place { segment: leg.segment, offset_m });
        let mut line: Vec<LonLat> =
            std::iter::once(at(low_m)).chain(inner).chain(std::iter::once(at(high_m))).collect();
        if leg.direction() == Direction::Backward {
            line.reverse();
        }
        line
    }

    /// The place reached after `distance_m` along the legs, and the leg it is on; `None` past the end.
    pub fn place_along(&self, legs: &[Leg], distance_m: f64) -> Option<(usize, Place)> {
        let mut left_m = distance_m;
        for (i, leg) in legs.iter().enumerate() {
            let length_m = leg.length_m();
            if left_m <= length_m {
                let offset_m = match leg.direction() {
                    Direction::Forward => (leg.from_m + left_m).min(leg.to_m),
                    Direction::Backward => (leg.from_m - left_m).max(leg.to_m),
                };
                return Some((i, Place { segment: leg.segment, offset_m }));
            }
            left_m -= length_m;
        }
        None
    }

    /// The smallest straight distance in metres from a point to the ground that the legs cover; `None` without legs.
    pub fn distance_to_legs_m(&self, point: Point, legs: &[Leg]) -> Option<f64> {
        legs.iter().map(|leg| self.distance_to_leg_m(point, *leg)).min_by(f64::total_cmp)
    }

    fn distance_to_leg_m(&self, point: Point, leg: Leg) -> f64 {
        let segment = self.segment(leg.segment);
        let (low_m, high_m) = (leg.from_m.min(leg.to_m), leg.from_m.max(leg.to_m));
        let mut least_m = f64::INFINITY;
        for i in 0..segment.nodes.len() - 1 {
            let (begin_m, end_m) = (segment.offsets_m[i].max(low_m), segment.offsets_m[i + 1].min(high_m));
            if begin_m > end_m {
                continue;
            }
            let at = |offset_m| self.point_at(Place { segment: leg.segment, offset_m });
            let (a, b) = (at(begin_m), at(end_m));
            least_m = least_m.min(point.distance_m(a.towards(b, point.nearest_fraction(a, b))));
        }
        least_m
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::geometry::LocalPlane;
    use crate::domain::network::{Node, SegmentPart};

    /// a --(bend)-- b, 30 + 40 m, then b -- c, 10 m.
    fn corner() -> Network {
        let plane = LocalPlane::new(LonLat { lon: 8.0, lat: 50.0 });
        let nodes = [("a", 0.0, 0.0), ("bend", 30.0, 0.0), ("b", 30.0, 40.0), ("c", 40.0, 40.0)]
            .map(|(id, x_m, y_m)| {
                let point = Point { x_m, y_m };
                Node { id: id.into(), lon_lat: plane.unproject(point), point }
            })
            .to_vec();
        let part = |nodes: &[u32]| SegmentPart {
            nodes: nodes.to_vec(),
            oneway: false,
            speed_limit_mps: None,
            name: None,
            source_ids: vec![],
            blockage_probability: 0.1,
            road: Default::default(),
        };
        Network::new(LonLat { lon: 8.0, lat: 50.0 }, nodes, vec![part(&[0, 1, 2]), part(&[2, 3])]).unwrap()
    }

    #[test]
    fn every_node_has_a_place_and_junctions_agree_between_segments() {
        let network = corner();
        let place = |id: &str| network.place_of_node(network.node_by_id(id).unwrap()).unwrap();
        assert_eq!(place("bend"), Place { segment: SegmentId(0), offset_m: 30.0 });
        assert_eq!(place("b"), Place { segment: SegmentId(0), offset_m: 70.0 });
        assert!(network.is_same_place(place("b"), Place { segment: SegmentId(1), offset_m: 0.0 }));
        assert_eq!(network.point_at(Place { segment: SegmentId(0), offset_m: 50.0 }), Point { x_m: 30.0, y_m: 20.0 });
    }

    #[test]
    fn movement_along_legs_crosses_segments_and_ends() {
        let network = corner();
        let legs = [
            Leg { segment: SegmentId(1), from_m: 10.0, to_m: 0.0 },
            Leg { segment: SegmentId(0), from_m: 70.0, to_m: 20.0 },
        ];
        assert_eq!(network.place_along(&legs, 25.0), Some((1, Place { segment: SegmentId(0), offset_m: 55.0 })));
        assert_eq!(network.place_along(&legs, 60.0), Some((1, Place { segment: SegmentId(0), offset_m: 20.0 })));
        assert_eq!(network.place_along(&legs, 60.1), None);
        assert_eq!(network.line_of(legs[1]).len(), 3);
    }

    #[test]
    fn distance_to_a_leg_counts_the_travelled_part_only() {
        let network = corner();
        let leg = Leg { segment: SegmentId(0), from_m: 0.0, to_m: 30.0 };
        let far = Point { x_m: 30.0, y_m: 40.0 };
        assert_eq!(network.distance_to_legs_m(far, &[leg]), Some(40.0));
        assert_eq!(network.distance_to_legs_m(far, &[]), None);
    }
}
