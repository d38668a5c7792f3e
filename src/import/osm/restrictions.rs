//! Turn restrictions: which relations bind the vehicle, and what they say.
//!
//! Kept are restrictions from a way over a node to a way. What the network does not have of the others is counted, by the reason.

use super::super::profile::{Binding, Profile, Tags};
use super::super::summary::TurnRestrictions;
use super::elements::{Kind, Member};

/// A turn restriction at a node, by the ids of the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Restriction {
    pub(super) from_way: i64,
    pub(super) via: i64,
    pub(super) to_way: i64,
    /// Whether it demands the turn, and so forbids the others.
    pub(super) is_only: bool,
    /// Whether it is about turning back: then both ways may be the same, and go on past the node.
    pub(super) is_turning_back: bool,
}

/// Whether the relation is a turn restriction.
pub(super) fn is_restriction(tags: Tags<'_>) -> bool {
    tags.get("type").is_some_and(|kind| kind == "restriction" || kind.starts_with("restriction:"))
}

/// Counts a relation, if it is a turn restriction; gives what is forbidden or demanded at a node, if it binds the vehicle of the profile.
pub(super) fn read(
    found: &mut TurnRestrictions,
    profile: &Profile,
    tags: Tags<'_>,
    members: &[Member<'_>],
) -> Vec<Restriction> {
    let mut kept = Vec::new();
    if !is_restriction(tags) {
        return kept;
    }
    found.read += 1;
    let of = |role: &'static str| members.iter().filter(move |m| m.role == role);
    let one = |role: &'static str, kind: Kind| {
        let mut members = of(role);
        members.next().filter(|member| member.kind == kind && members.next().is_none()).map(|member| member.id)
    };
    let any = tags.0.iter().find(|(key, _)| *key == "restriction" || key.starts_with("restriction:"));
    let means =
        any.is_some_and(|(_, value)| value.starts_with("no_") || value.starts_with("only_") || value.contains('@'));
    let has_ways = ["from", "to"].iter().all(|role| of(role).any(|member| member.kind == Kind::Way));
    if !has_ways || !means {
        found.incomplete += 1;
        return kept;
    }
    if of("via").any(|member| member.kind == Kind::Way) {
        found.via_way += 1;
        return kept;
    }
    let Some(via) = one("via", Kind::Node) else {
        found.incomplete += 1;
        return kept;
    };
    let value = match profile.binds(tags) {
        Binding::Always(value) => value,
        Binding::Sometimes => {
            found.conditional += 1;
            return kept;
        }
        Binding::Never => {
            found.not_for_vehicle += 1;
            return kept;
        }
    };
    let is_only = value.starts_with("only_");
    if !is_only && !value.starts_with("no_") {
        found.incomplete += 1;
        return kept;
    }
    // Several ways on one side are meant one by one where entering or leaving is forbidden, and make no sense where a turn is demanded.
    let ways = |role: &'static str| of(role).filter(|member| member.kind == Kind::Way).map(|member| member.id);
    let several = ["from", "to"].iter().filter(|role| ways(role).count() > 1).count();
    if several > usize::from(!is_only) {
        found.incomplete += 1;
        return kept;
    }
    if is_only {
        found.only_via_node += 1;
    } else {
        found.no_via_node += 1;
    }
    for from_way in ways("from") {
        for to_way in ways("to") {
            let is_turning_back = value.ends_with("_u_turn");
            kept.push(Restriction { from_way, via, to_way, is_only, is_turning_back });
        }
    }
    kept
}
