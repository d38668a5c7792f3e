//! Which segments a line drawn by somebody else runs along.

use std::collections::BTreeMap;

use super::Network;
use super::index::NearPiece;
use crate::domain::geometry::Point;
use crate::domain::ids::SegmentId;

/// The cosine of 35 degrees: how far a road may turn from the line and still be the one it runs along. Lines of other maps cut
/// bends, and a road that is crossed turns by more at nearly every junction.
const LEAST_COSINE: f64 = 0.819;
/// What a turn by a right angle would add to the distance, in metres, when one of two roads is chosen; less turned, less added.
const METRES_PER_TURN: f64 = 20.0;
/// The greatest distance between two places at which the line is compared with the roads, in metres.
const STEP_M: f64 = 10.0;

/// How near a road must be for a line to run along it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// The distance in metres.
    pub distance_m: f64,
    /// The line has the direction of travel, so a one-way road must run that way; otherwise it may run either way.
    pub is_directed: bool,
}

impl Network {
    /// The segments that the line runs along, ordered by id. At every few metres the line is taken to belong to the nearest road
    /// that runs its way within the tolerance; a segment counts if it gets half of its own length, a third of the line's,
    /// or twice the tolerance, so that a road which the line crosses or only touches at its end does not.
    ///
    /// `steps` is how many comparisons with pieces of roads may still be made, and is lowered. Returns `None` if they do not suffice.
    pub fn segments_along(&self, line: &[Point], tolerance: Tolerance, steps: &mut u64) -> Option<Vec<SegmentId>> {
        let (low, high) = self.plane_bounds(tolerance.distance_m);
        let step_m = (tolerance.distance_m / 2.0).clamp(1.0, STEP_M);
        let mut covered: BTreeMap<SegmentId, f64> = BTreeMap::new();
        let mut line_m = 0.0;
        for ends in line.windows(2) {
            let Some((a, b)) = clipped(ends[0], ends[1], low, high) else { continue };
            let length_m = a.distance_m(b);
            if length_m == 0.0 {
                continue;
            }
            line_m += length_m;
            let count = (length_m / step_m).ceil().max(1.0);
            if count > *steps as f64 {
                return None;
            }
            for i in 0..count as u64 {
                let at = a.towards(b, (i as f64 + 0.5) / count);
                if let Some(segment) = self.road_along(at, a, b, tolerance, steps)? {
                    *covered.entry(segment).or_default() += length_m / count;
                }
            }
        }
        let enough = |segment: SegmentId, covered_m: f64| {
            let least_m = (self.segment(segment).length_m() / 2.0).min(line_m / 3.0).min(2.0 * tolerance.distance_m);
            // Sums of parts are short of the whole by a rounding.
            covered_m >= least_m * 0.999
        };
        Some(covered.into_iter().filter(|(segment, m)| enough(*segment, *m)).map(|(segment, _)| segment).collect())
    }

    /// The nearest road within the tolerance that runs as the line from `a` to `b` does, if there is one; ties go to the lower
    /// segment id. `None` when the steps are spent.
    fn road_along(
        &self,
        at: Point,
        a: Point,
        b: Point,
        tolerance: Tolerance,
        steps: &mut u64,
    ) -> Option<Option<SegmentId>> {
        let mut best: Option<(f64, SegmentId)> = None;
        for NearPiece { distance_m, segment, piece } in self.index().nearest_pieces(self, at) {
            *steps = steps.checked_sub(1)?;
            // They come in order of distance, and a turn can only add to it.
            if distance_m > tolerance.distance_m || best.is_some_and(|(score, _)| distance_m > score) {
                break;
            }
            let road = self.segment(segment);
            let [from, to] = [road.nodes[piece], road.nodes[piece + 1]].map(|n| self.node(n).point);
            let ahead = cosine(a, b, from, to);
            let cosine = if tolerance.is_directed && road.oneway { ahead } else { ahead.abs() };
            if cosine < LEAST_COSINE {
                continue;
            }
            let score = distance_m + METRES_PER_TURN * (1.0 - cosine);
            if best.is_none_or(|(least, found)| (score, segment) < (least, found)) {
                best = Some((score, segment));
            }
        }
        Some(best.map(|(_, segment)| segment))
    }

    /// The corners of the box around all roads, widened.
    fn plane_bounds(&self, by_m: f64) -> (Point, Point) {
        let (low, high) = self.index().bounds();
        (Point { x_m: low.x_m - by_m, y_m: low.y_m - by_m }, Point { x_m: high.x_m + by_m, y_m: high.y_m + by_m })
    }
}

/// The cosine of the angle between two pieces; 0 for one without length.
fn cosine(a: Point, b: Point, c: Point, d: Point) -> f64 {
    let lengths = a.distance_m(b) * c.distance_m(d);
    if lengths == 0.0 {
        return 0.0;
    }
    ((b.x_m - a.x_m) * (d.x_m - c.x_m) + (b.y_m - a.y_m) * (d.y_m - c.y_m)) / lengths
}

