//! A private Postgres beside the process, for when no database URL is given.
//!
//! It listens on a unix socket in a folder that only its user can enter, and on no port; whoever can enter may connect
//! (`trust`). Everything lies in `postgres/` under the data folder: `cluster/` (made once by `initdb`), `socket/`,
//! `server.log`, and `lock`, which is held by the process that has the folder.
//!
//! One thread of our process starts the server, watches it, and starts it again if it dies. The server gets a fast
//! shutdown when [`LocalPostgres`] is stopped or dropped, and on Linux also when our process is killed.

mod binaries;
mod error;
mod home;
mod server;
mod user;

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;

use sqlx::postgres::{PgConnectOptions, PgSslMode};
use tokio::sync::oneshot;

pub use error::LocalError;
use server::Server;

/// The database in the cluster.
const DATABASE: &str = "outrider";
/// The cluster's superuser, as whom we connect.
const SUPERUSER: &str = "outrider";
/// Names the socket's file; no port is opened.
const PORT: u16 = 5432;

/// Whether the data must outlive a crash of the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// What was committed stays, whatever happens.
    Durable,
    /// Nothing is flushed to disk, and the server ends without saving when we are killed: for tests.
    Throwaway,
}

/// Where the local Postgres lives and how it runs.
#[derive(Clone, Debug)]
pub struct LocalOptions {
    /// The data folder. The cluster lives in `postgres/` under it; both are made if missing.
    pub data_dir: PathBuf,
    /// Whether the data must outlive a crash of the machine.
    pub durability: Durability,
    /// The most connections the server takes.
    pub max_connections: u16,
    /// The folder of the server programs (`OUTRIDER_PG_BINDIR`, else `PG_BINDIR`). Without one, packages' folders are
    /// looked at, the newest version first, then the `PATH`.
    pub bin_dir: Option<PathBuf>,
}

impl LocalOptions {
    /// A durable cluster for 100 connections, with the server programs that are found.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self { data_dir: data_dir.into(), durability: Durability::Durable, max_connections: 100, bin_dir: None }
    }
}

/// A running local Postgres.
///
/// Stop it with [`stop`](Self::stop). Dropping it stops it too, but blocks the calling thread until it is down.
#[derive(Debug)]
pub struct LocalPostgres {
    connect: PgConnectOptions,
    url: String,
    version: u32,
    log: PathBuf,
    /// Dropped or sent to, it has the thread stop the server.
    stop: Option<oneshot::Sender<()>>,
    stopped: oneshot::Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

/// What the server's thread answers once the server is up.
struct Up {
    connect: PgConnectOptions,
    url: String,
    version: u32,
    log: PathBuf,
}

impl LocalPostgres {
    /// Starts the server, making the cluster and the database first if they are missing, and waits until it takes
    /// connections. Files and processes are handled on a thread of its own: the caller's threads are never blocked.
    ///
    /// # Errors
    /// Each [`LocalError`] says what is missing and what to do about it.
    pub async fn start(options: LocalOptions) -> Result<Self, LocalError> {
        let (up_sender, up) = oneshot::channel();
        let (stop, told) = oneshot::channel();
        let (stopped_sender, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("local-postgres".to_owned())
            .spawn(move || {
                run(options, up_sender, told);
                // Whoever does not wait for it any more needs no word.
                let _ = stopped_sender.send(());
            })
            .map_err(|_| LocalError::Thread)?;
        let Up { connect, url, version, log } = up.await.unwrap_or(Err(LocalError::Thread))?;
        Ok(Self { connect, url, version, log, stop: Some(stop), stopped, thread: Some(thread) })
    }

    /// How to connect to the database `outrider`.
    pub fn connect_options(&self) -> PgConnectOptions {
        self.connect.clone()
    }

    /// The same as a URL, which `psql` takes too.
    pub fn database_url(&self) -> &str {
        &self.url
    }

    /// The server's major version, such as 17.
    pub fn version(&self) -> u32 {
        self.version
    }

    /// The server's log file.
    pub fn log_file(&self) -> &Path {
        &self.log
    }

    /// Stops the server: its clients are disconnected and everything is written. Takes 30 s at the very most.
    pub async fn stop(mut self) {
        self.stop.take();
        // It also ends in an error, when the thread is gone.
        let _ = (&mut self.stopped).await;
    }
}

impl Drop for LocalPostgres {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread was reported when it happened.
            let _ = thread.join();
        }
    }
}

/// The server's thread. It must live as long as the server, which the system stops when the thread ends.
fn run(options: LocalOptions, up: oneshot::Sender<Result<Up, LocalError>>, told: oneshot::Receiver<()>) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    runtime.block_on(async move {
        let started = async {
            let server = Server::prepare(options).await?;
            let child = server.start().await?;
            Ok((server, child))
        };
        let (server, mut child) = match started.await {
            Ok(started) => started,
            Err(error) => {
                let _ = up.send(Err(error));
                return;
            }
        };
        let ready = Up {
            connect: server.connect_options(),
            url: database_url(&server.home.socket),
            version: server.binaries.major,
            log: server.home.log.clone(),
        };
        if up.send(Ok(ready)).is_err() {
            // Nobody waited until now.
            server.stop(&mut child).await;
            return;
        }
        server.keep(child, told).await;
    });
}

/// The URL of the private Postgres that another process runs in a data folder; none if there is none.
///
/// # Errors
/// When the folder cannot be looked into: only the user whose folder it is may connect.
pub fn running_url(data_dir: &Path) -> Result<Option<String>, LocalError> {
    Ok(home::running_socket(data_dir)?.map(|socket| database_url(&socket)))
}

/// An installed Postgres program such as `pgbench`: in `bin_dir`, else where packages put them, the newest version first,
/// else on the `PATH`. None if it is not installed.
pub fn find_program(name: &str, bin_dir: Option<&Path>) -> Option<PathBuf> {
    binaries::find_program(name, bin_dir)
}

fn connect_options(socket: &Path, database: &str) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .socket(socket)
        .port(PORT)
        .username(SUPERUSER)
        .database(database)
        .ssl_mode(PgSslMode::Disable)
}

fn database_url(socket: &Path) -> String {
    let folder: String = socket
        .as_os_str()
        .as_bytes()
        .iter()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(*byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect();
    format!("postgres://{SUPERUSER}@{folder}:{PORT}/{DATABASE}?sslmode=disable")
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    #[test]
    fn the_url_leads_to_the_socket_also_with_blanks_and_umlauts_in_its_path() {
        let socket = Path::new("/data of Jörg/postgres/socket");
        let options = PgConnectOptions::from_str(&database_url(socket)).unwrap();
        assert_eq!(options.get_socket().map(PathBuf::as_path), Some(socket));
        assert_eq!((options.get_username(), options.get_database()), (SUPERUSER, Some(DATABASE)));
        assert_eq!(options.get_port(), PORT);
    }
}
