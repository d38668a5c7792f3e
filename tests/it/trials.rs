//! `outrider simulate` and `outrider bench` on files as people write them: two towns of a few roads.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use outrider::domain::geometry::{LocalPlane, LonLat, Point};
use outrider::planning::strategy::Strategies;
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder with networks and scenario files.
struct Bench {
    folder: TempDir,
}

impl Bench {
    /// `large/square` is a square with a diagonal, `small/grid` has four blocks.
    fn new() -> Self {
        let bench = Self { folder: tempfile::tempdir().unwrap() };
        let square = [("a", 0, 0), ("b", 300, 0), ("c", 300, 300), ("d", 0, 300)];
        bench.network("large/square", &square, "a b\nb c\nc d\nd a\na c\n");
        let grid = [
            ("1", 0, 0),
            ("2", 100, 0),
            ("3", 200, 0),
            ("4", 0, 80),
            ("5", 100, 80),
            ("6", 200, 80),
            ("7", 0, 160),
            ("8", 100, 160),
            ("9", 200, 160),
        ];
        bench.network("small/grid", &grid, "1 2\n2 3\n4 5\n5 6\n7 8\n8 9\n1 4\n2 5\n3 6\n4 7\n5 8\n6 9\n");
        bench
    }

    fn network(&self, name: &str, nodes: &[(&str, i32, i32)], pieces: &str) {
        let plane = LocalPlane::new(LonLat { lon: 8.0, lat: 50.0 });
        let line = |(id, x, y): &(&str, i32, i32)| {
            let LonLat { lon, lat } = plane.unproject(Point { x_m: f64::from(*x), y_m: f64::from(*y) });
            format!("{id} {x} {y} {lat} {lon} 0\n")
        };
        let folder = self.networks().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("node_data"), nodes.iter().map(line).collect::<String>()).unwrap();
        std::fs::write(folder.join("req_edge_list"), pieces).unwrap();
    }

    fn networks(&self) -> PathBuf {
        self.folder.path().join("networks")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a scenario file.
    fn file(&self, name: &str, lines: &[String]) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, lines.join("\n")).unwrap();
        path
    }

    /// Runs `simulate` or `bench` on scenario files.
    fn outrider(&self, command: &str, files: &[&Path], more: &[&str]) -> Output {
        let mut outrider = Command::new(env!("CARGO_BIN_EXE_outrider"));
        outrider.arg(command).arg("--networks").arg(self.networks());
        for file in files {
            outrider.arg("--scenarios").arg(file);
        }
        outrider.args(more).output().unwrap()
    }
}

/// A line of a scenario file: from one end of the network to the other.
fn scenario(id: &str, network: &str, uavs: usize, blockages: &[(&str, &str, f64)]) -> Value {
    let (start, goal) = if network == "large/square" { ("a", "c") } else { ("1", "9") };
    let blockage = |(a, b, fraction): &(&str, &str, f64)| json!({ "a": a, "b": b, "fraction": fraction });
    json!({
        "id": id, "network": network, "start": start, "goal": goal,
        "ugv_speed_mps": 10.0, "uav_speed_mps": 20.0, "uav_count": uavs, "block_probability": 0.2,
        "blockages": blockages.iter().map(blockage).collect::<Vec<_>>(),
    })
}

