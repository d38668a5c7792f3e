//! The folder the cluster lives in: its lock, `initdb`, the socket's folder, and what an earlier run left behind.

use std::fs::{self, DirBuilder, File, Permissions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sha2::{Digest, Sha256};
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use super::binaries::Binaries;
use super::error::LocalError;
use super::server::stop_with_this_thread;
use super::user::RunAs;
use super::{Durability, PORT, SUPERUSER};

/// Longest path of a unix socket that every system takes (Linux 107 bytes, macOS 103).
const SOCKET_PATH_LIMIT: usize = 103;
/// A server log longer than this is set aside at the next start.
const LOG_LIMIT_BYTES: u64 = 8 << 20;
/// How long the server of an earlier run may take to stop, then how long once it was told to stop at once.
const EARLIER_STOP: [Duration; 2] = [Duration::from_secs(20), Duration::from_secs(10)];

/// The folder `postgres` in the data folder. It is ours while this value lives.
#[derive(Debug)]
pub(super) struct Home {
    pub(super) folder: PathBuf,
    pub(super) cluster: PathBuf,
    pub(super) socket: PathBuf,
    pub(super) log: PathBuf,
    pub(super) run_as: RunAs,
    /// Locked. The system lifts the lock when we end, however we end.
    lock: File,
}

impl Drop for Home {
    fn drop(&mut self) {
        // Closing the file would do, were it not that a child which is just being started by another thread has it open
        // as well for a moment.
        let _ = self.lock.unlock();
    }
}

impl Home {
    /// Makes the folder if it is missing, and takes its lock.
    pub(super) fn open(data_dir: &Path) -> Result<Self, LocalError> {
        let run_as = RunAs::choose(&data_dir.join("postgres/cluster"))?;
        if !data_dir.exists() {
            fs::create_dir_all(data_dir).map_err(LocalError::folder("make the folder", data_dir))?;
            if let RunAs::Other { .. } = run_as {
                // A strict umask must not shut the server's user out of a folder that is new anyway.
                let open = Permissions::from_mode(0o755);
                fs::set_permissions(data_dir, open).map_err(LocalError::folder("open up the folder", data_dir))?;
            }
        }
        let folder = data_dir.join("postgres");
        private_folder(&folder, &run_as).map_err(LocalError::folder("make the private folder", &folder))?;
        let folder = folder.canonicalize().map_err(LocalError::folder("resolve", &folder))?;
        let lock = take_lock(&folder, &run_as)?;
        Ok(Self {
            cluster: folder.join("cluster"),
            socket: socket_folder(&folder, run_as.uid()),
            log: folder.join("server.log"),
            folder,
            run_as,
            lock,
        })
    }

    /// The major version that made the cluster; none if there is no cluster yet.
    pub(super) fn made_by(&self) -> Result<Option<u32>, LocalError> {
        if !self.cluster.exists() {
            return Ok(None);
        }
        let version = fs::read_to_string(self.cluster.join("PG_VERSION")).ok();
        match version.and_then(|text| text.trim().parse().ok()) {
            Some(major) => Ok(Some(major)),
            None => Err(LocalError::NotACluster { cluster: self.cluster.clone() }),
        }
    }

    /// Makes the cluster. It is made beside its place and moved there when complete, so an `initdb` that was killed half
    /// way leaves nothing that could be taken for a cluster.
    pub(super) async fn init(&self, binaries: &Binaries, durability: Durability) -> Result<(), LocalError> {
        let unfinished = self.unfinished();
        let program = binaries.folder.join("initdb");
        let mut command = Command::new(&program);
        command.arg("-D").arg(&unfinished).args(["--encoding=UTF8", "--locale=C", "--auth-local=trust"]);
        command.args(["--auth-host=reject", "--username", SUPERUSER]);
        if durability == Durability::Throwaway {
            command.arg("--no-sync");
        }
        command.stdin(Stdio::null()).env("TZ", "UTC");
        self.dress(&mut command);
        // Unlike the server it has nothing to save: it ends at once with us.
        stop_with_this_thread(&mut command, Signal::SIGKILL);
        let output = command.output().await.map_err(|source| LocalError::Run { program, source })?;
        if !output.status.success() {
            let said = [output.stdout, output.stderr].concat();
            let output = String::from_utf8_lossy(&said).trim().to_owned();
            return Err(LocalError::InitFailed { cluster: unfinished, output });
        }
        fs::rename(&unfinished, &self.cluster)
            .and_then(|()| File::open(&self.folder)?.sync_all())
            .map_err(LocalError::folder("move the new cluster to", &self.cluster))
    }

    /// Removes what an interrupted `initdb` left. Its last process may still be writing for a moment.
    pub(super) async fn remove_unfinished(&self) -> Result<(), LocalError> {
        let unfinished = self.unfinished();
        let deadline = Instant::now() + Duration::from_secs(5);
        loop {
            match fs::remove_dir_all(&unfinished) {
                Ok(()) => tracing::info!(folder = %unfinished.display(), "removed an unfinished cluster"),
                Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
                Err(e) if Instant::now() > deadline => return Err(LocalError::folder("remove", &unfinished)(e)),
                Err(_) => sleep(Duration::from_millis(20)).await,
            }
        }
    }

    fn unfinished(&self) -> PathBuf {
        self.folder.join("cluster.new")
    }

    /// Gives the cluster to the server's user (a copy made by root is root's), and makes the socket's folder.
    pub(super) fn make_ready(&self) -> Result<(), LocalError> {
        self.run_as.own_all(&self.cluster).map_err(LocalError::folder("hand over", &self.cluster))?;
        let made = if self.socket.starts_with(&self.folder) {
            private_folder(&self.socket, &self.run_as)
        } else {
            private_folder_in_public(&self.socket, &self.run_as)
        };
        made.map_err(LocalError::folder("make the socket's folder", &self.socket))
    }

    /// Removes the socket's folder if it lies outside of ours.
    pub(super) fn remove_outside_socket(&self) {
        if !self.socket.starts_with(&self.folder) {
            // What is left is empty and will be used again: not worth an error.
            let _ = fs::remove_dir_all(&self.socket);
        }
    }

    /// Opens the server's log for appending; a long one is set aside first, in the place of the one before.
    pub(super) fn open_log(&self) -> io::Result<File> {
        if fs::metadata(&self.log).is_ok_and(|log| log.len() > LOG_LIMIT_BYTES) {
            fs::rename(&self.log, self.log.with_extension("log.1"))?;
        }
        let log = File::options().create(true).append(true).open(&self.log)?;
        self.run_as.own(&self.log)?;
        Ok(log)
    }

    /// The last lines of the server's log.
    pub(super) fn log_end(&self) -> String {
        let read = || -> io::Result<String> {
            let mut log = File::open(&self.log)?;
            let start = log.metadata()?.len().saturating_sub(4_000);
            log.seek(SeekFrom::Start(start))?;
            let mut end = Vec::new();
            log.read_to_end(&mut end)?;
            let text = String::from_utf8_lossy(&end).into_owned();
            let lines: Vec<&str> = text.lines().collect();
            Ok(lines[lines.len().saturating_sub(15)..].join("\n"))
        };
        read().unwrap_or_else(|e| format!("(cannot be read: {e})"))
    }

    /// Sets what all of the server's programs have in common: the user, the folder, and no `PG*` variables of ours.
    pub(super) fn dress(&self, command: &mut Command) {
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_bytes().starts_with(b"PG")) {
            command.env_remove(name);
        }
        command.env("LC_ALL", "C").current_dir(&self.folder);
        // A group of its own: Ctrl-C in a terminal is for us, and we stop the server when our last work is done.
        command.process_group(0);
        self.run_as.apply(command);
    }

    /// Waits for the server of an earlier run to end, and removes its pid file if that would wrongly keep ours from
    /// starting. We have the lock, so nobody needs that server any more.
    pub(super) async fn clear_earlier_server(&self) -> Result<(), LocalError> {
        let begun = Instant::now();
        let mut told = 0;
        loop {
            let pid = match self.earlier_server() {
                Earlier::Gone => return Ok(()),
                Earlier::Stale => return self.remove_pid_files(),
                Earlier::Running(pid) => pid,
            };
            // It got its signal when its owner died, unless that was on a system without parent-death signals.
            let waited = begun.elapsed();
            if told == 0 {
                tracing::info!(%pid, "waiting for the Postgres of an earlier run to end");
                let _ = kill(pid, Signal::SIGINT);
                told = 1;
            } else if told == 1 && waited > EARLIER_STOP[0] {
                let _ = kill(pid, Signal::SIGQUIT);
                told = 2;
            } else if waited > EARLIER_STOP[0] + EARLIER_STOP[1] {
                return Err(LocalError::StillRunning { cluster: self.cluster.clone(), pid: pid.as_raw() });
            }
            sleep(Duration::from_millis(10)).await;
        }
    }

    fn earlier_server(&self) -> Earlier {
        let file = fs::read_to_string(self.cluster.join("postmaster.pid"));
        let Ok(text) = file else { return Earlier::Gone };
        let pid = text.lines().next().and_then(|line| line.trim().parse().ok()).filter(|pid| *pid > 1);
        let Some(pid) = pid.map(Pid::from_raw) else { return Earlier::Stale };
        match kill(pid, None) {
            Err(Errno::ESRCH) => Earlier::Gone,
            _ if is_server_of(pid, &self.cluster) => Earlier::Running(pid),
            _ => Earlier::Stale,
        }
    }

    /// Postgres takes any process with the noted id for a running server, also a zombie or another program that has got
    /// the id since. That no backend of the old server is left it checks in another way, by its shared memory.
    fn remove_pid_files(&self) -> Result<(), LocalError> {
        let socket_lock = self.socket.join(format!(".s.PGSQL.{PORT}.lock"));
        for file in [self.cluster.join("postmaster.pid"), socket_lock] {
            match fs::remove_file(&file) {
                Err(e) if e.kind() != ErrorKind::NotFound => {
                    return Err(LocalError::folder("remove the stale", &file)(e));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// What has become of the server that the pid file names.
enum Earlier {
    /// There is no such process, or no pid file. Postgres sees that by itself.
    Gone,
    /// The process is no server of this cluster.
    Stale,
    Running(Pid),
}

/// Whether the process is a living server of the cluster.
fn is_server_of(pid: Pid, cluster: &Path) -> bool {
    if cfg!(target_os = "linux") {
        let process = PathBuf::from(format!("/proc/{pid}"));
        // `pid (name) state ...`; the name may hold anything, so the last parenthesis counts.
        let stat = fs::read_to_string(process.join("stat")).unwrap_or_default();
        let Some((named, state)) = stat.rsplit_once(')') else { return false };
        !state.trim_start().starts_with(['Z', 'X'])
            && named.contains("(post")
            && fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd == cluster)
    } else {
        let answer = std::process::Command::new("ps").args(["-o", "stat=,command=", "-p", &pid.to_string()]).output();
        let answer = answer.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned()).unwrap_or_default();
        !answer.starts_with('Z') && answer.contains("postgres") && answer.contains(&*cluster.to_string_lossy())
    }
}

fn take_lock(folder: &Path, owner: &RunAs) -> Result<File, LocalError> {
    let path = folder.join("lock");
    let file = File::options().create(true).truncate(false).read(true).write(true).open(&path);
    let mut lock = file.map_err(LocalError::folder("open", &path))?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let owner = fs::read_to_string(&path).unwrap_or_default();
            let owner =
                if owner.is_empty() { "its process is not known".to_owned() } else { format!("process {owner}") };
            return Err(LocalError::InUse { folder: folder.to_path_buf(), owner });
        }
        Err(TryLockError::Error(e)) => return Err(LocalError::folder("lock", &path)(e)),
    }
    let note = lock.set_len(0).and_then(|()| write!(lock, "{}", std::process::id()));
    let note = note.and_then(|()| owner.own(&path));
    note.map_err(LocalError::folder("write", &path))?;
    Ok(lock)
}

/// Makes a folder that only its owner can enter, or makes an existing one so.
fn private_folder(folder: &Path, owner: &RunAs) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => fs::set_permissions(folder, Permissions::from_mode(0o700))?,
        made => made?,
    }
    owner.own(folder)
}

