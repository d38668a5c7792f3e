//! Several replicas of the service over one database, played in one thread from a seed.

mod checks;
mod clients;
mod database;
mod executor;
mod mutations;
mod planner;
mod replica;
mod world;

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use world::{Kind, Played, play};

use self::mutations::Mutation;

/// How many seeds each test plays, unless `OUTRIDER_SEEDS` says otherwise.
const SEEDS: u64 = 300;

fn asked(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn seeds() -> u64 {
    asked("OUTRIDER_SEEDS").unwrap_or(SEEDS)
}

/// Plays worlds on all cores until one breaks a promise: the lowest seed that does, of those that were played.
fn first_broken(kind: Kind, mutation: Option<Mutation>, seeds: u64) -> Option<(u64, Played)> {
    let (next, broken) = (AtomicU64::new(0), AtomicU64::new(u64::MAX));
    thread::scope(|scope| {
        let work = || {
            let mut found: Option<(u64, Played)> = None;
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= seeds || seed > broken.load(Ordering::Relaxed) {
                    return found;
                }
                let played = play(seed, kind, mutation, false);
                if played.violation.is_some() {
                    broken.fetch_min(seed, Ordering::Relaxed);
                    found = Some((seed, played));
                }
            }
        };
        let cores = thread::available_parallelism().map_or(1, usize::from);
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        let found = workers.into_iter().filter_map(|worker| worker.join().expect("a world panicked"));
        found.min_by_key(|(seed, _)| *seed)
    })
}

#[track_caller]
fn check_worlds(kind: Kind, name: &str) {
    if let Some((seed, played)) = first_broken(kind, None, seeds()) {
        let broken = played.violation.unwrap_or_default();
        panic!(
            "{broken}\nits trace: OUTRIDER_WORLD={name} OUTRIDER_SEED={seed} cargo test --lib one_seed -- --nocapture"
        );
    }
}

#[test]
fn whatever_goes_wrong_with_replicas_and_their_database_promises_hold() {
    check_worlds(Kind::Storm, "storm");
}

#[test]
fn when_a_replica_dies_another_one_plans_its_missions_within_five_seconds() {
    check_worlds(Kind::Deaths, "deaths");
}

/// Plays the world of `OUTRIDER_SEED` with its trace; without one, there is nothing to see.
#[test]
fn one_seed() {
    let Some(seed) = asked("OUTRIDER_SEED") else { return };
    let kind =
        if std::env::var("OUTRIDER_WORLD").is_ok_and(|kind| kind == "deaths") { Kind::Deaths } else { Kind::Storm };
    let started = Instant::now();
    let played = play(seed, kind, None, true);
    println!("{played:?} in {:?}", started.elapsed());
    assert_eq!(played.violation, None);
}
