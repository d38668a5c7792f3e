//! What a mission's vehicles report: findings that change the plan again and again, for as long as one likes.
//!
//! Segments on the current route, and some beside it, are found blocked, and clear again soon after: the oldest first, at the most
//! [`MOST_BLOCKED`] at a time. So nearly every report changes what is known, most change the route, and the mission never runs
//! out of road. The UGV stands at its start: one that drives arrives, and its mission is over.

use std::collections::VecDeque;

use super::draw::Draw;
use crate::domain::geometry::LonLat;
use crate::domain::network::Network;
use crate::domain::report::Finding;

/// The most segments of a mission that are reported blocked at a time.
const MOST_BLOCKED: usize = 3;
/// How often a blocked segment is one beside the route.
const BESIDE: f64 = 0.25;

/// The roads, as far as findings need them.
#[derive(Debug)]
pub(super) struct Roads {
    /// For each segment those that share a junction with it.
    beside: Vec<Vec<u32>>,
    pub(super) south_west: LonLat,
    pub(super) north_east: LonLat,
}

impl Roads {
    pub(super) fn of(network: &Network) -> Self {
        let mut at: Vec<Vec<u32>> = vec![Vec::new(); network.junction_count()];
        for (i, segment) in network.segments().iter().enumerate() {
            for node in [segment.first(), segment.last()] {
                if let Some(segments) = at.get_mut(node.index()) {
                    segments.push(i as u32);
                }
            }
        }
        let beside = |(i, segment): (usize, crate::domain::network::Segment<'_>)| {
            let meeting = [segment.first(), segment.last()].into_iter().filter_map(|node| at.get(node.index()));
            let mut beside: Vec<u32> = meeting.flatten().copied().filter(|other| *other as usize != i).collect();
            beside.sort_unstable();
            beside.dedup();
            beside
        };
        let (south_west, north_east) = network.bounds();
        Self { beside: network.segments().iter().enumerate().map(beside).collect(), south_west, north_east }
    }

    fn segment_count(&self) -> usize {
        self.beside.len()
    }
}

/// One mission's findings to come.
#[derive(Debug)]
pub(super) struct Findings {
    draw: Draw,
    /// The segments of start and goal: never blocked, so that there is a way as a rule.
    ends: [u32; 2],
    route: Vec<u32>,
    blocked: VecDeque<u32>,
}

impl Findings {
    pub(super) fn new(draw: Draw, ends: [u32; 2]) -> Self {
        Self { draw, ends, route: Vec::new(), blocked: VecDeque::new() }
    }

    /// The mission's plan has this route now; an empty one where there is no way.
    pub(super) fn set_route(&mut self, route: impl IntoIterator<Item = u32>) {
        self.route.clear();
        self.route.extend(route);
    }

    /// The next finding.
    pub(super) fn next(&mut self, roads: &Roads) -> (u32, Finding) {
        let full = self.blocked.len() >= MOST_BLOCKED;
        let clears = !self.blocked.is_empty() && (full || self.route.is_empty() || self.draw.share() < 0.5);
        if clears && let Some(segment) = self.blocked.pop_front() {
            return (segment, Finding::Clear);
        }
        let segment = self.choose_to_block(roads);
        self.blocked.push_back(segment);
        (segment, Finding::Blocked)
    }

    fn choose_to_block(&mut self, roads: &Roads) -> u32 {
        for _ in 0..16 {
            let on_route = self.draw.one_of(&self.route).copied();
            let beside = on_route.and_then(|segment| roads.beside.get(segment as usize));
            let candidate = match (on_route, beside) {
                (Some(_), Some(beside)) if !beside.is_empty() && self.draw.share() < BESIDE => {
                    self.draw.one_of(beside).copied()
                }
                (on_route, _) => on_route,
            };
            let candidate = candidate.unwrap_or_else(|| self.draw.below(roads.segment_count()) as u32);
            if !self.ends.contains(&candidate) && !self.blocked.contains(&candidate) {
                return candidate;
            }
        }
        // A network of a few roads: the same one is found blocked once more.
        self.draw.below(roads.segment_count()) as u32
    }

    /// Somewhere over the network, for a UAV.
    pub(super) fn somewhere(&mut self, roads: &Roads) -> LonLat {
        let (sw, ne) = (roads.south_west, roads.north_east);
        LonLat { lon: self.draw.between(sw.lon, ne.lon), lat: self.draw.between(sw.lat, ne.lat) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::sample_town;

    #[test]
    fn findings_change_something_every_time_and_never_close_the_town() {
        let roads = Roads::of(&sample_town(1));
        let mut findings = Findings::new(Draw::new(1, 2), [0, 9]);
        findings.set_route(0..10);
        let (mut blocked, mut on_route) = (std::collections::BTreeSet::new(), 0);
        for _ in 0..10_000 {
            match findings.next(&roads) {
                (segment, Finding::Blocked) => {
                    assert!(blocked.insert(segment), "{segment} was blocked already");
                    on_route += usize::from(segment < 10);
                }
                (segment, Finding::Clear) => assert!(blocked.remove(&segment), "{segment} was not blocked"),
            }
            assert!(blocked.len() <= MOST_BLOCKED && !blocked.contains(&0) && !blocked.contains(&9));
        }
        assert!(on_route > 3_000, "{on_route} of about 5,000 on the route");
    }

    #[test]
    fn the_same_seed_finds_the_same() {
        let roads = Roads::of(&sample_town(1));
        let found = |seed: u64| {
            let mut findings = Findings::new(Draw::new(seed, 2), [0, 9]);
            findings.set_route([]);
            (0..50).map(|_| findings.next(&roads)).collect::<Vec<_>>()
        };
        assert_eq!(found(1), found(1));
        assert_ne!(found(1), found(2));
    }
}
