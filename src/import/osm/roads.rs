//! From elements to roads: ways are judged by a profile, then the nodes they pass are read.

use std::collections::BTreeMap;

use ecow::EcoString;

use super::elements::{Elements, Member, Pass, Visitor};
use super::restrictions;
use crate::domain::geometry::{LocalPlane, LonLat};
use crate::domain::network::Node;
use crate::import::error::{check_text, middle};
use crate::import::prepare::{Mark, Piece, Restriction, Source, Way};
use crate::import::profile::{Along, Drivable, Profile, Refusal, SpeedSource, Tags};
use crate::import::summary::RoadSummary;
use crate::import::{ImportError, ImportProgress, ImportStep, MAX_PIECES};

/// How many turn restrictions are kept: several times those of the largest countries.
const MAX_RESTRICTIONS: usize = 500_000;
/// How many ids a place in [`Ids`]'s directory stands for on average.
const IDS_A_PLACE: usize = 4;

/// Reads the roads of a file: in one pass the ways, in another their nodes, so that what is held is what is needed.
pub(super) fn read(
    elements: &mut dyn Elements,
    bytes: u64,
    profile: &Profile,
    progress: &ImportProgress,
) -> Result<(Source, RoadSummary), ImportError> {
    read_limited(elements, bytes, profile, progress, MAX_PIECES)
}

/// As [`read`], with another limit of pieces.
pub(super) fn read_limited(
    elements: &mut dyn Elements,
    bytes: u64,
    profile: &Profile,
    progress: &ImportProgress,
    limit: usize,
) -> Result<(Source, RoadSummary), ImportError> {
    progress.begin(ImportStep::Roads, bytes);
    let mut ways = Ways { limit, ..Ways::new(profile) };
    elements.read(Pass::Roads, &mut ways)?;
    if ways.ways.is_empty() {
        let Ways { summary, .. } = ways;
        return Err(ImportError::NoRoad {
            profile: profile.name().to_owned(),
            ways: summary.ways_read,
            highways: summary.highways_read,
        });
    }
    progress.begin(ImportStep::Nodes, bytes);
    let ids = Ids::new(&ways.refs);
    let nowhere = LonLat { lon: f64::NAN, lat: f64::NAN };
    let mut nodes = Nodes { profile, positions: vec![nowhere; ids.sorted.len()], ids, marks: BTreeMap::new() };
    elements.read(Pass::Nodes, &mut nodes)?;
    progress.begin(ImportStep::Network, 0);
    assemble(ways, nodes)
}

/// The ways that are roads.
struct Ways<'a> {
    profile: &'a Profile,
    limit: usize,
    ways: Vec<Way>,
    /// By way, where its nodes end in `refs`, and which way along them it may be driven.
    ends: Vec<(usize, Along)>,
    /// The ids of the nodes of all ways.
    refs: Vec<i64>,
    /// By way, its id.
    way_ids: Vec<i64>,
    /// The turn restrictions that bind the vehicle, and how many relations they are from.
    restrictions: Vec<(u32, restrictions::Restriction)>,
    summary: RoadSummary,
}

impl<'a> Ways<'a> {
    fn new(profile: &'a Profile) -> Self {
        let summary = RoadSummary { profile: profile.name().to_owned(), ..RoadSummary::default() };
        let (ways, ends, refs, way_ids, restrictions) = Default::default();
        Self { profile, limit: MAX_PIECES, ways, ends, refs, way_ids, restrictions, summary }
    }
}

