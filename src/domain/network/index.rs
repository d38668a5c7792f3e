//! Where the segments are: a packed R-tree.
//!
//! A leaf is a box around up to eight polyline pieces in a row of one segment. Leaves lie in the order of a Hilbert curve through their
//! middles (Kamel and Faloutsos 1993), sixteen of them in a row have a box around them, sixteen of those again, and so on, so that no
//! box needs to say what is inside. Boxes have 32-bit corners, rounded outwards; distances are those of the pieces themselves.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::Network;
use crate::domain::geometry::Point;
use crate::domain::ids::SegmentId;

/// How many polyline pieces a leaf has at most.
const PIECES: usize = 8;
/// How many boxes another one is around.
const BOXES: usize = 16;

/// A box: least and greatest coordinates.
#[derive(Clone, Copy, Debug)]
struct Extent {
    low: [f32; 2],
    high: [f32; 2],
}

impl Extent {
    const NOTHING: Self = Self { low: [f32::INFINITY; 2], high: [f32::NEG_INFINITY; 2] };

    /// Around points: their least and greatest coordinates, which are rounded outwards only then.
    fn around(points: impl Iterator<Item = Point>) -> Self {
        let (mut least, mut greatest) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
        for Point { x_m, y_m } in points {
            least = [least[0].min(x_m), least[1].min(y_m)];
            greatest = [greatest[0].max(x_m), greatest[1].max(y_m)];
        }
        let down = |at: f64| if f64::from(at as f32) > at { (at as f32).next_down() } else { at as f32 };
        let up = |at: f64| if f64::from(at as f32) < at { (at as f32).next_up() } else { at as f32 };
        Self { low: least.map(down), high: greatest.map(up) }
    }

    fn with(self, other: Self) -> Self {
        let mut extent = self;
        for i in 0..2 {
            (extent.low[i], extent.high[i]) = (extent.low[i].min(other.low[i]), extent.high[i].max(other.high[i]));
        }
        extent
    }

    /// No point inside is nearer than this.
    fn distance_m(&self, point: Point) -> f64 {
        let beyond = |i: usize, at: f64| (f64::from(self.low[i]) - at).max(at - f64::from(self.high[i])).max(0.0);
        let (dx, dy) = (beyond(0, point.x_m), beyond(1, point.y_m));
        (dx * dx + dy * dy).sqrt()
    }

    fn meets(&self, low: Point, high: Point) -> bool {
        let apart = |i: usize, low: f64, high: f64| f64::from(self.low[i]) > high || f64::from(self.high[i]) < low;
        !(apart(0, low.x_m, high.x_m) || apart(1, low.y_m, high.y_m))
    }
}

/// Some pieces in a row of one segment.
#[derive(Clone, Copy, Debug)]
struct Leaf {
    segment: SegmentId,
    first: u32,
}

/// All polyline pieces, by where they are.
#[derive(Clone, Debug)]
pub(super) struct SegmentIndex {
    leaves: Vec<Leaf>,
    /// Around the leaves first, then around sixteen of these each, and so on; the last is around everything.
    extents: Vec<Extent>,
    /// Where each of these levels begins, and where the last one ends.
    levels: Vec<usize>,
}

