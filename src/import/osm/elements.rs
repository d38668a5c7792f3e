//! The elements of OpenStreetMap, as every format of it is read.

use super::super::ImportError;
use super::super::profile::Tags;
use crate::domain::geometry::LonLat;

/// The most nodes a way may have. OpenStreetMap's own limit is 2,000.
pub(super) const MAX_WAY_NODES: usize = 100_000;
/// The most members a relation of which we look at them may have. OpenStreetMap's own limit is 32,000.
pub(super) const MAX_MEMBERS: usize = 100_000;
/// The most tags an element may have. OpenStreetMap's own limit is 5,000 for imports, and 100 occur.
pub(super) const MAX_TAGS: usize = 10_000;

/// What kind of element a member of a relation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Node,
    Way,
    Relation,
}

/// A member of a relation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Member<'a> {
    pub(super) kind: Kind,
    pub(super) id: i64,
    pub(super) role: &'a str,
}

/// Which elements a pass over a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    /// Ways and relations.
    Roads,
    /// Nodes.
    Nodes,
}

/// Is told of the elements of a file, one by one.
pub(super) trait Visitor {
    /// A way, with its nodes in order.
    fn way(&mut self, id: i64, nodes: &[i64], tags: Tags<'_>) -> Result<(), ImportError>;
    /// A relation.
    fn relation(&mut self, tags: Tags<'_>, members: &[Member<'_>]) -> Result<(), ImportError>;
    /// Whether to tell of the node: most nodes of a file are no part of a road.
    fn wants_node(&mut self, id: i64) -> bool;
    /// A node.
    fn node(&mut self, id: i64, lon_lat: LonLat, tags: Tags<'_>) -> Result<(), ImportError>;
}

/// A file of elements that can be read more than once.
pub(super) trait Elements {
    /// Reads the file from its beginning to its end, and tells of the elements that the pass is for.
    fn read(&mut self, pass: Pass, visitor: &mut dyn Visitor) -> Result<(), ImportError>;
}
