//! Road networks: junctions joined by segments, immutable once built.

mod adjacency;
mod along;
mod area;
mod build;
mod index;
mod nodes;
mod place;
mod road;
mod segments;
mod snap;
mod source_ids;
mod ticks;
mod turns;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use ecow::EcoString;

use crate::domain::geometry::{LocalPlane, LonLat};
use crate::domain::ids::{NodeIndex, SegmentId, StateIndex};

pub use along::Tolerance;
pub use build::{NetworkFault, SegmentPart};
pub use nodes::{Node, NodeRef, Nodes};
pub(crate) use nodes::{NodeColumns, degrees_of, in_units};
pub use place::{Direction, Leg, Place};
pub use road::{Road, RoadClass, Surface};
pub(crate) use segments::{NameKey, SegmentColumns, SegmentProperties, SegmentsBuilder};
pub use segments::{Segment, Segments};
pub use snap::{Heading, Snap};
pub(crate) use source_ids::SourceId;
pub use turns::{MOST_WAYS_AT_TURNS, Turn};

/// The blockage probability assumed for a segment whose source says nothing.
pub const DEFAULT_BLOCKAGE_PROBABILITY: f64 = 0.1;

/// One way of leaving (or reaching) a junction, or a state of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Incidence<End = NodeIndex> {
    /// The segment.
    pub segment: SegmentId,
    /// The direction of travel along it.
    pub direction: Direction,
    /// The junction at the other end, or its state.
    pub other: End,
    /// The segment's length in metres.
    pub length_m: f64,
    /// The same in ticks; see [`Network::ticks`].
    pub ticks: u64,
}

impl<End> Incidence<End> {
    /// The same with another end.
    fn with<Other>(self, other: Other) -> Incidence<Other> {
        let Self { segment, direction, length_m, ticks, .. } = self;
        Incidence { segment, direction, other, length_m, ticks }
    }
}

/// Counts the networks built in this process.
static BUILT: AtomicU64 = AtomicU64::new(0);

/// Which network it is that somebody remembers something of: every one built has an identity that no other in the
/// process ever has, but for its clones, which are as immutable as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkIdentity(u64);

impl NetworkIdentity {
    /// One that no network has yet.
    fn next() -> Self {
        Self(BUILT.fetch_add(1, Ordering::Relaxed))
    }
}

/// An immutable road network. Junctions (segment ends) are the first nodes, in source order.
#[derive(Clone, Debug)]
pub struct Network {
    identity: NetworkIdentity,
    ticks_per_metre: f64,
    plane: LocalPlane,
    nodes: NodeColumns,
    junction_count: usize,
    segments: SegmentColumns,
    /// Positions of nodes, ordered by [`SourceId::key`] and node id: made when it is first asked for.
    nodes_by_id: OnceLock<Vec<u32>>,
    turns: turns::Turns,
    adjacency: adjacency::Adjacency,
    index: OnceLock<index::SegmentIndex>,
}

impl PartialEq for Network {
    fn eq(&self, other: &Self) -> bool {
        self.plane == other.plane
            && self.nodes == other.nodes
            && self.segments == other.segments
            && self.forbidden_turns().eq(other.forbidden_turns())
    }
}

impl Network {
    /// Which network this is. Equal networks built apart differ in it.
    pub fn identity(&self) -> NetworkIdentity {
        self.identity
    }

    /// The plane in which distances are measured.
    pub fn plane(&self) -> &LocalPlane {
        &self.plane
    }

