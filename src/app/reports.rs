//! Taking vehicles' and operators' reports in.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::cells::{Cell, Decider, Moment};
use super::error::Fault;
use super::locate::{DEFAULT_SNAP_LIMIT_M, check_faces, check_offset, check_segment, locate};
use super::missions::check_open;
use super::{App, AppError, Location, clock};
use crate::domain::geometry::LonLat;
use crate::domain::ids::{MissionId, ReportId, SegmentId, VehicleId};
use crate::domain::mission::{EventBody, Mission, ReportRecord};
use crate::domain::network::{Heading, Network};
use crate::domain::report::{Finding, Report};
use crate::domain::timestamp::Timestamp;

/// How far ahead of the service's clock a vehicle's clock may be, in seconds. An observation from the future would override
/// every true one until then.
pub(super) const MAX_CLOCK_LEAD_S: f64 = 300.0;

/// A report as it comes in.
#[derive(Clone, Debug)]
pub struct NewReport {
    /// Chosen by the reporter.
    pub id: ReportId,
    /// What was inspected.
    pub target: ReportTarget,
    /// What was seen.
    pub finding: Finding,
    /// Where the blockage is, when known.
    pub blockage: Option<BlockagePoint>,
    /// When it was seen.
    pub observed_at: Timestamp,
    /// Who saw it: a vehicle of the mission, or `operator` or `operator` and a name after a dot.
    pub reported_by: VehicleId,
    /// How sure the reporter is.
    pub confidence: f64,
}

/// The inspected segment, as the reporter knows it.
#[derive(Clone, Copy, Debug)]
pub enum ReportTarget {
    /// By its id.
    Segment(SegmentId),
    /// The one nearest to a position.
    Position {
        /// The position.
        lon_lat: LonLat,
        /// Degrees clockwise from north.
        heading_deg: Option<f64>,
    },
}

/// Where a blockage is, as the reporter knows it.
#[derive(Clone, Copy, Debug)]
pub enum BlockagePoint {
    /// So many metres from the segment's first end.
    Offset(f64),
    /// At the segment's nearest point to this position.
    Position(LonLat),
}

/// Where a report stands in the log.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RecordedReport {
    /// The report.
    pub id: ReportId,
    /// The segment it was taken to be of.
    pub segment: SegmentId,
    /// Its number in the log.
    pub seq: u64,
    /// The revision of the knowledge after it.
    pub revision: u64,
    /// It was in the log already.
    pub repeated: bool,
}

impl App {
    /// Takes reports in: all of them, durably, or none. A report whose id is in the log already is answered as it was then.
    ///
    /// # Errors
    /// When one of them does not fit the mission, the mission is over, or the database fails.
    pub async fn record_reports(
        self: &Arc<Self>,
        id: MissionId,
        reports: Vec<NewReport>,
    ) -> Result<Vec<RecordedReport>, AppError> {
        let cell = self.cell(id).await?;
        let recorded = match self.try_reports(&cell, &reports).await {
            Err(AppError::Invalid { .. } | AppError::MissionEnded { .. }) => {
                self.recall(&cell, &reports).await?;
                self.try_reports(&cell, &reports).await?
            }
            tried => tried?,
        };
        let repeated = recorded.iter().filter(|r| r.repeated).count();
        let now = clock::now();
        let lag = metrics::histogram!("outrider_report_lag_seconds");
        // A clock that is ahead does not make the report early.
        let lags = recorded.iter().zip(&reports).filter(|(recorded, _)| !recorded.repeated);
        lags.for_each(|(_, report)| lag.record(now.seconds_since(report.observed_at).max(0.0)));
        metrics::counter!("outrider_reports_total").increment((recorded.len() - repeated) as u64);
        metrics::counter!("outrider_reports_repeated_total").increment(repeated as u64);
        Ok(recorded)
    }

    async fn try_reports(&self, cell: &Arc<Cell>, reports: &[NewReport]) -> Result<Vec<RecordedReport>, AppError> {
        let resolved = resolve_all(&self.moment(cell).await?, reports, cell, clock::now())?;
        self.record_in(cell, move |decider| decide(decider, &resolved)).await
    }

    /// Before reports are refused: what others added is read, and whether they are in the log already without the mission
    /// remembering it.
    async fn recall(&self, cell: &Arc<Cell>, reports: &[NewReport]) -> Result<(), AppError> {
        self.moment_of_log(cell).await?;
        let sent: Vec<ReportId> = reports.iter().map(|report| report.id).collect();
        cell.keep_old_reports(self.store.reports_in_log(cell.id, &sent).await?);
        Ok(())
    }
}

