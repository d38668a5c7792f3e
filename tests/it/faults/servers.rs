//! Postgres servers that are not the program's own: started, killed, copied and promoted by the test.

use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid, User};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

use crate::cluster::ThrowawayFolder;

/// How long a server may take to come up.
const PATIENCE: Duration = Duration::from_secs(30);

/// Where the server programs are.
fn programs() -> PathBuf {
    if let Some(folder) = ["OUTRIDER_PG_BINDIR", "PG_BINDIR"].iter().find_map(std::env::var_os) {
        return folder.into();
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|entry| entry.path().join("bin")).collect();
    folders.sort();
    folders.pop().unwrap_or_default()
}

/// A program of Postgres, as a user that it accepts.
fn program(name: &str) -> Command {
    let found = programs().join(name);
    let mut command = Command::new(if found.exists() { found } else { name.into() });
    command.current_dir("/");
    if let Some(user) = server_user() {
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    command
}

/// Runs a client program of Postgres, such as `pg_dump`.
pub(crate) fn postgres_tool(name: &str, arguments: impl FnOnce(&mut Command)) {
    let found = programs().join(name);
    let mut command = Command::new(if found.exists() { found } else { name.into() });
    arguments(&mut command);
    run(&mut command);
}

/// Postgres does not run as root.
fn server_user() -> Option<User> {
    Uid::effective().is_root().then(|| {
        ["postgres", "nobody"]
            .iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .expect("a user for Postgres")
    })
}

fn run(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// The first of `count` ports in a row that nobody uses and nobody will be given: they lie below those that the system hands
/// out, so that a server that is killed finds its port free when it starts again.
pub(crate) fn free_ports(count: u16) -> u16 {
    const FIRST: u32 = 20_000;
    const COUNT: u32 = 12_000;
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    // Test programs that run at the same time begin at different places.
    let begin = std::process::id().wrapping_mul(97);
    for _ in 0..COUNT {
        let offset = begin.wrapping_add(TAKEN.fetch_add(u32::from(count), Ordering::Relaxed)) % COUNT;
        let port = (FIRST + offset) as u16;
        if (port..port + count).all(|port| TcpListener::bind(("127.0.0.1", port)).is_ok()) {
            return port;
        }
    }
    panic!("no {count} ports in a row are free");
}

/// A Postgres server on a port of this machine.
pub(crate) struct Server {
    folder: ThrowawayFolder,
    pub(crate) port: u16,
    settings: Vec<String>,
    child: Option<Child>,
}

impl Server {
    /// A new and empty one with the database `outrider`.
    pub(crate) async fn new(settings: &[&str]) -> Self {
        let server = Self::begin(settings);
        run(program("initdb")
            .arg("-D")
            .arg(server.cluster())
            .args(["-U", "outrider", "-A", "trust", "-N", "-E", "UTF8"]));
        let mut server = server;
        server.start();
        server.until_up().await;
        let mut connection = server.connect_options("postgres").connect().await.unwrap();
        sqlx::query("CREATE DATABASE outrider").execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        server
    }

    fn begin(settings: &[&str]) -> Self {
        let folder = ThrowawayFolder::new();
        if let Some(user) = server_user() {
            chown(folder.path(), Some(user.uid.as_raw()), Some(user.gid.as_raw())).unwrap();
        }
        let settings = settings.iter().map(|&setting| setting.to_owned()).collect();
        Self { folder, port: free_ports(1), settings, child: None }
    }

    /// A standby of this one that is up and follows it.
    pub(crate) async fn standby(&self, name: &str) -> Self {
        let mut standby = Self::begin(&[]);
        let primary = format!("host=127.0.0.1 port={} user=outrider application_name={name}", self.port);
        let copy = ["-X", "stream", "-R", "-c", "fast", "-d", &primary];
        run(program("pg_basebackup").arg("-D").arg(standby.cluster()).args(copy));
        standby.start();
        standby.until_up().await;
        standby
    }

    /// Where the cluster is: where whoever removes the folder looks for a server that still runs.
    fn cluster(&self) -> PathBuf {
        self.folder.path().join("postgres/cluster")
    }

    /// Starts it, without waiting for it.
    pub(crate) fn start(&mut self) {
        let log = std::fs::File::options().create(true).append(true).open(self.log()).unwrap();
        let mut command = program("postgres");
        command.arg("-D").arg(self.cluster()).args(["-p", &self.port.to_string()]);
        let usual = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "max_connections=60"];
        for setting in usual.iter().copied().chain(self.settings.iter().map(String::as_str)) {
            command.args(["-c", setting]);
        }
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        command.process_group(0);
        self.child = Some(command.spawn().unwrap());
    }

    /// Starts it until it is up: while processes of its former life still end, it refuses.
    pub(crate) async fn start_again(&mut self) {
        let begun = Instant::now();
        loop {
            self.start();
            let mut child = self.child.take().unwrap();
            loop {
                if self.connect_options("postgres").connect().await.is_ok() {
                    self.child = Some(child);
                    return;
                }
                assert!(begun.elapsed() < PATIENCE, "the server comes up again: {}", self.log_text());
                if child.try_wait().unwrap().is_some() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }

    /// Executes a statement as an administrator does.
    pub(crate) async fn execute(&self, statement: &str) {
        let mut connection = self.connect_options("postgres").connect().await.unwrap();
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
    }

    /// Waits until a question is answered with yes.
    pub(crate) async fn until(&self, question: &str) {
        let mut connection = self.connect_options("postgres").connect().await.unwrap();
        let begun = Instant::now();
        while !sqlx::query_scalar::<_, bool>(AssertSqlSafe(question)).fetch_one(&mut connection).await.unwrap() {
            assert!(begun.elapsed() < PATIENCE, "{question}: {}", self.log_text());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    fn log_text(&self) -> String {
        std::fs::read_to_string(self.log()).unwrap()
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    /// Waits until it takes connections.
    pub(crate) async fn until_up(&self) {
        let begun = Instant::now();
        loop {
            match self.connect_options("postgres").connect().await {
                Ok(connection) => return drop(connection.close().await),
                Err(error) if begun.elapsed() > PATIENCE => {
                    panic!("the server does not come up: {error}\n{}", self.log_text())
                }
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }

    /// Kills all of it at once, as a power cut does.
    pub(crate) fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // The server's processes are a group.
            let group = Pid::from_raw(-(child.id() as i32));
            let _ = kill(group, Signal::SIGKILL);
            let _ = child.wait();
            // The next start shall not take the process for alive.
            let _ = std::fs::remove_file(self.cluster().join("postmaster.pid"));
        }
    }

    /// Kills the main process only; the others notice it.
    pub(crate) fn kill_postmaster(&mut self) {
        if let Some(mut child) = self.child.take() {
            child.kill().unwrap();
            child.wait().unwrap();
        }
    }

    /// Stops it in order, disconnecting everybody.
    pub(crate) fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
            child.wait().unwrap();
        }
    }

    /// Stops all its processes where they stand, or has them go on.
    pub(crate) fn signal_all(&self, signal: Signal) {
        if let Some(child) = &self.child {
            kill(Pid::from_raw(-(child.id() as i32)), signal).unwrap();
        }
    }

    /// A standby becomes the primary.
    pub(crate) fn promote(&self) {
        run(program("pg_ctl").arg("promote").args(["-w", "-t", "30", "-D"]).arg(self.cluster()));
    }

    pub(crate) fn connect_options(&self, database: &str) -> PgConnectOptions {
        PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.port)
            .username("outrider")
            .database(database)
            .disable_statement_logging()
    }

    /// How the program is told of it.
    pub(crate) fn url(&self) -> String {
        format!("postgres://outrider@127.0.0.1:{}/outrider", self.port)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.signal_all_quietly(Signal::SIGCONT);
        self.kill();
    }
}

impl Server {
    fn signal_all_quietly(&self, signal: Signal) {
        if let Some(child) = &self.child {
            let _ = kill(Pid::from_raw(-(child.id() as i32)), signal);
        }
    }
}
