//! The bound that no strategy can beat: the shortest path when all blockages are known.
//!
//! Computed on the nodes of the polylines, without the planner's search, so that a mistake in one is not made in the other.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::trial::Trial;

/// The length in metres of the shortest way from the start to the goal past no blockage; `None` if there is none.
///
/// A straight piece of a segment that holds a blockage cannot be passed. Where the blockage is at a node itself, the
/// piece is cut off at it: the node stays free for the other pieces that end there.
pub fn clairvoyant_m(trial: &Trial) -> Option<f64> {
    let network = &trial.network;
    let mut pieces: Vec<Vec<(usize, f64)>> = vec![Vec::new(); network.nodes().len()];
    for (i, road) in network.segments().iter().enumerate() {
        let blocked_m = trial.blockages.on(crate::domain::ids::SegmentId(i as u32));
        for piece in 0..road.nodes.len() - 1 {
            let (from_m, to_m) = (road.offsets_m[piece], road.offsets_m[piece + 1]);
            if blocked_m.iter().any(|at_m| (from_m..=to_m).contains(at_m)) {
                continue;
            }
            let (a, b) = (road.nodes[piece], road.nodes[piece + 1]);
            let length_m = network.node(a).point.distance_m(network.node(b).point);
            pieces[a.index()].push((b.index(), length_m));
            if !road.oneway {
                pieces[b.index()].push((a.index(), length_m));
            }
        }
    }
    let mut least_m = vec![f64::INFINITY; pieces.len()];
    let mut queue = BinaryHeap::new();
    least_m[trial.start_node.index()] = 0.0;
    queue.push((Reverse(0), trial.start_node.index()));
    while let Some((Reverse(bits), node)) = queue.pop() {
        let so_far_m = f64::from_bits(bits);
        if node == trial.goal_node.index() {
            return Some(so_far_m);
        }
        if so_far_m > least_m[node] {
            continue;
        }
        for (other, length_m) in &pieces[node] {
            let through_m = so_far_m + length_m;
            if through_m < least_m[*other] {
                least_m[*other] = through_m;
                // Numbers that are not negative order like their bits.
                queue.push((Reverse(through_m.to_bits()), *other));
            }
        }
    }
    None
}
