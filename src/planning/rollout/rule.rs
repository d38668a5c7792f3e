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
    /// The last that it can begin before the UGV is through, as `bidirectional` does.
    Backward,
    /// The first from which on it can inspect all the rest before the UGV is through that one, as `partition` does.
    Suffix,
    /// As `Forward`, with these differences: a UAV must have a lead; it is the one that loses little time with flying there that
    /// inspects a segment, so that not all follow each other along the way; and the ways round its segments are inspected too.
    Wide {
        /// By how much a UAV must be at a segment before the UGV, in tenths of the time that the UGV takes for the segment.
        lead: u8,
        /// What lies on a way round is due so much later than the UGV could be there, in mean segments' time.
        patience: u8,
    },
}

/// By how much a flight without inspection counts longer when UAVs compete for a segment. Chosen by simulation, as is what
/// follows.
const DEADHEAD_WEIGHT: f64 = 0.3;

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
    /// When it is due: what is due first is given away first.
    pub(super) due_s: f64,
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
        let (lead, deadhead_weight) = match self {
            Rule::Rest | Rule::Suffix => return,
            Rule::Backward => {
                let open = ahead.rev().filter(|a| is_open(a));
                return share(fleet, open, 0.0, give, |uav, a| {
                    let begins_s = uav.reaches_s(a.to);
                    (begins_s < a.ends_s).then(|| (begins_s + a.length_m / uav.speed_mps, a.against(), a.from))
                });
            }
            Rule::Forward => (0.0, 0.0),
            Rule::Wide { lead, .. } => (f64::from(lead) / 10.0, DEADHEAD_WEIGHT),
        };
        let open = ahead.filter(|a| a.begins_s > now_s && is_open(a));
        share(fleet, open, deadhead_weight, give, |uav, a| {
            let latest_s = a.begins_s - lead * (a.ends_s - a.begins_s);
            if uav.at_s >= latest_s {
                return None;
            }
            let inspects_s = a.length_m / uav.speed_mps;
            let (along_s, against_s) = (uav.reaches_s(a.from), uav.reaches_s(a.to) + inspects_s);
            let in_time = |at_near_end_s: f64| at_near_end_s + LEAST_LEAD_S < latest_s;
            match (in_time(along_s), in_time(against_s)) {
                (true, true) if against_s < along_s + inspects_s => Some((against_s, a.against(), a.from)),
                (true, _) => Some((along_s + inspects_s, a.along(), a.to)),
                (false, true) => Some((against_s, a.against(), a.from)),
                (false, false) => None,
            }
        });
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

impl FreeUav {
    fn reaches_s(&self, to: Point) -> f64 {
        self.at_s + self.point.distance_m(to) / self.speed_mps
    }
}

/// Gives each segment to the UAV that completes it earliest, until `give` has heard enough. `offer` says when a UAV completes a
/// segment, how it flies, and where it is then; nothing if it is too late. Flying there counts for more by the weight.
fn share<'a>(
    fleet: &mut [FreeUav],
    ahead: impl Iterator<Item = &'a Ahead>,
    deadhead_weight: f64,
    mut give: impl FnMut(usize, Target) -> bool,
    offer: impl Fn(&FreeUav, &Ahead) -> Option<(f64, Target, Point)>,
) {
    for a in ahead {
        let mut best: Option<(f64, usize, (f64, Target, Point))> = None;
        for (k, uav) in fleet.iter().enumerate() {
            let Some(offered) = offer(uav, a) else { continue };
            let deadhead_s = offered.0 - uav.at_s - a.length_m / uav.speed_mps;
            let counts_s = offered.0 + deadhead_weight * deadhead_s;
            if best.is_none_or(|(least_s, ..)| counts_s < least_s) {
                best = Some((counts_s, k, offered));
            }
        }
        let Some((_, k, (ends_s, target, point))) = best else { continue };
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
        Self { step, begins_s, ends_s, from, to, length_m: road.length_m, due_s: begins_s }
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
