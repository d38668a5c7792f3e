//! The user that the server runs as.
//!
//! Postgres refuses to run as root. A root process therefore runs it as the owner of the cluster, or for a new one as the
//! user `postgres` (which the distributions' packages create), else `nobody`.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, lchown};
use std::path::Path;

use nix::unistd::{Uid, User};
use tokio::process::Command;

use super::error::LocalError;

/// The user that the server runs as.
#[derive(Clone, Debug)]
pub(super) enum RunAs {
    /// The user we are.
    Ourselves,
    /// We are root; another one.
    Other { name: String, uid: u32, gid: u32 },
}

impl RunAs {
    /// Chooses the user for a cluster that may exist already.
    pub(super) fn choose(cluster: &Path) -> Result<Self, LocalError> {
        if !Uid::effective().is_root() {
            return Ok(Self::Ourselves);
        }
        if let Ok(owned) = fs::metadata(cluster.join("PG_VERSION"))
            && owned.uid() != 0
        {
            let name = User::from_uid(Uid::from_raw(owned.uid())).ok().flatten().map(|user| user.name);
            let name = name.unwrap_or_else(|| owned.uid().to_string());
            return Ok(Self::Other { name, uid: owned.uid(), gid: owned.gid() });
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(|name| User::from_name(name).ok().flatten())
            .map(|user| Self::Other { name: user.name, uid: user.uid.as_raw(), gid: user.gid.as_raw() })
            .ok_or(LocalError::NoUser)
    }

    /// Has the command run as this user.
    pub(super) fn apply(&self, command: &mut Command) {
        if let Self::Other { uid, gid, .. } = self {
            command.uid(*uid).gid(*gid);
        }
    }

    /// Gives one file or folder to this user.
    pub(super) fn own(&self, path: &Path) -> io::Result<()> {
        match self {
            Self::Ourselves => Ok(()),
            Self::Other { uid, gid, .. } => lchown(path, Some(*uid), Some(*gid)),
        }
    }

    /// Gives a folder and all it holds to this user, if it is not the user's yet (such as a cluster copied by root).
    pub(super) fn own_all(&self, folder: &Path) -> io::Result<()> {
        let Self::Other { uid, .. } = self else { return Ok(()) };
        if fs::symlink_metadata(folder)?.uid() == *uid {
            return Ok(());
        }
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() { self.own_all(&entry.path())? } else { self.own(&entry.path())? }
        }
        self.own(folder)
    }

    /// The user's numeric id.
    pub(super) fn uid(&self) -> u32 {
        match self {
            Self::Ourselves => Uid::effective().as_raw(),
            Self::Other { uid, .. } => *uid,
        }
    }

    /// The error for a folder this user cannot reach, naming the folder on the way that is closed.
    pub(super) fn unreachable(&self, folder: &Path) -> LocalError {
        let (user, uid, gid) = match self {
            Self::Ourselves => ("you".to_owned(), Uid::effective().as_raw(), nix::unistd::Gid::effective().as_raw()),
            Self::Other { name, uid, gid } => (name.clone(), *uid, *gid),
        };
        let mut way: Vec<&Path> = folder.ancestors().collect();
        way.reverse();
        let closed = way.into_iter().find_map(|step| {
            let of = fs::metadata(step).ok()?;
            let passage = match (of.uid() == uid, of.gid() == gid) {
                (true, _) => 0o100,
                (false, true) => 0o010,
                (false, false) => 0o001,
            };
            (of.mode() & passage == 0).then(|| format!(": {} has mode {:04o}", step.display(), of.mode() & 0o7777))
        });
        LocalError::Unreachable { folder: folder.to_path_buf(), user, closed_at: closed.unwrap_or_default() }
    }
}
