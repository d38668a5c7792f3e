//! GraphML as OSMnx writes it (`osmnx.save_graphml`, of simplified graphs and of others, not projected).
//!
//! A node has its position in `x` (longitude) and `y` (latitude). An edge leads from its source to its target and not back; the
//! way back is an edge of its own, and the two become one two-way segment. In a graph declared undirected every edge is both.
//! An edge's line is its `geometry` (WKT), whose inner vertices belong to that pair of nodes alone, or straight. The other
//! values of an edge are taken for OpenStreetMap's tags and judged by the profile, but for `oneway`, which the graph's
//! directions have settled; an edge without `highway` is kept. Where OSMnx merged ways and lists their values
//! (`['residential', 'service']`), the first class that the profile knows counts, the lowest speed, every id, and the first of
//! anything else.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::io::{BufRead, Seek, SeekFrom};

use super::error::{Fault, check_lon_lat, check_text, excerpt};
use super::markup::{Markup, Part};
use super::osm::MapOptions;
use super::osm::roads::{count_refusal, count_road, name, source};
use super::prepare::{Imported, Piece, Way, prepare};
use super::profile::{Along, Profile, Refusal, Tags};
use super::summary::RoadSummary;
use super::{ImportError, ImportProgress, ImportStep, MAX_PIECES};
use crate::domain::geometry::LonLat;
use crate::domain::network::{DEFAULT_BLOCKAGE_PROBABILITY, Road};

/// The most keys that a file may declare, and the most values that a node or an edge may have.
const MAX_KEYS: usize = 1_000;
/// The most items of a list that are looked at.
const MAX_ITEMS: usize = 1_000;

/// Imports a GraphML file.
///
/// # Errors
/// The first fault found, with its line; when no edge is a road for the profile; when it was called off.
pub fn from_graphml(
    mut input: impl BufRead + Seek,
    options: &MapOptions,
    progress: &ImportProgress,
) -> Result<Imported, ImportError> {
    let bytes = input.seek(SeekFrom::End(0)).map_err(ImportError::unreadable)?;
    input.rewind().map_err(ImportError::unreadable)?;
    progress.begin(ImportStep::Roads, bytes);
    let mut graph = Graph::new(&options.profile, MAX_PIECES);
    graph.read(&mut Markup::new(input, progress))?;
    progress.begin(ImportStep::Network, 0);
    let Graph { nodes, ways, mut pieces, mut summary, .. } = graph;
    if ways.is_empty() {
        let (ways, highways) = (summary.ways_read, summary.highways_read);
        return Err(ImportError::NoRoad { profile: options.profile.name().to_owned(), ways, highways });
    }
    let read = pieces.len();
    pieces.retain(|piece| [piece.from, piece.to].iter().all(|node| !nodes[*node as usize].1.lon.is_nan()));
    summary.missing_nodes = read - pieces.len();
    let source =
        source(nodes.into_iter().map(|(id, at)| (id.into(), at)), ways, pieces, Vec::new(), Vec::new(), &mut summary)?;
    let mut imported = prepare(source, options.components, options.merging)?;
    progress.check()?;
    super::osm::complete(&mut imported.summary, summary, &options.profile);
    Ok(imported)
}

/// What has been read so far.
struct Graph<'a> {
    profile: &'a Profile,
    limit: usize,
    /// The attribute that each key stands for.
    keys: HashMap<String, String>,
    directed: bool,
    nodes: Vec<(String, LonLat)>,
    /// Nodes by id. Only looked up, never iterated over; a keyed hash, because ids come from outside.
    by_id: HashMap<String, u32>,
    /// Inner vertices by the pair of nodes they lie between and the bits of their position. As above.
    inner: HashMap<(u32, u32, u64, u64), u32>,
    ways: Vec<Way>,
    pieces: Vec<Piece>,
    summary: RoadSummary,
}

