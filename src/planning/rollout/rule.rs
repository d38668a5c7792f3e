//! How UAVs choose their next inspection in a rollout.

use super::arena::Arena;
use super::rota::Weights;
use super::way::Step;
use crate::domain::geometry::Point;

/// Which of the unknown segments on the UGV's way a UAV inspects next.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// None: the UAVs do nothing.
    Rest,
    /// The first that it is at before the UGV, as `shortest_path` does.
    Forward,
    /// The last that it can begin before the UGV is through, as `bidirectional` does.
    Backward,
    /// The first from which on it can inspect all the rest before the UGV is through that one, as `partition` does.
    Suffix,
    /// Of all that is ahead and on the ways round it, what is worth most: a rota of all UAVs, by worth.
    Worth(&'static Weights),
}

/// With a single UAV a suffix may be begun until the UGV has been on it for so many times as long as it drives there, as in
/// `partition`.
const GRACE_OF_ONE: f64 = 2.0;

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
pub(super) const LEAST_LEAD_S: f64 = 1e-3;

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
    /// Goes through what is ahead, in the UGV's order, as the rule says, and gives each segment to a UAV: `give` is told the UAV's
    /// number and the flight, and says when it has heard enough. `is_open` says which segments nobody holds; `fleet` where and
    /// when each UAV is free; it is used up.
    pub(super) fn give_away<'a>(
        self,
        now_s: f64,
        fleet: &mut [FreeUav],
        ahead: impl DoubleEndedIterator<Item = &'a Ahead>,
        is_open: impl Fn(&Ahead) -> bool,
        give: impl FnMut(usize, Target) -> bool,
    ) {
        match self {
            Rule::Rest | Rule::Suffix | Rule::Worth(_) => {}
            Rule::Backward => share(fleet, ahead.rev().filter(|a| is_open(a)), give, |uav, a| {
                let begins_s = uav.reaches_s(a.to);
                (begins_s < a.ends_s).then(|| (begins_s + a.length_m / uav.speed_mps, a.against(), a.from))
            }),
            Rule::Forward => {
                let open = ahead.filter(|a| a.begins_s > now_s && is_open(a));
                share(fleet, open, give, |uav, a| {
                    let flight = uav.flight_before(a, a.begins_s)?;
                    let (target, point) = if flight.is_against { (a.against(), a.from) } else { (a.along(), a.to) };
                    Some((flight.ends_s, target, point))
                });
            }
        }
    }
}

/// For [`Rule::Suffix`]: where UAV number `i` begins, of what is ahead and open.
pub(super) fn suffix(i: usize, fleet: &[FreeUav], ahead: &[Ahead], is_open: impl Fn(&Ahead) -> bool) -> Option<Target> {
    let uav = fleet[i];
    let grace = if fleet.len() == 1 { GRACE_OF_ONE } else { 1.0 };
    // From the goal backwards: how long the UAV needs for all that is open from here on, once it is here.
    let (mut needs_s, mut chosen) = (0.0, None);
    let mut after: Option<Point> = None;
    for a in ahead.iter().rev().filter(|a| is_open(a)) {
        let deadhead_s = after.map_or(0.0, |next| a.to.distance_m(next) / uav.speed_mps);
        needs_s += a.length_m / uav.speed_mps + deadhead_s;
        after = Some(a.from);
        if uav.reaches_s(a.from) + needs_s <= a.begins_s + grace * (a.ends_s - a.begins_s) {
            chosen = Some(a.along());
        }
    }
    chosen
}

/// A flight along all of a segment, from when a UAV is free.
#[derive(Clone, Copy, Debug)]
pub(super) struct Inspection {
    pub(super) is_against: bool,
    pub(super) deadhead_s: f64,
    pub(super) ends_s: f64,
}

impl FreeUav {
    fn reaches_s(&self, to: Point) -> f64 {
        self.at_s + self.point.distance_m(to) / self.speed_mps
    }

    /// The inspection that ends first of those along and against the UGV's direction that are at the end where the UGV enters
    /// before then.
    pub(super) fn flight_before(&self, a: &Ahead, latest_s: f64) -> Option<Inspection> {
        if self.at_s >= latest_s {
            return None;
        }
        let inspects_s = a.length_m / self.speed_mps;
        let flies_s = |to: Point| self.point.distance_m(to) / self.speed_mps;
        let (along_s, against_s) = (flies_s(a.from), flies_s(a.to));
        let is_in_time = |at_end_s: f64| self.at_s + at_end_s + LEAST_LEAD_S < latest_s;
        let (deadhead_s, is_against) = match (is_in_time(along_s), is_in_time(against_s + inspects_s)) {
            (true, true) if against_s < along_s => (against_s, true),
            (true, _) => (along_s, false),
            (false, true) => (against_s, true),
            (false, false) => return None,
        };
        Some(Inspection { is_against, deadhead_s, ends_s: self.at_s + deadhead_s + inspects_s })
    }
}

/// Gives each segment to the UAV that completes it earliest, until `give` has heard enough. `offer` says when a UAV completes a
/// segment, how it flies, and where it is then; nothing if it is too late.
fn share<'a>(
    fleet: &mut [FreeUav],
    ahead: impl Iterator<Item = &'a Ahead>,
    mut give: impl FnMut(usize, Target) -> bool,
    offer: impl Fn(&FreeUav, &Ahead) -> Option<(f64, Target, Point)>,
) {
    for a in ahead {
        let mut best: Option<(usize, (f64, Target, Point))> = None;
        for (k, uav) in fleet.iter().enumerate() {
            let Some(offered) = offer(uav, a) else { continue };
            if best.is_none_or(|(_, (least_s, ..))| offered.0 < least_s) {
                best = Some((k, offered));
            }
        }
        let Some((k, (ends_s, target, point))) = best else { continue };
        if give(k, target) {
            return;
        }
        (fleet[k].at_s, fleet[k].point) = (ends_s, point);
    }
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

    pub(super) fn against(&self) -> Target {
        let Target { segment, from_m, to_m } = self.along();
        Target { segment, from_m: to_m, to_m: from_m }
    }
}
