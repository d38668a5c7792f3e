//! CSV (RFC 4180) of a plan: a row for each leg of the route and each inspection.

use super::Scene;
use super::decimals::{degrees, measure};
use super::steps::{line, steps};
use crate::domain::network::{Direction, Place};
use crate::domain::plan::Plan;

/// The columns, in order. `wkt` is the step's line (longitude latitude), which GDAL takes for the geometry.
pub const COLUMNS: [&str; 16] = [
    "vehicle",
    "step",
    "kind",
    "segment",
    "name",
    "direction",
    "from_m",
    "to_m",
    "length_m",
    "begins_s",
    "ends_s",
    "start_lon",
    "start_lat",
    "end_lon",
    "end_lat",
    "wkt",
];

/// The table, with a line of column names first and CRLF at the end of each line.
pub fn plan(scene: Scene<'_>, plan: &Plan) -> String {
    let mut table = String::new();
    row(&mut table, &COLUMNS.map(str::to_owned));
    for step in steps(plan) {
        let segment = scene.network.segment(step.leg.segment);
        let end = |offset_m| scene.network.lon_lat_at(Place { segment: step.leg.segment, offset_m });
        let (start, end) = (end(step.leg.from_m), end(step.leg.to_m));
        let direction = match step.leg.direction() {
            Direction::Forward => "forward",
            Direction::Backward => "backward",
        };
        let mut points: Vec<String> = line(scene.network, &[step.leg])
            .into_iter()
            .map(|at| format!("{} {}", degrees(at.lon), degrees(at.lat)))
            .collect();
        if let [only] = points.as_slice() {
            // A line has two ends, also one without length.
            points.push(only.clone());
        }
        row(
            &mut table,
            &[
                step.vehicle.0.clone(),
                step.number.to_string(),
                step.kind.name().to_owned(),
                step.leg.segment.to_string(),
                segment.name().unwrap_or_default().to_owned(),
                direction.to_owned(),
                measure(step.leg.from_m),
                measure(step.leg.to_m),
                measure(step.leg.length_m()),
                measure(step.begins_s),
                measure(step.ends_s),
                degrees(start.lon),
                degrees(start.lat),
                degrees(end.lon),
                degrees(end.lat),
                format!("LINESTRING ({})", points.join(", ")),
            ],
        );
    }
    table
}

fn row(table: &mut String, fields: &[String]) {
    for (i, field) in fields.iter().enumerate() {
        if i > 0 {
            table.push(',');
        }
        if field.contains(['"', ',', '\r', '\n']) {
            table.push('"');
            table.push_str(&field.replace('"', "\"\""));
            table.push('"');
        } else {
            table.push_str(field);
        }
    }
    table.push_str("\r\n");
}
