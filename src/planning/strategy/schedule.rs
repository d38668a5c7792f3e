//! Giving inspections to UAVs one after the other: each to the UAV that completes it earliest, or put in where a UAV has time.

use std::collections::BTreeSet;
use std::slice;

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

/// A lead over the UGV that is no more than this is rounding.
const LEAST_LEAD_S: f64 = 1e-3;

/// Whether the UAV is at the near end of the passage's segment before the UGV: flying along above the UGV, or behind it, finds
/// nothing that the UGV does not find itself.
pub(super) fn is_ahead(inspection: &Inspection, passage: &Passage) -> bool {
    lead_s(inspection, passage) > 0.0
}

/// By how much the UAV is at the near end of the passage's segment before the UGV, without what may be rounding.
pub(super) fn lead_s(inspection: &Inspection, passage: &Passage) -> f64 {
    let along = inspection.leg.direction() == passage.leg.direction();
    let at_near_end_s = if along { inspection.begins_s } else { inspection.ends_s };
    passage.begins_s - (at_near_end_s + LEAST_LEAD_S)
}

/// The UGV's passages of the unknown segments of the route's present leg, in its order; without the one on which it stands, partly
/// driven.
pub(super) fn unknown_ahead(situation: &Situation<'_>, route: Option<&Route>) -> Vec<Passage> {
    let Some(route) = route else { return Vec::new() };
    let mut ahead = passages(situation.part(&route.legs).0, situation.ugv.speed_mps);
    if situation.network.junction_at(situation.ugv.place).is_none() {
        ahead.remove(0);
    }
    ahead.retain(|passage| situation.knowledge.state(passage.leg.segment) == SegmentState::Unknown);
    ahead
}

/// The UGV's first passages of the unknown segments of the route's later legs, in its order; without those that it drives before.
fn unknown_later(situation: &Situation<'_>, route: &Route) -> Vec<Passage> {
    let present = situation.part(&route.legs).0;
    let mut seen: BTreeSet<SegmentId> = present.iter().map(|leg| leg.segment).collect();
    let later = passages(&route.legs, situation.ugv.speed_mps).split_off(present.len());
    let is_unknown = |segment| situation.knowledge.state(segment) == SegmentState::Unknown;
    later.into_iter().filter(|passage| is_unknown(passage.leg.segment) && seen.insert(passage.leg.segment)).collect()
}

/// Inspections given so far, and where and when that leaves each UAV.
pub(super) struct Schedule<'a> {
    situation: &'a Situation<'a>,
    flights: Vec<Flight>,
    taken: BTreeSet<SegmentId>,
}

struct Flight {
    free: Free,
    inspections: Vec<Inspection>,
    /// Whether the first inspection is the one that the UAV was flying already.
    is_under_way: bool,
}

/// A place in a UAV's flight where an inspection could be put in.
pub(super) struct Slot {
    /// The UAV's number.
    pub(super) uav: usize,
    /// How many of its inspections come before.
    pub(super) position: usize,
    /// The inspection there.
    pub(super) inspection: Inspection,
    /// By how much longer the whole flight gets.
    pub(super) longer_s: f64,
}

/// Where and when a UAV has nothing more to do.
#[derive(Clone, Copy)]
struct Free {
    point: Point,
    at_s: f64,
}

