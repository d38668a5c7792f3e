//! The hidden world of a demo mission: which segments are blocked, where, and from when.
//!
//! A flood starts at the river and rises while the mission runs: the bridges that the vehicle heads for fail first, then low
//! segments one after another, the nearer to the river the earlier. Elsewhere some segments are blocked from the beginning,
//! each with its blockage probability. Whatever fails, the goal can still be reached from every junction, so that missions
//! arrive; and one-way streets stay open, since a vehicle that meets a blockage there could not turn round.
//!
//! The world follows from the town, the trip and the seed alone: after a restart it is made anew and is the same.

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::domain::geometry::Point;
use crate::domain::ids::{NodeIndex, SegmentId};
use crate::domain::knowledge::Knowledge;
use crate::domain::network::{Leg, Network, Place};
use crate::domain::report::{Finding, Report};
use crate::import::{bridges, suggested_trip};
use crate::planning::budget::Budget;
use crate::planning::search::{Found, Search};

/// Where the middle of the first route's segment is that is blocked from the beginning, in metres from the start: near enough
/// for the route to bend within the first half minute.
const FIRST_BLOCKAGE_M: std::ops::Range<f64> = 100.0..400.0;
/// When the first bridge of the route fails, in seconds of the mission, and how much later the next one does.
const BRIDGE_FAILS_S: f64 = 20.0;
/// How many bridges fail because the route leads over them.
const BRIDGES_ON_THE_WAY: usize = 2;
/// How far from the river the flood gets, in metres.
const FLOODED_M: f64 = 230.0;
/// How fast it spreads.
const FLOOD_MPS: f64 = 0.8;
/// When the water leaves the river, in seconds of the mission.
const FLOOD_BEGINS_S: f64 = 40.0;

/// A point that no ground vehicle can pass, from some time on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Blockage {
    /// Where, in metres from the segment's first end.
    pub(super) offset_m: f64,
    /// From when, in seconds of the mission.
    pub(super) since_s: f64,
}

/// What is blocked, and from when.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct World {
    blockages: BTreeMap<SegmentId, Blockage>,
}

impl World {
    /// The world of a mission on the town.
    pub(super) fn flooded(town: &Network, start: Place, goal: Place, seed: u64) -> Self {
        let mut flood = Flood { town, start, goal, dice: ChaCha8Rng::seed_from_u64(seed), blockages: BTreeMap::new() };
        flood.block_the_first_street();
        flood.take_bridges_on_the_way();
        flood.rise();
        Self { blockages: flood.blockages }
    }

    /// Where the segment is blocked at a time of the mission, in metres from its first end.
    pub(super) fn blockage_m(&self, segment: SegmentId, at_s: f64) -> Option<f64> {
        self.blockages.get(&segment).filter(|blockage| blockage.since_s <= at_s).map(|blockage| blockage.offset_m)
    }

    /// Of the segments that the mission can do without, after all that ever fails, the one whose closing makes the way from
    /// the start longest.
    pub(super) fn worth_closing(
        &self,
        town: &Network,
        start: Place,
        goal: Place,
        candidates: impl Iterator<Item = SegmentId>,
    ) -> Option<SegmentId> {
        let length_without_m = |segment: &SegmentId| {
            let closed = BTreeMap::from([(*segment, Blockage { offset_m: 0.0, since_s: 0.0 })]);
            shortest_way(town, start, goal, &closed).iter().map(Leg::length_m).sum::<f64>()
        };
        candidates
            .filter(|segment| {
                goal_is_reached_from_everywhere(town, goal, |id| id == *segment || self.blockages.contains_key(&id))
            })
            .max_by(|a, b| length_without_m(a).total_cmp(&length_without_m(b)))
    }
}

/// A start and a goal for demo missions: those that suit the town, without the country roads that lead nowhere else.
pub(super) fn trip(town: &Network) -> Option<(Place, Place)> {
    let (start, goal) = suggested_trip(town)?;
    let legs = shortest_way(town, start, goal, &BTreeMap::new());
    let junctions: Vec<NodeIndex> = legs
        .iter()
        .filter_map(|leg| town.junction_at(Place { segment: leg.segment, offset_m: leg.to_m }))
        .filter(|junction| town.outgoing(*junction).count() > 2)
        .collect();
    match (junctions.first(), junctions.last()) {
        (Some(first), Some(last)) if first != last => Some((town.place_of_node(*first)?, town.place_of_node(*last)?)),
        _ => Some((start, goal)),
    }
}

