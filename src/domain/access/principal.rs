//! Who makes a request.

use std::sync::Arc;

use super::{KeyId, Permission, Role, TenantId};
use crate::domain::ids::{MissionId, VehicleId};
use crate::domain::timestamp::Timestamp;

/// Who makes a request, as far as the service knows: goes with every request that was let in, for whoever writes down who did
/// what, or counts what each one asks for. Cloning it is cheap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Whose networks and missions it sees.
    pub tenant: TenantId,
    /// What it may do.
    pub role: Role,
    /// What a vehicle is bound to; none for the other roles.
    pub binding: Option<Arc<Binding>>,
    /// Who it is.
    pub identity: Identity,
    /// Until when this holds; none if it does not end by itself.
    pub expires_at: Option<Timestamp>,
}

/// The one mission and vehicle that a vehicle's key is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The mission.
    pub mission: MissionId,
    /// The vehicle's name in it.
    pub vehicle: VehicleId,
}

/// Who somebody is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// Anybody: the service is open.
    Anonymous,
    /// The service itself, such as the vehicles of its demo.
    Internal,
    /// Whoever has this key.
    Key {
        /// The key.
        id: KeyId,
        /// Its name.
        name: Arc<str>,
        /// Whether it was used to log in, and a session's cookie came with the request instead of it.
        session: bool,
    },
    /// Whom the identity provider's token is about.
    Subject {
        /// The token's `sub`.
        subject: Arc<str>,
    },
}

impl Principal {
    /// Everybody, while the service is open: the admin of the default tenant.
    pub fn anonymous() -> Self {
        Self {
            tenant: TenantId::default(),
            role: Role::Admin,
            binding: None,
            identity: Identity::Anonymous,
            expires_at: None,
        }
    }

    /// Whether the role has the permission; what is of the whole service is for the default tenant alone.
    pub fn may(&self, permission: Permission) -> bool {
        self.role.may(permission) && (!permission.is_of_service() || self.tenant.is_default())
    }

    /// Whether it may have to do with the mission, if that is of its tenant: a vehicle only with its own.
    pub fn is_for(&self, mission: MissionId) -> bool {
        match (self.role, &self.binding) {
            (Role::Vehicle, Some(binding)) => binding.mission == mission,
            (Role::Vehicle, None) => false,
            _ => true,
        }
    }

    /// Whether it may say something in the name of the vehicle: a vehicle only in its own.
    pub fn speaks_for(&self, vehicle: &VehicleId) -> bool {
        match (self.role, &self.binding) {
            (Role::Vehicle, Some(binding)) => binding.vehicle == *vehicle,
            (Role::Vehicle, None) => false,
            _ => true,
        }
    }

    /// A short text that tells one from another, such as for a log: `key:ID`, `subject:SUB`, `anonymous` or `internal`.
    pub fn label(&self) -> String {
        match &self.identity {
            Identity::Anonymous => "anonymous".to_owned(),
            Identity::Internal => "internal".to_owned(),
            Identity::Key { id, .. } => format!("key:{id}"),
            Identity::Subject { subject } => format!("subject:{subject}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn a_vehicle_has_to_do_with_its_own_mission_and_speaks_for_itself() {
        let mission = MissionId(Uuid::from_u128(7));
        let binding = Binding { mission, vehicle: VehicleId("uav-1".to_owned()) };
        let vehicle = Principal { role: Role::Vehicle, binding: Some(Arc::new(binding)), ..Principal::anonymous() };
        assert!(vehicle.is_for(mission) && !vehicle.is_for(MissionId(Uuid::from_u128(8))));
        assert!(vehicle.speaks_for(&VehicleId("uav-1".to_owned())) && !vehicle.speaks_for(&VehicleId::ugv()));
        let unbound = Principal { binding: None, ..vehicle };
        assert!(!unbound.is_for(mission) && !unbound.speaks_for(&VehicleId::ugv()));
        assert!(Principal::anonymous().is_for(mission) && Principal::anonymous().speaks_for(&VehicleId::ugv()));
    }

    #[test]
    fn figures_of_the_whole_service_are_for_the_default_tenant() {
        let other = Principal { tenant: "other".parse().unwrap(), ..Principal::anonymous() };
        assert!(Principal::anonymous().may(Permission::Measure));
        assert!(!other.may(Permission::Measure) && !other.may(Permission::Manage) && other.may(Permission::Administer));
    }
}