/// The part of the piece from `a` to `b` that lies in the box, by the slab method.
fn clipped(a: Point, b: Point, low: Point, high: Point) -> Option<(Point, Point)> {
    let (mut from, mut to) = (0.0_f64, 1.0_f64);
    for (start, end, least, most) in [(a.x_m, b.x_m, low.x_m, high.x_m), (a.y_m, b.y_m, low.y_m, high.y_m)] {
        let run = end - start;
        if run == 0.0 {
            if start < least || start > most {
                return None;
            }
            continue;
        }
        let (one, other) = ((least - start) / run, (most - start) / run);
        from = from.max(one.min(other));
        to = to.min(one.max(other));
    }
    // Also false where a coordinate is no number.
    (from <= to).then(|| (a.towards(b, from), a.towards(b, to)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::geometry::{LocalPlane, LonLat};
    use crate::domain::network::{Node, SegmentPart};

    /// Two parallel one-way roads 12 m apart (0 eastward at y = 0, 1 westward at y = 12), a road that crosses both on a bridge
    /// (2, northward at x = 500) and one that goes on from the end of the first (3).
    fn roads() -> Network {
        let plane = LocalPlane::new(LonLat { lon: 8.0, lat: 50.0 });
        let points =
            [(0.0, 0.0), (1000.0, 0.0), (1000.0, 12.0), (0.0, 12.0), (500.0, -300.0), (500.0, 300.0), (1800.0, 0.0)];
        let node = |(i, (x_m, y_m)): (usize, (f64, f64))| {
            let point = Point { x_m, y_m };
            Node { id: i.to_string().into(), lon_lat: plane.unproject(point), point }
        };
        let nodes = points.into_iter().enumerate().map(node).collect();
        let part = |nodes: &[u32], oneway| SegmentPart {
            nodes: nodes.to_vec(),
            oneway,
            speed_limit_mps: None,
            name: None,
            source_ids: vec![],
            blockage_probability: 0.1,
            road: Default::default(),
        };
        let parts = vec![part(&[0, 1], true), part(&[2, 3], true), part(&[4, 5], false), part(&[1, 6], false)];
        Network::new(LonLat { lon: 8.0, lat: 50.0 }, nodes, parts).unwrap()
    }

    fn along(line: &[(f64, f64)], is_directed: bool) -> Vec<u32> {
        let line: Vec<Point> = line.iter().map(|&(x_m, y_m)| Point { x_m, y_m }).collect();
        let tolerance = Tolerance { distance_m: 15.0, is_directed };
        let found = roads().segments_along(&line, tolerance, &mut 100_000).unwrap();
        found.into_iter().map(|segment| segment.0).collect()
    }

    #[test]
    fn the_road_that_is_run_along_is_found_and_not_the_bridge_over_it() {
        assert_eq!(along(&[(100.0, 3.0), (700.0, 2.0)], true), [0]);
        assert_eq!(along(&[(500.0, -200.0), (501.0, 250.0)], true), [2]);
        assert_eq!(along(&[(600.0, -1.0), (1400.0, 1.0)], true), [0, 3]);
    }

    #[test]
    fn with_a_direction_the_carriageway_that_runs_that_way_is_taken() {
        assert_eq!(along(&[(700.0, 5.0), (100.0, 5.0)], true), [1], "westward, though the other one is nearer");
        assert_eq!(along(&[(700.0, 5.0), (100.0, 5.0)], false), [0], "either way: the nearer one");
    }

    #[test]
    fn what_is_only_touched_does_not_count_and_what_is_short_does() {
        assert_eq!(along(&[(600.0, 0.0), (1020.0, 0.0)], true), [0], "20 m past the end of the road");
        assert_eq!(along(&[(300.0, 0.0), (312.0, 0.0)], true), [0], "works of 12 m");
        assert_eq!(along(&[(300.0, 40.0), (700.0, 40.0)], false), Vec::<u32>::new(), "too far");
        assert_eq!(along(&[(300.0, -250.0), (700.0, 260.0)], false), Vec::<u32>::new(), "across everything");
    }

    #[test]
    fn a_line_from_far_away_costs_no_more_than_the_part_that_is_near() {
        let line = [Point { x_m: -5e6, y_m: 0.0 }, Point { x_m: 5e6, y_m: 0.0 }];
        let tolerance = Tolerance { distance_m: 15.0, is_directed: true };
        let mut steps = 2_000;
        let found = roads().segments_along(&line, tolerance, &mut steps).unwrap();
        assert_eq!(found, [SegmentId(0), SegmentId(3)]);
        assert!(steps > 500, "{steps}");
        assert_eq!(roads().segments_along(&line, tolerance, &mut 100), None, "more than it may");
        let nowhere = [Point { x_m: f64::NAN, y_m: 0.0 }, Point { x_m: 1.0, y_m: f64::INFINITY }];
        assert_eq!(roads().segments_along(&nowhere, tolerance, &mut 100), Some(vec![]));
    }
}