/// A flood as it is being made up.
struct Flood<'a> {
    town: &'a Network,
    start: Place,
    goal: Place,
    dice: ChaCha8Rng,
    blockages: BTreeMap<SegmentId, Blockage>,
}

impl Flood<'_> {
    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * f64::from(self.dice.next_u32()) / 4_294_967_296.0
    }

    /// Blocks the segment, at some point of its middle half, if the mission can do without it.
    fn block(&mut self, segment: SegmentId, since_s: f64) -> bool {
        let fraction = self.between(0.25, 0.75);
        let road = self.town.segment(segment);
        let taken = road.oneway || self.blockages.contains_key(&segment);
        let can_go = !taken
            && goal_is_reached_from_everywhere(self.town, self.goal, |id| {
                id == segment || self.blockages.contains_key(&id)
            });
        if can_go {
            self.blockages.insert(segment, Blockage { offset_m: fraction * road.length_m(), since_s });
        }
        can_go
    }

    fn route(&self) -> Vec<Leg> {
        shortest_way(self.town, self.start, self.goal, &self.blockages)
    }

    /// One of the streets near the start, not always the same.
    fn block_the_first_street(&mut self) {
        let (mut near, mut driven_m) = (Vec::new(), 0.0);
        for leg in self.route() {
            if FIRST_BLOCKAGE_M.contains(&(driven_m + leg.length_m() / 2.0)) {
                near.push(leg.segment);
            }
            driven_m += leg.length_m();
        }
        let first = (self.between(0.0, near.len() as f64) as usize).min(near.len());
        near.rotate_left(first);
        for segment in near {
            if self.block(segment, 0.0) {
                return;
            }
        }
    }

    fn take_bridges_on_the_way(&mut self) {
        let bridges = bridges(self.town);
        for number in 0..BRIDGES_ON_THE_WAY {
            let since_s = (number as f64 + 1.0) * BRIDGE_FAILS_S + self.between(0.0, 10.0);
            if let Some(leg) = self.route().iter().find(|leg| bridges.contains(&leg.segment)) {
                self.block(leg.segment, since_s);
            }
        }
    }

    fn rise(&mut self) {
        let river = river(self.town);
        for i in 0..self.town.segments().len() as u32 {
            let segment = SegmentId(i);
            let road = self.town.segment(segment);
            let middle = self.town.point_at(Place { segment, offset_m: road.length_m() / 2.0 });
            let (fate, hesitation_s) = (self.between(0.0, 1.0), self.between(0.0, 60.0));
            if fate >= road.blockage_probability {
                continue;
            }
            let river_m = distance_m(middle, &river);
            let since_s = if river_m < FLOODED_M { FLOOD_BEGINS_S + river_m / FLOOD_MPS + hesitation_s } else { 0.0 };
            self.block(segment, since_s);
        }
    }
}

/// The river as far as bridges tell: the line through their middles from west to east.
fn river(town: &Network) -> Vec<Point> {
    let middle = |segment| town.point_at(Place { segment, offset_m: town.segment(segment).length_m() / 2.0 });
    let mut line: Vec<Point> = bridges(town).into_iter().map(middle).collect();
    line.sort_by(|a, b| a.x_m.total_cmp(&b.x_m));
    line
}

fn distance_m(point: Point, line: &[Point]) -> f64 {
    let pieces = line
        .windows(2)
        .map(|pair| point.distance_m(pair[0].towards(pair[1], point.nearest_fraction(pair[0], pair[1]))));
    pieces.fold(f64::INFINITY, f64::min)
}

/// The shortest way without the blocked segments; empty if there is none.
fn shortest_way(town: &Network, start: Place, goal: Place, blocked: &BTreeMap<SegmentId, Blockage>) -> Vec<Leg> {
    let mut knowledge = Knowledge::unknown(town.segments().len());
    for segment in blocked.keys() {
        knowledge.apply_report(&Report {
            id: crate::domain::ids::ReportId(uuid::Uuid::nil()),
            segment: *segment,
            finding: Finding::Blocked,
            blockage_offset_m: None,
            observed_at: time::OffsetDateTime::UNIX_EPOCH.into(),
            reported_by: crate::domain::ids::VehicleId::ugv(),
            confidence: 1.0,
        });
    }
    let mut budget = Budget::steps(Budget::DEFAULT_STEPS);
    match Search::new().shortest_way(town, &knowledge, start, goal, &mut budget) {
        Ok(Found::Legs(legs)) => legs,
        _ => Vec::new(),
    }
}

