//! XML, written one element after the other.

use std::fmt::Write;

use quick_xml::escape::escape;

/// How every document begins.
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// A document, or a piece of one, as it grows. An element that is opened is closed by [`Xml::element`] itself, so that none
/// stays open.
#[derive(Debug, Default)]
pub(super) struct Xml {
    text: String,
    depth: usize,
    /// Everything in one line, text's line breaks included.
    is_line: bool,
}

impl Xml {
    /// A document with its declaration.
    pub(super) fn document() -> Self {
        Self { text: DECLARATION.to_owned(), ..Self::default() }
    }

    /// A piece without a declaration, in one line.
    pub(super) fn line() -> Self {
        Self { is_line: true, ..Self::default() }
    }

    /// An element with others in it.
    pub(super) fn element(&mut self, name: &str, attributes: &[(&str, &str)], content: impl FnOnce(&mut Self)) {
        self.tag(name, attributes);
        self.text.push('>');
        self.end_line();
        self.depth += 1;
        content(self);
        self.depth -= 1;
        self.indent();
        let _ = write!(self.text, "</{name}>");
        self.end_line();
    }

    /// An element with text in it.
    pub(super) fn leaf(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) {
        self.tag(name, attributes);
        let text = self.escaped(text);
        let _ = write!(self.text, ">{text}</{name}>");
        self.end_line();
    }

    /// An element with nothing in it.
    pub(super) fn empty(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.tag(name, attributes);
        self.text.push_str("/>");
        self.end_line();
    }

    pub(super) fn finish(self) -> String {
        self.text
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)]) {
        self.indent();
        let _ = write!(self.text, "<{name}");
        for (key, value) in attributes {
            let value = self.escaped(value);
            let _ = write!(self.text, " {key}=\"{value}\"");
        }
    }

    fn indent(&mut self) {
        if !self.is_line {
            self.text.extend(std::iter::repeat_n("  ", self.depth));
        }
    }

    fn end_line(&mut self) {
        if !self.is_line {
            self.text.push('\n');
        }
    }

    fn escaped(&self, text: &str) -> String {
        let text = escaped(text);
        if self.is_line { text.replace('\r', "&#13;").replace('\n', "&#10;") } else { text }
    }
}

/// The text as XML takes it: with entities, and U+FFFD for the characters that XML 1.0 (section 2.2) has no way to write.
fn escaped(text: &str) -> String {
    let is_fit = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    let fit: String = text.chars().map(|c| if is_fit(c) { c } else { '\u{fffd}' }).collect();
    escape(fit).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_name_has_in_it_the_document_stays_one() {
        let mut xml = Xml::document();
        xml.element("a", &[("b", "\"<&>'")], |xml| {
            xml.leaf("c", &[], "</c><script>\u{0}\u{1f}\u{ffff} ü 🚗 ]]>");
            xml.empty("d", &[]);
        });
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a b=\"&quot;&lt;&amp;&gt;&apos;\">\n  \
                        <c>&lt;/c&gt;&lt;script&gt;\u{fffd}\u{fffd}\u{fffd} ü 🚗 ]]&gt;</c>\n  <d/>\n</a>\n";
        assert_eq!(xml.finish(), expected);
    }
}
