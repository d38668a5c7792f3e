//! What the UGV can reach, as GeoJSON.

use serde_json::{Value, json};

use super::decimals::{self, measure_number};
use super::outline::outlines;
use crate::domain::network::{Leg, Network};
use crate::domain::reach::Band;

pub use super::outline::{BUFFER_M, CELL_M};

/// Features of bands; each feature's `role` says what it is:
///
/// - `roads`: the parts of roads that are reached between `after_s` and `within_s`, with the sum of their lengths and how much of
///   that is on roads of which nothing is known. Those of all bands up to one are what is reached within its time.
/// - `area` (if asked for): the ground within `buffer_m` of a road that is reached within `within_s`, as far as no other road is
///   nearer; its border is right to less than `cell_m`. The largest time first, so that the smaller ones are drawn over it.
///
/// `None` when it is called off, of which it is asked often.
pub fn features(
    network: &Network,
    bands: &[Band],
    has_areas: bool,
    is_called_off: &dyn Fn() -> bool,
) -> Option<Vec<Value>> {
    let mut features = Vec::new();
    if has_areas {
        let outlines = outlines(network, bands, is_called_off)?;
        for (band, polygons) in bands.iter().zip(&outlines.polygons).rev() {
            features.push(json!({
                "type": "Feature",
                "geometry": { "type": "MultiPolygon", "coordinates": polygons },
                "properties": {
                    "role": "area",
                    "within_s": band.within_s,
                    "buffer_m": measure_number(outlines.buffer_m),
                    "cell_m": measure_number(outlines.cell_m),
                },
            }));
        }
    }
    for band in bands {
        if is_called_off() {
            return None;
        }
        let lines: Vec<Vec<[f64; 2]>> = band.parts.iter().map(|part| line(network, part)).collect();
        features.push(json!({
            "type": "Feature",
            "geometry": { "type": "MultiLineString", "coordinates": lines },
            "properties": {
                "role": "roads",
                "after_s": band.after_s,
                "within_s": band.within_s,
                "length_m": measure_number(band.length_m),
                "unknown_m": measure_number(band.unknown_m),
            },
        }));
    }
    Some(features)
}

fn line(network: &Network, part: &Leg) -> Vec<[f64; 2]> {
    network.line_of(*part).into_iter().map(decimals::position).collect()
}