impl Visitor for Ways<'_> {
    fn way(&mut self, id: i64, nodes: &[i64], tags: Tags<'_>) -> Result<(), ImportError> {
        self.summary.ways_read += 1;
        if tags.get("highway").is_none() {
            return Ok(());
        }
        self.summary.highways_read += 1;
        let judged = self.profile.judge(tags);
        let Drivable { along, speed_mps, blockage_probability, rule, road, .. } = match &judged {
            Ok(drivable) => drivable,
            Err(refusal) => {
                count_refusal(&mut self.summary, *refusal);
                return Ok(());
            }
        };
        if nodes.len() < 2 {
            self.summary.ways_dropped.too_few_nodes += 1;
            return Ok(());
        }
        if self.refs.len() + nodes.len() > self.limit {
            return Err(ImportError::TooLarge { what: "nodes along roads", limit: self.limit });
        }
        if let Ok(drivable) = &judged {
            count_road(&mut self.summary, drivable);
        }
        self.refs.extend_from_slice(nodes);
        self.ends.push((self.refs.len(), *along));
        self.way_ids.push(id);
        self.ways.push(Way {
            ids: vec![id.to_string()],
            speed_limit_mps: Some(*speed_mps),
            name: name(tags),
            blockage_probability: *blockage_probability,
            rule: *rule,
            road: *road,
        });
        Ok(())
    }

    fn relation(&mut self, tags: Tags<'_>, members: &[Member<'_>]) -> Result<(), ImportError> {
        let found = restrictions::read(&mut self.summary.turn_restrictions, self.profile, tags, members);
        let relation = self.summary.turn_restrictions.read as u32;
        let limit = self.limit.min(MAX_RESTRICTIONS);
        if self.restrictions.len() + found.len() > limit {
            return Err(ImportError::TooLarge { what: "turn restrictions", limit });
        }
        self.restrictions.extend(found.into_iter().map(|restriction| (relation, restriction)));
        Ok(())
    }

    fn wants_node(&mut self, _: i64) -> bool {
        false
    }

    fn node(&mut self, _: i64, _: LonLat, _: Tags<'_>) -> Result<(), ImportError> {
        Ok(())
    }
}

/// A road's name, or its number. Names that cannot be stored are left out: a map is not refused for one bad name.
pub(in crate::import) fn name(tags: Tags<'_>) -> Option<String> {
    let name = ["name", "ref"].iter().filter_map(|key| tags.get(key)).map(str::trim).find(|name| !name.is_empty())?;
    check_text("the name", name).is_ok().then(|| name.to_owned())
}

/// Counts a way that is no road for the profile.
pub(in crate::import) fn count_refusal(summary: &mut RoadSummary, refusal: Refusal) {
    let dropped = &mut summary.ways_dropped;
    match refusal {
        Refusal::Class => dropped.other_class += 1,
        Refusal::Closed => dropped.closed += 1,
        Refusal::Excluded => dropped.excluded += 1,
        Refusal::TooSmall => dropped.too_small += 1,
    }
}

/// Counts a way that is one.
pub(in crate::import) fn count_road(summary: &mut RoadSummary, road: &Drivable) {
    summary.ways_kept += 1;
    summary.oneway_ways += usize::from(road.along != Along::Both);
    let speeds = &mut summary.speeds;
    match road.speed_source {
        SpeedSource::Tagged => speeds.tagged += 1,
        SpeedSource::Zone => speeds.by_zone += 1,
        SpeedSource::Class => speeds.by_class += 1,
    }
    speeds.unreadable += usize::from(road.unreadable_limit);
}

/// The ids of nodes in ascending order, each once, and a directory to find one in a few steps. Ids made up to crowd in one
/// place of the directory cost a binary search there, never more.
struct Ids {
    sorted: Vec<i64>,
    /// Where the ids of each range of `1 << shift` begin.
    starts: Vec<u32>,
    shift: u32,
}

impl Ids {
    fn new(refs: &[i64]) -> Self {
        let mut sorted = refs.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        sorted.shrink_to_fit();
        let (low, high) = (sorted.first().copied().unwrap_or(0), sorted.last().copied().unwrap_or(0));
        let range = high.abs_diff(low);
        let places = (sorted.len() / IDS_A_PLACE).max(1) as u64;
        let shift = (0..63).find(|shift| range >> shift < places).unwrap_or(63);
        let mut starts = vec![0; (range >> shift) as usize + 2];
        for id in &sorted {
            starts[(id.abs_diff(low) >> shift) as usize + 1] += 1;
        }
        for i in 1..starts.len() {
            starts[i] += starts[i - 1];
        }
        Self { sorted, starts, shift }
    }

