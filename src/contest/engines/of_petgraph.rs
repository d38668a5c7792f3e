//! petgraph's algorithms on the same graph.

use petgraph::algo::{astar, dijkstra};
use petgraph::graph::{DiGraph, NodeIndex as Vertex};
use petgraph::visit::EdgeFiltered;

use super::{Engine, EngineFault, Length, Query};
use crate::domain::ids::{NodeIndex, SegmentId};
use crate::domain::network::Network;

/// The network as petgraph's graph: an edge a direction of travel, with its segment and length in metres.
pub type Graph = DiGraph<(), (SegmentId, f64)>;

/// A network's graph.
pub fn graph(network: &Network) -> Graph {
    let mut graph = Graph::new();
    let vertices: Vec<Vertex> = (0..network.junction_count()).map(|_| graph.add_node(())).collect();
    for (i, vertex) in vertices.iter().enumerate() {
        for way in network.outgoing(NodeIndex(i as u32)) {
            graph.add_edge(*vertex, vertices[way.other.index()], (way.segment, way.length_m));
        }
    }
    graph
}

/// petgraph's A*, with the straight distance as the lower bound; closed edges are filtered as it goes.
#[derive(Debug)]
pub struct PetgraphAstar<'n> {
    /// The roads.
    pub network: &'n Network,
    /// The same as a graph.
    pub graph: &'n Graph,
}

impl Engine for PetgraphAstar<'_> {
    fn name(&self) -> &'static str {
        "petgraph astar"
    }

    fn answer(&mut self, query: Query<'_>) -> Result<Option<Length>, EngineFault> {
        let Query { knowledge, start, goal, .. } = query;
        let open = EdgeFiltered::from_fn(self.graph, |edge| !knowledge.is_blocked(edge.weight().0));
        let (vertex, point) = (Vertex::new(goal.index()), self.network.node(goal).point);
        let bound_m = |v: Vertex| self.network.node(NodeIndex(v.index() as u32)).point.distance_m(point) * (1.0 - 1e-9);
        let found = astar(&open, Vertex::new(start.index()), |v| v == vertex, |edge| edge.weight().1, bound_m);
        Ok(found.map(|(length_m, _)| Length::exact(length_m)))
    }
}

/// petgraph's Dijkstra, which ends at the goal.
#[derive(Debug)]
pub struct PetgraphDijkstra<'n> {
    /// The roads as a graph.
    pub graph: &'n Graph,
}

impl Engine for PetgraphDijkstra<'_> {
    fn name(&self) -> &'static str {
        "petgraph dijkstra"
    }

    fn answer(&mut self, query: Query<'_>) -> Result<Option<Length>, EngineFault> {
        let Query { knowledge, start, goal, .. } = query;
        let open = EdgeFiltered::from_fn(self.graph, |edge| !knowledge.is_blocked(edge.weight().0));
        let goal = Vertex::new(goal.index());
        let found = dijkstra(&open, Vertex::new(start.index()), Some(goal), |edge| edge.weight().1);
        Ok(found.get(&goal).copied().map(Length::exact))
    }
}
