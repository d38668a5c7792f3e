//! What a subscriber has been promised, checked on what it gets: every event of the log once and in order, over as many
//! connections as it takes.

use std::fmt;

/// How a stream broke its promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Violation {
    /// Events are missing between the last one and this one.
    Gap { expected: u64, got: u64 },
    /// The last event came again.
    Double { id: u64 },
    /// An event came that is older than the last one.
    Disorder { last: u64, got: u64 },
    /// A log event has no id, so that nobody can resume after it.
    WithoutId,
    /// A snapshot is older than what the subscriber had already.
    OldSnapshot { last: u64, got: u64 },
    /// A stream that did not resume does not begin with a snapshot.
    NoSnapshot { got: u64 },
    /// A heartbeat names another event than the last one that came.
    Heartbeat { last: u64, says: u64 },
    /// An event cannot be read.
    Unreadable,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gap { expected, got } => write!(f, "a gap: event {got} came where {expected} was due"),
            Self::Double { id } => write!(f, "a double: event {id} came again"),
            Self::Disorder { last, got } => write!(f, "disorder: event {got} came after {last}"),
            Self::WithoutId => f.write_str("a log event without an id"),
            Self::OldSnapshot { last, got } => write!(f, "a snapshot at {got} came after event {last}"),
            Self::NoSnapshot { got } => write!(f, "a new stream began with event {got}, not with a snapshot"),
            Self::Heartbeat { last, says } => write!(f, "a heartbeat says {says}, but the last event was {last}"),
            Self::Unreadable => f.write_str("an event that cannot be read"),
        }
    }
}

/// A subscriber's place in a mission's log.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct StreamChecker {
    last: Option<u64>,
}

impl StreamChecker {
    /// The last event that came: where to resume. None before the first.
    pub(super) fn last(self) -> Option<u64> {
        self.last
    }

    /// A snapshot came. What it contains need not come as events.
    pub(super) fn snapshot(&mut self, id: Option<u64>) -> Option<Violation> {
        let Some(id) = id else { return Some(Violation::WithoutId) };
        let violation = self.last.filter(|last| id < *last).map(|last| Violation::OldSnapshot { last, got: id });
        self.last = Some(id);
        violation
    }

    /// An event of the log came.
    pub(super) fn log_event(&mut self, id: Option<u64>) -> Option<Violation> {
        let Some(got) = id else { return Some(Violation::WithoutId) };
        let Some(last) = self.last else {
            self.last = Some(got);
            return Some(Violation::NoSnapshot { got });
        };
        if got == last {
            return Some(Violation::Double { id: got });
        }
        if got < last {
            return Some(Violation::Disorder { last, got });
        }
        self.last = Some(got);
        (got != last + 1).then_some(Violation::Gap { expected: last + 1, got })
    }

    /// A heartbeat came.
    pub(super) fn heartbeat(self, says: u64) -> Option<Violation> {
        let last = self.last.unwrap_or(0);
        (says != last).then_some(Violation::Heartbeat { last, says })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is wrong with a stream in short: `s4` is a snapshot at 4, `h4` a heartbeat at 4, a number an event.
    fn check(stream: &str) -> Vec<Violation> {
        let mut checker = StreamChecker::default();
        let one = |item: &str| match (item.strip_prefix('s'), item.strip_prefix('h')) {
            (Some(id), _) => checker.snapshot(id.parse().ok()),
            (_, Some(says)) => checker.heartbeat(says.parse().unwrap()),
            _ => checker.log_event(item.parse().ok()),
        };
        stream.split_whitespace().filter_map(one).collect()
    }

    #[test]
    fn an_honest_stream_has_no_violation() {
        for honest in ["s1 2 3 4 h4 5", "s7", "s3 4 5 s9 10 11 h11", "s3 s3 4", "s5 h5 h5 6"] {
            assert_eq!(check(honest), [], "{honest}");
        }
    }

    #[test]
    fn every_lie_is_noticed() {
        for (stream, violation) in [
            ("s1 2 4 5", Violation::Gap { expected: 3, got: 4 }),
            ("s1 3", Violation::Gap { expected: 2, got: 3 }),
            ("s1 2 3 3 4", Violation::Double { id: 3 }),
            ("s4 4 5", Violation::Double { id: 4 }),
            ("s4 5 6 4 7", Violation::Disorder { last: 6, got: 4 }),
            ("s4 5 x 6", Violation::WithoutId),
            ("s4 5 6 s5 6", Violation::OldSnapshot { last: 6, got: 5 }),
            ("1 2 3", Violation::NoSnapshot { got: 1 }),
            ("s4 5 h4 6", Violation::Heartbeat { last: 5, says: 4 }),
        ] {
            assert_eq!(check(stream), [violation], "{stream}");
            assert!(!violation.to_string().is_empty());
        }
        // An event that comes late was missed first.
        let late = [Violation::Gap { expected: 2, got: 3 }, Violation::Disorder { last: 3, got: 2 }];
        assert_eq!(check("s1 3 2 4"), late);
    }
}
