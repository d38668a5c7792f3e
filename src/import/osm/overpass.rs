//! JSON as the Overpass API answers: `{"elements": [{"type": "way", "id": 1, "nodes": [..], "tags": {..}}, ..]}`. Read
//! element by element; only one is held at a time.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{BufReader, Read, Seek};

use serde::Deserialize;
use serde::de::{DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor as JsonVisitor};

use super::elements::{Elements, Kind, MAX_MEMBERS, MAX_TAGS, MAX_WAY_NODES, Member, Pass, Visitor};
use crate::domain::geometry::LonLat;
use crate::import::error::{Fault, Location, check_lon_lat};
use crate::import::profile::Tags;
use crate::import::{ImportError, ImportProgress};

/// After how many elements progress is told and asked.
const ELEMENTS_A_CHECK: u32 = 1024;

/// A JSON file.
pub(super) struct Overpass<'a, R> {
    input: R,
    progress: &'a ImportProgress,
}

impl<'a, R: Read + Seek> Overpass<'a, R> {
    pub(super) fn new(input: R, progress: &'a ImportProgress) -> Self {
        Self { input, progress }
    }
}

impl<R: Read + Seek> Elements for Overpass<'_, R> {
    fn read(&mut self, pass: Pass, visitor: &mut dyn Visitor) -> Result<(), ImportError> {
        self.input.rewind().map_err(ImportError::unreadable)?;
        let mut counted = Counted { input: &mut self.input, progress: self.progress, bytes: 0 };
        let mut json = serde_json::Deserializer::from_reader(BufReader::new(&mut counted));
        let mut stopped = None;
        let document = Document(Reading { pass, visitor, stopped: &mut stopped, progress: self.progress, elements: 0 });
        let read = document.deserialize(&mut json).and_then(|()| json.end());
        if let Some(error) = stopped {
            return Err(error);
        }
        read.map_err(|error| {
            if error.is_io() {
                return ImportError::Unreadable { message: error.to_string() };
            }
            let text = error.to_string();
            let words = text.rfind(" at line ").map_or(text.as_str(), |end| &text[..end]).to_owned();
            Fault::Json(words).at(Location::Character { line: error.line(), column: error.column() })
        })
    }
}

/// A reader that tells how far it is.
struct Counted<'a, R> {
    input: R,
    progress: &'a ImportProgress,
    bytes: u64,
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.bytes += count as u64;
        self.progress.reach(self.bytes);
        Ok(count)
    }
}

struct Reading<'a> {
    pass: Pass,
    visitor: &'a mut dyn Visitor,
    /// Why the visitor, or whoever called the import off, wants no more. Passed by here, because the JSON reader's errors
    /// are texts.
    stopped: &'a mut Option<ImportError>,
    progress: &'a ImportProgress,
    elements: u32,
}

/// The outermost object.
struct Document<'a>(Reading<'a>);

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> JsonVisitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a list of elements, as the Overpass API answers")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        let mut found = false;
        while let Some(key) = map.next_key::<String>()? {
            if key == "elements" {
                if std::mem::replace(&mut found, true) {
                    return Err(A::Error::duplicate_field("elements"));
                }
                map.next_value_seed(List(&mut self.0))?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        if found { Ok(()) } else { Err(A::Error::missing_field("elements")) }
    }
}

/// The list of elements.
struct List<'a, 'b>(&'a mut Reading<'b>);

impl<'de> DeserializeSeed<'de> for List<'_, '_> {
    type Value = ();

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> JsonVisitor<'de> for List<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of elements")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(element) = list.next_element::<Element>()? {
            self.0.elements += 1;
            let goes_on =
                if self.0.elements.is_multiple_of(ELEMENTS_A_CHECK) { self.0.progress.check() } else { Ok(()) };
            let told = match goes_on.map_err(Told::Stop).and_then(|()| tell(&element, self.0.pass, self.0.visitor)) {
                Ok(()) => continue,
                Err(Told::Stop(error)) => {
                    *self.0.stopped = Some(error);
                    "stopped".to_owned()
                }
                Err(Told::Fault(fault)) => format!("element {} ({}): {fault}", self.0.elements - 1, element.id),
            };
            return Err(A::Error::custom(told));
        }
        Ok(())
    }
}

/// Why an element was not told of.
enum Told {
    Stop(ImportError),
    Fault(Fault),
}

impl From<ImportError> for Told {
    fn from(error: ImportError) -> Self {
        Told::Stop(error)
    }
}

