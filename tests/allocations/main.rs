//! In the steady state a search allocates nothing: counted by the allocator.
//!
//! A test binary of its own, since a program has one allocator.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use outrider::domain::closure::Closure;
use outrider::domain::ids::{ClosureId, NodeIndex, SegmentId};
use outrider::domain::knowledge::Knowledge;
use outrider::domain::network::{Leg, Network, Place};
use outrider::domain::timestamp::Timestamp;
use outrider::import::sample_town;
use outrider::planning::budget::Budget;
use outrider::planning::search::Search;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use uuid::Uuid;

/// The system's allocator, counting what the current thread asks for.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

fn count() {
    // A thread that is ending has no count any more.
    let _ = ALLOCATIONS.try_with(|allocations| allocations.set(allocations.get() + 1));
}

#[expect(unsafe_code, reason = "an allocator can be written in no other way; this one hands everything on")]
// SAFETY: every call is handed on as it came to the system's allocator, which keeps the promises.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are the same.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        count();
        // SAFETY: the caller's promises are the same.
        unsafe { System.realloc(block, layout, new_size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Closes or reopens a segment.
fn turn(knowledge: &mut Knowledge, segment: SegmentId) {
    let id = ClosureId(Uuid::from_u128(u128::from(segment.0)));
    let segments = vec![segment];
    knowledge.apply_closure(&if knowledge.is_blocked(segment) {
        let at = Timestamp::from_unix_micros(0).unwrap();
        Closure::Reopen { id, segments, reason: String::new(), reopened_by: String::new(), at }
    } else {
        Closure::Close { id, segments, reason: String::new(), closed_by: String::new(), expires_at: None }
    });
}

/// Closures, reopenings, moves of the UGV and three goals; returns how many allocations the searches made.
fn drive(search: &mut Search, network: &Network, legs: &mut Vec<Leg>) -> u64 {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut below = |limit: usize| (random.next_u64() % limit as u64) as usize;
    let mut knowledge = Knowledge::unknown(network.segments().len());
    let goals = [0, 1, 2].map(|_| Place { segment: SegmentId(below(network.segments().len()) as u32), offset_m: 1.0 });
    let mut allocations = 0;
    for i in 0..600 {
        let closed = match legs.len() {
            0 => SegmentId(below(network.segments().len()) as u32),
            n => legs[below(n)].segment,
        };
        turn(&mut knowledge, closed);
        let from = network.place_of_node(NodeIndex(below(network.junction_count()) as u32)).unwrap();
        let budget = &mut Budget::steps(Budget::DEFAULT_STEPS);
        let before = ALLOCATIONS.get();
        let obstacle =
            search.write_shortest_way(network, &knowledge, from, &[goals[i / 50 % 3]], budget, legs).unwrap();
        allocations += ALLOCATIONS.get() - before;
        assert!(obstacle.is_none() || legs.is_empty());
    }
    allocations
}

#[test]
fn a_search_allocates_nothing_once_its_memory_has_grown() {
    let town = sample_town(1);
    for (mut search, name) in [(Search::new(), "incremental"), (Search::remembering(0), "from scratch")] {
        let mut legs = Vec::new();
        assert!(drive(&mut search, &town, &mut legs) > 0, "{name}: the first searches need memory, so the count works");
        // What is remembered at the beginning of the second drive is not what it was at the first.
        drive(&mut search, &town, &mut legs);
        assert_eq!(drive(&mut search, &town, &mut legs), 0, "{name}");
    }
}
