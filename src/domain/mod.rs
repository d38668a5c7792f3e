//! The vocabulary of the product as plain values and their rules: networks, places, reports, knowledge, plans, and a
//! mission as a fold over its events.
//!
//! Nothing here is asynchronous or reads a clock, a file, a socket or a random source, and nothing iterates over a hash
//! map: the same events give the same mission on every machine.

pub mod access;
pub mod closure;
pub mod destination;
mod details;
pub mod geometry;
pub mod ids;
pub mod knowledge;
pub mod mission;
pub mod network;
pub mod plan;
pub mod reach;
pub mod recent_reports;
pub mod report;
pub mod timestamp;
pub mod vehicle;
