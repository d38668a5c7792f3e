//! Checks a run's trace against the rules of the world, sharing nothing with the planner or with what moved the vehicles.

use std::collections::BTreeMap;

use super::trace::{Entry, Trace, Vehicle};
use super::trial::Trial;
use crate::domain::geometry::Point;
use crate::domain::ids::SegmentId;
use crate::domain::network::{Leg, Place};
use crate::domain::report::Finding;

/// How far a position may be off for rounding, in metres; twice what the UGV stops short of a blockage.
const TOLERANCE_M: f64 = 2e-6;
/// How far a time may be off for rounding, in seconds.
const TOLERANCE_S: f64 = 1e-6;

/// A rule of the world that a run broke: a mistake in the simulator or in a strategy.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Breach {
    /// A movement does not begin where and when the one before ended.
    #[error("{vehicle:?} is somewhere else at {at_s} s than it was before")]
    Jump {
        /// Which vehicle.
        vehicle: Vehicle,
        /// When.
        at_s: f64,
    },
    /// A movement does not take its length divided by the vehicle's speed.
    #[error("{vehicle:?} goes {length_m} m in {duration_s} s from {from_s} s on, which is not its speed")]
    Speed {
        /// Which vehicle.
        vehicle: Vehicle,
        /// When the movement began.
        from_s: f64,
        /// Its length.
        length_m: f64,
        /// How long it took.
        duration_s: f64,
    },
    /// The UGV stood still on its way.
    #[error("the UGV waits from {from_s} s to {to_s} s")]
    Waits {
        /// From when.
        from_s: f64,
        /// Until when.
        to_s: f64,
    },
    /// The UGV went past a blockage.
    #[error("the UGV passes the blockage at {offset_m} m of segment {segment} after {from_s} s")]
    PassesBlockage {
        /// The segment.
        segment: SegmentId,
        /// Where it is blocked.
        offset_m: f64,
        /// When the movement began.
        from_s: f64,
    },
    /// The UGV drove against a one-way segment.
    #[error("the UGV drives against the one-way segment {segment} after {from_s} s")]
    AgainstOneway {
        /// The segment.
        segment: SegmentId,
        /// When the movement began.
        from_s: f64,
    },
    /// A finding is not true.
    #[error("at {at_s} s {vehicle:?} finds segment {segment} {finding:?}, which it is not")]
    Untrue {
        /// Who.
        vehicle: Vehicle,
        /// When.
        at_s: f64,
        /// The segment.
        segment: SegmentId,
        /// The finding.
        finding: Finding,
    },
    /// Two UAVs looked at one segment at a time.
    #[error("UAVs {first} and {second} inspect segment {segment} at once, at {at_s} s")]
    Together {
        /// One UAV.
        first: usize,
        /// The other.
        second: usize,
        /// The segment.
        segment: SegmentId,
        /// When.
        at_s: f64,
    },
    /// The UGV is said to have arrived, and is not at the goal, or at another time.
    #[error("the UGV is said to arrive at {arrival_s} s, but it is not at the goal then")]
    NotThere {
        /// When it is said to arrive.
        arrival_s: f64,
    },
    /// The arrival beats the bound.
    #[error("the UGV arrives at {arrival_s} s, before the clairvoyant {clairvoyant_s:?} s")]
    BeatsClairvoyant {
        /// When it arrived.
        arrival_s: f64,
        /// The bound; `None` if there is no way at all.
        clairvoyant_s: Option<f64>,
    },
    /// The run ended without arrival, though there is a way.
    #[error("the UGV does not arrive, though there is a way that takes {clairvoyant_s} s")]
    GivesUp {
        /// How long the way takes.
        clairvoyant_s: f64,
    },
}

