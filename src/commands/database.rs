//! The database a command works on: the one of the URL, or the private one.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;

use super::config::DatabaseConfig;
use crate::store::local::{LocalOptions, LocalPostgres};
use crate::store::{SchemaState, Store, servers_of};

/// A database ready for use.
pub(super) struct Database {
    pub(super) store: Store,
    local: Option<LocalPostgres>,
    data_dir: Option<PathBuf>,
}

impl Database {
    /// Connects to the database of the URL, or starts the private one. Nothing is migrated yet.
    pub(super) async fn open(config: &DatabaseConfig) -> anyhow::Result<Self> {
        let (servers, local, data_dir) = match &config.database_url {
            Some(url) => (servers_of(url).context("OUTRIDER_DATABASE_URL is not a Postgres URL")?, None, None),
            None => {
                let data_dir = config.data_dir()?;
                let mut options = LocalOptions::new(data_dir.clone());
                options.bin_dir.clone_from(&config.pg_bindir);
                let local = LocalPostgres::start(options).await?;
                tracing::info!(version = local.version(), url = local.database_url(), "private Postgres is up");
                (vec![local.connect_options()], Some(local), Some(data_dir))
            }
        };
        Ok(Self { store: Store::over(servers, config.database_connections), local, data_dir })
    }

    /// Whether it is the private one, which this process alone uses.
    pub(super) fn is_private(&self) -> bool {
        self.local.is_some()
    }

    /// The folder of the private one.
    pub(super) fn data_dir(&self) -> Option<&Path> {
        self.data_dir.as_deref()
    }

    /// Stops the private Postgres, if there is one.
    pub(super) async fn close(self) {
        self.store.close().await;
        if let Some(local) = self.local {
            local.stop().await;
        }
    }
}

/// `outrider migrate`.
#[derive(Debug, Args)]
pub(super) struct MigrateConfig {
    #[command(flatten)]
    database: DatabaseConfig,

    /// Only say how the schema stands to this program
    #[arg(long)]
    check: bool,
}

/// Exit codes of `--check`.
const PENDING: u8 = 3;
const NEWER: u8 = 4;

pub(super) async fn migrate(config: &MigrateConfig) -> anyhow::Result<ExitCode> {
    let database = Database::open(&config.database).await?;
    let done = if config.check { check(&database.store).await } else { bring_up_to_date(&database.store).await };
    database.close().await;
    done
}

async fn bring_up_to_date(store: &Store) -> anyhow::Result<ExitCode> {
    store.migrate().await?;
    println!("the schema is up to date");
    Ok(ExitCode::SUCCESS)
}

async fn check(store: &Store) -> anyhow::Result<ExitCode> {
    let code = match store.schema().await? {
        SchemaState::Fit { later } if later.is_empty() => {
            println!("up to date");
            return Ok(ExitCode::SUCCESS);
        }
        SchemaState::Fit { later } => {
            println!("newer, and fit for this program: migrations {later:?} are of a later version");
            return Ok(ExitCode::SUCCESS);
        }
        SchemaState::Behind { pending } => {
            println!("{} pending:", pending.len());
            for (version, name) in pending {
                println!("  {version:04} {name}");
            }
            PENDING
        }
        SchemaState::Ahead { version } => {
            println!("newer than this program works with: migration {version:04} is of a later version");
            NEWER
        }
        SchemaState::Altered { version } => {
            anyhow::bail!("migration {version:04} was applied with another text than this program has")
        }
    };
    Ok(ExitCode::from(code))
}
