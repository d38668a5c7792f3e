//! The rules of the UAVs' inspections.

use std::collections::BTreeMap;

use super::route::check_exists;
use super::{TOLERANCE, Violation, about_equal};
use crate::domain::ids::{SegmentId, VehicleId};
use crate::domain::network::Place;
use crate::domain::plan::{Tasking, UavSituation};
use crate::planning::situation::Situation;

pub(super) fn check_tasking(situation: &Situation<'_>, tasking: &[Tasking]) -> Result<(), Violation> {
    for entry in 0..situation.uavs.len().max(tasking.len()) {
        let expected = situation.uavs.get(entry).map(|uav| uav.id.clone());
        let found = tasking.get(entry).map(|tasks| tasks.uav.clone());
        if expected != found {
            return Err(Violation::TaskingOrder { entry, expected, found });
        }
    }
    let mut holders = BTreeMap::new();
    for (uav, tasks) in situation.uavs.iter().zip(tasking) {
        check_flight(situation, uav, tasks, &mut holders)?;
    }
    Ok(())
}

fn check_flight<'a>(
    situation: &Situation<'_>,
    uav: &'a UavSituation,
    tasks: &Tasking,
    holders: &mut BTreeMap<SegmentId, &'a VehicleId>,
) -> Result<(), Violation> {
    let network = situation.network;
    let (mut point, mut free_s) = (uav.point, 0.0);
    for (i, inspection) in tasks.inspections.iter().enumerate() {
        let leg = inspection.leg;
        check_exists(network, &leg, || format!("inspection {i} of {}", uav.id))?;
        if let Some(holder) = holders.insert(leg.segment, &uav.id) {
            let (uav, holder) = (uav.id.clone(), holder.clone());
            return Err(Violation::SegmentTwice { segment: leg.segment, uav, holder });
        }
        let begin = network.point_at(Place { segment: leg.segment, offset_m: leg.from_m });
        let earliest_s = free_s + point.distance_m(begin) / uav.speed_mps;
        let begins_s = inspection.begins_s;
        // Written so that what is not a number is too early.
        if !(begins_s.is_finite() && begins_s >= earliest_s - TOLERANCE * earliest_s.max(1.0)) {
            return Err(Violation::TooEarly { uav: uav.id.clone(), inspection: i, begins_s, earliest_s });
        }
        let flown_s = leg.length_m() / uav.speed_mps;
        if !about_equal(inspection.ends_s, begins_s + flown_s) {
            let stated_s = inspection.ends_s - begins_s;
            return Err(Violation::InspectionDuration { uav: uav.id.clone(), inspection: i, stated_s, flown_s });
        }
        point = network.point_at(Place { segment: leg.segment, offset_m: leg.to_m });
        free_s = inspection.ends_s;
    }
    Ok(())
}
