//! Shortest ways for the UGV.

/// Scratch memory of searches, used again from one to the next.
#[derive(Debug, Default)]
pub struct Search {}
