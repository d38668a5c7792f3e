//! How often a mission is planned.

use std::time::Duration;

/// Plans of one mission follow each other at once, up to a number of them; beyond it at a steady rate. The knowledge that
/// gathers meanwhile is in the next plan, so under a flood of reports plans are no older than the rate says, and the flood
/// does not take the processors from reports and other missions.
///
/// This is the generic cell rate algorithm (ITU-T I.371, virtual scheduling) that delays instead of refusing.
#[derive(Debug, Default)]
pub struct Pace {
    /// When all plans so far would be over if they had been made at the steady rate.
    even: Duration,
}

impl Pace {
    /// How many plans follow each other at once: as many as the steady rate gives in a second.
    const AT_ONCE_S: u32 = 1;

    /// Whether a plan that is made now is followed by no rest.
    pub fn is_even(&self, now: Duration, per_s: u32) -> bool {
        self.even.max(now) + Duration::from_secs(1) / per_s.max(1) <= now + Duration::from_secs(1) * Self::AT_ONCE_S
    }

    /// A plan was made. Returns for how long the mission is not to be planned again.
    ///
    /// `now` counts from any moment, which stays the same; `per_s` is the steady rate.
    pub fn rest(&mut self, now: Duration, per_s: u32) -> Duration {
        self.even = self.even.max(now) + Duration::from_secs(1) / per_s.max(1);
        self.even.saturating_sub(now + Duration::from_secs(1) * Self::AT_ONCE_S)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PER_S: u32 = 25;

    /// How many plans are made in the time given, when one is always wanted.
    fn flooded(pace: &mut Pace, from: Duration, until: Duration) -> u32 {
        let (mut now, mut plans) = (from, 0);
        while now < until {
            // It takes a moment to make one.
            now += Duration::from_micros(100);
            plans += 1;
            now += pace.rest(now, PER_S);
        }
        plans
    }

    #[test]
    fn a_mission_that_is_planned_now_and_then_never_waits() {
        let mut pace = Pace::default();
        for plan in 0..10_000 {
            let now = Duration::from_secs(1) / PER_S * plan;
            assert!(pace.is_even(now, PER_S), "plan {plan}");
            assert_eq!(pace.rest(now, PER_S), Duration::ZERO, "plan {plan}");
        }
    }

    #[test]
    fn a_burst_is_planned_at_once_and_a_flood_at_the_steady_rate() {
        let mut pace = Pace::default();
        let first = flooded(&mut pace, Duration::ZERO, Duration::from_secs(10));
        assert!(
            (11 * PER_S - 1..=11 * PER_S + 1).contains(&first),
            "a second's worth at once, then 25 a second: {first}"
        );
        let next = flooded(&mut pace, Duration::from_secs(10), Duration::from_secs(20));
        assert!((10 * PER_S - 1..=10 * PER_S + 1).contains(&next), "{next}");
    }

    #[test]
    fn after_a_quiet_second_all_is_as_at_the_beginning() {
        let mut pace = Pace::default();
        flooded(&mut pace, Duration::ZERO, Duration::from_secs(100));
        let later = Duration::from_secs(102);
        assert!((0..PER_S).all(|plan| {
            let now = later + Duration::from_micros(plan.into());
            pace.is_even(now, PER_S) && pace.rest(now, PER_S) == Duration::ZERO
        }));
        assert!(!pace.is_even(later + Duration::from_millis(1), PER_S));
        assert!(pace.rest(later + Duration::from_millis(1), PER_S) > Duration::from_millis(30));
    }
}