    fn find(&self, id: i64) -> Option<usize> {
        let low = *self.sorted.first()?;
        if id < low {
            return None;
        }
        let place = usize::try_from(id.abs_diff(low) >> self.shift).ok()?;
        let (from, to) = (*self.starts.get(place)? as usize, *self.starts.get(place + 1)? as usize);
        self.sorted[from..to].binary_search(&id).ok().map(|i| from + i)
    }
}

/// The nodes of the roads.
struct Nodes<'a> {
    profile: &'a Profile,
    ids: Ids,
    /// By position in `ids`; not a number until the node is read.
    positions: Vec<LonLat>,
    /// What the profile says of nodes.
    marks: BTreeMap<u32, (bool, f64, u16)>,
}

impl Visitor for Nodes<'_> {
    fn way(&mut self, _: i64, _: &[i64], _: Tags<'_>) -> Result<(), ImportError> {
        Ok(())
    }

    fn relation(&mut self, _: Tags<'_>, _: &[Member<'_>]) -> Result<(), ImportError> {
        Ok(())
    }

    fn wants_node(&mut self, id: i64) -> bool {
        self.ids.find(id).is_some()
    }

    fn node(&mut self, id: i64, lon_lat: LonLat, tags: Tags<'_>) -> Result<(), ImportError> {
        if let Some(i) = self.ids.find(id) {
            self.positions[i] = lon_lat;
            if !tags.0.is_empty()
                && let Some(mark) = self.profile.judge_node(tags)
            {
                self.marks.insert(i as u32, mark);
            }
        }
        Ok(())
    }
}

/// Puts ways and nodes together.
fn assemble(ways: Ways<'_>, nodes: Nodes<'_>) -> Result<(Source, RoadSummary), ImportError> {
    let Ways { ways, ends, refs, way_ids, restrictions, mut summary, .. } = ways;
    let Nodes { ids, positions, marks, .. } = nodes;
    let restrictions = resolve(&restrictions, &way_ids, &ids);
    let mut pieces = Vec::with_capacity(refs.len());
    let mut from = 0;
    for (way, (to, along)) in ends.iter().enumerate() {
        let mut before = None;
        for id in &refs[from..*to] {
            let node = ids.find(*id).filter(|i| !positions[*i].lon.is_nan());
            summary.missing_nodes += usize::from(node.is_none());
            if let (Some(a), Some(b)) = (before, node) {
                let (a, b) = if *along == Along::Backward { (b, a) } else { (a, b) };
                let (from, to) = (a as u32, b as u32);
                pieces.push(Piece { from, to, way: way as u32, oneway: *along != Along::Both });
            }
            before = node;
        }
        from = *to;
    }
    drop((refs, ends));
    let Ids { sorted, .. } = ids;
    let marks = marks.into_iter().map(|(node, (ford, blockage_probability, rule))| Mark {
        node,
        ford,
        blockage_probability,
        rule,
    });
    let found = sorted.into_iter().zip(positions).map(|(id, position)| (EcoString::from(id.to_string()), position));
    let source = source(found, ways, pieces, marks.collect(), restrictions, &mut summary)?;
    Ok((source, summary))
}

/// The restrictions between ways that are roads, at nodes of roads.
fn resolve(restrictions: &[(u32, restrictions::Restriction)], way_ids: &[i64], ids: &Ids) -> Vec<Restriction> {
    if restrictions.is_empty() {
        return Vec::new();
    }
    let mut ways: Vec<(i64, u32)> = way_ids.iter().copied().zip(0..).collect();
    ways.sort_unstable();
    let way = |id: i64| {
        let found = ways.partition_point(|(known, _)| *known < id);
        ways.get(found).filter(|(known, _)| *known == id).map(|(_, way)| *way)
    };
    let resolved = restrictions.iter().filter_map(|(relation, restriction)| {
        Some(Restriction {
            relation: *relation,
            from_way: way(restriction.from_way)?,
            via: ids.find(restriction.via)? as u32,
            to_way: way(restriction.to_way)?,
            is_only: restriction.is_only,
            is_turning_back: restriction.is_turning_back,
        })
    });
    resolved.collect()
}

