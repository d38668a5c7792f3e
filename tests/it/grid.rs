//! The benchmark's 24 files: what follows from the rules of the world agrees with another implementation of them, and the strategies
//! are no worse than plain versions of them.
//!
//! The strategies that take microseconds a decision run on all files. Those that search for several routes at each decision take
//! some ten times as long in a debug build, and run on the four files in which 20 % of the segments are blocked and the UAVs are twice
//! as fast as the UGV.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::service::shared;

/// The scenario files of the benchmark by name, without the reference.
fn files(folder: &Path, has: &str) -> Vec<(String, PathBuf)> {
    let mut files: Vec<(String, PathBuf)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), path))
        .filter(|(name, _)| name != "reference" && name.contains(has))
        .collect();
    files.sort();
    files
}

fn lines(path: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Runs files under strategies: for each file, the records of its scenarios in their order, a strategy after the other for each.
fn simulated(networks: &Path, files: &[(String, PathBuf)], strategies: &[&str]) -> BTreeMap<String, Vec<Value>> {
    let folder = tempfile::tempdir().unwrap();
    let output = folder.path().join("results.jsonl");
    let mut outrider = Command::new(env!("CARGO_BIN_EXE_outrider"));
    outrider.args(["simulate", "--no-times", "--networks"]).arg(networks).arg("--output").arg(&output);
    for (_, file) in files {
        outrider.arg("--scenarios").arg(file);
    }
    for strategy in strategies {
        outrider.args(["--strategy", strategy]);
    }
    let ran = outrider.output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let mut records = lines(&output).into_iter();
    let mut of = |path: &Path| records.by_ref().take(lines(path).len() * strategies.len()).collect();
    files.iter().map(|(name, path)| (name.clone(), of(path))).collect()
}

fn mean_s(records: &[Value], strategy: &str) -> f64 {
    let arrivals_s: Vec<f64> =
        records.iter().filter(|r| r["strategy"] == strategy).map(|r| r["arrival_s"].as_f64().unwrap()).collect();
    assert!(!arrivals_s.is_empty());
    arrivals_s.iter().sum::<f64>() / arrivals_s.len() as f64
}

/// With three UAVs the mean is no later than with one, in every pair of files that differ in nothing else.
fn assert_more_uavs_do_no_harm(by_file: &BTreeMap<String, Vec<Value>>, strategies: &[&str]) {
    let mut pairs = 0;
    for (name, with_one) in by_file.iter().filter(|(name, _)| name.ends_with("-u1")) {
        let with_three = &by_file[&name.replace("-u1", "-u3")];
        for strategy in strategies {
            let (one_s, three_s) = (mean_s(with_one, strategy), mean_s(with_three, strategy));
            assert!(three_s <= one_s + 1e-6, "{name}: {strategy} takes {one_s} s with one UAV, {three_s} s with three");
        }
        pairs += 1;
    }
    assert_eq!(pairs, by_file.len() / 2);
}

/// How much later than the plain version a strategy may be in a file, on average.
const ALLOWED: f64 = 1.02;

#[test]
fn the_rules_alone_give_what_another_implementation_gives_and_strategies_hold_their_own() {
    let (Some(bench), Some(networks)) = (shared("bench"), shared("data/line-coverage")) else { return };
    let files = files(&bench, "");
    assert_eq!(files.len(), 24);
    let strategies = ["ugv_only", "shortest_path", "bidirectional", "partition"];
    let by_file = simulated(&networks, &files, &strategies);
    let reference: BTreeMap<String, Value> = lines(&bench.join("reference.jsonl"))
        .into_iter()
        .map(|line| (line["scenario"].as_str().unwrap().to_owned(), line))
        .collect();
    let expected_s =
        |record: &Value, field: &str| reference[record["scenario"].as_str().unwrap()][field].as_f64().unwrap();
    let mut compared = 0;
    for record in by_file.values().flatten().filter(|record| record["strategy"] == "ugv_only") {
        for (field, known) in [("arrival_s", "ugv_only_s"), ("clairvoyant_s", "clairvoyant_s")] {
            let (here_s, there_s) = (record[field].as_f64().unwrap(), expected_s(record, known));
            assert!((here_s - there_s).abs() <= 1e-6 * there_s, "{field} is not {there_s}: {record}");
            compared += 1;
        }
    }
    assert_eq!(compared, 2 * reference.len());
    for (name, records) in &by_file {
        for strategy in &strategies[1..] {
            let there_s: f64 = records
                .iter()
                .filter(|record| record["strategy"] == *strategy)
                .map(|record| expected_s(record, &format!("{strategy}_s")))
                .sum::<f64>()
                / (records.len() / strategies.len()) as f64;
            let ratio = mean_s(records, strategy) / there_s;
            assert!(ratio <= ALLOWED, "{name}: {strategy} takes {ratio} times as long as its plain version");
        }
    }
    assert_more_uavs_do_no_harm(&by_file, &strategies);
}

#[test]
fn strategies_that_look_at_several_routes_gain_from_more_uavs() {
    let (Some(bench), Some(networks)) = (shared("bench"), shared("data/line-coverage")) else { return };
    let files = files(&bench, "-p0.2-v40-");
    assert_eq!(files.len(), 4);
    let strategies = ["k_shortest_paths", "most_probable_path", "priority_assignment"];
    assert_more_uavs_do_no_harm(&simulated(&networks, &files, &strategies), &strategies);
}
