use crate::{SimulationError, Simulator, Snapshot};
use std::collections::BTreeSet;

/// Explicit and implicit collection names of one chaincode.
pub type CollectionNames = BTreeSet<String>;

/// Which collections a chaincode has. The peer answers from the chaincode's definition.
pub trait CollectionSource: Send + Sync {
    /// `None`: the chaincode defines none. Asked once per simulator and namespace, at the first private operation.
    /// Whatever is read through `simulator` is recorded in the transaction's read set, as Fabric's own look-ups are
    /// (core/ledger/kvledger/txmgmt/txmgr/collection_val.go).
    fn collections(
        &self,
        simulator: &mut Simulator,
        namespace: &str,
    ) -> Result<Option<CollectionNames>, SimulationError>;
}

/// For channels without private data.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCollections;

impl CollectionSource for NoCollections {
    fn collections(
        &self,
        _: &mut Simulator,
        _: &str,
    ) -> Result<Option<CollectionNames>, SimulationError> {
        Ok(None)
    }
}

/// For how many blocks a collection keeps its data.
pub trait BlockToLive: Send + Sync {
    /// In blocks; 0: for ever. `state` is the state before the block that is being committed. An error fails the commit.
    fn block_to_live(
        &self,
        state: &Snapshot,
        namespace: &str,
        collection: &str,
    ) -> Result<u64, String>;
}

/// For channels whose collections never expire.
#[derive(Clone, Copy, Debug, Default)]
pub struct NeverExpires;

impl BlockToLive for NeverExpires {
    fn block_to_live(&self, _: &Snapshot, _: &str, _: &str) -> Result<u64, String> {
        Ok(0)
    }
}
