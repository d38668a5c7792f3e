//! Numbers and times with as many decimals everywhere.

use crate::domain::geometry::LonLat;
use crate::domain::timestamp::Timestamp;

/// Decimals of a position in degrees: a centimetre, and what MAVLink and most receivers have.
const POSITION_DECIMALS: usize = 7;
/// Decimals of lengths in metres and times in seconds.
const MEASURE_DECIMALS: usize = 3;

/// A number with a fixed count of decimals; never `-0`.
pub(super) fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.bytes().all(|b| matches!(b, b'0' | b'.')) => rest.to_owned(),
        _ => text,
    }
}

/// Degrees as text.
pub(super) fn degrees(value: f64) -> String {
    fixed(value, POSITION_DECIMALS)
}

/// Metres, or seconds, as text.
pub(super) fn measure(value: f64) -> String {
    fixed(value, MEASURE_DECIMALS)
}

/// Degrees as a JSON number of as many decimals.
pub(super) fn degrees_number(value: f64) -> f64 {
    // Adding zero turns -0 into 0.
    (value * 1e7).round() / 1e7 + 0.0
}

/// Metres, or seconds, as a JSON number of as many decimals.
pub(super) fn measure_number(value: f64) -> f64 {
    (value * 1e3).round() / 1e3 + 0.0
}

/// A position as GeoJSON has it.
pub(super) fn position(at: LonLat) -> [f64; 2] {
    [degrees_number(at.lon), degrees_number(at.lat)]
}

/// Degrees as MAVLink's integers have them: ten millions to one.
pub(super) fn degrees_e7(value: f64) -> i32 {
    // Within ±180 degrees it fits.
    (value * 1e7).round() as i32
}

/// A time to the millisecond, always with three decimals: some readers take no others.
pub(super) fn time_ms(at: Timestamp) -> String {
    let micros = at.unix_micros();
    let whole = Timestamp::from_unix_micros(micros.div_euclid(1_000_000) * 1_000_000).unwrap_or(at).to_string();
    format!("{}.{:03}Z", whole.trim_end_matches('Z'), micros.rem_euclid(1_000_000) / 1_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_fixed_decimals_and_no_negative_zero() {
        assert_eq!(degrees(-0.000_000_01), "0.0000000");
        assert_eq!(degrees(-122.089_051_41), "-122.0890514");
        assert_eq!(measure(12.0), "12.000");
        assert_eq!(degrees_number(8.123_456_789), 8.123_456_8);
        assert!(degrees_number(-1e-12).is_sign_positive());
        assert_eq!((degrees_e7(180.0), degrees_e7(-47.632_939_7)), (1_800_000_000, -476_329_397));
    }

    #[test]
    fn times_have_three_decimals() {
        for (text, expected) in [
            ("2026-05-04T09:30:00Z", "2026-05-04T09:30:00.000Z"),
            ("2026-05-04T09:30:00.123456Z", "2026-05-04T09:30:00.123Z"),
            ("1960-01-01T00:00:00.5Z", "1960-01-01T00:00:00.500Z"),
        ] {
            assert_eq!(time_ms(Timestamp::parse(text).unwrap()), expected);
        }
    }
}
