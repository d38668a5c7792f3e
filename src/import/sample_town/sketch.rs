//! A town on paper: nodes and streets in a plane with a river, and the rules by which a new street fits in.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use smallvec::{SmallVec, smallvec};

use crate::domain::geometry::Point;

/// The cosine of 50 degrees: the least angle at which two streets leave a node.
const COSINE_OF_50_DEG: f64 = 0.642_787_609_686_539_3;
/// The most streets at one node.
const MAX_DEGREE: usize = 4;

/// Seeded numbers, alike on every platform.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A number from `low` to just under `high`.
    pub(super) fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    /// Either sign.
    pub(super) fn sign(&mut self) -> f64 {
        if self.0.next_u32().is_multiple_of(2) { 1.0 } else { -1.0 }
    }
}

/// The river's centre line: a y for every x, smooth through knots 500 m apart (a Catmull-Rom spline).
pub(super) struct River {
    knots_m: [f64; 11],
}

impl River {
    /// Half the width of the water in metres, measured north to south.
    pub(super) const HALF_WIDTH_M: f64 = 34.0;
    const KNOT_DISTANCE_M: f64 = 500.0;

    pub(super) fn new(dice: &mut Dice) -> Self {
        let side = dice.sign();
        let bends_m = [-60.0, 60.0, -110.0, -60.0, 120.0, 40.0, -130.0, -30.0, 110.0, 60.0, -60.0];
        Self { knots_m: bends_m.map(|y| side * y + dice.between(-35.0, 35.0)) }
    }

    /// The centre line's y at `x_m`.
    pub(super) fn y_m(&self, x_m: f64) -> f64 {
        let position = (x_m / Self::KNOT_DISTANCE_M + 5.0).clamp(1.0, 8.999);
        let i = position as usize;
        let t = position - i as f64;
        let [a, b, c, d] = [self.knots_m[i - 1], self.knots_m[i], self.knots_m[i + 1], self.knots_m[i + 2]];
        b + 0.5 * t * (c - a + t * (2.0 * a - 5.0 * b + 4.0 * c - d + t * (3.0 * (b - c) + d - a)))
    }

    /// Metres north (positive) or south (negative) of the centre line.
    pub(super) fn offset_m(&self, point: Point) -> f64 {
        point.y_m - self.y_m(point.x_m)
    }
}

/// What a street is: its name and its limit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Road {
    pub(super) name: Option<String>,
    pub(super) limit_kmh: f64,
    pub(super) is_bridge: bool,
}

impl Road {
    pub(super) fn named(name: &str, limit_kmh: f64) -> Self {
        Self { name: Some(name.to_owned()), limit_kmh, is_bridge: false }
    }

    pub(super) fn unnamed(limit_kmh: f64) -> Self {
        Self { name: None, limit_kmh, is_bridge: false }
    }

    pub(super) fn bridge(name: &str, limit_kmh: f64) -> Self {
        Self { name: Some(name.to_owned()), limit_kmh, is_bridge: true }
    }
}

/// A street between two nodes, straight or with one bend.
pub(super) struct Street {
    pub(super) ends: [usize; 2],
    pub(super) bend: Option<Point>,
    pub(super) road: Road,
    pub(super) oneway: bool,
}

/// The drawing.
pub(super) struct Sketch {
    pub(super) river: River,
    pub(super) nodes: Vec<Point>,
    /// Whether more streets may join at each node.
    pub(super) open: Vec<bool>,
    pub(super) streets: Vec<Street>,
    streets_at: Vec<Vec<usize>>,
}

impl Sketch {
    pub(super) fn new(river: River) -> Self {
        Self { river, nodes: Vec::new(), open: Vec::new(), streets: Vec::new(), streets_at: Vec::new() }
    }

    /// Adds a node, in whole decimetres.
    pub(super) fn node(&mut self, point: Point, open: bool) -> usize {
        self.nodes.push(in_decimetres(point));
        self.open.push(open);
        self.streets_at.push(Vec::new());
        self.nodes.len() - 1
    }

