//! OpenStreetMap: PBF, XML, and JSON as the Overpass API writes it.
//!
//! All three are read into the same roads. A file is read twice, ways first and then the nodes that these pass, so that
//! memory is needed for the roads and not for the buildings; nothing is kept of the file itself. Nodes are ordered by their ids,
//! ways as they come, so that the same map gives the same network in every format. Which ways are roads, how fast they are and
//! how likely they are blocked is the [`Profile`]'s to say.
//!
//! Two ways are connected where they share a node, and nowhere else: a bridge passes over a road without touching it. Ways
//! that leave the file lose the nodes that are not in it, and the pieces to them. Turn restrictions
//! at nodes are applied; others are counted (`restrictions.rs`).

mod elements;
mod overpass;
mod pbf;
pub(super) mod restrictions;
pub(super) mod roads;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod turn_tests;
mod xml;

use std::io::{BufRead, Read, Seek, SeekFrom};

use super::prepare::{Components, Imported, Merging, prepare};
use super::profile::Profile;
use super::summary::RuleCount;
use super::{ImportError, ImportProgress, ImportSummary, RoadSummary};
use elements::Elements;

/// What an import of a map is to do.
#[derive(Clone, Debug)]
pub struct MapOptions {
    /// Whose roads they are.
    pub profile: Profile,
    /// Which connected parts to keep.
    pub components: Components,
    /// Where segments end.
    pub merging: Merging,
}

/// Imports a PBF file.
///
/// # Errors
/// The first fault found, with its blob; when nothing in the file is a road for the profile; when it was called off.
pub fn from_osm_pbf(
    mut input: impl Read + Seek,
    options: &MapOptions,
    progress: &ImportProgress,
) -> Result<Imported, ImportError> {
    let bytes = size(&mut input)?;
    import(&mut pbf::Pbf::new(input, progress), bytes, options, progress)
}

/// Imports an XML file (`.osm`).
///
/// # Errors
/// The first fault found, with its line; when nothing in the file is a road for the profile; when it was called off.
pub fn from_osm_xml(
    mut input: impl BufRead + Seek,
    options: &MapOptions,
    progress: &ImportProgress,
) -> Result<Imported, ImportError> {
    let bytes = size(&mut input)?;
    import(&mut xml::Xml::new(input, progress), bytes, options, progress)
}

/// Imports what the Overpass API answers in JSON, with `out body; >; out skel;` (nodes as elements) or `out geom;` (nodes'
/// positions in the ways).
///
/// # Errors
/// The first fault found, with its line; when nothing in the file is a road for the profile; when it was called off.
pub fn from_overpass_json(
    mut input: impl Read + Seek,
    options: &MapOptions,
    progress: &ImportProgress,
) -> Result<Imported, ImportError> {
    let bytes = size(&mut input)?;
    import(&mut overpass::Overpass::new(input, progress), bytes, options, progress)
}

/// Whether a JSON text, of which the beginning is enough, is an answer of the Overpass API rather than GeoJSON.
pub fn is_overpass_json(beginning: &[u8]) -> bool {
    let beginning = &beginning[..beginning.len().min(SNIFFED_BYTES)];
    let at = |word: &[u8]| beginning.windows(word.len()).position(|window| window == word);
    match (at(b"\"elements\""), at(b"\"features\"")) {
        (Some(elements), Some(features)) => elements < features,
        (found, _) => found.is_some(),
    }
}

/// How much of a JSON text is looked at.
const SNIFFED_BYTES: usize = 4096;

fn size(input: &mut impl Seek) -> Result<u64, ImportError> {
    let size = input.seek(SeekFrom::End(0)).map_err(ImportError::unreadable)?;
    input.rewind().map_err(ImportError::unreadable)?;
    Ok(size)
}

fn import(
    elements: &mut dyn Elements,
    bytes: u64,
    options: &MapOptions,
    progress: &ImportProgress,
) -> Result<Imported, ImportError> {
    let (source, roads) = roads::read(elements, bytes, &options.profile, progress)?;
    let mut imported = prepare(source, options.components, options.merging)?;
    progress.check()?;
    complete(&mut imported.summary, roads, &options.profile);
    Ok(imported)
}

/// Adds to a summary what only the reader of a map knows.
pub(super) fn complete(summary: &mut ImportSummary, mut roads: RoadSummary, profile: &Profile) {
    let segments = std::mem::take(&mut summary.segments_by_rule);
    let counted = segments.into_iter().enumerate().filter(|(_, segments)| *segments > 0);
    roads.blockage = counted
        .map(|(number, segments)| {
            let (rule, probability) = profile.rule(number);
            RuleCount { rule: rule.to_owned(), probability, segments }
        })
        .collect();
    let made = std::mem::take(&mut summary.turns_made);
    let turns = &mut roads.turn_restrictions;
    let at_nodes = turns.no_via_node + turns.only_via_node;
    turns.applied = made.applied;
    turns.turns_forbidden = made.turns;
    turns.incomplete += made.ambiguous;
    turns.without_effect = at_nodes - (made.applied + made.ambiguous).min(at_nodes);
    turns.not_applied = turns.read - made.applied;
    summary.roads = Some(roads);
}
