//! The segments of a network in columns: their lines one after the other, and a few bytes for what else is known of each. Names, speed
//! limits and probabilities, which many segments have in common, are there once.

use std::fmt;

use ecow::EcoString;
use rustc_hash::FxHashMap;

use super::nodes::NodeColumns;
use super::source_ids::{SourceId, SourceIds};
use super::{NetworkFault, Road};
use crate::domain::ids::{NodeIndex, SegmentId};

/// A road piece between two junctions. Made when it is asked for: the network keeps each property of all segments together.
#[derive(Clone, Copy)]
pub struct Segment<'a> {
    /// The polyline, from the first end to the last: at least two nodes.
    pub nodes: &'a [NodeIndex],
    /// Distance along the polyline of each node, in metres, starting at 0; the last one is the length.
    pub offsets_m: &'a [f64],
    /// Whether it may be driven from its first to its last end only. UAVs do not care.
    pub oneway: bool,
    /// The speed limit in metres per second, where known.
    pub speed_limit_mps: Option<f64>,
    /// The probability that it is blocked while nothing is known of it.
    pub blockage_probability: f64,
    /// What kind of road it is, where known.
    pub road: Road,
    columns: &'a SegmentColumns,
    position: usize,
}

impl<'a> Segment<'a> {
    /// The length in metres.
    #[inline]
    pub fn length_m(&self) -> f64 {
        self.offsets_m[self.offsets_m.len() - 1]
    }

    /// The junction at offset 0.
    #[inline]
    pub fn first(&self) -> NodeIndex {
        self.nodes[0]
    }

    /// The junction at the far end.
    #[inline]
    pub fn last(&self) -> NodeIndex {
        self.nodes[self.nodes.len() - 1]
    }

    /// The road's name, where known.
    pub fn name(&self) -> Option<&'a str> {
        let place = self.columns.properties[self.position].name.checked_sub(1)?;
        self.columns.names.get(place as usize).map(EcoString::as_str)
    }

    /// The ids of the source features it was merged from.
    pub fn source_ids(&self) -> impl ExactSizeIterator<Item = EcoString> + use<'a> {
        self.sources().map(SourceId::text)
    }

    pub(crate) fn sources(&self) -> impl ExactSizeIterator<Item = SourceId<'a>> + Clone + use<'a> {
        let SegmentColumns { sources, source_starts, .. } = self.columns;
        let places = source_starts[self.position] as usize..source_starts[self.position + 1] as usize;
        places.map(|place| sources.get(place))
    }
}

impl fmt::Debug for Segment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Segment")
            .field("nodes", &self.nodes)
            .field("offsets_m", &self.offsets_m)
            .field("oneway", &self.oneway)
            .field("speed_limit_mps", &self.speed_limit_mps)
            .field("name", &self.name())
            .field("source_ids", &self.source_ids().collect::<Vec<_>>())
            .field("blockage_probability", &self.blockage_probability)
            .field("road", &self.road)
            .finish()
    }
}

impl PartialEq for Segment<'_> {
    fn eq(&self, other: &Self) -> bool {
        (self.nodes, self.offsets_m, self.oneway, self.road) == (other.nodes, other.offsets_m, other.oneway, other.road)
            && self.speed_limit_mps == other.speed_limit_mps
            && self.blockage_probability == other.blockage_probability
            && self.name() == other.name()
            && self.sources().eq(other.sources())
    }
}

/// Some segments of a network in a row.
#[derive(Clone, Copy)]
pub struct Segments<'a> {
    columns: &'a SegmentColumns,
    begin: usize,
    end: usize,
}

impl<'a> Segments<'a> {
    /// How many there are.
    #[expect(clippy::len_without_is_empty, reason = "no network is without segments")]
    pub fn len(&self) -> usize {
        self.end - self.begin
    }

    /// One after the other.
    pub fn iter(self) -> impl ExactSizeIterator<Item = Segment<'a>> + DoubleEndedIterator + Clone + use<'a> {
        (self.begin..self.end).map(move |position| self.columns.segment(position))
    }

