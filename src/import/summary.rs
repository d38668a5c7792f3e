//! What an import read, left out and made.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::prepare::TurnsMade;
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
    /// What was made of the roads of a map: OpenStreetMap in any format, or OSMnx's GraphML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub roads: Option<RoadSummary>,
    /// How many segments have their blockage probability from each rule, by its number.
    #[serde(skip)]
    pub(super) segments_by_rule: Vec<usize>,
    /// What became of turn restrictions.
    #[serde(skip)]
    pub(super) turns_made: TurnsMade,
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

/// What an import made of the roads of a map.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RoadSummary {
    /// The name of the profile: whose roads they are.
    pub profile: String,
    /// Ways in the source, of any kind.
    pub ways_read: usize,
    /// Of these, ways with the tag `highway`.
    pub highways_read: usize,
    /// Of these, those that are roads for the profile.
    pub ways_kept: usize,
    /// Of the ways kept, those that are one-way, by tag or by implication.
    pub oneway_ways: usize,
    /// The others, by the reason.
    pub ways_dropped: WaysDropped,
    /// Places on roads whose node is not in the source; the pieces to them are left out.
    pub missing_nodes: usize,
    /// Nodes that were made one with another because a road joins them at the same point.
    pub nodes_joined: usize,
    /// Where the ways' speeds come from.
    pub speeds: Speeds,
    /// How many segments have their blockage probability from which rule of the profile.
    pub blockage: Vec<RuleCount>,
    /// Turn restrictions, and how many of them the network obeys.
    pub turn_restrictions: TurnRestrictions,
}

/// Ways with the tag `highway` that are no roads for a profile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct WaysDropped {
    /// Of a class the profile does not list, such as footways for a car.
    pub other_class: usize,
    /// Closed by an access tag.
    pub closed: usize,
    /// With a tag the profile excludes, such as squares.
    pub excluded: usize,
    /// Too low, too narrow or too weak for the vehicle.
    pub too_small: usize,
    /// With fewer than two nodes.
    pub too_few_nodes: usize,
}

/// Where the speeds of ways come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Speeds {
    /// A number is tagged.
    pub tagged: usize,
    /// A zone with a limit by law is tagged, such as `DE:urban`.
    pub by_zone: usize,
    /// Nothing is tagged: the profile's speed for the class of road.
    pub by_class: usize,
    /// Ways among all of these with a tagged limit that could not be read and was passed over.
    pub unreadable: usize,
}

/// How many segments have their blockage probability from a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RuleCount {
    /// The rule's name in the profile; `default` where no rule fits.
    pub rule: String,
    /// The probability.
    pub probability: f64,
    /// How many segments.
    pub segments: usize,
}

/// Turn restrictions in a map.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct TurnRestrictions {
    /// In the source.
    pub read: usize,
    /// Of these, those that forbid a turn at a node, and bind the vehicle.
    pub no_via_node: usize,
    /// Of these, those that demand a turn at a node, and bind the vehicle.
    pub only_via_node: usize,
    /// Of these, those that speak of a turn over another way. They are not applied.
    pub via_way: usize,
    /// Of these, those without a way from or to or a node between, of a kind nobody knows, or whose ways do not end at the node. They are
    /// not applied.
    pub incomplete: usize,
    /// Of these, those that hold at some times or on some conditions only. They are not applied.
    #[serde(default)]
    pub conditional: usize,
    /// Of these, those that do not bind the vehicle of the profile.
    #[serde(default)]
    pub not_for_vehicle: usize,
    /// Of those that bind the vehicle, those about a turn that it could not take anyway: against a one-way road, or from or onto a road that
    /// is not in the network.
    #[serde(default)]
    pub without_effect: usize,
    /// Those that the network obeys.
    #[serde(default)]
    pub applied: usize,
    /// How many turns of the network are forbidden by those.
    #[serde(default)]
    pub turns_forbidden: usize,
    /// Those that the network does not have, for whatever reason. A route may contain a turn that one of these forbids.
    pub not_applied: usize,
}
