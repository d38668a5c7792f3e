//! How long flights take, in still air and in wind.

use crate::domain::geometry::Point;
use crate::domain::network::{Direction, Leg, Network, Place};
use crate::simulation::options::Wind;
use crate::simulation::trial::sign;

/// The air that a UAV flies in: its speed through the air, and how that moves.
#[derive(Clone, Copy, Debug)]
pub(in crate::simulation) struct Air {
    pub(in crate::simulation) speed_mps: f64,
    pub(in crate::simulation) wind: Option<Wind>,
}

impl Air {
    /// How long the straight flight takes, in seconds.
    pub(in crate::simulation) fn straight_s(&self, from: Point, to: Point) -> f64 {
        let length_m = from.distance_m(to);
        match self.wind {
            Some(wind) if length_m > 0.0 => length_m / self.ground_mps(wind, from, to, length_m),
            _ => length_m / self.speed_mps,
        }
    }

    /// How long the flight along part of a segment takes, in seconds: in wind, piece by piece of its polyline.
    pub(in crate::simulation) fn along_s(&self, network: &Network, leg: &Leg) -> f64 {
        if self.wind.is_none() {
            return leg.length_m() / self.speed_mps;
        }
        let at = |offset_m| network.point_at(Place { segment: leg.segment, offset_m });
        bends(network, leg).windows(2).map(|ends| self.straight_s(at(ends[0]), at(ends[1]))).sum()
    }

    /// Where on the segment the flight along the leg has got to after so many seconds: the offset in metres, which may
    /// be past the leg's end by rounding.
    pub(in crate::simulation) fn along_after_m(&self, network: &Network, leg: &Leg, seconds: f64) -> f64 {
        if self.wind.is_none() {
            return leg.from_m + sign(leg.direction()) * seconds * self.speed_mps;
        }
        let at = |offset_m| network.point_at(Place { segment: leg.segment, offset_m });
        let mut left_s = seconds;
        for ends in bends(network, leg).windows(2) {
            let takes_s = self.straight_s(at(ends[0]), at(ends[1]));
            if takes_s > left_s {
                return ends[0] + (ends[1] - ends[0]) * (left_s / takes_s);
            }
            left_s -= takes_s;
        }
        leg.to_m
    }

    /// The speed over ground along a heading: the wind's part along it, and what of the UAV's own speed is left when it
    /// holds against the wind's part across it (the wind triangle).
    fn ground_mps(&self, wind: Wind, from: Point, to: Point, length_m: f64) -> f64 {
        let (x, y) = ((to.x_m - from.x_m) / length_m, (to.y_m - from.y_m) / length_m);
        let along_mps = wind.x_mps * x + wind.y_mps * y;
        let across_mps = wind.x_mps * y - wind.y_mps * x;
        along_mps + (self.speed_mps * self.speed_mps - across_mps * across_mps).sqrt()
    }
}

/// The offsets of the leg's ends and of the bends between them, in its direction.
fn bends(network: &Network, leg: &Leg) -> Vec<f64> {
    let (low_m, high_m) = (leg.from_m.min(leg.to_m), leg.from_m.max(leg.to_m));
    let inside = network.segment(leg.segment).offsets_m.iter().copied().filter(|m| *m > low_m && *m < high_m);
    let mut bends: Vec<f64> = [low_m].into_iter().chain(inside).chain([high_m]).collect();
    if leg.direction() == Direction::Backward {
        bends.reverse();
    }
    bends
}
