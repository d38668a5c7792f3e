//! Turns that a ground vehicle must not take, and the states of a search that follow from them.
//!
//! Where a vehicle may go on from a junction can depend on the segment by which it has come. A search over junctions would have to know
//! of every junction how it was reached, so a junction gets a further **state** for each set of turns that is forbidden to some arrival
//! there; arrivals to which nothing is forbidden lead to the junction itself. So nothing changes where no turn is forbidden, and
//! elsewhere the graph grows by a state or two a restriction, not to one of pairs of segments.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::adjacency::Adjacency;
use super::{Direction, Leg, Network, NetworkFault, Place, Segment, Segments};
use crate::domain::ids::{NodeIndex, SegmentId, StateIndex};

/// How many segments may end at a junction where a turn is forbidden. Each way of coming there may have a state of its own with a list of
/// all others, so without a limit a star of many roads would fill any memory.
pub const MOST_WAYS_AT_TURNS: usize = 32;

/// A turn at a junction: from the end of one segment onto another, or back onto the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Turn {
    /// The segment by which the vehicle comes to the junction.
    pub from: SegmentId,
    /// In which direction it comes.
    pub arriving: Direction,
    /// The segment by which it leaves.
    pub to: SegmentId,
    /// In which direction it leaves.
    pub leaving: Direction,
}

/// A segment and a direction as one number, in the order of the two.
fn key(segment: SegmentId, direction: Direction) -> u32 {
    segment.0 << 1 | u32::from(direction == Direction::Backward)
}

fn of_key(key: u32) -> (SegmentId, Direction) {
    (SegmentId(key >> 1), if key & 1 == 0 { Direction::Forward } else { Direction::Backward })
}

/// The junction that a segment leads to in a direction.
fn head(segment: Segment<'_>, direction: Direction) -> NodeIndex {
    match direction {
        Direction::Forward => segment.last(),
        Direction::Backward => segment.first(),
    }
}

/// The junction that it leads from.
fn tail(segment: Segment<'_>, direction: Direction) -> NodeIndex {
    match direction {
        Direction::Forward => segment.first(),
        Direction::Backward => segment.last(),
    }
}

fn is_drivable(segment: Segment<'_>, direction: Direction) -> bool {
    direction == Direction::Forward || !segment.oneway
}

/// A state that is not the junction itself.
#[derive(Clone, Debug)]
struct Bound {
    node: NodeIndex,
    /// Which of the pairs of its first arrival say what is forbidden.
    forbidden: Range<u32>,
}

/// The arrivals at a junction to which the same is forbidden.
struct Alike {
    /// As in [`Bound`].
    forbidden: Range<u32>,
    arrivals: Vec<u32>,
}

/// The forbidden turns of a network.
#[derive(Clone, Debug, Default)]
pub(super) struct Turns {
    /// Arrival and departure, in order.
    pairs: Vec<(u32, u32)>,
    /// The states after the junctions, by junction.
    bound: Vec<Bound>,
    /// To which of them an arrival leads, by arrival.
    arrivals: Vec<(u32, u32)>,
}

