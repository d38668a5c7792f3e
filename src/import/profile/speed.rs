//! Limits as people tag them: `50`, `30 mph`, `walk`, `DE:urban`, `3.5 m`, `12'6"`, `7.5 t`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Walking pace, for a limit of `walk`.
const WALK_KMH: f64 = 5.0;
const KM_PER_MILE: f64 = 1.609_344;
const KM_PER_NAUTICAL_MILE: f64 = 1.852;
const METRES_PER_FOOT: f64 = 0.3048;
const METRES_PER_INCH: f64 = 0.0254;
const TONNES_PER_SHORT_TON: f64 = 0.907_184_74;
const TONNES_PER_POUND: f64 = 0.000_453_592_37;

/// Speeds by zone by country.
static ZONES: LazyLock<BTreeMap<String, BTreeMap<String, f64>>> =
    LazyLock::new(|| toml::from_str(include_str!("zones.toml")).unwrap_or_default());

/// Where a speed comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::import) enum SpeedSource {
    /// A number is tagged.
    Tagged,
    /// A zone with a limit by law is tagged.
    Zone,
    /// The profile's speed for the class of road.
    Class,
}

/// A tagged limit in km/h; nothing for `none`, `signals` and what nobody understands. Of several (`50;30`, by lane or by
/// time) the lowest counts.
pub(super) fn limit_kmh(text: &str) -> Option<(f64, SpeedSource)> {
    let mut lowest: Option<(f64, SpeedSource)> = None;
    for part in text.split([';', '|', ',']).take(16) {
        let part = part.trim();
        let read = match part {
            "walk" => Some((WALK_KMH, SpeedSource::Tagged)),
            _ => match number_and_unit(part) {
                Some((number, unit)) => kmh(number, unit).map(|kmh| (kmh, SpeedSource::Tagged)),
                None => zone_kmh(part).map(|kmh| (kmh, SpeedSource::Zone)),
            },
        };
        lowest = match (lowest, read) {
            (Some(a), Some(b)) if b.0 >= a.0 => Some(a),
            (a, b) => b.or(a),
        };
    }
    lowest
}

fn kmh(number: f64, unit: &str) -> Option<f64> {
    match unit.to_ascii_lowercase().as_str() {
        "" | "km/h" | "kmh" | "kph" => Some(number),
        "mph" => Some(number * KM_PER_MILE),
        "knots" | "kn" => Some(number * KM_PER_NAUTICAL_MILE),
        _ => None,
    }
}

/// What a zone such as `DE:urban`, `RO:rural` or `DE:zone:30` means in km/h.
pub(super) fn zone_kmh(text: &str) -> Option<f64> {
    let (country, zone) = text.split_once(':')?;
    // `BE-VLG:rural` and the like: a region's own laws are not listed.
    let country = country.split('-').next()?;
    if country.len() != 2 || !country.bytes().all(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let number = zone.strip_prefix("zone").unwrap_or(zone).trim_start_matches(':');
    if let Ok(kmh) = number.parse::<f64>() {
        return (kmh > 0.0).then_some(kmh);
    }
    let in_country = ZONES.get(country).and_then(|zones| zones.get(zone));
    in_country.or_else(|| ZONES.get("default").and_then(|zones| zones.get(zone))).copied()
}

/// `3.5`, `3.5 m`, `350 cm`, `12'6"` or `12 ft` in metres.
pub(super) fn measure_m(text: &str) -> Option<f64> {
    let text = text.trim();
    if let Some((feet, rest)) = text.split_once('\'') {
        let inches = rest.trim().trim_end_matches('"');
        let inches: f64 = if inches.is_empty() { 0.0 } else { inches.parse().ok()? };
        return positive(feet.trim().parse::<f64>().ok()? * METRES_PER_FOOT + inches * METRES_PER_INCH);
    }
    let (number, unit) = number_and_unit(text)?;
    match unit {
        "" | "m" => positive(number),
        "cm" => positive(number / 100.0),
        "ft" => positive(number * METRES_PER_FOOT),
        "in" | "\"" => positive(number * METRES_PER_INCH),
        _ => None,
    }
}

/// `7.5`, `7.5 t`, `3500 kg`, `10 st` (short tons) or `8000 lbs` in tonnes.
pub(super) fn weight_t(text: &str) -> Option<f64> {
    let (number, unit) = number_and_unit(text.trim())?;
    match unit {
        "" | "t" => positive(number),
        "kg" => positive(number / 1000.0),
        "st" => positive(number * TONNES_PER_SHORT_TON),
        "lbs" | "lb" => positive(number * TONNES_PER_POUND),
        _ => None,
    }
}

fn positive(number: f64) -> Option<f64> {
    (number.is_finite() && number > 0.0).then_some(number)
}

fn number_and_unit(text: &str) -> Option<(f64, &str)> {
    let unit_at = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    Some((number.parse().ok()?, unit.trim()))
}
