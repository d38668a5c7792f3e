//! Positions on the Earth and in a network's local plane.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A WGS 84 position in degrees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LonLat {
    /// Longitude in degrees, east positive.
    #[schema(minimum = -180.0, maximum = 180.0, example = 139.8113)]
    pub lon: f64,
    /// Latitude in degrees, north positive.
    #[schema(minimum = -90.0, maximum = 90.0, example = 35.6681)]
    pub lat: f64,
}

impl LonLat {
    /// Whether both coordinates are finite and in range.
    pub fn is_valid(self) -> bool {
        (-180.0..=180.0).contains(&self.lon) && (-90.0..=90.0).contains(&self.lat)
    }
}

/// A position in a network's local plane: metres east and north of its origin.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Point {
    /// Metres east.
    pub x_m: f64,
    /// Metres north.
    pub y_m: f64,
}

impl Point {
    /// The straight distance in metres.
    pub fn distance_m(self, other: Point) -> f64 {
        let (dx, dy) = (self.x_m - other.x_m, self.y_m - other.y_m);
        (dx * dx + dy * dy).sqrt()
    }

    /// The point a fraction of the way to `other`.
    pub fn towards(self, other: Point, fraction: f64) -> Point {
        Point { x_m: self.x_m + (other.x_m - self.x_m) * fraction, y_m: self.y_m + (other.y_m - self.y_m) * fraction }
    }

    /// The nearest point of the straight piece from `a` to `b`, as the fraction of the piece (0 to 1).
    pub fn nearest_fraction(self, a: Point, b: Point) -> f64 {
        let (dx, dy) = (b.x_m - a.x_m, b.y_m - a.y_m);
        let square = dx * dx + dy * dy;
        if square == 0.0 {
            return 0.0;
        }
        (((self.x_m - a.x_m) * dx + (self.y_m - a.y_m) * dy) / square).clamp(0.0, 1.0)
    }
}

/// Degrees clockwise from north of the direction from `a` to `b`, in `0.0..360.0`.
pub fn heading_deg(a: Point, b: Point) -> f64 {
    (b.x_m - a.x_m).atan2(b.y_m - a.y_m).to_degrees().rem_euclid(360.0)
}

/// The smaller angle between two headings, 0 to 180 degrees.
pub fn heading_difference_deg(a: f64, b: f64) -> f64 {
    let turn = (a - b).rem_euclid(360.0);
    turn.min(360.0 - turn)
}

/// WGS 84 semi-major axis in metres.
const SEMI_MAJOR_M: f64 = 6_378_137.0;
/// WGS 84 first eccentricity squared.
const ECCENTRICITY_SQUARED: f64 = 0.006_694_379_990_141_316;

/// The plane that touches the ellipsoid at an origin: x east, y north, heights taken as zero.
///
/// It is the east-north-up frame (the LineCoverage data set uses it too, to 2e-9 m). Lengths shrink with distance from the
/// origin by about `(d / R)² / 2`: 0.1 ppm at 3 km, 0.01 % at 90 km.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LocalPlane {
    origin: LonLat,
}

impl LocalPlane {
    /// The plane that touches the ellipsoid at `origin`.
    pub fn new(origin: LonLat) -> Self {
        Self { origin }
    }

    /// Where the plane touches.
    pub fn origin(&self) -> LonLat {
        self.origin
    }

    /// The position in the plane.
    pub fn project(&self, position: LonLat) -> Point {
        let (x0, y0, z0) = earth_centred(self.origin);
        let (x, y, z) = earth_centred(position);
        let (dx, dy, dz) = (x - x0, y - y0, z - z0);
        let (lat, lon) = (self.origin.lat.to_radians(), self.origin.lon.to_radians());
        Point {
            x_m: -lon.sin() * dx + lon.cos() * dy,
            y_m: -lat.sin() * lon.cos() * dx - lat.sin() * lon.sin() * dy + lat.cos() * dz,
        }
    }