/// Two files, of one UAV and of three; the second one mixes networks.
fn two_files(bench: &Bench) -> [PathBuf; 2] {
    let of = |uavs: usize, id: &str, network: &str, blockages: &[(&str, &str, f64)]| {
        scenario(&format!("{id}-u{uavs}"), network, uavs, blockages).to_string()
    };
    let square = |uavs| of(uavs, "square", "large/square", &[("a", "c", 0.9)]);
    let grid = |uavs| of(uavs, "grid", "small/grid", &[("2", "3", 0.5), ("5", "6", 0.25)]);
    [
        bench.file("one.jsonl", &[square(1), of(1, "open", "large/square", &[])]),
        bench.file("three.jsonl", &[grid(3), String::new(), square(3)]),
    ]
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

fn records(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{}", said(output));
    String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// All files of a folder.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|e| (e.file_name().to_string_lossy().into_owned(), std::fs::read(e.path()).unwrap())).collect()
}

#[test]
fn simulate_writes_a_line_for_each_scenario_and_strategy_whatever_the_threads() {
    let bench = Bench::new();
    let [one, three] = two_files(&bench);
    let run = |threads: &str| bench.outrider("simulate", &[&one, &three], &["--no-times", "--threads", threads]);
    let (with_one, with_two) = (run("1"), run("2"));
    let records = records(&with_one);
    assert_eq!(with_one.stdout, with_two.stdout);
    let names: Vec<&str> = records.iter().map(|record| record["strategy"].as_str().unwrap()).collect();
    let strategies = Strategies::built_in();
    let all: Vec<&str> = strategies.iter().map(|strategy| strategy.name()).collect();
    assert_eq!(names, all.repeat(4), "{}", said(&with_one));
    let scenarios: Vec<&str> = records.iter().step_by(all.len()).map(|r| r["scenario"].as_str().unwrap()).collect();
    assert_eq!(scenarios, ["square-u1", "open-u1", "grid-u3", "square-u3"]);
    for record in &records {
        let (arrival_s, bound_s) = (record["arrival_s"].as_f64().unwrap(), record["clairvoyant_s"].as_f64().unwrap());
        assert!(arrival_s >= bound_s - 1e-9, "{record}");
        assert!(record["planning_ms_total"].is_null() && record["planning_ms_max"].is_null(), "{record}");
    }
    // Nine tenths of the diagonal, back, and round by the square's edge; the clairvoyant goes round at once.
    let diagonal_s = 2.0_f64.sqrt() * 30.0;
    assert!((records[0]["arrival_s"].as_f64().unwrap() - (1.8 * diagonal_s + 60.0)).abs() < 1e-3, "{}", records[0]);
    assert!((records[0]["clairvoyant_s"].as_f64().unwrap() - 60.0).abs() < 1e-6, "{}", records[0]);
}

#[test]
fn simulate_says_null_where_there_is_no_way_and_writes_times_unless_told_not_to() {
    let bench = Bench::new();
    let cut = scenario("cut", "small/grid", 1, &[("3", "6", 0.5), ("5", "6", 0.5), ("5", "8", 0.5), ("7", "8", 0.5)])
        .to_string();
    let file = bench.file("cut.jsonl", &[cut]);
    let ran = bench.outrider("simulate", &[&file], &[]);
    let records = records(&ran);
    assert_eq!(records.len(), Strategies::built_in().iter().count());
    for record in records {
        assert!(record["arrival_s"].is_null() && record["clairvoyant_s"].is_null(), "{record}");
        assert!(
            record["planning_ms_total"].as_f64().unwrap() >= record["planning_ms_max"].as_f64().unwrap(),
            "{record}"
        );
    }
    let output = bench.path("results");
    let ran = bench.outrider("bench", &[&file], &["--output", output.to_str().unwrap(), "--no-times"]);
    assert!(ran.status.success(), "{}", said(&ran));
    assert!(said(&ran).contains("| cut | – | – |"), "{}", said(&ran));
}

#[test]
fn bench_writes_the_same_bytes_whatever_the_threads() {
    let bench = Bench::new();
    let [one, three] = two_files(&bench);
    let run = |threads: &str| {
        let output = bench.path(&format!("results-{threads}/deep"));
        let output_text = output.to_str().unwrap().to_owned();
        let ran = bench.outrider(
            "bench",
            &[&one, &three],
            &["--output", &output_text, "--no-times", "--threads", threads, "--frames", "3"],
        );
        assert!(ran.status.success(), "{}", said(&ran));
        assert!(said(&ran).contains("| everything (4) | `ugv_only` |"), "{}", said(&ran));
        contents(&output)
    };
    let (with_one, with_two) = (run("1"), run("2"));
    let names: Vec<&str> = with_one.keys().map(String::as_str).collect();
    let plots = ["gain_by_blockage_rate.svg", "gain_by_speed_ratio.svg", "gain_by_uavs.svg"];
    let others = ["results.jsonl", "table.csv", "table.md"];
    assert_eq!(names, [&["arrival_ratio.svg", "film_1.svg"][..], &plots, &others].concat());
    for (name, bytes) in &with_one {
        assert!(with_two.get(name) == Some(bytes), "{name} differs between one thread and two");
    }
    // The results are those of `simulate`.
    let simulated = bench.outrider("simulate", &[&one, &three], &["--no-times"]);
    assert!(simulated.stdout == with_one["results.jsonl"]);
    let table = String::from_utf8_lossy(&with_one["table.md"]).into_owned();
    for row in ["| all large (3) |", "| all small (1) |", "| one (2) |", "| three (2) |"] {
        assert!(table.contains(row), "{row}\n{table}");
    }
    // The first scenario with three UAVs.
    assert!(String::from_utf8_lossy(&with_one["film_1.svg"]).contains("Scenario grid-u3:"));
}

#[test]
fn bench_measures_against_ugv_only_draws_what_it_is_told_and_fills_a_document() {
    let bench = Bench::new();
    let [one, three] = two_files(&bench);
    let document =
        bench.file("benchmark.md", &["# Mine <!-- bench: begin --> stale <!-- bench: end --> end".to_owned()]);
    let output = bench.path("results");
    let run = |more: &[&str]| {
        let usual = ["--output", output.to_str().unwrap(), "--strategy", "partition"];
        bench.outrider("bench", &[&one, &three], &[&usual[..], more].concat())
    };
    let films = ["--film", "square-u1", "--film", "grid-u3:k_shortest_paths:{\"k\":2}"];
    let ran = run(&[&films[..], &["--document", document.to_str().unwrap()]].concat());
    assert!(ran.status.success(), "{}", said(&ran));
    assert!(said(&ran).contains("ugv_only runs too"), "{}", said(&ran));
    assert!(said(&ran).contains("| everything (4) | `partition` |"), "{}", said(&ran));
    let written = contents(&output);
    let text = |name: &str| String::from_utf8_lossy(&written[name]).into_owned();
    assert!(text("film_1.svg").contains("<title>partition on large/square with 1 UAV</title>"));
    assert!(text("film_2.svg").contains("<title>k_shortest_paths:{&quot;k&quot;:2} on small/grid with 3 UAVs</title>"));
    assert!(text("planning_time.svg").contains("partition"));
    let document = std::fs::read_to_string(document).unwrap();
    assert!(document.starts_with("# Mine <!-- bench: begin -->") && document.ends_with("<!-- bench: end --> end"));
    assert!(document.contains("| one | ") && !document.contains("stale"), "{document}");

    let film = run(&["--film", "square"]);
    assert!(said(&film).contains("--film square: no scenario file has a scenario of this name"), "{}", said(&film));
    let film = run(&["--film", "square-u1:nobody"]);
    assert!(said(&film).contains("--film square-u1:nobody: there is no strategy \"nobody\""), "{}", said(&film));
    let no_marks = run(&["--document", one.to_str().unwrap()]);
    assert!(said(&no_marks).contains("one.jsonl: it has no line \"<!-- bench: begin -->\""), "{}", said(&no_marks));
    let in_the_way = run(&["--output", one.to_str().unwrap()]);
    assert!(!in_the_way.status.success(), "{}", said(&in_the_way));
}

#[test]
fn a_mistake_is_told_with_its_file_and_line() {
    let bench = Bench::new();
    let good = || scenario("good", "large/square", 1, &[]);
    let with = |field: &str, value: Value| {
        let mut scenario = scenario("other", "large/square", 1, &[]);
        scenario[field] = value;
        scenario
    };
    let blockage =
        |a: &str, b: &str, fraction: f64| with("blockages", json!([{ "a": a, "b": b, "fraction": fraction }]));
    let path = bench.path("mine.jsonl");
    for (third_line, expected) in [
        ("{\"id\":\"other\",}".to_owned(), ":3: column 15: "),
        ("{\"id\":\"other\"}".to_owned(), "missing field `network`"),
        (with("start", json!("z")).to_string(), ":3: scenario other: start: network large/square has no node \"z\""),
        (with("goal", json!(7)).to_string(), ":3: column "),
        (
            blockage("b", "d", 0.5).to_string(),
            ":3: scenario other: blockages/0: no segment of network large/square has a piece",
        ),
        (blockage("a", "b", 1.5).to_string(), ":3: blockages/0/fraction is 1.5, but must be 0 to 1"),
        (with("network", json!("large/nowhere")).to_string(), ":3: network large/nowhere: "),
        (with("ugv_speed_mps", json!(0)).to_string(), ":3: ugv_speed_mps is 0, but a speed is above 0"),
        (with("uav_count", json!(1000)).to_string(), ":3: uav_count is 1000, but at most "),
        (with("id", json!("good")).to_string(), ":3: the id \"good\" is that of line 1 too"),
    ] {
        bench.file("mine.jsonl", &[good().to_string(), String::new(), third_line.clone()]);
        let output = bench.path("results");
        for (command, more) in [("simulate", vec![]), ("bench", vec!["--output", output.to_str().unwrap()])] {
            let ran = bench.outrider(command, &[&path], &more);
            assert_eq!(ran.status.code(), Some(1), "{third_line}: {}", said(&ran));
            let told = said(&ran);
            assert!(told.contains(&format!("{}:3: ", path.display())), "{third_line}: {told}");
            assert!(told.contains(expected), "{expected}: {told}");
            assert!(ran.stdout.is_empty() && !output.exists(), "{third_line}: {told}");
        }
    }
    let told = |more: &[&str]| said(&bench.outrider("simulate", &[&path], more));
    bench.file("mine.jsonl", &[good().to_string()]);
    for (strategy, expected) in [
        ("nobody", "there is no strategy \"nobody\"; there are ugv_only"),
        ("k_shortest_paths:{\"k\":0}", "--strategy k_shortest_paths:{\"k\":0}: "),
        ("k_shortest_paths:{\"l\":1}", "--strategy k_shortest_paths:{\"l\":1}: "),
        ("k_shortest_paths:k=3", "are no JSON object, such as {\"k\": 3}"),
    ] {
        assert!(told(&["--strategy", strategy]).contains(expected), "{}", told(&["--strategy", strategy]));
    }
    assert!(
        told(&["--strategy", "partition", "--strategy", "partition"]).contains("--strategy partition is given twice")
    );
    bench.file("mine.jsonl", &[String::new()]);
    assert!(told(&[]).contains("mine.jsonl has no scenario"), "{}", told(&[]));
    std::fs::remove_file(&path).unwrap();
    assert!(told(&[]).contains("mine.jsonl cannot be read"), "{}", told(&[]));
    let broken = bench.networks().join("large/square/req_edge_list");
    std::fs::write(&broken, "a b\nb\n").unwrap();
    bench.file("mine.jsonl", &[good().to_string()]);
    let told = told(&[]);
    assert!(told.contains("mine.jsonl:1: network large/square in ") && told.contains("line 2"), "{told}");
}
