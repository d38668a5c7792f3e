//! The roads as the vehicles know them: from the network's GeoJSON, which is all a client gets and needs.

use serde::Deserialize;

use crate::domain::geometry::{LocalPlane, LonLat, Point};
use crate::domain::ids::SegmentId;
use crate::domain::network::Place;

/// The answer of `GET /v1/networks/{id}/geojson`, as far as it is used.
#[derive(Debug, Deserialize)]
pub(super) struct FeatureCollection {
    features: Vec<Feature>,
}

#[derive(Debug, Deserialize)]
struct Feature {
    geometry: LineString,
    properties: Properties,
}

#[derive(Debug, Deserialize)]
struct LineString {
    coordinates: Vec<[f64; 2]>,
}

#[derive(Debug, Deserialize)]
struct Properties {
    segment: SegmentId,
    length_m: f64,
    name: Option<String>,
    first_node: String,
    last_node: String,
}

/// One segment.
#[derive(Debug)]
struct Street {
    /// The polyline in the plane of [`Streets`].
    line: Vec<Point>,
    /// The distance of each of its points from the first end; the last one is the length that the service states, exactly.
    offsets_m: Vec<f64>,
    name: Option<String>,
    nodes: [String; 2],
}

/// All segments of a network.
#[derive(Debug)]
pub(super) struct Streets {
    plane: LocalPlane,
    streets: Vec<Street>,
}

/// The answer is no network of segments.
#[derive(Debug, thiserror::Error)]
#[error("the network's GeoJSON is not a list of all its segments")]
pub(super) struct NotStreets;

impl Streets {
    /// Reads the segments, which are all there and in the order of their ids.
    pub(super) fn read(collection: FeatureCollection) -> Result<Self, NotStreets> {
        let lon_lat = |[lon, lat]: [f64; 2]| LonLat { lon, lat };
        let origin = collection.features.first().and_then(|f| f.geometry.coordinates.first()).ok_or(NotStreets)?;
        // Any plane near by will do: only fractions of lengths are taken from it.
        let plane = LocalPlane::new(lon_lat(*origin));
        let mut streets = Vec::with_capacity(collection.features.len());
        for (i, feature) in collection.features.into_iter().enumerate() {
            let Properties { segment, length_m, name, first_node, last_node } = feature.properties;
            let line: Vec<Point> =
                feature.geometry.coordinates.into_iter().map(|at| plane.project(lon_lat(at))).collect();
            if segment.index() != i || line.len() < 2 {
                return Err(NotStreets);
            }
            let mut offsets_m = vec![0.0];
            for pair in line.windows(2) {
                offsets_m.push(offsets_m[offsets_m.len() - 1] + pair[0].distance_m(pair[1]));
            }
            let last = offsets_m.len() - 1;
            let scale = length_m / offsets_m[last];
            offsets_m.iter_mut().for_each(|offset_m| *offset_m *= scale);
            offsets_m[last] = length_m;
            streets.push(Street { line, offsets_m, name, nodes: [first_node, last_node] });
        }
        Ok(Self { plane, streets })
    }

    pub(super) fn length_m(&self, segment: SegmentId) -> f64 {
        let offsets_m = &self.streets[segment.index()].offsets_m;
        offsets_m[offsets_m.len() - 1]
    }

    /// Whether the offset is one of the segment's ends.
    pub(super) fn is_end(&self, place: Place) -> bool {
        self.node_at(place).is_some()
    }

    /// Whether two places are the same: the same junction, or the same offset of one segment.
    pub(super) fn is_same(&self, a: Place, b: Place) -> bool {
        a == b || matches!((self.node_at(a), self.node_at(b)), (Some(x), Some(y)) if x == y)
    }

    fn node_at(&self, place: Place) -> Option<&str> {
        let [first, last] = &self.streets[place.segment.index()].nodes;
        if place.offset_m <= 0.0 {
            Some(first)
        } else if place.offset_m >= self.length_m(place.segment) {
            Some(last)
        } else {
            None
        }
    }

    /// Where the place is in the plane.
    pub(super) fn point_at(&self, place: Place) -> Point {
        let Street { line, offsets_m, .. } = &self.streets[place.segment.index()];
        let i = offsets_m.partition_point(|o| *o <= place.offset_m).saturating_sub(1).min(line.len() - 2);
        let piece_m = offsets_m[i + 1] - offsets_m[i];
        let fraction = if piece_m > 0.0 { ((place.offset_m - offsets_m[i]) / piece_m).clamp(0.0, 1.0) } else { 0.0 };
        line[i].towards(line[i + 1], fraction)
    }

    /// From the Earth to the plane.
    pub(super) fn project(&self, position: LonLat) -> Point {
        self.plane.project(position)
    }

    /// From the plane to the Earth.
    pub(super) fn unproject(&self, point: Point) -> LonLat {
        self.plane.unproject(point)
    }

    /// The segment for people: number and name.
    pub(super) fn describe(&self, segment: SegmentId) -> String {
        match self.streets.get(segment.index()).and_then(|street| street.name.as_deref()) {
            Some(name) => format!("segment {segment} ({name})"),
            None => format!("segment {segment}"),
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::domain::network::Network;
    use crate::export::geojson;

    /// The streets of a network, by way of the GeoJSON that the service gives.
    pub(in crate::demo) fn streets_of(network: &Network) -> Streets {
        let ids = (0..network.segments().len() as u32).map(SegmentId);
        Streets::read(serde_json::from_value(geojson::segments(network, ids)).unwrap()).unwrap()
    }

    #[test]
    fn places_are_where_the_network_has_them() {
        let town = crate::import::sample_town(1);
        let streets = streets_of(&town);
        for (i, segment) in town.segments().iter().enumerate() {
            for fraction in [0.0, 0.3, 0.77, 1.0] {
                let place = Place { segment: SegmentId(i as u32), offset_m: fraction * segment.length_m() };
                let (ours, theirs) = (streets.unproject(streets.point_at(place)), town.lon_lat_at(place));
                assert!(town.plane().project(ours).distance_m(town.plane().project(theirs)) < 0.05, "{place:?}");
                assert_eq!(streets.is_end(place), town.junction_at(place).is_some());
            }
        }
    }
}
