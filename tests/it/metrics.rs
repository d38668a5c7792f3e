//! Metrics, alerts and the dashboard: what is exported is documented, and what is watched is exported.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use outrider::api::measures::{self, METRICS};
use serde_json::{Value, json};

use crate::service::{Service, across, report, square};

fn root(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn text(path: &str) -> String {
    std::fs::read_to_string(root(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// Every metric that the source text touches, with its kind.
fn touched() -> BTreeSet<(String, &'static str)> {
    fn walk(folder: &Path, found: &mut BTreeSet<(String, &'static str)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for kind in ["counter", "gauge", "histogram"] {
                for call in text.split(&format!("metrics::{kind}!(")).skip(1) {
                    let name = call.trim_start().strip_prefix('"').expect("a metric's name is written out");
                    found.insert((name.split('"').next().unwrap().to_owned(), kind));
                }
            }
        }
    }
    let mut found = BTreeSet::new();
    walk(&root("src"), &mut found);
    found
}

#[test]
fn every_metric_is_in_the_table_and_everything_in_the_table_is_one() {
    let table: BTreeSet<(String, &str)> =
        METRICS.iter().map(|metric| (metric.name.to_owned(), metric.kind.name())).collect();
    assert_eq!(table.len(), METRICS.len(), "a metric is in the table twice");
    let touched = touched();
    let missing: Vec<_> = touched.difference(&table).collect();
    assert!(missing.is_empty(), "not in METRICS of src/api/measures.rs: {missing:?}");
    let idle: Vec<_> = table.difference(&touched).collect();
    assert!(idle.is_empty(), "nothing in src/ sets them: {idle:?}");
}

/// `OUTRIDER_WRITE_DOCS=1 cargo test --test it metrics::` writes the table anew.
#[test]
fn the_document_shows_the_table_as_it_is() {
    let path = "docs/operations/METRICS.md";
    let document = text(path);
    let head = document.split("\n| metric |").next().unwrap();
    let wanted = format!("{head}\n{}", measures::markdown());
    if std::env::var_os("OUTRIDER_WRITE_DOCS").is_some() {
        std::fs::write(root(path), &wanted).unwrap();
        return;
    }
    assert!(document == wanted, "{path} is out of date: OUTRIDER_WRITE_DOCS=1 cargo test --test it metrics::");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_service_exports_is_as_the_table_says() {
    let service = Service::start().await;
    let network = service.import_geojson("watched", &square()).await;
    let id = service.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    let first = service.plan_after(&id, 1).await;
    let segment = first["route"]["legs"][0]["segment"].as_u64().unwrap();
    let reports = json!([report(1, segment, "blocked", 0)]);
    let recorded = service.post(&format!("/v1/missions/{id}/reports"), &reports).await.expect(202);
    service.plan_for(&id, &recorded["reports"][0]["revision"]).await;

    let exported = service.get("/metrics").await.text;
    let table: BTreeMap<&str, &measures::Metric> = METRICS.iter().map(|metric| (metric.name, metric)).collect();
    let mut kinds = BTreeMap::new();
    for line in exported.lines().filter(|line| !line.is_empty()) {
        if let Some(declared) = line.strip_prefix("# TYPE ") {
            let (name, kind) = declared.split_once(' ').unwrap();
            let metric = table.get(name).unwrap_or_else(|| panic!("{name} is not in the table"));
            assert_eq!(kind, metric.kind.name(), "{name}");
            kinds.insert(name.to_owned(), kind.to_owned());
        } else if !line.starts_with('#') {
            let name = line.split(['{', ' ']).next().unwrap();
            let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
            let metric = table.get(name).or_else(|| table.get(base?)).unwrap_or_else(|| panic!("{line}"));
            let labels = line.split_once('{').map_or("", |(_, rest)| rest.split('}').next().unwrap());
            for label in labels.split("\",").filter(|label| !label.is_empty()) {
                let label = label.split('=').next().unwrap();
                assert!(label == "le" || metric.labels.contains(&label), "{line}");
            }
        }
    }
    for name in [
        "outrider_plan_behind_seconds",
        "outrider_report_lag_seconds",
        "outrider_report_to_plan_seconds",
        "outrider_http_request_seconds",
        "outrider_database_wait_seconds",
        "outrider_database_up",
        "outrider_imports_total",
        "outrider_jobs_waiting",
        "process_open_fds",
        "process_start_time_seconds",
    ] {
        assert!(kinds.contains_key(name), "{name} is not exported:\n{exported}");
    }
    // The report was seen in May, and planned for within the test.
    let value = |name: &str| {
        let line = exported.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{name}"));
        line.trim().parse::<f64>().unwrap()
    };
    assert!(value("outrider_report_to_plan_seconds_count ") >= 1.0);
    assert!(value("outrider_report_lag_seconds_sum ") > 3600.0);
    assert!(value("process_max_fds ") >= value("process_open_fds "));
}

/// The metrics that a text in Prometheus's language names.
fn named(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("outrider_") || word.starts_with("process_")).collect()
}

#[track_caller]
fn assert_exported(name: &str, whence: &str) {
    let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    let known = METRICS.iter().any(|metric| {
        let is_histogram = metric.kind.name() == "histogram";
        if is_histogram { metric.name == base && base != name } else { metric.name == name }
    });
    assert!(known, "{whence} names {name}, which is not exported");
}

#[test]
fn alerts_and_dashboard_name_what_is_exported() {
    let alerts = text("docker/prometheus/alerts.yaml");
    // Comments and the paths of runbooks name none.
    let names = named(&alerts);
    assert!(names.len() > 10);
    names.iter().for_each(|name| assert_exported(name, "docker/prometheus/alerts.yaml"));

    let dashboard: Value = serde_json::from_str(&text("docker/grafana/outrider.json")).unwrap();
    let mut shown = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let expression = target["expr"].as_str().unwrap();
            let names = named(expression);
            assert!(!names.is_empty(), "{expression}");
            names.iter().for_each(|name| assert_exported(name, "docker/grafana/outrider.json"));
            shown.extend(names.iter().map(|name| name.trim_end_matches("_bucket").to_owned()));
        }
    }
    let unseen: Vec<_> = METRICS.iter().map(|metric| metric.name).filter(|name| !shown.contains(*name)).collect();
    assert!(unseen.is_empty(), "the dashboard does not show {unseen:?}");
}

#[test]
fn every_alert_has_a_section_that_says_what_to_do_and_every_section_an_alert() {
    let alerts = text("docker/prometheus/alerts.yaml");
    let runbook = text("docs/operations/ALERTS.md");
    let told: BTreeSet<&str> = alerts.lines().filter_map(|line| line.trim().strip_prefix("- alert: ")).collect();
    let explained: BTreeSet<&str> = runbook.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    assert_eq!(told, explained);
    for rule in alerts.split("- alert: ").skip(1) {
        let name = rule.lines().next().unwrap();
        let anchor = format!("runbook_url: docs/operations/ALERTS.md#{}", name.to_lowercase());
        assert!(rule.contains(&anchor), "{name} does not lead to its section");
        assert!(rule.contains("severity: page") || rule.contains("severity: ticket"), "{name}");
    }
    for section in runbook.split("\n## ").skip(1) {
        for part in ["**Means:**", "**Look at:**", "**Do:**"] {
            assert!(section.contains(part), "{part} is missing: {}", section.lines().next().unwrap());
        }
    }
}
