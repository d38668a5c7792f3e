//! What holds of every network that an import makes, whatever the file was.

use outrider::app::replay::LogHeader;
use outrider::domain::ids::{MissionId, NodeIndex};
use outrider::domain::network::Network;
use outrider::export::geojson::segments;
use outrider::import::{Components, Fault, ImportError, Imported, from_geojson};

/// Checks an import's outcome.
///
/// # Panics
/// When a promise is broken.
pub fn check(outcome: Result<Imported, ImportError>) {
    match outcome {
        Ok(imported) => check_network(&imported),
        // The file's faults have a place in the file; whatever else makes no network is the importer's own mistake.
        Err(ImportError::Network(fault)) => panic!("the importer made what is no network: {fault}"),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

fn check_network(imported: &Imported) {
    let Imported { network, summary } = imported;
    assert_eq!(summary.segments, network.segments().len());
    assert_eq!(summary.junctions, network.junction_count());
    assert_eq!(summary.nodes, network.nodes().len());
    assert!(network.length_m().is_finite() && network.length_m() > 0.0);
    for node in network.nodes().iter() {
        check_text(&node.id());
        assert_eq!(network.node_by_id(&node.id()).map(|found| network.node(found)), Some(node));
    }
    for segment in network.segments().iter() {
        assert!(segment.nodes.len() >= 2 && segment.nodes.len() == segment.offsets_m.len());
        assert!(segment.first() != segment.last(), "a segment leads back to its own start");
        assert!(segment.length_m().is_finite() && segment.length_m() > 0.0);
        assert!(segment.offsets_m.is_sorted());
        assert!([segment.first(), segment.last()].iter().all(|end| end.index() < network.junction_count()));
        assert!((0.0..=1.0).contains(&segment.blockage_probability));
        assert!(segment.speed_limit_mps.is_none_or(|mps| mps.is_finite() && mps > 0.0));
        segment.name().into_iter().for_each(check_text);
        segment.source_ids().for_each(|id| check_text(&id));
    }
    for junction in 0..network.junction_count() {
        let ways = network.outgoing(NodeIndex(junction as u32)).chain(network.incoming(NodeIndex(junction as u32)));
        assert!(ways.count() > 0, "nothing leads to junction {junction} or from it");
    }
    let (south_west, north_east) = network.bounds();
    assert!(south_west.is_valid() && north_east.is_valid());
    let corner = network.plane().project(south_west);
    let snap = network.nearest(corner, None, f64::INFINITY).expect("something is nearest");
    assert!(network.has_place(snap.place), "{snap:?} is on no segment");
    is_the_same_from_its_parts(network);
    is_read_from_its_own_geojson(imported);
}

/// What the database and the log's file can keep.
fn check_text(text: &str) {
    assert!(!text.contains('\0'), "{text:?} cannot be stored");
    assert!(text.chars().count() <= outrider::import::MAX_TEXT_LENGTH, "{text:?} is too long");
}

fn is_the_same_from_its_parts(network: &Network) {
    let header = LogHeader::of(MissionId(Default::default()), network);
    let text = serde_json::to_string(&header).expect("a header can be written");
    let header: LogHeader = serde_json::from_str(&text).expect("a header that was written can be read");
    let parts = header.network;
    let again = Network::new(parts.origin, parts.nodes, parts.segments).expect("the same parts make a network again");
    assert_eq!(&again, network, "a network is another one after it was written to a log");
}

/// Where no ring was dropped. One that was may have made a junction of what is none without it.
fn is_read_from_its_own_geojson(imported: &Imported) {
    if imported.summary.dropped_rings.count > 0 {
        return;
    }
    let network = &imported.network;
    let text =
        segments(network, (0..network.segments().len() as u32).map(outrider::domain::ids::SegmentId)).to_string();
    match from_geojson(text.as_bytes(), Components::All) {
        // Not the same one: nodes at the same point are one there, and a chain of segments is one.
        Ok(again) => assert!(again.network.nodes().len() <= network.nodes().len()),
        // Other nodes in the middle: points that were apart in one plane may fall together in another.
        Err(ImportError::At { fault: Fault::NoLength { .. }, .. } | ImportError::OnlyRings) => {}
        Err(error) => panic!("the service does not read its own GeoJSON: {error}"),
    }
}
