//! How UAVs choose their next inspection in a rollout.

use super::arena::Arena;
use super::way::Step;
use crate::domain::geometry::Point;

/// Which of the unknown segments on the UGV's way a UAV inspects next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// None: the UAVs do nothing.
    Rest,
    /// The first that it is at before the UGV, as `shortest_path` does.
    Forward,
    /// The first that it is at before the UGV, on the way or on its alternatives, in the order in which the UGV would need them, as
    /// `priority_assignment` does.
    Wide,
    /// The last that it can begin before the UGV is through, as `bidirectional` does.
    Backward,
    /// The first from which on it can inspect all the rest before the UGV is through that one, as `partition` does.
    Suffix,
}

/// How everyone acts in a rollout after the first move.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::planning) struct Policy {
    pub(in crate::planning) rule: Rule,
}

/// A segment to inspect, or what is left of it, and the direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::planning) struct Target {
    pub(in crate::planning) segment: u32,
    pub(in crate::planning) from_m: f64,
    pub(in crate::planning) to_m: f64,
}

/// A lead over the UGV that is no more than this is rounding.
const LEAST_LEAD_S: f64 = 1e-3;

/// A step of the UGV's way that may be inspected.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ahead {
    pub(super) step: Step,
    /// When the UGV gets to its beginning, in seconds from the decision.
    pub(super) begins_s: f64,
    /// When it gets to its end.
    pub(super) ends_s: f64,
    /// The points at its beginning and end.
    pub(super) from: Point,
    pub(super) to: Point,
    pub(super) length_m: f64,
}

/// A UAV that is free.
#[derive(Clone, Copy, Debug)]
pub(super) struct FreeUav {
    pub(super) point: Point,
    pub(super) at_s: f64,
    pub(super) speed_mps: f64,
}

impl Rule {
    /// The next inspection of UAV number `i` among those ahead, in the UGV's order; `is_open` says which nobody holds. `fleet`
    /// says where and when each UAV is free; it is used up.
    pub(super) fn choose(
        self,
        i: usize,
        now_s: f64,
        fleet: &mut [FreeUav],
        ahead: &[Ahead],
        is_open: impl Fn(&Ahead) -> bool,
    ) -> Option<Target> {
        match self {
            Rule::Rest => None,
            Rule::Forward | Rule::Wide => shared(
                i,
                fleet,
                ahead[ahead.partition_point(|a| a.begins_s <= now_s)..].iter().filter(|a| is_open(a)),
                |uav, a| {
                    let inspects_s = a.length_m / uav.speed_mps;
                    let (along_s, against_s) = (uav.reaches_s(a.from), uav.reaches_s(a.to) + inspects_s);
                    let in_time = |at_near_end_s: f64| at_near_end_s + LEAST_LEAD_S < a.begins_s;
                    match (in_time(along_s), in_time(against_s)) {
                        (true, true) if against_s < along_s + inspects_s => Some((against_s, a.against(), a.from)),
                        (true, _) => Some((along_s + inspects_s, a.along(), a.to)),
                        (false, true) => Some((against_s, a.against(), a.from)),
                        (false, false) => None,
                    }
                },
            ),
            Rule::Backward => shared(i, fleet, ahead.iter().rev().filter(|a| is_open(a)), |uav, a| {
                let begins_s = uav.reaches_s(a.to);
                (begins_s < a.ends_s).then(|| (begins_s + a.length_m / uav.speed_mps, a.against(), a.from))
            }),
            Rule::Suffix => {
                let uav = fleet[i];
                // From the goal backwards: how long the UAV needs for all that is open from here on, once it is here.
                let (mut needs_s, mut chosen) = (0.0, None);
                let mut after: Option<Point> = None;
                for a in ahead.iter().rev().filter(|a| is_open(a)) {
                    let deadhead_s = after.map_or(0.0, |next| a.to.distance_m(next) / uav.speed_mps);
                    needs_s += a.length_m / uav.speed_mps + deadhead_s;
                    after = Some(a.from);
                    if uav.reaches_s(a.from) + needs_s <= a.ends_s {
                        chosen = Some(a.along());
                    }
                }
                chosen
            }
        }
    }
}

impl FreeUav {
    fn reaches_s(&self, to: Point) -> f64 {
        self.at_s + self.point.distance_m(to) / self.speed_mps
    }
}

/// Gives each segment to the UAV that completes it earliest, until UAV number `i` is given one. `offer` says when a UAV completes
/// a segment, how it flies, and where it is then; nothing if it is too late.
fn shared<'a>(
    i: usize,
    fleet: &mut [FreeUav],
    ahead: impl Iterator<Item = &'a Ahead>,
    offer: impl Fn(&FreeUav, &Ahead) -> Option<(f64, Target, Point)>,
) -> Option<Target> {
    for a in ahead {
        let offers = fleet.iter().enumerate().filter_map(|(k, uav)| offer(uav, a).map(|offer| (offer, k)));
        let Some(((ends_s, target, point), k)) = offers.min_by(|x, y| x.0.0.total_cmp(&y.0.0)) else { continue };
        if k == i {
            return Some(target);
        }
        (fleet[k].at_s, fleet[k].point) = (ends_s, point);
    }
    None
}

impl Ahead {
    pub(super) fn new(arena: &Arena<'_>, step: Step, begins_s: f64, ends_s: f64) -> Self {
        let road = &arena.roads[step.segment as usize];
        let (from, to) = match step.is_forward() {
            true => (road.first_point, road.last_point),
            false => (road.last_point, road.first_point),
        };
        Self { step, begins_s, ends_s, from, to, length_m: road.length_m }
    }

    pub(super) fn along(&self) -> Target {
        let (from_m, to_m) = if self.step.is_forward() { (0.0, self.length_m) } else { (self.length_m, 0.0) };
        Target { segment: self.step.segment, from_m, to_m }
    }

    fn against(&self) -> Target {
        let Target { segment, from_m, to_m } = self.along();
        Target { segment, from_m: to_m, to_m: from_m }
    }
}