impl SegmentIndex {
    pub(super) fn build(network: &Network) -> Self {
        let mut found = Vec::with_capacity(network.segments().len());
        for (i, segment) in network.segments().iter().enumerate() {
            for first in (0..segment.nodes.len() - 1).step_by(PIECES) {
                let nodes = &segment.nodes[first..(first + PIECES + 1).min(segment.nodes.len())];
                let extent = Extent::around(nodes.iter().map(|n| network.node(*n).point));
                found.push((Leaf { segment: SegmentId(i as u32), first: first as u32 }, extent));
            }
        }
        let whole = found.iter().fold(Extent::NOTHING, |whole, (_, extent)| whole.with(*extent));
        let along = |extent: &Extent| {
            let middle = |i: usize| {
                let size = f64::from(whole.high[i]) - f64::from(whole.low[i]);
                let at = (f64::from(extent.low[i]) + f64::from(extent.high[i])) / 2.0 - f64::from(whole.low[i]);
                if size > 0.0 { (at / size * f64::from(u16::MAX)) as u32 } else { 0 }
            };
            along_hilbert_curve(middle(0), middle(1))
        };
        // Along the curve, then as they were found; whole numbers are sorted several times as fast as leaves. There are less leaves than
        // places on lines, which 32 bits count.
        let mut order: Vec<u64> =
            (0_u64..).zip(&found).map(|(i, (_, extent))| u64::from(along(extent)) << 32 | i).collect();
        order.sort_unstable();
        let (mut leaves, mut extents) =
            (Vec::with_capacity(found.len()), Vec::with_capacity(found.len() * 16 / 15 + 16));
        for i in order {
            let (leaf, extent) = found[(i & u64::from(u32::MAX)) as usize];
            leaves.push(leaf);
            extents.push(extent);
        }
        let mut levels = vec![0, extents.len()];
        while let [.., begin, end] = *levels.as_slice()
            && end - begin > 1
        {
            for from in (begin..end).step_by(BOXES) {
                let inside = &extents[from..(from + BOXES).min(end)];
                let extent = inside.iter().fold(Extent::NOTHING, |around, extent| around.with(*extent));
                extents.push(extent);
            }
            levels.push(extents.len());
        }
        Self { leaves, extents, levels }
    }

    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val(self.leaves.as_slice()) + size_of_val(self.extents.as_slice())
    }

    /// The corners of a box around everything.
    pub(super) fn bounds(&self) -> (Point, Point) {
        let whole = self.extents.last().copied().unwrap_or(Extent::NOTHING);
        let corner = |[x, y]: [f32; 2]| Point { x_m: f64::from(x), y_m: f64::from(y) };
        (corner(whole.low), corner(whole.high))
    }

    /// All pieces of the network, which must be this index's, the nearest first; of equally near ones the lowest.
    pub(super) fn nearest_pieces<'a>(&'a self, network: &'a Network, point: Point) -> NearestPieces<'a> {
        let mut queue = BinaryHeap::new();
        if let Some(whole) = self.extents.len().checked_sub(1) {
            let level = self.levels.len() - 2;
            queue.push(Reverse(Near { distance_m: 0.0, what: What::Extent { level, extent: whole } }));
        }
        NearestPieces { index: self, network, point, queue }
    }

    /// The segments with a piece whose bounding box touches the box, ordered by id.
    pub(super) fn segments_in_box(&self, network: &Network, low: Point, high: Point) -> Vec<SegmentId> {
        let mut found = Vec::new();
        let mut left = vec![(self.levels.len() - 2, self.extents.len() - 1)];
        while let Some((level, extent)) = left.pop() {
            if !self.extents[extent].meets(low, high) {
                continue;
            }
            if level > 0 {
                left.extend(self.inside(level, extent).map(|inside| (level - 1, inside)));
                continue;
            }
            let leaf = self.leaves[extent];
            let touches = |k: usize| {
                let [a, b] = ends(network, leaf.segment, k);
                let apart = |a: f64, b: f64, low: f64, high: f64| a.min(b) > high || a.max(b) < low;
                !(apart(a.x_m, b.x_m, low.x_m, high.x_m) || apart(a.y_m, b.y_m, low.y_m, high.y_m))
            };
            if pieces(network, leaf).any(touches) {
                found.push(leaf.segment);
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// What one box of a level above the leaves is around, on the level below.
    fn inside(&self, level: usize, extent: usize) -> std::ops::Range<usize> {
        let from = self.levels[level - 1] + (extent - self.levels[level]) * BOXES;
        from..(from + BOXES).min(self.levels[level])
    }
}

fn pieces(network: &Network, leaf: Leaf) -> std::ops::Range<usize> {
    let first = leaf.first as usize;
    first..(first + PIECES).min(network.segment(leaf.segment).nodes.len() - 1)
}

fn ends(network: &Network, segment: SegmentId, k: usize) -> [Point; 2] {
    let nodes = network.segment(segment).nodes;
    [nodes[k], nodes[k + 1]].map(|n| network.node(n).point)
}

/// A polyline piece and how far it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct NearPiece {
    pub(super) distance_m: f64,
    pub(super) segment: SegmentId,
    /// The position of its first node in the segment's line.
    pub(super) piece: usize,
}

/// See [`SegmentIndex::nearest_pieces`].
pub(super) struct NearestPieces<'a> {
    index: &'a SegmentIndex,
    network: &'a Network,
    point: Point,
    queue: BinaryHeap<Reverse<Near>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    // Boxes come before pieces: one may hold a piece that is as near and lower.
    Extent { level: usize, extent: usize },
    Piece { segment: SegmentId, piece: usize },
}