    /// Adds a straight street without asking whether it fits.
    pub(super) fn street(&mut self, a: usize, b: usize, road: Road) -> usize {
        let street = self.streets.len();
        self.streets.push(Street { ends: [a, b], bend: None, road, oneway: false });
        self.streets_at[a].push(street);
        self.streets_at[b].push(street);
        street
    }

    /// Streets along the nodes.
    pub(super) fn streets_along(&mut self, nodes: &[usize], road: &Road) {
        for pair in nodes.windows(2) {
            self.street(pair[0], pair[1], road.clone());
        }
    }

    /// A gently bowed road from `a` to `b` with new nodes about every `step_m`; gives all its nodes, both ends included.
    pub(super) fn bowed(&mut self, a: usize, b: usize, step_m: f64, bow_m: f64, road: &Road) -> Vec<usize> {
        let (from, to) = (self.nodes[a], self.nodes[b]);
        let length_m = from.distance_m(to);
        let steps = (length_m / step_m).round().max(1.0) as usize;
        let across = Point { x_m: -(to.y_m - from.y_m) / length_m, y_m: (to.x_m - from.x_m) / length_m };
        let mut nodes = vec![a];
        for k in 1..steps {
            let t = k as f64 / steps as f64;
            let straight = from.towards(to, t);
            let aside_m = bow_m * 4.0 * t * (1.0 - t);
            let point = Point { x_m: straight.x_m + across.x_m * aside_m, y_m: straight.y_m + across.y_m * aside_m };
            nodes.push(self.node(point, true));
        }
        nodes.push(b);
        self.streets_along(&nodes, road);
        nodes
    }

    /// How many streets meet at a node.
    pub(super) fn degree(&self, node: usize) -> usize {
        self.streets_at[node].len()
    }

    /// The straight pieces of a street.
    pub(super) fn pieces(&self, street: usize) -> SmallVec<[(Point, Point); 2]> {
        let Street { ends: [a, b], bend, .. } = &self.streets[street];
        let (a, b) = (self.nodes[*a], self.nodes[*b]);
        match bend {
            Some(bend) => smallvec![(a, *bend), (*bend, b)],
            None => smallvec![(a, b)],
        }
    }

    /// The distance in metres from the point to the nearest street or node.
    pub(super) fn distance_to_anything_m(&self, point: Point) -> f64 {
        let streets =
            (0..self.streets.len()).flat_map(|s| self.pieces(s)).map(|(a, b)| distance_to_piece_m(point, a, b));
        let nodes = self.nodes.iter().map(|n| n.distance_m(point));
        streets.chain(nodes).fold(f64::INFINITY, f64::min)
    }

    /// Whether a straight street between two nodes fits: out of the water, across no street, not too close past a node,
    /// and at a wide enough angle to the streets at its ends.
    pub(super) fn fits(&self, a: usize, b: usize, clearance_m: f64) -> bool {
        self.has_room_at(a, self.nodes[b])
            && self.has_room_at(b, self.nodes[a])
            && self.is_free(self.nodes[a], self.nodes[b], &[a, b], None, clearance_m)
    }

    /// Bends a street at its middle, unless the bent street would touch something.
    pub(super) fn bend(&mut self, street: usize, share: f64, clearance_m: f64) {
        let Street { ends: [a, b], .. } = self.streets[street];
        let (from, to) = (self.nodes[a], self.nodes[b]);
        let middle = from.towards(to, 0.5);
        let bend = in_decimetres(Point {
            x_m: middle.x_m - (to.y_m - from.y_m) * share,
            y_m: middle.y_m + (to.x_m - from.x_m) * share,
        });
        let is_free = |end| self.is_free(end, bend, &[a, b], Some(street), clearance_m);
        if is_free(from) && is_free(to) {
            self.streets[street].bend = Some(bend);
        }
    }

