//! From pieces to segments: what every format has in common.
//!
//! The steps, in order:
//! 1. Loops (a piece from a node to itself) are dropped.
//! 2. Of the pieces between the same two nodes the first stays, with its attributes. It may be driven in every direction
//!    that any of them allows: two one-way pieces in opposite directions are one two-way piece.
//! 3. Connected components are formed, one-way pieces counting like any other. [`Components::Largest`] keeps the one with
//!    the most nodes; among equals, the one that holds the earliest node of the source.
//! 4. Pieces are merged into chains across every node that has exactly two neighbours, provided both pieces agree in
//!    speed limit, name and blockage probability, and are either both two-way or one-way with one leading in and one out.
//! 5. Chains that return to their own start are dropped, among them components that are one ring. Parallel chains stay.
//!
//! The order of segments is that of their earliest pieces in the source, and a segment runs in the direction of that
//! piece; a one-way segment therefore runs in its direction of travel.

use petgraph::unionfind::UnionFind;
use rustc_hash::FxHashSet;

use super::{ImportError, ImportSummary};
use crate::domain::geometry::LonLat;
use crate::domain::network::{Network, Node, SegmentPart};

/// Which connected components of a source an import keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Components {
    /// The one with the most nodes; among equals, the one with the earliest node of the source.
    Largest,
    /// All.
    All,
}

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
    pub(super) id: Option<String>,
    pub(super) speed_limit_mps: Option<f64>,
    pub(super) name: Option<String>,
    pub(super) blockage_probability: f64,
}

impl Way {
    fn agrees_with(&self, other: &Way) -> bool {
        self.speed_limit_mps == other.speed_limit_mps
            && self.blockage_probability == other.blockage_probability
            && self.name == other.name
    }
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
    pub(super) points_ignored: usize,
}

/// Makes a network of a source; see the module's documentation.
pub(super) fn prepare(source: Source, components: Components) -> Result<Imported, ImportError> {
    let Source { origin, nodes, ways, pieces, points_ignored } = source;
    let mut summary =
        ImportSummary { nodes_read: nodes.len(), pieces_read: pieces.len(), points_ignored, ..Default::default() };
    let pieces = without_duplicates(pieces, &mut summary);
    let component_of = label_components(nodes.len(), &pieces);
    let chains = Chains::new(nodes.len(), &pieces, &ways).all();
    let kept = choose_components(nodes.len(), &pieces, &component_of, components, &mut summary);

    let length_of = |chain: &Chain| -> f64 {
        chain.nodes.windows(2).map(|pair| nodes[pair[0] as usize].point.distance_m(nodes[pair[1] as usize].point)).sum()
    };
    let mut parts = Vec::new();
    for chain in &chains {
        if !kept[component_of[chain.nodes[0] as usize] as usize] {
            summary.dropped_components.segments += 1;
            summary.dropped_components.length_m += length_of(chain);
        } else if chain.nodes.first() == chain.nodes.last() {
            summary.dropped_rings.count += 1;
            summary.dropped_rings.pieces += chain.pieces.len();
            summary.dropped_rings.length_m += length_of(chain);
        } else {
            summary.merged_chains += usize::from(chain.pieces.len() > 1);
            parts.push(part_of(chain, &pieces, &ways));
        }
    }
    drop(chains);
    if parts.is_empty() {
        return Err(ImportError::OnlyRings);
    }
    let network = Network::new(origin, nodes, parts)?;
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

/// Step 3: whether each component is kept, by its number.
fn choose_components(
    node_count: usize,
    pieces: &[Piece],
    component_of: &[u32],
    components: Components,
    summary: &mut ImportSummary,
) -> Vec<bool> {
    let mut in_use = vec![false; node_count];
    for piece in pieces {
        in_use[piece.from as usize] = true;
        in_use[piece.to as usize] = true;
    }
    let mut sizes = vec![0_usize; node_count];
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
        return vec![true; node_count];
    }
    let mut kept = vec![false; node_count];
    // `max_by_key` takes the last of equals, so the search runs backwards to find the earliest.
    if let Some(largest) = by_earliest_node.iter().rev().max_by_key(|c| sizes[**c]) {
        kept[*largest] = true;
        let nodes_in_use: usize = sizes.iter().sum();
        summary.dropped_components.count = by_earliest_node.len() - 1;
        summary.dropped_components.nodes = nodes_in_use - sizes[*largest];
    }
    kept
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
}

