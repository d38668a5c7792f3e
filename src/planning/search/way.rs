//! Reading the shortest way off the distances to the goal.

use super::access::{self, Access};
use crate::domain::ids::{SegmentId, StateIndex};
use crate::domain::knowledge::Knowledge;
use crate::domain::network::{Direction, Incidence, Leg, Network, Place};

/// The distance to the goal where there is no way. The ticks of all segments together are less, and their sum with this
/// is still a number.
pub(super) const FAR: u64 = 1 << 63;

/// How the way may begin and end. Kept from one question to the next, so that nothing need be allocated.
#[derive(Clone, Debug)]
pub(super) struct Question {
    from: Place,
    starts: [Option<Access>; 2],
    /// How each of the goals is reached, in their order.
    ends: Vec<Access>,
    direct: Option<Leg>,
}

impl Default for Question {
    fn default() -> Self {
        let from = Place { segment: SegmentId(0), offset_m: 0.0 };
        Self { from, starts: [None; 2], ends: Vec::new(), direct: None }
    }
}

impl Question {
    /// What there is to know about a place and another one.
    pub(super) fn new(network: &Network, knowledge: &Knowledge, from: Place, to: Place) -> Self {
        let mut question = Self::default();
        question.ask(network, knowledge, from, &[to]);
        question
    }

    /// Makes it what there is to know about a place and goals that are other places, any of which will do.
    pub(super) fn ask(&mut self, network: &Network, knowledge: &Knowledge, from: Place, to: &[Place]) {
        self.from = from;
        self.starts = access::ways_out(network, Some(knowledge), from);
        self.ends.clear();
        self.ends.extend(to.iter().flat_map(|goal| access::ways_in(network, Some(knowledge), *goal)));
        let direct = to.iter().filter_map(|goal| access::direct(network, Some(knowledge), from, *goal));
        let order = |leg: &Leg| (network.ticks(leg.length_m()), leg.direction() == Direction::Forward);
        self.direct = direct.min_by_key(order);
    }

    /// Makes it what there is to know where the vehicle has been driven to the place: if that is a junction, it does not turn back short
    /// of it.
    pub(super) fn come_from_a_leg(&mut self, network: &Network) {
        if network.junction_at(self.from).is_some() {
            self.starts[1] = None;
            self.direct = None;
        }
    }

    pub(super) fn from(&self) -> Place {
        self.from
    }

    /// The ways of leaving the place, in the order of the rule for ties.
    pub(super) fn starts(&self) -> impl Iterator<Item = &Access> {
        self.starts.iter().flatten()
    }

    pub(super) fn direct(&self) -> Option<Leg> {
        self.direct
    }

    pub(super) fn ends(&self) -> impl Iterator<Item = &Access> {
        self.ends.iter()
    }

    /// The leg by which a goal is reached from the junction, so far away; of several the one on the segment with the lowest id.
    pub(super) fn end_at(&self, network: &Network, junction: StateIndex, left: u64) -> Option<Leg> {
        let ends = self.ends.iter().filter(|end| end.junction == junction && end.ticks(network) == left);
        ends.filter_map(|end| end.leg).min_by_key(|leg| leg.segment)
    }

    /// The length of the way that does not pass a junction; `FAR` if there is none.
    pub(super) fn direct_ticks(&self, network: &Network) -> u64 {
        self.direct.map_or(FAR, |leg| network.ticks(leg.length_m()))
    }

    /// The length of the shortest way that begins at the junction, which is `left` from the goal; `FAR` if the UGV
    /// cannot begin there.
    pub(super) fn ticks_by(&self, network: &Network, junction: StateIndex, left: u64) -> u64 {
        let starts = self.starts.iter().flatten().filter(|start| start.junction == junction);
        starts.map(|start| start.ticks(network) + left).min().unwrap_or(FAR)
    }

    /// Writes the legs of the shortest way, by the rule for ties, in place of what `legs` holds, and returns whether
    /// there is one. `left` gives each junction's distance to the goal; it must be right for those that a shortest way
    /// passes, and for others no less than the distance.
    pub(super) fn write_way(
        &self,
        network: &Network,
        knowledge: &Knowledge,
        left: impl Fn(StateIndex) -> u64,
        legs: &mut Vec<Leg>,
    ) -> bool {
        legs.clear();
        let mut shortest = (self.direct_ticks(network), None);
        for start in self.starts.iter().flatten() {
            let ticks = start.ticks(network) + left(start.junction);
            if ticks < shortest.0 {
                shortest = (ticks, Some(start));
            }
        }
        let (ticks, start) = shortest;
        if ticks >= FAR {
            return false;
        }
        let Some(start) = start else {
            legs.extend(self.direct);
            return true;
        };
        legs.extend(start.leg);
        let mut junction = start.junction;
        let mut ticks = left(junction);
        while ticks > 0 {
            let end = self.end_at(network, junction, ticks);
            let mut ways = network.departures(junction);
            let way = ways.find(|way| left(way.other) + way.ticks == ticks && !knowledge.is_blocked(way.segment));
            match (end, way) {
                (Some(leg), way) if way.is_none_or(|way| leg.segment < way.segment) => {
                    legs.push(leg);
                    break;
                }
                (_, Some(way)) => {
                    legs.push(whole_leg(way));
                    (junction, ticks) = (way.other, left(way.other));
                }
                _ => {
                    debug_assert!(false, "the distance of junction {junction:?} has no reason");
                    return false;
                }
            }
        }
        true
    }
}

/// The whole of a segment, in the direction of travel.
pub(super) fn whole_leg(way: Incidence<StateIndex>) -> Leg {
    let (from_m, to_m) = match way.direction {
        Direction::Forward => (0.0, way.length_m),
        Direction::Backward => (way.length_m, 0.0),
    };
    Leg { segment: way.segment, from_m, to_m }
}
