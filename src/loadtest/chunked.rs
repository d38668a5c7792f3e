//! Bodies in chunks (RFC 9112, section 7.1), as they come in.

use std::io::{self, Error, ErrorKind};

/// The most digits of a chunk's size: 4 GB.
const MAX_SIZE_DIGITS: u32 = 8;

/// A decoder's place in a body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chunked(Place);

#[derive(Clone, Copy, Debug)]
enum Place {
    /// In the size: its value so far and how many digits it has.
    Size(usize, u32),
    /// In what may follow the size, up to the line's end.
    Extension(usize),
    /// In the data: so many bytes are still to come.
    Data(usize),
    /// After the data: its line break.
    DataEnd,
    /// In a line after the last chunk; whether it is empty so far.
    Trailer(bool),
    End,
}

impl Default for Chunked {
    fn default() -> Self {
        Self(Place::Size(0, 0))
    }
}

impl Chunked {
    /// Whether the last chunk has come.
    pub(super) fn has_ended(self) -> bool {
        matches!(self.0, Place::End)
    }

    /// Takes what has come next, and adds the data in it to `body`.
    ///
    /// # Errors
    /// When it is no chunk.
    pub(super) fn decode(&mut self, mut input: &[u8], body: &mut Vec<u8>) -> io::Result<()> {
        let invalid = |why| Err(Error::new(ErrorKind::InvalidData, why));
        while let Some((first, rest)) = input.split_first() {
            if let Place::Data(left) = self.0 {
                let (data, after) = input.split_at(left.min(input.len()));
                body.extend_from_slice(data);
                self.0 = if data.len() == left { Place::DataEnd } else { Place::Data(left - data.len()) };
                input = after;
                continue;
            }
            input = rest;
            self.0 = match (self.0, first) {
                (Place::Size(size, digits), byte) => match (char::from(*byte).to_digit(16), byte) {
                    (Some(_), _) if digits == MAX_SIZE_DIGITS => return invalid("a chunk is too large"),
                    (Some(digit), _) => Place::Size(size * 16 + digit as usize, digits + 1),
                    (None, b'\n') if digits > 0 => Self::after_size(size),
                    (None, b'\r' | b';' | b' ' | b'\t') if digits > 0 => Place::Extension(size),
                    _ => return invalid("a chunk has no size"),
                },
                (Place::Extension(size), b'\n') => Self::after_size(size),
                (Place::Extension(size), _) => Place::Extension(size),
                (Place::DataEnd, b'\r') => Place::DataEnd,
                (Place::DataEnd, b'\n') => Place::Size(0, 0),
                (Place::DataEnd, _) => return invalid("a chunk is longer than it says"),
                (Place::Trailer(true), b'\n') => Place::End,
                (Place::Trailer(empty), b'\r') => Place::Trailer(empty),
                (Place::Trailer(_), byte) => Place::Trailer(*byte == b'\n'),
                (Place::End, _) => return invalid("something follows the last chunk"),
                (Place::Data(left), _) => Place::Data(left),
            };
        }
        Ok(())
    }

    fn after_size(size: usize) -> Place {
        if size == 0 { Place::Trailer(true) } else { Place::Data(size) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_put_together_wherever_the_network_cuts_them() {
        let text = b"4\r\nWiki\r\n6;name=value\r\npedia \r\nE\r\nin \r\n\r\nchunks.\r\n0\r\nTrailer: x\r\n\r\n";
        for size in 1..=text.len() {
            let (mut chunked, mut body) = (Chunked::default(), Vec::new());
            for piece in text.chunks(size) {
                assert!(!chunked.has_ended());
                chunked.decode(piece, &mut body).unwrap();
            }
            assert_eq!(body, b"Wikipedia in \r\n\r\nchunks.");
            assert!(chunked.has_ended());
        }
    }

    #[test]
    fn what_is_no_chunk_is_refused() {
        for text in ["x\r\n", "\r\n", "3\r\nabcd\r\n", "123456789\r\n", "0\r\n\r\nx"] {
            assert!(Chunked::default().decode(text.as_bytes(), &mut Vec::new()).is_err(), "{text:?}");
        }
    }
}
