use bytes::Bytes;
use selvedge_ledger::Conflict;
use std::sync::Arc;
use tokio::sync::{broadcast, watch};

/// What a transaction of a committed block became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionStatus {
    pub tx_id: String,
    /// `protos.TxValidationCode`.
    pub code: u8,
    /// Serialized `protos.ChaincodeEvent`, of valid endorser transactions that set one.
    pub event: Option<Bytes>,
}

/// One block as committed. Sent after the block is visible to readers, so that a client who saw it reads its state.
#[derive(Clone, Debug)]
pub struct CommittedBlock {
    pub number: u64,
    /// The stored bytes: final flags in metadata slot 2, commit hash in slot 4.
    pub block: Bytes,
    pub transactions: Vec<TransactionStatus>,
    pub is_config: bool,
    /// Why transactions were invalidated by what others wrote.
    pub conflicts: Vec<Conflict>,
}

/// Tells the rest of the peer that the chain grew.
///
/// The height never lags: a watcher always sees the latest. The blocks are a bounded broadcast: a receiver that falls
/// behind is told how many it missed and reads them from the ledger.
#[derive(Debug)]
pub struct Commits {
    height: watch::Sender<u64>,
    blocks: broadcast::Sender<Arc<CommittedBlock>>,
}

/// Blocks a slow listener may be behind before it must read from the ledger.
const BACKLOG: usize = 64;

impl Commits {
    pub fn new(height: u64) -> Self {
        Self {
            height: watch::Sender::new(height),
            blocks: broadcast::Sender::new(BACKLOG),
        }
    }

    pub fn height(&self) -> watch::Receiver<u64> {
        self.height.subscribe()
    }

    pub fn blocks(&self) -> broadcast::Receiver<Arc<CommittedBlock>> {
        self.blocks.subscribe()
    }

    pub(crate) fn publish(&self, block: CommittedBlock) {
        let height = block.number.saturating_add(1);
        // Nobody listening is not an error.
        let _ = self.blocks.send(Arc::new(block));
        self.height.send_replace(height);
    }
}
