//! How far an import is, told from the thread that does it to whoever waits for it.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};

use super::ImportError;

/// How far an import is. Everything may be read at any time; a figure may be a moment old.
#[derive(Debug, Default)]
pub struct ImportProgress {
    step: AtomicU8,
    done: AtomicU64,
    total: AtomicU64,
    cancelled: AtomicBool,
}

/// What an import is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ImportStep {
    /// Others are imported first; nothing is counted.
    Waiting,
    /// Roads are read; bytes are counted.
    Roads,
    /// Their nodes are read; bytes are counted.
    Nodes,
    /// The network is made; nothing is counted.
    Network,
    /// It is stored; rows are counted.
    Storing,
}

impl ImportStep {
    /// As it is told.
    pub fn as_str(self) -> &'static str {
        match self {
            ImportStep::Waiting => "waiting",
            ImportStep::Roads => "roads",
            ImportStep::Nodes => "nodes",
            ImportStep::Network => "network",
            ImportStep::Storing => "storing",
        }
    }
}

impl ImportProgress {
    /// The step, how much of it is done, and how much there is in all (0 where that is not known).
    pub fn now(&self) -> (ImportStep, u64, u64) {
        let step = match self.step.load(Ordering::Relaxed) {
            0 => ImportStep::Waiting,
            1 => ImportStep::Roads,
            2 => ImportStep::Nodes,
            3 => ImportStep::Network,
            _ => ImportStep::Storing,
        };
        (step, self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }

    /// Begins a step.
    pub fn begin(&self, step: ImportStep, total: u64) {
        self.done.store(0, Ordering::Relaxed);
        self.total.store(total, Ordering::Relaxed);
        self.step.store(step as u8, Ordering::Relaxed);
    }

    /// So much of the step is done.
    pub fn reach(&self, done: u64) {
        self.done.store(done, Ordering::Relaxed);
    }

    /// What counts how much of the step is done.
    pub fn counter(&self) -> &AtomicU64 {
        &self.done
    }

    /// Asks the import to stop. It does so at the next opportunity, and stores nothing.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether it is to go on.
    ///
    /// # Errors
    /// When it was called off.
    pub fn check(&self) -> Result<(), ImportError> {
        if self.cancelled.load(Ordering::Relaxed) { Err(ImportError::Cancelled) } else { Ok(()) }
    }
}
