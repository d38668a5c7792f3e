//! XML, one element after the other: what OpenStreetMap's XML and GraphML are read with. Nothing is kept but the element at
//! hand, entities are the five of XML and characters by number, and everything has a limit.

use std::io::{self, BufRead, Read};

use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

use super::error::{Fault, Location, excerpt};
use super::{ImportError, ImportProgress};

/// The most bytes from one `<` to the next.
const MAX_EVENT_BYTES: usize = 4 << 20;
/// How much of the input is handed on at a time.
const PIECE_BYTES: usize = 64 << 10;
/// The most elements one in the other. Maps and graphs need five.
const MAX_DEPTH: usize = 64;
/// The most attributes of an element.
const MAX_ATTRIBUTES: usize = 256;
/// After how many events progress is told and asked.
const EVENTS_A_CHECK: u32 = 4096;

/// What comes next in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// An element begins; [`Markup::tag`] says which.
    Start,
    /// The innermost element ends.
    End,
    /// Text; [`Markup::text`] has what came since the last start or end.
    Text,
    /// The text is over, and every element has ended.
    Over,
}

/// A start tag.
#[derive(Debug, Default)]
pub(super) struct Tag {
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    count: usize,
}

impl Tag {
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes[..self.count].iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Takes over a tag. The strings are used again for the next one.
    fn set(&mut self, start: &BytesStart<'_>) -> Result<(), Fault> {
        self.name.clear();
        self.name.push_str(start.name().as_ref());
        self.count = 0;
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| malformed(error.to_string()))?;
            if self.count == MAX_ATTRIBUTES {
                return Err(malformed(format!("the element {} has too many attributes", excerpt(&self.name))));
            }
            let value =
                attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|error| malformed(error.to_string()))?;
            if self.count == self.attributes.len() {
                self.attributes.push((String::new(), String::new()));
            }
            let (key, place) = &mut self.attributes[self.count];
            key.clear();
            key.push_str(attribute.key.as_ref());
            place.clear();
            place.push_str(&value);
            self.count += 1;
        }
        Ok(())
    }
}

fn malformed(what: String) -> Fault {
    Fault::Malformed { what }
}

/// An XML text being read.
pub(super) struct Markup<'a, R> {
    reader: Reader<Limited<R>>,
    buffer: Vec<u8>,
    progress: &'a ImportProgress,
    depth: usize,
    any: bool,
    /// An empty element's end is still to be told of.
    ends: bool,
    events: u32,
    /// Where the part at hand begins.
    location: Location,
    /// The start tag at hand.
    pub(super) tag: Tag,
    /// The text at hand.
    pub(super) text: String,
}

impl<'a, R: BufRead> Markup<'a, R> {
    pub(super) fn new(input: R, progress: &'a ImportProgress) -> Self {
        let mut reader = Reader::from_reader(Limited { input, since_event: 0, lines: 0, exceeded: false });
        reader.config_mut().check_end_names = true;
        Self {
            reader,
            buffer: Vec::new(),
            progress,
            depth: 0,
            any: false,
            ends: false,
            events: 0,
            location: Location::Byte { line: 1, offset: 0 },
            tag: Tag::default(),
            text: String::new(),
        }
    }

    /// A fault of the part at hand.
    pub(super) fn fault(&self, fault: Fault) -> ImportError {
        fault.at(self.location.clone())
    }

    /// A number in an attribute of the tag at hand.
    pub(super) fn number<T: std::str::FromStr>(&self, name: &'static str) -> Result<T, ImportError> {
        let text = self.tag.attribute(name).ok_or_else(|| self.fault(Fault::Missing { what: name }))?;
        text.parse().map_err(|_| {
            let what = format!("{name} is {:?}, which is no number that belongs there", excerpt(text));
            self.fault(malformed(what))
        })
    }

