//! Running scenario files: what `simulate`, `bench` and `forecast` share.

mod files;
mod runner;
mod selection;

pub(super) use files::{Loaded, load, load_with, read_options};
pub(super) use runner::{Outcome, Timing, run_all, run_one};
pub(super) use selection::Selected;
