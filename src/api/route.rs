//! How answers show routes.

use serde::Serialize;
use utoipa::ToSchema;

use super::line_string::LineStringView;
use crate::app::{Odds, Standing};
use crate::domain::network::Leg;
use crate::domain::plan::{Outcome, Route};
use crate::export::difference;

/// What planning or a search came to, in the words of a plan's outcome.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum WayOutcome {
    /// There is a way as far as is known.
    Route,
    /// The UGV is at the goal.
    AlreadyThere,
    /// Every way to the goal crosses a segment known to be blocked, or none leads there at all.
    NoWay,
    /// The network is so large that the work was ended before it was known.
    BudgetSpent,
}

impl WayOutcome {
    /// The outcome, and why there is no way, in words, if there is none.
    pub(super) fn of(outcome: &Outcome) -> (Self, Option<String>) {
        match outcome {
            Outcome::Route { .. } => (WayOutcome::Route, None),
            Outcome::AlreadyThere => (WayOutcome::AlreadyThere, None),
            Outcome::NoWay { reason } => (WayOutcome::NoWay, Some(reason.clone())),
            Outcome::BudgetSpent { reason } => (WayOutcome::BudgetSpent, Some(reason.clone())),
        }
    }
}

/// A way of the UGV from where it is, and what is not known of it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct WayView {
    /// Its length in metres.
    length_m: f64,
    /// How long the UGV takes, in seconds.
    duration_s: f64,
    /// How many of its segments are unknown.
    unknown_segments: usize,
    /// The probability that all of them are clear: the product of one minus each one's blockage probability.
    clear_probability: f64,
    /// The named roads on which most of it lies, in the order of travel, at most three.
    main_roads: Vec<String>,
    /// The travelled parts of segments in order; each begins where the one before ends.
    legs: Vec<Leg>,
    /// All of it, as a line.
    geometry: LineStringView,
}

impl WayView {
    pub(super) fn of(standing: &Standing, route: &Route, odds: Odds) -> Self {
        Self {
            length_m: route.length_m,
            duration_s: route.duration_s,
            unknown_segments: odds.unknown_segments,
            clear_probability: odds.clear_probability,
            main_roads: difference::main_roads(&standing.network, &route.legs),
            geometry: LineStringView::of(&standing.network, &route.legs),
            legs: route.legs.clone(),
        }
    }
}