/// A source of nodes in the order of their positions, those without a position among them, and of pieces between them. Nodes
/// that a piece joins although they lie at the same point become one.
pub(in crate::import) fn source(
    found: impl Iterator<Item = (EcoString, LonLat)>,
    ways: Vec<Way>,
    mut pieces: Vec<Piece>,
    mut marks: Vec<Mark>,
    mut restrictions: Vec<Restriction>,
    summary: &mut RoadSummary,
) -> Result<Source, ImportError> {
    const ABSENT: u32 = u32::MAX;
    let mut new_position = Vec::new();
    let mut nodes = Vec::new();
    let nowhere = crate::domain::geometry::Point { x_m: 0.0, y_m: 0.0 };
    for (id, lon_lat) in found {
        new_position.push(if lon_lat.lon.is_nan() { ABSENT } else { nodes.len() as u32 });
        if !lon_lat.lon.is_nan() {
            nodes.push(Node { id, lon_lat, point: nowhere });
        }
    }
    let origin = middle(nodes.iter().map(|node| node.lon_lat))?;
    let plane = LocalPlane::new(origin);
    for node in &mut nodes {
        node.point = plane.project(node.lon_lat);
    }
    for piece in &mut pieces {
        piece.from = new_position[piece.from as usize];
        piece.to = new_position[piece.to as usize];
    }
    marks.retain_mut(|mark| {
        mark.node = new_position[mark.node as usize];
        mark.node != ABSENT
    });
    restrictions.retain_mut(|restriction| {
        restriction.via = new_position[restriction.via as usize];
        restriction.via != ABSENT
    });
    join_same_points(&nodes, &mut pieces, &mut marks, &mut restrictions, summary);
    Ok(Source { origin, nodes, ways, pieces, marks, restrictions, points_ignored: 0 })
}

/// Makes one node of those that a piece without length joins: the one that comes first.
fn join_same_points(
    nodes: &[Node],
    pieces: &mut [Piece],
    marks: &mut Vec<Mark>,
    restrictions: &mut [Restriction],
    summary: &mut RoadSummary,
) {
    let mut stands_for: BTreeMap<u32, u32> = BTreeMap::new();
    let find = |stands_for: &BTreeMap<u32, u32>, mut node: u32| {
        while let Some(first) = stands_for.get(&node) {
            node = *first;
        }
        node
    };
    for piece in pieces.iter().filter(|piece| piece.from != piece.to) {
        let ends = [piece.from, piece.to];
        let [a, b] = ends.map(|n| nodes[n as usize].point);
        if a.distance_m(b) == 0.0 {
            let [a, b] = ends.map(|n| find(&stands_for, n));
            if a != b {
                stands_for.insert(a.max(b), a.min(b));
            }
        }
    }
    if stands_for.is_empty() {
        return;
    }
    summary.nodes_joined = stands_for.len();
    // Ascending, and a node only ever stands for a later one: each looks at one that is final already.
    let later: Vec<u32> = stands_for.keys().copied().collect();
    for node in later {
        let first = find(&stands_for, node);
        stands_for.insert(node, first);
    }
    let of = |node: u32| stands_for.get(&node).copied().unwrap_or(node);
    for piece in pieces.iter_mut() {
        (piece.from, piece.to) = (of(piece.from), of(piece.to));
    }
    for mark in marks.iter_mut() {
        mark.node = of(mark.node);
    }
    for restriction in restrictions {
        restriction.via = of(restriction.via);
    }
    marks.sort_by(|a, b| a.node.cmp(&b.node).then(b.blockage_probability.total_cmp(&a.blockage_probability)));
    marks.dedup_by(|later, first| {
        first.ford |= later.ford && later.node == first.node;
        later.node == first.node
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_wherever_they_lie() {
        for ids in
            [vec![], vec![7], vec![i64::MIN, -3, 0, 1, 2, 3, 1 << 40, i64::MAX], (0..1000).map(|i| i * i).collect()]
        {
            let found = Ids::new(&ids);
            for (i, id) in ids.iter().enumerate() {
                assert_eq!(found.find(*id), Some(i), "{id}");
            }
            for other in [-1, 5, 6, 1 << 41, i64::MAX - 1, i64::MIN + 1, -1000] {
                assert_eq!(found.find(other), ids.binary_search(&other).ok(), "{other}");
            }
        }
    }
}
