//! pgRouting: the same roads as a table of Postgres.

use tokio::runtime::Handle;

use super::{Engine, EngineFault, Length, Query};
use crate::chain;
use crate::domain::ids::NodeIndex;
use crate::domain::network::Network;
use crate::store::pgrouting::{Algorithm, PgRouting, RoadRow};

/// pgRouting's Dijkstra or A*. A closure is an `UPDATE` of the road's row, in the time that is measured.
#[derive(Debug)]
pub struct PgRoutingEngine<'p> {
    pgrouting: &'p PgRouting,
    algorithm: Algorithm,
    handle: Handle,
}

impl<'p> PgRoutingEngine<'p> {
    /// With the roads of a network, which take the place of whatever roads were there.
    ///
    /// # Errors
    /// When the database fails.
    pub fn new(
        network: &Network,
        pgrouting: &'p PgRouting,
        algorithm: Algorithm,
        handle: Handle,
    ) -> Result<Self, EngineFault> {
        let point = |junction: NodeIndex| network.node(junction).point;
        let roads: Vec<RoadRow> = network
            .segments()
            .iter()
            .map(|segment| RoadRow {
                source: segment.first().0,
                target: segment.last().0,
                length_m: segment.length_m(),
                oneway: segment.oneway,
                from: point(segment.first()),
                to: point(segment.last()),
            })
            .collect();
        handle.block_on(pgrouting.load(&roads)).map_err(|error| EngineFault(chain::of(&error)))?;
        Ok(Self { pgrouting, algorithm, handle })
    }
}

impl Engine for PgRoutingEngine<'_> {
    fn name(&self) -> &'static str {
        match self.algorithm {
            Algorithm::Dijkstra => "pgRouting pgr_dijkstra",
            Algorithm::AStar => "pgRouting pgr_aStar",
        }
    }

    fn works_elsewhere(&self) -> bool {
        true
    }

    fn answer(&mut self, query: Query<'_>) -> Result<Option<Length>, EngineFault> {
        if query.start == query.goal {
            return Ok(Some(Length::exact(0.0)));
        }
        let (closed, open): (Vec<_>, Vec<_>) =
            query.turned.iter().partition(|segment| query.knowledge.is_blocked(**segment));
        let answer = async {
            self.pgrouting.turn(&closed, &open).await?;
            self.pgrouting.length_m(self.algorithm, query.start.0, query.goal.0).await
        };
        let length_m = self.handle.block_on(answer).map_err(|error| EngineFault(chain::of(&error)))?;
        Ok(length_m.map(Length::exact))
    }
}
