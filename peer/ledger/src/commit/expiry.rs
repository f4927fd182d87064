//! Block-to-live: when private data and its hashes leave the state.
//!
//! What was written in block `b` with block-to-live `n` is deleted with block `b + n + 1`, after that block's
//! validation, on members and non-members alike (Fabric: core/ledger/kvledger/txmgmt/pvtstatepurgemgmt).

use super::Stored;
use super::private::{PrivateKey, PrivateUpdates};
use super::updates::Updates;
use crate::error::Result;
use crate::store::{
    Column, Database, View, expiry_key, expiry_prefix, hashed_namespace, private_namespace,
    removal_key, removal_prefix, state_key,
};
use crate::{BlockToLive, LedgerError, Snapshot};
use bytes::Bytes;
use rocksdb::WriteBatch;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};

pub(crate) struct Expiry<'a> {
    pub(super) block: u64,
    pub(super) snapshot: &'a Snapshot,
    pub(super) source: &'a dyn BlockToLive,
    pub(super) database: &'a Database,
    known: BTreeMap<(String, String), u64>,
}

impl<'a> Expiry<'a> {
    pub(crate) fn new(
        block: u64,
        snapshot: &'a Snapshot,
        source: &'a dyn BlockToLive,
        database: &'a Database,
    ) -> Self {
        Self {
            block,
            snapshot,
            source,
            database,
            known: BTreeMap::new(),
        }
    }

    /// The block that deletes what this block writes; `None`: it stays.
    pub(crate) fn expires(&mut self, namespace: &str, collection: &str) -> Result<Option<u64>> {
        let place = (namespace.to_owned(), collection.to_owned());
        let blocks = match self.known.get(&place) {
            Some(blocks) => *blocks,
            None => {
                let answer = self
                    .source
                    .block_to_live(self.snapshot, namespace, collection);
                let blocks = answer.map_err(|cause| LedgerError::BlockToLive {
                    namespace: namespace.to_owned(),
                    collection: collection.to_owned(),
                    cause,
                })?;
                self.known.insert(place, blocks);
                blocks
            }
        };
        Ok(if blocks == 0 {
            None
        } else {
            self.block
                .checked_add(blocks)
                .and_then(|sum| sum.checked_add(1))
        })
    }

    /// Schedules what this block writes. A private key and its hash share an entry; a hash whose private value this
    /// peer does not hold has its own.
    pub(super) fn schedule(
        &mut self,
        updates: &Updates,
        private: &PrivateUpdates,
        batch: &mut WriteBatch,
    ) -> Result<()> {
        let column = self.database.column(Column::PrivateSets)?;
        let mut with_key = BTreeSet::new();
        for (place, value) in &private.values {
            let key_hash = Bytes::copy_from_slice(&Sha256::digest(&place.key));
            if let Some(expires) = self.expires(&place.namespace, &place.collection)?
                && value.value.is_some()
            {
                let key = expiry_key(
                    expires,
                    self.block,
                    &place.namespace,
                    &place.collection,
                    &key_hash,
                );
                batch.put_cf(column, key, [b"k", place.key.as_bytes()].concat());
            }
            with_key.insert((
                place.namespace.as_str(),
                place.collection.as_str(),
                key_hash,
            ));
        }
        for (namespace, collection, keys) in updates
            .spaces()
            .filter(|(_, collection, _)| !collection.is_empty())
        {
            let Some(expires) = self.expires(namespace, collection)? else {
                continue;
            };
            for (key_hash, pending) in keys {
                if pending.value.is_some()
                    && !with_key.contains(&(namespace, collection, key_hash.clone()))
                {
                    batch.put_cf(
                        column,
                        expiry_key(expires, self.block, namespace, collection, key_hash),
                        b"",
                    );
                }
            }
        }
        Ok(())
    }

    /// Removes a row of the private sets when the collection's data written now expires.
    pub(crate) fn remove_later(
        &mut self,
        namespace: &str,
        collection: &str,
        row: &[u8],
        batch: &mut WriteBatch,
    ) -> Result<()> {
        if let Some(expires) = self.expires(namespace, collection)? {
            batch.put_cf(
                self.database.column(Column::PrivateSets)?,
                removal_key(expires, row),
                b"",
            );
        }
        Ok(())
    }

