//! `ugv_only`: the UGV drives alone.
//!
//! The baseline of the comparison in Nguyen and Akella, "Dynamic UGV-UAV Cooperative Path Planning in Uncertain
//! Environments" (arXiv 2604.25267): the shortest route over segments not known to be blocked, planned again at every
//! blockage the UGV meets.
//!
//! Cost: one search. To be chosen where no UAV can fly, and as the measure that other strategies are held against.

use serde_json::{Map, Value};

use super::schedule::idle;
use super::{Rule, Strategy};
use crate::domain::plan::Decision;
use crate::planning::budget::Budget;
use crate::planning::search::Search;
use crate::planning::situation::Situation;

/// See the [module](self).
#[derive(Clone, Copy, Debug, Default)]
pub struct UgvOnly;

impl Strategy for UgvOnly {
    fn name(&self) -> &'static str {
        "ugv_only"
    }

    fn summary(&self) -> &'static str {
        "The UGV takes the shortest route over segments not known to be blocked; UAVs do nothing. The baseline, for when no \
         UAV can fly."
    }

    fn scouting(&self) -> Rule {
        Rule::Rest
    }

    fn decide(
        &self,
        situation: &Situation<'_>,
        _parameters: &Map<String, Value>,
        search: &mut Search,
        budget: &mut Budget,
    ) -> Decision {
        Decision { outcome: search.outcome(situation, budget), tasking: idle(situation.uavs) }
    }
}
