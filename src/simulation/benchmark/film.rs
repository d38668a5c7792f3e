//! Moments of a run: which to show, and the state of the world at each, folded from the trace.

use super::super::run::Run;
use super::super::trace::{Entry, Vehicle};
use super::super::trial::Trial;
use crate::domain::geometry::Point;
use crate::domain::ids::SegmentId;
use crate::domain::network::{Leg, Network, Place};
use crate::domain::report::Finding;

/// A part of a UAV's track.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Flight {
    Deadhead(Point, Point),
    Inspect(Leg),
}

/// The world at a moment.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Moment {
    pub(super) at_s: f64,
    /// What has just happened, in words.
    pub(super) caption: String,
    /// Whether the route has just become another.
    pub(super) is_rerouted: bool,
    pub(super) clear: Vec<SegmentId>,
    /// Where they are blocked, in metres from the first end.
    pub(super) blocked: Vec<(SegmentId, Option<f64>)>,
    pub(super) driven: Vec<Leg>,
    /// Of each UAV, from the start.
    pub(super) flown: Vec<Vec<Flight>>,
    pub(super) route: Vec<Leg>,
    pub(super) tasking: Vec<Vec<Leg>>,
    pub(super) ugv: Point,
    pub(super) uavs: Vec<Point>,
}

/// The moments to show: the start, the end, and between them, as far as there is room, the decisions that changed the route, those
/// first that changed the arrival most that was then in sight; if these are few, other decisions, as far from the chosen as can be.
pub(super) fn moments(trial: &Trial, run: &Run, count: usize) -> Vec<Moment> {
    let decisions = decisions(trial, run);
    let mut chosen = vec![0];
    let room = count.saturating_sub(2);
    let mut changes: Vec<usize> = (1..decisions.len()).filter(|i| decisions[*i].is_rerouted).collect();
    changes.sort_by(|a, b| decisions[*b].shift_s.total_cmp(&decisions[*a].shift_s).then(a.cmp(b)));
    chosen.extend(changes.into_iter().take(room));
    let end_s = run.trace.entries.iter().map(time_of).fold(0.0, f64::max);
    while chosen.len() < room + 1 {
        let distance_s = |i: usize| {
            let to_chosen = chosen.iter().map(|other| (decisions[*other].at_s - decisions[i].at_s).abs());
            to_chosen.fold((end_s - decisions[i].at_s).abs(), f64::min)
        };
        let rest = (1..decisions.len()).filter(|i| !chosen.contains(i));
        let Some(furthest) = rest.max_by(|a, b| distance_s(*a).total_cmp(&distance_s(*b)).then(b.cmp(a))) else {
            break;
        };
        if distance_s(furthest) <= 0.0 {
            break;
        }
        chosen.push(furthest);
    }
    chosen.sort_unstable();
    let mut moments: Vec<Moment> = chosen
        .into_iter()
        .filter_map(|i| decisions.get(i))
        .map(|decision| moment(trial, run, decision.entry, decision.is_rerouted))
        .collect();
    let mut end = moment(trial, run, run.trace.entries.len().saturating_sub(1), false);
    (end.route, end.tasking, end.at_s) = (Vec::new(), Vec::new(), run.arrival_s.unwrap_or(end.at_s));
    end.caption = if run.arrival_s.is_some() { "the UGV arrives" } else { "every way is blocked" }.to_owned();
    moments.push(end);
    moments
}

struct DecisionAt {
    /// Its position in the trace.
    entry: usize,
    at_s: f64,
    /// Whether its route is not what was left of the one before.
    is_rerouted: bool,
    /// By how much it moved the arrival that was in sight.
    shift_s: f64,
}

fn decisions(trial: &Trial, run: &Run) -> Vec<DecisionAt> {
    let mut decisions: Vec<DecisionAt> = Vec::new();
    let mut before: Option<(&[Leg], f64)> = None;
    for (entry, of) in run.trace.entries.iter().enumerate() {
        let Entry::Decision { at_s, route, .. } = of else { continue };
        let length_m: f64 = route.iter().map(Leg::length_m).sum();
        let in_sight_s = at_s + length_m / trial.ugv_speed_mps;
        let is_rest = |old: &[Leg]| {
            let segments = |legs: &[Leg]| legs.iter().map(|leg| leg.segment).collect::<Vec<_>>();
            segments(old).ends_with(&segments(route))
        };
        decisions.push(DecisionAt {
            entry,
            at_s: *at_s,
            is_rerouted: before.is_some_and(|(old, _)| !is_rest(old)),
            shift_s: before.map_or(0.0, |(_, old_s)| (in_sight_s - old_s).abs()),
        });
        before = Some((route, in_sight_s));
    }
    decisions
}

