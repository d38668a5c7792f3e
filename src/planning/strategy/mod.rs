//! The strategies: one file each, behind one trait. A new one is a file and a line in [`Strategies::built_in`].

pub mod adaptive;
pub mod bidirectional;
mod candidates;
pub mod k_shortest_paths;
pub mod most_probable_path;
pub mod parameters;
pub mod partition;
pub mod priority_assignment;
mod schedule;
pub mod shortest_path;
#[cfg(test)]
mod tests;
pub mod ugv_only;

use std::sync::Arc;

use serde_json::{Map, Value};

use self::bidirectional::Bidirectional;
use self::k_shortest_paths::KShortestPaths;
use self::most_probable_path::MostProbablePath;
use self::parameters::Parameter;
use self::partition::Partition;
use self::priority_assignment::PriorityAssignment;
use self::shortest_path::ShortestPath;
use self::ugv_only::UgvOnly;
use super::budget::Budget;
pub use super::rollout::Rule;
use super::search::Search;
use super::situation::Situation;
use crate::domain::plan::Decision;

/// A way of deciding the UGV's route and the UAVs' inspections.
pub trait Strategy: Send + Sync {
    /// The name missions choose it by.
    fn name(&self) -> &'static str;

    /// What it does and when to choose it, in a sentence or two.
    fn summary(&self) -> &'static str;

    /// The parameters it takes; none unless it says otherwise.
    fn parameters(&self) -> &'static [Parameter] {
        &[]
    }

    /// The JSON Schema (2020-12) of its parameters, an object.
    fn parameters_schema(&self) -> Value {
        parameters::schema(self.parameters())
    }

    /// Whether the parameters are its own and in range.
    ///
    /// # Errors
    /// The first parameter that is not.
    fn check_parameters(&self, parameters: &Map<String, Value>) -> Result<(), ParameterFault> {
        parameters::check(self.name(), self.parameters(), parameters)
    }

    /// What its UAVs do, as the rule by which rollouts send them: for forecasts, which play a mission through in many worlds and
    /// cannot ask the strategy itself each time. A rule of thumb that is near enough, not the strategy.
    fn scouting(&self) -> Rule {
        Rule::Forward
    }

    /// Decides. The route leads by the waypoints ahead to a goal: the present leg ([`Situation::present`]) is the strategy's matter, the later
    /// ones are those of [`Search::outcome`]. The parameters were checked. `search` brings scratch memory, to be used again by the next decision.
    fn decide(
        &self,
        situation: &Situation<'_>,
        parameters: &Map<String, Value>,
        search: &mut Search,
        budget: &mut Budget,
    ) -> Decision;
}

/// A parameter that a strategy does not take, or not with this value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ParameterFault {
    /// The parameter.
    pub parameter: String,
    /// What is wrong with it.
    pub message: String,
}

/// The strategies that missions can choose from.
#[derive(Clone)]
pub struct Strategies {
    list: Vec<Arc<dyn Strategy>>,
}

impl Strategies {
    /// All of this crate's.
    pub fn built_in() -> Self {
        Self {
            list: vec![
                Arc::new(UgvOnly),
                Arc::new(ShortestPath),
                Arc::new(KShortestPaths),
                Arc::new(MostProbablePath),
                Arc::new(Bidirectional),
                Arc::new(Partition),
                Arc::new(PriorityAssignment),
                Arc::new(adaptive::Adaptive),
            ],
        }
    }

    /// These and one more; a strategy of the same name is replaced.
    #[must_use]
    pub fn with(mut self, strategy: Arc<dyn Strategy>) -> Self {
        self.list.retain(|known| known.name() != strategy.name());
        self.list.push(strategy);
        self
    }

    /// The strategy of that name.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Strategy>> {
        self.list.iter().find(|strategy| strategy.name() == name)
    }

    /// All of them, in the order in which they are listed to people.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Arc<dyn Strategy>> {
        self.list.iter()
    }
}
