//! Turn restrictions: counted, so that it is known what the network leaves out.
//!
//! The planner's network has no costs at junctions, so a restriction cannot be applied; applying a part of them would be worse,
//! as nobody could tell which. A route may therefore contain a turn that is forbidden.

use super::super::profile::Tags;
use super::super::summary::TurnRestrictions;
use super::elements::{Kind, Member};

/// Whether the relation is a turn restriction.
pub(super) fn is_restriction(tags: Tags<'_>) -> bool {
    tags.get("type").is_some_and(|kind| kind == "restriction" || kind.starts_with("restriction:"))
}

/// Counts a relation, if it is a turn restriction.
pub(super) fn count(found: &mut TurnRestrictions, tags: Tags<'_>, members: &[Member<'_>]) {
    if !is_restriction(tags) {
        return;
    }
    found.read += 1;
    found.not_applied += 1;
    let with = |role: &str, kind: Kind| members.iter().any(|m| m.role == role && m.kind == kind);
    let kind = tags.0.iter().find(|(key, _)| *key == "restriction" || key.starts_with("restriction:"));
    let complete = with("from", Kind::Way) && with("to", Kind::Way);
    match kind.map(|(_, value)| *value) {
        Some(value) if complete && value.starts_with("no_") && with("via", Kind::Node) => found.no_via_node += 1,
        Some(value) if complete && value.starts_with("only_") && with("via", Kind::Node) => found.only_via_node += 1,
        Some(_) if complete && with("via", Kind::Way) => found.via_way += 1,
        _ => found.incomplete += 1,
    }
}
