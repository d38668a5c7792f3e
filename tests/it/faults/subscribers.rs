//! Subscribers that stop reading: they cost no memory, are cut off, and nobody else notices.

use std::time::{Duration, Instant};

use outrider::planning::strategy::Strategies;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use super::dice::{Dice, Rerun, seeds};
use super::driver::{Doors, Driver};
use crate::cluster;
use crate::program::Program;
use crate::service::Client;

/// How many stop reading.
const LAZY: usize = 30;
/// How much more memory the program may take with them, in kB: well below what they were not given.
const MORE_KB: u64 = 24 * 1024;

/// A client that reads the beginning of a stream and then nothing any more.
async fn lazy(client: &Client, mission: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    // What the system itself takes in for it is not the program's.
    socket.set_recv_buffer_size(4096).unwrap();
    let address = client.url.strip_prefix("http://").unwrap();
    let mut stream = socket.connect(address.parse().unwrap()).await.unwrap();
    let request = format!("GET /v1/missions/{mission}/events?after=0 HTTP/1.1\r\nhost: x\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut start = [0; 64];
    stream.read_exact(&mut start).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn those_who_stop_reading_cost_no_memory_and_are_cut_off_while_all_others_hear_everything() {
    for seed in seeds() {
        let _rerun = Rerun { kind: "subscribers::those", seed };
        let mut dice = Dice::new(seed ^ 0xb);
        let database = cluster::database().await;
        let mut command = Program::command();
        let program = Program::run(command.args(["--write-stall-limit-s", "2", "--database-url", database.url()]));
        let driver = Driver::begin(Doors::new([program.client.url.clone()]), 2, &mut dice).await;
        driver.until_all_replanned().await;
        let before_kb = program.resident_kb();
        let mut lazy_ones = Vec::new();
        for _ in 0..LAZY {
            lazy_ones.push(lazy(&program.client, &driver.missions[0]).await);
        }
        let (begun, mut most_kb, mut told_bytes) = (Instant::now(), 0, 0);
        loop {
            let reason = "🚧".repeat(1_000);
            let segments: Vec<u64> = (0..7).collect();
            for action in ["close", "reopen"] {
                let body = json!({ "action": action, "segments": segments, "reason": reason });
                let path = format!("/v1/missions/{}/closures", driver.missions[0]);
                program.client.post(&path, &body).await.expect(202);
                told_bytes += reason.len() * LAZY;
            }
            most_kb = most_kb.max(program.resident_kb());
            let metrics = program.client.get("/metrics").await.text;
            let cut_off = metrics.lines().find_map(|line| line.strip_prefix("outrider_slow_clients_cut_off_total "));
            if cut_off.is_some_and(|count| count.parse::<f64>().unwrap() >= LAZY as f64) {
                break;
            }
            assert!(begun.elapsed() < Duration::from_secs(120), "all are cut off: {cut_off:?} of {LAZY}");
        }
        assert!(most_kb < before_kb + MORE_KB, "{before_kb} kB became {most_kb} kB");
        drop(lazy_ones);
        let took = begun.elapsed();
        let verdict = driver.finish(&Strategies::built_in()).await;
        println!(
            "seed {seed}: {LAZY} cut off after {took:?}; {before_kb} kB became {most_kb} kB at most while {} kB were for \
             them; {verdict:?}",
            told_bytes / 1024
        );
    }
}
