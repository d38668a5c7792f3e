//! The properties of a road feature; the table is in the parent module's documentation.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::{object, unexpected};
use crate::domain::network::{DEFAULT_BLOCKAGE_PROBABILITY, Road, RoadClass, Surface};
use crate::import::error::{Fault, check_text};
use crate::import::prepare::Way;
use crate::import::profile::SPEEDS_KMH;

/// Walking pace, for a limit of `walk`.
const WALK_KMH: f64 = 5.0;
/// Kilometres in a mile.
const KM_PER_MILE: f64 = 1.609_344;
/// How far a limit in metres per second may be off those in km/h: the service's own are means of several.
const ROUNDING: f64 = 1e-9;

/// Which way along its line a road may be driven.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Oneway {
    No,
    Forward,
    Backward,
}

/// What the properties say.
#[derive(Debug, PartialEq)]
pub(super) struct Properties {
    pub(super) way: Way,
    pub(super) oneway: Oneway,
}

#[derive(Default, Deserialize)]
struct Read<'a> {
    #[serde(borrow)]
    oneway: Option<&'a RawValue>,
    #[serde(borrow)]
    maxspeed: Option<&'a RawValue>,
    #[serde(borrow)]
    name: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    blockage_probability: Option<&'a RawValue>,
    #[serde(borrow)]
    speed_limit_mps: Option<&'a RawValue>,
    #[serde(borrow)]
    source_ids: Option<&'a RawValue>,
    #[serde(borrow)]
    highway: Option<&'a RawValue>,
    #[serde(borrow)]
    surface: Option<&'a RawValue>,
    #[serde(borrow)]
    bridge: Option<&'a RawValue>,
    #[serde(borrow)]
    tunnel: Option<&'a RawValue>,
    #[serde(borrow)]
    ford: Option<&'a RawValue>,
}

/// Reads a feature's properties and its own id. A fault comes with the name of the property, where it is in one.
pub(super) fn read(
    properties: Option<&RawValue>,
    own_id: Option<&RawValue>,
) -> Result<Properties, (Option<&'static str>, Fault)> {
    let read: Read<'_> = match properties {
        Some(raw) => object(raw, "an object of properties, or null").map_err(|fault| (None, fault))?,
        None => Read::default(),
    };
    let of = |property: &'static str| move |fault: Fault| (Some(property), fault);
    let ids = match (read.source_ids, read.id) {
        (Some(raw), _) => ids(raw).map_err(of("source_ids"))?,
        (None, Some(raw)) => id(raw).map_err(of("id"))?.into_iter().collect(),
        (None, None) => {
            own_id.map(id).transpose().map_err(|fault| (None, fault))?.flatten().into_iter().collect::<Vec<_>>()
        }
    };
    let mut limit_mps = read.maxspeed.map(speed_limit_mps).transpose().map_err(of("maxspeed"))?.flatten();
    if let Some(raw) = read.speed_limit_mps {
        limit_mps = Some(metres_per_second(raw).map_err(of("speed_limit_mps"))?);
    }
    Ok(Properties {
        oneway: read.oneway.map(oneway).transpose().map_err(of("oneway"))?.unwrap_or(Oneway::No),
        way: Way {
            ids,
            speed_limit_mps: limit_mps,
            name: read.name.map(name).transpose().map_err(of("name"))?.flatten(),
            blockage_probability: read
                .blockage_probability
                .map(probability)
                .transpose()
                .map_err(of("blockage_probability"))?
                .unwrap_or(DEFAULT_BLOCKAGE_PROBABILITY),
            rule: 0,
            road: Road {
                class: read.highway.and_then(word).map(|word| RoadClass::named(&word)),
                surface: read.surface.and_then(word).map(|word| Surface::named(&word)),
                bridge: read.bridge.is_some_and(holds),
                tunnel: read.tunnel.is_some_and(holds),
                ford: read.ford.is_some_and(holds),
            },
        },
    })
}

/// A JSON value that is no list and no object.
enum Scalar {
    Flag(bool),
    Number(f64),
    Text(String),
}

fn scalar(raw: &RawValue) -> Option<Scalar> {
    match raw.get().bytes().next()? {
        b'"' => serde_json::from_str(raw.get()).ok().map(Scalar::Text),
        b't' => Some(Scalar::Flag(true)),
        b'f' => Some(Scalar::Flag(false)),
        b'-' | b'0'..=b'9' => serde_json::from_str(raw.get()).ok().map(Scalar::Number),
        _ => None,
    }
}

