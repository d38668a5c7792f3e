//! Who takes part: the service's search in its two ways, and its peers.

mod dstar_lite;
#[cfg(feature = "cch")]
mod hierarchy;
mod landmarks;
mod of_petgraph;
mod own;
mod pgrouting;

use crate::domain::ids::{NodeIndex, SegmentId};
use crate::domain::knowledge::Knowledge;

pub use dstar_lite::DStarLite;
#[cfg(feature = "cch")]
pub use hierarchy::Hierarchy;
pub use landmarks::Landmarks;
pub use of_petgraph::{Graph, PetgraphAstar, PetgraphDijkstra, graph};
pub use own::Own;
pub use pgrouting::PgRoutingEngine;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Query<'q> {
    /// What is known of the roads.
    pub knowledge: &'q Knowledge,
    /// The segments that were closed or reopened since the engine was last asked, ascending: some want to be told.
    pub turned: &'q [SegmentId],
    /// Where the UGV is.
    pub start: NodeIndex,
    /// Where it goes.
    pub goal: NodeIndex,
}

/// A way's length.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Length {
    /// In metres.
    pub length_m: f64,
    /// By how much it may be longer than the shortest, where the engine counts in steps that are coarser than ours.
    pub coarse_m: f64,
}

impl Length {
    /// One that is exact but for the order in which lengths are added.
    fn exact(length_m: f64) -> Self {
        Self { length_m, coarse_m: 0.0 }
    }
}

/// An engine cannot answer.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct EngineFault(pub String);

/// Answers queries with the length of the shortest way, `None` where there is none.
pub trait Engine {
    /// Its name in tables.
    fn name(&self) -> &'static str;

    /// Whether another process does the work. It is asked the first round of each pair only: each query is sent there and back.
    fn works_elsewhere(&self) -> bool {
        false
    }

    /// The length of the shortest way.
    ///
    /// # Errors
    /// When the engine fails.
    fn answer(&mut self, query: Query<'_>) -> Result<Option<Length>, EngineFault>;
}
