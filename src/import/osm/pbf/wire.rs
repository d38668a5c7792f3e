//! Protocol Buffers' wire format, as far as OpenStreetMap uses it: fields, and packed lists of numbers. Nothing is copied,
//! every length is checked against what is there, and sums that overflow are faults.

/// What is wrong with a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(super) struct WireFault(pub(super) &'static str);

pub(super) const ENDS: WireFault = WireFault("the data ends in the middle of a field");
const LONG: WireFault = WireFault("a number has more than ten bytes");
const KIND: WireFault = WireFault("a field is not of the type that belongs there");
const OVERFLOW: WireFault = WireFault("a number is out of range");

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Value<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    /// 32 or 64 bits, which OpenStreetMap's messages do not have.
    Fixed,
}

impl<'a> Value<'a> {
    pub(super) fn bytes(self) -> Result<&'a [u8], WireFault> {
        match self {
            Value::Bytes(bytes) => Ok(bytes),
            _ => Err(KIND),
        }
    }

    pub(super) fn unsigned(self) -> Result<u64, WireFault> {
        match self {
            Value::Varint(value) => Ok(value),
            _ => Err(KIND),
        }
    }

    /// An `int32` or `int64`: negative numbers are in two's complement.
    pub(super) fn int(self) -> Result<i64, WireFault> {
        Ok(self.unsigned()? as i64)
    }

    /// A `sint64`.
    pub(super) fn signed(self) -> Result<i64, WireFault> {
        Ok(zigzag(self.unsigned()?))
    }
}

fn zigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// Takes a number off the front.
#[inline]
fn varint(bytes: &mut &[u8]) -> Result<u64, WireFault> {
    let mut value = 0_u64;
    for (i, byte) in bytes.iter().enumerate().take(10) {
        value |= u64::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            *bytes = &bytes[i + 1..];
            return Ok(value);
        }
    }
    Err(if bytes.len() < 10 { ENDS } else { LONG })
}

/// The fields of a message, with their numbers.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>), WireFault>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    #[inline]
    fn field(&mut self) -> Result<(u64, Value<'a>), WireFault> {
        let key = varint(&mut self.0)?;
        let value = match key & 7 {
            0 => Value::Varint(varint(&mut self.0)?),
            1 => self.take(8).map(|_| Value::Fixed)?,
            2 => {
                let length = varint(&mut self.0)?;
                Value::Bytes(self.take(length)?)
            }
            5 => self.take(4).map(|_| Value::Fixed)?,
            _ => return Err(WireFault("a field has a type that does not exist")),
        };
        Ok((key >> 3, value))
    }

    fn take(&mut self, length: u64) -> Result<&'a [u8], WireFault> {
        let length = usize::try_from(length).map_err(|_| ENDS)?;
        let (taken, rest) = self.0.split_at_checked(length).ok_or(ENDS)?;
        self.0 = rest;
        Ok(taken)
    }
}

/// A packed list of numbers.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Packed<'a>(pub(super) &'a [u8]);

impl Packed<'_> {
    /// The next number; nothing at the end.
    #[inline]
    pub(super) fn next(&mut self) -> Result<Option<u64>, WireFault> {
        if self.0.is_empty() {
            return Ok(None);
        }
        varint(&mut self.0).map(Some)
    }

    /// The next difference added to `sum`; whether there was one.
    #[inline]
    pub(super) fn next_delta(&mut self, sum: &mut i64) -> Result<bool, WireFault> {
        let Some(delta) = self.next()? else { return Ok(false) };
        *sum = sum.checked_add(zigzag(delta)).ok_or(OVERFLOW)?;
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_the_specification_has_them() {
        let mut bytes: &[u8] = &[0x96, 0x01, 0x00];
        assert_eq!(varint(&mut bytes), Ok(150));
        assert_eq!(varint(&mut bytes), Ok(0));
        assert_eq!(varint(&mut bytes), Err(ENDS));
        assert_eq!(varint(&mut [0x80; 9].as_slice()), Err(ENDS));
        assert_eq!(varint(&mut [0x80; 11].as_slice()), Err(LONG));
        assert_eq!([0, 1, 2, 3, u64::MAX].map(zigzag), [0, -1, 1, -2, i64::MIN]);
        let mut sum = i64::MAX;
        assert_eq!(Packed(&[2]).next_delta(&mut sum), Err(OVERFLOW));
    }

    #[test]
    fn fields_end_with_the_message() {
        let message = [0x08, 0x96, 0x01, 0x12, 0x02, b'o', b'k', 0x1d, 1, 2, 3, 4];
        let fields: Result<Vec<_>, _> = Fields(&message).collect();
        assert_eq!(fields.unwrap(), [(1, Value::Varint(150)), (2, Value::Bytes(b"ok")), (3, Value::Fixed)]);
        for end in [1, 2, 4, 5, 6, 8, 11] {
            assert!(Fields(&message[..end]).any(|field| field.is_err()), "{end} bytes");
        }
        assert!(Fields(&[0x0b]).next().unwrap().is_err(), "groups are long gone");
    }
}
