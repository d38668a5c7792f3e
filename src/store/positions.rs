//! The vehicles' latest positions, one row each.

use sqlx::Row;
use sqlx::types::Json;
use time::OffsetDateTime;

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
    /// Keeps the positions that are newer than those held. Each vehicle at most once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn upsert_positions(&self, id: MissionId, positions: &[StoredPosition]) -> Result<(), StoreError> {
        let (mut vehicles, mut times, mut fixes) = (Vec::new(), Vec::new(), Vec::new());
        for position in positions {
            vehicles.push(position.vehicle.0.as_str());
            times.push(OffsetDateTime::from(position.fix.observed_at()));
            let fix = serde_json::to_string(&position.fix)
                .map_err(|e| StoreError::Damaged { what: format!("a position cannot be written: {e}") })?;
            fixes.push(fix);
        }
        sqlx::query(
            "INSERT INTO vehicle_positions AS held (mission_id, vehicle, observed_at, fix)
             SELECT $1, vehicle, observed_at, fix::json
             FROM unnest($2::text[], $3::timestamptz[], $4::text[]) AS new (vehicle, observed_at, fix)
             ORDER BY vehicle
             ON CONFLICT (mission_id, vehicle) DO UPDATE SET observed_at = excluded.observed_at, fix = excluded.fix
             WHERE held.observed_at <= excluded.observed_at",
        )
        .bind(id.0)
        .bind(vehicles)
        .bind(times)
        .bind(fixes)
        .execute(&self.pool)
        .await?;
        Ok(())
    }

    /// The latest position of every vehicle that has told one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn positions(&self, id: MissionId) -> Result<Vec<StoredPosition>, StoreError> {
        let rows = sqlx::query("SELECT vehicle, fix FROM vehicle_positions WHERE mission_id = $1 ORDER BY vehicle")
            .bind(id.0)
            .fetch_all(&self.pool)
            .await?;
        rows.iter()
            .map(|row| {
                Ok(StoredPosition { vehicle: VehicleId(row.try_get(0)?), fix: row.try_get::<Json<Fix>, _>(1)?.0 })
            })
            .collect()
    }
}
