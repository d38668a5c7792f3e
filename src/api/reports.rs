//! `/v1/missions/{id}/reports`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{ApiPath, Faults, JsonBytes, OneOrMany};
use super::location::{check_heading, check_position};
use super::problem::Problem;
use super::strict::{optional_object, word};
use crate::app::{App, AppError, BlockagePoint, NewReport, RecordedReport, ReportTarget};
use crate::domain::access::Principal;
use crate::domain::geometry::LonLat;
use crate::domain::ids::{MissionId, ReportId, SegmentId, VehicleId};
use crate::domain::report::Finding;
use crate::domain::timestamp::Timestamp;

/// Where reports are sent.
pub(super) const ROUTE: &str = "/v1/missions/{mission_id}/reports";

/// The most reports of one batch.
pub(super) const MAX_BATCH: usize = 1_000;

/// What a vehicle or an operator saw of one segment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "id": "01938a6e-1111-7000-8000-000000000001",
    "segment": 214,
    "finding": "blocked",
    "blockage_offset_m": 35.5,
    "observed_at": "2026-05-04T09:30:00Z",
    "reported_by": "uav-1"
}))]
pub(super) struct ReportRequest {
    /// Chosen by the reporter; sending it again with the same id changes nothing and answers as the first time.
    id: ReportId,
    /// The inspected segment; or give `position`.
    segment: Option<SegmentId>,
    /// A position on or near the inspected segment; or give `segment`.
    #[serde(default, deserialize_with = "optional_object")]
    position: Option<LonLat>,
    /// With `position`: the direction of travel in degrees clockwise from north.
    #[schema(minimum = 0.0, maximum = 360.0)]
    heading_deg: Option<f64>,
    /// `clear` when a vehicle went along all of it.
    #[serde(deserialize_with = "word")]
    finding: Finding,
    /// Where the blockage is, when known, in metres from the segment's first end; or give `blockage_position`. Without
    /// either the whole segment counts as closed.
    #[schema(minimum = 0.0)]
    blockage_offset_m: Option<f64>,
    /// Where the blockage is, when known, as a position, taken to the segment's nearest point.
    #[serde(default, deserialize_with = "optional_object")]
    blockage_position: Option<LonLat>,
    /// When it was seen. An older observation never overrides a newer one.
    observed_at: Timestamp,
    /// A vehicle of the mission, or `operator` or `operator.NAME`.
    reported_by: VehicleId,
    /// How sure the reporter is; 1 unless given. Kept for the record.
    #[schema(exclusive_minimum = 0.0, maximum = 1.0)]
    confidence: Option<f64>,
}

/// Where the reports stand in the log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReportsAccepted {
    /// The number of the last of them in the log.
    seq: u64,
    /// The revision of the knowledge after that.
    revision: u64,
    /// One entry a report, in the order sent.
    reports: Vec<ReportAccepted>,
}

/// Where one report stands in the log.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ReportAccepted {
    /// The report.
    id: ReportId,
    /// The segment it was taken to be of.
    segment: SegmentId,
    /// Its number in the log.
    seq: u64,
    /// The revision of the knowledge after it.
    revision: u64,
    /// It was in the log already.
    repeated: bool,
}

impl ReportRequest {
    fn read(self, i: usize, faults: &mut Faults) -> Option<NewReport> {
        let at = |field: &'static str| move || format!("/{i}/{field}");
        let target = match (self.segment, self.position) {
            (Some(segment), None) => Some(ReportTarget::Segment(segment)),
            (None, Some(lon_lat)) => {
                check_position(lon_lat, &at("position")(), faults);
                Some(ReportTarget::Position { lon_lat, heading_deg: self.heading_deg })
            }
            _ => {
                faults.require_at(false, at("segment"), "expected exactly one of segment and position");
                None
            }
        };
        if self.heading_deg.is_some() {
            check_heading(self.heading_deg, &at("heading_deg")(), faults);
            faults.require_at(self.position.is_some(), at("heading_deg"), "goes with position");
        }
        let blockage = match (self.blockage_offset_m, self.blockage_position) {
            (None, None) => None,
            (Some(offset_m), None) => Some(BlockagePoint::Offset(offset_m)),
            (None, Some(lon_lat)) => {
                check_position(lon_lat, &at("blockage_position")(), faults);
                Some(BlockagePoint::Position(lon_lat))
            }
            (Some(_), Some(_)) => {
                let message = "expected at most one of blockage_offset_m and blockage_position";
                faults.require_at(false, at("blockage_offset_m"), message);
                None
            }
        };
        let confidence = self.confidence.unwrap_or(1.0);
        let fits = confidence > 0.0 && confidence <= 1.0;
        faults.require_at(fits, at("confidence"), "expected above 0 and up to 1");
        let fits = self.reported_by.is_well_formed();
        faults.require_at(fits, at("reported_by"), "expected 1 to 40 letters, digits, '-', '_' or '.'");
        Some(NewReport {
            id: self.id,
            target: target?,
            finding: self.finding,
            blockage,
            observed_at: self.observed_at,
            reported_by: self.reported_by,
            confidence,
        })
    }
}

