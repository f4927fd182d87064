use crate::{BlockToLive, CollectionConfigs, LedgerError, NeverExpires, NoCollectionConfigs};
use std::path::PathBuf;
use std::sync::Arc;

/// Told when a snapshot that was asked for is there, or why it is not: the block, and the directory.
pub type SnapshotDone = Arc<dyn Fn(u64, Result<PathBuf, LedgerError>) + Send + Sync>;

/// How a ledger is opened. Nothing here is stored; give the same every time.
#[derive(Clone)]
pub struct Options {
    /// Asked once per collection and block. A wrong answer forks the state.
    pub block_to_live: Arc<dyn BlockToLive>,
    /// Asked once per block. What it answers is in snapshots and judges private data of old blocks.
    pub collection_configs: Arc<dyn CollectionConfigs>,
    /// Where snapshots go. `None`: requests for one are refused. Fabric: `ledger.snapshots.rootDir`.
    pub snapshots: Option<PathBuf>,
    pub snapshot_done: SnapshotDone,
    /// Cache of the database's blocks in bytes, shared by all column families.
    pub cache_bytes: usize,
    /// Cache of public values that are read often, in bytes.
    pub state_cache_bytes: usize,
    /// Wait for the disk in every commit. Switch off only where losing the last blocks at a power failure is fine (tests,
    /// development networks); a killed process loses nothing either way.
    pub sync: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            block_to_live: Arc::new(NeverExpires),
            collection_configs: Arc::new(NoCollectionConfigs),
            snapshots: None,
            snapshot_done: Arc::new(|_, _| {}),
            cache_bytes: 64 << 20,
            state_cache_bytes: 32 << 20,
            sync: true,
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("cache_bytes", &self.cache_bytes)
            .field("sync", &self.sync)
            .finish_non_exhaustive()
    }
}