    /// One of all segments of the network.
    #[inline]
    pub(super) fn at(self, id: SegmentId) -> Segment<'a> {
        self.columns.segment(id.index())
    }

    /// The same, if there is such a segment.
    pub(super) fn get(self, id: SegmentId) -> Option<Segment<'a>> {
        (id.index() < self.columns.len()).then(|| self.at(id))
    }

    /// In runs of so many, the last of which may be shorter.
    pub(crate) fn chunks(self, length: usize) -> impl Iterator<Item = Segments<'a>> {
        let Self { columns, begin, end } = self;
        (begin..end).step_by(length).map(move |begin| Segments { columns, begin, end: end.min(begin + length) })
    }
}

impl fmt::Debug for Segments<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// What is known of a segment beside its line, as places in lists, counted from one; nought for none.
#[derive(Clone, Copy, Debug)]
struct Properties {
    name: u32,
    speed_limit: u32,
    probability: u32,
    road: Road,
    oneway: bool,
}

/// The segments of a network. Their offsets are there once they have been [measured](SegmentColumns::measure).
#[derive(Clone, Debug)]
pub(crate) struct SegmentColumns {
    /// Where each segment's line begins, and where the last one's ends.
    starts: Vec<u32>,
    nodes: Vec<NodeIndex>,
    offsets_m: Vec<f64>,
    properties: Vec<Properties>,
    /// Where each segment's sources begin, and where those of the last one end.
    source_starts: Vec<u32>,
    sources: SourceIds,
    names: Vec<EcoString>,
    numbers: Vec<f64>,
}

impl SegmentColumns {
    pub(crate) fn all(&self) -> Segments<'_> {
        Segments { columns: self, begin: 0, end: self.len() }
    }

    pub(crate) fn len(&self) -> usize {
        self.properties.len()
    }

    #[inline]
    pub(super) fn segment(&self, position: usize) -> Segment<'_> {
        let line = self.starts[position] as usize..self.starts[position + 1] as usize;
        let Properties { speed_limit, probability, road, oneway, .. } = self.properties[position];
        let number = |place: u32| self.numbers.get((place as usize).wrapping_sub(1)).copied();
        Segment {
            nodes: self.nodes.get(line.clone()).unwrap_or_default(),
            offsets_m: self.offsets_m.get(line).unwrap_or_default(),
            oneway,
            speed_limit_mps: number(speed_limit),
            blockage_probability: number(probability).unwrap_or_default(),
            road,
            columns: self,
            position,
        }
    }

    /// Every segment is blocked with this probability from now on, as long as nothing is known of it.
    pub(super) fn set_blockage_probability(&mut self, probability: f64) {
        self.numbers.push(probability);
        let place = self.numbers.len() as u32;
        self.properties.iter_mut().for_each(|properties| properties.probability = place);
    }

    /// Gives each segment the distances along its line, and returns the sum of all lengths, in metres.
    ///
    /// # Errors
    /// A line has less than two nodes or no length, it passes a node that there is not, or it ends at one that is not among
    /// the first `junction_count`.
    pub(super) fn measure(&mut self, nodes: &NodeColumns, junction_count: usize) -> Result<f64, NetworkFault> {
        let points = nodes.points();
        let mut offsets_m = Vec::with_capacity(self.nodes.len());
        let mut total_m = 0.0;
        for (segment, ends) in self.starts.windows(2).enumerate() {
            let line = &self.nodes[ends[0] as usize..ends[1] as usize];
            let unknown = |node: NodeIndex| NetworkFault::UnknownNode { segment, node: node.0 };
            let [first, .., last] = line else {
                let missing = line.iter().find(|node| node.index() >= points.len());
                return Err(missing.map_or(NetworkFault::NoLength { segment }, |node| unknown(*node)));
            };
            let mut at = *points.get(first.index()).ok_or(unknown(*first))?;
            let mut length_m = 0.0;
            offsets_m.push(0.0);
            for node in &line[1..] {
                let next = *points.get(node.index()).ok_or(unknown(*node))?;
                length_m += at.distance_m(next);
                offsets_m.push(length_m);
                at = next;
            }
            if let Some(node) = [*first, *last].into_iter().find(|node| node.index() >= junction_count) {
                return Err(unknown(node));
            }
            if !(length_m.is_finite() && length_m > 0.0) {
                return Err(NetworkFault::NoLength { segment });
            }
            total_m += length_m;
        }
        self.offsets_m = offsets_m;
        Ok(total_m)
    }

    pub(super) fn heap_bytes(&self) -> usize {
        let outside = |text: &EcoString| if text.len() > EcoString::INLINE_LIMIT { text.len() } else { 0 };
        size_of_val(self.starts.as_slice())
            + size_of_val(self.nodes.as_slice())
            + size_of_val(self.offsets_m.as_slice())
            + size_of_val(self.properties.as_slice())
            + size_of_val(self.source_starts.as_slice())
            + self.sources.heap_bytes()
            + size_of_val(self.names.as_slice())
            + self.names.iter().map(outside).sum::<usize>()
            + size_of_val(self.numbers.as_slice())
    }
}

