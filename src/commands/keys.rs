//! `outrider keys`: making, listing and revoking API keys, over the database.

use std::sync::Arc;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::config::DatabaseConfig;
use super::database::Database;
use crate::app::{App, AppOptions, KeyRecord, KeyRequest, clock};
use crate::domain::access::{KeyId, Role, TenantId};
use crate::domain::ids::{MissionId, VehicleId};
use crate::domain::timestamp::Timestamp;
use crate::planning::strategy::Strategies;
use crate::store::local;

const EXAMPLES: &str = "\
The roles:
  viewer    reads everything of its tenant
  vehicle   is one vehicle of one mission: tells its positions, reports what it sees, reads its mission
  operator  creates and changes missions, networks and closures as well
  admin     makes and revokes keys as well

Examples:
  # The first key. From now on the service needs one for everything
  outrider keys create --name 'duty officer' --role admin

  # A UAV's computer, for one mission, until the evening
  outrider keys create --name 'uav-1 of the flood' --role vehicle --mission 01938a6e-0000-7000-8000-000000000001 \\
      --vehicle uav-1 --valid-for-h 12

  # Use it
  curl -H \"Authorization: Bearer $OUTRIDER_KEY\" http://127.0.0.1:8080/v1/missions

  # What is there, and an end of one
  outrider keys list
  outrider keys revoke 01938a6e-0000-7000-8000-000000000002

The service need not run; if it does, it follows within a second. Where it runs with the private Postgres, so does this, with the
same --data-dir and as the same user. docs/SECURITY.md says more.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct KeysConfig {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make a key, and show it this once
    Create(CreateConfig),
    /// List keys: what they are for, when they were last used
    List(ListConfig),
    /// Revoke a key: from now on it opens nothing, and what it has open is closed
    Revoke(RevokeConfig),
}

#[derive(Debug, Args)]
struct CreateConfig {
    /// A name for people: who or what has the key
    #[arg(long)]
    name: String,

    /// What it is for: viewer, vehicle, operator or admin
    #[arg(long)]
    role: Role,

    /// Whose networks and missions it opens
    #[arg(long, env = "OUTRIDER_TENANT", default_value = TenantId::DEFAULT)]
    tenant: TenantId,

    /// For a vehicle: its mission
    #[arg(long, value_name = "ID")]
    mission: Option<MissionId>,

    /// For a vehicle: its name in the mission, `ugv` or a UAV's
    #[arg(long, value_name = "NAME", value_parser = |text: &str| Ok::<_, String>(VehicleId(text.to_owned())))]
    vehicle: Option<VehicleId>,

    /// After how many hours it ends by itself; it does not unless given
    #[arg(long, value_name = "HOURS", value_parser = clap::value_parser!(u32).range(1..=876_000))]
    valid_for_h: Option<u32>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    database: DatabaseConfig,
}

#[derive(Debug, Args)]
struct ListConfig {
    /// Of this tenant only
    #[arg(long, env = "OUTRIDER_TENANT")]
    tenant: Option<TenantId>,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    database: DatabaseConfig,
}

#[derive(Debug, Args)]
struct RevokeConfig {
    /// The key's id, as the list has it
    id: KeyId,

    /// Print JSON
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    database: DatabaseConfig,
}

pub(super) async fn run(config: KeysConfig) -> anyhow::Result<()> {
    let database = match &config.action {
        Action::Create(config) => &config.database,
        Action::List(config) => &config.database,
        Action::Revoke(config) => &config.database,
    };
    let database = open(database).await?;
    let done = act(config.action, &database).await;
    database.close().await;
    // What is to be said comes after the private Postgres's last word.
    print!("{}", done?);
    Ok(())
}

/// The database; the private Postgres of a service that runs is shared with it.
async fn open(config: &DatabaseConfig) -> anyhow::Result<Database> {
    let mut config = config.clone();
    if config.database_url.is_none() {
        config.database_url = local::running_url(&config.data_dir()?)?;
    }
    let database = Database::open(&config).await?;
    match database.store.migrate().await {
        Ok(()) => Ok(database),
        Err(error) => {
            database.close().await;
            Err(error.into())
        }
    }
}

async fn act(action: Action, database: &Database) -> anyhow::Result<String> {
    let app: Arc<App> = App::new(database.store.clone(), Strategies::built_in(), AppOptions::default());
    Ok(match action {
        Action::Create(config) => {
            let hours = config.valid_for_h.map(|hours| f64::from(hours) * 3600.0);
            let request = KeyRequest {
                name: config.name,
                role: config.role,
                tenant: config.tenant,
                mission: config.mission,
                vehicle: config.vehicle,
                expires_at: hours.map(|seconds| clock::now().plus_seconds(seconds)),
            };
            let (secret, key) = app.create_key(request, "command line").await?;
            if config.json {
                let mut value = as_json(&key);
                value["secret"] = json!(secret.reveal());
                format!("{value:#}\n")
            } else {
                let KeyRecord { id, name, role, tenant, .. } = &key;
                format!(
                    "{}\n\nThis is the key {name:?} ({id}): {role} of the tenant {tenant}. It is shown this once: keep it safe.\nUse it \
                     as `Authorization: Bearer KEY`, as OUTRIDER_KEY of `outrider loadtest`, or to log in at the page.\n",
                    secret.reveal()
                )
            }
        }
        Action::List(config) => {
            let keys = app.list_keys(config.tenant.as_ref()).await?;
            if config.json {
                let keys: Vec<Value> = keys.iter().map(as_json).collect();
                format!("{:#}\n", json!({ "keys": keys }))
            } else {
                table(&keys)
            }
        }
        Action::Revoke(config) => {
            app.revoke_key(config.id, None).await?;
            if config.json {
                format!("{:#}\n", json!({ "id": config.id, "revoked": true }))
            } else {
                format!("{} is revoked\n", config.id)
            }
        }
    })
}

fn as_json(key: &KeyRecord) -> Value {
    json!({
        "id": key.id,
        "name": key.name,
        "role": key.role,
        "tenant": key.tenant,
        "mission_id": key.binding.as_ref().map(|binding| binding.mission),
        "vehicle": key.binding.as_ref().map(|binding| &binding.vehicle),
        "created_at": key.created_at,
        "created_by": key.created_by,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "last_used_at": key.last_used_at,
    })
}

/// The keys in columns, newest first.
fn table(keys: &[KeyRecord]) -> String {
    if keys.is_empty() {
        return "There are no keys. `outrider keys create --help` explains how to make one.\n".to_owned();
    }
    let day = |at: Option<Timestamp>| at.map_or("-".to_owned(), |at| at.to_string());
    let now = clock::now();
    let mut rows = vec![["ID", "ROLE", "TENANT", "STATE", "LAST USED", "NAME"].map(str::to_owned)];
    for key in keys {
        let state = match (key.revoked_at, key.expires_at) {
            (Some(at), _) => format!("revoked {at}"),
            (None, Some(at)) if at <= now => format!("expired {at}"),
            (None, Some(at)) => format!("until {at}"),
            (None, None) => "valid".to_owned(),
        };
        let role = match &key.binding {
            Some(binding) => format!("{} {}", key.role, binding.vehicle),
            None => key.role.to_string(),
        };
        let tenant = key.tenant.to_string();
        rows.push([key.id.to_string(), role, tenant, state, day(key.last_used_at), key.name.clone()]);
    }
    let width = |i: usize| rows.iter().filter_map(|row| row.get(i)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..6).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}
