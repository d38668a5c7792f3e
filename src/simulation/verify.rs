//! Checks a run's trace against the rules of the world, sharing nothing with the planner or with what moved the
//! vehicles.

use std::collections::BTreeMap;

use super::conditions::worlds;
use super::options::Wind;
use super::trace::{Entry, Trace, Vehicle};
use super::trial::{Blockages, Trial};
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
    /// The UGV took a turn that is forbidden.
    #[error("the UGV takes the forbidden turn from segment {from} onto segment {to} at {at_s} s")]
    ForbiddenTurn {
        /// The segment before the turn.
        from: SegmentId,
        /// The segment after it.
        to: SegmentId,
        /// When.
        at_s: f64,
    },
    /// The UGV drove against a one-way segment.
    #[error("the UGV drives against the one-way segment {segment} after {from_s} s")]
    AgainstOneway {
        /// The segment.
        segment: SegmentId,
        /// When the movement began.
        from_s: f64,
    },
    /// A UAV flew for longer than its battery lasts.
    #[error("UAV {uav} has flown for {flown_s} s at {at_s} s, but its endurance is {endurance_s} s")]
    Endurance {
        /// Which UAV.
        uav: usize,
        /// For how long since it was last swapped.
        flown_s: f64,
        /// When.
        at_s: f64,
        /// How long it can fly.
        endurance_s: f64,
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

/// Verifies a run under the rules alone: positions are continuous, speeds are kept, the UGV never waits and never
/// passes a blockage, findings are true, no two UAVs look at one segment at once, and the arrival is at the goal and no
/// earlier than the clairvoyant bound.
///
/// Options change what is demanded, and no more than they must: a UAV's speed is that through the air, its finding may
/// be untrue if its sensor errs, and was true when it was made if its report took time; it has to return in time for a
/// swap; the UGV may wait without a route while reports are on their way or the world is yet to change; and in a world
/// that changes a run may end without arrival though there is a way, which nobody saw open.
///
/// # Errors
/// The first rule that is broken.
pub fn verify(trial: &Trial, trace: &Trace, arrival_s: Option<f64>, clairvoyant_s: Option<f64>) -> Result<(), Breach> {
    let conditions = &trial.conditions;
    let worlds = worlds(trial);
    let may_wait = conditions.report_delay_s > 0.0 || !conditions.changes.is_empty();
    let mut waits = false;
    let mut before: Option<&Leg> = None;
    let mut ugv = (0.0, point(trial, trial.start));
    let mut uavs: Vec<Flown> = trial.uav_starts().into_iter().map(Flown::new).collect();
    let mut looks: BTreeMap<SegmentId, Vec<(f64, f64, usize)>> = BTreeMap::new();
    for entry in &trace.entries {
        match entry {
            Entry::Drive { from_s, to_s, leg } => {
                let before_s = ugv.0;
                if *from_s > before_s + TOLERANCE_S {
                    return Err(Breach::Waits { from_s: before_s, to_s: *from_s });
                }
                let ends = [leg.from_m, leg.to_m].map(|m| point(trial, Place { segment: leg.segment, offset_m: m }));
                let travel = Travel { vehicle: Vehicle::Ugv, from_s: *from_s, to_s: *to_s, length_m: leg.length_m() };
                let speed_mps = trial.ugv_speed_mps_on(leg.segment);
                travel.moved(&mut ugv, ends, leg.length_m() / speed_mps, speed_mps)?;
                driven(trial, &worlds, leg, *from_s)?;
                turned(trial, before.replace(leg), leg, *from_s)?;
            }
            Entry::Deadhead { uav, from_s, to_s, from, to } => {
                let length_m = from.distance_m(*to);
                let travel = Travel { vehicle: Vehicle::Uav(*uav), from_s: *from_s, to_s: *to_s, length_m };
                travel.flown(trial, &mut uavs[*uav], [*from, *to], &[*from, *to])?;
            }
            Entry::Inspect { uav, from_s, to_s, leg } => {
                let ends = [leg.from_m, leg.to_m].map(|m| point(trial, Place { segment: leg.segment, offset_m: m }));
                let length_m = leg.length_m();
                let travel = Travel { vehicle: Vehicle::Uav(*uav), from_s: *from_s, to_s: *to_s, length_m };
                travel.flown(trial, &mut uavs[*uav], ends, &polyline(trial, leg))?;
                looks.entry(leg.segment).or_default().push((*from_s, *to_s, *uav));
            }
            Entry::Finding { at_s, vehicle, segment, finding, blockage_offset_m } => {
                if !is_true(
                    trial,
                    &worlds,
                    *vehicle,
                    (*at_s, *segment),
                    blockage_offset_m.filter(|_| *finding == Finding::Blocked),
                ) {
                    let (vehicle, at_s) = (*vehicle, *at_s);
                    return Err(Breach::Untrue { vehicle, at_s, segment: *segment, finding: *finding });
                }
            }
            Entry::Decision { at_s, route, .. } => {
                if waits && *at_s > ugv.0 {
                    ugv.0 = *at_s;
                }
                waits = may_wait && route.is_empty();
            }
        }
    }
    never_together(&mut looks)?;
    arrived(trial, ugv, arrival_s, clairvoyant_s)
}

fn point(trial: &Trial, place: Place) -> Point {
    trial.network.point_at(place)
}

/// One movement.
struct Travel {
    vehicle: Vehicle,
    from_s: f64,
    to_s: f64,
    length_m: f64,
}

/// A UAV as far as its movements are known.
struct Flown {
    /// When and where the last ended.
    last: (f64, Point),
    home: Point,
    /// For how long it has flown since it last stood at home for as long as a swap takes.
    since_swap_s: f64,
}

impl Flown {
    fn new(home: Point) -> Self {
        Self { last: (0.0, home), home, since_swap_s: 0.0 }
    }
}

impl Travel {
    /// That it begins where the one before ended, and takes as long as it should at about that speed.
    fn moved(
        &self,
        last: &mut (f64, Point),
        [from, to]: [Point; 2],
        expected_s: f64,
        speed_mps: f64,
    ) -> Result<(), Breach> {
        let Self { vehicle, from_s, to_s, length_m } = *self;
        let (last_s, last_point) = *last;
        if from_s < last_s - TOLERANCE_S || from.distance_m(last_point) > TOLERANCE_M {
            return Err(Breach::Jump { vehicle, at_s: from_s });
        }
        let duration_s = to_s - from_s;
        if (duration_s - expected_s).abs() * speed_mps > TOLERANCE_M {
            return Err(Breach::Speed { vehicle, from_s, length_m, duration_s });
        }
        *last = (to_s, to);
        Ok(())
    }

    /// The same for a UAV that flies along straight lines, and that its battery lasts.
    fn flown(&self, trial: &Trial, uav: &mut Flown, ends: [Point; 2], line: &[Point]) -> Result<(), Breach> {
        let speed_mps = trial.uav_speed_mps;
        let expected_s = match trial.conditions.wind {
            None => self.length_m / speed_mps,
            Some(wind) => line.windows(2).map(|ends| windy_s(wind, speed_mps, [ends[0], ends[1]])).sum(),
        };
        let rested_s = self.from_s - uav.last.0;
        let was_home = uav.last.1.distance_m(uav.home) <= TOLERANCE_M;
        self.moved(&mut uav.last, ends, expected_s, speed_mps)?;
        let (Some(endurance), Vehicle::Uav(number)) = (trial.conditions.endurance, self.vehicle) else { return Ok(()) };
        if was_home && rested_s >= endurance.swap_s - TOLERANCE_S {
            uav.since_swap_s = 0.0;
        }
        uav.since_swap_s += self.to_s - self.from_s;
        let (flown_s, endurance_s) = (uav.since_swap_s, endurance.full_s);
        // Sums of many flights are rounded.
        if flown_s > endurance_s + 1e3 * TOLERANCE_S {
            return Err(Breach::Endurance { uav: number, flown_s, at_s: self.to_s, endurance_s });
        }
        Ok(())
    }
}

/// How long a straight flight takes in wind: the time `t` in which the way through the air, which is the way over
/// ground less that of the wind, is as long as the UAV flies: `|d - w t| = v t`, solved for `t`.
fn windy_s(wind: Wind, speed_mps: f64, [from, to]: [Point; 2]) -> f64 {
    let (x_m, y_m) = (to.x_m - from.x_m, to.y_m - from.y_m);
    let with_wind = x_m * wind.x_mps + y_m * wind.y_mps;
    let spare = speed_mps * speed_mps - wind.x_mps * wind.x_mps - wind.y_mps * wind.y_mps;
    ((with_wind * with_wind + spare * (x_m * x_m + y_m * y_m)).sqrt() - with_wind) / spare
}

/// The points of a leg's polyline, in its direction.
fn polyline(trial: &Trial, leg: &Leg) -> Vec<Point> {
    let (low_m, high_m) = (leg.from_m.min(leg.to_m), leg.from_m.max(leg.to_m));
    let mut offsets_m = vec![low_m, high_m];
    offsets_m.extend(trial.network.segment(leg.segment).offsets_m.iter().filter(|m| **m > low_m && **m < high_m));
    offsets_m.sort_by(f64::total_cmp);
    if leg.to_m < leg.from_m {
        offsets_m.reverse();
    }
    offsets_m.iter().map(|offset_m| point(trial, Place { segment: leg.segment, offset_m: *offset_m })).collect()
}

/// The worlds that there were at about that moment.
fn at(worlds: &[(f64, Blockages)], at_s: f64) -> impl Iterator<Item = &Blockages> {
    let (early_s, late_s) = (at_s - TOLERANCE_S, at_s + TOLERANCE_S);
    let present = move |(i, (from_s, _)): &(usize, &(f64, Blockages))| {
        let until_s = worlds.get(i + 1).map_or(f64::INFINITY, |(next_s, _)| *next_s);
        *from_s <= late_s && until_s >= early_s
    };
    worlds.iter().enumerate().filter(present).map(|(_, (_, blockages))| blockages)
}

/// Whether the segment was blocked at that point, or free if there is none, when the vehicle saw it; or whether its
/// sensor may have been wrong.
fn is_true(
    trial: &Trial,
    worlds: &[(f64, Blockages)],
    vehicle: Vehicle,
    (known_s, segment): (f64, SegmentId),
    blockage_m: Option<f64>,
) -> bool {
    let conditions = &trial.conditions;
    let seen_s = match vehicle {
        Vehicle::Ugv => known_s,
        Vehicle::Uav(_) if conditions.uav_sensor.is_some() => return true,
        Vehicle::Uav(_) => known_s - conditions.report_delay_s,
    };
    // A blockage that comes up at the very place of the UGV does so right behind it.
    let off_m = if conditions.changes.is_empty() { 0.0 } else { TOLERANCE_M };
    at(worlds, seen_s).any(|blockages| match blockage_m {
        None => blockages.on(segment).is_empty(),
        Some(at_m) => blockages.on(segment).iter().any(|truly_m| (at_m - truly_m).abs() <= off_m),
    })
}

fn driven(trial: &Trial, worlds: &[(f64, Blockages)], leg: &Leg, from_s: f64) -> Result<(), Breach> {
    let segment = leg.segment;
    let road = trial.network.segment(segment);
    if road.oneway && leg.to_m < leg.from_m {
        return Err(Breach::AgainstOneway { segment, from_s });
    }
    // A movement ends when the world changes, so it is in one world.
    let world = worlds.iter().rev().find(|(begins_s, _)| *begins_s <= from_s).or(worlds.first());
    let blocked_m = world.map_or(&[][..], |(_, blockages)| blockages.on(segment));
    // A blockage that came up at the very place of the UGV, inside the segment, may be a little to its other side.
    let off_m = if trial.conditions.changes.is_empty() { 0.0 } else { TOLERANCE_M };
    let (low_m, high_m) = (leg.from_m.min(leg.to_m), leg.from_m.max(leg.to_m));
    // A blockage at a junction blocks its segment: whoever drives away from that end has passed it.
    let passed = |at_m: &&f64| {
        let off_m = if **at_m > 0.0 && **at_m < road.length_m() { off_m } else { 0.0 };
        (low_m + off_m..=high_m - off_m).contains(*at_m)
    };
    let passed = blocked_m.iter().find(passed);
    passed.map_or(Ok(()), |offset_m| Err(Breach::PassesBlockage { segment, offset_m: *offset_m, from_s }))
}

/// Turning back on a segment is no turn at its end: that can be done just before.
fn turned(trial: &Trial, before: Option<&Leg>, leg: &Leg, at_s: f64) -> Result<(), Breach> {
    match before.filter(|before| before.segment != leg.segment && trial.network.is_forbidden_between(before, leg)) {
        Some(before) => Err(Breach::ForbiddenTurn { from: before.segment, to: leg.segment, at_s }),
        None => Ok(()),
    }
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
        // Where turns are forbidden, the bound may be a way that nobody may take.
        (None, Some(clairvoyant_s)) if trial.conditions.changes.is_empty() && !trial.network.has_forbidden_turns() => {
            Err(Breach::GivesUp { clairvoyant_s })
        }
        (Some(_) | None, _) => Ok(()),
    }
}
