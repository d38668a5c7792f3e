//! Making, listing and revoking keys, and sessions: logging in and out.

use std::sync::Arc;

use serde_json::json;
use sha2::{Digest, Sha256};

use super::Grant;
use crate::app::audit::{self, Origin};
use crate::app::{App, AppError, Fault, clock};
use crate::domain::access::{Binding, Identity, KeyDigest, KeyId, Principal, Role, Secret, TenantId};
use crate::domain::ids::{MissionId, VehicleId};
use crate::domain::timestamp::Timestamp;
use crate::store::{AuditEntry, KeyRecord, SessionRecord};

/// The most characters of a key's name.
const MAX_NAME: usize = 100;

/// A key to be made.
#[derive(Clone, Debug)]
pub struct KeyRequest {
    /// A name for people.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Whose it is.
    pub tenant: TenantId,
    /// For a vehicle: its mission.
    pub mission: Option<MissionId>,
    /// For a vehicle: its name in the mission.
    pub vehicle: Option<VehicleId>,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
}

/// A key that nobody can guess.
///
/// # Errors
/// When the system has no random numbers.
pub(super) fn new_key() -> Result<Secret, AppError> {
    Ok(Secret::new(KeyId(clock::new_uuid()), random()?))
}

fn random() -> Result<[u8; 32], AppError> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|e| AppError::Panicked(format!("the system has no random numbers: {e}")))?;
    Ok(bytes)
}

/// What is kept of a session's cookie.
pub(super) fn digest_of_session(value: &str) -> KeyDigest {
    Sha256::digest(value.as_bytes()).into()
}

impl App {
    /// Makes a key. The secret is given out this once.
    ///
    /// # Errors
    /// When the request is not valid, or the database fails.
    pub async fn create_key(&self, request: KeyRequest, created_by: &str) -> Result<(Secret, KeyRecord), AppError> {
        let now = clock::now();
        let mut faults = Vec::new();
        let mut require = |holds: bool, pointer: &str, message: &str| {
            if !holds {
                faults.push(Fault::new(pointer, message));
            }
        };
        let name = request.name.trim().to_owned();
        require((1..=MAX_NAME).contains(&name.chars().count()), "/name", "expected 1 to 100 characters");
        require(!name.chars().any(char::is_control), "/name", "control characters are not allowed");
        let is_vehicle = request.role == Role::Vehicle;
        require(!is_vehicle || request.mission.is_some(), "/mission_id", "a vehicle's key is for one mission");
        require(
            !is_vehicle || request.vehicle.is_some(),
            "/vehicle",
            "a vehicle's key is for one vehicle, such as ugv",
        );
        require(is_vehicle || request.mission.is_none(), "/mission_id", "is for keys of vehicles only");
        require(is_vehicle || request.vehicle.is_none(), "/vehicle", "is for keys of vehicles only");
        let well_formed = request.vehicle.as_ref().is_none_or(|v| v.is_well_formed() && !v.is_operator());
        require(well_formed, "/vehicle", "expected the name of a vehicle: 1 to 40 letters, digits, '-', '_' or '.'");
        require(request.expires_at.is_none_or(|at| at > now), "/expires_at", "expected a time to come");
        if !faults.is_empty() {
            return Err(AppError::Invalid { code: "invalid_key", faults });
        }
        let binding = request.mission.zip(request.vehicle).map(|(mission, vehicle)| Binding { mission, vehicle });
        if let Some(binding) = &binding {
            let asking = Principal { tenant: request.tenant.clone(), ..Principal::anonymous() };
            self.admit_to_mission(&asking, binding.mission).await.map_err(|error| match error {
                AppError::NoSuchMission(id) => {
                    AppError::invalid("invalid_key", "/mission_id", format!("there is no mission {id}"))
                }
                other => other,
            })?;
        }
        let secret = new_key()?;
        let record = KeyRecord {
            id: secret.id(),
            tenant: request.tenant,
            name,
            role: request.role,
            binding: binding.map(Arc::new),
            digest: secret.digest(),
            created_at: now,
            created_by: created_by.to_owned(),
            expires_at: request.expires_at,
            revoked_at: None,
            last_used_at: None,
        };
        let detail = json!({ "name": record.name, "role": record.role, "tenant": record.tenant });
        let entry = audit::entry(Origin::current().as_deref(), "key.created", format!("key/{}", record.id), detail);
        let entry = AuditEntry { tenant: Some(record.tenant.to_string()), ..entry };
        self.store.insert_key(&record, &[entry]).await?;
        tracing::info!(key.id = %record.id, tenant = %record.tenant, role = %record.role, created_by, "key made");
        self.tell_of_access().await?;
        Ok((secret, record))
    }

    /// A tenant's keys, newest first, without their secrets; of all tenants without one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_keys(&self, tenant: Option<&TenantId>) -> Result<Vec<KeyRecord>, AppError> {
        Ok(self.store.list_keys(tenant).await?)
    }

    /// Revokes a key, of this tenant if one is given: from now on it opens nothing, what it has open is closed, and its sessions
    /// are over. Doing it again changes nothing.
    ///
    /// # Errors
    /// When there is no such key, or the database fails.
    pub async fn revoke_key(&self, id: KeyId, tenant: Option<&TenantId>) -> Result<(), AppError> {
        let entry = audit::entry(Origin::current().as_deref(), "key.revoked", format!("key/{id}"), json!({}));
        if !self.store.revoke_key(id, tenant, clock::now(), &[entry]).await? {
            return Err(AppError::NoSuchKey(id));
        }
        tracing::info!(key.id = %id, "key revoked");
        self.tell_of_access().await
    }

    /// Begins a session for whoever has shown a key, and returns what the cookie holds.
    ///
    /// # Errors
    /// When it was no key, or the database fails.
    pub async fn begin_session(&self, grant: &Grant) -> Result<String, AppError> {
        let Identity::Key { id, session: false, .. } = grant.principal.identity else {
            return Err(AppError::invalid("invalid_session", "/key", "a session begins with a key"));
        };
        let value: String = random()?.iter().map(|byte| format!("{byte:02x}")).collect();
        let now = clock::now();
        let session = SessionRecord {
            digest: digest_of_session(&value),
            tenant: grant.principal.tenant.clone(),
            key: id,
            created_at: now,
            last_used_at: now,
        };
        self.store.insert_session(&session).await?;
        self.tell_of_access().await?;
        Ok(value)
    }

    /// Ends a session; what it has open is closed.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_session(&self, session: &KeyDigest) -> Result<(), AppError> {
        self.store.delete_session(session).await?;
        self.tell_of_access().await
    }
}
