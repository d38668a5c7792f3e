//! Decisions of `adaptive` in real cities: the corridor gives what the whole network gives, and what it costs.

use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};

use crate::contest::join;
use crate::domain::network::Network;
use crate::import::profile::Profile;
use crate::import::{Components, ImportProgress, MapOptions, Merging, from_line_coverage, from_osm_pbf};
use crate::planning::strategy::adaptive::reach_tests::{compare_in, measure_in};

/// What is in a folder beside the repository. Without it the test is skipped, but not on CI.
fn shared(path: &str) -> Option<PathBuf> {
    let repository = std::env::var("CARGO_MANIFEST_DIR").unwrap_or(env!("CARGO_MANIFEST_DIR").to_owned());
    let path = Path::new(&repository).join("../shared").join(path);
    if path.exists() {
        return Some(path);
    }
    assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{} is missing", path.display());
    eprintln!("skipped: {} is missing", path.display());
    None
}

fn read(path: &Path) -> Network {
    let bytes = |name| std::fs::read(path.join(name)).unwrap();
    if path.is_dir() {
        return from_line_coverage(&bytes("node_data"), &bytes("req_edge_list")).unwrap().network;
    }
    let profile = Profile::built_in("car").unwrap();
    let options = MapOptions { profile, components: Components::Largest, merging: Merging::Junctions };
    let file = std::fs::File::open(path).unwrap();
    from_osm_pbf(std::io::BufReader::new(file), &options, &ImportProgress::default()).unwrap().network
}

#[test]
fn decisions_in_real_cities_are_those_on_the_whole_network() {
    let cities = ["tokyo", "delhi", "paris"].map(|city| format!("line-coverage/large/{city}"));
    let map = ("osm/liechtenstein.osm.pbf", 1_000.0..4_000.0);
    for (path, apart_m) in cities.iter().map(|city| (city.as_str(), 500.0..2_000.0)).chain([map]) {
        let Some(path) = shared(&format!("data/{path}")) else { continue };
        compare_in(&read(&path).with_blockage_probability(0.2), apart_m, &path.display().to_string());
    }
}

/// `OUTRIDER_MEASURE=FILE[*COPIES][:FILE]... cargo test --release --lib measure_decisions -- --ignored --nocapture` writes a line a network and
/// kind of mission, over `OUTRIDER_MISSIONS` of them, with each segment blocked with `OUTRIDER_PROBABILITY`.
#[test]
#[ignore = "measures"]
fn measure_decisions() {
    let Ok(files) = std::env::var("OUTRIDER_MEASURE") else { return };
    let missions = std::env::var("OUTRIDER_MISSIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(9);
    let probability = std::env::var("OUTRIDER_PROBABILITY").ok().and_then(|p| p.parse().ok()).unwrap_or(0.2);
    let processor = || Duration::from(clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).unwrap());
    for file in files.split(':') {
        let (path, copies) = file.split_once('*').map_or((file, 1), |(path, copies)| (path, copies.parse().unwrap()));
        let one = read(Path::new(path));
        let network = if copies > 1 { join(&vec![&one; copies]).unwrap() } else { one };
        println!("{file}");
        measure_in(&network.with_blockage_probability(probability), missions, &processor);
    }
}
