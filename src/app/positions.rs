//! Taking vehicles' positions in: the latest of each is kept, and what it means for the mission goes into the log.

use std::collections::BTreeMap;

use super::cells::{Decider, MissionView};
use super::error::Fault;
use super::locate::{check_faces, check_segment, locate};
use super::missions::check_open;
use super::passing;
use super::reports::MAX_CLOCK_LEAD_S;
use super::{App, AppError, Location, clock};
use crate::domain::ids::{MissionId, SegmentId, VehicleId};
use crate::domain::mission::{EventBody, Mission, MissionEnd, MissionStatus};
use crate::domain::network::{Direction, Leg, Network, Place};
use crate::domain::timestamp::Timestamp;
use crate::domain::vehicle::{Fix, UavFix, UavPosition, UgvFix, VehicleChange, VehicleEvent};

/// How far the UGV may be from its route, in metres, before it counts as having left it: GPS noise beside high buildings,
/// and a lane's width.
const DEVIATION_TOLERANCE_M: f64 = 25.0;

/// How near to a waypoint or a goal the UGV has arrived, in metres along the road or, at a junction, straight.
const ARRIVAL_TOLERANCE_M: f64 = 10.0;

/// A vehicle's position as it comes in.
#[derive(Clone, Debug)]
pub struct PositionUpdate {
    /// The vehicle.
    pub vehicle: VehicleId,
    /// When it was there, by its own clock.
    pub observed_at: Timestamp,
    /// Where. A UAV gives a position; a UGV may also give a place on a segment.
    pub location: Location,
    /// What a UAV is inspecting: the segment and its direction of flight.
    pub inspecting: Option<(SegmentId, Direction)>,
}

/// What became of an update.
#[derive(Clone, Debug, PartialEq)]
pub struct PositionOutcome {
    /// The vehicle.
    pub vehicle: VehicleId,
    /// Whether it is the latest now; a newer one may be held already.
    pub applied: bool,
    /// The position as it was understood.
    pub fix: Fix,
}

impl App {
    /// Keeps the latest position of each vehicle, durably, and tells subscribers. Notices when the UGV has left its route,
    /// visited a waypoint or reached a goal.
    ///
    /// # Errors
    /// When a vehicle is not of this mission, a UGV's position is off the network, the mission is over, or the database
    /// fails.
    pub async fn update_positions(
        &self,
        id: MissionId,
        updates: Vec<PositionUpdate>,
    ) -> Result<Vec<PositionOutcome>, AppError> {
        let cell = self.cell(id).await?;
        let moment = self.moment(&cell).await?;
        check_open(&moment.mission, None)?;
        let fixes = match resolve_all(&moment.view(), &updates, clock::now()) {
            Ok(fixes) => fixes,
            Err(_) => resolve_all(&self.moment_of_log(&cell).await?.view(), &updates, clock::now())?,
        };
        let mut newest: BTreeMap<VehicleId, Fix> = BTreeMap::new();
        for (vehicle, fix) in &fixes {
            let held = newest.get(vehicle).or_else(|| moment.positions.get(vehicle));
            if held.is_none_or(|held| held.observed_at() <= fix.observed_at()) {
                newest.insert(vehicle.clone(), fix.clone());
            }
        }
        let mut outcomes: Vec<PositionOutcome> = fixes
            .into_iter()
            .map(|(vehicle, fix)| PositionOutcome { applied: newest.get(&vehicle) == Some(&fix), vehicle, fix })
            .collect();
        if newest.is_empty() {
            return Ok(outcomes);
        }
        let overtaken = self.keep_positions(&cell, newest).await?;
        for outcome in outcomes.iter_mut().filter(|outcome| overtaken.contains(&outcome.vehicle)) {
            outcome.applied = false;
        }
        let moment = cell.moment();
        let ugv = moment.positions.get(&VehicleId::ugv());
        if ugv.is_some_and(|fix| consequence(&moment.mission, &moment.network, fix).is_some()) {
            self.record_consequence(id).await?;
        }
        Ok(outcomes)
    }

    async fn record_consequence(&self, id: MissionId) -> Result<(), AppError> {
        self.record(id, decide).await
    }
}

/// Adds what the UGV's latest position means for the mission, if anything.
pub(super) fn decide(decider: &mut Decider<'_>) -> Result<(), AppError> {
    let Some(Fix::Ugv(fix)) = decider.positions.get(&VehicleId::ugv()).cloned() else { return Ok(()) };
    let position = Fix::Ugv(fix.clone());
    // A waypoint visited may be followed by another one here, or by the goal.
    while let Some(change) = consequence(decider.mission(), decider.network, &position) {
        tracing::info!(?change, "the UGV's position matters for planning");
        decider.add(EventBody::Vehicle(VehicleEvent {
            change,
            vehicle: VehicleId::ugv(),
            place: fix.place,
            observed_at: fix.observed_at,
        }));
        if change == VehicleChange::Arrived {
            decider.add(EventBody::MissionEnded { outcome: MissionEnd::Arrived });
        }
    }
    Ok(())
}

