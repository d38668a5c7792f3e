//! Many subscribers at a time: everybody gets everything, and each costs little.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

use crate::cluster::ThrowawayFolder;
use crate::program::Program;
use crate::service::{Client, SOON, across, report, square};

/// How many subscribe. Ten thousand are for `outrider loadtest`.
const SUBSCRIBERS: usize = 500;

/// The process's resident memory in bytes.
fn resident_bytes(pid: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() * 1024
}

async fn with_mission(client: &Client) -> String {
    let network = client.import_geojson("square", &square()).await;
    let id = client.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    client.plan_after(&id, 1).await;
    id
}

/// A subscriber on a bare connection.
struct Subscriber {
    connection: TcpStream,
    text: String,
}

impl Subscriber {
    async fn open(client: &Client, mission: &str) -> Self {
        let mut connection = TcpStream::connect(client.url.strip_prefix("http://").unwrap()).await.unwrap();
        let request = format!("GET /v1/missions/{mission}/events HTTP/1.1\r\nhost: x\r\n\r\n");
        connection.write_all(request.as_bytes()).await.unwrap();
        Self { connection, text: String::new() }
    }

    /// Reads until this came.
    async fn find(&mut self, wanted: &str) {
        let mut buffer = [0; 16 << 10];
        while !self.text.contains(wanted) {
            let count = self.connection.read(&mut buffer).await.unwrap();
            assert_ne!(count, 0, "the stream ended without {wanted:?}");
            self.text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
        }
    }

    /// Reads until this came, however much comes before, and says how many bytes it all was.
    async fn read_to(mut self, wanted: &str) -> u64 {
        let (mut buffer, mut end, mut bytes) = ([0; 16 << 10], Vec::new(), 0);
        loop {
            let count = self.connection.read(&mut buffer).await.unwrap();
            assert_ne!(count, 0, "the stream ended without {wanted:?}");
            bytes += count as u64;
            end.extend_from_slice(&buffer[..count]);
            if String::from_utf8_lossy(&end).contains(wanted) {
                return bytes;
            }
            end.drain(..end.len().saturating_sub(wanted.len()));
        }
    }
}

/// A debug build, so the bounds are wide; what a release build needs is measured by the load test.
#[tokio::test]
async fn five_hundred_subscribers_cost_little_and_all_get_the_plan() {
    let folder = ThrowawayFolder::new();
    let program = Program::start(folder.path());
    let id = with_mission(&program.client).await;
    // The first ones pay for what all share.
    let mut first = Vec::new();
    for _ in 0..20 {
        let mut subscriber = Subscriber::open(&program.client, &id).await;
        subscriber.find("event: snapshot").await;
        first.push(subscriber);
    }
    let before = resident_bytes(program.id());
    let mut subscribers = Vec::new();
    for _ in 0..SUBSCRIBERS {
        subscribers.push(Subscriber::open(&program.client, &id).await);
    }
    for subscriber in &mut subscribers {
        tokio::time::timeout(SOON, subscriber.find("event: snapshot")).await.expect("a snapshot");
    }
    let each = resident_bytes(program.id()).saturating_sub(before) / SUBSCRIBERS as u64;
    let posted = Instant::now();
    program.client.post(&format!("/v1/missions/{id}/reports"), &report(1, 4, "blocked", 1)).await.expect(202);
    for subscriber in &mut subscribers {
        tokio::time::timeout(SOON, subscriber.find("event: plan")).await.expect("the plan");
    }
    eprintln!("{each} bytes each; the plan at all {SUBSCRIBERS} after {:?}", posted.elapsed());
    assert!(posted.elapsed() < Duration::from_secs(10), "{:?}", posted.elapsed());
    assert!(each < 28_000, "{each} bytes each");
    // Once each, and in order.
    for subscriber in &subscribers {
        let ids: Vec<&str> = subscriber.text.lines().filter_map(|line| line.strip_prefix("id: ")).collect();
        assert_eq!(ids[..3], ["2", "3", "4"], "snapshot, report, plan");
    }
}

/// Clients that read nothing while megabytes of events go by: nothing is kept for them but what fits their connection.
#[tokio::test]
async fn clients_that_read_nothing_keep_no_memory() {
    let folder = ThrowawayFolder::new();
    let program = Program::start(folder.path());
    let id = with_mission(&program.client).await;
    let address = program.client.url.strip_prefix("http://").unwrap().parse().unwrap();
    let mut lazy = Vec::new();
    for _ in 0..60 {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let mut connection = socket.connect(address).await.unwrap();
        let request = format!("GET /v1/missions/{id}/events HTTP/1.1\r\nhost: x\r\n\r\n");
        connection.write_all(request.as_bytes()).await.unwrap();
        let mut start = [0; 64];
        connection.read_exact(&mut start).await.unwrap();
        lazy.push(connection);
    }
    let eager = Subscriber::open(&program.client, &id).await;
    let reading = tokio::spawn(eager.read_to("mission_ended"));
    let before = resident_bytes(program.id());
    for round in 0..20_u64 {
        let batch: Vec<Value> =
            (0..1_000).map(|n| report(round * 1_000 + n, n % 5, "clear", (n % 3_600) as u32)).collect();
        program.client.post(&format!("/v1/missions/{id}/reports"), &json!(batch)).await.expect(202);
    }
    program.client.post(&format!("/v1/missions/{id}/cancel"), &Value::Null).await.expect(200);
    let told = tokio::time::timeout(SOON * 3, reading).await.expect("who reads gets everything to the end").unwrap();
    let kept = resident_bytes(program.id()).saturating_sub(before);
    eprintln!("{told} bytes of events; {kept} bytes more memory with 60 clients that read nothing");
    assert!(told > 4_000_000, "{told}");
    // Queues would hold 60 times what was told.
    assert!(kept < 60 * told / 3, "{kept} bytes, with {told} of events");
}
