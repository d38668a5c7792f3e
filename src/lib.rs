//! Outrider plans a ground vehicle's way through roads that may be broken, while drones scout ahead.
//!
//! Start reading at `docs/ARCHITECTURE.md`; in the code, [`domain`] has the vocabulary.

pub mod api;
pub mod app;
pub mod chain;
pub mod commands;
pub mod contest;
pub mod demo;
pub mod domain;
pub mod engine;
pub mod export;
pub mod import;
pub mod loadtest;
pub mod planning;
pub mod release;
pub mod simulation;
pub mod store;
