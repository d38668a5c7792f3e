//! The integration tests: one program, so that they share one Postgres.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test that cannot go on fails")]

mod cluster;
mod demo;
mod local_postgres;
mod missions;
mod service;
mod stream;
mod tidy;
