//! Writes SVG: elements with their attributes, texts escaped, numbers short and always alike.
//!
//! Written here because the charting crates at hand draw charts, and half of what is drawn is maps; what is needed of SVG is little,
//! and every byte of it is under control, so that the same results give the same file.

use std::fmt::Write;

/// A drawing of a size in pixels, on white.
pub(super) struct Svg {
    text: String,
    open: Vec<&'static str>,
}

/// Type sizes and colours of all drawings. The background is drawn, so that a dark page does not swallow the text.
const STYLE: &str = "text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','DejaVu Sans',sans-serif;font-size:12px;\
fill:#374151}.title{font-size:17px;font-weight:600;fill:#111827}.subtitle{font-size:12px;fill:#6b7280}\
.panel{font-size:13px;font-weight:600;fill:#111827}.axis{font-size:12px;fill:#4b5563}.tick{font-size:11px;fill:#4b5563}\
.label{font-size:12px}.strong{font-weight:600}.middle{text-anchor:middle}.end{text-anchor:end}\
.halo{paint-order:stroke;stroke:#fff;stroke-width:3px;stroke-linejoin:round}";

impl Svg {
    /// An empty drawing. Title and description are for who cannot see it.
    pub(super) fn new(width: f64, height: f64, title: &str, description: &str) -> Self {
        let mut svg = Self { text: String::new(), open: Vec::new() };
        let (w, h) = (number(width), number(height));
        let _ = write!(
            svg.text,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {w} {h}\" width=\"{w}\" height=\"{h}\" role=\"img\">\n\
             <title>{}</title>\n<desc>{}</desc>\n<style>{STYLE}</style>\n",
            escaped(title),
            escaped(description)
        );
        svg.open.push("svg");
        svg.element("rect").number("width", width).number("height", height).word("fill", "#fff").done();
        svg
    }

    /// Begins an element; end it with [`Element::done`], [`Element::holding`] or [`Element::open`].
    pub(super) fn element(&mut self, name: &'static str) -> Element<'_> {
        let _ = write!(self.text, "<{name}");
        Element { svg: self, name }
    }

    /// Ends the element that was opened last.
    pub(super) fn close(&mut self) {
        if let Some(name) = self.open.pop() {
            let _ = writeln!(self.text, "</{name}>");
        }
    }

    /// A text whose base line begins there (or ends, or has its middle: see the classes).
    pub(super) fn text(&mut self, x: f64, y: f64, class: &str, text: &str) {
        self.element("text").number("x", x).number("y", y).word("class", class).holding(text);
    }

    /// A straight line.
    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), colour: &str, width: f64) {
        self.element("line")
            .number("x1", from.0)
            .number("y1", from.1)
            .number("x2", to.0)
            .number("y2", to.1)
            .word("stroke", colour)
            .number("stroke-width", width)
            .done();
    }

    /// The drawing's text.
    pub(super) fn finish(mut self) -> String {
        while !self.open.is_empty() {
            self.close();
        }
        self.text
    }
}

/// An element whose attributes are being written.
pub(super) struct Element<'a> {
    svg: &'a mut Svg,
    name: &'static str,
}

impl Element<'_> {
    pub(super) fn number(self, name: &str, value: f64) -> Self {
        let _ = write!(self.svg.text, " {name}=\"{}\"", number(value));
        self
    }

    pub(super) fn word(self, name: &str, value: &str) -> Self {
        let _ = write!(self.svg.text, " {name}=\"{}\"", escaped(value));
        self
    }

    /// Ends it without content.
    pub(super) fn done(self) {
        self.svg.text.push_str("/>\n");
    }

    /// Ends it around a text.
    pub(super) fn holding(self, text: &str) {
        let _ = writeln!(self.svg.text, ">{}</{}>", escaped(text), self.name);
    }

    /// Leaves it open for elements in it, until [`Svg::close`].
    pub(super) fn open(self) {
        self.svg.text.push_str(">\n");
        self.svg.open.push(self.name);
    }
}

/// The `d` of a path.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct PathData {
    text: String,
}

