//! Why the local Postgres is not there, and what to do about it.

use std::io;
use std::path::PathBuf;

use super::binaries::OLDEST_MAJOR;

/// What helps when no server programs are installed.
const INSTALL: &str = "Install them (Debian or Ubuntu: `apt-get install postgresql`; Fedora: `dnf install \
    postgresql-server`; macOS: `brew install postgresql`), or point OUTRIDER_PG_BINDIR at the folder that has them, or set \
    OUTRIDER_DATABASE_URL to use a Postgres that runs already";

/// What the local Postgres stumbled on.
#[derive(Debug, thiserror::Error)]
pub enum LocalError {
    /// No folder has both `initdb` and `postgres`.
    #[error(
        "no PostgreSQL server programs (`initdb` and `postgres`, version {OLDEST_MAJOR} or newer) were found; looked in \
         {looked_in}. {INSTALL}"
    )]
    NoBinaries {
        /// The folders that were looked at, and what was wrong with those that nearly fit.
        looked_in: String,
    },
    /// The folder the operator named does not have the server programs.
    #[error("OUTRIDER_PG_BINDIR is {folder}, but {fault}. {INSTALL}")]
    UnusableBinaries {
        /// The folder.
        folder: PathBuf,
        /// What is wrong with it.
        fault: String,
    },
    /// The data folder was made by a major version that is not installed.
    #[error(
        "the cluster in {cluster} was made by PostgreSQL {made_by}, but found was only {found}. Install PostgreSQL {made_by} \
         (Debian or Ubuntu: `apt-get install postgresql-{made_by}`) or name its folder in OUTRIDER_PG_BINDIR; or convert the \
         cluster with pg_upgrade; or start anew with another OUTRIDER_DATA_DIR"
    )]
    VersionMismatch {
        /// The cluster's folder.
        cluster: PathBuf,
        /// The major version that made it.
        made_by: u32,
        /// The versions that were found, and where.
        found: String,
    },
    /// There is a folder where the cluster should be, but it is not one.
    #[error(
        "{cluster} is not a Postgres cluster (it has no readable PG_VERSION). Move it away, or choose another \
         OUTRIDER_DATA_DIR"
    )]
    NotACluster {
        /// The folder.
        cluster: PathBuf,
    },
    /// Another running process has the data folder.
    #[error(
        "the data folder {folder} is in use by another Outrider ({owner}). Stop it, or choose another OUTRIDER_DATA_DIR, \
         or let both use one Postgres by OUTRIDER_DATABASE_URL"
    )]
    InUse {
        /// The data folder.
        folder: PathBuf,
        /// The process that has it.
        owner: String,
    },
    /// Postgres refuses to run as root, and there is nobody else to run it as.
    #[error(
        "Postgres refuses to run as root, and this machine has neither a user `postgres` nor `nobody` to run it as. Run \
         Outrider as an ordinary user, or set OUTRIDER_DATABASE_URL"
    )]
    NoUser,
    /// The user that Postgres runs as cannot get to the data folder.
    #[error(
        "Postgres refuses to run as root and runs as user `{user}` instead, but that user cannot reach {folder}{closed_at}. \
         Set OUTRIDER_DATA_DIR to a folder that everybody can reach, such as /var/lib/outrider, or run Outrider as an \
         ordinary user"
    )]
    Unreachable {
        /// The data folder.
        folder: PathBuf,
        /// The user.
        user: String,
        /// The folder on the way that is closed, as the end of a clause.
        closed_at: String,
    },
    /// A file or folder cannot be used.
    #[error("cannot {action} {path}: {source}. Check OUTRIDER_DATA_DIR and its permissions")]
    Folder {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A server program could not be run.
    #[error("cannot run {program}: {source}")]
    Run {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// `initdb` failed.
    #[error("initdb could not make a cluster in {cluster}:\n{output}")]
    InitFailed {
        /// The folder it worked in.
        cluster: PathBuf,
        /// What it said.
        output: String,
    },
    /// The server of an earlier run does not end.
    #[error(
        "the Postgres of an earlier run (process {pid}) still runs on {cluster} and does not stop. Stop it with `kill -QUIT \
         {pid}` and start again"
    )]
    StillRunning {
        /// The cluster's folder.
        cluster: PathBuf,
        /// The server's process id.
        pid: i32,
    },
    /// The server does not come up.
    #[error("Postgres did not come up: {reason}. The end of {log}:\n{log_end}")]
    NotReady {
        /// What was seen from outside.
        reason: String,
        /// The server's log file.
        log: PathBuf,
        /// Its last lines.
        log_end: String,
    },
    /// The server is up, but its database cannot be made ready.
    #[error("the local Postgres runs, but its database `outrider` cannot be made")]
    Database(#[from] sqlx::Error),
    /// The thread that keeps the server could not be started, or is gone.
    #[error("the thread that keeps the local Postgres is gone")]
    Thread,
}

impl LocalError {
    /// A `map_err` for what is done to a file or folder.
    pub(super) fn folder(action: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Folder { action, path, source }
    }
}