/// The positions as they are understood at this time by the replica's clock.
pub(super) fn resolve_all(
    view: &MissionView<'_>,
    updates: &[PositionUpdate],
    now: Timestamp,
) -> Result<Vec<(VehicleId, Fix)>, AppError> {
    let latest = now.plus_seconds(MAX_CLOCK_LEAD_S);
    let mut fixes = Vec::with_capacity(updates.len());
    let mut faults = Vec::new();
    for (i, update) in updates.iter().enumerate() {
        match resolve(view, update, latest, i) {
            Ok(fix) => fixes.push((update.vehicle.clone(), fix)),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(fixes) } else { Err(AppError::Invalid { code: "invalid_position", faults }) }
}

fn resolve(view: &MissionView<'_>, update: &PositionUpdate, latest: Timestamp, i: usize) -> Result<Fix, Fault> {
    let (network, vehicle) = (view.network, &update.vehicle);
    if update.observed_at > latest {
        return Err(Fault::new(
            format!("/{i}/observed_at"),
            format!("more than {MAX_CLOCK_LEAD_S} s ahead of the service's clock"),
        ));
    }
    if vehicle.is_ugv() {
        if update.inspecting.is_some() {
            return Err(Fault::new(format!("/{i}/inspecting"), "a UGV does not inspect"));
        }
        let found = locate(network, &update.location, &format!("/{i}"))?;
        let lon_lat = match update.location {
            Location::Position { lon_lat, .. } => lon_lat,
            Location::Node(_) | Location::Place(_) => found.lon_lat,
        };
        let (observed_at, snapped_m) = (update.observed_at, found.snapped_m);
        let (entered, passed) = match view.positions.get(vehicle) {
            Some(Fix::Ugv(before)) => (
                entered(network, before, found.place),
                passing::waypoint_passed(view.mission, network, before, found.place, observed_at),
            ),
            Some(Fix::Uav(_)) | None => (None, None),
        };
        return Ok(Fix::Ugv(UgvFix { observed_at, place: found.place, entered, passed, lon_lat, snapped_m }));
    }
    if !view.mission.settings.uavs.iter().any(|uav| uav.id == *vehicle) {
        return Err(Fault::new(format!("/{i}/vehicle"), format!("{:?} is no vehicle of this mission", vehicle.0)));
    }
    let Location::Position { lon_lat, .. } = update.location else {
        return Err(Fault::new(format!("/{i}/position"), "a UAV's location is given as a position"));
    };
    check_faces(network, lon_lat, format!("/{i}/position"))?;
    let point = network.plane().project(lon_lat);
    let inspecting = match update.inspecting {
        None => None,
        Some((segment, direction)) => {
            check_segment(network, segment, &format!("/{i}/inspecting/segment"))?;
            let reached_m = network.nearest_on(segment, point).place.offset_m;
            Some(Leg { segment, from_m: reached_m, to_m: network.whole_leg(segment, direction).to_m })
        }
    };
    let position = UavPosition { lon_lat, point };
    Ok(Fix::Uav(UavFix { observed_at: update.observed_at, position, inspecting }))
}

/// The direction in which the UGV came onto the segment it is on now. On one segment it stays what it was, also when the
/// vehicle turns round; from another segment it is told by the junction that both meet in.
fn entered(network: &Network, before: &UgvFix, now: Place) -> Option<Direction> {
    if before.place.segment == now.segment {
        return before.entered;
    }
    let (old, new) = (network.segment(before.place.segment), network.segment(now.segment));
    let meets = |end| end == old.first() || end == old.last();
    match (meets(new.first()), meets(new.last())) {
        (true, false) => Some(Direction::Forward),
        (false, true) => Some(Direction::Backward),
        _ => None,
    }
}

/// What the UGV's latest position means for the mission, if anything.
pub(super) fn consequence(mission: &Mission, network: &Network, fix: &Fix) -> Option<VehicleChange> {
    let Fix::Ugv(fix) = fix else { return None };
    if mission.status.is_ended() {
        return None;
    }
    match mission.waypoints_ahead().first() {
        Some(next) if fix.passed == Some(next.place) || has_arrived(network, fix.place, next.place) => {
            return Some(VehicleChange::VisitedWaypoint);
        }
        None if mission.settings.goal.as_slice().iter().any(|goal| has_arrived(network, fix.place, goal.place)) => {
            return Some(VehicleChange::Arrived);
        }
        _ => {}
    }
    if mission.status != MissionStatus::Active || mission.open_deviation.is_some() {
        return None;
    }
    let route = mission.plan.as_ref()?.plan.decision.outcome.route()?;
    let distance_m = network.distance_to_legs_m(network.plane().project(fix.lon_lat), &route.legs)?;
    let snapped_on_route =
        route.legs.iter().any(|leg| leg.segment == fix.place.segment && leg.covers(fix.place.offset_m));
    (distance_m > DEVIATION_TOLERANCE_M && !snapped_on_route).then_some(VehicleChange::Deviated)
}

fn has_arrived(network: &Network, at: Place, goal: Place) -> bool {
    if at.segment == goal.segment {
        return (at.offset_m - goal.offset_m).abs() <= ARRIVAL_TOLERANCE_M;
    }
    // On another segment that meets the goal's, so that a road passing over the goal on a bridge does not count.
    let ends = |place: Place| [network.segment(place.segment).first(), network.segment(place.segment).last()];
    let meet = ends(at).iter().any(|end| ends(goal).contains(end));
    meet && network.point_at(at).distance_m(network.point_at(goal)) <= ARRIVAL_TOLERANCE_M
}
