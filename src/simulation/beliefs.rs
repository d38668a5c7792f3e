//! What a planner believes when UAVs' sensors err: a probability for each segment.
//!
//! A report multiplies the odds that the segment is blocked by the sensor's likelihood ratio (Bayes' rule): "blocked"
//! by `(1 - false_clear) / false_blocked`, "clear" by `false_clear / (1 - false_blocked)`. Each look counts as
//! independent of those before it. What the UGV finds is certain, and only another finding of the UGV changes it.
//!
//! Strategies see states: a segment that was reported on is blocked from one probability on, clear below another, and
//! otherwise unknown with its probability. Where that leaves no way, see [`Beliefs::knowledge`].

use uuid::Uuid;

use super::conditions::Conditions;
use super::options::Sensor;
use crate::domain::ids::{ReportId, SegmentId, VehicleId};
use crate::domain::knowledge::{Knowledge, SegmentState};
use crate::domain::network::Network;
use crate::domain::report::{Finding, Report};
use crate::domain::timestamp::Timestamp;

#[derive(Clone, Debug)]
pub(super) struct Beliefs {
    sensor: Sensor,
    blocked_above: f64,
    clear_below: f64,
    prior: Vec<f64>,
    /// By segment.
    probability: Vec<f64>,
    evidence: Vec<Evidence>,
}

/// What a probability comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Evidence {
    is_reported: bool,
    /// Whether the UGV has found it out by contact.
    is_certain: bool,
    /// Where the latest report of a blockage has it.
    blockage_m: Option<f64>,
}

/// How far a planner trusts what it believes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trust {
    /// What is believed to be blocked is blocked.
    Usual,
    /// Only what the UGV has found blocked is blocked.
    OnlyTheUgv,
}

impl Beliefs {
    /// `None` where sensors do not err.
    pub(super) fn new(network: &Network, conditions: &Conditions) -> Option<Self> {
        let prior: Vec<f64> = network.segments().iter().map(|road| road.blockage_probability).collect();
        Some(Self {
            sensor: conditions.uav_sensor?,
            blocked_above: conditions.blocked_above,
            clear_below: conditions.clear_below,
            probability: prior.clone(),
            evidence: vec![Evidence::default(); prior.len()],
            prior,
        })
    }

    /// By segment, the probability that it is blocked.
    pub(super) fn probabilities(&self) -> &[f64] {
        &self.probability
    }

    /// What the UGV has found by contact. Returns whether that is new.
    pub(super) fn met(&mut self, segment: SegmentId, finding: Finding, blockage_m: Option<f64>) -> bool {
        let probability = if finding == Finding::Blocked { 1.0 } else { 0.0 };
        self.set(segment, probability, Evidence { is_reported: true, is_certain: true, blockage_m })
    }

    /// What a UAV's sensor has seen. Returns whether it changes anything.
    pub(super) fn seen(&mut self, segment: SegmentId, finding: Finding, blockage_m: Option<f64>) -> bool {
        let before = self.evidence[segment.index()];
        if before.is_certain {
            return false;
        }
        let Sensor { false_clear, false_blocked } = self.sensor;
        let (if_blocked, if_clear) = match finding {
            Finding::Blocked => (1.0 - false_clear, false_blocked),
            Finding::Clear => (false_clear, 1.0 - false_blocked),
        };
        let prior = self.probability[segment.index()];
        let (blocked, clear) = (prior * if_blocked, (1.0 - prior) * if_clear);
        // A sensor that is never wrong, and sees what was held to be impossible, is believed.
        let impossible = if finding == Finding::Blocked { 1.0 } else { 0.0 };
        let probability = if blocked + clear > 0.0 { blocked / (blocked + clear) } else { impossible };
        let blockage_m = blockage_m.or(before.blockage_m);
        self.set(segment, probability, Evidence { is_reported: true, is_certain: false, blockage_m })
    }

    /// A blockage has been seen to go: what was known of the segment is void. Returns whether it was known to be
    /// blocked.
    pub(super) fn void(&mut self, segment: SegmentId) -> bool {
        let was_blocked = self.state(segment.index(), Trust::Usual) == SegmentState::Blocked;
        was_blocked && self.set(segment, self.prior[segment.index()], Evidence::default())
    }

    fn set(&mut self, segment: SegmentId, probability: f64, evidence: Evidence) -> bool {
        let i = segment.index();
        let is_new = (self.probability[i], self.evidence[i]) != (probability, evidence);
        (self.probability[i], self.evidence[i]) = (probability, evidence);
        is_new
    }

    fn state(&self, i: usize, trust: Trust) -> SegmentState {
        let Evidence { is_reported, is_certain, .. } = self.evidence[i];
        let probability = self.probability[i];
        if !is_reported {
            SegmentState::Unknown
        } else if probability < self.clear_below {
            SegmentState::Clear
        } else if probability >= self.blocked_above && (is_certain || trust == Trust::Usual) {
            SegmentState::Blocked
        } else {
            SegmentState::Unknown
        }
    }

