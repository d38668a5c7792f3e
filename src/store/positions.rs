//! The vehicles' latest positions, one row each.

use sqlx::Row;
use sqlx::types::Json;
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Store, StoreError};
use crate::domain::ids::{MissionId, VehicleId};
use crate::domain::vehicle::Fix;

/// A vehicle's latest position.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredPosition {
    /// The vehicle.
    pub vehicle: VehicleId,
    /// Where it was last.
    pub fix: Fix,
}

impl Store {
    /// Keeps the positions that are newer than those held, in one commit. Each vehicle of a mission at most once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn upsert_positions(&self, positions: &[(MissionId, StoredPosition)]) -> Result<(), StoreError> {
        let (mut missions, mut vehicles) = (Vec::new(), Vec::new());
        let (mut times, mut fixes) = (Vec::new(), Vec::new());
        for (mission, position) in positions {
            missions.push(mission.0);
            vehicles.push(position.vehicle.0.as_str());
            times.push(OffsetDateTime::from(position.fix.observed_at()));
            let fix = serde_json::to_string(&position.fix)
                .map_err(|e| StoreError::Damaged { what: format!("a position cannot be written: {e}") })?;
            fixes.push(fix);
        }
        // In order, so that two replicas never wait for each other's rows.
        sqlx::query(
            "INSERT INTO vehicle_positions AS held (mission_id, vehicle, observed_at, fix)
             SELECT mission_id, vehicle, observed_at, fix::json
             FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[])
                  AS new (mission_id, vehicle, observed_at, fix)
             ORDER BY mission_id, vehicle
             ON CONFLICT (mission_id, vehicle) DO UPDATE SET observed_at = excluded.observed_at, fix = excluded.fix
             WHERE held.observed_at <= excluded.observed_at",
        )
        .bind(missions)
        .bind(vehicles)
        .bind(times)
        .bind(fixes)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The latest positions of all vehicles of some missions.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn positions_of(&self, ids: &[MissionId]) -> Result<Vec<(MissionId, StoredPosition)>, StoreError> {
        let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
        let rows = sqlx::query(
            "SELECT mission_id, vehicle, fix FROM vehicle_positions WHERE mission_id = ANY($1)
             ORDER BY mission_id, vehicle",
        )
        .bind(ids)
        .fetch_all(&self.pool)
        .await?;
        rows.iter()
            .map(|row| {
                let fix = row.try_get::<Json<Fix>, _>(2)?.0;
                Ok((MissionId(row.try_get(0)?), StoredPosition { vehicle: VehicleId(row.try_get(1)?), fix }))
            })
            .collect()
    }
}
