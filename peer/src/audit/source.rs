use super::AuditError;
use bytes::Bytes;
use selvedge_ledger::Snapshot;

/// A block, and where it was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// Serialized `common.Block`.
    pub bytes: Bytes,
    /// For messages: a file, or a ledger.
    pub origin: String,
}

/// Where the blocks of a chain come from.
pub trait Source {
    /// Number behind the last block that is there.
    fn height(&self) -> u64;

    /// Number of the first block that can be there: other than 0 where a ledger began with a snapshot.
    fn first(&self) -> u64 {
        0
    }

    /// For messages.
    fn place(&self) -> String;

    /// A block by its number; `None` for a genesis block that is not among the others.
    ///
    /// # Errors
    /// When it is not there or cannot be read.
    fn block(&self, number: u64) -> Result<Option<Found>, AuditError>;

    /// The state that was recorded behind the last block, where there is one.
    fn state(&self) -> Option<Snapshot> {
        None
    }
}
