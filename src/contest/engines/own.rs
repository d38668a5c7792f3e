//! The service's own search.

use super::{Engine, EngineFault, Length, Query};
use crate::contest::script::place;
use crate::domain::network::Network;
use crate::domain::plan::{Outcome, UgvSituation};
use crate::planning::budget::Budget;
use crate::planning::search::Search;
use crate::planning::situation::Situation;

/// The service's own search: it finds out by itself what has changed, and writes the route.
#[derive(Debug)]
pub struct Own<'n> {
    name: &'static str,
    network: &'n Network,
    search: Search,
}

impl<'n> Own<'n> {
    /// As the service uses it.
    pub fn incremental(network: &'n Network) -> Self {
        Self { name: "outrider", network, search: Search::new() }
    }

    /// Without a memory.
    pub fn from_scratch(network: &'n Network) -> Self {
        Self { name: "outrider, A* from scratch", network, search: Search::remembering(0) }
    }
}

impl Engine for Own<'_> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn answer(&mut self, query: Query<'_>) -> Result<Option<Length>, EngineFault> {
        let Query { knowledge, start, goal, .. } = query;
        let ugv = UgvSituation { place: place(self.network, start), speed_mps: 10.0 };
        let goal = place(self.network, goal);
        let situation = Situation {
            network: self.network,
            knowledge,
            beliefs: None,
            ugv,
            goals: &[goal],
            stops: &[],
            uavs: &[],
            seed: 0,
        };
        match self.search.outcome(&situation, &mut Budget::steps(u64::MAX)) {
            Outcome::Route { route } => Ok(Some(Length::exact(route.length_m))),
            Outcome::AlreadyThere => Ok(Some(Length::exact(0.0))),
            Outcome::NoWay { .. } => Ok(None),
            Outcome::BudgetSpent { reason } => Err(EngineFault(reason)),
        }
    }
}
