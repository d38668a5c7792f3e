//! Networks as a few megabytes of bytes: how they are stored to be loaded fast.
//!
//! A chunk has up to 65,536 nodes, or as many segments, and can be read without any other. Whole numbers are of variable length (seven
//! bits a byte, the lowest first), differences to the number before them wherever those are small:
//!
//! - nodes: their count; the ids; the longitudes, then the latitudes; x, then y, as they are (64 bits, little-endian). A column of
//!   degrees that are all whole multiples of 1e-7, as OpenStreetMap's are, is one of differences; any other is as it is.
//! - segments: their count; a list of all texts and one of all numbers that occur in the chunk; then each segment: its nodes, flags, name,
//!   class, surface (positions in the list of texts, counted from one, nought for none), limit and probability (positions in the list
//!   of numbers), and the ids of its sources.
//! - turns that are forbidden, if there are any: `turns.rs`.
//! - ids that are decimal numbers are written as such.
//!
//! Everything comes back bit by bit as it was. Lengths follow from the points and are not stored.

mod bytes;
mod nodes;
mod segments;
mod turns;

pub(super) use nodes::{LEAST_NODE_BYTES, pack_nodes, unpack_nodes};
pub(super) use segments::{LEAST_SEGMENT_BYTES, pack_segments, unpack_segments};
pub(super) use turns::{pack_turns, unpack_turns};

/// Which way of packing this is.
pub(super) const FORM: i16 = 1;
/// How many nodes or segments a chunk has at most: one to three megabytes.
pub(super) const CHUNK: usize = 65_536;

