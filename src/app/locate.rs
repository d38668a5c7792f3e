//! From what clients say of a location to a place on the network.

use super::error::Fault;
use crate::domain::geometry::LonLat;
use crate::domain::ids::SegmentId;
use crate::domain::mission::Endpoint;
use crate::domain::network::{Heading, Network, Place};

/// How far a position may be from the network, in metres, when the request says nothing else. Wider than GPS noise and a
/// broad road, narrower than a city block.
pub(super) const DEFAULT_SNAP_LIMIT_M: f64 = 100.0;

/// A location as a client gives it.
#[derive(Clone, Debug, PartialEq)]
pub enum Location {
    /// The node with the source's id.
    Node(String),
    /// A WGS 84 position, taken to the nearest segment.
    Position {
        /// The position.
        lon_lat: LonLat,
        /// The direction of travel, to choose between roads.
        heading: Option<Heading>,
        /// How far the nearest segment may be.
        limit_m: f64,
    },
    /// A place on a segment.
    Place(Place),
}

impl Location {
    /// A position, taken to the nearest segment within the default limit.
    pub fn near(lon_lat: LonLat) -> Self {
        Location::Position { lon_lat, heading: None, limit_m: DEFAULT_SNAP_LIMIT_M }
    }
}

/// Finds the place. `pointer` is where the request has the location.
///
/// # Errors
/// When there is no such place on the network.
pub fn locate(network: &Network, location: &Location, pointer: &str) -> Result<Endpoint, Fault> {
    match location {
        Location::Node(id) => {
            let place = network.node_by_id(id).and_then(|node| network.place_of_node(node));
            let place = place
                .ok_or_else(|| Fault::new(format!("{pointer}/node"), format!("the network has no node {id:?}")))?;
            Ok(Endpoint { place, lon_lat: network.lon_lat_at(place), snapped_m: 0.0 })
        }
        Location::Position { lon_lat, heading, limit_m } => {
            let point = network.plane().project(*lon_lat);
            // A heading that no road around has is a compass's fault, or somebody drives the wrong way: the position stands.
            let near = network.nearest(point, *heading, *limit_m).or_else(|| network.nearest(point, None, *limit_m));
            let near = near.filter(|_| network.plane().faces(*lon_lat));
            let snap = near.ok_or_else(|| {
                Fault::new(
                    format!("{pointer}/position"),
                    format!("no segment lies within {limit_m} m of this position"),
                )
            })?;
            Ok(Endpoint { place: snap.place, lon_lat: network.lon_lat_at(snap.place), snapped_m: snap.distance_m })
        }
        Location::Place(place) => {
            check_segment(network, place.segment, &format!("{pointer}/segment"))?;
            check_offset(network, place.segment, place.offset_m, &format!("{pointer}/offset_m"))?;
            Ok(Endpoint { place: *place, lon_lat: network.lon_lat_at(*place), snapped_m: 0.0 })
        }
    }
}

/// Refuses a position on the side of the Earth where the network is not.
pub(super) fn check_faces(network: &Network, lon_lat: LonLat, pointer: impl Into<String>) -> Result<(), Fault> {
    if network.plane().faces(lon_lat) {
        return Ok(());
    }
    Err(Fault::new(pointer, "this position is on the other side of the Earth than the network"))
}

/// Refuses a segment that the network does not have.
pub(super) fn check_segment(network: &Network, segment: SegmentId, pointer: &str) -> Result<(), Fault> {
    if network.has_segment(segment) {
        return Ok(());
    }
    let last = network.segments().len() - 1;
    Err(Fault::new(pointer, format!("the network has no segment {segment}; its segments are 0 to {last}")))
}

/// Refuses an offset that the segment, which exists, does not have.
pub(super) fn check_offset(network: &Network, segment: SegmentId, offset_m: f64, pointer: &str) -> Result<(), Fault> {
    if network.has_place(Place { segment, offset_m }) {
        return Ok(());
    }
    let length_m = network.segment(segment).length_m();
    Err(Fault::new(pointer, format!("segment {segment} is {length_m} m long; the offset must be from 0 to that")))
}
