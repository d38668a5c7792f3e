//! The ground around reached roads, as polygons.
//!
//! A hull around what is reached would claim what is not: the far bank of a river, a quarter behind a closed bridge. Here a
//! point belongs to the ground if a reached road is within [`BUFFER_M`] of it, and no road that is not reached is nearer.
//! Both distances are measured exactly at the points of a grid, and the border is interpolated between these by marching
//! squares (the crate `contour`), so that it is right to less than a cell. The grid has [`CELL_M`] between its points; of
//! an area that would take more than [`MOST_POINTS`] it is coarser, and the distance to a road is then two cells.

use contour::ContourBuilder;

use super::decimals;
use crate::domain::geometry::Point;
use crate::domain::ids::SegmentId;
use crate::domain::network::{Leg, Network, Place};
use crate::domain::reach::Band;

/// How far the ground extends from a road, in metres.
pub const BUFFER_M: f64 = 40.0;
/// The grid's distance between points, in metres.
pub const CELL_M: f64 = 20.0;
/// The most points of a grid.
const MOST_POINTS: f64 = 300_000.0;
/// How many roads are drawn, or rings sorted, between two looks at whether the work was called off.
const ROADS_AT_ONCE: usize = 256;

/// The polygons around what is reached within one time: rings of positions, the outer one first, closed, and by the rule of
/// the right hand (RFC 7946).
pub(super) type Polygons = Vec<Vec<Vec<[f64; 2]>>>;

/// The ground of each band and those before it.
pub(super) struct Outlines {
    /// How far the ground extends from a road, in metres.
    pub(super) buffer_m: f64,
    /// The grid's distance between points, in metres.
    pub(super) cell_m: f64,
    /// One for each band.
    pub(super) polygons: Vec<Polygons>,
}

/// Draws the ground around what is reached within the time of each band; `None` when it is called off, of which it is asked often.
pub(super) fn outlines(network: &Network, bands: &[Band], is_called_off: &dyn Fn() -> bool) -> Option<Outlines> {
    let Some(grid) = Grid::around(network, bands) else {
        return Some(Outlines { buffer_m: BUFFER_M, cell_m: CELL_M, polygons: vec![Vec::new(); bands.len()] });
    };
    let mut patience = Patience { is_called_off, left: ROADS_AT_ONCE };
    // Distances to the roads of each band, and to those that are not reached.
    let mut distances: Vec<Vec<f32>> = Vec::with_capacity(bands.len() + 1);
    for band in bands {
        let mut nearest = grid.far();
        for part in &band.parts {
            patience.wear()?;
            grid.draw(network, part, &mut nearest);
        }
        distances.push(nearest);
    }
    let mut nearest = grid.far();
    for_each_unreached(network, bands, |part| {
        patience.wear()?;
        grid.draw(network, part, &mut nearest);
        Some(())
    })?;
    distances.push(nearest);
    let least = |of: &[Vec<f32>], i: usize| of.iter().map(|nearest| nearest[i]).fold(f32::INFINITY, f32::min);
    let polygons = (1..=bands.len()).map(|reached| {
        patience.look()?;
        let inside = (0..grid.columns * grid.rows).map(|i| {
            let (to_reached_m, to_other_m) = (least(&distances[..reached], i), least(&distances[reached..], i));
            f64::from((grid.buffer_m as f32 - to_reached_m).min((to_other_m - to_reached_m) / 2.0))
        });
        grid.polygons(network, &inside.collect::<Vec<f64>>(), &mut patience)
    });
    let polygons = polygons.collect::<Option<_>>()?;
    Some(Outlines { buffer_m: grid.buffer_m, cell_m: grid.cell_m, polygons })
}

/// Work that may be called off.
struct Patience<'a> {
    is_called_off: &'a dyn Fn() -> bool,
    left: usize,
}

impl Patience<'_> {
    /// `None` if the work was called off.
    fn look(&self) -> Option<()> {
        (!(self.is_called_off)()).then_some(())
    }

    /// The same, looked at every so many times.
    fn wear(&mut self) -> Option<()> {
        self.left -= 1;
        if self.left > 0 {
            return Some(());
        }
        self.left = ROADS_AT_ONCE;
        self.look()
    }
}

/// Tells every part of every segment that no band has, until that says `None`.
fn for_each_unreached(network: &Network, bands: &[Band], mut tell: impl FnMut(&Leg) -> Option<()>) -> Option<()> {
    let mut reached: Vec<(SegmentId, f64, f64)> = bands
        .iter()
        .flat_map(|band| &band.parts)
        .map(|part| (part.segment, part.from_m.min(part.to_m), part.from_m.max(part.to_m)))
        .collect();
    reached.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let mut reached = reached.into_iter().peekable();
    for (i, road) in network.segments().iter().enumerate() {
        let segment = SegmentId(i as u32);
        let mut from_m = 0.0;
        while let Some((_, low_m, high_m)) = reached.next_if(|(of, _, _)| *of == segment) {
            if low_m > from_m {
                tell(&Leg { segment, from_m, to_m: low_m })?;
            }
            from_m = from_m.max(high_m);
        }
        if road.length_m() > from_m {
            tell(&Leg { segment, from_m, to_m: road.length_m() })?;
        }
    }
    Some(())
}

