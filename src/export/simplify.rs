//! Lines with fewer points, for readers that take no long ones.

use crate::domain::geometry::{LonLat, Point};

/// Metres of a degree of latitude, near enough for deciding which point matters.
const METRES_PER_DEGREE: f64 = 111_320.0;
/// The tolerance that is tried first, in metres: less than the width of a road.
const FIRST_TOLERANCE_M: f64 = 1.0;

/// The line with `most` points at the most, its ends among them: as it is if it has no more, else by the algorithm of Douglas
/// and Peucker ("Algorithms for the reduction of the number of points required to represent a digitized line or its
/// caricature", 1973, method 2), with a tolerance that is doubled until they suffice.
pub(super) fn simplified(line: &[LonLat], most: usize) -> Vec<LonLat> {
    let mut tolerance_m = FIRST_TOLERANCE_M;
    let mut kept = line.to_vec();
    let flat = flat(line);
    while kept.len() > most.max(2) {
        let keep = kept_within(&flat, tolerance_m);
        kept = line.iter().zip(keep).filter(|(_, keep)| *keep).map(|(at, _)| *at).collect();
        tolerance_m *= 2.0;
    }
    kept
}

/// The positions in metres, by a series for the cosine that gives the same on every machine.
fn flat(line: &[LonLat]) -> Vec<Point> {
    let latitude = line.first().map_or(0.0, |at| at.lat.to_radians());
    let square = latitude * latitude;
    let shrink = 1.0 - square / 2.0 * (1.0 - square / 12.0 * (1.0 - square / 30.0));
    let point = |at: &LonLat| Point { x_m: at.lon * METRES_PER_DEGREE * shrink, y_m: at.lat * METRES_PER_DEGREE };
    line.iter().map(point).collect()
}

/// Which points are needed for the line to stay within the tolerance.
fn kept_within(line: &[Point], tolerance_m: f64) -> Vec<bool> {
    let mut keep = vec![false; line.len()];
    let mut open = vec![(0, line.len().saturating_sub(1))];
    while let Some((first, last)) = open.pop() {
        keep[first] = true;
        keep[last] = true;
        let (a, b) = (line[first], line[last]);
        let mut farthest = (tolerance_m, None);
        for (i, at) in line.iter().enumerate().take(last).skip(first + 1) {
            let away_m = at.distance_m(a.towards(b, at.nearest_fraction(a, b)));
            if away_m > farthest.0 {
                farthest = (away_m, Some(i));
            }
        }
        if let Some(i) = farthest.1 {
            open.extend([(first, i), (i, last)]);
        }
    }
    keep
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(lon: f64, lat: f64) -> LonLat {
        LonLat { lon, lat }
    }

    #[test]
    fn a_short_line_stays_and_a_long_one_keeps_its_ends_and_its_corners() {
        let short = [at(8.0, 50.0), at(8.0, 50.0), at(8.001, 50.0)];
        assert_eq!(simplified(&short, 3), short);
        assert_eq!(simplified(&[], 3), []);
        // East with a ripple of half a metre, then north, then back the way it came.
        let ripple = |i: i32| if i % 2 == 0 { 0.000_005 } else { 0.0 };
        let east = (0..=100).map(|i| at(8.0 + f64::from(i) * 1e-4, 50.0 + ripple(i)));
        let north = (1..=100).map(|i| at(8.01, 50.0 + f64::from(i) * 1e-4));
        let back = (0..100).rev().map(|i| at(8.01, 50.0 + f64::from(i) * 1e-4));
        let line: Vec<LonLat> = east.chain(north).chain(back).collect();
        let few = simplified(&line, 10);
        assert!(few.len() <= 10, "{few:?}");
        assert_eq!((few.first(), few.last()), (line.first(), line.last()));
        assert!(few.iter().any(|p| p.lat > 50.0099), "the turning point is lost: {few:?}");
    }

    #[test]
    fn no_line_is_left_longer_than_it_may_be() {
        // A spiral: nearly every point matters.
        let spiral: Vec<LonLat> = (0..4_000)
            .map(|i| {
                let (turn, radius) = (f64::from(i) * 0.1, 1e-5 * f64::from(i));
                at(8.0 + radius * turn.cos(), 50.0 + radius * turn.sin())
            })
            .collect();
        for most in [2, 3, 50, 250] {
            let few = simplified(&spiral, most);
            assert!((2..=most).contains(&few.len()), "{most}: {}", few.len());
        }
    }
}