    /// Whether anything is blocked that is not when only the UGV is trusted.
    pub(super) fn has_doubts(&self) -> bool {
        (0..self.evidence.len()).any(|i| self.state(i, Trust::Usual) != self.state(i, Trust::OnlyTheUgv))
    }

    /// The states as strategies see them. If they leave no way, the UGV must not give up for what may be errors: a
    /// strategy is then asked again with trust in the UGV alone, so that what is only believed to be blocked is
    /// unknown, with its probability.
    pub(super) fn knowledge(&self, trust: Trust) -> Knowledge {
        let mut knowledge = Knowledge::unknown(self.evidence.len());
        for (i, evidence) in self.evidence.iter().enumerate() {
            let (finding, blockage_offset_m) = match self.state(i, trust) {
                SegmentState::Unknown => continue,
                SegmentState::Clear => (Finding::Clear, None),
                SegmentState::Blocked => (Finding::Blocked, evidence.blockage_m),
            };
            let probability = self.probability[i];
            knowledge.apply_report(&Report {
                id: ReportId(Uuid::from_u128(i as u128 + 1)),
                segment: SegmentId(i as u32),
                finding,
                blockage_offset_m,
                observed_at: Timestamp::EPOCH,
                reported_by: VehicleId("belief".to_owned()),
                confidence: probability.max(1.0 - probability),
            });
        }
        knowledge
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::tests::trial;

    /// The town's three segments, each blocked with probability 0.2, and a sensor that errs.
    fn beliefs() -> Beliefs {
        let trial = trial(0, &[]);
        let sensor = Sensor { false_clear: 0.1, false_blocked: 0.2 };
        let conditions = Conditions { uav_sensor: Some(sensor), ..trial.conditions };
        Beliefs::new(&trial.network, &conditions).unwrap()
    }

    #[test]
    fn each_look_moves_the_odds_by_the_sensors_likelihood_ratio() {
        let (mut beliefs, segment) = (beliefs(), SegmentId(1));
        let state = |beliefs: &Beliefs| beliefs.knowledge(Trust::Usual).state(segment);
        let near = |beliefs: &Beliefs, odds: f64| {
            let probability = beliefs.probabilities()[1];
            assert!((probability - odds / (1.0 + odds)).abs() < 1e-12, "{probability}");
        };
        assert_eq!(state(&beliefs), SegmentState::Unknown);
        // Odds of 0.25, times 0.9 / 0.2.
        assert!(beliefs.seen(segment, Finding::Blocked, Some(30.0)));
        near(&beliefs, 1.125);
        assert_eq!(state(&beliefs), SegmentState::Blocked);
        assert_eq!(beliefs.knowledge(Trust::Usual).blockage_offset_m(segment), Some(30.0));
        assert_eq!(beliefs.knowledge(Trust::OnlyTheUgv).state(segment), SegmentState::Unknown);
        assert!(beliefs.has_doubts());
        // Times 0.1 / 0.8, and again, and again.
        assert!(beliefs.seen(segment, Finding::Clear, None));
        near(&beliefs, 1.125 / 8.0);
        assert_eq!(state(&beliefs), SegmentState::Unknown);
        assert!(beliefs.seen(segment, Finding::Clear, None));
        near(&beliefs, 1.125 / 64.0);
        assert_eq!(state(&beliefs), SegmentState::Clear);
        assert!(!beliefs.has_doubts());
        assert_eq!(beliefs.probabilities()[0], 0.2, "the others are as before");
    }

    #[test]
    fn what_the_ugv_meets_is_certain_until_it_meets_something_else() {
        let (mut beliefs, segment) = (beliefs(), SegmentId(1));
        assert!(beliefs.met(segment, Finding::Blocked, Some(30.0)));
        assert!(!beliefs.met(segment, Finding::Blocked, Some(30.0)));
        assert!(!beliefs.seen(segment, Finding::Clear, None));
        assert_eq!(beliefs.knowledge(Trust::OnlyTheUgv).state(segment), SegmentState::Blocked);
        assert!(!beliefs.has_doubts());
        assert!(beliefs.met(segment, Finding::Clear, None));
        assert_eq!(beliefs.knowledge(Trust::Usual).state(segment), SegmentState::Clear);
        assert!(!beliefs.void(segment), "it was not blocked");
        beliefs.met(segment, Finding::Blocked, Some(30.0));
        assert!(beliefs.void(segment));
        assert_eq!((beliefs.probabilities()[1], beliefs.state(1, Trust::Usual)), (0.2, SegmentState::Unknown));
    }

    #[test]
    fn a_sensor_that_is_never_wrong_is_believed_at_once() {
        let (mut beliefs, segment) = (beliefs(), SegmentId(1));
        beliefs.sensor = Sensor::default();
        beliefs.seen(segment, Finding::Clear, None);
        assert_eq!(beliefs.probabilities()[1], 0.0);
        beliefs.seen(segment, Finding::Blocked, Some(1.0));
        assert_eq!(beliefs.probabilities()[1], 1.0);
    }
}
