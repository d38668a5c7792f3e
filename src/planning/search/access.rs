//! How places inside segments connect with the junctions around them.
//!
//! A vehicle at a junction has come along the segment that its place names, and must not take the turns that are forbidden to who comes
//! that way. But it has not passed the junction yet: as anywhere else it may turn round on its segment, even where turning back at
//! the junction is forbidden. So no closure leaves it without a way that it would have a metre before.

use smallvec::SmallVec;

use crate::domain::ids::{SegmentId, StateIndex};
use crate::domain::knowledge::Knowledge;
use crate::domain::network::{Direction, Leg, Network, Place};

/// The ways of reaching a place: by the first end in any state, then by the last. Rarely more than two.
pub(super) type WaysIn = SmallVec<[Access; 2]>;

/// The way between a place and a junction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Access {
    /// The state of the junction: on the way out that in which the vehicle comes there, on the way in one in which it may leave.
    pub(super) junction: StateIndex,
    /// The travel between; `None` where the place is the junction.
    pub(super) leg: Option<Leg>,
}

impl Access {
    pub(super) fn ticks(&self, network: &Network) -> u64 {
        self.leg.map_or(0, |leg| network.ticks(leg.length_m()))
    }
}

#[derive(Clone, Copy)]
enum Blockage {
    None,
    At(f64),
    Somewhere,
}

/// With no knowledge every segment is open.
fn blockage(knowledge: Option<&Knowledge>, segment: SegmentId) -> Blockage {
    match knowledge.filter(|known| known.is_blocked(segment)) {
        None => Blockage::None,
        Some(known) => known.blockage_offset_m(segment).map_or(Blockage::Somewhere, Blockage::At),
    }
}

/// The ways of leaving a place: by its segment's first end, then by the last. A place that is a junction has one,
/// without travel, whatever its segment's state, and perhaps that back along the segment.
pub(super) fn ways_out(network: &Network, knowledge: Option<&Knowledge>, place: Place) -> [Option<Access>; 2] {
    let Place { segment, offset_m } = place;
    if let Some(junction) = network.state_at(place) {
        let is_open = knowledge.is_none_or(|known| !known.is_blocked(segment));
        let back = network.forbidden_turn_back(place).filter(|_| is_open).map(|leaving| Access {
            junction: network.arrival(segment, leaving),
            leg: Some(network.whole_leg(segment, leaving)),
        });
        return [Some(Access { junction, leg: None }), back];
    }
    let (to_first, to_last) = match blockage(knowledge, segment) {
        // A vehicle inside a closed segment may leave it: it came in somehow, and nobody knows where the blockage is.
        Blockage::None | Blockage::Somewhere => (true, true),
        Blockage::At(at_m) => (offset_m <= at_m, offset_m >= at_m),
    };
    let road = network.segment(segment);
    let way = |allowed: bool, direction, to_m| {
        let junction = network.arrival(segment, direction);
        allowed.then_some(Access { junction, leg: Some(Leg { segment, from_m: offset_m, to_m }) })
    };
    [way(to_first && !road.oneway, Direction::Backward, 0.0), way(to_last, Direction::Forward, road.length_m())]
}

/// The ways of reaching a place: from its segment's first end, then from the last. A junction is reached in all its states.
pub(super) fn ways_in(network: &Network, knowledge: Option<&Knowledge>, place: Place) -> WaysIn {
    let Place { segment, offset_m } = place;
    if let Some(junction) = network.junction_at(place) {
        return network.states_at(junction).map(|junction| Access { junction, leg: None }).collect();
    }
    let (from_first, from_last) = match blockage(knowledge, segment) {
        Blockage::None => (true, true),
        Blockage::Somewhere => (false, false),
        Blockage::At(at_m) => (offset_m <= at_m, offset_m >= at_m),
    };
    let road = network.segment(segment);
    let mut ways = WaysIn::new();
    let mut add = |direction, from_m| {
        let leg = Some(Leg { segment, from_m, to_m: offset_m });
        // None where it may not be driven that way.
        ways.extend(network.tails(segment, direction).map(|junction| Access { junction, leg }));
    };
    if from_first {
        add(Direction::Forward, 0.0);
    }
    if from_last {
        add(Direction::Backward, road.length_m());
    }
    ways
}

/// The direct way between two places inside one segment, or from its end to a place inside, if turning back there is forbidden.
pub(super) fn direct(network: &Network, knowledge: Option<&Knowledge>, from: Place, to: Place) -> Option<Leg> {
    let inside = |place| network.junction_at(place).is_none();
    if from.segment != to.segment || !inside(to) || !(inside(from) || network.forbidden_turn_back(from).is_some()) {
        return None;
    }
    let allowed = match blockage(knowledge, from.segment) {
        Blockage::None => true,
        Blockage::Somewhere => false,
        // A blockage at the junction closes the segment there.
        Blockage::At(at_m) if !inside(from) => {
            if from.offset_m <= 0.0 {
                to.offset_m <= at_m
            } else {
                to.offset_m >= at_m
            }
        }
        Blockage::At(at_m) => from.offset_m.max(to.offset_m) <= at_m || from.offset_m.min(to.offset_m) >= at_m,
    };
    let against = network.segment(from.segment).oneway && to.offset_m < from.offset_m;
    (allowed && !against).then_some(Leg { segment: from.segment, from_m: from.offset_m, to_m: to.offset_m })
}