/// The same in a folder where anybody can make folders: one that is there already must be the owner's and closed to others.
fn private_folder_in_public(folder: &Path, owner: &RunAs) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => return owner.own(folder),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
        Err(e) => return Err(e),
    }
    let found = fs::symlink_metadata(folder)?;
    if found.is_dir() && found.uid() == owner.uid() && found.mode() & 0o7777 == 0o700 {
        return Ok(());
    }
    Err(io::Error::new(ErrorKind::PermissionDenied, "it belongs to somebody else"))
}

/// Where the socket goes: into our folder, or if its path would be too long, into a short one with a name made from ours.
fn socket_folder(folder: &Path, uid: u32) -> PathBuf {
    let fits = |socket: &Path| socket.as_os_str().len() + format!("/.s.PGSQL.{PORT}").len() <= SOCKET_PATH_LIMIT;
    let inside = folder.join("socket");
    if fits(&inside) {
        return inside;
    }
    let digest = Sha256::new().chain_update(folder.as_os_str().as_bytes()).chain_update(uid.to_le_bytes()).finalize();
    let name: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let outside = std::env::temp_dir().join(format!("outrider-{name}"));
    if fits(&outside) { outside } else { Path::new("/tmp").join(format!("outrider-{name}")) }
}

/// The socket's folder of the server that some process runs in a data folder; none if there is no socket.
pub(super) fn running_socket(data_dir: &Path) -> Result<Option<PathBuf>, LocalError> {
    let folder = data_dir.join("postgres");
    let Ok(folder) = folder.canonicalize() else { return Ok(None) };
    let run_as = RunAs::choose(&folder.join("cluster"))?;
    let socket = socket_folder(&folder, run_as.uid());
    let file = socket.join(format!(".s.PGSQL.{PORT}"));
    match fs::metadata(&file) {
        Ok(_) => Ok(Some(socket)),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(LocalError::folder("look for the socket", &file)(e)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_path_never_exceeds_the_limit() {
        for length in [1, 60, 90, 200] {
            let folder = PathBuf::from(format!("/{}", "d".repeat(length)));
            let socket = socket_folder(&folder, 7).join(".s.PGSQL.5432");
            assert!(socket.as_os_str().len() <= SOCKET_PATH_LIMIT, "{}", socket.display());
            assert_eq!(socket.starts_with(&folder), length < 80, "{}", socket.display());
        }
        let long = PathBuf::from(format!("/{}", "d".repeat(200)));
        assert_ne!(socket_folder(&long, 7), socket_folder(&long.join("e"), 7), "each data folder has its own");
    }

    #[test]
    fn an_existing_folder_in_a_public_place_is_used_only_if_it_is_private() {
        let public = tempfile::tempdir().unwrap();
        let folder = public.path().join("socket");
        private_folder_in_public(&folder, &RunAs::Ourselves).unwrap();
        private_folder_in_public(&folder, &RunAs::Ourselves).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o777)).unwrap();
        assert!(private_folder_in_public(&folder, &RunAs::Ourselves).is_err());
    }
}
