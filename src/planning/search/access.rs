//! How places inside segments connect with the junctions around them.

use crate::domain::ids::{NodeIndex, SegmentId};
use crate::domain::knowledge::Knowledge;
use crate::domain::network::{Leg, Network, Place};

/// The way between a place and a junction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Access {
    /// The junction.
    pub(super) junction: NodeIndex,
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
/// without travel, whatever its segment's state.
pub(super) fn ways_out(network: &Network, knowledge: Option<&Knowledge>, place: Place) -> [Option<Access>; 2] {
    let Place { segment, offset_m } = place;
    if let Some(junction) = network.junction_at(place) {
        return [Some(Access { junction, leg: None }), None];
    }
    let (to_first, to_last) = match blockage(knowledge, segment) {
        // A vehicle inside a closed segment may leave it: it came in somehow, and nobody knows where the blockage is.
        Blockage::None | Blockage::Somewhere => (true, true),
        Blockage::At(at_m) => (offset_m <= at_m, offset_m >= at_m),
    };
    let road = network.segment(segment);
    let way = |allowed: bool, junction, to_m| {
        allowed.then_some(Access { junction, leg: Some(Leg { segment, from_m: offset_m, to_m }) })
    };
    [way(to_first && !road.oneway, road.first(), 0.0), way(to_last, road.last(), road.length_m())]
}

/// The ways of reaching a place: from its segment's first end, then from the last.
pub(super) fn ways_in(network: &Network, knowledge: Option<&Knowledge>, place: Place) -> [Option<Access>; 2] {
    let Place { segment, offset_m } = place;
    if let Some(junction) = network.junction_at(place) {
        return [Some(Access { junction, leg: None }), None];
    }
    let (from_first, from_last) = match blockage(knowledge, segment) {
        Blockage::None => (true, true),
        Blockage::Somewhere => (false, false),
        Blockage::At(at_m) => (offset_m <= at_m, offset_m >= at_m),
    };
    let road = network.segment(segment);
    let way = |allowed: bool, junction, from_m| {
        allowed.then_some(Access { junction, leg: Some(Leg { segment, from_m, to_m: offset_m }) })
    };
    [way(from_first, road.first(), 0.0), way(from_last && !road.oneway, road.last(), road.length_m())]
}

/// The direct way between two places inside one segment.
pub(super) fn direct(network: &Network, knowledge: Option<&Knowledge>, from: Place, to: Place) -> Option<Leg> {
    let inside = |place| network.junction_at(place).is_none();
    if from.segment != to.segment || !inside(from) || !inside(to) {
        return None;
    }
    let allowed = match blockage(knowledge, from.segment) {
        Blockage::None => true,
        Blockage::Somewhere => false,
        Blockage::At(at_m) => from.offset_m.max(to.offset_m) <= at_m || from.offset_m.min(to.offset_m) >= at_m,
    };
    let against = network.segment(from.segment).oneway && to.offset_m < from.offset_m;
    (allowed && !against).then_some(Leg { segment: from.segment, from_m: from.offset_m, to_m: to.offset_m })
}