    /// Whether the position lies on the half of the Earth that faces the plane. Those on the other half are projected onto the
    /// same points as these.
    pub fn faces(&self, position: LonLat) -> bool {
        let (lat, lon) = (self.origin.lat.to_radians(), self.origin.lon.to_radians());
        let (x, y, z) = earth_centred(position);
        lat.cos() * lon.cos() * x + lat.cos() * lon.sin() * y + lat.sin() * z > 0.0
    }

    /// The position whose projection is `point`, to a millimetre within 500 km of the origin: a linear first guess, then
    /// fixed-point correction.
    pub fn unproject(&self, point: Point) -> LonLat {
        let lat = self.origin.lat.to_radians();
        let w = 1.0 - ECCENTRICITY_SQUARED * lat.sin() * lat.sin();
        let meridian_m = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_SQUARED) / (w * w.sqrt());
        let parallel_m = (SEMI_MAJOR_M / w.sqrt() * lat.cos()).max(1.0);
        let mut position = self.origin;
        for _ in 0..20 {
            let reached = self.project(position);
            let (dx, dy) = (point.x_m - reached.x_m, point.y_m - reached.y_m);
            if dx.abs() < 1e-6 && dy.abs() < 1e-6 {
                break;
            }
            position.lon = (position.lon + (dx / parallel_m).to_degrees()).clamp(-180.0, 180.0);
            position.lat = (position.lat + (dy / meridian_m).to_degrees()).clamp(-90.0, 90.0);
        }
        position
    }
}

fn earth_centred(position: LonLat) -> (f64, f64, f64) {
    let (lat, lon) = (position.lat.to_radians(), position.lon.to_radians());
    let n = SEMI_MAJOR_M / (1.0 - ECCENTRICITY_SQUARED * lat.sin() * lat.sin()).sqrt();
    (n * lat.cos() * lon.cos(), n * lat.cos() * lon.sin(), n * (1.0 - ECCENTRICITY_SQUARED) * lat.sin())
}

/// A polygon of the local plane: an outer ring and holes, each a list of corners without the closing repeat.
#[derive(Clone, Debug, PartialEq)]
pub struct Polygon {
    /// The outer ring first, then the holes.
    pub rings: Vec<Vec<Point>>,
}

impl Polygon {
    /// Whether the point lies inside (even-odd rule over all rings; the border may count either way).
    pub fn contains(&self, point: Point) -> bool {
        let mut inside = false;
        for (a, b) in self.sides() {
            if (a.y_m > point.y_m) != (b.y_m > point.y_m) {
                let x_m = a.x_m + (point.y_m - a.y_m) / (b.y_m - a.y_m) * (b.x_m - a.x_m);
                if point.x_m < x_m {
                    inside = !inside;
                }
            }
        }
        inside
    }

    /// Whether the straight piece from `a` to `b` lies in or touches the polygon.
    pub fn touches(&self, a: Point, b: Point) -> bool {
        self.contains(a) || self.contains(b) || self.sides().any(|(c, d)| pieces_cross(a, b, c, d))
    }

    /// Smallest and largest coordinates of the outer ring.
    pub fn bounds(&self) -> (Point, Point) {
        let mut low = Point { x_m: f64::INFINITY, y_m: f64::INFINITY };
        let mut high = Point { x_m: f64::NEG_INFINITY, y_m: f64::NEG_INFINITY };
        for corner in self.rings.first().into_iter().flatten() {
            low = Point { x_m: low.x_m.min(corner.x_m), y_m: low.y_m.min(corner.y_m) };
            high = Point { x_m: high.x_m.max(corner.x_m), y_m: high.y_m.max(corner.y_m) };
        }
        (low, high)
    }

    fn sides(&self) -> impl Iterator<Item = (Point, Point)> + '_ {
        self.rings.iter().flat_map(|ring| (0..ring.len()).map(move |i| (ring[i], ring[(i + 1) % ring.len()])))
    }
}

/// Whether two sides of a closed ring (its last position repeats the first) cross. Sides that only touch are let pass.
pub fn crosses_itself(ring: &[LonLat]) -> bool {
    fn side(a: LonLat, b: LonLat, p: LonLat) -> f64 {
        (b.lon - a.lon) * (p.lat - a.lat) - (b.lat - a.lat) * (p.lon - a.lon)
    }
    let sides: Vec<(LonLat, LonLat)> = ring.windows(2).map(|ends| (ends[0], ends[1])).collect();
    sides.iter().enumerate().any(|(i, &(a, b))| {
        sides[i + 1..].iter().any(|&(c, d)| side(a, b, c) * side(a, b, d) < 0.0 && side(c, d, a) * side(c, d, b) < 0.0)
    })
}

