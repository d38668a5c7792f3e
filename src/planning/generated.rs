//! Small random worlds for tests: everything follows from the seed.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use uuid::Uuid;

use super::sketch::{ORIGIN, World, learn, node, part};
use crate::domain::closure::Closure;
use crate::domain::geometry::Point;
use crate::domain::ids::{ClosureId, NodeIndex, SegmentId, VehicleId};
use crate::domain::knowledge::Knowledge;
use crate::domain::network::{Incidence, Leg, Network, Node, Place, SegmentPart, Turn};
use crate::domain::plan::{UavSituation, UgvSituation};
use crate::domain::report::Finding;

pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// A number from 0 to `limit - 1`.
    pub(super) fn below(&mut self, limit: usize) -> usize {
        (self.0.next_u64() % limit as u64) as usize
    }

    pub(super) fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

/// A world with few or many segments, ties, parallel and one-way segments, closures with and without a point, places inside
/// segments, at their ends and at blockages, blockage probabilities that differ, and UAVs some of which are inspecting.
pub(super) fn world(seed: u64) -> World {
    let dice = &mut Dice::new(seed);
    let oneway_percent = [0, 20, 60][dice.below(3)];
    let (nodes, mut parts) = if dice.chance(40) { grid(dice, oneway_percent) } else { tangle(dice, oneway_percent) };
    for (i, part) in parts.iter_mut().enumerate() {
        part.blockage_probability = [0.0, 0.05, 0.1, 0.3, 0.5, 0.8][(i * 7 + seed as usize % 6) % 6];
    }
    let network = Network::new(ORIGIN, nodes, parts).unwrap();
    let knowledge = knowledge(dice, &network);
    let speed_mps = [5.0, 10.0, 20.0][dice.below(3)];
    let place = a_place(dice, &network, &knowledge);
    let mut goal = a_place(dice, &network, &knowledge);
    if dice.chance(15) {
        goal.segment = place.segment;
        goal.offset_m = goal.offset_m.min(network.segment(goal.segment).length_m());
    }
    let uavs = (0..dice.below(5)).map(|i| a_uav(dice, &network, i)).collect();
    World { network, knowledge, ugv: UgvSituation { place, speed_mps }, goals: vec![goal], stops: Vec::new(), uavs }
}

/// Such a world in which some turns are forbidden, turning back among them.
pub(super) fn restricted(seed: u64) -> World {
    let mut world = world(seed);
    world.network = forbidding(&mut Dice::new(seed ^ 0x7475_726e), world.network);
    world
}

/// The same network with some turns forbidden at random: single ones, and for some arrivals all but one.
pub(super) fn forbidding(dice: &mut Dice, network: Network) -> Network {
    let percent = [10, 25, 50][dice.below(3)];
    let mut turns = Vec::new();
    for junction in (0..network.junction_count()).map(|i| NodeIndex(i as u32)) {
        let departures: Vec<Incidence> = network.outgoing(junction).collect();
        for by in network.incoming(junction) {
            let is_only = !departures.is_empty() && dice.chance(percent / 3);
            let only = is_only.then(|| dice.below(departures.len()));
            for (i, way) in departures.iter().enumerate() {
                let is_forbidden = only.map_or_else(|| dice.chance(percent / 2), |only| only != i);
                let turn = Turn { from: by.segment, arriving: by.direction, to: way.segment, leaving: way.direction };
                turns.extend(is_forbidden.then_some(turn));
            }
        }
    }
    network.with_forbidden_turns(&turns).unwrap()
}

/// Such a world with up to four goals, any of which will do, and up to three waypoints before.
pub(super) fn journey(seed: u64) -> World {
    let mut world = world(seed);
    let dice = &mut Dice::new(seed ^ 0x676f_616c);
    for _ in 0..dice.below(4) {
        world.goals.push(a_place(dice, &world.network, &world.knowledge));
    }
    for _ in 0..dice.below(4) {
        world.stops.push(a_place(dice, &world.network, &world.knowledge));
    }
    if dice.chance(10) {
        world.stops.insert(0, world.ugv.place);
    }
    world
}

