//! Profiles: which roads of OpenStreetMap a kind of vehicle uses, how fast, and how likely they are blocked.
//!
//! A profile is a file in TOML; `car`, `truck` and `ugv` are built in, and their files explain every member. Whoever needs
//! another vehicle copies one of them. docs/NETWORKS.md has the tables of tags.

mod speed;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::LazyLock;

use serde::Deserialize;

use crate::domain::network::{DEFAULT_BLOCKAGE_PROBABILITY, Road, RoadClass, Surface};
pub(super) use speed::SpeedSource;
use speed::{limit_kmh, measure_m, weight_t};

/// The largest profile file that is read, in bytes.
pub const MAX_PROFILE_BYTES: usize = 256 * 1024;
/// A speed below or above these is taken for a mistake.
pub(super) const SPEEDS_KMH: RangeInclusive<f64> = 0.1..=500.0;
/// The most rules of blockage a profile may have.
const MAX_RULES: usize = 1_000;

/// The profiles that are built in, by name.
static BUILT_IN: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    let texts =
        [include_str!("profile/car.toml"), include_str!("profile/truck.toml"), include_str!("profile/ugv.toml")];
    // A test reads each of them: none is left out.
    texts.iter().filter_map(|text| Profile::from_toml(text).ok()).collect()
});

/// Which roads a kind of vehicle uses.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    name: String,
    #[serde(default = "yes")]
    turn_restrictions: bool,
    speeds_kmh: BTreeMap<String, f64>,
    #[serde(default)]
    access: Access,
    #[serde(default)]
    oneway: OnewayRules,
    #[serde(default)]
    speed: SpeedRules,
    #[serde(default)]
    vehicle: Dimensions,
    #[serde(default)]
    blockage: Blockage,
}

fn yes() -> bool {
    true
}

/// Whether a turn restriction binds a vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Binding<'a> {
    /// It does, with this value.
    Always(&'a str),
    /// At some times, or on some conditions.
    Sometimes,
    /// It is for others.
    Never,
}

/// Values by key; `"*"` is every value but `no`.
type Wanted = BTreeMap<String, Vec<String>>;

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Access {
    keys: Vec<String>,
    closed: Vec<String>,
    excluded: Wanted,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OnewayRules {
    keys: Vec<String>,
    implied: Wanted,
}

impl Default for OnewayRules {
    fn default() -> Self {
        Self { keys: vec!["oneway".to_owned()], implied: BTreeMap::new() }
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct SpeedRules {
    keys: Vec<String>,
    top_kmh: Option<f64>,
    surfaces_kmh: BTreeMap<String, f64>,
}

impl Default for SpeedRules {
    fn default() -> Self {
        Self { keys: vec!["maxspeed".to_owned()], top_kmh: None, surfaces_kmh: BTreeMap::new() }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Dimensions {
    height_m: Option<f64>,
    width_m: Option<f64>,
    weight_t: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Blockage {
    default: f64,
    rules: Vec<Rule>,
}

impl Default for Blockage {
    fn default() -> Self {
        Self { default: DEFAULT_BLOCKAGE_PROBABILITY, rules: Vec::new() }
    }
}

#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    name: String,
    #[serde(default)]
    node: bool,
    tags: Wanted,
    probability: f64,
}

/// Why a text is no profile.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProfileFault {
    /// The text is too long.
    #[error("a profile has at most {MAX_PROFILE_BYTES} bytes")]
    TooLong,
    /// It is no TOML, or has members that a profile does not.
    #[error("the profile cannot be read: {0}")]
    Toml(String),
    /// A value is out of range.
    #[error("{member}: {expected}")]
    Value {
        /// Which.
        member: String,
        /// What it should be.
        expected: &'static str,
    },
}

/// The tags of an element of the source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tags<'a>(pub(super) &'a [(&'a str, &'a str)]);

impl<'a> Tags<'a> {
    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        self.0.iter().find(|(k, _)| *k == key).map(|(_, value)| *value)
    }

    fn fit_any(&self, wanted: &Wanted) -> bool {
        wanted.iter().any(|(key, values)| {
            self.get(key).is_some_and(|value| values.iter().any(|v| v == value || (v == "*" && value != "no")))
        })
    }
}

/// Which way along its line a road may be driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Along {
    Both,
    Forward,
    Backward,
}

/// A road as a profile sees it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Drivable {
    pub(super) along: Along,
    pub(super) speed_mps: f64,
    pub(super) speed_source: SpeedSource,
    /// A tagged limit that means nothing to us was passed over.
    pub(super) unreadable_limit: bool,
    pub(super) blockage_probability: f64,
    /// 0 is the default.
    pub(super) rule: u16,
    pub(super) road: Road,
}

/// Why a way is no road for the vehicle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Its class is not in the profile.
    Class,
    /// Its access tags close it.
    Closed,
    /// It has a tag that the profile excludes.
    Excluded,
    /// It is too low, too narrow or too weak.
    TooSmall,
}

