//! A UAV's battery: what it has left, and when it has to be swapped.

use super::Uav;
use crate::domain::geometry::Point;
use crate::domain::network::{Leg, Network, Place};
use crate::simulation::conditions::Endurance;

/// What is this little too much, in seconds, is rounding.
const SLACK_S: f64 = 1e-6;

#[derive(Clone, Copy, Debug)]
pub(super) struct Battery {
    endurance: Endurance,
    /// For how long the UAV can still fly.
    left_s: f64,
}

/// A UAV that nobody can give anything to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Away {
    /// On its way to where it started.
    Returning,
    /// There, until its battery is swapped.
    Swapped { until_s: f64 },
}

impl Battery {
    pub(super) fn full(endurance: Endurance) -> Self {
        Self { endurance, left_s: endurance.full_s }
    }

    pub(super) fn fly(&mut self, seconds: f64) {
        self.left_s -= seconds;
    }
}

impl Uav {
    /// Whether it is flying home or having its battery swapped.
    pub(in crate::simulation) fn is_away(&self) -> bool {
        self.away.is_some()
    }

    /// Looks whether it can fly to its next inspection, complete it, and return to where it started. An inspection that
    /// even a full battery is too small for is left out. For any other it returns at once, without the rest of what it
    /// was given. Returns whether it does.
    pub(in crate::simulation) fn returns_instead(&mut self, network: &Network) -> bool {
        let Some(battery) = self.battery else { return false };
        if self.is_inspecting || self.is_away() {
            return false;
        }
        while let Some(task) = self.tasks.front() {
            if self.round_s(self.point, task, network) <= battery.left_s + SLACK_S {
                return false;
            }
            if self.round_s(self.home, task, network) <= battery.endurance.full_s + SLACK_S {
                self.tasks.clear();
                self.away = Some(Away::Returning);
                return true;
            }
            self.tasks.pop_front();
        }
        false
    }

    /// How long the flight to an inspection, the inspection, and the return from it take.
    fn round_s(&self, from: Point, task: &Leg, network: &Network) -> f64 {
        let [begin, end] =
            [task.from_m, task.to_m].map(|offset_m| network.point_at(Place { segment: task.segment, offset_m }));
        self.air.straight_s(from, begin) + self.air.along_s(network, task) + self.air.straight_s(end, self.home)
    }

    /// It is where it started: the swap begins.
    pub(super) fn begin_swap(&mut self) {
        let swap_s = self.battery.map_or(0.0, |battery| battery.endurance.swap_s);
        self.away = Some(Away::Swapped { until_s: self.at_s + swap_s });
    }

    /// The swap is done.
    pub(super) fn end_swap(&mut self) {
        self.battery = self.battery.map(|battery| Battery::full(battery.endurance));
        self.away = None;
    }
}
