//! Everything that speaks to Postgres: every SQL statement, the migrations, and the local Postgres.

pub mod local;

/// The migrations in `migrations/`, embedded at build time.
pub static MIGRATOR: sqlx::migrate::Migrator = sqlx::migrate!();
