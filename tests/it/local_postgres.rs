//! The local Postgres: started, restarted, killed, and what it says when it cannot run.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Read};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::{Pid, Uid};
use outrider::store::local::{Durability, LocalError, LocalOptions, LocalPostgres};
use sqlx::{Connection, PgConnection};

use crate::cluster::ThrowawayFolder;

/// Longest wait for anything that must happen by itself.
const BOUND: Duration = Duration::from_secs(30);

/// A temporary data folder.
struct DataFolder(ThrowawayFolder);

impl DataFolder {
    fn new() -> Self {
        Self(ThrowawayFolder::new())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn options(&self, durability: Durability) -> LocalOptions {
        let mut options = LocalOptions::new(self.path());
        options.durability = durability;
        options.bin_dir = ["OUTRIDER_PG_BINDIR", "PG_BINDIR"].iter().find_map(std::env::var_os).map(Into::into);
        options
    }

    async fn start(&self, durability: Durability) -> LocalPostgres {
        LocalPostgres::start(self.options(durability)).await.unwrap()
    }

    fn cluster(&self) -> PathBuf {
        self.path().join("postgres/cluster")
    }

    /// The process id that the server noted.
    fn server_pid(&self) -> Option<Pid> {
        let text = fs::read_to_string(self.cluster().join("postmaster.pid")).ok()?;
        text.lines().next()?.trim().parse().ok().map(Pid::from_raw)
    }

    /// The living processes that work in the cluster's folder.
    fn processes(&self) -> Vec<String> {
        let cluster = self.cluster().canonicalize().unwrap();
        let entries = fs::read_dir("/proc").unwrap().flatten();
        let at_home = entries.filter(|entry| fs::read_link(entry.path().join("cwd")).is_ok_and(|cwd| cwd == cluster));
        at_home.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    }
}

/// Looks again and again until `look` finds something, for at most [`BOUND`].
fn eventually<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < BOUND, "not within {BOUND:?}: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

async fn connect(server: &LocalPostgres) -> PgConnection {
    PgConnection::connect_with(&server.connect_options()).await.unwrap()
}

async fn keep_a_note(connection: &mut PgConnection, note: &str) {
    sqlx::query("CREATE TABLE IF NOT EXISTS notes (note text)").execute(&mut *connection).await.unwrap();
    sqlx::query("INSERT INTO notes VALUES ($1)").bind(note).execute(connection).await.unwrap();
}

async fn notes(server: &LocalPostgres) -> Vec<String> {
    let mut connection = connect(server).await;
    sqlx::query_scalar("SELECT note FROM notes ORDER BY note").fetch_all(&mut connection).await.unwrap()
}

#[tokio::test]
async fn a_new_folder_becomes_a_cluster_and_a_restart_keeps_its_data() {
    let data = DataFolder::new();
    let begun = Instant::now();
    let server = data.start(Durability::Durable).await;
    let mut connection = connect(&server).await;
    println!("first connection on a new folder: {:.3} s", begun.elapsed().as_secs_f64());
    keep_a_note(&mut connection, "kept").await;
    let settings: (String, String, String, String) = sqlx::query_as(
        "SELECT current_setting('listen_addresses'), current_setting('server_encoding'), \
         current_setting('fsync'), (SELECT datcollate FROM pg_database WHERE datname = current_database())",
    )
    .fetch_one(&mut connection)
    .await
    .unwrap();
    assert_eq!(settings, (String::new(), "UTF8".into(), "on".into(), "C".into()));
    let mode = |name: &str| fs::metadata(data.path().join("postgres").join(name)).unwrap().mode() & 0o777;
    assert_eq!([mode(""), mode("socket"), mode("cluster")], [0o700; 3]);
    server.stop().await;
    assert!(data.processes().is_empty(), "{:?}", data.processes());

    let begun = Instant::now();
    let server = data.start(Durability::Durable).await;
    let mut connection = PgConnection::connect(server.database_url()).await.unwrap();
    println!("first connection on an existing folder: {:.3} s", begun.elapsed().as_secs_f64());
    sqlx::query("SELECT 1").execute(&mut connection).await.unwrap();
    assert_eq!(notes(&server).await, ["kept"]);
    drop(server);
    assert!(data.processes().is_empty(), "dropping it stops it as well: {:?}", data.processes());
}

#[tokio::test]
async fn a_throwaway_cluster_flushes_nothing() {
    let data = DataFolder::new();
    let server = LocalPostgres::start(data.options(Durability::Throwaway)).await.unwrap();
    let mut connection = connect(&server).await;
    for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
        let value: String =
            sqlx::query_scalar("SELECT current_setting($1)").bind(setting).fetch_one(&mut connection).await.unwrap();
        assert_eq!(value, "off", "{setting}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_killed_server_comes_back_by_itself_with_its_data() {
    let data = DataFolder::new();
    let server = data.start(Durability::Durable).await;
    keep_a_note(&mut connect(&server).await, "before").await;
    for round in ["first", "second"] {
        let killed = data.server_pid().unwrap();
        kill(killed, Signal::SIGKILL).unwrap();
        eventually("a new server", || data.server_pid().filter(|pid| *pid != killed));
        let begun = Instant::now();
        let mut connection = loop {
            match PgConnection::connect_with(&server.connect_options()).await {
                Ok(connection) => break connection,
                Err(e) => assert!(begun.elapsed() < BOUND, "{e}"),
            }
            tokio::task::yield_now().await;
        };
        keep_a_note(&mut connection, round).await;
    }
    assert_eq!(notes(&server).await, ["before", "first", "second"]);
    server.stop().await;
    assert!(data.processes().is_empty());
}

#[tokio::test]
async fn a_second_one_on_the_same_folder_is_refused_until_the_first_is_gone() {
    let data = DataFolder::new();
    let first = data.start(Durability::Throwaway).await;
    let refused = LocalPostgres::start(data.options(Durability::Throwaway)).await.unwrap_err();
    assert!(matches!(refused, LocalError::InUse { .. }), "{refused}");
    let message = refused.to_string();
    assert!(message.contains(&format!("process {}", std::process::id())), "{message}");
    assert!(message.contains("OUTRIDER_DATA_DIR"), "{message}");
    keep_a_note(&mut connect(&first).await, "undisturbed").await;
    first.stop().await;
    let second = data.start(Durability::Throwaway).await;
    assert_eq!(notes(&second).await, ["undisturbed"]);
}

#[tokio::test]
async fn a_socket_path_that_would_be_too_long_is_placed_elsewhere() {
    let data = DataFolder::new();
    let deep = data.path().join("a-folder-with-quite-a-long-name".repeat(4));
    let mut options = data.options(Durability::Throwaway);
    options.data_dir = deep.clone();
    let server = LocalPostgres::start(options).await.unwrap();
    let socket = server.connect_options().get_socket().unwrap().clone();
    assert!(!socket.starts_with(&deep), "{}", socket.display());
    assert_eq!(fs::metadata(&socket).unwrap().mode() & 0o777, 0o700);
    keep_a_note(&mut connect(&server).await, "over the short socket").await;
    server.stop().await;
    assert!(!socket.exists(), "the folder outside is removed with the server");
}

#[tokio::test]
async fn a_folder_without_server_programs_is_named_with_what_to_install() {
    let data = DataFolder::new();
    let mut options = data.options(Durability::Throwaway);
    options.bin_dir = Some(data.path().to_path_buf());
    let message = LocalPostgres::start(options).await.unwrap_err().to_string();
    for part in ["OUTRIDER_PG_BINDIR", "initdb", "apt-get install postgresql", "OUTRIDER_DATABASE_URL"] {
        assert!(message.contains(part), "{part} is not in: {message}");
    }
}

#[tokio::test]
async fn a_cluster_of_another_version_is_not_touched() {
    let data = DataFolder::new();
    data.start(Durability::Throwaway).await.stop().await;
    let version = data.cluster().join("PG_VERSION");
    fs::write(&version, "9\n").unwrap();
    let refused = LocalPostgres::start(data.options(Durability::Throwaway)).await.unwrap_err();
    assert!(matches!(refused, LocalError::VersionMismatch { made_by: 9, .. }), "{refused}");
    fs::remove_file(&version).unwrap();
    let refused = LocalPostgres::start(data.options(Durability::Throwaway)).await.unwrap_err();
    assert!(matches!(refused, LocalError::NotACluster { .. }), "{refused}");
}

#[tokio::test]
async fn a_server_that_cannot_come_up_shows_the_end_of_its_log() {
    let data = DataFolder::new();
    data.start(Durability::Throwaway).await.stop().await;
    fs::write(data.cluster().join("postgresql.auto.conf"), "no_such_setting = 1\n").unwrap();
    let message = LocalPostgres::start(data.options(Durability::Throwaway)).await.unwrap_err().to_string();
    assert!(message.contains("did not come up") && message.contains("no_such_setting"), "{message}");
}

#[tokio::test]
async fn a_long_server_log_is_set_aside_at_the_next_start() {
    let data = DataFolder::new();
    let server = data.start(Durability::Throwaway).await;
    let log = server.log_file().to_path_buf();
    server.stop().await;
    fs::File::options().append(true).open(&log).unwrap().set_len(9 << 20).unwrap();
    data.start(Durability::Throwaway).await.stop().await;
    assert!(fs::metadata(&log).unwrap().len() < 1 << 20);
    assert_eq!(fs::metadata(log.with_extension("log.1")).unwrap().len(), 9 << 20);
}

/// Writes a pid file as a server that is gone would have left it, with the id of a process that is not a server.
async fn starts_in_spite_of_a_pid_file_of(program: &str, until: impl Fn(Pid)) {
    let data = DataFolder::new();
    let server = data.start(Durability::Throwaway).await;
    keep_a_note(&mut connect(&server).await, "kept").await;
    let pid_file = data.cluster().join("postmaster.pid");
    let text = fs::read_to_string(&pid_file).unwrap();
    server.stop().await;
    let owner = fs::metadata(data.cluster()).unwrap();
    let mut command = Command::new("/bin/sh");
    // The same user as the server's: another user's process Postgres does not mind anyway.
    if Uid::effective().is_root() {
        command.uid(owner.uid()).gid(owner.gid());
    }
    let mut other = command.args(["-c", program]).current_dir("/").stdin(Stdio::piped()).spawn().unwrap();
    let pid = Pid::from_raw(other.id() as i32);
    until(pid);
    let (_, rest) = text.split_once('\n').unwrap();
    fs::write(&pid_file, format!("{pid}\n{rest}")).unwrap();
    chown(&pid_file, Some(owner.uid()), Some(owner.gid())).unwrap();
    let server = data.start(Durability::Throwaway).await;
    assert_eq!(notes(&server).await, ["kept"]);
    server.stop().await;
    other.stdin.take();
    other.wait().unwrap();
}

#[tokio::test]
async fn the_pid_file_of_a_zombie_is_stale() {
    starts_in_spite_of_a_pid_file_of("exit 0", |pid| {
        eventually("a zombie", || {
            let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
            stat.rsplit_once(") ").unwrap().1.starts_with('Z').then_some(())
        });
    })
    .await;
}

#[tokio::test]
async fn the_pid_file_with_the_id_of_another_program_is_stale() {
    starts_in_spite_of_a_pid_file_of("read line", |_| {}).await;
}

const OWNER_FOLDER: &str = "OUTRIDER_TEST_OWNER_FOLDER";

/// Not a test of its own: other tests run it as a process that has a local Postgres and is killed.
#[tokio::test]
#[ignore = "run by other tests as a process of its own"]
async fn owner() {
    let Some(folder) = std::env::var_os(OWNER_FOLDER) else { return };
    let mut options = LocalOptions::new(folder);
    options.bin_dir = ["OUTRIDER_PG_BINDIR", "PG_BINDIR"].iter().find_map(std::env::var_os).map(Into::into);
    let server = LocalPostgres::start(options).await.unwrap();
    keep_a_note(&mut connect(&server).await, "acknowledged").await;
    println!("ready");
    // Until it is killed, or its test is.
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

/// Another process with a local Postgres, killed at the latest with this value.
struct Owner {
    process: Child,
    output: BufReader<ChildStdout>,
}

impl Owner {
    fn new(data: &DataFolder) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "local_postgres::owner", "--ignored", "--nocapture"])
            .env(OWNER_FOLDER, data.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(process.stdout.take().unwrap());
        Self { process, output }
    }

    fn wait_until_ready(&mut self) {
        let mut line = String::new();
        while !line.trim_end().ends_with("ready") {
            line.clear();
            assert!(self.output.read_line(&mut line).unwrap() > 0, "the process ended before it was ready");
        }
    }

    fn kill(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.kill();
    }
}

#[tokio::test]
async fn killing_the_owner_stops_the_server_cleanly() {
    let data = DataFolder::new();
    let mut owner = Owner::new(&data);
    owner.wait_until_ready();
    assert!(!data.processes().is_empty());
    let refused = LocalPostgres::start(data.options(Durability::Durable)).await.unwrap_err();
    assert!(refused.to_string().contains(&format!("process {}", owner.process.id())), "{refused}");
    owner.kill();
    eventually("the end of the server", || data.processes().is_empty().then_some(()));
    let log = fs::read_to_string(data.path().join("postgres/server.log")).unwrap();
    assert!(log.contains("database system is shut down"), "{log}");
}

#[tokio::test]
async fn a_start_right_after_the_owner_was_killed_waits_and_has_the_data() {
    let data = DataFolder::new();
    for kill_server_too in [false, true] {
        let mut owner = Owner::new(&data);
        owner.wait_until_ready();
        if kill_server_too {
            // Both at once, as when the machine runs out of memory: the next start recovers from the log.
            kill(Pid::from_raw(owner.process.id() as i32), Signal::SIGSTOP).unwrap();
            kill(data.server_pid().unwrap(), Signal::SIGKILL).unwrap();
        }
        owner.kill();
        let server = data.start(Durability::Durable).await;
        assert!(notes(&server).await.contains(&"acknowledged".to_owned()));
        server.stop().await;
    }
    let log = fs::read_to_string(data.path().join("postgres/server.log")).unwrap();
    assert!(log.contains("automatic recovery in progress"), "{log}");
}

#[tokio::test]
async fn an_initdb_that_was_killed_half_way_is_done_again() {
    let data = DataFolder::new();
    let mut owner = Owner::new(&data);
    let unfinished = data.path().join("postgres/cluster.new/PG_VERSION");
    eventually("a cluster in the making", || unfinished.exists().then_some(()));
    owner.kill();
    assert!(!data.cluster().exists(), "it was killed too late for this test");
    let server = data.start(Durability::Throwaway).await;
    keep_a_note(&mut connect(&server).await, "whole").await;
    server.stop().await;
    assert!(!unfinished.exists());
}

#[tokio::test]
async fn root_is_told_when_the_servers_user_cannot_reach_the_folder() {
    if !Uid::effective().is_root() {
        println!("skipped: only root runs the server as another user");
        return;
    }
    let data = DataFolder::new();
    let home = data.path().join("home");
    fs::create_dir(&home).unwrap();
    fs::set_permissions(&home, Permissions::from_mode(0o700)).unwrap();
    let mut options = data.options(Durability::Throwaway);
    options.data_dir = home.join("data");
    let refused = LocalPostgres::start(options).await.unwrap_err();
    let message = refused.to_string();
    assert!(matches!(refused, LocalError::Unreachable { .. }), "{message}");
    assert!(message.contains("home has mode 0700") && message.contains("OUTRIDER_DATA_DIR"), "{message}");
}