/// The reports as they will stand in the log. One whose id is there already needs no more than its id: it is answered as the
/// first was, even if the mission would refuse it by now.
pub(super) fn resolve_all(
    moment: &Moment,
    reports: &[NewReport],
    cell: &Cell,
    now: Timestamp,
) -> Result<Vec<Incoming>, AppError> {
    let latest = now.plus_seconds(MAX_CLOCK_LEAD_S);
    let mut faults = Vec::new();
    let mut incoming = Vec::with_capacity(reports.len());
    for (i, report) in reports.iter().enumerate() {
        if let Some(record) = moment.mission.reports.get(report.id).or_else(|| cell.old_report(report.id)) {
            incoming.push(Incoming::Repeated(report.id, record));
            continue;
        }
        match resolve(&moment.network, &moment.mission, report, latest, i) {
            Ok(report) => incoming.push(Incoming::New(Arc::new(report))),
            Err(fault) => faults.push(fault),
        }
    }
    if faults.is_empty() { Ok(incoming) } else { Err(AppError::Invalid { code: "invalid_report", faults }) }
}

/// A report that was checked.
pub(super) enum Incoming {
    /// It is in the log already, there. The mission may not remember it for much longer.
    Repeated(ReportId, ReportRecord),
    /// It was not, when it was checked.
    New(Arc<Report>),
}

/// Adds what is not in the log yet.
pub(super) fn decide(decider: &mut Decider<'_>, reports: &[Incoming]) -> Result<Vec<RecordedReport>, AppError> {
    let mut added = BTreeSet::new();
    for incoming in reports {
        let Incoming::New(report) = incoming else { continue };
        if decider.report(report.id).is_none() {
            check_open(decider.mission(), None)?;
            added.insert(report.id);
            decider.add(EventBody::Report(Arc::clone(report)));
        }
    }
    let answer = |incoming: &Incoming| {
        let (id, ReportRecord { recorded, segment }) = match incoming {
            Incoming::Repeated(id, record) => (*id, *record),
            Incoming::New(report) => (report.id, decider.report(report.id)?),
        };
        // One that comes twice in a batch is new the first time.
        let repeated = !added.remove(&id);
        Some(RecordedReport { id, segment, seq: recorded.seq, revision: recorded.revision, repeated })
    };
    Ok(reports.iter().filter_map(answer).collect())
}

fn resolve(
    network: &Network,
    mission: &Mission,
    new: &NewReport,
    latest: Timestamp,
    i: usize,
) -> Result<Report, Fault> {
    let reporter = &new.reported_by;
    let known =
        reporter.is_ugv() || mission.settings.uavs.iter().any(|uav| uav.id == *reporter) || reporter.is_operator();
    if !known {
        return Err(Fault::new(
            format!("/{i}/reported_by"),
            format!("{:?} is no vehicle of this mission, nor `operator` or `operator.NAME`", reporter.0),
        ));
    }
    if new.observed_at > latest {
        return Err(Fault::new(
            format!("/{i}/observed_at"),
            format!("more than {MAX_CLOCK_LEAD_S} s ahead of the service's clock"),
        ));
    }
    let segment = match new.target {
        ReportTarget::Segment(segment) => {
            check_segment(network, segment, &format!("/{i}/segment"))?;
            segment
        }
        ReportTarget::Position { lon_lat, heading_deg } => {
            // Who flies goes along a one-way road in either direction.
            let flies = !(reporter.is_ugv() || reporter.is_operator());
            let heading = heading_deg.map(if flies { Heading::flown } else { Heading::driven });
            let location = Location::Position { lon_lat, heading, limit_m: DEFAULT_SNAP_LIMIT_M };
            locate(network, &location, &format!("/{i}"))?.place.segment
        }
    };
    let blockage_offset_m = match new.blockage {
        None => None,
        Some(_) if new.finding == Finding::Clear => {
            let field = match new.blockage {
                Some(BlockagePoint::Position(_)) => "blockage_position",
                Some(BlockagePoint::Offset(_)) | None => "blockage_offset_m",
            };
            return Err(Fault::new(format!("/{i}/{field}"), "a clear segment has no blockage"));
        }
        Some(BlockagePoint::Offset(offset_m)) => {
            check_offset(network, segment, offset_m, &format!("/{i}/blockage_offset_m"))?;
            Some(offset_m)
        }
        Some(BlockagePoint::Position(lon_lat)) => {
            check_faces(network, lon_lat, format!("/{i}/blockage_position"))?;
            let snap = network.nearest_on(segment, network.plane().project(lon_lat));
            if snap.distance_m > DEFAULT_SNAP_LIMIT_M {
                return Err(Fault::new(
                    format!("/{i}/blockage_position"),
                    format!("{:.0} m away from segment {segment}", snap.distance_m),
                ));
            }
            Some(snap.place.offset_m)
        }
    };
    Ok(Report {
        id: new.id,
        segment,
        finding: new.finding,
        blockage_offset_m,
        observed_at: new.observed_at,
        reported_by: new.reported_by.clone(),
        confidence: new.confidence,
    })
}
