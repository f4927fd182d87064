//! The lifecycle's state read from a ledger, outside any transaction or beside one.

use super::{
    keys,
    state::{Opaque, Readable, StateError},
};
use bytes::Bytes;
use selvedge_ledger::{Simulator, Snapshot};

/// Public state at a committed height; nothing is recorded.
#[derive(Clone, Copy)]
pub(super) struct Committed<'a>(pub(super) &'a Snapshot);

impl Readable for Committed<'_> {
    fn get(&mut self, key: &str) -> Result<Option<Bytes>, StateError> {
        let found = self
            .0
            .get(keys::NAMESPACE, key)
            .map_err(|error| StateError(error.to_string()))?;
        Ok(found.map(|found| found.value))
    }
}

/// Hashes of one collection at a committed height; nothing is recorded.
#[derive(Clone, Copy)]
pub(super) struct CommittedHashes<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) collection: &'a str,
}

impl Opaque for CommittedHashes<'_> {
    fn hash(&mut self, key: &str) -> Result<Option<Bytes>, StateError> {
        let found = self
            .snapshot
            .private_hash(keys::NAMESPACE, self.collection, key)
            .map_err(|error| StateError(error.to_string()))?;
        Ok(found.map(|found| found.value))
    }
}

/// Public state through a transaction's simulator: every key read is in the endorsement.
pub(super) struct Recorded<'a>(pub(super) &'a mut Simulator);

impl Readable for Recorded<'_> {
    fn get(&mut self, key: &str) -> Result<Option<Bytes>, StateError> {
        self.0
            .get(keys::NAMESPACE, key)
            .map_err(|error| StateError(error.to_string()))
    }
}
