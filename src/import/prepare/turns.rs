//! From turn restrictions to forbidden turns.

use std::collections::{BTreeMap, BTreeSet};

use super::{Chain, Piece};
use crate::domain::ids::SegmentId;
use crate::domain::network::{Direction, MOST_WAYS_AT_TURNS, SegmentPart, Turn};

/// A turn restriction of a source, at a node.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::import) struct Restriction {
    /// Which of the source's it is part of.
    pub(in crate::import) relation: u32,
    pub(in crate::import) from_way: u32,
    pub(in crate::import) via: u32,
    pub(in crate::import) to_way: u32,
    /// Whether it demands the turn, and so forbids the others from the same road, turning back among them.
    pub(in crate::import) is_only: bool,
    /// Whether it is about turning back.
    pub(in crate::import) is_turning_back: bool,
}

/// What became of a source's restrictions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::import) struct Outcome {
    /// How many the network obeys.
    pub(in crate::import) applied: usize,
    /// How many were left out because their ways pass the node, so that nobody knows which side is meant, or because more roads meet
    /// there than at any crossing.
    pub(in crate::import) ambiguous: usize,
    /// How many turns are forbidden.
    pub(in crate::import) turns: usize,
}

/// A restriction between two pieces.
#[derive(Clone, Copy, Debug)]
struct Ruling {
    relation: u32,
    via: u32,
    from: u32,
    to: u32,
    is_only: bool,
}

/// Restrictions on their way to the network.
#[derive(Debug, Default)]
pub(super) struct Rulings {
    rulings: Vec<Ruling>,
    ambiguous: BTreeSet<u32>,
    /// The nodes at which there are any, ascending.
    vias: Vec<u32>,
    /// By node and piece there: the segment that ends with the piece at the node, and whether that is its last end.
    ends: BTreeMap<(u32, u32), (u32, bool)>,
}

impl Rulings {
    /// Finds the pieces that each restriction speaks of.
    pub(super) fn new(restrictions: &[Restriction], pieces: &[Piece]) -> Self {
        let mut vias: Vec<u32> = restrictions.iter().map(|restriction| restriction.via).collect();
        vias.sort_unstable();
        vias.dedup();
        let mut rulings = Self::default();
        if vias.is_empty() {
            return rulings;
        }
        let mut pieces_at: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (i, piece) in pieces.iter().enumerate() {
            for node in [piece.from, piece.to] {
                if vias.binary_search(&node).is_ok() {
                    pieces_at.entry(node).or_default().push(i as u32);
                }
            }
        }
        for restriction in restrictions {
            let Restriction { relation, from_way, via, to_way, is_only, is_turning_back } = *restriction;
            let of = |way: u32| -> Vec<u32> {
                let there = pieces_at.get(&via).into_iter().flatten();
                there.copied().filter(|piece| pieces[*piece as usize].way == way).collect()
            };
            let (from, to) = (of(from_way), of(to_way));
            match (from.as_slice(), to.as_slice()) {
                ([], _) | (_, []) => {}
                _ if pieces_at.get(&via).is_some_and(|there| there.len() > MOST_WAYS_AT_TURNS) => {
                    rulings.ambiguous.insert(relation);
                }
                (both, _) if from_way == to_way && is_turning_back && !is_only => rulings
                    .rulings
                    .extend(both.iter().map(|piece| Ruling { relation, via, from: *piece, to: *piece, is_only })),
                ([from], [to]) => rulings.rulings.push(Ruling { relation, via, from: *from, to: *to, is_only }),
                _ => drop(rulings.ambiguous.insert(relation)),
            }
        }
        rulings.vias = rulings.rulings.iter().map(|ruling| ruling.via).collect();
        rulings.vias.sort_unstable();
        rulings.vias.dedup();
        rulings
    }

    /// Whether there is a restriction at the node, so that it has to be a junction.
    pub(super) fn are_at(&self, node: u32) -> bool {
        self.vias.binary_search(&node).is_ok()
    }

    /// Notes which segment a chain has become.
    pub(super) fn note(&mut self, chain: &Chain, segment: usize) {
        let ends =
            [(chain.nodes.first(), chain.pieces.first(), false), (chain.nodes.last(), chain.pieces.last(), true)];
        for (node, piece, is_last) in ends {
            if let (Some(node), Some(piece)) = (node, piece)
                && self.are_at(*node)
            {
                self.ends.insert((*node, *piece), (segment as u32, is_last));
            }
        }
    }

    /// The turns that are forbidden between segments, all of which have been noted; only such as could be taken otherwise.
    pub(super) fn turns(self, parts: &[SegmentPart]) -> (Vec<Turn>, Outcome) {
        let arrival = |(segment, is_last): (u32, bool)| {
            let arriving = if is_last { Direction::Forward } else { Direction::Backward };
            let is_open = is_last || !parts[segment as usize].oneway;
            is_open.then_some((SegmentId(segment), arriving))
        };
        let departure = |(segment, is_last): (u32, bool)| {
            let leaving = if is_last { Direction::Backward } else { Direction::Forward };
            let is_open = !is_last || !parts[segment as usize].oneway;
            is_open.then_some((SegmentId(segment), leaving))
        };
        let mut turns = Vec::new();
        let mut applied = BTreeSet::new();
        for Ruling { relation, via, from, to, is_only } in self.rulings {
            let Some((from, arriving)) = self.ends.get(&(via, from)).copied().and_then(arrival) else { continue };
            let Some(target) = self.ends.get(&(via, to)).copied().and_then(departure) else { continue };
            let others = self.ends.range((via, 0)..=(via, u32::MAX)).map(|(_, end)| *end).filter_map(departure);
            let before = turns.len();
            for (to, leaving) in others.filter(|other| (*other == target) != is_only) {
                turns.push(Turn { from, arriving, to, leaving });
            }
            if turns.len() > before {
                applied.insert(relation);
            }
        }
        turns.sort_unstable();
        turns.dedup();
        let outcome = Outcome {
            applied: applied.len(),
            ambiguous: self.ambiguous.difference(&applied).count(),
            turns: turns.len(),
        };
        (turns, outcome)
    }
}
