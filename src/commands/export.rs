//! `outrider export`: the end of an exported log, in the formats other programs read.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};

use super::replay::open_log;
use crate::app::replay::fold;
use crate::domain::ids::VehicleId;
use crate::export::cot::{self, Validity};
use crate::export::flight::{AltitudeReference, Flight, FlightOptions};
use crate::export::{Scene, csv, geojson, gpx, kml, knowledge, qgc};

#[derive(Debug, Args)]
pub(super) struct ExportConfig {
    /// A log as `GET /v1/missions/ID/log/export` gives it, or as --retain-ended-days leaves it (compressed with gzip)
    file: PathBuf,
    /// What to write
    #[arg(long, value_enum)]
    format: Format,
    /// The UAV, for the formats of a tasking
    #[arg(long, value_name = "NAME")]
    uav: Option<String>,
    /// The height of the flight in metres, for the formats of a tasking
    #[arg(long, default_value_t = 40.0, value_name = "METRES")]
    altitude_m: f64,
    /// What the height is counted from
    #[arg(long, value_enum, default_value_t = Reference::Takeoff)]
    altitude_reference: Reference,
    /// After how many seconds events of Cursor on Target are stale
    #[arg(long, default_value_t = 300.0, value_name = "SECONDS")]
    stale_s: f64,
    /// Where to write it; to standard output unless given
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// The last plan as GeoJSON
    Geojson,
    /// The last plan as GPX 1.1
    Gpx,
    /// The last plan as KML 2.2
    Kml,
    /// The last plan as a table
    Csv,
    /// What is known of the segments, as GeoJSON with times
    Knowledge,
    /// A UAV's tasking as MAVLink mission items, in JSON
    MissionItems,
    /// A UAV's tasking as a plan of QGroundControl
    QgcPlan,
    /// A UAV's tasking as a waypoint list (QGC WPL 110)
    QgcWpl,
    /// Route, taskings and blockages as events of Cursor on Target, timed at the log's last event
    Cot,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Reference {
    /// The ground where the UAV takes off
    Takeoff,
    /// The ground below it, by the autopilot's model of the terrain
    Terrain,
}

pub(super) fn run(config: &ExportConfig) -> anyhow::Result<()> {
    let (lines, progress) = open_log(&config.file)?;
    let folded = fold(lines);
    progress.finish_and_clear();
    let (mission, network, at) = folded.with_context(|| format!("{} is no mission's log", config.file.display()))?;
    // Positions are no log entries.
    let scene = Scene { mission: &mission, network: &network, positions: &BTreeMap::new() };
    let plan = || scene.plan().context("the mission has no plan");
    let flight = || -> anyhow::Result<Flight> {
        let names = || mission.settings.uavs.iter().map(|uav| uav.id.0.as_str()).collect::<Vec<_>>().join(", ");
        let Some(name) = &config.uav else { bail!("which UAV? Say --uav and one of: {}", names()) };
        if !(1.0..=1_000.0).contains(&config.altitude_m) {
            bail!("--altitude-m: expected 1 to 1000");
        }
        let reference = match config.altitude_reference {
            Reference::Takeoff => AltitudeReference::Takeoff,
            Reference::Terrain => AltitudeReference::Terrain,
        };
        let options = FlightOptions { altitude_m: config.altitude_m, reference };
        Flight::of(scene, plan()?, &VehicleId(name.clone()), options)
            .with_context(|| format!("the last plan has no UAV {name}; the mission's are: {}", names()))
    };
    let pretty = |value| serde_json::to_string_pretty(&value).map(|text| text + "\n");
    let text = match config.format {
        Format::Geojson => pretty(geojson::plan(scene, plan()?))?,
        Format::Gpx => gpx::plan(scene, plan()?),
        Format::Kml => kml::plan(scene, plan()?),
        Format::Csv => csv::plan(scene, &plan()?.plan),
        Format::Knowledge => pretty(knowledge::knowledge(scene))?,
        Format::MissionItems => pretty(flight()?.mission_items())?,
        Format::QgcPlan => pretty(qgc::plan(&flight()?))?,
        Format::QgcWpl => qgc::waypoints(&flight()?),
        Format::Cot => cot::events(scene, Validity { now: at, stale_s: config.stale_s }),
    };
    match &config.output {
        Some(path) => std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display())),
        None => {
            print!("{text}");
            Ok(())
        }
    }
}
