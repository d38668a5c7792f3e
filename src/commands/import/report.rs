//! What an import did, in lines for the person at the terminal.

use std::fmt::Write as _;
use std::time::Duration;

use crate::import::{DroppedComponents, ImportSummary, RoadSummary};
use crate::store::NetworkRecord;

/// The lines.
pub(super) fn report(record: &NetworkRecord, summary: Option<&ImportSummary>, took: Duration) -> String {
    let mut text = format!(
        "network {} ({}): {} segments, {} junctions, {:.1} km\n",
        record.name,
        record.id,
        record.segment_count,
        record.junction_count,
        record.length_m / 1000.0
    );
    if let Some(summary) = summary {
        if let Some(roads) = &summary.roads {
            line(&mut text, "read", &format!("{} ways, {} of them highways", roads.ways_read, roads.highways_read));
            let oneway = roads.oneway_ways;
            let kept = format!("{} ways for the profile {}, {oneway} one-way", roads.ways_kept, roads.profile);
            line(&mut text, "kept", &kept);
            line(&mut text, "dropped", &dropped_ways(roads));
        }
        let pieces = format!("{} pieces between {} nodes", summary.pieces_read, summary.nodes_read);
        line(&mut text, "pieces", &pieces);
        line(&mut text, "dropped", &dropped_pieces(summary));
        line(&mut text, "islands", &islands(&summary.dropped_components, summary.components_read));
        let structures = [("bridges", summary.bridges), ("tunnels", summary.tunnels), ("fords", summary.fords)];
        line(&mut text, "segments", &some(&structures.map(|(what, count)| (format!("with {what}"), count))));
        if let Some(roads) = &summary.roads {
            let speeds = &roads.speeds;
            let sources = [
                ("tagged".to_owned(), speeds.tagged),
                ("by zone".to_owned(), speeds.by_zone),
                ("by class of road".to_owned(), speeds.by_class),
                ("with a tag that cannot be read".to_owned(), speeds.unreadable),
            ];
            line(&mut text, "speeds", &some(&sources));
            let rules: Vec<(String, usize)> =
                roads.blockage.iter().map(|r| (format!("{} ({})", r.rule, r.probability), r.segments)).collect();
            line(&mut text, "blockage", &some(&rules));
            let turns = &roads.turn_restrictions;
            if turns.read > 0 {
                let left_out = [
                    ("over another way".to_owned(), turns.via_way),
                    ("on some conditions only".to_owned(), turns.conditional),
                    ("for other vehicles".to_owned(), turns.not_for_vehicle),
                    ("without effect".to_owned(), turns.without_effect),
                    ("incomplete".to_owned(), turns.incomplete),
                ];
                let of =
                    format!("{} of {} restrictions forbid {} turns", turns.applied, turns.read, turns.turns_forbidden);
                let left_out = some(&left_out);
                let words = if left_out.is_empty() { of } else { format!("{of}; not applied: {left_out}") };
                line(&mut text, "turns", &words);
            }
        }
    }
    line(&mut text, "took", &format!("{:.1} s", took.as_secs_f64()));
    text
}

fn line(text: &mut String, what: &str, words: &str) {
    if !words.is_empty() {
        let _ = writeln!(text, "  {what:<9} {words}");
    }
}

/// The counts that are not zero: `7 closed, 3 too small`.
fn some(counts: &[(String, usize)]) -> String {
    let told: Vec<String> =
        counts.iter().filter(|(_, count)| *count > 0).map(|(what, count)| format!("{count} {what}")).collect();
    told.join(", ")
}

fn dropped_ways(roads: &RoadSummary) -> String {
    let dropped = &roads.ways_dropped;
    some(&[
        ("ways of other classes".to_owned(), dropped.other_class),
        ("closed by access".to_owned(), dropped.closed),
        ("excluded by tag".to_owned(), dropped.excluded),
        ("too small for the vehicle".to_owned(), dropped.too_small),
        ("without nodes".to_owned(), dropped.too_few_nodes),
        ("places outside the file".to_owned(), roads.missing_nodes),
    ])
}

fn dropped_pieces(summary: &ImportSummary) -> String {
    some(&[
        ("repeated pieces".to_owned(), summary.duplicate_pieces),
        ("pieces from a node to itself".to_owned(), summary.loop_pieces),
        ("rings".to_owned(), summary.dropped_rings.count),
        ("points".to_owned(), summary.points_ignored),
    ])
}

fn islands(dropped: &DroppedComponents, read: usize) -> String {
    if dropped.count == 0 {
        return if read > 1 { format!("{read} parts without a road between them, all kept") } else { String::new() };
    }
    let mut text = format!(
        "{} left out with {} nodes and {:.1} km (--components all keeps them)",
        dropped.count,
        dropped.nodes,
        dropped.length_m / 1000.0
    );
    for island in dropped.longest.iter().take(3) {
        let at = island.position;
        let _ = write!(text, "\n{:12}{:.1} km at {:.5}, {:.5}", "", island.length_m / 1000.0, at.lat, at.lon);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{Components, sample_town};

    #[test]
    fn what_is_not_there_is_not_told() {
        let network = sample_town(1);
        let id = crate::domain::ids::NetworkId(uuid::Uuid::nil());
        let now = crate::app::clock::now();
        let record = NetworkRecord::of(&network, id, "town".to_owned(), "sample-town", "null".to_owned(), now);
        let text = report(&record, None, Duration::from_millis(1250));
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(text.ends_with("  took      1.2 s\n"), "{text}");
        let geojson = br#"{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry":
            {"type": "MultiLineString", "coordinates": [[[8, 50], [8.01, 50]], [[8, 51], [8.001, 51]]]}}]}"#;
        let summary = crate::import::from_geojson(geojson, Components::Largest).unwrap().summary;
        let text = report(&record, Some(&summary), Duration::ZERO);
        assert!(text.contains("\n  islands   1 left out with 2 nodes and 0.1 km"), "{text}");
        assert!(text.contains("\n            0.1 km at 51.00000, 8.00000\n"), "{text}");
        assert!(!text.contains("turns"), "{text}");
    }
}
