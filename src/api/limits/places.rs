//! Places that are held for a while: of streams, of imports, and of memory for bodies.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::StatusCode;

use super::Limits;
use super::clients::Client;
use crate::api::problem::Problem;

/// A body of up to so many bytes is not counted: most are smaller, and what is counted is counted by all.
const UNCOUNTED_BYTES: usize = 16 << 10;

/// How much of something is in use.
#[derive(Debug, Default)]
pub(super) struct Counter(AtomicUsize);

impl Counter {
    /// Adds, and says how much it was before.
    fn add(&self, amount: usize) -> usize {
        self.0.fetch_add(amount, Ordering::Relaxed)
    }

    fn subtract(&self, amount: usize) {
        self.0.fetch_sub(amount, Ordering::Relaxed);
    }
}

/// One open stream of an address.
#[derive(Debug)]
pub(in crate::api) struct StreamPlace {
    client: Arc<Client>,
    pub(super) before: u32,
}

impl StreamPlace {
    pub(super) fn take(client: &Arc<Client>) -> Self {
        let before = client.streams.fetch_add(1, Ordering::Relaxed);
        Self { client: Arc::clone(client), before }
    }
}

impl Drop for StreamPlace {
    fn drop(&mut self) {
        self.client.streams.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One network that is uploaded and imported.
#[derive(Debug)]
pub(in crate::api) struct ImportPlace {
    limits: Arc<Limits>,
    client: Arc<Client>,
    pub(super) before_all: usize,
    pub(super) before_mine: u32,
}

impl ImportPlace {
    pub(super) fn take(limits: &Arc<Limits>, client: &Arc<Client>) -> Self {
        let before_all = limits.imports.add(1);
        let before_mine = client.imports.fetch_add(1, Ordering::Relaxed);
        // The one for whom no limit holds stands for many.
        let before_mine = if client.exempt || client.crowd { 0 } else { before_mine };
        Self { limits: Arc::clone(limits), client: Arc::clone(client), before_all, before_mine }
    }
}

impl Drop for ImportPlace {
    fn drop(&mut self) {
        self.limits.imports.subtract(1);
        self.client.imports.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The memory of a body that is being read.
#[derive(Debug)]
pub(in crate::api) struct BodyMemory {
    limits: Arc<Limits>,
    counted_bytes: usize,
}

impl BodyMemory {
    pub(super) fn new(limits: Arc<Limits>) -> Self {
        Self { limits, counted_bytes: 0 }
    }

    /// The body has grown to so many bytes.
    ///
    /// # Errors
    /// When all bodies that are on their way take too much together.
    pub(in crate::api) fn grow_to(&mut self, bytes: usize) -> Result<(), Problem> {
        let counted = bytes.saturating_sub(UNCOUNTED_BYTES);
        let more = counted.saturating_sub(self.counted_bytes);
        if more == 0 {
            return Ok(());
        }
        self.counted_bytes = counted;
        if self.limits.bodies.add(more) + more <= self.limits.options.bodies_bytes {
            return Ok(());
        }
        metrics::counter!("outrider_limited_total", "limit" => "bodies").increment(1);
        Err(Problem {
            retry_after_s: Some(2),
            ..Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "too many large bodies are on their way")
        })
    }
}

impl Drop for BodyMemory {
    fn drop(&mut self) {
        self.limits.bodies.subtract(self.counted_bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Caller, LimitOptions};
    use super::*;

    #[test]
    fn large_bodies_share_their_memory_and_give_it_back() {
        let limits = Limits::new(LimitOptions { bodies_bytes: 100_000, ..LimitOptions::default() });
        let caller = Caller { limits: Arc::clone(&limits), ..Caller::unknown() };
        let mut first = caller.body_memory();
        for bytes in [1, 1_000, 60_000, 90_000] {
            first.grow_to(bytes).unwrap();
        }
        let mut second = caller.body_memory();
        second.grow_to(UNCOUNTED_BYTES).unwrap();
        assert_eq!(second.grow_to(60_000).err().unwrap().code, "busy");
        drop(second);
        drop(first);
        caller.body_memory().grow_to(100_000).unwrap();
        assert_eq!(limits.bodies.add(0), 0);
    }
}