const NOWHERE: LonLat = LonLat { lon: f64::NAN, lat: f64::NAN };

impl<'a> Graph<'a> {
    fn new(profile: &'a Profile, limit: usize) -> Self {
        let summary = RoadSummary { profile: profile.name().to_owned(), ..RoadSummary::default() };
        Self {
            profile,
            limit,
            keys: HashMap::new(),
            directed: true,
            nodes: Vec::new(),
            by_id: HashMap::new(),
            inner: HashMap::new(),
            ways: Vec::new(),
            pieces: Vec::new(),
            summary,
        }
    }

    fn read<R: BufRead>(&mut self, markup: &mut Markup<'_, R>) -> Result<(), ImportError> {
        let mut path: Vec<String> = Vec::new();
        // The values of the node or edge at hand, the key of the value at hand, and the ends of the edge or the node itself.
        let mut values: Vec<(String, String)> = Vec::new();
        let mut key = None;
        let mut ends = (0, 0);
        loop {
            match markup.next()? {
                Part::Start => {
                    let malformed = |what: &str| markup.fault(Fault::Malformed { what: what.to_owned() });
                    let missing = |what: &'static str| markup.fault(Fault::Missing { what });
                    let tag = &markup.tag;
                    match (path.len(), tag.name.as_str()) {
                        (0, "graphml") => {}
                        (0, name) => {
                            let what = format!("the outermost element is {}; expected graphml", excerpt(name));
                            return Err(malformed(&what));
                        }
                        (1, "key") => {
                            let id = tag.attribute("id").ok_or_else(|| missing("the id of a key"))?;
                            let name = tag.attribute("attr.name").unwrap_or(id);
                            if self.keys.len() == MAX_KEYS {
                                return Err(malformed("there are too many keys"));
                            }
                            self.keys.insert(id.to_owned(), name.to_owned());
                        }
                        (1, "graph") => self.directed = tag.attribute("edgedefault") != Some("undirected"),
                        (2, "node") => {
                            let id = tag.attribute("id").ok_or_else(|| missing("the id of a node"))?.to_owned();
                            ends.0 = self.node(&id, markup)?;
                        }
                        (2, "edge") => {
                            let id = |which: &'static str| tag.attribute(which).ok_or_else(|| missing(which));
                            let (from, to) = (id("source")?.to_owned(), id("target")?.to_owned());
                            ends = (self.node(&from, markup)?, self.node(&to, markup)?);
                        }
                        (2 | 3, "data") => {
                            let id = tag.attribute("key").ok_or_else(|| missing("the key of a value"))?;
                            key = Some(self.keys.get(id).map_or(id, String::as_str).to_owned());
                        }
                        _ => {}
                    }
                    path.push(markup.tag.name.clone());
                }
                Part::Text => {}
                Part::End => {
                    let name = path.pop().unwrap_or_default();
                    match (path.len(), name.as_str()) {
                        (2, "data") if key.take().as_deref() == Some("crs") => check_crs(markup)?,
                        (3, "data") => {
                            if values.len() == MAX_KEYS {
                                let what = "a node or an edge has too many values".to_owned();
                                return Err(markup.fault(Fault::Malformed { what }));
                            }
                            values.extend(key.take().map(|key| (key, std::mem::take(&mut markup.text))));
                        }
                        (2, "node") => self.place(ends.0, &std::mem::take(&mut values), markup)?,
                        (2, "edge") => self.edge(ends, &std::mem::take(&mut values), markup)?,
                        _ => {}
                    }
                }
                Part::Over => return Ok(()),
            }
        }
    }

    /// The node of that id, which need not have been described yet.
    fn node<R: BufRead>(&mut self, id: &str, markup: &Markup<'_, R>) -> Result<u32, ImportError> {
        if let Some(node) = self.by_id.get(id) {
            return Ok(*node);
        }
        check_text("the id", id).map_err(|fault| markup.fault(fault))?;
        let node = self.push(id.to_owned(), NOWHERE)?;
        self.by_id.insert(id.to_owned(), node);
        Ok(node)
    }

