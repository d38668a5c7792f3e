//! What happened in a run, in order of time.

use crate::domain::geometry::Point;
use crate::domain::ids::SegmentId;
use crate::domain::network::Leg;
use crate::domain::report::Finding;

/// Which vehicle: the UGV, or a UAV by its number from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Vehicle {
    /// The ground vehicle.
    Ugv,
    /// A drone.
    Uav(usize),
}

/// One thing that happened. Movements are entered when they end or are interrupted.
#[derive(Clone, Debug, PartialEq)]
pub enum Entry {
    /// The UGV drove along part of a segment.
    Drive {
        /// When it began, in seconds from the start of the mission.
        from_s: f64,
        /// When it ended.
        to_s: f64,
        /// The part and its direction.
        leg: Leg,
    },
    /// A UAV flew straight from one place to another.
    Deadhead {
        /// The UAV.
        uav: usize,
        /// When it began.
        from_s: f64,
        /// When it ended.
        to_s: f64,
        /// From where.
        from: Point,
        /// To where.
        to: Point,
    },
    /// A UAV flew along part of a segment and looked at it.
    Inspect {
        /// The UAV.
        uav: usize,
        /// When it began.
        from_s: f64,
        /// When it ended.
        to_s: f64,
        /// The part and its direction.
        leg: Leg,
    },
    /// What a vehicle found out about a segment became known, to everyone.
    Finding {
        /// When it became known: with a report delay, that much later than it was seen.
        at_s: f64,
        /// Who.
        vehicle: Vehicle,
        /// The segment.
        segment: SegmentId,
        /// What.
        finding: Finding,
        /// Where it is blocked, in metres from the first end.
        blockage_offset_m: Option<f64>,
    },
    /// A strategy decided.
    Decision {
        /// When.
        at_s: f64,
        /// The UGV's route; empty if there is none.
        route: Vec<Leg>,
        /// The UAVs' inspections in order.
        tasking: Vec<Vec<Leg>>,
    },
}

/// All that happened in a run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// In the order in which it was entered.
    pub entries: Vec<Entry>,
}
