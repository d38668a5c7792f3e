//! Where a UGV must get to, where one goal does as well as another.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// The goals of a mission, any of which will do; at least one.
///
/// A single goal is written as versions before waypoints wrote it. Several, and one that comes after waypoints, are
/// written as a list, which those versions refuse to read: they go on with the missions that they know, and never plan one by half.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Goals<P> {
    /// The only one.
    One(P),
    /// Any of these.
    Any(#[serde(deserialize_with = "one_or_more")] Vec<P>),
}

impl<P> Goals<P> {
    /// Of a mission with or without waypoints. `None` of no goals.
    pub fn of(mut goals: Vec<P>, has_waypoints: bool) -> Option<Self> {
        match goals.len() {
            0 => None,
            1 if !has_waypoints => goals.pop().map(Self::One),
            _ => Some(Self::Any(goals)),
        }
    }

    /// All of them, in the order in which they were given.
    pub fn as_slice(&self) -> &[P] {
        match self {
            Self::One(goal) => std::slice::from_ref(goal),
            Self::Any(goals) => goals,
        }
    }

    /// The same goals told in another way.
    pub fn map<Q>(&self, told: impl Fn(&P) -> Q) -> Goals<Q> {
        match self {
            Self::One(goal) => Goals::One(told(goal)),
            Self::Any(goals) => Goals::Any(goals.iter().map(told).collect()),
        }
    }
}

fn one_or_more<'de, D: Deserializer<'de>, P: Deserialize<'de>>(deserializer: D) -> Result<Vec<P>, D::Error> {
    let goals = Vec::deserialize(deserializer)?;
    if goals.is_empty() { Err(serde::de::Error::invalid_length(0, &"at least one goal")) } else { Ok(goals) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::ids::SegmentId;
    use crate::domain::network::Place;

    #[test]
    fn a_single_goal_is_written_as_ever_and_no_goal_is_refused() {
        let place = |segment| Place { segment: SegmentId(segment), offset_m: 5.0 };
        let written = |segment: u32| json!({"segment": segment, "offset_m": 5.0});
        for (goals, has_waypoints, expected) in [
            (vec![place(1)], false, written(1)),
            (vec![place(1)], true, json!([written(1)])),
            (vec![place(1), place(2)], false, json!([written(1), written(2)])),
        ] {
            let goals = Goals::of(goals, has_waypoints).unwrap();
            assert_eq!(serde_json::to_value(&goals).unwrap(), expected);
            assert_eq!(serde_json::from_value::<Goals<Place>>(expected).unwrap(), goals);
        }
        assert_eq!(Goals::<Place>::of(Vec::new(), false), None);
        assert!(serde_json::from_value::<Goals<Place>>(json!([])).is_err());
    }
}
