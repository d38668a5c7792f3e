//! The server process: started, watched, started again when it dies by itself, and stopped.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::postgres::PgConnectOptions;
use sqlx::{Connection, PgConnection};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout};

use super::binaries::{self, Binaries, Needed};
use super::error::LocalError;
use super::home::Home;
use super::{DATABASE, Durability, LocalOptions, connect_options};

/// How long the server may take to come up; crash recovery after much writing takes long.
const START_LIMIT: Duration = Duration::from_secs(120);
/// How often a server that ends before it is up is tried again. After a crash its old backends need a moment to go.
const START_ATTEMPTS: u32 = 5;
/// The waits before it is started again: the first one, doubled each time up to the longest.
const BACKOFF: [Duration; 2] = [Duration::from_millis(50), Duration::from_secs(5)];
/// A server that ran for so long was well, and its end is the first of a new row.
const WELL_AFTER: Duration = Duration::from_secs(30);
/// The signals that stop the server, from gentle to rough, and how long each is given: fast shutdown (disconnects the
/// clients and writes a checkpoint), immediate shutdown (the next start recovers), kill.
const STOPS: [(Signal, Duration); 3] = [
    (Signal::SIGINT, Duration::from_secs(20)),
    (Signal::SIGQUIT, Duration::from_secs(5)),
    (Signal::SIGKILL, Duration::from_secs(5)),
];

/// The server of one home.
pub(super) struct Server {
    pub(super) home: Home,
    pub(super) binaries: Binaries,
    options: LocalOptions,
}

impl Server {
    /// Takes the data folder, finds the programs, and makes the cluster if there is none.
    pub(super) async fn prepare(options: LocalOptions) -> Result<Self, LocalError> {
        let home = Home::open(&options.data_dir)?;
        home.remove_unfinished().await?;
        let made_by = home.made_by()?;
        let needed = Needed {
            cluster: made_by.map(|major| (home.cluster.as_path(), major)),
            run_as: &home.run_as,
            working_folder: &home.folder,
        };
        let binaries = binaries::find(options.bin_dir.as_deref(), &needed).await?;
        if made_by.is_none() {
            tracing::info!(cluster = %home.cluster.display(), version = binaries.major, "making a Postgres cluster");
            home.init(&binaries, options.durability).await?;
        }
        home.make_ready()?;
        Ok(Self { home, binaries, options })
    }

    /// Starts the server and waits until its database can be used.
    pub(super) async fn start(&self) -> Result<Child, LocalError> {
        let deadline = Instant::now() + START_LIMIT;
        let mut wait = BACKOFF[0];
        for attempt in 1.. {
            self.home.clear_earlier_server().await?;
            let mut child = self.spawn().map_err(|source| self.cannot_run(source))?;
            match self.until_up(&mut child, deadline).await {
                Ok(()) => return Ok(child),
                Err(NotUp::Ended(_)) if attempt < START_ATTEMPTS => sleep(wait).await,
                Err(NotUp::Ended(status)) => return Err(self.not_ready(format!("it ended with {status}"))),
                Err(NotUp::Late(last)) => {
                    self.stop(&mut child).await;
                    let limit_s = START_LIMIT.as_secs();
                    return Err(self.not_ready(format!("it took no connection for {limit_s} s ({last})")));
                }
                Err(NotUp::NoDatabase(e)) => {
                    self.stop(&mut child).await;
                    return Err(e.into());
                }
            }
            wait *= 2;
        }
        Err(LocalError::Thread)
    }

    /// Keeps the server running until it is told to stop (or nobody is left to tell it), then stops it.
    pub(super) async fn keep(self, mut child: Child, mut told: oneshot::Receiver<()>) {
        let mut wait = BACKOFF[0];
        let mut started = Instant::now();
        loop {
            let ended = tokio::select! {
                ended = child.wait() => ended,
                _ = &mut told => break,
            };
            let status = ended.map_or_else(|e| e.to_string(), |status| status.to_string());
            tracing::error!(%status, log = %self.home.log.display(), "Postgres ended by itself; starting it again");
            if started.elapsed() > WELL_AFTER {
                wait = BACKOFF[0];
            }
            child = loop {
                tokio::select! {
                    () = sleep(wait) => {}
                    _ = &mut told => {
                        self.home.remove_outside_socket();
                        return;
                    }
                }
                wait = (wait * 2).min(BACKOFF[1]);
                started = Instant::now();
                let again = match self.home.clear_earlier_server().await {
                    Ok(()) => self.spawn().map_err(|source| self.cannot_run(source)),
                    Err(e) => Err(e),
                };
                match again {
                    Ok(child) => break child,
                    Err(error) => tracing::error!(%error, "Postgres cannot be started again yet"),
                }
            };
        }
        self.stop(&mut child).await;
        self.home.remove_outside_socket();
    }

