//! One block of a PBF file: a table of strings, and groups of nodes, ways and relations that refer to it.

use super::wire::{Fields, Packed, Value, WireFault};
use crate::domain::geometry::LonLat;
use crate::import::error::Fault;
use crate::import::osm::elements::{Kind, MAX_MEMBERS, MAX_TAGS, MAX_WAY_NODES, Member, Pass, Visitor};
use crate::import::profile::Tags;
use crate::import::{ImportError, error};

const UNEVEN: &str = "the lists of a group of nodes are not equally long";

/// What stops the reading of a block.
pub(super) enum Stop {
    /// The block is wrong.
    Fault(Fault),
    /// Whoever is told of the elements does not want any more.
    Visitor(ImportError),
}

impl From<WireFault> for Stop {
    fn from(fault: WireFault) -> Self {
        Stop::Fault(Fault::Malformed { what: fault.0.to_owned() })
    }
}

impl From<ImportError> for Stop {
    fn from(error: ImportError) -> Self {
        Stop::Visitor(error)
    }
}

fn malformed(what: &str) -> Stop {
    Stop::Fault(Fault::Malformed { what: what.to_owned() })
}

/// A block, not yet decoded but for its table of strings.
pub(super) struct Block<'a> {
    message: &'a [u8],
    /// The table, and where in it each string's field begins: four bytes a string, which takes at least two in the file, so
    /// that a block of nothing but empty strings cannot blow up.
    table: &'a [u8],
    strings: Vec<u32>,
    granularity: i64,
    lat_offset: i64,
    lon_offset: i64,
    /// The string `highway`, if the block has it.
    highway: Option<u64>,
}

/// What a block holds, so that a pass that is not for it can skip it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Holds {
    pub(super) nodes: bool,
}

/// Buffers, used again for each element.
#[derive(Default)]
pub(super) struct Scratch {
    refs: Vec<i64>,
}

impl<'a> Block<'a> {
    pub(super) fn new(message: &'a [u8]) -> Result<Self, Stop> {
        let (mut table, mut granularity, mut lat_offset, mut lon_offset) = (&[][..], 100, 0, 0);
        for field in Fields(message) {
            match field? {
                (1, value) => table = value.bytes()?,
                (17, value) => granularity = value.int()?,
                (19, value) => lat_offset = value.int()?,
                (20, value) => lon_offset = value.int()?,
                _ => {}
            }
        }
        // Degrees times 10⁹ fit 38 bits, so everything that is meant seriously is far from an overflow.
        const LARGE: i64 = 1 << 40;
        if !(1..LARGE).contains(&granularity) || lat_offset.abs() > LARGE || lon_offset.abs() > LARGE {
            return Err(malformed("the granularity or an offset of the coordinates is out of range"));
        }
        let mut strings = Vec::new();
        let mut highway = None;
        let mut fields = Fields(table);
        loop {
            let at = table.len() - fields.0.len();
            let Some(field) = fields.next() else { break };
            let (number, value) = field?;
            if number == 1 {
                if value.bytes()? == b"highway" {
                    highway = Some(strings.len() as u64);
                }
                strings.push(at as u32);
            }
        }
        Ok(Self { message, table, strings, granularity, lat_offset, lon_offset, highway })
    }