impl Profile {
    /// The profile of that name that is built in: `car`, `truck` or `ugv`.
    pub fn built_in(name: &str) -> Option<Self> {
        BUILT_IN.iter().find(|profile| profile.name == name).cloned()
    }

    /// The names of the profiles that are built in.
    pub fn built_in_names() -> Vec<&'static str> {
        BUILT_IN.iter().map(|profile| profile.name.as_str()).collect()
    }

    /// A profile from a file's text.
    ///
    /// # Errors
    /// When it is no TOML, has a member that no profile has, or a value is out of range.
    pub fn from_toml(text: &str) -> Result<Self, ProfileFault> {
        if text.len() > MAX_PROFILE_BYTES {
            return Err(ProfileFault::TooLong);
        }
        let profile: Self = toml::from_str(text).map_err(|e| ProfileFault::Toml(e.to_string().trim().to_owned()))?;
        profile.check()?;
        Ok(profile)
    }

    fn check(&self) -> Result<(), ProfileFault> {
        let fault = |member: String, expected| Err(ProfileFault::Value { member, expected });
        if self.name.is_empty() || super::error::check_text("name", &self.name).is_err() {
            return fault("name".to_owned(), "expected a name of 1 to 255 characters");
        }
        if self.speeds_kmh.is_empty() {
            return fault("speeds_kmh".to_owned(), "expected the classes of roads that the vehicle uses");
        }
        let speeds = self.speeds_kmh.iter().map(|(key, kmh)| (format!("speeds_kmh.{key}"), *kmh));
        let surfaces = self.speed.surfaces_kmh.iter().map(|(key, kmh)| (format!("speed.surfaces_kmh.{key}"), *kmh));
        let top = self.speed.top_kmh.iter().map(|kmh| ("speed.top_kmh".to_owned(), *kmh));
        for (member, kmh) in speeds.chain(surfaces).chain(top) {
            if !SPEEDS_KMH.contains(&kmh) {
                return fault(member, "expected a speed from 0.1 to 500 km/h");
            }
        }
        let Dimensions { height_m, width_m, weight_t } = self.vehicle;
        for (member, value) in [("height_m", height_m), ("width_m", width_m), ("weight_t", weight_t)] {
            if value.is_some_and(|value| !(value.is_finite() && value > 0.0)) {
                return fault(format!("vehicle.{member}"), "expected a positive number");
            }
        }
        if self.blockage.rules.len() > MAX_RULES {
            return fault("blockage.rules".to_owned(), "expected at most 1000 rules");
        }
        let rules = self.blockage.rules.iter().map(|rule| (format!("blockage.rules.{}", rule.name), rule.probability));
        for (member, probability) in
            std::iter::once(("blockage.default".to_owned(), self.blockage.default)).chain(rules)
        {
            if !(0.0..=1.0).contains(&probability) {
                return fault(member, "expected a probability from 0 to 1");
            }
        }
        Ok(())
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name and the blockage probability of a rule by its number; 0 is the default.
    pub(super) fn rule(&self, number: usize) -> (&str, f64) {
        match number.checked_sub(1).and_then(|i| self.blockage.rules.get(i)) {
            Some(rule) => (&rule.name, rule.probability),
            None => ("default", self.blockage.default),
        }
    }

    /// Whether a turn restriction with these tags binds the vehicle. Which kinds of traffic it belongs to, its keys of access say: the
    /// first for which there is a restriction decides, then that for all; `except` is for whoever belongs to what it names.
    pub(super) fn binds<'t>(&self, tags: Tags<'t>) -> Binding<'t> {
        if !self.turn_restrictions {
            return Binding::Never;
        }
        let kinds = || self.access.keys.iter().map(String::as_str).filter(|key| *key != "access");
        let excepted = tags.get("except").into_iter().flat_map(|kinds| kinds.split([';', ','])).map(str::trim);
        let is_excepted = excepted.into_iter().any(|kind| kinds().any(|own| own == kind));
        let key = |kind: &str| format!("restriction:{kind}");
        // Relations of an old kind name the vehicle in their type.
        let old = tags.get("type").and_then(|kind| kind.strip_prefix("restriction:"));
        let special = kinds().find_map(|kind| {
            let conditional = tags.get(&format!("restriction:{kind}:conditional")).map(|_| Binding::Sometimes);
            let always = tags.get(&key(kind)).map(Binding::Always);
            let by_type = (old == Some(kind)).then(|| tags.get("restriction")).flatten().map(Binding::Always);
            always.or(conditional).or(by_type)
        });
        if let Some(special) = special {
            return special;
        }
        if is_excepted || old.is_some_and(|kind| kind != "conditional") {
            return Binding::Never;
        }
        match (tags.get("restriction"), tags.get("restriction:conditional")) {
            // Older maps say by other tags when it holds.
            (Some(_), _) if ["day_on", "day_off", "hour_on", "hour_off"].iter().any(|key| tags.get(key).is_some()) => {
                Binding::Sometimes
            }
            (Some(value), _) if !value.contains('@') => Binding::Always(value),
            (Some(_), _) | (None, Some(_)) => Binding::Sometimes,
            (None, None) => Binding::Never,
        }
    }

    /// Whether a way is a road for the vehicle, and what kind.
    pub(super) fn judge(&self, tags: Tags<'_>) -> Result<Drivable, Refusal> {
        let class = tags.get("highway").ok_or(Refusal::Class)?;
        let class_kmh = *self.speeds_kmh.get(class).ok_or(Refusal::Class)?;
        if tags.fit_any(&self.access.excluded) {
            return Err(Refusal::Excluded);
        }
        let says = self.access.keys.iter().find_map(|key| tags.get(key));
        if says.is_some_and(|says| self.access.closed.iter().any(|closed| closed == says)) {
            return Err(Refusal::Closed);
        }
        if self.is_too_large(tags) {
            return Err(Refusal::TooSmall);
        }
        let surface = tags.get("surface");
        let (tagged, unreadable_limit) = self.tagged_kmh(tags);
        let (mut kmh, speed_source) = tagged.unwrap_or((class_kmh, SpeedSource::Class));
        let caps = [surface.and_then(|s| self.speed.surfaces_kmh.get(s)).copied(), self.speed.top_kmh];
        for cap in caps.into_iter().flatten() {
            kmh = kmh.min(cap);
        }
        let (blockage_probability, rule) = self.blockage(tags, false);
        let holds = |key: &str| tags.get(key).is_some_and(|value| value != "no");
        let road = Road {
            class: Some(RoadClass::named(class)),
            surface: surface.filter(|s| !s.is_empty()).map(Surface::named),
            bridge: holds("bridge"),
            tunnel: holds("tunnel"),
            ford: holds("ford"),
        };
        let along = self.along(tags);
        let speed_mps = kmh / 3.6;
        Ok(Drivable { along, speed_mps, speed_source, unreadable_limit, blockage_probability, rule, road })
    }

    /// What a node of a road says: whether it is a ford, and the rule that fits best, if one does.
    pub(super) fn judge_node(&self, tags: Tags<'_>) -> Option<(bool, f64, u16)> {
        let (probability, rule) = self.blockage(tags, true);
        let ford = tags.get("ford").is_some_and(|value| value != "no");
        (ford || rule > 0).then_some((ford, probability, rule))
    }

    fn is_too_large(&self, tags: Tags<'_>) -> bool {
        let exceeds = |needs: Option<f64>, key: &str, read: fn(&str) -> Option<f64>| {
            needs.is_some_and(|needs| tags.get(key).and_then(read).is_some_and(|limit| limit < needs))
        };
        exceeds(self.vehicle.height_m, "maxheight", measure_m)
            || exceeds(self.vehicle.width_m, "maxwidth", measure_m)
            || exceeds(self.vehicle.weight_t, "maxweight", weight_t)
    }

    /// The tagged limit, and whether there is one that cannot be read.
    fn tagged_kmh(&self, tags: Tags<'_>) -> (Option<(f64, SpeedSource)>, bool) {
        let mut unreadable = false;
        for key in &self.speed.keys {
            match tags.get(key).map(limit_kmh) {
                Some(Some((kmh, source))) if SPEEDS_KMH.contains(&kmh) => return (Some((kmh, source)), unreadable),
                Some(_) => unreadable |= tags.get(key).is_some_and(|value| value != "none"),
                None => {}
            }
        }
        let zones = ["maxspeed:type", "zone:maxspeed", "source:maxspeed", "zone:traffic"];
        let zone = zones.iter().filter_map(|key| tags.get(key)).find_map(speed::zone_kmh);
        match zone {
            Some(kmh) if SPEEDS_KMH.contains(&kmh) => (Some((kmh, SpeedSource::Zone)), unreadable),
            // Whoever tags `DE:inf` is not to cost the whole map.
            zone => (None, unreadable || zone.is_some()),
        }
    }

    fn along(&self, tags: Tags<'_>) -> Along {
        for key in &self.oneway.keys {
            match tags.get(key) {
                Some("yes" | "true" | "1") => return Along::Forward,
                Some("-1" | "reverse") => return Along::Backward,
                // Open in each direction at some time.
                Some("no" | "false" | "0" | "reversible" | "alternating") => return Along::Both,
                _ => {}
            }
        }
        if tags.fit_any(&self.oneway.implied) { Along::Forward } else { Along::Both }
    }

    /// The highest probability of the rules that fit, and the rule's number; of equals the first.
    fn blockage(&self, tags: Tags<'_>, node: bool) -> (f64, u16) {
        let mut highest = (self.blockage.default, 0);
        for (rule, number) in self.blockage.rules.iter().zip(1..) {
            if rule.node == node && rule.probability > highest.0 && tags.fit_any(&rule.tags) {
                highest = (rule.probability, number);
            }
        }
        highest
    }
}