/// Such a world on a bent grid of that many streets each way, so that there is much of it that nobody gets to.
pub(super) fn town(seed: u64, side: usize) -> World {
    let dice = &mut Dice::new(seed ^ 0x746f_776e);
    let bend = |dice: &mut Dice| dice.below(60) as f64 / 10.0;
    let mut nodes = Vec::new();
    for i in 0..side * side {
        let point = Point { x_m: (i % side) as f64 * 10.0 + bend(dice), y_m: (i / side) as f64 * 10.0 + bend(dice) };
        nodes.push(node(&format!("n{i}"), point));
    }
    let oneway_percent = [0, 20][dice.below(2)];
    let mut parts = Vec::new();
    for i in 0..side * side {
        let east = (i % side + 1 < side).then_some((i, i + 1));
        let north = (i / side + 1 < side).then_some((i, i + side));
        for (a, b) in east.into_iter().chain(north) {
            if dice.chance(88) {
                let (a, b) = if dice.chance(50) { (a, b) } else { (b, a) };
                parts.push(part(vec![a as u32, b as u32], dice.chance(oneway_percent)));
            }
        }
    }
    for part in &mut parts {
        part.blockage_probability = [0.0, 0.1, 0.2, 0.4][dice.below(4)];
    }
    let network = Network::new(ORIGIN, nodes, parts).unwrap();
    let mut knowledge = Knowledge::unknown(network.segments().len());
    for i in 0..network.segments().len() {
        if dice.chance(5) {
            learn(&mut knowledge, SegmentId(i as u32), Finding::Blocked, Some(1.0));
        } else if dice.chance(5) {
            learn(&mut knowledge, SegmentId(i as u32), Finding::Clear, None);
        }
    }
    let place = a_place(dice, &network, &knowledge);
    let goal = a_place(dice, &network, &knowledge);
    let uavs = (0..1 + dice.below(3)).map(|i| a_uav(dice, &network, i)).collect();
    let ugv = UgvSituation { place, speed_mps: 10.0 };
    World { network, knowledge, ugv, goals: vec![goal], stops: Vec::new(), uavs }
}

/// A square grid of equal segments, some missing.
fn grid(dice: &mut Dice, oneway_percent: usize) -> (Vec<Node>, Vec<SegmentPart>) {
    let side = 2 + dice.below(5);
    let at = |i: usize| Point { x_m: (i % side) as f64 * 10.0, y_m: (i / side) as f64 * 10.0 };
    let nodes = (0..side * side).map(|i| node(&format!("n{i}"), at(i))).collect();
    let mut pairs = Vec::new();
    for i in 0..side * side {
        pairs.extend((i % side + 1 < side).then_some((i, i + 1)));
        pairs.extend((i / side + 1 < side).then_some((i, i + side)));
    }
    let mut parts = Vec::new();
    while let Some((a, b)) = (!pairs.is_empty()).then(|| pairs.swap_remove(dice.below(pairs.len()))) {
        let (a, b) = if dice.chance(50) { (a, b) } else { (b, a) };
        if dice.chance(90) || parts.is_empty() {
            parts.push(part(vec![a as u32, b as u32], dice.chance(oneway_percent)));
        }
    }
    (nodes, parts)
}