impl<'a> Chains<'a> {
    fn new(node_count: usize, pieces: &'a [Piece], ways: &'a [Way]) -> Self {
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
        Self { pieces, ways, neighbour_counts, pieces_at, taken: vec![false; pieces.len()] }
    }

    /// All chains, in the order of their earliest pieces.
    fn all(mut self) -> Vec<Chain> {
        let mut chains = Vec::new();
        for i in 0..self.pieces.len() {
            if self.taken[i] {
                continue;
            }
            self.taken[i] = true;
            let Piece { from, to, .. } = self.pieces[i];
            let after = self.follow(i as u32, to);
            let before = self.follow(i as u32, from);
            let mut chain = Chain { nodes: Vec::new(), pieces: Vec::new() };
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
            chains.push(chain);
        }
        chains
    }

    /// The pieces that continue a chain past `node`, each with the node it leads to.
    fn follow(&mut self, mut piece: u32, mut node: u32) -> Vec<(u32, u32)> {
        let mut found = Vec::new();
        while let Some(next) = self.continuation(piece, node) {
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
        let agrees = this.way == that.way || self.ways[this.way as usize].agrees_with(&self.ways[that.way as usize]);
        (runs_through && agrees).then_some(next)
    }
}

fn part_of(chain: &Chain, pieces: &[Piece], ways: &[Way]) -> SegmentPart {
    let piece = |i: u32| pieces[i as usize];
    let way = &ways[piece(chain.pieces[0]).way as usize];
    let mut seen = FxHashSet::default();
    let mut source_ids = Vec::new();
    for i in &chain.pieces {
        if let Some(id) = ways[piece(*i).way as usize].id.as_deref()
            && seen.insert(id)
        {
            source_ids.push(id.to_owned());
        }
    }
    SegmentPart {
        nodes: chain.nodes.clone(),
        oneway: piece(chain.pieces[0]).oneway,
        speed_limit_mps: way.speed_limit_mps,
        name: way.name.clone(),
        source_ids,
        blockage_probability: way.blockage_probability,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use proptest::prelude::*;

    use super::*;
    use crate::domain::geometry::{LocalPlane, Point};

    /// Pieces such as `a-b`, `a>b` or `a-b:Elm`, the last one belonging to a way named and identified `Elm`. Nodes are
    /// letters, in the order of the alphabet, on a curve on which no two pieces have the same direction.
    fn source(pieces: &str) -> Source {
        let origin = LonLat { lon: 8.0, lat: 50.0 };
        let nodes = ('a'..='z').enumerate().map(|(i, id)| {
            let point = Point { x_m: 10.0 * i as f64, y_m: (i * i) as f64 };
            Node { id: id.to_string(), lon_lat: LocalPlane::new(origin).unproject(point), point }
        });
        let mut ways = Vec::new();
        let mut read = Vec::new();
        for text in pieces.split_whitespace() {
            let (ends, name) = text.split_once(':').map_or((text, None), |(ends, name)| (ends, Some(name.to_owned())));
            let bytes = ends.as_bytes();
            let way = Way { id: name.clone(), speed_limit_mps: None, name, blockage_probability: 0.1 };
            let (from, to) = (u32::from(bytes[0] - b'a'), u32::from(bytes[2] - b'a'));
            read.push(Piece { from, to, way: ways.len() as u32, oneway: bytes[1] == b'>' });
            ways.push(way);
        }
        Source { origin, nodes: nodes.collect(), ways, pieces: read, points_ignored: 0 }
    }

    fn show(network: &Network) -> String {
        let segment = |s: &crate::domain::network::Segment| {
            let ids: Vec<&str> = s.nodes.iter().map(|n| network.node(*n).id.as_str()).collect();
            let line = ids.join(if s.oneway { ">" } else { "-" });
            if s.source_ids.is_empty() { line } else { format!("{line}:{}", s.source_ids.join("+")) }
        };
        network.segments().iter().map(segment).collect::<Vec<_>>().join(" ")
    }

    fn check(pieces: &str, expected: &str) -> ImportSummary {
        let Imported { network, summary } = prepare(source(pieces), Components::Largest).unwrap();
        assert_eq!(show(&network), expected, "{pieces}");
        summary
    }

    #[test]
    fn chains_become_segments_in_the_order_and_direction_of_their_earliest_pieces() {
        let summary = check("b-c d-c a-b d-e d-f", "a-b-c-d d-e d-f");
        assert_eq!((summary.merged_chains, summary.junctions, summary.nodes), (1, 4, 6));
        check("d-e c-d c-b b-a d-f", "d-e a-b-c-d d-f");
        check("d-e d-c c-b b-a d-f", "d-e d-c-b-a d-f");
    }

    #[test]
    fn duplicates_and_loops_are_dropped_and_counted() {
        let summary = check("a-b b-a b-b a-b b-c b-d", "a-b b-c b-d");
        assert_eq!((summary.pieces_read, summary.duplicate_pieces, summary.loop_pieces), (6, 2, 1));
    }

    #[test]
    fn a_duplicate_piece_keeps_the_first_attributes_and_adds_only_directions() {
        assert_eq!(check("a>b:Elm b>a:Oak", "a-b:Elm").oneway_pairs_joined, 1);
        assert_eq!(check("a>b:Elm a>b:Oak", "a>b:Elm").oneway_pairs_joined, 0);
        assert_eq!(check("a>b:Elm a-b:Oak", "a-b:Elm").oneway_pairs_joined, 0);
        assert_eq!(check("a-b:Elm b>a:Oak", "a-b:Elm").oneway_pairs_joined, 0);
        assert_eq!(check("a>b:Elm b>a:Oak a>b:Ash", "a-b:Elm").duplicate_pieces, 2);
    }

    #[test]
    fn chains_end_where_attributes_or_directions_change() {
        check("a-b:Elm b-c:Elm c-d:Oak", "a-b-c:Elm c-d:Oak");
        check("a>b b>c c-d", "a>b>c c-d");
        check("a>b c>b c>d", "a>b c>b c>d");
        check("b>c a>b c>d", "a>b>c>d");
    }

    #[test]
    fn source_ids_are_collected_in_order_and_once() {
        let mut source = source("a-b:Elm b-c:Elm c-d:Elm");
        for (way, id) in source.ways.iter_mut().zip(["w1", "w2", "w1"]) {
            way.id = Some(id.to_owned());
        }
        assert_eq!(show(&prepare(source, Components::All).unwrap().network), "a-b-c-d:w1+w2");
    }

    #[test]
    fn rings_are_dropped_and_parallel_segments_stay() {
        let summary = check("a-b b-c c-d d-b", "a-b");
        assert_eq!((summary.dropped_rings.count, summary.dropped_rings.pieces), (1, 3));
        check("a-b b-c c-d b-e e-c", "a-b b-c c-d b-e-c");
        assert_eq!(prepare(source("a-b b-c c-a"), Components::Largest).unwrap_err(), ImportError::OnlyRings);
        check("a-b:Elm b-c:Oak c-a:Oak", "a-b:Elm b-c-a:Oak");
    }

    #[test]
    fn the_largest_component_stays_and_of_equals_the_earliest() {
        let summary = check("d-e a-b b-c", "a-b-c");
        let dropped = &summary.dropped_components;
        assert_eq!((summary.components_read, dropped.count, dropped.nodes, dropped.segments), (2, 1, 2, 1));
        assert!((dropped.length_m - 149_f64.sqrt()).abs() < 1e-9, "{dropped:?}");
        check("d-c a-b", "a-b");
        check("d>e e-f a-b", "d>e e-f");
        let all = prepare(source("d-c a-b"), Components::All).unwrap();
        assert_eq!(show(&all.network), "d-c a-b");
        assert_eq!(all.summary.dropped_components.count, 0);
    }

    fn any_pieces() -> impl Strategy<Value = String> {
        let piece = (0_u8..12, 0_u8..12, prop::bool::weighted(0.3), prop::sample::select(vec!["", ":Elm", ":Oak"]));
        prop::collection::vec(piece, 1..24).prop_map(|pieces| {
            let letter = |n: u8| char::from(b'a' + n);
            let text = |(a, b, oneway, name): (u8, u8, bool, &str)| {
                format!("{}{}{}{name}", letter(a), if oneway { '>' } else { '-' }, letter(b))
            };
            pieces.into_iter().map(text).collect::<Vec<_>>().join(" ")
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// A second, slower statement of the rules: which directed steps remain, with which name, and where segments end.
        #[test]
        fn segments_cover_the_pieces_exactly_and_are_as_long_as_they_may_be(text in any_pieces()) {
            let source = source(&text);
            let mut name_of: BTreeMap<(u32, u32), Option<String>> = BTreeMap::new();
            let mut steps: BTreeSet<(u32, u32)> = BTreeSet::new();
            for piece in source.pieces.iter().filter(|p| p.from != p.to) {
                let ends = (piece.from.min(piece.to), piece.from.max(piece.to));
                name_of.entry(ends).or_insert_with(|| source.ways[piece.way as usize].name.clone());
                steps.insert((piece.from, piece.to));
                if !piece.oneway {
                    steps.insert((piece.to, piece.from));
                }
            }
            let count = |node: u32| name_of.keys().filter(|(a, b)| *a == node || *b == node).count();
            let is_inner = |node: u32| {
                let at: Vec<_> = name_of.iter().filter(|((a, b), _)| *a == node || *b == node).collect();
                let way_in = steps.iter().filter(|(_, to)| *to == node).count();
                let way_out = steps.iter().filter(|(from, _)| *from == node).count();
                let passes = (way_in, way_out) == (2, 2) || {
                    let from = steps.iter().find(|(_, to)| *to == node).map(|s| s.0);
                    let to = steps.iter().find(|(from, _)| *from == node).map(|s| s.1);
                    (way_in, way_out) == (1, 1) && from != to
                };
                at.len() == 2 && at[0].1 == at[1].1 && passes
            };
            match prepare(source.clone(), Components::All) {
                Err(error) => prop_assert_eq!(error, ImportError::OnlyRings),
                Ok(Imported { network, summary }) => {
                    let number = |n: crate::domain::ids::NodeIndex| u32::from(network.node(n).id.as_bytes()[0] - b'a');
                    let mut covered = BTreeSet::new();
                    for segment in network.segments() {
                        let line: Vec<u32> = segment.nodes.iter().map(|n| number(*n)).collect();
                        for (i, node) in line.iter().enumerate() {
                            let is_end = i == 0 || i + 1 == line.len();
                            prop_assert_eq!(is_inner(*node), !is_end, "node {} of {}", node, show(&network));
                        }
                        for pair in line.windows(2) {
                            let (a, b) = (pair[0], pair[1]);
                            prop_assert!(covered.insert((a.min(b), a.max(b))), "{} twice", show(&network));
                            prop_assert!(steps.contains(&(a, b)));
                            prop_assert_eq!(steps.contains(&(b, a)), !segment.oneway);
                            prop_assert_eq!(&name_of[&(a.min(b), a.max(b))], &segment.name);
                        }
                    }
                    prop_assert_eq!(covered.len() + summary.dropped_rings.pieces, name_of.len());
                    let left = name_of.keys().filter(|ends| !covered.contains(ends));
                    prop_assert!(left.into_iter().all(|(a, b)| count(*a) >= 2 && count(*b) >= 2), "a ring has no end");
                }
            }
        }
    }
}
