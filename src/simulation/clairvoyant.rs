//! The bound that no strategy can beat: the quickest way when all blockages, and all that will become of them, are
//! known.
//!
//! Turns that are forbidden do not count for it: a vehicle may turn round anywhere, so one that a blockage stops just past a junction can
//! come to a turn that it could not take before. No strategy beats the bound without them; it may be further from the best with them.
//!
//! Computed on the nodes of the polylines, without the planner's search, so that a mistake in one is not made in the
//! other.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::conditions::worlds;
use super::trial::{Blockages, Trial};
use crate::domain::ids::{NodeIndex, SegmentId};

/// The length in metres of the shortest way from the start to the goal past no blockage, as the world is at the start;
/// `None` if there is none.
///
/// A straight piece of a segment that holds a blockage cannot be passed. Where the blockage is at a node itself, the
/// piece is cut off at it: the node stays free for the other pieces that end there.
pub fn clairvoyant_m(trial: &Trial) -> Option<f64> {
    let is_free = |piece: &Piece| !trial.blockages.on(piece.segment).iter().any(|at_m| piece.covers(*at_m));
    least(trial, |so_far_m, piece| is_free(piece).then_some(so_far_m + piece.length_m))
}

/// The time in seconds before which the UGV cannot arrive; `None` if it never can.
///
/// In a world that does not change, that is the quickest way at the UGV's true speeds. In one that does, it is the
/// earliest arrival of a UGV that knows every change beforehand and waits at a blockage for as long as it pays.
pub fn clairvoyant_s(trial: &Trial) -> Option<f64> {
    let conditions = &trial.conditions;
    if conditions.changes.is_empty() && conditions.ugv_speeds_mps.is_empty() {
        return clairvoyant_m(trial).map(|m| m / trial.ugv_speed_mps);
    }
    let worlds = worlds(trial);
    least(trial, |from_s, piece| {
        let (mut at_m, mut now_s) = (piece.from_m, from_s);
        let mps = trial.ugv_speed_mps_on(piece.segment);
        let ever = worlds.iter().flat_map(|(_, blockages)| blockages.on(piece.segment));
        let mut ahead: Vec<f64> = ever.copied().filter(|m| piece.covers(*m)).collect();
        ahead.sort_by(|a, b| (a - piece.from_m).abs().total_cmp(&(b - piece.from_m).abs()));
        for blockage_m in ahead {
            now_s = passes_s(&worlds, piece.segment, blockage_m, now_s + (blockage_m - at_m).abs() / mps)?;
            at_m = blockage_m;
        }
        Some(now_s + (piece.to_m - at_m).abs() / mps)
    })
}

/// A blockage that comes up no longer than this before the UGV passes, in seconds, does not stop it: rounding could
/// decide.
const JUST_PASSED_S: f64 = 1e-6;

/// The earliest time, no earlier than `now_s`, at which a point is free; `None` if it never is again.
fn passes_s(worlds: &[(f64, Blockages)], segment: SegmentId, at_m: f64, now_s: f64) -> Option<f64> {
    let is_blocked = |(_, blockages): &(f64, Blockages)| blockages.on(segment).contains(&at_m);
    // The world of the start has no beginning.
    let present = worlds.iter().rposition(|(from_s, _)| from_s + JUST_PASSED_S < now_s).unwrap_or(0);
    let free = worlds[present..].iter().find(|world| !is_blocked(world))?;
    Some(now_s.max(free.0))
}

/// A straight piece of a segment, in one direction.
struct Piece {
    segment: SegmentId,
    from_m: f64,
    to_m: f64,
    length_m: f64,
}

impl Piece {
    fn covers(&self, offset_m: f64) -> bool {
        (self.from_m.min(self.to_m)..=self.from_m.max(self.to_m)).contains(&offset_m)
    }
}

/// The least cost of the goal. `after` is what a cost becomes along a piece; it must not become less, nor less for
/// more.
fn least(trial: &Trial, after: impl Fn(f64, &Piece) -> Option<f64>) -> Option<f64> {
    let network = &trial.network;
    let mut pieces: Vec<Vec<(usize, Piece)>> = Vec::new();
    pieces.resize_with(network.nodes().len(), Vec::new);
    for (i, road) in network.segments().iter().enumerate() {
        let segment = SegmentId(i as u32);
        let mut add = |a: NodeIndex, b: NodeIndex, from_m: f64, to_m: f64| {
            let length_m = network.node(a).point.distance_m(network.node(b).point);
            pieces[a.index()].push((b.index(), Piece { segment, from_m, to_m, length_m }));
        };
        for piece in 0..road.nodes.len() - 1 {
            let (a, b) = (road.nodes[piece], road.nodes[piece + 1]);
            let (a_m, b_m) = (road.offsets_m[piece], road.offsets_m[piece + 1]);
            add(a, b, a_m, b_m);
            if !road.oneway {
                add(b, a, b_m, a_m);
            }
        }
    }
    let mut least = vec![f64::INFINITY; pieces.len()];
    let mut queue = BinaryHeap::new();
    least[trial.start_node.index()] = 0.0;
    queue.push((Reverse(0), trial.start_node.index()));
    while let Some((Reverse(bits), node)) = queue.pop() {
        let so_far = f64::from_bits(bits);
        if node == trial.goal_node.index() {
            return Some(so_far);
        }
        if so_far > least[node] {
            continue;
        }
        for (other, piece) in &pieces[node] {
            if let Some(through) = after(so_far, piece).filter(|through| *through < least[*other]) {
                least[*other] = through;
                // Numbers that are not negative order like their bits.
                queue.push((Reverse(through.to_bits()), *other));
            }
        }
    }
    None
}
