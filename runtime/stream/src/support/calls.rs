use std::sync::atomic::{AtomicUsize, Ordering};

/// Calls of chaincode that are under way, on all streams.
#[derive(Default)]
pub(crate) struct Calls(AtomicUsize);

impl Calls {
    /// Counts one until the guard is dropped.
    pub(crate) fn enter(&self) -> UnderWay<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        UnderWay(&self.0)
    }

    pub(crate) fn is_one(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 1
    }
}

pub(crate) struct UnderWay<'a>(&'a AtomicUsize);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