fn tell(element: &Element, pass: Pass, visitor: &mut dyn Visitor) -> Result<(), Told> {
    let tags: Vec<(&str, &str)> = element.tags.0.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let tags = Tags(&tags);
    let missing = |what: &'static str| Told::Fault(Fault::Missing { what });
    match (element.kind.as_str(), pass) {
        ("way", Pass::Roads) => {
            if element.nodes.0.is_empty() && tags.get("highway").is_some() {
                return Err(missing("the member nodes of a road (ask for `out body` or `out geom`)"));
            }
            visitor.way(element.id, &element.nodes.0, tags)?;
        }
        // With `out geom` the positions are in the ways.
        ("way", Pass::Nodes) if !element.geometry.0.is_empty() => {
            if element.geometry.0.len() != element.nodes.0.len() {
                return Err(Told::Fault(Fault::Malformed { what: "geometry and nodes differ in length".to_owned() }));
            }
            for (id, position) in element.nodes.0.iter().zip(&element.geometry.0) {
                if let Some(position) = position
                    && visitor.wants_node(*id)
                {
                    visitor.node(*id, checked(position)?, Tags(&[]))?;
                }
            }
        }
        ("relation", Pass::Roads) => {
            let members: Vec<Member<'_>> = element.members.0.iter().map(RawMember::view).collect();
            visitor.relation(tags, &members)?;
        }
        ("node", Pass::Nodes) if visitor.wants_node(element.id) => {
            let lon = element.lon.ok_or_else(|| missing("lon"))?;
            let lat = element.lat.ok_or_else(|| missing("lat"))?;
            visitor.node(element.id, checked(&RawPosition { lon, lat })?, tags)?;
        }
        _ => {}
    }
    Ok(())
}

fn checked(position: &RawPosition) -> Result<LonLat, Told> {
    let lon_lat = LonLat { lon: position.lon + 0.0, lat: position.lat + 0.0 };
    check_lon_lat(lon_lat).map_err(Told::Fault)?;
    Ok(lon_lat)
}

#[derive(Deserialize)]
struct Element {
    #[serde(rename = "type")]
    kind: String,
    id: i64,
    lat: Option<f64>,
    lon: Option<f64>,
    #[serde(default)]
    nodes: Few<i64, MAX_WAY_NODES>,
    #[serde(default)]
    geometry: Few<Option<RawPosition>, MAX_WAY_NODES>,
    #[serde(default)]
    members: Few<RawMember, MAX_MEMBERS>,
    #[serde(default)]
    tags: RawTags,
}

#[derive(Deserialize)]
struct RawPosition {
    lat: f64,
    lon: f64,
}

#[derive(Deserialize)]
struct RawMember {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default, rename = "ref")]
    id: i64,
    #[serde(default)]
    role: String,
}

impl RawMember {
    fn view(&self) -> Member<'_> {
        let kind = match self.kind.as_str() {
            "node" => Kind::Node,
            "way" => Kind::Way,
            _ => Kind::Relation,
        };
        Member { kind, id: self.id, role: &self.role }
    }
}

/// A list of at most `N` items.
struct Few<T, const N: usize>(Vec<T>);

impl<T, const N: usize> Default for Few<T, N> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>, const N: usize> Deserialize<'de> for Few<T, N> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items<T, const N: usize>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>, const N: usize> JsonVisitor<'de> for Items<T, N> {
            type Value = Few<T, N>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "a list of at most {N} items")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Few<T, N>, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    if items.len() == N {
                        return Err(A::Error::custom(format!("a list has more than {N} items")));
                    }
                    items.push(item);
                }
                Ok(Few(items))
            }
        }
        deserializer.deserialize_seq(Items(std::marker::PhantomData))
    }
}

/// Tags. Values that are no text, which only other programs write, are passed over.
#[derive(Default)]
struct RawTags(BTreeMap<String, String>);

impl<'de> Deserialize<'de> for RawTags {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> JsonVisitor<'de> for Entries {
            type Value = RawTags;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of tags")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawTags, A::Error> {
                let mut tags = BTreeMap::new();
                while let Some((key, value)) = map.next_entry::<String, TagValue>()? {
                    if let Some(text) = value.0 {
                        tags.insert(key, text);
                    }
                    if tags.len() > MAX_TAGS {
                        return Err(A::Error::custom("an element has too many tags"));
                    }
                }
                Ok(RawTags(tags))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// The value of a tag, if it is a text or a number.
struct TagValue(Option<String>);

impl<'de> Deserialize<'de> for TagValue {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> JsonVisitor<'de> for Any {
            type Value = TagValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_str<E>(self, text: &str) -> Result<TagValue, E> {
                Ok(TagValue(Some(text.to_owned())))
            }

            fn visit_u64<E>(self, number: u64) -> Result<TagValue, E> {
                Ok(TagValue(Some(number.to_string())))
            }

            fn visit_i64<E>(self, number: i64) -> Result<TagValue, E> {
                Ok(TagValue(Some(number.to_string())))
            }

            fn visit_f64<E>(self, number: f64) -> Result<TagValue, E> {
                Ok(TagValue(Some(number.to_string())))
            }

            fn visit_bool<E>(self, _: bool) -> Result<TagValue, E> {
                Ok(TagValue(None))
            }

            fn visit_unit<E>(self) -> Result<TagValue, E> {
                Ok(TagValue(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<TagValue, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(TagValue(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<TagValue, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(TagValue(None))
            }
        }
        deserializer.deserialize_any(Any)
    }
}
