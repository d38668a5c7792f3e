//! A network straight from a file, for commands that need no database.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::{Context, bail};

use super::{Format, bytes, format_of, profile};
use crate::domain::network::Network;
use crate::import::{
    Components, ImportProgress, MapOptions, Merging, from_geojson, from_graphml, from_line_coverage, from_osm_pbf,
    from_osm_xml, from_overpass_json,
};

/// The largest connected part of a file's network, or of a LineCoverage folder's. The profile is for maps.
pub(in crate::commands) fn read_network(path: &Path, profile_name: &str) -> anyhow::Result<Network> {
    let at = || path.display().to_string();
    let options = || -> anyhow::Result<MapOptions> {
        let (components, merging) = (Components::Largest, Merging::Junctions);
        Ok(MapOptions { profile: profile(profile_name)?, components, merging })
    };
    let open = || File::open(path).map(BufReader::new).with_context(|| format!("{} cannot be read", path.display()));
    let progress = &ImportProgress::default();
    let imported = match format_of(path)? {
        Format::OsmPbf => from_osm_pbf(open()?, &options()?, progress),
        Format::OsmXml => from_osm_xml(open()?, &options()?, progress),
        Format::OverpassJson => from_overpass_json(open()?, &options()?, progress),
        Format::Graphml => from_graphml(open()?, &options()?, progress),
        Format::Geojson => from_geojson(&bytes(path)?, Components::Largest),
        Format::LineCoverage => {
            from_line_coverage(&bytes(&path.join("node_data"))?, &bytes(&path.join("req_edge_list"))?)
        }
        Format::SampleTown => bail!("{} is no file of a network", path.display()),
    };
    Ok(imported.with_context(at)?.network)
}
