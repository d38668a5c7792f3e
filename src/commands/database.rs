//! The database a command works on: the one of the URL, or the private one.

use anyhow::Context;

use super::config::DatabaseConfig;
use crate::store::local::{LocalOptions, LocalPostgres};
use crate::store::{Store, servers_of};

/// A database ready for use.
pub(super) struct Database {
    pub(super) store: Store,
    local: Option<LocalPostgres>,
}

impl Database {
    /// Connects to the database of the URL, or starts the private one. Nothing is migrated yet.
    pub(super) async fn open(config: &DatabaseConfig) -> anyhow::Result<Self> {
        let (servers, local) = match &config.database_url {
            Some(url) => (servers_of(url).context("OUTRIDER_DATABASE_URL is not a Postgres URL")?, None),
            None => {
                let mut options = LocalOptions::new(config.data_dir()?);
                options.bin_dir.clone_from(&config.pg_bindir);
                let local = LocalPostgres::start(options).await?;
                tracing::info!(version = local.version(), url = local.database_url(), "private Postgres is up");
                (vec![local.connect_options()], Some(local))
            }
        };
        Ok(Self { store: Store::over(servers, config.database_connections), local })
    }

    /// Whether it is the private one, which this process alone uses.
    pub(super) fn is_private(&self) -> bool {
        self.local.is_some()
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
