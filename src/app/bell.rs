//! How subscribers are woken: each has one bell, whatever the number of missions it follows.
//!
//! A bell is an atomic word and a waker, so that following one more mission costs a subscriber a few dozen bytes and no future of
//! its own. It says in which of the subscriber's missions there is something new, never what: that is for the subscriber to
//! look up. Ringing twice is harmless.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use futures_util::task::AtomicWaker;

/// How many missions one bell can tell apart: the bits of its word.
pub const MAX_PLACES: usize = u64::BITS as usize;

/// A subscriber's bell. The bit of a place is that of the mission at this place of the subscriber's list.
#[derive(Debug, Default)]
pub(super) struct Bell {
    rung: AtomicU64,
    waker: AtomicWaker,
}

impl Bell {
    /// Where there may be something new since the last call.
    pub(super) fn take(&self) -> u64 {
        self.rung.swap(0, Ordering::AcqRel)
    }

    /// Has this waker called at the next ringing. To be followed by [`Bell::take`]: it may have rung just before.
    pub(super) fn wake(&self, waker: &Waker) {
        self.waker.register(waker);
    }
}

/// Who is to be woken.
#[derive(Debug, Default)]
pub(super) struct Bells {
    hung: Mutex<Hung>,
}

#[derive(Debug, Default)]
struct Hung {
    next: u64,
    by_key: BTreeMap<u64, (Arc<Bell>, u8)>,
}

impl Bells {
    /// Rings the bell, with the bit of `place`, whenever there is something new. The key takes it down again.
    pub(super) fn hang(&self, bell: &Arc<Bell>, place: usize) -> u64 {
        let mut hung = self.lock();
        let key = hung.next;
        hung.next += 1;
        hung.by_key.insert(key, (Arc::clone(bell), (place % MAX_PLACES) as u8));
        key
    }

    /// Takes a bell down; says whether it was the last.
    pub(super) fn take_down(&self, key: u64) -> bool {
        let mut hung = self.lock();
        hung.by_key.remove(&key);
        hung.by_key.is_empty()
    }

    /// Rings all of them.
    pub(super) fn ring(&self) {
        // Woken when the lock is free again: a waker is somebody else's code.
        let wakers: Vec<Waker> = {
            let hung = self.lock();
            let rung = hung.by_key.values().filter_map(|(bell, place)| {
                bell.rung.fetch_or(1 << place, Ordering::AcqRel);
                bell.waker.take()
            });
            rung.collect()
        };
        wakers.into_iter().for_each(Waker::wake);
    }

    /// How many hang.
    pub(super) fn len(&self) -> usize {
        self.lock().by_key.len()
    }

    fn lock(&self) -> MutexGuard<'_, Hung> {
        self.hung.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::task::Poll;

    use super::*;

    #[test]
    fn a_bell_says_where_it_rang_once() {
        let (one, other) = (Bells::default(), Bells::default());
        let bell = Arc::new(Bell::default());
        let key = one.hang(&bell, 3);
        other.hang(&bell, 63);
        one.ring();
        one.ring();
        assert_eq!(bell.take(), 1 << 3);
        assert_eq!(bell.take(), 0);
        other.ring();
        one.ring();
        assert_eq!(bell.take(), 1 << 3 | 1 << 63);
        assert!(one.take_down(key));
        one.ring();
        assert_eq!((bell.take(), one.len(), other.len()), (0, 0, 1));
    }

    /// Whoever registers first and looks then misses nothing, however the ringing falls.
    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn no_ringing_is_missed() {
        let bells = Arc::new(Bells::default());
        let bell = Arc::new(Bell::default());
        bells.hang(&bell, 0);
        for _ in 0..2_000 {
            let ringing = tokio::spawn({
                let bells = Arc::clone(&bells);
                async move { bells.ring() }
            });
            let heard = poll_fn(|context| {
                bell.wake(context.waker());
                if bell.take() == 0 { Poll::Pending } else { Poll::Ready(()) }
            });
            tokio::time::timeout(std::time::Duration::from_secs(20), heard).await.expect("the bell is heard");
            ringing.await.expect("ringing does not panic");
        }
    }
}