impl Turns {
    /// # Errors
    /// A turn is none: the segments do not meet, or may not be driven that way.
    pub(super) fn new(segments: Segments<'_>, turns: &[Turn]) -> Result<Self, NetworkFault> {
        for (position, turn) in turns.iter().enumerate() {
            let is_turn = match (segments.get(turn.from), segments.get(turn.to)) {
                (Some(from), Some(to)) => {
                    head(from, turn.arriving) == tail(to, turn.leaving)
                        && is_drivable(from, turn.arriving)
                        && is_drivable(to, turn.leaving)
                }
                _ => false,
            };
            if !is_turn {
                return Err(NetworkFault::NoTurn { turn: position });
            }
        }
        let mut pairs: Vec<(u32, u32)> =
            turns.iter().map(|turn| (key(turn.from, turn.arriving), key(turn.to, turn.leaving))).collect();
        pairs.sort_unstable();
        pairs.dedup();
        // By junction and by what is forbidden.
        let mut alike: BTreeMap<(NodeIndex, Vec<u32>), Alike> = BTreeMap::new();
        let mut begin = 0;
        for run in pairs.chunk_by(|a, b| a.0 == b.0) {
            let end = begin + run.len();
            let (segment, direction) = of_key(run[0].0);
            let node = head(segments.at(segment), direction);
            let forbidden = run.iter().map(|pair| pair.1).collect();
            let place = begin as u32..end as u32;
            let alike =
                alike.entry((node, forbidden)).or_insert_with(|| Alike { forbidden: place, arrivals: Vec::new() });
            alike.arrivals.push(run[0].0);
            begin = end;
        }
        let mut counts: BTreeMap<NodeIndex, usize> = alike.keys().map(|(node, _)| (*node, 0)).collect();
        for end in segments.iter().flat_map(|segment| [segment.first(), segment.last()]) {
            if let Some(count) = counts.get_mut(&end) {
                *count += 1;
            }
        }
        if let Some((node, _)) = counts.iter().find(|(_, count)| **count > MOST_WAYS_AT_TURNS) {
            return Err(NetworkFault::CrowdedTurns { node: node.0 });
        }
        let (mut bound, mut arrivals) = (Vec::with_capacity(alike.len()), Vec::new());
        for ((node, _), alike) in alike {
            arrivals.extend(alike.arrivals.into_iter().map(|arrival| (arrival, bound.len() as u32)));
            bound.push(Bound { node, forbidden: alike.forbidden });
        }
        arrivals.sort_unstable();
        Ok(Self { pairs, bound, arrivals })
    }

    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val(self.pairs.as_slice()) + size_of_val(self.bound.as_slice()) + size_of_val(self.arrivals.as_slice())
    }

    /// How many states there are after the junctions.
    pub(super) fn bound_count(&self) -> usize {
        self.bound.len()
    }

    /// The junction of one of them.
    pub(super) fn node(&self, bound: usize) -> NodeIndex {
        self.bound[bound].node
    }

    /// Which of them are at a junction.
    fn at(&self, node: NodeIndex) -> Range<usize> {
        let begin = self.bound.partition_point(|bound| bound.node < node);
        begin..begin + self.bound[begin..].iter().take_while(|bound| bound.node == node).count()
    }

    /// To which of them the arrival leads.
    pub(super) fn arrival(&self, segment: SegmentId, direction: Direction) -> Option<usize> {
        let arrival = key(segment, direction);
        let found = self.arrivals.binary_search_by_key(&arrival, |known| known.0).ok()?;
        Some(self.arrivals[found].1 as usize)
    }

    /// Whether a departure is forbidden in one of them.
    pub(super) fn forbids(&self, bound: usize, segment: SegmentId, direction: Direction) -> bool {
        let Range { start, end } = self.bound[bound].forbidden;
        let departure = key(segment, direction);
        self.pairs[start as usize..end as usize].binary_search_by_key(&departure, |pair| pair.1).is_ok()
    }

    /// The states from which the segment can be entered in a direction, the junction first.
    pub(super) fn tails(
        &self,
        segments: Segments<'_>,
        junction_count: usize,
        segment: SegmentId,
        direction: Direction,
    ) -> impl Iterator<Item = StateIndex> + Clone + use<'_> {
        let road = segments.at(segment);
        let node = tail(road, direction);
        let bound = if self.bound.is_empty() { 0..0 } else { self.at(node) };
        let free = bound.filter(move |bound| !self.forbids(*bound, segment, direction));
        let states = free.map(move |bound| StateIndex((junction_count + bound) as u32));
        let count = if is_drivable(road, direction) { usize::MAX } else { 0 };
        std::iter::once(StateIndex(node.0)).chain(states).take(count)
    }
}

