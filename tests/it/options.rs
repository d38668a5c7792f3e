//! `outrider simulate` with options, on a town of four roads and a diagonal.

use std::path::PathBuf;
use std::process::{Command, Output};

use outrider::domain::geometry::{LocalPlane, LonLat, Point};
use serde_json::{Value, json};
use tempfile::TempDir;

/// A folder with the network and a scenario file.
struct Town {
    folder: TempDir,
}

impl Town {
    /// Each scenario's options; `None` has none of its own. The UGV goes from a to c, and the diagonal is blocked half-way.
    fn new(scenarios: &[Option<Value>]) -> Self {
        let town = Self { folder: tempfile::tempdir().unwrap() };
        let plane = LocalPlane::new(LonLat { lon: 8.0, lat: 50.0 });
        let nodes =
            [("a", 0.0, 0.0), ("b", 300.0, 0.0), ("c", 300.0, 400.0), ("d", 0.0, 400.0)].map(|(id, x_m, y_m)| {
                let LonLat { lon, lat } = plane.unproject(Point { x_m, y_m });
                format!("{id} {x_m} {y_m} {lat} {lon} 0\n")
            });
        std::fs::create_dir_all(town.path("town")).unwrap();
        std::fs::write(town.path("town/node_data"), nodes.concat()).unwrap();
        std::fs::write(town.path("town/req_edge_list"), "a b\nb c\nc d\nd a\na c\n").unwrap();
        let lines = scenarios.iter().enumerate().map(|(i, options)| {
            let mut scenario = json!({
                "id": format!("s{i}"), "network": "town", "start": "a", "goal": "c", "ugv_speed_mps": 10.0,
                "uav_speed_mps": 20.0, "uav_count": 1, "block_probability": 0.2,
                "blockages": [{ "a": "a", "b": "c", "fraction": 0.5 }],
            });
            if let Some(options) = options {
                scenario["options"] = options.clone();
            }
            format!("{scenario}\n")
        });
        std::fs::write(town.path("scenarios.jsonl"), lines.collect::<String>()).unwrap();
        town
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the scenarios, with a file of options if there is one.
    fn simulate(&self, options: Option<&str>) -> Output {
        let mut outrider = Command::new(env!("CARGO_BIN_EXE_outrider"));
        outrider.args(["simulate", "--no-times", "--strategy", "bidirectional", "--networks"]).arg(self.folder.path());
        outrider.arg("--scenarios").arg(self.path("scenarios.jsonl"));
        if let Some(options) = options {
            std::fs::write(self.path("options.json"), options).unwrap();
            outrider.arg("--options").arg(self.path("options.json"));
        }
        outrider.output().unwrap()
    }

    fn arrivals_s(&self, options: Option<&str>) -> Vec<f64> {
        let output = self.simulate(options);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let lines = String::from_utf8(output.stdout).unwrap();
        let arrival_s = |line: &str| serde_json::from_str::<Value>(line).unwrap()["arrival_s"].as_f64().unwrap();
        lines.lines().map(arrival_s).collect()
    }

    fn refusal(&self, options: Option<&str>) -> String {
        let output = self.simulate(options);
        assert!(!output.status.success());
        String::from_utf8(output.stderr).unwrap()
    }
}

#[test]
fn the_file_is_for_scenarios_without_options_of_their_own() {
    let town = Town::new(&[None, Some(json!({})), Some(json!({ "uav_starts": ["c"] }))]);
    // The UAV is at c after 25 s and at the blockage after 37.5 s, or after 12.5 s from c on; the UGV meets it after 25 s.
    let near = |found: Vec<f64>, expected: [f64; 3]| {
        assert!(found.iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 1e-6), "{found:?}");
    };
    near(town.arrivals_s(None), [25.0 + 25.0 + 70.0, 25.0 + 25.0 + 70.0, 12.5 + 12.5 + 70.0]);
    near(
        town.arrivals_s(Some(r#"{"uav_starts": ["c"]}"#)),
        [12.5 + 12.5 + 70.0, 25.0 + 25.0 + 70.0, 12.5 + 12.5 + 70.0],
    );
    assert_eq!(town.simulate(None).stdout, town.simulate(Some("{}")).stdout);
}

#[test]
fn a_mistake_in_options_is_named() {
    let town = Town::new(&[None]);
    let misspelt = town.refusal(Some(r#"{"report_delay": 5}"#));
    assert!(misspelt.contains("options.json") && misspelt.contains("unknown field `report_delay`"), "{misspelt}");
    let impossible = town.refusal(Some(r#"{"uav_endurance_s": -5}"#));
    assert!(
        impossible.contains("scenarios.jsonl:1: options/uav_endurance_s is -5, but must be above 0"),
        "{impossible}"
    );
    let unknown = town.refusal(Some(r#"{"uav_starts": ["z"]}"#));
    assert!(unknown.contains("options/uav_starts/0: network town has no node \"z\""), "{unknown}");
    let own = Town::new(&[None, Some(json!({ "swap_s": "long" }))]).refusal(None);
    assert!(own.contains("scenarios.jsonl:2: ") && own.contains("invalid type: string"), "{own}");
}

#[test]
fn the_example_of_the_documentation_runs() {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/SIMULATOR.md")).unwrap();
    let example = text.split("<<'EOF'\n").nth(1).unwrap().split("\nEOF").next().unwrap();
    assert_eq!(Town::new(&[None]).arrivals_s(Some(example)).len(), 1);
}
