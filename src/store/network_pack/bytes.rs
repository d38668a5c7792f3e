//! Numbers and texts in bytes, in and out.

use super::PackFault;
use crate::domain::network::SourceId;

/// Bytes to be stored.
#[derive(Default)]
pub(super) struct Writer {
    pub(super) bytes: Vec<u8>,
    last_id: u64,
}

impl Writer {
    pub(super) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.bytes.push(number as u8 | 0x80);
            number >>= 7;
        }
        self.bytes.push(number as u8);
    }

    /// The difference between two numbers.
    pub(super) fn step(&mut self, from: i64, to: i64) {
        self.number(zigzag(to.wrapping_sub(from)));
    }

    pub(super) fn float(&mut self, number: f64) {
        self.bytes.extend_from_slice(&number.to_bits().to_le_bytes());
    }

    pub(super) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// An id: a number, as the difference to the one before, or a text.
    pub(super) fn id(&mut self, id: SourceId<'_>) {
        match id {
            SourceId::Number(number) => {
                self.number((zigzag(number as i64 - self.last_id as i64) << 1) | 1);
                self.last_id = number;
            }
            SourceId::Text(id) => {
                self.number((id.len() as u64) << 1);
                self.bytes.extend_from_slice(id.as_bytes());
            }
        }
    }
}

fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)) as u64
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1) as i64 ^ -((number & 1) as i64)
}

/// Bytes that were stored.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    last_id: u64,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, last_id: 0 }
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], PackFault> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or(PackFault::CutOff)?;
        self.bytes = rest;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, PackFault> {
        let (first, rest) = self.bytes.split_first().ok_or(PackFault::CutOff)?;
        self.bytes = rest;
        Ok(*first)
    }

    #[inline]
    pub(super) fn number(&mut self) -> Result<u64, PackFault> {
        // Most numbers are positions in short lists and steps to a neighbour: one byte.
        match self.bytes.split_first() {
            Some((first, rest)) if *first < 0x80 => {
                self.bytes = rest;
                Ok(u64::from(*first))
            }
            _ => self.long_number(),
        }
    }

    fn long_number(&mut self) -> Result<u64, PackFault> {
        const MOST_BYTES: usize = 10;
        let mut number = 0;
        for (i, byte) in self.bytes.iter().take(MOST_BYTES).enumerate() {
            number |= u64::from(byte & 0x7f) << (7 * i);
            if *byte < 0x80 {
                self.bytes = &self.bytes[i + 1..];
                return Ok(number);
            }
        }
        Err(if self.bytes.len() < MOST_BYTES { PackFault::CutOff } else { PackFault::OutOfRange })
    }

    /// How many things follow, each of which takes at least so many bytes.
    pub(super) fn count(&mut self, least_bytes: usize) -> Result<usize, PackFault> {
        let count = usize::try_from(self.number()?).map_err(|_| PackFault::OutOfRange)?;
        // Memory is set aside for no more than can be there.
        if count > self.bytes.len() / least_bytes { Err(PackFault::CutOff) } else { Ok(count) }
    }

    pub(super) fn step(&mut self, from: i64) -> Result<i64, PackFault> {
        Ok(from.wrapping_add(unzigzag(self.number()?)))
    }

    pub(super) fn float(&mut self) -> Result<f64, PackFault> {
        let mut bits = [0; 8];
        bits.copy_from_slice(self.take(8)?);
        Ok(f64::from_bits(u64::from_le_bytes(bits)))
    }

    /// So many floats in a row.
    pub(super) fn floats(&mut self, count: usize) -> Result<impl Iterator<Item = f64> + use<'a>, PackFault> {
        let (floats, _) = self.take(count.checked_mul(8).ok_or(PackFault::CutOff)?)?.as_chunks::<8>();
        Ok(floats.iter().map(|bits| f64::from_bits(u64::from_le_bytes(*bits))))
    }

    pub(super) fn text(&mut self) -> Result<&'a str, PackFault> {
        let length = self.count(1)?;
        std::str::from_utf8(self.take(length)?).map_err(|_| PackFault::NotText)
    }

    #[inline]
    pub(super) fn id(&mut self) -> Result<SourceId<'a>, PackFault> {
        let first = self.number()?;
        if first & 1 == 0 {
            let length = usize::try_from(first >> 1).map_err(|_| PackFault::OutOfRange)?;
            return std::str::from_utf8(self.take(length)?).map(SourceId::of).map_err(|_| PackFault::NotText);
        }
        let number = (self.last_id as i64).wrapping_add(unzigzag(first >> 1));
        self.last_id =
            u64::try_from(number).ok().filter(|number| *number < SourceId::LIMIT).ok_or(PackFault::OutOfRange)?;
        Ok(SourceId::Number(self.last_id))
    }

    pub(super) fn end(&self) -> Result<(), PackFault> {
        if self.bytes.is_empty() { Ok(()) } else { Err(PackFault::TooLong) }
    }
}
