use super::recent::Recent;
use bytes::Bytes;
use parking_lot::Mutex;
use selvedge_ledger::Conflict;
use selvedge_protos::protos::DeliverResponse;
use std::sync::{Arc, OnceLock};
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
    latest: Recent<Arc<Latest>>,
    work: Arc<Work>,
}

/// Blocks that have arrived and are not committed.
#[derive(Debug)]
struct Work {
    blocks: Mutex<usize>,
    busy: watch::Sender<bool>,
}

/// A block that has arrived; dropped when it is committed, or will not be.
#[derive(Debug)]
pub struct Arrived(Arc<Work>);

impl Work {
    fn change(&self, change: impl FnOnce(&mut usize)) {
        let mut blocks = self.blocks.lock();
        change(&mut blocks);
        let busy = *blocks > 0;
        self.busy
            .send_if_modified(|known| std::mem::replace(known, busy) != busy);
    }
}

impl Drop for Arrived {
    fn drop(&mut self) {
        self.0.change(|blocks| *blocks = blocks.saturating_sub(1));
    }
}

/// A block as it is stored, and what is made of it once for all its readers.
#[derive(Debug)]
pub(crate) struct Latest {
    pub(super) block: Bytes,
    /// The block without its contents, which the first who asks for it makes.
    pub(super) filtered: OnceLock<Result<DeliverResponse, tonic::Status>>,
}

/// Blocks of a channel that are kept for those who read as blocks come, of whom there may be hundreds.
const LATEST: usize = 16;

/// Bytes of these blocks together.
const LATEST_BYTES: usize = 8 << 20;

/// Blocks a slow listener may be behind before it must read from the ledger.
const BACKLOG: usize = 64;

impl Commits {
    pub fn new(height: u64) -> Self {
        Self {
            height: watch::Sender::new(height),
            blocks: broadcast::Sender::new(BACKLOG),
            latest: Recent::new(LATEST, LATEST_BYTES),
            work: Arc::new(Work {
                blocks: Mutex::new(0),
                busy: watch::Sender::new(false),
            }),
        }
    }

    /// Whether blocks are being judged and stored, or wait for it: what is in no hurry lets them go first.
    pub fn busy(&self) -> watch::Receiver<bool> {
        self.work.busy.subscribe()
    }

    /// A block is here to be committed; it is until what is answered is dropped.
    pub fn arrived(&self) -> Arrived {
        self.work
            .change(|blocks| *blocks = blocks.saturating_add(1));
        Arrived(Arc::clone(&self.work))
    }

    pub fn height(&self) -> watch::Receiver<u64> {
        self.height.subscribe()
    }

    pub fn blocks(&self) -> broadcast::Receiver<Arc<CommittedBlock>> {
        self.blocks.subscribe()
    }

    /// A block that was committed a moment ago, when everybody asks for it.
    pub(crate) fn latest(&self, number: u64) -> Option<Arc<Latest>> {
        self.latest.get(number)
    }

    pub(crate) fn publish(&self, block: CommittedBlock) {
        let height = block.number.saturating_add(1);
        let latest = Latest {
            block: block.block.clone(),
            filtered: OnceLock::new(),
        };
        self.latest
            .keep(block.number, Arc::new(latest), block.block.len());
        // Nobody listening is not an error.
        let _ = self.blocks.send(Arc::new(block));
        self.height.send_replace(height);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_from_the_first_block_that_arrives_to_the_last_that_is_done_with() {
        let commits = Commits::new(1);
        let mut busy = commits.busy();
        assert!(!*busy.borrow_and_update());
        let (first, second) = (commits.arrived(), commits.arrived());
        assert!(*busy.borrow_and_update());
        drop(first);
        assert!(!busy.has_changed().unwrap());
        drop(second);
        assert!(busy.has_changed().unwrap());
        assert!(!*busy.borrow_and_update());
    }
}
