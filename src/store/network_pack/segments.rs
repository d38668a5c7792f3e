//! Chunks of segments.

use ecow::EcoString;
use rustc_hash::FxHashMap;
use smallvec::SmallVec;

use super::PackFault;
use super::bytes::{Reader, Writer};
use crate::domain::ids::NodeIndex;
use crate::domain::network::{Road, RoadClass, Segment, Surface};

const ONEWAY: u8 = 1;
const BRIDGE: u8 = 2;
const TUNNEL: u8 = 4;
const FORD: u8 = 8;

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
pub(in super::super) fn pack_segments(segments: &[Segment]) -> Vec<u8> {
    let (mut lists, mut lines) = (Lists::default(), Writer::default());
    lines.bytes.reserve(32 * segments.len());
    let mut last = 0;
    for segment in segments {
        let road = segment.road;
        lines.number(segment.nodes.len() as u64);
        for node in &segment.nodes {
            lines.step(last, i64::from(node.0));
            last = i64::from(node.0);
        }
        let flags = [(segment.oneway, ONEWAY), (road.bridge, BRIDGE), (road.tunnel, TUNNEL), (road.ford, FORD)];
        lines.bytes.push(flags.iter().filter(|(holds, _)| *holds).map(|(_, flag)| flag).sum());
        lines.number(lists.text(segment.name.as_deref()));
        lines.number(lists.text(road.class.map(RoadClass::name)));
        lines.number(lists.text(road.surface.map(Surface::name)));
        lines.number(lists.number(segment.speed_limit_mps));
        lines.number(lists.number(Some(segment.blockage_probability)));
        lines.number(segment.source_ids.len() as u64);
        segment.source_ids.iter().for_each(|id| lines.id(id));
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
pub(in super::super) fn unpack_segments(bytes: &[u8], segments: &mut Vec<Segment>) -> Result<(), PackFault> {
    let mut reader = Reader::new(bytes);
    // Of a segment: how many nodes and sources, flags, and five positions.
    let count = reader.count(8)?;
    let texts: Vec<EcoString> =
        (0..reader.count(1)?).map(|_| reader.text().map(EcoString::from)).collect::<Result<_, _>>()?;
    let numbers: Vec<f64> = (0..reader.count(8)?).map(|_| reader.float()).collect::<Result<_, _>>()?;
    // Words are looked up once for the whole chunk, and few of the texts are any.
    let mut classes: Vec<Option<RoadClass>> = vec![None; texts.len()];
    let mut surfaces: Vec<Option<Surface>> = vec![None; texts.len()];
    segments.reserve(count);
    let mut last = 0;
    for _ in 0..count {
        let length = reader.count(1)?;
        let mut nodes = Vec::with_capacity(length);
        for _ in 0..length {
            last = reader.step(last)?;
            nodes.push(NodeIndex(u32::try_from(last).map_err(|_| PackFault::OutOfRange)?));
        }
        let flags = reader.byte()?;
        let name = at(&texts, reader.number()?)?.map(|(text, _)| text.clone());
        let class = at(&texts, reader.number()?)?;
        let class = class.map(|(text, i)| *classes[i].get_or_insert_with(|| RoadClass::named(text)));
        let surface = at(&texts, reader.number()?)?;
        let surface = surface.map(|(text, i)| *surfaces[i].get_or_insert_with(|| Surface::named(text)));
        let speed_limit_mps = at(&numbers, reader.number()?)?.map(|(number, _)| *number);
        let (blockage_probability, _) = at(&numbers, reader.number()?)?.ok_or(PackFault::OutOfRange)?;
        let sources = reader.count(1)?;
        let mut source_ids = SmallVec::with_capacity(sources);
        for _ in 0..sources {
            source_ids.push(reader.id()?);
        }
        segments.push(Segment {
            nodes: nodes.into(),
            offsets_m: Box::default(),
            oneway: flags & ONEWAY != 0,
            speed_limit_mps,
            name,
            source_ids,
            blockage_probability: *blockage_probability,
            road: Road {
                class,
                surface,
                bridge: flags & BRIDGE != 0,
                tunnel: flags & TUNNEL != 0,
                ford: flags & FORD != 0,
            },
        });
    }
    reader.end()
}

/// The item at a position that is counted from one, and its index; `None` for nought.
fn at<T>(items: &[T], position: u64) -> Result<Option<(&T, usize)>, PackFault> {
    let Some(i) = position.checked_sub(1) else { return Ok(None) };
    let i = usize::try_from(i).map_err(|_| PackFault::OutOfRange)?;
    items.get(i).map(|item| Some((item, i))).ok_or(PackFault::OutOfRange)
}
