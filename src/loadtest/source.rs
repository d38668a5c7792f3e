//! The network that a load test uploads, and the trips on it.

use serde_json::json;
use sha2::{Digest, Sha256};

use super::draw::Draw;
use crate::domain::ids::{NodeIndex, SegmentId};
use crate::domain::network::{Network, Place};
use crate::export;
use crate::import::{self, Components, ImportError};

/// The town that is taken when no network is given.
const TOWN_SEED: u64 = 1;
/// Of so many pairs of junctions the farthest apart become start and goal.
const PAIRS: usize = 16;
/// Parts of the multipart body are separated by it. No file of numbers contains it.
const BOUNDARY: &str = "outrider-loadtest-boundary";

/// A network to be uploaded, and the same network as read here.
#[derive(Debug)]
pub struct Source {
    /// Made of the content, so that the same network is uploaded once.
    pub(super) name: String,
    pub(super) content_type: String,
    pub(super) body: Vec<u8>,
    pub(super) network: Network,
}

impl Source {
    /// The built-in sample town.
    ///
    /// # Errors
    /// Never: the town is a network.
    pub fn sample_town() -> Result<Self, ImportError> {
        let town = import::sample_town(TOWN_SEED);
        let ids = (0..town.segments().len() as u32).map(SegmentId);
        Self::geojson(json!(export::geojson::segments(&town, ids)).to_string().into_bytes())
    }

    /// A GeoJSON document.
    ///
    /// # Errors
    /// When it is no network.
    pub fn geojson(document: Vec<u8>) -> Result<Self, ImportError> {
        let network = import::from_geojson(&document, Components::Largest)?.network;
        let content_type = "application/geo+json".to_owned();
        Ok(Self { name: name_of(&document), content_type, body: document, network })
    }

    /// The LineCoverage pair of files.
    ///
    /// # Errors
    /// When they are no network.
    pub fn line_coverage(node_data: &[u8], req_edge_list: &[u8]) -> Result<Self, ImportError> {
        let network = import::from_line_coverage(node_data, req_edge_list)?.network;
        let mut body = Vec::new();
        for (name, part) in [("node_data", node_data), ("req_edge_list", req_edge_list)] {
            let head = format!(
                "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"{name}\"\r\n\
                 content-type: application/octet-stream\r\n\r\n"
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(part);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        Ok(Self {
            name: name_of(&body),
            content_type: format!("multipart/form-data; boundary={BOUNDARY}"),
            body,
            network,
        })
    }

    /// Start and goal of a mission, far apart.
    pub(super) fn trip(&self, seed: u64, mission: usize) -> Option<[Place; 2]> {
        let mut draw = Draw::new(seed, (1 << 32) + mission as u64);
        let junctions = self.network.junction_count();
        let mut pair = || [draw.below(junctions), draw.below(junctions)].map(|i| NodeIndex(i as u32));
        let far_m = |[a, b]: &[NodeIndex; 2]| self.network.node(*a).point.distance_m(self.network.node(*b).point);
        let pairs: Vec<[NodeIndex; 2]> = (0..PAIRS).map(|_| pair()).collect();
        let [start, goal] = pairs.into_iter().max_by(|a, b| far_m(a).total_cmp(&far_m(b)))?;
        Some([self.network.place_of_node(start)?, self.network.place_of_node(goal)?])
    }
}

fn name_of(content: &[u8]) -> String {
    let digest: String = Sha256::digest(content).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    format!("loadtest-{digest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sample_town_is_uploaded_under_one_name_and_its_trips_are_long() {
        let town = Source::sample_town().unwrap();
        assert_eq!(town.name, Source::sample_town().unwrap().name);
        for mission in 0..100 {
            let [start, goal] = town.trip(7, mission).unwrap();
            let network = &town.network;
            let point = |place: Place| network.plane().project(network.lon_lat_at(place));
            assert!(point(start).distance_m(point(goal)) > 800.0, "{start:?} {goal:?}");
            assert_eq!(town.trip(7, mission), Some([start, goal]));
        }
    }

    #[test]
    fn a_pair_of_files_becomes_a_form() {
        let nodes = b"0 0 0 50.0 8.0 0\n1 717 0 50.0 8.01 0\n2 0 1112 50.01 8.0 0\n3 0 -1112 49.99 8.0 0\n";
        let source = Source::line_coverage(nodes, b"0 1\n0 2\n0 3\n").unwrap();
        let text = String::from_utf8(source.body).unwrap();
        assert_eq!(text.matches(BOUNDARY).count(), 3);
        assert!(source.content_type.ends_with(BOUNDARY) && text.contains("name=\"req_edge_list\""));
        assert_eq!(source.network.segments().len(), 3);
    }
}
