//! JSON taken at its word: an object where an object is expected, a word where a word is.
//!
//! Derived `Deserialize` takes more than the documented schemas say: a list of values in the order of the fields for a struct,
//! and `{"close": null}` for the word `close`. Fields that hold structs or words are read with these functions instead.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, StringDeserializer};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use utoipa::{PartialSchema, ToSchema, openapi};

/// A struct that is written as a JSON object.
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OnlyObject<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for OnlyObject<T> {
            type Value = Object<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(Object)
            }
        }
        deserializer.deserialize_map(OnlyObject(PhantomData))
    }
}

/// A field that holds an object.
pub(super) fn object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    Object::deserialize(deserializer).map(|object| object.0)
}

/// A field that may hold an object; it needs a default too.
pub(super) fn optional_object<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Ok(Option::<Object<T>>::deserialize(deserializer)?.map(|object| object.0))
}

/// A field that holds a list of objects.
pub(super) fn objects<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Ok(Vec::<Object<T>>::deserialize(deserializer)?.into_iter().map(|object| object.0).collect())
}

/// A field that may hold a list of objects; it needs a default too.
pub(super) fn optional_objects<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Vec<T>>, D::Error> {
    let list = Option::<Vec<Object<T>>>::deserialize(deserializer)?;
    Ok(list.map(|list| list.into_iter().map(|object| object.0).collect()))
}

/// A field that holds one of an enumeration's words.
pub(super) fn word<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<T, D::Error> {
    let text = String::deserialize(deserializer)?;
    T::deserialize(StringDeserializer::<D::Error>::new(text))
}

/// A whole number; `3.0` is one too, as in JSON Schema. Beyond 2^53 a floating-point number no longer says which is meant.
pub(super) fn whole<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    struct Whole;
    impl Visitor<'_> for Whole {
        type Value = u64;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a whole number from 0")
        }

        fn visit_u64<E: Error>(self, number: u64) -> Result<u64, E> {
            Ok(number)
        }

        fn visit_i64<E: Error>(self, number: i64) -> Result<u64, E> {
            u64::try_from(number).map_err(|_| E::invalid_value(Unexpected::Signed(number), &self))
        }

        fn visit_f64<E: Error>(self, number: f64) -> Result<u64, E> {
            let whole = (0.0..=9_007_199_254_740_992.0).contains(&number) && number.trunc() == number;
            if whole { Ok(number as u64) } else { Err(E::invalid_value(Unexpected::Float(number), &self)) }
        }
    }
    deserializer.deserialize_u64(Whole)
}

/// A GeoJSON position: longitude and latitude, and an altitude that is of no interest here.
#[derive(Clone, Copy, Debug)]
pub(super) struct GeoJsonPosition {
    pub(super) lon: f64,
    pub(super) lat: f64,
}

impl<'de> Deserialize<'de> for GeoJsonPosition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Numbers;
        impl<'de> Visitor<'de> for Numbers {
            type Value = GeoJsonPosition;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("[longitude, latitude], with or without an altitude")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<GeoJsonPosition, A::Error> {
                let mut read = Vec::with_capacity(3);
                while let Some(number) = numbers.next_element::<f64>()? {
                    read.push(number);
                    if read.len() > 3 {
                        return Err(A::Error::invalid_length(read.len(), &self));
                    }
                }
                match read.as_slice() {
                    [lon, lat] | [lon, lat, _] => Ok(GeoJsonPosition { lon: *lon, lat: *lat }),
                    _ => Err(A::Error::invalid_length(read.len(), &self)),
                }
            }
        }
        deserializer.deserialize_seq(Numbers)
    }
}

impl PartialSchema for GeoJsonPosition {
    fn schema() -> openapi::RefOr<openapi::Schema> {
        let within = |limit: f64| {
            openapi::schema::ObjectBuilder::new()
                .schema_type(openapi::schema::Type::Number)
                .minimum(Some(-limit))
                .maximum(Some(limit))
        };
        openapi::schema::ArrayBuilder::new()
            .prefix_items([within(180.0), within(90.0)])
            .items(openapi::schema::ObjectBuilder::new().schema_type(openapi::schema::Type::Number))
            .min_items(Some(2))
            .max_items(Some(3))
            .description(Some("Longitude and latitude in degrees; an altitude is passed over"))
            .into()
    }
}

impl ToSchema for GeoJsonPosition {}
