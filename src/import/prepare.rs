//! From pieces to segments: what every format has in common.
//!
//! The steps, in order:
//! 1. Loops (a piece from a node to itself) are dropped.
//! 2. Of the pieces between the same two nodes the first stays, with its attributes. It may be driven in every direction
//!    that any of them allows: two one-way pieces in opposite directions are one two-way piece.
//! 3. Connected components are formed, one-way pieces counting like any other. [`Components::Largest`] keeps the one with
//!    the most nodes; among equals, the one that holds the earliest node of the source.
//! 4. Pieces are merged into chains across every node that has exactly two neighbours, provided both pieces are either
//!    both two-way or one-way with one leading in and one out, and, with [`Merging::Alike`], agree in all they are known for.
//!    With [`Merging::Junctions`] they need not: a segment then is what the vocabulary calls it, a road piece between two
//!    junctions, and what differs along it is put together (`prepare/combine.rs`). A node at which a turn is restricted stays one.
//! 5. Chains that return to their own start are dropped, among them components that are one ring. Parallel chains stay.
//!
//! The order of segments is that of their earliest pieces in the source, and a segment runs in the direction of that
//! piece; a one-way segment therefore runs in its direction of travel.
//!
//! A turn restriction then becomes the turns that it forbids (`prepare/turns.rs`): one for `no_*`, all others of the same arrival for
//! `only_*`, turning back on the same segment among them.

mod combine;
#[cfg(test)]
mod tests;
mod turns;

use std::collections::BTreeMap;

use petgraph::unionfind::UnionFind;

use super::summary::Island;
use super::{ImportError, ImportSummary};
use crate::domain::geometry::LonLat;
use crate::domain::network::{Network, Node, Road};
use combine::combine;
use turns::Rulings;
pub(super) use turns::{Outcome as TurnsMade, Restriction};

/// Which connected components of a source an import keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Components {
    /// The one with the most nodes; among equals, the one with the earliest node of the source.
    Largest,
    /// All.
    All,
}

/// Where chains of pieces end besides junctions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merging {
    /// Nowhere: segments run from junction to junction.
    Junctions,
    /// Where speed limit, name, blockage probability or the kind of road change.
    Alike,
}

/// How many of the dropped components the summary describes one by one.
const ISLANDS_TOLD: usize = 10;

/// A network from a file, and what happened on the way.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The network.
    pub network: Network,
    /// What was read, left out and made.
    pub summary: ImportSummary,
}

/// A road as a source describes it: what its pieces have in common.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Way {
    /// What the source calls it: one id, but for what was merged before.
    pub(super) ids: Vec<String>,
    pub(super) speed_limit_mps: Option<f64>,
    pub(super) name: Option<String>,
    pub(super) blockage_probability: f64,
    /// Which of the source's rules gave the probability; 0 is the one for all that no other rule speaks of.
    pub(super) rule: u16,
    pub(super) road: Road,
}

impl Way {
    fn agrees_with(&self, other: &Way) -> bool {
        self.speed_limit_mps == other.speed_limit_mps
            && self.blockage_probability == other.blockage_probability
            && self.name == other.name
            && self.road == other.road
    }
}

/// What a source says of a node: it holds for every segment that passes the node or ends at it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mark {
    pub(super) node: u32,
    pub(super) ford: bool,
    pub(super) blockage_probability: f64,
    /// As in [`Way::rule`].
    pub(super) rule: u16,
}

/// A straight piece of a way between two nodes; one-way from the first to the second.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Piece {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) way: u32,
    pub(super) oneway: bool,
}

/// What a format reads. Nodes and ways named by pieces exist, and pieces between different nodes have a length.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) origin: LonLat,
    pub(super) nodes: Vec<Node>,
    pub(super) ways: Vec<Way>,
    pub(super) pieces: Vec<Piece>,
    /// Ordered by node, each node once.
    pub(super) marks: Vec<Mark>,
    /// At their nodes segments end.
    pub(super) restrictions: Vec<Restriction>,
    pub(super) points_ignored: usize,
}