impl<'a> Schedule<'a> {
    /// A schedule in which each UAV first completes the inspection it is flying, if that may still find something that
    /// matters to the UGV: the segment is unknown, not held by a UAV before it, and the UGV has yet to drive over some of what
    /// the UAV has yet to see, on one of the routes. Otherwise the UAV is free at once.
    pub(super) fn new<'r>(situation: &'a Situation<'a>, routes: impl IntoIterator<Item = &'r Route> + Clone) -> Self {
        let mut schedule = Self::empty(situation);
        for (i, uav) in situation.uavs.iter().enumerate() {
            let Some(leg) = uav.inspecting else { continue };
            let [from, to] = [leg.from_m, leg.to_m].map(|offset_m| Place { segment: leg.segment, offset_m });
            if situation.network.has_place(from)
                && situation.network.has_place(to)
                && situation.knowledge.state(leg.segment) == SegmentState::Unknown
                && !schedule.taken.contains(&leg.segment)
                && routes.clone().into_iter().flat_map(|route| &route.legs).any(|driven| looks_ahead(driven, &leg))
            {
                let inspection = schedule.inspection(i, schedule.flights[i].free, leg);
                schedule.give(i, inspection);
                schedule.flights[i].is_under_way = true;
            }
        }
        schedule
    }

    /// A schedule in which every UAV is free at once.
    pub(super) fn empty(situation: &'a Situation<'a>) -> Self {
        let flight = |uav: &UavSituation| Flight {
            free: Free { point: uav.point, at_s: 0.0 },
            inspections: Vec::new(),
            is_under_way: false,
        };
        Self { situation, flights: situation.uavs.iter().map(flight).collect(), taken: BTreeSet::new() }
    }

    /// Gives the segment of the legs (alternatives of one segment) to the UAV that completes one of them earliest, of those
    /// that are in time. Ties go to the leg that comes first, then to the UAV. Nothing happens if the segment is held already
    /// or nobody is in time.
    pub(super) fn give_to_earliest(&mut self, legs: &[Leg], is_in_time: impl Fn(&Inspection) -> bool) {
        let mut earliest: Option<(usize, Inspection)> = None;
        for leg in legs.iter().filter(|leg| !self.holds(leg.segment)) {
            for i in 0..self.flights.len() {
                let offer = self.inspection(i, self.flights[i].free, *leg);
                if is_in_time(&offer) && earliest.is_none_or(|(_, best)| offer.ends_s < best.ends_s) {
                    earliest = Some((i, offer));
                }
            }
        }
        if let Some((i, inspection)) = earliest {
            self.give(i, inspection);
        }
    }

    /// Gives the passage's segment to the UAV that completes it earliest, flown from either end, of those that are ahead of
    /// the UGV; of equal ones the flight in the route's direction.
    pub(super) fn give_ahead(&mut self, passage: &Passage) {
        self.give_ahead_on_some(slice::from_ref(passage));
    }

    /// Likewise for a segment that several routes pass: it is enough to be ahead of the UGV on one of them. Of equal flights
    /// the one in the first route's direction counts.
    pub(super) fn give_ahead_on_some(&mut self, passages: &[Passage]) {
        let Some(Passage { leg, .. }) = passages.first() else { return };
        let along = leg.direction();
        let legs = [along, reversed(along)].map(|direction| self.situation.network.whole_leg(leg.segment, direction));
        self.give_to_earliest(&legs, |inspection| passages.iter().any(|passage| is_ahead(inspection, passage)));
    }

    /// Gives the passage's segment, flown in the route's direction, to UAV number `i`, if it is ahead of the UGV there and
    /// nobody holds the segment.
    pub(super) fn give_to(&mut self, i: usize, passage: &Passage) {
        let inspection = self.along(i, self.flights[i].free, passage);
        if !self.holds(passage.leg.segment) && is_ahead(&inspection, passage) {
            self.give(i, inspection);
        }
    }

    /// Gives the unknown segments of the route's later legs to UAVs that are ahead of the UGV there, after all that they were given:
    /// whatever the strategy does with the present leg, time that is left goes to those after the next waypoint, in the UGV's order.
    pub(super) fn give_later_legs(&mut self, route: Option<&Route>) {
        for passage in route.into_iter().flat_map(|route| unknown_later(self.situation, route)) {
            self.give_ahead(&passage);
        }
    }

    /// Gives the leg to UAV number `i`, if nobody holds its segment.
    pub(super) fn give_leg(&mut self, i: usize, leg: Leg) {
        if !self.holds(leg.segment) {
            let inspection = self.inspection(i, self.flights[i].free, leg);
            self.give(i, inspection);
        }
    }

    /// How many of the passages, from the first on, UAV number `i` could inspect one after the other until then, each in the
    /// route's direction, after all it was given.
    pub(super) fn inspected_until(&self, i: usize, passages: &[Passage], deadline_s: f64) -> usize {
        let mut free = self.flights[i].free;
        let in_time = |passage: &&Passage| {
            let inspection = self.along(i, free, passage);
            free = self.free_after(&inspection);
            inspection.ends_s <= deadline_s
        };
        passages.iter().take_while(in_time).count()
    }

    /// The places where the leg could be put into the flight of UAV number `i`: not before an inspection that it is flying.
    pub(super) fn slots(&self, i: usize, leg: Leg) -> impl Iterator<Item = Slot> + '_ {
        let flight = &self.flights[i];
        (usize::from(flight.is_under_way)..=flight.inspections.len()).map(move |position| {
            let before = self.free_before(i, position);
            let inspection = self.inspection(i, before, leg);
            let after = self.free_after(&inspection);
            let longer_s = match flight.inspections.get(position) {
                Some(next) => self.inspection(i, after, next.leg).begins_s - next.begins_s,
                None => after.at_s - before.at_s,
            };
            Slot { uav: i, position, inspection, longer_s }
        })
    }

    /// Puts the inspection in there; what comes after is flown later.
    pub(super) fn put_in(&mut self, slot: &Slot) {
        let Slot { uav: i, position, inspection, .. } = *slot;
        let later = self.flights[i].inspections.split_off(position);
        self.flights[i].free = self.free_before(i, position);
        self.give(i, inspection);
        for next in later {
            let inspection = self.inspection(i, self.flights[i].free, next.leg);
            self.give(i, inspection);
        }
    }

    /// What UAV number `i` was given, in order.
    pub(super) fn inspections(&self, i: usize) -> &[Inspection] {
        &self.flights[i].inspections
    }

    /// When UAV number `i` would be through the passage's segment, flown in the route's direction after all it was given.
    pub(super) fn completes_s(&self, i: usize, passage: &Passage) -> f64 {
        self.along(i, self.flights[i].free, passage).ends_s
    }

    /// How many UAVs there are.
    pub(super) fn uav_count(&self) -> usize {
        self.flights.len()
    }

    /// Whether the segment was given to a UAV.
    pub(super) fn holds(&self, segment: SegmentId) -> bool {
        self.taken.contains(&segment)
    }

    /// What was given, in the mission's order of UAVs.
    pub(super) fn into_tasking(self) -> Vec<Tasking> {
        let uavs = self.situation.uavs.iter().zip(self.flights);
        uavs.map(|(uav, flight)| Tasking { uav: uav.id.clone(), inspections: flight.inspections }).collect()
    }

    /// The inspection of all of the passage's segment in the route's direction.
    fn along(&self, i: usize, free: Free, passage: &Passage) -> Inspection {
        let leg = self.situation.network.whole_leg(passage.leg.segment, passage.leg.direction());
        self.inspection(i, free, leg)
    }

    /// The inspection as UAV number `i` flies it once it is free.
    fn inspection(&self, i: usize, free: Free, leg: Leg) -> Inspection {
        let speed_mps = self.situation.uavs[i].speed_mps;
        let begin = self.situation.network.point_at(Place { segment: leg.segment, offset_m: leg.from_m });
        let begins_s = free.at_s + free.point.distance_m(begin) / speed_mps;
        Inspection { leg, begins_s, ends_s: begins_s + leg.length_m() / speed_mps }
    }

    fn free_before(&self, i: usize, position: usize) -> Free {
        match position.checked_sub(1).and_then(|before| self.flights[i].inspections.get(before)) {
            Some(before) => self.free_after(before),
            None => Free { point: self.situation.uavs[i].point, at_s: 0.0 },
        }
    }

    fn free_after(&self, inspection: &Inspection) -> Free {
        let end = Place { segment: inspection.leg.segment, offset_m: inspection.leg.to_m };
        Free { point: self.situation.network.point_at(end), at_s: inspection.ends_s }
    }

    fn give(&mut self, i: usize, inspection: Inspection) {
        self.flights[i].free = self.free_after(&inspection);
        self.flights[i].inspections.push(inspection);
        self.taken.insert(inspection.leg.segment);
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
