//! The ids that sources give nodes and features, in a few bytes each.
//!
//! Most are decimal numbers, as all of OpenStreetMap's are: a number takes eight bytes, and its text is made when somebody asks for it.

use ecow::EcoString;

/// Set in the code of a text, whose place in the list of texts follows.
const TEXT: u64 = 1 << 63;

/// An id as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SourceId<'a> {
    /// A text that is this number's decimal form. The number is less than [`SourceId::LIMIT`].
    Number(u64),
    /// Any other text.
    Text(&'a str),
}

impl<'a> SourceId<'a> {
    /// Numbers from here on are texts, so that differences of numbers have room.
    pub(crate) const LIMIT: u64 = 1 << 60;

    /// An id by its text.
    pub(crate) fn of(text: &'a str) -> Self {
        let canonical = text.bytes().all(|b| b.is_ascii_digit()) && (text == "0" || !text.starts_with('0'));
        match text.parse() {
            Ok(number) if canonical && number < Self::LIMIT => Self::Number(number),
            _ => Self::Text(text),
        }
    }

    /// The text.
    pub(crate) fn text(self) -> EcoString {
        match self {
            Self::Number(number) => decimal(number),
            Self::Text(text) => text.into(),
        }
    }

    /// A number by which ids are ordered, and those that have the same one by text: numbers are compared faster than texts. Of a text
    /// it is FNV-1a; ids made to collide make it a search by text.
    pub(super) fn key(self) -> u64 {
        let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        match self {
            Self::Number(number) => number,
            Self::Text(text) => TEXT | text.bytes().fold(0xcbf2_9ce4_8422_2325, hash),
        }
    }
}

/// A number's decimal form. Millions are made when a large network is written out, and the usual way of writing takes half of the time.
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

/// A list of ids.
#[derive(Clone, Debug, Default)]
pub(crate) struct SourceIds {
    /// Numbers as they are, and [`TEXT`] with the place of a text.
    codes: Vec<u64>,
    /// The texts one after the other.
    texts: String,
    /// Where each of them ends.
    ends: Vec<usize>,
}

impl SourceIds {
    pub(crate) fn reserve(&mut self, count: usize) {
        self.codes.reserve_exact(count);
    }

    #[inline]
    pub(crate) fn push(&mut self, id: SourceId<'_>) {
        match id {
            SourceId::Number(number) if number < SourceId::LIMIT => self.codes.push(number),
            // No reader makes such a number.
            SourceId::Number(number) => self.push_text(&decimal(number)),
            SourceId::Text(text) => self.push_text(text),
        }
    }

    fn push_text(&mut self, text: &str) {
        // Pieces of one road have the same id, one after the other.
        let is_last = self.ends.len().checked_sub(1).is_some_and(|last| self.text(last) == text);
        if !is_last {
            self.texts.push_str(text);
            self.ends.push(self.texts.len());
        }
        self.codes.push(TEXT | (self.ends.len() - 1) as u64);
    }

    fn text(&self, place: usize) -> &str {
        let begin = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.texts[begin..self.ends[place]]
    }

    pub(super) fn len(&self) -> usize {
        self.codes.len()
    }

    pub(super) fn get(&self, position: usize) -> SourceId<'_> {
        match self.codes[position] {
            number if number & TEXT == 0 => SourceId::Number(number),
            text => SourceId::Text(self.text((text & !TEXT) as usize)),
        }
    }

    pub(super) fn shrink_to_fit(&mut self) {
        self.codes.shrink_to_fit();
        self.texts.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    pub(super) fn heap_bytes(&self) -> usize {
        size_of_val(self.codes.as_slice()) + self.texts.len() + size_of_val(self.ends.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: [&str; 12] = [
        "0",
        "7",
        "12345678901",
        "1152921504606846975",
        "1152921504606846976",
        "18446744073709551615",
        "99999999999999999999",
        "007",
        "",
        "-5",
        "+5",
        "Straße nach Überall und noch weiter",
    ];

    #[test]
    fn every_id_comes_back_as_the_text_it_was() {
        let mut ids = SourceIds::default();
        for id in IDS.iter().chain(&IDS) {
            ids.push(SourceId::of(id));
        }
        ids.push(SourceId::Number(u64::MAX));
        let back: Vec<EcoString> = (0..ids.len()).map(|i| ids.get(i).text()).collect();
        assert_eq!(back[..12], IDS);
        assert_eq!(back[12..24], IDS);
        assert_eq!(back[24], "18446744073709551615");
    }

    #[test]
    fn a_number_takes_eight_bytes_and_a_text_that_is_repeated_no_more() {
        let mut ids = SourceIds::default();
        for id in ["4000000000", "4000000007", "a road", "a road", "a road"] {
            ids.push(SourceId::of(id));
        }
        assert_eq!(ids.heap_bytes(), 5 * 8 + "a road".len() + 8);
    }
}