/// Makes a network of a source; see the module's documentation.
pub(super) fn prepare(source: Source, components: Components, merging: Merging) -> Result<Imported, ImportError> {
    let Source { origin, nodes, ways, pieces, marks, restrictions, points_ignored } = source;
    let mut summary =
        ImportSummary { nodes_read: nodes.len(), pieces_read: pieces.len(), points_ignored, ..Default::default() };
    let pieces = without_duplicates(pieces, &mut summary);
    let component_of = label_components(nodes.len(), &pieces);
    let kept = choose_components(nodes.len(), &pieces, &component_of, components, &mut summary);

    let mut rulings = Rulings::new(&restrictions, &pieces);
    let mut islands: BTreeMap<u32, Island> = BTreeMap::new();
    let mut parts = Vec::new();
    let mut chains = Chains::new(nodes.len(), &pieces, &ways, merging);
    while let Some(chain) = chains.next(&rulings) {
        let component = component_of[chain.nodes[0] as usize];
        let length_m = || -> f64 {
            let ends =
                chain.nodes.windows(2).map(|pair| [nodes[pair[0] as usize].point, nodes[pair[1] as usize].point]);
            ends.map(|[a, b]| a.distance_m(b)).sum()
        };
        if kept.drops(component) {
            let length_m = length_m();
            summary.dropped_components.segments += 1;
            summary.dropped_components.length_m += length_m;
            let position = nodes[chain.nodes[0] as usize].lon_lat;
            let nodes = kept.sizes[component as usize] as usize;
            islands.entry(component).or_insert(Island { nodes, length_m: 0.0, position }).length_m += length_m;
        } else if chain.nodes.first() == chain.nodes.last() {
            summary.dropped_rings.count += 1;
            summary.dropped_rings.pieces += chain.pieces.len();
            summary.dropped_rings.length_m += length_m();
        } else {
            summary.merged_chains += usize::from(chain.pieces.len() > 1);
            let (part, rule) = combine(&chain, &pieces, &ways, &nodes, &marks);
            if summary.segments_by_rule.len() <= usize::from(rule) {
                summary.segments_by_rule.resize(usize::from(rule) + 1, 0);
            }
            summary.segments_by_rule[usize::from(rule)] += 1;
            summary.bridges += usize::from(part.road.bridge);
            summary.tunnels += usize::from(part.road.tunnel);
            summary.fords += usize::from(part.road.ford);
            rulings.note(&chain, parts.len());
            parts.push(part);
        }
    }
    drop(chains);
    drop((pieces, ways, marks, component_of));
    let mut islands: Vec<Island> = islands.into_values().collect();
    // Stable: of equals the one with the lower component number comes first.
    islands.sort_by(|a, b| b.length_m.total_cmp(&a.length_m));
    islands.truncate(ISLANDS_TOLD);
    summary.dropped_components.longest = islands;
    if parts.is_empty() {
        return Err(ImportError::OnlyRings);
    }
    let (turns, made) = rulings.turns(&parts);
    summary.turns_made = made;
    let mut network = Network::new(origin, nodes, parts)?;
    if !turns.is_empty() {
        network = network.with_forbidden_turns(&turns)?;
    }
    summary.nodes = network.nodes().len();
    summary.junctions = network.junction_count();
    summary.segments = network.segments().len();
    summary.length_m = network.length_m();
    Ok(Imported { network, summary })
}

/// Steps 1 and 2. Sorting instead of hashing: a crafted file cannot make it slow.
fn without_duplicates(mut pieces: Vec<Piece>, summary: &mut ImportSummary) -> Vec<Piece> {
    let ends = |piece: &Piece| (piece.from.min(piece.to), piece.from.max(piece.to));
    let mut order: Vec<u32> = (0..pieces.len() as u32).collect();
    order.sort_unstable_by_key(|i| (ends(&pieces[*i as usize]), *i));
    let mut keep = vec![true; pieces.len()];
    let mut becomes_two_way = Vec::new();
    for run in order.chunk_by(|a, b| ends(&pieces[*a as usize]) == ends(&pieces[*b as usize])) {
        let first = &pieces[run[0] as usize];
        if first.from == first.to {
            summary.loop_pieces += run.len();
            run.iter().for_each(|i| keep[*i as usize] = false);
            continue;
        }
        let mut oneway = first.oneway;
        for later in &run[1..] {
            keep[*later as usize] = false;
            summary.duplicate_pieces += 1;
            let later = &pieces[*later as usize];
            if oneway && !(later.oneway && later.from == first.from) {
                oneway = false;
                becomes_two_way.push(run[0]);
                summary.oneway_pairs_joined += usize::from(later.oneway);
            }
        }
    }
    for i in becomes_two_way {
        pieces[i as usize].oneway = false;
    }
    let mut position = 0;
    pieces.retain(|_| {
        position += 1;
        keep[position - 1]
    });
    pieces
}

/// Step 3: a component's number for every node.
fn label_components(node_count: usize, pieces: &[Piece]) -> Vec<u32> {
    let mut union = UnionFind::<u32>::new(node_count);
    for piece in pieces {
        union.union(piece.from, piece.to);
    }
    union.into_labeling()
}

/// Step 3: which components are kept.
struct Kept {
    /// The only one, unless all are.
    only: Option<u32>,
    /// The nodes of each, by its number.
    sizes: Vec<u32>,
}

impl Kept {
    fn drops(&self, component: u32) -> bool {
        self.only.is_some_and(|only| only != component)
    }
}

