//! Two replicas behind a proxy, as `make replicas` runs them.

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use outrider::planning::strategy::Strategies;

use super::dice::{Dice, Rerun, seeds};
use super::driver::{Doors, Driver};
use super::servers::free_ports;
use crate::cluster::ThrowawayFolder;

/// `docker/replicas` at work.
struct Replicas {
    script: Child,
    port: u16,
}

impl Replicas {
    fn start(folder: &Path) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        // The proxy's, and those of the two replicas.
        let port = free_ports(3);
        let mut script = Command::new(root.join("docker/replicas"))
            .env("OUTRIDER", env!("CARGO_BIN_EXE_outrider"))
            .env("OUTRIDER_PORT", port.to_string())
            .env("OUTRIDER_REPLICAS_DIR", folder)
            .env("OUTRIDER_HEARTBEAT_S", "1")
            .env("OUTRIDER_LOG", "error")
            .process_group(0)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(script.stdout.take().unwrap()).lines();
        let ready = lines.map_while(Result::ok).find(|line| line.contains("Two replicas are at"));
        assert!(ready.expect("the script says where they are").contains("through the proxy"));
        Self { script, port }
    }

    /// The process that listens on a port, found by what it was told.
    fn replica(&self, number: u16) -> Pid {
        let told = format!("--listen\0127.0.0.1:{}\0", self.port + number);
        let processes = std::fs::read_dir("/proc").unwrap().flatten();
        let found = processes.filter_map(|entry| {
            let command = std::fs::read(entry.path().join("cmdline")).ok()?;
            let id: i32 = entry.file_name().to_str()?.parse().ok()?;
            String::from_utf8_lossy(&command).contains(&told).then_some(Pid::from_raw(id))
        });
        found.into_iter().next().expect("the replica runs")
    }

    fn stop(&mut self) {
        kill(Pid::from_raw(self.script.id() as i32), Signal::SIGTERM).unwrap();
        assert_eq!(self.script.wait().unwrap().code(), Some(143), "told to stop, it stops");
    }
}

impl Drop for Replicas {
    fn drop(&mut self) {
        // It stops all it started.
        let _ = kill(Pid::from_raw(self.script.id() as i32), Signal::SIGTERM);
        let _ = self.script.wait();
    }
}

fn is_installed(program: &str) -> bool {
    Command::new(program).arg("-v").output().is_ok_and(|output| output.status.success())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_the_proxy_a_replica_may_die_and_clients_of_one_address_notice_no_loss() {
    if !is_installed("haproxy") {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "haproxy is missing");
        println!("skipped: haproxy is not here");
        return;
    }
    for seed in seeds() {
        let _rerun = Rerun { kind: "replicas::behind", seed };
        let mut dice = Dice::new(seed ^ 0xc);
        let folder = ThrowawayFolder::new();
        let mut replicas = Replicas::start(folder.path());
        let doors = Doors::new([format!("http://127.0.0.1:{}", replicas.port)]);
        let driver = Driver::begin(doors, 3, &mut dice).await;
        driver.until_all_replanned().await;
        dice.pause(0, 500).await;
        kill(replicas.replica(1 + dice.below(2) as u16), Signal::SIGKILL).unwrap();
        let reported = driver.until_more(5).await;
        let replanned = driver.until_all_replanned().await;
        assert!(replanned < Duration::from_secs(5), "planned by the other after {replanned:?}");
        let verdict = driver.finish(&Strategies::built_in()).await;
        println!("seed {seed}: reports get through after {reported:?}, all planned after {replanned:?}; {verdict:?}");
        replicas.stop();
        assert!(!folder.path().join("cluster/postmaster.pid").exists(), "the database is down too");
    }
}
