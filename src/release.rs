//! Which build this is.

/// The version of the program.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The commit it was built from: that of the repository, or `OUTRIDER_COMMIT` where there is none at the time of the build. Debug
/// builds say `development`, as they would else be made anew after every commit; sources without either say `unknown`.
pub const COMMIT: &str = env!("OUTRIDER_COMMIT");

/// Both, as `outrider --version` shows them.
pub const FULL: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("OUTRIDER_COMMIT"), ")");
