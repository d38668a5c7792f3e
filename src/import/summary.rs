//! What an import read, left out and made.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::domain::geometry::LonLat;

/// What an import read, left out and made, so that nothing disappears unseen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ImportSummary {
    /// Nodes in the source.
    pub nodes_read: usize,
    /// Straight pieces between two nodes in the source.
    pub pieces_read: usize,
    /// GeoJSON Point features, which are no roads and were skipped.
    pub points_ignored: usize,
    /// Pieces dropped because an earlier piece joins the same two nodes.
    pub duplicate_pieces: usize,
    /// Of the duplicates, those that were one-way against an earlier one-way piece: the pair became a two-way piece.
    pub oneway_pairs_joined: usize,
    /// Pieces dropped because they join a node with itself.
    pub loop_pieces: usize,
    /// Connected components that the remaining pieces form; one-way pieces connect like any other.
    pub components_read: usize,
    /// The components that were dropped.
    pub dropped_components: DroppedComponents,
    /// The chains dropped from the kept components because they return to their own start.
    pub dropped_rings: DroppedRings,
    /// Segments that were merged from two or more pieces.
    pub merged_chains: usize,
    /// Nodes of the network.
    pub nodes: usize,
    /// Junctions of the network: the nodes at which segments end.
    pub junctions: usize,
    /// Segments of the network.
    pub segments: usize,
    /// The sum of all segment lengths, in metres.
    pub length_m: f64,
    /// Segments of the network with a bridge.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bridges: usize,
    /// Segments of the network with a tunnel.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub tunnels: usize,
    /// Segments of the network that pass through water.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub fords: usize,
    /// How many segments have their blockage probability from each rule, by its number.
    #[serde(skip)]
    pub(super) segments_by_rule: Vec<usize>,
}

fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// The connected components that an import left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DroppedComponents {
    /// How many.
    pub count: usize,
    /// Their nodes.
    pub nodes: usize,
    /// Their chains: the segments and rings that they would have been.
    pub segments: usize,
    /// The sum of the lengths of their pieces, in metres.
    pub length_m: f64,
    /// The longest ten of them, longest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub longest: Vec<Island>,
}

/// A connected component that an import left out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Island {
    /// Its nodes.
    pub nodes: usize,
    /// The sum of the lengths of its pieces, in metres.
    pub length_m: f64,
    /// A node of it.
    pub position: LonLat,
}

/// The chains of kept components that an import left out because they return to their own start. A component that is one
/// ring without a junction counts here too.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DroppedRings {
    /// How many.
    pub count: usize,
    /// The pieces that they are made of.
    pub pieces: usize,
    /// The sum of the lengths of their pieces, in metres.
    pub length_m: f64,
}