/// Verifies a run under the rules alone: positions are continuous, speeds are kept, the UGV never waits and never passes a
/// blockage, findings are true, no two UAVs look at one segment at once, and the arrival is at the goal and no earlier than the
/// clairvoyant bound.
///
/// # Errors
/// The first rule that is broken.
pub fn verify(trial: &Trial, trace: &Trace, arrival_s: Option<f64>, clairvoyant_s: Option<f64>) -> Result<(), Breach> {
    let mut last = vec![(0.0, point(trial, trial.start)); 1 + trial.uav_count];
    let mut looks: BTreeMap<SegmentId, Vec<(f64, f64, usize)>> = BTreeMap::new();
    for entry in &trace.entries {
        match entry {
            Entry::Drive { from_s, to_s, leg } => {
                let before_s = last[0].0;
                if *from_s > before_s + TOLERANCE_S {
                    return Err(Breach::Waits { from_s: before_s, to_s: *from_s });
                }
                let ends = [leg.from_m, leg.to_m].map(|m| point(trial, Place { segment: leg.segment, offset_m: m }));
                moved(&mut last[0], Vehicle::Ugv, (*from_s, *to_s), ends, leg.length_m(), trial.ugv_speed_mps)?;
                driven(trial, leg, *from_s)?;
            }
            Entry::Deadhead { uav, from_s, to_s, from, to } => {
                let length_m = from.distance_m(*to);
                let times_s = (*from_s, *to_s);
                moved(&mut last[uav + 1], Vehicle::Uav(*uav), times_s, [*from, *to], length_m, trial.uav_speed_mps)?;
            }
            Entry::Inspect { uav, from_s, to_s, leg } => {
                let ends = [leg.from_m, leg.to_m].map(|m| point(trial, Place { segment: leg.segment, offset_m: m }));
                let times_s = (*from_s, *to_s);
                let (last, length_m) = (&mut last[uav + 1], leg.length_m());
                moved(last, Vehicle::Uav(*uav), times_s, ends, length_m, trial.uav_speed_mps)?;
                looks.entry(leg.segment).or_default().push((*from_s, *to_s, *uav));
            }
            Entry::Finding { at_s, vehicle, segment, finding, blockage_offset_m } => {
                let truly_m = trial.blockages.on(*segment);
                let is_true = match finding {
                    Finding::Clear => truly_m.is_empty(),
                    Finding::Blocked => blockage_offset_m.is_some_and(|at_m| truly_m.contains(&at_m)),
                };
                if !is_true {
                    let (vehicle, at_s) = (*vehicle, *at_s);
                    return Err(Breach::Untrue { vehicle, at_s, segment: *segment, finding: *finding });
                }
            }
            Entry::Decision { .. } => {}
        }
    }
    never_together(&mut looks)?;
    arrived(trial, last[0], arrival_s, clairvoyant_s)
}

fn point(trial: &Trial, place: Place) -> Point {
    trial.network.point_at(place)
}

fn moved(
    last: &mut (f64, Point),
    vehicle: Vehicle,
    (from_s, to_s): (f64, f64),
    [from, to]: [Point; 2],
    length_m: f64,
    speed_mps: f64,
) -> Result<(), Breach> {
    let (last_s, last_point) = *last;
    if from_s < last_s - TOLERANCE_S || from.distance_m(last_point) > TOLERANCE_M {
        return Err(Breach::Jump { vehicle, at_s: from_s });
    }
    let duration_s = to_s - from_s;
    if (duration_s * speed_mps - length_m).abs() > TOLERANCE_M {
        return Err(Breach::Speed { vehicle, from_s, length_m, duration_s });
    }
    *last = (to_s, to);
    Ok(())
}

fn driven(trial: &Trial, leg: &Leg, from_s: f64) -> Result<(), Breach> {
    let segment = leg.segment;
    if trial.network.segment(segment).oneway && leg.to_m < leg.from_m {
        return Err(Breach::AgainstOneway { segment, from_s });
    }
    let (low_m, high_m) = (leg.from_m.min(leg.to_m), leg.from_m.max(leg.to_m));
    // A blockage at a junction blocks its segment: whoever drives away from that end has passed it.
    let passed = trial.blockages.on(segment).iter().find(|at_m| (low_m..=high_m).contains(*at_m));
    passed.map_or(Ok(()), |offset_m| Err(Breach::PassesBlockage { segment, offset_m: *offset_m, from_s }))
}

fn never_together(looks: &mut BTreeMap<SegmentId, Vec<(f64, f64, usize)>>) -> Result<(), Breach> {
    for (segment, looks) in looks {
        looks.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.2.cmp(&b.2)));
        for (i, (_, until_s, first)) in looks.iter().enumerate() {
            let together = looks[i + 1..].iter().find(|(at_s, _, uav)| uav != first && *at_s < until_s - TOLERANCE_S);
            if let Some((at_s, _, second)) = together {
                return Err(Breach::Together { first: *first, second: *second, segment: *segment, at_s: *at_s });
            }
        }
    }
    Ok(())
}

fn arrived(
    trial: &Trial,
    (last_s, last): (f64, Point),
    arrival_s: Option<f64>,
    clairvoyant_s: Option<f64>,
) -> Result<(), Breach> {
    match (arrival_s, clairvoyant_s) {
        (Some(arrival_s), _)
            if (last_s - arrival_s).abs() > TOLERANCE_S
                || last.distance_m(trial.network.node(trial.goal_node).point) > TOLERANCE_M =>
        {
            Err(Breach::NotThere { arrival_s })
        }
        (Some(arrival_s), bound_s) if bound_s.is_none_or(|bound_s| arrival_s < bound_s - TOLERANCE_S) => {
            Err(Breach::BeatsClairvoyant { arrival_s, clairvoyant_s })
        }
        (None, Some(clairvoyant_s)) => Err(Breach::GivesUp { clairvoyant_s }),
        (Some(_), _) | (None, None) => Ok(()),
    }
}
