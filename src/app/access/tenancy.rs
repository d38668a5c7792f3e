//! Whose missions and networks are: the one place where a tenant is kept from another's.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use uuid::Uuid;

use crate::app::{App, AppError};
use crate::domain::access::{Principal, Role, TenantId};
use crate::domain::ids::{ImportId, MissionId, NetworkId};

/// Of how many missions and networks it is known whose they are, twice: a younger half and an older one.
const KNOWN: usize = 20_000;

/// Whose missions and networks are, as far as anybody asked. It never changes, and an id is never used again, so what is known
/// stays true; a mission is asked for once, not with every request.
#[derive(Default)]
pub(super) struct Tenancy {
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    young: BTreeMap<Uuid, TenantId>,
    old: BTreeMap<Uuid, TenantId>,
}

impl Tenancy {
    fn find(&self, id: Uuid) -> Option<TenantId> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tenant) = known.young.get(&id) {
            return Some(tenant.clone());
        }
        let tenant = known.old.remove(&id)?;
        known.keep(id, tenant.clone());
        Some(tenant)
    }

    pub(in crate::app) fn keep(&self, id: Uuid, tenant: TenantId) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).keep(id, tenant);
    }
}

impl Known {
    fn keep(&mut self, id: Uuid, tenant: TenantId) {
        if self.young.len() >= KNOWN {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(id, tenant);
    }
}

impl App {
    /// Lets somebody at a mission of the own tenant, a vehicle only at its own.
    ///
    /// # Errors
    /// The same for a mission of another tenant as for one that does not exist; when the vehicle's key is for another; when it
    /// is not known yet and the database is away.
    pub async fn admit_to_mission(&self, principal: &Principal, id: MissionId) -> Result<(), AppError> {
        if !principal.is_for(id) {
            return Err(AppError::NotYours("a vehicle's key is for the one mission it was made for"));
        }
        let tenant = match self.access.tenants.find(id.0) {
            Some(tenant) => tenant,
            None => {
                let found = self.store.tenant_of_mission(id).await?.ok_or(AppError::NoSuchMission(id))?;
                self.access.tenants.keep(id.0, found.clone());
                found
            }
        };
        if tenant == principal.tenant { Ok(()) } else { Err(AppError::NoSuchMission(id)) }
    }

    /// Lets somebody at a network of the own tenant, a vehicle only at the one its mission runs on.
    ///
    /// # Errors
    /// As of [`App::admit_to_mission`].
    pub async fn admit_to_network(&self, principal: &Principal, id: NetworkId) -> Result<(), AppError> {
        if principal.role == Role::Vehicle {
            let refused = AppError::NotYours("a vehicle's key is for the one network that its mission runs on");
            let Some(binding) = &principal.binding else { return Err(refused) };
            self.admit_to_mission(principal, binding.mission).await?;
            if self.read_mission(binding.mission, |view| view.mission.settings.network).await? != id {
                return Err(refused);
            }
        }
        self.check_network_of(&principal.tenant, id).await
    }

    /// Lets somebody at an import of the own tenant.
    ///
    /// # Errors
    /// The same for an import of another tenant as for one that does not exist; when the database is away.
    pub async fn admit_to_import(&self, principal: &Principal, id: ImportId) -> Result<(), AppError> {
        let import = self.store.find_import(id).await?.ok_or(AppError::NoSuchImport(id))?;
        if import.tenant == principal.tenant { Ok(()) } else { Err(AppError::NoSuchImport(id)) }
    }

    /// Refuses a network of another tenant as if it did not exist.
    pub(in crate::app) async fn check_network_of(&self, tenant: &TenantId, id: NetworkId) -> Result<(), AppError> {
        let found = match self.access.tenants.find(id.0) {
            Some(found) => found,
            None => {
                let found = self.store.tenant_of_network(id).await?.ok_or(AppError::NoSuchNetwork(id))?;
                self.access.tenants.keep(id.0, found.clone());
                found
            }
        };
        if found == *tenant { Ok(()) } else { Err(AppError::NoSuchNetwork(id)) }
    }

    /// Remembers whose a new mission or network is.
    pub(in crate::app) fn remember_tenant(&self, id: Uuid, tenant: &TenantId) {
        self.access.tenants.keep(id, tenant.clone());
    }
}
