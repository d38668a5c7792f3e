//! What is measured: the service's search in its two ways, and petgraph's algorithms on the same graph.

use outrider::domain::ids::{NodeIndex, SegmentId};
use outrider::domain::knowledge::Knowledge;
use outrider::domain::network::Network;
use outrider::domain::plan::{Outcome, UgvSituation};
use outrider::planning::budget::Budget;
use outrider::planning::search::Search;
use outrider::planning::situation::Situation;
use petgraph::algo::{astar, dijkstra};
use petgraph::graph::{DiGraph, NodeIndex as Vertex};
use petgraph::visit::EdgeFiltered;

use crate::script::place;

/// Answers a query with the length of the shortest way in metres.
pub(crate) trait Engine {
    fn name(&self) -> &'static str;
    fn answer(&mut self, knowledge: &Knowledge, start: NodeIndex, goal: NodeIndex) -> Option<f64>;
}

/// The service's own search.
pub(crate) struct Own<'n> {
    name: &'static str,
    network: &'n Network,
    search: Search,
}

impl<'n> Own<'n> {
    pub(crate) fn incremental(network: &'n Network) -> Self {
        Self { name: "outrider, incremental", network, search: Search::new() }
    }

    pub(crate) fn from_scratch(network: &'n Network) -> Self {
        Self { name: "outrider, A* from scratch", network, search: Search::remembering(0) }
    }
}

impl Engine for Own<'_> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn answer(&mut self, knowledge: &Knowledge, start: NodeIndex, goal: NodeIndex) -> Option<f64> {
        let ugv = UgvSituation { place: place(self.network, start), speed_mps: 10.0 };
        let goal = place(self.network, goal);
        let situation = Situation { network: self.network, knowledge, beliefs: None, ugv, goal, uavs: &[], seed: 0 };
        match self.search.outcome(&situation, &mut Budget::steps(Budget::DEFAULT_STEPS)) {
            Outcome::Route { route } => Some(route.length_m),
            Outcome::AlreadyThere => Some(0.0),
            Outcome::NoWay { .. } | Outcome::BudgetSpent { .. } => None,
        }
    }
}

/// The network as petgraph's graph: an edge a direction of travel, with its segment and length.
pub(crate) type Graph = DiGraph<(), (SegmentId, f64)>;

pub(crate) fn graph(network: &Network) -> Graph {
    let mut graph = Graph::new();
    let vertices: Vec<Vertex> = (0..network.junction_count()).map(|_| graph.add_node(())).collect();
    for i in 0..network.junction_count() {
        for way in network.outgoing(NodeIndex(i as u32)) {
            graph.add_edge(vertices[i], vertices[way.other.index()], (way.segment, way.length_m));
        }
    }
    graph
}

/// petgraph's A*, with the straight distance as the lower bound.
pub(crate) struct PetgraphAstar<'n> {
    pub(crate) network: &'n Network,
    pub(crate) graph: &'n Graph,
}

impl Engine for PetgraphAstar<'_> {
    fn name(&self) -> &'static str {
        "petgraph, astar"
    }

    fn answer(&mut self, knowledge: &Knowledge, start: NodeIndex, goal: NodeIndex) -> Option<f64> {
        let open = EdgeFiltered::from_fn(self.graph, |edge| !knowledge.is_blocked(edge.weight().0));
        let (vertex, point) = (Vertex::new(goal.index()), self.network.node(goal).point);
        let bound_m = |v: Vertex| self.network.node(NodeIndex(v.index() as u32)).point.distance_m(point) * (1.0 - 1e-9);
        let found = astar(&open, Vertex::new(start.index()), |v| v == vertex, |edge| edge.weight().1, bound_m);
        found.map(|(length_m, _)| length_m)
    }
}

/// petgraph's Dijkstra, which ends at the goal.
pub(crate) struct PetgraphDijkstra<'n> {
    pub(crate) graph: &'n Graph,
}

impl Engine for PetgraphDijkstra<'_> {
    fn name(&self) -> &'static str {
        "petgraph, dijkstra"
    }

    fn answer(&mut self, knowledge: &Knowledge, start: NodeIndex, goal: NodeIndex) -> Option<f64> {
        let open = EdgeFiltered::from_fn(self.graph, |edge| !knowledge.is_blocked(edge.weight().0));
        let goal = Vertex::new(goal.index());
        dijkstra(&open, Vertex::new(start.index()), Some(goal), |edge| edge.weight().1).get(&goal).copied()
    }
}
