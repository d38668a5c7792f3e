//! Chunks of segments.

use rustc_hash::FxHashMap;

use super::PackFault;
use super::bytes::{Reader, Writer};
use crate::domain::ids::NodeIndex;
use crate::domain::network::{NameKey, Road, RoadClass, SegmentProperties, Segments, SegmentsBuilder, Surface};

const ONEWAY: u8 = 1;
const BRIDGE: u8 = 2;
const TUNNEL: u8 = 4;
const FORD: u8 = 8;

/// The least bytes of a segment: how many nodes and sources, flags, and five positions.
pub(in super::super) const LEAST_SEGMENT_BYTES: usize = 8;

/// Texts and numbers that occur in a chunk, each once.
#[derive(Default)]
struct Lists<'a> {
    texts: Vec<&'a str>,
    numbers: Vec<f64>,
    text_places: FxHashMap<&'a str, u64>,
    number_places: FxHashMap<u64, u64>,
}

impl<'a> Lists<'a> {
    /// The position of a text, counted from one; nought for none.
    fn text(&mut self, text: Option<&'a str>) -> u64 {
        let Some(text) = text else { return 0 };
        *self.text_places.entry(text).or_insert_with(|| {
            self.texts.push(text);
            self.texts.len() as u64
        })
    }

    fn number(&mut self, number: Option<f64>) -> u64 {
        let Some(number) = number else { return 0 };
        *self.number_places.entry(number.to_bits()).or_insert_with(|| {
            self.numbers.push(number);
            self.numbers.len() as u64
        })
    }
}

/// The bytes of these segments, without their offsets.
pub(in super::super) fn pack_segments(segments: Segments<'_>) -> Vec<u8> {
    let (mut lists, mut lines) = (Lists::default(), Writer::default());
    lines.bytes.reserve(32 * segments.len());
    let mut last = 0;
    for segment in segments.iter() {
        let road = segment.road;
        lines.number(segment.nodes.len() as u64);
        for node in segment.nodes {
            lines.step(last, i64::from(node.0));
            last = i64::from(node.0);
        }
        let flags = [(segment.oneway, ONEWAY), (road.bridge, BRIDGE), (road.tunnel, TUNNEL), (road.ford, FORD)];
        lines.bytes.push(flags.iter().filter(|(holds, _)| *holds).map(|(_, flag)| flag).sum());
        lines.number(lists.text(segment.name()));
        lines.number(lists.text(road.class.map(RoadClass::name)));
        lines.number(lists.text(road.surface.map(Surface::name)));
        lines.number(lists.number(segment.speed_limit_mps));
        lines.number(lists.number(Some(segment.blockage_probability)));
        lines.number(segment.sources().len() as u64);
        segment.sources().for_each(|id| lines.id(id));
    }
    let mut writer = Writer::default();
    writer.bytes.reserve(lines.bytes.len() + 16 * lists.texts.len());
    writer.number(segments.len() as u64);
    writer.number(lists.texts.len() as u64);
    lists.texts.iter().for_each(|text| writer.text(text));
    writer.number(lists.numbers.len() as u64);
    lists.numbers.iter().for_each(|number| writer.float(*number));
    writer.bytes.extend_from_slice(&lines.bytes);
    writer.bytes
}

/// Appends the segments of a chunk, without their offsets.
///
/// # Errors
/// When the bytes are no such chunk. Some of the segments may have been appended then.
pub(in super::super) fn unpack_segments(bytes: &[u8], segments: &mut SegmentsBuilder) -> Result<(), PackFault> {
    let mut reader = Reader::new(bytes);
    let count = reader.count(LEAST_SEGMENT_BYTES)?;
    let texts: Vec<&str> = (0..reader.count(1)?).map(|_| reader.text()).collect::<Result<_, _>>()?;
    let numbers: Vec<_> =
        (0..reader.count(8)?).map(|_| reader.float().map(|m| segments.number(m))).collect::<Result<_, _>>()?;
    // Names and words are looked up once for the whole chunk; a text is seldom both.
    let mut names: Vec<Option<NameKey>> = vec![None; texts.len()];
    let mut classes: Vec<Option<RoadClass>> = vec![None; texts.len()];
    let mut surfaces: Vec<Option<Surface>> = vec![None; texts.len()];
    let mut last = 0;
    for _ in 0..count {
        for _ in 0..reader.count(1)? {
            last = reader.step(last)?;
            segments.push_node(NodeIndex(u32::try_from(last).map_err(|_| PackFault::OutOfRange)?));
        }
        let flags = reader.byte()?;
        let name = place(texts.len(), reader.number()?)?;
        let name = name.map(|i| *names[i].get_or_insert_with(|| segments.name(texts[i])));
        let class = place(texts.len(), reader.number()?)?;
        let class = class.map(|i| *classes[i].get_or_insert_with(|| RoadClass::named(texts[i])));
        let surface = place(texts.len(), reader.number()?)?;
        let surface = surface.map(|i| *surfaces[i].get_or_insert_with(|| Surface::named(texts[i])));
        let speed_limit_mps = place(numbers.len(), reader.number()?)?.map(|i| numbers[i]);
        let probability = place(numbers.len(), reader.number()?)?.ok_or(PackFault::OutOfRange)?;
        for _ in 0..reader.count(1)? {
            segments.push_source(reader.id()?);
        }
        let properties = SegmentProperties {
            name,
            speed_limit_mps,
            blockage_probability: numbers[probability],
            road: Road {
                class,
                surface,
                bridge: flags & BRIDGE != 0,
                tunnel: flags & TUNNEL != 0,
                ford: flags & FORD != 0,
            },
            oneway: flags & ONEWAY != 0,
        };
        segments.end_segment(properties).map_err(|_| PackFault::OutOfRange)?;
    }
    reader.end()
}

/// The index of an item in a list of so many, by its position counted from one; `None` for nought.
fn place(count: usize, position: u64) -> Result<Option<usize>, PackFault> {
    let Some(i) = position.checked_sub(1) else { return Ok(None) };
    usize::try_from(i).ok().filter(|i| *i < count).map(Some).ok_or(PackFault::OutOfRange)
}