impl PathData {
    /// Adds a line through the points.
    pub(super) fn add(&mut self, points: impl IntoIterator<Item = (f64, f64)>) {
        for (i, (x, y)) in points.into_iter().enumerate() {
            let _ = write!(self.text, "{}{} {}", if i == 0 { 'M' } else { 'L' }, tenths(x), tenths(y));
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }
}

/// At most two digits after the point.
fn number(value: f64) -> String {
    trimmed(format!("{value:.2}"))
}

fn tenths(value: f64) -> String {
    trimmed(format!("{value:.1}"))
}

fn trimmed(text: String) -> String {
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    if text == "-0" { "0".to_owned() } else { text.to_owned() }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            // XML 1.0 has no other control characters.
            c if c.is_control() && !matches!(c, '\n' | '\t') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// How wide a text of that type size is, roughly: fonts differ.
pub(super) fn width_of(text: &str, size: f64) -> f64 {
    text.chars().count() as f64 * size * 0.58
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// The names of all elements, if the text is well-formed as far as this module can write it wrong: elements are closed in their
    /// order, attributes are quoted and named once, and nothing is left unescaped.
    pub(in crate::simulation::benchmark) fn well_formed(text: &str) -> Vec<String> {
        let (mut names, mut open, mut rest) = (Vec::new(), Vec::<String>::new(), text);
        while let Some(at) = rest.find('<') {
            let between = &rest[..at];
            assert!(!between.contains('>'), "an unescaped > in {between:?}");
            assert!(open.last().is_some() || between.trim().is_empty(), "text outside of all elements: {between:?}");
            for entity in between.split('&').skip(1) {
                assert!(["amp;", "lt;", "gt;", "quot;"].iter().any(|e| entity.starts_with(e)), "&{entity}");
            }
            let end = rest[at..].find('>').expect("a tag ends") + at;
            let tag = &rest[at + 1..end];
            rest = &rest[end + 1..];
            if let Some(name) = tag.strip_prefix('/') {
                assert_eq!(open.pop().as_deref(), Some(name));
                continue;
            }
            let (tag, is_empty) = tag.strip_suffix('/').map_or((tag, false), |tag| (tag, true));
            let (name, mut attributes) = tag.split_once(' ').unwrap_or((tag, ""));
            let mut seen = Vec::new();
            while !attributes.is_empty() {
                let (name, after) = attributes.split_once("=\"").expect("an attribute has a value");
                let (value, after) = after.split_once('"').expect("a value ends");
                assert!(!seen.contains(&name) && !name.contains(' '), "{name} in {tag}");
                assert!(!value.contains("NaN") && !value.contains("inf"), "{name} is {value} in {tag}");
                seen.push(name);
                attributes = after.trim_start();
            }
            names.push(name.to_owned());
            if !is_empty {
                open.push(name.to_owned());
            }
        }
        assert!(open.is_empty() && rest.trim().is_empty(), "{open:?} left open, {rest:?} left over");
        names
    }

    #[test]
    fn what_is_written_is_escaped_and_closed() {
        let mut svg = Svg::new(10.0, 20.5, "a < b & \"c\"", "");
        svg.element("g").word("class", "x\"y").open();
        svg.text(1.0, 2.0, "tick", "k:{\"k\":5} <\u{1}>");
        let text = svg.finish();
        assert_eq!(well_formed(&text), ["svg", "title", "desc", "style", "rect", "g", "text"]);
        assert!(text.contains("<title>a &lt; b &amp; &quot;c&quot;</title>"), "{text}");
        assert!(text.contains(">k:{&quot;k&quot;:5} &lt;\u{fffd}&gt;</text>"), "{text}");
        assert!(text.contains("viewBox=\"0 0 10 20.5\""), "{text}");
    }

    #[test]
    fn numbers_are_short_and_nothing_is_minus_zero() {
        for (value, expected) in [(1.0, "1"), (0.1 + 0.2, "0.3"), (-0.001, "0"), (100.0, "100"), (-2.346, "-2.35")] {
            assert_eq!(number(value), expected);
        }
        let mut path = PathData::default();
        path.add([(0.04, -0.04), (10.0, 2.55)]);
        assert_eq!(path.as_str(), "M0 0L10 2.5");
    }
}
