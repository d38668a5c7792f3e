//! What a parser asks of memory, counted, and refused beyond a bound that goes with the size of its input.
//!
//! libFuzzer's own limit of single allocations needs a sanitizer's runtime, and that of the process's memory sees neither who asked nor what
//! was given back. Counting here costs next to nothing and holds for every allocator call of a target.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

#[global_allocator]
static HEAP: Counted = Counted;

/// Bytes in use, and how many may be.
static LIVE: AtomicUsize = AtomicUsize::new(0);
static LIMIT: AtomicUsize = AtomicUsize::new(usize::MAX);

/// The system's allocator, with a count.
struct Counted;

fn grow(bytes: usize) {
    let live = LIVE.fetch_add(bytes, Relaxed).saturating_add(bytes);
    let limit = LIMIT.load(Relaxed);
    if live > limit {
        // What follows needs memory itself. The hook of libFuzzer's crate ends the process before anything is unwound.
        LIMIT.store(usize::MAX, Relaxed);
        panic!("{bytes} more bytes of memory make it {live}, and {limit} are enough for this input");
    }
}

#[allow(unsafe_code, reason = "an allocator is")]
// SAFETY: every call is handed to the system's allocator as it came.
unsafe impl GlobalAlloc for Counted {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        grow(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        LIVE.fetch_sub(layout.size(), Relaxed);
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        grow(size.saturating_sub(layout.size()));
        LIVE.fetch_sub(layout.size().saturating_sub(size), Relaxed);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// Runs a parser on an input of so many bytes: it may use `fixed` bytes and `each` for every byte of the input.
///
/// # Panics
/// When it wants more.
pub fn bounded<T>(input_bytes: usize, fixed: usize, each: usize, parse: impl FnOnce() -> T) -> T {
    let limit = LIVE.load(Relaxed) + fixed + each * input_bytes;
    LIMIT.store(limit, Relaxed);
    let parsed = parse();
    LIMIT.store(usize::MAX, Relaxed);
    parsed
}
