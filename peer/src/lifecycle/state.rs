//! The state the lifecycle reads and writes, seen through the wall every chaincode has.
//!
//! Reads through a [`Host`] are recorded in the transaction's read set, reads through other implementations of
//! [`Readable`] only if that implementation records. Which one a rule goes through is part of what endorsers sign.

use bytes::Bytes;
use selvedge_interface::{Change, Host, HostError, Selection, Space};
use std::fmt;

/// A read or write the ledger refused; the text is complete.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StateError(pub String);

impl fmt::Display for StateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StateError {}

impl From<HostError> for StateError {
    fn from(error: HostError) -> Self {
        Self(error.as_str().to_owned())
    }
}

/// Values of namespace `_lifecycle`, of public state or of one collection.
pub trait Readable {
    fn get(&mut self, key: &str) -> Result<Option<Bytes>, StateError>;
}

/// Hashes of the values of one organisation's implicit collection: every peer has them, members or not.
pub trait Opaque {
    fn hash(&mut self, key: &str) -> Result<Option<Bytes>, StateError>;
}

/// Public state, or one collection, through the host of a running transaction.
pub(super) struct HostState<'a> {
    host: &'a mut dyn Host,
    space: Space<'a>,
}

impl<'a> HostState<'a> {
    pub(super) fn public(host: &'a mut dyn Host) -> Self {
        Self {
            host,
            space: Space::Public,
        }
    }

    pub(super) fn collection(host: &'a mut dyn Host, collection: &'a str) -> Self {
        Self {
            host,
            space: Space::Private(collection),
        }
    }

    pub(super) fn put(&mut self, key: &str, value: Bytes) -> Result<(), StateError> {
        Ok(self.host.write(self.space, key, Change::Put(value))?)
    }

    pub(super) fn delete(&mut self, key: &str) -> Result<(), StateError> {
        Ok(self.host.write(self.space, key, Change::Delete)?)
    }

    /// All keys that begin with `prefix`, with the prefix removed.
    ///
    /// The range ends at the prefix followed by 0x7F, so keys are taken to be ASCII below that.
    ///
    /// Fabric: core/chaincode/lifecycle/ledger_shim.go, GetStateRange.
    pub(super) fn range(&mut self, prefix: &str) -> Result<Vec<(String, Bytes)>, StateError> {
        let end = format!("{prefix}\x7f");
        let failed =
            |error: HostError| StateError(format!("could not get state iterator: {error}"));
        let mut batch = self
            .host
            .open(Selection::Range {
                space: self.space,
                start: prefix,
                end: &end,
            })
            .map_err(failed)?;
        let mut found = Vec::new();
        loop {
            for row in batch.rows {
                let name = row.key.strip_prefix(prefix).unwrap_or(&row.key).to_owned();
                found.push((name, row.value));
            }
            let Some(cursor) = batch.cursor else {
                return Ok(found);
            };
            batch = self
                .host
                .next(cursor)
                .map_err(|error| StateError(format!("could not iterate over range: {error}")))?;
        }
    }
}

impl fmt::Debug for HostState<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HostState")
            .field("space", &self.space)
            .finish_non_exhaustive()
    }
}

impl Readable for HostState<'_> {
    fn get(&mut self, key: &str) -> Result<Option<Bytes>, StateError> {
        // A chaincode cannot tell an empty value from none, and neither can this one.
        Ok(self
            .host
            .get_state(self.space, key)?
            .filter(|value| !value.is_empty()))
    }
}

impl Opaque for HostState<'_> {
    fn hash(&mut self, key: &str) -> Result<Option<Bytes>, StateError> {
        Ok(self
            .host
            .get_private_data_hash(self.space.collection(), key)?
            .filter(|hash| !hash.is_empty()))
    }
}
