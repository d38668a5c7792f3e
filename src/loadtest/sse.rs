//! Server-sent events, as they come in (the HTML standard, section 9.2.6), as far as the service uses them: lines end in a line feed.

use std::borrow::Cow;

/// One event.
#[derive(Debug, PartialEq)]
pub(super) struct Event<'a> {
    pub(super) name: &'a str,
    pub(super) id: Option<u64>,
    pub(super) data: Cow<'a, str>,
}

/// What has come of a stream and is not a whole event yet.
#[derive(Debug, Default)]
pub(super) struct Events {
    text: Vec<u8>,
    /// Up to here there is no end of an event.
    searched: usize,
}

impl Events {
    /// The buffer into which what comes next is written, at its end.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.text
    }

    /// Gives out all events that have come whole.
    pub(super) fn take(&mut self, mut on_event: impl FnMut(Event<'_>)) {
        let mut begin = 0;
        let mut search = self.searched;
        while let Some(found) = memchr::memmem::find(&self.text[search..], b"\n\n") {
            let end = search + found;
            if let Some(event) = parse(&self.text[begin..end]) {
                on_event(event);
            }
            begin = end + 2;
            search = begin;
        }
        self.text.drain(..begin);
        self.searched = self.text.len().saturating_sub(1);
        if self.text.is_empty() {
            // Ten thousand idle streams hold nothing.
            self.text = Vec::new();
        }
    }
}

/// A block without data is no event: a comment, or the time to wait before connecting again.
fn parse(block: &[u8]) -> Option<Event<'_>> {
    let block = std::str::from_utf8(block).unwrap_or("data: this is no UTF-8");
    let mut event = Event { name: "message", id: None, data: Cow::Borrowed("") };
    let mut has_data = false;
    for line in block.split('\n') {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => event.name = value,
            "id" => event.id = value.parse().ok(),
            "data" if has_data => {
                let data = event.data.to_mut();
                data.push('\n');
                data.push_str(value);
            }
            "data" => (event.data, has_data) = (Cow::Borrowed(value), true),
            _ => {}
        }
    }
    has_data.then_some(event)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_put_together_wherever_the_network_cuts_them() {
        let text = "retry: 2000\n\nid: 7\nevent: report\ndata: {\"a\":1}\n\n: a comment\n\nevent: position\ndata: one\n\
                    data: two\n\nid: 8\nevent: plan\ndata: {\"long\":";
        for size in 1..=text.len() {
            let (mut events, mut seen) = (Events::default(), Vec::new());
            for piece in text.as_bytes().chunks(size) {
                events.buffer().extend_from_slice(piece);
                events.take(|event| seen.push((event.name.to_owned(), event.id, event.data.into_owned())));
            }
            let expected = [("report", Some(7), "{\"a\":1}"), ("position", None, "one\ntwo")]
                .map(|(n, i, d)| (n.into(), i, d.into()));
            assert_eq!(seen, expected, "in pieces of {size}");
        }
    }
}
