//! The program at the command line.

use std::path::Path;
use std::process::{Command, Output};

use crate::cluster::{self, ThrowawayFolder};
use crate::service::{Service, Setup, square};

fn outrider(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_outrider")).args(arguments).env_remove("OUTRIDER_DATABASE_URL").output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn help_names_every_variable() {
    let help = said(&outrider(&["serve", "--help"]));
    let serving = ["LISTEN", "REQUEST_THREADS", "PLANNER_THREADS", "HEARTBEAT_S"];
    for variable in ["DATABASE_URL", "DATA_DIR", "PG_BINDIR", "LOG", "LOG_FORMAT"].into_iter().chain(serving) {
        assert!(help.contains(&format!("OUTRIDER_{variable}")), "{variable}\n{help}");
    }
    let commands = said(&outrider(&["--help"]));
    for command in
        ["serve", "demo", "import", "replay", "simulate", "bench", "forecast", "migrate", "openapi", "healthcheck"]
    {
        assert!(commands.contains(&format!("\n  {command} ")), "{command}\n{commands}");
    }
}

#[test]
fn a_wrong_word_is_named() {
    let output = outrider(&["serve", "--listen", "nowhere"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("'nowhere' for '--listen"), "{}", said(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn networks_are_imported_from_files_and_served() {
    let database = cluster::database().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("roads.geojson");
    std::fs::write(&file, square().to_string()).unwrap();
    let import = |name: &str, format: &str, path: Option<&Path>| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_outrider"));
        command.args(["import", "--name", name, "--format", format]).env("OUTRIDER_DATABASE_URL", database.url());
        command.args(path).output().unwrap()
    };
    let imported = import("roads", "geojson", Some(&file));
    assert!(imported.status.success(), "{}", said(&imported));
    assert!(said(&imported).contains("5 segments"), "the island is left out: {}", said(&imported));
    assert!(import("town", "sample-town", None).status.success());
    let taken = import("roads", "geojson", Some(&file));
    assert_eq!(taken.status.code(), Some(1));
    assert!(said(&taken).contains("a network of this name exists already"), "{}", said(&taken));
    std::fs::write(&file, "{\"type\": \"FeatureCollection\", \"features\": [{\"type\": \"Feature\"}]}").unwrap();
    let broken = import("broken", "geojson", Some(&file));
    assert!(said(&broken).contains("feature 0"), "{}", said(&broken));
    let missing = import("missing", "line-coverage", Some(folder.path()));
    assert!(said(&missing).contains("node_data cannot be read"), "{}", said(&missing));
    let service = Service::over(database, Setup::default()).await;
    let listed = service.get("/v1/networks").await.expect(200);
    let names: Vec<&str> = listed["networks"].as_array().unwrap().iter().map(|n| n["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["roads", "town"]);
    assert!(outrider(&["healthcheck", "--url", &format!("{}/readyz", service.url)]).status.success());
}

#[tokio::test]
async fn the_version_and_the_health_of_a_service_name_the_same_build() {
    use outrider::release::{COMMIT, VERSION};
    let version = outrider(&["--version"]);
    assert_eq!(said(&version).trim(), format!("outrider {VERSION} ({COMMIT})"));
    let service = Service::start().await;
    for path in ["/healthz", "/readyz"] {
        let health = service.get(path).await.expect(200);
        assert_eq!((&health["version"], &health["commit"]), (&VERSION.into(), &COMMIT.into()), "{path}");
    }
    let metrics = service.get("/metrics").await.text;
    let built = metrics.lines().find(|line| line.starts_with("outrider_build_info{")).expect("a metric of the build");
    assert!(built.contains(VERSION) && built.contains(COMMIT), "{built}");
}

#[test]
fn a_health_check_of_nothing_fails() {
    assert_eq!(outrider(&["healthcheck", "--url", "http://127.0.0.1:1/readyz"]).status.code(), Some(1));
}

#[test]
fn a_private_postgres_is_migrated_on_demand() {
    let folder = ThrowawayFolder::new();
    let migrated = outrider(&["migrate", "--data-dir", folder.path().to_str().unwrap()]);
    assert!(migrated.status.success(), "{}", said(&migrated));
    assert!(said(&migrated).contains("the schema is up to date"));
}

#[test]
fn replay_says_what_is_no_log() {
    let output = outrider(&["replay", "/nonexistent"]);
    assert!(said(&output).contains("/nonexistent cannot be read"), "{}", said(&output));
    let output = outrider(&["replay", concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("line 1: expected the header of an exported log"), "{}", said(&output));
}
