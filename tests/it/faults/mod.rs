//! What happens when the ground shakes: the database goes away, the process is killed.

mod database;
mod dice;
mod driver;
mod network;
mod planner;
mod replicas;
pub(crate) mod servers;
mod service;
mod subscribers;
mod upgrade;
mod wire;

use std::path::Path;
use std::time::{Duration, Instant};

use outrider::api::ApiOptions;
use outrider::app::replay::replay;
use outrider::planning::strategy::Strategies;
use outrider::store::Store;
use outrider::store::local::{Durability, LocalOptions, LocalPostgres};
use serde_json::Value;

pub(crate) use servers::Server;

use crate::cluster::ThrowawayFolder;
use crate::program::Program;
use crate::service::{SOON, Service, Setup, across, report, square};
use crate::stream::EventStream;

async fn postgres(folder: &Path, durability: Durability) -> LocalPostgres {
    let mut options = LocalOptions::new(folder);
    options.durability = durability;
    options.bin_dir = ["OUTRIDER_PG_BINDIR", "PG_BINDIR"].iter().find_map(std::env::var_os).map(Into::into);
    LocalPostgres::start(options).await.unwrap()
}

#[tokio::test]
async fn while_the_database_is_away_the_answer_is_503_and_streams_stay_open() {
    let folder = ThrowawayFolder::new();
    let local = postgres(folder.path(), Durability::Durable).await;
    Store::new(local.connect_options(), 2).migrate().await.unwrap();
    let api = ApiOptions { heartbeat: Duration::from_millis(200), ..ApiOptions::default() };
    let service = Service::on(local.connect_options(), Setup { api, ..Setup::default() }).await;
    let network = service.import_geojson("square", &square()).await;
    let id = service.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/missions/{id}");
    let mut stream = EventStream::open(&service, &id, Some(0)).await;
    stream.find(|e| e.name == "plan").await;

    local.stop().await;
    let refused = service.post(&format!("{path}/reports"), &report(1, 4, "blocked", 1)).await;
    assert_eq!(refused.expect(503)["code"], "database_unavailable");
    assert_ne!(refused.header("retry-after"), "");
    assert_eq!(service.get("/readyz").await.status, 503);
    assert_eq!(service.get("/healthz").await.status, 200);
    stream.find(|e| e.name == "heartbeat").await;

    let local = postgres(folder.path(), Durability::Durable).await;
    let until = Instant::now() + SOON;
    loop {
        let answer = service.post(&format!("{path}/reports"), &report(1, 4, "blocked", 1)).await;
        if answer.status == 202 {
            break;
        }
        assert!(Instant::now() < until, "the service finds the database again: {answer:?}");
    }
    let plan = stream.find(|e| e.name == "plan").await;
    assert!(plan.data["body"]["route"]["legs"].as_array().unwrap().iter().all(|leg| leg["segment"] != 4));
    assert_eq!(service.get("/readyz").await.status, 200);
    drop(service);
    local.stop().await;
}

/// Killed at five moments while reports stream in: what was acknowledged is in the log, once and in order, and the plan at
/// the end is the one that the knowledge calls for.
#[tokio::test]
async fn a_killed_service_loses_nothing_it_acknowledged() {
    let folder = ThrowawayFolder::new();
    let mut program = Program::start(folder.path());
    let network = program.client.import_geojson("square", &square()).await;
    let id = program.client.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/missions/{id}");
    let mut acknowledged: Vec<(String, u64)> = Vec::new();
    let mut number = 0;
    for round in 0..5_u64 {
        // Some reports are acknowledged, then comes the kill while others are under way.
        let client = program.client.clone();
        let (count, mut counted) = tokio::sync::watch::channel(0);
        let sending = tokio::spawn({
            let path = path.clone();
            async move {
                let mut stored = Vec::new();
                for n in number.. {
                    let finding = if n % 3 == 0 { "blocked" } else { "clear" };
                    let body = report(n, n % 5, finding, n as u32 % 3600);
                    let url = format!("{}{path}/reports", client.url);
                    let Ok(answer) = client.client.post(url).json(&body).send().await else { return (stored, n) };
                    let Ok(answer) = answer.json::<Value>().await else { return (stored, n) };
                    stored.push((body["id"].as_str().unwrap().to_owned(), answer["seq"].as_u64().unwrap()));
                    let _ = count.send(stored.len());
                }
                unreachable!("the service is killed before the numbers end")
            }
        });
        let enough = counted.wait_for(|stored| *stored > 5 * round as usize);
        tokio::time::timeout(SOON, enough).await.expect("reports are acknowledged").unwrap();
        program.kill();
        let (stored, next) = sending.await.unwrap();
        acknowledged.extend(stored);
        // The one that was not answered may be in the log or not; the next round sends it again.
        number = next;
        program = Program::start(folder.path());
    }
    let last = report(number, 4, "blocked", 3599);
    let answer = program.client.post(&format!("{path}/reports"), &last).await.expect(202);
    acknowledged.push((last["id"].as_str().unwrap().to_owned(), answer["seq"].as_u64().unwrap()));
    let mission = program.client.get(&path).await.expect(200);
    // What was left unplanned when it was killed is planned by itself.
    program.client.plan_for(&id, &mission["revision"]).await;

    let export = program.client.get(&format!("{path}/log/export")).await.text;
    let events: Vec<Value> = export.lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect();
    for (i, event) in events.iter().enumerate() {
        assert_eq!(event["seq"], i as u64 + 1, "numbers without gaps");
    }
    for (report, seq) in acknowledged {
        let found: Vec<&Value> = events.iter().filter(|e| e["body"]["id"] == report.as_str()).collect();
        assert_eq!(found.len(), 1, "{report} is in the log once");
        assert_eq!(found[0]["seq"], seq);
    }
    let replayed = replay(export.as_bytes(), &Strategies::built_in(), |_| {}).unwrap();
    assert!(replayed.plans >= 5);
}

