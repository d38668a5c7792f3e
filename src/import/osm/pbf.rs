//! OpenStreetMap's PBF format: a sequence of blobs, each a small header and a compressed block.
//!
//! Read by our own hand, because the crates for it take a file cut off between blobs for a whole one, add up what overflows,
//! and unpack a block into several times its size: here every fault has the blob and the byte at which it begins, and memory
//! is one blob as packed and one as unpacked, 32 MiB each at most as the format prescribes, whatever the file says. See
//! <https://wiki.openstreetmap.org/wiki/PBF_Format>.

mod block;
#[cfg(test)]
pub(super) mod tests;
mod wire;

use std::io::{ErrorKind, Read, Seek, SeekFrom};

use flate2::bufread::ZlibDecoder;

use super::elements::{Elements, Pass, Visitor};
use crate::import::error::{Fault, Location, excerpt};
use crate::import::{ImportError, ImportProgress};
use block::{Block, Scratch, Stop};
use wire::Fields;

/// The largest header of a blob, by the format.
const MAX_HEADER_BYTES: u32 = 64 << 10;
/// The largest blob, packed or unpacked, by the format.
const MAX_BLOB_BYTES: u64 = 32 << 20;
/// The features a file may require of its readers that this one has.
const KNOWN_FEATURES: [&str; 2] = ["OsmSchema-V0.6", "DenseNodes"];

/// A PBF file.
pub(super) struct Pbf<'a, R> {
    input: R,
    progress: &'a ImportProgress,
    /// By blob, whether it has nodes; known after the first pass over the roads.
    has_nodes: Vec<bool>,
}

/// What a blob's header says.
struct Header {
    kind: Vec<u8>,
    size: u64,
}

impl<'a, R: Read + Seek> Pbf<'a, R> {
    pub(super) fn new(input: R, progress: &'a ImportProgress) -> Self {
        Self { input, progress, has_nodes: Vec::new() }
    }

    fn header(&mut self) -> Result<Option<Header>, Fault> {
        let mut length = Vec::new();
        let read = read_up_to(&mut self.input, 4, &mut length)?;
        if read == 0 {
            return Ok(None);
        }
        let length: [u8; 4] =
            length.try_into().map_err(|_| Fault::Truncated { what: "the length of a blob's header" })?;
        let length = u32::from_be_bytes(length);
        if length > MAX_HEADER_BYTES {
            return Err(Fault::Malformed {
                what: format!(
                    "a blob's header would have {length} bytes, more than {MAX_HEADER_BYTES}: this is no PBF file, or \
                     damaged"
                ),
            });
        }
        let mut bytes = Vec::new();
        if read_up_to(&mut self.input, u64::from(length), &mut bytes)? < u64::from(length) {
            return Err(Fault::Truncated { what: "a blob's header" });
        }
        let (mut kind, mut size) = (None, None);
        let malformed = |fault: wire::WireFault| Fault::Malformed { what: format!("the blob's header: {fault}") };
        for field in Fields(&bytes) {
            match field.map_err(malformed)? {
                (1, value) => kind = Some(value.bytes().map_err(malformed)?.to_vec()),
                (3, value) => size = Some(value.unsigned().map_err(malformed)?),
                _ => {}
            }
        }
        let missing = |what: &str| Fault::Malformed { what: format!("the blob's header has no {what}") };
        let header = Header { kind: kind.ok_or_else(|| missing("type"))?, size: size.ok_or_else(|| missing("size"))? };
        if header.size > MAX_BLOB_BYTES {
            return Err(Fault::Malformed {
                what: format!("the blob would have {} bytes, more than {MAX_BLOB_BYTES}", header.size),
            });
        }
        Ok(Some(header))
    }

    fn read_blobs(&mut self, pass: Pass, visitor: &mut dyn Visitor) -> Result<(), ImportError> {
        self.input.rewind().map_err(ImportError::unreadable)?;
        let (mut packed, mut unpacked, mut scratch) = (Vec::new(), Vec::new(), Scratch::default());
        let mut offset = 0;
        for blob in 0.. {
            self.progress.check()?;
            self.progress.reach(offset);
            let at = |fault: Fault| match fault {
                Fault::Unreadable { message } => ImportError::Unreadable { message },
                fault => fault.at(Location::Blob { blob, offset }),
            };
            let Some(header) = self.header().map_err(at)? else {
                if blob == 0 {
                    return Err(at(Fault::Empty { what: "blob: the file is empty" }));
                }
                return Ok(());
            };
            let is_first = blob == 0;
            if is_first != (header.kind == b"OSMHeader") && (is_first || header.kind == b"OSMHeader") {
                let what = "an OSMHeader must come first and once: this is no PBF file, or several one after the other";
                return Err(at(Fault::Malformed { what: what.to_owned() }));
            }
            let is_data = header.kind == b"OSMData";
            let skip = pass == Pass::Nodes && is_data && self.has_nodes.get(blob) == Some(&false);
            if skip || !(is_data || is_first) {
                self.skip(header.size).map_err(at)?;
            } else {
                packed.clear();
                if read_up_to(&mut self.input, header.size, &mut packed).map_err(at)? < header.size {
                    return Err(at(Fault::Truncated { what: "a blob" }));
                }
                let message = unpack(&packed, &mut unpacked).map_err(at)?;
                if is_first {
                    check_features(message).map_err(at)?;
                } else {
                    let read = Block::new(message).and_then(|block| block.read(pass, &mut scratch, visitor));
                    let holds = read.map_err(|stop| match stop {
                        Stop::Fault(fault) => at(fault),
                        Stop::Visitor(error) => error,
                    })?;
                    if pass == Pass::Roads {
                        self.has_nodes.resize(blob, false);
                        self.has_nodes.push(holds.nodes);
                    }
                }
            }
            offset = self.input.stream_position().map_err(ImportError::unreadable)?;
        }
        Ok(())
    }

