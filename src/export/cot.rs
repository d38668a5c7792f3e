//! Cursor on Target, version 2.0: the vehicles, the route, the taskings and what is blocked, as events for TAK clients.
//!
//! CoT has no document: an event is the unit, and programs send one after the other on a connection, or one in a datagram. So
//! this is a sequence of `<event>` elements without a root (an external parsed entity of XML, in the words of RFC 7303), each on
//! a line of its own and without an XML declaration, ready to be sent as it is to a TAK server's streaming port or line by line
//! to one of pytak's queues. Lines have at most 250 points. Uids are made of the mission's id and what the event shows, so that a later event takes the place
//! of the one before.
//!
//! | event | type | uid |
//! |---|---|---|
//! | UGV | `a-f-G-E-V` (friendly ground vehicle) | `outrider.MISSION.ugv` |
//! | UAV | `a-f-A-M-H-Q` (friendly drone) | `outrider.MISSION.UAV` |
//! | route, and the flight of each UAV | `b-m-r` | `outrider.MISSION.route`, `outrider.MISSION.tasking.UAV` |
//! | blockage with a known point | `b-m-p-s-m` (spot), red | `outrider.MISSION.blockage.SEGMENT` |
//! | blocked segment without one | `u-d-f` (line), red | `outrider.MISSION.blockage.SEGMENT` |

use super::Scene;
use super::decimals::{degrees, fixed, time_ms};
use super::markup::Xml;
use super::simplify::simplified;
use super::steps::line;
use crate::domain::geometry::LonLat;
use crate::domain::ids::{SegmentId, VehicleId};
use crate::domain::knowledge::{SegmentKnowledge, SegmentState};
use crate::domain::mission::CurrentPlan;
use crate::domain::network::{Leg, Place};
use crate::domain::timestamp::Timestamp;
use crate::domain::vehicle::Fix;

/// What CoT writes for a height or an error that is not known.
const UNKNOWN: &str = "9999999.0";
/// The most points of a line. pytak takes events of up to 64 KiB, and devices are slow with many waypoints.
const MAX_POINTS: usize = 250;
/// A colour as CoT has it: ARGB as a signed number. Red, and the blue of the route.
const RED: &str = "-65536";
const BLUE: &str = "-14711855";
const ORANGE: &str = "-24532";

/// When the events are written, and how long they are good.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Validity {
    /// The time of writing.
    pub now: Timestamp,
    /// After how many seconds a reader is to take them for stale.
    pub stale_s: f64,
}

/// The events: vehicles that have told a position, then the plan's, then what is blocked, by segment.
pub fn events(scene: Scene<'_>, validity: Validity) -> String {
    let mut writer = Writer { scene, validity, text: String::new() };
    for (vehicle, fix) in scene.positions {
        writer.vehicle(vehicle, fix);
    }
    if let Some(current) = scene.plan() {
        writer.plan(current);
    }
    for (segment, known) in scene.mission.knowledge.details() {
        if known.state() == SegmentState::Blocked {
            writer.blockage(segment, known);
        }
    }
    writer.text
}

struct Writer<'a> {
    scene: Scene<'a>,
    validity: Validity,
    text: String,
}

/// What all events have.
struct Head<'a> {
    uid: String,
    kind: &'a str,
    how: &'a str,
    start: Timestamp,
    at: LonLat,
    callsign: String,
}

