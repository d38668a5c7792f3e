//! A token bucket in one word, without a lock: the generic cell rate algorithm (ITU-T I.371, "virtual scheduling").
//!
//! The word is the moment at which the bucket will be full again. Whoever takes a token moves it on by the time in which one token
//! comes; if that would put it further ahead than a whole bucket takes to fill, there is no token.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How fast tokens come, and how many there are at the most.
#[derive(Clone, Copy, Debug)]
pub(in crate::api) struct Rate {
    /// In which one token comes, in nanoseconds; 0 for no limit.
    interval_ns: u64,
    /// In which a whole bucket fills, in nanoseconds.
    full_ns: u64,
}

impl Rate {
    /// So many tokens in a time, and at the most `burst` at once. 0 tokens stand for no limit.
    pub(in crate::api) fn new(tokens: u32, within: Duration, burst: u32) -> Self {
        let interval_ns = nanoseconds(within) / u64::from(tokens.max(1));
        let interval_ns = if tokens == 0 { 0 } else { interval_ns.max(1) };
        Self { interval_ns, full_ns: interval_ns.saturating_mul(u64::from(burst.max(1))) }
    }

    /// For how long a token will not have come whose lack refused somebody: at least a second, since that is what can be told.
    fn wait(self, full_at_ns: u64, now_ns: u64) -> Duration {
        let until_ns = full_at_ns.saturating_add(self.interval_ns).saturating_sub(self.full_ns);
        Duration::from_nanos(until_ns.saturating_sub(now_ns))
    }
}

/// A duration in nanoseconds; the longest there is, five centuries, for all beyond.
pub(in crate::api) fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Tokens. Times are nanoseconds from any moment that stays the same.
#[derive(Debug, Default)]
pub(in crate::api) struct Bucket {
    full_at_ns: AtomicU64,
}

impl Bucket {
    /// Takes a token; if there is none, says how long it takes to come.
    pub(in crate::api) fn take(&self, rate: Rate, now_ns: u64) -> Result<(), Duration> {
        if rate.interval_ns == 0 {
            return Ok(());
        }
        let mut full_at_ns = self.full_at_ns.load(Ordering::Relaxed);
        loop {
            let next = full_at_ns.max(now_ns).saturating_add(rate.interval_ns);
            if next - now_ns > rate.full_ns {
                return Err(rate.wait(full_at_ns, now_ns));
            }
            match self.full_at_ns.compare_exchange_weak(full_at_ns, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Ok(()),
                Err(other) => full_at_ns = other,
            }
        }
    }

    /// Whether there is a token, without taking it.
    pub(super) fn look(&self, rate: Rate, now_ns: u64) -> Result<(), Duration> {
        let full_at_ns = self.full_at_ns.load(Ordering::Relaxed);
        let next = full_at_ns.max(now_ns).saturating_add(rate.interval_ns);
        if rate.interval_ns > 0 && next - now_ns > rate.full_ns {
            return Err(rate.wait(full_at_ns, now_ns));
        }
        Ok(())
    }

    /// Whether it is full, so that a new one would be the same.
    pub(super) fn is_full(&self, now_ns: u64) -> bool {
        self.full_at_ns.load(Ordering::Relaxed) <= now_ns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: u64 = 1_000_000;

    #[test]
    fn a_burst_is_let_in_and_then_as_many_as_the_rate_says() {
        let (bucket, rate) = (Bucket::default(), Rate::new(10, Duration::from_secs(1), 5));
        let begin = 77 * MS;
        for _ in 0..5 {
            assert_eq!(bucket.look(rate, begin), Ok(()));
            assert_eq!(bucket.take(rate, begin), Ok(()));
        }
        assert_eq!(bucket.take(rate, begin), Err(Duration::from_millis(100)));
        assert_eq!(bucket.look(rate, begin + 40 * MS), Err(Duration::from_millis(60)));
        let let_in = (1..=1_000).filter(|ms| bucket.take(rate, begin + ms * MS).is_ok()).count();
        assert_eq!(let_in, 10, "in the second after");
        assert!(!bucket.is_full(begin + 1_000 * MS) && bucket.is_full(begin + 1_600 * MS));
        let again = (0..20).filter(|_| bucket.take(rate, begin + 60_000 * MS).is_ok()).count();
        assert_eq!(again, 5, "no more than a bucket however long nobody came");
    }

    #[test]
    fn no_rate_is_no_limit() {
        let (bucket, rate) = (Bucket::default(), Rate::new(0, Duration::from_secs(1), 5));
        assert!((0..1_000).all(|_| bucket.take(rate, 1).is_ok() && bucket.look(rate, 1).is_ok()));
        assert!(bucket.is_full(1));
    }

    #[test]
    fn of_many_at_once_no_more_get_a_token_than_there_are() {
        let (bucket, rate) = (Bucket::default(), Rate::new(1, Duration::from_secs(3_600), 1_000));
        let taken: usize = std::thread::scope(|scope| {
            let takers: Vec<_> =
                (0..4).map(|_| scope.spawn(|| (0..1_000).filter(|_| bucket.take(rate, MS).is_ok()).count())).collect();
            takers.into_iter().map(|taker| taker.join().unwrap()).sum()
        });
        assert_eq!(taken, 1_000);
    }
}
