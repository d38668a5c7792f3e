//! What the demo tells the person at the terminal.

use std::fmt;

use super::streets::Streets;
use crate::domain::closure::Closure;
use crate::domain::ids::{MissionId, SegmentId, VehicleId};
use crate::domain::mission::{EventBody, MissionEvent};
use crate::domain::network::{Leg, Place};
use crate::domain::plan::{Outcome, Plan};
use crate::domain::report::Finding;
use crate::domain::vehicle::VehicleChange;

/// Changes of the way that are smaller than this are not worth a line, in metres.
const WORTH_TELLING_M: f64 = 1.0;

/// Something worth a line. Its text is for people.
#[derive(Clone, Debug)]
pub enum Notice {
    /// A mission is under way and has its first plan.
    Begun {
        /// The mission.
        id: MissionId,
        /// Its name.
        name: String,
        /// Where the service is, such as `http://127.0.0.1:8080`.
        base_url: String,
        /// The strategy's name.
        strategy: String,
        /// It was under way already when the demo started.
        resumed: bool,
        /// The length of the route in metres.
        length_m: f64,
        /// A segment of the route that can be closed and leaves another way.
        closable: Option<SegmentId>,
    },
    /// A vehicle has found a blockage.
    Found {
        /// The vehicle.
        vehicle: VehicleId,
        /// The segment, for people.
        segment: String,
    },
    /// The UGV goes another way.
    PlanChanged {
        /// How much longer it is than the one before, in metres; `None` if they do not compare.
        difference_m: Option<f64>,
        /// How far it is to the goal, in metres.
        to_go_m: f64,
        /// Why.
        reason: Option<String>,
    },
    /// There is no way to the goal.
    NoWay {
        /// The planner's words.
        reason: String,
    },
    /// The mission is over.
    Ended {
        /// The mission.
        id: MissionId,
        /// Whether the UGV has reached the goal.
        arrived: bool,
        /// After how many seconds of the mission's time.
        after_s: f64,
    },
    /// A mission could not be driven; another one will be tried.
    Failed {
        /// Why.
        reason: String,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::Begun { id, name, base_url, strategy, resumed, length_m, closable } => {
                let how = if *resumed { "goes on" } else { "begins" };
                write!(f, "{name} {how} ({strategy}): {} to the goal. In another terminal:", metres(*length_m))?;
                write!(f, "\n\n  # All missions, the newest first\n  curl '{base_url}/v1/missions?limit=5'")?;
                write!(f, "\n  # This mission, live\n  curl -N {base_url}/v1/missions/{id}/events")?;
                if let Some(segment) = closable {
                    write!(
                        f,
                        "\n  # A tree falls on segment {segment} of the route: watch it change\n  curl -X POST {base_url}/v1/missions/{id}/closures -H 'content-type: application/json' \
                         -d '{{\"action\": \"close\", \"segments\": [{segment}], \"reason\": \"fallen tree\"}}'"
                    )?;
                }
                writeln!(f)
            }
            Notice::Found { vehicle, segment } => write!(f, "{vehicle} finds {segment} blocked"),
            Notice::PlanChanged { difference_m, to_go_m, reason } => {
                let difference = difference_m.map_or("another way".to_owned(), |m| format!("{m:+.0} m"));
                let because = reason.as_ref().map_or(String::new(), |reason| format!(" because {reason}"));
                write!(f, "plan changed: {difference}{because}; {} to go", metres(*to_go_m))
            }
            Notice::NoWay { reason } => write!(f, "no way to the goal: {reason}"),
            Notice::Ended { arrived: true, after_s, .. } => write!(f, "arrived after {after_s:.0} s"),
            Notice::Ended { arrived: false, .. } => f.write_str("the mission was cancelled"),
            Notice::Failed { reason } => write!(f, "the mission could not be driven: {reason}"),
        }
    }
}

