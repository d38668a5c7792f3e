//! The service is killed: alone, beside another replica, and with the clock set back and forth.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use outrider::planning::strategy::Strategies;

use super::dice::{Dice, Rerun, seeds};
use super::driver::{Doors, Driver};
use crate::cluster;
use crate::program::Program;

/// Within how much time another replica takes over what a killed one planned.
const TAKEN_OVER: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_it_loses_nothing_it_acknowledged() {
    for seed in seeds() {
        let _rerun = Rerun { kind: "service::killed_at", seed };
        let mut dice = Dice::new(seed);
        let database = cluster::database().await;
        let mut program = Program::over(database.url());
        let doors = Doors::new([program.client.url.clone()]);
        let driver = Driver::begin(doors.clone(), 3, &mut dice).await;
        let mut slowest = Duration::ZERO;
        for _ in 0..3 {
            driver.until_more(1).await;
            dice.pause(0, 400).await;
            program.kill();
            doors.set([]);
            program = Program::over(database.url());
            doors.set([program.client.url.clone()]);
            slowest = slowest.max(driver.until_more(1).await);
        }
        let replanned = driver.until_all_replanned().await;
        let verdict = driver.finish(&Strategies::built_in()).await;
        println!("seed {seed}: first report after a restart {slowest:?}, all planned again {replanned:?}; {verdict:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_replicas_one_may_be_killed_and_the_other_plans_its_missions_within_five_seconds() {
    for seed in seeds() {
        let _rerun = Rerun { kind: "service::of_two", seed };
        let mut dice = Dice::new(seed ^ 0x2);
        let database = cluster::database().await;
        let mut replicas = [Program::over(database.url()), Program::over(database.url())];
        let urls = |replicas: &[Program; 2]| [replicas[0].client.url.clone(), replicas[1].client.url.clone()];
        let doors = Doors::new(urls(&replicas));
        let driver = Driver::begin(doors.clone(), 4, &mut dice).await;
        driver.until_all_replanned().await;
        let mut slowest = Duration::ZERO;
        for _ in 0..2 {
            dice.pause(0, 600).await;
            let victim = dice.below(2) as usize;
            replicas[victim].kill();
            // The clients know both and find out for themselves which one answers.
            let replanned = driver.until_all_replanned().await;
            assert!(replanned < TAKEN_OVER, "planned elsewhere after {replanned:?}");
            slowest = slowest.max(replanned);
            replicas[victim] = Program::over(database.url());
            doors.set(urls(&replicas));
            driver.until_more(10).await;
        }
        let verdict = driver.finish(&Strategies::built_in()).await;
        println!("seed {seed}: planned elsewhere after {slowest:?} at most; {verdict:?}");
    }
}

/// The library that lies about the time, where Debian puts it.
fn lying_clock() -> Option<&'static str> {
    let places = [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1",
        "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1",
        "/usr/lib64/faketime/libfaketimeMT.so.1",
    ];
    places.into_iter().find(|path| Path::new(path).exists())
}

/// The wall clock of the process is what the file says, such as `-2h`; the clock that only goes forward is the true one.
fn with_clock<'a>(command: &'a mut Command, library: &str, file: &Path) -> &'a mut Command {
    command
        .env("LD_PRELOAD", library)
        .env("FAKETIME_TIMESTAMP_FILE", file)
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("FAKETIME_DONT_RESET", "1")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_jumps_changes_neither_order_nor_who_plans() {
    let Some(library) = lying_clock() else {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "the package libfaketime is missing");
        println!("skipped: the package libfaketime is not here");
        return;
    };
    for seed in seeds() {
        let _rerun = Rerun { kind: "service::a_clock", seed };
        let mut dice = Dice::new(seed ^ 0x3);
        let database = cluster::database().await;
        let folder = tempfile::tempdir().unwrap();
        let clocks = [folder.path().join("one"), folder.path().join("two")];
        let set = |clock: &Path, hours: i64| {
            // At once, so that nobody reads half of it.
            let new = clock.with_extension("new");
            std::fs::write(&new, format!("{hours:+}h\n")).unwrap();
            std::fs::rename(new, clock).unwrap();
        };
        clocks.iter().for_each(|clock| set(clock, 0));
        let replicas = clocks.each_ref().map(|clock| {
            let mut command = Program::command();
            command.args(["--database-url", database.url()]);
            Program::run(with_clock(&mut command, library, clock))
        });
        let doors = Doors::new(replicas.iter().map(|replica| replica.client.url.clone()));
        let driver = Driver::begin(doors.clone(), 2, &mut dice).await;
        driver.until_all_replanned().await;
        let mut slowest = Duration::ZERO;
        for _ in 0..6 {
            let hours = dice.below(200) as i64 - 100;
            set(&clocks[dice.below(2) as usize], hours);
            slowest = slowest.max(driver.until_more(5).await).max(driver.until_all_replanned().await);
        }
        // Nobody's lease ran out: whoever held missions held them all the time.
        let held = futures_util::future::join_all(replicas.iter().map(|replica| async {
            let metrics = replica.client.get("/metrics").await.text;
            let line = metrics.lines().find_map(|line| line.strip_prefix("outrider_leases_held ")).map(str::to_owned);
            line.unwrap().parse::<f64>().unwrap()
        }));
        assert_eq!(held.await.iter().sum::<f64>(), 2.0, "each mission has one who plans it");
        let shown = replicas[0].client.get("/v1/missions").await;
        assert_eq!(shown.status, 200);
        // The stamps jumped, so the clock did; everything else kept its order.
        let log =
            replicas[0].client.get(&format!("/v1/missions/{}/log?limit=1000", driver.missions[0])).await.expect(200);
        let hour = |event: &serde_json::Value| event["recorded_at"].as_str().unwrap()[..13].to_owned();
        let hours: BTreeSet<String> = log["events"].as_array().unwrap().iter().map(hour).collect();
        assert!(hours.len() > 2, "the clock jumped: {hours:?}");
        let verdict = driver.finish(&Strategies::built_in()).await;
        println!("seed {seed}: no answer or plan took longer than {slowest:?} after a jump; {verdict:?}");
    }
}
