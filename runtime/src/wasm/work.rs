use std::sync::atomic::{AtomicU64, Ordering};

/// What an engine has done since it was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EngineWork {
    /// Instances that exist now.
    pub live: u32,
    /// Calls that an instance was made for; what another contract calls counts, too.
    pub invocations: u64,
    /// Fuel of all calls.
    pub fuel: u64,
    /// Components that were compiled, in this process or by its child.
    pub compilations: u64,
    /// Components whose machine code was in the cache on disk.
    pub cache_hits: u64,
    /// Components that were mapped from the cache again because they had been given up; see
    /// [`crate::EngineConfig::ready_code`].
    pub reloads: u64,
    /// Components that are mapped now.
    pub ready: usize,
    /// Bytes of their machine code, tables included.
    pub ready_code: usize,
}

/// Counts calls. What they cost is nothing beside one.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    invocations: AtomicU64,
    fuel: AtomicU64,
}

impl Counters {
    pub(crate) fn call(&self, fuel: u64) {
        self.invocations.fetch_add(1, Ordering::Relaxed);
        self.fuel.fetch_add(fuel, Ordering::Relaxed);
    }

    /// Invocations and fuel.
    pub(crate) fn read(&self) -> (u64, u64) {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (read(&self.invocations), read(&self.fuel))
    }
}