fn time_of(entry: &Entry) -> f64 {
    match entry {
        Entry::Drive { to_s, .. } | Entry::Deadhead { to_s, .. } | Entry::Inspect { to_s, .. } => *to_s,
        Entry::Finding { at_s, .. } | Entry::Decision { at_s, .. } => *at_s,
    }
}

/// The world once an entry of the trace has happened. A decision comes after all movements up to its time.
fn moment(trial: &Trial, run: &Run, until: usize, is_rerouted: bool) -> Moment {
    let start = trial.network.point_at(trial.start);
    let mut moment = Moment {
        at_s: 0.0,
        caption: String::new(),
        is_rerouted,
        clear: Vec::new(),
        blocked: Vec::new(),
        driven: Vec::new(),
        flown: vec![Vec::new(); trial.uav_count],
        route: Vec::new(),
        tasking: vec![Vec::new(); trial.uav_count],
        ugv: start,
        uavs: trial.uav_starts(),
    };
    let end = |leg: &Leg| trial.network.point_at(Place { segment: leg.segment, offset_m: leg.to_m });
    let mut news: Vec<(Vehicle, Finding)> = Vec::new();
    for entry in run.trace.entries.iter().take(until + 1) {
        moment.at_s = moment.at_s.max(time_of(entry));
        match entry {
            Entry::Drive { leg, .. } => {
                moment.ugv = end(leg);
                moment.driven.push(*leg);
            }
            Entry::Deadhead { uav, from, to, .. } => {
                moment.uavs[*uav] = *to;
                moment.flown[*uav].push(Flight::Deadhead(*from, *to));
            }
            Entry::Inspect { uav, leg, .. } => {
                moment.uavs[*uav] = end(leg);
                moment.flown[*uav].push(Flight::Inspect(*leg));
            }
            Entry::Finding { vehicle, segment, finding, blockage_offset_m, .. } => {
                match finding {
                    Finding::Clear => moment.clear.push(*segment),
                    Finding::Blocked => moment.blocked.push((*segment, *blockage_offset_m)),
                }
                news.push((*vehicle, *finding));
            }
            Entry::Decision { route, tasking, .. } => {
                (moment.route, moment.tasking) = (route.clone(), tasking.clone());
                moment.caption = told(&news);
                news.clear();
            }
        }
    }
    moment
}

/// Findings in words: the first blockage, or else the first clear segment.
fn told(news: &[(Vehicle, Finding)]) -> String {
    let most = news.iter().find(|(_, finding)| *finding == Finding::Blocked).or(news.first());
    let Some((vehicle, finding)) = most else { return "all set out".to_owned() };
    let who = match vehicle {
        Vehicle::Ugv => "the UGV".to_owned(),
        Vehicle::Uav(number) => format!("UAV {}", number + 1),
    };
    match finding {
        Finding::Blocked => format!("{who} finds a blockage"),
        Finding::Clear => format!("{who} finds a segment clear"),
    }
}

/// The points a leg passes in the network's plane: its start, the nodes between, its end.
pub(super) fn line_of(network: &Network, leg: Leg) -> Vec<Point> {
    let segment = network.segment(leg.segment);
    let (low_m, high_m) = (leg.from_m.min(leg.to_m), leg.from_m.max(leg.to_m));
    let at = |offset_m| network.point_at(Place { segment: leg.segment, offset_m });
    let inner = (0..segment.nodes.len())
        .filter(|i| segment.offsets_m[*i] > low_m && segment.offsets_m[*i] < high_m)
        .map(|i| network.node(segment.nodes[i]).point);
    let mut line: Vec<Point> = std::iter::once(at(low_m)).chain(inner).chain(std::iter::once(at(high_m))).collect();
    if leg.to_m < leg.from_m {
        line.reverse();
    }
    line
}
