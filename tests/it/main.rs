//! The integration tests: one program, so that they share one Postgres.

mod cluster;
mod local_postgres;
mod tidy;
