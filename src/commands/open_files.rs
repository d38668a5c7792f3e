//! How many files, and so connections, this process may have open.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Raises the limit as far as this user may: the usual one is 1,024, for the sake of programs older than most of those who
/// run them. Returns the limit that holds then.
pub(super) fn raise() -> u64 {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return u64::MAX };
    match setrlimit(Resource::RLIMIT_NOFILE, hard, hard) {
        Ok(()) => hard,
        // Some systems refuse what they say is allowed.
        Err(_) => soft,
    }
}
