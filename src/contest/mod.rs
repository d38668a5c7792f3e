//! The service's search beside its peers: the same networks, pairs and closures, all answers compared, in one run.
//!
//! A `script` writes down what is asked on a network; [`measure`] takes each engine through it, one query timed at a time, and
//! compares every length with that of the first engine; tables and a plot tell what came of it. `docs/SEARCH.md` has the
//! protocol and the figures. The peers are here to be compared with; nothing of the service uses them.

pub mod engines;
mod joined;
mod measure;
mod plot;
mod script;
mod tables;
#[cfg(test)]
mod tests;

pub use joined::join;
pub use measure::{Clock, EngineResults, Limits, MeasureError, NetworkResults, Reference, measure};
pub use plot::plot;
pub use script::{Event, KINDS, Kind, ScriptOptions, Step, write};
pub use tables::{csv, markdown};
