//! Points in time at the precision of the database.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Microseconds since 1970-01-01T00:00:00Z. Written and read as RFC 3339 text; what is finer than a microsecond is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Why a text is not a time we keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected an RFC 3339 time such as 2026-05-04T09:30:00Z, between the years 1 and 9999")]
pub struct NotATimestamp;

impl Timestamp {
    /// 1970-01-01T00:00:00Z.
    pub const EPOCH: Self = Self(0);

    /// The time so many microseconds after the epoch, if it lies in the years 1 to 9999.
    pub fn from_unix_micros(micros: i64) -> Option<Self> {
        (FIRST_MICROS..=LAST_MICROS).contains(&micros).then_some(Self(micros))
    }

    /// Microseconds after the epoch.
    pub fn unix_micros(self) -> i64 {
        self.0
    }

    /// This time moved by `seconds`; kept within the years 1 to 9999.
    pub fn plus_seconds(self, seconds: f64) -> Self {
        let micros = self.0.saturating_add((seconds * 1e6) as i64);
        Self::from_unix_micros(micros).unwrap_or(self)
    }

    /// Seconds from `earlier` to this time; negative if this time is the earlier one.
    pub fn seconds_since(self, earlier: Timestamp) -> f64 {
        (self.0.saturating_sub(earlier.0)) as f64 / 1e6
    }

    /// Reads RFC 3339 text.
    ///
    /// # Errors
    /// When the text is not an RFC 3339 time.
    pub fn parse(text: &str) -> Result<Self, NotATimestamp> {
        let moment = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| NotATimestamp)?;
        Self::from_unix_micros(Self::from(moment).0).ok_or(NotATimestamp)
    }

    /// The text, in the buffer.
    ///
    /// Each report has its times written several times over, and the general way through a calendar of all eras takes much longer. The
    /// date is found by H. Hinnant's `civil_from_days`, in years that begin in March.
    fn write(self, buffer: &mut [u8; TEXT_BYTES]) -> Option<&str> {
        let (second, micros) = (self.0.div_euclid(1_000_000), self.0.rem_euclid(1_000_000));
        let (day, second) = (second.div_euclid(86_400) + 719_468, second.rem_euclid(86_400));
        let (era, day) = (day.div_euclid(146_097), day.rem_euclid(146_097));
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        let day = day - (365 * year + year / 4 - year / 100);
        let month = (5 * day + 2) / 153;
        let day = day - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = era * 400 + year + i64::from(month <= 2);
        if !(0..=9999).contains(&year) {
            return None;
        }
        *buffer = *b"0000-00-00T00:00:00.000000Z";
        let parts = [
            (0, 4, year),
            (5, 2, month),
            (8, 2, day),
            (11, 2, second / 3_600),
            (14, 2, second / 60 % 60),
            (17, 2, second % 60),
            (20, 6, micros),
        ];
        for (at, digits, mut value) in parts {
            for place in buffer.get_mut(at..at + digits)?.iter_mut().rev() {
                *place = b'0' + (value % 10) as u8;
                value /= 10;
            }
        }
        let mut length = if micros == 0 { SECONDS_BYTES } else { TEXT_BYTES - 1 };
        while micros > 0 && buffer.get(length - 1) == Some(&b'0') {
            length -= 1;
        }
        *buffer.get_mut(length)? = b'Z';
        std::str::from_utf8(buffer.get(..=length)?).ok()
    }
}

/// 0001-01-01T00:00:00Z.
const FIRST_MICROS: i64 = -62_135_596_800_000_000;
/// 9999-12-31T23:59:59.999999Z.
const LAST_MICROS: i64 = 253_402_300_799_999_999;
/// The longest text, and the shortest one without its `Z`.
const TEXT_BYTES: usize = "0000-00-00T00:00:00.000000Z".len();
const SECONDS_BYTES: usize = "0000-00-00T00:00:00".len();

impl From<OffsetDateTime> for Timestamp {
    fn from(moment: OffsetDateTime) -> Self {
        Self(moment.unix_timestamp() * 1_000_000 + i64::from(moment.microsecond()))
    }
}

impl From<Timestamp> for OffsetDateTime {
    fn from(moment: Timestamp) -> Self {
        OffsetDateTime::from_unix_timestamp(moment.0.div_euclid(1_000_000))
            .and_then(|second| second.replace_microsecond(moment.0.rem_euclid(1_000_000) as u32))
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.write(&mut [0; TEXT_BYTES]).ok_or(fmt::Error)?)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut buffer = [0; TEXT_BYTES];
        let text = self.write(&mut buffer).ok_or_else(|| ser::Error::custom("a time beyond the year 9999"))?;
        serializer.serialize_str(text)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl de::Visitor<'_> for Text {
            type Value = Timestamp;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an RFC 3339 time such as 2026-05-04T09:30:00Z")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Timestamp, E> {
                Timestamp::parse(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

impl utoipa::PartialSchema for Timestamp {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("RFC 3339 time, kept to the microsecond"))
            .examples([serde_json::json!("2026-05-04T09:30:00Z")])
            .into()
    }
}

impl utoipa::ToSchema for Timestamp {}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written_by_the_calendar(moment: Timestamp) -> String {
        OffsetDateTime::from(moment).format(&Rfc3339).unwrap()
    }

    #[test]
    fn the_ends_of_days_months_years_and_eras_are_written_as_the_calendar_has_them() {
        assert_eq!(Timestamp(FIRST_MICROS).to_string(), "0001-01-01T00:00:00Z");
        assert_eq!(Timestamp(LAST_MICROS).to_string(), "9999-12-31T23:59:59.999999Z");
        assert_eq!(
            (Timestamp::from_unix_micros(FIRST_MICROS - 1), Timestamp::from_unix_micros(LAST_MICROS + 1)),
            (None, None)
        );
        for day in (-719_162..2_932_896).step_by(17) {
            for micros in [0, 1, 100_000, 999_999, 86_399_999_999, 43_200_000_000] {
                let moment = Timestamp(day * 86_400_000_000 + micros);
                assert_eq!(moment.to_string(), written_by_the_calendar(moment));
            }
        }
    }

    proptest! {
        #[test]
        fn any_time_is_written_as_the_calendar_has_it(micros in FIRST_MICROS..=LAST_MICROS) {
            let moment = Timestamp::from_unix_micros(micros).unwrap();
            prop_assert_eq!(moment.to_string(), written_by_the_calendar(moment));
            prop_assert_eq!(serde_json::to_string(&moment).unwrap(), format!("\"{moment}\""));
            prop_assert_eq!(Timestamp::parse(&moment.to_string()), Ok(moment));
        }
    }

    #[test]
    fn text_survives_to_the_microsecond_and_offsets_become_utc() {
        let moment = Timestamp::parse("2026-05-04T11:30:00.1234567+02:00").unwrap();
        assert_eq!(moment.to_string(), "2026-05-04T09:30:00.123456Z");
        assert_eq!(Timestamp::parse(&moment.to_string()), Ok(moment));
        assert_eq!(Timestamp::from(OffsetDateTime::from(moment)), moment);
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "yesterday", "2026-05-04", "2026-13-04T00:00:00Z", "1770000000", "99999-01-01T00:00:00Z"] {
            assert_eq!(Timestamp::parse(text), Err(NotATimestamp), "{text}");
        }
    }
}
