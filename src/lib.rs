//! Outrider plans a ground vehicle's way through roads that may be broken, while drones scout ahead.
//!
//! Start reading at `docs/ARCHITECTURE.md`; in the code, [`domain`] has the vocabulary.

pub mod domain;
pub mod import;
pub mod planning;
pub mod store;
