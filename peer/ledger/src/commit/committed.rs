use crate::Version;
use bytes::Bytes;

/// A block as the orderer sent it, judged by everything but its read sets.
#[derive(Clone, Debug, Default)]
pub struct BlockAndCodes {
    /// Serialized `common.Block`; its header and data are stored as they are, slots 2 and 4 of its metadata are ours.
    pub block: Bytes,
    /// One `TxValidationCode` per transaction. 0 (valid so far): checked for conflicts; anything else stands.
    pub codes: Vec<u8>,
    /// What this peer holds of the block's private data. What is missing is recorded as missing.
    pub private: Vec<TxPrivateData>,
}

/// Private data of one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxPrivateData {
    /// Index in the block.
    pub tx: u64,
    /// Serialized `rwset.TxPvtReadWriteSet`. Its collections must hash to what the block says.
    pub write_set: Bytes,
}

/// What a commit did.
#[derive(Clone, Debug)]
pub struct Committed {
    pub number: u64,
    /// The block as stored, with its final codes and commit hash.
    pub block: Bytes,
    pub block_hash: [u8; 32],
    /// Final `TxValidationCode` of every transaction.
    pub codes: Vec<u8>,
    /// Transaction IDs in block order; empty where the envelope cannot be parsed.
    pub tx_ids: Vec<String>,
    /// Empty for the genesis block.
    pub commit_hash: Bytes,
    /// One entry for every transaction that this commit invalidated.
    pub conflicts: Vec<Conflict>,
    /// Public state written by the block, in key order; the channel configuration is in namespace `""`.
    pub updates: Vec<StateUpdate>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateUpdate {
    pub namespace: String,
    pub key: String,
    /// `None`: deleted.
    pub value: Option<Bytes>,
    pub version: Version,
}

/// Why a transaction was invalidated with MVCC_READ_CONFLICT (11) or PHANTOM_READ_CONFLICT (12).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Index in the block.
    pub tx: u64,
    pub tx_id: String,
    pub code: u8,
    pub namespace: String,
    /// Set for private data, of which only hashes are known.
    pub collection: Option<String>,
    pub subject: ConflictSubject,
    /// What the endorsers read. `None`: absent, or a row they did not see.
    pub read: Option<Version>,
    /// What the block finds. `None`: absent, deleted, or a summary that says only that the range changed.
    pub found: Option<Version>,
    /// The transaction that wrote what is found, or that deleted it earlier in this block. `None` when a deletion in an
    /// earlier block is the cause. Its ID: [`crate::Ledger::tx_id_at`].
    pub by: Option<Version>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConflictSubject {
    Key(String),
    /// SHA-256 of a private key.
    KeyHash(Bytes),
    Range {
        start: String,
        end: String,
        /// The first row that differs; `None` when the range was recorded as a Merkle summary.
        key: Option<String>,
    },
}
