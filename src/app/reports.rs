//! Taking vehicles' and operators' reports in.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::cells::Decider;
use super::error::Fault;
use super::locate::{DEFAULT_SNAP_LIMIT_M, check_faces, check_offset, check_segment, locate};
use super::missions::check_open;
use super::{App, AppError, Location, clock};
use crate::domain::geometry::LonLat;
use crate::domain::ids::{MissionId, ReportId, SegmentId, VehicleId};
use crate::domain::mission::{EventBody, Mission, ReportRecord};
use crate::domain::network::Network;
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
        let recorded = self.record(id, move |decider| decide(decider, &reports)).await?;
        let repeated = recorded.iter().filter(|r| r.repeated).count();
        metrics::counter!("outrider_reports_total").increment((recorded.len() - repeated) as u64);
        metrics::counter!("outrider_reports_repeated_total").increment(repeated as u64);
        Ok(recorded)
    }
}

fn decide(decider: &mut Decider<'_>, reports: &[NewReport]) -> Result<Vec<RecordedReport>, AppError> {
    let mut news = Vec::new();
    let mut faults = Vec::new();
    let latest = clock::now().plus_seconds(MAX_CLOCK_LEAD_S);
    for (i, report) in reports.iter().enumerate() {
        // A repeat is answered as the first was, even if the mission would refuse it by now.
        if !decider.mission().reports.contains_key(&report.id) {
            match resolve(decider.network, decider.mission(), report, latest, i) {
                Ok(report) => news.push(report),
                Err(fault) => faults.push(fault),
            }
        }
    }
    if !faults.is_empty() {
        return Err(AppError::Invalid { code: "invalid_report", faults });
    }
    if !news.is_empty() {
        check_open(decider.mission(), None)?;
    }
    let mut added = BTreeSet::new();
    for report in news {
        // Sent twice in one batch, it is one report.
        if added.insert(report.id) {
            decider.add(EventBody::Report(report));
        }
    }
    let answer = |report: &NewReport| {
        let ReportRecord { recorded, segment } = *decider.mission().reports.get(&report.id)?;
        let repeated = !added.contains(&report.id);
        Some(RecordedReport { id: report.id, segment, seq: recorded.seq, revision: recorded.revision, repeated })
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
            let location = Location::Position { lon_lat, heading_deg, limit_m: DEFAULT_SNAP_LIMIT_M };
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
