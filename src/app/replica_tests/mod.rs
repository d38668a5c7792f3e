//! Several replicas of the service over one database, played in one thread from a seed.

mod checks;
mod clients;
mod database;
mod executor;
mod mutations;
mod planner;
mod replica;
mod world;

use std::ops::Range;
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
fn first_broken(kind: Kind, mutation: Option<Mutation>, seeds: Range<u64>) -> Option<(u64, Played)> {
    let (next, broken) = (AtomicU64::new(seeds.start), AtomicU64::new(u64::MAX));
    thread::scope(|scope| {
        let work = || {
            let mut found: Option<(u64, Played)> = None;
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                if seed >= seeds.end || seed > broken.load(Ordering::Relaxed) {
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
    if let Some((seed, played)) = first_broken(kind, None, 0..seeds()) {
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

/// Each rule that is taken out, the seed from which on it is looked for, and how many seeds may pass until it shows: from the
/// first seed on where it shows soon, and from a little before the first that shows it where that is rare.
const MUTATIONS: [(Mutation, u64, u64); 14] = [
    (Mutation::NoLease, 0, 10),
    (Mutation::LateBeatCounts, 760, 10),
    (Mutation::NoCondition, 0, 10),
    (Mutation::NoDedup, 0, 10),
    (Mutation::NoDedupAtAll, 0, 10),
    (Mutation::ToldBeforeDurable, 0, 10),
    (Mutation::NoDoubt, 0, 10000),
    (Mutation::NoPositionDoubt, 3680, 10),
    (Mutation::NoAdmission, 0, 10),
    (Mutation::NoCheckOfRefusals, 260, 10),
    (Mutation::NoHintsNorSweep, 0, 10),
    (Mutation::NoLookWhenAlone, 550, 10),
    (Mutation::NoUnplannedSweep, 0, 10),
    (Mutation::NoExpiry, 0, 10),
];

#[test]
fn an_engine_with_a_rule_taken_out_is_caught() {
    let mut missed = Vec::new();
    for (mutation, from, within) in MUTATIONS {
        match first_broken(Kind::Storm, Some(mutation), from..from + within) {
            Some((seed, played)) => println!("{mutation:?}: seed {seed}, {}", played.violation.unwrap_or_default()),
            None => missed.push(mutation),
        }
    }
    assert!(missed.is_empty(), "not caught: {missed:?}");
}

#[test]
fn the_same_seed_gives_the_same_world() {
    for seed in 0..10 {
        assert_eq!(play(seed, Kind::Storm, None, false), play(seed, Kind::Storm, None, false));
    }
}

/// Plays the world of `OUTRIDER_SEED` with its trace; without one, there is nothing to see.
#[test]
fn one_seed() {
    let Some(seed) = asked("OUTRIDER_SEED") else { return };
    let kind =
        if std::env::var("OUTRIDER_WORLD").is_ok_and(|kind| kind == "deaths") { Kind::Deaths } else { Kind::Storm };
    let name = std::env::var("OUTRIDER_MUTATION").unwrap_or_default();
    let mutation = MUTATIONS.iter().map(|(mutation, _, _)| *mutation).find(|mutation| format!("{mutation:?}") == name);
    let started = Instant::now();
    let played = play(seed, kind, mutation, true);
    println!("{played:?} in {:?}", started.elapsed());
    assert_eq!(played.violation, None);
}
