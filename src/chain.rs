//! An error with all its causes, in one line: logged once, at the edge.

use std::error::Error;
use std::fmt::Write as _;

/// The error's message and those of its causes, joined by colons.
pub fn of(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(text, ": {error}");
        cause = error.source();
    }
    text
}
