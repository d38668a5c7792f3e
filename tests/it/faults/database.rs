//! The database is killed, fails over to a standby, or has no room left.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid};
use outrider::planning::strategy::Strategies;
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;

use super::dice::{Dice, Rerun, seeds};
use super::driver::{Doors, Driver};
use super::servers::Server;
use crate::cluster::ThrowawayFolder;
use crate::program::Program;
use crate::service::{across, report, square};
use crate::stream::EventStream;

/// Within how much time reports get through again once the database takes connections.
const BACK: Duration = Duration::from_secs(5);

/// The main process of a private Postgres.
fn postmaster(folder: &Path) -> Option<Pid> {
    let text = std::fs::read_to_string(folder.join("postgres/cluster/postmaster.pid")).ok()?;
    text.lines().next()?.trim().parse().ok().map(Pid::from_raw)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_postgres_is_killed_at_any_moment_and_nothing_acknowledged_is_lost() {
    for seed in seeds() {
        let _rerun = Rerun { kind: "database::a_private", seed };
        let mut dice = Dice::new(seed ^ 0x4);
        let folder = ThrowawayFolder::new();
        let program = Program::start(folder.path());
        let driver = Driver::begin(Doors::new([program.client.url.clone()]), 2, &mut dice).await;
        let mut slowest = Duration::ZERO;
        for _ in 0..2 {
            driver.until_more(3).await;
            dice.pause(0, 300).await;
            kill(postmaster(folder.path()).unwrap(), Signal::SIGKILL).unwrap();
            slowest = slowest.max(driver.until_more(2).await);
        }
        let verdict = driver.finish(&Strategies::built_in()).await;
        println!("seed {seed}: reports get through {slowest:?} after the kill at most; {verdict:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgres_elsewhere_is_killed_and_both_replicas_go_on_once_it_is_back() {
    for seed in seeds() {
        let _rerun = Rerun { kind: "database::a_postgres", seed };
        let mut dice = Dice::new(seed ^ 0x5);
        let mut server = Server::new(&[]).await;
        let replicas = [Program::over(&server.url()), Program::over(&server.url())];
        let doors = Doors::new(replicas.iter().map(|replica| replica.client.url.clone()));
        let driver = Driver::begin(doors, 2, &mut dice).await;
        let mut slowest = Duration::ZERO;
        for round in 0..2 {
            driver.until_more(3).await;
            dice.pause(0, 300).await;
            if round == 0 {
                server.kill()
            } else {
                server.kill_postmaster()
            }
            dice.pause(0, 1500).await;
            server.start_again().await;
            let back = driver.until_more(2).await;
            assert!(back < BACK, "reports get through {back:?} after the database is back");
            slowest = slowest.max(back);
        }
        let verdict = driver.finish(&Strategies::built_in()).await;
        println!("seed {seed}: reports get through {slowest:?} after the database is back at most; {verdict:?}");
    }
}

/// Within how much time an event on one replica is told on another that listens. Who does not finds it within a second.
const TOLD: Duration = Duration::from_millis(400);

/// How long it takes an event recorded by the first replica to be told by the second: the median of some.
async fn told_elsewhere(replicas: &[Program; 2]) -> Duration {
    let [one, two] = replicas.each_ref().map(|replica| &replica.client);
    let network = one.import_geojson("told-elsewhere", &square()).await;
    let mission = one.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    let mut stream = EventStream::open(two, &mission, Some(0)).await;
    stream.find(|event| event.name == "plan").await;
    let mut times = Vec::new();
    for number in 0..9 {
        let body = report(number, number % 5, "clear", number as u32);
        let begun = Instant::now();
        let path = format!("/v1/missions/{mission}/reports");
        let seq = one.post(&path, &body).await.expect(202)["seq"].as_u64();
        stream.find(|event| event.id >= seq).await;
        times.push(begun.elapsed());
    }
    times.sort();
    times[times.len() / 2]
}

/// The servers of a pair: each commit waits for the standby, so what was acknowledged is on both.
async fn pair() -> (Server, Server) {
    let primary = Server::new(&["max_wal_senders=4", "wal_level=replica"]).await;
    let standby = primary.standby("second").await;
    // Only now, for nothing can be committed before there is a standby.
    primary.execute("ALTER SYSTEM SET synchronous_standby_names = 'second'").await;
    primary.execute("SELECT pg_reload_conf()").await;
    primary.until("SELECT count(*) = 1 FROM pg_stat_replication WHERE sync_state = 'sync'").await;
    (primary, standby)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failover_to_a_synchronous_standby_loses_nothing_and_both_replicas_follow() {
    for seed in seeds() {
        let _rerun = Rerun { kind: "database::a_failover", seed };
        let mut dice = Dice::new(seed ^ 0x6);
        let (mut primary, standby) = pair().await;
        let hosts = format!("127.0.0.1:{},127.0.0.1:{}", primary.port, standby.port);
        // The order of the hosts does not matter.
        let turned = format!("127.0.0.1:{},127.0.0.1:{}", standby.port, primary.port);
        let replicas = [hosts, turned].map(|hosts| Program::over(&format!("postgres://outrider@{hosts}/outrider")));
        let doors = Doors::new(replicas.iter().map(|replica| replica.client.url.clone()));
        let driver = Driver::begin(doors, 2, &mut dice).await;
        driver.until_more(10).await;
        dice.pause(0, 300).await;
        let frozen = seed % 2 == 0;
        if frozen {
            // It does not answer any more, but it is not gone either, and comes back later.
            primary.signal_all(Signal::SIGSTOP);
        } else {
            primary.kill();
        }
        dice.pause(0, 500).await;
        standby.promote();
        let followed = driver.until_more(2).await;
        let replanned = driver.until_all_replanned().await;
        if frozen {
            // The former primary believes that it still is one: nobody may fall for it.
            primary.signal_all(Signal::SIGCONT);
            driver.until_more(20).await;
        }
        let told = told_elsewhere(&replicas).await;
        assert!(told < TOLD, "an event is told on the other replica after {told:?}: nobody listens to the new primary");
        let limit = if frozen { Duration::from_secs(15) } else { Duration::from_secs(8) };
        assert!(followed < limit, "reports get through {followed:?} after the promotion");
        let verdict = driver.finish(&Strategies::built_in()).await;
        println!(
            "seed {seed}: primary {}, reports get through {followed:?} after the promotion, planned {replanned:?} \
             later, told elsewhere after {told:?}; {verdict:?}",
            if frozen { "frozen" } else { "killed" }
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_alone_takes_nothing_and_a_primary_is_found_wherever_it_stands_in_the_list() {
    let (mut primary, standby) = pair().await;
    let url = format!("postgres://outrider@127.0.0.1:{},127.0.0.1:{}/outrider", standby.port, primary.port);
    let program = Program::over(&url);
    assert_eq!(program.client.get("/readyz").await.status, 200);
    primary.stop();
    let refused = program.client.get("/readyz").await;
    assert_eq!(refused.status, 503);
    let missions = program.client.get("/v1/missions").await;
    assert_eq!(missions.expect(503)["code"], "database_unavailable");
    assert_ne!(missions.header("retry-after"), "");
    standby.promote();
    let begun = Instant::now();
    while program.client.get("/readyz").await.status != 200 {
        assert!(begun.elapsed() < Duration::from_secs(15), "the promoted standby is found");
    }
    println!("ready {:?} after the promotion", begun.elapsed());
}

/// A folder with room of its own.
struct SmallDisk(PathBuf);

impl SmallDisk {
    /// Mounts one, if this is allowed here.
    fn mount(at: &Path) -> Option<Self> {
        std::fs::create_dir_all(at).unwrap();
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", "size=112m,mode=0711", "outrider-test"]).arg(at);
        let mounted = Uid::effective().is_root() && command.output().is_ok_and(|output| output.status.success());
        mounted.then(|| Self(at.to_path_buf()))
    }

    /// Takes the room that is left.
    fn fill(&self) {
        let mut ballast = std::fs::File::create(self.0.join("ballast")).unwrap();
        while ballast.write_all(&[1; 64 * 1024]).is_ok() {}
    }

    fn relieve(&self) {
        std::fs::remove_file(self.0.join("ballast")).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(&self.0).output();
    }
}

/// Has a private Postgres begin a new file of its log, if it can.
async fn switch_wal(folder: &Path) {
    let options = PgConnectOptions::new_without_pgpass().socket(folder.join("postgres/socket")).username("outrider");
    let Ok(mut connection) = options.database("outrider").disable_statement_logging().connect().await else { return };
    for _ in 0..10 {
        // Something must have been written for there to be a new file.
        let _ = sqlx::query("CREATE TABLE IF NOT EXISTS ballast (text text)").execute(&mut connection).await;
        let _ = sqlx::query("INSERT INTO ballast VALUES (repeat('x', 1000))").execute(&mut connection).await;
        let _ = sqlx::query("SELECT pg_switch_wal()").execute(&mut connection).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_a_full_disk_the_answer_is_503_and_with_room_again_everything_goes_on() {
    for seed in seeds() {
        let _rerun = Rerun { kind: "database::with_a_full_disk", seed };
        let mut dice = Dice::new(seed ^ 0x7);
        let folder = ThrowawayFolder::new();
        let Some(disk) = SmallDisk::mount(&folder.path().join("disk")) else {
            println!("skipped: only root mounts a small disk, and not everywhere");
            return;
        };
        let mut program = Program::start(&disk.0);
        let driver = Driver::begin(Doors::new([program.client.url.clone()]), 2, &mut dice).await;
        driver.until_more(5).await;
        dice.pause(0, 300).await;
        disk.fill();
        // The next file of the database's own log finds no room: the server panics, and cannot start either.
        let begun = Instant::now();
        let mut refused = false;
        while !refused && begun.elapsed() < Duration::from_secs(20) {
            switch_wal(&disk.0).await;
            refused = program.client.get("/readyz").await.status == 503 && driver.refused() > 0;
        }
        assert!(refused, "the disk is full in the end");
        dice.pause(100, 1500).await;
        assert_eq!(program.client.get("/healthz").await.status, 200, "the service itself is well");
        disk.relieve();
        let back = driver.until_more(5).await;
        let verdict = driver.finish(&Strategies::built_in()).await;
        println!("seed {seed}: reports get through {back:?} after there is room again; {verdict:?}");
        program.stop();
    }
}
