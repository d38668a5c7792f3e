//! The chance that a way is clear.

use std::collections::BTreeSet;

use super::situation::Situation;
use crate::domain::knowledge::SegmentState;
use crate::domain::network::Leg;

/// What is not known of a way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Odds {
    /// How many of its segments are unknown, those it takes in part included.
    pub unknown_segments: usize,
    /// The probability that all of them are clear, if each is blocked with its own probability, independently of others.
    pub clear_probability: f64,
}

impl Odds {
    /// Of a way that crosses no blockage that is known.
    pub fn of(situation: &Situation<'_>, legs: &[Leg]) -> Self {
        let segments: BTreeSet<_> = legs.iter().map(|leg| leg.segment).collect();
        let unknown = segments.iter().filter(|segment| situation.knowledge.state(**segment) == SegmentState::Unknown);
        let mut odds = Self { unknown_segments: 0, clear_probability: 1.0 };
        for segment in unknown {
            odds.unknown_segments += 1;
            odds.clear_probability *= 1.0 - situation.blockage_probability(*segment);
        }
        odds
    }
}
