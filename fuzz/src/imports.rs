//! Files with roads.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use outrider::import::{
    Components, ImportError, ImportProgress, Imported, MapOptions, Merging, Profile, from_geojson, from_graphml,
    from_line_coverage, from_osm_pbf, from_osm_xml, from_overpass_json,
};

use crate::heap::bounded;
use crate::networks::check;

/// What an import may use whatever the file: the built-in profiles, buffers for blobs and pieces of text.
const FIXED: usize = 8 << 20;
/// What it may use for each byte of the file. A byte of an OSM file may be a node of a way: 8 bytes as an id, several times
/// that as a piece of road, and again in the network.
const EACH: usize = 2_000;

fn options(choice: u8) -> MapOptions {
    let names = Profile::built_in_names();
    let profile = Profile::built_in(names[usize::from(choice) % names.len()]).expect("it is built in");
    let components = if choice & 0x40 == 0 { Components::Largest } else { Components::All };
    let merging = if choice & 0x80 == 0 { Merging::Junctions } else { Merging::Alike };
    MapOptions { profile, components, merging }
}

/// Options that follow from the input without taking a byte of it: files stay files.
fn options_for(bytes: &[u8]) -> MapOptions {
    options(bytes.iter().fold(0, |sum, byte| sum ^ byte))
}

fn map(bytes: &[u8], read: impl FnOnce(Cursor<&[u8]>, &MapOptions) -> Result<Imported, ImportError>) {
    let options = options_for(bytes);
    check(bounded(bytes.len(), FIXED, EACH, || read(Cursor::new(bytes), &options)));
}

/// A PBF file.
pub fn osm_pbf(bytes: &[u8]) {
    map(bytes, |file, options| from_osm_pbf(file, options, &ImportProgress::default()));
}

/// The block of a PBF file, within blobs that are in order: of the whole file, nearly every change only breaks those. The
/// first byte says whether it is compressed.
pub fn osm_pbf_block(bytes: &[u8]) {
    let Some((choice, block)) = bytes.split_first() else { return };
    let mut file = blob(b"OSMHeader", b"\x22\x0eOsmSchema-V0.6\x22\x0aDenseNodes", false);
    file.extend(blob(b"OSMData", block, choice & 1 == 1));
    let options = options(*choice);
    check(bounded(bytes.len(), FIXED, EACH, || from_osm_pbf(Cursor::new(&file), &options, &ImportProgress::default())));
}

fn blob(kind: &[u8], message: &[u8], compressed: bool) -> Vec<u8> {
    let mut body = Vec::new();
    if compressed {
        field(&mut body, 2, message.len());
        let mut packed = ZlibEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(message).expect("memory takes what is written to it");
        bytes_field(&mut body, 3, &packed.finish().expect("memory takes what is written to it"));
    } else {
        bytes_field(&mut body, 1, message);
    }
    let mut header = Vec::new();
    bytes_field(&mut header, 1, kind);
    field(&mut header, 3, body.len());
    let mut whole = (header.len() as u32).to_be_bytes().to_vec();
    whole.extend(header);
    whole.extend(body);
    whole
}

fn field(message: &mut Vec<u8>, number: u8, value: usize) {
    message.push(number << 3);
    varint(message, value);
}

fn bytes_field(message: &mut Vec<u8>, number: u8, bytes: &[u8]) {
    message.push(number << 3 | 2);
    varint(message, bytes.len());
    message.extend(bytes);
}

fn varint(message: &mut Vec<u8>, mut value: usize) {
    while value > 0x7f {
        message.push(value as u8 | 0x80);
        value >>= 7;
    }
    message.push(value as u8);
}

/// An OpenStreetMap file in XML.
pub fn osm_xml(bytes: &[u8]) {
    map(bytes, |file, options| from_osm_xml(file, options, &ImportProgress::default()));
}

/// An answer of the Overpass API.
pub fn overpass_json(bytes: &[u8]) {
    map(bytes, |file, options| from_overpass_json(file, options, &ImportProgress::default()));
}

/// A graph as OSMnx saves it.
pub fn graphml(bytes: &[u8]) {
    map(bytes, |file, options| from_graphml(file, options, &ImportProgress::default()));
}

/// GeoJSON, also as the service itself writes it.
pub fn geojson(bytes: &[u8]) {
    let components = options_for(bytes).components;
    check(bounded(bytes.len(), FIXED, EACH, || from_geojson(bytes, components)));
}

/// The two files of a LineCoverage network, with a line of dashes between them.
pub fn line_coverage(bytes: &[u8]) {
    const BETWEEN: &[u8] = b"\n---\n";
    let at = bytes.windows(BETWEEN.len()).position(|window| window == BETWEEN).unwrap_or(bytes.len());
    let (nodes, rest) = bytes.split_at(at);
    let pieces = rest.get(BETWEEN.len()..).unwrap_or_default();
    check(bounded(bytes.len(), FIXED, EACH, || from_line_coverage(nodes, pieces)));
}

/// A profile, and a small map read with it.
pub fn profile(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(profile) = bounded(bytes.len(), FIXED, EACH, || Profile::from_toml(text)) else { return };
    assert!(!profile.name().is_empty());
    let options = MapOptions { profile, components: Components::All, merging: Merging::Alike };
    check(from_osm_xml(Cursor::new(TOWN), &options, &ImportProgress::default()));
}

/// The map that profiles are tried on, and scenarios played on.
pub(crate) const TOWN: &[u8] = include_bytes!("../../tests/osm/town.osm");
