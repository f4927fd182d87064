use crate::{
    AlwaysEligible, BlockToLive, CollectionConfigs, Eligibility, LedgerError, NeverExpires,
    NoCollectionConfigs, Version,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Told when a snapshot that was asked for is there, or why it is not: the block, and the directory.
pub type SnapshotDone = Arc<dyn Fn(u64, Result<PathBuf, LedgerError>) + Send + Sync>;

/// A private key that a transaction purges, as it is found in the store.
#[derive(Debug)]
pub struct PurgedKey<'a> {
    /// The ledger's directory.
    pub ledger: &'a Path,
    pub namespace: &'a str,
    pub collection: &'a str,
    pub key: &'a str,
    /// Who wrote the value that goes.
    pub version: Version,
}

/// Told of purged keys, once for each value.
pub type KeyPurged = Arc<dyn Fn(&PurgedKey<'_>) + Send + Sync>;

/// Whose rules the state follows. Fabric's peers differ in them, so all peers of a channel should have the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StateDatabase {
    /// Any key and any value; no rich queries.
    #[default]
    LevelDb,
    /// Rich queries; no key that is empty or begins with `_`, no JSON object with a member that begins with `_` or is
    /// named `~version`; values that are JSON objects read back as CouchDB writes them.
    CouchDb,
}

/// How a ledger is opened. Nothing here is stored; give the same every time.
#[derive(Clone)]
pub struct Options {
    /// Asked once per collection and block. A wrong answer forks the state.
    pub block_to_live: Arc<dyn BlockToLive>,
    /// Asked once per block. What it answers is in snapshots and judges private data of old blocks.
    pub collection_configs: Arc<dyn CollectionConfigs>,
    /// Asked for private data that a block names and this peer does not have.
    pub eligibility: Arc<dyn Eligibility>,
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
    /// Keep the database in memory and nothing on the disk: it is gone with the ledger. For tests.
    pub in_memory: bool,
    pub state_database: StateDatabase,
    /// Rows that Fabric fetches from CouchDB at a time (`ledger.state.couchDBConfig.internalQueryLimit`): the `skip` of
    /// a rich query counts in each such portion.
    pub rich_query_portion: usize,
    /// Whether a chaincode may ask for a key's history. It is kept either way: the write is the block's own, and a peer that
    /// is asked again later has no gap. Fabric: `ledger.history.enableHistoryDatabase`.
    pub history: bool,
    pub purged: KeyPurged,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            block_to_live: Arc::new(NeverExpires),
            collection_configs: Arc::new(NoCollectionConfigs),
            eligibility: Arc::new(AlwaysEligible),
            snapshots: None,
            snapshot_done: Arc::new(|_, _| {}),
            cache_bytes: 64 << 20,
            state_cache_bytes: 32 << 20,
            sync: true,
            in_memory: false,
            state_database: StateDatabase::default(),
            rich_query_portion: 1000,
            history: true,
            purged: Arc::new(|_| {}),
        }
    }
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("cache_bytes", &self.cache_bytes)
            .field("sync", &self.sync)
            .field("state_database", &self.state_database)
            .finish_non_exhaustive()
    }
}