/// Why bytes are none of this form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum PackFault {
    /// They end too soon.
    #[error("a chunk ends too soon")]
    CutOff,
    /// They go on after the end.
    #[error("a chunk goes on after its end")]
    TooLong,
    /// A number is larger than it can be, or a position is none.
    #[error("a number in a chunk is out of range")]
    OutOfRange,
    /// A text is not UTF-8.
    #[error("a text in a chunk is not UTF-8")]
    NotText,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::geometry::{LocalPlane, LonLat, Point};
    use crate::domain::ids::NodeIndex;
    use crate::domain::network::{
        Node, NodeColumns, Road, RoadClass, SegmentColumns, SegmentProperties, SegmentsBuilder, SourceId, Surface,
    };

    fn nodes() -> Vec<Node> {
        let plane = LocalPlane::new(LonLat { lon: 8.0, lat: 50.0 });
        let node = |(id, lon, lat): (&str, f64, f64)| {
            let lon_lat = LonLat { lon, lat };
            Node { id: id.into(), lon_lat, point: plane.project(lon_lat) }
        };
        let ids = [
            ("1", 8.000_000_1, 50.0),
            ("12345678901", 8.0, -50.123_456_7),
            ("007", -8.25, 49.9),
            ("", 0.0, 0.0),
            ("18446744073709551615", -180.0, 90.0),
            ("0", 180.0, -90.0),
            ("Straße nach Überall und noch weiter", 8.1, 50.1),
        ];
        ids.into_iter().map(node).collect()
    }

    fn packed(nodes: &[Node]) -> Vec<u8> {
        pack_nodes(nodes.iter().collect::<NodeColumns>().all())
    }

    fn unpacked(bytes: &[u8]) -> Result<Vec<Node>, PackFault> {
        let mut columns = NodeColumns::with_capacity(0);
        unpack_nodes(bytes, &mut columns)?;
        Ok(columns.all().iter().map(Node::from).collect())
    }

    fn segments() -> SegmentColumns {
        let mut segments = SegmentsBuilder::with_capacity(0, 0);
        let mut add = |nodes: &[u32], name: Option<&str>, ids: &[&str], road: Road| {
            nodes.iter().for_each(|node| segments.push_node(NodeIndex(*node)));
            ids.iter().for_each(|id| segments.push_source(SourceId::of(id)));
            let properties = SegmentProperties {
                oneway: nodes.len().is_multiple_of(2),
                speed_limit_mps: name.map(|name| segments.number(name.len() as f64 / 3.6)),
                name: name.map(|name| segments.name(name)),
                blockage_probability: segments.number(1.0 / nodes.len() as f64),
                road,
            };
            segments.end_segment(properties).unwrap();
        };
        let road = Road {
            class: Some(RoadClass::named("track")),
            surface: Some(Surface::named("no such")),
            bridge: true,
            tunnel: false,
            ford: true,
        };
        add(&[0, 1], Some("Rue de l'Été"), &["99", "100", "x"], road);
        add(&[u32::MAX, 0, 4_000_000_000], None, &[], Road::default());
        add(&[3, 5, 4, 3], Some("Rue de l'Été"), &["-5"], Road { tunnel: true, ..road });
        add(&[], Some(""), &[""], Road { class: None, ..road });
        segments.finish()
    }

    fn unpacked_segments(bytes: &[u8]) -> Result<SegmentColumns, PackFault> {
        let mut segments = SegmentsBuilder::with_capacity(0, 0);
        unpack_segments(bytes, &mut segments)?;
        Ok(segments.finish())
    }

    #[test]
    fn what_is_packed_comes_back_bit_by_bit() {
        for count in 0..=nodes().len() {
            assert_eq!(unpacked(&packed(&nodes()[..count])).unwrap(), nodes()[..count]);
        }
        let mut odd = nodes();
        odd[2].lon_lat = LonLat { lon: 1.0 / 3.0, lat: -0.0 };
        odd[3].point = Point { x_m: f64::MIN_POSITIVE, y_m: -0.0 };
        let bits = |nodes: &[Node]| -> Vec<u64> {
            let of = |n: &Node| [n.lon_lat.lon, n.lon_lat.lat, n.point.x_m, n.point.y_m].map(f64::to_bits);
            nodes.iter().flat_map(of).collect()
        };
        assert_eq!(bits(&unpacked(&packed(&odd)).unwrap()), bits(&odd));
        let back = unpacked_segments(&pack_segments(segments().all())).unwrap();
        assert_eq!(back, segments());
        assert_eq!(back.all().iter().next().unwrap().source_ids().collect::<Vec<_>>(), ["99", "100", "x"]);
    }

    #[test]
    fn chunks_of_one_network_may_be_written_in_different_ways() {
        let mut odd = nodes();
        odd[0].lon_lat.lon = 1.0 / 3.0;
        let mut columns = NodeColumns::with_capacity(0);
        for chunk in [&nodes()[1..], &odd[..1], &nodes()[1..2]] {
            unpack_nodes(&packed(chunk), &mut columns).unwrap();
        }
        let expected = [&nodes()[1..], &odd[..1], &nodes()[1..2]].concat();
        assert_eq!(columns.all().iter().map(Node::from).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn names_and_numbers_of_several_chunks_are_kept_once() {
        let bytes = pack_segments(segments().all());
        let mut twice = SegmentsBuilder::with_capacity(0, 0);
        for _ in 0..2 {
            unpack_segments(&bytes, &mut twice).unwrap();
        }
        let twice = twice.finish();
        assert!(twice.all().iter().eq(segments().all().iter().chain(segments().all().iter())));
        let name = |segment: usize| twice.all().iter().nth(segment).and_then(|segment| segment.name()).unwrap();
        assert!(std::ptr::eq(name(0), name(4)));
    }

    #[test]
    fn a_node_of_openstreetmap_takes_few_bytes() {
        let plane = LocalPlane::new(LonLat { lon: 8.0, lat: 50.0 });
        let node = |i: u64| {
            let lon_lat = LonLat { lon: (80_000_000 + i * 137) as f64 / 1e7, lat: (500_000_000 - i * 91) as f64 / 1e7 };
            Node { id: (4_000_000_000 + i * 7).to_string().into(), lon_lat, point: plane.project(lon_lat) }
        };
        let nodes: Vec<Node> = (0..10_000).map(node).collect();
        let bytes = packed(&nodes).len();
        assert!(bytes < 22 * nodes.len(), "{bytes}");
    }

    #[test]
    fn damaged_bytes_are_refused_and_never_a_panic() {
        let (packed_nodes, packed_segments) = (packed(&nodes()), pack_segments(segments().all()));
        for cut in 0..packed_nodes.len() {
            assert!(unpacked(&packed_nodes[..cut]).is_err(), "{cut}");
        }
        for cut in 0..packed_segments.len() {
            assert!(unpacked_segments(&packed_segments[..cut]).is_err(), "{cut}");
        }
        let longer = [packed_nodes.as_slice(), &[0]].concat();
        assert_eq!(unpacked(&longer), Err(PackFault::TooLong));
        for (i, bit) in (0..packed_nodes.len()).flat_map(|i| (0..8).map(move |bit| (i, bit))) {
            let mut changed = packed_nodes.clone();
            changed[i] ^= 1 << bit;
            let _ = unpacked(&changed);
        }
        for (i, bit) in (0..packed_segments.len()).flat_map(|i| (0..8).map(move |bit| (i, bit))) {
            let mut changed = packed_segments.clone();
            changed[i] ^= 1 << bit;
            let _ = unpacked_segments(&changed);
        }
        // A count that promises more than there can be is not believed.
        assert_eq!(unpacked(&[0xff, 0xff, 0xff, 0xff, 0x7f]), Err(PackFault::CutOff));
    }
}
