//! One segment of the pieces of a chain, which need not be alike.

use std::collections::BTreeMap;

use super::{Chain, Mark, Piece, Way};
use crate::domain::network::{Node, Road, SegmentPart};

/// The segment that a chain becomes, and the rule that gave its blockage probability.
///
/// Where the pieces differ: the name, class and surface are those of the longest part that has one, of equals the first along
/// the chain; the speed limit is the mean over time, with which the segment takes as long as its pieces would, and unknown if
/// that of any piece is; it is a bridge, a tunnel or a ford if a part is; and the blockage probability is the highest of any
/// part. That one is not 1 minus the product: a road does not become more dangerous for having more names.
pub(super) fn combine(
    chain: &Chain,
    pieces: &[Piece],
    ways: &[Way],
    nodes: &[Node],
    marks: &[Mark],
) -> (SegmentPart, u16) {
    let first = &ways[pieces[chain.pieces[0] as usize].way as usize];
    let mut part = SegmentPart {
        nodes: chain.nodes.clone(),
        oneway: pieces[chain.pieces[0] as usize].oneway,
        speed_limit_mps: first.speed_limit_mps,
        name: None,
        source_ids: Vec::new(),
        blockage_probability: first.blockage_probability,
        road: first.road,
    };
    let mut rule = first.rule;
    let runs = runs(chain, pieces, nodes);
    if let [_] = runs.as_slice() {
        part.name.clone_from(&first.name);
        part.source_ids.clone_from(&first.ids);
    } else {
        part.source_ids = source_ids(&runs, ways);
        let runs: Vec<(&Way, f64)> = runs.iter().map(|(way, length_m)| (&ways[*way as usize], *length_m)).collect();
        part.name = longest(runs.iter().map(|(way, m)| (way.name.as_deref(), *m))).map(str::to_owned);
        part.road = Road {
            class: longest(runs.iter().map(|(way, m)| (way.road.class, *m))),
            surface: longest(runs.iter().map(|(way, m)| (way.road.surface, *m))),
            bridge: runs.iter().any(|(way, _)| way.road.bridge),
            tunnel: runs.iter().any(|(way, _)| way.road.tunnel),
            ford: runs.iter().any(|(way, _)| way.road.ford),
        };
        if runs.iter().any(|(way, _)| way.speed_limit_mps != first.speed_limit_mps) {
            part.speed_limit_mps = mean_speed_mps(&runs);
        }
        for (way, _) in &runs {
            if way.blockage_probability > part.blockage_probability {
                (part.blockage_probability, rule) = (way.blockage_probability, way.rule);
            }
        }
    }
    if !marks.is_empty() {
        for node in &chain.nodes {
            if let Ok(found) = marks.binary_search_by_key(node, |mark| mark.node) {
                let mark = marks[found];
                part.road.ford |= mark.ford;
                if mark.blockage_probability > part.blockage_probability {
                    (part.blockage_probability, rule) = (mark.blockage_probability, mark.rule);
                }
            }
        }
    }
    (part, rule)
}

/// The ways along a chain, each with the length in metres for which it lasts.
fn runs(chain: &Chain, pieces: &[Piece], nodes: &[Node]) -> Vec<(u32, f64)> {
    let mut runs: Vec<(u32, f64)> = Vec::new();
    for (piece, ends) in chain.pieces.iter().zip(chain.nodes.windows(2)) {
        let way = pieces[*piece as usize].way;
        let length_m = nodes[ends[0] as usize].point.distance_m(nodes[ends[1] as usize].point);
        match runs.last_mut() {
            Some((last, so_far_m)) if *last == way => *so_far_m += length_m,
            _ => runs.push((way, length_m)),
        }
    }
    runs
}

/// The ways' ids, each once, in the order of the chain.
fn source_ids(runs: &[(u32, f64)], ways: &[Way]) -> Vec<String> {
    let ids = || runs.iter().flat_map(|(way, _)| ways[*way as usize].ids.iter().map(String::as_str));
    let mut first_of: BTreeMap<&str, usize> = BTreeMap::new();
    for (i, id) in ids().enumerate() {
        first_of.entry(id).or_insert(i);
    }
    ids().enumerate().filter(|(i, id)| first_of.get(id) == Some(i)).map(|(_, id)| id.to_owned()).collect()
}

/// The value that lasts longest in all.
fn longest<T: Copy + Ord>(runs: impl Iterator<Item = (Option<T>, f64)>) -> Option<T> {
    let mut lengths: BTreeMap<T, (f64, usize)> = BTreeMap::new();
    for (i, (value, length_m)) in runs.enumerate() {
        if let Some(value) = value {
            lengths.entry(value).or_insert((0.0, i)).0 += length_m;
        }
    }
    let longest = lengths.into_iter().max_by(|(_, a), (_, b)| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
    longest.map(|(value, _)| value)
}

fn mean_speed_mps(runs: &[(&Way, f64)]) -> Option<f64> {
    let (mut length_m, mut duration_s) = (0.0, 0.0);
    for (way, part_m) in runs {
        length_m += part_m;
        duration_s += part_m / way.speed_limit_mps?;
    }
    (duration_s > 0.0).then(|| length_m / duration_s)
}