    /// Goes past a blob that is not needed. Its end must be there all the same.
    fn skip(&mut self, size: u64) -> Result<(), Fault> {
        let Some(but_one) = size.checked_sub(1) else { return Ok(()) };
        self.input.seek(SeekFrom::Current(but_one as i64)).map_err(Fault::unreadable)?;
        match read_up_to(&mut self.input, 1, &mut Vec::new())? {
            1 => Ok(()),
            _ => Err(Fault::Truncated { what: "a blob" }),
        }
    }
}

impl<R: Read + Seek> Elements for Pbf<'_, R> {
    fn read(&mut self, pass: Pass, visitor: &mut dyn Visitor) -> Result<(), ImportError> {
        self.read_blobs(pass, visitor)
    }
}

/// Adds so many bytes to the buffer, or as many as there are. The buffer grows with what is there, not with what is promised.
fn read_up_to(input: &mut impl Read, count: u64, buffer: &mut Vec<u8>) -> Result<u64, Fault> {
    match input.by_ref().take(count).read_to_end(buffer) {
        Ok(read) => Ok(read as u64),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(0),
        Err(error) => Err(Fault::unreadable(error)),
    }
}

/// The message in a blob.
fn unpack<'a>(blob: &'a [u8], buffer: &'a mut Vec<u8>) -> Result<&'a [u8], Fault> {
    let malformed = |what: String| Fault::Malformed { what };
    let (mut raw_size, mut data) = (None, None);
    for field in Fields(blob) {
        match field.map_err(|fault| malformed(format!("the blob: {fault}")))? {
            (2, value) => raw_size = value.unsigned().ok(),
            (number @ (1 | 3..=7), value) => data = Some((number, value)),
            _ => {}
        }
    }
    let (kind, data) = data.ok_or_else(|| malformed("the blob is empty".to_owned()))?;
    let data = data.bytes().map_err(|fault| malformed(format!("the blob: {fault}")))?;
    if kind == 1 {
        return Ok(data);
    }
    if kind != 3 {
        let name = ["LZMA", "bzip2", "LZ4", "Zstandard"].get(kind as usize - 4).copied().unwrap_or("an unknown method");
        return Err(malformed(format!(
            "the blob is compressed with {name}, and only zlib is read; `osmium cat in.osm.pbf -o out.osm.pbf` rewrites it"
        )));
    }
    let raw_size = raw_size.ok_or_else(|| malformed("the blob does not say how large it is unpacked".to_owned()))?;
    if raw_size > MAX_BLOB_BYTES {
        return Err(malformed(format!("the blob would unpack to {raw_size} bytes, more than {MAX_BLOB_BYTES}")));
    }
    buffer.clear();
    // One byte more than promised is enough to know that the promise is false.
    let unpacked = ZlibDecoder::new(data).take(raw_size + 1).read_to_end(buffer);
    unpacked.map_err(|error| malformed(format!("the blob does not unpack: {error}")))?;
    if buffer.len() as u64 != raw_size {
        let found = if buffer.len() as u64 > raw_size { "more".to_owned() } else { buffer.len().to_string() };
        return Err(malformed(format!("the blob unpacks to {found} bytes and says {raw_size}")));
    }
    Ok(buffer)
}

/// Refuses a file that requires what this reader has not.
fn check_features(header: &[u8]) -> Result<(), Fault> {
    for field in Fields(header) {
        let field = field.map_err(|fault| Fault::Malformed { what: format!("the file's header: {fault}") })?;
        if let (4, wire::Value::Bytes(feature)) = field
            && !KNOWN_FEATURES.iter().any(|known| known.as_bytes() == feature)
        {
            let feature = excerpt(&String::from_utf8_lossy(feature));
            return Err(Fault::Malformed { what: format!("the file requires {feature}, which is not read") });
        }
    }
    Ok(())
}
