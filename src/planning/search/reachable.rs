//! What the UGV can reach within given times.
//!
//! A place is reached when the UGV can be there by a shortest way over segments not known to be blocked (or, if one is
//! careful, over those known to be clear), at its constant speed, from where it is. Distances to junctions are exact,
//! and each segment is cut exactly where a time ends. Of a segment that is blocked at a known point the parts up to the
//! point count from the ends that are reached; of one that may be blocked anywhere, or may not be entered, none.

use super::access;
use super::spread::{Extent, Spread};
use super::way::FAR;
use crate::domain::ids::SegmentId;
use crate::domain::knowledge::SegmentState;
use crate::domain::network::{Direction, Leg};
use crate::domain::reach::Band;
use crate::planning::budget::{Budget, Spent};
use crate::planning::situation::Situation;

/// So many steps suffice in a network of millions of junctions.
pub const BUDGET_STEPS: u64 = 50_000_000;

/// What is thought of segments of which nothing is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// The UGV may drive on them, as it does for its route.
    Open,
    /// Only segments known to be clear are entered.
    Closed,
}

/// What the UGV can reach within each of the times, which ascend.
///
/// # Errors
/// When the budget ends first.
pub fn reachable(
    situation: &Situation<'_>,
    within_s: &[f64],
    unknown: Unknown,
    budget: &mut Budget,
) -> Result<Vec<Band>, Spent> {
    let Situation { network, knowledge, ugv, .. } = *situation;
    let limits_m: Vec<f64> = within_s.iter().map(|at_s| at_s * ugv.speed_mps).collect();
    let most_m = limits_m.last().copied().unwrap_or_default();
    let may_enter = |segment| match knowledge.state(segment) {
        SegmentState::Clear => true,
        SegmentState::Unknown => unknown == Unknown::Open,
        SegmentState::Blocked => false,
    };
    let extent = Extent { is_open: may_enter, most_ticks: network.ticks(most_m), is_enough: |_| false };
    let spread = Spread::measure(network, knowledge, ugv.place, extent, budget)?;
    budget.take(network.segments().len() as u64)?;
    let after_s = std::iter::once(0.0).chain(within_s.iter().copied());
    let mut bands: Vec<Band> = after_s
        .zip(within_s)
        .map(|(after_s, within_s)| Band { after_s, within_s: *within_s, ..Band::default() })
        .collect();
    let mut runs = Vec::new();
    for i in 0..network.segments().len() {
        let segment = SegmentId(i as u32);
        find_runs(situation, &spread, segment, may_enter(segment), &mut runs);
        let is_unknown = knowledge.state(segment) == SegmentState::Unknown;
        cut(&runs, &limits_m, |band, from_m, to_m| {
            let length_m = (to_m - from_m).abs();
            bands[band].parts.push(Leg { segment, from_m, to_m });
            bands[band].length_m += length_m;
            bands[band].unknown_m += if is_unknown { length_m } else { 0.0 };
        });
    }
    Ok(bands)
}

/// Travel onto a segment from one of its ends or from the UGV's place: where it begins, how far that is from the UGV, and
/// where it must end.
#[derive(Clone, Copy, Debug)]
struct Run {
    from_m: f64,
    to_m: f64,
    driven_m: f64,
}

impl Run {
    /// How far the UGV has driven when it comes to the offset; infinite if it does not.
    fn driven_at(&self, offset_m: f64) -> f64 {
        let (low_m, high_m) = (self.from_m.min(self.to_m), self.from_m.max(self.to_m));
        if (low_m..=high_m).contains(&offset_m) {
            self.driven_m + (offset_m - self.from_m).abs()
        } else {
            f64::INFINITY
        }
    }

    fn is_forward(&self) -> bool {
        self.to_m >= self.from_m
    }
}