    fn has_room_at(&self, node: usize, towards: Point) -> bool {
        let at = self.nodes[node];
        self.degree(node) < MAX_DEGREE
            && self.streets_at[node].iter().all(|street| {
                let pieces = self.pieces(*street);
                let first = if self.streets[*street].ends[0] == node { pieces.first() } else { pieces.last() };
                first.is_none_or(|(a, b)| {
                    let other = if *a == at { *b } else { *a };
                    cosine(at, towards, other) <= COSINE_OF_50_DEG
                })
            })
    }

    /// Whether a piece from the node `ends` (one or both of them) meets nothing else.
    fn is_free(&self, from: Point, to: Point, ends: &[usize; 2], except: Option<usize>, clearance_m: f64) -> bool {
        let steps = (from.distance_m(to) / 15.0) as usize + 1;
        let dry = (0..=steps).all(|k| {
            let point = from.towards(to, k as f64 / steps as f64);
            self.river.offset_m(point).abs() > River::HALF_WIDTH_M + 24.0
        });
        dry && (0..self.nodes.len())
            .filter(|n| !ends.contains(n))
            .all(|n| distance_to_piece_m(self.nodes[n], from, to) >= clearance_m)
            && (0..self.streets.len()).filter(|s| Some(*s) != except).all(|s| {
                self.pieces(s).into_iter().all(|(a, b)| {
                    let shared = [from, to].into_iter().any(|p| p == a || p == b);
                    let bend_too_close =
                        self.streets[s].bend.is_some_and(|p| distance_to_piece_m(p, from, to) < clearance_m);
                    !bend_too_close && (shared || !pieces_cross(from, to, a, b))
                })
            })
    }

    /// Whether every node that is connected with the first one can be driven to from it, and it from there.
    pub(super) fn is_strongly_connected(&self) -> bool {
        let connected = self.count_reached(|_| true);
        let there = self.count_reached(|leaves_first_end| leaves_first_end);
        let back = self.count_reached(|leaves_first_end| !leaves_first_end);
        there == connected && back == connected
    }

    /// How many nodes are reached from the first one. A one-way street may be used when left by its first end (`true`) or
    /// its second end (`false`) as `oneway_use` says.
    fn count_reached(&self, oneway_use: impl Fn(bool) -> bool) -> usize {
        let mut seen = vec![false; self.nodes.len()];
        let mut waiting = vec![0];
        let mut count = 0;
        while let Some(node) = waiting.pop() {
            if std::mem::replace(&mut seen[node], true) {
                continue;
            }
            count += 1;
            for street in &self.streets_at[node] {
                let Street { ends: [a, b], oneway, .. } = self.streets[*street];
                if !oneway || oneway_use(a == node) {
                    waiting.push(if a == node { b } else { a });
                }
            }
        }
        count
    }
}

fn in_decimetres(point: Point) -> Point {
    Point { x_m: (point.x_m * 10.0).round() / 10.0, y_m: (point.y_m * 10.0).round() / 10.0 }
}

fn distance_to_piece_m(point: Point, a: Point, b: Point) -> f64 {
    point.distance_m(a.towards(b, point.nearest_fraction(a, b)))
}

/// The cosine of the angle at `at` between the directions to `a` and `b`.
fn cosine(at: Point, a: Point, b: Point) -> f64 {
    let dot = (a.x_m - at.x_m) * (b.x_m - at.x_m) + (a.y_m - at.y_m) * (b.y_m - at.y_m);
    dot / (at.distance_m(a) * at.distance_m(b))
}

/// Whether two pieces without a common end touch.
pub(super) fn pieces_cross(a: Point, b: Point, c: Point, d: Point) -> bool {
    let side = |a: Point, b: Point, p: Point| (b.x_m - a.x_m) * (p.y_m - a.y_m) - (b.y_m - a.y_m) * (p.x_m - a.x_m);
    side(a, b, c) * side(a, b, d) <= 0.0 && side(c, d, a) * side(c, d, b) <= 0.0
}
