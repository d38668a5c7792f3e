//! `priority_assignment`: inspections are given out in the order in which the UGV needs them, and each UAV fits them into its
//! flight where they cost it least.
//!
//! After the priority assignment heuristic of assisted path planning (Bhadoriya et al., arXiv 2312.17340), which stands in for a
//! rural postman problem with time windows; the paper's text was not at hand, so the details are ours. Candidates are the
//! unknown segments of the k shortest loopless routes ([`crate::planning::search::k_shortest`]), the UGV's own being the first.
//! Each is due when the UGV could be at it at the earliest, over the routes that have it. They are gone through in the order
//! in which they are due (ties: shorter routes first).
//!
//! For each UAV the places are looked at where the inspection could be put into its flight, from either end: before or after any
//! inspection that it was given already, but for one that it is flying. A place is good if the UAV is at the segment's near end
//! before it is due, and no later inspection of that UAV gets late. Of the good places the one that makes the UAV's flight
//! longest by the least is its offer (cheapest insertion, as for vehicle routing with time windows in Solomon 1987); the
//! segment goes to the UAV whose offer completes it earliest (ties go to the UAV that comes first in the mission), and is
//! left out if there is none. (To ask that it be completed before it is due, to insert where it is completed earliest, or to
//! append only, each gave later arrivals on the road networks of LineCoverage.)
//!
//! The segment on which the UGV stands, partly driven, is left to it unless a UAV is already flying along it. The goal's
//! segment is inspected whole, also past the goal: only then does it become known as clear.
//!
//! Parameters: `k`.
//!
//! Cost: two searches and some small ones, then segments of the routes times the inspections that fit. To be chosen with
//! several UAVs where blockages are common: ways round are known before they are needed, and what the UGV comes to soonest is not put
//! off for them. One UAV is better off with the UGV's route alone.

use serde_json::{Map, Value};

use super::Strategy;
use super::candidates::{candidates, present_routes};
use super::k_shortest_paths::K;
use super::parameters::Parameter;
use super::schedule::{Schedule, Slot, lead_s, reversed};
use crate::domain::plan::Decision;
use crate::planning::budget::Budget;
use crate::planning::passage::Passage;
use crate::planning::search::Search;
use crate::planning::situation::Situation;

/// See the [module](self).
#[derive(Clone, Copy, Debug, Default)]
pub struct PriorityAssignment;

impl Strategy for PriorityAssignment {
    fn name(&self) -> &'static str {
        "priority_assignment"
    }

    fn summary(&self) -> &'static str {
        "UAVs inspect the unknown segments of the k shortest routes, those that the UGV could come to soonest first, each \
         fitted into the flight where it costs least. Best with several UAVs where blockages are common."
    }

    fn parameters(&self) -> &'static [Parameter] {
        &[Parameter::Integer(K)]
    }

    fn decide(
        &self,
        situation: &Situation<'_>,
        parameters: &Map<String, Value>,
        search: &mut Search,
        budget: &mut Budget,
    ) -> Decision {
        let outcome = search.outcome(situation, budget);
        let k = K.of(parameters) as usize;
        let routes = present_routes(situation, outcome.route(), k, search, budget);
        let mut assignment = Assignment::new(Schedule::new(situation, routes.iter().chain(outcome.route())));
        let earliest = |passages: Vec<Passage>| passages.into_iter().min_by(|a, b| a.begins_s.total_cmp(&b.begins_s));
        let mut due: Vec<Passage> =
            candidates(situation, &routes).into_iter().filter_map(|it| earliest(it.passages)).collect();
        due.sort_by(|a, b| a.begins_s.total_cmp(&b.begins_s));
        for passage in due {
            assignment.assign(situation, passage);
        }
        assignment.schedule.give_later_legs(outcome.route());
        Decision { outcome, tasking: assignment.schedule.into_tasking() }
    }
}

struct Assignment<'a> {
    schedule: Schedule<'a>,
    /// Per UAV and inspection: by how much it and all after it may be put off, so that none is late.
    slack_s: Vec<Vec<f64>>,
    /// Per UAV and inspection: the passage that it is for, but for an inspection under way.
    purposes: Vec<Vec<Option<Passage>>>,
}

impl<'a> Assignment<'a> {
    fn new(schedule: Schedule<'a>) -> Self {
        let purposes = (0..schedule.uav_count()).map(|i| vec![None; schedule.inspections(i).len()]).collect();
        let slack_s = (0..schedule.uav_count()).map(|i| vec![f64::INFINITY; schedule.inspections(i).len()]).collect();
        Self { schedule, slack_s, purposes }
    }

    fn assign(&mut self, situation: &Situation<'_>, passage: Passage) {
        if self.schedule.holds(passage.leg.segment) {
            return;
        }
        let along = passage.leg.direction();
        let legs =
            [along, reversed(along)].map(|direction| situation.network.whole_leg(passage.leg.segment, direction));
        let is_good = |slot: &Slot| {
            let slack_s = self.slack_s[slot.uav].get(slot.position).copied().unwrap_or(f64::INFINITY);
            lead_s(&slot.inspection, &passage) > 0.0 && slot.longer_s <= slack_s
        };
        let offer = |i: usize| {
            let slots = legs.iter().flat_map(|leg| self.schedule.slots(i, *leg)).filter(is_good);
            slots.min_by(|a, b| a.longer_s.total_cmp(&b.longer_s))
        };
        let offers = (0..self.schedule.uav_count()).filter_map(offer);
        let best = offers.min_by(|a, b| a.inspection.ends_s.total_cmp(&b.inspection.ends_s));
        if let Some(slot) = best {
            self.schedule.put_in(&slot);
            self.purposes[slot.uav].insert(slot.position, Some(passage));
            self.measure_slack(slot.uav);
        }
    }

    fn measure_slack(&mut self, i: usize) {
        let inspections = self.schedule.inspections(i).iter().zip(&self.purposes[i]);
        let leads =
            inspections.map(|(inspection, purpose)| purpose.map_or(f64::INFINITY, |it| lead_s(inspection, &it)));
        let mut least_s = f64::INFINITY;
        let mut slack_s: Vec<f64> = leads.collect();
        for slack_s in slack_s.iter_mut().rev() {
            least_s = least_s.min(*slack_s);
            *slack_s = least_s;
        }
        self.slack_s[i] = slack_s;
    }
}
