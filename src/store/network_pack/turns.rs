//! Forbidden turns in bytes.
//!
//! A chunk begins with a number that is no count. Programs that know nodes and segments only take it for a chunk of segments, find that
//! it promises more than it has, and refuse the network: none drives turns that it does not know to be forbidden.

use super::PackFault;
use super::bytes::{Reader, Writer};
use crate::domain::ids::SegmentId;
use crate::domain::network::{Direction, Turn};

/// What no count can be.
const MARK: u64 = u64::MAX;

/// A segment and a direction as one number.
fn number(segment: SegmentId, direction: Direction) -> i64 {
    i64::from(segment.0) << 1 | i64::from(direction == Direction::Backward)
}

fn of_number(number: i64) -> Result<(SegmentId, Direction), PackFault> {
    let segment = u32::try_from(number >> 1).map_err(|_| PackFault::OutOfRange)?;
    Ok((SegmentId(segment), if number & 1 == 0 { Direction::Forward } else { Direction::Backward }))
}

/// The bytes of turns: the mark, their count, and for each the difference of its arrival to the one before and of its departure to
/// the arrival.
pub(in crate::store) fn pack_turns(turns: &[Turn]) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.number(MARK);
    writer.number(turns.len() as u64);
    let mut before = 0;
    for turn in turns {
        let (from, to) = (number(turn.from, turn.arriving), number(turn.to, turn.leaving));
        writer.step(before, from);
        writer.step(from, to);
        before = from;
    }
    writer.bytes
}

/// Appends the turns of a chunk.
///
/// # Errors
/// When the bytes are no such chunk.
pub(in crate::store) fn unpack_turns(bytes: &[u8], turns: &mut Vec<Turn>) -> Result<(), PackFault> {
    let mut reader = Reader::new(bytes);
    if reader.number()? != MARK {
        return Err(PackFault::OutOfRange);
    }
    let count = reader.count(2)?;
    turns.reserve(count);
    let mut before = 0;
    for _ in 0..count {
        let from_number = reader.step(before)?;
        let (from, arriving) = of_number(from_number)?;
        let (to, leaving) = of_number(reader.step(from_number)?)?;
        turns.push(Turn { from, arriving, to, leaving });
        before = from_number;
    }
    reader.end()
}

#[cfg(test)]
mod tests {
    use super::super::unpack_segments;
    use super::*;
    use crate::domain::network::SegmentsBuilder;

    fn turns() -> Vec<Turn> {
        let turn = |from, arriving, to, leaving| Turn { from: SegmentId(from), arriving, to: SegmentId(to), leaving };
        let (ahead, back) = (Direction::Forward, Direction::Backward);
        vec![turn(0, back, 4_000_000_000, ahead), turn(7, ahead, 7, back), turn(u32::MAX, ahead, 0, back)]
    }

    #[test]
    fn forbidden_turns_come_back_as_they_were() {
        for count in 0..=3 {
            let mut back = Vec::new();
            unpack_turns(&pack_turns(&turns()[..count]), &mut back).unwrap();
            assert_eq!(back, turns()[..count]);
        }
    }

    #[test]
    fn a_program_that_does_not_know_forbidden_turns_refuses_the_network() {
        let mut segments = SegmentsBuilder::with_capacity(0, 0);
        assert_eq!(unpack_segments(&pack_turns(&turns()), &mut segments), Err(PackFault::CutOff));
    }

    #[test]
    fn damaged_turns_are_refused_and_never_a_panic() {
        let packed = pack_turns(&turns());
        for cut in 0..packed.len() {
            assert!(unpack_turns(&packed[..cut], &mut Vec::new()).is_err(), "{cut}");
        }
        assert_eq!(unpack_turns(&[packed.as_slice(), &[0]].concat(), &mut Vec::new()), Err(PackFault::TooLong));
        for (i, bit) in (0..packed.len()).flat_map(|i| (0..8).map(move |bit| (i, bit))) {
            let mut changed = packed.clone();
            changed[i] ^= 1 << bit;
            let _ = unpack_turns(&changed, &mut Vec::new());
        }
    }
}
