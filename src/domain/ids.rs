//! Identifiers. Each kind has its own type, so that a mission cannot be mistaken for a network.

use std::fmt;
use std::str::FromStr;

use serde::de::{self, Deserializer, Unexpected, Visitor};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

macro_rules! uuid_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

uuid_id!(
    /// A stored road network.
    NetworkId
);
uuid_id!(
    /// A mission.
    MissionId
);
uuid_id!(
    /// A report. The reporting vehicle chooses it, and sending it again with the same id changes nothing.
    ReportId
);
uuid_id!(
    /// An operator's change of passability: one atomic closing or reopening.
    ClosureId
);
uuid_id!(
    /// An import that goes on in the background.
    ImportId
);
uuid_id!(
    /// A process that serves missions, among others over the same database; a new one each time it begins anew.
    ReplicaId
);

/// A segment of one network: its position in the network's segment list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(transparent)]
pub struct SegmentId(pub u32);

/// `17.0` is `17`, as in JSON Schema: some writers of JSON know only one kind of number.
impl<'de> Deserialize<'de> for SegmentId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Whole;
        impl Visitor<'_> for Whole {
            type Value = SegmentId;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a segment's id, a whole number from 0")
            }

            fn visit_u64<E: de::Error>(self, id: u64) -> Result<SegmentId, E> {
                u32::try_from(id).map(SegmentId).map_err(|_| E::invalid_value(Unexpected::Unsigned(id), &self))
            }

            fn visit_i64<E: de::Error>(self, id: i64) -> Result<SegmentId, E> {
                u32::try_from(id).map(SegmentId).map_err(|_| E::invalid_value(Unexpected::Signed(id), &self))
            }

            fn visit_f64<E: de::Error>(self, id: f64) -> Result<SegmentId, E> {
                let whole = id >= 0.0 && id <= f64::from(u32::MAX) && id.trunc() == id;
                if whole { Ok(SegmentId(id as u32)) } else { Err(E::invalid_value(Unexpected::Float(id), &self)) }
            }
        }
        deserializer.deserialize_u32(Whole)
    }
}

impl SegmentId {
    /// The position as an array index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl fmt::Display for SegmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A node of one network: its position in the network's node list. Junctions come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeIndex(pub u32);

impl NodeIndex {
    /// The position as an array index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Where a search for the UGV's way stands: a junction, and what may be done there. The junctions themselves come first, under their
/// own numbers; after them come those in which a vehicle is that must not take some of the turns there because of how it arrived
/// (`Network::node_of` says at which junction that is). A network without turn restrictions has only the former.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateIndex(pub u32);

impl StateIndex {
    /// The position as an array index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// The name of a vehicle within its mission: `ugv`, or a UAV's name such as `uav-1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(example = "uav-1", min_length = 1, max_length = 40, pattern = "^[A-Za-z0-9._-]+$")]
pub struct VehicleId(pub String);

impl VehicleId {
    /// The name every mission gives its ground vehicle.
    pub const UGV: &'static str = "ugv";
    /// The most characters a vehicle's name may have.
    pub const MAX_LENGTH: usize = 40;

    /// The ground vehicle.
    pub fn ugv() -> Self {
        Self(Self::UGV.to_owned())
    }

    /// Whether this names the ground vehicle.
    pub fn is_ugv(&self) -> bool {
        self.0 == Self::UGV
    }

    /// Whether this names an operator: `operator`, or `operator.` and a name.
    pub fn is_operator(&self) -> bool {
        self.0 == "operator" || self.0.starts_with("operator.")
    }

    /// Whether the name is 1 to 40 letters, digits, `-`, `_` or `.`.
    pub fn is_well_formed(&self) -> bool {
        !self.0.is_empty()
            && self.0.len() <= Self::MAX_LENGTH
            && self.0.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    }
}

impl fmt::Display for VehicleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_is_named_by_any_spelling_of_a_whole_number() {
        for (text, id) in [("17", 17), ("17.0", 17), ("0.0", 0), ("4294967295.0", u32::MAX)] {
            assert_eq!(serde_json::from_str::<SegmentId>(text).unwrap(), SegmentId(id), "{text}");
        }
        for text in ["17.5", "-1", "-1.0", "4294967296", "4294967296.0", "\"17\"", "null"] {
            assert!(serde_json::from_str::<SegmentId>(text).is_err(), "{text}");
        }
    }
}
