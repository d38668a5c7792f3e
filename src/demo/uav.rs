//! A simulated drone: it flies straight to the next inspection, then along the segment's polyline, and tells what it finds.

use std::collections::VecDeque;

use super::streets::Streets;
use super::ugv::Sight;
use crate::domain::geometry::Point;
use crate::domain::ids::{SegmentId, VehicleId};
use crate::domain::network::{Direction, Leg, Place};

/// The drone.
#[derive(Debug)]
pub(super) struct Uav {
    id: VehicleId,
    speed_mps: f64,
    point: Point,
    /// The flight along a segment that is under way, from where it has got to.
    inspecting: Option<Leg>,
    /// Whole segments to fly along next.
    tasks: VecDeque<Leg>,
}

impl Uav {
    /// A drone at a point; perhaps in the middle of an inspection, which it began at the segment's end.
    pub(super) fn at(id: VehicleId, speed_mps: f64, point: Point, inspecting: Option<Leg>) -> Self {
        Self { id, speed_mps, point, inspecting, tasks: VecDeque::new() }
    }

    pub(super) fn id(&self) -> &VehicleId {
        &self.id
    }

    pub(super) fn speed_mps(&self) -> f64 {
        self.speed_mps
    }

    pub(super) fn point(&self) -> Point {
        self.point
    }

    /// The segment it is flying along, and in which direction.
    pub(super) fn inspecting(&self) -> Option<(SegmentId, Direction)> {
        self.inspecting.map(|leg| (leg.segment, leg.direction()))
    }

    /// Takes up new tasks at once. An inspection under way goes on if it is the first of them, else it is given up.
    pub(super) fn follow(&mut self, legs: impl IntoIterator<Item = Leg>, streets: &Streets) {
        let whole = |leg: Leg| match leg.direction() {
            Direction::Forward => Leg { from_m: 0.0, to_m: streets.length_m(leg.segment), ..leg },
            Direction::Backward => Leg { from_m: streets.length_m(leg.segment), to_m: 0.0, ..leg },
        };
        self.tasks = legs.into_iter().map(whole).collect();
        let goes_on = self.tasks.front().is_some_and(|first| {
            self.inspecting.is_some_and(|now| now.segment == first.segment && now.direction() == first.direction())
        });
        if goes_on {
            self.tasks.pop_front();
        } else {
            self.inspecting = None;
        }
    }

    /// Flies so far, and tells what it finds on the way. `blockage_m` tells where a segment is blocked at present.
    pub(super) fn advance(
        &mut self,
        distance_m: f64,
        streets: &Streets,
        blockage_m: impl Fn(SegmentId) -> Option<f64>,
    ) -> Vec<Sight> {
        let mut left_m = distance_m;
        let mut sights = Vec::new();
        while left_m > 0.0 {
            let Some(leg) = self.inspecting else {
                let Some(next) = self.tasks.front().copied() else { break };
                let begin = streets.point_at(Place { segment: next.segment, offset_m: next.from_m });
                let to_go_m = self.point.distance_m(begin);
                if to_go_m > left_m {
                    self.point = self.point.towards(begin, left_m / to_go_m);
                    break;
                }
                left_m -= to_go_m;
                self.point = begin;
                self.inspecting = self.tasks.pop_front();
                continue;
            };
            let Leg { segment, from_m: here_m, to_m } = leg;
            let sign = if to_m < here_m { -1.0 } else { 1.0 };
            let blockage_m = blockage_m(segment).filter(|at_m| sign * (at_m - here_m) >= 0.0);
            let stop_m = blockage_m.unwrap_or(to_m);
            let to_go_m = (stop_m - here_m).abs();
            let offset_m = if to_go_m > left_m { here_m + sign * left_m } else { stop_m };
            self.point = streets.point_at(Place { segment, offset_m });
            if to_go_m > left_m {
                self.inspecting = Some(Leg { from_m: offset_m, ..leg });
                break;
            }
            left_m -= to_go_m;
            self.inspecting = None;
            sights.push(match blockage_m {
                Some(offset_m) => Sight::Blocked { segment, offset_m },
                None => Sight::Clear(segment),
            });
        }
        sights
    }
}
