//! Files that the command line reads, and the upload of several files in one.

use std::io::Cursor;
use std::sync::LazyLock;

use axum::http::HeaderValue;
use outrider::api::requests::read_line_coverage;
use outrider::app::replay::{ReplayError, replay};
use outrider::app::{NetworkSource, Strategies};
use outrider::domain::network::Network;
use outrider::import::{Components, ImportProgress, MapOptions, Merging, Profile, from_osm_xml};
use outrider::simulation::{Scenario, Trial, read_scenarios};

use crate::bodies::check_problem;
use crate::heap::bounded;
use crate::imports::TOWN;

const FIXED: usize = 4 << 20;
const EACH: usize = 2_000;

/// An exported log, compressed or not: folded, and each of its plans computed again.
pub fn mission_log(bytes: &[u8]) {
    static STRATEGIES: LazyLock<Strategies> = LazyLock::new(Strategies::built_in);
    let mut told = 0;
    // Unpacked it may be a thousand times as large, line by line; the corpus has compressed logs of a few kB.
    let each = if bytes.starts_with(&[0x1f, 0x8b]) { EACH * 1_000 } else { EACH };
    let replayed = bounded(bytes.len(), FIXED, each, || replay(bytes, &STRATEGIES, |_| told += 1));
    match replayed {
        Ok(found) => assert!(found.events == told && found.plans < found.events),
        Err(ReplayError::Rule { seq, source }) => panic!("event {seq}: planning again breaks a rule: {source}"),
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}

/// A scenario file, and its scenarios put onto a network.
pub fn scenarios(bytes: &[u8]) {
    let Ok(read) = bounded(bytes.len(), FIXED, EACH, || read_scenarios(bytes)) else { return };
    for (line, scenario) in &read {
        assert!(*line > 0);
        let text = serde_json::to_vec(scenario).expect("a scenario can be written");
        let again = read_scenarios(text.as_slice()).expect("a scenario that was written can be read");
        assert_eq!(again, [(1, scenario.clone())], "a scenario is another one after it was written");
        put_onto(scenario);
    }
}

fn put_onto(scenario: &Scenario) {
    static NETWORK: LazyLock<Network> = LazyLock::new(|| {
        let profile = Profile::built_in("ugv").expect("it is built in");
        let options = MapOptions { profile, components: Components::All, merging: Merging::Alike };
        from_osm_xml(Cursor::new(TOWN), &options, &ImportProgress::default()).expect("a network").network
    });
    let Ok(trial) = Trial::new(scenario, &NETWORK, 0) else { return };
    assert_eq!(trial.uav_starts().len(), scenario.uav_count);
    for (segment, length_m) in NETWORK.segments().iter().enumerate().map(|(i, segment)| (i as u32, segment.length_m()))
    {
        let segment = outrider::domain::ids::SegmentId(segment);
        let speed_mps = trial.ugv_speed_mps_on(segment);
        assert!(speed_mps > 0.0 && speed_mps <= scenario.ugv_speed_mps);
        let blockages_m = trial.blockages.on(segment);
        assert!(blockages_m.is_sorted() && blockages_m.iter().all(|offset_m| (0.0..=length_m).contains(offset_m)));
    }
}

/// The body of an upload of two files, after a line with its content type.
pub fn multipart(bytes: &[u8]) {
    let at = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let (content_type, body) = (&bytes[..at], bytes.get(at + 1..).unwrap_or_default());
    let Ok(content_type) = HeaderValue::from_bytes(content_type) else { return };
    let body = axum::body::Bytes::copy_from_slice(body);
    let size = body.len();
    let read =
        bounded(bytes.len(), FIXED, EACH, || futures_executor::block_on(read_line_coverage(Some(&content_type), body)));
    match read {
        Ok(NetworkSource::LineCoverage { node_data, req_edge_list }) => {
            assert!(node_data.len() + req_edge_list.len() <= size, "the parts have more than the whole");
        }
        Ok(_) => panic!("the upload is of another kind"),
        Err(problem) => check_problem(&problem),
    }
}