impl PartialEq for SegmentColumns {
    fn eq(&self, other: &Self) -> bool {
        self.all().iter().eq(other.all().iter())
    }
}

/// What is known of a segment beside its line, with names and numbers by what [`SegmentsBuilder`] has said of them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SegmentProperties {
    /// From [`SegmentsBuilder::name`]; `None` where there is none.
    pub(crate) name: Option<NameKey>,
    /// From [`SegmentsBuilder::number`]; `None` where nothing is known.
    pub(crate) speed_limit_mps: Option<NumberKey>,
    /// From [`SegmentsBuilder::number`].
    pub(crate) blockage_probability: NumberKey,
    pub(crate) road: Road,
    pub(crate) oneway: bool,
}

/// A name of the segments under way: its place, counted from one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NameKey(u32);

/// A number of the segments under way: its place, counted from one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct NumberKey(u32);

/// Puts segments into columns: the nodes and the sources of one, then [`SegmentsBuilder::end_segment`], and so on.
pub(crate) struct SegmentsBuilder {
    columns: SegmentColumns,
    name_places: FxHashMap<EcoString, u32>,
    number_places: FxHashMap<u64, u32>,
}

impl SegmentsBuilder {
    /// None yet, and room for so many with so many nodes together.
    pub(crate) fn with_capacity(segments: usize, nodes: usize) -> Self {
        let starts = || {
            let mut starts = Vec::with_capacity(segments.saturating_add(1));
            starts.push(0);
            starts
        };
        let mut sources = SourceIds::default();
        sources.reserve(segments);
        let columns = SegmentColumns {
            starts: starts(),
            nodes: Vec::with_capacity(nodes),
            offsets_m: Vec::new(),
            properties: Vec::with_capacity(segments),
            source_starts: starts(),
            sources,
            names: Vec::new(),
            numbers: Vec::new(),
        };
        Self { columns, name_places: FxHashMap::default(), number_places: FxHashMap::default() }
    }

    /// The key of a name.
    pub(crate) fn name(&mut self, name: &str) -> NameKey {
        if let Some(place) = self.name_places.get(name) {
            return NameKey(*place);
        }
        let name = EcoString::from(name);
        self.columns.names.push(name.clone());
        let place = self.columns.names.len() as u32;
        self.name_places.insert(name, place);
        NameKey(place)
    }

    /// The key of a number.
    pub(crate) fn number(&mut self, number: f64) -> NumberKey {
        let numbers = &mut self.columns.numbers;
        NumberKey(*self.number_places.entry(number.to_bits()).or_insert_with(|| {
            numbers.push(number);
            numbers.len() as u32
        }))
    }

    /// The next node of the segment under way.
    #[inline]
    pub(crate) fn push_node(&mut self, node: NodeIndex) {
        self.columns.nodes.push(node);
    }

    /// The next source of the segment under way.
    #[inline]
    pub(crate) fn push_source(&mut self, id: SourceId<'_>) {
        self.columns.sources.push(id);
    }