struct Grid {
    low: Point,
    cell_m: f64,
    buffer_m: f64,
    columns: usize,
    rows: usize,
}

impl Grid {
    /// A grid around all that is reached; `None` if nothing is.
    fn around(network: &Network, bands: &[Band]) -> Option<Self> {
        let mut low = Point { x_m: f64::INFINITY, y_m: f64::INFINITY };
        let mut high = Point { x_m: f64::NEG_INFINITY, y_m: f64::NEG_INFINITY };
        for part in bands.iter().flat_map(|band| &band.parts) {
            for_each_piece(network, part, |a, b| {
                for point in [a, b] {
                    low = Point { x_m: low.x_m.min(point.x_m), y_m: low.y_m.min(point.y_m) };
                    high = Point { x_m: high.x_m.max(point.x_m), y_m: high.y_m.max(point.y_m) };
                }
            });
        }
        if low.x_m > high.x_m {
            return None;
        }
        let points = |cell_m: f64| {
            let margin_m = 2.0 * BUFFER_M.max(2.0 * cell_m) + 2.0 * cell_m;
            ((high.x_m - low.x_m + margin_m) / cell_m + 1.0) * ((high.y_m - low.y_m + margin_m) / cell_m + 1.0)
        };
        let mut cell_m = CELL_M;
        while points(cell_m) > MOST_POINTS {
            cell_m *= 1.25;
        }
        let buffer_m = BUFFER_M.max(2.0 * cell_m);
        let margin_m = buffer_m + cell_m;
        let low = Point { x_m: low.x_m - margin_m, y_m: low.y_m - margin_m };
        let count = |from_m: f64, to_m: f64| ((to_m + margin_m - from_m) / cell_m).ceil() as usize + 1;
        let (columns, rows) = (count(low.x_m, high.x_m), count(low.y_m, high.y_m));
        Some(Self { low, cell_m, buffer_m, columns, rows })
    }

    /// Distances to nothing: all as far as counts.
    fn far(&self) -> Vec<f32> {
        vec![self.reach_m() as f32; self.columns * self.rows]
    }

    /// From here on a road makes no difference.
    fn reach_m(&self) -> f64 {
        2.0 * self.buffer_m
    }

    /// Lowers the distances of the points around a road.
    fn draw(&self, network: &Network, part: &Leg, nearest: &mut [f32]) {
        let reach_m = self.reach_m();
        // What is cut is no more than that, so that no box around a piece is much larger than what is near to it.
        let longest_m = 4.0 * self.buffer_m;
        for_each_piece(network, part, |a, b| {
            let count = (a.distance_m(b) / longest_m).ceil().max(1.0);
            for i in 0..count as usize {
                let (a, b) = (a.towards(b, i as f64 / count), a.towards(b, (i + 1) as f64 / count));
                let columns =
                    self.range(a.x_m.min(b.x_m) - reach_m, a.x_m.max(b.x_m) + reach_m, self.low.x_m, self.columns);
                for row in self.range(a.y_m.min(b.y_m) - reach_m, a.y_m.max(b.y_m) + reach_m, self.low.y_m, self.rows) {
                    for column in columns.clone() {
                        let point = self.point(column, row);
                        let distance_m = point.distance_m(a.towards(b, point.nearest_fraction(a, b))) as f32;
                        let known_m = &mut nearest[row * self.columns + column];
                        *known_m = known_m.min(distance_m);
                    }
                }
            }
        });
    }

    /// The numbers of the columns (or rows) between two coordinates.
    fn range(&self, from_m: f64, to_m: f64, low_m: f64, count: usize) -> std::ops::Range<usize> {
        // Casts to whole numbers end at 0.
        let first = ((from_m - low_m) / self.cell_m).ceil().max(0.0) as usize;
        let after = ((to_m - low_m) / self.cell_m).floor() + 1.0;
        first.min(count)..(after.max(0.0) as usize).clamp(first.min(count), count)
    }

    fn point(&self, column: usize, row: usize) -> Point {
        Point { x_m: self.low.x_m + column as f64 * self.cell_m, y_m: self.low.y_m + row as f64 * self.cell_m }
    }

