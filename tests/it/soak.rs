//! Hours of work leave nothing behind: memory, connections, files, tasks and tables stay as they are.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sqlx::{ConnectOptions, Connection, PgConnection};

use crate::faults::Server;
use crate::program::Program;

/// How much may have been added at the end, of what there was once everything that is kept within limits had filled up.
const GROWTH: f64 = 1.05;

/// What is looked at.
#[derive(Clone, Debug)]
struct Sample {
    resident_kb: u64,
    /// Of clients, who come and go.
    connections: u64,
    /// Those that are no connections.
    files: u64,
    /// Those that serve no connection.
    tasks: u64,
    database_connections: u64,
    /// All tables but the log, which is to grow, with their indices.
    table_kb: u64,
    /// The largest of them.
    tables: String,
}

impl Sample {
    async fn take(program: &Program, connection: &mut PgConnection) -> Self {
        let metrics = program.client.get("/metrics").await.text;
        let of = |name: &str| {
            let line = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            line.unwrap_or_else(|| panic!("no {name} in {metrics}")).parse::<f64>().unwrap() as u64
        };
        let (table_kb, tables, database_connections): (i64, String, i64) = sqlx::query_as(
            "WITH sizes AS (
                 SELECT relname, pg_total_relation_size(relid)::bigint / 1024 AS kb FROM pg_stat_user_tables
                 WHERE relname <> 'mission_events' ORDER BY kb DESC
             )
             SELECT (SELECT sum(kb)::bigint FROM sizes),
                    (SELECT string_agg(relname || ' ' || kb, ', ') FROM (SELECT * FROM sizes LIMIT 4) AS largest),
                    (SELECT count(*) FROM pg_stat_activity WHERE datname = 'outrider'
                     AND backend_type = 'client backend' AND pid <> pg_backend_pid())",
        )
        .fetch_one(connection)
        .await
        .unwrap();
        let (connections, database_connections) = (of("outrider_connections"), database_connections as u64);
        let files = std::fs::read_dir(format!("/proc/{}/fd", program.id())).unwrap().count() as u64;
        Self {
            resident_kb: program.resident_kb(),
            connections,
            files: files.saturating_sub(connections + database_connections),
            tasks: of("outrider_tasks").saturating_sub(connections),
            database_connections,
            table_kb: table_kb as u64,
            tables,
        }
    }
}

fn median(samples: &[Sample], of: impl Fn(&Sample) -> u64) -> u64 {
    let mut values: Vec<u64> = samples.iter().map(of).collect();
    values.sort_unstable();
    values[values.len() / 2]
}

#[tokio::test]
#[ignore = "takes OUTRIDER_SOAK_S seconds, an hour unless given: make nightly"]
async fn hours_of_reports_positions_and_subscribers_that_come_and_go_leave_nothing_behind() {
    let duration_s: u64 = std::env::var("OUTRIDER_SOAK_S").map_or(3_600, |text| text.parse().unwrap());
    let server = Server::new(&[]).await;
    let program = Program::over(&server.url());
    let mut load = Command::new(env!("CARGO_BIN_EXE_outrider"))
        .args(["loadtest", "--log", "warn", "--no-bound", "--url", &program.client.url])
        // Each mission fills what is kept of it in memory, 4,096 reports the last, in under two minutes.
        .args(["--missions", "10", "--reports-per-s", "400", "--positions-per-s", "200", "--subscribers", "40"])
        .args(["--slow", "5", "--vanishing", "20", "--duration-s", &duration_s.to_string()])
        .env_remove("OUTRIDER_DATABASE_URL")
        .stdout(Stdio::inherit())
        .spawn()
        .unwrap();
    let mut connection = server.connect_options("outrider").connect().await.unwrap();
    let begun = Instant::now();
    let mut samples = Vec::new();
    let mut ticks = tokio::time::interval(Duration::from_secs(2));
    while begun.elapsed() < Duration::from_secs(duration_s) {
        ticks.tick().await;
        assert_eq!(load.try_wait().unwrap(), None, "the load test goes on");
        samples.push(Sample::take(&program, &mut connection).await);
        if samples.len() % 15 == 0 {
            println!("{:>5} s {:?}", begun.elapsed().as_secs(), samples.last().unwrap());
        }
    }
    assert!(load.wait().unwrap().success(), "the load test passes");
    let gone = Instant::now();
    while Sample::take(&program, &mut connection).await.connections > 1 {
        assert!(gone.elapsed() < Duration::from_secs(60), "connections of clients that are gone stay open");
        ticks.tick().await;
    }
    connection.close().await.unwrap();

    // The first third fills what is kept within limits; of the rest, the first quarter is compared with the last.
    let settled = &samples[samples.len() / 3..];
    let quarter = settled.len() / 4;
    let (first, last) = (&settled[..quarter], &settled[settled.len() - quarter..]);
    type Compared = (&'static str, fn(&Sample) -> u64, u64);
    let compared: [Compared; 5] = [
        ("resident memory, kB", |sample| sample.resident_kb, 0),
        ("open files", |sample| sample.files, 3),
        ("tasks", |sample| sample.tasks, 3),
        ("connections of the database", |sample| sample.database_connections, 0),
        // While Postgres analyses the log's table, as it does every minute, it keeps every version of every mission's row.
        ("tables but the log, kB", |sample| sample.table_kb, 4_096),
    ];
    for (what, of, slack) in compared {
        let (before, after) = (median(first, of), median(last, of));
        println!("{what}: {before} before, {after} after");
        let limit = (before as f64 * GROWTH) as u64 + slack;
        assert!(after <= limit, "{what} grew from {before} to {after}; tables in kB: {}", last[0].tables);
    }
}