/// Report what was seen
///
/// One report, or an array of up to 1,000. All of them are stored, durably, or none; a new plan follows on the stream if
/// they change what is known.
#[utoipa::path(post, path = "/v1/missions/{mission_id}/reports", operation_id = "create_reports", tag = "reports", security(("permission" = ["report"])),
    params(("mission_id" = MissionId, Path, description = "The mission")),
    request_body(content = inline(OneOrManyReports), content_type = "application/json"),
    responses((status = 202, description = "Stored; a plan follows if the knowledge changed", body = ReportsAccepted),
              (status = 409, description = "The mission is over")))]
pub(super) async fn create_reports(
    State(app): State<Arc<App>>,
    ApiPath(id): ApiPath<MissionId>,
    Extension(principal): Extension<Principal>,
    JsonBytes(body): JsonBytes,
) -> Result<(StatusCode, Json<ReportsAccepted>), Problem> {
    take_in(&app, id, &principal, &body).await
}

/// Takes in what a body says that was sent to [`ROUTE`] of this mission, by the router or past it (`express`).
///
/// # Errors
/// When the body is not valid, speaks for somebody else, or the mission does not take it.
pub(super) async fn take_in(
    app: &Arc<App>,
    id: MissionId,
    principal: &Principal,
    body: &[u8],
) -> Result<(StatusCode, Json<ReportsAccepted>), Problem> {
    let Batch { items: reports, is_array } = read_reports(body)?;
    speak_for(principal, is_array, "reported_by", reports.iter().map(|report| &report.reported_by))?;
    let recorded = app.record_reports(id, reports).await.map_err(|error| as_sent(is_array, error))?;
    let last = recorded.iter().max_by_key(|report| report.seq);
    let (seq, revision) = last.map_or((0, 0), |last| (last.seq, last.revision));
    let accepted = |r: &RecordedReport| ReportAccepted {
        id: r.id,
        segment: r.segment,
        seq: r.seq,
        revision: r.revision,
        repeated: r.repeated,
    };
    let body = ReportsAccepted { seq, revision, reports: recorded.iter().map(accepted).collect() };
    Ok((StatusCode::ACCEPTED, Json(body)))
}

/// What a body of one item or several says.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch<T> {
    /// In the order sent.
    pub items: Vec<T>,
    /// Whether it was an array, so that pointers into it begin with an index.
    pub is_array: bool,
}

/// Reads the body of `POST /v1/missions/{mission_id}/reports`.
///
/// # Errors
/// All that is wrong with it without knowing the mission.
pub fn read_reports(body: &[u8]) -> Result<Batch<NewReport>, Problem> {
    let OneOrMany { items, is_array } = OneOrMany::<ReportRequest>::read(body)?;
    let mut faults = Faults::default();
    if !(1..=MAX_BATCH).contains(&items.len()) {
        faults.require(false, "", format!("expected 1 to {MAX_BATCH} reports"));
    }
    let items = items.into_iter().enumerate().filter_map(|(i, report)| report.read(i, &mut faults)).collect();
    Faults(OneOrMany::<ReportRequest>::faults_as_sent(is_array, faults.0)).into_result("invalid_report")?;
    Ok(Batch { items, is_array })
}

/// Either of both forms.
#[derive(Deserialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes the body, which is told apart by its first character")]
pub(super) enum OneOrManyReports {
    /// One report.
    #[schema(title = "One report")]
    One(ReportRequest),
    /// Up to 1,000.
    #[schema(title = "A batch")]
    Many(Vec<ReportRequest>),
}

/// Refuses what a vehicle says in the name of another one, or of an operator.
pub(super) fn speak_for<'a>(
    principal: &Principal,
    is_array: bool,
    field: &str,
    mut names: impl Iterator<Item = &'a VehicleId>,
) -> Result<(), Problem> {
    match names.position(|name| !principal.speaks_for(name)) {
        None => Ok(()),
        Some(i) => {
            let pointer = if is_array { format!("/{i}/{field}") } else { format!("/{field}") };
            let detail = "a vehicle's key speaks for that vehicle only";
            Err(Problem::forbidden("not_yours", detail, None).at(pointer, detail))
        }
    }
}

/// The application's faults, with pointers as the request has the fields.
pub(super) fn as_sent(is_array: bool, error: AppError) -> Problem {
    Problem::from(match error {
        AppError::Invalid { code, faults } => {
            AppError::Invalid { code, faults: OneOrMany::<()>::faults_as_sent(is_array, faults) }
        }
        other => other,
    })
}
