//! A database for each test, in one throwaway Postgres for the whole test program.
//!
//! The cluster lives in a temporary folder and is migrated once, into a template; each test gets a copy of it, which is
//! dropped with the [`TestDatabase`]. However the program ends, also by a panic or a kill, the server ends with it, and a
//! shell that waited for that removes the folder.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};

use nix::sys::statvfs::statvfs;
use outrider::store::MIGRATOR;
use outrider::store::local::{Durability, LocalOptions, LocalPostgres};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, PgConnection, PgPool};
use tokio::sync::{OnceCell, mpsc, oneshot};

/// The thread that owns the cluster.
static CLUSTER: OnceCell<mpsc::UnboundedSender<Request>> = OnceCell::const_new();

enum Request {
    /// Answered with how to connect to a new copy of the template, and its URL.
    Create(oneshot::Sender<(PgConnectOptions, String)>),
    Drop(String),
}

/// A migrated database that belongs to one test. It is dropped with this value, whoever is still connected.
pub(crate) struct TestDatabase {
    options: PgConnectOptions,
    url: String,
    requests: mpsc::UnboundedSender<Request>,
}

impl TestDatabase {
    /// How to connect.
    pub(crate) fn connect_options(&self) -> PgConnectOptions {
        self.options.clone()
    }

    /// The same as a URL.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A small pool of connections.
    pub(crate) async fn pool(&self) -> PgPool {
        PgPoolOptions::new().max_connections(8).connect_with(self.connect_options()).await.unwrap()
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let name = self.options.get_database().unwrap_or_default().to_owned();
        // When the cluster is gone, so is the database.
        let _ = self.requests.send(Request::Drop(name));
    }
}

/// A new migrated database.
pub(crate) async fn database() -> TestDatabase {
    let requests = CLUSTER.get_or_init(start).await.clone();
    let (sender, created) = oneshot::channel();
    requests.send(Request::Create(sender)).expect("the test cluster did not start: see the panic of its thread");
    let (options, url) = created.await.expect("the test cluster failed: see the panic of its thread");
    TestDatabase { options, url, requests }
}

/// Every test has a runtime of its own that ends with it; the cluster needs one that lasts.
async fn start() -> mpsc::UnboundedSender<Request> {
    let (sender, requests) = mpsc::unbounded_channel();
    let serve = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(serve(requests));
    };
    std::thread::Builder::new().name("test-cluster".to_owned()).spawn(serve).unwrap();
    sender
}

async fn serve(mut requests: mpsc::UnboundedReceiver<Request>) {
    let folder = ThrowawayFolder::new();
    let mut options = LocalOptions::new(folder.path());
    options.durability = Durability::Throwaway;
    options.max_connections = 300;
    options.bin_dir = ["OUTRIDER_PG_BINDIR", "PG_BINDIR"].iter().find_map(std::env::var_os).map(Into::into);
    let server = LocalPostgres::start(options).await.unwrap();

    let quiet = server.connect_options().disable_statement_logging();
    let mut admin = PgConnection::connect_with(&quiet.clone().database("postgres")).await.unwrap();
    sqlx::query("CREATE DATABASE template_migrated").execute(&mut admin).await.unwrap();
    let mut template = PgConnection::connect_with(&quiet.database("template_migrated")).await.unwrap();
    MIGRATOR.run(&mut template).await.unwrap();
    template.close().await.unwrap();

    let mut count = 0;
    while let Some(request) = requests.recv().await {
        match request {
            Request::Create(created) => {
                count += 1;
                let name = format!("test_{count}");
                let create = format!("CREATE DATABASE {name} TEMPLATE template_migrated STRATEGY FILE_COPY");
                sqlx::query(AssertSqlSafe(create)).execute(&mut admin).await.unwrap();
                let url = server.database_url().replace("/outrider?", &format!("/{name}?"));
                // The test may have been given up by now.
                let _ = created.send((server.connect_options().database(&name), url));
            }
            Request::Drop(name) => {
                let drop = format!("DROP DATABASE {name} WITH (FORCE)");
                sqlx::query(AssertSqlSafe(drop)).execute(&mut admin).await.unwrap();
            }
        }
    }
}

/// A temporary folder for a data folder. It is removed when this value is dropped, or this program ends in whatever way,
/// as soon as its server has ended.
pub(crate) struct ThrowawayFolder {
    path: PathBuf,
    /// The standard input of the shell that removes the folder: it ends when this program does, at the latest.
    _held: ChildStdin,
}

impl ThrowawayFolder {
    /// A new one, in memory where there is room: a database is a few hundred files, and copying them is up to thirty times
    /// faster there than on a disk.
    pub(crate) fn new() -> Self {
        const ENOUGH_BYTES: u64 = 2 << 30;
        const REMOVE: &str = r#"
            cat > /dev/null
            tries=0
            while [ -e "$1/postgres/cluster/postmaster.pid" ] && [ $tries -lt 100 ]; do
                sleep 0.1
                tries=$((tries + 1))
            done
            # Once more if somebody was still writing.
            rm -rf "$1" || { sleep 2; rm -rf "$1"; }
        "#;
        let memory = Path::new("/dev/shm");
        let room = statvfs(memory).map_or(0, |of| of.blocks_available() * of.fragment_size());
        let parent = if room >= ENOUGH_BYTES { memory.to_path_buf() } else { std::env::temp_dir() };
        let path = tempfile::Builder::new().prefix("outrider-test-").tempdir_in(parent).unwrap().keep();
        // The server's user must get through when the tests run as root.
        std::fs::set_permissions(&path, Permissions::from_mode(0o711)).unwrap();
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", REMOVE, "remove-test-folder"]).arg(&path).current_dir("/");
        // Ctrl-C is for the tests, not for the one who cleans up after them.
        shell.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let _held = shell.spawn().unwrap().stdin.take().unwrap();
        Self { path, _held }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

#[tokio::test]
async fn each_test_has_a_migrated_database_of_its_own() {
    let (one, two) = tokio::join!(database(), database());
    let begun = std::time::Instant::now();
    drop(database().await);
    println!("a database for a test: {:.3} s", begun.elapsed().as_secs_f64());
    let mut connection = PgConnection::connect_with(&one.connect_options()).await.unwrap();
    sqlx::query("CREATE TABLE mine (id int)").execute(&mut connection).await.unwrap();
    let mut other = PgConnection::connect(two.url()).await.unwrap();
    for (connection, tables) in
        [(&mut connection, ["_sqlx_migrations", "mine"].as_slice()), (&mut other, &["_sqlx_migrations"])]
    {
        let found: Vec<String> = sqlx::query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename IN ('mine', '_sqlx_migrations') ORDER BY tablename")
            .fetch_all(connection).await.unwrap();
        assert_eq!(found, tables);
    }
}

#[tokio::test]
async fn a_database_goes_with_its_test_though_somebody_is_connected() {
    let (one, other) = (database().await, database().await);
    let name = one.connect_options().get_database().unwrap().to_owned();
    let pool = one.pool().await;
    drop(one);
    // Requests are served in turn: once this one is answered, the one before it is done.
    let _later = database().await;
    let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(name)
        .fetch_one(&other.pool().await)
        .await
        .unwrap();
    assert!(!exists);
    assert!(sqlx::query("SELECT 1").execute(&pool).await.is_err());
}
