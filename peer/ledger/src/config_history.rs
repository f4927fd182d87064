//! Which collections a chaincode had at which height: private data of an old block is judged by the definition that was
//! in force then, and a snapshot carries the whole history.
//!
//! Fabric: core/ledger/confighistory.

use crate::error::Result;
use crate::store::{Column, Database, View, history_of_collections, meta_rows_from};
use crate::{LedgerError, StateUpdate};
use bytes::Bytes;
use rocksdb::WriteBatch;

/// Public state as a block leaves it.
pub struct AfterBlock<'a> {
    pub(crate) view: &'a View,
    pub(crate) updates: &'a [StateUpdate],
}

impl AfterBlock<'_> {
    /// Public keys that the block writes, in key order.
    pub fn updates(&self) -> &[StateUpdate] {
        self.updates
    }

    /// The value behind the block; `None` when the key is absent or deleted by it.
    pub fn get(&self, namespace: &str, key: &str) -> Result<Option<Bytes>> {
        let found = self.updates.binary_search_by(|update| {
            (update.namespace.as_str(), update.key.as_str()).cmp(&(namespace, key))
        });
        if let Ok(index) = found {
            return Ok(self
                .updates
                .get(index)
                .and_then(|update| update.value.clone()));
        }
        let key = crate::store::state_key(namespace, key.as_bytes());
        let found = self.view.get(Column::State, &key)?;
        Ok(found.map(|found| found.value))
    }
}

/// Tells which chaincodes a block gives other collections. The peer answers from the chaincode's definitions.
pub trait CollectionConfigs: Send + Sync {
    /// Chaincode name and serialized `protos.CollectionConfigPackage` of every chaincode whose definition the block writes
    /// and which has explicit collections behind it. An error fails the commit.
    fn changed(&self, block: &AfterBlock<'_>) -> Result<Vec<(String, Bytes)>, String>;
}

/// For channels without private data.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoCollectionConfigs;

impl CollectionConfigs for NoCollectionConfigs {
    fn changed(&self, _: &AfterBlock<'_>) -> Result<Vec<(String, Bytes)>, String> {
        Ok(Vec::new())
    }
}

/// The collections a chaincode had, and since when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CollectionsAt {
    /// The block that committed the definition; it governs the blocks behind it.
    pub block: u64,
    /// Serialized `protos.CollectionConfigPackage`.
    pub package: Bytes,
}

pub(crate) fn record(
    block: u64,
    changed: &[(String, Bytes)],
    database: &Database,
    batch: &mut WriteBatch,
) -> Result<()> {
    let column = database.column(Column::Meta)?;
    for (chaincode, package) in changed {
        batch.put_cf(
            column,
            history_of_collections(&raw_key(chaincode, block)),
            package,
        );
    }
    Ok(())
}

/// The newest entry older than `block`.
pub(crate) fn most_recent_below(
    view: &View,
    chaincode: &str,
    block: u64,
) -> Result<Option<CollectionsAt>> {
    let Some(newest) = block.checked_sub(1) else {
        return Ok(None);
    };
    let lower = history_of_collections(&raw_key(chaincode, newest));
    let upper = history_of_collections(&[raw_prefix(chaincode).as_slice(), &[0xff; 9]].concat());
    let mut rows = view.rows(Column::Meta, &lower, upper);
    let found = rows.next_with(|key, package| {
        let (_, number) = key.split_last_chunk::<8>()?;
        Some(CollectionsAt {
            block: u64::MAX - u64::from_be_bytes(*number),
            package: Bytes::copy_from_slice(package),
        })
    })?;
    found
        .map(|found| {
            found.ok_or_else(|| LedgerError::Corrupt {
                what: "collection history",
                key: chaincode.to_owned(),
            })
        })
        .transpose()
}

/// Every entry under the key that Fabric's database and snapshots have, in their order.
pub(crate) fn all(view: &View) -> Result<Vec<(Bytes, Bytes)>> {
    let (lower, upper) = meta_rows_from(&history_of_collections(&[]));
    let skip = lower.len();
    let mut rows = view.rows(Column::Meta, &lower, upper);
    let mut out = Vec::new();
    while let Some(row) = rows.next_with(|key, package| {
        let raw = key.get(skip..).unwrap_or_default();
        (Bytes::copy_from_slice(raw), Bytes::copy_from_slice(package))
    })? {
        out.push(row);
    }
    Ok(out)
}

fn raw_prefix(chaincode: &str) -> Vec<u8> {
    // Definitions of the new lifecycle are kept here under the old one's name as well.
    [b"slscc\0".as_slice(), chaincode.as_bytes(), b"~collection"].concat()
}

/// Newer blocks sort first.
fn raw_key(chaincode: &str, block: u64) -> Vec<u8> {
    [
        raw_prefix(chaincode).as_slice(),
        &(u64::MAX - block).to_be_bytes(),
    ]
    .concat()
}