    /// Ends the segment under way.
    ///
    /// # Errors
    /// [`NetworkFault::TooLarge`] when there are more nodes or sources of all segments than can be counted.
    #[inline]
    pub(crate) fn end_segment(&mut self, properties: SegmentProperties) -> Result<(), NetworkFault> {
        let SegmentProperties { name, speed_limit_mps, blockage_probability, road, oneway } = properties;
        let columns = &mut self.columns;
        let count = |length: usize| u32::try_from(length).map_err(|_| NetworkFault::TooLarge);
        columns.starts.push(count(columns.nodes.len())?);
        columns.source_starts.push(count(columns.sources.len())?);
        columns.properties.push(Properties {
            name: name.map_or(0, |key| key.0),
            speed_limit: speed_limit_mps.map_or(0, |key| key.0),
            probability: blockage_probability.0,
            road,
            oneway,
        });
        Ok(())
    }

    /// How many segments have ended.
    pub(crate) fn len(&self) -> usize {
        self.columns.len()
    }

    /// All segments that have ended, not yet measured.
    pub(crate) fn finish(self) -> SegmentColumns {
        let mut columns = self.columns;
        columns.nodes.truncate(columns.starts.last().map_or(0, |end| *end as usize));
        columns.starts.shrink_to_fit();
        columns.nodes.shrink_to_fit();
        columns.properties.shrink_to_fit();
        columns.source_starts.shrink_to_fit();
        columns.sources.shrink_to_fit();
        columns.names.shrink_to_fit();
        columns
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::geometry::{LonLat, Point};
    use crate::domain::network::Node;

    /// So many roads of three nodes and 20 m, with a name, a limit and a source.
    fn roads(count: usize) -> SegmentColumns {
        let node = |i: u32| {
            let point = Point { x_m: f64::from(i) * 10.0, y_m: 0.0 };
            Node { id: i.to_string().as_str().into(), lon_lat: LonLat { lon: 8.0, lat: 50.0 }, point }
        };
        let mut segments = SegmentsBuilder::with_capacity(0, 0);
        for source in 0..count {
            (0..3).for_each(|node| segments.push_node(NodeIndex(node)));
            segments.push_source(SourceId::Number(source as u64));
            let properties = SegmentProperties {
                name: Some(segments.name("a road with a name that is long")),
                speed_limit_mps: Some(segments.number(12.5)),
                blockage_probability: segments.number(0.25),
                oneway: source == 0,
                ..SegmentProperties::default()
            };
            segments.end_segment(properties).unwrap();
        }
        let mut segments = segments.finish();
        let nodes: Vec<Node> = (0..3).map(node).collect();
        assert_eq!(segments.measure(&nodes.iter().collect(), 3), Ok(20.0 * count as f64));
        segments
    }

    #[test]
    fn a_segment_takes_28_bytes_with_8_for_each_source_and_12_for_each_node() {
        assert_eq!(roads(1001).heap_bytes() - roads(1).heap_bytes(), 1000 * (28 + 8 + 3 * 12));
    }

    #[test]
    fn a_segment_is_what_was_said_of_it_and_takes_another_probability_alone() {
        let mut segments = roads(2);
        segments.set_blockage_probability(0.5);
        let all: Vec<Segment<'_>> = segments.all().iter().collect();
        for (i, segment) in all.iter().enumerate() {
            assert_eq!((segment.nodes, segment.offsets_m), (&[0, 1, 2].map(NodeIndex)[..], &[0.0, 10.0, 20.0][..]));
            assert_eq!((segment.speed_limit_mps, segment.blockage_probability), (Some(12.5), 0.5));
            assert_eq!((segment.name(), segment.oneway), (Some("a road with a name that is long"), i == 0));
            assert_eq!(segment.source_ids().collect::<Vec<_>>(), [i.to_string()]);
        }
        assert_ne!(all[0], all[1]);
        assert_ne!(all[0], roads(1).segment(0));
    }
}
