//! Giving inspections to UAVs one after the other, each to the UAV that completes it earliest.

use std::collections::BTreeSet;

use crate::domain::geometry::Point;
use crate::domain::ids::SegmentId;
use crate::domain::knowledge::SegmentState;
use crate::domain::network::{Direction, Leg, Place};
use crate::domain::plan::{Inspection, Route, Tasking, UavSituation};
use crate::planning::passage::{Passage, passages};
use crate::planning::situation::Situation;

/// The tasking that gives no UAV anything to do.
pub(super) fn idle(uavs: &[UavSituation]) -> Vec<Tasking> {
    uavs.iter().map(|uav| Tasking { uav: uav.id.clone(), inspections: Vec::new() }).collect()
}

/// The other direction of travel.
pub(super) fn reversed(direction: Direction) -> Direction {
    match direction {
        Direction::Forward => Direction::Backward,
        Direction::Backward => Direction::Forward,
    }
}

/// The UGV's passages of the route's unknown segments, in its order; without the one on which it stands, partly driven.
pub(super) fn unknown_ahead(situation: &Situation<'_>, route: Option<&Route>) -> Vec<Passage> {
    let Some(route) = route else { return Vec::new() };
    let mut ahead = passages(route, situation.ugv.speed_mps);
    if situation.network.junction_at(situation.ugv.place).is_none() {
        ahead.remove(0);
    }
    ahead.retain(|passage| situation.knowledge.state(passage.leg.segment) == SegmentState::Unknown);
    ahead
}

/// Inspections given so far, and where and when that leaves each UAV.
pub(super) struct Schedule<'a> {
    situation: &'a Situation<'a>,
    flights: Vec<Flight>,
    taken: BTreeSet<SegmentId>,
}

struct Flight {
    point: Point,
    free_s: f64,
    inspections: Vec<Inspection>,
}

impl<'a> Schedule<'a> {
    /// A schedule in which each UAV first completes the inspection it is flying, if that may still find something that
    /// matters to the UGV: the segment is unknown, not held by a UAV before it, and the UGV has yet to drive over some of what
    /// the UAV has yet to see. Otherwise the UAV is free at once.
    pub(super) fn new(situation: &'a Situation<'a>, route: Option<&Route>) -> Self {
        let flight = |uav: &UavSituation| Flight { point: uav.point, free_s: 0.0, inspections: Vec::new() };
        let flights = situation.uavs.iter().map(flight).collect();
        let mut schedule = Self { situation, flights, taken: BTreeSet::new() };
        for (i, uav) in situation.uavs.iter().enumerate() {
            let Some(leg) = uav.inspecting else { continue };
            let [from, to] = [leg.from_m, leg.to_m].map(|offset_m| Place { segment: leg.segment, offset_m });
            if situation.network.has_place(from)
                && situation.network.has_place(to)
                && situation.knowledge.state(leg.segment) == SegmentState::Unknown
                && !schedule.taken.contains(&leg.segment)
                && route.is_some_and(|route| route.legs.iter().any(|driven| looks_ahead(driven, &leg)))
            {
                let inspection = schedule.offer(i, leg);
                schedule.give(i, inspection);
            }
        }
        schedule
    }

    /// Gives the segment of the legs (alternatives of one segment) to the UAV that completes one of them earliest, of those
    /// that are in time. Ties go to the leg that comes first, then to the UAV. Nothing happens if the segment is held already
    /// or nobody is in time.
    pub(super) fn give_to_earliest(&mut self, legs: &[Leg], is_in_time: impl Fn(&Inspection) -> bool) {
        let mut earliest: Option<(usize, Inspection)> = None;
        for leg in legs.iter().filter(|leg| !self.taken.contains(&leg.segment)) {
            for i in 0..self.flights.len() {
                let offer = self.offer(i, *leg);
                if is_in_time(&offer) && earliest.is_none_or(|(_, best)| offer.ends_s < best.ends_s) {
                    earliest = Some((i, offer));
                }
            }
        }
        if let Some((i, inspection)) = earliest {
            self.give(i, inspection);
        }
    }

    /// What was given, in the mission's order of UAVs.
    pub(super) fn into_tasking(self) -> Vec<Tasking> {
        let uavs = self.situation.uavs.iter().zip(self.flights);
        uavs.map(|(uav, flight)| Tasking { uav: uav.id.clone(), inspections: flight.inspections }).collect()
    }

    /// The inspection as UAV number `i` would fly it after all it was given.
    fn offer(&self, i: usize, leg: Leg) -> Inspection {
        let (flight, speed_mps) = (&self.flights[i], self.situation.uavs[i].speed_mps);
        let begin = self.situation.network.point_at(Place { segment: leg.segment, offset_m: leg.from_m });
        let begins_s = flight.free_s + flight.point.distance_m(begin) / speed_mps;
        Inspection { leg, begins_s, ends_s: begins_s + leg.length_m() / speed_mps }
    }

    fn give(&mut self, i: usize, inspection: Inspection) {
        let leg = inspection.leg;
        let flight = &mut self.flights[i];
        flight.point = self.situation.network.point_at(Place { segment: leg.segment, offset_m: leg.to_m });
        flight.free_s = inspection.ends_s;
        flight.inspections.push(inspection);
        self.taken.insert(leg.segment);
    }
}

/// Whether the flight, from where it has got to, is over ground that the UGV drives later on this leg: the two share some of
/// the segment, and the UAV is ahead of where the UGV begins.
fn looks_ahead(driven: &Leg, flown: &Leg) -> bool {
    // Counted in the direction of driving.
    let sign = if driven.to_m < driven.from_m { -1.0 } else { 1.0 };
    let [begin, end] = [driven.from_m, driven.to_m].map(|offset_m| sign * offset_m);
    let [from, to] = [flown.from_m, flown.to_m].map(|offset_m| sign * offset_m);
    driven.segment == flown.segment && from > begin && to != from && to.min(from) < end
}
