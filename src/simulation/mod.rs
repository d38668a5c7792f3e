//! The simulated world: what happens to a UGV and its UAVs when a strategy decides, in continuous time.
//!
//! A [`Scenario`] is a line of a scenario file, a [`Trial`] the scenario put onto its network, [`run`] lets a strategy
//! (any function from a situation to a decision) drive it, and returns the arrival with a [`Trace`] of all that
//! happened. The trace is what [`verify`] checks against the rules of the world and what pictures are drawn from.
//!
//! [`Options`] add what the rules leave out: reports that take time or are lost, sensors that err, batteries, wind,
//! roads that close and reopen. Off, they change nothing.
//!
//! Pure but for reading no files either: networks and scenario texts come in as values, and so does what measures time.

mod awareness;
mod beliefs;
pub mod benchmark;
mod clairvoyant;
mod conditions;
mod coverage;
mod dice;
mod draw;
#[cfg(test)]
mod option_tests;
mod options;
mod record;
mod run;
mod scenario;
#[cfg(test)]
mod tests;
mod trace;
mod trial;
mod uav;
mod ugv;
mod verify;
mod world;

pub use clairvoyant::{clairvoyant_m, clairvoyant_s};
pub use conditions::{Conditions, Endurance, WorldChange};
pub use draw::Draw;
pub use options::{Change, Options, Sensor, SpeedFactor, UgvSpeedRule, Wind};
pub use record::Record;
pub use run::{Run, RunError, run};
pub use scenario::{Blockage, LineFault, Scenario, read_scenarios};
pub use trace::{Entry, Trace, Vehicle};
pub use trial::{Blockages, Trial, TrialFault};
pub use verify::{Breach, verify};
