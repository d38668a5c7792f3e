//! What an import read, left out and made.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

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
