//! Driving distances from one place to several: Dijkstra's algorithm, which ends when all are found or at a limit.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::domain::ids::StateIndex;
use crate::domain::network::{Direction, Incidence, Leg, Network, Place};
use crate::planning::budget::{Budget, Spent};

/// What is known of a junction, in one of its states.
#[derive(Clone, Copy, Debug)]
struct Label {
    /// The search that wrote it.
    search: u32,
    /// How far it is from the start, in metres.
    distance_m: f64,
    /// The way that reached it, and from where; none from the start's own segment.
    by: Option<(StateIndex, Incidence<StateIndex>)>,
}

/// A distance in a queue. None is ever a NaN, so any order of those will do.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Metres(f64);

impl Eq for Metres {}

impl PartialOrd for Metres {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Metres {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

/// Labels and a queue that are used again from one search to the next.
#[derive(Debug, Default)]
pub(super) struct Ways {
    labels: Vec<Label>,
    search: u32,
    queue: BinaryHeap<Reverse<(Metres, u32)>>,
    found_m: Vec<f64>,
}

impl Ways {
    /// How far it is from one place to each of the others, in metres; infinite beyond the limit.
    ///
    /// # Errors
    /// When the budget ends first.
    pub(super) fn distances_m(
        &mut self,
        network: &Network,
        from: Place,
        to: &[Place],
        limit_m: f64,
        slip_m: f64,
        budget: &mut Budget,
    ) -> Result<&[f64], Spent> {
        self.found_m.clear();
        self.found_m.extend(to.iter().map(|to| direct_m(network, from, *to, slip_m).unwrap_or(f64::INFINITY)));
        self.search(network, from, to, limit_m, budget)?;
        self.found_m.iter_mut().filter(|found_m| **found_m > limit_m).for_each(|found_m| *found_m = f64::INFINITY);
        Ok(&self.found_m)
    }

    /// The legs of the shortest way from one place to another; none if there is none within the limit, or it has no length.
    ///
    /// # Errors
    /// When the budget ends first.
    pub(super) fn way(
        &mut self,
        network: &Network,
        from: Place,
        to: Place,
        limit_m: f64,
        slip_m: f64,
        budget: &mut Budget,
    ) -> Result<Vec<Leg>, Spent> {
        let shortest_m = self.distances_m(network, from, &[to], limit_m, slip_m, budget)?[0];
        let mut legs = Vec::new();
        if shortest_m == f64::INFINITY {
            return Ok(legs);
        }
        if direct_m(network, from, to, slip_m) == Some(shortest_m) {
            // What is only noise is no leg.
            legs.extend((shortest_m > 0.0).then_some(Leg {
                segment: from.segment,
                from_m: from.offset_m,
                to_m: to.offset_m,
            }));
            return Ok(legs);
        }
        let last = ends_in(network, to)
            .filter_map(|(end, rest_m, at_m)| self.distance_m(end).map(|m| (m + rest_m, end, at_m)))
            .min_by(|a, b| a.0.total_cmp(&b.0));
        let Some((_, mut junction, at_m)) = last else { return Ok(legs) };
        legs.push(Leg { segment: to.segment, from_m: at_m, to_m: to.offset_m });
        while let Some((before, way)) = self.labels[junction.index()].by {
            legs.push(network.whole_leg(way.segment, way.direction));
            junction = before;
        }
        let begin = ends_out(network, from).filter(|(end, _, _)| *end == junction).min_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((_, _, at_m)) = begin {
            legs.push(Leg { segment: from.segment, from_m: from.offset_m, to_m: at_m });
        }
        legs.reverse();
        legs.retain(|leg| leg.length_m() > 0.0);
        Ok(legs)
    }

    fn search(
        &mut self,
        network: &Network,
        from: Place,
        to: &[Place],
        limit_m: f64,
        budget: &mut Budget,
    ) -> Result<(), Spent> {
        let nothing = Label { search: 0, distance_m: f64::INFINITY, by: None };
        self.labels.resize(network.state_count(), nothing);
        self.search = self.search.wrapping_add(1);
        if self.search == 0 {
            self.labels.fill(nothing);
            self.search = 1;
        }
        self.queue.clear();
        for (end, distance_m, _) in ends_out(network, from) {
            self.offer(end, distance_m, None);
        }
        let mut farthest_m = self.found_m.iter().copied().fold(0.0, f64::max);
        while let Some(Reverse((Metres(distance_m), junction))) = self.queue.pop() {
            if distance_m > limit_m || distance_m >= farthest_m {
                break;
            }
            let junction = StateIndex(junction);
            if distance_m > self.labels[junction.index()].distance_m {
                continue;
            }
            budget.step()?;
            let mut nearer = false;
            for (found_m, place) in self.found_m.iter_mut().zip(to) {
                for (end, rest_m, _) in ends_in(network, *place) {
                    if end == junction && distance_m + rest_m < *found_m {
                        *found_m = distance_m + rest_m;
                        nearer = true;
                    }
                }
            }
            if nearer {
                farthest_m = self.found_m.iter().copied().fold(0.0, f64::max);
            }
            for way in network.departures(junction) {
                self.offer(way.other, distance_m + way.length_m, Some((junction, way)));
            }
        }
        Ok(())
    }

    fn offer(&mut self, junction: StateIndex, distance_m: f64, by: Option<(StateIndex, Incidence<StateIndex>)>) {
        if self.distance_m(junction).is_none_or(|known_m| distance_m < known_m) {
            self.labels[junction.index()] = Label { search: self.search, distance_m, by };
            self.queue.push(Reverse((Metres(distance_m), junction.0)));
        }
    }

    fn distance_m(&self, junction: StateIndex) -> Option<f64> {
        let label = &self.labels[junction.index()];
        (label.search == self.search).then_some(label.distance_m)
    }
}

/// How far it is between two places of one segment without leaving it; back on a one-way segment only as far as noise goes.
fn direct_m(network: &Network, from: Place, to: Place, slip_m: f64) -> Option<f64> {
    if from.segment != to.segment {
        return None;
    }
    let ahead_m = to.offset_m - from.offset_m;
    if ahead_m >= 0.0 {
        return Some(ahead_m);
    }
    if !network.segment(from.segment).oneway {
        return Some(-ahead_m);
    }
    (-ahead_m <= slip_m).then_some(0.0)
}

/// The junctions by which a vehicle leaves its segment, in the state in which it comes there, how far they are, and their offset.
fn ends_out(network: &Network, from: Place) -> impl Iterator<Item = (StateIndex, f64, f64)> {
    let segment = network.segment(from.segment);
    let length_m = segment.length_m();
    let end = |direction| network.arrival(from.segment, direction);
    let back = (!segment.oneway).then(|| (end(Direction::Backward), from.offset_m, 0.0));
    [Some((end(Direction::Forward), length_m - from.offset_m, length_m)), back].into_iter().flatten()
}

/// The junctions by which a vehicle comes onto a segment, in the states in which it may, how far the place is from there, and their
/// offset.
fn ends_in(network: &Network, to: Place) -> impl Iterator<Item = (StateIndex, f64, f64)> {
    let length_m = network.segment(to.segment).length_m();
    let ahead = network.tails(to.segment, Direction::Forward).map(move |state| (state, to.offset_m, 0.0));
    let back = network.tails(to.segment, Direction::Backward);
    ahead.chain(back.map(move |state| (state, length_m - to.offset_m, length_m)))
}
