//! A UAV's flight in the files of ground stations: QGroundControl's plan
//! (<https://docs.qgroundcontrol.com/master/en/qgc-dev-guide/file_formats/plan.html>) and the older waypoint list that Mission
//! Planner, MAVProxy and QGroundControl read (<https://mavlink.io/en/file_formats/>).

use std::fmt::Write;

use serde_json::{Value, json};

use super::decimals::{degrees_number, fixed, measure_number};
use super::flight::{AltitudeReference, FRAME_GLOBAL, FRAME_RELATIVE, FRAME_TERRAIN, Flight, Item, WAYPOINT};

/// `MAV_AUTOPILOT_GENERIC`: the plan is for no certain firmware.
const GENERIC_FIRMWARE: u8 = 0;
/// `MAV_TYPE_QUADROTOR`. QGroundControl lets a generic vehicle take off only with one of its multirotors.
const QUADROTOR: u8 = 2;

/// A `.plan` file, version 1. Its heights above sea level are unknown, so the home's is 0.
pub fn plan(flight: &Flight) -> Value {
    let items: Vec<Value> = flight.items.iter().enumerate().map(|(i, item)| simple_item(i + 1, item)).collect();
    json!({
        "fileType": "Plan",
        "version": 1,
        "groundStation": "QGroundControl",
        "mission": {
            "version": 2,
            "firmwareType": GENERIC_FIRMWARE,
            "vehicleType": QUADROTOR,
            "cruiseSpeed": flight.speed_mps,
            "hoverSpeed": flight.speed_mps,
            "globalPlanAltitudeMode": match flight.options.reference {
                AltitudeReference::Takeoff => 1,
                AltitudeReference::Terrain => 4,
            },
            "plannedHomePosition": [degrees_number(flight.home.lat), degrees_number(flight.home.lon), 0],
            "items": items,
        },
        "geoFence": { "version": 2, "circles": [], "polygons": [] },
        "rallyPoints": { "version": 2, "points": [] },
    })
}

fn simple_item(number: usize, item: &Item) -> Value {
    let altitude_m = measure_number(item.altitude_m);
    let [one, two, three, four] = item.params.map(|param| param.map(measure_number));
    let (lat, lon) = item.at.map_or((0.0, 0.0), |at| (degrees_number(at.lat), degrees_number(at.lon)));
    let mut value = json!({
        "type": "SimpleItem",
        "autoContinue": true,
        "command": item.command,
        "doJumpId": number,
        "frame": item.frame,
        "params": [one, two, three, four, lat, lon, altitude_m],
    });
    let mode = match item.frame {
        FRAME_RELATIVE => Some(1),
        FRAME_TERRAIN => Some(4),
        _ => None,
    };
    if let Some(mode) = mode {
        value["Altitude"] = json!(altitude_m);
        value["AltitudeMode"] = json!(mode);
        value["AMSLAltAboveTerrain"] = Value::Null;
    }
    value
}

/// A waypoint list, `QGC WPL 110`. The first row is the home position, as ArduPilot has it.
pub fn waypoints(flight: &Flight) -> String {
    let mut text = "QGC WPL 110\n".to_owned();
    let home =
        Item { command: WAYPOINT, frame: FRAME_GLOBAL, params: [Some(0.0); 4], at: Some(flight.home), altitude_m: 0.0 };
    for (row, item) in std::iter::once(&home).chain(&flight.items).enumerate() {
        let current = u8::from(row == 0);
        let _ = write!(text, "{row}\t{current}\t{}\t{}", item.frame, item.command);
        // Nothing else stands for NaN in a file that all three read.
        let params = item.params.map(|param| param.unwrap_or(0.0));
        let (lat, lon) = item.at.map_or((0.0, 0.0), |at| (at.lat, at.lon));
        for (value, decimals) in params.into_iter().chain([lat, lon, item.altitude_m]).zip([6, 6, 6, 6, 8, 8, 6]) {
            let _ = write!(text, "\t{}", fixed(value, decimals));
        }
        text.push_str("\t1\n");
    }
    text
}