    fn push(&mut self, id: String, lon_lat: LonLat) -> Result<u32, ImportError> {
        if self.nodes.len() == self.limit {
            return Err(ImportError::TooLarge { what: "nodes", limit: self.limit });
        }
        self.nodes.push((id, lon_lat));
        Ok(self.nodes.len() as u32 - 1)
    }

    fn place<R: BufRead>(
        &mut self,
        node: u32,
        values: &[(String, String)],
        markup: &Markup<'_, R>,
    ) -> Result<(), ImportError> {
        let number = |name: &'static str| -> Result<f64, Fault> {
            let text = values.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim());
            let text = text.ok_or(Fault::Missing { what: name })?;
            let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
            // Adding zero turns -0 into 0.
            number.map(|number| number + 0.0).ok_or_else(|| Fault::NotANumber { field: name, found: excerpt(text) })
        };
        let read = number("x").and_then(|lon| Ok(LonLat { lon, lat: number("y")? }));
        let lon_lat = read.and_then(|lon_lat| check_lon_lat(lon_lat).map(|()| lon_lat));
        self.nodes[node as usize].1 = lon_lat.map_err(|fault| markup.fault(fault))?;
        Ok(())
    }

    fn edge<R: BufRead>(
        &mut self,
        (from, to): (u32, u32),
        values: &[(String, String)],
        markup: &Markup<'_, R>,
    ) -> Result<(), ImportError> {
        let Some(way) = self.way(values) else { return Ok(()) };
        let mut line = vec![from];
        if let Some((_, wkt)) = values.iter().find(|(key, _)| key == "geometry") {
            let vertices = line_string(wkt).map_err(|fault| markup.fault(fault))?;
            let between = (from.min(to), from.max(to));
            for vertex in vertices.get(1..vertices.len().saturating_sub(1)).unwrap_or_default() {
                let place = (between.0, between.1, vertex.lon.to_bits(), vertex.lat.to_bits());
                let node = match self.inner.get(&place) {
                    Some(node) => *node,
                    None => {
                        let id = format!("/{}", self.inner.len());
                        let node = self.push(id, *vertex)?;
                        self.inner.insert(place, node);
                        node
                    }
                };
                line.push(node);
            }
        }
        line.push(to);
        if self.pieces.len() + line.len() > self.limit + 1 || self.ways.len() == self.limit {
            return Err(ImportError::TooLarge { what: "pieces", limit: self.limit });
        }
        let (oneway, number) = (self.directed, self.ways.len() as u32);
        self.pieces.extend(line.windows(2).map(|ends| Piece { from: ends[0], to: ends[1], way: number, oneway }));
        self.ways.push(way);
        Ok(())
    }

    /// What the values of an edge say, if it is a road.
    fn way(&mut self, values: &[(String, String)]) -> Option<Way> {
        self.summary.ways_read += 1;
        let lists: Vec<(&str, Vec<&str>)> = values.iter().map(|(key, value)| (key.as_str(), items(value))).collect();
        let classes = lists.iter().find(|(key, _)| *key == "highway").map_or(&[][..], |(_, items)| items);
        let speeds: Vec<(&str, String)> = lists
            .iter()
            .filter(|(key, _)| key.starts_with("maxspeed"))
            .map(|(key, all)| (*key, all.join(";")))
            .collect();
        let mut tags: Vec<(&str, &str)> = speeds.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let settled = |key: &str| key == "highway" || key.starts_with("maxspeed") || key.starts_with("oneway");
        tags.extend(lists.iter().filter(|(key, _)| !settled(key)).filter_map(|(key, all)| Some((*key, *all.first()?))));
        let ids = lists.iter().find(|(key, _)| *key == "osmid").map_or(&[][..], |(_, items)| items);
        let ids = ids.iter().filter(|id| check_text("the id", id).is_ok()).map(|id| (*id).to_owned()).collect();
        if classes.is_empty() {
            return Some(Way {
                ids,
                speed_limit_mps: None,
                name: name(Tags(&tags)),
                blockage_probability: DEFAULT_BLOCKAGE_PROBABILITY,
                rule: 0,
                road: Road::default(),
            });
        }
        self.summary.highways_read += 1;
        let mut refusal = Refusal::Class;
        for class in classes {
            tags.push(("highway", class));
            let judged = self.profile.judge(Tags(&tags));
            tags.pop();
            match judged {
                Ok(mut road) => {
                    let oneway = values.iter().any(|(key, value)| key == "oneway" && value == "True");
                    road.along = if oneway { Along::Forward } else { Along::Both };
                    count_road(&mut self.summary, &road);
                    return Some(Way {
                        ids,
                        speed_limit_mps: Some(road.speed_mps),
                        name: name(Tags(&tags)),
                        blockage_probability: road.blockage_probability,
                        rule: road.rule,
                        road: road.road,
                    });
                }
                Err(reason) => refusal = reason,
            }
        }
        count_refusal(&mut self.summary, refusal);
        None
    }
}

