//! What kind of road a segment is.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a source says of the kind of a road; `None` and `false` where it says nothing. A few bytes, because a network has
/// millions of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Road {
    /// The class of the road: OpenStreetMap's `highway`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class: Option<RoadClass>,
    /// What it is paved with: OpenStreetMap's `surface`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub surface: Option<Surface>,
    /// Whether a part of it is a bridge.
    #[serde(default, skip_serializing_if = "is_false")]
    pub bridge: bool,
    /// Whether a part of it is a tunnel.
    #[serde(default, skip_serializing_if = "is_false")]
    pub tunnel: bool,
    /// Whether it passes through water.
    #[serde(default, skip_serializing_if = "is_false")]
    pub ford: bool,
}

impl Road {
    /// Whether nothing is known.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

/// A word of a closed list, kept as its position there. What is not on the list is the last word, `other`.
macro_rules! words {
    ($(#[$documentation:meta])* $name:ident, $expected:literal, [$($word:literal),* $(,)?]) => {
        $(#[$documentation])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u8);

        impl $name {
            /// All of them.
            pub const NAMES: &[&str] = &[$($word,)* "other"];

            /// The one with the name; `other` for a name that is not on the list.
            pub fn named(name: &str) -> Self {
                let position = Self::NAMES.iter().position(|word| *word == name).unwrap_or(Self::NAMES.len() - 1);
                Self(position as u8)
            }

            /// Its name.
            pub fn name(self) -> &'static str {
                Self::NAMES[usize::from(self.0)]
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let name = std::borrow::Cow::<str>::deserialize(deserializer)?;
                if name.is_empty() {
                    return Err(D::Error::custom($expected));
                }
                Ok(Self::named(&name))
            }
        }
    };
}

words! {
    /// The class of a road, by OpenStreetMap's values of `highway`.
    RoadClass, "expected the class of a road, such as residential", [
        "motorway", "motorway_link", "trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link",
        "tertiary", "tertiary_link", "unclassified", "residential", "living_street", "service", "road", "track", "path",
        "footway", "pedestrian", "cycleway", "bridleway", "steps", "busway", "bus_guideway", "raceway", "escape",
        "rest_area", "services", "corridor", "platform", "construction", "proposed", "trail", "via_ferrata", "crossing",
        "emergency_access_point", "emergency_bay", "ladder", "elevator", "disused", "abandoned", "razed", "planned",
    ]
}

words! {
    /// What a road is paved with, by OpenStreetMap's values of `surface`.
    Surface, "expected a surface, such as asphalt", [
        "paved", "asphalt", "chipseal", "concrete", "concrete:lanes", "concrete:plates", "paving_stones",
        "paving_stones:lanes", "sett", "unhewn_cobblestone", "cobblestone", "bricks", "brick", "metal", "metal_grid",
        "wood", "stepping_stones", "rubber", "tiles", "tartan", "plastic", "unpaved", "compacted", "fine_gravel",
        "gravel", "shells", "rock", "pebblestone", "ground", "dirt", "earth", "grass", "grass_paver", "mud", "sand",
        "woodchips", "snow", "ice", "salt", "clay", "laterite", "artificial_turf", "stone", "acrylic",
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_road_is_written_by_what_is_known_of_it_and_read_back() {
        let road = Road { class: Some(RoadClass::named("track")), ford: true, ..Road::default() };
        let text = serde_json::to_string(&road).unwrap();
        assert_eq!(text, r#"{"class":"track","ford":true}"#);
        assert_eq!(serde_json::from_str::<Road>(&text).unwrap(), road);
        assert_eq!(serde_json::from_str::<Road>("{}").unwrap(), Road::default());
    }

    #[test]
    fn every_word_is_its_own_and_any_other_is_other() {
        for names in [RoadClass::NAMES, Surface::NAMES] {
            assert!(names.len() < 255);
            let mut sorted = names.to_vec();
            sorted.sort_unstable();
            sorted.dedup();
            assert_eq!(sorted.len(), names.len());
        }
        for name in Surface::NAMES {
            assert_eq!(Surface::named(name).name(), *name);
        }
        assert_eq!(RoadClass::named("yellow_brick").name(), "other");
        assert!(size_of::<Road>() <= 8, "{} bytes", size_of::<Road>());
    }
}