#[derive(Clone, Copy, Debug)]
struct Near {
    distance_m: f64,
    what: What,
}

impl PartialEq for Near {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Near {}

impl PartialOrd for Near {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Near {
    fn cmp(&self, other: &Self) -> Ordering {
        self.distance_m.total_cmp(&other.distance_m).then_with(|| self.what.cmp(&other.what))
    }
}

impl Iterator for NearestPieces<'_> {
    type Item = NearPiece;

    fn next(&mut self) -> Option<NearPiece> {
        loop {
            let Reverse(Near { distance_m, what }) = self.queue.pop()?;
            match what {
                What::Piece { segment, piece } => return Some(NearPiece { distance_m, segment, piece }),
                What::Extent { level: 0, extent } => {
                    let leaf = self.index.leaves[extent];
                    for piece in pieces(self.network, leaf) {
                        let [a, b] = ends(self.network, leaf.segment, piece);
                        let nearest = a.towards(b, self.point.nearest_fraction(a, b));
                        let what = What::Piece { segment: leaf.segment, piece };
                        self.queue.push(Reverse(Near { distance_m: self.point.distance_m(nearest), what }));
                    }
                }
                What::Extent { level, extent } => {
                    for inside in self.index.inside(level, extent) {
                        let distance_m = self.index.extents[inside].distance_m(self.point);
                        let what = What::Extent { level: level - 1, extent: inside };
                        self.queue.push(Reverse(Near { distance_m, what }));
                    }
                }
            }
        }
    }
}

/// How far along Hilbert's curve through a square of 2¹⁶ by 2¹⁶ cells a cell is.
fn along_hilbert_curve(x: u32, y: u32) -> u32 {
    let (mut x, mut y, mut along) = (x, y, 0);
    let mut side = 1 << 15;
    while side > 0 {
        let (right, upper) = (u32::from(x & side > 0), u32::from(y & side > 0));
        along += side * side * ((3 * right) ^ upper);
        // In the lower half the curve goes on turned over, and on the right of it mirrored, too. Masks instead of branches, as nobody could
        // foretell those.
        let mirrored = (right & (upper ^ 1)).wrapping_neg() & 0xffff;
        (x, y) = (x ^ mirrored, y ^ mirrored);
        let turned = (upper ^ 1).wrapping_neg() & (x ^ y);
        (x, y) = (x ^ turned, y ^ turned);
        side /= 2;
    }
    along
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::geometry::{LocalPlane, LonLat};
    use crate::domain::ids::NodeIndex;
    use crate::domain::network::{Node, SegmentPart};

    /// Roads of one to thirty pieces anywhere in 2 by 1 km, from a plain series of numbers.
    fn roads(seed: u32, count: usize) -> Network {
        let mut state = seed.wrapping_mul(2_654_435_761) | 1;
        let mut below = move |limit: u32| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) % limit
        };
        let (mut nodes, mut parts) = (Vec::new(), Vec::new());
        let plane = LocalPlane::new(LonLat { lon: 8.0, lat: 50.0 });
        for _ in 0..count {
            let mut point = Point { x_m: f64::from(below(200_000)) / 100.0, y_m: f64::from(below(100_000)) / 100.0 };
            let first = nodes.len() as u32;
            for _ in 0..2 + below(30) {
                nodes.push(Node { id: nodes.len().to_string().into(), lon_lat: plane.unproject(point), point });
                point.x_m += f64::from(below(4_000)) / 100.0 + 0.01;
                point.y_m += f64::from(below(4_000)) / 100.0 - 20.0;
            }
            parts.push(SegmentPart {
                nodes: (first..nodes.len() as u32).collect(),
                oneway: false,
                speed_limit_mps: None,
                name: None,
                source_ids: vec![],
                blockage_probability: 0.1,
                road: Default::default(),
            });
        }
        Network::new(plane.origin(), nodes, parts).unwrap()
    }

    fn all_pieces(network: &Network) -> Vec<(SegmentId, usize)> {
        let of = |(i, segment): (usize, crate::domain::network::Segment<'_>)| {
            (0..segment.nodes.len() - 1).map(move |k| (SegmentId(i as u32), k)).collect::<Vec<_>>()
        };
        network.segments().iter().enumerate().flat_map(of).collect()
    }

    #[test]
    fn pieces_come_in_the_order_of_their_distance_and_none_is_missing() {
        for (seed, count) in [(1, 1), (2, 3), (3, 40), (4, 700)] {
            let network = roads(seed, count);
            let index = SegmentIndex::build(&network);
            for (x_m, y_m) in [(1_000.0, 500.0), (-3_000.0, 20.0), (1_999.0, 3.0), (0.0, 1e7)] {
                let point = Point { x_m, y_m };
                let mut expected: Vec<(f64, SegmentId, usize)> = all_pieces(&network)
                    .into_iter()
                    .map(|(segment, k)| {
                        let [a, b] = ends(&network, segment, k);
                        (point.distance_m(a.towards(b, point.nearest_fraction(a, b))), segment, k)
                    })
                    .collect();
                expected.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2))));
                let found: Vec<_> =
                    index.nearest_pieces(&network, point).map(|p| (p.distance_m, p.segment, p.piece)).collect();
                assert!(found == expected, "{count} roads from {x_m}, {y_m}");
            }
        }
    }

    #[test]
    fn a_box_finds_what_it_touches() {
        let network = roads(7, 500);
        let index = SegmentIndex::build(&network);
        for (x_m, y_m, size_m) in [(0.0, 0.0, 50.0), (700.0, 300.0, 200.0), (900.0, 500.0, 0.0), (-50.0, -50.0, 9e6)] {
            let (low, high) = (Point { x_m, y_m }, Point { x_m: x_m + size_m, y_m: y_m + size_m });
            let touches = |&(segment, k): &(SegmentId, usize)| {
                let [a, b] = ends(&network, segment, k);
                a.x_m.min(b.x_m) <= high.x_m
                    && a.x_m.max(b.x_m) >= low.x_m
                    && a.y_m.min(b.y_m) <= high.y_m
                    && a.y_m.max(b.y_m) >= low.y_m
            };
            let mut expected: Vec<SegmentId> =
                all_pieces(&network).into_iter().filter(touches).map(|(segment, _)| segment).collect();
            expected.dedup();
            assert_eq!(index.segments_in_box(&network, low, high), expected);
        }
        let (low, high) = index.bounds();
        for node in (0..network.nodes().len()).map(|i| network.node(NodeIndex(i as u32)).point) {
            assert!(low.x_m <= node.x_m && node.x_m <= high.x_m && low.y_m <= node.y_m && node.y_m <= high.y_m);
        }
    }

    #[test]
    fn neighbours_on_the_curve_are_neighbours_in_the_plane() {
        let side = 256_u32;
        let mut cells: Vec<(u32, u32, u32)> =
            (0..side * side).map(|i| (along_hilbert_curve(i % side, i / side), i % side, i / side)).collect();
        cells.sort_unstable();
        for pair in cells.windows(2) {
            assert_eq!(pair[1].0, pair[0].0 + 1);
            assert_eq!(pair[0].1.abs_diff(pair[1].1) + pair[0].2.abs_diff(pair[1].2), 1);
        }
    }
}
