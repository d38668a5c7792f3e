//! The integration tests: one program, so that they share one Postgres.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod abuse;
mod access;
mod answers;
mod audit;
mod bad_input;
mod cluster;
mod command_line;
mod connections;
mod contract;
mod demo;
mod events;
mod fan_out;
mod faults;
mod footprint;
mod forecast;
mod forecast_calibration;
mod formats;
mod grid;
mod imports;
mod joint_events;
mod loadtest;
mod local_postgres;
mod maps;
mod matching;
mod metrics;
mod missions;
mod options;
mod page;
mod planning;
mod positions;
mod program;
mod readme;
mod reports;
mod retention;
mod schema;
mod service;
mod soak;
mod store;
mod storm;
mod stream;
mod tidy;
mod tokyo;
mod traces;
mod trials;
