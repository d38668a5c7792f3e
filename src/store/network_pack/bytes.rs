//! Numbers and texts in bytes, in and out.

use ecow::EcoString;

use super::PackFault;

/// Numbers of ids beyond this are written as text, so that a difference has room.
const GREATEST_ID: u64 = 1 << 60;

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
    pub(super) fn id(&mut self, id: &str) {
        match as_number(id) {
            Some(number) => {
                self.number((zigzag(number as i64 - self.last_id as i64) << 1) | 1);
                self.last_id = number;
            }
            None => {
                self.number((id.len() as u64) << 1);
                self.bytes.extend_from_slice(id.as_bytes());
            }
        }
    }
}

/// The number that an id is the decimal form of.
fn as_number(id: &str) -> Option<u64> {
    let canonical = id.bytes().all(|b| b.is_ascii_digit()) && (id == "0" || !id.starts_with('0'));
    id.parse().ok().filter(|number| canonical && *number < GREATEST_ID)
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

    pub(super) fn number(&mut self) -> Result<u64, PackFault> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(PackFault::OutOfRange)
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

    pub(super) fn text(&mut self) -> Result<&'a str, PackFault> {
        let length = self.count(1)?;
        std::str::from_utf8(self.take(length)?).map_err(|_| PackFault::NotText)
    }

    pub(super) fn id(&mut self) -> Result<EcoString, PackFault> {
        let first = self.number()?;
        if first & 1 == 0 {
            let length = usize::try_from(first >> 1).map_err(|_| PackFault::OutOfRange)?;
            return std::str::from_utf8(self.take(length)?).map(EcoString::from).map_err(|_| PackFault::NotText);
        }
        let number = (self.last_id as i64).wrapping_add(unzigzag(first >> 1));
        self.last_id =
            u64::try_from(number).ok().filter(|number| *number < GREATEST_ID).ok_or(PackFault::OutOfRange)?;
        Ok(decimal(self.last_id))
    }

    pub(super) fn end(&self) -> Result<(), PackFault> {
        if self.bytes.is_empty() { Ok(()) } else { Err(PackFault::TooLong) }
    }
}

/// A number's decimal form. Millions are made when a large network is loaded, and the usual way of writing takes half of the time.
fn decimal(mut number: u64) -> EcoString {
    let mut digits = [b'0'; 20];
    let mut begin = digits.len();
    loop {
        begin -= 1;
        digits[begin] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    std::str::from_utf8(&digits[begin..]).map(EcoString::from).unwrap_or_default()
}
