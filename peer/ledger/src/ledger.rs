use crate::error::Result;
use crate::{BlockAndCodes, CollectionSource, Committed, Options, Simulator, Snapshot, Version};
use bytes::Bytes;
use std::path::Path;
use std::sync::Arc;

/// The ledger of one channel. Cheap to clone; all clones are one ledger.
#[derive(Clone)]
pub struct Ledger {
    _skeleton: (),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainInfo {
    /// Number of blocks.
    pub height: u64,
    pub current_block_hash: Bytes,
    /// Empty when the current block is the genesis block.
    pub previous_block_hash: Bytes,
}

/// Where a transaction ID was first seen, and what became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TxStatus {
    /// `TxValidationCode`.
    pub code: u8,
    pub block: u64,
    /// Index in the block.
    pub tx: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedTransaction {
    /// Serialized `common.Envelope`.
    pub envelope: Bytes,
    pub status: TxStatus,
}

/// Private data that a block names by hash and this peer did not have at commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingPrivateData {
    pub version: Version,
    pub namespace: String,
    pub collection: String,
}

impl Ledger {
    /// A new ledger whose block 0 is `genesis`. `dir` must not hold one.
    pub fn create(dir: &Path, genesis: Bytes, options: Options) -> Result<Self> {
        todo!("{dir:?}{genesis:?}{options:?}")
    }

    /// Opens what [`Ledger::create`] made, after checking that it is whole.
    pub fn open(dir: &Path, options: Options) -> Result<Self> {
        todo!("{dir:?}{options:?}")
    }

    pub fn channel_id(&self) -> &str {
        todo!()
    }

    /// Number of blocks.
    pub fn height(&self) -> u64 {
        todo!()
    }

    pub fn chain_info(&self) -> ChainInfo {
        todo!()
    }

    /// Commit hash of the last block; empty after the genesis block.
    pub fn commit_hash(&self) -> Bytes {
        todo!()
    }

    /// Serialized `common.Block` as stored: final codes in slot 2, commit hash in slot 4.
    pub fn block_by_number(&self, number: u64) -> Result<Option<Bytes>> {
        todo!("{number}")
    }

    pub fn block_by_hash(&self, hash: &[u8]) -> Result<Option<Bytes>> {
        todo!("{hash:?}")
    }

    pub fn block_by_tx_id(&self, tx_id: &str) -> Result<Option<Bytes>> {
        todo!("{tx_id}")
    }

    pub fn transaction_by_id(&self, tx_id: &str) -> Result<Option<RecordedTransaction>> {
        todo!("{tx_id}")
    }

    /// Of several transactions with one ID, the first.
    pub fn tx_status(&self, tx_id: &str) -> Result<Option<TxStatus>> {
        todo!("{tx_id}")
    }

    /// The ID of the transaction at a height, for explaining a [`crate::Conflict`].
    pub fn tx_id_at(&self, version: Version) -> Result<Option<String>> {
        todo!("{version}")
    }

    /// The last committed height, frozen.
    pub fn snapshot(&self) -> Snapshot {
        todo!()
    }

    /// A simulator on the last committed height.
    pub fn simulator(
        &self,
        tx_id: impl Into<String>,
        collections: Arc<dyn CollectionSource>,
    ) -> Simulator {
        Simulator::new(self.snapshot(), tx_id.into(), collections)
    }

    /// Checks the block's read sets, applies what is valid and stores the block: all of it in one synced write, or
    /// nothing. One at a time; simulations go on meanwhile. Listeners have run when this returns.
    pub fn commit(&self, block: BlockAndCodes) -> Result<Arc<Committed>> {
        todo!("{block:?}")
    }

    /// Calls `listener` after every commit, in block order, on the committing thread, when readers see the block.
    pub fn on_commit(&self, listener: impl Fn(&Arc<Committed>) + Send + Sync + 'static) {
        let _ = Box::new(listener);
        todo!()
    }

    /// The private write set this peer keeps for one collection of a transaction: a serialized `kvrwset.KVRWSet`.
    pub fn private_write_set(
        &self,
        version: Version,
        namespace: &str,
        collection: &str,
    ) -> Result<Option<Bytes>> {
        todo!("{version}{namespace}{collection}")
    }

    /// Private data recorded as missing, newest block first, at most `limit`.
    pub fn missing_private_data(&self, limit: usize) -> Result<Vec<MissingPrivateData>> {
        todo!("{limit}")
    }
}
