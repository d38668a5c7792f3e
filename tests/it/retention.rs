//! Missions that ended leave the database, each as a file that says the same.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use flate2::read::GzDecoder;
use outrider::app::{AppOptions, RetentionOptions};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::cluster::TestDatabase;
use crate::service::{Answer, Client, SOON, Service, Setup, across, report, square};

fn retaining(folder: &Path) -> Setup {
    let retention = RetentionOptions {
        ended_kept: Some(Duration::ZERO),
        folder: Some(folder.to_owned()),
        audit_kept: None,
        every: Duration::from_millis(50),
    };
    let usual = Setup::default();
    Setup { app: AppOptions { retention, ..usual.app }, ..usual }
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !holds().await {
        assert!(begun.elapsed() < SOON, "{what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn count(database: &TestDatabase, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(&database.pool().await).await.unwrap()
}

/// A mission with a report and two plans, created with a key and cancelled if told; and its log as it is exported.
async fn mission(client: &Client, network: &str, number: u64, cancelled: bool) -> (String, String) {
    let request = client.request(Method::POST, "/v1/missions").header("idempotency-key", format!("key-{number}"));
    let created = Answer::read(request.json(&across(network)).send().await.unwrap()).await.expect(201);
    let id = created["id"].as_str().unwrap().to_owned();
    client.plan_after(&id, 1).await;
    let recorded =
        client.post(&format!("/v1/missions/{id}/reports"), &report(number, 4, "blocked", 1)).await.expect(202);
    client.plan_for(&id, &recorded["revision"]).await;
    if cancelled {
        client.post(&format!("/v1/missions/{id}/cancel"), &json!({})).await.expect(200);
    }
    let log = client.get(&format!("/v1/missions/{id}/log/export")).await.text;
    (id, log)
}

fn file_of(folder: &Path, id: &str) -> PathBuf {
    folder.join(format!("mission-{id}.jsonl.gz"))
}

#[tokio::test(flavor = "multi_thread")]
async fn ended_missions_become_files_that_replay_reads_and_leave_nothing_behind() {
    let service = Service::start().await;
    let network = service.import_geojson("retained", &square()).await;
    let (running, _) = mission(&service, &network, 0, false).await;
    let mut ended = Vec::new();
    for number in 1..=12 {
        ended.push(mission(&service, &network, number, true).await);
    }
    let database = service.stop().await;
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("missions");

    // Two replicas, both of which are told to.
    let service = Service::over(database, retaining(&files)).await;
    let other = Service::on(service.database().connect_options(), retaining(&files)).await;
    for (id, log) in &ended {
        let path = format!("/v1/missions/{id}");
        until("the mission is gone from both", async || {
            let gone = StatusCode::NOT_FOUND;
            service.get(&path).await.status == gone && other.get(&path).await.status == gone
        })
        .await;
        let mut text = String::new();
        GzDecoder::new(std::fs::File::open(file_of(&files, id)).unwrap()).read_to_string(&mut text).unwrap();
        assert_eq!(&text, log, "the file is what was exported");
    }
    let (id, _) = &ended[0];
    let replayed =
        Command::new(env!("CARGO_BIN_EXE_outrider")).arg("replay").arg(file_of(&files, id)).output().unwrap();
    let said = String::from_utf8_lossy(&replayed.stdout);
    assert!(replayed.status.success() && said.contains("2 plans: all computed again, all the same"), "{said}");

    let database = service.database();
    until("the events are deleted", async || count(database, "SELECT count(*) FROM retired_missions").await == 0).await;
    assert_eq!(count(database, "SELECT count(DISTINCT mission_id) FROM mission_events").await, 1);
    assert_eq!(count(database, "SELECT count(*) FROM idempotency_keys WHERE scope = 'mission'").await, 1);
    // Each of them once, whichever replica did it.
    let retired = service.get("/v1/audit?action=mission.retired").await.expect(200);
    assert_eq!(retired["entries"].as_array().unwrap().len(), ended.len(), "{retired}");
    assert!(retired["entries"].as_array().unwrap().iter().all(|entry| entry["principal"] == "outrider"));
    let names: Vec<String> =
        (std::fs::read_dir(&files).unwrap()).map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names.len(), ended.len(), "{names:?}");

    // Who runs goes on, and the key of one that is gone is free.
    let recorded =
        service.post(&format!("/v1/missions/{running}/reports"), &report(99, 4, "clear", 5)).await.expect(202);
    service.plan_for(&running, &recorded["revision"]).await;
    let request = service.request(Method::POST, "/v1/missions").header("idempotency-key", "key-1");
    let created = Answer::read(request.json(&across(&network)).send().await.unwrap()).await.expect(201);
    assert_ne!(created["id"], Value::from(id.as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_deleted_that_could_not_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let files = folder.path().join("taken");
    std::fs::write(&files, "a file where the folder should be").unwrap();
    let service = Service::with(retaining(&files)).await;
    let network = service.import_geojson("kept", &square()).await;
    let (id, log) = mission(&service, &network, 1, true).await;
    let failures = async || {
        let metrics = service.get("/metrics").await.text;
        let line = metrics.lines().find_map(|line| line.strip_prefix("outrider_retention_failures_total "));
        line.map_or(0, |count| count.parse::<u64>().unwrap())
    };
    let before = failures().await;
    until("it was tried more than once", async || failures().await > before + 2).await;
    assert_eq!(service.get(&format!("/v1/missions/{id}/log/export")).await.text, log);
    std::fs::remove_file(&files).unwrap();
    until("it is done when there is a folder", async || file_of(&files, &id).exists()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unfinished_files_of_the_dead_go_and_those_of_the_living_stay() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: String| {
        let path = folder.path().join(name);
        std::fs::write(&path, "half a log").unwrap();
        path
    };
    let (mission, dead, living) = (Uuid::now_v7(), Uuid::now_v7(), Uuid::now_v7());
    let left_by_the_dead = file(format!(".mission-{mission}.{dead}.jsonl.gz.part"));
    let of_the_living = file(format!(".mission-{mission}.{living}.jsonl.gz.part"));
    let finished = file(format!("mission-{mission}.jsonl.gz"));
    let of_somebody_else = file(format!(".mission-notes.{dead}.jsonl.gz.part"));

    let database = Service::start().await.stop().await;
    sqlx::query("INSERT INTO replicas (id, alive_until) VALUES ($1, 'infinity'), ($2, now() - interval '1 second')")
        .bind(living)
        .bind(dead)
        .execute(&database.pool().await)
        .await
        .unwrap();
    let _service = Service::over(database, retaining(folder.path())).await;
    until("what the dead one left is gone", async || !left_by_the_dead.exists()).await;
    assert!(of_the_living.exists() && finished.exists() && of_somebody_else.exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_crash_left_half_deleted_is_deleted_at_the_next_start() {
    let service = Service::start().await;
    let network = service.import_geojson("half", &square()).await;
    let (id, _) = mission(&service, &network, 1, true).await;
    let database = service.stop().await;
    // The crash came between the mission and its events.
    let left = "WITH gone AS (DELETE FROM missions RETURNING id, seq)
                INSERT INTO retired_missions (id, seq, retired_at) SELECT id, seq, now() FROM gone";
    sqlx::raw_sql(left).execute(&database.pool().await).await.unwrap();
    assert!(count(&database, "SELECT count(*) FROM mission_events").await > 0);
    let folder = tempfile::tempdir().unwrap();
    let service = Service::over(database, retaining(folder.path())).await;
    let database = service.database();
    until("the rest is deleted", async || count(database, "SELECT count(*) FROM retired_missions").await == 0).await;
    assert_eq!(count(database, "SELECT count(*) FROM mission_events").await, 0);
    service.get(&format!("/v1/missions/{id}")).await.expect(404);
}

#[tokio::test]
async fn a_folder_is_asked_for() {
    let refused =
        Command::new(env!("CARGO_BIN_EXE_outrider")).args(["serve", "--retain-ended-days", "30"]).output().unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("--retention-dir"));
}
