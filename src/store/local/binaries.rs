//! Finds the installed server programs.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;

use super::error::LocalError;
use super::user::RunAs;

/// The oldest major version that this program is tested with.
pub(super) const OLDEST_MAJOR: u32 = 15;

/// Where packages put the server programs of each version: a parent folder and how the version's folder begins.
const INSTALLED: [(&str, &str); 5] = [
    ("/usr/lib/postgresql", ""),
    ("/usr", "pgsql-"),
    ("/opt/homebrew/opt", "postgresql@"),
    ("/usr/local/opt", "postgresql@"),
    ("/Applications/Postgres.app/Contents/Versions", ""),
];

/// A folder that has `initdb` and `postgres`, and their major version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Binaries {
    pub(super) folder: PathBuf,
    pub(super) major: u32,
}

/// Which version is needed, who runs it, and from where: what the programs are tried with.
pub(super) struct Needed<'a> {
    /// An existing cluster and the major version that made it.
    pub(super) cluster: Option<(&'a Path, u32)>,
    pub(super) run_as: &'a RunAs,
    /// The folder the programs will run in.
    pub(super) working_folder: &'a Path,
}

/// Finds the programs: in the folder the operator chose, else the newest installed ones, else those on the `PATH`; for an
/// existing cluster those of its version.
pub(super) async fn find(chosen: Option<&Path>, needed: &Needed<'_>) -> Result<Binaries, LocalError> {
    if let Some(folder) = chosen {
        let unusable = |fault| LocalError::UnusableBinaries { folder: folder.to_path_buf(), fault };
        let found = probe(folder, needed).await?.map_err(unusable)?;
        if let Some((cluster, made_by)) = needed.cluster
            && made_by != found.major
        {
            return Err(mismatch(cluster, made_by, std::slice::from_ref(&found)));
        }
        if found.major < OLDEST_MAJOR {
            return Err(unusable(format!("it has version {}, older than {OLDEST_MAJOR}", found.major)));
        }
        return Ok(found);
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    find_among(candidates(&INSTALLED, &path), needed).await
}

async fn find_among(candidates: Vec<PathBuf>, needed: &Needed<'_>) -> Result<Binaries, LocalError> {
    let mut seen = Vec::new();
    let mut others = Vec::new();
    for folder in candidates {
        if seen.contains(&folder) {
            continue;
        }
        let outcome = probe(&folder, needed).await?;
        seen.push(folder.clone());
        match (outcome, needed.cluster) {
            (Ok(found), Some((_, made_by))) if found.major == made_by => return Ok(found),
            (Ok(found), None) if found.major >= OLDEST_MAJOR => return Ok(found),
            (Ok(found), _) => others.push(found),
            (Err(_), _) => {}
        }
    }
    match needed.cluster {
        Some((cluster, made_by)) if !others.is_empty() => Err(mismatch(cluster, made_by, &others)),
        _ => {
            let mut looked_in: Vec<String> =
                INSTALLED.iter().map(|(parent, begin)| format!("{parent}/{begin}*/bin")).collect();
            looked_in.push("the PATH".to_owned());
            looked_in.extend(others.iter().map(|old| format!("{} (version {})", old.folder.display(), old.major)));
            Err(LocalError::NoBinaries { looked_in: looked_in.join(", ") })
        }
    }
}

/// Any program of a Postgres installation.
pub(super) fn find_program(name: &str, chosen: Option<&Path>) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = chosen.map_or_else(|| candidates(&INSTALLED, &path), |folder| vec![folder.to_path_buf()]);
    folders.into_iter().map(|folder| folder.join(name)).find(|program| is_executable(program))
}

fn mismatch(cluster: &Path, made_by: u32, found: &[Binaries]) -> LocalError {
    let found: Vec<String> = found.iter().map(|f| format!("version {} in {}", f.major, f.folder.display())).collect();
    LocalError::VersionMismatch { cluster: cluster.to_path_buf(), made_by, found: found.join(", ") }
}

/// The folders to try: those of packages, newest version first, then those of the `PATH`.
fn candidates(installed: &[(&str, &str)], path: &OsStr) -> Vec<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = Vec::new();
    for (parent, begin) in installed {
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            let name = entry.file_name();
            if let Some(major) = name.to_str().and_then(|name| name.strip_prefix(begin)).and_then(leading_number) {
                versions.push((major, entry.path().join("bin")));
            }
        }
    }
    versions.sort_by(|(a, left), (b, right)| b.cmp(a).then_with(|| left.cmp(right)));
    versions.into_iter().map(|(_, folder)| folder).chain(std::env::split_paths(path)).collect()
}

