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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::SegmentId;
    use crate::planning::sketch::sketch;

    #[test]
    fn only_what_is_unknown_is_doubtful_and_each_segment_once() {
        let world = sketch(
            "a 0,0\nb 100,0\nc 200,0\nd 300,0\ne 400,0\na-b blocked@10\nb-c clear\nc-d risk@0.2\nd-e risk@0.5\nugv a 10\ngoal e",
        );
        let leg = |segment, from_m, to_m| Leg { segment: SegmentId(segment), from_m, to_m };
        let legs = [leg(0, 50.0, 100.0), leg(1, 0.0, 100.0), leg(2, 0.0, 100.0), leg(3, 0.0, 40.0), leg(3, 40.0, 60.0)];
        let odds = Odds::of(&world.situation(), &legs);
        assert_eq!(odds, Odds { unknown_segments: 2, clear_probability: 0.4 });
    }
}