fn oneway(raw: &RawValue) -> Result<Oneway, Fault> {
    let oneway = match scalar(raw) {
        Some(Scalar::Flag(true)) => Some(Oneway::Forward),
        Some(Scalar::Flag(false)) => Some(Oneway::No),
        Some(Scalar::Number(1.0)) => Some(Oneway::Forward),
        Some(Scalar::Number(0.0)) => Some(Oneway::No),
        Some(Scalar::Number(-1.0)) => Some(Oneway::Backward),
        Some(Scalar::Text(text)) => match text.trim().to_ascii_lowercase().as_str() {
            "yes" | "true" | "1" => Some(Oneway::Forward),
            "-1" | "reverse" => Some(Oneway::Backward),
            "" | "no" | "false" | "0" | "reversible" | "alternating" => Some(Oneway::No),
            _ => None,
        },
        _ => None,
    };
    oneway.ok_or_else(|| unexpected(raw, "true, false, \"yes\", \"no\", \"1\", \"-1\" or \"reversible\""))
}

fn speed_limit_mps(raw: &RawValue) -> Result<Option<f64>, Fault> {
    let kmh = match scalar(raw) {
        Some(Scalar::Number(kmh)) => Some(kmh),
        Some(Scalar::Text(text)) => match text.trim().to_ascii_lowercase().as_str() {
            "" | "none" => return Ok(None),
            "walk" => Some(WALK_KMH),
            text => number_with_unit(text),
        },
        _ => None,
    };
    match kmh {
        Some(kmh) if SPEEDS_KMH.contains(&kmh) => Ok(Some(kmh / 3.6)),
        _ => Err(unexpected(raw, "km/h as a number from 0.1 to 500, \"50 km/h\", \"30 mph\", \"walk\" or \"none\"")),
    }
}

/// Kilometres per hour of a lower-case text such as `50`, `50 km/h` or `30mph`.
fn number_with_unit(text: &str) -> Option<f64> {
    let unit_at = text.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(text.len());
    let (number, unit) = text.split_at(unit_at);
    let number: f64 = number.parse().ok()?;
    match unit.trim_start() {
        "" | "km/h" | "kmh" | "kph" => Some(number),
        "mph" => Some(number * KM_PER_MILE),
        _ => None,
    }
}

fn name(raw: &RawValue) -> Result<Option<String>, Fault> {
    match scalar(raw) {
        Some(Scalar::Text(text)) => {
            let name = text.trim();
            check_text("the name", name)?;
            Ok((!name.is_empty()).then(|| name.to_owned()))
        }
        _ => Err(unexpected(raw, "a text")),
    }
}

/// A text, or a number as it is written, so that long ones lose no digit.
fn id(raw: &RawValue) -> Result<Option<String>, Fault> {
    let id = match scalar(raw) {
        Some(Scalar::Text(text)) => text,
        Some(Scalar::Number(_)) => raw.get().to_owned(),
        _ => return Err(unexpected(raw, "an id as text or number")),
    };
    check_text("the id", &id)?;
    Ok((!id.is_empty()).then_some(id))
}

/// A list of ids.
fn ids(raw: &RawValue) -> Result<Vec<String>, Fault> {
    let items = super::array(raw, "a list of ids")?;
    let mut ids = Vec::new();
    for item in items {
        ids.extend(id(item)?);
    }
    Ok(ids)
}

fn metres_per_second(raw: &RawValue) -> Result<f64, Fault> {
    let fits =
        |kmh: f64| SPEEDS_KMH.contains(&(kmh * (1.0 - ROUNDING))) || SPEEDS_KMH.contains(&(kmh * (1.0 + ROUNDING)));
    match scalar(raw) {
        Some(Scalar::Number(mps)) if fits(mps * 3.6) => Ok(mps),
        _ => Err(unexpected(raw, "a number of metres per second, 0.1 to 500 km/h")),
    }
}

/// The text, or the first text of a list; what else files have here describes no road, and is no fault.
fn word(raw: &RawValue) -> Option<String> {
    let word = match scalar(raw) {
        Some(Scalar::Text(text)) => text,
        Some(_) => return None,
        None => super::array(raw, "a list").ok()?.into_iter().find_map(|item| match scalar(item) {
            Some(Scalar::Text(text)) => Some(text),
            _ => None,
        })?,
    };
    (!word.is_empty()).then_some(word)
}

/// Whether a flag holds: `true`, or a text such as `yes` or `viaduct`.
fn holds(raw: &RawValue) -> bool {
    match scalar(raw) {
        Some(Scalar::Flag(flag)) => flag,
        Some(Scalar::Number(number)) => number == 1.0,
        Some(Scalar::Text(_)) | None => word(raw).is_some_and(|word| !matches!(word.as_str(), "no" | "false" | "0")),
    }
}