/// Whether the folder's programs can be used. The inner error says what is wrong with the folder; the outer one is about
/// the data folder, which no other programs would cure.
async fn probe(folder: &Path, needed: &Needed<'_>) -> Result<Result<Binaries, String>, LocalError> {
    for name in ["initdb", "postgres"] {
        if !is_executable(&folder.join(name)) {
            return Ok(Err(format!("it has no executable `{name}`")));
        }
    }
    // Asked as the user and in the folder that the server will run in. A script of the same name on the PATH does not
    // answer like a server and is passed over.
    let program = folder.join("postgres");
    let mut command = Command::new(&program);
    command.arg("--version").stdin(Stdio::null()).current_dir(needed.working_folder);
    needed.run_as.apply(&mut command);
    match command.output().await {
        Ok(output) => Ok(parse_version(&String::from_utf8_lossy(&output.stdout))
            .map(|major| Binaries { folder: folder.to_path_buf(), major })
            .ok_or_else(|| format!("its `postgres --version` does not answer as a server does ({})", output.status))),
        Err(e) if e.kind() == ErrorKind::PermissionDenied && !can_enter(needed).await => {
            Err(needed.run_as.unreachable(needed.working_folder))
        }
        Err(e) => Ok(Err(format!("its `postgres` cannot be run: {e}"))),
    }
}

/// Whether the user can work in the folder, whatever the programs are.
async fn can_enter(needed: &Needed<'_>) -> bool {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", ":"]).stdin(Stdio::null()).current_dir(needed.working_folder);
    needed.run_as.apply(&mut command);
    command.status().await.is_ok_and(|status| status.success())
}

fn is_executable(file: &Path) -> bool {
    fs::metadata(file).is_ok_and(|of| of.is_file() && of.permissions().mode() & 0o111 != 0)
}

/// The major version in the answer of `postgres --version`, such as `postgres (PostgreSQL) 17.2 (Debian 17.2-1)`.
fn parse_version(answer: &str) -> Option<u32> {
    leading_number(answer.split_once("(PostgreSQL) ")?.1)
}

fn leading_number(text: &str) -> Option<u32> {
    text.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_what_servers_answer() {
        for (answer, major) in [
            ("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n", Some(15)),
            ("postgres (PostgreSQL) 17beta1\n", Some(17)),
            ("postgres: command not found\n", None),
            ("", None),
        ] {
            assert_eq!(parse_version(answer), major, "{answer:?}");
        }
    }

    #[test]
    fn packages_come_newest_first_and_then_the_path() {
        let root = tempfile::tempdir().unwrap();
        for version in ["9", "15", "17", "readme"] {
            fs::create_dir_all(root.path().join(version).join("bin")).unwrap();
        }
        let parent = root.path().to_str().unwrap();
        let found = candidates(&[(parent, "")], OsStr::new("/somewhere/bin"));
        let names: Vec<String> = found.iter().map(|f| f.display().to_string().replace(parent, "")).collect();
        assert_eq!(names, ["/17/bin", "/15/bin", "/9/bin", "/somewhere/bin"]);
    }

    /// Writes a folder of programs whose `postgres` answers `answer`.
    fn programs(names: &[&str], answer: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for name in names {
            let file = folder.path().join(name);
            fs::write(&file, format!("#!/bin/sh\necho '{answer}'\n")).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        }
        folder
    }

    async fn found_in(folders: &[&tempfile::TempDir], made_by: Option<u32>) -> Result<u32, LocalError> {
        let cluster = Path::new("/data/cluster");
        let needed = Needed {
            cluster: made_by.map(|major| (cluster, major)),
            run_as: &RunAs::Ourselves,
            working_folder: Path::new("/"),
        };
        find_among(folders.iter().map(|f| f.path().to_path_buf()).collect(), &needed).await.map(|found| found.major)
    }

    #[tokio::test]
    async fn a_folder_counts_only_with_both_programs_and_a_server_that_answers() {
        let half = programs(&["postgres"], "postgres (PostgreSQL) 18.0");
        let wrapper = programs(&["initdb", "postgres"], "pgenv: no version selected");
        let old = programs(&["initdb", "postgres"], "postgres (PostgreSQL) 9.6.2");
        let good = programs(&["initdb", "postgres"], "postgres (PostgreSQL) 16.4");
        assert_eq!(found_in(&[&half, &wrapper, &old, &good], None).await.unwrap(), 16);

        let message = found_in(&[&half, &wrapper, &old], None).await.unwrap_err().to_string();
        for part in ["apt-get install postgresql", "dnf install", "brew install", "OUTRIDER_DATABASE_URL", "version 9"]
        {
            assert!(message.contains(part), "{part} is not in: {message}");
        }
    }

    #[tokio::test]
    async fn an_existing_cluster_gets_the_version_that_made_it() {
        let newer = programs(&["initdb", "postgres"], "postgres (PostgreSQL) 17.1");
        let same = programs(&["initdb", "postgres"], "postgres (PostgreSQL) 15.9");
        assert_eq!(found_in(&[&newer, &same], Some(15)).await.unwrap(), 15);
        let message = found_in(&[&newer], Some(15)).await.unwrap_err().to_string();
        assert!(message.contains("made by PostgreSQL 15") && message.contains("version 17 in"), "{message}");
    }
}