fn find_runs(situation: &Situation<'_>, spread: &Spread<'_>, segment: SegmentId, is_open: bool, runs: &mut Vec<Run>) {
    let Situation { network, knowledge, ugv, .. } = *situation;
    let road = network.segment(segment);
    let length_m = road.length_m();
    let blockage_m = knowledge.blockage_offset_m(segment);
    runs.clear();
    if is_open || blockage_m.is_some() {
        for (from_m, end_m, direction) in [(0.0, length_m, Direction::Forward), (length_m, 0.0, Direction::Backward)] {
            let ticks = network.tails(segment, direction).map(|junction| spread.ticks(junction)).min().unwrap_or(FAR);
            if ticks < FAR {
                let to_m = blockage_m.unwrap_or(end_m);
                runs.push(Run { from_m, to_m, driven_m: network.metres(ticks) });
            }
        }
    }
    let is_inside = network.junction_at(ugv.place).is_none();
    if ugv.place.segment == segment {
        let from_m = ugv.place.offset_m;
        let ways = access::ways_out(network, Some(knowledge), ugv.place);
        // At a junction there is travel along the segment only where the UGV turns back short of it.
        runs.extend(ways.iter().flatten().filter_map(|way| way.leg).map(|leg| Run {
            from_m,
            to_m: leg.to_m,
            driven_m: 0.0,
        }));
        // Towards the blockage it is the way up to that.
        if let Some(at_m) = blockage_m.filter(|at_m| is_inside && (*at_m > from_m || !road.oneway)) {
            runs.push(Run { from_m, to_m: at_m, driven_m: 0.0 });
        }
    }
}

/// Tells the band of each part of the segment that is reached, in the order of offsets, as long as it is by one run.
fn cut(runs: &[Run], limits_m: &[f64], mut tell: impl FnMut(usize, f64, f64)) {
    let mut cuts_m: Vec<f64> = Vec::new();
    for (i, run) in runs.iter().enumerate() {
        cuts_m.extend([run.from_m, run.to_m]);
        let side = if run.is_forward() { 1.0 } else { -1.0 };
        cuts_m.extend(limits_m.iter().map(|limit_m| run.from_m + side * (limit_m - run.driven_m)));
        // Where two that come towards each other have driven as far.
        for other in runs[i + 1..].iter().filter(|other| other.is_forward() != run.is_forward()) {
            let (ahead, back) = if run.is_forward() { (run, other) } else { (other, run) };
            cuts_m.push((back.driven_m + back.from_m - ahead.driven_m + ahead.from_m) / 2.0);
        }
    }
    let ends_m = runs.iter().flat_map(|run| [run.from_m, run.to_m]);
    let (low_m, high_m) = ends_m.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), m| (low.min(m), high.max(m)));
    cuts_m.retain(|m| (low_m..=high_m).contains(m));
    cuts_m.sort_by(f64::total_cmp);
    cuts_m.dedup();
    // The band, the run, and the part so far.
    let mut open: Option<(usize, usize, f64, f64)> = None;
    let mut close = |part: Option<(usize, usize, f64, f64)>| {
        if let Some((band, run, low_m, high_m)) = part {
            if runs[run].is_forward() { tell(band, low_m, high_m) } else { tell(band, high_m, low_m) }
        }
    };
    for ends in cuts_m.windows(2) {
        let middle_m = (ends[0] + ends[1]) / 2.0;
        let nearest =
            (0..runs.len()).min_by(|a, b| runs[*a].driven_at(middle_m).total_cmp(&runs[*b].driven_at(middle_m)));
        let reached = nearest.and_then(|run| {
            let driven_m = runs[run].driven_at(middle_m);
            let band = limits_m.partition_point(|limit_m| *limit_m < driven_m);
            (band < limits_m.len()).then_some((band, run))
        });
        open = match (open, reached) {
            (Some((band, run, low_m, high_m)), Some(next)) if (band, run) == next && high_m == ends[0] => {
                Some((band, run, low_m, ends[1]))
            }
            (before, next) => {
                close(before);
                next.map(|(band, run)| (band, run, ends[0], ends[1]))
            }
        };
    }
    close(open);
}