/// Step 3: chooses them.
fn choose_components(
    node_count: usize,
    pieces: &[Piece],
    component_of: &[u32],
    components: Components,
    summary: &mut ImportSummary,
) -> Kept {
    let mut in_use = vec![false; node_count];
    for piece in pieces {
        in_use[piece.from as usize] = true;
        in_use[piece.to as usize] = true;
    }
    let mut sizes = vec![0_u32; node_count];
    let mut by_earliest_node = Vec::new();
    for node in (0..node_count).filter(|n| in_use[*n]) {
        let component = component_of[node] as usize;
        if sizes[component] == 0 {
            by_earliest_node.push(component);
        }
        sizes[component] += 1;
    }
    summary.components_read = by_earliest_node.len();
    if components == Components::All {
        return Kept { only: None, sizes };
    }
    // `max_by_key` takes the last of equals, so the search runs backwards to find the earliest.
    let largest = by_earliest_node.iter().rev().max_by_key(|c| sizes[**c]).copied();
    if let Some(largest) = largest {
        let nodes_in_use: usize = sizes.iter().map(|size| *size as usize).sum();
        summary.dropped_components.count = by_earliest_node.len() - 1;
        summary.dropped_components.nodes = nodes_in_use - sizes[largest] as usize;
    }
    Kept { only: largest.map(|component| component as u32), sizes }
}

/// Pieces merged end to end.
struct Chain {
    /// The nodes along it.
    nodes: Vec<u32>,
    /// The pieces between them.
    pieces: Vec<u32>,
}

/// Step 4.
struct Chains<'a> {
    pieces: &'a [Piece],
    ways: &'a [Way],
    neighbour_counts: Vec<u32>,
    /// The first two pieces at each node.
    pieces_at: Vec<[u32; 2]>,
    taken: Vec<bool>,
    /// All pieces before this one are taken.
    at: usize,
    merging: Merging,
}

impl<'a> Chains<'a> {
    fn new(node_count: usize, pieces: &'a [Piece], ways: &'a [Way], merging: Merging) -> Self {
        let mut neighbour_counts = vec![0_u32; node_count];
        let mut pieces_at = vec![[0_u32; 2]; node_count];
        for (i, piece) in pieces.iter().enumerate() {
            for node in [piece.from as usize, piece.to as usize] {
                if let Some(place) = pieces_at[node].get_mut(neighbour_counts[node] as usize) {
                    *place = i as u32;
                }
                neighbour_counts[node] += 1;
            }
        }
        Self { pieces, ways, neighbour_counts, pieces_at, taken: vec![false; pieces.len()], at: 0, merging }
    }

    /// The next chain, in the order of their earliest pieces.
    fn next(&mut self, rulings: &Rulings) -> Option<Chain> {
        let i = (self.at..self.pieces.len()).find(|i| !self.taken[*i])?;
        self.at = i + 1;
        self.taken[i] = true;
        let Piece { from, to, .. } = self.pieces[i];
        let after = self.follow(i as u32, to, rulings);
        let before = self.follow(i as u32, from, rulings);
        let count = before.len() + 1 + after.len();
        let mut chain = Chain { nodes: Vec::with_capacity(count + 1), pieces: Vec::with_capacity(count) };
        for (piece, node) in before.iter().rev() {
            chain.nodes.push(*node);
            chain.pieces.push(*piece);
        }
        chain.nodes.extend([from, to]);
        chain.pieces.push(i as u32);
        for (piece, node) in after {
            chain.nodes.push(node);
            chain.pieces.push(piece);
        }
        Some(chain)
    }

    /// The pieces that continue a chain past `node`, each with the node it leads to.
    fn follow(&mut self, mut piece: u32, mut node: u32, rulings: &Rulings) -> Vec<(u32, u32)> {
        let mut found = Vec::new();
        while let Some(next) = self.continuation(piece, node).filter(|_| !rulings.are_at(node)) {
            if std::mem::replace(&mut self.taken[next as usize], true) {
                break;
            }
            let Piece { from, to, .. } = self.pieces[next as usize];
            node = if from == node { to } else { from };
            piece = next;
            found.push((next, node));
        }
        found
    }

    /// The piece with which `piece` is merged at `node`.
    fn continuation(&self, piece: u32, node: u32) -> Option<u32> {
        if self.neighbour_counts[node as usize] != 2 {
            return None;
        }
        let [a, b] = self.pieces_at[node as usize];
        let next = if a == piece { b } else { a };
        let (this, that) = (&self.pieces[piece as usize], &self.pieces[next as usize]);
        let runs_through = match (this.oneway, that.oneway) {
            (false, false) => true,
            (true, true) => (this.to == node) != (that.to == node),
            _ => false,
        };
        let agrees = self.merging == Merging::Junctions
            || this.way == that.way
            || self.ways[this.way as usize].agrees_with(&self.ways[that.way as usize]);
        (runs_through && agrees).then_some(next)
    }
}
