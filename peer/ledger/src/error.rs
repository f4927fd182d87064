use std::path::PathBuf;

/// What went wrong while opening, reading or committing a ledger.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    #[error("opening the ledger database in {dir}")]
    Open {
        dir: PathBuf,
        source: rocksdb::Error,
    },

    #[error("no ledger in {dir}")]
    NotFound { dir: PathBuf },

    #[error("a ledger exists in {dir} already")]
    Exists { dir: PathBuf },

    #[error("creating {dir}")]
    CreateDir {
        dir: PathBuf,
        source: std::io::Error,
    },

    #[error("the ledger in {dir} has format [{found}], this program reads [{expected}]")]
    Format {
        dir: PathBuf,
        found: String,
        expected: String,
    },

    /// The database opens but what it holds contradicts itself.
    #[error("the ledger in {dir} is damaged: {what}")]
    Damaged { dir: PathBuf, what: String },

    /// RocksDB failed to read.
    #[error("reading {what}")]
    Read {
        what: &'static str,
        source: rocksdb::Error,
    },

    /// A stored value is not what this crate writes.
    #[error("the stored {what} under key {key} cannot be decoded")]
    Corrupt { what: &'static str, key: String },

    /// RocksDB failed to write: disk full, read-only, failing. The block is not committed. Unless
    /// [`LedgerError::is_disk_full`] the ledger takes no further block until it is opened again.
    #[error("writing block [{block}]: nothing of it was committed")]
    Write { block: u64, source: rocksdb::Error },

    /// As [`LedgerError::Write`], for an index of rich queries. The index is not there; blocks go on.
    #[error("writing an index of rich queries")]
    WriteIndex { source: rocksdb::Error },

    #[error(
        "an earlier write failed; the ledger must be reopened before it commits block [{block}]: {cause}"
    )]
    Poisoned { block: u64, cause: String },

    /// The thread that worked on it is gone.
    #[error("work on the ledger was interrupted")]
    Interrupted,

    #[error("block [{block}] cannot be parsed: {what}")]
    Malformed { block: String, what: String },

    /// Fabric's text (common/ledger/blkstorage/blockfile_mgr.go).
    #[error("block number should have been {expected} but was {found}")]
    WrongNumber { expected: u64, found: u64 },

    /// Fabric's text (common/ledger/blkstorage/blockfile_mgr.go).
    #[error(
        "unexpected Previous block hash. Expected PreviousHash = [{expected}], PreviousHash referred in the latest block= [{found}]"
    )]
    WrongPreviousHash { expected: String, found: String },

    #[error("block [{block}] says its data hash is [{header}] but the data hashes to [{computed}]")]
    WrongDataHash {
        block: u64,
        header: String,
        computed: String,
    },

    #[error(
        "block [{block}] has {transactions} transactions but {codes} validation codes were given"
    )]
    WrongCodes {
        block: u64,
        transactions: usize,
        codes: usize,
    },

    /// Fabric's text (core/ledger/kvledger/txmgmt/validation/batch_preparer.go).
    #[error(
        "hash of pvt data for collection [{namespace}:{collection}] does not match with the corresponding hash in the public data. public hash = [{public}], pvt data hash = [{private}]"
    )]
    PrivateDataHash {
        namespace: String,
        collection: String,
        public: String,
        private: String,
    },

    #[error("private data of block [{block}], transaction [{tx}]: {what}")]
    PrivateData { block: u64, tx: u64, what: String },

    /// The caller's [`crate::CollectionConfigs`] failed; the history of collections would have a hole.
    #[error("collections that block [{block}] changes: {cause}")]
    CollectionConfigs { block: u64, cause: String },

    #[error("snapshot file {path}")]
    SnapshotFile {
        path: PathBuf,
        source: std::io::Error,
    },

    #[error("snapshot file {path} is malformed: {what}")]
    SnapshotMalformed { path: PathBuf, what: String },

    /// Fabric's text, as all below (core/ledger/kvledger/snapshot.go and snapshot_mgmt.go).
    #[error(
        "hash mismatch for file [{file}]. Expected hash = [{expected}], Actual hash = [{actual}]"
    )]
    SnapshotHash {
        file: String,
        expected: String,
        actual: String,
    },

    #[error(
        "requested snapshot for block number {block} cannot be less than the last committed block number {last}"
    )]
    SnapshotTooLow { block: u64, last: u64 },

    #[error("snapshot already generated for block number {0}")]
    SnapshotExists(u64),

    #[error("duplicate snapshot request for block number {0}")]
    SnapshotRequested(u64),

    #[error("no snapshot request exists for block number {0}")]
    SnapshotNotRequested(u64),

    #[error("cannot cancel the snapshot request because it is under processing")]
    SnapshotRunning,

    #[error("this ledger was opened without a directory for snapshots")]
    NoSnapshots,

    /// Fabric's text (common/ledger/blkstorage/blockfile_mgr.go), as the next.
    #[error(
        "cannot serve block [{block}]. The ledger is bootstrapped from a snapshot. First available block = [{first}]"
    )]
    BlockBeforeSnapshot { block: u64, first: u64 },

    #[error(
        "details for the TXID [{tx_id}] not available. Ledger bootstrapped from a snapshot. First available block = [{first}]"
    )]
    TxBeforeSnapshot { tx_id: String, first: u64 },

    /// Fabric's text (core/ledger/kvledger/reset.go, rollback.go, rebuild_dbs.go), as the next.
    #[error(
        "cannot {what} because the peer contains channel(s) [{channel}] that were bootstrapped from snapshot"
    )]
    FromSnapshot { what: &'static str, channel: String },

    #[error("target block number [{block}] should be less than the biggest block number [{last}]")]
    RollbackTarget { block: u64, last: u64 },

    /// The caller's [`crate::BlockToLive`] failed; a wrong guess would fork the state.
    #[error("block-to-live of collection [{namespace}:{collection}]: {cause}")]
    BlockToLive {
        namespace: String,
        collection: String,
        cause: String,
    },
}

impl LedgerError {
    /// There was no room for the write. Nothing of it is visible, and the same commit may be tried again: RocksDB takes
    /// no write until it has found room (64 MiB, looked for every few seconds) and put its log in order.
    pub fn is_disk_full(&self) -> bool {
        const NO_SPACE: &str = "No space left on device";
        matches!(self, Self::Write { source, .. } if source.as_ref().contains(NO_SPACE))
    }
}

pub(crate) type Result<T, E = LedgerError> = std::result::Result<T, E>;

/// An error with all its causes on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