    /// The next part.
    pub(super) fn next(&mut self) -> Result<Part, ImportError> {
        if std::mem::take(&mut self.ends) {
            self.depth -= 1;
            return Ok(Part::End);
        }
        loop {
            self.events += 1;
            if self.events == EVENTS_A_CHECK {
                self.events = 0;
                self.progress.check()?;
                self.progress.reach(self.reader.buffer_position());
            }
            let limited = self.reader.get_mut();
            limited.since_event = 0;
            let line = limited.lines + 1;
            self.location = Location::Byte { line, offset: self.reader.buffer_position() };
            self.buffer.clear();
            let at = |fault: Fault| fault.at(self.location.clone());
            match self.reader.read_event_into(&mut self.buffer) {
                Ok(Event::Start(start)) => {
                    self.tag.set(&start).map_err(at)?;
                    self.begin()?;
                    return Ok(Part::Start);
                }
                Ok(Event::Empty(start)) => {
                    self.tag.set(&start).map_err(at)?;
                    self.begin()?;
                    self.ends = true;
                    return Ok(Part::Start);
                }
                Ok(Event::End(_)) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Part::End);
                }
                Ok(Event::Text(text)) if self.depth > 0 => {
                    self.text.push_str(&text.xml10_content());
                    return self.text_so_far();
                }
                Ok(Event::CData(text)) if self.depth > 0 => {
                    self.text.push_str(&text.xml10_content());
                    return self.text_so_far();
                }
                Ok(Event::GeneralRef(reference)) if self.depth > 0 => {
                    let character = reference.resolve_char_ref().map_err(|error| at(malformed(error.to_string())))?;
                    match (character, resolve_xml_entity(&reference)) {
                        (Some(character), _) => self.text.push(character),
                        (None, Some(text)) => self.text.push_str(text),
                        (None, None) => {
                            return Err(at(malformed(format!("the entity &{}; is not known", excerpt(&reference)))));
                        }
                    }
                    return self.text_so_far();
                }
                Ok(Event::Text(text)) if !text.trim_matches(['\u{feff}', ' ', '\t', '\r', '\n']).is_empty() => {
                    return Err(at(malformed(format!("found {:?}; expected XML", excerpt(text.trim())))));
                }
                Ok(Event::CData(_) | Event::GeneralRef(_)) => {
                    return Err(at(malformed("there is text outside the outermost element".to_owned())));
                }
                Ok(Event::Eof) if self.depth > 0 => return Err(at(Fault::Truncated { what: "an element" })),
                Ok(Event::Eof) if !self.any => return Err(at(Fault::Empty { what: "XML element" })),
                Ok(Event::Eof) => return Ok(Part::Over),
                Ok(Event::Text(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_)) => {}
                Err(error) => return Err(self.error(error)),
            }
        }
    }

    fn begin(&mut self) -> Result<(), ImportError> {
        self.text.clear();
        self.depth += 1;
        self.any = true;
        if self.depth > MAX_DEPTH {
            return Err(self.fault(malformed(format!("elements nest more than {MAX_DEPTH} deep"))));
        }
        Ok(())
    }

    fn text_so_far(&mut self) -> Result<Part, ImportError> {
        if self.text.len() > MAX_EVENT_BYTES {
            return Err(self.fault(malformed(format!("a text has more than {MAX_EVENT_BYTES} bytes"))));
        }
        Ok(Part::Text)
    }

    fn error(&self, error: quick_xml::Error) -> ImportError {
        let exceeded = self.reader.get_ref().exceeded;
        match error {
            quick_xml::Error::Io(_) if exceeded => {
                self.fault(malformed(format!("an element or a text has more than {MAX_EVENT_BYTES} bytes")))
            }
            quick_xml::Error::Io(error) => ImportError::Unreadable { message: error.to_string() },
            quick_xml::Error::Encoding(_) => self.fault(Fault::NotUtf8),
            error => self.fault(malformed(error.to_string())),
        }
    }
}

/// A reader that counts lines and refuses to deliver too much at a time.
struct Limited<R> {
    input: R,
    since_event: usize,
    lines: usize,
    exceeded: bool,
}

impl<R: BufRead> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let count = available.len().min(buffer.len());
        buffer[..count].copy_from_slice(&available[..count]);
        self.consume(count);
        Ok(count)
    }
}

impl<R: BufRead> BufRead for Limited<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.since_event > MAX_EVENT_BYTES {
            self.exceeded = true;
            return Err(io::Error::other("too much at a time"));
        }
        // In pieces, so that the limit also holds where everything is in memory already.
        let available = self.input.fill_buf()?;
        Ok(&available[..available.len().min(PIECE_BYTES)])
    }

    fn consume(&mut self, count: usize) {
        if let Ok(available) = self.input.fill_buf() {
            self.lines += available.iter().take(count).filter(|byte| **byte == b'\n').count();
        }
        self.since_event += count;
        self.input.consume(count);
    }
}