impl Writer<'_> {
    fn vehicle(&mut self, vehicle: &VehicleId, fix: &Fix) {
        let (kind, at) = match fix {
            Fix::Ugv(fix) => ("a-f-G-E-V", fix.lon_lat),
            Fix::Uav(fix) => ("a-f-A-M-H-Q", fix.position.lon_lat),
        };
        let callsign = format!("{} {vehicle}", self.scene.title());
        let remarks = match fix {
            Fix::Ugv(fix) => format!("on segment {}", fix.place.segment),
            Fix::Uav(fix) => fix.inspecting.map_or(String::new(), |leg| format!("inspecting segment {}", leg.segment)),
        };
        let (uid, start) = (self.uid(&vehicle.0), fix.observed_at());
        self.event(&Head { uid, kind, how: "m-g", start, at, callsign }, &remarks, |_| {});
    }

    fn plan(&mut self, current: &CurrentPlan) {
        let plan = &current.plan;
        if let Some(route) = plan.decision.outcome.route() {
            let remarks = format!("{:.0} m, {:.0} s, plan {}", route.length_m, route.duration_s, current.seq);
            self.route("route", "route", &route.legs, current.recorded_at, BLUE, "Driving", &remarks);
        }
        for tasking in plan.decision.tasking.iter().filter(|tasking| !tasking.inspections.is_empty()) {
            let legs: Vec<Leg> = tasking.inspections.iter().map(|inspection| inspection.leg).collect();
            let remarks = format!("{} inspections, plan {}", legs.len(), current.seq);
            let (name, callsign) = (format!("tasking.{}", tasking.uav), tasking.uav.0.as_str());
            self.route(&name, callsign, &legs, current.recorded_at, ORANGE, "Flying", &remarks);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "they are what two kinds of routes differ in")]
    fn route(
        &mut self,
        name: &str,
        callsign: &str,
        legs: &[Leg],
        start: Timestamp,
        color: &str,
        method: &str,
        remarks: &str,
    ) {
        let points = simplified(&line(self.scene.network, legs), MAX_POINTS);
        let Some(first) = points.first().copied() else { return };
        let (uid, callsign) = (self.uid(name), format!("{} {callsign}", self.scene.title()));
        let head = Head { uid: uid.clone(), kind: "b-m-r", how: "m-p", start, at: first, callsign };
        self.event(&head, remarks, |xml| {
            for (i, at) in points.iter().enumerate() {
                // Ends have names and are shown as waypoints, what is between as control points.
                let (kind, named) = match i {
                    0 => ("b-m-p-w", "start"),
                    i if i + 1 == points.len() => ("b-m-p-w", "end"),
                    _ => ("b-m-p-c", ""),
                };
                let (uid, point) = (format!("{uid}.{i}"), format!("{},{}", degrees(at.lat), degrees(at.lon)));
                let link = [("uid", uid.as_str()), ("type", kind), ("callsign", named), ("point", point.as_str())];
                xml.empty("link", &[&link[..], &[("relation", "c")]].concat());
            }
            let order = ("order", "Ascending Check Points");
            let attributes = [("color", color), ("method", method), ("prefix", "CP"), ("routetype", "Primary"), order];
            xml.empty("link_attr", &[&attributes[..], &[("direction", "Infil")]].concat());
            xml.empty("strokeColor", &[("value", color)]);
            xml.empty("strokeWeight", &[("value", "3.0")]);
        });
    }

    fn blockage(&mut self, segment: SegmentId, known: &SegmentKnowledge) {
        let uid = self.uid(&format!("blockage.{segment}"));
        let road = self.scene.network.segment(segment);
        let name = road.name().map_or_else(|| format!("segment {segment}"), str::to_owned);
        let closures: Vec<_> =
            known.closed_by.iter().filter_map(|id| self.scene.mission.knowledge.closure(*id)).collect();
        let observed_at = known.observation.as_ref().map(|report| report.observed_at);
        let closed_at = closures.iter().filter_map(|closure| closure.closed_at).min();
        let start = closed_at.or(observed_at).unwrap_or(self.validity.now);
        let remarks = match closures.first() {
            Some(closure) => format!("closed by {}: {}", closure.closed_by, closure.reason),
            None => known.observation.as_ref().map_or(String::new(), |r| {
                format!("reported by {}, confidence {}", r.reported_by, fixed(r.confidence, 2))
            }),
        };
        let network = self.scene.network;
        if let Some(offset_m) = known.blockage_offset_m() {
            let at = network.lon_lat_at(Place { segment, offset_m });
            let head = Head { uid, kind: "b-m-p-s-m", how: "m-g", start, at, callsign: format!("blocked: {name}") };
            self.event(&head, &remarks, |xml| xml.empty("color", &[("argb", RED)]));
            return;
        }
        let at = network.lon_lat_at(Place { segment, offset_m: road.length_m() / 2.0 });
        let points: Vec<LonLat> = road.nodes.iter().map(|node| network.node(*node).lon_lat()).collect();
        let points = simplified(&points, MAX_POINTS);
        let head = Head { uid, kind: "u-d-f", how: "m-p", start, at, callsign: format!("blocked: {name}") };
        self.event(&head, &remarks, |xml| {
            for at in points {
                xml.empty("link", &[("point", &format!("{},{}", degrees(at.lat), degrees(at.lon)))]);
            }
            xml.empty("strokeColor", &[("value", RED)]);
            xml.empty("strokeWeight", &[("value", "5.0")]);
        });
    }

    fn uid(&self, element: &str) -> String {
        format!("outrider.{}.{element}", self.scene.mission.id)
    }

    fn event(&mut self, head: &Head<'_>, remarks: &str, detail: impl FnOnce(&mut Xml)) {
        let now = self.validity.now;
        let stale = time_ms(now.plus_seconds(self.validity.stale_s));
        let (time, start) = (time_ms(now), time_ms(head.start.min(now)));
        let mut xml = Xml::line();
        let attributes = [
            ("version", "2.0"),
            ("uid", head.uid.as_str()),
            ("type", head.kind),
            ("how", head.how),
            ("time", time.as_str()),
            ("start", start.as_str()),
            ("stale", stale.as_str()),
        ];
        xml.element("event", &attributes, |xml| {
            let (lat, lon) = (degrees(head.at.lat), degrees(head.at.lon));
            xml.empty("point", &[("lat", &lat), ("lon", &lon), ("hae", UNKNOWN), ("ce", UNKNOWN), ("le", UNKNOWN)]);
            xml.element("detail", &[], |xml| {
                xml.empty("contact", &[("callsign", &head.callsign)]);
                detail(xml);
                xml.leaf("remarks", &[], remarks);
            });
        });
        self.text.push_str(&xml.finish());
        self.text.push('\n');
    }
}