    fn polygons(&self, network: &Network, inside: &[f64], patience: &mut Patience<'_>) -> Option<Polygons> {
        // The crate has the values in the middle of its cells.
        let builder = ContourBuilder::new(self.columns, self.rows, true)
            .x_step(self.cell_m)
            .y_step(self.cell_m)
            .x_origin(self.low.x_m - self.cell_m / 2.0)
            .y_origin(self.low.y_m - self.cell_m / 2.0);
        let Ok(lines) = builder.lines(inside, &[0.0]) else { return Some(Vec::new()) };
        let rings = lines
            .into_iter()
            .flat_map(|line| line.into_inner().0.0)
            .map(|ring| Ring::of(ring.0.iter().map(|at| Point { x_m: at.x, y_m: at.y })));
        let (outer, holes): (Vec<Ring>, Vec<Ring>) =
            rings.filter(|ring| ring.twice_area_m2 != 0.0).partition(|ring| ring.twice_area_m2 > 0.0);
        let mut polygons: Vec<Vec<&Ring>> = outer.iter().map(|ring| vec![ring]).collect();
        let sides: Vec<Sides<'_>> = outer.iter().map(|ring| Sides::of(ring, self.cell_m)).collect();
        for hole in &holes {
            patience.wear()?;
            // The smallest ring around it: an island in a hole has holes of its own.
            let around = (0..outer.len()).filter(|i| sides[*i].are_around(hole));
            if let Some(i) = around.min_by(|a, b| outer[*a].twice_area_m2.total_cmp(&outer[*b].twice_area_m2)) {
                polygons[i].push(hole);
            }
        }
        let mut drawn = Vec::with_capacity(polygons.len());
        for rings in polygons {
            patience.wear()?;
            drawn.push(rings.iter().map(|ring| ring.positions(network)).collect());
        }
        Some(drawn)
    }
}

/// A closed ring in the plane, its last point the first again: counterclockwise around ground, clockwise around a hole.
struct Ring {
    points: Vec<Point>,
    low: Point,
    high: Point,
    /// Twice the area; negative for a hole.
    twice_area_m2: f64,
}

impl Ring {
    /// Of one as the crate gives them, which has ground at its right.
    fn of(line: impl DoubleEndedIterator<Item = Point>) -> Self {
        let points: Vec<Point> = line.rev().collect();
        let mut low = Point { x_m: f64::INFINITY, y_m: f64::INFINITY };
        let mut high = Point { x_m: f64::NEG_INFINITY, y_m: f64::NEG_INFINITY };
        for at in &points {
            low = Point { x_m: low.x_m.min(at.x_m), y_m: low.y_m.min(at.y_m) };
            high = Point { x_m: high.x_m.max(at.x_m), y_m: high.y_m.max(at.y_m) };
        }
        // Measured from a point of its own, as large coordinates would cost digits.
        let cross =
            |a: &Point, b: &Point| (a.x_m - low.x_m) * (b.y_m - low.y_m) - (b.x_m - low.x_m) * (a.y_m - low.y_m);
        let twice_area_m2 = points.windows(2).map(|ends| cross(&ends[0], &ends[1])).sum();
        Self { points, low, high, twice_area_m2 }
    }

    fn positions(&self, network: &Network) -> Vec<[f64; 2]> {
        self.points.iter().map(|at| decimals::position(network.plane().unproject(*at))).collect()
    }
}

/// The sides of a ring, by the rows of the grid that they pass: a city's ring has a hundred thousand, and thousands of holes.
struct Sides<'a> {
    ring: &'a Ring,
    row_m: f64,
    /// Which points each row's sides begin at.
    rows: Vec<Vec<u32>>,
}

impl<'a> Sides<'a> {
    fn of(ring: &'a Ring, row_m: f64) -> Self {
        let mut sides = Self { ring, row_m, rows: Vec::new() };
        sides.rows.resize(sides.row(ring.high.y_m) + 1, Vec::new());
        for (begin, ends) in (0_u32..).zip(ring.points.windows(2)) {
            let (low_m, high_m) = (ends[0].y_m.min(ends[1].y_m), ends[0].y_m.max(ends[1].y_m));
            for row in sides.row(low_m)..=sides.row(high_m) {
                sides.rows[row].push(begin);
            }
        }
        sides
    }

    fn row(&self, y_m: f64) -> usize {
        ((y_m - self.ring.low.y_m) / self.row_m) as usize
    }

    /// Whether a ring that does not cross them lies within (even-odd rule).
    fn are_around(&self, other: &Ring) -> bool {
        let (around, within) = (self.ring, other);
        let is_within_box = around.low.x_m <= within.low.x_m
            && around.low.y_m <= within.low.y_m
            && around.high.x_m >= within.high.x_m
            && around.high.y_m >= within.high.y_m;
        let Some(at) = within.points.first().filter(|_| is_within_box) else { return false };
        let mut inside = false;
        for begin in &self.rows[self.row(at.y_m)] {
            let (a, b) = (around.points[*begin as usize], around.points[*begin as usize + 1]);
            if (a.y_m > at.y_m) != (b.y_m > at.y_m) {
                inside ^= at.x_m < a.x_m + (at.y_m - a.y_m) / (b.y_m - a.y_m) * (b.x_m - a.x_m);
            }
        }
        inside
    }
}

/// Tells the straight pieces of a part of a segment.
fn for_each_piece(network: &Network, part: &Leg, mut tell: impl FnMut(Point, Point)) {
    let road = network.segment(part.segment);
    let (low_m, high_m) = (part.from_m.min(part.to_m), part.from_m.max(part.to_m));
    let at = |offset_m| network.point_at(Place { segment: part.segment, offset_m });
    for offsets_m in road.offsets_m.windows(2) {
        let (from_m, to_m) = (offsets_m[0].max(low_m), offsets_m[1].min(high_m));
        if from_m < to_m {
            tell(at(from_m), at(to_m));
        }
    }
}

#[cfg(test)]
mod tests;