impl Network {
    /// The same roads with turns that a ground vehicle must not take, in place of those that it had; in any order.
    ///
    /// # Errors
    /// One of them is no turn: the segments do not meet, or may not be driven in that direction.
    pub fn with_forbidden_turns(mut self, turns: &[Turn]) -> Result<Self, NetworkFault> {
        let segments = self.segments.all();
        let turns = Turns::new(segments, turns)?;
        self.adjacency = Adjacency::build(self.junction_count, segments, self.ticks_per_metre, &turns);
        self.turns = turns;
        self.identity = super::NetworkIdentity::next();
        Ok(self)
    }

    /// Whether there is a turn that is forbidden.
    pub fn has_forbidden_turns(&self) -> bool {
        !self.turns.pairs.is_empty()
    }

    /// The turns that a ground vehicle must not take, in order, each once.
    pub fn forbidden_turns(&self) -> impl ExactSizeIterator<Item = Turn> + '_ {
        self.turns.pairs.iter().map(|(arrival, departure)| {
            let ((from, arriving), (to, leaving)) = (of_key(*arrival), of_key(*departure));
            Turn { from, arriving, to, leaving }
        })
    }

    /// Whether the turn is forbidden.
    pub fn is_forbidden(&self, turn: Turn) -> bool {
        let pair = (key(turn.from, turn.arriving), key(turn.to, turn.leaving));
        self.turns.pairs.binary_search(&pair).is_ok()
    }

    /// Whether a vehicle that has driven one leg must not drive the other next, because the turn between them is forbidden.
    pub fn is_forbidden_between(&self, before: &Leg, after: &Leg) -> bool {
        let end = Place { segment: before.segment, offset_m: before.to_m };
        let begin = Place { segment: after.segment, offset_m: after.from_m };
        let [from, to] = [before, after].map(Leg::direction);
        self.has_forbidden_turns()
            && self.junction_at(end).is_some()
            && self.junction_at(begin).is_some()
            && self.is_forbidden(Turn { from: before.segment, arriving: from, to: after.segment, leaving: to })
    }

    /// How many states a search has to do with: the junctions, and one for each set of turns that is forbidden to some arrival
    /// at one. State numbers are below it.
    #[inline]
    pub fn state_count(&self) -> usize {
        self.junction_count + self.turns.bound_count()
    }

    /// The junction of a state.
    #[inline]
    pub fn node_of(&self, state: StateIndex) -> NodeIndex {
        match state.index().checked_sub(self.junction_count) {
            None => NodeIndex(state.0),
            Some(bound) => self.turns.node(bound),
        }
    }

    /// The states of a junction, itself first.
    pub fn states_at(&self, junction: NodeIndex) -> impl Iterator<Item = StateIndex> + Clone + use<'_> {
        let bound = if self.turns.bound.is_empty() { 0..0 } else { self.turns.at(junction) };
        let after = self.junction_count;
        std::iter::once(StateIndex(junction.0)).chain(bound.map(move |bound| StateIndex((after + bound) as u32)))
    }

    /// The state in which a vehicle is that has come to the end of a segment; the junction itself where nobody can come that way.
    #[inline]
    pub fn arrival(&self, segment: SegmentId, direction: Direction) -> StateIndex {
        match self.turns.arrival(segment, direction) {
            Some(bound) => StateIndex((self.junction_count + bound) as u32),
            None => StateIndex(head(self.segment(segment), direction).0),
        }
    }

    /// The state of a vehicle at a place, if that is at an end of its segment: it has come along that segment.
    pub fn state_at(&self, place: Place) -> Option<StateIndex> {
        self.junction_at(place)?;
        let direction = if place.offset_m <= 0.0 { Direction::Backward } else { Direction::Forward };
        Some(self.arrival(place.segment, direction))
    }

    /// In which direction a vehicle at an end of its segment would turn back on it, if that is forbidden at the junction there.
    pub fn forbidden_turn_back(&self, place: Place) -> Option<Direction> {
        let (arriving, leaving) = if place.offset_m <= 0.0 {
            (Direction::Backward, Direction::Forward)
        } else {
            (Direction::Forward, Direction::Backward)
        };
        let turn = Turn { from: place.segment, arriving, to: place.segment, leaving };
        (self.has_forbidden_turns() && self.junction_at(place).is_some() && self.is_forbidden(turn)).then_some(leaving)
    }

    /// The states from which a segment can be entered in a direction, in order; none where it may not be driven that way.
    pub fn tails(
        &self,
        segment: SegmentId,
        direction: Direction,
    ) -> impl Iterator<Item = StateIndex> + Clone + use<'_> {
        self.turns.tails(self.segments(), self.junction_count, segment, direction)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::geometry::{LocalPlane, LonLat, Point};
    use crate::domain::network::{DEFAULT_BLOCKAGE_PROBABILITY, Incidence, Node, SegmentPart};

    const ORIGIN: LonLat = LonLat { lon: 8.0, lat: 50.0 };

    /// Four streets that end at `x`, which is junction 0, the last of them one-way towards it.
    fn crossing() -> Network {
        let points = [("x", 0.0, 0.0), ("s", 0.0, -100.0), ("n", 0.0, 100.0), ("e", 100.0, 0.0), ("w", -100.0, 0.0)];
        let node = |(id, x_m, y_m): (&str, f64, f64)| {
            let point = Point { x_m, y_m };
            Node { id: id.into(), lon_lat: LocalPlane::new(ORIGIN).unproject(point), point }
        };
        let part = |(nodes, oneway): ([u32; 2], bool)| SegmentPart {
            nodes: nodes.to_vec(),
            oneway,
            speed_limit_mps: None,
            name: None,
            source_ids: Vec::new(),
            blockage_probability: DEFAULT_BLOCKAGE_PROBABILITY,
            road: Default::default(),
        };
        let parts = [([1, 0], false), ([0, 2], false), ([0, 3], false), ([4, 0], true)].map(part);
        Network::new(ORIGIN, points.map(node).to_vec(), parts.to_vec()).unwrap()
    }

    fn turn(from: u32, arriving: Direction, to: u32, leaving: Direction) -> Turn {
        Turn { from: SegmentId(from), arriving, to: SegmentId(to), leaving }
    }

    fn segments(ways: impl Iterator<Item = Incidence<StateIndex>>) -> Vec<(u32, u32)> {
        ways.map(|way| (way.segment.0, way.other.0)).collect()
    }

    use Direction::{Backward, Forward};

    #[test]
    fn a_network_without_forbidden_turns_has_its_junctions_as_states() {
        let network = crossing();
        assert_eq!((network.state_count(), network.junction_count()), (5, 5));
        assert_eq!(network.arrival(SegmentId(0), Forward), StateIndex(0));
        assert_eq!(network.states_at(NodeIndex(0)).collect::<Vec<_>>(), [StateIndex(0)]);
        assert_eq!(network.tails(SegmentId(3), Backward).count(), 0);
        let bytes = network.search_bytes();
        let none = network.clone().with_forbidden_turns(&[]).unwrap();
        assert_eq!((none.search_bytes(), none == network), (bytes, true));
        assert_ne!(none.identity(), network.identity());
    }

    #[test]
    fn arrivals_to_which_the_same_is_forbidden_share_a_state_from_which_the_rest_goes_on() {
        // From the south and from the west not to the east; from the north neither there nor back.
        let turns = [
            turn(3, Forward, 2, Forward),
            turn(0, Forward, 2, Forward),
            turn(1, Backward, 1, Forward),
            turn(1, Backward, 2, Forward),
            turn(0, Forward, 2, Forward),
        ];
        let network = crossing().with_forbidden_turns(&turns).unwrap();
        assert_eq!(network.forbidden_turns().len(), 4);
        assert!(network.is_forbidden(turns[0]) && !network.is_forbidden(turn(3, Forward, 1, Forward)));
        assert_eq!(network.state_count(), 7);
        let [south, west, north, east] = [(0, Forward), (3, Forward), (1, Backward), (2, Backward)]
            .map(|(segment, direction)| network.arrival(SegmentId(segment), direction));
        assert_eq!((south, east), (west, StateIndex(0)));
        assert_ne!(south, north);
        assert_eq!([south, north].map(|state| network.node_of(state)), [NodeIndex(0); 2]);
        assert_eq!(segments(network.departures(south)), [(0, 1), (1, 2)]);
        assert_eq!(segments(network.departures(north)), [(0, 1)]);
        assert_eq!(segments(network.departures(StateIndex(0))), [(0, 1), (1, 2), (2, 3)]);
        assert_eq!(segments(network.arrivals(south)), [(0, 1), (3, 4)]);
        assert_eq!(segments(network.arrivals(StateIndex(0))), [(2, 3)]);
        // To the north from the junction itself, and from where only the east is forbidden.
        assert_eq!(segments(network.arrivals(StateIndex(2))), [(1, 0), (1, south.0)]);
        // The junction as such is as it was.
        let plain = crossing();
        for junction in (0..5).map(NodeIndex) {
            assert!(network.outgoing(junction).eq(plain.outgoing(junction)));
            assert!(network.incoming(junction).eq(plain.incoming(junction)));
        }
    }

    #[test]
    fn departures_and_arrivals_of_all_states_are_the_same_ways() {
        let turns = [turn(3, Forward, 2, Forward), turn(1, Backward, 1, Forward), turn(0, Forward, 0, Backward)];
        let network = crossing().with_forbidden_turns(&turns).unwrap();
        let states = || (0..network.state_count()).map(|i| StateIndex(i as u32));
        let mut out: Vec<_> = states()
            .flat_map(|state| network.departures(state).map(move |way| (state, way.other, way.segment, way.direction)))
            .collect();
        let mut back: Vec<_> = states()
            .flat_map(|state| network.arrivals(state).map(move |way| (way.other, state, way.segment, way.direction)))
            .collect();
        out.sort_unstable();
        back.sort_unstable();
        assert_eq!(out, back);
        for (from, to, segment, direction) in out {
            assert_eq!(to, network.arrival(segment, direction));
            assert!(network.tails(segment, direction).any(|state| state == from));
        }
    }

    #[test]
    fn a_turn_is_not_forbidden_where_more_roads_meet_than_at_any_crossing() {
        let star = |ways: usize| {
            let nodes = (0..=ways).map(|i| {
                let point = Point { x_m: i as f64, y_m: (i * i) as f64 };
                Node { id: i.to_string().as_str().into(), lon_lat: LocalPlane::new(ORIGIN).unproject(point), point }
            });
            let part = |i| SegmentPart {
                nodes: vec![0, i as u32],
                oneway: false,
                speed_limit_mps: None,
                name: None,
                source_ids: Vec::new(),
                blockage_probability: DEFAULT_BLOCKAGE_PROBABILITY,
                road: Default::default(),
            };
            let network = Network::new(ORIGIN, nodes.collect(), (1..=ways).map(part).collect()).unwrap();
            network.with_forbidden_turns(&[turn(0, Backward, 1, Forward)])
        };
        assert_eq!(star(MOST_WAYS_AT_TURNS).unwrap().forbidden_turns().len(), 1);
        assert!(matches!(star(MOST_WAYS_AT_TURNS + 1), Err(NetworkFault::CrowdedTurns { .. })));
    }

    #[test]
    fn what_is_no_turn_is_refused() {
        for no_turn in [
            turn(0, Backward, 2, Forward),
            turn(0, Forward, 3, Backward),
            turn(0, Forward, 9, Forward),
            turn(9, Forward, 0, Forward),
            turn(3, Backward, 3, Forward),
        ] {
            let turns = [turn(0, Forward, 1, Forward), no_turn];
            assert_eq!(crossing().with_forbidden_turns(&turns).unwrap_err(), NetworkFault::NoTurn { turn: 1 });
        }
    }
}