/// Whether a way without closed segments leads from every junction to the goal.
fn goal_is_reached_from_everywhere(town: &Network, goal: Place, is_closed: impl Fn(SegmentId) -> bool) -> bool {
    let road = town.segment(goal.segment);
    let ends = match town.junction_at(goal) {
        Some(junction) => vec![junction],
        None if is_closed(goal.segment) => return false,
        None => vec![road.first(), road.last()],
    };
    let mut reaches = vec![false; town.junction_count()];
    let mut to_visit = ends;
    to_visit.iter().for_each(|junction| reaches[junction.index()] = true);
    while let Some(junction) = to_visit.pop() {
        for way in town.incoming(junction).filter(|way| !is_closed(way.segment)) {
            if !std::mem::replace(&mut reaches[way.other.index()], true) {
                to_visit.push(way.other);
            }
        }
    }
    reaches.into_iter().all(|reached| reached)
}

#[cfg(test)]
mod tests {
    use std::sync::OnceLock;

    use super::*;
    use crate::import::sample_town;

    /// The town, and for each seed a trip, in turns there and back, and its world.
    fn worlds() -> impl Iterator<Item = (u64, &'static Network, Place, Place, World)> {
        static TOWN: OnceLock<Network> = OnceLock::new();
        let town = TOWN.get_or_init(|| sample_town(1));
        let (there, back) = trip(town).unwrap();
        (1..=6).map(move |seed| {
            let (start, goal) = if seed % 2 == 0 { (back, there) } else { (there, back) };
            (seed, town, start, goal, World::flooded(town, start, goal, seed))
        })
    }

    #[test]
    fn the_same_seed_floods_the_same_segments() {
        for (seed, town, start, goal, world) in worlds() {
            assert_eq!(world, World::flooded(town, start, goal, seed));
            assert_ne!(world, World::flooded(town, start, goal, seed + 100));
        }
    }

    #[test]
    fn the_goal_stays_within_reach_of_every_junction_and_of_the_start_over_a_bridge() {
        for (seed, town, start, goal, world) in worlds() {
            assert!(goal_is_reached_from_everywhere(town, goal, |id| world.blockages.contains_key(&id)), "seed {seed}");
            let way = shortest_way(town, start, goal, &world.blockages);
            assert!(way.iter().any(|leg| bridges(town).contains(&leg.segment)), "seed {seed}");
            assert!(world.blockages.keys().all(|id| !town.segment(*id).oneway), "seed {seed}");
        }
    }

    #[test]
    fn the_first_route_loses_a_street_near_the_start_and_its_bridge_on_the_way() {
        for (seed, town, start, goal, world) in worlds() {
            let route = shortest_way(town, start, goal, &BTreeMap::new());
            let mut driven_m = 0.0;
            let (mut early, mut bridge) = (false, false);
            for leg in route {
                if let Some(blockage) = world.blockages.get(&leg.segment) {
                    early |= blockage.since_s == 0.0 && FIRST_BLOCKAGE_M.contains(&(driven_m + leg.length_m() / 2.0));
                    let driven_s = driven_m / 12.0;
                    bridge |= bridges(town).contains(&leg.segment) && (1.0..driven_s).contains(&blockage.since_s);
                }
                driven_m += leg.length_m();
            }
            assert!(early && bridge, "seed {seed}: {early} {bridge}");
        }
    }

    #[test]
    fn the_water_rises_from_the_river() {
        for (seed, town, _, _, world) in worlds() {
            let river = river(town);
            let low: Vec<(f64, f64)> = world
                .blockages
                .iter()
                .map(|(segment, blockage)| {
                    (
                        distance_m(town.point_at(Place { segment: *segment, offset_m: blockage.offset_m }), &river),
                        blockage.since_s,
                    )
                })
                .filter(|(_, since_s)| *since_s > 60.0)
                .collect();
            assert!(low.len() >= 5, "seed {seed}: {} low segments fail later", low.len());
            for (river_m, since_s) in low {
                assert!(river_m < FLOODED_M + 200.0 && since_s < 400.0, "seed {seed}: {river_m} m, {since_s} s");
            }
            let at = |s: f64| world.blockages.keys().filter(|id| world.blockage_m(**id, s).is_some()).count();
            assert!(at(0.0) < at(100.0) && at(100.0) < at(400.0), "seed {seed}");
        }
    }
}
