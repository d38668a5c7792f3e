//! Promises kept on real data: the LineCoverage networks and the benchmark's scenarios.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::*;
use crate::domain::network::{Network, Node};

/// A folder beside the repository. Without it the test is skipped, but not on CI.
fn shared(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared").join(path);
    if path.exists() {
        return Some(path);
    }
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{} is missing", path.display());
    eprintln!("skipped: {} is missing", path.display());
    None
}

fn networks(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for size in ["small", "large"] {
        found.extend(std::fs::read_dir(folder.join(size)).unwrap().map(|entry| entry.unwrap().path()));
    }
    found.sort();
    found
}

fn read_folder(folder: &Path) -> Result<Imported, ImportError> {
    let read = |name| std::fs::read(folder.join(name)).unwrap();
    from_line_coverage(&read("node_data"), &read("req_edge_list"))
}

/// The network's own nodes and segments, put through its constructor again.
fn rebuilt(network: &Network) -> Network {
    let parts = network.parts().collect();
    Network::new(network.plane().origin(), network.nodes().iter().map(Node::from).collect(), parts).unwrap()
}

/// What a naive reading of the two files says of the largest component.
struct Naive {
    nodes: usize,
    length_m: f64,
    /// Nodes that do not have exactly two neighbours.
    junctions: usize,
    /// Half the number of chain ends: segments, and rings that hang on a junction.
    chains: usize,
}

fn naive(folder: &Path) -> Naive {
    let text = |file: &str| std::fs::read_to_string(folder.join(file)).unwrap();
    let (node_data, edges) = (text("node_data"), text("req_edge_list"));
    let mut at = BTreeMap::new();
    for line in node_data.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        at.insert(fields[0], (fields[1].parse::<f64>().unwrap(), fields[2].parse::<f64>().unwrap()));
    }
    let mut neighbours: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for line in edges.lines() {
        let (a, b) = line.split_once(' ').unwrap();
        if a != b {
            neighbours.entry(a).or_default().insert(b);
            neighbours.entry(b).or_default().insert(a);
        }
    }
    let mut seen = BTreeSet::new();
    let mut largest: Vec<&str> = Vec::new();
    for start in neighbours.keys() {
        let mut component = Vec::new();
        let mut waiting = vec![*start];
        while let Some(node) = waiting.pop() {
            if seen.insert(node) {
                component.push(node);
                waiting.extend(&neighbours[node]);
            }
        }
        if component.len() > largest.len() {
            largest = component;
        }
    }
    let mut double_length_m = 0.0;
    for a in &largest {
        for b in &neighbours[a] {
            double_length_m += (at[a].0 - at[b].0).hypot(at[a].1 - at[b].1);
        }
    }
    let degrees: Vec<usize> = largest.iter().map(|n| neighbours[n].len()).filter(|d| *d != 2).collect();
    Naive {
        nodes: largest.len(),
        length_m: double_length_m / 2.0,
        junctions: degrees.len(),
        chains: degrees.iter().sum::<usize>() / 2,
    }
}

#[test]
fn all_line_coverage_networks_import_and_agree_with_a_naive_count() {
    let Some(folder) = shared("data/line-coverage") else { return };
    let folders = networks(&folder);
    assert_eq!(folders.len(), 100);
    for folder in folders {
        let name = folder.display();
        let Imported { network, summary } = read_folder(&folder).unwrap_or_else(|e| panic!("{name}: {e}"));
        let naive = naive(&folder);
        let length_m = summary.length_m + summary.dropped_rings.length_m;
        assert!((length_m - naive.length_m).abs() <= 1e-9 * naive.length_m, "{name}: {length_m} {}", naive.length_m);
        assert_eq!(summary.segments + summary.dropped_rings.count, naive.chains, "{name}");
        assert_eq!(summary.junctions, naive.junctions, "{name}");
        let in_rings = summary.dropped_rings.pieces - summary.dropped_rings.count;
        assert_eq!(summary.nodes + in_rings, naive.nodes, "{name}");
        let (nodes, segments) = (network.nodes().len(), network.segments().len());
        assert_eq!((nodes, segments), (summary.nodes, summary.segments), "{name}");
        assert_eq!(rebuilt(&network), network, "{name}: the canonical order is a fixed point");
        for node in network.nodes().iter() {
            let off_m = network.plane().project(node.lon_lat()).distance_m(node.point);
            assert!(off_m < 1.0, "{name}: node {} is {off_m} m from its position", node.id());
        }
    }
}

#[test]
fn a_large_city_imports_within_a_second() {
    let Some(folder) = shared("data/line-coverage/large") else { return };
    for city in ["tokyo", "london"] {
        let start = Instant::now();
        let summary = read_folder(&folder.join(city)).unwrap().summary;
        let took = start.elapsed();
        eprintln!("large/{city}: {took:?} for {summary:?}");
        assert!(took.as_secs_f64() < 1.0, "large/{city}: {took:?}");
    }
}

#[derive(serde::Deserialize)]
struct Scenario {
    network: String,
    start: String,
    goal: String,
    blockages: Vec<Blockage>,
}

#[derive(serde::Deserialize)]
struct Blockage {
    a: String,
    b: String,
}

#[test]
fn scenarios_find_their_nodes_and_their_blocked_pieces() {
    let Some(file) = shared("bench/large-p0.2-v20-u1.jsonl") else { return };
    let Some(folder) = shared("data/line-coverage") else { return };
    let mut imported: BTreeMap<String, (Network, BTreeSet<(String, String)>)> = BTreeMap::new();
    let (mut on_segments, mut dropped) = (0, 0);
    for line in std::fs::read_to_string(file).unwrap().lines() {
        let scenario: Scenario = serde_json::from_str(line).unwrap();
        let (network, pieces) = imported.entry(scenario.network.clone()).or_insert_with(|| {
            let network = read_folder(&folder.join(&scenario.network)).unwrap().network;
            let id = |n: &crate::domain::ids::NodeIndex| network.node(*n).id().to_string();
            let lines = network.segments().iter().flat_map(|s| s.nodes.windows(2));
            let pieces = lines.flat_map(|p| [(id(&p[0]), id(&p[1])), (id(&p[1]), id(&p[0]))]).collect();
            (network, pieces)
        });
        for id in [&scenario.start, &scenario.goal] {
            assert!(network.node_by_id(id).is_some(), "{}: node {id}", scenario.network);
        }
        for Blockage { a, b } in scenario.blockages {
            if pieces.contains(&(a, b)) { on_segments += 1 } else { dropped += 1 }
        }
    }
    eprintln!("{on_segments} blockages on segments, {dropped} on dropped parts");
    assert!(on_segments > 0);
    assert_eq!(dropped, 0, "the scenarios were drawn from prepared networks");
}
