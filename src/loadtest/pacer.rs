//! An open loop: requests are due at times that do not depend on how fast the service answers.
//!
//! A client that waits for an answer before it sends the next request stops measuring just when the service is slow ("coordinated
//! omission"). Here the times are drawn beforehand and latencies count from them. A thread of its own keeps them: the runtime's
//! timers tick in milliseconds, which is longer than what is to be measured.

use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use super::draw::Draw;

/// How often a sleeping pacer looks whether it is to stop.
const LOOK: Duration = Duration::from_millis(100);

/// Requests of one kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// How many a second.
    pub(super) per_s: f64,
}

/// When the requests of one kind are due: one in each slot of 1 / rate seconds, anywhere in it, so that they beat with nothing.
#[derive(Debug)]
struct Slots {
    per_s: f64,
    number: u64,
    draw: Draw,
}

impl Slots {
    /// The next one, in seconds from the beginning.
    fn next_s(&mut self) -> f64 {
        let at_s = (self.number as f64 + self.draw.share()) / self.per_s;
        self.number += 1;
        at_s
    }
}

/// Calls `on_due` for every request that is due between `begin` and `end`, with its kind's place in `paces`, its number and
/// when it was due. Ends earlier when told to stop. `on_due` runs within the runtime and may spawn tasks.
///
/// # Errors
/// When the system gives no thread.
pub(super) async fn keep_pace(
    paces: Vec<Pace>,
    seed: u64,
    begin: Instant,
    end: Instant,
    stop: CancellationToken,
    on_due: impl FnMut(usize, u64, Instant) + Send + 'static,
) -> std::io::Result<()> {
    let runtime = tokio::runtime::Handle::current();
    let (done, ended) = oneshot::channel::<()>();
    let keep = move || {
        let _inside = runtime.enter();
        let _done = done;
        // Gone, with all that it holds, before the end is told.
        let mut on_due = on_due;
        sharpen_sleep();
        let mut slots: Vec<(usize, Slots, f64)> = Vec::new();
        for (i, pace) in paces.into_iter().enumerate().filter(|(_, pace)| pace.per_s > 0.0) {
            let mut of = Slots { per_s: pace.per_s, number: 0, draw: Draw::new(seed, u64::MAX - i as u64) };
            let first_s = of.next_s();
            slots.push((i, of, first_s));
        }
        while let Some((kind, of, at_s)) = slots.iter_mut().min_by(|a, b| a.2.total_cmp(&b.2)) {
            let due = begin + Duration::from_secs_f64(*at_s);
            if due >= end {
                return;
            }
            while let Some(left) = due.checked_duration_since(Instant::now()).filter(|left| !left.is_zero()) {
                if stop.is_cancelled() {
                    return;
                }
                std::thread::sleep(left.min(LOOK));
            }
            if stop.is_cancelled() {
                return;
            }
            on_due(*kind, of.number - 1, due);
            *at_s = of.next_s();
        }
    };
    std::thread::Builder::new().name("pacer".to_owned()).spawn(keep)?;
    // Its end is told by the drop of the sender.
    let _ = ended.await;
    Ok(())
}

/// Linux wakes a sleeping thread up to 50 µs late to save power; not this one.
fn sharpen_sleep() {
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_timerslack(1);
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[tokio::test]
    async fn requests_are_due_in_order_at_their_rate_and_the_same_for_a_seed() {
        let run = async |seed| {
            let seen = Arc::new(Mutex::new(Vec::new()));
            let note = Arc::clone(&seen);
            let begin = Instant::now() - Duration::from_secs(3);
            let paces = vec![Pace { per_s: 100.0 }, Pace { per_s: 0.0 }, Pace { per_s: 10.0 }];
            keep_pace(
                paces,
                seed,
                begin,
                begin + Duration::from_secs(2),
                CancellationToken::new(),
                move |kind, i, due| {
                    note.lock().unwrap().push((kind, i, due - begin));
                },
            )
            .await
            .unwrap();
            Arc::try_unwrap(seen).unwrap().into_inner().unwrap()
        };
        let seen = run(1).await;
        assert!(seen.is_sorted_by_key(|(_, _, due)| *due));
        for (kind, per_s) in [(0, 100), (2, 10)] {
            let dues: Vec<_> = seen.iter().filter(|(k, ..)| *k == kind).collect();
            assert_eq!(dues.len(), 2 * per_s);
            for (i, (_, number, due)) in dues.into_iter().enumerate() {
                assert_eq!((*number, (due.as_secs_f64() * per_s as f64) as usize), (i as u64, i));
            }
        }
        assert_eq!(seen, run(1).await);
        assert_ne!(seen, run(2).await);
    }

    #[tokio::test]
    async fn a_pacer_that_is_stopped_ends() {
        let (begin, stop) = (Instant::now(), CancellationToken::new());
        stop.cancel();
        let paces = vec![Pace { per_s: 1.0 }];
        keep_pace(paces, 1, begin, begin + Duration::from_secs(3600), stop, |_, _, _| {}).await.unwrap();
        assert!(begin.elapsed() < Duration::from_secs(60));
    }
}
