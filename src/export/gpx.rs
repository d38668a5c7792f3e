//! GPX 1.1 (<https://www.topografix.com/GPX/1/1/>) of a plan: a route for the UGV and one for each UAV that has inspections,
//! and waypoints for start, waypoints, goals and the blockages whose point is known.

use super::Scene;
use super::decimals::{degrees, time_ms};
use super::knowledge::blockage_points;
use super::markup::Xml;
use super::steps::line;
use crate::domain::geometry::LonLat;
use crate::domain::mission::CurrentPlan;
use crate::domain::network::{Leg, Place};

/// The document.
pub fn plan(scene: Scene<'_>, current: &CurrentPlan) -> String {
    let mut xml = Xml::document();
    let root = [
        ("version", "1.1"),
        ("creator", "Outrider"),
        ("xmlns", "http://www.topografix.com/GPX/1/1"),
        ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
        ("xsi:schemaLocation", "http://www.topografix.com/GPX/1/1 http://www.topografix.com/GPX/1/1/gpx.xsd"),
    ];
    xml.element("gpx", &root, |xml| {
        xml.element("metadata", &[], |xml| {
            xml.leaf("name", &[], &scene.title());
            let (seq, revision) = (current.seq, current.plan.basis.revision);
            xml.leaf("desc", &[], &format!("plan {seq} for revision {revision} of the knowledge"));
            xml.leaf("time", &[], &time_ms(current.recorded_at));
        });
        waypoints(xml, scene, current);
        if let Some(route) = current.plan.decision.outcome.route() {
            self::route(xml, scene, 1, "ugv", "UGV", &route.legs);
        }
        let flying = current.plan.decision.tasking.iter().filter(|tasking| !tasking.inspections.is_empty());
        for (i, tasking) in flying.enumerate() {
            let legs: Vec<Leg> = tasking.inspections.iter().map(|inspection| inspection.leg).collect();
            self::route(xml, scene, i + 2, &tasking.uav.0, "UAV", &legs);
        }
    });
    xml.finish()
}

fn waypoints(xml: &mut Xml, scene: Scene<'_>, current: &CurrentPlan) {
    let basis = &current.plan.basis;
    let start = scene.network.lon_lat_at(basis.ugv.place);
    point(xml, "wpt", start, "start", "where the UGV was when this was planned");
    for stop in scene.stops(basis) {
        let what = if stop.role == "goal" { "where the UGV is to get to" } else { "where the UGV is to come by" };
        point(xml, "wpt", scene.network.lon_lat_at(stop.place), &stop.name, what);
    }
    for (segment, offset_m) in blockage_points(&scene.mission.knowledge) {
        let at = scene.network.lon_lat_at(Place { segment, offset_m });
        point(xml, "wpt", at, &format!("blockage {segment}"), &format!("segment {segment} cannot be passed here"));
    }
}

fn route(xml: &mut Xml, scene: Scene<'_>, number: usize, vehicle: &str, kind: &str, legs: &[Leg]) {
    xml.element("rte", &[], |xml| {
        xml.leaf("name", &[], vehicle);
        let length_m: f64 = legs.iter().map(Leg::length_m).sum();
        let what = if kind == "UGV" { "to drive" } else { "to inspect, flights between them not counted" };
        xml.leaf("desc", &[], &format!("{length_m:.0} m {what}"));
        xml.leaf("number", &[], &number.to_string());
        xml.leaf("type", &[], kind);
        for at in line(scene.network, legs) {
            xml.empty("rtept", &[("lat", &degrees(at.lat)), ("lon", &degrees(at.lon))]);
        }
    });
}

fn point(xml: &mut Xml, element: &str, at: LonLat, name: &str, description: &str) {
    xml.element(element, &[("lat", &degrees(at.lat)), ("lon", &degrees(at.lon))], |xml| {
        xml.leaf("name", &[], name);
        xml.leaf("desc", &[], description);
    });
}