/// Any junctions joined in any way, often twice, some by a bent segment.
fn tangle(dice: &mut Dice, oneway_percent: usize) -> (Vec<Node>, Vec<SegmentPart>) {
    let junctions = 2 + dice.below(9);
    let free_point = |dice: &mut Dice, taken: &[Node]| loop {
        let point = Point { x_m: dice.below(20) as f64 * 5.0, y_m: dice.below(20) as f64 * 5.0 };
        if taken.iter().all(|n| n.point != point) {
            break point;
        }
    };
    let mut nodes = Vec::new();
    for i in 0..junctions {
        let point = free_point(dice, &nodes);
        nodes.push(node(&format!("n{i}"), point));
    }
    let mut parts = Vec::new();
    for _ in 0..1 + dice.below(3 * junctions) {
        let a = dice.below(junctions);
        let b = (a + 1 + dice.below(junctions - 1)) % junctions;
        let mut line = vec![a as u32, b as u32];
        if dice.chance(25) {
            let point = free_point(dice, &nodes);
            line.insert(1, nodes.len() as u32);
            nodes.push(node(&format!("bend{}", nodes.len()), point));
        }
        parts.push(part(line, dice.chance(oneway_percent)));
    }
    (nodes, parts)
}

fn knowledge(dice: &mut Dice, network: &Network) -> Knowledge {
    let mut knowledge = Knowledge::unknown(network.segments().len());
    let blocked_percent = [0, 10, 25, 50][dice.below(4)];
    for i in 0..network.segments().len() {
        let segment = SegmentId(i as u32);
        if dice.chance(blocked_percent) {
            match dice.below(10) {
                0..6 => {
                    let at_m = an_offset(dice, network, segment, 10);
                    learn(&mut knowledge, segment, Finding::Blocked, Some(at_m));
                }
                6..8 => learn(&mut knowledge, segment, Finding::Blocked, None),
                _ => close(&mut knowledge, segment),
            }
        } else if dice.chance(20) {
            learn(&mut knowledge, segment, Finding::Clear, None);
        }
    }
    knowledge
}

fn close(knowledge: &mut Knowledge, segment: SegmentId) {
    knowledge.apply_closure(&Closure::Close {
        id: ClosureId(Uuid::from_u128(u128::from(segment.0))),
        segments: vec![segment],
        reason: "flood".into(),
        closed_by: "operator".into(),
        expires_at: None,
    });
}

/// An offset along the segment; each end has the given chance.
pub(super) fn an_offset(dice: &mut Dice, network: &Network, segment: SegmentId, end_percent: usize) -> f64 {
    let length_m = network.segment(segment).length_m();
    if dice.chance(2 * end_percent) {
        return if dice.chance(50) { 0.0 } else { length_m };
    }
    1.0 + dice.below(length_m as usize - 1) as f64
}

pub(super) fn a_place(dice: &mut Dice, network: &Network, knowledge: &Knowledge) -> Place {
    let blocked: Vec<SegmentId> =
        (0..network.segments().len()).map(|i| SegmentId(i as u32)).filter(|id| knowledge.is_blocked(*id)).collect();
    let segment = if !blocked.is_empty() && dice.chance(30) {
        blocked[dice.below(blocked.len())]
    } else {
        SegmentId(dice.below(network.segments().len()) as u32)
    };
    let at_m = knowledge.blockage_offset_m(segment).filter(|_| dice.chance(25));
    Place { segment, offset_m: at_m.unwrap_or_else(|| an_offset(dice, network, segment, 15)) }
}

fn a_uav(dice: &mut Dice, network: &Network, i: usize) -> UavSituation {
    let segment = SegmentId(dice.below(network.segments().len()) as u32);
    let from_m = an_offset(dice, network, segment, 5);
    let to_m = if dice.chance(50) { 0.0 } else { network.segment(segment).length_m() };
    let inspecting = dice.chance(40).then_some(Leg { segment, from_m, to_m });
    let anywhere = Point { x_m: dice.below(100) as f64, y_m: dice.below(100) as f64 };
    let point = inspecting.map_or(anywhere, |_| network.point_at(Place { segment, offset_m: from_m }));
    let speed_mps = [5.0, 10.0, 20.0, 40.0][dice.below(4)];
    UavSituation { id: VehicleId(format!("uav-{}", i + 1)), point, speed_mps, inspecting, bound_for: None }
}