    /// All nodes, junctions first.
    pub fn nodes(&self) -> Nodes<'_> {
        self.nodes.all()
    }

    /// One node.
    #[inline]
    pub fn node(&self, index: NodeIndex) -> NodeRef<'_> {
        self.nodes.node(index.index())
    }

    /// How many of the nodes are junctions; they are the first ones.
    pub fn junction_count(&self) -> usize {
        self.junction_count
    }

    /// All segments, in the order of their ids.
    pub fn segments(&self) -> Segments<'_> {
        self.segments.all()
    }

    /// One segment. The id must be of this network: see [`Network::has_segment`] for ids from outside.
    #[inline]
    pub fn segment(&self, id: SegmentId) -> Segment<'_> {
        self.segments.segment(id.index())
    }

    /// Whether the id is of this network.
    pub fn has_segment(&self, id: SegmentId) -> bool {
        id.index() < self.segments.len()
    }

    /// The node with the source's id.
    pub fn node_by_id(&self, id: &str) -> Option<NodeIndex> {
        let sought = SourceId::of(id);
        let by_id = self.nodes_by_id.get_or_init(|| build::by_id(&self.nodes));
        let found = by_id.binary_search_by(|i| build::order_of_ids(self.nodes.id(*i), sought)).ok()?;
        Some(NodeIndex(by_id[found]))
    }

    /// The ways of leaving a junction, ordered by segment, whatever turns are forbidden.
    #[inline]
    pub fn outgoing(&self, junction: NodeIndex) -> impl Iterator<Item = Incidence> + Clone + use<'_> {
        self.departures(StateIndex(junction.0)).map(|way| way.with(self.node_of(way.other)))
    }

    /// The ways of reaching a junction, ordered by segment, whatever turns are forbidden; `other` is where each comes from and
    /// `direction` that of travel towards the junction.
    #[inline]
    pub fn incoming(&self, junction: NodeIndex) -> impl Iterator<Item = Incidence> + Clone + use<'_> {
        self.adjacency.incoming(junction).map(|way| way.with(self.node_of(way.other)))
    }

    /// The turns that may be taken in a state, ordered by segment; `other` is the state to which each leads.
    #[inline]
    pub fn departures(&self, state: StateIndex) -> impl Iterator<Item = Incidence<StateIndex>> + Clone + use<'_> {
        self.adjacency.departures(state)
    }

    /// The ways of coming into a state, ordered by segment: each of those to the junction that lead to this state, for every state in
    /// which it can be taken, which is `other`. `direction` is that of travel towards the junction.
    #[inline]
    pub fn arrivals(&self, state: StateIndex) -> impl Iterator<Item = Incidence<StateIndex>> + Clone + use<'_> {
        self.adjacency.arrivals(state)
    }

    /// The sum of all segment lengths, in metres.
    pub fn length_m(&self) -> f64 {
        self.segments().iter().map(|segment| segment.length_m()).sum()
    }

    /// South-west and north-east corners of the smallest box around all nodes.
    pub fn bounds(&self) -> (LonLat, LonLat) {
        let mut low = LonLat { lon: f64::INFINITY, lat: f64::INFINITY };
        let mut high = LonLat { lon: f64::NEG_INFINITY, lat: f64::NEG_INFINITY };
        for LonLat { lon, lat } in self.nodes().iter().map(|node| node.lon_lat()) {
            low = LonLat { lon: low.lon.min(lon), lat: low.lat.min(lat) };
            high = LonLat { lon: high.lon.max(lon), lat: high.lat.max(lat) };
        }
        (low, high)
    }

    /// The segments as parts, with which (and [`Network::nodes`]) [`Network::new`] makes an equal network again, but for its
    /// [forbidden turns](Network::forbidden_turns).
    pub fn parts(&self) -> impl Iterator<Item = SegmentPart> + '_ {
        self.segments().iter().map(|segment| SegmentPart {
            nodes: segment.nodes.iter().map(|n| n.0).collect(),
            oneway: segment.oneway,
            speed_limit_mps: segment.speed_limit_mps,
            name: segment.name().map(str::to_owned),
            source_ids: segment.source_ids().map(EcoString::into).collect(),
            blockage_probability: segment.blockage_probability,
            road: segment.road,
        })
    }

    /// The same roads with another prior: every segment is blocked with this probability while nothing is known of it.
    #[must_use]
    pub fn with_blockage_probability(&self, probability: f64) -> Self {
        let mut network = self.clone();
        network.segments.set_blockage_probability(probability);
        network
    }

    /// How many bytes of memory it takes, but for what allocating them costs: for caches. The indices by position and by id count
    /// once somebody has asked for them.
    pub fn heap_bytes(&self) -> usize {
        let indices = self.nodes_by_id.get().map_or(0, |by_id| by_id.len() * size_of::<u32>())
            + self.index.get().map_or(0, index::SegmentIndex::heap_bytes);
        self.nodes.heap_bytes() + self.segments.heap_bytes() + self.search_bytes() + indices
    }

    /// How many of these a search from junction to junction works with.
    pub fn search_bytes(&self) -> usize {
        self.adjacency.heap_bytes() + self.turns.heap_bytes()
    }
}
