//! What a replica of the service does about missions, apart from doing it: which commands become which events and on which
//! condition they are written, whose turn it is, when a plan still counts, and who may plan.
//!
//! Nothing here knows a task, a clock, a database or a socket; [`crate::app`] carries words between these rules and the
//! world. So any number of replicas can be played in one thread from a seed, with crashes and lost answers
//! (`src/app/replica_tests/`).

mod admission;
mod copy;
mod draft;
mod leases;
mod pace;
mod turns;

pub use admission::{Admission, admit, crosses_blockage};
pub use copy::MissionCopy;
pub use draft::Draft;
pub use leases::Leases;
pub use pace::Pace;
pub use turns::{Turn, Turns};
