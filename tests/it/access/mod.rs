//! Who may do what: keys, tenants, sessions, tokens, and the modes of the service.

mod keys;
mod matrix;
mod modes;
mod sessions;
mod tenants;
mod tokens;

use outrider::app::{App, KeyRequest};
use outrider::domain::access::{Role, TenantId};
use outrider::domain::ids::VehicleId;

use crate::service::{Client, Service, across, square};

/// A request for a key of the default tenant.
pub(crate) fn key_of(role: Role) -> KeyRequest {
    KeyRequest {
        name: format!("the {role}"),
        role,
        tenant: TenantId::default(),
        mission: None,
        vehicle: None,
        expires_at: None,
    }
}

/// A request for a vehicle's key.
pub(crate) fn key_of_vehicle(mission: &str, vehicle: &str) -> KeyRequest {
    KeyRequest {
        mission: Some(mission.parse().unwrap()),
        vehicle: Some(VehicleId(vehicle.to_owned())),
        ..key_of(Role::Vehicle)
    }
}

/// Makes a key; its secret.
pub(crate) async fn make(app: &App, request: KeyRequest) -> String {
    app.create_key(request, "a test").await.unwrap().0.reveal().to_owned()
}

/// A service with a key of an admin, whose client is returned.
async fn closed() -> (Service, Client) {
    let service = Service::start().await;
    let key = make(service.app(), key_of(Role::Admin)).await;
    let admin = service.with_key(&key);
    (service, admin)
}

/// A network and a mission on it that has its first plan.
async fn mission_of(client: &Client, network: &str) -> (String, String) {
    let network = client.import_geojson(network, &square()).await;
    let mission = client.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    client.plan_after(&mission, 1).await;
    (network, mission)
}