/// Refuses a graph whose positions are not longitude and latitude.
fn check_crs<R: BufRead>(markup: &Markup<'_, R>) -> Result<(), ImportError> {
    let crs = markup.text.trim().to_ascii_lowercase();
    if crs == "epsg:4326" || crs.ends_with("crs84") {
        return Ok(());
    }
    let what = format!("the graph is projected ({}); save it before ox.project_graph, in epsg:4326", excerpt(&crs));
    Err(markup.fault(Fault::Malformed { what }))
}

/// The items of a list as Python writes it, `['a', "b", 3]`; anything else is one item, and an empty text is none.
fn items(text: &str) -> Vec<&str> {
    let text = text.trim();
    let Some(list) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) else {
        return if text.is_empty() || text == "None" || text == "nan" { Vec::new() } else { vec![text] };
    };
    let mut found = Vec::new();
    let mut rest = list.trim_start();
    while !rest.is_empty() && found.len() < MAX_ITEMS {
        let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let (item, after) = match quote {
            // Python only escapes a quote if a text has both kinds; such a text is cut there.
            Some(quote) => rest[1..].split_once(quote).unwrap_or((&rest[1..], "")),
            None => rest.split_at(rest.find(',').unwrap_or(rest.len())),
        };
        found.push(item.trim());
        rest = after.trim_start().trim_start_matches(',').trim_start();
    }
    found
}

/// The vertices of a WKT `LINESTRING`.
fn line_string(text: &str) -> Result<Vec<LonLat>, Fault> {
    let unexpected = || Fault::Unexpected { found: excerpt(text), expected: "LINESTRING (longitude latitude, ...)" };
    let text = text.trim();
    let (kind, rest) = text.split_once('(').ok_or_else(unexpected)?;
    let kind = kind.trim();
    if !(kind.eq_ignore_ascii_case("linestring") || kind.eq_ignore_ascii_case("linestring z")) {
        return Err(unexpected());
    }
    let list = rest.trim_end().strip_suffix(')').ok_or_else(unexpected)?;
    let mut vertices = Vec::new();
    for vertex in list.split(',') {
        let mut numbers = vertex.split_ascii_whitespace().map(|text| text.parse::<f64>().ok());
        let (Some(Some(lon)), Some(Some(lat))) = (numbers.next(), numbers.next()) else { return Err(unexpected()) };
        let lon_lat = LonLat { lon: lon + 0.0, lat: lat + 0.0 };
        check_lon_lat(lon_lat)?;
        vertices.push(lon_lat);
    }
    if vertices.len() < 2 {
        return Err(Fault::TooFewPositions { found: vertices.len() });
    }
    Ok(vertices)
}
