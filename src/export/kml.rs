//! KML 2.2 (OGC 07-147r2) of a plan: styled lines for the route and the inspections, placemarks for start, waypoints, goals, vehicles and
//! blockages.

use super::Scene;
use super::decimals::{degrees, measure};
use super::knowledge::blockage_points;
use super::markup::Xml;
use super::steps::{Step, StepKind, line, remaining, steps};
use crate::domain::geometry::LonLat;
use crate::domain::ids::VehicleId;
use crate::domain::mission::CurrentPlan;
use crate::domain::network::{Leg, Place};
use crate::domain::vehicle::Fix;

/// Name, colour (`aabbggrr`, as KML has it) and width in pixels of the lines.
const LINES: [(&str, &str, &str); 3] =
    [("route", "ffd18b1f", "5"), ("remaining", "ff7a4a00", "7"), ("inspection", "ff2ca0ff", "3")];
/// Name and colour of the points; a viewer takes its own icon.
const POINTS: [(&str, &str); 3] = [("end", "ffd18b1f"), ("vehicle", "ff2ca0ff"), ("blockage", "ff2222dd")];

/// The document.
pub fn plan(scene: Scene<'_>, current: &CurrentPlan) -> String {
    let mut xml = Xml::document();
    xml.element("kml", &[("xmlns", "http://www.opengis.net/kml/2.2")], |xml| {
        xml.element("Document", &[], |xml| {
            xml.leaf("name", &[], &scene.title());
            let (seq, revision) = (current.seq, current.plan.basis.revision);
            xml.leaf("description", &[], &format!("plan {seq} for revision {revision} of the knowledge"));
            styles(xml);
            way(xml, scene, current);
            taskings(xml, scene, current);
            points(xml, scene, current);
        });
    });
    xml.finish()
}

fn styles(xml: &mut Xml) {
    for (name, color, width) in LINES {
        xml.element("Style", &[("id", name)], |xml| {
            xml.element("LineStyle", &[], |xml| {
                xml.leaf("color", &[], color);
                xml.leaf("width", &[], width);
            });
        });
    }
    for (name, color) in POINTS {
        xml.element("Style", &[("id", name)], |xml| {
            xml.element("IconStyle", &[], |xml| xml.leaf("color", &[], color));
        });
    }
}

fn way(xml: &mut Xml, scene: Scene<'_>, current: &CurrentPlan) {
    let Some(route) = current.plan.decision.outcome.route() else { return };
    folder(xml, "route", |xml| {
        let words = |length_m: f64, duration_s: f64| format!("{} m, {} s", measure(length_m), measure(duration_s));
        placemark_line(xml, scene, "route", "route", &words(route.length_m, route.duration_s), &route.legs);
        let fix = match scene.positions.get(&VehicleId::ugv()) {
            Some(Fix::Ugv(fix)) => Some(fix),
            Some(Fix::Uav(_)) | None => None,
        };
        let left = fix.and_then(|fix| remaining(scene.network, route, current.plan.basis.ugv.speed_mps, Some(fix)));
        if let Some(left) = left {
            placemark_line(xml, scene, "remaining", "remaining", &words(left.length_m, left.duration_s), &left.legs);
        }
    });
}

fn taskings(xml: &mut Xml, scene: Scene<'_>, current: &CurrentPlan) {
    let steps: Vec<Step> = steps(&current.plan).into_iter().filter(|step| step.kind == StepKind::Inspection).collect();
    for tasking in current.plan.decision.tasking.iter().filter(|tasking| !tasking.inspections.is_empty()) {
        folder(xml, &tasking.uav.0, |xml| {
            for step in steps.iter().filter(|step| step.vehicle == tasking.uav) {
                let segment = scene.network.segment(step.leg.segment);
                let name = format!("{} {}: segment {}", tasking.uav, step.number, step.leg.segment);
                let road = segment.name().map_or(String::new(), |name| format!("{name}, "));
                let (length, begins, ends) =
                    (measure(step.leg.length_m()), measure(step.begins_s), measure(step.ends_s));
                let words = format!("{road}{length} m, from {begins} s to {ends} s");
                placemark_line(xml, scene, &name, "inspection", &words, &[step.leg]);
            }
        });
    }
}

fn points(xml: &mut Xml, scene: Scene<'_>, current: &CurrentPlan) {
    folder(xml, "points", |xml| {
        let basis = &current.plan.basis;
        placemark_point(xml, "start", "end", "", scene.network.lon_lat_at(basis.ugv.place));
        for stop in scene.stops(basis) {
            placemark_point(xml, &stop.name, "end", "", scene.network.lon_lat_at(stop.place));
        }
        for (vehicle, fix) in scene.positions {
            let at = match fix {
                Fix::Ugv(fix) => fix.lon_lat,
                Fix::Uav(fix) => fix.position.lon_lat,
            };
            placemark_point(xml, &vehicle.0, "vehicle", &format!("seen {}", fix.observed_at()), at);
        }
        for (segment, offset_m) in blockage_points(&scene.mission.knowledge) {
            let at = scene.network.lon_lat_at(Place { segment, offset_m });
            placemark_point(xml, &format!("blockage {segment}"), "blockage", &format!("on segment {segment}"), at);
        }
    });
}

fn folder(xml: &mut Xml, name: &str, content: impl FnOnce(&mut Xml)) {
    xml.element("Folder", &[], |xml| {
        xml.leaf("name", &[], name);
        content(xml);
    });
}

fn placemark_line(xml: &mut Xml, scene: Scene<'_>, name: &str, style: &str, description: &str, legs: &[Leg]) {
    let line = line(scene.network, legs);
    if line.len() < 2 {
        // A line of one point is none.
        return;
    }
    placemark(xml, name, style, description, |xml| {
        let coordinates: Vec<String> = line.into_iter().map(coordinate).collect();
        xml.element("LineString", &[], |xml| {
            xml.leaf("tessellate", &[], "1");
            xml.leaf("coordinates", &[], &coordinates.join(" "));
        });
    });
}

fn placemark_point(xml: &mut Xml, name: &str, style: &str, description: &str, at: LonLat) {
    placemark(xml, name, style, description, |xml| {
        xml.element("Point", &[], |xml| xml.leaf("coordinates", &[], &coordinate(at)));
    });
}

fn placemark(xml: &mut Xml, name: &str, style: &str, description: &str, geometry: impl FnOnce(&mut Xml)) {
    xml.element("Placemark", &[], |xml| {
        xml.leaf("name", &[], name);
        if !description.is_empty() {
            xml.leaf("description", &[], description);
        }
        xml.leaf("styleUrl", &[], &format!("#{style}"));
        geometry(xml);
    });
}

fn coordinate(at: LonLat) -> String {
    format!("{},{}", degrees(at.lon), degrees(at.lat))
}