fn probability(raw: &RawValue) -> Result<f64, Fault> {
    match scalar(raw) {
        // Adding zero turns -0 into 0.
        Some(Scalar::Number(p)) if (0.0..=1.0).contains(&p) => Ok(p + 0.0),
        _ => Err(unexpected(raw, "a number from 0 to 1")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(properties: &str, own_id: Option<&str>) -> Result<Properties, String> {
        let raw: &RawValue = serde_json::from_str(properties).unwrap();
        let own_id: Option<&RawValue> = own_id.map(|text| serde_json::from_str(text).unwrap());
        read(Some(raw), own_id).map_err(|(property, fault)| format!("{}: {fault}", property.unwrap_or("-")))
    }

    #[test]
    fn oneway_has_the_spellings_of_openstreetmap() {
        for (value, expected) in [
            ("true", Oneway::Forward),
            ("false", Oneway::No),
            ("null", Oneway::No),
            (r#""yes""#, Oneway::Forward),
            (r#""no""#, Oneway::No),
            (r#""1""#, Oneway::Forward),
            ("1", Oneway::Forward),
            (r#""-1""#, Oneway::Backward),
            ("-1", Oneway::Backward),
            ("0", Oneway::No),
            (r#""reversible""#, Oneway::No),
        ] {
            assert_eq!(read_text(&format!(r#"{{"oneway": {value}}}"#), None).unwrap().oneway, expected, "{value}");
        }
    }

    #[test]
    fn maxspeed_becomes_metres_per_second() {
        for (value, kmh) in [
            ("50", Some(50.0)),
            ("27.5", Some(27.5)),
            (r#""50""#, Some(50.0)),
            (r#""50 km/h""#, Some(50.0)),
            (r#""30 mph""#, Some(48.280_32)),
            (r#""30mph""#, Some(48.280_32)),
            (r#""walk""#, Some(5.0)),
            (r#""none""#, None),
            (r#""""#, None),
            ("null", None),
        ] {
            let limit = read_text(&format!(r#"{{"maxspeed": {value}}}"#), None).unwrap().way.speed_limit_mps;
            match (limit, kmh) {
                (Some(limit), Some(kmh)) => assert!((limit * 3.6 - kmh).abs() < 1e-9, "{value}: {limit}"),
                (limit, kmh) => assert_eq!(limit, kmh, "{value}"),
            }
        }
    }

    #[test]
    fn names_ids_and_probabilities_are_taken_as_they_are() {
        let road = read_text(r#"{"name": " Elm St ", "id": 9007199254740993, "blockage_probability": 1}"#, Some("7"));
        let way = road.unwrap().way;
        assert_eq!(
            (way.name.as_deref(), way.ids.as_slice()),
            (Some("Elm St"), ["9007199254740993".to_owned()].as_slice())
        );
        assert_eq!(way.blockage_probability, 1.0);
        let own = read_text("{}", Some(r#""way/7""#)).unwrap().way;
        assert_eq!((own.ids, own.name), (vec!["way/7".to_owned()], None));
        assert_eq!(own.blockage_probability, DEFAULT_BLOCKAGE_PROBABILITY);
    }

    #[test]
    fn any_other_value_is_a_fault_of_its_property() {
        let speed = "expected km/h as a number from 0.1 to 500, \"50 km/h\", \"30 mph\", \"walk\" or \"none\"";
        let oneway = "expected true, false, \"yes\", \"no\", \"1\", \"-1\" or \"reversible\"";
        for (properties, message) in [
            (r#"{"oneway": "maybe"}"#, format!("oneway: found \"maybe\"; {oneway}")),
            (r#"{"oneway": 2}"#, format!("oneway: found 2; {oneway}")),
            (r#"{"oneway": []}"#, format!("oneway: found []; {oneway}")),
            (r#"{"maxspeed": "DE:urban"}"#, format!("maxspeed: found \"DE:urban\"; {speed}")),
            (r#"{"maxspeed": ["50", "30"]}"#, format!("maxspeed: found [\"50\", \"30\"]; {speed}")),
            (r#"{"maxspeed": 0}"#, format!("maxspeed: found 0; {speed}")),
            (r#"{"maxspeed": -50}"#, format!("maxspeed: found -50; {speed}")),
            (r#"{"maxspeed": 5e-324}"#, format!("maxspeed: found 5e-324; {speed}")),
            (r#"{"maxspeed": 1e999}"#, format!("maxspeed: found 1e999; {speed}")),
            (r#"{"maxspeed": "inf"}"#, format!("maxspeed: found \"inf\"; {speed}")),
            (r#"{"name": 5}"#, "name: found 5; expected a text".into()),
            (r#"{"name": "a\u0000b"}"#, "name: the name has a control character (U+0000)".into()),
            (r#"{"id": true}"#, "id: found true; expected an id as text or number".into()),
            (
                r#"{"blockage_probability": 1.01}"#,
                "blockage_probability: found 1.01; expected a number from 0 to 1".into(),
            ),
            (
                r#"{"blockage_probability": "0.1"}"#,
                "blockage_probability: found \"0.1\"; expected a number from 0 to 1".into(),
            ),
            (r#"{"name": "a", "name": "b"}"#, "-: duplicate field `name`".into()),
            (r#"["yes"]"#, "-: found [\"yes\"]; expected an object of properties, or null".into()),
        ] {
            assert_eq!(read_text(properties, None).unwrap_err(), message);
        }
        let long = format!(r#"{{"name": "{}"}}"#, "é".repeat(256));
        assert_eq!(read_text(&long, None).unwrap_err(), "name: the name has more than 255 characters");
    }
}
