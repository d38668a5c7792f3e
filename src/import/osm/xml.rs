//! OpenStreetMap's XML: `<node>`, `<way>` with `<nd>`, `<relation>` with `<member>`, and `<tag>` in each.

use std::io::{BufRead, Seek};

use super::elements::{Elements, Kind, MAX_MEMBERS, MAX_TAGS, MAX_WAY_NODES, Member, Pass, Visitor};
use crate::domain::geometry::LonLat;
use crate::import::error::{Fault, check_lon_lat, excerpt};
use crate::import::markup::{Markup, Part};
use crate::import::profile::Tags;
use crate::import::{ImportError, ImportProgress};

/// An XML file.
pub(super) struct Xml<'a, R> {
    input: R,
    progress: &'a ImportProgress,
}

impl<'a, R: BufRead + Seek> Xml<'a, R> {
    pub(super) fn new(input: R, progress: &'a ImportProgress) -> Self {
        Self { input, progress }
    }
}

/// The element at hand.
#[derive(Default)]
struct Open {
    id: i64,
    lon_lat: Option<LonLat>,
    nodes: Vec<i64>,
    members: Vec<(Kind, i64, String)>,
    tags: Vec<(String, String)>,
}

impl<R: BufRead + Seek> Elements for Xml<'_, R> {
    fn read(&mut self, pass: Pass, visitor: &mut dyn Visitor) -> Result<(), ImportError> {
        self.input.rewind().map_err(ImportError::unreadable)?;
        let mut markup = Markup::new(&mut self.input, self.progress);
        let mut open = Open::default();
        let mut path: Vec<String> = Vec::new();
        loop {
            match markup.next()? {
                Part::Start => {
                    begin(&path, &markup, pass, &mut open, visitor)?;
                    path.push(markup.tag.name.clone());
                }
                Part::End => {
                    let name = path.pop().unwrap_or_default();
                    if path.len() == 1 {
                        end(&name, pass, &open, visitor)?;
                    }
                }
                Part::Text => {}
                Part::Over => return Ok(()),
            }
        }
    }
}

fn begin<R: BufRead>(
    path: &[String],
    markup: &Markup<'_, R>,
    pass: Pass,
    open: &mut Open,
    visitor: &mut dyn Visitor,
) -> Result<(), ImportError> {
    let name = markup.tag.name.as_str();
    let malformed = |what: String| markup.fault(Fault::Malformed { what });
    let parent = path.last().map(String::as_str);
    match (path.len(), parent, name) {
        (0, _, "osm") => {}
        (0, _, "osmChange") => return Err(malformed("this is a list of changes; expected a map".to_owned())),
        (0, ..) => return Err(malformed(format!("the outermost element is {}; expected osm", excerpt(name)))),
        (1, _, "node" | "way" | "relation") => {
            let skip = match pass {
                Pass::Roads => name == "node",
                Pass::Nodes => name != "node",
            };
            open.nodes.clear();
            open.members.clear();
            open.tags.clear();
            open.lon_lat = None;
            if skip {
                return Ok(());
            }
            open.id = markup.number("id")?;
            // A node that was deleted has no position; its ways are without it.
            if name == "node" && visitor.wants_node(open.id) && markup.tag.attribute("visible") != Some("false") {
                let lon_lat = LonLat { lon: markup.number("lon")?, lat: markup.number("lat")? };
                check_lon_lat(lon_lat).map_err(|fault| markup.fault(fault))?;
                open.lon_lat = Some(LonLat { lon: lon_lat.lon + 0.0, lat: lon_lat.lat + 0.0 });
            }
        }
        (2, Some("way"), "nd") if pass == Pass::Roads => {
            if open.nodes.len() == MAX_WAY_NODES {
                return Err(ImportError::TooLarge { what: "nodes in a way", limit: MAX_WAY_NODES });
            }
            open.nodes.push(markup.number("ref")?);
        }
        (2, Some("relation"), "member") if pass == Pass::Roads => {
            if open.members.len() == MAX_MEMBERS {
                return Err(malformed("a relation has too many members".to_owned()));
            }
            let kind = match markup.tag.attribute("type") {
                Some("node") => Kind::Node,
                Some("way") => Kind::Way,
                _ => Kind::Relation,
            };
            open.members.push((
                kind,
                markup.number("ref")?,
                markup.tag.attribute("role").unwrap_or_default().to_owned(),
            ));
        }
        (2, Some("way" | "relation"), "tag") if pass == Pass::Roads => push_tag(open, markup)?,
        (2, Some("node"), "tag") if open.lon_lat.is_some() => push_tag(open, markup)?,
        _ => {}
    }
    Ok(())
}

fn push_tag<R: BufRead>(open: &mut Open, markup: &Markup<'_, R>) -> Result<(), ImportError> {
    if open.tags.len() == MAX_TAGS {
        return Err(markup.fault(Fault::Malformed { what: "an element has too many tags".to_owned() }));
    }
    let value = |name: &'static str| {
        markup.tag.attribute(name).map(str::to_owned).ok_or_else(|| markup.fault(Fault::Missing { what: name }))
    };
    open.tags.push((value("k")?, value("v")?));
    Ok(())
}

fn end(name: &str, pass: Pass, open: &Open, visitor: &mut dyn Visitor) -> Result<(), ImportError> {
    let tags: Vec<(&str, &str)> = open.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    match (name, pass) {
        ("way", Pass::Roads) => visitor.way(open.id, &open.nodes, Tags(&tags)),
        ("relation", Pass::Roads) => {
            let members: Vec<Member<'_>> =
                open.members.iter().map(|(kind, id, role)| Member { kind: *kind, id: *id, role }).collect();
            visitor.relation(Tags(&tags), &members)
        }
        ("node", Pass::Nodes) => match open.lon_lat {
            Some(lon_lat) => visitor.node(open.id, lon_lat, Tags(&tags)),
            None => Ok(()),
        },
        _ => Ok(()),
    }
}