    fn spawn(&self) -> io::Result<Child> {
        let log = self.home.open_log()?;
        let mut command = Command::new(self.binaries.folder.join("postgres"));
        command.arg("-D").arg(&self.home.cluster);
        let mut set = |setting: &str| {
            command.args(["-c", setting]);
        };
        set("listen_addresses=");
        set(&format!("port={}", super::PORT));
        set("unix_socket_permissions=0700");
        set(&format!("max_connections={}", self.options.max_connections));
        set("cluster_name=outrider");
        set("logging_collector=off");
        set("log_destination=stderr");
        set("log_checkpoints=off");
        // Its statements are short. Code made at run time is also what a hardened service may not have.
        set("jit=off");
        let when_we_die = match self.options.durability {
            // Fast, not smart (that waits for every client, such as a forgotten psql): writes a checkpoint, so the next
            // start needs no recovery.
            Durability::Durable => Signal::SIGINT,
            // There is nothing to save.
            Durability::Throwaway => {
                for setting in ["fsync=off", "synchronous_commit=off", "full_page_writes=off"] {
                    set(setting);
                }
                set("wal_level=minimal");
                set("max_wal_senders=0");
                // It may live in memory: nothing is kept for reuse.
                set("min_wal_size=32MB");
                set("max_wal_size=128MB");
                Signal::SIGQUIT
            }
        };
        command.arg("-k").arg(&self.home.socket);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        self.home.dress(&mut command);
        stop_with_this_thread(&mut command, when_we_die);
        command.spawn()
    }

    async fn until_up(&self, child: &mut Child, deadline: Instant) -> Result<(), NotUp> {
        let maintenance = connect_options(&self.home.socket, "postgres");
        loop {
            let tried = tokio::select! {
                ended = child.wait() => return Err(ended.map_or_else(|e| NotUp::Late(e.to_string()), NotUp::Ended)),
                tried = timeout(Duration::from_secs(5), PgConnection::connect_with(&maintenance)) => tried,
            };
            let last = match tried {
                Ok(Ok(connection)) => return ensure_database(connection).await.map_err(NotUp::NoDatabase),
                Ok(Err(e)) => e.to_string(),
                Err(_) => "no answer".to_owned(),
            };
            if Instant::now() > deadline {
                return Err(NotUp::Late(last));
            }
            sleep(Duration::from_millis(5)).await;
        }
    }

    /// Stops the server, the harder the longer it takes.
    pub(super) async fn stop(&self, child: &mut Child) {
        for (signal, patience) in STOPS {
            // The id is there until the end was seen, so the signal can reach nobody else.
            let Some(pid) = child.id().and_then(|id| i32::try_from(id).ok()) else { return };
            let _ = kill(Pid::from_raw(pid), signal);
            if timeout(patience, child.wait()).await.is_ok() {
                return;
            }
            tracing::warn!(%signal, "Postgres did not stop in {} s", patience.as_secs());
        }
    }

    /// How to connect to the database.
    pub(super) fn connect_options(&self) -> PgConnectOptions {
        connect_options(&self.home.socket, DATABASE)
    }

    fn cannot_run(&self, source: io::Error) -> LocalError {
        LocalError::Run { program: self.binaries.folder.join("postgres"), source }
    }

    fn not_ready(&self, reason: String) -> LocalError {
        LocalError::NotReady { reason, log: self.home.log.clone(), log_end: self.home.log_end() }
    }
}

/// Why a started server is not up.
enum NotUp {
    Ended(ExitStatus),
    /// With what the last try to connect met.
    Late(String),
    NoDatabase(sqlx::Error),
}

/// Makes our database if it is missing: after `initdb`, or when we were killed before we came to it.
async fn ensure_database(mut connection: PgConnection) -> Result<(), sqlx::Error> {
    let exists: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
        .bind(DATABASE)
        .fetch_one(&mut connection)
        .await?;
    if !exists {
        sqlx::query("CREATE DATABASE outrider").execute(&mut connection).await?;
    }
    connection.close().await
}

/// Has the system send `signal` to the command's process when the calling thread ends, be it that our whole process is
/// killed. The thread must therefore live as long as the child is wanted. Only Linux can do so; elsewhere the next start
/// stops what is left.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "there is no other way to run prctl in the child; the closure is two system calls")]
pub(super) fn stop_with_this_thread(command: &mut Command, signal: Signal) {
    let parent = nix::unistd::getpid();
    let tie = move || -> io::Result<()> {
        nix::sys::prctl::set_pdeathsig(signal)?;
        // Killed before the call above: nobody will send the signal.
        if nix::unistd::getppid() != parent {
            return Err(nix::errno::Errno::ESRCH.into());
        }
        Ok(())
    };
    // SAFETY: the closure runs between fork and exec, where only async-signal-safe functions may be called. It makes the
    // system calls prctl and getppid, takes no lock and allocates nothing (an errno becomes an `io::Error` without a box).
    unsafe { command.pre_exec(tie) };
}

/// Other systems have no parent-death signal: the next start stops what is left.
#[cfg(not(target_os = "linux"))]
pub(super) fn stop_with_this_thread(_command: &mut Command, _signal: Signal) {}
