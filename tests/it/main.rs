//! The integration tests: one program, so that they share one Postgres.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

mod browser;
mod cluster;
mod local_postgres;
mod missions;
mod page;
mod service;
mod stream;
mod tidy;