    fn string(&self, index: u64) -> Result<&'a str, Stop> {
        let at = usize::try_from(index).ok().and_then(|i| self.strings.get(i));
        let at = *at.ok_or_else(|| malformed("a string is not in the block's table"))?;
        let (_, value) = Fields(&self.table[at as usize..]).next().unwrap_or(Ok((0, Value::Fixed)))?;
        std::str::from_utf8(value.bytes()?).map_err(|_| Stop::Fault(Fault::NotUtf8))
    }

    /// Tells of the elements that the pass is for.
    pub(super) fn read(&self, pass: Pass, scratch: &mut Scratch, visitor: &mut dyn Visitor) -> Result<Holds, Stop> {
        let mut holds = Holds::default();
        for field in Fields(self.message) {
            let (2, group) = field? else { continue };
            for field in Fields(group.bytes()?) {
                match (field?, pass) {
                    ((1, node), Pass::Nodes) => self.node(node.bytes()?, visitor)?,
                    ((2, nodes), Pass::Nodes) => self.dense_nodes(nodes.bytes()?, visitor)?,
                    ((1 | 2, _), Pass::Roads) => holds.nodes = true,
                    ((3, way), Pass::Roads) => self.way(way.bytes()?, scratch, visitor)?,
                    ((4, relation), Pass::Roads) => self.relation(relation.bytes()?, visitor)?,
                    _ => {}
                }
            }
        }
        Ok(holds)
    }

    fn lon_lat(&self, lon: i64, lat: i64) -> Result<LonLat, Stop> {
        let degrees = |raw: i64, offset: i64| {
            let nano = raw.checked_mul(self.granularity).and_then(|nano| nano.checked_add(offset))?;
            // One division, so that the result is the same number as the decimal text of XML is read as.
            Some(nano as f64 / 1e9)
        };
        let position = degrees(lon, self.lon_offset).zip(degrees(lat, self.lat_offset));
        let (lon, lat) = position.ok_or_else(|| malformed("a coordinate is out of range"))?;
        Ok(LonLat { lon, lat })
    }

    /// A node's position, which only matters if the node is wanted.
    fn checked(&self, lon: i64, lat: i64) -> Result<LonLat, Stop> {
        let lon_lat = self.lon_lat(lon, lat)?;
        error::check_lon_lat(lon_lat).map_err(Stop::Fault)?;
        Ok(lon_lat)
    }

    fn node(&self, message: &'a [u8], visitor: &mut dyn Visitor) -> Result<(), Stop> {
        let (mut id, mut lat, mut lon, mut keys, mut values) = (0, 0, 0, Packed::default(), Packed::default());
        for field in Fields(message) {
            match field? {
                (1, value) => id = value.signed()?,
                (2, value) => keys = Packed(value.bytes()?),
                (3, value) => values = Packed(value.bytes()?),
                (8, value) => lat = value.signed()?,
                (9, value) => lon = value.signed()?,
                _ => {}
            }
        }
        if !visitor.wants_node(id) {
            return Ok(());
        }
        let tags = self.tags(keys, values)?;
        Ok(visitor.node(id, self.checked(lon, lat)?, Tags(&tags))?)
    }

    fn dense_nodes(&self, message: &'a [u8], visitor: &mut dyn Visitor) -> Result<(), Stop> {
        let (mut ids, mut lats, mut lons, mut tags) =
            (Packed::default(), Packed::default(), Packed::default(), Packed::default());
        for field in Fields(message) {
            match field? {
                (1, value) => ids = Packed(value.bytes()?),
                (8, value) => lats = Packed(value.bytes()?),
                (9, value) => lons = Packed(value.bytes()?),
                (10, value) => tags = Packed(value.bytes()?),
                _ => {}
            }
        }
        // A group in which no node has a tag has no list of tags at all.
        let any_tags = !tags.0.is_empty();
        let (mut id, mut lat, mut lon) = (0, 0, 0);
        while ids.next_delta(&mut id)? {
            if !(lats.next_delta(&mut lat)? && lons.next_delta(&mut lon)?) {
                return Err(malformed(UNEVEN));
            }
            let wanted = visitor.wants_node(id);
            let mut read: Vec<(&str, &str)> = Vec::new();
            if any_tags {
                self.read_tags(&mut tags, wanted, &mut read)?;
            }
            if wanted {
                visitor.node(id, self.checked(lon, lat)?, Tags(&read))?;
            }
        }
        Ok(())
    }

    /// The tags of the next node of a group, kept if it is wanted.
    fn read_tags(&self, tags: &mut Packed<'a>, wanted: bool, read: &mut Vec<(&'a str, &'a str)>) -> Result<(), Stop> {
        loop {
            match tags.next()? {
                None => return Err(malformed(UNEVEN)),
                Some(0) => return Ok(()),
                Some(key) => {
                    let value = tags.next()?.ok_or_else(|| malformed(UNEVEN))?;
                    if wanted {
                        push_tag(read, self.string(key)?, self.string(value)?)?;
                    }
                }
            }
        }
    }

    fn way(&self, message: &'a [u8], scratch: &mut Scratch, visitor: &mut dyn Visitor) -> Result<(), Stop> {
        let (mut id, mut keys, mut values, mut refs) = (0, Packed::default(), Packed::default(), Packed::default());
        for field in Fields(message) {
            match field? {
                (1, value) => id = value.int()?,
                (2, value) => keys = Packed(value.bytes()?),
                (3, value) => values = Packed(value.bytes()?),
                (8, value) => refs = Packed(value.bytes()?),
                _ => {}
            }
        }
        scratch.refs.clear();
        // Most ways are buildings: without the key there is no need to look at the nodes.
        let mut probe = keys;
        let mut is_road = false;
        while let Some(key) = probe.next()? {
            is_road |= Some(key) == self.highway;
        }
        if !is_road {
            return Ok(visitor.way(id, &[], Tags(&[]))?);
        }
        let mut node = 0;
        while refs.next_delta(&mut node)? {
            if scratch.refs.len() == MAX_WAY_NODES {
                return Err(Stop::Visitor(ImportError::TooLarge { what: "nodes in a way", limit: MAX_WAY_NODES }));
            }
            scratch.refs.push(node);
        }
        let tags = self.tags(keys, values)?;
        Ok(visitor.way(id, &scratch.refs, Tags(&tags))?)
    }

    fn relation(&self, message: &'a [u8], visitor: &mut dyn Visitor) -> Result<(), Stop> {
        let (mut keys, mut values, mut roles, mut ids, mut kinds) = Default::default();
        for field in Fields(message) {
            match field? {
                (2, value) => keys = Packed(value.bytes()?),
                (3, value) => values = Packed(value.bytes()?),
                (8, value) => roles = Packed(value.bytes()?),
                (9, value) => ids = Packed(value.bytes()?),
                (10, value) => kinds = Packed(value.bytes()?),
                _ => {}
            }
        }
        let tags = self.tags(keys, values)?;
        let tags = Tags(&tags);
        if !super::super::restrictions::is_restriction(tags) {
            return Ok(());
        }
        let (mut members, mut id) = (Vec::new(), 0);
        while let Some(kind) = kinds.next()? {
            if !ids.next_delta(&mut id)? {
                return Err(malformed("a relation has more members than ids"));
            }
            let role = roles.next()?.ok_or_else(|| malformed("a relation has more members than roles"))?;
            if members.len() == MAX_MEMBERS {
                return Err(malformed("a relation has too many members"));
            }
            let kind = match kind {
                0 => Kind::Node,
                1 => Kind::Way,
                _ => Kind::Relation,
            };
            members.push(Member { kind, id, role: self.string(role)? });
        }
        Ok(visitor.relation(tags, &members)?)
    }

    fn tags(&self, mut keys: Packed<'_>, mut values: Packed<'_>) -> Result<Vec<(&'a str, &'a str)>, Stop> {
        let mut tags = Vec::new();
        while let Some(key) = keys.next()? {
            let value = values.next()?.ok_or_else(|| malformed("an element has more keys than values"))?;
            push_tag(&mut tags, self.string(key)?, self.string(value)?)?;
        }
        Ok(tags)
    }
}

fn push_tag<'a>(tags: &mut Vec<(&'a str, &'a str)>, key: &'a str, value: &'a str) -> Result<(), Stop> {
    if tags.len() == MAX_TAGS {
        return Err(malformed("an element has too many tags"));
    }
    tags.push((key, value));
    Ok(())
}