fn pieces_cross(a: Point, b: Point, c: Point, d: Point) -> bool {
    fn side(a: Point, b: Point, p: Point) -> f64 {
        (b.x_m - a.x_m) * (p.y_m - a.y_m) - (b.y_m - a.y_m) * (p.x_m - a.x_m)
    }
    fn within(a: Point, b: Point, p: Point) -> bool {
        p.x_m >= a.x_m.min(b.x_m) && p.x_m <= a.x_m.max(b.x_m) && p.y_m >= a.y_m.min(b.y_m) && p.y_m <= a.y_m.max(b.y_m)
    }
    let (ab_c, ab_d, cd_a, cd_b) = (side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b));
    if ab_c * ab_d < 0.0 && cd_a * cd_b < 0.0 {
        return true;
    }
    (ab_c == 0.0 && within(a, b, c))
        || (ab_d == 0.0 && within(a, b, d))
        || (cd_a == 0.0 && within(c, d, a))
        || (cd_b == 0.0 && within(c, d, b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projection_and_back_agree_to_a_millimetre() {
        for origin in
            [LonLat { lon: 139.8113, lat: 35.668 }, LonLat { lon: -70.6, lat: -33.4 }, LonLat { lon: 10.0, lat: 69.6 }]
        {
            let plane = LocalPlane::new(origin);
            for (x_m, y_m) in [(0.0, 0.0), (1_500.0, -740.0), (-30_000.0, 12_000.0), (80_000.0, 90_000.0)] {
                let back = plane.project(plane.unproject(Point { x_m, y_m }));
                assert!(back.distance_m(Point { x_m, y_m }) < 1e-3, "{origin:?} {x_m} {y_m} {back:?}");
            }
        }
    }

    #[test]
    fn the_other_side_of_the_earth_does_not_face_the_plane() {
        let plane = LocalPlane::new(LonLat { lon: 8.0, lat: 50.0 });
        for (lon, lat, faces) in [(8.0, 50.0, true), (60.0, 20.0, true), (-172.0, -50.0, false), (8.0, -89.0, false)] {
            assert_eq!(plane.faces(LonLat { lon, lat }), faces, "{lon} {lat}");
        }
    }

    #[test]
    fn one_degree_of_latitude_is_111_km() {
        let plane = LocalPlane::new(LonLat { lon: 0.0, lat: 0.0 });
        let north = plane.project(LonLat { lon: 0.0, lat: 1.0 });
        assert!((north.y_m - 110_574.0).abs() < 30.0, "{north:?}");
    }

    #[test]
    fn a_polygon_touches_what_is_inside_and_what_crosses_it() {
        let at = |x_m, y_m| Point { x_m, y_m };
        let square = Polygon {
            rings: vec![
                vec![at(0.0, 0.0), at(10.0, 0.0), at(10.0, 10.0), at(0.0, 10.0)],
                vec![at(4.0, 4.0), at(6.0, 4.0), at(6.0, 6.0), at(4.0, 6.0)],
            ],
        };
        assert!(square.touches(at(1.0, 1.0), at(2.0, 2.0)));
        assert!(square.touches(at(-5.0, 5.0), at(15.0, 5.0)));
        assert!(!square.touches(at(4.5, 5.0), at(5.5, 5.0)), "inside the hole");
        assert!(!square.touches(at(-5.0, 11.0), at(15.0, 11.0)));
    }

    #[test]
    fn headings_turn_clockwise_from_north() {
        let at = |x_m, y_m| Point { x_m, y_m };
        assert_eq!(heading_deg(at(0.0, 0.0), at(0.0, 1.0)), 0.0);
        assert_eq!(heading_deg(at(0.0, 0.0), at(1.0, 0.0)), 90.0);
        assert_eq!(heading_difference_deg(350.0, 10.0), 20.0);
    }
}
