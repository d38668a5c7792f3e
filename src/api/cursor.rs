//! Where a client is in a stream of several missions: the number of the last event it has of each, in the order of the
//! request, such as `12.40.7`. The service keeps nothing of it.

use std::fmt::Write;

/// The most digits of an event's number: as many as always fit.
const MAX_DIGITS: usize = 19;

/// The number of an event, as an id or a part of one has it.
pub(super) fn read_number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.len() <= MAX_DIGITS && text.bytes().all(|b| b.is_ascii_digit());
    if digits { text.parse().ok() } else { None }
}

/// A position in several logs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub Vec<u64>);

impl Cursor {
    /// The text of a cursor.
    pub fn write(seqs: impl Iterator<Item = u64>) -> String {
        let mut text = String::new();
        for seq in seqs {
            if !text.is_empty() {
                text.push('.');
            }
            // Writing into a string does not fail.
            let _ = write!(text, "{seq}");
        }
        text
    }

    /// Reads a cursor for so many missions.
    ///
    /// # Errors
    /// What is expected instead.
    pub fn read(text: &str, missions: usize) -> Result<Self, String> {
        let expected = || {
            let s = if missions == 1 { "" } else { "s" };
            format!("expected the id of an event of this stream: {missions} number{s} with dots in between")
        };
        let parts = text.split('.').count();
        if parts != missions {
            return Err(format!(
                "{}; got {parts}. A cursor is of use with the same missions in the same order",
                expected()
            ));
        }
        let seqs: Option<Vec<u64>> = text.split('.').map(read_number).collect();
        seqs.map(Self).ok_or_else(expected)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        for seqs in [vec![0], vec![12, 40, 7], vec![9_999_999_999_999_999_999; 64]] {
            let text = Cursor::write(seqs.iter().copied());
            assert_eq!(Cursor::read(&text, seqs.len()), Ok(Cursor(seqs)), "{text}");
        }
        assert_eq!(Cursor::write([12, 40, 7].into_iter()), "12.40.7");
    }

    #[test]
    fn what_is_no_cursor_of_these_missions_is_refused_with_the_reason() {
        for text in ["", "x", "+1", "-1", "1e3", " 1", "18446744073709551615", "٣", "00000000000000000001"] {
            let refused = Cursor::read(text, 1).unwrap_err();
            assert!(refused.contains("1 number"), "{text:?}: {refused}");
        }
        for text in ["1", "1.2", "1.2.3.4", "1.2.", "1..3", "1,2,3"] {
            let refused = Cursor::read(text, 3).unwrap_err();
            assert!(refused.contains("3 numbers"), "{text:?}: {refused}");
        }
        assert!(Cursor::read("1.2", 3).unwrap_err().contains("got 2"));
    }
}
