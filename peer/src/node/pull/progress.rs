use crate::node::Verifier;
use parking_lot::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

/// How far the blocks of one connection have come, for those who watch it.
#[derive(Debug)]
pub(super) struct Progress {
    verifier: Mutex<Verifier>,
    /// Blocks wait to be committed: that none arrive is this peer's doing.
    full: AtomicBool,
}

impl Progress {
    pub(super) fn new(verifier: Verifier) -> Self {
        Self {
            verifier: Mutex::new(verifier),
            full: AtomicBool::new(false),
        }
    }

    /// What judges the next block.
    pub(super) fn verifier(&self) -> Verifier {
        self.verifier.lock().clone()
    }

    /// Number of the block that comes next.
    pub(super) fn next(&self) -> u64 {
        self.verifier.lock().next()
    }

    pub(super) fn advance(&self, verifier: &Verifier) {
        *self.verifier.lock() = verifier.clone();
    }

    pub(super) fn set_full(&self, full: bool) {
        self.full.store(full, Ordering::Relaxed);
    }

    pub(super) fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }
}
