//! The database a command works on: the one of the URL, or the private one.

use std::path::{Path, PathBuf};

use anyhow::Context;

use super::config::DatabaseConfig;
use crate::store::local::{LocalOptions, LocalPostgres};
use crate::store::{Store, servers_of};

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
pub(super) async fn migrate(config: &DatabaseConfig) -> anyhow::Result<()> {
    let database = Database::open(config).await?;
    let migrated = database.store.migrate().await;
    database.close().await;
    migrated?;
    println!("the schema is up to date");
    Ok(())
}