fn metres(length_m: f64) -> String {
    if length_m < 1_000.0 { format!("{length_m:.0} m") } else { format!("{:.1} km", length_m / 1_000.0) }
}

/// Makes notices of a mission's events.
#[derive(Default)]
pub(super) struct Chronicle {
    route: Option<Vec<Leg>>,
    /// What came since the latest plan that may explain the next.
    closed: Vec<(SegmentId, &'static str)>,
    otherwise: Option<&'static str>,
}

impl Chronicle {
    /// What an event is worth telling.
    pub(super) fn of(&mut self, event: &MissionEvent, streets: &Streets) -> Option<Notice> {
        match &event.body {
            EventBody::Report(report) if report.finding == Finding::Blocked => {
                self.closed.push((report.segment, "is blocked"));
                let segment = streets.describe(report.segment);
                Some(Notice::Found { vehicle: report.reported_by.clone(), segment })
            }
            EventBody::Closure(Closure::Close { segments, .. }) => {
                self.closed.extend(segments.iter().map(|segment| (*segment, "was closed by an operator")));
                None
            }
            EventBody::Closure(Closure::CloseEach { closings, .. }) => {
                let segments = closings.iter().flat_map(|closing| &closing.segments);
                self.closed.extend(segments.map(|segment| (*segment, "was closed by a feed")));
                None
            }
            EventBody::Closure(Closure::Reopen { .. } | Closure::Expire { .. }) => {
                self.otherwise = Some("roads were reopened");
                None
            }
            EventBody::Vehicle(vehicle) if vehicle.change == VehicleChange::Deviated => {
                self.otherwise = Some("the vehicle was off its route");
                None
            }
            EventBody::MissionChanged(_) => {
                self.otherwise = Some("the mission was changed");
                None
            }
            EventBody::Plan(plan) => self.of_plan(plan, streets),
            _ => None,
        }
    }

    /// What a plan is worth telling. The first one is not: the mission's beginning is told with it.
    pub(super) fn of_plan(&mut self, plan: &Plan, streets: &Streets) -> Option<Notice> {
        let (closed, otherwise) = (std::mem::take(&mut self.closed), self.otherwise.take());
        let route = match &plan.decision.outcome {
            Outcome::Route { route } => route,
            Outcome::AlreadyThere => return None,
            Outcome::NoWay { reason } | Outcome::BudgetSpent { reason } => {
                self.route = Some(Vec::new());
                return Some(Notice::NoWay { reason: reason.clone() });
            }
        };
        let before = self.route.replace(route.legs.clone())?;
        let difference_m = left_m(&before, plan.basis.ugv.place, streets).map(|left_m| route.length_m - left_m);
        if difference_m.is_some_and(|m| m.abs() < WORTH_TELLING_M) {
            return None;
        }
        let on_route = |segment: SegmentId| before.iter().any(|leg| leg.segment == segment);
        let closing = closed.iter().find(|(segment, _)| on_route(*segment));
        let reason = closing
            .map(|(segment, how)| format!("{} {how}", streets.describe(*segment)))
            .or_else(|| otherwise.map(str::to_owned));
        Some(Notice::PlanChanged { difference_m, to_go_m: route.length_m, reason })
    }
}

/// How much of the legs is left from the place on, in metres; `None` if they do not pass it.
fn left_m(legs: &[Leg], place: Place, streets: &Streets) -> Option<f64> {
    let on_leg = |leg: &Leg| leg.segment == place.segment && leg.covers(place.offset_m);
    let begins = |leg: &Leg| streets.is_same(Place { segment: leg.segment, offset_m: leg.from_m }, place);
    let i = legs.iter().position(|leg| on_leg(leg) || begins(leg))?;
    let first_m = if on_leg(&legs[i]) { (legs[i].to_m - place.offset_m).abs() } else { legs[i].length_m() };
    Some(first_m + legs[i + 1..].iter().map(Leg::length_m).sum::<f64>())
}