    /// Deletes what expires with this block and was not written again since.
    pub(super) fn apply(
        &self,
        updates: &Updates,
        private: &PrivateUpdates,
        batch: &mut WriteBatch,
        stored: Stored,
    ) -> Result<()> {
        let column = self.database.column(Column::PrivateSets)?;
        let prefix = expiry_prefix(self.block);
        for (row, entry) in self.scan(prefix)? {
            batch.delete_cf(column, &row);
            match Scheduled::parse(&row, &entry) {
                Some(scheduled) => self.delete(&scheduled, updates, private, batch)?,
                None => {
                    return Err(LedgerError::Corrupt {
                        what: "expiry entry",
                        key: hex::encode(&row),
                    });
                }
            }
        }
        if stored == Stored::Yes {
            // Rows that were to go have gone.
            return Ok(());
        }
        let prefix = removal_prefix(self.block);
        let skip = prefix.len();
        for (row, _) in self.scan(prefix)? {
            batch.delete_cf(column, row.get(skip..).unwrap_or_default());
            batch.delete_cf(column, &row);
        }
        Ok(())
    }

    fn scan(&self, prefix: Vec<u8>) -> Result<Vec<(Vec<u8>, Vec<u8>)>> {
        let mut upper = prefix.clone();
        // Longer than any row of this block: namespaces are text, which has no 0xff.
        upper.extend_from_slice(&[0xff; 9]);
        let mut rows = self.snapshot.0.rows(Column::PrivateSets, &prefix, upper);
        let mut out = Vec::new();
        while let Some(row) = rows.next_with(|key, value| (key.to_vec(), value.to_vec()))? {
            out.push(row);
        }
        Ok(out)
    }

    fn delete(
        &self,
        entry: &Scheduled<'_>,
        updates: &Updates,
        private: &PrivateUpdates,
        batch: &mut WriteBatch,
    ) -> Result<()> {
        let view: &View = &self.snapshot.0;
        let hashed = state_key(
            &hashed_namespace(entry.namespace, entry.collection),
            entry.key_hash,
        );
        let written = |version: Option<crate::Version>| {
            version.is_some_and(|version| version.block == entry.committed)
        };
        let hash_is_old = written(view.version(Column::Hashed, &hashed)?);
        let place = entry.key.map(|key| PrivateKey {
            namespace: entry.namespace.to_owned(),
            collection: entry.collection.to_owned(),
            key: key.to_owned(),
        });
        if hash_is_old
            && updates
                .get(entry.namespace, entry.collection, entry.key_hash)
                .is_none()
        {
            batch.delete_cf(self.database.column(Column::Hashed)?, &hashed);
        }
        let Some(place) = place else { return Ok(()) };
        let row = state_key(
            &private_namespace(entry.namespace, entry.collection),
            place.key.as_bytes(),
        );
        let is_old = hash_is_old || written(view.version(Column::Private, &row)?);
        if is_old && !private.values.contains_key(&place) {
            batch.delete_cf(self.database.column(Column::Private)?, row);
        }
        Ok(())
    }
}

struct Scheduled<'a> {
    committed: u64,
    namespace: &'a str,
    collection: &'a str,
    key_hash: &'a [u8],
    key: Option<&'a str>,
}

impl<'a> Scheduled<'a> {
    fn parse(row: &'a [u8], entry: &'a [u8]) -> Option<Self> {
        let (committed, names) = row
            .get(expiry_prefix(0).len()..)?
            .split_first_chunk::<8>()?;
        let mut parts = names.splitn(3, |byte| *byte == 0);
        let namespace = std::str::from_utf8(parts.next()?).ok()?;
        let collection = std::str::from_utf8(parts.next()?).ok()?;
        let key_hash = parts.next()?;
        let key = match entry.split_first() {
            Some((_, key)) => Some(std::str::from_utf8(key).ok()?),
            None => None,
        };
        Some(Self {
            committed: u64::from_be_bytes(*committed),
            namespace,
            collection,
            key_hash,
            key,
        })
    }
}