#[tokio::test]
async fn a_program_told_to_stop_stops_in_order() {
    let folder = ThrowawayFolder::new();
    let mut program = Program::start(folder.path());
    let network = program.client.import_geojson("square", &square()).await;
    let id = program.client.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    let mut stream = EventStream::open(&program.client, &id, None).await;
    let pid = nix::unistd::Pid::from_raw(program.id() as i32);
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    while stream.next().await.is_some() {}
    let status = program.wait();
    assert!(status.success(), "{status}");
    assert!(!folder.path().join("postgres/cluster/postmaster.pid").exists(), "its Postgres is down too");
}

/// Two services over one database are not what the first version is for, but they must do no harm: each event is stored by
/// one of them, and whoever was slower decides anew.
#[tokio::test]
async fn two_writers_of_one_log_neither_lose_nor_double_anything() {
    let one = Service::start().await;
    let two = Service::on(one.database().connect_options(), Setup::default()).await;
    let network = one.import_geojson("square", &square()).await;
    let id = one.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/missions/{id}/reports");
    let sending = [(&one, 1000), (&two, 2000)].map(|(service, apart)| {
        let path = &path;
        async move {
            let mut seqs = Vec::new();
            for number in 0..40_u64 {
                // Half of the reports are sent to both.
                let own = if number % 2 == 0 { 0 } else { apart };
                let body =
                    report(number + own, number % 5, if number % 3 == 0 { "blocked" } else { "clear" }, number as u32);
                loop {
                    let answer = service.post(path, &body).await;
                    if answer.status == 202 {
                        seqs.push((body["id"].clone(), answer.json()["seq"].clone()));
                        break;
                    }
                    assert_eq!(answer.expect(503)["code"], "contended");
                }
            }
            seqs
        }
    });
    let [first, second] = sending;
    let (first, second) = tokio::join!(first, second);
    let last = [&first, &second].iter().map(|seqs| seqs[39].1.as_u64().unwrap()).max().unwrap();
    let export = one.get(&format!("/v1/missions/{id}/log/export")).await.text;
    let events: Vec<Value> = export.lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(events.len() as u64 >= last);
    assert_eq!(events.iter().filter(|event| event["kind"] == "report").count(), 60);
    for (report, seq) in first.into_iter().chain(second) {
        assert_eq!(events[seq.as_u64().unwrap() as usize - 1]["body"]["id"], report);
    }
    replay(export.as_bytes(), &Strategies::built_in(), |_| {}).unwrap();
}

#[tokio::test]
async fn a_private_postgres_that_is_killed_comes_back_and_so_does_the_service() {
    let folder = ThrowawayFolder::new();
    let program = Program::start(folder.path());
    let network = program.client.import_geojson("square", &square()).await;
    let id = program.client.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    program.client.plan_after(&id, 1).await;
    let mut stream = EventStream::open(&program.client, &id, None).await;
    let pid_file = std::fs::read_to_string(folder.path().join("postgres/cluster/postmaster.pid")).unwrap();
    let postmaster = nix::unistd::Pid::from_raw(pid_file.lines().next().unwrap().parse().unwrap());
    nix::sys::signal::kill(postmaster, nix::sys::signal::Signal::SIGKILL).unwrap();
    let until = Instant::now() + SOON;
    loop {
        let answer = program.client.post(&format!("/v1/missions/{id}/reports"), &report(1, 4, "blocked", 1)).await;
        if answer.status == 202 {
            break;
        }
        assert_eq!(answer.expect(503)["code"], "database_unavailable");
        assert!(Instant::now() < until, "the service recovers by itself");
    }
    let plan = stream.find(|e| e.name == "plan").await;
    assert!(plan.data["body"]["route"]["legs"].as_array().unwrap().iter().all(|leg| leg["segment"] != 4));
}
